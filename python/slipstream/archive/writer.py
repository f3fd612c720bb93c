"""
One table of one day on its way from the HDB to Parquet files that have been read back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from slipstream.archive.mapped import MappedColumn, mapped_columns
from slipstream.archive.store import Lake
from slipstream.archive.table import Column, arrow_schema, checksum, checksums, same, to_arrow
from slipstream.errors import ArchiveError, QueryError

# The order of rows in the lake, for tables that have these columns.
SORT_KEYS: Final = ("sym", "time")

# Names come from the server's own `meta`, so they are q identifiers; only values travel as arguments.
ROWS: Final = "{{[d;r] select {columns} from`{table} where date=d, i within r}}"
PICK: Final = "{{[d;k] (select {columns} from`{table} where date=d) k}}"
# where the process stands, and its path of a table's partition from there
WHERE: Final = '{[d;t] (system"cd"; string .Q.par[`:.;d;t])}'

# Rows that are held against what the HDB itself says of them, before its files are taken for its columns.
PROBES: Final = 64
# Rows whose order is looked at together.
_BLOCK: Final = 1 << 17
# Rows of a group of a Parquet file: few symbols, and so short dictionaries, which are quicker to make and smaller.
ROW_GROUP: Final = 1 << 18
# Items whose variety says how a column is encoded.
_SAMPLE: Final = 4096
# Rows that are compressed to see whether that is worth it, and at most what has to be left of them for it to be.
_TRIED: Final = 8192
_WORTH: Final = 0.95

# (table, rows done, rows in all)
Progress = Callable[[str, int, int], None]


class Queryable(Protocol):
    """
    The one thing the archive asks of an engine: evaluate q with arguments and hand back the PyKX object.
    """

    def query(self, q: str, *args: Any) -> Any:
        """
        Evaluate `q` (an expression, or a function applied to `args`) on the server.
        """


@dataclass(frozen=True)
class How:
    """
    Rows fetched at a time, rows in one Parquet file, its compression, whether the HDB's files are on this machine, and how many
    Parquet files are under way at a time where they are.
    """

    chunk_rows: int
    part_rows: int
    compression: str
    near: bool
    workers: int


def described(columns: Sequence[Column]) -> list[dict[str, str]]:
    """
    The columns as the manifest has them.
    """
    return [{"name": c.name, "q": c.qtype, "arrow": str(c.arrow)} for c in columns]


class Writer:
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
        how: How,
        tell: Progress,
    ) -> None:
        self.hdb, self.lake, self.day, self.table, self.columns = hdb, lake, day, table, columns
        self.rows, self.revision, self.how, self.tell = rows, revision, how, tell
        self.day_q = np.datetime64(day, "D")
        self.keys = [k for k in SORT_KEYS if k in {c.name for c in columns}]
        self.folder = lake.aside(day, table)
        self.mapped: Mapping[str, MappedColumn] = {}

    def run(self) -> dict[str, Any]:
        """
        Write, verify and publish the table; returns its record for the manifest.
        """
        self.lake.remove(self.folder)
        self.lake.remove(self.folder + ".json")
        if self.how.near and self.rows:
            self.mapped = self._map()
        parts = self._write(self._order())
        record = {
            "rows": self.rows,
            "revision": self.revision,
            "sorted": self.keys,
            "schema": described(self.columns),
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

    def _map(self) -> dict[str, MappedColumn]:
        """
        The columns that can be read from the HDB's files, if those are the files it has: some rows of theirs are what it says.
        """
        try:
            here, path = (bytes(text.np(raw=True)).decode() for text in self.hdb.query(WHERE, self.day_q, self.table))
        except QueryError:
            return {}  # what this user may not ask is fetched
        found = mapped_columns(Path(here) / path.removeprefix(":"), Path(here), self.columns, self.rows)
        columns = [c for c in self.columns if c.name in found]
        if not columns:
            return {}
        rows = np.unique(np.linspace(0, self.rows - 1, PROBES).astype(np.int64))
        said = to_arrow(self.hdb.query(self._q(PICK, columns), self.day_q, rows), columns)
        here_too = pa.Table.from_arrays([found[c.name].arrow(rows) for c in columns], schema=arrow_schema(columns))
        return found if checksums(said) == checksums(here_too) else {}

    def _q(self, form: str, columns: Sequence[Column]) -> str:
        return form.format(table=self.table, columns=",".join(c.name for c in columns))

    def _spans(self, step: int) -> Iterator[tuple[int, int]]:
        for start in range(0, self.rows, step):
            yield start, min(start + step, self.rows)

    def _order(self) -> np.ndarray[Any, Any] | None:
        """
        None if the partition is already sorted, else the row numbers in sorted order (stable).

        Only the key columns are looked at for this; fetched, they are twelve bytes a row in memory.
        """
        if not self.keys or not self.rows:
            return None
        if all(k in self.mapped for k in self.keys):
            ranks = [self.mapped[k].ranks for k in self.keys]
            blocks = (slice(max(0, a - 1), b) for a, b in self._spans(_BLOCK))
            if all(_ascending([rank(block) for rank in ranks]) for block in blocks):
                return None
            return np.lexsort([rank(slice(None)) for rank in ranks[::-1]])
        keys = [c for c in self.columns if c.name in self.keys]
        chunks = [self._fetch(keys, None, start, stop) for start, stop in self._spans(self.how.chunk_rows)]
        table = pa.concat_tables(chunks).unify_dictionaries()
        order = np.lexsort([_ranks(table.column(k).combine_chunks()) for k in self.keys[::-1]])
        return None if bool((order[1:] > order[:-1]).all()) else order

    def _fetch(self, columns: Sequence[Column], order: np.ndarray[Any, Any] | None, start: int, stop: int) -> pa.Table:
        """
        Rows `start` to `stop` (not included) of the partition from the HDB, as it orders them or in another order.
        """
        if order is None:
            found = self.hdb.query(self._q(ROWS, columns), self.day_q, np.array([start, stop - 1], np.int64))
        else:
            found = self.hdb.query(self._q(PICK, columns), self.day_q, order[start:stop])
        chunk = to_arrow(found, columns)
        if chunk.num_rows != stop - start:
            raise ArchiveError(
                f"{self.table} {self.day}: asked for {stop - start} rows from {start}, got {chunk.num_rows}"
            )
        return chunk

    def _write(self, order: np.ndarray[Any, Any] | None) -> list[dict[str, Any]]:
        """
        All parts, several at a time where nothing is asked of the HDB for them; their records.
        """
        spans = list(self._spans(self.how.part_rows)) or [(0, 0)]
        jobs = [partial(self._write_part, number, order, *span) for number, span in enumerate(spans)]
        if len(self.mapped) < len(self.columns) or self.how.workers < 2 or len(jobs) < 2:
            return [job() for job in jobs]
        parts = []
        with ThreadPoolExecutor(self.how.workers) as pool:
            running = [pool.submit(job) for job in jobs]
            try:
                for future, (_, stop) in zip(running, spans, strict=True):
                    parts.append(future.result())
                    self.tell(self.table, stop, self.rows)
            finally:
                pool.shutdown(cancel_futures=True)
        return parts

    def _rows(self, order: np.ndarray[Any, Any] | None, start: int, stop: int) -> tuple[pa.Table, dict[str, str]]:
        """
        Rows of the lake's order and the checksums of their columns: mapped columns from the files, the others from the HDB.
        """
        schema = arrow_schema(self.columns)
        far = [c for c in self.columns if c.name not in self.mapped]
        chunks = []
        for a in range(start, stop, self.how.chunk_rows) if far else ():
            b = min(a + self.how.chunk_rows, stop)
            chunks.append(self._fetch(far, order, a, b))
            self.tell(self.table, b, self.rows)
        fetched = pa.concat_tables(chunks).unify_dictionaries() if chunks else schema.empty_table()
        rows = slice(start, stop) if order is None else order[start:stop]
        arrays, sums = [], {}
        for name in schema.names:
            arrays.append(self.mapped[name].arrow(rows) if name in self.mapped else fetched.column(name))
            # at once, while the column is in the processor's cache
            sums[name] = checksum(arrays[-1])
        return pa.Table.from_arrays(arrays, schema=schema), sums

    def _write_part(self, number: int, order: np.ndarray[Any, Any] | None, start: int, stop: int) -> dict[str, Any]:
        """
        Write one Parquet file aside, read it back and compare; returns its record.
        """
        table, sums = self._rows(order, start, stop)
        name = f"part-{number:05d}.parquet"
        relative = f"{self.folder}/{name}"
        write = partial(write_parquet, table, self.how.compression, self.keys)
        if problems := self.lake.written(relative, write, partial(self._differences, relative, table)):
            raise ArchiveError(f"{self.table} {self.day}: read back differs: " + "; ".join(problems))
        return {
            "name": name,
            "rows": table.num_rows,
            "bytes": self.lake.size(relative),
            "columns": sums,
        }

    def _differences(self, relative: str, table: pa.Table) -> list[str]:
        """
        How a file that was written differs from what was to be written, by every value of it.
        """
        try:
            with self.lake.scanning(relative) as source, pq.ParquetFile(source) as file:
                if file.metadata.num_rows != table.num_rows:
                    return [f"{relative}: {file.metadata.num_rows} rows, expected {table.num_rows}"]
                if file.schema_arrow.names != table.column_names:
                    return [f"{relative}: columns {file.schema_arrow.names}, expected {table.column_names}"]
                at = 0
                for k in range(file.num_row_groups):
                    found = file.read_row_group(k, use_threads=False)
                    expected = table.slice(at, found.num_rows)
                    at += found.num_rows
                    differ = [n for n in table.column_names if not same(found.column(n), expected.column(n))]
                    if differ:
                        return [f"{relative}: column {name} in row group {k}" for name in differ]
        except (pa.ArrowException, OSError) as error:
            return [f"{relative}: unreadable ({str(error).splitlines()[0]})"]
        return []


def write_parquet(table: pa.Table, compression: str, keys: Sequence[str], sink: Any) -> None:
    """
    Write a Parquet file of rows that are sorted by `keys`.
    """
    words, encodings = _encodings(table)
    pq.write_table(
        table,
        sink,
        compression=_compressions(table, compression, words, encodings),
        sorting_columns=[pq.SortingColumn(table.schema.get_field_index(k)) for k in keys] or None,
        row_group_size=ROW_GROUP,
        use_dictionary=words,
        column_encoding=encodings,
        # symbols in long runs are written twice as fast as with batches of 1,024
        write_batch_size=1 << 16,
    )


def _compressions(
    table: pa.Table, compression: str, words: Sequence[str], encodings: Mapping[str, str]
) -> str | dict[str, str]:
    """
    How each column is compressed: not at all where that takes nearly nothing off some rows in the middle, as of packed differences.
    """
    if table.num_rows < _TRIED or compression == "none":
        return compression
    few = table.slice((table.num_rows - _TRIED) // 2, _TRIED)
    tried = pa.BufferOutputStream()
    pq.write_table(
        few, tried, compression=compression, use_dictionary=words, column_encoding=encodings, store_schema=False
    )
    metadata = pq.read_metadata(pa.BufferReader(tried.getvalue()))
    found = {}
    for k in range(metadata.num_columns):
        column = metadata.row_group(0).column(k)
        gains = column.total_compressed_size <= _WORTH * column.total_uncompressed_size
        found[column.path_in_schema] = compression if gains else "none"
    return found


def _encodings(table: pa.Table) -> tuple[list[str], dict[str, str]]:
    """
    Columns whose values repeat, which get a dictionary, and how the others are encoded where Parquet's plain form is not best:
    whole numbers and times by their differences.
    """
    words, encodings = [], {}
    step = max(1, table.num_rows // _SAMPLE)
    few = table.take(pa.array(np.arange(0, table.num_rows, step)))
    for field, column in zip(few.schema, few.columns, strict=True):
        kind = field.type
        if pa.types.is_dictionary(kind):
            words.append(field.name)
        elif pa.types.is_nested(kind) or isinstance(kind, pa.BaseExtensionType) or pa.types.is_boolean(kind):
            continue
        elif pc.count_distinct(column).as_py() * 2 <= max(2, few.num_rows):
            words.append(field.name)
        elif pa.types.is_integer(kind) or pa.types.is_temporal(kind):
            encodings[field.name] = "DELTA_BINARY_PACKED"
    return words, encodings


def _ascending(keys: Sequence[np.ndarray[Any, Any]]) -> bool:
    """
    Whether rows ascend by the first key, then the second.
    """
    equal: np.ndarray[Any, Any] | None = None
    for key in keys:
        before, after = key[:-1], key[1:]
        falls = after < before
        if bool((falls if equal is None else falls & equal).any()):
            return False
        equal = after == before if equal is None else equal & (after == before)
    return True


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
