"""
ITCH out of packet captures: MoldUDP64 packets of one line or of both, with what was sent again on request where it was captured too, and
SoupBinTCP connections. All that brings a session is put together by its numbers.

What both lines lost is waited for as live, by the capture's clock.
"""

from __future__ import annotations

import datetime as dt
import heapq
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from slipstream.errors import FeedError
from slipstream.feed import base
from slipstream.feed.base import Batch
from slipstream.feed.itch.mold import HEADER, Arbiter, Patience, plausible, tell
from slipstream.feed.itch.overheard import Overheard
from slipstream.feed.itch.parser import Parser
from slipstream.feed.pcap import Damage, Packet, datagram, packets, segment
from slipstream.feed.vector import Chunk, cut

_MS = 1_000_000
PATIENCE = Patience(first=500 * _MS, retry=500 * _MS, tries=1, window=512 << 20)
"""As long as a request and its answers take, while nothing waits for the rows."""
_PACKETS = 512
"""Packets whose messages become rows at once."""


def day_in(path: Path, zone: ZoneInfo) -> dt.date | None:
    """The day of a capture's first packet in a zone; None when there is none."""
    for packet in packets(path, lambda *_: None):
        return dt.datetime.fromtimestamp(packet.moment // 1_000_000_000, zone).date()
    return None


class ItchCapture:
    """
    Captures as a feed, merged by receive time, which is the rows' `time`.

    Args:
        files: pcap or pcapng, plain or gzip.
        parser: what makes rows of messages.
        lines: addresses to which MoldUDP64 packets went.
        servers: addresses of SoupBinTCP servers. Without lines and servers whatever is of either protocol is taken; several feeds in one
            capture need them.
        patience: waits, by the capture's clock.
    """

    def __init__(
        self,
        files: Sequence[Path],
        parser: Parser,
        lines: Sequence[tuple[str, int]] = (),
        servers: Sequence[tuple[str, int]] = (),
        *,
        patience: Patience = PATIENCE,
    ) -> None:
        self.files = list(files)
        self.parser = parser
        self.counters: base.Counters = parser.counters
        for file in self.files:
            if not file.is_file():
                raise FeedError(f"itch: no such file: {file}")
        # from the session's first message on: packets that were sent again come behind later ones
        self.arbiter = Arbiter(asks=True, patience=patience)
        try:
            self._lines = {(socket.inet_aton(host), port) for host, port in lines}
            named = frozenset((socket.inet_aton(host), port) for host, port in servers)
        except OSError as error:
            raise FeedError(f"itch: {[*lines, *servers]}: {error}") from error
        self._learns = not self._lines and not named
        self._overheard = Overheard(named) if named or self._learns else None

    def batches(self, step_ns: int) -> Iterator[Batch]:
        """Rows in steps of event time."""
        return cut(self._chunks(), step_ns, self.counters)

    def _chunks(self) -> Iterator[Chunk]:
        arbiter, count = self.arbiter, 0
        streams = [packets(file, self._damage(file)) for file in self.files]
        last = 0
        for packet in heapq.merge(*streams, key=lambda packet: packet.moment):
            last = packet.moment
            for data in self._ours(packet):
                while arbiter.due is not None and arbiter.due <= packet.moment:
                    arbiter.act(arbiter.due)
                arbiter.packet(data, packet.moment)
                count += 1
                if count % _PACKETS == 0:
                    yield from self._taken()
        if self._overheard is not None:
            for data in self._overheard.finish():
                arbiter.packet(data, last)
            self.counters.ignored += self._overheard.ignored
        while arbiter.due is not None:
            arbiter.act(arbiter.due)
        yield from self._taken()
        foreign = arbiter.counters.foreign
        if foreign:
            self.counters.ignored += foreign
            self.parser.quarantine.add(
                self.parser.source, 0, f"foreign: {foreign} packets of other sessions than {arbiter.session!r}", b""
            )
        yield self.parser.finish()

    def _taken(self) -> Iterator[Chunk]:
        tell(self.arbiter.told, self.parser)
        if self._overheard is not None:
            tell(self._overheard.told, self.parser)
        burst = self.arbiter.take()
        if burst is not None:
            yield self.parser.take(burst)

    def _ours(self, packet: Packet) -> Iterator[bytes]:
        """The packets of MoldUDP64 that a packet brings or completes."""
        found = datagram(packet)
        if found is None:
            part = segment(packet) if self._overheard is not None else None
            if part is None:
                self.counters.ignored += 1
            else:
                assert self._overheard is not None
                yield from self._overheard.take(part, packet.moment)
        elif found.target in self._lines or (self._learns and plausible(found.data)):
            # from now on bad packets to this address are damage
            self._lines.add(found.target)
            if self._overheard is not None and len(found.data) >= HEADER.size:
                ended = self._overheard.carries(found.data[:10], found.target)
                if ended is not None:
                    yield ended
            yield found.data
        else:
            self.counters.ignored += 1

    def _damage(self, file: Path) -> Damage:
        def damaged(position: int, reason: str, data: bytes) -> None:
            self.counters.messages += 1
            self.counters.undecodable += 1
            self.parser.quarantine.add(file.name, position, reason, data)

        return damaged


__all__ = ["PATIENCE", "ItchCapture", "day_in"]
