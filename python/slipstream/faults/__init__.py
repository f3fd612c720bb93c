"""
Faults on purpose: a plant of real processes, numbered rows, and blows at random moments, by a seed.

For each seed a publisher sends rows that are numbered through, of two tables and several symbols, over two days. Between its
batches come the blows (`blows.py`), at each of the two ends of a day a process is killed at a named step of the roll
(`steps.py`), and the archive works against an S3 server that refuses (`stores.py`) or is killed itself. Every row that was
acknowledged must then be in the HDB and in the lake exactly once, unaltered, in order within its symbol. Only rows of messages whose
bytes were flipped in the log may be missing, and only if the log's list of damages tells of them and the bytes are kept.
"""

from __future__ import annotations

import datetime as dt
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from slipstream import operate
from slipstream.archive.store import Lake
from slipstream.archive.verify import read_manifest, verify_day
from slipstream.errors import EngineError, QueryError, SlipstreamError
from slipstream.faults.blows import BLOWS, NUMBERED, Struck
from slipstream.faults.plant import WAIT_S, Plant, clear, clock_library, running
from slipstream.faults.report import Report, Row, price_of
from slipstream.faults.steps import arm, steps
from slipstream.faults.stores import BUCKET, Refusing, random_refusal, refusing
from slipstream.feed.publish import Publisher
from slipstream.feed.schema import TABLES, Columns, column, join

FIRST_DAY = dt.date(2025, 6, 11)
DAYS = [FIRST_DAY, FIRST_DAY + dt.timedelta(days=1)]
BATCHES, ROWS = 80, 30
"""Batches a seed and table, rows a batch."""
BLOWS_A_SEED = 7
_ATTEMPTS = 40
"""Tries of the archive before it is a fault of ours."""


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
    clock, how = clock_library(folder)
    report.means["clock stepped"] = how
    with refusing() as server:
        if server is None:
            report.means["S3 call refused"] = "not made: moto is not installed"
        for seed in seeds:
            var = folder / f"seed{seed}"
            rng = random.Random(seed)
            with running(var, _settings(seed, engine, rng, server), clock) as plant:
                report.means["disk full"] = (
                    f"a file system of {_disk_mb()} MB" if plant.disk else "the processes' limit of a file's size"
                )
                _Seed(seed, plant, rng, report, server).run()
            report.seeds += 1
            if progress is not None:
                progress(seed, report)
            if not report.clean:
                report.problems.append(f"the files of seed {seed} are in {var}")
                break
            clear(var)
    return report


def _disk_mb() -> int:
    from slipstream.faults.plant import DISK_BYTES

    return DISK_BYTES >> 20


def _settings(seed: int, engine: str, rng: random.Random, server: Refusing | None) -> dict[str, Any]:
    """What differs from plant to plant, by the seed."""
    made: dict[str, Any] = {
        "engine": engine,
        "tickerplant.sync": rng.choice(["always", "interval", "never"]),
        "tickerplant.mode": rng.choice(["batch", "zero"]),
        "writedown.rows": rng.choice([200, 1000, 100_000]),
        "writedown.every_s": rng.choice([0.2, 1.0]),
    }
    if server is not None and seed % 4 == 0:
        made |= {"lake.url": f"s3://{BUCKET}/seed{seed}-{time.time_ns()}", "lake.endpoint": server.url}
    return made


