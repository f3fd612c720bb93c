"""Where sessions listen, and what happens when they cannot."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from slipstream.engine.base import free_ports
from slipstream.errors import FixError
from slipstream.fix.engine import Endpoint, SessionApp, Sessions, Signal, message_of, send


def side(sender: str, target: str, port: int, folder: Path, *, accept: bool) -> tuple[Sessions, list[bytes]]:
    got: list[bytes] = []
    app = SessionApp(Signal(), lambda session, raw: got.append(raw))
    return Sessions(app, [Endpoint(sender, target, port, store=folder)], accept=accept), got


def addresses(port: int) -> set[str]:
    """Local addresses, in hexadecimal, on which somebody listens on a port."""
    found = set()
    for name in ("tcp", "tcp6"):
        file = Path("/proc/net") / name
        for line in file.read_text().splitlines()[1:] if file.exists() else []:
            _, local, _, state, *_ = line.split()
            host, _, number = local.partition(":")
            if state == "0A" and int(number, 16) == port:
                found.add(host)
    return found


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="needs Linux's list of sockets")
def test_an_acceptor_listens_on_loopback_alone(tmp_path: Path) -> None:
    (port,) = free_ports()
    made, _ = side("A", "B", port, tmp_path, accept=True)
    made.start()
    try:
        assert addresses(port) == {"0100007F"}
        assert addresses(made._inner_port) == set()
    finally:
        made.stop()
    assert addresses(port) == set()


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
        made, _ = side("A", "B", port, tmp_path, accept=True)
        with pytest.raises(FixError, match=f"A-B: cannot listen at 127.0.0.1:{port}"):
            made.start()
        made.stop()


def test_messages_sent_while_nobody_listens_come_after_the_logon(tmp_path: Path) -> None:
    (port,) = free_ports()
    acceptor, _ = side("A", "B", port, tmp_path / "a", accept=True)
    acceptor.start()
    try:
        for number in range(3):
            send(
                acceptor.endpoints[0],
                message_of(
                    "8",
                    [
                        (37, "O"),
                        (17, str(number)),
                        (150, "0"),
                        (39, "0"),
                        (54, "1"),
                        (151, "1"),
                        (14, "0"),
                        (6, "0"),
                        (55, "X"),
                    ],
                ),
            )
        initiator, got = side("B", "A", port, tmp_path / "b", accept=False)
        initiator.start()
        initiator.wait_logon()
        assert initiator.app.signal.wait_for(lambda: len(got) == 3, 10.0)
        assert [b"\x0117=%d\x01" % number in raw for number, raw in enumerate(got)] == [True] * 3
        initiator.stop()
    finally:
        acceptor.stop()


def test_no_logon_says_so(tmp_path: Path) -> None:
    (port,) = free_ports()
    made, _ = side("B", "A", port, tmp_path, accept=False)
    made.start()
    try:
        with pytest.raises(FixError, match=r"no logon within 0\.2 s: B-A"):
            made.wait_logon(0.2)
    finally:
        made.stop()


def test_an_unknown_session_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FixError, match="no such session: NO-ONE"):
        send(Endpoint("NO", "ONE", 1, store=tmp_path), message_of("8", []))
