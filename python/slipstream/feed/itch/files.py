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
from slipstream.feed import base
from slipstream.feed.base import Batch
from slipstream.feed.itch.codec import frames
from slipstream.feed.itch.framing import frame
from slipstream.feed.itch.parser import Burst, Parser
from slipstream.feed.unzip import Unzipped
from slipstream.feed.vector import Chunk, cut

CHUNK = 1 << 18
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
        self.counters: base.Counters = parser.counters
        self._chunk = chunk
        for file in self.files:
            if not file.is_file():
                raise FeedError(f"itch: no such file: {file}")

    def batches(self, step_ns: int) -> Iterator[Batch]:
        """Rows in steps of event time."""
        return cut(self._chunks(), step_ns, self.counters)

    def _chunks(self) -> Iterator[Chunk]:
        for burst in self.bursts():
            yield self.parser.take(burst)
        yield self.parser.finish()

    def bursts(self) -> Iterator[Burst]:
        """Messages; what is none of them is told to the parser with its place in the file, gzip undone."""
        seq = 0
        for file in self.files:
            at, rest, final = 0, b"", False
            with Unzipped(file) as source:
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
