"""engine/COMPAT.md says what the engine says, of every documented name."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
COMPAT = ROOT / "engine" / "COMPAT.md"
NAMES = ROOT / "engine" / "documented.tsv"

# How many names the reference has of each kind, counted over its pages; -n! and commands of one name are one row.
NAMES_OF_KIND = {
    "keyword": 179, ".Q": 92, ".z": 54, ".h": 45, ".j": 3, ".m": 1, "internal": 37, "command": 32, "option": 23,
    "operator": 27, "iterator": 6, "attribute": 4,
}  # fmt: skip


def documented() -> list[tuple[str, str]]:
    lines = NAMES.read_text(encoding="utf-8").splitlines()
    return [(line.split("\t")[0], line.split("\t")[1]) for line in lines if not line.startswith("# ")]


def ask(quill: Path, *lines: str) -> str:
    text = "".join(line + "\n" for line in lines).encode()
    done = subprocess.run([quill, "-q"], input=text, stdout=subprocess.PIPE, timeout=60, check=True)
    return done.stdout.decode()


def test_the_page_is_up_to_date(quill_path: Path) -> None:
    command = [sys.executable, str(ROOT / "tests" / "lang" / "compat.py"), str(quill_path)]
    done = subprocess.run([*command, "--check"], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}\nwrite it anew: {' '.join(command)}"


def test_every_documented_name_has_a_row() -> None:
    page = COMPAT.read_text(encoding="utf-8").replace("\\|", "|")
    missing = [name for _, name in documented() if f"| `{name}` |" not in page and f"| `` {name} `` |" not in page]
    assert missing == []


def test_the_list_of_names_is_whole() -> None:
    names = documented()
    assert len(names) == len(set(names))
    kinds = Counter(kind for kind, _ in names)
    assert {kind: kinds[kind] for kind in NAMES_OF_KIND} == NAMES_OF_KIND


def test_every_reserved_word_is_listed(quill_path: Path) -> None:
    words = set(ask(quill_path, '-1" "sv string .Q.res;').split())
    assert words - {name for kind, name in documented() if kind in ("keyword", "syntax")} == set()


@pytest.mark.parametrize("name", ["count", "@", ".Q.en", "-8!"])
def test_help_in_every_place_reads_the_same_row(quill_path: Path, name: str) -> None:
    row = ask(quill_path, f'-1 first exec doc from .quill.help"{name}";').strip()
    told = subprocess.run([quill_path, "--help", name], capture_output=True, text=True, timeout=60, check=True).stdout
    assert row
    assert f"  {row}\n" in told
    assert f"  {row}\n" in ask(quill_path, f"\\help {name}")
    assert row.replace("|", "\\|") in COMPAT.read_text(encoding="utf-8")


def test_help_of_an_unknown_name_says_so(quill_path: Path) -> None:
    done = subprocess.run([quill_path, "--help", "nosuchname"], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert "nosuchname" in done.stderr


def test_help_is_no_word_of_q(quill_path: Path) -> None:
    assert ask(quill_path, "help:42", "help").strip() == "42"
