"""The book's checks against a plain model, statuses, and damage."""

from __future__ import annotations

import datetime as dt
import gzip
import random
import zlib
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from slipstream.feed.base import Quarantine
from slipstream.feed.itch import framing
from slipstream.feed.itch.codec import LAYOUTS, MARKET_PRICE, SIZES, encode, frames
from slipstream.feed.itch.files import ItchFiles, Writer, day_of
from slipstream.feed.itch.framing import frame
from slipstream.feed.itch.parser import Burst, Parser
from slipstream.feed.schema import DAY_NS
from slipstream.feed.vector import Chunk
from slipstream_native import ITCH_SIZES

DAY = dt.date(2025, 6, 12)
MIDNIGHT = 1_749_700_800_000_000_000
"""2025-06-12 00:00 in New York."""
HOUR = 3_600_000_000_000


def burst(messages: list[bytes], *, first: int = 1, received: list[int] | None = None) -> Burst:
    sizes = np.array([len(message) for message in messages], dtype=np.int64)
    offsets = np.cumsum(sizes) - sizes
    times = None if received is None else np.array(received, dtype=np.int64)
    return Burst(b"".join(messages), offsets, sizes, np.arange(first, first + len(messages)), times)


def rows(made: Chunk | dict[str, Any], table: str, *names: str) -> list[tuple[Any, ...]]:
    made = made.tables if isinstance(made, Chunk) else made
    if table not in made:
        return []
    parts = [made[table][name] for name in names]
    return list(
        zip(*(part.view("i8").tolist() if part.dtype.kind == "M" else part.tolist() for part in parts), strict=True)
    )


def text(made: Chunk) -> dict[str, list[str]]:
    """All rows as text, so that nan equals nan."""
    return {table: [repr(row) for row in rows(made, table, *each)] for table, each in made.tables.items()}


def add(ref: int, side: str, shares: int, price: int, *, locate: int = 1, at: int = HOUR, stock: str = "ACME") -> bytes:
    return encode("A", locate=locate, stamp=at, ref=ref, side=side, shares=shares, stock=stock, price=price)


# ---- the book


class Model:
    """The book in the plainest way: orders in a dict, everything else asked of it anew each time."""

    def __init__(self) -> None:
        self.orders: dict[int, tuple[int, str, int, int]] = {}

    def take(self, kind: str, f: dict[str, Any]) -> list[tuple[str, int, str, int, int]] | None:
        """Rows: action, reference, side, price, size; None when it is refused."""
        orders, ref = self.orders, f["ref"]
        if kind in "AF":
            if ref in orders or not f["shares"] or f["side"] not in "BS":
                return None
            orders[ref] = (f["locate"], f["side"], f["price"], f["shares"])
            return [("add", ref, f["side"], f["price"], f["shares"])]
        if ref not in orders:
            return None
        locate, side, price, left = orders[ref]
        if kind == "D":
            del orders[ref]
            return [("delete", ref, side, price, left)]
        if kind == "U":
            if (f["new_ref"] in orders and f["new_ref"] != ref) or not f["shares"]:
                return None
            del orders[ref]
            orders[f["new_ref"]] = (locate, side, f["price"], f["shares"])
            return [("delete", ref, side, price, left), ("add", f["new_ref"], side, f["price"], f["shares"])]
        if not 0 < f["shares"] <= left:
            return None
        rest = left - f["shares"]
        if rest:
            orders[ref] = (locate, side, price, rest)
        else:
            del orders[ref]
        if kind != "X":
            return [("fill", ref, side, price, f["shares"])]
        return [("modify", ref, side, price, rest)] if rest else [("delete", ref, side, price, left)]

    def touch(self, locate: int) -> tuple[float, float, float, float]:
        mine = [order for order in self.orders.values() if order[0] == locate and order[2] != MARKET_PRICE]
        bids, asks = [o[2] for o in mine if o[1] == "B"], [o[2] for o in mine if o[1] == "S"]
        bid, ask = max(bids, default=None), min(asks, default=None)
        if bid is not None and ask is not None and bid >= ask:
            bid = ask = None
        size = [sum(o[3] for o in mine if o[1] == side and o[2] == best) for side, best in (("B", bid), ("S", ask))]
        return (
            *(float("nan") if best is None else best / 10_000 for best in (bid, ask)),
            float(size[0]),
            float(size[1]),
        )


