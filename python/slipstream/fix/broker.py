"""
A simulated broker: accepts orders over FIX, fills them at the market's touch, sends a copy of all it
receives and sends.

- A parent order (one with TargetStrategy, 847, or our strategy name, 5002) is acknowledged and then only
  accounted for: its children trade.
- A child is filled against the touch as far as its limit and the size there allow (liquidity `taker`); the
  rest works at its limit and
  is filled when the market comes to it or trades through it (`maker`), or shares in prints at its price.
- Orders without a quote, for nothing, with a used ClOrdID or a price far off are rejected; so are replaces
  and cancels of what is not working.

All decisions are taken in `process` and `on_market`, by whoever drives the clock; the sessions' threads
only queue what arrives.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock

from slipstream.errors import FixError
from slipstream.feed.clock import VirtualClock
from slipstream.fix import dictionary as fixd
from slipstream.fix.engine import Endpoint, SessionApp, Sessions, Signal, message_of, send
from slipstream.fix.market import MarketView, Touch
from slipstream.fix.matching import Matcher, Rules, TouchMatcher
from slipstream.fix.message import Message, format_number, format_time, parse, parse_time

Pair = tuple[int, str]
"""A tag and its value."""

Reason = tuple[str, str]
"""A reject's code and its text."""

_SESSION = frozenset({8, 9, 10, 34, 43, 49, 52, 56, 122})
_NOT_COPIED = frozenset({8, 9, 10, 34, 35, 43, 49, 50, 52, 56, 57, 97, 115, 122, 128, 369})


_STRATEGY = (847, 848, 849)


@dataclass
class Order:
    """An order as the broker has it."""

    clordid: str
    orderid: str
    sym: str
    side: str
    """Tag 54."""
    qty: float
    price: float | None
    ordtype: str
    tif: str
    link: tuple[Pair, ...]
    """Tags echoed on every report."""
    trader: str
    account: str
    is_parent: bool
    parent: Order | None = None
    root: str = ""
    """The ClOrdID it came with, whatever it is called since."""
    peak: float = 0.0
    """Quantity to show at a time (111), 0 for all of it."""
    cum: float = 0.0
    notional: float = 0.0
    open: bool = True
    resting: bool = False
    canceled: bool = False

    @property
    def leaves(self) -> float:
        """Still to be done."""
        return round(self.qty - self.cum, 8) if self.open else 0.0

    @property
    def buys(self) -> bool:
        """True for a buy."""
        return self.side in fixd.BUY


@dataclass
class Execution:
    """A fill that may still be busted or corrected."""

    execid: str
    order: Order
    qty: float
    price: float


