"""
From a fill at the feed's socket to the scorecard row that has it, under a load of quotes: tickerplant (zero mode, log on) and real-time engine.

    scripts/bench feed            RATE quotes a second (100,000) for SECONDS (10), the engine's -every, -lag, -instant and -sends as EVERY (250), LAG (0) ms, INSTANT (1) and SENDS (own)

The stamp is taken just before a fill is sent; the row has arrived when a subscriber of `score` has decoded it. The engine waits LAG for what comes out of order, which is in the
figure by design; without INSTANT it looks at event time every EVERY milliseconds alone, so that half of EVERY is in it too.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from slipstream import paths
from slipstream.engine.base import free_ports, handshake
from slipstream.errors import EngineError

RATE = int(os.environ.get("RATE", "100000"))
SECONDS = int(os.environ.get("SECONDS", "10"))
EVERY, LAG = os.environ.get("EVERY", "250"), os.environ.get("LAG", "0")
INSTANT = os.environ.get("INSTANT", "1")
SENDS = os.environ.get("SENDS", "own")
QUILL = str(paths.quill())
HERE = Path(__file__).parent


def up(port: int) -> None:
    """Waits until a process answers."""
    for _ in range(200):
        try:
            return handshake("127.0.0.1", port)
        except EngineError:
            time.sleep(0.05)
    raise SystemExit(f"nothing listens at {port}")


def main() -> int:
    """Measure and print one line."""
    home = paths.home()
    tp, rte = free_ports(2)
    started: list[subprocess.Popen[str]] = []
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "log").open("w") as log:

        def start(*command: object, out: object = None) -> subprocess.Popen[str]:
            done = subprocess.Popen(
                [QUILL, *map(str, command)], stdin=subprocess.DEVNULL, stdout=out or log, stderr=log, text=True, cwd=folder,
                env={**os.environ, "SLIPSTREAM_Q": str(home / "q")},
            )  # fmt: skip
            started.append(done)
            return done

        try:
            start(home / "tickplant/tick.q", "-p", f"127.0.0.1:{tp}", "-dir", f"{folder}/tplog", "-mode", "zero")
            up(tp)
            start(
                home / "rte/rte.q",
                "-p",
                f"127.0.0.1:{rte}",
                "-tp",
                f"127.0.0.1:{tp}",
                "-every",
                EVERY,
                "-lag",
                LAG,
                "-instant",
                INSTANT,
                "-sends",
                SENDS,
            )
            up(rte)
            fills = 10 * SECONDS - 10  # the last second's may still be on their way
            sub = start(HERE / "feed.q", "-role", "sub", "-tp", f"127.0.0.1:{tp}", "-fills", fills, out=subprocess.PIPE)
            assert sub.stdout is not None
            if sub.stdout.readline().strip() != "ready":
                raise SystemExit((Path(folder) / "log").read_text())
            pub = start(HERE / "feed.q", "-role", "pub", "-tp", f"127.0.0.1:{tp}", "-rate", RATE, "-seconds", SECONDS)
            began = time.monotonic()
            try:
                said = sub.communicate(timeout=SECONDS * 6 + 30)[0].split()
            except subprocess.TimeoutExpired:
                log.flush()
                raise SystemExit(f"no score for {fills} fills: {(Path(folder) / 'log').read_text()[-3000:]}") from None
            pub.wait(SECONDS * 6 + 30)
            took = time.monotonic() - began
        finally:
            for process in started:
                process.kill()
                process.wait()
    p50, p99, p999 = (float(x) / 1000 for x in said[:3])
    how = f"instant, sends {SENDS}" if INSTANT == "1" else f"every {EVERY} ms"
    print(
        f"{RATE:,} quotes/s for {SECONDS} s ({took:.1f} s), {how}, lag {LAG} ms, {said[3]} fills: "
        f"fill to score row p50 {p50:,.1f} ms, p99 {p99:,.1f} ms, p99.9 {p999:,.1f} ms"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
