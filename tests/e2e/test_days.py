"""Which day a row goes to: late rows, tables of different calendars in one plant, the clock; every row counted in the logs of its day."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from memplant import ROOT

from slipstream.engine.client import Client
from slipstream.errors import QueryError

TICK = ROOT / "tickplant" / "tick.q"
# publishes rows of a table at given times, numbered from k in seq; the position after them
PUBLISH = """{[t;k;x] n:count x:(),x;
 .u.upd[t;value flip update time:x,sym:n#`A`B,seq:k+til n from n#enlist first 0#value t]; .u.position[t]1}"""
# seq of the rows of a table in a log, and how many of its messages have a good checksum
READ = """{[t;f] got::0#0; u:upd; `upd set {[t;n;x;y] if[x=n;got,:last y]}[t;t]; -11!f; `upd set u; got}"""
MIXED = ("-calendars", "depth:XCME default:UTC")


def rows(client: Client, table: str, first: int, *times: str) -> int:
    import numpy as np

    return int(client.value(PUBLISH, table, first, np.array(times, "M8[ns]")))


def logged(client: Client, table: str, log: Path) -> list[int]:
    if not log.exists():
        return []
    return [int(n) for n in client.value("{[t;f] (" + READ + ")[t;hsym f]}", table, str(log)).to_pylist()]


@pytest.fixture
def start(tmp_path: Path, start_quill: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *more, sync="never": start_quill(
        str(TICK), "-dir", str(tmp_path / "tplog"), "-sync", sync, "-t", "5", *more
    )


def until(what: Callable[[], bool], meaning: str, seconds: float = 180) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, f"waited {seconds} s for {meaning}"
        time.sleep(0.02)


def test_late_rows_go_to_their_own_log(tmp_path: Path, start: Callable[..., Any]) -> None:
    late = tmp_path / "tplog.late"
    quill = start()
    with Client("127.0.0.1", quill.port) as q:
        assert rows(q, "trade", 0, "2025-06-11T10:00", "2025-06-11T11:00") == 2
        # a message across midnight with a late row in its middle: each to its day, in its order
        assert rows(q, "trade", 2, "2025-06-11T23:59", "2025-06-12T00:00", "2025-06-11T23:58", "2025-06-12T00:01") == 6
        assert logged(q, "trade", tmp_path / "tplog" / "slip2025.06.11") == [0, 1, 2]
        assert logged(q, "trade", tmp_path / "tplog" / "slip2025.06.12") == [3, 5]
        assert logged(q, "trade", late / "slip2025.06.11") == [4]
        # a day that never was
        assert rows(q, "trade", 6, "2025-06-01T12:00") == 7
        assert rows(q, "quote", 0, "2025-06-11T09:00") == 1
        assert q.value("(2025.06.11 2025.06.01 2025.06.11;`trade`trade`quote;1 1 1)~value flip 0!.u.late")
        assert q.value("all raze{.sums.good[x;.sums.read x]}each .late.path each .late.days[]")
    quill.kill()
    # the last message of a late log is torn, as a crash leaves it
    torn = late / "slip2025.06.01"
    torn.write_bytes(torn.read_bytes()[:-3])
    quill = start()
    with Client("127.0.0.1", quill.port) as q:
        assert int(q.value(".u.position[`trade]1")) == 6
        assert logged(q, "trade", torn) == []
        assert rows(q, "trade", 6, "2025-06-01T12:00") == 7
        assert logged(q, "trade", torn) == [6]
        q.value(".u.endofday[]")
        # between days, too, what is over stays over
        assert rows(q, "trade", 7, "2025-06-12T05:00", "2025-06-01T06:00") == 9
        assert q.value("null .u.d")
        assert logged(q, "trade", late / "slip2025.06.12") == [7]
        assert rows(q, "trade", 9, "2025-06-13T05:00") == 10
    quill.kill()
    # a late log that is gone, as when it was past its days, is still counted
    (late / "slip2025.06.01").unlink()
    quill = start()
    with Client("127.0.0.1", quill.port) as q:
        assert int(q.value(".u.position[`trade]1")) >= 8
        assert q.value(".u.d~2025.06.13")


def test_tables_of_different_calendars(
    tmp_path: Path, start: Callable[..., Any], start_quill: Callable[..., Any]
) -> None:
    """XCME rolls at 17:00 Chicago, in June at 22:00 UTC: for two hours depth is a day ahead of trade."""
    days = {name: tmp_path / "tplog" / f"slip2025.06.{name}" for name in (11, 12, 13)}
    script = tmp_path / "subscriber.q"
    script.write_text(f"""
system"l {ROOT}/q/boot.q"
.boot.home:"{ROOT}/q"
.boot.use each`log`conn`sub`calendar,`$("schema/market";"schema/order";"schema/derived";"schema/alert");
upd:insert
ends:0#0Nd
/ what a writer of partitions does: it takes the rows of the day and forgets the rest
written:()
.cal.init`calendars`calendardir!("{MIXED[1]}";"");
.u.end:{{[d]ends,:d;written,:enlist{{[d;t]exec seq from .cal.only[t;d;value t]}}[d]each`trade`depth;{{@[`.;x;0#]}}each`trade`depth;.sub.ended d}}
.conn.add[`tp;hsym`$"127.0.0.1:",.z.x 0];
.z.pc:{{.conn.closed x}}
.z.ts:{{if[null .conn.h`tp;if[not null h:@[hopen;(.conn.addr`tp;200);0Ni];.conn.h[`tp]:h;.sub.resume[]]]}}
.conn.wait[`tp;100];
.sub.take[`tp;`].conn.ask[`tp;(`.u.stream;`trade`depth;`)];
system"t 50"
""")
    quill = start(*MIXED)
    sub = start_quill(str(script), str(quill.port))
    with Client("127.0.0.1", quill.port) as q, Client("127.0.0.1", sub.port) as s:

        def seen(table: str) -> list[int]:
            return [int(n) for n in s.value(f"exec seq from {table}").to_pylist()]

        rows(q, "trade", 0, "2025-06-11T20:00")
        rows(q, "depth", 0, "2025-06-11T21:59:59.999999999", "2025-06-11T22:00", "2025-06-11T22:01")
        # the plant stays in the 11th, and everybody sees the early rows
        rows(q, "trade", 1, "2025-06-11T22:30")
        assert q.value(".u.d~2025.06.11")
        until(lambda: (seen("trade"), seen("depth")) == ([0, 1], [0, 1, 2]), "rows of both tables")
    # a crash between the log and the copy: it is made anew
    quill.kill()
    part = tmp_path / "tplog.early" / "2025.06.12" / "slip2025.06.11"
    whole = part.read_bytes()
    part.write_bytes(whole[:-5])
    port = quill.port
    quill = start_quill(str(TICK), "-dir", str(tmp_path / "tplog"), "-sync", "never", "-t", "5", *MIXED, port=port)
    assert part.read_bytes()[:8] == whole[:8]
    with Client("127.0.0.1", quill.port) as q, Client("127.0.0.1", sub.port) as s:
        assert logged(q, "depth", part) == [1, 2]
        assert int(q.value(".u.position[`depth]1")) == 3
        assert rows(q, "depth", 3, "2025-06-11T23:00") == 4
        # midnight UTC ends the 11th in every calendar
        assert rows(q, "trade", 2, "2025-06-12T00:00:00.5") == 3
        assert q.value(".u.d~2025.06.12")
        assert logged(q, "depth", days[12]) == [1, 2, 3]
        assert logged(q, "trade", days[12]) == [2]
        assert int(q.value(".u.position[`depth]1")) == 4, "what came early is not counted twice"
        until(lambda: seen("depth") == [1, 2, 3], "the early rows in their day")
        assert seen("trade") == [2]
        assert s.value("(0 1;1#0)~first written")
        rows(q, "depth", 4, "2025-06-12T01:00")
        until(lambda: seen("depth") == [1, 2, 3, 4], "the stream after them")
        assert int(s.value(".sub.gaps")) == 0
        # late in one calendar, early in the other; a message that holds both
        assert rows(q, "depth", 5, "2025-06-11T21:00", "2025-06-12T21:00", "2025-06-12T22:00") == 8
        assert logged(q, "depth", tmp_path / "tplog.late" / "slip2025.06.11") == [5]
    quill.kill()
    quill = start_quill(str(TICK), "-dir", str(tmp_path / "tplog"), "-sync", "never", "-t", "5", *MIXED, port=port)
    with Client("127.0.0.1", quill.port) as q, Client("127.0.0.1", sub.port) as s:
        assert int(q.value(".u.position[`depth]1")) == 8
        until(lambda: bool(q.value("0<count .stream.w")), "the subscriber")
        q.value(".u.endofday[]")
        # a depth row of the evening before opens the 13th with what came early
        assert rows(q, "depth", 8, "2025-06-12T22:30") == 9
        assert q.value(".u.d~2025.06.13")
        assert logged(q, "depth", days[13]) == [7, 8]
        until(lambda: [int(n) for n in s.value("exec seq from depth").to_pylist()] == [7, 8], "the 13th")
        assert s.value("(enlist 2;1 2 3 4 6)~written 1")
        assert s.value("2025.06.11 2025.06.12~ends")
        # now a row of the trade's 12th is late: its day is over
        assert rows(q, "trade", 3, "2025-06-12T23:00") == 4
        assert logged(q, "trade", tmp_path / "tplog.late" / "slip2025.06.12") == [3]
    assert not (tmp_path / "tplog.early" / "2025.06.12").exists()


def test_weekends_and_holidays_belong_to_the_next_trading_day(tmp_path: Path, start: Callable[..., Any]) -> None:
    quill = start("-calendars", "default:XNYS")
    with Client("127.0.0.1", quill.port) as q:
        # Thursday before Good Friday 2024; midnight in New York is 04:00 UTC
        rows(q, "trade", 0, "2024-03-28T20:00", "2024-03-29T03:59:59")
        assert q.value(".u.d~2024.03.28")
        rows(q, "trade", 2, "2024-03-29T04:00", "2024-03-31T12:00", "2024-04-01T20:00")
        assert q.value(".u.d~2024.04.01")
        assert logged(q, "trade", tmp_path / "tplog" / "slip2024.04.01") == [2, 3, 4]
        # how far ahead rows may be is counted in trading days: the tenth after Monday is the 15th
        assert rows(q, "trade", 5, "2024-04-16T12:00", "2024-04-15T12:00") == 6
        assert q.value("(.u.d~2024.04.15)and 1=exec sum rows from .u.bad")


def test_a_wrong_clock_opens_no_day_that_has_not_come(tmp_path: Path, start: Callable[..., Any]) -> None:
    quill = start()
    with Client("127.0.0.1", quill.port) as q:
        q.value("{.u.upd[`trade;value flip update time:.z.p+0D01*x from 1#0#trade]}each 23 25")
        assert q.value("1=exec sum rows from .u.bad")
        assert q.value("1=.u.rows`trade")


def test_the_clock_ends_a_quiet_day(tmp_path: Path, start: Callable[..., Any]) -> None:
    quill = start("-grace", "1")
    with Client("127.0.0.1", quill.port) as q:
        rows(q, "trade", 0, "2025-06-11T10:00")
        time.sleep(0.1)
        assert q.value(".u.d~2025.06.11"), "rows have come within the minute"
        q.value(".tick.heard-:0D00:02")
        until(lambda: bool(q.value("null .u.d")), "the clock to end the day")
        assert q.value("(enlist 2025.06.11)~.tick.over[]")
    quill.kill()
    quill = start()
    with Client("127.0.0.1", quill.port) as q:
        rows(q, "trade", 1, "2025-06-12T10:00")
        q.value(".tick.heard-:10D")
        time.sleep(0.1)
        assert q.value(".u.d~2025.06.12"), "only if it is asked for"


def test_what_was_acknowledged_late_survives_a_kill(tmp_path: Path, start: Callable[..., Any]) -> None:
    quill = start(sync="always")
    with Client("127.0.0.1", quill.port) as q:
        rows(q, "trade", 0, "2025-06-12T10:00")
        for k in range(1, 21):
            assert rows(q, "trade", k, "2025-06-11T10:00") == k + 1
        os.kill(quill.process.pid, signal.SIGKILL)
    quill.process.wait()
    quill = start()
    with Client("127.0.0.1", quill.port) as q:
        assert int(q.value(".u.position[`trade]1")) == 21
        assert logged(q, "trade", tmp_path / "tplog.late" / "slip2025.06.11") == list(range(1, 21))


@pytest.mark.parametrize(
    "function",
    [
        ".journal.sync:{FAIL}",
        ".tick.save:{FAIL}",
        ".early.gather:{FAIL}",
        ".journal.ready:{FAIL}",
        ".early.count:{FAIL}",
    ],
)
def test_the_disk_is_full_at_midnight(
    function: str, tmp_path: Path, start: Callable[..., Any], start_quill: Callable[..., Any]
) -> None:
    """The end of the day is repeated by the rows that come next, until it and the beginning of the next day are on disk."""
    name = function.split(":")[0]
    script = tmp_path / "plain.q"
    script.write_text(
        'h:hopen`$":127.0.0.1:",.z.x 0\nends:0#0Nd\n.u.end:{ends,:x}\nupd:insert\n(set) . h(`.u.sub;`trade;`);\n'
    )
    quill = start()
    plain = start_quill(str(script), str(quill.port))
    with Client("127.0.0.1", quill.port) as q, Client("127.0.0.1", plain.port) as p:
        assert rows(q, "trade", 0, "2025-06-11T10:00", "2025-06-11T11:00") == 2
        q.value(f".t.was:{name}")
        q.value(function.replace("FAIL", '\'"no space"'))
        for _ in range(3):
            with pytest.raises(QueryError, match="no space"):
                rows(q, "trade", 2, "2025-06-12T10:00", "2025-06-12T10:01")
            assert int(q.value(".u.position[`trade]1")) == 2
        files = int(q.value("count key`:/proc/self/fd"))
        with pytest.raises(QueryError):
            rows(q, "trade", 2, "2025-06-12T10:00", "2025-06-12T10:01")
        assert int(q.value("count key`:/proc/self/fd")) == files
        q.value(f"{name}:.t.was")
        assert rows(q, "trade", 2, "2025-06-12T10:00", "2025-06-12T10:01") == 4
        assert q.value("(2025.06.12;1#2025.06.11;2)~(.u.d;.tick.over[];.u.rows`trade)")
        until(lambda: bool(p.value("2=sum 2025.06.12=`date$trade`time")), "the rows of the next day")
        assert p.value("(1#2025.06.11)~ends")
        assert logged(q, "trade", tmp_path / "tplog" / "slip2025.06.11") == [0, 1]
        assert logged(q, "trade", tmp_path / "tplog" / "slip2025.06.12") == [2, 3]
    quill.kill()
    with Client("127.0.0.1", start().port) as q:
        assert int(q.value(".u.position[`trade]1")) == 4
        assert q.value("(2025.06.12;1#2025.06.11)~(.u.d;.tick.over[])")


def test_the_day_goes_on_while_its_end_cannot_be_saved(tmp_path: Path, start: Callable[..., Any]) -> None:
    with Client("127.0.0.1", start().port) as q:
        assert rows(q, "trade", 0, "2025-06-11T10:00") == 1
        q.value('.t.was:.tick.save;.tick.save:{\'"no space"}')
        with pytest.raises(QueryError, match="no space"):
            q.value(".u.endofday[]")
        assert rows(q, "trade", 1, "2025-06-11T11:00") == 2
        q.value(".tick.save:.t.was;.u.endofday[]")
        assert q.value("(0Nd;1#2025.06.11)~(.u.d;.tick.over[])")
        assert q.value("2=exec sum rows from .tick.ended where table=`trade")
        assert logged(q, "trade", tmp_path / "tplog" / "slip2025.06.11") == [0, 1]


def test_early_rows_find_no_room(tmp_path: Path, start: Callable[..., Any]) -> None:
    """They are logged, so the sender's are taken; what their own day's log begins with is made from the open day's before that ends."""
    day = tmp_path / "tplog" / "slip2025.06.12"
    quill = start(*MIXED)
    with Client("127.0.0.1", quill.port) as q:
        assert rows(q, "depth", 0, "2025-06-11T20:00") == 1
        q.value('.t.was:.early.i.open;.early.i.open:{[f]\'"no space"}')
        assert rows(q, "depth", 1, "2025-06-11T21:00", "2025-06-11T22:30") == 3
        assert rows(q, "trade", 0, "2025-06-11T23:30") == 1
        assert "no space" in quill.log.read_text()
        with pytest.raises(QueryError, match="no space"):
            rows(q, "trade", 1, "2025-06-12T00:30")
        q.value(".early.i.open:.t.was")
        assert rows(q, "depth", 3, "2025-06-11T23:40") == 4
        assert rows(q, "trade", 1, "2025-06-12T00:30") == 2
        assert q.value(".u.d~2025.06.12")
        assert logged(q, "depth", day) == [2, 3]
    quill.kill()
    with Client("127.0.0.1", start(*MIXED).port) as q:
        assert logged(q, "depth", day) == [2, 3]
        assert int(q.value(".u.position[`depth]1")) == 4
