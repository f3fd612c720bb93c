"""A q process of one's own, for work that needs no plant: started, used by one connection, ended."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, Literal

from slipstream import paths
from slipstream.engine.base import free_ports, handshake
from slipstream.engine.choose import choose
from slipstream.engine.client import Client
from slipstream.errors import AccessDenied, EngineError, Unreachable

_STARTS = 3
_START_S = 30.0
Wanted = Literal["auto", "quill", "kdb"]


@contextlib.contextmanager
def child(
    script: str,
    options: Mapping[str, str | int] | None = None,
    *,
    wanted: Wanted = "auto",
    log: Path | None = None,
    timeout_s: float = 0.0,
) -> Iterator[Client]:
    """
    A connection to a new q process on the loopback address that runs a script; it ends with the context.

    Args:
        script: file below the home of the q folders, such as `q/boot.q`.
        options: of the script's command line.
        wanted: the engine, as the configuration key `engine`.
        log: file that gets what the process says, appended; None keeps it only for an error's text.
        timeout_s: seconds an answer may take, 0 for ever.

    Raises:
        EngineNotFound: there is no engine.
        EngineError: the process did not come up.
    """
    process, port, out = _start(script, options or {}, wanted, log)
    try:
        with Client("127.0.0.1", port, timeout_s=timeout_s) as client:
            # nobody else has business here, and without us there is none: a process that is killed leaves no child behind
            client.query("{.z.pw:{[u;p]0b};.z.pc:{[f;h;x]if[x=h;exit 0];f x}[@[value;`.z.pc;{{x}}];.z.w];}", None)
            yield client
    finally:
        process.kill()
        process.wait()
        out.close()


def _start(
    script: str, options: Mapping[str, str | int], wanted: Wanted, log: Path | None
) -> tuple[subprocess.Popen[bytes], int, BinaryIO]:
    chosen = choose(wanted)
    home = paths.home()
    said = ""
    for _ in range(_STARTS):
        (port,) = free_ports()
        out: BinaryIO = log.open("a+b") if log is not None else tempfile.TemporaryFile()
        begin = out.seek(0, os.SEEK_END)
        process = subprocess.Popen(
            chosen.command(home / script, port, options),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env={**os.environ, **chosen.environment(home)},
        )
        deadline = time.monotonic() + _START_S
        while process.poll() is None and time.monotonic() < deadline:
            try:
                handshake("127.0.0.1", port)
                return process, port, out
            except (Unreachable, AccessDenied):
                time.sleep(0.01)
        process.kill()
        process.wait()
        out.seek(begin)
        said = out.read().decode("utf-8", "replace").strip()
        out.close()
    raise EngineError(f"{chosen.executable}: {script} did not come up: {said or 'no output'}")
