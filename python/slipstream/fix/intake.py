"""
Raw FIX messages on their way to the plant, wherever they come from: keep, decode, publish.

```
whoever receives:   message → already had? → journal (durable) → counts as received
publishing thread:  journal → rows → publisher → position file
```
A restart at any moment loses and doubles nothing. Before the journal: the source gives again what was not
kept. Between journal and plant: the position file says how far publishing had come, and the plant says how
many rows of what followed it had logged. A message that was kept and comes again is recognised.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from slipstream.errors import FixError
from slipstream.feed.base import Quarantine
from slipstream.feed.clock import Clock, RealClock
from slipstream.feed.ledger import JsonLines
from slipstream.feed.publish import Position, Publisher, logged_since
from slipstream.feed.schema import FIX_TABLES, MINUTE_NS, NULL_TIME, Row, columns
from slipstream.fix.journal import Journal, Record, Sync, read_records
from slipstream.fix.lifecycle import Orders
from slipstream.fix.message import Malformed, Message, parse


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


class Intake:
    """
    Args:
        publisher: where rows go; it must be the only one that writes the FIX tables.
        journal: file of raw messages; `<journal>.position` beside it says how far publishing has come.
        orders: decodes; fresh, as the journal is decoded again at the start.
        clock: gives each message its `time`.
        sync: see `Journal`.
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
    ) -> None:
        self.counters = CaptureCounters()
        self.quarantine = quarantine or Quarantine()
        self.orders = orders or Orders()
        self._publisher = publisher
        self._clock = clock or RealClock()
        self._seen = Seen()
        self._lock = threading.Lock()
        self._journal = Journal(journal, sync=sync)
        self._positions = PositionFile(journal.with_name(journal.name + ".position"))
        self._published = self._positions.records
        kept = len(self._journal.records)
        if self._published > kept:
            raise FixError(f"{journal}: {kept} messages, but {self._published} were published from it")
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

    @property
    def sessions(self) -> frozenset[str]:
        """Of the messages in the journal."""
        return frozenset(record.session for record in self._journal.records)

    def kept(self, session: str) -> int:
        """Messages of one session or source in the journal."""
        return sum(record.session == session for record in self._journal.records)

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
                etime = _stamp(message)
                moment = self._clock.received(etime if etime != NULL_TIME else self._clock.now())
                keys.append(_same(session, raw, moment))
            self._journal.append(Record(time.time_ns(), moment, session, raw))
            self._seen.note(keys)
            self.counters.messages += 1
        return True

    def drain(self) -> int:
        """Publish what is pending; returns the number of messages. Call it from one thread only."""
        records = self._journal.records[self._published :]
        if records:
            self._publish(self._decode(records), {})
            self._mark(self._published + len(records))
        return len(records)

    def _recover(self) -> None:
        records = self._journal.records
        for record in records:
            self._seen.note(self._seen.look(record.session, record.raw, record.time)[1])
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
        self._publish(self._decode(pending), done)
        self._mark(len(records))
        self.counters.recovered += len(pending)

    def _decode(self, records: Sequence[Record], *, count: bool = True) -> list[dict[str, list[Row]]]:
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
            if count and problems:
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


def journal_rows(journal: Path, orders: Orders | None = None) -> tuple[int, dict[str, int]]:
    """How many messages a journal holds, and how many rows of each table they are."""
    orders, rows, count = orders or Orders(), dict[str, int](), 0
    for record in read_records(journal):
        count += 1
        _, made = orders.raw(record.raw, time=record.time, session=record.session)
        for table, some in made.items():
            rows[table] = rows.get(table, 0) + len(some)
    return count, rows


class Seen:
    """Which messages have been had."""

    def __init__(self) -> None:
        self._keys: set[tuple[object, ...]] = set()

    def look(
        self, session: str, raw: bytes, moment: int | None = None
    ) -> tuple[Message | None, list[tuple[object, ...]], bool]:
        """The message, if it can be read, what it is known by from now on (`note`), and whether it is new."""
        message = _readable(raw)
        keys = [] if message is None else _keys(session, message)
        new = True
        if message is not None and keys[0][0] == "exec":
            new = keys[0] not in self._keys
        elif message is not None:
            numbered, body = keys
            # sent again by the session under its old number, or by the application under a new one
            new = not (
                (message.get(43) == "Y" and numbered in self._keys) or (message.get(97) == "Y" and body in self._keys)
            )
        if moment is not None:
            keys.append(_same(session, raw, moment))
            new = new and keys[-1] not in self._keys
        return message, keys, new

    def note(self, keys: Iterable[tuple[object, ...]]) -> None:
        """A message has been kept that is known by these."""
        self._keys.update(keys)


def _readable(raw: bytes) -> Message | None:
    """Whoever decodes it says what is wrong with a message and counts it; here it is kept rather than lost."""
    try:
        message = parse(raw, check=False)
        _stamp(message)
    except Malformed:
        return None
    return message


def _stamp(message: Message | None) -> int:
    if message is None:
        return NULL_TIME
    return message.moment(60) if 60 in message else message.moment(52)


def _same(session: str, raw: bytes, moment: int) -> tuple[object, ...]:
    return ("raw", session, moment, hashlib.blake2b(raw, digest_size=12).digest())


def _keys(session: str, message: Message) -> list[tuple[object, ...]]:
    """What makes a message the one it is: for executions their id on that day, otherwise its number and its
    contents."""
    kind, execid = message.msgtype, message.get(17)
    if kind == "8" and execid and execid != "0" and message.get(150) != "I" and message.get(20) != "3":
        day = (message.get(60) or message.get(52))[:8]
        return [("exec", session, day, execid)]
    body = tuple(message.get(tag) for tag in (115, 128, 11, 41, 37, 39, 60, 38, 44, 58))
    return [("seq", session, kind, message.get(34), *body), ("body", session, kind, *body)]
