"""Order flow into the plant: the drop copy sessions, and what is overheard in files and on the wire."""

from __future__ import annotations

import csv
import logging
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from slipstream.config import Config
from slipstream.errors import ConfigError, FixError
from slipstream.operate import TickerplantSink

if TYPE_CHECKING:
    from slipstream.fix.dictionary import Dictionary
    from slipstream.fix.sniff import Sniffer, SniffReport, Tables

_log = logging.getLogger(__name__)


def dictionary(config: Config) -> Dictionary:
    """What the configuration says of the counterparties' messages. Raises ConfigError for a file of parents that is none."""
    from slipstream.fix.dictionary import Dictionary

    fix = config.fix
    parents: dict[str, str] | None = None
    if fix.parents is not None:
        try:
            with Path(fix.parents).open(newline="", encoding="utf-8") as file:
                rows = list(csv.DictReader(file))
            parents = {row["child"]: row["parent"] for row in rows}
        except (OSError, KeyError, UnicodeDecodeError, csv.Error) as error:
            raise ConfigError(
                fix.parents, "fix.parents", f"a CSV file with columns child and parent ({error})", found=False
            ) from error
    return Dictionary(parent_tags=fix.parent_tags, parents=parents, scope=fix.scope)


def capture(config: Config, stop: threading.Event) -> None:
    """Capture the messages of the FIX sessions and publish them, until told to stop."""
    from slipstream.feed.base import Quarantine
    from slipstream.feed.claims import Claims
    from slipstream.feed.clock import RealClock, VirtualClock
    from slipstream.feed.publish import Publisher
    from slipstream.feed.schema import FIX_TABLES
    from slipstream.fix.capture import Capture, Rotation
    from slipstream.fix.engine import Endpoint
    from slipstream.fix.settings import session_sets

    fix, folder = config.fix, config.fix_dir
    if fix.settings:
        files = [file for pattern in map(Path, fix.settings) for file in sorted(pattern.parent.glob(pattern.name))]
        if not files:
            raise ConfigError(
                "configuration", "fix.settings", f"files; nothing matches {', '.join(fix.settings)}", found=False
            )
        sides = session_sets(files, folder / "sessions")
    else:
        one = Endpoint(
            fix.sender, fix.target, config.ports.fix, host=fix.host, store=folder / "sessions", validate=False
        )
        sides = [([one], False)]
    with Claims(config.claims_dir, FIX_TABLES), Quarantine(folder / "quarantine.tsv") as quarantine:
        if left := _left(folder / "sniff.journal"):
            # order flow does not wait for that
            _log.warning(
                "%s: `slipstream sniff --publish` may then take rows of this capture for them, and leave them out", left
            )
        sink = TickerplantSink(config)
        Capture(
            sides,
            Publisher(sink),
            config.fix_journal,
            clock=VirtualClock() if fix.clock == "event" else RealClock(),
            spec=dictionary(config),
            quarantine=quarantine,
            sync=fix.sync,
            rotation=Rotation(fix.journal_mb << 20, days=fix.remember_days),
        ).serve(stop, told=config.fix_sessions)
        sink.close()


def _left(journal: Path) -> str:
    """
    What is wrong with taking a turn after another process, in words; empty when nothing is. What is left of its journal is told by counts of
    rows in the plant's log, which are those of both then.
    """
    from slipstream.fix.intake import unpublished

    left = unpublished(journal)
    return f"{journal}: {left} messages of it are not published yet" if left else ""


def sniff(
    config: Config,
    sources: Sequence[str],
    stop: threading.Event,
    *,
    follow: bool = False,
    publish: bool = False,
    out: Path | None = None,
    checked: bool = True,
    ports: Sequence[int] = (),
) -> SniffReport:
    """
    Decode FIX from files and interfaces.

    Args:
        stop: ends it when sources have no end: interfaces, and files that are followed.
        publish: send the rows to the tickerplant. What was sent is kept in a journal, so the same files may be read again.
        out: folder for the rows as Parquet.
        checked: messages of a wrong length or checksum make no order or fill.
        ports: of TCP connections; none is all.

    Raises:
        FixError: a source cannot be read, or messages of the capture are not published yet.
    """
    from slipstream.feed.base import Quarantine
    from slipstream.feed.claims import Claims
    from slipstream.feed.publish import Publisher
    from slipstream.feed.schema import FIX_TABLES
    from slipstream.fix.intake import Intake, Rotation
    from slipstream.fix.lifecycle import Orders
    from slipstream.fix.sniff import Sniffer, Tables, split

    paths, interfaces = split(sources)
    orders = Orders(dictionary(config), checked=checked)
    with Quarantine((out or config.fix_dir) / "sniff.quarantine.tsv" if publish or out else None) as quarantine:
        if publish:
            with Claims(config.claims_dir, FIX_TABLES):
                if left := _left(config.fix_journal):
                    raise FixError(f"{left}; `slipstream capture` does it")
                connection = TickerplantSink(config)
                journal = config.fix_dir / "sniff.journal"
                intake = Intake(
                    Publisher(connection),
                    journal,
                    orders=orders,
                    quarantine=quarantine,
                    sync=config.fix.sync,
                    # files are read in any order of days, and again after any time
                    rotation=Rotation(config.fix.journal_mb << 20, daily=False, days=None),
                )
                sniffer = Sniffer(intake, ports=ports)
                try:
                    _listen(sniffer, paths, interfaces, stop, follow=follow, idle=intake.drain)
                finally:
                    intake.drain()
                    intake.close()
                    connection.close()
        else:
            tables = Tables(orders, quarantine)
            sniffer = Sniffer(tables, ports=ports)
            try:
                _listen(sniffer, paths, interfaces, stop, follow=follow, idle=lambda: None)
            finally:
                if out is not None:
                    _write(tables, out)
    sniffer.report.orphans = orders.orphans
    return sniffer.report


def _listen(
    sniffer: Sniffer,
    paths: Sequence[Path],
    interfaces: Sequence[str],
    stop: threading.Event,
    *,
    follow: bool,
    idle: Callable[[], object],
) -> None:
    if follow or interfaces:
        if not follow:
            sniffer.files(paths)
        sniffer.follow(paths if follow else [], interfaces, stop, idle=idle)
    else:
        sniffer.files(paths)


def _write(tables: Tables, folder: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder.mkdir(parents=True, exist_ok=True)
    for name in tables.rows:
        made = {column: pa.array(values) for column, values in tables.columns(name).items()}
        pq.write_table(pa.table(made), folder / f"{name}.parquet", compression="zstd")


def lines(report: SniffReport) -> list[str]:
    """The totals, for a person."""
    counters = report.counters
    rows = ", ".join(f"{table} {count:,}" for table, count in sorted(counters.rows.items())) or "none"
    said = [
        f"{counters.messages:,} messages, {counters.duplicates:,} had before; rows: {rows}",
        f"{counters.undecodable:,} not decoded, {counters.refused:,} refused, {report.noise:,} pieces that are no message",
    ]
    if counters.problems:
        said.append("problems: " + ", ".join(f"{kind} {count:,}" for kind, count in sorted(counters.problems.items())))
    if report.orphans:
        said.append(f"{report.orphans:,} orders without their parent or their request")
    if report.packets is not None:
        found = report.packets
        said.append(
            f"{found.packets:,} packets, {found.undecodable:,} unreadable, {found.repeated:,} repeated, {found.holes:,} holes"
        )
    said += [f"  {session:<40} {count:>12,}" for session, count in sorted(report.sessions.items())]
    return said
