"""Kraken: its checksums on a real capture and on the documentation's example, and what follows when one differs."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from memplant import DATA, NO_SHARED
from playing import T0, book_of, frame, play, rows, run

from slipstream.feed.base import Quarantine
from slipstream.feed.frames import CLOSE, OPEN, read_frames
from slipstream.feed.kraken import Kraken, KrakenBook, digits
from slipstream.feed.l2 import Publication
from slipstream.feed.venue import Send, VenueFeed

CAPTURE = DATA / "kraken" / "KRAKEN.ws.50.0.gz"
real = pytest.mark.skipif(not CAPTURE.is_file(), reason=NO_SHARED)

# the worked example of Kraken's guide "Book checksum (WebSocket v2)": BTC/USD, one decimal in prices and eight in quantities
ASKS = """45285.2 0.00100000, 45286.4 1.54571953, 45286.6 1.54571109, 45289.6 1.54560911, 45290.2 0.15890660,
45291.8 1.54553491, 45294.7 0.04454749, 45296.1 0.35380000, 45297.5 0.09945542, 45299.5 0.18772827"""
BIDS = """45283.5 0.10000000, 45283.4 1.54582015, 45282.1 0.10000000, 45281.0 0.10000000, 45280.3 1.54592586,
45279.0 0.07990000, 45277.6 0.03310103, 45277.5 0.30000000, 45277.3 1.54602737, 45276.6 0.15445238"""
CHECKSUM = 3310070434


def example(*, shortest: bool = False, checksum: int = CHECKSUM) -> bytes:
    """The example's snapshot; numbers with all their decimals, or as short as they can be written."""

    def side(text: str) -> str:
        pairs = [row.split() for row in text.replace("\n", " ").split(",")]
        if shortest:
            pairs = [[json.dumps(float(part)) for part in pair] for pair in pairs]
        return ",".join(f'{{"price":{price},"qty":{size}}}' for price, size in pairs)

    return (
        f'{{"channel":"book","type":"snapshot","data":[{{"symbol":"BTC/USD","bids":[{side(BIDS)}],"asks":[{side(ASKS)}],'
        f'"checksum":{checksum}}}]}}'
    ).encode()


def instrument(status: str = "online") -> dict[str, object]:
    pair = {"symbol": "BTC/USD", "price_precision": 1, "qty_precision": 8, "status": status}
    return {"channel": "instrument", "type": "snapshot", "data": {"assets": [], "pairs": [pair]}}


@real
def test_all_4269_checksums_of_the_capture_reproduce() -> None:
    quarantine = Quarantine()
    venue = Kraken(publication=Publication(bbo="every"))
    feed = VenueFeed({"kraken": venue}, read_frames([CAPTURE], pytest.fail), quarantine=quarantine)
    made = play(feed)
    counters = feed.counters
    assert (counters.checksums, counters.mismatches) == (4_269, 0)
    assert (counters.crossed, counters.undecodable, counters.late, quarantine.count) == (0, 0, 0, 0)
    assert len(venue.books) == 10 and all(book.synced for book in venue.books.values())
    for sym, book in venue.books.items():
        mine = made["depth"]["sym"] == sym
        follower = book_of({name: part[mine] for name, part in made["depth"].items()})
        assert follower == {(side, price): size for side, price, size in book.levels()}
        assert max(len(book.bids), len(book.asks)) <= 1000
        last = np.flatnonzero(made["quote"]["sym"] == sym)[-1]
        assert tuple(made["quote"][name][last] for name in ("bid", "ask", "bsize", "asize")) == book.top()


def test_the_documentations_example() -> None:
    made, feed, _ = run(Kraken(["BTC/USD"]), [frame(0, example())])
    assert (feed.counters.checksums, feed.counters.mismatches) == (1, 0)
    assert len(book_of(made["depth"])) == 20


def test_numbers_without_trailing_zeros_are_filled_up_by_the_instruments_decimals() -> None:
    short = example(shortest=True)
    assert b"0.00100000" not in short and b"0.001" in short
    _, feed, _ = run(Kraken(["BTC/USD"]), [frame(0, instrument()), frame(1, short)])
    assert (feed.counters.checksums, feed.counters.mismatches) == (1, 0)


