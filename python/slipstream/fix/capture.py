"""
The receiving end of FIX sessions: what arrives is kept before it counts as received, then decoded and
published (`slipstream.fix.intake`).
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

from slipstream.errors import FixError
from slipstream.feed.base import Quarantine
from slipstream.feed.clock import Clock
from slipstream.feed.publish import Publisher
from slipstream.fix.dictionary import Dictionary
from slipstream.fix.engine import Endpoint, SessionApp, Sessions, Signal
from slipstream.fix.intake import CaptureCounters, Intake, PositionFile, Rotation, journal_rows, last_position
from slipstream.fix.journal import Sync
from slipstream.fix.lifecycle import Orders
from slipstream.fix.sessions import SessionFile

__all__ = ["Capture", "CaptureCounters", "PositionFile", "Rotation", "journal_rows", "last_position"]


class Capture(Intake):
    """
    Args:
        sides: the sessions: one drop copy endpoint, or any number of sets of sessions made by `session_sets`.
        publisher: where rows go; it must be the only one that writes the FIX tables.
        journal: see `Intake`.
        clock: gives each message its `time`.
        accept: listen for the broker, or connect to it.
        sync: see `Journal`.
        rotation: see `Intake`.
    """

    def __init__(
        self,
        sides: Endpoint | Sequence[tuple[Sequence[Endpoint], bool]],
        publisher: Publisher,
        journal: Path,
        *,
        clock: Clock | None = None,
        accept: bool = False,
        spec: Dictionary | None = None,
        quarantine: Quarantine | None = None,
        sync: Sync = "always",
        signal: Signal | None = None,
        rotation: Rotation | None = None,
    ) -> None:
        self.signal = signal or Signal()
        super().__init__(
            publisher,
            journal,
            orders=Orders(spec),
            clock=clock,
            quarantine=quarantine,
            sync=sync,
            rotation=rotation,
        )
        self.app = SessionApp(self.signal, self.take)
        sets = [([sides], accept)] if isinstance(sides, Endpoint) else sides
        self._sessions = [Sessions(self.app, endpoints, accept=accepts) for endpoints, accepts in sets]

    def start(self) -> None:
        """Open the sessions."""
        for sessions in self._sessions:
            sessions.start()

    def wait_logon(self, timeout: float = 60.0) -> None:
        """Return when every session is up."""
        for sessions in self._sessions:
            sessions.wait_logon(timeout)

    def stop(self) -> None:
        """Close the sessions and the files; what is pending stays in the journal for the next run."""
        for sessions in self._sessions:
            sessions.stop()
        self.close()

    def published(self, copies: int, timeout: float) -> None:
        """Return when the journal holds so many messages and all are published. Raises FixError when they are not in time."""
        if not self.signal.wait_for(lambda: self.count >= copies or self.app.failed is not None, timeout):
            raise FixError(f"{self.count} of {copies} messages captured after {timeout:g} s")
        self.check()
        if self.pending:
            self.drain()

    def serve(self, stop: threading.Event, *, wait: float = 0.05, told: Path | None = None) -> None:
        """Run as a process of its own: publish what arrives until told to stop, and say in the file `told` which sessions are up. Raises
        FixError when capturing fails."""
        names = [endpoint.name for sessions in self._sessions for endpoint in sessions.endpoints]
        file = None if told is None else SessionFile(told, names)
        self.start()
        try:
            while not stop.is_set():
                if file is not None:
                    file.tell(list(self.app.logged_on))
                self.signal.wait_for(lambda: bool(self.pending) or self.app.failed is not None, wait)
                self.check()
                if self.drain():
                    self.signal.notify()
        finally:
            if file is not None:
                file.tell(())
            self.stop()

    def check(self) -> None:
        """Raise FixError if a message could not be kept."""
        if self.app.failed is not None:
            raise FixError(f"a message could not be captured: {self.app.failed}") from self.app.failed
