"""
Who trades in the simulated market besides us: noise, market makers, momentum followers. Predators have a file of their own.

All sizes are shares, all rates a second, all prices ticks unless named otherwise.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, exp, floor

from slipstream.market.book import MARKET_BUY, MARKET_SELL, Fill, Order
from slipstream.market.venue import Venue
from slipstream.market.world import SECOND, Path, Surge, World


class Value:
    """What an instrument is worth at a moment, in ticks: its own path and beta times the index's."""

    def __init__(self, world: World, ticks: float, own: Path, index: Path | None = None, beta: float = 1.0) -> None:
        self._start, self._ticks, self._own, self._index, self._beta = world.start, ticks, own, index, beta

    def at(self, now: int) -> float:
        """At a moment."""
        elapsed = now - self._start
        bps = self._own.bps(elapsed)
        if self._index is not None:
            bps += self._beta * self._index.bps(elapsed)
        return self._ticks * (1 + bps * 1e-4)


class Activity:
    """How much the background trades at a moment, relative to the day's average: busy at the ends of the day, and by the story."""

    def __init__(self, start: int, duration_s: float, surges: Sequence[Surge] = (), *, smile: float = 1.0) -> None:
        self._start, self._duration, self._surges, self._smile = start, duration_s, surges, smile

    def usual(self, now: int) -> float:
        """1 is the average of a day."""
        x = 2 * ((now - self._start) / SECOND % 86_400) / self._duration - 1
        return 1 + self._smile * (min(1.0, x * x) - 1 / 3)

    def at(self, now: int) -> float:
        """The usual, and the story."""
        elapsed = (now - self._start) / SECOND
        busy = self.usual(now)
        for surge in self._surges:
            if surge.start_s <= elapsed < surge.start_s + surge.duration_s:
                busy *= surge.times
        return busy


def lots(draw: float, unit: int = 10) -> int:
    """A drawn size as whole multiples of a unit, at least one."""
    return max(unit, round(draw / unit) * unit)


class Takers:
    """
    Others' market orders. Their signs cluster, because others too cut large orders into children.

    Args:
        rate: orders a second at average activity.
        size: median size.
        persistence: probability that the next order has the sign of the last.
    """

    def __init__(
        self,
        world: World,
        venue: Venue,
        activity: Activity,
        *,
        rate: float,
        size: float,
        persistence: float = 0.7,
    ) -> None:
        self._random = world.random(f"{venue.listing.sym}:takers")
        self._venue, self._activity, self._rate, self._size = venue, activity, rate, size
        self._persistence, self._side = persistence, 1

    def wake(self, now: int) -> int:
        """Trade, and say when next."""
        random, venue = self._random, self._venue
        if random.random() > self._persistence:
            self._side = -self._side
        if venue.book.phase == "continuous":
            size = lots(random.lognormvariate(0.0, 0.8) * self._size)
            order = Order(self, self._side, MARKET_BUY if self._side > 0 else MARKET_SELL, size)
            far = venue.book.ask if self._side > 0 else venue.book.bid
            if far is not None:
                # they do not sweep: whoever needs more than is there waits
                order.price = far
                venue.book.submit(order, rest=False)
                venue.publish(now)
        return now + max(1, round(random.expovariate(self._rate * self._activity.at(now)) * SECOND))


class Posters:
    """Others' limit orders: most at the touch, some inside a wide spread, some behind it; each is withdrawn after a while."""

    def __init__(
        self, world: World, venue: Venue, activity: Activity, *, rate: float, size: float, life_s: float = 20.0
    ) -> None:
        self._random = world.random(f"{venue.listing.sym}:posters")
        self._world, self._venue, self._activity = world, venue, activity
        self._rate, self._size, self._life = rate, size, life_s

    def wake(self, now: int) -> int:
        """Post, and say when next."""
        random, venue, book = self._random, self._venue, self._venue.book
        bid, ask = book.bid, book.ask
        if book.phase == "continuous" and bid is not None and ask is not None:
            side = 1 if random.random() < 0.5 else -1
            behind = random.choice((0, 0, 0, 1, 1, 2))
            if behind == 0 and ask - bid > 1 and random.random() < 0.5:
                behind = -1
            price = bid - behind if side > 0 else ask + behind
            order = Order(self, side, price, lots(random.lognormvariate(0.0, 0.8) * self._size))
            book.submit(order)
            venue.publish(now)
            gone = now + round(random.expovariate(1 / self._life) * SECOND)
            self._world.at(gone, lambda moment: self._withdraw(order, moment))
        return now + max(1, round(random.expovariate(self._rate * self._activity.at(now)) * SECOND))

    def _withdraw(self, order: Order, now: int) -> None:
        if self._venue.book.phase != "closed" and self._venue.book.cancel(order):
            self._venue.publish(now)


@dataclass(frozen=True)
class Quoting:
    """How a market maker quotes."""

    size: float = 350.0
    """Median size at a level."""
    levels: int = 3
    half_spread: float = 0.4
    """Ticks asked on either side of the value."""
    every_s: float = 0.4
    """Mean time between looks at the market."""
    rest_s: float = 2.0
    """Mean time that a side stays away from a price at which it was just run over."""
    tolerance: float = 0.2
    """The value may move by this much before quotes are looked at."""
    aversion: float = 5e-5
    """Ticks by which the quotes lean for each share held."""
    hedge_s: float = 300.0
    """Seconds in which what is held falls to 1/e, because it is got rid of elsewhere."""


