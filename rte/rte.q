// Real-time engine: follows the numbered streams, keeps parents' figures in event time, and sends what it derives back through the tickerplant.
//
//   tickerplant -> upd -> .rt.put, .rt.tick (q/rt) -> arrival markout score alert health -> .u.upd of the tickerplant
//
// quill rte/rte.q -p 127.0.0.1:5014 -tp 127.0.0.1:5010 -every 250 -lag 50

.rte.here:{$["/"in x;"/"sv -1_"/"vs x;"."]}string .z.f
system"l ",$[count h:getenv`SLIPSTREAM_Q;h;.rte.here,"/../q"],"/boot.q"
.boot.use each`opt`log`conn`job`sub,`$"rt/tick";
system"l ",.rte.here,"/resume.q"

.rte.o:.opt.get flip`name`default`doc!flip(
  (`tp;`127.0.0.1:5010;"address of the tickerplant");
  (`every;250;"milliseconds of event time between evaluations");
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
.tca.configure .rte.o;
if[count .tca.cfg.reference;if[`beta in cols .tca.cfg.reference;.rt.betas:exec sym!beta from .tca.cfg.reference]];
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

// @desc What event time has come to, sent as it is made. For the timer: after a tenth of a second others have their turn.
.rte.run:{
  .rte.drain[];
  if[not .rte.following;:()];
  t:.z.p+0D00:00:00.1;
  while[(.z.p<t)and not null w:.rt.next[];.rte.send .rte.tick w]; }

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
  r:@[{while[count .rte.later;m:first .rte.later;.rte.later:1_.rte.later;$[`~m 0;.rte.over m 1;.rte.upd . m]];""};::;::];
  .rte.draining:0b;
  if[count r;'r]; }

// @desc The next day begins with nothing. What was still to come of this one is said first.
.rte.over:{[d]
  / a tickerplant that does not take rows of a day that is over would begin the next day with them
  if[.rte.following and .conn.ask[`tp;"`late in key`.u"];.rte.send .rt.close .rte.send];
  .log.info["day over";`date`w!(d;.rt.w)];
  .rte.reset[];
  .rte.following:1b; }

.z.pc:{if[x=.conn.h`tp;.log.error["tickerplant closed the connection";()!()]];.conn.closed x}
.z.ts:{.job.run[]}

.rte.start[];
.job.add[`connect;0D00:00:00.5;.rte.again];
.job.add[`run;0D00:00:00.01;.rte.run];
system"t 10";
