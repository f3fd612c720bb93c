"""
Read a day of the lake back and hold it against its manifest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from slipstream.archive.store import Lake
from slipstream.archive.table import checksums
from slipstream.errors import ArchiveError


@dataclass(frozen=True)
class Verification:
    """
    What reading a day back found: rows by table, and every difference from the manifest in words.
    """

    day: date
    rows: Mapping[str, int]
    problems: tuple[str, ...] = field(default=())

    @property
    def ok(self) -> bool:
        """
        Whether the lake holds exactly what the manifest says.
        """
        return not self.problems


def read_manifest(lake: Lake, day: date) -> dict[str, Any] | None:
    """
    The manifest of a day; None when the day was never archived to the end.
    """
    return lake.read_json(lake.manifest(day))


def verify_day(lake: Lake, day: date) -> Verification:
    """
    Read every part of a day and compare row counts, types and column checksums with the manifest.

    Raises ArchiveError when the day has no manifest; damage to the data is reported, not raised.
    """
    manifest = read_manifest(lake, day)
    if manifest is None:
        raise ArchiveError(f"{lake.url}: no manifest for {day.isoformat()}, so the day is not archived")
    rows: dict[str, int] = {}
    problems: list[str] = []
    for table, record in manifest["tables"].items():
        folder = lake.partition(table, day)
        count, found = verify_parts(lake, folder, record)
        rows[table] = count
        problems += found
    return Verification(day, rows, tuple(problems))


def verify_parts(lake: Lake, folder: str, record: Mapping[str, Any]) -> tuple[int, list[str]]:
    """
    Rows found in a table's folder, and how it differs from its record.
    """
    expected = {part["name"]: part for part in record["parts"]}
    present = [name for name in lake.files(folder) if name.endswith(".parquet")]
    problems = [f"{folder}/{name}: missing" for name in expected if name not in present]
    problems += [f"{folder}/{name}: not in the manifest" for name in present if name not in expected]
    total = 0
    for name, part in expected.items():
        if name not in present:
            continue
        found, wrong = verify_part(lake, f"{folder}/{name}", part)
        total += found
        problems += wrong
    if not problems and total != record["rows"]:
        problems.append(f"{folder}: {total} rows, expected {record['rows']}")
    return total, problems


def verify_part(lake: Lake, relative: str, part: Mapping[str, Any]) -> tuple[int, list[str]]:
    """
    Rows found in one part, and how it differs from its record.
    """
    try:
        with lake.scanning(relative) as source:
            table = pq.read_table(source)
    except (pa.ArrowException, OSError) as error:
        return 0, [f"{relative}: unreadable ({str(error).splitlines()[0]})"]
    problems = []
    if table.num_rows != part["rows"]:
        problems.append(f"{relative}: {table.num_rows} rows, expected {part['rows']}")
    if table.column_names != list(part["columns"]):
        problems.append(f"{relative}: columns {table.column_names}, expected {list(part['columns'])}")
        return table.num_rows, problems
    problems += [
        f"{relative}: column {name} has checksum {found}, expected {part['columns'][name]}"
        for name, found in checksums(table).items()
        if found != part["columns"][name]
    ]
    return table.num_rows, problems
