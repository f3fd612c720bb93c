"""
Rows out of messages: the one parser of files, MoldUDP64 and SoupBinTCP.

Orders, trades and touches are `slipstream_native`'s; what is said of stocks and of the market is rare, and read here in its turn.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from slipstream.errors import FeedError
from slipstream.feed import base
from slipstream.feed.base import Quarantine
from slipstream.feed.itch.codec import Ints, Message, decode, problem
from slipstream.feed.itch.status import Statuses
from slipstream.feed.schema import DAY_NS, Columns, Row, columns
from slipstream.feed.vector import Chunk
from slipstream_native import Itch

_ACTIONS = np.array(["add", "fill", "modify", "delete"], dtype=object)
_SIDES = np.array(["buy", "sell", ""], dtype=object)
# by the letter of a cross; behind the letters trades of the book and hidden ones
_CONDS = np.array([*(chr(code).lower().rstrip(" ") for code in range(256)), "", "hidden"], dtype=object)
for _letter, _cond in {"O": "open", "C": "close", "H": "halt", "I": "intraday", "A": "extended"}.items():
    _CONDS[ord(_letter)] = _cond
_BOOK = frozenset(("unknown", "beyond", "duplicate", "empty", "overflow"))
"""Kinds of refusals that are counted for themselves."""


@dataclass
class Burst:
    """Messages that came together."""

    data: bytes
    offsets: Ints
    """Where each begins in `data`."""
    sizes: Ints
    """Bytes of each."""
    seqs: Ints
    """The venue's number of each; in a file its place."""
    received: Ints | None = None
    """When each came, ns since 1970; None takes the venue's stamps."""


@dataclass
class Refusals:
    """What orders' messages were refused, the book being left as it was."""

    unknown: int = 0
    """Of an order that is not in the book."""
    beyond: int = 0
    """Executed or cancelled more than was left."""
    duplicate: int = 0
    """An order's reference came again."""
    empty: int = 0
    """No shares."""
    overflow: int = 0
    """More orders than may be kept."""


@dataclass
class Counters(base.Counters):
    """As of any source, and what is peculiar to this."""

    kinds: dict[str, int] = field(default_factory=dict)
    """Good messages by type."""
    foreign: int = 0
    """Messages of an order that name another stock than the order's."""
    book: Refusals = field(default_factory=Refusals)


def midnight(day: dt.date, zone: str) -> int:
    """Beginning of a day in a time zone, ns since 1970; stamps count from it, whatever clocks do that day."""
    return round(dt.datetime.combine(day, dt.time(), ZoneInfo(zone)).timestamp()) * 1_000_000_000


