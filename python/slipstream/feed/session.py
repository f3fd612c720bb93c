"""
A market and the orders worked in it, together: the feed, an EMS, a broker, the drop copy capture, in one
event time.

Each step of the feed goes

    market rows published → broker fills what works → EMS decides → broker answers → drop copy captured →
    its rows published

and the next step begins only when every message sent in this one has arrived, so that whatever the speed
the plant sees orders after the market they were decided on. The FIX sessions are real and run over sockets;
only the moments at which they speak are arranged.

A session that was killed goes on when it is run again with the same feed, parents, run id and folder: everything is made
anew, as fast as possible, and what the plant has (see `Publisher`) or the drop copy session has taken (see `Broker`) is not
sent again. EMS and broker live and die together, so their own session begins anew.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from slipstream.engine.base import free_ports
from slipstream.errors import FixError
from slipstream.feed.base import Batch, Feed, Pacer, Quarantine
from slipstream.feed.clock import VirtualClock
from slipstream.feed.publish import Publisher
from slipstream.feed.schema import DAY_NS
from slipstream.fix.broker import Broker
from slipstream.fix.capture import Capture
from slipstream.fix.dictionary import CUSTOM_PARENT, Dictionary
from slipstream.fix.ems import Ems, ParentSpec
from slipstream.fix.engine import Endpoint, Signal
from slipstream.fix.journal import Sync
from slipstream.fix.market import MarketView
from slipstream.fix.matching import Matcher, Rules
from slipstream.fix.store import sent_messages


@dataclass(frozen=True)
class SessionOptions:
    """How a session is run."""

    workdir: Path
    """For FIX stores, the capture's journal and quarantine files."""
    speed: float | None = None
    """Event seconds a wall second; None or 0 is as fast as possible."""
    step_ns: int = 100_000_000
    run_id: str = ""
    """Tells ids of different runs apart; up to 12 letters and digits."""
    sync: Sync = "interval"
    """Fsync policy of the capture's journal."""
    settle_s: float = 30.0
    """Wall seconds that the messages of one step may take."""
    child_tags: tuple[int, ...] = (526, CUSTOM_PARENT)
    """Tags by which the EMS names the parent on a child order."""
    spec: Dictionary = field(default_factory=Dictionary)
    """How the capture reads messages; its `parent_tags` must hold one of the above."""
    rules: Rules = field(default_factory=Rules)
    port: int = 0
    """Where the broker listens; 0 is any free port."""


@dataclass
class Progress:
    """Where a session is, for bars and summaries."""

    time: int
    """Event time reached, ns since 1970."""
    messages: int
    """Market messages so far."""
    sent: dict[str, int]
    """Rows the plant has taken, by table."""
    parents: list[dict[str, object]]


class CaptureSide(Protocol):
    """A capture here (`Capture`), or as another process (`RemoteCapture`)."""

    def start(self) -> None:
        """Open the session."""
        ...

    def wait_logon(self) -> None:
        """Return when the session is up, or need not be."""
        ...

    def published(self, copies: int, timeout: float) -> None:
        """Return when so many messages of the session, those of earlier runs included, are captured and published."""
        ...

    def check(self) -> None:
        """Raise FixError when capturing has failed."""
        ...

    def stop(self) -> None:
        """Close the session."""
        ...


