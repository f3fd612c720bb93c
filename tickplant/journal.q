// The log: one file a day, kdb+tick's format, one message (`upd;table;columns) after another, beside it, in <dir>.sums, a checksum a message.
// Nothing is published before it is here. How soon it is forced to disk is the sync policy:
//   always: before the sender gets its answer; interval: within syncms; never: when the system chooses.

.journal.h:.journal.hs:0Ni
.journal.dirty:0b
.journal.next:.z.p
/ where the next message goes, and checksums that are not written yet
.journal.at:0
.journal.held:0#0

// @desc Path of a day's log.
.journal.path:{[d]` sv .journal.dir,`$"slip",string d}

// @desc Days that have a log, ascending.
.journal.days:{d:"D"$4_'string f where(f:key .journal.dir)like"slip????.??.??";asc d}

// @desc Opens the log of day d, creating it when it is not there. A damaged log is mended first: what cannot be read goes to <log>.torn.
// Messages that have no checksum yet, such as the last before a crash, get theirs.
// @return {dict} messages: how many it holds; rows: dict of rows a table; holes: table of what was damaged
.journal.open:{[d]
  .u.L:.journal.path d;
  if[not type key .u.L;.u.L set()];
  system"mkdir -p ",1_string first` vs .sums.file .u.L;
  holes:.salvage.mend .u.L;
  n:.journal.i.read .u.L;
  .journal.held:0#0;
  .journal.h:hopen .u.L;
  .journal.hs:hopen .sums.file .u.L;
  `messages`rows`holes!(first -11!(-2;.u.L);n;holes) }

// rows a table of a whole log, and its checksums where they are not complete
.journal.i.read:{[f]
  .journal.i.rows:(`symbol$())!0#0;
  .journal.at:8;
  .journal.i.sums:0#0;
  done:(hcount f)~8+exec sum len from .sums.read f;
  note:{[done;m]
    if[not done;.journal.i.sums,:(.journal.at;count b;.sums.of b:8_-8!m);.journal.at+:count b]}[done];
  kept:@[get;;::]each n:`upd`.u.addcol;
  `upd set{[note;t;x].journal.i.rows[t]:count[first x]+0^.journal.i.rows t;note(`upd;t;x)}[note];
  `.u.addcol set{[note;t;c;v]note(`.u.addcol;t;c;v)}[note];
  r:@[{-11!x;""};f;::];
  n set'kept;
  if[count r;'r];
  if[not done;
    / a log of another writer may serialise otherwise: then the checksums would not be of its bytes
    $[.journal.at=hcount f;(.sums.file f)1:.sums.records .journal.i.sums;.log.warn["log without checksums";(enlist`file)!enlist f]]];
  .journal.at:hcount f;
  .journal.i.rows }

// @desc Appends one message, e.g. (`upd;`trade;columns), and, by policy, forces it to disk.
.journal.append:{[m]
  b:8_-8!m;
  .journal.h b;
  .journal.held,:(.journal.at;n:count b;.sums.of b);
  .journal.at+:n;
  .journal.dirty:1b;
  if[.journal.policy~`always;.journal.sync[]]; }

// @desc Writes the checksums of what has been logged.
.journal.sum:{if[count .journal.held;.journal.hs .sums.records .journal.held;.journal.held:0#0]}

// @desc Forces the log to disk.
.journal.sync:{
  .journal.sum[];
  if[.journal.dirty;system"sync -d ",1_string .u.L;.journal.dirty:0b] }

// @desc For the timer: checksums are written, and the log synced when the interval is over.
.journal.tick:{
  .journal.sum[];
  if[(.journal.policy~`interval)and .z.p>=.journal.next;
    .journal.sync[];
    .journal.next:.z.p+`timespan$1000000*.journal.every]}

.journal.close:{if[not null .journal.h;
  .journal.sync[];
  hclose each .journal.h,.journal.hs;
  .journal.h:.journal.hs:0Ni]}
