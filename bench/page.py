"""
The page's server with viewers: how long a fill takes to their screens, and whether memory stays flat over a session.

    scripts/bench page [--short] [--viewers 50] [--latency 60] [--hours 1] [--speed 6] [--out FILE]

Starts a plant on loopback, removed at the end: the real-time engine on, one parent a symbol, quotes and fills published to the tickerplant. One
viewer is headless Chromium (skipped where it is not installed), the others are sockets that ask and answer as the page does. First event time
is the wall's and each fill is timed from its publication until a viewer has its quantity (Chromium: until it is drawn). Then a session of `--hours`
of event time runs `--speed` times as fast, with the page pushed that much more often, so that it draws as often as in as many hours; its parents begin
with 2,000 fills each, all that a chart draws, so that what grows after the first quarter is not their number.
`--short` is under a minute.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from live import FILL, QTY, Cpu, Flow, found, keep, line, memory_mb, ms, plant, role, shown

from slipstream.config import Config

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "python" / "scorecard"))
import chromium

WATCH = """(() => {
  window.seen = [];
  const last = {};
  const look = () => {
    const at = (performance.timeOrigin + performance.now()) / 1000;
    for (const row of document.querySelectorAll('#parents .ag-center-cols-container .ag-row')) {
      const cell = row.querySelector('[col-id=done]'), name = row.getAttribute('row-id');
      if (cell && last[name] !== cell.textContent) {
        last[name] = cell.textContent;
        window.seen.push([name, parseFloat(cell.textContent), at]);
      }
    }
  };
  let due = false;
  new MutationObserver(() => {
    if (!due) { due = true; requestAnimationFrame(() => { due = false; look(); }); }
  }).observe(document.querySelector('#parents'), {subtree: true, childList: true, characterData: true});
  return true;
})()"""


def main() -> int:
    """Measure, print, keep the raw run."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench page", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--short", action="store_true", help="8 viewers, some seconds of each: does it work, under a minute"
    )
    parser.add_argument("--viewers", type=int, default=50)
    parser.add_argument("--parents", type=int, default=8)
    parser.add_argument("--quotes", type=float, default=200.0, help="a second of event time")
    parser.add_argument("--fills", type=float, default=4.0, help="a second of event time")
    parser.add_argument("--latency", type=float, default=60.0, help="seconds of event time at the wall's pace")
    parser.add_argument("--hours", type=float, default=1.0, help="event time of the session")
    parser.add_argument("--speed", type=float, default=6.0, help="of the session")
    parser.add_argument("--without-browser", action="store_true")
    parser.add_argument("--out", type=Path, default=None, help="where the raw run goes; default bench/runs")
    options = parser.parse_args()
    if options.short:
        options.viewers, options.parents, options.latency, options.hours = 8, 4, 6.0, 0.005
    pushed = {"scorecard": {"update_ms": round(250 / options.speed)}}
    with plant() as (config, pids, _):
        flow = Flow(config, parents(options), quotes_s=options.quotes, fills_s=options.fills)
        flow.start()
        figures: dict[str, Any] = {"latency": latency(options, config, flow, pids)}
        if options.short:
            figures["memory"] = session(options, config, pids, flow)
        flow.stop()
    if not options.short:
        with plant(**pushed) as (config, pids, _):
            flow = Flow(config, parents(options), quotes_s=options.quotes / 4, fills_s=options.fills, prefill=2_000)
            flow.start()
            figures["memory"] = session(options, config, pids, flow)
            flow.stop()
    keep("page", vars(options), figures, options.out)
    return 0


def browser(options: argparse.Namespace, address: str) -> Any:
    """Chromium at the page, or None."""
    if options.without_browser or chromium.executable() is None:
        print("Chromium: not measured, it is not installed or not wanted", file=sys.stderr)
        return None
    opened = chromium.Browser()
    opened.open(address)
    opened.wait("document.querySelector('.ag-row.chosen') !== null", 90)
    opened.run(WATCH)
    opened.send("Performance.enable")
    return opened


def parents(options: argparse.Namespace) -> list[str]:
    """Names of the orders."""
    return [f"P{i}" for i in range(options.parents)]