@st.composite
def lives(draw: st.DrawFn) -> list[tuple[str, dict[str, Any]]]:
    """Messages of a few orders in two stocks, senseless ones among them."""
    made = []
    refs, prices = st.integers(1, 12), st.sampled_from([99_900, 100_000, 100_100, 100_200, MARKET_PRICE])
    for number in range(draw(st.integers(1, 80))):
        kind = draw(st.sampled_from("AAAAFECXDU"))
        ref = draw(refs)
        f: dict[str, Any] = {"locate": 1 + ref % 2, "stamp": HOUR + number // 3, "ref": ref}
        if kind in "AFECXU":
            f["shares"] = draw(st.sampled_from([0, 10, 20, 30, 30]))
        if kind in "AF":
            f |= {"side": draw(st.sampled_from("BBBSSS?")), "stock": f"ST{f['locate']}"}
        if kind in "AFUC":
            f["price"] = draw(prices)
        if kind == "U":
            f["new_ref"] = draw(refs.filter(lambda new, ref=ref: new % 2 == ref % 2))
        if kind in "EC":
            f["match"] = number
        if kind == "C":
            f["printable"] = draw(st.sampled_from("YN"))
        made.append((kind, f))
    return made


@settings(deadline=None, max_examples=80)
@given(lives(), st.lists(st.integers(0, 80), max_size=4), st.sampled_from([0, 1, 10]))
def test_orders_against_a_plain_model(life: list[tuple[str, dict[str, Any]]], cuts: list[int], conflate: int) -> None:
    model, want, touches, refused = Model(), [], [], 0
    before: dict[int, str] = {}
    trades = []
    for number, (kind, f) in enumerate(life, 1):
        was = model.orders.get(f["ref"])
        made = model.take(kind, f)
        if made is None:
            refused += 1
            continue
        want += [
            (
                number,
                action,
                ref,
                {"B": "buy", "S": "sell"}[side],
                "nan" if price == MARKET_PRICE else price / 10_000,
                float(size),
            )
            for action, ref, side, price, size in made
        ]
        if kind == "E" or (kind == "C" and f["printable"] == "Y"):
            assert was is not None
            at = f["price"] / 10_000 if kind == "C" else was[2] / 10_000
            if kind == "C" or was[2] != MARKET_PRICE:
                trades.append((f["match"], at, float(f["shares"]), {"B": "sell", "S": "buy"}[was[1]]))
        touch = repr(model.touch(f["locate"]))
        if touch != before.get(f["locate"], repr((float("nan"), float("nan"), 0.0, 0.0))):
            touches.append((f"ST{f['locate']}", number, touch))
        before[f["locate"]] = touch
    data = [encode(kind, **f) for kind, f in life]
    parser = Parser(DAY, conflate_ns=conflate)
    parts: dict[str, list[Any]] = {"mbo": [], "trade": [], "quote": []}
    bounds = sorted({0, *(cut for cut in cuts if cut < len(data)), len(data)})
    for start, stop in pairwise(bounds):
        taken = parser.take(burst(data[start:stop], first=start + 1))
        parts["mbo"] += rows(taken, "mbo", "seq", "action", "oid", "side", "price", "size")
        parts["trade"] += rows(taken, "trade", "seq", "price", "size", "side")
        parts["quote"] += rows(taken, "quote", "sym", "seq", "bid", "ask", "bsize", "asize")
    got = [(*row[:4], "nan" if row[4] != row[4] else row[4], row[5]) for row in parts["mbo"]]
    assert got == want
    assert [row for row in parts["trade"] if row[1] == row[1]] == trades
    if not conflate:
        assert [(row[0], row[1], repr(row[2:])) for row in parts["quote"]] == touches
    assert parser.counters.undecodable == parser.quarantine.count == refused
    left = {ref: (locate, "BS"[sells], price, size) for ref, locate, sells, price, size in parser.book.orders()}
    assert left == model.orders


def test_what_the_venue_cannot_have_meant_is_counted_and_kept(tmp_path: Path) -> None:
    quarantine = Quarantine(tmp_path / "bad.tsv")
    parser = Parser(DAY, quarantine=quarantine, max_orders=2)
    head = {"locate": 1, "stamp": HOUR}
    made = parser.take(
        burst(
            [
                add(1, "B", 100, 10_000),
                add(1, "B", 50, 10_000),
                encode("E", **head, ref=9, shares=1, match=1),
                encode("X", **head, ref=1, shares=101),
                encode("E", **head, ref=1, shares=0, match=2),
                encode("U", **head, ref=9, new_ref=10, shares=1, price=1),
                add(2, "S", 100, 10_100),
                add(3, "S", 100, 10_100),
                encode("D", locate=2, stamp=HOUR, ref=2),
                encode("E", **head, ref=1, shares=60, match=3),
            ]
        )
    )
    book = parser.counters.book
    assert (book.unknown, book.beyond, book.duplicate, book.empty, book.overflow) == (2, 1, 1, 1, 1)
    assert parser.counters.foreign == 1
    assert rows(made, "mbo", "seq", "action", "size") == [
        (1, "add", 100.0),
        (7, "add", 100.0),
        (9, "delete", 100.0),
        (10, "fill", 60.0),
    ]
    lines = (tmp_path / "bad.tsv").read_text().splitlines()
    assert sorted((line.split("\t")[1], line.split("\t")[2].split(":")[0]) for line in lines) == sorted(
        [
            ("2", "duplicate"),
            ("3", "unknown"),
            ("4", "beyond"),
            ("5", "empty"),
            ("6", "unknown"),
            ("8", "overflow"),
            ("9", "foreign"),
        ]
    )
    quarantine.close()


def test_a_crossed_book_has_no_touch() -> None:
    parser = Parser(DAY)
    made = parser.take(
        burst([add(1, "B", 10, 10_000), add(2, "S", 20, 9_900), encode("D", locate=1, stamp=HOUR, ref=2)])
    )
    assert [repr(row) for row in rows(made, "quote", "bid", "ask", "bsize", "asize")] == [
        "(1.0, nan, 10.0, 0.0)",
        "(nan, nan, 0.0, 0.0)",
        "(1.0, nan, 10.0, 0.0)",
    ]
    assert parser.counters.crossed == 1


def test_a_crossed_auction_is_no_fault() -> None:
    parser = Parser(DAY)
    head = {"locate": 1, "stamp": HOUR}
    directory = encode("R", **head, stock="ACME")
    made = parser.take(
        burst(
            [
                directory,
                encode("H", **head, stock="ACME", state="Q", reason="IPO1"),
                add(1, "B", 10, 10_100),
                add(2, "S", 20, 9_900),
                encode("C", **head, ref=1, shares=10, match=1, printable="N", price=10_000),
                encode("C", **head, ref=2, shares=10, match=1, printable="N", price=10_000),
                encode("Q", **head, shares=10, stock="ACME", price=10_000, match=1, cross="H"),
                encode("H", **head, stock="ACME", state="T", reason=""),
            ]
        )
    )
    assert parser.counters.crossed == 0
    assert [repr(row) for row in rows(made, "quote", "seq", "bid", "ask", "asize")] == ["(8, nan, 0.99, 10.0)"]
    assert rows(made, "trade", "seq", "price", "size", "side", "cond") == [(1, 1.0, 10.0, "", "halt")]
    assert rows(made, "status", "state", "reason") == [
        ("auction", "IPO1"),
        ("auction", "halt cross"),
        ("continuous", "trading"),
    ]


def test_every_type_is_taken() -> None:
    head = {"locate": 1, "stamp": HOUR}
    stock = {**head, "stock": "ACME"}
    parser = Parser(DAY)
    made = parser.take(
        burst(
            [
                encode("S", stamp=HOUR, event="O"),
                encode("R", **stock),
                encode("H", **stock, state="T"),
                encode("Y", **stock, action="0"),
                encode("L", **stock, mpid="MMKR"),
                encode("V", stamp=HOUR, level1=1, level2=2, level3=3),
                encode("W", stamp=HOUR, level="1"),
                encode("K", **stock, release=34_200, qualifier="A", price=170_000),
                encode("J", **stock, reference=10_000, upper=11_000, lower=9_000),
                encode("h", **stock, market="Q", action="H"),
                encode("h", **stock, market="Q", action="T"),
                encode("P", **stock, side="B", shares=70, price=10_050, match=5),
                encode("Q", **stock, shares=0, cross="C", match=6),
                encode("B", **head, match=5),
                encode("I", **stock, direction="B", cross="C"),
                encode("I", **stock, direction="B", cross="C"),
                encode("I", **stock, direction="S", cross="C"),
                encode("N", **stock, interest="B"),
                encode("O", **stock, eligible="Y"),
                encode("S", stamp=HOUR, event="E"),
            ]
        )
    )  # fmt: skip
    assert rows(made, "status", "sym", "state", "reason") == [
        ("XNAS", "closed", "start of messages"),
        ("ACME", "continuous", "trading"),
        ("XNAS", "closed", "mwcb levels"),
        ("XNAS", "halted", "mwcb level 1"),
        ("ACME", "continuous", "ipo release"),
        ("ACME", "continuous", "luld collar"),
        ("ACME", "halted", "operational"),
        ("ACME", "continuous", "operational"),
        ("ACME", "continuous", "closing cross"),
        ("ACME", "continuous", "broken 5"),
        ("ACME", "continuous", "closing imbalance buy"),
        ("ACME", "continuous", "closing imbalance sell"),
        ("ACME", "continuous", "direct listing"),
        ("XNAS", "closed", "end of system hours"),
        ("ACME", "closed", "end of system hours"),
    ]
    assert rows(made, "trade", "seq", "price", "size", "cond") == [(5, 1.005, 70.0, "hidden")]
    assert parser.counters.undecodable == 0
    assert sum(parser.counters.kinds.values()) == 20
    assert parser.counters.ignored == 4


def test_a_new_day_begins_with_an_empty_book() -> None:
    parser = Parser(DAY)
    parser.take(burst([add(1, "B", 10, 10_000), encode("S", stamp=HOUR, event="O"), add(1, "B", 20, 10_000)]))
    assert [size for *_, size in parser.book.orders()] == [20]
    assert parser.book.touch(1)[1] == 20


def test_what_is_native_and_what_is_not_agree_about_types() -> None:
    assert list(ITCH_SIZES) == SIZES.tolist()


@settings(deadline=None, max_examples=60)
@given(lives(), st.integers(1, 9), st.lists(st.integers(1, 80), min_size=1, max_size=4))
def test_conflated_touches_are_the_last_of_each_interval(
    life: list[tuple[str, dict[str, Any]]], interval: int, steps: list[int]
) -> None:
    """By the parser that tells every change."""
    data = [encode(kind, **f) for kind, f in life]
    none = repr((float("nan"), float("nan"), 0.0, 0.0))

    def by_stock(made: Chunk) -> list[tuple[int, str, str]]:
        found = rows(made, "quote", "etime", "sym", "bid", "ask", "bsize", "asize")
        return [(row[0] // interval, row[1], repr(row[2:])) for row in found]

    last = {row[:2]: row[2] for row in by_stock(Parser(DAY).take(burst(data)))}
    want, told = [], {}
    for (bucket, sym), touch in last.items():
        if told.get(sym, none) != touch:
            want.append((bucket, sym, touch))
        told[sym] = touch
    parser, got, at = Parser(DAY, conflate_ns=interval), [], 0
    for step in [*steps, len(data)]:
        got += by_stock(parser.take(burst(data[at : at + step], first=at + 1)))
        at += step
    got += by_stock(parser.finish())
    assert sorted(got) == sorted(want)
    assert [bucket for bucket, *_ in got] == sorted(bucket for bucket, *_ in got)


@settings(deadline=None, max_examples=60)
@given(lives())
def test_depth_is_the_sum_of_the_orders(life: list[tuple[str, dict[str, Any]]]) -> None:
    parser = Parser(DAY, depth=True)
    made = parser.take(burst([encode(kind, **f) for kind, f in life]))
    levels = {row[:3]: row[3] for row in rows(made, "depth", "sym", "side", "price", "size")}
    want: dict[tuple[str, str, float], float] = {}
    for _, locate, sells, price, left in parser.book.orders():
        if price != MARKET_PRICE:
            key = (f"ST{locate}", "sell" if sells else "buy", price / 10_000)
            want[key] = want.get(key, 0.0) + left
    assert {key: size for key, size in levels.items() if size} == want
    # a message that is of no level makes no row, one that is makes one, a replacement at another price two
    assert len(rows(made, "depth", "seq")) <= len(rows(made, "mbo", "seq"))


def test_a_stock_that_is_renamed_keeps_its_name_in_rows_made_before() -> None:
    head = {"locate": 1, "stamp": HOUR}
    named = [encode("R", **head, stock="OLD"), add(1, "B", 1, 1), encode("R", **head, stock="NEW"), add(2, "B", 1, 1)]
    assert rows(Parser(DAY).take(burst(named)), "mbo", "sym") == [("OLD",), ("NEW",)]


# ---- time


def test_times_are_when_it_came_and_never_go_back() -> None:
    parser = Parser(DAY)
    made = parser.take(burst([add(1, "B", 1, 1), add(2, "B", 1, 2), add(3, "B", 1, 3)], received=[50, 40, 60]))
    assert rows(made, "mbo", "time", "etime") == [(50, MIDNIGHT + HOUR), (50, MIDNIGHT + HOUR), (60, MIDNIGHT + HOUR)]
    assert parser.counters.late == 1


def test_batches_end_at_midnight_utc(tmp_path: Path) -> None:
    file = tmp_path / "day.itch"
    day_end = (MIDNIGHT // DAY_NS + 1) * DAY_NS - MIDNIGHT
    with Writer(file) as writer:
        writer.write([add(1, "B", 1, 1, at=day_end - 1), add(2, "B", 1, 2, at=day_end)])
    batches = list(ItchFiles([file], Parser(DAY)).batches(10 * DAY_NS))
    assert [rows(batch.tables, "mbo", "oid") for batch in batches] == [[(1,)], [(2,)]]
    assert all(batch.end // DAY_NS == batch.start // DAY_NS for batch in batches)


def test_touches_that_wait_do_not_cross_midnight(tmp_path: Path) -> None:
    file = tmp_path / "day.itch"
    day_end = (MIDNIGHT // DAY_NS + 1) * DAY_NS - MIDNIGHT
    with Writer(file) as writer:
        writer.write([add(n, "B", 1, n, at=day_end - 60 + n) for n in range(1, 120)])
    # pieces so small that one ends right at midnight
    batches = list(ItchFiles([file], Parser(DAY, conflate_ns=25), chunk=38).batches(10 * DAY_NS))
    quotes = [rows(batch.tables, "quote", "time", "bid") for batch in batches]
    assert [row for some in quotes for row in some] == [
        (MIDNIGHT + day_end - 60 + n, n / 10_000) for n in (9, 34, 59, 84, 109, 119)
    ]
    assert [{moment // DAY_NS for moment, _ in some} for some in quotes] == [
        {MIDNIGHT // DAY_NS},
        {MIDNIGHT // DAY_NS + 1},
    ]


# ---- files and damage


def test_days_in_names_of_files() -> None:
    assert day_of(Path("01302019.NASDAQ_ITCH50.gz")) == dt.date(2019, 1, 30)
    assert day_of(Path("S081321-v50.txt.gz")) == dt.date(2021, 8, 13)
    assert day_of(Path("tape.itch")) is None


def test_a_last_message_that_is_cut_off_is_told(tmp_path: Path) -> None:
    data = frames([add(n, "B", 10, 10_000) for n in range(1, 4)])
    file = tmp_path / "cut.itch"
    file.write_bytes(data[:-5])
    parser = Parser(DAY)
    made = [rows(batch.tables, "mbo", "oid") for batch in ItchFiles([file], parser).batches(DAY_NS)]
    assert made == [[(1,), (2,)]]
    assert parser.quarantine.reasons == {"truncated": 1}


def test_a_gzip_file_that_is_cut_off_is_told(tmp_path: Path) -> None:
    whole = gzip.compress(frames([add(n, "B", n * 7919 % 1000 + 1, n * 104_729 % 10_000) for n in range(1, 3_000)]))
    file = tmp_path / "cut.gz"
    file.write_bytes(whole[: len(whole) // 2])
    parser = Parser(DAY)
    count = sum(
        len(rows(batch.tables, "mbo", "oid")) for batch in ItchFiles([file], parser, chunk=4_096).batches(DAY_NS)
    )
    assert count > 500
    assert "unreadable" in parser.quarantine.reasons


def test_a_gzip_file_that_is_cut_off_gives_all_that_can_be_unpacked(tmp_path: Path) -> None:
    data = frames([add(n, "B", n * 7919 % 1000 + 1, n * 104_729 % 10_000) for n in range(1, 3_000)])
    cut = gzip.compress(data)[:-2_000]
    unpacked = zlib.decompressobj(31).decompress(cut)
    file = tmp_path / "cut.gz"
    file.write_bytes(cut)
    for chunk in (4_096, 1 << 18):
        parser = Parser(DAY)
        oids = [
            oid
            for each in ItchFiles([file], parser, chunk=chunk).batches(DAY_NS)
            for oid in rows(each.tables, "mbo", "oid")
        ]
        assert len(oids) == len(unpacked) // 38


def test_much_damage_is_not_looked_at_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of a later version of the specification: every tenth message is of a type that is not known."""
    steps, walk = [], framing._walk

    def counted(*args: Any) -> list[int]:
        steps.append(len(walk(*args)))
        return walk(*args)

    monkeypatch.setattr(framing, "_walk", counted)
    many = [add(n, "B", 10, 10_000) if n % 10 else b"z" * 30 for n in range(1, 5_001)]
    framed = frame(frames(many), final=True)
    assert (len(framed.offsets), len(framed.bad)) == (4_500, 500)
    assert sum(steps) < 40_000


GOOD = [add(n, "BS"[n % 2], 100 + n, 10_000 + n) for n in range(1, 41)]


@settings(deadline=None, max_examples=200)
@given(st.integers(0, 39), st.binary(min_size=1, max_size=90), st.booleans(), st.integers(0, 40))
# bytes of a message that lack make a length that points exactly behind four good messages
@example(24, bytes(6), True, 30)
# or right behind the next one, which then looks like a message of a wrong length
@example(15, bytes(3), True, 22)
def test_the_next_good_message_arrives(place: int, noise: bytes, replaces: bool, back: int) -> None:
    """Bytes that do not belong there cost the message they hit, no other."""
    before, hit, after = frames(GOOD[:place]), frames(GOOD[place : place + 1]), frames(GOOD[place + 1 :])
    data = before + (hit[: len(hit) - min(back, len(hit))] + noise if replaces else noise + hit) + after
    framed = frame(data, final=True)
    got = {data[at + 11 : at + 19] for at in framed.offsets.tolist() if data[at : at + 1] == b"A"}
    lost = {message[11:19] for message in GOOD} - got
    assert lost <= {GOOD[place][11:19]}
    assert framed.used == len(data)


@settings(deadline=None, max_examples=80)
@given(st.data())
def test_any_bytes(data: st.DataObject) -> None:
    """Nothing makes the parser fail, and bytes in pieces give what they give at once."""
    good = frames(
        [
            encode("R", locate=1, stamp=1, stock="ACME"),
            *GOOD[:10],
            encode("E", locate=1, stamp=HOUR, ref=1, shares=5, match=9),
        ]
    )
    raw = bytearray(good * 2)
    for _ in range(data.draw(st.integers(1, 8))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    whole = bytes(raw)
    framed = frame(whole, final=True)
    sizes = np.frombuffer(whole, dtype=np.uint8)[framed.offsets - 1].astype(np.int64)
    seqs = np.arange(len(framed.offsets))
    found = []
    for step in (1, 5, 1_000):
        parser = Parser(DAY)
        for at, end, reason in framed.bad:
            parser.damaged(at, reason, whole[at:end])
        made: dict[str, list[str]] = {}
        for first in range(0, len(seqs), step):
            some = slice(first, first + step)
            for table, each in text(parser.take(Burst(whole, framed.offsets[some], sizes[some], seqs[some]))).items():
                made.setdefault(table, []).extend(each)
        found.append((made, parser.counters, parser.quarantine.reasons, sorted(parser.book.orders())))
        assert parser.counters.messages == len(framed.offsets) + len(framed.bad)
    assert found[0] == found[1] == found[2]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.one_of(st.binary(max_size=50), st.sampled_from(GOOD)), min_size=1, max_size=60))
def test_packets_of_any_bytes(messages: list[bytes]) -> None:
    """Messages whose lengths come from elsewhere, as in MoldUDP64 and SoupBinTCP, may be anything."""
    good = [message for message in dict.fromkeys(messages) if message in GOOD]
    made = Parser(DAY).take(burst(messages))
    oids = [oid for (oid,) in rows(made, "mbo", "oid")]
    assert [int.from_bytes(message[11:19], "big") for message in good] == [oid for oid in oids if 0 < oid <= 40]


@pytest.mark.parametrize("chunk", [1_100, 5_000])
def test_damage_in_a_large_file_costs_what_it_hits(tmp_path: Path, chunk: int) -> None:
    many = [add(n, "B", 10, 10_000 + n % 50) for n in range(1, 2_001)]
    raw = bytearray(frames(many))
    hit = [200, 700, 1_200, 1_999]
    for n in hit:
        raw[38 * (n - 1)] = 0xFF  # the length
    file = tmp_path / "hit.itch"
    file.write_bytes(bytes(raw))
    parser = Parser(DAY)
    oids = [
        oid
        for batch in ItchFiles([file], parser, chunk=chunk).batches(DAY_NS)
        for (oid,) in rows(batch.tables, "mbo", "oid")
    ]
    assert sorted(set(range(1, 2_001)) - set(oids)) == hit
    assert parser.counters.undecodable == len(hit)


def test_seeded_damage_never_stops_the_parser() -> None:
    """Random and mutated messages in bursts and streams of any cut: all are counted, and the books answer to the orders."""
    rng = random.Random(7)
    for seed in range(150):
        messages: list[bytes] = []
        for number in range(rng.choice([3, 60, 300])):
            kind = rng.choice("AAAAAFEECXDUUPQ" + "SRHYLVWKJhNOBI")
            fields: dict[str, Any] = {"locate": rng.randrange(4), "stamp": HOUR + number}
            for each in LAYOUTS[kind].fields[3:]:
                if each.kind == "text":
                    fields[each.name] = rng.choice(["B", "S", "T", "Q", "H", "O", ""])
                else:
                    fields[each.name] = rng.choice([0, 1, 2, 3, 7, 100, MARKET_PRICE, 2**31])
            message = bytearray(encode(kind, **fields))
            if rng.random() < 0.1:
                message[rng.randrange(len(message))] = rng.randrange(256)
            messages.append(bytes(message) if rng.random() > 0.05 else rng.randbytes(rng.randrange(60)))
        parser, at = Parser(DAY, conflate_ns=seed % 3, max_orders=rng.choice([4, 10**6]), depth=seed % 2 == 0), 0
        made = 0
        while at < len(messages):
            some = messages[at : at + rng.choice([1, 5, 100])]
            chunk = parser.take(burst(some, first=at + 1))
            made += len(chunk.moments)
            at += len(some)
        counters = parser.counters
        assert counters.messages == len(messages)
        assert made == sum(counters.kinds.values())
        assert counters.messages - made <= counters.undecodable == parser.quarantine.count - counters.foreign
        best: dict[tuple[int, bool], int] = {}
        for _, locate, sells, price, left in parser.book.orders():
            assert left > 0
            if price != MARKET_PRICE:
                key = (locate, sells)
                best[key] = (min if sells else max)(price, best.get(key, price))
        for locate in range(4):
            bid, _, ask, _ = parser.book.touch(locate)
            assert (bid, ask) == (best.get((locate, False)), best.get((locate, True)))


@pytest.mark.parametrize(
    ("offsets", "sizes"), [([0], [37]), ([-1], [36]), ([0], [-36]), ([36], [1]), ([2**62], [2**62]), ([0, 0], [36])]
)
def test_messages_must_lie_within_their_bytes(offsets: list[int], sizes: list[int]) -> None:
    at, long, seqs = (np.array(part, dtype=np.int64) for part in (offsets, sizes, [1] * len(offsets)))
    with pytest.raises(ValueError, match=r"expected|bytes"):
        Parser(DAY).take(Burst(GOOD[0], at, long, seqs))
