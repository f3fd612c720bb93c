"""
q tables to Arrow, column by column, with nothing lost on the way.

A whole-table conversion by PyKX loses integer nulls and nanoseconds (see `docs/archive.md`), so each column
is taken as the raw numbers q stores and converted here by its q type.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa

from slipstream.errors import ArchiveError

# q counts from 2000.01.01, Arrow from 1970.01.01
EPOCH_DAYS: Final = 10_957
EPOCH_NS: Final = EPOCH_DAYS * 86_400 * 1_000_000_000

_I32_MIN, _I32_MAX = np.iinfo(np.int32).min, np.iinfo(np.int32).max
_I64_MIN, _I64_MAX = np.iinfo(np.int64).min, np.iinfo(np.int64).max

# q type character -> Arrow type. Timestamps are UTC by the plant's convention and carry no zone, which
# keeps the nanoseconds in every reader. Character vectors are bytes: a raw FIX message is not always valid
# UTF-8.
ARROW_TYPES: Final[dict[str, pa.DataType]] = {
    "b": pa.bool_(),
    "g": pa.uuid(),
    "x": pa.uint8(),
    "h": pa.int16(),
    "i": pa.int32(),
    "j": pa.int64(),
    "e": pa.float32(),
    "f": pa.float64(),
    "c": pa.string(),
    "s": pa.dictionary(pa.int32(), pa.string()),
    "p": pa.timestamp("ns"),
    "m": pa.date32(),
    "d": pa.date32(),
    "z": pa.timestamp("ns"),
    "n": pa.duration("ns"),
    "u": pa.duration("s"),
    "v": pa.duration("s"),
    "t": pa.duration("ms"),
    "C": pa.binary(),
}

# vector type numbers of q
_NUMBERS: Final = {
    1: "b", 2: "g", 4: "x", 5: "h", 6: "i", 7: "j", 8: "e", 9: "f", 10: "c", 11: "s",
    12: "p", 13: "m", 14: "d", 15: "z", 16: "n", 17: "u", 18: "v", 19: "t",
}  # fmt: skip


@dataclass(frozen=True)
class Column:
    """
    A column as `meta` describes it: its name and q type character (upper case when each cell is a vector).
    """

    name: str
    qtype: str

    @property
    def arrow(self) -> pa.DataType:
        """
        The Arrow type that this column is stored as.
        """
        if self.qtype in ARROW_TYPES:
            return ARROW_TYPES[self.qtype]
        inner = pa.string() if self.qtype == "S" else ARROW_TYPES.get(self.qtype.lower())
        if inner is None:
            raise ArchiveError(
                f"column {self.name}: q type {self.qtype!r} has no Parquet form; expected a vector or a list of vectors"
            )
        return pa.list_(inner)


def arrow_schema(columns: Sequence[Column]) -> pa.Schema:
    """
    The Arrow schema of a table; each field's metadata keeps the q type character under `q`.
    """
    return pa.schema([pa.field(c.name, c.arrow, metadata={"q": c.qtype}) for c in columns])


def to_arrow(table: Any, columns: Sequence[Column]) -> pa.Table:
    """
    Convert a PyKX table to Arrow with the types that `columns` promise.

    Args:
        table: `pykx.Table` with at least these columns.
        columns: what to take, in this order; a vector of another type is an ArchiveError.
    """
    found = dict(zip((str(n) for n in table.keys().py()), table.values(), strict=True))
    arrays = []
    for column in columns:
        if column.name not in found:
            raise ArchiveError(f"column {column.name}: missing from the rows that the server sent")
        arrays.append(column_to_arrow(found[column.name], column))
    return pa.Table.from_arrays(arrays, schema=arrow_schema(columns))


def column_to_arrow(vector: Any, column: Column) -> pa.Array:
    """
    Convert one PyKX vector or list to the Arrow array of its column.
    """
    number = int(vector.t)
    if column.qtype == "C":
        return pa.array([_bytes(cell, column) for cell in _cells(vector, column)], pa.binary())
    if column.qtype.isupper():
        inner = Column(column.name, column.qtype.lower())
        cells = [column_to_arrow(cell, inner) for cell in vector]
        if column.qtype == "S":
            cells = [cell.cast(pa.string()) for cell in cells]
        return pa.array([cell.to_pylist() for cell in cells], column.arrow)
    if _NUMBERS.get(number) != column.qtype:
        if number == 0 and len(vector) == 0:
            return pa.array([], column.arrow)
        raise ArchiveError(
            f"column {column.name}: the server sent q type {number}h, expected {column.qtype!r} as meta says"
        )
    return _vector_to_arrow(vector.np(raw=True), column)


def checksums(table: pa.Table) -> dict[str, str]:
    """
    One checksum per column, independent of chunking, of dictionary order and of the file's encoding.

    CRC-32, eight hex digits, over the validity of each row (one byte, 1 is valid), then the canonical
    values: fixed width values little-endian with nulls as zero; for text and bytes first the lengths
    (int64, 0 for null), then all bytes. Lists: validity, lengths, then the checksum of the flattened cells.
    """
    return {field.name: f"{_crc(table.column(i).combine_chunks()):08x}" for i, field in enumerate(table.schema)}


def _vector_to_arrow(raw: np.ndarray[Any, Any], column: Column) -> pa.Array:
    """
    The raw numbers of one q vector as Arrow: nulls become nulls, epochs move, infinities stay the extreme
    values.
    """
    kind, target = column.qtype, column.arrow
    if kind in "bx":
        return pa.array(raw, target)
    if kind == "g":
        data = np.ascontiguousarray(raw).view(np.uint8).reshape(-1, 16)
        cells = [row.tobytes() if row.any() else None for row in data]
        return pa.ExtensionArray.from_storage(target, pa.array(cells, pa.binary(16)))
    if kind in "ef":
        return pa.array(raw, target, mask=np.isnan(raw))
    if kind == "z":
        null = np.isnan(raw)
        ms = np.rint(np.where(null, 0.0, raw) * 86_400_000.0).astype(np.int64)
        return pa.array(ms * 1_000_000 + EPOCH_NS, pa.int64(), mask=null).view(target)
    if kind == "c":
        null = raw == b" "
        letters = raw.astype(object)
        try:
            return pa.array([None if n else c.decode("ascii") for c, n in zip(letters, null, strict=True)], target)
        except UnicodeDecodeError as error:
            raise ArchiveError(f"column {column.name}: a character outside ASCII has no Parquet form") from error
    if kind == "s":
        return _symbols(raw, column)
    null = raw == (_I32_MIN if raw.dtype == np.int32 else np.iinfo(raw.dtype).min)
    if kind == "p":
        return _shift(raw, null, EPOCH_NS, _I64_MAX, column).view(target)
    if kind == "d":
        return _shift(raw, null, EPOCH_DAYS, _I32_MAX, column).view(target)
    if kind == "m":
        months = np.where(null | (np.abs(raw.astype(np.int64)) == _I32_MAX), 0, raw).astype(np.int64)
        days = (months + 360).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
        days = np.where(raw == _I32_MAX, _I32_MAX, np.where(raw == -_I32_MAX, -_I32_MAX, days))
        return pa.array(days.astype(np.int32), pa.int32(), mask=null).view(target)
    if kind == "u":
        return _minutes(raw, null).view(target)
    if kind in "vtn":
        return pa.array(raw.astype(np.int64), pa.int64(), mask=null).view(target)
    return pa.array(raw, target, mask=null)


def _symbols(raw: np.ndarray[Any, Any], column: Column) -> pa.Array:
    """
    Symbols as a dictionary in order of first appearance; the null symbol becomes null.
    """
    coded = pa.array(raw, pa.binary()).dictionary_encode()
    try:
        words = coded.dictionary.cast(pa.string())
    except pa.ArrowInvalid as error:
        raise ArchiveError(f"column {column.name}: a symbol is not valid UTF-8") from error
    spelled = words.to_pylist()
    if "" not in spelled:
        return pa.DictionaryArray.from_arrays(coded.indices.cast(pa.int32()), words)
    blank = spelled.index("")
    index = coded.indices.to_numpy(zero_copy_only=False)
    null = index == blank
    kept = pa.array([w for w in spelled if w != ""], pa.string())
    moved = np.where(index > blank, index - 1, np.where(null, 0, index)).astype(np.int32)
    return pa.DictionaryArray.from_arrays(pa.array(moved, pa.int32(), mask=null), kept)


def _shift(raw: np.ndarray[Any, Any], null: np.ndarray[Any, Any], offset: int, most: int, column: Column) -> pa.Array:
    """
    Move the epoch from 2000 to 1970. Infinities keep their extreme value; a finite value that leaves the
    range of the type (a timestamp after 2262.04.11) is refused rather than wrapped.
    """
    infinite = (raw == most) | (raw == -most)
    if bool(((raw > most - offset) & ~infinite).any()):
        raise ArchiveError(f"column {column.name}: a value lies beyond the range of {column.arrow}")
    moved = np.where(infinite | null, raw, np.where(infinite | null, 0, raw) + raw.dtype.type(offset))
    return pa.array(moved.astype(raw.dtype), mask=null)


def _minutes(raw: np.ndarray[Any, Any], null: np.ndarray[Any, Any]) -> pa.Array:
    """
    Minutes as seconds; the infinities become those of the wider type.
    """
    seconds = raw.astype(np.int64) * 60
    seconds = np.where(raw == _I32_MAX, _I64_MAX, np.where(raw == -_I32_MAX, -_I64_MAX, seconds))
    return pa.array(seconds, pa.int64(), mask=null)


def _cells(vector: Any, column: Column) -> Sequence[Any]:
    """
    The cells of a list of strings, as PyKX gives them raw.
    """
    if int(vector.t) == 10:  # a list of one-letter strings that q collapsed
        return list(vector.np(raw=True))
    if int(vector.t) != 0:
        raise ArchiveError(f"column {column.name}: the server sent q type {int(vector.t)}h, expected strings")
    return list(vector.np(raw=True))


def _bytes(cell: Any, column: Column) -> bytes:
    if isinstance(cell, bytes):
        return cell
    if isinstance(cell, int | np.integer) and 0 <= int(cell) < 256:
        return bytes([int(cell)])
    if hasattr(cell, "__len__") and len(cell) == 0:
        return b""
    raise ArchiveError(f"column {column.name}: expected strings, found {type(cell).__name__}")


def _crc(array: pa.Array, start: int = 0) -> int:
    """
    CRC-32 of one array in canonical form.
    """
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks() if array.num_chunks != 1 else array.chunk(0)
    if isinstance(array, pa.ExtensionArray):
        array = array.storage
    kind = array.type
    if pa.types.is_dictionary(kind):
        array = array.cast(kind.value_type)
        kind = array.type
    valid = array.is_valid().to_numpy(zero_copy_only=False).astype(np.uint8)
    crc = zlib.crc32(valid.tobytes(), start)
    if pa.types.is_string(kind) or pa.types.is_binary(kind) or pa.types.is_fixed_size_binary(kind):
        cells = array.cast(pa.large_binary()).fill_null(b"")
        offsets = np.frombuffer(cells.buffers()[1], np.int64)[cells.offset : cells.offset + len(cells) + 1]
        crc = zlib.crc32(np.diff(offsets).astype("<i8").tobytes(), crc)
        body = cells.buffers()[2]
        if body is None or len(cells) == 0:
            return crc
        return zlib.crc32(memoryview(body)[int(offsets[0]) : int(offsets[-1])], crc)
    if pa.types.is_list(kind):
        lengths = array.value_lengths().fill_null(0).to_numpy(zero_copy_only=False)
        return _crc(array.flatten(), zlib.crc32(lengths.astype("<i8").tobytes(), crc))
    if pa.types.is_boolean(kind):
        values = array.fill_null(False).to_numpy(zero_copy_only=False).astype(np.uint8)
        return zlib.crc32(values.tobytes(), crc)
    width = kind.bit_width
    plain = pa.float32() if pa.types.is_float32(kind) else pa.float64() if pa.types.is_float64(kind) else None
    if plain is None:
        plain = kind if pa.types.is_integer(kind) else (pa.int32() if width == 32 else pa.int64())
        array = array.view(plain)
    values = array.fill_null(0).to_numpy(zero_copy_only=False)
    return zlib.crc32(values.astype(values.dtype.newbyteorder("<")).tobytes(), crc)
