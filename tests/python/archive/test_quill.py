"""The archive against a real HDB: what q wrote to disk is what the lake holds."""

from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from slipstream.archive import Lake, archive_day, verify_day

DAY = date(2024, 8, 8)

# Rows are made in time order; .Q.dpft sorts them by sym, stably.
BUILD = r"""
n:1000
trade:([]time:2024.08.08D09:00+1000003*til n;sym:n#`ETH`BTC`ADA;price:.5*til n;size:?[0=(til n)mod 5;0N;til n])
trade:update side:n#"BS ",msg:n#("8=FIX\00135=D";"";enlist"x") from trade
quote:0#([]time:2024.08.08D09:00+til 1;sym:enlist`BTC;bid:enlist 1f)
.Q.dpft[`:db;2024.08.08;`sym;]each`trade`quote;
exit 0
"""


@pytest.fixture
def hdb(start_quill, quill_path, tmp_path):
    import subprocess

    from slipstream.engine.client import Client

    (tmp_path / "build.q").write_text(BUILD)
    subprocess.run([quill_path, "build.q"], cwd=tmp_path, check=True, timeout=60, stdin=subprocess.DEVNULL)
    with Client(port=start_quill("db").port) as client:
        yield client


@pytest.mark.parametrize("chunk_rows", [300, 100_000])
def test_a_real_partition_reaches_the_lake(hdb, tmp_path, chunk_rows):
    lake = Lake(str(tmp_path / "lake"))
    assert archive_day(hdb, lake, DAY, chunk_rows=chunk_rows).rows == {"trade": 1000, "quote": 0}
    assert verify_day(lake, DAY).ok
    found = pq.read_table(tmp_path / "lake" / "trade" / f"date={DAY}", partitioning=None)
    expected = sorted(range(1000), key=lambda i: (("ETH", "BTC", "ADA")[i % 3], i))
    assert found.column("price").to_pylist() == [i / 2 for i in expected]
    assert found.column("size").to_pylist() == [i if i % 5 else None for i in expected]
    assert found.column("sym").to_pylist() == [("ETH", "BTC", "ADA")[i % 3] for i in expected]
    assert found.column("side").to_pylist() == [("B", "S", None)[i % 3] for i in expected]
    assert found.column("msg").to_pylist() == [(b"8=FIX\x0135=D", b"", b"x")[i % 3] for i in expected]
    start = 1_723_107_600_000_000_000  # 2024.08.08D09:00 in ns since 1970
    times = found.column("time").combine_chunks()
    assert times.type == pa.timestamp("ns")
    assert times.view(pa.int64()).to_pylist() == [start + 1_000_003 * i for i in expected]
