"""
The demonstration's session on disk, in `session/` of its folder: what was asked for, how far it has come, what was counted.

`session.json` is replaced as a whole each time, so that it is always one or the other; `progress.json` is the same for what
changes all the time and may be lost.
"""

from __future__ import annotations

import dataclasses
import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from slipstream.config import Config
from slipstream.errors import PlantError

INTERRUPTED = "interrupted"


@dataclass
class Record:
    """A session: asked for once, and taken up again until it is done."""

    run_id: str
    captures: list[str]
    speed: float
    seed: int
    flags: list[str]
    """`--config` and `--set` options by which its processes find its configuration."""
    engine: str
    began: float = field(default_factory=time.time)
    """Seconds since 1970."""
    phase: Literal["play", "finish", "done"] = "play"
    halted: str = ""
    """Why it does not go on by itself: `interrupted`, or an error; empty when it does."""
    runs: int = 0
    """Times that the session's process was started."""
    rdb: dict[str, dict[str, int]] = field(default_factory=dict)
    """By day: rows of each table that the RDB held just before the roll."""
    sent: dict[str, int] = field(default_factory=dict)
    copies: dict[str, int] = field(default_factory=dict)
    """Drop copies: `sent` by the broker, `captured`."""
    orders: list[dict[str, Any]] = field(default_factory=list)
    """What the EMS knows of its parents."""
    parents: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What the plant says of them."""
    feed: dict[str, Any] = field(default_factory=dict)
    story: str = "tech"
    """What is played where there are no captures, see `slipstream.demo.stories`."""

    @property
    def goes_on(self) -> bool:
        """Not done, and nobody has stopped it."""
        return self.phase != "done" and self.halted != INTERRUPTED

    def save(self, folder: Path) -> None:
        """Write it to `session/` of the demonstration's folder."""
        _replace(folder / "session" / "session.json", dataclasses.asdict(self))


def load(folder: Path) -> Record | None:
    """The session of a demonstration's folder, None where there is none."""
    file = folder / "session" / "session.json"
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    try:
        return Record(**found)
    except TypeError as error:
        raise PlantError(f"{file}: not a session of this version: {error}") from None


@dataclass
class Progress:
    """Where a session is."""

    pid: int
    doing: str
    time: int
    """Event time, ns since 1970."""
    sent: dict[str, int]

    def save(self, folder: Path) -> None:
        """Write it to `session/` of the demonstration's folder."""
        _replace(folder / "session" / "progress.json", dataclasses.asdict(self))

    @property
    def alive(self) -> bool:
        """Whether the process that wrote it still runs."""
        return Path(f"/proc/{self.pid}").exists()


def progress(folder: Path) -> Progress | None:
    """What the session's process said last."""
    try:
        return Progress(**json.loads((folder / "session" / "progress.json").read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None


def summary_file(folder: Path) -> Path:
    """Where the figures of a demonstration's folder are, once it is done."""
    return folder / "summary.json"


@contextmanager
def attached(config: Config) -> Iterator[None]:
    """
    Be the one who shows a demonstration.

    Raises PlantError when another does; the lock goes with the process that holds it.
    """
    config.var_dir.mkdir(parents=True, exist_ok=True)
    with _lock_file(config.var_dir).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PlantError(f"a demonstration is being shown in {config.var_dir} already") from None
        yield


def shown(folder: Path) -> bool:
    """Whether somebody shows the demonstration in a folder."""
    try:
        with _lock_file(folder).open("r") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _lock_file(folder: Path) -> Path:
    return folder / "demo.lock"


def _replace(file: Path, content: dict[str, Any]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_suffix(".new")
    with new.open("w", encoding="utf-8") as out:
        json.dump(content, out, default=str)
        out.flush()
        os.fsync(out.fileno())
    new.replace(file)
