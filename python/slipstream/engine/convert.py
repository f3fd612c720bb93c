"""
Values to q and back, typed and without loss.

PyKX converts silently wrong in places (Python lists stay untyped, NaT becomes a date in 2292 or 1707, integer nulls in tables become
floats, see `docs/ipc.md`), so both directions go through the raw numbers that q stores, one column at a time.

To q: a numpy, Arrow or pandas column becomes the q vector of its type; Python scalars become atoms; a list of strings is a symbol
vector, a list of bytes a list of strings. From q: atoms become Python scalars, numpy datetimes in nanoseconds, or None for a null;
vectors and columns become Arrow arrays.

| q              | Arrow                       | notes                                                            |
|----------------|-----------------------------|------------------------------------------------------------------|
| boolean, byte  | bool, uint8                 | have no null                                                     |
| short int long | int16 int32 int64           | 0N is null, 0W and -0W stay the extreme numbers                  |
| real, float    | float, double               | 0n is null                                                       |
| char           | string, one letter each     |                                                                  |
| symbol         | dictionary<int32, string>   | the empty symbol is null                                         |
| timestamp      | timestamp[ns]               | 0W and -0W become the extremes; other values after 2262 raise    |
| month, date    | date32                      | a month is its first day                                         |
| datetime       | timestamp[ns]               | rounded to the millisecond, which is its precision               |
| timespan       | duration[ns]                |                                                                  |
| minute, second | duration[s]                 |                                                                  |
| time           | duration[ms]                |                                                                  |
| guid           | string                      | the null guid is null                                            |
"""

from __future__ import annotations

import datetime as dt
import os
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from slipstream.errors import ConversionError

os.environ.setdefault("PYKX_UNLICENSED", "true")
os.environ.setdefault("PYKX_IGNORE_QHOME", "true")
import pykx as kx

__all__ = [
    "from_atom",
    "from_q",
    "from_table",
    "from_vector",
    "kx",
    "to_columns",
    "to_list",
    "to_q",
    "to_table",
    "to_vector",
]

Array = npt.NDArray[Any]
EPOCH_DAYS = 10_957
EPOCH_NS = EPOCH_DAYS * 86_400_000_000_000
EPOCH_MONTHS = 360
I64_MAX, I32_MAX, I16_MAX = (int(np.iinfo(t).max) for t in (np.int64, np.int32, np.int16))
I64_NULL, I32_NULL, I16_NULL = (int(np.iinfo(t).min) for t in (np.int64, np.int32, np.int16))
FLOAT_NULL = np.frombuffer(bytes.fromhex("000000000000f8ff"), dtype="<f8")[0]  # 0n as q sends it
REAL_NULL = np.frombuffer(bytes.fromhex("0000c0ff"), dtype="<f4")[0]
NULLS: dict[int, int] = {
    5: I16_NULL,
    6: I32_NULL,
    7: I64_NULL,
    12: I64_NULL,
    13: I32_NULL,
    14: I32_NULL,
    16: I64_NULL,
    17: I32_NULL,
    18: I32_NULL,
    19: I32_NULL,
}
DTYPES = {
    1: "u1",
    4: "u1",
    5: "<i2",
    6: "<i4",
    7: "<i8",
    8: "<f4",
    9: "<f8",
    10: "u1",
    12: "<i8",
    13: "<i4",
    14: "<i4",
    15: "<f8",
    16: "<i8",
    17: "<i4",
    18: "<i4",
    19: "<i4",
}
# q type letters, for callers that name the type of an untyped column
LETTERS = {
    "b": 1,
    "g": 2,
    "x": 4,
    "h": 5,
    "i": 6,
    "j": 7,
    "e": 8,
    "f": 9,
    "c": 10,
    "s": 11,
    "p": 12,
    "m": 13,
    "d": 14,
    "z": 15,
    "n": 16,
    "u": 17,
    "v": 18,
    "t": 19,
    "C": 0,
}


# ---- to q


