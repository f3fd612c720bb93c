"""
KX's tick and tick-x reference architectures, unmodified, on quill: every process starts, rows go through and are counted,
the gateway answers over IPC and HTTP, the day ends in the HDB. Their `use` finds quill's own kx.log, kx.printf and kx.rest.

Runs when TICKX_HOME names a checkout of `kdbx-tick-reference-architecture`; its files are never part of this project.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from slipstream.engine.base import handshake
from slipstream.engine.client import Client
from slipstream.errors import EngineError

HOME = os.environ.get("TICKX_HOME")
pytestmark = [
    pytest.mark.skipif(not HOME, reason="TICKX_HOME does not name a checkout of KX's tick reference architecture"),
    pytest.mark.filterwarnings("ignore"),
]

# A process of its own. `rows[n;t]` publishes n rows of each table, their times from t on, 1 ns apart; `logged file` counts
# the rows of energy, weather and weatherHeatIndex in a log.
PUBLISHER = """h:hopen"J"$first .z.x
rows:{[n;t]
  k:til n;
  h(`.u.upd;`energy;(t+k;n#`A`B;n#.z.d;n#.z.t;"f"$k));
  h(`.u.upd;`weather;(t+k;n#`Cork`Oslo;n#.z.z;20f+k mod 10;40f+k mod 30;"f"$k;"f"$k));
  n}
seen:0 0 0
upd:{[t;x]seen+:(t=`energy`weather`weatherHeatIndex)*$[0>type first x;1;count first x];}
logged:{seen::0 0 0;-11!x;seen}
"""
ROLES = ("tick", "rdb", "hdb", "idb", "chainedrdb", "rte", "gw", "fh", "publisher")


class Stack:
    """The processes of `tick` or `tick-x`, their data in a folder of the test's."""

    def __init__(self, quill: Path, stack: str, folder: Path, ports: list[int]) -> None:
        self.quill, self.stack, self.folder = quill, stack, folder
        self.port = dict(zip(ROLES, ports, strict=True))
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        for name in ("hdb", "idb", "tplogs", "proclogs"):
            (folder / name).mkdir()
        samples = Path(str(HOME)) / "samples"
        self.environment = {
            **os.environ,
            "SCHEMA_DIR": str(samples / "schemas"),
            "TPLOG_NAME": "tpLog",
            "PROCESS_LOG_DIR": str(folder / "proclogs"),
            "LOG_LEVEL": "info",
        }
        self.common = {
            "-schemaDir": samples / "schemas",
            "-analyticsDir": samples / "analytics",
            "-enrichFile": samples / "enrichments" / "enrich-sample.q",
            "-tplogDir": folder / "tplogs",
            "-hdbDir": folder / "hdb",
            "-idbDir": folder / "idb",
            "-tpPort": self.port["tick"],
            "-hdbPort": self.port["hdb"],
            "-idbPort": self.port["idb"],
            "-rdbPort": self.port["chainedrdb" if stack == "tick-x" else "rdb"],
            "-flushIntvMin": 1,
            "-fhTimer": 20,
        }

    def start(self, role: str, *options: str) -> None:
        arguments = [f"{self.stack}/src/{role}.q", "-p", str(self.port[role]), "-procName", role.upper(), *options]
        for name, value in self.common.items():
            arguments += [name, str(value)]
        self.run(role, arguments, Path(str(HOME)))

    def run(self, role: str, arguments: list[str], cwd: Path) -> None:
        with (self.folder / f"{role}.log").open("ab") as log:
            self.running[role] = subprocess.Popen(
                [str(self.quill), *arguments],
                cwd=cwd,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + 180
        while True:
            try:
                handshake("127.0.0.1", self.port[role])
                return
            except EngineError:
                said = self.said(role)
                assert self.running[role].poll() is None, f"{role} ended: {said}"
                assert time.monotonic() < deadline, f"{role} does not answer: {said}"
                time.sleep(0.05)

    def said(self, role: str) -> str:
        files = [self.folder / f"{role}.log", *(self.folder / "proclogs").glob(f"{role.upper()}_*")]
        return "\n".join(file.read_text(errors="replace") for file in files)

    def start_all(self, *tick_options: str) -> None:
        self.start("tick", *tick_options)
        order = ["idb", "rdb", "chainedrdb", "hdb"] if self.stack == "tick-x" else ["rdb", "hdb"]
        for role in [*order, "rte", "gw"]:
            self.start(role)
        (self.folder / "publisher.q").write_text(PUBLISHER)
        arguments = ["publisher.q", str(self.port["tick"]), "-p", str(self.port["publisher"])]
        self.run("publisher", arguments, self.folder)

    def stop(self, role: str) -> None:
        self.running[role].kill()
        self.running[role].wait()

    def ask(self, role: str, q: str) -> Any:
        with Client(port=self.port[role]) as client:
            return client.value(q)

    def counts(self, role: str) -> list[int]:
        return list(self.ask(role, "count each(energy;weather;weatherHeatIndex)").to_pylist())

    def until(self, role: str, q: str) -> None:
        deadline = time.monotonic() + 180
        while self.ask(role, q) is not True:
            assert time.monotonic() < deadline, f"{role}: {q} does not become true; {self.said(role)}"
            time.sleep(0.05)

    def get(self, path: str) -> tuple[int, Any]:
        """Status of an HTTP request to the gateway, and what its JSON says."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port['gw']}{path}", timeout=20) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            text = error.read().decode()
            return error.code, json.loads(text) if text.startswith("{") else text

    def feed(self, rdb: str, more: int) -> None:
        """Their feed handler runs until the RDB has that many rows more, and ends; everything it sent has arrived."""
        connections = self.ask("tick", "count .z.W")
        before = self.counts(rdb)[0]
        self.start("fh")
        self.until(rdb, f"{before + more}<=count energy")
        self.stop("fh")
        self.until("tick", f"{connections}=count .z.W")
        self.until(rdb, "1=count distinct count each(energy;weather;weatherHeatIndex)")

    def logged(self) -> list[int]:
        return list(self.ask("publisher", f'logged`$"{self.ask("tick", "string .u.L")}"').to_pylist())


@pytest.fixture
def stack(
    request: pytest.FixtureRequest, quill_path: Path, tmp_path: Path, ports: Callable[[int], list[int]]
) -> Iterator[Stack]:
    made = Stack(quill_path, request.param, tmp_path, ports(len(ROLES)))
    yield made
    for process in made.running.values():
        process.kill()
        process.wait()


def no_errors(stack: Stack) -> None:
    for role in stack.running:
        said = stack.said(role)
        assert " error PID[" not in said and " fatal PID[" not in said, said
        assert not any(line.startswith("'") for line in said.splitlines()), said


@pytest.mark.parametrize("mode", [pytest.param((), id="zero latency"), pytest.param(("-t", "50"), id="batches")])
@pytest.mark.parametrize("stack", ["tick"], indirect=True)
def test_tick(stack: Stack, mode: tuple[str, ...]) -> None:
    stack.start_all(*mode)
    day = stack.ask("tick", "string .u.d")
    stack.ask("publisher", "rows[1000;0D]")
    stack.ask("publisher", "rows[500;0D01]")
    # the real-time engine has made a row of each weather row
    stack.until("rdb", "(1500 1500 1500;`g)~(count each(energy;weather;weatherHeatIndex);attr energy`sym)")
    assert stack.ask("gw", '.kxgw.query[`rdb;"exec sum consumption from energy"]') == 999 * 500 + 499 * 250
    # their feed handler: a row of each table at each tick of its timer
    stack.feed("rdb", 10)
    logged = stack.logged()
    stack.until("rdb", f"({' '.join(map(str, logged))})~count each(energy;weather;weatherHeatIndex)")
    rows = logged[0]
    assert logged == [rows, rows, rows]
    assert rows >= 1510
    assert stack.get("/energy/rdb?s=A")[0] == 200
    assert len(stack.get("/energy/rdb?s=A")[1]) == 750
    assert len(stack.get("/energy/rdb?s=A&t1=0D01:00:00")[1]) == 250
    assert stack.get("/energy/rdb?t1=noon") == (400, {"code": "400", "text": "invalid", "details": "t1"})
    assert stack.get("/energy/hdb") == (400, {"code": "400", "text": "missing", "details": "d"})
    assert {row["c"]: row["t"] for row in stack.get("/weather/meta")[1]}["temp"] == "f"
    assert stack.get("/nothing")[0] == 404
    # the end of the day
    stack.ask("tick", ".u.endofday[]")
    stack.until("hdb", f"@[{{{rows}=count energy}};::;0b]")
    assert stack.counts("hdb") == [rows, rows, rows]
    assert stack.ask("hdb", "(date;attr exec sym from select sym from energy)~(enlist(last date);`p)") is True
    assert stack.counts("rdb") == [0, 0, 0]
    both = f'.kxgw.query[`both;("exec count i from energy";"exec count i from energy where date={day}")]'
    assert stack.ask("gw", f"value {both}").to_pylist() == [0, rows]
    assert len(stack.get(f"/energy/hdb?d={day}&s=B")[1]) == 750
    # a new day in the same processes
    stack.ask("publisher", "rows[10;0D]")
    stack.until("rdb", "10 10 10~count each(energy;weather;weatherHeatIndex)")
    no_errors(stack)


@pytest.mark.parametrize("stack", ["tick-x"], indirect=True)
def test_tickx(stack: Stack) -> None:
    stack.start_all()
    day = stack.ask("tick", "string .u.d")
    # rows old enough for the intraday flush
    stack.ask("publisher", "rows[1000;0D]")
    stack.until("rdb", "1000 1000 1000~count each(energy;weather;weatherHeatIndex)")
    stack.until("chainedrdb", "1000 1000 1000~count each(energy;weather;weatherHeatIndex)")
    stack.ask("rdb", ".rdb.flush[]")
    stack.until("idb", "1000 1000 1000~count each(energy;weather;weatherHeatIndex)")
    stack.until("chainedrdb", "0 0 0~count each(energy;weather;weatherHeatIndex)")
    assert stack.counts("rdb") == [0, 0, 0]
    # and newer ones, which stay
    stack.ask("publisher", "rows[300;.z.n]")
    stack.until("chainedrdb", "300 300 300~count each(energy;weather;weatherHeatIndex)")
    everywhere = '.kxgw.query[`all;3#enlist"exec count i from energy"]'
    assert stack.ask("gw", f"value {everywhere}").to_pylist() == [300, 1000, 0]
    assert len(stack.get("/energy/idb?s=A")[1]) == 500
    assert len(stack.get("/weather/rdb?s=Oslo")[1]) == 150
    # a restarted RDB replays the log and drops what is on disk already
    stack.stop("rdb")
    stack.start("rdb")
    stack.until("rdb", "300 300 300~count each(energy;weather;weatherHeatIndex)")
    stack.feed("chainedrdb", 10)
    logged = stack.logged()
    rows = logged[0]
    assert logged == [rows, rows, rows]
    stack.until(
        "chainedrdb", f"({rows - 1000} {rows - 1000} {rows - 1000})~count each(energy;weather;weatherHeatIndex)"
    )
    stack.ask("tick", ".u.endofday[]")
    stack.until("hdb", f"@[{{{rows}=count energy}};::;0b]")
    assert stack.counts("hdb") == [rows, rows, rows]
    assert stack.ask("hdb", f"exec sum consumption from energy where date={day},sym in`A`B") == 999 * 500 + 299 * 150
    for role in ("rdb", "chainedrdb", "idb"):
        stack.until(role, "0 0 0~count each(energy;weather;weatherHeatIndex)")
    assert stack.ask("gw", f"value {everywhere}").to_pylist() == [0, 0, rows]
    no_errors(stack)
