"""
How far a source's clock is from ours, and how fast they part: from when messages were made and when they were received.

The difference of the two is the clocks' offset plus what the way took. The way takes time that is never less than its least, so the
lower edge of the differences shows the offset (with the least of the way in it) and, by its slope, the drift. The edge is the
line below all differences that comes nearest to them: the edge of their lower hull that spans the middle of the window.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from slipstream.feed.base import Batch
from slipstream.feed.schema import NULL_LONG, NULL_TIME, Columns, Row, columns, times

Moments = npt.NDArray[np.int64]

_BINS_LEAST = 10
"""Bins of the window from which a slope is told."""
_RECENT_MOST = 100_000
"""Messages between two rows from which the median is taken."""
_STEP_BINS = 5
"""Bins in a row above the edge by more than a step, after which the clock has stepped."""


@dataclass(frozen=True)
class Limits:
    """What is alarming, and over what it is estimated."""

    window_s: float = 600.0
    """Seconds of event time that the estimate looks back."""
    every_s: float = 10.0
    """Seconds between rows of a source."""
    offset_ms: float = 250.0
    """Milliseconds that the clocks may differ, the way included."""
    drift_ppm: float = 50.0
    """Microseconds a second by which they may part."""
    step_ms: float = 20.0
    """Milliseconds by which a difference must leave the edge to count as a step of a clock."""


@dataclass(frozen=True)
class Estimate:
    """What is known of a source's clock."""

    offset: int | None
    """Ours less theirs, with the least of the way in it, ns; negative means theirs is ahead. None before the first message."""
    drift: float
    """By which ours gains on theirs, ppm; nan while too little is known."""
    jitter: int | None
    """What the way took beyond its least, ns: the median since the last row."""
    steps: int
    """How often a clock has stepped."""


class Skew:
    """
    One source.

    Args:
        limits: what to look at; see `Limits`.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._bin_ns = max(int(limits.window_s * 1e9 / 600), 1_000_000)
        self._bins: deque[tuple[int, int, int]] = deque(maxlen=600)
        """Number of the bin; when its least difference was received, and that difference."""
        self._recent: list[tuple[Moments, npt.NDArray[np.int64]]] = []
        """Since the last row: when messages were received, and their differences."""
        self.steps = 0
        self.n = 0
        """Messages since `restart`."""

    def observe(self, made: Moments, received: Moments) -> None:
        """Take messages in the order of arrival: when each was made, null where unknown, and when it was received."""
        known = made != NULL_TIME
        made, received = made[known], received[known]
        if not len(made):
            return
        differences = received - made
        self.n += len(made)
        if sum(len(part) for part, _ in self._recent) < _RECENT_MOST:
            self._recent.append((received, differences))
        bins = received // self._bin_ns
        starts = np.concatenate([[0], np.flatnonzero(np.diff(bins)) + 1])
        for start, stop in pairwise([*starts.tolist(), len(bins)]):
            least = start + int(np.argmin(differences[start:stop]))
            self._add(int(bins[start]), int(received[least]), int(differences[least]))

    def _add(self, number: int, moment: int, difference: int) -> None:
        bins = self._bins
        if bins and bins[-1][0] == number:
            if difference >= bins[-1][2]:
                return
            bins.pop()
        while bins and bins[0][0] <= number - 600:
            bins.popleft()
        bins.append((number, moment, difference))
        self._look_for_step()

    def _look_for_step(self) -> None:
        """A clock that was set: differences far below the edge at once, or far above it for some time."""
        bins = self._bins
        if len(bins) <= _STEP_BINS:
            return
        limit = int(self._limits.step_ms * 1e6)
        points = list(bins)
        before = min(difference for _, _, difference in points[-2 * _STEP_BINS : -_STEP_BINS] or points[:-_STEP_BINS])
        latest = [difference for _, _, difference in points[-_STEP_BINS:]]
        if latest[-1] < min(before, *latest[:-1]) - limit:
            kept = points[-1:]
        elif min(latest) > before + limit and max(latest[:-1]) - min(latest) < limit:
            kept = points[-_STEP_BINS:]
        else:
            return
        self.steps += 1
        bins.clear()
        bins.extend(kept)

    def estimate(self) -> Estimate:
        """What is known now."""
        if not self._bins:
            return Estimate(None, float("nan"), None, self.steps)
        base_moment, base = self._bins[-1][1], self._bins[-1][2]
        at = np.array([(moment - base_moment) / 1e9 for _, moment, _ in self._bins])
        value = np.array([float(difference - base) for _, _, difference in self._bins])
        slope, height = _edge(at, value)
        if len(at) < _BINS_LEAST:
            slope, height, drift = 0.0, float(value.min()), float("nan")
        else:
            drift = slope / 1_000
        offset = base + round(height)
        jitter = None
        if self._recent:
            when, differences = (np.concatenate(part) for part in zip(*self._recent, strict=True))
            beyond = differences - offset - slope * ((when - base_moment) / 1e9)
            jitter = round(float(np.median(beyond)))
        return Estimate(offset, drift, jitter, self.steps)

    def restart(self) -> None:
        """Begin counting anew what is counted between rows."""
        self._recent.clear()
        self.n = 0


def _edge(at: npt.NDArray[np.float64], value: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Slope, and value at 0, of the edge of the lower hull that spans the mean of `at`."""
    hull: list[tuple[float, float]] = []
    for point in sorted(zip(at.tolist(), value.tolist(), strict=True)):
        if hull and hull[-1][0] == point[0]:
            continue
        while len(hull) > 1 and _turn(hull[-2], hull[-1], point) <= 0:
            hull.pop()
        hull.append(point)
    middle = float(at.mean())
    for (x0, y0), (x1, y1) in pairwise(hull):
        if x1 >= middle:
            slope = (y1 - y0) / (x1 - x0)
            return slope, y0 - slope * x0
    return 0.0, hull[-1][1]


