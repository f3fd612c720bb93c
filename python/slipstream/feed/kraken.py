"""
Kraken spot: websocket v2, and the messages of v1.

| channel | table |
|---|---|
| `book` | depth, and the book kept here, compared with the CRC32 of its ten best levels that comes with each update |
| `trade` | trade |
| `ticker` by `bbo` (v1 `spread`) | quote |
| `status`, `instrument` (v1 `systemStatus`) | status |

A checksum that differs makes the book unsynchronised and has its channel subscribed anew, which brings a snapshot; until then its
updates are left out. Numbers are kept as the text that they came as, because the checksum is that of their digits.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar, Literal

from slipstream.feed.l2 import L2Book, Level, Publication
from slipstream.feed.schema import NULL_LONG, NULL_TIME
from slipstream.feed.venue import BAD_INPUT, Gap, Mismatch, Refused, Venue, price_size, rfc3339, seconds, whole

_STATES = {
    "online": "continuous",
    "limit_only": "continuous",
    "reduce_only": "continuous",
    "post_only": "halted",
    "cancel_only": "halted",
    "maintenance": "halted",
    "work_in_progress": "closed",
    "delisted": "closed",
}
_JSON = json.JSONDecoder(parse_float=str)
_PATIENCE_NS = 30_000_000_000
"""For so long updates of a book may come before the snapshot that it waits for."""

Text = tuple[str, str, str]
"""Side, price and quantity as they came."""


class KrakenBook(L2Book):
    """A book that keeps the digits of its levels for the checksum; `places` are the decimals of prices and of quantities, if known."""

    def __init__(self, limit: int = 0, places: tuple[int | None, int | None] = (None, None)) -> None:
        super().__init__(limit)
        self.places = places
        self._digits: dict[str, dict[float, str]] = {"buy": {}, "sell": {}}

    def put(self, side: str, price: float, size: float) -> None:
        """Set a level's size; 0 removes it. Its digits are put by `put_text`."""
        super().put(side, price, size)
        if size == 0.0:
            self._digits[side].pop(price, None)

    def put_text(self, texts: list[Text], levels: list[Level]) -> None:
        """Apply levels, given both as text and as numbers."""
        for (_, price_text, size_text), (side, price, size) in zip(texts, levels, strict=True):
            self.put(side, price, size)
            if size != 0.0:
                self._digits[side][price] = digits(price_text, self.places[0]) + digits(size_text, self.places[1])

    def clear(self) -> None:
        """Forget all levels."""
        super().clear()
        self._digits = {"buy": {}, "sell": {}}

    def checksum(self) -> int:
        """The venue's checksum of this book: CRC32 of the digits of the ten best asks and bids."""
        asks, bids = self._digits["sell"], self._digits["buy"]
        text = [asks[price] for price in self.prices("sell", 10)]
        text += [bids[price] for price in self.prices("buy", 10)]
        return zlib.crc32("".join(text).encode())


def digits(text: str, places: int | None) -> str:
    """The digits of a number without its point and leading zeros, with `places` decimals if that is known."""
    if "e" in text or "E" in text or (places is not None and len(text.partition(".")[2]) != places):
        number = Decimal(text)
        text = f"{number:f}" if places is None else f"{number:.{places}f}"
    return text.replace(".", "").lstrip("0")


