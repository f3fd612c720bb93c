"""FIX market data: books of entries by id, place and price, log files, and a subscription over real sessions."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import quickfix
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from slipstream.engine.base import free_ports
from slipstream.errors import FixError
from slipstream.feed.base import Batch, Counters, Quarantine
from slipstream.fix.engine import Endpoint, SessionApp, Sessions, Signal, message_of, send
from slipstream.fix.entries import EntryBook, Gap, MarketData
from slipstream.fix.marketfeed import FixLogFeed, FixMarketFeed
from slipstream.fix.message import build, format_time, parse

T0 = 1_723_213_800_000_000_000
Fields = list[tuple[int, str]]


def raw(kind: str, fields: Fields, seq: int = 1, at: int = 0, more: Fields = ()) -> bytes:
    return build(
        [(8, "FIX.4.4"), (35, kind), (34, str(seq)), (49, "LP"), (56, "US"), (52, format_time(T0 + at)), *more, *fields]
    )


def snapshot(*entries: Fields, sym: str = "EURUSD", seq: int = 1, **options: Any) -> bytes:
    return raw(
        "W",
        [(262, "r"), (55, sym), (268, str(len(entries))), *(field for entry in entries for field in entry)],
        seq,
        **options,
    )


def increment(*entries: Fields, seq: int = 2, **options: Any) -> bytes:
    return raw(
        "X", [(262, "r"), (268, str(len(entries))), *(field for entry in entries for field in entry)], seq, **options
    )


def entry(
    kind: str, price: float | None = None, size: float | None = None, action: str = "", sym: str = "", **tags: str
) -> Fields:
    """An entry; further tags as t278="x"."""
    made = [(279, action), (269, kind), (278, tags.get("t278", "")), (55, sym)]
    made += [(270, "" if price is None else str(price)), (271, "" if size is None else str(size))]
    made += [(int(name[1:]), value) for name, value in tags.items() if name != "t278"]
    return [(tag, value) for tag, value in made if value]


class Taker:
    """What comes of messages."""

    def __init__(self, depth: int = 0, *, live: bool = False) -> None:
        self.counters, self.quarantine = Counters(), Quarantine()
        self.data = MarketData(self.counters, self.quarantine, depth=depth, live=live)

    def __call__(self, message: bytes, at: int = 0) -> dict[str, list[tuple[Any, ...]]]:
        found: dict[str, list[tuple[Any, ...]]] = {}
        for table, row in self.data.take(parse(message), T0 + at, "s"):
            found.setdefault(table, []).append(row)
        return found


def test_a_snapshot_and_increments_by_price() -> None:
    take = Taker()
    made = take(
        snapshot(
            entry("0", 1.10, 5),
            entry("0", 1.09, 7),
            entry("1", 1.11, 6),
            entry("2", 1.105, 1, t2446="2", t1003="77", t277="U"),
        )
    )
    assert [row[3:6] for row in made["depth"]] == [("buy", 1.10, 5), ("buy", 1.09, 7), ("sell", 1.11, 6)]
    assert made["quote"] == [(T0, "EURUSD", "LP", 1.10, 1.11, 5, 6, T0, 1)]
    assert made["trade"] == [(T0, "EURUSD", "LP", 1.105, 1, "sell", "U", T0, 77)]
    made = take(increment(entry("0", 1.10, action="2", sym="EURUSD"), entry("1", 1.12, 3, action="0"), seq=9), at=5)
    assert [row[3:6] for row in made["depth"]] == [("buy", 1.10, 0), ("sell", 1.12, 3)]
    assert made["quote"] == [(T0 + 5, "EURUSD", "LP", 1.09, 1.11, 7, 6, T0, 9)]
    # a snapshot that says the same changes nothing
    assert take(snapshot(entry("1", 1.12, 3), entry("1", 1.11, 6), entry("0", 1.09, 7))) == {}
    made = take(snapshot(entry("J")))
    assert [row[5] for row in made["depth"]] == [0, 0, 0] and all(map(math.isnan, made["quote"][0][3:7]))


@pytest.mark.parametrize("live", [False, True])
def test_no_print_of_a_snapshot_comes_twice(live: bool) -> None:
    """Each subscription begins with the latest prints: after a logon what was missed is taken, after a start nothing of an earlier run."""

    def prints(*sizes: int) -> list[Fields]:
        return [entry("2", 1.1, size, t273="10:00:00", sym="EURUSD") for size in sizes]

    def new(size: int) -> Fields:
        return entry("2", 1.1, size, action="0", t273="10:00:00", sym="EURUSD")

    take = Taker(live=live)
    found = [take(message).get("trade", []) for message in (
        snapshot(*prints(1, 2)), increment(new(3), new(3)), snapshot(*prints(2, 3, 3, 3, 4)), increment(new(4)), snapshot(*prints(4, 4)),
    )]  # fmt: skip
    assert [[row[4] for row in rows_] for rows_ in found] == [[] if live else [1, 2], [3, 3], [3, 4], [4], []]
    assert take.counters.repeated == 5


@pytest.mark.parametrize("ids", [True, False])
def test_a_book_is_bounded(monkeypatch: pytest.MonkeyPatch, ids: bool) -> None:
    from slipstream.fix import entries as module

    monkeypatch.setattr(module, "_ENTRIES", 5)
    take = Taker()
    take(snapshot(*(entry("0", 1 + n / 100, 5, t278=f"e{n}" if ids else "") for n in range(9))))
    (book,) = take.data.books.values()
    assert len(book.sizes["buy"]) == 5 and take.counters.undecodable == 1
    # what is known is changed all the same, and room that is made is used
    take(increment(entry("0", 1.0, action="2", sym="EURUSD", t278="e0" if ids else ""), seq=3))
    take(increment(entry("0", 2.0, 1, action="0", sym="EURUSD", t278="new" if ids else ""), seq=4))
    assert 2.0 in book.sizes["buy"] and len(book.sizes["buy"]) == 5


def test_entries_with_ids_are_added_up_by_price() -> None:
    take = Taker()
    take(snapshot(entry("0", 1.10, 5, t278="a"), entry("0", 1.10, 2, t278="b"), entry("1", 1.2, 1, t278="c")))
    assert take.data.books["EURUSD", "LP"].sizes == {"buy": {1.10: 7}, "sell": {1.2: 1}}
    made = take(
        increment(
            entry("0", action="2", t278="a", sym="EURUSD"),
            entry("1", 1.15, action="1", t278="c"),
            entry("1", 1.16, 9, action="1", t278="d", t280="c"),
        )
    )
    assert [row[3:6] for row in made["depth"]] == [("sell", 1.2, 0), ("buy", 1.10, 2), ("sell", 1.16, 9)]
    made = take(increment(entry("0", action="2", t278="a", sym="EURUSD")))
    assert made == {} and take.counters.gaps == 1 and take.quarantine.reasons == {"gap": 1}


def test_places_move_and_what_is_pushed_beyond_the_depth_is_gone() -> None:
    take = Taker(depth=3)
    take(snapshot(*(entry("0", 10 - at, at, t1023=str(at)) for at in (1, 2, 3))))
    book = take.data.books["EURUSD", "LP"].sizes["buy"]
    assert book == {9: 1, 8: 2, 7: 3}
    take(increment(entry("0", 9.5, 4, action="0", sym="EURUSD", t1023="1")))
    assert book == {9.5: 4, 9: 1, 8: 2}
    take(increment(entry("0", action="2", sym="EURUSD", t1023="2"), entry("0", 7, 1, action="5", t1023="2")))
    assert book == {9.5: 4, 7: 1}
    take(increment(entry("0", action="3", sym="EURUSD", t1023="1")))
    assert book == {7: 1}
    take(increment(entry("0", 6, 1, action="0", sym="EURUSD", t1023="2"), entry("0", action="4", t1023="2")))
    assert book == {7: 1} and not take.counters.gaps
    take(increment(entry("0", action="2", sym="EURUSD", t1023="3")))
    assert take.counters.gaps == 1


def test_the_best_bid_and_offer_alone_make_no_depth() -> None:
    take = Taker(depth=1)
    assert set(take(snapshot(entry("0", 1, 5), entry("1", 2, 6)))) == {"quote"}


def test_numbers_of_entries_and_markets() -> None:
    take = Taker()
    take(snapshot(entry("0", 1, 5, t83="10"), entry("1", 2, 6, t83="10", t275="XA")))
    assert set(take.data.books) == {("EURUSD", "LP"), ("EURUSD", "XA")}
    made = take(increment(entry("0", 1, 6, action="1", sym="EURUSD", t83="11", t272="20240809", t273="14:29:59.5")))
    assert made["quote"][0][-2:] == (T0 - 500_000_000, 11) and not take.counters.gaps
    take(increment(entry("0", 1, 7, action="1", sym="EURUSD", t83="13")))
    assert take.counters.gaps == 1


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (increment(entry("0", 1, 1, action="7", sym="A")), "form"),
        (increment(entry("0", 1, 1, action="0")), "absent"),
        (increment(entry("0", 1, None, action="0", sym="A")), "absent"),
        (increment(entry("0", None, 1, action="0", sym="A")), "absent"),
        (increment(entry("0", 1, 1, action="0", sym="A", t1023="x")), "number"),
        (increment(entry("0", 1, 1, action="3", sym="A")), "absent"),
        (raw("W", [(55, "A"), (268, "2"), (269, "0"), (270, "1"), (271, "1")]), "form"),
        (raw("W", [(55, "A"), (268, "1"), (269, "0"), (270, "1e999"), (271, "1")]), "number"),
        (raw("W", [(55, "A"), (268, "1"), (269, "0"), (270, "1"), (271, "1"), (273, "25:00:00")]), "time"),
        (raw("Y", [(262, "r"), (281, "0"), (58, "no such thing")]), "refused"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_counted_and_kept(message: bytes, reason: str) -> None:
    take = Taker()
    take(message)
    assert take.quarantine.reasons == {reason: 1}
    assert (take.counters.refused if reason == "refused" else take.counters.undecodable) == 1
    assert take(snapshot(entry("0", 1, 5)))["quote"]


def test_one_bad_entry_costs_no_other() -> None:
    take = Taker()
    made = take(increment(entry("0", 1, None, action="0", sym="A"), entry("1", 2, 4, action="0")))
    assert [row[3:6] for row in made["depth"]] == [("sell", 2, 4)] and take.counters.undecodable == 1


OPS = st.lists(
    st.tuples(
        st.sampled_from("0125"),
        st.sampled_from(("buy", "sell")),
        st.integers(1, 6),
        st.integers(1, 8),
        st.integers(1, 9),
    ),
    max_size=60,
)


@given(OPS)
@settings(max_examples=150, deadline=None)
def test_books_by_id_agree_with_a_list_of_entries(ops: list[tuple[str, str, int, int, int]]) -> None:
    book, plain = EntryBook(), {}
    follower: dict[tuple[str, float], float] = {}
    for action, side, name, price, size in ops:
        try:
            book.apply(action, side, {278: str(name), 270: str(price), 271: str(size)})
        except Gap:
            assert name not in plain
        if action == "2":
            plain.pop(name, None)
        else:
            plain[name] = (side, price, size)
        for one, at, amount in book.settle():
            follower[one, at] = amount
        wanted: dict[tuple[str, float], float] = {}
        for one, at, amount in plain.values():
            wanted[one, at] = wanted.get((one, at), 0) + amount
        assert {key: amount for key, amount in follower.items() if amount} == wanted


@given(OPS)
@settings(max_examples=150, deadline=None)
def test_books_by_place_agree_with_a_list(ops: list[tuple[str, str, int, int, int]]) -> None:
    book, plain = EntryBook(), {"buy": [], "sell": []}
    for action, side, place, price, size in ops:
        try:
            book.apply(action, side, {1023: str(place), 270: str(price), 271: str(size)})
        except Gap:
            assert place > len(plain[side]) or len(plain[side]) < place + 1
        if action == "2":
            del plain[side][place - 1 : place]
        elif action == "0" or place > len(plain[side]):
            plain[side].insert(place - 1, (price, size))
        else:
            plain[side][place - 1] = (price, size)
        for one, levels in plain.items():
            wanted: dict[float, float] = {}
            for at, amount in levels:
                wanted[at] = wanted.get(at, 0) + amount
            assert book.sizes[one] == wanted


def log(tmp_path: Path, *messages: bytes, between: bytes = b"\n", name: str = "m.log") -> Path:
    path = tmp_path / name
    path.write_bytes(between.join(messages) + b"\n")
    return path


def rows(batches: Iterator[Batch], table: str, column: str) -> list[Any]:
    return [value for batch in batches if table in batch.tables for value in batch.tables[table][column].tolist()]


def test_log_files_give_rows_and_repeats_are_passed_over(tmp_path: Path) -> None:
    parts = [
        raw("V", [(262, "r"), (264, "1")], 1), snapshot(entry("0", 1, 5), seq=2), snapshot(entry("0", 1, 6), seq=3, at=10), snapshot(entry("0", 1, 5), seq=2, at=20, more=[(43, "Y")]),
        raw("D", [(11, "c")], 4, at=30), increment(entry("0", 1, 7, action="1", sym="EURUSD"), seq=5, at=40),
    ]  # fmt: skip
    feed = FixLogFeed([log(tmp_path, *(part.replace(b"\1", b"|") for part in parts))])
    batches = list(feed.batches(1_000_000_000))
    assert rows(iter(batches), "quote", "bsize") == [5, 6, 7] and not rows(iter(batches), "depth", "size")
    assert feed.counters.messages == 6 and feed.counters.ignored == 3
    with pytest.raises(FixError, match="no such file"):
        FixLogFeed([tmp_path / "none"])


@given(
    st.lists(st.binary(max_size=80), max_size=5),
    st.lists(
        st.tuples(
            st.sampled_from([55, 268, 269, 270, 271, 278, 279, 280, 1023, 273, 83]), st.text("019.-AJ", max_size=4)
        ),
        max_size=12,
    ),
    st.sampled_from("WX"),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_never_stop_the_feed(tmp_path: Path, noise: list[bytes], fields: Fields, kind: str) -> None:
    quarantine = Quarantine()
    parts = [snapshot(entry("0", 1, 5)), *noise, raw(kind, fields, 7), snapshot(entry("0", 1, 5), sym="LAST", seq=9)]
    feed = FixLogFeed([log(tmp_path, *parts)], quarantine=quarantine)
    assert "LAST" in rows(feed.batches(1_000_000_000), "depth", "sym")
    assert feed.counters.undecodable <= quarantine.count


class Provider:
    """A liquidity provider that answers requests."""

    def __init__(self, folder: Path, port: int) -> None:
        self.requests: list[bytes] = []
        self.endpoint = Endpoint("LP", "US", port, store=folder / "lp", heartbeat_s=1)
        self.sessions = Sessions(SessionApp(Signal(), self._take), [self.endpoint], accept=True)
        self.sessions.start()

    def _take(self, session: str, message: bytes) -> None:
        self.requests.append(message)
        symbols = [group[55] for group in parse(message, check=False).groups(55)]
        for sym in symbols:
            if sym == "NONE":
                send(self.endpoint, message_of("Y", [(262, "r"), (281, "0")]))
                continue
            made = message_of("W", [(262, "r"), (55, sym)])
            # prices before sizes of both sides: the order of fields matters
            for side, price in (("0", "1.10"), ("1", "1.12")):
                group = quickfix.Group(268, 269)
                for tag, value in ((269, side), (270, price), (271, str(len(self.requests)))):
                    group.setField(tag, value)
                made.addGroup(group)
            send(self.endpoint, made)
            update = message_of("X", [(262, "r")])
            group = quickfix.Group(268, 279)
            for tag, value in ((279, "0"), (269, "2"), (55, sym), (270, "1.11"), (271, "3")):
                group.setField(tag, value)
            update.addGroup(group)
            send(self.endpoint, update)


def test_sessions_subscribe_at_each_logon_and_refusals_are_told(tmp_path: Path) -> None:
    (port,) = free_ports()
    provider = Provider(tmp_path, port)
    stop, quarantine = threading.Event(), Quarantine()
    endpoint = Endpoint("US", "LP", port, store=tmp_path / "us", heartbeat_s=1)
    recording = tmp_path / "r" / "market.log"
    feed = FixMarketFeed(
        [([endpoint], False)], ["EURUSD", "NONE"], stop, depth=5, quarantine=quarantine, record=recording
    )
    found: list[Batch] = []
    thread = threading.Thread(target=lambda: found.extend(feed.batches(20_000_000)))
    thread.start()
    try:
        began = time.time_ns()
        _until(lambda: len(rows(iter(found), "trade", "price")) == 1 and feed.counters.refused == 1)
        provider.sessions.stop()
        provider = Provider(tmp_path, port)
        _until(lambda: len(rows(iter(found), "trade", "price")) == 2)
    finally:
        stop.set()
        thread.join()
        provider.sessions.stop()
    first = parse(provider.requests[0], check=False)
    assert (first.get(263), first.get(264), first.get(265)) == ("1", "5", "1")
    assert [group[269] for group in first.groups(269)] == ["0", "1", "2"]
    assert rows(iter(found), "quote", "bid") == [1.10] and rows(iter(found), "quote", "ask") == [1.12]
    assert rows(iter(found), "depth", "side") == ["buy", "sell"]
    assert all(began <= moment <= time.time_ns() for moment in rows(iter(found), "trade", "time"))
    assert quarantine.reasons["refused"] == 2
    # the recording, requests and all, gives the same rows
    again = list(FixLogFeed([recording]).batches(1_000_000_000))
    for table in ("quote", "depth", "trade"):
        for column in ("time", "sym", "venue", "etime", "seq"):
            assert rows(iter(again), table, column) == rows(iter(found), table, column), (table, column)


def _until(done: Any) -> None:
    deadline = time.monotonic() + 180
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.01)


class NoSessions:
    """In place of QuickFIX: nothing comes."""

    def __init__(self, app: SessionApp, *_: Any, accept: bool) -> None:
        self.app = app

    def start(self) -> None:
        pass

    def stop(self) -> None:
        pass


def test_while_nothing_comes_whoever_publishes_can_look_at_the_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("slipstream.fix.marketfeed.Sessions", NoSessions)
    stop, found = threading.Event(), list[Batch]()
    feed = FixMarketFeed([([Endpoint("US", "LP", 1, store=tmp_path)], False)], ["A"], stop)
    thread = threading.Thread(target=lambda: found.extend(feed.batches(1_000_000)))
    thread.start()
    try:
        _until(lambda: len(found) > 2)
    finally:
        stop.set()
        thread.join()
    assert all(batch.tables == {} and batch.messages == 0 for batch in found)


@pytest.mark.parametrize("where", ["message", "logon"])
def test_a_session_that_cannot_go_on_ends_the_feed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    """A disk that is full when a message or a request is to be recorded: QuickFIX goes on, and would be given nothing to publish."""
    monkeypatch.setattr("slipstream.fix.marketfeed.Sessions", NoSessions)

    def full(*_: object) -> None:
        raise OSError("no space left on device")

    endpoint = Endpoint("US", "LP", 1, store=tmp_path)
    feed = FixMarketFeed([([endpoint], False)], ["A"], threading.Event())
    (side,) = feed._sides
    if where == "logon":
        monkeypatch.setattr("slipstream.fix.marketfeed.send", full)
        side.app.onLogon(endpoint.id)
    else:
        monkeypatch.setattr(feed, "_keep", full)
        monkeypatch.setattr("slipstream.fix.engine.quickfix.Session.lookupSession", lambda _: side)
        monkeypatch.setattr(side, "setNextTargetMsgSeqNum", lambda _: None, raising=False)
        side.app.fromApp(message_of("W", [(55, "A")], [(34, "2")]), endpoint.id)
    with pytest.raises(FixError, match="no space left on device"):
        list(islice(feed.batches(1_000_000), 5))


def test_a_session_without_dictionary_or_symbols_is_refused(tmp_path: Path) -> None:
    bare = Endpoint("US", "LP", 1, store=tmp_path, validate=False)
    with pytest.raises(FixError, match="UseDataDictionary=Y"):
        FixMarketFeed([([bare], False)], ["A"], threading.Event())
    with pytest.raises(FixError, match="no symbols"):
        FixMarketFeed([], [], threading.Event())
