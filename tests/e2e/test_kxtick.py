"""
KX's own Python API for streaming, `pykx.tick`, without a licence, on quill: PyKX starts `quill pykx.q -p PORT`, loads its
unmodified extension scripts into it and registers Python functions; rows go from a publisher to the RTP and to the HDB.

`tables=` and `set_tables` (and so `BASIC`) are the exception: they ask a licensed q inside the calling Python process. The
same function of the tickerplant process is called directly instead.
"""
# ruff: noqa: UP037, F821

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from slipstream.engine.convert import kx

pytestmark = pytest.mark.filterwarnings("ignore")

TABLES = [
    "`trade;([]time:`timespan$();sym:`symbol$();price:`float$();size:`long$())",
    "`quote;([]time:`timespan$();sym:`symbol$();bid:`float$();ask:`float$())",
]

# The functions below run in the processes: PyKX sends their text, so their annotations are strings.
gateway: Any  # what PyKX's extension defines in the gateway process


def report(sym: "Any") -> "Any":
    today = gateway.call_port("rtp", b"{exec sum size from trade where sym=x}", sym)
    before = gateway.call_port("hdb", b"{@[value;x;0]}", b"exec sum size from trade")
    return [today, before]


def allowed(user: "Any", password: "Any") -> "Any":
    return user.py() != "stranger"


def large(table: "Any", message: "Any") -> "Any":
    if table.py() == "quote":
        return None
    rows = message.pd()
    return kx.toq(rows[rows["size"] >= 500])


def note(table: "Any", message: "Any") -> "Any":
    seen = kx.q("{count[seen]+count x}", message).py()
    kx.q["seen"] = np.arange(seen)


def history(low: "Any", high: "Any") -> "Any":
    return kx.q("{[low;high]exec size from trade where size within(low;high)}", low, high)


class Plant:
    """What has been started, to be killed at the end."""

    def __init__(self, folder: Path, ports: Callable[[int], list[int]]) -> None:
        self.folder, self.ports = folder, ports
        self.started: list[Any] = []

    def make(self, kind: Callable[..., Any], **options: Any) -> Any:
        (port,) = self.ports(1)
        process = kind(port=port, process_logs=str(self.folder / f"{kind.__name__}-{port}.log"), **options)
        self.started.append(process)
        return process

    def tickerplant(self) -> Any:
        (self.folder / "logs").mkdir()
        tick = self.make(kx.tick.TICK, log_directory=str(self.folder / "logs"))
        for table in TABLES:
            tick(f".tick.set_tables[{table}]")
        tick.start()
        return tick

    def rtp(self, tick: Any, hdb: Any, database: str, **options: Any) -> Any:
        (self.folder / database).mkdir(exist_ok=True)
        rtp = self.make(kx.tick.RTP, **options)
        config = {"tickerplant": tick._port, "hdb": hdb._port}
        rtp.start({**{k: f"localhost:{p}" for k, p in config.items()}, "database": str(self.folder / database)})
        return rtp


@pytest.fixture
def plant(
    quill_path: Path, tmp_path: Path, ports: Callable[[int], list[int]], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Plant]:
    monkeypatch.setenv("PYKX_Q_EXECUTABLE", str(quill_path))
    monkeypatch.setenv("PYKX_EXECUTABLE", sys.executable)
    monkeypatch.chdir(tmp_path)
    made = Plant(tmp_path, ports)
    yield made
    for process in made.started:
        process.server.kill()
        process.server.wait()