class SessionRunner:
    """
    Runs one session. `capture` may be replaced while it runs (`restart_capture`).

    Args:
        feed: the market.
        publisher: where all rows go.
        parents: what the EMS works; none means a market without FIX sessions.
        origin: start of the session, ns since 1970, which parents' start times count from; default the
        feed's first message.
        capture: where the drop copy goes; default a capture in this process.
        on_day_end: called with a day (in days since 1970) when all its rows are published and none of the next is; a session
        that is run again calls it again.
    """

    def __init__(
        self,
        feed: Feed,
        publisher: Publisher,
        parents: Sequence[ParentSpec],
        options: SessionOptions,
        *,
        origin: int | None = None,
        capture: CaptureSide | None = None,
        on_day_end: Callable[[int], None] | None = None,
    ) -> None:
        self.feed, self.publisher, self.options = feed, publisher, options
        self.clock = VirtualClock()
        self.market: MarketView = MarketView()
        self.signal = Signal()
        self.fix_quarantine = Quarantine(options.workdir / "fix-quarantine.tsv")
        self.messages = 0
        self._parents, self._origin = list(parents), origin
        self.broker: Broker | None = None
        self.ems: Ems | None = None
        self.capture: CaptureSide | None = None
        self.day: int | None = None
        """The day reached, in days since 1970."""
        self._elsewhere, self._on_day_end = capture, on_day_end
        self._port = 0

    def run(self, on_batch: Callable[[Batch], None] | None = None) -> None:
        """The whole session; afterwards everything is published and all sessions are closed."""
        pacer = Pacer(self.options.speed)
        try:
            for batch in self.feed.batches(self.options.step_ns):
                if self.broker is None and self._parents:
                    self._open(batch.start if self._origin is None else self._origin)
                if not self.behind:
                    pacer.wait(batch.end)
                self.step(batch)
                if on_batch is not None:
                    on_batch(batch)
            if self.ems is not None:
                # cancelling a parent takes two rounds: its child first
                for _ in range(3):
                    self.ems.finish()
                    self._settle()
                self._publish_captured()
            self.publisher.flush()
        finally:
            self.close()

    @property
    def behind(self) -> bool:
        """What an earlier run has sent is being made again."""
        return self.publisher.behind or (self.broker is not None and self.broker.behind)

    def step(self, batch: Batch) -> None:
        """One step of event time."""
        self._reach(batch.start)
        for table, made in batch.tables.items():
            self.publisher.add(table, made)
        self.messages += batch.messages
        self.market.update(batch)
        self.clock.advance_to(batch.end)
        if self.broker is not None and self.ems is not None:
            self.broker.on_market()
            self._settle()
            self.ems.on_time()
            self._settle()
            self._publish_captured()

    def _reach(self, moment: int) -> None:
        """Before a row of that moment is sent: if it is the first of its day, end the day before."""
        day = moment // DAY_NS
        if self.day is not None and day > self.day:
            self.publisher.flush()
            self._publish_captured()
            if self._on_day_end is not None:
                self._on_day_end(self.day)
        self.day = day if self.day is None else max(day, self.day)

    def _before_copy(self, etime: int) -> None:
        """The plant has the market that an order was decided on, and the rows of the day before, before it has the order."""
        self.publisher.flush()
        if self._elsewhere is not None:
            # our clock gives what the capture's will
            self._reach(self.clock.received(etime))

    def restart_capture(self, *, while_down: Callable[[], None] | None = None) -> None:
        """Stop the capture and start another on the same files; the broker goes on sending in between."""
        assert self.capture is not None
        self.capture.stop()
        if while_down is not None:
            while_down()
        self.capture = self._new_capture()
        self.capture.start()
        self.capture.wait_logon()

    def finish_day(self) -> None:
        """After the session's end: end the last day."""
        if self.day is not None and self._on_day_end is not None:
            self._on_day_end(self.day)

    def close(self) -> None:
        """Close all sessions; closing twice is harmless."""
        for part in (self.ems, self.capture, self.broker):
            if part is not None:
                part.stop()
        self.fix_quarantine.close()

    def _open(self, origin: int) -> None:
        options = self.options
        self.clock.advance_to(origin)
        self._port = options.port or free_ports()[0]
        inner = options.workdir / "orders"
        shutil.rmtree(inner, ignore_errors=True)
        drop = Endpoint("BROKER", "CAPTURE", self._port, store=options.workdir / "sessions")
        self.broker = Broker(
            Endpoint("BROKER", "EMS", self._port, store=inner),
            drop,
            self.market,
            self.clock,
            run_id=options.run_id,
            rules=options.rules,
            signal=self.signal,
            told=sent_messages(drop),
            before_copy=self._before_copy,
            matcher=self._matcher,
        )
        self.ems = Ems(
            Endpoint("EMS", "BROKER", self._port, store=inner),
            self._parents,
            self.market,
            self.clock,
            origin=origin,
            parent_tags=options.child_tags,
            run_id=options.run_id,
            signal=self.signal,
        )
        self.capture = self._new_capture()
        self.broker.start()
        self.capture.start()
        self.ems.start()
        self.capture.wait_logon()
        self.ems.wait_logon()

    @property
    def _matcher(self) -> Callable[[Broker], Matcher] | None:
        """Where the broker's orders meet the market; None is the touch of `market`."""
        return None

    def _new_capture(self) -> CaptureSide:
        if self._elsewhere is not None:
            return self._elsewhere
        options = self.options
        return Capture(
            Endpoint("CAPTURE", "BROKER", self._port, store=options.workdir / "sessions", validate=False),
            self.publisher,
            options.workdir / "capture.journal",
            clock=self.clock,
            spec=options.spec,
            quarantine=self.fix_quarantine,
            sync=options.sync,
            signal=self.signal,
        )

    def _settle(self) -> None:
        """Let EMS and broker answer one another until all is said."""
        broker, ems, capture = self.broker, self.ems, self.capture
        assert broker is not None and ems is not None and capture is not None

        deadline = time.monotonic() + self.options.settle_s
        while True:
            # in turns, each waiting for all that the other has said, so that the order of messages is always the same
            self._await(lambda: broker.received == ems.sent, deadline)
            done = broker.process()
            self._await(lambda: ems.received == broker.sent, deadline)
            done += ems.process()
            capture.check()
            if not done:
                return

    def _await(self, arrived: Callable[[], bool], deadline: float) -> None:
        broker, ems = self.broker, self.ems
        assert broker is not None and ems is not None
        sides = (broker, ems)

        def over() -> bool:
            return arrived() or any(side.app.failed is not None for side in sides)

        if not self.signal.wait_for(over, max(0.0, deadline - time.monotonic())):
            raise FixError(
                f"messages are missing after {self.options.settle_s:g} s: "
                f"EMS sent {ems.sent}, broker received {broker.received}; "
                f"broker sent {broker.sent}, EMS received {ems.received}"
            )
        for side in sides:
            if side.app.failed is not None:
                raise FixError(f"a FIX session failed: {side.app.failed}") from side.app.failed

    def _publish_captured(self) -> None:
        """Wait until every copy so far is captured and published."""
        if self.capture is not None and self.broker is not None:
            self.capture.published(self.broker.copied, self.options.settle_s)
