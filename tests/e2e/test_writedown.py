"""
Rows are written down while they come, and the day rolls, under the eyes of a client of the gateway: each answer is all that was
published up to some moment, no row missing, none twice, never less than before. At the end the partitions are what the logs say, bit for bit.
"""

from __future__ import annotations

import os
import random
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from memplant import ROOT

from slipstream.engine.client import Client
from slipstream.errors import EngineError

SCRIPTS = {
    "tickerplant": "tickplant/tick.q",
    "hdb": "hdb/hdb.q",
    "idb": "idb/idb.q",
    "rdb": "rdb/rdb.q",
    "wdb": "wdb/wdb.q",
    "gateway": "gateway/gw.q",
}
PUBLISH = """{[d;k;n]
  j:k+til n;
  t:d+23:00:00+0D00:00:00.001*(j div 4)-j mod 2;
  .u.upd[`trade;value flip update time:t,sym:`ZZ`B`AA(j*5)mod 3,seq:j from n#enlist first 0#trade];
  .u.upd[`fixraw;value flip update time:t,sym:`ZZ,seq:j,msg:{"8=FIX",string x}each j from n#enlist first 0#fixraw]; }"""
SEQS = "{[t;a;b]exec seq from .data.rows[t;a;b;()]}"
# writes the tables of a log as a partition of its own, with the symbols of the database, and compares the files
SAME = """
system"l ",getenv[`SLIPSTREAM_Q],"/boot.q"
.boot.use each`log`part`sub,`$("schema/market";"schema/order";"schema/derived";"schema/alert");
upd:insert
db:hsym`$.z.x 0;d:"D"$.z.x 1;f:hsym`$.z.x 2;to:hsym`$.z.x 3;
t:tables`.
.sub.read[f;first -11!(-2;f);n;0W+n:t!count[t]#0];
{[t].part.write[db;` sv to,t;value t]}each t;
p:` sv db,`$string d
if[not(asc key p)~asc key to;-2 -3!(key p;key to);exit 1];
{[t]if[not(asc key` sv p,t)~asc key` sv to,t;-2"columns of ",string t;exit 1]}each t;
{[t;c]if[not(read1` sv p,t,c)~read1` sv to,t,c;-2"differs: "," "sv string(t;c);exit 1]}'[raze(count each k)#'t;raze k:key each` sv/:p,/:t];
-1@-3!t!{count value x}each t;
exit 0
"""


