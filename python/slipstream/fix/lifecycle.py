"""
What messages say together: chains of replaces, parents, and terms carried over to messages that leave them
out.

An order's `id` is the ClOrdID that first named it, whatever it has been replaced by since. Feeding the same
messages gives the same rows, so a restart rebuilds this from the log of raw messages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from slipstream.feed.schema import TABLES, Row
from slipstream.fix.decode import Decoded, decode
from slipstream.fix.dictionary import Dictionary
from slipstream.fix.message import Message

_CARRIED = ("sym", "parent", "side", "algo", "trader", "account", "ordtype", "tif", "broker", "venue")


@dataclass
class _Known:
    """What is known of one order."""

    id: str
    values: dict[str, Any]


class Orders:
    """Turns messages into rows of `orders`, `fills` and `fixraw`, remembering the orders it has seen."""

    def __init__(self, spec: Dictionary | None = None) -> None:
        self.spec = spec or Dictionary()
        self._by_clordid: dict[str, _Known] = {}
        self._by_orderid: dict[str, _Known] = {}

    def rows(self, message: Message, *, time: int, session: str) -> tuple[Decoded, dict[str, Row]]:
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
        rows: dict[str, Row] = {}
        if decoded.table is not None and not decoded.refused:
            values = self._resolve(decoded)
            values |= {"time": time, "session": session, "seq": message.seq}
            rows[decoded.table] = tuple(values[name] for name in TABLES[decoded.table])
        sym = decoded.values.get("sym", "") or message.get(55)
        rows["fixraw"] = (time, sym, session, decoded.direction, message.seq, message.msgtype, message.raw)
        return decoded, rows

    def _resolve(self, decoded: Decoded) -> dict[str, Any]:
        values = decoded.values
        known = self._find(values)
        if known is None:
            known = _Known(values["clordid"] or values["orderid"], {})
        for name in (values["clordid"], values["origclordid"]):
            if name:
                self._by_clordid.setdefault(name, known)
        if values["orderid"] and values["orderid"] != "NONE":
            self._by_orderid.setdefault(values["orderid"], known)
        carried = known.values
        for name in _CARRIED:
            if name not in values or (decoded.table == "fills" and name == "venue"):
                continue
            if values[name] == "":
                values[name] = carried.get(name, "")
            elif not carried.get(name):
                carried[name] = values[name]
        above = self._by_clordid.get(values["parent"])
        if above is not None:  # the parent too may have been named by a later ClOrdID of its chain
            values["parent"] = above.id
        if values["parent"] == known.id:  # an order cannot be its own parent
            values["parent"] = ""
        values["order" if decoded.table == "fills" else "id"] = known.id
        return values

    def _find(self, values: dict[str, Any]) -> _Known | None:
        for table, name in (
            (self._by_clordid, values["clordid"]),
            (self._by_clordid, values["origclordid"]),
            (self._by_orderid, values["orderid"]),
        ):
            if name and name in table:
                return table[name]
        return None
