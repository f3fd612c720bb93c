"""Data to figures and cells: worked by hand, without a browser."""

import numpy as np
import pytest

from slipstream.scorecard import cells, figures
from slipstream.scorecard.data import Snapshot, State, View
from slipstream.scorecard.lag import Behind
from slipstream.tca import Chart, Parent

from .gateway import START, chart, drift, stamp, trail


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
    return View(chart=Chart("P-1", **chart(**parts)))


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
        (View(), None, "Choose an order"),
        (View(), parent(), "Fetching P-1"),
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
    assert cells.parent_rows((parent(slip_bps=bps),))[0]["cost"] == lamp


def test_grid_sorts_worst_first_and_unknown_last():
    rows = cells.parent_rows(
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
    assert cells.header(snapshot, 10.0) == {
        "asof": "2024-08-08 14:30:00.000",
        "age": "1.5 s",
        "tp": "—",
        "lag": "—",
        "fix": "—",
        "skew": "—",
        "poll": "3 ms",
        "orders": "1 / 2",
        "orphans": "—",
        "late": "—",
        "rows": "quote 12.3k  trade 7",
        "data": "— NO DATA",
        "why": "",
    }


def test_header_tells_how_the_engine_is():
    engine = {"time": START, "orphans": 2, "parked": 1, "late": 4, "lost": 0, "data_lamp": "amber"}
    found = cells.header(Snapshot(asof=START + np.timedelta64(1500, "ms"), engine=engine), 0.0)
    assert (found["lag"], found["orphans"], found["late"], found["data"]) == (
        "14:30:00  −1.5 s",
        "3",
        "4 / 0",
        "▲ AMBER",
    )


def test_header_tells_which_sessions_are_up_and_the_worst_clock():
    skew = [("A", 900_000, "green"), ("B", -2_340_000, "green"), ("C", None, "green")]
    rows = tuple(dict(zip(("sym", "offset", "level"), row, strict=True)) for row in skew)
    found = cells.header(Snapshot(sessions={"A-B": True, "C-D": True}, skew=rows), 0.0)
    assert (found["fix"], found["skew"]) == ("● 2 / 2", "-2.3 ms B")
    out = {"sym": "D", "offset": 600_000, "level": "amber"}
    found = cells.header(Snapshot(sessions={"A-B": True, "C-D": False}, skew=(*rows, out)), 0.0)
    assert (found["fix"], found["skew"]) == ("⬢ 1 / 2 C-D", "▲ +0.6 ms D")


@pytest.mark.parametrize(
    ("behind", "text"),
    [
        (None, "—"),
        (Behind(0.0004, 3, 900), "0.4 ms"),
        (Behind(0.3), "▲ 300.0 ms"),
        (Behind(12.3, 0, 5 * 2**20), "▲ 12.3 s, 5 MB wait"),
        (Behind(None), "⬢ no answer"),
    ],
)
def test_header_tells_how_far_the_tickerplant_is_behind(behind, text):
    assert cells.header(Snapshot(behind=behind), 0.0)["tp"] == text


def test_an_order_with_fills_is_working_whatever_its_last_message_was():
    found = [cells.status_word(parent(status=s, filled=f)) for s, f in (("new", 0), ("new", 5), ("canceled", 5))]
    assert found == ["NEW", "WORKING", "CANCELED"]
    flags = {"flags": "DECISION_IS_ARRIVAL LIMIT_BREACH"}
    assert ("▲", "LIMIT_BREACH") in cells.summary(parent(score=flags))["figures"]


def test_counts_are_short():
    assert [cells.compact(n) for n in (999, 1000, 16_419, 123_456, 2_100_000)] == [
        "999",
        "1.0k",
        "16.4k",
        "123k",
        "2.1M",
    ]


def test_whoever_does_not_see_everything_sees_no_counts_of_others():
    engine = {"time": START, "orphans": 2, "parked": 1, "late": 4, "lost": 0, "data_lamp": "amber"}
    snapshot = Snapshot(
        parents=(parent(), parent(parent="P-2")), engine=engine, rows={"quote": 5, "orders": 7},
        alerts=({"parent": "P-2"}, {"parent": ""}),
    )  # fmt: skip
    seen = snapshot.seen(frozenset({"P-1"}))
    assert [p.parent for p in seen.parents] == ["P-1"] and seen.alerts == ()
    found = cells.header(seen, 0.0)
    told = tuple(found[name] for name in ("orders", "orphans", "late", "rows", "data"))
    assert told == ("1 / 1", "—", "—", "quote 5", "▲ AMBER")
    assert snapshot.seen(None) is snapshot


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
    texts = [text for _, text in cells.summary(parent())["figures"]]
    assert texts == ["10.0%", "100.01", "100.04", "+3.00 bps", "+300.00", "—"]
    assert "-3.00 bps" in [text for _, text in cells.summary(parent(slip_bps=-2.9997))["figures"]]


def scored(**score):
    return parent(score={"cost_lamp": "green", "leak_lamp": "green", "leak_verdict": "none", **score})


@pytest.mark.parametrize(
    ("score", "cost", "leak"),
    [
        ({}, "● GREEN", "● GREEN"),
        ({"cost_lamp": "amber", "leak_lamp": "red", "leak_verdict": "leak"}, "▲ AMBER", "⬢ RED"),
        ({"leak_verdict": "collecting", "leak_n": 12}, "● GREEN", "— n=12, collecting"),
        ({"leak_verdict": "unidentifiable"}, "● GREEN", "— not identifiable"),
        ({"leak_verdict": "nocontrols"}, "● GREEN", "— no controls"),
        ({"leak_verdict": "collecting", "leak_lamp": "amber"}, "● GREEN", "▲ AMBER"),
    ],
    ids=["green", "both", "collecting", "unidentifiable", "nocontrols", "still up"],
)
def test_lamps_are_those_of_the_engine(score, cost, leak):
    row = cells.parent_rows((scored(**score),))[0]
    assert (row["cost"], row["leak"]) == (cost, leak)


def test_a_leak_is_worse_than_slippage():
    rows = cells.parent_rows(
        (
            parent(parent="A", slip_bps=1.9),
            parent(
                parent="B", slip_bps=0.1, score={"leak_lamp": "amber", "leak_verdict": "leak", "cost_lamp": "green"}
            ),
        )
    )
    assert [r["parent"] for r in rows] == ["B", "A"]


@pytest.mark.parametrize(("values", "bars"), [((), ""), ((1.0, 1.0), "▁▁"), ((0.0, 0.5, 1.0), "▁▅█")])
def test_sparkline(values, bars):
    assert cells.spark(values) == bars


def test_open_alerts_come_first_then_the_newest():
    told = [
        {"time": START + np.timedelta64(s, "s"), "parent": "P-1", "lamp": "COST", "level": "amber", "figure": 2.5, "threshold": 2.0,
         "why": "", "id": str(s), "state": state, "who": "kim", "at": START}
        for s, state in ((1, "open"), (2, "acked"), (3, "snoozed"), (4, "open"))
    ]  # fmt: skip
    rows = cells.alert_rows(told)
    assert [r["id"] for r in rows] == ["4", "1", "3", "2"]
    assert [r["state"] for r in rows] == ["OPEN", "OPEN", "snoozed by kim 14:30:00", "acked by kim 14:30:00"]
    assert rows[0]["level"] == "▲ AMBER"


def test_fix_is_readable_and_times_keep_nanoseconds():
    import pyarrow as pa

    table = pa.table(
        {
            "time": pa.array([START + np.timedelta64(1, "ns")], pa.timestamp("ns")),
            "msg": [b"8=FIX.4.4\x0135=D\x01"],
            "x": [float("nan")],
        }
    )
    assert cells.plain_rows(table) == [{"time": "2024-08-08 14:30:00.000000001", "msg": "8=FIX.4.4|35=D|", "x": None}]


def test_a_switch_is_a_line_on_price_and_slippage():
    view = View(
        chart=the_chart(quotes=[(0, 1, 2)], switches=[(5, "pov", "passive")]).chart,
        trail=trail([(0, 0.5, 0.5, None, 100.0), (9, 0.6, 0.6, None, 100.0)]),
    )
    for figure in (figures.price_chart(view, parent()), figures.slippage_chart(view, parent())):
        assert [s.x0 for s in figure.layout.shapes if s.type == "line"] == [str(START + np.timedelta64(5, "ms"))]
        assert " POV → PASSIVE" in [a.text for a in figure.layout.annotations]


def test_slippage_bands_begin_where_the_lamp_turns():
    """Expected 3 bps and a spread of 2: amber from 3+max(2,1), red from 3+6."""
    view = View(trail=trail([(0, 0.5, 0.5, 3.0, 100.0), (9, 0.6, 0.6, 3.0, 100.0)]))
    amber, red = figures.slippage_chart(view, parent()).layout.shapes
    assert (amber.y0, amber.y1, red.y0) == (5.0, 9.0, 9.0)
    amber, red = figures.slippage_chart(view, parent(), (2.5, 7.0, False)).layout.shapes
    assert (amber.y0, amber.y1, red.y0) == (2.5, 7.0, 7.0)


RESPONSES = [
    ("send", "all", 1, "1ms", 40, 0.1, 0.0, 0.2),
    ("send", "all", 1000, "1s", 38, 0.5, 0.3, 0.7),
    ("send", "take", 1, "1ms", 9, 0.4, 0.1, 0.7),
    ("cancel", "all", 1, "1ms", 3, -0.1, None, None),
]


def test_drift_has_a_band_and_a_control_line_for_sends():
    import pyarrow as pa

    control = pa.table(
        {
            "h": pa.array([500_000_000], pa.int64()).cast(pa.duration("ns")),
            "label": ["500ms"],
            "n": [30],
            "mean": [0.01],
        }
    )
    view = View(drift=drift(RESPONSES), control=control)
    found = traces(figures.drift_chart(view, parent()))
    assert list(found["after sends"].x) == [1.0, 1000.0]
    assert list(found["after sends"].y) == [0.1, 0.5]
    assert list(found["95%"].y) == [0.0, 0.3]
    assert found["without us"].line.dash == "dash"
    assert list(traces(figures.drift_chart(view, parent(), "send/take"))["after sends, take"].y) == [0.4]
    cancels = traces(figures.drift_chart(view, parent(), "cancel/all"))
    assert "without us" not in cancels
    assert (
        figures.drift_chart(view, parent(), "fill/all").layout.annotations[0].text == "No final responses to fills yet"
    )


def test_the_baseline_is_the_middle_of_the_first_hour():
    time = START + np.arange(240) * np.timedelta64(60, "s")
    values = np.where(np.arange(240) <= 60, np.arange(240) % 11, 1000.0)
    assert figures.baseline(time, values) == pytest.approx((1.0, 9.0))
    assert figures.baseline(time[:29], values[:29]) is None, "half of it is shorter than what each figure is of"
    assert figures.baseline(time[:31], values[:31]) == pytest.approx((0.5, 8.5))
    assert figures.baseline(time[:40:10], values[:40:10]) is None, "2 values are too few"


def test_the_parts_of_the_shortfall_add_up_to_it():
    """INST: 1,000 + 150 + 50 + 3,600 = 4,800."""
    parts = {"delay": 1000.0, "timing_impact": 150.0, "spread": 50.0, "opportunity": 3600.0, "fees": 0.0}
    figure = figures.waterfall_chart(parent(score={**parts, "is_cost": 4800.0, "is_bps": 4.79952}))
    bars = figure.data[0]
    assert sum(bars.y[:-1]) == bars.y[-1] == 4800.0
    assert bars.measure[-1] == "total"
    assert (
        figures.waterfall_chart(parent(score={**parts, "is_cost": None})).layout.annotations[0].text
        == "No shortfall yet"
    )
    missing = {**parts, "is_cost": None, "reasons": "vwap_bps=no prints;is_cost=stale quote"}
    assert figures.waterfall_chart(parent(score=missing)).layout.annotations[0].text == "No shortfall: stale quote"


def test_the_style_sheet_has_the_colours_of_the_palette():
    from pathlib import Path

    from slipstream.scorecard import palette

    style = (Path(palette.__file__).parent / "assets" / "style.css").read_text()
    for name, colour in {
        "page": palette.PAGE,
        "panel": palette.PANEL,
        "line": palette.LINE,
        "text": palette.TEXT,
        "grey": palette.GREY,
        "ok": palette.OK,
        "amber": palette.AMBER,
        "red": palette.RED,
    }.items():
        assert f"--{name}: {colour.lower()};" in style
        assert f"--{name}: {palette.LIGHT[colour].lower()};" in style


def test_the_switch_is_on_every_chart_of_behaviour():
    import pyarrow as pa

    ms = [60_000 * i for i in range(60)]
    numbers = {name: [0.1 * (i % 7) for i in range(60)] for name in ("made", "aggressor", "cancels", "spread")}
    behave = pa.table({"time": stamp(ms), **numbers})
    trails = trail([(t, 0.5, 0.5, None, 100.0) for t in ms])
    switched = chart([(0, 1.0, 2.0)], switches=[(1_800_000, "pov", "passive")])
    view = View(behave=behave, trail=trails, chart=Chart(parent="P-1", **switched))
    lines = [s for s in figures.diagnostics_chart(view, parent()).layout.shapes if s.type == "line"]
    assert {(s.xref, s.x0) for s in lines} == {
        (f"x{i or ''}", str(START + np.timedelta64(1800, "s"))) for i in ("", 2, 3, 4, 5)
    }
