// The log: one file a day, kdb+tick's format, one message (`upd;table;columns) after another, beside it, in <dir>.sums, a checksum a message.
// Nothing is published before it is here. How soon it is forced to disk is the sync policy:
//   always: before the sender gets its answer; interval: within syncms; never: when the system chooses.

.journal.h:.journal.hs:0Ni
.journal.dirty:0b
.journal.next:.z.p
/ messages whose checksums are not written yet, and where the first of them begins
.journal.at:0
.journal.held:()

// @desc Path of a day's log.
.journal.path:{[d]` sv .journal.dir,`$"slip",string d}

// @desc Days that have a log, ascending.
.journal.days:{d:"D"$4_'string f where(f:key .journal.dir)like"slip????.??.??";asc d}

// @desc Opens the log of day d, creating it when it is not there.
// @return {dict} see .journal.ready
.journal.open:{[d]
  r:.journal.ready f:.journal.path d;
  h:hopen f;
  hs:@[hopen;.sums.file f;{[h;e]hclose h;'e}h];
  .u.L:f;
  .journal.h:h;.journal.hs:hs;
  .journal.held:();
  .journal.at:r`bytes;
  r }

// @desc Makes a log ready to be appended to. A damaged one is mended first: what cannot be read goes to <log>.torn.
// Messages that have no checksum yet, such as the last before a crash, get theirs.
// @return {dict} messages: how many it holds; rows: dict of rows a table; holes: table of what was damaged; bytes
.journal.ready:{[f]
  / a log shorter than its header lost it in a power cut before anything was in it
  if[$[type key f;8>hcount f;1b];f set()];
  system"mkdir -p ",1_string first` vs .sums.file f;
  holes:.salvage.mend f;
  n:.journal.i.read f;
  `messages`rows`holes`bytes!(first -11!(-2;f);n;holes;hcount f) }

// @desc Rows a table of a whole log.
.journal.count:{[f].journal.i.replay[f;{[t;x]};{[t;c;v]}]}

// replays a log through functions of its messages; rows a table
.journal.i.replay:{[f;u;a]
  .journal.i.rows:(`symbol$())!0#0;
  kept:@[get;;::]each n:`upd`.u.addcol;
  `upd set{[u;t;x].journal.i.rows[t]:count[first x]+0^.journal.i.rows t;u[t;x]}[u];
  `.u.addcol set a;
  r:@[{-11!x;""};f;::];
  n set'kept;
  if[count r;'r];
  .journal.i.rows }

// rows a table of a whole log, and its checksums where they are not complete
.journal.i.read:{[f]
  .journal.i.at:8;
  .journal.i.sums:();
  done:(hcount f)~8+exec sum len from .sums.read f;
  note:{[done;m]
    if[not done;.journal.i.sums,:enlist .journal.i.at,count[b],.sums.of enlist b:8_-8!m;.journal.i.at+:count b]}[done];
  n:.journal.i.replay[f;{[note;t;x]note(`upd;t;x)}note;{[note;t;c;v]note(`.u.addcol;t;c;v)}note];
  if[not done;
    / a log of another writer may serialise otherwise: then the checksums would not be of its bytes
    $[.journal.i.at=hcount f;(.sums.file f)1:.sums.records flip .journal.i.sums;.log.warn["log without checksums";(enlist`file)!enlist f]]];
  n }

// @desc The last n rows of table t in a log, as columns; () when it holds fewer.
.journal.tail:{[f;t;n]
  .journal.i.last:();
  .journal.i.replay[f;{[t;n;u;x]if[u~t;.journal.i.last:neg[n]#'$[count .journal.i.last;.journal.i.last,'x;x]]}[t;n];{[t;c;v]}];
  $[n=count first .journal.i.last;.journal.i.last;()] }

// @desc Appends one message, e.g. (`upd;`trade;columns), and, by policy, forces it to disk.
.journal.append:{[m]
  .journal.h b:8_-8!m;
  .journal.held,:enlist b;
  .journal.dirty:1b;
  if[.journal.policy~`always;.journal.i.sure[]]; }

// A message that cannot be forced to disk is taken back: its sender is refused, and sends it again. While that fails too nothing is appended:
// the next message tries it again, and the end of the day.
.journal.i.sure:{
  if[not count r:@[{.journal.sync[];""};::;::];:()];
  .journal.held:-1_.journal.held;
  hclose .journal.h;
  .journal.h:.journal.i.shut;
  @[.journal.i.back;::;{.log.error["the log is shut: its last message is not on disk, and cannot be taken back";`file`error!(.u.L;x)]}];
  'r }
.journal.i.shut:{[b].journal.i.back[];.journal.h b}
.journal.i.back:{
  if[not .journal.h~.journal.i.shut;:()];
  .journal.cut[.u.L;.journal.at+sum 0,count each .journal.held];
  .journal.h:hopen .u.L; }

// @desc Cuts a log to its first n bytes.
.journal.cut:{[f;n]
  system"truncate -s ",string[n]," ",1_string f;
  if[not n=hcount f;'"cut: ",string[f]," has ",string[hcount f]," bytes, expected ",string n]; }

// @desc Writes the checksums of what has been logged.
.journal.sum:{
  if[not count b:.journal.held;:()];
  at:.journal.at+sums 0,n:count each b;
  .journal.hs .sums.records(-1_at;n;.sums.of b);
  .journal.at:last at;
  .journal.held:(); }

// What finds no room waits: the log has the message, and a publisher that was refused would send it again.
.journal.i.sum:{
  r:@[{.journal.sum[];""};::;::];
  if[count[r]and not r~.journal.i.said;.log.error["checksums wait";(enlist`error)!enlist r]];
  .journal.i.said:r; }
.journal.i.said:""

// @desc Forces the log to disk; checksums after it, as what is not there may be taken back.
.journal.sync:{
  .journal.i.back[];
  if[.journal.dirty;system"sync -d ",1_string .u.L;.journal.dirty:0b];
  .journal.i.sum[] }

// @desc For the timer: checksums are written, and the log synced when the interval is over.
.journal.tick:{
  .journal.i.sum[];
  if[(.journal.policy~`interval)and .job.due[.journal.next;w:`timespan$1000000*.journal.every];
    .journal.sync[];
    .journal.next:.z.p+w]}

.journal.close:{if[not null .journal.hs;
  .journal.sync[];
  hclose each .journal.h,.journal.hs;
  .journal.h:.journal.hs:0Ni]}
