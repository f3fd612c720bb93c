"""`slipstream tca` on the INST case: every number of the shared vector, its SELL twin, and its variants."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from slipstream import cli
from slipstream.fix.dictionary import EVENTS, REQUESTS
from slipstream.tca import files
from tca.cases import BPS, HORIZONS, PRICE, ROOT, T0, USD, Inst, Run, near

pytestmark = pytest.mark.usefixtures("quill_path")


def by(rows: list[dict[str, Any]], key: str) -> dict[str, dict[str, Any]]:
    return {row[key]: row for row in rows}


def vector() -> dict[str, Any]:
    shared = os.environ.get("SLIPSTREAM_SHARED")
    path = Path(shared or "/nowhere") / "data" / "inst_vector.json"
    if not path.is_file():
        pytest.skip("SLIPSTREAM_SHARED does not name the folder of the shared vector")
    loaded: dict[str, Any] = json.loads(path.read_text())
    return loaded


def test_every_number_of_the_vector(inst: Inst, run: Run) -> None:
    out = run(inst)
    p, fills, child = out["parents"][0], by(out["fills"], "execid"), out["children"][0]
    assert p["arrival_mid"] == p["decision_price"] == near(100.01, PRICE)
    assert [p[k] for k in ("arrival_time", "first_fill", "last_fill", "end_time")] == [
        f"2024-01-02T14:30:00.{ms}000000Z" for ms in ("000", "075", "120", "200")
    ]
    assert (p["filled"], p["avg_price"], p["done"]) == (10_000, near(100.04, PRICE), near(0.1, 1e-12))
    assert [fills[f]["slippage_bps"] for f in ("F1", "F2")] == [near(2.49975, BPS), near(3.49965, BPS)]
    assert [fills[f]["cost"] for f in ("F1", "F2")] == [near(125, USD), near(175, USD)]
    assert [fills[f]["cumulative_bps"] for f in ("F1", "F2")] == [near(2.49975, BPS), near(2.99970, BPS)]
    assert (p["slippage_bps"], p["cost"]) == (near(2.99970, BPS), near(300, USD))
    assert (p["is_cost"], p["is_bps"], p["paper"]) == (near(4800, USD), near(4.79952, BPS), near(10_001_000, USD))
    assert (p["executed_cost"], p["open_cost"]) == (near(300, USD), near(4500, USD))
    assert p["executed_bps"] == near(0.29997, BPS)
    parts = ("delay", "timing_impact", "spread", "opportunity", "fees")
    assert [p[k] for k in parts] == [near(v, USD) for v in (1000, 150, 50, 3600, 0)]
    assert sum(p[k] for k in parts) == p["is_cost"]
    assert [p[k] for k in ("arrival_to_send", "send_to_fill", "half_spread")] == [near(v, USD) for v in (100, 150, 50)]
    drift = {"arrival_to_send_bps": 0.99990, "send_to_fill_bps": 0.99990, "pre_bps": 1.99980, "during_bps": 0.99990,
             "post_bps": 1.99980, "total_bps": 4.99950, "reversion_bps": -1.99980}  # fmt: skip
    assert {k: p[k] for k in drift} == {k: near(v, BPS) for k, v in drift.items()}
    assert [fills[f]["effective_spread_bps"] for f in ("F1", "F2")] == [near(0.99970, BPS), near(0.99960, BPS)]
    assert [fills[f]["quoted_spread_bps"] for f in ("F1", "F2")] == [near(1.99940, BPS), near(1.99920, BPS)]
    assert [fills[f]["effective_over_quoted"] for f in ("F1", "F2")] == [near(0.5, 1e-6)] * 2
    assert [fills[f]["price_improvement"] for f in ("F1", "F2")] == [near(25, USD)] * 2
    assert [fills[f]["price_improvement_bps"] for f in ("F1", "F2")] == [near(0.49980, BPS), near(0.49975, BPS)]
    assert p["price_improvement_arrival_bps"] == near(-1.99960, BPS)
    assert p["price_improvement_arrival"] == near(-200, USD)  # 10,000 at 100.04, the ask at arrival was 100.02
    assert [fills[f]["price_improvement_arrival"] for f in ("F1", "F2")] == [near(-75, USD), near(-125, USD)]
    assert [fills[f]["effective_spread"] for f in ("F1", "F2")] == [near(0.01, PRICE)] * 2
    assert [fills[f]["quoted_spread"] for f in ("F1", "F2")] == [near(0.02, PRICE)] * 2
    for f, h in (("F1", "45ms"), ("F1", "125ms"), ("F2", "80ms")):
        assert fills[f]["realised_spread"][h] + fills[f]["impact"][h] == near(fills[f]["effective_spread"], PRICE)
    marks = [fills["F1"]["markout_bps"][h] for h in ("1ms", "45ms", "125ms")] + [
        fills["F2"]["markout_bps"][h] for h in ("1ms", "80ms")
    ]
    assert marks == [near(v, BPS) for v in (-0.49983, 0.49983, 2.49913, -0.49978, 1.49933)]
    assert [fills["F1"]["realised_spread"][h] for h in ("45ms", "125ms")] == [near(-0.01, PRICE), near(-0.05, PRICE)]
    assert fills["F2"]["realised_spread"]["80ms"] == near(-0.03, PRICE)
    assert (fills["F1"]["impact"]["125ms"], fills["F2"]["impact"]["80ms"]) == (near(0.06, PRICE), near(0.04, PRICE))
    assert [child["response_bps"][h] for h in ("25ms", "70ms", "150ms")] == [
        near(v, BPS) for v in (0.99980, 1.99960, 3.99920)
    ]
    assert (p["twap"], p["twap_bps"]) == (near(100.02775, PRICE), near(1.22466, BPS))
    assert (p["twap_last_fill"], p["twap_last_fill_bps"]) == (near(100.0195833333, PRICE), near(2.04127, BPS))
    assert child["fill_ratio"] == 1.0
    assert p["flags"] == ["DECISION_IS_ARRIVAL", "OPEN"]


def test_the_files_are_the_vector(inst: Inst) -> None:
    """The example's rows are those of the shared vector."""
    shared = vector()
    quotes = [(float(q["bid"]), float(q["ask"])) for q in inst.tables["quotes"]]
    assert quotes == [(q["bid"], q["ask"]) for q in shared["quotes"]]
    assert [(f["execid"], float(f["qty"]), float(f["price"])) for f in inst.tables["fills"]] == [
        (f["id"], f["qty"], f["px"]) for f in shared["fills"]
    ]


