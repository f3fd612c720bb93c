"""
A plant on loopback ports of its own, with its page server, the API and a flow of orders, for the measurements `page` and `api`.

The market is a random walk, the parents are worked by fills at random moments; event time runs at `speed` times the wall's. Wall times are
seconds since 1970, which other processes of this machine and the browser share.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from slipstream import operate
from slipstream.config import Config, load_config
from slipstream.engine.base import free_ports
from slipstream.feed.schema import TABLES, Columns, column

HERE = Path(__file__).parent
BASE = np.datetime64("2025-06-11T13:30:00", "ns").astype(np.int64)
"""When event time begins."""
QTY, FILL = 1_000_000.0, 1_000.0
"""Of a parent, and of one of its fills: a tenth of a per cent, which the page shows."""
TICK_S = 0.02
NAMES = ("tickerplant", "rdb", "idb", "hdb", "wdb", "merge", "gateway", "rte", "scorecard", "fix")
_EMPTY = {"p": np.iinfo(np.int64).min, "f": np.nan, "j": np.iinfo(np.int64).min, "s": "", "C": b""}


def rows(table: str, **given: Sequence[Any]) -> Columns:
    """Rows of a table, null where nothing is given."""
    n = len(next(iter(given.values())))
    return {name: column(kind, given.get(name, [_EMPTY[kind]] * n)) for name, kind in TABLES[table].items()}


@contextlib.contextmanager
def plant(**overrides: Any) -> Iterator[tuple[Config, dict[str, int], Path]]:
    """A running plant with its page: its configuration, process ids by name, and its folder, which is removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="slip-live-"))
    tree: dict[str, Any] = {
        "var": str(folder / "var"),
        "engine": "quill",
        "start_timeout_s": 90.0,
        "ports": dict(zip(NAMES, free_ports(len(NAMES)), strict=True)),
        "rte": {"thresholds": {"profile": "demo"}},
        "api": {"rate": 1e6, "burst": 1e6},
        **overrides,
    }
    file = folder / "bench.yaml"
    try:
        file.write_text(yaml.safe_dump(tree))
        config = load_config(file)
        supervisor = operate.supervisor(config, page=True, flags=["--config", str(file)])
        try:
            supervisor.up()
            yield config, {s.name: s.pid for s in supervisor.status() if s.pid}, folder
        finally:
            supervisor.down()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Flow(threading.Thread):
    """
    Publishes until it is stopped.

    Args:
        config: the plant's.
        parents: names of the orders that are worked, a symbol each.
        quotes_s: quotes a second of event time, of all symbols.
        fills_s: fills a second of event time, of all parents.
        speed: event seconds a wall second; may be changed.
        prefill: fills of one share that each parent begins with, so that charts hold all the points that they may from the start.
    """

    def __init__(
        self,
        config: Config,
        parents: Sequence[str],
        *,
        quotes_s: float,
        fills_s: float,
        speed: float = 1.0,
        prefill: int = 0,
    ) -> None:
        super().__init__(daemon=True)
        self.parents, self.quotes_s, self.fills_s, self.speed, self.fill = list(parents), quotes_s, fills_s, speed, FILL
        self.sent: dict[str, list[tuple[float, float]]] = {name: [] for name in parents}
        """Of each parent the filled quantity, and the wall time at which the fill that made it was published."""
        self.alarms: dict[str, float] = {}
        """Parents that were filled badly, and the wall time of that."""
        self.event = 0.0
        self.behind = 0.0
        """By how much the tickerplant was late at most, wall seconds."""
        self.error: BaseException | None = None
        self._config, self._rng = config, np.random.default_rng(5)
        self._stop_asked, self._alarm = threading.Event(), threading.Event()
        self._mids = np.full(len(parents), 100.0)
        self._pending: list[str] = []
        self._count, self._prefill = 0, prefill

    def run(self) -> None:
        """Publish."""
        sink = operate.TickerplantSink(self._config)
        try:
            self._begin(sink)
            then = time.monotonic()
            while not self._stop_asked.wait(max(0.0, then + TICK_S - time.monotonic())):
                now = time.monotonic()
                self.behind = max(self.behind, now - then - TICK_S)
                self._advance(sink, (now - then) * self.speed)
                then = now
        except BaseException as error:  # noqa: BLE001 (told by whoever stops it)
            self.error = error
        finally:
            sink.close()

    def stop(self) -> None:
        """Stop, and raise what went wrong."""
        self._stop_asked.set()
        self.join()
        if self.error is not None:
            raise self.error

    def alarm(self, parent: str) -> None:
        """Have a parent filled badly at the next tick, so that its COST lamp comes on."""
        self._pending.append(parent)

    def _at(self, seconds: Any) -> Any:
        return BASE + (np.asarray(seconds) * 1e9).astype(np.int64)

    def _begin(self, sink: operate.TickerplantSink) -> None:
        n = len(self.parents)
        syms = [f"S{i}" for i in range(n)]
        first = self._at(np.full(n, 0.001))
        sink.publish("quote", rows("quote", time=first, sym=syms, venue=["V"] * n, bid=[99.99] * n, ask=[100.01] * n, bsize=[500.0] * n, asize=[500.0] * n))  # fmt: skip
        for at, ids, above in ((0.1, self.parents, [""] * n), (0.2, [f"{p}c" for p in self.parents], self.parents)):
            sink.publish(
                "orders",
                rows("orders", time=self._at(np.full(n, at)), sym=syms, id=ids, parent=above, event=["new"] * n, side=["buy"] * n, qty=[QTY] * n,
                     price=[np.nan] * n, algo=["pov"] * n, broker=["B"] * n, trader=["KIM"] * n, account=["A1"] * n, venue=["V"] * n, clordid=ids),
            )  # fmt: skip
        self.event = 0.5
        k = self._prefill
        for sym, name in zip(syms, self.parents, strict=True):
            if k:
                ids = [f"{name}.{i}" for i in range(k)]
                sink.publish(
                    "fills",
                    rows("fills", time=self._at(np.linspace(0.3, 0.49, k)), sym=[sym] * k, execid=ids, kind=["new"] * k, order=[f"{name}c"] * k,
                         parent=[name] * k, side=["buy"] * k, qty=[1.0] * k, price=[100.01] * k, venue=["V"] * k, broker=["B"] * k),
                )  # fmt: skip

    def _advance(self, sink: operate.TickerplantSink, seconds: float) -> None:
        begin, self.event = self.event, self.event + seconds
        n = max(1, int(self._rng.poisson(self.quotes_s * seconds)))
        which = self._rng.integers(0, len(self.parents), n)
        np.add.at(self._mids, which, self._rng.normal(0, 0.0005, n))
        mids = self._mids[which]
        sink.publish(
            "quote",
            rows("quote", time=self._at(np.linspace(begin, self.event, n + 1)[1:]), sym=[f"S{i}" for i in which], venue=["V"] * n,
                 bid=mids - 0.01, ask=mids + 0.01, bsize=[500.0] * n, asize=[500.0] * n),
        )  # fmt: skip
        alarms, self._pending = self._pending, []
        whose = [int(i) for i in self._rng.integers(0, len(self.parents), self._rng.poisson(self.fills_s * seconds))]
        for name in alarms:
            whose.append(self.parents.index(name))
        for i in whose:
            name = self.parents[i]
            bad = name in alarms
            filled = (self.sent[name][-1][0] if self.sent[name] else float(self._prefill)) + self.fill * (
                50 if bad else 1
            )
            if filled > QTY:
                continue
            self._count += 1
            price = 100.0 * (1 + 9e-4) if bad else self._mids[i] + 0.01 * self._rng.choice((-1, 1))
            row = rows("fills", time=self._at([self.event]), sym=[f"S{i}"], execid=[f"X{self._count}"], kind=["new"], order=[f"{name}c"], parent=[name],
                       side=["buy"], qty=[self.fill * (50 if bad else 1)], price=[price], venue=["V"], broker=["B"])  # fmt: skip
            self.sent[name].append((filled, time.time()))
            if bad:
                self.alarms[name] = time.time()
            sink.publish("fills", row)


