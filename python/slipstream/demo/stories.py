"""
What the demonstration can play: `tech`, the case study in the simulated market; `sim`, a small generated market over midnight that
nobody's orders move; or real captures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from slipstream.config import Config
from slipstream.demo.record import Record, load
from slipstream.errors import FixError
from slipstream.feed.demo_session import SessionReport, run_session, sim_share
from slipstream.feed.publish import Publisher
from slipstream.feed.session import CaptureSide, Progress
from slipstream.fix.algos import AlgoName, Tactic
from slipstream.market import tech
from slipstream.market.requests import answers, ask
from slipstream.market.session import Live

STORIES = ("tech", "sim")
DEFAULT = "tech"
INDEX = {"tech": "INDX"}
"""The symbol that moves everything, where there is one."""


def speed_of(story: str) -> float | None:
    """The speed at which a story is told unless somebody asks for another; None is the configuration's."""
    return tech.SPEED if story == "tech" else None


def share(record: Record, time: int) -> float | None:
    """How much of a session's hours has passed at an event time (ns since 1970), 0 to 1; None for captures, whose end is not known."""
    if record.captures:
        return None
    return tech.share(time) if record.story == "tech" else sim_share(time)


def perform(
    record: Record,
    publisher: Publisher,
    *,
    workdir: Path,
    port: int,
    capture: CaptureSide,
    on_progress: Callable[[Progress], None],
    on_day_end: Callable[[int], None],
    live: Live | None = None,
) -> SessionReport:
    """
    Play what a record asks for to its end; played again it goes on where it was. The case study is told by what the real-time engine (`live`)
    says, where the plant has one.
    """
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
        live=live,
    )


def ask_switch(
    config: Config,
    record: Record,
    parent: str,
    algo: AlgoName,
    *,
    name: str = "",
    expires: float | None = None,
    **parameters: float,
) -> None:
    """
    Ask the session of a demonstration to have a parent worked by another algo; `name` and `expires` are those of `requests.ask`.

    Raises FixError where no such session runs.
    """
    if record_story(record) != "tech":
        raise FixError("only orders in the simulated market of the case study can be switched")
    tactic = Tactic(algo, **parameters)  # type: ignore[arg-type]
    ask(_session(config, record), parent, tactic, name=name, expires=expires)


class DemoEms:
    """
    The simulated EMS of the demonstration whose folder a configuration names, as it takes proposals of the API.

    Args:
        config: the demonstration's configuration.
    """

    def __init__(self, config: Config) -> None:
        self._config = config

    def propose(
        self, name: str, parent: str, algo: AlgoName, parameters: Mapping[str, float], *, expires: float
    ) -> None:
        """Put a switch to it. Raises FixError when no session is being played."""
        record = load(self._config.var_dir)
        if record is None or record.phase != "play":
            raise FixError("no session is being played")
        ask_switch(self._config, record, parent, algo, name=name, expires=expires, **parameters)

    def answers(self) -> Mapping[str, tuple[bool, str]]:
        """What it has said so far."""
        record = load(self._config.var_dir)
        return {} if record is None else answers(_session(self._config, record))


def _session(config: Config, record: Record) -> Path:
    return config.var_dir / "session" / record.run_id


def record_story(record: Record) -> str:
    """The story that a record asks for, empty for captures."""
    return "" if record.captures else record.story