def test_nulls_carry_their_reason(inst: Inst, run: Run) -> None:
    out = run(inst)
    p, f = out["parents"][0], out["fills"][0]
    assert (p["vwap"], p["vwap_reason"]) == (None, "no public prints")
    assert (p["participation"], p["participation_reason"]) == (None, "no public prints")
    assert (p["aggressor_share"], p["aggressor_share_reason"]) == (None, "no 851")
    assert (p["leak_bps"], p["leak_bps_reason"]) == (None, "n=1, collecting")
    assert (f["markout_bps"]["1s"], f["markout_bps_reason"]) == (None, {"150ms": "pending", "1s": "pending"})
    for row in [*out["parents"], *out["fills"], *out["children"]]:
        for name in [m["name"] for m in out["metrics"]]:
            assert row.get(name, 0) is not None or row[f"{name}_reason"], name


def test_the_sell_twin_negates_every_sign(inst: Inst, run: Run) -> None:
    buy = run(inst)
    inst.sell()
    sell = run(inst)
    signed = {
        m["name"]
        for m in buy["metrics"]
        if m["sign"] in ("+ cost", "+ adverse", "+ comes back") and m["level"] == "parent"
    }
    assert len(signed) > 20
    b, s = buy["parents"][0], sell["parents"][0]
    own = {"effective_spread_bps", "spread", "half_spread"}
    for name in signed:
        if b[name] is not None:
            assert s[name] == near(-b[name], BPS), name
    assert own <= signed
    for b, s in zip(buy["fills"], sell["fills"], strict=True):
        assert s["slippage_bps"] == near(-b["slippage_bps"], BPS)
        for h, value in b["markout_bps"].items():
            assert s["markout_bps"][h] == (None if value is None else near(-value, BPS))
    for h, value in buy["children"][0]["response_bps"].items():
        assert sell["children"][0]["response_bps"][h] == (None if value is None else near(-value, BPS))
    for name in ("arrival_mid", "filled", "avg_price", "twap", "quoted_spread_bps"):
        assert s is not None and buy["parents"][0][name] == sell["parents"][0][name]


