"""
Binance: spot and coin-margined futures, from raw capture lines `<receive time, ns since 1970> <json>`.

| stream | table |
|---|---|
| `@bookTicker` | quote |
| `@trade`, `@aggTrade` | trade |
| `@depth…` (`depthUpdate`) and REST depth snapshots | depth, and the book kept here to check them |

`time` is the receive time, `etime` the exchange's (spot bookTicker has none: null). Update ids (`U` first,
`u` last, `pu` the `u` before, futures only) must join without a hole; a hole makes the book unsynchronised
until the next snapshot.
"""

from __future__ import annotations

import gzip
import heapq
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from slipstream.errors import FeedError
from slipstream.feed.base import Batch, BatchBuilder, Counters, Quarantine
from slipstream.feed.schema import NULL_TIME, Row

Line = tuple[int, str, int, bytes]
"""Receive time, source file, line number, JSON."""

Level = tuple[str, float, float]
"""Side (`buy` is the bid), price, size."""


class Book:
    """
    One instrument's L2 book, kept by the venue's rule: updates older than the snapshot are dropped, the
    first one used must reach across the snapshot's id, each later one must follow the one before.
    """

    def __init__(self) -> None:
        self.bids: dict[float, float] = {}
        self.asks: dict[float, float] = {}
        self.synced = False
        """A snapshot has been applied and no update has been missed since."""
        self.last_id: int | None = None
        self._best_bid: list[float] = []
        self._best_ask: list[float] = []
        self._early: list[tuple[int, int, int | None, list[Level]]] = []
        self._touched: set[tuple[str, float]] = set()
        self._spliced = False

    def best(self) -> tuple[float, float]:
        """Best bid and ask; nan for an empty side."""
        while self._best_bid and -self._best_bid[0] not in self.bids:
            heapq.heappop(self._best_bid)
        while self._best_ask and self._best_ask[0] not in self.asks:
            heapq.heappop(self._best_ask)
        nan = float("nan")
        return (-self._best_bid[0] if self._best_bid else nan), (self._best_ask[0] if self._best_ask else nan)

    @property
    def crossed(self) -> bool:
        """Best bid at or above best ask: impossible on a matching engine, so something was missed."""
        bid, ask = self.best()
        return bid >= ask

    def snapshot(self, last_id: int, levels: list[Level]) -> tuple[list[Level], bool]:
        """
        Start again from a snapshot and the updates received since before it.

        Returns the levels that make a follower's book equal to this one, and whether an update was missing
        in between.
        """
        self.bids, self.asks, self._best_bid, self._best_ask = {}, {}, [], []
        stale = self._touched
        for level in levels:
            self._set(*level)
        self.last_id, self.synced, self._spliced = last_id, True, False
        early, self._early, self._touched = self._early, [], set()
        gap = False
        for first, last, previous, changes in early:
            gap = self.update(first, last, previous, changes) or gap
        sides = {"buy": self.bids, "sell": self.asks}
        removed = [(side, price, 0.0) for side, price in sorted(stale) if price not in sides[side]]
        current = [("buy", price, size) for price, size in sorted(self.bids.items(), reverse=True)]
        current += [("sell", price, size) for price, size in sorted(self.asks.items())]
        return removed + current, gap

    def update(self, first: int, last: int, previous: int | None, levels: list[Level]) -> bool:
        """Apply one update; true if one before it was missed."""
        gap = False
        if not self.synced:
            if self._early and not _follows(self._early[-1][1], first, last, previous):
                self._early.clear()
                gap = True
            self._early.append((first, last, previous, levels))
            self._touched.update((side, price) for side, price, _ in levels)
            return gap
        assert self.last_id is not None
        if not self._spliced:
            if last <= self.last_id if previous is None else last < self.last_id:
                return False
            ok = first <= self.last_id + 1
        else:
            ok = _follows(self.last_id, first, last, previous)
        if not ok:
            self.synced, self.last_id = False, None
            self._touched = {("buy", price) for price in self.bids} | {("sell", price) for price in self.asks}
            self._touched.update((side, price) for side, price, _ in levels)
            self._early = [(first, last, previous, levels)]
            return True
        self._spliced, self.last_id = True, last
        for level in levels:
            self._set(*level)
        return False

    def _set(self, side: str, price: float, size: float) -> None:
        levels = self.bids if side == "buy" else self.asks
        if size == 0.0:
            levels.pop(price, None)
            return
        if price not in levels:
            if side == "buy":
                heapq.heappush(self._best_bid, -price)
            else:
                heapq.heappush(self._best_ask, price)
        levels[price] = size


