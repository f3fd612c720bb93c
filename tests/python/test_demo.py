"""What the demonstration says of its totals."""

from __future__ import annotations

import datetime as dt
import io

import numpy as np
import pyarrow as pa
import pytest
from rich.console import Console

demo = pytest.importorskip("slipstream.demo", reason="the feed is not there yet")


def totals(**stages: dict[str, int]) -> object:
    return demo.Totals(**stages)


def text(table: object) -> str:
    out = io.StringIO()
    Console(file=out, width=200).print(table)
    return out.getvalue()


EVEN = {"trade": 10, "quote": 20}


def test_totals_agree_only_when_every_stage_has_every_row() -> None:
    assert totals(sent=EVEN, logged=EVEN, rdb=EVEN, hdb=EVEN, lake=EVEN).agree()
    assert not totals(sent=EVEN, logged=EVEN, rdb=EVEN, hdb=EVEN, lake={"trade": 10, "quote": 19}).agree()
    assert not totals(sent=EVEN, logged=EVEN, rdb=EVEN, hdb=EVEN, lake={"trade": 10}).agree()
    assert not totals(sent=EVEN, logged={**EVEN, "odd": 1}, rdb=EVEN, hdb=EVEN, lake=EVEN).agree()
    assert not totals().agree(), "nothing sent is not a success"


def test_a_table_that_differs_is_marked() -> None:
    shown = text(demo.rows_table(totals(sent=EVEN, logged=EVEN, rdb=EVEN, hdb=EVEN, lake={"trade": 10, "quote": 19})))
    trade, quote = (next(line for line in shown.splitlines() if name in line) for name in ("trade", "quote"))
    assert "yes" in trade
    assert "NO" in quote


def test_rows_are_compared_whatever_their_order_and_to_the_nanosecond() -> None:
    times = pa.array([1, 2], pa.timestamp("ns"))
    left = pa.table({"time": times, "bps": [1.5, None]})
    assert demo.same_rows(left, left.take([1, 0]))
    moved = pa.table({"time": pa.array([1, 3], pa.timestamp("ns")), "bps": [1.5, None]})
    assert not demo.same_rows(left, moved)
    assert not demo.same_rows(left, left.slice(1))
    assert not demo.same_rows(left, left.rename_columns(["time", "cost"]))


def test_the_end_of_a_day_is_noticed_before_the_next_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    events: list[object] = []
    monkeypatch.setattr(demo.operate, "connect", lambda *_, **__: None)
    monkeypatch.setattr(
        demo.operate.TickerplantSink, "publish", lambda _self, _table, columns: events.append(columns["time"][0])
    )
    sink = demo.DaySink(None, lambda day: events.append(day))
    first, second = np.datetime64("2025-06-11T23:59:59.9", "ns"), np.datetime64("2025-06-12T00:00:00", "ns")
    for moment in (first, first, second):
        sink.publish("trade", {"time": np.array([moment])})
    assert events == [first, first, dt.date(2025, 6, 11), second]


def test_parents_show_cost_with_its_sign() -> None:
    shown = text(
        demo.parents_table(
            [
                {
                    "parent": "P1",
                    "sym": "A",
                    "side": "buy",
                    "qty": 100.0,
                    "slip_bps": 2.5,
                    "slip_usd": -1.0,
                    "arrival": None,
                }
            ]
        )
    )
    assert "+2.50" in shown
    assert "-1.00" in shown
