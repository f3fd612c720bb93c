"""
The page's components. Values come from `callbacks`, colours from `palette` and `assets/style.css`.
"""

from __future__ import annotations

from typing import Any

import dash_ag_grid as dag
from dash import dcc, html

from slipstream.scorecard import figures
from slipstream.scorecard.access import Viewer

THEME = (
    "themeQuartz.withParams({"
    "backgroundColor: 'var(--panel)', foregroundColor: 'var(--text)', accentColor: 'var(--ok)', "
    "borderColor: 'var(--line)', rowBorder: true, wrapperBorder: false, wrapperBorderRadius: 0, "
    "headerBackgroundColor: 'var(--head)', headerTextColor: 'var(--text)', oddRowBackgroundColor: 'var(--odd)', fontSize: 12, "
    "fontFamily: 'inherit', headerFontSize: 11, headerFontWeight: 600, cellHorizontalPadding: 5})"
)

COST_TIP = "Cumulative against arrival; + is cost"
AMOUNT_TIP = "Cumulative against arrival, in the currency that the symbol trades in; + is cost"

# title, id of the value, what hovering says
HEADER = (
    ("AS OF (UTC)", "asof", "Event time of the newest data"),
    ("FEED AGE", "age", "Seconds since the plant's data last advanced"),
    (
        "TICKERPLANT",
        "tp",
        "How long the tickerplant took to answer: what waits before it. Then what waits for its slowest subscriber",
    ),
    (
        "ENGINE AT",
        "lag",
        "Event time that the real-time engine has scored (its watermark), and how far the newest data are ahead of it",
    ),
    ("FIX UP", "fix", "FIX sessions of the capture that are logged on, and which are not"),
    ("CLOCKS", "skew", "The source whose clock differs most from ours, the way included"),
    ("GATEWAY", "poll", "Time the gateway took for the last answer"),
    ("WORKING / ALL", "orders", "Parent orders still working, and all of today"),
    ("ORPHANS", "orphans", "Executions and orders whose parent has not been seen"),
    ("LATE / LOST", "late", "Rows that came late and revised figures; rows too late to count"),
    ("ROWS TODAY", "rows", "Rows in the real-time database by table"),
)

ALGOS = ("passive", "pov", "vwap", "twap", "iceberg")


def page(viewer: Viewer) -> html.Div:
    """
    The live page, as somebody may use it.
    """
    return html.Div(
        id="page",
        className="page waiting",
        children=[
            _header(viewer, "live"),
            html.Main(
                [
                    html.Section(_parents(viewer), className="panel parents", **_named("Parent orders")),
                    html.Section(_alerts(viewer), className="panel alerts", **_named("Alerts")),
                    html.Section(_chosen(viewer), className="panel chosen", **_named("Chosen order")),
                    chart("price", "Price, sends and fills", "price"),
                    chart("drift", "Drift after our events", "drift", drift_choice()),
                    chart("fall", "Implementation shortfall", "fall"),
                    chart("slip", "Slippage", "slip"),
                    chart("behave", "Behaviour beside its baseline", "behave"),
                    html.Section(
                        [html.H2("Cost by venue, algo, broker, liquidity"), _split()],
                        className="panel split",
                        **_named("Breakdown"),
                    ),
                ],
                className="board now",
            ),
            *_dialogs(viewer),
            dcc.Store(id="chosen"),
            dcc.Store(id="chosen-alert"),
            dcc.Store(id="numbers"),
            dcc.Store(id="charts"),
            dcc.Store(id="shares"),
            dcc.Store(id="switched"),
            dcc.Store(id="switch-for"),
            dcc.Store(id="pulse", data={"seq": 0, "state": "NO DATA", "reason": "connecting", "header": {}}),
            dcc.Store(id="layouts", data={}),
            dcc.Store(id="parents-left-out", data=[]),
            dcc.Interval(id="heart", interval=1000),
        ],
    )


def _named(label: str) -> dict[str, str]:
    return {"aria-label": label}


