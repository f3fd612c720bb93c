// Figures by group, each with its count and interval; and the mean curves over horizons.

/ draws and seed of the intervals
.tca.cfg.draws:1000
.tca.cfg.seed:42i
/ fewer fills than this are shown, but grey
.tca.cfg.few:30

// what fills are broken down by: a name and the groups of a table of fills
.tca.cfg.groups:`venue`algo`broker`trader`liquidity`size`time!(
  {x`venue};{x`algo};{x`broker};{x`trader};{x`role};
  {`$string["j"$10 xexp floor 10 xlog x`qty],\:"+"};
  {`$5#'string"u"$30 xbar"u"$x`time})

// @desc Slippage of fills by every group: the ratio of sums, with the interval of a bootstrap over 60 s blocks.
// @param m {table} live fills with cost arrival role
// @return {table} dim bucket n parents qty notional cost slip lo hi markout few; markout is after 1 s
.tca.breakdowns:{[m;a;mo]
  m:m lj`execid xkey select execid,mo1:markout from mo where h=0D00:00:01;
  raze{[m;b].tca.breakdown[m;b;.tca.cfg.groups[b]m]}[m]each key .tca.cfg.groups }

.tca.breakdown:{[m;b;g]
  if[not count m;:([]dim:0#`;bucket:0#`;n:0#0;parents:0#0;qty:0#0n;notional:0#0n;cost:0#0n;slip:0#0n;lo:0#0n;hi:0#0n;markout:0#0n;few:0#0b)];
  k:group g;
  `dim`bucket xasc([]dim:count[k]#b;bucket:`symbol$key k),'.tca.i.group each m value k }

.tca.i.group:{[m]
  base:m[`qty]*m`arrival;
  z:.stat.boot[m`cost;base;0D00:01 xbar m`time;.tca.cfg.draws;.tca.cfg.seed];
  `n`parents`qty`notional`cost`slip`lo`hi`markout`few!
    (count m;count distinct m`parent;sum m`qty;sum base;.tca.total m`cost;1e4*z`value;1e4*z`lo;1e4*z`hi;avg m`mo1;.tca.cfg.few>count m) }

// @desc Mean markout by side of liquidity, and mean response by class of event, at each horizon, with a 95% interval robust to 60 s clusters.
// @return {table} curve class h label n clusters mean se t lo hi
.tca.curves:{[mo;r]
  x:(select curve:`markout,class:`all,h,time,y:markout from mo),select curve:`response,class,h,time,y:response from r;
  k:0!select y,b:0D00:01 xbar time by curve,class,h from x where not null y;
  if[not count k;:([]curve:0#`;class:0#`;h:0#0Nn;label:0#`;n:0#0;clusters:0#0;mean:0#0n;se:0#0n;t:0#0n;lo:0#0n;hi:0#0n)];
  (select curve,class,h,label:.tca.label h from k),'.stat.clustered'[k`y;k`b] }
