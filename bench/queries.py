"""
Queries of a trading day on quill, Polars, DuckDB, ClickHouse, RayforceDB and a kernel written by hand in C: one machine, one run, one command.

    scripts/bench queries            ROWS quotes (10,000,000), a tenth as many trades, 500 symbols, Zipf, one session

Every engine runs in a process of its own, on the same seeded columns, with 1 and with 2 threads. In memory quill has g#sym; on disk its own
database of the day (p#sym), its peers the Parquet that they have written, sorted, zstd; all of it warm. Answers are compared by rows and sums.
Times are medians of RUNS (7) in ms after one run to warm up, fewer runs where one takes over a second. The raw run goes to bench/runs/ as JSON;
the table is docs/performance.md, the chart docs/images/queries.svg (written at full size only, or with WRITE=1).
"""

from __future__ import annotations

import datetime as dt
import importlib.util
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from chart import bars
from data import COLUMNS, DAY, FLOATS, FROM, HORIZONS, OPEN, TO, folder

ROWS = int(os.environ.get("ROWS", "10000000"))
RUNS = int(os.environ.get("RUNS", "7"))
THREADS = (1, 2)
HERE = Path(__file__).parent
# ClickHouse within a process (chdb) and RayforceDB, this in memory alone, have no wheels for every machine: they are left out where they are not installed
OPTIONAL = {"clickhouse": "chdb", "rayforce": "rayforce"}
PEERS = ("polars", "duckdb", *(name for name, module in OPTIONAL.items() if importlib.util.find_spec(module)))
MEMORY = ("quill", *PEERS, "kernel")
WITH_FILES = ("quill", *(name for name in PEERS if name != "rayforce"))
ROLL, WRITTEN, EXPORT = (
    "roll: sorted, parted, enumerated, compared",
    "a day sorted and written",
    "Parquet of a sorted day",
)
VERIFIED, SIZE = "Parquet, verified, from the database", "Parquet of a sorted day, MB"
# engine, threads -> part -> query -> (ms of each run, rows, sum)
Found = dict[str, dict[str, dict[str, tuple[list[float], int, float]]]]


def lines(command: list[str], part: str, into: dict[str, Any]) -> str:
    """Runs a process that prints a line of JSON a query; says which version it gave, if any."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=False)
    version = ""
    for line in done.stdout.splitlines():
        if not line.startswith("{"):
            continue
        found = json.loads(line)
        version = found.get("version", version)
        if "query" in found:
            ms = found["ms"] if isinstance(found["ms"], list) else [found["ms"]]
            into.setdefault(found.get("part", part), {})[found["query"]] = (ms, int(found["rows"]), float(found["sum"]))
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: ended with {done.returncode}")
    return version


def quill(where: Path, threads: int, into: dict[str, Any]) -> None:
    """The q of bench/queries.q: memory, disk, and (with one thread) the plant's own functions."""
    command = [
        os.environ["SLIPSTREAM_QUILL"],
        str(HERE / "queries.q"),
        "-dir",
        str(where),
        "-runs",
        str(RUNS),
        "-open",
        str(OPEN),
    ]
    command += [
        "-from",
        str(FROM),
        "-to",
        str(TO),
        "-horizons",
        *map(str, HORIZONS),
        "-s",
        str(threads if threads > 1 else 0),
    ]
    for part in ("memory", "disk") + (("tca",) if threads == 1 else ()):
        lines([*command, "-part", part], part, into)
    into.setdefault("files", {})[ROLL] = into["disk"].pop(ROLL)


def kernel(where: Path, threads: int, into: dict[str, Any]) -> None:
    """bench/kernel.c, compiled for this machine."""
    with tempfile.TemporaryDirectory() as name:
        binary = f"{name}/kernel"
        source = str(HERE / "kernel.c")
        subprocess.run(["cc", "-O3", "-march=native", "-fopenmp", source, "-o", binary, "-lm"], check=True)
        lines([binary, str(where), str(RUNS), str(threads), str(OPEN), str(FROM), str(TO)], "memory", into)


def peer(name: str, where: Path, threads: int, into: dict[str, Any]) -> str:
    """Polars, DuckDB, ClickHouse or RayforceDB."""
    return lines([sys.executable, str(HERE / "engines.py"), name, str(where), str(RUNS), str(threads)], "memory", into)


