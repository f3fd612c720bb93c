"""The plant in use: connect to a process, publish a feed, end the day, archive. What each q process must offer is in docs/plant.md."""

from __future__ import annotations

import datetime as dt
import functools
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from slipstream.config import Config
from slipstream.engine.choose import choose
from slipstream.errors import NotReady, PlantError, Unreachable
from slipstream.plant.spec import processes
from slipstream.plant.supervisor import Supervisor

if TYPE_CHECKING:
    from slipstream.archive.job import ArchiveResult
    from slipstream.archive.writer import Progress
    from slipstream.engine.client import Client
    from slipstream.feed.base import Batch, Feed
    from slipstream.feed.publish import Position
    from slipstream.feed.schema import Columns

_ROLL_WAIT_S = 300.0


def supervisor(config: Config, *, page: bool = False, session: bool = False, flags: Sequence[str] = ()) -> Supervisor:
    """
    The plant's processes under their supervisor.

    Args:
        config: the configuration.
        page: True includes the page server.
        session: True includes the FIX capture and the demonstration's session.
        flags: `--config` and `--set` options by which these find the same configuration.
    """
    return Supervisor(config, processes(config, choose(config.engine), page=page, session=session, flags=flags))


def connect(config: Config, process: str, *, timeout_s: float = 30.0) -> Client:
    """A connection to a process of the plant by its name. One that is busy answers neither a query nor the handshake: both may take `timeout_s`."""
    from slipstream.engine.client import Client  # PyKX takes most of a second to import

    return Client(
        config.host,
        config.port(process),
        user=config.user,
        password=config.password,
        timeout_s=timeout_s,
        connect_timeout_s=timeout_s,
    )


class TickerplantSink:
    """Where a publisher's rows go: the tickerplant, which answers once they are logged and says how far its log has come."""

    _POSITION = "{[t] $[`position in key`.u;.u.position t;`rows in key`.u;(string .u.L;.u.rows t);()]}"
    _UPD = "{[t;x] .u.upd[t;x]; " + _POSITION + " t}"

    def __init__(self, config: Config, *, timeout_s: float = 30.0) -> None:
        self._config, self._timeout_s = config, timeout_s
        self._client: Client | None = connect(config, "tickerplant", timeout_s=timeout_s)

    def publish(self, table: str, columns: Columns) -> Position | None:
        """Send one batch; returns once it is logged, with the log's position if the tickerplant can tell."""
        return self._position(self._send(self._UPD, table, columns))

    def position(self, table: str) -> Position | None:
        """Rows of the table that have been logged; None when the tickerplant cannot tell."""
        return self._position(self._open().value(self._POSITION, table))

    def fits(self, table: str, columns: Columns) -> npt.NDArray[np.bool_]:
        """Which rows of a batch the tickerplant takes; one that cannot refuse rows takes all."""
        found = self._send("{[t;x] $[`fits in key`.u;.u.fits[t;x];count[first x]#1b]}", table, columns)
        return np.asarray(found, dtype=np.bool_)

    def ends_with(self, table: str, columns: Columns) -> bool:
        """Whether what the tickerplant takes of a batch is what its log ends with."""
        return bool(self._send("{[t;x] .u.endswith[t;x]}", table, columns))

    def reconnect(self) -> None:
        """Connect again after a failure."""
        self.close()
        self._client = connect(self._config, "tickerplant", timeout_s=self._timeout_s)

    def close(self) -> None:
        """Close the connection."""
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def _send(self, function: str, table: str, columns: Columns) -> Any:
        from slipstream.engine.convert import to_list, to_vector

        return self._open().value(function, table, to_list([to_vector(column) for column in columns.values()]))

    def _open(self) -> Client:
        if self._client is None:
            raise Unreachable("the connection to the tickerplant is closed")
        return self._client

    @staticmethod
    def _position(answer: Any) -> Position | None:
        from slipstream.feed.publish import Position

        if not isinstance(answer, list) or len(answer) < 2:
            return None
        log, rows, *epoch = answer
        return Position(str(log), int(rows or 0), int(epoch[0]) if epoch else 0)


