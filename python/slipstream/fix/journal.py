"""
The capture's log of raw messages: appended and made durable before a message counts as received, read back
after a restart.

A file begins with `SLPFIX1\\n`; each record is, little-endian, length u32, crc32 u32 of what follows,
receive time i64 (wall clock, ns since 1970), event time i64 (the `time` of its rows), then `session NUL
message`. A torn last record is cut off when the file is opened; it was never acknowledged, so its sender
sends it again.
"""

from __future__ import annotations

import os
import struct
import time
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from slipstream.errors import FixError

Sync = Literal["always", "interval", "never"]

_MAGIC = b"SLPFIX1\n"
_HEAD = struct.Struct("<II")
_TIMES = struct.Struct("<qq")


@dataclass(frozen=True)
class Record:
    """One message as it was captured."""

    received: int
    """Wall clock, ns since 1970."""
    time: int
    """Event time, ns since 1970; the `time` column of its rows."""
    session: str
    raw: bytes


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
        self._sync, self._interval = sync, interval
        self._synced = time.monotonic()
        path.parent.mkdir(parents=True, exist_ok=True)
        # a beginning that was not written whole was never followed by a record
        fresh = not path.exists() or (path.stat().st_size < len(_MAGIC) and _MAGIC.startswith(path.read_bytes()))
        if fresh:
            path.write_bytes(_MAGIC)
        self.records = [] if fresh else self._read()
        self._file = path.open("ab")

    def append(self, record: Record) -> None:
        """Write one record; it is in the system's hands, or on disk as `sync` says, when this returns."""
        body = _TIMES.pack(record.received, record.time) + record.session.encode() + b"\0" + record.raw
        self._file.write(_HEAD.pack(len(body), zlib.crc32(body)) + body)
        self._file.flush()
        now = time.monotonic()
        if self._sync == "always" or (self._sync == "interval" and now - self._synced >= self._interval):
            os.fsync(self._file.fileno())
            self._synced = now
        self.records.append(record)

    def close(self) -> None:
        """Sync and close."""
        if not self._file.closed:
            self._file.flush()
            if self._sync != "never":
                os.fsync(self._file.fileno())
            self._file.close()

    def _read(self) -> list[Record]:
        data = self.path.read_bytes()
        records, whole = _parse(self.path, data)
        self.cut = len(data) - whole
        if self.cut:
            with self.path.open("r+b") as file:
                file.truncate(whole)
        return records


def read_records(path: Path) -> list[Record]:
    """What a journal holds, whoever writes it at the moment; a torn last record is left alone."""
    return _parse(path, path.read_bytes())[0]


def _parse(path: Path, data: bytes) -> tuple[list[Record], int]:
    """The records, and where the last whole one ends."""
    if not data.startswith(_MAGIC):
        raise FixError(f"{path}: not a FIX capture journal")
    records: list[Record] = []
    position = len(_MAGIC)
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
    return records, position


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
