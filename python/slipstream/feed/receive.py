"""When something was received, as near to the wire as the kernel tells."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Sequence

_SO_TIMESTAMPNS = 35
ANCILLARY = socket.CMSG_SPACE(16)
"""Bytes to ask `recvmsg` for, beside the data."""


def stamped(link: socket.socket) -> None:
    """Have the kernel say when it received what is read from a socket, where it can."""
    try:
        link.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
    except OSError:
        # elsewhere than on Linux: `kernel_time` takes the moment of reading
        return


def kernel_time(ancillary: Sequence[tuple[int, int, bytes]]) -> int:
    """When the kernel received what `recvmsg` gave, ns since 1970; now where it does not say."""
    for level, kind, value in ancillary:
        if level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS and len(value) >= 16:
            seconds, nanoseconds = struct.unpack("qq", value[:16])
            return int(seconds * 1_000_000_000 + nanoseconds)
    return time.time_ns()
