"""Which tag becomes which column, and what the codes mean, for FIX 4.2 and 4.4 (and 5.0SP2 where the tags
are the same)."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from slipstream.errors import FixError

BUY = frozenset("13")
SELL = frozenset("2456")

ORDER_TYPES: Mapping[str, str] = {
    "1": "market",
    "2": "limit",
    "3": "stop",
    "4": "stoplimit",
    "5": "marketonclose",
    "6": "withorwithout",
    "7": "limitorbetter",
    "8": "limitwithorwithout",
    "9": "onbasis",
    "A": "onclose",
    "B": "limitonclose",
    "D": "previouslyquoted",
    "J": "marketiftouched",
    "K": "markettolimit",
    "P": "pegged",
}

TIMES_IN_FORCE: Mapping[str, str] = {
    "0": "day",
    "1": "gtc",
    "2": "opening",
    "3": "ioc",
    "4": "fok",
    "5": "gtx",
    "6": "gtd",
    "7": "close",
}

STATUSES: Mapping[str, str] = {
    "0": "new",
    "1": "partial",
    "2": "filled",
    "3": "done",
    "4": "canceled",
    "5": "replaced",
    "6": "pendingcancel",
    "7": "stopped",
    "8": "rejected",
    "9": "suspended",
    "A": "pendingnew",
    "B": "calculated",
    "C": "expired",
    "D": "accepted",
    "E": "pendingreplace",
}

REQUESTS: Mapping[str, str] = {"D": "new", "G": "replace", "F": "cancel"}
"""Message type of a request to its event."""

EVENTS: Mapping[str, str] = {
    "0": "ack",
    "3": "done",
    "4": "canceled",
    "5": "replaced",
    "6": "pendingcancel",
    "7": "stopped",
    "8": "reject",
    "9": "suspended",
    "A": "pendingnew",
    "B": "calculated",
    "C": "expired",
    "D": "restated",
    "E": "pendingreplace",
    "I": "status",
}
"""ExecType (150) of an execution report that is not a fill, to its event."""

LIQUIDITY: Mapping[str, str] = {"0": "none", "1": "maker", "2": "taker", "3": "routed", "4": "auction"}
"""LastLiquidityInd (851)."""

LEG = "2"
"""MultiLegReportingType (442) of a report on one leg; the report on the whole order is another one."""

ORDER_REJECTS: Mapping[str, str] = {
    "0": "broker",
    "1": "unknownsymbol",
    "2": "closed",
    "3": "exceedslimit",
    "4": "toolate",
    "5": "unknownorder",
    "6": "duplicate",
    "7": "duplicateverbal",
    "8": "stale",
    "11": "unsupported",
    "13": "quantity",
    "15": "unknownaccount",
    "99": "other",
}
"""OrdRejReason (103)."""

CANCEL_REJECTS: Mapping[str, str] = {
    "0": "toolate",
    "1": "unknownorder",
    "2": "broker",
    "3": "pending",
    "5": "origordmodtime",
    "6": "duplicate",
    "99": "other",
}
"""CxlRejReason (102)."""

RESTATEMENTS: Mapping[str, str] = {
    "0": "gtcorporate",
    "1": "gtrenewal",
    "2": "verbal",
    "3": "repricing",
    "4": "brokeroption",
    "5": "partialdecline",
    "6": "cancelontradinghalt",
    "7": "cancelonsystemfailure",
    "8": "market",
    "9": "notbooked",
    "10": "warehouse",
    "99": "other",
}
"""ExecRestatementReason (378)."""

DONT_KNOWS: Mapping[str, str] = {
    "A": "unknownsymbol",
    "B": "wrongside",
    "C": "exceedsqty",
    "D": "nomatch",
    "E": "exceedslimit",
    "F": "calculation",
    "Z": "other",
}
"""DKReason (127)."""

CLOSED = frozenset({"filled", "done", "canceled", "rejected", "expired"})
"""Statuses in which an order works no more."""

ENDURING = frozenset({"gtc", "gtd"})
"""Times in force that outlive the day."""

STRATEGIES: Mapping[str, str] = {
    "1": "vwap",
    "2": "pov",
    "3": "minimpact",
    "1000": "twap",
    "1001": "passive",
    "1002": "iceberg",
}
"""TargetStrategy (847); 1000 and above are agreed between the parties, these are ours."""

ROLE_BROKER = "1"
ROLE_TRADERS = ("12", "11")
"""PartyRole (452): executing firm; executing trader, order origination trader."""

STRATEGY_NAME = 5002
"""Our own tag for the algo's name, for versions without 847."""
CUSTOM_PARENT = 5001
"""Our own tag for the parent's ClOrdID."""


@dataclass(frozen=True)
class Dictionary:
    """What differs between counterparties."""

    parent_tags: tuple[int, ...] = (583, 526, CUSTOM_PARENT, 2887, 66)
    """Tags that may link a child to its parent, the first present one wins: ClOrdLinkID, SecondaryClOrdID,
    our own, RelatedOrderID, ListID."""
    parents: Mapping[str, str] | None = None
    """The OMS's own knowledge: ClOrdID of a child to that of its parent, for orders that no tag links."""
    scope: Literal["all", "session"] = "all"
    """Where a ClOrdID names one order: in all sessions, or in its own alone (ids then begin with the session's
    name)."""
    strategies: Mapping[str, str] | None = None
    """Names of TargetStrategy codes beside the standard ones."""
    broker: str = ""
    """The broker's name when messages do not tell."""

    def strategy(self, code: str) -> str:
        """The algo's name; an unknown code stands for itself."""
        return (self.strategies or {}).get(code) or STRATEGIES.get(code, code)


def data_dictionary(version: str = "FIX44") -> Path:
    """QuickFIX's own specification file for a version, as its wheel installs it."""
    name = f"{version}.xml"
    near = Path(sys.prefix) / "share" / "quickfix" / name
    if near.is_file():
        return near
    for file in metadata.files("quickfix") or []:
        if file.name == name:
            found = Path(str(file.locate())).resolve()
            if found.is_file():
                return found
    raise FixError(f"{name}: the installed quickfix package brings no such specification (looked in {near.parent})")


def agreed_dictionary(folder: Path, version: str = "FIX44") -> Path:
    """The specification with the values of TargetStrategy (847) that the simulated EMS and broker have agreed on, written to a folder."""
    text = data_dictionary(version).read_text(encoding="utf-8")
    ours = "".join(
        f"<value enum='{code}' description='{name.upper()}' />"
        for code, name in STRATEGIES.items()
        if int(code) >= 1000
    )
    made = re.sub(r"(<field number=['\"]847['\"][^>]*>)", rf"\1{ours}", text)
    file = folder / f"{version}.xml"
    if not file.exists() or file.read_text(encoding="utf-8") != made:
        new = file.with_suffix(".new")
        new.write_text(made, encoding="utf-8")
        new.replace(file)
    return file
