// The roll: a day's tables become a partition. Written aside, verified, renamed; only then is memory cleared.

.eod.done:{[d].part.there[.rdb.db;d]}

// @desc Writes table t aside for day d, see .part.write.
.eod.write:{[d;t].part.write[.rdb.db;` sv .part.aside[.rdb.db;d],t;value t]}

// @desc Rolls day d: every table aside, verified, then the whole partition renamed into place.
// A partition that is already there is left alone, so that the roll can be run again after any interruption.
.eod.roll:{[d]
  if[.eod.done d;.log.info["partition is there";(enlist`date)!enlist d];:()];
  .part.lock .rdb.db;
  system"rm -rf ",1_string .part.aside[.rdb.db;d];
  n:.rdb.t!.eod.write[d]each .rdb.t;
  .part.replace[.rdb.db;d];
  .part.unlock .rdb.db;
  .log.info["partition written";(enlist[`date]!enlist d),n]; }

// @desc Asks the HDB to map what is on disk. One that is down, or breaks off, is asked again by the timer:
// it may have started before the rename.
.eod.stale:0b
.eod.reload:{.eod.stale:@[{.conn.ask[`hdb;(`.hdb.reload;::)];0b};::;{
  .log.warn["hdb not reloaded";(enlist`error)!enlist x];
  .conn.drop`hdb;
  system"t 500";
  1b}]}

.eod.clear:{{@[`.;x;{@[0#x;`sym;`g#]}]}each .rdb.t;}
