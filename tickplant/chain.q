// Chained tickerplant: takes everything from another tickerplant and publishes it to subscribers of its own, at its own pace.
// It keeps no log: .u.L and .u.i are its parent's, so its subscribers replay and resume from the parent's log.
//
// quill tickplant/chain.q -p 127.0.0.1:5020 -tp 127.0.0.1:5010 -t 1000

.chain.here:{$["/"in x;"/"sv -1_"/"vs x;"."]}string .z.f
system"l ",$[count h:getenv`SLIPSTREAM_Q;h;.chain.here,"/../q"],"/boot.q"
.boot.use each`opt`log`job`conn`sub,`$("schema/market";"schema/order";"schema/derived";"schema/alert");
system each"l ",/:.chain.here,/:"/",/:("u.q";"stream.q";"slow.q");

.chain.o:.opt.get flip`name`default`doc!flip(
  (`tp;`127.0.0.1:5010;"address of the tickerplant that is followed");
  (`queue;256;"megabytes that may wait for a subscriber");
  (`slow;`resync;"what happens beyond: resync (numbered streams read the log, others are cut off) or disconnect"))
.log.name:`chain
.slow.megabytes:.chain.o`queue
.slow.policy:.chain.o`slow
.conn.add[`tp;hsym .chain.o`tp];

.u.init[];
.u.d:0Nd
.u.L:`
.u.i:0

// rows wait in the tables until the timer publishes them
upd:{[t;x]if[not .chain.anew;t insert x]}
/ whether the log of the present day is being read anew, because it was mended: subscribers have had these rows, or read the log themselves
.chain.anew:0b
.chain.flush:{{[t]if[count v:value t;.u.pub[t;v];.stream.pub[t;v;.u.i];@[`.;t;0#]]}each .u.t;}

// where the parent is, which this process's own subscribers are told
.chain.at:{[r].u.d:r`day;.u.L:r`log;.u.i:r`messages;.stream.epoch:r`epoch;}
.sub.before:{[r].chain.same:.sub.day~r`day;.chain.at r}
.stream.i.log:{[d].sub.logof d}

// @desc Follows the parent from its present place; what was published before, subscribers read from the log.
.chain.start:{
  .conn.wait[`tp;600];
  r:.conn.ask[`tp;(`.u.stream;`;`)];
  {x set y}.'r`schemas;
  .sub.day:r`day;.sub.epoch:r`epoch;.sub.i.tp:`tp;.sub.i.syms:`;
  .u.seq:.sub.n:r`seq;
  .sub.log:$[null r`log;.conn.ask[`tp;"$[`path in key`.journal;.journal.path .z.d;.sub.log]"];r`log];
  .chain.at r;
  .log.info["following";`parent`day`messages!(.chain.o`tp;.u.d;.u.i)]; }

// messages of the log are counted as its rows are taken, so that .u.i is right whenever the timer publishes
.chain.rcv:.u.rcv
.u.rcv:{[t;p;x]
  .chain.rcv[t;p;x];
  if[.sub.day~p 3;.u.d:p 3;.u.L:.sub.logof p 3;.u.i|:p 2]; }

// a column that was added goes on to this process's subscribers, after the rows that do not have it
.chain.addcol:.u.addcol
.u.addcol:{[t;c;v]
  if[c in cols t;:()];
  .chain.flush[];
  .chain.addcol[t;c;v];
  .stream.added[t;c;v]; }

// the day or the log is another: what waits here belongs to the old one, and subscribers' places are in it
.sub.reset:{
  .chain.flush[];
  .u.seq:0*.u.seq;
  .chain.anew:.chain.same;
  .stream.again each exec distinct h from .stream.w; }

.chain.take:.sub.take
.sub.take:{[tp;s;r]
  .chain.take[tp;s;r];
  if[.chain.anew;.chain.anew:0b;.u.seq:.sub.n]; }

.chain.end:.u.end
.u.end:{[d]
  .chain.flush[];
  .sub.ended d;
  .u.i:0;.u.d:0Nd;.u.L:`;.stream.epoch:0;
  .chain.end d;
  .stream.end d; }

.z.pc:{
  if[x=.conn.h`tp;.log.error["tickerplant closed the connection";()!()]];
  .u.pc x;.stream.closed x;.conn.closed x}

.chain.again:{
  if[null h:@[hopen;(.conn.addr`tp;500);0Ni];:()];
  .conn.h[`tp]:h;
  @[.sub.resume;::;{.log.error["not resumed";(enlist`error)!enlist x];.conn.drop`tp}]; }

.chain.start[];
.job.add[;0D]'[`connect`flush`stream`slow;({if[null .conn.h`tp;.chain.again[]]};.chain.flush;.stream.tick;.slow.tick)];
.z.ts:{.job.run[]}
if[not system"t";system"t 1000"];
