"""
Raw FIX messages on their way to the plant, wherever they come from: keep, decode, publish.

```
whoever receives:   message → already had? → journal (durable) → counts as received
publishing thread:  journal → rows → publisher → position file
```
A restart at any moment loses and doubles nothing. Before the journal: the source gives again what was not
kept. Between journal and plant: the position file says how far publishing had come, and the plant says how
many rows of what followed it had logged. A message that was kept and comes again is recognised.

When a day or enough bytes are published the journal goes on in another file (`Rotation`), which begins with what is
still to be known of the messages before it.
"""

from __future__ import annotations

import copy
import json
import logging
import os
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from slipstream.errors import FixError
from slipstream.feed.base import Quarantine
from slipstream.feed.clock import Clock, RealClock
from slipstream.feed.ledger import JsonLines
from slipstream.feed.publish import Position, Publisher, logged_since
from slipstream.feed.schema import DAY_NS, FIX_TABLES, MINUTE_NS, NULL_TIME, Row, columns
from slipstream.fix.journal import Journal, Record, State, Sync, read_file, read_journal
from slipstream.fix.lifecycle import Orders, Rows
from slipstream.fix.seen import Seen, same, stamp

_log = logging.getLogger(__name__)
_POSITION_LINES = 20_000
"""Lines after which a position file is written anew."""
_AGAIN_S = 60.0
"""Before a file that could not be begun is tried again."""


