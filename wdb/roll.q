// The roll: what is written down of an ended day becomes its partition, one column at a time, so that memory is a column and its order.
// Steps are noted in the journal (q/rolls.q); after any interruption the roll goes on from the last one noted, or begins anew before `written`.
// Between two columns the process takes rows of the present day.

// days that have ended and are not cleared, with the step that each has come to
.roll.days:(0#0Nd)!0#`
/ what is to be done for the day that is being written, one call after another; the order of a table's rows;
/ rows a table: read, and of the day
.roll.plan:()
.roll.i.order:0#0
.roll.read:.roll.rows:(0#`)!0#0

.roll.note:{[d;s]
  .rolls.note[.down.db;d;s];
  .roll.days[d]:s;
  .log.info["roll";`date`step!(d;s)]; }

// @desc Takes up a day that has ended.
.roll.add:{[d].roll.days[d]:.rolls.at[.down.db;d];.roll.days:(asc key .roll.days)#.roll.days;}

// @desc Does some of what there is to do: for about x ms, at least one call.
.roll.some:{[x]
  w:.z.p+0 1000000*x;
  more:1b;
  while[more;
    if[not count .roll.plan;.roll.i.next[]];
    if[more:0<count .roll.plan;.roll.i.call[]];
    more:more and .z.p within w]; }

// the database's lock, from the beginning of a day to its renaming
.roll.i.locked:0b
.roll.i.lock:{if[not .roll.i.locked;.part.lock .down.db;.roll.i.locked:1b]}
.roll.i.unlock:{if[.roll.i.locked;.part.unlock .down.db;.roll.i.locked:0b]}

// the next call; one that fails begins the day anew when the job comes again
.roll.i.call:{
  c:first .roll.plan;
  .roll.plan:1_.roll.plan;
  r:.Q.trp[{(value first x). 1_x;()};c;{(x;.Q.sbt y)}];
  if[count r;
    .roll.plan:();.roll.i.order:0#0;
    .roll.i.unlock[];
    '(" "sv(string first c;string c 1;r 0)),"\n",r 1]; }

// what the first day that has no partition needs
.roll.i.next:{
  d:first where not .rolls.past[`renamed]each .roll.days;
  if[null d;:()];
  .roll.plan:$[not .rolls.past[`ended].roll.days d;enlist(`.roll.complete;d);
    `written~.roll.days d;enlist(`.roll.rename;d);
    enlist(`.roll.begin;d)]; }

// @desc Everything of an ended day is written down: what the mark lacks is read from the log.
.roll.complete:{[d]
  f:.sub.logof d;
  if[not type key f;'"no log ",string f];
  e:.sub.epochof f;
  if[d in key .down.marks;if[not e=.down.marks[d]`epoch;.down.aside d]];
  final:$[d in key .down.marks;.down.marks[d]`final;0b];
  if[not final;
    .log.info["rest of an ended day is read from its log";`date`log!(d;f)];
    .roll.i.got:0#/:.wdb.tables[];
    n:.down.rows[d;.wdb.t];
    .sub.feed[.roll.i.take[d;e;f];f;first -11!(-2;f);n;0W+0*n];
    .down.write[d;e;f;.roll.i.got;1b];
    .roll.i.got:()];
  .roll.note[d;`ended]; }
.roll.i.take:{[d;e;f;t;x]
  .roll.i.got[t]:.roll.i.got[t],flip cols[t]!x;
  if[.wdb.o[`rows]<=sum count each .roll.i.got;
    .down.write[d;e;f;.roll.i.got;0b];
    .roll.i.got:0#/:.roll.i.got]; }

// @desc Begins to write the partition of day d aside. Rows that were merged into the day before it was captured stay in it.
.roll.begin:{[d]
  m:.down.marks d;
  .roll.i.lock[];
  .part.recover .down.db;
  system"rm -rf ",1_string .part.aside[.down.db;d];
  load` sv .down.db,`sym;
  n:exec sum rows by tab from m`chunks;
  if[not(m`rows)~(0*m`rows)+n;'"mark of ",string[d]," counts ",(-3!m`rows),", its chunks ",-3!n];
  p:.roll.i.pieces[d]each t!t:key m`schemas;
  .roll.rows:.roll.read:{sum 0,{count get` sv x,`time}each x}each p;
  .roll.plan:(raze .roll.i.plan[d;m]'[t;value p]),enlist(`.roll.written;d); }

.roll.i.plan:{[d;m;t;p]
  f:` sv .part.aside[.down.db;d],t;
  s:.Q.en[.down.db;m[`schemas]t];
  ((`.roll.sound;d;t);(`.roll.sort;d;t;f;p)),(.roll.i.column[d;t;f;p;s]each cols s),enlist(`.roll.names;d;f;cols s) }
.roll.i.column:{[d;t;f;p;s;c](`.roll.column;d;t;f;p;c;0#s c)}

// folders of a table's pieces: its chunks in the order in which they were written, then a partition that is there
.roll.i.pieces:{[d;t]
  c:exec asc n from .down.marks[d][`chunks]where tab=t;
  p:.mark.chunk[.down.dir;d;;t]each c;
  p,q where{0<count key x}each q:enlist` sv .down.db,(`$string d),t }

// @desc The chunks of a table are what was written down.
.roll.sound:{[d;t]
  c:select n,hash from .down.marks[d][`chunks]where tab=t;
  {[d;t;n;s]if[not s~.down.hash f:.mark.chunk[.down.dir;d;n;t];'"chunk ",string[f]," is not what was written"]}[d;t]'[c`n;c`hash]; }

// a column from its pieces; rows from before it was added are null
.roll.i.read:{[p;c;e]raze enlist[e],{[c;e;f]$[c in key f;get` sv f,c;(count get` sv f,`time)#first 1#e]}[c;e]each p}

// @desc The order of a table's rows in the partition. Rows of a table whose calendar is ahead are in the next day's log as well, and left to it.
.roll.sort:{[d;t;f;p]
  x:{[p;c]{[c;f]get` sv f,c}[c]each p}[p]each`time`sym;
  .roll.i.order:$[.cal.ahead t;
    [m:x[0]<.cal.end[.cal.of t;d];(where raze m) .part.order . x@'\:where each m];
    .part.order . x];
  .roll.rows[t]:count .roll.i.order; }

// @desc Writes one column aside in that order.
// @param e {list} an empty list of its type
.roll.column:{[d;t;f;p;c;e]
  v:.roll.i.read[p;c;e];
  if[not count[v]=.roll.read t;'"verify: ",string[f]," column ",string[c]," has ",string[count v]," rows, time ",string .roll.read t];
  .part.column[f;c;v .roll.i.order]; }

.roll.names:{[d;f;c](` sv f,`.d)set c;.roll.i.order:0#0;}

// @desc Every table is aside: each column has as many rows as were read.
.roll.written:{[d]
  a:.part.aside[.down.db;d];
  n:{[a;t]distinct{count get x}each` sv/:a,/:t,/:get` sv a,t,`.d}[a]each key .roll.rows;
  if[not n~enlist each value .roll.rows;'"verify: ",string[a]," has ",(-3!n)," rows, ",(-3!.roll.rows)," were read"];
  system"sync -f ",1_string a;
  .roll.note[d;`written]; }

// @desc The partition is renamed into place; a crash may have come between that and its note.
.roll.rename:{[d]
  .roll.i.lock[];
  .part.recover .down.db;
  a:.part.aside[.down.db;d];
  $[count key a;.part.replace[.down.db;d];
    not .part.there[.down.db;d];'"neither ",string[a]," nor the partition is there";
    ()];
  .roll.i.unlock[];
  .roll.note[d;`renamed];
  .log.info["partition written";(enlist[`date]!enlist d),.roll.rows];
  .Q.gc[]; }

// @desc Ended days whose partition is written and that have come to step s.
.roll.due:{[s]where .roll.days=s}

// @desc What was written down of day d is removed.
.roll.clear:{[d]
  .down.clear d;
  .roll.note[d;`cleared];
  .roll.days:enlist[d]_ .roll.days; }
