// The matched test as events happen (q/tca/trail.q): what a batch with `trail` says as of the same time, to the last bit.
//
// Of each symbol in which we have acted the moments are kept that events may be held against: on the grid, and where the public traded. A tick adds those that have become known,
// and tests the events whose horizon has passed. What the tests came to is kept as sums by minute, added in the order of the events. What comes late (quotes, trades, own events,
// own executions) makes the moments and the tests after it anew, as far as the history of the market reaches; sums of tests that are not the newest begin anew from the tests.

.rt.leakReset:{
  m:([]sym:0#`;time:0#0Np;r1:0#0n;fwd:0#0n;back:0#0n;spread:0#0n;vol:0#0n;clean:0#0b);
  / moments of symbols we trade, of the grid and of trades; complete up to gridw; prints that are none yet
  .rt.grid:update`g#sym from m;
  .rt.took:update`g#sym,size:0#0n from m;
  .rt.gridw:0Np;
  .rt.printed:0#.rt.i.prints;
  / symbols in which we have acted: when first, and when lately; our own executions of late
  .rt.own:([sym:0#`]began:0#0Np;times:());
  .rt.mine:.leak.i.nofills;
  / events whose horizon is to come; all tests of the day, and of these the first that what is late may reach
  .rt.tests:([]root:0#`;sym:0#`;id:0#`;event:0#`;side:0#`;time:0#0Np;price:0#0n;qty:0#0n;dark:0#0b);
  .rt.tested:([]root:`g#0#`;sym:0#`;id:`g#0#`;event:0#`;side:0#`;time:0#0Np;price:0#0n;qty:0#0n;dark:0#0b;
    bid:0#0n;ask:0#0n;r1:0#0n;fwd:0#0n;back:0#0n;spread:0#0n;vol:0#0n;size:0#0n;class:0#`;d:0#0n;placebo:0#0n;support:0#0b;band:0#0n);
  .rt.recent:0;
  / rows of it that no sum has yet; parents and classes whose sums begin anew, and parents of which all do; since when each parent's tests count
  .rt.untold:0#0;
  .rt.anew:([]parent:0#`;class:0#`);
  .rt.regroup:0#`;
  .rt.begun:([parent:`u#0#`]since:0#0Np);
  / the pool of each symbol, after the minute that it is of
  .rt.gridPools:.rt.printPools:(0#`)!();
  / sums of each parent and class since its present algo began, see .leak.sums (ms: the minutes); and what they came to
  .rt.sums:([parent:`g#0#`;class:0#`]since:0#0Np;last0:0#0Np;n:0#0;supported:0#0;bands:0#0n;banded:0#0;spreads:0#0n;ms:();dn:();ds:();pn:();ps:());
  .rt.verdicts:([parent:`g#0#`;class:0#`]since:0#0Np;n:0#0;support:0#0n;mean:0#0n;se:0#0n;t:0#0n;lo:0#0n;hi:0#0n;p:0#0n;placebo:0#0n;placebot:0#0n;verdict:0#`;z:0#0n;
    spread:0#0n;late:0#0n); }

.rt.i.moments:{[s;t].leak.moments[{.rt.stood . x`sym`time};s;t;.rt.tape;.tca.cfg.betaBy s;.leak.cfg]}

// @desc Takes what a tick brought.
// @param o {table} order rows with root; f {table} fills with root; late {table} sym time: from when on the market of symbols is not what it was
.rt.leakTick:{[w;o;f;late]
  e:.rt.i.acted o;
  m:.leak.reports delete root,k from update sym:((.rt.id([]id:order))`sym)^sym from f;
  .rt.mine,:m;
  anew:$[count[e]|count[m]|count late;.rt.i.reached[e;m;late];(0#`)!0#0Np];
  .rt.tests,:e;
  .rt.i.tradedIn e;
  .rt.i.gridUp[w;anew];
  .rt.i.retest[anew;exec order from m where time<=.rt.before];
  d:select from .rt.tests where w>=time+.leak.cfg`tau;
  if[not count d;:()];
  .rt.tests:select from .rt.tests where w<time+.leak.cfg`tau;
  d:`time`id`event xasc d;
  .rt.untold,:count[.rt.tested]+til count d;
  .rt.tested,:cols[.rt.tested]#.rt.i.test d; }

// our events: sends, replaces and cancels of children, each once
.rt.i.acted:{[o]
  o:select from o where event in`new`replace`cancel,root<>id;
  if[not count o;:0#.rt.tests];
  e:select root,sym,id,event,side,time,price,qty,dark:event=`new from o;
  e:update dark:dark&.leak.i.dark o from e;
  k:{select id,event,time:?[event=`new;0Np;time]from x};
  e:e where(til count e)=u?u:k e;
  e where not k[e]in k[.rt.tests],k select from .rt.tested where id in e`id }

// from when on moments and tests of symbols are to be made anew: a time a symbol, tau before what came late
.rt.i.reached:{[e;m;late]
  if[`<>.leak.cfg`index;
    if[count i:select from late where sym=.leak.cfg`index;late,:select sym,time:min i`time from .rt.own where 0<>0f^.tca.cfg.betaBy sym]];
  if[count e;late,:select sym,time from e where time<=.rt.gridw];
  / own prints that count as moments already
  if[count m;
    t:select from .rt.tape where sym in m`sym,time<=.rt.gridw;
    if[count t;late,:select sym,time from t where .leak.ours[t;m]]];
  r:(0#`)!0#0Np;
  if[count late;
    r:exec min time by sym from late where sym in(key .rt.own)`sym;
    r:key[r]!value[r]-1+.leak.cfg`tau];
  if[not count e;:r];
  / all of those where we were not known to have been so early
  b:0!select first time by sym from`time xasc e;
  o:(.rt.own([]sym:b`sym))`began;
  b:select from b where(null o)|time<o;
  r,b[`sym]!b[`time]-1+.leak.cfg`warm }

.rt.i.tradedIn:{[e]
  if[not count e;:()];
  x:0!select times:asc time by sym from e;
  o:.rt.own select sym from x;
  t:{$[not count x;y;last[x]<=first y;x,y;asc x,y]}'[o`times;x`times];
  `.rt.own upsert update began:?[null o`began;first each t;o[`began]&first each t],times:t from x; }

// moments up to w-tau; of the symbols in anew, those since then anew
.rt.i.gridUp:{[w;anew]
  x:.leak.cfg;
  z:"p"$("j"$x`step)*("j"$w-x`tau)div"j"$x`step;
  / up to there they are known
  if[(z~.rt.gridw)&not count anew;:()];
  s:(exec sym from .rt.own)except key anew;
  if[count s;
    .rt.i.gridAt[s;.leak.steps[.rt.gridw;z;x]];
    .rt.i.tookAt select from .rt.printed where sym in s,time>.rt.gridw,time<=z];
  .rt.printed:select from .rt.printed where time>z;
  .rt.gridw:z;
  if[not count anew;:()];
  / as far as the market of then is known
  anew:key[anew]!(.rt.cut+0D00:00:01)|value anew;
  .rt.grid:update`g#sym from delete from .rt.grid where sym in key anew,time>anew sym;
  .rt.took:update`g#sym from delete from .rt.took where sym in key anew,time>anew sym;
  .rt.gridPools:key[anew]_ .rt.gridPools;.rt.printPools:key[anew]_ .rt.printPools;
  {[x;z;s;b]
    .rt.i.gridAt[1#s;.leak.steps[b;z;x]];
    .rt.i.tookAt select from .rt.tape where sym=s,time>b,time<=z}[x;z]'[key anew;value anew]; }

.rt.i.gridAt:{[s;t]
  if[not count[s]and count t;:()];
  g:cross[([]sym:s);([]time:t)];
  .rt.grid,:cols[.rt.grid]#.rt.i.cleaned .rt.i.moments . g`sym`time; }
.rt.i.tookAt:{[t]
  if[count t;t:.leak.public[t;.rt.mine]];
  if[not count t;:()];
  .rt.took,:cols[.rt.took]#.rt.i.cleaned .leak.signed t,'`sym`time _ .rt.i.moments . t`sym`time; }
.rt.i.cleaned:{[m]update clean:.leak.clean[.rt.own[first sym;`times];.leak.cfg`tau;time]by sym from m}

// @desc Tests of events. @param d {table} rows of .rt.tests
.rt.i.test:{[d]
  d:d,'`sym`time _ .rt.i.moments . d`sym`time;
  c:exec id from d where event=`new;
  d:.leak.classed[d;.leak.reports delete root,k from select from .rt.f where order in c;.leak.cfg];
  g:group d`sym;
  m:update s:.tca.sign side from d;
  r:raze{[m;s;i].leak.drawnAll[m i;{[s;n;u].rt.i.pool[n;s;u]}s;.leak.cfg]}[m]'[key g;value g];
  r@:iasc raze value g;
  update d:r[;0],placebo:r[;1],support:r[;2],band:r[;3]from d }

// pool of kind n (grid or prints) of symbol s in the 15 minutes up to t
.rt.i.pool:{[n;s;t]
  p:value v:(`grid`prints!`.rt.gridPools`.rt.printPools)n;
  if[s in key p;if[t~first p s;:last p s]];
  w:$[n=`grid;select from .rt.grid where sym=s;select from .rt.took where sym=s];
  r:.leak.pool[select from w where time within(t-.leak.cfg`tod;t);.leak.cfg];
  .[v;1#s;:;(t;r)];
  r }

// tests that were made, again: of symbols since the times in from, and of the sends of orders k
.rt.i.retest:{[anew;k]
  if[not count[anew]|count k;:()];
  t:.rt.tested j:.rt.recent+til count[.rt.tested]-.rt.recent;
  m:(t[`sym]in key anew)&t[`time]>anew t`sym;
  / as far as the market of then is known
  i:where(t[`time]>=.rt.cut+0D00:00:01)&m|t[`id]in k;
  if[not count i;:()];
  i@:iasc t[`time]i;
  r:.rt.i.test cols[.rt.tests]#t i;
  .rt.anew:distinct .rt.anew,(select parent:root,class from t i),select parent:root,class from r;
  {[j;r;c].[`.rt.tested;(j;c);:;r c]}[j i;r]each cols[.rt.tested]except cols .rt.tests; }

// when the algo that works parents now began; null where there was no other
.rt.i.since:{[r]i:.rt.i.row r;?[0<.rt.state[i;`seg];.rt.state[i;`segtime];0Np]}

// @desc Tests that were made are added to the sums of their parent and class since its present algo began, and these judged anew.
// @param r {symbol[]} parents that may have another algo
// @return {table} parent and class of those judged
.rt.leakTally:{[r]
  t:.rt.tested .rt.untold;
  .rt.untold:0#0;
  b:.rt.begun([]parent:r:r where .rt.i.has[key[.rt.begun]`parent;r]);
  u:distinct .rt.regroup,r where not b[`since]=.rt.i.since r;
  .rt.regroup:0#`;
  if[count u;.rt.i.disband u];
  if[not(count t)|(count u)|count .rt.anew;:()];
  p:distinct t[`root],u;
  if[count p;`.rt.begun upsert([]parent:p;since:.rt.i.since p)];
  t:update since:.rt.i.since root from t;
  t:select from t where(null since)|time>=since;
  g:group select parent:root,class from t;
  / what is not the newest of its group cannot be added
  l:(.rt.sums key g)`last0;
  a:(key[g]in .rt.anew)|l>=t[`time]first each value g;
  n:.rt.anew,key[g]where a;.rt.anew:0#n;
  g:(key[g]where not a)#g;
  if[count g;
    k:key g;
    new:k where not k in key .rt.sums;
    if[count new;`.rt.sums upsert new,'([]since:.rt.i.since new`parent),'count[new]#enlist .rt.i.untested];
    `.rt.sums upsert k,'.rt.i.tallied'[.rt.sums k;t value g]];
  k:key[g],.rt.i.resum distinct n;
  if[not count k;:k];
  s:.rt.sums k;
  v:.leak.told[k`class;s;.leak.cfg],`since`spread`late!(s`since;s[`spreads]%s`n;.leak.lately'[s`ms;s`dn;s`ds]);
  `.rt.verdicts upsert k,'cols[value .rt.verdicts]#flip v;
  k }
.rt.i.untested:`last0`n`supported`bands`banded`spreads`ms`dn`ds`pn`ps!(0Np;0;0;0f;0;0f;0#0Np;0#0;0#0f;0#0;0#0f)

// sums of one parent and class s with tests t, in order
.rt.i.tallied:{[s;t]
  s[`n]+:count t;s[`supported]+:sum t`support;s[`last0]:last t`time;
  s[`spreads]:.stat.run s[`spreads],0f^t`spread;
  s[`bands]:.stat.run s[`bands],0f^t`band;s[`banded]+:sum not null t`band;
  {[s;m;d;p]
    if[not m in s`ms;s[`ms`dn`ds`pn`ps],:(m;0;0f;0;0f)];
    i:s[`ms]?m;
    if[not null d;s[`dn;i]+:1;s[`ds;i]+:d];
    if[not null p;s[`pn;i]+:1;s[`ps;i]+:p];
    s}/[s;0D00:01 xbar t`time;t`d;t`placebo] }

// sums of parents and classes k anew, from their tests; those that have none are no more
.rt.i.resum:{[k]
  if[not count k;:k];
  s:{[p;c]
    since:first .rt.i.since 1#p;
    t:select from(select from .rt.tested where root=p)where class=c,(null since)|time>=since;
    t:`time`id`event xasc t;
    m:0D00:01 xbar t`time;
    (`since`last0`spreads`ms!(since;last t`time;.stat.run 0f^t`spread;distinct m)),.leak.sums[t`d;t`placebo;t`support;t`band;m]}'[k`parent;k`class];
  s:cols[value .rt.sums]#/:s;
  gone:0=s[;`n];
  .rt.i.drop k where gone;
  if[not all gone;`.rt.sums upsert(k where not gone),'s where not gone];
  k where not gone }
.rt.i.drop:{[k]
  if[not count k;:()];
  {[k;t]t set`parent`class xkey update`g#parent from select from 0!value t where not([]parent;class)in k}[k]each`.rt.sums`.rt.verdicts; }

// all sums of parents u begin anew
.rt.i.disband:{[u]
  .rt.i.drop select parent,class from key .rt.sums where parent in u;
  .rt.anew:distinct .rt.anew,select distinct parent:root,class from .rt.tested where root in u; }

// @desc Rows of leak: what the test says of parents and classes k.
.rt.leakRows:{[k;w]
  if[not count k;:0#leak];
  r:update time:w,sym:(.rt.id([]id:parent))`sym,rev:1+0^(.rt.revs([]parent))`rev from k,'.rt.verdicts k;
  cols[leak]#r }

// @desc What is older than the history is forgotten.
.rt.leakForget:{[w]
  t:.rt.cut-.leak.cfg[`tod]+0D00:02;
  .rt.grid:update`g#sym from select from .rt.grid where time>=t;
  .rt.took:update`g#sym from select from .rt.took where time>=t;
  .rt.mine:select from .rt.mine where time>=.rt.cut-.rt.cfg`back;
  .rt.own:update times:{[t;x]x where x>=t}[.rt.cut-0D00:01]each times from .rt.own;
  .rt.recent+:(.rt.recent _ .rt.tested[`time]>=.rt.cut)?1b; }

/ classes that LEAK is lit by. What follows an amendment or a cancel has our own order in its mid: the touch is where we put it or took it from; what follows a take has the trade.
.rt.lit:`post`dark
// @desc What the test says of parents since their present algo began: of the class that says most, see .leak.foremost.
// @return {table} keyed by parent: leak_bps leak_bps_ci_lo leak_bps_ci_hi leak_t leak_n leak_class leak_verdict leakz leakspread leaklate leaklit
.rt.leaks:{[r]
  k:select from 0!.rt.verdicts where parent in r;
  k:.leak.foremost select from k where since=.rt.i.since parent;
  1!select parent,leak_bps:mean,leak_bps_ci_lo:lo,leak_bps_ci_hi:hi,leak_t:t,leak_n:n,leak_class:class,leak_verdict:verdict,
    leakz:z,leakspread:spread,leaklate:late,leaklit:class in .rt.lit from k }
