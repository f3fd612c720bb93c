// Is it us? The response of the mid to our events, less its response at matched moments without us.
//
// For event e with side s: d = s x (return over [t;t+tau) - mean return over the same span from K control moments). Controls lie on a grid
// of the same symbol: same time of day within 15 minutes, same bucket of spread and of volume, return of the last second within a
// caliper of the event's, not within tau after an event of our own. (Not before one either would look ahead: an algo that
// follows the market acts where the move goes on, so moments without an action to come are moments where it stopped.) Where too little of the
// day is left, prior days serve. Events without enough
// controls are left out and counted. d's mean has a standard error robust to clusters of 60 s. The same statistic on [t-tau;t) must be about 0.
//
// Events are of classes that are never pooled:
//   post    rested, unfilled for tau: pure signalling
//   take    crossed the spread. Its controls are public trades of the same signed size (within a power of two) instead of moments on
//           the grid, so that the mechanical impact of a trade is on both sides and cancels; without public trades there are none
//   dark    sent to a dark venue or as a conditional order
//   cancel, amend
//   made    rested and filled within tau: the fill itself moves the mid, so they are counted and not tested

/ boot: whether intervals of the mean are drawn (.stat.boot) as all others of a batch; else they are the standard error's
.leak.cfg:`tau`step`tod`controls`draws`caliper`clean`few`alert`seed`index`dark`boot!(0D00:00:00.5;0D00:00:00.1;0D00:15;20;2000;.2;.2;30;2.8;42i;`;0#`;0b)
.leak.classes:`post`take`dark`cancel`amend`made
/ by what responses are broken down, over parents
.leak.groups:`algo`broker`venue`trader`liquidity`size`time

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
  .leak.judge[.stat.clustered[d`d;b];.stat.clustered[d`placebo;b];avg d`support;x] }

// the same from the statistics of d and of the placebo, as .stat.clustered has them, of one group or of many
.leak.judge:{[h;p;support;x]
  v:?[x[`few]>h`n;`collecting;?[(x[`alert]<abs p`z)&x[`band]<abs p`mean;`unidentifiable;?[x[`alert]<h`z;`leak;`none]]];
  / too few for a figure
  some:{[v;f]?[v=`collecting;0n;f]}[v];
  `n`support`mean`se`t`lo`hi`p`placebo`placebot`verdict!
    (h`n;support;some h`mean;some h`se;some h`t;some h`lo;some h`hi;some .stat.tail h`z;some p`mean;some p`t;v) }

// @desc Moments of a symbol: at each time the mid's returns before and after, and what they are matched on.
// @param s {symbol} symbol
// @param tm {timestamp[]} times
// @param q {table} quotes, consolidated
// @param v {table} tape of .tca.tape
// @param ix {table} quotes of the index, or an empty table; beta {float}
.leak.moments:{[s;tm;q;v;ix;beta;x]
  at:{[q;s;t].tca.mid[([]sym:s;time:t);q]};
  ts:(tm-0D00:00:01;tm-x`tau;tm+x`tau);
  st:.tca.state[([]sym:s;time:tm);q];
  m:at[q;s]each ts;
  ret:{1e4*log y%x};
  r:(ret[m 0;st`mid];ret[st`mid;m 2];ret[m 1;st`mid]);
  if[count ix;
    j:at[ix;first ix`sym]each ts,enlist tm;
    r-:beta*(ret[j 0;j 3];ret[j 3;j 2];ret[j 1;j 3])];
  vol:exec mvolume from .tca.traded[([]sym:s;t0:tm-0D00:00:01;t1:tm-1);v];
  ([]time:tm;r1:r 0;fwd:r 1;back:r 2;tod:tm-"p"$"d"$tm;spread:1e4*(st[`ask]-st`bid)%st`mid;vol) }

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

