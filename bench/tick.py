"""
The tickerplant with its log on: rows a second through to subscribers, and the time from a publisher's stamp to a subscriber.

    scripts/bench tick           ROWS rows of a case at full speed (400,000)

Publisher, tickerplant and subscribers are processes of quill. Where redis-server is on the PATH, the same number of messages of the
same size goes through Redis Streams with its append-only file on, from a publisher that has its commands ready and pipelines them.
Latency is measured at half of the full speed. Rows are counted at the slowest subscriber.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from slipstream import paths
from slipstream.engine.base import free_ports, handshake
from slipstream.errors import EngineError

ROWS = int(os.environ.get("ROWS", "400000"))
CASES = tuple((batch, subscribers) for batch in (1, 100, 10_000) for subscribers in (1, 3, 10))
QUILL = str(paths.quill())
SCRIPT = str(Path(__file__).with_name("tick.q"))
PAYLOAD = b"x" * 100


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


def slipstream(folder: Path) -> list[dict[str, object]]:
    """Every case on the plant's tickerplant."""
    home = paths.home()
    found = []
    for batch, subscribers in CASES:
        (port,) = free_ports(1)
        log = folder / f"tplog-{batch}-{subscribers}"
        with (folder / "tickerplant.log").open("ab") as out:
            plant = subprocess.Popen(
                [QUILL, str(home / "tickplant/tick.q"), "-p", f"127.0.0.1:{port}", "-dir", str(log), "-mode", "zero"],
                stdin=subprocess.DEVNULL, stdout=out, stderr=out, env={**os.environ, "SLIPSTREAM_Q": str(home / "q")},
            )  # fmt: skip
        try:
            for _ in range(200):
                try:
                    handshake("127.0.0.1", port)
                    break
                except EngineError:
                    time.sleep(0.05)
            rows = ROWS if batch == 1 else 10 * ROWS
            rate, _ = case(port, rows, batch, subscribers)
            _, late = case(port, max(batch, min(rows, int(rate))), batch, subscribers, int(rate / 2))
        finally:
            plant.kill()
            plant.wait()
            shutil.rmtree(log, ignore_errors=True)
        found.append({"peer": "slipstream", "batch": batch, "subscribers": subscribers, "rows_s": rate, "us": late})
        show(found[-1])
    return found


def command(*words: bytes) -> bytes:
    """A command as Redis reads it."""
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)


def read_stream(port: int, ends: list[float]) -> None:
    """Reads ROWS messages of the stream `s`, up to a thousand at a time, and notes when the last came."""
    last, got = b"0", 0
    with socket.create_connection(("127.0.0.1", port)) as sock:
        while got < ROWS:
            sock.sendall(command(b"XREAD", b"COUNT", b"1000", b"BLOCK", b"0", b"STREAMS", b"s", last))
            data, expected = b"", None
            while expected is None or data.count(PAYLOAD) < expected:
                data += sock.recv(1 << 20)
                if expected is None and data.count(b"\r\n") >= 5:
                    expected = int(data.split(b"\r\n")[4][1:])
            got += expected
            last = data.rsplit(b"*2\r\n$", 2)[1].split(b"\r\n")[1]
    ends.append(time.monotonic())


def drain(sock: socket.socket) -> None:
    """Takes the answers of a publisher that does not wait for them."""
    while sock.recv(1 << 20):
        pass


def redis(folder: Path) -> list[dict[str, object]]:
    """Single messages through Redis Streams, append-only file on; nothing where it is not installed."""
    if shutil.which("redis-server") is None:
        print("redis-server: not measured, it is not installed", file=sys.stderr)
        return []
    (port,) = free_ports(1)
    options = ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--appendonly", "yes", "--save", ""]
    server = subprocess.Popen(["redis-server", *options, "--appendfsync", "everysec"], stdout=subprocess.DEVNULL)
    found: list[dict[str, object]] = []
    try:
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.05)
        burst = 100 * command(b"XADD", b"s", b"*", b"m", PAYLOAD)
        for subscribers in (1, 3, 10):
            ends: list[float] = []
            readers = [threading.Thread(target=read_stream, args=(port, ends)) for _ in range(subscribers)]
            for reader in readers:
                reader.start()
            with socket.create_connection(("127.0.0.1", port)) as pub:
                threading.Thread(target=drain, args=(pub,), daemon=True).start()
                began = time.monotonic()
                for _ in range(ROWS // 100):
                    pub.sendall(burst)
                for reader in readers:
                    reader.join()
                pub.sendall(command(b"FLUSHALL"))
                time.sleep(0.5)
            rate = ROWS / (max(ends) - began)
            found.append({"peer": "redis streams", "batch": 1, "subscribers": subscribers, "rows_s": rate, "us": []})
            show(found[-1])
    finally:
        server.terminate()
        server.wait()
    return found


def show(row: dict[str, object]) -> None:
    """One line of the table."""
    late = row["us"]
    assert isinstance(late, list)
    tail = "".join(f"{x:12,.0f}" for x in late)
    print(f"{row['peer']:<14}{row['batch']:>8}{row['subscribers']:>8}{row['rows_s']:>14,.0f}{tail}", flush=True)


def main() -> int:
    """Measure, print, keep the raw run."""
    print(f"{'':14}{'batch':>8}{'subs':>8}{'rows/s':>14}{'p50 us':>12}{'p99':>12}{'p99.9':>12}   (at half the rate)")
    with tempfile.TemporaryDirectory() as name:
        found = slipstream(Path(name)) + redis(Path(name))
    runs = Path(__file__).parent / "runs"
    runs.mkdir(exist_ok=True)
    stamp = dt.datetime.now(dt.UTC).strftime("%Y%m%d-%H%M%S")
    (runs / f"tick-{stamp}.json").write_text(
        json.dumps({"rows": ROWS, "cpus": os.cpu_count(), "cases": found}, indent=1) + "\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