@pytest.mark.parametrize(
    ("text", "places", "made"),
    [
        ("0.00100000", None, "100000"),
        ("45285.2", 1, "452852"),
        ("0.001", 8, "100000"),
        ("1e-05", 8, "1000"),
        ("45281", 1, "452810"),
        ("0.0", 1, ""),
    ],
)
def test_digits(text: str, places: int | None, made: str) -> None:
    assert digits(text, places) == made


def test_subscriptions_follow_the_instruments() -> None:
    venue = Kraken(["BTC/USD"], depth=10)
    _, _, asked = run(
        venue, [frame(0, b"", OPEN), frame(1, instrument()), frame(2, b"closed", CLOSE), frame(3, b"", OPEN)]
    )
    sent = [json.loads(one.data) for one in asked if isinstance(one, Send)]
    assert [(one["method"], one["params"]["channel"]) for one in sent] == [
        ("subscribe", "instrument"),
        ("subscribe", "book"),
        ("subscribe", "trade"),
        ("subscribe", "ticker"),
        ("subscribe", "instrument"),
    ]
    assert sent[1]["params"] == {"channel": "book", "symbol": ["BTC/USD"], "depth": 10}


def test_a_checksum_that_differs_has_the_book_sent_anew_and_a_follower_is_right_again() -> None:
    update = {"channel": "book", "type": "update"}
    wrong = {
        "symbol": "BTC/USD",
        "bids": [{"price": 45283.5, "qty": 0}],
        "asks": [],
        "checksum": 1,
        "timestamp": "2023-11-14T22:13:20.5Z",
    }
    later = {**wrong, "bids": [{"price": 45270.5, "qty": 7.5}]}
    frames = [
        frame(0, instrument()),
        frame(1, example()),
        frame(2, {**update, "data": [wrong]}),
        frame(3, {**update, "data": [later]}),
        frame(4, example()),
    ]
    venue = Kraken(["BTC/USD"])
    quarantine = Quarantine()
    made, feed, asked = run(venue, frames, quarantine)
    counters = feed.counters
    assert (counters.checksums, counters.mismatches, counters.resyncs) == (3, 1, 1)
    assert quarantine.reasons == {"mismatch": 1}
    sent = [json.loads(one.data) for one in asked if isinstance(one, Send)]
    assert [(one["method"], one["params"].get("symbol")) for one in sent[-2:]] == [
        ("unsubscribe", ["BTC/USD"]),
        ("subscribe", ["BTC/USD"]),
    ]
    book = venue.books["BTC/USD"]
    assert book.synced and book.best() == (45283.5, 45285.2)
    assert book_of(made["depth"]) == {(side, price): size for side, price, size in book.levels()}
    assert 45270.5 not in made["depth"]["price"]


def test_levels_beyond_the_subscribed_depth_fall_out_of_the_book_and_of_the_rows() -> None:
    book = KrakenBook(2)
    texts = [
        ("buy", "9", "1"),
        ("buy", "8", "1"),
        ("buy", "7", "1"),
        ("sell", "10", "1"),
        ("sell", "11", "1"),
        ("sell", "12", "1"),
    ]
    book.put_text(texts, [(side, float(price), float(size)) for side, price, size in texts])
    assert book.trim() == [("buy", 7.0, 0.0), ("sell", 12.0, 0.0)]
    assert (book.prices("buy", 10), book.prices("sell", 10)) == ([9.0, 8.0], [10.0, 11.0])


def test_trades_and_phases() -> None:
    trade = {
        "symbol": "BTC/USD", "side": "sell", "price": 45283.4, "qty": 0.0005, "ord_type": "market", "trade_id": 11,
        "timestamp": "2023-11-14T22:13:20.000123Z",
    }  # fmt: skip
    status = [
        {"channel": "status", "type": "update", "data": [{"system": word, "version": "2.0.0"}]}
        for word in ("maintenance", "online")
    ]
    frames = [
        frame(0, instrument()),
        frame(1, {"channel": "trade", "type": "update", "data": [trade]}),
        frame(2, status[0]),
        frame(3, status[1]),
        frame(4, {"channel": "trade", "type": "update", "data": [{**trade, "trade_id": 13}]}),
        frame(5, instrument("post_only")),
    ]
    made, feed, _ = run(Kraken(["BTC/USD"]), frames)
    # T0 is 2023-11-14T22:13:20Z
    assert rows(made, "trade", "time", "sym", "venue", "price", "size", "side", "etime", "seq")[0] == (
        1_000_000, "BTC/USD", "kraken", 45283.4, 0.0005, "sell", 123_000, 11,
    )  # fmt: skip
    assert feed.counters.gaps == 1
    assert rows(made, "status", "time", "state", "reason") == [
        (0, "continuous", "online"),
        (2_000_000, "halted", "maintenance"),
        (3_000_000, "continuous", "online"),
        (5_000_000, "halted", "post_only"),
    ]


