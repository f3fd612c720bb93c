"""Cells of tables as JSON has them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from slipstream.api.answer import iso, records

EXTREME = np.iinfo(np.int64).max


@pytest.mark.parametrize(
    ("column", "cells"),
    [
        (pa.array([1.5, None, np.nan, np.inf, -np.inf]), [1.5, None, None, None, None]),
        (pa.array([1.5, 2.0], pa.float32()), [1.5, 2.0]),
        (pa.array([1, None, 2**62], pa.int64()), [1, None, 2**62]),
        (pa.array([1, 2**62], pa.int64()), [1, 2**62]),
        (pa.array([True, None]), [True, None]),
        (pa.array(["a", None, "b", "a"]).dictionary_encode(), ["a", None, "b", "a"]),
        (pa.array([[1.0, np.nan], None], pa.list_(pa.float64())), [[1.0, None], None]),
        (pa.array([1_500_000_000, None], pa.duration("ns")), [1.5, None]),
        (pa.array([2, None], pa.duration("s")), [2.0, None]),
        (
            pa.array([1, None, EXTREME, -EXTREME, 1_704_205_800_000_000_001], pa.timestamp("ns")),
            ["1970-01-01T00:00:00.000000001Z", None, None, None, "2024-01-02T14:30:00.000000001Z"],
        ),
    ],
    ids=lambda value: str(value.type) if isinstance(value, pa.Array) else "",
)
@pytest.mark.parametrize("cut", [0, 1], ids=["whole", "in two"])
def test_cells(column: pa.Array, cells: list[Any], cut: int) -> None:
    chunks = pa.chunked_array([column[:cut], column[cut:]] if cut else [column])
    found = [row["x"] for row in records(pa.table({"x": chunks}))]
    assert found == cells and [type(value) for value in found] == [type(value) for value in cells]


def test_rows_keep_the_order_of_columns_and_a_table_without_rows_has_none() -> None:
    table = pa.table({"b": [1, 2], "a": pa.array(["x", None]).dictionary_encode()})
    assert [list(row.items()) for row in records(table)] == [[("b", 1), ("a", "x")], [("b", 2), ("a", None)]]
    assert records(table.slice(2)) == [] and records(pa.table({})) == []


def test_a_single_time() -> None:
    assert iso(np.datetime64("2024-01-02T14:30", "m")) == "2024-01-02T14:30:00.000000000Z"
    assert iso(None) is None and iso(np.datetime64("NaT")) is None
