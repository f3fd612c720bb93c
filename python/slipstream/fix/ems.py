"""
A simulated EMS: works parent orders over FIX by simple schedules.

- `twap` cuts the quantity into equal slices. Each is posted at the near touch, moved to the far touch after
  half its interval (a replace), and cancelled at its end, its rest added to the next.
- `pov` keeps up with a share of the market's volume. It posts at the near touch, cancels and posts anew when
  the touch moves away, and goes to the far touch when it has waited or fallen behind.

All decisions are taken in `process` and `on_time`, by whoever drives the clock.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Literal

from slipstream.errors import FixError
from slipstream.feed.clock import VirtualClock
from slipstream.fix import dictionary as fixd
from slipstream.fix.engine import Endpoint, SessionApp, Sessions, Signal, message_of, send
from slipstream.fix.market import MarketView
from slipstream.fix.message import Message, format_number, format_time, parse

_SECOND = 1_000_000_000


@dataclass(frozen=True)
class ParentSpec:
    """A parent order to work."""

    sym: str
    side: Literal["buy", "sell"]
    qty: float
    start_s: float
    """Seconds of event time after the session's start."""
    duration_s: float
    algo: Literal["twap", "pov"] = "twap"
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


@dataclass
class Parent:
    """A parent at work."""

    spec: ParentSpec
    id: str
    start: int
    end: int
    state: Literal["waiting", "working", "filled", "canceled", "rejected"] = "waiting"
    filled: float = 0.0
    notional: float = 0.0
    children: int = 0
    child: Child | None = None
    volume_before: float = 0.0
    slice_done: int = -1
    closing: bool = False
    seen: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Executions by id: quantity and price."""

    @property
    def leaves(self) -> float:
        """Still to be done."""
        return round(self.spec.qty - self.filled, 8)


class Ems:
    """
    Args:
        endpoint: the session with the broker, as the EMS sees it; the EMS connects.
        parents: what to work.
        market: what its algos see.
        clock: event time.
        origin: the session's start, ns since 1970.
        parent_tags: tags that name the parent on a child order.
        run_id: makes ids of different runs differ.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        parents: Sequence[ParentSpec],
        market: MarketView,
        clock: VirtualClock,
        *,
        origin: int,
        parent_tags: Sequence[int] = (526, fixd.CUSTOM_PARENT),
        run_id: str = "",
        latency_ns: int = 100_000,
        signal: Signal | None = None,
    ) -> None:
        self.signal = signal or Signal()
        self.sent = 0
        """Messages to the broker."""
        self.received = 0
        """Messages from the broker."""
        self.rejects = 0
        """Orders, replaces and cancels that the broker refused."""
        self._endpoint, self._market, self._clock = endpoint, market, clock
        self._parent_tags, self._run_id, self._latency = tuple(parent_tags), run_id, latency_ns
        self._numbers = 0
        self._inbox: deque[bytes] = deque()
        self._lock = Lock()
        self._owner: dict[str, Parent] = {}
        self.parents = [self._parent(number, spec, origin) for number, spec in enumerate(parents, 1)]
        names = [parent.id for parent in self.parents]
        if len(set(names)) < len(names):
            raise FixError(f"parents share an id: {', '.join(names)}")
        self.app = SessionApp(self.signal, self._queue)
        self._sessions = Sessions(self.app, [endpoint], accept=False)

    def start(self) -> None:
        """Connect to the broker."""
        self._sessions.start()

    def wait_logon(self, timeout: float = 10.0) -> None:
        """Return when the session is up."""
        self._sessions.wait_logon(timeout)

    def stop(self) -> None:
        """Close the session."""
        self._sessions.stop()

    @property
    def idle(self) -> bool:
        """Nothing waits to be processed."""
        return not self._inbox

    @property
    def finished(self) -> bool:
        """Every parent has come to its end."""
        return all(parent.state in ("filled", "canceled", "rejected") for parent in self.parents)

    def process(self) -> int:
        """Take in what the broker has sent; returns the number of messages."""
        done = 0
        while self._inbox:
            message = parse(self._inbox.popleft(), check=False)
            if message.msgtype == "8":
                self._report(message)
            elif message.msgtype == "9":
                self._change_refused(message)
            done += 1
        return done

    def on_time(self) -> None:
        """Do what is due by the clock and the market."""
        now = self._clock.now()
        for parent in self.parents:
            if parent.state == "waiting" and now >= parent.start and self._market.touch(parent.spec.sym) is not None:
                self._start(parent, now)
            elif parent.state == "working" and not parent.closing:
                if now >= parent.end or parent.leaves <= 0:
                    self._finish(parent)
                elif parent.spec.algo == "twap":
                    self._twap(parent, now)
                else:
                    self._pov(parent, now)

    def finish(self) -> None:
        """The session ends: cancel whatever works."""
        for parent in self.parents:
            if parent.state == "working":
                self._finish(parent)

    def _parent(self, number: int, spec: ParentSpec, origin: int) -> Parent:
        if not spec.qty > 0 or spec.duration_s <= 0 or spec.slices < 1:
            raise FixError(f"parent {number} {spec.sym}: expected a positive quantity, duration and number of slices")
        start = origin + round(spec.start_s * _SECOND)
        name = spec.id or "-".join(part for part in ("P", self._run_id, str(number)) if part)
        return Parent(spec, name, start, start + round(spec.duration_s * _SECOND))

    def _queue(self, session: str, raw: bytes) -> None:
        with self._lock:
            self.received += 1
            self._inbox.append(raw)

    def _start(self, parent: Parent, now: int) -> None:
        spec = parent.spec
        parent.state = "working"
        parent.volume_before = self._market.volume.get(spec.sym, 0.0)
        code = next(code for code, name in fixd.STRATEGIES.items() if name == spec.algo)
        strategy = [(847, code), (849, format_number(spec.rate))] if code in ("1", "2", "3") else []
        self._order(
            parent,
            parent.id,
            spec.qty,
            spec.limit,
            [*strategy, (fixd.STRATEGY_NAME, spec.algo), (21, "3")],
        )

    def _twap(self, parent: Parent, now: int) -> None:
        spec, child = parent.spec, parent.child
        interval = (parent.end - parent.start) / spec.slices
        current = int((now - parent.start) / interval)
        if child is not None and child.live:
            if child.busy:
                return
            if now >= child.ends:
                self._cancel(parent, child)
            elif not child.aggressive and now >= child.sent + interval / 2:
                self._cross(parent, child)
            return
        if current <= parent.slice_done:
            return
        target = min(spec.qty, spec.qty * (current + 1) / spec.slices)
        if current + 1 == spec.slices:
            target = spec.qty
        parent.slice_done = current
        self._slice(parent, target - parent.filled, round(parent.start + (current + 1) * interval))

    def _pov(self, parent: Parent, now: int) -> None:
        spec, child = parent.spec, parent.child
        traded = self._market.volume.get(spec.sym, 0.0) - parent.volume_before
        behind = min(spec.qty, spec.rate * traded) - parent.filled
        if child is not None and child.live:
            waited = now - child.sent
            if child.busy:
                return
            if child.aggressive:
                if waited >= 10 * _SECOND:
                    self._cancel(parent, child)
            elif waited >= 3 * _SECOND or behind > 3 * child.qty:
                self._cross(parent, child)
            elif waited >= 2 * _SECOND and self._left_behind(parent, child):
                self._cancel(parent, child)
            return
        if behind >= min(max(spec.qty / 200, spec.lot), parent.leaves):
            self._slice(parent, behind, parent.end)

    def _left_behind(self, parent: Parent, child: Child) -> bool:
        """The near touch has moved away from the child's price."""
        touch = self._market.touch(parent.spec.sym)
        if touch is None:
            return False
        near = touch.bid if parent.spec.side == "buy" else touch.ask
        return self._limited(parent, near) != child.price

    def _slice(self, parent: Parent, qty: float, ends: int) -> None:
        spec = parent.spec
        qty = round(int(min(qty, parent.leaves) / spec.lot + 1e-6) * spec.lot, 8)
        touch = self._market.touch(spec.sym)
        if qty <= 0 or touch is None:
            return
        price = self._limited(parent, touch.bid if spec.side == "buy" else touch.ask)
        parent.children += 1
        clordid = f"{parent.id}.{parent.children}"
        parent.child = Child(clordid, self._clock.now(), qty, price, ends=ends)
        self._order(parent, clordid, qty, price, [(tag, parent.id) for tag in self._parent_tags])

    def _cross(self, parent: Parent, child: Child) -> None:
        """Move a child to the far touch."""
        touch = self._market.touch(parent.spec.sym)
        if touch is None:
            return
        price = self._limited(parent, touch.ask if parent.spec.side == "buy" else touch.bid)
        child.aggressive, child.busy, child.sent = True, True, self._clock.now()
        before, child.clordid = child.clordid, self._next(parent, child.clordid)
        self._send(
            "G",
            parent,
            [
                (11, child.clordid),
                (41, before),
                (38, format_number(child.qty)),
                (40, "2"),
                (44, format_number(price)),
                (59, "0"),
                (21, "1"),
            ]
            + [(tag, parent.id) for tag in self._parent_tags],
        )

    def _cancel(self, parent: Parent, child: Child) -> None:
        child.busy = True
        before, child.clordid = child.clordid, self._next(parent, child.clordid)
        self._send(
            "F",
            parent,
            [(11, child.clordid), (41, before), (38, format_number(child.qty))]
            + [(tag, parent.id) for tag in self._parent_tags],
        )

    def _finish(self, parent: Parent) -> None:
        """At the end of its time: cancel the child, then what is left of the parent."""
        child = parent.child
        if child is not None and child.live:
            if not child.busy:
                self._cancel(parent, child)
            return
        if parent.leaves > 0:
            parent.closing = True
            self._send("F", parent, [(11, f"{parent.id}.x"), (41, parent.id), (38, format_number(parent.spec.qty))])
        else:
            parent.state = "filled"

    def _limited(self, parent: Parent, price: float) -> float:
        limit = parent.spec.limit
        if limit is None:
            return price
        return min(price, limit) if parent.spec.side == "buy" else max(price, limit)

    def _next(self, parent: Parent, clordid: str) -> str:
        stem, _, number = clordid.partition("~")
        made = f"{stem}~{int(number or 0) + 1}"
        self._owner[made] = parent
        return made

    def _order(
        self, parent: Parent, clordid: str, qty: float, price: float | None, extra: Sequence[tuple[int, str]]
    ) -> None:
        self._owner[clordid] = parent
        fields = [(11, clordid), (38, format_number(qty)), (40, "1" if price is None else "2"), (59, "0")]
        if price is not None:
            fields.append((44, format_number(price)))
        if not any(tag == 21 for tag, _ in extra):
            fields.append((21, "1"))
        self._send("D", parent, [*fields, *extra])

    def _send(self, msgtype: str, parent: Parent, fields: Sequence[tuple[int, str]]) -> None:
        spec = parent.spec
        self._owner[dict(fields)[11]] = parent
        common = [
            (1, spec.account),
            (55, spec.sym),
            (54, "1" if spec.side == "buy" else "2"),
            (60, format_time(self._clock.tick(self._latency))),
        ]
        send(self._endpoint, message_of(msgtype, [*common, *fields], [(50, spec.trader)]))
        self.sent += 1

    def _report(self, message: Message) -> None:
        clordid, kind = message.get(11), message.get(150)
        parent = self._owner.get(clordid)
        if parent is None:
            raise FixError(f"a report for an order that is not ours: {message}")
        if clordid == parent.id or clordid == f"{parent.id}.x":
            self._parent_report(parent, kind)
            return
        child = parent.child
        if kind in ("F", "H", "G"):
            self._execution(parent, message, kind)
        if kind == "8":
            self.rejects += 1
        if child is None or child.clordid != clordid:
            return
        child.cum = message.number(14)
        child.busy = child.busy and kind not in ("5", "4", "8")
        child.live = message.get(39) not in ("2", "4", "8", "C")

    def _parent_report(self, parent: Parent, kind: str) -> None:
        if kind == "3":
            parent.state = "filled"
        elif kind == "4":
            parent.state = "canceled"
        elif kind == "8":
            self.rejects += 1
            parent.state = "rejected"

    def _execution(self, parent: Parent, message: Message, kind: str) -> None:
        if kind != "F":
            before = parent.seen.pop(message.get(19), (0.0, 0.0))
            self._add(parent, -before[0], before[1])
        if kind != "H":
            now = message.number(32), message.number(31)
            parent.seen[message.get(17) if kind == "F" else message.get(19)] = now
            self._add(parent, *now)

    @staticmethod
    def _add(parent: Parent, qty: float, price: float) -> None:
        parent.filled = round(parent.filled + qty, 8)
        parent.notional += qty * price

    def _change_refused(self, message: Message) -> None:
        self.rejects += 1
        parent = self._owner.get(message.get(11))
        if parent is None:
            return
        if message.get(41) == parent.id:
            parent.state = "filled"  # nothing was left to cancel
            return
        child = parent.child
        if child is not None and child.clordid == message.get(11):
            child.busy = False
            child.clordid = message.get(41)
            child.live = message.get(39) in ("0", "1")
