"""
MoldUDP64: numbered messages in datagrams, the same on two lines, with what both lost asked for again.

`Arbiter` puts packets in order and knows no sockets; `live.MoldFeed` reads the lines.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import chain

import numpy as np

from slipstream.feed.itch.framing import blocks
from slipstream.feed.itch.parser import Burst, Parser

HEADER = struct.Struct(">10sQH")
"""Session, number of the first message, how many; a request for messages is the same."""
END = 0xFFFF
"""As how many: the session has ended."""
_MS = 1_000_000


@dataclass(frozen=True)
class Patience:
    """Waits of an arbiter, ns."""

    first: int = 2 * _MS
    """For the other line, before what is missing is asked for."""
    retry: int = 50 * _MS
    """For an answer; twice that after each that did not come."""
    longest: int = 1_000 * _MS
    """At most."""
    tries: int = 6
    """Requests without an answer after which what is missing is given up; without a server for them, one wait of `retry`."""
    session: int = 5_000 * _MS
    """Silence after which packets of another session are believed."""
    window: int = 64 << 20
    """Bytes kept that came before what is missing."""


@dataclass
class Line:
    """What came on the lines and by request."""

    packets: int = 0
    heartbeats: int = 0
    duplicates: int = 0
    """Packets that brought nothing new, as half of them should with two lines."""
    malformed: int = 0
    foreign: int = 0
    """Of another session."""
    dropped: int = 0
    """Too many were waiting; what they brought is asked for again."""
    requests: int = 0
    gaps: int = 0
    """Stretches that were given up."""
    lost: int = 0
    """Messages in them."""


@dataclass
class _Part:
    data: bytes
    offsets: list[int]
    seq: int
    moment: int


@dataclass
class Told:
    """Something to be counted and put away: a bad packet, or messages that are lost."""

    position: int
    reason: str
    data: bytes = b""


def tell(told: list[Told], parser: Parser) -> None:
    """Count and put away what is wrong below the messages; empties the list."""
    for each in told:
        if each.reason.startswith(("gap", "session")):
            parser.counters.gaps += 1
            parser.quarantine.add(parser.source, each.position, each.reason, each.data)
        else:
            parser.damaged(each.position, each.reason, each.data)
    told.clear()


class Arbiter:
    """
    Args:
        asks: whether there is a server for requests. Then the session is followed from its first message on, else from the first
            packet that comes.
    """

    def __init__(self, *, asks: bool, patience: Patience | None = None) -> None:
        self.counters = Line()
        self.told: list[Told] = []
        """For whoever counts them to take."""
        self.ended = False
        self.session = b""
        self._asks, self._patience = asks, patience or Patience()
        self._expected = 0
        """Number of the next message, 0 before any packet."""
        self._top = 0
        """Number after the last message that is known to exist."""
        self._over: int | None = None
        """Number after the session's last message."""
        self._heard = 0
        self._held: dict[int, _Part] = {}
        self._firsts: list[int] = []
        """Numbers in `_held`, as a heap."""
        self._held_bytes = 0
        self._ready: list[_Part] = []
        self._due: int | None = None
        self._tries = 0

    @property
    def expected(self) -> int:
        """Number of the next message."""
        return self._expected

    @property
    def due(self) -> int | None:
        """When `act` has something to do; None while nothing is missing."""
        return self._due

    def packet(self, data: bytes, moment: int) -> None:
        """Take a packet that came at a moment, ns, by whatever line."""
        counters = self.counters
        counters.packets += 1
        if len(data) < HEADER.size:
            self._malformed(0, data)
            return
        session, seq, count = HEADER.unpack_from(data)
        if session != self.session and not self._switch(session, moment):
            counters.foreign += 1
            return
        self._heard = moment
        if not self._expected:
            self._expected = 1 if self._asks else seq
            if seq > 1 and not self._asks:
                counters.gaps += 1
                counters.lost += seq - 1
                self.told.append(Told(1, f"gap: {seq - 1} messages before the first packet"))
            self._top = self._expected
        if count in (0, END):
            if len(data) != HEADER.size:
                self._malformed(seq, data)
                return
            counters.heartbeats += 1
            self._top = max(self._top, seq)
            if count == END:
                self._over = seq
        elif seq + count <= self._expected:
            counters.duplicates += 1
            return
        else:
            offsets = blocks(data, HEADER.size, count)
            if offsets is None:
                self._malformed(seq, data)
                return
            self._top = max(self._top, seq + count)
            self._place(_Part(data, offsets, seq, moment))
        self._look(moment)

    def act(self, now: int) -> bytes | None:
        """What to send to the server for requests at a moment at which something is due; what is given up is told."""
        if self._due is None or now < self._due:
            return None
        patience = self._patience
        if self._tries >= (patience.tries if self._asks else 1):
            self._give_up(now)
            return None
        self._tries += 1
        self._due = now + min(patience.retry << (self._tries - 1), patience.longest)
        if not self._asks:
            return None
        self.counters.requests += 1
        return HEADER.pack(self.session, self._expected, min(self._missing(), END - 1))

    def take(self) -> Burst | None:
        """Messages that are in order, if there are any."""
        if not self._ready:
            return None
        parts, self._ready = self._ready, []
        data = b"".join(part.data for part in parts)
        bases = np.cumsum([0, *(len(part.data) for part in parts[:-1])])
        counts = np.array([len(part.offsets) for part in parts])
        total = int(counts.sum())
        offsets = np.fromiter(chain.from_iterable(part.offsets for part in parts), dtype=np.int64, count=total)
        offsets += np.repeat(bases, counts)
        buffer = np.frombuffer(data, dtype=np.uint8)
        sizes = buffer[offsets - 2].astype(np.int64) << 8 | buffer[offsets - 1]
        starts = np.repeat(np.array([part.seq for part in parts], dtype=np.int64), counts)
        within = np.arange(total) - np.repeat(np.cumsum(counts) - counts, counts)
        received = np.repeat(np.array([part.moment for part in parts], dtype=np.int64), counts)
        return Burst(data, offsets, sizes, starts + within, received)

    def _malformed(self, seq: int, data: bytes) -> None:
        self.counters.malformed += 1
        self.told.append(Told(seq, "packet: no MoldUDP64 packet", data))

    def _switch(self, session: bytes, moment: int) -> bool:
        """Whether to follow another session from now on."""
        if self.session and not self.ended and moment - self._heard < self._patience.session:
            return False
        self.session, self.ended, self._over = session, False, None
        self._expected = self._top = 0
        self._held, self._firsts, self._held_bytes, self._due, self._tries = {}, [], 0, None, 0
        return True

    def _place(self, part: _Part) -> None:
        """Put a packet where it belongs."""
        if part.seq <= self._expected:
            self._deliver(part)
            self._follow()
        else:
            known = self._held.get(part.seq)
            if known is not None and len(known.offsets) >= len(part.offsets):
                self.counters.duplicates += 1
            elif self._held_bytes + len(part.data) > self._patience.window:
                self.counters.dropped += 1
            else:
                self._held_bytes += len(part.data) - (len(known.data) if known else 0)
                if known is None:
                    heappush(self._firsts, part.seq)
                self._held[part.seq] = part

    def _follow(self) -> None:
        """Packets that waited and whose turn it is."""
        while self._firsts and self._firsts[0] <= self._expected:
            part = self._held.pop(heappop(self._firsts))
            self._held_bytes -= len(part.data)
            if part.seq + len(part.offsets) > self._expected:
                self._deliver(part)

    def _deliver(self, part: _Part) -> None:
        skip = self._expected - part.seq
        self._expected = part.seq + len(part.offsets)
        self._ready.append(_Part(part.data, part.offsets[skip:], part.seq + skip, part.moment) if skip else part)
        # an answer came: what is missing behind it is asked for at once
        if self._tries:
            self._tries, self._due = 0, part.moment

    def _missing(self) -> int:
        """How many messages are missing before the next that is there."""
        return (self._firsts[0] if self._firsts else self._top) - self._expected

    def _look(self, now: int) -> None:
        """Whether something is missing, and whether the session is over."""
        if self._expected >= self._top:
            self._due, self._tries = None, 0
            self.ended = self._over is not None and self._expected >= self._over
        elif self._due is None:
            self._due = now + (self._patience.first if self._asks else 0)

    def _give_up(self, now: int) -> None:
        missing = self._missing()
        self.counters.gaps += 1
        self.counters.lost += missing
        self.told.append(Told(self._expected, f"gap: {missing} messages did not come"))
        self._expected += missing
        self._due, self._tries = None, 0
        self._follow()
        self._look(now)


def packet(session: bytes, seq: int, messages: list[bytes]) -> bytes:
    """A packet of messages; without any it is a heartbeat, whose number is that of the message to come."""
    body = b"".join(struct.pack(">H", len(message)) + message for message in messages)
    return HEADER.pack(session, seq, len(messages)) + body


def end_packet(session: bytes, seq: int) -> bytes:
    """The end of a session; the number is one more than the last message's."""
    return HEADER.pack(session, seq, END)


def plausible(data: bytes) -> bool:
    """Whether a datagram can be a packet of MoldUDP64."""
    if len(data) < HEADER.size or not all(32 <= byte < 127 for byte in data[:10]):
        return False
    _, _, count = HEADER.unpack_from(data)
    return len(data) == HEADER.size if count in (0, END) else blocks(data, HEADER.size, count) is not None


__all__ = ["END", "HEADER", "Arbiter", "Line", "Patience", "Told", "end_packet", "packet", "plausible", "tell"]
