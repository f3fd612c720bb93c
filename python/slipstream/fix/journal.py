"""
The capture's log of raw messages: appended and made durable before a message counts as received, read back
after a restart.

A file begins with `SLPFIX1\\n`; each record is, little-endian, length u32, crc32 u32 of what follows,
receive time i64 (wall clock, ns since 1970), event time i64 (the `time` of its rows), then `session NUL
message`. A torn last record is cut off when the file is opened; it was never acknowledged, so its sender
sends it again.

When a file is closed, another takes its name. That one begins with `SLPFIX2\\n` and, framed like a record, what has to be known of
all messages before it (`State`), so that a start reads one file only; the messages that were not published yet
are in both. The closed file stays beside it as `<name>.<messages before it>.<first day>-<last day>`. One rename does it: whoever
dies before it leaves the old file, whoever dies behind it the new one.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import struct
import time
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO, Literal

from slipstream.errors import FixError
from slipstream.feed.schema import DAY_NS

Sync = Literal["always", "interval", "never"]

_MAGIC = b"SLPFIX1\n"
_MAGIC_STATE = b"SLPFIX2\n"
_HEAD = struct.Struct("<II")
_TIMES = struct.Struct("<qq")
_WORDS = struct.Struct("<I")
_CLOSED = re.compile(r"\.(\d{12})\.(\d{8})-(\d{8})$")


@dataclass(frozen=True)
class Record:
    """One message as it was captured."""

    received: int
    """Wall clock, ns since 1970."""
    time: int
    """Event time, ns since 1970; the `time` column of its rows."""
    session: str
    raw: bytes

    def framed(self) -> bytes:
        """As it stands in a file."""
        return _framed(_TIMES.pack(self.received, self.time) + self.session.encode() + b"\0" + self.raw)


@dataclass(frozen=True)
class State:
    """What was known when a file was begun."""

    base: int = 0
    """Messages before this file's."""
    words: Mapping[str, Any] = field(default_factory=dict)
    """As JSON can hold it; empty in the first file."""
    digests: bytes = b""

    def framed(self) -> bytes:
        """As it stands at the beginning of a file."""
        words = json.dumps({"base": self.base, **self.words}).encode()
        return _framed(_WORDS.pack(len(words)) + words + self.digests)


@dataclass(frozen=True)
class Closed:
    """A file that is written no more."""

    path: Path
    base: int
    first: dt.date
    last: dt.date
    """Days (UTC) of its messages, by `time`."""


class Journal:
    """
    An append-only file of records.

    Args:
        path: the file; made if absent.
        sync: when to fsync: after each record, at most every `interval` seconds, or never (what a power cut
        may lose is then the
            system's choice; the death of this process alone loses nothing either way).
    """

    def __init__(self, path: Path, *, sync: Sync = "always", interval: float = 0.2) -> None:
        self.path = path
        self.cut = 0
        """Bytes of a torn last record cut off on opening."""
        self.records: list[Record] = []
        """On opening all of the file, then those that were not released."""
        self.state = State()
        self.size = 0
        """Bytes of the file's records."""
        self.days: tuple[int, int] | None = None
        """First and last day (since 1970, UTC) of the file's records that were released."""
        self._sync, self._interval = sync, interval
        self._synced = time.monotonic()
        self._next: tuple[BinaryIO, State] | None = None
        path.parent.mkdir(parents=True, exist_ok=True)
        # a beginning that was not written whole was never followed by a record
        fresh = not path.exists() or (path.stat().st_size < len(_MAGIC) and _MAGIC.startswith(path.read_bytes()))
        if fresh and closed_files(path):
            raise FixError(f"{path}: it is gone, but the files before it are there; what it held of them is needed")
        if fresh:
            path.write_bytes(_MAGIC)
        else:
            self._read()
        self.count = self.state.base + len(self.records)
        """Messages of this file and those before it."""
        self._file = path.open("ab")

    def append(self, record: Record) -> None:
        """Write one record; it is in the system's hands, or on disk as `sync` says, when this returns."""
        framed = record.framed()
        self._file.write(framed)
        self._file.flush()
        now = time.monotonic()
        if self._sync == "always" or (self._sync == "interval" and now - self._synced >= self._interval):
            os.fsync(self._file.fileno())
            self._synced = now
        self.size += len(framed)
        self.records.append(record)
        self.count += 1

    def release(self, records: int) -> None:
        """So many of the oldest of `records` are needed in memory no more, nor by the next file."""
        for record in self.records[:records]:
            day = record.time // DAY_NS
            first, last = self.days or (day, day)
            self.days = min(first, day), max(last, day)
        del self.records[:records]

    def prepare(self, state: State) -> None:
        """Begin the file that is to follow this one: slow, and whoever appends meanwhile goes on in this one. Raises OSError."""
        following = self._aside.open("wb")
        self._next = following, state
        following.write(_MAGIC_STATE + state.framed())
        following.flush()
        os.fsync(following.fileno())

    def follow(self) -> None:
        """
        Close this file and go on in the prepared one, which takes over what was not released. Nobody may append meanwhile.

        Raises:
            OSError: the disk did; this file is still the one that is written.
            FixError: it is not known whether the new one has its name for good.
        """
        assert self._next is not None and self.days is not None
        (following, state), self._next = self._next, None
        assert state.base == self.count - len(self.records)
        kept = [record.framed() for record in self.records]
        with following:
            following.writelines(kept)
            following.flush()
            os.fsync(following.fileno())
        self._link(
            self.path.with_name(f"{self.path.name}.{self.state.base:012}.{_day(self.days[0])}-{_day(self.days[1])}")
        )
        if self._sync != "never":
            os.fsync(self._file.fileno())
        self._aside.replace(self.path)
        self._file.close()
        self._file, self.state = self.path.open("ab"), State(state.base)
        self.size, self.days = sum(map(len, kept)), None
        try:
            _sync_names(self.path.parent)
        except OSError as error:
            raise FixError(f"{self.path}: its name could not be forced to disk: {error}") from error

    def close(self) -> None:
        """Sync and close."""
        if not self._file.closed:
            self._file.flush()
            if self._sync != "never":
                os.fsync(self._file.fileno())
            self._file.close()

    @property
    def _aside(self) -> Path:
        return self.path.with_name(self.path.name + ".new")

    def _link(self, closed: Path) -> None:
        """Another name for this file. One that somebody gave it who died before the rename is taken away."""
        for other in closed_files(self.path):
            if other.base == self.state.base and other.path.samefile(self.path):
                other.path.unlink()
        os.link(self.path, closed)

    def _read(self) -> None:
        data = self.path.read_bytes()
        self.state, self.records, whole, self.size = _parse(self.path, data)
        self.cut = len(data) - whole
        if self.cut:
            with self.path.open("r+b") as file:
                file.truncate(whole)


