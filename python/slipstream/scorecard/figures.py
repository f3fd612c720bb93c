"""
Data to figures and cells: pure functions, tested without a browser.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import plotly.graph_objects as go
import pyarrow as pa
from dash import html

from slipstream.scorecard.data import Snapshot, State
from slipstream.tca import Chart, Parent

# Told apart under the three colour deficiencies; each is always shown with a shape and a word.
OK: Final = "#56B4E9"
AMBER: Final = "#F0E442"
RED: Final = "#D55E00"
GREY: Final = "#9AA0A6"
PAGE: Final = "#111418"
PANEL: Final = "#181c22"
LINE: Final = "#2a3038"
TEXT: Final = "#e8eaed"
MID: Final = "#c8ccd2"
SEND: Final = "#CC79A7"

MAX_POINTS: Final = 2_000
AMBER_BPS: Final = 2.0  # absolute thresholds of the demo profile
RED_BPS: Final = 6.0

LAMPS: Final = {"GREEN": ("●", OK), "AMBER": ("▲", AMBER), "RED": ("⬢", RED), "NO DATA": ("—", GREY)}
STATES: Final = {State.LIVE: "GREEN", State.STALE: "RED", State.NO_DATA: "NO DATA"}


def cost_lamp(slip_bps: float | None) -> str:
    """
    The word of the COST lamp for a cumulative slippage in basis points.
    """
    if slip_bps is None:
        return "NO DATA"
    return "RED" if slip_bps >= RED_BPS else "AMBER" if slip_bps >= AMBER_BPS else "GREEN"


def lamp_text(word: str) -> str:
    """
    A lamp as shape and word.
    """
    return f"{LAMPS[word][0]} {word}"


def grid_rows(parents: tuple[Parent, ...], chosen: str | None = None) -> list[dict[str, Any]]:
    """
    The rows of the parents grid, worst slippage first and orders without a figure last.
    """
    order = sorted(parents, key=lambda p: (p.slip_bps is None, -(p.slip_bps or 0.0), p.parent))
    return [
        {
            "parent": p.parent,
            "sym": p.sym,
            "side": ("▲ " if p.side == "BUY" else "▼ " if p.side == "SELL" else "") + p.side,
            "qty": p.qty,
            "filled": p.filled,
            "done": None if p.done is None else round(100 * p.done, 2),
            "arrival": p.arrival,
            "avgpx": p.avgpx,
            "slip_bps": p.slip_bps,
            "slip_usd": p.slip_usd,
            "cost": lamp_text(cost_lamp(p.slip_bps)),
            "status": p.status.upper(),
            "algo": p.algo.upper(),
            "trader": p.trader,
            "chosen": p.parent == chosen,
        }
        for p in order
    ]


def clock(time: np.datetime64 | None) -> str:
    """
    A UTC time for the header, to the millisecond.
    """
    return "—" if time is None else str(time.astype("datetime64[ms]")).replace("T", " ")


def header(snapshot: Snapshot, now: float) -> dict[str, str]:
    """
    The header's texts by element id.
    """
    age = snapshot.age(now)
    working = sum(1 for p in snapshot.parents if p.status.lower() not in {"filled", "done", "canceled", "cancelled"})
    return {
        "asof": clock(snapshot.asof),
        "age": "—" if age is None else f"{age:.1f} s",
        "poll": "—" if snapshot.poll_ms is None else f"{snapshot.poll_ms:.0f} ms",
        "orders": f"{working} working / {len(snapshot.parents)}",
        "rows": "  ".join(f"{name} {count:,}" for name, count in snapshot.rows.items()) or "—",
    }


def title(parent: Parent) -> str:
    """
    The chosen order in one line.
    """
    return f"{parent.parent}   {parent.side} {parent.qty:,.8g} {parent.sym}"


def summary(parent: Parent) -> list[html.Span]:
    """
    The chosen order's figures beside the chart's title; signs are always printed.
    """
    lamp = cost_lamp(parent.slip_bps)
    figures = (
        ("done", "—" if parent.done is None else f"{100 * parent.done:.1f}%"),
        ("arrival", _price(parent.arrival)),
        ("average", _price(parent.avgpx)),
        ("slippage", "—" if parent.slip_bps is None else f"{parent.slip_bps:+,.2f} bps"),
        ("", "—" if parent.slip_usd is None else f"{parent.slip_usd:+,.2f} $"),
    )
    cells = [html.Span([name, html.B(text)]) for name, text in figures]
    return [*cells, html.Span(lamp_text(lamp), style={"color": LAMPS[lamp][1]})]


def _price(value: float | None) -> str:
    return "—" if value is None else f"{value:,.8g}"


def price_chart(chart: Chart | None, parent: Parent | None) -> go.Figure:
    """
    Mid with its spread, the arrival price, child sends and fills of one parent.

    Fills that made liquidity are hollow, those that took it solid; sends are triangles that point up for
    buys and down for sells. Traces hold at most `MAX_POINTS` points.
    """
    figure = go.Figure()
    _style(figure)
    if parent is None:
        return _note(figure, "Choose an order")
    figure.update_layout(uirevision=parent.parent)
    if chart is None:
        return _note(figure, f"Fetching {parent.parent}")
    if chart.quotes.num_rows == 0:
        return _note(figure, f"No quotes for {parent.sym} yet")
    _quotes(figure, chart.quotes)
    _arrival(figure, chart, parent)
    _sends(figure, chart.sends, parent)
    _fills(figure, chart.fills)
    return figure


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


def _quotes(figure: go.Figure, quotes: pa.Table) -> None:
    keep = thin(quotes.num_rows)
    time = _values(quotes, "time", keep)
    band = {"shape": "hv", "width": 0}
    figure.add_scatter(
        x=time, y=_values(quotes, "ask", keep), mode="lines", line=band, hoverinfo="skip", showlegend=False
    )
    figure.add_scatter(
        x=time, y=_values(quotes, "bid", keep), mode="lines", line=band, name="bid to ask",
        fill="tonexty", fillcolor="rgba(200,204,210,0.13)", hoverinfo="skip",
    )  # fmt: skip
    figure.add_scatter(
        x=time, y=_values(quotes, "mid", keep), mode="lines", name="mid",
        line={"shape": "hv", "width": 1.4, "color": MID}, hovertemplate="mid %{y}<extra></extra>",
    )  # fmt: skip


def _arrival(figure: go.Figure, chart: Chart, parent: Parent) -> None:
    if parent.arrival is None:
        return
    time = _values(chart.quotes, "time")
    figure.add_scatter(
        x=[time[0], time[-1]], y=[parent.arrival] * 2, mode="lines", name=f"arrival {parent.arrival:,.6g}",
        line={"dash": "dash", "width": 1.6, "color": AMBER}, hovertemplate="arrival %{y}<extra></extra>",
    )  # fmt: skip


def _sends(figure: go.Figure, sends: pa.Table, parent: Parent) -> None:
    keep = _newest(sends.num_rows)
    figure.add_scatter(
        x=_values(sends, "time", keep), y=_values(sends, "price", keep), mode="markers", name="child sent",
        marker={
            "symbol": "triangle-down-open" if parent.side == "SELL" else "triangle-up-open",
            "size": 9, "color": SEND, "line": {"width": 1.6, "color": SEND},
        },
        customdata=np.column_stack([_values(sends, "id", keep), _values(sends, "qty", keep)]),
        hovertemplate="child %{customdata[0]}: %{customdata[1]} @ %{y}<extra></extra>",
    )  # fmt: skip


def _fills(figure: go.Figure, fills: pa.Table) -> None:
    liquidity = np.array([liquidity_word(v) for v in fills.column("liquidity").to_pylist()], object)
    for word, symbol in (("maker", "circle-open"), ("taker", "circle"), ("unknown", "diamond-open")):
        rows = np.flatnonzero(liquidity == word)
        if word == "unknown" and not len(rows):
            continue
        keep = rows[_newest(len(rows))]
        figure.add_scatter(
            x=_values(fills, "time", keep), y=_values(fills, "price", keep),
            mode="markers", name=f"{word} fill", showlegend=True,
            marker={"symbol": symbol, "size": 9, "color": OK, "line": {"width": 1.8, "color": OK}},
            customdata=_values(fills, "qty", keep),
            hovertemplate=f"{word} fill %{{customdata}} @ %{{y}}<extra></extra>",
        )  # fmt: skip


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


def _style(figure: go.Figure) -> None:
    figure.update_layout(
        template=None,
        paper_bgcolor=PANEL,
        plot_bgcolor=PANEL,
        font={"color": TEXT, "family": "Inter, Roboto, 'Segoe UI', sans-serif", "size": 13},
        margin={"l": 16, "r": 84, "t": 44, "b": 40},
        legend={
            "traceorder": "normal",
            "orientation": "h",
            "x": 0,
            "y": 1.0,
            "yanchor": "bottom",
            "bgcolor": "rgba(0,0,0,0)",
        },
        hovermode="closest",
        hoverlabel={"bgcolor": PAGE, "bordercolor": LINE, "font": {"color": TEXT}},
        uirevision="none",
    )
    axis = {"gridcolor": LINE, "zeroline": False, "linecolor": LINE, "tickfont": {"color": GREY}}
    figure.update_xaxes(**axis, type="date")
    figure.update_yaxes(**axis, side="right", tickformat=",.6~f", automargin=True)


def _note(figure: go.Figure, text: str) -> go.Figure:
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    figure.add_annotation(
        text=text, x=0.5, y=0.5, xref="paper", yref="paper", showarrow=False, font={"size": 18, "color": GREY}
    )
    return figure
