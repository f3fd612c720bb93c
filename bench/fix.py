"""
FIX order flow on one core: messages/s framed and decoded from memory, through a session into the capture's journal, and end to end
into the RDB of a plant of its own. What one process does alone is measured in its processor time.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from slipstream.config import Config, load_config
from slipstream.engine.base import free_ports
from slipstream.fix.engine import Endpoint, SessionApp, Sessions, Signal, message_of, send
from slipstream.fix.lifecycle import Orders
from slipstream.fix.message import build, format_time, parse
from slipstream.fix.sniff import Sniffer, Tables
from slipstream.fix.wire import Framer
from slipstream.operate import connect, supervisor
from slipstream.orderflow import capture

BEGIN = 1_723_213_800_000_000_000


def messages(count: int) -> list[bytes]:
    """Orders of five messages each: new, acknowledged, two fills, done."""
    made = []
    numbers = {"CLI": 0, "BRK": 0}
    for at in range(count):
        order, step = divmod(at, 5)
        kind, sender, target = ("D", "CLI", "BRK") if step == 0 else ("8", "BRK", "CLI")
        numbers[sender] += 1
        stamp = format_time(BEGIN + at * 1_000_000)
        head = [(8, "FIX.4.4"), (35, kind), (34, str(numbers[sender])), (49, sender), (56, target), (52, stamp)]
        terms = [
            (11, f"C{order}"),
            (55, f"S{order % 50}"),
            (54, "1"),
            (38, "200"),
            (40, "2"),
            (44, "10.25"),
            (59, "0"),
            (60, stamp),
        ]
        if step == 0:
            made.append(build([*head, *terms, (526, f"P{order // 100}"), (1, "ACC"), (847, "2")]))
            continue
        filled = 100 * max(0, step - 1) if step < 4 else 200
        code = {1: ("0", "0"), 2: ("F", "1"), 3: ("F", "2"), 4: ("3", "3")}[step]
        report = [
            (37, f"B{order}"),
            (17, f"E{at}"),
            (150, code[0]),
            (39, code[1]),
            (14, str(filled)),
            (151, str(200 - filled)),
            (6, "10.25"),
        ]
        last = [(32, "100"), (31, "10.25"), (851, "1"), (30, "XNAS")] if code[0] == "F" else []
        made.append(build([*head, *report, *terms, *last]))
    return made


def say(what: str, count: int, seconds: float) -> None:
    """One figure."""
    print(f"{what:<34}{count / seconds:>12,.0f} messages/s")


def decoding(made: list[bytes]) -> None:
    """From bytes in memory."""
    stream = b"".join(made)
    began = time.process_time()
    framer = Framer()
    found = sum(1 for at in range(0, len(stream), 65_536) for _ in framer.feed(stream[at : at + 65_536]))
    say("messages out of bytes", found, time.process_time() - began)
    began = time.process_time()
    for raw in made:
        parse(raw)
    say("fields, length and checksum", len(made), time.process_time() - began)
    orders = Orders()
    began = time.process_time()
    for at, raw in enumerate(made):
        orders.raw(raw, time=BEGIN + at * 1_000_000, session="CLI-BRK")
    say("rows of orders and fills", len(made), time.process_time() - began)


def sniffing(made: list[bytes], folder: Path) -> None:
    """From a log file."""
    path = folder / "fix.log"
    path.write_bytes(b"".join(format_time(BEGIN + at).encode() + b" : " + raw + b"\n" for at, raw in enumerate(made)))
    tables = Tables()
    began = time.process_time()
    Sniffer(tables).files([path])
    say("a log file into tables", tables.counters.messages, time.process_time() - began)


def end_to_end(count: int, folder: Path) -> None:
    """A client's session to the capture as a process, the tickerplant, the RDB."""
    names = ("tickerplant", "rdb", "hdb", "gateway", "rte", "fix", "scorecard")
    ports = {f"ports.{name}": port for name, port in zip(names, free_ports(len(names)), strict=True)}
    settings = folder / "bench.cfg"
    settings.write_text(
        f"[SESSION]\nConnectionType=acceptor\nBeginString=FIX.4.4\nSenderCompID=CAPTURE\nTargetCompID=BROKER\nSocketAcceptPort={ports['ports.fix']}\n"
    )
    config = load_config(
        overrides={**ports, "var": str(folder / "var"), "fix.settings": [str(settings)], "fix.sync": "interval"}
    )
    plant = supervisor(config)
    plant.up()
    try:
        _run(config, count, folder)
    finally:
        plant.down()


def _run(config: Config, count: int, folder: Path) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=capture, args=(config, stop))
    thread.start()
    command = [
        sys.executable,
        __file__,
        "--sessions",
        str(count),
        "--send",
        str(config.ports.fix),
        "--store",
        str(folder / "client"),
    ]
    client = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert client.stdin is not None and client.stdout is not None
    try:
        if client.stdout.readline() != "ready\n":
            raise RuntimeError("the client did not log on")
        began = time.perf_counter()
        print(file=client.stdin, flush=True)
        with connect(config, "rdb") as rdb:
            while rdb.value("count fixraw") < count:
                time.sleep(0.005)
            seconds = time.perf_counter() - began
            rows = {table: rdb.value(f"count value`{table}") for table in ("orders", "fills", "fixraw")}
        say("sent by the client's session", count, float(client.stdout.readline()))
        say("session to RDB, end to end", count, seconds)
        print(f"  rows in the RDB: {rows}")
    finally:
        client.stdin.close()
        client.wait()
        stop.set()
        thread.join()


def sending(port: int, count: int, store: Path) -> None:
    """The client, a process of its own: logs on, and sends when a line comes, until its input ends."""
    endpoint = Endpoint("BROKER", "CAPTURE", port, store=store, validate=False)
    client = Sessions(SessionApp(Signal(), lambda session, raw: None), [endpoint], accept=False)
    client.start()
    client.wait_logon(60)
    made = [parse(raw) for raw in messages(count)]
    header = frozenset({8, 9, 34, 35, 49, 52, 56, 10})
    print("ready", flush=True)
    sys.stdin.readline()
    began = time.perf_counter()
    for message in made:
        send(endpoint, message_of(message.msgtype, [field for field in message.fields if field[0] not in header]))
    print(time.perf_counter() - began, flush=True)
    sys.stdin.read()
    client.stop()


def main() -> None:
    """All of it."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--messages", type=int, default=100_000)
    options.add_argument("--sessions", type=int, default=20_000, help="messages sent by a session (default 20,000)")
    options.add_argument("--send", type=int, metavar="PORT", help=argparse.SUPPRESS)
    options.add_argument("--store", type=Path, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.send:
        sending(chosen.send, chosen.sessions, chosen.store)
        return
    made = messages(chosen.messages)
    with tempfile.TemporaryDirectory() as name:
        decoding(made)
        sniffing(made, Path(name))
        if chosen.sessions:
            end_to_end(chosen.sessions, Path(name))


if __name__ == "__main__":
    main()