def to_q(value: Any) -> kx.K:
    """A Python, numpy, Arrow or pandas value as the q value of the same type."""
    if isinstance(value, kx.K):
        return value
    if value is None:
        return kx.toq(None)
    if isinstance(value, str):
        return kx.SymbolAtom(value)
    if isinstance(value, bytes):
        return kx.CharVector(value)
    if isinstance(value, bool | np.bool_):
        return _atom(1, int(value), "u1")
    if isinstance(value, float | np.floating):
        return _atom(
            8 if isinstance(value, np.float32) else 9, value, "<f4" if isinstance(value, np.float32) else "<f8"
        )
    if isinstance(value, np.datetime64 | np.timedelta64):  # before the integers: numpy counts timedelta64 among them
        return _first(to_vector(np.array([value])))
    if isinstance(value, np.integer | int):
        return _integer(value)
    if isinstance(value, uuid.UUID):
        return from_bytes(bytes([256 - 2]) + value.bytes)
    if value is pd.NaT:
        return _atom(12, I64_NULL, "<i8")
    if isinstance(value, pd.Timestamp):
        return _first(to_vector(np.array([_utc(value).to_datetime64()], dtype="datetime64[ns]")))
    if isinstance(value, pd.Timedelta):
        return _first(to_vector(np.array([value.to_timedelta64()], dtype="timedelta64[ns]")))
    if isinstance(value, dt.datetime):
        return to_q(pd.Timestamp(value))
    if isinstance(value, dt.date):
        return _atom(14, np.datetime64(value, "D").astype(np.int64) - EPOCH_DAYS, "<i4")
    if isinstance(value, dt.timedelta):
        return to_q(pd.Timedelta(value))
    if isinstance(value, pa.Table | pd.DataFrame):
        return to_table(value)
    if isinstance(value, Mapping):
        return from_bytes(
            b"\x63" + _payload(to_vector(list(value.keys()))) + _payload(to_vector(list(value.values())))
        )
    return to_vector(value)


def to_vector(column: Any, qtype: str | None = None) -> kx.K:
    """
    A column as a typed q vector.

    Args:
        column: numpy array, Arrow array or chunked array, pandas Series or index, PyKX vector, or a sequence of one Python type.
        qtype: q type letter (`j`, `f`, `s`, `p`, ... or `C` for strings) where the column itself cannot tell, as an empty list.

    Raises:
        ConversionError: the column mixes types, or a value does not fit the q type.
    """
    if isinstance(column, kx.K):
        return column
    if isinstance(column, pd.Series | pd.Index):
        column = _pandas(column)
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
    if isinstance(column, pa.Array):
        column = _arrow(column)
        if isinstance(column, kx.K):
            return column
    if isinstance(column, np.ndarray):
        return _numpy(column, qtype)
    if isinstance(column, str | bytes) or not isinstance(column, Sequence):
        raise ConversionError(f"a column cannot be made of {type(column).__name__}")
    return _sequence(column, qtype)


def to_table(columns: Any) -> kx.K:
    """A mapping of names to columns, an Arrow table or a pandas frame as a q table."""
    names, vectors = to_columns(columns)
    lengths = {len(vector) for vector in vectors}
    if len(lengths) > 1:
        raise ConversionError(
            "columns differ in length: " + ", ".join(f"{n} {len(v)}" for n, v in zip(names, vectors, strict=True))
        )
    return from_bytes(b"\x62\x00\x63" + _payload(kx.SymbolVector(names)) + _payload_list(vectors))


def to_columns(columns: Any) -> tuple[list[str], list[kx.K]]:
    """Names and typed vectors of a table in any of the forms that `to_table` takes."""
    if isinstance(columns, pa.Table):
        return list(columns.column_names), [to_vector(columns.column(i)) for i in range(columns.num_columns)]
    if isinstance(columns, pd.DataFrame):
        return [str(c) for c in columns.columns], [to_vector(columns[c]) for c in columns.columns]
    return [str(name) for name in columns], [to_vector(column) for column in columns.values()]


def to_list(values: Sequence[Any]) -> kx.K:
    """A q general list whose items keep their own types, such as the list of columns in an update."""
    return from_bytes(_payload_list([to_q(value) for value in values]))


