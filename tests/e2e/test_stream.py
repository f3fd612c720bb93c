"""Numbered streams, conflation, chained and slow subscribers: real tickerplants and subscribers, rows counted one by one."""

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

TICK, CHAIN, RDB = ROOT / "tickplant" / "tick.q", ROOT / "tickplant" / "chain.q", ROOT / "rdb" / "rdb.q"
SUBSCRIBER = f"""
system"l {ROOT}/q/boot.q"
.boot.home:"{ROOT}/q"
.boot.use each`log`conn`sub,`$("schema/market";"schema/order");
upd:insert
.u.end:{{[d].sub.ended d}}
.sub.reset:{{{{@[`.;x;0#]}}each tables`.}}
.conn.add[`tp;hsym`$"127.0.0.1:",.z.x 0];
syms:$[1<count .z.x;`$1_.z.x;`]
open:{{.conn.wait[`tp;100];.sub.take[`tp;syms].conn.ask[`tp;(`.u.stream;`trade`quote;syms)]}}
.z.pc:{{.conn.closed x}}
.z.ts:{{.job.run[];if[null .conn.h`tp;if[not null h:@[hopen;(.conn.addr`tp;200);0Ni];.conn.h[`tp]:h;.sub.resume[]]]}}
open[];
system"t 50"
"""
PUBLISH = "{[k;n].u.upd[`trade;value flip update time:2025.06.11D10:00:00+k+til n,sym:`A`B`C(k+til n)mod 3,seq:k+til n from n#enlist first 0#trade]}"
SEQS = "exec seq from trade"


def until(what: Callable[[], bool], meaning: str, seconds: float = 180) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, f"waited {seconds} s for {meaning}"
        time.sleep(0.05)


def seqs(client: Client) -> list[int]:
    return [int(n) for n in client.value(SEQS).to_pylist()]


def restart(quill: Any, start: Callable[..., Any], *args: str) -> Any:
    quill.kill()
    return start(*args, port=quill.port)


def test_a_subscriber_resumes_without_loss_or_doubles(tmp_path: Path, start_quill: Callable[..., Any]) -> None:
    script = tmp_path / "subscriber.q"
    script.write_text(SUBSCRIBER)
    arguments = (str(TICK), "-dir", str(tmp_path / "tplog"), "-sync", "never", "-t", "5")
    tp = start_quill(*arguments)
    with Client("127.0.0.1", tp.port) as q:
        q.value(PUBLISH, 0, 10)
    sub = start_quill(str(script), str(tp.port))
    some = start_quill(str(script), str(tp.port), "B")
    with Client("127.0.0.1", tp.port) as q:
        q.value(PUBLISH, 10, 10)
    with Client("127.0.0.1", sub.port) as s, Client("127.0.0.1", some.port) as b:
        until(lambda: len(seqs(s)) == 20, "rows of the log and of the stream")
        tp = restart(tp, start_quill, *arguments)
        with Client("127.0.0.1", tp.port) as q:
            q.value(PUBLISH, 20, 10)
            until(lambda: len(seqs(s)) >= 30, "rows after the tickerplant's restart")
            assert seqs(s) == list(range(30))
            until(lambda: len(seqs(b)) >= 10, "rows of one symbol")
            assert seqs(b) == [k for k in range(30) if k % 3 == 1]
            assert int(s.value(".sub.resumed")) == 1
            # a message that is lost on the way is seen by the next and read from the log
            q.value("update at:at-3 from `.stream.w where tab=`trade")
            q.value(PUBLISH, 30, 5)
            until(lambda: len(seqs(s)) >= 35, "rows after a gap")
            assert seqs(s) == list(range(35))
            assert int(s.value(".sub.gaps")) == 1
            until(lambda: len(seqs(b)) >= 12, "rows of one symbol after a gap")
            assert seqs(b) == [k for k in range(35) if k % 3 == 1]
            # a column added on the way
            q.value(".u.addcol[`trade;`note;`]")
            q.value(PUBLISH.replace(" from n#", ",note:`x from n#"), 35, 5)
            until(lambda: len(seqs(s)) >= 40, "rows with the new column")
            assert s.value("((35#`),5#`x)~exec note from trade")
            # a publisher that does not know it, and a subscriber that comes now
            q.value(PUBLISH.replace("value flip", "9#value flip"), 40, 5)
            until(lambda: len(seqs(s)) >= 45, "rows without it")
            late = start_quill(str(script), str(tp.port))
            with Client("127.0.0.1", late.port) as other:
                until(lambda: len(seqs(other)) >= 45, "the log")
                assert other.value("((35#`),(5#`x),5#`)~exec note from trade")
            # the next day counts from the start
            q.value(PUBLISH.replace("2025.06.11", "2025.06.12"), 45, 5)
            until(lambda: len(seqs(s)) >= 50, "rows of the next day")
            assert seqs(s) == list(range(50))
            assert s.value("(5;2025.06.12)~(.sub.n`trade;.sub.day)")
            assert int(s.value(".sub.gaps")) == 1