def _follows(before: int, first: int, last: int, previous: int | None) -> bool:
    return last >= first and (first == before + 1 if previous is None else previous == before)


class BinanceFeed:
    """
    Replay of raw captures, one or several instruments at once.

    Files of one instrument follow one another; instruments are merged by receive time.
    """

    def __init__(self, files: Sequence[Path | str], *, quarantine: Quarantine | None = None) -> None:
        if not files:
            raise FeedError("binance: no capture file given")
        self.counters = Counters()
        self.quarantine = quarantine or Quarantine()
        self.books: dict[str, Book] = {}
        """Books by symbol, as they stand."""
        self.files = [Path(file) for file in files]
        for file in self.files:
            if not file.is_file():
                raise FeedError(f"binance: no such capture file: {file}")
        self._builder: BatchBuilder | None = None
        self._quote_id: dict[str, int] = {}
        self._trade_id: dict[str, int] = {}
        self._kinds: dict[str, Callable[[int, dict[str, Any], str], None]] = {
            "depthUpdate": self._depth,
            "bookTicker": self._quote,
            "trade": self._trade,
            "aggTrade": self._trade,
        }

    def batches(self, step_ns: int) -> Iterator[Batch]:
        """All files, in receive-time order."""
        builder = self._builder = BatchBuilder(step_ns, self.counters)
        reached = 0
        for moment, source, position, data in self._lines():
            self.counters.messages += 1
            if moment < reached:
                self.counters.late += 1
                moment = reached
            reached = moment
            done = builder.at(moment)
            if done is not None:
                yield done
            try:
                self._message(moment, json.loads(data), Path(source).stem)
            except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
                self._refuse(source, position, f"undecodable: {type(error).__name__} {error}", data)
            except _Crossed as crossed:
                self.counters.crossed += 1
                self.quarantine.add(source, position, f"crossed: {crossed}", data)
            except _Gap as gap:
                self.counters.gaps += 1
                self.quarantine.add(source, position, f"gap: {gap}", data)
        last = builder.take()
        if last is not None:
            yield last

    def _lines(self) -> Iterator[Line]:
        groups: dict[str, list[Path]] = {}
        for file in self.files:
            groups.setdefault(_instrument(file), []).append(file)
        return heapq.merge(*(self._chain(files) for files in groups.values()), key=lambda line: line[0])

    def _chain(self, files: Iterable[Path]) -> Iterator[Line]:
        for file in files:
            number = 0
            try:
                with _open(file) as lines:
                    for number, line in enumerate(lines, 1):
                        stamp, _, data = line.strip().partition(b" ")
                        if not stamp.isdigit() or not data:
                            self.counters.messages += 1
                            self._refuse(str(file), number, "undecodable: not `<ns> <json>`", line)
                            continue
                        yield int(stamp), str(file), number, data
            except (EOFError, gzip.BadGzipFile, OSError) as error:
                self._refuse(str(file), number, f"unreadable: {type(error).__name__} {error}", b"")

    def _refuse(self, source: str, position: int, reason: str, data: bytes) -> None:
        self.counters.undecodable += 1
        self.quarantine.add(source, position, reason, data)

    def _message(self, moment: int, message: dict[str, Any], source: str) -> None:
        stream = message.get("stream", "")
        data = message.get("data", message)
        if "lastUpdateId" in data:
            self._snapshot(moment, data, source)
            return
        kind = data.get("e") or ("bookTicker" if stream.endswith("@bookTicker") else "")
        handler = self._kinds.get(kind)
        if handler is None:
            self.counters.ignored += 1
            return
        venue = _venue(data)
        # when the message was made: the clock that the difference to our own is about
        if "E" in data and self._builder is not None:
            self._builder.stamp(venue, int(data["E"]) * 1_000_000, moment)
        handler(moment, data, venue)

    def _add(self, table: str, row: Row) -> None:
        assert self._builder is not None
        self._builder.add(table, row)

    def _quote(self, moment: int, data: dict[str, Any], venue: str) -> None:
        sym = data["s"]
        bid, ask, bsize, asize = float(data["b"]), float(data["a"]), float(data["B"]), float(data["A"])
        if bid > ask:
            raise _Crossed(f"bid {bid} above ask {ask}")
        update = int(data["u"])
        self._add("quote", (moment, sym, venue, bid, ask, bsize, asize, _etime(data), update))
        before = self._quote_id.get(sym, 0)
        self._quote_id[sym] = max(update, before)
        if update < before:
            raise _Gap(f"quote update {update} after {before}")

    def _trade(self, moment: int, data: dict[str, Any], venue: str) -> None:
        sym = data["s"]
        aggregate = data["e"] == "aggTrade"
        trade = int(data["a"] if aggregate else data["t"])
        # `m`: the buyer's order was resting, so the seller was the aggressor
        side = "sell" if data["m"] else "buy"
        price, size = float(data["p"]), float(data["q"])
        self._add("trade", (moment, sym, venue, price, size, side, data.get("X", "").lower(), _etime(data), trade))
        key = sym + ("@aggTrade" if aggregate else "")
        before = self._trade_id.get(key)
        self._trade_id[key] = trade
        if before is not None and trade != before + 1:
            raise _Gap(f"trade {trade} after {before}")

    def _depth(self, moment: int, data: dict[str, Any], venue: str) -> None:
        sym = data["s"]
        levels = _levels(data["b"], data["a"])
        first, last = int(data["U"]), int(data["u"])
        previous = int(data["pu"]) if "pu" in data else None
        etime = _etime(data)
        for side, price, size in levels:
            self._add("depth", (moment, sym, venue, side, price, size, etime, last))
        book = self.books.setdefault(sym, Book())
        before = book.last_id
        if book.update(first, last, previous, levels):
            raise _Gap(f"depth update {first}-{last} does not follow {before}")
        if book.synced and book.crossed:
            raise _Crossed("book bid {} ask {}".format(*book.best()))

    def _snapshot(self, moment: int, data: dict[str, Any], source: str) -> None:
        levels = _levels(data["bids"], data["asks"])
        sym = data.get("symbol") or _symbol_of(source, self.books)
        venue = "binancecm" if "pair" in data else "binance"
        book = self.books.setdefault(sym, Book())
        last_id = int(data["lastUpdateId"])
        follower, gap = book.snapshot(last_id, levels)
        etime = _etime(data)
        for side, price, size in follower:
            self._add("depth", (moment, sym, venue, side, price, size, etime, last_id))
        if gap:
            raise _Gap(f"updates between snapshot {last_id} and the next are missing")
        if book.crossed:
            raise _Crossed("book bid {} ask {} after a snapshot".format(*book.best()))


