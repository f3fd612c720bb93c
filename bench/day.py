"""
A day through a plant of real processes: rows published, written down on the way, rolled.

    bench/day.py [--rows 20000000] [--rate 150000] [--dir FOLDER]

A client asks the gateway for counts and one symbol's rows all the time. Printed: rows/s into the tickerplant, memory of each process at every
quarter of the day and its peak, the write-down's before and while it rolls, how long the roll takes, the longest wait of the client; round trips of
the gateway and the HDB, and a scan of the partition, cold and warm (served.py).
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from served import round_trips, scans

from slipstream import paths
from slipstream.engine.base import free_ports, handshake
from slipstream.engine.client import Client
from slipstream.errors import EngineError

BATCH = 50_000
PUBLISH = """{[k;n]
  j:k+til n;
  t:2025.06.11D00:00:00+0D00:00:00.004*j;
  .u.upd[`quote;(t;`S0`S1`S2`S3`S4`S5`S6`S7`S8`S9[(j*j)mod 10];n#`V;100+0.01*j mod 97;100.01+0.01*j mod 97;n#100f;n#200f;t;j)]; }"""


def memory_mb(pid: int, key: str) -> int:
    """A figure of /proc/PID/status."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{key}:"):
            return int(line.split()[1]) // 1024
    raise KeyError(key)


def reset_peak(pid: int) -> None:
    """Peak memory counts from now on."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


class Waits(threading.Thread):
    """A client of the gateway and how long it has waited."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self.port, self.longest, self.answers = port, 0.0, 0
        self.done = threading.Event()
        self.errors: list[str] = []

    def run(self) -> None:
        """Ask until told to stop."""
        with Client("127.0.0.1", self.port, timeout_s=120.0) as gateway:
            while not self.done.is_set():
                began = time.monotonic()
                try:
                    gateway.value(
                        "(.data.counts[2025.06.11;2025.06.11];count .data.rows[`quote;2025.06.11;2025.06.11;"
                        "((=;`sym;enlist`S3);(within;`time;2025.06.11D00:10 2025.06.11D00:11))])"
                    )
                except EngineError as error:
                    self.errors.append(str(error))
                self.longest = max(self.longest, time.monotonic() - began)
                self.answers += 1
                time.sleep(0.01)


@contextlib.contextmanager
def plant(folder: Path) -> Iterator[tuple[dict[str, int], dict[str, subprocess.Popen[bytes]]]]:
    """The q processes on ports of their own: ports and processes by name."""
    home, quill = paths.home(), str(paths.quill())
    names = ("tickerplant", "hdb", "idb", "rdb", "wdb", "gateway")
    ports = dict(zip(names, free_ports(len(names)), strict=True))
    to = {name: [f"-{name}", f"127.0.0.1:{port}"] for name, port in ports.items()}
    tp, db, idb = ["-tp", to["tickerplant"][1]], ["-db", str(folder / "hdb")], ["-dir", str(folder / "idb")]
    commands = {
        "tickerplant": ["tickplant/tick.q", "-dir", str(folder / "tplog"), "-sync", "never"],
        "hdb": ["hdb/hdb.q", *db],
        "idb": ["idb/idb.q", *db, *idb],
        "rdb": ["rdb/rdb.q", *tp, *db, *idb],
        "wdb": ["wdb/wdb.q", *tp, *to["hdb"], *to["rdb"], *to["idb"], *db, *idb],
        "gateway": ["gateway/gw.q", *to["rdb"], *to["idb"], *to["hdb"]],
    }
    running: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, (script, *options) in commands.items():
            with (folder / f"{name}.log").open("wb") as log:
                running[name] = subprocess.Popen(
                    [quill, str(home / script), *options, "-p", f"127.0.0.1:{ports[name]}"],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env={**os.environ, "SLIPSTREAM_Q": str(home / "q")},
                )
            deadline = time.monotonic() + 20
            while True:
                try:
                    handshake("127.0.0.1", ports[name])
                    break
                except EngineError:
                    if time.monotonic() > deadline:
                        raise
                    time.sleep(0.05)
        yield ports, running
    except (EngineError, KeyError):
        for name in running:
            print(f"{name}:", (folder / f"{name}.log").read_text()[-600:])
        raise
    finally:
        for process in running.values():
            process.kill()
            process.wait()


def main() -> None:
    """Run the day in a folder that is removed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=20_000_000)
    parser.add_argument(
        "--rate", type=int, default=150_000, help="rows a second at most; 0 is as fast as they are taken"
    )
    parser.add_argument("--dir", type=Path, default=None)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="slip-day-", dir=options.dir))
    try:
        with plant(folder) as (ports, running):
            measure(options.rows, options.rate, folder, ports, running)
            round_trips(ports)
        scans(folder / "hdb", folder)
    finally:
        shutil.rmtree(folder)


