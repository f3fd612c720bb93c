"""
Processes of a running plant are killed outright (SIGKILL), one at a time, while a session is published; `slipstream up`'s
supervisor starts them again. At the end every row sent is in the logs, the HDB and the lake, once.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from slipstream import operate
from slipstream.config import Config, load_config
from slipstream.demo.day import REPLAY
from slipstream.demo.totals import same_rows
from slipstream.errors import EngineError
from slipstream.feed.demo_session import run_session
from slipstream.feed.publish import Position, Publisher
from slipstream.feed.schema import Columns
from slipstream.plant.supervisor import Supervisor

NAMES = ("tickerplant", "rdb", "hdb", "gateway", "rte", "scorecard")
DAYS = [dt.date(2025, 6, 11), dt.date(2025, 6, 12)]
SESSION_S = 330.0
"""Event seconds: 300 of the first day, 30 of the second."""


class Plant:
    """A plant under its supervisor, some of whose processes die."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.supervisor: Supervisor = operate.supervisor(config)

    def pid(self, name: str) -> int:
        # not by `status`, which would wait for an answer from one that is held
        return int(self.supervisor._api().supervisor.getProcessInfo(name)["pid"])

    def kill(self, name: str) -> None:
        """Kill a process; returns when another has taken its place and answers."""
        old = self.pid(name)
        os.kill(old, signal.SIGKILL)
        wait_for(lambda: self.pid(name) not in (0, old), f"{name} to be started again")
        self.supervisor.up()

    def log(self, name: str) -> str:
        return (self.config.log_dir / f"{name}.log").read_text(errors="replace")

    def rows(self, process: str) -> dict[str, int]:
        """Rows of each table in memory that has any."""
        with operate.connect(self.config, process) as client:
            found = client.value("{t!{count value x}each t:tables`.}", None)
        return {str(table): int(rows) for table, rows in found.items() if rows}

    def caught_up(self) -> bool:
        """Whether the RDB holds just the rows of the present log."""
        try:
            with operate.connect(self.config, "tickerplant") as tickerplant:
                logged = {str(name): int(rows) for name, rows in tickerplant.value(".u.rows").items() if rows}
            return self.rows("rdb") == logged
        except EngineError:
            return False  # it is being started again

    def finish(self, sent: dict[str, int], days: list[dt.date] = DAYS) -> None:
        """End the day, archive, and compare what was sent with what is in each place."""
        assert sent
        wait_for(self.caught_up, "the RDB to hold what is logged")
        with operate.connect(self.config, "gateway", timeout_s=120.0) as gateway:
            live = gateway.call(".api.slippage", day64(days[0]), day64(days[-1]))
        operate.end_of_day(self.config)
        for day in days:
            operate.wait_for_partition(self.config, day, timeout_s=60.0)
        assert self.logged() == sent
        assert self.stored(days) == sent
        lake: dict[str, int] = {}
        for result in operate.archive(self.config, days):
            for table, rows in result.rows.items():
                lake[table] = lake.get(table, 0) + rows
        assert {table: rows for table, rows in lake.items() if rows} == sent
        assert operate.dates(self.config) == days
        with operate.connect(self.config, "gateway", timeout_s=120.0) as gateway:
            assert same_rows(live, gateway.call(".api.slippage", day64(days[0]), day64(days[-1])))
        assert live.num_rows == sent.get("fills", 0)

    def logged(self) -> dict[str, int]:
        files = [f":{file}" for file in sorted(self.config.tplog_dir.iterdir())]
        with operate.connect(self.config, "hdb", timeout_s=120.0) as hdb:
            return {str(table): int(rows) for table, rows in hdb.value(REPLAY, files).items() if rows}

    def stored(self, days: list[dt.date]) -> dict[str, int]:
        found: dict[str, int] = {}
        with operate.connect(self.config, "hdb", timeout_s=120.0) as hdb:
            for table in hdb.value("{`symbol$.Q.pt}", None).to_pylist():
                for day in days:
                    count = f"{{[d] first (select n:count i from`{table} where date=d)`n}}"
                    found[table] = found.get(table, 0) + int(hdb.value(count, day64(day)))
        return {table: rows for table, rows in found.items() if rows}


