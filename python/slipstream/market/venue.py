"""
One instrument on one venue: its book, its phases, and what it publishes as rows of the plant.

Everything that happens in one message to the venue (a mass quote is one) is published at one moment: first order by order, then the
levels and the touch that come of it, so that no quote is ever of a half-done match.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, nan

from slipstream.errors import MarketError
from slipstream.feed.schema import Row
from slipstream.market.book import MARKET_BUY, MARKET_SELL, Book, Event, Fill, Phase

SIDES = {1: "buy", -1: "sell", 0: ""}
_REFRESH_NS = 1_000_000_000


@dataclass(frozen=True)
class Listing:
    """An instrument as a venue trades it."""

    sym: str
    price: float
    """Where it closed before."""
    tick: float = 0.01
    venue: str = "XSIM"
    impact: float = 1e-4
    """Ticks by which market makers move their idea of the value for each share that was bought rather than sold."""
    impact_life_s: float = 300.0
    """Seconds in which that falls to 1/e."""


class Venue:
    """
    Args:
        listing: the instrument.
        rows: where published rows go, by table.
        latency_ns: from the venue's stamp until the plant has a row.
    """

    def __init__(self, listing: Listing, rows: dict[str, list[Row]], *, latency_ns: int = 50_000) -> None:
        self.listing = listing
        self.book = Book(round(listing.price / listing.tick))
        self.volume = 0
        """Shares traded since the start."""
        self.seq = 0
        self.watchers: list[Callable[[int, Event], None]] = []
        """Told of every public message, with its moment."""
        self._rows, self._latency = rows, latency_ns
        self._touch: tuple[int | None, int | None, int, int] = (None, None, 0, 0)
        self._quoted = 0
        self._pressure, self._pressed = 0.0, 0
        self._cond = ""

    @property
    def mid(self) -> float | None:
        """In ticks; None when a side is empty or there is no continuous market."""
        book = self.book
        bid, ask = book.bid, book.ask
        return (bid + ask) / 2 if bid is not None and ask is not None and book.phase == "continuous" else None

    def pressure(self, now: int) -> float:
        """Ticks by which recent one-sided trading has moved the market's idea of the value."""
        return self._pressure * exp((self._pressed - now) / (self.listing.impact_life_s * 1e9))

    def phase(self, now: int, phase: Phase, reason: str = "") -> None:
        """Change phase; leaving an auction for continuous trading or the close uncrosses it."""
        book = self.book
        if phase == book.phase:
            return
        if book.phase == "halted" and phase == "continuous":
            raise MarketError("a halt ends in an auction")
        if book.phase == "auction":
            self._cond = reason or "auction"
            book.uncross()
            self.publish(now)
            self._cond = ""
        book.phase = phase
        self.seq += 1
        self._add("status", now, self.listing.sym, self.listing.venue, phase, reason)
        if phase == "closed":
            for side in (1, -1):
                for order in book.orders(side):
                    book.cancel(order)
                    gone = getattr(order.owner, "gone", None)
                    if gone is not None:
                        gone()
            self.publish(now)
        self._quote(now)

    def publish(self, now: int) -> None:
        """Publish what has happened in the book, and tell owners of their fills."""
        book = self.book
        if book.events:
            events, book.events = book.events, []
            self._publish(now, events)
        if book.fills:
            fills, book.fills = book.fills, []
            for fill in fills:
                tell(fill, now)

    def refresh(self, now: int) -> None:
        """Repeat the touch if it has stood for a second, as venues' consolidated feeds do."""
        if now - self._quoted >= _REFRESH_NS and self.book.phase == "continuous":
            self._quote(now)

    def _publish(self, now: int, events: list[Event]) -> None:
        listing, tick = self.listing, self.listing.tick
        time, sym, venue = now + self._latency, listing.sym, listing.venue
        rows = self._rows
        mbo, seq = rows["mbo"], self.seq
        touched: dict[tuple[int, int], None] = {}
        for event in events:
            action, oid, side, price, size = event
            seq += 1
            if action == "trade":
                rows["trade"].append(
                    (time, sym, venue, round(price * tick, 8), float(size), SIDES[side], self._cond, now, seq)
                )
                self.volume += size
                if side:
                    self._press(now, side * size)
            else:
                shown = nan if price in (MARKET_BUY, MARKET_SELL) else round(price * tick, 8)
                mbo.append((time, sym, venue, action, oid, SIDES[side], shown, float(size), now, seq))
                touched[side, price] = None
        self.seq = seq
        book = self.book
        depth = rows["depth"]
        for side, price in touched:
            if price not in (MARKET_BUY, MARKET_SELL):
                shown = round(price * tick, 8)
                depth.append((time, sym, venue, SIDES[side], shown, float(book.size(side, price)), now, seq))
        self._quote(now, changed=True)
        for watch in self.watchers:
            for event in events:
                watch(now, event)

    def _quote(self, now: int, *, changed: bool = False) -> None:
        """The touch; without a continuous market there is none."""
        book = self.book
        bid, ask = (book.bid, book.ask) if book.phase == "continuous" else (None, None)
        bsize = 0 if bid is None else book.size(1, bid)
        asize = 0 if ask is None else book.size(-1, ask)
        touch = (bid, ask, bsize, asize)
        if changed and touch == self._touch:
            return
        self._touch, self._quoted = touch, now
        tick = self.listing.tick
        self._add(
            "quote",
            now,
            self.listing.sym,
            self.listing.venue,
            nan if bid is None else round(bid * tick, 8),
            nan if ask is None else round(ask * tick, 8),
            float(bsize),
            float(asize),
        )

    def _add(self, table: str, now: int, *values: object) -> None:
        self._rows[table].append((now + self._latency, *values, now, self.seq))

    def _press(self, now: int, shares: int) -> None:
        self._pressure = self.pressure(now) + shares * self.listing.impact
        self._pressed = now


def tell(fill: Fill, now: int) -> None:
    """Tell an order's owner of a fill, if it wants to know."""
    hear = getattr(fill.order.owner, "filled", None)
    if hear is not None:
        hear(fill, now)
