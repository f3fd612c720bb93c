"""
Rows on their way to the tickerplant: gathered into batches, sent once each.

A send is acknowledged when the plant has logged it. When a connection breaks before the answer, nobody
knows from this side whether the batch was logged: after reconnecting the publisher asks the plant how many
rows of the table its log holds (`Sink.position`), and sends again only what is missing. Rows that the plant
refuses are in no log: which those are it is asked too (`Sink.fits`). Where the log was damaged and mended meanwhile, counts say
nothing, and the plant is asked whether the batch is what its log ends with (`Sink.ends_with`). This needs each table to have one
publisher at a time: those of one plant keep apart by `slipstream.feed.claims`, and where the log grows by more than was sent all the
same, nothing is guessed after a broken connection.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from slipstream.errors import FeedError, Timeout, Unreachable
from slipstream.feed.claims import Claims
from slipstream.feed.ledger import Ledger, Marks, Position, logged_since
from slipstream.feed.schema import MINUTE_NS, NULL_LONG, TABLES, Columns, count, join, pick, take, times

T = TypeVar("T")
_log = logging.getLogger(__name__)


class Sink(Protocol):
    """Where rows go: a tickerplant, or a test's stand-in."""

    def publish(self, table: str, columns: Columns) -> Position | None:
        """
        Send one batch and return once it is logged: the log's position after it, None if the sink cannot
        tell.

        Raises Unreachable or Timeout when it is not known whether the batch was logged.
        """
        ...

    def position(self, table: str) -> Position | None:
        """Rows of the table in the present log; None when the sink cannot tell."""
        ...

    def fits(self, table: str, columns: Columns) -> npt.NDArray[np.bool_]:
        """Which rows of a batch the plant takes; the others it refuses."""
        ...

    def ends_with(self, table: str, columns: Columns) -> bool:
        """Whether the rows of a batch that the plant takes are the last of the table in its log."""
        ...

    def reconnect(self) -> None:
        """Connect again after a failure. Raises Unreachable when nothing answers."""
        ...


