"""
From the day's tables to the report's document. No figure is computed here but sums of currency and shares of counts; all else is what `q/tca/`
says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from slipstream.report import charts
from slipstream.report.document import Block, Chart, Document, Heading, Table, Text
from slipstream.tca import rows_of

Row = Mapping[str, Any]
FEW = 30  # fewer observations are shown, but grey
PARTS = ("delay", "timing_impact", "spread", "opportunity", "fees")
DIMENSIONS = ("venue", "algo", "broker", "trader", "adv", "size", "time", "tactic", "liquidity")


@dataclass(frozen=True, slots=True)
class Day:
    """
    What the report is of: a day, a desk (`all` for everybody), its tables as `.api.report` has them, and the version of the thresholds.
    """

    day: date
    desk: str
    tables: Mapping[str, pa.Table]
    thresholds: str


_BY = {
    "adv": "share of daily volume",
    "size": "size of the fill",
    "time": "time of day",
    "liquidity": "side of liquidity",
}
"""What breakdowns are by, where the column's name does not say it."""


def summary(day: Day) -> dict[str, Any]:
    """
    The one-page summary as figures: sums of currency over parents, and counts.
    """
    parents, alerts = rows_of(day.tables["parents"]), rows_of(day.tables["alerts"])
    paper, cost = _sum(parents, "paper"), _sum(parents, "is_cost")
    known = [p for p in parents if _known(p.get("expected_bps")) and _known(p.get("slippage_bps"))]
    traded = [(p["filled"] or 0.0) * (p["arrival_mid"] or 0.0) for p in known]
    expected = sum(w * p["expected_bps"] for w, p in zip(traded, known, strict=True)) / 1e4 if known else None
    acked = [a for a in alerts if a["state"] == "acked"]
    return {
        "date": day.day.isoformat(),
        "desk": day.desk,
        "parents": len(parents),
        "fills": day.tables["fills"].num_rows,
        "notional": sum((p["filled"] or 0.0) * (p["avg_price"] or 0.0) for p in parents),
        "paper": paper,
        "is_cost": cost,
        "is_bps": 1e4 * cost / paper if paper and cost is not None else None,
        "expected_cost": expected,
        "alerts": len(alerts),
        "acked": len(acked),
        "ack_minutes_median": _median_minutes(acked),
        "data_issues": int(sum(r["n"] for r in rows_of(day.tables["dq"])) + day.tables["problems"].num_rows),
        "thresholds": day.thresholds,
    }


def document(day: Day) -> Document:
    """
    The report.
    """
    parents = rows_of(day.tables["parents"])
    title = f"Execution report, {day.day.isoformat()}, {'all desks' if day.desk == 'all' else 'desk ' + day.desk}"
    blocks: list[Block] = [Heading(title, 1), *_summary(day, parents)]
    blocks += [Heading("Shortfall", 1), *_shortfall(parents)]
    blocks += [Heading("Leakage", 1), *_leaks(day)]
    blocks += [Heading("Breakdowns", 1), *_breakdowns(rows_of(day.tables["breakdown"]))]
    blocks += [Heading("Markouts, reversion, participation", 1), *_after(day, parents)]
    blocks += [Heading("Switches, changes, reconciliation", 1), *_changes(day, parents)]
    blocks += [Heading("Definitions", 1), *_definitions(rows_of(day.tables["catalogue"]))]
    return Document(title, blocks)


