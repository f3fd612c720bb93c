"""Venues live, against a server in this process that behaves as their documentation says, or worse; and the replay of what was recorded."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fakevenue import FakeVenue, Session
from playing import book_of, play
from test_kraken import example, instrument

from slipstream.feed.base import Quarantine
from slipstream.feed.binance import Binance, BinanceUsdm
from slipstream.feed.coinbase import Coinbase
from slipstream.feed.frames import read_frames
from slipstream.feed.kraken import Kraken
from slipstream.feed.l2 import Publication
from slipstream.feed.live import Timing, backoff
from slipstream.feed.schema import Columns, join
from slipstream.feed.venues import LiveFeed, replayed

FAST = Timing(first_s=0.02, longest_s=0.1, open_s=5.0, tick_s=0.01)


class Run:
    """A live feed in a thread of its own, until something holds of it."""

    def __init__(
        self,
        fake: FakeVenue,
        name: str,
        kind: Any,
        symbols: list[str],
        folder: Path,
        publication: Publication | None = None,
        timing: Timing = FAST,
    ) -> None:
        self.quarantine = Quarantine()
        self.stop = threading.Event()
        self.feed = LiveFeed(
            {name: symbols},
            self.stop,
            urls=fake.urls(kind, name),
            record=folder,
            quarantine=self.quarantine,
            timing=timing,
            publication=publication,
        )
        self.parts: dict[str, list[Columns]] = {}
        self.stamps: dict[str, list[tuple[int, int]]] = {}
        self.error: BaseException | None = None
        self.venue: Any = self.feed.venues[name]
        self._fake = fake
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        try:
            for batch in self.feed.batches(100_000_000):
                for table, made in batch.tables.items():
                    self.parts.setdefault(table, []).append(made)
                for source, pairs in (batch.stamps or {}).items():
                    self.stamps.setdefault(source, []).extend(pairs)
        except BaseException as error:  # noqa: BLE001 - raised again by `until`
            self.error = error

    def until(self, holds: Callable[[], bool]) -> dict[str, Columns]:
        """Run until it holds, stop, and give the rows."""
        self._thread.start()
        deadline = time.monotonic() + 180
        while not holds() and self._thread.is_alive():
            assert time.monotonic() < deadline, (self.feed.counters, self.quarantine.reasons, self._fake.errors)
            time.sleep(0.01)
        self.stop.set()
        self._thread.join()
        if self.error is not None:
            raise self.error
        return {table: join(made) for table, made in self.parts.items()}


def same(one: dict[str, Columns], other: dict[str, Columns]) -> bool:
    """Whether two sets of tables are equal, nulls and times included."""
    return one.keys() == other.keys() and all(
        list(one[t]) == list(other[t])
        and all(np.array_equal(one[t][c], other[t][c], equal_nan=one[t][c].dtype.kind in "fM") for c in one[t])
        for t in one
    )


def again(folder: Path, publication: Publication | None = None) -> tuple[dict[str, Columns], Any]:
    """The rows of a recording."""
    feed = replayed(sorted(folder.glob("*.frames.gz")), publication=publication)
    return play(feed), feed


def depth(first: int, last: int, bids: list[list[str]], asks: list[list[str]], **more: Any) -> dict[str, Any]:
    data = {
        "e": "depthUpdate",
        "E": 1_700_000_000_000,
        "s": "BTCUSDT",
        "U": first,
        "u": last,
        "b": bids,
        "a": asks,
        **more,
    }
    return {"stream": "btcusdt@depth@100ms", "data": data}


def snapshot(last: int, bids: list[list[str]], asks: list[list[str]]) -> dict[str, Any]:
    return {"lastUpdateId": last, "bids": bids, "asks": asks}


STATE = {"symbols": [{"symbol": "BTCUSDT", "status": "TRADING"}]}


@pytest.mark.parametrize(
    "publication",
    [Publication(), Publication(depth="conflated", bbo="conflated", every_ns=20_000_000)],
    ids=["every", "conflated"],
)
def test_binance_snapshot_race_gap_garbage_and_disconnect(tmp_path: Path, publication: Publication) -> None:
    """
    The first snapshot is older than the first update, so another is asked for; garbage is skipped; a missing update has the book got
    anew; a connection that breaks is made again, with another snapshot. The recording gives the rows that were made live.
    """

    def script(session: Session) -> None:
        assert session.get()["method"] == "SUBSCRIBE"
        session.send({"result": None, "id": 1})
        if session.number == 1:
            session.send(depth(101, 102, [["90", "1"]], [["101", "2"]]), depth(103, 104, [["91", "1"]], []))
            wait(lambda: fake.asked.get("/api/v3/depth", 0) >= 2)
            session.send("{not json", b"\xff\xfe\x00", json.dumps([1]), depth(105, 106, [["92", "3"]], []))
            wait(lambda: last_id(run) == 106)
            session.send(depth(109, 110, [["93", "1"]], []))
            wait(lambda: last_id(run) == 110)
            return
        session.send(depth(201, 202, [["95", "1"]], [["99", "1"]]))
        wait(lambda: last_id(run) == 202)
        session.send(
            {
                "stream": "btcusdt@trade",
                "data": {"e": "trade", "E": 1, "s": "BTCUSDT", "t": 5, "p": "95", "q": "1", "T": 1, "m": True},
            }
        )
        session.wait_for_end()

    snapshots = {
        1: snapshot(99, [["1", "1"]], [["2", "1"]]),
        2: snapshot(103, [["90", "1"], ["91", "1"]], [["101", "2"]]),
        3: snapshot(109, [["91", "1"]], [["100", "1"]]),
        4: snapshot(201, [["94", "1"]], [["99", "4"]]),
    }
    fake = FakeVenue(script)
    fake.rest["/api/v3/depth"] = lambda count: (200, snapshots[count])
    fake.rest["/api/v3/exchangeInfo"] = lambda count: (200, STATE)
    with fake.running():
        run = Run(fake, "binance", Binance, ["BTCUSDT"], tmp_path, publication)
        made = run.until(lambda: "trade" in run.parts)
    counters = run.feed.counters
    assert fake.errors == []
    assert (counters.gaps, counters.resyncs, counters.undecodable, counters.disconnects) == (1, 1, 3, 1)
    assert run.quarantine.reasons == {"undecodable": 3, "gap": 1}
    book = run.venue.books["BTCUSDT"]
    assert (book.bids, book.asks, book.synced) == ({94.0: 1.0, 95.0: 1.0}, {99.0: 1.0}, True)
    assert book_of(made["depth"]) == {("buy", 94.0): 1.0, ("buy", 95.0): 1.0, ("sell", 99.0): 1.0}
    assert [(s, r) for s, r in zip(made["status"]["state"], made["status"]["reason"], strict=True)] == [
        ("continuous", "trading")
    ]
    assert {made_at for made_at, _ in run.stamps["binance"]} == {1_700_000_000_000_000_000, 1_000_000}
    assert all(abs(received - time.time_ns()) < 300e9 for _, received in run.stamps["binance"])
    replay, feed = again(tmp_path, publication)
    assert same(made, replay)
    assert (feed.counters.gaps, feed.counters.resyncs, feed.counters.undecodable, feed.counters.torn) == (1, 1, 3, 0)


def wait(holds: Callable[[], bool]) -> None:
    """For scripts: until the other side has come so far."""
    deadline = time.monotonic() + 180
    while not holds():
        assert time.monotonic() < deadline, "the client has not come so far"
        time.sleep(0.005)


def last_id(run: Run) -> int | None:
    """Up to which update the book has come; None when it is not synchronised."""
    book = run.venue.books.get("BTCUSDT")
    return None if book is None else book.last_id


def test_binance_futures_have_two_connections_and_follow_pu(tmp_path: Path) -> None:
    seen: list[list[str]] = []

    def script(session: Session) -> None:
        streams = session.get()["params"]
        seen.append(streams)
        if any("@depth" in stream for stream in streams):
            session.send(depth(10, 20, [["90", "1"]], [["101", "2"]], pu=8, T=1_700_000_000_001))
            wait(lambda: last_id(run) is not None)
            session.send(depth(30, 35, [["91", "1"]], [], pu=20, T=1_700_000_000_002))
        else:
            session.send(
                {"stream": "!contractInfo", "data": {"e": "contractInfo", "E": 5, "s": "BTCUSDT", "cs": "SETTLING"}}
            )
        session.wait_for_end()

    fake = FakeVenue(script)
    fake.rest["/fapi/v1/depth"] = lambda count: (
        (200, snapshot(15, [["80", "1"]], [["102", "1"]])) if count > 2 else (429, {"code": -1003})
    )
    with fake.running():
        run = Run(fake, "binanceum", BinanceUsdm, ["BTCUSDT"], tmp_path)
        made = run.until(lambda: "status" in run.parts and last_id(run) == 35)
    assert fake.errors == []
    assert sorted(map(sorted, seen)) == [
        ["!contractInfo", "btcusdt@aggTrade"],
        ["btcusdt@bookTicker", "btcusdt@depth@100ms"],
    ]
    assert fake.asked["/fapi/v1/depth"] == 3
    assert (run.feed.counters.gaps, run.quarantine.count) == (0, 0)
    assert book_of(made["depth"]) == {
        ("buy", 80.0): 1.0,
        ("buy", 90.0): 1.0,
        ("buy", 91.0): 1.0,
        ("sell", 101.0): 2.0,
        ("sell", 102.0): 1.0,
    }
    assert list(made["status"]["state"]) == ["halted"]
    assert same(made, again(tmp_path)[0])


def test_kraken_subscribes_the_book_anew_after_a_wrong_checksum(tmp_path: Path) -> None:
    def script(session: Session) -> None:
        assert session.get()["params"]["channel"] == "instrument"
        session.send(instrument())
        assert [session.get()["params"]["channel"] for _ in range(3)] == ["book", "trade", "ticker"]
        session.send(example().decode())
        wrong = {
            "symbol": "BTC/USD",
            "bids": [{"price": 1.5, "qty": 1.0}],
            "asks": [],
            "checksum": 7,
            "timestamp": "2023-11-14T22:13:20.5Z",
        }
        session.send({"channel": "book", "type": "update", "data": [wrong]})
        assert [session.get()["method"] for _ in range(2)] == ["unsubscribe", "subscribe"]
        session.send(example().decode())
        session.wait_for_end()

    fake = FakeVenue(script)
    with fake.running():
        run = Run(fake, "kraken", Kraken, ["BTC/USD"], tmp_path)
        made = run.until(lambda: run.feed.counters.checksums == 3)
    assert fake.errors == []
    assert (run.feed.counters.mismatches, run.feed.counters.resyncs, run.quarantine.reasons) == (1, 1, {"mismatch": 1})
    assert len(book_of(made["depth"])) == 20
    assert same(made, again(tmp_path)[0])


def test_coinbase_connects_anew_when_a_message_is_missing(tmp_path: Path) -> None:
    def message(number: int, kind: str, *levels: tuple[str, str, str]) -> dict[str, Any]:
        updates = [
            {"side": side, "event_time": "1970-01-01T00:00:00Z", "price_level": price, "new_quantity": size}
            for side, price, size in levels
        ]
        return {
            "channel": "l2_data", "client_id": "", "timestamp": "2023-11-14T22:13:20.123456789Z", "sequence_num": number,
            "events": [{"type": kind, "product_id": "BTC-USD", "updates": updates}],
        }  # fmt: skip

    def script(session: Session) -> None:
        assert [session.get()["channel"] for _ in range(4)] == ["level2", "market_trades", "status", "heartbeats"]
        session.send(message(0, "snapshot", ("bid", "90", "1"), ("offer", "91", "2")))
        if session.number == 1:
            session.send(message(1, "update", ("bid", "90", "3")), message(3, "update", ("bid", "90", "9")))
            session.wait_for_end()
            return
        session.send(message(1, "update", ("offer", "91", "0"), ("offer", "92", "1")))
        session.wait_for_end()

    fake = FakeVenue(script)
    with fake.running():
        run = Run(fake, "coinbase", Coinbase, ["BTC-USD"], tmp_path)
        made = run.until(lambda: "BTC-USD" in run.venue.books and run.venue.books["BTC-USD"].asks == {92.0: 1.0})
    assert fake.errors == []
    counters = run.feed.counters
    assert (counters.gaps, counters.resyncs, counters.disconnects, run.quarantine.reasons) == (1, 1, 1, {"gap": 1})
    assert book_of(made["depth"]) == {("buy", 90.0): 1.0, ("sell", 92.0): 1.0}
    assert (made["quote"]["bid"][-1], made["quote"]["ask"][-1], made["quote"]["bsize"][-1]) == (90.0, 92.0, 1.0)
    assert same(made, again(tmp_path)[0])


def test_a_feed_started_again_publishes_no_print_twice_and_tells_what_it_missed(tmp_path: Path) -> None:
    """Kraken sends the latest prints with the subscription: of those the plant's last is known by, what came meanwhile is taken."""

    def print_(number: int) -> dict[str, Any]:
        return {
            "symbol": "BTC/USD", "side": "sell", "price": 4.5, "qty": 0.5, "ord_type": "market", "trade_id": number,
            "timestamp": "2023-11-14T22:13:20.5Z",
        }  # fmt: skip

    def script(session: Session) -> None:
        session.get()
        session.send(instrument())
        for _ in range(3):
            session.get()
        for kind, numbers in (("snapshot", (5, 6, 7, 8)), ("update", (9, 10))):
            session.send({"channel": "trade", "type": kind, "data": [print_(number) for number in numbers]})
        session.wait_for_end()

    for name, last, expected, gaps in (
        ("first", {}, [9, 10], 0),
        ("again", {"kraken BTC/USD": 6, "coinbase BTC/USD": 1}, [7, 8, 9, 10], 0),
        ("late", {"kraken BTC/USD": 2}, [5, 6, 7, 8, 9, 10], 1),
        ("ahead", {"kraken BTC/USD": 9}, [10], 0),
    ):
        fake = FakeVenue(script)
        with fake.running():
            run = Run(fake, "kraken", Kraken, ["BTC/USD"], tmp_path / name)
            run.feed.resume(last)
            made = run.until(lambda run=run: "trade" in run.parts and run.parts["trade"][-1]["seq"][-1] == 10)  # type: ignore[misc]
        assert (made["trade"]["seq"].tolist(), run.feed.counters.gaps) == (expected, gaps), name
        assert same(made, again(tmp_path / name)[0])


