// Tickerplant: takes rows from feeds, logs them, publishes them, ends the day by the data's clock.
//
//   feed -> .u.upd[table;columns] -> log -> subscribers (upd;table;rows)
//
// quill tickplant/tick.q -p 127.0.0.1:5010 -dir var/tplog -mode batch -sync interval -t 20

.tick.here:{$["/"in x;"/"sv -1_"/"vs x;"."]}string .z.f
system"l ",$[count h:getenv`SLIPSTREAM_Q;h;.tick.here,"/../q"],"/boot.q"
.boot.use each`opt`log`job`calendar`columns,`$("schema/market";"schema/order";"schema/derived";"schema/alert");
system each"l ",/:.tick.here,/:"/",/:("u.q";"stream.q";"slow.q";"schema.q";"sums.q";"salvage.q";"journal.q";"check.q";"late.q";"early.q";"day.q");

.tick.o:.opt.get flip`name`default`doc!flip(
  (`dir;"var/tplog";"folder of the logs");
  (`mode;`batch;"batch: publish on the timer; zero: publish every message at once");
  (`sync;`interval;"when the log is forced to disk: always, interval, never");
  (`syncms;1000;"milliseconds between syncs");
  (`queue;256;"megabytes that may wait for a subscriber");
  (`slow;`resync;"what happens beyond: resync (numbered streams read the log, others are cut off) or disconnect");
  (`ahead;10;"trading days by which rows may be ahead of the present day; rows further ahead are refused");
  (`future;24;"hours by which rows may be ahead of this machine's clock; rows further ahead are refused");
  (`grace;0;"minutes without rows after its calendars' end by which the clock ends a day; 0: only rows of a later day do")),.cal.options
.cal.init .tick.o
.log.name:`tickerplant
.tick.zero:`zero~.tick.o`mode
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

// @desc Which rows of a message would be taken, for a publisher that has to know what of it is logged.
// @return {boolean[]} one a row
.u.fits:{[t;x]null last .check.rows[t;.check.columns[t;x]]}

// @desc Ended days, for subscribers that were away at the roll.
.u.ended:{d where(d:.journal.days[])<>.u.d}

// @desc Takes rows of table t: a list of columns, one row as a list of atoms, or a table.
// Returns when they are logged. Which day they belong to, and when the present one ends: tickplant/day.q.
// @return {table} reason and rows of what was refused; a message that cannot be read at all is a signal
.u.upd:{[t;x]
  if[98h=type x;x:value flip x];
  if[.check.fits[t;x];
    .tick.take[t;$[0h>type first x;enlist each x;x]];
    :.check.none];
  r:.check.take[t;x];
  .tick.days[t;r 0];
  r 1 }

.tick.take:{[t;x]
  .journal.append(`upd;t;x);
  .u.j+:1;
  .u.rows[t]+:count first x;
  $[.tick.zero;
    [.u.i:.u.j;.tick.pub[t;flip cols[t]!x]];
    t insert x]; }

upd:.u.upd

.tick.pub:{[t;x].u.pub[t;x];.stream.pub[t;x;.u.i]}

// publishes what the batch holds
.tick.flush:{
  .u.i:.u.j;
  {[t]if[count v:value t;.tick.pub[t;v];@[`.;t;0#]]}each .u.t; }

.tick.resume[];

.z.pc:{.u.pc x;.stream.closed x}
.job.add[;0D]'[`flush`journal`late`stream`slow`clock;(.tick.flush;.journal.tick;.late.tick;.stream.tick;.slow.tick;.tick.clock)];
.job.add[`wall;0D00:00:01;.tick.wall];
.z.ts:{.job.run[]}
.z.exit:{.tick.flush[];.journal.close[];.late.close[]}
if[not system"t";system"t 20"];