def play(
    config: Config,
    feed: Feed,
    *,
    speed: float,
    ledger: Path | None = None,
    marks: Path | None = None,
    on_progress: Callable[[str], None] | None = None,
) -> list[str]:
    """
    Publish a market data feed to its end and report in words.

    Args:
        config: the configuration.
        feed: what to publish.
        speed: event seconds a second; 0 is as fast as possible.
        ledger: keeps what is logged, for a feed that makes the same rows again when it is started again; see `Publisher`.
        marks: keeps the last numbers of its table `marked`, for a live feed that goes on from them (`resume`) when it is started again.
        on_progress: told now and then how far it has come.
    """
    from slipstream.feed.base import run
    from slipstream.feed.claims import Claims
    from slipstream.feed.ledger import Ledger, Marks
    from slipstream.feed.publish import Publisher
    from slipstream.feed.schema import MARKET_TABLES
    from slipstream.feed.skew import Limits, SkewTracker

    started = time.monotonic()
    claims = Claims(config.claims_dir)
    sink = TickerplantSink(config)
    kept = None if ledger is None else Ledger(ledger, (*MARKET_TABLES, "skew"))
    marked = None if marks is None else Marks(marks, getattr(feed, "marked", "trade"))
    publisher = Publisher(sink, ledger=kept, marks=marked, claims=claims)
    if marked is not None:
        feed.resume(marked.last)  # type: ignore[attr-defined]
    skew = config.feed.skew
    clocks = SkewTracker(Limits(skew.window_s, skew.every_s, skew.offset_ms, skew.drift_ppm, skew.step_ms))
    told = 0.0

    def after(batch: Batch) -> None:
        nonlocal told
        found = clocks.observe(batch)
        if found is not None:
            publisher.add("skew", found)
        publisher.flush_due()
        now = time.monotonic()
        if on_progress is not None and now - told > 0.2:
            told = now
            moment = np.datetime64(batch.end, "ns").astype("M8[s]")
            on_progress(
                f"{moment}  {sum(publisher.sent.values()):,} rows  {sum(publisher.sent.values()) / (now - started):,.0f} rows/s"
            )

    try:
        counters = run(feed, publisher.add, speed=speed or None, on_batch=after)
        publisher.flush()
    finally:
        for file in (kept, marked):
            if file is not None:
                file.close()
        sink.close()
        claims.close()
    seconds = time.monotonic() - started
    total = sum(publisher.sent.values())
    report = [
        f"{total:,} rows in {seconds:.1f} s: "
        + ", ".join(f"{table} {rows:,}" for table, rows in sorted(publisher.sent.items()))
    ]
    report.append(
        f"{counters.messages:,} messages, {counters.gaps} gaps, {counters.crossed} crossed, "
        f"{counters.undecodable} undecodable (kept in quarantine), {counters.late} late, {counters.ignored} of other kinds"
    )
    more = (
        (counters.checksums, "checksums compared"),
        (counters.mismatches, "of them wrong"),
        (counters.resyncs, "books got anew"),
        (counters.repeated, "prints that came again"),
        (counters.refused, "subscriptions refused"),
        (counters.resubscribed, "asked for again"),
        (counters.disconnects, "disconnects"),
        (counters.torn, "recordings torn"),
    )
    if any(number for number, _ in more):
        report.append(", ".join(f"{number:,} {text}" for number, text in more if number))
    return report


def checks(config: Config) -> list[tuple[str, str, str]]:
    """What is wrong with the plant's data, or may be: what was looked at, green or amber, and in words. Raises EngineError when the gateway does not answer."""
    with connect(config, "gateway", timeout_s=5.0) as gateway:
        found = gateway.value(".api.checks[]")
    columns = [[str(value) for value in found.column(name).to_pylist()] for name in ("check", "lamp", "detail")]
    return list(zip(*columns, strict=True))


def end_of_day(config: Config) -> dt.date:
    """
    End the day that the tickerplant is capturing, and return it once the HDB serves its partition.

    Raises:
        PlantError: the tickerplant has no day to end.
        NotReady: the partition did not appear in time; nothing is lost, the log has everything.
    """
    with connect(config, "tickerplant") as tickerplant:
        day = tickerplant.value(".u.d")
        if day is None:
            raise PlantError("the tickerplant has captured nothing yet, so there is no day to end")
        tickerplant.call(".u.endofday")
    wait_for_partition(config, day)
    return day_of(day)


def wait_for_partition(config: Config, day: Any, *, timeout_s: float = _ROLL_WAIT_S) -> None:
    """Return when the HDB serves the partition of a day."""
    moment = np.datetime64(day, "D")
    deadline = time.monotonic() + timeout_s
    with connect(config, "hdb") as hdb:
        while not hdb.value("{[d] d in @[{.Q.pv};::;()]}", moment):
            if time.monotonic() > deadline:
                raise NotReady(
                    f"the HDB has no partition {moment} after {timeout_s:g} s; see {config.log_dir / 'wdb.log'}"
                )
            time.sleep(0.05)


def dates(config: Config) -> list[dt.date]:
    """The dates that the HDB serves."""
    with connect(config, "hdb") as hdb:
        found = hdb.value("`date$@[{.Q.pv};::;()]")
    return (
        [] if found is None else [day_of(day) for day in (found.to_pylist() if hasattr(found, "to_pylist") else found)]
    )


def archive(
    config: Config, days: Sequence[dt.date] = (), *, force: bool = False, progress: Progress | None = None
) -> list[ArchiveResult]:
    """
    Write days of the HDB to the lake, verified; no days mean every date there is.

    Args:
        config: the configuration.
        days: which dates.
        force: write again what is there and verifies.
        progress: called with table, rows done and rows in all.
    """
    from slipstream.archive.job import archive_day
    from slipstream.archive.store import Lake

    lake = Lake(config.lake_url, endpoint=config.lake.endpoint, region=config.lake.region)
    with connect(config, "hdb", timeout_s=600.0) as hdb:
        return [
            archive_day(
                hdb,
                lake,
                day,
                part_rows=config.lake.rows_per_file,
                compression=config.lake.compression,
                force=force,
                revisions=functools.partial(config.revisions, day),
                progress=progress,
                near=hdb.host in ("127.0.0.1", "::1", "localhost"),
            )
            for day in (days or dates(config))
        ]


def day_of(value: Any) -> dt.date:
    """A date in any of the forms that q's dates arrive in."""
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    return dt.date.fromisoformat(str(np.datetime64(value, "D")))
