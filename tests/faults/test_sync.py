"""
What each sync policy can lose: nothing by the death of a process; by a power cut what had not been forced to disk.

A power cut is made from the log: of what the tickerplant wrote, only what it had forced to disk by then is left.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from memplant import ROOT

from slipstream.engine.client import Client
from slipstream.errors import QueryError

TICK = ROOT / "tickplant" / "tick.q"
# how long the log is when it is forced to disk; the timer is ours
WATCH = '{.t.synced:8;.t.syncs:0;.t.sync:.journal.sync;.journal.sync:{.t.sync[];.t.synced:hcount .u.L;.t.syncs+:1};system"t 0"}'


@pytest.fixture
def tickerplant(tmp_path: Path, start_quill: Callable[..., Any]) -> Callable[[str], Any]:
    return lambda policy: start_quill(
        str(TICK), "-dir", str(tmp_path / "tplog"), "-mode", "zero", "-sync", policy, "-syncms", "3600000"
    )


def publish(q: Client, rows: range) -> None:
    for k in rows:
        q.value(
            "{.u.upd[`trade;(enlist 2025.06.11D10:00:00+x;enlist`A),(value flip 1#0#trade)[2+til -3+count cols trade],enlist enlist x]}",
            np.int64(k),
        )


def kept(q: Client) -> int:
    return int(q.value(".u.rows`trade"))


def cut(tmp_path: Path, synced: int) -> None:
    """What was written after the last sync is gone, from the log and from its checksums."""
    log = tmp_path / "tplog" / "slip2025.06.11"
    with log.open("r+b") as file:
        file.truncate(synced)
    (tmp_path / "tplog.sums" / log.name).unlink(missing_ok=True)


@pytest.mark.parametrize("policy", ["always", "interval", "never"])
def test_a_kill_loses_nothing_acknowledged(policy: str, tickerplant: Callable[[str], Any]) -> None:
    quill = tickerplant(policy)
    with Client("127.0.0.1", quill.port) as q:
        publish(q, range(20))
    quill.kill()
    with Client("127.0.0.1", tickerplant(policy).port) as q:
        assert kept(q) == 20


def test_always_loses_nothing_by_a_power_cut(tickerplant: Callable[[str], Any], tmp_path: Path) -> None:
    quill = tickerplant("always")
    with Client("127.0.0.1", quill.port) as q:
        q.value(WATCH, None)
        for k in range(10):
            publish(q, range(k, k + 1))
            assert q.value(".t.synced=hcount .u.L"), "forced to disk before the answer"
        synced = int(q.value(".t.synced"))
    quill.kill()
    cut(tmp_path, synced)
    with Client("127.0.0.1", tickerplant("always").port) as q:
        assert kept(q) == 10


def test_interval_loses_at_most_what_came_since_the_interval_began(
    tickerplant: Callable[[str], Any], tmp_path: Path
) -> None:
    quill = tickerplant("interval")
    with Client("127.0.0.1", quill.port) as q:
        q.value(WATCH, None)
        publish(q, range(7))
        q.value("{.journal.next:.z.p+0D00:30;.journal.tick[]}", None)
        assert int(q.value(".t.syncs")) == 0, "the interval is not over"
        q.value("{.journal.next:.z.p;.journal.tick[]}", None)
        assert int(q.value(".t.syncs")) == 1, "the interval is over"
        publish(q, range(7, 12))
        # a clock that was stepped back by a day does not put the next sync off by a day
        synced = int(q.value(".t.synced"))
        q.value("{.journal.next:.z.p+1D;.journal.tick[]}", None)
        assert int(q.value(".t.syncs")) == 2
        later = int(q.value(".t.synced"))
    quill.kill()
    log = tmp_path / "tplog" / "slip2025.06.11"
    whole = log.read_bytes()
    for at, rows in ((later, 12), (synced, 7)):
        log.write_bytes(whole)
        cut(tmp_path, at)
        again = tickerplant("interval")
        with Client("127.0.0.1", again.port) as q:
            assert kept(q) == rows
        again.kill()


def test_never_leaves_it_to_the_system(tickerplant: Callable[[str], Any]) -> None:
    with Client("127.0.0.1", tickerplant("never").port) as q:
        q.value(WATCH, None)
        publish(q, range(5))
        q.value("{.journal.next:.z.p-1D;.journal.tick[]}", None)
        assert int(q.value(".t.syncs")) == 0
        q.value(".u.endofday[]")
        assert int(q.value(".t.syncs")) > 0, "the end of the day forces all of it"


@pytest.mark.parametrize("left", range(0, 60, 7))
def test_a_power_cut_amid_a_write_leaves_whole_messages(
    left: int, tickerplant: Callable[[str], Any], tmp_path: Path
) -> None:
    """Of the last message any number of bytes reached the disk: the ones before are whole, the rest is kept aside."""
    quill = tickerplant("always")
    with Client("127.0.0.1", quill.port) as q:
        q.value(WATCH, None)
        publish(q, range(4))
        before = int(q.value(".t.synced"))
        publish(q, range(4, 5))
    quill.kill()
    cut(tmp_path, before + left)
    with Client("127.0.0.1", tickerplant("always").port) as q:
        assert kept(q) == 4
        publish(q, range(5, 6))
        assert kept(q) == 5
        assert int(q.value("first -11!(-2;.u.L)")) == 5


@pytest.mark.parametrize("day", ["2025.06.11", "2025.06.10"], ids=["open day", "late"])
def test_what_cannot_be_forced_to_disk_is_refused_and_stands_once_when_it_is_sent_again(
    day: str, tickerplant: Callable[[str], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that fails while the log is forced to it, and while the message is taken back: restarts between change nothing."""
    tools = tmp_path / "tools"
    tools.mkdir()
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")

    def failing(*names: str) -> None:
        for tool in tools.iterdir():
            tool.unlink()
        for name in names:
            (tools / name).write_text("#!/bin/sh\nexit 1\n")
            (tools / name).chmod(0o755)

    put = f"{{.u.upd[`trade;(enlist {day}D10:00:00+x;enlist`A),(value flip 1#0#trade)[2+til -3+count cols trade],enlist enlist x]}}"
    log = tmp_path / ("tplog" if day == "2025.06.11" else "tplog.late") / f"slip{day}"
    quill = tickerplant("always")
    with Client("127.0.0.1", quill.port) as q:
        publish(q, range(1))
        q.value(put, np.int64(0))
        size, sent = log.stat().st_size, int(q.value(".u.position[`trade]1"))
        q.value(put, np.int64(1))
        message = log.stat().st_size - size
        for broken in (("sync",), ("sync", "truncate")):
            failing(*broken)
            for _ in range(2):
                with pytest.raises(QueryError):
                    q.value(put, np.int64(2))
            assert int(q.value(".u.position[`trade]1")) == sent + 1
        failing()
        q.value(put, np.int64(2))
        q.value(put, np.int64(3))
        assert int(q.value(".u.position[`trade]1")) == sent + 3
        assert log.stat().st_size == size + 3 * message
    quill.kill()
    with Client("127.0.0.1", tickerplant("always").port) as q:
        assert int(q.value(".u.position[`trade]1")) == sent + 3
    assert not log.with_name(log.name + ".damage").exists()