def labelled(text: str, field: Any) -> html.Label:
    """
    A field with a name that is read out and not shown.
    """
    return html.Label([html.Span(text, className="unseen"), field], htmlFor=field.id)


def _header(viewer: Viewer, here: str) -> html.Header:
    return html.Header(
        [
            html.Div(
                [html.Span("SLIPSTREAM", className="brand"), html.Nav(links(here), **_named("Pages"))], id="title"
            ),
            html.Div([_item(*item) for item in HEADER], className="items"),
            html.Div([html.Div("DATA", className="label"), html.Div("— NO DATA", id="data")], className="lamp"),
            html.Div([html.Span("— NO DATA", id="state"), html.Span("", id="reason")], className="lamp", role="status"),
            html.Div(account(viewer), className="account"),
        ]
    )


def links(here: str) -> list[html.A]:
    """
    The way to the other pages.
    """
    pages = (("live", "/", "Live"), ("history", "/history/", "History"))
    return [html.A(text, href=href, **({"aria-current": "page"} if name == here else {})) for name, href, text in pages]


def account(viewer: Viewer) -> list[Any]:
    """
    Who is logged in, the theme button, and the way out.
    """
    shown: list[Any] = [
        html.Button("Theme", id="theme", n_clicks=0, title="Dark or light"),
        html.Button("Lamps", id="lamps", title="Colours that stay apart for everybody, or green, amber, red"),
    ]
    if viewer.named:
        shown += [html.Span(f"{viewer.name} ({viewer.role})", className="who"), html.A("Log out", href="/logout")]
    return shown


def _item(title: str, ident: str, tip: str) -> html.Div:
    return html.Div(
        [html.Div(title, className="label"), html.Div("—", id=ident, className="value")],
        className=f"item {ident}",
        title=tip,
    )


def number(field: str, title: str, form: str, **more: Any) -> dict[str, Any]:
    """
    A column of numbers with a d3 format; a dash where there is none.
    """
    return {
        "field": field,
        "headerName": title,
        "type": "rightAligned",
        "cellClass": "number ag-right-aligned-cell",
        "valueFormatter": {"function": f"params.value == null ? '—' : d3.format('{form}')(params.value)"},
        "filter": "agNumberColumnFilter",
        **more,
    }


def lesser(rank: int, column: dict[str, Any]) -> dict[str, Any]:
    """
    A column that is left out where the grid is too narrow for all of them, the lowest rank first (`assets/grids.js`).
    """
    return {**column, "context": {"lesser": rank}}


def _words(field: str, title: str, **more: Any) -> dict[str, Any]:
    return {"field": field, "headerName": title, "filter": "agTextColumnFilter", **more}


def _lamp(field: str, title: str, tip: str) -> dict[str, Any]:
    rules = {
        "lamp-green": "params.value && params.value.endsWith('GREEN')",
        "lamp-amber": "params.value && params.value.endsWith('AMBER')",
        "lamp-red": "params.value && params.value.endsWith('RED')",
    }
    return _words(field, title, cellClassRules=rules, headerTooltip=tip, tooltipField=field, flex=1.15)


def grid(ident: str, columns: list[dict[str, Any]], empty: str, key: str | None = None, **options: Any) -> dag.AgGrid:
    """
    A grid in the page's dress.
    """
    made = {
        "theme": {"function": THEME},
        "animateRows": False,
        "rowHeight": 26,
        "headerHeight": 26,
        "suppressCellFocus": False,
        "localeText": {"noRowsToShow": empty},
        "tooltipShowDelay": 300,
        **options,
    }
    rows = {"getRowId": f"params.data.{key}"} if key else {}
    return dag.AgGrid(
        id=ident,
        className="grid",
        columnDefs=columns,
        defaultColDef={
            "sortable": True,
            "resizable": True,
            "minWidth": 42,
            "suppressHeaderFilterButton": True,
            "suppressHeaderMenuButton": True,
        },
        rowData=[],
        dashGridOptions=made,
        eventListeners={
            event: ["fitColumns(params)"] for event in ("gridSizeChanged", "displayedColumnsChanged", "rowDataUpdated")
        },
        style={"height": "100%", "width": "100%"},
        **rows,
    )


