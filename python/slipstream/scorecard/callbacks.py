"""
What moves on the page: one pushed stream for each open page, and the reaction to choosing an order.
"""

from __future__ import annotations

import asyncio
from typing import Any

from dash import Dash, Input, Output, ctx, set_props

from slipstream.scorecard import figures
from slipstream.scorecard.data import Feed, Snapshot
from slipstream.tca import Parent

# The state lamp is drawn in the browser, so that it also turns STALE when this server is gone: no pulse for
# 3 s.
_STATE = """
function(beats, pulse) {
    const now = performance.now();
    const seen = window.slipstreamPulse || (window.slipstreamPulse = {seq: -1, at: now});
    if (pulse.seq !== seen.seq) { seen.seq = pulse.seq; seen.at = now; }
    const silent = now - seen.at > 3000;
    const state = silent ? "STALE" : pulse.state;
    const reason = silent ? "the page server does not answer" : pulse.reason;
    const shape = {"LIVE": "\\u25cf ", "STALE": "\\u2b22 ", "NO DATA": "\\u2014 "}[state];
    return ["page " + state.toLowerCase().replace(" ", "-"), shape + state, reason];
}
"""


def register(app: Dash, feed: Feed) -> None:
    """
    Wire the page to a feed.
    """
    app.clientside_callback(
        _STATE,
        Output("page", "className"),
        Output("state", "children"),
        Output("reason", "children"),
        Input("heart", "n_intervals"),
        Input("pulse", "data"),
    )

    async def choose(cell: dict[str, Any] | None) -> str | None:
        """
        Remember the order that was clicked, and draw what is known of it at once.

        The grid's own selection is not used: each update of its rows undoes a selection made at that moment.
        """
        name = cell["rowId"] if cell else None
        _show_numbers(feed.snapshot, name)
        _show_chart(feed, name)
        return name

    async def push() -> None:
        """
        Stream the feed to this page until it is closed: numbers at their rate, charts at theirs.
        """
        socket = ctx.websocket
        shown, chart_due = (-1, ""), 0.0
        name = ""  # the order that is drawn: the one chosen, until then the worst
        while socket is not None and not socket.is_shutdown:
            name = await socket.get_prop("chosen", "data") or name
            snapshot, now = feed.snapshot, feed.now()
            if not name and snapshot.parents:
                name = figures.grid_rows(snapshot.parents, name)[0]["parent"]
            if shown != (snapshot.seq, name):
                shown = (snapshot.seq, name)
                _show_numbers(snapshot, name)
            _show_header(snapshot, now)
            if now >= chart_due:
                chart_due = now + feed.charts_s
                _show_chart(feed, name)
            await asyncio.sleep(feed.numbers_s)

    choice, click = Output("chosen", "data"), Input("parents", "cellClicked")
    app.callback(choice, click, websocket=True, prevent_initial_call=True)(choose)
    app.callback(persistent=True, websocket=True)(push)


def _show_numbers(snapshot: Snapshot, chosen: str | None) -> None:
    """
    The grid, and the chosen order's figures beside the chart's title.
    """
    set_props("parents", {"rowData": figures.grid_rows(snapshot.parents, chosen)})
    _show_title(_find(snapshot, chosen))


def _show_header(snapshot: Snapshot, now: float) -> None:
    for ident, text in figures.header(snapshot, now).items():
        set_props(ident, {"children": text})
    pulse = {"seq": now, "state": str(snapshot.state(now)), "reason": snapshot.reason(now)}
    set_props("pulse", {"data": pulse})


def _show_chart(feed: Feed, name: str | None) -> None:
    parent = _find(feed.snapshot, name)
    chart = feed.chart(parent.parent) if parent is not None else None
    set_props("chart", {"figure": figures.price_chart(chart, parent)})
    _show_title(parent)


def _show_title(parent: Parent | None) -> None:
    if parent is not None:
        set_props("chart-title", {"children": figures.title(parent)})
        set_props("chart-figures", {"children": figures.summary(parent)})


def _find(snapshot: Snapshot, name: str | None) -> Parent | None:
    return next((p for p in snapshot.parents if p.parent == name), None)
