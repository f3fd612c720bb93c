"""
One background poll of the gateway for the whole page server, however many browsers look at it.

`Feed` asks for the numbers four times a second, for the charts of the parents somebody looks at once a
second, and keeps the newest answer. Pages read `snapshot` and `chart`; they never reach the gateway
themselves.
"""

from __future__ import annotations

import enum
import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
import pandas  # noqa: F401 (pyarrow imports it in the poll's thread, plotly in the page's: do it once, before either)

from slipstream.errors import EngineError, QueryError
from slipstream.tca import Chart, Parent, TcaClient

log = logging.getLogger(__name__)

STALE_S = 3.0  # without an answer, or without newer data, for this long: STALE
WATCH_S = 10.0  # a chart nobody asked for during this time is no longer fetched
RETRY_MAX_S = 2.0  # longest pause before the gateway is tried again


class Connection(Protocol):
    """
    A connection to the gateway.
    """

    def call(self, name: str, *args: Any) -> Any:
        """
        Call a q function by name.
        """

    def close(self) -> None:
        """
        Close the connection.
        """


class State(enum.StrEnum):
    """
    Whether the numbers on the page may be trusted.
    """

    LIVE = "LIVE"
    STALE = "STALE"
    NO_DATA = "NO DATA"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """
    Everything the page shows but the charts, as of one answer of the gateway.

    `answered` and `advanced` are monotonic seconds: the last answer, and the last answer that brought newer
    data.
    """

    seq: int = 0
    parents: tuple[Parent, ...] = ()
    rows: Mapping[str, int] = field(default_factory=dict)
    asof: np.datetime64 | None = None
    poll_ms: float | None = None
    answered: float | None = None
    advanced: float | None = None
    error: str = ""

    def state(self, now: float) -> State:
        """
        The state at a monotonic time.
        """
        if self.answered is None or self.advanced is None:
            return State.NO_DATA
        late = max(now - self.answered, now - self.advanced)
        return State.STALE if late > STALE_S else State.LIVE

    def reason(self, now: float) -> str:
        """
        One line that says why the state is what it is.
        """
        if self.error:
            return self.error
        if self.answered is None:
            return "waiting for the gateway"
        if self.advanced is None:
            return "the plant has no data yet"
        if now - self.answered > STALE_S:
            return f"no answer from the gateway for {now - self.answered:.0f} s"
        if now - self.advanced > STALE_S:
            return f"no new data for {now - self.advanced:.0f} s"
        return ""

    def age(self, now: float) -> float | None:
        """
        Seconds since the data last advanced.
        """
        return None if self.advanced is None else max(0.0, now - self.advanced)


class Feed:
    """
    Polls the gateway on one thread and keeps the newest answers.

    Args:
        connect: opens a connection to the gateway; called again, with growing pauses, after it breaks.
        numbers_s: seconds between polls of the numbers.
        charts_s: seconds between polls of the watched charts.
        clock: monotonic seconds; a test may hold it.
    """

    def __init__(
        self,
        connect: Callable[[], Connection],
        *,
        numbers_s: float = 0.25,
        charts_s: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connect, self._clock = connect, clock
        self.numbers_s, self.charts_s = numbers_s, charts_s
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._connection: Connection | None = None
        self._snapshot = Snapshot()
        self._charts: dict[str, Chart] = {}
        self._watched: dict[str, float] = {}
        self._charts_due = 0.0
        self._has_health = True

    @property
    def snapshot(self) -> Snapshot:
        """
        The newest numbers.
        """
        with self._lock:
            return self._snapshot

    def now(self) -> float:
        """
        The clock that a snapshot's times are of.
        """
        return self._clock()

    def chart(self, parent: str) -> Chart | None:
        """
        The newest chart of a parent; None until it has been fetched. Asking keeps it being fetched.
        """
        with self._lock:
            if parent not in self._watched:
                self._charts_due = 0.0
            self._watched[parent] = self._clock()
            return self._charts.get(parent)

    def start(self) -> None:
        """
        Start polling; does nothing when it runs already.
        """
        if self._thread is None:
            self._stop.clear()
            self._thread = threading.Thread(target=self._run, name="scorecard-feed", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """
        Stop polling and close the connection.
        """
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def poll(self) -> None:
        """
        Ask the gateway once, and note what it said, or why it did not answer.
        """
        started = self._clock()
        try:
            if self._connection is None:
                self._connection = self._connect()
            client = TcaClient(self._connection)
            parents = client.scorecard()
            rows, last = self._health(client)
            self._take(parents, rows, last, started)
            self._poll_charts(client)
        except EngineError as error:
            if not isinstance(error, QueryError):
                self._drop()
            self._fail(error)
        except OSError as error:
            self._drop()
            self._fail(error)

    def _health(self, client: TcaClient) -> tuple[Mapping[str, int], np.datetime64 | None]:
        """
        Row counts, from gateways that publish `.api.health`.
        """
        if not self._has_health:
            return {}, None
        try:
            health = client.health()
        except QueryError as error:
            log.warning("the gateway does not answer .api.health (%s): the header shows no row counts", error)
            self._has_health = False
            return {}, None
        return health.rows, health.last

    def _take(self, parents: list[Parent], rows: Mapping[str, int], last: np.datetime64 | None, started: float) -> None:
        now = self._clock()
        known = [t for t in (last, *(p.time for p in parents)) if t is not None]
        asof = max(known, default=None)
        with self._lock:
            old = self._snapshot
            newer = asof is not None and (old.asof is None or asof != old.asof or old.rows != rows)
            self._snapshot = Snapshot(
                seq=old.seq + 1,
                parents=tuple(parents),
                rows=rows,
                asof=asof,
                poll_ms=(now - started) * 1000,
                answered=now,
                advanced=now if newer else old.advanced,
            )

    def _poll_charts(self, client: TcaClient) -> None:
        now = self._clock()
        with self._lock:
            if now < self._charts_due:
                return
            self._charts_due = now + self.charts_s
            for name in [n for n, asked in self._watched.items() if now - asked > WATCH_S]:
                del self._watched[name]
                self._charts.pop(name, None)
            wanted = list(self._watched)
        for name in wanted:
            chart = client.chart(name)
            with self._lock:
                self._charts[name] = chart

    def _drop(self) -> None:
        """
        Let go of a broken connection.
        """
        connection, self._connection = self._connection, None
        self._has_health = True
        if connection is not None:
            try:
                connection.close()
            except (EngineError, OSError) as error:
                log.debug("closing a broken connection: %s", error)

    def _fail(self, error: Exception) -> None:
        message = str(error).splitlines()[0] if str(error) else type(error).__name__
        with self._lock:
            if message != self._snapshot.error:
                log.warning("scorecard: %s", message)
            self._snapshot = replace(self._snapshot, seq=self._snapshot.seq + 1, error=message)

    def _run(self) -> None:
        pause = self.numbers_s
        while not self._stop.is_set():
            started = self._clock()
            self.poll()
            failed = self._connection is None
            pause = min(pause * 2, RETRY_MAX_S) if failed else self.numbers_s
            self._stop.wait(max(0.0, pause - (self._clock() - started)))
        self._drop()
