"""
How far a publisher has come, on disk: a file of JSON lines, one a batch that the plant has acknowledged, the last of each table
counts.

A killed publisher that is started again makes the same rows anew; by this file, and by what the plant says its log holds, it
knows which of them are logged already. Between a batch's answer and its line there is at most one batch, and that one is found
in the plant's log.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypedDict

from slipstream.errors import FeedError
from slipstream.feed.schema import MARKET_TABLES

_MARK_LINES = 20_000
"""Lines of marks after which the file is written anew."""


@dataclass(frozen=True)
class Position:
    """How far the plant's log has come with one table."""

    log: str
    """Names what is counted in: our tickerplant counts all its rows in one; where it is another, counting has begun anew."""
    rows: int
    epoch: int = 0
    """Another once the log was mended because it was damaged: it may hold fewer rows than it did."""


def logged_since(before: Position, now: Position) -> int | None:
    """Rows logged between two positions. None when the log was mended in between, so that nobody knows."""
    if now.epoch != (before.epoch if now.log == before.log else 0):
        return None
    return now.rows - (before.rows if now.log == before.log else 0)


class Entry(TypedDict):
    """One line."""

    table: str
    sent: int
    at: dict[str, str | int]


class JsonLines:
    """Lines of JSON appended to a file: each is safe from the death of this process, all of them from a power cut once closed."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab")

    def append(self, entry: Mapping[str, object]) -> None:
        """Write one line."""
        self._file.write(json.dumps(entry).encode() + b"\n")
        self._file.flush()

    def close(self) -> None:
        """Sync and close."""
        if not self._file.closed:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()


class Marks:
    """
    The last number of each instrument in a table that the plant has, on disk: what a live feed that is started again goes on from, which
    does not make the same rows anew.

    What is about to be sent is noted first. Whether the last of it was logged, when this process died in between, the plant's log says.

    Args:
        path: the file; made if absent.
        table: whose numbers: `trade` those of prints, `mbo` those of messages.
    """

    def __init__(self, path: Path, table: str = "trade") -> None:
        self.table = table
        self.last: dict[str, int] = {}
        """Numbers by venue and symbol with a blank between, once `settle` was called."""
        self._path = path
        self._lines = 0
        path.parent.mkdir(parents=True, exist_ok=True)
        self._open: MarkEntry | None = None
        """The last line: only of it is it not known whether it was logged."""
        for line in path.read_bytes().split(b"\n")[:-1] if path.exists() else ():
            self._commit()
            try:
                entry: MarkEntry = json.loads(line)
                self._open = MarkEntry(last={str(k): int(v) for k, v in entry["last"].items()}, at=entry["at"])
            except (ValueError, TypeError, KeyError, AttributeError) as error:
                raise FeedError(
                    f"{path}: not a file of marks ({error}); without it the next run begins anew"
                ) from error
        self._file: JsonLines | None = None

    def settle(self, now: Position | None) -> None:
        """Take the plant's word for the last line; None where it has none to give."""
        entry = self._open
        if entry is not None and entry["at"] is not None and now is not None:
            at = entry["at"]
            before = Position(str(at["log"]), int(at["rows"]), int(at["epoch"]))
            if logged_since(before, now) == 0:
                self._open = None
        self._commit()
        self._rewrite()

    def sending(self, last: Mapping[str, int], at: Position | None) -> None:
        """Rows up to these numbers are sent next, the plant's log being so far."""
        self._commit()
        self._open = MarkEntry(last=dict(last), at=None if at is None else asdict(at))
        if self._file is None or self._lines >= _MARK_LINES:
            self._rewrite()
        assert self._file is not None
        self._file.append(self._open)
        self._lines += 1

    def close(self) -> None:
        """Sync and close."""
        if self._file is not None:
            self._file.close()

    def _commit(self) -> None:
        if self._open is not None:
            self.last |= self._open["last"]
            self._open = None

    def _rewrite(self) -> None:
        """All that is known in one line."""
        self.close()
        made = self._path.with_suffix(".new")
        made.unlink(missing_ok=True)
        fresh = JsonLines(made)
        fresh.append(MarkEntry(last=self.last, at=None))
        fresh.close()
        made.replace(self._path)
        self._file, self._lines = JsonLines(self._path), 1


class MarkEntry(TypedDict):
    """One line: rows up to these numbers are sent when the plant's log of them is so far; without that, are logged."""

    last: dict[str, int]
    at: dict[str, str | int] | None


class Ledger(JsonLines):
    """
    Args:
        path: the file; made if absent. Durable against the death of this process, not against a power cut.
        tables: what the publisher publishes, and nobody else does.
    """

    def __init__(self, path: Path, tables: Sequence[str] = MARKET_TABLES) -> None:
        self.tables = tuple(tables)
        self.sent: dict[str, int] = {}
        """Rows acknowledged, by table, by all runs."""
        self.at: dict[str, Position] = {}
        """Where the plant's log stood with a table after its last batch."""
        path.parent.mkdir(parents=True, exist_ok=True)
        torn = False
        if path.exists():
            data = path.read_bytes()
            torn = bool(data) and not data.endswith(b"\n")
            for line in data.split(b"\n")[:-1]:
                try:
                    self._read(line)
                except (ValueError, TypeError, KeyError) as error:
                    raise FeedError(f"{path}: not a ledger ({error})") from error
        super().__init__(path)
        if torn:
            self._file.truncate(path.stat().st_size - len(data.rpartition(b"\n")[2]))

    def write(self, table: str, sent: int, at: Position) -> None:
        """Note that so many rows of a table are logged in all, and where its log stands."""
        self.sent[table], self.at[table] = sent, at
        self.append(Entry(table=table, sent=sent, at=asdict(at)))

    def _read(self, line: bytes) -> None:
        entry: Entry = json.loads(line)
        self.sent[entry["table"]] = entry["sent"]
        self.at[entry["table"]] = Position(
            str(entry["at"]["log"]), int(entry["at"]["rows"]), int(entry["at"].get("epoch", 0))
        )
