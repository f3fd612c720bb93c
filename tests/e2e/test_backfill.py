"""Late rows from files, and a day from its log, as a user brings them: the command, and the partitions after it."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from memplant import ROOT

from slipstream.backfill import Merged, backfill, rebuild, restore
from slipstream.config import load_config
from slipstream.engine.client import Client
from slipstream.errors import FeedError, QueryError
from slipstream.operate import archive

DAY = dt.date(2025, 6, 11)


def command(var: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "slipstream", *words, "--set", f"var={var}"], capture_output=True, text=True, check=False
    )


def words(quill_path: Path, var: Path, column: str, day: dt.date) -> list[str]:
    """A column of the trades of a day, in the order of the partition."""
    done = subprocess.run(
        [str(quill_path), str(var / "hdb"), "-q"],
        input=f'-1" "sv string exec {column} from trade where date={day:%Y.%m.%d};\n',
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()


def seqs(quill_path: Path, var: Path, day: dt.date = DAY) -> list[int]:
    return [int(word) for word in words(quill_path, var, "seq", day)]


def test_files_are_merged_once_and_a_day_is_rebuilt(tmp_path: Path, quill_path: Path) -> None:
    late = tmp_path / "late.csv"
    late.write_text(
        "time,sym,price,size,seq\n"
        "2025-06-11T10:00:02,A,1.5,100,2\n"
        "2025-06-11T10:00:01,B,2.5,100,1\n"
        # a symbol, although others write so where nothing is known
        "2025-06-12T10:00:00,NA,3.5,NA,3\n"
    )
    done = command(tmp_path, "backfill", "trade", str(late))
    assert (done.returncode, done.stdout) == (0, "2025-06-11: trade 2\n2025-06-12: trade 1\n"), done.stderr
    assert seqs(quill_path, tmp_path) == [2, 1]
    done = command(tmp_path, "backfill", "trade", str(late))
    assert (done.returncode, done.stdout) == (0, "nothing new: these files were merged before, or have no rows\n")

    more = tmp_path / "more.parquet"
    ns = np.array(["2025-06-11T10:00:01.5", "2025-06-11T10:00:03"], dtype="datetime64[ns]")
    pq.write_table(pa.table({"time": ns, "sym": ["A", "A"], "price": [9.0, 9.0], "seq": [7, 8]}), more)
    config = load_config(overrides={"var": str(tmp_path)})
    assert backfill(config, "trade", [more]) == [Merged(DAY, "trade", 2)]
    assert seqs(quill_path, tmp_path) == [7, 2, 8, 1]
    assert seqs(quill_path, tmp_path, dt.date(2025, 6, 12)) == [3]
    assert words(quill_path, tmp_path, "sym", dt.date(2025, 6, 12)) == ["NA"]

    # from its log: what was merged would be lost, so it must be said
    with pytest.raises(FeedError, match=r"slip2025\.06\.11: no log of 2025-06-11"):
        rebuild(config, DAY)
    logs = config.tplog_dir
    logs.mkdir(parents=True)
    subprocess.run(
        [str(quill_path), "-q"],
        input=f'f:`$":{logs}/slip2025.06.11";f set();h:hopen f;'
        "h enlist(`upd;`trade;(2#2025.06.11D11:00:00;`Z`A;2#`;1 2f;2#1f;2#`;2#`;2#0Np;11 12));hclose h;\n",
        text=True,
        check=True,
    )
    with pytest.raises(QueryError, match=r"rows were merged into 2025\.06\.11"):
        rebuild(config, DAY)
    assert seqs(quill_path, tmp_path) == [7, 2, 8, 1]
    done = command(tmp_path, "rebuild", "2025-06-11", "--force")
    assert done.returncode == 0, done.stderr
    assert "trade 2" in done.stdout
    assert seqs(quill_path, tmp_path) == [12, 11]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("time,price\n2025-06-11T10:00:00,1\n", "no column sym"),
        ("time,sym,colour\n2025-06-11T10:00:00,A,red\n", "column colour is not one of trade"),
        ("time,sym,price\n2025-06-11T10:00:00,A,1\nyesterday,A,1\n", "column time"),
        ("time,sym,price\n2025-06-11T10:00:00,A,dear\n", "dear"),
        ("time,sym,price\n,A,1\n", "without time"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_whole(text: str, why: str, tmp_path: Path) -> None:
    file = tmp_path / "bad.csv"
    file.write_text(text)
    done = command(tmp_path, "backfill", "trade", str(file))
    assert done.returncode == 1
    assert str(file) in done.stderr
    assert why in done.stderr
    assert not list((tmp_path / "hdb").glob("2025*"))


def test_a_day_is_restored_from_the_lake_bit_for_bit(
    tmp_path: Path, quill_path: Path, start_quill: Callable[..., Any]
) -> None:
    day = tmp_path / "day.csv"
    lines = [f"2025-06-11T10:{k // 60:02}:{k % 60:02}.{k:09},S{k % 7},{k}.25,{k}," for k in range(500)]
    day.write_text("\n".join(["time,sym,price,seq,cond", *lines, ""]))
    config = load_config(overrides={"var": str(tmp_path)})
    assert backfill(config, "trade", [day]) == [Merged(DAY, "trade", 500)]
    raw = tmp_path / "raw.parquet"
    pq.write_table(
        pa.table({"time": np.array(["2025-06-11T10:00"], "M8[ns]"), "sym": ["A"], "msg": [b"8=FIX.4.4\x01\xff"]}), raw
    )
    backfill(config, "fixraw", [raw])

    hdb = start_quill(str(ROOT / "hdb" / "hdb.q"), "-db", str(config.hdb_dir))
    config = load_config(overrides={"var": str(tmp_path), "ports.hdb": hdb.port})
    (archived,) = archive(config)
    assert archived.rows["trade"] == 500
    partition = config.hdb_dir / "2025.06.11"
    before = {file.relative_to(partition): file.read_bytes() for file in partition.rglob("*") if file.is_file()}

    with pytest.raises(QueryError, match=r"partition 2025\.06\.11 is there"):
        restore(config, DAY)
    shutil.rmtree(partition)
    done = command(tmp_path, "restore", "2025-06-11")
    assert done.returncode == 0, done.stderr
    assert "trade 500" in done.stdout
    after = {file.relative_to(partition): file.read_bytes() for file in partition.rglob("*") if file.is_file()}
    assert after.keys() == before.keys()
    assert [str(name) for name, data in before.items() if after[name] != data] == []

    # past its days: the day is in the lake, so it may go, but only when that is said; a day that is not archived stays
    other = partition.with_name("2025.06.12")
    shutil.copytree(partition, other)
    log = config.tplog_dir / "slip2025.06.10"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_bytes(b"\xff\x01\0\0\0\0\0\0")
    limits = ("--set", "retention.hdb_days=30", "--set", "retention.log_days=30", "--set", f"ports.hdb={hdb.port}")
    client = Client(config.host, hdb.port)
    client.query(".hdb.reload[]")
    counts = "exec (string date)!n from 0!select n:count i by date from trade"
    assert client.value(counts) == {"2025.06.11": 500, "2025.06.12": 500}
    done = command(tmp_path, "retention", *limits)
    lines = done.stdout.splitlines()
    assert lines[0].startswith("2025-06-10 log") and lines[0].endswith("neither in the HDB nor in the lake")
    assert lines[1].startswith("2025-06-11 partition") and lines[1].endswith("would be deleted")
    assert lines[2].startswith("2025-06-12 partition") and lines[2].endswith("kept: not archived")
    assert partition.is_dir()
    done = command(tmp_path, "retention", "--apply", *limits)
    assert done.returncode == 0, done.stderr
    assert not partition.exists()
    assert not list((tmp_path / "hdb.aside").iterdir())
    assert client.value(counts) == {"2025.06.12": 500}  # of the HDB that runs
    client.close()
    assert other.is_dir()
    assert log.is_file()
    # late rows alone would be taken for the day, and take its place in the lake
    late = tmp_path / "late.csv"
    late.write_text("time,sym,seq\n2025-06-11T10:00:00,A,1\n2025-06-14T10:00:00,A,1\n")
    done = command(tmp_path, "backfill", "trade", str(late))
    assert done.returncode == 1 and "2025.06.11: its partition is no longer here: slipstream restore" in done.stderr, (
        done.stderr
    )
    assert sorted(path.name for path in config.hdb_dir.glob("2025*")) == ["2025.06.12"]
    shutil.rmtree(other)
    assert command(tmp_path, "restore", "2025-06-11").returncode == 0

    # a lake that is not what its manifest says gives nothing
    part = next((config.var_dir / "lake" / "trade").rglob("*.parquet"))
    data = bytearray(part.read_bytes())
    data[len(data) // 2] ^= 0xFF
    part.write_bytes(data)
    shutil.rmtree(partition)
    done = command(tmp_path, "restore", "2025-06-11")
    assert done.returncode == 1
    assert "damaged, nothing was restored" in done.stderr
    assert not partition.exists()
