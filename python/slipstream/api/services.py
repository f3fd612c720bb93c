"""What the API's endpoints work with, in one place."""

from __future__ import annotations

import datetime as dt
import logging
import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Any, Literal, Protocol

import numpy as np
from anyio import CapacityLimiter, to_thread
from fastapi import Query, Request

from slipstream.alerts.desk import Desk
from slipstream.api.actions import Actions
from slipstream.api.answer import records
from slipstream.api.auth import Authenticator
from slipstream.api.auto import Auto
from slipstream.api.metrics import Metrics
from slipstream.api.plant import Gateway
from slipstream.api.problems import Problem
from slipstream.api.store import Store
from slipstream.api.stream import Hub
from slipstream.api.worker import Worker, repeating

log = logging.getLogger(__name__)

_FIRST, _LAST = dt.date(1970, 1, 1), dt.date(2200, 1, 1)


class Clock:
    """
    The plant's clock: the time of its newest row, and since when it stands still. Once started it is looked at again and again: what stands
    still is told from what nobody has looked at for a while.

    Args:
        gateway: the plant.
        every_s: it is asked for at most once in this time.
        wall: monotonic seconds.
    """

    def __init__(self, gateway: Gateway, *, every_s: float = 0.25, wall: Callable[[], float] = time.monotonic) -> None:
        self._gateway, self._every_s, self._wall = gateway, every_s, wall
        self._lock = threading.Lock()
        self._asked = self._moved = -math.inf
        self._value: np.datetime64 | None = None
        self._worker = Worker("api-clock", repeating(self._look, every_s, partial(log.warning, "clock: %s")))

    def start(self) -> None:
        """Begin to look at it, on a thread of its own."""
        self._worker.start()

    def stop(self) -> None:
        """Stop looking."""
        self._worker.stop()

    def now(self) -> np.datetime64 | None:
        """The time, None while the plant has no rows."""
        with self._lock:
            wall = self._wall()
            if wall - self._asked > self._every_s:
                found = self._gateway.ask(None, ".api.clock")
                value = None if found is None else np.datetime64(found, "ns")
                if value != self._value:
                    # it may have advanced right after the look before this one; before the first, at any time
                    self._moved = self._asked
                self._value, self._asked = value, wall
            return self._value

    def still_s(self) -> float:
        """For how many seconds it may have stood still, as far as this server has seen; infinite while it has not seen it advance."""
        self.now()
        return self._wall() - self._moved

    def _look(self) -> None:
        self.now()


class Special(Protocol):
    """Thresholds of others than all orders."""

    @property
    def scope(self) -> Any:
        """Whose, in words: desk:us."""

    @property
    def number(self) -> int:
        """The version that made them."""

    @property
    def limits(self) -> Mapping[str, tuple[float, float]]:
        """Amber and red by name."""

    @property
    def who(self) -> str:
        """Who made them."""

    @property
    def when(self) -> str:
        """And when."""


class Version(Protocol):
    """What of the thresholds is in force."""

    @property
    def number(self) -> int:
        """0 is the configuration's."""

    @property
    def limits(self) -> Mapping[str, tuple[float, float]]:
        """Amber and red by name."""

    @property
    def profile(self) -> str:
        """relative or demo."""

    @property
    def who(self) -> str:
        """Who made it."""

    @property
    def when(self) -> str:
        """And when."""

    @property
    def others(self) -> Sequence[Special]:
        """Those of others than all orders, the most special last."""


class Thresholds(Protocol):
    """Where the thresholds are kept: the page's desk."""

    def limits(self) -> Version:
        """Those in force."""

    def set_limits(self, limits: Mapping[str, tuple[float, float]] | None, who: str, scope: str = "") -> Version:
        """
        Make a new version of a scope's, once the real-time engine has taken it; without any the scope has none from then on. Raises ScorecardError.
        """


@dataclass
class Services:
    """Everything that an endpoint may need."""

    store: Store
    auth: Authenticator
    gateway: Gateway
    study: Gateway
    """For what takes seconds: another gateway, where there is one, so that nobody waits for it."""
    clock: Clock
    actions: Actions
    hub: Hub
    metrics: Metrics
    stale_s: float
    allowed: Literal["notify", "propose", "auto"]
    tickerplant: Any
    thresholds: Thresholds | None = None
    auto: Auto | None = None
    """What acts by itself; None where nothing does."""
    control: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(8))
    """Threads for what must not wait while readers have taken all others: who calls, and the kill switch."""
    streams: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(8))
    """And threads for the rows of streams, which calls do not wait for, however many streams there are."""
    checks: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(2))
    """And for looking again at the credentials of streams, which waits for none of these."""
    desk_lock: threading.Lock = field(default_factory=threading.Lock)

    _catalogue: list[dict[str, Any]] = field(default_factory=list)

    def catalogue(self) -> list[dict[str, Any]]:
        """Every figure that is published; it does not change while a gateway runs."""
        if not self._catalogue:
            self._catalogue = records(self.gateway.table(None, ".api.metrics"))
        return self._catalogue

    def rule_version(self) -> str:
        """The version of the thresholds in force, in words; empty where none are kept."""
        return "" if self.thresholds is None else f"thresholds {self.thresholds.limits().number}"

    def desk(self, principal: str) -> Desk:
        """The alerts as a principal sees them, and what it may do about them."""
        return Desk(self.gateway.view(principal), self.tickerplant)


async def services(request: Request) -> Services:
    """A dependency: the application's services. Not a plain function, which would have to wait for a thread."""
    found: Services = request.app.state.services
    return found


@dataclass(frozen=True)
class Days:
    """A range of trading days, both included, and the time up to which things are wanted (null time: now)."""

    first: np.datetime64
    last: np.datetime64
    asof: np.datetime64


async def days(
    request: Request,
    first: Annotated[
        dt.date | None, Query(alias="from", description="first day; default: the plant's present day")
    ] = None,
    last: Annotated[dt.date | None, Query(alias="to", description="last day, included; default: the first")] = None,
    asof: Annotated[
        dt.datetime | None,
        Query(description="what was known at this time (UTC unless it says otherwise); default: now"),
    ] = None,
) -> Days:
    """A dependency: the days and the time that a call is about. Waits for a thread only where the plant must be asked for its day."""
    if first is None:
        plant: Services = request.app.state.services
        now = await to_thread.run_sync(plant.clock.now)
        first = dt.date.today() if now is None else now.astype("M8[D]").item()
        if last is not None and last < first:
            first = last
    return days_of(first, first if last is None else last, asof)


def days_of(first: dt.date, last: dt.date, asof: dt.datetime | None = None) -> Days:
    """Days, if they are a range. Raises Problem."""
    if not _FIRST <= first <= last <= _LAST:
        raise Problem(422, f"expected {_FIRST} <= from <= to <= {_LAST}")
    moment: np.datetime64 = np.datetime64("NaT", "ns")
    if asof is not None:
        if asof.tzinfo is not None:
            try:
                asof = asof.astimezone(dt.UTC).replace(tzinfo=None)
            except OverflowError:
                raise Problem(422, "asof is out of range") from None
        if not _FIRST <= asof.date() <= _LAST:
            raise Problem(422, f"expected {_FIRST} <= asof <= {_LAST}")
        moment = np.datetime64(asof.isoformat(), "ns")
    return Days(np.datetime64(first, "D"), np.datetime64(last, "D"), moment)
