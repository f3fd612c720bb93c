"""What the simulated broker says over real sessions adds up: no doubts on arrival, none when the rows are put together."""

from __future__ import annotations

from pathlib import Path

import pytest
from memplant import MemoryPlant
from test_lives import load
from test_sessions import check, runner

from slipstream.engine.child import child


@pytest.mark.usefixtures("quill_path")
def test_a_session_adds_up(tmp_path: Path) -> None:
    plant = MemoryPlant()
    made = runner(tmp_path, plant)
    made.run()
    check(plant, made)
    assert plant.rows("dq") == []
    assert made.ems is not None
    with child("q/boot.q", wanted="quill") as q:
        q.query('{.boot.use each`$("schema/order";"lifecycle")}', None)
        load(q, plant)
        assert q.table(".ord.quality[orders;value`fills]").to_pylist() == []
        assert q.table(".ord.orphans[orders;value`fills]").to_pylist() == []
        states = {row["id"]: row for row in q.table(".ord.state[orders;value`fills]").to_pylist()}
        filled = {
            row["parent"]: row["cum"]
            for row in q.table("0!select cum:sum qty by parent from .ord.live`fills").to_pylist()
        }
    for parent in made.ems.parents:
        assert (states[parent.id]["qty"], filled.get(parent.id, 0.0)) == pytest.approx((parent.spec.qty, parent.filled))
    children = [row for row in states.values() if row["parent"]]
    assert children
    assert {row["status"] for row in children} <= {"filled", "canceled", "rejected"}
