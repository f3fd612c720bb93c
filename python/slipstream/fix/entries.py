"""
Market data messages to rows: snapshots (35=W), increments (35=X) and rejects (35=Y) of FIX 4.2 to 5.0SP2.

A book is kept for each symbol and market. Entries are told apart by their id (278) where they have one, else by their place
(1023, or 290), else by their price. Rows of depth are of price levels: what several entries of a price show is added up.
"""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass

from slipstream.feed.base import Counters, Quarantine
from slipstream.feed.schema import NULL_LONG, NULL_TIME, Row
from slipstream.fix.message import Malformed, Message, finite, format_time, parse_time

SNAPSHOT, INCREMENT, REJECT, REQUEST = "W", "X", "Y", "V"
_SIDES = {"0": "buy", "1": "sell"}
_TRADE, _EMPTY = "2", "J"
_ENTRIES = 100_000
"""Entries of a book, and levels of a side, at most; further ones are refused."""
_PRINTS = 10_000
"""Prints of a symbol by which those that come again are known."""
_NEW, _CHANGE, _DELETE, _DELETE_THRU, _DELETE_FROM, _OVERLAY = "0", "1", "2", "3", "4", "5"
_AGGRESSORS = {"1": "buy", "2": "sell"}
REASONS = {
    "0": "unknown symbol", "1": "duplicate request id", "2": "insufficient bandwidth", "3": "insufficient permissions",
    "4": "unsupported kind of request", "5": "unsupported depth", "6": "unsupported kind of update", "7": "unsupported aggregation",
    "8": "unsupported kind of entry", "9": "unsupported session", "A": "unsupported scope", "B": "unsupported settlement", "C": "unsupported kind of quote",
    "D": "insufficient credit",
}  # fmt: skip
"""Of a reject (281)."""

Entry = dict[int, str]
Levels = dict[float, float]
_PLACES = 10_000


class Gap(Exception):
    """An entry or a number is missing; what could be done has been done."""


