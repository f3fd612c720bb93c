"""
Every q type reaches Arrow with its exact value. Inputs are wire bytes; expected values are worked by hand.
"""

import uuid
from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from slipstream.archive.table import Column, arrow_schema, checksums, column_to_arrow, to_arrow
from slipstream.errors import ArchiveError

from . import qbytes

MIN64, MAX64, MIN32, MAX32 = -(2**63), 2**63 - 1, -(2**31), 2**31 - 1
EPOCH = 946_684_800_000_000_000  # 2000.01.01 in ns since 1970


def arrow(kind, values):
    return column_to_arrow(qbytes.value(kind, values), Column("c", kind))


@pytest.mark.parametrize(
    ("kind", "values", "type_", "expected"),
    [
        ("b", [1, 0], pa.bool_(), [True, False]),
        ("x", [0, 255], pa.uint8(), [0, 255]),
        ("h", [-32768, 7, 32767], pa.int16(), [None, 7, 32767]),
        ("i", [MIN32, -1, MAX32], pa.int32(), [None, -1, MAX32]),
        ("j", [MIN64, 2**60 + 1, MAX64], pa.int64(), [None, 2**60 + 1, MAX64]),
        ("e", [float("nan"), 1.5, float("inf")], pa.float32(), [None, 1.5, float("inf")]),
        ("f", [float("nan"), 0.1, float("-inf")], pa.float64(), [None, 0.1, float("-inf")]),
        ("c", b"a b", pa.string(), ["a", None, "b"]),
        (
            "d",
            [MIN32, 0, 8979, -1],
            pa.date32(),
            [None, date(2000, 1, 1), date(2024, 8, 1), date(1999, 12, 31)],
        ),
        (
            "m",
            [MIN32, 0, 295, -1],
            pa.date32(),
            [None, date(2000, 1, 1), date(2024, 8, 1), date(1999, 12, 1)],
        ),
        ("s", ["a", "", "b", "a"], pa.dictionary(pa.int32(), pa.string()), ["a", None, "b", "a"]),
        ("s", ["é", "x"], pa.dictionary(pa.int32(), pa.string()), ["é", "x"]),
        ("C", [b"8=FIX.4.4\x01", b"", b"\xff\xfe"], pa.binary(), [b"8=FIX.4.4\x01", b"", b"\xff\xfe"]),
        ("J", [[1, MIN64], [], [3]], pa.list_(pa.int64()), [[1, None], [], [3]]),
    ],
    ids=lambda x: x if isinstance(x, str) else "",
)
def test_values_and_types(kind, values, type_, expected):
    found = arrow(kind, values)
    assert type_ == found.type
    assert expected == found.to_pylist()


@pytest.mark.parametrize(
    ("kind", "values", "type_", "expected"),
    [
        (
            "p",
            [MIN64, 0, 1, -1, MAX64, -MAX64],
            pa.timestamp("ns"),
            [None, EPOCH, EPOCH + 1, EPOCH - 1, MAX64, -MAX64],
        ),
        ("n", [MIN64, -1, 86_400_000_000_001], pa.duration("ns"), [None, -1, 86_400_000_000_001]),
        ("t", [MIN32, 1, -5], pa.duration("ms"), [None, 1, -5]),
        ("v", [MIN32, 61], pa.duration("s"), [None, 61]),
        ("u", [MIN32, 61, MAX32], pa.duration("s"), [None, 3660, MAX64]),
        (
            "z",
            [float("nan"), 0.5, -1.0],
            pa.timestamp("ns"),
            [None, EPOCH + 43_200 * 10**9, EPOCH - 86_400 * 10**9],
        ),
    ],
    ids=["timestamp", "timespan", "time", "second", "minute", "datetime"],
)
def test_times_to_the_nanosecond(kind, values, type_, expected):
    found = arrow(kind, values)
    assert type_ == found.type
    assert expected == found.view(pa.int64()).to_pylist()


def test_date_infinities_stay_extreme():
    assert arrow("d", [MAX32, -MAX32]).view(pa.int32()).to_pylist() == [MAX32, -MAX32]


