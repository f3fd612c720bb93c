"""A plant to be struck: its processes by name, a disk that can be full, a clock that can be stepped."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import resource
import shutil
import signal
import struct
import subprocess
import sysconfig
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from slipstream import operate
from slipstream.config import Ports, load_config
from slipstream.engine.base import free_ports
from slipstream.engine.client import Client
from slipstream.errors import EngineError, NotReady, Timeout, Unreachable

T = TypeVar("T")
WAIT_S = 120.0
DISK_BYTES = 64 << 20
_BLOCK = 1 << 20


class Plant:
    """
    A plant of its own below a folder.

    Args:
        var: its folder.
        settings: configuration keys on top of the defaults.
        disk: whether the folder is a small file system of its own (tmpfs), which can be filled.
        clock: library that lets the processes' clock be stepped, None when there is none.
    """

    def __init__(self, var: Path, settings: Mapping[str, Any], *, disk: bool, clock: Path | None) -> None:
        names = [field.name for field in dataclasses.fields(Ports)]
        ports = dict(zip((f"ports.{name}" for name in names), free_ports(len(names)), strict=True))
        self.var, self.disk = var, disk
        self.settings = {"var": str(var), "start_timeout_s": 60.0, **ports, **settings}
        self.config = load_config(overrides=self.settings)
        self.supervisor = operate.supervisor(self.config)
        self._clock = var.with_name(var.name + ".clock")
        self.steppable = clock is not None
        if clock is not None:
            self.step_clock(0)
            preload = {"LD_PRELOAD": str(clock), "SLIPSTREAM_CLOCK": str(self._clock)}
            self.supervisor.processes = [
                dataclasses.replace(process, environment={**process.environment, **preload})
                for process in self.supervisor.processes
            ]
        self.names = [process.name for process in self.supervisor.processes if process.kind == "q"]
        self._timers: list[threading.Timer] = []

    def pid(self, name: str) -> int:
        """The process's id, 0 when it does not run."""
        return self.supervisor.pid(name)

    def signal(self, name: str, number: int) -> bool:
        """Whether there was a process to send it to."""
        pid = self.pid(name)
        if not pid:
            return False
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return False
        return True

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        """Do something after a while; `settle` waits for it."""
        timer = threading.Timer(seconds, action)
        timer.start()
        self._timers.append(timer)

    def settle(self) -> None:
        """Everything that was put off has happened, the disk has room, and every process runs and answers."""
        for timer in self._timers:
            timer.join()
        self._timers.clear()
        self.empty()
        self.up()

    def stop(self, process: str) -> None:
        """Stop a process whose files are to be changed, by hands that need room for that."""
        self.empty()
        self.supervisor.stop(process)

    def up(self) -> None:
        """Start what does not run. One that is killed meanwhile is started again by its supervisor."""
        for _ in range(3):
            try:
                self.supervisor.up()
                return
            except NotReady:
                continue
        self.supervisor.up()

    def patiently(self, process: str, action: Callable[[Client], T]) -> T:
        """Ask a process something as soon as it answers."""
        deadline = time.monotonic() + WAIT_S
        while True:
            try:
                with operate.connect(self.config, process, timeout_s=WAIT_S) as client:
                    return action(client)
            except (Unreachable, Timeout):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    # ---- the clock

    def step_clock(self, ns: int) -> None:
        """From now on the processes' wall clock is ahead by so much (or behind)."""
        if not self._clock.exists():
            self._clock.write_bytes(struct.pack("q", ns))
            return
        with self._clock.open("r+b") as file:
            file.write(struct.pack("q", ns))

    # ---- the disk

    @property
    def ballast(self) -> Path:
        """What fills the disk."""
        return self.var / "ballast"

    def fill(self) -> None:
        """Not one byte more can be written by the plant."""
        if not self.disk:
            for name in self.names:
                self._limit(name, full=True)
            return
        with self.ballast.open("ab", buffering=0) as file:
            block = _BLOCK
            while block:
                try:
                    file.write(bytes(block))
                except OSError:
                    block //= 2

    def empty(self) -> None:
        """There is room again."""
        if self.disk:
            self.ballast.unlink(missing_ok=True)
            return
        for name in self.names:
            self._limit(name, full=False)

    def _limit(self, name: str, *, full: bool) -> None:
        """No file of the process grows beyond the present size of the log."""
        pid = self.pid(name)
        logs = [file.stat().st_size for file in self.config.tplog_dir.glob("slip*") if file.is_file()]
        with contextlib.suppress(ProcessLookupError):
            _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, ((max(logs, default=0) if full else hard), hard))


@contextlib.contextmanager
def running(var: Path, settings: Mapping[str, Any], clock: Path | None) -> Iterator[Plant]:
    """A plant that is up; stopped at the end, with its files left below `var`."""
    clear(var)
    var.mkdir(parents=True)
    disk = _mount(var)
    try:
        plant = Plant(var, settings, disk=disk, clock=clock)
        try:
            plant.supervisor.up()
            yield plant
        finally:
            # one that is held does not stop
            for name in plant.names:
                with contextlib.suppress(EngineError, OSError):
                    plant.signal(name, signal.SIGCONT)
            plant.empty()
            plant.supervisor.down()
    finally:
        if disk:
            _unmount(var)


def clear(var: Path) -> None:
    """Nothing is left of an earlier plant in this folder."""
    if var.is_mount():
        subprocess.run(["umount", "-l", str(var)], check=True)
    shutil.rmtree(var, ignore_errors=True)
    var.with_name(var.name + ".clock").unlink(missing_ok=True)


def _mount(var: Path) -> bool:
    """A small file system in memory at the folder; False where this user may not mount one."""
    if os.geteuid() != 0:
        return False
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES},mode=700", "tmpfs", str(var)],
        capture_output=True,
        check=False,
    )
    return made.returncode == 0


def _unmount(var: Path) -> None:
    """The files stay, in the folder itself."""
    aside = Path(tempfile.mkdtemp(dir=var.parent, prefix=f"{var.name}."))
    shutil.copytree(var, aside, dirs_exist_ok=True, symlinks=True, ignore=lambda *_: ["supervisor.sock"])
    subprocess.run(["umount", "-l", str(var)], check=True)
    var.rmdir()
    aside.rename(var)


def clock_library(folder: Path) -> tuple[Path | None, str]:
    """The library by which clocks are stepped, compiled when it is not there, and how, or why there is none."""
    compiler = (sysconfig.get_config_var("CC") or "cc").split()[0]
    if shutil.which(compiler) is None:
        compiler = "cc"
    if shutil.which(compiler) is None:
        return None, "not made: there is no C compiler"
    library = folder.resolve() / "clock.so"
    source = Path(__file__).with_name("clock.c")
    folder.mkdir(parents=True, exist_ok=True)
    made = subprocess.run(
        [compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl"],
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        return None, f"not made: {compiler} failed: {made.stderr.strip().splitlines()[-1]}"
    return library, "the plant's wall clock, by a library before the C library"
