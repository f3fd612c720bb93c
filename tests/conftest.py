"""Shared fixtures: free ports, and a real quill where it has been built."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from slipstream.engine.base import free_ports

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "python"))


def free_port() -> int:
    """A port of the loopback address that nothing listens on now; each time another."""
    return free_ports()[0]


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def ports() -> Callable[[int], list[int]]:
    return lambda count: [free_port() for _ in range(count)]


@dataclass
class Quill:
    """A running quill process."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture(scope="session")
def quill_path() -> Path:
    """The quill executable; tests that need it are skipped where it was not built."""
    from slipstream import paths
    from slipstream.errors import EngineNotFound

    try:
        return paths.quill()
    except EngineNotFound as error:
        pytest.skip(str(error))


@pytest.fixture
def start_quill(quill_path: Path, tmp_path: Path) -> Iterator[Callable[..., Quill]]:
    """Start quill with arguments on a port (default a free one) and wait until it answers; everything started is killed at the end."""
    from slipstream.engine.base import handshake
    from slipstream.errors import EngineError

    started: list[Quill] = []

    def start(*args: str, cwd: Path | None = None, port: int | None = None) -> Quill:
        number = port or free_port()
        log = tmp_path / f"quill-{number}.log"
        with log.open("ab") as out:
            process = subprocess.Popen(
                [str(quill_path), *args, "-p", f"127.0.0.1:{number}"],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                cwd=cwd or tmp_path,
            )
        quill = Quill(process, number, log)
        started.append(quill)
        deadline = time.monotonic() + 180
        while True:
            try:
                handshake("127.0.0.1", number)
                return quill
            except EngineError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError(f"quill did not come up: {log.read_text(errors='replace')}") from None
                time.sleep(0.02)

    yield start
    for quill in started:
        quill.kill()