class Kraken(Venue):
    """
    Args:
        symbols: such as `BTC/USD`; with v1 `XBT/USD`.
        depth: levels a side to subscribe to: the next that there is; None takes those of the publication.
        version: of the websocket API to connect to. Messages of both are read.
        publication, urls: see Venue.
    """

    name: ClassVar[str] = "kraken"
    URLS: ClassVar[Mapping[str, str]] = {"ws": "wss://ws.kraken.com/v2"}
    QUOTES: ClassVar[bool] = True
    DEPTHS: ClassVar[Sequence[int]] = (10, 25, 100, 500, 1000)
    """Levels a side that can be subscribed to."""
    BOOK: ClassVar[bool] = True
    """The channel `book` is subscribed to."""
    quiet_s: ClassVar[float] = 10.0

    def __init__(
        self,
        symbols: Sequence[str] = (),
        *,
        depth: int | None = None,
        version: Literal[1, 2] = 2,
        publication: Publication | None = None,
        urls: Mapping[str, str] | None = None,
    ) -> None:
        if version == 1 and urls is None:
            urls = {"ws": "wss://ws.kraken.com"}
        super().__init__(symbols, publication=publication, urls=urls)
        wanted = depth or self.publication.levels or self.DEPTHS[-1]
        self.depth = next((one for one in self.DEPTHS if one >= wanted), self.DEPTHS[-1])
        self.version = version
        self.books: dict[str, KrakenBook] = {}
        """Books by symbol, as they stand."""
        self._places: dict[str, tuple[int, int]] = {}
        self._system = "online"
        self._words: dict[str, str] = {}
        self._waiting = False
        self._since: dict[str, int] = {}
        """When the first update was left out of a book that waits for a snapshot."""

    def decode(self, data: bytes) -> Any:
        """JSON, numbers with a point as text."""
        return _JSON.decode(str(data, "utf-8"))

    def opened(self, link: str) -> None:
        """Subscribe; in v2 to the instruments first, which say how many decimals a checksum is made of."""
        self._waiting = self.version == 2
        self._since.clear()
        if self.version == 2:
            self.send("ws", {"method": "subscribe", "params": {"channel": "instrument", "snapshot": True}})
        elif self.symbols:
            self._subscribe_v1("subscribe", self.symbols, {"name": "book", "depth": self.depth})
            self._subscribe_v1("subscribe", self.symbols, {"name": "trade"})
            if self.own_quotes:
                self._subscribe_v1("subscribe", self.symbols, {"name": "spread"})

    def closed(self, link: str) -> None:
        """No book is what the venue has any more."""
        for book in self.books.values():
            book.synced = False

    def message(self, data: Any) -> None:
        """One message of either version."""
        if isinstance(data, list):
            self._message_v1(data)
        elif "channel" in data:
            self._message_v2(data)
        elif "event" in data:
            self._event_v1(data)
        elif "method" in data:
            if data.get("success") is False:
                self._begin()
                raise Refused(str(data.get("error")))
            self.counters.ignored += 1
        else:
            raise ValueError("neither channel nor event nor method")

    # ---- v2

    def _begin(self) -> None:
        """The instruments are known, or will not be: subscribe to the rest."""
        if not self._waiting or not self.symbols:
            return
        self._waiting = False
        if self.BOOK:
            self._subscribe("subscribe", {"channel": "book", "symbol": self.symbols, "depth": self.depth})
        self._subscribe("subscribe", {"channel": "trade", "symbol": self.symbols, "snapshot": True})
        if self.own_quotes:
            self._subscribe("subscribe", {"channel": "ticker", "symbol": self.symbols, "event_trigger": "bbo"})

    def _subscribe(self, method: str, params: dict[str, Any]) -> None:
        self.send("ws", {"method": method, "params": params})

    def _message_v2(self, message: dict[str, Any]) -> None:
        channel = message["channel"]
        if channel == "book":
            for item in message["data"]:
                self._book_v2(item, snapshot=message["type"] == "snapshot")
        elif channel == "trade":
            items = message["data"]
            old = message["type"] == "snapshot"
            missing = [
                self._trade_v2(item, old=old)
                for item in (sorted(items, key=lambda item: whole(item["trade_id"])) if old else items)
            ]
            if any(missing):
                raise Gap("; ".join(filter(None, missing)))
        elif channel == "ticker" and self.own_quotes:
            for item in message["data"]:
                bid, bsize = price_size(item["bid"], item["bid_qty"])
                ask, asize = price_size(item["ask"], item["ask_qty"])
                etime = self._time(item.get("timestamp"))
                self.add(
                    "quote",
                    (self.moment, self.sym(item["symbol"]), self.name, bid, ask, bsize, asize, etime, NULL_LONG),
                )
        elif channel == "instrument":
            self._instruments(message["data"]["pairs"])
        elif channel == "status":
            for item in message["data"]:
                self._system_is(item["system"])
        else:
            self.counters.ignored += 1

    def _book_v2(self, item: dict[str, Any], *, snapshot: bool) -> None:
        sym = self.sym(item["symbol"])
        texts: list[Text] = [("buy", str(row["price"]), str(row["qty"])) for row in item["bids"]]
        texts += [("sell", str(row["price"]), str(row["qty"])) for row in item["asks"]]
        etime, checksum = self._time(item.get("timestamp")), whole(item["checksum"])
        if snapshot:
            self._snapshot(sym, texts, etime, self.depth, checksum)
        else:
            self._update(sym, texts, etime, checksum)

    def _trade_v2(self, item: dict[str, Any], *, old: bool) -> str:
        sym, trade = self.sym(item["symbol"]), whole(item["trade_id"])
        price, size = price_size(item["price"], item["qty"])
        # how long ago an old one was made says nothing of clocks
        etime = rfc3339(item["timestamp"]) if old else self._time(item["timestamp"])
        row = (self.moment, sym, self.name, price, size, _sides[item["side"]], "", etime, trade)
        return self.trade(sym, trade, row, old=old)

    def _instruments(self, pairs: list[dict[str, Any]]) -> None:
        bad: list[str] = []
        for pair in pairs:
            try:
                sym = self.sym(pair["symbol"])
                self._places[sym] = int(pair["price_precision"]), int(pair["qty_precision"])
                self._words[sym] = str(pair["status"])
                self._tell(sym)
            except BAD_INPUT as error:
                bad.append(f"{type(error).__name__} {error}")
        # one that is odd, of all that the venue has, must not keep the others from being subscribed to
        self._begin()
        if bad:
            raise ValueError(f"{len(bad)} instruments that cannot be read: {bad[0]}")

    def _time(self, text: Any) -> int:
        if text is None:
            return NULL_TIME
        etime = rfc3339(text)
        self.stamp(etime)
        return etime

    # ---- v1

    def _subscribe_v1(self, event: str, pairs: list[str], subscription: dict[str, Any]) -> None:
        self.send("ws", {"event": event, "pair": pairs, "subscription": subscription})

    def _event_v1(self, message: dict[str, Any]) -> None:
        event = message["event"]
        if event == "systemStatus":
            self._system_is(message["status"])
        elif event == "subscriptionStatus" and message["status"] == "error":
            raise Refused(str(message.get("errorMessage")))
        else:
            self.counters.ignored += 1

    def _message_v1(self, message: list[Any]) -> None:
        channel, sym = message[-2], self.sym(message[-1])
        if channel.startswith("book"):
            parts: dict[str, Any] = {}
            for part in message[1:-2]:
                parts.update(part)
            texts: list[Text] = [("buy", row[0], row[1]) for key in ("bs", "b") for row in parts.get(key, ())]
            texts += [("sell", row[0], row[1]) for key in ("as", "a") for row in parts.get(key, ())]
            times = [row[2] for key in ("bs", "b", "as", "a") for row in parts.get(key, ())]
            etime = max(map(seconds, times), default=NULL_TIME)
            if "as" in parts or "bs" in parts:
                self._snapshot(sym, texts, etime, int(channel[5:] or 10), None)
            else:
                self.stamp(etime)
                self._update(sym, texts, etime, whole(parts["c"]))
        elif channel == "trade":
            for price_text, size_text, stamp, side, *_ in message[1]:
                price, size = price_size(price_text, size_text)
                etime = seconds(stamp)
                self.stamp(etime)
                self.add("trade", (self.moment, sym, self.name, price, size, _sides[side], "", etime, NULL_LONG))
        elif channel == "spread" and self.own_quotes:
            bid_text, ask_text, stamp, bsize_text, asize_text = message[1]
            bid, bsize = price_size(bid_text, bsize_text)
            ask, asize = price_size(ask_text, asize_text)
            etime = seconds(stamp)
            self.stamp(etime)
            self.add("quote", (self.moment, sym, self.name, bid, ask, bsize, asize, etime, NULL_LONG))
        else:
            self.counters.ignored += 1

    # ---- books

    def _snapshot(self, sym: str, texts: list[Text], etime: int, depth: int, checksum: int | None) -> None:
        levels = _levels(texts)
        book = self.books.get(sym)
        before: list[Level] = book.levels() if book is not None else []
        made = KrakenBook(depth, self._places.get(sym, (None, None)))
        made.put_text(texts, levels)
        made.trim()
        made.synced = True
        self.books[sym] = made
        self._since.pop(sym, None)
        sides = {"buy": made.bids, "sell": made.asks}
        gone: list[Level] = [(side, price, 0.0) for side, price, _ in before if price not in sides[side]]
        self._changed(sym, made, gone + made.levels(), etime, checksum)

    def _left_out(self, sym: str, link: str) -> None:
        """An update of a book that waits for a snapshot. One that was refused, or could not be read, does not come: then only a new connection helps."""
        self.counters.ignored += 1
        if self.moment - self._since.setdefault(sym, self.moment) > _PATIENCE_NS:
            self._since.clear()
            self.counters.resyncs += 1
            self.reconnect(link, f"no snapshot of {sym} came")

    def _update(self, sym: str, texts: list[Text], etime: int, checksum: int) -> None:
        levels = _levels(texts)
        book = self.books.get(sym)
        if book is None or not book.synced:
            self._left_out(sym, "ws")
            return
        book.put_text(texts, levels)
        self._changed(sym, book, levels + book.trim(), etime, checksum)

    def _changed(self, sym: str, book: KrakenBook, levels: list[Level], etime: int, checksum: int | None) -> None:
        made = book.checksum()
        if checksum is not None:
            self.counters.checksums += 1
            book.synced = made == checksum
        # rows are made even of a book that is wrong: what is put right later is the difference to them
        self.changed(sym, self.name, book, levels, etime)
        if book.synced:
            return
        self.counters.resyncs += 1
        if self.version == 2:
            params = {"channel": "book", "symbol": [sym], "depth": self.depth}
            self._subscribe("unsubscribe", params)
            self._subscribe("subscribe", params)
        else:
            subscription = {"name": "book", "depth": self.depth}
            self._subscribe_v1("unsubscribe", [sym], subscription)
            self._subscribe_v1("subscribe", [sym], subscription)
        raise Mismatch(f"{sym}: the book's checksum is {made}, the venue's {checksum}")

    # ---- phases

    def _system_is(self, word: Any) -> None:
        self._system = str(word)
        for sym in dict.fromkeys([*self.symbols, *self.books]):
            self._tell(sym)

    def _tell(self, sym: str) -> None:
        if self.symbols and sym not in self.symbols:
            return
        word = self._words.get(sym, "online") if self._system == "online" else self._system
        # a word that is not known says at least that something is not as usual
        self.state(sym, self.name, _STATES.get(word, "halted"), self.sym(word))


_sides = {"buy": "buy", "sell": "sell", "b": "buy", "s": "sell"}


def _levels(texts: list[Text]) -> list[Level]:
    levels: list[Level] = []
    for side, price_text, size_text in texts:
        price, size = price_size(price_text, size_text)
        levels.append((side, price, size))
    return levels


__all__ = ["Kraken", "KrakenBook", "digits"]
