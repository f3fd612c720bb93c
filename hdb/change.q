// Columns of old partitions that no longer are as the schema has them: dropped, renamed, or of another type. Done by an explicit command
// only (`slipstream column`), after the schema was changed; each partition by itself, and again from where it was interrupted.

// @desc What would change in table t.
// @param what {symbol} drop, rename or retype
// @param c {symbol} column as partitions have it; n {symbol} its new name, for rename
// @return {table} date rows type: partitions that have the column, its type there
.change.plan:{[what;t;c;n]
  if[not t in .merge.t;'"unknown table ",string t];
  if[not what in`drop`rename`retype;'"expected drop, rename or retype, got ",string what];
  if[c in`time`sym;'string[c]," is a column of every table"];
  s:cols t;
  if[what in`drop`rename;if[c in s;'"the schema of ",string[t]," has ",string[c],": take it out there first"]];
  if[what=`rename;if[not n in s;'"the schema of ",string[t]," has no column ",string n]];
  if[what=`retype;if[not c in s;'"the schema of ",string[t]," has no column ",string c]];
  d:"D"$string key .merge.db;
  r:raze enlist[([]date:0#0Nd;rows:0#0;typ:0#0h)],.change.i.look[t;c]each asc d where(not null d)and not .rolls.busy[.merge.db]each d;
  $[what=`retype;select from r where not typ=.change.i.type[t;c];r] }

.change.i.type:{[t;c]$[11h=a:type value[t]c;20h;a]}
.change.i.look:{[t;c;d]
  p:` sv .part.i.path[.merge.db;d],t;
  if[not$[t in key .part.i.path[.merge.db;d];c in get` sv p,`.d;0b];:()];
  ([]date:1#d;rows:1#count get` sv p,`time;typ:1#type get` sv p,c) }

// @desc Does it.
// @return {table} see .change.plan
.change.run:{[what;t;c;n]
  .merge.alone[{[what;t;c;n]
    r:.change.plan[what;t;c;n];
    {[what;t;c;n;d]
      a:` sv .merge.i.begin[d],t;
      .commit.revise[d;.commit.revisions[d],enlist[t]!enlist .z.p];
      (.change.i what)[a;` sv .part.i.path[.merge.db;d],t;t;c;n];
      .commit.settle d;
      .log.info["column changed";`what`date`table`column!(what;d;t;c)]}[what;t;c;n]each r`date;
    r};(what;t;c;n)] }

// a column's files: what a column of lists has beside itself, too
.change.i.files:{[p;c]f where(string f:key p)in string[c],/:("";"#";"##")}

.change.i.drop:{[a;p;t;c;n]
  .fill.i.names[a;p;(get` sv p,`.d)except c];
  hdel each` sv/:p,/:.change.i.files[p;c]; }

// under both names, then named by the new one, then without the old one
.change.i.rename:{[a;p;t;c;n]
  if[n in d:get` sv p,`.d;'string[p]," has both ",string[c]," and ",string n];
  f:string .change.i.files[p;c];
  {[p;c;n;f]system"ln -f ",p,"/",f," ",p,"/",string[n],count[string c]_f}[1_string p;c;n]each f;
  .fill.i.names[a;p;@[d;d?c;:;n]];
  hdel each` sv/:p,/:`$f; }

.change.i.retype:{[a;p;t;c;n]
  v:get` sv p,c;
  v:$[20h=type v;value v;v];
  k:abs type value[t]c;
  v:$[k=0h;'"a list cannot be made of ",string c;
    11h=type v;(upper .Q.t k)$string v;
    k=11h;`$string v;
    k$v];
  v:(.Q.en[.merge.db;flip enlist[c]!enlist v])c;
  .part.column[a;c;v];
  system"sync -f ",(1_string a)," && mv ",(1_string` sv a,c)," ",1_string p; }
