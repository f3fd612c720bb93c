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
  (`commit;`group;"group: messages whose senders do not wait for an answer are logged together, by the timer at the latest; each: each as it comes");
  (`sync;`interval;"when the log is forced to disk: always, interval, never");
  (`syncms;1000;"milliseconds between syncs");
  (`queue;256;"megabytes that may wait for a subscriber");
  (`slow;`resync;"what happens beyond: resync (numbered streams read the log, others are cut off) or disconnect");
  (`ahead;10;"trading days by which rows may be ahead of the present day; rows further ahead are refused");
  (`future;24;"hours by which rows may be ahead of this machine's clock; rows further ahead are refused");
  (`grace;0;"minutes without rows after its calendars' end by which the clock ends a day; 0: only rows of a later day do")),.cal.options
.opt.among[.tick.o]'[`mode`commit`sync`slow;(`batch`zero;`group`each;`always`interval`never;`resync`disconnect)];
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
// They are logged when a sender that waits for it gets the answer, and before anybody sees them.
// Which day they belong to, and when the present one ends: tickplant/day.q.
// @return {table} reason and rows of what was refused; a message that cannot be read at all is a signal
.u.upd:{[t;x]
  if[98h=type x;x:value flip x];
  if[.check.fits[t;x];
    .tick.take[t;x];
    :.check.none];
  r:.check.take[t;x];
  .tick.days[t;r 0];
  r 1 }

// Group commit: what came from senders that do not wait stands in its table behind the rows that are logged, and goes to the log as one
// message a table: before the next message of a sender that waits or of more rows than a few, before the answer to any request,
// before the timer publishes, or when more than most rows would wait.
.tick.few:16
.tick.most:1000
/ whether messages may wait at all; whether a sender waits for this one; rows that wait; rows a table that are logged and not published
.tick.group:.tick.asked:0b
.tick.waits:0
.tick.logged:.tick.none

.tick.take:{[t;x]
  if[.tick.asked or not .tick.group;:.tick.put[t;x]];
  n:count first x;
  if[(n>.tick.few)or .tick.most<n+.tick.waits;:.tick.put[t;x]];
  t insert x;
  .tick.waits+:n; }

// @desc Logs rows x of table t at once, behind what waits.
.tick.put:{[t;x]
  if[.tick.waits;.tick.log[]];
  if[0h>type first x;x:enlist each x];
  .tick.append[t;x];
  $[.tick.zero;
    [.u.i:.u.j;.tick.pub[t;flip cols[t]!x]];
    [t insert x;.tick.logged[t]+:count first x]]; }

.tick.append:{[t;x]
  .journal.append(`upd;t;x);
  .u.j+:1;
  .u.rows[t]+:count first x; }

// @desc Logs what waits. What cannot be logged goes on waiting, with a signal.
.tick.log:{.tick.i.log each .u.t;}
.tick.i.log:{[t]
  if[not n:count[v:value t]-k:.tick.logged t;:()];
  .tick.append[t;value flip k _ v];
  .tick.logged[t]+:n;
  .tick.waits-:n; }

// @desc The same where nobody can be told.
.tick.try:{
  r:@[{if[.tick.waits;.tick.log[]];""};::;::];
  if[count[r]and not r~.tick.i.said;.log.error["rows wait for the log";`rows`error!(.tick.waits;r)]];
  .tick.i.said:r; }
.tick.i.said:""

upd:.u.upd

.tick.pub:{[t;x].u.pub[t;x];.stream.pub[t;x;.u.i]}

// publishes what the batch holds, as far as it is logged
.tick.flush:{
  .tick.try[];
  .u.i:.u.j;
  .tick.i.flush each where 0<.tick.logged; }
.tick.i.flush:{[t]
  .tick.pub[t;(n:.tick.logged t)#value t];
  @[`.;t;n _];
  .tick.logged[t]:0; }

.tick.resume[];

// a request: what came before it is logged, its own rows are logged when it is answered
.z.pg:{
  .tick.try[];
  .tick.asked:1b;
  r:@[value;x;{.tick.asked:0b;'x}];
  .tick.asked:0b;
  r }
.z.pc:{.u.pc x;.stream.closed x}
.job.add[;0D]'[`flush`journal`late`stream`slow`clock;(.tick.flush;.journal.tick;.late.tick;.stream.tick;.slow.tick;.tick.clock)];
.job.add[`wall;0D00:00:01;.tick.wall];
.z.ts:{.job.run[]}
.z.exit:{.tick.flush[];.journal.close[];.late.close[]}
if[not system"t";system"t 20"];
/ with a slow timer nothing waits for it
.tick.group:(`group~.tick.o`commit)and not[.tick.zero]and 100>=system"t"
