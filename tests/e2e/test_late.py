"""Late rows from the tickerplant to the partition and the lake, whatever is killed; corrections; columns that old partitions lack."""

from __future__ import annotations

import datetime as dt
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from memplant import ROOT

from slipstream.backfill import Merged, backfill, fill, rebuild
from slipstream.config import Config, load_config
from slipstream.engine.client import Client
from slipstream.operate import archive
from slipstream.retention import Item, apply, plan

DAY = dt.date(2025, 6, 11)
PUBLISH = """{[k;x] n:count x; .u.upd[`trade;value flip update time:x,sym:n#`A`B`C,seq:k+til n from n#enlist first 0#trade]; .u.position[`trade]1}"""


def until(what: Callable[[], bool], meaning: str, seconds: float = 180) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, f"waited {seconds} s for {meaning}"
        time.sleep(0.05)


class Plant:
    """A tickerplant, an HDB and the process that merges, without a write-down: the day that is open is not of interest here."""

    def __init__(self, start: Callable[..., Any], var: Path) -> None:
        self.start, self.var = start, var
        self.hdb = start(str(ROOT / "hdb" / "hdb.q"), "-db", str(var / "hdb"))
        self.tickerplant = self.start_tickerplant()
        self.merge = self.start_merge()

    def start_tickerplant(self, port: int | None = None) -> Any:
        options = ("-dir", str(self.var / "tplog"), "-sync", "always", "-t", "5")
        return self.start(str(ROOT / "tickplant" / "tick.q"), *options, port=port)

    def start_merge(self, port: int | None = None) -> Any:
        options = (
            "-db",
            str(self.var / "hdb"),
            "-tplog",
            str(self.var / "tplog"),
            "-hdb",
            f"127.0.0.1:{self.hdb.port}",
        )
        return self.start(
            str(ROOT / "hdb" / "merge.q"), *options, "-follow", "1", "-poll", "20", "-settle", "20", port=port
        )

    @property
    def config(self) -> Config:
        return load_config(overrides={"var": str(self.var), "ports.hdb": self.hdb.port})

    def publish(self, first: int, *times: str) -> int:
        with Client("127.0.0.1", self.tickerplant.port) as q:
            return int(q.value(PUBLISH, first, np.array(times, "M8[ns]")))

    def seqs(self, day: dt.date = DAY) -> list[int]:
        with Client("127.0.0.1", self.hdb.port) as q:
            found = q.value(
                "{[d] $[d in @[{.Q.pv};::;()];asc exec seq from trade where date=d;0#0]}", np.datetime64(day)
            )
        return [int(n) for n in found.to_pylist()]


def test_late_rows_reach_the_partition_and_the_lake(tmp_path: Path, start_quill: Callable[..., Any]) -> None:
    file = tmp_path / "day.csv"
    file.write_text("time,sym,price,seq\n" + "".join(f"2025-06-11T10:00:{k:02},A,{k},{k}\n" for k in range(10)))
    plant = Plant(start_quill, tmp_path)
    assert backfill(plant.config, "trade", [file]) == [Merged(DAY, "trade", 10)]
    until(lambda: plant.seqs() == list(range(10)), "the partition")
    (archived,) = archive(plant.config, [DAY])
    assert archived.rows["trade"] == 10
    old = load_config(overrides={"var": str(tmp_path), "retention.hdb_days": 1})
    planned = plan(old, dt.date(2025, 7, 1))
    assert [item.keep for item in planned] == [""]

    plant.publish(100, "2025-06-12T10:00")
    assert plant.publish(10, "2025-06-11T11:00", "2025-06-11T09:00") == 3
    until(lambda: plant.seqs() == list(range(12)), "late rows in the partition")
    # the lake is behind: the partition may not be deleted, and the next archive writes that table again
    behind = "trade was written again after it was archived"
    assert [item.keep for item in plan(old, dt.date(2025, 7, 1))] == [behind]
    # nor by who had looked at the lake before that
    kept: list[Item] = []
    assert apply(old, planned, done=kept.append) == 0
    assert [item.keep for item in kept] == [behind] and planned[0].path.is_dir()
    (archived,) = archive(plant.config, [DAY])
    assert {t.table: t.rows for t in archived.tables if not t.skipped} == {"trade": 12}
    assert archive(plant.config, [DAY])[0].skipped
    assert [item.keep for item in plan(old, dt.date(2025, 7, 1))] == [""]

    # a correction changes no count, and is archived all the same
    file.write_text("time,sym,price,seq\n2025-06-11T10:00:03,A,99,3\n2025-06-11T12:00:00,A,1,12\n")
    settings = ("--set", f"var={tmp_path}", "--set", f"ports.hdb={plant.hdb.port}")
    command = (sys.executable, "-m", "slipstream", "backfill", "trade", str(file), "--replace", "sym,seq", *settings)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "2025-06-11: trade 2, 1 replaced\n"), done.stderr
    assert plant.seqs() == list(range(13))
    (archived,) = archive(plant.config, [DAY])
    assert {t.table: t.rows for t in archived.tables if not t.skipped} == {"trade": 13}
    lake = pq.read_table(next((tmp_path / "lake" / "trade" / "date=2025-06-11").glob("*.parquet")))
    assert dict(zip(lake["seq"].to_pylist(), lake["price"].to_pylist(), strict=True))[3] == 99.0

    # a day anew from its log: late rows come again by themselves
    days = tmp_path / "tplog"
    with Client("127.0.0.1", plant.tickerplant.port) as q:
        q.value('{[f;n]f:hsym f;f set();h:hopen f;h enlist(`upd;`trade;value flip update time:2025.06.11D10,sym:`A,seq:n from 1#0#trade)}',
                str(days / "slip2025.06.11"), 50)  # fmt: skip
    assert rebuild(plant.config, DAY, force=True)["trade"] == 1
    until(lambda: plant.seqs() == [10, 11, 50], "the late rows again")


