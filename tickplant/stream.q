// Subscriptions that can tell whether something is missing: each message says how many rows of the table had been sent to this
// subscriber before it and after it, counted from the start of the day's log, so that a subscriber finds a gap and resumes where it is.
//
//   (`.u.rcv;table;(from;to;messages;day);rows)   from is what the last message to this subscriber ended with
//
// Conflated subscriptions get the last row a symbol, once an interval, as plain (`upd;table;rows).

// one row a subscription: handle, table, symbols (` is all), how many rows it has been sent, and whether it has to read the log
.stream.w:([]h:`int$();tab:`symbol$();syms:();at:0#0;lost:0#0b)
.stream.c:([]h:`int$();tab:`symbol$();syms:();every:`timespan$();due:`timestamp$();held:())

// which rows of .stream.w ask for the same symbols, a table: made anew when a subscription comes or goes
.stream.by:(`symbol$())!()
.stream.i.group:{.stream.by:.u.t!{i value group .stream.w[`syms]i:where x=.stream.w`tab}each .u.t}

// rows of each table that have been published since the day's log began
.u.seq:(`symbol$())!0#0
/ changes whenever places in the log are not what they were: bytes of the log's list of damages
.stream.epoch:0

.stream.i.sel:{[x;s]$[any null s;x;select from x where sym in s]}
.stream.i.schema:{(x;@[0#value x;`sym;`g#])}

// @desc Subscribes the caller to tables t for symbols s as a numbered stream; asking again begins anew at the present place.
// @param t {symbol|symbol[]} tables, ` is all
// @param s {symbol|symbol[]} symbols, ` is all
// @return {dict} schemas; day; log; messages: published of it; seq: rows published a table; epoch: changes when the log was mended
.u.stream:{[t;s]
  t:$[t~`;.u.t;(),t];
  if[count b:t except .u.t;'"unknown table ",string first b];
  .u.del[;.z.w]each t;
  delete from`.stream.w where h=.z.w,tab in t;
  `.stream.w upsert([]h:.z.w;tab:t;syms:count[t]#enlist(),s;at:.u.seq t;lost:0b);
  .stream.i.group[];
  `schemas`day`log`messages`seq`epoch!(.stream.i.schema each t;.u.d;.u.L;.u.i;t#.u.seq;.stream.epoch) }

// @desc Subscribes the caller to the last row a symbol of table t, at most once an interval.
// @param n {timespan} interval
// @return {list} (table;empty schema)
.u.conflate:{[t;s;n]
  if[not t in .u.t;'"unknown table ",string t];
  delete from`.stream.c where h=.z.w,tab=t;
  `.stream.c upsert([]h:1#.z.w;tab:t;syms:enlist(),s;every:n;due:.z.p+n;held:enlist 0#value t);
  .stream.i.schema t }

// @desc Forgets a subscriber that hung up.
.stream.closed:{[x]delete from`.stream.w where h=x;delete from`.stream.c where h=x;.stream.i.group[];}

// @desc Publishes rows x of table t, whose number of messages in the log is m, to the streams.
.stream.pub:{[t;x;m]
  n:.u.seq[t]+:count x;
  if[count g:.stream.by t;.stream.i.send[t;x;n;m]each g];
  if[count .stream.c;.stream.i.hold[t;x]each exec i from .stream.c where tab=t]; }

// the same rows to all who ask for the same symbols and are at the same place: serialised once
.stream.i.send:{[t;x;n;m;i]
  if[not count i@:where not .stream.w[`lost]i;:()];
  if[not count x:.stream.i.sel[x;.stream.w[`syms]first i];:()];
  {[t;x;m;at;h](-25!)(h;(`.u.rcv;t;at,m;x))}[t;x;(n;m;.u.d)]'[key g;.stream.w[`h]value g:i group .stream.w[`at]i];
  .stream.w[i;`at]:n; }

.stream.i.hold:{[t;x;i]
  x:.stream.i.sel[x;.stream.c[i;`syms]];
  .stream.c[i;`held]:0!select by sym from .stream.c[i;`held],x; }

// @desc For the timer: sends what conflated subscriptions hold when it is time to.
.stream.tick:{
  if[not count .stream.c;:()];
  {[i]
    c:.stream.c i;
    if[count x:c`held;neg[c`h](`upd;c`tab;cols[c`tab]xcols x)];
    .stream.c[i;`held]:0#x;
    .stream.c[i;`due]:.z.p+c`every;
    }each exec i from .stream.c where .job.due[due;every]; }

// the log of a day that is over
.stream.i.log:{[d].journal.path d}

// @desc A column was added to table t: every subscriber is told, of whatever kind; rows that are held have it null.
.stream.added:{[t;c;v]
  update held:{[c;v;x]flip flip[x],enlist[c]!enlist count[x]#0#v}[c;v]each held from`.stream.c where tab=t;
  h:distinct(first each .u.w t),(exec h from .stream.w where tab=t),exec h from .stream.c where tab=t;
  if[count h;-25!(h;(`.u.addcol;t;c;v))]; }

// @desc Tells a subscriber to read the log and subscribe again.
.stream.again:{[x]neg[x](`.u.resync;::);delete from`.stream.w where h=x;.stream.i.group[];}

// @desc Tells the numbered streams that day d is over; counting starts again.
.stream.end:{[d]
  if[count h:exec distinct h from .stream.w;-25!(h;(`.u.last;d;.stream.i.log d;.u.seq))];
  update at:0 from`.stream.w;
  .u.seq:0*.u.seq; }