def _parents(viewer: Viewer) -> list[Any]:
    share = "${params.value || 0}%"
    bar = f"`linear-gradient(90deg, rgba(86,180,233,.32) {share}, transparent {share})`"
    columns = [
        _words("sym", "Symbol", flex=1, minWidth=74, cellClass="strong", tooltipField="parent"),
        _words("side", "Side", flex=0.9, minWidth=60),
        number("qty", "Quantity", ",.8~g", flex=1.1, minWidth=84),
        number("done", "Done %", ".1f", flex=0.9, minWidth=60, cellStyle={"function": f"({{backgroundImage: {bar}}})"}),
        lesser(9, _words("algo", "Algo", flex=0.9, minWidth=64)),
        {**_lamp("cost", "COST", "Cost against what was expected"), "minWidth": 84},
        {**_lamp("leak", "LEAK", "Does the mid move more after our events than at like moments without us?"), "minWidth": 126},
        lesser(7, number("rho", "ρ %", ".1f", flex=0.7, minWidth=46, headerTooltip="Own share of the market's volume since arrival")),
        number("slip_bps", "Slip bps", "+,.2f", flex=1, minWidth=64, headerTooltip=COST_TIP),
        lesser(8, number("roll_bps", "5 min bps", "+,.2f", flex=1, minWidth=74, headerTooltip="Of the fills of the last 5 minutes; + is cost")),
        number("slip_usd", "Slip amt", "+,.0f", flex=1, minWidth=88, headerTooltip=AMOUNT_TIP),
        lesser(5, number("expected", "Exp bps", "+,.2f", flex=0.9, minWidth=60, headerTooltip="Expected cost so far (Almgren et al. 2005); none without reference data of the symbol")),
        number("z", "z", "+,.1f", flex=0.6, minWidth=46, headerTooltip="Excess over expected, in standard deviations of the price"),
        lesser(4, number("n", "n", ",d", flex=0.6, minWidth=46, headerTooltip="Fills")),
        lesser(1, {
            "field": "spark",
            "headerName": "Trend",
            "flex": 1.1,
            "minWidth": 94,
            "cellClass": "spark",
            "headerTooltip": "Slippage, last readings",
        }),
        lesser(2, _words("trader", "Trader", flex=0.8, minWidth=54, tooltipField="trader")),
        lesser(3, _words("status", "Status", flex=0.9, minWidth=72, tooltipField="status")),
        lesser(6, _words("parent", "Parent", flex=1, minWidth=62, tooltipField="parent")),
    ]  # fmt: skip
    parents = grid("parents", columns, "No parent orders today", "parent")
    parents.rowClassRules = {"chosen": "params.data.chosen"}
    parents.filterModel = {}
    tools: list[Any] = [
        html.H2("Parents"),
        labelled("Filter parents", dcc.Input(id="quick", type="text", placeholder="filter", debounce=False)),
        dcc.Dropdown(id="layout-pick", placeholder="layout", clearable=False, className="pick"),
        labelled("Name of the layout", dcc.Input(id="layout-name", type="text", placeholder="name", maxLength=40)),
        html.Span("", id="layout-said", className="said", role="status"),
        html.Button("Save layout", id="layout-save", n_clicks=0),
        html.Button("Delete", id="layout-delete", n_clicks=0),
        html.Button("Thresholds", id="limits-open", n_clicks=0, disabled=not viewer.may("write:thresholds")),
    ]
    return [html.Div(tools, className="tools"), html.Div(parents, className="fill")]


