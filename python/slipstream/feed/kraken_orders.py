"""
Kraken spot order by order: channel `level3` of websocket v2, on an address of its own; trades, instruments and phases come by the public one.

The channel needs a token, which a key gets by REST (GetWebSocketsToken). Each message has the CRC32 of all orders of the ten best levels a
side, in the order of their queues (https://docs.kraken.com/exchange/guides/websockets/l3-checksum-v2), so place in the queue is checked too.
An order that is modified keeps its place unless it got larger or has another price; the documentation does not say it, the checksum does.

The book has the levels that were subscribed to. Orders that fall out below are deleted, without a word from the venue; when they come into reach
again it sends them as additions.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from slipstream.feed.frames import REST, Frame
from slipstream.feed.keys import KrakenKey, kraken_signature
from slipstream.feed.kraken import Kraken, digits
from slipstream.feed.l2 import Level, Publication
from slipstream.feed.l3 import OrderBook
from slipstream.feed.schema import NULL_LONG, NULL_TIME
from slipstream.feed.venue import BAD_INPUT, Mismatch, Refused, price_size, rfc3339, whole

_NAN = float("nan")
_SIDES = (("bids", "buy"), ("asks", "sell"))
_PATH = "/0/private/GetWebSocketsToken"
_TOKEN = re.compile(rb'("token"\s*:\s*)"[^"]*"?')
COSTS = {10: 5, 100: 25, 1000: 100}
"""Levels a side that can be subscribed to, and what a subscription of a symbol adds to the rate count."""
_RATE = 200
"""Rate count a second that every client has."""


class QueueBook(OrderBook):
    """Orders in their queues, with the digits of which the checksum is made."""

    def __init__(self, limit: int, places: tuple[int | None, int | None]) -> None:
        super().__init__(limit)
        self._places = places
        self._queues: dict[tuple[str, float], dict[str, str]] = {}

    def set(self, oid: str, side: str, price_text: str, size_text: str) -> list[Level]:
        """An order is so much at a price, 0 takes it away; returns the levels that this changes."""
        price, size = price_size(price_text, size_text)
        known = self.orders.get(oid)
        levels: list[Level] = []
        if known is not None:
            if known[:2] == (side, price) and 0.0 < size <= known[2]:
                self._queues[side, price][oid] = self._text(price_text, size_text)
                return [self.less(oid, size)]
            levels.append(self.drop(oid))
        if size > 0.0:
            self._queues.setdefault((side, price), {})[oid] = self._text(price_text, size_text)
            levels.append(self.order(oid, side, price, size))
        return levels

    def drop(self, oid: str) -> Level:
        """An order of the book is there no more; returns its level."""
        key = self.orders[oid][:2]
        queue = self._queues[key]
        del queue[oid]
        if not queue:
            del self._queues[key]
        return self.less(oid, 0.0)

    def beyond(self) -> list[str]:
        """The orders of levels below the limit."""
        found: list[str] = []
        for side, prices in (("buy", self._bids[: -self.limit]), ("sell", self._asks[self.limit :])):
            for price in prices:
                found += self._queues[side, price]
        return found

    def clear(self) -> None:
        """Forget everything."""
        super().clear()
        self._queues = {}

    def checksum(self) -> int:
        """The venue's checksum of this book."""
        text = [
            order
            for side in ("sell", "buy")
            for price in self.prices(side, 10)
            for order in self._queues[side, price].values()
        ]
        return zlib.crc32("".join(text).encode())

    def _text(self, price: str, size: str) -> str:
        return digits(price, self._places[0]) + digits(size, self._places[1])


def order_number(oid: str) -> int:
    """A long for an order's id, whose 16 characters have 80 bits: 63 bits of its hash."""
    return int.from_bytes(hashlib.blake2b(oid.encode(), digest_size=8).digest(), "big") >> 1


