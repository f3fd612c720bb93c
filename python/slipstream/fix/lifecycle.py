"""
What messages say together: chains of replaces, parents, terms carried over to messages that leave them out,
orders that outlive a day.

An order's `id` is the ClOrdID that first named it, whatever it has been replaced by since. Rows are made once
and never changed; what becomes known later is a row of its own (event `joined`: `id` turned out to be part of
the order `origclordid`; `linked`: the order `id` has a parent after all). Feeding the same messages gives the
same rows, so a restart rebuilds this from the log of raw messages. What is the case after all rows is worked
out in q (`q/lifecycle.q`).
"""

from __future__ import annotations

import datetime as dt
import math
import operator
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from slipstream.feed.schema import DAY_NS, NULL_TIME, TABLES, Row
from slipstream.fix import dictionary as fixd
from slipstream.fix.decode import Decoded, decode
from slipstream.fix.dictionary import Dictionary
from slipstream.fix.message import Malformed, Message, parse

_COLUMNS = {table: operator.itemgetter(*TABLES[table]) for table in ("orders", "fills")}
"""A row out of what is known, by column."""

Rows = dict[str, list[Row]]
"""Rows of several tables, each in order."""

_CARRIED = ("sym", "parent", "side", "algo", "trader", "account", "ordtype", "tif", "broker", "venue")
_TERMS = ("algo", "trader", "account", "ordtype", "tif", "venue")
_AMOUNTS = ("qty", "price", "displayqty")
_NOT_CHAINED = frozenset({"new", "ack", "pendingnew", "status", "reject"})
"""Order events in which OrigClOrdID (41), if it is there, says nothing about a chain."""


