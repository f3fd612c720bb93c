// The matched test as events happen: each event is compared with earlier moments of the same symbol, so that its difference is known once its
// horizon has passed and never changes. (q/tca/leak.q looks back over whole days and takes moments after the event too.)
//
// Moments are on a grid. Controls of an event lie in the 15 minutes before the last full minute that is tau before it (of which 20% at least are clear of our own events), not within tau after an event of our own, in the
// same half of the window's spreads, the same third of its volumes, and within the caliper of the last second's return; so many of them as .leak.cfg says are
// drawn with a fixed seed. The window is sorted once a minute for all events that it serves, and what the tests came to is kept as sums by minute.

.rt.leakReset:{
  .rt.grid:update`g#sym from([]sym:0#`;time:0#0Np;r1:0#0n;fwd:0#0n;back:0#0n;spread:0#0n;vol:0#0n;clean:0#0b);
  .rt.gridw:0Np;                     / the grid is complete up to here
  / symbols we trade and when we last did something there; those that have no grid yet
  .rt.own:([sym:0#`]times:());
  .rt.fresh:0#`;
  .rt.tests:([]due:0#0Np;sym:0#`;id:0#`;class:0#`;side:0#`;at:0#0Np;price:0#0n);
  / controls of each symbol as of a minute
  .rt.pools:(0#`)!();
  / tests of each parent and class since its present algo began (since): how many, with controls, sums of spread and band; by minute (ms) count and sum of d and
  / of the placebo; and what they came to. d1 is the mean of d of late, see .rt.i.lately
  .rt.tested:([parent:`g#0#`;class:0#`]since:0#0Np;n:0#0;supported:0#0;spreads:0#0n;bands:0#0n;ms:();dn:();ds:();pn:();ps:());
  .rt.verdicts:([parent:`g#0#`;class:0#`]since:0#0Np;n:0#0;support:0#0n;mean:0#0n;se:0#0n;t:0#0n;lo:0#0n;hi:0#0n;p:0#0n;placebo:0#0n;placebot:0#0n;verdict:0#`;z:0#0n;
    spread:0#0n;d1:0#0n);
  / first fill of each child
  .rt.ffill:([order:`u#0#`]at:0#0Np); }

/ beta of symbols to the index .leak.cfg`index, from the reference data
.rt.betas:(0#`)!0#0f

// @desc Moments: what the test looks at, at times t of symbols s; returns in bps, less beta times the index's.
// @return {table} sym time r1 fwd back spread vol, and bid ask
.rt.i.moments:{[s;t]
  n:count s;
  u:raze t+/:0D,(neg 0D00:00:01),1 -1*.leak.cfg`tau;
  z:.rt.stood[(4*n)#s;u];
  r:.rt.i.returns(4;n)#z`mid;
  b:0f^.rt.betas s;
  if[not(null .leak.cfg`index)|all 0=b;r-:b*/:.rt.i.returns(4;n)#.rt.i.mids[(4*n)#.leak.cfg`index;u]];
  v:0f^exec volume from aj[`sym`time;([]sym:(2*n)#s;time:(t-1),t-0D00:00:01+1);.rt.tape];
  z:n#z;
  ([]sym:s;time:t;r1:r 0;fwd:r 1;back:r 2;spread:1e4*(z[`ask]-z`bid)%z`mid;vol:(n#v)-n _ v;bid:z`bid;ask:z`ask) }
// log returns from mids at a moment, a second before, tau after and tau before
.rt.i.returns:{[m]1e4*log(m[0]%m 1;m[2]%m 0;m[0]%m 3)}

// @desc What events can be compared with: the clean moments of a window, by bucket of spread and volume and ascending in r1.
// @param g {table} moments of the window: r1 fwd back spread vol clean
// @param x {dict} .leak.cfg
// @return {dict} n, edges of the buckets, caliper, band, the draws, and r1 fwd back of each bucket
.leak.pool:{[g;x]
  g:select from g where not null r1,not null fwd,not null back;
  p:`n`sm`vm`k`band!(count g;med g`spread;0w^med v where 0<v:g`vol;x[`caliper]*dev g`r1;.5*x[`caliper]*dev g`back);
  / too little of the window is clear of our own events for what is left to be like the rest
  if[x[`clean]>avg g`clean;p[`n]:0];
  g:`r1 xasc select r1,fwd,back,bucket:.leak.i.bucket[p;spread;vol]from g where clean;
  i:(til 6)!6#enlist 0#0;
  i,:group g`bucket;
  system"S ",string x`seed;
  p,`u`r1`fwd`back!(x[`controls]?1f;g[`r1]i;g[`fwd]i;g[`back]i) }
.leak.i.bucket:{[p;spread;vol](3*spread>p`sm)+(0<vol)+vol>p`vm}

// @desc One event against a pool. @param e {dict} r1 fwd back spread vol s (sign) of the event
// @return {list} d placebo support band; d and placebo are null without enough controls
.leak.drawn:{[e;p;x]
  n:(0n;0n;0b;p`band);
  if[(x[`controls]>p`n)or null[e`r1]|null[e`fwd]|null e`back;:n];
  b:.leak.i.bucket[p;e`spread;e`vol];
  r:p[`r1]b;
  lo:r binr e[`r1]-p`k;
  m:(1+r bin e[`r1]+p`k)-lo;
  if[x[`controls]>m;:n];
  i:lo+floor m*p`u;
  (e[`s]*e[`fwd]-avg p[`fwd;b]i;e[`s]*e[`back]-avg p[`back;b]i;1b;p`band) }

// @desc One event against a window of moments: see .leak.pool and .leak.drawn.
.leak.trail:{[e;g;x].leak.drawn[e;.leak.pool[g;x];x]}

// @desc Takes what a tick brought: order rows o with root, new executions n. Before it, the grid is brought up to w.
.rt.leakTick:{[w;o;n]
  `.rt.ffill upsert select from(0!select at:min at by order from n)where not .rt.i.has[key[.rt.ffill]`order;order];
  e:select sym,id,class:(`new`replace`cancel!``amend`cancel)event,side,at:time,price from o where event in`new`replace`cancel,root<>id;
  .rt.i.tradedIn e;
  .rt.i.gridUp w;
  if[count e;.rt.tests,:select due:at+.leak.cfg`tau,sym,id,class,side,at,price from e];
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
  .rt.grid,:delete last0,bid,ask from update clean:(null last0)|.leak.cfg[`tau]<time-last0 from update last0:{[o;t]o o bin t}'[own sym;time]from m; }

// events whose horizon has passed
.rt.i.test:{[d]
  m:.rt.i.moments[d`sym;d`at];
  / a send rested if its limit did not reach the far touch
  q:.tca.passive d,'select bid,ask from m;
  f:(.rt.ffill([]order:d`id))`at;
  class:?[null d`class;?[q&(null f)|.leak.cfg[`tau]<f-d`at;`post;`take];d`class];
  root:(.rt.id([]id:d`id))`root;
  k:.leak.cfg;
  p:.rt.i.pool'[d`sym;0D00:01 xbar d[`at]-k`tau];
  r:.leak.drawn'[update s:.tca.sign d`side from m;p;count[d]#enlist k];
  .rt.i.tally([]parent:root;class;at:d`at;d:r[;0];placebo:r[;1];support:r[;2];band:r[;3];spread:m`spread); }

// controls of symbol s in the 15 minutes up to t
.rt.i.pool:{[s;t]
  if[not t~(.rt.pools s)`asof;
    .rt.pools[s]:((1#`asof)!1#t),.leak.pool[select from(select from .rt.grid where sym=s)where time within(t-.leak.cfg`tod;t);.leak.cfg]];
  .rt.pools s }

// tests are added to the sums of their parent and class, and these judged anew; those of an earlier algo count no more
.rt.i.tally:{[t]
  t:update since:.rt.i.since parent from t;
  t:select from t where(null since)|at>=since;
  if[not count t;:()];
  g:group select parent,class from t;
  k:key g;
  since:t[`since]first each value g;
  new:where not since~'(.rt.tested k)`since;
  new:new union where not k in key .rt.tested;
  if[count new;`.rt.tested upsert k[new],'([]since:since new),'count[new]#enlist .rt.i.untested];
  r:.rt.i.tallied'[.rt.tested k;t value g];
  `.rt.tested upsert k,'r;
  u:{[n;s]v:sum s;m:v%sum n;i:where 0<n;(sum n;count i;m;sum x*x:s[i]-m*n i)};
  stat:{[u;n;s].stat.robust . flip u'[n;s]}[u];
  h:stat[r`dn;r`ds];p:stat[r`pn;r`ps];
  x:@[.leak.cfg;`band;:;r[`bands]%r`n];
  v:flip .leak.judge[h;p;r[`supported]%r`n;x],`z`spread`d1`since!(h`z;r[`spreads]%r`n;.rt.i.lately'[r`ms;r`dn;r`ds];since);
  `.rt.verdicts upsert k,'v; }
.rt.i.untested:`n`supported`spreads`bands`ms`dn`ds`pn`ps!(0;0;0f;0f;0#0Np;0#0;0#0f;0#0;0#0f)

// when the algo that works parents now began; null where there was no other
.rt.i.since:{[r]i:.rt.i.row r;?[0<.rt.state[i;`seg];.rt.state[i;`segtime];0Np]}

// one parent and class: its sums s with tests t, in order
.rt.i.tallied:{[s;t]
  s[`n]+:count t;s[`supported]+:sum t`support;
  s[`spreads]+:sum t`spread;s[`bands]+:sum 0f^t`band;
  {[s;m;d;p]
    if[not m in s`ms;s[`ms`dn`ds`pn`ps],:(m;0;0f;0;0f)];
    i:s[`ms]?m;
    if[not null d;s[`dn;i]+:1;s[`ds;i]+:d];
    if[not null p;s[`pn;i]+:1;s[`ps;i]+:p];
    s}/[s;0D00:01 xbar t`at;t`d;t`placebo] }

/ the response of late is that of so long, and of as many events as a verdict needs
.leak.cfg[`late]:0D00:20
// mean of the newest differences, from their counts n and sums s by minute m
.rt.i.lately:{[m;n;s]
  i:idesc m;
  k:(sum m>max[m]-.leak.cfg`late)|1+(sums n i)binr .leak.cfg`few;
  i:k sublist i;
  sum[s i]%sum n i }

/ classes that LEAK is lit by. What follows an amendment or a cancel has our own order in its mid: the touch is where we put it or took it from. Controls of takes are here not trades but
/ moments, so that their own impact is in the difference.
.rt.lit:`post`dark
// @desc What the test says of parents since their present algo began: of the classes that light the lamp the first that has something to say, else of the one with most events.
// @return {table} keyed by parent: leak_bps leak_bps_ci_lo leak_bps_ci_hi leak_t leak_n leak_class leak_verdict leakz leakspread leaklate leaklit
.rt.leaks:{[r]
  k:select from 0!.rt.verdicts where parent in r;
  k:select from k where since~'.rt.i.since parent;
  k:update lit:class in .rt.lit,silent:verdict=`collecting from k;
  k:`lit0`silent0`n0 xasc update lit0:not lit&not silent,silent0:silent,n0:?[lit;.rt.lit?class;neg n]from k;
  select leak_bps:first mean,leak_bps_ci_lo:first lo,leak_bps_ci_hi:first hi,leak_t:first t,leak_n:first n,leak_class:first class,leak_verdict:first verdict,
    leakz:first z,leakspread:first spread,leaklate:first d1,leaklit:first lit by parent from k }
