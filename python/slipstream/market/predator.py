"""
Predators: watch the public order-by-order feed for somebody who works a large order, and lean on him.

A footprint is the same displayed size, on the same side, at or through the touch, again and again within a window, and hardly ever
on the other side. Hunting pays only where there is a crowd to sell to: predators sleep while the market is not busier than usual.
When the footprint shows again they take what is offered ahead of it, within milliseconds, step in front of it where the spread has room
for that, and offer what they hold a little higher.
When it has not shown for a while they get rid of what they hold, and the price comes back.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from slipstream.market.agents import lots
from slipstream.market.book import Event, Fill, Order
from slipstream.market.venue import Venue
from slipstream.market.world import SECOND, World


@dataclass(frozen=True)
class Hunting:
    """How a predator hunts."""

    smallest: int = 400
    """Sizes under this are anybody's."""
    window_s: float = 90.0
    times: int = 5
    """Sightings within the window that make a footprint."""
    busy: float = 1.9
    """Hunting pays when the volume of the last three minutes is so many times the usual."""
    reaction_ms: tuple[float, float] = (1.0, 12.0)
    clip: float = 900.0
    """Shares taken at each sighting, at most what is there."""
    most: int = 40_000
    """Shares held at most."""
    front_s: float = 8.0
    """How long it stays in front of somebody."""
    patience_s: float = 90.0
    """Without a sighting for so long, holdings go."""
    unwind: float = 300.0
    """Shares sold at a time then."""
    unwind_every_s: float = 30.0


class Predator:
    """
    One of them, in one instrument.

    Args:
        usual: shares a second that are usual at a moment.
    """

    def __init__(self, world: World, venue: Venue, hunting: Hunting, usual: Callable[[int], float], name: str) -> None:
        self._random = world.random(f"{venue.listing.sym}:{name}")
        self._world, self._venue, self._hunting, self._usual = world, venue, hunting, usual
        self._seen: dict[tuple[int, int], deque[int]] = {}
        self._volume: deque[tuple[int, int]] = deque()
        self._traded = 0
        self._last: dict[int, int] = {}
        """By side of the prey: the last sighting."""
        self._offer: Order | None = None
        self._front: Order | None = None
        self.held = 0
        """Shares held, negative when short."""
        self.leans = 0
        """Times that it leaned on somebody."""
        venue.watchers.append(self._watch)

    def _watch(self, now: int, event: Event) -> None:
        if event.action == "trade":
            if event.side:  # not an auction's
                self._traded += event.size
                self._volume.append((now, event.size))
            return
        hunting = self._hunting
        if event.action != "add" or event.size < hunting.smallest:
            return
        book, side = self._venue.book, event.side
        if event.price != (book.bid if side > 0 else book.ask):
            return
        seen = self._seen.setdefault((side, event.size), deque())
        seen.append(now)
        since = now - round(hunting.window_s * SECOND)
        while seen[0] < since:
            seen.popleft()
        if len(seen) < hunting.times or not self._busy(now):
            return
        other = self._seen.get((-side, event.size), ())
        if sum(moment >= since for moment in other) * 3 > len(seen):
            return
        if self._offer is not None and self._offer.oid and event.oid == self._offer.public:
            return
        self._last[side] = now
        low, high = hunting.reaction_ms
        self._world.at(now + round(self._random.uniform(low, high) * 1e6), lambda moment: self._lean(moment, side))

    def _busy(self, now: int) -> bool:
        volume, since = self._volume, now - 180 * SECOND
        while volume and volume[0][0] < since:
            self._traded -= volume.popleft()[1]
        return self._traded >= 180 * self._hunting.busy * self._usual(now)

    def _lean(self, now: int, side: int) -> None:
        book, hunting, random = self._venue.book, self._hunting, self._random
        if book.phase != "continuous":
            return
        self.leans += 1
        room = hunting.most - side * self.held
        far = book.ask if side > 0 else book.bid
        size = min(lots(random.lognormvariate(0.0, 0.4) * hunting.clip), room)
        if far is not None and size > 0:
            book.submit(Order(self, side, far, size), rest=False)
            self._venue.publish(now)
        self._step_in_front(now, side, room)
        # what it holds waits a little higher for whoever must buy
        if self._offer is not None:
            book.cancel(self._offer)
            self._offer = None
        spare = min(abs(self.held), lots(random.lognormvariate(0.0, 0.3) * hunting.clip))
        far = book.ask if side > 0 else book.bid
        if self.held * side > 0 and far is not None and spare > 0:
            self._offer = Order(self, -side, far, spare)
            book.submit(self._offer)
        self._venue.publish(now)

    def _step_in_front(self, now: int, side: int, room: int) -> None:
        book, hunting = self._venue.book, self._hunting
        if self._front is not None:
            book.cancel(self._front)
        near, far = (book.bid, book.ask) if side > 0 else (book.ask, book.bid)
        size = min(lots(self._random.lognormvariate(0.0, 0.4) * hunting.clip), room)
        if near is None or far is None or abs(far - near) < 2 or size <= 0:
            return
        front = self._front = Order(self, side, near + side, size)
        book.submit(front)
        self._world.at(now + round(hunting.front_s * SECOND), lambda moment: self._step_back(moment, front))

    def _step_back(self, now: int, front: Order) -> None:
        if self._venue.book.cancel(front):
            self._venue.publish(now)

    def filled(self, fill: Fill, now: int) -> None:
        """Count what is held."""
        self.held += fill.order.side * fill.size

    def wake(self, now: int) -> int:
        """Get rid of holdings whose prey has gone."""
        book, hunting, random = self._venue.book, self._hunting, self._random
        side = 1 if self.held > 0 else -1
        quiet = now - self._last.get(side, 0) > hunting.patience_s * SECOND
        if self.held and quiet and book.phase == "continuous":
            if self._offer is not None:
                book.cancel(self._offer)
                self._offer = None
            far = book.bid if side > 0 else book.ask
            size = min(abs(self.held), lots(random.lognormvariate(0.0, 0.4) * hunting.unwind))
            if far is not None:
                book.submit(Order(self, -side, far, size), rest=False)
            self._venue.publish(now)
        return now + max(1, round(random.uniform(0.5, 1.5) * hunting.unwind_every_s * SECOND))
