"""Market data sources, their normalised tables, and the way rows reach the tickerplant."""

from __future__ import annotations

from slipstream.feed.base import Batch, Counters, Feed, Quarantine, run
from slipstream.feed.publish import Position, Publisher, Sink
from slipstream.feed.schema import TABLES, Columns

__all__ = [
    "TABLES",
    "Batch",
    "Columns",
    "Counters",
    "Feed",
    "Position",
    "Publisher",
    "Quarantine",
    "Sink",
    "run",
]
