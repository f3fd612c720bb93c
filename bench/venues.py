"""Recordings of venues for feeds.py: what each sends, as its documentation says, made here."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from slipstream.feed.base import Feed

T0 = 1_723_213_800_000_000_000
LEVELS = 10
"""Levels that an update of a book changes."""


def venue(name: str) -> Callable[[Path, int], Feed]:
    """A recording of one instrument: three fifths of the messages change the book, the others are trades and, where there are any, quotes."""

    def make(folder: Path, count: int) -> Feed:
        from slipstream.feed.frames import Recorder
        from slipstream.feed.l2 import Publication
        from slipstream.feed.venues import replayed, starts

        recorder = Recorder(folder / str(count), name, starts({name: []}, Publication()))
        for frame in _frames(name, count):
            recorder.write(frame)
        recorder.close()
        return replayed(recorder.files)

    return make


def _frames(name: str, count: int) -> Iterator[Any]:
    from slipstream.feed.frames import IN, REST, Frame

    makes = {
        "binance": _binance,
        "coinbase": _coinbase,
        "coinbase-full": _full,
        "kraken": _kraken,
        "kraken-full": _kraken_full,
    }
    made = makes[name](count)
    for number, (kind, about, message) in enumerate(made):
        data = message.encode() if isinstance(message, str) else json.dumps(message, separators=(",", ":")).encode()
        yield Frame(T0 + number * 100_000, name, REST if kind else IN, about, data)


def _levels(rng: np.random.Generator) -> list[tuple[bool, str, str]]:
    """Changes of a book around 60,000: bids below, asks above."""
    found = []
    for _ in range(LEVELS):
        bid, away, size = rng.random() < 0.5, int(rng.integers(1, 500)), int(rng.integers(0, 5))
        found.append((bid, f"{60_000 + (-away if bid else away) / 100:.2f}", f"{size / 8:.8f}"))
    return found


def _binance(count: int) -> Iterator[tuple[bool, str, Any]]:
    rng = np.random.default_rng(7)
    yield False, "ws", {"e": "depthUpdate", "E": 1, "s": "BTCUSDT", "U": 1, "u": 1, "b": [], "a": []}
    yield True, "depth:BTCUSDT", {"lastUpdateId": 1, "bids": [["59000.00", "1"]], "asks": [["61000.00", "1"]]}
    for number in range(2, count):
        if number % 5 == 0:
            event = {
                "e": "trade",
                "E": 1,
                "s": "BTCUSDT",
                "t": number // 5,
                "p": "60000.00",
                "q": "0.10000000",
                "T": 1,
                "m": True,
                "M": True,
            }
            yield False, "ws", {"stream": "btcusdt@trade", "data": event}
        elif number % 5 == 1:
            event = {
                "u": number,
                "s": "BTCUSDT",
                "b": "59999.99",
                "B": "1.00000000",
                "a": "60000.01",
                "A": "2.00000000",
            }
            yield False, "ws", {"stream": "btcusdt@bookTicker", "data": event}
        else:
            levels = _levels(rng)
            # updates in between leave no hole: their ids follow one another
            ids = 2 + number // 5 * 3 + number % 5 - 2
            event = {"e": "depthUpdate", "E": 1, "s": "BTCUSDT", "U": ids, "u": ids}
            event |= {
                key: [[price, size] for bid, price, size in levels if bid == side]
                for key, side in (("b", True), ("a", False))
            }
            yield False, "ws", {"stream": "btcusdt@depth@100ms", "data": event}


def _coinbase(count: int) -> Iterator[tuple[bool, str, Any]]:
    rng = np.random.default_rng(7)
    stamp = "2024-08-09T14:30:00.123456789Z"
    for number in range(count):
        head = {"client_id": "", "timestamp": stamp, "sequence_num": number}
        if number % 5 < 3:
            updates = [
                {"side": "bid" if bid else "offer", "event_time": stamp, "price_level": price, "new_quantity": size}
                for bid, price, size in _levels(rng)
            ]
            event = {"type": "update" if number else "snapshot", "product_id": "BTC-USD", "updates": updates}
            yield False, "ws", {"channel": "l2_data", **head, "events": [event]}
        else:
            trade = {
                "product_id": "BTC-USD",
                "trade_id": str(number // 5 * 2 + number % 5 - 3),
                "price": "60000.00",
                "size": "0.1",
                "side": "BUY",
                "time": stamp,
            }
            yield False, "ws", {"channel": "market_trades", **head, "events": [{"type": "update", "trades": [trade]}]}


def _full(count: int) -> Iterator[tuple[bool, str, Any]]:
    rng = np.random.default_rng(7)
    resting: list[tuple[str, str, str]] = []
    head = {"time": "2024-08-09T14:30:00.123456Z", "product_id": "BTC-USD"}
    yield False, "ws", {"type": "received", **head, "sequence": 1, "order_id": "0" * 32, "side": "buy"}
    yield True, "level3:BTC-USD", {"sequence": 1, "bids": [], "asks": []}
    for number in range(2, count):
        if number % 2 == 0 or len(resting) < 500:
            bid, price, _ = _levels(rng)[0]
            oid, side = f"{int(rng.integers(2**62)):016x}-{number:016x}", "buy" if bid else "sell"
            resting.append((oid, side, price))
            yield (
                False,
                "ws",
                {
                    "type": "open",
                    **head,
                    "sequence": number,
                    "order_id": oid,
                    "side": side,
                    "price": price,
                    "remaining_size": "1.0",
                },
            )
        else:
            oid, side, price = resting.pop(int(rng.integers(len(resting))))
            yield (
                False,
                "ws",
                {
                    "type": "done",
                    **head,
                    "sequence": number,
                    "order_id": oid,
                    "side": side,
                    "price": price,
                    "reason": "canceled",
                    "remaining_size": "1.0",
                },
            )


def _kraken(count: int) -> Iterator[tuple[bool, str, Any]]:
    from slipstream.feed.kraken import KrakenBook

    rng = np.random.default_rng(7)
    book = KrakenBook(1000)
    stamp = "2024-08-09T14:30:00.123456Z"
    for number in range(count):
        if number % 5 < 3:
            texts = [("buy" if bid else "sell", price, size) for bid, price, size in _levels(rng)]
            book.put_text(texts, [(side, float(price), float(size)) for side, price, size in texts])
            sides = {
                key: ",".join(f'{{"price":{p},"qty":{q}}}' for s, p, q in texts if s == side)
                for key, side in (("bids", "buy"), ("asks", "sell"))
            }
            kind = "update" if number else "snapshot"
            yield (
                False,
                "ws",
                (
                    f'{{"channel":"book","type":"{kind}","data":[{{"symbol":"BTC/USD","bids":[{sides["bids"]}],"asks":[{sides["asks"]}],'
                    f'"checksum":{book.checksum()},"timestamp":"{stamp}"}}]}}'
                ),
            )
        else:
            yield False, "ws", _kraken_trade(number // 5 * 2 + number % 5 - 3, stamp)


def _kraken_trade(number: int, stamp: str) -> dict[str, Any]:
    trade = {
        "symbol": "BTC/USD",
        "side": "buy",
        "price": 60000.5,
        "qty": 0.1,
        "ord_type": "limit",
        "trade_id": number,
        "timestamp": stamp,
    }
    return {"channel": "trade", "type": "update", "data": [trade]}


def _kraken_full(count: int) -> Iterator[tuple[bool, str, Any]]:
    """One order comes or goes with an update, in a book of some thousand."""
    from slipstream.feed.kraken_orders import QueueBook

    rng = np.random.default_rng(7)
    book = QueueBook(1000, (2, 8))
    stamp = "2024-08-09T14:30:00.123456789Z"
    live: list[str] = []
    for number in range(count):
        if number % 5 >= 3:
            yield False, "ws", _kraken_trade(number // 5 * 2 + number % 5 - 3, stamp)
            continue
        if len(live) > 2_000 and rng.random() < 0.5:
            event, oid = "delete", live.pop(int(rng.integers(len(live))))
            side, price, _ = book.orders[oid]
            text, size = f"{price:.2f}", "0.12500000"
            book.drop(oid)
        else:
            event, oid = "add", f"O{number:05d}-AAAAA-BBBBBB"
            bid, away = rng.random() < 0.5, int(rng.integers(1, 500))
            side, text, size = "buy" if bid else "sell", f"{60_000 + (-away if bid else away) / 100:.2f}", "0.12500000"
            book.set(oid, side, text, size)
            live.append(oid)
        order = (
            f'{{"event":"{event}","order_id":"{oid}","limit_price":{text},"order_qty":{size},"timestamp":"{stamp}"}}'
        )
        sides = f'"bids":[{order}],"asks":[]' if side == "buy" else f'"bids":[],"asks":[{order}]'
        kind = "update" if number else "snapshot"
        yield (
            False,
            "ws",
            f'{{"channel":"level3","type":"{kind}","data":[{{"symbol":"BTC/USD",{sides},"checksum":{book.checksum()}}}]}}',
        )