def _summary(day: Day, parents: Sequence[Row]) -> list[Block]:
    s = summary(day)
    worst = sorted((p for p in parents if _known(p["is_cost"])), key=lambda p: -p["is_cost"])[:5]
    median = "-" if s["ack_minutes_median"] is None else f"{s['ack_minutes_median']:.1f} min"
    rows = [
        ("Parents, fills", f"{s['parents']:,}, {s['fills']:,}"),
        ("Notional traded", _money(s["notional"], sign=False)),
        ("Implementation shortfall", f"{_money(s['is_cost'])}, {_num(s['is_bps'], '+.2f')} bps of what was ordered"),
        ("Expected cost of what was filled", _money(s["expected_cost"])),
        ("Alerts raised, acknowledged, median time", f"{s['alerts']}, {s['acked']}, {median}"),
        ("Data issues", f"{s['data_issues']:,}"),
        ("Thresholds", s["thresholds"]),
    ]
    table = Table(
        ("parent", "symbol", "side", "algo", "IS", "IS bps", "slippage bps", "expected bps"),
        [(p["parent"], p["sym"], str(p["side"]), str(p["algo"] or ""), _money(p["is_cost"]), _num(p["is_bps"], "+.2f"), _num(p["slippage_bps"], "+.2f"), _num(p.get("expected_bps"), "+.2f")) for p in worst],
        left=4,
    )  # fmt: skip
    signs = "Costs: + hurts. Drift and response: + is adverse to the order. Markout and price improvement: + is a gain."
    return [Table(("", ""), rows, left=2), Heading("Worst five by shortfall"), table, Text(signs)]


def _shortfall(parents: Sequence[Row]) -> list[Block]:
    whole = [p for p in parents if all(_known(p[name]) for name in (*PARTS, "is_cost"))]
    blocks: list[Block] = []
    if whole:
        sums = [(name.replace("_", " "), float(sum(p[name] for p in whole))) for name in PARTS]
        says = "; ".join(f"{name} {value:+,.0f}" for name, value in sums)
        blocks.append(Chart(charts.waterfall(sums, "currency, + is cost"), f"Parts of the shortfall: {says}"))
    if len(whole) < len(parents):
        blocks.append(
            Text(f"{len(parents) - len(whole)} parents have a part that is unknown and are not in the picture.")
        )
    columns = ("parent", "symbol", "side", "quantity", "filled", "arrival", "average", *(n.replace("_", " ") for n in PARTS), "IS", "IS bps", "slippage bps", "from", "to", "n")  # fmt: skip
    rows = [
        (p["parent"], p["sym"], str(p["side"]), _num(p["qty"], ",.6g"), _num(p["filled"], ",.6g"), _num(p["arrival_mid"], ",.4f"), _num(p["avg_price"], ",.4f"),
         *(_num(p[n], "+,.0f") for n in PARTS), _num(p["is_cost"], "+,.0f"), _num(p["is_bps"], "+.2f"), _num(p["slippage_bps"], "+.2f"),
         _num(p.get("slippage_bps_ci_lo"), "+.2f"), _num(p.get("slippage_bps_ci_hi"), "+.2f"), str(p["n"]))
        for p in parents
    ]  # fmt: skip
    grey = frozenset(i for i, p in enumerate(parents) if (p["n"] or 0) < FEW)
    return [*blocks, Heading("Per parent"), Table(columns, rows, left=3, grey=grey, empty="No parents."), Text(_FEW)]


def _leaks(day: Day) -> list[Block]:
    columns = (
        "parent",
        "class",
        "n",
        "support",
        "difference bps",
        "from",
        "to",
        "t",
        "p adjusted",
        "placebo bps",
        "verdict",
    )
    rows = rows_of(day.tables["leak"])
    by = rows_of(day.tables["leakby"])
    grouped = [(str(r["dim"]), str(r["bucket"]), *_leak(r)) for r in by]
    return [
        Text("Mean move of the mid after our events, less that at matched moments without us. p is adjusted for the number of tests (Benjamini and Hochberg)."),
        Table(columns, [(str(r["parent"]), *_leak(r)) for r in rows], left=2, grey=_few(rows), empty="No events to test."),
        Heading("Over parents, by algo, broker, venue, trader, liquidity, size and half hour"),
        Table(("by", "", *columns[1:]), grouped, left=3, grey=_few(by), empty="No events to test."),
        Text(_FEW),
    ]  # fmt: skip


