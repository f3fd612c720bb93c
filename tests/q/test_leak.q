// The leakage test on quotes, trades and children as a batch has them: 120 posts a symbol in one hour, that move the mid or do not.

system"l ",getenv[`SLIPSTREAM_Q],"/boot.q"
.boot.use each`$("test";"tca/batch");

t0:2024.01.02D14:30
// an hour of quotes each 100 ms; each event moves the mid by k dollars its way from then on; unfilled buys and sells resting 2 cents away
tape:{[seed;k]
  system"S ",string seed;
  n:36000;
  m:100+.0012*sums n?-1 0 1;
  e:asc -120?30000;
  s:120?1 -1f;
  m+:sums @[n#0f;2000+e;+;k*s];                         / in force with the quote that follows the send
  q:([]time:t0+0D00:00:00.1*til n;sym:`X;venue:`v;bid:m-.01;ask:m+.01);
  c:([]time:t0+0D00:00:00.05+0D00:00:00.1*1999+e;sym:`X;id:`$"c",/:string til 120;parent:`P;event:`new;side:?[s>0;`buy;`sell];qty:100f;price:m[1999+e]-.02*s;
    algo:`a;broker:`b;trader:`t;venue:`v);
  p:update time:t0+0D00:01,id:`P,parent:`,side:`buy,qty:20000f,price:0n from 1#c;
  `q`o!(q;p,c) }
none:([]time:0#t0;sym:0#`;venue:0#`;price:0#0f;size:0#0f)
f0:([]time:0#t0;sym:0#`;execid:0#`;refid:0#`;kind:0#`;order:0#`;side:0#`;qty:0#0f;price:0#0f;venue:0#`;liquidity:0#`;fee:0#0f)
run:{first[.tca.batch[x`q;none;x`o;f0;`asof`horizons!(0Np;1#0D00:00:01)]`leak]}

clean:run tape[3;0f]
leaky:run tape[3;.002]
.t.match[`post]clean`class                                  / at rest, unfilled: pure signalling
.t.match[120 120](clean;leaky)@\:`n
.t.match[`none]clean`verdict
.t.match[`leak]leaky`verdict
.t.near[.08;.2]leaky`mean                                   / .002 of 100 is .2 bp
.t.match[1b](leaky[`lo]<.2)&leaky[`hi]>.2
.t.match[1b]0.9<clean`support
.t.match[leaky]run tape[3;.002]                              / seeded
// one test needs no correction; of two the smaller p doubles
.t.match[leaky`p]leaky`padj
.t.match[.02 .04 0n]exec padj from .leak.adjusted([]p:.01 .04 0n)
// few events have no verdict
few:run @[tape[3;.002];`o;{select from x where i<21}]
.t.match[(`collecting;20)]few`verdict`n

// an index that moves while we buy, and not while we do not: the symbol follows it by half, and we are blamed unless it is taken out
d:tape[3;0f]
b:exec time from d[`o]where parent=`P
up:{[b;k;t]100+k*1+b bin t}[b]                              / the index steps up after each send
ix:update bid:up[.02;time]-.01,ask:up[.02;time]+.01,sym:`I from d`q
q:update bid:bid+.5*up[.02;time]-100.02,ask:ask+.5*up[.02;time]-100.02 from d`q
o:update side:`buy,price:90f from d`o
r:{[q;o;i]first .tca.batch[q;none;o;f0;`asof`horizons`index!(0Np;1#0D00:00:01;i)]`leak}[q,ix;o]each``I
.t.match[`leak`none]r`verdict
.t.match[1b]all 0.05>abs last[r]`mean
/ .leak.beta by itself: half
g:t0+0D00:00:01*1+til 3500
.t.near[.05;.5].leak.beta[`X;g;q;ix;0#2024.01.02]

// takes against public trades: every trade moves the mid by .002 its way, ours by k. Ours are on the tape too, and are no controls for themselves
takes:{[seed;k]
  system"S ",string seed;
  n:36000;
  j:asc -1500?30000;                                    / the steps of all trades; every twelfth or so is ours
  mine:(til 1500)in -120?1500;
  s:1500?1 -1f;
  m:100+(.0012*sums n?-1 0 1)+sums @[n#0f;2000+j;+;s*?[mine;k;.002]];
  q:([]time:t0+0D00:00:00.1*til n;sym:`X;venue:`v;bid:m-.01;ask:m+.01);
  at:t0+0D00:00:00.05+0D00:00:00.1*1999+j;
  px:m[1999+j]+.01*s;
  t:([]time:at;sym:`X;venue:`v;price:px;size:100f);
  i:where mine;
  c:([]time:at i;sym:`X;id:`$"c",/:string i;parent:`P;event:`new;side:?[0<s i;`buy;`sell];qty:100f;price:px i;algo:`a;broker:`b;trader:`t;venue:`v);
  p:update time:t0+0D00:01,id:`P,parent:`,side:`buy,qty:20000f,price:0n from 1#c;
  f:([]time:at i;sym:`X;execid:`$"e",/:string i;refid:`;kind:`new;order:c`id;side:c`side;qty:100f;price:px i;venue:`v;liquidity:`remove;fee:0n);
  `q`t`o`f!(q;t;p,c;f) }
go:{.tca.batch[x`q;x`t;x`o;x`f;`asof`horizons!(0Np;1#0D00:00:01)]}
usual:first go[takes[3;.002]]`leak
.t.match[`take`none]usual`class`verdict                     / no more than any trade of that size
.t.match[1b]0.1>abs usual`mean
r:go takes[3;.006]
more:first r`leak
.t.match[`leak]more`verdict
.t.near[.1;.4]more`mean                                     / .004 of 100 more than the others
// without public trades takes have nothing to be held against, and say so
.t.match[(`nocontrols;120)](first go[@[takes[3;.006];`t;0#]]`leak)`verdict`n
.t.match[`$"no matched controls"]first(go[@[takes[3;.006];`t;0#]]`parents)`leak_bps_reason
// by algo, broker, venue, trader and half hour, over parents
.t.match[`algo`broker`liquidity`size`time`trader`venue]asc distinct r[`leakby]`dim
.t.match[(1#`remove;1#`$"100+")]{[t;d]distinct exec bucket from t where dim=d}[r`leakby]each`liquidity`size
.t.match[more`mean`t`p]first[select from r`leakby where dim=`algo]`mean`t`p
.t.match[2]count select from r`leakby where dim=`time       / 14:30 and 15:00

// clusters: minutes of one day; over several days the parents. d 1 1 1 and 3 3 3: by parents -3 and 3 off the mean of 2, se sqrt[2 x 18] % 6; by minutes sqrt[6 x 6 % 5] % 6
v:([]parent:`P`P`P`Q`Q`Q;algo:`a;broker:`b;venue:`v;trader:`t;liquidity:`add;sym:`X;size:100 1000 999 200 1000 1500f;class:`post;time:(t0+0D00:01*til 3),t0+1D+0D00:01*3+til 3;d:1 1 1 3 3 3f;placebo:0f;support:1b;band:.1)
/ by size: 100 999 200 have d 1 1 3, the others 1 3 3
.t.near[1e-9;(5%3;7%3)]{exec mean from`bucket xasc x where dim=`size}.leak.breakdown[v;@[.leak.cfg;`few`boot;:;(1;0b)]]
by1:{first select from .leak.breakdown[x;@[.leak.cfg;`few`boot;:;(1;y)]]where dim=`algo}
.t.near[1e-9;6 2 1f](by1[v;0b])`n`mean`se
.t.near[1e-9;2,sqrt[6*6%5]%6](by1[update time:"p"$("d"$t0)+"n"$time from v;0b])`mean`se
.t.near[1e-9;1 3f](by1[v;1b])`lo`hi                         / drawn: one parent twice, or both
.t.near[1e-9;sqrt[6*6%5]%6](by1[update parent:`P from v;0b])`se   / one parent is no cluster

// classes: filled within tau is counted and not tested; a dark venue apart from all others
d:tape[3;.002]
f1:select time:time+0D00:00:00.1,sym,execid:id,refid:`,kind:`new,order:id,side,qty,price,venue,liquidity:`add,fee:0n from d[`o]where parent=`P
.t.match[(`made;`untested;120)](first go[`q`t`o`f!(d`q;none;d`o;f1)]`leak)`class`verdict`n
.tca.cfg.dark:1#`D
r:go`q`t`o`f!(d`q;none;update venue:`D from d[`o]where 0=i mod 2;f0)
.t.match[`dark`post!60 60]exec class!n from r`leak
.tca.cfg.dark:0#`

// dense: hardly a moment of the day is free of our events, so the controls are from the day before
y:tape[4;0f]
x:tape[3;.002]
n:3000
c:([]time:t0+0D00:03:20.05+0D00:00:01*til n;sym:`X;id:`$"d",/:string til n;parent:`P;event:`new;side:`buy;qty:100f;price:90f;algo:`a;broker:`b;trader:`t;venue:`v)
x[`o]:(1#x`o),c
k:@[.leak.cfg;`clean;:;.8]                                  / half of the time is within .5 s after one
e:select parent,sym,time,side,size:qty,class:`post from c
near1:.leak.events[`X;e;x`q;.tca.tape none;.leak.i.nofills;k]
.t.match[1b]not any near1`support
both:.leak.events[`X;e;(update time:time-1D from y`q),x`q;.tca.tape none;.leak.i.nofills;k]
.t.match[1b]0.9<avg both`support

.t.end[]
