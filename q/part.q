// Writing partitions of a database: aside, column by column, compared with what is on disk, renamed; only then is what they replace deleted.
// Memory beyond the table itself: its order and one column.

// @desc Folder in which the partition of date d is prepared, beside the database on the same file system.
.part.aside:{[db;d]hsym`$(1_string db),".aside/",string d}
.part.i.path:{[db;d]` sv db,`$string d}
.part.there:{[db;d](`$string d)in key db}

// one writer at a time: a folder that holds the writer's process id; a dead writer's is taken over
.part.i.lock:{[db](1_string db),".lock"}
.part.i.owner:{[l]@[{"I"$first read0 x};hsym`$l,"/pid";0Ni]}
.part.lock:{[db]
  l:.part.i.lock db;
  got:@[{system"mkdir ",x," 2>/dev/null";1b};l;0b];
  if[not got;
    if[(not null o)&0<count key hsym`$"/proc/",string o:.part.i.owner l;'"database is being written by process ",string o];
    .log.warn["took over the lock of a dead writer";`lock`pid!(l;o)]];
  (hsym`$l,"/pid")0:enlist string .z.i; }
.part.unlock:{[db]system"rm -rf ",.part.i.lock db;}

// @desc Puts back what a writer that died between two renames had taken away, and throws away what it prepared.
.part.recover:{[db]
  a:(1_string db),".aside";
  old:f where(f:key hsym`$a)like"*.old";
  {[db;a;o]
    d:-4_string o;
    $[.part.there[db;`$d];system"rm -rf ",a,"/",string o;
      [system"mv ",a,"/",string[o]," ",(1_string db),"/",d;
       .log.warn["partition put back";(enlist`date)!enlist d]]]}[db;a]each old; }

// @desc Rows in the order of a partition: by symbol, then by time; rows of one symbol and time as they came.
// @param t {list} times in pieces, one after another; s symbols in the same pieces, enumerated or not
.part.order:{[t;s]
  t:t g:where 0<count each t;
  s:.part.i.rank s g;
  if[(all{x~asc x}each t)and all 1_(first each t)>=prev last each t;:iasc s];      / as rows mostly come
  i iasc s i:iasc raze t }

// Enumerated symbols by the place of each among those that occur, for the order is that of the symbols, not of the file they are
// enumerated in. Half the size of the enumeration, which matters for the largest tables.
.part.i.rank:{[s]
  if[not all 20h=type each s;:raze s];
  if[not count s;:0#`];
  u:distinct raze{distinct"j"$x}each s;
  r:(1+0|max u)#0Ni;
  r[u]:"i"$iasc iasc(get key first s)u;
  raze{[r;x]r"j"$x}[r]each s }

// @desc Writes one table of a partition aside and compares every column with what is on disk.
// @param db {symbol} database
// @param p {symbol} folder of the table, without a slash at its end
// @param x {table} rows, symbols not enumerated
// @return {long} rows
.part.write:{[db;p;x]
  i:.part.order[enlist x`time;enlist x`sym];
  .part.i.column[db;p;x;i]each cols x;
  (` sv p,`.d)set cols x;
  if[not count[x]=n:count get` sv p,first cols x;'"verify: ",string[p]," has ",string[n]," rows on disk, ",string[count x]," in memory"];
  n }

.part.i.column:{[db;p;x;i;c]
  .part.column[p;c](.Q.en[db;flip enlist[c]!enlist(x c)i])c }

// @desc Writes one column aside, in the order of the partition and enumerated, and compares it with what is on disk.
.part.column:{[p;c;v]
  f:` sv p,c;
  f set$[c~`sym;`p#v;v];
  if[not v~get f;'"verify: ",string[p]," column ",string[c]," differs on disk"]; }

// @desc A partition's rows of table t, symbols as symbols; () when it has none.
.part.read:{[db;d;t]
  p:` sv .part.i.path[db;d],t;
  if[not count key p;:()];
  load` sv db,`sym;
  flip{[p;c]$[20h=type v:get` sv p,c;value v;v]}[p]each c!c:get` sv p,`.d }

// @desc Puts the partition that was prepared in place of the one that is there, if any.
.part.replace:{[db;d]
  a:1_string .part.aside[db;d];
  p:1_string .part.i.path[db;d];
  system"sync -f ",a;
  system"mkdir -p ",1_string db;
  if[.part.there[db;d];
    system"rm -rf ",a,".old";
    system"mv ",p," ",a,".old"];
  system"mv ",a," ",p;
  system"sync -f ",p;
  system"rm -rf ",a,".old"; }
