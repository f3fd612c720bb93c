"""
A small simulated market that needs no files: the same seed gives the same rows, whatever the speed or batch
size.

Prices are random walks in ticks with spreads of one to three ticks, five book levels a side, and trades
whose signs cluster. It is a source of realistic-looking input for demos and tests; nothing in it reacts to
anybody's orders.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from slipstream.feed.base import Batch, BatchBuilder, Counters

_LEVELS = 5


@dataclass(frozen=True)
class Instrument:
    """What is simulated."""

    sym: str
    price: float
    """First mid."""
    tick: float
    size: float
    """Typical size at a level."""
    lot: float = 1.0
    moves_per_s: float = 4.0
    """Quote changes a second, on average."""
    trades_per_s: float = 1.5
    volatility_bps: float = 0.6
    """Standard deviation of the mid over one second, in basis points."""


@dataclass(frozen=True)
class Drift:
    """A part of the story: from `start_s` after the session's start, over `duration_s`, a price moves by
    `bps` (+ is up)."""

    sym: str
    start_s: float
    duration_s: float
    bps: float


INSTRUMENTS = (
    Instrument("ACME", 100.00, 0.01, 800.0),
    Instrument("BOLT", 42.50, 0.01, 1500.0, moves_per_s=6.0, trades_per_s=2.5),
    Instrument("CRUX", 250.00, 0.05, 300.0, moves_per_s=3.0, trades_per_s=1.0),
)

MIDNIGHT_NS = 1_749_686_400_000_000_000
"""2025-06-12 00:00 UTC, which the default session crosses."""


class SimFeed:
    """
    Simulated quotes, trades and depth.

    Args:
        seed: chooses the day.
        start_ns: first moment, ns since 1970; default five minutes before a midnight.
        duration_s: event seconds.
        instruments: what trades.
        story: drifts on top of the random walk.
        grid_ns: how often the market changes; events are jittered inside each interval.
    """

    def __init__(
        self,
        *,
        seed: int = 1,
        start_ns: int = MIDNIGHT_NS - 300_000_000_000,
        duration_s: float = 600.0,
        instruments: Sequence[Instrument] = INSTRUMENTS,
        story: Sequence[Drift] = (),
        grid_ns: int = 100_000_000,
    ) -> None:
        if duration_s <= 0:
            raise ValueError(f"a session of {duration_s} s: expected a positive number")
        unknown = {drift.sym for drift in story} - {instrument.sym for instrument in instruments}
        if unknown:
            raise ValueError(f"a drift for {', '.join(sorted(unknown))}: expected simulated symbols")
        self.counters = Counters()
        self.start_ns = start_ns
        self.end_ns = start_ns + round(duration_s * 1e9)
        self._seed = seed
        self._grid = grid_ns
        self._markets = [
            _Market(
                instrument,
                np.random.default_rng([seed, number]),
                grid_ns / 1e9,
                [d for d in story if d.sym == instrument.sym],
            )
            for number, instrument in enumerate(instruments)
        ]

    def batches(self, step_ns: int) -> Iterator[Batch]:
        """The session from its start, once."""
        builder = BatchBuilder(step_ns, self.counters)
        seq = 0
        order = np.random.default_rng([self._seed, 1_000_003])
        for start in range(self.start_ns, self.end_ns, self._grid):
            elapsed = (start - self.start_ns) / 1e9
            offsets = np.sort(order.integers(0, self._grid, size=len(self._markets)))
            turns = order.permutation(len(self._markets))
            for offset, turn in zip(offsets.tolist(), turns.tolist(), strict=True):
                moment = start + offset
                rows = self._markets[turn].step(elapsed)
                if not rows:
                    continue
                seq += 1
                self.counters.messages += 1
                done = builder.at(moment)
                if done is not None:
                    yield done
                sym = self._markets[turn].instrument.sym
                for table, values in rows:
                    # the venue stamps 1 ms before the rows are received
                    builder.add(table, (moment, sym, "sim", *values, moment - 1_000_000, seq))
        last = builder.take()
        if last is not None:
            yield last


class _Market:
    """One instrument's state; all prices are whole numbers of ticks until they leave."""

    def __init__(
        self, instrument: Instrument, random: np.random.Generator, step_s: float, story: Sequence[Drift]
    ) -> None:
        self.instrument = instrument
        self._random = random
        self._step_s = step_s
        self._story = story
        self._mid = instrument.price / instrument.tick
        self._spread = 1
        self._sign = 1
        self._bid = self._ask = 0
        self._book: dict[tuple[str, int], float] = {}

    def step(self, elapsed_s: float) -> list[tuple[str, tuple[object, ...]]]:
        """What happens in one interval: rows without their common columns."""
        spec, random = self.instrument, self._random
        rows: list[tuple[str, tuple[object, ...]]] = []
        shock = random.standard_normal() * spec.volatility_bps * np.sqrt(self._step_s)
        shock += sum(
            drift.bps * self._step_s / drift.duration_s
            for drift in self._story
            if drift.start_s <= elapsed_s < drift.start_s + drift.duration_s
        )
        self._mid *= 1 + shock * 1e-4
        moves, trades = random.random(), random.poisson(spec.trades_per_s * self._step_s)
        first = not self._book
        if first or moves < spec.moves_per_s * self._step_s:
            self._requote(rows)
        for _ in range(trades):
            self._trade(rows)
        return rows

    def _requote(self, rows: list[tuple[str, tuple[object, ...]]]) -> None:
        random = self._random
        self._spread = int(random.choice((1, 1, 1, 2, 2, 3)))
        self._bid = max(1, int(np.floor(self._mid - self._spread / 2 + 0.5)))
        self._ask = self._bid + self._spread
        before, book = self._book, {}
        for level in range(_LEVELS):
            for side, price in (("buy", self._bid - level), ("sell", self._ask + level)):
                if price <= 0:
                    continue
                kept = before.get((side, price))
                fresh = level == 0 or kept is None or random.random() < 0.2
                book[side, price] = self._size(1.0 + 0.5 * level) if fresh else kept
        self._book = {key: size for key, size in book.items() if size is not None}
        for side, price in sorted(before.keys() - self._book.keys()):
            rows.append(("depth", (side, self._price(price), 0.0)))
        for (side, price), size in sorted(self._book.items()):
            if before.get((side, price)) != size:
                rows.append(("depth", (side, self._price(price), size)))
        rows.append(self._quote())

    def _trade(self, rows: list[tuple[str, tuple[object, ...]]]) -> None:
        random = self._random
        if random.random() < 0.3:
            self._sign = -self._sign
        side, price, resting = ("buy", self._ask, "sell") if self._sign > 0 else ("sell", self._bid, "buy")
        there = self._book[resting, price]
        size = min(self._size(0.25), there)
        left = round(there - size, 8)
        rows.append(("trade", (self._price(price), size, side, "")))
        # whoever made the level fills it up again rather than let it vanish
        self._book[resting, price] = left if left > 0 else self._size(0.5)
        rows.append(("depth", (resting, self._price(price), self._book[resting, price])))
        rows.append(self._quote())

    def _quote(self) -> tuple[str, tuple[object, ...]]:
        sizes = self._book["buy", self._bid], self._book["sell", self._ask]
        return "quote", (self._price(self._bid), self._price(self._ask), *sizes)

    def _size(self, factor: float) -> float:
        spec = self.instrument
        lots = max(1, round(float(self._random.lognormal(0.0, 0.6)) * spec.size * factor / spec.lot))
        return round(lots * spec.lot, 8)

    def _price(self, ticks: int) -> float:
        return round(ticks * self.instrument.tick, 8)