def export(where: Path, threads: int, into: dict[str, Any]) -> None:
    """The day's quotes from quill's database to verified Parquet files, as `slipstream archive` writes them."""
    import pyarrow as pa

    from slipstream.archive.job import archive_day
    from slipstream.archive.store import Lake
    from slipstream.engine.base import free_ports
    from slipstream.engine.client import Client
    from slipstream.errors import EngineError

    (port,) = free_ports(1)
    command = [os.environ["SLIPSTREAM_QUILL"], str(where / "hdb"), "-p", f"127.0.0.1:{port}"]
    server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    pa.set_cpu_count(threads)
    pa.set_io_thread_count(threads)
    day = dt.date.fromisoformat(DAY.replace(".", "-"))
    lake = where / "lake"
    files = into.setdefault("files", {})
    try:
        for _ in range(200):
            try:
                client = Client("127.0.0.1", port)
                break
            except EngineError:
                time.sleep(0.05)
        with client:
            client.query(".Q.pt:enlist`quote")
            run = lambda: archive_day(client, Lake(str(lake)), day, near=True, workers=threads)  # noqa: E731
            files[VERIFIED] = (exported(lake, run), ROWS, 0.0)
        files[SIZE] = ([size(*lake.rglob("*.parquet"))], ROWS, 0.0)
        files[EXPORT] = (exported(lake, lambda: encoded(where / "hdb", lake, threads)), ROWS, 0.0)
        shutil.rmtree(lake)
    finally:
        server.terminate()
        server.wait()


def exported(lake: Path, run: Callable[[], Any]) -> list[float]:
    """Milliseconds of three runs into an empty folder, after one to warm up."""
    times = []
    for _ in range(4):
        shutil.rmtree(lake, ignore_errors=True)
        lake.mkdir()
        began = time.perf_counter()
        run()
        times.append(1e3 * (time.perf_counter() - began))
    return times[1:]


def encoded(database: Path, lake: Path, threads: int) -> None:
    """The same files of the same columns, encoded and written alone, which is what the peers do: no order looked at, no checksum,
    nothing synced, read back or compared."""
    import pyarrow as pa

    from slipstream.archive.job import PART_ROWS
    from slipstream.archive.mapped import mapped_columns
    from slipstream.archive.table import Column, arrow_schema
    from slipstream.archive.writer import SORT_KEYS, write_parquet

    columns = [Column(name, "p" if name == "time" else "s" if name == "sym" else "f" if name in FLOATS else "j") for name in COLUMNS["quote"]]  # fmt: skip
    found = mapped_columns(database / DAY / "quote", database, columns, ROWS)

    def part(start: int) -> None:
        rows = slice(start, min(start + PART_ROWS, ROWS))
        table = pa.Table.from_arrays([found[c.name].arrow(rows) for c in columns], schema=arrow_schema(columns))
        with (lake / f"part-{start}.parquet").open("wb") as sink:
            write_parquet(table, "zstd", SORT_KEYS, sink)

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(part, range(0, ROWS, PART_ROWS)))


def size(*files: Path) -> float:
    """Megabytes of files."""
    return sum(file.stat().st_size for file in files) / 1e6


def wrong(found: Found) -> list[str]:
    """Where an engine's answer is not quill's."""
    said = []
    for threads in THREADS:
        own = found[f"quill {threads}"]
        for name, parts in found.items():
            for part in ("memory", "disk"):
                for query, (_, rows, total) in parts.get(part, {}).items():
                    if name.endswith(f" {threads}") and query in own[part]:
                        _, r, t = own[part][query]
                        if r != rows or abs(t - total) > 1e-6 * max(1, abs(t)):
                            said.append(f"{part}, {query}: {name} answers {(rows, total)}, quill {(r, t)}")
    return said


def ms(cell: tuple[list[float], int, float] | None) -> float | None:
    """The median of a cell."""
    return statistics.median(cell[0]) if cell else None


def shown(x: float | None) -> str:
    """Three digits that count."""
    return "" if x is None else f"{x:,.0f}" if x >= 100 else f"{x:.3g}"


def table(found: Found, part: str, threads: int, engines: tuple[str, ...]) -> list[str]:
    """Markdown of one part: a row a query, medians, the fastest peer over quill, quill over the kernel."""
    own = found[f"quill {threads}"].get(part, {})
    heads = ["query", *engines, "fastest peer / quill"] + (["quill / kernel"] if "kernel" in engines else [])
    rows = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for query, cell in own.items():
        mine = ms(cell)
        each = {e: ms(found.get(f"{e} {threads}", {}).get(part, {}).get(query)) for e in engines}
        peers = [x for e in PEERS if (x := each.get(e))]
        words = [query, *(shown(each[e]) for e in engines), f"{min(peers) / mine:.1f}" if peers and mine else ""]
        if "kernel" in engines:
            words.append(f"{mine / each['kernel']:.1f}" if each["kernel"] and mine else "")
        rows.append("| " + " | ".join(words) + " |")
    return rows


