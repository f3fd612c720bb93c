// Follows the logs of late rows (tickplant/late.q) and merges what they hold into its days, each message once.
// How far a log has been read is noted with the partition (hdb/commit.q), in bytes of the log. The log is forced to disk before its rows are
// merged, so that it never holds less than that; where it was mended since, what was taken out of it is subtracted.
// A day waits while it is being captured or rolled. One that was written and is no longer here waits until it is restored from the lake.

// late logs: bytes when last looked at, and since when; days that are told to be waiting, so that it is said once
.follow.seen:([date:`date$()]bytes:0#0;since:`timestamp$())
.follow.waiting:(0#0Nd)!()
/ the HDB has not been told of a new partition; ten times what a merge took: so long the next waits, until then
.follow.stale:0b
.follow.rest:0D
.follow.next:.z.p

.follow.dir:{hsym`$.merge.o[`tplog],".late"}
.follow.i.log:{[d]` sv .follow.dir[],`$"slip",string d}
.follow.i.source:{[d]`$"late:slip",string d}

.follow.start:{
  if[not count .merge.o`tplog;'"-follow needs -tplog"];
  .z.pc:{.conn.closed x};
  .z.ts:{.job.run[]};
  .job.add[`late;`timespan$1000000*.merge.o`poll;.follow.look];
  .job.add[`fill;0D00:00:05;.follow.fill];
  .job.add[`finish;0D00:00:05;.merge.finish];
  .job.add[`tell;0D00:00:00.5;.follow.tell];
  system"t 50"; }

// @desc Merges what has come and settled.
.follow.look:{
  f:key .follow.dir[];
  d:"D"$4_'string f where f like"slip????.??.??";
  b:{hcount .follow.i.log x}each d;
  new:where not b=.follow.seen[([]date:d);`bytes];
  `.follow.seen upsert([]date:d new;bytes:b new;since:count[new]#.z.p);
  if[not .job.due[.follow.next;.follow.rest];:()];
  s:`timespan$1000000*.merge.o`settle;
  due:exec date from .follow.seen where date in d,.job.due[since+s;s];
  .follow.i.day each due where(b d?due)>.follow.upto each due; }

// @desc Bytes of a day's late log that have been merged.
.follow.upto:{[d]
  r:select upto,at,mends from .commit.done[]where source=.follow.i.source d;
  if[not count r;:8];
  / the newest note, which was made after the list of damages had so many lines; one from before they were counted knows when it was made
  r:last r;
  h:.follow.i.holes d;
  h:$[null r`mends;select from h where at>r`at;r[`mends]_h];
  / the holes of one mending are where they were in the log before it
  {[u;h]u-sum 0|h[`n]&u-h`o}/[r`upto;(where differ h`at)cut h] }

// what was taken out of a day's late log: when, and bytes n from o on
.follow.i.holes:{[d]
  l:" "vs'$[type key f:`$string[.follow.i.log d],".damage";read0 f;()];
  ([]at:"P"$l[;0];o:"J"$l[;1];n:"J"$l[;2]) }

.follow.i.day:{[d]
  if[count w:.follow.i.wait d;
    if[not w~.follow.waiting d;.log.info["late rows wait";`date`why!(d;w)]];
    .follow.waiting[d]:w;
    :()];
  .follow.waiting:enlist[d]_ .follow.waiting;
  began:.z.p;
  .merge.columns[];
  r:.[.merge.alone;({[d].follow.i.merge d};enlist d);{.merge.clear[];'x}];
  .merge.clear[];
  if[count r;
    .follow.stale:1b;
    .follow.next:.z.p+.follow.rest:0D|10*.z.p-began]; }

// why the rows of a day cannot be merged yet
.follow.i.wait:{[d]
  $[.rolls.busy[.merge.db;d];"the day is being captured or rolled";
    .part.there[.merge.db;d];"";
    type key hsym`$.merge.o[`tplog],"/slip",string d;"the day has a log, and no partition yet";
    .merge.gone d] }

.follow.i.merge:{[d]
  f:.follow.i.log d;
  system"sync -d ",1_string f;
  h:count .follow.i.holes d;
  n:.follow.read[f;.follow.upto d];
  if[h<>count .follow.i.holes d;'"mended while it was read: ",string f];
  $[count x:.merge.taken[];.merge.day[d;x;.follow.i.source d;0#`;n,h];()] }

// @desc Takes the messages of a late log from a byte on.
// @return {long} where they end
.follow.read:{[f;from]
  .follow.i.at:8;
  u:upd;
  `upd set{[from;t;x]
    if[.follow.i.at>=from;.merge.take[t;x]];
    .follow.i.at+:count 8_-8!(`upd;t;x)}[from];
  r:@[{-11!x;""};(first -11!(-2;f);f);::];
  `upd set u;
  if[count r;'r];
  .follow.i.at }

// @desc Tells the HDB to map what is on disk, until it has.
.follow.tell:{
  if[(not .follow.stale)or null .merge.o`hdb;:()];
  .follow.stale:@[{.conn.ask[`hdb;(`.hdb.reload;::)];0b};::;{.conn.drop`hdb;'x}]; }

// old partitions are filled when there is another partition, or another column
.follow.filled:()
.follow.fill:{
  .merge.columns[];
  now:(key .merge.db;cols each .merge.t);
  if[now~.follow.filled;:()];
  if[.fill.run[];.follow.stale:1b];
  .follow.filled:now; }
