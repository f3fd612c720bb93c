"""
What moves on the live page: one pushed stream for each open page, and what happens when somebody chooses something. What people do
to the plant from here is in `actions`.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, ctx, set_props

from slipstream.errors import EngineError
from slipstream.scorecard import access, cells
from slipstream.scorecard.board import Board
from slipstream.scorecard.desk import Desk

_SHOWN = ("asof", "age", "tp", "lag", "fix", "skew", "poll", "orders", "orphans", "late", "rows", "data")


async def picked(socket: Any) -> str | None:
    """
    The order that is chosen in a browser; None where none is, or the browser is too busy to say. Until it answers nothing more is sent to it.
    """
    with contextlib.suppress(TimeoutError):
        found: str | None = await socket.get_prop("chosen", "data")
        return found
    return None


def register(app: Dash, board: Board, desk: Desk | None = None) -> None:
    """
    Wire the page to what is rendered for all pages.

    Args:
        app: the page.
        board: what is rendered.
        desk: knows what became of switches; None on a page to look at only.
    """
    _drawn(app)
    feed = board.feed

    async def choose(cell: dict[str, Any] | None) -> str | None:
        """
        Remember the order that was clicked, and draw what is known of it at once.

        The grid's own selection is not used: each update of its rows undoes a selection made at that moment.
        """
        name = cell["rowId"] if cell else None
        if name:
            set_props("charts", {"data": board.charts(name, feed.sight(access.viewer().principal))[1]})
        return name

    async def push() -> None:
        """
        Stream to this page until it is closed: numbers at their rate, charts at theirs.
        """
        socket, principal = ctx.websocket, access.viewer().principal
        sent: dict[str, Any] = {}  # by store: what is shown
        chart_due = 0.0
        name = ""  # the order that is drawn: the one chosen, until then the worst

        def show(store: str, what: Any, data: Any) -> None:
            if store not in sent or sent[store] != what:
                sent[store] = what
                set_props(store, {"data": data})

        while socket is not None and not socket.is_shutdown:
            sight = feed.sight(principal)
            seq, text = board.numbers(sight)
            show("numbers", (seq, sight), text)
            set_props("pulse", {"data": board.pulse(sight)})
            now = feed.now()
            if now >= chart_due:
                name = board.chosen(await picked(socket) or name, sight)
                chart_due = now + feed.charts_s
                version, text = await asyncio.to_thread(board.charts, name, sight)
                show("charts", (name, version), text)
                text = await asyncio.to_thread(board.split, sight)
                show("shares", text, text)
                if desk is not None:
                    text = await asyncio.to_thread(desk.switched, name)
                    show("switched", (name, text), text)
            await feed.newer(seq)

    async def children(_: int, name: str | None) -> tuple[list[dict[str, Any]], str]:
        """
        The children of the chosen order.
        """
        principal = access.viewer().principal
        name = board.chosen(name, feed.sight(principal))
        try:
            found = await asyncio.to_thread(feed.ask, principal, lambda client: client.children(name))
        except (EngineError, OSError) as error:
            return [], str(error)
        return cells.child_rows(found), f"{name}: {found.num_rows} children"

    async def order(cell: dict[str, Any] | None) -> tuple[Any, ...]:
        """
        Everything of the child that was clicked.
        """
        if not cell:
            return [], [], [], [], ""
        name = cell["rowId"]
        try:
            parts = await asyncio.to_thread(feed.ask, access.viewer().principal, lambda client: client.order(name))
        except (EngineError, OSError) as error:
            return [], [], [], [], str(error)
        return (*(cells.plain_rows(parts[p]) for p in ("events", "fills", "messages", "quotes")), name)

    choice, click = Output("chosen", "data"), Input("parents", "cellClicked")
    app.callback(choice, click, websocket=True, prevent_initial_call=True)(choose)
    app.callback(persistent=True, websocket=True)(push)
    app.callback(
        Output("detail-children", "rowData"),
        Output("detail-said", "children"),
        Input("detail-open", "n_clicks"),
        State("chosen", "data"),
        prevent_initial_call=True,
    )(children)
    app.callback(
        *(Output(f"detail-{part}", "rowData") for part in ("events", "fills", "messages", "quotes")),
        Output("detail-said", "children", allow_duplicate=True),
        Input("detail-children", "cellClicked"),
        prevent_initial_call=True,
    )(order)


def _browser(name: str) -> ClientsideFunction:
    return ClientsideFunction("slipstream", name)


def _drawn(app: Dash) -> None:
    """
    What the browser does by itself, in `assets/page.js`: it turns the texts that all pages share into rows and figures.
    """
    app.clientside_callback(
        _browser("state"),
        Output("page", "className"),
        Output("state", "children"),
        Output("reason", "children"),
        *(Output(ident, "children") for ident in _SHOWN),
        Output("data", "className"),
        Output("data", "title"),
        Input("heart", "n_intervals"),
        Input("pulse", "data"),
    )
    app.clientside_callback(
        _browser("numbers"),
        Output("parents", "rowData"),
        Output("alert-feed", "rowData"),
        Output("chart-title", "children"),
        Output("chart-figures", "children"),
        Output("lamp-cost", "children"),
        Output("lamp-cost", "className"),
        Output("lamp-leak", "children"),
        Output("lamp-leak", "className"),
        Input("numbers", "data"),
        Input("chosen", "data"),
        Input("chosen-alert", "data"),
    )
    app.clientside_callback(
        _browser("charts"),
        *(Output(ident, "figure") for ident in ("price", "drift", "fall", "slip", "behave")),
        Input("charts", "data"),
        Input("drift-choice", "value"),
        Input("theme", "n_clicks"),
    )
    app.clientside_callback(_browser("shares"), Output("split", "rowData"), Input("shares", "data"))
    app.clientside_callback(_browser("same"), Output("chart-action", "children"), Input("switched", "data"))
    app.clientside_callback(
        _browser("alert"), Output("chosen-alert", "data"), Input("alert-feed", "cellClicked"), prevent_initial_call=True
    )
    app.clientside_callback(
        _browser("quick"),
        Output("parents", "dashGridOptions"),
        Input("quick", "value"),
        State("parents", "dashGridOptions"),
        prevent_initial_call=True,
    )
    for ident, opens in (("switch-dialog", "switch-open"), ("detail", "detail-open"), ("limits", "limits-open")):
        app.clientside_callback(
            _browser("dialog"),
            Output(ident, "hidden"),
            Input(opens, "n_clicks"),
            Input(f"{ident}-close", "n_clicks"),
            State(opens, "id"),
            prevent_initial_call=True,
        )
