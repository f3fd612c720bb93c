"""
A day to the lake and back: layout, order, types; interruption at every step; damage; the same on a real S3
server.
"""

import json
import uuid
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from slipstream.archive import Lake, archive_day, read_manifest, verify_day
from slipstream.errors import ArchiveError

from . import qbytes

DAY = date(2024, 8, 8)
START = 776_304_000_000_000_000  # 2024.08.08 in ns since 2000.01.01


def tables():
    """Three tables as an HDB holds them: sorted by sym, then time; one is empty, one has strings."""
    n = 100
    return {
        "trade": {
            "time": ("p", [START + i * 1_000 for i in range(n)] * 2),
            "sym": ("s", ["BTC"] * n + ["ETH"] * n),
            "price": ("f", [100 + i / 8 for i in range(2 * n)]),
            "size": ("j", [i if i % 7 else -(2**63) for i in range(2 * n)]),
        },
        "quote": {"time": ("p", []), "sym": ("s", []), "bid": ("f", [])},
        "fixraw": {
            "time": ("p", [START, START + 5]),
            "sym": ("s", ["BTC", "BTC"]),
            "msg": ("C", [b"8=FIX.4.4\x0135=D\x01", b"\xff"]),
        },
    }


@pytest.fixture
def hdb():
    return qbytes.Hdb(DAY, tables())


