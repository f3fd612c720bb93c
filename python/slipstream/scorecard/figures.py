"""
Data to figures: pure functions, tested without a browser.
"""

from __future__ import annotations

import json
from typing import Any, Final

import numpy as np
import pyarrow as pa
from plotly.utils import PlotlyJSONEncoder

from slipstream.scorecard.data import View
from slipstream.scorecard.drawing import Figure
from slipstream.scorecard.palette import AMBER, GREY, LINE, MID, OK, PAGE, PANEL, RED, SEND, TEXT, band
from slipstream.tca import Chart, Parent

MAX_POINTS: Final = 2_000


def price_chart(view: View, parent: Parent | None) -> Figure:
    """
    Mid with its spread, the arrival price, the market's VWAP, child sends, fills and switches of one parent.

    Fills that made liquidity are hollow, those that took it solid; sends are triangles that point up for
    buys and down for sells. Traces hold at most `MAX_POINTS` points.
    """
    figure = Figure()
    _style(figure)
    chart = view.chart
    if parent is None:
        return _note(figure, "Choose an order")
    figure.update_layout(uirevision=parent.parent)
    if chart is None:
        return _note(figure, f"Fetching {parent.parent}")
    if chart.quotes.num_rows == 0:
        return _note(figure, f"No quotes for {parent.sym} yet")
    _quotes(figure, chart.quotes)
    _arrival(figure, chart, parent)
    if view.trail is not None and view.trail.num_rows:
        last = _values(chart.quotes, "time")[-1]
        known = view.trail.filter(pa.array(_values(view.trail, "time") <= last))
        _line(figure, known, "vwap", "VWAP", {"width": 1.2, "color": OK, "dash": "dot"}, "VWAP %{y}")
    _sends(figure, chart.sends, parent)
    _fills(figure, chart.fills)
    _switches(figure, chart.switches)
    return figure


Bands = tuple[float, float, bool]
"""From how many bps on the COST lamp of an order is amber and red, and whether that is on top of what was expected."""
USUAL: Final[Bands] = (2.0, 6.0, True)


def slippage_chart(view: View, parent: Parent | None, bands: Bands = USUAL) -> Figure:
    """
    Cumulative and rolling slippage through the order's life, side by side with what was expected, over the
    bands in which the COST lamp is amber and red.
    """
    figure = Figure()
    _style(figure)
    trail = view.trail
    if parent is None or trail is None or not trail.num_rows:
        return _note(figure, "No scores yet")
    figure.update_layout(uirevision=parent.parent)
    expected = _values(trail, "expected_bps").astype(float)
    *levels, relative = bands
    base = float(np.nan_to_num(expected[-1])) if relative else 0.0
    half = float(np.nan_to_num(_values(trail, "quoted_spread_bps").astype(float)[-1])) / 2 if relative else 0.0
    amber, red = (base + max(bps, half) for bps in levels)
    top = max(red, float(np.nanmax([_peak(trail, "slippage_bps"), _peak(trail, "slippage_rolling_bps")])))
    figure.add_hrect(y0=amber, y1=red, fillcolor=band(AMBER, 0.10), line={"width": 0})
    figure.add_hrect(y0=red, y1=top + 1, fillcolor=band(RED, 0.14), line={"width": 0})
    line = {"width": 2, "color": TEXT}
    _line(figure, trail, "slippage_bps", "cumulative", line, "cumulative %{y:+.2f} bps")
    rolling = {"width": 1.2, "color": SEND, "dash": "dot"}
    _line(figure, trail, "slippage_rolling_bps", "last 5 min", rolling, "last 5 min %{y:+.2f} bps")
    if np.isfinite(expected).any():
        _line(figure, trail, "expected_bps", "expected", {"width": 1.2, "color": GREY, "dash": "dash"}, "%{y:+.2f}")
    figure.update_yaxes(tickformat="+.1f", ticksuffix=" bps")
    if view.chart is not None:
        _switches(figure, view.chart.switches)
    return figure


