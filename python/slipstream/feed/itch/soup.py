"""
SoupBinTCP: numbered messages over TCP, with login and heartbeats.

`Client` knows no sockets: it takes the bytes that came and says which to send.
"""

from __future__ import annotations

import struct

import numpy as np

from slipstream.errors import FeedError
from slipstream.feed.itch.mold import Told
from slipstream.feed.itch.parser import Burst

HEARTBEAT_NS = 1_000_000_000
"""Nothing sent for so long calls for a heartbeat."""
SILENCE_NS = 15_000_000_000
"""Nothing heard for so long means that the connection is dead."""
_SEQUENCED = ord("S")
_REASONS = {"A": "the user or the password is wrong", "S": "the session is not available"}


def packet(kind: bytes, payload: bytes = b"") -> bytes:
    """One packet."""
    return struct.pack(">H", len(payload) + 1) + kind + payload


def login(user: str, password: str, session: str, seq: int) -> bytes:
    """
    A request to log in and go on from a number.

    Raises FeedError for a user, password or session that is too long, without telling it.
    """
    parts = []
    for name, value, size in (("user", user, 6), ("password", password, 10), ("session", session, 10)):
        raw = value.encode("ascii", "replace")
        if len(raw) > size:
            raise FeedError(f"soup: the {name} is longer than {size}")
        parts.append(raw.rjust(size) if name == "session" else raw.ljust(size))
    return packet(b"L", b"".join(parts) + str(seq).encode().rjust(20))


class Rejected(FeedError):
    """The server refused the login: trying again would not help."""


class Client:
    """
    One connection after another, the numbers going on.

    Args:
        session: blank takes the server's present one.
        seq: of the first message wanted; 0 what comes next.
    """

    def __init__(self, user: str, password: str, *, session: str = "", seq: int = 1) -> None:
        self.session = session
        self.expected = seq
        """Number of the next message."""
        self.ended = False
        self.accepted = False
        self.told: list[Told] = []
        """For whoever counts them to take."""
        self._user, self._password = user, password
        self._rest = b""
        self._heard = self._sent = 0
        self._again = 0
        """Messages to come that have come before."""

    def connected(self, now: int) -> bytes:
        """What to send on a new connection."""
        self._rest, self.accepted = b"", False
        self._heard = self._sent = now
        return login(self._user, self._password, self.session, self.expected)

    def received(self, data: bytes, now: int) -> Burst | None:
        """
        Take bytes that came at a moment, ns; returns the messages among them.

        Raises:
            Rejected: the login was refused.
            FeedError: the bytes are not of the protocol, so the connection is of no use any more.
        """
        self._heard = now
        data = self._rest + data
        at, end = 0, len(data)
        offsets: list[int] = []
        while at + 2 < end:
            size = data[at] << 8 | data[at + 1]
            if not size:
                raise FeedError("soup: a packet without a type")
            if at + 2 + size > end:
                break
            kind = data[at + 2]
            if kind == _SEQUENCED and self.accepted and self._again:
                self._again -= 1
            elif kind == _SEQUENCED and self.accepted:
                offsets.append(at + 3)
            else:
                self._other(chr(kind), data[at + 3 : at + 2 + size])
            at += 2 + size
        self._rest = data[at:]
        if not offsets:
            return None
        buffer = np.frombuffer(data, dtype=np.uint8)
        places = np.array(offsets, dtype=np.int64)
        sizes = (buffer[places - 3].astype(np.int64) << 8 | buffer[places - 2]) - 1
        first, self.expected = self.expected, self.expected + len(offsets)
        return Burst(data, places, sizes, np.arange(first, self.expected), np.full(len(offsets), now, dtype=np.int64))

    def quiet(self, now: int) -> bytes:
        """A heartbeat if one is due. Raises FeedError when the server has been silent for too long."""
        if now - self._heard > SILENCE_NS:
            raise FeedError(f"soup: nothing heard for {SILENCE_NS / 1e9:g} s")
        if now - self._sent < HEARTBEAT_NS:
            return b""
        self._sent = now
        return packet(b"R")

    def _other(self, kind: str, payload: bytes) -> None:
        if kind == "A" and len(payload) == 30 and payload[10:].strip().isdigit():
            self._accept(payload[:10].decode("ascii", "replace").strip(), int(payload[10:]))
        elif kind == "J":
            reason = payload.decode("ascii", "replace")
            raise Rejected(f"soup: login refused: {_REASONS.get(reason, reason)}")
        elif kind == "Z":
            self.ended = True
        elif kind not in "H+U":
            raise FeedError(f"soup: a packet {kind!r} of {len(payload)} bytes, which no server sends now")

    def _accept(self, session: str, seq: int) -> None:
        self._again = 0
        if self.session and session != self.session:
            self.told.append(Told(seq, f"session: {session} follows {self.session}"))
        elif self.expected and seq > self.expected:
            self.told.append(Told(self.expected, f"gap: {seq - self.expected} messages did not come"))
        else:
            # a server that begins earlier than it was asked to sends what is known
            self._again = max(self.expected - seq, 0)
            seq += self._again
        self.session, self.expected, self.accepted = session, seq, True
