"""The sessions of the documentation, where they are at hand: what fails is listed with its reason, and nothing else fails."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SHARED = Path(os.environ.get("SLIPSTREAM_SHARED", ROOT.parent / "shared")) / "conformance"
KNOWN = ROOT / "tests" / "lang" / "conformance_known.tsv"
REASONS = ("page is wrong because ", "page leaves out ", "page shows q before ", "not done: ")


def known() -> dict[str, str]:
    """Step id to the reason why it fails."""
    with KNOWN.open(encoding="utf-8") as text:
        return {row["id"]: row["reason"] for row in csv.DictReader(text, delimiter="\t")}


def run(quill: Path, corpus: Path, out: Path) -> list[dict[str, object]]:
    """One result for each step of a corpus."""
    if not corpus.exists():
        pytest.skip(f"{corpus} is not there")
    subprocess.run(
        [
            sys.executable,
            corpus.parent / "run.py",
            "--engine",
            quill,
            "--json",
            out / "results",
            "--failures",
            out / "failures",
            corpus,
        ],
        check=False,
        capture_output=True,
        timeout=900,
    )
    return [json.loads(line) for line in (out / "results").read_text(encoding="utf-8").splitlines()]


def test_reasons_are_given() -> None:
    assert [(i, r) for i, r in known().items() if not r.startswith(REASONS)] == []


def test_documented_sessions(quill_path: Path, tmp_path: Path) -> None:
    results = run(quill_path, SHARED / "docs.jsonl", tmp_path)
    failed = {str(r["id"]) for r in results if not r["pass"]}
    assert failed - known().keys() == set(), "new failures"
    assert known().keys() - failed == set(), "listed as failing, but they pass"
    assert sum(bool(r["pass"]) for r in results) >= 0.97 * len(results)
    # of each category: pages that no engine can follow do not count
    usable = [r for r in results if not known().get(str(r["id"]), "").startswith("page ")]
    total, passed = Counter(r["cat"] for r in usable), Counter(r["cat"] for r in usable if r["pass"])
    assert {cat: passed[cat] / n for cat, n in total.items() if passed[cat] < 0.9 * n} == {}


def test_humaneval(quill_path: Path, tmp_path: Path) -> None:
    assert [r["id"] for r in run(quill_path, SHARED / "humaneval.jsonl", tmp_path) if not r["pass"]] == []