def measure(
    rows: int, rate: int, folder: Path, ports: dict[str, int], running: dict[str, subprocess.Popen[bytes]]
) -> None:
    """Publish, roll, print."""
    pids = {name: process.pid for name, process in running.items()}
    before = {name: memory_mb(pids[name], "VmRSS") for name in ("rdb", "wdb", "idb")}
    waits = Waits(ports["gateway"])
    waits.start()
    began = time.monotonic()
    quarters = [BATCH * (rows * k // (4 * BATCH)) for k in (1, 2, 3)]
    with Client("127.0.0.1", ports["tickerplant"], timeout_s=600.0) as tp:
        for start in range(0, rows, BATCH):
            if start in quarters:
                now = ", ".join(f"{name} {memory_mb(pid, 'RssAnon')}" for name, pid in pids.items())
                print(f"  after {start:,} rows, MB without mapped files: {now}", flush=True)
            if rate:
                time.sleep(max(0.0, began + start / rate - time.monotonic()))
            tp.query(f"{PUBLISH}[{start};{min(BATCH, rows - start)}]")
        sent = time.monotonic() - began
        print(f"{rows:,} rows taken in {sent:.1f} s, {rows / sent:,.0f} rows/s")
        print(f"  client meanwhile: longest wait {waits.longest:.2f} s of {waits.answers}", flush=True)
        with Client("127.0.0.1", ports["gateway"], timeout_s=600.0) as gateway:
            while int(gateway.value("(.data.counts[2025.06.11;2025.06.11])`quote")) < rows:
                time.sleep(0.1)
        with Client("127.0.0.1", ports["wdb"], timeout_s=600.0) as wdb:
            while int(wdb.value("0^.down.marks[2025.06.11;`rows;`quote]")) < rows - 500_000:
                time.sleep(0.5)
        print(
            f"written down {time.monotonic() - began - sent:.1f} s later; client: longest wait {waits.longest:.2f} s of {waits.answers}"
        )
        for name in ("rdb", "wdb", "idb"):
            print(f"  {name}: {before[name]} MB at the start, peak {memory_mb(pids[name], 'VmHWM')} MB while rows came")
        waits.longest, waits.answers = 0.0, 0
        start_mb, start_anonymous = memory_mb(pids["wdb"], "VmRSS"), memory_mb(pids["wdb"], "RssAnon")
        reset_peak(pids["wdb"])
        began = time.monotonic()
        tp.query(".u.endofday[]")
    anonymous = 0
    while "cleared" not in (folder / "hdb.rolls").read_text():
        anonymous = max(anonymous, memory_mb(pids["wdb"], "RssAnon"))
        time.sleep(0.05)
        if time.monotonic() - began > 900:
            raise SystemExit((folder / "wdb.log").read_text()[-2000:])
    waits.done.set()
    waits.join()
    print(f"rolled in {time.monotonic() - began:.1f} s")
    peak = memory_mb(pids["wdb"], "VmHWM")
    print(f"  wdb: {start_mb} MB before, peak {peak} MB with the files that it maps, {anonymous} MB without")
    print(
        f"  added memory: {peak - start_mb} MB with the files that it maps, {max(0, anonymous - start_anonymous)} MB without"
    )
    print(
        f"  client during the roll: longest pause {waits.longest:.2f} s of {waits.answers}; {len(waits.errors)} errors {waits.errors[:1]}"
    )
    with Client("127.0.0.1", ports["hdb"], timeout_s=120.0) as hdb:
        count = int(hdb.value("exec count i from quote where date=2025.06.11"))
    print(f"  rows in the partition: {count:,}")
    if count != rows or waits.errors:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
