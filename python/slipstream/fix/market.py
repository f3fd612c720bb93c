"""What the simulated broker and EMS see of the market: the touch of each symbol and the prints since they
last looked."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isfinite

from slipstream.feed.base import Batch
from slipstream.feed.schema import times


@dataclass
class Touch:
    """Best bid and ask; sizes shrink as the broker takes from them, until the next quote."""

    time: int
    bid: float
    ask: float
    bsize: float
    asize: float

    @property
    def valid(self) -> bool:
        """Both sides there and not crossed."""
        return isfinite(self.bid) and isfinite(self.ask) and 0 < self.bid <= self.ask


@dataclass(frozen=True)
class Print:
    """One trade of the market."""

    price: float
    size: float
    side: str
    """The aggressor's."""


@dataclass
class MarketView:
    """Follows a feed's batches, one moment at a time."""

    time: int = 0
    touches: dict[str, Touch] = field(default_factory=dict)
    prints: dict[str, list[Print]] = field(default_factory=dict)
    """Of the last batch only."""
    volume: dict[str, float] = field(default_factory=dict)
    """Traded size since the start."""

    def update(self, batch: Batch) -> None:
        """Take in a batch: its last quotes, and all its trades."""
        self.time = batch.end
        quotes = batch.tables.get("quote")
        if quotes is not None:
            last = {sym: row for row, sym in enumerate(quotes["sym"])}
            moments = times(quotes)
            for sym, row in last.items():
                self.touches[sym] = Touch(
                    int(moments[row]),
                    *(float(quotes[name][row]) for name in ("bid", "ask", "bsize", "asize")),
                )
        self.prints = {}
        trades = batch.tables.get("trade")
        if trades is not None:
            for sym, price, size, side in zip(
                trades["sym"], trades["price"], trades["size"], trades["side"], strict=True
            ):
                self.prints.setdefault(sym, []).append(Print(float(price), float(size), side))
                self.volume[sym] = self.volume.get(sym, 0.0) + float(size)

    def touch(self, sym: str) -> Touch | None:
        """The symbol's touch, if it has a valid one."""
        found = self.touches.get(sym)
        return found if found is not None and found.valid else None
