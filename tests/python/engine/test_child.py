"""A q process of one's own."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

OWNER = """
import sys, time
from slipstream.engine.child import child
with child(sys.argv[1], wanted="quill") as q:
    print(q.value("{.z.i}", None), flush=True)
    time.sleep(600)
"""


@pytest.mark.parametrize("script", ["q/boot.q", "gateway/gw.q"])
def test_it_ends_with_an_owner_that_is_killed(script: str, quill_path: Path) -> None:
    owner = subprocess.Popen([sys.executable, "-c", OWNER, script], stdout=subprocess.PIPE, text=True)
    try:
        assert owner.stdout is not None
        process = Path(f"/proc/{int(owner.stdout.readline())}")
        assert process.exists()
    finally:
        owner.kill()
        owner.communicate()
    deadline = time.monotonic() + 180
    while process.exists():
        assert time.monotonic() < deadline, "the q process outlives its owner"
        time.sleep(0.05)