@contextlib.contextmanager
def role(name: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """Another process of this measurement (bench/viewers.py), ready; it writes what it found when its input is closed."""
    command = [sys.executable, str(HERE / "viewers.py"), name, *map(str, arguments)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        if process.stdout.readline().strip() != "ready":
            raise SystemExit(f"{name} did not start")
        yield process
    finally:
        process.kill()
        process.wait()


def found(process: subprocess.Popen[str]) -> Any:
    """What such a process has found."""
    return json.loads(process.communicate(timeout=120)[0])


def shown(sent: Mapping[str, Sequence[tuple[float, float]]], seen: Sequence[tuple[str, float, float]]) -> list[float]:
    """Seconds from a fill's publication until somebody who saw (parent, filled, time) saw that much filled; fills that were not seen are left out."""
    by: dict[str, list[tuple[float, float]]] = {}
    for parent, filled, at in seen:
        by.setdefault(parent, []).append((filled, at))
    late = []
    for parent, fills in sent.items():
        looks, k = by.get(parent, []), 0
        for filled, at in fills:
            while k < len(looks) and (looks[k][0] < filled - 1e-6 or looks[k][1] < at):
                k += 1
            if k < len(looks):
                late.append(looks[k][1] - at)
    return late


def ms(values: Sequence[float]) -> dict[str, float | int | None]:
    """Milliseconds: median and p99 of seconds, and of how many."""
    if not len(values):
        return {"n": 0, "p50_ms": None, "p99_ms": None, "max_ms": None}
    p50, p99 = np.percentile(np.array(values) * 1e3, [50, 99])
    return {
        "n": len(values),
        "p50_ms": round(float(p50), 1),
        "p99_ms": round(float(p99), 1),
        "max_ms": round(1e3 * max(values), 1),
    }


def memory_mb(pid: int) -> float:
    """Resident memory of a process."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise KeyError(f"no process {pid}")


class Cpu:
    """Processor time of processes by name, from its making on: unlike the clock's, it means something on a busy machine too."""

    def __init__(self, pids: Mapping[str, int]) -> None:
        self._pids = {
            name: pids[name] for name in ("scorecard", "gateway", "rte", "rdb", "tickerplant") if name in pids
        }
        self._began, self._used = time.monotonic(), self._now()

    def share(self) -> dict[str, float]:
        """Seconds a second since then."""
        seconds = time.monotonic() - self._began
        return {name: round((used - self._used[name]) / seconds, 3) for name, used in self._now().items()}

    def _now(self) -> dict[str, float]:
        ticks = os.sysconf("SC_CLK_TCK")
        found = {}
        for name, pid in self._pids.items():
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            found[name] = (int(fields[11]) + int(fields[12])) / ticks
        return found


def keep(name: str, options: Mapping[str, Any], figures: Mapping[str, Any], out: Path | None) -> None:
    """Print figures and keep the raw run."""
    load = os.getloadavg()
    body = {"options": dict(options), "cpus": os.cpu_count(), "load": [round(x, 1) for x in load], **figures}
    text = json.dumps(body, indent=1, allow_nan=False, default=str) + "\n"
    if out is None:
        (HERE / "runs").mkdir(exist_ok=True)
        out = HERE / "runs" / f"{name}-{dt.datetime.now(dt.UTC).strftime('%Y%m%d-%H%M%S')}.json"
    out.write_text(text)
    print(f"raw run: {out}", flush=True)


def line(what: str, figures: Mapping[str, Any]) -> None:
    """A line of the table."""
    print(f"{what:<40}" + "".join(f"{k} {v!s:<10}" for k, v in figures.items()), flush=True)
