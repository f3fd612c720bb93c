"""
The four tables of a batch run, read from CSV or Parquet and typed as q wants them.

Columns beyond the known ones are kept. An optional column that is missing is added empty. What cannot be used is refused with the
file, the column, the row and what was expected.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from slipstream.errors import TcaError

Array = npt.NDArray[Any]
NAT = np.datetime64("NaT", "ns")


@dataclass(frozen=True, slots=True)
class Column:
    """
    A column of an input table.

    Args:
        kind: time, number, text, word (text in lower case, see WORDS), side or flag.
        required: whether the file must have it.
        filled: whether every row must have a value.
        default: what an optional column that is missing holds, and an empty cell of a text column.
    """

    kind: str
    required: bool = False
    filled: bool = False
    default: str = ""


TIME = Column("time", required=True, filled=True)
NUMBER = Column("number")
TEXT = Column("text")
KEY = Column("text", required=True, filled=True)

TABLES: Mapping[str, Mapping[str, Column]] = {
    "quotes": {
        "time": TIME,
        "sym": KEY,
        "venue": TEXT,
        "bid": Column("number", required=True),
        "ask": Column("number", required=True),
        "bsize": NUMBER,
        "asize": NUMBER,
        "state": Column("word"),
    },
    "trades": {
        "time": TIME,
        "sym": KEY,
        "venue": TEXT,
        "price": Column("number", required=True),
        "size": Column("number", required=True),
        "eligible": Column("flag"),
    },
    "orders": {
        "time": TIME,
        "sym": KEY,
        "id": KEY,
        "parent": TEXT,
        "event": Column("word", default="new"),
        "side": Column("side", required=True),
        "qty": Column("number", required=True),
        "price": NUMBER,
        "algo": TEXT,
        "broker": TEXT,
        "trader": TEXT,
        "venue": TEXT,
        "account": TEXT,
        "decision": NUMBER,
        "displayqty": NUMBER,
    },
    "fills": {
        "time": TIME,
        "sym": TEXT,
        "execid": Column("text", required=True),
        "refid": TEXT,
        "kind": Column("word", default="new"),
        "order": Column("text", required=True),
        "side": Column("side"),
        "qty": Column("number", required=True),
        "price": Column("number", required=True),
        "venue": TEXT,
        "liquidity": Column("word"),
        "fee": NUMBER,
        "session": TEXT,
    },
    "reference": {
        "sym": KEY,
        "adv": NUMBER,
        "sigma": NUMBER,
        "shares": NUMBER,
        "cap": NUMBER,
        "currency": TEXT,
        "stale_ms": NUMBER,
        "calendar": TEXT,
        "beta": NUMBER,
    },
    # parents as an earlier run published them
    "history": {
        "slippage_bps": Column("number", required=True),
        "algo": TEXT,
        "quoted_spread_bps": NUMBER,
        "adv_share": NUMBER,
        "market_cap": NUMBER,
        "filled": NUMBER,
        "adv": NUMBER,
        "shares_outstanding": NUMBER,
        "sigma": NUMBER,
        "days": NUMBER,
    },
}

# columns of the plant's tables that q looks at where a file has them, and does without where it has not
ALSO: Mapping[str, Mapping[str, Column]] = {
    "orders": {"cumqty": NUMBER, "ordtype": Column("word"), "origclordid": TEXT},
}

SIDES = {
    **dict.fromkeys(("buy", "b", "1", "3", "bid"), "buy"),
    **dict.fromkeys(("sell", "s", "2", "4", "5", "6", "ask", "short", "sellshort", "ss"), "sell"),
    "": "",
}
# what a column of words may say, where that is not left open; events are those of docs/fix.md
KNOWN: Mapping[str, frozenset[str]] = {
    "kind": frozenset({"new", "bust", "correct"}),
    "event": frozenset(
        [
            "new",
            "replace",
            "cancel",
            "ack",
            "pendingnew",
            "pendingreplace",
            "pendingcancel",
            "replaced",
            "canceled",
            "reject",
            "cancelreject",
            "done",
            "expired",
            "stopped",
            "suspended",
            "calculated",
            "restated",
            "status",
            "joined",
            "linked",
            "carry",
        ]
    ),
}
# other people's words for events, kinds of fill, liquidity and states of a quote
WORDS: Mapping[str, Mapping[str, str]] = {
    "event": {"amend": "replace", "modify": "replace", "cancelled": "canceled", "rejected": "reject"},
    "kind": {"fill": "new", "trade": "new", "correction": "correct"},
    "ordtype": {},
    "liquidity": {"maker": "add", "passive": "add", "taker": "remove", "aggressive": "remove"},
    "state": {
        "halt": "halted",
        "paused": "halted",
        "suspended": "halted",
        "opening auction": "auction",
        "closing auction": "auction",
        "close": "closed",
    },
}


@dataclass(frozen=True, slots=True)
class Input:
    """
    A file as columns for q. Extra columns of orders and fills travel under names that no figure has; `extras` has their own.
    """

    columns: Mapping[str, Any]
    extras: Mapping[str, str]


def read(path: Path, table: str) -> Input:
    """
    A file as columns for q: times as datetime64[ns], numbers as float64, flags as booleans, text as symbols.

    Args:
        path: a CSV file (first line names the columns; .gz is read too) or a Parquet file.
        table: quotes, trades, orders, fills, reference or history.

    Raises:
        TcaError: the file cannot be read, lacks a column, or a value is not what the column holds.
    """
    raw = _load(path)
    spec = {**TABLES[table], **{n: c for n, c in ALSO.get(table, {}).items() if n in raw.column_names}}
    for name in spec:
        if raw.column_names.count(name) > 1:
            raise TcaError(
                f"{path}: {name}: expected one column of that name, there are {raw.column_names.count(name)}"
            )
    for name, column in spec.items():
        if column.required and name not in raw.column_names:
            there = ", ".join(raw.column_names)
            raise TcaError(f"{path}: {name}: expected a column of {_KIND[column.kind]}, there are {there}")
    rows = raw.num_rows
    out: dict[str, Any] = {}
    for name, column in spec.items():
        if name in raw.column_names:
            out[name] = _CONVERT[column.kind](raw.column(name), path, name, column)
        else:
            out[name] = _missing(column, rows)
    extras = {}
    if table in ("orders", "fills"):  # what has rows in the result
        for n, name in enumerate(name for name in raw.column_names if name not in spec):
            extras[f"{table}Extra{n}"] = name
            out[f"{table}Extra{n}"] = _extra(raw.column(name))
    if table == "fills":
        _check_fills(out, path)
    if table == "orders" and "origclordid" not in out and (out["event"] == "joined").any():
        raise TcaError(
            f"{path}: origclordid: expected a column of names: a joined order names there the one that it is"
        )
    return Input(out, extras)


def empty(table: str) -> Input:
    """A table without rows."""
    dtypes = {"time": "datetime64[ns]", "number": "f8", "flag": "?"}
    return Input({name: np.array([], dtype=dtypes.get(c.kind, "U1")) for name, c in TABLES[table].items()}, {})


def parse_time(text: str) -> np.datetime64:
    """
    A time as ISO-8601 (UTC unless it says otherwise) or integer nanoseconds since 1970.

    Raises:
        ValueError: it is neither.
    """
    if text.lstrip("-").isdigit():
        return np.datetime64(int(text), "ns")
    stamp = pd.Timestamp(text)
    if stamp is pd.NaT:
        raise ValueError(text)
    stamp = stamp.tz_localize("UTC") if stamp.tzinfo is None else stamp.tz_convert("UTC")
    return np.datetime64(stamp.as_unit("ns").value, "ns")


def _load(path: Path) -> pa.Table:
    if not path.is_file():
        raise TcaError(f"{path}: expected a file")
    try:
        if path.suffix.lower() in (".parquet", ".pq"):
            return pa.parquet.read_table(path)
        # every cell as text: what a column holds is for the schema to say, not for the first rows
        header = pa.csv.open_csv(path).schema.names if path.stat().st_size else []
        options = pa.csv.ConvertOptions(column_types=dict.fromkeys(header, pa.string()), strings_can_be_null=False)
        return pa.csv.read_csv(path, convert_options=options)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise TcaError(f"{path}: expected a CSV or Parquet file: {error}") from error


def _is_text(column: pa.ChunkedArray) -> bool:
    kind = column.type
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(
        pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_string_view(kind)
        or pa.types.is_null(kind)
    )


def _words(column: pa.ChunkedArray) -> list[str]:
    """Cells as text without blanks around it; ids that a column with gaps holds as floating-point numbers are whole again."""
    cells = column.to_pylist()
    if pa.types.is_floating(column.type):
        return ["" if v is None or v != v else str(int(v)) if v.is_integer() else str(v) for v in cells]
    return ["" if v is None else str(v).strip() for v in cells]


def _refuse(path: Path, name: str, row: int, expected: str, got: object) -> TcaError:
    return TcaError(f"{path}: {name}: row {row + 1}: expected {expected}, got {got!r}")


def _missing(column: Column, rows: int) -> Array:
    if column.kind == "number":
        return np.full(rows, np.nan)
    return np.ones(rows, dtype="?") if column.kind == "flag" else _symbols([column.default] * rows)


def _flags(column: pa.ChunkedArray, path: Path, name: str, spec: Column) -> Array:
    words = [w.lower() for w in _words(column)]
    known = {
        "": True,
        "true": True,
        "1": True,
        "1b": True,
        "y": True,
        "false": False,
        "0": False,
        "0b": False,
        "n": False,
    }
    for row, word in enumerate(words):
        if word not in known:
            raise _refuse(path, name, row, "true or false", word)
    return np.array([known[w] for w in words], dtype="?")


def _times(column: pa.ChunkedArray, path: Path, name: str, spec: Column) -> Array:
    """Times in ns; whole columns at once where they are of one form."""
    expected = _KIND["time"]
    times: Array
    if pa.types.is_timestamp(column.type):
        values = column.cast(pa.timestamp("ns"), safe=False).combine_chunks().view(pa.int64())
        times = values.fill_null(np.iinfo(np.int64).min).to_numpy(zero_copy_only=False).view("datetime64[ns]")
    elif pa.types.is_integer(column.type):
        values = column.cast(pa.int64()).fill_null(np.iinfo(np.int64).min)
        times = values.to_numpy(zero_copy_only=False).view("datetime64[ns]")
    elif _is_text(column):
        words = _words(column)
        try:
            if all(w.lstrip("-").isdigit() for w in words):
                times = np.array([int(w) for w in words], dtype="i8").view("datetime64[ns]")
            else:
                parsed = pd.to_datetime(pd.Series(words), utc=True, format="ISO8601")
                times = parsed.dt.as_unit("ns").to_numpy(dtype="datetime64[ns]")
        except (ValueError, OverflowError):
            times = np.array([_time(w, path, name, i) for i, w in enumerate(words)], dtype="datetime64[ns]")
    else:
        raise TcaError(f"{path}: {name}: expected {expected}, got a column of {column.type}")
    missing = np.isnat(times)
    if spec.filled and missing.any():
        raise _refuse(path, name, int(missing.argmax()), expected, "")
    return times


def _time(word: str, path: Path, name: str, row: int) -> np.datetime64:
    if not word:
        return NAT
    try:
        return parse_time(word)
    except (ValueError, OverflowError):
        raise _refuse(path, name, row, _KIND["time"], word) from None


def _numbers(column: pa.ChunkedArray, path: Path, name: str, spec: Column) -> Array:
    if pa.types.is_decimal(column.type):
        # by way of their digits: a decimal times a power of ten is not the nearest double
        found = np.array(column.cast(pa.string()).cast(pa.float64()).fill_null(np.nan).to_numpy())
    elif pa.types.is_floating(column.type) or pa.types.is_integer(column.type):
        found = np.asarray(column.cast(pa.float64(), safe=False).fill_null(np.nan).to_numpy())
    elif _is_text(column):
        found = _parsed(column, path, name)
    else:
        raise TcaError(f"{path}: {name}: expected numbers, got a column of {column.type}")
    if np.isinf(found).any():
        row = int(np.isinf(found).argmax())
        raise _refuse(path, name, row, "a number", str(column[row].as_py()))
    return found


def _parsed(column: pa.ChunkedArray, path: Path, name: str) -> Array:
    """Text as numbers, an empty cell as NaN: the whole column at once, or cell by cell to find what is none."""
    trimmed = pc.utf8_trim_whitespace(column.cast(pa.string()))
    try:
        return np.array(
            pc.if_else(pc.equal(trimmed, ""), None, trimmed).cast(pa.float64()).fill_null(np.nan).to_numpy()
        )
    except pa.ArrowInvalid:
        found = np.empty(len(column))
        for row, word in enumerate(_words(column)):
            try:
                found[row] = float(word or "nan")
            except ValueError:
                raise _refuse(path, name, row, "a number", word) from None
        return found


def _symbols(words: list[str]) -> Array:
    return np.array(words, dtype=object if words else "U1")


def _text(column: pa.ChunkedArray, path: Path, name: str, spec: Column) -> Array:
    words = [w or spec.default for w in _words(column)]
    if spec.filled and "" in words:
        raise _refuse(path, name, words.index(""), "a name", "")
    return _symbols(words)


def _lower(column: pa.ChunkedArray, path: Path, name: str, spec: Column) -> Array:
    words = [w.lower() or spec.default for w in _words(column)]
    same = WORDS[name]
    words = [same.get(w, w) for w in words]
    known = KNOWN.get(name)
    if known and not known.issuperset(words):
        row = next(i for i, word in enumerate(words) if word not in known)
        raise _refuse(path, name, row, _expected(name), words[row])
    return _symbols(words)


def _expected(name: str) -> str:
    return "new, bust or correct" if name == "kind" else f"one of {', '.join(sorted(KNOWN[name]))}"


def _sides(column: pa.ChunkedArray, path: Path, name: str, spec: Column) -> Array:
    words = _words(column)
    found = {w: SIDES.get(w.lower().replace("_", "").replace(" ", "")) for w in set(words)}
    for word, side in found.items():
        if side is None or (spec.required and not side):
            raise _refuse(path, name, words.index(word), _KIND["side"], word)
    return _symbols([found[w] or "" for w in words])


def _extra(column: pa.ChunkedArray) -> Any:
    """A column that is only carried through: as it is typed, else as text."""
    kind = column.type
    if pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        return column
    return _symbols(_words(column))


def _check_fills(columns: Mapping[str, Any], path: Path) -> None:
    """A fill has an id and an order; a bust or a correction needs one of its own id and what it refers to, which it may stand for."""
    new = columns["kind"] == "new"
    for name, bad in (
        ("execid", (columns["execid"] == "") & (new | (columns["refid"] == ""))),
        ("order", (columns["order"] == "") & new),
    ):
        if bad.any():
            raise _refuse(path, name, int(bad.argmax()), "a name", "")
    nameless = columns["execid"] == ""
    if nameless.any():
        columns["execid"][nameless] = [
            f"{ref}#{row + 1}" for row, ref in zip(np.flatnonzero(nameless), columns["refid"][nameless], strict=True)
        ]


_KIND = {
    "time": "times, as ISO-8601 or integer nanoseconds since 1970",
    "number": "numbers",
    "text": "text",
    "side": "buy or sell",
    "flag": "true or false",
}
_CONVERT: Mapping[str, Callable[[pa.ChunkedArray, Path, str, Column], Any]] = {
    "time": _times,
    "number": _numbers,
    "text": _text,
    "word": _lower,
    "side": _sides,
    "flag": _flags,
}
