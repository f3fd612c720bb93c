"""
A whole day through real processes: simulated market, orders over FIX, two rolls, archive; and the same with processes killed on the way.

Every row sent must be logged, held by the RDB, served by the HDB and in the lake, once.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

pytest.importorskip("quickfix")

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("SLIPSTREAM_SHARED") or ROOT.parent / "shared")
CAPTURES = [SHARED / "data" / "binance" / f"spot_btcusdt_{day}.gz" for day in ("20240808", "20240809")]
NAMES = ("tickerplant", "rdb", "hdb", "gateway", "rte", "scorecard")


class Demo:
    """`slipstream demo --exit` in a folder of its own, on free ports."""

    def __init__(self, folder: Path, ports: list[int], quill: Path) -> None:
        self.folder = folder
        self.file = folder / "ports.yaml"
        self.file.write_text(yaml.safe_dump({"ports": dict(zip(NAMES, ports, strict=True))}))
        self.env = {**os.environ, "SLIPSTREAM_QUILL": str(quill)}
        self.var = folder / "var" / "demo"

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "slipstream", *arguments, "--config", str(self.file)]

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command("demo", "--exit", *arguments),
            cwd=self.folder,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def summary(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.var / "summary.json").read_text())
        return found

    def pids(self) -> dict[str, int]:
        """Of the plant's processes, as supervisord has them."""
        done = subprocess.run(
            [
                sys.executable,
                "-c",
                "import json,sys\n"
                "from slipstream import operate\n"
                "from slipstream.config import load_config\n"
                "from slipstream import paths\n"
                "c=load_config(paths.home()/'configs'/'demo.yaml',sys.argv[1])\n"
                "print(json.dumps({s.name:s.pid for s in operate.supervisor(c).status()}))",
                str(self.file),
            ],
            cwd=self.folder,
            env=self.env,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        found: dict[str, int] = json.loads(done.stdout)
        return found


@pytest.fixture
def demo(tmp_path: Path, ports: Callable[[int], list[int]], quill_path: Path) -> Demo:
    return Demo(tmp_path, ports(len(NAMES)), quill_path)


def check(demo: Demo, output: str, status: int) -> dict[str, Any]:
    assert status == 0, output
    summary = demo.summary()
    for table in ("quote", "trade", "depth", "orders", "fills", "fixraw"):
        figures = summary["tables"][table]
        assert figures["sent"] > 0, table
        assert len(set(figures.values())) == 1, f"{table}: {figures}\n{output}"
        assert set(figures) == {"sent", "logged", "rdb", "hdb", "lake"}
    assert len(summary["days"]) == 2
    assert summary["slippage_query"]["equal"]
    assert summary["slippage_query"]["rows_hdb"] == summary["tables"]["fills"]["sent"]
    assert summary["parents"]
    for parent in summary["parents"]:
        assert parent["filled"] > 0, parent
        sign = 1 if parent["side"].lower() == "buy" else -1
        expected = sign * 1e4 * (parent["avg_price"] - parent["arrival"]) / parent["arrival"]
        assert parent["slip_bps"] == pytest.approx(expected, abs=1e-6), parent
    return summary


def test_a_simulated_day(demo: Demo) -> None:
    process = demo.start("--speed", "0")
    output, _ = process.communicate(timeout=400)
    summary = check(demo, output, process.returncode)
    assert summary["engine"] in ("quill", "kdb")
    assert summary["days"] == ["2025-06-11", "2025-06-12"]
    assert len(summary["parents"]) == 4
    for day in summary["days"]:
        assert (demo.var / "hdb" / day.replace("-", ".")).is_dir()
        assert list((demo.var / "lake" / "trade" / f"date={day}").glob("part-*.parquet"))
    with pytest.raises(OSError):  # the plant is down again
        socket.create_connection(("127.0.0.1", yaml.safe_load(demo.file.read_text())["ports"]["tickerplant"]), 1)


@pytest.mark.parametrize("victim", ["rdb"])  # the others: test_recovery.py
def test_a_killed_process_loses_nothing(demo: Demo, victim: str) -> None:
    """kill -9 in the middle of the first day; supervisord brings the process back, and it recovers from the log."""
    process = demo.start("--speed", "0")
    try:
        log = demo.var / "tplog"
        deadline = time.monotonic() + 120
        while not (log.is_dir() and any(file.stat().st_size > 200_000 for file in log.iterdir())):
            assert process.poll() is None, process.communicate()[0]
            assert time.monotonic() < deadline, "the tickerplant's log does not grow"
            time.sleep(0.05)
        os.kill(demo.pids()[victim], signal.SIGKILL)
        output, _ = process.communicate(timeout=400)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=60)
    check(demo, output, process.returncode)


def test_the_same_folder_twice(demo: Demo) -> None:
    """What the first run left of ended days does not touch the second, which begins with the same dates."""
    for _ in range(2):
        process = demo.start("--speed", "0")
        output, _ = process.communicate(timeout=400)
        assert check(demo, output, process.returncode)["days"] == ["2025-06-11", "2025-06-12"]


@pytest.mark.slow
@pytest.mark.skipif(
    not all(file.is_file() for file in CAPTURES),
    reason=f"no capture {CAPTURES[0]}; SLIPSTREAM_SHARED names the folder that holds data/",
)
def test_a_day_of_real_captures(demo: Demo) -> None:
    """Binance's BTCUSDT over midnight, as fast as possible, with orders worked in it."""
    process = demo.start("--speed", "0", "--capture", *map(str, CAPTURES))
    output, _ = process.communicate(timeout=900)
    summary = check(demo, output, process.returncode)
    assert summary["days"] == ["2024-08-08", "2024-08-09"]
    assert summary["feed"]["undecodable"] == 0
