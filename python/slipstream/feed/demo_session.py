"""One call that plays a whole session into a plant: a simulated market or real captures, with parent orders
worked in it over FIX."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from slipstream.errors import FeedError
from slipstream.feed.base import Batch, Feed, Quarantine
from slipstream.feed.binance import BinanceFeed, instruments
from slipstream.feed.publish import Publisher
from slipstream.feed.session import CaptureSide, Progress, SessionOptions, SessionRunner
from slipstream.feed.sim import MIDNIGHT_NS, Drift, SimFeed
from slipstream.fix.capture import Capture
from slipstream.fix.ems import Parent, ParentSpec
from slipstream.fix.matching import Rules

Source = Literal["sim"] | Sequence[Path | str]
"""`sim`, or raw capture files."""

SIM_START_S = 300.0
"""Seconds before midnight at which the simulated session begins."""
SIM_S = 600.0
"""How many it lasts."""


def sim_share(time: int) -> float:
    """How much of the simulated session has passed at a time (ns since 1970), 0 to 1."""
    return min(max(((time - MIDNIGHT_NS) / 1e9 + SIM_START_S) / SIM_S, 0.0), 1.0)


@dataclass
class SessionReport:
    """What a session did."""

    source: str
    seconds: float
    """Wall time."""
    start: int
    end: int
    """Event time of the first and last step, ns since 1970."""
    sent: dict[str, int]
    """Rows the plant has taken from this session, by table."""
    feed: dict[str, object]
    """The feed's counters."""
    fix: dict[str, object]
    """The capture's counters."""
    copies: int = 0
    """Messages that the broker has copied to the capture."""
    parents: list[dict[str, object]] = field(default_factory=list)


def sim_parents() -> list[ParentSpec]:
    """Buys and sells in the simulated market, two of them across midnight."""
    return [
        ParentSpec("ACME", "buy", 40_000.0, 30.0, 420.0, algo="twap", slices=14, trader="KIM", account="GROWTH"),
        ParentSpec("BOLT", "sell", 30_000.0, 60.0, 480.0, algo="pov", rate=0.12, trader="LEE", account="INCOME"),
        ParentSpec("CRUX", "buy", 6_000.0, 20.0, 200.0, algo="pov", rate=0.15, trader="KIM", account="GROWTH"),
        ParentSpec("ACME", "sell", 12_000.0, 330.0, 220.0, algo="twap", slices=8, trader="LEE", account="INCOME"),
    ]


def sim_story() -> list[Drift]:
    """ACME leans against the buyer for a while, as if somebody had noticed."""
    return [Drift("ACME", 150.0, 120.0, 12.0)]


def capture_parents(sym: str = "BTCUSDT") -> list[ParentSpec]:
    """Buys and sells over the eleven minutes of the sample captures, two of them across midnight: of coins, or of contracts of
    100 dollars where the instrument is a coin-margined future."""
    coin_margined = "_" in sym
    unit, lot = (500.0, 1.0) if coin_margined else (1.0, 1e-5)
    made = [
        ParentSpec(sym, "buy", 6.0, 60.0, 480.0, algo="twap", slices=24, trader="KIM", account="MACRO"),
        ParentSpec(sym, "sell", 6.0, 240.0, 380.0, algo="pov", rate=0.04, trader="LEE", account="ARB"),
        ParentSpec(sym, "buy", 1.5, 30.0, 200.0, algo="pov", rate=0.1, trader="KIM", account="MACRO"),
        ParentSpec(sym, "sell", 2.5, 400.0, 200.0, algo="twap", slices=10, trader="LEE", account="ARB"),
    ]
    return [replace(parent, qty=parent.qty * unit, lot=lot) for parent in made]