class EntryBook:
    """
    The book of one symbol and market.

    Args:
        depth: places a side that the venue sends; 0 is all. What is pushed beyond is gone without a word.
    """

    def __init__(self, depth: int = 0) -> None:
        self.depth = depth
        self.sizes: dict[str, Levels] = {"buy": {}, "sell": {}}
        """What is shown, by side and price."""
        self.touched: dict[tuple[str, float], float] = {}
        """Levels that have been set since `settle`, with their size then."""
        self._tops: dict[str, float | None] = {"buy": math.nan, "sell": math.nan}
        """The best price of a side; None is to be looked for."""
        self._ids: dict[str, tuple[str, float, float]] = {}
        self._members: dict[tuple[str, float], dict[str, float]] = {}
        self._places: dict[str, list[tuple[float, float]]] = {"buy": [], "sell": []}

    def best(self) -> tuple[float, float, float, float]:
        """Bid, ask and their sizes; nan for an empty side."""
        bids, asks, tops = self.sizes["buy"], self.sizes["sell"], self._tops
        bid, ask = tops["buy"], tops["sell"]
        if bid is None:
            bid = tops["buy"] = max(bids, default=math.nan)
        if ask is None:
            ask = tops["sell"] = min(asks, default=math.nan)
        return bid, ask, bids.get(bid, math.nan), asks.get(ask, math.nan)

    def settle(self) -> list[tuple[str, float, float]]:
        """Side, price and size of the levels that differ from when this was last asked; size 0 is gone."""
        now = [(side, price, old, self.sizes[side].get(price, 0.0)) for (side, price), old in self.touched.items()]
        self.touched.clear()
        # what is gone first, so that a follower's book does not cross
        return [(side, price, new) for side, price, old, new in sorted(now, key=lambda one: one[3] > 0) if new != old]

    def clear(self) -> None:
        """Nothing rests."""
        for side, levels in self.sizes.items():
            for price in list(levels):
                self._set(side, price, 0.0)
            self._places[side].clear()
        self._ids.clear()
        self._members.clear()

    def apply(self, action: str, side: str, entry: Entry) -> None:
        """One entry. Raises Gap for a change or deletion of what is not known, after doing what can be done."""
        place = 1023 if entry.get(1023) else 290 if entry.get(290) else 0
        beyond = action in (_DELETE_THRU, _DELETE_FROM)
        if entry.get(278) and not beyond:
            self._by_id(action, side, entry)
        elif place:
            self._by_place(action, side, entry, _whole(entry, place))
        elif beyond:
            raise Malformed(f"absent: 279={action} without a place (1023 or 290)")
        else:
            self._by_price(action, side, entry)

    def _set(self, side: str, price: float, size: float) -> None:
        levels = self.sizes[side]
        self.touched.setdefault((side, price), levels.get(price, 0.0))
        top = self._tops[side]
        if size > 0:
            levels[price] = size
            if top is not None and not (price <= top if side == "buy" else price >= top):
                self._tops[side] = price
        else:
            levels.pop(price, None)
            if price == top:
                self._tops[side] = None

    def _by_id(self, action: str, side: str, entry: Entry) -> None:
        name, before = entry[278], entry.get(280, "")
        known = self._ids.get(before or name)
        if action == _DELETE:
            if not self._forget(name) and not self._forget(before):
                raise Gap(f"entry {name} is deleted and was not there")
            return
        price, size = _terms(entry, known[1:] if known else None, f"entry {name}")
        if known is None and len(self._ids) >= _ENTRIES:
            raise Malformed(f"overflow: {_ENTRIES} entries are in the book")
        self._forget(before)
        self._forget(name)
        self._ids[name] = (side, price, size)
        members = self._members.setdefault((side, price), {})
        members[name] = size
        self._set(side, price, math.fsum(members.values()))
        if action == _CHANGE and known is None:
            raise Gap(f"entry {before or name} is changed and was not there")

    def _forget(self, name: str) -> bool:
        known = self._ids.pop(name, None)
        if known is None:
            return False
        side, price, _ = known
        members = self._members[side, price]
        del members[name]
        if not members:
            del self._members[side, price]
        self._set(side, price, math.fsum(members.values()))
        return True

    def _by_place(self, action: str, side: str, entry: Entry, place: int) -> None:
        levels, at = self._places[side], place - 1
        if not 0 <= at < _PLACES:
            raise Malformed(f"number: place {place}")
        gap = at > len(levels) or (at == len(levels) and action != _NEW)
        if action == _DELETE:
            del levels[at : at + 1]
        elif action == _DELETE_THRU:
            del levels[: at + 1]
        elif action == _DELETE_FROM:
            del levels[at:]
        else:
            terms = _terms(entry, levels[at] if at < len(levels) else None, f"place {place}")
            if action == _NEW or at >= len(levels):
                levels.insert(at, terms)
                if self.depth:
                    del levels[self.depth :]
            else:
                levels[at] = terms
        made: Levels = {}
        for price, size in levels:
            made[price] = made.get(price, 0.0) + size
        for price in [*self.sizes[side], *made]:
            self._set(side, price, made.get(price, 0.0))
        if gap:
            raise Gap(f"place {place} of a side of {len(levels)}")

    def _by_price(self, action: str, side: str, entry: Entry) -> None:
        price = _number(entry, 270)
        if math.isnan(price):
            raise Malformed("absent: an entry without id (278), place (1023, 290) and price (270)")
        if action == _DELETE:
            if price not in self.sizes[side]:
                raise Gap(f"{side} {price} is deleted and was not there")
            self._set(side, price, 0.0)
            return
        size = _number(entry, 271)
        if math.isnan(size):
            raise Malformed("absent: an entry without size (271)")
        if price not in self.sizes[side] and len(self.sizes[side]) >= _ENTRIES:
            raise Malformed(f"overflow: {_ENTRIES} levels are in the book")
        self._set(side, price, size)


def _terms(entry: Entry, known: tuple[float, ...] | None, what: str) -> tuple[float, float]:
    """Price and size, what is not said being as it was."""
    old = known or (math.nan, math.nan)
    price = _number(entry, 270) if entry.get(270) else old[0]
    size = _number(entry, 271) if entry.get(271) else old[1]
    if math.isnan(price) or math.isnan(size):
        raise Malformed(f"absent: {what} without price (270) or size (271)")
    return price, size


class _Prints:
    """The latest prints of a symbol, by what tells them apart, of which snapshots hold some again."""

    def __init__(self) -> None:
        self._count: Counter[tuple[object, ...]] = Counter()
        self._order: deque[tuple[object, ...]] = deque()

    def add(self, one: tuple[object, ...]) -> None:
        """One more."""
        self._count[one] += 1
        self._order.append(one)
        if len(self._order) > _PRINTS:
            oldest = self._order.popleft()
            self._count[oldest] -= 1
            if not self._count[oldest]:
                del self._count[oldest]

    def __getitem__(self, one: tuple[object, ...]) -> int:
        return self._count[one]


