"""
A matching engine for one instrument on one venue: price, then time.

Prices are whole ticks and sizes whole shares; the side is +1 for a buy, -1 for a sell. What everybody may see comes out as
`Event`s in the order in which it happens; who owns what is known only to the owner, through `Fill`s.

- A limit order matches what it reaches and rests with the remainder; a market or immediate-or-cancel order never rests.
- An iceberg shows `peak` shares; when they are gone the next peak joins the end of the queue under a new public id.
- A replace keeps its place in the queue only when it lowers the quantity and nothing else.
- In an auction orders gather without matching until `uncross`; while halted they may only be cancelled; when closed nothing is taken.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import OrderedDict
from dataclasses import dataclass
from typing import Literal, NamedTuple

from slipstream.errors import MarketError

Phase = Literal["closed", "auction", "continuous", "halted"]
Action = Literal["add", "modify", "fill", "delete", "trade"]


class Event(NamedTuple):
    """
    One public message.

    `add` shows an order of `size`; `modify` says what is left of one that keeps its place; `fill` says how much of one was
    executed; `delete` takes one away, with what was left. A `trade` is the print of one or more fills at a price, its side the
    aggressor's, 0 in an auction.
    """

    action: Action
    oid: int
    side: int
    price: int
    size: int


class Fill(NamedTuple):
    """What the owner of an order hears."""

    order: Order
    size: int
    price: int
    maker: bool


class Order:
    """An order; `leaves` is what is left of it, `shown` what of that is displayed."""

    __slots__ = ("leaves", "oid", "owner", "peak", "price", "public", "shown", "side")

    def __init__(self, owner: object, side: int, price: int, size: int, peak: int = 0) -> None:
        self.owner, self.side, self.price, self.leaves, self.peak = owner, side, price, size, peak
        self.oid = self.public = self.shown = 0

    @property
    def live(self) -> bool:
        """Rests in the book."""
        return self.shown > 0


@dataclass(slots=True)
class Level:
    """The orders at a price, in time order by public id, and how much they show."""

    orders: OrderedDict[int, Order]
    size: int = 0


MARKET_BUY, MARKET_SELL = 1 << 60, 0
"""Prices of market orders, which every other reaches."""


class Book:
    """
    Args:
        price: the last price in ticks, until there is a trade; an auction without a better reason ends nearest to it.
    """

    def __init__(self, price: int) -> None:
        self.phase: Phase = "closed"
        self.last = price
        self.events: list[Event] = []
        """What became public; whoever reads it empties it."""
        self.fills: list[Fill] = []
        """What owners are to be told; whoever tells them empties it."""
        self._levels: tuple[dict[int, Level], dict[int, Level]] = ({}, {})
        self._prices: tuple[list[int], list[int]] = ([], [])
        """Ascending; of bids (0) and offers (1)."""
        self._made = 0

    @property
    def bid(self) -> int | None:
        """Best bid."""
        prices = self._prices[0]
        return prices[-1] if prices else None

    @property
    def ask(self) -> int | None:
        """Best offer."""
        prices = self._prices[1]
        return prices[0] if prices else None

    def size(self, side: int, price: int) -> int:
        """Shares shown at a price."""
        level = self._levels[side < 0].get(price)
        return 0 if level is None else level.size

    def depth(self, side: int, levels: int) -> list[tuple[int, int]]:
        """The best prices of a side with the shares shown there."""
        held, prices = self._levels[side < 0], self._prices[side < 0]
        best = prices[: -levels - 1 : -1] if side > 0 else prices[:levels]
        return [(price, held[price].size) for price in best]

    def orders(self, side: int) -> list[Order]:
        """Resting orders of a side, best price first, then in time order."""
        held, prices = self._levels[side < 0], self._prices[side < 0]
        return [order for price in (reversed(prices) if side > 0 else prices) for order in held[price].orders.values()]

    def submit(self, order: Order, *, rest: bool = True) -> int:
        """
        Take an order in; returns how much of it was done at once. With `rest` false the remainder is dropped.

        Raises MarketError when the order makes no sense or the phase does not allow it.
        """
        if order.leaves <= 0 or order.side not in (1, -1) or order.peak < 0 or order.live or order.price < 0:
            raise MarketError(f"an order of {order.leaves} at {order.price} for side {order.side}, peak {order.peak}")
        if self.phase in ("closed", "halted") or (self.phase == "auction" and not rest):
            raise MarketError(f"no such order while the market is {self.phase}")
        self._made += 1
        order.oid = self._made
        done = self._match(order) if self.phase == "continuous" else 0
        if order.leaves > 0 and rest:
            self._show(order)
        return done

    def cancel(self, order: Order) -> int:
        """Take an order out; returns what was left of it, 0 if it was gone already."""
        if not order.live:
            return 0
        left = order.leaves
        self._remove(order)
        return left

    def replace(self, order: Order, size: int, price: int) -> int:
        """
        Change an order's price and what is to be left of it; returns how much was done at once.

        Raises MarketError when it no longer rests, the size is not positive, or the phase does not allow it.
        """
        if not order.live or size <= 0:
            raise MarketError(f"a replace to {size} of an order with {order.leaves if order.live else 0} left")
        if self.phase in ("closed", "halted"):
            raise MarketError(f"no replace while the market is {self.phase}")
        if price == order.price and size <= order.leaves:
            self._shrink(order, size)
            return 0
        self._remove(order)
        order.price, order.leaves = price, size
        done = self._match(order) if self.phase == "continuous" else 0
        if order.leaves > 0:
            self._show(order)
        return done

    def indicative(self) -> tuple[int, int] | None:
        """
        Price and volume at which an auction would end now: most volume, then least imbalance, then nearest the last price, then
        lower. None when nothing would trade.
        """
        bids = [(price, sum(o.leaves for o in level.orders.values())) for price, level in self._levels[0].items()]
        asks = [(price, sum(o.leaves for o in level.orders.values())) for price, level in self._levels[1].items()]
        bounds = {price for price, _ in (*bids, *asks)} | {self.last}
        best: tuple[int, int, int, int] | None = None
        for price in bounds:
            if price in (MARKET_BUY, MARKET_SELL):
                continue
            demand = sum(size for limit, size in bids if limit >= price)
            supply = sum(size for limit, size in asks if limit <= price)
            rank = (min(demand, supply), -abs(demand - supply), -abs(price - self.last), -price)
            if best is None or rank > best:
                best = rank
        return (-best[3], best[0]) if best is not None and best[0] > 0 else None

    def uncross(self) -> tuple[int, int] | None:
        """End an auction: everything that meets trades at one price; what is left of market orders goes. Returns price and volume."""
        found = self.indicative()
        if found is not None:
            price, volume = found
            for side in (1, -1):
                left = volume
                for order in self.orders(side):
                    if left == 0:
                        break
                    size = min(left, order.leaves)
                    left -= size
                    self._execute_whole(order, size, price)
            self.events.append(Event("trade", 0, 0, price, volume))
            self.last = price
        for order in [*self.orders(1), *self.orders(-1)]:
            if order.price in (MARKET_BUY, MARKET_SELL):
                self._remove(order)
        return found

    def _match(self, order: Order) -> int:
        """Trade with the other side as far as price and quantity reach."""
        side = order.side
        levels, prices = self._levels[side > 0], self._prices[side > 0]
        done = 0
        while order.leaves and prices:
            price = prices[0] if side > 0 else prices[-1]
            if (price > order.price) if side > 0 else (price < order.price):
                break
            level, printed = levels[price], 0
            while order.leaves and level.orders:
                resting = next(iter(level.orders.values()))
                size = min(order.leaves, resting.shown)
                order.leaves -= size
                printed += size
                self.fills.append(Fill(resting, size, price, True))
                self._execute(resting, size, level)
            done += printed
            self.fills.append(Fill(order, printed, price, False))
            self.events.append(Event("trade", 0, side, price, printed))
            self.last = price
            if not level.orders:
                self._drop(-side, price)
        return done

    def _execute(self, order: Order, size: int, level: Level) -> None:
        """Take executed shares off what an order shows; an iceberg's next peak queues up again at the end."""
        self.events.append(Event("fill", order.public, order.side, order.price, size))
        order.shown -= size
        order.leaves -= size
        level.size -= size
        if order.shown == 0:
            del level.orders[order.public]
            if order.leaves > 0:
                self._queue(order, level)

    def _execute_whole(self, order: Order, size: int, price: int) -> None:
        """In an auction hidden shares trade too, in their order's turn."""
        self.fills.append(Fill(order, size, price, True))
        while size > 0:
            level = self._levels[order.side < 0][order.price]
            part = min(size, order.shown)
            self._execute(order, part, level)
            size -= part
            if not level.orders:
                self._drop(order.side, order.price)

    def _show(self, order: Order) -> None:
        levels, prices = self._levels[order.side < 0], self._prices[order.side < 0]
        level = levels.get(order.price)
        if level is None:
            level = levels[order.price] = Level(OrderedDict())
            insort(prices, order.price)
        self._queue(order, level)

    def _queue(self, order: Order, level: Level) -> None:
        self._made += 1
        order.public = self._made
        order.shown = min(order.peak, order.leaves) if order.peak else order.leaves
        level.orders[order.public] = order
        level.size += order.shown
        self.events.append(Event("add", order.public, order.side, order.price, order.shown))

    def _shrink(self, order: Order, size: int) -> None:
        order.leaves = size
        if order.shown > size:
            self._levels[order.side < 0][order.price].size -= order.shown - size
            order.shown = size
            self.events.append(Event("modify", order.public, order.side, order.price, size))

    def _remove(self, order: Order) -> None:
        level = self._levels[order.side < 0][order.price]
        del level.orders[order.public]
        level.size -= order.shown
        self.events.append(Event("delete", order.public, order.side, order.price, order.shown))
        order.shown = 0
        if not level.orders:
            self._drop(order.side, order.price)

    def _drop(self, side: int, price: int) -> None:
        del self._levels[side < 0][price]
        prices = self._prices[side < 0]
        del prices[bisect_left(prices, price)]
