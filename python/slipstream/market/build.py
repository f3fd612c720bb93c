"""A whole market from a few parameters: instruments with their agents, their story, and the phases of the day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from slipstream.market.agents import Activity, Auctioneers, Followers, Maker, Posters, Quoting, Takers, Value
from slipstream.market.predator import Hunting, Predator
from slipstream.market.venue import Listing, Venue
from slipstream.market.world import SECOND, Move, Noise, Path, Surge, Wake, World


class Agent(Protocol):
    """Somebody who trades."""

    def wake(self, now: int) -> int:
        """Act, and say when next."""
        ...


@dataclass(frozen=True)
class Crowd:
    """An instrument and who trades it."""

    listing: Listing
    noise: Noise = field(default_factory=lambda: Noise(1.5, 240.0))
    """Of its own value, beside the index."""
    beta: float = 1.0
    moves: tuple[Move, ...] = ()
    surges: tuple[Surge, ...] = ()
    takers: float = 0.35
    """Market orders a second on average."""
    taker_size: float = 160.0
    persistence: float = 0.7
    smile: float = 1.0
    """How much busier the ends of the day are."""
    posters: float = 0.5
    poster_size: float = 160.0
    makers: tuple[Quoting, ...] = (Quoting(half_spread=0.25), Quoting(half_spread=0.4), Quoting(half_spread=0.6))
    followers: bool = True
    predators: tuple[Hunting, ...] = ()


@dataclass(frozen=True)
class Hours:
    """A trading day, seconds after midnight."""

    preopen_s: int = 9 * 3600 + 28 * 60
    open_s: int = 9 * 3600 + 30 * 60
    closing_s: int = 16 * 3600
    close_s: int = 16 * 3600 + 2 * 60


class Index:
    """Publishes the index's level each second, as a quote that is a cent wide around it."""

    sym, venue, level = "INDX", "XIDX", 1000.0

    def __init__(self, world: World, path: Path) -> None:
        self._world, self._path, self._seq = world, path, 0

    def wake(self, now: int) -> int:
        """Publish, and say when next."""
        mid = self.level * (1 + self._path.bps(now - self._world.start) * 1e-4)
        self._seq += 1
        touch = round(mid - 0.005, 6), round(mid + 0.005, 6), 0.0, 0.0
        self._world.rows["quote"].append((now + 50_000, self.sym, self.venue, *touch, now, self._seq))
        return now + SECOND


@dataclass
class Market:
    """What was built."""

    world: World
    venues: dict[str, Venue]
    predators: dict[str, list[Predator]] = field(default_factory=dict)


def build(
    seed: int,
    midnight: int,
    crowds: Sequence[Crowd],
    *,
    hours: Hours | None = None,
    index_noise: Noise | None = None,
    index_moves: Sequence[Move] = (),
    days: int = 1,
) -> Market:
    """
    Make a market that is ready to run from its pre-open on.

    Args:
        seed: chooses everything that is random.
        midnight: start of the first day, ns since 1970.
        crowds: instruments.
        hours: phases of each day.
        index_noise: of the index, which moves everything.
        index_moves: the index's story, seconds from the pre-open.
        days: days of the same hours, one after another.
    """
    hours = hours or Hours()
    world = World(seed, midnight + hours.preopen_s * SECOND)
    span = hours.close_s - hours.preopen_s + (days - 1) * 86_400
    index = Path(f"{seed}:index", span, index_noise or Noise(1.0, 600.0), index_moves)
    published = Index(world, index)
    for day in range(days):
        start = midnight + day * 86_400 * SECOND
        world.at(start + hours.open_s * SECOND, _until(start + hours.closing_s * SECOND, published.wake))
    market = Market(world, {})
    for crowd in crowds:
        venue = market.venues[crowd.listing.sym] = world.trade(crowd.listing)
        ticks = crowd.listing.price / crowd.listing.tick
        value = Value(
            world, ticks, Path(f"{seed}:{crowd.listing.sym}", span, crowd.noise, crowd.moves), index, crowd.beta
        )
        activity = Activity(world.start, hours.close_s - hours.preopen_s, crowd.surges, smile=crowd.smile)
        agents: list[Agent] = [
            Takers(world, venue, activity, rate=crowd.takers, size=crowd.taker_size, persistence=crowd.persistence),
            Posters(world, venue, activity, rate=crowd.posters, size=crowd.poster_size),
            Auctioneers(world, venue, value),
            *(Maker(world, venue, value, quoting, f"maker{n}") for n, quoting in enumerate(crowd.makers)),
        ]
        if crowd.followers:
            agents.append(Followers(world, venue))

        # the mean of a lognormal of sigma 0.8 is 1.38 medians
        def usual(now: int, activity: Activity = activity, crowd: Crowd = crowd) -> float:
            return crowd.takers * crowd.taker_size * 1.38 * activity.usual(now)

        hunters = [Predator(world, venue, hunting, usual, f"predator{n}") for n, hunting in enumerate(crowd.predators)]
        market.predators[crowd.listing.sym] = hunters
        for day in range(days):
            start = midnight + day * 86_400 * SECOND
            _phases(world, venue, start, hours)
            closes = start + hours.close_s * SECOND
            for wake in (*(agent.wake for agent in (*agents, *hunters)), lambda now, venue=venue: _refresh(venue, now)):  # type: ignore[misc]
                world.at(start + hours.preopen_s * SECOND, _until(closes, wake))
    return market


def _until(closes: int, wake: Callable[[int], int]) -> Wake:
    """Somebody who goes home when the market closes."""

    def woken(now: int) -> int | None:
        after = wake(now)
        return after if after < closes else None

    return woken


def _refresh(venue: Venue, now: int) -> int:
    venue.refresh(now)
    return now + SECOND // 4


def _phases(world: World, venue: Venue, midnight: int, hours: Hours) -> None:
    for seconds, phase, reason in (
        (hours.preopen_s, "auction", "open"),
        (hours.open_s, "continuous", "open"),
        (hours.closing_s, "auction", "close"),
        (hours.close_s, "closed", "close"),
    ):
        world.at(
            midnight + seconds * SECOND,
            lambda now, phase=phase, reason=reason: venue.phase(now, phase, reason),  # type: ignore[misc]
        )
