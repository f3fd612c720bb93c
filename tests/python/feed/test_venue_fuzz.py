"""Any bytes into each venue's parser: an error is counted and kept, rows can still be made, and the next good message arrives."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playing import frame, run
from test_coinbase import SYM, A, advanced, level3, order
from test_kraken import example, instrument
from test_kraken_orders import snapshot as orders
from test_kraken_orders import update as events
from test_live import depth, snapshot

from slipstream.feed.base import Quarantine
from slipstream.feed.binance import Binance, BinanceAny, BinanceCoinm, BinanceUsdm
from slipstream.feed.coinbase import Coinbase, CoinbaseExchange, CoinbaseFull
from slipstream.feed.frames import FAIL, IN, REST
from slipstream.feed.kraken import Kraken
from slipstream.feed.kraken_orders import KrakenFull
from slipstream.feed.schema import TABLES
from slipstream.feed.venue import Venue

TIME = "2023-11-14T22:13:20.5Z"
ENTRY = {"e": "trade", "E": 1, "s": "BTCUSDT", "t": 7, "p": "95", "q": "1", "T": 1, "m": True}
PRINT = {"product_id": SYM, "trade_id": "7", "price": "90", "size": "0.5", "side": "BUY", "time": TIME}
MATCH = {
    "type": "match",
    "trade_id": 7,
    "sequence": 2,
    "maker_order_id": A,
    "taker_order_id": "b",
    "time": TIME,
    "product_id": SYM,
    "size": "1",
    "price": "4",
    "side": "sell",
}
KRAKEN_TRADE = {
    "symbol": "BTC/USD",
    "side": "sell",
    "price": 4.5,
    "qty": 0.5,
    "ord_type": "market",
    "trade_id": 7,
    "timestamp": TIME,
}
LEVEL = {"side": "bid", "price_level": "9", "new_quantity": "1"}

SEEDS: list[tuple[Callable[[], Venue], list[Any], Any]] = [
    (
        kind,
        [
            depth(1, 2, [["90", "1"]], [["101", "1"]]),
            snapshot(2, [["90", "1"]], [["101", "1"]]),
            depth(3, 4, [["91", "1"]], []),
        ],
        ENTRY,
    )
    for kind in (Binance, BinanceUsdm, BinanceCoinm, BinanceAny)
]
SEEDS += [
    (Kraken, [instrument(), json.loads(example()), {"channel": "status", "data": [{"system": "online"}]}], {"channel": "trade", "type": "update", "data": [KRAKEN_TRADE]}),
    (KrakenFull, [instrument(), orders({"A": ("buy", "9", "1")}), events(("add", "B", "sell", "10", "2"), queues=[("10", "2"), ("9", "1")])], {"channel": "trade", "type": "update", "data": [KRAKEN_TRADE]}),
    (lambda: Kraken(version=1), [[1, {"as": [["5", "2", "1.1"]], "bs": [["4", "1", "1.7"]]}, "book-10", "X/Y"]], [2, [["5", "0.1", "1.3", "s", "l", ""]], "trade", "X/Y"]),
    (Coinbase, [advanced(0, "l2_data", {"type": "snapshot", "product_id": SYM, "updates": [LEVEL]})], advanced(1, "market_trades", {"type": "update", "trades": [PRINT]})),
    (CoinbaseExchange, [{"type": "snapshot", "product_id": SYM, "bids": [["9", "1"]], "asks": []}], MATCH),
    (CoinbaseFull, [order("open", 1, order_id=A, price="4", remaining_size="3"), level3(1, [["4", "3", A]], [])], MATCH),
]  # fmt: skip

ODD: list[Any] = [
    None,
    True,
    -1,
    0,
    2**63,
    2**70,
    1e400,
    0.5,
    "",
    "x",
    "nan",
    "inf",
    "-1",
    "1e400",
    "\ud800",
    "a\0b",
    [],
    {},
    [[]],
    [["1"]],
    "9" * 5000,
]


@st.composite
def spoiled(draw: st.DrawFn, messages: list[Any]) -> bytes:
    """Bytes: of nothing in particular, of a message with some of them changed, or of one with a value changed."""
    how = draw(st.sampled_from(("bytes", "flip", "cut", "value", "value", "value")))
    if how == "bytes":
        return draw(st.binary(max_size=60))
    message = draw(st.sampled_from(messages))
    if how == "value":
        message = json.loads(json.dumps(message))
        places: list[tuple[Any, Any]] = []

        def walk(value: Any) -> None:
            for key in range(len(value)) if isinstance(value, list) else value if isinstance(value, dict) else ():
                places.append((value, key))
                walk(value[key])

        walk(message)
        for _ in range(draw(st.integers(1, 2))):
            holder, key = draw(st.sampled_from(places))
            holder[key] = draw(st.sampled_from(ODD))
        return json.dumps(message).encode()
    data = bytearray(json.dumps(message).encode())
    at = draw(st.integers(0, len(data) - 1))
    if how == "cut":
        return bytes(data[:at])
    data[at] = draw(st.integers(0, 255))
    return bytes(data)


@pytest.mark.parametrize("seed", range(len(SEEDS)), ids=lambda i: f"{getattr(SEEDS[i][0], '__name__', 'v1')}{i}")
def test_whatever_comes_is_counted_and_the_next_good_message_arrives(seed: int) -> None:
    make, before, good = SEEDS[seed]
    rest = [
        message
        for message in before
        if isinstance(message, dict) and ("lastUpdateId" in message or "auction_mode" in message)
    ]
    symbol = "BTCUSDT" if rest and "lastUpdateId" in rest[0] else SYM

    # another number than those of the spoilt: a print that comes again is no row
    last = json.loads(re.sub(r'"(trade_id|t)": ("?)7\b', r'"\1": \g<2>7000000', json.dumps(good)))

    def kind(message: Any) -> tuple[str, str]:
        return (REST, f"{'depth' if symbol == 'BTCUSDT' else 'level3'}:{symbol}") if message in rest else (IN, "ws")

    first = [frame(i, message, *kind(message)) for i, message in enumerate(before)]

    @settings(max_examples=60, deadline=None)
    @given(st.lists(st.tuples(spoiled([*before, good]), st.sampled_from((IN, IN, IN, REST, FAIL))), max_size=5))
    def check(spoilt: list[tuple[bytes, str]]) -> None:
        frames = [
            *first,
            *(
                frame(10 + i, data, how, "ws" if how == IN else kind(rest[0])[1] if rest else "x")
                for i, (data, how) in enumerate(spoilt)
            ),
            frame(99, last),
        ]
        quarantine = Quarantine()
        made, feed, _ = run(make(), frames, quarantine)
        assert made["trade"]["time"][-1].view("i8") == frames[-1].time
        counters = feed.counters
        assert (
            quarantine.count
            == counters.undecodable + counters.gaps + counters.crossed + counters.mismatches + counters.refused
        )
        for table, columns in made.items():
            for name, letter in TABLES[table].items():
                if letter == "s":
                    assert all(
                        isinstance(value, str) and value.encode() is not None and "\0" not in value
                        for value in columns[name]
                    )

    check()