DRIFTS: Final = {
    "send/all": "sends",
    "send/passive": "sends, passive",
    "send/take": "sends, take",
    "fill/all": "fills",
    "cancel/all": "cancels",
    "replace/all": "replaces",
}
"""What the drift may be of: event and kind, and what it is called."""


def drift_chart(view: View, parent: Parent | None, choice: str = "send/all") -> Figure:
    """
    Mean move of the mid after the order's events, by horizon, with its 95% interval; dashed the mean at like
    moments without us. + is adverse.
    """
    figure = Figure()
    _style(figure)
    if parent is None or view.drift is None:
        return _note(figure, "No responses yet")
    event, kind = choice.split("/")
    rows = [r for r in view.drift.to_pylist() if r["event"] == event and r["kind"] == kind]
    if not rows:
        return _note(figure, f"No final responses to {DRIFTS[choice]} yet")
    x = [_ms(r["h"]) for r in rows]
    band_line = {"width": 0}
    figure.add_scatter(x=x, y=[r["hi"] for r in rows], mode="lines", line=band_line, hoverinfo="skip", showlegend=False)
    figure.add_scatter(
        x=x, y=[r["lo"] for r in rows], mode="lines", line=band_line, fill="tonexty", fillcolor=band(SEND, 0.22),
        name="95%", hoverinfo="skip",
    )  # fmt: skip
    figure.add_scatter(
        x=x, y=[r["mean"] for r in rows], mode="lines+markers", name=f"after {DRIFTS[choice]}",
        line={"color": SEND, "width": 2}, marker={"size": 6},
        customdata=[[r["label"], r["n"]] for r in rows],
        hovertemplate="%{customdata[0]}: %{y:+.3f} bps, n %{customdata[1]}<extra></extra>",
    )  # fmt: skip
    control = [] if view.control is None else [r for r in view.control.to_pylist() if r["mean"] is not None]
    if control and event == "send":
        figure.add_scatter(
            x=[_ms(r["h"]) for r in control], y=[r["mean"] for r in control], mode="lines+markers",
            name="without us", line={"color": GREY, "width": 1.6, "dash": "dash"}, marker={"size": 5},
            customdata=[[r["label"], r["n"]] for r in control],
            hovertemplate="control, %{customdata[0]}: %{y:+.3f} bps, n %{customdata[1]}<extra></extra>",
        )  # fmt: skip
    figure.add_hline(y=0, line={"color": GREY, "width": 1})
    shown = [r for r in rows if r["label"] in ("1ms", "10ms", "100ms", "1s", "10s", "1min")] or rows
    ticks = {"tickvals": [_ms(r["h"]) for r in shown], "ticktext": [f"{r['label']}<br>n {r['n']}" for r in shown]}
    figure.update_xaxes(type="log", **ticks)
    figure.update_yaxes(tickformat="+.2f", ticksuffix=" bps")
    figure.update_layout(uirevision=f"{parent.parent} {choice}")
    return figure


DIAGNOSTICS: Final = (
    ("made", "filled<br>where posted", ".0%", -1),
    ("aggressor", "aggressor<br>share", ".0%", 1),
    ("participation", "participation,<br>5 min", ".0%", 1),
    ("spread", "spread,<br>bps", ".2f", 1),
    ("cancels", "cancels<br>a fill", ".2f", 1),
)
"""Columns of the diagnostics: name, title in two lines, because five of them stand side by side, format, and which way is bad."""


