// The matched test as events happen: each event is compared with earlier moments of the same symbol, so that its difference is known once its
// horizon has passed and never changes. (q/tca/leak.q looks back over whole days and takes moments after the event too.)
//
// Moments are on a grid. Controls of an event at t lie in [t-15 min;t-tau], not within tau after an event of our own, in the same half of the window's spreads, the
// same third of its volumes, and within the caliper of the last second's return; so many of them as .leak.cfg says are drawn with a fixed seed.

.rt.leakReset:{
  .rt.grid:update`g#sym from([]sym:0#`;time:0#0Np;r1:0#0n;fwd:0#0n;back:0#0n;spread:0#0n;vol:0#0n;clean:0#0b);
  .rt.gridw:0Np;                     / the grid is complete up to here
  / symbols we trade and when we last did something there; those that have no grid yet
  .rt.own:([sym:0#`]times:());
  .rt.fresh:0#`;
  .rt.tests:([]due:0#0Np;sym:0#`;id:0#`;class:0#`;side:0#`;at:0#0Np);
  .rt.tested:update`g#parent from([]parent:0#`;class:0#`;at:0#0Np;d:0#0n;placebo:0#0n;support:0#0b;spread:0#0n;band:0#0n);
  / first fill of each child
  .rt.ffill:([order:`u#0#`]at:0#0Np); }

/ beta of symbols to the index .leak.cfg`index, from the reference data
.rt.betas:(0#`)!0#0f

// signed nothing yet: log return of the mid in bps, less beta times the index's
.rt.i.returns:{[s;t0;t1]
  r:1e4*log .rt.i.mids[s;t1]%.rt.i.mids[s;t0];
  b:0f^.rt.betas s;
  if[(null .leak.cfg`index)|all 0=b;:r];
  r-b*1e4*log .rt.i.mids[i;t1]%.rt.i.mids[i:count[s]#.leak.cfg`index;t0] }

// moments: what the test looks at, at times t of symbols s
.rt.i.moments:{[s;t]
  st:.rt.stood[s;t];
  v:{[s;t]0f^exec volume from aj[`sym`time;([]sym:s;time:t);.rt.tape]}[s];
  ([]sym:s;time:t;r1:.rt.i.returns[s;t-0D00:00:01;t];fwd:.rt.i.returns[s;t;t+.leak.cfg`tau];back:.rt.i.returns[s;t-.leak.cfg`tau;t];
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
.rt.leakTick:{[w;o;n]
  `.rt.ffill upsert select from(0!select at:min at by order from n)where not order in key[.rt.ffill]`order;
  e:select sym,id,class:(`new`replace`cancel!``amend`cancel)event,side,at:time from o where event in`new`replace`cancel,root<>id;
  .rt.i.tradedIn e;
  .rt.i.gridUp w;
  if[count e;.rt.tests,:select due:at+.leak.cfg`tau,sym,id,class,side,at from e];
  d:select from .rt.tests where due<=w;
  if[not count d;:()];
  .rt.tests:select from .rt.tests where due>w;
  .rt.i.test d; }

.rt.i.tradedIn:{[e]
  if[not count e;:()];
  x:0!select times:asc at by sym from e;
  .rt.fresh,:x[`sym]except key[.rt.own]`sym;
  o:.rt.own select sym from x;
  / only what can still be near a grid point
  `.rt.own upsert update times:{asc(x where x>last[y]-0D00:01),y}'[o`times;times]from x; }

// grid points up to w-tau of the symbols we trade; for those we begin with, as far back as there are quotes
.rt.i.gridUp:{[w]
  st:.leak.cfg`step;
  z:"p"$("j"$st)*("j"$w-.leak.cfg`tau)div"j"$st;
  f:$[null .rt.gridw;0;"j"$(z-.rt.gridw)div st];
  .rt.gridw:z;
  b:"j"$(.rt.cfg`keep)div st;
  .rt.i.gridAt[(exec sym from .rt.own)except .rt.fresh;z-st*til f&b];
  .rt.i.gridAt[.rt.fresh;z-st*til b];
  .rt.fresh:0#`; }

.rt.i.gridAt:{[s;t]
  if[not count[s]and count t;:()];
  g:cross[([]sym:s);([]time:asc t)];
  m:.rt.i.moments[g`sym;g`time];
  own:exec sym!times from .rt.own;
  / before our first event there is nothing to be near to
  .rt.grid,:delete last0 from update clean:(null last0)|.leak.cfg[`tau]<time-last0 from update last0:{[o;t]o o bin t}'[own sym;time]from m; }

// events whose horizon has passed
.rt.i.test:{[d]
  m:.rt.i.moments[d`sym;d`at];
  q:.rt.i.caught d;
  f:(.rt.ffill([]order:d`id))`at;
  class:?[null d`class;?[q&(null f)|.leak.cfg[`tau]<f-d`at;`post;`take];d`class];
  root:(.rt.id([]id:d`id))`root;
  k:.leak.cfg;
  g:{[k;s;t]select from(select from .rt.grid where sym=s)where time within(t-k`tod;t-k`tau)}[k]'[d`sym;d`at];
  r:.leak.trail'[update s:.tca.sign d`side from m;g;count[d]#enlist k];
  .rt.tested,:([]parent:root;class;at:d`at),'flip[`d`placebo`support`band!flip r],'select spread from m; }

// whether a send rested: its limit did not reach the far touch
.rt.i.caught:{[d]
  e:.rt.stood . d`sym`at;
  o:select first price by id from .rt.o where id in d`id,event=`new;
  .tca.passive update price:(o([]id:d`id))`price,side:d`side from e }

// @desc What the test says of parents so far: the class that leaks, else the one with most events.
// @return {table} keyed by parent: leak_bps leak_bps_ci_lo leak_bps_ci_hi leak_t leak_n leak_class leak_verdict leakz leakspread
.rt.leaks:{[r]
  t:select from .rt.tested where parent in r;
  if[not count t;:([parent:0#`]leak_bps:0#0n;leak_bps_ci_lo:0#0n;leak_bps_ci_hi:0#0n;leak_t:0#0n;leak_n:0#0;leak_class:0#`;leak_verdict:0#`;leakz:0#0n;leakspread:0#0n)];
  k:0!select d,placebo,support,at,band:avg band,spread:avg spread by parent,class from t;
  v:{[d;p;u;t;b]
    x:.leak.verdict[([]d;placebo:p;support:u);m:0D00:01 xbar t;@[.leak.cfg;`band;:;b]];
    x,(1#`z)!1#.stat.clustered[d;m]`z}'[k`d;k`placebo;k`support;k`at;k`band];
  k:`rank0 xdesc update rank0:n+1000000*verdict=`leak from(select parent,class,spread from k),'v;
  select leak_bps:first mean,leak_bps_ci_lo:first lo,leak_bps_ci_hi:first hi,leak_t:first t,leak_n:first n,leak_class:first class,leak_verdict:first verdict,
    leakz:first z,leakspread:first spread by parent from k }
