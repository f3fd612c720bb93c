// A subscriber to a tickerplant's numbered streams (tickplant/stream.q): rows arrive once each and in order, whatever breaks.
// What is missing (a connection that broke, a gap, a stop because this process was slow) is read from the tickerplant's log, and only that.
//
// The process defines .u.end[date], called once a day when all of its rows have come, which calls .sub.ended, and upd[table;rows] (rows as a table, or as columns when they come from the log);
// it may define .sub.reset[].

.boot.use each`columns`conn`job;

// rows received by table since the day's log began; the day; the log's epoch; gaps seen, resumptions made
.sub.n:(`symbol$())!0#0
.sub.day:0Nd
.sub.epoch:0N
.sub.gaps:.sub.resumed:0
.sub.i.busy:0b
/ whether to resume as soon as nothing else is asked of the tickerplant
.sub.i.due:0b
.sub.i.tp:`
.sub.i.syms:`

// @desc Called before everything is read anew: the process forgets its rows.
.sub.reset:{}

// @desc Called with what .u.stream answered before it is used; a process that has rows elsewhere may set .sub.day, .sub.epoch and .sub.n.
.sub.before:{[r]}

/ the log that was followed last; a log's name ends with its date
.sub.log:`

// @desc The log of day d, beside the one that was followed last.
.sub.logof:{[d]`$(-10_string .sub.log),string d}

// @desc The epoch of a log that has ended: it changes with what was lost of it.
.sub.epochof:{[f]$[type key f:`$string[f],".damage";hcount f;0]}

// @desc Starts over or resumes from what .u.stream answered.
// @param tp {symbol} name of the connection, see .conn.add
// @param s {symbol[]} symbols that were asked for, ` is all
// @param r {dict} see .u.stream
.sub.take:{[tp;s;r]
  .sub.i.tp:tp;.sub.i.syms:s;.sub.i.due:0b;
  if[not null r`log;.sub.log:r`log];
  / the day ended while nothing was heard of it
  if[(not null .sub.day)and not .sub.day~r`day;.sub.i.finish .sub.day];
  .sub.before r;
  t:first each r`schemas;
  same:((.sub.day;.sub.epoch)~r`day`epoch)and all t in key .sub.n;
  / a day that begins with rows in its log already (those that came early): nothing was received of it, so there is nothing to forget
  fresh:$[(null .sub.day)and all t in key .sub.n;(not any .sub.n t)and all{cols[x 0]~cols x 1}each r`schemas;0b];
  / a log that lost its end with the machine's power may hold less than was sent
  if[$[same;any r[`seq]<.sub.n key r`seq;not fresh];
    .sub.reset[];
    {x set y}.'r`schemas;
    .sub.n:t!count[t]#0];
  .sub.day:r`day;.sub.epoch:r`epoch;
  if[r`messages;.sub.i.missing[r`log;r`messages;r`seq]];
  .sub.n:r`seq; }

// what of a log's first m messages this process does not have yet, up to the rows that have been published
.sub.i.missing:{[f;m;seq]
  n:.sub.read[f;m;.sub.n;seq];
  if[any n<seq;'"log ",string[f]," holds ",(-3!n)," rows in ",string[m]," messages, expected ",-3!seq]; }

// @desc Reads the first m messages of a log through upd: of each table the rows from a[t] to z[t], counted from the start of the log.
// @return {dict} rows of those tables in the messages
.sub.read:{[f;m;a;z].sub.feed[upd;f;m;a;z]}

// @desc The same into another function of table and columns.
.sub.feed:{[v;f;m;a;z]
  .sub.i.seen:key[z]!count[z]#0;
  u:upd;
  `upd set .sub.i.part[v;a;z];
  r:@[{-11!x;""};(m;f);::];
  `upd set u;
  if[count r;'r];
  .sub.i.seen }

.sub.i.part:{[u;a;z;t;x]
  if[not t in key z;:()];
  o:.sub.i.seen t;
  n:count first x;
  .sub.i.seen[t]:o+n;
  i:(0|a[t]-o;n&z[t]-o);
  if[i[0]>=i 1;:()];
  x:.columns.fit[t]i[0]_/:i[1]#/:x;
  if[not`~.sub.i.syms;x:x@\:where x[cols[t]?`sym]in .sub.i.syms];
  u[t;x] }

// @desc Rows from the tickerplant, see tickplant/stream.q.
.u.rcv:{[t;p;x]
  if[.sub.i.busy|.sub.i.due;:()];      / what comes while the log is asked for, or before, is in the log
  if[(p 3)in .sub.over;:()];
  if[null .sub.day;.sub.day:p 3];
  if[not(p 0;p 3)~(.sub.n t;.sub.day);
    .sub.gaps+:1;
    .log.warn["gap";`table`have`next`day!(t;.sub.n t;p 0;p 3)];
    :.sub.resume[]];
  .sub.n[t]:p 1;
  upd[t;x] }

// @desc Subscribes again and reads from the log what is missing; while another answer of the tickerplant is waited for, when it has come.
.sub.resume:{
  if[.sub.i.tp in .conn.asking;.sub.i.due:1b;:()];
  .sub.i.busy:1b;
  r:@[.conn.ask[.sub.i.tp];(`.u.stream;key .sub.n;.sub.i.syms);{.sub.i.busy:0b;'x}];
  .sub.i.busy:0b;
  .sub.resumed+:1;
  .sub.take[.sub.i.tp;.sub.i.syms;r] }

// For the timer: what had to wait.
.sub.again:{if[.sub.i.due&not null .conn.h .sub.i.tp;.sub.resume[]]}
.job.add[`resume;0D00:00:00.1;.sub.again];

// the tickerplant stopped sending because this process was slow; while it is being asked already, the answer will do
.u.resync:{if[not .sub.i.busy;.sub.resume[]]}

/ days that ended here: of these nothing is missing, and what still comes of them is not needed
.sub.over:0#0Nd

// @desc All of day d has been sent, n rows a table: what this process did not get, because it was slow, it reads from the log f.
.u.last:{[d;f;n]
  .sub.log:f;
  if[null .sub.day;if[not d in .sub.over;.sub.day:d]];
  if[not d~.sub.day;:()];
  if[any n>.sub.n key n;
    .sub.i.missing[f;first -11!(-2;f);n];
    .sub.n:n];
  .sub.i.end d; }

.sub.i.end:{[d].sub.over:-20 sublist .sub.over,d;.u.end d}

// the rest of a day, from its log; a log that was mended since is not what the rows here were counted by: then they are read anew
.sub.i.finish:{[d]
  f:.sub.logof d;
  if[not type key f;:()];
  if[not .sub.epoch=.sub.epochof f;:()];
  .sub.n:.sub.read[f;first -11!(-2;f);.sub.n;0W+0*.sub.n];
  .log.info["the rest of a day that ended was read from its log";(enlist`date)!enlist d];
  .sub.i.end d; }

// @desc A day is over: counting starts again, in a log that nothing has been lost of.
.sub.ended:{[d].sub.day:0Nd;.sub.epoch:0;.sub.n:0*.sub.n;}

// a column was added: null in the rows that are there
.u.addcol:.columns.add