def test_a_limit_beneath_the_fill_is_a_breach(inst: Inst, run: Run) -> None:
    inst.tables["orders"][1]["price"] = "100.04"
    out = run(inst)
    assert [f["flags"] for f in out["fills"]] == [[], ["LIMIT_BREACH"]]
    assert "LIMIT_BREACH" in out["children"][0]["flags"]
    assert "LIMIT_BREACH" in out["parents"][0]["flags"]


def test_a_bust_removes_its_fill(inst: Inst, run: Run) -> None:
    inst.fill(time="2024-01-02T14:30:00.150Z", execid="B1", refid="F2", kind="bust")
    out = run(inst)
    p = out["parents"][0]
    assert [f["execid"] for f in out["fills"]] == ["F1"]
    assert (p["avg_price"], p["slippage_bps"], p["cost"]) == (near(100.035, PRICE), near(2.49975, BPS), near(125, USD))
    assert (p["open_cost"], p["is_cost"], p["is_bps"]) == (near(4750, USD), near(4875, USD), near(4.87451, BPS))
    assert p["rev"] == 2
    assert "REVISED" in p["flags"]


@pytest.mark.parametrize(
    "chain", [("F2",), ("F2", "K1"), ("F2", "F2")], ids=["once", "of the correction", "of the original"]
)
def test_a_correction_replaces_price_and_keeps_time_and_id(inst: Inst, run: Run, chain: tuple[str, ...]) -> None:
    for n, ref in enumerate(chain, 1):
        last = n == len(chain)
        inst.fill(
            time=f"2024-01-02T14:30:00.15{n}Z",
            execid=f"K{n}",
            refid=ref,
            kind="correct",
            qty="5000",
            price="100.040" if last else "100.09",
        )
    out = run(inst)
    p = out["parents"][0]
    assert (p["avg_price"], p["slippage_bps"], p["cost"]) == (near(100.0375, PRICE), near(2.74973, BPS), near(275, USD))
    assert p["is_cost"] == near(4775, USD)
    assert out["fills"][1]["time"] == "2024-01-02T14:30:00.120000000Z"
    assert [f["execid"] for f in out["fills"]] == ["F1", "F2"]


def test_a_bust_of_a_correction_removes_the_fill(inst: Inst, run: Run) -> None:
    inst.fill(time="2024-01-02T14:30:00.150Z", execid="K1", refid="F2", kind="correct", qty="5000", price="100.09")
    inst.fill(time="2024-01-02T14:30:00.160Z", execid="B1", refid="K1", kind="bust")
    assert run(inst)["parents"][0]["cost"] == near(125, USD)


def test_a_bust_before_its_fill_applies_when_the_fill_comes(inst: Inst, run: Run) -> None:
    inst.fill(time="2024-01-02T14:30:00.110Z", execid="B1", refid="F2", kind="bust")
    assert run(inst)["parents"][0]["cost"] == near(125, USD)


def test_a_fill_reported_twice_counts_once(inst: Inst, run: Run) -> None:
    inst.tables["fills"].append(dict(inst.tables["fills"][1]))
    out = run(inst)
    assert out["parents"][0]["cost"] == near(300, USD)
    assert out["problems"] == [{"problem": "duplicate_fill", "id": "F2"}]


def test_a_bust_of_an_unknown_execution_is_told(inst: Inst, run: Run) -> None:
    inst.fill(time="2024-01-02T14:30:00.150Z", execid="B1", refid="F9", kind="bust")
    out = run(inst)
    assert out["parents"][0]["cost"] == near(300, USD)
    assert out["problems"] == [{"problem": "unknown_execution", "id": "B1"}]


def test_a_fill_after_a_cancel_counts(inst: Inst, run: Run) -> None:
    cancel = dict(inst.tables["orders"][1], event="cancel", time="2024-01-02T14:30:00.100Z")
    inst.tables["orders"].append(cancel)
    out = run(inst)
    assert out["parents"][0]["cost"] == near(300, USD)
    assert out["children"][0]["cancels"] == 1