def test_a_connection_on_which_nothing_is_heard_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Kraken, "quiet_s", 0.2)
    fake = FakeVenue(lambda session: session.wait_for_end())
    with fake.running():
        run = Run(fake, "kraken", Kraken, ["BTC/USD"], tmp_path)
        run.until(lambda: fake.connections >= 2)
    reasons = [frame.data for frame in read_frames(run.feed.recorder.files, pytest.fail) if frame.kind == "close"]
    assert reasons[0] == b"stale: nothing was heard for 0.2 s"


def test_a_venue_that_is_not_there_is_tried_again(tmp_path: Path) -> None:
    fake = FakeVenue(lambda session: None)
    run = Run(fake, "kraken", Kraken, ["BTC/USD"], tmp_path)
    fake._server.socket.close()
    run.until(lambda: run.feed.counters.disconnects >= 3)


def test_waits_grow_to_a_limit_and_are_spread() -> None:
    timing = Timing(first_s=0.5, longest_s=30.0)
    assert [backoff(n, timing, 0.0) for n in (1, 2, 3, 7, 8, 1000)] == [0.5, 1.0, 2.0, 30.0, 30.0, 30.0]
    assert (backoff(3, timing, 1.0), backoff(3, timing, 0.5)) == (1.0, 1.5)