class MarketData:
    """
    The books of any number of symbols, fed with messages.

    A snapshot's prints are rows if they did not come before.

    Args:
        counters: what is counted.
        quarantine: where go messages that cannot be used, gaps and refused requests.
        depth: places a side that were asked for (264); 0 is all, 1 gives no depth rows.
        live: prints in a symbol's first snapshot were before the subscription and may be of an earlier run: they are no rows.
    """

    def __init__(self, counters: Counters, quarantine: Quarantine, *, depth: int = 0, live: bool = False) -> None:
        self._counters, self._quarantine, self._live = counters, quarantine, live
        self._prints: dict[tuple[str, str], _Prints] = {}
        self._begun: set[str] = set()
        self.depth = depth
        self.books: dict[tuple[str, str], EntryBook] = {}
        self._numbers: dict[tuple[str, str], int] = {}

    def take(self, message: Message, moment: int, source: str) -> Iterator[tuple[str, Row]]:
        """The rows of one message: table and row. Whatever is wrong is counted and kept."""
        self._counters.messages += 1
        kind = message.msgtype
        try:
            if kind in (SNAPSHOT, INCREMENT):
                yield from self._entries(message, moment, source)
            elif kind == REJECT:
                self._counters.refused += 1
                why = REASONS.get(message.get(281), message.get(281))
                self._keep(
                    source,
                    moment,
                    f"refused: request {message.get(262)}: {' '.join(filter(None, (why, message.get(58))))}",
                    message,
                )
            else:
                if kind == REQUEST:
                    self._live = True
                    if message.get(264).isdigit():
                        self.depth = int(message.get(264))
                self._counters.ignored += 1
        except Malformed as error:
            self._counters.undecodable += 1
            self._keep(source, moment, str(error), message)

    def _entries(self, message: Message, moment: int, source: str) -> Iterator[tuple[str, Row]]:
        snapshot = message.msgtype == SNAPSHOT
        entries = message.groups(269 if snapshot else 279, frozenset({10}))
        if message.get(268) != str(len(entries)) and not (snapshot and message.get(268, "0") == "0" and not entries):
            raise Malformed(f"form: {message.get(268) or 'no'} entries announced, {len(entries)} found")
        common_time = message.moment(60) if 60 in message else message.moment(52)
        seq = message.seq
        read = [_Read.of(message, entry, snapshot, common_time, source) for entry in entries]
        symbol = message.get(55) if snapshot else ""
        keys: dict[tuple[str, str], None] = {}
        for one in read:
            symbol = one.sym or symbol
            if not symbol:
                raise Malformed("absent: an entry without Symbol (55)")
            one.sym = symbol
            if one.kind in _SIDES or one.kind == _EMPTY:
                keys.setdefault((symbol, one.venue))
        if snapshot and not read and symbol:
            keys.setdefault((symbol, _venue(message, {}, source)))
        tops = {key: self._book(key).best() for key in keys}
        if snapshot:
            for key in keys:
                self._book(key).clear()
        gaps: list[str] = []
        broken: list[str] = []
        times: dict[tuple[str, str], tuple[int, int]] = {}
        told: Counter[tuple[object, ...]] = Counter()
        made: Counter[tuple[object, ...]] = Counter()
        for one in read:
            key = (one.sym, one.venue)
            number = one.number if one.number is not None else seq
            if one.kind == _TRADE:
                if not snapshot and one.action != _NEW:
                    self._counters.ignored += 1  # a print that is changed or taken back
                    continue
                row = (moment, one.sym, one.venue, one.price, one.size, one.side, one.condition, one.etime, one.trade)
                seen, which = self._prints.setdefault(key, _Prints()), (key, *row[3:])
                told[which] += 1
                if snapshot and told[which] <= seen[which] - made[which]:
                    self._counters.repeated += 1
                    continue
                seen.add(which)
                made[which] += 1
                if snapshot and self._live and one.sym not in self._begun:
                    self._counters.ignored += 1
                else:
                    yield "trade", row
                continue
            if key in keys:
                times[key] = (one.etime, number)
            if one.number is not None:
                gaps += self._follows(key, one.number, snapshot)
            try:
                if one.kind == _EMPTY:
                    self._book(key).clear()
                elif one.kind in _SIDES:
                    self._book(key).apply(_NEW if snapshot else one.action, _SIDES[one.kind], one.entry)
                else:
                    self._counters.ignored += 1  # open, close, high, low, volume, …
            except Gap as gap:
                gaps.append(str(gap))
            except Malformed as error:
                broken.append(str(error))
        self._begun.update(one.sym for one in read)
        if snapshot and symbol:
            self._begun.add(symbol)
        for key in keys:
            yield from self._changes(key, tops[key], moment, *times.get(key, (common_time, seq)))
        if gaps:
            self._counters.gaps += 1
            self._keep(source, moment, f"gap: {'; '.join(gaps)}", message)
        if broken:
            self._counters.undecodable += 1
            self._keep(source, moment, "; ".join(broken), message)

    def _book(self, key: tuple[str, str]) -> EntryBook:
        book = self.books.get(key)
        if book is None:
            book = self.books[key] = EntryBook()
        book.depth = self.depth
        return book

    def _follows(self, key: tuple[str, str], number: int, snapshot: bool) -> list[str]:
        """RptSeq (83) counts the entries of a symbol; a snapshot says up to where it goes."""
        last = self._numbers.get(key)
        self._numbers[key] = number
        return (
            [f"number {number} of {key[0]} after {last}"]
            if not snapshot and last is not None and number > last + 1
            else []
        )

    def _changes(
        self, key: tuple[str, str], top: tuple[float, ...], moment: int, etime: int, seq: int
    ) -> Iterator[tuple[str, Row]]:
        book = self._book(key)
        for side, price, size in book.settle():
            if self.depth != 1:
                yield "depth", (moment, *key, side, price, size, etime, seq)
        now = book.best()
        # nan is no nan's equal, but here it is
        if any(one != other and (one == one or other == other) for one, other in zip(now, top, strict=True)):
            if now[0] > now[1]:
                self._counters.crossed += 1
            yield "quote", (moment, *key, *now, etime, seq)

    def _keep(self, source: str, moment: int, reason: str, message: Message) -> None:
        self._quarantine.add(source, moment, reason, str(message).encode())


