"""How a quill process is started."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from slipstream import paths


def command(
    script: Path, port: int, options: Mapping[str, str | int] | None = None, *, host: str = "127.0.0.1"
) -> list[str]:
    """The command line that runs a script on quill, listening at host:port, with `-name value` options."""
    return [str(paths.quill()), str(script), "-p", f"{host}:{port}", *render(options or {})]


def environment(home: Path) -> dict[str, str]:
    """Environment of a process of the plant: where the q libraries are."""
    return {"SLIPSTREAM_Q": str(home / "q")}


def render(options: Mapping[str, str | int]) -> list[str]:
    """Options as q's command line takes them."""
    return [part for name, value in options.items() for part in (f"-{name}", str(value))]
