"""
Programs of the system that are asked for one answer.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence

_PATIENCE_S = 5.0


def ask(program: str, arguments: Sequence[str]) -> tuple[str, str] | str | None:
    """What a program prints and complains of; a text says why it does not answer; None where there is none of that name."""
    found = shutil.which(program)
    if found is None:
        return None
    try:
        done = subprocess.run(
            [found, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PATIENCE_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{program} does not answer: {error}"
    return done.stdout, done.stderr


__all__ = ["ask"]