def _integer(value: Any) -> kx.K:
    code, dtype = {
        np.int16: (5, "<i2"),
        np.int8: (5, "<i2"),
        np.int32: (6, "<i4"),
        np.uint8: (4, "u1"),
        np.uint16: (6, "<i4"),
    }.get(type(value), (7, "<i8"))
    if code == 7 and not I64_NULL < int(value) <= I64_MAX:
        raise ConversionError(f"{value} does not fit a long")
    return _atom(code, value, dtype)


def _atom(code: int, value: Any, dtype: str) -> kx.K:
    data = np.array([value]).astype(dtype)
    if code in (8, 9):
        data = _canonical(data)
    return from_bytes(bytes([256 - code]) + data.tobytes())


def _first(vector: kx.K) -> kx.K:
    payload = _payload(vector)
    return from_bytes(bytes([256 - payload[0]]) + payload[6:])


def _payload(value: kx.K) -> bytes:
    """The value's bytes in an IPC message, header left out."""
    return bytes(kx.serialize(value).data)[8:]


def _payload_list(vectors: Sequence[kx.K]) -> bytes:
    return b"\x00\x00" + len(vectors).to_bytes(4, "little") + b"".join(_payload(vector) for vector in vectors)


def from_bytes(payload: bytes) -> kx.K:
    """The value of bytes as they are in an IPC message behind its header, or in a file behind its first two bytes."""
    size = len(payload) + 8
    if size > 0xFFFFFFFF:
        raise ConversionError(f"{size} bytes are more than one message can carry; send fewer rows at a time")
    return kx.deserialize(b"\x01\x00\x00\x00" + size.to_bytes(4, "little") + payload)


def _vector(code: int, data: Array) -> kx.K:
    """A q vector from the raw numbers that q stores."""
    raw = np.ascontiguousarray(data, dtype=DTYPES[code])
    return from_bytes(bytes([code, 0]) + len(raw).to_bytes(4, "little") + raw.tobytes())


def _canonical(data: Array) -> Array:
    """Every NaN with the bits of q's own null, so that equal columns are equal bytes."""
    mask = np.isnan(data)
    if mask.any():
        data = data.copy()
        data[mask] = FLOAT_NULL if data.dtype.itemsize == 8 else REAL_NULL
    return data


def _numpy(column: Array, qtype: str | None) -> kx.K:
    if column.ndim != 1:
        raise ConversionError(f"a column has one dimension, not {column.ndim}")
    kind = column.dtype.kind
    if kind in "mM":
        return _temporal(column, qtype)
    if kind in "OUS":
        return (
            _sequence(column.tolist(), qtype)
            if kind != "U" and not (kind == "O" and _all(column, str))
            else _symbols(column)
        )
    if kind == "b":
        return _vector(1, column)
    code = {"i1": 5, "i2": 5, "i4": 6, "i8": 7, "u1": 4, "u2": 6, "u4": 7, "u8": 7, "f2": 8, "f4": 8, "f8": 9}.get(
        column.dtype.str[1:]
    )
    if code is None:
        raise ConversionError(f"numpy {column.dtype} has no q type")
    if column.dtype.str[1:] == "u8" and len(column) and int(column.max()) > I64_MAX:
        raise ConversionError(f"{int(column.max())} does not fit a long")
    if qtype is not None:
        code = _narrow(column, LETTERS[qtype])
    if code in (8, 9):
        column = _canonical(column.astype(DTYPES[code]))
    return _vector(code, column)


def _narrow(column: Array, code: int) -> int:
    """Check that a numeric column may be stored as the q type of that code, as raw numbers."""
    if code not in DTYPES:
        raise ConversionError(f"numbers cannot become q type {code}h")
    if column.dtype.kind in "iu" and np.dtype(DTYPES[code]).kind in "iu" and len(column):
        info = np.iinfo(DTYPES[code])
        if int(column.min()) < info.min or int(column.max()) > info.max:
            raise ConversionError(f"a value does not fit q type {code}h")
    if column.dtype.kind == "f" and np.dtype(DTYPES[code]).kind in "iu":
        raise ConversionError(f"floats cannot become q type {code}h without loss")
    return code


