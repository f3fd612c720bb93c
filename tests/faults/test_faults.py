"""A few seeds of `slipstream faults`: every kind of fault at least once; the command runs as many as anyone likes."""

from __future__ import annotations

from pathlib import Path

import pytest

from slipstream.faults import BATCHES, ROWS, run

KINDS = (
    "processes killed",
    "process held",
    "connections cut",
    "torn log",
    "bytes flipped in the log",
    "bytes flipped in the checksums",
    "clock stepped",
    "disk full",
)


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_doubled_or_out_of_order(tmp_path: Path, quill_path: Path) -> None:
    report = run(tmp_path, range(2, 5), engine="quill")
    assert report.problems == []
    assert (report.lost, report.doubled, report.altered, report.disordered) == (0, 0, 0, 0)
    assert report.acknowledged == 3 * 2 * BATCHES * ROWS
    assert {kind: report.faults[kind] for kind in KINDS if not report.faults[kind]} == {}
    assert sum(n for kind, n in report.faults.items() if "killed: " in kind) == 6, "two named steps of the roll a seed"
    assert report.faults["archive killed"] == 1
    assert report.faults["S3 call refused"] > 0
    assert report.refused > 0


@pytest.mark.slow
def test_the_disk_is_full_when_the_first_rows_of_a_day_come(tmp_path: Path, quill_path: Path) -> None:
    """The write-down process cannot note that the day is open: it keeps those rows in memory until it can."""
    report = run(tmp_path, range(313, 314), engine="quill")
    assert report.problems == []
    assert (report.lost, report.doubled, report.altered, report.disordered) == (0, 0, 0, 0)