def test_secrets_are_not_recorded(tmp_path: Path) -> None:
    from slipstream.feed.coinbase import CoinbaseExchange
    from slipstream.feed.keys import Credentials, Keys

    got: list[Any] = []

    def script(session: Session) -> None:
        got.append(session.get())
        session.wait_for_end()

    fake = FakeVenue(script)
    with fake.running():
        stop, key = threading.Event(), Credentials("thekey", "c2VjcmV0", "pass")
        urls = fake.urls(CoinbaseExchange, "coinbase-exchange")
        feed = LiveFeed(
            {"coinbase-exchange": ["BTC-USD"]}, stop, urls=urls, keys=Keys(exchange=key), record=tmp_path, timing=FAST
        )
        for _ in feed.batches(100_000_000):
            if got:
                stop.set()
    assert got[0]["key"] == "thekey" and got[0]["channels"][0] == "level2"
    frames = list(read_frames(feed.recorder.files, pytest.fail))
    assert [frame.data for frame in frames if frame.kind == "out"] in ([], [b"(not recorded)"])
    assert not any(b"thekey" in frame.data for frame in frames)


def test_the_command_publishes_what_arrives_and_ends_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`slipstream feed kraken`: rows reach the plant while the venue is quiet, and Ctrl-C ends it with a report."""
    import os
    import signal

    from memplant import MemoryPlant

    from slipstream import cli, operate

    plant = MemoryPlant()
    plant.close = lambda: None  # type: ignore[attr-defined]
    monkeypatch.setattr(operate, "TickerplantSink", lambda config: plant)
    arrived: list[bool] = []

    def script(session: Session) -> None:
        session.get()
        session.send(instrument(), example().decode())
        try:
            wait(lambda: {table for table, _ in plant.batches} >= {"depth", "status"})
            arrived.append(True)
        finally:
            os.kill(os.getpid(), signal.SIGINT)
        session.wait_for_end()

    fake = FakeVenue(script)
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with fake.running():
            urls = json.dumps(fake.urls(Kraken, "kraken"))
            options = ["--set", f"var={tmp_path}", "--set", f"feed.venues.urls={urls}"]
            assert cli.main(["feed", "kraken", "BTC/USD", "--record", str(tmp_path / "r"), *options]) == 0
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert arrived == [True]
    shown = capsys.readouterr().out
    assert "depth 22, status 1" in shown and "1 checksums compared" in shown
    assert len(list((tmp_path / "r").glob("kraken-*.frames.gz"))) == 1


def test_sockets_are_left_alone_while_many_messages_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """20 MB are sent while nobody takes them: the queue stays short, and all of them arrive in order once they are taken."""
    from slipstream.feed import live as module
    from slipstream.feed.frames import IN

    monkeypatch.setattr(module, "_HIGH", 200)
    monkeypatch.setattr(module, "_LOW", 20)
    count = 20_000

    def script(session: Session) -> None:
        for number in range(count):
            session.send(f"{number} " + "x" * 1_000)
        session.wait_for_end()

    fake = FakeVenue(script, compression=None)
    venue = Kraken(["BTC/USD"], urls={"ws": fake.ws})
    stop = threading.Event()
    with fake.running(), module.Live({"kraken": venue}, stop, FAST) as live:
        wait(lambda: live.held)
        time.sleep(0.2)
        assert live._queue.qsize() < count / 2
        numbers = []
        for frame in live:
            if frame.kind == IN:
                numbers.append(int(frame.data.split()[0]))
                if len(numbers) == count:
                    stop.set()
    assert numbers == list(range(count))
    assert [type(error).__name__ for error in fake.errors] in ([], ["ConnectionClosedError"])