def _temporal(column: Array, qtype: str | None) -> kx.K:
    unit, count = np.datetime_data(column.dtype)
    raw = column.view("i8") if column.dtype.isnative else column.astype(column.dtype.newbyteorder("=")).view("i8")
    missing = raw == I64_NULL
    if column.dtype.kind == "M":
        if unit in ("D", "M", "Y", "W") and qtype in (None, "d", "m"):
            code = 13 if unit in ("M", "Y") and qtype != "d" else 14
            moved = column.astype("datetime64[M]" if code == 13 else "datetime64[D]").view("i8") - (
                EPOCH_MONTHS if code == 13 else EPOCH_DAYS
            )
            return _vector(code, _fit32(moved, missing, code))
        ns = _to_ns(column, raw, missing, "datetime64[ns]")
        low = ns < I64_NULL + 1 + EPOCH_NS
        if bool((low & ~missing & (ns != I64_NULL + 1)).any()):
            raise ConversionError("a time before 1707.09.22 does not fit a timestamp")
        moved = np.where(
            missing,
            I64_NULL,
            np.where(ns == I64_MAX, I64_MAX, np.where(ns == I64_NULL + 1, -I64_MAX, np.where(low, 0, ns) - EPOCH_NS)),
        )
        return _vector(12, moved)
    code = LETTERS[qtype] if qtype else {"s": 18, "ms": 19, "m": 17}.get(unit if count == 1 else "", 16)
    if code == 16:
        return _vector(16, np.where(missing, I64_NULL, _to_ns(column, raw, missing, "timedelta64[ns]")))
    return _vector(
        code, _fit32(column.astype({17: "m8[m]", 18: "m8[s]", 19: "m8[ms]"}[code]).view("i8"), missing, code)
    )


def _to_ns(column: Array, raw: Array, missing: Array, dtype: str) -> Array:
    """To nanoseconds, refusing what wraps around."""
    ns = column.astype(dtype)
    back = ns.astype(column.dtype).view("i8")
    if bool(((back != raw) & ~missing).any()) and np.dtype(dtype) != column.dtype:
        raise ConversionError("a time does not fit 64-bit nanoseconds")
    return np.asarray(ns.view("i8"))


def _fit32(moved: Array, missing: Array, code: int) -> Array:
    if bool(((np.abs(np.where(missing, 0, moved)) > I32_MAX) & ~missing).any()):
        raise ConversionError(f"a value does not fit q type {code}h")
    return np.where(missing, I32_NULL, moved)


def _symbols(column: Array | list[Any]) -> kx.K:
    """Symbols; encoded once per distinct value."""
    words: list[str | None] = column if isinstance(column, list) else column.tolist()
    if not words:
        return kx.SymbolVector([])
    cells = {word: (word or "").encode() + b"\0" for word in set(words)}
    if any(b"\0" in cell[:-1] for cell in cells.values()):
        raise ConversionError("a symbol cannot hold a NUL character")
    return from_bytes(b"\x0b\x00" + len(words).to_bytes(4, "little") + b"".join(map(cells.__getitem__, words)))


def _dictionary(array: pa.DictionaryArray) -> kx.K:
    words = [(word or "").encode() for word in array.dictionary.to_pylist()]
    if any(b"\0" in word for word in words):
        raise ConversionError("a symbol cannot hold a NUL character")
    cells = np.array([*(word + b"\0" for word in words), b"\0"], dtype=object)
    index = array.indices.fill_null(len(words)).to_numpy(zero_copy_only=False).astype(np.int64)
    return from_bytes(b"\x0b\x00" + len(index).to_bytes(4, "little") + b"".join(cells[index].tolist()))


