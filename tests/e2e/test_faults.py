"""A few seeds of `slipstream faults`; the command runs as many as anyone likes."""

from __future__ import annotations

from pathlib import Path

from slipstream.faults import run


def test_nothing_acknowledged_is_lost_doubled_or_out_of_order(tmp_path: Path, quill_path: Path) -> None:
    report = run(tmp_path, range(1, 3), engine="quill")
    assert report.problems == []
    assert (report.lost, report.doubled, report.disordered) == (0, 0, 0)
    assert report.acknowledged == 2 * 120 * 40
    assert report.faults["wdb killed at the roll"] == 2
    assert sum(report.faults.values()) == 22