@pytest.fixture(scope="module")
def s3():
    """The address of an S3 server."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(params=["local", "s3"])
def lake(request, tmp_path):
    """The same tests on a folder and on an S3 server."""
    if request.param == "local":
        return Lake(str(tmp_path / "lake"))
    bucket = f"plant-{uuid.uuid4()}"
    options = {"key": "k", "secret": "s"}
    lake = Lake(f"s3://{bucket}/lake", endpoint=request.getfixturevalue("s3"), options=options)
    lake.fs.mkdir(bucket)
    return lake


def read(lake, table):
    with lake.fs.open(lake.path(table, f"date={DAY}", "part-00000.parquet")) as source:
        return pq.read_table(source)


def test_a_day_is_written_verified_and_described(hdb, lake):
    seen = []
    result = archive_day(hdb, lake, DAY, chunk_rows=30, part_rows=60, progress=lambda *a: seen.append(a))
    assert result.rows == {"trade": 200, "quote": 0, "fixraw": 2}
    assert not result.skipped
    assert ("trade", 200, 200) in seen
    assert verify_day(lake, DAY).ok
    assert lake.files(f"trade/date={DAY}") == [
        "part-00000.parquet",
        "part-00001.parquet",
        "part-00002.parquet",
        "part-00003.parquet",
    ]
    manifest = read_manifest(lake, DAY)
    assert manifest["date"] == "2024-08-08"
    assert manifest["tables"]["trade"]["sorted"] == ["sym", "time"]
    assert {"name": "sym", "q": "s", "arrow": str(pa.dictionary(pa.int32(), pa.string()))} in manifest["tables"][
        "trade"
    ]["schema"]
    assert not lake.exists("_aside/date=2024-08-08")


def test_readers_see_a_hive_partitioned_dataset(hdb, tmp_path):
    lake = Lake(str(tmp_path / "lake"))
    archive_day(hdb, lake, DAY, chunk_rows=64, part_rows=64)
    found = ds.dataset(tmp_path / "lake" / "trade", partitioning="hive").to_table()
    expected = tables()["trade"]
    assert expected["price"][1] == found.column("price").to_pylist()
    assert [None if v == -(2**63) else v for v in expected["size"][1]] == found.column("size").to_pylist()
    assert expected["sym"][1] == found.column("sym").to_pylist()
    assert {"2024-08-08"} == set(map(str, found.column("date").to_pylist()))
    assert pa.timestamp("ns") == found.schema.field("time").type
    assert found.column("time").combine_chunks().view(pa.int64())[0].as_py() == START + 946_684_800_000_000_000
    metadata = pq.ParquetFile(next((tmp_path / "lake" / "trade").rglob("*.parquet"))).metadata
    assert metadata.row_group(0).column(0).compression == "ZSTD"
    assert [c.column_index for c in metadata.row_group(0).sorting_columns] == [1, 0]


def test_unsorted_partitions_are_sorted_by_sym_and_time_stably(lake):
    rng = np.random.default_rng(11)
    n = 500
    sym = [["BTC", "ETH", "", "ADA"][i] for i in rng.integers(0, 4, n)]
    time = [START + int(i) for i in rng.integers(0, 40, n)]
    hdb = qbytes.Hdb(DAY, {"trade": {"time": ("p", time), "sym": ("s", sym), "seq": ("j", list(range(n)))}})
    archive_day(hdb, lake, DAY, chunk_rows=64, part_rows=1000)
    expected = sorted(zip(sym, time, range(n), strict=True))
    assert [seq for _, _, seq in expected] == read(lake, "trade").column("seq").to_pylist()


def test_second_run_reads_no_rows_and_changes_nothing(hdb, lake):
    archive_day(hdb, lake, DAY)
    before = lake.read_json(lake.manifest(DAY))
    hdb.asked.clear()
    again = archive_day(hdb, lake, DAY)
    assert again.skipped
    assert again.rows == {"trade": 200, "quote": 0, "fixraw": 2}
    assert before == lake.read_json(lake.manifest(DAY))
    assert not [q for q, _ in hdb.asked if "within" in q or "k]" in q]


def test_interrupted_at_every_query_then_run_again(tmp_path):
    """Whichever query the HDB dies at, there is no manifest, and the next run completes the day."""
    whole = qbytes.Hdb(DAY, tables())
    archive_day(whole, Lake(str(tmp_path / "whole")), DAY, chunk_rows=50, part_rows=50)
    for step in range(len(whole.asked)):
        lake = Lake(str(tmp_path / f"lake{step}"))
        hdb = qbytes.Hdb(DAY, tables())
        hdb.fail_after = step
        with pytest.raises(ArchiveError, match="run it again"):
            archive_day(hdb, lake, DAY, chunk_rows=50, part_rows=50)
        with pytest.raises(ArchiveError, match="not archived"):
            verify_day(lake, DAY)
        hdb.fail_after = None
        assert archive_day(hdb, lake, DAY, chunk_rows=50, part_rows=50).rows == {
            "trade": 200,
            "quote": 0,
            "fixraw": 2,
        }
        assert verify_day(lake, DAY).ok


class Flaky(Lake):
    """A lake whose storage fails once, before or after its n-th change."""

    def __init__(self, url, step, after):
        super().__init__(url)
        self.left, self.after = step, after

    def _change(self, method, *args):
        self.left -= 1
        if self.left == 0 and not self.after:
            raise OSError("the disk went away")
        result = method(*args)
        if self.left == 0:
            raise OSError("the disk went away")
        return result

    def write_json(self, *args):
        return self._change(super().write_json, *args)

    def remove(self, *args):
        return self._change(super().remove, *args)

    def publish(self, *args):
        return self._change(super().publish, *args)

    def size(self, *args):  # asked after each Parquet file
        return self._change(super().size, *args)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_storage_fails_at_every_change_of_a_rewrite(tmp_path, after):
    """While an archived day is written again, a manifest never describes what is not there."""
    step = 0
    while True:
        step += 1
        url = str(tmp_path / f"lake{step}")
        hdb = qbytes.Hdb(DAY, tables())
        archive_day(hdb, Lake(url), DAY, chunk_rows=50, part_rows=50)
        hdb.tables["trade"] = {name: (kind, cells[:120]) for name, (kind, cells) in hdb.tables["trade"].items()}
        flaky = Flaky(url, step, after)
        try:
            archive_day(hdb, flaky, DAY, chunk_rows=50, part_rows=50)
        except ArchiveError as error:
            assert "the disk went away" in str(error)
            lake = Lake(url)
            assert read_manifest(lake, DAY) is None or verify_day(lake, DAY).ok
            assert archive_day(hdb, lake, DAY, chunk_rows=50, part_rows=50).rows["trade"] == 120
            assert verify_day(lake, DAY).ok
            assert not lake.exists(lake.aside(DAY))
        if flaky.left > 0:
            break  # every change has failed once
    assert step > 8


def test_tables_already_in_place_are_kept_after_an_interruption(hdb, lake):
    hdb.fail_after = 8
    with pytest.raises(ArchiveError, match="run it again"):
        archive_day(hdb, lake, DAY, chunk_rows=500)
    assert lake.files(f"fixraw/date={DAY}")
    hdb.fail_after = None
    kept = {t.table: t.skipped for t in archive_day(hdb, lake, DAY).tables}
    assert kept["fixraw"]
    assert not kept["trade"]


def test_damaged_part_is_found_and_written_again(hdb, lake):
    archive_day(hdb, lake, DAY)
    path = lake.path("trade", f"date={DAY}", "part-00000.parquet")
    body = bytearray(lake.fs.cat_file(path))
    body[200] ^= 1
    lake.fs.pipe_file(path, bytes(body))
    found = verify_day(lake, DAY)
    assert not found.ok
    assert f"trade/date={DAY}/part-00000.parquet" in found.problems[0]
    kept = {t.table: t.skipped for t in archive_day(hdb, lake, DAY).tables}
    assert kept == {"trade": False, "quote": True, "fixraw": True}
    assert verify_day(lake, DAY).ok


def test_changed_value_in_a_valid_file_is_found(hdb, tmp_path):
    """A file that any Parquet reader accepts, with one other price in it."""
    lake = Lake(str(tmp_path / "lake"))
    archive_day(hdb, lake, DAY)
    path = tmp_path / "lake" / "trade" / f"date={DAY}" / "part-00000.parquet"
    table = pq.read_table(path, partitioning=None)
    prices = table.column("price").to_pylist()
    prices[3] += 0.125
    where = table.schema.get_field_index("price")
    pq.write_table(table.set_column(where, table.schema.field(where), [prices]), path)
    problems = verify_day(lake, DAY).problems
    assert len(problems) == 1
    assert "column price has checksum" in problems[0]


def test_missing_and_foreign_parts_are_found(hdb, tmp_path):
    lake = Lake(str(tmp_path / "lake"))
    archive_day(hdb, lake, DAY)
    folder = tmp_path / "lake" / "trade" / f"date={DAY}"
    (folder / "part-00000.parquet").rename(folder / "part-00009.parquet")
    problems = verify_day(lake, DAY).problems
    assert f"trade/date={DAY}/part-00000.parquet: missing" in problems
    assert f"trade/date={DAY}/part-00009.parquet: not in the manifest" in problems


def test_late_rows_in_the_hdb_replace_the_table(hdb, lake):
    archive_day(hdb, lake, DAY, chunk_rows=10, part_rows=10)
    hdb.tables["trade"] = {name: (kind, values[:15]) for name, (kind, values) in hdb.tables["trade"].items()}
    result = archive_day(hdb, lake, DAY, chunk_rows=10, part_rows=10)
    assert result.rows["trade"] == 15
    assert len(lake.files(f"trade/date={DAY}")) == 2
    assert verify_day(lake, DAY).ok


def test_a_partition_that_is_written_again_meanwhile_is_read_again(hdb, lake):
    """Late rows come into a table after its rows were read: nothing says that the day is archived before it is as it is now."""
    archive_day(hdb, lake, DAY)
    at = {"trade": "1"}
    moments, asked = [], hdb.query

    def query(q, *args):
        answer = asked(q, *args)
        if "within" in q and "trade" in q and at["trade"] == "1":
            at["trade"] = "2?"
            hdb.tables["trade"] = {name: (kind, values[:150]) for name, (kind, values) in hdb.tables["trade"].items()}
        return answer

    def revisions():
        moments.append(read_manifest(lake, DAY) is not None)
        now = dict(at)
        if now["trade"] == "2?":
            at["trade"] = "2"
        return now

    hdb.query = query
    result = archive_day(hdb, lake, DAY, chunk_rows=1000, revisions=revisions)
    assert result.rows["trade"] == 150
    assert read_manifest(lake, DAY)["tables"]["trade"]["revision"] == "2"
    assert verify_day(lake, DAY).ok
    assert moments == [True, False, False, False]


def test_a_day_that_is_being_written_is_not_archived(hdb, lake, monkeypatch):
    monkeypatch.setattr("slipstream.archive.job.SETTLE_S", 0.1)
    with pytest.raises(ArchiveError, match="slipstream fill"):
        archive_day(hdb, lake, DAY, revisions=lambda: {"trade": "2024?"})
    monkeypatch.setattr("slipstream.archive.job.SETTLE_S", 60.0)
    tick = iter(range(1000))
    with pytest.raises(ArchiveError, match="written again each of the 3 times"):
        archive_day(hdb, lake, DAY, revisions=lambda: {"trade": str(next(tick))})
    assert read_manifest(lake, DAY) is None


def test_force_writes_again(hdb, lake):
    archive_day(hdb, lake, DAY)
    assert not any(t.skipped for t in archive_day(hdb, lake, DAY, force=True).tables)


def test_unknown_date_is_refused(hdb, lake):
    with pytest.raises(ArchiveError, match="no partition 2024-08-09"):
        archive_day(hdb, lake, date(2024, 8, 9))


def test_rows_lost_on_the_way_are_noticed(hdb, tmp_path):
    """A server that answers with fewer rows than it counts."""
    hdb.rows = lambda name: len(next(iter(hdb.tables[name].values()))[1]) + (name == "trade")
    lake = Lake(str(tmp_path / "lake"))
    with pytest.raises(ArchiveError, match="trade 2024-08-08: asked for"):
        archive_day(hdb, lake, DAY, chunk_rows=50)
    assert not lake.exists(f"trade/date={DAY}")


def test_manifest_is_plain_json(hdb, tmp_path):
    archive_day(hdb, Lake(str(tmp_path / "lake")), DAY)
    document = json.loads((tmp_path / "lake" / "_manifests" / f"date={DAY}.json").read_text())
    part = document["tables"]["trade"]["parts"][0]
    assert part["rows"] == 200
    assert {"time", "sym", "price", "size"} == set(part["columns"])


def test_wrong_address_says_what_is_expected():
    with pytest.raises(ArchiveError, match="expected a folder or s3://bucket/prefix"):
        Lake("nosuch://x/y")