def _sequence(column: Sequence[Any], qtype: str | None) -> kx.K:
    """A Python sequence whose items are all of one type, None meaning null."""
    if qtype == "C":
        return to_list([kx.CharVector(item.encode() if isinstance(item, str) else bytes(item)) for item in column])
    if len(column) == 0:
        if qtype is None:
            return from_bytes(_payload_list([]))
        return (
            kx.SymbolVector([])
            if qtype == "s"
            else _guids([])
            if qtype == "g"
            else _vector(LETTERS[qtype], np.array([], DTYPES[LETTERS[qtype]]))
        )
    present = [item for item in column if item is not None]
    kinds = {bool if isinstance(item, bool | np.bool_) else type(item) for item in present}
    if qtype == "s" or (qtype is None and kinds == {str}):
        if kinds - {str}:
            raise ConversionError("a symbol column holds text only")
        return _symbols([item or "" for item in column])
    if kinds == {bytes}:
        return to_list([kx.CharVector(item or b"") for item in column])
    if kinds == {uuid.UUID}:
        return _guids([item or uuid.UUID(int=0) for item in column])
    if kinds == {bool} and len(present) == len(column):
        return _vector(1, np.array(column, "u1"))
    if kinds == {int}:
        if not all(I64_NULL < item <= I64_MAX for item in present):
            raise ConversionError("a number does not fit a long")
        code = LETTERS[qtype] if qtype else 7
        if code in (8, 9):
            return _vector(code, np.array([FLOAT_NULL if item is None else float(item) for item in column]))
        _narrow(np.array(present, np.int64), code)
        return _vector(code, np.array([NULLS.get(code, 0) if item is None else item for item in column], np.int64))
    if kinds and kinds <= {int, float}:
        return _vector(
            8 if qtype == "e" else 9,
            _canonical(
                np.array([np.nan if item is None else item for item in column], DTYPES[8 if qtype == "e" else 9])
            ),
        )
    if kinds == {dt.date}:
        return _temporal(np.array(column, "datetime64[D]"), qtype)
    if kinds and kinds <= {pd.Timestamp, dt.datetime, type(pd.NaT), np.datetime64}:
        values = [
            np.datetime64("NaT", "ns")
            if item is None or item is pd.NaT
            else item
            if isinstance(item, np.datetime64)
            else _utc(pd.Timestamp(item)).to_datetime64()
            for item in column
        ]
        if any(np.datetime_data(item.dtype)[0] in ("D", "M") for item in values) and qtype is None:
            return _temporal(np.array(values), None)
        return _temporal(np.array(values, "datetime64[ns]"), qtype)
    if kinds and kinds <= {pd.Timedelta, dt.timedelta, np.timedelta64, type(pd.NaT)}:
        return _temporal(
            np.array(
                [
                    np.timedelta64("NaT", "ns") if item is None else pd.Timedelta(item).to_timedelta64()
                    for item in column
                ],
                "timedelta64[ns]",
            ),
            qtype,
        )
    if not present and qtype is not None:
        if qtype in "ef":
            return _vector(LETTERS[qtype], _canonical(np.full(len(column), np.nan, DTYPES[LETTERS[qtype]])))
        return _vector(LETTERS[qtype], np.full(len(column), NULLS[LETTERS[qtype]]))
    if len(kinds) == 1 and issubclass(next(iter(kinds)), np.generic):
        return _numpy(np.array(column), qtype)
    if all(isinstance(item, np.ndarray | pa.Array | list | tuple | kx.K | pd.Series) for item in column):
        return to_list(column)
    if qtype is None and len(present) == len(column):
        return to_list(column)
    raise ConversionError(
        "a column of " + ", ".join(sorted(kind.__name__ for kind in kinds)) + " has no q type; say which with qtype"
    )


def _guids(values: Sequence[uuid.UUID]) -> kx.K:
    return from_bytes(b"\x02\x00" + len(values).to_bytes(4, "little") + b"".join(value.bytes for value in values))


def _pandas(column: Any) -> Any:
    dtype = column.dtype
    if isinstance(dtype, pd.ArrowDtype | pd.StringDtype | pd.CategoricalDtype) or pd.api.types.is_extension_array_dtype(
        dtype
    ):
        if isinstance(dtype, pd.DatetimeTZDtype):
            return (
                column.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy()
                if isinstance(column, pd.Series)
                else column.tz_convert(None).to_numpy()
            )
        if isinstance(dtype, pd.CategoricalDtype):
            column = column.astype("object")
            return pa.array([None if item is None or item != item else item for item in column.tolist()])
        return pa.array(column)
    return column.to_numpy()


