"""
A whole day through real processes: the case study, a small simulated market, orders over FIX, two rolls, archive; and the same with processes killed on the way.

Every row sent must be logged, held by the RDB, served by the HDB and in the lake, once.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import yaml
from demo_run import BINANCE, NAMES, Demo, check

from slipstream.market import tech

CAPTURES = [BINANCE / f"spot_btcusdt_{day}.gz" for day in ("20240808", "20240809")]
COIN_MARGINED = [BINANCE / f"cm_btcusd_perp_{day}.gz" for day in ("20240808", "20240809")]


@pytest.fixture
def demo(tmp_path: Path, ports: Callable[[int], list[int]], quill_path: Path) -> Demo:
    return Demo(tmp_path, ports(len(NAMES)), quill_path)


def test_the_case_study(demo: Demo) -> None:
    """TECH, which is told unless something else is asked for: a day of the simulated market, and the next morning."""
    process = demo.start("--speed", "0")
    output, _ = process.communicate(timeout=2400)
    summary = check(demo, output, process.returncode)
    assert (summary["engine"] in ("quill", "kdb"), summary["story"]) == (True, "tech")
    assert summary["days"] == ["2025-06-11", "2025-06-12"]
    for table in ("mbo", "status"):
        assert len(set(summary["tables"][table].values())) == 1, table
    first, second = summary["parents"]
    assert (first["parent"], first["filled"], second["parent"]) == ("TECH-1", 500_000, "TECH-2")
    timeline = summary["timeline"]
    assert (timeline["parent"], timeline["source"]) == ("TECH-1", "live")
    lamps = {row["time"][11:16]: (row["cost_lamp"], row["leak_lamp"]) for row in timeline["rows"]}
    assert lamps["10:30"] == ("green", "green")
    assert lamps["11:14"] == ("amber", "amber")
    assert {lamp for moment, both in lamps.items() if moment < "11:00" or moment > "11:45" for lamp in both} == {
        "green"
    }
    assert {row["data_lamp"] for row in timeline["rows"]} == {"green"}
    (alert,) = timeline["alerts"]
    assert (alert["parent"], alert["level"], "11:00" < alert["time"][11:16] < "11:14") == ("TECH-1", "amber", True)
    (switch,) = timeline["switches"]
    assert np.datetime64(switch["time"]) - np.datetime64(alert["time"]) >= np.timedelta64(round(tech.REACTION_S), "s")
    # what the day's tables say at the same minutes: equal to the last bit
    agreement = timeline["agreement"]
    assert agreement["minutes"] > 300
    assert agreement["slippage"] == agreement["segment"] == agreement["minutes"]
    assert agreement["lamps"] > 0.9 * agreement["minutes"]
    assert [alert["level"] for alert in timeline["batch"]["alerts"]] == ["amber"]
    assert [(row["from_algo"], row["to_algo"]) for row in timeline["switches"]] == [("pov", "passive")]
    assert timeline["figures"]["slippage_bps"] == pytest.approx(first["slip_bps"], abs=1e-6)
    assert timeline["figures"]["is_bps"] is not None
    for day in summary["days"]:
        assert (demo.var / "hdb" / day.replace("-", ".")).is_dir()
        assert list((demo.var / "lake" / "mbo" / f"date={day}").glob("part-*.parquet"))
    with pytest.raises(OSError):  # the plant is down again
        socket.create_connection(("127.0.0.1", yaml.safe_load(demo.file.read_text())["ports"]["tickerplant"]), 1)


def test_the_same_folder_twice(demo: Demo) -> None:
    """What the first run left of ended days does not touch the second, which begins with the same dates."""
    for _ in range(2):
        process = demo.start("--story", "sim", "--speed", "0")
        output, _ = process.communicate(timeout=400)
        summary = check(demo, output, process.returncode)
        assert summary["days"] == ["2025-06-11", "2025-06-12"]
        assert len(summary["parents"]) == 4


@pytest.mark.slow
@pytest.mark.skipif(
    not all(file.is_file() for file in CAPTURES + COIN_MARGINED),
    reason=f"no capture {CAPTURES[0]}; SLIPSTREAM_SHARED names the folder that holds data/",
)
def test_a_day_of_real_captures(demo: Demo) -> None:
    """Binance's BTCUSDT and its coin-margined BTCUSD_PERP over midnight, as fast as possible, with orders worked in both."""
    process = demo.start("--speed", "0", "--capture", *map(str, CAPTURES + COIN_MARGINED))
    output, _ = process.communicate(timeout=900)
    summary = check(demo, output, process.returncode)
    assert summary["days"] == ["2024-08-08", "2024-08-09"]
    assert summary["feed"]["undecodable"] == 0
    parents = {sym: [p for p in summary["parents"] if p["sym"] == sym] for sym in ("BTCUSDT", "BTCUSD_PERP")}
    assert all(len(made) == 4 for made in parents.values())
    # contracts are whole
    assert all(parent["filled"] == int(parent["filled"]) for parent in parents["BTCUSD_PERP"])