def latency(options: argparse.Namespace, config: Config, flow: Flow, pids: dict[str, int]) -> dict[str, Any]:
    """Fill to screen, at the wall's pace."""
    address = f"http://127.0.0.1:{config.ports.scorecard}"
    drawn = browser(options, address)
    try:
        with role("viewers", address, options.viewers - (drawn is not None)) as others:
            began, cpu = time.time(), Cpu(pids)
            time.sleep(options.latency)
            used = cpu.share()
            ended = time.time() - 2.0  # what is published later may not have come to all
            told = found(others)
            screen = drawn.run("window.seen") if drawn is not None else []
    finally:
        if drawn is not None:
            drawn.close()
    sent = {name: [(q, at) for q, at in fills if began < at < ended] for name, fills in flow.sent.items()}
    late = [x for seen in told["seen"] for x in shown(sent, seen)]
    figures = {
        "fills": sum(map(len, sent.values())),
        "viewers": ms(late),
        "chromium": ms(shown(sent, [(name, done / 100 * QTY, at) for name, done, at in screen])),
        "messages_s": round(told["messages"] / told["seconds"], 1),
        "kb_s": round(told["bytes"] / told["seconds"] / 1024, 1),
        "cpu": used,
        "publisher_behind_ms": round(1e3 * flow.behind, 1),
        "viewers_lost": told["lost"],
    }
    line(f"fill to {len(told['seen'])} viewers' sockets", figures["viewers"])
    line("fill to Chromium's screen", figures["chromium"])
    line("processor seconds a second", used)
    return figures


def session(options: argparse.Namespace, config: Config, pids: dict[str, int], flow: Flow) -> dict[str, Any]:
    """Memory of the page's server and of the browser over a session, accelerated."""
    address = f"http://127.0.0.1:{config.ports.scorecard}"
    drawn = browser(options, address)
    samples: list[dict[str, float]] = []
    try:
        with role("viewers", address, options.viewers - (drawn is not None)) as others:
            flow.fill, flow.speed = FILL / 20, options.speed
            began, end = time.time(), time.time() + options.hours * 3600 / options.speed
            while time.time() < end:
                time.sleep(min(max(1.0, (end - began) / 60), max(0.0, end - time.time())))
                samples.append({"event_s": round(flow.event), **_memory(pids, drawn)})
            told = found(others)
    finally:
        if drawn is not None:
            drawn.close()
    figures = {
        "event_s": samples[-1]["event_s"],
        "messages_viewer": round(told["messages"] / max(1, len(told["seen"]))),
        "viewers_lost": told["lost"],
        "growth": {name: _growth(samples, name) for name in samples[0] if name != "event_s"},
        "samples": samples,
    }
    for name, grown in figures["growth"].items():
        line(f"{name}, MB, session of {figures['event_s'] / 3600:.2f} h", grown)
    return figures


def _memory(pids: dict[str, int], drawn: Any) -> dict[str, float]:
    """Megabytes: of processes as the kernel has them, of the browser's heap after a collection."""
    made = {name: round(memory_mb(pids[name]), 1) for name in ("scorecard", "gateway", "rdb", "rte")}
    if drawn is not None:
        drawn.send("HeapProfiler.collectGarbage")
        metrics = {m["name"]: m["value"] for m in drawn.send("Performance.getMetrics")["metrics"]}
        made["browser_heap"] = round(metrics["JSHeapUsedSize"] / 2**20, 2)
        made["browser_nodes"] = metrics["Nodes"]
    return made


def _growth(samples: list[dict[str, float]], name: str) -> dict[str, float]:
    """Medians of the second and of the last quarter (the first is start-up), and the slope between them by the hour of event time."""
    at, values = np.array([s["event_s"] for s in samples]), np.array([s[name] for s in samples])
    if len(values) < 8:
        return {"first": float(values[0]), "last": float(values[-1])}
    quarter = len(values) // 4
    second, last = slice(quarter, 2 * quarter), slice(-quarter, None)
    a, b = float(np.median(values[second])), float(np.median(values[last]))
    hours = float(np.median(at[last]) - np.median(at[second])) / 3600
    return {"second_quarter": round(a, 1), "last_quarter": round(b, 1), "per_hour": round((b - a) / hours, 1)}


if __name__ == "__main__":
    sys.exit(main())
