"""
Archive one date of the HDB: read in chunks, write aside, read back, put in place, record, in that order.

Nothing in the HDB is ever changed or deleted. A run that was interrupted is run again: tables that are
already in place and still verify are kept, the rest starts over, and the manifest is written when all of
them are there.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

import numpy as np

from slipstream.archive.store import Lake
from slipstream.archive.table import Column
from slipstream.archive.verify import read_manifest, verify_parts
from slipstream.archive.writer import How, Progress, Queryable, Writer, described
from slipstream.errors import ArchiveError

# Rows fetched at a time; four chunks make one Parquet part, which is held in memory.
CHUNK_ROWS: Final = 250_000
PART_ROWS: Final = 1_000_000

# How often a day is begun again because its partition was replaced meanwhile, and how long it may be under way, in seconds.
TRIES: Final = 3
SETTLE_S: Final = 60.0

_TABLES = "{[d] $[d in .Q.pv; .Q.pt; `symbol$()]}"
_COLUMNS = "{[t] m:0!meta t; (m`c; m`t)}"
# Names come from the server's own `meta`, so they are q identifiers; only values travel as arguments.
_COUNT = "{{[d] 0^first (select n:count i from`{table} where date=d)`n}}"

# By table, what changes whenever the table's partition is written again; it ends with a question mark while that is under way.
Revisions = Callable[[], Mapping[str, str]]


@dataclass(frozen=True)
class TableResult:
    """
    What happened to one table: `rows` are in the lake; `skipped` when an earlier run had already put them
    there.
    """

    table: str
    rows: int
    parts: int
    bytes: int
    skipped: bool


@dataclass(frozen=True)
class ArchiveResult:
    """
    One archived day.
    """

    day: date
    lake: str
    tables: tuple[TableResult, ...]

    @property
    def rows(self) -> dict[str, int]:
        """
        Rows in the lake by table.
        """
        return {t.table: t.rows for t in self.tables}

    @property
    def skipped(self) -> bool:
        """
        Whether there was nothing left to do.
        """
        return all(t.skipped for t in self.tables)


class _Changed(Exception):
    """
    A partition was written again while it was read; the lake says that the day is not archived.
    """


def archive_day(
    hdb: Queryable,
    lake: Lake,
    day: date,
    *,
    chunk_rows: int = CHUNK_ROWS,
    part_rows: int = PART_ROWS,
    compression: str = "zstd",
    force: bool = False,
    revisions: Revisions = dict,
    progress: Progress | None = None,
    near: bool = False,
    workers: int | None = None,
) -> ArchiveResult:
    """
    Write every table of one HDB date to the lake, verified; safe to run again at any time.

    Args:
        hdb: a connection to the HDB process.
        lake: where to write.
        day: the partition.
        chunk_rows: rows fetched and held in memory at a time.
        part_rows: rows in one Parquet file; rounded up to whole chunks.
        compression: of the Parquet files, `zstd` unless there is a reason.
        force: write everything again even if the lake already verifies.
        revisions: tells how the tables' partitions are now. A table that is in the lake by another revision is archived anew; a
            day of which one changed while it was read is begun again.
        progress: called with table, rows done and rows in all, as the work goes on.
        near: the HDB's files are on this machine: columns are mapped from them, where their form allows it and the HDB says the
            same of some of their rows, and fetched otherwise.
        workers: Parquet files under way at a time where all columns are mapped; as many as there are processors when None.

    Raises:
        ArchiveError: the day could not be written, or differs when it is read back; what is in place stays.
    """
    if chunk_rows < 1 or part_rows < 1:
        raise ArchiveError(f"chunk_rows {chunk_rows} and part_rows {part_rows}: expected positive numbers")
    how = How(chunk_rows, -(-part_rows // chunk_rows) * chunk_rows, compression, near, workers or os.cpu_count() or 1)
    try:
        for _ in range(TRIES):
            at = _settled(revisions, day)
            try:
                return _archive_day(hdb, lake, day, how, force, at, revisions, progress)
            except _Changed:
                continue
            except ArchiveError:
                # the rows of two partitions do not fit together
                if dict(revisions()) == at:
                    raise
        raise ArchiveError(
            f"{day.isoformat()} was written again each of the {TRIES} times it was archived: run it again"
        )
    except lake.failures as error:
        raise ArchiveError(
            f"{lake.url}: {day.isoformat()} is not archived to the end, run it again: {type(error).__name__}: {error}"
        ) from error


def _archive_day(
    hdb: Queryable,
    lake: Lake,
    day: date,
    how: How,
    force: bool,
    at: Mapping[str, str],
    revisions: Revisions,
    progress: Progress | None,
) -> ArchiveResult:
    tell = progress or (lambda _table, _done, _total: None)
    day_q = np.datetime64(day, "D")
    tables = sorted(str(t) for t in hdb.query(_TABLES, day_q).py())
    if not tables:
        raise ArchiveError(f"the HDB has no partition {day.isoformat()}")
    manifest = read_manifest(lake, day) or {}
    records: dict[str, dict[str, Any]] = {}
    results = []
    for table in tables:
        columns = _columns(hdb, table)
        rows = int(hdb.query(_COUNT.format(table=table), day_q).py())
        tell(table, 0, rows)
        revision = at.get(table, "")
        record = None if force else _kept(lake, day, table, rows, columns, revision, manifest)
        skipped = record is not None
        if record is None:
            # from here until its end the day is not complete, and the lake must not say that it is
            lake.remove(lake.manifest(day))
            record = Writer(hdb, lake, day, table, columns, rows, revision, how, tell).run()
        records[table] = record
        tell(table, rows, rows)
        parts = record["parts"]
        results.append(TableResult(table, rows, len(parts), sum(p["bytes"] for p in parts), skipped))
    if dict(revisions()) != at:
        lake.remove(lake.manifest(day))
        raise _Changed(day.isoformat())
    if not all(r.skipped for r in results) or set(manifest.get("tables", ())) != set(tables):
        document = {
            "version": 1,
            "date": day.isoformat(),
            "written": datetime.now(UTC).isoformat(timespec="seconds"),
            "tables": records,
        }
        lake.write_json(lake.manifest(day), document)
    lake.remove(lake.aside(day))
    return ArchiveResult(day, lake.url, tuple(results))


def _settled(revisions: Revisions, day: date) -> dict[str, str]:
    """
    The revisions once nothing of the day is being written.
    """
    deadline = time.monotonic() + SETTLE_S
    while True:
        at = dict(revisions())
        if not any(moment.endswith("?") for moment in at.values()):
            return at
        if time.monotonic() > deadline:
            raise ArchiveError(
                f"{day.isoformat()} has been written again for {SETTLE_S:g} s, or that was interrupted, which `slipstream fill` puts right"
            )
        time.sleep(0.05)


def _columns(hdb: Queryable, table: str) -> list[Column]:
    """
    The stored columns of a table: all but the virtual `date`, which the folder's name carries.
    """
    names, types = hdb.query(_COLUMNS, table)
    letters = b"".join(types.np(raw=True)).decode("ascii")
    pairs = zip((str(n) for n in names.py()), letters, strict=True)
    # an empty list column has no type yet; in the plant's schemas such a column holds strings
    return [Column(name, "C" if kind == " " else kind) for name, kind in pairs if name != "date"]


def _kept(
    lake: Lake,
    day: date,
    table: str,
    rows: int,
    columns: Sequence[Column],
    revision: str,
    manifest: Mapping[str, Any],
) -> dict[str, Any] | None:
    """
    The record of a table that an earlier run put in place, if it still fits the HDB and its files still
    verify.
    """
    record: dict[str, Any] | None = manifest.get("tables", {}).get(table)
    record = record or lake.read_json(lake.aside(day, f"{table}.json"))
    if record is None or record["rows"] != rows or record["schema"] != described(columns):
        return None
    if record.get("revision", "") != revision:
        return None
    _, problems = verify_parts(lake, lake.partition(table, day), record)
    return None if problems else record
