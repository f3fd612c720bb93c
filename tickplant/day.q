// The days of the tickerplant. One day is open; its rows go to its log and to the subscribers. A row belongs to the trading day of its table's
// calendar (q/calendar.q), and where that is not the open day:
//   a day that is over, or before the open one   -> tickplant/late.q
//   a day that has not begun                     -> tickplant/early.q, until the open day ends
// The open day ends with the first row, of whatever table, from after the end of that day in every calendar in use. Where all tables have
// one calendar this is the first row of a later day, and no row is early.

// the instants of the open day a table, the instant that ends it, and from when on rows are too far ahead: of that day,
// and of that day or this machine's clock; the first and the last instant of the open day that are not too far ahead
.tick.from:.tick.to:.tick.ahead:.tick.limit:(`symbol$())!0#0Np
.tick.span:(`symbol$())!()
.tick.until:0Wp
/ rows a table with which the open day's log began: they came early, and were counted then
.tick.prelude:(`symbol$())!0#0

// what is known of days that are over: <dir>.ended holds them, the rows taken in each, and the late rows as they were then
.tick.ended:([]date:0#0Nd;table:0#`;rows:0#0)
.tick.base:(`symbol$())!0#0
.tick.endfile:{`$string[.journal.dir],".ended"}
.tick.over:{exec distinct date from .tick.ended}
// a row a table, and one without a table, for days without rows
.tick.i.end:{[d;n]([]date:(1+count n)#d;table:`,key n;rows:0,value n)}

.tick.load:{
  r:$[type key f:.tick.endfile[];get f;0#0Nd];
  / once it was a list of dates
  if[14h=abs type r;r:`days`late!(raze enlist[.tick.ended],.tick.i.end[;.tick.none]each(),r;0!.u.late)];
  .tick.prelude:.tick.none;
  .tick.ended:r`days;
  .tick.base:.tick.none+exec sum rows by table from .tick.ended where not null table;
  .late.init r`late;
  .tick.mended[]; }

// @desc Saves what is known of ended days, by which they are over.
// @param e {table} see .tick.ended
.tick.save:{[e]
  f:1_string .tick.endfile[];
  (hsym`$f,".new")set`days`late!(e;0!.u.late);
  system"sync -d ",f,".new";
  system"mv ",f,".new ",f; }

// @desc Rows of table t that have been taken, ever: for publishers that reconnect. Rows that are refused are not among them.
// @return {list} (name of this tickerplant's logs; rows; epoch); the epoch is another once a log was mended: it may hold fewer rows than it did
.u.position:{[t](1_string .journal.dir;(.tick.base t)+(.u.rows t)+(0^.late.total[]t)-.tick.prelude t;.tick.epoch)}

// bytes of all lists of damages
.tick.epoch:0
.tick.mended:{.tick.epoch:sum 0,raze{[d]hcount each` sv/:d,/:f where(f:key d)like"*.damage"}each .journal.dir,`$string[.journal.dir],".late"}

// @desc Whether the rows of a message that are taken are the last of table t in the logs of their days.
.u.endswith:{[t;x]
  y:.check.columns[t;x];
  y:y@\:where .u.fits[t;y];
  all .tick.i.tail[t;y]'[key g;value g:group .cal.days[t;first y]] }
.tick.i.tail:{[t;y;e;i]
  f:distinct(.u.L;.journal.path e;.late.path e);
  any(y@\:i)~/:.journal.tail[;t;count i]each f where -11h=type each key each f }

.tick.bounds:{
  c:.u.t!.cal.of each .u.t;
  if[null .u.d;
    .tick.from:.tick.ahead:.u.t!count[.u.t]#0Wp;.tick.to:.u.t!count[.u.t]#-0Wp;.tick.until:0Wp;
    .tick.wall[];
    :()];
  .tick.from:.cal.start[;.u.d]each c;
  .tick.to:.cal.end[;.u.d]each c;
  .tick.until:max .tick.to;
  .tick.ahead:{.cal.end[x].cal.add[x;.u.d;.tick.o`ahead]}each c;
  .tick.wall[]; }

// @desc For the timer: this machine's clock has gone on.
.tick.wall:{
  .tick.limit:.tick.ahead&.z.p+0D01*.tick.o`future;
  .tick.span:.tick.from,'-1+.tick.to&.tick.limit; }

// @desc Takes rows of table t, as columns.
.tick.days:{[t;x]
  if[not count f:first x;:()];
  $[(max[f]<.tick.to t)and min[f]>=.tick.from t;.tick.take[t;x];.tick.sort[t;x]] }

// the rows in runs of one day each, in their order: after a crash what is logged of a message is its beginning
.tick.sort:{[t;x]
  d:.cal.days[t;first x];
  if[null .u.d;.tick.begin d where not .tick.late d];
  {[t;x;d;i].tick.run[t;d first i;x@\:i]}[t;x;d]each(where differ d)cut til count d; }

.tick.run:{[t;e;x]
  if[.tick.late e;:.late.take[t;e;x]];
  if[e~.u.d;:.tick.take[t;x]];
  / ahead of the open day, which ends with the first row from after its end everywhere
  if[count n:where(first x)>=.tick.until;
    if[k:first n;.early.take[t;e;k#/:x]];
    .u.endofday[];
    .tick.begin e;
    :.z.s[t;e;k _/:x]];
  .early.take[t;e;x] }

// @desc Whether rows of a day come too late for its log: it is over, or an earlier one than the open day.
.tick.late:{[e](e in .tick.over[],.late.days[])or e<.u.d}

// @desc Opens the first of some days, or an earlier one that has early rows.
.tick.begin:{[d]if[count d;.tick.start min d,.early.days[]]}

// what can fail comes first: until the log is open no day is, and the next row begins it again
.tick.start:{[d]
  .early.gather d;
  n:.early.count d;
  r:.journal.open d;
  .u.d:d;
  .tick.mended[];
  .tick.prelude:n;
  .u.i:.u.j:r`messages;
  .u.rows:.u.seq:.u.t#.tick.none,r`rows;
  .stream.epoch:$[type key f:`$string[.u.L],".damage";hcount f;0];
  .tick.bounds[];
  if[.cal.mixed .u.t;.early.lacks:1b;.early.try[]];
  if[any .tick.prelude;.stream.again each exec distinct h from .stream.w];
  .log.info["day";`date`log`messages!(d;.u.L;.u.j)]; }

// @desc Ends the present day: publishes what is left, tells the subscribers, closes the log. Until all of it is on disk and noted as over, the day
// is open, and whatever ends it comes again: the next row, or the clock.
.u.endofday:{
  if[null .u.d;:()];
  .tick.log[];
  .tick.flush[];
  d:.u.d;
  .early.whole[];
  .journal.sync[];
  .late.force[];
  .tick.save e:.tick.ended,.tick.i.end[d;n:.u.rows-.tick.prelude];
  .tick.ended:e;
  .tick.base+:n;
  .journal.close[];.early.close[];.late.close[];
  .u.d:0Nd;.u.L:`;.u.i:.u.j:0;.u.rows:.tick.prelude:.tick.none;
  / what stays is removed at the next start
  @[.early.forget;d;{[d;e].log.error["early rows of a day that is over are still there";`date`error!(d;e)]}d];
  .tick.bounds[];
  .log.info["end of day";(enlist`date)!enlist d];
  .u.end d;
  .stream.end d; }

// after a restart the newest day that had not been ended goes on
.tick.resume:{
  .tick.load[];
  .tick.bounds[];
  .early.forget each .early.days[]inter .tick.over[];
  if[count d:.journal.days[]except .tick.over[];.tick.start last d]}

// For the timer: a day that is over in every calendar, and of which nothing has come for the minutes of grace, is ended by the clock.
.tick.seen:0N
.tick.heard:.z.p
.tick.clock:{
  if[(null .u.d)or 0>=.tick.o`grace;:()];
  if[(.tick.heard>.z.p)or not .u.j=.tick.seen;.tick.seen:.u.j;.tick.heard:.z.p];
  if[.z.p>(.tick.until|.tick.heard)+0D00:01*.tick.o`grace;.u.endofday[]]; }