def test_arrival_never_moves(inst: Inst, run: Run) -> None:
    inst.tables["orders"].append(
        dict(inst.tables["orders"][0], event="replace", qty="120000", time="2024-01-02T14:30:00.100Z")
    )
    p = run(inst)["parents"][0]
    assert p["arrival_mid"] == near(100.01, PRICE)
    assert p["slippage_bps"] == near(2.99970, BPS)
    # 20,000 more on paper at 100.03, the mid before the increase: open at 100.06 they cost .03 each
    assert p["is_cost"] == near(4800 + 600, USD)
    assert p["paper"] == near(100_000 * 100.01 + 20_000 * 100.03, USD)


def test_what_is_cancelled_counts_as_opportunity_at_its_mid(inst: Inst, run: Run) -> None:
    inst.tables["orders"].append(dict(inst.tables["orders"][0], event="cancel", time="2024-01-02T14:30:00.130Z"))
    p = run(inst)["parents"][0]
    assert p["open_cost"] == near(90_000 * (100.04 - 100.01), USD)
    assert p["is_cost"] == near(3000, USD)
    p = run(inst, "--without-cancelled")["parents"][0]
    assert (p["open_cost"], p["is_cost"]) == (near(0, USD), near(300, USD))


def test_fills_may_count_alike(inst: Inst, run: Run) -> None:
    """5,000 at 2.49975 bps and, corrected, 1,000 at 3.49965: weighted 2.66640, each alike 2.99970."""
    inst.fill(time="2024-01-02T14:30:00.150Z", execid="K1", refid="F2", kind="correct", qty="1000", price="100.045")

    def venue(*more: str) -> float:
        return float(next(b["slip"] for b in run(inst, *more)["breakdown"] if b["dim"] == "venue"))

    assert venue() == near(2.66640, BPS)
    assert venue("--weight", "equal") == near(2.99970, BPS)


def test_asof_leaves_out_what_came_after(inst: Inst, run: Run) -> None:
    out = run(inst, "--asof", str(T0 + 100_000_000))
    assert [f["execid"] for f in out["fills"]] == ["F1"]
    assert out["parents"][0]["is_cost"] == near(125 + 95_000 * 0.02, USD)


def test_vwap_and_participation_where_there_are_prints(inst: Inst, run: Run) -> None:
    stamp = "2024-01-02T14:30:00.{}Z"
    inst.trades = [
        {"time": stamp.format("010"), "sym": "X", "venue": "V", "price": 100.02, "size": 10_000},
        {"time": stamp.format("075"), "sym": "X", "venue": "V", "price": 100.035, "size": 5_000},
        {"time": stamp.format("120"), "sym": "X", "venue": "V", "price": 100.045, "size": 5_000},
        {"time": stamp.format("300"), "sym": "X", "venue": "V", "price": 200, "size": 5_000},
    ]
    p = run(inst)["parents"][0]
    assert p["vwap"] == near((100.02 * 10_000 + 100.035 * 5_000 + 100.045 * 5_000) / 20_000, PRICE)  # 100.03
    assert p["vwap_bps"] == near(1e4 * 0.01 / 100.03, BPS)
    assert p["vwap_ex_own"] == near(100.02, PRICE)
    assert p["participation"] == near(0.5, 1e-12)
    assert p["pwp_20_reason"] == "volume not there yet"


