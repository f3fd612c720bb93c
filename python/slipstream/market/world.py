"""
The simulated world: one virtual clock, venues, and the agents that trade there, all from one seed.

An agent is woken at a moment and says when it wants to be woken next. Between two moments nothing happens, so an hour takes as long
as its events do. The same seed and the same orders from outside give the same rows.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt
from random import Random

import numpy as np

from slipstream.feed.schema import MARKET_TABLES, Row
from slipstream.market.venue import Listing, Venue

SECOND = 1_000_000_000
MINUTE = 60 * SECOND

Wake = Callable[[int], "int | None"]
"""Called with the moment; returns the next moment, None for never."""


@dataclass(frozen=True)
class Move:
    """A part of the story: over `duration_s` from `start_s` after the start a value moves by `bps`, and stays there."""

    start_s: float
    duration_s: float
    bps: float


@dataclass(frozen=True)
class Surge:
    """A part of the story: background trading is `times` what it would be."""

    start_s: float
    duration_s: float
    times: float


@dataclass(frozen=True)
class Noise:
    """How a value moves when nothing happens: a random walk that is drawn back to where it was."""

    sd_bps: float
    """Standard deviation in the long run."""
    life_s: float
    """Seconds in which a deviation falls to 1/e."""


class Path:
    """A value in time, as a factor of where it began, known at every moment once the seed is chosen."""

    def __init__(self, seed: str, seconds: int, noise: Noise, moves: Sequence[Move] = ()) -> None:
        random = np.random.default_rng(list(seed.encode()))
        keep = np.exp(-1.0 / noise.life_s)
        shocks = random.standard_normal(seconds + 2) * noise.sd_bps * sqrt(1 - keep**2)
        path, now = np.empty(seconds + 2), 0.0
        for second, shock in enumerate(shocks):
            path[second] = now
            now = now * keep + shock
        at = np.arange(seconds + 2)
        for move in moves:
            path += move.bps * np.clip((at - move.start_s) / move.duration_s, 0.0, 1.0)
        self._bps: list[float] = path.tolist()

    def bps(self, elapsed_ns: int) -> float:
        """Distance from the beginning, in basis points."""
        second, rest = divmod(max(elapsed_ns, 0), SECOND)
        path = self._bps
        second = min(second, len(path) - 2)
        return path[second] + (path[second + 1] - path[second]) * rest / SECOND


class World:
    """
    Args:
        seed: chooses everything that is random.
        start: ns since 1970.
    """

    def __init__(self, seed: int, start: int) -> None:
        self.seed, self.start, self.now = seed, start, start
        self.rows: dict[str, list[Row]] = {table: [] for table in MARKET_TABLES}
        """What venues have published; whoever takes it leaves empty lists."""
        self.venues: dict[str, Venue] = {}
        self.wakes = 0
        """Times that an agent was woken."""
        self.stop = False
        """Set by whoever is woken: the world stops after this moment's wake, before what it was to run until."""
        self._queue: list[tuple[int, int, Wake]] = []
        self._number = 0

    def trade(self, listing: Listing) -> Venue:
        """Begin to trade an instrument; its phase is `closed`."""
        venue = self.venues[listing.sym] = Venue(listing, self.rows)
        return venue

    def random(self, name: str) -> Random:
        """A source of chance of one's own, so that one agent's choices leave another's alone."""
        return Random(f"{self.seed}:{name}")

    def at(self, moment: int, wake: Wake) -> None:
        """Wake somebody at a moment, or now if that is past."""
        self._number += 1
        heapq.heappush(self._queue, (max(moment, self.now), self._number, wake))

    @property
    def next(self) -> int | None:
        """When something happens next."""
        return self._queue[0][0] if self._queue else None

    def run_until(self, moment: int) -> None:
        """Let everything happen up to a moment, that included, unless somebody says `stop` before."""
        queue, self.stop = self._queue, False
        while queue and queue[0][0] <= moment:
            now, _, wake = heapq.heappop(queue)
            self.now = now
            self.wakes += 1
            after = wake(now)
            if after is not None:
                self._number += 1
                heapq.heappush(queue, (after, self._number, wake))
            if self.stop:
                return
        self.now = max(self.now, moment)

    def take(self) -> dict[str, list[Row]]:
        """Rows published since the last time."""
        taken = {table: rows for table, rows in self.rows.items() if rows}
        for table in taken:
            self.rows[table] = []
        return taken