class _Seed:
    """One plant's two days."""

    def __init__(self, seed: int, plant: Plant, rng: random.Random, report: Report, server: Refusing | None) -> None:
        self.seed, self.plant, self.rng, self.report = seed, plant, rng, report
        self.server = server if plant.settings.get("lake.endpoint") else None
        self.struck = Struck()
        self.sent: dict[tuple[str, dt.date], list[Columns]] = {}
        self.sink = operate.TickerplantSink(plant.config, timeout_s=WAIT_S)
        self.publisher = Publisher(self.sink, retry_for=WAIT_S)

    def run(self) -> None:
        """Everything; what goes wrong is in the report."""
        try:
            self._days()
            self._archive()
            self._compare()
        except (SlipstreamError, OSError) as error:
            self.report.problems.append(f"seed {self.seed}: {type(error).__name__}: {error}")
        finally:
            self.sink.close()
        self.report.problems += [f"seed {self.seed}: {problem}" for problem in self.struck.problems]

    def _days(self) -> None:
        found = steps(self.plant)
        blows = sorted(self.rng.sample(range(2, BATCHES), BLOWS_A_SEED))
        # every kind and every step has its turn, whatever chance does
        turn = self.seed * BLOWS_A_SEED
        kinds = [BLOWS[(turn + n) % len(BLOWS)] for n in range(BLOWS_A_SEED)]
        self.rng.shuffle(kinds)
        for batch in range(BATCHES):
            if batch in blows:
                what = kinds[blows.index(batch)](self.plant, self.rng, self.struck)
                self.report.faults[what] += bool(what)
            if batch == BATCHES // 2:
                with self._dying(found[2 * self.seed % len(found)]):
                    self._batch(batch)
                    operate.wait_for_partition(self.plant.config, DAYS[0], timeout_s=WAIT_S)
                continue
            self._batch(batch)
        self.plant.settle()
        with self._dying(found[(2 * self.seed + 1) % len(found)]):
            self._end()

    @contextmanager
    def _dying(self, step: Any) -> Iterator[None]:
        """A process dies at a step of the roll meanwhile, and is there again at the end."""
        self.plant.settle()
        mark = self.plant.var / "died"
        mark.unlink(missing_ok=True)
        arm(self.plant, step, mark)
        yield
        deadline = time.monotonic() + WAIT_S
        while not mark.exists():
            if time.monotonic() > deadline:
                self.struck.problems.append(f"the roll never came to the step: {step.name}")
                return
            time.sleep(0.02)
        self.report.faults[step.name] += 1
        self.plant.settle()

    def _batch(self, batch: int) -> None:
        """A batch of each table, acknowledged when this returns."""
        day = DAYS[int(batch >= BATCHES // 2)]
        for table in NUMBERED:
            rows = _rows(table, day, batch, self.rng)
            self.publisher.add(table, rows)
            self._flush()
            self.sent.setdefault((table, day), []).append(rows)
            self.report.acknowledged += ROWS

    def _flush(self) -> None:
        """What is refused for want of room is sent again until there is some."""
        deadline = time.monotonic() + WAIT_S
        while True:
            try:
                self.publisher.flush()
                return
            except QueryError as refused:
                if (
                    not any(word in str(refused) for word in ("No space left", "File too large"))
                    or time.monotonic() > deadline
                ):
                    raise
                self.report.refused += 1
                time.sleep(0.05)

    def _end(self) -> None:
        """The second day is ended, however often it takes; both partitions are served."""
        config = self.plant.config
        try:
            operate.end_of_day(config)
        except EngineError:
            # the tickerplant died over it: the day has ended if it does not take it up again
            if self.plant.patiently("tickerplant", lambda q: q.value("not null .u.d")):
                operate.end_of_day(config)
        for day in DAYS:
            operate.wait_for_partition(config, day, timeout_s=WAIT_S)

    # ---- the lake

    def _archive(self) -> None:
        """Archive both days, against refusals and killed at random; the lake is never half a day."""
        if self.seed % 3 == 0:
            self._archive_killed()
        for _ in range(_ATTEMPTS):
            before = self.server.refused if self.server else 0
            if self.server is not None:
                random_refusal(self.server, self.rng)
            try:
                operate.archive(self.plant.config, DAYS)
                done = True
            except (SlipstreamError, OSError):
                if self.server is None:
                    raise
                done = False
            if self.server is not None:
                self.server.refuse(0, 0, "500")
                self.report.faults["S3 call refused"] += self.server.refused - before
            self._whole()
            if done:
                return
        self.struck.problems.append(f"the archive did not come to an end in {_ATTEMPTS} tries")

    def _archive_killed(self) -> None:
        flags = [part for key, value in self.plant.settings.items() for part in ("--set", f"{key}={value}")]
        command = [sys.executable, "-m", "slipstream", "archive", *flags]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        lake = self._lake()
        deadline = time.monotonic() + WAIT_S
        # from the moment that it has written something
        while process.poll() is None and time.monotonic() < deadline and not lake.exists("_aside"):
            time.sleep(0.005)
        time.sleep(self.rng.random() * 0.5)
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            self.report.faults["archive killed"] += 1
        process.wait()
        self._whole()

    def _whole(self) -> None:
        """A day that has a manifest is there whole, whatever became of the run that wrote it."""
        lake = self._lake()
        for day in DAYS:
            if read_manifest(lake, day) is not None:
                found = verify_day(lake, day)
                self.struck.problems += [f"the lake calls {day} complete, but {problem}" for problem in found.problems]

    def _lake(self) -> Lake:
        return Lake(self.plant.config.lake_url, endpoint=self.server.direct if self.server else None)

    # ---- what became of the rows

    def _compare(self) -> None:
        lake = self._lake()
        for (table, day), parts in self.sent.items():
            rows = join(parts)
            want: dict[str, list[int]] = {}
            for symbol, seq in zip(rows["sym"], rows["seq"], strict=True):
                want.setdefault(str(symbol), []).append(int(seq))
            may_miss = self.struck.damaged.get(table, set())
            price = _price(table)
            with operate.connect(self.plant.config, "hdb", timeout_s=WAIT_S) as hdb:
                answer = hdb.value(f"{{[d] select sym,seq,{price} from {table} where date=d}}", np.datetime64(day, "D"))
            have = _by_symbol(answer, price)
            where = f"seed {self.seed}: {table} of {day}"
            missing = self.report.count(f"{where} in the HDB", want, have, may_miss)
            self.report.quarantined += len(missing)
            folder = lake.partition(table, day)
            found: dict[str, list[Row]] = {}
            for part in (part for part in lake.files(folder) if part.endswith(".parquet")):
                with lake.reading(f"{folder}/{part}") as source:
                    for symbol, seqs in _by_symbol(pq.read_table(source), price).items():
                        found.setdefault(symbol, []).extend(seqs)
            # what the HDB has, the lake has
            self.report.count(f"{where} in the lake", want, found, missing)


def _price(table: str) -> str:
    return "price" if table == "trade" else "bid"


def _rows(table: str, day: dt.date, batch: int, rng: random.Random) -> Columns:
    """Rows numbered through by `seq`; `time` rises with it."""
    start = int(np.datetime64(day, "ns").astype(np.int64)) + 3_600_000_000_000
    seq = np.arange(batch * ROWS, (batch + 1) * ROWS)
    made: dict[str, Any] = {
        "time": (start + seq * 1_000_000).astype(np.int64),
        "sym": [f"S{rng.randrange(5)}" for _ in seq],
        "seq": seq,
        "etime": (start + seq * 1_000_000).astype(np.int64),
    }
    made[_price(table)] = np.array([price_of(int(number)) for number in seq])
    fill: dict[str, Any] = {"f": 1.0, "s": "", "C": b"", "p": 0, "j": 0}
    return {name: column(kind, made.get(name, [fill[kind]] * len(seq))) for name, kind in TABLES[table].items()}


def _by_symbol(table: Any, price: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for symbol, seq, value in zip(
        table["sym"].to_pylist(), table["seq"].to_pylist(), table[price].to_pylist(), strict=True
    ):
        found.setdefault(str(symbol), []).append((int(seq), float(value)))
    return found


__all__ = ["Report", "run"]