def _arrow(array: pa.Array) -> Any:
    """An Arrow array as a q vector, or as the numpy array that has the same meaning."""
    kind = array.type
    if pa.types.is_dictionary(kind):
        if pa.types.is_string(kind.value_type) or pa.types.is_large_string(kind.value_type):
            return _dictionary(array)
        return _arrow(array.dictionary_decode())
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return _dictionary(array.cast(pa.string()).dictionary_encode()) if len(array) else kx.SymbolVector([])
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return to_list([kx.CharVector(item or b"") for item in array.to_pylist()])
    if pa.types.is_boolean(kind):
        if array.null_count:
            raise ConversionError("q's booleans have no null")
        return array.to_numpy(zero_copy_only=False)
    if pa.types.is_integer(kind):
        code = {"int8": 5, "int16": 5, "int32": 6, "int64": 7, "uint8": 4, "uint16": 6, "uint32": 7, "uint64": 7}[
            str(kind)
        ]
        if array.null_count and code == 4:
            raise ConversionError("q's bytes have no null")
        null = {5: I16_NULL, 6: I32_NULL, 7: I64_NULL, 4: 0}[code]
        wide = array.cast(pa.int64() if code == 7 else {5: pa.int16(), 6: pa.int32(), 4: pa.uint8()}[code])
        return _vector(code, (wide.fill_null(null) if array.null_count else wide).to_numpy(zero_copy_only=False))
    if pa.types.is_floating(kind):
        return array.to_numpy(zero_copy_only=False)
    if pa.types.is_timestamp(kind):
        return array.cast(pa.timestamp(kind.unit)).to_numpy(zero_copy_only=False)
    if pa.types.is_date32(kind) or pa.types.is_date64(kind):
        return array.cast(pa.date32()).to_numpy(zero_copy_only=False).astype("datetime64[D]")
    if pa.types.is_duration(kind):
        return array.to_numpy(zero_copy_only=False)
    if pa.types.is_time32(kind):
        return (
            array.cast(pa.int32()).to_numpy(zero_copy_only=False).astype("int64").view(f"timedelta64[{kind.unit}]")
            if not array.null_count
            else _temporal_nulls(array, kind.unit)
        )
    if pa.types.is_time64(kind):
        return _temporal_nulls(array, kind.unit)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return to_list([to_vector(pa.array([], kind.value_type) if item is None else item.values) for item in array])
    if pa.types.is_null(kind) and len(array) == 0:
        return to_list([])
    raise ConversionError(f"Arrow {kind} has no q type")


def _temporal_nulls(array: pa.Array, unit: str) -> Array:
    raw = array.cast(pa.int32()).cast(pa.int64()) if pa.types.is_time32(array.type) else array.cast(pa.int64())
    return np.asarray(raw.fill_null(I64_NULL).to_numpy(zero_copy_only=False).view(f"timedelta64[{unit}]"))


def _utc(stamp: pd.Timestamp) -> pd.Timestamp:
    return stamp.tz_convert("UTC").tz_localize(None) if stamp.tzinfo is not None else stamp


def _all(column: Array, kind: type) -> bool:
    """Whether the items of an object column are of a type or None, and not all None."""
    kinds = set(map(type, column.tolist()))
    return kind in kinds and kinds <= {kind, type(None)}


# ---- from q


_FEW = 1000
"""Symbols up to which counting them here is quicker than Arrow's calls."""


def from_q(value: kx.K) -> Any:
    """A q value as Python scalars, Arrow arrays, Arrow tables, dicts and lists."""
    code = int(value.t)
    if code < 0:
        return from_atom(value)
    if code == 98 or isinstance(value, kx.KeyedTable):
        return from_table(value)
    if code in (99, 127):
        keys, values = from_q(value._keys), from_q(value._values)
        return dict(zip(_hashable(keys), _items(values), strict=True))
    if code == 10:
        return bytes(value.np(raw=True)).decode("utf-8", "replace")
    if code == 0:
        return [from_q(item) for item in value]
    if code < 20:
        return from_vector(value)
    if code == 101:
        return None
    return str(value)


