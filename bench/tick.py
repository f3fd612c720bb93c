"""
The tickerplant with its log on: rows a second through to subscribers, and the time from a publisher's stamp to a subscriber.

    scripts/bench tick           ROWS rows of a case at full speed (400,000)

First with publishers and subscribers that are processes of quill, in messages of 1, 100 and 10,000 rows, each published at once (`-mode zero`);
latency is measured at half of the full speed, and rows are counted at the slowest subscriber. Then single-row messages beside Redis Streams,
NATS JetStream and a raw forwarder, with clients in C: bench/brokers.py. The raw run goes to bench/runs/.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import brokers

from slipstream import paths
from slipstream.engine.base import free_ports, handshake
from slipstream.errors import EngineError

ROWS = int(os.environ.get("ROWS", "400000"))
CASES = tuple((batch, subscribers) for batch in (1, 100, 10_000) for subscribers in (1, 3, 10))
QUILL = str(paths.quill())
SCRIPT = str(Path(__file__).with_name("tick.q"))
TICK = str(paths.home() / "tickplant/tick.q")


def role(name: str, port: int, *options: object) -> subprocess.Popen[str]:
    """A publisher or a subscriber."""
    command = [QUILL, SCRIPT, "-role", name, "-tp", f"127.0.0.1:{port}", *map(str, options)]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)


def case(port: int, rows: int, batch: int, subscribers: int, rate: int = 0) -> tuple[float, list[float]]:
    """Rows a second at the slowest subscriber; p50, p99, p99.9 of the worst subscriber in microseconds."""
    subs = [role("sub", port, "-rows", rows) for _ in range(subscribers)]
    for sub in subs:
        assert sub.stdout is not None
        if sub.stdout.readline().strip() != "ready":
            raise SystemExit("a subscriber did not start")
    pub = role("pub", port, "-rows", rows, "-batch", batch, "-rate", rate)
    began = int(pub.communicate(timeout=600)[0].split()[0])
    ends = [[float(word) for word in sub.communicate(timeout=600)[0].split()] for sub in subs]
    worst = [max(end[k] for end in ends) for k in (1, 2, 3)]
    return rows / (1e-9 * (max(end[0] for end in ends) - began)), worst


def slipstream(folder: Path, found: list[dict[str, object]]) -> None:
    """Every case on the plant's tickerplant, with clients that are quill."""
    print("clients are quill; each message published at once")
    print(f"{'':14}{'batch':>8}{'subs':>8}{'rows/s':>14}{'p50 us':>12}{'p99':>12}{'p99.9':>12}   (at half the rate)")
    for batch, subscribers in CASES:
        (port,) = free_ports(1)
        log = folder / f"tplog-{batch}-{subscribers}"
        command = [QUILL, TICK, "-p", f"127.0.0.1:{port}", "-dir", str(log), "-mode", "zero"]
        with brokers.serving(command, folder / "tickerplant.log"):
            for _ in range(200):
                try:
                    handshake("127.0.0.1", port)
                    break
                except EngineError:
                    time.sleep(0.05)
            rows = ROWS if batch == 1 else 10 * ROWS
            rate, _ = case(port, rows, batch, subscribers)
            _, late = case(port, max(batch, min(rows, int(rate))), batch, subscribers, int(rate / 2))
        shutil.rmtree(log)
        found.append({"peer": "slipstream", "batch": batch, "subscribers": subscribers, "rows_s": rate, "us": late})
        show(found[-1])


def plant(name: str, *options: str) -> brokers.Peer:
    """The tickerplant with its log, as a server that bench/brokers.py measures."""

    def command(folder: Path, port: int, _: int, __: int) -> list[str]:
        return [QUILL, TICK, "-p", f"127.0.0.1:{port}", "-dir", str(folder / "tplog"), *options]

    return brokers.Peer(name, "q", brokers.version([QUILL, "--version"]), command)


PLANTS = (
    ("slipstream, each at once", "-mode", "zero"),
    ("slipstream, every 1 ms", "-mode", "batch", "-t", "1"),
    ("slipstream, every 20 ms", "-mode", "batch", "-t", "20"),
)


def show(row: dict[str, object]) -> None:
    """One line of the table."""
    late = row["us"]
    assert isinstance(late, list)
    tail = "".join(f"{x:12,.0f}" for x in late)
    print(f"{row['peer']:<14}{row['batch']:>8}{row['subscribers']:>8}{row['rows_s']:>14,.0f}{tail}", flush=True)


def main() -> int:
    """Measure, print, keep the raw run, also when it ends early."""
    raw: dict[str, object] = {"rows": ROWS, "cpus": os.cpu_count(), "load": os.getloadavg()}
    cases: list[dict[str, object]] = []
    singles: list[dict[str, object]] = []
    try:
        with tempfile.TemporaryDirectory() as name:
            slipstream(Path(name), cases)
        with brokers.compiled() as wire:
            contenders = [*(plant(*words) for words in PLANTS), *brokers.peers(wire)]
            raw["versions"] = {peer.name: peer.version for peer in contenders}
            brokers.measure(wire, contenders, ROWS, singles)
    finally:
        runs = Path(__file__).parent / "runs"
        runs.mkdir(exist_ok=True)
        stamp = dt.datetime.now(dt.UTC).strftime("%Y%m%d-%H%M%S")
        (runs / f"tick-{stamp}.json").write_text(
            json.dumps({**raw, "cases": cases, "singles": singles}, indent=1) + "\n"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
