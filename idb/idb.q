// Intraday database: maps what the write-down has committed of days that no partition holds yet, and answers for those rows.
// Nothing is copied into memory. An answer says which marks it was computed from, so that the gateway gets the rest from the RDB.
//
// quill idb/idb.q -p 127.0.0.1:5017 -db var/hdb -dir var/idb

.idb.here:{$["/"in x;"/"sv -1_"/"vs x;"."]}string .z.f
system"l ",$[count h:getenv`SLIPSTREAM_Q;h;.idb.here,"/../q"],"/boot.q"
.boot.use each`opt`log`api`mark`live;

.idb.o:.opt.get flip`name`default`doc!flip(
  (`db;"var/hdb";"folder of the HDB, for its symbols");
  (`dir;"var/idb";"folder of what is written down")),.cal.options,.tca.options
.cal.init .idb.o
.tca.configure .idb.o
.log.name:`idb
.idb.db:hsym`$.idb.o`db
.idb.dir:hsym`$.idb.o`dir
system"mkdir -p ",.idb.o[`dir];

// by day: its mark, and of each table the mapped chunks by their numbers
.idb.marks:(0#0Nd)!()
.idb.maps:(0#0Nd)!()

// @desc Maps what the marks on disk say now.
// @return {dict} epoch rows final by day
.idb.reload:{
  d:.mark.days .idb.dir;
  m:d!.mark.get[.idb.dir]each d;
  / a day may be cleared between the two
  m:(where 99h=type each m)#m;
  if[not m~.idb.marks;
    if[`sym in key .idb.db;load` sv .idb.db,`sym];
    maps:.idb.i.map each m;
    .idb.marks:m;
    .idb.maps:maps];
  .mark.brief each m }

// tables of a day; chunks that are mapped already stay as they are
.idb.i.map:{[m]
  d:m`date;
  old:$[not d in key .idb.marks;()!();m[`epoch]=.idb.marks[d]`epoch;.idb.maps d;()!()];
  t:key m`schemas;
  t!{[m;old;t]
    n:exec asc n from m[`chunks]where tab=t;
    h:$[t in key old;(key[old t]inter n)#old t;(0#0)!()];
    h:h,k!{[d;t;n]get` sv .mark.chunk[.idb.dir;d;n;t],`}[m`date;t]each k:n except key h;
    .idb.i.fit[m[`schemas]t]each n#h}[m;old]each t }

// rows from before a column was added are null in it
.idb.i.fit:{[s;x]
  if[not count c:cols[s]except cols x;:x];
  cols[s]xcols flip flip[x],c!count[x]#/:first each 1#/:s c }

// @desc Answers fetcher f (see q/live.q) for the days of w that no partition holds.
// @param a {list} further arguments; w {list} (open day;first;last day), see .live.only
// @param p {date[]} days that the caller has from the HDB
// @return {list} (marks;answers), both by day
.idb.ask:{[f;a;w;p]
  d:.live.days[w;key .idb.marks]except p;
  (.mark.brief each d#.idb.marks;d!.live.ask[;f;a]each .idb.i.pieces[w]each d) }
.idb.i.pieces:{[w;d]{[w;d;t;c]$[t in key m:.idb.maps d;{[c;x]?[x;c;0b;()]}[c,.live.only[w;d;t]]each value m t;()]}[w;d]}

.idb.reload[];
.log.info["mapped";`days`chunks!(key .idb.marks;{count x`chunks}each value .idb.marks)];
