// Real-time engine: follows the numbered streams, keeps parents' figures in event time, and sends what it derives back through the tickerplant.
//
//   tickerplant -> upd -> .rt.put, .rt.tick (q/rt) -> arrival markout leak score alert health -> .u.upd of the tickerplant
//
// quill rte/rte.q -p 127.0.0.1:5014 -tp 127.0.0.1:5010 -every 250 -lag 50 -instant 1

.rte.here:{$["/"in x;"/"sv -1_"/"vs x;"."]}string .z.f
system"l ",$[count h:getenv`SLIPSTREAM_Q;h;.rte.here,"/../q"],"/boot.q"
.boot.use each`opt`log`conn`job`sub,`$"rt/tick";
system each"l ",/:.rte.here,/:("/resume.q";"/aside.q";"/day.q");

.rte.o:.opt.get flip`name`default`doc!flip(
  (`tp;`127.0.0.1:5010;"address of the tickerplant");
  (`every;250;"milliseconds of event time between evaluations");
  (`instant;0;"1: order events and fills are evaluated at their own time, as soon as event time has come to it; horizons and quotes every so often");
  (`sends;`own;"with -instant 1: own, or wait: order events have no evaluation of their own, and wait for the next fill or boundary");
  (`lag;50;"milliseconds by which rows of different tables may come out of order; what is later is a revision");
  (`keep;300;"seconds of quotes and prints that are kept for what comes late");
  (`profile;`relative;"thresholds of cost: relative to expected cost, or demo (absolute)");
  (`zamber;1f;"excess z at which COST turns amber");(`zred;2f;"and red");
  (`costamber;2f;"bps above expected cost at which COST turns amber");(`costred;6f;"and red");
  (`leakamber;.1;"share of the spread at which LEAK turns amber");(`leakred;.25;"and red");
  (`leaktamber;2.8;"t that LEAK needs for amber");(`leaktred;3.3;"and for red");
  (`limits;"";"CSV file that keeps versions of the thresholds: those below hold before the first");
  (`l2;"";"venues whose quotes are made from their depth, by commas");
  (`l3;"";"venues whose quotes are made from their orders (mbo)");
  (`index;`;"symbol whose return, times beta, is taken out of the leakage test")),.tca.options
.log.name:`rte
ms:{`timespan$1000000*x}
.rt.cfg[`every`lag`keep]:(ms .rte.o`every;ms .rte.o`lag;ms 1000*.rte.o`keep)
.rt.instant:1=.rte.o`instant
.opt.among[.rte.o;`sends;`own`wait];
.rt.alone:$[`wait=.rte.o`sends;1#`fills;`orders`fills]
.tca.configure .rte.o;
.rt.limits[`profile]:.rte.o`profile
.rt.limits[`z`cost`leakSpread`leakT]:.rte.o(`zamber`zred;`costamber`costred;`leakamber`leakred;`leaktamber`leaktred)
.limits.open$[count .rte.o`limits;hsym`$.rte.o`limits;`];
.leak.cfg[`index]:.rte.o`index
.rt.l2:(`$","vs .rte.o`l2)except`;
.rt.l3:(`$","vs .rte.o`l3)except`;
.rte.inputs,:(`depth`mbo)where 0<count each(.rt.l2;.rt.l3);
.rte.cols:t!cols each value each t:.rte.inputs,.rte.derived;
.rte.reset[];
.conn.add[`tp;hsym .rte.o`tp];

upd:{[t;x].rte.come[t;x]}
.sub.reset:{.rte.later:();.rte.reset[]}

// @desc What event time has come to, sent as it is made. For the timer, and for what has come in: after a tenth of a second others have their turn. While an answer of
// the tickerplant is waited for nothing can be sent (.conn.asking), so the timer does it when it has come.
.rte.run:{
  if[.rte.running|`tp in .conn.asking;:()];
  .rte.running:1b;
  r:@[{.rte.i.run[];""};::;::];
  .rte.running:0b;
  if[count r;'r]; }
.rte.running:0b
.rte.i.run:{
  .rte.drain[];
  t:.z.p+0D00:00:00.1;
  while[.rte.following&(not .rte.stuck)&(.z.p<t)and not null w:.rt.next[];if[count r:.rte.evaluate w;.rte.send r]];
  if[.rte.following&.rt.instant;if[.rte.rows<=.rt.waiting[];if[null .rt.next[];.rt.advance[]]]]; }
/ so many quotes and prints may wait for the next order event or boundary
.rte.rows:200

// rows of the stream are looked at as they come
.rte.i.rcv:.u.rcv
.u.rcv:{[t;p;x]
  .rte.i.rcv[t;p;x];
  if[.rt.instant;@[.rte.run;::;{.log.error["not evaluated";(enlist`error)!enlist x]}]]; }

// @desc End of day, called by the tickerplant. It may come in the middle of sending, while an answer is waited for: then nothing can be asked. So
// the day is ended by the timer, and what comes of the next one waits for that.
.u.end:{[d].sub.ended d;.rte.later,:enlist(`;d);}

/ what came since a day ended, itself first
.rte.later:()
.rte.draining:0b
.rte.come:{[t;x]$[.rte.draining|0<count .rte.later;.rte.later,:enlist(t;x);.rte.upd[t;x]]}
.rte.drain:{
  if[.rte.draining|not count .rte.later;:()];
  .rte.draining:1b;
  .rte.drained:0;
  r:@[{while[.rte.drained<count .rte.later;.rte.i.drain .rte.later .rte.drained];""};::;::];
  .rte.later:.rte.drained _ .rte.later;
  .rte.draining:0b;
  if[count r;'r]; }
/ how many of them have been looked at; the end of a day comes again until all is said
.rte.drained:0
.rte.i.drain:{[m]
  if[`~m 0;.rte.over m 1];
  .rte.drained+:1;
  if[not`~m 0;.rte.upd . m]; }

.z.pc:{if[x=.conn.h`tp;.log.error["tickerplant closed the connection";()!()]];.conn.closed x}
.z.ts:{.job.run[]}

.rte.first[];
.job.add[`connect;0D00:00:00.5;.rte.again];
.job.add[`run;0D00:00:00.01;.rte.run];
system"t 10";