def diagnostics_chart(view: View, parent: Parent | None) -> Figure:
    """
    How the order behaves, each figure beside its own baseline: the middle 80% of what it was in the order's
    first hour (its first half, while that is shorter). Outside of it on the bad side the newest value is marked.
    """
    figure = Figure()
    _style(figure)
    if parent is None or view.behave is None or not view.behave.num_rows:
        return _note(figure, "Behaviour has not been looked at yet")
    width = 1 / len(DIAGNOSTICS)
    for i, (name, title, form, bad) in enumerate(DIAGNOSTICS):
        time, values = _diagnostic(view, name)
        x, y = f"x{i + 1}".replace("x1", "x"), f"y{i + 1}".replace("y1", "y")
        known = np.isfinite(values)
        span = baseline(time, values)
        newest = values[known][-1] if known.any() else None
        out = newest is not None and span is not None and (newest > span[1] if bad > 0 else newest < span[0])
        text = "—" if newest is None else format(newest, form)
        heading = f"{title}<br><b>{'▲ ' if out else ''}{text}</b>"
        figure.add_annotation(
            text=heading, xref="paper", yref="paper", x=(i + 0.06) * width, y=1.0, xanchor="left", yanchor="bottom",
            showarrow=False, align="left", font={"size": 10, "color": AMBER if out else TEXT},
        )  # fmt: skip
        if span is not None and len(time):
            figure.add_shape(
                type="rect", xref=x, yref=y, x0=str(time[0]), x1=str(time[-1]), y0=span[0], y1=span[1],
                fillcolor=band(GREY, 0.22), line={"width": 0},
            )  # fmt: skip
        figure.add_scatter(
            x=time, y=values, xaxis=x, yaxis=y, mode="lines", line={"color": AMBER if out else OK, "width": 1.6},
            name=title.replace("<br>", " "), showlegend=False, hovertemplate=f"{title.replace('<br>', ' ')} %{{y:{form}}}<extra></extra>",
        )  # fmt: skip
        # without a figure plotly makes up a scale
        axis = {
            "showgrid": False,
            "showticklabels": bool(known.any()),
            "zeroline": False,
            "linecolor": LINE,
            "tickfont": {"color": GREY, "size": 10},
        }
        # what stands left of an axis has room before it
        left, right = (i + 0.2) * width, (i + 0.97) * width
        figure.update_layout(
            {
                f"{x[0]}axis{x[1:]}": {
                    **axis, "domain": [left, right], "anchor": y, "nticks": 3, "tickformat": "%H:%M", "type": "date",
                },
                f"{y[0]}axis{y[1:]}": {
                    **axis, "domain": [0, 1], "anchor": x, "nticks": 3, "tickformat": form, "side": "left",
                },
            }
        )  # fmt: skip
        switches = [] if view.chart is None or not len(time) else _values(view.chart.switches, "time")
        for moment in switches:
            figure.add_shape(
                type="line", xref=x, yref=f"{y} domain", x0=str(moment), x1=str(moment), y0=0, y1=1,
                line={"color": TEXT, "width": 1.2, "dash": "dashdot"},
            )  # fmt: skip
    figure.update_layout(margin={"l": 4, "r": 4, "t": 46, "b": 22}, uirevision=parent.parent)
    return figure


def _diagnostic(view: View, name: str) -> tuple[Any, Any]:
    source, column = (view.trail, "participation_5min") if name == "participation" else (view.behave, name)
    if source is None or not source.num_rows:
        return np.array([], "datetime64[ns]"), np.array([])
    keep = thin(source.num_rows, 240)
    return _values(source, "time", keep), _values(source, column, keep).astype(float)


BASELINE: Final = np.timedelta64(15, "m")
"""Figures are of the last 15 minutes: a baseline of less than that is of nothing but the beginning."""


def baseline(time: Any, values: Any) -> tuple[float, float] | None:
    """
    The middle 80% of the values of the first hour, or of the first half while that is shorter; None while it is shorter than what each figure is
    of, and below 5 values.
    """
    if not len(time) or time[-1] - time[0] < 2 * BASELINE:
        return None
    end = time[0] + min(np.timedelta64(1, "h"), (time[-1] - time[0]) / 2)
    first = values[(time <= end) & np.isfinite(values)]
    return None if len(first) < 5 else (float(np.quantile(first, 0.1)), float(np.quantile(first, 0.9)))


PARTS: Final = (
    ("delay", "delay"),
    ("timing_impact", "timing"),
    ("spread", "spread"),
    ("opportunity", "opportunity"),
    ("fees", "fees"),
)
"""The parts of the shortfall: figure and what it is called."""


