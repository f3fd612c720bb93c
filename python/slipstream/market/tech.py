"""
TECH, the case study: a buyer of 500,000 shares of a stock that trades about two million a day.

He participates with a quarter of the volume, in children of one size. The first hour is quiet and costs about half a basis point.
From 11:00 news doubles the volume; the algo speeds up with it; predators that hunt in busy markets notice the rhythm, take what is
offered ahead of it and offer it higher. The trader is alerted, and has the order worked passively instead: odd sizes, mostly hidden,
at odd times. The predators lose the scent and get rid of what they hold; the price comes back.

What happens follows from the parameters below: nobody writes a price, a fill or a figure into it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from slipstream.feed.demo_session import SessionReport, play
from slipstream.feed.publish import Publisher
from slipstream.feed.session import CaptureSide, Progress, SessionOptions
from slipstream.fix.algos import ParentSpec, Tactic
from slipstream.fix.matching import Rules
from slipstream.market.agents import Quoting
from slipstream.market.build import Crowd, Hours, Market, build
from slipstream.market.predator import Hunting
from slipstream.market.session import Live, MarketRunner, Reaction, Switch
from slipstream.market.venue import Listing
from slipstream.market.world import SECOND, Move, Noise, Surge

MIDNIGHT = 1_749_600_000 * SECOND
"""2025-06-11 00:00; the venue's hours are given in this time zone."""
HOURS = Hours()
SEED = 3
PARENT_ID = "TECH-1"


def clock(hour: int, minute: int = 0, second: int = 0) -> float:
    """Seconds after the session's start at a time of day."""
    return float(hour * 3600 + minute * 60 + second - HOURS.preopen_s)


NEWS_S = clock(11)
SWITCH_S = clock(11, 14, 30)
"""When the trader acts where nothing watches the market for him."""
REACTION_S = 498.0
"""After an alert he looks into it for that long, then acts."""

CROWD = Crowd(
    Listing("TECH", 50.25, impact=0.8e-4, impact_life_s=420.0),
    noise=Noise(0.8, 300.0),
    moves=(Move(NEWS_S, 1200.0, 3.2),),
    surges=(Surge(NEWS_S, 5400.0, 2.5),),
    takers=0.4,
    smile=1.6,
    makers=tuple(Quoting(half_spread=half, rest_s=3.0, levels=5) for half in (0.25, 0.35, 0.5)),
    predators=(Hunting(clip=520.0, most=30_000), Hunting(clip=440.0, most=30_000)),
)

POV = ParentSpec(
    "TECH",
    "buy",
    500_000.0,
    clock(9, 30, 2),
    clock(15, 59, 30) - clock(9, 30, 2),
    algo="pov",
    rate=0.25,
    clip=700.0,
    patience_s=30.0,
    pause_s=2.0,
    trader="KIM",
    account="GROWTH",
    id=PARENT_ID,
)

PASSIVE = Tactic("passive", clip=700.0, patience_s=30.0, gap_s=6.0)


NEXT = ParentSpec(
    "TECH",
    "sell",
    6_000.0,
    86_400.0 + clock(9, 30, 5),
    300.0,
    algo="vwap",
    clip=300.0,
    patience_s=8.0,
    trader="LEE",
    account="INCOME",
    id="TECH-2",
)
"""The next morning's order, so that the demonstration sees a day end while the market goes on."""


def market(seed: int = SEED) -> Market:
    """The market of the story, and of the next day."""
    return build(seed, MIDNIGHT, [CROWD], hours=HOURS, index_noise=Noise(0.6, 600.0), days=2)


def index_day(seed: int = SEED) -> Market:
    """The control: at 11:00 the whole market rises, and nobody is after anybody."""
    quiet = replace(CROWD, surges=(), predators=())
    return build(
        seed, MIDNIGHT, [quiet], hours=HOURS, index_noise=Noise(0.6, 600.0), index_moves=[Move(NEWS_S, 1200.0, 8.0)]
    )


def switches() -> list[Switch]:
    """What the trader does without a plant."""
    return [Switch(SWITCH_S, PARENT_ID, PASSIVE)]


def reactions() -> list[Reaction]:
    """What he does in front of one."""
    return [Reaction(PARENT_ID, PASSIVE, REACTION_S)]


END = MIDNIGHT + (HOURS.close_s + 1) * SECOND
"""The end of the story's day."""
MORNING = MIDNIGHT + (86_400 + HOURS.open_s + 360) * SECOND
"""Six minutes into the next."""
SPEED = 700.0
"""The demonstration's, times real time."""


def share(time: int) -> float:
    """How much of the hours in which the market trades has passed at a time (ns since 1970), 0 to 1."""
    first = MIDNIGHT + HOURS.preopen_s * SECOND
    days = (first, END), (first + 86_400 * SECOND, MORNING)
    passed = sum(min(max(time - start, 0), end - start) for start, end in days)
    return passed / sum(end - start for start, end in days)


def run(
    publisher: Publisher,
    *,
    workdir: Path,
    speed: float | None = None,
    seed: int = SEED,
    run_id: str,
    on_progress: Callable[[Progress], None] | None = None,
    capture: CaptureSide | None = None,
    port: int = 0,
    on_day_end: Callable[[int], None] | None = None,
    end: int = MORNING,
    live: Live | None = None,
) -> SessionReport:
    """
    Play the story into a plant, told by what its real-time engine (`live`) says, or by the script where there is none; one that was killed goes on when this is called again with the same arguments. See
    `slipstream.feed.demo_session.run_session`, whose arguments these are.
    """
    runner = MarketRunner(
        market(seed),
        publisher,
        [POV, NEXT],
        SessionOptions(workdir / run_id, speed, run_id=run_id, port=port, rules=Rules(lot=1.0)),
        end=end,
        switches=[] if live else switches(),
        reactions=reactions() if live else [],
        live=live,
        capture=capture,
        on_day_end=on_day_end,
    )
    return play(runner, "tech", on_progress=on_progress)
