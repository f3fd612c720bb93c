"""
SoupBinTCP out of captured TCP segments: what servers sent, as packets of MoldUDP64 of the same session and numbers.

The login's answer tells session and number. Where a capture begins within a connection neither is known: its messages are then those
of a session without a name, numbered from 1. Behind a hole in a stream the numbers are not known either: when nobody else brings the
session they go on as if no message was in the hole, so that the next login shows how many were; otherwise the rest is left to the others.
"""

from __future__ import annotations

import functools
import socket
from collections.abc import Iterator
from dataclasses import dataclass

from slipstream.feed.itch import mold
from slipstream.feed.itch.codec import SIZES
from slipstream.feed.itch.mold import Told
from slipstream.feed.pcap import Segment
from slipstream.feed.tcp import Key, Piece, Streams

_SIZE_LIST: list[int] = SIZES.tolist()
_SIZE_SET = frozenset(_SIZE_LIST) - {0}
_SEQUENCED, _ACCEPTED, _ENDED = b"SAZ"
_BODIES = {ord("A"): 30, ord("J"): 1, ord("H"): 0, ord("Z"): 0}
"""Bytes behind the type of a server's packets that have always as many."""
_TEXTS = frozenset(b"+U")
_CHAIN = 3
"""So many good packets in a row are no accident."""
_MOST = 1_024
"""Bytes of a packet; no message of ITCH has a tenth of that."""
_PATIENCE = 1 << 16
"""Bytes of a stream in which no packets were found, after which it is another protocol's."""
_MESSAGES = 1_000
"""In one packet of MoldUDP64."""
NAMELESS = b" " * 10
"""Session of a connection whose login was not captured."""

Place = tuple[bytes, int]
"""Address as it stands in a packet, and port."""


@dataclass(eq=False)
class _Connection:
    """What one server sent on one connection."""

    rest: bytes = b""
    found: bool = False
    """Its packets are found; otherwise they are looked for."""
    other: bool = False
    """Of another protocol, or left to others."""
    searched: int = 0
    """Bytes in which no packets were found."""
    segments: int = 0
    session: bytes = b""
    """Empty until its packets have been found."""
    seq: int = 1
    """Number of the next message."""