def _turn(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


class SkewTracker:
    """
    The clocks of all sources of a feed, as rows of table `skew`.

    Args:
        limits: what is alarming.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.sources: dict[str, Skew] = {}
        self._due = 0
        self._steps: dict[str, int] = {}

    def observe(self, batch: Batch) -> Columns | None:
        """Take a batch; rows of `skew` when they are due."""
        if batch.stamps is None:
            found = _by_venue(batch)
        else:
            found = {
                source: (np.array([one for one, _ in pairs], np.int64), np.array([two for _, two in pairs], np.int64))
                for source, pairs in batch.stamps.items()
            }
        for source, (made, received) in found.items():
            self.sources.setdefault(source, Skew(self.limits)).observe(made, received)
        if not self._due:
            self._due = batch.end + int(self.limits.every_s * 1e9)
        if batch.end < self._due:
            return None
        self._due = batch.end + int(self.limits.every_s * 1e9)
        return self.rows(batch.end)

    def rows(self, moment: int) -> Columns | None:
        """A row for each source that has said something since the last."""
        made: list[Row] = []
        for source, skew in self.sources.items():
            if not skew.n:
                continue
            found = skew.estimate()
            reasons = self._reasons(source, found)
            offset, jitter = (NULL_LONG if one is None else one for one in (found.offset, found.jitter))
            level = "amber" if reasons else "green"
            made.append((moment, source, offset, found.drift, jitter, skew.n, level, ", ".join(reasons)))
            skew.restart()
        return columns("skew", made) if made else None

    def _reasons(self, source: str, found: Estimate) -> list[str]:
        limits, reasons = self.limits, []
        if found.offset is not None and abs(found.offset) > limits.offset_ms * 1e6:
            reasons.append(f"offset {found.offset / 1e6:.3f} ms")
        if abs(found.drift) > limits.drift_ppm:
            reasons.append(f"drift {found.drift:.1f} ppm")
        if found.steps > self._steps.get(source, 0):
            reasons.append("a clock stepped")
        self._steps[source] = found.steps
        return reasons


def _by_venue(batch: Batch) -> dict[str, tuple[Moments, Moments]]:
    """Of a feed that does not say when messages were made: the venue's own times of its rows."""
    parts: dict[str, list[tuple[Moments, Moments]]] = {}
    for made in batch.tables.values():
        if "etime" not in made or "venue" not in made:
            continue
        etimes, received, venues = made["etime"].view(np.int64), times(made), made["venue"]
        names = set(venues.tolist())
        for venue in names:
            mine = venues == venue if len(names) > 1 else np.ones(len(venues), np.bool_)
            parts.setdefault(venue, []).append((etimes[mine], received[mine]))
    found = {}
    for venue, some in parts.items():
        etimes, received = (np.concatenate(part) for part in zip(*some, strict=True))
        order = np.argsort(received, kind="stable")
        found[venue] = (etimes[order], received[order])
    return found


__all__ = ["Estimate", "Limits", "Skew", "SkewTracker"]
