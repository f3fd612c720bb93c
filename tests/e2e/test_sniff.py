"""`slipstream sniff --publish` into a tickerplant, killed while it follows a growing log, and run again: every message is there once."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from memplant import ROOT

from slipstream.engine.client import Client
from slipstream.fix.message import format_time

sys.path.insert(0, str(ROOT / "tests" / "python" / "fix"))
from lives import Market, msg_from_client, wire

TICK = ROOT / "tickplant" / "tick.q"


def logged(market: Market) -> bytes:
    """The market's messages as an application logs them."""
    numbers = {True: 0, False: 0}
    lines = []
    for said in market.said:
        side = msg_from_client(said.msgtype)
        numbers[side] += 1
        raw = wire(said, market.version, numbers[side]).replace(b"\x01", b"|")
        lines.append(format_time(said.at + 1_000).encode() + b" " + raw + b"\n")
    return b"".join(lines)


@pytest.mark.slow
def test_a_killed_sniffer_goes_on_where_it_was(tmp_path: Path, start_quill: Callable[..., Any]) -> None:
    market = Market(random.Random(5), "FIX.4.4", 1, 40)
    tickerplant = start_quill(str(TICK), "-dir", str(tmp_path / "tplog"), "-mode", "zero", "-sync", "never")
    text, log = logged(market), tmp_path / "app.log"
    command = [sys.executable, "-m", "slipstream", "sniff", "--publish", "--set", f"ports.tickerplant={tickerplant.port}",
               "--set", f"var={tmp_path / 'var'}", "--set", "fix.sync=never", str(log)]  # fmt: skip

    with Client("127.0.0.1", tickerplant.port) as q:

        def taken() -> int:
            return int(q.value(".u.seq`fixraw"))

        written = 0
        for part in range(1, 4):
            stop = len(text) * part // 4
            with log.open("ab") as file:
                file.write(text[written:stop])
            written = stop
            before = taken()
            process = subprocess.Popen([*command, "--follow"], stdin=subprocess.DEVNULL)
            try:
                deadline = time.monotonic() + 180
                while taken() == before:
                    assert process.poll() is None and time.monotonic() < deadline, "nothing was published"
                    time.sleep(0.01)
            finally:
                process.kill()
                process.wait()
        with log.open("ab") as file:
            file.write(text[written:])
        for _ in range(2):
            subprocess.run(command, stdin=subprocess.DEVNULL, check=True, timeout=120)
        assert taken() == len(market.said)

    reader = start_quill()
    with Client("127.0.0.1", reader.port) as q:
        q.query(
            f'`SLIPSTREAM_Q setenv"{ROOT / "q"}";system"l {ROOT / "q" / "boot.q"}";.boot.use each`$("schema/market";"schema/order";"lifecycle");upd:{{[t;x]t upsert flip cols[t]!x}}'
        )
        for file in sorted((tmp_path / "tplog").glob("slip????.??.??")):
            q.query("{-11!hsym`$x}", str(file))
        fills = q.table("select order,execid,qty,price from .ord.live .ord.settle[orders;value`fills]`f").to_pylist()
        assert sorted((row["order"], row["execid"], row["qty"], row["price"]) for row in fills) == market.executions()
        states = q.table("`id xasc select id,status,cum from .ord.state[orders;value`fills]").to_pylist()
        assert sorted((row["id"], row["status"], row["cum"]) for row in states) == sorted(
            (row["id"], row["status"], row["cum"]) for row in market.orders()
        )
