"""Rows at each stage of the way, and whether two tables hold the same."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa

STAGES = ("sent", "logged", "rdb", "hdb", "lake")


@dataclass
class Totals:
    """Rows by table, one mapping a stage of the way."""

    sent: dict[str, int] = field(default_factory=dict)
    logged: dict[str, int] = field(default_factory=dict)
    rdb: dict[str, int] = field(default_factory=dict)
    hdb: dict[str, int] = field(default_factory=dict)
    lake: dict[str, int] = field(default_factory=dict)

    def tables(self) -> list[str]:
        """Every table that any stage knows."""
        return sorted({table for stage in STAGES for table in getattr(self, stage)})

    def row(self, table: str) -> dict[str, int]:
        """One table's figures by stage."""
        return {stage: getattr(self, stage).get(table, 0) for stage in STAGES}

    def agree(self) -> bool:
        """Whether every stage has the same rows of every table, and there are some."""
        return bool(self.tables()) and all(len(set(self.row(table).values())) == 1 for table in self.tables())


def add(total: dict[str, int], rows: dict[str, int]) -> None:
    """Add rows by table; tables without any are left out."""
    for table, count in rows.items():
        if count:
            total[table] = total.get(table, 0) + count


def same_rows(left: pa.Table, right: pa.Table) -> bool:
    """Whether two tables hold the same rows in the same columns, in whatever order."""
    if left.column_names != right.column_names or left.num_rows != right.num_rows:
        return False
    return _sorted_rows(left) == _sorted_rows(right)


def _sorted_rows(table: pa.Table) -> list[tuple[str, ...]]:
    columns = []
    for column in table.columns:
        kind = column.type
        plain = column.cast(pa.int64()) if pa.types.is_timestamp(kind) or pa.types.is_duration(kind) else column
        columns.append([repr(value) for value in plain.to_pylist()])
    return sorted(zip(*columns, strict=True))
