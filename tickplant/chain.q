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
upd:{[t;x]t insert x}
.chain.flush:{{[t]if[count v:value t;.u.pub[t;v];.stream.pub[t;v;.u.i];@[`.;t;0#]]}each .u.t;}

// where the parent is, which this process's own subscribers are told
.chain.at:{[r].u.d:r`day;.u.L:r`log;.u.i:r`messages;.stream.epoch:r`epoch;}

// @desc Follows the parent from its present place; what was published before, subscribers read from the log.
.chain.start:{
  .conn.wait[`tp;600];
  r:.conn.ask[`tp;(`.u.stream;`;`)];
  {x set y}.'r`schemas;
  .sub.day:r`day;.sub.epoch:r`epoch;.sub.i.tp:`tp;.sub.i.syms:`;
  .u.seq:.sub.n:r`seq;
  .chain.at r;
  .log.info["following";`parent`day`messages!(.chain.o`tp;.u.d;.u.i)]; }

// messages of the log are counted as its rows are taken, so that .u.i is right whenever the timer publishes
.chain.rcv:.u.rcv
.u.rcv:{[t;p;x].chain.rcv[t;p;x];.u.d:.sub.day;.u.i|:p 2}

// a column that was added goes on to this process's subscribers, after the rows that do not have it
.chain.addcol:.u.addcol
.u.addcol:{[t;c;v]
  if[c in cols t;:()];
  .chain.flush[];
  .chain.addcol[t;c;v];
  .stream.added[t;c;v]; }

// the day or the log is another: what waits here belongs to the old one
.sub.reset:{.chain.flush[];.u.seq:0*.u.seq;}

.chain.end:.u.end
.u.end:{[d]
  .chain.flush[];
  .chain.end d;
  .stream.end d;
  .sub.ended d;
  .u.i:0;.u.d:0Nd;.u.L:`; }

.z.pc:{
  if[x=.conn.h`tp;.log.error["tickerplant closed the connection";()!()]];
  .u.pc x;.stream.closed x;.conn.closed x}

.chain.again:{
  if[null h:@[hopen;(.conn.addr`tp;500);0Ni];:()];
  .conn.h[`tp]:h;
  @[{.sub.resume[];.chain.at .conn.ask[`tp;"`day`log`messages`epoch!(.u.d;.u.L;.u.i;.stream.epoch)"]};::;
    {.log.error["not resumed";(enlist`error)!enlist x];.conn.drop`tp}]; }

.chain.start[];
.job.add[;0D]'[`connect`flush`stream`slow;({if[null .conn.h`tp;.chain.again[]]};.chain.flush;.stream.tick;.slow.tick)];
.z.ts:{.job.run[]}
if[not system"t";system"t 1000"];
