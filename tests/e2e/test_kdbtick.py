"""
A user's own, unmodified kdb+tick on quill: tickerplant, RDB, HDB, a PyKX publisher, a raw PyKX subscriber, an end of day.

Runs when KDB_TICK_HOME names a folder with `tick.q` and `tick/{u,r}.q`; those files are never part of this project.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from slipstream.engine.base import handshake
from slipstream.engine.client import Client
from slipstream.engine.convert import kx
from slipstream.errors import EngineError

HOME = os.environ.get("KDB_TICK_HOME")
pytestmark = [
    pytest.mark.skipif(not HOME, reason="KDB_TICK_HOME does not name a kdb+tick checkout"),
    pytest.mark.filterwarnings("ignore"),
]

# what the tickerplant is started with: publishing at once, and in batches
MODES = [pytest.param((), id="zero latency"), pytest.param(("-t", "100"), id="batches")]

SCHEMA = """trade:([]time:`timespan$();sym:`symbol$();price:`float$();size:`long$())
quote:([]time:`timespan$();sym:`symbol$();bid:`float$();ask:`float$())
"""


class Tick:
    """The three processes, in a folder of their own."""

    def __init__(self, quill: Path, folder: Path, ports: list[int]) -> None:
        self.quill, self.folder = quill, folder
        self.tp, self.rdb, self.hdb = ports
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, *arguments: str, port: int, cwd: Path | None = None) -> None:
        log = (self.folder / f"{name}.log").open("ab")
        self.running[name] = subprocess.Popen(
            [str(self.quill), *arguments, "-p", str(port)],
            cwd=cwd or self.folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        log.close()
        deadline = time.monotonic() + 180
        while True:
            try:
                handshake("127.0.0.1", port)
                return
            except EngineError:
                text = (self.folder / f"{name}.log").read_text(errors="replace")
                assert self.running[name].poll() is None, f"{name} ended: {text}"
                assert time.monotonic() < deadline, f"{name} does not answer: {text}"
                time.sleep(0.05)

    def start_tp(self, mode: tuple[str, ...] = ()) -> None:
        self.start("tp", "tick.q", "sym", ".", *mode, port=self.tp)

    def start_rdb(self) -> None:
        self.start("rdb", "tick/r.q", f":{self.tp}", f":{self.hdb}", port=self.rdb)

    def start_hdb(self) -> None:
        self.start("hdb", "sym", port=self.hdb)

    def kill(self, name: str) -> None:
        self.running[name].kill()
        self.running[name].wait()

    def until(self, port: int, q: str) -> None:
        deadline = time.monotonic() + 180
        with Client(port=port) as client:
            while client.value(q) is not True:
                assert time.monotonic() < deadline, f"{q} does not become true"
                time.sleep(0.05)


@pytest.fixture
def tick(quill_path: Path, tmp_path: Path, ports: Callable[[int], list[int]]) -> Iterator[Tick]:
    shutil.copy(Path(str(HOME)) / "tick.q", tmp_path)
    shutil.copytree(Path(str(HOME)) / "tick", tmp_path / "tick")
    (tmp_path / "tick" / "sym.q").write_text(SCHEMA)
    (tmp_path / "sym").mkdir()
    plant = Tick(quill_path, tmp_path, ports(3))
    yield plant
    for process in plant.running.values():
        process.kill()
        process.wait()


def publish(client: Client, start: int, count: int) -> None:
    numbers = np.arange(start, start + count)
    client.publish(
        "trade",
        {"sym": np.array(["A", "B"], object)[numbers % 2], "price": numbers / 4, "size": numbers},
        wait=True,
    )


class Subscriber:
    """PyKX's raw connection, subscribed to everything; what comes is kept."""

    def __init__(self, connection: kx.RawQConnection) -> None:
        self.connection = connection
        self.rows = {"trade": 0, "quote": 0}
        self.ends: list[str] = []

    async def until(self, trades: int, quotes: int, ends: int) -> None:
        deadline = time.monotonic() + 180
        while (self.rows["trade"], self.rows["quote"], len(self.ends)) != (trades, quotes, ends):
            assert time.monotonic() < deadline, f"{self.rows} and {self.ends} came"
            message = self.connection.poll_recv()
            if message is None:
                await asyncio.sleep(0.01)
                continue
            parts = message.py()
            if parts[0] == "upd":
                self.rows[parts[1]] += len(parts[2]["sym"])
            elif parts[0] == ".u.end":
                self.ends.append(str(parts[1]))


