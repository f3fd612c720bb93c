"""
Rows out of messages: the one parser of files, MoldUDP64 and SoupBinTCP.

Bytes come in bursts. What many messages share is done for all of them at once; orders go through the book one after another. A burst
of a few messages is read by `struct`, a larger one by numpy, with the same result.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from slipstream.errors import FeedError
from slipstream.feed import base
from slipstream.feed.base import Quarantine
from slipstream.feed.itch import book as levels
from slipstream.feed.itch.book import NONE, TOP, Book, Changes
from slipstream.feed.itch.codec import (
    LAYOUTS,
    MARKET_PRICE,
    SIZES,
    STAMP_END,
    Bytes,
    Ints,
    Message,
    column,
    decode,
    numbers,
    price,
    problem,
    stamps,
)
from slipstream.feed.itch.status import Statuses
from slipstream.feed.itch.touches import Touches
from slipstream.feed.schema import DAY_NS, Columns, Row, columns
from slipstream.feed.vector import Chunk, InOrder, ordered

SMALL = 48
"""Bursts of fewer messages are read one by one."""
_ORDERS = "AFECXDU"
_IS_ORDER = np.zeros(256, dtype=bool)
_IS_ORDER[list(f"{_ORDERS}c".encode())] = True
_BUY, _SELL = b"BS"
_ACTIONS = np.full(256, "", dtype=object)
for _codes, _action in (("AFU", "add"), ("ECc", "fill"), ("X", "modify"), ("D", "delete")):
    _ACTIONS[list(_codes.encode())] = _action
_SIDES = np.array(["buy", "sell"], dtype=object)
CROSSES = {"O": "open", "C": "close", "H": "halt", "I": "intraday", "A": "extended"}


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
class Counters(base.Counters):
    """As of any source, and what is peculiar to this."""

    kinds: dict[str, int] = field(default_factory=dict)
    """Good messages by type."""
    foreign: int = 0
    """Messages of an order that name another stock than the order's."""
    book: levels.Counters = field(default_factory=levels.Counters)


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
        max_orders: see `Book`.
        small: see `SMALL`.
    """

    def __init__(
        self,
        day: dt.date,
        *,
        zone: str = "America/New_York",
        venue: str = "XNAS",
        conflate_ns: int = 0,
        max_orders: int = 4_000_000,
        quarantine: Quarantine | None = None,
        source: str = "itch",
        small: int = SMALL,
    ) -> None:
        self.book = Book(max_orders=max_orders)
        self.counters = Counters(book=self.book.counters)
        self.quarantine = quarantine or Quarantine()
        self.source = source
        self.day = day
        self.symbols = np.full(1 << 16, "", dtype=object)
        """By locate."""
        self._known = np.zeros(1 << 16, dtype=bool)
        self._midnight, self._venue, self._small = midnight(day, zone), venue, small
        self._statuses = Statuses(venue)
        self._touches = Touches(conflate_ns, self.counters)
        self._in_order = InOrder(self.counters)

    def take(self, burst: Burst) -> Chunk:
        """When good messages came, and the rows that they make."""
        counters = self.counters
        counters.messages += len(burst.offsets)
        burst, kinds, at = self._good(burst)
        if not len(burst.offsets):
            return Chunk(at, {})
        for code, number in enumerate(np.bincount(kinds).tolist()):
            if number:
                counters.kinds[chr(code)] = counters.kinds.get(chr(code), 0) + number
        etimes = at + self._midnight
        times = self._in_order(etimes if burst.received is None else burst.received)
        self._learn(burst, kinds)
        made = bytearray(kinds.tobytes())
        few = len(made) < self._small
        fields = (_one_by_one if few else _at_once)(burst, made)
        if 0 in made:
            for i in [i for i, kind in enumerate(made) if not kind]:
                self._refuse(burst, i, "side: neither B nor S")
        extra: dict[str, list[tuple[int, tuple[Any, ...]]]] = {"trade": [], "status": []}
        data, starts = burst.data, burst.offsets

        def other(i: int, changes: Changes) -> None:
            begin = int(starts[i])
            self._other(i, decode(data[begin : begin + int(SIZES[data[begin]])]), changes, extra)

        changes = self.book.apply(
            made, fields.refs.tolist(), fields.others, fields.sizes.tolist(), fields.values.tolist(), other
        )
        for i, reason in changes.refused:
            self._refuse(burst, i, reason)
        rows = _Rows(
            np.frombuffer(made, dtype=np.uint8),
            np.array(changes.keys, dtype=np.int64),
            np.array(changes.sizes, dtype=np.int64).astype(np.float64),
            changes,
            fields,
            times,
            etimes,
            burst.seqs,
        )
        self._foreign(burst, kinds, rows)
        found = {
            "mbo": self._mbo(rows),
            "trade": self._trades(rows, extra["trade"]),
            "quote": self._quote_columns(self._touches.take(changes, times, etimes, burst.seqs)),
            "status": self._extra("status", extra["status"], rows),
        }
        told = found["quote"]["time"].view(np.int64)
        if len(told) and told[0] // DAY_NS < times[0] // DAY_NS:
            # touches of yesterday that waited make a stretch of their own
            times = np.concatenate([told[:1], times])
        return Chunk(times, {table: each for table, each in found.items() if len(each["time"])})

    def finish(self) -> Chunk:
        """Touches that wait for their interval to end."""
        held = self._quote_columns(self._touches.finish())
        return Chunk(held["time"].view(np.int64), {"quote": held} if len(held["time"]) else {})

    def state(self, symbol: str) -> str:
        """A stock's phase, as in `status` rows; empty while nothing has been said of it."""
        return self._statuses.state(self._locate(symbol))

    def locate(self, symbol: str) -> int:
        """The number of a stock. Raises FeedError when it has not been named."""
        return self._locate(symbol)

    def damaged(self, position: int, reason: str, data: bytes) -> None:
        """Count and keep bytes that are no message."""
        self.counters.messages += 1
        self.counters.undecodable += 1
        self.quarantine.add(self.source, position, reason, data)

    # ---- steps of `take`

    def _good(self, burst: Burst) -> tuple[Burst, npt.NDArray[np.uint8], Ints]:
        """Messages that are what they say, their types and stamps; others are put away."""
        buffer = np.frombuffer(burst.data, dtype=np.uint8)
        offsets = burst.offsets
        filled = burst.sizes > 0
        kinds = buffer[np.where(filled, offsets, 0)] if len(buffer) else np.zeros(len(offsets), dtype=np.uint8)
        good = filled & (SIZES[kinds] == burst.sizes)
        if not good.all():
            burst, kinds = self._drop(burst, kinds, good)
        if not len(burst.offsets):
            return burst, kinds, np.empty(0, dtype=np.int64)
        at = stamps(buffer, burst.offsets)
        good = at < STAMP_END
        if not good.all():
            at = at[good]
            burst, kinds = self._drop(burst, kinds, good)
        return burst, kinds, at

    def _drop(
        self, burst: Burst, kinds: npt.NDArray[np.uint8], good: npt.NDArray[np.bool_]
    ) -> tuple[Burst, npt.NDArray[np.uint8]]:
        for i in np.flatnonzero(~good).tolist():
            start = int(burst.offsets[i])
            self._refuse(burst, i, problem(burst.data[start : start + int(burst.sizes[i])]))
        received = None if burst.received is None else burst.received[good]
        return Burst(burst.data, burst.offsets[good], burst.sizes[good], burst.seqs[good], received), kinds[good]

    def _refuse(self, burst: Burst, i: int, reason: str) -> None:
        self.counters.undecodable += 1
        start = int(burst.offsets[i])
        self.quarantine.add(self.source, int(burst.seqs[i]), reason, burst.data[start : start + int(burst.sizes[i])])

    def _learn(self, burst: Burst, kinds: npt.NDArray[np.uint8]) -> None:
        """Names of stocks whose directory message was missed, from their orders."""
        buffer = np.frombuffer(burst.data, dtype=np.uint8)
        adds = np.flatnonzero((kinds == levels.ADD) | (kinds == levels.ADD_MPID))
        if not len(adds):
            return
        offsets = burst.offsets[adds]
        locates = numbers(buffer, offsets, "A", "locate")
        new = ~self._known[locates]
        if new.any():
            several, first = np.unique(locates[new], return_index=True)
            stocks = column(buffer, offsets[new][first], "A", "stock")
            for locate, stock in zip(several.tolist(), stocks.tolist(), strict=True):
                self._name(locate, stock.decode("latin-1").rstrip(" "))

    def _name(self, locate: int, symbol: str) -> None:
        self._known[locate] = True
        self.symbols[locate] = symbol

    def _locate(self, symbol: str) -> int:
        found = np.flatnonzero(self.symbols == symbol)
        if not len(found):
            raise FeedError(f"itch: no stock {symbol} has been named")
        return int(found[0])

    def _other(
        self, i: int, message: Message, changes: Changes, extra: dict[str, list[tuple[int, tuple[Any, ...]]]]
    ) -> None:
        """A message that is not of a visible order."""
        kind, locate = message.kind, int(message["locate"])
        if kind == "S" and message["event"] == "O":
            self.book.clear()
            self.book.quiet.clear()
        if kind == "R" or ("stock" in message.fields and not self._known[locate]):
            self._name(locate, message["stock"])
        sym = self.symbols[locate]
        if kind == "P" and message["shares"] > 0:
            row = (sym, self._venue, price(message["price"]), float(message["shares"]), "", "hidden")
            extra["trade"].append((i, (*row, message["match"])))
        elif kind == "Q" and message["shares"] > 0:
            cond = CROSSES.get(message["cross"], message["cross"].lower())
            row = (sym, self._venue, price(message["price"]), float(message["shares"]), "", cond)
            extra["trade"].append((i, (*row, message["match"])))
        said = self._statuses.take(message, self.symbols)
        for each in said.rows:
            extra["status"].append((i, each))
        for turned in said.turned:
            self.book.turn(i, turned, changes, quiet=not self._statuses.trades(turned))
        if not said.rows and kind not in "PQR":
            self.counters.ignored += 1

    def _foreign(self, burst: Burst, kinds: npt.NDArray[np.uint8], rows: _Rows) -> None:
        """Messages whose order is another stock's: taken, for the order is known, but told."""
        orders = np.flatnonzero(_IS_ORDER[kinds] & (rows.kinds != 0))
        named = numbers(np.frombuffer(burst.data, dtype=np.uint8), burst.offsets[orders], "A", "locate")
        for i in orders[named != rows.keys[orders] >> 33].tolist():
            self.counters.foreign += 1
            start = int(burst.offsets[i])
            self.quarantine.add(
                self.source,
                int(burst.seqs[i]),
                "foreign: the order is of another stock",
                burst.data[start : start + int(burst.sizes[i])],
            )

    def _mbo(self, rows: _Rows) -> Columns:
        kinds = rows.kinds
        at = np.flatnonzero(_IS_ORDER[kinds])
        replaced = rows.changes.replaced
        if replaced:
            # two rows: the old order goes, the new one comes
            at = np.repeat(at, 1 + (kinds[at] == levels.REPLACE))
        keys, codes, sizes, oids = rows.keys[at], kinds[at], rows.sizes[at], rows.fields.refs[at]
        if replaced:
            old = np.flatnonzero(at[1:] == at[:-1])
            new = old + 1
            oids[new] = rows.fields.others[at[new]]
            _, was, left = zip(*replaced, strict=True)
            keys[old], sizes[old], codes[old] = was, left, levels.DELETE
        return {
            "time": rows.times[at].view("M8[ns]"),
            "sym": self.symbols[keys >> 33],
            "venue": self._named(len(at)),
            "action": _ACTIONS[codes],
            "oid": oids,
            "side": _SIDES[keys >> 32 & 1],
            "price": prices(keys),
            "size": sizes,
            "etime": rows.etimes[at].view("M8[ns]"),
            "seq": rows.seqs[at],
        }

    def _trades(self, rows: _Rows, extra: list[tuple[int, tuple[Any, ...]]]) -> Columns:
        kinds = rows.kinds
        at = np.flatnonzero((kinds == levels.FILL) | (kinds == levels.FILL_AT))
        keys = rows.keys[at]
        at_another = kinds[at] == levels.FILL_AT
        made = prices(keys)
        made[at_another] = rows.fields.values[at][at_another] / 10_000
        found: Columns = {
            "time": rows.times[at].view("M8[ns]"),
            "sym": self.symbols[keys >> 33],
            "venue": self._named(len(at)),
            "price": made,
            "size": rows.sizes[at],
            # who came took from the order that was there
            "side": _SIDES[keys >> 32 & 1 ^ 1],
            "cond": np.full(len(at), "", dtype=object),
            "etime": rows.etimes[at].view("M8[ns]"),
            "seq": rows.fields.others[at],
        }
        if not extra:
            return found
        places = np.array([i for i, _ in extra], dtype=np.int64)
        return ordered([(at, found), (places, self._extra("trade", extra, rows))])

    def _extra(self, table: str, extra: Sequence[tuple[int, tuple[Any, ...]]], rows: _Rows) -> Columns:
        """Rows that were made one by one; a row that does not number itself has its message's number."""
        made: list[Row] = []
        for i, values in extra:
            body, seq = (values[:-1], values[-1]) if table == "trade" else (values, int(rows.seqs[i]))
            made.append((int(rows.times[i]), *body, int(rows.etimes[i]), seq))
        return columns(table, made)

    def _quote_columns(self, found: dict[str, npt.NDArray[Any]]) -> Columns:
        bids, asks = prices(found["bid"]), prices(found["ask"])
        return {
            "time": found["time"].view("M8[ns]"),
            "sym": self.symbols[found["locate"]],
            "venue": self._named(len(bids)),
            "bid": bids,
            "ask": asks,
            "bsize": found["bsize"].astype(np.float64),
            "asize": found["asize"].astype(np.float64),
            "etime": found["etime"].view("M8[ns]"),
            "seq": found["seq"],
        }

    def _named(self, count: int) -> npt.NDArray[Any]:
        return np.full(count, self._venue, dtype=object)


