// Rows of days that have not begun. Where tables have different calendars, one may be in its next trading day while another is not:
// its rows are logged and published with the open day, so that everybody sees them, and kept in <dir>.early/<day>/slip<open day> too.
// When their day opens, its log begins with them, and numbered subscribers read them from there. Whoever writes a day's partition
// takes the rows of that day only (.cal.only).

.early.h:(0#0Nd)!0#0Ni
.early.dir:{`$string[.journal.dir],".early"}
.early.i.day:{[e]`$string[.early.dir[]],"/",string e}
.early.i.part:{[e;d]`$string[.early.i.day e],"/slip",string d}
.early.i.parts:{[e]f:key p:.early.i.day e;{[p;x]` sv p,x}[p]each asc f where f like"slip????.??.??"}

// @desc Days that have early rows, ascending.
.early.days:{f:key .early.dir[];asc"D"$string f where f like"????.??.??"}

// @desc Takes rows x (columns) of table t, which belong to day e, in the open day.
.early.take:{[t;e;x]
  .tick.put[t;x];
  / logged, so the sender's no more
  @[.early.i.put[t;e];x;{if[not .early.lacks;.log.error["early rows wait";(enlist`error)!enlist x]];.early.lacks:1b}]; }

.early.i.put:{[t;e;x]
  if[not e in key .early.h;.early.h[e]:.early.i.open .early.i.part[e;.u.d]];
  .early.h[e]8_-8!(`upd;t;x); }

.early.i.open:{[f]
  system"mkdir -p ",1_string first` vs f;
  if[not type key f;f set()];
  hopen f }

// @desc Makes what the open day has of early rows anew from its log: a crash may have come between the two writes.
.early.rebuild:{
  .early.close[];
  hdel each f where -11h=type each key each f:.early.i.part[;.u.d]each .early.days[];
  .journal.i.replay[.u.L;{[t;x]
    d:.cal.days[t;first x];
    {[t;x;d;e].early.i.put[t;e;x@\:where d=e]}[t;x;d]each asc distinct d where d>.u.d;
    };{[t;c;v]}]; }

/ whether it has to be, before the open day ends
.early.lacks:0b
.early.whole:{if[.early.lacks;.early.rebuild[];.early.lacks:0b]}
.early.try:{@[.early.whole;::;{.log.error["early rows wait";(enlist`error)!enlist x]}]}

// @desc Makes the log of day e from what came early, unless it is there. It is written aside and renamed.
.early.gather:{[e]
  p:.early.i.parts e;
  if[(not count p)or -11h=type key .journal.path e;:()];
  a:`$string[.early.i.day e],".log";
  a 1:0xff01000000000000;
  h:hopen a;
  .early.i.copy[h]each p;
  hclose h;
  system"sync -d ",1_string a;
  system"mv ",(1_string a)," ",1_string .journal.path e; }

// what follows a log's header, in pieces
.early.i.copy:{[h;f]
  o:8+.sums.cfg.piece*til 1+(hcount[f]-8)div .sums.cfg.piece;
  {[h;f;o]h read1(f;o;.sums.cfg.piece&hcount[f]-o)}[h;f]each o where o<hcount f; }

// @desc Rows a table that came early for day e: its log begins with them, and they were counted when they came.
.early.count:{[e](.tick.none){x+.journal.count y}/.early.i.parts e}

// @desc Forgets the early rows of a day that is over.
.early.forget:{[e]system"rm -rf ",1_string .early.i.day e}

.early.close:{
  hclose each value .early.h;
  .early.h:(0#0Nd)!0#0Ni; }
