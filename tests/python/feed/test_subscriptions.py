"""Subscriptions that a venue refuses: asked for again after longer and longer, until it does them."""

from __future__ import annotations

import json
import logging
import threading
from itertools import pairwise
from typing import Any

import pytest
from fakevenue import FakeVenue, Session
from playing import T0, frame, run

from slipstream.feed import subscriptions
from slipstream.feed.base import BatchBuilder
from slipstream.feed.binance import Binance, BinanceUsdm
from slipstream.feed.coinbase import Coinbase, CoinbaseExchange
from slipstream.feed.frames import OPEN, TICK, Frame
from slipstream.feed.live import Live
from slipstream.feed.venue import Action, Refused, Send, Venue, VenueFeed

SECOND = 1_000_000_000


class Dialogue:
    """A venue's machine, and what it sends at each frame."""

    def __init__(self, venue: Venue) -> None:
        self.venue, self.now = venue, T0
        self.frames: list[Frame] = []
        self.sent: list[tuple[int, Any]] = []
        """Moment in seconds, and message."""
        feed = VenueFeed({"": venue}, self._next(), act=self._act)
        self.feed, self._batches = feed, feed.batches(1 << 62)

    def _next(self) -> Any:
        while self.frames:
            yield self.frames.pop(0)

    def _act(self, _: str, actions: list[Action]) -> None:
        self.sent += [((self.now - T0) / SECOND, json.loads(one.data)) for one in actions if isinstance(one, Send)]

    def play(self, *told: tuple[float, Any], until: float) -> list[tuple[float, Any]]:
        """What is sent while the venue says this (at a second), looked at every quarter of one; the connection is made at second 0."""
        events = [frame(0, b"", OPEN)] + [frame(second * 1_000, message) for second, message in told]
        ticks = [frame(quarter * 250, b"", TICK) for quarter in range(1, int(until * 4) + 1)]
        for one in sorted([*events, *ticks], key=lambda one: one.time):
            self.frames.append(one)
        frames, self.frames = self.frames, []
        for one in frames:
            self.now = one.time
            self.feed.frames = [one]
            list(self.feed.batches(1 << 62))
        return self.sent


def asked(sent: list[tuple[float, Any]], key: str) -> list[tuple[float, Any]]:
    return [(second, message[key]) for second, message in sent]


def test_a_refused_stream_is_asked_for_again_after_longer_and_longer_until_it_is_confirmed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def no(number: int) -> dict[str, Any]:
        return {"error": {"code": 2, "msg": "Invalid request: unknown stream"}, "id": number}

    class One(Binance):
        STREAMS = {"ws": ("{}@trade",)}  # noqa: RUF012

    talk = Dialogue(One(["BTCUSDT"]))
    with caplog.at_level(logging.WARNING):
        sent = talk.play((0.1, no(1)), (1.3, no(3)), (3.6, no(5)), (7.9, {"result": None, "id": 7}), until=60)
    assert [(second, message["params"]) for second, message in sent] == [
        (second, ["btcusdt@trade"]) for second in (0.0, 1.25, 3.5, 7.75)
    ]
    assert [message["id"] for _, message in sent] == [1, 3, 5, 7]
    assert (talk.feed.counters.refused, talk.feed.counters.resubscribed) == (3, 3)
    said = [record.message for record in caplog.records]
    assert (
        len(said) == 3 and "btcusdt@trade refused" in said[0] and [line[-3:] for line in said] == ["1 s", "2 s", "4 s"]
    )


