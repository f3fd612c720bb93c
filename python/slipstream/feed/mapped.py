"""
Files of tables by other people: which of their columns are ours, and how texts and numbers become values of our types.

CSV and Parquet share this; how rows are read off a file is in `csv_file` and `parquet_file`.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from slipstream.errors import FeedError
from slipstream.feed.base import Batch, Counters, Quarantine
from slipstream.feed.moments import UNITS, Moments, check_format, moments_of
from slipstream.feed.schema import MARKET_TABLES, NULL_LONG, NULL_TIME, TABLES, Columns, column
from slipstream.feed.vector import Chunk, InOrder, cut, merge

_SIDES = {
    **dict.fromkeys(("buy", "b", "bid", "1"), "buy"),
    **dict.fromkeys(("sell", "s", "a", "ask", "offer", "2"), "sell"),
    **dict.fromkeys(("", "n", "none", "0"), ""),
}
_WORDS: dict[str, Mapping[str, str]] = {
    "side": _SIDES,
    "action": {name: name for name in ("add", "modify", "fill", "delete", "clear")},
    "state": {name: name for name in ("auction", "continuous", "halted", "closed")},
}
"""What columns may say, in lower case, and what it means."""
_NEEDED = {
    "quote": ("time", "sym"),
    "trade": ("time", "sym", "price", "size"),
    "depth": ("time", "sym", "side", "price", "size"),
    "mbo": ("time", "sym", "action", "oid"),
    "status": ("time", "sym", "state"),
}
"""Columns without which a row says nothing."""


@dataclass(frozen=True)
class Layout:
    """How a file's columns become a table's."""

    table: str
    columns: Mapping[str, str] = field(default_factory=dict)
    """Their column by ours; ours that are not named are taken from columns of the same name."""
    defaults: Mapping[str, str] = field(default_factory=dict)
    """What columns of ours hold that the file lacks, or where it says nothing."""
    time_format: str = "auto"
    """ns, us, ms or s since 1970; iso; a pattern of strptime; or auto: whole numbers by their size, else iso."""
    zone: str = "UTC"
    """Of times that name none."""
    date: dt.date | None = None
    """Of times without a date."""

    def __post_init__(self) -> None:
        if self.table not in MARKET_TABLES:
            raise FeedError(f"table {self.table}: expected one of {', '.join(MARKET_TABLES)}")
        for name in (*self.columns, *self.defaults):
            if name not in TABLES[self.table]:
                raise FeedError(f"{self.table} has no column {name}; it has {', '.join(TABLES[self.table])}")
        try:
            zoneinfo.ZoneInfo(self.zone)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise FeedError(f"zone {self.zone}: expected a time zone such as America/New_York") from error
        check_format(self.time_format, self.date)

    def sources(self, file: str, names: Sequence[str]) -> dict[str, str]:
        """Their column by ours, as far as the file has them. Raises FeedError where it lacks one that is needed or was named."""
        found = {}
        for ours in TABLES[self.table]:
            theirs = self.columns.get(ours, ours)
            if theirs in names:
                found[ours] = theirs
            elif ours in self.columns:
                raise FeedError(f"{file}: no column {theirs!r} for {ours}; it has {', '.join(names)}")
            elif ours in _NEEDED[self.table] and ours not in self.defaults:
                raise FeedError(f"{file}: no column {ours!r}; name one by --map {ours}=… of {', '.join(names)}")
        return found


class Refused:
    """Which rows of a batch cannot be used, and the first reason for each."""

    def __init__(self, size: int) -> None:
        self.bad = np.zeros(size, np.bool_)
        self.reasons: dict[int, str] = {}

    def mark(self, which: npt.NDArray[np.bool_], name: str, expected: str, values: Any) -> None:
        """Refuse rows for a column's value."""
        for row in np.flatnonzero(which & ~self.bad).tolist():
            value = values[row]
            value = value.as_py() if hasattr(value, "as_py") else value
            self.reasons[row] = f"{name}: expected {expected}, found {value!r}"
        self.bad |= which


