"""Times of receipt: the kernel's for datagrams, the moment of reading where it says nothing."""

from __future__ import annotations

import socket
import time

from slipstream.feed.receive import ANCILLARY, kernel_time, stamped


def test_a_datagram_is_stamped_when_it_arrives_not_when_it_is_read() -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
    ):
        link.bind(("127.0.0.1", 0))
        stamped(link)
        give_up = time.monotonic() + 60
        while True:
            before = time.time_ns()
            sender.sendto(b"x", link.getsockname())
            time.sleep(0.05)
            read = time.time_ns()
            data, ancillary, _, _ = link.recvmsg(10, ANCILLARY)
            assert data == b"x" and len(ancillary) == 1
            stamp = kernel_time(ancillary)
            # the kernel begins to stamp what arrives in its own time: until then it stamps what is read
            if stamp < read:
                break
            assert time.monotonic() < give_up, "every datagram has the time at which it was read"
        # its clock may be a tick behind ours
        assert before - 20_000_000 <= stamp


def test_without_a_word_of_the_kernel_it_is_now() -> None:
    before = time.time_ns()
    assert before <= kernel_time([]) <= time.time_ns()
    assert before <= kernel_time([(socket.SOL_SOCKET, 35, b"short")]) <= time.time_ns()
