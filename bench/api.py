"""
The API under load: how long reads take, and how long an alert takes from the fill that brings it to the stream and to a webhook.

    scripts/bench api [--short] [--readers 20] [--every 0.5] [--seconds 90] [--alerts 40] [--out FILE]

Starts a plant on loopback, removed at the end, with the real-time engine and the router of alerts on; event time is the wall's. Readers ask
for scorecards, fills, timelines, parents, alerts and health as a principal whose rules name an account. Bad fills make the COST lamps of parents
of their own come on, one after another: an alert is timed from the publication of the fill (the engine waits for three evaluations, 0.75 s) and
from the moment a subscriber of the tickerplant has its row. `--viewers` pages are open meanwhile. `--short` is under a minute.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

from live import Cpu, Flow, found, keep, line, ms, plant, role

from slipstream.api.store import Store
from slipstream.config import Config
from slipstream.engine.base import free_ports
from slipstream.engine.client import Subscription

DAY = "2025-06-11"


def main() -> int:
    """Measure, print, keep the raw run."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench api", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--short", action="store_true", help="4 readers, 2 viewers, 3 alerts: does it work, under a minute"
    )
    parser.add_argument("--readers", type=int, default=20)
    parser.add_argument("--every", type=float, default=0.5, help="seconds between two reads of a reader")
    parser.add_argument("--viewers", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=90.0)
    parser.add_argument("--alerts", type=int, default=40)
    parser.add_argument("--quotes", type=float, default=200.0, help="a second")
    parser.add_argument("--fills", type=float, default=4.0, help="a second")
    parser.add_argument("--out", type=Path, default=None, help="where the raw run goes; default bench/runs")
    options = parser.parse_args()
    if options.short:
        options.readers, options.viewers, options.seconds, options.alerts = 4, 2, 10.0, 3
    figures = measure(options)
    for name in sorted(figures["reads"]):
        line(f"GET {name}", figures["reads"][name])
    for name, late in figures["alerts"].items():
        line(f"alert, {name.replace('_', ' ')}", late)
    line("processor seconds a second", figures["cpu"])
    if figures["read_errors"]:
        print(f"{len(figures['read_errors'])} reads failed: {figures['read_errors'][0]}", file=sys.stderr)
    keep("api", vars(options), figures, options.out)
    return 1 if figures["read_errors"] else 0


class Rows(threading.Thread):
    """A subscriber of the tickerplant: when each alert's row came."""

    def __init__(self, config: Config) -> None:
        super().__init__(daemon=True)
        self.at: dict[tuple[str, str], float] = {}
        self._rows = Subscription(config.host, config.port("tickerplant"), ["alert"], timeout_s=5.0)
        self._done = threading.Event()

    def run(self) -> None:
        """Until it is stopped."""
        while not self._done.is_set():
            made = self._rows.poll(0.25)
            if made is not None:
                at = time.time()
                for row in made[1].to_pylist():
                    self.at.setdefault((row["parent"], row["level"]), at)

    def stop(self) -> None:
        """End it."""
        self._done.set()
        self.join()
        self._rows.close()


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Reads and alerts."""
    (hook,) = free_ports(1)
    os.environ["SLIPSTREAM_BENCH_SECRET"] = "a secret of this run"
    recipient = {"kind": "webhook", "url": f"http://127.0.0.1:{hook}/", "secret_env": "SLIPSTREAM_BENCH_SECRET"}
    with plant(alerts={"route": True, "steps": [["hook"]], "recipients": {"hook": recipient}}) as (config, pids, _):
        store = Store(config.api_dir)
        store.add_client("bench", "ems")
        store.allow("bench", "account", "A1")
        _, key = store.add_key("bench")
        store.close()
        worked = [f"P{i}" for i in range(4)]
        bad = [f"A{i}" for i in range(options.alerts)]
        flow = Flow(config, worked + bad, quotes_s=options.quotes, fills_s=options.fills)
        flow.start()
        address = f"http://127.0.0.1:{config.ports.scorecard}"
        with role("listener", address, key, hook) as listening, role("viewers", address, options.viewers) as viewing:
            rows = Rows(config)
            rows.start()
            time.sleep(3.0)  # the engine has come to every parent
            with role("readers", address, key, options.readers, options.every, ",".join(worked), DAY) as reading:
                began, cpu = time.time(), Cpu(pids)
                for i, name in enumerate(bad):
                    flow.alarm(name)
                    time.sleep(max(0.0, began + (i + 1) * (options.seconds - 4) / len(bad) - time.time()))
                time.sleep(4.0)
                used = cpu.share()
                read = found(reading)
            told, viewed = found(listening), found(viewing)
            rows.stop()
        flow.stop()
    return {
        "reads": {name: ms(late) for name, late in read["late"].items()}
        | {"all": ms([x for late in read["late"].values() for x in late])},
        "reads_s": round(sum(map(len, read["late"].values())) / options.seconds, 1),
        "read_errors": read["errors"],
        "cpu": used,
        "alerts": _alerts(flow, rows.at, told),
        "publisher_behind_ms": round(1e3 * flow.behind, 1),
        "lost": told["lost"] + viewed["lost"],
    }


def _alerts(flow: Flow, rows: dict[tuple[str, str], float], told: dict[str, Any]) -> dict[str, Any]:
    """The first alert of each bad fill: from the fill, and from its row."""
    first: dict[str, tuple[str, float]] = {}
    for (parent, level), at in rows.items():
        if parent in flow.alarms and (parent not in first or at < first[parent][1]):
            first[parent] = level, at
    made: dict[str, Any] = {"fill_to_row": ms([at - flow.alarms[p] for p, (_, at) in first.items()])}
    for name in ("stream", "webhook"):
        came = {(parent, level): at for parent, level, at in reversed(told[name])}
        both = [(p, came[p, level], at) for p, (level, at) in first.items() if (p, level) in came]
        made[f"fill_to_{name}"] = ms([at - flow.alarms[p] for p, at, _ in both])
        # the two stamps are taken in different processes: the row may be seen here a moment later than there
        made[f"row_to_{name}"] = ms([max(0.0, at - row) for _, at, row in both])
    return made


if __name__ == "__main__":
    sys.exit(main())