class Maker:
    """
    A market maker: quotes a few levels around the value that it sees, moved by one-sided trading (see `Venue.pressure`) and by what it
    holds; after its quote was taken whole it does not quote that price for a moment.
    """

    def __init__(self, world: World, venue: Venue, value: Value, quoting: Quoting, name: str) -> None:
        self._random = world.random(f"{venue.listing.sym}:{name}")
        self._venue, self._value, self._quoting = venue, value, quoting
        self._held, self._hedged = 0.0, world.start
        self._orders: dict[int, dict[int, Order]] = {1: {}, -1: {}}
        self._away: dict[int, tuple[int, int]] = {}
        """By side: the price stayed away from, and until when."""
        self._seen: float | None = None
        self._hit = True

    def wake(self, now: int) -> int:
        """Look at the market, requote, and say when next."""
        quoting, venue = self._quoting, self._venue
        self._held *= exp((self._hedged - now) / (quoting.hedge_s * SECOND))
        self._hedged = now
        if venue.book.phase in ("continuous", "auction"):
            fair = self._value.at(now) + venue.pressure(now) - quoting.aversion * self._held
            if self._hit or self._seen is None or abs(fair - self._seen) > quoting.tolerance:
                self._hit, self._seen = False, fair
                self._requote(now, fair)
                venue.publish(now)
        else:
            self._seen = None
        return now + max(1, round(self._random.uniform(0.5, 1.5) * quoting.every_s * SECOND))

    def filled(self, fill: Fill, now: int) -> None:
        """Count what is held; stay away where the quote is gone."""
        order = fill.order
        self._held += order.side * fill.size
        self._hit = True
        if not order.live:
            self._orders[order.side].pop(order.price, None)
            self._away[order.side] = (
                order.price,
                now + round(self._random.expovariate(1 / self._quoting.rest_s) * SECOND),
            )

    def _requote(self, now: int, fair: float) -> None:
        quoting, book = self._quoting, self._venue.book
        for side in (1, -1):
            best = floor(fair - quoting.half_spread) if side > 0 else ceil(fair + quoting.half_spread)
            price, until = self._away.get(side, (0, 0))
            if now < until:
                # stands back behind the price where it was run over
                best = min(best, price - 1) if side > 0 else max(best, price + 1)
                self._hit = True
            wanted = range(best, best - side * quoting.levels, -side)
            mine = self._orders[side]
            for price in [price for price in mine if price not in wanted]:
                book.cancel(mine.pop(price))
            for price in wanted:
                if price not in mine and price > 0:
                    size = lots(self._random.lognormvariate(0.0, 0.5) * quoting.size)
                    order = mine[price] = Order(self, side, price, size)
                    far = book.ask if side > 0 else book.bid
                    if book.phase == "continuous" and far is not None and (price >= far if side > 0 else price <= far):
                        # a maker only adds
                        del mine[price]
                        self._hit = True
                        continue
                    book.submit(order)


class Followers:
    """Momentum followers: buy a little when the mid has risen over their look-back, sell when it has fallen."""

    def __init__(
        self,
        world: World,
        venue: Venue,
        *,
        every_s: float = 5.0,
        look_s: float = 30.0,
        trigger: float = 1.5,
        size: float = 120.0,
    ) -> None:
        self._random = world.random(f"{venue.listing.sym}:followers")
        self._venue, self._every, self._trigger, self._size = venue, every_s, trigger, size
        self._mids: deque[float] = deque(maxlen=max(2, round(look_s / every_s)))

    def wake(self, now: int) -> int:
        """Look, perhaps trade, and say when next."""
        venue, random = self._venue, self._random
        mid = venue.mid
        if mid is None:
            self._mids.clear()
        else:
            self._mids.append(mid)
            moved = mid - self._mids[0]
            if abs(moved) >= self._trigger:
                side = 1 if moved > 0 else -1
                far = venue.book.ask if side > 0 else venue.book.bid
                if far is not None:
                    venue.book.submit(
                        Order(self, side, far, lots(random.lognormvariate(0.0, 0.5) * self._size)), rest=False
                    )
                    venue.publish(now)
        return now + max(1, round(random.expovariate(1 / self._every) * SECOND))


class Auctioneers:
    """Others who trade at the open and the close: limit orders around the value, and a few at any price, sent during the auction."""

    def __init__(self, world: World, venue: Venue, value: Value, *, rate: float = 2.0, size: float = 600.0) -> None:
        self._random = world.random(f"{venue.listing.sym}:auctioneers")
        self._venue, self._value, self._rate, self._size = venue, value, rate, size

    def wake(self, now: int) -> int:
        """Send one, and say when next."""
        random, venue = self._random, self._venue
        if venue.book.phase == "auction":
            side = 1 if random.random() < 0.5 else -1
            if random.random() < 0.15:
                price = MARKET_BUY if side > 0 else MARKET_SELL
            else:
                price = round(self._value.at(now) + side * random.gauss(0.5, 2.0))
            venue.book.submit(Order(self, side, price, lots(random.lognormvariate(0.0, 0.6) * self._size)))
            venue.publish(now)
            return now + max(1, round(random.expovariate(self._rate) * SECOND))
        return now + SECOND
