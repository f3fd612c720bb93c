"""Which FIX sessions of the capture are up, in a file that it keeps for whoever shows it."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

EVERY_S = 1.0
"""How often the file is written while nothing changes."""
GONE_S = 5.0
"""A file that is older was left by a capture that does not run any more."""


class SessionFile:
    """
    Args:
        file: replaced as a whole each time.
        names: every session there is.
    """

    def __init__(self, file: Path, names: Iterable[str]) -> None:
        self._file, self._names = file, list(names)
        self._told: frozenset[str] | None = None
        self._at = 0.0
        file.parent.mkdir(parents=True, exist_ok=True)

    def tell(self, up: Iterable[str]) -> None:
        """Say which are up; written when that has changed, or the file is old."""
        now, logged_on = time.monotonic(), frozenset(up)
        if logged_on == self._told and now - self._at < EVERY_S:
            return
        self._told, self._at = logged_on, now
        new = self._file.with_name(f"{self._file.name}.{os.getpid()}.new")
        new.write_text(json.dumps({name: name in logged_on for name in self._names}), encoding="utf-8")
        new.replace(self._file)


def read(file: Path) -> Mapping[str, bool] | None:
    """Whether each session is up; all are down when the capture is gone, and None where there never was one."""
    try:
        found: dict[str, bool] = json.loads(file.read_text(encoding="utf-8"))
        age = time.time() - file.stat().st_mtime
    except FileNotFoundError:
        return None
    return found if age < GONE_S else dict.fromkeys(found, False)
