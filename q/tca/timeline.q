// A parent's scorecard through its life, step by step, from whole tables: what a trader would have seen, when the lamps changed and what alerts went out.
// For replays, reports and tests; the live engine does the same on increments.

.boot.use each`$("tca/batch");

/ step: time between rows; roll: stretch over which rolling slippage is taken, behave: fill probability and aggressor share, look: events of the leakage test,
/ grid: its control moments
.timeline.cfg:`step`roll`behave`look`grid`few!(0D00:01;0D00:15;0D00:15;0D00:20;0D00:00:00.25;10)
/ lamps. COST is judged on the lesser of the order's slippage (bps) and that of the algo that works now, against the mid when it began, LEAK on the response against the spread and on its normal deviate
.timeline.lamp:`cost`leak`z`enter`leave`back`quiet!(2 6f;.1 .25;2.8 3.3;3;0D00:00:30;.8;0D00:10)

// @desc One row a step: done, cumulative and rolling slippage, fill probability within 10 s, share of posts that were filled where they were posted,
// aggressor share, and the leakage test's headline
// over the events of the last .timeline.cfg`look, of the algo that works now alone (class post where there are enough, else take).
// The controls that an event is compared with may be of later moments of its day; all else is what was known at the step.
// @param p {symbol} parent
// @param q {table} quotes; t {table} trades; o {table} orders; f {table} fills
// @param x {dict} index (symbol of quotes, or `), from and to (timestamps; null is the parent's life)
// @return {table} time parent done cum roll segbps (of the algo that works now, against the mid when it began) segment algo spread
// fp10 made aggressor leak leaklo leakhi leakp leakn leakclass leakverdict
.timeline.of:{[p;q;t;o;f;x]
  c:.timeline.cfg;
  q:.tca.ordered .tca.integrals[();.tca.consolidate q];
  t:.tca.tape t;
  w:1+max max each(q;t;o;f)@\:`time;
  d:.tca.joinedWith[q;t;o;f;w];
  a:first select from d[`a]where parent=p;
  o:select from d[`o]where(parent=p)|id=p;
  m:`time xasc select from d[`m]where parent=p;
  k:select from d[`c]where parent=p;
  g:select from d[`segs]where parent=p;
  g:update ref:@[mid;0;:;a`arrival]from .tca.state[select sym:a`sym,time,algo from g;q];
  l:.leak.batch[q;t;o;k;d`f;@[.leak.cfg;`index`step;:;(x`index;c`grid)]];
  u:(a[`time]^x`from;(max(o`time),m`time)^x`to);
  u:(c[`step]xbar u[0])+c[`step]*1+til 1|ceiling(u[1]-c[`step]xbar u 0)%c`step;
  r:.timeline.i.cost[m;a`qty;g;u],'([]segment:g[`time]bin u;algo:g[`algo]g[`time]bin u);
  r:r,'.timeline.i.spread[select from q where sym=a`sym;u];
  r:r,'.timeline.i.behave[.timeline.i.posts[o;k;m];m;u];
  `time`parent xcols update time:u,parent:p from r,'.timeline.i.leak[l;g`time;u] }

.timeline.i.cost:{[m;qty;g;w]
  m:update ref:g[`ref]g[`time]bin time from m;
  m:update base:qty*arrival,own:qty*.tca.sign[side]*price-ref,begun:qty*ref from m;
  at:{[m;c;w]0f^(sums m c)m[`time]bin w}[m];
  z:`qty`cost`base!at[;w]each`qty`cost`base;
  / of the segment that each step is in: how many fills, their cost and base
  m:update n0:1+til count i,own:sums own,begun:sums begun by seg from update seg:g[`time]bin time from m;
  y:m m[`time]bin w;
  y:update n0:0 from y where not seg=g[`time]bin w;
  u:w-.timeline.cfg`roll;
  v:`cost`base!at[;u]each`cost`base;
  few:{[m;a;b].timeline.cfg[`few]<=(m[`time]bin b)-m[`time]bin a}[m];
  ([]done:z[`qty]%qty;cum:1e4*z[`cost]%z`base;roll:?[few[u;w];1e4*(z[`cost]-v`cost)%z[`base]-v`base;0n];
    segbps:?[.timeline.cfg[`few]<=0^y`n0;1e4*y[`own]%y`begun;0n]) }

// mean quoted spread, bps, over the stretch of the leakage test
.timeline.i.spread:{[q;w]
  q:select from q where not null bid,not null ask;
  s:sums 1e4*(q[`ask]-q`bid)%.5*q[`ask]+q`bid;
  i:q[`time]bin w;j:q[`time]bin w-.timeline.cfg`look;
  ([]spread:(s[i]-0f^s j)%i-j) }