def convert(layout: Layout, given: Mapping[str, Any], size: int) -> tuple[Columns, Refused]:
    """
    Columns of ours out of theirs; rows that cannot be used are null in places and told.

    Args:
        layout: how.
        given: arrow arrays by our names.
        size: how many rows.
    """
    refused = Refused(size)
    made: Columns = {}
    for name, kind in TABLES[layout.table].items():
        values, default = given.get(name), layout.defaults.get(name, "")
        if values is None:
            import pyarrow as pa

            values = pa.array([default] * size, pa.string())
        elif default:
            values = _filled(values, default)
        if kind == "p":
            made[name] = _times(layout, name, values, refused)
        elif kind == "f":
            made[name] = _floats(name, values, refused)
        elif kind == "j":
            made[name] = _longs(name, values, refused)
        else:
            made[name] = _symbols(name, values, refused)
        if name in _NEEDED[layout.table]:
            refused.mark(_nulls(made[name], kind), name, "a value", values)
    if layout.table == "quote":
        none = np.isnan(made["bid"]) & np.isnan(made["ask"])
        refused.mark(none, "bid", "a bid or an ask", np.full(size, None))
    return made, refused


def _nulls(values: npt.NDArray[Any], kind: str) -> npt.NDArray[np.bool_]:
    if kind == "p":
        return np.asarray(np.isnat(values), np.bool_)
    if kind == "f":
        return np.asarray(np.isnan(values), np.bool_)
    return np.asarray(values == (NULL_LONG if kind == "j" else ""), np.bool_)


def _filled(values: Any, default: str) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_string(values.type):
        return pc.if_else(pc.equal(pc.fill_null(values, ""), ""), default, values)
    return pc.fill_null(values, pa.scalar(default).cast(values.type)) if values.null_count else values


def _times(layout: Layout, name: str, values: Any, refused: Refused) -> npt.NDArray[Any]:
    found, bad = moments_of(values, layout.time_format, layout.zone, layout.date)
    refused.mark(bad, name, f"a time ({layout.time_format}, {layout.zone})", values)
    return found.view("M8[ns]")


def _texts(values: Any) -> Any:
    """As arrow strings, nothing for null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    if not pa.types.is_string(values.type):
        values = pc.cast(values, pa.string())
    return pc.fill_null(values, "")


def _floats(name: str, values: Any, refused: Refused) -> npt.NDArray[np.float64]:
    import pandas as pd
    import pyarrow as pa
    import pyarrow.compute as pc

    if not (pa.types.is_string(values.type) or pa.types.is_dictionary(values.type)):
        try:
            made = pc.cast(values, pa.float64(), safe=False).to_numpy(zero_copy_only=False)
        except pa.ArrowException as error:
            raise FeedError(f"column {name}: numbers expected, found {values.type}") from error
        made = np.array(made, np.float64)
        refused.mark(np.isinf(made), name, "a finite number", values)
        return np.asarray(made, np.float64)
    texts = _texts(values)
    try:
        made = (
            pc.cast(pc.if_else(pc.equal(texts, ""), "nan", texts), pa.float64()).to_numpy(zero_copy_only=False).copy()
        )
        bad = np.isinf(made)
    except pa.ArrowException:
        words = pd.Series(texts.to_numpy(zero_copy_only=False)).str.strip()
        made = np.array(pd.to_numeric(words, errors="coerce"), np.float64)
        said = words.str.lower().isin(["", "nan", "null", "none", "na"]).to_numpy(np.bool_)
        bad = (np.isnan(made) & ~said) | np.isinf(made)
    refused.mark(bad, name, "a number", texts)
    return np.asarray(made, np.float64)


def _longs(name: str, values: Any, refused: Refused) -> npt.NDArray[np.int64]:
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_integer(values.type) and not pa.types.is_uint64(values.type):
        return np.array(pc.fill_null(pc.cast(values, pa.int64()), NULL_LONG).to_numpy(zero_copy_only=False), np.int64)
    texts = _texts(values)
    try:
        filled = pc.if_else(pc.equal(texts, ""), str(NULL_LONG), texts)
        return np.array(pc.cast(filled, pa.int64()).to_numpy(zero_copy_only=False), np.int64)
    except pa.ArrowException:
        words = texts.to_pylist()
    made, bad = np.full(len(words), NULL_LONG), np.zeros(len(words), np.bool_)
    for row, word in enumerate(words):
        try:
            made[row] = int(word) if word.strip() else NULL_LONG
        except (ValueError, OverflowError):
            bad[row] = True
    refused.mark(bad, name, "a whole number of 64 bits", texts)
    return made


def _symbols(name: str, values: Any, refused: Refused) -> npt.NDArray[Any]:
    coded = _texts(values).dictionary_encode()
    words = coded.dictionary.to_pylist()
    places = coded.indices.to_numpy(zero_copy_only=False)
    known = _WORDS.get(name)
    if known is not None:
        # nothing is said where nothing stands
        meant = ["" if not word else known.get(word.strip().lower()) for word in words]
        bad = (
            np.array([word is None for word in meant] or [False], np.bool_)[places]
            if len(places)
            else np.zeros(0, np.bool_)
        )
        refused.mark(bad, name, f"one of {', '.join(sorted(set(known.values()) - {''}))}", _texts(values))
        words = [word or "" for word in meant]
    return np.asarray(column("s", words or [""])[places])


class Reader(Protocol):
    """A file's rows, so many at once."""

    def blocks(self, refuse: Refuse) -> Iterator[Block]:
        """Arrow arrays by our names, with the place of each row in the file."""
        ...


