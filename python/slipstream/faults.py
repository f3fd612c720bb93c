"""
Faults on purpose: a plant of real processes, numbered rows, and blows at random moments, by a seed.

For each seed a publisher sends rows that are numbered through, of several symbols, over two days. Between its
batches processes are killed (SIGKILL), held (SIGSTOP) and let go, connections are cut, the tickerplant's log gets a
torn tail while it is down, and the process that rolls is killed while it rolls. Then the day is ended and archived.
Every row that was acknowledged must be in the HDB and in the lake exactly once, in order within its symbol.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import random
import shutil
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from slipstream import operate
from slipstream.archive.store import Lake
from slipstream.config import load_config
from slipstream.engine.base import free_ports
from slipstream.errors import EngineError, PlantError
from slipstream.feed.publish import Publisher
from slipstream.feed.schema import TABLES, Columns, column

PROCESSES = ("tickerplant", "rdb", "idb", "hdb", "wdb", "merge", "gateway")
FIRST_DAY = dt.date(2025, 6, 11)
BATCHES, ROWS = 120, 40
"""Batches a seed, rows a batch."""
_WAIT_S = 120.0


@dataclass
class Report:
    """What was done, and what came of it."""

    seeds: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    acknowledged: int = 0
    lost: int = 0
    doubled: int = 0
    disordered: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether nothing was lost, doubled or out of order."""
        return not (self.lost or self.doubled or self.disordered or self.problems)


def run(
    folder: Path, seeds: range, *, engine: str = "auto", progress: Callable[[int, Report], None] | None = None
) -> Report:
    """
    Run the seeds, each with a plant of its own in the folder.

    Args:
        folder: where the plants write; a seed that is clean is removed, one that is not stays to be looked at.
        seeds: which.
        engine: auto, quill or kdb.
        progress: told after each seed.
    """
    report = Report()
    for seed in seeds:
        var = folder / f"seed{seed}"
        shutil.rmtree(var, ignore_errors=True)
        with _plant(var, engine) as plant:
            _one(plant, random.Random(seed), report, f"seed {seed}")
        report.seeds += 1
        if progress is not None:
            progress(seed, report)
        if not report.clean:
            report.problems.append(f"the files of seed {seed} are in {var}")
            break
        shutil.rmtree(var)
    return report


class _Plant:
    def __init__(self, var: Path, engine: str) -> None:
        names = (*PROCESSES, "rte", "fix", "scorecard")
        ports = dict(zip((f"ports.{name}" for name in names), free_ports(len(names)), strict=True))
        self.config = load_config(overrides={"engine": engine, "var": str(var), "start_timeout_s": 60.0, **ports})
        self.supervisor = operate.supervisor(self.config)

    def pid(self, name: str) -> int:
        return self.supervisor.pid(name)

    def signal(self, name: str, number: int) -> bool:
        """Whether there was a process to send it to."""
        pid = self.pid(name)
        if not pid:
            return False
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return False
        return True


@contextlib.contextmanager
def _plant(var: Path, engine: str) -> Iterator[_Plant]:
    plant = _Plant(var, engine)
    try:
        plant.supervisor.up()
        yield plant
    finally:
        plant.supervisor.down()


def _one(plant: _Plant, rng: random.Random, report: Report, name: str) -> None:
    sink = operate.TickerplantSink(plant.config)
    publisher = Publisher(sink, retry_for=_WAIT_S)
    blows = sorted(rng.sample(range(3, BATCHES), 10))
    roll = BATCHES // 2 + rng.randint(0, 2)
    sent: list[Columns] = []
    released: list[threading.Timer] = []
    try:
        for batch in range(BATCHES):
            if batch in blows:
                kind = rng.choice(list(_BLOWS))
                _BLOWS[kind](plant, rng, released)
                report.faults[kind] += 1
            day = FIRST_DAY + dt.timedelta(days=int(batch >= BATCHES // 2))
            rows = _rows(day, batch, rng)
            publisher.add("trade", rows)
            publisher.flush()
            sent.append(rows)
            if batch == roll:
                # the first day's partition is being written, or just has been
                time.sleep(rng.random() * 0.5)
                plant.signal("wdb", signal.SIGKILL)
                report.faults["wdb killed at the roll"] += 1
        for timer in released:
            timer.join()
        plant.supervisor.up()
        _compare(plant, sent, report, name)
    except (EngineError, PlantError) as error:
        report.problems.append(f"{name}: {error}")
    finally:
        for timer in released:
            timer.join()
        sink.close()


def _kill(plant: _Plant, rng: random.Random, _: list[threading.Timer]) -> None:
    for name in rng.sample(PROCESSES, rng.randint(1, 3)):
        plant.signal(name, signal.SIGKILL)


def _hold(plant: _Plant, rng: random.Random, released: list[threading.Timer]) -> None:
    """Held for a moment; the publisher goes on meanwhile where it can."""
    pid = plant.pid(rng.choice(PROCESSES))
    if not pid:
        return
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGSTOP)

    def let_go() -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)

    timer = threading.Timer(rng.uniform(0.05, 0.8), let_go)
    timer.start()
    released.append(timer)


