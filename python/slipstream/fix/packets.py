"""
FIX out of packets: files of tcpdump (pcap, pcapng) and live interfaces, by dpkt, into the byte streams of each
TCP connection and direction.

The streams are put in order here: the libraries at hand that do so (scapy, pypcapkit) fill what is missing
with zero bytes, or cut a stream at each acknowledgement, and a capture must not make up bytes. A hole is told
as one, and the stream goes on behind it.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from slipstream.errors import FixError
from slipstream.feed.receive import ANCILLARY, kernel_time, stamped

Key = tuple[str, int, str, int]
"""Sender's address and port, receiver's address and port."""

WINDOW = 4 << 20
"""Bytes of one stream kept waiting for a missing piece."""

_ETHERNET, _NULL, _RAW, _SLL, _SLL2 = 1, 0, (12, 14, 101, 228, 229), 113, 276
_BROKEN = (ValueError, IndexError, KeyError, AttributeError, TypeError, struct.error)


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
    upcoming: int
    waiting: dict[int, tuple[bytes, int]] = field(default_factory=dict)
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

    def __init__(self, *, window: int = WINDOW) -> None:
        self.counters = PacketCounters()
        self._window = window
        self._streams: dict[Key, _Stream] = {}

    def segment(
        self, key: Key, seq: int, data: bytes, moment: int, *, syn: bool = False, fin: bool = False, rst: bool = False
    ) -> Iterator[Piece]:
        """What a segment completes."""
        self.counters.segments += 1
        known = self._streams.get(key)
        begin = (seq + syn) & 0xFFFFFFFF
        if syn and known is not None and begin != known.upcoming:
            yield from self._end(key, moment)
            known = None
        stream = self._streams.setdefault(key, known or _Stream(begin))
        seq = begin
        offset = _distance(seq, stream.upcoming)
        if data and offset + len(data) <= 0:
            self.counters.repeated += 1
        elif data:
            if offset < 0:
                data, seq = data[-offset:], stream.upcoming
            held = stream.waiting.get(seq)
            if held is None or len(held[0]) < len(data):
                stream.size += len(data) - (len(held[0]) if held else 0)
                stream.waiting[seq] = (data, moment)
            yield from self._ordered(key, stream)
            while stream.size > self._window:
                yield from self._skip(key, stream)
        if fin:
            stream.fin = (seq + len(data)) & 0xFFFFFFFF
        if rst or (stream.fin is not None and stream.fin == stream.upcoming):
            yield from self._end(key, moment)

    def flush(self) -> Iterator[Piece]:
        """What waits for pieces that will not come."""
        for key in list(self._streams):
            yield from self._end(key, 0)

    def _ordered(self, key: Key, stream: _Stream, *, hole: bool = False) -> Iterator[Piece]:
        while stream.waiting:
            seq = min(stream.waiting, key=lambda at: _distance(at, stream.upcoming))
            offset = _distance(seq, stream.upcoming)
            if offset > 0:
                return
            data, moment = stream.waiting.pop(seq)
            stream.size -= len(data)
            data = data[-offset:] if offset else data
            if data:
                stream.upcoming = (stream.upcoming + len(data)) & 0xFFFFFFFF
                yield Piece(key, data, moment, hole)
                hole = False

    def _skip(self, key: Key, stream: _Stream) -> Iterator[Piece]:
        """Give up what is missing, and go on behind it."""
        self.counters.holes += 1
        stream.upcoming = min(stream.waiting, key=lambda at: _distance(at, stream.upcoming))
        yield from self._ordered(key, stream, hole=True)

    def _end(self, key: Key, moment: int) -> Iterator[Piece]:
        stream = self._streams.pop(key)
        while stream.waiting:
            yield from self._skip(key, stream)
        yield Piece(key, b"", moment, ends=True)


def _distance(seq: int, start: int) -> int:
    """How far one sequence number lies behind another; they wrap at 2^32."""
    return ((seq - start + 0x80000000) & 0xFFFFFFFF) - 0x80000000


def read_packets(path: Path, streams: Streams) -> Iterator[Piece]:
    """
    The streams in a packet file; what cannot be read is counted.

    Raises FixError when the file is none, or is cut off or damaged: after everything that could be read.
    """
    dpkt = _dpkt()
    with path.open("rb") as file:
        try:
            reader = dpkt.pcap.UniversalReader(file)
            link = reader.datalink()
            for stamp, data in reader:
                yield from packet(streams, link, bytes(data), _nanoseconds(stamp))
        except (dpkt.Error, *_BROKEN) as error:
            yield from streams.flush()
            raise FixError(f"{path}: packet {streams.counters.packets + 1}: {error or type(error).__name__}") from error
    yield from streams.flush()


def packet(streams: Streams, link: int, data: bytes, moment: int) -> Iterator[Piece]:
    """What one packet completes; anything but TCP over IP is passed over."""
    dpkt = _dpkt()
    streams.counters.packets += 1
    try:
        body: Any = _network(dpkt, link, data)
        if not isinstance(body, (dpkt.ip.IP, dpkt.ip6.IP6)) or not isinstance(body.data, dpkt.tcp.TCP):
            return
        tcp = body.data
        family = socket.AF_INET if isinstance(body, dpkt.ip.IP) else socket.AF_INET6
        key = (socket.inet_ntop(family, body.src), tcp.sport, socket.inet_ntop(family, body.dst), tcp.dport)
        seq, payload, flags = int(tcp.seq), bytes(tcp.data), int(tcp.flags)
    except (dpkt.Error, *_BROKEN):
        streams.counters.undecodable += 1
        return
    yield from streams.segment(key, seq, payload, moment, syn=bool(flags & 2), fin=bool(flags & 1), rst=bool(flags & 4))


def live_packets(interface: str, streams: Streams, stop: Callable[[], bool]) -> Iterator[Piece | None]:
    """
    The streams on an interface until told to stop; None now and then when nothing came. Packets carry the kernel's receive
    time.

    Raises FixError when the interface does not exist, or may not be read (it needs CAP_NET_RAW).
    """
    try:
        tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    except PermissionError as error:
        raise FixError(f"{interface}: reading an interface needs the capability CAP_NET_RAW") from error
    with tap:
        try:
            tap.bind((interface, 0))
            stamped(tap)
        except OSError as error:
            raise FixError(f"{interface}: {error}") from error
        tap.settimeout(0.1)
        while not stop():
            try:
                data, ancillary, _, _ = tap.recvmsg(65_536, ANCILLARY)
            except TimeoutError:
                yield None
                continue
            yield from packet(streams, _ETHERNET, data, kernel_time(ancillary))
    yield from streams.flush()


def _network(dpkt: Any, link: int, data: bytes) -> Any:
    if link == _ETHERNET:
        return dpkt.ethernet.Ethernet(data).data
    if link in _RAW:
        return (dpkt.ip6.IP6 if data[0] >> 4 == 6 else dpkt.ip.IP)(data)
    if link == _NULL:
        return dpkt.loopback.Loopback(data).data
    if link == _SLL:
        return dpkt.sll.SLL(data).data
    if link == _SLL2:
        return dpkt.sll2.SLL2(data).data
    raise ValueError(f"link type {link}")


def _nanoseconds(stamp: Any) -> int:
    """dpkt gives seconds: exact for files in ns, floating point, so to the µs, for others."""
    if isinstance(stamp, Decimal):
        return int(stamp * 1_000_000_000)
    return round(float(stamp) * 1_000_000) * 1_000


def _dpkt() -> Any:
    try:
        import dpkt  # type: ignore[import-untyped, import-not-found, unused-ignore]
    except ImportError as error:
        raise FixError("packets need the package dpkt: pip install 'slipstream-plant[sniff]'") from error
    return dpkt
