"""
`slipstream tca` on the Binance capture, with simulated parents that took part of the real prints, against a
plain reference in numpy that shares no code with the q.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from slipstream import cli
from slipstream.feed.binance import BinanceFeed

pytestmark = pytest.mark.usefixtures("quill_path")
CAPTURES = Path(os.environ.get("SLIPSTREAM_SHARED", "/nowhere")) / "data" / "binance"
STALE_NS = 2_000_000_000


def capture() -> dict[str, dict[str, np.ndarray[Any, Any]]]:
    path = CAPTURES / "cm_btcusd_perp_20240809.gz"
    if not path.is_file():
        pytest.skip("SLIPSTREAM_SHARED does not name the folder of the captures")
    columns: dict[str, dict[str, list[Any]]] = {}
    for batch in BinanceFeed([path]).batches(1_000_000_000):
        for table, rows in batch.tables.items():
            for name, values in rows.items():
                columns.setdefault(table, {}).setdefault(name, []).extend(list(values))
    return {table: {name: np.array(values) for name, values in found.items()} for table, found in columns.items()}


class Market:
    """The capture's quotes and trades, and what the reference asks of them."""

    def __init__(self) -> None:
        found = capture()
        q, t = found["quote"], found["trade"]
        self.qtime, self.bid, self.ask = q["time"].astype("i8"), q["bid"], q["ask"]
        self.ttime, self.price, self.size = t["time"].astype("i8"), t["price"], t["size"]
        self.sym = str(q["sym"][0])

    def mid(self, ns: int) -> float | None:
        """Mid of the last quote strictly before, unless it is old, crossed or one-sided."""
        i = int(np.searchsorted(self.qtime, ns, "left")) - 1
        if i < 0 or ns - int(self.qtime[i]) > STALE_NS:
            return None
        b, a = float(self.bid[i]), float(self.ask[i])
        return (b + a) / 2 if 0 < b <= a else None

    def write(self, folder: Path) -> list[str]:
        """The market's two files."""
        quotes, trades = folder / "quotes.parquet", folder / "trades.parquet"
        names = pa.array([self.sym] * len(self.qtime))
        pq.write_table(pa.table({"time": self.qtime, "sym": names, "bid": self.bid, "ask": self.ask}), quotes)
        names = pa.array([self.sym] * len(self.ttime))
        pq.write_table(pa.table({"time": self.ttime, "sym": names, "price": self.price, "size": self.size}), trades)
        return ["--quotes", str(quotes), "--trades", str(trades)]


def test_simulated_parents_on_a_real_market(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    market = Market()
    start, end = int(market.ttime[0]), int(market.ttime[-1])
    rng = np.random.default_rng(7)
    orders, fills = ["time,sym,id,parent,event,side,qty"], ["time,execid,order,qty,price"]
    parents: dict[str, tuple[int, int, float, list[tuple[int, float, float]]]] = {}
    for n in range(8):
        s, arrival = (1, -1)[n % 2], start + int((end - start) * (n + 1) / 12)
        name, side, mine = f"P{n}", ("buy", "sell")[n % 2], []
        for c in range(3):
            sent = arrival + int(rng.integers(1, 20) * 1e9)
            orders.append(f"{sent},{market.sym},{name}c{c},{name},new,{side},1000")
            first = int(np.searchsorted(market.ttime, sent, "right"))
            for k in range(first, min(first + 5, len(market.ttime))):
                mine.append((int(market.ttime[k]), float(market.size[k]) / 2, float(market.price[k])))
                fills.append(f"{mine[-1][0]},{name}-{c}-{k},{name}c{c},{mine[-1][1]!r},{mine[-1][2]!r}")
        qty = 2 * sum(f[1] for f in mine)
        orders.append(f"{arrival},{market.sym},{name},,new,{side},{qty!r}")
        parents[name] = (s, arrival, qty, mine)
    (tmp_path / "orders.csv").write_text("\n".join(orders))
    (tmp_path / "fills.csv").write_text("\n".join(fills))
    files = [*market.write(tmp_path), "--orders", str(tmp_path / "orders.csv"), "--fills", str(tmp_path / "fills.csv")]
    assert cli.main(["tca", *files, "--asof", str(end), "--horizons", "1s", "--out", "json"]) == 0
    out = json.loads(capsys.readouterr().out)

    assert len(out["parents"]) == 8
    assert sum(len(p[3]) for p in parents.values()) == len(out["fills"]) > 100
    for row in out["parents"]:
        s, arrival, qty, mine = parents[row["parent"]]
        a, last = market.mid(arrival), market.mid(end)
        assert a is not None
        assert last is not None
        filled, paid = sum(q for _, q, _ in mine), sum(q * p for _, q, p in mine)
        assert row["arrival_mid"] == pytest.approx(a, rel=1e-12)
        assert row["cost"] == pytest.approx(s * (paid - filled * a), rel=1e-9, abs=1e-6)
        assert row["slippage_bps"] == pytest.approx(1e4 * s * (paid - filled * a) / (filled * a), rel=1e-9, abs=1e-9)
        # half is open at the end
        assert row["is_cost"] == pytest.approx(s * (paid + (qty - filled) * last - qty * a), rel=1e-9, abs=1e-3)
        window = (market.ttime >= arrival) & (market.ttime <= end)
        volume, value = market.size[window].sum(), (market.size * market.price)[window].sum()
        assert row["vwap"] == pytest.approx(value / volume, rel=1e-10)
        assert row["participation"] == pytest.approx(filled / volume, rel=1e-9)
    for row in out["fills"]:
        s, _, _, mine = parents[row["parent"]]
        at = int(np.datetime64(row["time"].rstrip("Z"), "ns").astype("i8"))
        later = market.mid(at + 1_000_000_000) if at + 1_000_000_000 <= end else None
        if later is None:
            assert row["markout_bps"]["1s"] is None
            assert row["markout_bps_reason"]["1s"]
        else:
            assert row["markout_bps"]["1s"] == pytest.approx(
                1e4 * s * (later - row["price"]) / row["price"], rel=1e-9, abs=1e-9
            )
