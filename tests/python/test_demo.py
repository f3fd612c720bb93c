"""What the demonstration says of its totals."""

from __future__ import annotations

import dataclasses
import io
import os
from pathlib import Path

import pyarrow as pa
import pytest
from rich.console import Console

from slipstream import cli
from slipstream.config import load_config
from slipstream.demo import day, front, record, stories
from slipstream.demo.show import parents_table, rows_table
from slipstream.demo.totals import Totals, same_rows
from slipstream.errors import PlantError
from slipstream.feed.sim import MIDNIGHT_NS
from slipstream.market import tech
from slipstream.plant.supervisor import GAVE_UP


def text(table: object) -> str:
    out = io.StringIO()
    Console(file=out, width=200).print(table)
    return out.getvalue()


EVEN = {"trade": 10, "quote": 20}


def test_totals_agree_only_when_every_stage_has_every_row() -> None:
    assert Totals(sent=EVEN, logged=EVEN, rdb=EVEN, hdb=EVEN, lake=EVEN).agree()
    assert not Totals(sent=EVEN, logged=EVEN, rdb=EVEN, hdb=EVEN, lake={"trade": 10, "quote": 19}).agree()
    assert not Totals(sent=EVEN, logged=EVEN, rdb=EVEN, hdb=EVEN, lake={"trade": 10}).agree()
    assert not Totals(sent=EVEN, logged={**EVEN, "odd": 1}, rdb=EVEN, hdb=EVEN, lake=EVEN).agree()
    assert not Totals().agree(), "nothing sent is not a success"


def test_a_table_that_differs_is_marked() -> None:
    counted = Totals(sent=EVEN, logged=EVEN, rdb=EVEN, hdb=EVEN, lake={"trade": 10, "quote": 19})
    shown = text(rows_table({table: counted.row(table) for table in counted.tables()}))
    trade, quote = (next(line for line in shown.splitlines() if name in line) for name in ("trade", "quote"))
    assert "yes" in trade
    assert "NO" in quote


def test_rows_are_compared_whatever_their_order_and_to_the_nanosecond() -> None:
    times = pa.array([1, 2], pa.timestamp("ns"))
    left = pa.table({"time": times, "bps": [1.5, None]})
    assert same_rows(left, left.take([1, 0]))
    moved = pa.table({"time": pa.array([1, 3], pa.timestamp("ns")), "bps": [1.5, None]})
    assert not same_rows(left, moved)
    assert not same_rows(left, left.slice(1))
    assert not same_rows(left, left.rename_columns(["time", "cost"]))


def test_parents_show_cost_with_its_sign() -> None:
    shown = text(
        parents_table(
            [
                {
                    "parent": "P1",
                    "sym": "A",
                    "side": "buy",
                    "qty": 100.0,
                    "slip_bps": 2.5,
                    "slip_usd": -1.0,
                    "arrival": None,
                }
            ]
        )
    )
    assert "+2.50" in shown
    assert "-1.00" in shown


def made(**more: object) -> record.Record:
    return record.Record("r1", [], 20.0, 7, ["--set", "ports.rdb=7011"], "quill", **more)  # type: ignore[arg-type]


def test_a_record_is_read_back(tmp_path: Path) -> None:
    assert record.load(tmp_path) is None
    kept = made(rdb={"2025-06-11": EVEN}, phase="finish")
    kept.save(tmp_path)
    assert record.load(tmp_path) == kept
    (tmp_path / "session" / "session.json").write_text('{"odd": 1}')
    with pytest.raises(PlantError, match="not a session of this version"):
        record.load(tmp_path)


def test_one_shows_a_demonstration_at_a_time(tmp_path: Path) -> None:
    config = load_config(overrides={"var": str(tmp_path)})
    assert not record.shown(tmp_path)
    with record.attached(config):
        assert record.shown(tmp_path)
        with pytest.raises(PlantError, match="already"), record.attached(config):
            pass
    assert not record.shown(tmp_path)


