"""Rows of `depth` and `quote` from rows of `mbo`: the price levels (L2) and the touch that the orders of a feed (L3) make; and the touch of levels that a feed gives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from slipstream.errors import ConfigError
from slipstream.feed.base import Batch, Counters, Feed
from slipstream.feed.l2 import NAN, How
from slipstream.feed.schema import Columns, Row, columns, join

Key = tuple[str, str]
"""Symbol and venue."""


class _Book:
    """One instrument's levels."""

    __slots__ = ("ask", "bid", "buy", "crossed", "orders", "sell", "shown")

    def __init__(self) -> None:
        self.orders: dict[int, tuple[str, float, float]] = {}
        self.buy: dict[float, float] = {}
        self.sell: dict[float, float] = {}
        self.bid: float | None = NAN
        self.ask: float | None = NAN
        """Best prices; None is to be looked for."""
        self.shown: tuple[float, float, float, float] | None = None
        """The touch that was told last."""
        self.crossed = False

    def more(self, side: str, price: float, size: float) -> float:
        """A level gets more or less; returns what it has then, and never less than nothing."""
        levels = self.buy if side == "buy" else self.sell
        return self.put(side, price, levels.get(price, 0.0) + size)

    def put(self, side: str, price: float, now: float) -> float:
        """A level has so much; without a price, the side is empty. Returns what it has, and never less than nothing."""
        levels = self.buy if side == "buy" else self.sell
        if price != price:
            levels.clear()
            if side == "buy":
                self.bid = None
            else:
                self.ask = None
            return 0.0
        if now > 1e-9:
            levels[price] = now
            if side == "buy":
                if self.bid is not None and not price <= self.bid:
                    self.bid = price
            elif self.ask is not None and not price >= self.ask:
                self.ask = price
            return now
        levels.pop(price, None)
        if price == self.bid and side == "buy":
            self.bid = None
        elif price == self.ask and side == "sell":
            self.ask = None
        return 0.0

    def touch(self) -> tuple[float, float, float, float]:
        """Best bid and ask and their sizes; nan for an empty side."""
        if self.bid is None:
            self.bid = max(self.buy, default=NAN)
        if self.ask is None:
            self.ask = min(self.sell, default=NAN)
        return self.bid, self.ask, self.buy.get(self.bid, NAN), self.sell.get(self.ask, NAN)


