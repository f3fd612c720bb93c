"""
Fourteen ways in which open tick plants lose or double data, or mislead, each tried on ours.

The first, second, fourth, eighth and tenth share a plant, each with days of its own.
"""

from __future__ import annotations

import datetime as dt
import re
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from memplant import ROOT

from slipstream import operate
from slipstream.engine.client import Client
from slipstream.errors import QueryError, Unreachable
from slipstream.faults.plant import Plant, running

TICK, CHAIN = ROOT / "tickplant" / "tick.q", ROOT / "tickplant" / "chain.q"
SECOND = 1_000_000_000
PUBLISH = (
    """{[t;k] .u.upd[`trade;value flip update time:t,sym:(`A`B`C)k mod 3,seq:k from(count k)#enlist first 0#trade]}"""
)


def until(what: Callable[[], bool], meaning: str, seconds: float = 180) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, f"waited {seconds:g} s for {meaning}"
        time.sleep(0.03)


def publish(plant: Plant, start: str, step_ns: int, seqs: range) -> None:
    """Trades at even steps from a moment."""
    first = np.datetime64(start, "ns").astype(np.int64)
    times = (first + step_ns * np.arange(len(seqs))).view("M8[ns]")
    with operate.connect(plant.config, "tickerplant") as tp:
        tp.value(PUBLISH, times, np.array(seqs))


def history(plant: Plant, day: dt.date) -> list[tuple[str, int]]:
    """Symbol and number of the day's trades, as the HDB has them."""
    with operate.connect(plant.config, "hdb") as hdb:
        found = hdb.value("{[d] select sym,seq from trade where date=d}", np.datetime64(day, "D"))
    return list(zip(found["sym"].to_pylist(), found["seq"].to_pylist(), strict=True))


def counted(plant: Plant, d0: dt.date, d1: dt.date) -> int:
    with operate.connect(plant.config, "gateway", timeout_s=60) as gateway:
        rows = gateway.call(".api.counts", np.datetime64(d0, "D"), np.datetime64(d1, "D"))
    return int({str(table): n for table, n in rows.items()}["trade"])


def end(plant: Plant) -> None:
    operate.end_of_day(plant.config)


def in_order(rows: list[tuple[str, int]]) -> bool:
    """Numbered as they came, within each symbol; symbols together."""
    return rows == sorted(rows)


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory, quill_path: Path) -> Iterator[Plant]:
    settings = {"engine": "quill", "writedown.rows": 20, "writedown.every_s": 0.1}
    with running(tmp_path_factory.mktemp("defects") / "var", settings, None) as made:
        yield made


@pytest.mark.slow
def test_a_watermark_is_dated(plant: Plant) -> None:
    """A feed of 24 hours a day that crosses midnight and is written down all the while keeps every row of both days."""
    days = [dt.date(2025, 1, 1), dt.date(2025, 1, 2)]
    for k in range(0, 96, 4):  # a row each quarter of an hour from noon to noon
        publish(
            plant, str(np.datetime64("2025-01-01T12:00") + np.timedelta64(15 * k, "m")), 900 * SECOND, range(k, k + 4)
        )
    operate.wait_for_partition(plant.config, days[0])
    assert sorted(seq for _, seq in history(plant, days[0])) == list(range(48))
    until(lambda: counted(plant, days[0], days[1]) == 96, "all rows of both days in the gateway's answer")
    end(plant)
    assert sorted(seq for _, seq in history(plant, days[1])) == list(range(48, 96))


