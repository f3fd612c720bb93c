"""The capture as another process, as whoever sends to it sees it: by the files that it keeps."""

from __future__ import annotations

import time
from pathlib import Path

from slipstream.errors import FixError
from slipstream.fix.capture import last_position

_LOOK_S = 0.001


class RemoteCapture:
    """
    Args:
        journal: the other process's journal; the position file is beside it.
        patience_s: how long it may be away; its supervisor starts it again when it dies.
    """

    def __init__(self, journal: Path, *, patience_s: float = 120.0) -> None:
        self._position = journal.with_name(journal.name + ".position")
        self._patience_s = patience_s
        self._published = 0

    def start(self) -> None:
        """It is started by its supervisor."""

    def wait_logon(self) -> None:
        """It logs on when it is up; the session keeps what is sent before."""

    def stop(self) -> None:
        """It is stopped by its supervisor."""

    def check(self) -> None:
        """What fails there is in its log, and its supervisor starts it again."""

    def published(self, copies: int, timeout: float) -> None:
        """Return when so many messages are published. Raises FixError when they are not in time."""
        deadline = time.monotonic() + max(timeout, self._patience_s)
        while self._published < copies:
            self._published = last_position(self._position)[0]
            if self._published >= copies:
                return
            if time.monotonic() > deadline:
                raise FixError(f"the capture has published {self._published} of {copies} copies")
            time.sleep(_LOOK_S)
