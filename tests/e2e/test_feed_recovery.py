"""A session played into a real tickerplant that is killed again and again: its logs hold every row once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from memplant import ROOT

from slipstream.engine.client import Client
from slipstream.engine.convert import to_list, to_vector
from slipstream.feed.demo_session import run_session
from slipstream.feed.publish import Position, Publisher
from slipstream.feed.schema import Columns

TICK = ROOT / "tickplant" / "tick.q"


class Sink:
    """The tickerplant by synchronous calls; `connect` finds it wherever it now runs."""

    def __init__(self, connect: Callable[[], Client]) -> None:
        self._connect = connect
        self.client = connect()

    def publish(self, table: str, columns: Columns) -> Position | None:
        vectors = to_list([to_vector(part) for part in columns.values()])
        return self._read(self.client.value("{.u.upd[x;y];.u.position x}", table, vectors))

    def position(self, table: str) -> Position | None:
        return self._read(self.client.value(".u.position", table))

    def fits(self, table: str, columns: Columns) -> Any:
        raise AssertionError("no row is refused here")

    def ends_with(self, table: str, columns: Columns) -> bool:
        raise AssertionError("no log is damaged here")

    def reconnect(self) -> None:
        self.client.close()
        self.client = self._connect()

    @staticmethod
    def _read(answer: Any) -> Position:
        log, rows, epoch = answer
        return Position(str(log), int(rows), int(epoch))


COUNT = """
n:(`symbol$())!`long$();
upd:{[t;x] n[t]:(0^n t)+count first x};
"""


@pytest.mark.skipif(not TICK.is_file(), reason="no tickerplant in this checkout")
def test_a_killed_tickerplant_has_every_row_once(tmp_path: Path, start_quill: Callable[..., Any]) -> None:
    """The tickerplant is killed at its 30th, 150th and 300th batch, before or after it has answered as it happens."""
    logs = tmp_path / "tplog"

    def start() -> Any:
        return start_quill(str(TICK), "-dir", str(logs), "-mode", "zero", "-sync", "never")

    running = [start()]
    sink = Sink(lambda: Client("127.0.0.1", running[0].port, timeout_s=20.0))
    batches = 0
    send = sink.publish

    def publish(table: str, columns: Columns) -> Position | None:
        nonlocal batches
        batches += 1
        if batches in (30, 300):
            running[0].kill()
            running[0] = start()
        made = send(table, columns)
        if batches == 150:
            # logged, but the publisher does not get to know
            running[0].kill()
            running[0] = start()
            return send_unknown()
        return made

    def send_unknown() -> Position | None:
        return sink.position("quote")  # fails: the connection is gone

    sink.publish = publish  # type: ignore[method-assign]
    publisher = Publisher(sink)
    report = run_session(publisher, workdir=tmp_path / "session", duration_s=330.0, run_id="e2e")
    assert publisher.reconnects == 3
    sink.client.close()
    running[0].kill()

    held: Counter[str] = Counter()
    reader = start_quill()
    with Client("127.0.0.1", reader.port) as q:
        q.query(COUNT)
        files = sorted(file for file in logs.iterdir() if file.name.startswith("slip"))
        for file in files:
            q.query("{-11!hsym`$x}", str(file))
        held.update({str(table): int(rows) for table, rows in q.value("n").items()})
    assert [file.name[-10:] for file in files] == ["2025.06.11", "2025.06.12"]
    assert dict(held) == report.sent
