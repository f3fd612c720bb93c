"""
The simulated EMS's algos: how a parent becomes children. Each looks at the market and its parent and does one thing at a time.

- `twap` cuts the quantity into equal slices. Each is posted at the near touch, moved to the far touch after half its interval (a
  replace), and cancelled at its end, its rest added to the next.
- `pov` keeps up with a share of the market's volume. It posts at the near touch, cancels and posts anew when the touch moves away,
  and goes to the far touch when it has waited or fallen behind.
- `vwap` does the same to keep up with the volume that is expected by now: more at the ends of its time than in the middle.
- `iceberg` rests one large order that shows a little of itself, and moves it when the near touch has left it behind.
- `passive` seeks liquidity: posts odd sizes, showing a part, at odd moments, and withdraws them again; one that has waited in vain goes
  to the far touch only when the parent is behind an even pace to its end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Literal, Protocol

from slipstream.fix import dictionary as fixd
from slipstream.fix.market import MarketView
from slipstream.fix.message import format_number

_SECOND = 1_000_000_000

AlgoName = Literal["twap", "pov", "vwap", "iceberg", "passive"]


@dataclass(frozen=True)
class Tactic:
    """An algo and its parameters."""

    algo: AlgoName = "twap"
    slices: int = 10
    """For twap."""
    rate: float = 0.1
    """For pov: share of the market's volume."""
    clip: float = 0.0
    """Quantity of a child, 0 is whatever is due; for iceberg what it shows, for passive about the mean."""
    patience_s: float = 3.0
    """Before a posted child goes to the far touch; for iceberg, before it follows the near touch; for passive, mean life of a child."""
    gap_s: float = 20.0
    """For passive: mean time between children."""
    pause_s: float = 0.0
    """For pov and vwap: mean time between deciding on a child and sending it."""
    slack: float = 0.02
    """For passive: how far behind an even pace it may fall, as a share of what it has to do, before it crosses."""


def strategy(tactic: Tactic) -> list[tuple[int, str]]:
    """The FIX fields that say so: TargetStrategy (847), its parameters (848), ParticipationRate (849), our own name of it."""
    code = next(code for code, name in fixd.STRATEGIES.items() if name == tactic.algo)
    values = {"clip": tactic.clip, "patience_s": tactic.patience_s}
    values |= {"gap_s": tactic.gap_s} if tactic.algo == "passive" else {}
    text = ";".join(f"{name}={format_number(value)}" for name, value in values.items())
    rate = [(849, format_number(tactic.rate))] if tactic.algo == "pov" else []
    return [(847, code), (848, text), *rate, (fixd.STRATEGY_NAME, tactic.algo)]


@dataclass(frozen=True)
class ParentSpec:
    """A parent order to work."""

    sym: str
    side: Literal["buy", "sell"]
    qty: float
    start_s: float
    """Seconds of event time after the session's start."""
    duration_s: float
    algo: AlgoName = "twap"
    slices: int = 10
    """For twap."""
    rate: float = 0.1
    """For pov: share of the market's volume."""
    limit: float | None = None
    """Worst price for its children; None is no limit."""
    trader: str = "TRADER1"
    account: str = "FUND1"
    id: str = ""
    """ClOrdID; made up when empty."""
    lot: float = 1.0
    """Children are whole multiples of this."""
    clip: float = 0.0
    """As for `Tactic`."""
    patience_s: float = 3.0
    """As for `Tactic`."""
    pause_s: float = 0.0
    """As for `Tactic`."""

    @property
    def tactic(self) -> Tactic:
        """What it is first worked by."""
        return Tactic(self.algo, self.slices, self.rate, self.clip, self.patience_s, pause_s=self.pause_s)


@dataclass
class Child:
    """A working child order."""

    clordid: str
    sent: int
    qty: float
    price: float
    cum: float = 0.0
    live: bool = True
    busy: bool = False
    """A replace or cancel is under way."""
    aggressive: bool = False
    ends: int = 0
    peak: float = 0.0
    """Quantity that it shows at a time, 0 for all."""


@dataclass
class Segment:
    """A stretch of a parent's life under one tactic."""

    tactic: Tactic = field(default_factory=Tactic)
    start: int = 0
    filled: float = 0.0
    """The parent's filled quantity when it began."""
    volume: float = 0.0
    """The market's volume then."""
    random: Random = field(default_factory=lambda: Random(0))
    slice_done: int = -1
    due: int = 0
    """When the next child may go."""


