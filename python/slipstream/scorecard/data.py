"""
One background poll of the gateway for the whole page server, however many browsers look at it.

`Feed` asks for the numbers four times a second, for the charts of the parents somebody looks at once a
second, and keeps the newest answer. What takes the gateway seconds it asks of another process (`study`), so
that the numbers do not wait. Pages read `snapshot` and `view`; they never reach the gateway themselves.
"""

from __future__ import annotations

import asyncio
import contextlib
import enum
import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np
import pandas  # noqa: F401 (pyarrow imports it in the poll's thread, plotly in the page's: do it once, before either)
import pyarrow as pa

from slipstream.api.plant import Connection, on_behalf
from slipstream.errors import EngineError, QueryError
from slipstream.scorecard.lag import Behind
from slipstream.tca import Chart, Health, Live, Parent, TcaClient

T = TypeVar("T")
log = logging.getLogger(__name__)

STALE_S = 3.0  # without an answer, or without newer data, for this long: STALE
SIGHT_S = 2.0  # between looks at whose rows somebody sees
WATCH_S = 10.0  # a chart nobody asked for during this time is no longer fetched
RETRY_MAX_S = 2.0  # longest pause before the gateway is tried again
DRIFT_S = 5.0  # between looks at the drift of a watched parent
STUDY_S = 15.0  # between studies of a watched parent


Sight = frozenset[str] | None
"""Whose rows somebody sees: the parents, or, None, everything, rows without a parent included."""

NOTHING: Sight = frozenset()
MARKET = ("quote", "trade", "depth", "mbo", "status", "skew")
"""Tables whose rows are of no order (`.ent.open` of q/entitle.q): how many there are is everybody's to know."""


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
    alerts: tuple[Mapping[str, Any], ...] = ()
    engine: Mapping[str, Any] = field(default_factory=dict)
    skew: tuple[Mapping[str, Any], ...] = ()
    sessions: Mapping[str, bool] | None = None
    """Whether each FIX session is up; None where nothing captures."""
    behind: Behind | None = None
    """How far the tickerplant is behind; None before it has said so."""
    rows: Mapping[str, int] = field(default_factory=dict)
    asof: np.datetime64 | None = None
    poll_ms: float | None = None
    answered: float | None = None
    advanced: float | None = None
    error: str = ""

    def seen(self, sight: Sight) -> Snapshot:
        """
        What somebody sees of it.
        """
        if sight is None:
            return self
        return replace(
            self,
            parents=tuple(p for p in self.parents if p.parent in sight),
            alerts=tuple(a for a in self.alerts if str(a["parent"] or "") in sight),
            engine={name: value for name, value in self.engine.items() if name in ("time", "data_lamp")},
            rows={name: count for name, count in self.rows.items() if name in MARKET},
        )

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


@dataclass(frozen=True, slots=True)
class View:
    """
    What is drawn of one parent, each part as new as its own rate; None where it has not come yet. `seq` grows
    with every part that comes.
    """

    seq: int = 0
    chart: Chart | None = None
    trail: pa.Table | None = None
    drift: pa.Table | None = None
    behave: pa.Table | None = None
    control: pa.Table | None = None


