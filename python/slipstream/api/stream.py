"""
WS /v1/stream: snapshots and deltas of scorecards, alerts, fills and data quality, numbered, for as many clients as there are on one subscription to
the plant.

The hub takes rows from the tickerplant into a ring; each client reads the ring at its own pace from its own place in it, and sees what the gateway
says it may. A client that falls out of the ring, or a plant that came anew, is told `resync` and given a snapshot: nothing piles up for it here.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from slipstream.api.answer import records
from slipstream.api.metrics import Metrics
from slipstream.api.plant import Gateway
from slipstream.api.worker import Worker
from slipstream.errors import EngineError, QueryError

log = logging.getLogger(__name__)

TOPICS = {"scorecard": "score", "alert": "alert", "fill": "fills", "data_quality": "dq"}
"""Topics, and the tables that they come from."""
SCOPES = {"scorecard": "read:tca", "alert": "read:tca", "fill": "read:orders", "data_quality": "read:orders"}
RING = 20_000
KEPT = 100
"""Rows of a topic other than scorecard that a snapshot has."""
_PARENTS = 5_000
_SEEN_S = 2.0
"""How long what the gateway said of a parent holds: a rule that was taken back still lets rows through for so long."""


@dataclass(frozen=True, slots=True)
class Event:
    """A row. `parent` is empty where it belongs to none."""

    seq: int
    topic: str
    parent: str
    row: Mapping[str, Any]


class Rows(Protocol):
    """A subscription to the tickerplant."""

    def poll(self, timeout_s: float | None = None) -> tuple[str, pa.Table] | None:
        """The next (table, rows), or None when nothing came in time."""

    def close(self) -> None:
        """End it."""


class Hub:
    """
    Args:
        subscribe: subscribes to tables of the tickerplant.
        gateway: what there was before, and who may see what.
        metrics: counts.
        size: events that the ring holds.
    """

    def __init__(
        self, subscribe: Callable[[Iterable[str]], Rows], gateway: Gateway, metrics: Metrics, *, size: int = RING
    ) -> None:
        self._subscribe, self._gateway, self.metrics = subscribe, gateway, metrics
        self._lock = threading.Lock()
        self._ring: deque[Event] = deque(maxlen=size)
        self._last: OrderedDict[str, Event] = OrderedDict()
        self._kept: dict[str, deque[Event]] = {}
        self._seq = 0
        self.epoch = ""
        """Changes when the numbers begin anew; empty until there is a subscription."""
        self._seen: OrderedDict[tuple[str, str], tuple[bool, float]] = OrderedDict()
        self._waiters: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()
        self.on_scores: Callable[[], None] = lambda: None
        """Called when scorecards have come."""
        self._worker = Worker("api-stream", self._run)

    def start(self) -> None:
        """Subscribe, on a thread of its own."""
        self._worker.start()

    def stop(self) -> None:
        """End the subscription."""
        self._worker.stop()

    def watch(self, changed: asyncio.Event) -> Callable[[], None]:
        """Have an event of the calling loop set whenever there is something new; call what is returned to end it."""
        waiter = (asyncio.get_running_loop(), changed)
        with self._lock:
            self._waiters.add(waiter)
        return lambda: self._waiters.discard(waiter)

    def since(self, epoch: str, seq: int) -> tuple[list[Event], int] | None:
        """Events after a number, and the newest number; None when they are not all in the ring any more."""
        with self._lock:
            if epoch != self.epoch or not self.epoch or seq > self._seq or seq < self._seq - len(self._ring):
                return None
            count = self._seq - seq
            return (
                [self._ring[i] for i in range(len(self._ring) - count, len(self._ring))] if count else []
            ), self._seq

    def snapshot(self, topics: Iterable[str]) -> tuple[str, int, list[Event]]:
        """Epoch, number, and the last row of each parent and the newest of the other topics."""
        with self._lock:
            found = [
                event
                for topic in topics
                for event in (list(self._last.values()) if topic == "scorecard" else list(self._kept.get(topic, ())))
            ]
            return self.epoch, self._seq, found

    def last(self, parent: str) -> Mapping[str, Any] | None:
        """The newest scorecard of a parent."""
        with self._lock:
            found = self._last.get(parent)
            return None if found is None else found.row

    def visible(self, principal: str, parents: Iterable[str]) -> set[str]:
        """Which of some parents a principal sees, as the gateway says. Blocks; rows without a parent are seen by who sees everything."""
        now = time.monotonic()
        wanted = set(parents)
        with self._lock:
            fresh = {p: self._seen[(principal, p)] for p in wanted if (principal, p) in self._seen}
        fresh = {p: found for p, found in fresh.items() if now - found[1] < _SEEN_S}
        unknown = sorted(wanted - fresh.keys())
        if unknown:
            answer = self._gateway.ask(principal, ".api.sees", unknown)
            # the empty name, of rows without a parent, comes back as a null
            seen = {name or "" for name in answer.to_pylist()}
            with self._lock:
                for parent in unknown:
                    self._seen[(principal, parent)] = (parent in seen, now)
                    self._seen.move_to_end((principal, parent))
                while len(self._seen) > 100_000:
                    self._seen.popitem(last=False)
                fresh |= {parent: (parent in seen, now) for parent in unknown}
        return {parent for parent, (good, _) in fresh.items() if good}

    def take(self, table: str, rows: pa.Table) -> None:
        """Number rows and put them into the ring."""
        topic = next(topic for topic, name in TOPICS.items() if name == table)
        made = records(rows)
        with self._lock:
            for row in made:
                self._seq += 1
                event = Event(self._seq, topic, str(row.get("parent") or ""), row)
                self._ring.append(event)
                self._keep(event)
            waiters = list(self._waiters)
        self.metrics.events.labels(topic).inc(len(made))
        self._wake(waiters)
        if topic == "scorecard":
            self.on_scores()

    def _keep(self, event: Event) -> None:
        if event.topic != "scorecard":
            self._kept.setdefault(event.topic, deque(maxlen=KEPT)).append(event)
            return
        held = self._last.get(event.parent)
        if held is not None and _version(held.row) > _version(event.row):
            return
        self._last[event.parent] = event
        self._last.move_to_end(event.parent)
        while len(self._last) > _PARENTS:
            self._last.popitem(last=False)

    def _run(self, stop: threading.Event) -> None:
        pause = 0.1
        while not stop.is_set():
            try:
                rows = self._subscribe(TOPICS.values())
                try:
                    self._begin()
                    pause = 0.1
                    while not stop.is_set():
                        found = rows.poll(0.25)
                        if found is not None and found[0] in TOPICS.values():
                            self.take(*found)
                finally:
                    rows.close()
            except (EngineError, OSError) as error:
                with self._lock:
                    broke, self.epoch = self.epoch, ""
                    waiters = list(self._waiters)
                if broke or pause <= 0.1:
                    log.warning("stream: %s", error)
                self._wake(waiters)
                stop.wait(pause)
                pause = min(2.0, pause * 2)

    def _begin(self) -> None:
        """What there was before the subscription; what comes twice is told apart by its time and revision."""
        last, never = np.datetime64("2200-01-01"), np.datetime64("NaT", "ns")
        now = self._gateway.ask(None, ".api.clock")
        first = np.datetime64("1970-01-01") if now is None else np.datetime64(now, "D")
        found = {"scorecard": self._gateway.table(None, ".api.score", first, last, "", never)}
        for topic in ("alert", "fill", "data_quality"):
            table = self._gateway.table(None, ".api.of", TOPICS[topic], first, last, "")
            found[topic] = table.slice(max(0, table.num_rows - KEPT))
        with self._lock:
            self._ring.clear()
            self._last.clear()
            self._kept.clear()
            self._seq = 0
            self.epoch = secrets.token_hex(6)
            for topic, table in found.items():
                for row in records(table):
                    self._keep(Event(0, topic, str(row.get("parent") or ""), row))
            waiters = list(self._waiters)
        self._wake(waiters)

    @staticmethod
    def _wake(waiters: Iterable[tuple[asyncio.AbstractEventLoop, asyncio.Event]]) -> None:
        for loop, changed in waiters:
            try:
                loop.call_soon_threadsafe(changed.set)
            except RuntimeError:  # that loop has ended; whoever watched is gone with it
                log.debug("a loop ended while it was watched from")


def _version(row: Mapping[str, Any]) -> tuple[str, int]:
    return str(row.get("time") or ""), int(row.get("rev") or 0)


def conflated(events: Iterable[Event]) -> list[Event]:
    """Of the scorecards of a parent the last alone; everything else is kept."""
    found = list(events)
    last = {event.parent: event.seq for event in found if event.topic == "scorecard"}
    return [event for event in found if event.topic != "scorecard" or last[event.parent] == event.seq]


def seen_by(hub: Hub, principal: str, events: Iterable[Event], parents: frozenset[str]) -> list[Event]:
    """Events that a principal sees, and asked for if it named parents. Blocks, and raises EngineError when the gateway cannot say."""
    found = [event for event in events if not parents or event.parent in parents]
    try:
        good = hub.visible(principal, {event.parent for event in found})
    except QueryError as error:
        if error.kind.startswith("access"):
            return []  # not known to the gateway, so it sees nothing
        raise
    return [event for event in found if event.parent in good]
