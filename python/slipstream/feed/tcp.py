"""
TCP streams out of captured segments, one a connection and direction.

They are put in order here: the libraries at hand that do so (scapy, pypcapkit) fill what is missing with zero bytes, or cut a stream at
each acknowledgement, and a capture must not make up bytes. A hole is told as one, and the stream goes on behind it.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field

Key = tuple[str, int, str, int]
"""Sender's address and port, receiver's address and port."""

WINDOW = 4 << 20
"""Bytes of one stream kept waiting for a missing piece."""
PATIENCE_NS = 10_000_000_000
"""How long they wait: what TCP sends again comes sooner, so the piece was lost by whoever captured."""


@dataclass(frozen=True)
class Piece:
    """Bytes of one stream, in order."""

    key: Key
    data: bytes
    moment: int
    """When the packet was received, ns since 1970."""
    hole: bool = False
    """Bytes are missing before these."""
    ends: bool = False
    """No more will come."""


@dataclass
class _Stream:
    """Places count on where sequence numbers wrap; their low 32 bits are one."""

    upcoming: int
    waiting: dict[int, tuple[bytes, int]] = field(default_factory=dict)
    places: list[int] = field(default_factory=list)
    """Heap of where those begin that wait: with a piece missing there may be very many."""
    size: int = 0
    fin: int | None = None


@dataclass
class PacketCounters:
    """What was in the packets."""

    packets: int = 0
    undecodable: int = 0
    """Packets that could not be read as what they say they are."""
    segments: int = 0
    repeated: int = 0
    """Segments that brought nothing new."""
    holes: int = 0


class Streams:
    """TCP streams, put in order as segments come."""

    def __init__(self, *, window: int = WINDOW, patience_ns: int = PATIENCE_NS) -> None:
        self.counters = PacketCounters()
        self._window, self._patience = window, patience_ns
        self._streams: dict[Key, _Stream] = {}
        self._since: dict[Key, int] = {}
        """When streams of which a piece is missing began to wait, the longest first."""

    def segment(
        self, key: Key, seq: int, data: bytes, moment: int, *, syn: bool = False, fin: bool = False, rst: bool = False
    ) -> Iterator[Piece]:
        """What a segment completes, or gives up waiting for."""
        yield from self.expire(moment)
        self.counters.segments += 1
        known = self._streams.get(key)
        if known is None and not data and not syn:
            # the last acknowledgement of a connection that has ended, among others, begins no stream
            return
        begin = (seq + syn) & 0xFFFFFFFF
        if syn and known is not None and begin != known.upcoming & 0xFFFFFFFF:
            yield from self._end(key, moment)
            known = None
        stream = self._streams.setdefault(key, known or _Stream(begin))
        offset = _distance(begin, stream.upcoming & 0xFFFFFFFF)
        place = stream.upcoming + offset
        if data and offset + len(data) <= 0:
            self.counters.repeated += 1
        elif data:
            if offset < 0:
                data, place = data[-offset:], stream.upcoming
            held = stream.waiting.get(place)
            if held is None:
                heapq.heappush(stream.places, place)
            if held is None or len(held[0]) < len(data):
                stream.size += len(data) - (len(held[0]) if held else 0)
                stream.waiting[place] = (data, moment)
            yield from self._ordered(key, stream)
            while stream.size > self._window:
                yield from self._skip(key, stream)
            if stream.waiting:
                self._since.setdefault(key, moment)
            else:
                self._since.pop(key, None)
        if fin:
            stream.fin = place + len(data)
        if rst or (stream.fin is not None and stream.fin == stream.upcoming):
            yield from self._end(key, moment)

    def expire(self, moment: int) -> Iterator[Piece]:
        """What has waited for too long by a moment, ns since 1970."""
        while self._since:
            key, since = next(iter(self._since.items()))
            if moment - since < self._patience:
                return
            del self._since[key]
            stream = self._streams[key]
            yield from self._skip(key, stream)
            if stream.waiting:
                self._since[key] = moment
            elif stream.fin == stream.upcoming:
                yield from self._end(key, moment)

    def flush(self) -> Iterator[Piece]:
        """What waits for pieces that will not come."""
        for key in list(self._streams):
            yield from self._end(key, 0)

    def _ordered(self, key: Key, stream: _Stream, *, hole: bool = False) -> Iterator[Piece]:
        while stream.places:
            offset = stream.places[0] - stream.upcoming
            if offset > 0:
                return
            data, moment = stream.waiting.pop(heapq.heappop(stream.places))
            stream.size -= len(data)
            data = data[-offset:] if offset else data
            if data:
                stream.upcoming += len(data)
                yield Piece(key, data, moment, hole)
                hole = False

    def _skip(self, key: Key, stream: _Stream) -> Iterator[Piece]:
        """Give up what is missing, and go on behind it."""
        self.counters.holes += 1
        stream.upcoming = stream.places[0]
        yield from self._ordered(key, stream, hole=True)

    def _end(self, key: Key, moment: int) -> Iterator[Piece]:
        stream = self._streams.pop(key)
        self._since.pop(key, None)
        while stream.waiting:
            yield from self._skip(key, stream)
        yield Piece(key, b"", moment, ends=True)


def _distance(seq: int, start: int) -> int:
    """How far one sequence number lies behind another; they wrap at 2^32."""
    return ((seq - start + 0x80000000) & 0xFFFFFFFF) - 0x80000000


__all__ = ["WINDOW", "Key", "PacketCounters", "Piece", "Streams"]
