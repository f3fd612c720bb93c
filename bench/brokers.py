"""
Single-row messages through servers of messages, the tickerplant among them, in one run with the same clients: bench/wire.c.

Each server is started anew for every run, writes into a folder of its own and listens on 127.0.0.1 only. What runs for each number of subscribers:
at full speed with a hundred messages a write, at full speed with one message a write (as quill publishes), at half of the latter's speed,
and at half of the slowest one's speed, the same for all. Messages are of 100 bytes (the tickerplant's: a row of `trade`, 94 bytes on the wire).
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from slipstream.engine.base import free_ports

SOURCE = Path(__file__).with_name("wire.c")
SUBSCRIBERS = (1, 3, 10)
CHUNK = 100
SECONDS = 3  # of a run whose rate is given
PATIENCE_S = 600


@dataclass(frozen=True)
class Peer:
    """A server of messages: its name here, its protocol in wire.c, and its command from folder, ports to publish and subscribe at, and subscribers."""

    name: str
    protocol: str
    version: str
    command: Callable[[Path, int, int, int], list[str]]


@dataclass(frozen=True)
class Run:
    """
    Messages a second that were sent, and that were through to the slowest subscriber and acknowledged; the worst subscriber's p50, p99, p99.9 in µs;
    microseconds of processor time of the server a message, its start included.
    """

    sent_s: float
    messages_s: float
    us: tuple[float, float, float]
    cpu_us: float


@dataclass
class Case:
    """A peer with so many subscribers."""

    peer: str
    subscribers: int
    chunked: Run
    single: Run
    half: Run
    common: Run | None = None


@dataclass
class Server:
    """A process, and when it has ended the seconds of processor time that it took."""

    process: subprocess.Popen[bytes]
    cpu_s: float = 0.0


@contextlib.contextmanager
def serving(command: list[str], log: Path) -> Iterator[Server]:
    """A server that runs inside the `with`; what it says goes to the file `log`."""
    with log.open("ab") as out:
        server = Server(subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out))
    try:
        yield server
    finally:
        os.kill(
            server.process.pid, signal.SIGKILL
        )  # Popen.kill would reap one that has ended, and what it used would be lost
        _, status, used = os.wait4(server.process.pid, 0)
        server.process.returncode = os.waitstatus_to_exitcode(status)
        server.cpu_s = used.ru_utime + used.ru_stime


@contextlib.contextmanager
def compiled() -> Iterator[str]:
    """The program wire, compiled for as long as the `with` lasts."""
    with tempfile.TemporaryDirectory() as name:
        subprocess.run(["cc", "-O2", str(SOURCE), "-o", f"{name}/wire"], check=True)
        yield f"{name}/wire"


def version(command: list[str]) -> str:
    """The first number with dots in what a command prints."""
    found = re.search(r"\d+(\.\d+)+", subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return found[0] if found else ""


def module(python: str, package: str) -> str:
    """The version of a package that an interpreter has; empty, and said, when it has not."""
    ask = f"from importlib.metadata import version; print(version({package!r}))"
    found = Path(python).exists() and subprocess.run([python, "-c", ask], capture_output=True, text=True, check=False)
    if found and not found.returncode:
        return found.stdout.strip()
    print(f"{package}: not measured, it is not installed", file=sys.stderr)
    return ""


def redis(folder: Path, port: int, _: int, __: int) -> list[str]:
    """Redis with its append-only file, synced every second as the tickerplant's log is."""
    keep = ["--appendonly", "yes", "--appendfsync", "everysec", "--save", ""]
    return ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), *keep]


def nats(folder: Path, port: int, _: int, __: int) -> list[str]:
    """NATS with JetStream in files; a subscriber may be as far behind as the tickerplant's (256 MB) before it is cut off."""
    config = folder / "nats.conf"
    store = json.dumps(str(folder / "js"))
    config.write_text(f"listen: 127.0.0.1:{port}\nmax_pending: 268435456\njetstream {{ store_dir: {store} }}\n")
    return ["nats-server", "-c", str(config)]


def peers(wire: str) -> list[Peer]:
    """Redis Streams and NATS JetStream where they are installed, and a forwarder in C that keeps nothing."""
    found = []
    for name, protocol, program, command in (
        ("redis streams", "redis", "redis-server", redis),
        ("nats jetstream", "nats", "nats-server", nats),
    ):
        if shutil.which(program):
            found.append(Peer(name, protocol, version([program, "--version"]), command))
        else:
            print(f"{program}: not measured, it is not installed", file=sys.stderr)
    return [*found, Peer("raw forwarder", "tcp", "", lambda _, pub, sub, n: [wire, "fwd", str(pub), str(sub), str(n)])]


