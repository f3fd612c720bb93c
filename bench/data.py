"""The data that every engine gets: one session of quotes and trades as files of numbers, made once for a size."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

SYMBOLS = 500
OPEN = int(np.datetime64("2026-01-05T14:30:00", "ns").astype(np.int64))
SECOND = 10**9
MINUTE = 60 * SECOND
FIVE = 5 * MINUTE
SESSION = 390 * MINUTE
DAY = "2026.01.05"
NAMES = [f"S{i}" for i in range(SYMBOLS)]
# the symbol and the ten minutes of one query
SYMBOL = "S7"
FROM, TO = OPEN + 150 * MINUTE, OPEN + 160 * MINUTE - 1
HORIZONS = [int(1e6 * ms) for ms in (1, 5, 10, 25, 50, 100, 250, 500, 1e3, 5e3, 1e4, 3e4, 6e4)]
COLUMNS = {
    "quote": ("time", "sym", "bid", "ask", "bsize", "asize"),
    "trade": ("time", "sym", "price", "size", "side"),
}
FLOATS = ("bid", "ask", "price")


def folder(rows: int) -> Path:
    """Where the files of a size are, SLIPSTREAM_BENCH or the folder for temporary files; made when they are not there."""
    root = Path(os.environ.get("SLIPSTREAM_BENCH", Path(tempfile.gettempdir()) / "slipstream-bench"))
    path = root / f"session-{rows}"
    if not (path / "ready").exists():
        path.mkdir(parents=True, exist_ok=True)
        _make(rows, path)
        (path / "ready").touch()
    return path


def _make(rows: int, path: Path) -> None:
    rng = np.random.default_rng(42)
    weight = 1 / np.arange(1, SYMBOLS + 1)
    weight = rng.permutation(weight / weight.sum())
    trades = rows // 10

    def when(n: int) -> Any:
        t = OPEN + (rng.beta(0.8, 0.8, n) * SESSION).astype(np.int64)
        t.sort()
        return t

    base = np.exp(rng.normal(4, 1, SYMBOLS))
    qs, ts = rng.choice(SYMBOLS, rows, p=weight), rng.choice(SYMBOLS, trades, p=weight)
    bid = np.round(base[qs] * (1 + rng.normal(0, 1e-3, rows)), 2)
    made = {
        "quote.time": when(rows), "quote.sym": qs, "quote.bid": bid, "quote.ask": bid + rng.integers(1, 4, rows) / 100,
        "quote.bsize": rng.integers(1, 50, rows) * 100, "quote.asize": rng.integers(1, 50, rows) * 100,
        "trade.time": when(trades), "trade.sym": ts, "trade.price": np.round(base[ts] * (1 + rng.normal(0, 1e-3, trades)), 2),
        "trade.size": rng.integers(1, 20, trades) * 100, "trade.side": rng.integers(0, 2, trades) * 2 - 1,
    }  # fmt: skip
    for name, values in made.items():
        values.astype(np.float64 if name.split(".")[1] in FLOATS else np.int64).tofile(path / f"{name}.bin")
    (path / "trade.id.txt").write_text("\n".join(f"T{i:09d}" for i in range(trades)) + "\n")


def columns(path: Path, table: str) -> dict[str, Any]:
    """A table's columns as numpy arrays; `sym` as codes, times in nanoseconds since 1970."""
    kind = {c: np.float64 if c in FLOATS else np.int64 for c in COLUMNS[table]}
    found: dict[str, Any] = {c: np.fromfile(path / f"{table}.{c}.bin", kind[c]) for c in COLUMNS[table]}
    if table == "trade":
        found["id"] = (path / "trade.id.txt").read_text().splitlines()
    return found