class Sink(operate.TickerplantSink):
    """Does something before chosen batches."""

    def __init__(self, config: Config, at: dict[int, Callable[[], None]]) -> None:
        super().__init__(config)
        self.batches, self._at = 0, dict(at)

    def publish(self, table: str, columns: Columns) -> Position | None:
        self.batches += 1
        self._at.pop(self.batches, lambda: None)()
        return super().publish(table, columns)

    def unused(self) -> list[int]:
        return sorted(self._at)


@pytest.fixture
def plant(tmp_path: Path, quill_path: Path, ports: Callable[[int], list[int]]) -> Iterator[Plant]:
    numbers = zip(NAMES, ports(len(NAMES)), strict=True)
    overrides: dict[str, Any] = {f"ports.{name}": number for name, number in numbers}
    overrides |= {"engine": "quill", "var": str(tmp_path / "var"), "start_timeout_s": 60.0}
    made = Plant(load_config(overrides=overrides))
    made.supervisor.down()
    try:
        made.supervisor.up()
        yield made
    finally:
        made.supervisor.down()


def day64(day: dt.date) -> np.datetime64:
    return np.datetime64(day, "D")


def wait_for(condition: Callable[[], bool], what: str, timeout_s: float = 60.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, f"waited {timeout_s:g} s for {what}"
        time.sleep(0.02)


def session(plant: Plant, at: dict[int, Callable[[], None]]) -> tuple[dict[str, int], Publisher]:
    sink = Sink(plant.config, at)
    publisher = Publisher(sink)
    try:
        report = run_session(publisher, workdir=plant.config.var_dir / "session", duration_s=SESSION_S, run_id="e2e")
    finally:
        sink.close()
    assert sink.unused() == [], f"the session had only {sink.batches} batches"
    return dict(report.sent), publisher


@pytest.mark.slow
@pytest.mark.parametrize("name", ["tickerplant", "rdb", "hdb", "gateway"])
def test_a_process_is_killed_while_a_session_runs(plant: Plant, name: str) -> None:
    """Twice: early, and at once after that again when it has hardly come back."""

    def twice() -> None:
        plant.kill(name)
        plant.kill(name)

    sent, publisher = session(plant, {20: lambda: plant.kill(name), 200: twice})
    if name == "tickerplant":
        assert publisher.reconnects == 2
    plant.finish(sent)


@pytest.mark.slow
def test_everything_is_killed_and_brought_up_again(plant: Plant) -> None:
    """The machine's end, as far as processes are concerned: supervisor and all, then `slipstream up`."""

    def all_of_it() -> None:
        daemon = int((plant.config.run_dir / "supervisord.pid").read_text())
        os.kill(daemon, signal.SIGKILL)
        wait_for(lambda: not plant.supervisor.running(), "the supervisor to be gone")
        plant.supervisor.up()

    sent, _ = session(plant, {150: all_of_it})
    plant.finish(sent)


ROLL = "2025.06.11"


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["before", "aside", "renamed"])
def test_the_rdb_is_killed_during_the_roll(plant: Plant, moment: str) -> None:
    """
    Its roll is held at a moment by a function put in its place: before anything is written, when the tables are
    written aside and not renamed, when the partition is in place and the HDB has not been told.
    """
    hold = '{[x] system"sleep 60"}'
    held = plant.config.hdb_dir / ROLL if moment == "renamed" else plant.config.hdb_dir.with_name("hdb.aside") / ROLL
    with operate.connect(plant.config, "rdb") as rdb:
        if moment == "before":
            held = plant.config.var_dir / "held"
            rdb.query(f'.eod.write:{{[d;t] (hsym`$"{held}")set 1; system"sleep 60"}}')
        elif moment == "aside":
            # `fixraw` is written last or nearly so; everything written by then is aside
            rdb.query(
                '.eod.write0:.eod.write;.eod.write:{[d;t] n:.eod.write0[d;t]; if[t=last .rdb.t;system"sleep 60"]; n}'
            )
            held /= sorted_tables(rdb)[-1]
        else:
            rdb.query(".eod.clear:" + hold)

    def during() -> None:
        wait_for(held.exists, "the roll to begin")
        time.sleep(0.2)  # `aside`: the table is compared after it is written
        plant.kill("rdb")

    first_of_next_day = Event()
    sink = Sink(plant.config, {})
    publisher = Publisher(sink)
    send = sink.publish

    def publish(table: str, columns: Columns) -> Position | None:
        made = send(table, columns)
        if columns["time"][0] >= np.datetime64("2025-06-12") and not first_of_next_day:
            first_of_next_day.happened = True
            during()
        return made

    sink.publish = publish  # type: ignore[method-assign]
    try:
        report = run_session(publisher, workdir=plant.config.var_dir / "session", duration_s=SESSION_S, run_id="e2e")
    finally:
        sink.close()
    assert first_of_next_day
    if moment != "renamed":
        assert "roll of a missed day" in plant.log("rdb")
    plant.finish(dict(report.sent))