def run_session(
    publisher: Publisher,
    *,
    source: Source = "sim",
    parents: Sequence[ParentSpec] | None = None,
    workdir: Path,
    speed: float | None = None,
    seed: int = 1,
    duration_s: float | None = None,
    run_id: str | None = None,
    options: SessionOptions | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    progress_every_s: float = 0.25,
    capture: CaptureSide | None = None,
    port: int = 0,
    on_day_end: Callable[[int], None] | None = None,
) -> SessionReport:
    """
    Play a session to its end; one that was killed goes on when this is called again with the same arguments, `run_id` among them.

    Args:
        publisher: where rows go.
        source: `sim`, or raw Binance capture files.
        parents: orders to work; None takes `sim_parents` or `capture_parents`, an empty list works none.
        workdir: for FIX stores, the capture's journal and quarantine files, in a folder named after the run.
        speed: event seconds a wall second; None or 0 is as fast as possible.
        seed: of the simulated market.
        duration_s: of the simulated market, event seconds; default ten minutes, from five before midnight.
        run_id: tells ids of different runs apart; default made from the wall clock.
        options: replaces what the arguments above say of workdir, speed and run_id.
        on_progress: called every `progress_every_s` wall seconds, and at the end.
        capture: where the drop copy goes; default a capture in this process.
        port: where the broker listens; 0 is any free port.
        on_day_end: called with each day, in days since 1970, when all its rows are published and none of the next is.

    Raises:
        FeedError: a source cannot be read, or the plant not be reached.
        FixError: a FIX session fails.
    """
    run = new_run_id() if run_id is None else run_id
    opts = options or SessionOptions(
        # a folder a run: the simulated EMS and broker begin anew each time, so their sessions must too
        workdir / run if run else workdir,
        speed,
        run_id=run,
        port=port,
    )
    rejected = opts.workdir / "feed-quarantine.tsv"
    rejected.unlink(missing_ok=True)  # what an earlier run refused is refused again
    quarantine = Quarantine(rejected)
    feed: Feed
    if isinstance(source, str):
        if source != "sim":
            raise FeedError(f"source {source!r}: expected sim, or capture files")
        feed = SimFeed(
            seed=seed,
            start_ns=MIDNIGHT_NS - round(SIM_START_S * 1e9),
            duration_s=SIM_S if duration_s is None else duration_s,
            story=sim_story(),
        )
        specs = sim_parents() if parents is None else list(parents)
    else:
        feed = BinanceFeed(source, quarantine=quarantine)
        made = [parent for sym in instruments(feed.files) for parent in capture_parents(sym)]
        specs = made if parents is None else list(parents)
    if options is None:
        opts = replace(opts, rules=Rules(lots={spec.sym: spec.lot for spec in specs}))
    runner = SessionRunner(feed, publisher, specs, opts, capture=capture, on_day_end=on_day_end)
    name = "sim" if isinstance(source, str) else ", ".join(str(file) for file in source)
    try:
        return play(runner, name, on_progress=on_progress, progress_every_s=progress_every_s)
    finally:
        quarantine.close()


def play(
    runner: SessionRunner,
    source: str,
    *,
    on_progress: Callable[[Progress], None] | None = None,
    progress_every_s: float = 0.25,
) -> SessionReport:
    """Run a session, its last day's end included, telling of its progress, and say what it did."""
    began = last_told = time.monotonic()
    reach = [0, 0]

    def told(batch: Batch) -> None:
        nonlocal last_told
        reach[:] = [reach[0] or batch.start, batch.end]
        now = time.monotonic()
        if on_progress is not None and now - last_told >= progress_every_s:
            last_told = now
            on_progress(_progress(runner))

    runner.run(told)
    runner.finish_day()
    if on_progress is not None:
        on_progress(_progress(runner))
    return SessionReport(
        source=source,
        seconds=time.monotonic() - began,
        start=reach[0],
        end=reach[1],
        sent=dict(runner.publisher.sent),
        feed=runner.feed.counters.as_dict(),
        fix=runner.capture.counters.as_dict() if isinstance(runner.capture, Capture) else {},
        copies=0 if runner.broker is None else runner.broker.copied,
        parents=_progress(runner).parents,
    )


def _progress(runner: SessionRunner) -> Progress:
    parents = [] if runner.ems is None else [summary(parent) for parent in runner.ems.parents]
    return Progress(runner.market.time, runner.messages, dict(runner.publisher.sent), parents)


def summary(parent: Parent) -> dict[str, object]:
    """A parent as reports show it; what it cost is the plant's to say."""
    spec = parent.spec
    return {
        "id": parent.id,
        "sym": spec.sym,
        "side": spec.side,
        "qty": spec.qty,
        "algo": spec.algo,
        "state": parent.state,
        "filled": parent.filled,
        "avg_price": parent.notional / parent.filled if parent.filled > 0 else None,
        "children": parent.children,
        "fills": len(parent.seen),
    }


def new_run_id() -> str:
    """Tells the ids of one run from those of another: the time, in short."""
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    number, text = time.time_ns() // 1_000_000, ""
    while number:
        number, digit = divmod(number, 36)
        text = digits[digit] + text
    return text
