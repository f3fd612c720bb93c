"""Each of those who trade in the simulated market by himself, in a book that only the test fills otherwise."""

from __future__ import annotations

import numpy as np
import pytest
from test_venue import SHORT, market, played

from slipstream.market.agents import Followers, Maker, Quoting, Value
from slipstream.market.book import Event, Order
from slipstream.market.predator import Hunting, Predator
from slipstream.market.venue import Listing, Venue
from slipstream.market.world import SECOND, Noise, Path, World

START = 1_749_600_000 * SECOND


def opened(*, bid: int = 0, ask: int = 0, size: int = 5_000) -> tuple[World, Venue]:
    """A venue in continuous trading, with one order on either side."""
    world = World(3, START)
    venue = world.trade(Listing("TECH", 50.25))
    venue.book.phase = "continuous"
    for side, price in ((1, bid), (-1, ask)):
        if price:
            venue.book.submit(Order(None, side, price, size))
    return world, venue


def trades(venue: Venue) -> list[Event]:
    seen: list[Event] = []
    venue.watchers.append(lambda _, event: seen.append(event) if event.action == "trade" else None)
    return seen


@pytest.mark.parametrize("way", [1, -1])
def test_followers_trade_with_the_move(way: int) -> None:
    world, venue = opened(bid=100, ask=102)
    seen = trades(venue)
    followers = Followers(world, venue, trigger=1.5)
    followers.wake(START)
    assert seen == [], "nothing has moved yet"
    for order in (*venue.book.orders(1), *venue.book.orders(-1)):
        venue.book.cancel(order)
    for side, price in ((1, 100 + 2 * way), (-1, 102 + 2 * way)):
        venue.book.submit(Order(None, side, price, 5_000))
    followers.wake(START + 5 * SECOND)
    (trade,) = seen
    assert (trade.side, trade.price) == (way, 102 + 2 * way if way > 0 else 100 + 2 * way), (
        "at the far touch, with the move of two ticks"
    )


def quoted(held: int, fair: float = 5_025.0) -> tuple[int, int]:
    """Best prices of a maker who holds so much."""
    world, venue = opened()
    value = Value(world, fair, Path("flat", 60, Noise(0.0, 60.0)))
    maker = Maker(world, venue, value, Quoting(half_spread=0.4, aversion=1e-3), "maker")
    maker._held = held  # what earlier trades left
    maker.wake(START)
    bid, ask = venue.book.bid, venue.book.ask
    assert bid is not None and ask is not None
    assert len(venue.book.orders(1)) == len(venue.book.orders(-1)) == 3, "three levels on either side"
    return bid, ask


def test_makers_quote_around_the_value_and_lean_against_what_they_hold() -> None:
    assert quoted(0) == (5_024, 5_026)
    assert quoted(3_000) == (5_021, 5_023), "three ticks lower, to sell"
    assert quoted(-3_000) == (5_027, 5_029)


def test_a_maker_steps_back_from_a_price_where_it_was_run_over() -> None:
    world, venue = opened()
    maker = Maker(
        world,
        venue,
        Value(world, 5_025.0, Path("flat", 60, Noise(0.0, 60.0))),
        Quoting(half_spread=0.4, rest_s=1e6),
        "maker",
    )
    maker.wake(START)
    first = venue.book.ask
    assert first is not None
    venue.book.submit(Order(None, 1, first, venue.book.size(-1, first)), rest=False)
    venue.publish(START)
    maker.wake(START + SECOND)
    again = venue.book.ask
    assert again is not None and again > first


def hunted(
    sizes: list[int], *, busy: float = 0.0, other: list[int] | None = None, every: float = 10.0
) -> tuple[Predator, list[Event]]:
    """A predator that has watched posts of these sizes at the bid, one each `every` seconds, and the trades that came of it."""
    world, venue = opened(bid=100, ask=102)
    seen = trades(venue)
    predator = Predator(world, venue, Hunting(busy=busy, clip=500.0), lambda _: 1.0, "predator")

    def post(now: int, side: int, size: int) -> None:
        near = venue.book.bid if side > 0 else venue.book.ask
        assert near is not None
        order = Order(None, side, near, size)
        venue.book.submit(order)
        venue.publish(now)
        venue.book.cancel(order)
        venue.publish(now)

    for side, posts in ((1, sizes), (-1, other or [])):
        for at, size in enumerate(posts):
            world.at(START + round(at * every * SECOND), lambda now, side=side, size=size: post(now, side, size))  # type: ignore[misc]
    world.run_until(START + round(len(sizes) * every * SECOND))
    return predator, seen


def test_a_predator_leans_on_a_footprint() -> None:
    predator, seen = hunted([600] * 4)
    assert (predator.leans, seen) == (0, []), "four sightings are not yet a footprint"
    predator, seen = hunted([600] * 7)
    assert predator.leans == 3, "the fifth and each that follows"
    assert predator.held > 0 and {event.side for event in seen} == {1}, "it takes the offers ahead of a buyer"


@pytest.mark.parametrize(
    "how",
    [
        {"sizes": [600, 610, 620, 630, 640, 650, 660]},
        {"sizes": [300] * 7},
        {"sizes": [600] * 7, "other": [600] * 7},
        {"sizes": [600] * 7, "every": 60.0},
        {"sizes": [600] * 7, "busy": 1.9},
    ],
    ids=["odd sizes", "anybody's sizes", "on both sides", "too seldom", "nobody else is there"],
)
def test_a_predator_leaves_others_alone(how: dict[str, object]) -> None:
    predator, seen = hunted(**how)  # type: ignore[arg-type]
    assert (predator.leans, predator.held, seen) == (0, 0, [])


def test_the_background_is_like_a_market() -> None:
    """Spread of a tick or two, size at the touch of a few orders, more behind it, signs that persist over several trades, mids that do not."""
    made = market(predators=())
    book, sizes, behind = made.venues["TECH"].book, [], []
    rows: dict[str, list[tuple[object, ...]]] = {"trade": [], "quote": []}
    for second in range(SHORT.open_s + 60, SHORT.closing_s, 5):
        part = played(made, second)
        for table in rows:
            rows[table] += part.get(table, [])
        levels = book.depth(1, 3), book.depth(-1, 3)
        assert all(levels), "somebody is always there on either side"
        sizes += [side[0][1] for side in levels]
        behind += [sum(size for _, size in side[1:]) for side in levels]
    assert 100 < np.median(sizes) < 3_000
    assert np.median(behind) > np.median(sizes)
    signs = np.array([1.0 if row[5] == "buy" else -1.0 for row in rows["trade"] if row[5]])
    lagged = [float(np.corrcoef(signs[:-k], signs[k:])[0, 1]) for k in (1, 2, 4)]
    assert lagged[0] > lagged[1] > lagged[2] > -0.05, "persistence fades"
    each = np.array([(row[3] + row[4]) / 2 for row in rows["quote"] if row[3] > 0])  # type: ignore[operator]
    moves = np.diff(each[:: max(1, len(each) // 400)])
    assert abs(np.corrcoef(moves[:-1], moves[1:])[0, 1]) < 0.35, "what the mid did says little of what it will do"
