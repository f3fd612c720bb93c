"""Databento files: the vendor's own fixtures, and records that the library builds."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import databento_dbn as dbn
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from memplant import DATA, NO_SHARED

from slipstream.errors import FeedError
from slipstream.feed.base import Quarantine
from slipstream.feed.dbn import DbnFeed, publisher_venue
from slipstream.feed.schema import DAY_NS, Columns, join, times

FILES = DATA / "databento"
real = pytest.mark.skipif(not FILES.is_dir(), reason=NO_SHARED)

T0 = 1_609_160_400_000_000_000  # 2020-12-28 13:00 UTC
UNDEF = dbn.UNDEF_PRICE


def play(feed: DbnFeed, step_ns: int = 1_000_000_000) -> dict[str, Columns]:
    parts: dict[str, list[Columns]] = {}
    for batch in feed.batches(step_ns):
        for table, made in batch.tables.items():
            assert (np.diff(times(made)) >= 0).all()
            assert batch.start // step_ns == batch.end // step_ns
            parts.setdefault(table, []).append(made)
    return {table: join(made) for table, made in parts.items()}


def metadata(schema: str | None = "mbo", version: int = 3, **changes: Any) -> bytes:
    day = lambda text: np.datetime64(text, "D").astype(object)  # noqa: E731
    mapping = [
        SimpleNamespace(
            raw_symbol="ESH1",
            intervals=[
                SimpleNamespace(start_date=day("2020-12-28"), end_date=day("2020-12-29"), symbol="5482"),
                SimpleNamespace(start_date=day("2020-12-29"), end_date=day("2021-01-05"), symbol="77"),
            ],
        )
    ]
    given = {
        "dataset": "GLBX.MDP3", "start": T0, "stype_in": dbn.SType.RAW_SYMBOL, "stype_out": dbn.SType.INSTRUMENT_ID,
        "schema": dbn.Schema.from_str(schema) if schema else None, "symbols": ["ESH1"], "partial": [], "not_found": [],
        "mappings": mapping, "ts_out": False, "version": version,
    }  # fmt: skip
    return dbn.Metadata(**(given | changes)).encode()


def mbo(action: str, order: int, size: int, *, at: int = 0, price: float = 10.5, side: str = "B", **more: Any) -> bytes:
    given = {
        "publisher_id": 1,
        "instrument_id": 5482,
        "ts_event": T0 + at - 1_000,
        "ts_recv": T0 + at,
        "sequence": at % 2**32,
        "flags": 0,
    }
    actions = {one.value if isinstance(one.value, str) else chr(one.value): one for one in dbn.Action.variants()}
    sides = {"B": dbn.Side.BID, "A": dbn.Side.ASK, "N": dbn.Side.NONE}
    return bytes(
        dbn.MBOMsg(
            order_id=order,
            price=round(price * 1e9),
            size=size,
            action=actions[action],
            side=sides[side],
            **(given | more),
        )
    )


def stripped(record: bytes) -> bytes:
    """Without the server's send time that the library's objects keep room for."""
    return record[: 4 * record[0]]


def file(tmp_path: Path, *parts: bytes, name: str = "a.dbn") -> Path:
    path = tmp_path / name
    path.write_bytes(b"".join(parts))
    return path


def rows(made: Columns, *names: str) -> list[tuple[Any, ...]]:
    return list(zip(*(made[name].tolist() for name in names), strict=True))


@real
@pytest.mark.parametrize("name", ["mbo", "mbp-1", "trades"])
def test_versions_and_compression_give_the_same_rows(name: str) -> None:
    plain, zipped = (
        play(DbnFeed([FILES / f"test_data.{name}.dbn"])),
        play(DbnFeed([FILES / f"test_data.{name}.v3.dbn.zst"])),
    )
    assert plain.keys() == zipped.keys()
    for table, made in plain.items():
        for column, values in made.items():
            np.testing.assert_array_equal(values, zipped[table][column])


@real
def test_the_rows_are_what_the_librarys_own_decoder_says() -> None:
    data = (FILES / "test_data.mbp-1.dbn").read_bytes()
    decoder = dbn.DBNDecoder()
    decoder.write(data)
    records = [record for record in decoder.decode() if isinstance(record, dbn.MBP1Msg)]
    made = play(DbnFeed([FILES / "test_data.mbp-1.dbn"]))["quote"]
    assert rows(made, "bid", "ask", "bsize", "asize", "seq") == [
        (r.levels[0].pretty_bid_px, r.levels[0].pretty_ask_px, r.levels[0].bid_sz, r.levels[0].ask_sz, r.sequence)
        for r in records
    ]
    assert times(made).tolist() == [r.ts_recv for r in records]
    assert made["etime"].view(np.int64).tolist() == [r.ts_event for r in records]
    assert set(made["sym"]) == {"ESH1"} and set(made["venue"]) == {"GLBX"}


@real
def test_a_day_begins_with_its_snapshot_and_its_book_never_crosses() -> None:
    feed = DbnFeed([FILES / "orderbooks_mbo_2024-05-08T00-00-00_2024-05-08T00-00-02.dbn.zst"])
    made = play(feed)
    assert feed.counters.messages == 13_796 and not feed.counters.undecodable
    assert len(made["trade"]["time"]) == 5
    assert made["mbo"]["action"][0] == "clear"
    # the book that the rows give, by the meaning of table mbo
    book: dict[int, tuple[str, float, float]] = {}
    snapshot = times(made["mbo"])[0]
    for moment, action, oid, side, price, size in zip(
        times(made["mbo"]), *(made["mbo"][n] for n in ("action", "oid", "side", "price", "size")), strict=True
    ):
        if action == "add":
            assert oid not in book
            book[oid] = (side, price, size)
        elif action == "modify":
            book[oid] = (side, price, size)
        elif action == "fill":
            left = book[oid][2] - size
            assert left >= 0
            book[oid] = (*book[oid][:2], left)
            if not left:
                del book[oid]
        elif action == "delete":
            assert book.pop(oid)[2] == size
        if moment > snapshot:
            best = (
                [max(p for s, p, _ in book.values() if s == "buy"), min(p for s, p, _ in book.values() if s == "sell")]
                if moment % 97 == 0
                else [0, 1]
            )
            assert best[0] < best[1]
    assert len(book) > 1_000


def test_fills_and_the_cancels_behind_them_are_told_once(tmp_path: Path) -> None:
    parts = [
        mbo("A", 1, 300, at=1), mbo("F", 1, 100, at=2), mbo("C", 1, 100, at=2), mbo("T", 0, 100, at=2, side="A"),  # as Nasdaq tells it
        mbo("C", 1, 50, at=3),  # a part is taken away
        mbo("F", 1, 150, at=4), mbo("C", 1, 150, at=4),  # gone
        mbo("A", 2, 10, at=5, side="A"), mbo("F", 2, 4, at=6, side="A"), mbo("M", 2, 6, at=6, side="A"), mbo("C", 2, 6, at=7, side="A"),  # as CME tells it
        mbo("C", 9, 5, at=8),  # one that was there before
        mbo("A", 3, 7, at=9), mbo("R", 0, 0, at=10, price=0, side="N"), mbo("C", 3, 7, at=11), mbo("N", 0, 0, at=12),
    ]  # fmt: skip
    made = play(DbnFeed([file(tmp_path, metadata(), *map(stripped, parts))]))
    assert rows(made["mbo"], "action", "oid", "side", "size", "seq")[:9] == [
        ("add", 1, "buy", 300, 1), ("fill", 1, "buy", 100, 2), ("modify", 1, "buy", 150, 3), ("fill", 1, "buy", 150, 4),
        ("add", 2, "sell", 10, 5), ("fill", 2, "sell", 4, 6), ("modify", 2, "sell", 6, 6), ("delete", 2, "sell", 6, 7),
        ("delete", 9, "buy", 5, 8),
    ]  # fmt: skip
    assert [action for action, _ in rows(made["mbo"], "action", "oid")][9:] == ["add", "clear", "delete"]
    assert rows(made["trade"], "price", "size", "side") == [(10.5, 100, "sell")]


def test_prices_that_are_not_there_are_null(tmp_path: Path) -> None:
    level = dbn.BidAskPair(bid_px=UNDEF, ask_px=11_000_000_000, bid_sz=0, ask_sz=5)
    record = dbn.MBP1Msg(
        publisher_id=2, instrument_id=5482, ts_event=dbn.UNDEF_TIMESTAMP, price=UNDEF, size=0, action=dbn.Action.ADD, side=dbn.Side.ASK,
        depth=0, ts_recv=T0, levels=level,
    )  # fmt: skip
    made = play(DbnFeed([file(tmp_path, metadata("mbp-1"), stripped(bytes(record)))]))["quote"]
    assert np.isnan(made["bid"][0]) and np.isnan(made["bsize"][0]) and made["ask"][0] == 11 and made["asize"][0] == 5
    assert np.isnat(made["etime"][0]) and made["venue"][0] == "XNAS"


def mbp10(bids: Sequence[tuple[float, int]], asks: Sequence[tuple[float, int]], at: int, action: Any = None) -> bytes:
    pairs = []
    for level in range(10):
        bid, ask = (side[level] if level < len(side) else None for side in (bids, asks))
        pairs.append(
            dbn.BidAskPair(
                bid_px=round(bid[0] * 1e9) if bid else UNDEF, bid_sz=bid[1] if bid else 0, ask_px=round(ask[0] * 1e9) if ask else UNDEF, ask_sz=ask[1] if ask else 0
            )
        )  # fmt: skip
    record = dbn.MBP10Msg(
        publisher_id=1, instrument_id=5482, ts_event=T0 + at, price=round(10e9), size=3, action=action or dbn.Action.ADD, side=dbn.Side.BID,
        depth=0, ts_recv=T0 + at, levels=pairs, sequence=at,
    )  # fmt: skip
    return stripped(bytes(record))


@given(
    st.lists(
        st.tuples(*(st.dictionaries(st.integers(1, 14), st.integers(1, 5), max_size=10) for _ in range(2))),
        min_size=1,
        max_size=12,
    )
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_ten_levels_become_depth_rows_that_rebuild_them(
    tmp_path: Path, books: list[tuple[dict[int, int], dict[int, int]]]
) -> None:
    parts = [
        mbp10(
            sorted(((10 - p / 8, s) for p, s in bids.items()), reverse=True),
            sorted((11 + p / 8, s) for p, s in asks.items()),
            at,
        )
        for at, (bids, asks) in enumerate(books)
    ]
    made = play(DbnFeed([file(tmp_path, metadata("mbp-10"), *parts)])).get("depth")
    kept: dict[tuple[str, float], float] = {}
    found = [] if made is None else rows(made, "seq", "side", "price", "size")
    for at, (bids, asks) in enumerate(books):
        for seq, side, price, size in found:
            if seq == at:
                assert kept.get((side, price), 0) != size  # only what changes
                if size:
                    kept[side, price] = size
                else:
                    del kept[side, price]
        assert kept == {("buy", 10 - p / 8): s for p, s in bids.items()} | {
            ("sell", 11 + p / 8): s for p, s in asks.items()
        }


def test_a_print_among_ten_levels_is_a_trade(tmp_path: Path) -> None:
    made = play(
        DbnFeed(
            [
                file(
                    tmp_path,
                    metadata("mbp-10"),
                    mbp10([(10, 5)], [(11, 5)], 0),
                    mbp10([(10, 5)], [(11, 5)], 1, dbn.Action.TRADE),
                )
            ]
        )
    )
    assert len(made["quote"]["time"]) == 1 and rows(made["trade"], "price", "size", "side") == [(10, 3, "buy")]


def test_names_follow_the_date_and_what_is_defined(tmp_path: Path) -> None:
    named = dbn.SymbolMappingMsg(
        publisher_id=1, instrument_id=600, ts_event=T0, stype_in=dbn.SType.RAW_SYMBOL, stype_in_symbol="CLF1", stype_out=dbn.SType.INSTRUMENT_ID,
        stype_out_symbol="600", start_ts=0, end_ts=dbn.UNDEF_TIMESTAMP,
    )  # fmt: skip
    parts = [
        stripped(bytes(named)),
        mbo("A", 1, 1, instrument_id=600),
        mbo("A", 2, 1, instrument_id=5482),
        mbo("A", 3, 1, instrument_id=77, at=DAY_NS),
        mbo("A", 4, 1, instrument_id=9, at=DAY_NS),
    ]
    feed = DbnFeed([file(tmp_path, metadata(), *map(stripped, parts))])
    made = play(feed)
    assert made["mbo"]["sym"].tolist() == ["CLF1", "ESH1", "ESH1", "9"]
    assert feed.unnamed == {9} and feed.counters.ignored == 1


def test_a_name_holds_for_what_comes_behind_it(tmp_path: Path) -> None:
    def named(symbol: str, code: int) -> bytes:
        return bytes(
            dbn.SymbolMappingMsg(
                publisher_id=1, instrument_id=code, ts_event=T0, stype_in=dbn.SType.RAW_SYMBOL, stype_in_symbol=symbol,
                stype_out=dbn.SType.INSTRUMENT_ID, stype_out_symbol=str(code), start_ts=0, end_ts=dbn.UNDEF_TIMESTAMP,
            )
        )  # fmt: skip

    order, parts, want = 0, [], []
    for code, symbol in (
        *((600, "600"), (600, "CLF1"), (5482, "ESH1"), (5482, "ESX"), (77, "ESH1"), (600, "CLG1"), (77, "ESY")),
        *((600, "CLF1"), (5482, "ESX")),
    ):
        if symbol not in ("600", "ESH1", "ESX") or (symbol == "ESX" and "ESX" not in want):
            parts.append(named(symbol, code))
        for _ in range(12):
            order += 1
            parts.append(mbo("A", order, 1, instrument_id=code, at=order))
            want.append(symbol)
    feed = DbnFeed([file(tmp_path, metadata(), *map(stripped, parts))])
    assert play(feed)["mbo"]["sym"].tolist() == want
    assert feed.unnamed == {600}


def test_halts_and_auctions(tmp_path: Path) -> None:
    def status(action: Any, reason: Any, at: int, **more: Any) -> bytes:
        return stripped(
            bytes(
                dbn.StatusMsg(
                    publisher_id=2,
                    instrument_id=5482,
                    ts_event=T0 + at,
                    ts_recv=T0 + at,
                    action=action,
                    reason=reason,
                    **more,
                )
            )
        )

    act, why = dbn.StatusAction, dbn.StatusReason
    parts = [
        status(act.PRE_OPEN, why.SCHEDULED, 0),
        status(act.TRADING, why.NONE, 1),
        status(act.HALT, why.LULD_PAUSE, 2),
        status(act.CLOSE, why.NONE, 3),
        status(act.SSR_CHANGE, why.NONE, 4),
    ]
    feed = DbnFeed([file(tmp_path, metadata("status"), *parts)])
    assert rows(play(feed)["status"], "state", "reason") == [
        ("auction", "scheduled"),
        ("continuous", "trading"),
        ("halted", "luld_pause"),
        ("closed", "close"),
    ]
    assert feed.counters.ignored == 1


def test_bars_are_counted_and_passed_over(tmp_path: Path) -> None:
    bar = dbn.OHLCVMsg(
        rtype=dbn.RType.OHLCV_1S,
        publisher_id=1,
        instrument_id=5482,
        ts_event=T0,
        open=1,
        high=1,
        low=1,
        close=1,
        volume=1,
    )
    feed = DbnFeed([file(tmp_path, metadata("ohlcv-1s"), stripped(bytes(bar)))])
    assert play(feed) == {} and feed.counters.ignored == feed.counters.messages == 1


def test_files_are_merged_by_receive_time(tmp_path: Path) -> None:
    one = file(tmp_path, metadata(), *(stripped(mbo("A", at, 1, at=at * 10)) for at in range(50)))
    two = file(tmp_path, metadata(), *(stripped(mbo("A", at, 1, at=at * 10 + 5)) for at in range(50)), name="b.dbn")
    made = play(DbnFeed([one, two]), step_ns=70)["mbo"]
    assert (times(made) - T0).tolist() == list(range(0, 500, 5))


def test_the_send_time_behind_each_record_is_passed_over(tmp_path: Path) -> None:
    parts = []
    for at in range(30):
        record = bytearray(mbo("A", at, 1, at=at)[:56] + (T0 + at).to_bytes(8, "little"))
        record[0] = 16
        parts.append(bytes(record))
    feed = DbnFeed([file(tmp_path, metadata(ts_out=True), *parts)])
    assert play(feed)["mbo"]["oid"].tolist() == list(range(30)) and not feed.counters.undecodable


def test_no_file() -> None:
    with pytest.raises(FeedError, match="no such file"):
        DbnFeed(["/nowhere/a.dbn"])


GOOD = [stripped(mbo("A", 1_000 + at, 7, at=at)) for at in range(20)]


@given(st.binary(min_size=1, max_size=400), st.integers(0, 19), st.booleans())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_among_records_are_quarantined_and_the_records_behind_arrive(
    tmp_path: Path, noise: bytes, at: int, whole: bool
) -> None:
    """Noise may look like a record, and swallow one or two good ones, but never what comes behind those."""
    quarantine = Quarantine(tmp_path / "q.tsv")
    head = noise if whole and at == 0 else metadata() + b"".join(GOOD[:at]) + noise
    feed = DbnFeed([file(tmp_path, head, *GOOD[at:], *GOOD[at:], *GOOD)], quarantine=quarantine)
    made = play(feed)["mbo"]
    assert made["oid"].tolist()[-10:] == list(range(1_010, 1_020))
    assert feed.counters.undecodable == quarantine.count
    lost = 20 + len(GOOD[at:]) * 2 + (0 if whole and at == 0 else at) - len(made["oid"])
    assert lost <= 12


def test_damaged_metadata_and_torn_ends_are_told(tmp_path: Path) -> None:
    good = metadata()
    broken = good[:8] + bytes(len(good) - 8)
    quarantine = Quarantine()
    feed = DbnFeed([file(tmp_path, broken, *GOOD, GOOD[0][:30])], quarantine=quarantine)
    assert len(play(feed)["mbo"]["oid"]) == 20
    assert set(quarantine.reasons) <= {"metadata", "record"} and quarantine.reasons["record"] >= 1


def test_a_torn_zstd_file_gives_what_it_holds(tmp_path: Path) -> None:
    whole = io.BytesIO()
    import pyarrow as pa

    with pa.CompressedOutputStream(whole, "zstd") as out:
        rng = np.random.default_rng(1)
        out.write(
            metadata()
            + b"".join(stripped(mbo("A", int(o), 1, at=at)) for at, o in enumerate(rng.integers(1, 2**62, 60_000)))
        )
        out.flush()
        data = whole.getvalue()
    feed = DbnFeed([file(tmp_path, data[: len(data) // 2], name="t.dbn.zst")])
    found = len(play(feed)["mbo"]["oid"])
    assert 0 < found < 60_000 and feed.counters.undecodable


def test_publishers_have_names() -> None:
    assert publisher_venue(2) == "XNAS" and publisher_venue(65_535) == ""