def waterfall_chart(parent: Parent | None) -> Figure:
    """
    The implementation shortfall and its parts, which add up to it; + is cost.
    """
    figure = Figure()
    _style(figure)
    values = [] if parent is None else [parent.figure(name) for name, _ in PARTS]
    if parent is None or parent.figure("is_cost") is None or None in values:
        return _note(figure, f"No shortfall{_because(parent, 'is_cost')}")
    total = parent.figure("is_cost") or 0.0
    bps = parent.figure("is_bps")
    heights = [*(v or 0.0 for v in values), total]
    figure.add_waterfall(
        x=[*(label for _, label in PARTS), "IS"], y=heights, measure=[*["relative"] * len(PARTS), "total"],
        text=[f"{v:+,.0f}" for v in heights], textposition="auto", textfont={"size": 11},
        connector={"line": {"color": LINE}},
        increasing={"marker": {"color": SEND}}, decreasing={"marker": {"color": OK}}, totals={"marker": {"color": MID}},
        hovertemplate="%{x} %{text}<extra></extra>",
    )  # fmt: skip
    note = f"IS {total:+,.0f}" + ("" if bps is None else f"  {bps:+.2f} bps")
    figure.add_annotation(
        text=note, xref="paper", yref="paper", x=1, y=1, xanchor="right", yanchor="bottom", showarrow=False,
        font={"size": 12, "color": TEXT},
    )  # fmt: skip
    figure.update_xaxes(type="category", tickfont={"size": 10})
    # room above the highest bar for its label
    steps = np.cumsum([0.0, *heights[:-1]])
    low, high = float(steps.min()), float(steps.max())
    room = high - low
    figure.update_yaxes(tickformat="+,.3~s", **({"range": [low - 0.06 * room, high + 0.1 * room]} if room else {}))
    figure.update_layout(margin={"l": 8, "r": 44, "t": 24, "b": 24}, uirevision=parent.parent)
    return figure


def _because(parent: Parent | None, name: str) -> str:
    """
    Why a figure is not there, as the engine says it; "yet" where it does not.
    """
    said = "" if parent is None else str(parent.score.get("reasons") or "")
    reasons = dict(part.split("=", 1) for part in said.split(";") if "=" in part)
    return f": {reasons[name]}" if reasons.get(name) else " yet"


def _ms(horizon: Any) -> float:
    """A horizon in milliseconds."""
    return float(np.timedelta64(horizon.value, "ns") / np.timedelta64(1, "ms"))


def _peak(trail: pa.Table, name: str) -> float:
    values = _values(trail, name).astype(float)
    return float(np.nanmax(values)) if np.isfinite(values).any() else float("nan")


def _line(figure: Figure, table: pa.Table, name: str, title: str, line: dict[str, Any], hover: str) -> None:
    keep = thin(table.num_rows)
    figure.add_scatter(
        x=_values(table, "time", keep), y=_values(table, name, keep).astype(float), mode="lines", name=title,
        line=line, hovertemplate=f"{hover}<extra></extra>",
    )  # fmt: skip


def _switches(figure: Figure, switches: pa.Table) -> None:
    """A vertical line where the order was given to another algo."""
    for time, row in zip(_values(switches, "time"), switches.to_pylist(), strict=True):
        figure.add_vline(x=str(time), line={"color": TEXT, "width": 1.4, "dash": "dashdot"})
        figure.add_annotation(
            x=str(time), y=1, yref="paper", yanchor="top", xanchor="left", showarrow=False,
            text=f" {str(row['was'] or '').upper()} → {str(row['algo']).upper()}", font={"size": 11, "color": TEXT},
        )  # fmt: skip


