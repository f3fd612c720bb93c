"""
A simulated EMS: works parent orders over FIX by the algos of `slipstream.fix.algos`, one child at a time, and changes the algo of a
parent on request: it sends 35=G for the parent with the new TargetStrategy (847) and its parameters (848), and works by the new one
once the broker has accepted.

All decisions are taken in `process` and `on_time`, by whoever drives the clock.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from random import Random
from threading import Lock

from slipstream.errors import FixError
from slipstream.feed.clock import VirtualClock
from slipstream.fix import dictionary as fixd
from slipstream.fix.algos import ALGOS, Child, Parent, ParentSpec, Segment, Tactic, strategy
from slipstream.fix.engine import Endpoint, SessionApp, Sessions, Signal, message_of, send
from slipstream.fix.market import MarketView
from slipstream.fix.message import Message, format_number, format_time, parse

_SECOND = 1_000_000_000


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
        self.market = market
        """What its algos see."""
        self._endpoint, self._clock = endpoint, clock
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

    def wait_logon(self, timeout: float = 60.0) -> None:
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
            if parent.state == "waiting" and now >= parent.start and self.market.touch(parent.spec.sym) is not None:
                self._start(parent, now)
            elif parent.state == "working" and not parent.closing:
                if now >= parent.end or parent.leaves <= 0:
                    self._finish(parent)
                elif parent.wanted is not None:
                    self._change(parent)
                else:
                    ALGOS[parent.segment.tactic.algo](self, parent, now)

    def switch(self, parent_id: str, tactic: Tactic) -> None:
        """
        Work a parent by another algo from now on.

        Raises FixError when there is no such parent at work, no such algo, or a switch is already under way.
        """
        parent = next((parent for parent in self.parents if parent.id == parent_id), None)
        if parent is None or parent.state != "working" or parent.closing:
            raise FixError(f"no parent {parent_id} at work")
        if tactic.algo not in ALGOS:
            raise FixError(f"no algo {tactic.algo}; there are {', '.join(ALGOS)}")
        if parent.wanted is not None:
            raise FixError(f"parent {parent_id} is being switched already")
        parent.wanted = tactic

    def finish(self) -> None:
        """The session ends: cancel whatever works."""
        for parent in self.parents:
            if parent.state == "working":
                self._finish(parent)

    def _parent(self, number: int, spec: ParentSpec, origin: int) -> Parent:
        if not spec.qty > 0 or spec.duration_s <= 0 or spec.slices < 1:
            raise FixError(f"parent {number} {spec.sym}: expected a positive quantity, duration and number of slices")
        if spec.algo not in ALGOS:
            raise FixError(f"parent {number} {spec.sym}: no algo {spec.algo}; there are {', '.join(ALGOS)}")
        start = origin + round(spec.start_s * _SECOND)
        name = spec.id or "-".join(part for part in ("P", self._run_id, str(number)) if part)
        return Parent(spec, name, start, start + round(spec.duration_s * _SECOND), clordid=name)

    def _queue(self, session: str, raw: bytes) -> None:
        with self._lock:
            self.received += 1
            self._inbox.append(raw)

    def _start(self, parent: Parent, now: int) -> None:
        spec = parent.spec
        parent.state = "working"
        self._begin(parent, spec.tactic, now)
        self._order(parent, parent.id, spec.qty, spec.limit, [*strategy(spec.tactic), (21, "3")])

    def _begin(self, parent: Parent, tactic: Tactic, now: int) -> None:
        spec = parent.spec
        chance = Random(f"{spec.sym}:{spec.side}:{now}")
        parent.segment = Segment(tactic, now, parent.filled, self.market.volume.get(spec.sym, 0.0), chance)

    def _change(self, parent: Parent) -> None:
        """Towards another algo: cancel the child, then tell the broker."""
        if parent.switching or self._clear(parent):
            return
        assert parent.wanted is not None
        spec = parent.spec
        parent.switching = True
        before, parent.clordid = parent.clordid, self._next(parent, parent.clordid)
        fields = [(11, parent.clordid), (41, before), (38, format_number(spec.qty)), (59, "0"), (21, "3")]
        fields += [(40, "1")] if spec.limit is None else [(40, "2"), (44, format_number(spec.limit))]
        self._send("G", parent, [*fields, *strategy(parent.wanted)])

    def _clear(self, parent: Parent) -> bool:
        """Cancel the child; true until it is gone."""
        child = parent.child
        if child is None or not child.live:
            return False
        if not child.busy:
            self.cancel(parent, child)
        return True

    def post(self, parent: Parent, qty: float, *, ends: int, peak: float = 0.0) -> None:
        """Send a child at the near touch, of as many whole lots as the quantity has; `peak` is what it shows."""
        spec = parent.spec
        qty = round(int(min(qty, parent.leaves) / spec.lot + 1e-6) * spec.lot, 8)
        price = self.near(parent)
        if qty <= 0 or price is None:
            return
        parent.children += 1
        clordid = f"{parent.id}.{parent.children}"
        parent.child = Child(clordid, self._clock.now(), qty, price, ends=ends, peak=peak)
        self._order(
            parent, clordid, qty, price, [*_shown(parent.child), *((tag, parent.id) for tag in self._parent_tags)]
        )

    def near(self, parent: Parent) -> float | None:
        """The near touch, as far as the parent's limit allows."""
        touch = self.market.touch(parent.spec.sym)
        return None if touch is None else self._limited(parent, touch.bid if parent.spec.side == "buy" else touch.ask)

    def cross(self, parent: Parent, child: Child) -> None:
        """Move a child to the far touch."""
        touch = self.market.touch(parent.spec.sym)
        if touch is not None:
            child.aggressive = True
            self.move(parent, child, self._limited(parent, touch.ask if parent.spec.side == "buy" else touch.bid))

    def move(self, parent: Parent, child: Child, price: float) -> None:
        """Move a child to another price."""
        child.busy, child.sent, child.price = True, self._clock.now(), price
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
                *_shown(child),
            ]
            + [(tag, parent.id) for tag in self._parent_tags],
        )

    def cancel(self, parent: Parent, child: Child) -> None:
        """Take a child back."""
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
        if self._clear(parent):
            return
        if parent.leaves > 0:
            parent.closing = True
            self._send(
                "F", parent, [(11, f"{parent.id}.x"), (41, parent.clordid), (38, format_number(parent.spec.qty))]
            )
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
        if clordid in (parent.id, parent.clordid, f"{parent.id}.x"):
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
        elif kind in ("4", "C"):
            parent.state = "canceled"
        elif kind == "5" and parent.wanted is not None:
            now, before = self._clock.now(), parent.segment.tactic.algo
            parent.switched.append((now, before, parent.wanted.algo))
            self._begin(parent, parent.wanted, now)
            parent.wanted, parent.switching = None, False
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
        if message.get(11) == f"{parent.id}.x":
            parent.state = "filled"  # nothing was left to cancel
            return
        if message.get(11) == parent.clordid and parent.switching:
            parent.clordid, parent.wanted, parent.switching = message.get(41), None, False
            return
        child = parent.child
        if child is not None and child.clordid == message.get(11):
            child.busy = False
            child.clordid = message.get(41)
            child.live = message.get(39) in ("0", "1")


def _shown(child: Child) -> list[tuple[int, str]]:
    """MaxFloor, if a child shows only a part."""
    return [(111, format_number(child.peak))] if 0 < child.peak < child.qty else []


__all__ = ["Ems", "Parent", "ParentSpec", "Tactic"]
