// Rows of days that are over. Each goes to <dir>.late/slip<day>, a log of the main one's format with checksums in <dir>.late.sums, and is
// acknowledged when it is there. hdb/merge.q brings what is in these logs into the partitions; subscribers do not see it.

// handles of logs that are open (log, checksums), bytes in each, and those that are not forced to disk yet
.late.h:(0#0Nd)!()
.late.at:(0#0Nd)!0#0
.late.dirty:0#0Nd
/ bytes to which logs have to be cut before they are written to again
.late.over:(0#0Nd)!0#0
.late.next:.z.p

// @desc Late rows so far, by the day they belong to and table.
.u.late:([date:`date$();table:`symbol$()]rows:0#0)

.late.path:{[d]`$string[.journal.dir],".late/slip",string d}

// @desc Days that have late rows.
.late.days:{exec distinct date from key .u.late}

// rows a table over all days
.late.total:{((`symbol$())!0#0)+exec sum rows by table from .u.late}

// @desc At the start: late logs that are there are mended and counted; those that were deleted since count as they were.
// @param r {table} date table rows, as last saved
.late.init:{[r]
  .u.late:2!r;
  f:key d:hsym`$string[.journal.dir],".late";
  .late.i.count each"D"$4_'string f where f like"slip????.??.??"; }

.late.i.count:{[d]
  n:.journal.ready[.late.path d]`rows;
  delete from`.u.late where date=d;
  `.u.late upsert([]date:count[n]#d;table:key n;rows:value n);}

// @desc Takes rows x (columns) of table t, which belong to day d.
.late.take:{[t;d;x]
  if[not d in key .late.h;.late.i.open d];
  b:8_-8!(`upd;t;x);
  h:.late.h d;
  h[0]b;
  .late.dirty:.late.dirty union d;
  if[.journal.policy~`always;.late.i.sure d];
  / one that finds no room is done without: the log has the message, and a publisher that was refused would send it again
  @[h 1;.sums.records enlist each .late.at[d],count[b],.sums.of enlist b;{[d;e].log.error["no checksum of late rows";`date`error!(d;e)]}d];
  .late.at[d]+:count b;
  .u.late+:([date:1#d;table:1#t]rows:1#count first x); }

// as .journal.i.sure: what cannot be forced to disk is taken back, at the latest before the log is written to again
.late.i.sure:{[d]
  if[not count r:@[{.late.sync[];""};::;::];:()];
  hclose each .late.h d;
  .late.h:enlist[d]_ .late.h;
  .late.dirty:.late.dirty except d;
  .late.over[d]:.late.at d;
  @[.late.i.back;d;{[d;e].log.error["late rows that are not on disk cannot be taken back";`date`error!(d;e)]}d];
  'r }
.late.i.back:{[d]
  if[not d in key .late.over;:()];
  .journal.cut[.late.path d;.late.over d];
  .late.over:enlist[d]_ .late.over; }

.late.i.open:{[d]
  .late.i.back d;
  f:.late.path d;
  system"mkdir -p ",1_string first` vs f;
  .late.at[d]:.journal.ready[f]`bytes;
  .late.h[d]:hopen each f,.sums.file f;
  .tick.mended[];
  .log.info["late rows";`date`log!(d;f)]; }

// @desc Forces late logs to disk.
.late.sync:{
  if[count .late.dirty;system"sync -d "," "sv 1_'string .late.path each .late.dirty];
  .late.dirty:0#0Nd; }

// @desc For the timer, as .journal.tick.
.late.tick:{if[(.journal.policy~`interval)and .job.due[.late.next;w:`timespan$1000000*.journal.every];.late.sync[];.late.next:.z.p+w]}

// @desc Forces them to disk unless the policy leaves it to the system.
.late.force:{if[not .journal.policy~`never;.late.sync[]]}

.late.close:{
  .late.force[];
  hclose each raze value .late.h;
  .late.h:(0#0Nd)!(); }
