"""
One process of chili's own tick plant, for bench/tick.py, run by a Python that has chili-sauce and polars:

    python bench/chilitick.py tick PORT FOLDER            the tickerplant with its log, until it is killed
    python bench/chilitick.py sub PORT ROWS               prints when the last row came, and microseconds from the stamp of a message to here: p50 p99 p99.9
    python bench/chilitick.py pub PORT ROWS BATCH RATE    prints when it began; RATE rows a second, 0 is full speed

Clients are chili's engine, as those of the tickerplant are quill. A publisher stamps one frame anew for every message, where quill's makes all columns of
its rows. Rows have the columns of `trade`. Times are nanoseconds since 1970.
"""

from __future__ import annotations

import os
import signal
import sys
import time

import polars as pl
from chili import ChiliEngine

COUNTER = 7  # of the engine's counters; 0 is the log's


def rows(count: int) -> pl.DataFrame:
    """So many rows of trade, stamped now."""
    stamp = time.time_ns()
    text = pl.Categorical
    return pl.DataFrame(
        {
            "time": pl.Series([stamp] * count, dtype=pl.Int64),
            "sym": pl.Series([f"S{k % 4}" for k in range(count)], dtype=text),
            "venue": pl.Series(["V"] * count, dtype=text),
            "price": pl.Series([100.0] * count, dtype=pl.Float64),
            "size": pl.Series([100.0] * count, dtype=pl.Float64),
            "side": pl.Series(["buy"] * count, dtype=text),
            "cond": pl.Series([""] * count, dtype=text),
            "etime": pl.Series([stamp] * count, dtype=pl.Int64),
            "seq": pl.Series(range(count), dtype=pl.Int64),
        }
    )


def plant(port: int, folder: str) -> None:
    """A tickerplant."""
    engine = ChiliEngine(pepper=True)
    engine.init_tick({"trade": rows(0)}, f"{folder}/", "log.bin")
    engine.start_tcp_listener(port)
    signal.pause()


def subscriber(port: int, wanted: int) -> None:
    """A subscriber that keeps of each message its stamp and when it came."""
    engine = ChiliEngine(pepper=True)
    engine.load_sub()
    engine.set_var("late", pl.DataFrame(schema={"etime": pl.Int64, "came": pl.Datetime("ns", "UTC")}))
    engine.eval(
        f"upd: {{[table; data] n: now[`UTC]; `late upsert select etime, came: n from data limit 1; tick[{COUNTER}; count data]; }}"
    )
    engine.subscribe(f"chili://127.0.0.1:{port}", ["trade"])
    print("ready", flush=True)
    while engine.get_tick_count(COUNTER) < wanted:
        time.sleep(0.01)
    late = engine.get_var("late")
    came = late["came"].cast(pl.Int64)
    each = (came - late["etime"]).sort()
    print(came.max(), *(each[int(share * (len(each) - 1))] / 1e3 for share in (0.5, 0.99, 0.999)), flush=True)


def publisher(port: int, total: int, batch: int, rate: int) -> None:
    """A publisher; what is due goes out every millisecond."""
    engine = ChiliEngine(pepper=True)
    handle = engine.open_handle(f"chili://127.0.0.1:{port}")
    engine.set_var("plant", -handle)
    ready = rows(batch)
    began = time.time_ns()
    print(began, flush=True)
    sent = 0
    while sent < total:
        due = int(1e-9 * rate * (time.time_ns() - began)) if rate else total
        while sent < total and sent <= due:
            stamp = pl.lit(time.time_ns(), dtype=pl.Int64)
            ready = ready.with_columns(time=stamp, etime=stamp)
            engine.fn_call("plant", [[".tick.upd", "trade", ready]])
            sent += batch
        time.sleep(0.001)
    engine.sync(handle, b"1+1")


def main() -> None:
    """A role; the engine's threads end with the process."""
    role, *words = sys.argv[1:]
    if role == "tick":
        plant(int(words[0]), words[1])
    elif role == "sub":
        subscriber(*map(int, words))
    else:
        publisher(*map(int, words))
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
