"""Which touches are published: every change, or the last of each interval of the venue's time."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from slipstream.feed import base
from slipstream.feed.itch.book import NONE, TOP, Changes
from slipstream.feed.itch.codec import Ints
from slipstream.feed.schema import DAY_NS

Found = dict[str, npt.NDArray[Any]]

_NAMES = ("locate", "bid", "bsize", "ask", "asize", "time", "etime", "seq", "bucket")
_TOUCH = ("bid", "bsize", "ask", "asize")
_STOCKS = 1 << 16
_DAY_BUCKETS = 1 << 48
"""More than a day has intervals, so that days of reception count as intervals of their own too."""


class Touches:
    """
    Args:
        interval_ns: 0 publishes every change.
        counters: where crossed books are counted; their touch is published as none at all.
    """

    def __init__(self, interval_ns: int, counters: base.Counters) -> None:
        self._interval, self._counters = interval_ns, counters
        self._crossed = np.zeros(_STOCKS, dtype=bool)
        self._told = {name: np.full(_STOCKS, 0 if name.endswith("size") else NONE, dtype=np.int64) for name in _TOUCH}
        self._held: Found = {name: np.empty(0, dtype=np.int64) for name in _NAMES}
        self._bucket = 0

    def take(self, changes: Changes, times: Ints, etimes: Ints, seqs: Ints) -> Found:
        """
        What is to be published, in order of time.

        Args:
            changes: what a burst did.
            times: when each of its messages came; etimes: the venue's stamps; seqs: the venue's numbers.
        """
        at, *touch = np.array(changes.touches, dtype=np.int64).reshape(-1, 6).T.copy()
        made: Found = dict(zip(("locate", *_TOUCH), touch, strict=True))
        made |= {"time": times[at], "etime": etimes[at], "seq": seqs[at]}
        if not self._interval:
            crossed = _crossed(made)
            if not crossed.any() and not self._crossed.any():
                # the book tells changes only
                for name in _TOUCH:
                    self._told[name][made["locate"]] = made[name]
                return made
            # a message counts with all it did
            return self._changed({**made, "bucket": at})
        buckets = np.maximum(etimes // self._interval % _DAY_BUCKETS + times // DAY_NS * _DAY_BUCKETS, self._bucket)
        buckets = np.maximum.accumulate(buckets)
        self._bucket = int(buckets[-1])
        made["bucket"] = buckets[at]
        joined = {name: np.concatenate([self._held[name], made[name]]) for name in _NAMES}
        open_yet = joined["bucket"] == self._bucket
        self._held = {name: part[open_yet] for name, part in joined.items()}
        return self._changed({name: part[~open_yet] for name, part in joined.items()})

    def finish(self) -> Found:
        """What waits for its interval to end."""
        held, self._held = self._held, {name: part[:0] for name, part in self._held.items()}
        return self._changed(held)

    def _changed(self, found: Found) -> Found:
        """The last touch of each stock in each interval, where it is another than the one before."""
        order = np.argsort(found["locate"], kind="stable")
        rows = {name: part[order] for name, part in found.items()}
        locate = rows["locate"]
        if not len(locate):
            return rows
        crossed = _crossed(rows)
        self._counters.crossed += int((crossed & ~_before(crossed, locate, self._crossed)).sum())
        for name in _TOUCH:
            rows[name][crossed] = 0 if name.endswith("size") else NONE
        last = np.ones(len(locate), dtype=bool)
        last[:-1] = (np.diff(locate) != 0) | (np.diff(rows["bucket"]) != 0)
        rows, order = {name: part[last] for name, part in rows.items()}, order[last]
        locate = rows["locate"]
        other = np.zeros(len(locate), dtype=bool)
        for name in _TOUCH:
            other |= rows[name] != _before(rows[name], locate, self._told[name])
        rows, order = {name: part[other] for name, part in rows.items()}, order[other]
        back = np.argsort(order, kind="stable")
        return {name: part[back] for name, part in rows.items()}


def _crossed(rows: Found) -> npt.NDArray[np.bool_]:
    """Where the best bid is at or above the best offer."""
    bid, ask = rows["bid"], rows["ask"]
    found: npt.NDArray[np.bool_] = (TOP - (bid & TOP) >= ask & TOP) & (bid != NONE) & (ask != NONE)
    return found


def _before(values: npt.NDArray[Any], locate: Ints, known: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Of rows sorted by stock, the value of the stock's row before; `known` has those of earlier bursts and gets the last of these."""
    before = np.empty_like(values)
    before[1:] = values[:-1]
    first = np.ones(len(locate), dtype=bool)
    first[1:] = np.diff(locate) != 0
    before[first] = known[locate[first]]
    known[locate] = values
    return before
