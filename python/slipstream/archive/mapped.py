"""
Columns of an HDB partition straight from its files, where the HDB is on this machine: mapped, never copied through Python objects.

`docs/storage.md` has the bytes. A column in any other form (compressed, strings, an older layout) is left to the HDB itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa

from slipstream.archive.table import Column, numbers_to_arrow
from slipstream.errors import ArchiveError

# q type characters by the type byte of a simple vector; symbols are enumerations
_LETTERS: Final = dict(enumerate("bg xhijefcspmdznuvt", 1))
_WIDTHS: Final = {
    "b": "u1", "g": "V16", "x": "u1", "h": "<i2", "i": "<i4", "j": "<i8", "e": "<f4", "f": "<f8", "c": "S1", "p": "<i8",
    "m": "<i4", "d": "<i4", "z": "<f8", "n": "<i8", "u": "<i4", "v": "<i4", "t": "<i4",
}  # fmt: skip
_VECTOR: Final = b"\xfe\x20"
_PAGE: Final = b"\xfd\x20"
_SYMBOLS: Final = b"\xff\x01\x0b"
_ENUMERATION: Final = 20
_NULL: Final = np.iinfo(np.int64).min
# A column of symbols with this many rows a run, as one that is sorted, is looked at by its runs.
_RUN_ROWS: Final = 16


@dataclass(frozen=True)
class MappedColumn:
    """
    The items of one column file; `words` are the symbols that the items of an enumeration are positions in.
    """

    column: Column
    items: np.ndarray[Any, Any]
    words: tuple[bytes, ...] = ()

    def arrow(self, rows: slice | np.ndarray[Any, Any]) -> pa.Array:
        """
        Some rows as the Arrow array of the column.
        """
        items = self.items[rows]
        return self._symbols(items) if self.column.qtype == "s" else numbers_to_arrow(items, self.column)

    def ranks(self, rows: slice) -> np.ndarray[Any, Any]:
        """
        Numbers that order as some rows do, nulls first; symbols by their bytes, the empty one as the null.
        """
        items = self.items[rows]
        if self.column.qtype == "s" and (runs := _runs(items)):
            return np.repeat(self._ranks(runs[0]), runs[1])
        if self.column.qtype != "s":
            found: np.ndarray[Any, Any] = (
                np.where(np.isnan(items), -np.inf, items) if self.column.qtype in "efz" else items
            )
            return found
        return self._ranks(items)

    def _ranks(self, items: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        self._within(items)
        # the null is the first of the places
        places: np.ndarray[Any, Any] = self._places[items.clip(-1) + 1]
        return places

    @cached_property
    def _places(self) -> np.ndarray[Any, Any]:
        places = np.zeros(len(self.words) + 1, np.int32)
        places[[i + 1 for i in sorted(range(len(self.words)), key=self.words.__getitem__)]] = np.arange(
            1, len(self.words) + 1, dtype=np.int32
        )
        if b"" in self.words:
            places[self.words.index(b"") + 1] = 0
        return places

    def _within(self, items: np.ndarray[Any, Any]) -> None:
        if not len(items):
            return
        low, high = int(items.min()), int(items.max())
        if low < 0:
            low = min((int(i) for i in np.unique(items[items < 0]) if i != _NULL), default=0)
        if low < 0 or high >= len(self.words):
            raise ArchiveError(
                f"column {self.column.name}: positions {low} to {high} in a domain of {len(self.words)} symbols"
            )

    def _symbols(self, items: np.ndarray[Any, Any]) -> pa.Array:
        runs = _runs(items)
        indexes, null, words = self._words(items if runs is None else runs[0])
        if runs is not None:
            indexes = np.repeat(indexes, runs[1])
            null = null if null is None else np.repeat(null, runs[1])
        return pa.DictionaryArray.from_arrays(pa.array(indexes, pa.int32(), mask=null), words)

    def _words(self, items: np.ndarray[Any, Any]) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any] | None, pa.Array]:
        """
        Where each item's symbol stands among the symbols in use, which items are null, and those symbols.
        """
        self._within(items)
        used = np.zeros(len(self.words), np.bool_)
        null = items == _NULL if len(items) and items.min() < 0 else None
        used[items if null is None else items[~null]] = True
        blank = self.words.index(b"") if b"" in self.words else None
        if blank is not None and used[blank]:
            null = (items == blank) if null is None else null | (items == blank)
            used[blank] = False
        places = np.flatnonzero(used)
        try:
            words = pa.array([self.words[i] for i in places], pa.binary()).cast(pa.string())
        except pa.ArrowInvalid as error:
            raise ArchiveError(f"column {self.column.name}: a symbol is not valid UTF-8") from error
        number = np.zeros(max(len(self.words), 1), np.int32)
        number[places] = np.arange(len(places), dtype=np.int32)
        return number[items if null is None else np.where(null, 0, items)], null, words


def _runs(items: np.ndarray[Any, Any]) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]] | None:
    """
    The item of each run of equal ones and how many it has; None where runs are short.
    """
    if not len(items):
        return None
    ends = np.append(np.flatnonzero(items[1:] != items[:-1]) + 1, len(items))
    return None if len(ends) * _RUN_ROWS > len(items) else (items[ends - 1], np.diff(ends, prepend=0))


def mapped_columns(folder: Path, root: Path, columns: Sequence[Column], rows: int) -> dict[str, MappedColumn]:
    """
    Those of a partition's columns that can be read from their files, by name.

    Args:
        folder: of the table's partition.
        root: of the database, where the domains of enumerations are.
        columns: the columns of the table.
        rows: how many items each has; a file with another number is left to the HDB.
    """
    domains: dict[str, tuple[bytes, ...] | None] = {}
    found = {}
    for column in columns:
        mapped = (
            _mapped(folder / column.name, root, column, rows, domains) if column.qtype in _LETTERS.values() else None
        )
        if mapped is not None:
            found[column.name] = mapped
    return found


def _mapped(
    path: Path, root: Path, column: Column, rows: int, domains: dict[str, tuple[bytes, ...] | None]
) -> MappedColumn | None:
    try:
        with path.open("rb") as file:
            head = file.read(4096)
            size = file.seek(0, 2)
    except OSError:
        return None
    page = head[:2] == _PAGE and len(head) == 4096
    start = 4096 if page else 16
    simple = head[start - 16 : start]
    if len(simple) < 16 or not (page or head[:2] == _VECTOR):
        return None
    if int.from_bytes(simple[8:], "little") != rows:
        return None
    words: tuple[bytes, ...] | None = ()
    if column.qtype == "s":
        if not page or simple[2] != _ENUMERATION:
            return None
        name = head[16:4080].split(b"\0", 1)[0].decode("utf-8", "replace")
        if name not in domains:
            domains[name] = _domain(root, name)
        words = domains[name]
        kind = "<i8"
    elif page or _LETTERS.get(simple[2]) != column.qtype:
        return None
    else:
        kind = _WIDTHS[column.qtype]
    if words is None or size < start + rows * np.dtype(kind).itemsize:
        return None
    if not rows:
        return MappedColumn(column, np.empty(0, kind), words)
    try:
        items = np.memmap(path, kind, "r", start, (rows,)).view(np.ndarray)
    except (OSError, ValueError):
        return None
    return MappedColumn(column, items, words)


def _domain(root: Path, name: str) -> tuple[bytes, ...] | None:
    """
    The symbols of a domain's file; None where it is in another form. A last name without its NUL was never finished.
    """
    if "/" in name or name in ("", ".", ".."):
        return None
    try:
        body = (root / name).read_bytes()
    except OSError:
        return None
    if body[:3] != _SYMBOLS:
        return None
    return tuple(body[8:].split(b"\0")[:-1])
