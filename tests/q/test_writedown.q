// Write-down: chunks and marks, what a crash leaves, the roll column by column; days as they come from a tickerplant that is not there.

system"l ",getenv[`SLIPSTREAM_Q],"/boot.q"
.boot.use each`test`log`conn`calendar`job`sub`part`mark`rolls,`$("schema/market";"schema/order");
.log.info:.log.warn:.log.error:{[m;d]}
dir:"/tmp/slip-wdb-",string .z.i
system"mkdir -p ",dir,"/hdb ",dir,"/idb ",dir,"/tplog";
w:getenv[`SLIPSTREAM_Q],"/../wdb/"
system each"l ",/:w,/:("down.q";"roll.q");
.down.db:hsym`$dir,"/hdb"
.down.dir:hsym`$dir,"/idb"
.wdb.o:(1#`rows)!1#7
.wdb.t:`quote`trade`fixraw
.wdb.tables:{.wdb.t!value each .wdb.t}
upd:insert
d:2024.03.04

/ n rows from the k-th on; time goes back now and then, symbols come in no order
rows:{[t;d;k;n]
  j:k+til n;
  x:`time`sym`seq!(d+0D09:00:00+0D00:00:01*(j div 3)-j mod 2;`ZZ`B`AA`M(j*7)mod 4;j);
  if[t=`fixraw;x,:`session`msg!(n#`s;{(1+x mod 4)#"ab",string x}each j)];
  y:n#enlist first 0#value t;
  flip(flip y),x }
f:hsym`$dir,"/tplog/slip",string d
.sub.log:f
all3:{[k;n].wdb.t!rows[;d;k;n]each .wdb.t}
none:{.wdb.t!0#/:value each .wdb.t}
log1:{[x]f set();h:hopen f;{[h;t;x]h enlist(`upd;t;value flip x)}[h]'[key x;value x];hclose h}
log1 all3[0;40];

// a mark counts rows by table and names the chunks; the next chunk adds to it
.down.write[d;0;f;all3[0;10];0b];
.t.match[.wdb.t!3#10].mark.get[.down.dir;d]`rows
.t.match[(d;0;0b)].mark.get[.down.dir;d]`date`epoch`final
.down.write[d;0;f;none[],(1#`trade)!enlist rows[`trade;d;10;4];0b];
.t.match[10 14 10].down.rows[d;.wdb.t].wdb.t
.t.match[0 1]asc distinct .down.marks[d][`chunks]`n
.t.match[enlist`trade]key[` sv .mark.folder[.down.dir;d],`1]
/ nothing new: no chunk
.down.write[d;0;f;none[];0b];
.t.match[0 1]asc distinct .down.marks[d][`chunks]`n

// rows are on disk in order of arrival, nested columns too
load` sv .down.db,`sym;
got:{[t]raze{[t;n]get` sv .mark.chunk[.down.dir;d;n;t],`}[t]each exec asc n from .down.marks[d][`chunks]where tab=t}
plain:{@[x;where 20h=type each flip x;value]}
.t.match[rows[`trade;d;0;14]]plain got`trade
.t.match[rows[`fixraw;d;0;10]]plain got`fixraw

// a crash between the rows and the mark: the chunk that no mark names goes, and what is written next takes its place
m:.down.marks d;
.down.write[d;0;f;none[],(1#`trade)!enlist rows[`trade;d;14;3];0b];
.mark.put[.down.dir;m];
system"mkdir -p ",dir,"/idb/2024.03.05/0/trade";
.down.recover[];
.t.match[(asc`mark`0`1)]asc key .mark.folder[.down.dir;d]
.t.match[0b]`2024.03.05 in key .down.dir
.t.match[14].down.rows[d;.wdb.t]`trade
.t.match[1#d]key .down.marks

// a torn mark is none: the old one stands until the new is renamed
(hsym`$(1_string .mark.file[.down.dir;d]),".new")1:0xff01;
.down.recover[];
.t.match[(asc`mark`0`1)]asc key .mark.folder[.down.dir;d]

