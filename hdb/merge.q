// Late and corrected rows: brings rows into a partition that is already written, or writes a day anew from its log.
// A process of its own, started by `slipstream backfill` and `slipstream rebuild`; the HDB maps the new partition when it is told.
//
// quill hdb/merge.q -p 127.0.0.1:0 -db var/hdb

.merge.here:{$["/"in x;"/"sv -1_"/"vs x;"."]}string .z.f
system"l ",$[count h:getenv`SLIPSTREAM_Q;h;.merge.here,"/../q"],"/boot.q"
.boot.use each`opt`log`part`rolls`sub,`$("schema/market";"schema/order";"schema/derived");

.merge.o:.opt.get flip`name`default`doc!flip enlist(`db;"var/hdb";"folder of the HDB")
.log.name:`merge
.merge.db:hsym`$.merge.o`db
.merge.t:asc tables`.

// what has been merged, beside the database: source (md5 of the file, or the log), date, table, rows
.merge.i.file:{hsym`$(1_string .merge.db),".merged"}
.merge.done:{$[type key f:.merge.i.file[];get f;([]source:`symbol$();date:`date$();tab:`symbol$();rows:0#0;at:`timestamp$())]}

// @desc Takes rows of table t that are to be merged, as a list of columns in schema order; time says which day they belong to.
// @return {long} rows held so far
.merge.take:{[t;x]
  if[not t in .merge.t;'"unknown table ",string t];
  if[not count[x]=count cols t;'"length: ",string[t]," has ",string[count cols t]," columns, got ",string count x];
  w:type each value flip 0#value t;
  if[count b:where not(w=0h)|w=type each x;'"type: ",string[t]," column ",string[cols[t]b 0]," is ",string[type x b 0],"h, expected ",string[w b 0],"h"];
  if[any null first x;'"time: ",string[t]," has rows without time"];
  t insert x;
  count value t }

// @desc Merges what was taken into its days, each day aside, verified and renamed. Rows from a source that was merged before are not merged again.
// @param s {symbol} what the rows are from, e.g. the md5 of a file
// @return {table} date tab rows: what was merged
.merge.run:{[s]
  .part.lock .merge.db;
  .part.recover .merge.db;
  r:@[.merge.i.all;s;{.part.unlock .merge.db;'x}];
  .part.unlock .merge.db;
  r }

.merge.i.all:{[s]
  t:.merge.t where 0<{count value x}each .merge.t;
  r:raze{[t]select rows:count i by date:`date$time,tab:t from t}each t;
  r:([]date:0#0Nd;tab:0#`;rows:0#0),$[count r;0!r;()];
  .merge.i.free each distinct r`date;
  r:select from r where not([]date;tab)in select date,tab from .merge.done[]where source=s;
  .merge.i.day[s]each value exec([]date;tab;rows)by date from r;
  r }

// a day that is being captured or rolled has one writer, the write-down: what is merged has to wait until its partition is there
.merge.i.free:{[d]if[.rolls.busy[.merge.db;d];'string[d]," is not rolled yet: ask again when its partition is there"]}

// a day's tables as they will be: those with new rows sorted together with the old ones, the others as they are
.merge.i.day:{[s;r]
  d:first r`date;
  system"rm -rf ",1_string a:.part.aside[.merge.db;d];
  {[d;a;t]
    new:select from t where d=`date$time;
    old:.part.read[.merge.db;d;t];
    .part.write[.merge.db;` sv a,t;$[count old;old,cols[old]#new;new]]}[d;a]each r`tab;
  if[.part.there[.merge.db;d];
    {[d;a;t]system"cp -a ",(1_string` sv .part.i.path[.merge.db;d],t)," ",1_string a}[d;a]each key[.part.i.path[.merge.db;d]]except r`tab];
  / a partition has every table
  {[a;t].part.write[.merge.db;` sv a,t;0#value t]}[a]each .merge.t except key a;
  .part.replace[.merge.db;d];
  .merge.i.file[]set .merge.done[],select source:s,date,tab,rows,at:.z.p from r;
  .log.info["merged";`date`tables`rows!(d;r`tab;r`rows)]; }

// @desc Writes the partition of day d anew from its log; what was merged into it later is lost, so this is refused unless it is forced.
// @return {dict} rows a table
.merge.rebuild:{[d;f;force]
  .merge.i.free d;
  if[(not force)and count m:select from .merge.done[]where date=d;'"rows were merged into ",string[d],": rebuilding from the log would drop them"];
  .sub.read[f;first -11!(-2;f);n;0W+n:.merge.t!count[.merge.t]#0];
  .part.lock .merge.db;
  .part.recover .merge.db;
  system"rm -rf ",1_string a:.part.aside[.merge.db;d];
  r:.merge.t!{[a;t].part.write[.merge.db;` sv a,t;value t]}[a]each .merge.t;
  .part.replace[.merge.db;d];
  if[count .merge.done[];.merge.i.file[]set delete from .merge.done[]where date=d];
  .part.unlock .merge.db;
  .log.info["rebuilt";(enlist[`date]!enlist d),r];
  r }
upd:insert

// @desc Takes rows of a table that is to be restored, whatever its columns: the first rows of a table say what they are.
// @param c {symbol[]} columns; x {list} their values
// @return {long} rows held so far
.merge.hold:{[t;c;x]
  x:flip c!x;
  $[t in .merge.held;t insert x;[.merge.held,:t;t set x]];
  count value t }
.merge.held:0#`

// @desc Writes the partition of day d from what was taken by .merge.hold. One that is there is replaced only when it is forced.
// @return {dict} rows a table
.merge.restore:{[d;force]
  .merge.i.free d;
  if[(not force)and .part.there[.merge.db;d];'"partition ",string[d]," is there"];
  .part.lock .merge.db;
  .part.recover .merge.db;
  system"rm -rf ",1_string a:.part.aside[.merge.db;d];
  r:.merge.held!{[a;t].part.write[.merge.db;` sv a,t;value t]}[a]each .merge.held;
  .part.replace[.merge.db;d];
  .part.unlock .merge.db;
  .log.info["restored";(enlist[`date]!enlist d),r];
  r }
