"""
FIX messages to rows, without state and without side effects.

What a message cannot say by itself (which chain of replaces it belongs to, the parent of an order named
only by its id, the symbol of a cancel reject) is filled in by `slipstream.fix.lifecycle`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from slipstream.fix import dictionary as fixd
from slipstream.fix.dictionary import Dictionary
from slipstream.fix.message import Malformed, Message

CAPTURED = frozenset({"D", "G", "F", "8", "9", "Q", "j", "E", "AB", "AC"})
"""Message types that become rows of `orders` or `fills`; every message becomes one of `fixraw`."""

_DISPLAYED = (1138, 111, 210)
"""DisplayQty (5.0 on), MaxFloor, MaxShow: the first that is there says how much of an order is shown at a time."""
_REQUESTS = {**fixd.REQUESTS, "AB": "new", "AC": "replace"}
_ENTRY = 11
"""The tag that begins an order of a list (35=E); the specification puts it first."""


@dataclass
class Decoded:
    """What one message says."""

    msgtype: str
    direction: str
    """`in` to the broker, `out` from it."""
    table: str | None
    """`orders`, `fills`, or None when the message only goes to `fixraw`."""
    values: dict[str, Any] = field(default_factory=dict)
    """Columns of that table, without time, session and seq."""
    problems: list[str] = field(default_factory=list)
    """Things wrong with a readable message; the row is kept in quarantine instead of its table when
    `refused`."""
    refused: bool = False
    others: list[dict[str, Any]] = field(default_factory=list)
    """Rows of the same table beyond the first: the further orders of a list."""
    marks: list[tuple[str, str]] = field(default_factory=list)
    """What is noteworthy about a message that is as it should be: kind, and in words."""


def decode(message: Message, spec: Dictionary | None = None) -> Decoded:
    """
    One message's row.

    Raises:
        Malformed: a number or time cannot be read, or a field without which there is no row is absent.
    """
    spec = spec or Dictionary()
    kind = message.msgtype
    direction = _direction(message)
    if kind == "3":
        made = Decoded(kind, direction, None)
        made.marks.append(("sessionreject", f"message {message.get(45)} was rejected: {message.get(58)}"))
        return made
    if kind not in CAPTURED or (kind == "j" and not (message.get(379) and message.get(372) in fixd.REQUESTS)):
        return Decoded(kind, direction, None)
    if kind == "8":
        return _execution(message, spec, direction)
    if kind == "Q":
        return _dont_know(message, spec, direction)
    if kind == "E":
        return _list(message, spec, direction)
    if kind == "j":
        return _business_reject(message, spec, direction)
    if not message.get(11):
        raise Malformed(f"absent: 35={kind} without ClOrdID (11)")
    values = _order(message, spec, direction)
    made = Decoded(kind, direction, "orders", values)
    if kind == "9":
        values["event"] = "cancelreject"
        values["status"] = fixd.STATUSES.get(message.get(39), message.get(39))
        values["code"] = _named(fixd.CANCEL_REJECTS, message.get(102))
    else:
        values["event"] = _REQUESTS[kind]
    if kind in ("AB", "AC"):
        values["code"] = "multileg"
        made.marks.append(("multileg", f"order of {message.get(555) or '?'} legs; its legs are in the raw message"))
    return made


def _named(names: Mapping[str, str], code: str) -> str:
    return names.get(code, code)


def _list(message: Message, spec: Dictionary, direction: str) -> Decoded:
    """NewOrderList: a row an order, their parent the list unless they name another."""
    body = [(tag, value) for tag, value in message.fields if tag != 10]
    first = next((at for at, (tag, _) in enumerate(body) if tag == _ENTRY), len(body))
    common = dict(reversed(body[:first]))
    entries = message.groups(_ENTRY, frozenset({10}))
    made = Decoded("E", direction, "orders")
    if not entries or str(len(entries)) != message.get(73):
        raise Malformed(f"form: a list of {message.get(73) or '?'} orders holds {len(entries)}")
    made.marks.append(("list", f"list {message.get(66)} of {len(entries)} orders"))
    for entry in entries:
        values = _order(Message(message.raw, tuple(entry.items()), common | entry), spec, direction)
        made.others.append(values | {"event": "new", "code": "list"})
    made.values = made.others.pop(0)
    return made


def _business_reject(message: Message, spec: Dictionary, direction: str) -> Decoded:
    """A request that was refused before it became an order event."""
    values = _order(message, spec, direction)
    asked = message.get(372)
    values |= {"clordid": message.get(379), "id": message.get(379), "code": message.get(380)}
    values |= {"event": "reject" if asked == "D" else "cancelreject", "status": "rejected" if asked == "D" else ""}
    return Decoded("j", direction, "orders", values)


def _dont_know(message: Message, spec: Dictionary, direction: str) -> Decoded:
    """The client says that an execution is none of its own: the fill that it names no longer counts."""
    order = _order(message, spec, direction)
    made = _fill(message, spec, direction, "dk", order)
    made.values |= {"execid": "", "refid": message.get(17), "leaves": math.nan, "cum": math.nan, "avgpx": math.nan}
    reason = _named(fixd.DONT_KNOWS, message.get(127))
    made.marks.append(("dk", f"execution {message.get(17)} is not known to the client: {reason}"))
    return made


def _execution(message: Message, spec: Dictionary, direction: str) -> Decoded:
    values = _order(message, spec, direction)
    what = execution_kind(message)
    if what in ("new", "bust", "correct"):
        leg = what == "new" and message.get(442) == fixd.LEG
        made = _fill(message, spec, direction, "leg" if leg else what, values)
        if leg:
            made.marks.append(("multileg", f"execution {message.get(17)} is of one leg"))
        return made
    values["event"] = what
    if what == "reject":
        values["code"] = _named(fixd.ORDER_REJECTS, message.get(103))
    elif message.get(378):
        values["code"] = _named(fixd.RESTATEMENTS, message.get(378))
    return Decoded("8", direction, "orders", values)


def execution_kind(message: Message) -> str:
    """
    `new`, `bust` or `correct` for an execution, otherwise the order event's name.

    FIX 4.0 to 4.2 say it by ExecTransType (20), and a bust there keeps the ExecType of the fill it cancels;
    later versions by ExecType (150) alone.
    """
    exec_type, transaction = message.get(150), message.get(20)
    old = message.version in ("FIX.4.0", "FIX.4.1", "FIX.4.2")
    if old:
        if transaction == "1":
            return "bust"
        if transaction == "2":
            return "correct"
        if transaction == "3":
            return "status"
        if not exec_type:  # 4.0 has no ExecType
            exec_type = message.get(39)
    if exec_type == "F" or (exec_type in ("1", "2") and (old or message.number(32) > 0)):
        return "new"
    if exec_type == "H":
        return "bust"
    if exec_type == "G":
        return "correct"
    if not exec_type:
        raise Malformed("absent: 35=8 without ExecType (150)")
    return fixd.EVENTS.get(exec_type, exec_type.lower())


def _fill(message: Message, spec: Dictionary, direction: str, what: str, order: dict[str, Any]) -> Decoded:
    execid, refid = message.get(17), message.get(19)
    if not execid:
        raise Malformed("absent: an execution without ExecID (17)")
    qty, price = message.number(32), message.number(31)
    made = Decoded(
        "8",
        direction,
        "fills",
        {
            "sym": order["sym"],
            "execid": execid,
            "refid": refid,
            "kind": what,
            "order": order["id"],
            "parent": order["parent"],
            "side": order["side"],
            "qty": qty,
            "price": price,
            "venue": message.get(30) or message.get(207),
            "liquidity": _liquidity(message),
            "fee": _fee(message, qty, price),
            "leaves": message.number(151),
            "cum": message.number(14),
            "avgpx": message.number(6),
            "broker": order["broker"],
            "etime": order["etime"],
            "clordid": order["clordid"],
            "orderid": order["orderid"],
            "secexecid": message.get(527),
            # not columns of fills; the lifecycle uses them
            "origclordid": order["origclordid"],
            "status": order["status"],
        },
    )
    if what in ("new", "leg") and not qty > 0:
        made.problems.append(f"quantity: a fill with LastQty {message.get(32)!r}")
        made.refused = True
    if what in ("new", "leg") and not price > 0 and not (message.get(442) and price == price):
        made.problems.append(f"price: a fill with LastPx {message.get(31)!r}")
        made.refused = True
    if what in ("bust", "correct") and not refid:
        made.problems.append(f"reference: a {what} without ExecRefID (19)")
        made.refused = True
    return made


def _order(message: Message, spec: Dictionary, direction: str) -> dict[str, Any]:
    first = message.first.get
    sender_is_client = direction == "in"
    parties = message.groups(448)
    traders = [p[448] for role in fixd.ROLE_TRADERS for p in parties if p.get(452) == role]
    brokers = [p[448] for p in parties if p.get(452) == fixd.ROLE_BROKER]
    side = first(54, "")
    status = first(39, "")
    strategy = first(847, "")
    etime = message.moment(60) if 60 in message else message.moment(52)
    return {
        "sym": first(55, ""),
        "id": first(11, "") or first(37, ""),
        "parent": next((first(tag, "") for tag in spec.parent_tags if first(tag, "")), "")
        or (spec.parents or {}).get(first(11, ""), ""),
        "side": "buy" if side in fixd.BUY else "sell" if side in fixd.SELL else "",
        "qty": message.number(38),
        "price": message.number(44),
        "ordtype": fixd.ORDER_TYPES.get(first(40, ""), first(40, "")),
        "tif": fixd.TIMES_IN_FORCE.get(first(59, ""), first(59, "")),
        "algo": spec.strategy(strategy) if strategy else first(fixd.STRATEGY_NAME, ""),
        "broker": (brokers or [first(76, "") or _broker(message, sender_is_client) or spec.broker])[0],
        "trader": (traders or [first(50 if sender_is_client else 57, "")])[0],
        "account": first(1, ""),
        "venue": first(100, "") or first(207, ""),
        "status": fixd.STATUSES.get(status, status),
        "clordid": first(11, ""),
        "origclordid": first(41, ""),
        "orderid": first(37, ""),
        "etime": etime,
        "cumqty": message.number(14),
        "leavesqty": message.number(151),
        "code": "",
        "displayqty": next((message.number(tag) for tag in _DISPLAYED if message.get(tag)), math.nan),
    }


def _liquidity(message: Message) -> str:
    """LastLiquidityInd (851); without it AggressorIndicator (1057) of 5.0SP2."""
    if 851 in message:
        return _named(fixd.LIQUIDITY, message.get(851))
    return {"Y": "taker", "N": "maker"}.get(message.get(1057), "")


def _direction(message: Message) -> str:
    """
    Which way the message went. A drop copy names the client as OnBehalfOfCompID (115) when the client sent
    the original and as DeliverToCompID (128) when it was sent to it; without either the message type tells.
    """
    if 115 in message:
        return "in"
    if 128 in message:
        return "out"
    return "out" if message.msgtype in ("8", "9", "j") else "in"


def _broker(message: Message, sender_is_client: bool) -> str:
    if 115 in message or 128 in message:
        return message.get(49)  # the drop copy comes from the broker
    return message.get(56 if sender_is_client else 49)


def _fee(message: Message, qty: float, price: float) -> float:
    """Commission (12, by its type 13) and miscellaneous fees (137) in the order's currency; 0 when none is
    stated."""
    total = 0.0
    if 12 in message:
        amount, how = message.number(12), message.get(13, "3")
        total += amount * qty if how == "1" else amount / 100 * qty * price if how == "2" else amount
    for entry in message.groups(137):
        try:
            total += float(entry[137])
        except ValueError:
            raise Malformed(f"number: tag 137 is {entry[137]!r}") from None
    return total
