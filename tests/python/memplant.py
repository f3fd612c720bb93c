"""A stand-in for the tickerplant's end of a publisher: keeps rows in memory, breaks where a test says, shared sample data."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from slipstream.errors import Unreachable
from slipstream.feed.publish import Position
from slipstream.feed.schema import DAY_NS, Columns, columns, count, join, pick, times

ROOT = Path(__file__).resolve().parent.parent.parent
DATA = Path(os.environ.get("SLIPSTREAM_SHARED", ROOT.parent / "shared")) / "data"
NO_SHARED = f"no sample data at {DATA}"


class MemoryPlant:
    """
    A sink with one log a day, or as it is with the tickerplant one for all (`one_log`). `breaks` lists what happens at coming sends: "before" loses the batch, "after" logs it and loses the
    answer, "damaged before" logs it and loses the batch before it from the log, "damaged itself" loses this one; "" is well. `refuse` counts connection
    attempts still to be refused, `bad` says which rows are not taken, by their `seq`.
    """

    def __init__(self, breaks: list[str] | None = None, *, tells: bool = True) -> None:
        self.breaks = list(breaks or [])
        self.refuse = 0
        self.tells = tells
        self.batches: list[tuple[str, Columns]] = []
        self.connected = True
        self.day = ""
        self.counts: dict[str, int] = {}
        self.bad: Callable[[int], bool] = lambda _seq: False
        self.epoch = 0
        self.one_log = False

    def publish(self, table: str, columns: Columns) -> Position | None:
        if not self.connected:
            raise Unreachable("not connected")
        what = self.breaks.pop(0) if self.breaks else ""
        if what == "before":
            self.connected = False
            raise Unreachable("broke before")
        day = "log" if self.one_log else str(columns["time"][0].astype("M8[D]"))
        if day != self.day:
            self.day, self.counts, self.epoch = day, {}, 0
        columns = pick(columns, np.flatnonzero(self.fits(table, columns)))
        self.batches.append((table, columns))
        self.counts[table] = self.counts.get(table, 0) + count(columns)
        if what.startswith("damaged"):
            lost = self.batches.pop(-1 if what == "damaged itself" else -2)[1]
            self.counts[table] -= count(lost)
            self.epoch += 1
        if what:
            self.connected = False
            raise Unreachable("broke after")
        return self.position(table)

    def position(self, table: str) -> Position | None:
        if not self.connected:
            raise Unreachable("not connected")
        return Position(self.day, self.counts.get(table, 0), self.epoch) if self.tells else None

    def fits(self, table: str, columns: Columns) -> Any:
        return np.array([not self.bad(int(seq)) for seq in columns["seq"]], dtype=bool)

    def ends_with(self, table: str, columns: Columns) -> bool:
        taken = [seq for seq in columns["seq"].tolist() if not self.bad(seq)]
        return self.table(table)["seq"].tolist()[-len(taken) :] == taken

    def reconnect(self) -> None:
        if self.refuse:
            self.refuse -= 1
            raise Unreachable("refused")
        self.connected = True

    def table(self, name: str) -> Columns:
        """Everything logged for a table, in order."""
        parts = [columns for table, columns in self.batches if table == name]
        if not parts:
            return columns(name, [])
        return join(parts)

    def rows(self, name: str) -> list[dict[str, Any]]:
        """The same as dictionaries."""
        made = self.table(name)
        return [dict(zip(made, values, strict=True)) for values in zip(*made.values(), strict=True)]


def days(columns: Columns) -> set[int]:
    return set((times(columns) // DAY_NS).tolist())
