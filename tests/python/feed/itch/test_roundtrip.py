"""A day of the simulated market, written as ITCH by our own encoder, read again: order by order the same."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from itertools import groupby
from math import isnan
from pathlib import Path
from typing import Any

import pytest

from slipstream.feed.itch.codec import MARKET_PRICE
from slipstream.feed.itch.encode import Encoder
from slipstream.feed.itch.files import ItchFiles, Writer
from slipstream.feed.itch.parser import Parser, midnight
from slipstream.feed.schema import TABLES, Row
from slipstream.market.book import Order
from slipstream.market.build import Crowd, Hours, Market, build
from slipstream.market.venue import Listing
from slipstream.market.world import SECOND

DAY = dt.date(2025, 6, 12)
ZONE = "America/New_York"
STOCKS = ("ACME", "BOLT", "CRUX")
OPEN = 9 * 3600 + 30 * 60
HOURS = Hours(preopen_s=OPEN - 30, open_s=OPEN, closing_s=OPEN + 300, close_s=OPEN + 330)


@dataclass
class Played:
    """What the market published, what its books held a moment before the close, the file, and one that ends at that moment."""

    rows: dict[str, list[Row]]
    file: Path
    books: dict[str, list[tuple[int, str, float, int]]]
    most: Path


def play(folder: Path) -> Played:
    start = midnight(DAY, ZONE)
    crowds = [Crowd(Listing(sym, price)) for sym, price in zip(STOCKS, (100.0, 42.5, 250.0), strict=True)]
    market = build(5, start, crowds, hours=HOURS)
    world = market.world
    icebergs(market, start)
    halt = market.venues["BOLT"]
    for after, phase, reason in ((100, "halted", "T1"), (120, "auction", "T3"), (130, "continuous", "halt")):
        world.at(start + (OPEN + after) * SECOND, lambda now, p=phase, r=reason: halt.phase(now, p, r))  # type: ignore[misc]
    encoder = Encoder(DAY, STOCKS, zone=ZONE)
    rows: dict[str, list[Row]] = {}
    file = folder / f"{DAY:%m%d%Y}.NASDAQ_ITCH50.gz"
    most = folder / "most.itch"
    before_close = start + HOURS.close_s * SECOND - 1
    with Writer(file) as writer, Writer(most) as other:
        first = list(encoder.start(world.start - SECOND))
        writer.write(first)
        other.write(first)
        for moment in (*range(world.start, before_close, 7 * SECOND), before_close):
            world.run_until(moment)
            messages = collect(world.take(), rows, encoder)
            writer.write(messages)
            other.write(messages)
        books = {sym: held(market, sym) for sym in STOCKS}
        world.run_until(start + HOURS.close_s * SECOND + SECOND)
        writer.write(collect(world.take(), rows, encoder))
        writer.write(encoder.end(world.now))
    return Played(rows, file, books, most)


def icebergs(market: Market, start: int) -> None:
    venue = market.venues["ACME"]

    def wake(now: int) -> int | None:
        bid = venue.book.bid
        if bid is not None and venue.book.phase == "continuous":
            venue.book.submit(Order(None, 1, bid, 700, peak=60))
            venue.publish(now)
        return now + 20 * SECOND if now < start + (OPEN + 200) * SECOND else None

    market.world.at(start + (OPEN + 5) * SECOND, wake)


def collect(taken: dict[str, list[Row]], rows: dict[str, list[Row]], encoder: Encoder) -> list[bytes]:
    for table, some in taken.items():
        rows.setdefault(table, []).extend(row for row in some if row[1] in STOCKS)
    return list(encoder.rows(taken))


def held(market: Market, sym: str) -> list[tuple[int, str, float, int]]:
    book, tick = market.venues[sym].book, market.venues[sym].listing.tick
    found = []
    for side, name in ((1, "buy"), (-1, "sell")):
        for order in book.orders(side):
            price = round(order.price * tick, 8) if 0 < order.price < 1 << 60 else -1.0
            found.append((order.public, name, price, order.shown))
    return sorted(found)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    return play(tmp_path_factory.mktemp("itch"))


def read(file: Path, **options: Any) -> tuple[Parser, dict[str, list[dict[str, Any]]]]:
    parser = Parser(DAY, zone=ZONE, venue="XSIM", **options)
    rows: dict[str, list[dict[str, Any]]] = {table: [] for table in ("mbo", "trade", "quote", "status")}
    for batch in ItchFiles([file], parser, chunk=50_000).batches(SECOND):
        for table, made in batch.tables.items():
            assert list(made) == list(TABLES[table])
            rows[table].extend(dicts(made))
    return parser, rows


def dicts(made: Any) -> list[dict[str, Any]]:
    lists = {name: part.view("i8").tolist() if part.dtype.kind == "M" else part.tolist() for name, part in made.items()}
    return [dict(zip(lists, values, strict=True)) for values in zip(*lists.values(), strict=True)]


def named(table: str, rows: list[Row]) -> list[dict[str, Any]]:
    return [dict(zip(TABLES[table], row, strict=True)) for row in rows]


def plain(value: Any) -> Any:
    return "nan" if isinstance(value, float) and isnan(value) else value


def same(row: dict[str, Any], *names: str) -> tuple[Any, ...]:
    return tuple(plain(row[name]) for name in names)


def test_every_order_comes_back(played: Played) -> None:
    parser, rows = read(played.file)
    for sym in STOCKS:
        sent = [row for row in named("mbo", played.rows["mbo"]) if row["sym"] == sym]
        got = [row for row in rows["mbo"] if row["sym"] == sym]
        for row in got:
            row["oid"] &= (1 << 40) - 1
        names = ("action", "oid", "side", "price", "size", "etime", "venue")
        sent.sort(key=lambda row: row["seq"])
        assert [same(row, *names) for row in got] == [same(row, *names) for row in sent]
        assert len(sent) > 500
    assert {"add", "fill", "delete"} <= {row["action"] for row in rows["mbo"]}
    seqs = [row["seq"] for row in rows["mbo"]]
    assert seqs == sorted(seqs)
    counters = parser.counters
    assert (counters.undecodable, counters.foreign, counters.late, counters.crossed) == (0, 0, 0, 0)
    # every kind that the market can make is used, and after the close nothing is left
    assert {"S", "R", "H", "A", "E", "C", "D", "U", "Q"} <= set(counters.kinds)
    assert len(parser.book) == 0


def test_the_book_is_the_markets_own(played: Played) -> None:
    parser, _ = read(played.most)
    for sym in STOCKS:
        locate = parser.locate(sym)
        got = []
        for ref, stock, sells, whole, size in parser.book.orders():
            if stock != locate:
                continue
            price = -1.0 if whole == MARKET_PRICE else whole / 10_000
            got.append((ref & (1 << 40) - 1, "sell" if sells else "buy", price, size))
        assert sorted(got) == played.books[sym]
        assert len(got) > 5


def test_levels_are_those_of_the_market(played: Played) -> None:
    parser, _ = read(played.most)
    for sym in STOCKS:
        levels: dict[tuple[str, float], float] = {}
        for row in named("depth", played.rows["depth"]):
            if row["sym"] == sym and row["etime"] < midnight(DAY, ZONE) + HOURS.close_s * SECOND:
                levels[row["side"], row["price"]] = row["size"]
        for side, name in enumerate(("buy", "sell")):
            depth = parser.book.levels(parser.locate(sym), side == 1)
            got = [(whole / 10_000, float(size)) for whole, size in depth]
            want = sorted(((p, size) for (s, p), size in levels.items() if s == name and size), reverse=side == 0)
            assert got == want


def test_prints_are_the_markets(played: Played) -> None:
    _, rows = read(played.file)

    def totals(some: list[dict[str, Any]]) -> dict[tuple[Any, ...], float]:
        found: dict[tuple[Any, ...], float] = {}
        for row in some:
            # a print of several fills is one row of the market's and several of ITCH
            cond = {"T3": "halt"}.get(row["cond"], row["cond"])
            key = (row["sym"], row["etime"], row["price"], row["side"], cond)
            found[key] = found.get(key, 0.0) + row["size"]
        return found

    assert totals(rows["trade"]) == totals(named("trade", played.rows["trade"]))
    assert {row["cond"] for row in rows["trade"]} == {"", "open", "close", "halt"}
    assert {row["side"] for row in rows["trade"]} == {"", "buy", "sell"}


def touches(rows: list[dict[str, Any]], sym: str) -> list[tuple[Any, ...]]:
    """The touch after each moment, where it is another than before."""
    mine = sorted((row for row in rows if row["sym"] == sym), key=lambda row: row["etime"])
    last = [list(group)[-1] for _, group in groupby(mine, key=lambda row: row["etime"])]
    found: list[tuple[Any, ...]] = []
    before: tuple[Any, ...] = ("nan", "nan", 0.0, 0.0)
    for row in last:
        now = same(row, "bid", "ask", "bsize", "asize")
        if now != before:
            found.append((row["etime"], *now))
            before = now
    return found


@pytest.mark.parametrize("conflate_ns", [0, 1])
def test_touches_are_the_markets(played: Played, conflate_ns: int) -> None:
    _, rows = read(played.file, conflate_ns=conflate_ns)
    sent = named("quote", played.rows["quote"])
    for sym in STOCKS:
        assert touches(rows["quote"], sym) == touches(sent, sym)
    if conflate_ns:
        assert [row for sym in STOCKS for row in touches(rows["quote"], sym)] == [
            (row["etime"], *same(row, "bid", "ask", "bsize", "asize"))
            for sym in STOCKS
            for row in rows["quote"]
            if row["sym"] == sym
        ]


def test_conflated_touches_are_the_last_of_each_interval(played: Played) -> None:
    step = 250_000_000
    _, every = read(played.file)
    _, some = read(played.file, conflate_ns=step)
    for sym in STOCKS:
        mine = [row for row in every["quote"] if row["sym"] == sym]
        last = [list(group)[-1] for _, group in groupby(mine, key=lambda row: row["etime"] // step)]
        want: list[tuple[Any, ...]] = []
        before: tuple[Any, ...] = ("nan", "nan", 0.0, 0.0)
        for row in last:
            now = same(row, "bid", "ask", "bsize", "asize")
            if now != before:
                want.append((row["etime"], row["seq"], *now))
                before = now
        assert [
            same(r, "etime", "seq", "bid", "ask", "bsize", "asize") for r in some["quote"] if r["sym"] == sym
        ] == want
    times = [row["time"] for row in some["quote"]]
    assert times == sorted(times)


def test_phases_are_the_markets(played: Played) -> None:
    _, rows = read(played.file)
    for sym in STOCKS:
        sent = [same(row, "etime", "state") for row in named("status", played.rows["status"]) if row["sym"] == sym]
        # crosses are noted too, in the state that there is
        got = [
            same(row, "etime", "state") for row in rows["status"] if row["sym"] == sym and "cross" not in row["reason"]
        ]
        assert got == sent
    halted = [row["reason"] for row in rows["status"] if row["state"] == "halted"]
    assert halted == ["T1"]
    whole = [row["reason"] for row in rows["status"] if row["sym"] == "XSIM"]
    assert whole == ["start of messages", "start of system hours", "end of system hours", "end of messages"]


@pytest.mark.parametrize(("conflate_ns", "chunk"), [(0, 1_100), (250_000_000, 3_000), (1, 200_000)])
def test_rows_do_not_depend_on_bursts(played: Played, conflate_ns: int, chunk: int) -> None:
    found = []
    for size in (1 << 21, chunk):
        parser = Parser(DAY, zone=ZONE, conflate_ns=conflate_ns)
        rows: dict[str, list[dict[str, Any]]] = {}
        for batch in ItchFiles([played.most], parser, chunk=size).batches(SECOND):
            for table, made in batch.tables.items():
                rows.setdefault(table, []).extend(dicts(made))
        found.append({table: [same(row, *row) for row in some] for table, some in rows.items()})
    assert found[0] == found[1]
