"""
The drop copy's receiving end: stamp, keep, decode, publish.

```
session thread:    message → already had? → journal (durable) → counts as received
publishing thread: journal → rows → publisher → position file
```
A restart at any moment loses and doubles nothing. Before the journal: the sender's session sends again what
was not received. Between journal and plant: the position file says how far publishing had come, and the
plant says how many rows of what followed it had logged. A message that was journalled but not acknowledged
comes again as a possible duplicate and is recognised.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from slipstream.errors import FixError
from slipstream.feed.base import Quarantine
from slipstream.feed.clock import Clock, RealClock
from slipstream.feed.ledger import JsonLines
from slipstream.feed.publish import Position, Publisher, logged_since
from slipstream.feed.schema import DAY_NS, FIX_TABLES, NULL_TIME, Row, columns
from slipstream.fix.dictionary import Dictionary
from slipstream.fix.engine import Endpoint, SessionApp, Sessions, Signal
from slipstream.fix.journal import Journal, Record, Sync, read_records
from slipstream.fix.lifecycle import Orders
from slipstream.fix.message import Malformed, Message, parse


@dataclass
class CaptureCounters:
    """What the capture has seen since it started."""

    messages: int = 0
    """Messages kept."""
    duplicates: int = 0
    """Messages recognised as already had."""
    undecodable: int = 0
    """Messages kept in `fixraw` that gave no other row because they could not be read."""
    refused: int = 0
    """Messages whose order or fill row is in quarantine instead of its table."""
    recovered: int = 0
    """Messages taken from the journal at the start and published now."""
    rows: dict[str, int] = field(default_factory=dict)

    def as_dict(self) -> dict[str, object]:
        """For reports and JSON."""
        return asdict(self)


class Capture:
    """
    Args:
        endpoint: the drop copy session.
        publisher: where rows go; it must be the only one that writes the FIX tables.
        journal: file of raw messages; `<journal>.position` beside it says how far publishing has come.
        clock: gives each message its `time`.
        accept: listen for the broker, or connect to it.
        sync: see `Journal`.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        publisher: Publisher,
        journal: Path,
        *,
        clock: Clock | None = None,
        accept: bool = False,
        spec: Dictionary | None = None,
        quarantine: Quarantine | None = None,
        sync: Sync = "always",
        signal: Signal | None = None,
    ) -> None:
        self.counters = CaptureCounters()
        self.quarantine = quarantine or Quarantine()
        self.signal = signal or Signal()
        self._publisher = publisher
        self._clock = clock or RealClock()
        self._orders = Orders(spec)
        self._seen: set[tuple[str, ...]] = set()
        self._lock = threading.Lock()
        self._journal = Journal(journal, sync=sync)
        self._positions = PositionFile(journal.with_name(journal.name + ".position"))
        self._published = self._positions.records
        kept = len(self._journal.records)
        if self._published > kept:
            raise FixError(f"{journal}: {kept} messages, but {self._published} were published from it")
        self.app = SessionApp(self.signal, self._take)
        self._sessions = Sessions(self.app, [endpoint], accept=accept)
        if kept:
            self._clock.seen(self._journal.records[-1].time)
        self._recover()

    @property
    def count(self) -> int:
        """Messages in the journal, of this and earlier runs."""
        return len(self._journal.records)

    @property
    def pending(self) -> int:
        """Messages kept and not yet published."""
        return len(self._journal.records) - self._published

    def start(self) -> None:
        """Open the session."""
        self._sessions.start()

    def wait_logon(self, timeout: float = 10.0) -> None:
        """Return when the session is up."""
        self._sessions.wait_logon(timeout)

    def stop(self) -> None:
        """Close the session and the files; what is pending stays in the journal for the next run."""
        self._sessions.stop()
        self._journal.close()
        self._positions.close()

    def published(self, copies: int, timeout: float) -> None:
        """Return when the journal holds so many messages and all are published. Raises FixError when they are not in time."""
        if not self.signal.wait_for(lambda: self.count >= copies or self.app.failed is not None, timeout):
            raise FixError(f"{self.count} of {copies} messages captured after {timeout:g} s")
        self.check()
        if self.pending:
            self.drain()

    def drain(self) -> int:
        """Publish what is pending; returns the number of messages. Call it from one thread only."""
        records = self._journal.records[self._published :]
        if records:
            self._publish(self._decode(records), {})
            self._mark(self._published + len(records))
        return len(records)

    def serve(self, stop: threading.Event, *, wait: float = 0.05) -> None:
        """Run as a process of its own: publish what arrives until told to stop. Raises FixError when
        capturing fails."""
        self.start()
        try:
            while not stop.is_set():
                self.signal.wait_for(lambda: bool(self.pending) or self.app.failed is not None, wait)
                self.check()
                if self.drain():
                    self.signal.notify()
        finally:
            self.stop()

    def check(self) -> None:
        """Raise FixError if a message could not be kept."""
        if self.app.failed is not None:
            raise FixError(f"a message could not be captured: {self.app.failed}") from self.app.failed

    def _take(self, session: str, raw: bytes) -> None:
        """In the session's thread: keep a message, unless it is one we have."""
        try:
            message = parse(raw, check=False)
            etime = message.moment(60) if 60 in message else message.moment(52)
        except Malformed as error:
            # the session layer let it pass, so it is kept and counted rather than lost
            self.quarantine.add(session, self.count, str(error), raw)
            message, etime = None, NULL_TIME
        with self._lock:
            keys = _keys(session, message, raw)
            if message is not None and self._had(message, keys):
                self.counters.duplicates += 1
                return
            moment = self._clock.received(etime if etime != NULL_TIME else self._clock.now())
            self._journal.append(Record(time.time_ns(), moment, session, raw))
            self._seen.update(keys)
            self.counters.messages += 1

    def _had(self, message: Message, keys: Sequence[tuple[str, ...]]) -> bool:
        execution = [key for key in keys if key[0] == "exec"]
        if execution:
            return execution[0] in self._seen
        numbered, body = keys[:2]
        # sent again by the session under its old number, or by the application under a new one
        return (message.get(43) == "Y" and numbered in self._seen) or (message.get(97) == "Y" and body in self._seen)

    def _recover(self) -> None:
        records = self._journal.records
        for record in records:
            try:
                message = parse(record.raw, check=False)
            except Malformed:
                message = None
            self._seen.update(_keys(record.session, message, record.raw))
        self._decode(records[: self._published], count=False)
        pending = records[self._published :]
        if not records and not self._positions.tables:
            self._mark(0)  # where the plant's log stood before anything of ours
        if not pending:
            return
        done: dict[str, int] = {}
        for table in FIX_TABLES:
            self._publisher.forget(table)
            now, before = self._publisher.position(table), self._positions.tables.get(table)
            if now is not None:
                done[table] = logged_since(before or Position(now.log, 0), now)
                if done[table] < 0:
                    raise FixError(
                        f"{self._journal.path}: the plant's log {now.log} holds {now.rows} rows of {table}, fewer than "
                        f"were published from this journal; it belongs to another plant"
                    )
        self._publish(self._decode(pending), done)
        self._mark(len(records))
        self.counters.recovered += len(pending)

    def _decode(self, records: Sequence[Record], *, count: bool = True) -> dict[str, list[Row]]:
        rows: dict[str, list[Row]] = {}
        for record in records:
            for table, row in self._rows(record, count=count).items():
                rows.setdefault(table, []).append(row)
        return rows

    def _rows(self, record: Record, *, count: bool) -> dict[str, Row]:
        try:
            message = parse(record.raw, check=False)
            decoded, rows = self._orders.rows(message, time=record.time, session=record.session)
        except Malformed as error:
            if count:
                self.counters.undecodable += 1
                self.quarantine.add(record.session, record.received, str(error), record.raw)
            return {"fixraw": (record.time, "", record.session, "", -1, "", record.raw)}
        if count and decoded.problems:
            self.counters.refused += decoded.refused
            self.quarantine.add(record.session, record.received, "; ".join(decoded.problems), record.raw)
        return rows

    def _publish(self, rows: dict[str, list[Row]], done: dict[str, int]) -> None:
        self._publisher.flush()
        fresh = {table: rows.get(table, [])[done.get(table, 0) :] for table in FIX_TABLES}
        # every table's rows of one day before any of the next, for the plant's end of day
        for day in sorted({row[0] // DAY_NS for made in fresh.values() for row in made}):
            for table, made in fresh.items():
                of_day = [row for row in made if row[0] // DAY_NS == day]
                if of_day:
                    self._publisher.add(table, columns(table, of_day))
                    self.counters.rows[table] = self.counters.rows.get(table, 0) + len(of_day)
        self._publisher.flush()

    def _mark(self, records: int) -> None:
        tables = {table: self._publisher.position(table) for table in FIX_TABLES}
        self._positions.write(records, {table: at for table, at in tables.items() if at is not None})
        self._published = records


class PositionFile(JsonLines):
    """How far publishing has come: a file of JSON lines, of which the last whole one counts."""

    def __init__(self, path: Path) -> None:
        self.records, self.tables = last_position(path)
        super().__init__(path)
        if self._file.tell() and not path.read_bytes().endswith(b"\n"):
            self._file.write(b"\n")

    def write(self, records: int, tables: dict[str, Position]) -> None:
        """Note a position; durable against the death of this process."""
        self.records, self.tables = records, tables
        self.append({"records": records, "tables": {table: asdict(at) for table, at in tables.items()}})


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


def journal_rows(journal: Path, spec: Dictionary | None = None) -> tuple[int, dict[str, int]]:
    """How many messages a journal holds, and how many rows of each table they are."""
    orders, rows, count = Orders(spec), dict[str, int](), 0
    for record in read_records(journal):
        count += 1
        try:
            _, made = orders.rows(parse(record.raw, check=False), time=record.time, session=record.session)
        except Malformed:
            made = {"fixraw": ()}  # kept as it is, see `Capture`
        for table in made:
            rows[table] = rows.get(table, 0) + 1
    return count, rows


def _keys(session: str, message: Message | None, raw: bytes) -> list[tuple[str, ...]]:
    """What makes a message the one it is: for executions their id on that day, otherwise its number and its
    contents."""
    if message is None:
        return [("raw", session, raw.hex())]
    kind, execid = message.msgtype, message.get(17)
    if kind == "8" and execid and execid != "0" and message.get(150) != "I" and message.get(20) != "3":
        day = (message.get(60) or message.get(52))[:8]
        return [("exec", session, day, execid)]
    body = tuple(message.get(tag) for tag in (115, 128, 11, 41, 37, 39, 60, 38, 44, 58))
    return [("seq", session, kind, message.get(34), *body), ("body", session, kind, *body)]