def _alerts(viewer: Viewer) -> list[Any]:
    wrapped = {"wrapText": True, "autoHeight": True, "cellClass": "wrapped"}
    columns = [
        _words("time", "Time", width=70),
        _words("parent", "Parent", flex=1, minWidth=60, tooltipField="parent"),
        _words("lamp", "Lamp", width=48),
        {**_lamp("level", "Level", "Level that the lamp went up to"), "flex": 0, "width": 78},
        lesser(1, _words("state", "State", flex=1.1, minWidth=64, tooltipField="note", **wrapped)),
        _words("why", "Why", flex=4, minWidth=150, tooltipField="why", **wrapped),
    ]
    acts = not viewer.may("ack:alerts")
    alerts = grid("alert-feed", columns, "No alerts today", "id")
    alerts.rowClassRules = {"chosen": "params.data.chosen", "open-alert": "params.data.open"}
    tools = [
        html.H2("Alerts"),
        html.Button("Acknowledge", id="alert-ack", n_clicks=0, disabled=acts),
        html.Button("Snooze 10 min", id="alert-snooze", n_clicks=0, disabled=acts),
        labelled("Note on the alert", dcc.Input(id="alert-note", type="text", placeholder="note", maxLength=200)),
        html.Button("Add note", id="alert-write", n_clicks=0, disabled=acts),
    ]
    said = html.Div(id="alert-said", className="said", role="status")
    return [html.Div(tools, className="tools"), html.Div(alerts, className="fill"), said]


def _chosen(viewer: Viewer) -> list[Any]:
    lamps = [
        html.Div([html.Span(name), html.B("— NO DATA", id=ident)], className="big")
        for name, ident in (("COST", "lamp-cost"), ("LEAK", "lamp-leak"))
    ]
    return [
        html.H1("—", id="chart-title"),
        *lamps,
        html.Div(id="chart-figures"),
        html.Div(id="chart-action", role="status"),
        html.Button("Children and FIX", id="detail-open", n_clicks=0),
        html.Button(
            "Switch algo", id="switch-open", n_clicks=0, disabled=not viewer.may("act:switch"), className="act"
        ),
    ]


def chart(ident: str, title: str, name: str, *more: Any) -> html.Section:
    """
    A chart with its title.
    """
    graph = dcc.Graph(
        id=ident,
        figure=figures.blank(),
        config={"displaylogo": False, "displayModeBar": False, "scrollZoom": name == "price"},
        responsive=True,
        className="graph",
    )
    return html.Section(
        [html.Div([html.H2(title), *more], className="tools"), graph], className=f"panel {name}", **_named(title)
    )


def drift_choice() -> dcc.Dropdown:
    """
    What the drift is of.
    """
    return dcc.Dropdown(
        id="drift-choice",
        options=[{"label": text, "value": value} for value, text in figures.DRIFTS.items()],
        value="send/all",
        clearable=False,
        searchable=False,
        className="pick",
    )


def breakdown_columns() -> list[dict[str, Any]]:
    """
    Columns of a breakdown; buckets of fewer than 30 fills are greyed by the row's class.
    """
    return [
        _words("dim", "By", flex=0.9, minWidth=60),
        _words("bucket", "", flex=1.1, minWidth=60, cellClass="strong", tooltipField="bucket"),
        number("n", "n", ",d", flex=0.6, minWidth=46),
        number("slip", "bps", "+,.2f", flex=0.8, minWidth=58, headerTooltip=COST_TIP),
        number("lo", "from", "+,.2f", flex=0.8, minWidth=58, headerTooltip="95% interval, blocks of 60 s"),
        number("hi", "to", "+,.2f", flex=0.8, minWidth=58, headerTooltip="95% interval, blocks of 60 s"),
        number("cost", "Amount", "+,.0f", flex=0.9, minWidth=74, headerTooltip=AMOUNT_TIP),
    ]


def _split() -> html.Div:
    made = grid("split", breakdown_columns(), "No fills yet")
    made.rowClassRules = {"few": "params.data.few"}
    return html.Div(made, className="fill")


def dialog(ident: str, title: str, content: list[Any]) -> html.Div:
    """
    A dialog that covers the page; `assets/keys.js` keeps the focus in it and closes it on Escape.
    """
    close = html.Button("Close", id=f"{ident}-close", n_clicks=0, className="close")
    box = html.Div(
        [html.Div([html.H2(title, id=f"{ident}-title"), close], className="tools"), *content], className="box"
    )
    return html.Div(
        box,
        id=ident,
        className="dialog",
        hidden=True,
        role="dialog",
        **{"aria-modal": "true", "aria-labelledby": f"{ident}-title"},
    )