@dataclass(slots=True)
class _Read:
    """An entry, its values read."""

    entry: Entry
    kind: str
    action: str
    sym: str
    venue: str
    etime: int
    number: int | None
    price: float
    size: float
    side: str
    condition: str
    trade: int

    @staticmethod
    def of(message: Message, entry: Entry, snapshot: bool, common_time: int, source: str) -> _Read:
        action = entry.get(279, "")
        kind = entry.get(269, "")
        if not snapshot and action not in (_NEW, _CHANGE, _DELETE, _DELETE_THRU, _DELETE_FROM, _OVERLAY):
            raise Malformed(f"form: MDUpdateAction (279) {action!r}")
        if not kind:
            raise Malformed("absent: an entry without MDEntryType (269)")
        price, size = _number(entry, 270), _number(entry, 271)
        if kind == _TRADE and action in ("", _NEW) and math.isnan(price):
            raise Malformed("absent: a trade without price (270)")
        trade = entry.get(1003, "") or entry.get(278, "")
        return _Read(
            entry=entry,
            kind=kind,
            action=action,
            # an entry of an increment without a symbol is of the symbol before it
            sym=entry.get(55, "") or (message.get(55) if snapshot else ""),
            venue=_venue(message, entry, source),
            etime=_entry_time(entry, common_time),
            number=_whole(entry, 83) if entry.get(83) else None,
            price=price,
            size=size,
            side=_AGGRESSORS.get(entry.get(2446, "") or entry.get(54, ""), ""),
            condition=entry.get(277, ""),
            trade=int(trade) if trade.isascii() and trade.isdigit() and len(trade) < 19 else NULL_LONG,
        )


def _venue(message: Message, entry: Entry, source: str) -> str:
    """The entry's market (275, 207), else who sent the message."""
    return entry.get(275, "") or entry.get(207, "") or message.get(207) or message.get(49) or source


def _entry_time(entry: Entry, common: int) -> int:
    """MDEntryDate (272) and MDEntryTime (273), else the message's time; a time without a date is of the message's day."""
    clock = entry.get(273, "")
    if not clock:
        return common
    clock = clock.rstrip("Z")
    day = entry.get(272, "")
    if not day and common == NULL_TIME:
        return NULL_TIME
    if "-" in clock:
        return parse_time(clock, 273)
    if not day:
        day = format_time(common)[:8]
    return parse_time(f"{day}-{clock}", 273)


def _number(entry: Entry, tag: int) -> float:
    text = entry.get(tag, "")
    return finite(text, tag) if text else math.nan


def _whole(entry: Entry, tag: int) -> int:
    text = entry.get(tag, "")
    if not (text.isascii() and text.isdigit() and len(text) < 18):
        raise Malformed(f"number: tag {tag} is {text!r}")
    return int(text)
