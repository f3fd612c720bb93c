"""What a tickerplant knows after it was killed: its day, its positions, which days have ended."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from memplant import ROOT

from slipstream.engine.client import Client
from slipstream.errors import QueryError

TICK = ROOT / "tickplant" / "tick.q"
ROWS = "{[t;n] .u.upd[`trade;value flip update time:t,sym:`A from n#enlist first 0#trade]; .u.position`trade}"


@pytest.fixture
def tickerplant(tmp_path: Path, start_quill: Callable[..., Any]) -> Callable[[], Any]:
    return lambda: start_quill(str(TICK), "-dir", str(tmp_path / "tplog"), "-mode", "batch", "-sync", "never")


def rows(client: Client, moment: str, number: int) -> tuple[str, int]:
    """Publish rows of a moment; the open day and all rows taken, after them."""
    _, taken, _epoch = client.value(ROWS, np.datetime64(moment, "ns"), number)
    return str(client.value("string .u.d")), int(taken)


def test_positions_and_days_survive_a_kill(tickerplant: Callable[[], Any], tmp_path: Path) -> None:
    quill = tickerplant()
    with Client("127.0.0.1", quill.port) as q:
        assert rows(q, "2025-06-11T10:00", 3) == ("2025.06.11", 3)
        assert rows(q, "2025-06-11T11:00", 2) == ("2025.06.11", 5)
    quill.kill()

    quill = tickerplant()
    with Client("127.0.0.1", quill.port) as q:
        log, taken, _epoch = q.value(".u.position", "trade")
        assert (str(log), int(taken)) == (str(tmp_path / "tplog"), 5)
        assert [int(n) for n in q.value("(.u.i;.u.j)").to_pylist()] == [2, 2], "messages for those who replay"
        # the next day ends this one
        assert rows(q, "2025-06-12T00:00", 1) == ("2025.06.12", 6)
        # a late row is no row of the present day
        assert rows(q, "2025-06-11T23:59:59", 1) == ("2025.06.12", 7)
        assert int(q.value(".u.rows`trade")) == 1
        q.value(".u.endofday[]")
        assert q.value("null .u.d")
    quill.kill()

    quill = tickerplant()
    with Client("127.0.0.1", quill.port) as q:
        assert q.value("null .u.d"), "an ended day is not taken up again"
        assert q.value("2025.06.11 2025.06.12~.u.ended[]")
        # an earlier day that was never ended may still come, as in a replay
        assert rows(q, "2025-06-10T10:00", 1) == ("2025.06.10", 8)
    quill.kill()

    quill = tickerplant()
    with Client("127.0.0.1", quill.port) as q:
        assert q.value(".u.d~2025.06.10"), "taken up again although later days have ended"
        q.value(".u.endofday[]")
        # rows of an ended day open none
        assert rows(q, "2025-06-11T12:00", 4) == ("", 12)


def test_a_torn_tail_is_cut_and_kept_aside(tickerplant: Callable[[], Any], tmp_path: Path) -> None:
    quill = tickerplant()
    with Client("127.0.0.1", quill.port) as q:
        for _ in range(3):
            rows(q, "2025-06-11T10:00", 10)
    quill.kill()
    log = tmp_path / "tplog" / "slip2025.06.11"
    whole = log.read_bytes()
    log.write_bytes(whole[:-7])

    quill = tickerplant()
    torn = log.with_name(log.name + ".torn").read_bytes()
    assert log.read_bytes() + torn == whole[:-7]
    with Client("127.0.0.1", quill.port) as q:
        assert int(q.value(".u.position", "trade")[1]) == 20
        assert rows(q, "2025-06-11T10:01", 5) == ("2025.06.11", 25)
    assert "log mended" in quill.log.read_text()


def test_what_is_too_far_ahead_follows_the_clock(tickerplant: Callable[[], Any]) -> None:
    quill = tickerplant()
    with Client("127.0.0.1", quill.port) as q:
        # as it is for a process that was started days ago
        q.value(".tick.limit:.tick.limit-2D")
        deadline = time.monotonic() + 180
        while not q.value("all .z.p<.tick.limit"):
            assert time.monotonic() < deadline, "waited 20 s for the timer"
            time.sleep(0.1)
        assert rows(q, "2025-06-11T10:00", 1) == ("2025.06.11", 1)


def test_a_column_of_lists_takes_no_single_items(tickerplant: Callable[[], Any]) -> None:
    quill = tickerplant()
    send = "{.u.upd[`fixraw;(.z.p;`;`s;`in;1;`D;x;`)]}"
    with Client("127.0.0.1", quill.port) as q:
        for wrong, number in ((b"`ACK", 11), (b"7", 7)):
            with pytest.raises(QueryError, match=f"type: fixraw column msg is {number}h, expected 0h"):
                q.query("{" + send + "value x}", wrong)
        for right in (b'"35=D"', b'"x"', b'""'):
            q.query("{" + send + "value x}", right)
        assert int(q.value(".u.rows`fixraw")) == 3
    quill.kill()

    quill = tickerplant()
    with Client("127.0.0.1", quill.port) as q:
        assert int(q.value(".u.rows`fixraw")) == 3


def test_a_row_that_is_logged_is_taken_though_its_checksum_finds_no_room(
    tmp_path: Path, start_quill: Callable[..., Any]
) -> None:
    """Refused, it would be sent again, and be there twice."""
    options = (str(TICK), "-dir", str(tmp_path / "tplog"), "-mode", "batch", "-sync", "always")
    quill = start_quill(*options)
    with Client("127.0.0.1", quill.port) as q:
        assert rows(q, "2025-06-11T10:00", 1) == ("2025.06.11", 1)
        q.query(".journal.hs:hopen`:/dev/full")
        assert rows(q, "2025-06-11T10:01", 2) == ("2025.06.11", 3)
        assert "checksums wait" in quill.log.read_text()
        q.query(".journal.hs:hopen .sums.file .u.L")
        assert rows(q, "2025-06-11T10:02", 3) == ("2025.06.11", 6)
        assert q.value("(hcount .u.L)~8+exec sum len from .sums.read .u.L")
    quill.kill()

    quill = start_quill(*options)
    with Client("127.0.0.1", quill.port) as q:
        assert int(q.value(".u.rows`trade")) == 6
    assert "mended" not in quill.log.read_text()


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        ("mode", "batch or zero"),
        ("commit", "group or each"),
        ("sync", "always or interval or never"),
        ("slow", "resync or disconnect"),
    ],
)
def test_a_misspelt_option_is_refused(option: str, expected: str, quill_path: Path, tmp_path: Path) -> None:
    """It would be taken for the word that is not asked for by name: a log that is never forced to disk for `-sync alwyas`."""
    done = subprocess.run(
        [str(quill_path), str(TICK), "-dir", str(tmp_path / "tplog"), f"-{option}", "nonsense"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 1
    assert f"-{option}: expected {expected}, got nonsense" in done.stdout + done.stderr


# one row of `trade` as a feed handler sends it, with its number as the last column that is a long
ASYNC = "{.u.upd[`trade;@[value first 1#0#trade;0 1;:;(2025.06.11D10:00:00+x;`A)]]}"


def logged(tmp_path: Path, start_quill: Callable[..., Any]) -> list[list[int]]:
    """What the log holds, a list a message: the nanoseconds after ten by which its rows are known."""
    reader = start_quill()
    with Client("127.0.0.1", reader.port) as q:
        q.query(
            "{got::();upd::{[t;x]got,:enlist`long$(first x)-2025.06.11D10:00:00};-11!hsym`$x;}",
            str(tmp_path / "tplog/slip2025.06.11").encode(),
        )
        found = [[int(n) for n in message.to_pylist()] for message in q.value("got")]
    reader.kill()
    return found


def test_rows_nobody_waits_for_are_logged_together(
    tickerplant: Callable[[], Any], start_quill: Callable[..., Any], tmp_path: Path
) -> None:
    quill = tickerplant()
    with Client("127.0.0.1", quill.port) as q:
        rows(q, "2025-06-11T10:00", 1)
        q.query('.tick.flush[];system"t 0"')
        for k in (1, 2, 3):
            q.send(ASYNC, np.int64(k))
        # a request finds them logged, whoever makes it
        assert [int(n) for n in q.value("(.u.j;.tick.waits;.u.rows`trade;.u.i)").to_pylist()] == [2, 0, 4, 1]
        q.send(ASYNC, np.int64(4))
        # a sender that waits comes behind what came before
        q.query(ASYNC, np.int64(5))
        q.send(ASYNC, np.int64(6))
        q.send(".tick.flush[]")
        assert q.value("(.u.i;count trade)").to_pylist() == [5, 0]
    quill.kill()
    assert logged(tmp_path, start_quill) == [[0], [1, 2, 3], [4], [5], [6]]


def test_what_is_not_logged_is_not_seen(tickerplant: Callable[[], Any], tmp_path: Path) -> None:
    """No room for the log: rows that nobody waits for wait, are published when there is room again, and stand in the log once."""
    quill = tickerplant()
    with Client("127.0.0.1", quill.port) as q, q.subscribe(["trade"]) as seen:
        rows(q, "2025-06-11T10:00", 1)
        assert len(seen.poll(180)[1]) == 1
        q.query('.t.append:.journal.append;.journal.append:{\'"no room"}')
        q.query(".tick.most:3")
        for k in range(1, 6):
            q.send(ASYNC, np.int64(k))
        with pytest.raises(QueryError, match="no room"):
            q.query(ASYNC, np.int64(9))
        # as many as may wait do; the others were refused
        assert [int(n) for n in q.value("(.tick.waits;.u.rows`trade)").to_pylist()] == [3, 1]
        with pytest.raises(QueryError, match="no room"):
            q.query(".u.endofday[]")
        assert q.value(".u.d~2025.06.11")
        q.query(".journal.append:.t.append")
        assert len(seen.poll(180)[1]) == 3
        assert [int(n) for n in q.value("(.tick.waits;.u.rows`trade)").to_pylist()] == [0, 4]
    assert "rows wait for the log" in quill.log.read_text()


def test_a_kill_loses_nothing_that_was_answered_for(tickerplant: Callable[[], Any]) -> None:
    quill = tickerplant()
    with Client("127.0.0.1", quill.port) as q:
        rows(q, "2025-06-11T10:00", 1)
        q.query('system"t 0"')
        for k in range(2000):
            q.send(ASYNC, np.int64(k))
        q.flush()
        q.send(ASYNC, np.int64(2000))
    quill.kill()
    quill = tickerplant()
    with Client("127.0.0.1", quill.port) as q:
        # the last one nobody waited for
        assert int(q.value(".u.rows`trade")) in (2001, 2002)
    quill.kill()
