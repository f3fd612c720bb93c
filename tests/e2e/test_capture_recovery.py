"""The FIX capture as a process of its own, killed outright while the broker sends: every copy is in the tickerplant's log once."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from memplant import ROOT, MemoryPlant

from slipstream.engine.client import Client
from slipstream.feed.base import Batch
from slipstream.feed.publish import Publisher
from slipstream.feed.session import SessionOptions, SessionRunner
from slipstream.feed.sim import MIDNIGHT_NS, SimFeed
from slipstream.fix.ems import ParentSpec
from slipstream.fix.matching import Rules

TICK = ROOT / "tickplant" / "tick.q"
PARENTS = [
    ParentSpec("ACME", "buy", 6_000.0, 2.0, 40.0, algo="twap", slices=8),
    ParentSpec("BOLT", "sell", 3_000.0, 5.0, 45.0, algo="pov", rate=0.2),
    ParentSpec("CRUX", "buy", 5_000.0, 5.0, 30.0, algo="pov", rate=0.1),
]
CHILD = """
import sys, threading
from pathlib import Path
from slipstream.config import load_config
from slipstream.feed.publish import Publisher
from slipstream.fix.capture import Capture
from slipstream.fix.engine import Endpoint
from slipstream.operate import TickerplantSink
folder, fix, tickerplant = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
config = load_config(overrides={"ports.tickerplant": tickerplant})
endpoint = Endpoint("CAPTURE", "BROKER", fix, store=folder / "sessions", validate=False)
Capture(endpoint, Publisher(TickerplantSink(config)), folder / "capture.journal", sync="never").serve(threading.Event())
"""
SEQS = """
seqs:(); execs:();
upd:{[t;x] if[t~`fixraw;seqs,:x cols[`fixraw]?`seq]; if[t~`fills;execs,:x cols[`fills]?`execid]};
"""


class Remote:
    """Stands where the runner has its capture: a process that is killed and started at will."""

    def __init__(self, runner: Session) -> None:
        self._runner = runner
        self.started: list[subprocess.Popen[bytes]] = []

    def published(self, copies: int, timeout: float) -> None:
        """The runner does not wait for copies here: they arrive when there is somebody to take them."""

    def check(self) -> None:
        """Its death is what is tested."""

    def start(self) -> None:
        folder, port = self._runner.options.workdir, self._runner.port
        log = (folder / f"capture-{len(self.started)}.log").open("wb")
        command = [sys.executable, "-c", CHILD, str(folder), str(port), str(self._runner.tickerplant)]
        self.started.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log))
        log.close()

    def wait_logon(self) -> None:
        """It logs on when it has come up."""

    def kill(self) -> None:
        assert self.started[-1].poll() is None, "the capture ended by itself; its log is beside its journal"
        self.started[-1].kill()
        self.started[-1].wait()

    def stop(self) -> None:
        if self.started and self.started[-1].poll() is None:
            self.kill()


class Session(SessionRunner):
    """A session whose capture is another process; it ends when `complete` says so."""

    def __init__(self, folder: Path, tickerplant: int, complete: Callable[[int], None]) -> None:
        feed = SimFeed(seed=5, start_ns=MIDNIGHT_NS - 30_000_000_000, duration_s=60.0)
        options = SessionOptions(folder, sync="never", run_id="t", rules=Rules(lot=1.0))
        super().__init__(feed, Publisher(MemoryPlant(), delay_max=0.01), PARENTS, options)
        self.tickerplant, self.remote, self._complete, self._closed = tickerplant, Remote(self), complete, False

    @property
    def copied(self) -> int:
        return self.broker.copied if self.broker is not None else 0

    @property
    def port(self) -> int:
        return self._port

    def _new_capture(self) -> Any:
        return self.remote

    def close(self) -> None:
        try:
            if not self._closed and self.broker is not None and sys.exc_info()[0] is None:
                self._complete(self.broker.copied)
        finally:
            self._closed = True
            super().close()


@pytest.fixture
def logged(tmp_path: Path, start_quill: Callable[..., Any]) -> Iterator[Callable[[], tuple[list[int], list[str]]]]:
    """Reads sequence numbers of messages and ids of fills out of the tickerplant's logs as they are now."""
    reader = start_quill()
    with Client("127.0.0.1", reader.port) as q:
        q.query(f'system"l {ROOT / "q" / "schema" / "market.q"}";system"l {ROOT / "q" / "schema" / "order.q"}"')

        def read() -> tuple[list[int], list[str]]:
            q.query(SEQS)
            for file in sorted((tmp_path / "tplog").glob("slip????.??.??")):
                q.query("{f:hsym`$x;-11!(first -11!(-2;f);f)}", str(file))
            seqs, execs = q.value("(`long$seqs;`symbol$execs)")
            return [int(n) for n in seqs.to_pylist()], [str(e) for e in execs.to_pylist()]

        yield read


@pytest.mark.slow
def test_a_killed_capture_has_every_copy_once(
    tmp_path: Path, start_quill: Callable[..., Any], logged: Callable[[], tuple[list[int], list[str]]]
) -> None:
    tickerplant = start_quill(str(TICK), "-dir", str(tmp_path / "tplog"), "-mode", "zero", "-sync", "never")

    def complete(copied: int) -> None:
        deadline = time.monotonic() + 180
        while len(logged()[0]) < copied:
            assert time.monotonic() < deadline, f"{len(logged()[0])} of {copied} copies after 60 s"
            time.sleep(0.2)

    made = Session(tmp_path / "session", tickerplant.port, complete)
    steps = 0

    def on_batch(_batch: Batch) -> None:
        nonlocal steps
        steps += 1
        if steps in (60, 150, 300):
            deadline = time.monotonic() + 180
            before = len(logged()[0])
            while len(logged()[0]) == before and before < made.copied:
                assert time.monotonic() < deadline, "the capture does not publish"
                time.sleep(0.02)
            made.remote.kill()
        if steps in (75, 151, 320):
            made.remote.start()

    made.run(on_batch)
    assert len(made.remote.started) == 4
    assert made.broker is not None and made.ems is not None
    seqs, execs = logged()
    assert len(seqs) == made.broker.copied > 100
    assert len(set(seqs)) == len(seqs)
    assert len(set(execs)) == len(execs) == sum(len(parent.seen) for parent in made.ems.parents)
