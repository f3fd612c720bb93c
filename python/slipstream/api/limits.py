"""How often somebody may call, a bucket of tokens for each, filled at a rate; and how much may be sent."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from starlette.requests import Request

_NAMES = 10_000


async def read(request: Request, most: int) -> bytes | None:
    """A request's body; None if it has more than so many bytes, as soon as that is known."""
    found = b""
    async for chunk in request.stream():
        found += chunk
        if len(found) > most:
            return None
    return found


class Limits:
    """
    Args:
        rate: tokens a second.
        burst: tokens that a full bucket has.
        clock: monotonic seconds.
    """

    def __init__(self, rate: float, burst: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate, self.burst, self._clock = rate, burst, clock
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, name: str) -> float:
        """Take a token. Returns 0.0, or the seconds until there is one."""
        with self._lock:
            left = self._left(name)
            if left >= 1.0:
                self._keep(name, left - 1.0)
                return 0.0
            return (1.0 - left) / self.rate

    def wait(self, name: str) -> float:
        """Seconds until there is a token, taking none."""
        with self._lock:
            left = self._left(name)
            return 0.0 if left >= 1.0 else (1.0 - left) / self.rate

    def _left(self, name: str) -> float:
        now = self._clock()
        tokens, then = self._buckets.get(name, (self.burst, now))
        return min(self.burst, tokens + (now - then) * self.rate)

    def _keep(self, name: str, tokens: float) -> None:
        self._buckets[name] = (tokens, self._clock())
        self._buckets.move_to_end(name)
        # whoever has not called for longest has a full bucket by now, or there are more callers than one server has
        while len(self._buckets) > _NAMES:
            self._buckets.popitem(last=False)