def test_parquet_and_integer_times_give_the_same(
    inst: Inst, run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    want = run(inst)
    arguments = inst.arguments()
    for i in (1, 3, 5):
        table = pa.csv.read_csv(arguments[i])
        stamps = (
            table.column("time").cast(pa.timestamp("ns", "UTC")).cast(pa.int64())
            if i == 1
            else table.column("time").cast(pa.timestamp("ns"))
        )
        table = table.set_column(0, "time", stamps)
        arguments[i] = str(Path(arguments[i]).with_suffix(".parquet"))
        pa.parquet.write_table(table, arguments[i])
    assert (
        cli.main(["tca", *arguments, "--asof", "2024-01-02T09:30:00.2-05:00", "--horizons", HORIZONS, "--out", "json"])
        == 0
    )
    assert json.loads(capsys.readouterr().out) == want


def test_extra_columns_are_kept_and_optional_ones_may_be_missing(inst: Inst, run: Run) -> None:
    for row in inst.tables["orders"]:
        for name in ("algo", "broker", "trader", "venue"):
            del row[name]
        row["desk"] = "D7"
    for row in inst.tables["fills"]:
        for name in ("refid", "kind", "venue", "liquidity", "fee", "sym", "side"):
            del row[name]
        row["my note"], row["cost"] = "kept", "7"
    for row in inst.tables["quotes"]:
        for name in ("venue", "bsize", "asize"):
            del row[name]
    out = run(inst)
    assert out["parents"][0]["is_cost"] == near(4800, USD)
    assert out["parents"][0]["desk"] == "D7"
    assert out["children"][0]["desk"] == "D7"
    assert out["fills"][0]["my note"] == "kept"
    assert (out["fills"][0]["cost"], out["fills"][0]["cost_input"]) == (near(125, USD), "7")


@pytest.mark.parametrize(
    ("table", "change", "message"),
    [
        ("orders", lambda rows: [r.pop("qty") for r in rows], "orders.csv: qty: expected a column of numbers"),
        ("quotes", lambda rows: rows[2].update(bid="abc"), "quotes.csv: bid: row 3: expected a number, got 'abc'"),
        (
            "fills",
            lambda rows: rows[1].update(time="noon"),
            "fills.csv: time: row 2: expected times, as ISO-8601 or integer",
        ),
        ("fills", lambda rows: rows[1].update(execid=""), "fills.csv: execid: row 2: expected a name"),
        ("orders", lambda rows: rows[0].update(side="up"), "orders.csv: side: row 1: expected buy or sell, got 'up'"),
        ("fills", lambda rows: rows[0].update(kind="oops"), "fills.csv: kind: row 1: expected new, bust or correct"),
        ("orders", lambda rows: rows[1].update(event="newx"), "orders.csv: event: row 2: expected one of ack, "),
    ],
    ids=["no column", "no number", "no time", "no id", "no side", "no kind", "no event"],
)
def test_what_cannot_be_used_is_named(
    inst: Inst,
    capsys: pytest.CaptureFixture[str],
    table: str,
    change: Callable[[list[dict[str, str]]], Any],
    message: str,
) -> None:
    change(inst.tables[table])
    assert cli.main(["tca", *inst.arguments(), "--out", "json"]) == 1
    assert message in capsys.readouterr().err


def test_events_of_files_are_those_of_the_order_flow() -> None:
    """What the plant captures can be written to a file and read again."""
    flow = {*REQUESTS.values(), *EVENTS.values(), "cancelreject", "joined", "linked", "carry"}
    assert files.KNOWN["event"] == flow


def test_exit_codes_of_the_command_line(inst: Inst, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as wrong:
        cli.main(["tca", *inst.arguments(), "--asof", "noon"])
    assert wrong.value.code == 2
    assert cli.main(["tca", *inst.arguments(), "--table", "nonsense"]) == 2
    assert cli.main(["tca", "--quotes", "nowhere.csv", "--orders", "o.csv", "--fills", "f.csv"]) == 1
    assert "nowhere.csv: expected a file" in capsys.readouterr().err


def test_csv_parquet_and_table(inst: Inst, capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path) -> None:
    arguments = ["tca", *inst.arguments(), "--asof", str(T0 + 200_000_000)]
    assert cli.main([*arguments, "--out", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capfdbinary.readouterr().out.decode())))
    assert float(rows[0]["is_cost"]) == near(4800, USD)
    assert cli.main([*arguments, "--out", "parquet", "--table", "fills"]) == 0
    table = pa.parquet.read_table(pa.BufferReader(capfdbinary.readouterr().out))
    assert table.column("markout_bps_1ms").to_pylist() == [near(-0.49983, BPS), near(-0.49978, BPS)]
    assert cli.main([*arguments, "--out", "table"]) == 0
    assert "4.79952" in capfdbinary.readouterr().out.decode()
    assert cli.main([*arguments, "--out", "table", "--table", "fills"]) == 0
    shown = [line.split() for line in capfdbinary.readouterr().out.decode().splitlines()]
    assert ["markout_bps_1ms", "-0.49983", "-0.49978"] in shown
    assert cli.main([*arguments, "--out", "table", "--to", str(tmp_path / "out")]) != 0, "nothing would be written"
    capfdbinary.readouterr()
    assert cli.main([*arguments, "--out", "parquet", "--to", str(tmp_path / "out")]) == 0
    assert pa.parquet.read_table(tmp_path / "out" / "children.parquet").column("response_bps_25ms").to_pylist() == [
        near(0.99980, BPS)
    ]


def test_the_example_of_the_documentation_runs(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (ROOT / "docs" / "tca.md").read_text().split("```sh\n")[1].split("```")[0]
    monkeypatch.chdir(ROOT)
    assert cli.main(shlex.split(text.replace("\\\n", " "))[1:]) == 0
    out = json.loads(capsys.readouterr().out)
    assert out["parents"][0]["is_cost"] == near(4800, USD)
    assert out["fills"][0]["markout_bps"] == {
        "1ms": near(-0.49983, BPS),
        "25ms": near(-0.49983, BPS),
        "45ms": near(0.49983, BPS),
        "125ms": near(2.49913, BPS),
    }


def test_every_figure_is_in_the_documentation(inst: Inst, run: Run) -> None:
    """In the first column of a table of docs/tca.md: by its name, or as `…_suffix` beside another."""
    cells = [line.split("|")[1] for line in (ROOT / "docs" / "tca.md").read_text().splitlines() if line.startswith("|")]
    words = {word for cell in cells for word in re.findall(r"…?[a-z0-9_]+", cell)}
    suffixes = [word[1:] for word in words if word.startswith("…")]

    def known(name: str) -> bool:
        stems = [name.removesuffix(suffix) for suffix in suffixes if name.endswith(suffix)]
        return name in words or any(known(stem) or any(w.startswith(f"{stem}_") for w in words) for stem in stems)

    names = {m["name"] for m in run(inst)["metrics"]}
    assert len(names) > 100
    assert sorted(name for name in names if not known(name)) == []


def test_the_null_tapes_can_be_run(capsys: pytest.CaptureFixture[str]) -> None:
    """A run of each: every tape with its outcome, and an exit code that says whether the bounds hold."""
    code = cli.main(["nulls", "--runs", "1"])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [
        "tape",
        "walk",
        "leak010",
        "chase",
        "trend",
        "trendNoBeta",
        "dense5",
        "dense30",
    ]
    assert code == int(any("NOT MET" in line for line in lines))


def test_without_fills_quotes_or_orders(
    inst: Inst, run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Files with a header only: figures are null with a reason, fills of unknown orders are told."""
    arguments = inst.arguments()

    def headless(name: str) -> dict[str, Any]:
        path = tmp_path / f"no_{name}.csv"
        path.write_text(",".join(inst.tables[name][0]) + "\n")
        given = list(arguments)
        given[given.index(f"--{name}") + 1] = str(path)
        assert cli.main(["tca", *given, "--out", "json"]) == 0
        answer: dict[str, Any] = json.loads(capsys.readouterr().out)
        return answer

    p = headless("fills")["parents"][0]
    assert (p["filled"], p["slippage_bps"], p["slippage_bps_reason"]) == (0, None, "no fills")
    assert p["is_cost"] == near(100_000 * 0.05, USD)  # all of it open, from 100.01 to 100.06
    p = headless("quotes")["parents"][0]
    assert (p["arrival_mid_reason"], p["is_cost_reason"], p["slippage_bps_reason"]) == ("no quote",) * 3
    out = headless("orders")
    assert out["parents"] == []
    assert [row["problem"] for row in out["problems"]] == ["orphan_fill", "orphan_fill"]


def test_other_words_mean_the_same(inst: Inst, run: Run) -> None:
    """Case, FIX codes and synonyms; a parent that names itself as its parent."""
    want = run(inst)
    for row in inst.tables["orders"]:
        row.update(event="NEW", side="1")
        row["parent"] = "P"
    for row in inst.tables["fills"]:
        row.update(kind="Fill", side="B")
    assert run(inst) == want
    for words in (("Maker", "2"), ("passive", "Aggressive"), ("1", "taker")):
        for row, word in zip(inst.tables["fills"], words, strict=True):
            row["liquidity"] = word
        out = run(inst)
        assert [f["liquidity_role"] for f in out["fills"]] == ["add", "remove"]
    assert out["parents"][0]["aggressor_share"] == 0.5
