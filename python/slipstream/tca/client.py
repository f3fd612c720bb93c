"""
Typed calls of the gateway's `.api` functions.

No metric is computed here: `q/tca/` does that, this module names the columns and their units and refuses an
answer that lacks one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from slipstream.errors import ConversionError


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


@dataclass(frozen=True, slots=True)
class Chart:
    """
    What is drawn for one parent: `quotes` (time bid ask mid), `sends` (time price qty id), `fills` (time
    price qty liquidity), each in time order.
    """

    parent: str
    quotes: pa.Table
    sends: pa.Table
    fills: pa.Table


@dataclass(frozen=True, slots=True)
class Health:
    """
    How much each table of the plant holds today, and the newest event time (UTC, ns) of any of them.
    """

    rows: Mapping[str, int]
    last: np.datetime64 | None


_OPTIONAL = ("algo", "trader")
_CHART_COLUMNS = {
    "quotes": ("time", "bid", "ask", "mid"),
    "sends": ("time", "price", "qty", "id"),
    "fills": ("time", "price", "qty", "liquidity"),
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
        required = tuple(name for name in Parent.__slots__ if name not in _OPTIONAL)
        table = _table(self.engine.call(".api.scorecard"), ".api.scorecard", required)
        return [_parent(row) for row in _rows(table)]

    def chart(self, parent: str) -> Chart:
        """
        Quotes, child sends and fills of one parent, as `.api.chart[parent]`.
        """
        answer = self.engine.call(".api.chart", parent)
        if not isinstance(answer, Mapping):
            raise ConversionError(f".api.chart: expected a dictionary of tables, got {type(answer).__name__}")
        parts = {
            name: _table(answer.get(name), f".api.chart {name}", columns) for name, columns in _CHART_COLUMNS.items()
        }
        return Chart(parent, **parts)

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
        **{name: str(row.get(name) or "") for name in _OPTIONAL},
    )


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


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