class Publisher:
    """
    Gathers rows by table and sends them when there are enough or they have waited long enough.

    Rows of different minutes (by their `time`) never share a batch, and every table's rows of one minute are
    sent before any row of the next. A trading day begins with a minute, whatever the tables' calendars, so the
    plant's end of day is clean: no row is late because those of another table were sent first. Safe to use from several threads.
    """

    def __init__(
        self,
        sink: Sink,
        *,
        rows_max: int = 20_000,
        delay_max: float = 0.05,
        retry_for: float = 60.0,
        ledger: Ledger | None = None,
        marks: Marks | None = None,
        claims: Claims | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        """
        Args:
            sink: where rows go.
            rows_max: rows gathered, over all tables, that cause a send.
            delay_max: seconds a row may wait here.
            retry_for: seconds to try to reconnect before giving up with FeedError.
            ledger: keeps on disk what was acknowledged. Rows that it, or the plant's log, says are there already are then
                dropped from what is added, so that a source that begins anew goes on where it was.
            marks: keeps the last numbers on disk, for a live source that goes on from them.
            claims: makes sure that no other publisher of the plant has a table, those of `ledger` and `marks` at once and others with their first row.
        """
        self.sent: dict[str, int] = {}
        """Rows acknowledged, by table; with a ledger, of all runs."""
        self.reconnects = 0
        self._sink = sink
        self._rows_max, self._delay_max, self._retry_for = rows_max, delay_max, retry_for
        self._clock, self._sleep = clock, sleep
        self._pending: dict[str, list[Columns]] = {}
        self._pending_rows = 0
        self._pending_since = 0.0
        self._minute: int | None = None
        self._known: dict[str, Position | None] = {}
        self._lock = threading.RLock()
        self._claims = claims
        self._mixed: set[str] = set()
        """Tables that somebody else publishes too."""
        if claims is not None:
            claims.take(*(() if ledger is None else ledger.tables), *(() if marks is None else (marks.table,)))
        self._ledger = ledger
        self._skip: dict[str, int] = {}
        self._skip_logged: dict[str, int] = {}
        if ledger is not None:
            self._resume(ledger)
        self._marks = marks
        if marks is not None:
            marks.settle(self.position(marks.table))

    @property
    def behind(self) -> bool:
        """Rows of an earlier run have still to be added again."""
        return any(self._skip.values()) or any(self._skip_logged.values())

    @property
    def pending(self) -> int:
        """Rows gathered and not yet sent."""
        return self._pending_rows

    def add(self, table: str, columns: Columns) -> None:
        """Take rows of one table, in time order; send if it is time to."""
        if list(columns) != list(TABLES[table]):
            raise FeedError(f"{table}: columns {list(columns)}, expected {list(TABLES[table])}")
        with self._lock:
            if self._claims is not None:
                self._claims.take(table)
            if self._skip.get(table):
                known = min(self._skip[table], count(columns))
                self._skip[table] -= known
                columns = take(columns, known)
            if self._skip_logged.get(table) and count(columns):
                columns = self._skip_taken(table, columns)
            minutes = times(columns) // MINUTE_NS
            cuts = [0, *(np.flatnonzero(np.diff(minutes)) + 1).tolist(), len(minutes)]
            for start, stop in pairwise(cuts):
                if stop > start:
                    self._gather(table, take(columns, start, stop), int(minutes[start]))
            self.flush_due()

    def flush_due(self) -> None:
        """Send what has waited long enough, or is enough."""
        with self._lock:
            if self._pending and (
                self._pending_rows >= self._rows_max or self._clock() - self._pending_since >= self._delay_max
            ):
                self.flush()

    def flush(self) -> None:
        """Send everything gathered; returns when all of it is logged."""
        with self._lock:
            while self._pending:
                table = next(iter(self._pending))
                columns = join(self._pending[table])
                self._send(table, columns)
                del self._pending[table]
                self._pending_rows -= count(columns)

    def position(self, table: str) -> Position | None:
        """How far the plant's log has come with a table, as this publisher last heard."""
        with self._lock:
            if table not in self._known:
                self._known[table] = self._ask(lambda: self._sink.position(table))
            return self._known[table]

    def forget(self, table: str) -> None:
        """Ask the plant anew at the next `position`."""
        with self._lock:
            self._known.pop(table, None)

    def _resume(self, ledger: Ledger) -> None:
        """Learn what earlier runs got logged, the batch whose answer they may not have lived to note included."""
        for table in ledger.tables:
            now, before = self.position(table), ledger.at.get(table)
            if now is None:
                raise FeedError(
                    f"{table}: the plant cannot say what is logged, which a publisher that may restart needs"
                )
            if before is None:
                ledger.write(table, 0, now)
                continue
            done = logged_since(before, now)
            if done is None:
                raise FeedError(
                    f"{table}: the plant's log {now.log} was mended since the last batch was noted, so it is not known whether one more was logged"
                )
            if done < 0:
                raise FeedError(
                    f"{table}: the plant's log {now.log} holds {now.rows} rows, fewer than were acknowledged ({before.rows})"
                )
            # how many were sent to get `done` of them logged is known once they come again: some may be refused
            self._skip[table], self._skip_logged[table] = ledger.sent[table], done
            if self._skip[table]:
                self.sent[table] = self._skip[table]

    def _skip_taken(self, table: str, columns: Columns) -> Columns:
        """What is left of rows after those that an earlier run got logged, and the refused ones between them."""
        taken = np.cumsum(self._ask(lambda: self._sink.fits(table, columns)))
        wanted = self._skip_logged[table]
        known = count(columns) if taken[-1] < wanted else int(np.searchsorted(taken, wanted)) + 1
        self._skip_logged[table] -= min(wanted, int(taken[-1]))
        self.sent[table] = self.sent.get(table, 0) + known
        return take(columns, known)

    def _gather(self, table: str, columns: Columns, minute: int) -> None:
        if self._minute is not None and minute != self._minute:
            self.flush()
        self._minute = minute
        if not self._pending:
            self._pending_since = self._clock()
        self._pending.setdefault(table, []).append(columns)
        self._pending_rows += count(columns)

    def _send(self, table: str, columns: Columns) -> None:
        before = self.position(table)
        if self._marks is not None and table == self._marks.table:
            self._marks.sending(_last_numbers(columns), before)
        try:
            after = self._sink.publish(table, columns)
        except (Unreachable, Timeout):
            after = self._recover(lambda: self._send_missing(table, columns, before))
        self._look(table, count(columns), before, after)
        self._known[table] = after
        self.sent[table] = self.sent.get(table, 0) + count(columns)
        if self._ledger is not None and after is not None:
            self._ledger.write(table, self.sent[table], after)

    def _look(self, table: str, sent: int, before: Position | None, after: Position | None) -> None:
        """Notice whether the log grew by more than was sent."""
        grown = None if before is None or after is None else logged_since(before, after)
        if grown is not None and grown > sent and table not in self._mixed:
            self._mixed.add(table)
            _log.warning(
                "%s: %d rows more were logged than were sent, so it has another publisher; this one ends when its connection breaks, as it cannot know then what of its own is logged",
                table,
                grown - sent,
            )

    def _send_missing(self, table: str, columns: Columns, before: Position | None) -> Position | None:
        now = self._sink.position(table)
        if before is None or now is None:
            raise FeedError(f"{table}: the connection broke and the plant cannot say whether the last batch was logged")
        if table in self._mixed:
            raise FeedError(
                f"{table}: the connection broke and the table has another publisher, so it is not known whether the last batch was logged"
            )
        done = logged_since(before, now)
        if done is None:
            return now if self._sink.ends_with(table, columns) else self._sink.publish(table, columns)
        if not 0 <= done <= count(columns):
            raise FeedError(f"{table}: {done} rows logged of {count(columns)} sent; does another publisher write it?")
        if done in (0, count(columns)):
            return now if done else self._sink.publish(table, columns)
        taken = np.flatnonzero(self._sink.fits(table, columns))
        return now if done >= len(taken) else self._sink.publish(table, pick(columns, taken[done:]))

    def _ask(self, action: Callable[[], T]) -> T:
        """Ask the plant something, connecting again when that is needed."""
        try:
            return action()
        except (Unreachable, Timeout):
            return self._recover(action)

    def _recover(self, action: Callable[[], T]) -> T:
        """Reconnect and do something, as often as needed within the time allowed."""
        deadline = self._clock() + self._retry_for
        wait = 0.05
        while True:
            try:
                self._sink.reconnect()
                self.reconnects += 1
                return action()
            except (Unreachable, Timeout) as broken:
                if self._clock() >= deadline:
                    raise FeedError(f"no connection for {self._retry_for:g} s: {broken}") from broken
            self._sleep(wait)
            wait = min(wait * 2, 1.0)


def _last_numbers(columns: Columns) -> dict[str, int]:
    """The last number of each instrument by venue and symbol."""
    rows = zip(*(columns[name].tolist() for name in ("venue", "sym", "seq")), strict=True)
    return {f"{venue} {sym}": number for venue, sym, number in rows if number != NULL_LONG}


__all__ = ["Position", "Publisher", "Sink", "logged_since"]
