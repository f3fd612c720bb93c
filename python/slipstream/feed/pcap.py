"""
Packet captures (pcap, pcapng, plain or gzip): their datagrams and TCP segments, times exact to the ns where the file has them, damage
passed over; and a writer of datagrams.

`slipstream.fix.packets` reads more kinds of packets, by dpkt; here one costs a microsecond, which a day of market data needs.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from socket import inet_aton
from typing import NamedTuple

from slipstream.feed.unzip import Unzipped

Damage = Callable[[int, str, bytes], None]
"""Told of bytes that are no packets: position in the (unzipped) file, why, and the bytes."""

_BLOCK = 1 << 20
_PACKET_MAX = 1 << 18
_DAYS_APART = 400 * 86_400
_MAGIC = {
    b"\xd4\xc3\xb2\xa1": ("<", 1_000),
    b"\xa1\xb2\xc3\xd4": (">", 1_000),
    b"\x4d\x3c\xb2\xa1": ("<", 1),
    b"\xa1\xb2\x3c\x4d": (">", 1),
}
_SECTION = b"\x0a\x0d\x0d\x0a"
_RAW_IP = 101
_ETHERNET, _NULL, _RAW, _SLL, _SLL2 = 1, 0, (12, 14, _RAW_IP, 228, 229), 113, 276


class Packet(NamedTuple):
    """One captured packet."""

    moment: int
    """When it was received, ns since 1970."""
    link: int
    """What it begins with: pcap's number of the link layer."""
    data: bytes


class Datagram(NamedTuple):
    """A UDP datagram; addresses as they stand in the packet."""

    source: tuple[bytes, int]
    target: tuple[bytes, int]
    data: bytes


def is_capture(path: Path) -> bool:
    """Whether a file begins as a packet capture does."""
    try:
        with Unzipped(path) as file:
            head = file.read(4)
    except (OSError, EOFError, zlib.error):
        # whoever reads it tells what is wrong with it
        return False
    return head in _MAGIC or head == _SECTION


def packets(path: Path, damage: Damage) -> Iterator[Packet]:
    """The packets of a file. What cannot be read is told to `damage`, and reading goes on at the next packet."""
    with Unzipped(path) as file:
        source = _Bytes(file, damage)
        head = source.peek(24)
        if head[:4] in _MAGIC and len(head) == 24:
            yield from _pcap(source, *_MAGIC[head[:4]])
        elif head[:4] == _SECTION:
            yield from _pcapng(source)
        else:
            damage(0, "capture: neither pcap nor pcapng", head)


_UDP, _TCP = 17, 6


def datagram(packet: Packet) -> Datagram | None:
    """The UDP datagram in a packet; None for anything else, for fragments, and for what is cut off."""
    found = _transport(packet, _UDP)
    if found is None:
        return None
    source, target, at, _ = found
    data = packet.data
    if at + 8 > len(data):
        return None
    sport, dport, length = struct.unpack_from(">HHH", data, at)
    if length < 8 or at + length > len(data):
        return None
    return Datagram((source, sport), (target, dport), data[at + 8 : at + length])


class Segment(NamedTuple):
    """A TCP segment; addresses as they stand in the packet."""

    source: tuple[bytes, int]
    target: tuple[bytes, int]
    seq: int
    syn: bool
    fin: bool
    rst: bool
    data: bytes
    """What was captured of it: less than was sent when the packet is cut off."""


def segment(packet: Packet) -> Segment | None:
    """The TCP segment in a packet; None for anything else, and for fragments."""
    found = _transport(packet, _TCP)
    if found is None:
        return None
    source, target, at, end = found
    data = packet.data
    if at + 20 > end:
        return None
    sport, dport, seq, _, offset, flags = struct.unpack_from(">HHIIBB", data, at)
    begin = at + 4 * (offset >> 4)
    if offset < 0x50 or begin > end:
        return None
    return Segment(
        (source, sport), (target, dport), seq, bool(flags & 2), bool(flags & 1), bool(flags & 4), data[begin:end]
    )


