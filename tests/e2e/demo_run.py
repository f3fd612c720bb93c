"""`slipstream demo` in a folder of its own, on free ports, and what must hold of its summary."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from slipstream import operate, paths
from slipstream.config import Config, load_config
from slipstream.plant.supervisor import Supervisor

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("SLIPSTREAM_SHARED") or ROOT.parent / "shared")
BINANCE = SHARED / "data" / "binance"
NAMES = ("tickerplant", "rdb", "idb", "hdb", "wdb", "merge", "gateway", "rte", "scorecard", "fix")


class Demo:
    """`slipstream demo --exit`, and other commands for the same plant."""

    def __init__(self, folder: Path, ports: list[int], quill: Path) -> None:
        self.folder = folder
        self.file = folder / "ports.yaml"
        self.file.write_text(yaml.safe_dump({"ports": dict(zip(NAMES, ports, strict=True))}))
        self.env = {**os.environ, "SLIPSTREAM_QUILL": str(quill)}
        self.var = folder / "var" / "demo"

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "slipstream", "demo", "--exit", *arguments, "--config", str(self.file)],
            cwd=self.folder,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, command: str, *, timeout: float = 400.0) -> str:
        """Another command for the demonstration's plant."""
        files = ["--config", str(paths.home() / "configs" / "demo.yaml"), "--config", str(self.file)]
        done = subprocess.run(
            [sys.executable, "-m", "slipstream", command, *files],
            cwd=self.folder,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def summary(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.var / "summary.json").read_text())
        return found

    @property
    def config(self) -> Config:
        return load_config(paths.home() / "configs" / "demo.yaml", self.file, overrides={"var": str(self.var)})

    def supervisor(self) -> Supervisor:
        return operate.supervisor(self.config, page=True, session=True)

    def pids(self) -> dict[str, int]:
        """Of the plant's processes, as supervisord has them."""
        found = {info["name"]: int(info["pid"]) for info in self.supervisor()._api().supervisor.getAllProcessInfo()}
        return {**found, "supervisord": int((self.var / "run" / "supervisord.pid").read_text())}


def check(demo: Demo, output: str, status: int) -> dict[str, Any]:
    assert status == 0, output
    summary = demo.summary()
    for table in ("quote", "trade", "depth", "orders", "fills", "fixraw"):
        figures = summary["tables"][table]
        assert figures["sent"] > 0, table
        assert len(set(figures.values())) == 1, f"{table}: {figures}\n{output}"
        assert set(figures) == {"sent", "logged", "rdb", "hdb", "lake"}
    assert summary["equal"]
    assert summary["copies"]["sent"] == summary["copies"]["captured"] == summary["tables"]["fixraw"]["hdb"]
    for table in ("quote", "trade", "depth"):
        # what the market's source made, in one go or in several
        assert summary["feed"]["rows"][table] == summary["tables"][table]["sent"], table
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
