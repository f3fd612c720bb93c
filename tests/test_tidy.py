"""The dependency order of ARCHITECTURE.md, and other rules that hold for the whole repository."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# A module may use those of smaller numbers, and its own package. Equal numbers do not know each other, but for ALLOWED.
PYTHON_LEVELS = {
    "errors": 0, "paths": 1, "config": 2, "engine": 3, "plant": 4, "feed": 4, "fix": 4, "archive": 4, "tca": 4, "alerts": 4, "api": 5, "scorecard": 6, "report": 7, "session": 5, "sources": 5,
    "market": 6, "operate": 6, "backfill": 7, "orderflow": 7, "faults": 7, "retention": 5, "demo": 7, "cli": 8, "__init__": 9, "__main__": 9,
}  # fmt: skip
# FIX capture publishes by the same schema and publisher as market data.
PYTHON_ALLOWED = {("fix", "feed")}
RUST_LEVELS = {
    "error": 0,
    "access": 1,
    "value": 1,
    "kernel": 2,
    "syntax": 2,
    "format": 2,
    "ipc": 2,
    "store": 2,
    "verb": 3,
    "prelude": 3,
    "modules": 2,
    "eval": 4,
    "server": 5,
    "repl": 5,
    "main": 6,
    "lib": 6,
}
# Names of primitives are looked up in the registry: by the parser, once a lambda, and where a primitive travels as a code.
# Logs and nested columns hold values in the form in which they travel.
RUST_ALLOWED = {("ipc", "verb"), ("syntax", "verb"), ("store", "ipc")}
# Files that stand above the package they lie in: market and orders played together.
PYTHON_ABOVE = {"feed/session.py": "session", "feed/demo_session.py": "session"}
PROCESS_FOLDERS = ("tickerplant", "tickplant", "rte", "rdb", "idb", "wdb", "hdb", "gateway")


def tracked(*patterns: str) -> list[Path]:
    """Files under version control, new ones included."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    return [ROOT / name for name in listed if (ROOT / name).is_file()]


def python_module(file: Path) -> str:
    """The first level below the package: `feed` for python/slipstream/feed/sim.py."""
    inside = file.relative_to(ROOT / "python" / "slipstream")
    return PYTHON_ABOVE.get(str(inside), inside.parts[0].removesuffix(".py"))


def python_imports(file: Path) -> set[str]:
    """First-level modules of the package that a file imports, at any depth in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            names = [node.module or ""]
            if node.module == "slipstream":
                names = [f"slipstream.{alias.name}" for alias in node.names]
        for name in names:
            parts = name.split(".")
            if parts[0] == "slipstream" and len(parts) > 1:
                found.add(parts[1])
    return found - {"__version__"}


def test_python_modules_use_only_lower_ones() -> None:
    wrong = []
    for file in tracked("python/slipstream/**.py", "python/slipstream/*.py"):
        module = python_module(file)
        assert module in PYTHON_LEVELS, f"{file}: give {module} a place in PYTHON_LEVELS"
        for used in python_imports(file) - {module}:
            assert used in PYTHON_LEVELS, f"{file}: imports slipstream.{used}, which has no place in PYTHON_LEVELS"
            if PYTHON_LEVELS[used] >= PYTHON_LEVELS[module] and (module, used) not in PYTHON_ALLOWED:
                wrong.append(f"{file.relative_to(ROOT)} uses {used}")
    assert wrong == []


def rust_code(file: Path) -> str:
    """A source file without its comments and its tests."""
    text = file.read_text(encoding="utf-8").split("#[cfg(test)]")[0]
    return re.sub(r"//[^\n]*", "", text)


def rust_uses(text: str) -> set[str]:
    found = set(re.findall(r"\bcrate::(\w+)", text))
    for group in re.findall(r"\buse crate::\{([^;]*)\};", text):
        depth, word = 0, ""
        for char in group + ",":
            if char == "," and depth == 0:
                found.add(re.split(r"\W", word.strip(), maxsplit=1)[0])
                word = ""
                continue
            depth += {"{": 1, "}": -1}.get(char, 0)
            word += char
    return found - {""}


def test_rust_modules_use_only_lower_ones() -> None:
    wrong = []
    for file in tracked("engine/src/*.rs", "engine/src/**/*.rs"):
        module = file.relative_to(ROOT / "engine" / "src").parts[0].removesuffix(".rs")
        assert module in RUST_LEVELS, f"{file}: give {module} a place in RUST_LEVELS"
        for used in rust_uses(rust_code(file)) - {module}:
            if used in RUST_LEVELS and RUST_LEVELS[used] >= RUST_LEVELS[module] and (module, used) not in RUST_ALLOWED:
                wrong.append(f"{file.relative_to(ROOT)} uses {used}")
    assert wrong == []


def test_kernels_never_see_a_value() -> None:
    wrong = [
        str(file.relative_to(ROOT))
        for file in tracked("engine/src/kernel/*.rs")
        if re.search(r"\bValue\b", rust_code(file))
    ]
    assert wrong == []


def test_unsafe_code_is_in_two_files() -> None:
    wrong = [
        str(file.relative_to(ROOT))
        for file in tracked("engine/src/*.rs", "engine/src/**/*.rs")
        if re.search(r"\bunsafe\s*(\{|fn|impl)", rust_code(file)) and file.name not in ("mmap.rs", "heap.rs")
    ]
    assert wrong == []


def test_the_engine_knows_nothing_of_the_plant() -> None:
    wrong = [
        str(file.relative_to(ROOT))
        for file in tracked("engine/src/*.rs", "engine/src/**/*.rs", "engine/src/**/*.q")
        if re.search(r"\bslippage\b|\bFIX\b|\bQuickFIX\b|tickerplant", rust_code(file))
    ]
    assert wrong == []


def q_loads(text: str) -> list[str]:
    """What a q file loads: `\\l file`, `system"l file"`."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("/")]
    text = "\n".join(lines)
    return re.findall(r"^\\l +(\S+)", text, re.M) + re.findall(r'system *"l +([^"]+)"', text)


