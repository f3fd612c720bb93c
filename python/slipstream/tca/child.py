"""A q process of one's own, for work that needs no plant: started, used by one connection, ended."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from typing import BinaryIO, Literal

from slipstream import paths
from slipstream.engine.base import handshake
from slipstream.engine.choose import choose
from slipstream.engine.client import Client
from slipstream.errors import AccessDenied, EngineError, Unreachable

_STARTS = 3
_START_S = 30.0


@contextlib.contextmanager
def child(libraries: Sequence[str], wanted: Literal["auto", "quill", "kdb"] = "auto") -> Iterator[Client]:
    """
    A connection to a new q process on the loopback address with libraries of `q/` loaded; it ends with the context.

    Args:
        libraries: names below `q/` without extension, such as `tca/batch`.
        wanted: the engine, as the configuration key `engine`.

    Raises:
        EngineNotFound: there is no engine.
        EngineError: the process did not come up, or a library could not be loaded.
    """
    process, port, log = _start(wanted)
    try:
        with Client("127.0.0.1", port, timeout_s=0.0) as client:
            # nobody else has business here
            client.query("{.z.pw:{[u;p]0b};}", None)
            for name in libraries:
                client.query("{.boot.use x;}", name)
            yield client
    finally:
        process.kill()
        process.wait()
        log.close()


def _start(
    wanted: Literal["auto", "quill", "kdb"],
) -> tuple[subprocess.Popen[bytes], int, BinaryIO]:
    chosen = choose(wanted)
    home = paths.home()
    said = ""
    for _ in range(_STARTS):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        log = tempfile.TemporaryFile()  # noqa: SIM115  the caller closes it when the process has ended
        process = subprocess.Popen(
            chosen.command(home / "q" / "boot.q", port),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**os.environ, **chosen.environment(home)},
        )
        deadline = time.monotonic() + _START_S
        while process.poll() is None and time.monotonic() < deadline:
            try:
                handshake("127.0.0.1", port)
                return process, port, log
            except (Unreachable, AccessDenied):
                time.sleep(0.01)
        process.kill()
        process.wait()
        log.seek(0)
        said = log.read().decode("utf-8", "replace").strip()
        log.close()
    raise EngineError(f"{chosen.executable}: the process for the figures did not come up: {said or 'no output'}")