@pytest.mark.slow
def test_more_than_ten_write_downs_stay_in_time_order(plant: Plant) -> None:
    """Chunks are taken by number, 2 before 10, so that rows of a symbol are in the order of time."""
    day = dt.date(2025, 1, 10)
    for k in range(13):
        publish(plant, f"2025-01-10T{k + 1:02}:00", SECOND, range(30 * k, 30 * k + 30))
        with operate.connect(plant.config, "wdb") as wdb:
            written = "{[d] $[d in key .down.marks;.down.marks[d][`rows]`trade;0]}"
            until(lambda: int(wdb.value(written, np.datetime64(day, "D"))) == 30 * k + 30, "these rows' write-down")  # noqa: B023
            chunks = "{[d] exec count distinct n from .down.marks[d][`chunks]where tab=`trade}"
            assert int(wdb.value(chunks, np.datetime64(day, "D"))) == k + 1
    end(plant)
    rows = history(plant, day)
    assert len(rows) == 390
    assert in_order(rows)
    with operate.connect(plant.config, "hdb") as hdb:
        assert hdb.value("{[d] all exec{x~asc x}time by sym from trade where date=d}", np.datetime64(day, "D"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("day", "function"),
    [(20, ".mark.put:{[dir;m]DIE}"), (21, ".mark.put0:.mark.put;.mark.put:{[dir;m].mark.put0[dir;m];DIE}")],
    ids=["before the mark", "after it"],
)
def test_a_crash_between_rows_and_mark_doubles_nothing(plant: Plant, day: int, function: str) -> None:
    """The rows are on disk and the process dies before the mark says so, or just after."""
    plant.settle()
    old = plant.pid("wdb")
    with operate.connect(plant.config, "wdb") as wdb:
        wdb.query(function.replace("DIE", 'system"kill -9 ",string .z.i;system"sleep 5"'))
    publish(plant, f"2025-01-{day}T10:00", SECOND, range(50))
    until(lambda: plant.pid("wdb") not in (0, old), "the write-down's death and return")
    publish(plant, f"2025-01-{day}T11:00", SECOND, range(50, 75))
    plant.settle()
    end(plant)
    rows = history(plant, dt.date(2025, 1, day))
    assert sorted(seq for _, seq in rows) == list(range(75))
    assert in_order(rows)


@pytest.mark.slow
def test_tables_without_rows_have_partitions(plant: Plant) -> None:
    """A day on which only one table had rows answers for every table."""
    day = dt.date(2025, 1, 25)
    publish(plant, "2025-01-25T10:00", SECOND, range(5))
    end(plant)
    with operate.connect(plant.config, "tickerplant") as tp:
        captured = {str(name) for name in tp.value(".u.t").to_pylist()}
    with operate.connect(plant.config, "hdb") as hdb:
        assert captured <= {str(name) for name in hdb.value(".Q.pt").to_pylist()}
        for table in sorted(captured):
            n = hdb.value(f"{{[d] count select from`{table} where date=d}}", np.datetime64(day, "D"))
            # what the real-time engine derives, it may have published
            if table in ("quote", "trade", "depth", "orders", "fills", "fixraw"):
                assert int(n) == (5 if table == "trade" else 0), table


JOBS = f"""
system"l {ROOT}/q/boot.q"
.boot.home:"{ROOT}/q"
.boot.use each`log`job;
tried:ran:0
.job.add[`bad;0D;{{tried+:1;'"broken"}}];
.job.add[`good;0D;{{ran+:1}}];
.z.ts:{{.job.run[]}}
system"t 5"
"""


def test_a_failing_timer_job_stops_no_other(tmp_path: Path, start_quill: Callable[..., Any]) -> None:
    (tmp_path / "jobs.q").write_text(JOBS)
    with Client("127.0.0.1", start_quill(str(tmp_path / "jobs.q")).port) as q:
        until(lambda: int(q.value("ran")) > 10, "the job after the failing one to run")


def test_a_job_that_failed_once_runs_again(tmp_path: Path, start_quill: Callable[..., Any]) -> None:
    (tmp_path / "jobs.q").write_text(JOBS)
    with Client("127.0.0.1", start_quill(str(tmp_path / "jobs.q")).port) as q:
        until(lambda: int(q.value("tried")) > 10, "the failing job to be tried again")
        q.value("{.job.next[`good]:.z.p+0D12;}", None)
        before = int(q.value("ran"))
        until(lambda: int(q.value("ran")) > before, "a job that waits for a moment before the clock stepped back")


def test_every_process_runs_its_timer_through_the_jobs() -> None:
    """No process calls one function after another from .z.ts, where the first error would skip the rest."""
    for file in sorted(ROOT.glob("*/*.q")):
        for line in file.read_text().splitlines():
            if line.startswith(".z.ts:"):
                assert line == ".z.ts:{.job.run[]}", f"{file}: {line}"


@pytest.mark.slow
def test_the_write_down_that_failed_is_tried_again(plant: Plant) -> None:
    day = dt.date(2025, 2, 1)
    with operate.connect(plant.config, "wdb") as wdb:
        wdb.query('.t.n:0;.t.write:.down.write;.down.write:{[d;e;f;x;l] if[3>.t.n+:1;\'"no room"];.t.write[d;e;f;x;l]}')
        publish(plant, "2025-02-01T10:00", SECOND, range(50))
        written = "{[d] $[d in key .down.marks;.down.marks[d][`rows]`trade;0]}"
        until(lambda: int(wdb.value(written, np.datetime64(day, "D"))) == 50, "the rows to be written down")
        assert int(wdb.value(".t.n")) >= 3
        wdb.query(".down.write:.t.write")
    end(plant)
    assert len(history(plant, day)) == 50


@pytest.mark.slow
def test_a_failed_save_clears_nothing(plant: Plant) -> None:
    """While the partition cannot be written the day stays where it is and is answered; once it can be, all of it is there."""
    day = dt.date(2025, 2, 5)
    publish(plant, "2025-02-05T10:00", SECOND, range(60))
    until(lambda: counted(plant, day, day) == 60, "the rows in the gateway's answer")
    with operate.connect(plant.config, "wdb") as wdb:
        wdb.query('.t.tried:0;.t.column:.part.column;.part.column:{[f;c;v] .t.tried+:1;\'"no room"}')
        publish(plant, "2025-02-06T10:00", SECOND, range(60, 70))
        until(lambda: int(wdb.value(".t.tried")) > 3, "the partition to be tried again and again")
        until(lambda: counted(plant, day, day) == 60, "the rows of the day that could not be saved")
        with operate.connect(plant.config, "hdb") as hdb:
            assert not hdb.value("{[d] d in .Q.pv}", np.datetime64(day, "D"))
        wdb.query(".part.column:.t.column")
    operate.wait_for_partition(plant.config, day)
    assert sorted(seq for _, seq in history(plant, day)) == list(range(60))
    until(lambda: counted(plant, day, dt.date(2025, 2, 6)) == 70, "both days in the gateway's answer")
    end(plant)


def test_no_message_for_a_log_is_made_on_the_way_of_a_row(tmp_path: Path, start_quill: Callable[..., Any]) -> None:
    """Nothing is put into words for a row that is taken: every line of the log goes through `.log.line` or its short forms."""
    tp = start_quill(str(TICK), "-dir", str(tmp_path / "tplog"), "-sync", "never", "-mode", "zero")
    with Client("127.0.0.1", tp.port) as q:
        q.value(PUBLISH, np.array(["2025-06-11T10:00"] * 2, "M8[ns]"), np.arange(2))  # opens the day
        q.value("{.t.n:0;f:{[m;d].t.n+:1};.log.info:f;.log.warn:f;.log.error:f;.log.line:{[l;m;d].t.n+:1};}", None)
        for k in range(5):
            q.value(PUBLISH, np.array(["2025-06-11T10:01"] * 2, "M8[ns]"), np.arange(2 * k, 2 * k + 2))
        assert int(q.value(".u.rows`trade")) == 12
        assert int(q.value(".t.n")) == 0
        assert not q.value("`debug in key`.log"), "there is no level that is built and thrown away"


def test_documentation_names_what_there_is() -> None:
    """Every q name of ours that a page or a comment speaks of is defined. Two pages speak of other people's names."""
    code = {
        file: file.read_text()
        for file in ROOT.glob("*/**/*.q")
        if file.parts[len(ROOT.parts)] not in ("tests", "engine", "bench")
    }
    code = {file: text for file, text in code.items() if ".venv" not in file.parts and "var" not in file.parts}
    pages = {
        file: file.read_text()
        for file in [
            *ROOT.glob("*.md"),
            *ROOT.glob("docs/[!mt]*.md"),
            ROOT / "docs" / "tca.md",
            *ROOT.glob("*/README.md"),
        ]
    }
    defined = {
        name
        for text in code.values()
        for name in re.findall(r"(?<![\w.`])(\.[a-z]\w*(?:\.\w+)+)(?:\[[^\]]*\])?:{1,2}", text)
    }
    defined |= {name for text in code.values() for name in re.findall(r"`(\.[a-z]\w*(?:\.\w+)+)\b", text)}
    spaces = {name.split(".")[1] for name in defined} - {"z", "h", "q", "j", "m"}
    spaces -= {"Q"}
    unknown = []
    for file, text in {**pages, **code}.items():
        spoken = (
            text
            if file.suffix == ".md"
            else "\n".join(line for line in text.splitlines() if line.lstrip().startswith("//"))
        )
        if file.suffix == ".md":
            spoken = "\n".join(re.findall(r"```.*?```|`[^`\n]+`", text, flags=re.S))
        for name in re.findall(r"(?<![\w./>])(\.[a-z]\w*(?:\.\w+)+)", spoken):
            known = name in defined or any(d.startswith(name + ".") for d in defined)
            if name.split(".")[1] in spaces and not known and not name.endswith((".q", ".md", ".py")):
                unknown.append(f"{file.relative_to(ROOT)}: {name}")
    assert "\n".join(sorted(set(unknown))) == ""


def test_the_log_check_repairs_what_needs_it_and_only_that(tmp_path: Path, start_quill: Callable[..., Any]) -> None:
    log = tmp_path / "tplog" / "slip2025.06.11"

    def start() -> Any:
        return start_quill(str(TICK), "-dir", str(tmp_path / "tplog"), "-sync", "always")

    def beside() -> list[str]:
        return sorted(file.name for file in log.parent.iterdir() if file.name != log.name)

    tp = start()
    with Client("127.0.0.1", tp.port) as q:
        for k in range(6):
            q.value(PUBLISH, np.array(["2025-06-11T10:00"] * 10, "M8[ns]"), np.arange(10 * k, 10 * k + 10))
    tp.kill()
    whole = log.read_bytes()
    tp = start()
    assert log.read_bytes() == whole
    assert beside() == [], "a whole log is left alone"
    tp.kill()
    hurt = bytearray(whole)
    hurt[len(hurt) // 2] ^= 1
    log.write_bytes(hurt)
    tp = start()
    with Client("127.0.0.1", tp.port) as q:
        assert int(q.value(".u.rows`trade")) == 50, "the one message that was damaged is out"
    assert beside() == [log.name + ".damage", log.name + ".torn"]
    mended = log.read_bytes()
    tp.kill()
    start()
    assert log.read_bytes() == mended, "a mended log is whole"


@pytest.mark.parametrize(
    "query",
    [
        'reval parse"select from t where 0<{a::1;x}each x"',
        'reval parse"select by {a::1;x}x from t"',
        'reval parse"select {a::1;x}x from t"',
        "reval(?;`t;enlist enlist({a::1;0<x};`x);0b;())",
        'reval parse"exec {a::1;x}x from t"',
        "reval({[f]f[]};{a::1})",
        "reval(!;enlist`t;();0b;enlist[`x]!enlist 0)",
        'reval parse"{value x}\\"a::1\\""',
    ],
)
def test_read_only_holds_in_every_part_of_a_call(query: str, start_quill: Callable[..., Any]) -> None:
    """By whatever clause, function or form it is tried, nothing is changed; reading by parse tree is not refused."""
    with Client("127.0.0.1", start_quill().port) as q:
        q.value("a:0;t:([]x:1 2 3)")
        with pytest.raises(QueryError, match="noupdate"):
            q.value(query)
        assert int(q.value("a")) == 0
        assert [int(n) for n in q.value("t`x").to_pylist()] == [1, 2, 3]
        assert int(q.value("count reval(?;`t;enlist enlist(>;`x;1);0b;())")) == 2
        # trapped, it still changes nothing
        q.value('reval parse"@[{a::1};0;0]"')
        assert int(q.value("a")) == 0


def test_a_failing_call_is_not_sent_again(start_quill: Callable[..., Any]) -> None:
    """One that signals, and one that breaks off: done once, and the caller is told."""
    quill = start_quill()
    with Client("127.0.0.1", quill.port) as q:
        q.value("n:0")
        with pytest.raises(QueryError, match="no"):
            q.value('{[x] n+:1;\'"no"}', 1)
        assert int(q.value("n")) == 1
        with pytest.raises(Unreachable):
            q.value("{[x] n+:1;hclose .z.w}", 1)
        assert int(q.value("n")) == 2


def test_a_chained_tickerplant_reconnects_and_forwards_the_end_of_day(
    tmp_path: Path, start_quill: Callable[..., Any]
) -> None:
    arguments = (str(TICK), "-dir", str(tmp_path / "tplog"), "-sync", "never", "-t", "5")
    tp = start_quill(*arguments)
    chain = start_quill(str(CHAIN), "-tp", f"127.0.0.1:{tp.port}", "-t", "5")
    day = "2025-06-11T10:00"
    with Client("127.0.0.1", chain.port) as q, q.subscribe(["trade"]) as subscription:
        with Client("127.0.0.1", tp.port) as first:
            first.value(PUBLISH, np.array([day] * 3, "M8[ns]"), np.arange(3))
        found = subscription.poll(20)
        assert found is not None
        assert found[1]["seq"].to_pylist() == [0, 1, 2]
        tp.kill()
        tp = start_quill(*arguments, port=tp.port)
        with Client("127.0.0.1", tp.port) as second:
            second.value(PUBLISH, np.array([day] * 2, "M8[ns]"), np.arange(3, 5))
            found = subscription.poll(20)
            assert found is not None
            assert found[1]["seq"].to_pylist() == [3, 4], "what came after the tickerplant's death, once"
            second.value(".u.endofday[]")
        subscription.poll(2)
        assert [str(day_) for day_ in subscription.ended] == ["2025-06-11"]


@pytest.mark.slow
def test_a_whole_workflow_from_feed_to_lake_and_back(plant: Plant) -> None:
    """Publish, query across tiers, kill, end the day, archive, lose the partition, restore: equal to the last byte."""
    from slipstream.backfill import restore

    day = dt.date(2025, 3, 1)
    publish(plant, "2025-03-01T10:00", SECOND, range(100))
    plant.signal("rdb", signal.SIGKILL)
    publish(plant, "2025-03-01T11:00", SECOND, range(100, 120))
    plant.settle()
    until(lambda: counted(plant, day, day) == 120, "all rows in the gateway's answer")
    end(plant)
    operate.archive(plant.config, [day])
    partition = plant.config.hdb_dir / "2025.03.01"
    files = {file.relative_to(partition): file.read_bytes() for file in partition.rglob("*") if file.is_file()}
    assert len(files) > 50
    for file in files:
        (partition / file).unlink()
    rows = restore(plant.config, day, force=True)
    assert rows["trade"] == 120
    assert {file.relative_to(partition): file.read_bytes() for file in partition.rglob("*") if file.is_file()} == files
