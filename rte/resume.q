// Nothing derived is lost or doubled, whatever is killed and when. Each evaluation ends with a row of health, which says how far event time had come and how
// many rows of each table had been taken: the mark. When the engine starts, it reads the day's log through the same code and evaluates at each mark with
// exactly the rows that the mark counts, which gives the state that it had; what the log holds of an evaluation whose mark is missing is not sent again.

/ tables that are followed, and those that are made of them
.rte.inputs:`quote`trade`status`orders`fills`dq
/ in this order they are sent: what is waited for first, health last
.rte.derived:`score`alert`arrival`markout`leak`health

.rte.cols:t!cols each value each t:.rte.inputs,.rte.derived

.rte.reset:{
  .rt.reset[];
  / whether this process is where the log is, and sends; rows of the log that no mark has counted yet; derived rows after the last mark
  .rte.following:0b;
  .rte.held:.rte.inputs!count[.rte.inputs]#enlist();
  .rte.after:.rte.derived!{0#value x}each .rte.derived;
  / rows of each derived table that the tickerplant has for certain, over all days; messages that are to be sent, the first of which may have been
  .rte.logged:.rte.derived!count[.rte.derived]#0;
  .rte.queue:();
  .rte.ends:(0#`)!0#0Np;
  .rte.asideReset[]; }
.rte.asideReset:{}
.rte.reset[];

// @desc Rows from the log or the stream.
.rte.upd:{[t;x]
  if[not t in .rte.inputs,.rte.derived;:()];
  / columns that were added while the plant runs mean nothing here
  x:.rte.cols[t]#$[98h=type x;x;flip cols[t]!x];
  $[t in .rte.inputs;$[.rte.following;.rte.put[t;x];.rte.held[t],:enlist x];
    .rte.following;();
    t=`arrival;[.rte.after[t],:x;.rt.original x];
    t=`health;.rte.mark each x;
    .rte.after[t],:x] }

// @desc One evaluation of the past: with the rows that had been taken then. What it gives is in the log.
.rte.mark:{[m]
  n:m`$"n",/:string .rte.inputs;
  .rte.i.feed'[.rte.inputs;n-.rt.n .rte.inputs];
  .rte.evaluated .rte.i.moment m;
  .rte.after:0#'.rte.after; }

// @desc An evaluation, by the thresholds that are in force then.
.rte.tick:{[w]
  .limits.use w;
  .rt.tick w }

// @desc Thresholds from now on, also when this process is started again: see .limits.add and .limits.drop.
.rte.limits:{[x].limits.add[.rt.w;x];}
.rte.unlimit:{[s].limits.drop[.rt.w;s];}

// the first n held rows of table t
.rte.i.feed:{[t;n]
  if[n<=0;:()];
  x:raze .rte.held t;
  if[n>count x;'"the log holds fewer rows of ",string[t]," than its marks count"];
  .rte.put[t;n#x];
  .rte.held[t]:enlist n _ x; }
.rte.i.feedAll:{.rte.i.feed'[.rte.inputs;{sum count each x}each .rte.held .rte.inputs];}

// @desc All that was logged before this process came has been read: what is held is taken, and from now on what is derived is sent.
.rte.follow:{
  .rte.i.feedAll[];
  .rte.following:1b;
  .log.info["following";`w`rows`parents!(.rt.w;.rt.n;count .rt.id)]; }

// @desc Sends what an evaluation gave.
.rte.send:{[r]
  r:.rte.derived#r;
  r:.rte.i.rest'[.rte.derived;r];
  .rte.after:0#'.rte.after;
  .rte.queue,:{(x;y)}'[k;r k:where 0<count each r];
  .rte.flush[] }

// of the first evaluation after a start, what the log does not have; a row that comes out differently is its next revision
.rte.i.rest:{[t;x]
  a:.rte.after t;
  if[not count[a]and count x;:x];
  x:x where not x in a;
  k:.rte.i.keys t;
  if[not[`rev in cols x]|not count x;:x];
  s:?[a;();k!k;(1#`rev)!enlist(max;`rev)];
  update rev:rev|1+0^(s k#x)`rev from x }
.rte.i.keys:{(`arrival`markout`leak`score!(`id`event`at;`id`event`at`h;`parent`class`time;`parent`time))x}

// @desc Sends what is queued, in one request. Messages count as logged when they are answered for. Without a connection they wait: .rte.start makes one, and
// finds out first what the tickerplant has of them.
.rte.flush:{
  while[(count .rte.queue)and not null .conn.h`tp;
    q:100 sublist .rte.queue;
    r:@[{.conn.ask[`tp;x];""};({{.u.upd . x}each x;};{(x 0;value flip x 1)}each q);::];
    if[count r;.log.error["not sent";`tables`error!(distinct q[;0];r)];.conn.drop`tp;:()];
    .rte.i.done each q]; }
.rte.i.done:{[m].rte.logged[m 0]+:count m 1;.rte.queue:1_.rte.queue;}

// @desc Subscribes, reads what is missing of the log, and follows once all that any engine before this one has logged is read.
.rte.start:{
  .conn.wait[`tp;600];
  .sub.take[`tp;`;.rte.subscribe[]];
  / after this answer nothing is under way any more from an engine that was killed: its connection was read before ours
  n:.conn.ask[`tp;({(x#.u.rows;x!(.u.position each x)[;1])};.rte.derived)];
  .rte.there:n 0;.rte.ever:n 1;
  .rte.settle[];
  / a day that ended meanwhile is over before anything is said of this one
  .rte.drain[];
  .rte.reached[]; }

// the first queued messages, if the connection broke while they were sent: the tickerplant's counts say which were logged
.rte.settle:{
  if[not .rte.following and count .rte.queue;:()];
  while[$[count .rte.queue;.rte.ever[m 0]>=.rte.logged[m 0]+count(m:first .rte.queue)1;0b];.rte.i.done m];
  .rte.flush[] }

// whether all that had been logged of derived rows has come in
.rte.reached:{
  if[.rte.following;:()];
  if[all .rte.there<=.sub.n .rte.derived;
    .rte.logged:.rte.ever;
    .rte.follow[]]; }

// @desc For the timer: the tickerplant is back.
.rte.again:{
  if[not null .conn.h`tp;:.rte.reached[]];
  if[null h:@[hopen;(.conn.addr`tp;500);0Ni];:()];
  .conn.h[`tp]:h;
  @[.rte.start;::;{.log.error["not resumed";(enlist`error)!enlist x];.conn.drop`tp}]; }

// @desc The first start. What cannot be evaluated of the log is tried again by the timer; all else ends the process.
.rte.first:{@[.rte.start;::;{if[not .rte.tries;'x];.log.error["not resumed";(enlist`error)!enlist x];.conn.drop`tp}]}
