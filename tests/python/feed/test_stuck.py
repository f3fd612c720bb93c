"""Venues go on whatever they are answered: nothing that was asked for once and did not come keeps a book waiting for ever."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playing import frame, run
from test_kraken import example, instrument
from test_kraken_orders import BOOK, SYM, crc, snapshot, update

from slipstream.feed.base import Quarantine
from slipstream.feed.binance import Binance
from slipstream.feed.coinbase import CoinbaseFull
from slipstream.feed.frames import CLOSE, FAIL, OPEN, REST
from slipstream.feed.kraken import Kraken
from slipstream.feed.kraken_orders import KrakenFull
from slipstream.feed.venue import Fetch, Reconnect, Send, Venue

PAGE = b"<html>one moment, please</html>"
UPDATE = {
    "stream": "btcusdt@depth@100ms",
    "data": {"e": "depthUpdate", "E": 1, "s": "BTCUSDT", "U": 5, "u": 6, "b": [["90", "1"]], "a": []},
}
OPENED = {
    "type": "open", "time": "2023-11-14T22:13:20Z", "product_id": "BTC-USD", "sequence": 101, "order_id": "a",
    "price": "90", "remaining_size": "1", "side": "buy",
}  # fmt: skip


@pytest.mark.parametrize(
    ("make", "message", "about"),
    [
        (lambda: Binance(["BTCUSDT"]), UPDATE, "depth:BTCUSDT"),
        (lambda: CoinbaseFull(["BTC-USD"]), OPENED, "level3:BTC-USD"),
    ],
)
@pytest.mark.parametrize("page", [PAGE, b"", b'{"lastUpdateId":'])
def test_an_answer_that_is_no_json_is_asked_for_again(
    make: Callable[[], Venue], message: dict[str, Any], about: str, page: bytes
) -> None:
    quarantine = Quarantine()
    _, feed, asked = run(make(), [frame(0, message), frame(1, page, REST, about)], quarantine)
    fetched = [one for one in asked if isinstance(one, Fetch)]
    assert [one.about for one in fetched] == [about, about] and fetched[1].delay_s > 0
    assert feed.counters.undecodable == 1 and quarantine.reasons == {"undecodable": 1}


@pytest.mark.parametrize(("kind", "data"), [(REST, b'{"symbols":[]}'), (REST, PAGE), (FAIL, b"HTTP 500")])
def test_connections_made_anew_do_not_multiply_the_questions_about_phases(kind: str, data: bytes) -> None:
    frames = [frame(0, b"", OPEN)]
    for number in range(20):
        frames += [frame(2 * number + 1, b"closed", CLOSE), frame(2 * number + 2, b"", OPEN)]
    frames += [frame(50, data, kind, "state"), frame(51, b"closed", CLOSE), frame(52, b"", OPEN)]
    _, _, asked = run(Binance(["BTCUSDT"]), frames)
    # the first, and the one that its answer leads to
    assert [one.delay_s for one in asked if isinstance(one, Fetch)] == [0.0, 60.0]


def test_an_instrument_that_cannot_be_read_does_not_keep_the_others_from_being_subscribed_to() -> None:
    message: Any = instrument()
    odd = [{"symbol": "X" * 100, "price_precision": 1, "qty_precision": 8, "status": "online"}, {"symbol": "A/B"}, None]
    message["data"]["pairs"] = [odd[0], *message["data"]["pairs"], *odd[1:]]
    quarantine = Quarantine()
    venue = Kraken(["BTC/USD"])
    frames = [frame(0, b"", OPEN), frame(1, message), frame(2, example(shortest=True))]
    _, feed, asked = run(venue, frames, quarantine)
    assert len([one for one in asked if isinstance(one, Send)]) == 4
    assert (feed.counters.undecodable, quarantine.reasons) == (1, {"undecodable": 1})
    # its decimals are known, although it stands behind one that is odd
    assert feed.counters.mismatches == 0 and venue.books["BTC/USD"].synced


def test_a_book_whose_snapshot_does_not_come_gets_another_connection() -> None:
    """The checksum differs, and the subscription that would bring the book anew is refused."""
    wrong = {"symbol": "BTC/USD", "bids": [{"price": 45283.5, "qty": 0}], "asks": [], "checksum": 1}
    update = {"channel": "book", "type": "update", "data": [wrong]}
    refused = {"method": "subscribe", "success": False, "error": "Exceeded msg rate"}
    frames = [frame(0, instrument()), frame(1, example()), frame(2, update), frame(3, refused)]
    frames += [frame(1_000 * second, update) for second in range(1, 36)]
    venue = Kraken(["BTC/USD"])
    _, feed, asked = run(venue, frames)
    assert [one.link for one in asked if isinstance(one, Reconnect)] == ["ws"]
    assert feed.counters.resyncs == 2
    # one that comes in time is waited for
    _, _, asked = run(
        Kraken(["BTC/USD"]), [*frames[:20], frame(20_000, example()), frame(60_000, update), frame(61_000, update)]
    )
    assert not [one for one in asked if isinstance(one, Reconnect)]


def test_orders_whose_snapshot_does_not_come_get_another_connection() -> None:
    bad = update(("delete", "A", "buy", "9", "1"), queues=[("1", "1")])
    assert bad["data"][0]["checksum"] == crc([("1", "1")])
    frames = [
        frame(0, instrument()),
        frame(1, snapshot(BOOK)),
        *(frame(1_000 * second, bad) for second in range(1, 40)),
    ]
    _, _, asked = run(KrakenFull([SYM]), frames)
    assert [one.link for one in asked if isinstance(one, Reconnect)] == ["l3"]