@dataclass
class Parent:
    """A parent at work."""

    spec: ParentSpec
    id: str
    start: int
    end: int
    clordid: str = ""
    """What the broker knows it by now."""
    state: Literal["waiting", "working", "filled", "canceled", "rejected"] = "waiting"
    filled: float = 0.0
    notional: float = 0.0
    children: int = 0
    child: Child | None = None
    segment: Segment = field(default_factory=Segment)
    """What it is worked by now."""
    wanted: Tactic | None = None
    """A switch that was asked for: first the child goes, then the broker is told."""
    switching: bool = False
    """The broker has been told and has not answered."""
    switched: list[tuple[int, str, str]] = field(default_factory=list)
    """Accepted switches: when, from which algo to which."""
    closing: bool = False
    seen: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Executions by id: quantity and price."""

    @property
    def leaves(self) -> float:
        """Still to be done."""
        return round(self.spec.qty - self.filled, 8)


class Desk(Protocol):
    """What an algo can do."""

    market: MarketView

    def post(self, parent: Parent, qty: float, *, ends: int, peak: float = 0.0) -> None:
        """Send a child at the near touch."""
        ...

    def near(self, parent: Parent) -> float | None:
        """The near touch, within the limit."""
        ...

    def cross(self, parent: Parent, child: Child) -> None:
        """Move a child to the far touch."""
        ...

    def move(self, parent: Parent, child: Child, price: float) -> None:
        """Move a child to another price."""
        ...

    def cancel(self, parent: Parent, child: Child) -> None:
        """Take a child back."""
        ...


def twap(desk: Desk, parent: Parent, now: int) -> None:
    """Equal slices in equal times."""
    spec, child, segment = parent.spec, parent.child, parent.segment
    slices = segment.tactic.slices
    interval = (parent.end - segment.start) / slices
    current = int((now - segment.start) / interval)
    if child is not None and child.live:
        if child.busy:
            return
        if now >= child.ends:
            desk.cancel(parent, child)
        elif not child.aggressive and now >= child.sent + interval / 2:
            desk.cross(parent, child)
        return
    if current <= segment.slice_done:
        return
    whole = spec.qty - segment.filled
    target = spec.qty if current + 1 >= slices else segment.filled + whole * (current + 1) / slices
    segment.slice_done = current
    desk.post(parent, target - parent.filled, ends=round(segment.start + (current + 1) * interval))


def pov(desk: Desk, parent: Parent, now: int) -> None:
    """A share of the market's volume since it began."""
    spec, segment = parent.spec, parent.segment
    traded = desk.market.volume.get(spec.sym, 0.0) - segment.volume
    target = segment.filled + segment.tactic.rate * traded
    _keep_up(desk, parent, now, min(spec.qty, target) - parent.filled)


def vwap(desk: Desk, parent: Parent, now: int) -> None:
    """The share of the volume that is expected by now, within its own time."""
    segment = parent.segment
    x = (now - segment.start) / max(1, parent.end - segment.start)
    whole = parent.spec.qty - segment.filled
    _keep_up(desk, parent, now, segment.filled + whole * expected_volume(x) - parent.filled)


def expected_volume(x: float) -> float:
    """Share of the volume expected by a share of the time: its rate is 2/3 of the average in the middle, 5/3 at the ends."""
    y = 2 * x - 1
    return min(1.0, max(0.0, (2 / 3 * y + y**3 / 3 + 1) / 2))


def _keep_up(desk: Desk, parent: Parent, now: int, behind: float) -> None:
    spec, tactic, child = parent.spec, parent.segment.tactic, parent.child
    if child is not None and child.live:
        waited = now - child.sent
        patience = tactic.patience_s * _SECOND
        if child.busy:
            return
        if child.aggressive:
            if waited >= 10 * _SECOND:
                desk.cancel(parent, child)
        elif waited >= patience or behind > 3 * child.qty:
            desk.cross(parent, child)
        elif waited >= patience * 2 / 3 and desk.near(parent) not in (None, child.price):
            desk.cancel(parent, child)
        return
    segment = parent.segment
    if behind < min(tactic.clip or max(spec.qty / 200, spec.lot), parent.leaves):
        segment.due = 0
    elif tactic.pause_s and not segment.due:
        # not at once: whoever acts on a trade within the second shows what he follows
        segment.due = now + round(segment.random.uniform(0.5, 1.5) * tactic.pause_s * _SECOND)
    elif now >= segment.due:
        segment.due = 0
        desk.post(parent, tactic.clip or behind, ends=parent.end)


def iceberg(desk: Desk, parent: Parent, now: int) -> None:
    """One order at the near touch that shows a clip."""
    child, tactic = parent.child, parent.segment.tactic
    if child is None or not child.live:
        desk.post(parent, parent.leaves, ends=parent.end, peak=tactic.clip)
    elif not child.busy and now - child.sent >= tactic.patience_s * _SECOND:
        near = desk.near(parent)
        if near is not None and near != child.price:
            desk.move(parent, child, near)


def passive(desk: Desk, parent: Parent, now: int) -> None:
    """Odd sizes at odd times, a part shown."""
    child, segment, tactic = parent.child, parent.segment, parent.segment.tactic
    random = segment.random
    if child is not None and child.live:
        if child.busy or now < child.ends:
            return
        whole = parent.spec.qty - segment.filled
        elapsed = (now - segment.start) / max(1, parent.end - segment.start)
        # the slack shrinks with the time that is left
        due = whole * (elapsed - tactic.slack * (1 - elapsed))
        if not child.aggressive and parent.filled - segment.filled < due:
            child.ends = now + 3 * _SECOND
            desk.cross(parent, child)
        else:
            desk.cancel(parent, child)
    elif now >= segment.due:
        clip = tactic.clip or parent.spec.qty / 500
        qty = max(parent.spec.lot, round(clip * random.uniform(0.4, 1.8) / 10) * 10)
        life = round(tactic.patience_s * random.uniform(0.4, 1.6) * _SECOND)
        segment.due = now + round(random.expovariate(1 / tactic.gap_s) * _SECOND)
        peak = max(parent.spec.lot, round(qty * random.uniform(0.2, 0.5) / 10) * 10)
        desk.post(parent, qty, ends=now + life, peak=peak)


ALGOS: Mapping[str, Callable[[Desk, Parent, int], None]] = {
    "twap": twap,
    "pov": pov,
    "vwap": vwap,
    "iceberg": iceberg,
    "passive": passive,
}
