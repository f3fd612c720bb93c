"""
Work of the server that goes on by itself, beside what it is asked.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from slipstream.errors import EngineError, FixError


class Worker:
    """
    A thread that can be ended, and begun again.

    Args:
        name: of the thread.
        run: what it does; returns soon after the event is set.
    """

    def __init__(self, name: str, run: Callable[[threading.Event], None]) -> None:
        self._name, self._run = name, run
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin; does nothing when it runs."""
        if self._thread is None:
            self._stop.clear()
            self._thread = threading.Thread(target=self._run, args=(self._stop,), name=self._name, daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End, and wait for that."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None


def repeating(
    step: Callable[[], None], every_s: float, tell: Callable[[str], None]
) -> Callable[[threading.Event], None]:
    """What a worker runs: a step again and again. What engine or EMS refuse comes again, and is told once."""

    def run(stop: threading.Event) -> None:
        said = ""
        while not stop.wait(every_s):
            try:
                step()
                said = ""
            except (EngineError, FixError) as error:
                if str(error) != said:
                    tell(str(error))
                said = str(error)

    return run