def _transport(packet: Packet, protocol: int) -> tuple[bytes, bytes, int, int] | None:
    """Source and target addresses, and where the part of a protocol over IP begins and ends in a packet."""
    data, link = packet.data, packet.link
    if link == _ETHERNET:
        at = 12
        while data[at : at + 2] in (b"\x81\x00", b"\x88\xa8"):  # VLAN tags
            at += 4
        kind, at = data[at : at + 2], at + 2
    elif link in _RAW:
        kind, at = (b"\x86\xdd" if data[:1] >= b"\x60" else b"\x08\x00"), 0
    elif link == _SLL:
        kind, at = data[14:16], 16
    elif link == _SLL2:
        kind, at = data[:2], 20
    elif link == _NULL:
        kind, at = (b"\x08\x00" if data[:4] in (b"\x02\x00\x00\x00", b"\x00\x00\x00\x02") else b"\x86\xdd"), 4
    else:
        return None
    if kind == b"\x08\x00" and len(data) >= at + 28 and data[at] >> 4 == 4:
        if data[at + 9] != protocol or (data[at + 6] & 0x3F) | data[at + 7]:  # another one, or a fragment
            return None
        # a network card that segments by itself lets the capture see no length
        length = data[at + 2] << 8 | data[at + 3] or len(data) - at
        begin, source, target = at + 4 * (data[at] & 15), data[at + 12 : at + 16], data[at + 16 : at + 20]
        return source, target, begin, min(at + length, len(data))
    if kind == b"\x86\xdd" and len(data) >= at + 48 and data[at + 6] == protocol:
        length = data[at + 4] << 8 | data[at + 5] or len(data) - at - 40
        return data[at + 8 : at + 24], data[at + 24 : at + 40], at + 40, min(at + 40 + length, len(data))
    return None


class _Bytes:
    """A file's bytes, in blocks; `at` is where reading stands in the block."""

    def __init__(self, file: Unzipped, damage: Damage) -> None:
        self._file, self._damage = file, damage
        self._ended = False
        self.data = b""
        self.at = 0
        self.base = 0

    def more(self, wanted: int) -> bool:
        """Have so many bytes from here on, if the file has them."""
        while len(self.data) - self.at < wanted and not self._ended:
            try:
                block = self._file.read(max(_BLOCK, wanted))
            except (OSError, EOFError, zlib.error) as error:
                self._damage(self.base + len(self.data), f"unreadable: {type(error).__name__} {error}", b"")
                block = b""
            self._ended = not block
            self.base += self.at
            self.data, self.at = self.data[self.at :] + block, 0
        return len(self.data) - self.at >= wanted

    def peek(self, size: int) -> bytes:
        """The next bytes, fewer at the end."""
        self.more(size)
        return self.data[self.at : self.at + size]

    def skip(self, reason: str, fits: Callable[[int], bool]) -> None:
        """Go on where something that fits begins, or at the end; and tell what was left out."""
        start, kept = self.base + self.at, self.data[self.at : self.at + 4_096]
        self.at += 1
        while True:
            self.more(2 * _PACKET_MAX)
            for at in range(self.at, max(len(self.data) - (0 if self._ended else _PACKET_MAX), self.at)):
                if fits(at):
                    self.at = at
                    self._damage(start, reason, kept[: self.base + at - start])
                    return
            self.at = max(len(self.data) - (0 if self._ended else _PACKET_MAX), self.at)
            if self._ended:
                self._damage(start, reason, kept)
                return

    def skip_over(self, at: int, reason: str, data: bytes) -> None:
        """Tell of something in the block that has been read over."""
        self._damage(self.base + at, reason, data[:4_096])


def _pcap(source: _Bytes, order: str, unit: int) -> Iterator[Packet]:
    head = source.peek(24)
    link = struct.unpack(order + "I", head[20:24])[0] & 0x0FFFFFFF
    source.at += 24
    record = struct.Struct(order + "IIII")
    last = 0
    limit = 1_000_000_000 // unit

    def plausible(at: int) -> int:
        """The size of the packet whose header is here, 0 if none is."""
        if at + 16 > len(source.data):
            return 0
        seconds, fraction, size, whole = record.unpack_from(source.data, at)
        sane = fraction < limit and 0 < size <= _PACKET_MAX and size <= whole <= _PACKET_MAX * 4
        return size if sane and (not last or abs(seconds - last) < _DAYS_APART) else 0

    def fits(at: int) -> bool:
        size = plausible(at)
        after = at + 16 + size
        return bool(size) and (after == len(source.data) or bool(plausible(after)))

    while source.more(1):
        if not source.more(16):
            source.skip("packet: cut off", lambda at: False)
            return
        size = plausible(source.at)
        if not size or not source.more(16 + size):
            source.skip("packet: no header, or cut off", fits)
            continue
        seconds, fraction, size, _ = record.unpack_from(source.data, source.at)
        begin = source.at + 16
        source.at = begin + size
        last = seconds
        yield Packet(seconds * 1_000_000_000 + fraction * unit, link, source.data[begin : begin + size])