class Plant:
    """Processes on ports of their own, which are killed and started again by hand."""

    def __init__(self, folder: Path, start: Callable[..., Any], ports: list[int], **wdb: str) -> None:
        self.folder, self._start = folder, start
        self.ports = dict(zip(SCRIPTS, ports, strict=True))
        at = {name: f"127.0.0.1:{port}" for name, port in self.ports.items()}
        folders = ["-db", str(folder / "hdb"), "-dir", str(folder / "idb")]
        follows = ["-tp", at["tickerplant"]]
        self._arguments = {
            "tickerplant": ["-dir", str(folder / "tplog"), "-sync", "never", "-t", "5"],
            "hdb": folders[:2],
            "idb": folders,
            "rdb": follows + folders,
            "wdb": [
                *follows,
                *folders,
                *[word for name in ("hdb", "idb", "rdb") for word in (f"-{name}", at[name])],
                *[
                    word
                    for name, value in {"rows": "40", "every": "0D00:00:00.2", **wdb}.items()
                    for word in (f"-{name}", value)
                ],
            ],
            "gateway": [word for name in ("hdb", "idb", "rdb") for word in (f"-{name}", at[name])],
        }
        self.running = {name: self.up(name) for name in SCRIPTS}

    def up(self, name: str) -> Any:
        return self._start(str(ROOT / SCRIPTS[name]), *self._arguments[name], port=self.ports[name])

    def again(self, name: str) -> None:
        self.running[name].kill()
        self.running[name] = self.up(name)

    def client(self, name: str) -> Client:
        return Client("127.0.0.1", self.ports[name], timeout_s=180.0)

    def steps(self, day: str) -> list[str]:
        """Steps of the journal that a day has come through."""
        file = self.folder / "hdb.rolls"
        return (
            [line.split()[1] for line in file.read_text().splitlines() if line.startswith(day)] if file.exists() else []
        )

    def rolled(self, day: str, seconds: float = 180.0) -> None:
        until(lambda: "cleared" in self.steps(day), f"{day} to be rolled, it is at {self.steps(day)}", seconds)

    def same_as_log(self, day: str, quill: Path) -> str:
        """Compares the partition of a day with its log; the rows a table."""
        script = self.folder / "same.q"
        script.write_text(SAME)
        words = [
            str(self.folder / "hdb"),
            day,
            str(self.folder / "tplog" / f"slip{day}"),
            str(self.folder / f"same{day}"),
        ]
        done = subprocess.run(
            [str(quill), str(script), *words],
            env={**os.environ, "SLIPSTREAM_Q": str(ROOT / "q")},
            capture_output=True,
            text=True,
            timeout=60,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def until(what: Callable[[], bool], meaning: str, seconds: float = 180) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, f"waited {seconds} s for {meaning}"
        time.sleep(0.01)


class Watcher(threading.Thread):
    """Asks the gateway again and again for all there is, and notes what does not fit."""

    def __init__(self, plant: Plant, table: str, *, patient: bool) -> None:
        super().__init__(daemon=True)
        self.plant, self.table, self.patient = plant, table, patient
        self.done = threading.Event()
        self.problems: list[str] = []
        self.answers = self.last = 0
        self.longest = 0.0

    def run(self) -> None:
        while not self.done.is_set() and not self.problems:
            try:
                with self.plant.client("gateway") as gateway:
                    while not self.done.is_set() and not self.problems:
                        self._look(gateway)
            except EngineError as error:
                if not self.patient:
                    self.problems.append(f"{type(error).__name__}: {error}")
                time.sleep(0.02)

    def _look(self, gateway: Client) -> None:
        began = time.monotonic()
        seqs = gateway.value(f"{SEQS}[`{self.table};2025.06.01;2025.06.30]").to_pylist()
        self.longest = max(self.longest, time.monotonic() - began)
        self.answers += 1
        if sorted(seqs) != list(range(len(seqs))):
            missing = sorted(set(range(max(seqs) + 1)) - set(seqs))
            self.problems.append(
                f"{len(seqs)} rows up to {max(seqs)}, {len(set(seqs))} different, missing {missing[:5]}"
            )
        if len(seqs) < self.last:
            self.problems.append(f"{len(seqs)} rows after {self.last}")
        self.last = len(seqs)


@pytest.fixture
def plant(tmp_path: Path, start_quill: Callable[..., Any], ports: Callable[[int], list[int]]) -> Iterator[Plant]:
    yield Plant(tmp_path, start_quill, ports(len(SCRIPTS)))


def test_every_answer_is_all_that_was_published_up_to_some_moment(plant: Plant, quill_path: Path) -> None:
    """Dozens of write-downs over two midnights."""
    watchers = [Watcher(plant, table, patient=False) for table in ("trade", "fixraw")]
    for watcher in watchers:
        watcher.start()
    with plant.client("tickerplant") as tp:
        for k in range(0, 1200, 10):
            tp.query(f"{PUBLISH}[2025.06.{11 + k // 400};{k};10]")
            time.sleep(0.01)
        for watcher in watchers:
            until(lambda w=watcher: w.last == 1200 or bool(w.problems), "the last rows to be seen")  # type: ignore[misc]
        for day in ("2025.06.11", "2025.06.12"):
            plant.rolled(day)
        tp.query(".u.endofday[]")
    plant.rolled("2025.06.13")
    for watcher in watchers:
        seen = watcher.answers
        until(lambda w=watcher, n=seen: w.answers > n + 3 or bool(w.problems), "answers after the roll")  # type: ignore[misc]
        watcher.done.set()
        watcher.join()
    assert [watcher.problems for watcher in watchers] == [[], []]
    for day in ("2025.06.11", "2025.06.12", "2025.06.13"):
        assert plant.steps(day) == ["open", "ended", "written", "renamed", "reloaded", "told", "cleared"]
        assert "`fixraw" in plant.same_as_log(day, quill_path)
    written = plant.running["wdb"].log.read_text()
    assert written.count("written down") > 20
    with plant.client("rdb") as rdb:
        assert rdb.value("0=(count trade)+count .days.held")


def test_the_rdb_keeps_only_what_follows_the_mark_before(plant: Plant) -> None:
    with plant.client("tickerplant") as tp, plant.client("rdb") as rdb, plant.client("idb") as idb:
        for k in range(0, 1000, 20):
            tp.query(f"{PUBLISH}[2025.06.11;{k};20]")
            time.sleep(0.01)
        until(lambda: bool(idb.value("1000=.idb.marks[2025.06.11;`rows;`trade]")), "everything to be written down")
        sent = 1000
        while not rdb.value("900<=.days.first`trade"):
            assert sent < 2000, "the RDB lets go of nothing"
            tp.query(f"{PUBLISH}[2025.06.11;{sent};20]")
            sent += 20
            until(lambda: bool(idb.value("{x=.idb.marks[2025.06.11;`rows;`trade]}", sent)), "the next mark")  # noqa: B023
            time.sleep(0.2)
        assert rdb.value("(.sub.n`trade)=.days.first[`trade]+count trade")
        assert rdb.value("`g~attr trade`sym")
        assert rdb.value("{x~.days.first[`trade]+til count x}exec seq from trade")
        health = rdb.value("exec first rows from .data.health[]where table=`trade")
        assert int(health) == sent


def test_a_column_added_while_rows_are_written_down(plant: Plant) -> None:
    rows = PUBLISH.replace("value flip", "9#value flip", 1)
    with plant.client("tickerplant") as tp, plant.client("gateway") as gateway:
        for k in range(0, 200, 20):
            tp.query(f"{rows}[2025.06.11;{k};20]")
            time.sleep(0.02)
        tp.query(".u.addcol[`trade;`note;`]")
        for k in range(200, 400, 20):
            tp.query(f"{rows}[2025.06.11;{k};20]")
            time.sleep(0.02)
        until(lambda: len(gateway.value(f"{SEQS}[`trade;2025.06.11;2025.06.11]")) == 400, "all rows")
        assert gateway.value("(400#`)~exec note from .data.rows[`trade;2025.06.11;2025.06.11;()]")
        tp.query(".u.endofday[]")
        plant.rolled("2025.06.11")
        with plant.client("hdb") as hdb:
            assert hdb.value("(400#`)~exec`symbol$note from trade where date=2025.06.11")
            assert hdb.value("400=count distinct exec seq from trade where date=2025.06.11")


def test_what_fails_is_repeated_and_loses_nothing(plant: Plant, quill_path: Path) -> None:
    """Marks that cannot be written, then a column that cannot: rows wait in memory and in the log, queries are answered, other jobs go on."""
    with plant.client("tickerplant") as tp, plant.client("gateway") as gateway, plant.client("wdb") as wdb:

        def rows() -> int:
            return int(gateway.value(".api.counts[2025.06.11;2025.06.12]")["trade"])

        tp.query(f"{PUBLISH}[2025.06.11;0;50]")
        until(lambda: bool(wdb.value("50=0^.down.marks[2025.06.11;`rows;`trade]")), "the first mark")
        wdb.query('.mark.put0:.mark.put;.mark.put:{[dir;m]\'"no space"}')
        for k in range(50, 250, 50):
            tp.query(f"{PUBLISH}[2025.06.11;{k};50]")
        until(lambda: rows() == 250, "all rows, in memory")
        until(lambda: "no space" in plant.running["wdb"].log.read_text(), "the write-down to fail")
        tp.query(".u.endofday[]")
        tp.query(f"{PUBLISH}[2025.06.12;250;50]")
        until(lambda: rows() == 300, "rows of both days")
        assert plant.steps("2025.06.11") == ["open"]
        wdb.query('.mark.put:.mark.put0;.part.column0:.part.column;.part.column:{[p;c;v]\'"no column"}')
        until(lambda: "no column" in plant.running["wdb"].log.read_text(), "the roll to fail")
        assert rows() == 300
        # the present day is written down meanwhile
        until(lambda: bool(wdb.value("50=0^.down.marks[2025.06.12;`rows;`trade]")), "the next day's mark")
        wdb.query(".part.column:.part.column0")
        plant.rolled("2025.06.11")
        assert rows() == 300
        tp.query(".u.endofday[]")
    plant.rolled("2025.06.12")
    for day in ("2025.06.11", "2025.06.12"):
        plant.same_as_log(day, quill_path)


def test_rows_are_taken_while_their_day_cannot_be_noted_as_open(plant: Plant, quill_path: Path) -> None:
    """The journal of rolls cannot be written for a while, then not until the day has ended: every row is in its partition once."""
    with plant.client("tickerplant") as tp, plant.client("gateway") as gateway, plant.client("wdb") as wdb:

        def rows() -> int:
            return int(gateway.value(".api.counts[2025.06.11;2025.06.12]")["trade"])

        def fail() -> None:
            wdb.query('.t.n:0;.rolls.note:{[db;d;s].t.n+:1;\'"no space: ",string s}')

        wdb.query(".rolls.note0:.rolls.note")
        fail()
        for k in range(0, 150, 50):
            tp.query(f"{PUBLISH}[2025.06.11;{k};50]")
        until(lambda: int(wdb.value("count trade")) == 150, "the rows")
        until(lambda: int(wdb.value(".t.n")) > 2, "the note to be repeated")
        assert wdb.value("(0;())~(count .down.marks;key .rolls.file .down.db)"), "nothing is written down before"
        assert "no space: open" in plant.running["wdb"].log.read_text()
        assert rows() == 150
        wdb.query(".rolls.note:.rolls.note0")
        # it needs no further rows
        until(lambda: bool(wdb.value("150=0^.down.marks[2025.06.11;`rows;`trade]")), "the rows to be written down")
        assert plant.steps("2025.06.11") == ["open"]
        tp.query(f"{PUBLISH}[2025.06.11;150;50]")
        tp.query(".u.endofday[]")
        plant.rolled("2025.06.11")
        fail()
        for k in range(200, 350, 50):
            tp.query(f"{PUBLISH}[2025.06.12;{k};50]")
        until(lambda: rows() == 350, "rows of both days")
        tp.query(".u.endofday[]")
        until(lambda: bool(wdb.value("2025.06.12 in key .roll.days")), "the end of the day")
        assert rows() == 350
        wdb.query(".rolls.note:.rolls.note0")
        plant.rolled("2025.06.12")
        assert rows() == 350
    for day in ("2025.06.11", "2025.06.12"):
        plant.same_as_log(day, quill_path)


def test_what_the_stream_left_out_at_the_end_of_a_day_is_read_from_the_log(plant: Plant, quill_path: Path) -> None:
    """The tickerplant has stopped sending to subscribers that were slow, and the day ends before they are told to read its log."""
    with plant.client("tickerplant") as tp, plant.client("gateway") as gateway:
        tp.query(f"{PUBLISH}[2025.06.11;0;50]")
        until(lambda: int(gateway.value(".api.counts[2025.06.11;2025.06.11]")["trade"]) == 50, "the first rows")
        tp.query(".stream.again0:.stream.again;.stream.again:{[x]};update lost:1b from`.stream.w")
        for k in range(50, 250, 50):
            tp.query(f"{PUBLISH}[2025.06.11;{k};50]")
        time.sleep(0.1)
        assert int(gateway.value(".api.counts[2025.06.11;2025.06.11]")["trade"]) == 50
        tp.query(".u.endofday[]")
        tp.query(f"{PUBLISH}[2025.06.12;250;50]")
        plant.rolled("2025.06.11")
        tp.query(".stream.again:.stream.again0")
        until(lambda: int(gateway.value(".api.counts[2025.06.11;2025.06.12]")["trade"]) == 300, "all rows")
        tp.query(".u.endofday[]")
    for day in ("2025.06.11", "2025.06.12"):
        plant.rolled(day)
        plant.same_as_log(day, quill_path)


def test_the_log_is_mended_under_what_was_written_down(plant: Plant) -> None:
    """Rows that the log has lost count otherwise from then on: what is on disk is put aside and the log read anew."""
    with plant.client("tickerplant") as tp:
        for k in range(0, 200, 10):
            tp.query(f"{PUBLISH}[2025.06.11;{k};10]")
            time.sleep(0.02)
        tp.query(".journal.sum[]")
    with plant.client("idb") as idb:
        until(lambda: bool(idb.value("200=0^.idb.marks[2025.06.11;`rows;`trade]")), "everything to be written down")
    plant.running["tickerplant"].kill()
    log = plant.folder / "tplog" / "slip2025.06.11"
    data = bytearray(log.read_bytes())
    data[len(data) // 2] ^= 0x10
    log.write_bytes(data)
    plant.running["tickerplant"] = plant.up("tickerplant")
    with plant.client("tickerplant") as tp, plant.client("gateway") as gateway:
        left = {str(table): int(rows) for table, rows in tp.value(".u.rows").items()}
        assert left["trade"] + left["fixraw"] == 390
        until(
            lambda: (
                {str(t): int(n) for t, n in gateway.value(".api.counts[2025.06.11;2025.06.11]").items() if n}
                == {t: n for t, n in left.items() if n}
            ),
            "what is left of the log",
        )
        tp.query(f"{PUBLISH}[2025.06.11;200;10]")
        tp.query(".u.endofday[]")
    plant.rolled("2025.06.11")
    assert list((plant.folder / "idb.dropped").iterdir())
    with plant.client("hdb") as hdb:
        assert int(hdb.value("exec count i from trade where date=2025.06.11")) == left["trade"] + 10


def test_a_partition_that_another_process_is_replacing_is_left_to_it(
    tmp_path: Path, start_quill: Callable[..., Any], port: int
) -> None:
    """A wdb that starts between the two renames of a live writer puts nothing back; it does when the writer is dead."""
    began = Path("/proc/self/stat").read_text().rsplit(") ", 1)[1].split()[19]
    lock, old, partition = tmp_path / "hdb.lock", tmp_path / "hdb.aside/2025.06.01.old", tmp_path / "hdb/2025.06.01"
    tp = start_quill(str(ROOT / SCRIPTS["tickerplant"]), "-dir", str(tmp_path / "tplog"), "-sync", "never")
    folders = ("-db", str(tmp_path / "hdb"), "-dir", str(tmp_path / "idb"))
    nobody = [word for name in ("hdb", "rdb", "idb") for word in (f"-{name}", f"127.0.0.1:{port}")]

    def start() -> Any:
        return start_quill(str(ROOT / SCRIPTS["wdb"]), "-tp", f"127.0.0.1:{tp.port}", *folders, *nobody)

    (old / "trade").mkdir(parents=True)
    lock.mkdir()
    (lock / "pid").write_text(f"{os.getpid()} {began}\n")
    wdb = start()
    assert (old / "trade").is_dir() and not partition.exists() and lock.is_dir()
    assert "not recovered at the start" in wdb.log.read_text()
    wdb.kill()
    (lock / "pid").write_text(f"{os.getpid()} 1\n")
    start()
    assert (partition / "trade").is_dir() and not old.exists() and not lock.exists()


@pytest.mark.parametrize("seed", [1, 2])
def test_processes_are_killed_at_random_while_rows_are_written_down(plant: Plant, quill_path: Path, seed: int) -> None:
    """Nothing is lost or doubled, and what the gateway answers fits, whenever it answers."""
    rng = random.Random(seed)
    watcher = Watcher(plant, "trade", patient=True)
    watcher.start()
    tp = plant.client("tickerplant")
    for k in range(0, 1200, 10):
        tp.query(f"{PUBLISH}[2025.06.{11 + k // 400};{k};10]")
        if (k % 400 > 40 and rng.random() < 0.12) or (k % 400 == 0 and k):
            time.sleep(rng.random() * 0.1)
            for name in rng.sample(["wdb", "idb", "rdb", "hdb"], rng.randint(1, 2)):
                plant.again(name)
    tp.query(".u.endofday[]")
    tp.close()
    for day in ("2025.06.11", "2025.06.12", "2025.06.13"):
        plant.rolled(day)
        plant.same_as_log(day, quill_path)
    until(lambda: watcher.last == 1200 or bool(watcher.problems), "all rows to be seen")
    watcher.done.set()
    watcher.join()
    assert watcher.problems == []
    assert watcher.answers > 10
