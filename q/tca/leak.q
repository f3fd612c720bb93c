// Is it us? The response of the mid to our events, less its response at matched moments without us.
//
// For event e with side s: d = s x (return over [t;t+tau) - mean return over the same span from K control moments). Controls lie on a grid
// of the same symbol: same time of day within 15 minutes, same bucket of spread and of volume, return of the last second within a
// caliper of the event's, not within tau after an event of our own. (Not before one either would look ahead: an algo that
// follows the market acts where the move goes on, so moments without an action to come are moments where it stopped.) Where too little of the
// day is left, prior days serve. Events without enough
// controls are left out and counted. d's mean has a standard error robust to clusters of 60 s. The same statistic on [t-tau;t) must be about 0.

.leak.cfg:`tau`step`tod`controls`draws`caliper`clean`few`alert`seed`index!(0D00:00:00.5;0D00:00:00.1;0D00:15;20;2000;.2;.2;30;2.8;42i;`)

// @desc d of events against candidates, both tables of moments: r1 (return of the last second) fwd back (bps, unsigned) tod bucket; events also s.
// Draws with replacement from the candidates whose r1 is within the caliper, keeps the first K that match in the rest.
// @param e {table} events
// @param c {table} candidates, ascending in r1
// @param k {float} caliper, in the unit of r1
// @return {table} d placebo support, one a row of e; d is null without support
.leak.match:{[e;c;k;x]
  if[(not n:count e)or not count c;:([]d:n#0n;placebo:n#0n;support:n#0b)];
  / a million draws at a time
  raze .leak.i.match[;c;k;x]each(1|1000000 div x`draws)cut e }

.leak.i.match:{[e;c;k;x]
  n:count e;w:x`draws;
  lo:c[`r1]binr e[`r1]-k;
  m:(1+c[`r1]bin e[`r1]+k)-lo;
  i:(count[c]-1)&raze lo+floor(0|m)*(n;w)#(n*w)?1f;
  j:where n#w;
  ok:(j in where m>0)&(e[`bucket]j)=c[`bucket]i;
  ok:ok&x[`tod]>=abs(e[`tod]j)-c[`tod]i;
  ok:(n;w)#ok;
  taken:ok&x[`controls]>=sums each ok;
  sup:x[`controls]<=sum each taken;
  f:(sum each taken*(n;w)#0f^c[`fwd]i)%x`controls;
  b:(sum each taken*(n;w)#0f^c[`back]i)%x`controls;
  ([]d:?[sup;e[`s]*e[`fwd]-f;0n];placebo:?[sup;e[`s]*e[`back]-b;0n];support:sup) }

// @desc The test: headline, its t, the placebo, support and a verdict. Thresholds are on the normal deviate as likely as t, so that few clusters do
// not make an alarm. Matching within a caliper leaves a trace in the placebo: below x`band (bps) it is none.
// @param d {table} result of .leak.match
// @param b {*[]} cluster of each event
// @return {dict} n support mean se t lo hi p placebo placebot verdict
.leak.verdict:{[d;b;x]
  h:.stat.clustered[d`d;b];
  p:.stat.clustered[d`placebo;b];
  v:$[x[`few]>h`n;`collecting;(x[`alert]<abs p`z)&x[`band]<abs p`mean;`unidentifiable;x[`alert]<h`z;`leak;`none];
  `n`support`mean`se`t`lo`hi`p`placebo`placebot`verdict!
    (h`n;avg d`support;h`mean;h`se;h`t;h`lo;h`hi;.stat.tail h`z;p`mean;p`t;v) }

// @desc Moments of a symbol: at each time the mid's returns before and after, and what they are matched on.
// @param s {symbol} symbol
// @param tm {timestamp[]} times
// @param q {table} quotes, consolidated
// @param v {table} tape of .tca.tape
// @param ix {table} quotes of the index, or an empty table; beta {float}
.leak.moments:{[s;tm;q;v;ix;beta;x]
  mid:{[q;s;t].tca.mid[([]sym:s;time:t);q]};
  ret:{[mid;q;s;ix;beta;t0;t1]
    r:1e4*log mid[q;s;t1]%mid[q;s;t0];
    $[count ix;r-beta*1e4*log mid[ix;first ix`sym;t1]%mid[ix;first ix`sym;t0];r]}[mid;q;s;ix;beta];
  st:.tca.state[([]sym:s;time:tm);q];
  vol:exec mvolume from .tca.traded[([]sym:s;t0:tm-0D00:00:01;t1:tm-1);v];
  ([]time:tm;r1:ret[tm-0D00:00:01;tm];fwd:ret[tm;tm+x`tau];back:ret[tm-x`tau;tm];tod:tm-"p"$"d"$tm;spread:1e4*(st[`ask]-st`bid)%st`mid;vol) }

