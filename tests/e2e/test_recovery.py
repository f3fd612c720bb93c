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
from slipstream.feed.schema import TABLES, Columns
from slipstream.plant.supervisor import Supervisor

NAMES = ("tickerplant", "rdb", "idb", "hdb", "wdb", "merge", "gateway", "rte", "scorecard")
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

    def caught_up(self) -> bool:
        """Whether IDB and RDB together hold just the rows of the present log."""
        try:
            with operate.connect(self.config, "tickerplant") as tickerplant:
                logged = {str(name): int(rows) for name, rows in tickerplant.value(".u.rows").items() if rows}
                day = tickerplant.value(".u.d")
            with operate.connect(self.config, "gateway") as gateway:
                held = gateway.call(".api.counts", day, day)
            return {str(table): int(rows) for table, rows in held.items() if rows} == logged
        except EngineError:
            return False  # it is being started again

    def finish(self, sent: dict[str, int], days: list[dt.date] = DAYS) -> None:
        """End the day, archive, and compare what was sent with what is in each place."""
        assert sent
        wait_for(self.caught_up, "IDB and RDB to hold what is logged")
        # rows that came after their day had ended are there once they are merged
        wait_for(lambda: self.answered(days) == sent, "the gateway to have every row that was sent")
        with operate.connect(self.config, "gateway", timeout_s=120.0) as gateway:
            live = gateway.call(".api.slippage", day64(days[0]), day64(days[-1]))
        operate.end_of_day(self.config)
        for day in days:
            operate.wait_for_partition(self.config, day, timeout_s=180.0)
        assert self.logged() == sent
        assert self.stored(days) == sent
        lake: dict[str, int] = {}
        for result in operate.archive(self.config, days):
            for table, rows in result.rows.items():
                lake[table] = lake.get(table, 0) + rows
        assert captured(lake) == sent
        assert operate.dates(self.config) == days
        with operate.connect(self.config, "gateway", timeout_s=120.0) as gateway:
            assert same_rows(live, gateway.call(".api.slippage", day64(days[0]), day64(days[-1])))
        assert live.num_rows == sent.get("fills", 0)

    def answered(self, days: list[dt.date]) -> dict[str, int]:
        """Rows that the gateway counts in those days."""
        try:
            with operate.connect(self.config, "gateway", timeout_s=120.0) as gateway:
                found = gateway.call(".api.counts", day64(days[0]), day64(days[-1]))
            return captured({str(table): int(rows) for table, rows in found.items()})
        except EngineError:
            return {}  # one of them is being started again

    def logged(self, folder: str = "tplog") -> dict[str, int]:
        files = [f":{file}" for file in sorted((self.config.var_dir / folder).iterdir())]
        with operate.connect(self.config, "hdb", timeout_s=120.0) as hdb:
            return captured({str(table): int(rows) for table, rows in hdb.value(REPLAY, files).items()})

    def stored(self, days: list[dt.date]) -> dict[str, int]:
        found: dict[str, int] = {}
        with operate.connect(self.config, "hdb", timeout_s=120.0) as hdb:
            for table in hdb.value("{`symbol$.Q.pt}", None).to_pylist():
                for day in days:
                    count = f"{{[d] first (select n:count i from`{table} where date=d)`n}}"
                    found[table] = found.get(table, 0) + int(hdb.value(count, day64(day)))
        return captured(found)


def captured(rows: dict[str, int]) -> dict[str, int]:
    """Rows that were sent, without those that the real-time engine derives from them."""
    return {table: n for table, n in rows.items() if n and table in TABLES}


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
    overrides |= {"writedown.rows": 2000, "writedown.every_s": 0.5}
    made = Plant(load_config(overrides=overrides))
    made.supervisor.down()
    try:
        made.supervisor.up()
        yield made
    finally:
        made.supervisor.down()


def day64(day: dt.date) -> np.datetime64:
    return np.datetime64(day, "D")


def wait_for(condition: Callable[[], bool], what: str, timeout_s: float = 180.0) -> None:
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
@pytest.mark.parametrize("name", ["tickerplant", "rdb", "idb", "hdb", "wdb", "merge", "gateway"])
def test_a_process_is_killed_while_a_session_runs(plant: Plant, name: str) -> None:
    """Twice: early, and at once after that again when it has hardly come back."""

    def twice() -> None:
        plant.kill(name)
        plant.kill(name)

    sent, publisher = session(plant, {20: lambda: plant.kill(name), 200: twice})
    if name == "tickerplant":
        assert publisher.reconnects == 2
    plant.finish(sent)


