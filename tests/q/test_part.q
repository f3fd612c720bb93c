// Partitions: written aside column by column, merged with late rows, rebuilt from a log, put back after a crash between renames.

system"l ",getenv[`SLIPSTREAM_Q],"/boot.q"
.boot.use each`test`log;
.log.info:.log.warn:{[m;d]}
dir:"/tmp/slip-part-",string .z.i
system"mkdir -p ",dir;
.z.x:("-db";dir,"/hdb")
system"l ",getenv[`SLIPSTREAM_Q],"/../hdb/merge.q"
.log.info:.log.warn:{[m;d]}

rows:{[d;k;s]n:count k;flip cols[trade]!(d+0D10:00:00+k;s;n#`V;"f"$k;n#1f;n#`buy;n#`;n#d+0D;k)}
take:{[t;x].merge.take[t;value flip x]}
read:.part.read .merge.db
d:2024.03.04

// a first partition from nothing: sorted by symbol and time, parted, every table there
.t.match[4]take[`trade;rows[d;3 1 2 0;`B`A`B`A]]
.t.match[([]date:1#d;tab:1#`trade;rows:1#4;replaced:1#0)].merge.run[`first;`]
.t.match[0 1 2 3]exec seq from read[d;`trade]
.t.match[`A`A`B`B]exec sym from read[d;`trade]
.t.match[`p]attr get` sv .merge.db,(`$string d),`trade`sym
.t.match[.merge.t]asc key` sv .merge.db,`$string d
.t.match[0]count get` sv .merge.db,(`$string d),`quote`time

// the same source again changes nothing
.t.match[0]count .merge.run[`first;`]
.t.match[4]count read[d;`trade]

// late rows go where their time belongs, behind rows of the same time
{@[`.;x;0#]}each .merge.t;
take[`trade;rows[d;1 5;`A`A]];
take[`trade;rows[d+1;1#7;1#`C]];
.merge.run[`late;`];
.t.match[0 1 1 5 2 3]exec seq from read[d;`trade]
.t.match[`A`A`A`A`B`B]exec sym from read[d;`trade]
.t.match[1#7]exec seq from read[d+1;`trade]
.t.match[(d;d;d+1)]asc exec date from .commit.done[]

// rows that cannot be are refused
.t.fails["unknown table nosuch"]{take[`nosuch;([]a:1 2)]}
.t.fails["length: trade has 9 columns"]{.merge.take[`trade;(1 2;3 4)]}
.t.fails["type: trade column price is 7h"]{.merge.take[`trade;@[value flip rows[d;1 2;`A`A];3;"j"$]]}
.t.fails["time: trade has rows without time"]{.merge.take[`trade;@[value flip rows[d;1 2;`A`A];0;:;2#0Np]]}

// one writer at a time; a dead one's lock is taken over
.part.lock .merge.db
.t.fails["database is being written by process"]{.merge.run[`other;`]}
(hsym`$(1_string .merge.db),".lock/pid")0:enlist"999999999";
{@[`.;x;0#]}each .merge.t;
.t.match[0]count .merge.run[`other;`]
/ of the same number, but begun at another time; and what a power cut can leave of a lock
.part.lock .merge.db
(lock:hsym`$(1_string .merge.db),".lock/pid")0:enlist string[.z.i]," 1";
.t.match[0]count .merge.run[`other;`]
.part.lock .merge.db
lock 1:0#0x;
.t.match[0]count .merge.run[`other;`]
.part.lock .merge.db
hdel lock;
.t.match[0]count .merge.run[`other;`]
.t.match[0#`]f where(string f:key first` vs .merge.db)like\:"*.lock*"

// a crash between the renames: the old partition is put back
system"mkdir -p ",(1_string .merge.db),".aside";
system"mv ",(1_string .merge.db),"/",string[d]," ",(1_string .merge.db),".aside/",string[d],".old";
.t.match[0b].part.there[.merge.db;d]
.part.recover .merge.db
.t.match[6]count read[d;`trade]

// a rename does not become a move into the folder that is there
there:.part.there
.part.there:{[db;d]0b}
q:` sv .merge.db,`$string d
a:1_string .part.aside[.merge.db;d]
files:key q
system"mkdir -p ",a,".old/x";
.t.fails["os"]{.part.recover .merge.db}
.t.match[files]key q
system"rm -r ",a,".old";
system"mkdir -p ",a,"/x";
.t.fails["os"]{.part.replace[.merge.db;d]}
.t.match[files]key q
.part.there:there
system"rm -r ",a;

// a day anew from its log; not when rows were merged into it, unless forced
f:hsym`$dir,"/slip",string d
f set();
h:hopen f
h each enlist each{(`upd;`trade;value flip rows[d;x;count[x]#`Z])}each(0 1;2 3 4);
hclose h
.t.fails["rows were merged into 2024.03.04"]{.merge.rebuild[d;f;0b]}
.t.match[5].merge.rebuild[d;f;1b]`trade
.t.match[til 5]exec seq from read[d;`trade]
.t.match[1#d+1]exec date from .commit.done[]
.t.match[1#7]exec seq from read[d+1;`trade]

system"rm -r ",dir;
.t.end[]
