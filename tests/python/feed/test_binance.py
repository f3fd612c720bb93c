"""The raw captures of a real venue, and what may be wrong with such input."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from memplant import DATA, NO_SHARED

from slipstream.errors import FeedError
from slipstream.feed.base import Quarantine
from slipstream.feed.binance import BinanceFeed, Book
from slipstream.feed.schema import DAY_NS, Columns, join, times

CAPTURES = DATA / "binance"
real = pytest.mark.skipif(not CAPTURES.is_dir(), reason=NO_SHARED)
SPOT = [CAPTURES / f"spot_btcusdt_2024080{day}.gz" for day in (8, 9)]
COIN = [CAPTURES / f"cm_btcusd_perp_2024080{day}.gz" for day in (8, 9)]

T0 = 1_723_161_254_000_000_000


def play(feed: BinanceFeed, step_ns: int = 1_000_000_000) -> dict[str, Columns]:
    parts: dict[str, list[Columns]] = {}
    for batch in feed.batches(step_ns):
        for table, made in batch.tables.items():
            parts.setdefault(table, []).append(made)
    return {table: join(made) for table, made in parts.items()}


def capture(tmp_path: Path, lines: list[str | dict[str, object]], name: str = "spot_btcusdt.log") -> Path:
    file = tmp_path / name
    made = [
        line if isinstance(line, str) else f"{T0 + i * 1_000_000} {json.dumps(line)}" for i, line in enumerate(lines)
    ]
    file.write_text("\n".join(made) + "\n")
    return file


def depth(
    first: int, last: int, bids: list[tuple[str, str]] = (), asks: list[tuple[str, str]] = ()
) -> dict[str, object]:
    data = {
        "e": "depthUpdate",
        "E": 1,
        "s": "BTCUSDT",
        "U": first,
        "u": last,
        "b": list(bids),
        "a": list(asks),
    }
    return {"stream": "btcusdt@depth@100ms", "data": data}


def snapshot(last: int, bids: list[tuple[str, str]], asks: list[tuple[str, str]]) -> dict[str, object]:
    return {"lastUpdateId": last, "bids": bids, "asks": asks}


def book_of(made: Columns) -> dict[tuple[str, float], float]:
    """What a follower of the depth table ends up with."""
    book = {(side, price): size for side, price, size in zip(made["side"], made["price"], made["size"], strict=True)}
    return {key: size for key, size in book.items() if size}


@real
@pytest.mark.parametrize(
    ("files", "sym", "rows"),
    [
        (SPOT, "BTCUSDT", {"quote": 73_174, "trade": 19_904}),
        (COIN, "BTCUSD_PERP", {"quote": 48_355, "trade": 5_235}),
    ],
    ids=["spot", "coin-margined"],
)
def test_real_captures_have_no_gap_and_no_crossed_book(files: list[Path], sym: str, rows: dict[str, int]) -> None:
    """Row counts are those of the captured messages; update ids are unbroken across midnight."""
    quarantine = Quarantine()
    feed = BinanceFeed(files, quarantine=quarantine)
    made = play(feed)
    counters = feed.counters
    assert (counters.gaps, counters.crossed, counters.undecodable, counters.late, quarantine.count) == (
        0,
        0,
        0,
        0,
        0,
    )
    assert {table: len(made[table]["time"]) for table in rows} == rows
    assert feed.books[sym].synced
    assert all(np.all(np.diff(times(part)) >= 0) for part in made.values())
    assert set(made["quote"]["sym"]) == {sym}


@real
def test_the_depth_table_rebuilds_the_book_and_its_top_is_the_venues_quote() -> None:
    feed = BinanceFeed(SPOT)
    made = play(feed)
    book = feed.books["BTCUSDT"]
    follower = book_of(made["depth"])
    assert {price: size for (side, price), size in follower.items() if side == "buy"} == book.bids
    assert {price: size for (side, price), size in follower.items() if side == "sell"} == book.asks
    last = made["depth"]["seq"].max()
    # the venue's own best bid and ask at the book's last update
    at = np.searchsorted(made["quote"]["seq"], last, side="right") - 1
    assert book.best() == (made["quote"]["bid"][at], made["quote"]["ask"][at])


@real
def test_each_message_that_says_when_it_was_made_is_paired_with_its_receipt() -> None:
    """The exchange's clock runs about 1.27 s ahead of the receiver's, as the capture's description says; spot quotes carry no time."""
    pairs = [pair for batch in BinanceFeed(SPOT[:1]).batches(1_000_000_000) for pair in (batch.stamps or {})["binance"]]
    ahead = np.array([made - received for made, received in pairs])
    assert 1_200_000_000 < np.median(ahead) < 1_300_000_000
    feed = BinanceFeed(SPOT[:1])
    made = play(feed)
    # depth updates and trades; the one snapshot has no time either
    assert len(pairs) == feed.counters.messages - len(made["quote"]["time"]) - 1


