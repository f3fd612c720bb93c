"""
Orders by reference and the levels that they make, for all stocks at once.

An order is one whole number, its level's key and its shares: kept in dicts of numbers, which the garbage collector does not walk.
A key is `(locate << 1 | sells) << 32 | price`, the price of a bid taken from `TOP`, so that the best of a side is always the least key.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush

from slipstream.feed.itch.codec import MARKET_PRICE, Ints

TOP = 0xFFFFFFFF
NONE = 1 << 62
"""Key of the best level of an empty side."""
_LOW = 0xFFFFFFFF
_UNPRICED = (MARKET_PRICE, TOP - MARKET_PRICE)
"""Lower halves of the keys of market orders, which have no place among prices."""
_SLACK = 64

ADD, ADD_MPID, FILL, FILL_AT, CANCEL, DELETE, REPLACE = b"AFECXDU"
FILL_UNPRINTED = ord("c")
"""A message C that is not printable."""
_ADDS = frozenset((ADD, ADD_MPID))
_TAKES = frozenset((FILL, FILL_AT, FILL_UNPRINTED, CANCEL, DELETE))


@dataclass
class Counters:
    """What messages were refused, the book being left as it was."""

    unknown: int = 0
    """Of an order that is not in the book."""
    beyond: int = 0
    """Executed or cancelled more than was left."""
    duplicate: int = 0
    """An order's reference came again."""
    empty: int = 0
    """No shares."""
    overflow: int = 0
    """More orders than may be kept."""


@dataclass
class Changes:
    """What messages did, by their numbers."""

    keys: list[int]
    """Level of the order: of a replacement the new one's."""
    sizes: list[int]
    """Shares: added, executed, left after a cancel, or left when deleted."""
    replaced: list[tuple[int, int, int]] = field(default_factory=list)
    """Number of a replacement, and level and shares of the order that went."""
    refused: list[tuple[int, str]] = field(default_factory=list)
    touches: list[int] = field(default_factory=list)
    """Six numbers for each message that changed a touch: the message's, the stock's, then the best bid's level and shares, the best offer's."""