class _Crossed(Exception):
    """Bid against ask is impossible."""


class _Gap(Exception):
    """A sequence number is missing."""


def instruments(files: Sequence[Path]) -> list[str]:
    """The instruments that captures hold, each once."""
    return list(dict.fromkeys(_instrument(file) for file in files))


def _open(file: Path) -> IO[bytes]:
    with file.open("rb") as start:
        zipped = start.read(2) == b"\x1f\x8b"
    return gzip.open(file) if zipped else file.open("rb")  # type: ignore[return-value]


def _instrument(file: Path) -> str:
    """Which instrument a capture holds, by its first readable line that names one; the file's own name if
    none does."""
    try:
        with _open(file) as lines:
            for _, line in zip(range(1_000), lines, strict=False):
                try:
                    message = json.loads(line.partition(b" ")[2])
                    data = message.get("data", message)
                    sym = data.get("s") or data.get("symbol")
                except (ValueError, AttributeError):
                    continue
                if sym:
                    return str(sym)
    except (EOFError, OSError):
        return str(file)
    return str(file)


def _symbol_of(source: str, books: dict[str, Book]) -> str:
    """The instrument of a spot snapshot, which does not name it: the one in the file's name, else the only
    one seen."""
    words = source.replace(".", "_").split("_")
    named = [sym for sym in books if sym.lower() in words]
    if len(named) == 1:
        return named[0]
    if len(books) == 1:
        return next(iter(books))
    raise ValueError(f"a snapshot that names no symbol, and {len(books)} symbols it could be of")


def _levels(bids: list[list[str]], asks: list[list[str]]) -> list[Level]:
    made = [("buy", float(price), float(size)) for price, size in bids]
    made += [("sell", float(price), float(size)) for price, size in asks]
    return made


def _venue(data: dict[str, Any]) -> str:
    # futures messages name the pair, or carry a transaction time in depth and quotes
    if "ps" in data or "pair" in data or "X" in data or "_" in data["s"]:
        return "binancecm"
    return "binance"


def _etime(data: dict[str, Any]) -> int:
    """The exchange's time: `T` when the matching engine did it, else `E` when the message was made; ms."""
    stamp = data.get("T", data.get("E"))
    return NULL_TIME if stamp is None else int(stamp) * 1_000_000


__all__ = ["BinanceFeed", "Book", "instruments"]