// buckets of spread (a quarter below the median, near it, a quarter above: the same spread in ticks is one bucket at any price) and of volume (none, up to
// the median of the rest, above)
.leak.buckets:{[g]
  sm:med g`spread;vm:med v where 0<v:g`vol;
  {[sm;vm;t](3*(t[`spread]>.75*sm)+t[`spread]>1.25*sm)+(0<t`vol)+t[`vol]>vm}[sm;0w^vm] }

// @desc Public trades as moments, signed: what the market does after a trade, in the trade's direction. Prints of one time and side are one trade.
// The side is that of the mid which the price is on, at the mid that of the last change of price (Lee & Ready 1991).
// @param v {table} tape of .tca.tape; f {table} own fills: sym time price qty, taken out
// @return {table} as .leak.moments, with size; an empty list if there are none
.leak.prints:{[s;qs;v;f;ix;beta;x]
  t:select time,price,size from v where sym=s;
  t:t where not(select time,price,size from t)in select time,price,size:qty from f where sym=s;
  g:0f^"f"$signum t[`price]-.tca.mid[([]sym:s;time:t`time);qs];
  k:"f"$signum t[`price]-prev t`price;
  k:fills ?[k=0;0n;k];
  t:0!select sum size by time,g from update g:?[g=0;0f^k;g]from t;
  t:select from t where g<>0;
  if[not count t;:()];
  c:.tca.beside[.leak.moments[s;t`time;qs;v;ix;beta;x];select g,size from t];
  delete g from update r1:g*r1,fwd:g*fwd,back:g*back from c }

/ buckets of size: powers of two
.leak.i.size:{"j"$floor 2 xlog x}

// @desc Our events of one symbol with their difference from their controls. A class with fewer than x`few events is left without controls.
// @param e {table} events of the symbol: parent class time side size, and what they may be grouped by
// @param v {table} tape of .tca.tape; f {table} own live fills: sym time price qty
// @return {table} e with d placebo support band (null and 0b without controls)
.leak.events:{[s;e;q;v;f;x]
  n:exec count i by class from e;
  j:exec class in where x[`few]<=n from e;
  none:{update d:0n,placebo:0n,support:0b,band:0n from x};
  on:exec class in`post`dark`cancel`amend from e;
  qs:.tca.ordered select from q where sym=s;
  ix:$[x[`index]in s,`;();.tca.ordered select from q where sym=x`index];
  v:update`p#sym from select from v where sym=s;
  g:.leak.grid[qs;x];
  if[not any[j]&count g;:none e];
  beta:.leak.beta[s;g;qs;ix;distinct"d"$e`time];
  own:asc e`time;
  usable:{[own;x;c]
    if[not count c;:c];
    c:select from c where not null r1,not null fwd,not null back;
    / before our first event there is nothing to be near to
    `r1 xasc update clean:(null last0)|x[`tau]<time-last0 from update last0:own own bin time from c}[own;x];
  m:e,'delete time from .leak.moments[s;e`time;qs;v;ix;beta;x];
  m:update s:.tca.sign side from m;
  against:{[x;none;cs;m;c]$[count[m]&count c;cs#.leak.i.against[m;c;x];cs#none m]}[x;none;cols[e],`d`placebo`support`band];
  r:none select from e where not j&on|class=`take;
  if[any j&on;r,:against[select from m where j&on;usable .leak.moments[s;g;qs;v;ix;beta;x]]];
  on:`take=e`class;
  / both sides in the direction of the trade; size is one more thing to match
  if[any j&on;r,:against[update r1:s*r1,fwd:s*fwd,back:s*back,s:1f from select from m where j&on;usable .leak.prints[s;qs;v;f;ix;beta;x]]];
  r }

// moments each step of the days of a symbol's quotes, as far as there is a second before and tau after
.leak.grid:{[qs;x]
  raze{[x;t]
    k:(first[t]+0D00:00:01;last[t]-x`tau);
    k[0]+x[`step]*til 0|"j"$(k[1]-k 0)div x`step}[x]each value exec time by"d"$time from qs }

// differences of events m (moments with s) from candidates c, day by day: of the same day where enough of it is clean, else of the others.
// Matching leaves a trace in the placebo: up to band (bps) it is none
.leak.i.against:{[m;c;x]
  b:.leak.buckets c;
  z:{[b;sized;t]b[t]+$[sized;9*.leak.i.size t`size;0]}[b;`size in cols c];
  m:update bucket:z m from m;c:update bucket:z c from c;
  k:x[`caliper]*dev c`r1;
  system"S ",string x`seed;
  r:raze{[m;c;k;x;d]
    ed:select from m where d="d"$time;
    same:select from c where d="d"$time;
    pool:$[x[`clean]<=avg same`clean;select from same where clean;select from c where d<>"d"$time,clean];
    ed,'.leak.match[ed;pool;k;x]}[m;c;k;x]each distinct"d"$m`time;
  update band:.5*x[`caliper]*dev c`back from r }

// @desc The verdict of each group of events: columns g of .leak.events' table, and the class. Clusters are 60 s; of a group of several parents on several days, its parents.
.leak.verdicts:{[g;r;x]
  if[not count r;:flip((g,`class)!(1+count g)#enlist 0#`),2_flip .leak.empty];
  / select d, placebo, support, time, band, owner:parent by <g>, class from r
  k:0!?[r;();a!a:g,`class;(b,`owner)!(b:`d`placebo`support`time`band),`parent];
  ((g,`class)#k),'{[x;c;d;p;u;t;b;o]
    x[`band]:first b where not null b;
    g:$[(1<count distinct"d"$t)&1<count distinct o;o;0D00:01 xbar t];
    v:.leak.verdict[([]d;placebo:p;support:u);g;x];
    if[x[`boot]&not null v`mean;v[`lo`hi]:.stat.boot[d;count[d]#1f;g;.tca.cfg.draws;.tca.cfg.seed]`lo`hi];
    / what nothing was compared with is counted
    $[all null b;@[v;`n`support`verdict;:;(count d;0n;$[c=`made;`untested;x[`few]>count d;`collecting;`nocontrols])];v]}[x]'[k`class;k`d;k`placebo;k`support;k`time;k`band;k`owner] }
/ no tests
.leak.empty:([]parent:0#`;class:0#`;n:0#0;support:0#0n;mean:0#0n;se:0#0n;t:0#0n;lo:0#0n;hi:0#0n;p:0#0n;placebo:0#0n;placebot:0#0n;verdict:0#`)

// @desc The test for every parent and class of event of one symbol.
// @param e {table} events of the symbol: parent class time side size
// @return {table} parent class and the verdict of each
.leak.symbol:{[s;e;q;v;x].leak.verdicts[1#`parent;.leak.events[s;e;q;v;.leak.i.nofills;x];x]}
.leak.i.nofills:([]sym:0#`;time:0#0Np;price:0#0n;qty:0#0n)

// @desc p adjusted for the number of tests, see .stat.bh; null where there is no p.
.leak.adjusted:{[r]
  r:update padj:0n from r;
  update padj:.stat.bh p from r where not null p }

// @desc Events of a batch: sends, cancels and replaces of children.
// @param o {table} orders
// @param c {table} children with bid ask at the send
// @param m {table} live fills
// @return {table} parent class time sym side size algo broker venue trader liquidity (add or remove: whether the child rested when it was sent)
.leak.sent:{[o;c;m;x]
  / what a child took is what it had within tau
  k:exec sum qty by order from ej[`order;select order:id,sent:time from c;select order,time,qty from m]where time<=sent+x`tau;
  dark:exec venue in x`dark from c;
  if[`ordtype in cols c;dark|:exec ordtype in`conditional`dark from c];
  r:exec id!?[passive;`add;`remove]from c:update passive:.tca.passive c from c;
  e:select parent,sym,time,side,size:qty^k id,algo,broker,venue,trader,liquidity:r id,
    class:?[dark;`dark;?[not passive;`take;?[(null ffill)|x[`tau]<ffill-time;`post;`made]]]from c;
  e,select parent,sym,time,side,size:qty,algo,broker,venue,trader,liquidity:`unknown^r id,class:?[event=`replace;`amend;`cancel]from o where parent<>`,event in`replace`cancel }

// @desc Our events of every symbol with their difference from their controls.
// @param t {table} trades
.leak.batch:{[q;t;o;c;m;x]
  e:.leak.sent[o;c;m;x];
  if[not count e;:update d:0n,placebo:0n,support:0b,band:0n from e];
  v:.tca.tape t;
  raze{[e;q;v;m;x;s].leak.events[s;select from e where sym=s;q;v;m;x]}[e;q;v;m;x]each distinct e`sym }

// @desc The test for each parent and class.
// @param e {table} events of .leak.batch
// @return {table} parent class n support mean se t lo hi p placebo placebot verdict padj
.tca.leakBatch:{[e;x].leak.adjusted .leak.verdicts[1#`parent;e;x]}

// @desc The test for each algo, broker, venue, trader, side of liquidity, size (decades) and half hour (.tca.halfHour), over parents. p is adjusted within each of them.
// @return {table} dim bucket class n support mean se t lo hi p placebo placebot verdict padj few
.leak.breakdown:{[e;x]
  e:update time0:time,time:.tca.halfHour[sym;time],size:.tca.i.decade size from e;
  r:raze{[e;x;g]
    r:.leak.verdicts[1#`bucket;select bucket:g0,parent,class,d,placebo,support,time:time0,band from update g0:e g from e;x];
    `dim`bucket`class xcols update dim:g from .leak.adjusted`bucket`class xasc r}[e;x]each .leak.groups;
  update few:.leak.cfg[`few]>n from r }
