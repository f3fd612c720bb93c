"""
A session in the simulated market: the venues publish, the EMS works parents in their books through the broker over real FIX sessions,
the drop copy is captured.

Time is virtual. The world runs until the EMS looks at it next, or until one of its orders is filled; then EMS and broker talk until all
is said, each message taking its latency in that same time; then the world runs on. Whatever happens in it before a message arrives
has happened. The same seed, parents and switches give the same rows, at any speed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from slipstream.feed.base import Batch, Counters, Pacer
from slipstream.feed.publish import Publisher
from slipstream.feed.schema import DAY_NS, columns
from slipstream.feed.session import CaptureSide, SessionOptions, SessionRunner
from slipstream.fix.algos import ParentSpec, Tactic
from slipstream.fix.broker import Broker
from slipstream.fix.matching import Matcher
from slipstream.market.build import Market
from slipstream.market.matcher import BookMatcher, WorldView
from slipstream.market.requests import Requests, ask
from slipstream.market.world import SECOND

_ROWS = 2_000
"""Rows that are handed to the publisher at a time when nothing else asks for them."""


@dataclass(frozen=True)
class Switch:
    """A part of the script: the trader has a parent worked by another algo."""

    at_s: float
    """Seconds after the session's start."""
    parent: str
    tactic: Tactic


@dataclass(frozen=True)
class Reaction:
    """What the trader does when he is alerted: so long after the first alert of a parent he has it worked by another algo."""

    parent: str
    tactic: Tactic
    after_s: float


class Live(Protocol):
    """The plant's real-time engine, as the trader in front of it sees it."""

    lag_ns: int
    """Event time by which it stays behind the newest row."""

    def wait(self, moment: int) -> None:
        """Return when it has evaluated everything up to a moment of event time (ns since 1970)."""
        ...

    def alert(self, parent: str) -> int | None:
        """The event time of the first alert of a parent, of those that came well before what was waited for; None when there is none."""
        ...


AHEAD_NS = 180 * SECOND
"""Event time by which the market may be ahead of the engine that is watched; reactions take longer, so that no alert is missed."""


class WorldFeed:
    """A feed's counters for a market that is not read from anywhere."""

    def __init__(self) -> None:
        self.counters = Counters()

    def batches(self, step_ns: int) -> Iterator[Batch]:
        """None: the session drives the world itself."""
        return iter(())


