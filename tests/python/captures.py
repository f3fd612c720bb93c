"""Packet captures as tests write them: datagrams and TCP segments in Ethernet frames, in pcap and pcapng of all forms."""

from __future__ import annotations

import struct


def frame(payload: bytes, *, vlan: bool = False, six: bool = False) -> bytes:
    udp = struct.pack(">HHHH", 10_378, 10_378, 8 + len(payload), 0) + payload
    tag = b"\x81\x00\x00\x05" if vlan else b""
    if six:
        return bytes(12) + tag + b"\x86\xdd" + struct.pack(">IHBB", 6 << 28, len(udp), 17, 1) + bytes(32) + udp
    return (
        bytes(12)
        + tag
        + b"\x08\x00"
        + struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 1, 17, 0, b"\1\2\3\4", b"\xe9\1\1\1")
        + udp
    )


def segment(
    payload: bytes,
    seq: int,
    *,
    server: bool = True,
    port: int = 50_000,
    syn: bool = False,
    fin: bool = False,
    padding: int = 0,
    six: bool = False,
) -> bytes:
    """TCP between a server, 10.0.0.1:9000, and a client's port."""
    ports = (9_000, port) if server else (port, 9_000)
    tcp = struct.pack(">HHIIBBHHH", *ports, seq & 0xFFFFFFFF, 0, 0x50, syn << 1 | fin | 16, 1_000, 0, 0) + payload
    ends = (b"\x0a\0\0\1", b"\x0a\0\0\2") if server else (b"\x0a\0\0\2", b"\x0a\0\0\1")
    if six:
        sides = [bytes(12) + each for each in ends]
        return bytes(12) + b"\x86\xdd" + struct.pack(">IHBB", 6 << 28, len(tcp), 6, 1) + b"".join(sides) + tcp
    head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), 0, 0, 1, 6, 0, *ends)
    return bytes(12) + b"\x08\x00" + head + tcp + bytes(padding)


def pcap(*frames: tuple[int, bytes], order: str = "<", nano: bool = True) -> bytes:
    unit = 1 if nano else 1_000
    head = struct.pack(order + "IHHiIII", 0xA1B23C4D if nano else 0xA1B2C3D4, 2, 4, 0, 0, 65_535, 1)
    return head + b"".join(
        struct.pack(order + "IIII", at // 10**9, at % 10**9 // unit, len(data), len(data)) + data for at, data in frames
    )


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    body += bytes(-len(body) % 4)
    size = struct.pack(order + "I", 12 + len(body))
    return struct.pack(order + "I", kind) + size + body + size


def pcapng(*frames: tuple[int, bytes], order: str = "<", resolution: int | None = 9) -> bytes:
    options = b"" if resolution is None else struct.pack(order + "HHBxxxHH", 9, 1, resolution, 0, 0)
    made = block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order) + block(
        1, struct.pack(order + "HHI", 1, 0, 65_535) + options, order
    )
    units = 10 ** (6 if resolution is None else resolution)
    for at, data in frames:
        stamp = at * units // 10**9
        made += block(
            6, struct.pack(order + "IIIII", 0, stamp >> 32, stamp & 0xFFFFFFFF, len(data), len(data)) + data, order
        )
    return made
