"""
Binance: spot, USD-M and COIN-M futures.

| stream | table |
|---|---|
| `@bookTicker` | quote |
| `@trade` (spot), `@aggTrade` (futures) | trade |
| `@depth@100ms` (`depthUpdate`) and REST depth snapshots | depth, and the book kept here to check them |
| `!contractInfo` (futures), REST `exchangeInfo` (spot, every minute) | status |

`time` is the receive time, `etime` the exchange's (spot bookTicker has none: null). Update ids (`U` first,
`u` last, `pu` the `u` before, futures only) must join without a hole; a hole makes the book unsynchronised
until the next snapshot, which is asked for.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote

from slipstream.feed.base import Quarantine
from slipstream.feed.frames import Frame, check_files, is_recording, read_frames, read_lines
from slipstream.feed.l2 import L2Book, Level, Publication
from slipstream.feed.schema import NULL_TIME
from slipstream.feed.subscriptions import Wanted
from slipstream.feed.venue import Crossed, Gap, Refused, Venue, VenueFeed, millis, price_size, whole

Update = tuple[int, int, int | None, list[Level]]
"""First and last id, the last id of the update before (futures), levels."""

_EARLY = 20_000
"""Updates kept for a snapshot that is still to come."""
_STATE_S = 60.0
"""Seconds between questions about the phase of spot markets."""
_STREAMS_A_MESSAGE = 100
_AGGREGATE = "@aggTrade"
"""Behind the symbol of aggregated prints, which have numbers of their own."""
_RECENT_NS = 5_000_000_000
"""A snapshot asked for again within this waits a second, as the venue counts what is asked for."""

_STATES = {
    "TRADING": "continuous",
    "HALT": "halted",
    "BREAK": "halted",
    "PRE_DELIVERING": "halted",
    "DELIVERING": "halted",
    "PRE_SETTLE": "halted",
    "SETTLING": "halted",
    "PENDING_TRADING": "closed",
    "PRE_TRADING": "closed",
    "POST_TRADING": "closed",
    "END_OF_DAY": "closed",
    "DELIVERED": "closed",
    "CLOSE": "closed",
    "AUCTION_MATCH": "auction",
}


class Book(L2Book):
    """
    One instrument's book, kept by the venue's rule: updates older than the snapshot are dropped, the
    first one used must reach across the snapshot's id, each later one must follow the one before.

    While it is unsynchronised updates are applied as well as they can be, so that it is what a follower of the rows has, and kept for the
    snapshot.
    """

    def __init__(self, limit: int = 0) -> None:
        super().__init__(limit)
        self.last_id: int | None = None
        self._early: list[Update] = []
        self._spliced = False

    def too_old(self, last_id: int) -> bool:
        """Whether a snapshot does not reach the first of the updates that wait for it."""
        return bool(self._early) and not _reaches(last_id, self._early[0][0], self._early[0][2])

    def lost(self) -> None:
        """Nothing is certain any more; updates from now on wait for a snapshot."""
        self.synced, self.last_id, self._early = False, None, []

    def snapshot(self, last_id: int, levels: list[Level]) -> tuple[list[Level], bool]:
        """
        Start again from a snapshot and the updates received since before it.

        Returns the levels that make a follower's book equal to this one, and whether an update was missing
        in between.
        """
        before = self.levels()
        early, self._early = self._early, []
        self.replace(levels)
        self.last_id, self.synced, self._spliced = last_id, True, False
        gap = False
        for first, last, previous, changes in early:
            gap = self.update(first, last, previous, changes)[0] or gap
        sides = {"buy": self.bids, "sell": self.asks}
        removed: list[Level] = [(side, price, 0.0) for side, price, _ in before if price not in sides[side]]
        return removed + self.levels(), gap

    def update(self, first: int, last: int, previous: int | None, levels: list[Level]) -> tuple[bool, list[Level]]:
        """Apply one update; whether one before it was missed, and the changes that a follower sees."""
        gap = False
        if not self.synced:
            if self._early and not _follows(self._early[-1][1], first, last, previous):
                self._early.clear()
                gap = True
        else:
            assert self.last_id is not None
            if not self._spliced:
                if last <= self.last_id if previous is None else last < self.last_id:
                    return False, []
                ok = _reaches(self.last_id, first, previous)
            else:
                ok = _follows(self.last_id, first, last, previous)
            if ok:
                self._spliced, self.last_id = True, last
            else:
                self.lost()
                gap = True
        if not self.synced:
            self._early.append((first, last, previous, levels))
            del self._early[:-_EARLY]
        return gap, levels + self.apply(levels)


def _follows(before: int, first: int, last: int, previous: int | None) -> bool:
    return last >= first and (first == before + 1 if previous is None else previous == before)


def _reaches(last_id: int, first: int, previous: int | None) -> bool:
    return first <= last_id + 1 if previous is None else previous <= last_id


class Binance(Venue):
    """The spot market, and what all three have in common. Symbols such as `BTCUSDT`."""

    name: ClassVar[str] = "binance"
    URLS: ClassVar[Mapping[str, str]] = {
        "ws": "wss://stream.binance.com:9443/stream",
        "rest": "https://api.binance.com",
    }
    QUOTES: ClassVar[bool] = True
    DEPTH_PATH: ClassVar[str] = "/api/v3/depth?symbol={}&limit=5000"
    STATE_PATH: ClassVar[str] = "/api/v3/exchangeInfo?symbols={}"
    STREAMS: ClassVar[Mapping[str, Sequence[str]]] = {"ws": ("{}@depth@100ms", "{}@trade", "{}@bookTicker")}
    """Streams by connection, `{}` is the symbol."""

    def __init__(
        self,
        symbols: Sequence[str] = (),
        *,
        publication: Publication | None = None,
        urls: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(symbols, publication=publication, urls=urls)
        self.books: dict[str, Book] = {}
        """Books by symbol, as they stand."""
        self._quote_id: dict[str, int] = {}
        self._asked: set[str] = set()
        self._state_asked = False
        self._asked_at: dict[str, int] = {}
        self._kinds = {
            "depthUpdate": self._depth,
            "bookTicker": self._quote,
            "trade": self._trade,
            "aggTrade": self._trade,
            "contractInfo": self._contract,
        }

    def venue_of(self, data: dict[str, Any]) -> str:
        """The venue that a message is from."""
        return self.name

    def resume(self, last: Mapping[str, int]) -> None:
        """As of any venue; prints of futures are numbered as aggregates."""
        super().resume(last)
        self._trade_id |= {sym + _AGGREGATE: number for sym, number in self._trade_id.items()}

    def opened(self, link: str) -> None:
        """Subscribe; snapshots are asked for when updates arrive, as they must not be older than the first of these."""
        wanted = self.STREAMS.get(link, ())
        streams = [one.format(sym.lower()) for sym in self.symbols for one in wanted if "{}" in one]
        streams += [one for one in wanted if "{}" not in one]
        if not self.own_quotes:
            streams = [one for one in streams if not one.endswith("@bookTicker")]
        self.subscriptions.begin(link)
        for i in range(0, len(streams), _STREAMS_A_MESSAGE):
            self.want(link, names=streams[i : i + _STREAMS_A_MESSAGE])
        if self._has_depth(link):
            self._ask_state(0.0)

    def subscribe(self, wanted: Wanted) -> None:
        """By a number that the answer has too."""
        self.send(wanted.link, {"method": "SUBSCRIBE", "params": list(wanted.names), "id": wanted.number})

    def closed(self, link: str) -> None:
        """Updates are missed from now on."""
        if self._has_depth(link):
            for book in self.books.values():
                book.lost()

    def message(self, data: Any) -> None:
        """An event, bare or from a combined stream; an answer to a request; in raw captures also a snapshot."""
        stream = data.get("stream", "")
        event = data.get("data", data)
        if "lastUpdateId" in event:
            self._snapshot_line(event)
            return
        kind = event.get("e") or ("bookTicker" if stream.endswith("@bookTicker") else "")
        handler = self._kinds.get(kind)
        if handler is not None:
            venue = self.venue_of(event)
            # when the message was made: the clock that the difference to our own is about
            if "E" in event:
                self.stamp(millis(event["E"]))
            handler(event, venue)
        elif "error" in event or ("code" in event and "msg" in event):
            # futures say it in the second way, and not always to which request
            reason = str(event.get("error", event.get("msg")))
            self.subscriptions.refused(self.frame.about, reason, self.moment, event.get("id"))
            raise Refused(reason)
        elif kind == "serverShutdown":
            self.reconnect(self.frame.about, "the server is about to shut down")
        else:
            if "result" in event:
                self.subscriptions.confirmed(lambda one: one.link == self.frame.about and one.number == event.get("id"))
            self.counters.ignored += 1

    def answer(self, about: str, data: Any) -> None:
        """A depth snapshot, or the phases of spot markets."""
        what, _, name = about.partition(":")
        if what == "depth":
            self._asked.discard(name)
            try:
                self._snapshot_answer(self.sym(name), data)
            except (ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError):
                self._ask(name, again=True)
                raise
        elif what == "state":
            self._state_asked = False
            self._ask_state(_STATE_S)
            for item in data["symbols"]:
                self._state(self.sym(item["symbol"]), item["status"], NULL_TIME)

    def failed(self, about: str) -> None:
        """Ask again, after longer and longer."""
        what, _, name = about.partition(":")
        if what == "depth":
            self._asked.discard(name)
            self._ask(name, again=True)
        elif what == "state":
            self._state_asked = False
            self._ask_state(_STATE_S)

    # ---- events

    def _quote(self, data: dict[str, Any], venue: str) -> None:
        if not self.own_quotes:
            self.counters.ignored += 1
            return
        sym = self.sym(data["s"])
        bid, bsize = price_size(data["b"], data["B"])
        ask, asize = price_size(data["a"], data["A"])
        if bid > ask:
            raise Crossed(f"bid {bid} above ask {ask}")
        update = whole(data["u"])
        self.add("quote", (self.moment, sym, venue, bid, ask, bsize, asize, _etime(data), update))
        before = self._quote_id.get(sym, 0)
        self._quote_id[sym] = max(update, before)
        if update < before:
            raise Gap(f"quote update {update} after {before}")

    def _trade(self, data: dict[str, Any], venue: str) -> None:
        sym = self.sym(data["s"])
        aggregate = data["e"] == "aggTrade"
        trade = whole(data["a"] if aggregate else data["t"])
        # `m`: the buyer's order was resting, so the seller was the aggressor
        side = "sell" if data["m"] else "buy"
        price, size = price_size(data["p"], data["q"])
        kind = self.sym(data["X"]).lower() if data.get("X") else ""
        row = (self.moment, sym, venue, price, size, side, kind, _etime(data), trade)
        missing = self.trade(sym + (_AGGREGATE if aggregate else ""), trade, row)
        if missing:
            raise Gap(missing)

    def _depth(self, data: dict[str, Any], venue: str) -> None:
        sym = self.sym(data["s"])
        levels = _levels(data["b"], data["a"])
        first, last = whole(data["U"]), whole(data["u"])
        previous = whole(data["pu"]) if "pu" in data else None
        book = self.books.get(sym)
        if book is None:
            book = self.books[sym] = Book(self.publication.levels)
        before = book.last_id
        gap, changes = book.update(first, last, previous, levels)
        try:
            self.changed(sym, venue, book, changes, _etime(data), last)
        except Crossed:
            book.lost()
            self._again(sym)
            raise
        if gap:
            self._again(sym)
            raise Gap(f"depth update {first}-{last} does not follow {before}")
        if not book.synced:
            self._ask(sym)

    def _contract(self, data: dict[str, Any], venue: str) -> None:
        self._state(self.sym(data["s"]), data["cs"], _etime(data))

    def _state(self, sym: str, word: Any, etime: int) -> None:
        if not self.symbols or sym in self.symbols:
            # a word that is not known says at least that something is not as usual
            self.state(sym, self.name, _STATES.get(word, "halted"), self.sym(word).lower(), etime)

    # ---- snapshots

    def _has_depth(self, link: str) -> bool:
        return any("@depth" in stream for stream in self.STREAMS.get(link, ()))

    def _ask(self, sym: str, *, again: bool = False) -> None:
        """Have a snapshot fetched, one at a time for each symbol."""
        if sym in self._asked:
            return
        self._asked.add(sym)
        recently = self.moment - self._asked_at.get(sym, -_RECENT_NS) < _RECENT_NS
        self._asked_at[sym] = self.moment
        self.fetch(
            f"depth:{sym}", self.DEPTH_PATH.format(sym), delay_s=1.0 if recently and not again else 0.0, again=again
        )

    def _again(self, sym: str) -> None:
        self.counters.resyncs += 1
        self._ask(sym)

    def _ask_state(self, delay_s: float) -> None:
        """Have the phases fetched. Each answer asks for the next, so a new connection must not begin another round of them."""
        if self.STATE_PATH and self.symbols and not self._state_asked:
            self._state_asked = True
            names = json.dumps(self.symbols, separators=(",", ":"))
            self.fetch("state", self.STATE_PATH.format(quote(names)), delay_s=delay_s)

    def _snapshot_answer(self, sym: str, data: dict[str, Any]) -> None:
        book = self.books.get(sym)
        if book is not None and book.too_old(whole(data["lastUpdateId"])):
            self._ask(sym, again=True)
            return
        self._snapshot(sym, self.name, data)

    def _snapshot_line(self, data: dict[str, Any]) -> None:
        """A snapshot among the lines of a raw capture, which for spot does not name its instrument."""
        sym = self.sym(data.get("symbol") or _symbol_of(self.frame.about, self.books))
        self._snapshot(sym, "binancecm" if "pair" in data else self.name, data)

    def _snapshot(self, sym: str, venue: str, data: dict[str, Any]) -> None:
        levels = _levels(data["bids"], data["asks"])
        last_id, etime = whole(data["lastUpdateId"]), _etime(data)
        book = self.books.get(sym)
        if book is None:
            book = self.books[sym] = Book(self.publication.levels)
        follower, gap = book.snapshot(last_id, levels)
        try:
            self.changed(sym, venue, book, follower, etime, last_id)
        except Crossed:
            book.lost()
            self._again(sym)
            raise
        if gap:
            self._again(sym)
            raise Gap(f"updates between snapshot {last_id} and the next are missing")


class BinanceUsdm(Binance):
    """USD-M futures. Symbols such as `BTCUSDT`."""

    name: ClassVar[str] = "binanceum"
    URLS: ClassVar[Mapping[str, str]] = {
        "public": "wss://fstream.binance.com/public/stream",
        "market": "wss://fstream.binance.com/market/stream",
        "rest": "https://fapi.binance.com",
    }
    DEPTH_PATH: ClassVar[str] = "/fapi/v1/depth?symbol={}&limit=1000"
    STATE_PATH: ClassVar[str] = ""
    STREAMS: ClassVar[Mapping[str, Sequence[str]]] = {
        "public": ("{}@depth@100ms", "{}@bookTicker"),
        "market": ("{}@aggTrade", "!contractInfo"),
    }


class BinanceCoinm(Binance):
    """COIN-M futures. Symbols such as `BTCUSD_PERP`."""

    name: ClassVar[str] = "binancecm"
    URLS: ClassVar[Mapping[str, str]] = {"ws": "wss://dstream.binance.com/stream", "rest": "https://dapi.binance.com"}
    DEPTH_PATH: ClassVar[str] = "/dapi/v1/depth?symbol={}&limit=1000"
    STATE_PATH: ClassVar[str] = ""
    STREAMS: ClassVar[Mapping[str, Sequence[str]]] = {
        "ws": ("{}@depth@100ms", "{}@aggTrade", "{}@bookTicker", "!contractInfo")
    }


class BinanceAny(Binance):
    """Raw captures, of which only the messages say what market they are from."""

    def venue_of(self, data: dict[str, Any]) -> str:
        """COIN-M names the pair; futures say when the matching engine did it, and what the update before was."""
        if "ps" in data or "pair" in data or "USD_" in data["s"]:
            return "binancecm"
        if (
            "pu" in data
            or "X" in data
            or (data.get("e") == "bookTicker" and "T" in data)
            or (data.get("e") == "aggTrade" and "M" not in data)
        ):
            return "binanceum"
        return "binance"


class BinanceFeed(VenueFeed):
    """
    Replay of raw captures, one or several instruments at once.

    Files of one instrument follow one another; instruments are merged by receive time.
    """

    def __init__(
        self,
        files: Sequence[Path | str],
        *,
        quarantine: Quarantine | None = None,
        publication: Publication | None = None,
    ) -> None:
        self.files = check_files([Path(file) for file in files], "binance")
        self.venue = BinanceAny(publication=publication)
        super().__init__({"binance": self.venue}, self._merged(), quarantine=quarantine)

    @property
    def books(self) -> dict[str, Book]:
        """Books by symbol, as they stand."""
        return self.venue.books

    def _merged(self) -> Iterator[Frame]:
        groups: dict[str, list[Path]] = {}
        for file in self.files:
            groups.setdefault(_instrument(file), []).append(file)
        return heapq.merge(
            *(read_frames(group, self.damaged) for group in groups.values()), key=lambda frame: frame.time
        )


def instruments(files: Sequence[Path]) -> list[str]:
    """The instruments that captures hold, each once."""
    return list(dict.fromkeys(_instrument(file) for file in files))


def _instrument(file: Path) -> str:
    """Which instrument a capture holds, by its first readable line that names one; the file's own name if
    none does."""
    if is_recording(file):
        return str(file)
    for number, line in read_lines(file, lambda *_: None):
        if number > 1_000:
            break
        try:
            message = json.loads(line.partition(b" ")[2])
            data = message.get("data", message)
            sym = data.get("s") or data.get("symbol")
        except (ValueError, AttributeError, RecursionError):
            continue
        if sym:
            return str(sym)
    return str(file)


def _symbol_of(stem: str, books: Mapping[str, L2Book]) -> str:
    """The instrument of a spot snapshot, which does not name it: the one in the file's name, else the only
    one seen."""
    words = stem.replace(".", "_").split("_")
    named = [sym for sym in books if sym.lower() in words]
    if len(named) == 1:
        return named[0]
    if len(books) == 1:
        return next(iter(books))
    raise ValueError(f"a snapshot that names no symbol, and {len(books)} symbols it could be of")


def _levels(bids: list[list[str]], asks: list[list[str]]) -> list[Level]:
    made: list[Level] = [("buy", *price_size(price, size)) for price, size in bids]
    made += [("sell", *price_size(price, size)) for price, size in asks]
    return made


def _etime(data: dict[str, Any]) -> int:
    """The exchange's time: `T` when the matching engine did it, else `E` when the message was made; ms."""
    stamp = data.get("T", data.get("E"))
    return NULL_TIME if stamp is None else millis(stamp)


__all__ = ["Binance", "BinanceCoinm", "BinanceFeed", "BinanceUsdm", "Book", "instruments"]