def _dialogs(viewer: Viewer) -> list[html.Div]:
    return [_switch_dialog(), _detail_dialog(), _limits_dialog(viewer)]


def _field(label: str, ident: str, **more: Any) -> html.Label:
    return html.Label([label, dcc.Input(id=ident, type="number", **more)], htmlFor=ident)


def _switch_dialog() -> html.Div:
    content = [
        html.P("", id="switch-what"),
        html.Div(
            [
                html.Label(
                    [
                        "Work it by ",
                        dcc.Dropdown(id="switch-algo", options=list(ALGOS), value="passive", clearable=False),
                    ]
                ),
                _field("Child quantity", "switch-clip", value=700, min=0),
                _field("Patience, s", "switch-patience", value=30, min=1),
                _field("Mean gap, s (passive)", "switch-gap", value=6, min=1),
                _field("Rate (pov)", "switch-rate", value=0.1, min=0.01, max=1, step=0.01),
                html.Label(
                    ["Reason", dcc.Input(id="switch-reason", type="text", maxLength=200)], htmlFor="switch-reason"
                ),
            ],
            className="form",
        ),
        html.P(
            "The EMS is asked; it accepts or refuses. Its replace (35=G) appears in the order's messages and on the charts."
        ),
        html.Button("Confirm the switch", id="switch-confirm", n_clicks=0, className="act"),
        html.Div(id="switch-said", className="said", role="status"),
    ]
    return dialog("switch-dialog", "Switch algo", content)


_TITLES = {"direction": "dir", "msgtype": "type", "msg": "message", "ordtype": "type"}
_TIME = {
    "valueFormatter": {"function": "params.value ? params.value.slice(11) : ''"},
    "tooltipField": "time",
    "minWidth": 138,
}
"""A time of the day to the nanosecond, read in full; hovering has the date."""
_FORMS = {
    "qty": ",.8~g",
    "bsize": ",.8~g",
    "asize": ",.8~g",
    "price": ",.8~f",
    "bid": ",.8~f",
    "ask": ",.8~f",
    "fee": ",.4~f",
    "seq": "d",
}
_WIDTHS: dict[str, dict[str, Any]] = {
    "time": _TIME,
    "event": {"minWidth": 80},
    "status": {"minWidth": 80},
    "execid": {"minWidth": 96},
    "session": {"minWidth": 130},
    "msg": {"minWidth": 260, "wrapText": True, "autoHeight": True, "cellClass": "wrapped fix"},
    **{name: {"minWidth": 60} for name in ("qty", "price", "venue", "liquidity", "problem", "bid", "ask", "fee")},
    **{name: {"minWidth": 54} for name in ("bsize", "asize", "kind", "code", "ordtype")},
}
"""Of columns of the drill-down; a message is read in full."""
_LESSER = {
    "detail-events": ("tif", "code", "ordtype", "venue"),
    "detail-fills": ("fee", "venue"),
    "detail-messages": ("problem", "session"),
    "detail-quotes": ("venue", "asize", "bsize"),
}
"""Columns that are left out where there is no room, the first first."""


def _part(ident: str, name: str) -> dict[str, Any]:
    more = {"flex": 12 if name == "msg" else 1, **_WIDTHS.get(name, {})}
    title = _TITLES.get(name, name)
    made = number(name, title, _FORMS[name], **more) if name in _FORMS else _words(name, title, **more)
    out = _LESSER[ident]
    return lesser(out.index(name) + 1, made) if name in out else made


