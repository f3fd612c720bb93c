"""
The history page: any past day or range, through the gateway, with the views of the live page, breakdowns with counts and intervals, and
exports.
"""

from __future__ import annotations

import asyncio
import io
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import date
from typing import Any, Final, TypeVar

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from dash import ClientsideFunction, Dash, Input, Output, State, ctx, dcc, html, no_update

from slipstream.api.plant import Connection, on_behalf
from slipstream.errors import EngineError, ScorecardError
from slipstream.scorecard import access, cells, figures, layout
from slipstream.scorecard.data import View
from slipstream.scorecard.slow import slowly
from slipstream.tca import Parent, TcaClient, rows_of

DIMENSIONS: Final = ("venue", "algo", "broker", "trader", "liquidity", "tactic", "size", "adv", "time")
EXPORTS: Final = (
    "parents", "breakdown", "fills", "children", "markouts", "responses", "segments", "switches", "curves", "leak", "leakby", "figures",
)  # fmt: skip
KEPT: Final = 4  # ranges whose figures are kept, each for a principal
KEPT_S: Final = 300.0  # how long: rules change, and late rows come
DAYS_MAX: Final = 366
_FIGURES: Final = ("price", "drift", "fall", "slip", "behave", "curves")

_FAILURES: Final = (EngineError, ScorecardError, OSError)

T = TypeVar("T")
Tables = dict[str, pa.Table]


class Past:
    """
    Figures of date ranges, computed once and kept for a while.

    Args:
        connect: opens a connection to a gateway that may be kept busy for as long as it takes.
    """

    def __init__(self, connect: Callable[[], Connection]) -> None:
        self._connect = connect
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str | None, date, date], tuple[float, Tables]] = OrderedDict()

    def of(self, principal: str | None, days: tuple[date, date]) -> Tables:
        """Every table of the catalogue of a range, of the rows that a principal sees; None is an operator."""
        key = (principal, *days)
        with self._lock:
            kept = self._kept.get(key)
            if kept is None or time.monotonic() - kept[0] > KEPT_S:
                kept = time.monotonic(), self.ask(principal, lambda client: client.catalogue(*days))
                self._kept[key] = kept
                while len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(key)
            return kept[1]

    def ask(self, principal: str | None, call: Callable[[TcaClient], T]) -> T:
        """One answer."""
        connection = on_behalf(self._connect(), principal)
        try:
            return call(TcaClient(connection))
        finally:
            connection.close()

    def view(self, principal: str | None, name: str, days: tuple[date, date]) -> View:
        """What is drawn of a parent."""
        return self.ask(
            principal,
            lambda c: View(
                seq=1,
                chart=c.chart(name, days),
                trail=c.trail(name, days),
                drift=c.drift(name, days),
                **c.study(name, days),
            ),
        )


def parent_of(row: dict[str, Any]) -> Parent:
    """
    A row of the catalogue's parents as the page has parents.
    """
    from slipstream.tca.client import side_word

    qty, filled = float(row["qty"] or 0), float(row["filled"] or 0)
    return Parent(
        parent=str(row["parent"]),
        sym=str(row["sym"] or ""),
        side=side_word(row["side"]),
        qty=qty,
        filled=filled,
        done=row["done"],
        arrival=row["arrival_mid"],
        avgpx=row["avg_price"],
        slip_bps=row["slippage_bps"],
        slip_usd=row["cost"],
        status="filled" if qty and filled >= qty else "done",
        time=row["end_time"],
        algo=str(row["algo"] or ""),
        trader=str(row["trader"] or ""),
        broker=str(row["broker"] or ""),
        score=row,
    )


def parse_days(start: str | None, end: str | None) -> tuple[date, date]:
    """
    A range from two ISO dates. Raises ScorecardError unless it is one of at most a year.
    """
    try:
        days = date.fromisoformat(start or ""), date.fromisoformat(end or start or "")
    except ValueError:
        raise ScorecardError(f"expected two dates, got {start} and {end}") from None
    if not days[0] <= days[1] or (days[1] - days[0]).days >= DAYS_MAX:
        raise ScorecardError(f"expected a range of 1 to {DAYS_MAX} days, got {days[0]} to {days[1]}")
    return days


def export(tables: Tables, name: str, form: str) -> bytes:
    """
    A table as a CSV or Parquet file.
    """
    sink = io.BytesIO()
    table = cells.portable(tables[name])
    if form == "csv":
        pa.csv.write_csv(table, sink)
    else:
        pa.parquet.write_table(table, sink)
    return sink.getvalue()


def create_app(
    connect: Callable[[], Connection], bands: Callable[[Parent], figures.Bands] = lambda _: figures.USUAL
) -> Dash:
    """
    The history page on a gateway; `bands` are those of an order's COST lamp.
    """
    from slipstream.scorecard.app import dash_app

    app = dash_app("history", "/history/")
    app.layout = lambda: page(access.viewer())
    register(app, Past(connect), bands)
    return app


