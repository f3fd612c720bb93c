"""The real-time engine in a running plant: killed at any moment, what it derives is in the log once, and as if it had never been killed."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from memplant import ROOT
from test_stream import until

from slipstream.engine.client import Client
from slipstream.errors import QueryError

TICK, RTE = ROOT / "tickplant" / "tick.q", ROOT / "rte" / "rte.q"
FEEDER = f"""
system"l {ROOT}/q/boot.q"
.boot.home:"{ROOT}/q"
.boot.use each`log`conn`sub,`$"rt/tick";
system"l {ROOT}/tests/q/flow.q"
.conn.add[`tp;hsym`$"127.0.0.1:",.z.x 0];
.rt.cfg[`every]:0D00:00:05
messages:arrive[1;0f;1;flow 1]1
send:{{[n]{{.conn.ask[`tp](`.u.upd;x 0;value flip x 1)}}each n sublist messages;messages::n _ messages;count messages}}
/ event time comes to t without anything happening
tell:{{[t].conn.ask[`tp;(`.u.upd;`quote;value flip fit[quote]([]time:1#t;sym:`Z;venue:`v;bid:1f;ask:2f))]}}
k:`arrival`markout`leak`score`alert`health
/ what the log holds of derived rows
logged:{{[f]got::k!{{0#value x}}each k;upd::{{[t;x]if[t in k;got[t],:flip cols[t]!x]}};-11!f;got}}
/ what one engine makes of the log's inputs
played:{{[f]
  .rt.reset[];out::k!{{0#value x}}each k;
  upd::{{[t;x]if[t in .rt.tables;.rt.put[t;flip cols[t]!x];while[not null w:.rt.next[];{{out[x],:y}}'[k;(.rt.tick w)k]]]}};
  -11!f;out}}
same:{{[f]a:logged f;b:played f;k!{{[a;b;t]c:cols[t]except`nquote`ntrade`norders`nfills`nstatus;(-8!c#a t)~-8!c#b t}}[a;b]each k}}
/ the same of a day that has ended: what was said after its end is in the log of late rows
ended:{{[d;l]a:logged d;a:k!a[k],'(logged l)k;played d;z:.rt.close{{[r]{{out[x],:y}}'[k;r k];}};b:k!(out k),'z k;
  k!{{[a;b;t]c:cols[t]except`nquote`ntrade`norders`nfills`nstatus;(-8!c#a t)~-8!c#b t}}[a;b]each k}}
once:{{[f]a:logged f;(count each a)~count each distinct each a}}
"""


@pytest.mark.parametrize("kills", [(), (3, 40, 41, 90, 150)], ids=["left alone", "killed"])
def test_what_is_derived_is_logged_once(
    tmp_path: Path, start_quill: Callable[..., Any], kills: tuple[int, ...]
) -> None:
    script = tmp_path / "feeder.q"
    script.write_text(FEEDER)
    tp = start_quill(str(TICK), "-dir", str(tmp_path / "tplog"), "-sync", "never", "-mode", "zero", "-t", "5")
    arguments = (str(RTE), "-tp", f"127.0.0.1:{tp.port}", "-every", "5000")
    rte = start_quill(*arguments)
    feeder = start_quill(str(script), str(tp.port))
    with Client("127.0.0.1", feeder.port, timeout_s=200) as f:
        total = int(f.value("count messages"))
        step = total // 200 + 1
        for k in range(200):
            f.value("send", step)
            if k in kills:
                rte.kill()
                rte = start_quill(*arguments, port=rte.port)
        assert int(f.value("count messages")) == 0
        f.value("tell t0+0D00:22")
        with Client("127.0.0.1", rte.port) as r:
            done = "{.rte.following and(null .rt.next[])and(.rt.n[`quote]=x)and 0=count .rte.queue}"
            quotes = int(f.value('.conn.ask[`tp;".u.rows`quote"]'))
            until(lambda: bool(r.value(done, quotes)), "the last evaluation", 300)
        log = f'(hsym`$"{tmp_path}/tplog/slip2024.01.02")'
        assert f.value(f"once {log}")
        same = f.value(f"where not same {log}").to_pylist()
        assert same == []
        assert int(f.value("count got`score")) > 100


def test_the_tickerplant_dies_while_rows_flow(tmp_path: Path, start_quill: Callable[..., Any]) -> None:
    """The engine finds out what it has of what was sent to it before it sends again, though rows come meanwhile that it could evaluate."""
    script = tmp_path / "feeder.q"
    script.write_text(FEEDER.replace("messages:arrive", ".rt.instant:1b\nmessages:arrive"))
    tickerplant = (str(TICK), "-dir", str(tmp_path / "tplog"), "-sync", "never", "-mode", "zero", "-t", "5")
    tp = start_quill(*tickerplant)
    rte = start_quill(str(RTE), "-tp", f"127.0.0.1:{tp.port}", "-every", "5000", "-instant", "1")
    feeder = start_quill(str(script), str(tp.port))
    with Client("127.0.0.1", feeder.port, timeout_s=200) as f:
        step = int(f.value("count messages")) // 60 + 1
        for k in range(60):
            f.value("send", step)
            if k % 6 == 5:
                tp.kill()
                tp = start_quill(*tickerplant, port=tp.port)
                f.value(".conn.drop`tp")
        assert int(f.value("count messages")) == 0
        f.value("tell t0+0D00:22")
        with Client("127.0.0.1", rte.port) as r:
            done = "{.rte.following and(null .rt.next[])and(.rt.n[`quote]=x)and 0=count .rte.queue}"
            quotes = int(f.value('.conn.ask[`tp;".u.rows`quote"]'))
            until(lambda: bool(r.value(done, quotes)), "the last evaluation", 300)
        log = f'(hsym`$"{tmp_path}/tplog/slip2024.01.02")'
        assert f.value(f"once {log}")
        assert f.value(f"where not same {log}").to_pylist() == []


def test_a_day_that_ends_before_the_engine_has_done_is_said_to_its_end(
    tmp_path: Path, start_quill: Callable[..., Any]
) -> None:
    """Its last minutes are evaluated one after the other as ever, though the end comes while the engine waits for an answer."""
    script = tmp_path / "feeder.q"
    script.write_text(FEEDER)
    tp = start_quill(str(TICK), "-dir", str(tmp_path / "tplog"), "-sync", "never", "-mode", "zero", "-t", "5")
    rte = start_quill(str(RTE), "-tp", f"127.0.0.1:{tp.port}", "-every", "5000", "-lag", "60000")
    feeder = start_quill(str(script), str(tp.port))
    with Client("127.0.0.1", feeder.port, timeout_s=200) as f, Client("127.0.0.1", rte.port, timeout_s=200) as r:
        assert int(f.value("send", 1_000_000)) == 0
        until(lambda: not bool(r.value("null .rt.w")), "the first evaluation", 300)
        f.value('.conn.ask[`tp;".u.endofday[]"]')
        until(lambda: bool(r.value("null[.rt.w]&0=count .rte.later")), "the engine to be done with the day", 300)
        logs = ",".join(f'hsym`$"{tmp_path}/{folder}/slip2024.01.02"' for folder in ("tplog", "tplog.late"))
        assert f.value(f"where not ended . ({logs.replace(',', ';')})").to_pylist() == []
        assert int(f.value("count out`score")) > 100


def test_what_is_said_of_the_last_moment_of_a_day_is_of_that_day(
    tmp_path: Path, start_quill: Callable[..., Any]
) -> None:
    """A market that never closes: the last boundary of a day is midnight, and an engine that comes later reads the next day's log."""
    script = tmp_path / "feeder.q"
    script.write_text(FEEDER)
    tp = start_quill(str(TICK), "-dir", str(tmp_path / "tplog"), "-sync", "never", "-mode", "zero", "-t", "5")
    arguments = (str(RTE), "-tp", f"127.0.0.1:{tp.port}")
    rte = start_quill(*arguments)
    feeder = start_quill(str(script), str(tp.port))
    log = '(hsym`$"{}/{}/slip{}")'
    today, tomorrow = (log.format(tmp_path, "tplog", day) for day in ("2024.01.02", "2024.01.03"))
    late = log.format(tmp_path, "tplog.late", "2024.01.02")
    with Client("127.0.0.1", feeder.port, timeout_s=200) as f:
        f.value(
            "{[at].conn.ask[`tp;(`.u.upd;`quote;value flip fit[quote]([]time:at;sym:`X;venue:`v;bid:10f;ask:11f))];"
            ".conn.ask[`tp;(`.u.upd;`orders;value flip fit[orders]([]time:1#at+0D00:00:00.01;sym:`X;id:`P;event:`new;side:`buy;qty:100f))]}"
            "1#2024.01.02D23:59:59.9"
        )
        f.value("tell 2024.01.03D00:00:05")
        with Client("127.0.0.1", rte.port, timeout_s=200) as r:
            until(lambda: bool(r.value("(1=.rt.n`quote)&0=count .rte.later")), "the next day", 200)
        until(lambda: bool(f.value(f"count key {late}")), "what is said of the day that ended", 200)
        ended = f"{{((logged {today})x),(logged {late})x}}"
        assert f.value(f"2024.01.02D23:59:59.999999999~exec first time from ({ended}`arrival)where id=`P")
        assert f.value(f"all 2024.01.03>exec time from {ended}`health")
        assert f.value(f"all 0=count each logged {tomorrow}")
        rte.kill()
        rte = start_quill(*arguments, port=rte.port)
        f.value("tell 2024.01.03D00:00:10")
        with Client("127.0.0.1", rte.port, timeout_s=200) as r:
            until(
                lambda: bool(r.value("(2=.rt.n`quote)&.rte.following")),
                "an engine that was started on the next day",
                200,
            )


def test_a_day_ends_while_the_tickerplant_dies(tmp_path: Path, start_quill: Callable[..., Any]) -> None:
    """What is left to say of the day waits until there is one again."""
    script = tmp_path / "feeder.q"
    script.write_text(FEEDER)
    tickerplant = (str(TICK), "-dir", str(tmp_path / "tplog"), "-sync", "never", "-mode", "zero", "-t", "5")
    tp = start_quill(*tickerplant)
    rte = start_quill(str(RTE), "-tp", f"127.0.0.1:{tp.port}", "-every", "5000", "-lag", "60000")
    feeder = start_quill(str(script), str(tp.port))
    with Client("127.0.0.1", feeder.port, timeout_s=200) as f, Client("127.0.0.1", rte.port, timeout_s=200) as r:
        f.value("send", 1_000_000)
        rows = int(f.value('.conn.ask[`tp;".u.rows`quote"]'))
        until(lambda: int(r.value(".rt.n`quote")) == rows, "the rows of the day", 300)
        os.kill(rte.process.pid, signal.SIGSTOP)
        try:
            f.value('.conn.ask[`tp;".u.endofday[]"]')
            tp.kill()
        finally:
            os.kill(rte.process.pid, signal.SIGCONT)
        until(lambda: "waits for the tickerplant" in rte.log.read_text(), "the end of the day to be found", 300)
        start_quill(*tickerplant, port=tp.port)
        until(lambda: bool(r.value("null[.rt.w]&0=count .rte.later")), "the engine to be done with the day", 300)
        logs = ";".join(f'hsym`$"{tmp_path}/{folder}/slip2024.01.02"' for folder in ("tplog", "tplog.late"))
        assert f.value(f"where not ended . ({logs})").to_pylist() == []
        assert int(f.value("count out`score")) > 100
        # it follows the next day
        f.value(".conn.drop`tp")
        f.value("tell 2024.01.03D00:00:10")
        until(lambda: int(r.value(".rt.n`quote")) == 1, "a row of the next day", 300)


DIES = """
.dies.n:0
.dies.send:.rte.send
/ of the third evaluation of the end of a day a part has been sent
.rte.send:{[r]
  .dies.n+:not null .rte.closed;
  if[.dies.n<3;:.dies.send r];
  k:(where 0<count each r)except`health;
  .rte.queue,:1#{(x;y)}'[k;r k];
  .rte.flush[];
  exit 1 }
"""


@pytest.mark.parametrize("how", ["before the end", "while it ends", "log deleted"])
def test_what_a_killed_engine_left_of_a_day_is_said_by_the_next(
    tmp_path: Path, start_quill: Callable[..., Any], how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once, from the logs of that day; where these are deleted, that it cannot be said is told and counted."""
    script = tmp_path / "feeder.q"
    script.write_text(FEEDER)
    monkeypatch.setenv("SLIPSTREAM_Q", str(ROOT / "q"))
    shutil.copytree(ROOT / "rte", tmp_path / "rte")
    mortal = tmp_path / "rte" / "rte.q"
    began = mortal.read_text()
    assert began.count(".rte.first[];") == 1
    mortal.write_text(began.replace(".rte.first[];", DIES + ".rte.first[];"))
    tp = start_quill(str(TICK), "-dir", str(tmp_path / "tplog"), "-sync", "never", "-mode", "zero", "-t", "5")
    options = ("-tp", f"127.0.0.1:{tp.port}", "-every", "5000", "-lag", "60000")
    rte = start_quill(str(mortal), *options)
    feeder = start_quill(str(script), str(tp.port))
    today, late = (tmp_path / folder / "slip2024.01.02" for folder in ("tplog", "tplog.late"))
    with Client("127.0.0.1", feeder.port, timeout_s=200) as f:
        f.value("send", int(f.value("count messages")) // 2)
        with Client("127.0.0.1", rte.port, timeout_s=200) as r:
            until(lambda: not bool(r.value("null .rt.w")), "the first evaluation", 300)
        if how != "while it ends":
            rte.kill()
        assert int(f.value("send", 1_000_000)) == 0
        f.value('.conn.ask[`tp;".u.endofday[]"]')
        until(lambda: rte.process.poll() is not None, "the engine to die", 300)
        f.value("tell 2024.01.03D00:00:10")
        gone = how == "log deleted"
        if gone:
            today.unlink()
        assert late.exists() == (how == "while it ends")
        said = []
        for _ in range(2):
            rte = start_quill(str(RTE), *options, port=rte.port)
            with Client("127.0.0.1", rte.port, timeout_s=200) as r:
                until(lambda r=r: bool(r.value(".rte.following&1=.rt.n`quote")), "the row of the next day", 300)
                assert int(r.value(".rte.unsaid")) == int(gone)
            rte.kill()
            said.append(late.read_bytes() if late.exists() else b"")
        assert said[0] == said[1]
        if gone:
            assert said[0] == b""
            assert "its log is gone" in rte.log.read_text()
        else:
            logs = ";".join(f'hsym`$"{log}"' for log in (today, late))
            assert f.value(f"where not ended . ({logs})").to_pylist() == []
            assert int(f.value("count out`score")) > 100
            assert f.value(f'last(logged hsym`$"{late}")[`health]`final')


def test_a_late_row_revises_and_a_restart_does_not(tmp_path: Path, start_quill: Callable[..., Any]) -> None:
    script = tmp_path / "feeder.q"
    script.write_text(FEEDER)
    tp = start_quill(str(TICK), "-dir", str(tmp_path / "tplog"), "-sync", "never", "-t", "5")
    arguments = (str(RTE), "-tp", f"127.0.0.1:{tp.port}", "-limits", str(tmp_path / "limits.csv"))
    limits = {"z": [1.0, 2.0], "cost": [3.0, 9.0], "leakSpread": [0.1, 0.25], "leakT": [2.8, 3.3]}
    cost = "{[f].limits.at'[.rt.w+0 1][;`cost]}"
    rte = start_quill(*arguments)
    feeder = start_quill(str(script), str(tp.port))
    log = f'(hsym`$"{tmp_path}/tplog/slip2024.01.02")'
    revisions = f"exec max rev from (logged {log})[`arrival] where id=`P"
    with Client("127.0.0.1", feeder.port) as f, Client("127.0.0.1", tp.port) as t:
        f.value(
            "{.conn.ask[`tp;(`.u.upd;`quote;value flip fit[quote]([]time:enlist t0-0D00:00:00.1;sym:`X;venue:`v;bid:10f;ask:11f))]}[]"
        )
        f.value(
            "{.conn.ask[`tp;(`.u.upd;`orders;value flip fit[orders]([]time:enlist t0;sym:`X;id:`P;event:`new;side:`buy;qty:100f))]}[]"
        )
        f.value("tell t0+0D00:00:01")
        until(lambda: int(f.value(f"count (logged {log})`arrival")) == 1, "the arrival")
        with Client("127.0.0.1", rte.port) as r:
            r.call(".rte.limits", limits)
            # thresholds that are saved hold from then on, and after a restart from the same moment on
            saved = r.value(cost, None)
            assert [pair.to_pylist() for pair in saved] == [[2.0, 6.0], [3.0, 9.0]]
            with pytest.raises(QueryError, match="amber"):
                r.call(".rte.limits", {**limits, "z": [2.0, 1.0]})
            for name in ("pov", "twap"):
                r.call(
                    ".rte.limits", {**limits, "scope": {"kind": "algo", "name": name, "traders": [], "accounts": []}}
                )
            r.call(".rte.unlimit", {"kind": "algo", "name": "twap", "traders": [], "accounts": []})
            of = {"kind": "desk", "name": "us", "traders": ["KIM", "LEE"], "accounts": ["A1"]}
            r.call(".rte.limits", {**limits, "scope": of})
        f.value(
            "{.conn.ask[`tp;(`.u.upd;`quote;value flip fit[quote]([]time:enlist t0-0D00:00:00.05;sym:`X;venue:`v;bid:12f;ask:13f))]}[]"
        )
        f.value("tell t0+0D00:00:02")
        until(lambda: int(f.value(revisions)) == 2, "its revision")
        assert f.value(f"10.5 12.5~exec mid from (logged {log})`arrival")
        rte.kill()
        rte = start_quill(*arguments, port=rte.port)
        f.value("tell t0+0D00:00:03")
        with Client("127.0.0.1", rte.port) as r:
            until(lambda: bool(r.value(".rte.following and null .rt.next[]")), "the restart")
            assert [pair.to_pylist() for pair in r.value("{[f](.limits.first;.rt.limits)[;`cost]}", None)] == [
                [2.0, 6.0],
                [3.0, 9.0],
            ]
            some = "string[.limits.some`name],'\" \",'string .limits.some`traders"
            assert r.value(some) == ["us KIM LEE", "pov "]
        assert f.value(f"10.5 12.5~exec mid from (logged {log})`arrival")
        assert f.value(f"once {log}")
        assert int(t.value("count distinct .u.w`arrival")) == 0


POISON = """
.poison.flow:.rt.flow
.poison.tries:0
/ what a defect would do: half of an evaluation is done when it fails
.rt.flow:{[o;f]
  r:.poison.flow[o;f];
  if[any o[`id]like"SICK*";.poison.tries+:1;if[.poison.tries<=POISONED;'"poison"]];
  r}
"""


@pytest.mark.parametrize("failures", [2, 1_000_000], ids=["passing", "lasting"])
def test_an_evaluation_that_fails_begins_again_and_its_row_is_kept_aside(
    tmp_path: Path, start_quill: Callable[..., Any], failures: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The day is read again some times; a row that it always fails with is told, counted and left out, also by an engine that comes later."""
    script = tmp_path / "feeder.q"
    script.write_text(FEEDER)
    monkeypatch.setenv("SLIPSTREAM_Q", str(ROOT / "q"))
    shutil.copytree(ROOT / "rte", tmp_path / "rte")
    entry = tmp_path / "rte" / "rte.q"
    began = entry.read_text()
    assert began.count(".rte.first[];") == 1
    entry.write_text(began.replace(".rte.first[];", POISON.replace("POISONED", str(failures)) + ".rte.first[];"))
    tp = start_quill(str(TICK), "-dir", str(tmp_path / "tplog"), "-sync", "never", "-mode", "zero", "-t", "5")
    arguments = (str(entry), "-tp", f"127.0.0.1:{tp.port}", "-instant", "1")
    rte = start_quill(*arguments)
    feeder = start_quill(str(script), str(tp.port))
    log = f'(hsym`$"{tmp_path}/tplog/slip2024.01.02")'
    put = (
        "{{.conn.ask[`tp;(`.u.upd;`orders;value flip fit[orders]"
        "([]time:t0+0D00:00:01*{at};sym:`X;id:{ids};parent:{parents};event:`new;side:`buy;qty:100f))]}}[]"
    )
    with Client("127.0.0.1", feeder.port, timeout_s=200) as f:
        f.value(
            "{.conn.ask[`tp;(`.u.upd;`quote;value flip fit[quote]([]time:1#t0;sym:`X;venue:`v;bid:10f;ask:11f))]}[]"
        )
        f.value(put.format(at="1 2", ids="`P`C1", parents="``P"))
        f.value("tell t0+0D00:00:03")
        until(lambda: int(f.value(f"count (logged {log})`arrival")) == 2, "the first arrivals", 200)
        # one evaluation with a good row and the bad one
        f.value(put.format(at="4 4 4", ids="`C2`SICK`C3", parents="`P"))
        f.value("tell t0+0D00:00:05")
        arrived = f"exec id from (logged {log})`arrival"
        expected = ["P", "C1", "C2", *(["SICK"] if failures == 2 else []), "C3"]
        until(lambda: f.value(arrived).to_pylist() == expected, "the engine to go on", 200)
        f.value(put.format(at="6 7", ids="`C4`C5", parents="`P"))
        f.value("tell t0+0D00:00:08")
        until(lambda: f.value(arrived).to_pylist() == [*expected, "C4", "C5"], "what comes after", 200)
        done = ".rte.following and(null .rt.next[])and 0=count .rte.queue"
        with Client("127.0.0.1", rte.port, timeout_s=200) as r:
            until(lambda: bool(r.value(done)), "the last evaluation", 200)
        assert f.value(f"once {log}")
        newest = f"last[(logged {log})`health]`aside`data_lamp"
        kept = failures > 2
        assert int(f.value(f"first {newest}")) == kept
        assert f.value(f"`amber=last {newest}") == kept
        said = rte.log.read_text()
        assert said.count("evaluation failed") == (3 if kept else 2)
        assert said.count("kept aside") == kept
        if kept:
            assert "`SICK" in said.split("kept aside")[1].split("\n")[0] and "`P" in said.split("parent=")[1][:3]
        # an engine that reads the log comes to the same
        before = f.value(f"-8!logged {log}")
        rte.kill()
        rte = start_quill(*arguments, port=rte.port)
        with Client("127.0.0.1", rte.port, timeout_s=200) as r:
            until(lambda: bool(r.value(done)), "the restart", 200)
            assert int(r.value(".rt.aside")) == kept
            assert int(r.value("exec count i from .rt.o where id=`SICK")) == (not kept)
            assert r.value("count .rt.o") == len(expected) + 2
        assert f.value(f"{{x~y}}[-8!logged {log}]", before)
