"""
The captured tables: column names, order and q types, in one place for everything Python publishes.

Type letters are q's: `p` timestamp (ns), `s` symbol, `f` float, `j` long, `C` a string (one char vector a
row). Sides are the symbols `buy` and `sell`; a depth row of size 0 removes its level, without
a price all levels of its side; an empty `parent`
marks a parent order. Nulls: NaT, "", nan, and the smallest long.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Columns = dict[str, npt.NDArray[Any]]
"""Columns of one table by name, all of one length, in the order of its schema."""

Row = tuple[Any, ...]
"""One row: ints (ns since 1970) for timestamps, str for symbols, bytes for strings."""

NULL_LONG = -(2**63)
NULL_TIME = NULL_LONG
"""NaT as an integer; q's null timestamp has the same bits."""

DAY_NS = 86_400_000_000_000
# Trading days begin at a whole minute, in whatever calendar and zone (configs/calendars).
MINUTE_NS = 60_000_000_000


def _table(spec: str) -> dict[str, str]:
    return dict(word.split(":") for word in spec.split())


TABLES: Mapping[str, Mapping[str, str]] = {
    "quote": _table("time:p sym:s venue:s bid:f ask:f bsize:f asize:f etime:p seq:j"),
    "trade": _table("time:p sym:s venue:s price:f size:f side:s cond:s etime:p seq:j"),
    "depth": _table("time:p sym:s venue:s side:s price:f size:f etime:p seq:j"),
    "mbo": _table("time:p sym:s venue:s action:s oid:j side:s price:f size:f etime:p seq:j"),
    "status": _table("time:p sym:s venue:s state:s reason:s etime:p seq:j"),
    "skew": _table("time:p sym:s offset:j drift:f jitter:j n:j level:s reason:s"),
    "orders": _table(
        "time:p sym:s id:s parent:s event:s side:s qty:f price:f ordtype:s tif:s algo:s broker:s "
        "trader:s account:s venue:s status:s clordid:s origclordid:s orderid:s etime:p session:s seq:j "
        "cumqty:f leavesqty:f code:s displayqty:f"
    ),
    "fills": _table(
        "time:p sym:s execid:s refid:s kind:s order:s parent:s side:s qty:f price:f venue:s liquidity:s "
        "fee:f leaves:f cum:f avgpx:f broker:s etime:p session:s seq:j clordid:s orderid:s secexecid:s"
    ),
    "fixraw": _table("time:p sym:s session:s direction:s seq:j msgtype:s msg:C problem:s"),
    "dq": _table("time:p sym:s session:s seq:j kind:s id:s detail:C"),
}

MARKET_TABLES = ("quote", "trade", "depth", "mbo", "status")
FIX_TABLES = ("orders", "fills", "fixraw", "dq")


def columns(table: str, rows: Sequence[Row]) -> Columns:
    """Turn rows of a table into its typed columns."""
    spec = TABLES[table]
    parts: Iterable[Sequence[Any]] = zip(*rows, strict=True) if rows else ([] for _ in spec)
    return {name: column(kind, part) for (name, kind), part in zip(spec.items(), parts, strict=True)}


def column(kind: str, values: Sequence[Any]) -> npt.NDArray[Any]:
    """One typed column from Python values; `kind` is the q type letter."""
    if kind == "p":
        return np.array(values, dtype=np.int64).view("M8[ns]")
    if kind == "f":
        return np.array(values, dtype=np.float64)
    if kind == "j":
        return np.array(values, dtype=np.int64)
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made


def count(table_columns: Columns) -> int:
    """How many rows the columns have."""
    return len(next(iter(table_columns.values())))


def take(table_columns: Columns, start: int, stop: int | None = None) -> Columns:
    """Rows from start up to stop."""
    return {name: part[start:stop] for name, part in table_columns.items()}


def pick(table_columns: Columns, rows: npt.NDArray[np.int64]) -> Columns:
    """The rows at these places."""
    return {name: part[rows] for name, part in table_columns.items()}


def join(parts: Sequence[Columns]) -> Columns:
    """Rows of several batches of one table, one after another."""
    if len(parts) == 1:
        return parts[0]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def times(table_columns: Columns) -> npt.NDArray[np.int64]:
    """The `time` column as ns since 1970."""
    return table_columns["time"].view(np.int64)
