"""Values to q and back. The bytes expected are written out from the published description of q's serialisation."""

from __future__ import annotations

import datetime as dt
import uuid

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slipstream.engine.convert import from_q, from_table, kx, to_list, to_q, to_table, to_vector
from slipstream.errors import ConversionError


def payload(value: object) -> bytes:
    return bytes(kx.serialize(value).data)[8:]


def vector(code: int, count: int, data: bytes) -> bytes:
    return bytes([code, 0]) + count.to_bytes(4, "little") + data


def ints(width: int, *values: int) -> bytes:
    return b"".join(value.to_bytes(width, "little", signed=True) for value in values)


NULL_J, MAX_J = -(2**63), 2**63 - 1
DAY_2024 = 8766  # days from 2000.01.01 to 2024.01.01: 24*365 + 6 leap days


@pytest.mark.parametrize(
    ("column", "code", "data"),
    [
        pytest.param(np.array([1, 2], "i8"), 7, ints(8, 1, 2), id="long"),
        pytest.param(np.array([1, 2], "i4"), 6, ints(4, 1, 2), id="int"),
        pytest.param(np.array([1, 2], "i2"), 5, ints(2, 1, 2), id="short"),
        pytest.param(np.array([1, 2], "u1"), 4, b"\x01\x02", id="byte"),
        pytest.param(np.array([True, False]), 1, b"\x01\x00", id="boolean"),
        pytest.param(np.array([1.5, np.nan]), 9, np.float64(1.5).tobytes() + bytes.fromhex("000000000000f8ff"), id="float with null"),
        pytest.param(np.array([1.5, np.nan], "f4"), 8, np.float32(1.5).tobytes() + bytes.fromhex("0000c0ff"), id="real with null"),
        pytest.param(np.array(["2000-01-01T00:00:00.000000001", "NaT"], "M8[ns]"), 12, ints(8, 1, NULL_J), id="timestamp, NaT is 0Np"),
        pytest.param(np.array(["2000-01-01T00:00:01", "NaT"], "M8[us]"), 12, ints(8, 10**9, NULL_J), id="microseconds, NaT is 0Np"),
        pytest.param(np.array([5, "NaT"], "m8[ns]"), 16, ints(8, 5, NULL_J), id="timespan, NaT is 0Nn"),
        pytest.param(np.array(["2024-01-01", "NaT"], "M8[D]"), 14, ints(4, DAY_2024, -(2**31)), id="date, NaT is 0Nd"),
        pytest.param(np.array(["2024-01", "NaT"], "M8[M]"), 13, ints(4, 288, -(2**31)), id="month, NaT is 0Nm"),
        pytest.param(np.array([7, "NaT"], "m8[s]"), 18, ints(4, 7, -(2**31)), id="second"),
        pytest.param(np.array([7, "NaT"], "m8[ms]"), 19, ints(4, 7, -(2**31)), id="time"),
        pytest.param(np.array([7, "NaT"], "m8[m]"), 17, ints(4, 7, -(2**31)), id="minute"),
        pytest.param(np.array(["a", "bc", None], object), 11, b"a\0bc\0\0", id="symbols of objects"),
        pytest.param(np.array(["a", "bc"]), 11, b"a\0bc\0", id="symbols of unicode"),
        pytest.param(["a", None], 11, b"a\0\0", id="symbols of a list"),
        pytest.param([1, 2], 7, ints(8, 1, 2), id="a list of numbers is typed"),
        pytest.param([1, None], 7, ints(8, 1, NULL_J), id="None among numbers is 0N"),
        pytest.param([1.0, 2], 9, np.array([1.0, 2.0]).tobytes(), id="a list of numbers and floats"),
        pytest.param([dt.date(2024, 1, 1)], 14, ints(4, DAY_2024), id="dates"),
        pytest.param([dt.datetime(2000, 1, 1, 0, 0, 1), None], 12, ints(8, 10**9, NULL_J), id="datetimes"),
        pytest.param([dt.timedelta(seconds=1)], 16, ints(8, 10**9), id="timedeltas"),
        pytest.param([uuid.UUID(int=5)], 2, bytes(15) + b"\x05", id="guid"),
        pytest.param(pa.array([2**60 + 1, None]), 7, ints(8, 2**60 + 1, NULL_J), id="arrow int64 with null keeps every bit"),
        pytest.param(pa.array([dt.date(2024, 1, 1), None]), 14, ints(4, DAY_2024, -(2**31)), id="arrow date32"),
        pytest.param(pa.array(["a", None]), 11, b"a\0\0", id="arrow string"),
        pytest.param(pa.array(["a", "b", "a"]).dictionary_encode(), 11, b"a\0b\0a\0", id="arrow dictionary"),
        pytest.param(pa.chunked_array([[1], [None, 3]], pa.int32()), 6, ints(4, 1, -(2**31), 3), id="arrow chunks"),
        pytest.param(pa.array([1.5, None]), 9, np.float64(1.5).tobytes() + bytes.fromhex("000000000000f8ff"), id="arrow float with null"),
        pytest.param(pa.array([10**9, None], pa.timestamp("us")), 12, ints(8, 10**12 - 946684800 * 10**9, NULL_J), id="arrow microseconds"),
        pytest.param(pd.Series([1]), 7, ints(8, 1), id="a series of one row stays a vector"),
        pytest.param(pd.Series(pd.to_datetime(["2000-01-01"])), 12, ints(8, 0), id="one datetime row stays a vector"),
        pytest.param(pd.Series([1, None], dtype="Int64"), 7, ints(8, 1, NULL_J), id="nullable series"),
        pytest.param(pd.Series(["a", "b"]), 11, b"a\0b\0", id="series of text"),
        pytest.param(pd.Series(["a", "b", "a"], dtype="category"), 11, b"a\0b\0a\0", id="categorical"),
        pytest.param(pd.Series(pd.to_datetime(["2000-01-01T01:00"]).tz_localize("Europe/Paris")), 12, ints(8, 0), id="zones become UTC"),
    ],
)  # fmt: skip
def test_columns_are_typed(column: object, code: int, data: bytes) -> None:
    """Every kind of column arrives as the q vector that it means."""
    sent = to_vector(column)
    count = len(column)  # type: ignore[arg-type]
    assert vector(code, count, data) == payload(sent)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(1, b"\xf9" + ints(8, 1), id="long"),
        pytest.param(True, b"\xff\x01", id="boolean"),
        pytest.param(1.5, b"\xf7" + np.float64(1.5).tobytes(), id="float"),
        pytest.param(float("nan"), b"\xf7" + bytes.fromhex("000000000000f8ff"), id="0n"),
        pytest.param(np.int32(4), b"\xfa" + ints(4, 4), id="numpy int32 stays int"),
        pytest.param("abc", b"\xf5abc\0", id="text is a symbol"),
        pytest.param(b"abc", vector(10, 3, b"abc"), id="bytes are a string"),
        pytest.param(b"a", vector(10, 1, b"a"), id="one byte is a string of one"),
        pytest.param(None, b"\x65\x00", id="None is ::"),
        pytest.param(pd.NaT, b"\xf4" + ints(8, NULL_J), id="NaT is 0Np"),
        pytest.param(np.datetime64("NaT", "ns"), b"\xf4" + ints(8, NULL_J), id="numpy NaT is 0Np"),
        pytest.param(np.datetime64("2024-01-01", "D"), b"\xf2" + ints(4, DAY_2024), id="numpy day is a date"),
        pytest.param(dt.date(2024, 1, 1), b"\xf2" + ints(4, DAY_2024), id="date"),
        pytest.param(pd.Timestamp("2000-01-01T00:00:00.123456789"), b"\xf4" + ints(8, 123456789), id="nanoseconds"),
        pytest.param(dt.datetime(2000, 1, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=1))), b"\xf4" + ints(8, 0), id="aware datetime"),
        pytest.param(pd.Timedelta("1us"), b"\xf0" + ints(8, 1000), id="timedelta"),
        pytest.param(np.timedelta64(7, "s"), b"\xee" + ints(4, 7), id="numpy seconds"),
        pytest.param(np.timedelta64(7, "ns"), b"\xf0" + ints(8, 7), id="numpy nanoseconds"),
        pytest.param(uuid.UUID(int=5), b"\xfe" + bytes(15) + b"\x05", id="guid"),
        pytest.param({"a": 1}, b"\x63" + vector(11, 1, b"a\0") + vector(7, 1, ints(8, 1)), id="dictionary"),
    ],
)  # fmt: skip
def test_atoms(value: object, expected: bytes) -> None:
    """Scalars become atoms of the q type that means the same."""
    assert expected == payload(to_q(value))


