"""Coinbase: both feeds, their numbers, and the book order by order."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
from playing import book_of, frame, rows, run

from slipstream.feed.base import Quarantine
from slipstream.feed.coinbase import Coinbase, CoinbaseExchange, CoinbaseFull, order_number
from slipstream.feed.frames import FAIL, OPEN, REST
from slipstream.feed.keys import Credentials, signature
from slipstream.feed.venue import Fetch, Reconnect, Send, rfc3339

SYM = "BTC-USD"
TIME = "2023-11-14T22:13:20.5Z"
A, B, C = (f"{i:08d}-0000-4000-8000-000000000000" for i in (1, 2, 3))


def advanced(number: int, channel: str, event: dict[str, Any]) -> dict[str, Any]:
    return {"channel": channel, "client_id": "", "timestamp": TIME, "sequence_num": number, "events": [event]}


def order(kind: str, number: int, **more: Any) -> dict[str, Any]:
    return {"type": kind, "time": TIME, "product_id": SYM, "sequence": number, "side": "buy", **more}


def level3(number: int, bids: list[list[str]], asks: list[list[str]]) -> dict[str, Any]:
    return {"sequence": number, "bids": bids, "asks": asks, "auction_mode": False}


def test_advanced_trades_have_the_side_of_the_taker_and_follow_one_another() -> None:
    trade = {
        "product_id": SYM,
        "trade_id": "11",
        "price": "90",
        "size": "0.5",
        "side": "BUY",
        "time": "2023-11-14T22:13:20.25Z",
    }
    event = {"type": "update", "trades": [{**trade, "trade_id": "12", "side": "SELL"}, trade]}
    before = {"type": "snapshot", "trades": [{**trade, "trade_id": "3"}]}
    later = {"type": "update", "trades": [{**trade, "trade_id": "14"}]}
    frames = [frame(i, advanced(i, "market_trades", e)) for i, e in enumerate((before, event, later))]
    made, feed, _ = run(Coinbase([SYM]), frames)
    # the documentation: `side` is that of the maker; the newest trade comes first
    assert rows(made, "trade", "seq", "side", "etime") == [
        (11, "sell", 250_000_000),
        (12, "buy", 250_000_000),
        (14, "sell", 250_000_000),
    ]
    assert feed.counters.gaps == 1


def prints(*numbers: int) -> list[dict[str, Any]]:
    """Trades of Advanced Trade, the newest first as it sends them."""
    return [
        {
            "product_id": SYM,
            "trade_id": str(n),
            "price": "90",
            "size": "1",
            "side": "BUY",
            "time": "2023-11-14T22:13:20Z",
        }
        for n in sorted(numbers, reverse=True)
    ]


def test_prints_behind_a_missing_one_in_the_same_message_arrive() -> None:
    events = [{"type": "update", "trades": prints(11)}, {"type": "update", "trades": prints(14, 15, 16)}]
    made, feed, _ = run(Coinbase([SYM]), [frame(i, advanced(i, "market_trades", e)) for i, e in enumerate(events)])
    assert rows(made, "trade", "seq") == [(11,), (14,), (15,), (16,)]
    assert feed.counters.gaps == 1


def test_prints_missed_between_connections_come_with_the_snapshot_and_none_twice() -> None:
    events = [
        {"type": "snapshot", "trades": prints(3, 4)},
        {"type": "update", "trades": prints(5, 6)},
        {"type": "snapshot", "trades": prints(4, 5, 6, 7, 8)},
        {"type": "update", "trades": prints(8, 9)},
    ]
    made, feed, _ = run(Coinbase([SYM]), [frame(i, advanced(i, "market_trades", e)) for i, e in enumerate(events)])
    assert rows(made, "trade", "seq") == [(5,), (6,), (7,), (8,), (9,)]
    assert (feed.counters.gaps, feed.counters.repeated) == (0, 1)


def test_what_a_heartbeat_says_is_missing_is_told_once_and_taken_when_it_comes() -> None:
    match = {
        "type": "match", "sequence": 50, "maker_order_id": A, "taker_order_id": B, "time": TIME, "product_id": SYM,
        "size": "1", "price": "4", "side": "sell",
    }  # fmt: skip
    beat = {"type": "heartbeat", "sequence": 90, "last_trade_id": 12, "product_id": SYM, "time": TIME}
    messages = [
        {**match, "trade_id": 10},
        beat,
        beat,
        {**match, "trade_id": 11},
        {**match, "trade_id": 12},
        {**match, "trade_id": 14},
    ]
    made, feed, _ = run(CoinbaseExchange([SYM]), [frame(i, m) for i, m in enumerate(messages)])
    assert rows(made, "trade", "seq") == [(10,), (11,), (12,), (14,)]
    assert feed.counters.gaps == 2


def test_an_advanced_update_that_cannot_be_read_has_the_connection_made_anew() -> None:
    snapshot = {
        "type": "snapshot",
        "product_id": SYM,
        "updates": [{"side": "bid", "price_level": "9", "new_quantity": "1"}],
    }
    bad = {"type": "update", "product_id": SYM, "updates": [{"side": "bid", "price_level": "9", "new_quantity": "-1"}]}
    good = {"type": "update", "product_id": SYM, "updates": [{"side": "bid", "price_level": "8", "new_quantity": "1"}]}
    quarantine = Quarantine()
    frames = [frame(i, advanced(i, "l2_data", e)) for i, e in enumerate((snapshot, bad, good, snapshot))]
    venue = Coinbase([SYM])
    made, feed, asked = run(venue, frames, quarantine)
    assert [type(one) for one in asked] == [Reconnect]
    assert (quarantine.reasons, feed.counters.resyncs) == ({"undecodable": 1}, 1)
    assert venue.books[SYM].synced and book_of(made["depth"]) == {("buy", 9.0): 1.0}


def test_exchange_levels_matches_heartbeats_and_phases() -> None:
    match = {
        "type": "match", "trade_id": 10, "sequence": 50, "maker_order_id": A, "taker_order_id": B, "time": TIME, "product_id": SYM,
        "size": "5.5", "price": "400.2", "side": "sell",
    }  # fmt: skip
    product = {"id": SYM, "status": "online", "cancel_only": False, "post_only": False, "auction_mode": True}
    messages = [
        {"type": "subscriptions", "channels": []},
        {"type": "snapshot", "product_id": SYM, "bids": [["10101.10", "0.45"]], "asks": [["10102.55", "0.57"]]},
        {
            "type": "l2update",
            "product_id": SYM,
            "time": TIME,
            "changes": [["buy", "10101.80", "0.16"], ["sell", "10102.55", "0"]],
        },
        {**match, "type": "last_match", "trade_id": 9},
        match,
        {"type": "heartbeat", "sequence": 90, "last_trade_id": 12, "product_id": SYM, "time": TIME},
        {**match, "trade_id": 13},
        {"type": "status", "products": [product, {"id": "ETH-USD", "status": "online"}]},
        {"type": "status", "products": [{**product, "auction_mode": False}]},
        {"type": "error", "message": "Failed to subscribe", "reason": "x is not a valid product"},
    ]
    quarantine = Quarantine()
    made, _, _ = run(CoinbaseExchange([SYM]), [frame(i, m) for i, m in enumerate(messages)], quarantine)
    assert quarantine.reasons == {"gap": 1, "refused": 1}
    assert rows(made, "trade", "seq", "side", "price", "size") == [(10, "buy", 400.2, 5.5), (13, "buy", 400.2, 5.5)]
    assert rows(made, "status", "state", "reason") == [("auction", "auction_mode"), ("continuous", "online")]
    assert book_of(made["depth"]) == {("buy", 10101.1): 0.45, ("buy", 10101.8): 0.16}
    assert rows(made, "quote", "bid", "bsize", "ask")[0] == (10101.1, 0.45, 10102.55)


def test_a_crossed_book_is_as_it_should_be_in_an_auction_only() -> None:
    snapshot = {"type": "snapshot", "product_id": SYM, "bids": [["10", "1"]], "asks": [["9", "1"]]}
    auction = {"type": "status", "products": [{"id": SYM, "status": "online", "auction_mode": True}]}
    for messages, crossed in (([snapshot], 1), ([auction, snapshot], 0)):
        made, feed, _ = run(CoinbaseExchange([SYM]), [frame(i, m) for i, m in enumerate(messages)])
        assert feed.counters.crossed == crossed
        assert "quote" not in made and len(book_of(made["depth"])) == 2


def test_full_waits_for_a_snapshot_that_is_new_enough_and_keeps_every_order() -> None:
    venue = CoinbaseFull([SYM])
    frames = [
        frame(0, order("open", 101, order_id=A, price="90", remaining_size="1")),
        frame(
            1, order("match", 102, maker_order_id=C, taker_order_id=B, trade_id=7, price="95", size="1", side="sell")
        ),
        frame(2, level3(99, [], []), REST, f"level3:{SYM}"),
        frame(3, level3(101, [["90", "1", A]], [["95", "3", C]]), REST, f"level3:{SYM}"),
        frame(4, order("received", 103, order_id=B, price="91", size="2", order_type="limit")),
        frame(5, order("open", 104, order_id=B, price="90", remaining_size="2")),
        frame(6, order("match", 105, maker_order_id=B, taker_order_id="t", trade_id=8, price="90", size="0.5")),
        frame(7, order("change", 106, order_id=B, reason="STP", old_size="1.5", new_size="1", price="90")),
        frame(8, order("done", 107, order_id=A, price="90", reason="canceled", remaining_size="1")),
        frame(
            9,
            order(
                "change",
                108,
                order_id=B,
                reason="modify_order",
                old_size="1",
                new_size="1",
                old_price="90",
                new_price="91",
            ),
        ),
        frame(10, order("activate", 109, order_id="x")),
        frame(11, order("done", 110, order_id="y", reason="canceled")),
    ]
    made, feed, asked = run(venue, frames)
    assert (feed.counters.gaps, feed.counters.undecodable) == (0, 0)
    assert [one.about for one in asked if isinstance(one, Fetch)] == [f"level3:{SYM}"] * 2
    assert rows(made, "trade", "time", "seq", "side", "size") == [
        (1_000_000, 7, "buy", 1.0),
        (6_000_000, 8, "sell", 0.5),
    ]
    a, b, c = map(order_number, (A, B, C))
    assert [row for row in rows(made, "mbo", "action", "oid", "side", "price", "size") if row[0] != "clear"] == [
        ("add", a, "buy", 90.0, 1.0), ("add", c, "sell", 95.0, 3.0),
        ("fill", c, "sell", 95.0, 1.0), ("add", b, "buy", 90.0, 2.0), ("fill", b, "buy", 90.0, 0.5), ("modify", b, "buy", 90.0, 1.0),
        ("delete", a, "buy", 90.0, 1.0), ("modify", b, "buy", 91.0, 1.0),
    ]  # fmt: skip
    assert venue.orders[SYM].orders == {B: ("buy", 91.0, 1.0), C: ("sell", 95.0, 2.0)}
    assert book_of(made["depth"]) == {("buy", 91.0): 1.0, ("sell", 95.0): 2.0}


def test_full_keeps_trades_that_a_snapshot_was_ahead_of() -> None:
    frames = [
        frame(0, order("open", 101, order_id=A, price="90", remaining_size="1")),
        frame(1, level3(103, [], []), REST, f"level3:{SYM}"),
        frame(2, order("match", 102, maker_order_id=A, taker_order_id=B, trade_id=7, price="90", size="1")),
        frame(3, order("done", 103, order_id=A, reason="filled")),
    ]
    made, feed, _ = run(CoinbaseFull([SYM]), frames)
    assert rows(made, "trade", "seq") == [(7,)]
    assert feed.counters.gaps == 0 and book_of(made["depth"]) == {}


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (order("open", 105, order_id=B, price="90", remaining_size="2"), "gap"),
        (order("open", 102, order_id=B, price="x", remaining_size="2"), "undecodable"),
    ],
)
def test_full_asks_again_after_a_hole_or_what_cannot_be_read(message: dict[str, Any], reason: str) -> None:
    frames = [
        frame(0, order("open", 101, order_id=A, price="90", remaining_size="1")),
        frame(1, level3(101, [["90", "1", A]], []), REST, f"level3:{SYM}"),
        frame(2, message),
        frame(3, b"HTTP 500", FAIL, f"level3:{SYM}"),
        frame(4, level3(106, [["89", "1", A]], []), REST, f"level3:{SYM}"),
    ]
    quarantine = Quarantine()
    venue = CoinbaseFull([SYM])
    made, _, asked = run(venue, frames, quarantine)
    assert quarantine.reasons == {reason: 1}
    assert len(asked) == 3 and isinstance(asked[-1], Fetch) and asked[-1].delay_s > 0
    assert venue.orders[SYM].synced and book_of(made["depth"]) == {("buy", 89.0): 1.0}


def test_sums_of_a_level_do_not_drift() -> None:
    """0.1 + 0.2 - 0.3 is 5.6e-17 in binary: the level is empty all the same, and 0.3 when one of them is left."""
    frames = [
        frame(0, order("open", 1, order_id=A, price="90", remaining_size="1")),
        frame(1, level3(1, [], []), REST, f"level3:{SYM}"),
    ]
    frames += [
        frame(2, order("open", 2, order_id=A, price="90", remaining_size="0.1")),
        frame(3, order("open", 3, order_id=B, price="90", remaining_size="0.2")),
        frame(4, order("done", 4, order_id=A, reason="canceled")),
        frame(5, order("done", 5, order_id=B, reason="canceled")),
    ]
    made, _, _ = run(CoinbaseFull([SYM]), frames)
    assert made["depth"]["size"][2:].tolist() == [0.1, 0.3, 0.2, 0.0]


def test_a_key_signs_the_subscription() -> None:
    key = Credentials("k", base64.b64encode(b"secret").decode(), "p")
    expected = base64.b64encode(
        hmac.new(b"secret", b"1700000000GET/users/self/verify", hashlib.sha256).digest()
    ).decode()
    assert signature(key, "1700000000") == {
        "signature": expected,
        "key": "k",
        "passphrase": "p",
        "timestamp": "1700000000",
    }
    for kind, given, channel in (
        (CoinbaseExchange, None, "level2_batch"),
        (CoinbaseExchange, key, "level2"),
        (CoinbaseFull, key, "full"),
    ):
        _, _, asked = run(kind([SYM], credentials=given), [frame(0, b"", OPEN)])
        (sent,) = asked
        assert isinstance(sent, Send) and sent.secret == (given is not None)
        message = json.loads(sent.data)
        assert message["channels"][0] == channel and ("signature" in message) == (given is not None)
        assert message.get("timestamp", "1700000000") == "1700000000"


@pytest.mark.parametrize(
    ("text", "nanos"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-02T00:00:01.5Z", 86_401_500_000_000),
        ("2023-11-14T22:13:20.123456789Z", 1_700_000_000_123_456_789),
        ("2023-11-14 22:13:20.1Z", 1_700_000_000_100_000_000),
    ],
)
def test_times(text: str, nanos: int) -> None:
    assert rfc3339(text) == nanos


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2023-11-14",
        "2023-11-14T22:13:20",
        "2023-11-14T22:13:20+01:00",
        "2023-11-14T25:13:20Z",
        "2023-13-14T22:13:20Z",
    ],
)
def test_what_is_no_time(text: str) -> None:
    with pytest.raises((ValueError, IndexError)):
        rfc3339(text)
