"""What `slipstream doctor` looks at: engine, versions, ports, disk, licence, the machine's clock, how far what was captured has come."""

from __future__ import annotations

import importlib.metadata
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass

from slipstream import paths
from slipstream.config import Config
from slipstream.engine.choose import choose
from slipstream.errors import SlipstreamError
from slipstream.plant import progress
from slipstream.plant.hostclock import host_clock
from slipstream.plant.spec import processes
from slipstream.plant.supervisor import Supervisor, check_ports

_DISK_MIN_GB = 1.0
_PACKAGES = ("pykx", "quickfix", "pandas", "pyarrow", "s3fs", "dash", "plotly", "PyYAML", "supervisor")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    subject: str
    good: bool
    text: str


def examine(config: Config) -> list[Finding]:
    """Look at everything; nothing is changed."""
    found = [Finding("python", sys.version_info >= (3, 11), f"{platform.python_version()} at {sys.executable}")]
    try:
        choice = choose(config.engine)
        found.append(Finding("engine", True, f"{choice.name}: {choice.reason}"))
        found.append(_version(choice.name, str(choice.executable)))
    except SlipstreamError as error:
        found.append(Finding("engine", False, str(error)))
        choice = None
    kdb = paths.kdb()
    found.append(
        Finding(
            "licence", True, str(kdb.licence) if kdb.licence else f"no kdb+ licence ({kdb.reason}); quill needs none"
        )
    )
    try:
        found.append(Finding("q files", True, str(paths.home())))
    except SlipstreamError as error:
        found.append(Finding("q files", False, str(error)))
    found.append(_packages())
    found.append(Finding("config", True, ", ".join(config.files) or "built-in defaults"))
    if choice is not None:
        plant = Supervisor(config, processes(config, choice))
        if plant.running():
            found += [
                Finding(s.name, s.good, f"{s.state}, port {s.port}, {'answers' if s.ready else 'does not answer'}")
                for s in plant.status()
            ]
        else:
            free = check_ports(config, plant.processes)
            busy = [f"{name} {config.port(name)}" for name, good in free.items() if not good]
            text = (
                f"taken: {', '.join(busy)}; change them under ports"
                if busy
                else "free: " + ", ".join(str(config.port(name)) for name in free)
            )
            found.append(Finding("ports", not busy, text))
    found.append(_disk(config))
    clock = host_clock()
    # nobody having been told to keep it is no fault of the plant's; a keeper that has lost it is
    found.append(Finding("clock", clock.synchronised is not False, clock.text))
    found += [Finding(subject, good, text) for subject, good, text in progress.examine(config)]
    return found


def _version(name: str, executable: str) -> Finding:
    if name == "kdb":
        return Finding("version", True, executable)
    try:
        done = subprocess.run(
            [executable, "--version"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return Finding("version", False, f"{executable} does not run: {error}")
    text = (done.stdout or done.stderr).strip().splitlines()
    return Finding("version", done.returncode == 0, f"{text[0] if text else 'no version printed'} at {executable}")


def _packages() -> Finding:
    versions, absent = [], []
    for name in _PACKAGES:
        try:
            versions.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            absent.append(name)
    text = ", ".join(versions) + (f"; missing: {', '.join(absent)}" if absent else "")
    return Finding("packages", not absent, text)


def _disk(config: Config) -> Finding:
    folder = config.var_dir
    while not folder.exists():
        folder = folder.parent
    free_gb = shutil.disk_usage(folder).free / 1e9
    return Finding("disk", free_gb >= _DISK_MIN_GB, f"{free_gb:.1f} GB free for {config.var_dir}")
