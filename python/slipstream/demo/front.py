"""
The demonstration as people start it: starts the plant and the session in it, shows where it is, prints its figures, stops it.

Nothing of the session is here: when this process dies the session goes on, and `resume` shows it again.
"""

from __future__ import annotations

import json
import shutil
import signal
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from slipstream import operate
from slipstream.config import Config
from slipstream.demo import record as records
from slipstream.demo import stories
from slipstream.demo.record import INTERRUPTED, Record
from slipstream.demo.show import Screen, report
from slipstream.engine.choose import choose
from slipstream.errors import PlantError
from slipstream.plant.supervisor import Supervisor

_FOLDERS = ("tplog", "hdb", "lake", "log", "run", "session", "fix", "quarantine")
_LOOK_S = 0.1
_GONE_S = 10.0


def run(
    config: Config,
    *,
    captures: Sequence[Path] = (),
    story: str = stories.DEFAULT,
    speed: float | None = None,
    leave: bool = False,
    flags: Sequence[str] = (),
    console: Console | None = None,
) -> int:
    """
    Run the demonstration and return the exit code: 0 when all totals agree.

    Args:
        config: configuration; its folder is emptied first.
        captures: raw exchange captures to replay instead.
        story: what to play otherwise, see `slipstream.demo.stories`.
        speed: times real time, 0 is as fast as possible; None takes the story's own, or `feed.speed`.
        leave: end when done instead of serving the page until Ctrl-C.
        flags: `--config` and `--set` options by which the other processes find the same configuration.
        console: where to print.
    """
    from slipstream.feed.demo_session import new_run_id

    out = console or Console()
    engine = choose(config.engine)
    with records.attached(config):
        operate.supervisor(config, page=True, session=True, flags=flags).down()
        _clean(config)
        out.print(f"engine: [bold]{engine.name}[/] ({engine.reason})", highlight=False)
        record = Record(
            run_id=new_run_id(),
            captures=[str(file.resolve()) for file in captures],
            speed=_first(speed, None if captures else stories.speed_of(story), config.feed.speed),
            story=story,
            seed=config.feed.seed,
            flags=list(flags),
            engine=engine.name,
        )
        record.save(config.var_dir)
        return _show(config, record, leave, out)


def _first(*values: float | None) -> float:
    return next(value for value in values if value is not None)


def resume(config: Config, *, leave: bool = False, console: Console | None = None) -> int:
    """
    Take up and show the session that is in the configuration's folder, whatever became of its processes; the exit code is that
    of `run`.
    """
    out = console or Console()
    with records.attached(config):
        record = records.load(config.var_dir)
        if record is None:
            raise PlantError(f"there is no session in {config.var_dir} to resume")
        return _show(config, record, leave, out)


def take_up(config: Config, record: Record) -> Supervisor:
    """The plant of a session, which goes on once this is up; what had stopped it is forgotten."""
    plant = operate.supervisor(config, page=True, session=True, flags=record.flags)
    if record.halted:
        record.halted = ""
        record.save(config.var_dir)
    return plant


def _show(config: Config, record: Record, leave: bool, out: Console) -> int:
    import slipstream.engine.client
    import slipstream.tca.client  # noqa: F401

    # importing PyKX may take Ctrl-C away from Python
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if not out.is_terminal:
        out.width = max(out.width, 130)  # a file has no edge to fit into
    plant = take_up(config, record)
    address = f"http://{config.scorecard.host}:{config.ports.scorecard}"
    try:
        with out.status("starting the plant") as status:
            plant.up(lambda name, what: status.update(f"{name} {what}"))
        out.print(f"page:   [bold]{address}[/]", highlight=False)
        _watch(config, record, out)
        file = records.summary_file(config.var_dir)
        agreed = report(json.loads(file.read_text(encoding="utf-8")), file, out)
        if not leave:
            out.print(f"\nserving {address} until Ctrl-C")
            _serve(plant)
    except KeyboardInterrupt:
        out.print("interrupted")
        plant.down()
        stopped = records.load(config.var_dir)
        if stopped is not None and stopped.phase != "done":
            stopped.halted = INTERRUPTED
            stopped.save(config.var_dir)
        return 130
    finally:
        plant.down()
    return 0 if agreed else 1


def _watch(config: Config, record: Record, out: Console) -> None:
    """Show the session until it is done. Raises PlantError when it cannot go on."""
    with Screen(config, out, lambda time: stories.share(record, time)) as screen:
        while True:
            now = records.load(config.var_dir)
            if now is None:
                raise PlantError(f"the session is no longer in {config.var_dir}")
            if now.halted:
                raise PlantError(now.halted)
            if now.phase == "done":
                return
            screen.show(records.progress(config.var_dir))
            time.sleep(_LOOK_S)


def _serve(plant: Supervisor) -> None:
    """Keep the plant up until interrupted, or until somebody has taken it down."""
    seen = time.monotonic()
    try:
        while time.monotonic() - seen < _GONE_S:
            if plant.running():
                seen = time.monotonic()
            time.sleep(0.5)
    except KeyboardInterrupt:
        return


def _clean(config: Config) -> None:
    """Empty the demonstration's own folders."""
    for name in _FOLDERS:
        if (config.var_dir / name).exists():
            shutil.rmtree(config.var_dir / name)
    records.summary_file(config.var_dir).unlink(missing_ok=True)
    # what lies beside the logs and the database: checksums, ended days, late rows, what was merged, partitions that were being written
    for folder in (config.tplog_dir, config.hdb_dir):
        for beside in config.var_dir.glob(f"{folder.name}.*"):
            shutil.rmtree(beside) if beside.is_dir() else beside.unlink()
    config.var_dir.mkdir(parents=True, exist_ok=True)