def curves_chart(curves: pa.Table) -> Figure:
    """
    Mean markout of fills and mean response to sends at each horizon, with 95% intervals.
    """
    figure = Figure()
    _style(figure)
    rows = curves.to_pylist()
    for curve, klass, title, colour in (
        ("markout", "all", "markout of fills (+ gain)", OK),
        ("response", "send", "response to sends (+ adverse)", SEND),
    ):
        found = [r for r in rows if r["curve"] == curve and r["class"] == klass]
        if not found:
            continue
        high, low = (
            [abs((r[end] if r[end] is not None else r["mean"]) - r["mean"]) for r in found] for end in ("hi", "lo")
        )
        figure.add_scatter(
            x=[_ms(r["h"]) for r in found], y=[r["mean"] for r in found], mode="lines+markers", name=title,
            line={"color": colour, "width": 2}, marker={"size": 6},
            error_y={"type": "data", "symmetric": False, "array": high, "arrayminus": low, "color": colour, "thickness": 1},
            customdata=[[r["label"], r["n"]] for r in found],
            hovertemplate="%{customdata[0]}: %{y:+.3f} bps, n %{customdata[1]}<extra></extra>",
        )  # fmt: skip
    if not figure.data:
        return _note(figure, "No curves")
    labels = {r["label"]: _ms(r["h"]) for r in rows}
    figure.update_xaxes(type="log", tickvals=list(labels.values())[::2], ticktext=list(labels)[::2])
    figure.update_yaxes(tickformat="+.2f", ticksuffix=" bps")
    return figure


def charts_json(view: View, parent: Parent | None, bands: Bands = USUAL) -> str:
    """
    Every chart of a parent, as the page takes it.
    """
    drawn = {
        "price": price_chart(view, parent),
        "slip": slippage_chart(view, parent, bands),
        "behave": diagnostics_chart(view, parent),
        "fall": waterfall_chart(parent),
    }
    return as_json(
        {
            "parent": parent.parent if parent else "",
            **{name: figure.to_plotly_json() for name, figure in drawn.items()},
            "drift": {choice: drift_chart(view, parent, choice).to_plotly_json() for choice in DRIFTS},
        }
    )


def as_json(content: Any) -> str:
    """
    JSON, of figures too.
    """
    return json.dumps(content, cls=PlotlyJSONEncoder, separators=(",", ":"))


def thin(count: int, most: int = MAX_POINTS) -> np.ndarray[Any, np.dtype[np.int64]]:
    """
    Which of `count` points to draw: evenly spread, the first and the last always among them.
    """
    if count <= most:
        return np.arange(count)
    return np.unique(np.linspace(0, count - 1, most).round().astype(np.int64))


def _values(table: pa.Table, name: str, keep: Any = None) -> Any:
    column = table.column(name)
    if pa.types.is_timestamp(column.type):
        numbers = column.cast(pa.timestamp("ns")).combine_chunks().view(pa.int64())
        found = numbers.to_numpy(zero_copy_only=False).astype("datetime64[ns]")
    else:
        found = np.asarray(column.to_pylist())
    return found if keep is None else found[keep]


def _quotes(figure: Figure, quotes: pa.Table) -> None:
    keep = thin(quotes.num_rows)
    time = _values(quotes, "time", keep)
    edge = {"shape": "hv", "width": 0}
    figure.add_scatter(
        x=time, y=_values(quotes, "ask", keep), mode="lines", line=edge, hoverinfo="skip", showlegend=False
    )
    figure.add_scatter(
        x=time, y=_values(quotes, "bid", keep), mode="lines", line=edge, name="bid to ask",
        fill="tonexty", fillcolor=band(MID, 0.13), hoverinfo="skip",
    )  # fmt: skip
    figure.add_scatter(
        x=time, y=_values(quotes, "mid", keep), mode="lines", name="mid",
        line={"shape": "hv", "width": 1.4, "color": MID}, hovertemplate="mid %{y}<extra></extra>",
    )  # fmt: skip


def _arrival(figure: Figure, chart: Chart, parent: Parent) -> None:
    if parent.arrival is None:
        return
    time = _values(chart.quotes, "time")
    figure.add_scatter(
        x=[time[0], time[-1]], y=[parent.arrival] * 2, mode="lines", name=f"arrival {parent.arrival:,.6g}",
        line={"dash": "dash", "width": 1.6, "color": AMBER}, hovertemplate="arrival %{y}<extra></extra>",
    )  # fmt: skip


