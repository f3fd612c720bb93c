"""
Subscriptions that a venue has not confirmed yet: what it refuses is asked for again, after longer and longer.

Of a refused one that names several instruments each half is asked for by itself from then on: one instrument that the venue does
not know would keep the others out for ever.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

FIRST_S, LONGEST_S = 1.0, 60.0
"""Seconds before a refused subscription is asked for again, doubled each time, and at most."""
_APART_S = 0.5
"""Seconds between two of them: venues count messages."""
_SECOND = 1_000_000_000
NEVER = 2**63 - 1

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Wanted:
    """A subscription."""

    link: str
    channel: str
    """What the venue calls it; empty where a message is about all channels."""
    names: tuple[str, ...]
    """Of instruments or streams; none where it is about none."""
    number: int
    """Tells it from all others of its venue."""
    tries: int = 0
    """How often it was refused."""
    due: int | None = None
    """When it is to be asked for again, ns since 1970; None while the venue's word is waited for."""


class Subscriptions:
    """
    Args:
        venue: whose, for the log.
    """

    def __init__(self, venue: str) -> None:
        self.next = NEVER
        """When the next has to be asked for again, ns since 1970."""
        self._venue = venue
        self._open: dict[int, Wanted] = {}
        """Those not confirmed yet."""
        self._count = 0
        self._free = 0
        """When the next may be sent, ns since 1970."""

    def begin(self, link: str) -> None:
        """A new connection: nothing is subscribed to on it."""
        self.confirmed(lambda one: one.link == link)

    def ask(self, link: str, channel: str, names: tuple[str, ...]) -> Wanted:
        """One that is asked for now; the venue may confirm or refuse it from now on."""
        return self._keep(Wanted(link, channel, names, 0))

    def confirmed(self, which: Callable[[Wanted], bool]) -> None:
        """The venue says that it does what these are for."""
        self._open = {number: one for number, one in self._open.items() if not which(one)}
        self._look()

    def refused(self, link: str, reason: str, moment: int, number: int | None = None) -> None:
        """The venue does not do one; where it does not say which, all of the connection that it has not confirmed count as refused until it does."""
        for one in list(self._open.values()):
            if one.link != link or one.due is not None or number not in (None, one.number):
                continue
            del self._open[one.number]
            wait = min(LONGEST_S, FIRST_S * 2.0 ** min(one.tries, 30))
            half = (len(one.names) + 1) // 2
            for names in (one.names[:half], one.names[half:]) if len(one.names) > 1 else (one.names,):
                self._keep(Wanted(link, one.channel, names, 0, one.tries + 1, moment + round(wait * _SECOND)))
            what = " ".join(filter(None, (one.channel, ", ".join(one.names[:5]), "…" if len(one.names) > 5 else "")))
            self._look()
            _log.warning("%s: subscription to %s refused (%s), again in %g s", self._venue, what, reason, wait)

    def due(self, moment: int) -> Wanted | None:
        """One that is to be asked for again now, as it is then known; a venue is asked for one at a time."""
        if moment < self.next:
            return None
        found = next(one for one in self._open.values() if one.due is not None and one.due <= moment)
        self._free = moment + round(_APART_S * _SECOND)
        del self._open[found.number]
        again = self._keep(Wanted(found.link, found.channel, found.names, 0, found.tries))
        self._look()
        return again

    def _look(self) -> None:
        first = min((one.due for one in self._open.values() if one.due is not None), default=NEVER)
        self.next = max(first, self._free)

    def _keep(self, one: Wanted) -> Wanted:
        self._count += 1
        kept = Wanted(one.link, one.channel, one.names, self._count, one.tries, one.due)
        self._open[kept.number] = kept
        return kept
