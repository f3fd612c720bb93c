"""
A user's own, unmodified kdb+tick on quill: tickerplant, RDB, HDB, a PyKX publisher, a raw PyKX subscriber, an end of day.

Runs when KDB_TICK_HOME names a folder with `tick.q` and `tick/{u,r}.q`; those files are never part of this project.
"""

from __future__ import annotations

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
from slipstream.errors import EngineError

HOME = os.environ.get("KDB_TICK_HOME")
pytestmark = pytest.mark.skipif(not HOME, reason="KDB_TICK_HOME is not set")

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
        deadline = time.monotonic() + 20
        while True:
            try:
                handshake("127.0.0.1", port)
                return
            except EngineError:
                text = (self.folder / f"{name}.log").read_text(errors="replace")
                assert self.running[name].poll() is None, f"{name} ended: {text}"
                assert time.monotonic() < deadline, f"{name} does not answer: {text}"
                time.sleep(0.05)

    def start_tp(self) -> None:
        self.start("tp", "tick.q", "sym", ".", port=self.tp)

    def start_rdb(self) -> None:
        self.start("rdb", "tick/r.q", f":{self.tp}", f":{self.hdb}", port=self.rdb)

    def start_hdb(self) -> None:
        self.start("hdb", "sym", port=self.hdb)

    def kill(self, name: str) -> None:
        self.running[name].kill()
        self.running[name].wait()

    def until(self, port: int, q: str) -> None:
        deadline = time.monotonic() + 20
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


def test_a_day(tick: Tick) -> None:
    tick.start_tp()
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


def test_an_rdb_that_was_killed_replays_the_log(tick: Tick) -> None:
    tick.start_tp()
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
    tick.start_tp()
    tick.start_rdb()
    with Client(port=tick.rdb) as rdb:
        assert rdb.value("exec size from trade").to_pylist() == list(range(100))