def files(found: Found, threads: int) -> list[str]:
    """Markdown of what is written."""
    rows = [
        (f"a day of quotes sorted by symbol and time and written (quill: {ROLL.split(': ')[1]})", ROLL, WRITTEN),
        ("Parquet, zstd, of the sorted day, encoded and written (quill: from its database's files)", EXPORT, EXPORT),
        ("the same as `slipstream archive` does it: with checksums, synced, read back and every value compared", VERIFIED, ""),
        ("size of that Parquet, MB", SIZE, SIZE),
    ]  # fmt: skip
    page = ["| what | " + " | ".join(WITH_FILES) + " |", "|" + "---|" * (1 + len(WITH_FILES))]
    for what, own, theirs in rows:
        at = {e: own if e == "quill" else theirs for e in WITH_FILES}
        cells = (shown(ms(found.get(f"{e} {threads}", {}).get("files", {}).get(row))) for e, row in at.items())
        page.append(f"| {what} | " + " | ".join(cells) + " |")
    return page


def report(found: Found, versions: dict[str, str], stamp: str) -> str:
    """The whole page."""
    said = ", ".join(f"{k} {v}" for k, v in versions.items() if v)
    page = [
        "# Queries beside other engines",
        "",
        f"Written by `scripts/bench queries` on {stamp[:8]}: {ROWS:,} quotes and {ROWS // 10:,} trades of one session, 500 symbols, Zipf, in time order;",
        f"{os.cpu_count()} processors ({platform.machine()}); {said}. Medians in ms after a run to warm up, raw runs in `bench/runs/queries-{stamp}.json`.",
        "The kernel is `bench/kernel.c`: the same answers by hand from arrays of small integers, without an engine; a limit, not a peer.",
        "",
        "![medians](images/queries.svg)",
    ]
    for threads in THREADS:
        many = f"{threads} thread{'s' * (threads > 1)}"
        page += [
            "",
            f"## In memory, {many}",
            "",
            *table(found, "memory", threads, MEMORY),
        ]
        page += [
            "",
            f"## From disk, warm, {many}",
            "",
            "quill from its own database, the others from the Parquet that they wrote.",
            "",
        ]
        page += table(found, "disk", threads, WITH_FILES)
        page += ["", f"## Written, {many}", "", *files(found, threads)]
    page += ["", "## The leakage catalogue, 1 thread", "", *table(found, "tca", 1, ("quill",))]
    if differ := wrong(found):
        page += ["", "## Answers that differ", "", *(f"- {line}" for line in differ)]
    return "\n".join(page) + "\n"


def main() -> int:
    """Measure, print, keep; 1 when answers differ."""
    where = folder(ROWS)
    found: Found = {}
    versions: dict[str, str] = {}
    for threads in THREADS:
        for name in ("quill", "kernel", *PEERS):
            into = found.setdefault(f"{name} {threads}", {})
            began = time.monotonic()
            if name == "quill":
                quill(where, threads, into)
                export(where, threads, into)
            elif name == "kernel":
                kernel(where, threads, into)
            else:
                versions[name] = peer(name, where, threads, into)
                if (written := where / f"{name}-quote.parquet").exists():
                    into["files"][SIZE] = ([size(written)], ROWS, 0.0)
            print(f"{name}, {threads} threads: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    stamp = dt.datetime.now(dt.UTC).strftime("%Y%m%d-%H%M%S")
    (HERE / "runs").mkdir(exist_ok=True)
    raw = {"rows": ROWS, "runs": RUNS, "versions": versions, "cpu": platform.machine(), "cpus": os.cpu_count(),
           "load": os.getloadavg(), "found": found}  # fmt: skip
    (HERE / "runs" / f"queries-{stamp}.json").write_text(json.dumps(raw) + "\n")
    page = report(found, versions, stamp)
    print(page)
    if ROWS >= 10_000_000 or os.environ.get("WRITE"):
        docs = HERE.parent / "docs"
        (docs / "performance.md").write_text(page)
        series = {e: {q: ms(c) for q, c in found[f"{e} 1"]["memory"].items()} for e in MEMORY}
        (docs / "images" / "queries.svg").write_text(bars(series, f"{ROWS:,} quotes, 1 thread, ms"))
    differ = wrong(found)
    for line in differ:
        print(f"answers differ: {line}", file=sys.stderr)
    return bool(differ)


if __name__ == "__main__":
    sys.exit(main())
