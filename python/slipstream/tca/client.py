"""
Typed calls of the gateway's `.api` functions.

No metric is computed here: `q/tca/` does that, this module names the columns and their units and refuses an
answer that lacks one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from slipstream.errors import ConversionError

Days = tuple[date, date] | None
"""The first and the last day of a range; None is the present."""


class Caller(Protocol):
    """
    The part of `slipstream.engine.base.Engine` that is needed here.
    """

    def call(self, name: str, *args: Any) -> Any:
        """
        Call a q function by name; tables come back as Arrow.
        """


@dataclass(frozen=True, slots=True)
class Parent:
    """
    One parent order as `.api.scorecard[]` reports it. Figures are None while there is nothing to report.
    """

    parent: str
    sym: str
    side: str  # BUY or SELL
    qty: float
    filled: float
    done: float | None  # share of the quantity that is filled, 0 to 1
    arrival: float | None  # mid when the parent arrived
    avgpx: float | None  # average price of the fills
    slip_bps: float | None  # cumulative against arrival in basis points; positive is cost
    slip_usd: float | None  # the same in the instrument's currency
    status: str
    time: np.datetime64 | None  # event time of the newest figure, UTC, ns
    algo: str = ""
    trader: str = ""
    broker: str = ""
    account: str = ""
    score: Mapping[str, Any] = field(default_factory=dict)  # the newest row of table `score`, empty without one

    @property
    def working(self) -> str:
        """
        The algo that works it now: another than its order came with once that was switched.
        """
        return str(self.score.get("segment_algo") or self.algo)

    def figure(self, name: str) -> float | None:
        """
        A figure of the real-time engine, None where there is none.
        """
        return _number(self.score.get(name))


@dataclass(frozen=True, slots=True)
class Chart:
    """
    What is drawn for one parent: `quotes` (time bid ask mid), `sends` (time price qty id), `fills` (time
    price qty liquidity), `switches` of algo (time was algo), each in time order.
    """

    parent: str
    quotes: pa.Table
    sends: pa.Table
    fills: pa.Table
    switches: pa.Table


@dataclass(frozen=True, slots=True)
class Live:
    """
    What the page shows in numbers: `parents`, `alerts` (rows as dictionaries, newest last), and how far the
    real-time engine is and what it counted (the newest row of table `health`, empty without one).
    """

    parents: tuple[Parent, ...]
    alerts: tuple[Mapping[str, Any], ...]
    engine: Mapping[str, Any]
    skew: tuple[Mapping[str, Any], ...] = ()
    """Of each source of late: sym, offset (ns), level."""


@dataclass(frozen=True, slots=True)
class Health:
    """
    How much each table of the plant holds today, and the newest event time (UTC, ns) of any of them.
    """

    rows: Mapping[str, int]
    last: np.datetime64 | None


_OPTIONAL = ("algo", "trader", "broker", "account")
_CHART_COLUMNS = {
    "quotes": ("time", "bid", "ask", "mid"),
    "sends": ("time", "price", "qty", "id"),
    "fills": ("time", "price", "qty", "liquidity"),
    "switches": ("time", "was", "algo"),
}
_LIVE_COLUMNS = {
    "scores": ("time", "parent", "slippage_bps", "cost", "cost_lamp", "leak_lamp", "data_lamp"),
    "orders": ("parent", "time", "sym", "side", "qty", "status", "algo", "broker", "trader", "account", "seen"),
    "alerts": ("time", "sym", "parent", "lamp", "level", "figure", "threshold", "why"),
    "health": ("time", "late", "lost", "orphans", "parked", "data_lamp"),
    "skew": ("sym", "offset", "level"),
}


class TcaClient:
    """
    The gateway's `.api` as methods.

    Args:
        engine: a connection to the gateway, see `slipstream.engine.client.Client`.
    """

    def __init__(self, engine: Caller) -> None:
        self.engine = engine

    def scorecard(self) -> list[Parent]:
        """
        Every parent order of today, as `.api.scorecard[]`.
        """
        required = tuple(name for name in Parent.__slots__ if name not in (*_OPTIONAL, "score"))
        table = _table(self.engine.call(".api.scorecard"), ".api.scorecard", required)
        return [_parent(row) for row in _rows(table)]

    def live(self) -> Live:
        """
        Every parent order of today with its newest score, alerts, and the state of the real-time engine, as
        `.api.live[]`.
        """
        parts = _split(self.engine.call(".api.live"), ".api.live", _LIVE_COLUMNS)
        scores = {str(row["parent"]): row for row in _rows(parts["scores"])}
        parents = tuple(_ordered(row, scores.get(str(row["parent"]), {})) for row in _rows(parts["orders"]))
        health = _rows(parts["health"])
        return Live(parents, tuple(_rows(parts["alerts"])), health[-1] if health else {}, tuple(_rows(parts["skew"])))

    def sees(self, principals: Sequence[str], parents: Sequence[str]) -> dict[str, frozenset[str]]:
        """
        Which of some parents each of some principals sees, as `.api.seenby[principals;parents]`; the empty name, of rows without a
        parent, is among them for who sees everything.
        """
        answer = self.engine.call(".api.seenby", list(principals), list(parents))
        if not isinstance(answer, Mapping):
            raise ConversionError(f".api.seenby: expected a dictionary, got {type(answer).__name__}")
        return {str(name): frozenset(str(p or "") for p in _listed(seen)) for name, seen in answer.items()}

    def chart(self, parent: str, days: Days = None) -> Chart:
        """
        Quotes, child sends, fills and switches of one parent, as `.api.chart[parent]`.

        Args:
            parent: its name.
            days: first and last day, as of `.api.past`; None is the present.
        """
        return Chart(parent, **_split(self._view("chart", parent, days), ".api.chart", _CHART_COLUMNS))

    def trail(self, parent: str, days: Days = None) -> pa.Table:
        """
        A parent's scores through its life, as `.api.trail[parent]`.
        """
        return _table(self._view("trail", parent, days), ".api.trail", ("time", "slippage_bps", "vwap"))

    def drift(self, parent: str, days: Days = None) -> pa.Table:
        """
        The mean response of the mid after a parent's events, by horizon, as `.api.drift[parent]`.
        """
        return _table(self._view("drift", parent, days), ".api.drift", ("event", "kind", "h", "n", "mean"))

    def study(self, parent: str, days: Days = None) -> dict[str, pa.Table]:
        """
        How a parent behaves over time, and the control line of its drift, as `.api.study[parent]`. Takes
        seconds of the process that is asked.
        """
        columns = {"behave": ("time", "made", "aggressor", "cancels", "spread"), "control": ("h", "n", "mean")}
        return _split(self._view("study", parent, days), ".api.study", columns)

    def children(self, parent: str, days: Days = None) -> pa.Table:
        """
        The children of a parent as they stand, newest first, as `.api.children[parent]`.
        """
        return _table(self._view("children", parent, days), ".api.children", ("id", "time", "filled"))

    def order(self, name: str, days: Days = None) -> dict[str, pa.Table]:
        """
        One order's events, fills, FIX messages and the quotes around it, as `.api.order[id]`.
        """
        columns = {"events": ("time",), "fills": ("time",), "messages": ("time", "msg"), "quotes": ("time", "bid")}
        return _split(self._view("order", name, days), ".api.order", columns)

    def split(self) -> pa.Table:
        """
        Cost of the present fills by venue, algo, broker, trader and side of liquidity, as `.api.split[]`.
        """
        return _table(self.engine.call(".api.split"), ".api.split", ("dim", "bucket", "n", "slip", "lo", "hi", "few"))

    def catalogue(self, start: date, end: date) -> dict[str, pa.Table]:
        """
        Every figure of the parents from `start` to `end` (both included), as `.api.tca[start;end]`: see
        `docs/tca.md`. Takes seconds to minutes of the process that is asked.
        """
        first, last = np.datetime64(start, "D"), np.datetime64(end, "D")
        answer = self.engine.call(".api.tca", first, last)
        if not isinstance(answer, Mapping):
            raise ConversionError(f".api.tca: expected a dictionary of tables, got {type(answer).__name__}")
        return {str(name): _table(part, f".api.tca {name}", ()) for name, part in answer.items() if name != "asof"}

    def preview(self, day: date, limits: Mapping[str, Any]) -> pa.Table:
        """
        How the lamps of a day would have stood with other thresholds, as `.api.preview[day;limits]`.
        """
        answer = self.engine.call(".api.preview", np.datetime64(day, "D"), dict(limits))
        return _table(answer, ".api.preview", ("parent", "lamp", "amber", "red", "alerts", "which"))

    def _view(self, what: str, name: str, days: Days) -> Any:
        if days is None:
            return self.engine.call(f".api.{what}", name)
        first, last = (np.datetime64(day, "D") for day in days)
        return self.engine.call(".api.past", first, last, what, name)

    def health(self) -> Health:
        """
        Row counts and newest event time of the plant's tables, as `.api.health[]` (columns table, rows,
        last).
        """
        table = _table(self.engine.call(".api.health"), ".api.health", ("table", "rows", "last"))
        found = [t for t in _times(table.column("last")) if t is not None]
        names, counts = table.column("table").to_pylist(), table.column("rows").to_pylist()
        return Health(dict(zip(map(str, names), map(int, counts), strict=True)), max(found, default=None))

    def slippage(self, start: date, end: date) -> pa.Table:
        """
        Signed slippage of every fill from `start` to `end` (both included), today and history merged, as
        `.api.slippage[start;end]`.
        """
        first, last = np.datetime64(start, "D"), np.datetime64(end, "D")
        return _table(self.engine.call(".api.slippage", first, last), ".api.slippage", ())


def _listed(value: Any) -> Iterable[Any]:
    """
    The items of a vector, however it came.
    """
    found: Iterable[Any] = value.to_pylist() if hasattr(value, "to_pylist") else value
    return found


def _table(value: Any, name: str, columns: tuple[str, ...]) -> pa.Table:
    """
    The answer as a table that has these columns.
    """
    if not isinstance(value, pa.Table):
        raise ConversionError(f"{name}: expected a table, got {type(value).__name__}")
    missing = [c for c in columns if c not in value.column_names]
    if missing:
        raise ConversionError(f"{name}: column {missing[0]} is missing; there are {', '.join(value.column_names)}")
    return value


def _split(value: Any, name: str, columns: Mapping[str, tuple[str, ...]]) -> dict[str, pa.Table]:
    """
    An answer that is a dictionary of tables with these columns.
    """
    if not isinstance(value, Mapping):
        raise ConversionError(f"{name}: expected a dictionary of tables, got {type(value).__name__}")
    return {part: _table(value.get(part), f"{name} {part}", wanted) for part, wanted in columns.items()}


def _rows(table: pa.Table) -> list[dict[str, Any]]:
    columns = {
        name: _times(table.column(name)) if pa.types.is_timestamp(table.schema.field(name).type)
        else table.column(name).to_pylist()
        for name in table.column_names
    }  # fmt: skip
    return [{name: cells[i] for name, cells in columns.items()} for i in range(table.num_rows)]


def _times(column: pa.ChunkedArray) -> list[np.datetime64 | None]:
    """
    Timestamps without the loss of nanoseconds that Python's datetime brings.
    """
    numbers = column.cast(pa.timestamp("ns")).combine_chunks().view(pa.int64()).to_pylist()
    return [None if n is None else np.datetime64(n, "ns") for n in numbers]


def _parent(row: Mapping[str, Any]) -> Parent:
    return Parent(
        parent=str(row["parent"]),
        sym=str(row["sym"] or ""),
        side=side_word(row["side"]),
        qty=float(row["qty"] or 0),
        filled=float(row["filled"] or 0),
        done=_number(row["done"]),
        arrival=_number(row["arrival"]),
        avgpx=_number(row["avgpx"]),
        slip_bps=_number(row["slip_bps"]),
        slip_usd=_number(row["slip_usd"]),
        status=str(row["status"] or ""),
        time=row["time"],
        algo=str(row.get("algo") or ""),
        trader=str(row.get("trader") or ""),
        broker=str(row.get("broker") or ""),
        account=str(row.get("account") or ""),
    )


def _ordered(row: Mapping[str, Any], score: Mapping[str, Any]) -> Parent:
    """
    A parent order with its newest score.
    """
    qty, filled = float(row["qty"] or 0), float(score.get("filled") or 0)
    return Parent(
        parent=str(row["parent"]),
        sym=str(row["sym"] or ""),
        side=side_word(row["side"]),
        qty=qty,
        filled=filled,
        done=_number(score.get("done")),
        arrival=_number(score.get("arrival_mid")),
        avgpx=_number(score.get("avg_price")),
        slip_bps=_number(score.get("slippage_bps")),
        slip_usd=_number(score.get("cost")),
        status="filled" if qty and filled >= qty else str(row["status"] or ""),
        time=max((t for t in (row["seen"], score.get("time")) if t is not None), default=None),
        algo=str(score.get("algo") or row["algo"] or ""),
        trader=str(row["trader"] or ""),
        broker=str(row["broker"] or ""),
        account=str(row["account"] or ""),
        score=score,
    )


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def rows_of(table: pa.Table) -> list[dict[str, Any]]:
    """
    A table's rows as dictionaries; times as datetime64 in ns.
    """
    return _rows(table)


def side_word(side: Any) -> str:
    """
    BUY or SELL for any spelling of a side: `buy`, `B`, FIX's 1 and 2 (5 and 6 are short sales); else as it
    came.
    """
    text = str(side or "").strip().upper()
    if text[:1] == "B" or text == "1":
        return "BUY"
    if text[:1] == "S" or text in {"2", "5", "6"}:
        return "SELL"
    return text