def test_v1_as_its_documentation_has_it() -> None:
    snapshot = [
        1,
        {
            "as": [["5541.30000", "2.50700000", "1700000000.123678"]],
            "bs": [["5541.20000", "1.52900000", "1700000000.765567"]],
        },
        "book-10",
        "XBT/USD",
    ]
    # by hand: asks "554130000" "250700000", bids "554120000" "30000000" after the update; CRC32 of the four in this order
    update = [1, {"b": [["5541.20000", "0.30000000", "1700000001.000000"]], "c": "CRC"}, "book-10", "XBT/USD"]
    import binascii

    update[1]["c"] = str(binascii.crc32(b"55413000025070000055412000030000000"))  # type: ignore[index]
    trade = [2, [["5541.20000", "0.15850568", "1700000001.321597", "s", "l", ""]], "trade", "XBT/USD"]
    spread = [3, ["5541.20000", "5541.30000", "1700000001.4", "0.30000000", "2.50700000"], "spread", "XBT/USD"]
    made, feed, _ = run(
        Kraken(["XBT/USD"], version=1), [frame(i, m) for i, m in enumerate((snapshot, update, trade, spread))]
    )
    assert (feed.counters.checksums, feed.counters.mismatches, feed.counters.undecodable) == (1, 0, 0)
    assert rows(made, "trade", "price", "size", "side", "etime") == [(5541.2, 0.15850568, "sell", 1_321_597_000)]
    assert rows(made, "quote", "bid", "ask", "bsize", "asize", "etime") == [(5541.2, 5541.3, 0.3, 2.507, 1_400_000_000)]
    assert book_of(made["depth"]) == {("buy", 5541.2): 0.3, ("sell", 5541.3): 2.507}


def test_what_a_venue_says_stays_on_its_line_of_the_quarantine(tmp_path: Path) -> None:
    error = {"method": "subscribe", "success": False, "error": "no\nvenue\t1\trefused: this was never said"}
    with Quarantine(tmp_path / "q.tsv") as quarantine:
        run(Kraken(["XX/YY"]), [frame(0, error)], quarantine)
    (line,) = (tmp_path / "q.tsv").read_text().splitlines()
    assert line.split("\t")[2] == r"refused: no\nvenue\t1\trefused: this was never said"


def test_a_refused_subscription_is_kept_and_the_rest_goes_on() -> None:
    error = {"method": "subscribe", "success": False, "error": "Currency pair not supported XX/YY"}
    quarantine = Quarantine()
    _, feed, asked = run(Kraken(["XX/YY"]), [frame(0, b"", OPEN), frame(1, error)], quarantine)
    assert feed.counters.refused == 1 and quarantine.reasons == {"refused": 1}
    assert len(asked) == 4


def test_frames_of_the_capture_say_when_and_what(tmp_path: Path) -> None:
    file = tmp_path / "k"
    file.write_text(
        'configuration: {"l2_book":[]}\n\nwss://ws.kraken.com <-> 1700000000.5\n'
        'wss://ws.kraken.com <- 1700000000.75: {"event":"subscribe"}\n1700000001.0000001: {"event":"heartbeat"}\n'
    )
    found = [(f.time - T0, f.kind, f.data) for f in read_frames([file], pytest.fail)]
    assert found == [
        (500_000_000, "open", b""),
        (750_000_000, "out", b'{"event":"subscribe"}'),
        (1_000_000_100, "in", b'{"event":"heartbeat"}'),
    ]