def from_atom(value: kx.K) -> Any:
    """An atom as a Python scalar; temporal atoms as numpy datetime64 or timedelta64; a null as None."""
    code = -int(value.t)
    if code == 11:
        return bytes(_payload(value)[1:-1]).decode("utf-8", "replace") or None
    if code == 2:
        identity = uuid.UUID(bytes=_payload(value)[1:17])
        return identity if identity.int else None
    payload = _payload(value)
    if code == 10:
        return payload[1:2].decode("latin-1")
    number = np.frombuffer(payload[1:], dtype=DTYPES[code])
    if code == 1:
        return bool(number[0])
    if code in NULLS and int(number[0]) == NULLS[code]:
        return None
    if code in (8, 9, 15) and np.isnan(number[0]):
        return None
    if code in (4, 5, 6, 7):
        return int(number[0])
    if code in (8, 9):
        return float(number[0])
    if code == 13:
        return np.datetime64(int(number[0]) + EPOCH_MONTHS, "M")
    if code == 14:
        return np.datetime64(int(number[0]) + EPOCH_DAYS, "D")
    if code == 17:
        return np.timedelta64(int(number[0]), "m")
    array = _arrow_temporal(code, number, np.zeros(1, bool))
    return array.to_numpy(zero_copy_only=False)[0]


def from_vector(vector: kx.K) -> pa.Array:
    """A q vector, or a list of vectors, as an Arrow array; see the table at the top of the module."""
    code = int(vector.t)
    if code == 0:
        return _nested(vector)
    if code == 11:
        return _symbol_array(vector)
    if code == 2:
        raw = _payload(vector)[6:]
        guids = [uuid.UUID(bytes=raw[i : i + 16]) for i in range(0, len(raw), 16)]
        return pa.array([str(item) if item.int else None for item in guids], pa.string())
    if code not in DTYPES:
        raise ConversionError(f"q type {code}h cannot be a column")
    raw = vector.np(raw=True)
    if code == 1:
        return pa.array(raw.astype(bool))
    if code == 4:
        return pa.array(raw.astype("u1"))
    if code == 10:
        return pa.array([item.decode("latin-1") or "\0" for item in raw.tolist()], pa.string())
    if code in (8, 9):
        return pa.array(raw, from_pandas=True)  # which takes NaN for null
    missing = np.isnan(raw) if code == 15 else raw == NULLS[code]
    if code in (5, 6, 7):
        return pa.array(raw, mask=missing)
    return _arrow_temporal(code, raw, missing)


def from_table(value: kx.K) -> pa.Table:
    """A table or keyed table as Arrow, column by column; key columns come first."""
    if int(value.t) != 98 and isinstance(value, kx.KeyedTable):
        left, right = from_table(value._keys), from_table(value._values)
        return pa.table([*left.columns, *right.columns], names=[*left.column_names, *right.column_names])
    if int(value.t) != 98:
        raise ConversionError(f"expected a table, q sent type {int(value.t)}h")
    names = [str(name) for name in value._keys.np()]
    return pa.table([from_vector(column) for column in value._values], names=names)