class Broker:
    """
    Args:
        client: the session with the EMS, as the broker sees it; the broker accepts.
        drop: the drop copy session, as the broker sees it; on the same port, accepted too.
        market: what it fills against, unless a matcher is given.
        clock: event time.
        run_id: makes ids of different runs differ.
        told: copies that an earlier run of the same session has handed to the drop copy session, as their store has them.
            This run makes them again; they are compared, and not sent again.
        before_copy: called with a copy's own time (60, ns since 1970) before it is sent.
        matcher: made with the broker, where its orders meet the market; default is the touch of `market`.
    """

    def __init__(
        self,
        client: Endpoint,
        drop: Endpoint,
        market: MarketView,
        clock: VirtualClock,
        *,
        run_id: str = "",
        rules: Rules | None = None,
        signal: Signal | None = None,
        told: Sequence[bytes] = (),
        before_copy: Callable[[int], None] | None = None,
        matcher: Callable[[Broker], Matcher] | None = None,
    ) -> None:
        self.signal = signal or Signal()
        self.rules = rules or Rules()
        self.received = 0
        """Messages from the EMS."""
        self.sent = 0
        """Messages to the EMS."""
        self.copied = 0
        """Messages to the drop copy, those of earlier runs of the same session included."""
        self.executions: dict[str, Execution] = {}
        self._client, self._drop = client, drop
        self._clock = clock
        self._run_id = run_id
        self._told, self._before_copy = list(told), before_copy
        self._orders: dict[str, Order] = {}
        self._used: set[str] = set()
        self._inbox: deque[bytes] = deque()
        self._lock = Lock()
        self._numbers = 0
        self._reopened: list[Order] = []
        self._matcher: Matcher = matcher(self) if matcher else TouchMatcher(market, self.rules, self._filled)
        self.app = SessionApp(self.signal, self._queue)
        self._sessions = Sessions(self.app, [client, drop], accept=True)

    def start(self) -> None:
        """Listen."""
        self._sessions.start()

    def stop(self) -> None:
        """Close the sessions."""
        self._sessions.stop()

    @property
    def behind(self) -> bool:
        """Copies of an earlier run have still to be made again."""
        return self.copied < len(self._told)

    @property
    def idle(self) -> bool:
        """Nothing waits to be processed."""
        return not self._inbox

    def process(self) -> int:
        """Act on what the EMS has sent; returns the number of messages."""
        done = 0
        while self._inbox:
            message = parse(self._inbox.popleft(), check=False)
            self._matcher.reach(self._clock.tick(self.rules.latency_ns))
            self._copy(message, "in")
            handler = {"D": self._new, "G": self._replace, "F": self._cancel}.get(message.msgtype)
            if handler is not None:
                handler(message)
            done += 1
        return done

    def on_market(self) -> None:
        """Fill what works, by the market as it is now."""
        while self._reopened:
            order = self._reopened.pop(0)
            if order.open:
                self._matcher.work(order)
        self._matcher.step()

    def bust(self, execid: str) -> None:
        """Take back a fill, as after an error."""
        done = self.executions.pop(execid)
        order = done.order
        self._account(order, -done.qty, done.price)
        self._report(order, "H", [(19, execid), (32, format_number(done.qty)), (31, format_number(done.price))])

    def correct(self, execid: str, *, qty: float | None = None, price: float | None = None) -> str:
        """Change a fill's quantity or price; returns the id of the correction."""
        done = self.executions[execid]
        order = done.order
        self._account(order, -done.qty, done.price)
        done.qty, done.price = (done.qty if qty is None else qty), (done.price if price is None else price)
        self._account(order, done.qty, done.price)
        return self._report(order, "G", [(19, execid), (32, format_number(done.qty)), (31, format_number(done.price))])

    def _queue(self, session: str, raw: bytes) -> None:
        with self._lock:
            if session == self._client.name:
                self.received += 1
                self._inbox.append(raw)

    def _new(self, message: Message) -> None:
        clordid, side = message.get(11), message.get(54)
        price = message.number(44) if 44 in message else None
        order = Order(
            clordid=clordid,
            orderid=self._id("B"),
            sym=message.get(55),
            side=side,
            qty=message.number(38) if 38 in message else 0.0,
            price=price,
            ordtype=message.get(40),
            tif=message.get(59, "0"),
            link=tuple((tag, text) for tag, text in message.fields if tag in (526, 583) or 5000 <= tag < 10_000),
            trader=message.get(50),
            account=message.get(1),
            is_parent=847 in message or fixd.STRATEGY_NAME in message,
            root=clordid,
            peak=message.number(111) if 111 in message else 0.0,
        )
        touch = self._matcher.touch(order.sym)
        if not order.is_parent:
            above = {value for _, value in order.link}
            parents = (o for o in self._orders.values() if o.is_parent)
            order.parent = next((o for o in parents if o.root in above or o.clordid in above), None)
        reason = self._refusal(order, touch)
        self._used.add(clordid)
        if reason is not None:
            order.open = False
            self._report(order, "8", [(103, reason[0]), (58, reason[1])])
            return
        self._orders[clordid] = order
        self._report(order, "0")
        if not order.is_parent:
            self._work(order)

    def _work(self, order: Order) -> None:
        """Hand an order to the market; what may not rest is cancelled."""
        self._matcher.work(order)
        if order.open and order.tif in ("3", "4"):
            order.open, order.canceled = False, True
            self._matcher.drop(order)
            self._report(order, "4")

    def _refusal(self, order: Order, touch: Touch | None) -> Reason | None:
        if order.clordid in self._used:
            return "6", f"duplicate ClOrdID {order.clordid}"
        if not order.qty > 0:
            return "13", "quantity must be positive"
        if order.side not in fixd.BUY | fixd.SELL:
            return "11", f"side {order.side} not supported"
        if order.is_parent:
            return None
        if touch is None:
            return "1", f"no market in {order.sym}"
        if order.ordtype == "2":
            if order.price is None or not order.price > 0:
                return "99", "a limit order needs a price"
            far = touch.ask if order.buys else touch.bid
            if (order.price - far) * (1 if order.buys else -1) > far * self.rules.collar_bps * 1e-4:
                return "99", f"price {order.price} too far through the market"
        elif order.ordtype != "1":
            return "11", f"order type {order.ordtype} not supported"
        return None

    def _replace(self, message: Message) -> None:
        order = self._orders.get(message.get(41))
        refusal = self._cannot_change(message, order)
        if refusal is None and message.get(11) in self._used:
            refusal = ("6", "duplicate ClOrdID")
        if refusal is None and order is not None and not order.is_parent and self._matcher.touch(order.sym) is None:
            refusal = ("99", f"no market in {order.sym}")
        if refusal is not None or order is None:
            self._reject_change(message, order, "2", refusal or ("1", "unknown order"))
            return
        self._report(order, "E", [(41, message.get(41))], clordid=message.get(11))
        self._rename(order, message.get(11))
        if 38 in message:
            order.qty = max(message.number(38), order.cum)
        if 44 in message:
            order.price = message.number(44)
        if order.leaves <= 0:
            order.open = False
        if order.is_parent:
            # the algo and its parameters are what it was sent with last
            order.link = (
                tuple((tag, text) for tag, text in message.fields if tag in (526, 583) or 5000 <= tag < 10_000)
                or order.link
            )
        order.resting = False
        self._report(order, "5", [(41, message.get(41)), *((tag, message.get(tag)) for tag in _STRATEGY)])
        if order.is_parent:
            return
        if order.open:
            self._work(order)
        else:
            self._matcher.drop(order)

    def _cancel(self, message: Message) -> None:
        order = self._orders.get(message.get(41))
        refusal = self._cannot_change(message, order)
        if refusal is not None or order is None:
            self._reject_change(message, order, "1", refusal or ("1", "unknown order"))
            return
        self._report(order, "6", [(41, message.get(41))], clordid=message.get(11))
        self._rename(order, message.get(11))
        order.open, order.canceled = False, True
        self._matcher.drop(order)
        self._report(order, "4", [(41, message.get(41))])

    def _cannot_change(self, message: Message, order: Order | None) -> Reason | None:
        if order is None:
            return "1", f"unknown order {message.get(41)}"
        if not order.open:
            return "0", "too late: the order is no longer working"
        return None

    def _reject_change(self, message: Message, order: Order | None, response: str, why: Reason) -> None:
        self._used.add(message.get(11))
        status = "8" if order is None else self._status(order)
        fields = [
            (37, "NONE" if order is None else order.orderid),
            (11, message.get(11)),
            (41, message.get(41)),
            (39, status),
            (434, response),
            (102, why[0]),
            (58, why[1]),
            (60, format_time(self._clock.tick(self.rules.latency_ns))),
            *(order.link if order is not None else ()),
        ]
        self._send("9", fields, message.get(50))

    def _rename(self, order: Order, clordid: str) -> None:
        self._orders.pop(order.clordid, None)
        order.clordid = clordid
        self._used.add(clordid)
        self._orders[clordid] = order

    def expire(self, order: Order) -> None:
        """The market has closed on an order."""
        order.open, order.canceled = False, True
        self._report(order, "C")

    def _filled(self, order: Order, qty: float, price: float, maker: bool) -> None:
        self.fill(order, qty, price, maker=maker)

    def fill(self, order: Order, qty: float, price: float, *, maker: bool, at: int | None = None) -> None:
        """Book an execution and report it; `at` is its moment, ns since 1970, where that is not now."""
        self._account(order, qty, price)
        fee = qty * price * (self.rules.maker_fee_bps if maker else self.rules.taker_fee_bps) * 1e-4
        execid = self._report(
            order,
            "F",
            [
                (32, format_number(qty)),
                (31, format_number(price)),
                (30, "SIM"),
                (851, "1" if maker else "2"),
                (12, format_number(round(fee, 8))),
                (13, "3"),
            ],
            at=at,
        )
        self.executions[execid] = Execution(execid, order, qty, price)
        parent = order.parent
        if parent is not None and parent.open and parent.leaves <= 0:
            parent.open = False
            self._report(parent, "3")

    def _account(self, order: Order, qty: float, price: float) -> None:
        """Add (or take back) an execution; a parent sums its children. A busted quantity of an order that
        was filled works again."""
        for each in (order, order.parent):
            if each is None:
                continue
            each.cum = round(each.cum + qty, 8)
            each.notional += qty * price
            if each is order:
                each.open = not each.canceled and each.cum < each.qty
                if each.open and qty < 0:
                    self._reopened.append(each)

    def _status(self, order: Order) -> str:
        if order.canceled:
            return "4"
        if order.cum >= order.qty > 0:
            return "2"
        return "1" if order.cum > 0 else "0"

    def _report(
        self, order: Order, exec_type: str, extra: Sequence[Pair] = (), *, clordid: str = "", at: int | None = None
    ) -> str:
        """Send an execution report; returns its ExecID."""
        execid = self._id("X")
        status = {"8": "8", "3": "3", "6": "6", "E": "E", "C": "C"}.get(exec_type) or self._status(order)
        fields = [
            (37, order.orderid),
            (11, clordid or order.clordid),
            (17, execid),
            (150, exec_type),
            (39, status),
            (1, order.account),
            (55, order.sym),
            (54, order.side),
            (38, format_number(order.qty)),
            (40, order.ordtype),
            (44, "" if order.price is None else format_number(order.price)),
            (59, order.tif),
            (151, format_number(0.0 if exec_type == "3" else order.leaves)),
            (14, format_number(order.cum)),
            (6, format_number(round(order.notional / order.cum, 8)) if order.cum > 0 else "0"),
            (60, format_time(self._clock.tick(self.rules.latency_ns) if at is None else at)),
            *order.link,
            *extra,
        ]
        self._send("8", fields, order.trader)
        return execid

    def _send(self, msgtype: str, fields: Sequence[Pair], trader: str) -> None:
        header = [(57, trader)]
        send(self._client, message_of(msgtype, fields, header))
        self.sent += 1
        self._send_copy(msgtype, fields, [*header, (128, self._client.target)])

    def _copy(self, message: Message, direction: str) -> None:
        fields = [(tag, value) for tag, value in message.fields if tag not in _NOT_COPIED]
        header = [(50, message.get(50)), (115 if direction == "in" else 128, self._client.target)]
        self._send_copy(message.msgtype, fields, header)

    def _send_copy(self, msgtype: str, fields: Sequence[Pair], header: Sequence[Pair]) -> None:
        made = {tag: value for tag, value in (*header, *fields) if value}
        if self._before_copy is not None:
            self._before_copy(parse_time(made[60], 60) if 60 in made else self._clock.now())
        if self.behind:
            told = parse(self._told[self.copied], check=False)
            if {tag: value for tag, value in told.fields if tag not in _SESSION} != {35: msgtype, **made}:
                raise FixError(
                    f"this run differs from the one whose files are here: {made}, where that one sent {told}"
                )
        else:
            send(self._drop, message_of(msgtype, fields, header))
        self.copied += 1

    def _id(self, kind: str) -> str:
        self._numbers += 1
        return "-".join(part for part in (kind, self._run_id, str(self._numbers)) if part)
