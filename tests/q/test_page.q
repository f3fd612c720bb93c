// What the page asks for, on rows made by hand: how a day's lamps would have stood with other thresholds.

system"l ",getenv[`SLIPSTREAM_Q],"/boot.q"
.boot.use each`test`api;
system"l ",getenv[`SLIPSTREAM_Q],"/../gateway/page.q"

// every @example of what the page asks for can be run, on one parent with a child and a fill
t0:.z.p-0D00:10
`orders upsert([]time:t0+0D00:00:01 0D00:00:02;sym:`X;id:`P1`C1;parent:``P1;event:`new;side:`buy;qty:1000 100f;price:0n 10f;algo:`pov);
upsert[`fills]([]time:1#t0+0D00:00:03;sym:`X;execid:`F1;kind:`new;order:`C1;parent:`P1;side:`buy;qty:100f;price:10f;venue:`v;liquidity:`add);
`quote upsert([]time:t0+0D00:00:01*til 10;sym:`X;venue:`v;bid:9.99;ask:10.01;bsize:100f;asize:100f);
.gw.last:{-1+`date$t0}
.api.alertsNow:{.api.alerts[.gw.last[];0Wd]}
.api.checks:{.api.checked[0#health;0#skew]}
.gw.late:{.data.empty x}
examples:{(1+count p)_'l where(l:read0 hsym`$getenv[`SLIPSTREAM_Q],"/../gateway/page.q")like(p:"// @example"),"*"}[]
.t.match[1b]11<count examples
{[e].t.match[(e;"")](e;@[{value x;""};e;{x}])}each examples;
.t.match[(1#`C1;100f;10f)]exec(id;first filled;first avgpx)from .api.children`P1

/ 2 bps for a minute, 3 for a minute, then 0.5 for a minute; a leak of 0.3 bps against a spread of 2, t 3, from the second minute on
n:180
t:2024.03.04D10+0D00:00:01*til n
s:([]time:t;sym:`X;parent:`P1;algo:`pov;trader:`T1;slippage_bps:(60#2f),(60#3f),60#.5;expected_bps:0n;excess_z:0n;quoted_spread_bps:2f;leak_bps:(60#0f),120#.3;leak_t:(60#0f),120#3f;
  leak_n:40;leak_verdict:(60#`none),120#`leak;segment_bps:0n;leak_late_bps:(60#0f),120#.3;segment:0;segment_algo:`;leak_z:(60#0f),120#3f;leak_spread_bps:2f;leak_lit:1b)
.data.cells:{[d0;d1;t;k;c]k#s}

x:`profile`z`cost`leakSpread`leakT!(`demo;1 2f;2.5 6f;.1 .25;2.8 3.3)
r:.api.preview[2024.03.04;x]
.t.match[`P1`P1]r`parent
/ COST: above 2.5 from second 60 on, lit by the third, put out 30 s after it fell at 120
.t.match[88f]first exec amber from r where lamp=`COST
.t.match[0f]first exec red from r where lamp=`COST
/ LEAK: 0.3 is above 0.10 of the spread and t above 2.8 from 60 on, lit at 62; the last reading counts to the end alone
.t.match[117f]first exec amber from r where lamp=`LEAK
/ one alert of an order, whichever lamp it was: both come on at 62, and it is the leak's
.t.match[0 1]exec alerts from`lamp xasc r
.t.match[(`;`$"10:01:02 amber")]exec which from`lamp xasc r
/ without a leak it is the cost's; what was said twice counts once
s0:s;s:update leak_lit:0b from s,s
r0:.api.preview[2024.03.04;x]
.t.match[(1 0;88 0f)]exec(alerts;amber)from`lamp xasc r0
.t.match[(`$"10:01:02 amber";`)]exec which from`lamp xasc r0
/ after a switch COST is held against what the new algo has filled: here nothing yet
s:update segment:1,leak_lit:0b from s0
.t.match[0 0f]exec amber from .api.preview[2024.03.04;x]
s:s0
/ with red for cost at 2.9
r:.api.preview[2024.03.04;@[x;`cost;:;2.5 2.9]]
.t.match[88f]first exec red from r where lamp=`COST
/ with others for its algo, and with others that do not concern it
v:(0#.limits.some)upsert cols[.limits.some]!(0Np;`algo;`pov;`;`;1f;2f;9f;9.5;.9;1f;2.8;3.3;`set)
.t.match[0 0]exec alerts from .api.preview[2024.03.04;x,(1#`some)!enlist v]
.t.match[0 1]exec alerts from .api.preview[2024.03.04;x,(1#`some)!enlist update name:`twap from v]
/ as the page sends it: lists, not vectors
r:.api.preview[2024.03.04;`profile`z`cost`leakSpread`leakT!(`demo;(1f;2f);(9f;9.5);(.9;1f);2.8 3.3)]
.t.match[0 0]r`alerts
.t.end[]
