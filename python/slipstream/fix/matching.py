"""
Where the simulated broker's orders meet the market: what a broker needs of it, and the simplest one, which fills against the touch of
a replayed or generated market that nobody's orders change.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from slipstream.fix.market import MarketView, Touch

if TYPE_CHECKING:
    from slipstream.fix.broker import Order

Filled = Callable[["Order", float, float, bool], None]
"""Called with an order, quantity, price, and whether it made the price."""


@dataclass(frozen=True)
class Rules:
    """How the broker behaves."""

    maker_fee_bps: float = 0.2
    taker_fee_bps: float = 0.5
    collar_bps: float = 500.0
    """A limit further than this through the touch is rejected."""
    queue_share: float = 0.25
    """Part of a print at our price that reaches a resting order; of the touch matcher."""
    latency_ns: int = 150_000
    """Event time the broker takes for each message."""
    lot: float = 1e-5
    """Fills are whole multiples of this."""
    lots: Mapping[str, float] = field(default_factory=dict)
    """The same for symbols that differ."""


class Matcher(Protocol):
    """A market that takes a broker's orders. It calls the broker's `fill` while it works."""

    def touch(self, sym: str) -> Touch | None:
        """The touch, None while there is no market."""
        ...

    def reach(self, moment: int) -> None:
        """Let the market come to a moment, before a message of that moment is looked at."""
        ...

    def work(self, order: Order) -> None:
        """Work an order that is new, or whose terms have changed."""
        ...

    def drop(self, order: Order) -> None:
        """Stop working an order."""
        ...

    def step(self) -> None:
        """Work all orders against the market as it is now."""
        ...


class TouchMatcher:
    """Fills against the touch as far as limit and size there allow; what rests is filled when the market comes to it or trades through
    it, or shares in prints at its price."""

    def __init__(self, market: MarketView, rules: Rules, fill: Filled) -> None:
        self._market, self._rules, self._fill = market, rules, fill
        self._working: list[Order] = []

    def touch(self, sym: str) -> Touch | None:
        """The market's touch."""
        return self._market.touch(sym)

    def reach(self, moment: int) -> None:
        """The market moves by itself."""

    def drop(self, order: Order) -> None:
        """It is left out from now on because it is no longer open."""

    def work(self, order: Order) -> None:
        """Fill what can be filled now; the rest works."""
        if order not in self._working:
            self._working.append(order)
        touch = self._market.touch(order.sym)
        if touch is not None:
            self._match(order, touch)

    def step(self) -> None:
        """Fill what works."""
        self._working = [order for order in self._working if order.open]
        for order in list(self._working):
            touch = self._market.touch(order.sym)
            if touch is not None and order.open:
                self._match(order, touch)

    def _match(self, order: Order, touch: Touch) -> None:
        self._take(order, touch)
        if order.resting and order.open:
            self._share_prints(order)
        order.resting = order.open

    def _take(self, order: Order, touch: Touch) -> None:
        far, there = (touch.ask, touch.asize) if order.buys else (touch.bid, touch.bsize)
        if order.price is not None and (order.price < far if order.buys else order.price > far):
            return
        qty = self._lots(order.sym, min(order.leaves, there))
        if qty <= 0:
            return
        if order.buys:
            touch.asize -= qty
        else:
            touch.bsize -= qty
        # one that already worked is hit at its own price when the market comes to it
        price = order.price if order.resting and order.price is not None else far
        self._fill(order, qty, price, order.resting)

    def _share_prints(self, order: Order) -> None:
        if order.price is None:
            return
        for trade in self._market.prints.get(order.sym, ()):
            towards = trade.side == ("sell" if order.buys else "buy")
            through = trade.price < order.price if order.buys else trade.price > order.price
            if not order.open or not towards or not (through or trade.price == order.price):
                continue
            reach = trade.size if through else trade.size * self._rules.queue_share
            qty = self._lots(order.sym, min(order.leaves, reach))
            if qty > 0:
                self._fill(order, qty, order.price, True)

    def _lots(self, sym: str, qty: float) -> float:
        lot = self._rules.lots.get(sym, self._rules.lot)
        return round(int(qty / lot + 1e-6) * lot, 8)