DERIVED = """{[d]
  h:0D00:00:00.1 0D00:00:01 0D00:00:10 0D00:01;
  m:.data.plain select from markout where date=d,event=`fill,h in 0D00:00:00.1 0D00:00:01 0D00:00:10 0D00:01;
  / the last revision of each, and the same of the batch
  live:select by id,h from`rev xasc m;
  batch:select by id:execid,h from .api.markouts[d;d;h];
  k:key select from live where state=`final;
  c:`mid`markout`realised`impact;
  a:0!select by id,event,at from`rev xasc .data.plain select from arrival where date=d;
  s:.tca.state[select sym,time:at from a;.tca.ordered .tca.consolidate .tca.phased[();();.data.plain select from quote where date=d;.data.plain select from status where date=d]0];
  `finals`due`markouts`arrivals`orders`same`rows!(count k;sum(exec time+h from 0!batch)<exec max time from quote where date=d;
    (c#live k)~c#batch k;count a;exec count distinct([]id;event;time)from orders where date=d;
    a[`mid]~s`mid;all{[d;t]x~distinct x:?[t;enlist(=;`date;d);0b;()]}[d]each`arrival`markout`score`alert`health) }"""
"""What the real-time engine derived of a day, against the batch over the day's partition."""


@pytest.mark.slow
def test_the_real_time_engine_is_killed_while_a_session_runs(plant: Plant) -> None:
    """It takes up what it had, and what it derives is there once, as if it had never been killed: as the batch has it."""

    def twice() -> None:
        plant.kill("rte")
        plant.kill("rte")

    sent, _ = session(plant, {20: lambda: plant.kill("rte"), 200: twice})
    plant.finish(sent)
    with operate.connect(plant.config, "hdb", timeout_s=120.0) as hdb:
        found: dict[str, Any] = {}

        def merged() -> bool:
            found.update(hdb.value(DERIVED, day64(DAYS[0])))
            return bool(found["finals"] == found["due"] > 100 and found["arrivals"] == found["orders"] > 20)

        # what the engine had not derived when the day ended is late, and comes when it is merged
        try:
            wait_for(merged, "every fill's horizons and every order's arrival to be in the partition")
        except AssertionError as missing:
            raise AssertionError(f"{missing}: {found}") from None
        assert found["markouts"] and found["same"] and found["rows"], found
        # the orders of the second day came on the first, which a new day knows nothing of (rte/README.md)
        assert hdb.value(DERIVED, day64(DAYS[1]))["rows"]


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


# what the wdb does before it stops to be killed: on its way through the steps of the journal, or between two of them
HOLDS = {
    "a table aside": ".roll.names:{[d;f;c](` sv f,`.d)set c;HOLD}",
    "the last column": ".roll.written:{[d]HOLD}",
    "in place, not noted": ".rolls.note:{[db;d;s]HOLD}",
} | {
    step: f".roll.note0:.roll.note;.roll.note:{{[d;s].roll.note0[d;s];if[s=`{step};HOLD]}}"
    for step in ("ended", "written", "renamed", "reloaded", "told", "cleared")
}


