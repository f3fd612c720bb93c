// Figures by group, each with its count and interval; and the mean curves over horizons.

/ draws and seed of the intervals
.tca.cfg.draws:1000
.tca.cfg.seed:42i
/ means over fills are weighted by notional; or each counts alike: equal
.tca.cfg.weight:`notional
/ fewer fills than this are shown, but grey
.tca.cfg.few:30

// @desc Numerators and denominators of the mean of a%b over fills: currency over notional, unless .tca.cfg.weight says that each counts alike.
.tca.weighted:{[a;b]$[`equal=.tca.cfg.weight;(a%b;?[null b;0n;1f]);(a;b)]}

// what fills are broken down by: a name and the groups of a table of fills
.tca.cfg.groups:`venue`algo`broker`trader`liquidity`tactic`size`adv`time!(
  {x`venue};{x`algo};{x`broker};{x`trader};{x`role};{x`tactic};
  {.tca.i.decade x`qty};
  {.tca.i.advBucket x`advshare};
  {.tca.halfHour[x`sym;x`time]})

/ decade of a quantity; powers as they are written, for the logarithm of 1000 is below 3
.tca.i.decades:"F"$"1e",/:string til 16
.tca.i.decade:{?[0<x;(`$enlist["<1"],(string["j"$.tca.i.decades],\:"+"))1+.tca.i.decades bin x;`unknown]}
/ size of the fill's parent as a share of a day's volume
.tca.i.advBucket:{`unknown^(`$("<1%";"1-5%";"5-10%";"10-25%";">25%"))0 .01 .05 .1 .25 bin x}

// @desc Slippage of fills by every group: the ratio of sums, with the interval of a bootstrap over 60 s blocks, and how far it is from that of all other fills.
// p is of that difference (two-sided, clusters of 60 s), padj the same adjusted for the number of buckets of the dimension (.stat.bh).
// @param m {table} live fills with cost arrival role, and of tactic advshare fx what there is
// @param a {table} arrivals (not used: kept for callers)
// @param mo {table} markouts
// @return {table} dim bucket n parents qty notional cost slip lo hi markout few other vsrest p padj; notional and cost in the base currency; markout is the mean after 1 s
.tca.breakdowns:{[m;a;mo]
  m:m lj .tca.cfg.fill xkey select execid,parent,time,mo1:markout from mo where h=0D00:00:01;
  m:.tca.i.filled0[m;`tactic`advshare`fx`sym!(`unknown;0n;1f;`)];
  raze{[m;b].tca.breakdown[m;b;.tca.cfg.groups[b]m]}[m]each key .tca.cfg.groups }

// columns that m lacks, from d
.tca.i.filled0:{[m;d]$[count d:(key[d]except cols m)#d;.tca.beside[m;flip count[m]#/:d];m]}

.tca.breakdown:{[m;b;g]
  c:`n`parents`qty`notional`cost`slip`lo`hi`markout`few`other`vsrest`p;
  if[not count m;:.tca.beside[([]dim:0#`;bucket:0#`)]flip(c,`padj)!(0#0;0#0;0#0n;0#0n;0#0n;0#0n;0#0n;0#0n;0#0n;0#0b;0#0n;0#0n;0#0n;0#0n)];
  m:update cost:cost*fx,base:qty*arrival*fx from m;
  k:group g;
  r:([]dim:count[k]#b;bucket:`symbol$key k),'c!/:.tca.i.group[m]each value k;
  `dim`bucket xasc update padj:?[null p;0n;(.stat.bh p where not null p)@-1+sums not null p]from r }

.tca.i.group:{[m;i]
  x:m i;y:m(til count m)except i;
  k:.tca.weighted[x`cost;x`base];
  z:.stat.boot[k 0;k 1;0D00:01 xbar x`time;.tca.cfg.draws;.tca.cfg.seed];
  k:.tca.weighted[x[`mo1]*n;n:?[null x`mo1;0n;x[`qty]*x`price]];
  u:.tca.i.ratio x;v:.tca.i.ratio y;
  d:1e4*(u`value)-v`value;
  w:d%1e4*sqrt(u[`se]*u`se)+v[`se]*v`se;
  (count x;count distinct x`parent;sum x`qty;sum x`base;.tca.total x`cost;1e4*z`value;1e4*z`lo;1e4*z`hi;sum[k 0]%sum k 1;.tca.cfg.few>count x;1e4*v`value;d;.stat.p2 $[0w=abs w;0n;w]) }

.tca.i.ratio:{
  x:select from x where not null cost,not null base;
  k:.tca.weighted[x`cost;x`base];
  .stat.ratio[k 0;k 1;0D00:01 xbar x`time] }

// @desc Mean markout (bps of the price), realised spread and impact (bps of the mid at the fill) of all fills and by side of liquidity, and mean response (bps of
// the mid, each event alike) by class of event, at each horizon. Intervals as everywhere: 95%, blocks of 60 s; t from a standard error robust to clusters of 60 s.
// @param m {table} live fills with qty price mid role; mo {table} markouts; r {table} responses
// @return {table} curve class h label n clusters mean se t lo hi
.tca.curves:{[m;mo;r]
  f:mo lj .tca.cfg.fill xkey select execid,parent,time,qty,price,mid0:mid,role from m;
  x:raze{[f;c]
    z:.tca.weighted . $[c=`markout;(f[c]*n;n:f[`qty]*f`price);(1e4*f[c]*f`qty;f[`qty]*f`mid0)];
    select curve:c,class:role,h,time,a,b from update a:z 0,b:z 1 from f}[f]each`markout`realised`impact;
  x:(update class:`all from x),x,select curve:`response,class,h,time,a:response,b:1f from r;
  k:0!select a,b,g:0D00:01 xbar time by curve,class,h from x where not null a,not null b;
  if[not count k;:([]curve:0#`;class:0#`;h:0#0Nn;label:0#`;n:0#0;clusters:0#0;mean:0#0n;se:0#0n;t:0#0n;lo:0#0n;hi:0#0n)];
  (select curve,class,h,label:.tca.label h from k),'.tca.i.mean'[k`a;k`b;k`g] }

// a mean of a%b with all that it carries
.tca.i.mean:{[a;b;g]
  u:.stat.ratio[a;b;g];
  z:.stat.boot[a;b;g;.tca.cfg.draws;.tca.cfg.seed];
  `n`clusters`mean`se`t`lo`hi!(count a;u`clusters;u`value;u`se;$[0<u`se;u[`value]%u`se;0n];z`lo;z`hi) }