def publish(tick: Any, start: int, count: int) -> None:
    """Rows of `trade` whose sizes run from `start` on, and half as many of `quote`."""
    numbers = np.arange(start, start + count)
    half = numbers[: count // 2]
    with kx.SyncQConnection(port=tick._port, no_ctx=True) as q:
        q(".u.upd", "trade", [np.array(["A", "B"])[numbers % 2], numbers / 4, numbers])
        q(".u.upd", "quote", [np.array(["A", "B"])[half % 2], half / 4, half / 2])


def until(process: Any, q: str) -> None:
    deadline = time.monotonic() + 180
    while process(q).py() is not True:
        assert time.monotonic() < deadline, f"{process._name}: {q} does not become true"
        time.sleep(0.05)


def test_a_day(plant: Plant) -> None:
    tick = plant.tickerplant()
    (plant.folder / "db").mkdir()
    hdb = plant.make(kx.tick.HDB)
    hdb.start(database=str(plant.folder / "db"))
    rtp = plant.rtp(tick, hdb, "db")

    connections = {"rtp": f"localhost:{rtp._port}", "hdb": f"localhost:{hdb._port}"}
    gw = plant.make(kx.tick.GATEWAY, connections=connections, apis={"report": report}, connection_validator=allowed)
    gw.start()

    for start in range(0, 3000, 1000):
        publish(tick, start, 1000)
    until(rtp, "(3000 1500;`g)~(count each(trade;quote);attr trade`sym)")
    assert rtp("exec sum size from trade").py() == sum(range(3000))
    assert gw("report", "A").py() == [sum(range(0, 3000, 2)), 0]
    with kx.SyncQConnection(port=gw._port, username="trader", no_ctx=True) as q:
        assert q("report", "B").py() == [sum(range(1, 3000, 2)), 0]
    with pytest.raises(kx.PyKXException, match="Authentication"):
        kx.SyncQConnection(port=gw._port, username="stranger", no_ctx=True)

    # an RTP that is started again has the day from the log
    rtp.restart()
    until(rtp, "3000 1500~count each(trade;quote)")
    publish(tick, 3000, 100)
    until(rtp, "3100 1550~count each(trade;quote)")

    tick(".u.endofday[]")
    until(hdb, '@[value;"3100 1550~count each(trade;quote)";0b]')
    assert hdb("exec sum size from trade").py() == sum(range(3100))
    assert hdb("attr exec sym from select sym from trade where date=last date").py() == "p"
    assert rtp("count each(trade;quote)").py() == [0, 0]
    publish(tick, 5000, 10)
    until(rtp, "10 5~count each(trade;quote)")


def test_python_functions_process_every_message(plant: Plant) -> None:
    tick = plant.tickerplant()
    (plant.folder / "db").mkdir()
    hdb = plant.make(kx.tick.HDB)
    hdb.start(database=str(plant.folder / "db"))

    rte = plant.rtp(tick, hdb, "rte", vanilla=False, libraries={"kx": "pykx", "np": "numpy"})
    rte("seen:0#0")
    rte.pre_processor(large)
    rte.post_processor(note)
    # a tickerplant chained to the first, and a vanilla RTP behind it
    chained = plant.make(kx.tick.TICK, chained=True)
    chained.start({"tickerplant": f"localhost:{tick._port}"})
    rtp = plant.rtp(chained, hdb, "db")

    for start in range(0, 1000, 250):
        publish(tick, start, 250)
    until(rtp, "1000 500~count each(trade;quote)")
    # messages of quotes stop at the first function, which keeps the larger trades
    until(rte, "500 0~count each(trade;quote)")
    assert rte("exec size from trade").py() == list(range(500, 1000))
    # the second function saw every message of trades whole
    assert rte("count seen").py() == 1000

    rtp.libraries({"kx": "pykx"})
    rtp.register_api("history", history)
    assert rtp("history", 10, 12).py() == [10, 11, 12]
    with pytest.raises(kx.QError, match="type"):
        rtp("history", 10, "x")


def test_what_python_cannot_do_is_an_error_of_q(plant: Plant) -> None:
    hdb = plant.make(kx.tick.HDB)
    with pytest.raises(kx.QError, match="ZeroDivisionError"):
        hdb('.pykx.pyexec"1/0"')
    hdb('.pykx.pyexec"n = 1"')
    assert hdb('.pykx.qeval"n+1"').py() == 2
    with pytest.raises(kx.QError, match="not available"):
        hdb('.pykx.loadExtension"none"')
    with pytest.raises(kx.QError, match="unknown conversion"):
        hdb('.pykx.setdefault"none"')
    # KX's own pykx.q begins with a locked script
    shutil.copy(Path(kx.__file__).parent / "pykx.q", plant.folder)
    with pytest.raises(kx.QError, match="locked, and not by quill"):
        hdb('system"l pykx.q"')