def test_a_stream_that_stops_while_its_subscriber_waits_for_an_answer(
    tmp_path: Path, start_quill: Callable[..., Any]
) -> None:
    """Answers come in the order of requests: to ask in the middle of another request would take its answer."""
    script = tmp_path / "subscriber.q"
    script.write_text(SUBSCRIBER)
    tp = start_quill(str(TICK), "-dir", str(tmp_path / "tplog"), "-sync", "never", "-t", "5")
    sub = start_quill(str(script), str(tp.port))
    with Client("127.0.0.1", tp.port) as q, Client("127.0.0.1", sub.port) as s:
        q.value(PUBLISH, 0, 10)
        until(lambda: len(seqs(s)) == 10, "the first rows")
        # within one message it is stopped, rows come, and it is told to come again before it has the answer
        ask = f"{{update lost:1b from`.stream.w;{PUBLISH}[10;10];.stream.again .z.w;`answer}}[]"
        assert s.value(f'.conn.ask[`tp;"{ask}"]') == "answer"
        until(lambda: len(seqs(s)) >= 20, "the rows that were missing")
        assert seqs(s) == list(range(20))
        assert int(s.value(".sub.resumed")) == 1


def test_a_mended_log_is_read_anew(tmp_path: Path, start_quill: Callable[..., Any]) -> None:
    script = tmp_path / "subscriber.q"
    script.write_text(SUBSCRIBER)
    arguments = (str(TICK), "-dir", str(tmp_path / "tplog"), "-sync", "never", "-t", "5")
    tp = start_quill(*arguments)
    with Client("127.0.0.1", tp.port) as q:
        for k in range(5):
            q.value(PUBLISH, 10 * k, 10)
        q.value(".journal.sum[]")
    sub = start_quill(str(script), str(tp.port))
    with Client("127.0.0.1", sub.port) as s:
        until(lambda: len(seqs(s)) == 50, "rows")
        tp.kill()
        log = tmp_path / "tplog" / "slip2025.06.11"
        data = bytearray(log.read_bytes())
        data[len(data) // 2] ^= 0x10  # in the third of five messages
        log.write_bytes(data)
        tp = start_quill(*arguments, port=tp.port)
        want = [k for k in range(50) if not 20 <= k < 30]
        until(lambda: seqs(s) == want, "what is left of the log")
        with Client("127.0.0.1", tp.port) as q:
            assert q.value("40=.u.rows`trade")
            assert "log mended" in tp.log.read_text()
            q.value(PUBLISH, 50, 1)
        until(lambda: seqs(s) == [*want, 50], "rows after it")


def test_conflated_and_chained(tmp_path: Path, start_quill: Callable[..., Any]) -> None:
    script = tmp_path / "subscriber.q"
    script.write_text(SUBSCRIBER)
    tp = start_quill(str(TICK), "-dir", str(tmp_path / "tplog"), "-sync", "never", "-t", "5")
    with Client("127.0.0.1", tp.port) as q:
        q.value(PUBLISH, 0, 10)
    chain = start_quill(str(CHAIN), "-tp", f"127.0.0.1:{tp.port}", "-t", "20")
    with Client("127.0.0.1", tp.port) as q:
        q.value(PUBLISH, 10, 10)
    sub = start_quill(str(script), str(chain.port))
    last = tmp_path / "last.q"
    last.write_text(
        'h:hopen`$":127.0.0.1:",.z.x 0\nmessages:0\nupd:{[t;x]messages+:1;t insert x}\n(set) . h(`.u.conflate;`trade;`A`B;0D00:00:00.2);\n'
    )
    conflated = start_quill(str(last), str(tp.port))
    with (
        Client("127.0.0.1", tp.port) as q,
        Client("127.0.0.1", sub.port) as s,
        Client("127.0.0.1", conflated.port) as c,
    ):
        for k in range(20, 60, 10):
            q.value(PUBLISH, k, 10)
        until(lambda: len(seqs(s)) >= 60, "rows through the chain")
        assert seqs(s) == list(range(60))
        # the last rows of A and B: all that was published within an interval is one message
        until(lambda: sorted(seqs(c)[-2:]) == [57, 58], "the last row a symbol")
        assert len(seqs(c)) <= 2 * int(c.value("messages"))
        # a column is added while rows are held
        c.query(".u.addcol:{[t;c;v]t set flip flip[value t],enlist[c]!enlist count[value t]#0#v}")
        q.value(PUBLISH, 60, 5)
        q.value(".u.addcol[`trade;`note;`]")
        q.value(PUBLISH.replace(" from n#", ",note:`x from n#"), 65, 5)
        until(lambda: sorted(seqs(c)[-2:]) == [67, 69], "the last rows with the column")
        assert c.value("`x`x~-2#exec note from trade")
        # the chain's subscriber resumes from the parent's log
        s.value("hclose .conn.h`tp;.conn.closed .conn.h`tp")
        q.value(PUBLISH.replace(" from n#", ",note:`x from n#"), 70, 10)
        until(lambda: len(seqs(s)) >= 80, "rows after resuming at the chain")
        assert seqs(s) == list(range(80))
        assert s.value("((65#`),15#`x)~exec note from trade")


def test_a_slow_subscriber_is_not_the_tickerplants_memory(tmp_path: Path, start_quill: Callable[..., Any]) -> None:
    script = tmp_path / "subscriber.q"
    script.write_text(SUBSCRIBER)
    tp = start_quill(str(TICK), "-dir", str(tmp_path / "tplog"), "-sync", "never", "-t", "5", "-queue", "4")
    sub = start_quill(str(script), str(tp.port))
    plain = tmp_path / "plain.q"
    plain.write_text(
        'h:hopen`$":127.0.0.1:",.z.x 0\nclosed:0b\n.z.pc:{closed::1b}\nupd:insert\n(set) . h(`.u.sub;`trade;`);\n'
    )
    cut = start_quill(str(plain), str(tp.port))
    with Client("127.0.0.1", tp.port) as q:
        for process in (sub, cut):
            os.kill(process.process.pid, signal.SIGSTOP)
        for k in range(0, 400_000, 10_000):
            q.value(PUBLISH, k, 10_000)
        until(
            lambda: bool(q.value("all 8388608>sum each .z.W")) and bool(q.value("0=count .u.w`trade")),
            "the queues to be bounded",
        )
        for process in (sub, cut):
            os.kill(process.process.pid, signal.SIGCONT)
        with Client("127.0.0.1", sub.port) as s:
            until(lambda: int(s.value("count trade")) >= 400_000, "the rows from the log", 40)
            assert s.value("(til 400000)~exec seq from trade")
            assert int(s.value(".sub.resumed")) >= 1
            q.value(PUBLISH, 400_000, 10)
            until(lambda: int(s.value("count trade")) == 400_010, "the stream again")
    with Client("127.0.0.1", cut.port) as c:
        until(lambda: bool(c.value("closed")), "the plain subscriber to be cut off")


def test_the_policy_disconnect_cuts_numbered_streams_off_too(tmp_path: Path, start_quill: Callable[..., Any]) -> None:
    script = tmp_path / "subscriber.q"
    script.write_text(SUBSCRIBER)
    options = ("-dir", str(tmp_path / "tplog"), "-sync", "never", "-t", "5", "-queue", "4", "-slow", "disconnect")
    tp = start_quill(str(TICK), *options)
    sub = start_quill(str(script), str(tp.port))
    with Client("127.0.0.1", tp.port) as q:
        os.kill(sub.process.pid, signal.SIGSTOP)
        for k in range(0, 400_000, 10_000):
            q.value(PUBLISH, k, 10_000)
        until(lambda: bool(q.value("0=count .stream.w")), "the stream to be cut off")
        assert "slow subscriber cut off" in tp.log.read_text()
        os.kill(sub.process.pid, signal.SIGCONT)
        with Client("127.0.0.1", sub.port) as s:
            # it connects again, and reads from the log what it lacks
            until(lambda: int(s.value("count trade")) >= 400_000, "the rows from the log", 40)
            q.value(PUBLISH, 400_000, 10)
            until(lambda: int(s.value("count trade")) >= 400_010, "the stream again")
            assert s.value("(til 400010)~exec seq from trade")


def test_memory_does_not_grow_while_a_subscriber_is_stopped(tmp_path: Path, start_quill: Callable[..., Any]) -> None:
    script = tmp_path / "subscriber.q"
    script.write_text(SUBSCRIBER)
    tp = start_quill(str(TICK), "-dir", str(tmp_path / "tplog"), "-sync", "never", "-t", "5", "-queue", "4")
    sub = start_quill(str(script), str(tp.port))

    def resident() -> int:
        pages = Path(f"/proc/{tp.process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    with Client("127.0.0.1", tp.port) as q:
        os.kill(sub.process.pid, signal.SIGSTOP)
        try:
            # a row is some 80 bytes on the wire: 40 MB, then 80 MB more that nobody reads
            for k in range(0, 500_000, 10_000):
                q.value(PUBLISH, k, 10_000)
            before = resident()
            for k in range(500_000, 1_500_000, 10_000):
                q.value(PUBLISH, k, 10_000)
            assert int(q.value(".u.rows`trade")) == 1_500_000
            assert resident() - before < 24 << 20
        finally:
            os.kill(sub.process.pid, signal.SIGCONT)


def test_a_chained_tickerplant_follows_through_a_restart_and_the_end_of_a_day(
    tmp_path: Path, start_quill: Callable[..., Any]
) -> None:
    script = tmp_path / "subscriber.q"
    script.write_text(
        SUBSCRIBER.replace(".u.end:{", "ends:0#0Nd\n.u.end:{ends,:x;")
        .replace("{[d].sub", "{.sub")
        .replace("ended d", "ended x")
    )
    plain = tmp_path / "plain.q"
    plain.write_text(
        'h:hopen`$":127.0.0.1:",.z.x 0\nends:0#0Nd\n.u.addcol:{[t;c;v]t set flip flip[value t],enlist[c]!enlist count[value t]#0#v}\n.u.end:{ends,:x}\nupd:insert\n(set) . h(`.u.sub;`trade;`);\n'
    )
    arguments = (str(TICK), "-dir", str(tmp_path / "tplog"), "-sync", "never", "-t", "5")
    tp = start_quill(*arguments)
    with Client("127.0.0.1", tp.port) as q:
        q.value(PUBLISH, 0, 10)
    chain = start_quill(str(CHAIN), "-tp", f"127.0.0.1:{tp.port}", "-t", "20")
    sub = start_quill(str(script), str(chain.port))
    other = start_quill(str(plain), str(chain.port))
    with Client("127.0.0.1", sub.port) as s, Client("127.0.0.1", other.port) as p:
        until(lambda: seqs(s) == list(range(10)), "the log")
        tp = restart(tp, start_quill, *arguments)
        with Client("127.0.0.1", tp.port) as q:
            q.value(PUBLISH, 10, 10)
            until(lambda: len(seqs(s)) >= 20, "rows after the tickerplant's restart")
            q.value(".u.endofday[]")
            until(
                lambda: bool(s.value("2025.06.11 in ends")) and bool(p.value("2025.06.11 in ends")),
                "the end of the day",
            )
            q.value(PUBLISH.replace("2025.06.11", "2025.06.12"), 20, 10)
            until(lambda: len(seqs(s)) >= 30 and len(seqs(p)) >= 20, "rows of the next day")
        assert seqs(s) == list(range(30))
        assert seqs(p) == list(range(10, 30))
        assert s.value("(enlist 2025.06.11;2025.06.12;10)~(ends;.sub.day;.sub.n`trade)")


def test_a_chained_tickerplant_over_days_and_a_mended_log(tmp_path: Path, start_quill: Callable[..., Any]) -> None:
    """It starts before the first day; its subscribers resume on any day, and have each row once, whatever becomes of the log."""
    script = tmp_path / "subscriber.q"
    script.write_text(SUBSCRIBER.replace(".u.end:{[d].sub.ended d}", "ends:0#0Nd\n.u.end:{[d]ends,:d;.sub.ended d}"))
    plain = tmp_path / "plain.q"
    plain.write_text(
        'h:hopen`$":127.0.0.1:",.z.x 0\nends:0#0Nd\n.u.end:{ends,:x}\nupd:insert\n(set) . h(`.u.sub;`trade;`);\n'
    )
    arguments = (str(TICK), "-dir", str(tmp_path / "tplog"), "-sync", "never", "-t", "5")
    tp = start_quill(*arguments)
    chain = start_quill(str(CHAIN), "-tp", f"127.0.0.1:{tp.port}", "-t", "20")
    sub = start_quill(str(script), str(chain.port))
    other = start_quill(str(plain), str(chain.port))
    sent = 0
    ended: list[str] = []
    with Client("127.0.0.1", sub.port) as s, Client("127.0.0.1", other.port) as p:
        with Client("127.0.0.1", tp.port) as q:
            for day in ("2025.06.11", "2025.06.12", "2025.06.13"):
                q.value(PUBLISH.replace("2025.06.11", day), sent, 10)
                until(lambda n=sent + 10: len(seqs(s)) >= n and len(seqs(p)) >= n, "rows of the day")  # type: ignore[misc]
                s.value("hclose .conn.h`tp;.conn.closed .conn.h`tp")
                q.value(PUBLISH.replace("2025.06.11", day), sent + 10, 10)
                sent += 20
                until(lambda n=sent: len(seqs(s)) >= n, "rows after resuming at the chain")  # type: ignore[misc]
                q.value(".u.endofday[]")
                ended.append(day)
                until(
                    lambda: s.text("ends").strip(",\n ").split() == p.text("ends").strip(",\n ").split() == ended,
                    "the end of the day",
                )
            assert seqs(s) == seqs(p) == list(range(sent))
            for k in range(60, 90, 10):
                q.value(PUBLISH.replace("2025.06.11", "2025.06.14"), k, 10)
            q.value(".journal.sum[]")
            until(lambda: seqs(s) == seqs(p) == list(range(90)), "rows of the fourth day")
        tp.kill()
        log = tmp_path / "tplog" / "slip2025.06.14"
        data = bytearray(log.read_bytes())
        data[len(data) // 2] ^= 0x10  # in the second of three messages
        log.write_bytes(data)
        tp = start_quill(*arguments, port=tp.port)
        want = [*range(60, 70), *range(80, 90)]
        until(lambda: seqs(s) == want, "what is left of the log")
        with Client("127.0.0.1", tp.port) as q, Client("127.0.0.1", chain.port) as c:
            q.value(PUBLISH.replace("2025.06.11", "2025.06.14"), 90, 5)
            until(lambda: len(seqs(s)) >= 25 and len(seqs(p)) >= 95, "rows after it")
            assert seqs(s) == [*want, *range(90, 95)]
            assert seqs(p) == list(range(95)), "a plain subscriber keeps what it had"
            q.value(".u.endofday[]")
            until(lambda: bool(s.value("2025.06.14 in ends")) and bool(p.value("2025.06.14 in ends")), "the last end")
            assert int(c.value(".sub.gaps")) == 0
            assert c.value("(0Nd;`;0)~(.u.d;.u.L;.stream.epoch)")


def test_rows_that_do_not_fit_are_refused_and_kept(tmp_path: Path, start_quill: Callable[..., Any]) -> None:
    tp = start_quill(str(TICK), "-dir", str(tmp_path / "tplog"), "-sync", "never")
    with Client("127.0.0.1", tp.port) as q:
        q.value(PUBLISH, 0, 3)
        mixed = PUBLISH.replace(".u.upd[`trade;", "x:@[;4;:;(1f;`bad;3f)] ")[:-2] + ";.u.upd[`trade;x]}"
        assert q.value(mixed, 3, 3)["rows"].to_pylist() == [1]
        logged = "{u:upd;got::0#`;`upd set{[t;x]got,:x 1};-11!.u.L;`upd set u;`A`B`C`A`C~got}"
        assert q.value(logged, None), "the rest of the batch went on"
        assert q.value("5=.u.rows`trade")
        q.value("bad:{[p;u;t;why;x]got::(t;why;x)};-11!.check.i.file[]")
        assert q.value('(`trade;`$"type: trade column size")~2#got')
        assert q.value("(enlist each`bad`B)~got[2]4 1")
        with pytest.raises(QueryError, match="unknown table nosuch"):
            q.value(".u.upd[`nosuch;(1;2)]")
        with pytest.raises(QueryError, match="length: trade has 9 columns, got 2"):
            q.value(".u.upd[`trade;(.z.p;`A)]")
        assert q.value("1 1 1~exec rows from .u.bad")
        assert q.value("5=.u.rows`trade")


def test_the_rdb_keeps_aside_what_a_mended_log_lacks(tmp_path: Path, start_quill: Callable[..., Any]) -> None:
    arguments = (str(TICK), "-dir", str(tmp_path / "tplog"), "-sync", "never", "-t", "5")
    tp = start_quill(*arguments)
    with Client("127.0.0.1", tp.port) as q:
        for k in range(3):
            q.value(PUBLISH, 10 * k, 10)
        q.value(".journal.sum[]")
    rdb = start_quill(str(RDB), "-tp", f"127.0.0.1:{tp.port}", "-hdb", "127.0.0.1:1", "-db", str(tmp_path / "hdb"))
    with Client("127.0.0.1", rdb.port) as r:
        until(lambda: len(seqs(r)) == 30, "rows")
        tp.kill()
        log = tmp_path / "tplog" / "slip2025.06.11"
        data = bytearray(log.read_bytes())
        data[len(data) // 2] ^= 0x10
        log.write_bytes(data)
        tp = start_quill(*arguments, port=tp.port)
        until(lambda: len(seqs(r)) == 20, "what is left of the log")
        (kept,) = (tmp_path / "hdb.dropped").iterdir()
        assert r.value("{[f] (til 30)~exec seq from (get hsym f)`trade}", str(kept))


def test_a_torn_write_that_reads_as_an_object_is_no_message(tmp_path: Path, start_quill: Callable[..., Any]) -> None:
    arguments = (str(TICK), "-dir", str(tmp_path / "tplog"), "-sync", "never")
    tp = start_quill(*arguments)
    with Client("127.0.0.1", tp.port) as q:
        q.value(PUBLISH, 0, 10)
        tail = bytes(q.value("8_-8!(`upd;`trade;1b)"))
    tp.kill()
    log = tmp_path / "tplog" / "slip2025.06.11"
    with log.open("ab") as file:
        file.write(tail)
    tp = start_quill(*arguments)
    with Client("127.0.0.1", tp.port) as q:
        assert q.value("(1;10)~(.u.i;.u.rows`trade)")
        assert q.value("1~-11!(-2;.u.L)")
    assert log.with_name(log.name + ".torn").read_bytes() == tail