def _detail_dialog() -> html.Div:
    children = [
        _words("time", "Sent", flex=2, **_TIME),
        _words("id", "Child", flex=1.4, minWidth=90, cellClass="strong"),
        _words("venue", "Venue", flex=0.8),
        _words("side", "Side", flex=0.6),
        number("qty", "Quantity", ",.8~g", flex=0.9),
        number("price", "Limit", ",.8~f", flex=0.9),
        number("filled", "Filled", ",.8~g", flex=0.9),
        number("avgpx", "Average", ",.4f", flex=0.9),
        _words("algo", "Algo", flex=0.8),
        _words("status", "Status", flex=1),
        number("events", "Events", ",d", flex=0.7),
    ]
    parts = (
        (
            "detail-events",
            "Events",
            ("time", "event", "side", "qty", "price", "ordtype", "tif", "venue", "status", "code"),
        ),
        ("detail-fills", "Fills", ("time", "execid", "kind", "qty", "price", "venue", "liquidity", "fee")),
        ("detail-messages", "FIX as it came", ("time", "session", "direction", "seq", "msgtype", "problem", "msg")),
        ("detail-quotes", "Quotes around the send", ("time", "venue", "bid", "ask", "bsize", "asize")),
    )
    tables: list[Any] = []
    for ident, title, names in parts:
        columns = [_part(ident, name) for name in names]
        tables.append(
            html.Section([html.H3(title), html.Div(grid(ident, columns, "None"), className="fill")], className="part")
        )
    content = [
        html.Div(id="detail-said", className="said", role="status"),
        html.Section(
            [
                html.H3("Children: choose one"),
                html.Div(grid("detail-children", children, "No children", "id"), className="fill"),
            ]
        ),
        html.Div(tables, className="parts"),
    ]
    return dialog("detail", "Children, fills, FIX", content)


LIMITS = (
    ("z", "COST: excess z", 0.1),
    ("cost", "COST: bps above expected", 0.1),
    ("leakSpread", "LEAK: share of the spread", 0.01),
    ("leakT", "LEAK: t", 0.1),
)
"""Thresholds by the names that q has for them: label, step."""
KIND_WORDS = {"all": "all orders", "desk": "desk", "trader": "trader", "sym": "symbols", "algo": "algo"}
"""Whose orders thresholds may be of (`thresholds.KINDS`), in words."""


def _limits_dialog(viewer: Viewer) -> html.Div:
    rows = [
        html.Tr(
            [
                html.Th(label, scope="row"),
                *(
                    html.Td(
                        labelled(
                            f"{label}, {level}", dcc.Input(id=f"limit-{name}-{level}", type="number", min=0, step=step)
                        )
                    )
                    for level in ("amber", "red")
                ),
            ]
        )
        for name, label, step in LIMITS
    ]
    whose = html.Div(
        [
            html.Label(
                [
                    "Of ",
                    dcc.Dropdown(
                        id="limits-kind",
                        options=[{"label": text, "value": kind} for kind, text in KIND_WORDS.items()],
                        value="all",
                        clearable=False,
                        searchable=False,
                    ),
                ]
            ),
            html.Label(
                [
                    "Name",
                    dcc.Input(id="limits-name", type="text", maxLength=100, debounce=True, placeholder="us, KIM, TECH, pov"),
                ],
                htmlFor="limits-name",
            ),
        ],
        className="form",
    )  # fmt: skip
    content = [
        whose,
        html.Table(
            [
                html.Thead(html.Tr([html.Td(""), html.Th("amber", scope="col"), html.Th("red", scope="col")])),
                html.Tbody(rows),
            ]
        ),
        html.Div(
            [
                html.Button("Preview on yesterday", id="limits-preview", n_clicks=0),
                html.Button(
                    "Save", id="limits-save", n_clicks=0, className="act", disabled=not viewer.may("write:thresholds")
                ),
                html.Button(
                    "Remove",
                    id="limits-remove",
                    n_clicks=0,
                    disabled=not viewer.may("write:thresholds"),
                    title="Of who has thresholds of their own: from now on those of the next general ones",
                ),
            ],
            className="tools",
        ),
        html.Div(id="limits-said", className="said", role="status"),
        html.Div(id="limits-others", className="said"),
        html.Div(id="limits-shown"),
    ]
    return dialog("limits", "Thresholds", content)
