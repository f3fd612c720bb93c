"""
A market and the orders worked in it, together: the feed, an EMS, a broker, the drop copy capture, in one
event time.

Each step of the feed goes

    market rows published → broker fills what works → EMS decides → broker answers → drop copy captured →
    its rows published

and the next step begins only when every message sent in this one has arrived, so that whatever the speed
the plant sees orders after the market they were decided on. The FIX sessions are real and run over sockets;
only the moments at which they speak are arranged.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from slipstream.errors import FixError
from slipstream.feed.base import Batch, Feed, Pacer, Quarantine
from slipstream.feed.clock import VirtualClock
from slipstream.feed.publish import Publisher
from slipstream.fix.broker import Broker, Rules
from slipstream.fix.capture import Capture
from slipstream.fix.dictionary import CUSTOM_PARENT, Dictionary
from slipstream.fix.ems import Ems, ParentSpec
from slipstream.fix.engine import Endpoint, Signal, free_ports
from slipstream.fix.journal import Sync
from slipstream.fix.market import MarketView


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


class SessionRunner:
    """
    Runs one session. `capture` may be replaced while it runs (`restart_capture`).

    Args:
        feed: the market.
        publisher: where all rows go.
        parents: what the EMS works; none means a market without FIX sessions.
        origin: start of the session, ns since 1970, which parents' start times count from; default the
        feed's first message.
    """

    def __init__(
        self,
        feed: Feed,
        publisher: Publisher,
        parents: Sequence[ParentSpec],
        options: SessionOptions,
        *,
        origin: int | None = None,
    ) -> None:
        self.feed, self.publisher, self.options = feed, publisher, options
        self.clock = VirtualClock()
        self.market = MarketView()
        self.signal = Signal()
        self.fix_quarantine = Quarantine(options.workdir / "fix-quarantine.tsv")
        self.messages = 0
        self._parents, self._origin = list(parents), origin
        self.broker: Broker | None = None
        self.ems: Ems | None = None
        self.capture: Capture | None = None
        self._captured_before = 0
        self._port = 0

    def run(self, on_batch: Callable[[Batch], None] | None = None) -> None:
        """The whole session; afterwards everything is published and all sessions are closed."""
        pacer = Pacer(self.options.speed)
        try:
            for batch in self.feed.batches(self.options.step_ns):
                if self.broker is None and self._parents:
                    self._open(batch.start if self._origin is None else self._origin)
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

    def step(self, batch: Batch) -> None:
        """One step of event time."""
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

    def restart_capture(self, *, while_down: Callable[[], None] | None = None) -> None:
        """Stop the capture and start another on the same files; the broker goes on sending in between."""
        assert self.capture is not None
        self.capture.stop()
        if while_down is not None:
            while_down()
        self.capture = self._new_capture()
        self.capture.start()
        self.capture.wait_logon()

    def close(self) -> None:
        """Close all sessions; closing twice is harmless."""
        for part in (self.ems, self.capture, self.broker):
            if part is not None:
                part.stop()
        self.fix_quarantine.close()

    def _open(self, origin: int) -> None:
        options = self.options
        self.clock.advance_to(origin)
        (self._port,) = free_ports()
        store = options.workdir / "sessions"
        self.broker = Broker(
            Endpoint("BROKER", "EMS", self._port, store=store),
            Endpoint("BROKER", "CAPTURE", self._port, store=store),
            self.market,
            self.clock,
            run_id=options.run_id,
            rules=options.rules,
            signal=self.signal,
        )
        self.ems = Ems(
            Endpoint("EMS", "BROKER", self._port, store=store),
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
        self._captured_before = self.capture.count

    def _new_capture(self) -> Capture:
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
        """Let EMS and broker answer one another until all is said and every copy has been captured."""
        broker, ems, capture = self.broker, self.ems, self.capture
        assert broker is not None and ems is not None and capture is not None

        def arrived() -> bool:
            return bool(
                (
                    ems.sent == broker.received
                    and broker.sent == ems.received
                    and broker.copied == capture.count - self._captured_before
                )
                or not (broker.idle and ems.idle)
                or capture.app.failed
                or broker.app.failed
                or ems.app.failed
            )

        deadline = time.monotonic() + self.options.settle_s
        while True:
            if broker.process() + ems.process():
                continue
            if not self.signal.wait_for(arrived, max(0.0, deadline - time.monotonic())):
                raise FixError(
                    f"messages are missing after {self.options.settle_s:g} s: "
                    f"EMS sent {ems.sent}, broker received {broker.received}; "
                    f"broker sent {broker.sent}, EMS received {ems.received}; "
                    f"broker copied {broker.copied}, captured {capture.count - self._captured_before}"
                )
            for side in (capture, broker, ems):
                if side.app.failed is not None:
                    raise FixError(f"a FIX session failed: {side.app.failed}") from side.app.failed
            if broker.idle and ems.idle:
                return

    def _publish_captured(self) -> None:
        assert self.capture is not None
        if self.capture.pending:
            self.capture.drain()
