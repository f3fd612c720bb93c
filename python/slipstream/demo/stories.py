"""
What the demonstration can play: `tech`, the case study in the simulated market; `sim`, a small generated market over midnight that
nobody's orders move; or real captures.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from slipstream.demo.record import Record
from slipstream.feed.demo_session import SessionReport, run_session
from slipstream.feed.publish import Publisher
from slipstream.feed.session import CaptureSide, Progress
from slipstream.market import tech

STORIES = ("tech", "sim")
INDEX = {"tech": "INDX"}
"""The symbol that moves everything, where there is one."""


def speed_of(story: str) -> float | None:
    """The speed at which a story is told unless somebody asks for another; None is the configuration's."""
    return tech.SPEED if story == "tech" else None


def perform(
    record: Record,
    publisher: Publisher,
    *,
    workdir: Path,
    port: int,
    capture: CaptureSide,
    on_progress: Callable[[Progress], None],
    on_day_end: Callable[[int], None],
) -> SessionReport:
    """Play what a record asks for to its end; played again it goes on where it was."""
    if record.captures or record.story != "tech":
        return run_session(
            publisher,
            source=[Path(file) for file in record.captures] or "sim",
            workdir=workdir,
            speed=record.speed or None,
            seed=record.seed,
            run_id=record.run_id,
            on_progress=on_progress,
            capture=capture,
            port=port,
            on_day_end=on_day_end,
        )
    return tech.run(
        publisher,
        workdir=workdir,
        speed=record.speed or None,
        run_id=record.run_id,
        on_progress=on_progress,
        capture=capture,
        port=port,
        on_day_end=on_day_end,
    )
