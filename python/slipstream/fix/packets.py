"""
FIX out of packets: files of tcpdump (pcap, pcapng) and live interfaces, by dpkt, into the byte streams of each
TCP connection and direction (slipstream.feed.tcp).
"""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from slipstream.errors import FixError
from slipstream.feed.receive import ANCILLARY, kernel_time, stamped
from slipstream.feed.tcp import Piece, Streams

_ETHERNET, _NULL, _RAW, _SLL, _SLL2 = 1, 0, (12, 14, 101, 228, 229), 113, 276
_PACKET_MAX = 1 << 18
"""Bytes of a packet at most: of the loopback, and where a network card segments by itself, it is more than IP's 65,535 by the link's header."""
_BROKEN = (ValueError, IndexError, KeyError, AttributeError, TypeError, struct.error)


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
                data, ancillary, _, _ = tap.recvmsg(_PACKET_MAX, ANCILLARY)
            except TimeoutError:
                yield from streams.expire(time.time_ns())
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