class Event:
    """Whether something happened."""

    happened = False

    def __bool__(self) -> bool:
        return self.happened


def sorted_tables(rdb: Any) -> list[str]:
    return [str(name) for name in rdb.value(".rdb.t").to_pylist()]


@pytest.mark.slow
def test_the_tickerplant_is_killed_right_after_the_roll(plant: Plant) -> None:
    """The day is marked as ended; nobody has been told of it, and the first rows of the next day are unanswered."""
    with operate.connect(plant.config, "tickerplant") as tickerplant:
        tickerplant.query('.u.end:{[d] system"kill -9 ",string .z.i}')
    sent, publisher = session(plant, {})
    assert publisher.reconnects == 1
    assert "roll of a missed day" in plant.log("rdb")
    plant.finish(sent)


@pytest.mark.slow
def test_rows_of_an_ended_day_are_kept(plant: Plant) -> None:
    """The day is ended by hand in the middle of the session; what comes of it later is in the next partition."""

    def end() -> None:
        operate.end_of_day(plant.config)

    sent, _ = session(plant, {150: end})
    assert "rows of an ended day" in plant.log("tickerplant")
    wait_for(plant.caught_up, "the RDB to hold what is logged")
    operate.end_of_day(plant.config)
    operate.wait_for_partition(plant.config, DAYS[1])
    assert plant.logged() == sent
    assert plant.stored(DAYS) == sent


@pytest.mark.slow
def test_the_hdb_is_away_at_the_roll(plant: Plant) -> None:
    """It starts before the partition is renamed into place and cannot be told then: the RDB asks it again later."""
    with operate.connect(plant.config, "rdb") as rdb:
        rdb.query('.conn.ask0:.conn.ask;.conn.ask:{[n;q] if[n=`hdb;.conn.ask:.conn.ask0;\'"away"];.conn.ask0[n;q]}')
    sent, _ = session(plant, {})
    assert "hdb not reloaded" in plant.log("rdb")
    plant.finish(sent)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_processes_are_killed_at_random(plant: Plant, seed: int) -> None:
    """Any of them, every few batches, without waiting for the one before to be back."""
    rng = random.Random(seed)
    api = plant.supervisor._api().supervisor

    def strike() -> None:
        for name in rng.sample(["tickerplant", "rdb", "hdb", "gateway"], rng.randint(1, 3)):
            pid = int(api.getProcessInfo(name)["pid"])
            if pid:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    at = sorted(rng.sample(range(10, 1000), 25))
    sent, _ = session(plant, dict.fromkeys(at, strike))
    plant.supervisor.up()
    plant.finish(sent)