def _pcapng(source: _Bytes) -> Iterator[Packet]:
    order = "<"
    links: list[tuple[int, int, int]] = []
    """Of each interface: link layer, units a second, ns to add."""

    def block(at: int) -> tuple[int, int] | None:
        """Kind and length of the block that begins here, if one does and all of it is there."""
        data = source.data
        if at + 12 > len(data):
            return None
        mark = order
        if data[at : at + 4] == _SECTION:
            mark = "<" if data[at + 8 : at + 12] == b"\x4d\x3c\x2b\x1a" else ">"
        kind, length = struct.unpack_from(mark + "II", data, at)
        if not 12 <= length <= _PACKET_MAX * 4 or length % 4 or at + length > len(data):
            return None
        return (kind, length) if struct.unpack_from(mark + "I", data, at + length - 4)[0] == length else None

    while source.more(1):
        source.more(12)
        length = (
            struct.unpack_from(order + "I", source.data, source.at + 4)[0] if len(source.data) - source.at >= 8 else 0
        )
        if source.peek(4) == _SECTION:
            length = _PACKET_MAX  # its order of bytes is not known yet
        source.more(min(length, _PACKET_MAX * 4))
        found = block(source.at)
        if found is None:
            source.skip("block: none begins here, or it is cut off", lambda at: block(at) is not None)
            continue
        kind, length = found
        at, end = source.at, source.at + length
        data = source.data
        source.at = end
        if data[at : at + 4] == _SECTION:
            order = "<" if data[at + 8 : at + 12] == b"\x4d\x3c\x2b\x1a" else ">"
            links = []
        elif kind == 1 and length >= 20:
            links.append(
                (struct.unpack_from(order + "H", data, at + 8)[0], *_resolution(data[at + 16 : end - 4], order))
            )
        elif kind == 6 and length >= 32:
            interface, high, low, size = struct.unpack_from(order + "IIII", data, at + 8)
            if interface >= len(links) or at + 28 + size > end - 4:
                source.skip_over(at, "block: a packet of no interface, or longer than its block", data[at:end])
                continue
            link, units, offset = links[interface]
            stamp = (high << 32 | low) * 1_000_000_000 // units + offset
            yield Packet(stamp, link, data[at + 28 : at + 28 + size])
        elif kind == 3 and length >= 16 and links:
            # a simple packet block has no time: nothing of it can be used
            source.skip_over(at, "block: a packet without a time", data[at:end])


def _resolution(options: bytes, order: str) -> tuple[int, int]:
    """Units a second, and ns to add, from an interface's options."""
    units, offset = 1_000_000, 0
    at = 0
    while at + 4 <= len(options):
        code, size = struct.unpack_from(order + "HH", options, at)
        value = options[at + 4 : at + 4 + size]
        if code == 0:
            break
        if code == 9 and size == 1 and value:
            units = 2 ** (value[0] & 0x7F) if value[0] & 0x80 else 10 ** min(value[0], 18)
        elif code == 14 and len(value) == 8:
            offset = int(struct.unpack(order + "q", value)[0]) * 1_000_000_000
        at += 4 + (size + 3) // 4 * 4
    return units, offset


class Writer:
    """
    Writes datagrams as they came into a pcap file with times to the ns; a file that is there is replaced.

    What was written is safe from the death of this process after `flush`.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.packets = 0
        self._file = path.open("wb")
        self._file.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, _PACKET_MAX, _RAW_IP))

    def write(self, moment: int, source: tuple[str, int], target: tuple[str, int], data: bytes) -> None:
        """Append a datagram between two IPv4 addresses that was received at a moment, ns since 1970."""
        udp = struct.pack(">HHHH", source[1], target[1], 8 + len(data), 0) + data
        head = struct.pack(
            ">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, inet_aton(source[0]), inet_aton(target[0])
        )
        total = sum(struct.unpack(">10H", head))
        total = (total & 0xFFFF) + (total >> 16)
        packet = head[:10] + struct.pack(">H", ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF) + head[12:] + udp
        seconds, ns = divmod(moment, 1_000_000_000)
        self._file.write(struct.pack("<IIII", seconds, ns, len(packet), len(packet)) + packet)
        self.packets += 1

    def flush(self) -> None:
        """Hand on what was written to the operating system."""
        self._file.flush()

    def close(self) -> None:
        """Close the file; closing twice is harmless."""
        self._file.close()


__all__ = ["Datagram", "Packet", "Segment", "Writer", "datagram", "is_capture", "packets", "segment"]