@dataclass(eq=False)
class Order:
    """What is known of one order."""

    id: str
    session: str
    day: int = 0
    """Day (since 1970) of its first message."""
    placed: bool = False
    """Its request (35=D) has been seen."""
    reported: bool = False
    values: dict[str, Any] = field(default_factory=dict)
    asked: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Terms of replace requests not answered yet, by ClOrdID."""
    clordid: str = ""
    orderid: str = ""
    status: str = ""
    stated: int = NULL_TIME
    """When its sender said so."""
    agreed: int = NULL_TIME
    """When the sender of its quantity and price said so."""
    cum: float = 0.0
    """Quantity filled, as last reported, else what its executions sum to."""
    touched: int = 0
    """Day (since 1970) on which a message about it came last."""

    @property
    def open(self) -> bool:
        """Still working, as far as reports tell."""
        return self.status not in fixd.CLOSED

    @property
    def enduring(self) -> bool:
        """Good till cancelled, and working today or again tomorrow."""
        return self.values.get("tif") in fixd.ENDURING and (self.open or self.status == "done")


class Orders:
    """
    Turns messages into rows of `orders`, `fills`, `fixraw` and `dq`, remembering the orders it has seen.

    Args:
        spec: what differs between counterparties.
        checked: messages of a wrong length or checksum make no order or fill; otherwise they are marked only.
        skew_ns: how far ahead of its arrival a message may be stamped before it is marked.
        late_ns: how far a message may be stamped before the newest of its session until it is marked.
    """

    def __init__(
        self,
        spec: Dictionary | None = None,
        *,
        checked: bool = True,
        skew_ns: int = 1_000_000,
        late_ns: int = 1_000_000_000,
    ) -> None:
        self.spec = spec or Dictionary()
        self._checked, self._skew, self._late = checked, skew_ns, late_ns
        self._by_clordid: dict[str, Order] = {}
        self._by_orderid: dict[tuple[str, str], Order] = {}
        self._waiting: dict[str, list[Order]] = {}
        """Children by the name of a parent that has not been seen."""
        self._day = -1
        self._newest: dict[str, int] = {}
        self._shared: dict[tuple[str, str], tuple[str, str, int]] = {}
        """Executions by what is the same in every session, with the session and id under which they came first, and the day."""
        self._alias: dict[tuple[str, str], tuple[str, str, int]] = {}

    @property
    def orphans(self) -> int:
        """Orders reported without ever having been requested, and those whose parent has not been seen."""
        waiting = {id(order) for orders in self._waiting.values() for order in orders}
        return len(waiting | {id(order) for order in self._known() if order.reported and not order.placed})

    def raw(self, raw: bytes, *, time: int, session: str) -> tuple[list[str], Rows]:
        """
        The rows of a message as it came, whatever is wrong with it.

        Returns:
            what is wrong with it, each beginning with the kind of the problem, and rows by table. A message that
            cannot be read, or may not be believed, is a row of `fixraw` and one of `dq`.
        """
        doubt = ""
        try:
            try:
                message = parse(raw)
            except Malformed as error:
                doubt = str(error)
                message = parse(raw, check=False)
                if self._checked:
                    raise
            decoded, rows = self.rows(message, time=time, session=session)
        except Malformed as error:
            return [str(error)], self._unread(raw, str(error), time, session)
        problems = ([doubt] if doubt else []) + decoded.problems
        if doubt:
            row = rows["fixraw"][0]
            rows["fixraw"] = [(*row[:-1], _kind(doubt))]
            rows.setdefault("dq", []).insert(0, _dq(time, row[1], session, row[4], _kind(doubt), "", doubt))
        return problems, rows

    def rows(self, message: Message, *, time: int, session: str) -> tuple[Decoded, Rows]:
        """
        One message's rows by table; a refused row is left out, its problems are in the first result.

        Args:
            message: the message, already verified.
            time: its arrival, ns since 1970.
            session: the session that it came by.

        Raises:
            Malformed: the message cannot be decoded; nothing has been remembered of it.
        """
        decoded = decode(message, self.spec)
        seq = message.seq
        if not (message.raw.isascii() and b"\0" not in message.raw):
            for values in (decoded.values, *decoded.others):
                values |= {name: printable(value) for name, value in values.items() if isinstance(value, str)}
        made: Rows = {}
        marks: list[tuple[str, str, str]] = []
        self._turn(time, made)
        if decoded.table is not None and not decoded.refused:
            for values in (decoded.values, *decoded.others):
                self._add(decoded.table, values, made, marks, time=time, session=session, seq=seq)
        values = decoded.values
        named = values.get("execid") or values.get("refid") or values.get("id", "")
        marks += [(kind, named, text) for kind, text in decoded.marks]
        if decoded.refused:
            # its execution is in no other table, so the row names the order
            of = f" (execution {values['execid']})" if values.get("execid") else ""
            about = self._about(message, session)
            marks += [(_kind(text), about, text + of) for text in decoded.problems]
        else:
            marks += [(_kind(text), named, text) for text in decoded.problems]
        marks += self._timing(values.get("etime", NULL_TIME), time, session, named)
        sym = values.get("sym", "") or printable(message.get(55))
        problem = _kind(decoded.problems[0]) if decoded.problems else ""
        made["fixraw"] = [
            (time, sym, session, decoded.direction, seq, printable(message.msgtype), message.raw, problem)
        ]
        if marks:
            made["dq"] = [_dq(time, sym, session, seq, *mark) for mark in marks]
        return decoded, made

    def _unread(self, raw: bytes, problem: str, time: int, session: str) -> Rows:
        sym, kind, seq, about = "", "", -1, ""
        try:
            message = parse(raw, check=False)
            sym, kind = printable(message.get(55)), printable(message.msgtype)
            about = self._about(message, session)
            seq = message.seq
        except Malformed:
            pass  # the problem that is told is the first one; what can be read is for finding the message again
        word = _kind(problem)
        return {
            "fixraw": [(time, sym, session, "", seq, kind, raw, word)],
            "dq": [_dq(time, sym, session, seq, word, about, problem)],
        }

    def _about(self, message: Message, session: str) -> str:
        """The order that a refused message names: its id if it is known, else what the message calls it; empty if it names none."""
        own, old, orderid = (message.get(tag) for tag in (11, 41, 37))
        named = [self._by_clordid.get(self._scoped(name, session)) for name in (own, old) if name]
        named.append(self._by_orderid.get((session, orderid)))
        known = next((order.id for order in named if order is not None), "")
        return known or printable(self._scoped(own, session) or orderid)

    def _add(
        self,
        table: str,
        values: dict[str, Any],
        made: Rows,
        marks: list[tuple[str, str, str]],
        *,
        time: int,
        session: str,
        seq: int,
    ) -> None:
        values |= {"time": time, "session": session, "seq": seq}
        order = self._resolve(table, values, made, marks)
        order.touched = max(order.touched, time // DAY_NS)
        if table == "fills" and not self._first(values, marks):
            return
        self._note(order, table, values)
        said = values["cum" if table == "fills" else "cumqty"]
        if not math.isnan(said):
            order.cum = said
        elif values.get("kind") == "new":
            order.cum += values["qty"]
        made.setdefault(table, []).append(_COLUMNS[table](values))

    # ---- what outlives a file of the journal

    def forget(self, before: int) -> None:
        """
        Orders of which nothing came since a day (since 1970), as if they had never been. Those that are good till cancelled and work stay, with their
        children, whose fills may be theirs, and every order's parent.
        """
        known = self._known()
        kept = {id(order): order for order in known if order.touched >= before or order.enduring}
        above = {order.id for order in kept.values() if order.enduring}
        kept |= {id(order): order for order in known if order.values.get("parent") in above}
        named = {order.id: order for order in known}
        below = list(kept.values())
        while below:
            parent = named.get(below.pop().values.get("parent", ""))
            if parent is not None and id(parent) not in kept:
                kept[id(parent)] = parent
                below.append(parent)
        self._by_clordid = {name: order for name, order in self._by_clordid.items() if id(order) in kept}
        self._by_orderid = {name: order for name, order in self._by_orderid.items() if id(order) in kept}
        waiting = {name: [o for o in orders if id(o) in kept] for name, orders in self._waiting.items()}
        self._waiting = {name: orders for name, orders in waiting.items() if orders}
        self._shared = {name: place for name, place in self._shared.items() if place[2] >= before}
        self._alias = {name: place for name, place in self._alias.items() if place[2] >= before}

    def state(self) -> dict[str, Any]:
        """All that is remembered, as JSON can hold it, for `restore`."""
        known = self._known()
        at = {id(order): place for place, order in enumerate(known)}
        return {
            "day": self._day,
            "newest": self._newest,
            # their order is that of `carry` rows
            "orders": [vars(order) for order in known],
            "clordids": [(name, at[id(order)]) for name, order in self._by_clordid.items()],
            "orderids": [(*name, at[id(order)]) for name, order in self._by_orderid.items()],
            "waiting": {name: [at[id(order)] for order in orders] for name, orders in self._waiting.items()},
            "shared": [(*name, *place) for name, place in self._shared.items()],
            "alias": [(*name, *place) for name, place in self._alias.items()],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Remember what another did instead of what is remembered here."""
        known = [Order(**values) for values in state["orders"]]
        self._day, self._newest = state["day"], dict(state["newest"])
        self._by_clordid = {name: known[at] for name, at in state["clordids"]}
        self._by_orderid = {(session, name): known[at] for session, name, at in state["orderids"]}
        self._waiting = {name: [known[at] for at in orders] for name, orders in state["waiting"].items()}
        self._shared = {(one, other): tuple(place) for one, other, *place in state["shared"]}
        self._alias = {(one, other): tuple(place) for one, other, *place in state["alias"]}

    def _known(self) -> list[Order]:
        tables = [self._by_clordid.values(), self._by_orderid.values(), *self._waiting.values()]
        return list({id(order): order for orders in tables for order in orders}.values())

    # ---- which order

    def _scoped(self, name: str, session: str) -> str:
        return f"{session}/{name}" if name and self.spec.scope == "session" else name

    def _resolve(self, table: str, values: dict[str, Any], made: Rows, marks: list[tuple[str, str, str]]) -> Order:
        session, event = values["session"], values.get("event", "")
        own, old = self._scoped(values["clordid"], session), self._scoped(values["origclordid"], session)
        if event in _NOT_CHAINED or table == "fills":
            old = old if own not in self._by_clordid and table == "fills" else ""
        orderid = "" if values["orderid"] == "NONE" else values["orderid"]
        order = self._find(own, old, (session, orderid), values, made, marks)
        for name in (own, old):
            if name:
                self._by_clordid[name] = order
        if orderid:
            self._by_orderid[session, orderid] = order
        self._carry(order, table, values)
        self._parent(order, values, made, marks)
        values["order" if table == "fills" else "id"] = order.id
        return order

    def _find(
        self,
        own: str,
        old: str,
        at: tuple[str, str],
        values: dict[str, Any],
        made: Rows,
        marks: list[tuple[str, str, str]],
    ) -> Order:
        day = _day(values)
        known = self._by_clordid.get(own) if own else None
        if values.get("event") == "new" and known is not None and known.placed:
            if known.day == day or (known.open and known.values.get("tif") in fixd.ENDURING):
                marks.append(("duplicate", known.id, f"ClOrdID {values['clordid']} is in use"))
                return known
            return Order(f"{own}@{_date(day)}", at[0], day)
        if values.get("event") == "new" and known is not None and known.id != own:
            first = Order(own, at[0], day)  # reports named it by later names; its request says the first
            self._join(known, first, values, made)
            return first
        by_id = self._by_orderid.get(at) if at[1] else None
        nameless = by_id if by_id is not None and by_id.id == at[1] and own else None
        """Until now only the broker's name for the order was known."""
        before = self._by_clordid.get(old) if old else None
        if before is None and old:
            if known is not None and (known.placed or known.id != own):
                before = known  # a chain whose beginning is known; this name for a part of it is new
            elif known is None and by_id is not nameless:
                before = by_id
            else:
                before = Order(old, at[0], day)
        order = before or known or (by_id if nameless is None else None) or Order(own or at[1], at[0], day)
        for other in (known, nameless):
            if other is not None and other is not order:
                self._join(other, order, values, made)
        return order

    def _join(self, other: Order, order: Order, values: dict[str, Any], made: Rows) -> None:
        """Two orders turned out to be one: `other` is part of `order`."""
        for table in (self._by_clordid, self._by_orderid):
            for key, found in list(table.items()):  # rare, so without an index
                if found is other:
                    table[key] = order  # type: ignore[index]
        newer = other.agreed > order.agreed
        for name, carried in other.values.items():
            if not order.values.get(name) or (newer and name in _AMOUNTS):
                order.values[name] = carried
        if newer:
            order.agreed, order.clordid = other.agreed, other.clordid
        order.asked |= other.asked
        order.placed |= other.placed
        order.reported |= other.reported
        if other.stated >= order.stated:
            order.status, order.stated = other.status, other.stated
        made.setdefault("orders", []).append(self._row(other, "joined", values, origclordid=order.id))

    # ---- what it is known to be

    def _carry(self, order: Order, table: str, values: dict[str, Any]) -> None:
        carried, event = order.values, values.get("event", "")
        if event == "replace":
            order.asked[values["clordid"]] = {name: values[name] for name in (*_TERMS, *_AMOUNTS)}
        elif event == "cancelreject":
            order.asked.pop(values["clordid"], None)
        elif event == "replaced":
            asked = order.asked.pop(values["clordid"], {})
            for name in _TERMS:
                if asked.get(name):
                    carried[name] = asked[name]
            for name in _AMOUNTS:
                if math.isnan(values[name]):
                    values[name] = asked.get(name, math.nan)
        for name in _CARRIED:
            if name not in values or name == "parent" or (table == "fills" and name == "venue"):
                continue
            if values[name] == "":
                values[name] = carried.get(name, "")
            elif not carried.get(name) or event in ("new", "replaced"):
                carried[name] = values[name]

    def _parent(self, order: Order, values: dict[str, Any], made: Rows, marks: list[tuple[str, str, str]]) -> None:
        """The order's parent by its first name; told in a row of its own when earlier rows did not have it."""
        named = values["parent"]
        if named and not order.values.get("parent"):
            above = self._by_clordid.get(self._scoped(named, values["session"])) or self._by_clordid.get(named)
            if above is order:  # an order cannot be its own parent
                named = ""
            elif above is None:
                self._waiting.setdefault(named, []).append(order)
                marks.append(("orphan", order.id, f"parent {named} has not been seen"))
            else:
                named = above.id
            order.values["parent"] = named
            if named and (order.placed or order.reported):
                made.setdefault("orders", []).append(self._row(order, "linked", values))
        values["parent"] = order.values.get("parent", "")
        if values.get("event") == "new":
            for child in self._waiting.pop(values["clordid"], []):
                marks.append(("linked", child.id, f"parent {values['clordid']} has been seen"))
                if order is not child and child.values["parent"] != order.id:
                    child.values["parent"] = order.id
                    made.setdefault("orders", []).append(self._row(child, "linked", values))

    def _note(self, order: Order, table: str, values: dict[str, Any]) -> None:
        event, status = values.get("event", ""), values.get("status", "")
        order.day = order.day or _day(values)
        if event == "new":
            order.placed = True
        elif table == "fills" or event not in fixd.REQUESTS.values():
            order.reported = True
        if event in ("new", "replaced", "restated") and values["etime"] >= order.agreed:
            order.agreed = values["etime"]
            order.clordid = values["clordid"] if event != "restated" else order.clordid
            for name in _AMOUNTS:
                if not math.isnan(values[name]):
                    order.values[name] = values[name]
        refused = event == "reject" and not order.status
        if (refused or (status and event not in ("cancelreject", "reject"))) and values["etime"] >= order.stated:
            order.status, order.stated = status or "rejected", values["etime"]
        order.orderid = values["orderid"] if values["orderid"] not in ("", "NONE") else order.orderid

    def _first(self, values: dict[str, Any], marks: list[tuple[str, str, str]]) -> bool:
        """Whether an execution has not come by another session; one that refers to it is turned to where it came first."""
        session, execid = values["session"], values["execid"]
        known = self._alias.get((session, values["refid"]))
        if known is not None:
            values["session"], values["refid"] = known[:2]
        if values["kind"] != "new" or not (values["orderid"] and values["secexecid"]):
            return True
        day = values["time"] // DAY_NS
        place = self._shared.setdefault((values["orderid"], values["secexecid"]), (session, execid, day))
        if place[0] == session:
            return True
        self._alias[session, execid] = place
        marks.append(("copy", execid, f"execution {place[1]} of session {place[0]} came by this session too"))
        return False

    # ---- time

    def _turn(self, time: int, made: Rows) -> None:
        """With the first message of a day, the orders that still work from the days before."""
        day = time // DAY_NS
        if day <= self._day:
            return
        if self._day >= 0:
            seen: set[int] = set()
            for order in self._by_clordid.values():
                if order.enduring and id(order) not in seen and order.day < day:
                    seen.add(id(order))
                    at = {"time": time, "session": order.session, "seq": -1, "etime": day * DAY_NS}
                    made.setdefault("orders", []).append(self._row(order, "carry", at))
                    order.status = "partial" if order.status == "done" else order.status
        self._day = day

    def _filled(self, order: Order) -> float:
        """Quantity filled so far; of a parent that is not reported itself what its children have."""
        children = {id(other): other for other in self._by_clordid.values() if other.values.get("parent") == order.id}
        return max(order.cum, sum(child.cum for child in children.values()))

    def _timing(self, etime: int, time: int, session: str, named: str) -> list[tuple[str, str, str]]:
        if etime == NULL_TIME:
            return []
        newest = self._newest.get(session, NULL_TIME)
        self._newest[session] = max(newest, etime)
        if etime - time > self._skew:
            return [("skew", named, f"stamped {(etime - time) / 1e6:g} ms after it arrived")]
        if newest != NULL_TIME and newest - etime > self._late:
            return [("late", named, f"stamped {(newest - etime) / 1e9:g} s before an earlier message of its session")]
        return []

    def _row(self, order: Order, event: str, values: dict[str, Any], *, origclordid: str = "") -> Row:
        """A row of `orders` that is no message of its own."""
        nothing = {name: math.nan if kind == "f" else "" for name, kind in TABLES["orders"].items()}
        terms = {name: order.values.get(name, "") for name in _CARRIED}
        if event == "carry":
            terms |= {name: order.values.get(name, math.nan) for name in _AMOUNTS}
            terms["cumqty"] = self._filled(order)
        row = nothing | terms | {name: values[name] for name in ("time", "session", "seq", "etime")}
        row |= {"id": order.id, "event": event, "clordid": order.clordid, "origclordid": origclordid}
        row |= {"orderid": order.orderid}
        return tuple(_COLUMNS["orders"](row))


def _dq(time: int, sym: str, session: str, seq: int, kind: str, named: str, text: str) -> Row:
    return (time, sym, session, seq, kind, named, text.encode("utf-8", "backslashreplace"))


def printable(text: str) -> str:
    """What q can hold as a symbol: valid UTF-8 without NUL; other bytes are written as escapes."""
    if text.isascii() and "\0" not in text:
        return text
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace").replace("\0", "\\x00")


def _kind(problem: str) -> str:
    return problem.split(":", 1)[0]


def _day(values: dict[str, Any]) -> int:
    etime = int(values["etime"])
    return (etime if etime != NULL_TIME else int(values["time"])) // DAY_NS


def _date(day: int) -> str:
    return (dt.date(1970, 1, 1) + dt.timedelta(days=day)).strftime("%Y%m%d")
