"""Books of price levels (L2), and what of them is published: every change, or the state at the end of each interval."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal

from slipstream.feed.schema import Row

Level = tuple[str, float, float]
"""Side (`buy` is the bid), price, size; size 0 removes the level."""

NAN = float("nan")
"""One object, so that tuples that hold it compare equal."""

How = Literal["every", "conflated", "off"]


class L2Book:
    """One instrument's price levels, at most `limit` a side (0: any number)."""

    def __init__(self, limit: int = 0) -> None:
        self.bids: dict[float, float] = {}
        self.asks: dict[float, float] = {}
        self.limit = limit
        self.synced = False
        """It is what the venue has: a snapshot has been applied, and nothing was missed since."""
        self._bids: list[float] = []
        self._asks: list[float] = []

    def put(self, side: str, price: float, size: float) -> None:
        """Set a level's size; 0 removes it."""
        levels, prices = (self.bids, self._bids) if side == "buy" else (self.asks, self._asks)
        if size == 0.0:
            if levels.pop(price, None) is not None:
                del prices[bisect_left(prices, price)]
        else:
            if price not in levels:
                insort(prices, price)
            levels[price] = size

    def apply(self, levels: Iterable[Level]) -> list[Level]:
        """Set levels; returns those that fell out below the limit, as removals."""
        for side, price, size in levels:
            self.put(side, price, size)
        return self.trim()

    def trim(self) -> list[Level]:
        """Forget the levels furthest from the market that are too many; returns them as removals."""
        gone: list[Level] = []
        if self.limit:
            while len(self._bids) > self.limit:
                gone.append(("buy", self._bids[0], 0.0))
                self.put(*gone[-1])
            while len(self._asks) > self.limit:
                gone.append(("sell", self._asks[-1], 0.0))
                self.put(*gone[-1])
        return gone

    def clear(self) -> None:
        """Forget all levels."""
        self.bids, self.asks, self._bids, self._asks = {}, {}, [], []

    def best(self) -> tuple[float, float]:
        """Best bid and ask; nan for an empty side."""
        return (self._bids[-1] if self._bids else NAN), (self._asks[0] if self._asks else NAN)

    def top(self) -> tuple[float, float, float, float]:
        """Best bid and ask and their sizes; nan for an empty side."""
        bid, ask = self.best()
        return bid, ask, self.bids.get(bid, NAN), self.asks.get(ask, NAN)

    def prices(self, side: str, count: int) -> list[float]:
        """The best prices of a side, best first."""
        return self._bids[: -count - 1 : -1] if side == "buy" else self._asks[:count]

    @property
    def crossed(self) -> bool:
        """Best bid at or above best ask: impossible in continuous trading, so something was missed."""
        bid, ask = self.best()
        return bid >= ask

    def levels(self) -> list[Level]:
        """All levels, bids then asks, best first."""
        found: list[Level] = [("buy", price, self.bids[price]) for price in reversed(self._bids)]
        found += [("sell", price, self.asks[price]) for price in self._asks]
        return found

    def replace(self, levels: Iterable[Level]) -> list[Level]:
        """
        Become what a snapshot says.

        Returns the levels that make the book of a follower, who has what this one had, equal to it: removals first, then every level.
        """
        before = (self.bids, self.asks)
        self.clear()
        self.apply(levels)
        gone: list[Level] = [("buy", price, 0.0) for price in sorted(before[0]) if price not in self.bids]
        gone += [("sell", price, 0.0) for price in sorted(before[1]) if price not in self.asks]
        return gone + self.levels()


@dataclass(frozen=True)
class Publication:
    """What of the books becomes rows."""

    depth: How = "every"
    """Rows of `depth`: each change of a level, or once an interval the levels that have changed in it."""
    bbo: Literal["venue"] | How = "venue"
    """Rows of `quote`: the venue's own, or where it sends none from the book at each change; or from the book at each change of the best
    bid or offer; or from it once an interval where they have changed."""
    every_ns: int = 100_000_000
    """The interval. Its rows carry its last nanosecond as `time`."""
    levels: int = 5_000
    """Levels a side that are kept; those further from the market are removed from the book and from `depth`. 0 keeps all."""


