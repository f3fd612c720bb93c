"""
The tickerplant with its log on: rows a second through to subscribers, and the time from a publisher's stamp to a subscriber.

    scripts/bench tick                       ROWS rows of a case at full speed (400,000)
    python bench/tick.py engines|brokers     one half of it

First with publishers and subscribers that are processes of quill, in messages of 1, 100 and 10,000 rows, each published at once (`-mode zero`),
beside chili's tick plant with clients of its own; latency is measured at half of the full speed, and rows are counted at the slowest subscriber. Then single-row messages beside Redis Streams,
NATS JetStream and a raw forwarder, with clients in C: bench/brokers.py. The raw run goes to bench/runs/.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import brokers

from slipstream import paths
from slipstream.engine.base import free_ports

ROWS = int(os.environ.get("ROWS", "400000"))
CASES = tuple((batch, subscribers) for batch in (1, 100, 10_000) for subscribers in (1, 3, 10))
HERE = Path(__file__).parent
QUILL = str(paths.quill())
TICK = str(paths.home() / "tickplant/tick.q")
CHILI = str(HERE.parent / ".venv-bench/bin/python")
PATIENCE_S = 600


@dataclass(frozen=True)
class Plant:
    """A tickerplant with clients of its own engine: their commands from port and folder; port and rows; port, rows, batch and rate (0: full speed)."""

    name: str
    tick: Callable[[int, Path], list[str]]
    sub: Callable[[int, int], list[str]]
    pub: Callable[[int, int, int, int], list[str]]
    rows: dict[int, int]  # of a case at full speed, by rows a message


def slipstream() -> Plant:
    """The plant's tickerplant."""
    client = [QUILL, str(HERE / "tick.q"), "-role"]
    return Plant(
        "slipstream",
        lambda port, folder: [QUILL, TICK, "-p", f"127.0.0.1:{port}", "-dir", str(folder / "tplog"), "-mode", "zero"],
        lambda port, rows: [*client, "sub", "-tp", f"127.0.0.1:{port}", "-rows", str(rows)],
        lambda port, rows, batch, rate: [
            *client, "pub", "-tp", f"127.0.0.1:{port}", "-rows", str(rows), "-batch", str(batch), "-rate", str(rate),
        ],
        {1: ROWS, 100: 10 * ROWS, 10_000: 10 * ROWS},
    )  # fmt: skip


def chili() -> Plant:
    """chili's tick plant. It is slower with single rows, so it gets fewer of them."""
    script = [CHILI, str(HERE / "chilitick.py")]
    return Plant(
        "chili",
        lambda port, folder: [*script, "tick", str(port), str(folder)],
        lambda port, rows: [*script, "sub", str(port), str(rows)],
        lambda port, rows, batch, rate: [*script, "pub", *map(str, (port, rows, batch, rate))],
        {1: ROWS // 20, 100: 2 * ROWS, 10_000: 10 * ROWS},
    )


def listens(port: int) -> None:
    """Returns when something listens there."""
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"nothing listens on port {port}")


def case(own: Plant, rows: int, batch: int, subscribers: int, rate: int = 0) -> tuple[float, list[float]]:
    """Rows a second at the slowest subscriber; p50, p99, p99.9 of the worst subscriber in microseconds. The tickerplant is a new one."""
    (port,) = free_ports(1)
    with (
        tempfile.TemporaryDirectory() as name,
        brokers.clients() as start,
        brokers.serving(own.tick(port, Path(name)), Path(name) / "tickerplant.out"),
    ):
        listens(port)
        subs = [start(own.sub(port, rows)) for _ in range(subscribers)]
        for sub in subs:
            brokers.ready(sub)
        (began,) = brokers.answer(start(own.pub(port, rows, batch, rate)))
        ends = [brokers.answer(sub) for sub in subs]
    worst = [max(end[k] for end in ends) for k in (1, 2, 3)]
    return rows / (1e-9 * (max(end[0] for end in ends) - began)), worst


def engines(plants: list[Plant], found: list[dict[str, object]]) -> None:
    """Every case on tickerplants with clients of their own."""
    print("clients are of the tickerplant's own engine; each message is published at once")
    print(f"{'':14}{'batch':>8}{'subs':>8}{'rows/s':>14}{'p50 us':>12}{'p99':>12}{'p99.9':>12}   (at half the rate)")
    for batch, subscribers in CASES:
        for own in plants:
            rows = own.rows[batch]
            rate, _ = case(own, rows, batch, subscribers)
            _, late = case(own, max(batch, min(rows, int(rate)) // batch * batch), batch, subscribers, int(rate / 2))
            found.append({"peer": own.name, "batch": batch, "subscribers": subscribers, "rows_s": rate, "us": late})
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
    parts = sys.argv[1:] or ["engines", "brokers"]
    raw: dict[str, object] = {"rows": ROWS, "cpus": os.cpu_count(), "load": os.getloadavg()}
    cases: list[dict[str, object]] = []
    singles: list[dict[str, object]] = []
    with brokers.compiled() as wire:
        contenders = [*(plant(*words) for words in PLANTS), *brokers.peers(wire)]
        version = brokers.module(CHILI, "chili-sauce")
        raw["versions"] = {"chili": version, **{peer.name: peer.version for peer in contenders}}
        try:
            if "engines" in parts:
                engines([slipstream(), chili()] if version else [slipstream()], cases)
            if "brokers" in parts:
                brokers.measure(wire, contenders, ROWS, singles)
        finally:
            raw["load_after"] = os.getloadavg()
            runs = HERE / "runs"
            runs.mkdir(exist_ok=True)
            stamp = dt.datetime.now(dt.UTC).strftime("%Y%m%d-%H%M%S")
            (runs / f"tick-{stamp}.json").write_text(
                json.dumps({**raw, "cases": cases, "singles": singles}, indent=1) + "\n"
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
