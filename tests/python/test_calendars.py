"""The tables of calendars are what their sources say, and the configuration reaches the processes."""

from __future__ import annotations

import importlib.util
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

import pytest

from slipstream.config import load_config
from slipstream.engine.choose import choose
from slipstream.errors import ConfigError
from slipstream.plant.spec import processes

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def made() -> ModuleType:
    loader = SourceFileLoader("calendars", str(ROOT / "scripts" / "calendars"))
    spec = importlib.util.spec_from_loader("calendars", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def test_zones_are_those_of_the_time_zone_database(made: ModuleType) -> None:
    assert (ROOT / "configs/calendars/zones.csv").read_text() == made.zones()


def test_exchanges_are_those_of_their_package(made: ModuleType) -> None:
    pytest.importorskip("exchange_calendars")
    folder = ROOT / "configs" / "calendars"
    assert ((folder / "calendars.csv").read_text(), (folder / "holidays.csv").read_text()) == made.exchanges()


def test_calendars_become_options(tmp_path: Path, quill_path: Path) -> None:
    wanted = {"quote": "XNYS", "default": "XCME"}
    config = load_config(overrides={"calendars": wanted, "calendar_dir": str(tmp_path), "engine": "quill"})
    found = {process.name: process.command for process in processes(config, choose("quill"))}
    for name in ("tickerplant", "rdb", "gateway"):
        command = found[name]
        assert command[command.index("-calendars") + 1] == "default:XCME quote:XNYS"
        assert command[command.index("-calendardir") + 1] == str(tmp_path)
    assert load_config().calendar_options == {}
    with pytest.raises(ConfigError, match=r"calendars\.quote.*text"):
        load_config(overrides={"calendars": {"quote": 5}})
