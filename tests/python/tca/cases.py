"""The INST case as files that a test may change, and a call of `slipstream tca` on them."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = ROOT / "docs" / "examples" / "tca"
T0 = 1_704_205_800_000_000_000  # 2024-01-02T14:30Z
BPS, USD, PRICE = 1e-4, 1e-2, 1e-6
HORIZONS = "1ms,25ms,45ms,70ms,80ms,125ms,150ms,1s"

Run = Callable[..., dict[str, Any]]


def near(value: float, tolerance: float) -> Any:
    return pytest.approx(value, abs=tolerance, rel=0)


class Inst:
    """The INST files, to be changed before they are written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tables = {
            name: list(csv.DictReader((EXAMPLE / f"{name}.csv").read_text().splitlines()))
            for name in ("quotes", "orders", "fills")
        }
        self.trades: list[dict[str, Any]] = []

    def fill(self, **cells: str) -> None:
        """Append an execution report."""
        row = dict.fromkeys(self.tables["fills"][0], "")
        self.tables["fills"].append(
            {**row, "sym": "X", "order": "C1", "side": "buy", "kind": "new", "venue": "V", **cells}
        )

    def sell(self) -> None:
        for table in ("orders", "fills"):
            for row in self.tables[table]:
                row["side"] = "sell"

    def arguments(self) -> list[str]:
        out = []
        for name, rows in {**self.tables, "trades": self.trades}.items():
            if rows:
                path = self.folder / f"{name}.csv"
                with path.open("w", newline="") as file:
                    writer = csv.DictWriter(file, rows[0].keys())
                    writer.writeheader()
                    writer.writerows(rows)
                out += [f"--{name}", str(path)]
        return out
