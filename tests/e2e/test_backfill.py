"""Late rows from files, and a day from its log, as a user brings them: the command, and the partitions after it."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from slipstream.backfill import Merged, backfill, rebuild
from slipstream.config import load_config
from slipstream.errors import FeedError, QueryError

DAY = dt.date(2025, 6, 11)


def command(var: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "slipstream", *words, "--set", f"var={var}"], capture_output=True, text=True, check=False
    )


def seqs(quill_path: Path, var: Path, day: dt.date = DAY) -> list[int]:
    """`seq` of the trades of a day, in the order of the partition."""
    done = subprocess.run(
        [str(quill_path), str(var / "hdb"), "-q"],
        input=f'-1" "sv string exec seq from trade where date={day:%Y.%m.%d};\n',
        capture_output=True,
        text=True,
        check=True,
    )
    return [int(word) for word in done.stdout.split()]


def test_files_are_merged_once_and_a_day_is_rebuilt(tmp_path: Path, quill_path: Path) -> None:
    late = tmp_path / "late.csv"
    late.write_text(
        "time,sym,price,size,seq\n"
        "2025-06-11T10:00:02,A,1.5,100,2\n"
        "2025-06-11T10:00:01,B,2.5,100,1\n"
        "2025-06-12T10:00:00,A,3.5,100,3\n"
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
