"""What tests of venues share: frames by hand, and the rows that a feed makes of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from slipstream.feed.base import Quarantine
from slipstream.feed.frames import IN, Frame
from slipstream.feed.schema import Columns, join
from slipstream.feed.venue import Action, Venue, VenueFeed

T0 = 1_700_000_000_000_000_000


def frame(at_ms: float, message: Any, kind: str = IN, about: str = "ws", source: str = "") -> Frame:
    """A frame so many ms after T0; a message that is not bytes is sent as JSON."""
    data = message if isinstance(message, bytes) else json.dumps(message).encode()
    return Frame(T0 + round(at_ms * 1_000_000), source, kind, about, data)


def play(feed: Any, step_ns: int = 1_000_000_000) -> dict[str, Columns]:
    """All rows by table."""
    parts: dict[str, list[Columns]] = {}
    for batch in feed.batches(step_ns):
        for table, made in batch.tables.items():
            parts.setdefault(table, []).append(made)
    return {table: join(made) for table, made in parts.items()}


def run(
    venue: Venue, frames: Iterable[Frame], quarantine: Quarantine | None = None
) -> tuple[dict[str, Columns], VenueFeed, list[Action]]:
    """Rows, the feed and what the venue asked for."""
    asked: list[Action] = []
    feed = VenueFeed({venue.name: venue}, frames, quarantine=quarantine, act=lambda _, actions: asked.extend(actions))
    return play(feed), feed, asked


def book_of(made: Columns) -> dict[tuple[str, float], float]:
    """What a follower of the depth table ends up with."""
    book = {(side, price): size for side, price, size in zip(made["side"], made["price"], made["size"], strict=True)}
    return {key: size for key, size in book.items() if size}


def rows(made: Mapping[str, Columns], table: str, *names: str) -> list[tuple[Any, ...]]:
    """Columns of a table as tuples, times as ns since T0."""
    columns = made.get(table)
    if columns is None:
        return []
    parts = [
        [int(v) - T0 if v == v else None for v in columns[n].view("i8")]
        if columns[n].dtype.kind == "M"
        else columns[n].tolist()
        for n in names
    ]
    return list(zip(*parts, strict=True))
