"""
Switches that somebody asks for while a session runs: a file of JSON lines to which `slipstream switch` appends, and beside it another
that says at which moment of event time each was taken, written before it is.

A session that was killed and makes everything anew takes them at the same moments again, so that it comes to the same rows. What became of
those that have a name is in a third file: whether each was taken, and why not.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from slipstream.errors import FixError
from slipstream.feed.ledger import JsonLines
from slipstream.fix.algos import Tactic

ASKED, TAKEN, ANSWERED = "switch.asked", "switch.taken", "switch.answered"


def ask(folder: Path, parent: str, tactic: Tactic, *, name: str = "", expires: float | None = None) -> None:
    """
    Ask for a switch in the session that runs in a folder. Raises FixError when none does.

    Args:
        folder: the session's.
        parent: ClOrdID of the parent.
        tactic: what it shall be worked by.
        name: by which it is answered; one that is asked for again by the same name is the same.
        expires: seconds since 1970 after which it is not to be taken.
    """
    if not folder.is_dir():
        raise FixError(f"no session runs in {folder}")
    lines = JsonLines(folder / ASKED)
    try:
        lines.append({"parent": parent, "tactic": asdict(tactic), "name": name, "expires": expires})
    finally:
        lines.close()


def answers(folder: Path) -> Mapping[str, tuple[bool, str]]:
    """What was answered so far: by name, whether it was taken, and why not."""
    return {line["name"]: (line["taken"], line["why"]) for line in _lines(folder / ANSWERED)}


class Requests:
    """
    Args:
        folder: the session's.
        switch: called with a parent and a tactic; raises FixError when it refuses.
    """

    def __init__(self, folder: Path, switch: Callable[[str, Tactic], None]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._asked, self._switch = folder / ASKED, switch
        self._before = _lines(folder / TAKEN)
        """What an earlier run took, and when; this one takes them first."""
        self._read, self._size = len(self._before), -1
        self.refused: list[str] = []
        """Why what was refused was."""
        if (folder / TAKEN).exists():
            # a line that was torn was not taken
            with (folder / TAKEN).open("rb+") as file:
                file.truncate(file.read().rfind(b"\n") + 1)
        self._taken = JsonLines(folder / TAKEN)
        self._answered = JsonLines(folder / ANSWERED)
        self._names: set[str] = set()

    def take(self, now: int, *, behind: bool) -> None:
        """Take what is due at a moment: what an earlier run took then, and, unless that is still being made again, what is new."""
        while self._before and self._before[0]["at"] <= now:
            self._apply(self._before.pop(0))
        if self._before or behind or not self._asked.exists() or self._asked.stat().st_size == self._size:
            return
        self._size = self._asked.stat().st_size
        for line in _lines(self._asked)[self._read :]:
            self._read += 1
            expires = line.get("expires")
            # a run that takes it again takes it as this one did, however late that is
            late = {"late": True} if expires is not None and time.time() > expires else {}
            line = {**line, **late, "at": now}
            self._taken.append(line)
            self._apply(line)

    def close(self) -> None:
        """Close the file."""
        self._taken.close()
        self._answered.close()

    def _apply(self, line: dict[str, Any]) -> None:
        name = line.get("name", "")
        if name in self._names:
            return
        why = ""
        try:
            if line.get("late"):
                raise FixError("it came too late")
            self._switch(line["parent"], Tactic(**line["tactic"]))
        except FixError as error:
            why = str(error)
            self.refused.append(why)
            print(f"slipstream: a switch was refused: {error}", file=sys.stderr, flush=True)
        if name:
            self._names.add(name)
            self._answered.append({"name": name, "taken": not why, "why": why})


def _lines(file: Path) -> list[dict[str, Any]]:
    """Whole lines of a file, none where there is no file."""
    if not file.exists():
        return []
    return [json.loads(line) for line in file.read_bytes().split(b"\n")[:-1]]