def read_records(path: Path) -> list[Record]:
    """What one file of a journal holds, whoever writes it at the moment; a torn last record is left alone."""
    return read_file(path)[1]


def read_file(path: Path) -> tuple[State, list[Record]]:
    """The same with what was known before."""
    return _parse(path, path.read_bytes())[:2]


def closed_files(path: Path) -> list[Closed]:
    """The closed files of a journal that are still there, oldest first."""
    found = []
    for file in path.parent.glob(f"{path.name}.*"):
        if match := _CLOSED.fullmatch(file.name.removeprefix(path.name)):
            base, first, last = match.groups()
            found.append(
                Closed(file, int(base), *(dt.datetime.strptime(day, "%Y%m%d").date() for day in (first, last)))
            )
    return sorted(found, key=lambda closed: (closed.base, closed.last))


def read_journal(path: Path) -> Iterator[tuple[State, list[Record]]]:
    """
    All files of a journal in order, each message once. Files that retention removed are left out.

    Raises:
        FixError: one between others is missing, or holds fewer messages than the next one says.
    """
    state, records = read_file(path)  # before the others: it may be closed at any moment
    before = {closed.base: closed for closed in closed_files(path) if closed.base < state.base}
    bases = [*before, state.base]
    for base, following in pairwise(bases):
        known, held = read_file(before[base].path)
        if known.base != base or base + len(held) < following:
            raise FixError(f"{path}: messages from {base + len(held)} to {following} are in no file")
        yield known, held[: following - base]
    yield state, records


def _framed(body: bytes) -> bytes:
    return _HEAD.pack(len(body), zlib.crc32(body)) + body


def _parse(path: Path, data: bytes) -> tuple[State, list[Record], int, int]:
    """What was known before, the records, where the last whole one ends, and their bytes."""
    state, begin = State(), len(_MAGIC)
    if data.startswith(_MAGIC_STATE):
        state, begin = _parse_state(path, data)
    elif not data.startswith(_MAGIC):
        raise FixError(f"{path}: not a FIX capture journal")
    records: list[Record] = []
    position = begin
    while position < len(data):
        body_at = position + _HEAD.size
        if body_at > len(data):
            break
        length, crc = _HEAD.unpack_from(data, position)
        body = data[body_at : body_at + length]
        if len(body) < length or length < _TIMES.size:
            break
        if zlib.crc32(body) != crc:
            if body_at + length < len(data):
                raise _damaged(path, position)
            break
        received, moment = _TIMES.unpack_from(body)
        session, _, raw = body[_TIMES.size :].partition(b"\0")
        records.append(Record(received, moment, session.decode(), raw))
        position = body_at + length
    if _follows(data, position + 1):
        # its length says that the record reaches beyond the end, but it was not torn off there
        raise _damaged(path, position)
    return state, records, position, position - begin


def _parse_state(path: Path, data: bytes) -> tuple[State, int]:
    """A file is given its name when its state is on disk, so one that is not whole was damaged."""
    at = len(_MAGIC_STATE) + _HEAD.size
    length, crc = _HEAD.unpack_from(data, len(_MAGIC_STATE)) if at <= len(data) else (0, 0)
    body = data[at : at + length]
    if len(body) < max(length, _WORDS.size) or zlib.crc32(body) != crc:
        raise FixError(f"{path}: damaged in what it says of the messages before it")
    (size,) = _WORDS.unpack_from(body)
    words = json.loads(body[_WORDS.size : _WORDS.size + size])
    return State(words.pop("base"), words, body[_WORDS.size + size :]), at + length


def _damaged(path: Path, position: int) -> FixError:
    return FixError(f"{path}: damaged at byte {position}, with records after it")


def _follows(data: bytes, at: int) -> bool:
    """Whether a whole record begins here or behind: then what is before it was not torn off."""
    for place in range(at, len(data) - _HEAD.size - _TIMES.size + 1):
        length, crc = _HEAD.unpack_from(data, place)
        end = place + _HEAD.size + length
        if _TIMES.size <= length and end <= len(data) and zlib.crc32(data[end - length : end]) == crc:
            return True
    return False


def _day(day: int) -> str:
    return (dt.date(1970, 1, 1) + dt.timedelta(days=day)).strftime("%Y%m%d")


def _sync_names(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