def test_late_rows_are_merged_once_whatever_is_killed(tmp_path: Path, start_quill: Callable[..., Any]) -> None:
    plant = Plant(start_quill, tmp_path)
    plant.publish(1_000_000, "2025-06-12T10:00")
    rng = random.Random(11)
    sent = 0
    for batch in range(24):
        rows = rng.randint(1, 200)
        assert plant.publish(sent, *(f"2025-06-11T10:00:00.{sent + k:09}" for k in range(rows))) == 1 + sent + rows
        sent += rows
        time.sleep(rng.random() * 0.15)
        if batch % 3 == 0:
            plant.merge.kill()
            plant.merge = plant.start_merge(plant.merge.port)
        if batch == 13:
            plant.tickerplant.kill()
            plant.tickerplant = plant.start_tickerplant(plant.tickerplant.port)
    until(lambda: len(plant.seqs()) >= sent, "all late rows")
    assert plant.seqs() == list(range(sent))
    plant.merge.kill()
    plant.merge = plant.start_merge(plant.merge.port)
    time.sleep(1.0)
    assert plant.seqs() == list(range(sent))
    with Client("127.0.0.1", plant.merge.port) as m:
        assert int(m.value("exec sum rows from .commit.done[]")) == sent


def test_old_partitions_are_filled(tmp_path: Path, start_quill: Callable[..., Any]) -> None:
    file = tmp_path / "day.csv"
    file.write_text("time,sym,price,seq\n2025-06-10T10:00:00,A,1,1\n2025-06-11T10:00:00,A,2,2\n")
    plant = Plant(start_quill, tmp_path)
    backfill(plant.config, "trade", [file])
    plant.merge.kill()  # the command does what it would do by itself
    with Client("127.0.0.1", plant.tickerplant.port) as q:
        q.value(".u.addcol[`trade;`note;`]")
        q.value(".u.addcol[`quote;`depth;0N]")
    want = [(day, t, c) for day in (dt.date(2025, 6, 10), DAY) for t, c in (("quote", "depth"), ("trade", "note"))]
    assert sorted(fill(plant.config)) == want
    assert sorted(fill(plant.config, apply=True)) == want
    assert fill(plant.config) == []
    with Client("127.0.0.1", plant.hdb.port) as h:
        assert h.value("(2#`)~value exec note from trade where date in 2025.06.10 2025.06.11")
        assert h.value("(`date,cols[trade]except`date)~cols trade")
    # and by itself, when there is another column
    plant.merge = plant.start_merge(plant.merge.port)
    with Client("127.0.0.1", plant.tickerplant.port) as q:
        q.value(".u.addcol[`trade;`flag;0b]")
    with Client("127.0.0.1", plant.hdb.port) as h:
        until(lambda: bool(h.value("`flag in cols trade")), "the column in old partitions")
        assert h.value("00b~exec flag from trade where date in 2025.06.10 2025.06.11")


def test_a_column_that_the_schema_no_longer_has_is_dropped_by_command(
    tmp_path: Path, start_quill: Callable[..., Any]
) -> None:
    file = tmp_path / "day.csv"
    file.write_text("time,sym,price,seq\n2025-06-11T10:00:00,A,2,2\n")
    config = load_config(overrides={"var": str(tmp_path)})
    config.tplog_dir.mkdir()
    added = start_quill(str(ROOT / "q" / "boot.q"))
    with Client("127.0.0.1", added.port) as q:
        q.value("{[f](hsym f)set enlist(`trade;`note;`)}", str(tmp_path / "tplog.schema"))
    backfill(config, "trade", [file])
    settings = ("--set", f"var={tmp_path}")

    def command(*words: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-m", "slipstream", *words, *settings], capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout or done.stderr

    code, said = command("column", "drop", "trade", "note")
    assert code == 1
    assert "the schema of trade has note" in said
    (tmp_path / "tplog.schema").unlink()
    assert command("column", "drop", "trade", "note") == (0, "2025-06-11: trade note, 1 rows, would be changed\n")
    assert (config.hdb_dir / "2025.06.11" / "trade" / "note").is_file()
    assert command("column", "drop", "trade", "note", "--apply") == (0, "2025-06-11: trade note, 1 rows, changed\n")
    assert not (config.hdb_dir / "2025.06.11" / "trade" / "note").exists()
    assert command("column", "drop", "trade", "note")[1].startswith("no partition has")
