"""
A user's own, unmodified TorQ on quill: processes find each other by discovery, rows from PyKX reach the RDB, a day ends into the HDB,
the gateway answers across both.

Runs when TORQ_HOME names a TorQ checkout; its files are never part of this project.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from slipstream.engine.client import Client
from slipstream.errors import EngineError

HOME = os.environ.get("TORQ_HOME")
pytestmark = [
    pytest.mark.skipif(not HOME, reason="TORQ_HOME does not name a TorQ checkout"),
    pytest.mark.filterwarnings("ignore"),
]

DEADLINE_S = 60
USER, PASSWORD = "admin", "secret"

# process type of a name, script, further arguments
PROCESSES = {
    "stp1": ("segmentedtickerplant", "segmentedtickerplant.q", ["-schemafile", "{folder}/sym.q"]),
    "tp1": ("tickerplant", "tickerplant.q", ["-schemafile", "{folder}/sym", "-tplogdir", "{folder}/tplogs"]),
    "discovery1": ("discovery", "discovery.q", []),
    "rdb1": ("rdb", "rdb.q", []),
    "rdb2": ("rdb", "rdb.q", []),
    "hdb1": ("hdb", "{folder}/hdb", []),
    "wdb1": ("wdb", "wdb.q", []),
    "sort1": ("sort", "wdb.q", ["-parentproctype", "wdb"]),
    "gateway1": ("gateway", "gateway.q", []),
}
SCHEMA = """trade:([]time:`timestamp$();sym:`symbol$();price:`float$();size:`long$())
quote:([]time:`timestamp$();sym:`symbol$();bid:`float$();ask:`float$())
"""
DISK = "\\d .wdb\nsavedir:hsym`$getenv`KDBWDB\nhdbdir:hsym`$getenv`KDBHDB\nsortworkertypes:()\n"
# what an application configures: short intervals between attempts to connect, places on disk
SETTINGS = {
    "default": '\\d .servers\nRETRY:0D00:00:01\nDISCOVERYRETRY:0D00:00:01\nUSERPASS:`$"admin:secret"\n',
    "segmentedtickerplant": "\\d .\ncreatelogs:1b\n",
    "rdb": "\\d .rdb\nhdbdir:hsym`$getenv`KDBHDB\ntpconnsleepintv:1\n",
    "rdb1": "\\d .rdb\nreloadenabled:1b\nhdbtypes:()\n\\d .servers\nCONNECTIONS:enlist`gateway\n",
    "rdb2": "\\d .rdb\ntickerplanttypes:`tickerplant\n",
    "wdb": f"{DISK}tpconnsleepintv:1\n\\d .servers\nCONNECTIONS:`segmentedtickerplant`sort`gateway`rdb`hdb\n",
    "sort": f"{DISK}tickerplanttypes:sorttypes:()\n\\d .servers\nCONNECTIONS:`hdb`rdb`gateway\n",
    "gateway": "\\d .gw\nsynccallsallowed:1b\n",
}


class Plant:
    """Processes of TorQ, in a folder of their own."""

    def __init__(self, quill: Path, folder: Path, ports: list[int]) -> None:
        self.quill, self.folder = quill, folder
        self.ports = dict(zip(PROCESSES, ports, strict=True))
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        home = Path(str(HOME)).resolve()
        for name in ("hdb", "wdb", "tplogs", "logs", "app/settings", "app/passwords"):
            (folder / name).mkdir(parents=True)
        (folder / "sym.q").write_text(SCHEMA)
        (folder / "app/accesslist.txt").write_text(f"{USER}:{PASSWORD}\n")
        (folder / "app/passwords/default.txt").write_text(f"{USER}:{PASSWORD}\n")
        for name, text in SETTINGS.items():
            (folder / f"app/settings/{name}.q").write_text(text)
        rows = [f"localhost,{self.ports[name]},{kind},{name}" for name, (kind, _, _) in PROCESSES.items()]
        (folder / "app/process.csv").write_text("\n".join(["host,port,proctype,procname", *rows, ""]))
        self.home = home
        self.environment = {
            **os.environ,
            "TORQHOME": str(home),
            "KDBCODE": str(home / "code"),
            "KDBCONFIG": str(home / "config"),
            "KDBLIB": str(home / "lib"),
            "KDBHTML": str(home / "html"),
            "KDBAPPCONFIG": str(folder / "app"),
            "KDBLOG": str(folder / "logs"),
            "KDBHDB": str(folder / "hdb"),
            "KDBWDB": str(folder / "wdb"),
            "KDBTPLOG": str(folder / "tplogs"),
        }

    def start(self, *names: str) -> None:
        """Start processes as torq.sh does and wait until each has loaded everything."""
        for name in names:
            kind, script, extra = PROCESSES[name]
            path = script.format(folder=self.folder)
            log = (self.folder / f"{name}.log").open("wb")
            self.running[name] = subprocess.Popen(
                [
                    *(str(self.quill), str(self.home / "torq.q"), "-stackid", "1"),
                    *("-proctype", kind, "-procname", name, "-U", str(self.folder / "app/accesslist.txt")),
                    *("-load", path if "/" in path else str(self.home / "code/processes" / path)),
                    *(word.format(folder=self.folder) for word in extra),
                    *("-procfile", str(self.folder / "app/process.csv")),
                ],
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
            log.close()
        for name in names:
            self.until(name, ".proc.initialised")

    def client(self, name: str) -> Client:
        return Client(port=self.ports[name], user=USER, password=PASSWORD)

    def until(self, name: str, q: str) -> None:
        """Wait until an expression is true in a process that is perhaps still starting, or fail with its log."""
        deadline = time.monotonic() + DEADLINE_S
        said = ""
        while time.monotonic() < deadline and self.running[name].poll() is None:
            try:
                with self.client(name) as client:
                    if (value := client.value(q)) is True:
                        return
                    said = str(value)
            except EngineError as error:
                said = str(error)
            time.sleep(0.1)
        raise AssertionError(f"{name}: {q} does not become true ({said}): {self.log(name)[-4000:]}")

    def log(self, name: str) -> str:
        """Everything a process has printed, and what it wrote to TorQ's log files."""
        files = [
            self.folder / f"{name}.log",
            self.folder / f"logs/out_{name}.log",
            self.folder / f"logs/err_{name}.log",
        ]
        return "\n".join(file.read_text(errors="replace") for file in files if file.exists())

    def publish(self, name: str, start: int, count: int) -> None:
        numbers = np.arange(start, start + count)
        syms = np.array(["A", "B"], object)[numbers % 2]
        with self.client(name) as client:
            client.publish("trade", {"sym": syms, "price": numbers / 4, "size": numbers}, wait=True)

    def check_logs(self) -> None:
        """No process has logged an error."""
        for name in self.running:
            bad = [line for line in self.log(name).splitlines() if "|ERR|" in line or line.startswith("'")]
            assert not bad, f"{name}: {bad}"

    def stop(self) -> None:
        for process in self.running.values():
            process.kill()
        for process in self.running.values():
            process.wait()