class Book:
    """
    Args:
        max_orders: what may be in the book at a time; further ones are refused (some hundred bytes each).
    """

    def __init__(self, *, max_orders: int = 4_000_000) -> None:
        self.counters = Counters()
        self.max_orders = max_orders
        self.quiet: set[int] = set()
        """Stocks whose touch is told as none: they are not in continuous trading."""
        self._orders: dict[int, int] = {}
        self._levels: dict[int, int] = {NONE: 0}
        self._best: list[int] = [NONE] * (1 << 17)
        self._heaps: dict[int, list[int]] = {}
        self._limits: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._orders)

    def clear(self) -> None:
        """Begin anew."""
        self._orders.clear()
        self._levels.clear()
        self._levels[NONE] = 0
        self._heaps.clear()
        self._limits.clear()
        # in place: `apply` holds on to it
        self._best[:] = [NONE] * (1 << 17)

    def order(self, ref: int) -> tuple[int, int] | None:
        """Level and shares of an order."""
        held = self._orders.get(ref)
        return None if held is None else (held >> 32, held & _LOW)

    def orders(self) -> dict[int, tuple[int, int]]:
        """All orders by reference, in the order in which they came."""
        return {ref: (held >> 32, held & _LOW) for ref, held in self._orders.items()}

    def touch(self, locate: int) -> tuple[int, int, int, int]:
        """Best bid's level and shares, best offer's."""
        bid, ask = self._best[locate << 1], self._best[locate << 1 | 1]
        return bid, self._levels[bid], ask, self._levels[ask]

    def depth(self, locate: int, side: int) -> list[tuple[int, int]]:
        """Levels of a side, 0 bids and 1 offers, best first, with their shares; market orders left out."""
        wanted = locate << 1 | side
        return sorted(
            (key, size)
            for key, size in self._levels.items()
            if key >> 32 == wanted and key & _LOW != _UNPRICED[side ^ 1]
        )

    def apply(
        self,
        kinds: bytearray,
        refs: list[int],
        others: Ints,
        sizes: list[int],
        values: list[int],
        other: Callable[[int, Changes], None],
    ) -> Changes:
        """
        Take messages in.

        Args:
            kinds: their types, 0 for what is to be passed over; a cancel of all that is left becomes `DELETE`, what is refused 0.
            refs: order references.
            others: the new order's reference of a replacement.
            sizes: shares.
            values: the level's key of a new order; the new price of a replacement.
            other: called with the number of any message that is not of an order, in its turn.
        """
        made = Changes(values.copy(), sizes.copy())
        keys_out, sizes_out, touched = made.keys, made.sizes, made.touches.extend
        orders, levels, best, quiet = self._orders, self._levels, self._best, self.quiet
        find, adds, takes, low = orders.get, _ADDS, _TAKES, _LOW
        counters = self.counters
        room = self.max_orders - len(orders)

        def refuse(i: int, reason: str) -> None:
            kinds[i] = 0
            made.refused.append((i, reason))

        for i, (kind, ref, size, value) in enumerate(zip(kinds, refs, sizes, values, strict=True)):
            if kind in adds:
                if ref in orders:
                    counters.duplicate += 1
                    refuse(i, f"duplicate: order {ref} is in the book")
                    continue
                if not size:
                    counters.empty += 1
                    refuse(i, f"empty: order {ref} without shares")
                    continue
                if room <= 0 and len(orders) >= self.max_orders:
                    counters.overflow += 1
                    refuse(i, f"overflow: {self.max_orders} orders are in the book")
                    continue
                room -= 1
                orders[ref] = value << 32 | size
                if value in levels:
                    levels[value] += size
                else:
                    levels[value] = size
                    self._open(value)
                side = value >> 32
                if value != best[side]:
                    continue
            elif kind in takes:
                held = find(ref)
                if held is None:
                    counters.unknown += 1
                    refuse(i, f"unknown: order {ref} is not in the book")
                    continue
                key = held >> 32
                left = held & low
                if kind == DELETE:
                    size = left
                    del orders[ref]
                    sizes_out[i] = left
                elif size < left and size:
                    orders[ref] = held - size
                    if kind == CANCEL:
                        sizes_out[i] = left - size
                elif size == left:
                    del orders[ref]
                    if kind == CANCEL:
                        kinds[i] = DELETE
                elif size:
                    counters.beyond += 1
                    refuse(i, f"beyond: {size} of the {left} shares of order {ref}")
                    continue
                else:
                    counters.empty += 1
                    refuse(i, f"empty: no shares of order {ref}")
                    continue
                keys_out[i] = key
                side = key >> 32
                rest = levels[key] - size
                if rest:
                    levels[key] = rest
                    if key != best[side]:
                        continue
                else:
                    del levels[key]
                    if key != best[side]:
                        continue
                    self._next(side)
            elif kind == REPLACE:
                side = self._replace(i, ref, int(others[i]), size, value, made, refuse)
                if side < 0:
                    continue
            else:
                if kind:
                    other(i, made)
                continue
            stock = side >> 1
            if stock not in quiet:
                bid, ask = best[side & -2], best[side | 1]
                touched((i, stock, bid, levels[bid], ask, levels[ask]))
        return made

    def _replace(
        self, i: int, ref: int, new: int, size: int, price: int, made: Changes, refuse: Callable[[int, str], None]
    ) -> int:
        """Take a replacement in; the side whose touch it changes, -1 for none."""
        orders, levels, best = self._orders, self._levels, self._best
        held = orders.get(ref)
        if held is None:
            self.counters.unknown += 1
            refuse(i, f"unknown: order {ref} is not in the book")
            return -1
        if new in orders and new != ref:
            self.counters.duplicate += 1
            refuse(i, f"duplicate: order {new} is in the book")
            return -1
        if not size:
            self.counters.empty += 1
            refuse(i, f"empty: order {new} without shares")
            return -1
        key, left = held >> 32, held & _LOW
        side = key >> 32
        before = best[side]
        del orders[ref]
        rest = levels[key] - left
        if rest:
            levels[key] = rest
        else:
            del levels[key]
        if not rest and key == before:
            self._next(side)
        key_new = side << 32 | (price if side & 1 else TOP - price)
        orders[new] = key_new << 32 | size
        if key_new in levels:
            levels[key_new] += size
        else:
            levels[key_new] = size
            self._open(key_new)
        made.keys[i] = key_new
        made.replaced.append((i, key, left))
        if key == key_new and size == left:
            return -1
        return side if before == key or best[side] == key_new else -1

    def turn(self, i: int, locate: int, made: Changes, *, quiet: bool) -> None:
        """Begin or end to tell the touch of a stock, as of message `i`; a stock that is quiet has none."""
        if quiet is not (locate in self.quiet):
            (self.quiet.add if quiet else self.quiet.discard)(locate)
            touch = self.touch(locate)
            if touch != (NONE, 0, NONE, 0):
                made.touches.extend((i, locate, *((NONE, 0, NONE, 0) if quiet else touch)))

    def _open(self, key: int) -> None:
        """A level that was not there."""
        side = key >> 32
        if key & _LOW == _UNPRICED[side & 1 ^ 1]:
            return
        heap = self._heaps.get(side)
        if heap is None:
            heap = self._heaps[side] = []
        heappush(heap, key)
        if key < self._best[side]:
            self._best[side] = key
        # keys of levels that went stay in the heap until they come to its top, or are too many
        if len(heap) > self._limits.get(side, _SLACK):
            heap[:] = {each for each in heap if each in self._levels}
            heapify(heap)
            self._limits[side] = 2 * len(heap) + _SLACK

    def _next(self, side: int) -> None:
        """The best level of a side went."""
        heap, levels = self._heaps[side], self._levels
        while heap and heap[0] not in levels:
            heappop(heap)
        self._best[side] = heap[0] if heap else NONE