def page(viewer: access.Viewer) -> html.Div:
    """
    The page's components.
    """
    lesser = layout.lesser
    parents = [
        {"field": "parent", "headerName": "Parent", "flex": 1.2, "minWidth": 66, "cellClass": "strong", "tooltipField": "parent"},
        {"field": "sym", "headerName": "Symbol", "flex": 0.9, "minWidth": 58, "tooltipField": "sym"},
        {"field": "side", "headerName": "Side", "flex": 0.8, "minWidth": 44},
        layout.number("qty", "Quantity", ",.8~g", flex=1, minWidth=84),
        lesser(7, layout.number("done", "Done %", ".1f", flex=0.8, minWidth=62)),
        lesser(6, {"field": "algo", "headerName": "Algo", "flex": 0.8, "minWidth": 64}),
        layout.number("slip_bps", "Slip bps", "+,.2f", flex=0.9, minWidth=64, headerTooltip=layout.COST_TIP),
        lesser(5, layout.number("low", "from", "+,.2f", flex=0.8, minWidth=56, headerTooltip="95% interval, blocks of 60 s")),
        lesser(4, layout.number("high", "to", "+,.2f", flex=0.8, minWidth=56, headerTooltip="95% interval, blocks of 60 s")),
        layout.number("slip_usd", "Slip amt", "+,.0f", flex=0.9, minWidth=88, headerTooltip=layout.AMOUNT_TIP),
        layout.number("is_bps", "IS bps", "+,.2f", flex=0.9, minWidth=56, headerTooltip="Implementation shortfall; + is cost"),
        layout.number("leak", "Leak bps", "+,.3f", flex=0.9, minWidth=66, headerTooltip="Response beyond matched moments; + is adverse"),
        layout.number("leak_t", "t", "+,.2f", flex=0.6, minWidth=50, headerTooltip="Of the leakage"),
        {"field": "verdict", "headerName": "Verdict", "flex": 1, "minWidth": 92, "tooltipField": "verdict"},
        lesser(3, layout.number("n", "n", ",d", flex=0.6, minWidth=50, headerTooltip="Fills")),
        lesser(2, {"field": "broker", "headerName": "Broker", "flex": 0.9, "minWidth": 68, "tooltipField": "broker"}),
        lesser(1, {"field": "trader", "headerName": "Trader", "flex": 0.8, "minWidth": 58, "tooltipField": "trader"}),
    ]  # fmt: skip
    buckets = [
        *layout.breakdown_columns()[1:],
        layout.number("parents", "parents", ",d", flex=0.8, minWidth=56),
        layout.number("padj", "p vs rest", ".3f", flex=0.8, minWidth=66),
    ]
    made = layout.grid("split", buckets, "No fills")
    made.rowClassRules = {"few": "params.data.few"}
    chosen = layout.grid("past-parents", parents, "No parents in this range", "parent")
    tools: list[Any] = [
        html.H1("History"),
        html.Label(["from ", dcc.Input(id="start", type="text", placeholder="2025-06-11")], htmlFor="start"),
        html.Label(["to ", dcc.Input(id="end", type="text", placeholder="2025-06-11")], htmlFor="end"),
        html.Button("Show", id="show", n_clicks=0, className="act"),
        html.Div(id="said", className="said", role="status"),
        dcc.Dropdown(id="table", options=list(EXPORTS), value="parents", clearable=False, className="pick"),
        html.Button("CSV", id="csv", n_clicks=0),
        html.Button("Parquet", id="parquet", n_clicks=0),
        dcc.Dropdown(id="picture", options=[*_FIGURES], value="price", clearable=False, className="pick"),
        html.Button("PNG", id="png", n_clicks=0),
    ]
    by = dcc.Dropdown(id="dimension", options=list(DIMENSIONS), value="venue", clearable=False, className="pick")
    head = html.Header(
        [
            html.Div(
                [
                    html.Span("SLIPSTREAM", className="brand"),
                    html.Nav(layout.links("history"), **{"aria-label": "Pages"}),
                ],
                id="title",
            ),
            html.Div(className="items"),
            html.Div(layout.account(viewer), className="account"),
        ]
    )
    sections = [
        html.Section(html.Div(chosen, className="fill"), className="panel parents", **{"aria-label": "Parents"}),
        html.Section(
            [html.Div([html.H2("Cost by"), by], className="tools"), html.Div(made, className="fill")],
            className="panel split",
            **{"aria-label": "Breakdown"},
        ),
        *(
            layout.chart(ident, title, ident)
            for ident, title in (
                ("price", "Price, sends and fills"),
                ("slip", "Slippage"),
                ("behave", "Behaviour beside its baseline"),
                ("fall", "Implementation shortfall"),
                ("curves", "Markouts and responses of all parents"),
            )
        ),
        layout.chart("drift", "Drift after our events", "drift", layout.drift_choice()),
    ]
    return html.Div(
        id="page",
        className="page live",
        children=[
            head,
            html.Div(tools, className="tools bar"),
            html.Main(dcc.Loading(html.Div(sections, className="board past"), delay_show=400), className="whole"),
            dcc.Store(id="days"),
            dcc.Store(id="charts"),
            dcc.Download(id="file"),
            html.Div(id="png-said", hidden=True),
        ],
    )  # fmt: skip


