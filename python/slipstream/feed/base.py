"""What a market data source is, and the loop that plays one into the plant at a chosen speed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Protocol

from slipstream.feed.schema import MINUTE_NS, Columns, Row, columns

_ESCAPED = {ord("\t"): "\\t", ord("\n"): "\\n", ord("\r"): "\\r"}


@dataclass
class Counters:
    """What a source has seen so far."""

    messages: int = 0
    """Messages or lines read, good or bad."""
    rows: dict[str, int] = field(default_factory=dict)
    """Rows made, by table."""
    gaps: int = 0
    """Breaks in the venue's sequence numbers."""
    crossed: int = 0
    """Quotes or books with bid above ask (for a book: bid at or above ask)."""
    undecodable: int = 0
    """Messages that could not be read; each is in quarantine."""
    ignored: int = 0
    """Well-formed messages of kinds that are not captured."""
    checksums: int = 0
    """Checksums of books that were compared with the venue's."""
    mismatches: int = 0
    """Those that differed."""
    resyncs: int = 0
    """Books that had to be got anew."""
    repeated: int = 0
    """Trades that came again, or that an earlier run had published."""
    refused: int = 0
    """Subscriptions that a venue refused."""
    resubscribed: int = 0
    """Of these, asked for again."""
    disconnects: int = 0
    """Connections that ended, or could not be made."""
    torn: int = 0
    """Recordings that end within a frame, which is dropped."""
    late: int = 0
    """Messages stamped earlier than the one before; they are published at the time already reached."""

    def as_dict(self) -> dict[str, object]:
        """For reports and JSON."""
        return asdict(self)


class Quarantine:
    """
    A file of input that could not be used: one line each with source, position, reason and the input itself.

    Without a path the lines are only counted.
    """

    def __init__(self, path: Path | None = None, *, sample: int = 4_096) -> None:
        self.path = path
        self.count = 0
        self.reasons: dict[str, int] = {}
        self._sample = sample
        self._file: IO[bytes] | None = None
        self._lock = threading.Lock()

    def add(self, source: str, position: int, reason: str, data: bytes) -> None:
        """Keep one piece of input (its first bytes) and why it was refused; the reason's first word is its
        kind."""
        with self._lock:
            self.count += 1
            kind = reason.split(":", 1)[0]
            self.reasons[kind] = self.reasons.get(kind, 0) + 1
            if self.path is None:
                return
            if self._file is None:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._file = self.path.open("ab")
            text = data[: self._sample].decode("utf-8", "backslashreplace")
            # reasons quote what the source said
            reason = reason.translate(_ESCAPED)
            line = "\t".join((source, str(position), reason, text.encode("unicode_escape").decode("ascii")))
            self._file.write(line.encode() + b"\n")
            self._file.flush()

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def __enter__(self) -> Quarantine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@dataclass(frozen=True)
class Batch:
    """Rows of one stretch of event time, never crossing midnight UTC; within a table in time order."""

    start: int
    """ns since 1970 of the first message."""
    end: int
    """ns since 1970 of the last message."""
    tables: dict[str, Columns]
    messages: int
    stamps: dict[str, list[tuple[int, int]]] | None = None
    """By source, for each message that says when it was made: (the source's own time, receive time), ns since 1970, in order of arrival. None
    where the feed leaves that to the rows' `etime`."""


class Feed(Protocol):
    """A source of market data in the order it was received."""

    counters: Counters

    def batches(self, step_ns: int) -> Iterator[Batch]:
        """Column batches, each covering one step of event time; steps without messages give none."""
        ...


class BatchBuilder:
    """
    Collects rows into batches cut at multiples of a step, and at each minute, with which a trading day may begin.

    Args:
        step_ns: of event time.
        counters: where rows are counted.
        stamping: messages are stamped (`stamp`); those that are not say nothing of when they were made.
    """

    def __init__(self, step_ns: int, counters: Counters, *, stamping: bool = False) -> None:
        if step_ns <= 0:
            raise ValueError(f"a step of {step_ns} ns: expected a positive number")
        self._step, self._stamping = step_ns, stamping
        self._counters = counters
        self._rows: dict[str, list[Row]] = {}
        self._stamps: dict[str, list[tuple[int, int]]] = {}
        self._messages = 0
        self._open = False
        self._start = self._end = 0
        self._limit = 0

    def at(self, moment: int) -> Batch | None:
        """Announce a message at a moment; gives the finished batch if the moment belongs to the next one."""
        done = self.reach(moment)
        self._messages += 1
        return done

    def reach(self, moment: int) -> Batch | None:
        """As `at`, for rows that come of no message."""
        done = self.passed(moment)
        if not self._open:
            self._open = True
            self._start = moment
            minute_end = moment - moment % MINUTE_NS + MINUTE_NS
            self._limit = min(moment - moment % self._step + self._step, minute_end)
        self._end = moment
        return done

    def passed(self, moment: int) -> Batch | None:
        """The batch that is finished when time has come to a moment, if any."""
        return self.take() if self._open and moment >= self._limit else None

    def add(self, table: str, row: Row) -> None:
        """A row of the message announced last."""
        self._rows.setdefault(table, []).append(row)

    def stamp(self, source: str, etime: int, received: int) -> None:
        """The source's own time of the message announced last, beside when it was received."""
        self._stamps.setdefault(source, []).append((etime, received))

    def take(self) -> Batch | None:
        """What has been collected, if anything."""
        if not self._open:
            return None
        for table, rows in self._rows.items():
            self._counters.rows[table] = self._counters.rows.get(table, 0) + len(rows)
        made = {table: columns(table, rows) for table, rows in self._rows.items()}
        batch = Batch(self._start, self._end, made, self._messages, self._stamps if self._stamping else None)
        self._rows, self._stamps, self._messages, self._open = {}, {}, 0, False
        return batch


class Pacer:
    """Holds event time back to a multiple of wall time; `speed` None or 0 is as fast as possible."""

    def __init__(
        self,
        speed: float | None,
        *,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        if speed is not None and speed < 0:
            raise ValueError(f"speed {speed}: expected a positive number, or 0 for as fast as possible")
        self._speed = speed or None
        self._now, self._sleep = now, sleep
        self._origin: tuple[int, float] | None = None

    def wait(self, moment: int) -> None:
        """Return when the event time `moment` is due; at once when behind."""
        if self._speed is None:
            return
        if self._origin is None:
            self._origin = (moment, self._now())
            return
        event, wall = self._origin
        remaining = wall + (moment - event) / 1e9 / self._speed - self._now()
        if remaining > 0:
            self._sleep(remaining)


def run(
    feed: Feed,
    publish: Callable[[str, Columns], None],
    *,
    speed: float | None = None,
    step_ns: int = 100_000_000,
    on_batch: Callable[[Batch], None] | None = None,
) -> Counters:
    """
    Play a feed to its end.

    Args:
        feed: what to play.
        publish: takes each table's columns, in time order.
        speed: event seconds a wall second; None or 0 is as fast as possible.
        step_ns: event time a batch.
        on_batch: called after each batch has been published, for progress bars and the like.
    """
    pacer = Pacer(speed)
    for batch in feed.batches(step_ns):
        pacer.wait(batch.end)
        for table, made in batch.tables.items():
            publish(table, made)
        if on_batch is not None:
            on_batch(batch)
    return feed.counters
