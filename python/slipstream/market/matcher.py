"""The simulated broker's orders in the books of the simulated venues, where they wait their turn and move the price like anybody's."""

from __future__ import annotations

from slipstream.feed.clock import VirtualClock
from slipstream.fix.broker import Broker, Order
from slipstream.fix.market import MarketView, Touch
from slipstream.market import book
from slipstream.market.book import MARKET_BUY, MARKET_SELL, Fill
from slipstream.market.world import World


class WorldView(MarketView):
    """What an EMS sees of the world: touches and volumes."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world

    def look(self) -> None:
        """Take in the volumes of this moment."""
        self.time = self._world.now
        for sym, venue in self._world.venues.items():
            self.volume[sym] = float(venue.volume)

    def touch(self, sym: str) -> Touch | None:
        """The touch of this moment, None outside continuous trading or when a side is empty."""
        venue = self._world.venues.get(sym)
        if venue is None or venue.book.phase != "continuous":
            return None
        made = venue.book
        bid, ask, tick = made.bid, made.ask, venue.listing.tick
        if bid is None or ask is None:
            return None
        sizes = float(made.size(1, bid)), float(made.size(-1, ask))
        return Touch(self._world.now, round(bid * tick, 8), round(ask * tick, 8), *sizes)


class BookMatcher:
    """
    Args:
        world: where the venues are.
        clock: event time of the sessions; the world is let come to it before anything is done there.
        broker: whose orders these are; it is told of fills.
    """

    def __init__(self, world: World, view: WorldView, clock: VirtualClock, broker: Broker) -> None:
        self._world, self._view, self._clock, self._broker = world, view, clock, broker
        self._placed: dict[str, _Placed] = {}

    def touch(self, sym: str) -> Touch | None:
        """The venue's touch."""
        return self._view.touch(sym)

    def reach(self, moment: int) -> None:
        """Let the world come to a moment."""
        while self._world.now < moment:
            self._world.run_until(moment)
        self._view.look()

    def work(self, order: Order) -> None:
        """Send an order to its venue, or change it there."""
        self.reach(self._clock.now())
        venue = self._world.venues[order.sym]
        tick, side, size = venue.listing.tick, 1 if order.buys else -1, round(order.leaves)
        market = MARKET_BUY if side > 0 else MARKET_SELL
        price = market if order.price is None else round(order.price / tick)
        placed = self._placed.get(order.root)
        if placed is not None and placed.order.live:
            venue.book.replace(placed.order, size, price)
        else:
            placed = self._placed[order.root] = _Placed(
                self, order, book.Order(None, side, price, size, round(order.peak))
            )
            placed.order.owner = placed
            venue.book.submit(placed.order, rest=order.price is not None and order.tif not in ("3", "4"))
        venue.publish(self._world.now)

    def drop(self, order: Order) -> None:
        """Take an order back."""
        placed = self._placed.pop(order.root, None)
        if placed is not None and placed.order.live:
            venue = self._world.venues[order.sym]
            venue.book.cancel(placed.order)
            venue.publish(self._world.now)

    def step(self) -> None:
        """Nothing to do: what rests in a book is filled when somebody comes."""

    def filled(self, order: Order, fill: Fill, now: int) -> None:
        """Book a fill at its moment; the world stops there, so that the EMS can act on it."""
        tick = self._world.venues[order.sym].listing.tick
        self._world.stop = True
        self._broker.fill(order, float(fill.size), round(fill.price * tick, 8), maker=fill.maker, at=now)

    def gone(self, order: Order) -> None:
        """The market has closed on an order."""
        self._placed.pop(order.root, None)
        self._world.stop = True
        self._broker.expire(order)


class _Placed:
    """An order of the broker's in a book: what the book calls its owner."""

    def __init__(self, matcher: BookMatcher, of: Order, order: book.Order) -> None:
        self._matcher, self._of, self.order = matcher, of, order

    def filled(self, fill: Fill, now: int) -> None:
        """A fill."""
        self._matcher.filled(self._of, fill, now)

    def gone(self) -> None:
        """Taken out by the venue."""
        self._matcher.gone(self._of)