@dataclass
class CaptureCounters:
    """What has been seen since the start."""

    messages: int = 0
    """Messages kept."""
    duplicates: int = 0
    """Messages recognised as already had."""
    undecodable: int = 0
    """Messages kept in `fixraw` that gave no other row because they could not be read, or not be believed."""
    refused: int = 0
    """Messages whose order or fill row is in quarantine instead of its table."""
    recovered: int = 0
    """Messages taken from the journal at the start and published now."""
    problems: dict[str, int] = field(default_factory=dict)
    """Messages by what is wrong with them."""
    rows: dict[str, int] = field(default_factory=dict)

    def count(self, problems: Sequence[str], made: Mapping[str, Sequence[Row]]) -> None:
        """A message with something wrong, and the rows that it gave."""
        if "orders" not in made and "fills" not in made:
            if made["fixraw"][0][3]:  # the direction: it could be decoded
                self.refused += 1
            else:
                self.undecodable += 1
        for problem in problems:
            kind = problem.split(":", 1)[0]
            self.problems[kind] = self.problems.get(kind, 0) + 1

    def as_dict(self) -> dict[str, object]:
        """For reports and JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Rotation:
    """When the journal goes on in another file, and what is known there of earlier ones."""

    size: int = 64 << 20
    """Bytes of messages that fill a file."""
    daily: bool = True
    """A file also ends when messages of a later day come."""
    days: int | None = 10
    """For so many days before that of the newest message what came is recognised when it comes again, and orders are remembered that work no
    more; None is for ever."""


class Intake:
    """
    Args:
        publisher: where rows go; it must be the only one that writes the FIX tables.
        journal: file of raw messages; `<journal>.position` beside it says how far publishing has come.
        orders: decodes; fresh, as the journal is decoded again at the start.
        clock: gives each message its `time`.
        sync: see `Journal`.
        rotation: without it one file is written for ever.
    """

    def __init__(
        self,
        publisher: Publisher,
        journal: Path,
        *,
        orders: Orders | None = None,
        clock: Clock | None = None,
        quarantine: Quarantine | None = None,
        sync: Sync = "always",
        rotation: Rotation | None = None,
    ) -> None:
        self.counters = CaptureCounters()
        self.quarantine = quarantine or Quarantine()
        self.orders = orders or Orders()
        self._publisher = publisher
        self._clock = clock or RealClock()
        self._seen = Seen()
        self._lock = threading.Lock()
        self._rotation, self._wait_until = rotation, 0.0
        self._heard: set[str] = set()
        self._journal = Journal(journal, sync=sync)
        self._positions = PositionFile(journal.with_name(journal.name + ".position"))
        self._last = NULL_TIME
        """Time of the newest message."""
        self._recover()
        self._rotate_if_due()

    @property
    def count(self) -> int:
        """Messages kept, of this and earlier runs."""
        return self._journal.count

    @property
    def pending(self) -> int:
        """Messages kept and not yet published."""
        return self._journal.count - self._published

    @property
    def sessions(self) -> frozenset[str]:
        """Of the messages that were kept."""
        return frozenset(self._heard)

    def close(self) -> None:
        """Close the files; what is pending stays in the journal for the next run."""
        self._journal.close()
        self._positions.close()

    def take(self, session: str, raw: bytes, *, moment: int | None = None) -> bool:
        """
        Keep a message, unless it is one we have. Safe to call from any thread.

        Args:
            session: the session that it came by.
            raw: the message; bytes that are none are kept all the same.
            moment: when it was received, ns since 1970, if not now; then the same bytes of the same moment are the same
                message, so that a source may be read again.

        Returns:
            whether it was kept.
        """
        with self._lock:
            message, keys, new = self._seen.look(session, raw, moment)
            if not new:
                self.counters.duplicates += 1
                return False
            if moment is None:
                etime = stamp(message)
                moment = self._clock.received(etime if etime != NULL_TIME else self._clock.now())
                keys.append(same(session, raw, moment))
            self._journal.append(Record(time.time_ns(), moment, session, raw))
            self._seen.note(keys, moment)
            self._heard.add(session)
            self.counters.messages += 1
        return True

    def drain(self) -> int:
        """Publish what is pending; returns the number of messages. Call it from one thread only."""
        self._rotate_if_due()
        records = self._journal.records[:]
        if records:
            self._publish(self._decode(records), {})
            self._done(records)
            self._rotate_if_due()
        return len(records)

    def _recover(self) -> None:
        journal, state = self._journal, self._journal.state
        if state.words:
            self._restore(state)
            journal.state = State(state.base)  # the rest is needed once
        if self._positions.records < state.base:
            # its last lines were lost with the power
            tables = {table: Position(**at) for table, at in state.words["tables"].items()}
            self._positions.write(state.base, tables)
        self._published = self._positions.records
        if self._published > journal.count:
            raise FixError(f"{journal.path}: {journal.count} messages, but {self._published} were published from it")
        for record in journal.records:
            self._seen.note(self._seen.look(record.session, record.raw, record.time)[1], record.time)
            self._heard.add(record.session)
        done_before = journal.records[: self._published - state.base]
        for record in done_before:
            self.orders.raw(record.raw, time=record.time, session=record.session)
        if done_before:
            self._last = done_before[-1].time
        journal.release(len(done_before))
        pending = journal.records[:]
        newest = pending[-1].time if pending else self._last
        if newest != NULL_TIME:
            self._clock.seen(newest)
        if not journal.count and not self._positions.tables:
            self._mark(0)  # where the plant's log stood before anything of ours
        if not pending:
            return
        done: dict[str, int] = {}
        for table in FIX_TABLES:
            self._publisher.forget(table)
            now, before = self._publisher.position(table), self._positions.tables.get(table)
            if now is not None:
                since = logged_since(before or Position(now.log, 0, now.epoch), now)
                if since is None:
                    raise FixError(
                        f"{self._journal.path}: the plant's log {now.log} was damaged and mended since the last rows of {table} were "
                        f"noted, so it is not known which of them it holds; see {now.log}.damage"
                    )
                done[table] = since
                if since < 0:
                    raise FixError(
                        f"{self._journal.path}: the plant's log {now.log} holds {now.rows} rows of {table}, fewer than "
                        f"were published from this journal; it belongs to another plant"
                    )
        minutes = self._decode(pending)
        for table, logged in done.items():
            made = sum(len(rows.get(table, ())) for rows in minutes)
            if logged > made:
                _log.warning(
                    "%s: %d rows of %s were logged since the last that was noted, and what is left of this journal makes %d: another publisher "
                    "wrote some, and rows that are not logged may be left out",
                    journal.path,
                    logged,
                    table,
                    made,
                )
        self._publish(minutes, done)
        self._done(pending)
        self.counters.recovered += len(pending)

    def _decode(self, records: Sequence[Record]) -> list[dict[str, list[Row]]]:
        """Rows by table, of the messages of one minute after those of another: a trading day begins with a minute."""
        found: list[dict[str, list[Row]]] = []
        minute: int | None = None
        for record in records:
            problems, made = self.orders.raw(record.raw, time=record.time, session=record.session)
            if record.time // MINUTE_NS != minute:
                minute = record.time // MINUTE_NS
                found.append({})
            for table, some in made.items():
                found[-1].setdefault(table, []).extend(some)
            if problems:
                self.counters.count(problems, made)
                self.quarantine.add(record.session, record.received, "; ".join(problems), record.raw)
        return found

    def _publish(self, minutes: Sequence[Mapping[str, Sequence[Row]]], done: Mapping[str, int]) -> None:
        """
        Send the rows of `_decode`, but of each table the first `done`.

        Each table's rows go in the order of the journal, whatever their times: what a run that died got logged is always the first of them.
        """
        self._publisher.flush()
        known = dict(done)
        for rows in minutes:
            for table in FIX_TABLES:
                made = rows.get(table, [])
                skip = min(known.get(table, 0), len(made))
                if skip:
                    known[table] -= skip
                if len(made) > skip:
                    self._publisher.add(table, columns(table, made[skip:]))
                    self.counters.rows[table] = self.counters.rows.get(table, 0) + len(made) - skip
        self._publisher.flush()

    def _done(self, records: Sequence[Record]) -> None:
        """These, the oldest of the pending ones, are published."""
        self._mark(self._published + len(records))
        self._journal.release(len(records))
        self._last = records[-1].time

    # ---- the next file

    def _rotate_if_due(self) -> None:
        rule, journal = self._rotation, self._journal
        if rule is None or journal.days is None or self._published == journal.state.base:
            return
        first, last = journal.days
        newest = journal.records[-1:]
        later = first < last or any(record.time // DAY_NS > last for record in newest)
        due = journal.size >= rule.size or (rule.daily and later)
        if due and time.monotonic() >= self._wait_until:
            try:
                self._rotate(None if rule.days is None else last - rule.days)
            except OSError as error:
                self._wait_until = time.monotonic() + _AGAIN_S
                _log.warning("%s: goes on in the same file, another could not be begun: %s", journal.path, error)

    def _rotate(self, before: int | None) -> None:
        """Go on in another file. Who appends is held up for as long as the pending messages are copied to it, not while the state is written."""
        orders = copy.copy(self.orders)
        if before is not None:
            orders.forget(before)
        with self._lock:
            seen, digests = self._seen.state(before)
            sessions = sorted(self._heard)
        words = {"orders": orders.state(), "seen": seen, "sessions": sessions, "last": self._last}
        words["tables"] = {table: asdict(at) for table, at in self._positions.tables.items()}
        self._journal.prepare(State(self._published, words, digests))
        with self._lock:
            self._journal.follow()
            if before is not None:
                # not sooner: as long as the old file stands, another start has all of it, and must make the same rows
                self._seen.forget(before)
                self.orders.forget(before)

    def _restore(self, state: State) -> None:
        self.orders.restore(state.words["orders"])
        self._seen.restore(state.words["seen"], state.digests)
        self._heard = set(state.words["sessions"])
        self._last = state.words["last"]

    def _mark(self, records: int) -> None:
        tables = {table: self._publisher.position(table) for table in FIX_TABLES}
        self._positions.write(records, {table: at for table, at in tables.items() if at is not None})
        self._published = records


class PositionFile(JsonLines):
    """How far publishing has come: a file of JSON lines, of which the last whole one counts."""

    def __init__(self, path: Path) -> None:
        self.records, self.tables = last_position(path)
        self._path = path
        self._begin()

    def write(self, records: int, tables: dict[str, Position]) -> None:
        """Note a position; durable against the death of this process."""
        self.records, self.tables = records, tables
        if self._lines >= _POSITION_LINES:
            self.close()
            self._begin()
        self._lines += 1
        self._append()

    def _begin(self) -> None:
        """The last line alone, in a file that takes the old one's place."""
        aside = self._path.with_name(self._path.name + ".new")
        aside.unlink(missing_ok=True)
        super().__init__(aside)
        if self.records or self.tables:
            self._append()
        self._file.flush()
        os.fsync(self._file.fileno())
        aside.replace(self._path)
        self._lines = 1

    def _append(self) -> None:
        self.append({"records": self.records, "tables": {table: asdict(at) for table, at in self.tables.items()}})