def test_one_stream_that_does_not_exist_does_not_keep_the_others_out_and_waits_are_bounded() -> None:
    """The venue refuses every message that has it."""
    venue, bad = Binance([f"S{i}" for i in range(7)]), "s3@trade"
    venue.bind(BatchBuilder(SECOND, venue.counters), venue.counters)
    sent: list[tuple[int, list[str]]] = []
    got = set[str]()
    venue.take(frame(0, b"", OPEN), T0)
    for quarter in range(4_000):
        moment = T0 + quarter * SECOND // 4
        venue.remind(moment)
        messages = [json.loads(one.data) for one in venue.actions if isinstance(one, Send)]
        venue.actions = []
        for message in messages:
            sent.append((moment, message["params"]))
            if bad in message["params"]:
                with pytest.raises(Refused):
                    venue.take(frame(0, {"error": {"code": 2, "msg": "no"}, "id": message["id"]}), moment)
            else:
                venue.take(frame(0, {"result": None, "id": message["id"]}), moment)
                got |= set(message["params"])
    assert len(got) == 20 and bad not in got
    alone = [at for at, params in sent if params == [bad]]
    assert len(alone) > 10 and (alone[-1] - alone[-2]) / SECOND <= subscriptions.LONGEST_S + 1
    times = [at for at, _ in sent]
    assert all(later - earlier >= SECOND // 2 for earlier, later in pairwise(times))


def test_futures_that_do_not_say_which_have_all_asked_for_again_that_are_not_confirmed() -> None:
    class Two(BinanceUsdm):
        STREAMS = {"ws": ("{}@depth@100ms", "!contractInfo")}  # noqa: RUF012

    venue = Two(["BTCUSDT"])
    sent = Dialogue(venue).play((0.1, {"code": 3, "msg": "Invalid JSON"}), until=2)
    assert asked(sent, "params") == [
        (0.0, ["btcusdt@depth@100ms", "!contractInfo"]), (1.25, ["btcusdt@depth@100ms"]), (1.75, ["!contractInfo"])
    ]  # fmt: skip


def test_channels_that_are_confirmed_are_not_asked_for_again() -> None:
    def confirms(number: int, **channels: list[str]) -> dict[str, Any]:
        event = {"subscriptions": channels}
        return {
            "channel": "subscriptions",
            "client_id": "",
            "timestamp": "2023-11-14T22:13:20.5Z",
            "sequence_num": number,
            "events": [event],
        }

    talk = Dialogue(Coinbase(["BTC-USD", "ETH-USD"]))
    error = {"type": "error", "message": "authentication failure"}
    sent = talk.play(
        (0.1, error),
        (0.2, confirms(0, level2=["BTC-USD"], status=[], heartbeats=["heartbeats"])),
        (4.0, confirms(1, level2=["BTC-USD", "ETH-USD"], market_trades=["BTC-USD", "ETH-USD"])),
        until=30,
    )
    assert [(second, message["channel"], message.get("product_ids")) for second, message in sent] == [
        (0.0, "level2", ["BTC-USD", "ETH-USD"]), (0.0, "market_trades", ["BTC-USD", "ETH-USD"]), (0.0, "status", None),
        (0.0, "heartbeats", None), (1.25, "level2", ["ETH-USD"]), (1.75, "market_trades", ["BTC-USD"]),
        (2.25, "market_trades", ["ETH-USD"]),
    ]  # fmt: skip
    assert (talk.feed.counters.refused, talk.feed.counters.resubscribed) == (1, 3)


def test_the_exchange_feed_asks_again_for_products_by_themselves() -> None:
    error = {"type": "error", "message": "Failed to subscribe", "reason": "X-USD is not a valid product"}
    named = [{"name": name, "product_ids": ["BTC-USD"]} for name in ("level2_batch", "matches", "heartbeat")]
    done = {"type": "subscriptions", "channels": [*named, {"name": "status"}]}
    sent = Dialogue(CoinbaseExchange(["BTC-USD", "X-USD"])).play((0.1, error), (1.3, done), (1.8, error), until=5)
    assert asked(sent, "product_ids") == [
        (0.0, ["BTC-USD", "X-USD"]),
        (1.25, ["BTC-USD"]),
        (1.75, ["X-USD"]),
        (4.0, ["X-USD"]),
    ]


def test_a_new_connection_begins_anew() -> None:
    refused = {"error": {"code": 2, "msg": "no"}, "id": 1}
    frames = [
        frame(0, b"", OPEN),
        frame(100, refused),
        frame(200, b"", OPEN),
        *(frame(i * 500, b"", TICK) for i in range(1, 9)),
    ]
    _, feed, actions = run(Binance(["BTCUSDT"]), frames)
    assert len([one for one in actions if isinstance(one, Send)]) == 2 and feed.counters.resubscribed == 0


def test_a_venue_that_refuses_and_then_does_it_has_its_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Over a socket: the same connection is used, and what was refused comes."""
    monkeypatch.setattr(subscriptions, "FIRST_S", 0.05)
    trade = {
        "e": "trade",
        "E": T0 // 1_000_000,
        "s": "BTCUSDT",
        "t": 5,
        "p": "100",
        "q": "1",
        "T": T0 // 1_000_000,
        "m": False,
    }
    seen: list[Any] = []

    class One(Binance):
        STREAMS = {"ws": ("{}@trade",)}  # noqa: RUF012

    def script(session: Session) -> None:
        for _ in range(3):
            seen.append(session.get())
            if len(seen) < 3:
                session.send({"error": {"code": 2, "msg": "busy"}, "id": seen[-1]["id"]})
        session.send({"result": None, "id": seen[-1]["id"]}, {"stream": "btcusdt@trade", "data": trade})
        session.wait_for_end()

    stop = threading.Event()
    with FakeVenue(script).running() as fake:
        fake.rest["/api/v3/exchangeInfo"] = lambda _: (200, {"symbols": []})
        venue = One(["BTCUSDT"], urls={"ws": fake.ws, "rest": fake.http})
        with Live({"binance": venue}, stop) as live:
            feed = VenueFeed({"binance": venue}, live, act=live.act)
            for batch in feed.batches(SECOND // 100):
                if "trade" in batch.tables:
                    stop.set()
    assert [message["params"] for message in seen] == [["btcusdt@trade"]] * 3
    assert (fake.connections, feed.counters.refused, feed.counters.resubscribed) == (1, 2, 2) and not fake.errors
