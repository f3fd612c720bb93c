"""Data to figures and cells: worked by hand, without a browser."""

import numpy as np
import pytest

from slipstream.scorecard import figures
from slipstream.scorecard.data import Snapshot, State
from slipstream.tca import Chart, Parent

from .gateway import START, chart


def parent(**changes):
    base = {
        "parent": "P-1", "sym": "ALFA", "side": "BUY", "qty": 100_000.0, "filled": 10_000.0, "done": 0.1,
        "arrival": 100.01, "avgpx": 100.04, "slip_bps": 2.9997, "slip_usd": 300.0, "status": "working",
        "time": START,
    }  # fmt: skip
    return Parent(**(base | changes))


def traces(figure):
    return {trace.name: trace for trace in figure.data if trace.name}


def the_chart(**parts):
    return Chart("P-1", **chart(**parts))


def test_chart_draws_mid_arrival_sends_and_fills():
    """INST: arrival 100.01, a child at +50 ms, fills at +75 and +120 ms."""
    found = traces(
        figures.price_chart(
            the_chart(
                quotes=[
                    (0, 100.00, 100.02),
                    (50, 100.01, 100.03),
                    (75, 100.02, 100.04),
                    (120, 100.03, 100.05),
                ],
                sends=[(50, 100.05, 10_000, "C1")],
                fills=[(75, 100.035, 5_000, "maker"), (120, 100.045, 5_000, "taker")],
            ),
            parent(),
        )
    )
    assert list(found["mid"].y) == pytest.approx([100.01, 100.02, 100.03, 100.04])
    assert list(found["arrival 100.01"].y) == [100.01, 100.01]
    assert found["arrival 100.01"].line.dash == "dash"
    assert found["child sent"].marker.symbol == "triangle-up-open"
    assert found["child sent"].x[0] == START + np.timedelta64(50, "ms")
    assert found["maker fill"].marker.symbol == "circle-open"
    assert list(found["maker fill"].y) == [100.035]
    assert found["taker fill"].marker.symbol == "circle"
    assert list(found["taker fill"].y) == [100.045]


def test_sell_sends_point_down():
    found = traces(figures.price_chart(the_chart(quotes=[(0, 1, 2)], sends=[(1, 1.5, 1, "C")]), parent(side="SELL")))
    assert found["child sent"].marker.symbol == "triangle-down-open"


def test_traces_hold_at_most_2000_points_and_the_newest():
    quotes = [(i, 99.0 + i, 101.0 + i) for i in range(12_345)]
    fills = [(i, 100.0, 1.0, "maker") for i in range(5_000)]
    found = traces(figures.price_chart(the_chart(quotes=quotes, fills=fills), parent()))
    assert len(found["mid"].x) == 2_000
    assert found["mid"].y[0] == 100.0
    assert found["mid"].y[-1] == 100.0 + 12_344
    assert len(found["maker fill"].x) == 2_000
    assert found["maker fill"].x[-1] == START + np.timedelta64(4_999, "ms")


def test_fill_of_unknown_liquidity_is_neither_hollow_nor_solid_circle():
    found = traces(figures.price_chart(the_chart(quotes=[(0, 1, 2)], fills=[(0, 1.5, 1, None)]), parent()))
    assert found["unknown fill"].marker.symbol == "diamond-open"


@pytest.mark.parametrize(
    ("chart_", "parent_", "text"),
    [
        (None, None, "Choose an order"),
        (None, parent(), "Fetching P-1"),
        (the_chart(), parent(), "No quotes for ALFA yet"),
    ],
    ids=["none", "fetching", "empty"],
)
def test_says_what_it_waits_for(chart_, parent_, text):
    figure = figures.price_chart(chart_, parent_)
    assert [a.text for a in figure.layout.annotations] == [text]
    assert len(figure.data) == 0


def test_no_arrival_no_line():
    found = traces(figures.price_chart(the_chart(quotes=[(0, 1, 2)]), parent(arrival=None)))
    assert not [name for name in found if name.startswith("arrival")]


def test_zoom_is_kept_while_the_order_stays_the_same():
    one = figures.price_chart(the_chart(quotes=[(0, 1, 2)]), parent())
    two = figures.price_chart(the_chart(quotes=[(0, 1, 2), (1, 1, 2)]), parent())
    assert one.layout.uirevision == two.layout.uirevision == "P-1"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("maker", "M", "passive", "1", 1, "add"), "maker"),
        (("taker", "T", "2", 2, "remove"), "taker"),
        (("", None, "3", "routed", "auction"), "unknown"),
    ],
    ids=["maker", "taker", "unknown"],
)
def test_liquidity_words(words, expected):
    assert {figures.liquidity_word(word) for word in words} == {expected}


@pytest.mark.parametrize(
    ("bps", "lamp"),
    [
        (None, "— NO DATA"),
        (-5.0, "● GREEN"),
        (1.99, "● GREEN"),
        (2.0, "▲ AMBER"),
        (5.99, "▲ AMBER"),
        (6.0, "⬢ RED"),
    ],
)
def test_cost_lamp_is_a_shape_and_a_word(bps, lamp):
    assert figures.grid_rows((parent(slip_bps=bps),))[0]["cost"] == lamp


def test_grid_sorts_worst_first_and_unknown_last():
    rows = figures.grid_rows(
        (
            parent(parent="A", slip_bps=None),
            parent(parent="B", slip_bps=-1.0),
            parent(parent="C", slip_bps=4.0),
        )
    )
    assert [r["parent"] for r in rows] == ["C", "B", "A"]
    assert rows[0]["side"] == "▲ BUY"
    assert rows[0]["done"] == 10.0
    assert rows[0]["status"] == "WORKING"


def test_header_tells_age_orders_and_rows():
    snapshot = Snapshot(
        seq=1, parents=(parent(), parent(parent="P-2", status="filled")), rows={"quote": 12345, "trade": 7},
        asof=START, poll_ms=3.4, answered=10.0, advanced=8.5,
    )  # fmt: skip
    assert figures.header(snapshot, 10.0) == {
        "asof": "2024-08-08 14:30:00.000",
        "age": "1.5 s",
        "poll": "3 ms",
        "orders": "1 working / 2",
        "rows": "quote 12,345  trade 7",
    }


@pytest.mark.parametrize(
    ("answered", "advanced", "now", "state"),
    [
        (None, None, 100.0, State.NO_DATA),
        (10.0, None, 10.0, State.NO_DATA),
        (10.0, 10.0, 13.0, State.LIVE),
        (10.0, 10.0, 13.1, State.STALE),
        (13.0, 10.0, 13.1, State.STALE),
    ],
)
def test_stale_after_three_seconds(answered, advanced, now, state):
    assert Snapshot(answered=answered, advanced=advanced).state(now) is state


def test_signs_are_printed():
    texts = [span.children[1].children for span in figures.summary(parent())[:-1]]
    assert texts == ["10.0%", "100.01", "100.04", "+3.00 bps", "+300.00 $"]
    assert "-3.00 bps" in [s.children[1].children for s in figures.summary(parent(slip_bps=-2.9997))[:-1]]