@pytest.mark.parametrize(
    "column",
    [
        pytest.param([2**63], id="too large"),
        pytest.param(np.array([2**63], "u8"), id="unsigned too large"),
        pytest.param(pa.array([True, None]), id="boolean null"),
        pytest.param(np.array([[1]]), id="two dimensions"),
        pytest.param(np.array(["9999-01-01"], "M8[s]"), id="beyond nanoseconds"),
        pytest.param(["a\0b"], id="NUL in a symbol"),
        pytest.param("abc", id="text is no column"),
    ],
)
def test_what_would_be_changed_is_refused(column: object) -> None:
    """A value that q cannot hold raises instead of being sent as something else."""
    with pytest.raises(ConversionError):
        to_vector(column)


def test_a_mixed_list_is_general_unless_a_type_is_asked_for() -> None:
    """Each item keeps its own type; as a symbol column it is refused."""
    assert vector(0, 2, b"\xf5a\0" + b"\xf9" + ints(8, 1)) == payload(to_vector(["a", 1]))
    with pytest.raises(ConversionError):
        to_vector(["a", 1], "s")


def test_qtype_types_what_cannot_type_itself() -> None:
    """An empty or all-null list takes the type it is given."""
    assert vector(12, 0, b"") == payload(to_vector([], "p"))
    assert vector(11, 0, b"") == payload(to_vector([], "s"))
    assert vector(14, 2, ints(4, -(2**31), -(2**31))) == payload(to_vector([None, None], "d"))
    assert vector(6, 2, ints(4, 1, 2)) == payload(to_vector([1, 2], "i"))
    assert vector(0, 1, vector(10, 2, b"ab")) == payload(to_vector(["ab"], "C"))


