"""
The eight queries of a trading day on quill and, where they are installed, on Polars and DuckDB: one machine, one run.

    scripts/bench queries            ROWS quotes (10,000,000), a tenth as many trades, 500 symbols, Zipf, one session

Every engine gets the same seeded columns; answers are compared by rows and sums. Times are medians of RUNS (7) in ms,
after one run to warm up. One thread. The raw run goes to bench/runs/ as JSON.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("POLARS_MAX_THREADS", "1")

import numpy as np
import pyarrow as pa

from slipstream.engine.child import child

ROWS = int(os.environ.get("ROWS", "10000000"))
RUNS = int(os.environ.get("RUNS", "7"))
SYMBOLS = 500
OPEN = np.datetime64("2026-01-05T14:30:00", "ns").astype(np.int64)
SESSION = int(6.5 * 3600e9)
SECOND, MINUTE, FIVE = 10**9, 60 * 10**9, 300 * 10**9
FROM, TO = OPEN + 150 * MINUTE, OPEN + 160 * MINUTE
NAMES = (
    "as-of join", "slippage by symbol", "VWAP by symbol", "VWAP and volume, 5 min",
    "last quote by symbol", "OHLC, 1 min", "one symbol, 10 min", "window join, 10,000 trades",
)  # fmt: skip
Answer = tuple[int, float]


def data() -> tuple[dict[str, Any], dict[str, Any]]:
    """Quotes and trades as columns; `sym` as codes below SYMBOLS."""
    rng = np.random.default_rng(42)
    weight = 1 / np.arange(1, SYMBOLS + 1)
    weight = rng.permutation(weight / weight.sum())

    def when(n: int) -> Any:
        t = OPEN + (rng.beta(0.8, 0.8, n) * SESSION).astype(np.int64)
        t.sort()
        return t

    base = np.exp(rng.normal(4, 1, SYMBOLS))
    trades = ROWS // 10
    qs, ts = rng.choice(SYMBOLS, ROWS, p=weight), rng.choice(SYMBOLS, trades, p=weight)
    bid = np.round(base[qs] * (1 + rng.normal(0, 1e-3, ROWS)), 2)
    quote = {
        "time": when(ROWS), "sym": qs, "bid": bid, "ask": bid + rng.integers(1, 4, ROWS) / 100,
        "bsize": rng.integers(1, 50, ROWS) * 100, "asize": rng.integers(1, 50, ROWS) * 100,
    }  # fmt: skip
    trade = {
        "time": when(trades), "sym": ts, "price": np.round(base[ts] * (1 + rng.normal(0, 1e-3, trades)), 2),
        "size": rng.integers(1, 20, trades) * 100, "side": rng.integers(0, 2, trades) * 2 - 1,
    }  # fmt: skip
    return quote, trade


def quill(quote: dict[str, Any], trade: dict[str, Any]) -> tuple[str, dict[str, tuple[list[float], Answer]]]:
    """Runs on quill, by IPC; the times are taken inside."""
    with child("bench/queries.q", wanted="quill") as q:
        for name, columns in (("quote", quote), ("trade", trade)):
            step = 1_000_000
            for at in range(0, len(columns["time"]), step):
                part = {k: v[at : at + step] for k, v in columns.items()}
                part["time"] = part["time"].view("datetime64[ns]")
                q.query(f"{{`{name} set $[()~{name};x;{name},x];}}", pa.table(part))
            q.query(f'{{update sym:(`$"S",/:string til {SYMBOLS})sym from`{name};}}', None)
        q.query("{.bench.ready[]}", None)
        q.query(
            f'{{.bench.sym:`S7;.bench.from:"p"${FROM - 946684800 * SECOND};.bench.to:"p"${TO - 1 - 946684800 * SECOND};}}',
            None,
        )
        found = {}
        for name in NAMES:
            times, rows, total = q.value("{[k;n].bench.run[`$k;n]}", name, RUNS + 1)
            found[name] = ([float(t) for t in times][1:], (int(rows), float(total)))
        return str(q.value("{string .z.K}", None)), found


def polars(quote: dict[str, Any], trade: dict[str, Any]) -> tuple[str, dict[str, tuple[list[float], Answer]]]:
    """Runs on Polars, each query as a lazy plan collected in memory."""
    import polars as pl

    c = pl.col
    kind = pl.Enum([f"S{i}" for i in range(SYMBOLS)])

    def frame(columns: dict[str, Any]) -> pl.DataFrame:
        made = {k: pl.Series(k, v) for k, v in columns.items() if k != "sym"}
        made["sym"] = pl.Series("sym", columns["sym"].astype(np.uint32)).cat.to(kind)
        return pl.DataFrame(made).with_columns(c("time").set_sorted())

    q, t = frame(quote).lazy(), frame(trade).lazy()
    few = t.gather_every(100).head(10_000).with_row_index("n").collect().lazy()
    joined = t.join_asof(q, on="time", by="sym", strategy="backward", check_sortedness=False)
    mid = (c("bid") + c("ask")) / 2
    vwap = ((c("price") * c("size")).sum() / c("size").sum()).alias("vwap")
    near = q.select(c("time").alias("at"), "sym", "bid", "ask", k=c("time") // SECOND)
    plans = {
        NAMES[0]: joined,
        NAMES[1]: joined.group_by("sym").agg((c("side") * (c("price") - mid) / mid * 1e4).mean()),
        NAMES[2]: t.group_by("sym").agg(vwap),
        NAMES[3]: t.group_by("sym", c("time") // FIVE).agg(vwap, c("size").sum().alias("vol")),
        NAMES[4]: q.group_by("sym").agg(c("time", "bid", "ask").last()),
        NAMES[5]: t.group_by("sym", c("time") // MINUTE).agg(
            o=c("price").first(), h=c("price").max(), l=c("price").min(), c=c("price").last()
        ),
        NAMES[6]: q.filter((c("sym") == "S7") & c("time").is_between(FROM, TO - 1)).select(
            n=pl.len().cast(pl.Int64), s=(c("ask") - c("bid")).mean()
        ),
        # no window join: seconds that may hold the window, then the rows that lie in it
        NAMES[7]: few.with_columns(k=pl.concat_list(c("time") // SECOND, c("time") // SECOND + 1))
        .explode("k")
        .join(near, on=["sym", "k"], how="inner")
        .filter((c("at") >= c("time")) & (c("at") <= c("time") + SECOND))
        .group_by("n")
        .agg(c("ask").max(), c("bid").min()),
    }

    def answer(d: pl.DataFrame) -> Answer:
        floats = [s for s in d.get_columns() if s.dtype == pl.Float64]
        return len(d), float(sum(s.fill_nan(None).sum() for s in floats))

    return pl.__version__, {k: timed(lambda p=p: p.collect(engine="in-memory"), answer) for k, p in plans.items()}


def duckdb(quote: dict[str, Any], trade: dict[str, Any]) -> tuple[str, dict[str, tuple[list[float], Answer]]]:
    """Runs on DuckDB over tables of its own; answers are fetched as Arrow."""
    import duckdb as dd

    db = dd.connect()
    db.execute("set threads=1")
    names = [f"S{i}" for i in range(SYMBOLS)]
    db.execute(f"create type sym as enum ({','.join(repr(n) for n in names)})")
    for name, columns in (("quote", quote), ("trade", trade)):
        made = {k: pa.array(v) for k, v in columns.items()}
        made["sym"] = pa.DictionaryArray.from_arrays(pa.array(columns["sym"].astype(np.int32)), pa.array(names))
        arrow = pa.table(made)  # noqa: F841  (DuckDB finds it by name)
        db.execute(f"create table {name} as select * replace (sym::sym as sym) from arrow")
    db.execute(
        "create table few as select *, row_number() over () as n from (select * from trade where rowid%100=0 limit 10000)"
    )
    asof = "trade t asof left join quote q on t.sym=q.sym and t.time>=q.time"
    sql = {
        NAMES[0]: f"select t.*, q.bid, q.ask, q.bsize, q.asize from {asof}",
        NAMES[1]: f"select t.sym, avg(1e4*t.side*(t.price-(q.bid+q.ask)/2)/((q.bid+q.ask)/2)) from {asof} group by 1",
        NAMES[2]: "select sym, sum(price*size)/sum(size) from trade group by 1",
        NAMES[3]: f"select sym, time//{FIVE}, sum(price*size)/sum(size), sum(size) from trade group by 1,2",
        NAMES[4]: "select sym, max(time), arg_max(bid,time), arg_max(ask,time) from quote group by 1",
        NAMES[
            5
        ]: f"select sym, time//{MINUTE}, arg_min(price,time), max(price), min(price), arg_max(price,time) from trade group by 1,2",
        NAMES[6]: f"select count(*), avg(ask-bid) from quote where sym='S7' and time between {FROM} and {TO - 1}",
        NAMES[
            7
        ]: f"""select n, max(ask), min(bid) from (select n, sym, time, unnest([time//{SECOND}, time//{SECOND}+1]) as k from few) f
            join (select time as at_, sym, bid, ask, time//{SECOND} as k from quote) q using (sym, k)
            where q.at_ between f.time and f.time+{SECOND} group by 1""",
    }

    def answer(d: Any) -> Answer:
        floats = [d.column(i) for i in range(d.num_columns) if pa.types.is_float64(d.schema.field(i).type)]
        return d.num_rows, float(sum(np.nansum(f.to_numpy()) for f in floats))

    return dd.__version__, {k: timed(lambda s=s: db.sql(s).to_arrow_table(), answer) for k, s in sql.items()}


def timed(run: Callable[[], Any], answer: Callable[[Any], Answer]) -> tuple[list[float], Answer]:
    """Milliseconds of RUNS runs after one more, and what the last one answered."""
    found = run()
    times = []
    for _ in range(RUNS):
        began = time.perf_counter()
        found = run()
        times.append(1e3 * (time.perf_counter() - began))
    return times, answer(found)


def main() -> int:
    """Measure, print, keep the raw run; 1 when answers differ."""
    quote, trade = data()
    results: dict[str, dict[str, tuple[list[float], Answer]]] = {}
    versions = {}
    for engine in (quill, polars, duckdb):
        try:
            versions[engine.__name__], results[engine.__name__] = engine(quote, trade)
        except ModuleNotFoundError as missing:
            print(f"{engine.__name__}: not measured, {missing.name} is not installed", file=sys.stderr)
    peers = [n for n in results if n != "quill"]
    print(
        f"{ROWS:,} quotes, {ROWS // 10:,} trades, 1 thread, medians of {RUNS} in ms; "
        + ", ".join(f"{k} {v}" for k, v in versions.items())
    )
    print(f"{'':28}" + "".join(f"{n:>12}" for n in results) + f"{'fastest peer / quill':>24}")
    wrong = []
    for name in NAMES:
        medians = {n: statistics.median(r[name][0]) for n, r in results.items()}
        ratio = f"{min(medians[p] for p in peers) / medians['quill']:.1f}" if peers else ""
        print(f"{name:28}" + "".join(f"{m:12.2f}" for m in medians.values()) + f"{ratio:>24}")
        rows, total = results["quill"][name][1]
        wrong += [f"{name}: {p} answers {results[p][name][1]}, quill {(rows, total)}" for p in peers
                  if results[p][name][1][0] != rows or abs(results[p][name][1][1] - total) > 1e-6 * max(1, abs(total))]  # fmt: skip
    folder = Path(__file__).parent / "runs"
    folder.mkdir(exist_ok=True)
    stamp = dt.datetime.now(dt.UTC).strftime("%Y%m%d-%H%M%S")
    raw = {"rows": ROWS, "runs": RUNS, "versions": versions, "cpu": platform.processor() or platform.machine(), "cpus": os.cpu_count(),
           "ms": {n: {k: t for k, (t, _) in r.items()} for n, r in results.items()}}  # fmt: skip
    (folder / f"queries-{stamp}.json").write_text(json.dumps(raw, indent=1) + "\n")
    for line in wrong:
        print(f"answers differ: {line}", file=sys.stderr)
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
