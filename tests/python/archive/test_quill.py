"""The archive against a real HDB: what q wrote to disk is what the lake holds."""

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from slipstream.archive import Lake, archive_day, read_manifest, verify_day
from slipstream.archive.mapped import MappedColumn
from slipstream.archive.table import Column
from slipstream.archive.writer import PROBES, WHERE
from slipstream.errors import ArchiveError

from . import qbytes

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


# Every type that a file holds as numbers, with nulls and infinities, a column that is compressed, strings, and rows that are not in
# the lake's order.
KINDS = r"""
n:1000
d:2024.08.08
p:"p"$d
t:([]time:p+reverse 1000003*til n;sym:n#`ETH``BTC`ADA;c01:n#10b;c04:n#0x00ff07;c05:n#0N 0W -0W 7h;c06:n#0N 0W -0W 7i;c07:n#0N 0W -0W 7;
  c08:n#0n 0w -0w .5e;c09:n#0n 0w -0w .1;c10:n#"BS ";c12:n#0Np,0Wp,p;c13:n#0N 0W -0W 7m;c14:n#0Nd,0Wd,d;c15:n#0Nz,"z"$p;c16:n#0Nn,0Wn,0D00:00:01;
  c17:n#0Nu,0Wu,09:30;c18:n#0Nv,0Wv,09:30:01;c19:n#0Nt,0Wt,09:30:01.5;c02:n#0Ng,"G"$"8c680a01-5a49-5aab-5a65-d4bfddb6a661";
  zipped:til n;text:n#("a";"bc"))
s:([]time:p+1000*til n;sym:`p#n#`A;price:.5*til n)
.Q.dd[`:db;d,`t`]set .Q.en[`:db;t];
.Q.dd[`:db;d,`s`]set .Q.en[`:db;s];
(.Q.dd[`:db;d,`t`zipped];17;2;6)set til n;
exit 0
"""


class Asked:
    """A connection that remembers what was asked, and may answer for itself."""

    def __init__(self, hdb, answer=lambda q, args: None):
        self.hdb, self.answer, self.asked = hdb, answer, []

    def query(self, q, *args):
        self.asked.append((q, args))
        said = self.answer(q, args)
        return self.hdb.query(q, *args) if said is None else said

    def rows(self, table):
        """Columns of a table that rows were asked of, apart from the few that a file is held against."""
        found = [
            q for q, args in self.asked if f"`{table} where" in q and len(args) > 1 and len(args[1]) not in (0, PROBES)
        ]
        return {name for q in found for name in q.split("select ")[1].split(" from")[0].split(",")}


@pytest.fixture
def kinds(start_quill, quill_path, tmp_path):
    import subprocess

    from slipstream.engine.client import Client

    (tmp_path / "build.q").write_text(KINDS)
    subprocess.run([quill_path, "build.q"], cwd=tmp_path, check=True, timeout=60, stdin=subprocess.DEVNULL)
    with Client(port=start_quill("db").port) as client:
        yield client


def test_columns_from_files_are_those_that_the_hdb_sends(kinds, tmp_path, monkeypatch):
    monkeypatch.setattr("slipstream.archive.writer.ROW_GROUP", 128)
    far, near = Asked(kinds), Asked(kinds)
    archive_day(far, Lake(str(tmp_path / "far")), DAY, chunk_rows=200, part_rows=300)
    archive_day(near, Lake(str(tmp_path / "near")), DAY, chunk_rows=200, part_rows=300, near=True)
    tables = [read_manifest(Lake(str(tmp_path / name)), DAY)["tables"] for name in ("far", "near")]
    assert tables[0] == tables[1]
    assert verify_day(Lake(str(tmp_path / "near")), DAY).ok
    assert {"time", "sym", "price"} <= far.rows("s")
    assert near.rows("s") == set()
    assert near.rows("t") == {"zipped", "text"}


def test_files_that_are_not_the_hdbs_are_not_taken_for_its_columns(kinds, tmp_path):
    import shutil

    shutil.copytree(tmp_path / "db", tmp_path / "other")
    path = tmp_path / "other" / DAY.strftime("%Y.%m.%d") / "s" / "price"
    path.write_bytes(path.read_bytes()[:16] + bytes(8000))

    def elsewhere(q, args):
        if q == WHERE:
            where = f":./{DAY:%Y.%m.%d}/{args[1]}".encode()
            return qbytes.pair(qbytes.vector("c", str(tmp_path / "other").encode()), qbytes.vector("c", where))
        return None

    hdb = Asked(kinds, elsewhere)
    lake = Lake(str(tmp_path / "lake"))
    archive_day(hdb, lake, DAY, near=True)
    assert hdb.rows("s") == {"time", "sym", "price"}
    found = pq.read_table(tmp_path / "lake" / "s" / f"date={DAY}", partitioning=None)
    assert found.column("price").to_pylist() == [i / 2 for i in range(1000)]


@pytest.mark.parametrize("column", ["sym", "price", "time"])
def test_a_value_that_changes_on_its_way_to_the_disk_is_noticed(kinds, tmp_path, monkeypatch, column):
    from slipstream.archive import writer

    write = pq.write_table

    def wrong(table, *args, **keywords):
        where = table.schema.get_field_index(column)
        if table.num_rows and where >= 0 and "price" in table.column_names:
            cells = table.column(column).to_pylist()
            cells[-1] = "B" if column == "sym" else cells[0]
            table = table.set_column(
                where, table.schema.field(where), [pa.array(cells, table.schema.field(where).type)]
            )
        write(table, *args, **keywords)

    monkeypatch.setattr(writer.pq, "write_table", wrong)
    lake = Lake(str(tmp_path / "lake"))
    with pytest.raises(ArchiveError, match=f"s 2024-08-08: read back differs: .*column {column} in row group 0"):
        archive_day(kinds, lake, DAY, near=True)
    assert read_manifest(lake, DAY) is None


def test_a_position_beyond_the_symbols_is_refused():
    items = np.array([0, 2, 1], np.int64)
    column = MappedColumn(Column("sym", "s"), items, (b"A", b"B"))
    with pytest.raises(ArchiveError, match="positions 0 to 2 in a domain of 2 symbols"):
        column.arrow(slice(0, 3))
    with pytest.raises(ArchiveError, match="positions -1 to 1"):
        MappedColumn(Column("sym", "s"), items - 1, (b"A", b"B")).ranks(slice(0, 3))
    assert column.arrow(slice(2, 3)).to_pylist() == ["B"]
