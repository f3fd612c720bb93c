"""System commands that need a terminal or a password file: `\\` and `\\u` of basics/syscmds.md."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from slipstream.engine.client import Client
from slipstream.errors import AccessDenied, Unreachable

if TYPE_CHECKING:
    from conftest import Quill


def test_the_password_file_is_read_again(start_quill: Callable[..., Quill], tmp_path: Path) -> None:
    users = tmp_path / "users"
    user = os.environ.get("USER", "")
    users.write_text(f"{user}:\na:one\n")
    quill = start_quill("-U", str(users))
    with Client(port=quill.port, user="a", password="one") as q:
        users.write_text("a:two\n")
        Client(port=quill.port, user="a", password="one").close()
        q.value("\\u")
    with pytest.raises((AccessDenied, Unreachable)):
        Client(port=quill.port, user="a", password="one").value("1")
    with Client(port=quill.port, user="a", password="two") as q:
        assert q.value("1+1") == 2


def test_a_backslash_goes_to_k_and_back(quill_path: Path, tmp_path: Path) -> None:
    ours, its = pty.openpty()
    quill = subprocess.Popen([quill_path], stdin=its, stdout=its, stderr=its, env={**os.environ, "HOME": str(tmp_path)})
    os.close(its)
    told = b""

    def say(line: str, answer: bytes) -> None:
        nonlocal told
        os.write(ours, line.encode() + b"\r")
        start, deadline = len(told), time.monotonic() + 180
        while answer not in told[start:]:
            assert time.monotonic() < deadline, told
            if select.select([ours], [], [], 0.1)[0]:
                told += os.read(ours, 4096)

    try:
        say("til 3", b"0 1 2")
        say("\\", b"  ")
        # monadic ! is a function of k alone
        say("!4", b"0 1 2 3")
        say("\\", b"q)")
        say("til 5", b"0 1 2 3 4")
    finally:
        quill.kill()
        quill.wait()
        os.close(ours)