def raw(data: bytes) -> object:
    return kx.deserialize(b"\x01\0\0\0" + (len(data) + 8).to_bytes(4, "little") + data)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(b"\xf9" + ints(8, NULL_J), None, id="0N"),
        pytest.param(b"\xf9" + ints(8, MAX_J), MAX_J, id="0W"),
        pytest.param(b"\xfa" + ints(4, 3), 3, id="int"),
        pytest.param(b"\xf7" + bytes.fromhex("000000000000f8ff"), None, id="0n"),
        pytest.param(b"\xf4" + ints(8, 1), np.datetime64("2000-01-01T00:00:00.000000001", "ns"), id="timestamp ns"),
        pytest.param(b"\xf4" + ints(8, MAX_J), np.datetime64(MAX_J, "ns"), id="0Wp is the extreme"),
        pytest.param(b"\xf4" + ints(8, NULL_J), None, id="0Np"),
        pytest.param(b"\xf2" + ints(4, DAY_2024), np.datetime64("2024-01-01", "D"), id="date"),
        pytest.param(b"\xf3" + ints(4, 288), np.datetime64("2024-01", "M"), id="month"),
        pytest.param(b"\xf0" + ints(8, 5), np.timedelta64(5, "ns"), id="timespan"),
        pytest.param(b"\xef" + ints(4, 61), np.timedelta64(61, "m"), id="minute"),
        pytest.param(b"\xed" + ints(4, 61), np.timedelta64(61, "ms"), id="time"),
        pytest.param(b"\xf5abc\0", "abc", id="symbol"),
        pytest.param(b"\xf5\0", None, id="the empty symbol"),
        pytest.param(b"\xf5\xff\xfe\0", "��", id="a symbol that is not UTF-8"),
        pytest.param(b"\xf6a", "a", id="char"),
        pytest.param(b"\xff\x01", True, id="boolean"),
        pytest.param(b"\xfe" + bytes(15) + b"\x05", uuid.UUID(int=5), id="guid"),
        pytest.param(vector(10, 3, b"abc"), "abc", id="string"),
        pytest.param(b"\x65\0", None, id="::"),
        pytest.param(vector(0, 2, b"\xf9" + ints(8, 1) + b"\xf5a\0"), [1, "a"], id="general list"),
        pytest.param(b"\x63" + vector(11, 1, b"a\0") + vector(7, 1, ints(8, 1)), {"a": 1}, id="dictionary"),
    ],
)  # fmt: skip
def test_values_from_q(data: bytes, expected: object) -> None:
    """Atoms and lists arrive as the Python value that they mean."""
    assert expected == from_q(raw(data))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(vector(7, 2, ints(8, 2**60 + 1, NULL_J)), pa.array([2**60 + 1, None]), id="long with null"),
        pytest.param(vector(6, 2, ints(4, 1, -(2**31))), pa.array([1, None], pa.int32()), id="int with null"),
        pytest.param(vector(5, 1, ints(2, -(2**15))), pa.array([None], pa.int16()), id="short null"),
        pytest.param(vector(9, 2, np.array([1.5, np.nan]).tobytes()), pa.array([1.5, None]), id="float"),
        pytest.param(vector(12, 2, ints(8, 1, NULL_J)), pa.array([946684800 * 10**9 + 1, None], pa.timestamp("ns")), id="timestamp"),
        pytest.param(vector(12, 1, ints(8, -MAX_J)), pa.array([-MAX_J], pa.timestamp("ns")), id="-0Wp"),
        pytest.param(vector(13, 1, ints(4, 288)), pa.array([dt.date(2024, 1, 1)]), id="month"),
        pytest.param(vector(14, 2, ints(4, DAY_2024, -(2**31))), pa.array([dt.date(2024, 1, 1), None]), id="date"),
        pytest.param(vector(15, 1, np.array([0.5]).tobytes()), pa.array([946684800 * 10**9 + 43200 * 10**9], pa.timestamp("ns")), id="datetime"),
        pytest.param(vector(16, 1, ints(8, 5)), pa.array([5], pa.duration("ns")), id="timespan"),
        pytest.param(vector(17, 1, ints(4, 2)), pa.array([120], pa.duration("s")), id="minute"),
        pytest.param(vector(19, 1, ints(4, 2)), pa.array([2], pa.duration("ms")), id="time"),
        pytest.param(vector(1, 2, b"\x01\0"), pa.array([True, False]), id="boolean"),
        pytest.param(vector(4, 2, b"\x01\xff"), pa.array([1, 255], pa.uint8()), id="byte"),
    ],
)  # fmt: skip
def test_vectors_from_q(data: bytes, expected: pa.Array) -> None:
    """Vectors keep nulls, width and nanoseconds."""
    got = from_q(raw(data))
    assert expected.type == got.type
    assert expected.equals(got)