@dataclass
class _Fields:
    """What orders' messages say, by number of message."""

    refs: Ints
    others: Ints
    """New references, or match numbers."""
    sizes: Ints
    values: Ints
    """Keys of new orders' levels, or prices."""


@dataclass
class _Rows:
    """What rows are made of, by number of message."""

    kinds: npt.NDArray[np.uint8]
    keys: Ints
    sizes: npt.NDArray[np.float64]
    changes: Changes
    fields: _Fields
    times: Ints
    etimes: Ints
    seqs: Ints


def prices(keys: Ints) -> npt.NDArray[np.float64]:
    """Prices of levels; nan for those of market orders and of empty sides."""
    low = keys & TOP
    whole = np.where(keys >> 32 & 1, low, TOP - low)
    return np.where((whole == MARKET_PRICE) | (keys == NONE), np.nan, whole / 10_000)


def _at_once(burst: Burst, kinds: bytearray) -> _Fields:
    """Fields of orders' messages. Types whose fields say otherwise are changed: 0 for a side that is none, `c` for what is not printed."""
    buffer: Bytes = np.frombuffer(burst.data, dtype=np.uint8)
    codes = np.frombuffer(kinds, dtype=np.uint8)
    count = len(codes)
    refs, others, sizes, values = (np.zeros(count, dtype=np.int64) for _ in range(4))
    for kind in _ORDERS:
        at = np.flatnonzero(codes == ord(kind))
        if not len(at):
            continue
        offsets = burst.offsets[at]
        names = {each.name for each in LAYOUTS[kind].fields}
        refs[at] = numbers(buffer, offsets, kind, "ref")
        if "shares" in names:
            sizes[at] = numbers(buffer, offsets, kind, "shares")
        if "match" in names:
            others[at] = numbers(buffer, offsets, kind, "match")
        if "new_ref" in names:
            others[at] = numbers(buffer, offsets, kind, "new_ref")
        if "price" in names:
            values[at] = numbers(buffer, offsets, kind, "price")
        if "side" in names:
            sides = column(buffer, offsets, kind, "side").view(np.uint8)
            sells = (sides == _SELL).astype(np.int64)
            low = np.where(sells, values[at], TOP - values[at])
            values[at] = (numbers(buffer, offsets, kind, "locate") << 1 | sells) << 32 | low
            codes[at[~sells.astype(bool) & (sides != _BUY)]] = 0
        if "printable" in names:
            codes[at[column(buffer, offsets, kind, "printable") == b"N"]] = levels.FILL_UNPRINTED
    return _Fields(refs, others, sizes, values)


