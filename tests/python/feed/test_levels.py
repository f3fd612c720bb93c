"""Price levels from orders: a follower of the rows has the levels that the orders make, in whatever batches they come."""

from __future__ import annotations

import datetime as dt
import math
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slipstream.errors import ConfigError
from slipstream.feed.base import Batch, Counters
from slipstream.feed.itch.codec import encode
from slipstream.feed.itch.files import ItchFiles, Writer
from slipstream.feed.itch.parser import Parser
from slipstream.feed.l2 import How
from slipstream.feed.levels import LevelsFeed
from slipstream.feed.schema import Row, columns, times

NAN = float("nan")
T0 = 1_723_213_800_000_000_000
MS = 1_000_000


class Orders:
    """A feed of given rows, so many a batch."""

    def __init__(self, rows: list[Row], size: int = 3) -> None:
        self.counters = Counters()
        self._parts = [rows[n : n + size] for n in range(0, len(rows), size)]

    def batches(self, step_ns: int) -> Iterator[Batch]:
        for part in self._parts:
            yield Batch(part[0][0], part[-1][0], {"mbo": columns("mbo", part)}, len(part))


def row(at: int, action: str, oid: int, side: str = "", price: float = NAN, size: float = NAN, sym: str = "A") -> Row:
    return (T0 + at, sym, "v", action, oid, side, price, size, T0 + at - 5, at)


def depth(feed: LevelsFeed) -> list[tuple[Any, ...]]:
    made: list[tuple[Any, ...]] = []
    last = 0
    for batch in feed.batches(100 * MS):
        if "depth" in batch.tables:
            table = batch.tables["depth"]
            assert times(table)[0] >= last and (times(table)[1:] >= times(table)[:-1]).all()
            assert batch.start <= times(table)[0] and times(table)[-1] <= batch.end
            last = int(times(table)[-1])
            made += zip(
                (times(table) - T0).tolist(), *(table[name].tolist() for name in ("sym", "side", "price", "size", "seq")), strict=True
            )  # fmt: skip
    return made


def follow(rows: list[tuple[Any, ...]]) -> dict[str, dict[float, float]]:
    """What somebody has who begins with a wrong book and takes the rows."""
    book: dict[str, dict[float, float]] = {"buy": {1.0: 7.0}, "sell": {2.0: 7.0}}
    for _, sym, side, price, size, _ in rows:
        if sym != "A":
            continue
        if math.isnan(price):
            assert size == 0
            book[side].clear()
        elif size == 0:
            book[side].pop(price, None)
        else:
            book[side][price] = size
    return book


HOWS: tuple[How, How] = ("every", "off")
STORY = [
    row(1, "add", 1, "buy", 10.0, 100.0), row(2, "add", 2, "buy", 10.0, 50.0), row(3, "add", 3, "sell", 11.0, 30.0),
    row(4, "fill", 1, "buy", 10.0, 40.0), row(5, "modify", 2, "buy", 9.5, 20.0), row(6, "fill", 1, "buy", 10.0, 60.0),
    row(7, "delete", 3, "sell", 11.0, 30.0), row(8, "add", 4, "sell", NAN, 10.0), row(9, "fill", 77, "sell", 11.0, 5.0),
]  # fmt: skip


def test_each_change_of_a_level_is_a_row() -> None:
    feed = LevelsFeed(Orders(STORY), "every")
    made = depth(feed)
    assert [(at, side) for at, _, side, price, size, _ in made if math.isnan(price) and size == 0] == [
        (1, "buy"),
        (1, "sell"),
    ]
    assert [(at, side, price, size, seq) for at, _, side, price, size, seq in made if not math.isnan(price)] == [
        (1, "buy", 10.0, 100.0, 1), (2, "buy", 10.0, 150.0, 2), (3, "sell", 11.0, 30.0, 3), (4, "buy", 10.0, 110.0, 4),
        (5, "buy", 10.0, 60.0, 5), (5, "buy", 9.5, 20.0, 5), (6, "buy", 10.0, 0.0, 6), (7, "sell", 11.0, 0.0, 7),
    ]  # fmt: skip
    assert feed.counters.rows["depth"] == len(made)