def test_symbols_are_a_dictionary_with_the_empty_one_null() -> None:
    got = from_q(raw(vector(11, 4, b"b\0\0a\0b\0")))
    assert pa.dictionary(pa.int32(), pa.string()) == got.type
    assert got.to_pylist() == ["b", None, "a", "b"]
    assert got.null_count == 1


@pytest.mark.parametrize("count", [1, 5000], ids=["few", "many"])
@pytest.mark.parametrize("cells", [["b", "", "a", "b"], ["", "b"], ["a", "b"], [""]], ids=["some", "first", "none", "all"])
def test_symbols_few_and_many_are_the_same(cells: list[str], count: int) -> None:
    got = from_q(raw(vector(11, len(cells) * count, "".join(f"{cell}\0" for cell in cells).encode() * count)))
    assert got.to_pylist() == [cell or None for cell in cells] * count
    assert got.dictionary.to_pylist() == list(dict.fromkeys(cell for cell in cells if cell))


def test_a_finite_timestamp_that_arrow_cannot_hold_is_refused() -> None:
    with pytest.raises(ConversionError, match="2262"):
        from_q(raw(vector(12, 1, ints(8, MAX_J - 1))))


def test_tables_column_by_column() -> None:
    """An integer null stays a null and does not turn the column into floats; keyed tables keep their key columns in front."""
    sent = to_table(
        {
            "sym": ["a", "b"],
            "n": [2**60 + 1, None],
            "time": np.array(["2024-01-01T00:00:00.000000001", "NaT"], "M8[ns]"),
        }
    )
    got = from_table(sent)
    assert got.column_names == ["sym", "n", "time"]
    assert got["n"].to_pylist() == [2**60 + 1, None]
    assert pa.int64() == got["n"].type
    assert got["time"].cast(pa.int64())[0].as_py() == 1704067200 * 10**9 + 1
    frame = got.to_pandas(types_mapper=pd.ArrowDtype)
    assert frame["n"].isna().tolist() == [False, True]
    assert frame["n"].sum() == 2**60 + 1


def test_strings_and_nested_columns() -> None:
    strings = to_vector([b"ab", b"", b"c"])
    assert from_table(to_table({"s": strings}))["s"].to_pylist() == ["ab", "", "c"]
    nested = to_list([np.array([1, 2]), np.array([], "i8")])
    assert from_table(to_table({"n": nested}))["n"].to_pylist() == [[1, 2], []]


def test_columns_of_different_length_are_refused() -> None:
    with pytest.raises(ConversionError, match="a 1, b 2"):
        to_table({"a": [1], "b": [1, 2]})


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.none(), st.integers(-(2**62), 2**62))))
def test_round_trip_of_longs(values: list[int | None]) -> None:
    got = from_q(to_vector(values, "j"))
    assert values == got.to_pylist()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.one_of(st.none(), st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1))
    )
)
def test_round_trip_of_symbols(values: list[str | None]) -> None:
    got = from_q(to_vector(values, "s"))
    assert values == got.to_pylist()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.none(), st.integers(-(2**62), 2**62))))
def test_round_trip_of_nanoseconds(values: list[int | None]) -> None:
    column = pa.array(values, pa.timestamp("ns"))
    got = from_q(to_vector(column))
    assert column.equals(got) if values else len(got) == 0
