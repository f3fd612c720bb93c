"""
Archive one date of the HDB: read in chunks, write aside, read back, put in place, record, in that order.

Nothing in the HDB is ever changed or deleted. A run that was interrupted is run again: tables that are
already in place and still verify are kept, the rest starts over, and the manifest is written when all of
them are there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from slipstream.archive.store import Lake
from slipstream.archive.table import Column, arrow_schema, checksums, to_arrow
from slipstream.archive.verify import read_manifest, verify_part, verify_parts
from slipstream.errors import ArchiveError

# Rows fetched at a time and held in memory; four chunks make one Parquet part.
CHUNK_ROWS: Final = 250_000
PART_ROWS: Final = 1_000_000

# How often a day is begun again because its partition was replaced meanwhile, and how long it may be under way, in seconds.
TRIES: Final = 3
SETTLE_S: Final = 60.0

# The order of rows in the lake, for tables that have these columns.
SORT_KEYS: Final = ("sym", "time")

_TABLES = "{[d] $[d in .Q.pv; .Q.pt; `symbol$()]}"
_COLUMNS = "{[t] m:0!meta t; (m`c; m`t)}"
# Names come from the server's own `meta`, so they are q identifiers; only values travel as arguments.
_COUNT = "{{[d] 0^first (select n:count i from`{table} where date=d)`n}}"
_ROWS = "{{[d;r] select {columns} from`{table} where date=d, i within r}}"
_PICK = "{{[d;k] (select {columns} from`{table} where date=d) k}}"


class Queryable(Protocol):
    """
    The one thing the archive asks of an engine: evaluate q with arguments and hand back the PyKX object.
    """

    def query(self, q: str, *args: Any) -> Any:
        """
        Evaluate `q` (an expression, or a function applied to `args`) on the server.
        """


# By table, what changes whenever the table's partition is written again; it ends with a question mark while that is under way.
Revisions = Callable[[], Mapping[str, str]]

# (table, rows done, rows in all)
Progress = Callable[[str, int, int], None]


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

    Raises:
        ArchiveError: the day could not be written, or differs when it is read back; what is in place stays.
    """
    if chunk_rows < 1 or part_rows < 1:
        raise ArchiveError(f"chunk_rows {chunk_rows} and part_rows {part_rows}: expected positive numbers")
    try:
        for _ in range(TRIES):
            at = _settled(revisions, day)
            try:
                return _archive_day(
                    hdb,
                    lake,
                    day,
                    chunk_rows,
                    part_rows,
                    compression,
                    force,
                    at,
                    revisions,
                    progress,
                )
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
    chunk_rows: int,
    part_rows: int,
    compression: str,
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
            record = _Writer(
                hdb, lake, day, table, columns, rows, revision, chunk_rows, part_rows, compression, tell
            ).run()
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
    if record is None or record["rows"] != rows or record["schema"] != _described(columns):
        return None
    if record.get("revision", "") != revision:
        return None
    _, problems = verify_parts(lake, lake.partition(table, day), record)
    return None if problems else record


def _described(columns: Sequence[Column]) -> list[dict[str, str]]:
    return [{"name": c.name, "q": c.qtype, "arrow": str(c.arrow)} for c in columns]