def _arrow_temporal(code: int, raw: Array, missing: Array) -> pa.Array:
    if code == 15:
        ms = np.rint(np.where(missing, 0.0, raw) * 86_400_000.0)
        if bool((np.abs(ms) > 8e12).any()):
            raise ConversionError("a datetime lies beyond what 64-bit nanoseconds hold")
        return _masked(ms.astype("i8") * 1_000_000 + EPOCH_NS, missing, pa.timestamp("ns"))
    wide = raw.astype("i8")
    if code == 12:
        top = wide > I64_MAX - EPOCH_NS
        if bool((top & (wide != I64_MAX)).any()):
            raise ConversionError("a timestamp after 2262.04.11 lies beyond what 64-bit nanoseconds since 1970 hold")
        ns = np.where(
            wide == -I64_MAX, I64_NULL + 1, np.where(top, I64_MAX, np.where(top | missing, 0, wide) + EPOCH_NS)
        )
        return _masked(ns, missing, pa.timestamp("ns"))
    if code in (13, 14):
        infinite = np.abs(np.where(missing, 0, wide)) == I32_MAX
        days = np.where(missing | infinite, 0, wide)
        if code == 13:
            days = (days + EPOCH_MONTHS).astype("M8[M]").astype("M8[D]").astype("i8") - EPOCH_DAYS
        days = np.clip(np.where(infinite, wide, days + EPOCH_DAYS), -I32_MAX, I32_MAX)
        return _masked(days.astype("i4"), missing, pa.date32())
    if code == 16:
        return _masked(wide, missing, pa.duration("ns"))
    if code == 17:
        return _masked(wide * 60, missing, pa.duration("s"))
    return _masked(wide, missing, pa.duration("s" if code == 18 else "ms"))


def _masked(numbers: Array, missing: Array, kind: pa.DataType) -> pa.Array:
    """Raw numbers as an Arrow array of a temporal type of the same width."""
    storage = pa.int32() if kind.bit_width == 32 else pa.int64()
    return pa.array(numbers, storage, mask=missing if bool(missing.any()) else None).view(kind)


def _symbol_array(vector: kx.K) -> pa.Array:
    """A dictionary of the words that occur; the empty symbol is null, -1 until then."""
    raw = vector.np(raw=True)
    if len(raw) <= _FEW:
        codes = {b"": -1}
        index = np.array([codes.setdefault(word, len(codes) - 1) for word in raw.tolist()], "i4")
        coded = list(codes)[1:]
    else:
        found = pa.array(raw, pa.binary()).dictionary_encode()
        coded, index = found.dictionary.to_pylist(), found.indices.to_numpy(zero_copy_only=False).astype("i4")
        if b"" in coded:
            blank = coded.index(b"")
            index = np.where(index > blank, index - 1, np.where(index == blank, -1, index)).astype("i4")
            del coded[blank]
    words = pa.array([word.decode("utf-8", "replace") for word in coded], pa.string())
    missing = index < 0
    return pa.DictionaryArray.from_arrays(pa.array(index, mask=missing if missing.any() else None), words)


def _nested(vector: kx.K) -> pa.Array:
    """A column of strings, or of vectors of one type."""
    items = list(vector)
    codes = {int(item.t) for item in items if int(item.t) != 0 or len(item)}
    if not items:
        return pa.array([], pa.null())
    if codes <= {10, -10}:
        return pa.array([_text(item) for item in items], pa.string())
    if len(codes) == 1 and 0 < next(iter(codes)) < 20:
        cells = [from_vector(item) if int(item.t) != 0 else None for item in items]
        kind = next(cell.type for cell in cells if cell is not None)
        kind = kind.value_type if pa.types.is_dictionary(kind) else kind
        return pa.array([[] if cell is None else cell.to_pylist() for cell in cells], pa.list_(kind))
    raise ConversionError(
        "a column that mixes q types " + ", ".join(f"{code}h" for code in sorted(codes)) + " has no Arrow type"
    )


def _text(item: kx.K) -> str:
    payload = _payload(item)
    return (payload[6:] if payload[0] in (0, 10) else payload[1:2]).decode("utf-8", "replace")


def _items(values: Any) -> list[Any]:
    if isinstance(values, pa.Array):
        return (
            list(values.to_pylist())
            if not pa.types.is_timestamp(values.type) and not pa.types.is_duration(values.type)
            else list(values.to_numpy(zero_copy_only=False))
        )
    return list(values.to_pylist()) if isinstance(values, pa.Table) else list(values)


def _hashable(keys: Any) -> list[Any]:
    return [
        tuple(key.items()) if isinstance(key, dict) else tuple(key) if isinstance(key, list) else key
        for key in _items(keys)
    ]