// @desc Beta of the symbol to the index, from returns over 1 s: of days without events of ours if there are any. 0 where it cannot be told.
// @param g {timestamp[]} grid; ix {table} quotes of the index or an empty list; d {date[]} days with events
.leak.beta:{[s;g;q;ix;d]
  if[not count ix;:0f];
  o:g where not("d"$g)in d;
  g:distinct 0D00:00:01 xbar$[count o;o;g];
  r:{[g;t;s]m:.tca.mid[([]sym:s;time:g);t];deltas log m}[g]'[(q;ix);(s;first ix`sym)];
  / a step of another length, over a gap or a night, is none
  i:where(0D00:00:01=deltas g)&(not null r 0)&not null r 1;
  v:var r[1]i;
  $[v>0;(r[0;i]cov r[1]i)%v;0f] }

// buckets of spread (halves of its distribution) and of volume (none, up to the median of the rest, above)
.leak.buckets:{[g]
  sm:med g`spread;vm:med v where 0<v:g`vol;
  {[sm;vm;t](3*t[`spread]>sm)+(0<t`vol)+t[`vol]>vm}[sm;0w^vm] }

// @desc The test for every parent and class of event of one symbol. Classes: post (rested unfilled for tau), take (all other sends), amend, cancel.
// @param e {table} events of the symbol: parent class time side
// @return {table} parent class and the verdict of each
.leak.symbol:{[s;e;q;v;x]
  qs:select from q where sym=s;
  ix:$[x[`index]in s,`;();select from q where sym=x`index];
  days:distinct"d"$qs`time;
  g:raze{[qs;x;d]t:exec time from qs where d="d"$time;(0D00:00:01+first t)+x[`step]*til 0|"j"$((last[t]-first t)-0D00:00:01+x`tau)div x`step}[qs;x]each days;
  if[not count g;:.leak.none e];
  beta:.leak.beta[s;g;qs;ix;distinct"d"$e`time];
  c:select from .leak.moments[s;g;qs;v;ix;beta;x]where not null r1,not null fwd,not null back;
  m:e,'delete time from .leak.moments[s;e`time;qs;v;ix;beta;x];
  if[not count c;:.leak.none e];
  b:.leak.buckets c;
  c:update bucket:b c from c;
  m:update s:.tca.sign side,bucket:b m from m;
  own:asc e`time;
  c:update clean:x[`tau]<time-(-0Wp)^own own bin time from c;
  c:`r1 xasc c;
  k:x[`caliper]*dev c`r1;
  x[`band]:.5*x[`caliper]*dev c`back;
  system"S ",string x`seed;
  r:raze{[m;c;k;x;d]
    ed:select from m where d="d"$time;
    same:select from c where d="d"$time;
    pool:$[x[`clean]<=avg same`clean;select from same where clean;select from c where d<>"d"$time,clean];
    ed,'.leak.match[ed;pool;k;x]}[m;c;k;x]each distinct"d"$m`time;
  k:0!select d,placebo,support,time by parent,class from r;
  (select parent,class from k),'{[x;d;p;u;t].leak.verdict[([]d;placebo:p;support:u);0D00:01 xbar t;x]}[x]'[k`d;k`placebo;k`support;k`time] }

// events that have no verdict: counted
.leak.none:{[e]0!select n:count i,support:0n,mean:0n,se:0n,t:0n,lo:0n,hi:0n,p:0n,placebo:0n,placebot:0n,verdict:`collecting by parent,class from e}

// @desc p adjusted for the number of tests, see .stat.bh; null where there is no p.
.leak.adjusted:{[r]
  r:update padj:0n from r;
  update padj:.stat.bh p from r where not null p }

/ no tests
.leak.empty:([]parent:0#`;class:0#`;n:0#0;support:0#0n;mean:0#0n;se:0#0n;t:0#0n;lo:0#0n;hi:0#0n;p:0#0n;placebo:0#0n;placebot:0#0n;verdict:0#`)

// @desc The test over a batch of children.
// @param c {table} children with bid ask at the send
// @param m {table} live fills
.tca.leakBatch:{[q;t;o;c;x]
  e:select parent,sym,time,side,class:?[.tca.passive[c]&(null ffill)|x[`tau]<ffill-time;`post;`take]from c;
  e,:select parent,sym,time,side,class:?[event=`replace;`amend;`cancel]from o where parent<>`,event in`replace`cancel;
  if[not count e;:.leak.adjusted .leak.empty];
  v:.tca.tape t;
  .leak.adjusted .leak.empty,raze{[e;q;v;x;s]ev:select from e where sym=s;
    / too few events for a verdict: only counted
    $[x[`few]>max exec n from select n:count i by parent,class from ev;.leak.none ev;.leak.symbol[s;ev;q;v;x]]}[e;q;v;x]each distinct e`sym }
