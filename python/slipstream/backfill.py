"""
Rows for days that are already written: late ones from CSV or Parquet files, or a whole day anew from its log.

The work is done by `hdb/merge.q` in a process of its own: it writes the new partition aside, compares it with
what is on disk, and renames it over the old one. A file that was merged before is known by its md5 and not
merged again.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pv
import pyarrow.parquet as pq

from slipstream.archive.store import Lake
from slipstream.archive.table import Column
from slipstream.archive.verify import read_manifest, verify_day
from slipstream.config import Config
from slipstream.engine.child import child
from slipstream.engine.client import Client
from slipstream.engine.convert import to_list, to_vector
from slipstream.errors import ArchiveError, FeedError, Unreachable
from slipstream.feed.schema import TABLES
from slipstream.operate import day_of

_CHUNK_ROWS = 250_000
_REQUIRED = ("time", "sym")
_ARROW = {"p": pa.timestamp("ns"), "s": pa.string(), "f": pa.float64(), "j": pa.int64(), "C": pa.binary()}
# q's numbers of the types that a column can be restored to; lists of strings are general lists
_NUMBERS = {"b": 1, "x": 4, "h": 5, "i": 6, "j": 7, "e": 8, "f": 9, "s": 11, "p": 12, "d": 14, "n": 16}
_MERGE_WAIT_S = 3600.0


@dataclass(frozen=True, slots=True)
class Merged:
    """Rows of one table that went into one date, and how many rows they replaced."""

    date: dt.date
    table: str
    rows: int
    replaced: int = 0


def backfill(
    config: Config,
    table: str,
    files: Sequence[Path],
    *,
    replace: Sequence[str] = (),
    progress: Callable[[Path, int], None] | None = None,
) -> list[Merged]:
    """
    Merge files of rows into the partitions of their days, by `time`.

    Args:
        config: the configuration.
        table: table of the schema.
        files: CSV (with a header) or Parquet files; `time` and `sym` are required, other columns of the schema may be
            missing (null), columns that are not of the schema are an error.
        replace: key columns. Rows of the day that agree with a row of a file in all of them are replaced by it; other rows of the
            file are added.
        progress: told how many rows of a file have been read.

    Raises:
        FeedError: a file cannot be read as rows of the table; nothing of that file was merged.
    """
    if table not in TABLES:
        raise FeedError(f"unknown table {table}: expected one of {', '.join(TABLES)}")
    if unknown := [name for name in replace if name not in TABLES[table]]:
        raise FeedError(f"{table} has no column {unknown[0]}: expected one of {', '.join(TABLES[table])}")
    found: list[Merged] = []
    for file in files:
        with _process(config) as merge:
            rows = 0
            for batch in _batches(file, table):
                rows = int(merge.value(".merge.take", table, to_list([to_vector(c) for c in batch])))
                if progress is not None:
                    progress(file, rows)
            found += _rows(
                merge.value("{[s;k] .merge.run[s;k]}", _digest(file), to_vector(pa.array(list(replace), pa.string())))
            )
    if found:
        _reload(config)
    return found


def rebuild(config: Config, day: dt.date, *, force: bool = False) -> dict[str, int]:
    """
    Write a day's partition anew from its log; rows a table.

    Raises:
        FeedError: there is no log of the day.
        QueryError: rows were merged into the day since, which would be lost, and `force` is False.
    """
    log = config.tplog_dir / f"slip{day:%Y.%m.%d}"
    if not log.is_file():
        raise FeedError(f"{log}: no log of {day}")
    with _process(config) as merge:
        answer = merge.value(
            "{[d;f;b] 0!([]t:key r;n:value r:.merge.rebuild[d;hsym f;b])}", np.datetime64(day, "D"), str(log), force
        )
    _reload(config)
    return dict(zip(answer["t"].to_pylist(), (int(n) for n in answer["n"].to_pylist()), strict=True))


def restore(
    config: Config, day: dt.date, *, force: bool = False, progress: Callable[[str, int], None] | None = None
) -> dict[str, int]:
    """
    Write a day's partition from the lake, once the lake has been held against its manifest; rows a table.

    Args:
        config: the configuration.
        day: the date.
        force: replace a partition that is there.
        progress: told a table and how many of its rows have been read.

    Raises:
        ArchiveError: the day is not archived, or what is in the lake is not what the manifest says.
        QueryError: the partition is there and `force` is False.
    """
    lake = Lake(config.lake_url, endpoint=config.lake.endpoint, region=config.lake.region)
    found = verify_day(lake, day)
    if not found.ok:
        raise ArchiveError(f"{lake.url}: {day} is damaged, nothing was restored: {found.problems[0]}")
    manifest = read_manifest(lake, day) or {}
    with _process(config) as merge:
        for table, record in manifest["tables"].items():
            columns = [(str(column["name"]), str(column["q"])) for column in record["schema"]]
            for part in record["parts"]:
                with lake.reading(f"{lake.partition(table, day)}/{part['name']}") as source:
                    for batch in pq.ParquetFile(source).iter_batches(_CHUNK_ROWS):
                        rows = _hold(merge, table, columns, batch)
                        if progress is not None:
                            progress(table, rows)
            if not record["rows"]:
                _hold(merge, table, columns, None)
        at = {table: str(record.get("revision") or "") for table, record in manifest["tables"].items()}
        answer = merge.value(
            '{[d;b;t;r] ([]t:key r;n:value r:.merge.restore[d;b;t!"P"$string r])}',
            np.datetime64(day, "D"),
            force,
            to_vector(pa.array(list(at), pa.string())),
            to_vector(pa.array(list(at.values()), pa.string())),
        )
    _reload(config)
    return dict(zip(answer["t"].to_pylist(), (int(n) for n in answer["n"].to_pylist()), strict=True))


def _hold(merge: Client, table: str, columns: Sequence[tuple[str, str]], batch: pa.RecordBatch | None) -> int:
    vectors = []
    for name, qtype in columns:
        column = pa.array([], Column(name, qtype).arrow) if batch is None else batch.column(name)
        vector = to_vector(column, None if len(column) else qtype)
        if len(column) and (abs(vector.t) or "C") != (_NUMBERS.get(qtype) or "C"):
            raise ArchiveError(f"{table}: column {name} of q type {qtype!r} cannot be restored from {column.type}")
        vectors.append(vector)
    return int(merge.value(".merge.hold", table, [name for name, _ in columns], to_list(vectors)))


def _batches(file: Path, table: str) -> Iterator[list[pa.Array]]:
    """Columns of the schema, in its order, some rows at a time."""
    spec = TABLES[table]
    try:
        if file.suffix.lower() in (".parquet", ".pq"):
            source = pq.ParquetFile(file)
            names = source.schema_arrow.names
            batches: Iterator[pa.RecordBatch] = source.iter_batches(_CHUNK_ROWS)
        else:
            strings = {name: _ARROW[kind] for name, kind in spec.items() if kind in "sCfj"}
            # NA and NULL are symbols of shares; only numbers and times may say so that they are not known
            reader = pv.open_csv(
                file, convert_options=pv.ConvertOptions(column_types=strings, strings_can_be_null=False)
            )
            names = reader.schema.names
            batches = iter(reader)
    except (OSError, pa.ArrowInvalid) as error:
        raise FeedError(f"{file}: {error}") from error
    if absent := [name for name in _REQUIRED if name not in names]:
        raise FeedError(f"{file}: no column {absent[0]}; {table} has {', '.join(spec)}")
    if unknown := [name for name in names if name not in spec]:
        raise FeedError(f"{file}: column {unknown[0]} is not one of {table}: {', '.join(spec)}")
    rows = 0
    try:
        for batch in batches:
            yield [_column(file, batch, name, kind, rows) for name, kind in spec.items()]
            rows += batch.num_rows
    except pa.ArrowInvalid as error:
        raise FeedError(f"{file}: after row {rows}: {error}") from error


def _column(file: Path, batch: pa.RecordBatch, name: str, kind: str, before: int) -> pa.Array:
    wanted = _ARROW[kind]
    if name not in batch.schema.names:
        return pa.nulls(batch.num_rows, wanted) if kind != "s" else pa.array([""] * batch.num_rows)
    column = batch.column(name)
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    try:
        column = column.cast(wanted)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise FeedError(
            f"{file}: column {name}, rows {before + 1} to {before + batch.num_rows}: expected {wanted}: {error}"
        ) from error
    if name == "time" and column.null_count:
        raise FeedError(f"{file}: column time: {column.null_count} rows without time after row {before}")
    return column.fill_null("") if kind == "s" else column


def fill(config: Config, *, apply: bool = False) -> list[tuple[dt.date, str, str]]:
    """
    Columns and tables that partitions lack because they were added later: date, table, column (empty: the whole table).

    With `apply` they are written, null and empty.
    """
    with _process(config) as merge:
        answer = merge.value(".fill.plan[]")
        found = [
            (day_of(day), str(table), str(column or ""))
            for day, table, column in zip(*(answer[name].to_pylist() for name in ("date", "tab", "col")), strict=True)
        ]
        if apply:
            merge.value("{[x] .fill.run[]}", None)
    if apply and found:
        _reload(config)
    return found


def change(
    config: Config, what: str, table: str, column: str, new: str = "", *, apply: bool = False
) -> list[tuple[dt.date, int]]:
    """
    Partitions, and rows in each, whose column is not as the schema has it any more; with `apply` it is changed.

    Args:
        config: the configuration.
        what: drop, rename or retype.
        table: table of the schema.
        column: the column as partitions have it.
        new: its name in the schema, for rename.
        apply: do it, instead of only telling.

    Raises:
        QueryError: the schema does not want the change, such as dropping a column that it has.
    """
    with _process(config) as merge:
        answer = merge.value(f"{{[w;t;c;n] .change.{'run' if apply else 'plan'}[w;t;c;n]}}", what, table, column, new)
        found = [
            (day_of(day), int(rows))
            for day, rows in zip(answer["date"].to_pylist(), answer["rows"].to_pylist(), strict=True)
        ]
    if apply and found:
        _reload(config)
    return found


def _process(config: Config) -> AbstractContextManager[Client]:
    """A `hdb/merge.q` of our own."""
    for folder in (config.log_dir, config.hdb_dir):
        folder.mkdir(parents=True, exist_ok=True)
    return child(
        "hdb/merge.q",
        {
            "db": str(config.hdb_dir),
            "tplog": str(config.tplog_dir),
            "hdb": f"{config.host}:{config.port('hdb')}",
            **config.calendar_options,
        },
        wanted=config.engine,
        log=config.log_dir / "merge.log",
        timeout_s=_MERGE_WAIT_S,
    )


def _rows(answer: Any) -> list[Merged]:
    return [
        Merged(day_of(day), str(table), int(rows), int(replaced))
        for day, table, rows, replaced in zip(
            *(answer[name].to_pylist() for name in ("date", "tab", "rows", "replaced")), strict=True
        )
    ]


def _digest(file: Path) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    with file.open("rb") as source:
        while block := source.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _reload(config: Config) -> None:
    """Tell the HDB, if it runs, to map what is on disk."""
    with (
        contextlib.suppress(Unreachable),
        Client(config.host, config.port("hdb"), user=config.user, password=config.password) as hdb,
    ):
        hdb.query(".hdb.reload[]")
