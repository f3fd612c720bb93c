"""
CSV files, plain or gzip, of any size in bounded memory: a line is a row, quoted values may hold the delimiter but no line break.

Blocks of lines without quotes are read whole; where a block has anything unusual its lines are read one by one, so that each
bad one is known by its number.
"""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from slipstream.errors import FeedError
from slipstream.feed.mapped import Block, Layout, Refuse
from slipstream.feed.unzip import Unzipped

_BLOCK = 1 << 20
_LINE_MAX = 1 << 22


class CsvReader:
    """
    Args:
        path: the file.
        layout: of its table.
        delimiter: one character.
        header: names of the columns of a file without a first line that names them.
    """

    def __init__(self, path: Path, layout: Layout, *, delimiter: str = ",", header: list[str] | None = None) -> None:
        if len(delimiter) != 1 or delimiter in '"\r\n' or not delimiter.isascii():
            raise FeedError(f"delimiter {delimiter!r}: expected one character")
        if not path.is_file():
            raise FeedError(f"csv: no such file: {path}")
        self._path, self._delimiter, self._named = path, delimiter, header is not None
        self._names = header or self._first_line()
        if len(set(self._names)) < len(self._names):
            raise FeedError(f"{path}: columns of one name: {', '.join(self._names)}")
        self._sources = layout.sources(str(path), self._names)

    def blocks(self, refuse: Refuse) -> Iterator[Block]:
        """The file's rows."""
        number = 1
        for lines in self._lines(refuse):
            count = lines.count(b"\n")
            if number == 1 and not self._named:
                lines = lines[lines.index(b"\n") + 1 :]
                number, count = 2, count - 1
            if count:
                yield self._whole(lines, number, count) or self._one_by_one(lines, number, refuse)
            number += count

    def _first_line(self) -> list[str]:
        with self._open() as file:
            try:
                line = file.readline(_LINE_MAX)
                names = next(csv.reader([line.decode("utf-8-sig").rstrip("\r\n")], delimiter=self._delimiter), [])
            except (UnicodeDecodeError, csv.Error, OSError, EOFError, zlib.error) as error:
                raise FeedError(f"{self._path}: no line of column names: {error}") from error
        return [name.strip() for name in names]

    def _open(self) -> Any:
        with self._path.open("rb") as start:
            zipped = start.read(2) == b"\x1f\x8b"
        return gzip.open(self._path) if zipped else self._path.open("rb")

    def _lines(self, refuse: Refuse) -> Iterator[bytes]:
        """Whole lines, many at once, each with its end."""
        rest, number, skipping = b"", 1, False
        with Unzipped(self._path) as file:
            while True:
                try:
                    block = file.read(_BLOCK)
                except (OSError, EOFError, zlib.error) as error:
                    refuse(number, f"unreadable: {type(error).__name__} {error}", b"")
                    block = b""
                rest += block or (b"\n" if rest and not rest.endswith(b"\n") else b"")
                end = rest.rfind(b"\n") + 1
                if skipping and end:
                    # the end of a line without end, which has been told: it counts as a line that is empty
                    rest, skipping = rest[rest.index(b"\n") :], False
                    end = rest.rfind(b"\n") + 1
                if end:
                    yield rest[:end]
                    number += rest.count(b"\n", 0, end)
                    rest = rest[end:]
                elif len(rest) > _LINE_MAX:
                    if not skipping:
                        refuse(number, f"line: longer than {_LINE_MAX} bytes", rest[:4_096])
                    rest, skipping = b"", True
                if not block:
                    return

    def _whole(self, lines: bytes, number: int, count: int) -> Block | None:
        """All lines at once, if nothing about them is unusual."""
        import pyarrow as pa
        from pyarrow import csv as arrow

        if b'"' in lines or b"\0" in lines:
            return None
        wanted = list(dict.fromkeys(self._sources.values()))
        try:
            table = arrow.read_csv(
                pa.BufferReader(lines),
                arrow.ReadOptions(use_threads=False, column_names=self._names, block_size=len(lines) + 1),
                arrow.ParseOptions(delimiter=self._delimiter, quote_char=False, ignore_empty_lines=False),
                arrow.ConvertOptions(
                    column_types=dict.fromkeys(wanted, pa.string()), include_columns=wanted, strings_can_be_null=False
                ),
            )
        except pa.ArrowException:
            return None
        if table.num_rows != count or any(line in lines for line in (b"\n\n", b"\n\r\n")) or lines[:1] in b"\r\n":
            return None
        given = {ours: table[theirs].combine_chunks() for ours, theirs in self._sources.items()}
        return Block(given, np.arange(number, number + count), _Texts(lines))

    def _one_by_one(self, lines: bytes, number: int, refuse: Refuse) -> Block:
        import pyarrow as pa

        rows: list[list[str]] = []
        places: list[int] = []
        texts: list[bytes] = []
        for place, line in enumerate(lines[:-1].split(b"\n"), number):
            text = line.rstrip(b"\r")
            if not text:
                continue
            try:
                row = next(csv.reader([text.decode("utf-8")], delimiter=self._delimiter, strict=True))
            except (UnicodeDecodeError, csv.Error, StopIteration) as error:
                refuse(place, f"line: {error or type(error).__name__}", text)
                continue
            if len(row) != len(self._names):
                refuse(place, f"line: {len(row)} values, expected {len(self._names)}", text)
                continue
            rows.append(row)
            places.append(place)
            texts.append(text)
        at = {name: index for index, name in enumerate(self._names)}
        given = {
            ours: pa.array([row[at[theirs]] for row in rows], pa.string()) for ours, theirs in self._sources.items()
        }
        return Block(given, np.array(places, np.int64), texts)


class _Texts(list[bytes]):
    """Lines of a block, split when one is asked for."""

    def __init__(self, lines: bytes) -> None:
        super().__init__()
        self._lines = lines

    def __getitem__(self, row: Any) -> Any:
        if not len(self):
            self.extend(line.rstrip(b"\r") for line in self._lines.split(b"\n"))
        return super().__getitem__(row)