@pytest.mark.slow
@pytest.mark.parametrize("moment", list(HOLDS))
def test_the_wdb_is_killed_during_the_roll(plant: Plant, moment: str) -> None:
    """It is held at a moment by a function put in its place, and killed there."""
    held = plant.config.var_dir / "held"
    hold = f'(hsym`$"{held}")set 1;system"sleep 60"'
    with operate.connect(plant.config, "wdb") as wdb:
        if moment == "in place, not noted":
            # from `written` on
            hold = f"$[s=`renamed;[{hold}];.rolls.note0[db;d;s]]"
            wdb.query(".rolls.note0:.rolls.note")
        wdb.query(HOLDS[moment].replace("HOLD", hold))

    def during() -> None:
        wait_for(held.exists, "the roll to come to the moment")
        with operate.connect(plant.config, "gateway", timeout_s=60.0) as gateway:
            rows = gateway.call(".api.counts", day64(DAYS[0]), day64(DAYS[0]))
            # the real-time engine's rows are none of the session's
            assert {table: int(rows[table]) for table in first_day} == first_day
        plant.kill("wdb")

    first_of_next_day = Event()
    first_day: dict[str, int] = {}
    sink = Sink(plant.config, {})
    publisher = Publisher(sink)
    send = sink.publish

    def publish(table: str, columns: Columns) -> Position | None:
        made = send(table, columns)
        if columns["time"][0] < np.datetime64("2025-06-12"):
            first_day[table] = first_day.get(table, 0) + len(columns["time"])
        elif not first_of_next_day:
            first_of_next_day.happened = True
            during()
        return made

    sink.publish = publish  # type: ignore[method-assign]
    try:
        report = run_session(publisher, workdir=plant.config.var_dir / "session", duration_s=SESSION_S, run_id="e2e")
    finally:
        sink.close()
    assert first_of_next_day
    plant.finish(dict(report.sent))


class Event:
    """Whether something happened."""

    happened = False

    def __bool__(self) -> bool:
        return self.happened


@pytest.mark.slow
def test_the_tickerplant_is_killed_right_after_the_roll(plant: Plant) -> None:
    """The day is marked as ended; nobody has been told of it, and the first rows of the next day are unanswered."""
    with operate.connect(plant.config, "tickerplant") as tickerplant:
        tickerplant.query('.u.end:{[d] system"kill -9 ",string .z.i}')
    sent, publisher = session(plant, {})
    assert publisher.reconnects == 1
    # the publisher may be back before the write-down process is
    wait_for(
        lambda: "the rest of a day that ended was read from its log" in plant.log("wdb"),
        "the end of the day to be read",
    )
    plant.finish(sent)


@pytest.mark.slow
def test_rows_of_an_ended_day_are_kept(plant: Plant) -> None:
    """The day is ended by hand in the middle of the session; what comes of it later is late, and merged into its partition once."""

    def end() -> None:
        operate.end_of_day(plant.config)

    sent, _ = session(plant, {150: end, 160: lambda: plant.kill("merge")})
    assert "late rows" in plant.log("tickerplant")
    wait_for(plant.caught_up, "IDB and RDB to hold what is logged")
    operate.end_of_day(plant.config)
    operate.wait_for_partition(plant.config, DAYS[1])
    wait_for(lambda: plant.stored(DAYS) == sent, "late rows to be merged")
    late = plant.logged("tplog.late")
    assert late
    assert {table: late.get(table, 0) + rows for table, rows in plant.logged().items()} == sent
    # nothing is merged again by one that starts anew
    plant.kill("merge")
    time.sleep(2.0)
    assert plant.stored(DAYS) == sent


@pytest.mark.slow
def test_the_hdb_is_away_at_the_roll(plant: Plant) -> None:
    """It cannot be told of the partition at once: it is told later, and until then IDB and RDB hold the day."""
    with operate.connect(plant.config, "wdb") as wdb:
        wdb.query('tries:0;.conn.get0:.conn.get;.conn.get:{[n] if[n=`hdb;if[20>tries+:1;\'"away"]];.conn.get0 n}')
    sent, _ = session(plant, {})
    plant.finish(sent)
    # the rows can all be seen before: until the HDB is told, the day is answered from memory
    with operate.connect(plant.config, "wdb", timeout_s=120.0) as wdb:
        wait_for(lambda: wdb.value("tries") >= 20, "the HDB to be told")


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_processes_are_killed_at_random(plant: Plant, seed: int) -> None:
    """Any of them, every few batches, without waiting for the one before to be back."""
    rng = random.Random(seed)
    api = plant.supervisor._api().supervisor

    def strike() -> None:
        for name in rng.sample(
            ["tickerplant", "rdb", "idb", "hdb", "wdb", "merge", "gateway", "rte"], rng.randint(1, 3)
        ):
            pid = int(api.getProcessInfo(name)["pid"])
            if pid:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    at = sorted(rng.sample(range(10, 1000), 25))
    sent, _ = session(plant, dict.fromkeys(at, strike))
    plant.supervisor.up()
    plant.finish(sent)
