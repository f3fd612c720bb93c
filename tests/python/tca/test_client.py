"""Answers of the gateway as typed values."""

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from slipstream.errors import ConversionError
from slipstream.tca import TcaClient
from slipstream.tca.client import side_word


class Engine:
    """Answers every call with one value and remembers what was asked."""

    def __init__(self, answer):
        self.answer, self.asked = answer, None

    def call(self, name, *args):
        self.asked = (name, *args)
        return self.answer


def scorecard():
    return pa.table(
        {
            "parent": ["P-1", "P-2"],
            "sym": pa.array(["ALFA", None]).dictionary_encode(),
            "side": ["buy", "sell"],
            "qty": pa.array([100, 200], pa.int64()),
            "filled": pa.array([50, None], pa.int64()),
            "done": [0.5, None],
            "arrival": [100.01, None],
            "avgpx": [100.04, None],
            "slip_bps": [2.9997, None],
            "slip_usd": [300.0, None],
            "status": ["working", "new"],
            "time": pa.array([1_723_127_400_000_000_001, None], pa.timestamp("ns")),
            "extra": [1, 2],
        }
    )


def test_scorecard_keeps_nulls_and_nanoseconds():
    engine = Engine(scorecard())
    one, two = TcaClient(engine).scorecard()
    assert engine.asked == (".api.scorecard",)
    assert (one.side, one.qty, one.done, one.slip_bps) == ("BUY", 100.0, 0.5, 2.9997)
    assert one.time == np.datetime64("2024-08-08T14:30:00.000000001", "ns")
    assert (two.side, two.filled, two.done, two.arrival, two.time) == ("SELL", 0.0, None, None, None)


def test_missing_column_is_named():
    with pytest.raises(ConversionError, match=r"\.api\.scorecard: column slip_bps is missing"):
        TcaClient(Engine(scorecard().drop_columns(["slip_bps"]))).scorecard()


def test_chart_is_four_tables():
    quotes = pa.table({"time": [1], "bid": [1.0], "ask": [2.0], "mid": [1.5]})
    sends = pa.table({"time": [1], "price": [1.0], "qty": [1], "id": ["C1"]})
    fills = pa.table({"time": [1], "price": [1.0], "qty": [1], "liquidity": ["maker"]})
    switches = pa.table({"time": [1], "was": ["pov"], "algo": ["passive"]})
    engine = Engine({"quotes": quotes, "sends": sends, "fills": fills, "switches": switches})
    found = TcaClient(engine).chart("P-1")
    assert engine.asked == (".api.chart", "P-1")
    assert (found.quotes, found.sends, found.fills, found.switches) == (quotes, sends, fills, switches)
    with pytest.raises(ConversionError, match="chart fills: expected a table, got NoneType"):
        TcaClient(Engine({"quotes": quotes, "sends": sends})).chart("P-1")
    with pytest.raises(ConversionError, match="expected a dictionary of tables, got Table"):
        TcaClient(Engine(quotes)).chart("P-1")


def test_health_takes_the_newest_time():
    last = pa.array([5, None, 9], pa.timestamp("ns"))
    found = TcaClient(
        Engine(pa.table({"table": ["quote", "trade", "fills"], "rows": [10, 0, 2], "last": last}))
    ).health()
    assert found.rows == {"quote": 10, "trade": 0, "fills": 2}
    assert found.last == np.datetime64(9, "ns")


def test_slippage_sends_dates():
    engine = Engine(pa.table({"bps": [1.0]}))
    assert TcaClient(engine).slippage(date(2024, 8, 8), date(2024, 8, 9)).num_rows == 1
    assert engine.asked == (".api.slippage", np.datetime64("2024-08-08"), np.datetime64("2024-08-09"))
    assert engine.asked[1].dtype == "datetime64[D]"


@pytest.mark.parametrize(
    ("side", "word"),
    [
        ("buy", "BUY"),
        ("B", "BUY"),
        (1, "BUY"),
        ("1", "BUY"),
        ("sell", "SELL"),
        ("2", "SELL"),
        ("5", "SELL"),
        (None, ""),
        ("x", "X"),
    ],
)
def test_sides(side, word):
    assert side_word(side) == word
