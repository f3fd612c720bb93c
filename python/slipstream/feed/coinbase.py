"""
Coinbase: Advanced Trade (`l2_data`, `market_trades`), and the Exchange feed (`level2`, `matches`; or `full`, order by order).

| channel | table |
|---|---|
| `level2`, `level2_batch` | depth, and the book kept here |
| `full` and the REST book of level 3 | mbo, and depth of the book kept here |
| `market_trades`, `matches` | trade |
| `status` | status |

Checks: Advanced Trade numbers the messages of a connection (`sequence_num`), `full` those of a product (`sequence`); trade ids of a product
follow one another, and heartbeats say which was the last. After a hole a connection of Advanced Trade is made anew, a product of
`full` gets a new snapshot. No best bid and offer is sent, so rows of `quote` are made from the book.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from slipstream.feed.keys import CdpKey, Credentials, signature, token
from slipstream.feed.l2 import L2Book, Level, Publication
from slipstream.feed.l3 import PLACES, OrderBook
from slipstream.feed.schema import NULL_LONG, NULL_TIME
from slipstream.feed.subscriptions import Wanted
from slipstream.feed.venue import BAD_INPUT, Crossed, Gap, Refused, Venue, price_size, rfc3339, whole

_SIDES = {"bid": "buy", "offer": "sell", "buy": "buy", "sell": "sell"}
_OTHER = {"buy": "sell", "sell": "buy", "BUY": "sell", "SELL": "buy"}
_STATES = {"online": "continuous", "offline": "halted", "internal": "closed", "delisted": "closed"}
_SECOND = 1_000_000_000
_EARLY = 100_000
"""Messages of a product kept for a snapshot that is still to come."""


class Coinbase(Venue):
    """
    Advanced Trade. Messages of the Exchange feed are read as well.

    Args:
        symbols: such as `BTC-USD`.
        key: signs the subscriptions; these channels are open without, and with one count towards its limits.
        publication, urls: see Venue.
    """

    name: ClassVar[str] = "coinbase"
    URLS: ClassVar[Mapping[str, str]] = {
        "ws": "wss://advanced-trade-ws.coinbase.com",
        "rest": "https://api.exchange.coinbase.com",
    }
    quiet_s: ClassVar[float] = 10.0

    def __init__(
        self,
        symbols: Sequence[str] = (),
        *,
        key: CdpKey | None = None,
        publication: Publication | None = None,
        urls: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(symbols, publication=publication, urls=urls)
        self._key = key
        self.books: dict[str, L2Book] = {}
        """Books by symbol, as they stand."""
        self._number: int | None = None

    def opened(self, link: str) -> None:
        """One subscription a channel; the heartbeats keep those of quiet products open."""
        self._number = None
        self.subscriptions.begin(link)
        for channel in ("level2", "market_trades"):
            self.want(link, channel, self.symbols)
        for channel in ("status", "heartbeats"):
            self.want(link, channel)

    def subscribe(self, wanted: Wanted) -> None:
        """Each message has a token of its own, which is good for two minutes."""
        message: dict[str, Any] = {"type": "subscribe"}
        if wanted.names:
            message["product_ids"] = list(wanted.names)
        message["channel"] = wanted.channel
        if self._key is not None:
            message["jwt"] = token(self._key, self.moment // _SECOND)
        self.send(wanted.link, message, secret=self._key is not None)

    def _subscribed(self, channels: Mapping[str, Any]) -> None:
        """What the venue says it sends: products by channel."""
        self.subscriptions.confirmed(
            lambda one: all(
                channel in channels and set(one.names) <= set(channels[channel]) for channel in self._of(one)
            )
        )

    def _of(self, wanted: Wanted) -> list[str]:
        """The channels that a subscription is about."""
        return [wanted.channel]

    def closed(self, link: str) -> None:
        """No book is what the venue has any more."""
        for book in self.books.values():
            book.synced = False

    def message(self, data: Any) -> None:
        """One message of either feed."""
        if "channel" in data:
            gap = self._follows(whole(data["sequence_num"]))
            if gap:
                self._lost(gap)
            try:
                self._advanced(data)
            except BAD_INPUT as error:
                # its number counts as seen, so nothing else would show that it is missing
                if not gap and data["channel"] == "l2_data":
                    self._lost(f"an update that cannot be read ({error})")
                raise
            if gap:
                raise Gap(gap)
        else:
            try:
                self._exchange(data)
            except BAD_INPUT as error:
                if data.get("type") in ("l2update", "snapshot"):
                    self._lost(f"an update that cannot be read ({error})")
                raise

    def _lost(self, reason: str) -> None:
        """Something was missed: snapshots come with a new connection."""
        self.closed("ws")
        self.counters.resyncs += 1
        self.reconnect("ws", reason)

    # ---- Advanced Trade

    def _follows(self, number: int) -> str:
        """What is wrong with the number of a message, if anything."""
        before, self._number = self._number, number
        return f"message {number} after {before}" if before is not None and number != before + 1 else ""

    def _advanced(self, data: dict[str, Any]) -> None:
        channel = data["channel"]
        etime = rfc3339(data["timestamp"])
        self.stamp(etime)
        if channel == "l2_data":
            for event in data["events"]:
                self._level2(event, etime, whole(data["sequence_num"]))
        elif channel == "market_trades":
            missing: list[str] = []
            for event in data["events"]:
                # the newest comes first; a snapshot has what was before the subscription
                missing += [
                    self._print(
                        trade["product_id"],
                        trade["trade_id"],
                        trade["price"],
                        trade["size"],
                        trade["side"],
                        trade["time"],
                        old=event["type"] != "update",
                    )
                    for trade in reversed(event["trades"])
                ]
            if any(missing):
                raise Gap("; ".join(filter(None, missing)))
        elif channel == "status":
            for event in data["events"]:
                for product in event["products"]:
                    self._product(product)
        elif channel == "subscriptions":
            for event in data["events"]:
                self._subscribed(event["subscriptions"])
        else:
            self.counters.ignored += 1

    def _level2(self, event: dict[str, Any], etime: int, number: int) -> None:
        sym = self.sym(event["product_id"])
        levels: list[Level] = [
            (_SIDES[row["side"]], *price_size(row["price_level"], row["new_quantity"])) for row in event["updates"]
        ]
        self._apply(sym, levels, etime, number, snapshot=event["type"] == "snapshot")

    def _apply(self, sym: str, levels: list[Level], etime: int, number: int, *, snapshot: bool) -> None:
        book = self.books.get(sym)
        if snapshot:
            book = self.books.setdefault(sym, L2Book(self.publication.levels))
            levels = book.replace(levels)
            book.synced = True
        elif book is None or not book.synced:
            # a snapshot is on its way
            self.counters.ignored += 1
            return
        else:
            levels = levels + book.apply(levels)
        try:
            self.changed(sym, self.name, book, levels, etime, number)
        except Crossed as crossed:
            self._lost(str(crossed))
            raise

    def _print(
        self, product: Any, trade_id: Any, price_text: Any, size_text: Any, maker: Any, time: str, *, old: bool = False
    ) -> str:
        """A print; returns what is missing before it, see `trade`."""
        sym, trade = self.sym(product), whole(trade_id)
        price, size = price_size(price_text, size_text)
        # both feeds give the side of the order that was resting
        row = (self.moment, sym, self.name, price, size, _OTHER[maker], "", rfc3339(time), trade)
        return self.trade(sym, trade, row, old=old)

    def _match(self, data: dict[str, Any]) -> None:
        """A print of the Exchange feed. Raises Gap."""
        missing = self._print(
            data["product_id"], data["trade_id"], data["price"], data["size"], data["side"], data["time"]
        )
        if missing:
            raise Gap(missing)

    def _product(self, product: dict[str, Any]) -> None:
        sym = self.sym(product["id"])
        if self.symbols and sym not in self.symbols:
            return
        word = str(product["status"])
        # a word that is not known says at least that something is not as usual
        state = _STATES.get(word, "halted")
        for flag, meaning in (
            ("auction_mode", "auction"),
            ("trading_disabled", "halted"),
            ("cancel_only", "halted"),
            ("post_only", "halted"),
        ):
            if product.get(flag) is True and state == "continuous":
                state, word = meaning, flag
        self.state(sym, self.name, state, self.sym(word))

    # ---- Exchange

    def _exchange(self, data: dict[str, Any]) -> None:
        kind = data["type"]
        if kind == "l2update":
            sym = self.sym(data["product_id"])
            etime = rfc3339(data["time"])
            self.stamp(etime)
            levels: list[Level] = [(_SIDES[side], *price_size(price, size)) for side, price, size in data["changes"]]
            self._apply(sym, levels, etime, NULL_LONG, snapshot=False)
        elif kind == "snapshot":
            sym = self.sym(data["product_id"])
            levels = [("buy", *price_size(price, size)) for price, size in data["bids"]]
            levels += [("sell", *price_size(price, size)) for price, size in data["asks"]]
            self._apply(sym, levels, rfc3339(data["time"]) if "time" in data else NULL_TIME, NULL_LONG, snapshot=True)
        elif kind == "match":
            self.stamp(rfc3339(data["time"]))
            self._match(data)
        elif kind == "last_match":
            # the one before the subscription
            sym, last = self.sym(data["product_id"]), whole(data["trade_id"])
            self.last_trade(sym, last)
            self._trade_id.setdefault(sym, last)
        elif kind == "heartbeat":
            self.stamp(rfc3339(data["time"]))
            self.last_trade(self.sym(data["product_id"]), whole(data["last_trade_id"]))
        elif kind == "status":
            for product in data["products"]:
                self._product(product)
        elif kind == "subscriptions":
            # the phases are of all products, so they name none
            named = {one["name"]: one.get("product_ids", ()) for one in data["channels"]}
            self._subscribed(named)
        elif kind == "error":
            reason = ": ".join(str(data[key]) for key in ("message", "reason") if data.get(key))
            self.subscriptions.refused(self.frame.about, reason, self.moment)
            raise Refused(reason)
        else:
            self.counters.ignored += 1


class CoinbaseExchange(Coinbase):
    """The Exchange feed by `level2_batch`, which needs no key; with one by `level2`."""

    name: ClassVar[str] = "coinbase"
    URLS: ClassVar[Mapping[str, str]] = {
        "ws": "wss://ws-feed.exchange.coinbase.com",
        "rest": "https://api.exchange.coinbase.com",
    }
    BOOK: ClassVar[tuple[str, str]] = ("level2_batch", "level2")
    """The book's channel without and with a key."""

    def __init__(
        self,
        symbols: Sequence[str] = (),
        *,
        credentials: Credentials | None = None,
        publication: Publication | None = None,
        urls: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(symbols, publication=publication, urls=urls)
        self._credentials = credentials

    def opened(self, link: str) -> None:
        """Subscribe to everything at once."""
        self.subscriptions.begin(link)
        self.want(link, names=self.symbols)

    def subscribe(self, wanted: Wanted) -> None:
        """All channels of some products."""
        message: dict[str, Any] = {"type": "subscribe", "product_ids": list(wanted.names)}
        message["channels"] = [*self._channels(), "heartbeat", "status"]
        if self._credentials is not None:
            message |= signature(self._credentials, str(self.moment // _SECOND))
        self.send(wanted.link, message, secret=self._credentials is not None)

    def _of(self, wanted: Wanted) -> list[str]:
        return [*self._channels(), "heartbeat"]

    def _channels(self) -> list[str]:
        return [self.BOOK[self._credentials is not None], "matches"]


class _Book(OrderBook):
    """The orders of a product."""

    def __init__(self, limit: int = 0) -> None:
        super().__init__(limit)
        self.number = -1
        """The sequence number of the last message."""
        self.early: list[dict[str, Any]] = []
        """Messages that wait for a snapshot."""


def order_number(oid: str) -> int:
    """A long for an order's UUID: 63 of its first 64 bits, 59 of them random."""
    return int(oid.replace("-", "")[:16], 16) >> 1


class CoinbaseFull(CoinbaseExchange):
    """The Exchange feed order by order, `full`, and its snapshots by REST. It needs a key."""

    BOOK: ClassVar[tuple[str, str]] = ("full", "full")

    def __init__(
        self,
        symbols: Sequence[str] = (),
        *,
        credentials: Credentials | None = None,
        publication: Publication | None = None,
        urls: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(symbols, credentials=credentials, publication=publication, urls=urls)
        self.orders: dict[str, _Book] = {}
        """Books by symbol, as they stand."""
        self._asked: set[str] = set()

    def closed(self, link: str) -> None:
        """Orders come and go unseen from now on."""
        for book in self.orders.values():
            book.synced, book.early = False, []

    def answer(self, about: str, data: Any) -> None:
        """A product's orders, as of a sequence number."""
        sym = self.sym(about.partition(":")[2])
        self._asked.discard(sym)
        try:
            number = whole(data["sequence"])
            orders = [
                (side, *price_size(price, size), str(oid), order_number(oid))
                for side, key in (("buy", "bids"), ("sell", "asks"))
                for price, size, oid in data[key]
            ]
            if len({oid for _, _, _, oid, _ in orders}) < len(orders):
                raise ValueError("an order that is there twice")
        except BAD_INPUT:
            self._ask(sym, again=True)
            raise
        book = self.orders.setdefault(sym, _Book())
        if book.early and whole(book.early[0]["sequence"]) > number + 1:
            # older than the first message that waits for it
            self._ask(sym, again=True)
            return
        before = book.levels()
        book.clear()
        self.add(
            "mbo", (self.moment, sym, self.name, "clear", NULL_LONG, "", float("nan"), float("nan"), NULL_TIME, number)
        )
        for side, price, size, oid, long in orders:
            book.order(oid, side, price, size)
            self.add("mbo", (self.moment, sym, self.name, "add", long, side, price, size, NULL_TIME, number))
        book.number, book.synced = number, True
        gone: list[Level] = [
            (side, price, 0.0) for side, price, _ in before if price not in (book.bids if side == "buy" else book.asks)
        ]
        self.changed(sym, self.name, book, gone + book.levels(), NULL_TIME, number)
        early, book.early = book.early, []
        for message in early:
            self._ordered(sym, book, message, waited=True)

    def failed(self, about: str) -> None:
        """Ask again, after longer and longer."""
        sym = about.partition(":")[2]
        self._asked.discard(sym)
        self._ask(sym, again=True)

    def _channels(self) -> list[str]:
        return ["full"]

    def _exchange(self, data: dict[str, Any]) -> None:
        if "sequence" not in data or data["type"] in ("heartbeat", "last_match", "ticker"):
            super()._exchange(data)
            return
        sym = self.sym(data["product_id"])
        number = whole(data["sequence"])
        if "time" in data:
            self.stamp(rfc3339(data["time"]))
        book = self.orders.setdefault(sym, _Book())
        if book.synced:
            self._ordered(sym, book, data)
            return
        # nothing of a trade waits for a snapshot
        if data["type"] == "match":
            self._match(data)
        if book.early and number != whole(book.early[-1]["sequence"]) + 1:
            book.early = []
        book.early.append(data)
        del book.early[:-_EARLY]
        self._ask(sym)

    def _ask(self, sym: str, *, again: bool = False) -> None:
        if sym not in self._asked:
            self._asked.add(sym)
            self.fetch(f"level3:{sym}", f"/products/{sym}/book?level=3", again=again)

    def _ordered(self, sym: str, book: _Book, data: dict[str, Any], *, waited: bool = False) -> None:
        """A message of a product; `waited`: its trade is published already."""
        number = whole(data["sequence"])
        if data["type"] == "match" and not waited:
            self._match(data)
        if number <= book.number:
            # the snapshot was ahead of the messages
            return
        if number != book.number + 1:
            before = book.number
            self._out_of_sync(sym, book, [data])
            raise Gap(f"message {number} of {sym} after {before}")
        book.number = number
        try:
            etime = rfc3339(data["time"]) if "time" in data else NULL_TIME
            levels = self._order_event(sym, book, data, etime, number)
        except BAD_INPUT:
            self._out_of_sync(sym, book, [])
            raise
        if levels:
            self.changed(sym, self.name, book, levels, etime, number)

    def _out_of_sync(self, sym: str, book: _Book, early: list[dict[str, Any]]) -> None:
        book.synced, book.early = False, early
        self.counters.resyncs += 1
        self._ask(sym)

    def _order_event(self, sym: str, book: _Book, data: dict[str, Any], etime: int, number: int) -> list[Level]:
        """The levels that a message changes; makes its row of mbo."""
        kind = data["type"]
        oid = str(data["maker_order_id"] if kind == "match" else data["order_id"])
        side = _SIDES[data["side"]]
        known = book.orders.get(oid)
        levels: list[Level] = []
        if kind == "open":
            price, size = price_size(data["price"], data["remaining_size"])
            if known is not None or not size:
                raise ValueError(f"an order that opens, size {size}" + (", and is open" if known else ""))
            action, levels = "add", [book.order(oid, side, price, size)]
        elif known is None or kind not in ("match", "done", "change"):
            # received and activated orders are not in the book, and takers never were
            return []
        elif kind == "match":
            price, size = price_size(data["price"], data["size"])
            action, levels = "fill", [book.less(oid, round(known[2] - size, PLACES))]
        elif kind == "done":
            _, price, size = known
            action, levels = "delete", [book.less(oid, 0.0)]
        else:
            price, size = price_size(
                data.get("new_price") or known[1], data["new_size"] if "new_size" in data else known[2]
            )
            action, levels = "modify", [book.less(oid, 0.0)]
            if size > 0.0:
                levels.append(book.order(oid, side, price, size))
        self.add("mbo", (self.moment, sym, self.name, action, order_number(oid), side, price, size, etime, number))
        return levels


__all__ = ["Coinbase", "CoinbaseExchange", "CoinbaseFull", "order_number"]
