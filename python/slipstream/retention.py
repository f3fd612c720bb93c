"""
What is old enough to be deleted, and may be.

A partition of the HDB may go when the lake holds the day and reads back as its manifest says; a tickerplant's log
when the day's partition is there or archived; a closed file of a FIX journal when every message of it is found in the HDB or the lake.
What may not go says why. Nothing is deleted without `apply`.
"""

from __future__ import annotations

import datetime as dt
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from slipstream.archive.disk import Disk
from slipstream.archive.mapped import mapped_columns
from slipstream.archive.store import Lake
from slipstream.archive.table import Column
from slipstream.archive.verify import read_manifest, verify_day, verify_parts
from slipstream.config import Config
from slipstream.engine.client import Client
from slipstream.errors import FixError, Unreachable
from slipstream.fix.journal import Closed, closed_files, read_file

_AHEAD = 7
"""Days by which a message's trading day may be later than its time."""

_DATE = re.compile(r"(\d{4})\.(\d{2})\.(\d{2})$")


@dataclass(frozen=True, slots=True)
class Item:
    """Something past its days."""

    what: str  # partition, log or journal
    day: dt.date  # of a journal the last
    path: Path
    size: int  # bytes
    keep: str  # why it may not go; empty when it may


def plan(config: Config, today: dt.date) -> list[Item]:
    """
    Everything past its days (`retention` in the configuration; 0 keeps for ever), oldest first.

    Raises:
        SlipstreamError: the lake could not be reached.
    """
    rules = config.retention
    items: list[Item] = []
    lake = Lake(config.lake_url, endpoint=config.lake.endpoint, region=config.lake.region)
    partitions = _dated(config.hdb_dir)
    if rules.hdb_days:
        for day, path in partitions.items():
            if (today - day).days > rules.hdb_days:
                keep = _lake_keeps(lake, day) or _lake_behind(config, lake, day)
                items.append(Item("partition", day, path, _size(path), keep))
    if rules.log_days:
        for day, path in _dated(config.tplog_dir).items():
            if (today - day).days > rules.log_days:
                there = day in partitions or not _lake_keeps(lake, day)
                items.append(
                    Item(
                        "log", day, path, _size(path), "" if there else "its day is neither in the HDB nor in the lake"
                    )
                )
        items += _journals(config, lake, partitions, today)
    return sorted(items, key=lambda item: (item.day, item.what))


def apply(config: Config, items: list[Item], *, done: Callable[[Item], None] | None = None) -> int:
    """
    Delete what may go; bytes freed. `done` is told of each item that is deleted, and of each that stays, which then says why.

    A partition leaves the database in one step, between two queries of the HDB when one runs, and is deleted where it
    was put; what an interrupted run left there is deleted first. One into which rows were merged since `plan`, whose look at the lake may
    take long, stays.

    Raises:
        QueryError: the HDB that answers is one of another database.
    """
    names = Disk()
    lake = Lake(config.lake_url, endpoint=config.lake.endpoint, region=config.lake.region)
    aside = config.hdb_dir.with_name(config.hdb_dir.name + ".aside")
    for left in aside.glob("*.deleted"):
        shutil.rmtree(left)
    freed = 0
    for item in items:
        if item.path.is_dir() and not item.keep:
            item = replace(item, keep=_lake_behind(config, lake, item.day))
        if item.keep:
            if done is not None:
                done(item)
            continue
        if item.path.is_dir():
            put = aside / f"{item.path.name}.deleted"
            aside.mkdir(exist_ok=True)
            _retire(config, item.path, put)
            for folder in (aside, config.hdb_dir):
                names.sync_names(folder)
            shutil.rmtree(put)
        elif item.what == "journal":
            item.path.unlink()
        else:
            for file in (item.path, item.path.parent.with_name(item.path.parent.name + ".sums") / item.path.name):
                file.unlink(missing_ok=True)
        freed += item.size
        if done is not None:
            done(item)
    return freed