def quotes(feed: LevelsFeed) -> list[tuple[Any, ...]]:
    made: list[tuple[Any, ...]] = []
    for batch in feed.batches(100 * MS):
        if "quote" in batch.tables:
            table = batch.tables["quote"]
            assert batch.start <= times(table)[0] and times(table)[-1] <= batch.end
            names = ("bid", "ask", "bsize", "asize", "seq")
            parts = ([None if value != value else value for value in table[name].tolist()] for name in names)
            made += zip((times(table) - T0).tolist(), *parts, strict=True)
    return made


def test_each_change_of_the_touch_is_a_quote() -> None:
    feed = LevelsFeed(Orders([*STORY, row(20, "clear", 0)]), "off", bbo="every")
    assert quotes(feed) == [
        (1, 10.0, None, 100.0, None, 1), (2, 10.0, None, 150.0, None, 2), (3, 10.0, 11.0, 150.0, 30.0, 3), (4, 10.0, 11.0, 110.0, 30.0, 4),
        (5, 10.0, 11.0, 60.0, 30.0, 5), (6, 9.5, 11.0, 20.0, 30.0, 6), (7, 9.5, None, 20.0, None, 7), (20, None, None, None, None, 20),
    ]  # fmt: skip
    assert feed.counters.rows == {"quote": 8}
    # depth beside it is as it is without
    with_, without = (depth(LevelsFeed(Orders(STORY), "every", bbo=bbo)) for bbo in HOWS)
    assert repr(with_) == repr(without)


def test_a_crossed_book_has_no_touch() -> None:
    story = [
        row(1, "add", 1, "buy", 10.0, 1.0), row(2, "add", 2, "sell", 9.0, 1.0), row(3, "add", 3, "sell", 8.0, 1.0),
        row(4, "delete", 1), row(5, "add", 4, "buy", 7.0, 2.0),
    ]  # fmt: skip
    feed = LevelsFeed(Orders(story), "off", bbo="every")
    assert [made[:3] for made in quotes(feed)] == [(1, 10.0, None), (4, None, 8.0), (5, 7.0, 8.0)]
    assert feed.counters.crossed == 1


def test_conflated_quotes_are_the_touch_at_the_end_of_an_interval() -> None:
    story = [
        row(1 * MS, "add", 1, "buy", 10.0, 5.0), row(2 * MS, "add", 2, "buy", 10.5, 5.0), row(4 * MS, "delete", 2),
        row(12 * MS, "add", 3, "buy", 11.0, 1.0), row(13 * MS, "delete", 3), row(45 * MS, "add", 4, "sell", 12.0, 3.0),
    ]  # fmt: skip
    assert quotes(LevelsFeed(Orders(story), "every", bbo="conflated", every_ns=10 * MS)) == [
        (10 * MS - 1, 10.0, None, 5.0, None, 4 * MS), (50 * MS - 1, 10.0, 12.0, 5.0, 3.0, 45 * MS),
    ]  # fmt: skip


class Levels:
    """A feed of given rows of depth: moment, symbol, side, price, size."""

    def __init__(self, rows: list[tuple[int, str, str, float, float]], size: int) -> None:
        self.counters = Counters(rows={"depth": len(rows)})
        self._parts = [rows[n : n + size] for n in range(0, len(rows), size)]

    def batches(self, step_ns: int) -> Iterator[Batch]:
        for part in self._parts:
            made = [(T0 + at, sym, "v", side, price, size, T0 + at - 5, at) for at, sym, side, price, size in part]
            yield Batch(T0 + part[0][0], T0 + part[-1][0], {"depth": columns("depth", made)}, len(part))