def _sends(figure: Figure, sends: pa.Table, parent: Parent) -> None:
    keep = _newest(sends.num_rows)
    figure.add_scatter(
        x=_values(sends, "time", keep), y=_values(sends, "price", keep), mode="markers", name="child sent",
        marker={
            "symbol": "triangle-down-open" if parent.side == "SELL" else "triangle-up-open",
            "size": _size(len(keep)), "color": SEND, "line": {"width": 0.17 * _size(len(keep)), "color": SEND},
        },
        customdata=np.column_stack([_values(sends, "id", keep), _values(sends, "qty", keep)]),
        hovertemplate="child %{customdata[0]}: %{customdata[1]} @ %{y}<extra></extra>",
    )  # fmt: skip


def _fills(figure: Figure, fills: pa.Table) -> None:
    size = _size(fills.num_rows)
    liquidity = np.array([liquidity_word(v) for v in fills.column("liquidity").to_pylist()], object)
    for word, symbol in (("maker", "circle-open"), ("taker", "circle"), ("unknown", "diamond-open")):
        rows = np.flatnonzero(liquidity == word)
        if word == "unknown" and not len(rows):
            continue
        keep = rows[_newest(len(rows))]
        figure.add_scatter(
            x=_values(fills, "time", keep), y=_values(fills, "price", keep),
            mode="markers", name=f"{word} fill", showlegend=True,
            marker={"symbol": symbol, "size": size, "color": OK, "line": {"width": 0.2 * size, "color": OK}},
            customdata=_values(fills, "qty", keep),
            hovertemplate=f"{word} fill %{{customdata}} @ %{{y}}<extra></extra>",
        )  # fmt: skip


def _size(count: int) -> int:
    """
    Pixels of a marker, so that many do not cover the price.
    """
    return 9 if count <= 150 else 7 if count <= 400 else 6


def _newest(count: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    """
    The newest events when there are more than a trace may hold: an event is shown or not, never averaged.
    """
    return np.arange(max(0, count - MAX_POINTS), count)


MAKER: Final = {"maker", "m", "passive", "add", "added", "1"}
TAKER: Final = {"taker", "t", "aggressive", "remove", "removed", "2"}


def liquidity_word(liquidity: Any) -> str:
    """
    maker, taker or unknown, from the words in use for it or FIX tag 851 (1 added, 2 removed).
    """
    text = str(liquidity if liquidity is not None else "").strip().lower()
    return "maker" if text in MAKER else "taker" if text in TAKER else "unknown"


def _style(figure: Figure) -> None:
    figure.update_layout(
        paper_bgcolor=PANEL,
        plot_bgcolor=PANEL,
        font={"color": TEXT, "family": "Inter, Roboto, 'Segoe UI', sans-serif", "size": 12},
        margin={"l": 12, "r": 64, "t": 6, "b": 36},
        legend={
            "traceorder": "normal",
            "orientation": "h",
            "x": 0,
            "y": 1.0,
            "yanchor": "bottom",
            "bgcolor": "rgba(0,0,0,0)",
            "font": {"size": 11},
        },
        hovermode="closest",
        hoverlabel={"bgcolor": PAGE, "bordercolor": LINE, "font": {"color": TEXT}},
        uirevision="none",
    )
    axis = {"gridcolor": LINE, "zeroline": False, "linecolor": LINE, "tickfont": {"color": GREY}}
    # upright, and as few as a small screen has room for: turned, they would be cut off
    figure.update_xaxes(**axis, type="date", tickangle=0, nticks=6)
    figure.update_yaxes(**axis, side="right", tickformat=",.6~f", automargin=True)


def blank() -> dict[str, Any]:
    """
    What is there before anything is drawn: nothing, in either theme.
    """
    nothing = {"visible": False}
    clear = "rgba(0,0,0,0)"
    return {"data": [], "layout": {"xaxis": nothing, "yaxis": nothing, "paper_bgcolor": clear, "plot_bgcolor": clear}}


def _note(figure: Figure, text: str) -> Figure:
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    figure.add_annotation(
        text=text, x=0.5, y=0.5, xref="paper", yref="paper", showarrow=False, font={"size": 18, "color": GREY}
    )
    return figure
