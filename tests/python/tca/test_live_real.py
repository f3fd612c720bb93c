"""
The real-time engine over the Binance captures with simulated parents: every figure of parents, fills and children is the batch's, bit for bit,
a replay's of what came in; and so is the leakage test, with takes against the real public trades.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from memplant import ROOT

from slipstream.engine.client import Client
from slipstream.feed.binance import BinanceFeed

CAPTURES = Path(os.environ.get("SLIPSTREAM_SHARED", "/nowhere")) / "data" / "binance"
FILES = ("cm_btcusd_perp_20240809.gz", "spot_btcusdt_20240809.gz")
SCRIPT = f"""
system"l {ROOT}/q/boot.q"
.boot.home:"{ROOT}/q"
.boot.use each`log,`$"rt/tick";
system"l {ROOT}/tests/q/flow.q"
.rt.cfg[`every]:0D00:00:05
.leak.cfg[`controls`caliper`few]:(5;1f;5)
read:{{[t;y;f]fit[t]update time:1970.01.01D+time from("JS",y;enlist",")0:hsym`$f}}
/ a buyer and a seller of each symbol that take part of what really traded: a child a minute before each print of theirs
made:{{[q;t]
  system"S 11";
  s:distinct q`sym;
  p:raze{{[t;s]u:exec time from t where sym=s;([]time:first[u]+0D00:00:07+0D00:05*til 2;sym:s;side:`buy`sell)}}[t]each s;
  p:update id:(`$"P",/:string i),parent:`,event:`new,qty:1000f,price:0n,algo:`pov from p;
  f:raze{{[t;p]
    u:select from t where sym=p`sym,time>p[`time]+0D00:01:05;
    u:u asc neg[60&count u]?count u;
    update parent:p`id,side:p`side from select time,sym,price,size from u}}[t]each p;
  f:update order:(`$"C",/:string i),execid:(`$"E",/:string i),kind:`new,qty:size,venue:`v from f;
  c:select time:time-0D00:00:01*1+i mod 60,sym,id:order,parent,event:`new,side,qty,price from f;
  x:update event:`replace,time:time+0D00:00:00.5 from select from c where 0=i mod 3;
  b:update kind:`bust,refid:execid,execid:(`$"B",/:string i),time:time+0D00:00:03 from select from f where 0=i mod 17;
  (fit[orders]p uj c,x;fit[value`fills](delete size from f)uj delete size from b) }}
held:{{[q;t]
  d:`quote`trade`status`orders`fills!(q;t;status),made[q;t];
  a:arrive[3;.02;5000;d];
  .rt.reset[];
  run:{{while[not null w:.rt.next[];.rt.tick w]}};
  {{[run;m].rt.put . m;run[]}}[run]each a 1;
  w:.rt.bucket[`orders]0D00:06+max d[`quote]`time;
  .rt.seen:w+.rt.cfg`lag;run[];if[.rt.w<w;.rt.tick w];
  late:.rt.late;
  d:a 0;
  b:.tca.batch[.tca.phased[();();d`quote;d`status]0;d`trade;d`orders;d`fills;`asof`horizons`trail!(.rt.w;();1b)];
  l:.rt.rows exec distinct root from .rt.o;
  l[`parents]:l[`parents]iasc(b[`parents]`parent)?l[`parents]`parent;
  k:`parent`class`n`support`mean`se`t`lo`hi`p`placebo`placebot`verdict;
  leaks:{{[k]`parent`class xasc k#0!.rt.verdicts}}k;
  / a replay of the log: all of it is there before the first evaluation
  .rt.reset[];
  {{.rt.put . x}}each a 1;
  run[];
  .rt.seen:w+.rt.cfg`lag;run[];if[.rt.w<w;.rt.tick w];
  z:.rt.rows exec distinct root from .rt.o;
  z[`parents]:z[`parents]iasc(b[`parents]`parent)?z[`parents]`parent;
  bare:{{@[x;cols x;`#]}};
  again:{{[k]`parent`class xasc k#0!.rt.verdicts}}k;
  e:`parent`class xasc k#b`leak;
  keep:{{(c where not(c:cols x)like"leak*")#x}};
  `leaks`tested`late`parents`fills`replayed`same!((-8!bare leaks)~/:-8!'bare each(e;again);exec sum n from leaks where not null mean;late;count l`parents;count l`fills;{{[keep;a;b](-8!keep a)~-8!keep b}}[keep]'[l;z];
    {{[bare;keep;b;l]b:keep bare b;l:keep bare l;c:cols[l]inter cols b;(-8!c#b)~-8!c#l}}[bare;keep]'[b`parents`fills`children;l`parents`fills`children]) }}
"""


def test_live_is_replay_is_batch_on_the_captures(tmp_path: Path, start_quill: Callable[..., Any]) -> None:
    if not all((CAPTURES / name).is_file() for name in FILES):
        pytest.skip("SLIPSTREAM_SHARED does not name the folder of the captures")
    named = {"quote": ("time", "sym", "bid", "ask", "bsize", "asize"), "trade": ("time", "sym", "price", "size")}
    for table, names in named.items():
        rows = []
        for batch in BinanceFeed([CAPTURES / name for name in FILES]).batches(1_000_000_000):
            if table in batch.tables:
                columns = batch.tables[table]
                values = [columns[n].astype("i8") if n == "time" else columns[n] for n in names]
                rows += [",".join(str(v) for v in row) for row in zip(*values, strict=True)]
        (tmp_path / f"{table}.csv").write_text("\n".join([",".join(names), *rows]) + "\n")
    script = tmp_path / "held.q"
    script.write_text(SCRIPT)
    quill = start_quill(str(script))
    with Client("127.0.0.1", quill.port, timeout_s=600) as q:
        q.value(f'q:read[quote;"FFFF";"{tmp_path}/quote.csv"];t:read[trade;"FF";"{tmp_path}/trade.csv"];')
        assert int(q.value("count q")) > 10_000
        assert int(q.value("count(r:held[q;t])`same")) == 3
        assert int(q.value("r`late")) > 0
        assert int(q.value("r`parents")) == 4
        assert int(q.value("r`fills")) > 100
        assert q.value("r`same").to_pylist() == [True, True, True]
        assert q.value("r`leaks").to_pylist() == [True, True]
        assert int(q.value("r`tested")) > 50
        assert q.value("value r`replayed").to_pylist() == [True, True, True]
