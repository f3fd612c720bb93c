"""Sessions through stunnel, with the configurations that docs/fix.md gives."""

from __future__ import annotations

import contextlib
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from memplant import MemoryPlant
from test_settings import Sender, certificate, opened, pair

from slipstream.engine.base import free_ports

DOCS = Path(__file__).resolve().parents[3] / "docs" / "fix.md"
STUNNEL = shutil.which("stunnel") or shutil.which("stunnel4")
pytestmark = pytest.mark.skipif(STUNNEL is None, reason="stunnel is not installed (Debian: stunnel4)")


def documented(service: str, values: Mapping[str, object]) -> str:
    """The configuration of a service in the documentation, with other values; each has to be there."""
    (text,) = [found for found in re.findall(r"```ini\n(.*?)```", DOCS.read_text(), re.S) if f"[{service}]" in found]
    for key, value in values.items():
        text, count = re.subn(rf"(?m)^{key} = .*$", f"{key} = {value}", text)
        assert count == 1, key
    return text


@contextlib.contextmanager
def stunnel(folder: Path, service: str, port: int, values: Mapping[str, object]) -> Iterator[None]:
    """stunnel while a `with` lasts, from when it listens."""
    assert STUNNEL is not None
    config, log = folder / f"{service}.conf", folder / f"{service}.log"
    config.write_text(documented(service, {**values, "accept": f"127.0.0.1:{port}"}))
    with log.open("wb") as output:
        process = subprocess.Popen([STUNNEL, str(config)], stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    try:
        deadline = time.monotonic() + 180
        while True:
            assert process.poll() is None and time.monotonic() < deadline, log.read_text()
            with contextlib.suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait()


def test_a_session_through_stunnel_on_both_sides(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    plain, secure, local = free_ports(3)
    ours, _ = pair(tmp_path, "FIX.4.4", plain)
    _, theirs = pair(tmp_path, "FIX.4.4", local)
    files = {"cert": cert, "key": key, "CAfile": cert}
    plant = MemoryPlant()
    capture = opened(ours, plant, tmp_path)
    try:
        with (
            stunnel(tmp_path, "fix-acceptor", secure, {"connect": f"127.0.0.1:{plain}", **files}),
            stunnel(
                tmp_path, "fix-initiator", local,
                {"connect": f"127.0.0.1:{secure}", "checkHost": "localhost", **files},
            ),
        ):  # fmt: skip
            sender = Sender(theirs)
            capture.wait_logon(60)
            sender.send(20)
            capture.published(20, 60)
            sender.sessions.stop()
            # whoever has no certificate of the authority does not get through
            context = ssl.create_default_context(cafile=str(cert))
            with pytest.raises(OSError), socket.create_connection(("127.0.0.1", secure)) as link:
                link.settimeout(60)
                with context.wrap_socket(link, server_hostname="localhost") as tls:
                    tls.sendall(b"8=FIX.4.4\x019=5\x0135=0\x0110=161\x01")
                    if not tls.recv(100):
                        raise ConnectionResetError
    finally:
        capture.stop()
    assert [row["id"] for row in plant.rows("orders")] == [f"CLI-{n}" for n in range(1, 21)]