class KrakenFull(Kraken):
    """
    Args:
        symbols: such as `BTC/USD`.
        depth: levels a side to subscribe to: the next of COSTS; None takes those of the publication.
        key: gets the token; recordings are played without.
        publication, urls: see Venue.
    """

    URLS: ClassVar[Mapping[str, str]] = {
        "ws": "wss://ws.kraken.com/v2",
        "l3": "wss://ws-l3.kraken.com/v2",
        "rest": "https://api.kraken.com",
    }
    DEPTHS: ClassVar[Sequence[int]] = tuple(COSTS)
    BOOK: ClassVar[bool] = False

    def __init__(
        self,
        symbols: Sequence[str] = (),
        *,
        depth: int | None = None,
        key: KrakenKey | None = None,
        publication: Publication | None = None,
        urls: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(symbols, depth=depth, publication=publication, urls=urls)
        self._key = key
        self.orders: dict[str, QueueBook] = {}
        """Books by symbol, as they stand."""
        self._open = self._asked = self._known = False
        self._wanted: list[str] = []
        """Symbols to be subscribed to with the next token."""
        self._again: set[str] = set()

    def opened(self, link: str) -> None:
        """Subscribe, to orders when the instruments are known: a checksum is made of their decimals."""
        if link == "ws":
            super().opened(link)
            return
        self._open, self._again = True, set()
        self._since.clear()
        self._wanted = list(self.symbols)
        self._ask()

    def closed(self, link: str) -> None:
        """Orders come and go unseen from now on."""
        if link == "l3":
            self._open = self._asked = False
            for book in self.orders.values():
                book.synced = False

    def shown(self, frame: Frame) -> bytes:
        """Without the token."""
        return _TOKEN.sub(rb'\1"(not recorded)"', frame.data) if frame.kind == REST else frame.data

    def answer(self, about: str, data: Any) -> None:
        """A token, or why there is none."""
        self._asked = False
        try:
            errors, result = data["error"], data.get("result") or {}
            if errors:
                raise Refused(f"token: {errors!s:.200}")
            given = str(result["token"])
        except (*BAD_INPUT, Refused):
            self._ask(again=True)
            raise
        wanted, self._wanted = self._wanted, []
        renewed = [sym for sym in wanted if sym in self._again]
        self._again -= set(renewed)
        if renewed:
            self._order("unsubscribe", renewed, given, 0.0)
        # the rate count lets so many through in a second
        some = max(1, _RATE // COSTS[self.depth])
        for at in range(0, len(wanted), some):
            self._order("subscribe", wanted[at : at + some], given, float(at // some))

    def failed(self, about: str) -> None:
        """Ask again, after longer and longer."""
        self._asked = False
        self._ask(again=True)

    def _order(self, method: str, symbols: list[str], given: str, delay_s: float) -> None:
        params = {"channel": "level3", "symbol": symbols, "depth": self.depth, "token": given}
        if method == "subscribe":
            params["snapshot"] = True
        self.send("l3", {"method": method, "params": params}, secret=True, delay_s=delay_s)

    def _ask(self, *, again: bool = False) -> None:
        """Ask for a token, if somebody wants one and nobody has asked."""
        if self._asked or not (self._open and self._known and self._wanted):
            return
        self._asked = True
        nonce = str(self.frame.time // 1_000)
        body = f"nonce={nonce}"
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if self._key is not None:
            headers |= {"API-Key": self._key.key, "API-Sign": kraken_signature(self._key, _PATH, nonce, body)}
        self.fetch("token", _PATH, again=again, body=body, headers=headers)

    def _begin(self) -> None:
        super()._begin()
        self._known = True
        self._ask()

    def _message_v2(self, message: dict[str, Any]) -> None:
        if message["channel"] != "level3":
            super()._message_v2(message)
            return
        for item in message["data"]:
            if message["type"] == "snapshot":
                self._orders(item)
            else:
                self._events(item)

    def _orders(self, item: dict[str, Any]) -> None:
        """All orders of a symbol."""
        sym, checksum = self.sym(item["symbol"]), whole(item["checksum"])
        made = QueueBook(self.depth, self._places.get(sym, (None, None)))
        times: dict[str, int] = {}
        for key, side in _SIDES:
            for row in item[key]:
                oid = self.sym(row["order_id"])
                if oid in made.orders:
                    raise ValueError("an order that is there twice")
                times[oid] = self._moment(row)
                made.set(oid, side, str(row["limit_price"]), str(row["order_qty"]))
        before = self.orders.get(sym)
        self.orders[sym] = made
        made.synced = True
        self._since.pop(sym, None)
        self.add("mbo", (self.moment, sym, self.name, "clear", NULL_LONG, "", _NAN, _NAN, NULL_TIME, NULL_LONG))
        for oid, (side, price, size) in made.orders.items():
            self._row(sym, "add", oid, side, price, size, times[oid])
        sides = {"buy": made.bids, "sell": made.asks}
        gone: list[Level] = [
            (side, price, 0.0) for side, price, _ in (before.levels() if before else []) if price not in sides[side]
        ]
        self._checked(sym, made, gone + made.levels(), NULL_TIME, checksum)

    def _events(self, item: dict[str, Any]) -> None:
        """What happened to orders of a symbol."""
        sym = self.sym(item["symbol"])
        book = self.orders.get(sym)
        if book is None or not book.synced:
            self._left_out(sym, "l3")
            return
        levels: list[Level] = []
        etime = NULL_TIME
        try:
            checksum = whole(item["checksum"])
            for key, side in _SIDES:
                for row in item.get(key, ()):
                    at = self._moment(row)
                    etime = max(etime, at)
                    levels += self._event(sym, book, side, row, at)
            if etime != NULL_TIME:
                self.stamp(etime)
            for oid in book.beyond():
                side, price, size = book.orders[oid]
                levels.append(book.drop(oid))
                self._row(sym, "delete", oid, side, price, size, etime)
        except BAD_INPUT as error:
            self._anew(sym, book)
            self.changed(sym, self.name, book, levels, etime)
            raise ValueError(f"{sym}: {error}") from error
        self._checked(sym, book, levels, etime, checksum)

    def _event(self, sym: str, book: QueueBook, side: str, row: dict[str, Any], etime: int) -> list[Level]:
        kind, oid = row["event"], self.sym(row["order_id"])
        known = book.orders.get(oid)
        if kind == "delete":
            if known is None:
                self.counters.ignored += 1
                return []
            self._row(sym, "delete", oid, *known, etime)
            return [book.drop(oid)]
        if kind not in ("add", "modify") or (kind == "add" and known is not None):
            raise ValueError(f"event {kind!r:.40} of an order that is {'open' if known else 'not open'}")
        levels = book.set(oid, side, str(row["limit_price"]), str(row["order_qty"]))
        if oid in book.orders:
            self._row(sym, "add" if known is None else "modify", oid, *book.orders[oid], etime)
        elif known is not None:
            self._row(sym, "delete", oid, *known, etime)
        return levels

    def _row(self, sym: str, action: str, oid: str, side: str, price: float, size: float, etime: int) -> None:
        self.add("mbo", (self.moment, sym, self.name, action, order_number(oid), side, price, size, etime, NULL_LONG))

    def _moment(self, row: dict[str, Any]) -> int:
        return rfc3339(row["timestamp"]) if row.get("timestamp") else NULL_TIME

    def _checked(self, sym: str, book: QueueBook, levels: list[Level], etime: int, checksum: int) -> None:
        made = book.checksum()
        self.counters.checksums += 1
        book.synced = made == checksum
        # rows are made even of a book that is wrong: what is put right later is the difference to them
        self.changed(sym, self.name, book, levels, etime)
        if not book.synced:
            self._anew(sym, book)
            raise Mismatch(f"{sym}: the book's checksum is {made}, the venue's {checksum}")

    def _anew(self, sym: str, book: QueueBook) -> None:
        """Have a symbol's orders sent again."""
        book.synced = False
        self.counters.resyncs += 1
        self._again.add(sym)
        if sym not in self._wanted:
            self._wanted.append(sym)
        self._ask()


__all__ = ["COSTS", "KrakenFull", "QueueBook", "order_number"]
