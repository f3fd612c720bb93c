"""The supervisor with real processes that only greet clients."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from slipstream.config import Config, load_config
from slipstream.errors import NotReady, PortBusy
from slipstream.plant.spec import Process
from slipstream.plant.supervisor import GAVE_UP, Supervisor, check_ports

FAKE = Path(__file__).resolve().parent.parent / "fakeq.py"


def fake(name: str, port: int, *more: str) -> Process:
    return Process(name, (sys.executable, str(FAKE), str(port), *more), port, {"WHO": f"100% {name}"})


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return load_config(overrides={"var": str(tmp_path / "var"), "start_timeout_s": 10.0}, use_default=False)


@pytest.fixture
def plant(config: Config, ports: Callable[[int], list[int]]) -> Iterator[Supervisor]:
    first, second = ports(2)
    supervisor = Supervisor(config, [fake("one", first), fake("two", second)])
    yield supervisor
    supervisor.down()


def until(condition: Callable[[], bool], what: str, timeout_s: float = 180.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def test_up_status_down(plant: Supervisor) -> None:
    """Processes start in order, answer, are listed, and are gone afterwards; up twice changes nothing."""
    assert [s.state for s in plant.status()] == ["DOWN", "DOWN"]
    steps: list[tuple[str, str]] = []
    plant.up(lambda name, what: steps.append((name, what)))
    assert steps == [("one", "starting"), ("one", "ready"), ("two", "starting"), ("two", "ready")]
    first = plant.status()
    assert all(s.good for s in first)
    plant.up()
    assert [s.pid for s in first] == [s.pid for s in plant.status()]
    assert plant.down()
    assert [s.state for s in plant.status()] == ["DOWN", "DOWN"]
    assert not plant.down()


def test_a_killed_process_is_restarted(plant: Supervisor) -> None:
    plant.up()
    pid = plant.status()[1].pid
    os.kill(pid, signal.SIGKILL)
    until(lambda: plant.status()[1].good and plant.status()[1].pid != pid, "not restarted")


def test_up_after_supervisord_itself_was_killed(plant: Supervisor) -> None:
    """The processes that it left behind are stopped and started again under a new one."""
    plant.up()
    before = [s.pid for s in plant.status()]
    os.kill(int((plant.config.run_dir / "supervisord.pid").read_text()), signal.SIGKILL)
    until(lambda: not plant.running(), "supervisord still answers")
    plant.up()
    after = plant.status()
    assert all(s.good for s in after)
    assert not set(before) & {s.pid for s in after}


def test_down_stops_what_a_killed_supervisord_left(plant: Supervisor) -> None:
    plant.up()
    os.kill(int((plant.config.run_dir / "supervisord.pid").read_text()), signal.SIGKILL)
    until(lambda: not plant.running(), "supervisord still answers")
    assert plant.down()
    assert all(check_ports(plant.config, plant.processes).values())


def job(folder: Path, name: str, code: str, *, ends: bool = False) -> Process:
    (folder / name).touch()
    note = f"open({str(folder / name)!r}, 'a').write('x')"
    return Process(name, (sys.executable, "-c", f"import sys, time; {note}; {code}"), 0, {}, "job", ends=ends)


def test_jobs_listen_nowhere_and_end_when_they_are_done(config: Config, tmp_path: Path) -> None:
    works = job(tmp_path, "works", "time.sleep(600)")
    done = job(tmp_path, "done", "sys.exit(0)", ends=True)
    gives_up = job(tmp_path, "gives_up", f"sys.exit({GAVE_UP})", ends=True)
    dies = job(tmp_path, "dies", f"sys.exit(1 if len(open({str(tmp_path / 'dies')!r}).read()) < 3 else 0)", ends=True)
    supervisor = Supervisor(config, [works, done, gives_up, dies])
    try:
        supervisor.up()
        expected = ["x", "x", "x", "xxx"]
        until(
            lambda: [(tmp_path / p.name).read_text() for p in supervisor.processes] == expected, "not run as expected"
        )
        until(lambda: [s.state for s in supervisor.status()] == ["RUNNING", "EXITED", "EXITED", "EXITED"], "not ended")
        assert [s.good for s in supervisor.status()] == [True, True, False, True]
        os.kill(supervisor.status()[0].pid, signal.SIGKILL)
        until(lambda: (tmp_path / "works").read_text() == "xx", "not restarted")
        # one that outlives its supervisord is found, though it has no port
        os.kill(int((config.run_dir / "supervisord.pid").read_text()), signal.SIGKILL)
        until(lambda: not supervisor.running(), "supervisord still answers")
        assert supervisor._owner(works) is not None
        assert supervisor.down()
        assert supervisor._owner(works) is None
    finally:
        supervisor.down()


def test_a_foreign_listener_is_named(plant: Supervisor) -> None:
    import socket

    with (
        socket.create_server(("127.0.0.1", plant.processes[1].port)),
        pytest.raises(PortBusy, match=r"two.*ports\.two"),
    ):
        plant.up()


def test_a_process_that_does_not_answer_shows_its_log(config: Config, port: int) -> None:
    config = load_config(overrides={"var": config.var, "start_timeout_s": 1.0}, use_default=False)
    broken = Process("broken", (sys.executable, "-c", "print('no such script')"), port)
    supervisor = Supervisor(config, [broken])
    try:
        with pytest.raises(NotReady, match="no such script"):
            supervisor.up()
    finally:
        supervisor.down()


def test_long_folders_get_a_short_socket(tmp_path: Path) -> None:
    config = load_config(overrides={"var": str(tmp_path / ("x" * 120))}, use_default=False)
    assert len(str(Supervisor(config, []).socket)) <= 100
