"""
The peers of bench/queries.py, each in a process of its own: a line of JSON a query on stdout.

    python bench/engines.py polars|duckdb|clickhouse|rayforce FOLDER RUNS THREADS
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    # read when the library is loaded
    os.environ["POLARS_MAX_THREADS"] = os.environ["RAYFORCE_CORES"] = sys.argv[4]

import numpy as np
from data import FIVE, FROM, HORIZONS, MINUTE, NAMES, SECOND, SYMBOL, TO, columns

Answer = tuple[int, float]
DISK = (
    "as-of join", "slippage by symbol", "VWAP by symbol", "VWAP and volume, 5 min", "last quote by symbol", "OHLC, 1 min",
    "one symbol, 10 min", "window join, 10,000 trades",
)  # fmt: skip


def timed(part: str, query: str, runs: int, run: Callable[[], Any], answer: Callable[[Any], Answer]) -> None:
    """One run to warm up, which is looked at, then `runs`: fewer where one takes over a second, one where it takes over eight."""
    began = time.perf_counter()
    found = run()
    one = time.perf_counter() - began
    rows, total = answer(found)
    del found
    times = []
    for _ in range(runs if one < 1 else min(3, runs) if one < 8 else 1):
        began = time.perf_counter()
        run()
        times.append(1e3 * (time.perf_counter() - began))
    print(json.dumps({"part": part, "query": query, "ms": times, "rows": rows, "sum": total}), flush=True)


def polars(folder: Path, runs: int) -> None:
    """Lazy plans, collected in memory; in the files part scanned from Parquet that Polars has written, sorted, zstd."""
    import polars as pl

    c = pl.col
    kind = pl.Enum(NAMES)

    def frame(table: str) -> pl.DataFrame:
        found = columns(folder, table)
        made = {k: pl.Series(k, v) for k, v in found.items() if k != "sym"}
        made["sym"] = pl.Series("sym", found["sym"].astype(np.uint32)).cat.to(kind)
        return pl.DataFrame(made).with_columns(c("time").set_sorted())

    def plans(q: pl.LazyFrame, t: pl.LazyFrame, few: pl.LazyFrame) -> dict[str, pl.LazyFrame]:
        joined = t.join_asof(q, on="time", by="sym", strategy="backward", check_sortedness=False)
        mid = (c("bid") + c("ask")) / 2
        vwap = ((c("price") * c("size")).sum() / c("size").sum()).alias("vwap")
        near = q.select(c("time").alias("at"), "sym", "bid", "ask", k=c("time") // SECOND)
        return {
            "as-of join": joined,
            "slippage by symbol": joined.group_by("sym").agg((c("side") * (c("price") - mid) / mid * 1e4).mean()),
            "VWAP by symbol": t.group_by("sym").agg(vwap),
            "VWAP and volume, 5 min": t.group_by("sym", c("time") // FIVE).agg(vwap, c("size").sum().alias("vol")),
            "last quote by symbol": q.group_by("sym").agg(c("time", "bid", "ask").last()),
            "OHLC, 1 min": t.group_by("sym", c("time") // MINUTE).agg(
                o=c("price").first(), h=c("price").max(), l=c("price").min(), c=c("price").last()
            ),
            "one symbol, 10 min": q.filter((c("sym") == SYMBOL) & c("time").is_between(FROM, TO)).select(
                n=pl.len().cast(pl.Int64), s=(c("ask") - c("bid")).mean()
            ),
            # no window join: seconds that may hold the window, then the rows that lie in it
            "window join, 10,000 trades": few.with_columns(
                k=pl.concat_list(c("time") // SECOND, c("time") // SECOND + 1)
            )
            .explode("k")
            .join(near, on=["sym", "k"], how="inner")
            .filter((c("at") >= c("time")) & (c("at") <= c("time") + SECOND))
            .group_by("n")
            .agg(c("ask").max(), c("bid").min()),
            "distinct symbol and price": t.select("sym", "price").unique(),
            "sort quotes by symbol and time": q.sort("sym", "time", maintain_order=True),
            "count by symbol and size": q.group_by("sym", "bsize").agg(pl.len()),
            "fby: trades at their symbol's high": t.filter(c("price") == c("price").max().over("sym")).drop(
                "id", strict=False
            ),
            "moving average of 20 by symbol": t.select(c("price").rolling_mean(20, min_samples=1).over("sym")),
            "filter on text": t.filter(c("id").str.contains("77", literal=True)),
            "markouts of 13 horizons": pl.concat(
                t.gather_every(10)
                .with_columns(time=c("time") + (h - 1))
                .join_asof(
                    q.select("time", "sym", mid=mid), on="time", by="sym", strategy="backward", check_sortedness=False
                )
                .select(1e4 * c("side") * (c("mid") - c("price")) / c("price"))
                for h in HORIZONS
            ),
        }

    def answer(d: pl.DataFrame) -> Answer:
        floats = [s for s in d.get_columns() if s.dtype == pl.Float64]
        return len(d), float(sum(s.fill_nan(None).sum() for s in floats))

    q, t = frame("quote"), frame("trade")
    few = t.lazy().gather_every(100).head(10_000).with_row_index("n").collect()
    for name, plan in plans(q.lazy(), t.lazy(), few.lazy()).items():
        timed("memory", name, runs, lambda p=plan: p.collect(engine="in-memory"), answer)
    files = {k: folder / f"polars-{k}.parquet" for k in ("quote", "trade")}
    rows = len(q)
    timed("files", "a day sorted and written", 3,
          lambda: q.sort("sym", "time", maintain_order=True).write_parquet(files["quote"], compression="zstd"), lambda _: (rows, 0.0))  # fmt: skip
    ready = q.sort("sym", "time", maintain_order=True)
    timed(
        "files",
        "Parquet of a sorted day",
        3,
        lambda: ready.write_parquet(files["quote"], compression="zstd"),
        lambda _: (rows, 0.0),
    )
    t.drop("id").sort("sym", "time", maintain_order=True).write_parquet(files["trade"], compression="zstd")
    on_disk = plans(pl.scan_parquet(files["quote"]), pl.scan_parquet(files["trade"]), few.drop("id").lazy())
    for name in DISK:
        timed("disk", name, runs, lambda p=on_disk[name]: p.collect(), answer)
    print(json.dumps({"version": pl.__version__}))


def as_arrow(d: Any) -> Answer:
    """What an Arrow table answers."""
    import pyarrow as pa

    floats = [d.column(i) for i in range(d.num_columns) if pa.types.is_float64(d.schema.field(i).type)]
    return d.num_rows, float(sum(np.nansum(f.to_numpy()) for f in floats))


# the mid of a quote that was joined
MID = "(q.bid+q.ask)/2"


def common_sql(quote: str, trade: str, bar: Callable[[int], str]) -> dict[str, str]:
    """The queries that SQL says alike for DuckDB and ClickHouse; `bar` is how the time is divided by a width."""
    asof = f"{trade} t asof left join {quote} q on t.sym=q.sym and t.time>=q.time"
    return {
        "slippage by symbol": f"select t.sym, avg(1e4*t.side*(t.price-{MID})/({MID})) from {asof} group by 1",
        "VWAP by symbol": f"select sym, sum(price*size)/sum(size) from {trade} group by 1",
        "VWAP and volume, 5 min": f"select sym, {bar(FIVE)}, sum(price*size)/sum(size), sum(size) from {trade} group by 1,2",
        "last quote by symbol": f"select sym, max(time), argMax(bid,time), argMax(ask,time) from {quote} group by 1",
        "OHLC, 1 min": f"""select sym, {bar(MINUTE)}, argMin(price,time), max(price), min(price), argMax(price,time)
            from {trade} group by 1,2""",
        "one symbol, 10 min": f"select count(*), avg(ask-bid) from {quote} where sym='{SYMBOL}' and time between {FROM} and {TO}",
        "distinct symbol and price": f"select distinct sym, price from {trade}",
        "sort quotes by symbol and time": f"select * from {quote} order by sym, time",
        "count by symbol and size": f"select sym, bsize, count(*) from {quote} group by 1,2",
    }


def duckdb(folder: Path, runs: int, threads: int) -> None:
    """SQL over tables of its own, answers fetched as Arrow; in the files part over Parquet that DuckDB has written, sorted, zstd."""
    import duckdb as dd
    import pyarrow as pa

    db = dd.connect()
    db.execute(f"set threads={threads}")
    db.execute(f"create type sym as enum ({','.join(repr(n) for n in NAMES)})")
    for name in ("quote", "trade"):
        found = columns(folder, name)
        made = {k: pa.array(v) for k, v in found.items()}
        made["sym"] = pa.DictionaryArray.from_arrays(pa.array(found["sym"].astype(np.int32)), pa.array(NAMES))
        arrow = pa.table(made)  # noqa: F841  (DuckDB finds it by name)
        db.execute(f"create table {name} as select * replace (sym::sym as sym) from arrow")
    db.execute(
        "create table few as select *, row_number() over () as n from (select * from trade where rowid%100=0 limit 10000)"
    )
    db.execute("create table ours as select * from trade where rowid%10=0")

    bar = lambda width: f"time//{width}"  # noqa: E731

    def sql(quote: str, trade: str) -> dict[str, str]:
        asof = f"{trade} t asof left join {quote} q on t.sym=q.sym and t.time>=q.time"
        return {
            **common_sql(quote, trade, bar),
            "as-of join": f"select t.* exclude (id), q.bid, q.ask, q.bsize, q.asize from {asof}",
            "window join, 10,000 trades": f"""select n, max(ask), min(bid)
                from (select n, sym, time, unnest([time//{SECOND}, time//{SECOND}+1]) as k from few) f
                join (select time as at_, sym, bid, ask, time//{SECOND} as k from {quote}) q using (sym, k)
                where q.at_ between f.time and f.time+{SECOND} group by 1""",
            "fby: trades at their symbol's high": f"""select * exclude (id, high) from (select *, max(price) over (partition by sym) as high
                from {trade}) where price=high""",
            "moving average of 20 by symbol": f"""select avg(price) over (partition by sym order by time, rowid rows between 19 preceding
                and current row) from {trade}""",
            "filter on text": f"select * from {trade} where id like '%77%'",
            "markouts of 13 horizons": " union all ".join(
                f"select 1e4*f.side*({MID}-f.price)/f.price from ours f asof left join {quote} q on f.sym=q.sym and f.time+{h - 1}>=q.time"
                for h in HORIZONS
            ),
        }

    for name, text in sql("quote", "trade").items():
        timed("memory", name, runs, lambda s=text: db.sql(s).to_arrow_table(), as_arrow)
    files = {k: folder / f"duckdb-{k}.parquet" for k in ("quote", "trade")}
    written = "(format parquet, compression zstd, parquet_version v2)"
    rows = columns(folder, "quote")["time"].size
    nothing = lambda _: (rows, 0.0)  # noqa: E731
    timed("files", "a day sorted and written", 3,
          lambda: db.execute(f"copy (select * from quote order by sym, time) to '{files['quote']}' {written}"), nothing)  # fmt: skip
    db.execute("create table ready as select * from quote order by sym, time")
    timed(
        "files",
        "Parquet of a sorted day",
        3,
        lambda: db.execute(f"copy ready to '{files['quote']}' {written}"),
        nothing,
    )
    db.execute(f"copy (select * from trade order by sym, time) to '{files['trade']}' {written}")
    for name in ("ready", "quote", "trade"):
        db.execute(f"drop table {name}")
    on_disk = sql(f"'{files['quote']}'", f"'{files['trade']}'")
    for name in DISK:
        timed("disk", name, runs, lambda s=on_disk[name]: db.sql(s).to_arrow_table(), as_arrow)
    print(json.dumps({"version": dd.__version__}))


def clickhouse(folder: Path, runs: int, threads: int) -> None:
    """ClickHouse within the process (chdb): tables of its engine Memory, answers fetched as Arrow; in the files part Parquet that it has written, sorted, zstd."""
    import chdb
    import pyarrow as pa
    import pyarrow.parquet as pq
    from chdb import session

    own = tempfile.TemporaryDirectory()
    db = session.Session(own.name)
    # an as-of join without a match gives null, as everywhere else
    settings = f" settings max_threads={threads}, join_use_nulls=1"
    kinds = {"sym": "LowCardinality(String)", "id": "String", "bid": "Float64", "ask": "Float64", "price": "Float64"}

    def load(table: str, found: dict[str, Any]) -> None:
        made = {k: pa.array(v) for k, v in found.items() if k != "sym"}
        codes = pa.array(found["sym"].astype(np.int32))
        made["sym"] = pa.DictionaryArray.from_arrays(codes, pa.array(NAMES))
        path = Path(own.name) / f"{table}.parquet"
        pq.write_table(pa.table(made), path)
        fields = ",".join(f"{k} {kinds.get(k, 'Int64')}" for k in made)
        db.query(f"create table {table} ({fields}) engine=Memory")
        db.query(f"insert into {table} select {','.join(made)} from file('{path}', Parquet) settings max_threads=1")
        path.unlink()

    db.query("create database bench")
    db.query("use bench")
    quotes, trades = (columns(folder, name) for name in ("quote", "trade"))
    load("quote", quotes)
    load("trade", trades | {"i": np.arange(len(trades["id"]))})
    some = lambda step, most: {k: v[::step][:most] for k, v in trades.items() if k != "id"}  # noqa: E731
    few = some(100, 10_000)
    load("few", few | {"n": np.arange(few["time"].size)})
    load("ours", some(10, None))

    bar = lambda width: f"intDiv(time,{width})"  # noqa: E731

    def sql(quote: str, trade: str) -> dict[str, str]:
        asof = f"{trade} t asof left join {quote} q on t.sym=q.sym and t.time>=q.time"
        return {
            **common_sql(quote, trade, bar),
            "as-of join": f"select t.time, t.sym, t.price, t.size, t.side, q.bid, q.ask, q.bsize, q.asize from {asof}",
            "window join, 10,000 trades": f"""select n, max(ask), min(bid) from {quote} q join (select n, sym, time as at,
                arrayJoin([intDiv(time,{SECOND}), intDiv(time,{SECOND})+1]) as k from few) f on f.sym=q.sym and f.k=intDiv(q.time,{SECOND})
                where q.time between at and at+{SECOND} group by 1""",
            "fby: trades at their symbol's high": f"""select time, sym, price, size, side from (select *, max(price) over (partition by sym) as high
                from {trade}) where price=high""",
            "moving average of 20 by symbol": f"select avg(price) over (partition by sym order by i rows between 19 preceding and current row) from {trade}",
            "filter on text": f"select time, sym, price, size, side, id from {trade} where id like '%77%'",
            "markouts of 13 horizons": " union all ".join(
                f"""select 1e4*f.side*({MID}-f.price)/f.price from (select time+{h - 1} as at, sym, price, side from ours) f
                asof left join {quote} q on f.sym=q.sym and f.at>=q.time"""
                for h in HORIZONS
            ),
        }

    def run(text: str) -> Any:
        return pa.ipc.open_file(pa.BufferReader(db.query(text + settings, "Arrow").bytes())).read_all()

    for name, text in sql("quote", "trade").items():
        timed("memory", name, runs, lambda s=text: run(s), as_arrow)
    files = {k: folder / f"clickhouse-{k}.parquet" for k in ("quote", "trade")}
    rows = quotes["time"].size

    def write(what: str, path: Path) -> None:
        path.unlink(missing_ok=True)
        db.query(f"insert into function file('{path}', Parquet) {what} settings max_threads={threads}, output_format_parquet_compression_method='zstd'")  # fmt: skip

    timed("files", "a day sorted and written", 3, lambda: write("select * from quote order by sym, time", files["quote"]), lambda _: (rows, 0.0))  # fmt: skip
    db.query("create table ready (time Int64, bid Float64, ask Float64, bsize Int64, asize Int64, sym LowCardinality(String)) engine=Memory")  # fmt: skip
    db.query("insert into ready select * from quote order by sym, time settings max_threads=1")
    timed("files", "Parquet of a sorted day", 3, lambda: write("select * from ready", files["quote"]), lambda _: (rows, 0.0))  # fmt: skip
    write("select * except (id, i) from trade order by sym, time", files["trade"])
    for name in ("ready", "quote", "trade"):
        db.query(f"drop table {name}")
    on_disk = sql(f"file('{files['quote']}', Parquet)", f"file('{files['trade']}', Parquet)")
    for name in DISK:
        timed("disk", name, runs, lambda s=on_disk[name]: run(s), as_arrow)
    print(json.dumps({"version": f"{chdb.engine_version} (chdb {chdb.__version__})"}))
    db.close()
    own.cleanup()


def rayforce(folder: Path, runs: int) -> None:
    """RayforceDB's own language over tables in memory; the queries of the tick plant. Its window join is left out: it takes
    4 s, and answers other than the rest (10,000 rows where 7,652 windows have quotes; why was not looked into)."""
    import rayforce as r

    names = r.Vector(items=NAMES, ray_type=r.Symbol)

    def vector(name: str, v: Any) -> Any:
        made = r.Vector.from_numpy(v)
        return r.eval_obj(r.List([r.Operation.AT, names, made])) if name == "sym" else made

    for table in ("quote", "trade"):
        found = {k: v for k, v in columns(folder, table).items() if k != "id"}
        r.Table({k: vector(k, v) for k, v in found.items()}).save(table)
    mid = "(/ (+ bid ask) 2.0)"
    joined = "(asof-join [sym time] trade quote)"
    texts = {
        "as-of join": joined,
        "slippage by symbol": f"(select {{bps: (avg (* 10000.0 (* side (/ (- price {mid}) {mid})))) by: sym from: {joined}}})",
        "VWAP by symbol": "(select {vwap: (/ (sum (* price size)) (sum size)) by: sym from: trade})",
        "VWAP and volume, 5 min": f"""(select {{vwap: (/ (sum (* price size)) (sum size)) vol: (sum size)
            by: {{sym: sym b: (xbar time {FIVE})}} from: trade}})""",
        "last quote by symbol": "(select {time: (last time) bid: (last bid) ask: (last ask) by: sym from: quote})",
        "OHLC, 1 min": f"""(select {{o: (first price) h: (max price) l: (min price) c: (last price)
            by: {{sym: sym b: (xbar time {MINUTE})}} from: trade}})""",
        "one symbol, 10 min": f"""(select {{n: (count bid) s: (avg (- ask bid)) from: quote
            where: (and (and (>= time {FROM}) (<= time {TO})) (== sym '{SYMBOL}))}})""",
    }

    def answer(t: Any) -> Answer:
        found = [t.at_column(name).to_numpy() for name in (str(c) for c in t.columns())]
        return len(found[0]), float(sum(np.nansum(c) for c in found if c.dtype == np.float64))

    for name, text in texts.items():
        timed("memory", name, runs, lambda s=text: r.eval_str(s), answer)
    print(json.dumps({"version": r.version}))


if __name__ == "__main__":
    engine, where, times, cores = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    if engine == "polars":
        polars(where, times)
    elif engine == "clickhouse":
        clickhouse(where, times, cores)
    elif engine == "rayforce":
        rayforce(where, times)
    else:
        duckdb(where, times, cores)
