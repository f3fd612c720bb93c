// The matched test as events happen: each event is compared with earlier moments of the same symbol, so that its difference is known once its
// horizon has passed and never changes. (q/tca/leak.q looks back over whole days and takes moments after the event too.)
//
// Moments are on a grid. Controls of an event at t lie in [t-15 min;t-tau], not within tau after an event of our own, in the same half of the window's spreads, the
// same third of its volumes, and within the caliper of the last second's return; so many of them as .leak.cfg says are drawn with a fixed seed.

.live.leakReset:{
  .live.grid:update`g#sym from([]sym:0#`;time:0#0Np;r1:0#0n;fwd:0#0n;back:0#0n;spread:0#0n;vol:0#0n;clean:0#0b);
  .live.gridw:0Np;                     / the grid is complete up to here
  / symbols we trade and when we last did something there; those that have no grid yet
  .live.own:([sym:0#`]times:());
  .live.fresh:0#`;
  .live.tests:([]due:0#0Np;sym:0#`;id:0#`;class:0#`;side:0#`;at:0#0Np);
  .live.tested:update`g#parent from([]parent:0#`;class:0#`;at:0#0Np;d:0#0n;placebo:0#0n;support:0#0b;spread:0#0n;band:0#0n);
  / first fill of each child
  .live.ffill:([order:`u#0#`]at:0#0Np); }

/ beta of symbols to the index .leak.cfg`index, from the reference data
.live.betas:(0#`)!0#0f

// signed nothing yet: log return of the mid in bps, less beta times the index's
.live.i.returns:{[s;t0;t1]
  r:1e4*log .live.i.mids[s;t1]%.live.i.mids[s;t0];
  b:0f^.live.betas s;
  if[(null .leak.cfg`index)|all 0=b;:r];
  r-b*1e4*log .live.i.mids[i;t1]%.live.i.mids[i:count[s]#.leak.cfg`index;t0] }

// moments: what the test looks at, at times t of symbols s
.live.i.moments:{[s;t]
  st:.tca.state[([]sym:s;time:t);.live.i.around([]sym:s;time:t)];
  v:{[s;t]0f^exec volume from aj[`sym`time;([]sym:s;time:t);.live.tape]}[s];
  ([]sym:s;time:t;r1:.live.i.returns[s;t-0D00:00:01;t];fwd:.live.i.returns[s;t;t+.leak.cfg`tau];back:.live.i.returns[s;t-.leak.cfg`tau;t];
    spread:1e4*(st[`ask]-st`bid)%st`mid;vol:v[t-1]-v t-0D00:00:01+1) }

// @desc One event against a window of moments.
// @param e {dict} r1 fwd back spread vol s (sign) of the event
// @param g {table} moments of the window: r1 fwd back spread vol clean
// @param x {dict} .leak.cfg
// @return {list} d placebo support band; d and placebo are null without enough controls
.leak.trail:{[e;g;x]
  g:select from g where not null r1,not null fwd,not null back;
  n:(0n;0n;0b;.5*x[`caliper]*dev g`back);
  if[(x[`controls]>count g)or null[e`r1]|null[e`fwd]|null e`back;:n];
  sm:med g`spread;vm:0w^med v where 0<v:g`vol;
  vb:{[vm;v](0<v)+v>vm}[vm];
  i:where(g`clean)&((x[`caliper]*dev g`r1)>=abs g[`r1]-e`r1)&((g[`spread]>sm)=e[`spread]>sm)&vb[g`vol]=vb e`vol;
  if[x[`controls]>count i;:n];
  system"S ",string x`seed;
  i:i x[`controls]?count i;
  (e[`s]*e[`fwd]-avg g[`fwd]i;e[`s]*e[`back]-avg g[`back]i;1b;n 3) }

// @desc Takes what a tick brought: order rows o with root, new executions n. Before it, the grid is brought up to w.
.live.leakTick:{[w;o;n]
  `.live.ffill upsert select from(0!select at:min at by order from n)where not order in key[.live.ffill]`order;
  e:select sym,id,class:(`new`replace`cancel!``amend`cancel)event,side,at:time from o where event in`new`replace`cancel,not null parent,parent<>id;
  .live.i.tradedIn e;
  .live.i.gridUp w;
  if[count e;.live.tests,:select due:at+.leak.cfg`tau,sym,id,class,side,at from e];
  d:select from .live.tests where due<=w;
  if[not count d;:()];
  .live.tests:select from .live.tests where due>w;
  .live.i.test d; }

.live.i.tradedIn:{[e]
  if[not count e;:()];
  x:0!select times:asc at by sym from e;
  .live.fresh,:x[`sym]except key[.live.own]`sym;
  o:.live.own select sym from x;
  / only what can still be near a grid point
  `.live.own upsert update times:{asc(x where x>last[y]-0D00:01),y}'[o`times;times]from x; }

// grid points up to w-tau of the symbols we trade; for those we begin with, as far back as there are quotes
.live.i.gridUp:{[w]
  st:.leak.cfg`step;
  z:"p"$("j"$st)*("j"$w-.leak.cfg`tau)div"j"$st;
  f:$[null .live.gridw;0;"j"$(z-.live.gridw)div st];
  .live.gridw:z;
  b:"j"$(.live.cfg`keep)div st;
  .live.i.gridAt[(exec sym from .live.own)except .live.fresh;z-st*til f&b];
  .live.i.gridAt[.live.fresh;z-st*til b];
  .live.fresh:0#`; }

.live.i.gridAt:{[s;t]
  if[not count[s]and count t;:()];
  g:cross[([]sym:s);([]time:asc t)];
  m:.live.i.moments[g`sym;g`time];
  own:exec sym!times from .live.own;
  .live.grid,:update clean:.leak.cfg[`tau]<time-{[o;t](-0Wp)^o o bin t}'[own sym;time]from m; }

// events whose horizon has passed
.live.i.test:{[d]
  m:.live.i.moments[d`sym;d`at];
  q:.live.i.caught d;
  f:(.live.ffill([]order:d`id))`at;
  class:?[null d`class;?[q&(null f)|.leak.cfg[`tau]<f-d`at;`post;`take];d`class];
  root:(.live.id([]id:d`id))`root;
  k:.leak.cfg;
  g:{[k;s;t]select from(select from .live.grid where sym=s)where time within(t-k`tod;t-k`tau)}[k]'[d`sym;d`at];
  r:.leak.trail'[update s:.tca.sign d`side from m;g;count[d]#enlist k];
  .live.tested,:([]parent:root;class;at:d`at),'flip[`d`placebo`support`band!flip r],'select spread from m; }

// whether a send rested: its limit did not reach the far touch
.live.i.caught:{[d]
  e:.tca.state[select sym,time:at from d;.live.i.around select sym,time:at from d];
  o:select first price by id from .live.o where id in d`id,event=`new;
  .tca.passive update price:(o([]id:d`id))`price,side:d`side from e }

// @desc What the test says of parents so far: the class that leaks, else the one with most events.
// @return {table} keyed by parent: leak_bps leak_bps_ci_lo leak_bps_ci_hi leak_t leak_n leak_class leak_verdict leakz leakspread
.live.leaks:{[r]
  t:select from .live.tested where parent in r;
  if[not count t;:([parent:0#`]leak_bps:0#0n;leak_bps_ci_lo:0#0n;leak_bps_ci_hi:0#0n;leak_t:0#0n;leak_n:0#0;leak_class:0#`;leak_verdict:0#`;leakz:0#0n;leakspread:0#0n)];
  k:0!select d,placebo,support,at,band:avg band,spread:avg spread by parent,class from t;
  v:{[d;p;u;t;b]
    x:.leak.verdict[([]d;placebo:p;support:u);m:0D00:01 xbar t;@[.leak.cfg;`band;:;b]];
    x,(1#`z)!1#.stat.clustered[d;m]`z}'[k`d;k`placebo;k`support;k`at;k`band];
  k:`rank0 xdesc update rank0:n+1000000*verdict=`leak from(select parent,class,spread from k),'v;
  select leak_bps:first mean,leak_bps_ci_lo:first lo,leak_bps_ci_hi:first hi,leak_t:first t,leak_n:first n,leak_class:first class,leak_verdict:first verdict,
    leakz:first z,leakspread:first spread by parent from k }