def _leak(r: Row) -> tuple[str, ...]:
    share = _num(None if r["support"] is None else 100 * r["support"], ".0f")
    return (
        str(r["class"]), str(r["n"]), f"{share}%" if share != "-" else share, _num(r["mean"], "+.3f"), _num(r["lo"], "+.3f"), _num(r["hi"], "+.3f"),
        _num(r["t"], "+.2f"), _num(r["padj"], ".3f"), _num(r["placebo"], "+.3f"), str(r["verdict"]),
    )  # fmt: skip


def _breakdowns(rows: Sequence[Row]) -> list[Block]:
    blocks: list[Block] = [Text("A bucket is called dearer or cheaper only where its difference from all other fills is significant after adjustment for the number of buckets (p < 0.05).")]  # fmt: skip
    for dim in DIMENSIONS:
        found = [r for r in rows if r["dim"] == dim]
        cells = [
            (str(r["bucket"]), f"{r['n']:,}", str(r["parents"]), _num(r["notional"], ",.0f"), _num(r["cost"], "+,.0f"), _num(r["slip"], "+.2f"), _num(r["lo"], "+.2f"),
             _num(r["hi"], "+.2f"), _num(r["vsrest"], "+.2f"), _num(r["padj"], ".3f"), verdict(r))
            for r in found
        ]  # fmt: skip
        columns = (dim, "fills", "parents", "notional", "cost", "bps", "from", "to", "vs others", "p adjusted", "")
        grey = frozenset(i for i, r in enumerate(found) if r["few"])
        blocks += [Heading(f"By {_BY.get(dim, dim)}"), Table(columns, cells, grey=grey, empty="No fills.")]
    return [*blocks, Text(_FEW)]


def verdict(r: Row) -> str:
    """
    Whether a bucket may be ranked against the others: dearer, cheaper, n<30, or nothing.
    """
    if r["few"]:
        return "n<30"
    if not _known(r["padj"]) or r["padj"] >= 0.05:
        return ""
    return "dearer" if r["vsrest"] > 0 else "cheaper"


def _after(day: Day, parents: Sequence[Row]) -> list[Block]:
    found = rows_of(day.tables["curves"])
    lines = []
    for curve, kind, name in (
        ("markout", "all", "markout of fills, + gain"),
        ("response", "send", "response to sends, + adverse"),
    ):
        points = [(str(r["label"]), float(r["mean"]), r["lo"], r["hi"]) for r in found if r["curve"] == curve and r["class"] == kind and _known(r["mean"])]  # fmt: skip
        if points:
            lines.append((name, points))
    blocks: list[Block] = []
    if lines:
        says = f"Means by horizon with 95% intervals: {', '.join(name for name, _ in lines)}"
        blocks.append(Chart(charts.curves(lines, "bps"), says))
    columns = ("parent", "pre bps", "during", "post", "reversion", "VWAP bps", "TWAP bps", "participation", "aggressor", "filled in 1 s", "cancels a fill", "flags")  # fmt: skip
    rows = [
        (p["parent"], *(_num(p[n], "+.2f") for n in ("pre_bps", "during_bps", "post_bps", "reversion_bps", "vwap_bps", "twap_bps")),
         *(_share(p[n]) for n in ("participation", "aggressor_share", "fill_probability_1s")), _num(p["cancels_per_fill"], ".2f"), str(p["flags"] or ""))
        for p in parents
    ]  # fmt: skip
    return [*blocks, Table(columns, rows, empty="No parents.")]


