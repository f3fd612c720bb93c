"""Where the time of a captured row comes from: the wall clock when live, the event time of the source when
replaying."""

from __future__ import annotations

import threading
import time
from typing import Protocol


class Clock(Protocol):
    """What stamps events, in ns since 1970 (UTC)."""

    def now(self) -> int:
        """The present moment; never earlier than an earlier answer."""
        ...

    def received(self, etime: int) -> int:
        """The `time` to give to a message that its sender stamped `etime` and that has just arrived."""
        ...

    def seen(self, moment: int) -> None:
        """An earlier run gave this `time`; no later message gets an earlier one, if the clock is not the wall's."""
        ...


class RealClock:
    """Wall clock."""

    def now(self) -> int:
        """Now."""
        return time.time_ns()

    def received(self, etime: int) -> int:
        """Now, whatever the sender says."""
        return time.time_ns()

    def seen(self, moment: int) -> None:
        """Nothing to remember."""


class VirtualClock:
    """
    Event time of a replay or simulation, moved on by whoever drives it.

    A message received counts as arriving a fixed latency after its sender's stamp, so that the same replay
    gives the same times however fast it runs; arrival never goes backwards.
    """

    def __init__(self, start: int = 0, *, latency_ns: int = 50_000) -> None:
        self._now = start
        self._latency = latency_ns
        self._received = 0
        self._lock = threading.Lock()

    def now(self) -> int:
        """Event time reached."""
        return self._now

    def advance_to(self, moment: int) -> int:
        """Move on to a moment, unless already past it."""
        with self._lock:
            self._now = max(self._now, moment)
            return self._now

    def tick(self, nanoseconds: int) -> int:
        """Let a little time pass, as between two messages, and say what time it is then."""
        with self._lock:
            self._now += nanoseconds
            return self._now

    def received(self, etime: int) -> int:
        """A fixed latency after the sender's stamp, in arrival order."""
        with self._lock:
            self._received = max(self._received, etime + self._latency)
            return self._received

    def seen(self, moment: int) -> None:
        """Arrival goes on from here."""
        with self._lock:
            self._received = max(self._received, moment)
