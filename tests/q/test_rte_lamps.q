// The lamps' dwell and hysteresis, alerts of scores, and the leakage test as events happen on tapes where nothing leaks and on one where 0.10 bp does.

system"l ",getenv[`SLIPSTREAM_Q],"/boot.q"
.boot.use each`$("test";"rt/nulls");
system"l ",getenv[`SLIPSTREAM_Q],"/../tests/q/flow.q"

// three evaluations in a row to come on; an evaluation between starts anew
s:{0D00:00:00.001*"j"$1000*x}
x:{([]parent:1#`P;lamp:`COST;amber:1#"f"$x;red:1#"f"$y)}
lit:{[w;a;r]first(.lamp.step[x[a;r];t0+s w])`level}
.lamp.reset[]
.t.match[0 0 0 0 0 1]lit'[til 6;1.5 1.5 .9 1.5 1.5 1.5;0f]
// fills in a row within a quarter of a second are one evaluation
.lamp.reset[]
.t.match[0 0 0 0 0 1 1]lit'[0 .01 .02 .25 .26 .5 .51;1.5;0f]
.lamp.reset[]
.t.match[0 0 0 0 0 0 1]lit'[0 .01 .25 .26 .5 .75 1;1.5 1.5 1.5 .9 1.5 1.5 1.5;0f]
.lamp.reset[]
.t.match[0 0 0 0 0 1]lit'[til 6;1.5 1.5 .9 1.5 1.5 1.5;0f]
// above 80% it stays, however long; below it goes off after 30 s, unless it comes back between
.t.match[1 1 1 1 1]lit'[10 60 61 80 81;.9 .9 .7 .7 .9;0f]
.t.match[1 1 0]lit'[90 119 120;.7;0f]
// red comes over amber, and goes back to it
.t.match[0 0 2]lit'[200 201 202;3f;1.5]
.t.match[2 1 1]lit'[210 240 241;3f;.5]
// one alert a level in ten minutes
.lamp.reset[]
told:{[w;a;r]exec level from .lamp.alerts[.lamp.step[x[a;r];t0+s w];t0+s w]}
.t.match[(0#`;0#`;1#`amber)]told'[til 3;2f;0f]
told'[10 40 41 42;.5;0f];
.t.match[(0#`;0#`;0#`)]told'[100 101 102;2f;0f]
.t.match[(0#`;0#`;1#`red)]told'[103 104 105;2f;2f]
told'[110 140 170 171;.5;0f];
.t.match[(0#`;0#`;1#`amber)]told'[700 701 702;2f;0f]

// where there is nothing to judge it stays as it is, and what was counted up to then counts on
.lamp.reset[]
.t.match[0 0 0 1 1 1]lit'[til 6;(1.5;1.5;0n;1.5;0n;0n);0n]
.t.match[1 1 1 0]lit'[10 40 50 51;(.5;0n;0n;.5);0n]

// whichever of COST and LEAK it was: the other one is not told within ten minutes, a higher level is; DATA is told for itself
.lamp.reset[]
two:{[w;c;l;d]exec(lamp,'level)from .lamp.alerts[.lamp.step[([]parent:3#`P;lamp:`COST`LEAK`DATA;amber:(c;l;d);red:"f"$0 0 0);t0+s w];t0+s w]}
.t.match[(();();enlist`COST`amber)]two'[til 3;2f;0f;0f]
.t.match[(();();())]two'[3 4 5;2f;2f;0f]
.t.match[(();();enlist`DATA`amber)]two'[6 7 8;2f;2f;2f]
/ nor when it goes out and comes again
two'[10 40 41;2f;0f;2f];
.t.match[(();();())]two'[60 61 62;2f;2f;2f]
.lamp.reset[]
.t.match[(();();enlist`LEAK`amber)]two'[til 3;2f;2f;0f]                        / both at once: the leak, which has a cause to look for

// a buy that gets 5 bps worse than its arrival: COST turns amber once, red is not reached
cost:{[prof]
  .rt.reset[];.rt.limits[`profile]:prof;
  q:fit[quote]([]time:t0+0D00:00:00.1*til 600;sym:`X;venue:`v;bid:99.99;ask:100.01;bsize:100f;asize:100f);
  o:fit[orders]([]time:t0+s 1 1;sym:`X;id:`P`C;parent:``P;event:`new;side:`buy;qty:1000 1000f;price:0n 101f;account:`A1);
  f:fit[value`fills]([]time:t0+s 2+til 8;sym:`X;execid:`$"E",/:string til 8;kind:`new;order:`C;side:`buy;qty:10f;price:100.05;venue:`v);
  out::`score`alert!(0#score;0#alert);
  .rt.put'[`quote`orders`fills;(q;o;f)];
  while[not null w:.rt.next[];{out[x],:y}'[`score`alert;(.rt.tick w)`score`alert]];
  out }
d:cost`demo
.t.match[1#`amber]exec level from d`alert
.t.match[(1#`COST;1#5f)]value exec lamp,"f"$"j"$figure from d`alert
.t.match["slippage 5.00 bps"]string first exec why from d`alert                       / nothing is expected without reference data
.t.match[`amber]last exec cost_lamp from d`score
.t.match[`green]first exec cost_lamp from d`score
.t.match[1b]all`green=exec data_lamp from d`score
// its scores judged again by the same thresholds give the same lamps and alerts, and leave those of the engine alone; by others, others
k:.lamp.state
again:{[d;x].lamp.replay[d`score;.rt.limits,x]}
.t.match[1b](d[`score]`cost_lamp)~.lamp.levels exec level from again[d;()!()][`levels]where lamp=`COST
.t.match[select time,parent,lamp,level from d`alert]again[d;()!()]`alerts
.t.match[0]count again[d;(1#`cost)!enlist 5.1 6]`alerts
.t.match[k].lamp.state
r:cost`relative                                            / half the spread is 1 bp: the same threshold of 2 above nothing expected
.t.match[1#`amber]exec level from r`alert
.rt.limits[`profile]:`relative;

// thresholds of some orders: those of the algo that works it, of a desk by an account; the alert says which
own:{[k;n;a].limits.some:(0#.limits.kept)upsert cols[.limits.kept]!(0Np;k;n;`;a;1f;2f;4f;4.5;.1;.25;2.8;3.3;`set)}
own[`sym;`Y;`];
.t.match[1#2f]exec threshold from(cost`demo)`alert
own[`sym;`$"W* X";`];
.t.match[(1#`red;1#4.5)]value exec level,threshold from(cost`demo)`alert
own[`desk;`us;`$"A3 A1"];
.t.match[1#4.5]exec threshold from(cost`demo)`alert
own[`desk;`us;`A3];
.t.match[1#2f]exec threshold from(cost`demo)`alert
.limits.some:0#.limits.kept

// a switch: what the order has cost stays, and COST goes out when the new algo has filled enough that costs no more than the mid did when it began
sw:{[px]
  .rt.reset[];.rt.limits[`profile]:`demo;
  q:fit[quote]([]time:t0+0D00:00:00.5*til 400;sym:`X;venue:`v;bid:?[60>til 400;99.99;100.05];ask:?[60>til 400;100.01;100.07];bsize:100f;asize:100f);
  o:fit[orders]([]time:t0+s 1 1 40 40 41;sym:`X;id:`P`C`P`P`D;parent:``P```P;event:`new`new`replace`replaced`new;side:`buy;qty:1000f;price:0n 101 0n 0n 101;algo:`pov`pov`passive`passive`passive);
  f:fit[value`fills]([]time:t0+s(2+til 12),45+2*til 12;sym:`X;execid:`$"E",/:string til 24;kind:`new;order:(12#`C),12#`D;side:`buy;qty:10f;price:(12#100.05),12#px;venue:`v);
  r:0#score;
  .rt.put'[`quote`orders`fills;(q;o;f)];
  while[not null w:.rt.next[];r,:(.rt.tick w)`score];
  r }
r:sw 100.05
at0:{[r;t]exec last cost_lamp from r where time<=t0+s t}
.t.match[`green`amber`amber`amber`green]at0[r]each 2 20 41 62 120
.t.match[1b]5<=exec last slippage_bps from r
.t.match[-1]"j"$exec last segment_bps from r                        / 100.05 against 100.06
.t.match[1b]exec all null segment_bps from r where time within t0+s 40 62   / fewer than ten fills
// a new algo that costs as much: it stays lit
.t.match[`amber]at0[sw 100.09;120]
.rt.limits[`profile]:`relative;

// the response of late: of the last 20 minutes, and of 30 events at least
m:t0+0D00:01*til 60
.t.match[2f].leak.lately[m;60#2;(40#0f),20#4f]
.t.match[1f].leak.lately[m;60#1;(40#0f),20#1.5]
.t.match[1f].leak.lately[reverse m;60#2;reverse(40#0f),20#2f]

// what LEAK is lit by: posts, not amendments, of the present algo
v:{[c;n;d1]`.rt.verdicts upsert cols[.rt.verdicts]#`parent`class`since`n`support`mean`se`t`lo`hi`p`placebo`placebot`verdict`z`spread`late!(`L;c;0Np;n;1f;d1;.1;9f;0f;1f;0f;0f;0f;`leak;9f;1f;d1)}
lit2:{[]first .rt.i.ratios[update unsound:0b,segment:0,segment_bps:0n,slippage_bps:0n,excess_z:0n,quoted_spread_bps:0n,expected_bps:0n,leak_lit:leaklit,leak_late_bps:leaklate,leak_spread_bps:leakspread,leak_z:leakz from 0!.rt.leaks 1#`L][`amber]1}
.rt.reset[];v[`amend;50;9f];
.t.match[1b]null lit2[]
v[`post;40;.3];
.t.match[3f]lit2[]
.t.match[1#`post]exec leak_class from .rt.leaks 1#`L
update since:t0 from`.rt.verdicts;
.t.match[0]count .rt.leaks 1#`L

// a day that ends with much left to do: each row is taken at its own boundary, and the same rows come out
msgs:(arrive[1;0f;1;flow 1])1
day:{[lag]
  .rt.reset[];.rt.cfg[`every`lag]:0D00:00:05,lag;
  all0::`arrival`markout`score`alert!(0#arrival;0#markout;0#score;0#alert);
  put:{all0::all0,'key[all0]#x};
  {[put;x].rt.put . x;while[not null w:.rt.next[];put .rt.tick w]}[put]each msgs;
  put .rt.close put;
  all0 }
.t.match[day 0D00:00:00.05]day 0D00:10

// the leakage test as events happen: a short version of `slipstream nulls --live`
/ where less than a fifth of the window is clear of our own events there are no controls
g:([]r1:.01*100?7;fwd:0f;back:0f;spread:1f;vol:0f;clean:(80#0b),20#1b)
e1:`r1`fwd`back`spread`vol`s!.03 .5 0 1 0 1
.t.match[1b]last -1_.leak.trail[e1;g;@[.leak.cfg;`controls`caliper;:;(2;5f)]]
.t.match[(0n;0b)].leak.trail[e1;update clean:i>80 from g;@[.leak.cfg;`controls`caliper;:;(2;5f)]]0 2
n:12
a:1!.nulls.by[.nulls.live;`walk`chase`leak010;n;0]
.t.match[1b]all 0.17>=exec alarm from a where tape<>`leak010                     / 2 of 12 at a nominal 5%: more has a probability of 2%
.t.match[1b]0.8<=a[`leak010;`alarm]
.t.match[1b]0.09>=a[`walk;`looks]                        / t>2.8 after any of the events from the 30th on
.t.match[1b]all 0.8<exec support from a

.t.end[]