def _cut(plant: _Plant, rng: random.Random, _: list[threading.Timer]) -> None:
    """Every connection of a process is closed, under its own hands and its peers'."""
    with contextlib.suppress(EngineError), operate.connect(plant.config, rng.choice(PROCESSES)) as client:
        client.value("{h:(key .z.W)except .z.w;@[hclose;;::]each h;@[.z.pc;;::]each h;count h}", None)


def _tear(plant: _Plant, rng: random.Random, _: list[threading.Timer]) -> None:
    """The tickerplant goes down and its log gets the beginning of a message, as after a crash in the middle of a write."""
    plant.supervisor.stop("tickerplant")
    logs = sorted(plant.config.tplog_dir.glob("slip????.??.??"))
    if logs:
        head = bytes.fromhex("000003000000f575706400f5747261646500")
        with logs[-1].open("ab") as log:
            log.write((head + rng.randbytes(200))[: rng.randint(1, 200)])
    plant.supervisor.up()


_BLOWS: dict[str, Callable[[_Plant, random.Random, list[threading.Timer]], None]] = {
    "processes killed": _kill,
    "process held": _hold,
    "connections cut": _cut,
    "torn log": _tear,
}


def _rows(day: dt.date, batch: int, rng: random.Random) -> Columns:
    """Rows numbered through by `seq`; `time` rises with it."""
    start = int(np.datetime64(day, "ns").astype(np.int64)) + 3_600_000_000_000
    seq = np.arange(batch * ROWS, (batch + 1) * ROWS)
    made: dict[str, Any] = {
        "time": (start + seq * 1_000_000).astype(np.int64),
        "sym": [f"S{rng.randrange(5)}" for _ in seq],
        "seq": seq,
        "price": np.full(len(seq), 100.0),
        "size": np.ones(len(seq)),
        "etime": (start + seq * 1_000_000).astype(np.int64),
    }
    return {name: column(kind, made.get(name, [""] * len(seq))) for name, kind in TABLES["trade"].items()}


def _compare(plant: _Plant, sent: list[Columns], report: Report, name: str) -> None:
    config = plant.config
    operate.end_of_day(config)
    days = [FIRST_DAY, FIRST_DAY + dt.timedelta(days=1)]
    for day in days:
        operate.wait_for_partition(config, day, timeout_s=_WAIT_S)
    operate.archive(config, days)
    report.acknowledged += sum(len(rows["seq"]) for rows in sent)
    lake = Lake(config.lake_url)
    with operate.connect(config, "hdb", timeout_s=_WAIT_S) as hdb:
        for index, day in enumerate(days):
            half = sent[: BATCHES // 2] if index == 0 else sent[BATCHES // 2 :]
            want = _by_symbol(
                np.concatenate([rows["sym"] for rows in half]), np.concatenate([rows["seq"] for rows in half])
            )
            answer = hdb.value("{[d] select sym,seq from trade where date=d}", np.datetime64(day, "D"))
            _count(report, f"{name}: HDB {day}", want, _by_symbol(answer["sym"].to_pylist(), answer["seq"].to_pylist()))
            folder = lake.partition("trade", day)
            found: dict[str, list[int]] = {}
            for part in (part for part in lake.files(folder) if part.endswith(".parquet")):
                with lake.reading(f"{folder}/{part}") as source:
                    table = pq.read_table(source, columns=["sym", "seq"])
                for symbol, seqs in _by_symbol(table["sym"].to_pylist(), table["seq"].to_pylist()).items():
                    found.setdefault(symbol, []).extend(seqs)
            _count(report, f"{name}: lake {day}", want, found)


def _by_symbol(symbols: Any, seqs: Any) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for symbol, seq in zip(symbols, seqs, strict=True):
        found.setdefault(str(symbol), []).append(int(seq))
    return found


def _count(report: Report, where: str, want: dict[str, list[int]], have: dict[str, list[int]]) -> None:
    expected = Counter(seq for seqs in want.values() for seq in seqs)
    found = Counter(seq for seqs in have.values() for seq in seqs)
    lost, doubled = (expected - found).total(), (found - expected).total()
    disordered = sum(seqs != sorted(seqs) for seqs in have.values())
    report.lost += lost
    report.doubled += doubled
    report.disordered += disordered
    if lost or doubled or disordered:
        report.problems.append(f"{where}: {lost} lost, {doubled} doubled, {disordered} symbols out of order")
