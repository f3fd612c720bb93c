"""A whole plant whose tables have different calendars: each row is found under its own trading day at every moment, and lies in its partition."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from slipstream import operate
from slipstream.config import Config, load_config
from slipstream.errors import EngineError

NAMES = ("tickerplant", "rdb", "idb", "hdb", "wdb", "merge", "gateway", "rte", "scorecard")
PUBLISH = (
    """{[t;k;x] n:count x; .u.upd[t;value flip update time:x,sym:n#`A`B,seq:k+til n from n#enlist first 0#value t];}"""
)


@pytest.fixture
def config(tmp_path: Path, quill_path: Path, ports: Callable[[int], list[int]]) -> Iterator[Config]:
    overrides: dict[str, Any] = {f"ports.{n}": p for n, p in zip(NAMES, ports(len(NAMES)), strict=True)}
    overrides |= {
        "engine": "quill",
        "var": str(tmp_path / "var"),
        "start_timeout_s": 60.0,
        "calendars": {"depth": "XCME"},
    }
    made = load_config(overrides=overrides)
    plant = operate.supervisor(made)
    try:
        plant.up()
        yield made
    finally:
        plant.down()


def publish(config: Config, table: str, first: int, *times: str) -> None:
    with operate.connect(config, "tickerplant") as q:
        q.value(PUBLISH, table, first, np.array(times, "M8[ns]"))


def found(config: Config, table: str, day: str) -> list[int]:
    """`seq` of a table's rows of a day, by the gateway."""
    with operate.connect(config, "gateway") as q:
        rows = q.value("{[t;d] asc exec seq from .data.rows[t;d;d;()]}", table, np.datetime64(day))
    return [int(n) for n in rows.to_pylist()]


def partition(config: Config, table: str, day: str) -> list[int]:
    with operate.connect(config, "hdb") as q:
        rows = q.value(
            "{[t;d] $[d in @[{.Q.pv};::;()];asc exec seq from (get t) where date=d;0#0]}", table, np.datetime64(day)
        )
    return [int(n) for n in rows.to_pylist()]


def until(what: Callable[[], bool], meaning: str, seconds: float = 180) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            if what():
                return
        except EngineError:
            pass  # it maps anew, or is being started
        assert time.monotonic() < deadline, f"waited {seconds} s for {meaning}"
        time.sleep(0.1)


def test_each_row_has_the_day_of_its_tables_calendar(config: Config) -> None:
    # 11 June 2025: XCME is in the 12th from 22:00 UTC
    publish(config, "trade", 0, "2025-06-11T20:00")
    publish(config, "depth", 0, "2025-06-11T21:00", "2025-06-11T22:00")
    publish(config, "trade", 1, "2025-06-11T23:00")
    publish(config, "depth", 2, "2025-06-11T23:30")

    def days() -> list[list[int]]:
        return [found(config, table, day) for table in ("trade", "depth") for day in ("2025-06-11", "2025-06-12")]

    until(lambda: days() == [[0, 1], [], [0], [1, 2]], "rows of the open day, each under its own")
    publish(config, "trade", 2, "2025-06-12T00:30")
    until(lambda: partition(config, "trade", "2025-06-11") == [0, 1], "the partition of the 11th")
    assert partition(config, "depth", "2025-06-11") == [0]
    until(lambda: days() == [[0, 1], [2], [0], [1, 2]], "the same after the roll")
    # late in one calendar, not in the other
    publish(config, "depth", 3, "2025-06-11T21:30", "2025-06-12T21:59")
    until(lambda: partition(config, "depth", "2025-06-11") == [0, 3], "a late row")
    until(lambda: days() == [[0, 1], [2], [0, 3], [1, 2, 4]], "it under its day")
    assert operate.end_of_day(config).isoformat() == "2025-06-12"
    until(lambda: partition(config, "depth", "2025-06-12") == [1, 2, 4], "the partition of the 12th")
    assert partition(config, "trade", "2025-06-12") == [2]
    assert days() == [[0, 1], [2], [0, 3], [1, 2, 4]]
