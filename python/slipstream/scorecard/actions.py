"""
What people do from the page: acknowledge, snooze and annotate alerts, ask for a switch, try and change thresholds, keep layouts.

Who may is asked here again, whatever buttons the browser shows.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from typing import Any

from dash import Dash, Input, Output, State, ctx, html, no_update

from slipstream.alerts.desk import Action
from slipstream.errors import ScorecardError, SlipstreamError
from slipstream.scorecard import access, cells
from slipstream.scorecard.board import Board
from slipstream.scorecard.desk import Desk, Switch
from slipstream.scorecard.layout import KIND_WORDS, LIMITS
from slipstream.scorecard.slow import slowly
from slipstream.scorecard.thresholds import ALL, parse_scope

SNOOZE_MINUTES = 10.0


def register(app: Dash, board: Board, desk: Desk) -> None:
    """
    Wire the page's buttons.
    """
    _alerts(app, desk)
    _switch(app, board, desk)
    _limits(app, board, desk)
    _layouts(app, desk)


def allowed(desk: Desk, scope: str, path: str, act: Callable[[access.Viewer], str]) -> str:
    """
    What an act says, or why it was not done. Both are in the audit before they are told.
    """
    who = access.viewer()
    if not who.may(scope):
        text = f"{who.name or 'nobody'} may not do that: the scope {scope} is missing"
        desk.record(who, path, 403, text)
        return text
    try:
        text = act(who)
    except (SlipstreamError, OSError) as error:
        desk.record(who, path, 409, str(error))
        return f"not done: {error}"
    desk.record(who, path, 200, text)
    return text


def _alerts(app: Dash, desk: Desk) -> None:
    async def act(_a: int, _s: int, _w: int, alert: str | None, note: str | None) -> tuple[str, Any]:
        if not alert:
            return "choose an alert first", no_update
        actions: dict[str, Action] = {"alert-ack": "ack", "alert-snooze": "snooze", "alert-write": "note"}
        action = actions[str(ctx.triggered_id)]
        if action == "note" and not note:
            return "write a note first", no_update
        minutes = SNOOZE_MINUTES if action == "snooze" else None
        said = await asyncio.to_thread(
            allowed,
            desk,
            "ack:alerts",
            f"/page/alerts/{alert}/{action}",
            lambda who: desk.note_alert(alert, action, who, note=note or "", minutes=minutes),
        )
        return said, ""

    app.callback(
        Output("alert-said", "children"),
        Output("alert-note", "value"),
        Input("alert-ack", "n_clicks"),
        Input("alert-snooze", "n_clicks"),
        Input("alert-write", "n_clicks"),
        State("chosen-alert", "data"),
        State("alert-note", "value"),
        prevent_initial_call=True,
    )(act)


def _switch(app: Dash, board: Board, desk: Desk) -> None:
    async def describe(_: int, name: str | None) -> tuple[str, str, Any]:
        """
        Say which order it would be, and keep to that one: another may have become the worst until it is confirmed.
        """
        sight = board.feed.sight(access.viewer().principal)
        parent = board.find(board.chosen(name, sight), sight)
        if parent is None:
            return "no order is chosen", "", None
        return cells.title(parent), "", {"parent": parent.parent, "key": secrets.token_urlsafe(16)}

    async def confirm(
        _: int, meant: dict[str, str] | None, algo: str, clip: Any, patience: Any, gap: Any, rate: Any, reason: str
    ) -> str:
        sight = board.feed.sight(access.viewer().principal)
        parent = board.find(meant["parent"], sight) if meant else None
        if parent is None or meant is None:
            return "no order is chosen"
        parameters = {"clip": clip or 0.0, "patience_s": patience or 10.0, "gap_s": gap or 10.0, "rate": rate or 0.1}
        asked = Switch(meant["key"], parent, algo, parameters, reason or "")
        return await asyncio.to_thread(
            allowed,
            desk,
            "act:switch",
            f"/page/parents/{parent.parent}/switch",
            lambda who: desk.switch(asked, who),
        )

    app.callback(
        Output("switch-what", "children"),
        Output("switch-said", "children"),
        Output("switch-for", "data"),
        Input("switch-open", "n_clicks"),
        State("chosen", "data"),
        prevent_initial_call=True,
    )(describe)
    app.callback(
        Output("switch-said", "children", allow_duplicate=True),
        Input("switch-confirm", "n_clicks"),
        State("switch-for", "data"),
        *(State(f"switch-{field}", "value") for field in ("algo", "clip", "patience", "gap", "rate", "reason")),
        prevent_initial_call=True,
    )(confirm)


def _limits(app: Dash, board: Board, desk: Desk) -> None:
    names = [(name, level) for name, _, _ in LIMITS for level in ("amber", "red")]
    fields = [f"limit-{name}-{level}" for name, level in names]

    def limits(values: tuple[Any, ...]) -> dict[str, tuple[float, float]]:
        found = dict(zip(names, values, strict=True))
        pairs = {name: (found[name, "amber"], found[name, "red"]) for name, _, _ in LIMITS}
        for name, (amber, red) in pairs.items():
            if amber is None or red is None or not 0 <= float(amber) <= float(red):
                raise ScorecardError(f"{name}: expected 0 <= amber <= red, got {amber} and {red}")
        return {name: (float(a), float(r)) for name, (a, r) in pairs.items()}

    async def shown(_: int, kind: str, name: str | None) -> tuple[Any, ...]:
        version = await asyncio.to_thread(desk.limits)
        others = ", ".join(f"{o.scope} (version {o.number}, {o.who} {o.when})" for o in version.others)
        told = f"Of their own have: {others}" if others else "Nobody has thresholds of their own."
        try:
            scope = parse_scope(_scope_text(kind, name))
        except ScorecardError:
            return (*(no_update for _ in names), f"name the {KIND_WORDS[kind]}", told)
        own = version.special(scope)
        limits = own.limits if own else version.limits
        if scope == ALL:
            said = f"version {version.number}, by {version.who or 'the configuration'} {version.when}"
        else:
            said = f"{scope}: by {own.who} {own.when}" if own else f"{scope}: none of their own, those of all orders"
        return (*(limits[name][level == "red"] for name, level in names), said, told)

    async def preview(_: int, kind: str, name: str | None, *values: Any) -> tuple[Any, str]:
        try:
            asked = limits(values)
            whose = _scope_text(kind, name)
            day, before, after = await slowly(desk.preview, asked, whose, access.viewer().principal)
        except (SlipstreamError, OSError) as error:
            return None, f"not done: {error}"
        return _previewed(
            before, after
        ), f"{day}: seconds at each level and alerts, as it was → as it would have been, and when"

    async def save(_s: int, _r: int, kind: str, name: str | None, *values: Any) -> str:
        drop, scope = ctx.triggered_id == "limits-remove", _scope_text(kind, name)

        def act(who: access.Viewer) -> str:
            version = desk.set_limits(None if drop else limits(values), who.name, scope)
            return f"{'removed' if drop else 'saved'} as version {version.number}"

        path = "/page/thresholds" + (f"/{scope}" if scope else "")
        return await asyncio.to_thread(allowed, desk, "write:thresholds", path, act)

    whose = [State("limits-kind", "value"), State("limits-name", "value")]
    states = [*whose, *(State(field, "value") for field in fields)]
    app.callback(
        *(Output(field, "value") for field in fields),
        Output("limits-said", "children"),
        Output("limits-others", "children"),
        Input("limits-open", "n_clicks"),
        Input("limits-kind", "value"),
        Input("limits-name", "value"),
        prevent_initial_call=True,
    )(shown)
    app.callback(
        Output("limits-shown", "children"),
        Output("limits-said", "children", allow_duplicate=True),
        Input("limits-preview", "n_clicks"),
        *states,
        prevent_initial_call=True,
    )(preview)
    app.callback(
        Output("limits-said", "children", allow_duplicate=True),
        Input("limits-save", "n_clicks"),
        Input("limits-remove", "n_clicks"),
        *states,
        prevent_initial_call=True,
    )(save)


def _scope_text(kind: str, name: str | None) -> str:
    return "" if kind == "all" else f"{kind}:{name or ''}"


def _previewed(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> html.Table:
    was = {(r["parent"], r["lamp"]): r for r in before}
    rows = []
    for r in after:
        old = was.get((r["parent"], r["lamp"]), {})
        cells_ = [html.Td(f"{old.get(k) or 0:,.0f} → {r[k] or 0:,.0f}") for k in ("amber", "red", "alerts")]
        told = html.Td(r["which"] or "")
        rows.append(html.Tr([html.Th(f"{r['parent']} {r['lamp']}", scope="row"), *cells_, told]))
    head = [html.Th(text, scope="col") for text in ("", "amber s", "red s", "alerts", "when (UTC)")]
    return html.Table([html.Thead(html.Tr(head)), html.Tbody(rows)])


def _layouts(app: Dash, desk: Desk) -> None:
    async def names(_: Any) -> tuple[list[str], dict[str, Any]]:
        kept = await asyncio.to_thread(desk.layouts, access.viewer().name)
        return sorted(kept), kept

    async def save(
        _: int, name: str | None, columns: Any, left_out: list[str], filters: Any, quick: str | None, drift: str
    ) -> Any:
        if not name:
            return *(no_update,) * 3, "name it first"
        # what a small screen has no room for is there on a large one
        shown = [{**c, "hide": False} if c.get("colId") in left_out else c for c in columns or []]
        content = {"columns": shown, "filters": filters, "quick": quick or "", "drift": drift}
        try:
            kept = await asyncio.to_thread(desk.keep_layout, access.viewer().name, name, content)
        except ScorecardError as error:
            return *(no_update,) * 3, f"not saved: {error}"
        return sorted(kept), kept, name, ""

    async def delete(_: int, name: str | None) -> Any:
        if not name:
            return no_update, no_update, no_update
        kept = await asyncio.to_thread(desk.keep_layout, access.viewer().name, name, None)
        return sorted(kept), kept, None

    async def apply(name: str | None, kept: dict[str, Any]) -> Any:
        found = (kept or {}).get(name or "")
        if not found:
            return (no_update,) * 4
        return found["columns"], found["filters"] or {}, found["quick"], found["drift"]

    listed = (Output("layout-pick", "options"), Output("layouts", "data"))
    again = tuple(Output(o.component_id, o.component_property, allow_duplicate=True) for o in listed)
    app.callback(*listed, Input("layout-name", "id"))(names)
    app.callback(
        *again,
        Output("layout-pick", "value", allow_duplicate=True),
        Output("layout-said", "children"),
        Input("layout-save", "n_clicks"),
        State("layout-name", "value"),
        State("parents", "columnState"),
        State("parents-left-out", "data"),
        State("parents", "filterModel"),
        State("quick", "value"),
        State("drift-choice", "value"),
        prevent_initial_call=True,
    )(save)
    app.callback(
        *again,
        Output("layout-pick", "value"),
        Input("layout-delete", "n_clicks"),
        State("layout-pick", "value"),
        prevent_initial_call=True,
    )(delete)
    app.callback(
        Output("parents", "columnState"),
        Output("parents", "filterModel"),
        Output("quick", "value"),
        Output("drift-choice", "value"),
        Input("layout-pick", "value"),
        State("layouts", "data"),
        prevent_initial_call=True,
    )(apply)