@real
def test_batches_end_at_midnight_and_at_each_step() -> None:
    step = 7_000_000_000
    for batch in BinanceFeed(SPOT).batches(step):
        assert batch.start // DAY_NS == batch.end // DAY_NS
        assert batch.start // step == batch.end // step


@real
def test_several_instruments_are_merged_by_receive_time() -> None:
    feed = BinanceFeed([*SPOT[:1], *COIN[:1]])
    made = play(feed)
    assert set(made["quote"]["sym"]) == {"BTCUSDT", "BTCUSD_PERP"}
    assert np.all(np.diff(times(made["quote"])) >= 0)
    assert (feed.counters.gaps, feed.counters.late, feed.counters.undecodable) == (0, 0, 0)


def test_columns_of_a_quote_and_a_trade(tmp_path: Path) -> None:
    trade = {
        "e": "trade",
        "E": 1723161255343,
        "s": "BTCUSDT",
        "t": 7,
        "p": "61837.63",
        "q": "0.02",
        "T": 1723161255342,
        "m": True,
    }
    quote = {"u": 5, "s": "BTCUSDT", "b": "61837.63", "B": "3.7", "a": "61837.64", "A": "1.5"}
    lines = [{"stream": "btcusdt@trade", "data": trade}, {"stream": "btcusdt@bookTicker", "data": quote}]
    made = play(BinanceFeed([capture(tmp_path, list(lines))]))
    assert [made["trade"][name][0] for name in ("sym", "venue", "price", "size", "side", "seq")] == [
        "BTCUSDT", "binance", 61837.63, 0.02, "sell", 7,
    ]  # fmt: skip
    assert made["trade"]["time"][0] == np.datetime64(T0, "ns")
    assert made["trade"]["etime"][0] == np.datetime64(1723161255342, "ms")
    assert [made["quote"][name][0] for name in ("bid", "ask", "bsize", "asize", "seq")] == [
        61837.63,
        61837.64,
        3.7,
        1.5,
        5,
    ]
    assert np.isnat(made["quote"]["etime"][0])


def test_updates_before_the_snapshot_are_dropped_and_later_ones_applied(tmp_path: Path) -> None:
    lines = [
        depth(1, 3, [("99", "1")]),
        depth(4, 6, [("98", "2")], [("101", "1")]),
        snapshot(4, [("97", "5"), ("98", "1")], [("102", "4")]),
        depth(7, 9, [("97", "0")]),
    ]
    feed = BinanceFeed([capture(tmp_path, list(lines))])
    made = play(feed)
    book = feed.books["BTCUSDT"]
    assert (book.bids, book.asks, book.synced) == ({98.0: 2.0}, {102.0: 4.0, 101.0: 1.0}, True)
    assert book_of(made["depth"]) == {("buy", 98.0): 2.0, ("sell", 102.0): 4.0, ("sell", 101.0): 1.0}
    assert feed.counters.gaps == 0


def test_a_missing_update_is_a_gap_until_the_next_snapshot(tmp_path: Path) -> None:
    lines = [
        depth(1, 2, [("90", "1")]),
        snapshot(2, [("90", "1")], [("101", "1")]),
        depth(3, 4, [("91", "1")]),
        depth(6, 7, [("92", "1")]),
        depth(8, 9, [("93", "1")]),
        snapshot(8, [("92", "1")], [("101", "1")]),
        depth(10, 11, [("94", "1")]),
    ]
    quarantine = Quarantine(tmp_path / "q.tsv")
    feed = BinanceFeed([capture(tmp_path, list(lines))], quarantine=quarantine)
    made = play(feed)
    quarantine.close()
    assert feed.counters.gaps == 1
    assert feed.books["BTCUSDT"].bids == {92.0: 1.0, 93.0: 1.0, 94.0: 1.0}
    assert {price for (side, price) in book_of(made["depth"]) if side == "buy"} == {92.0, 93.0, 94.0}
    (line,) = (tmp_path / "q.tsv").read_text().splitlines()
    source, position, reason, text = line.split("\t")
    assert (source, position) == (str(tmp_path / "spot_btcusdt.log"), "4")
    assert reason == "gap: depth update 6-7 does not follow 4"
    assert '"U": 6' in text


