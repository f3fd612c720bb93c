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
// What an order had within tau, and which public trades are our own, is by the executions as they were reported: what became of them later does not change what
// the market saw. A print is our own if one of them has its price, its size and its millisecond of the source's clock.
//
// While events happen only earlier moments are there: q/tca/trail.q has the test with these alone, which is what the real-time engine says.

/ boot: whether intervals of the mean are drawn (.stat.boot) as all others of a batch; else they are the standard error's
.leak.cfg:`tau`step`tod`controls`draws`caliper`clean`few`alert`seed`index`boot`trail!(0D00:00:00.5;0D00:00:00.1;0D00:15;20;2000;.2;.2;30;2.8;42i;`;0b;0b)
.leak.classes:`post`dark`take`cancel`amend`made
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

// @desc What becomes of the tests of groups, from sums, so that it is the same whether these were made at once or as events came. Thresholds are on the normal deviate as
// likely as t, so that few clusters do not make an alarm. Matching within a caliper leaves a trace in the placebo: below the mean of the bands (bps) it is none. A group of
// which nothing was compared with anything is counted.
// @param c {symbol[]} class of each group
// @param s {table} see .leak.sums
// @return {dict} n support mean se t lo hi p placebo placebot verdict z: lists of one a group
.leak.told:{[c;s;x]
  stat:{[n;s]i:where each 0<n;.stat.robust . flip .stat.parts'[n@'i;s@'i]};
  h:stat[s`dn;s`ds];
  v:.leak.judge[h;stat[s`pn;s`ps];s[`supported]%s`n;@[x;`band;:;s[`bands]%s`banded]],(1#`z)!enlist h`z;
  bare:0=s`banded;
  @[v;`n`support`verdict;:;(?[bare;s`n;v`n];?[bare;0n;v`support];?[bare;?[c=`made;`untested;?[x[`few]>s`n;`collecting;`nocontrols]];v`verdict])] }

// @desc Sums of the tests of one group, by cluster.
// @param d {float[]} differences; p {float[]} placebos; u {boolean[]} support; b {float[]} bands
// @param g {*[]} cluster of each
// @return {dict} n supported bands banded, and of d (dn ds) and the placebo (pn ps) counts and sums by cluster
.leak.sums:{[d;p;u;b;g]
  f:{[k;x]x:{x where not null x}each x k;("j"$count each x;"f"$.stat.run each x)}value group g;
  `n`supported`bands`banded`dn`ds`pn`ps!(count d;sum u;.stat.run b where not null b;sum not null b),f[d],f p }

// the same from the statistics of d and of the placebo, as .stat.clustered has them
.leak.judge:{[h;p;support;x]
  v:?[x[`few]>h`n;`collecting;?[(x[`alert]<abs p`z)&x[`band]<abs p`mean;`unidentifiable;?[x[`alert]<h`z;`leak;`none]]];
  / too few for a figure
  some:{[v;f]?[v=`collecting;0n;f]}[v];
  `n`support`mean`se`t`lo`hi`p`placebo`placebot`verdict!
    (h`n;support;some h`mean;some h`se;some h`t;some h`lo;some h`hi;some .stat.tail h`z;some p`mean;some p`t;v) }

// @desc Moments: what the test looks at, at times t of symbols s; returns in bps, less beta times the index's.
// @param look {fn} the market just before each row of a table of sym and time, as .tca.state has it
// @param v {table} tape of .tca.tape
// @param b {float[]} beta of each
// @return {table} sym time tod r1 (of the last second) fwd back (over tau) spread vol (of the last second), and bid ask mid
.leak.moments:{[look;s;t;v;b;x]
  n:count s;
  u:raze t+/:0D,(neg 0D00:00:01),1 -1*x`tau;
  z:look([]sym:(4*n)#s;time:u);
  r:.leak.i.returns(4;n)#z`mid;
  if[count i:where 0<>b:0f^b;
    j:raze i+/:n*til 4;
    r[;i]-:b[i]*/:.leak.i.returns(4;count i)#(look([]sym:count[j]#x`index;time:u j))`mid];
  w:0f^exec volume from aj[`sym`time;([]sym:(2*n)#s;time:(t-1),t-0D00:00:01+1);select sym,time,volume from v];
  z:n#z;
  ([]sym:s;time:t;tod:t-"p"$"d"$t;r1:r 0;fwd:r 1;back:r 2;spread:1e4*(z[`ask]-z`bid)%z`mid;vol:(n#w)-n _ w;bid:z`bid;ask:z`ask;mid:z`mid) }
// log returns from mids at a moment, a second before, tau after and tau before
.leak.i.returns:{[m]1e4*log(m[0]%m 1;m[2]%m 0;m[0]%m 3)}

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

// @desc Public trades as moments, in the trade's direction: what the market does after one. Prints of one time and side are one trade.
// The side is that of the mid which the price is on, at the mid that of the last change of price (Lee & Ready 1991).
// @param t {table} prints with their moments: sym time price size tick mid r1 fwd back spread vol
// @return {table} sym time tod r1 fwd back spread vol size
.leak.signed:{[t]
  t:update g:?[null mid;0f;"f"$signum price-mid]from t;
  t:0!select sum size,first tod,first r1,first fwd,first back,first spread,first vol by sym,time,g from update g:?[g=0;tick;g]from t;
  delete g from update r1:g*r1,fwd:g*fwd,back:g*back from select from t where g<>0 }
// the same of events
.leak.directed:{[m]update r1:s*r1,fwd:s*fwd,back:s*back,s:1f from m}

// @desc Executions as they were reported, each once. @param f {table} fills, all kinds
// @return {table} sym order time at (the source's own time, else time) price qty
.leak.reports:{[f]
  f:.ord.i.unique f;
  f:$[`etime in cols f;update at:time^etime from f;update at:time from f];
  select sym,order,time,at,price,qty from f where qty>0,not null price }
// Which prints of a tape are our own; and those that are not. @param f {table} .leak.reports
.leak.ours:{[t;f]
  ms:{("j"$x)div 1000000};
  (select sym,ms:ms at,price,size from t)in select sym,ms:ms at,price,size:qty from f where sym in t`sym }
.leak.public:{[t;f]t where not .leak.ours[t;f]}

// buckets of moments, or of one, where b tells those of spread and volume; of trades also of size: powers of two
.leak.i.bucket:{[b;sized]{[b;sized;t]b[t]+$[sized;9*"j"$floor 2 xlog t`size;0]}[b;sized]}

// @desc Our events of one symbol with their difference from their controls. A class with fewer than x`few events is left without controls.
// @param e {table} events of the symbol: parent class time side size, and what they may be grouped by
// @param v {table} tape of .tca.tape; f {table} own executions, see .leak.reports
// @return {table} e with d placebo support band (null and 0b without controls)
.leak.events:{[s;e;q;v;f;x]
  n:exec count i by class from e;
  j:exec class in where x[`few]<=n from e;
  none:.leak.i.bare;
  on:exec class in`post`dark`cancel`amend from e;
  qs:.tca.ordered select from q where sym=s;
  ix:$[x[`index]in s,`;();.tca.ordered select from q where sym=x`index];
  v:update`p#sym from select from v where sym=s;
  g:.leak.grid[qs;x];
  if[not any[j]&count g;:none e];
  beta:.leak.beta[s;g;qs;ix;distinct"d"$e`time];
  usable:{[own;x;c]
    c:select from c where not null r1,not null fwd,not null back;
    `r1 xasc update clean:.leak.clean[own;x`tau;time]from c}[asc e`time;x];
  at:{[q;s;v;b;x;t].leak.moments[.tca.state[;q];count[t]#s;t;v;count[t]#b;x]}[.leak.i.beside[qs;ix];s;v;beta;x];
  m:update s:.tca.sign side from e,'`sym`time _ at e`time;
  against:{[x;none;cs;m;c]$[count[m]&count c;cs#.leak.i.against[m;c;x];cs#none m]}[x;none;cols[e],`d`placebo`support`band];
  r:none select from e where not j&on|class=`take;
  if[any j&on;r,:against[select from m where j&on;usable at g]];
  on:`take=e`class;
  / both sides in the direction of the trade; size is one more thing to match
  if[any j&on;
    t:.leak.public[v;f];
    r,:against[.leak.directed select from m where j&on;$[count t;usable .leak.signed t,'`sym`time _ at t`time;t]]];
  r }
.leak.i.bare:{update d:0n,placebo:0n,support:0b,band:0n from x}
// quotes of a symbol and of the index, if there is one
.leak.i.beside:{[q;ix]$[count ix;.tca.ordered q,ix;q]}

// @desc Which moments are not within tau after an event of ours; before the first there is nothing to be near to. Own, the times of our events, ascend.
.leak.clean:{[own;tau;time](null l)|tau<time-l:own own bin time}

// moments each step of the days of a symbol's quotes, as far as there is a second before and tau after
.leak.grid:{[qs;x]
  raze{[x;t]
    k:(first[t]+0D00:00:01;last[t]-x`tau);
    k[0]+x[`step]*til 0|"j"$(k[1]-k 0)div x`step}[x]each value exec time by"d"$time from qs }

// differences of events m (moments with s) from candidates c, day by day: of the same day where enough of it is clean, else of the others.
// Matching leaves a trace in the placebo: up to band (bps) it is none
.leak.i.against:{[m;c;x]
  z:.leak.i.bucket[.leak.buckets c;`size in cols c];
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
  b:{[t;o]$[(1<count distinct"d"$t)&1<count distinct o;o;0D00:01 xbar t]}'[k`time;k`owner];
  v:.leak.told[k`class;.leak.sums'[k`d;k`placebo;k`support;k`band;b];x];
  if[x`boot;
    i:where not null v`mean;
    l:{[d;g]value`lo`hi#.stat.boot[d;count[d]#1f;g;.tca.cfg.draws;.tca.cfg.seed]}'[k[`d]i;b i];
    if[count i;v[`lo`hi]:@[;i;:;]'[v`lo`hi;flip l]]];
  ((g,`class)#k),'flip(2_cols .leak.empty)#v }
/ no tests
.leak.empty:([]parent:0#`;class:0#`;n:0#0;support:0#0n;mean:0#0n;se:0#0n;t:0#0n;lo:0#0n;hi:0#0n;p:0#0n;placebo:0#0n;placebot:0#0n;verdict:0#`)

// @desc Of each parent the class whose test says most: one with a verdict before one without, pure signalling first.
.leak.foremost:{[l]
  l:`silent`order0 xasc update silent:verdict in`collecting`nocontrols`untested,order0:.leak.classes?class from l;
  0!select by parent from reverse l }

// @desc The test for every parent and class of event of one symbol.
// @param e {table} events of the symbol: parent class time side size
// @return {table} parent class and the verdict of each
.leak.symbol:{[s;e;q;v;x].leak.verdicts[1#`parent;.leak.events[s;e;q;v;.leak.i.nofills;x];x]}
.leak.i.nofills:([]sym:0#`;order:0#`;time:0#0Np;at:0#0Np;price:0#0n;qty:0#0n)

// @desc p adjusted for the number of tests, see .stat.bh; null where there is no p.
.leak.adjusted:{[r]
  r:update padj:0n from r;
  update padj:.stat.bh p from r where not null p }

// @desc Events of a batch: sends, cancels and replaces of children, each once.
// @param o {table} orders
// @param c {table} children with bid ask at the send
// @param f {table} own executions, see .leak.reports
// @return {table} parent id class time sym side size algo broker venue trader liquidity (add or remove: whether the child rested when it was sent), by time
.leak.sent:{[o;c;f;x]
  e:update event:`new,dark:.leak.i.dark c from c;
  r:select from o where parent<>`,event in`replace`cancel;
  e:e uj update dark:0b from select from r where i=(first;i)fby([]id;event;time);
  l:exec id!?[passive;`add;`remove]from update passive:.tca.passive c from c;
  e:update liquidity:`unknown^l id from .leak.classed[e;f;x];
  `time`id`class xasc select parent,id,sym,time,side,size,algo,broker,venue,trader,liquidity,class from e }
// sent to a dark venue, or as a conditional order
.leak.i.dark:{[o]
  d:o[`venue]in .tca.cfg.dark;
  $[`ordtype in cols o;d|o[`ordtype]in`conditional`dark;d] }

// @desc Events with their class, and the size that they are matched by: of a send what it had within tau.
// @param e {table} id event time side price qty bid ask dark
// @param f {table} own executions, see .leak.reports
.leak.classed:{[e;f;x]
  f:ej[`order;select order:id,sent:time from e where event=`new;f];
  k:(select hit:min time by order from f)([]order:e`id);
  n:(select had:.stat.run qty by order from f where time<=sent+x`tau)([]order:e`id);
  c:?[e`dark;`dark;?[not .tca.passive e;`take;?[(null k`hit)|x[`tau]<k[`hit]-e`time;`post;`made]]];
  update size:?[event=`new;qty^n`had;qty],class:?[event=`new;c;?[event=`replace;`amend;`cancel]]from e }

// @desc Our events of every symbol with their difference from their controls.
// @param t {table} trades
// @param f {table} fills, all kinds
// @param x {dict} .leak.cfg, and trail: whether controls are earlier moments alone (then w, as of when)
.leak.batch:{[q;t;o;c;f;x]
  e:.leak.sent[o;c;f:.leak.reports f;x];
  if[not count e;:.leak.i.bare e];
  v:.tca.tape t;
  one:$[x`trail;.leak.trailed;.leak.events];
  raze{[one;e;q;v;f;x;s]one[s;select from e where sym=s;q;v;f;x]}[one;e;q;v;f;x]each distinct e`sym }

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