// how a post fares where it was posted: it is filled there, or moved or taken away
.timeline.i.posts:{[o;k;m]
  k:delete amended from update gone:gone&0Wp^amended from k lj select amended:min time by id from o where event=`replace;
  k:(delete ffill from select from k where passive)lj select ffill:min time by id:order from m where role=`add;
  update ffill:0Np from k where ffill>0Wp^gone }

.timeline.i.behave:{[k;m;w]
  b:.timeline.cfg`behave;
  flip`fp10`made`aggressor!flip{[k;m;b;w]
    / what is not known yet at w has not happened
    c:update ffill:?[ffill<=w;ffill;0Np],gone:?[gone<=w;gone;0Np]from select from k where time>w-b,time<=w;
    u:select from m where time>w-b,time<=w,role in`add`remove;
    (first .tca.fillProbability[c;1#0D00:00:10;w];exec avg not null ffill from c where(not null ffill)|not null gone;exec sum[qty*role=`remove]%sum qty from u)}[k;m;b]each w }

// the leakage test at each step, over what happened in the segment's last stretch; an event counts once its response is over
.timeline.i.leak:{[l;starts;w]
  l:select from l where class in`post`take;
  {[l;starts;w]
    t0:(w-.timeline.cfg`look)|starts starts bin w;
    v:.leak.verdicts[1#`parent;select from l where time>=t0,time<w-.leak.cfg`tau;.leak.cfg];
    if[not count v;:`leak`leaklo`leakhi`leakp`leakn`leakclass`leakverdict!(0n;0n;0n;0n;0;`;`collecting)];
    v:first`pick xasc update pick:(1000000*n<.leak.cfg`few)+`post`take?class from v;
    `leak`leaklo`leakhi`leakp`leakn`leakclass`leakverdict!v`mean`lo`hi`p`n`class`verdict}[l;starts]each w }

// @desc Lamps of each row: green, amber or red; grey where there is nothing to judge. A level is entered after so many rows in a row, and left when the
// figure has been below a share of it for a while.
// @param r {table} rows of .timeline.of, one parent
// @return {table} r with cost and leak lamps
.timeline.lamps:{[r]
  l:.timeline.lamp;
  y:l[`back];
  / level that the figures reach, and the one under which they must fall to leave
  up:{[th;v]sum th<=\:v};
  / an order that is dear, and whose present algo goes on making it so
  dear:r[`cum]&r`segbps;
  costUp:up[l`cost;dear];costHold:up[y*l`cost;dear];
  can:r[`leakverdict]<>`collecting;
  / a response that was there before the event is none that can be told
  told:r[`leakverdict]<>`unidentifiable;
  rel:r[`leak]%r`spread;
  sure:{[z;p]sum p<=/:.stat.tail z}[;r`leakp];
  leakUp:told*up[l`leak;rel]&sure l`z;leakHold:told*up[y*l`leak;rel]&sure y*l`z;
  w:`green`amber`red;
  costLamp:w .timeline.i.walk[r`time;costUp;costHold;not null r`segbps];
  leakLamp:w .timeline.i.walk[r`time;leakUp;leakHold;can];
  update costlamp:?[(null segbps)&costLamp=`green;`grey;costLamp],leaklamp:?[(not can)&leakLamp=`green;`grey;leakLamp]from r }

// the level at each row; where there is nothing to judge it stays
.timeline.i.walk:{[tm;up;hold;can]
  l:.timeline.lamp;
  first each{[l;s;x]
    / s: level, rows in a row above it, since when below it
    if[not x 3;:s];
    s[1]:$[x[1]>s 0;1+s 1;0];
    if[s[1]>=l`enter;:(x 1;0;0Np)];
    s[2]:$[x[2]>=s 0;0Np;x[0]^s 2];
    $[(not null s 2)&l[`leave]<=x[0]-s 2;(x 2;0;0Np);s]}[l]\[(0;0;0Np);flip(tm;up;hold;can)] }

// @desc Alerts of one parent: when a lamp goes up to a level, at most one of a level in .timeline.lamp`quiet, whichever lamp it was.
// @param r {table} rows of .timeline.lamps
// @return {table} time parent level lamps
.timeline.alerts:{[r]
  n:`grey`green`amber`red!0 0 1 2;
  r:update level:n[costlamp]|n leaklamp from r;
  r:update rose:level>0^prev level from r;
  a:select time,parent,level:`green`amber`red level,costlamp,leaklamp,cum,leak,made,aggressor from r where rose;
  if[not count a;:a];
  k:{[q;t]{[q;k;t]$[t<q+last k;k;k,t]}[q]/[0#0Np;t]}[.timeline.lamp`quiet]each exec time by level from a;
  select from a where time in'k level }
