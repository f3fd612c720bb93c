"""What the venue says about its phases, of itself and of stocks, as rows of `status`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy.typing as npt

from slipstream.feed.itch.codec import Message

Said = tuple[str, str, str, str]
"""Symbol, venue, state, reason; what is said of the whole market has the venue as its symbol."""

_TRADING = {"T": "continuous", "H": "halted", "P": "halted", "Q": "auction"}
_REASONS = {"H": "halt", "P": "pause", "Q": "quotation", "T": "trading"}
_EVENTS = {
    "O": ("closed", "start of messages"),
    "S": ("continuous", "start of system hours"),
    "Q": ("continuous", "start of market hours"),
    "M": ("continuous", "end of market hours"),
    "E": ("closed", "end of system hours"),
    "C": ("closed", "end of messages"),
}
_CROSSES = {"O": "opening", "C": "closing", "H": "halt", "I": "intraday", "A": "extended"}
_DIRECTIONS = {"B": "buy", "S": "sell", "N": "none", "O": "insufficient", "P": "paused"}


@dataclass
class Heard:
    """What a message brought."""

    rows: list[Said] = field(default_factory=list)
    turned: list[int] = field(default_factory=list)
    """Stocks whose state is another now."""


class Statuses:
    """
    The phases, from messages.

    A stock is `continuous`, `auction` (quotations only), `halted` or `closed`; before anything is said of it its orders count as
    continuous trading. Rows that only note something repeat the state.
    """

    def __init__(self, venue: str) -> None:
        self._venue = venue
        self._market = "closed"
        self._states: dict[int, str] = {}
        self._trading: dict[int, str] = {}
        """What H has said, under an operational halt."""
        self._stopped: set[int] = set()
        """Under an operational halt of this venue."""
        self._imbalance: dict[int, tuple[str, str]] = {}

    def state(self, locate: int) -> str:
        """A stock's, empty while nothing has been said."""
        return self._states.get(locate, "")

    def trades(self, locate: int) -> bool:
        """Whether its touch means something."""
        return self._states.get(locate, "continuous") == "continuous"

    def take(self, message: Message, symbols: npt.NDArray[Any]) -> Heard:
        """What a message says; `symbols` by locate."""
        kind, locate, heard = message.kind, int(message["locate"]), Heard()
        sym = str(symbols[locate])
        if kind == "S":
            self._event(message["event"], symbols, heard)
        elif kind == "H":
            self._trading[locate] = _TRADING.get(message["state"], "halted")
            reason = message["reason"] or _REASONS.get(message["state"], message["state"])
            self._turn(locate, sym, reason, heard)
        elif kind == "h":
            if message["market"] == "Q":
                (self._stopped.add if message["action"] == "H" else self._stopped.discard)(locate)
                self._turn(locate, sym, "operational", heard)
        elif kind == "V":
            self._note(self._venue, self._market, "mwcb levels", heard)
        elif kind == "W":
            self._note(self._venue, "halted", f"mwcb level {message['level']}", heard)
        else:
            reason = self._noted(message, locate)
            if reason:
                self._note(sym, self._states.get(locate, "continuous"), reason, heard)
        return heard

    def _event(self, event: str, symbols: npt.NDArray[Any], heard: Heard) -> None:
        state, reason = _EVENTS.get(event, (self._market, f"event {event}"))
        self._market = state
        self._note(self._venue, state, reason, heard)
        if event == "O":
            self._states.clear()
            self._trading.clear()
            self._stopped.clear()
            self._imbalance.clear()
        elif event == "E":
            for locate, before in self._states.items():
                if before != "closed":
                    self._states[locate] = "closed"
                    self._note(str(symbols[locate]), "closed", reason, heard)
                    heard.turned.append(locate)

    def _turn(self, locate: int, sym: str, reason: str, heard: Heard) -> None:
        state = "halted" if locate in self._stopped else self._trading.get(locate, "continuous")
        if state != self._states.get(locate):
            heard.turned.append(locate)
        self._states[locate] = state
        self._note(sym, state, reason, heard)

    def _noted(self, message: Message, locate: int) -> str:
        """What is worth a row though no phase begins; empty for what is not."""
        kind = message.kind
        if kind == "J":
            return "luld collar"
        if kind == "K":
            return "ipo canceled" if message["qualifier"] == "C" else "ipo release"
        if kind == "O":
            return "direct listing"
        if kind == "Q":
            return f"{_CROSSES.get(message['cross'], message['cross'])} cross"
        if kind == "B":
            return f"broken {message['match']}"
        if kind == "I":
            # some come every second: only another direction is news
            told = (message["cross"], message["direction"])
            if self._imbalance.get(locate) == told:
                return ""
            self._imbalance[locate] = told
            return f"{_CROSSES.get(told[0], told[0])} imbalance {_DIRECTIONS.get(told[1], told[1])}"
        return ""

    def _note(self, sym: str, state: str, reason: str, heard: Heard) -> None:
        heard.rows.append((sym, self._venue, state, reason))