@pytest.mark.parametrize("size", [1_000, 4])
def test_the_touch_of_levels_that_a_feed_gives_is_that_after_a_moment(size: int) -> None:
    ms = MS
    story = [
        (1 * ms, "A", "buy", 10.0, 5.0), (1 * ms, "A", "sell", 11.0, 2.0), (1 * ms, "B", "buy", 3.0, 1.0), (1 * ms, "B", "sell", 4.0, 1.0),
        # within a moment it may be crossed
        (2 * ms, "A", "buy", 11.0, 1.0), (2 * ms, "A", "sell", 11.0, 0.0), (2 * ms, "A", "sell", 12.0, 3.0), (3 * ms, "A", "buy", 9.0, 1.0),
        (15 * ms, "A", "buy", NAN, 0.0), (16 * ms, "A", "buy", 8.0, 4.0),
    ]  # fmt: skip
    every = [
        (1 * ms, 10.0, 11.0, 5.0, 2.0, 1 * ms), (1 * ms, 3.0, 4.0, 1.0, 1.0, 1 * ms), (2 * ms, 11.0, 12.0, 1.0, 3.0, 2 * ms),
        (15 * ms, None, 12.0, None, 3.0, 15 * ms), (16 * ms, 8.0, 12.0, 4.0, 3.0, 16 * ms),
    ]  # fmt: skip
    feed = LevelsFeed(Levels(story, size), "every", bbo="every", made=True)
    assert quotes(feed) == every
    assert (
        feed.counters.rows["quote"] == 5 and feed.counters.rows["depth"] == len(story) + 4
    )  # a book begins with an empty one
    feed = LevelsFeed(Levels(story, size), "off", bbo="every", made=True)
    assert quotes(feed) == every and feed.counters.rows["depth"] == 0
    feed = LevelsFeed(Levels(story, size), "conflated", bbo="conflated", every_ns=10 * ms, made=True)
    assert quotes(feed) == [
        (10 * ms - 1, 11.0, 12.0, 1.0, 3.0, 3 * ms), (10 * ms - 1, 3.0, 4.0, 1.0, 1.0, 1 * ms),
        (20 * ms - 1, 8.0, 12.0, 4.0, 3.0, 16 * ms),
    ]  # fmt: skip


def test_a_book_that_is_cleared_is_emptied_for_followers() -> None:
    made = depth(LevelsFeed(Orders([*STORY, row(20, "clear", 0), row(21, "add", 9, "buy", 8.0, 1.0)]), "every"))
    assert [(side, price != price) for at, _, side, price, _, _ in made if at == 20] == [("buy", True), ("sell", True)]
    assert follow(made) == {"buy": {8.0: 1.0}, "sell": {}}


def test_conflated_rows_carry_the_last_nanosecond_of_their_interval() -> None:
    rows = [
        row(1 * MS, "add", 1, "buy", 10.0, 5.0), row(2 * MS, "add", 2, "buy", 10.0, 5.0), row(3 * MS, "add", 3, "sell", 11.0, 1.0),
        row(4 * MS, "delete", 3), row(12 * MS, "add", 4, "buy", 9.0, 2.0), row(45 * MS, "delete", 1),
    ]  # fmt: skip
    made = depth(LevelsFeed(Orders(rows), "conflated", every_ns=10 * MS))
    assert [(at, side, price, size) for at, _, side, price, size, _ in made if price == price] == [
        (10 * MS - 1, "buy", 10.0, 10.0), (10 * MS - 1, "sell", 11.0, 0.0), (20 * MS - 1, "buy", 9.0, 2.0),
        (50 * MS - 1, "buy", 10.0, 5.0),
    ]  # fmt: skip


def test_orders_beyond_what_is_kept_are_counted() -> None:
    feed = LevelsFeed(Orders([row(n, "add", n, "buy", 10.0 + n, 1.0) for n in range(10)]), "every", max_orders=4)
    assert len(follow(depth(feed))["buy"]) == 4 and feed.counters.ignored == 6


def test_a_feed_that_is_taken_up_is_not_conflated() -> None:
    feed = Orders(STORY)
    feed.ledger = "some.ledger"  # type: ignore[attr-defined]
    assert LevelsFeed(feed, "every").ledger == "some.ledger"
    with pytest.raises(ConfigError, match="taken up"):
        LevelsFeed(feed, "conflated")


ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(["add", "add", "add", "fill", "modify", "delete", "delete"]),
        st.integers(0, 9),
        st.integers(1, 4),
        st.integers(1, 5),
    ),
    min_size=1,
    max_size=60,
)