def _changes(day: Day, parents: Sequence[Row]) -> list[Block]:
    switches = [
        (str(r["parent"]), _time(r["time"]), f"{r['from_algo']} to {r['to_algo']}", f"{r['n_before']}, {r['n_after']}", _num(r["cost_before"], "+.5f"), _num(r["cost_after"], "+.5f"),
         _num(r["saving"], "+,.0f"), f"{_num(r['saving_ci_lo'], '+,.0f')} to {_num(r['saving_ci_hi'], '+,.0f')}", _num(r["saving_bps"], "+.2f"), str(r["label"]))
        for r in rows_of(day.tables["switches"])
    ]  # fmt: skip
    live = {str(r["parent"]): r for r in rows_of(day.tables["live"])}
    both = [(p, live[str(p["parent"])]) for p in parents if str(p["parent"]) in live]
    pairs = ("filled", "slippage_bps", "is_bps")
    reconciled = [
        (
            p["parent"],
            *(text for n in pairs for text in (_num(q[n], ",.4f"), _num(p[n], ",.4f"))),
            str(q["rev"]),
            str(p["rev"]),
        )
        for p, q in both
    ]
    changes = [(str(r["kind"]), f"{r['n']:,}") for r in rows_of(day.tables["changes"])]
    issues = [(str(r["kind"]), f"{r['n']:,}") for r in rows_of(day.tables["dq"])]
    issues += [(str(r["problem"]), str(r["id"])) for r in rows_of(day.tables["problems"])[:50]]
    revised = [str(p["parent"]) for p in parents if (p["rev"] or 1) > 1]
    alerts = [
        (_time(r["time"]), str(r["parent"]), str(r["lamp"]), str(r["level"]), str(r["state"]), str(r["who"] or ""), _num(r["figure"], "+.3f"), _num(r["threshold"], "+.3f"), str(r["why"] or ""))
        for r in rows_of(day.tables["alerts"])
    ]  # fmt: skip
    return [
        Heading("Alerts"),
        Table(("time", "parent", "lamp", "level", "state", "by", "figure", "threshold", "why"), alerts, left=6),
        Heading("Switches of algo: an estimate of what each saved"),
        Table(("parent", "time", "switch", "fills before, after", "a share before", "after", "saved", "95%", "bps of the order", ""), switches, left=3, empty="No switches."),
        Heading("Busts, corrections, amendments"),
        Table(("kind", "n"), changes),
        Text(f"Figures were revised for: {', '.join(revised)}." if revised else "No parent's figures were revised."),
        Heading("As it was live at the close, and final"),
        Table(("parent", "filled live", "final", "slippage live", "final", "IS bps live", "final", "rev live", "final"), reconciled, empty="Nothing was scored live."),
        Heading("Data issues"),
        Table(("kind", "n or id"), issues),
    ]  # fmt: skip


def _definitions(catalogue: Sequence[Row]) -> list[Block]:
    rows = [(str(r["name"]), str(r["unit"] or ""), str(r["sign"] or ""), str(r["doc"])) for r in catalogue if str(r["level"]) == "parent"]  # fmt: skip
    return [
        Text(
            "Currency first; basis points are 1e4 times the sum of currency over the sum of notional. Intervals are 95%."
        ),
        Table(("figure", "unit", "sign", "definition"), rows, left=4),
    ]


_FEW = f"Grey: fewer than {FEW} observations; not to be read as a finding."


def _few(rows: Iterable[Row]) -> frozenset[int]:
    return frozenset(i for i, r in enumerate(rows) if (r["n"] or 0) < FEW)


def _known(value: Any) -> bool:
    return value is not None and not (isinstance(value, float) and not np.isfinite(value))


def _sum(rows: Iterable[Row], name: str) -> float | None:
    """A sum; one with an unknown part is unknown."""
    values = [r[name] for r in rows]
    return float(sum(values)) if all(_known(v) for v in values) else None


def _num(value: Any, form: str) -> str:
    return format(value, form) if _known(value) else "-"


def _money(value: Any, *, sign: bool = True) -> str:
    return _num(value, "+,.0f" if sign else ",.0f")


def _share(value: Any) -> str:
    return f"{100 * value:.1f}%" if _known(value) else "-"


def _time(value: Any) -> str:
    return "" if value is None else str(np.datetime64(value).astype("datetime64[s]"))[11:]


def _median_minutes(alerts: Sequence[Row]) -> float | None:
    """Minutes on the plant's clock between an alert and its acknowledgement, where both are known."""
    waits = [(a["acted"] - a["time"]) / np.timedelta64(1, "m") for a in alerts if a.get("acted") is not None]
    return float(np.median(waits)) if waits else None
