"""
The demonstration's session as a supervised process: stream, roll, archive, count, write `summary.json`.

Killed at any moment and started again it goes on. What was sent is known to whoever sends: the market's publisher keeps a
ledger, the FIX capture a journal. What IDB and RDB held is noted once a day, just before the roll; the other stages are counted at
the end from the logs, the HDB and the lake.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa

from slipstream import operate
from slipstream.config import Config
from slipstream.demo.live import LiveEngine
from slipstream.demo.record import Progress, Record, load, summary_file
from slipstream.demo.show import plain
from slipstream.demo.totals import Totals, add, same_rows
from slipstream.errors import EngineError, NotReady, PlantError, SlipstreamError
from slipstream.feed.claims import Claims
from slipstream.feed.ledger import Ledger
from slipstream.feed.publish import Publisher
from slipstream.feed.schema import FIX_TABLES, MARKET_TABLES
from slipstream.feed.session import Progress as Reached
from slipstream.plant.supervisor import GAVE_UP

T = TypeVar("T")
_PATIENCE_S = 90.0
_STILL_S = 600.0
"""Seconds without any progress after which what is waited for is given up."""
REPLAY = """{[files]
  .demo.n:(`symbol$())!`long$();
  upd::{[t;x] .demo.n[t]:(0^.demo.n t)+count $[98h=type x;x;first x]};
  -11!'files;
  .demo.n}"""
"""Rows of each table in log files."""
CAPTURED = frozenset(MARKET_TABLES + FIX_TABLES)
"""Tables that are sent by the session and its capture; the real-time engine makes the others, up to the end of the day and after it."""


def drive(config: Config) -> int:
    """Take the session up where it is, and bring it to its end. Returns the exit code; an error is noted in the record."""
    record = load(config.var_dir)
    if record is None:
        raise PlantError(f"there is no session in {config.var_dir / 'session'}; `slipstream demo` makes one")
    if record.phase == "done" or record.halted:
        return GAVE_UP if record.halted else 0
    record.runs += 1
    record.save(config.var_dir)
    try:
        day = Day(config, record)
        if record.phase == "play":
            day.play()
        day.finish()
    except SlipstreamError as error:
        return _give_up(config, record, str(error))
    except Exception as error:  # noqa: BLE001 - whatever it is, it would come again; who watches is told
        traceback.print_exc()
        return _give_up(config, record, f"{type(error).__name__}: {error}")
    return 0


def _give_up(config: Config, record: Record, why: str) -> int:
    print(f"slipstream: {why}", file=sys.stderr)
    record.halted = why
    record.save(config.var_dir)
    return GAVE_UP


class Day:
    """One session in a plant."""

    def __init__(self, config: Config, record: Record) -> None:
        self.config, self.record = config, record
        self._folder = config.var_dir / "session"
        self._reached = Reached(0, 0, {}, [])
        self._live = LiveEngine(config) if config.rte.enabled else None

    def play(self) -> None:
        """Stream the session."""
        from slipstream.demo.stories import perform
        from slipstream.fix.capture import journal_rows
        from slipstream.fix.remote import RemoteCapture

        record = self.record
        ledger = Ledger(self._folder / "market.ledger")
        claims = Claims(self.config.claims_dir)
        sink = patiently(lambda: operate.TickerplantSink(self.config))
        try:
            publisher = Publisher(sink, ledger=ledger, claims=claims)
            report = perform(
                record,
                publisher,
                workdir=self._folder,
                on_progress=self._progress,
                capture=RemoteCapture(self.config.fix_journal),
                port=self.config.ports.fix,
                on_day_end=lambda day: self._before_roll(dt.date(1970, 1, 1) + dt.timedelta(days=day)),
                live=self._live,
            )
        finally:
            if self._live is not None:
                self._live.close()
            sink.close()
            ledger.close()
            claims.close()
        messages, rows = journal_rows(self.config.fix_journal)
        record.sent = {**publisher.sent, **rows}
        record.copies = {"sent": report.copies, "captured": messages}
        record.orders, record.feed = report.parents, report.feed
        record.phase = "finish"
        record.save(self.config.var_dir)

    def _progress(self, reached: Reached) -> None:
        self._reached = reached
        self._say("playing")

    def _say(self, doing: str) -> None:
        sent = self._reached.sent or self.record.sent
        Progress(os.getpid(), doing, self._reached.time, sent).save(self.config.var_dir)

    def _before_roll(self, day: dt.date) -> None:
        """Note what IDB and RDB hold once they have everything that is logged, and how each parent stands; once a day."""
        if str(day) in self.record.rdb:
            return
        held = self._caught_up()
        self._engine_caught_up()
        self.record.parents |= patiently(self._parents)
        self.record.rdb[str(day)] = held
        self.record.save(self.config.var_dir)

    def _caught_up(self) -> dict[str, int]:
        """Wait until IDB and RDB hold what is logged."""
        wanted, held = _once_still(self._logged_and_held, lambda found: found[0] == found[1])
        if held != wanted:
            raise NotReady(f"IDB and RDB hold {held}, and no more for {_STILL_S:g} s; expected {wanted}")
        return held

    def _engine_caught_up(self) -> None:
        """Wait until the real-time engine has nothing left to do: what a day ends with is said in its own time, and before the day is over."""
        if self._live is None:
            return
        left, at = _once_still(self._live.left, lambda found: not found[0])
        if left:
            raise NotReady(f"the real-time engine stands at {at} for {_STILL_S:g} s: {left}")

    def _logged_and_held(self) -> tuple[dict[str, int], dict[str, int]]:
        """Rows of the present day by table: in the tickerplant's log, and in IDB and RDB, asked through the gateway."""
        with (
            operate.connect(self.config, "tickerplant") as tickerplant,
            operate.connect(self.config, "gateway") as live,
        ):
            rows = tickerplant.value(".u.rows").items()
            # what the real-time engine derives is still coming
            wanted = {str(name): int(n) for name, n in rows if n and str(name) in CAPTURED}
            day = tickerplant.value(".u.d")
            held = live.call(".api.counts", day, day)
            return wanted, {name: int(held[name]) for name in wanted}

    def _parents(self) -> dict[str, dict[str, Any]]:
        from slipstream.tca.client import TcaClient

        with operate.connect(self.config, "gateway") as gateway:
            return {
                parent.parent: {name: plain(getattr(parent, name)) for name in type(parent).__slots__}
                for parent in TcaClient(gateway).scorecard()
            }

    def finish(self) -> None:
        """Roll, archive, count again, write the summary."""
        from slipstream.demo.stories import record_story

        days = [dt.date.fromisoformat(day) for day in sorted(self.record.rdb)]
        totals = Totals(sent=self.record.sent)
        slippage: dict[str, Any] = {}
        timeline: dict[str, Any] = {}
        derived: dict[str, dict[str, int]] = {}
        for held in self.record.rdb.values():
            add(totals.rdb, held)
        if days:
            first, last = np.datetime64(days[0], "D"), np.datetime64(days[-1], "D")
            live = self._live_slippage(first, last)
            self._say("ending the day")
            patiently(self._end_day)
            for day in days:
                patiently(lambda day=day: operate.wait_for_partition(self.config, day))  # type: ignore[misc]
            stored = patiently(lambda: self._slippage("hdb", first, last))
            slippage = {"rows_gateway": live.num_rows, "rows_hdb": stored.num_rows, "equal": same_rows(live, stored)}
            logged, stored_rows = self._settled(days)
            totals.logged, totals.hdb = _captured(logged), _captured(stored_rows)
            timeline = patiently(lambda: self._timeline(first))
            self._say("archiving")
            lake: dict[str, int] = {}
            for result in patiently(lambda: operate.archive(self.config, days)):
                add(lake, result.rows)
            totals.lake = _captured(lake)
            stages = {"logged": logged, "hdb": stored_rows, "lake": lake}
            for table in sorted((logged.keys() | stored_rows.keys() | lake.keys()) - CAPTURED):
                derived[table] = {stage: rows.get(table, 0) for stage, rows in stages.items()}
        record = self.record
        whole = len(set(record.copies.values())) <= 1
        summary = {
            "engine": record.engine,
            "seconds": round(time.time() - record.began, 3),
            "days": [str(day) for day in days],
            "tables": {table: totals.row(table) for table in totals.tables()},
            "derived": derived,
            "parents": self._merged_parents(),
            "slippage_query": slippage,
            "story": record_story(record) or "captures",
            "timeline": timeline,
            "feed": record.feed,
            "copies": record.copies,
            "runs": record.runs,
            "equal": totals.agree() and whole and all(len(set(rows.values())) == 1 for rows in derived.values()),
        }
        file = summary_file(self.config.var_dir)
        new = file.with_suffix(".new")
        new.write_text(json.dumps(summary, indent=2, default=str) + "\n", encoding="utf-8")
        new.replace(file)
        record.phase = "done"
        record.save(self.config.var_dir)

    def _timeline(self, day: np.datetime64) -> dict[str, Any]:
        """
        Lamps, alerts, switches and end-of-day figures of the story's order through its day; nothing for a session without a story.

        Lamps and alerts are those that the real-time engine published; beside them is what the whole day's tables say (`batch`), and how far
        the two agree (`agreement`). Of a plant without the engine the batch is all there is.
        """
        from slipstream.demo.stories import INDEX, record_story

        index, record = INDEX.get(record_story(self.record)), self.record
        if index is None or not record.orders:
            return {}
        parent = str(record.orders[0]["id"])
        with operate.connect(self.config, "gateway", timeout_s=120.0) as gateway:
            steps = gateway.call(".api.timeline", day, day, parent, index)
            figures = gateway.call(".api.tca", day, day)
            said = gateway.call(".api.said", day, day, parent) if self.config.rte.enabled else None
        batch = {"rows": _records(steps["rows"]), "alerts": _records(steps["alerts"])}
        live = {name: _records(said[name]) for name in ("rows", "lamps", "alerts")} if said else {}
        return {
            "parent": parent,
            "source": "live" if live else "batch",
            **(live or batch),
            "switches": [row for row in _records(figures["switches"]) if row["parent"] == parent],
            "figures": next((row for row in _records(figures["parents"]) if row["parent"] == parent), {}),
            **({"batch": batch, "agreement": agreement(live["rows"], batch["rows"])} if live else {}),
        }

    def _live_slippage(self, first: np.datetime64, last: np.datetime64) -> pa.Table:
        """What the gateway answers before the last day is rolled, kept for a run after that."""
        file = self._folder / "slippage.arrow"
        if not file.exists():
            new = file.with_suffix(".new")
            table = patiently(lambda: self._slippage("gateway", first, last))
            with pa.OSFile(str(new), "wb") as out, pa.ipc.new_file(out, table.schema) as writer:
                writer.write_table(table)
            new.replace(file)
        with pa.OSFile(str(file), "rb") as kept:
            return pa.ipc.open_file(kept).read_all()

    def _slippage(self, process: str, first: np.datetime64, last: np.datetime64) -> pa.Table:
        with operate.connect(self.config, process, timeout_s=120.0) as client:
            return client.call(".api.slippage", first, last)

    def _end_day(self) -> None:
        """End the last day, unless an earlier run has."""
        with operate.connect(self.config, "tickerplant") as tickerplant:
            if tickerplant.value(".u.d") is not None:
                tickerplant.call(".u.endofday")

    def _settled(self, days: list[dt.date]) -> tuple[dict[str, int], dict[str, int]]:
        """Rows logged and stored once those that came after their day had ended are merged into it; as they are, when no more come."""
        return _once_still(lambda: self._count(days), lambda found: found[0] == found[1])

    def _count(self, days: list[dt.date]) -> tuple[dict[str, int], dict[str, int]]:
        """Rows in the logs, and in the HDB's partitions."""
        stored: dict[str, int] = {}
        with operate.connect(self.config, "hdb", timeout_s=120.0) as hdb:
            logs = self.config.tplog_dir
            folders = (logs, logs.with_name(f"{logs.name}.late"))
            files = sorted(str(file) for folder in folders for file in folder.glob("slip????.??.??"))
            logged = {str(name): int(rows) for name, rows in hdb.value(REPLAY, [f":{file}" for file in files]).items()}
            for day in days:
                moment = np.datetime64(day, "D")
                for table in hdb.value("{`symbol$.Q.pt}", None).to_pylist():
                    rows = int(hdb.value(f"{{[d] first (select n:count i from`{table} where date=d)`n}}", moment))
                    add(stored, {table: rows})
        return {table: rows for table, rows in logged.items() if rows}, stored

    def _merged_parents(self) -> list[dict[str, Any]]:
        """What the plant says of each parent, with what the EMS knows of it."""
        merged, said = [], dict(self.record.parents)
        for order in self.record.orders:
            found = said.pop(str(order["id"]), {})
            known = {name: value for name, value in found.items() if name != "parent"}
            merged.append({**order, **known, "parent": order["id"]})
        return merged + list(said.values())


def agreement(live: list[dict[str, Any]], batch: list[dict[str, Any]]) -> dict[str, Any]:
    """
    What the live engine and the whole day's tables say at the same minutes: in how many the slippage of the order, and of the algo that worked
    then, is equal to the last bit; and in how many the lamps are the same.

    Slippage must be equal. The lamps need not: the batch looks once a minute, and compares an event with moments after it too.
    """
    there = {row["time"]: row for row in batch}
    both = [(row, there[row["time"]]) for row in live if row["time"] in there]

    def lamps(row: dict[str, Any]) -> tuple[str, str]:
        cost, leak = (row[a] if a in row else row[b] for a, b in (("cost_lamp", "costlamp"), ("leak_lamp", "leaklamp")))
        return cost.replace("grey", "green"), leak.replace("grey", "green")

    return {
        "minutes": len(both),
        "slippage": sum(a["slippage_bps"] == b["cum"] for a, b in both),
        "segment": sum(a["segment_bps"] == b["segbps"] for a, b in both),
        "lamps": sum(lamps(a) == lamps(b) for a, b in both),
    }


def _captured(rows: dict[str, int]) -> dict[str, int]:
    return {table: count for table, count in rows.items() if table in CAPTURED}


def _records(table: pa.Table) -> list[dict[str, Any]]:
    return [{name: plain(value) for name, value in row.items()} for row in table.to_pylist()]


def _once_still(look: Callable[[], T], done: Callable[[T], bool]) -> T:
    """What is found when it is what is waited for, or has been the same for a long time. However slow the machine: as long as it changes it is waited for."""
    found, since = patiently(look), time.monotonic()
    while not done(found) and time.monotonic() - since < _STILL_S:
        time.sleep(0.1)
        now = patiently(look)
        if now != found:
            found, since = now, time.monotonic()
    return found


def patiently(action: Callable[[], T]) -> T:
    """Do something that asks a process of the plant; one that is being started again is asked again."""
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            return action()
        except EngineError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