@pytest.fixture
def plant(quill_path: Path, tmp_path: Path, ports: Callable[[int], list[int]]) -> Iterator[Plant]:
    plant = Plant(quill_path, tmp_path, ports(len(PROCESSES)))
    yield plant
    plant.stop()


def test_a_day_by_the_segmented_tickerplant(plant: Plant) -> None:
    plant.start("stp1")
    plant.start("discovery1")
    plant.until("discovery1", "`stp1 in exec procname from .servers.SERVERS where not null w")
    plant.start("hdb1", "rdb1", "sort1", "wdb1", "gateway1")
    plant.until("gateway1", "`hdb`rdb~asc exec distinct servertype from .gw.servers where active")
    for name in ("rdb1", "wdb1"):
        plant.until(name, "(asc exec table from .sub.SUBSCRIPTIONS where active)~`quote`trade")
    plant.until("sort1", "all `hdb`rdb`gateway in exec proctype from .servers.SERVERS where not null w")
    plant.until("wdb1", "`sort in exec proctype from .servers.SERVERS where not null w")

    # rows in messages of many and of one
    plant.publish("stp1", 0, 100)
    plant.publish("stp1", 100, 1)
    with plant.client("stp1") as feed:
        feed.publish(
            "quote", {"sym": np.array(["A"], object), "bid": np.array([1.0]), "ask": np.array([2.0])}, wait=True
        )
    plant.until("rdb1", "(101 1)~count each(trade;quote)")
    with plant.client("rdb1") as rdb:
        assert rdb.value("exec size from trade").to_pylist() == list(range(101))

    # the day ends: the WDB writes, the sort process sorts and moves, HDB and RDB reload
    with plant.client("stp1") as stp:
        day = stp.value(".eodtime.d")
        plant.until("rdb1", "(::)~.rdb.timeoutreset[]")
        stp.value(".stplg.endofday[.eodtime.d;.stplg.endofdaydata[],(enlist`p)!enlist .z.p]")
        assert stp.value(".eodtime.d-1") == day
    plant.until("hdb1", "@[{101=exec count i from trade};::;0b]")
    plant.until("rdb1", "(0 0)~count each(trade;quote)")
    with plant.client("hdb1") as hdb:
        assert hdb.value("date").to_pylist() == [day.item()]
        assert hdb.value("attr exec sym from select sym from trade where date=first date") == "p"
        assert hdb.value("asc exec size from trade").to_pylist() == list(range(101))
        assert hdb.value("exec count i from quote") == 1

    # the next day's rows, and both days through the gateway
    plant.publish("stp1", 101, 50)
    plant.until("rdb1", "50=count trade")
    with plant.client("gateway1") as gateway:
        both = gateway.value('.gw.syncexec["select n:count i,total:sum size from trade";`rdb`hdb]')
        assert sorted(both.column("n").to_pylist()) == [50, 101]
        assert sum(both.column("total").to_pylist()) == sum(range(151))
        assert gateway.value('.gw.syncexecj["exec count i from trade";`rdb`hdb;sum]') == 151
        with pytest.raises(EngineError, match="nosuch"):
            gateway.value('.gw.syncexec["nosuch+1";`rdb]')
    script = plant.folder / "deferred.q"
    script.write_text(
        f"h:hopen`:127.0.0.1:{plant.ports['gateway1']}:{USER}:{PASSWORD}\n"
        '(neg h)(`.gw.asyncexec;"exec count i from trade";`rdb`hdb)\n-1 .j.j asc h[];\n'
        '(neg h)(`.gw.asyncexecjpt;"exec sum size from trade";`rdb`hdb;sum;();0Wn)\n-1 .j.j h[];\nexit 0\n'
    )
    done = subprocess.run(
        [str(plant.quill), str(script), "-q"], stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=True
    )
    assert [json.loads(line) for line in done.stdout.decode().split()] == [[50, 101], sum(range(151))]
    plant.check_logs()