class Feed:
    """
    Polls the gateway on one thread and keeps the newest answers.

    Args:
        connect: opens a connection to the gateway; called again, with growing pauses, after it breaks.
        study: opens one to a process that may be kept busy for seconds; None leaves out what takes that long.
        numbers_s: seconds between polls of the numbers.
        charts_s: seconds between polls of the watched charts.
        clock: monotonic seconds; a test may hold it.
        sessions: which FIX sessions are up, None where nothing captures.
        behind: how far the tickerplant is behind.
    """

    def __init__(
        self,
        connect: Callable[[], Connection],
        study: Callable[[], Connection] | None = None,
        *,
        numbers_s: float = 0.25,
        charts_s: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
        sessions: Callable[[], Mapping[str, bool] | None] = lambda: None,
        behind: Callable[[], Behind | None] = lambda: None,
    ) -> None:
        self._connect, self._study_connect, self._clock = connect, study, clock
        self.numbers_s, self.charts_s = numbers_s, charts_s
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._wanted = threading.Event()  # a parent is watched that was not
        self._news = threading.Event()
        self._waiters: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()
        self._threads: list[threading.Thread] = []
        self._connection: Connection | None = None
        self._snapshot = Snapshot()
        self._views: dict[str, View] = {}
        self._watched: dict[str, float] = {}
        self._viewers: dict[str | None, float] = {}
        self._sights: dict[str, Sight] = {}
        self._sighted: tuple[list[str], list[str]] = ([], [])
        self._sights_due = 0.0
        self._splits: dict[Sight, pa.Table] = {}
        self._plain: dict[str, Parent] = {}  # parents without a score, as the scorecard has them
        self._charts_due = self._slow_due = 0.0
        self._drift_due: dict[str, float] = {}
        self._health: Health | None = None
        self._has_health = True
        self._sessions, self._tickerplant = sessions, behind
        self._behind: Behind | None = None
        self._up: Mapping[str, bool] | None = None

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

    def view(self, parent: str) -> View:
        """
        What is known of a parent; asking keeps it being fetched.
        """
        with self._lock:
            if parent not in self._watched:
                self._charts_due = 0.0
                self._wanted.set()
            self._watched[parent] = self._clock()
            return self._views.get(parent, View())

    def sight(self, principal: str | None) -> Sight:
        """
        Whose rows a principal sees, as the gateway says, at most `SIGHT_S` old; nothing until it has said so. Asking keeps it being
        fetched.
        """
        with self._lock:
            self._viewers[principal] = self._clock()
            return None if principal is None else self._sights.get(principal, NOTHING)

    def nudge(self) -> None:
        """
        Say that there is something new: the next poll need not wait for its full pause.
        """
        self._news.set()

    async def newer(self, seq: int) -> None:
        """
        Wait until there are other numbers than these, or until their pause is over.
        """
        waiter = (asyncio.get_running_loop(), asyncio.Event())
        with self._lock:
            if self._snapshot.seq != seq:
                return
            self._waiters.add(waiter)
        try:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(waiter[1].wait(), self.numbers_s)
        finally:
            with self._lock:
                self._waiters.discard(waiter)

    def split(self, sight: Sight) -> pa.Table | None:
        """
        Cost by venue, algo, broker, trader and side of liquidity, of the rows that somebody sees; None until it has come.
        """
        with self._lock:
            return self._splits.get(sight)

    def ask(self, principal: str | None, call: Callable[[TcaClient], T]) -> T:
        """
        One answer of the gateway now on a principal's behalf, over a connection of its own, for what somebody clicked on.

        Raises:
            EngineError: it did not answer, or q signalled an error.
        """
        connection = self._connect()
        try:
            return call(TcaClient(on_behalf(connection, principal)))
        finally:
            connection.close()

    def start(self) -> None:
        """
        Start polling; does nothing when it runs already.
        """
        if self._threads:
            return
        self._stop.clear()
        work = [("scorecard-feed", self._run)]
        if self._study_connect is not None:
            work.append(("scorecard-study", self._run_study))
        self._threads = [threading.Thread(target=run, name=name, daemon=True) for name, run in work]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """
        Stop polling and close the connections.
        """
        self._stop.set()
        self._wanted.set()
        self._news.set()
        for thread in self._threads:
            thread.join()
        self._threads = []

    def poll(self) -> None:
        """
        Ask the gateway once, and note what it said, or why it did not answer.
        """
        started = self._clock()
        try:
            if self._connection is None:
                self._connection = self._connect()
            client = TcaClient(self._connection)
            live = client.live()
            self._slowly(client, live.parents)
            self._take(replace(live, parents=tuple(self._plain.get(p.parent, p) for p in live.parents)), started)
            self._look(client, live)
            self._poll_charts(client)
        except EngineError as error:
            if not isinstance(error, QueryError):
                self._drop()
            self._fail(error)
        except OSError as error:
            self._drop()
            self._fail(error)

    def _slowly(self, client: TcaClient, parents: tuple[Parent, ...]) -> None:
        """
        What is asked at the rate of charts: row counts, and the figures of parents without a score (there is no
        real-time engine, or it has not come to them).
        """
        now = self._clock()
        if now < self._slow_due:
            return
        self._slow_due = now + self.charts_s
        self._up, self._behind = self._sessions(), self._tickerplant()
        unscored = {p.parent for p in parents if not p.score}
        self._plain = {p.parent: p for p in client.scorecard() if p.parent in unscored} if unscored else {}
        if not self._has_health:
            return
        try:
            self._health = client.health()
        except QueryError as error:
            log.warning("the gateway does not answer .api.health (%s): the header shows no row counts", error)
            self._has_health = False

    def _take(self, live: Live, started: float) -> None:
        now = self._clock()
        health = self._health or Health({}, None)
        known = [t for t in (health.last, live.engine.get("time"), *(p.time for p in live.parents)) if t is not None]
        asof = max(known, default=None)
        with self._lock:
            old = self._snapshot
            newer = asof is not None and (old.asof is None or asof != old.asof or old.rows != health.rows)
            self._snapshot = Snapshot(
                seq=old.seq + 1,
                parents=live.parents,
                alerts=live.alerts,
                engine=live.engine,
                skew=live.skew,
                sessions=self._up,
                behind=self._behind,
                rows=health.rows,
                asof=asof,
                poll_ms=(now - started) * 1000,
                answered=now,
                advanced=now if newer else old.advanced,
            )
            waiters = list(self._waiters)
        for loop, changed in waiters:
            with contextlib.suppress(RuntimeError):  # that loop has ended, and whoever watched from it
                loop.call_soon_threadsafe(changed.set)

    def _look(self, client: TcaClient, live: Live) -> None:
        """
        Ask whose rows those who look at the page see: all of them at once, so that it costs the same however many there are.
        """
        now = self._clock()
        with self._lock:
            self._viewers = {name: at for name, at in self._viewers.items() if now - at <= WATCH_S}
            names = sorted(name for name in self._viewers if name)
        parents = sorted({p.parent for p in live.parents} | {str(a["parent"] or "") for a in live.alerts} | {""})
        if not names or ((names, parents) == self._sighted and now < self._sights_due):
            return
        found = client.sees(names, parents)
        with self._lock:
            self._sights = {name: None if "" in seen else seen for name, seen in found.items()}
        self._sighted, self._sights_due = (names, parents), now + SIGHT_S

    def _poll_charts(self, client: TcaClient) -> None:
        now = self._clock()
        with self._lock:
            if now < self._charts_due:
                return
            self._charts_due = now + self.charts_s
            for name in [n for n, asked in self._watched.items() if now - asked > WATCH_S]:
                del self._watched[name]
                self._views.pop(name, None)
                self._drift_due.pop(name, None)
            wanted = list(self._watched)
        for name in wanted:
            parts: dict[str, Any] = {"chart": client.chart(name), "trail": client.trail(name)}
            if now >= self._drift_due.get(name, 0.0):
                self._drift_due[name] = now + DRIFT_S
                parts["drift"] = client.drift(name)
            self._put(name, parts)

    def _put(self, name: str, parts: Mapping[str, Any]) -> None:
        """
        Note newer parts of a view, unless nobody looks at it any more.
        """
        with self._lock:
            if name in self._watched:
                old = self._views.get(name, View())
                self._views[name] = replace(old, seq=old.seq + 1, **parts)

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
            self._rest(started, pause, early=not failed)
        self._drop()

    def _rest(self, started: float, pause: float, *, early: bool) -> None:
        """
        Wait until a pause since a poll is over, or, when there is news, half of it: what the engine makes four times a second is then shown when it comes.
        """
        self._stop.wait(max(0.0, (pause / 2 if early else pause) - (self._clock() - started)))
        if early:
            self._news.wait(max(0.0, pause - (self._clock() - started)))
        self._news.clear()

    def study(self, connection: Connection) -> None:
        """
        Ask once for what takes seconds.
        """
        with self._lock:
            wanted = list(self._watched)
            # those who see the same share the answer
            sights = {None if name is None else self._sights.get(name, NOTHING): name for name in self._viewers}
        if wanted:
            splits = {
                sight: TcaClient(on_behalf(connection, name)).split()
                for sight, name in sights.items()
                if sight != NOTHING
            }
            with self._lock:
                self._splits = splits
        client = TcaClient(connection)
        for name in wanted:
            self._put(name, client.study(name))

    def _run_study(self) -> None:
        assert self._study_connect is not None
        connection: Connection | None = None
        while not self._stop.is_set():
            self._wanted.wait(STUDY_S)
            self._wanted.clear()
            if self._stop.is_set():
                break
            try:
                if connection is None:
                    connection = self._study_connect()
                self.study(connection)
            except (EngineError, OSError) as error:
                log.warning("scorecard: behaviour and control lines: %s", error)
                if connection is not None and not isinstance(error, QueryError):
                    connection.close()
                    connection = None
                self._stop.wait(RETRY_MAX_S)
        if connection is not None:
            connection.close()