def test_futures_follow_pu() -> None:
    book = Book()
    book.snapshot(10, [("buy", 1.0, 1.0), ("sell", 2.0, 1.0)])
    gaps = [book.update(8, 12, 7, [])[0], book.update(15, 16, 12, [])[0], book.update(17, 18, 15, [])[0]]
    assert gaps == [False, False, True]
    assert not book.synced


def test_crossed_input_is_counted_and_a_crossed_quote_not_published(tmp_path: Path) -> None:
    lines = [
        depth(1, 2, [("90", "1")]),
        snapshot(2, [("90", "1")], [("101", "1")]),
        depth(3, 4, [("102", "1")]),
        {
            "stream": "btcusdt@bookTicker",
            "data": {"u": 5, "s": "BTCUSDT", "b": "3", "B": "1", "a": "2", "A": "1"},
        },
    ]
    feed = BinanceFeed([capture(tmp_path, list(lines))])
    made = play(feed)
    assert feed.counters.crossed == 2
    assert "quote" not in made
    assert feed.quarantine.reasons == {"crossed": 2}


@pytest.mark.parametrize(
    "line",
    [
        "no time at all",
        "123",
        f"{T0} {{broken json",
        f"{T0} []",
        f"{T0} 17",
        f'{T0} {{"stream":"btcusdt@trade","data":{{"e":"trade"}}}}',
        f'{T0} {{"stream":"btcusdt@bookTicker","data":{{"u":1,"s":"B","b":"x","B":"1","a":"1","A":"1"}}}}',
        f'{T0} {{"stream":"btcusdt@depth","data":null}}',
        "\udcff\udcfe".encode("utf-8", "surrogateescape").decode("latin-1"),
    ],
)
def test_an_unreadable_line_is_quarantined_and_the_next_one_still_arrives(tmp_path: Path, line: str) -> None:
    good = {
        "stream": "btcusdt@bookTicker",
        "data": {"u": 5, "s": "BTCUSDT", "b": "1", "B": "1", "a": "2", "A": "1"},
    }
    feed = BinanceFeed([capture(tmp_path, [line, good])])
    made = play(feed)
    assert (feed.counters.undecodable, feed.counters.messages) == (1, 2)
    assert len(made["quote"]["time"]) == 1


def test_a_truncated_gzip_file_gives_what_it_holds(tmp_path: Path) -> None:
    good = {
        "stream": "btcusdt@bookTicker",
        "data": {"u": 5, "s": "BTCUSDT", "b": "1", "B": "1", "a": "2", "A": "1"},
    }
    whole = gzip.compress("".join(f"{T0 + i} {json.dumps(good)}\n" for i in range(5000)).encode())
    file = tmp_path / "cut.gz"
    file.write_bytes(whole[: len(whole) // 2])
    feed = BinanceFeed([file])
    made = play(feed)
    assert 0 < len(made["quote"]["time"]) < 5000
    assert feed.counters.undecodable >= 1


def test_time_going_backwards_is_counted_and_held(tmp_path: Path) -> None:
    good = {
        "stream": "btcusdt@bookTicker",
        "data": {"u": 5, "s": "BTCUSDT", "b": "1", "B": "1", "a": "2", "A": "1"},
    }
    feed = BinanceFeed([capture(tmp_path, [f"{T0 + 5} {json.dumps(good)}", f"{T0} {json.dumps(good)}"])])
    made = play(feed)
    assert feed.counters.late == 1
    assert times(made["quote"]).tolist() == [T0 + 5, T0 + 5]


def test_a_missing_file_is_named() -> None:
    with pytest.raises(FeedError, match=r"no such capture file: /nowhere/x\.gz"):
        BinanceFeed(["/nowhere/x.gz"])
