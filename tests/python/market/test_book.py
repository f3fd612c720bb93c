"""The matching engine: priority, icebergs, replaces, auctions, and invariants under any orders."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slipstream.errors import MarketError
from slipstream.market.book import MARKET_BUY, MARKET_SELL, Book, Event, Fill, Order


def book(phase: str = "continuous") -> Book:
    made = Book(100)
    made.phase = phase  # type: ignore[assignment]
    return made


def put(into: Book, owner: str, side: int, price: int, size: int, peak: int = 0) -> Order:
    order = Order(owner, side, price, size, peak)
    into.submit(order)
    return order


def told(of: Book) -> list[tuple[object, int, int, bool]]:
    fills = [(fill.order.owner, fill.size, fill.price, fill.maker) for fill in of.fills]
    of.fills.clear()
    return fills


def test_price_then_time() -> None:
    made = book()
    put(made, "a", -1, 102, 10)
    put(made, "b", -1, 101, 10)
    put(made, "c", -1, 101, 10)
    put(made, "t", 1, 102, 25)
    assert told(made) == [
        ("b", 10, 101, True),
        ("c", 10, 101, True),
        ("t", 20, 101, False),
        ("a", 5, 102, True),
        ("t", 5, 102, False),
    ]
    assert (made.bid, made.ask, made.size(-1, 102), made.last) == (None, 102, 5, 102)


def test_an_order_that_may_not_rest_leaves_nothing() -> None:
    made = book()
    put(made, "a", -1, 101, 10)
    assert made.submit(Order("t", 1, MARKET_BUY, 25), rest=False) == 10
    assert (made.bid, made.ask) == (None, None)


def test_a_replace_keeps_its_place_only_when_it_asks_for_less() -> None:
    made = book()
    first, second = put(made, "a", 1, 99, 10), put(made, "b", 1, 99, 10)
    made.replace(first, 4, 99)
    assert [order.owner for order in made.orders(1)] == ["a", "b"]
    made.replace(first, 5, 99)
    assert [order.owner for order in made.orders(1)] == ["b", "a"]
    made.replace(second, 10, 98)
    assert [order.owner for order in made.orders(1)] == ["a", "b"]
    assert made.depth(1, 5) == [(99, 5), (98, 10)]


def test_a_replace_that_reaches_the_other_side_trades() -> None:
    made = book()
    put(made, "a", -1, 101, 6)
    mine = put(made, "b", 1, 99, 10)
    assert made.replace(mine, 10, 101) == 6
    assert told(made) == [("a", 6, 101, True), ("b", 6, 101, False)]
    assert made.depth(1, 1) == [(101, 4)]


def test_an_iceberg_queues_anew_with_each_peak() -> None:
    made = book()
    ice = put(made, "ice", 1, 99, 25, peak=10)
    put(made, "b", 1, 99, 10)
    first = ice.public
    assert made.size(1, 99) == 20, "the rest is hidden"
    put(made, "t", -1, 99, 12)
    assert told(made) == [("ice", 10, 99, True), ("b", 2, 99, True), ("t", 12, 99, False)]
    assert ice.public != first and (ice.leaves, ice.shown) == (15, 10)
    put(made, "t", -1, 99, 21)
    # 8 of b, a peak of 10, and 3 of the last 5
    assert told(made) == [("b", 8, 99, True), ("ice", 10, 99, True), ("ice", 3, 99, True), ("t", 21, 99, False)]
    assert (ice.leaves, ice.shown) == (2, 2)


def test_an_auction_trades_the_most_at_one_price() -> None:
    made = book("auction")
    put(made, "a", 1, 103, 10)
    put(made, "b", 1, 101, 10)
    put(made, "m", 1, MARKET_BUY, 5)
    put(made, "c", -1, 100, 12)
    put(made, "d", -1, 102, 10)
    # at 101: 25 wanted, 12 offered; at 102: 15 and 22; at 103: 15 and 22, further from the last price; at 100: 25 and 12
    assert made.indicative() == (102, 15)
    assert made.uncross() == (102, 15)
    made.phase = "continuous"
    assert told(made) == [("m", 5, 102, True), ("a", 10, 102, True), ("c", 12, 102, True), ("d", 3, 102, True)]
    assert (made.bid, made.ask, made.size(-1, 102)) == (101, 102, 7)


def test_what_is_left_of_market_orders_goes_with_the_auction() -> None:
    made = book("auction")
    put(made, "m", -1, MARKET_SELL, 5)
    assert made.uncross() is None
    assert made.ask is None


@pytest.mark.parametrize("phase", ["halted", "closed"])
def test_nothing_comes_in_while_there_is_no_market(phase: str) -> None:
    made = book()
    order = put(made, "a", 1, 99, 10)
    made.phase = phase  # type: ignore[assignment]
    with pytest.raises(MarketError):
        put(made, "b", 1, 99, 10)
    with pytest.raises(MarketError):
        made.replace(order, 5, 99)
    assert made.cancel(order) == 10


ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(["limit", "iceberg", "ioc", "market", "cancel", "replace", "halt", "auction", "open"]),
        st.sampled_from([1, -1]),
        st.integers(95, 105),
        st.integers(1, 40),
        st.integers(0, 30),
    ),
    max_size=120,
)


class Follower:
    """A book rebuilt from public messages alone."""

    def __init__(self) -> None:
        self.orders: dict[int, tuple[int, int, int]] = {}
        self.printed = self.filled = 0

    def take(self, event: Event) -> None:
        action, oid, side, price, size = event
        if action == "trade":
            self.printed += size * (1 if side else 2)
            return
        if action == "add":
            assert oid not in self.orders
            self.orders[oid] = (side, price, size)
            return
        known = self.orders[oid]
        assert known[:2] == (side, price)
        left = {"modify": size, "fill": known[2] - size, "delete": known[2] - size}[action]
        self.filled += size if action == "fill" else 0
        assert left >= 0 and (action != "delete" or left == 0)
        if left:
            self.orders[oid] = (side, price, left)
        else:
            del self.orders[oid]

    def levels(self, side: int) -> Counter[int]:
        found: Counter[int] = Counter()
        for known, price, size in self.orders.values():
            if known == side:
                found[price] += size
        return found


@settings(max_examples=300, deadline=None)
@given(ACTIONS)
def test_whatever_is_sent_the_book_is_whole(actions: list[tuple[str, int, int, int, int]]) -> None:
    """Rebuilt from what is public it is the same; bid below ask; no share is lost or made."""
    made, follower = book(), Follower()
    orders: list[Order] = []
    size_of: dict[int, int] = {}
    done: Counter[int] = Counter()
    gone: Counter[int] = Counter()
    for kind, side, price, size, pick in actions:
        chosen = orders[pick % len(orders)] if orders else None
        try:
            if kind in ("limit", "iceberg", "ioc", "market"):
                limit = (MARKET_BUY if side > 0 else MARKET_SELL) if kind == "market" else price
                order = Order(len(orders), side, limit, size, peak=1 + pick if kind == "iceberg" else 0)
                rest = kind in ("limit", "iceberg")
                made.submit(order, rest=rest)
                orders.append(order)
                size_of[id(order)] = size
                if not rest:
                    gone[id(order)] += order.leaves
            elif kind == "cancel" and chosen is not None:
                gone[id(chosen)] += made.cancel(chosen)
            elif kind == "replace" and chosen is not None:
                before = chosen.leaves
                made.replace(chosen, size, price)
                size_of[id(chosen)] += size - before
            elif kind == "halt" and made.phase == "continuous":
                made.phase = "halted"
            elif kind == "auction" and made.phase in ("halted", "continuous"):
                made.phase = "auction"
            elif kind == "open" and made.phase == "auction":
                made.uncross()
                made.phase = "continuous"
        except MarketError:
            continue
        for event in made.events:
            follower.take(event)
        for fill in made.fills:
            assert isinstance(fill, Fill) and fill.size > 0
            done[id(fill.order)] += fill.size
        made.events.clear()
        made.fills.clear()
        for each in (1, -1):
            assert follower.levels(each) == Counter(dict(made.depth(each, 99)))
        if made.phase == "continuous" and made.bid is not None and made.ask is not None:
            assert made.bid < made.ask
    assert follower.printed == follower.filled, (
        "every print is of displayed shares: of one order in a match, of two in an auction"
    )
    for order in orders:
        left = order.leaves if order.live else 0
        assert size_of[id(order)] == done[id(order)] + gone[id(order)] + left
        hidden = order.leaves - order.shown
        assert not order.live or (hidden == 0 or order.peak > 0)
    bought = sum(done[id(order)] for order in orders if order.side > 0)
    sold = sum(done[id(order)] for order in orders if order.side < 0)
    assert bought == sold