class Refuse(Protocol):
    """Told of what cannot be used."""

    def __call__(self, position: int, reason: str, data: bytes) -> None:
        """Position in the file (line or row, from 1), reason, and the text itself."""
        ...


@dataclass(frozen=True)
class Block:
    """Some rows of a file."""

    given: Mapping[str, Any]
    """Arrow arrays by our names."""
    places: npt.NDArray[np.int64]
    """Line or row of each, from 1."""
    text: Mapping[int, bytes] | Sequence[bytes] | None
    """The rows themselves, by number; None where they have no text."""


class MappedFeed:
    """
    Replay of files of rows; several are merged by time.

    Args:
        readers: what reads each file, by path, with the layout of its table.
        quarantine: where go rows that cannot be used.
    """

    def __init__(self, readers: Iterable[tuple[Path, Layout, Reader]], *, quarantine: Quarantine | None = None) -> None:
        self._readers = list(readers)
        if not self._readers:
            raise FeedError("no file given")
        self.counters = Counters()
        self.quarantine = quarantine or Quarantine()

    def batches(self, step_ns: int) -> Iterator[Batch]:
        """All files, by time."""
        streams = [cut(self._chunks(*reader), step_ns, self.counters) for reader in self._readers]
        return merge(streams, step_ns)

    def _chunks(self, path: Path, layout: Layout, reader: Reader) -> Iterator[Chunk]:
        in_order = InOrder(self.counters)

        def refuse(position: int, reason: str, data: bytes) -> None:
            self.counters.messages += 1
            self.counters.undecodable += 1
            self.quarantine.add(str(path), position, reason, data)

        for block in reader.blocks(refuse):
            size = len(block.places)
            made, refused = convert(layout, block.given, size)
            for row, reason in sorted(refused.reasons.items()):
                text = block.text[row] if block.text is not None else _said(block.given, row)
                refuse(int(block.places[row]), reason, text)
            good = np.flatnonzero(~refused.bad)
            self.counters.messages += len(good)
            if not len(good):
                continue
            made = {name: values[good] for name, values in made.items()}
            moments: Moments = in_order(made["time"].view(np.int64))
            made["time"] = moments.view("M8[ns]")
            if layout.table == "quote":
                self.counters.crossed += int(np.count_nonzero(made["bid"] > made["ask"]))
            yield Chunk(moments, {layout.table: made})


def _said(given: Mapping[str, Any], row: int) -> bytes:
    return ", ".join(f"{name}={values[row].as_py()}" for name, values in given.items()).encode()


__all__ = ["NULL_TIME", "UNITS", "Block", "Layout", "MappedFeed", "Reader", "Refuse", "convert"]
