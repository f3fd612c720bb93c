"""
MoldUDP64: numbered messages in datagrams, the same on two lines, with what both lost asked for again.

`Arbiter` puts packets in order, by `slipstream_native`; `live.MoldFeed` waits for them.
"""

from __future__ import annotations

import struct
from dataclasses import astuple, dataclass

import numpy as np

from slipstream.feed.itch.framing import blocks
from slipstream.feed.itch.parser import Burst, Parser
from slipstream_native import Mold

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
        joins: it is followed from the first packet all the same, and nobody misses what was before it.
    """

    def __init__(self, *, asks: bool, joins: bool = False, patience: Patience | None = None) -> None:
        self._native = Mold(asks, *astuple(patience or Patience()))
        if joins:
            self._native.joins()
        self._told: list[Told] = []
        self.packet = self._native.packet
        """Take a packet that came at a moment, ns, by whatever line."""
        self.drain = self._native.drain
        """Take the packets that wait on a socket, by its file number, some so many at most; returns them, with their moments and senders, if
        they are to be kept. Raises OSError when the socket cannot be read."""

    @property
    def counters(self) -> Line:
        """What came until now."""
        return Line(*self._native.counters())

    @property
    def told(self) -> list[Told]:
        """For whoever counts them to take."""
        self._told += [Told(*each) for each in self._native.told()]
        return self._told

    @property
    def ended(self) -> bool:
        """All messages of the session came, or were given up."""
        return self._native.ended

    @property
    def session(self) -> bytes:
        """Name of the session that is followed, empty before any packet."""
        return self._native.session

    @property
    def expected(self) -> int:
        """Number of the next message, 0 before any packet."""
        return self._native.expected

    @property
    def due(self) -> int | None:
        """When `act` has something to do; None while nothing is missing."""
        return self._native.due

    def act(self, now: int) -> bytes | None:
        """What to send to the server for requests at a moment at which something is due; what is given up is told."""
        asked = self._native.act(now)
        return None if asked is None else HEADER.pack(self.session, *asked)

    def take(self) -> Burst | None:
        """Messages that are in order, if there are any."""
        made = self._native.take()
        return None if made is None else Burst(made[0], *(np.frombuffer(each, dtype=np.int64) for each in made[1:]))


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
