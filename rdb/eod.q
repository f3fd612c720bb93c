// The roll: a day's tables become a partition. Written aside, verified, renamed; only then is memory cleared.

.eod.aside:{[d]hsym`$(1_string .rdb.db),".aside/",string d}
.eod.done:{[d](`$string d)in key .rdb.db}

// @desc Writes table t aside for day d: sorted by sym and time, enumerated, sym parted; then reads it back and compares.
.eod.write:{[d;t]
  x:.Q.en[.rdb.db]`sym`time xasc value t;
  p:` sv .eod.aside[d],t,`;
  p set x;
  @[p;`sym;`p#];
  y:get p;
  if[not count[x]=count y;'"verify: ",string[t]," has ",string[count y]," rows on disk, ",string[count x]," in memory"];
  if[count b:where not(value flip x)~'value flip y;'"verify: ",string[t]," column ",string[cols[x]first b]," differs on disk"];
  count x }

// @desc Rolls day d: every table aside, verified, then the whole partition renamed into place.
// A partition that is already there is left alone, so that the roll can be run again after any interruption.
.eod.roll:{[d]
  if[.eod.done d;.log.info["partition is there";(enlist`date)!enlist d];:()];
  system"rm -rf ",a:1_string .eod.aside d;
  n:.rdb.t!.eod.write[d]each .rdb.t;
  system"mkdir -p ",1_string .rdb.db;
  system"sync";
  system"mv ",a," ",(1_string .rdb.db),"/",string d;
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
