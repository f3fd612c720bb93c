"""
Feeds whose rows are made whole columns at a time: chunks of columns cut into batches, and several streams of batches merged.

What `BatchBuilder` is to row by row, `cut` is to columns: both cut at multiples of the step and at midnight UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from slipstream.feed.base import Batch, Counters
from slipstream.feed.schema import MINUTE_NS, Columns, count, join, pick, take, times

Moments = npt.NDArray[np.int64]
"""ns since 1970."""


@dataclass(frozen=True)
class Chunk:
    """Some messages one after another, and the rows that they make; both in time order."""

    moments: Moments
    """When each message was received."""
    tables: dict[str, Columns]


class InOrder:
    """Makes receive times never go backwards: a message stamped earlier than the one before is late and gets its time."""

    def __init__(self, counters: Counters) -> None:
        self._counters = counters
        self._reached = -(2**63)

    def __call__(self, moments: Moments) -> Moments:
        """The times to give to messages received one after another, after all those before."""
        if not len(moments):
            return moments
        made = np.maximum.accumulate(np.maximum(moments, self._reached))
        self._counters.late += int(np.count_nonzero(moments < made))
        self._reached = int(made[-1])
        return made


def ordered(parts: Sequence[tuple[npt.NDArray[np.int64], Columns]]) -> Columns:
    """One table's rows of several origins, each with the places of its rows' messages, in the order of the messages."""
    if len(parts) == 1:
        return parts[0][1]
    places = np.concatenate([place for place, _ in parts])
    return pick(join([made for _, made in parts]), np.argsort(places, kind="stable"))


def cut(chunks: Iterable[Chunk], step_ns: int, counters: Counters) -> Iterator[Batch]:
    """
    Batches, each of one step of event time and never across midnight; rows are counted.

    Args:
        chunks: in time order.
        step_ns: event time a batch.
        counters: where rows are counted.
    """
    if step_ns <= 0:
        raise ValueError(f"a step of {step_ns} ns: expected a positive number")
    held: list[Batch] = []
    for chunk in chunks:
        for batch in _split(chunk, step_ns):
            if held and _step(held[0].start, step_ns) != _step(batch.start, step_ns):
                yield _joined(held, counters)
                held = []
            held.append(batch)
    if held:
        yield _joined(held, counters)


def merge(streams: Sequence[Iterator[Batch]], step_ns: int) -> Iterator[Batch]:
    """Several streams of batches of one step as one, their rows by time; of one moment the earlier stream's first."""
    heads = [(batch, stream) for stream in streams if (batch := next(stream, None)) is not None]
    while heads:
        first = min(_step(batch.start, step_ns) for batch, _ in heads)
        due = [batch for batch, _ in heads if _step(batch.start, step_ns) == first]
        yield due[0] if len(due) == 1 else _merged(due)
        later: list[tuple[Batch, Iterator[Batch]]] = []
        for batch, stream in heads:
            head = next(stream, None) if _step(batch.start, step_ns) == first else batch
            if head is not None:
                later.append((head, stream))
        heads = later


def _step(moment: int, step_ns: int) -> tuple[int, int]:
    return moment // MINUTE_NS, moment // step_ns


def _split(chunk: Chunk, step_ns: int) -> Iterator[Batch]:
    moments = chunk.moments
    if not len(moments):
        return
    first, last = int(moments[0]), int(moments[-1])
    if _step(first, step_ns) == _step(last, step_ns):
        yield Batch(first, last, chunk.tables, len(moments))
        return
    new = (np.diff(moments // step_ns) != 0) | (np.diff(moments // MINUTE_NS) != 0)
    starts = np.concatenate([[0], np.flatnonzero(new) + 1])
    stops = np.append(starts[1:], len(moments))
    # a row's time is that of its message: the rows of a stretch end where the next stretch's messages begin
    limits = moments[starts[1:]]
    cuts = {
        table: np.concatenate([[0], np.searchsorted(times(made), limits), [count(made)]])
        for table, made in chunk.tables.items()
    }
    for at, (start, stop) in enumerate(zip(starts, stops, strict=True)):
        tables = {
            table: take(made, int(cuts[table][at]), int(cuts[table][at + 1]))
            for table, made in chunk.tables.items()
            if cuts[table][at + 1] > cuts[table][at]
        }
        yield Batch(int(moments[start]), int(moments[stop - 1]), tables, int(stop - start))


def _joined(batches: Sequence[Batch], counters: Counters) -> Batch:
    """Batches of one step, one after another."""
    names = dict.fromkeys(name for batch in batches for name in batch.tables)
    tables = {name: join([batch.tables[name] for batch in batches if name in batch.tables]) for name in names}
    for name, made in tables.items():
        counters.rows[name] = counters.rows.get(name, 0) + count(made)
    return Batch(batches[0].start, batches[-1].end, tables, sum(batch.messages for batch in batches))


def _merged(batches: Sequence[Batch]) -> Batch:
    """Batches of one step, beside one another."""
    names = dict.fromkeys(name for batch in batches for name in batch.tables)
    tables = {}
    for name in names:
        made = join([batch.tables[name] for batch in batches if name in batch.tables])
        tables[name] = pick(made, np.argsort(times(made), kind="stable"))
    start, end = min(batch.start for batch in batches), max(batch.end for batch in batches)
    return Batch(start, end, tables, sum(batch.messages for batch in batches))