def test_a_restarted_rdb_replays_the_segmented_logs(plant: Plant) -> None:
    plant.start("stp1")
    plant.start("discovery1")
    plant.until("discovery1", "`stp1 in exec procname from .servers.SERVERS where not null w")
    plant.start("rdb1")
    plant.publish("stp1", 0, 40)
    plant.until("rdb1", "40=count trade")
    plant.running["rdb1"].kill()
    plant.running["rdb1"].wait()
    plant.publish("stp1", 40, 60)
    plant.start("rdb1")
    plant.until("rdb1", "100=count trade")
    with plant.client("rdb1") as rdb:
        assert rdb.value("asc exec size from trade").to_pylist() == list(range(100))


def test_a_day_by_the_classic_tickerplant(plant: Plant) -> None:
    plant.start("tp1")
    plant.start("discovery1")
    plant.until("discovery1", "`tp1 in exec procname from .servers.SERVERS where not null w")
    plant.start("hdb1", "rdb2")
    plant.publish("tp1", 0, 100)
    plant.until("rdb2", "100=count trade")
    with plant.client("tp1") as tp:
        day = tp.value(".u.d")
        plant.until("rdb2", "(::)~.rdb.timeoutreset[]")
        tp.value(".u.endofday[]")
    # this RDB saves the day itself
    plant.until("rdb2", "0=count trade")
    plant.until("hdb1", "@[{100=exec count i from trade};::;0b]")
    with plant.client("hdb1") as hdb:
        assert hdb.value("date").to_pylist() == [day.item()]
        assert hdb.value("asc exec size from trade").to_pylist() == list(range(100))
    plant.check_logs()
