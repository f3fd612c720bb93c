"""What `slipstream doctor` says of rolls and late rows, from the files of real processes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from memplant import ROOT

from slipstream.config import load_config
from slipstream.engine.client import Client
from slipstream.plant import progress

PUBLISH = "{[t;k] .u.upd[`trade;value flip update time:t,sym:`A,seq:k from(count k)#enlist first 0#trade]}"


def publish(q: Client, day: str, rows: int) -> None:
    moments = np.datetime64(f"{day}T10:00", "ns") + np.arange(rows)
    q.value(PUBLISH, moments, np.arange(rows))


def test_late_rows_wait_until_they_are_merged(tmp_path: Path, start_quill: Callable[..., Any]) -> None:
    config = load_config(overrides={"var": str(tmp_path)})

    def late() -> tuple[bool, str]:
        return next((good, text) for subject, good, text in progress.examine(config) if subject == "late rows")

    assert late() == (True, "none")
    tick = start_quill(str(ROOT / "tickplant" / "tick.q"), "-dir", str(config.tplog_dir), "-sync", "never")
    merge = start_quill(
        str(ROOT / "hdb" / "merge.q"), "-db", str(config.hdb_dir), "-tplog", str(config.tplog_dir), "-settle", "0"
    )
    with Client("127.0.0.1", tick.port) as q, Client("127.0.0.1", merge.port) as m:
        publish(q, "2025-06-12", 1)
        publish(q, "2025-06-10", 3)
        publish(q, "2025-06-10", 4)
        assert late() == (True, "waiting: 2025-06-10 7 rows")
        m.query(".follow.next:.z.p;.follow.look[];.follow.look[]")
        assert late() == (True, "all merged, of 1 day")
        publish(q, "2025-06-10", 5)
        publish(q, "2025-06-11", 2)
        assert late() == (True, "waiting: 2025-06-10 5 rows; 2025-06-11 2 rows")
        (tmp_path / "hdb.rolls").write_text("2025.06.11 ended 2025.06.12D00:00:00.000000000\n")
        assert late() == (True, "waiting: 2025-06-10 5 rows; 2025-06-11 2 rows, until the day is rolled")
        # the process that merges counts as this does
        log = config.tplog_dir.with_name("tplog.late") / "slip2025.06.10"
        assert int(m.value(".follow.upto 2025.06.10")) == progress._merged(config, log)
        log.with_name(log.name + ".damage").write_text(
            "2099.01.01D00:00:00.000000000 8 100\n2099.01.01D00:00:00.000000000 300 40\n2024.01.01D00:00:00.000000000 8 9\n"
        )
        assert int(m.value(".follow.upto 2025.06.10")) == progress._merged(config, log)


def test_the_journal_of_rolls(tmp_path: Path) -> None:
    config = load_config(overrides={"var": str(tmp_path)})

    def rolls() -> tuple[bool, str]:
        return next((good, text) for subject, good, text in progress.examine(config) if subject == "rolls")

    assert rolls() == (True, "no day has been captured")
    journal = tmp_path / "hdb.rolls"
    moment = "2025.06.12D00:00:01.000000000"
    lines = [f"2025.06.11 {step} {moment}\n" for step in progress.STEPS]
    journal.write_text("".join(lines[:3]))
    assert rolls() == (False, f"no day has been rolled; not finished: 2025-06-11 written since {moment}")
    journal.write_text("".join([*lines, f"2025.06.12 open {moment}\n", "2025.06.1"]))
    for table in ("trade", "quote"):
        (tmp_path / "hdb" / "2025.06.11" / table).mkdir(parents=True)
    assert rolls() == (True, f"last 2025-06-11 at {moment} (quote, trade); captured: 2025-06-12")
    assert progress.rolls(config)[dt.date(2025, 6, 11)] == ("cleared", moment)
