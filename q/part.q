// Writing partitions of a database: aside, column by column, compared with what is on disk, renamed; only then is what they replace deleted.
// Memory beyond the table itself: its order and one column.

// @desc Folder in which the partition of date d is prepared, beside the database on the same file system.
.part.aside:{[db;d]hsym`$(1_string db),".aside/",string d}
.part.i.path:{[db;d]` sv db,`$string d}
.part.there:{[db;d](`$string d)in key db}

// one writer at a time: a folder that holds the writer's process id and when it began; a dead writer's is taken over
.part.i.lock:{[db](1_string db),".lock"}
/ what a power cut left of the file may be nothing
.part.i.owner:{[l]@[{"J"$2#(" "vs first read0 x),2#enlist""};hsym`$l,"/pid";0N 0N]}
/ in ticks since the machine began, for after that another process may have the number; null when there is no such process
.part.i.began:{[p]if[null p;:0N];@[{"J"$(" "vs last") "vs first system"cat /proc/",string[x],"/stat 2>/dev/null")19};p;0N]}
.part.i.dead:{[o]$[null b:.part.i.began o 0;1b;not(null o 1)|b~o 1]}
.part.lock:{[db]
  l:.part.i.lock db;
  mine:l,".",string .z.i;
  system"rm -rf ",mine;
  system"mkdir -p ",mine;
  (hsym`$mine,"/pid")0:enlist" "sv string .z.i,.part.i.began .z.i;
  if[.part.i.take[mine;l];:()];
  o:.part.i.owner l;
  if[dead:.part.i.dead o;
    / another may have taken it over since
    system"mv -T ",l," ",l,".dead";
    dead:o~.part.i.owner l,".dead";
    if[not dead;.part.i.take[l,".dead";l]];
    system"rm -rf ",l,".dead"];
  if[not$[dead;.part.i.take[mine;l];0b];
    system"rm -rf ",mine;
    '"database is being written by process ",string first .part.i.owner l];
  .log.warn["took over the lock of a dead writer";`lock`pid!(l;o 0)]; }
/ a folder takes the place of an empty one or none, in one step
.part.i.take:{[a;b]@[{system"mv -T ",x," 2>/dev/null";1b};a," ",b;0b]}
.part.unlock:{[db]system"rm -rf ",.part.i.lock db;}

// @desc Calls f with arguments a as the one writer of the database, which is put right first.
.part.alone:{[db;f;a]
  .part.lock db;
  r:.[{[db;f;a].part.recover db;(1b;f . a)};(db;f;a);{(0b;x)}];
  .part.unlock db;
  if[not r 0;'r 1];
  r 1 }

// @desc Puts back what a writer that died between two renames had taken away, and throws away what it prepared. Only for who has the lock: a live writer may be between the two.
// Folders are renamed with -T, so that none is moved into one that is there.
.part.recover:{[db]
  p:first` vs db;
  w:f where(f:key p)like(n:string[last` vs db],".lock."),"*";
  {system"rm -rf ",1_string x}each` sv/:p,/:w where null .part.i.began each"J"$(count n)_'string w;
  a:(1_string db),".aside";
  old:f where(f:key hsym`$a)like"*.old";
  {[db;a;o]
    d:-4_string o;
    $[.part.there[db;`$d];system"rm -rf ",a,"/",string o;
      [system"mv -T ",a,"/",string[o]," ",(1_string db),"/",d;
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
    system"mv -T ",p," ",a,".old"];
  system"mv -T ",a," ",p;
  system"sync -f ",p;
  system"rm -rf ",a,".old"; }
