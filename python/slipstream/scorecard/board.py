"""
What the pages are sent, rendered once for all of them: JSON texts that pages with the same choice share.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Any, Final, TypeVar

from slipstream.scorecard import cells, figures
from slipstream.scorecard.data import Feed, Sight, Snapshot, View
from slipstream.scorecard.figures import Bands
from slipstream.tca import Parent

SPARKS: Final = 14  # values of a sparkline
KEPT: Final = 64  # renderings of each kind that are kept, at most

K = TypeVar("K")
V = TypeVar("V")


class Board:
    """
    What is rendered, for each sight (`data.Sight`) by itself: pages that see the same share it.

    Args:
        feed: where the data come from.
        bands: those of an order's COST lamp.
    """

    def __init__(self, feed: Feed, bands: Callable[[Parent], Bands] = lambda _: figures.USUAL) -> None:
        self.feed, self._bands = feed, bands
        self._lock, self._drawing = threading.Lock(), threading.Lock()
        self._numbers: dict[Sight, tuple[int, str]] = {}
        self._charts: dict[str, tuple[int, str]] = {}
        self._splits: dict[Sight, tuple[Any, str]] = {}
        self._sparks: dict[str, deque[float]] = {}
        self._spark_due = 0.0

    def find(self, name: str | None, sight: Sight) -> Parent | None:
        """
        A parent that somebody sees, by its name.
        """
        return next((p for p in self.feed.snapshot.seen(sight).parents if p.parent == name), None)

    def worst(self, sight: Sight) -> str:
        """
        The parent that is looked at until somebody chooses one; empty while there is none.
        """
        rows = cells.parent_rows(self.feed.snapshot.seen(sight).parents)
        return str(rows[0]["parent"]) if rows else ""

    def chosen(self, name: str | None, sight: Sight) -> str:
        """
        The parent that somebody chose, where that one is seen, else the worst.
        """
        return name if name and self.find(name, sight) else self.worst(sight)

    def numbers(self, sight: Sight) -> tuple[int, str]:
        """
        The number of the newest answer, and the page's numbers as JSON.
        """
        snapshot = self.feed.snapshot
        with self._lock:
            kept = self._numbers.get(sight)
            if kept is None or kept[0] != snapshot.seq:
                self._remember(snapshot)
                seen = snapshot.seen(sight)
                content = {
                    "parents": cells.parent_rows(seen.parents, self._sparks),
                    "alerts": cells.alert_rows(seen.alerts),
                    "orders": {p.parent: {"title": cells.title(p), **cells.summary(p)} for p in seen.parents},
                }
                kept = _keep(self._numbers, sight, (snapshot.seq, figures.as_json(content)))
            return kept

    def pulse(self, sight: Sight) -> dict[str, Any]:
        """
        The header and the page's state, at this moment.
        """
        snapshot, now = self.feed.snapshot.seen(sight), self.feed.now()
        return {
            "seq": now,
            "state": str(snapshot.state(now)),
            "reason": snapshot.reason(now),
            "header": cells.header(snapshot, now),
        }

    def charts(self, name: str, sight: Sight) -> tuple[int, str]:
        """
        The charts of a parent as JSON, and what they are of: another number is another drawing. Of one that is not seen there are none.
        """
        parent = self.find(name, sight)
        if parent is None:
            return -1, figures.charts_json(View(), None)
        view = self.feed.view(name)
        # pages ask at the same moments: one draws, the others wait for it
        with self._drawing:
            kept = self._charts.get(name)
            if kept is None or kept[0] != view.seq:
                kept = _keep(self._charts, name, (view.seq, figures.charts_json(view, parent, self._bands(parent))))
            return kept

    def split(self, sight: Sight) -> str:
        """
        The breakdown of what somebody sees as JSON.
        """
        table = self.feed.split(sight)
        with self._lock:
            kept = self._splits.get(sight)
            if kept is None or kept[0] is not table:
                kept = _keep(self._splits, sight, (table, figures.as_json(cells.plain_rows(table))))
            return kept[1]

    def _remember(self, snapshot: Snapshot) -> None:
        """
        Note each order's slippage about once a second, for the sparklines.
        """
        now = self.feed.now()
        if now < self._spark_due:
            return
        self._spark_due = now + self.feed.charts_s
        there = {p.parent for p in snapshot.parents}
        for gone in [name for name in self._sparks if name not in there]:
            del self._sparks[gone]
        for p in snapshot.parents:
            if p.slip_bps is not None:
                self._sparks.setdefault(p.parent, deque(maxlen=SPARKS)).append(p.slip_bps)


def _keep(cache: dict[K, V], key: K, made: V) -> V:
    """
    Put something into a cache, in which what was made longest ago gives way.
    """
    cache.pop(key, None)
    while len(cache) >= KEPT:
        del cache[next(iter(cache))]
    cache[key] = made
    return made
