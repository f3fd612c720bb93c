"""How a kdb+ process is started, where an executable and a licence are found."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from slipstream import paths
from slipstream.engine.quill import render
from slipstream.errors import EngineNotFound


def command(
    script: Path, port: int, options: Mapping[str, str | int] | None = None, *, host: str = "127.0.0.1"
) -> list[str]:
    """The command line that runs a script on kdb+, listening at host:port, with `-name value` options."""
    found = paths.kdb()
    if found.executable is None or found.licence is None:
        raise EngineNotFound(f"kdb+ cannot be used: {found.reason}")
    return [str(found.executable), str(script), "-p", f"{host}:{port}", *render(options or {})]


def environment(home: Path) -> dict[str, str]:
    """Environment of a process of the plant: where the q libraries are, and where the licence is."""
    found = paths.kdb()
    licence = {"QLIC": str(found.licence.parent)} if found.licence else {}
    return {"SLIPSTREAM_Q": str(home / "q"), **licence}