def last_position(path: Path, *, tail: int = 4_096) -> tuple[int, dict[str, Position]]:
    """The number of messages published and where each table's log stood then, from the last whole line of a position file;
    a file that is not there says nothing was."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - tail))
            lines = file.read().split(b"\n")
    except FileNotFoundError:
        return 0, {}
    for line in reversed(lines):
        try:
            entry = json.loads(line)
            return entry["records"], {table: Position(**at) for table, at in entry["tables"].items()}
        except ValueError:
            continue  # torn by an interrupted write, or cut by where we began to read
    return 0, {}


def unpublished(journal: Path) -> int:
    """How many messages of a journal that nobody writes were kept and not published; those of one that is not there are none."""
    if not journal.exists():
        return 0
    state, records = read_file(journal)
    published = last_position(journal.with_name(journal.name + ".position"))[0]
    return state.base + len(records) - max(published, state.base)


def replay(journal: Path, orders: Orders | None = None) -> Iterator[tuple[Record, Rows]]:
    """The messages of a journal with their rows, as they were made; those in files that retention removed are left out."""
    orders = orders or Orders()
    for state, records in read_journal(journal):
        if state.words:
            orders.restore(state.words["orders"])
        for record in records:
            yield record, orders.raw(record.raw, time=record.time, session=record.session)[1]


def journal_rows(journal: Path, orders: Orders | None = None) -> tuple[int, dict[str, int]]:
    """How many messages a journal holds, and how many rows of each table they are."""
    rows, count = dict[str, int](), 0
    for _, made in replay(journal, orders):
        count += 1
        for table, some in made.items():
            rows[table] = rows.get(table, 0) + len(some)
    return count, rows
