"""
FIX messages to rows, without state and without side effects.

What a message cannot say by itself (which chain of replaces it belongs to, the parent of an order named
only by its id, the symbol of a cancel reject) is filled in by `slipstream.fix.lifecycle`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from slipstream.fix import dictionary as fixd
from slipstream.fix.dictionary import Dictionary
from slipstream.fix.message import Malformed, Message

CAPTURED = frozenset("DGF89")
"""Message types that become rows of `orders` or `fills`; every message becomes one of `fixraw`."""


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


def decode(message: Message, spec: Dictionary | None = None) -> Decoded:
    """
    One message's row.

    Raises:
        Malformed: a number or time cannot be read, or a field without which there is no row is absent.
    """
    spec = spec or Dictionary()
    kind = message.msgtype
    direction = _direction(message)
    if kind not in CAPTURED:
        return Decoded(kind, direction, None)
    if kind == "8":
        return _execution(message, spec, direction)
    if not message.get(11):
        raise Malformed(f"absent: 35={kind} without ClOrdID (11)")
    values = _order(message, spec, direction)
    if kind == "9":
        values["event"] = "cancelreject"
        values["status"] = fixd.STATUSES.get(message.get(39), message.get(39))
    else:
        values["event"] = fixd.REQUESTS[kind]
    return Decoded(kind, direction, "orders", values)


def _execution(message: Message, spec: Dictionary, direction: str) -> Decoded:
    values = _order(message, spec, direction)
    what = execution_kind(message)
    if what in ("new", "bust", "correct"):
        return _fill(message, spec, direction, what, values)
    values["event"] = what
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
            "liquidity": fixd.LIQUIDITY.get(message.get(851), message.get(851)),
            "fee": _fee(message, qty, price),
            "leaves": message.number(151),
            "cum": message.number(14),
            "avgpx": message.number(6),
            "broker": order["broker"],
            "etime": order["etime"],
            # not columns of fills; the lifecycle uses them
            "clordid": order["clordid"],
            "origclordid": order["origclordid"],
            "orderid": order["orderid"],
        },
    )
    if what == "new" and not qty > 0:
        made.problems.append(f"quantity: a fill with LastQty {message.get(32)!r}")
        made.refused = True
    if what == "new" and not price > 0:
        made.problems.append(f"price: a fill with LastPx {message.get(31)!r}")
        made.refused = True
    if what != "new" and not refid:
        made.problems.append(f"reference: a {what} without ExecRefID (19)")
        made.refused = True
    return made


def _order(message: Message, spec: Dictionary, direction: str) -> dict[str, Any]:
    sender_is_client = direction == "in"
    parties = message.groups(448)
    traders = [p[448] for role in fixd.ROLE_TRADERS for p in parties if p.get(452) == role]
    brokers = [p[448] for p in parties if p.get(452) == fixd.ROLE_BROKER]
    side = message.get(54)
    status = message.get(39)
    strategy = message.get(847)
    etime = message.moment(60) if 60 in message else message.moment(52)
    return {
        "sym": message.get(55),
        "id": message.get(11) or message.get(37),
        "parent": next((message.get(tag) for tag in spec.parent_tags if message.get(tag)), ""),
        "side": "buy" if side in fixd.BUY else "sell" if side in fixd.SELL else "",
        "qty": message.number(38),
        "price": message.number(44),
        "ordtype": fixd.ORDER_TYPES.get(message.get(40), message.get(40)),
        "tif": fixd.TIMES_IN_FORCE.get(message.get(59), message.get(59)),
        "algo": spec.strategy(strategy) if strategy else message.get(fixd.STRATEGY_NAME),
        "broker": (brokers or [message.get(76) or _broker(message, sender_is_client) or spec.broker])[0],
        "trader": (traders or [message.get(50 if sender_is_client else 57)])[0],
        "account": message.get(1),
        "venue": message.get(100) or message.get(207),
        "status": fixd.STATUSES.get(status, status),
        "clordid": message.get(11),
        "origclordid": message.get(41),
        "orderid": message.get(37),
        "etime": etime,
    }


def _direction(message: Message) -> str:
    """
    Which way the message went. A drop copy names the client as OnBehalfOfCompID (115) when the client sent
    the original and as DeliverToCompID (128) when it was sent to it; without either the message type tells.
    """
    if 115 in message:
        return "in"
    if 128 in message:
        return "out"
    return "out" if message.msgtype in ("8", "9") else "in"


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