class MarketRunner(SessionRunner):
    """
    Args:
        market: as built, not yet run.
        end: when the session ends, ns since 1970.
        switches: what the trader does at set times.
        reactions: what he does when he is alerted; needs `live`.
        live: the real-time engine that follows this market. It is waited for, so that what the trader sees does not depend on how
            fast it, or this, is.
        look_s: how often the EMS looks at the market.
    """

    def __init__(
        self,
        market: Market,
        publisher: Publisher,
        parents: Sequence[ParentSpec],
        options: SessionOptions,
        *,
        end: int,
        switches: Sequence[Switch] = (),
        reactions: Sequence[Reaction] = (),
        live: Live | None = None,
        look_s: float = 0.5,
        capture: CaptureSide | None = None,
        on_day_end: Callable[[int], None] | None = None,
    ) -> None:
        self._feed = WorldFeed()
        self.world = market.world
        super().__init__(
            self._feed, publisher, parents, options, origin=self.world.start, capture=capture, on_day_end=on_day_end
        )
        self.view = WorldView(self.world)
        self.market = self.view
        self._end, self._look = end, round(look_s * SECOND)
        self.requests: Requests | None = None
        """What is asked for while it runs."""
        self._switches = sorted(switches, key=lambda switch: switch.at_s)
        self._reactions, self._live = list(reactions), live
        self._quoted: deque[int] = deque()
        """Times of quotes that the engine has still to be waited for, the newest last."""

    def run(self, on_batch: Callable[[Batch], None] | None = None) -> None:
        """The whole session; afterwards everything is published and all sessions are closed."""
        pacer = Pacer(self.options.speed)
        try:
            if self._parents:
                self._open(self.world.start)
            moment = self.world.start
            while moment < self._end:
                following = self.world.next
                if following is None:
                    break
                before = moment
                # nights and the like are not waited for
                moment = min(max(moment + self._look, following - following % self._look), self._end)
                if moment // DAY_NS > before // DAY_NS:
                    self._push()  # all of a day before anything of the next
                if not self.behind:
                    pacer.wait(moment)
                self._keep_pace(moment)
                self._advance(moment)
                if self.options.speed or self._live or sum(map(len, self.world.rows.values())) >= _ROWS:
                    self._push()
                if on_batch is not None:
                    on_batch(Batch(moment, moment, {}, 0))
            if self.ems is not None:
                for _ in range(3):
                    self.ems.finish()
                    self._settle()
            self._push()
            self._publish_captured()
            self.publisher.flush()
        finally:
            self.close()
            if self.requests is not None:
                self.requests.close()

    def _advance(self, moment: int) -> None:
        """Let the world come to a moment, with the EMS looking at it whenever one of its orders is filled, and then."""
        while self.world.now < moment:
            self.world.run_until(moment)
            self.clock.advance_to(self.world.now)
            self.view.look()
            if self.broker is None or self.ems is None:
                continue
            if self.broker.sent != self.ems.received or not self.ems.idle:
                self._settle()
            if self.world.now >= moment:
                self._act()

    def _act(self) -> None:
        assert self.broker is not None and self.ems is not None
        self.broker.on_market()
        elapsed_s = (self.world.now - self.world.start) / SECOND
        while self._switches and self._switches[0].at_s <= elapsed_s:
            switch = self._switches.pop(0)
            parent = next((each for each in self.ems.parents if each.id == switch.parent), None)
            # somebody was faster than the script
            if parent is None or not (parent.switched or parent.wanted):
                self.ems.switch(switch.parent, switch.tactic)
        if self.requests is None:
            self.requests = Requests(self.options.workdir, self.ems.switch)
        self.requests.take(self.world.now, behind=self.behind)
        self._react()
        self.ems.on_time()
        if self.ems.sent != self.broker.received or not self.broker.idle:
            self._settle()
            self._publish_captured()

    def _keep_pace(self, moment: int) -> None:
        """Wait for the engine where the market would be too far ahead of it."""
        if self._live is None or not self._quoted:
            return
        # it comes to a row once later ones have come
        there = min(moment - AHEAD_NS, self._quoted[-1] - self._live.lag_ns - 5 * SECOND)
        wanted = None
        while self._quoted and self._quoted[0] <= there:
            wanted = self._quoted.popleft()
        if wanted is not None:
            self.publisher.flush()
            self._live.wait(wanted)

    def _react(self) -> None:
        """Do what is due after an alert: asked for as anybody else would (`slipstream switch`), so that it is on record."""
        assert self.ems is not None and self.requests is not None
        for reaction in list(self._reactions):
            alerted = None if self._live is None else self._live.alert(reaction.parent)
            if alerted is None or self.world.now < alerted + round(reaction.after_s * SECOND):
                continue
            self._reactions.remove(reaction)
            parent = next((each for each in self.ems.parents if each.id == reaction.parent), None)
            # somebody was faster, or it was done before this run
            if parent is None or not (parent.switched or parent.wanted):
                ask(self.options.workdir, reaction.parent, reaction.tactic, name=f"alert of {reaction.parent}")
                self.requests.take(self.world.now, behind=self.behind)

    def _push(self) -> None:
        """Hand what has been published to the plant's publisher."""
        taken = self.world.take()
        if not taken:
            return
        self._reach(min(rows[0][0] for rows in taken.values()))
        if self._live is not None and "quote" in taken:
            newest = taken["quote"][-1][0]
            if self._quoted and newest // DAY_NS > self._quoted[-1] // DAY_NS:
                self._quoted.clear()  # the engine has begun anew
            self._quoted.append(newest)
        counters = self._feed.counters
        for table, rows in taken.items():
            self.publisher.add(table, columns(table, rows))
            counters.rows[table] = counters.rows.get(table, 0) + len(rows)
            counters.messages += len(rows)
        self.messages = counters.messages

    def _before_copy(self, etime: int) -> None:
        self._push()
        super()._before_copy(etime)

    def _matcher(self, broker: Broker) -> Matcher:
        return BookMatcher(self.world, self.view, self.clock, broker)
