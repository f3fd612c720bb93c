// Late and corrected rows: brings rows into a partition that is already written, or writes a day anew from its log or from the lake.
// A process of its own, started by `slipstream backfill`, `rebuild`, `restore` and `fill`; with -follow 1 it stays, and merges what the
// tickerplant keeps of days that are over (hdb/follow.q). The HDB maps the new partition when it is told.
//
// quill hdb/merge.q -p 127.0.0.1:5018 -db var/hdb -tplog var/tplog -hdb 127.0.0.1:5012 -follow 1

.merge.here:{$["/"in x;"/"sv -1_"/"vs x;"."]}string .z.f
system"l ",$[count h:getenv`SLIPSTREAM_Q;h;.merge.here,"/../q"],"/boot.q"
.boot.use each`opt`log`calendar`columns`conn`job`part`rolls`sub,`$("schema/market";"schema/order";"schema/derived";"schema/alert");

.merge.o:.opt.get flip`name`default`doc!flip(
  (`db;"var/hdb";"folder of the HDB");
  (`tplog;"";"folder of the tickerplant's logs; empty: columns that were added while it ran are not known");
  (`hdb;`;"address of the HDB, which is told of new partitions; empty: it is not told");
  (`follow;0b;"whether late rows of the tickerplant are followed");
  (`poll;500;"milliseconds between looks at them");
  (`settle;1000;"milliseconds without new rows of a day before those that came are merged")),.cal.options
.cal.init .merge.o;
.log.name:`merge
.merge.db:hsym`$first system"realpath -m ",.merge.o`db
.merge.t:asc tables`.
system each"l ",/:.boot.home,/:"/../hdb/",/:("commit.q";"fill.q";"change.q";"follow.q");

/ columns that rows must have: those of the schema files
.merge.least:{count cols x}each .merge.t!.merge.t
// @desc Adds the columns that were added while the tickerplant ran.
.merge.columns:{if[count .merge.o`tplog;if[type key f:hsym`$.merge.o[`tplog],".schema";.columns.add .'get f]];}
.merge.columns[];

// @desc Takes rows of table t that are to be merged, as a list of columns in schema order (columns that were added later may be missing);
// time says which day they belong to.
// @return {long} rows held so far
.merge.take:{[t;x]
  if[not t in .merge.t;'"unknown table ",string t];
  if[count[x]>=.merge.least t;x:.columns.fit[t;x]];
  if[not count[x]=count cols t;'"length: ",string[t]," has ",string[count cols t]," columns, got ",string count x];
  w:type each value flip 0#value t;
  if[count b:where not(w=0h)|w=type each x;'"type: ",string[t]," column ",string[cols[t]b 0]," is ",string[type x b 0],"h, expected ",string[w b 0],"h"];
  if[any null first x;'"time: ",string[t]," has rows without time"];
  t insert x;
  count value t }

.merge.clear:{{@[`.;x;0#]}each .merge.t;}
.merge.taken:{t!value each t:.merge.t where 0<{count value x}each .merge.t}

// @desc Merges what was taken into its days, each day aside, verified and renamed. Rows from a source that was merged before are not merged again.
// @param s {symbol} what the rows are from, e.g. the md5 of a file
// @param k {symbol[]} key columns: rows of the day that agree with a new one in these are replaced; none: nothing is
// @return {table} date tab rows replaced: what was merged
.merge.run:{[s;k].merge.alone[.merge.i.all;(s;k where not null k:(),k)]}

// @desc Calls f with arguments a as the one writer of the database.
.merge.alone:{[f;a].part.alone[.merge.db;{[f;a].commit.recover[];f . a};(f;a)]}

.merge.i.all:{[s;k]
  x:.merge.taken[];
  d:{[t;x].cal.days[t;x`time]}'[key x;value x];
  n:raze{[t;d]([]date:key c;tab:count[c]#t;rows:value c:count each group d)}'[key x;d];
  n:([]date:0#0Nd;tab:0#`;rows:0#0),n;
  .merge.i.free each distinct n`date;
  n:select from n where not([]date;tab)in select date,tab from .commit.done[]where source=s;
  {if[count w:.merge.gone x;'string[x],": ",w]}each distinct n`date;
  / the tables of a day in one step
  raze enlist[([]date:0#0Nd;tab:0#`;rows:0#0;replaced:0#0)],{[x;d;s;k;e;t]
    .merge.day[e;t!{[x;d;e;t]x[t]where e=d t}[x;d;e]each t;s;k;0N 0N]}[x;key[x]!d;s;k]'[key g;value g:exec tab by date from n] }

// a day that is being captured or rolled has one writer, the write-down: what is merged has to wait until its partition is there
.merge.i.free:{[d]if[.rolls.busy[.merge.db;d];'string[d]," is not rolled yet: ask again when its partition is there"]}

// @desc Why rows cannot be merged into day d: there has been a partition, and it is not here. New rows alone would be taken for the whole day,
// and take its place in the lake.
// @return {string} empty when they can
.merge.gone:{[d]
  $[.part.there[.merge.db;d];"";
    .merge.i.was d;"its partition is no longer here: slipstream restore brings it back";
    ""] }
// whether there has been a partition
.merge.i.was:{[d]
  $[not null .rolls.at[.merge.db;d];1b;
    d in exec date from .commit.done[];1b;
    type key f:hsym`$.merge.o[`tplog],".ended";0<exec sum rows from get[f][`days]where date=d;
    0b] }

// @desc Merges rows into one day: its tables as they will be are written aside, those without new rows are linked, and all is renamed at once.
// @param x {dict} rows by table
// @param s {symbol} source
// @param k {symbol[]} key columns, see .merge.run
// @param n {long[]} where in the source reading goes on, and how often it had been mended; nulls when it was read to its end
// @return {table} date tab rows replaced
.merge.day:{[d;x;s;k;n]
  a:.merge.i.begin d;
  gone:.merge.i.table[d;a;k]'[key x;value x];
  if[.part.there[.merge.db;d];
    {[p;a;t]system"cp -al ",(1_string` sv p,t)," ",1_string a}[p;a]each key[p:.part.i.path[.merge.db;d]]except key x];
  / a partition has every table
  {[a;t].part.write[.merge.db;` sv a,t;0#value t]}[a]each .merge.t except key a;
  r:([]date:count[x]#d;tab:key x;rows:value count each x;replaced:gone);
  .commit.run[d;update source:s,upto:n 0,mends:n 1 from r];
  .log.info["merged";`date`source`tables`rows`replaced!(d;s;r`tab;r`rows;gone)];
  r }

.merge.i.begin:{[d]
  system"rm -rf ",p:1_string a:.part.aside[.merge.db;d];
  system"mkdir -p ",p;
  a }

// a table of the partition with new rows x, column by column in memory; how many rows they replace
.merge.i.table:{[d;a;k;t;x]
  x:.Q.en[.merge.db;x];
  load` sv .merge.db,`sym;
  p:` sv .part.i.path[.merge.db;d],t;
  c:$[count key p;get` sv p,`.d;0#`];
  if[count b:k except cols x;'"key: ",string[t]," has no column ",string first b];
  if[count k;x:x asc value last each group k#x];
  n:$[count c;count get` sv p,`time;0];
  keep:til n;
  if[count[k]and n>0;keep:where not .merge.i.read[p;x;n;k]in flip x k];
  get1:{[p;x;n;keep;c]raze((.merge.i.column[p;x;n;c])keep;$[c in cols x;x c;count[x]#.merge.i.null get` sv p,c])}[p;x;n;keep];
  i:.part.order . enlist each get1 each`time`sym;
  {[f;get1;i;c].part.column[f;c;get1[c]i]}[` sv a,t;get1;i]each c:c,cols[x]except c;
  (` sv a,t,`.d)set c;
  if[not count[i]=count get` sv a,t,`time;'"verify: ",string[t]," of ",string d];
  n-count keep }

.merge.i.null:{first 1#0#x}
// a column of the partition; rows from before it was added are null
.merge.i.column:{[p;x;n;c]$[c in key p;get` sv p,c;n#.merge.i.null x c]}
// rows of key columns
.merge.i.read:{[p;x;n;k]flip .merge.i.column[p;x;n]each k}

// @desc Writes the partition of day d anew from its log; what was merged into it from files is lost, so this is refused unless it is forced.
// Late rows that the tickerplant keeps are merged again by whoever follows them.
// @return {dict} rows a table
.merge.rebuild:{[d;f;force]
  .merge.i.free d;
  if[(not force)and count select from .commit.done[]where date=d,null upto;'"rows were merged into ",string[d],": rebuilding from the log would drop them"];
  .sub.read[f;first -11!(-2;f);n;0W+n:.merge.t!count[.merge.t]#0];
  {[d;t]t set .cal.only[t;d;value t]}[d]each .merge.t;
  .merge.i.whole[`rebuilt;d;.merge.t;{[d;x].commit.anew[d;.merge.t]}d;::] }
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
// What was merged after the lake was written is not in it, and may be merged again.
// @param r {dict} revision of each table in the lake, see hdb/commit.q
// @return {dict} rows a table
.merge.restore:{[d;force;r]
  .merge.i.free d;
  if[(not force)and .part.there[.merge.db;d];'"partition ",string[d]," is there"];
  .merge.i.whole[`restored;d;.merge.held;.commit.same[d;.merge.held];r] }

.merge.i.whole:{[what;d;t;f;x]
  n:.merge.alone[{[d;t;f;x]
    a:.merge.i.begin d;
    n:t!{[a;t].part.write[.merge.db;` sv a,t;value t]}[a]each t;
    f x;
    n};(d;t;f;x)];
  .log.info[string what;(enlist[`date]!enlist d),n];
  n }

// @desc Finishes what a merge left that was interrupted: killed, or without room for its notes. Why it cannot, while somebody else is writing, is said once.
.merge.finish:{
  if[not$[count .commit.i.open[];1b;0<count key .commit.i.file".merging"];:()];
  r:@[{.merge.alone[{[x]};enlist x];""};::;::];
  if[count[r]and not r~.merge.i.said;.log.warn["an interrupted merge waits";(enlist`why)!enlist r]];
  .merge.i.said:r; }
.merge.i.said:""

.merge.finish[];
if[not null .merge.o`hdb;.conn.add[`hdb;hsym .merge.o`hdb]];
if[.merge.o`follow;.follow.start[]];
