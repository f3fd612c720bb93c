"""
What is old enough to be deleted, and may be.

A partition of the HDB may go when the lake holds the day and reads back as its manifest says; a tickerplant's log
when the day's partition is there or archived. What may not go says why. Nothing is deleted without `apply`.
"""

from __future__ import annotations

import datetime as dt
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from slipstream.archive.disk import Disk
from slipstream.archive.store import Lake
from slipstream.archive.verify import read_manifest, verify_day
from slipstream.config import Config
from slipstream.engine.client import Client
from slipstream.errors import Unreachable

_DATE = re.compile(r"(\d{4})\.(\d{2})\.(\d{2})$")


@dataclass(frozen=True, slots=True)
class Item:
    """Something past its days."""

    what: str  # partition or log
    day: dt.date
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
        else:
            for file in (item.path, item.path.parent.with_name(item.path.parent.name + ".sums") / item.path.name):
                file.unlink(missing_ok=True)
        freed += item.size
        if done is not None:
            done(item)
    return freed


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
