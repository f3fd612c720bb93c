"""Books of orders (L3), and the price levels that they add up to."""

from __future__ import annotations

from slipstream.feed.l2 import L2Book, Level

PLACES = 10
"""Decimals of sums of quantities; venues' quantities have at most 8."""


class OrderBook(L2Book):
    """The orders of an instrument, by id, and the levels (L2) that they add up to."""

    def __init__(self, limit: int = 0) -> None:
        super().__init__(limit)
        self.orders: dict[str, Level] = {}
        """By id: side, price, what is left."""
        self._counts: dict[tuple[str, float], int] = {}

    def order(self, oid: str, side: str, price: float, size: float) -> Level:
        """A new order; returns its level."""
        self.orders[oid] = (side, price, size)
        return self._more(side, price, size, 1)

    def less(self, oid: str, left: float) -> Level:
        """An order of the book has so much left, 0 takes it away; returns its level."""
        side, price, size = self.orders[oid]
        if left > 0.0:
            self.orders[oid] = (side, price, left)
        else:
            del self.orders[oid]
        return self._more(side, price, left - size, 0 if left > 0.0 else -1)

    def clear(self) -> None:
        """Forget everything."""
        super().clear()
        self.orders, self._counts = {}, {}

    def _more(self, side: str, price: float, size: float, orders: int) -> Level:
        key = (side, price)
        count = self._counts[key] = self._counts.get(key, 0) + orders
        sizes = self.bids if side == "buy" else self.asks
        # sums of decimals are off by their rounding: a level without orders is empty whatever they say
        left = round(sizes.get(price, 0.0) + size, PLACES) if count else 0.0
        if not count:
            del self._counts[key]
        self.put(side, price, left)
        return side, price, left


__all__ = ["PLACES", "OrderBook"]