@pytest.mark.parametrize("mode", MODES)
def test_pykx_publishes_and_subscribes(tick: Tick, mode: tuple[str, ...]) -> None:
    tick.start_tp(mode)
    tick.start_hdb()
    tick.start_rdb()
    ns = np.timedelta64(9 * 3600 * 10**9, "ns")
    pair = [np.array(["A", "B"]), np.array([1.0, 2.0])]

    async def day(tp: kx.QConnection) -> None:
        async with kx.RawQConnection("127.0.0.1", tick.tp, no_ctx=True) as raw:
            raw(".u.sub[`;`]")
            raw.poll_send(0)
            tick.until(tick.tp, "(2 2)~value count each .u.w")
            subscriber = Subscriber(raw)
            tp(".u.upd", "trade", ["A", 1.5, 10])
            tp(".u.upd", "trade", [kx.toq(ns), "B", 2.5, 20])
            tp(".u.upd", "trade", [*pair, np.array([3, 4])])
            tp(".u.upd", "trade", [np.array([ns, ns]), *pair, np.array([5, 6])], wait=False)
            tp(".u.upd", "quote", [*pair, np.array([1.0, 2.0])])
            await subscriber.until(6, 2, 0)
            tick.until(tick.rdb, "(6 2;`g)~(count each(trade;quote);attr trade`sym)")
            with pytest.raises(kx.QError, match="nosuch"):
                tp(".u.sub[`nosuch;`]")
            # the timer ends a day that is over
            tp(".u.d:.z.D-1")
            await subscriber.until(6, 2, 1)
            tick.until(tick.rdb, "(0 0;`g)~(count each(trade;quote);attr trade`sym)")
            tick.until(tick.hdb, '@[value;"(6 2;1)~(count each(trade;quote);count date)";0b]')
            tick.until(tick.tp, ".u.d=.z.D")
            # and so does the publisher; the history has both days then
            tp(".u.upd", "trade", ["C", 3.5, 30])
            await subscriber.until(7, 2, 1)
            tick.until(tick.rdb, "1=count trade")
            tp(".u.endofday[]")
            await subscriber.until(7, 2, 2)
            assert subscriber.ends == sorted(set(subscriber.ends))
            tick.until(tick.hdb, '@[value;"(7 2;2)~(count each(trade;quote);count date)";0b]')
        # the subscriber that left is forgotten, and then the RDB that was killed
        tick.until(tick.tp, "(1 1)~value count each .u.w")
        tick.kill("rdb")
        tick.until(tick.tp, "(0 0)~value count each .u.w")

    with kx.SyncQConnection("127.0.0.1", tick.tp, no_ctx=True) as tp:
        asyncio.run(day(tp))
    with Client(port=tick.hdb) as hdb:
        assert hdb.value("asc exec size from trade").to_pylist() == [3, 4, 5, 6, 10, 20, 30]
        assert hdb.value("exec sym from select sym from trade where date=last date").to_pylist() == ["C"]


def test_a_subscriber_of_some_symbols_gets_only_those(tick: Tick) -> None:
    tick.start_tp()
    with Client(port=tick.tp) as tp, tp.subscribe(["trade"], ["A"]) as feed:
        publish(tp, 0, 20)
        rows = 0
        while rows < 10:
            item = feed.poll(10)
            assert item is not None, f"{rows} of 10 rows came"
            assert set(item[1].column("sym").to_pylist()) == {"A"}
            rows += item[1].num_rows
        assert rows == 10


def test_a_damaged_log_is_refused(tick: Tick) -> None:
    tick.start_tp()
    with Client(port=tick.tp) as tp:
        publish(tp, 0, 5)
    tick.kill("tp")
    (log,) = [path for path in tick.folder.glob("sym2*") if path.is_file()]
    whole = log.stat().st_size
    with log.open("ab") as file:
        file.write(b"\x01\x02damaged")
    ended = subprocess.run(
        [str(tick.quill), "tick.q", "sym", ".", "-p", str(tick.tp)],
        cwd=tick.folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1
    assert f"Truncate to length {whole} " in ended.stderr.decode()


@pytest.mark.parametrize("mode", MODES)
def test_a_day(tick: Tick, mode: tuple[str, ...]) -> None:
    tick.start_tp(mode)
    tick.start_hdb()
    tick.start_rdb()
    with Client(port=tick.tp) as tp, tp.subscribe(["trade"]) as feed:
        publish(tp, 0, 100)
        publish(tp, 100, 1)
        rows = 0
        while rows < 101:
            item = feed.poll(10)
            assert item is not None, f"{rows} of 101 rows came"
            assert item[0] == "trade"
            rows += item[1].num_rows
        tick.until(tick.rdb, "101=count trade")
        day = tp.value(".z.D")
        tp.call(".u.endofday")
    tick.until(tick.rdb, "0=count trade")
    tick.until(tick.hdb, "101=@[{exec count i from trade};::;0]")
    with Client(port=tick.hdb) as hdb:
        assert hdb.value("date").to_pylist() == [day.item()]
        assert hdb.value("attr exec sym from select sym from trade where date=first date") == "p"
        assert hdb.value("asc exec size from trade").to_pylist() == list(range(101))


@pytest.mark.parametrize("mode", MODES)
def test_an_rdb_that_was_killed_replays_the_log(tick: Tick, mode: tuple[str, ...]) -> None:
    tick.start_tp(mode)
    tick.start_hdb()
    tick.start_rdb()
    with Client(port=tick.tp) as tp:
        publish(tp, 0, 50)
        tick.until(tick.rdb, "50=count trade")
        tick.kill("rdb")
        publish(tp, 50, 50)
        tick.start_rdb()
        tick.until(tick.rdb, "100=count trade")
        tick.kill("rdb")
    tick.kill("tp")
    tick.start_tp(mode)
    tick.start_rdb()
    with Client(port=tick.rdb) as rdb:
        assert rdb.value("exec size from trade").to_pylist() == list(range(100))