def _one_by_one(burst: Burst, kinds: bytearray) -> _Fields:
    """The same of a few messages."""
    count = len(kinds)
    refs, others, sizes, values = ([0] * count for _ in range(4))
    data = burst.data
    for i, at in enumerate(burst.offsets.tolist()):
        reader = _READERS.get(kinds[i])
        if reader is None:
            continue
        unpack, ref, size, other, value, side, printable = reader
        fields = unpack(data, at)
        refs[i] = fields[ref]
        if size:
            sizes[i] = fields[size]
        if other:
            others[i] = fields[other]
        if value:
            values[i] = fields[value]
        if side:
            sells = fields[side] == b"S"
            if not sells and fields[side] != b"B":
                kinds[i] = 0
            values[i] = (fields[1] << 1 | sells) << 32 | (values[i] if sells else TOP - values[i])
        if printable and fields[printable] == b"N":
            kinds[i] = levels.FILL_UNPRINTED
    return _Fields(*(np.array(part, dtype=np.int64) for part in (refs, others, sizes, values)))


def _reader(kind: str) -> tuple[Callable[[bytes, int], tuple[Any, ...]], int, int, int, int, int, int]:
    """How a type is unpacked, and where its reference, shares, other number, price, side and printable flag are then; 0 for none."""
    layout = LAYOUTS[kind]
    # the type comes first, and the stamp is two numbers
    places = {each.name: number + 1 + (number > 2) for number, each in enumerate(layout.fields)}
    other = places.get("match", places.get("new_ref", 0))
    rest = (places.get(name, 0) for name in ("price", "side", "printable"))
    price_, side, printable = rest
    return layout.struct.unpack_from, places["ref"], places.get("shares", 0), other, price_, side, printable


_READERS = {ord(kind): _reader(kind) for kind in _ORDERS}


__all__ = ["SMALL", "Burst", "Counters", "Parser", "midnight", "prices"]
