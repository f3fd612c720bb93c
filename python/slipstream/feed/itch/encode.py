"""
ITCH out of rows: what a venue would have sent, from its `mbo`, `trade` and `status` rows.

- The rows of one stock at one moment are one step of its book; a print follows the fills it is made of.
- A print without a side ends an auction: its fills go out as C, not printable, and it as Q.
- A deletion right before an addition on the same side goes out as U, which tells the same.
- Orders without a price (market orders of an auction) have `MARKET_PRICE`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from slipstream.errors import FeedError
from slipstream.feed.itch.codec import MARKET_PRICE, STAMP_END, encode
from slipstream.feed.itch.parser import midnight
from slipstream.feed.schema import TABLES, Row

_SIDES = {"buy": "B", "sell": "S"}
_STATES = {"continuous": "T", "halted": "H", "auction": "Q"}
_CROSSES = {"open": "O", "close": "C"}
_ETIME = {table: list(TABLES[table]).index("etime") for table in ("mbo", "trade", "status")}


class Encoder:
    """
    Args:
        day: of the session, in the venue's zone.
        stocks: symbols in the order of their numbers, from 1.
        zone: the venue's.
    """

    def __init__(self, day: dt.date, stocks: Sequence[str], *, zone: str = "America/New_York") -> None:
        self._midnight = midnight(day, zone)
        self._locates = {sym: number for number, sym in enumerate(stocks, 1)}
        self._left: dict[int, int] = {}
        self._matches = 0
        self._closed: set[str] = set()

    def ref(self, sym: str, oid: int) -> int:
        """The order reference of a venue's order number: unique over all stocks."""
        return self._locates[sym] << 40 | oid

    def start(self, moment: int) -> Iterator[bytes]:
        """Beginning of the day at a moment, ns since 1970: its events, and the stocks."""
        stamp = self._stamp(moment)
        yield encode("S", stamp=stamp, event="O")
        for sym, locate in self._locates.items():
            yield encode(
                "R", locate=locate, stamp=stamp, stock=sym, category="Q", financial="N", lot=100, lots_only="N",
                issue="C", subtype="Z", authentic="P", short_sale="N", ipo="N", tier="1", etp="N", inverse="N",
            )  # fmt: skip
        yield encode("S", stamp=stamp, event="S")

    def end(self, moment: int) -> Iterator[bytes]:
        """End of the day."""
        yield encode("S", stamp=self._stamp(moment), event="C")

    def rows(self, tables: Mapping[str, Sequence[Row]]) -> Iterator[bytes]:
        """
        Messages of rows, which must hold whole moments.

        Raises FeedError for rows that no venue could have: a fill of an order that was not added, or without its print.
        """
        merged = [
            (row[_ETIME[table]], self._locates[row[1]], row[-1], number, table, row)
            for table in ("mbo", "trade", "status")
            for number, row in enumerate(tables.get(table, ()))
            if row[1] in self._locates
        ]
        merged.sort(key=lambda each: each[:4])
        for (etime, locate), group in groupby(merged, key=lambda each: (each[0], each[1])):
            yield from self._moment(self._stamp(etime), locate, [(table, row) for *_, table, row in group])

    def _moment(self, stamp: int, locate: int, rows: list[tuple[str, Row]]) -> Iterator[bytes]:
        prints = self._prints(rows)
        head = {"locate": locate, "stamp": stamp}
        skip = False
        for number, (table, row) in enumerate(rows):
            sym = row[1]
            if skip:
                skip = False
            elif table == "status":
                yield from self._status(head, row)
            elif table == "trade":
                if not row[5]:
                    self._matches += 1
                    yield encode(
                        "Q", **head, shares=round(row[4]), stock=sym, price=_whole(row[3]), match=self._matches,
                        cross=_CROSSES.get(row[6], "H"),
                    )  # fmt: skip
            else:
                after = rows[number + 1] if number + 1 < len(rows) else None
                skip = bool(
                    row[3] == "delete"
                    and after
                    and after[0] == "mbo"
                    and after[1][3] == "add"
                    and after[1][5] == row[5]
                )
                yield self._order(head, row, prints.get(number), after[1] if skip and after else None)

    def _prints(self, rows: list[tuple[str, Row]]) -> dict[int, Row]:
        """The print that each fill is part of, by the fill's place."""
        found: dict[int, Row] = {}
        last: Row | None = None
        for number in range(len(rows) - 1, -1, -1):
            table, row = rows[number]
            if table == "trade":
                last = row
            elif table == "mbo" and row[3] == "fill":
                if last is None:
                    raise FeedError(f"itch: order {row[4]} of {row[1]} was filled and nothing was printed")
                found[number] = last
        return found

    def _order(self, head: Mapping[str, int], row: Row, print_: Row | None, new: Row | None) -> bytes:
        sym, action, oid, side, size = row[1], row[3], row[4], row[5], round(row[7])
        ref = self.ref(sym, oid)
        if action == "add":
            self._left[ref] = size
            return encode("A", **head, ref=ref, side=_SIDES[side], shares=size, stock=sym, price=_whole(row[6]))
        if ref not in self._left:
            raise FeedError(f"itch: {action} of order {oid} of {sym}, which was not added")
        if action == "delete":
            del self._left[ref]
            if new is None:
                return encode("D", **head, ref=ref)
            new_ref, shares = self.ref(sym, new[4]), round(new[7])
            self._left[new_ref] = shares
            return encode("U", **head, ref=ref, new_ref=new_ref, shares=shares, price=_whole(new[6]))
        before = self._left[ref]
        self._left[ref] = size if action == "modify" else before - size
        if self._left[ref] == 0:
            del self._left[ref]
        if action == "modify":
            return encode("X", **head, ref=ref, shares=before - size)
        assert print_ is not None
        self._matches += 1
        if print_[5]:
            return encode("E", **head, ref=ref, shares=size, match=self._matches)
        return encode("C", **head, ref=ref, shares=size, match=self._matches, printable="N", price=_whole(print_[3]))

    def _status(self, head: Mapping[str, int], row: Row) -> Iterator[bytes]:
        sym, state, reason = row[1], row[3], row[4]
        if state == "closed":
            # the day ends for all stocks at once
            self._closed.add(sym)
            if len(self._closed) == len(self._locates):
                yield encode("S", stamp=head["stamp"], event="E")
        else:
            yield encode("H", **head, stock=sym, state=_STATES[state], reason=reason[:4])

    def _stamp(self, moment: int) -> int:
        stamp = moment - self._midnight
        if not 0 <= stamp < STAMP_END:
            raise FeedError(f"itch: {moment} is not in the session's day")
        return int(stamp)


def _whole(price: float) -> int:
    return MARKET_PRICE if price != price else round(price * 10_000)
