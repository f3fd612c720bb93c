"""
What a day that was rolled is served at (bench/day.py): round trips through the gateway beside the HDB's own, and a scan of the partition from
the disk and from memory beside reading the same files.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from slipstream import paths
from slipstream.engine.client import Client

CALLS = 2_000
DAY = "2025.06.11"
ASKS = {
    "nothing": "1b",
    "counts of the day": f".data.counts[{DAY};{DAY}]",
    "a symbol's minute": f"count .data.rows[`quote;{DAY};{DAY};((=;`sym;enlist`S3);(within;`time;{DAY}D00:10 {DAY}D00:11))]",
}
"""What the gateway is asked; of the HDB itself the same rows are asked by qSQL."""
DIRECT = {
    "nothing": "1b",
    "counts of the day": f"count select from quote where date={DAY}",
    "a symbol's minute": f"count select from quote where date={DAY},sym=`S3,time within {DAY}D00:10 {DAY}D00:11",
}
COLUMNS = ("sym", "bid", "ask", "bsize", "asize")
SCAN = f"""
system"l ",.z.x 0
took:{{[f]t:.z.p;r:f[];(1e-9*"j"$.z.p-t;r)}}
/ a query of five columns of every row of the day, as soon as the database is mapped, and again
ask:{{count select spread:avg ask-bid,depth:avg bsize+asize by sym from quote where date={DAY}}}
cold:took ask
warm:took ask
-1 .j.j cold[0],warm 0;
exit 0
"""


def round_trips(ports: dict[str, int]) -> None:
    """Print milliseconds of single requests of one client, one after the other: p50 and p99."""
    print(f"  round trips, ms (p50 p99 of {CALLS:,}):")
    for name in ASKS:
        figures = {}
        for process, text in (("gateway", ASKS[name]), ("hdb", DIRECT[name])):
            with Client("127.0.0.1", ports[process], timeout_s=60.0) as client:
                figures[process] = percentiles(lambda client=client, text=text: client.query(text))
        print(f"    {name:<20}" + "".join(f"{who:>10} {p50:7.2f} {p99:7.2f}" for who, (p50, p99) in figures.items()))


def percentiles(ask: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds, 50th and 99th percentile."""
    took = []
    for _ in range(CALLS):
        began = time.perf_counter()
        ask()
        took.append(1e3 * (time.perf_counter() - began))
    took.sort()
    return took[len(took) // 2], took[int(0.99 * len(took))]


def scans(db: Path, folder: Path) -> None:
    """Print seconds of a scan of five columns, cold and warm, and of reading their files cold. No process may have them mapped."""
    files = [db / DAY / "quote" / column for column in COLUMNS]
    size = sum(file.stat().st_size for file in files) / 1e6
    script = folder / "scan.q"
    script.write_text(SCAN)
    forget(db)
    began = time.perf_counter()
    for file in files:
        with file.open("rb", buffering=0) as source:
            while source.read(1 << 22):
                pass
    raw = time.perf_counter() - began
    forget(db)
    out = subprocess.run([str(paths.quill()), str(script), str(db)], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)  # fmt: skip
    cold, warm = json.loads(out.stdout.splitlines()[-1])
    print(
        f"  scan of {size:,.0f} MB: cold {cold:.2f} s ({size / cold:,.0f} MB/s), warm {warm:.2f} s; reading the files cold {raw:.2f} s ({size / raw:,.0f} MB/s)"
    )


def forget(db: Path) -> None:
    """The system's cache has nothing of the database any more: it is written to the disk, and its pages are given up."""
    os.sync()
    for file in db.rglob("*"):
        if file.is_file():
            handle = os.open(file, os.O_RDONLY)
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(handle)
