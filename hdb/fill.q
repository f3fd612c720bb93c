// Partitions from before a column or a table was added: the column is written, null, and the table, empty, so that a query over old and
// new dates answers. Each is prepared aside and renamed into place, a column's file before the .d that names it; what an interruption
// leaves is done by the next run.

// @desc What is missing, over all partitions: the columns of the schema and of those that were added while the tickerplant ran.
// @return {table} date tab col; col is null where the whole table is missing
.fill.plan:{
  d:"D"$string key .merge.db;
  d:asc d where not null d;
  raze enlist[([]date:0#0Nd;tab:0#`;col:0#`)],.fill.i.day each d where not .rolls.busy[.merge.db]each d }

.fill.i.day:{[d]
  p:.part.i.path[.merge.db;d];
  raze{[d;p;t]
    c:$[t in key p;cols[t]except get` sv p,t,`.d;1#`];
    ([]date:count[c]#d;tab:count[c]#t;col:c)}[d;p]each .merge.t }

// @desc Fills what is missing.
// @return {long} how many columns and tables
.fill.run:{
  if[not count .fill.plan[];:0];
  .merge.alone[{[x]
    r:.fill.plan[];
    {[r].fill.i.one[first r`date;first r`tab;r`col]}each value exec([]date;tab;col)by date,tab from r;
    .log.info["filled";`columns`dates!(count r;distinct r`date)];
    count r};enlist(::)] }

.fill.i.one:{[d;t;c]
  a:` sv .merge.i.begin[d],t;
  / the archive sees that the lake is behind
  .commit.revise[d;.commit.revisions[d],enlist[t]!enlist .z.p];
  $[c~1#`;.fill.i.table;.fill.i.columns c][` sv .part.i.path[.merge.db;d],t;a;t];
  .commit.settle d; }

.fill.i.table:{[p;a;t]
  .part.write[.merge.db;a;0#value t];
  system"sync -f ",(1_string a)," && mv -T ",(1_string a)," ",1_string p; }

.fill.i.columns:{[c;p;a;t]
  x:.Q.en[.merge.db;0#value t];
  n:count get` sv p,`time;
  {[a;p;n;x;c]
    .part.column[a;c;n#.merge.i.null x c];
    system"sync -f ",(1_string a)," && mv ",(1_string` sv a,c)," ",1_string p}[a;p;n;x]each c;
  .fill.i.names[a;p;get[` sv p,`.d],c] }

// the names of a partition's columns: written aside, renamed into place
.fill.i.names:{[a;p;c](` sv a,`.d)set c;system"sync -f ",(1_string a)," && mv ",(1_string` sv a,`.d)," ",(1_string p),"/.d";}
