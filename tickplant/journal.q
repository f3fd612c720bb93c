// The log: one file a day, kdb+tick's format, one message (`upd;table;columns) after another.
// Nothing is published before it is here. How soon it is forced to disk is the sync policy:
//   always: before the sender gets its answer; interval: within syncms; never: when the system chooses.

.journal.h:0Ni
.journal.dirty:0b
.journal.next:.z.p

// @desc Path of a day's log.
.journal.path:{[d]` sv .journal.dir,`$"slip",string d}

// @desc Days that have a log, ascending.
.journal.days:{d:"D"$4_'string f where(f:key .journal.dir)like"slip????.??.??";asc d}

// @desc Opens the log of day d, creating it when it is not there; returns how many messages it holds.
// A torn last message (power loss) is cut off: it was never acknowledged.
.journal.open:{[d]
  .u.L:.journal.path d;
  if[not type key .u.L;.u.L set()];
  n:-11!(-2;.u.L);
  if[1<count n;
    .log.warn["log has a torn tail";`file`messages`bytes`cut!(.u.L;n 0;n 1;hcount[.u.L]-n 1)];
    .journal.cut[.u.L;n 1]];
  .journal.h:hopen .u.L;
  first n }

// the tail goes to quarantine, the whole messages stay
.journal.cut:{[f;n]
  p:1_string f;
  system"tail -c +",string[n+1]," ",p," >> ",p,".torn";
  system"truncate -s ",string[n]," ",p; }

// @desc Appends one message and, by policy, forces it to disk.
.journal.append:{[t;x]
  .journal.h enlist(`upd;t;x);
  .journal.dirty:1b;
  if[.journal.policy~`always;.journal.sync[]]; }

.journal.sync:{if[.journal.dirty;system"sync -d ",1_string .u.L;.journal.dirty:0b]}

// @desc For the timer: sync when the interval is over.
.journal.tick:{if[(.journal.policy~`interval)and .z.p>=.journal.next;
  .journal.sync[];
  .journal.next:.z.p+`timespan$1000000*.journal.every]}

.journal.close:{if[not null .journal.h;.journal.sync[];hclose .journal.h;.journal.h:0Ni]}
