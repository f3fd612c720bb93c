"""
Data to texts and rows of grids: pure functions, tested without a browser.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa

from slipstream.scorecard.data import Snapshot
from slipstream.scorecard.lag import Behind
from slipstream.scorecard.palette import LAMPS, lamp_text
from slipstream.tca import Parent, rows_of

# what an order is judged by that the real-time engine does not score: the absolute thresholds of the demo profile
AMBER_BPS: Final = 2.0
RED_BPS: Final = 6.0

ENDED: Final = {"filled", "done", "canceled", "cancelled", "expired", "rejected"}
USUAL: Final = {"DECISION_IS_ARRIVAL", "OPEN"}
"""Flags of an order that say how it is reckoned, not that something is the matter with it."""
LATE_S: Final = 0.25
"""A tickerplant that takes so long to answer is marked."""
QUEUED: Final = 2**20
"""Bytes that wait for a subscriber from which on they are told, and marked."""
_RANK: Final = {"RED": 3, "AMBER": 2, "GREEN": 1, "NO DATA": 0}
_BARS: Final = "▁▂▃▄▅▆▇█"


def cost_lamp(parent: Parent) -> str:
    """
    The word of the COST lamp: that of the real-time engine, without one by absolute thresholds.
    """
    if parent.slip_bps is None:
        return "NO DATA"
    told = str(parent.score.get("cost_lamp") or "").upper()
    if told in LAMPS:
        return told
    return "RED" if parent.slip_bps >= RED_BPS else "AMBER" if parent.slip_bps >= AMBER_BPS else "GREEN"


def leak_lamp(parent: Parent) -> str:
    """
    The word of the LEAK lamp; NO DATA where the test gives no verdict, see `leak_text`.
    """
    told = str(parent.score.get("leak_lamp") or "").upper()
    silent = parent.score.get("leak_verdict") not in ("none", "leak")
    return "NO DATA" if told not in LAMPS or (silent and told == "GREEN") else told


def leak_text(parent: Parent) -> str:
    """
    The LEAK lamp as shape and word, or why there is no verdict.
    """
    word = leak_lamp(parent)
    if word != "NO DATA":
        return lamp_text(word)
    verdict = parent.score.get("leak_verdict")
    if verdict == "unidentifiable":
        return "— not identifiable"
    if verdict == "nocontrols":
        return "— no controls"
    if verdict == "collecting":
        return f"— n={int(parent.figure('leak_n') or 0)}, collecting"
    return lamp_text(word)


def spark(values: Sequence[float]) -> str:
    """
    Values as a line of bars, scaled to their own range.
    """
    if not values:
        return ""
    low, high = min(values), max(values)
    span = high - low
    return "".join(_BARS[round((len(_BARS) - 1) * (v - low) / span) if span else 0] for v in values)


def parent_rows(parents: Iterable[Parent], sparks: Mapping[str, Sequence[float]] | None = None) -> list[dict[str, Any]]:
    """
    The rows of the parents grid, worst first: by the worse of the two lamps, then by slippage; orders without a
    figure last.
    """

    def badness(p: Parent) -> tuple[Any, ...]:
        rank = max(_RANK[cost_lamp(p)], _RANK[leak_lamp(p)])
        return (-rank, p.slip_bps is None, -(p.slip_bps or 0.0), p.parent)

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
            "rho": _percent(p.figure("participation")),
            "slip_bps": p.slip_bps,
            "roll_bps": p.figure("slippage_rolling_bps"),
            "slip_usd": p.slip_usd,
            "expected": p.figure("expected_bps"),
            "z": p.figure("excess_z"),
            "cost": lamp_text(cost_lamp(p)),
            "leak": leak_text(p),
            "n": None if p.figure("n") is None else int(p.figure("n") or 0),
            "spark": spark((sparks or {}).get(p.parent, ())),
            "status": status_word(p),
            "algo": p.working.upper(),
            "trader": p.trader,
            "broker": p.broker,
            "flags": str(p.score.get("flags") or ""),
        }
        for p in sorted(parents, key=badness)
    ]


def status_word(parent: Parent) -> str:
    """
    How an order stands: one that has fills and has not ended is working, whatever its own last message was.
    """
    status = parent.status.lower()
    return "WORKING" if parent.filled and status not in ENDED else status.upper()


def _percent(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 2)


def clock(time: np.datetime64 | None) -> str:
    """
    A UTC time for the header, to the millisecond.
    """
    return "—" if time is None else str(time.astype("datetime64[ms]")).replace("T", " ")


def short_clock(time: Any) -> str:
    """
    The time of day, to the second.
    """
    return "" if time is None else str(np.datetime64(time).astype("datetime64[s]"))[11:]


def header(snapshot: Snapshot, now: float) -> dict[str, str]:
    """
    The header's texts by element id.
    """
    age = snapshot.age(now)
    engine = snapshot.engine
    working = sum(1 for p in snapshot.parents if p.status.lower() not in ENDED)
    reached = engine.get("time")
    lag = None if reached is None or snapshot.asof is None else (snapshot.asof - reached) / np.timedelta64(1, "s")
    return {
        "asof": clock(snapshot.asof),
        "age": "—" if age is None else f"{age:.1f} s",
        "tp": behind_text(snapshot.behind),
        "lag": "—" if lag is None else f"{short_clock(reached)}  −{max(0.0, lag):.1f} s",
        "fix": fix_text(snapshot.sessions),
        "skew": skew_text(snapshot.skew),
        "poll": "—" if snapshot.poll_ms is None else f"{snapshot.poll_ms:.0f} ms",
        "orders": f"{working} / {len(snapshot.parents)}",
        "orphans": str(int(engine.get("orphans") or 0) + int(engine.get("parked") or 0))
        if "orphans" in engine
        else "—",
        "late": f"{int(engine.get('late') or 0)} / {int(engine.get('lost') or 0)}" if "late" in engine else "—",
        "rows": "  ".join(f"{name} {compact(count)}" for name, count in snapshot.rows.items() if count) or "—",
        "data": lamp_text(str(engine.get("data_lamp") or "no data").upper()),
        "why": str(engine.get("why") or ""),
    }


def compact(count: int) -> str:
    """
    A count in at most five characters: 999, 16.4k, 2.1M.
    """
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if count >= size:
            return f"{count / size:.1f}{unit}" if count < 100 * size else f"{count / size:.0f}{unit}"
    return str(count)


def behind_text(behind: Behind | None) -> str:
    """
    How far the tickerplant is behind; what waits for its subscribers is said from a megabyte on.
    """
    if behind is None:
        return "—"
    if behind.seconds is None:
        return "⬢ no answer"
    took = f"{behind.seconds:.1f} s" if behind.seconds >= 1 else f"{1000 * behind.seconds:.1f} ms"
    late = behind.seconds >= LATE_S or behind.queued >= QUEUED
    waits = f", {behind.queued / 2**20:,.0f} MB wait" if behind.queued >= QUEUED else ""
    return f"{'▲ ' if late else ''}{took}{waits}"


def fix_text(sessions: Mapping[str, bool] | None) -> str:
    """
    How many FIX sessions are up, and the names of those that are not.
    """
    if sessions is None:
        return "—"
    down = [name for name, up in sessions.items() if not up]
    count = f"{len(sessions) - len(down)} / {len(sessions)}"
    return f"⬢ {count} {' '.join(down)}" if down else f"● {count}"


def skew_text(skew: Iterable[Mapping[str, Any]]) -> str:
    """
    The source whose clock differs most from ours, and by how much.
    """
    known = [row for row in skew if row["offset"] is not None]
    if not known:
        return "—"
    worst = max(known, key=lambda row: (str(row["level"]) == "amber", abs(row["offset"])))
    mark = "▲ " if str(worst["level"]) == "amber" else ""
    return f"{mark}{worst['offset'] / 1e6:+,.1f} ms {worst['sym']}"


def title(parent: Parent) -> str:
    """
    The chosen order in one line.
    """
    algo = f"   {parent.algo.upper()}" if parent.algo else ""
    return f"{parent.parent}   {parent.side} {parent.qty:,.8g} {parent.sym}{algo}"


def summary(parent: Parent) -> dict[str, Any]:
    """
    The chosen order's figures beside its name, and its lamps with their words; signs are always printed.
    """
    leak = parent.figure("leak_bps")
    low, high = parent.figure("slippage_bps_ci_lo"), parent.figure("slippage_bps_ci_hi")
    interval = "" if low is None or high is None else f" [{low:+,.2f} {high:+,.2f}]"
    figures = [
        ("done", "—" if parent.done is None else f"{100 * parent.done:.1f}%"),
        ("arrival", _price(parent.arrival)),
        ("average", _price(parent.avgpx)),
        ("slippage", "—" if parent.slip_bps is None else f"{parent.slip_bps:+,.2f} bps{interval}"),
        ("amount", "—" if parent.slip_usd is None else f"{parent.slip_usd:+,.2f}"),
        (
            "leak",
            "—"
            if leak is None
            else f"{leak:+,.3f} bps  t {parent.figure('leak_t') or 0:+.2f}  n {int(parent.figure('leak_n') or 0)}",
        ),
    ]
    flags = [flag for flag in str(parent.score.get("flags") or "").split() if flag not in USUAL]
    if flags:
        figures.append(("▲", " ".join(flags)))
    return {
        "figures": figures,
        "cost": {"word": cost_lamp(parent), "text": lamp_text(cost_lamp(parent))},
        "leak": {"word": leak_lamp(parent), "text": leak_text(parent)},
    }


def _price(value: float | None) -> str:
    return "—" if value is None else f"{value:,.8g}"


def alert_rows(alerts: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """
    The rows of the alert feed: what waits for somebody first, then the newest.
    """
    rows: list[dict[str, Any]] = [
        {
            "id": str(a.get("id") or f"{a['parent']}|{a['lamp']}|{a['level']}|{a['time']}"),
            "time": short_clock(a["time"]),
            "parent": str(a["parent"] or ""),
            "lamp": str(a["lamp"] or ""),
            "level": lamp_text(str(a["level"] or "no data").upper()),
            "figure": None if a["figure"] is None else round(float(a["figure"]), 3),
            "threshold": None if a["threshold"] is None else round(float(a["threshold"]), 3),
            "why": str(a["why"] or ""),
            "state": state_text(a),
            "note": str(a.get("note") or ""),
            "open": str(a.get("state") or "open") == "open",
            "at": str(a["time"]),
        }
        for a in alerts
    ]
    return sorted(sorted(rows, key=lambda r: r["at"], reverse=True), key=lambda r: not r["open"])


def state_text(alert: Mapping[str, Any]) -> str:
    """
    How an alert stands: open, or who acknowledged or snoozed it and when.
    """
    state = str(alert.get("state") or "open")
    if state == "open":
        return "OPEN"
    who = f"{alert.get('who') or '?'} {short_clock(alert.get('at'))}"
    return f"acked by {who}" if state == "acked" else f"snoozed by {who}"


def plain_rows(table: pa.Table | None) -> list[dict[str, Any]]:
    """
    A table's rows as a grid in the browser takes them: times as text, bytes as text with | for SOH.
    """
    return [] if table is None else [{name: _cell(value) for name, value in row.items()} for row in rows_of(table)]


def child_rows(table: pa.Table | None) -> list[dict[str, Any]]:
    """
    The rows of the grid of children: what an order has been told last is its status until it has fills.
    """
    rows = plain_rows(table)
    for row in rows:
        filled, status = row["filled"] or 0, str(row["status"] or "").lower()
        if filled and status not in ENDED:
            row["status"] = "filled" if filled >= row["qty"] else "partial"
    return rows


def portable(table: pa.Table) -> pa.Table:
    """
    A table in types that any reader of CSV and Parquet knows: symbols as text, spans as nanoseconds.
    """
    columns = []
    for column in table.columns:
        if pa.types.is_dictionary(column.type):
            column = column.cast(pa.string())
        elif pa.types.is_duration(column.type):
            column = column.cast(pa.duration("ns")).cast(pa.int64())
        columns.append(column)
    return pa.table(columns, names=table.column_names)


def _cell(value: Any) -> Any:
    if isinstance(value, np.datetime64):
        return None if np.isnat(value) else str(value).replace("T", " ")
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    if isinstance(value, str):
        return value.replace("\x01", "|")
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value if isinstance(value, (int, float, bool)) or value is None else str(value)
