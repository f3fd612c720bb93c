"""
How far the tickerplant is behind: how long it takes to answer, which is what waits before it, and what waits for the slowest of its subscribers.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from slipstream.api.worker import Worker
from slipstream.errors import EngineError

log = logging.getLogger(__name__)

EVERY_S = 1.0
QUESTION = "$[`behind in key`.u;.u.behind[];0 0]"
"""Messages that are logged and not published yet, and bytes; a tickerplant that is not ours does not say."""


@dataclass(frozen=True, slots=True)
class Behind:
    """How far the tickerplant is behind; `seconds` is None while it cannot be reached."""

    seconds: float | None
    messages: int = 0
    """Logged, and not published yet."""
    queued: int = 0
    """Bytes that wait for the slowest subscriber."""


class Probe:
    """
    Asks the tickerplant once a second, on a thread of its own: one that does not answer holds nobody up.

    Args:
        connect: opens a connection to it, as `slipstream.engine.client.Client`.
        clock: monotonic seconds.
    """

    def __init__(self, connect: Callable[[], Any], clock: Callable[[], float] = time.monotonic) -> None:
        self._connect, self._clock = connect, clock
        self._asked: float | None = None
        self._last: Behind | None = None
        self._connection: Any = None
        self._worker = Worker("scorecard-tickerplant", self._run)

    def now(self) -> Behind | None:
        """What is known; None before the first answer. While it does not answer, the time grows."""
        asked, last = self._asked, self._last
        waited = 0.0 if asked is None else self._clock() - asked
        if last is None or last.seconds is None or waited <= last.seconds:
            return last
        return Behind(waited, last.messages, last.queued)

    def start(self) -> None:
        """Begin to ask."""
        self._worker.start()

    def stop(self) -> None:
        """End, and wait for that."""
        self._worker.stop()

    def ask(self) -> None:
        """Ask once."""
        self._asked = started = self._clock()
        try:
            if self._connection is None:
                self._connection = self._connect()
                started = self._clock()  # the way in is not what is measured
            messages, queued = self._connection.value(QUESTION).to_pylist()
            self._last = Behind(self._clock() - started, int(messages), int(queued))
        except (EngineError, OSError) as error:
            if self._last is None or self._last.seconds is not None:
                log.warning("scorecard: the tickerplant does not answer: %s", error)
            self._last = Behind(None)
            self._drop()
        finally:
            self._asked = None

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.close()
            except (EngineError, OSError) as error:
                log.debug("closing a broken connection: %s", error)

    def _run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            self.ask()
            stop.wait(EVERY_S)
        self._drop()
