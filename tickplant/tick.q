// Tickerplant: takes rows from feeds, logs them, publishes them, ends the day by the data's clock.
//
//   feed -> .u.upd[table;columns] -> log -> subscribers (upd;table;rows)
//
// quill tickplant/tick.q -p 127.0.0.1:5010 -dir var/tplog -mode batch -sync interval -t 20

.tick.here:{$["/"in x;"/"sv -1_"/"vs x;"."]}string .z.f
system"l ",$[count h:getenv`SLIPSTREAM_Q;h;.tick.here,"/../q"],"/boot.q"
.boot.use each`opt`log,`$("schema/market";"schema/order";"schema/derived");
system each"l ",/:.tick.here,/:"/",/:("u.q";"stream.q";"slow.q";"schema.q";"sums.q";"salvage.q";"journal.q";"check.q");

.tick.o:.opt.get flip`name`default`doc!flip(
  (`dir;"var/tplog";"folder of the logs");
  (`mode;`batch;"batch: publish on the timer; zero: publish every message at once");
  (`sync;`interval;"when the log is forced to disk: always, interval, never");
  (`syncms;1000;"milliseconds between syncs");
  (`queue;256;"megabytes that may wait for a subscriber");
  (`slow;`resync;"what happens beyond: resync (numbered streams read the log, others are cut off) or disconnect");
  (`ahead;10;"days by which rows may be ahead of the present day; rows further ahead are refused"))
.log.name:`tickerplant
.journal.dir:hsym`$.tick.o`dir
.journal.policy:.tick.o`sync
.journal.every:.tick.o`syncms
system"mkdir -p ",.tick.o[`dir];

// the day whose rows are being taken (null before the first), messages logged and published, rows logged a table
.u.d:0Nd
.u.L:`
.u.i:.u.j:0
.u.init[];
.schema.init[];
.tick.none:.u.t!count[.u.t]#0
.u.rows:.u.seq:.tick.none
.slow.megabytes:.tick.o`queue
.slow.policy:.tick.o`slow

// @desc Which log the rows of a table go to and how many it holds, for publishers that reconnect.
// @return {list} (log;rows)
.u.position:{[t](string .u.L;.u.rows t)}

// @desc Ended days, for subscribers that were away at the roll.
.u.ended:{d where(d:.journal.days[])<>.u.d}

// the days that have been ended, beside the logs
.tick.endfile:{hsym`$(1_string .journal.dir),".ended"}
.tick.over:{$[type key f:.tick.endfile[];(),get f;0#0Nd]}

// @desc Takes rows of table t: a list of columns, one row as a list of atoms, or a table.
// Returns when they are logged. Rows of a later day end the present one first.
// @return {table} reason and rows of what was refused; a message that cannot be read at all is a signal
.u.upd:{[t;x]
  r:.check.take[t;x];
  .tick.days[t;r 0];
  r 1 }

.tick.days:{[t;x]
  if[not count first x;:()];
  d:`date$first x;
  if[null .u.d;.tick.start .tick.open min d];
  if[any n:d>.u.d;
    if[not all n;.tick.take[t;x@\:where not n]];
    x:x@\:where n;
    .u.endofday[];
    :.z.s[t;x]];
  .tick.take[t;x] }

.tick.take:{[t;x]
  .journal.append(`upd;t;x);
  .u.j+:1;
  .u.rows[t]+:count first x;
  $[.tick.o[`mode]~`zero;
    [.u.i:.u.j;.tick.pub[t;flip cols[t]!x]];
    t insert x]; }

upd:.u.upd

.tick.pub:{[t;x].u.pub[t;x];.stream.pub[t;x;.u.i]}

// publishes what the batch holds
.tick.flush:{
  .u.i:.u.j;
  {[t]if[count v:value t;.tick.pub[t;v];@[`.;t;0#]]}each .u.t; }

// @desc The day that takes rows of day d: d, or when it has ended the first day after it that has not,
// for a partition that is written is not written again.
.tick.open:{[d]
  n:{x+1}/[{x in y}[;.tick.over[]];d];
  if[n>d;.log.warn["rows of an ended day";`date`into!(d;n)]];
  n }

.tick.start:{[d]
  .u.d:d;
  r:.journal.open d;
  .u.i:.u.j:r`messages;
  .u.rows:.u.seq:.u.t#.tick.none,r`rows;
  .stream.epoch:$[type key f:`$string[.u.L],".damage";hcount f;0];
  .log.info["day";`date`log`messages!(d;.u.L;.u.j)]; }

// @desc Ends the present day: publishes what is left, tells the subscribers, closes the log.
.u.endofday:{
  if[null .u.d;:()];
  .tick.flush[];
  d:.u.d;
  .journal.close[];
  .tick.endfile[]set asc distinct .tick.over[],d;
  .u.d:0Nd;.u.L:`;.u.i:.u.j:0;.u.rows:.tick.none;
  .log.info["end of day";(enlist`date)!enlist d];
  .u.end d;
  .stream.end d; }

// after a restart the newest day that had not been ended goes on
.tick.resume:{if[count d:.journal.days[]except .tick.over[];.tick.start last d]}

.tick.resume[];

.z.pc:{.u.pc x;.stream.closed x}
.z.ts:{.tick.flush[];.journal.tick[];.stream.tick[];.slow.tick[]}
.z.exit:{.tick.flush[];.journal.close[]}
if[not system"t";system"t 20"];
