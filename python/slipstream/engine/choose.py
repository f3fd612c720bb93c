"""Which engine runs the plant, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from slipstream import paths
from slipstream.engine import kdb, quill
from slipstream.errors import EngineNotFound


@dataclass(frozen=True, slots=True)
class Choice:
    """The engine that was chosen and the reason, in words."""

    name: Literal["quill", "kdb"]
    reason: str
    executable: Path
    command: Callable[..., list[str]]
    environment: Callable[[Path], Mapping[str, str]]


def choose(wanted: Literal["auto", "quill", "kdb"] = "auto") -> Choice:
    """
    Choose the engine: kdb+ where `auto` finds q and a licence file, else quill.

    Raises:
        EngineNotFound: the engine that was asked for by name is not there, or none is.
    """
    found = paths.kdb()
    if wanted == "kdb" and not found.usable:
        raise EngineNotFound(f"engine is kdb, but {found.reason}")
    if wanted in ("auto", "kdb") and found.executable is not None and found.licence is not None:
        return Choice("kdb", found.reason, found.executable, kdb.command, kdb.environment)
    executable = paths.quill()
    why = "asked for by the configuration" if wanted == "quill" else f"kdb+ is not available: {found.reason}"
    return Choice("quill", why, executable, quill.command, quill.environment)