@settings(deadline=None, max_examples=80)
@given(ACTIONS, st.integers(1, 20), st.sampled_from(["every", "conflated"]))
def test_a_follower_has_the_levels_of_the_orders(story: list[tuple[str, int, int, int]], size: int, how: Any) -> None:
    """Against orders in a plain dictionary, added up by price at the end."""
    orders: dict[int, tuple[str, float, float]] = {}
    rows: list[Row] = []
    for at, (action, oid, price, amount) in enumerate(story, 1):
        if action == "add":
            if oid not in orders:
                orders[oid] = ("buy" if oid % 2 else "sell", float(price), float(amount))
                rows.append(row(at * 7 * MS, "add", oid, *orders[oid]))
        elif oid in orders:
            side, before, had = orders.pop(oid)
            if action == "modify":
                orders[oid] = (side, float(price), float(amount))
                rows.append(row(at * 7 * MS, "modify", oid, side, float(price), float(amount)))
            elif action == "fill":
                taken = min(float(amount), had)
                if taken < had:
                    orders[oid] = (side, before, had - taken)
                rows.append(row(at * 7 * MS, "fill", oid, side, before, taken))
            else:
                rows.append(row(at * 7 * MS, "delete", oid, side, before, had))
    expected: dict[str, dict[float, float]] = {"buy": {}, "sell": {}}
    for side, price_, left in orders.values():
        expected[side][price_] = expected[side].get(price_, 0.0) + left
    if rows:
        assert follow(depth(LevelsFeed(Orders(rows, size), how, every_ns=30 * MS))) == expected


@pytest.mark.parametrize("how", ["every", "conflated"])
def test_levels_that_itch_makes_are_those_of_its_orders(how: Any, tmp_path: Path) -> None:
    """The parser's own rows of depth, and those made here of its orders, are the same."""
    rng = random.Random(5)
    live: list[int] = []
    messages: list[bytes] = []
    for n in range(1, 1_500):
        stamp = 34_200_000_000_000 + n * MS
        if len(live) < 20 or rng.random() < 0.5:
            sells = rng.random() < 0.5
            messages.append(
                encode(
                    "A", locate=1 + n % 2, stamp=stamp, ref=n, side="S" if sells else "B", shares=rng.randint(1, 5) * 100,
                    stock="AB"[n % 2], price=10_000 + (1 if sells else -1) * 100 * rng.randint(1, 6),
                )
            )  # fmt: skip
            live.append(n)
            continue
        ref = live.pop(rng.randrange(len(live)))
        head = {"locate": 1 + ref % 2, "stamp": stamp, "ref": ref}
        kind = rng.choice("DDUX")
        if kind == "U":
            price = 10_000 + rng.choice((-100, 100))
            messages.append(encode("U", **head, new_ref=5_000 + n + ref % 2 + n % 2, shares=300, price=price))
        elif kind == "X":
            messages.append(encode("X", **head, shares=rng.randint(1, 99)))
        else:
            messages.append(encode("D", **head))
    path = tmp_path / "06122025.itch"
    with Writer(path) as file:
        file.write(messages)

    def feed(*, made: bool) -> LevelsFeed:
        parser = Parser(dt.date(2025, 6, 12), depth=made)
        return LevelsFeed(ItchFiles([path], parser), how, every_ns=10 * MS, made=made)

    given_, ours = feed(made=True), feed(made=False)
    theirs, own = depth(given_), depth(ours)
    if how == "conflated":
        assert len(theirs) < 1_400

    def states(rows_: list[tuple[Any, ...]]) -> dict[tuple[int, int], dict[tuple[str, str, float], float]]:
        """All levels after each message that changed one; a replacement at its own price may tell its level twice."""
        book: dict[tuple[str, str, float], float] = {}
        found: dict[tuple[int, int], dict[tuple[str, str, float], float]] = {(0, 0): {}}
        for at, sym, side, price, size, seq in rows_:
            if not math.isnan(price):
                book[sym, side, price] = size
            now = {key: size for key, size in book.items() if size}
            found[at, seq] = now
        before: dict[tuple[str, str, float], float] = {}
        changed = {}
        for when, now in found.items():
            if now != before:
                changed[when] = before = now
        return changed

    assert states(theirs) == states(own) and len(states(own)) > (100 if how == "conflated" else 1_000)
    assert given_.counters.rows["depth"] == len(theirs)