def _journals(config: Config, lake: Lake, partitions: dict[dt.date, Path], today: dt.date) -> list[Item]:
    """Closed files past their days; of each journal without gaps, so that what stays can be read."""
    items = []
    for journal in sorted(config.fix_dir.glob("*.journal")):
        stays = ""
        files = closed_files(journal)
        following = [closed.base for closed in files[1:]] + [read_file(journal)[0].base] if files else []
        for closed, end in zip(files, following, strict=True):
            if (today - closed.last).days <= config.retention.log_days:
                break
            keep = stays or _not_stored(lake, partitions, closed, end - closed.base)
            stays = f"{closed.path.name}, which is older, stays" if keep and not stays else stays
            items.append(Item("journal", closed.last, closed.path, _size(closed.path), keep))
    return items


def _not_stored(lake: Lake, partitions: dict[dt.date, Path], closed: Closed, own: int) -> str:
    """How many of a closed file's own messages, the next one's being behind them, are not in `fixraw` of the HDB or the lake, in words; empty when all are."""
    try:
        records = read_file(closed.path)[1][:own]
    except FixError as error:
        return str(error)
    times = np.array([record.time for record in records], np.int64)
    moments, missing = np.unique(times, return_counts=True)
    day = closed.first
    while (missing > 0).any() and day <= closed.last + dt.timedelta(days=_AHEAD):
        stored = _stored(lake, partitions.get(day), day)
        found, counts = np.unique(stored[np.isin(stored, moments)], return_counts=True)
        missing[np.searchsorted(moments, found)] -= counts
        day += dt.timedelta(days=1)
    left = int(np.maximum(missing, 0).sum())
    return f"{left} of its {len(times)} messages are found neither in the HDB nor in the lake" if left else ""


def _stored(lake: Lake, partition: Path | None, day: dt.date) -> npt.NDArray[np.int64]:
    """Times of one day's `fixraw`; none where the column cannot be read from its file."""
    nothing = np.empty(0, np.int64)
    if partition is not None:
        folder = partition / "fixraw"
        try:
            with (folder / "time").open("rb") as file:
                rows = int.from_bytes(file.read(16)[8:], "little")
        except FileNotFoundError:
            return nothing
        mapped = mapped_columns(folder, partition.parent, [Column("time", "p")], rows)
        return mapped["time"].arrow(slice(None)).cast("int64").to_numpy() if mapped else nothing
    record = (read_manifest(lake, day) or {}).get("tables", {}).get("fixraw")
    where = lake.partition("fixraw", day)
    if record is None or verify_parts(lake, where, record)[1]:
        return nothing
    found = [nothing]
    for name in lake.files(where):
        if name.endswith(".parquet"):
            with lake.reading(f"{where}/{name}") as file:
                found.append(pq.read_table(file, columns=["time"])["time"].cast("int64").to_numpy())
    return np.concatenate(found)


def _retire(config: Config, partition: Path, put: Path) -> None:
    """Take a partition out of the database."""
    try:
        hdb = Client(config.host, config.port("hdb"), user=config.user, password=config.password)
    except Unreachable:
        partition.rename(put)
        return
    with hdb:
        hdb.query(".hdb.retire", str(config.hdb_dir.resolve()).encode(), partition.name.encode())


def _lake_keeps(lake: Lake, day: dt.date) -> str:
    """Why a day cannot be had from the lake; empty when it can."""
    if read_manifest(lake, day) is None:
        return "not archived"
    found = verify_day(lake, day)
    return "" if found.ok else f"damaged in the lake: {found.problems[0]}"


def _lake_behind(config: Config, lake: Lake, day: dt.date) -> str:
    """Which table of a partition was written again after it was archived, in words; empty when none was."""
    tables = (read_manifest(lake, day) or {}).get("tables", {})
    for table, revision in config.revisions(day).items():
        if tables.get(table, {}).get("revision", "") != revision:
            return f"{table} was written again after it was archived"
    return ""


def _dated(folder: Path) -> dict[dt.date, Path]:
    found = {}
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if match := _DATE.search(path.name):
            found[dt.date(*(int(part) for part in match.groups()))] = path
    return found


def _size(path: Path) -> int:
    return sum(f.stat().st_size for f in path.rglob("*") if f.is_file()) if path.is_dir() else path.stat().st_size
