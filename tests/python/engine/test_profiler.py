"""`.Q.prf0`: the levels that run in another process, as kb/profiler.md of the kdb+ documentation has them."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from slipstream.engine.client import Client
from slipstream.errors import QueryError

if TYPE_CHECKING:
    from conftest import Quill

SCRIPT = ".z.i\na:{b x};b:{c x}\nc:{while[1;]}\na`\n"


def test_the_levels_of_a_loop(start_quill: Callable[..., Quill], quill_path: Path, tmp_path: Path) -> None:
    script = tmp_path / "p.q"
    script.write_text(SCRIPT)
    asker = start_quill()
    busy = subprocess.Popen([quill_path, str(script), "-q"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    try:
        assert busy.stdout is not None
        assert busy.stdout.readline() == f"{busy.pid}i\n".encode()
        deadline = time.monotonic() + 180
        with Client(port=asker.port) as q:
            while True:
                text = f"select from .Q.prf0 {busy.pid} where not .Q.fqk each file"
                seen = q.table(text).to_pydict()
                # it may not have come to the last line yet
                if len(seen["name"]) == 4 or time.monotonic() > deadline:
                    break
        assert list(seen) == ["name", "file", "line", "col", "text", "pos"]
        assert seen["name"] == ["", "..a", "..b", "..c"]
        assert seen["file"] == [str(script)] * 4
        assert seen["line"] == [4, 2, 2, 3]
        assert seen["col"] == [0, 2, 10, 2]
        assert seen["text"] == ["a`", "{b x}", "{c x}", "{while[1;]}"]
        assert seen["pos"][:3] == [0, 1, 1]
        assert busy.poll() is None
    finally:
        busy.kill()
        busy.wait()


def test_an_idle_process_runs_nothing(start_quill: Callable[..., Quill]) -> None:
    asker, idle = start_quill(), start_quill()
    with Client(port=asker.port) as q:
        assert q.value(f"count .Q.prf0 {idle.process.pid}") == 0
        columns = ["name", "file", "line", "col", "text", "pos"]
        assert q.table(f"-37!{-idle.process.pid}").column_names == columns


def test_another_program_is_refused(start_quill: Callable[..., Quill]) -> None:
    with Client(port=start_quill().port) as q, pytest.raises(QueryError, match="binary mismatch"):
        q.value(f".Q.prf0 {os.getpid()}")