class _Writer:
    """
    One table of one day on its way to the lake.
    """

    def __init__(
        self,
        hdb: Queryable,
        lake: Lake,
        day: date,
        table: str,
        columns: Sequence[Column],
        rows: int,
        revision: str,
        chunk_rows: int,
        part_rows: int,
        compression: str,
        tell: Progress,
    ) -> None:
        self.hdb, self.lake, self.day, self.table, self.columns = hdb, lake, day, table, columns
        self.rows, self.chunk_rows, self.compression, self.tell = rows, chunk_rows, compression, tell
        self.revision = revision
        self.chunks_a_part = -(-part_rows // chunk_rows)
        self.day_q = np.datetime64(day, "D")
        self.keys = [k for k in SORT_KEYS if k in {c.name for c in columns}]
        self.folder = lake.aside(day, table)

    def run(self) -> dict[str, Any]:
        """
        Write, verify and publish the table; returns its record for the manifest.
        """
        self.lake.remove(self.folder)
        self.lake.remove(self.folder + ".json")
        order = self._order()
        parts: list[dict[str, Any]] = []
        batch: list[pa.Table] = []
        for chunk in self._chunks(order):
            batch.append(chunk)
            if len(batch) == self.chunks_a_part:
                parts.append(self._write_part(len(parts), batch))
                batch = []
        if batch or not parts:
            parts.append(self._write_part(len(parts), batch))
        record = {
            "rows": self.rows,
            "revision": self.revision,
            "sorted": self.keys,
            "schema": _described(self.columns),
            "parts": parts,
        }
        written = sum(p["rows"] for p in parts)
        if written != self.rows:
            raise ArchiveError(
                f"{self.table} {self.day}: the HDB sent {written} rows and counts {self.rows}; "
                "is the day being rewritten?"
            )
        # the record is kept aside first: a run that dies after the move finds it and need not start over
        self.lake.write_json(self.folder + ".json", record)
        self.lake.publish(self.folder, self.lake.partition(self.table, self.day))
        return record

    def _fetch(self, columns: Sequence[Column], start: int, stop: int) -> pa.Table:
        """
        Rows `start` to `stop` (not included) of the partition, as the HDB orders them.
        """
        span = np.array([start, stop - 1], np.int64)
        q = _ROWS.format(table=self.table, columns=",".join(c.name for c in columns))
        return to_arrow(self.hdb.query(q, self.day_q, span), columns)

    def _spans(self) -> Iterator[tuple[int, int]]:
        for start in range(0, self.rows, self.chunk_rows):
            yield start, min(start + self.chunk_rows, self.rows)

    def _order(self) -> np.ndarray[Any, Any] | None:
        """
        None if the partition is already sorted, else the row numbers in sorted order (stable).

        Only the key columns are read for this: twelve bytes a row in memory.
        """
        if not self.keys:
            return None
        keys = [c for c in self.columns if c.name in self.keys]
        chunks = [self._fetch(keys, start, stop) for start, stop in self._spans()]
        if not chunks:
            return None
        table = pa.concat_tables(chunks).unify_dictionaries()
        ranks = [_ranks(table.column(k).combine_chunks()) for k in self.keys]
        order = np.lexsort(ranks[::-1])
        return None if bool((order[1:] > order[:-1]).all()) else order

    def _chunks(self, order: np.ndarray[Any, Any] | None) -> Iterator[pa.Table]:
        pick = _PICK.format(table=self.table, columns=",".join(c.name for c in self.columns))
        for start, stop in self._spans():
            if order is None:
                chunk = self._fetch(self.columns, start, stop)
            else:
                chunk = to_arrow(self.hdb.query(pick, self.day_q, order[start:stop]), self.columns)
            if chunk.num_rows != stop - start:
                raise ArchiveError(
                    f"{self.table} {self.day}: asked for {stop - start} rows from {start}, got {chunk.num_rows}"
                )
            yield chunk
            self.tell(self.table, stop, self.rows)

    def _write_part(self, number: int, batch: Sequence[pa.Table]) -> dict[str, Any]:
        """
        Write one Parquet file aside, read it back and compare; returns its record.
        """
        schema = arrow_schema(self.columns)
        table = pa.concat_tables(batch).unify_dictionaries() if batch else schema.empty_table()
        name = f"part-{number:05d}.parquet"
        relative = f"{self.folder}/{name}"
        with self.lake.writing(relative) as sink:
            pq.write_table(table, sink, compression=self.compression, sorting_columns=self._sorting(schema))
        part = {
            "name": name,
            "rows": table.num_rows,
            "bytes": self.lake.size(relative),
            "columns": checksums(table),
        }
        _, problems = verify_part(self.lake, relative, part)
        if problems:
            raise ArchiveError(f"{self.table} {self.day}: read back differs: " + "; ".join(problems))
        return part

    def _sorting(self, schema: pa.Schema) -> list[pq.SortingColumn] | None:
        return [pq.SortingColumn(schema.get_field_index(k)) for k in self.keys] or None


def _ranks(column: pa.Array) -> np.ndarray[Any, Any]:
    """
    Integers that order as the column does, nulls first as in q; a dictionary is ranked by its words' bytes.
    """
    if pa.types.is_dictionary(column.type):
        place = np.argsort(np.asarray(pc.sort_indices(column.dictionary))).astype(np.int64)
        codes = column.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        return np.where(codes < 0, -1, place[codes] if len(place) else -1)
    if pa.types.is_floating(column.type):
        return np.asarray(column.fill_null(-np.inf).to_numpy(zero_copy_only=False))
    width = pa.int32() if column.type.bit_width == 32 else pa.int64()
    return np.asarray(column.view(width).fill_null(np.iinfo(width.to_pandas_dtype()).min))
