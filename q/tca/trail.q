// The matched test as far as causality allows: controls of an event are earlier moments alone, so that its difference is known once its horizon has passed and never
// changes. The real-time engine (q/rt/leak.q) and a batch with `trail` come to it by the same functions, so they say the same to the last bit.
//
// Classes, kinds of controls, caliper and thresholds are those of q/tca/leak.q; buckets are the halves of the window's spreads and the thirds of its volumes (none, up to the
// median of the rest, above), as a window has fewer moments than a day. Controls lie in the 15 minutes (tod) up to the last full minute that is tau
// before the event, and not before .leak.cfg`warm before the first event of ours in the symbol that day. At least 20% of that window has to be clear of our own events.
// So many of them as .leak.cfg says are drawn with a fixed seed, from those of the event's bucket within its caliper. The window is sorted once a minute for all events that it serves.
// Betas to the index are those of the reference data (.tca.cfg.betaBy), as what a batch estimates from the whole of a day is not known in its course.
// A parent's test is of the algo that works it now: it begins anew with a switch, as LEAK does.

/ how long before our first event moments begin; late: the response of late is that of so long, and of as many events as a verdict needs
.leak.cfg[`warm]:0D00:04
.leak.cfg[`late]:0D00:20

// @desc The end of the window that an event's controls lie in.
.leak.window:{[t;x]0D00:01 xbar t-x`tau}

// @desc What events can be compared with: the clean moments of a window, by bucket and ascending in r1.
// @param g {table} moments of the window: r1 fwd back spread vol clean, by time; and size where they are trades
// @param x {dict} .leak.cfg
// @return {dict} n, bucket (of an event), caliper, band, the draws, and r1 fwd back of each bucket
.leak.pool:{[g;x]
  g:select from g where not null r1,not null fwd,not null back;
  z:.leak.i.bucket[.leak.i.halves g;`size in cols g];
  p:`n`bucket`k`band!(count g;z;x[`caliper]*dev g`r1;.5*x[`caliper]*dev g`back);
  / too little of the window is clear of our own events for what is left to be like the rest
  if[$[count g;x[`clean]>avg g`clean;1b];:@[p;`n;:;0]];
  g:select from g where clean;
  g:`r1 xasc select r1,fwd,back,bucket:z g from g;
  i:group g`bucket;
  system"S ",string x`seed;
  p,`u`of`r1`fwd`back!(x[`controls]?1f;key i;g[`r1]value i;g[`fwd]value i;g[`back]value i) }

.leak.i.halves:{[g]{[sm;vm;t](3*t[`spread]>sm)+(0<t`vol)+t[`vol]>vm}[med g`spread;0w^med v where 0<v:g`vol]}

// @desc One event against a pool. @param e {dict} r1 fwd back spread vol s (sign) of the event, and size where controls are trades
// @return {list} d placebo support band; d and placebo are null without enough controls
.leak.drawn:{[e;p;x]
  n:(0n;0n;0b;p`band);
  if[(x[`controls]>p`n)or null[e`r1]|null[e`fwd]|null e`back;:n];
  b:p[`of]?p[`bucket]e;
  if[b=count p`of;:n];
  r:p[`r1]b;
  lo:r binr e[`r1]-p`k;
  m:(1+r bin e[`r1]+p`k)-lo;
  if[x[`controls]>m;:n];
  i:lo+floor m*p`u;
  (e[`s]*e[`fwd]-avg p[`fwd;b]i;e[`s]*e[`back]-avg p[`back;b]i;1b;p`band) }
.leak.undrawn:(0n;0n;0b;0n)

// @desc One event against a window of moments: see .leak.pool and .leak.drawn.
.leak.trail:{[e;g;x].leak.drawn[e;.leak.pool[g;x];x]}

// @desc Events with what they are held against: those that took in the trade's direction, against trades; those that made not at all.
// @param m {table} events with s and their moments: class time size r1 fwd back spread vol
// @param pool {fn} of the kind of controls (grid or prints) and of the end of the window
// @return {list[]} see .leak.drawn, one an event
.leak.drawnAll:{[m;pool;x]
  r:count[m]#enlist .leak.undrawn;
  c:`s`r1`fwd`back`spread`vol`size;
  if[count i:where not m[`class]in`take`made;r[i]:{[x;e;p].leak.drawn[e;p;x]}[x]'[c#m i;pool[`grid]each .leak.window[m[`time]i;x]]];
  if[count i:where`take=m`class;r[i]:{[x;e;p].leak.drawn[e;p;x]}[x]'[.leak.directed c#m i;pool[`prints]each .leak.window[m[`time]i;x]]];
  r }

// @desc As .leak.events, with earlier moments alone: our events of one symbol whose horizon has passed.
// @param e {table} all events of the symbol
// @param q {table} quotes, of the index too; v {table} tape; f {table} own executions
// @param x {dict} .leak.cfg, and w (as of when)
.leak.trailed:{[s;e;q;v;f;x]
  q:.tca.ordered select from q where sym in(s,x`index);
  v:update`p#sym from select from v where sym=s;
  t:.leak.public[v;f];
  at:{[q;s;v;x;t].leak.moments[.tca.state[;q];count[t]#s;t;v;count[t]#.tca.cfg.betaBy s;x]}[q;s;v;x];
  r:raze{[at;t;x;e]
    own:asc e`time;
    e:select from e where x[`w]>=time+x`tau;
    if[not count e;:.leak.i.bare e];
    / moments of the day
    b:first[own]-x`warm;z:last[e`time]-x`tau;
    g:.leak.steps[b;z;x];
    t:select from t where time>b,time<=z;
    c:`grid`prints!($[count g;at g;.leak.i.nomoments];$[count t;.leak.signed t,'`sym`time _ at t`time;update size:0#0n from .leak.i.nomoments]);
    c:{[own;x;c]update clean:.leak.clean[own;x`tau;time]from c}[own;x]each c;
    m:update s:.tca.sign side from e,'`sym`time _ at e`time;
    / each window once
    k:.leak.window[e`time;x];
    u:distinct k;
    p:{[c;x;u]{[c;x;u]$[count c;.leak.pool[c(i)+til 0|1+(c[`time]bin u)-i:c[`time]binr u-x`tod;x];.leak.pool[c;x]]}[c;x]each u}[;x;u]each c;
    d:.leak.drawnAll[m;{[p;u;k;w]p[k;u?w]}[p;u];x];
    update d:d[;0],placebo:d[;1],support:d[;2],band:d[;3]from e}[at;t;x]each e value group"d"$e`time;
  r }

.leak.i.nomoments:([]time:0#0Np;r1:0#0n;fwd:0#0n;back:0#0n;spread:0#0n;vol:0#0n)

// @desc Moments after b and up to z, on the grid.
.leak.steps:{[b;z;x]
  n:"j"$x`step;
  "p"$n*(1+("j"$b)div n)+til 0|(("j"$z)div n)-("j"$b)div n }

// @desc Of events those since the algo began that works their parent now. @param g {table} segments, see .tca.segments
.leak.present:{[e;g]
  s:exec last time by parent from g where seg>0;
  select from e where time>=s parent }

// @desc The mean of the newest differences, from their counts n and sums s by minute m.
.leak.lately:{[m;n;s]
  i:idesc m;
  k:(sum m>max[m]-.leak.cfg`late)|1+(sums n i)binr .leak.cfg`few;
  i:k sublist i;
  sum[s i]%sum n i }
