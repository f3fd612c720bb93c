"""
q tables to Arrow, column by column, with nothing lost on the way.

A whole-table conversion by PyKX loses integer nulls and nanoseconds (see `docs/archive.md`), so each column
is taken as the raw numbers q stores and converted here by its q type.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa

from slipstream.errors import ArchiveError
from slipstream_native import crc32, crc32_repeated

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
    return numbers_to_arrow(vector.np(raw=True), column)


def checksums(table: pa.Table) -> dict[str, str]:
    """
    One checksum per column, independent of chunking, of dictionary order and of the file's encoding.

    CRC-32, eight hex digits, over the validity of each row (one byte, 1 is valid), then the canonical
    values: fixed width values little-endian with nulls as zero; for text and bytes first the lengths
    (int64, 0 for null), then all bytes. Lists: validity, lengths, then the checksum of the flattened cells.
    """
    return {field.name: checksum(table.column(i)) for i, field in enumerate(table.schema)}


def checksum(column: pa.Array | pa.ChunkedArray) -> str:
    """
    The checksum of one column.
    """
    return f"{_crc(column):08x}"


def same(found: pa.ChunkedArray, expected: pa.ChunkedArray) -> bool:
    """
    Whether two columns have the same type and the same values, floats bit for bit.
    """
    if found.type != expected.type or len(found) != len(expected):
        return False
    a, b = _whole(found), _whole(expected)
    kind = a.type
    if pa.types.is_dictionary(kind) and not a.null_count and not b.null_count and a.dictionary.equals(b.dictionary):
        return bool(a.indices.equals(b.indices))
    plain = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_temporal(kind)
    if plain and not a.null_count and not b.null_count:
        bits = {8: pa.int8(), 16: pa.int16(), 32: pa.int32(), 64: pa.int64()}[kind.bit_width]
        return bool(a.view(bits).equals(b.view(bits)))
    return _crc(a) == _crc(b)


def _whole(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def numbers_to_arrow(raw: np.ndarray[Any, Any], column: Column) -> pa.Array:
    """
    The raw numbers of one q vector as Arrow: nulls become nulls, epochs move, infinities stay the extreme values.
    Where nothing changes, the array is of the same memory.
    """
    kind, target = column.qtype, column.arrow
    if kind in "bx":
        return pa.array(raw, target)
    if kind == "g":
        return _guids(raw, target)
    if kind in "ef":
        # the least of some numbers is no number when one of them is none
        return pa.array(raw, target, mask=np.isnan(raw) if len(raw) and np.isnan(raw.min()) else None)
    if kind == "z":
        null = np.isnan(raw)
        ms = np.rint(np.where(null, 0.0, raw) * 86_400_000.0).astype(np.int64)
        return pa.array(ms * 1_000_000 + EPOCH_NS, pa.int64(), mask=null).view(target)
    if kind == "c":
        return _letters(raw, column)
    if kind == "s":
        return _symbols(raw, column)
    least = np.iinfo(raw.dtype).min
    low = raw.min() if len(raw) else 0
    null = raw == least if low == least else None
    if kind == "p":
        return _shift(raw, null, low, EPOCH_NS, _I64_MAX, column).view(target)
    if kind == "d":
        return _shift(raw, null, low, EPOCH_DAYS, _I32_MAX, column).view(target)
    if kind == "m":
        blank = np.zeros(len(raw), np.bool_) if null is None else null
        months = np.where(blank | (np.abs(raw.astype(np.int64)) == _I32_MAX), 0, raw).astype(np.int64)
        days = (months + 360).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
        days = np.where(raw == _I32_MAX, _I32_MAX, np.where(raw == -_I32_MAX, -_I32_MAX, days))
        return pa.array(days.astype(np.int32), pa.int32(), mask=null).view(target)
    if kind == "u":
        return _minutes(raw, null).view(target)
    if kind in "vtn":
        return pa.array(raw.astype(np.int64, copy=False), pa.int64(), mask=null).view(target)
    return pa.array(raw, target, mask=null)


def _bitmap(valid: Any) -> pa.Buffer:
    return pa.py_buffer(np.packbits(valid, bitorder="little").tobytes())


def _guids(raw: np.ndarray[Any, Any], target: pa.DataType) -> pa.Array:
    data = np.ascontiguousarray(raw).view(np.uint8).reshape(-1, 16)
    buffers = [_bitmap(np.any(data, axis=1)), pa.py_buffer(data.tobytes())]
    return pa.ExtensionArray.from_storage(target, pa.Array.from_buffers(pa.binary(16), len(data), buffers))


def _letters(raw: np.ndarray[Any, Any], column: Column) -> pa.Array:
    letters = np.ascontiguousarray(raw).view(np.uint8)
    if len(letters) and letters.max() > 127:
        raise ArchiveError(f"column {column.name}: a character outside ASCII has no Parquet form")
    valid = letters != ord(" ")
    ends = np.zeros(len(letters) + 1, np.int32)
    np.cumsum(valid, out=ends[1:])
    buffers = [_bitmap(valid), pa.py_buffer(ends.tobytes()), pa.py_buffer(letters[valid].tobytes())]
    return pa.Array.from_buffers(pa.string(), len(letters), buffers)


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


def _shift(
    raw: np.ndarray[Any, Any], null: np.ndarray[Any, Any] | None, low: int, offset: int, most: int, column: Column
) -> pa.Array:
    """
    Move the epoch from 2000 to 1970; `low` is the least of the numbers. Infinities keep their extreme value; a finite value that leaves the
    range of the type (a timestamp after 2262.04.11) is refused rather than wrapped.
    """
    if len(raw) and null is None and low > -most and raw.max() <= most - offset:
        return pa.array(raw + raw.dtype.type(offset))
    infinite = (raw == most) | (raw == -most)
    if bool(((raw > most - offset) & ~infinite).any()):
        raise ArchiveError(f"column {column.name}: a value lies beyond the range of {column.arrow}")
    kept = infinite if null is None else infinite | null
    moved = np.where(kept, raw, np.where(kept, 0, raw) + raw.dtype.type(offset))
    return pa.array(moved.astype(raw.dtype), mask=null)


def _minutes(raw: np.ndarray[Any, Any], null: np.ndarray[Any, Any] | None) -> pa.Array:
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
        if (crc := _crc_words(array, start)) is not None:
            return crc
        array = array.cast(kind.value_type)
        kind = array.type
    crc = _crc_validity(array, start)
    if pa.types.is_string(kind) or pa.types.is_binary(kind) or pa.types.is_fixed_size_binary(kind):
        cells = array.cast(pa.large_binary()).fill_null(b"")
        offsets = np.frombuffer(cells.buffers()[1], np.int64)[cells.offset : cells.offset + len(cells) + 1]
        crc = crc32(_little(np.diff(offsets)), crc)
        body = cells.buffers()[2]
        if body is None or len(cells) == 0:
            return crc
        return crc32(memoryview(body).cast("B")[int(offsets[0]) : int(offsets[-1])], crc)
    if pa.types.is_list(kind):
        lengths = array.value_lengths().fill_null(0).to_numpy(zero_copy_only=False)
        return _crc(array.flatten(), crc32(_little(lengths.astype(np.int64)), crc))
    if pa.types.is_boolean(kind):
        values = array.fill_null(False).to_numpy(zero_copy_only=False).astype(np.uint8)
        return crc32(_little(values), crc)
    width = kind.bit_width
    plain = pa.float32() if pa.types.is_float32(kind) else pa.float64() if pa.types.is_float64(kind) else None
    if plain is None:
        plain = kind if pa.types.is_integer(kind) else (pa.int32() if width == 32 else pa.int64())
        array = array.view(plain)
    if array.null_count:
        array = array.fill_null(0)
    return crc32(_little(array.to_numpy(zero_copy_only=False)), crc)


def _crc_validity(array: pa.Array, start: int) -> int:
    if not array.null_count:
        return crc32_repeated(b"\1", len(array), start)
    return crc32(_little(array.is_valid().to_numpy(zero_copy_only=False).astype(np.uint8)), start)


def _little(values: np.ndarray[Any, Any]) -> memoryview:
    """
    The values as a buffer of little-endian numbers, the same memory where they are that already.
    """
    return np.ascontiguousarray(values.astype(values.dtype.newbyteorder("<"), copy=False)).view(np.uint8).data


# A column of words with this many rows a run, as one that is sorted, is told by its runs.
_RUN_ROWS: Final = 16


def _crc_words(array: pa.DictionaryArray, start: int) -> int | None:
    """
    The checksum of a dictionary of texts without spelling out every row, where equal rows stand together; else None.
    """
    if (
        array.null_count
        or not len(array)
        or not pa.types.is_string(array.type.value_type)
        or array.dictionary.null_count
    ):
        return None
    index = array.indices.to_numpy()
    ends = np.append(np.flatnonzero(index[1:] != index[:-1]) + 1, len(index))
    if len(ends) * _RUN_ROWS > len(index):
        return None
    words = [word.encode() for word in array.dictionary.to_pylist()]
    runs = list(zip(index[ends - 1].tolist(), np.diff(ends, prepend=0).tolist(), strict=True))
    crc = crc32_repeated(b"\1", len(index), start)
    for word, rows in runs:
        crc = crc32_repeated(len(words[word]).to_bytes(8, "little"), rows, crc)
    for word, rows in runs:
        crc = crc32_repeated(words[word], rows, crc)
    return crc
