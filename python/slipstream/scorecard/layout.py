"""
The page's components. Values come from `callbacks`, colours from `figures` and `assets/style.css`.
"""

from __future__ import annotations

from typing import Any

import dash_ag_grid as dag
from dash import dcc, html

from slipstream.scorecard import figures

THEME = (
    "themeQuartz.withParams({"
    f"backgroundColor: '{figures.PANEL}', foregroundColor: '{figures.TEXT}', accentColor: '{figures.OK}', "
    f"borderColor: '{figures.LINE}', rowBorder: true, wrapperBorder: false, wrapperBorderRadius: 0, "
    "headerBackgroundColor: '#1d222a', oddRowBackgroundColor: '#1a1f26', fontSize: 14, "
    "browserColorScheme: 'dark', "
    "fontFamily: 'inherit', headerFontWeight: 600})"
)

COST_TIP = "Cumulative against arrival; + is cost"

# title, id of the value, what hovering says
HEADER = (
    ("AS OF (UTC)", "asof", "Event time of the newest data"),
    ("FEED AGE", "age", "Seconds since the plant's data last advanced"),
    ("GATEWAY", "poll", "Time the gateway took for the last answer"),
    ("ORDERS", "orders", "Parent orders still working, and all of today"),
    ("ROWS TODAY", "rows", "Rows in the real-time database by table"),
)


def page() -> html.Div:
    """
    The whole page.
    """
    return html.Div(
        id="page",
        className="page waiting",
        children=[
            html.Header(
                [
                    html.Div(
                        [html.Span("SLIPSTREAM", className="brand"), html.Span("leakage scorecard")],
                        id="title",
                    ),
                    html.Div([_item(*item) for item in HEADER], className="items"),
                    html.Div([html.Span("— NO DATA", id="state"), html.Span("", id="reason")], className="lamp"),
                ]
            ),
            html.Section(_grid(), className="panel parents"),
            html.Section(
                [
                    html.Div([html.H2("—", id="chart-title"), html.Div(id="chart-figures")], className="chart-head"),
                    dcc.Graph(
                        id="chart",
                        figure=figures.price_chart(None, None),
                        config={"displaylogo": False, "displayModeBar": False, "scrollZoom": True},
                        responsive=True,
                    ),
                ],
                className="panel chart",
            ),
            dcc.Store(id="chosen"),
            dcc.Store(id="pulse", data={"seq": 0, "state": "NO DATA", "reason": "connecting"}),
            dcc.Interval(id="heart", interval=1000),
        ],
    )


def _item(title: str, ident: str, tip: str) -> html.Div:
    return html.Div(
        [html.Div(title, className="label"), html.Div("—", id=ident, className="value")],
        className="item",
        title=tip,
    )


def _number(field: str, title: str, form: str, **more: Any) -> dict[str, Any]:
    return {
        "field": field,
        "headerName": title,
        "type": "rightAligned",
        "cellClass": "number ag-right-aligned-cell",
        "valueFormatter": {"function": f"params.value == null ? '—' : d3.format('{form}')(params.value)"},
        **more,
    }


def _grid() -> dag.AgGrid:
    lamp = {
        "styleConditions": [
            {"condition": f"params.value && params.value.endsWith('{word}')", "style": {"color": colour}}
            for word, (_, colour) in figures.LAMPS.items()
        ]
    }
    share = "${params.value || 0}%"
    bar = f"`linear-gradient(90deg, rgba(86,180,233,.32) {share}, transparent {share})`"
    return dag.AgGrid(
        id="parents",
        className="grid",
        columnDefs=[
            {"field": "parent", "headerName": "Parent", "flex": 2, "cellClass": "strong"},
            {"field": "sym", "headerName": "Symbol", "flex": 1.3},
            {"field": "side", "headerName": "Side", "flex": 1},
            _number("qty", "Quantity", ",.8~g", flex=1.2),
            _number("done", "Done %", ".1f", flex=1.2, cellStyle={"function": f"({{backgroundImage: {bar}}})"}),
            _number("arrival", "Arrival", ",.8~f", flex=1.2),
            _number("avgpx", "Average price", ",.4f", flex=1.2),
            _number(
                "slip_bps",
                "Slippage bps",
                "+,.2f",
                flex=1.2,
                headerTooltip=COST_TIP,
            ),
            _number(
                "slip_usd",
                "Slippage $",
                "+,.2f",
                flex=1.2,
                headerTooltip=COST_TIP,
            ),
            {"field": "cost", "headerName": "Cost", "flex": 1, "cellStyle": lamp, "cellClass": "strong"},
            {"field": "status", "headerName": "Status", "flex": 1.2},
            {"field": "algo", "headerName": "Algo", "flex": 0.8},
            {"field": "trader", "headerName": "Trader", "flex": 0.9},
        ],
        defaultColDef={"sortable": True, "resizable": True, "suppressMovable": False},
        rowData=[],
        getRowId="params.data.parent",
        rowClassRules={"chosen": "params.data.chosen"},
        dashGridOptions={
            "theme": {"function": THEME},
            "animateRows": False,
            "rowHeight": 34,
            "headerHeight": 34,
            "suppressCellFocus": False,
            "localeText": {"noRowsToShow": "No parent orders today"},
        },
        style={"height": "100%", "width": "100%"},
    )
