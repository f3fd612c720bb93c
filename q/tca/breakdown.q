// Figures by group, each with its count and interval; and the mean curves over horizons.

/ draws and seed of the intervals
.tca.cfg.draws:1000
.tca.cfg.seed:42i
/ fewer fills than this are shown, but grey
.tca.cfg.few:30

// what fills are broken down by: a name and the groups of a table of fills
.tca.cfg.groups:`venue`algo`broker`trader`liquidity`tactic`size`adv`time!(
  {x`venue};{x`algo};{x`broker};{x`trader};{x`role};{x`tactic};
  {`$string["j"$10 xexp floor 10 xlog x`qty],\:"+"};
  {.tca.i.advBucket x`advshare};
  {`$5#'string"u"$30 xbar"u"$x`time})

/ size of the fill's parent as a share of a day's volume
.tca.i.advBucket:{`unknown^(`$("<1%";"1-5%";"5-10%";"10-25%";">25%"))0 .01 .05 .1 .25 bin x}

// @desc Slippage of fills by every group: the ratio of sums, with the interval of a bootstrap over 60 s blocks, and how far it is from that of all other fills.
// p is of that difference (two-sided, clusters of 60 s), padj the same adjusted for the number of buckets of the dimension (.stat.bh).
// @param m {table} live fills with cost arrival role, and of tactic advshare fx what there is
// @param a {table} arrivals (not used: kept for callers)
// @param mo {table} markouts
// @return {table} dim bucket n parents qty notional cost slip lo hi markout few other vsrest p padj; notional and cost in the base currency; markout is after 1 s
.tca.breakdowns:{[m;a;mo]
  m:m lj`execid xkey select execid,mo1:markout from mo where h=0D00:00:01;
  m:.tca.i.filled0[m;`tactic`advshare`fx!(`unknown;0n;1f)];
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
  z:.stat.boot[x`cost;x`base;0D00:01 xbar x`time;.tca.cfg.draws;.tca.cfg.seed];
  u:.tca.i.ratio x;v:.tca.i.ratio y;
  d:1e4*(u`value)-v`value;
  w:d%1e4*sqrt(u[`se]*u`se)+v[`se]*v`se;
  (count x;count distinct x`parent;sum x`qty;sum x`base;.tca.total x`cost;1e4*z`value;1e4*z`lo;1e4*z`hi;avg x`mo1;.tca.cfg.few>count x;1e4*v`value;d;.stat.p2 $[0w=abs w;0n;w]) }

.tca.i.ratio:{
  x:select from x where not null cost,not null base;
  .stat.ratio[x`cost;x`base;0D00:01 xbar x`time] }

// @desc Mean markout by side of liquidity, and mean response by class of event, at each horizon, with a 95% interval robust to 60 s clusters.
// @return {table} curve class h label n clusters mean se t lo hi
.tca.curves:{[mo;r]
  x:(select curve:`markout,class:`all,h,time,y:markout from mo),select curve:`response,class,h,time,y:response from r;
  k:0!select y,b:0D00:01 xbar time by curve,class,h from x where not null y;
  if[not count k;:([]curve:0#`;class:0#`;h:0#0Nn;label:0#`;n:0#0;clusters:0#0;mean:0#0n;se:0#0n;t:0#0n;lo:0#0n;hi:0#0n)];
  (select curve,class,h,label:.tca.label h from k),'.stat.clustered'[k`y;k`b] }