class LevelsFeed:
    """
    A feed, with rows of `depth` and `quote` for its rows of `mbo`. A book that is crossed has no touch: that is counted, and the one before stays.

    An order without a price is in no level; of an order whose addition was not seen nothing is known. A book begins with rows that empty
    both sides, as that of a venue does (see `l2.Outlet`), and so does one that is cleared.

    Args:
        feed: order by order.
        how: a row for each change of a level, or once an interval for the levels that have changed in it, with its last ns as `time`.
        bbo: a row of `quote` for each change of the touch, or once an interval in which it has changed.
        every_ns: the interval, of receive time.
        max_orders: what is kept; of orders beyond nothing is known (counted as ignored).
        made: the feed makes a row of `depth` for each change of a level by itself; then those are told, and the touch, where it is wanted,
            is of them: as it is after all rows of a moment.

    Raises ConfigError for conflated rows of a feed that is taken up where it was: other runs would conflate otherwise.
    """

    def __init__(
        self,
        feed: Feed,
        how: How,
        *,
        bbo: How = "off",
        every_ns: int = 100_000_000,
        max_orders: int = 4_000_000,
        made: bool = False,
    ) -> None:
        self._feed, self._how, self._every, self._max, self._made = feed, how, every_ns, max_orders, made
        self._bbo = bbo
        self._quotes: list[Row] = []
        self._touched: dict[Key, tuple[int, int]] = {}
        """Books whose touch may have changed in the interval, with the last etime and number."""
        self.counters: Counters = feed.counters
        self.ledger: str = getattr(feed, "ledger", "")
        if self.ledger and "conflated" in (how, self._bbo):
            raise ConfigError(
                "command line",
                "--depth",
                "every or off: conflated levels differ from run to run, and this feed is taken up",
                how,
            )
        if (stop := getattr(feed, "stop", None)) is not None:
            # whoever plays a feed asks whether it is live, and what it goes on from, by these
            self.stop, self.marks, self.marked, self.resume = stop, feed.marks, feed.marked, feed.resume  # type: ignore[attr-defined]
        self._books: dict[Key, _Book] = {}
        self._begun: set[Key] = set()
        self._held = 0
        self._pending: dict[tuple[str, str, str, float], tuple[float, int, int]] = {}
        self._due: int | None = None

    def batches(self, step_ns: int) -> Iterator[Batch]:
        """The feed's, with depth."""
        for batch in self._feed.batches(step_ns):
            if self._how == "off" and self._bbo == "off":
                yield batch
                continue
            if self._due is not None and self._due <= batch.start:
                yield self._waiting()
            rows: list[Row] = []
            if self._made:
                batch = self._given(batch, rows)
            elif "mbo" in batch.tables:
                self._take(batch.tables["mbo"], rows)
            if self._due is not None and self._due <= batch.end:
                self._flush(rows)
            yield self._with(batch, rows)
        if self._due is not None:
            yield self._waiting()

    def _with(self, batch: Batch, rows: list[Row]) -> Batch:
        quotes, self._quotes = self._quotes, []
        tables = dict(batch.tables)
        for table, some in (("depth", rows), ("quote", quotes)):
            if not some:
                continue
            self._count(table, len(some))
            made = columns(table, some)
            if table in tables:
                # of one moment what empties a side comes first
                made = join([made, tables[table]])
                order = made["time"].argsort(kind="stable")
                made = {name: part[order] for name, part in made.items()}
            tables[table] = made
        return replace(batch, tables=tables)

    def _given(self, batch: Batch, rows: list[Row]) -> Batch:
        """Rows of the feed's own: as they are, behind those that books begin with, or conflated."""
        if "mbo" in batch.tables:
            mbo = batch.tables["mbo"]
            for at in (mbo["action"] == "clear").nonzero()[0].tolist():
                time, etime = (int(mbo[name][at].view("i8")) for name in ("time", "etime"))
                self._begin(rows, time, (mbo["sym"][at], mbo["venue"][at]), etime, int(mbo["seq"][at]))
        depth = batch.tables.get("depth")
        if depth is None:
            return batch
        if self._how == "every":
            keys = list(zip(depth["sym"].tolist(), depth["venue"].tolist(), strict=True))
            for key in dict.fromkeys(keys):
                if key not in self._begun:
                    at = keys.index(key)
                    time, etime = (int(depth[name][at].view("i8")) for name in ("time", "etime"))
                    self._begin(rows, time, key, etime, int(depth["seq"][at]))
        if self._how == "every" and self._bbo == "off":
            return batch
        moment, touched = 0, dict[Key, tuple[int, int]]()
        for time, sym, venue, side, price, size, etime, seq in zip(*_listed(depth), strict=True):
            if time != moment:
                self._settle(moment, touched)
                moment = time
            if self._due is not None and time >= self._due:
                self._flush(rows)
            if self._bbo != "off":
                self._books.setdefault((sym, venue), _Book()).put(side, price, size)
                touched[sym, venue] = (etime, seq)
            if self._how == "conflated":
                if (sym, venue) not in self._begun:
                    self._begin(rows, time, (sym, venue), etime, seq)
                self._tell(rows, time, (sym, venue, side, price), size, etime, seq)
        self._settle(moment, touched)
        if self._how == "every":
            return batch
        self._count("depth", -len(depth["time"]))
        return replace(batch, tables={name: made for name, made in batch.tables.items() if name != "depth"})

    def _begin(self, rows: list[Row], time: int, key: Key, etime: int, seq: int) -> None:
        self._begun.add(key)
        for side in ("buy", "sell"):
            self._tell(rows, time, (*key, side, NAN), 0.0, etime, seq)

    def _waiting(self) -> Batch:
        """What an interval that ended before the next batch has left."""
        assert self._due is not None
        stamp = self._due - 1
        rows: list[Row] = []
        self._flush(rows)
        return self._with(Batch(stamp, stamp, {}, 0), rows)

    def _count(self, table: str, number: int) -> None:
        self.counters.rows[table] = self.counters.rows.get(table, 0) + number

    def _flush(self, rows: list[Row]) -> None:
        assert self._due is not None
        stamp, self._due = self._due - 1, None
        pending, self._pending = self._pending, {}
        rows += [(stamp, *level, size, etime, seq) for level, (size, etime, seq) in pending.items()]
        touched, self._touched = self._touched, {}
        for key, (etime, seq) in touched.items():
            self._touch(key, stamp, etime, seq)

    def _take(self, mbo: Columns, rows: list[Row]) -> None:
        for time, sym, venue, action, oid, side, price, size, etime, seq in zip(*_listed(mbo), strict=True):
            if self._due is not None and time >= self._due:
                self._flush(rows)
            key = (sym, venue)
            book = self._books.get(key)
            if book is None or action == "clear":
                before, book = book, _Book()
                if before is not None:
                    self._held -= len(before.orders)
                    book.shown = before.shown
                self._books[key] = book
                self._begin(rows, time, key, etime, seq)
                self._changed(key, time, etime, seq)
            changed = False
            for each, at, now in self._changes(book, action, oid, side, price, size):
                changed = True
                self._tell(rows, time, (sym, venue, each, at), now, etime, seq)
            if changed:
                self._changed(key, time, etime, seq)

    def _settle(self, moment: int, touched: dict[Key, tuple[int, int]]) -> None:
        """All rows of a moment have come."""
        for key, (etime, seq) in touched.items():
            self._changed(key, moment, etime, seq)
        touched.clear()

    def _changed(self, key: Key, time: int, etime: int, seq: int) -> None:
        """The touch of a book may have changed."""
        if self._bbo == "every":
            self._touch(key, time, etime, seq)
        elif self._bbo == "conflated":
            self._wait(time)
            self._touched[key] = (etime, seq)

    def _touch(self, key: Key, time: int, etime: int, seq: int) -> None:
        book = self._books[key]
        now = book.touch()
        if now[0] >= now[1]:
            self.counters.crossed += not book.crossed
            book.crossed = True
            return
        book.crossed = False
        # an empty side is the same object each time, so that it compares equal to itself; a book that was never told of is not empty news
        if now != (book.shown or (NAN, NAN, NAN, NAN)):
            book.shown = now
            self._quotes.append((time, *key, *now, etime, seq))

    def _changes(
        self, book: _Book, action: str, oid: int, side: str, price: float, size: float
    ) -> Iterator[tuple[str, float, float]]:
        """What a row does to levels: side, price and what is there then."""
        if action == "add":
            if self._held >= self._max:
                self.counters.ignored += 1
                return
            if oid not in book.orders:
                self._held += 1
            book.orders[oid] = (side, price, size)
            if price == price:
                yield side, price, book.more(side, price, size)
            return
        known = book.orders.get(oid)
        if known is None:
            return
        side, before, had = known
        left, at = 0.0, before
        if action == "fill":
            left = had - size
        elif action == "modify":
            left, at = size, price if price == price else before
        if left > 1e-9:
            book.orders[oid] = (side, at, left)
        else:
            del book.orders[oid]
            self._held -= 1
        if at != before:
            if before == before:
                yield side, before, book.more(side, before, -had)
            if at == at and left > 1e-9:
                yield side, at, book.more(side, at, left)
        elif before == before and left != had:
            yield side, before, book.more(side, before, max(left, 0.0) - had)

    def _tell(
        self, rows: list[Row], time: int, level: tuple[str, str, str, float], size: float, etime: int, seq: int
    ) -> None:
        if self._how == "every":
            rows.append((time, *level, size, etime, seq))
        if self._how != "conflated":
            return
        self._wait(time)
        if level[3] != level[3]:
            # what was to be told of this side is so no more
            self._pending = {each: told for each, told in self._pending.items() if each[:3] != level[:3]}
        # in the order of the last change
        self._pending.pop(level, None)
        self._pending[level] = (size, etime, seq)

    def _wait(self, time: int) -> None:
        """For the end of the interval."""
        if self._due is None:
            self._due = time - time % self._every + self._every


def _listed(table: Columns) -> list[list[Any]]:
    """Columns as lists, times as ns since 1970."""
    return [(part.view("i8") if part.dtype.kind == "M" else part).tolist() for part in table.values()]


__all__ = ["LevelsFeed"]
