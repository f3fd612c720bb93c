"""
ITCH files as Nasdaq publishes them (BinaryFILE): each message behind its length in two bytes, plain or gzip, ended by a length of 0.
"""

from __future__ import annotations

import datetime as dt
import gzip
import re
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, cast

import numpy as np

from slipstream.errors import FeedError
from slipstream.feed.base import Batch
from slipstream.feed.itch.codec import frames
from slipstream.feed.itch.framing import frame
from slipstream.feed.itch.parser import Burst, Counters, Parser
from slipstream.feed.schema import DAY_NS, Columns, take, times

CHUNK = 1 << 21
"""Bytes read at a time."""
_NAMES = (re.compile(r"(?P<m>\d\d)(?P<d>\d\d)(?P<y>\d{4})"), re.compile(r"(?P<m>\d\d)(?P<d>\d\d)(?P<y>\d\d)(?!\d)"))


def day_of(file: Path) -> dt.date | None:
    """The day in a file's name, as in 01302019.NASDAQ_ITCH50.gz or S081321-v50.txt.gz; None when there is none."""
    for form in _NAMES:
        found = form.search(file.name)
        if found:
            year = int(found["y"])
            try:
                return dt.date(year + 2000 if year < 100 else year, int(found["m"]), int(found["d"]))
            except ValueError:
                continue
    return None


class ItchFiles:
    """
    Files of one session, one after another, as a feed. `time` is the venue's stamp.

    Args:
        files: in order.
        parser: what makes rows of messages.
    """

    def __init__(self, files: Iterable[Path], parser: Parser, *, chunk: int = CHUNK) -> None:
        self.files = list(files)
        self.parser = parser
        self._chunk = chunk
        for file in self.files:
            if not file.is_file():
                raise FeedError(f"itch: no such file: {file}")

    @property
    def counters(self) -> Counters:
        """What has been seen so far."""
        return self.parser.counters

    def batches(self, step_ns: int) -> Iterator[Batch]:
        """Rows in steps of event time."""
        for burst in self.bursts():
            before = self.counters.messages
            yield from cut(self.parser.take(burst), self.counters.messages - before, step_ns)
        yield from cut(self.parser.finish(), 0, step_ns)

    def bursts(self) -> Iterator[Burst]:
        """Messages; what is none of them is told to the parser with its place in the file, gzip undone."""
        seq = 0
        for file in self.files:
            at, rest, final = 0, b"", False
            with _open(file) as source:
                while not final:
                    try:
                        data = source.read(self._chunk)
                    except (EOFError, OSError, zlib.error) as error:
                        self.parser.damaged(at + len(rest), f"unreadable: {error}", b"")
                        data = b""
                    final = not data
                    data = rest + data
                    framed = frame(data, final=final)
                    for begin, end, reason in framed.bad:
                        self.parser.damaged(at + begin, reason, data[begin:end])
                    count = len(framed.offsets)
                    if count:
                        buffer = np.frombuffer(data, dtype=np.uint8)
                        sizes = buffer[framed.offsets - 1].astype(np.int64)
                        yield Burst(data, framed.offsets, sizes, np.arange(seq + 1, seq + count + 1))
                    seq += count
                    rest, at = data[framed.used :], at + framed.used


class Writer:
    """Writes a file; gzip when its name ends in .gz."""

    def __init__(self, path: Path) -> None:
        open_ = gzip.open if path.suffix == ".gz" else Path.open
        self._file = cast(IO[bytes], open_(path, "wb"))

    def write(self, messages: Iterable[bytes]) -> None:
        """Append messages."""
        self._file.write(frames(list(messages)))

    def close(self) -> None:
        """Write the end's mark and close."""
        if not self._file.closed:
            self._file.write(b"\0\0")
            self._file.close()

    def __enter__(self) -> Writer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def cut(tables: dict[str, Columns], messages: int, step_ns: int) -> Iterator[Batch]:
    """Rows as batches that end at multiples of a step, and at midnight UTC."""
    if not tables:
        return
    if step_ns <= 0:
        raise ValueError(f"a step of {step_ns} ns: expected a positive number")
    moments = {table: times(made) for table, made in tables.items()}
    every = np.unique(np.concatenate([_starts(part, step_ns) for part in moments.values()]))
    for number, start in enumerate(every.tolist()):
        stop = every[number + 1] if number + 1 < len(every) else None
        part: dict[str, Columns] = {}
        reached = start
        for table, made in tables.items():
            low, high = np.searchsorted(moments[table], start), len(moments[table])
            if stop is not None:
                high = np.searchsorted(moments[table], stop)
            if high > low:
                part[table] = take(made, int(low), int(high))
                reached = max(reached, int(moments[table][high - 1]))
        yield Batch(start, reached, part, messages if stop is None else 0)


def _starts(
    moments: np.ndarray[tuple[int], np.dtype[np.int64]], step_ns: int
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Beginnings of the steps in which there is something."""
    return np.unique(np.maximum(moments // step_ns * step_ns, moments // DAY_NS * DAY_NS))


def _open(file: Path) -> IO[bytes]:
    with file.open("rb") as start:
        zipped = start.read(2) == b"\x1f\x8b"
    return gzip.open(file) if zipped else file.open("rb")  # type: ignore[return-value]