class Overheard:
    """
    Args:
        servers: whose streams are read; none takes every stream that is SoupBinTCP with messages of ITCH.
    """

    def __init__(self, servers: frozenset[Place] = frozenset()) -> None:
        self.told: list[Told] = []
        """For whoever counts them to take."""
        self.ignored = 0
        """Segments of other protocols, and of clients."""
        self._servers = servers
        self._streams = Streams()
        self._connections: dict[Key, _Connection] = {}
        self._carriers: dict[bytes, set[object]] = {}
        self._nameless: _Connection | None = None

    def carries(self, session: bytes, who: object) -> bytes | None:
        """Somebody brings a session; returns what ends the one without a name, if that was followed until now."""
        self._carriers.setdefault(session, set()).add(who)
        line, self._nameless = self._nameless, None
        if line is None:
            return None
        line.other = True
        return mold.end_packet(NAMELESS, line.seq)

    def take(self, segment: Segment, moment: int) -> Iterator[bytes]:
        """Packets of MoldUDP64 that a segment completes."""
        if self._servers and segment.source not in self._servers:
            self.ignored += 1
            return
        key = (_name(segment.source[0]), segment.source[1], _name(segment.target[0]), segment.target[1])
        if segment.data:
            self._connections.setdefault(key, _Connection()).segments += 1
        for piece in self._streams.segment(
            key, segment.seq, segment.data, moment, syn=segment.syn, fin=segment.fin, rst=segment.rst
        ):
            yield from self._piece(piece)

    def finish(self) -> Iterator[bytes]:
        """What waits for segments that do not come any more."""
        for piece in self._streams.flush():
            yield from self._piece(piece)

    def _piece(self, piece: Piece) -> Iterator[bytes]:
        line = self._connections.get(piece.key)
        if line is None:
            return
        if piece.hole and not line.other:
            line.rest = b""
            if line.session:
                self._lost(line)
        if not line.other:
            line.rest += piece.data
            yield from self._packets(line, final=piece.ends)
        if piece.ends:
            if not line.session:
                self.ignored += line.segments
            elif line.rest:
                self.told.append(Told(line.seq, "truncated: a packet of SoupBinTCP", line.rest))
            self._carriers.get(line.session, set()).discard(id(line))
            self._nameless = None if self._nameless is line else self._nameless
            del self._connections[piece.key]

    def _lost(self, line: _Connection) -> None:
        """Bytes are missing, or are no packets: how many messages were in them is not known."""
        line.found = False
        if self._carriers.get(line.session, set()) - {id(line)}:
            self._leave(line, "a connection lost bytes")
        else:
            self.told.append(
                Told(line.seq, "gap: the connection lost bytes; numbers go on as if no message was in them")
            )

    def _leave(self, line: _Connection, reason: str) -> None:
        line.other, line.rest = True, b""
        self.told.append(Told(line.seq, f"hole: {reason}; the rest of it is left to the others"))

    def _packets(self, line: _Connection, *, final: bool) -> Iterator[bytes]:
        data, at = line.rest, 0
        made: list[bytes] = []
        while not line.other:
            if not line.found:
                at = self._search(line, data, at, final=final)
                if not line.found:
                    break
            if at + 3 > len(data):
                break
            end = at + 2 + (data[at] << 8 | data[at + 1])
            if not _good(data, at, strict=False):
                yield from _sent(line, made)
                self.told.append(Told(line.seq, "packet: no SoupBinTCP packet", data[at : at + 64]))
                self._lost(line)
                at += 1
                continue
            if end > len(data):
                break
            kind, body = data[at + 2], data[at + 3 : end]
            at = end
            if kind == _SEQUENCED:
                made.append(body)
                continue
            yield from _sent(line, made)
            if kind == _ACCEPTED:
                yield from self._accept(line, body)
            elif kind == _ENDED:
                yield mold.end_packet(line.session, line.seq)
        yield from _sent(line, made)
        line.rest = b"" if line.other else data[at:]

    def _search(self, line: _Connection, data: bytes, at: int, *, final: bool) -> int:
        """Where packets follow one another from; if nowhere, where such a place may be when more has come."""
        begin = at
        while at < len(data):
            chain = _chain(data, at, final=final)
            if chain:
                line.found = True
                if not line.session and data[at + 2] != _ACCEPTED:
                    self._join(line)
                return at
            if chain is None:
                break
            at += 1
        line.searched += at - begin
        if line.searched > _PATIENCE and not line.session:
            line.other = True
            self.ignored += line.segments
        return at

    def _join(self, line: _Connection) -> None:
        """Within a connection."""
        line.session = NAMELESS
        if self._nameless is not None or any(self._carriers.values()):
            self._leave(line, "a connection without its login")
        else:
            self._nameless = line
            self.told.append(Told(0, "session: joined within a connection; its messages are numbered from 1"))

    def _accept(self, line: _Connection, body: bytes) -> Iterator[bytes]:
        self._carriers.get(line.session, set()).discard(id(line))
        line.session, line.seq = body[:10].strip().ljust(10), int(body[10:])
        ended = self.carries(line.session, id(line))
        line.other = False
        if ended is not None:
            # what has a name would be taken for another's
            yield ended


def _sent(line: _Connection, made: list[bytes]) -> Iterator[bytes]:
    """Messages that were found, as packets of MoldUDP64; empties the list."""
    for first in range(0, len(made), _MESSAGES):
        some = made[first : first + _MESSAGES]
        yield mold.packet(line.session, line.seq, some)
        line.seq += len(some)
    made.clear()


def _good(data: bytes, at: int, *, strict: bool) -> bool:
    """Whether a packet of a server begins here, all of which may not have come; strictly: one that can be nothing else."""
    size, kind = data[at] << 8 | data[at + 1], data[at + 2]
    if kind == _SEQUENCED:
        if not strict:
            # what is no message of ITCH is the parser's business
            return 1 < size <= _MOST
        return size - 1 in _SIZE_SET and (at + 4 > len(data) or _SIZE_LIST[data[at + 3]] == size - 1)
    if kind == _ACCEPTED:
        return size == 31 and (at + 33 > len(data) or data[at + 13 : at + 33].strip().isdigit())
    return size == 1 + _BODIES[kind] if kind in _BODIES else kind in _TEXTS and not strict and 0 < size <= _MOST


def _chain(data: bytes, at: int, *, final: bool) -> bool | None:
    """Whether packets, a message among them or the login's answer, follow one another from here; None when more must be read to tell."""
    message = False
    for _ in range(_CHAIN):
        if at + 3 > len(data):
            return message and at == len(data) if final else None
        if not _good(data, at, strict=True):
            return False
        message |= data[at + 2] == _SEQUENCED
        end = at + 2 + (data[at] << 8 | data[at + 1])
        if end > len(data):
            return False if final else None
        if data[at + 2] == _ACCEPTED:
            return True
        at = end
    return message


@functools.lru_cache(maxsize=4_096)
def _name(address: bytes) -> str:
    return socket.inet_ntop(socket.AF_INET if len(address) == 4 else socket.AF_INET6, address)


__all__ = ["NAMELESS", "Overheard", "Place"]
