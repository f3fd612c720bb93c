"""
What the pages are sent, rendered once for all of them: JSON texts that pages with the same choice share.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Any, Final

from slipstream.scorecard import cells, figures
from slipstream.scorecard.data import Feed, Snapshot
from slipstream.tca import Parent

SPARKS: Final = 24  # values of a sparkline
KEPT: Final = 64  # renderings of charts that are kept, at most


class Board:
    """
    Args:
        feed: where the data come from.
    """

    def __init__(self, feed: Feed) -> None:
        self.feed = feed
        self._lock = threading.Lock()
        self._numbers: tuple[int, str] = (-1, "")
        self._charts: dict[str, tuple[tuple[int, int], str]] = {}
        self._sparks: dict[str, deque[float]] = {}
        self._spark_due = 0.0

    def find(self, name: str | None) -> Parent | None:
        """
        A parent by its name.
        """
        return next((p for p in self.feed.snapshot.parents if p.parent == name), None)

    def worst(self) -> str:
        """
        The parent that is looked at until somebody chooses one; empty while there is none.
        """
        rows = cells.parent_rows(self.feed.snapshot.parents)
        return str(rows[0]["parent"]) if rows else ""

    def numbers(self) -> tuple[int, str]:
        """
        The number of the newest answer, and the page's numbers as JSON.
        """
        snapshot = self.feed.snapshot
        with self._lock:
            if self._numbers[0] != snapshot.seq:
                self._remember(snapshot)
                content = {
                    "parents": cells.parent_rows(snapshot.parents, self._sparks),
                    "alerts": cells.alert_rows(snapshot.alerts),
                    "orders": {p.parent: {"title": cells.title(p), **cells.summary(p)} for p in snapshot.parents},
                }
                self._numbers = (snapshot.seq, figures.as_json(content))
            return self._numbers

    def pulse(self) -> dict[str, Any]:
        """
        The header and the page's state, at this moment.
        """
        snapshot, now = self.feed.snapshot, self.feed.now()
        return {
            "seq": now,
            "state": str(snapshot.state(now)),
            "reason": snapshot.reason(now),
            "header": cells.header(snapshot, now),
        }

    def charts(self, name: str) -> tuple[tuple[int, int], str]:
        """
        The charts of a parent as JSON, and what they are of: another pair is another drawing.
        """
        view, parent, split = self.feed.view(name), self.find(name), self.feed.split
        version = (view.seq, id(split))
        with self._lock:
            kept = self._charts.get(name)
            if kept is not None and kept[0] == version:
                return kept
        made = (version, figures.charts_json(view, parent, split=cells.plain_rows(split)))
        with self._lock:
            while len(self._charts) >= KEPT:
                del self._charts[next(iter(self._charts))]
            self._charts[name] = made
        return made

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