@dataclass
class _Pending:
    levels: set[tuple[str, float]] = field(default_factory=set)
    etime: int = 0
    seq: int = 0


class Outlet:
    """Turns changes of books into rows, by a publication's rules. `add` takes a table's name and a row."""

    def __init__(self, publication: Publication, add: Callable[[str, Row], None]) -> None:
        self.publication = publication
        self._add = add
        self._books: dict[tuple[str, str], L2Book] = {}
        self._shown: dict[tuple[str, str], tuple[float, float, float, float]] = {}
        self._pending: dict[tuple[str, str], _Pending] = {}
        self._begun: set[tuple[str, str]] = set()
        self._due: int | None = None

    def changed(
        self,
        moment: int,
        sym: str,
        venue: str,
        book: L2Book,
        levels: list[Level],
        etime: int,
        seq: int,
        *,
        quote: bool = True,
    ) -> None:
        """
        Levels of a book have changed, and are applied to it already.

        Args:
            moment: receive time, ns since 1970.
            sym: whose book.
            venue: where.
            book: the book.
            levels: what changed, in order.
            etime: the venue's time, ns since 1970 or null.
            seq: the venue's number or null.
            quote: False says nothing of the best bid and offer, as when they cannot be relied on.
        """
        how, key = self.publication, (sym, venue)
        if how.depth == "every":
            self._begin(moment, key, etime, seq)
            for side, price, size in levels:
                self._add("depth", (moment, sym, venue, side, price, size, etime, seq))
        if how.bbo == "every" and quote:
            self._quote(moment, key, book, etime, seq)
        if "conflated" in (how.depth, how.bbo):
            pending = self._pending.setdefault(key, _Pending())
            self._books[key] = book
            pending.etime, pending.seq = etime, seq
            if how.depth == "conflated":
                pending.levels.update((side, price) for side, price, _ in levels)
            if self._due is None:
                self._due = moment - moment % how.every_ns + how.every_ns

    def due(self, moment: int | None) -> int | None:
        """The `time` of rows that wait, if their interval has ended at this moment (None: at the end of everything); they go by `flush`."""
        if self._due is None or (moment is not None and moment < self._due):
            return None
        return self._due - 1

    def flush(self) -> None:
        """Give out what waits."""
        if self._due is None:
            return
        stamp, self._due = self._due - 1, None
        waiting, self._pending = self._pending, {}
        for key, pending in waiting.items():
            book = self._books[key]
            sides = {"buy": book.bids, "sell": book.asks}
            if pending.levels:
                self._begin(stamp, key, pending.etime, pending.seq)
            for side, price in sorted(pending.levels):
                self._add("depth", (stamp, *key, side, price, sides[side].get(price, 0.0), pending.etime, pending.seq))
            if self.publication.bbo == "conflated" and book.synced and not book.crossed:
                self._quote(stamp, key, book, pending.etime, pending.seq)

    def _begin(self, moment: int, key: tuple[str, str], etime: int, seq: int) -> None:
        """Before the first rows of a book: whoever follows may have levels of an earlier run, of which nothing is known here."""
        if key not in self._begun:
            self._begun.add(key)
            for side in ("buy", "sell"):
                self._add("depth", (moment, *key, side, NAN, 0.0, etime, seq))

    def _quote(self, moment: int, key: tuple[str, str], book: L2Book, etime: int, seq: int) -> None:
        top = book.top()
        if self._shown.get(key) != top:
            self._shown[key] = top
            self._add("quote", (moment, *key, *top, etime, seq))


__all__ = ["L2Book", "Level", "Outlet", "Publication"]
