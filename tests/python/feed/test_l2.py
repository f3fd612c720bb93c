"""Books of price levels against a plain model, and what is published of them when."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from playing import T0, frame, rows, run

from slipstream.feed.binance import Binance
from slipstream.feed.l2 import L2Book, Publication

levels = st.lists(
    st.tuples(st.sampled_from(("buy", "sell")), st.integers(1, 12).map(float), st.integers(0, 3).map(float)),
    max_size=40,
)


@settings(deadline=None)
@given(levels, levels, st.integers(0, 4))
def test_a_follower_of_the_changes_has_the_book_and_the_book_is_a_sorted_dictionary(
    first: list[tuple[str, float, float]], then: list[tuple[str, float, float]], limit: int
) -> None:
    book = L2Book(limit)
    follower: dict[tuple[str, float], float] = {}

    def follow(changes: list[tuple[str, float, float]]) -> None:
        for side, price, size in changes:
            follower.pop((side, price), None)
            if size:
                follower[side, price] = size

    def check() -> None:
        mine = {("buy", p): s for p, s in book.bids.items()} | {("sell", p): s for p, s in book.asks.items()}
        assert mine == follower
        bids = sorted((p for side, p in follower if side == "buy"), reverse=True)
        asks = sorted(p for side, p in follower if side == "sell")
        assert (book.prices("buy", 99), book.prices("sell", 99)) == (bids, asks)
        assert not limit or max(len(bids), len(asks)) <= limit

    for level in first:
        follow([level, *book.apply([level])])
        check()
    follow(book.replace(then))
    check()


def depth(first: int, last: int, *changes: tuple[str, str, str]) -> dict[str, Any]:
    sides = {side: [[price, size] for s, price, size in changes if s == side] for side in ("b", "a")}
    return {"e": "depthUpdate", "E": 1, "s": "BTCUSDT", "U": first, "u": last, **sides}


MESSAGES = [
    frame(1, depth(1, 2, ("b", "10", "1"))),
    frame(2, {"lastUpdateId": 2, "bids": [["10", "1"]], "asks": [["12", "5"]]}, "rest", "depth:BTCUSDT"),
    frame(30, depth(3, 3, ("b", "11", "1"))),
    frame(35, depth(4, 4, ("b", "11", "0"), ("a", "12", "6"))),
    frame(60, depth(5, 5, ("b", "11", "2"))),
    frame(190, depth(6, 6, ("b", "9", "2"))),
    frame(205, depth(7, 7, ("a", "13", "2"))),
]


def test_every_change_of_the_best_bid_and_offer() -> None:
    made, _, _ = run(Binance(publication=Publication(bbo="every", depth="off")), MESSAGES)
    assert "depth" not in made
    assert rows(made, "quote", "time", "bid", "ask", "bsize", "asize") == [
        (2_000_000, 10.0, 12.0, 1.0, 5.0),
        (30_000_000, 11.0, 12.0, 1.0, 5.0),
        (35_000_000, 10.0, 12.0, 1.0, 6.0),
        (60_000_000, 11.0, 12.0, 2.0, 6.0),
    ]


def test_conflated_rows_carry_the_last_nanosecond_of_their_interval() -> None:
    """T0 is a whole second, so intervals of 50 ms begin at multiples of 50 ms after it; 11 came and went within the first."""
    assert T0 % 1_000_000_000 == 0
    made, _, _ = run(
        Binance(publication=Publication(bbo="conflated", depth="conflated", every_ns=50_000_000)), MESSAGES
    )
    # each side is emptied first: a follower may have levels of an earlier run
    begin = made["depth"]["price"][:2]
    assert np.isnan(begin).all() and made["depth"]["side"][:2].tolist() == ["buy", "sell"]
    assert rows(made, "depth", "time", "side", "price", "size", "seq")[2:] == [
        (49_999_999, "buy", 10.0, 1.0, 4),
        (49_999_999, "buy", 11.0, 0.0, 4),
        (49_999_999, "sell", 12.0, 6.0, 4),
        (99_999_999, "buy", 11.0, 2.0, 5),
        (199_999_999, "buy", 9.0, 2.0, 6),
        (249_999_999, "sell", 13.0, 2.0, 7),
    ]
    assert rows(made, "quote", "time", "bid", "asize") == [(49_999_999, 10.0, 6.0), (99_999_999, 11.0, 6.0)]


def test_no_quote_is_made_of_a_book_that_is_not_synchronised() -> None:
    hole = frame(210, depth(9, 9, ("b", "11.5", "2")))
    made, feed, asked = run(Binance(publication=Publication(bbo="every")), [*MESSAGES, hole])
    assert feed.counters.gaps == 1 and len(asked) == 2
    assert 11.5 not in made["quote"]["bid"] and 11.5 in made["depth"]["price"]


def test_a_crossed_book_is_got_anew() -> None:
    crossing = frame(210, depth(8, 8, ("b", "12.5", "2")))
    made, feed, asked = run(Binance(publication=Publication(bbo="every")), [*MESSAGES, crossing])
    assert (feed.counters.crossed, feed.counters.resyncs, len(asked)) == (1, 1, 2)
    assert 12.5 not in made["quote"]["bid"]
