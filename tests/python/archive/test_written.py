"""A part on its way to the disk: looked at while it is synced, and compressed where that is worth it."""

import threading
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from slipstream.archive import Lake
from slipstream.archive.disk import Disk
from slipstream.archive.mapped import MappedColumn
from slipstream.archive.table import Column, same
from slipstream.archive.writer import write_parquet


class Slow(Disk):
    """A disk that syncs once it is let, or fails to."""

    def __init__(self, fails: bool = False) -> None:
        self.let, self.fails, self.synced = threading.Event(), fails, []

    def sync(self, file, path):
        assert self.let.wait(30)
        if self.fails:
            raise OSError("the disk is gone")
        super().sync(file, path)
        self.synced.append(path.read_bytes())


def written(disk: Disk, root: Path, look):
    lake = Lake(str(root))
    lake.disk = disk
    return lake.written("a/b", lambda sink: sink.write(b"some"), look)


def test_a_file_is_whole_while_it_is_synced_and_synced_in_the_end(tmp_path):
    disk = Slow()

    def look():
        assert disk.synced == []
        found = (tmp_path / "a" / "b").read_bytes()
        disk.let.set()
        return found

    assert written(disk, tmp_path, look) == b"some"
    assert disk.synced == [b"some"]


def test_what_cannot_be_synced_is_not_written_however_well_it_reads(tmp_path):
    disk = Slow(fails=True)
    with pytest.raises(OSError, match="the disk is gone"):
        written(disk, tmp_path, lambda: disk.let.set())


def test_what_reads_wrong_is_told(tmp_path):
    disk = Slow()

    def look():
        disk.let.set()
        raise ValueError("other bytes")

    with pytest.raises(ValueError, match="other bytes"):
        written(disk, tmp_path, look)
    assert disk.synced == [b"some"]


def test_columns_are_compressed_where_that_takes_something_off():
    """Differences of random numbers, packed, cannot get smaller; a few prices in a row of their dictionary can."""
    rng = np.random.default_rng(3)
    rows = 50_000
    table = pa.table(
        {"seq": np.cumsum(rng.integers(0, 1 << 30, rows)), "price": np.repeat(rng.random(rows // 100), 100)}
    )
    sink = pa.BufferOutputStream()
    write_parquet(table, "zstd", [], sink)
    file = pq.ParquetFile(pa.BufferReader(sink.getvalue()))
    group = file.metadata.row_group(0)
    assert [group.column(k).compression for k in (0, 1)] == ["UNCOMPRESSED", "ZSTD"]
    assert "DELTA_BINARY_PACKED" in group.column(0).encodings
    assert file.read().equals(table)


def test_what_is_asked_not_to_be_compressed_is_not():
    table = pa.table({"a": np.repeat(np.arange(100.0), 1000)})
    sink = pa.BufferOutputStream()
    write_parquet(table, "none", [], sink)
    assert pq.read_metadata(pa.BufferReader(sink.getvalue())).row_group(0).column(0).compression == "UNCOMPRESSED"


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (pa.array([0.0]), pa.array([-0.0])),
        (pa.array([1, 2]), pa.array([1, 3])),
        (pa.array([1, None]), pa.array([1, 0])),
        (pa.array([1]), pa.array([1], pa.int32())),
        (pa.array(["a", "b"]).dictionary_encode(), pa.array(["a", "a"]).dictionary_encode()),
        (pa.array(["a", None]).dictionary_encode(), pa.array(["a", ""]).dictionary_encode()),
    ],
    ids=["sign", "number", "null", "width", "word", "no-word"],
)
def test_other_values_are_seen(found, expected):
    one, other = pa.chunked_array([found]), pa.chunked_array([expected])
    assert not same(one, other)
    assert same(one, one)
    assert same(other, other)


def test_not_a_number_is_the_same_by_its_bits():
    quiet = np.array([0x7FF8000000000001, 0x7FF8000000000002], np.uint64).view(np.float64)
    one, other = (pa.chunked_array([pa.array(quiet[[k]], from_pandas=False)]) for k in (0, 1))
    assert same(one, one)
    assert not same(one, other)


@pytest.mark.parametrize("rows", [1, 100])
def test_symbols_in_runs_and_one_by_one(rows):
    """By their positions in the domain, null and empty ones among them: one by one and, where runs are long, by these."""
    words = (b"ETH", b"", b"BTC", b"unused")
    items = np.repeat(np.array([2, 0, 1, np.iinfo(np.int64).min, 2], np.int64), rows)
    column = MappedColumn(Column("sym", "s"), items, words)
    found = column.arrow(slice(0, len(items)))
    assert found.to_pylist() == [w for w in ("BTC", "ETH", None, None, "BTC") for _ in range(rows)]
    assert sorted(found.dictionary.to_pylist()) == ["BTC", "ETH"]
    # nulls first, then BTC and ETH by their bytes
    _, ranks = np.unique(column.ranks(slice(0, len(items))), return_inverse=True)
    assert ranks.tolist() == [r for r in (1, 2, 0, 0, 1) for _ in range(rows)]