// a write that fails has done nothing
.t.fails["sync"]{@[.down.write[d;0;`:nosuch/log;;0b];all3[14;2];{'"sync: ",x}]}
.t.match[14].down.rows[d;.wdb.t]`trade

// the rest of a day that ended is read from its log, from the mark on: never twice
.roll.days:(0#0Nd)!0#`
.rolls.note[.down.db;d;`open];
.t.match[1b].rolls.busy[.down.db;d]
.roll.add d;
.roll.complete d;
.t.match[.wdb.t!3#40].down.rows[d;.wdb.t]
.t.match[1b].down.marks[d]`final
.t.match[rows[`fixraw;d;0;40]]plain got`fixraw
.t.match[`ended].rolls.at[.down.db;d]

// the partition: sorted by symbol and time, rows of one symbol and time as they came, whatever order symbols have in the sym file
run:{while[(not .rolls.past[`renamed].roll.days d)and count .roll.days;.roll.some 0]}
run[];
.t.match[`renamed].rolls.at[.down.db;d]
want:{[t]x:rows[t;d;0;40];x:x iasc x`time;x iasc x`sym}
.t.match[want`trade].part.read[.down.db;d;`trade]
.t.match[want`fixraw].part.read[.down.db;d;`fixraw]
.t.match[`p]attr get` sv .down.db,(`$string d),`trade`sym
.t.match[asc .wdb.t]asc key` sv .down.db,`$string d
.t.match[0b].rolls.busy[.down.db;d]
.t.match[1b].rolls.whole[.down.db;d]
.roll.clear d;
.t.match[0]count key .mark.folder[.down.dir;d]
.t.match[0b].roll.i.locked

// more than ten chunks, the empty tables of a day, a partition that was there before
d:2024.03.05
f:hsym`$dir,"/tplog/slip",string d
log1 all3[0;40];
.part.write[.down.db;` sv .part.aside[.down.db;d],`trade;rows[`trade;d;100;3]];
.part.replace[.down.db;d];
.wdb.t:`quote`trade`fixraw`depth
{.down.write[d;0;f;none[],(1#`trade)!enlist rows[`trade;d;3*x;3];0b]}each til 12;
.down.write[d;0;f;none[];1b];
.rolls.note[.down.db;d;`ended];
.roll.add d;
run[];
x:rows[`trade;d;0;36],rows[`trade;d;100;3]
x:x iasc x`time
.t.match[x iasc x`sym].part.read[.down.db;d;`trade]
.t.match[0#depth].part.read[.down.db;d;`depth]

// a table whose calendar is ahead of the others: what belongs to its next trading day is in the next log too, and left to it
d:2024.03.12
f:hsym`$dir,"/tplog/slip",string d
log1 all3[0;5];
.cal.init`calendars`calendardir!("fixraw:XCME";"");
x:rows[`fixraw;d;0;20]
y:update time:d+0D21:59:50+0D00:00:01*seq from x
.down.write[d;0;f;none[],(1#`fixraw)!enlist y;1b];
.rolls.note[.down.db;d;`ended];
.roll.add d;
run[];
.t.match[y where 10>til 20]`seq xasc .part.read[.down.db;d;`fixraw]
.t.match[20]count got`fixraw
.cal.init`calendars`calendardir!("";"");

// a chunk that has changed since is found before anything is written
d:2024.03.06
f:hsym`$dir,"/tplog/slip",string d
log1 all3[0;5];
.down.write[d;0;f;none[],(1#`trade)!enlist rows[`trade;d;0;5];1b];
c:` sv .mark.chunk[.down.dir;d;0;`trade],`price
b:read1 c
c 1:@[b;-1+count b;:;"x"$255-"i"$last b];
.rolls.note[.down.db;d;`ended];
.roll.add d;
.roll.some 0;
.t.fails[".roll.sound 2024.03.06 chunk"]{.roll.some 1000}
.t.match[0b].part.there[.down.db;d]
c 1:b;
run[];
.t.match[5]count .part.read[.down.db;d;`trade]

// the journal: a torn last line says nothing, and the next begins behind it; steps in order
h:hopen .rolls.file .down.db
h"2024.03.06 clea";
hclose h
.t.match[`renamed].rolls.at[.down.db;2024.03.06]
.rolls.note[.down.db;2024.03.06;`reloaded];
.t.match[`reloaded].rolls.at[.down.db;2024.03.06]
.t.match["2024.03.06 clea"]first -2#read0 .rolls.file .down.db
/ a note that fails keeps no file open
n:count key`:/proc/self/fd
system"ln -s /dev/full ",dir,"/full.rolls";
.t.match[3#1b]{@[{.rolls.note[hsym`$dir,"/full";2024.03.06;`told];0b};::;{x like"*No space left*"}]}each til 3
.t.match[n]count key`:/proc/self/fd
.t.match[010b].rolls.past[`renamed]each`written`told`

// a day that only merges wrote is not whole; one of another plant is
d:2024.03.07
.part.write[.down.db;` sv .part.aside[.down.db;d],`trade;rows[`trade;d;0;3]];
.part.replace[.down.db;d];
.t.match[1b].rolls.whole[.down.db;d]
(hsym`$dir,"/hdb.merged")set([]source:1#`x;date:1#d;tab:1#`trade;rows:1#3;at:1#.z.p);
.t.match[0b].rolls.whole[.down.db;d]

// jobs: one that fails stops no other and comes again
n:0
.job.add[`bad;0D;{'"bad"}];
.job.add[`good;0D;{n+:1}];
.job.run[];.job.run[];
.t.match[2]n
.t.match["bad"].job.said`bad

system"rm -r ",dir;
.t.end[]