def test_q_libraries_load_only_libraries_and_processes_only_their_own_parts() -> None:
    wrong = []
    for file in tracked("q/*.q", "q/**/*.q"):
        wrong += [
            f"{file.relative_to(ROOT)} loads {name}"
            for name in q_loads(file.read_text())
            if any(folder in name.split("/") for folder in PROCESS_FOLDERS)
        ]
    for folder in PROCESS_FOLDERS:
        for file in tracked(f"{folder}/*.q"):
            others = set(PROCESS_FOLDERS) - {folder}
            wrong += [
                f"{file.relative_to(ROOT)} loads {name}"
                for name in q_loads(file.read_text())
                if others & set(name.split("/"))
            ]
    assert wrong == []


def test_libraries_set_no_port_timer_or_handler() -> None:
    wrong = []
    for file in tracked("q/*.q", "q/**/*.q"):
        for number, line in enumerate(file.read_text().splitlines(), 1):
            if re.match(r"\\[pt] ", line) or re.match(r"\.z\.(pg|ps|po|pc|ts|ws|wo|wc|ph|pp|pw|exit)\s*:", line):
                wrong.append(f"{file.relative_to(ROOT)}:{number}: {line}")
    assert wrong == []


TEXT = {".py", ".rs", ".q", ".qs", ".md", ".toml", ".yaml", ".yml", ".cfg", ".sh", ".css", ".js", ".xml", ".csv", ""}


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        # spelled apart so that this file does not match itself
        pytest.param("a path of one machine", "/roo" + "t/|(?<![.a-z])/wor" + "k/", id="machine paths"),
        pytest.param("a key", "AKIA[0-9A-Z]{16}|BEGIN (RSA |EC )?PRIVATE" + " KEY", id="keys"),
    ],
)
def test_files_name_nothing_that_is_not_ours_to_name(what: str, pattern: str) -> None:
    wrong = []
    for file in tracked():
        if file.suffix not in TEXT or file.name == "Cargo.lock" or file.stat().st_size > 2_000_000:
            continue
        for number, line in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if re.search(pattern, line):
                wrong.append(f"{file.relative_to(ROOT)}:{number}: {what}")
    assert wrong == []


def test_no_large_or_proprietary_files() -> None:
    files = tracked()
    assert [str(f.relative_to(ROOT)) for f in files if f.stat().st_size > 1_000_000] == []
    assert [
        str(f.relative_to(ROOT))
        for f in files
        if f.suffix in (".k", ".lic", ".so", ".whl") or f.name in ("q.k", "u.q.orig")
    ] == []


def test_scripts_are_executable() -> None:
    assert [str(f.relative_to(ROOT)) for f in tracked("scripts/*", ".ci/*") if not f.stat().st_mode & 0o111] == []
