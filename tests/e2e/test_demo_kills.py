"""
Kill -9 of every process of a demonstration in turn, each followed by `slipstream up`: at the end every row sent is logged, held by
the RDB, in the HDB and in the lake, once.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from demo_run import NAMES, Demo, check

from slipstream.demo import record as records

MARKET_ROWS = 54_459
"""Of the simulated session."""


@pytest.fixture
def demo(tmp_path: Path, ports: Callable[[int], list[int]], quill_path: Path) -> Iterator[Demo]:
    made = Demo(tmp_path, ports(len(NAMES)), quill_path)
    yield made
    made.run("down")


def until(condition: Callable[[], bool], what: str, front: subprocess.Popen[str], *, timeout_s: float = 300.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert front.poll() in (None, -signal.SIGKILL), front.communicate()[0]
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def sent(demo: Demo) -> int:
    """Market rows that the session has got logged."""
    progress = records.progress(demo.var)
    return 0 if progress is None else sum(progress.sent.values())


def phase(demo: Demo) -> str:
    record = records.load(demo.var)
    return "" if record is None else record.phase


def kill(demo: Demo, name: str, front: subprocess.Popen[str]) -> None:
    """Kill a process, then do what a user would."""
    before = demo.pids()
    os.kill(front.pid if name == "front" else before[name], signal.SIGKILL)
    if name == "front":
        front.wait()
    assert "goes on" in demo.run("up")
    after = demo.pids()
    if name != "front":
        assert after[name] not in (0, before[name]), name


@pytest.mark.parametrize(
    ("victims", "speed"),
    [
        (
            ["rdb", "wdb", "merge", "hdb", "tickerplant", "idb", "gateway", "rte", "scorecard", "capture", "session"],
            "15",
        ),
        (["supervisord", "front"], "40"),
    ],
    ids=["processes", "supervisord-front"],
)
def test_whatever_is_killed_the_counts_are_equal(demo: Demo, victims: list[str], speed: str) -> None:
    front = demo.start("--story", "sim", "--speed", speed)
    try:
        for number, victim in enumerate(victims, 1):
            until(lambda n=number: sent(demo) > n * 35_000 // len(victims), "rows to be sent", front)  # type: ignore[misc]
            assert phase(demo) != "done"
            kill(demo, victim, front)
        if "front" in victims:
            until(lambda: phase(demo) == "done", "the session to end without anybody who shows it", front)
            front = demo.start("--resume")
        output, _ = front.communicate(timeout=600)
    finally:
        if front.poll() is None:
            front.send_signal(signal.SIGINT)
            front.communicate(timeout=180)
    summary = check(demo, output, front.returncode)
    assert sum(summary["tables"][table]["sent"] for table in ("quote", "trade", "depth")) == MARKET_ROWS
    assert summary["runs"] == 1 + sum(victim in ("session", "supervisord") for victim in victims)


def test_a_session_killed_at_midnight_and_at_its_end_goes_on(demo: Demo) -> None:
    """Twice where the day turns: its last row sent, nothing of the next; then as the last day is being rolled."""
    front = demo.start("--story", "sim", "--speed", "0")
    try:
        until(lambda: bool((records.load(demo.var) or _NONE).rdb), "the first day to be noted", front)
        kill(demo, "session", front)
        until(lambda: phase(demo) == "finish", "the end of the session", front)
        kill(demo, "session", front)
        output, _ = front.communicate(timeout=600)
    finally:
        if front.poll() is None:
            front.send_signal(signal.SIGINT)
            front.communicate(timeout=180)
    assert check(demo, output, front.returncode)["runs"] == 3


def test_the_case_study_goes_on_after_kills(demo: Demo) -> None:
    """The simulated market and everything in it are made again to the same bytes, and what the engine has said stays said: one alert, the same lamps."""
    front = demo.start("--story", "tech", "--speed", "0")
    try:
        for number, victim in enumerate(("session", "rte", "capture", "rte", "tickerplant"), 1):
            until(lambda n=number: sent(demo) > n * 25_000, "rows to be sent", front, timeout_s=900.0)  # type: ignore[misc]
            kill(demo, victim, front)
        output, _ = front.communicate(timeout=2400)
    finally:
        if front.poll() is None:
            front.send_signal(signal.SIGINT)
            front.communicate(timeout=180)
    summary = check(demo, output, front.returncode)
    assert summary["runs"] == 2
    timeline = summary["timeline"]
    assert [alert["level"] for alert in timeline["alerts"]] == ["amber"]
    assert timeline["agreement"]["slippage"] == timeline["agreement"]["minutes"] > 300
    changes = [(row["cost_lamp"], row["leak_lamp"], row["data_lamp"]) for row in timeline["lamps"]]
    assert changes[0] == changes[-1] == ("green", "green", "green")


def test_ctrl_c_stops_everything_and_resume_takes_it_up(demo: Demo) -> None:
    front = demo.start("--story", "sim", "--speed", "20")
    until(lambda: sent(demo) > 2_000, "rows to be sent", front)
    front.send_signal(signal.SIGINT)
    output, _ = front.communicate(timeout=180)
    assert (front.returncode, output.splitlines()[-1]) == (130, "interrupted")
    assert not demo.supervisor().running()
    record = records.load(demo.var)
    assert record is not None and not record.goes_on, "slipstream up leaves it alone"
    front = demo.start("--resume")
    output, _ = front.communicate(timeout=600)
    assert check(demo, output, front.returncode)["runs"] == 2


_NONE = records.Record("", [], 0.0, 0, [], "")
