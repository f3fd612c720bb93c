// The end of a day. It is said to its last nanosecond: by the engine that follows it, when the tickerplant tells that it is over, or by the next one,
// from the logs of that day, if the first was killed before or while it did so. Rows of a day that is over go to the tickerplant's log of late rows,
// and from there into its partition. The last row of health of a day is `final`, by which it is known that nothing is left to say.

/ the newest day of which all has been said, or of which nothing can be; days that could not be said to their end
.rte.closed:0Nd
.rte.unsaid:0

// @desc The next day begins with nothing. What was still to come of this one is said first, and the tickerplant has it.
.rte.over:{[d]
  if[null .conn.h`tp;'"the end of a day waits for the tickerplant"];
  if[.rte.following&not d~.rte.closed;
    / a tickerplant that does not take rows of a day that is over would begin the next day with them
    e:.conn.ask[`tp;({[t;d]$[`late in key`.u;t!.cal.end[;d]each .cal.of each t;()!()]};.rte.derived;d)];
    .rte.closed:d;
    if[count e;.rte.i.end[d;e]]];
  .rte.flush[];
  if[count .rte.queue;'"the end of a day is not sent yet"];
  .log.info["day over";`date`w!(d;.rt.w)];
  n:.rte.logged;
  .rte.reset[];
  .rte.logged:n;
  .rte.following:1b; }

// evaluates what is left of day d, whose tables end at e, and sends it
.rte.i.end:{[d;e]
  if[not any .rt.n;:()];
  @[{f:{[e;r].rte.send .rte.i.until[e;r]}x;f .rt.close f};e;.rte.i.failed d]; }
.rte.i.failed:{[d;e]
  .rte.unsaid+:1;
  .log.error["the end of a day could not be evaluated";`date`error!(d;e)]; }
// rows are of the day that they are about, which ends at e: its last boundary is the first instant of the next
.rte.i.until:{[e;r]key[r]!{[at;x]$[null at;x;@[x;`time;&;at-1]]}'[e key r;value r]}

// @desc Subscribes, once the day before the open one has been said to its end; unless this process has rows of a day, which it ends itself.
// @return {dict} see .u.stream
.rte.subscribe:{
  fresh:(null .sub.day)&not count .rte.later;
  / in one request, so that no day ends between
  ask:{[t;d;fresh]l:$[`late in key`.u;last asc .tick.over[];0Nd];(l;$[fresh&not d~l;();.u.stream[t;`]])};
  while[()~last r:.conn.ask[`tp;(ask;.rte.inputs,.rte.derived;.rte.closed;fresh)];.rte.finish r 0];
  if[$[fresh;0b;not[null .sub.day]&.sub.day<r 0];.rte.i.cannot[r 0;"another ended before it, while the tickerplant was away"]];
  r 1 }
.rte.i.cannot:{[d;why]
  .rte.unsaid+:1;
  .log.error["what was left to say of a day is not said";`date`why!(d;why)]; }

// @desc Says what is left to say of day d, which is over, from its logs: all that came in, and what has been said already, evaluated as at a restart.
.rte.finish:{[d]
  .rte.reset[];
  if[null d;.rte.closed:d;:()];
  / after this answer nothing is under way any more from an engine that was killed, see .rte.start
  x:.conn.ask[`tp;({[t;d](.journal.path d;.late.path d;t!.cal.end[;d]each .cal.of each t;t!(.u.position each t)[;1])};.rte.derived;d)];
  if[not .rte.i.finished x 1;
    $[type key x 0;.rte.i.finish[d]. x;.rte.i.cannot[d;"its log is gone"]]];
  .rte.closed:d; }

.rte.i.finish:{[d;f;l;e;n]
  .log.info["a day is said to its end from its logs";`date`log`late!(d;f;l)];
  .rte.ends:e;
  .rte.i.read[f;.rte.inputs,.rte.derived];
  .rte.i.read[l;.rte.derived];
  .rte.i.feedAll[];
  .rte.logged:n;
  .rte.i.end[d;e];
  .rte.flush[];
  if[count .rte.queue;'"the end of ",string[d]," is not sent yet"];
  .log.info["day over";`date`w!(d;.rt.w)];
  .rte.reset[];
  / a day that begins with nothing: first arrivals of parents that go on stay known
  .sub.n:t!count[t:.rte.inputs,.rte.derived]#0; }

// tables t of a log; none if it is not there
.rte.i.read:{[f;t]if[type key f;.sub.feed[.rte.upd;f;first -11!(-2;f);t!count[t]#0;t!count[t]#0W]];}

// whether the last row of health of a day is in its log of late rows
.rte.i.finished:{[f]
  if[not type key f;:0b];
  .rte.i.final:0b;
  .sub.feed[{[t;x].rte.i.final|:any x cols[t]?`final};f;first -11!(-2;f);(1#`health)!1#0;(1#`health)!1#0W];
  .rte.i.final }

/ when tables of the day end that is being finished; what was said of it after its end was at most a nanosecond before
.rte.ends:(0#`)!0#0Np
// the evaluation of a mark: one that is said to have been at the last nanosecond may have been at a boundary after it
.rte.i.moment:{[m]
  if[m[`time]<>-1+.rte.ends`health;:m];
  b:.rt.i.remaining[];
  @[m;`time;:;first(b where b>=m`time),.rt.w+.rt.cfg`every] }