def test_guid_keeps_its_bytes_and_null():
    some = uuid.UUID("12345678-9abc-def0-8123-456789abcdef")
    nan_bits = uuid.UUID("7ff00000-0000-0001-fff8-000000000001")  # bits that are NaN when seen as floats
    found = arrow("g", [some, uuid.UUID(int=0), nan_bits])
    assert pa.uuid() == found.type
    assert [some.bytes, None, nan_bits.bytes] == found.storage.to_pylist()


def test_timestamp_beyond_2262_is_refused():
    with pytest.raises(ArchiveError, match="beyond the range"):
        arrow("p", [MAX64 - 5])


def test_other_type_than_meta_says_is_refused():
    with pytest.raises(ArchiveError, match="column c: the server sent q type 9h"):
        column_to_arrow(qbytes.value("f", [1.0]), Column("c", "j"))


def test_missing_column_is_refused():
    with pytest.raises(ArchiveError, match="column b: missing"):
        to_arrow(qbytes.table({"a": ("j", [1])}), [Column("b", "j")])


def test_table_keeps_order_types_and_q_letters():
    columns = [Column("time", "p"), Column("sym", "s"), Column("size", "j")]
    found = to_arrow(
        qbytes.table({"time": ("p", [1, 2]), "sym": ("s", ["A", "B"]), "size": ("j", [MIN64, 5])}), columns
    )
    assert arrow_schema(columns) == found.schema
    assert found.schema.field("sym").metadata[b"q"] == b"s"
    assert found.column("size").to_pylist() == [None, 5]


class TestChecksums:
    def test_do_not_depend_on_chunks_or_dictionary(self):
        one = pa.table({"s": pa.array(["a", "b", "a", None]).dictionary_encode()})
        two = pa.table({"s": pa.chunked_array([["a"], ["b", "a", None]])})
        assert checksums(one) == checksums(two)

    @pytest.mark.parametrize(
        ("left", "right"),
        [
            (["ab", "c"], ["a", "bc"]),
            (["", "a"], [None, "a"]),
            ([1, 2], [2, 1]),
            ([0, 1], [None, 1]),
            ([1.0, 0.0], [1.0, -0.0]),
            ([[1], []], [[], [1]]),
            ([True, False], [False, True]),
        ],
        ids=["boundaries", "null-text", "order", "null-zero", "zero-sign", "lists", "bools"],
    )
    def test_tell_apart(self, left, right):
        assert checksums(pa.table({"c": left})) != checksums(pa.table({"c": right}))

    def test_value_by_hand(self):
        """Two valid rows 1 and 2: bytes 01 01, then two little-endian int64."""
        import zlib

        body = bytes([1, 1]) + (1).to_bytes(8, "little") + (2).to_bytes(8, "little")
        assert {"c": f"{zlib.crc32(body):08x}"} == checksums(pa.table({"c": [1, 2]}))

    def test_slices_do_not_leak(self):
        whole = pa.table({"s": ["x", "a", "b"], "n": [9, 1, 2], "b": [True, False, True]})
        assert checksums(pa.table({"s": ["a", "b"], "n": [1, 2], "b": [False, True]})) == checksums(whole.slice(1))


def test_empty_columns_of_every_type():
    for kind in "bgxhijefcspmdznuvtCJ":
        found = arrow(kind, [] if kind != "c" else b"")
        assert len(found) == 0
        assert Column("c", kind).arrow == found.type
        assert len(checksums(pa.table({"c": found}))["c"]) == 8


def test_random_numbers_survive(tmp_path):
    """Random bit patterns of each fixed-width type through Parquet: what is read is what q held."""
    import pyarrow.parquet as pq

    rng = np.random.default_rng(5)
    raw = rng.integers(-(2**62), 2**62, 1000)
    found = to_arrow(qbytes.table({"a": ("j", raw), "n": ("n", raw)}), [Column("a", "j"), Column("n", "n")])
    pq.write_table(found, tmp_path / "x.parquet")
    back = pq.read_table(tmp_path / "x.parquet")
    assert raw.tolist() == back.column("a").to_pylist()
    assert raw.tolist() == back.column("n").combine_chunks().view(pa.int64()).to_pylist()
    assert found.schema == back.schema