def test_a_session_that_cannot_go_on_says_why_and_is_not_tried_again(tmp_path: Path) -> None:
    config = load_config(overrides={"var": str(tmp_path)})
    with pytest.raises(PlantError, match="no session"):
        day.drive(config)
    made(halted="no such file").save(tmp_path)
    assert day.drive(config) == GAVE_UP
    made(phase="done").save(tmp_path)
    assert day.drive(config) == 0
    found = record.load(tmp_path)
    assert found is not None and found.runs == 0


@pytest.mark.parametrize(
    ("state", "goes_on"),
    [({}, True), ({"halted": "an error"}, True), ({"halted": record.INTERRUPTED}, False), ({"phase": "done"}, False)],
)
def test_up_without_options_finds_the_session_of_the_demonstration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: dict[str, object], goes_on: bool
) -> None:
    """With the configuration that it was started with; one that was stopped by hand is left alone."""
    monkeypatch.chdir(tmp_path)
    made(**state).save(tmp_path / "var" / "demo")
    options = cli.parser().parse_args(["up"])
    found = cli._demonstrations(options, cli._config(options))
    assert [(config.var_dir, config.ports.rdb) for config, _ in found] == (
        [(tmp_path / "var" / "demo", 7011)] if goes_on else []
    )
    options = cli.parser().parse_args(["up", "--set", "ports.hdb=7012"])
    assert cli._demonstrations(options, cli._config(options)) == [], "another plant"


def test_the_case_study_is_told_unless_something_else_is_asked_for() -> None:
    assert cli.parser().parse_args(["demo"]).story == stories.DEFAULT == "tech"
    assert made().story == "tech"
    assert stories.record_story(made()) == "tech"
    captures = dataclasses.replace(made(), captures=["a.gz"])
    assert stories.record_story(captures) == "", "captures select themselves"


def test_how_much_of_a_story_is_told() -> None:
    day, morning = 6 * 3600 + 34 * 60 + 1, 8 * 60  # 09:28 to 16:02:01, and 09:28 to 09:36
    nine28 = tech.MIDNIGHT + (9 * 60 + 28) * 60 * 10**9
    told = stories.share
    assert told(made(), 0) == 0.0
    assert told(made(), nine28 + 3600 * 10**9) == pytest.approx(3600 / (day + morning))
    night = tech.MIDNIGHT + 86_400 * 10**9
    assert told(made(), night) == pytest.approx(day / (day + morning))
    assert told(made(), night + 86_400 * 10**9) == 1.0
    sim = made(story="sim")
    assert told(sim, MIDNIGHT_NS) == 0.5
    assert told(dataclasses.replace(sim, captures=["a.gz"]), MIDNIGHT_NS) is None


@pytest.mark.parametrize(("story", "captures", "lag_ms"), [("tech", [], 60_000), ("sim", [], 50), ("tech", ["a"], 50)])
def test_what_is_resumed_has_the_configuration_of_its_story(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, story: str, captures: list[str], lag_ms: int
) -> None:
    monkeypatch.chdir(tmp_path)
    dataclasses.replace(made(story=story), captures=captures).save(tmp_path / "var" / "demo")
    resumed: list[int] = []
    monkeypatch.setattr(front, "resume", lambda config, **_: resumed.append(config.rte.lag_ms) or 0)
    assert cli.main(["demo", "--resume"]) == 0
    assert resumed == [lag_ms]


def test_progress_knows_whether_its_process_lives(tmp_path: Path) -> None:
    assert record.progress(tmp_path) is None
    record.Progress(os.getpid(), "playing", 1, EVEN).save(tmp_path)
    found = record.progress(tmp_path)
    assert found is not None and found.alive and found.sent == EVEN
    record.Progress(2**22 + 1, "playing", 1, EVEN).save(tmp_path)
    found = record.progress(tmp_path)
    assert found is not None and not found.alive