@contextlib.contextmanager
def clients() -> Iterator[Callable[[list[str]], subprocess.Popen[str]]]:
    """A function that starts a client; all of them have ended after the `with`."""
    started: list[subprocess.Popen[str]] = []

    def start(command: list[str]) -> subprocess.Popen[str]:
        started.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True))
        return started[-1]

    try:
        yield start
    finally:
        for one in started:
            one.kill()
            one.wait()


def ready(subscriber: subprocess.Popen[str]) -> None:
    """Waits until a subscriber says that it has subscribed."""
    assert subscriber.stdout is not None
    if subscriber.stdout.readline().strip() != "ready":
        raise SystemExit(f"{subscriber.args!r}: did not subscribe")


def answer(client: subprocess.Popen[str]) -> list[float]:
    """The numbers that a client ends with; it has said on stderr what went wrong when it fails."""
    said = client.communicate(timeout=PATIENCE_S)[0]
    if client.returncode:
        raise SystemExit(f"{client.args!r}: ended with {client.returncode}")
    return [float(word) for word in said.split()]


def run(wire: str, peer: Peer, subscribers: int, messages: int, rate: float, chunk: int) -> Run:
    """Messages from one publisher through a server of its own to so many subscribers; rate 0 is full speed."""
    pub_port, sub_port = free_ports(2)
    if peer.protocol != "tcp":
        sub_port = pub_port
    with tempfile.TemporaryDirectory() as name, clients() as start:
        folder = Path(name)
        with serving(peer.command(folder, pub_port, sub_port, subscribers), folder / "server.out") as server:
            subs = []
            for _ in range(subscribers):
                subs.append(start([wire, "sub", peer.protocol, str(sub_port), str(messages)]))
                ready(subs[-1])
            publisher = [wire, "pub", peer.protocol, *map(str, (pub_port, messages, rate, chunk))]
            began, ended = answer(start(publisher))
            ends = [answer(sub) for sub in subs]
    last = max(ended, *(end[0] for end in ends))
    p50, p99, p999 = (max(end[k] for end in ends) for k in (1, 2, 3))
    sent_s, messages_s = (messages / (1e-9 * (to - began)) for to in (ended, last))
    return Run(sent_s, messages_s, (p50, p99, p999), 1e6 * server.cpu_s / messages)


def paced(wire: str, peer: Peer, subscribers: int, most: int, rate: float) -> Run:
    """A run of some seconds at a rate, in bursts of a millisecond, a write each message."""
    return run(wire, peer, subscribers, max(1000, min(most, int(SECONDS * rate))), rate, 1)


def measure(wire: str, contenders: Sequence[Peer], messages: int, found: list[dict[str, object]]) -> None:
    """Every contender with 1, 3 and 10 subscribers; a line each as it comes, the raw numbers into `found`."""
    print(
        f"\nsingle-row messages, clients in C; latency in µs (p50, p99, p99.9) and processor time of the server a message with one message a write; {os.cpu_count()} processors"
    )
    print(f"{'':28}{'subs':>5}{f'{CHUNK} a write':>13}{'1 a write':>12}{'server µs':>11}   at half of 1 a write")
    for subscribers in SUBSCRIBERS:
        cases = []
        for peer in contenders:
            chunked = run(wire, peer, subscribers, messages, 0, CHUNK)
            single = run(wire, peer, subscribers, messages, 0, 1)
            half = paced(wire, peer, subscribers, messages, single.messages_s / 2)
            cases.append(Case(peer.name, subscribers, chunked, single, half))
            print(
                f"{peer.name:28}{subscribers:>5}{chunked.messages_s:>13,.0f}{single.messages_s:>12,.0f}{single.cpu_us:>11.1f}   {shown(half)}",
                flush=True,
            )
        rate = min(case.single.messages_s for case in cases) / 2
        print(f"the same at {rate:,.0f} messages/s, half of the slowest one's speed")
        for peer, case in zip(contenders, cases, strict=True):
            case.common = paced(wire, peer, subscribers, messages, rate)
            print(f"{peer.name:28}{subscribers:>5}{'':39}{shown(case.common)}", flush=True)
            found.append(asdict(case))


def shown(at: Run) -> str:
    """Percentiles, and the rate where the server or the publisher could not keep to it."""
    return "".join(f"{x:>11,.0f}" for x in at.us) + f"   sent {at.sent_s:,.0f}/s"
