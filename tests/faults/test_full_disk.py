"""The supervisor of a plant whose disk is full: it and its processes are there when there is room again."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from slipstream.faults.plant import running


@pytest.mark.slow
def test_the_supervisor_outlives_a_full_disk(tmp_path: Path, quill_path: Path) -> None:
    with running(tmp_path / "var", {"engine": "quill"}, None) as plant:
        if not plant.disk:
            pytest.skip("this user may not mount a file system")
        plant.fill()
        old = plant.pid("gateway")
        for _ in range(20):  # each death and start is a line of its log
            plant.signal("gateway", signal.SIGKILL)
            time.sleep(0.1)
        assert plant.supervisor.running()
        plant.empty()
        plant.up()
        assert plant.pid("gateway") not in (0, old)