def register(app: Dash, past: Past, bands: Callable[[Parent], figures.Bands]) -> None:
    """
    Wire the page.
    """

    async def show(_: int, start: str | None, end: str | None) -> tuple[Any, ...]:
        try:
            days = parse_days(start, end)
            tables = await slowly(past.of, access.viewer().principal, days)
        except _FAILURES as error:
            return no_update, no_update, f"not done: {error}", no_update
        rows = [_row(r) for r in rows_of(tables["parents"])]
        rows.sort(key=lambda r: (r["slip_bps"] is None, -(r["slip_bps"] or 0.0)))
        said = f"{days[0]} to {days[1]}: {len(rows)} parents, {tables['fills'].num_rows:,} fills"
        return [str(d) for d in days], rows, said, figures.curves_chart(tables["curves"])

    async def split(days: list[str] | None, dimension: str) -> Any:
        if not days:
            return []
        tables = await slowly(past.of, access.viewer().principal, parse_days(*days))
        return [r for r in cells.plain_rows(tables["breakdown"]) if r["dim"] == dimension]

    async def draw(cell: dict[str, Any] | None, days: list[str] | None) -> Any:
        if not cell or not days:
            return no_update, no_update
        name, principal = cell["rowId"], access.viewer().principal
        try:
            wanted = parse_days(*days)
            rows = (await slowly(past.of, principal, wanted))["parents"]
            row = next((r for r in rows_of(rows) if r["parent"] == name), None)
            if row is None:
                return no_update, f"not done: {name} is not among the parents any more"
            parent, view = parent_of(row), await slowly(past.view, principal, name, wanted)
        except _FAILURES as error:
            return no_update, f"not done: {error}"
        return await asyncio.to_thread(figures.charts_json, view, parent, bands(parent)), no_update

    async def save(_c: int, _p: int, days: list[str] | None, name: str) -> Any:
        if not days or name not in EXPORTS:
            return no_update, no_update
        form = str(ctx.triggered_id)
        try:
            tables = await slowly(past.of, access.viewer().principal, parse_days(*days))
            content = await slowly(export, tables, name, form)
        except _FAILURES as error:
            return no_update, f"not done: {error}"
        return dcc.send_bytes(content, f"{name}-{days[0]}-{days[1]}.{form}"), no_update

    app.callback(
        Output("days", "data"),
        Output("past-parents", "rowData"),
        Output("said", "children"),
        Output("curves", "figure"),
        Input("show", "n_clicks"),
        State("start", "value"),
        State("end", "value"),
        prevent_initial_call=True,
    )(show)
    app.callback(Output("split", "rowData"), Input("days", "data"), Input("dimension", "value"))(split)
    app.callback(
        Output("charts", "data"),
        Output("said", "children", allow_duplicate=True),
        Input("past-parents", "cellClicked"),
        State("days", "data"),
        prevent_initial_call=True,
    )(draw)
    app.callback(
        Output("file", "data"),
        Output("said", "children", allow_duplicate=True),
        Input("csv", "n_clicks"),
        Input("parquet", "n_clicks"),
        State("days", "data"),
        State("table", "value"),
        prevent_initial_call=True,
    )(save)
    app.clientside_callback(
        ClientsideFunction("slipstream", "past"),
        *(Output(ident, "figure") for ident in ("price", "drift", "fall", "slip", "behave")),
        Input("charts", "data"),
        Input("drift-choice", "value"),
        Input("theme", "n_clicks"),
    )
    app.clientside_callback(
        ClientsideFunction("slipstream", "picture"),
        Output("png-said", "children"),
        Input("png", "n_clicks"),
        State("picture", "value"),
        prevent_initial_call=True,
    )


def _row(r: dict[str, Any]) -> dict[str, Any]:
    """A row of the parents grid."""
    return {
        "parent": str(r["parent"]),
        "sym": str(r["sym"]),
        "side": str(r["side"]).upper(),
        "qty": r["qty"],
        "done": None if r["done"] is None else 100 * r["done"],
        "algo": str(r["algo"] or "").upper(),
        "broker": str(r["broker"] or ""),
        "trader": str(r["trader"] or ""),
        "slip_bps": r["slippage_bps"],
        "low": r.get("slippage_bps_ci_lo"),
        "high": r.get("slippage_bps_ci_hi"),
        "slip_usd": r["cost"],
        "is_bps": r["is_bps"],
        "leak": r["leak_bps"],
        "leak_t": r["leak_t"],
        "verdict": str(r["leak_verdict"] or ""),
        "n": r["n"],
    }