class Parser:
    """
    Args:
        day: of the session, in the venue's zone.
        zone: the venue's.
        venue: as rows name it.
        conflate_ns: a stock's touch at most once in each interval of so many ns of the venue's time: its last; 0 publishes every change.
        max_orders: what may be in the book at a time; further ones are refused (some fifty bytes each).
        depth: whether to make rows of `depth`, one for each level that a message changes.
    """

    def __init__(
        self,
        day: dt.date,
        *,
        zone: str = "America/New_York",
        venue: str = "XNAS",
        conflate_ns: int = 0,
        max_orders: int = 4_000_000,
        depth: bool = False,
        quarantine: Quarantine | None = None,
        source: str = "itch",
    ) -> None:
        self.counters = Counters()
        self.quarantine = quarantine or Quarantine()
        self.source = source
        self.day = day
        self.symbols = np.full(1 << 16, "", dtype=object)
        """By locate."""
        self.book = Itch(midnight(day, zone), conflate_ns, max_orders, depth=depth)
        """Orders, levels and touches; changes with `take` only."""
        self._known: set[int] = set()
        self._names: dict[str, int] = {}
        self._words = np.full(1 << 10, "", dtype=object)
        """Symbols by their numbers; what has been published keeps its symbol when a stock is renamed."""
        self.venue = venue
        self._statuses = Statuses(venue)

    def take(self, burst: Burst) -> Chunk:
        """When good messages came, and the rows that they make."""
        book, counters, data = self.book, self.counters, burst.data
        counters.messages += len(burst.offsets)
        said: list[Row] = []
        book.begin(data, burst.offsets, burst.sizes, burst.seqs, burst.received)
        while (at := book.advance()) is not None:
            begin = int(burst.offsets[at])
            self._other(decode(data[begin : begin + int(burst.sizes[at])]), said)
        raw, kinds, late, refused, orders, trades, quotes, depth = book.finish()
        counters.late += late
        counters.crossed = book.crossings
        for code, number in kinds:
            counters.kinds[chr(code)] = counters.kinds.get(chr(code), 0) + number
        for at, kind, reason in refused:
            self._refuse(burst, at, kind, reason)
        found: dict[str, Columns] = {}
        if orders is not None:
            found["mbo"] = self._orders(orders)
        if trades is not None:
            found["trade"] = self._trades(trades)
        if quotes is not None:
            found["quote"] = self._quotes(quotes)
        if depth is not None:
            found["depth"] = self._depth(depth)
        times = _column(raw, np.int64)
        if said:
            found["status"] = columns("status", said)
        if quotes is not None:
            told = int(found["quote"]["time"].view(np.int64)[0])
            if told // DAY_NS < times[0] // DAY_NS:
                # touches of yesterday that waited make a stretch of their own
                times = np.concatenate([[told], times])
        return Chunk(times, found)

    def finish(self) -> Chunk:
        """Touches that wait for their interval to end."""
        quotes = self.book.flush()
        if quotes is None:
            return Chunk(np.empty(0, dtype=np.int64), {})
        found = self._quotes(quotes)
        return Chunk(found["time"].view(np.int64), {"quote": found})

    def state(self, symbol: str) -> str:
        """A stock's phase, as in `status` rows; empty while nothing has been said of it."""
        return self._statuses.state(self.locate(symbol))

    def locate(self, symbol: str) -> int:
        """The number of a stock. Raises FeedError when it has not been named."""
        found = np.flatnonzero(self.symbols == symbol)
        if not len(found):
            raise FeedError(f"itch: no stock {symbol} has been named")
        return int(found[0])

    def damaged(self, position: int, reason: str, data: bytes) -> None:
        """Count and keep bytes that are no message."""
        self.counters.messages += 1
        self.counters.undecodable += 1
        self.quarantine.add(self.source, position, reason, data)

    # ---- steps of `take`

    def _refuse(self, burst: Burst, at: int, kind: str, reason: str) -> None:
        """Count and keep a message. What is of another stock than its order was taken all the same, for the order is known."""
        counters, start = self.counters, int(burst.offsets[at])
        data = burst.data[start : start + int(burst.sizes[at])]
        if kind == "foreign":
            counters.foreign += 1
        else:
            counters.undecodable += 1
        if kind in _BOOK:
            setattr(counters.book, kind, getattr(counters.book, kind) + 1)
        self.quarantine.add(self.source, int(burst.seqs[at]), reason or problem(data), data)

    def _name(self, locate: int, symbol: str) -> None:
        name = self._names.setdefault(symbol, len(self._names))
        if name >= len(self._words):
            self._words = np.concatenate([self._words, np.full(len(self._words), "", dtype=object)])
        self._words[name] = self.symbols[locate] = symbol
        self._known.add(locate)
        self.book.know(locate, name)

    def _other(self, message: Message, said: list[Row]) -> None:
        """A message that is neither of an order nor a hidden trade; or the first of a stock, which is taken after this."""
        kind, locate, fields = message.kind, int(message["locate"]), message.fields
        if kind in "AFPQ" and locate not in self._known:
            self._name(locate, message["stock"])
            return
        if kind == "S" and message["event"] == "O":
            self.book.clear()
        if kind == "R" or ("stock" in fields and locate not in self._known):
            self._name(locate, message["stock"])
        heard = self._statuses.take(message, self.symbols)
        if heard.rows:
            time, etime, seq = self.book.moment
            said += [(time, *each, etime, seq) for each in heard.rows]
        elif kind not in "QR":
            self.counters.ignored += 1
        for turned in heard.turned:
            self.book.turn(turned, not self._statuses.trades(turned))

    def _orders(self, made: tuple[bytes, ...]) -> Columns:
        times, names, actions, oids, sides, prices, sizes, etimes, seqs = made
        return {
            "time": _column(times, "M8[ns]"),
            "sym": self._words[_column(names, np.uint32)],
            "venue": self._named(len(actions)),
            "action": _ACTIONS[_column(actions, np.uint8)],
            "oid": _column(oids, np.int64),
            "side": _SIDES[_column(sides, np.uint8)],
            "price": _column(prices, np.float64),
            "size": _column(sizes, np.float64),
            "etime": _column(etimes, "M8[ns]"),
            "seq": _column(seqs, np.int64),
        }

    def _trades(self, made: tuple[bytes, ...]) -> Columns:
        times, names, prices, sizes, sides, conds, etimes, seqs = made
        return {
            "time": _column(times, "M8[ns]"),
            "sym": self._words[_column(names, np.uint32)],
            "venue": self._named(len(sides)),
            "price": _column(prices, np.float64),
            "size": _column(sizes, np.float64),
            "side": _SIDES[_column(sides, np.uint8)],
            "cond": _CONDS[_column(conds, np.uint16)],
            "etime": _column(etimes, "M8[ns]"),
            "seq": _column(seqs, np.int64),
        }

    def _quotes(self, made: tuple[bytes, ...]) -> Columns:
        times, names, bids, asks, bsizes, asizes, etimes, seqs = made
        return {
            "time": _column(times, "M8[ns]"),
            "sym": self._words[_column(names, np.uint32)],
            "venue": self._named(len(times) // 8),
            "bid": _column(bids, np.float64),
            "ask": _column(asks, np.float64),
            "bsize": _column(bsizes, np.float64),
            "asize": _column(asizes, np.float64),
            "etime": _column(etimes, "M8[ns]"),
            "seq": _column(seqs, np.int64),
        }

    def _depth(self, made: tuple[bytes, ...]) -> Columns:
        times, names, sides, prices, sizes, etimes, seqs = made
        return {
            "time": _column(times, "M8[ns]"),
            "sym": self._words[_column(names, np.uint32)],
            "venue": self._named(len(sides)),
            "side": _SIDES[_column(sides, np.uint8)],
            "price": _column(prices, np.float64),
            "size": _column(sizes, np.float64),
            "etime": _column(etimes, "M8[ns]"),
            "seq": _column(seqs, np.int64),
        }

    def _named(self, count: int) -> npt.NDArray[Any]:
        return np.full(count, self.venue, dtype=object)


def _column(raw: bytes, kind: npt.DTypeLike) -> npt.NDArray[Any]:
    return np.frombuffer(raw, dtype=kind)


__all__ = ["Burst", "Counters", "Parser", "midnight"]
