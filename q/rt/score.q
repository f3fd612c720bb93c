// Scores and alerts: the rows of parents that changed, with expected cost, the running leakage test and three lamps.
//   COST  excess z > 1, or slippage > expected + the larger of 2 bps and half the spread; red at z > 2, or 6 bps; after a switch of the algo only
//         as far as what it has filled itself costs so much too, against the mid when it began
//   LEAK  difference of late >= 0.10 of the spread, and t > 2.8 since the algo began; red at 0.25 and 3.3; from 30 events on
//   DATA  something of an order does not add up (.ord.quality), or one of its messages was refused (.ord.cfg.refused)
// Thresholds are .rt.limits, and for some orders others (.limits.some); with the profile demo those of cost are absolute, 2 and 6 bps.

/ amber and red of each figure; fills of the present algo that COST needs after a switch (events that LEAK needs: .lamp.cfg)
.rt.limits:`profile`z`cost`leakSpread`leakT`segN!(`relative;1 2f;2 6f;.1 .25;2.8 3.3;10)

.rt.scoreReset:{
  .lamp.reset[];
  .rt.revs:([parent:`u#0#`]rev:0#0);
  / why figures of parents are null, and of what rows that was said
  .rt.whys:([parent:`u#0#`]cause:();said:0#`); }

// figures of parents: from their state, or from all their rows where that is stale
.rt.i.parents:{[r]
  i:.rt.i.row r;
  slow:(r in .rt.stale)|(i=count .rt.state)|.rt.state[i;`slow];
  p:$[count f:r where not slow;.rt.i.figured#.rt.figures f;()];
  if[count f:r where slow;
    x:.tca.rawParents d:.rt.joined f;
    .rt.stale:.rt.stale except f;
    if[count x;
      .rt.i.begin0[d;x];
      .rt.doubt:distinct(.rt.doubt except d[`o]`id),(d[`quality]`id)except`;
      p:$[count p;p,;]update children:0^children from .rt.i.figured#x]];
  .tca.plainNulls p }
/ columns of .tca.rawParents that a score is made of
.rt.i.figured:(exec col from .tca.catalogue where level=`parent,name in cols score,not col like"leak*"),
  `parent`sym`side`algo`broker`trader`qty`n`children`open`carried`flags`rev`reason`freason`sreason`ereason`preason`vreason`lreason`sigma`days`passives`posts

// The interval of the slippage while it runs: that of a batch with `trail`, see .tca.runningBands; any other batch draws samples, for every figure.
.rt.i.bands:{[r]
  p:.rt.state .rt.i.row r;
  x:1e4*.stat.running'[p`mc;p`mb];
  1!([]parent:r;slippage_bps_ci_lo:"f"$x[;0];slippage_bps_ci_hi:"f"$x[;1]) }

// thresholds of parents: by the algo that works them now
.rt.i.limits:{[p]
  if[not count v:.limits.some;:.limits.names#.rt.limits];
  p:select parent,sym,algo:segment_algo,trader from p;
  if[any`<>v`accounts;p:update account:(exec first account by id from .rt.o where id in p`parent)parent from p];
  .limits.narrowed[.rt.limits;v;p] }

// shares of the thresholds, amber and red, of each lamp
.rt.i.ratios:{[p].lamp.shares[p;.rt.limits,.rt.i.limits p],update lamp:`DATA,amber:2f*p`unsound,red:0n from select parent from p}

// @desc Scores of parents as of .rt.w, and the alerts that come of them.
// @param r {symbol[]} parents
// @return {dict} score alert, and leak: what became of the tests of all parents
.rt.scores:{[r]
  w:.rt.w;
  p:$[count r;.rt.i.parents r;()];
  none:`leak`score`alert!(.rt.leakRows[.rt.leakTally r;w];0#score;0#alert);
  if[not count p;:none];
  p:update reasons:.rt.i.why p from p;
  p:(c where not(c:cols p)like"leak*")#p;
  p:(c^.rt.i.named c:cols p)xcol p;
  p:p lj .rt.leaks p`parent;
  p:.tca.beside[p;value .rt.i.bands p`parent];
  p:.tca.beside[p;.rt.i.segmented p`parent];
  p:update segment:seg,segment_bps:segbps,segment_algo:algo^.rt.state[.rt.i.row parent;`segalgo],leak_late_bps:leaklate,leak_z:leakz,leak_spread_bps:leakspread,leak_lit:leaklit from p;
  p:update unsound:.rt.unsound parent,leak_verdict:`collecting^leak_verdict,leak_n:0^leak_n,children:0^children from p;
  v:.lamp.step[x:.rt.i.ratios p;w];
  l:exec(.lamp.levels level)by lamp from v;
  p:update time:w,cost_lamp:l`COST,leak_lamp:l`LEAK,data_lamp:l`DATA from p;
  / what came late revises, as busts and corrections do
  p:update rev:rev+0^(.rt.revs([]parent))`rev from p;
  a:.lamp.alerts[v;w];
  none,`score`alert!(cols[score]#p;.rt.i.told[a;p;w]) }

/ what a score has of the catalogue: columns and the names that they are published under
.rt.i.named:exec col!name from .tca.catalogue where level=`parent,name in cols score,not col like"leak*"

// the same for rows in which nothing changed that reasons follow from: what .tca.i.why looks at, and which figures are null
.rt.i.why:{[p]
  c:key[.rt.i.named]inter cols p;
  k:flip p[`reason`sreason`vreason`freason`ereason`preason`lreason`carried],
    (0=0^p`qty;0=p`filled;0=0^p`children;0<0^p`posts;0<0^p`passives;null p`sigma;0=p`days),null p c;
  s:.rt.whys([]parent:p`parent);
  if[not count i:where not k~'s`cause;:s`said];
  q:p i;
  `.rt.whys upsert([]parent:q`parent;cause:k i;said:r:.rt.i.reasons[q;.tca.i.why q]);
  @[s`said;i;:;r] }

// why figures are null: <figure>=<reason>;…
.rt.i.reasons:{[p;why]
  c:c where{any null x}each p c:key[why]inter key[.rt.i.named]inter cols p;
  if[not count c;:count[p]#`];
  r:{[p;why;c]?[null p c;w^.tca.cfg.words w:why c;`]}[p;why]each c;
  `$";"sv'{x where 0<count each x}each flip{[n;r]{$[null y;"";x,"=",string y]}[n]each r}'[string .rt.i.named c;r] }

/ of amber and red the figures of levels, one an order
.rt.i.level:{[l;x]?[l=`red;x 1;x 0]}

.rt.i.told:{[a;p;w]
  if[not count a;:0#alert];
  a:a lj`parent xkey select parent,sym,segment_algo,trader,slippage_bps,expected_bps,excess_z,leak_late_bps,leak_t,leak_n,leak_class,quoted_spread_bps,leakspread from p;
  x:.rt.i.limits a;
  d:`demo=.rt.limits`profile;
  cost:.lamp.base[a;d]+.lamp.band[a;d;.rt.i.level[a`level;x`cost]];
  leak:.rt.i.level[a`level;x`leakSpread]*a`leakspread;
  a:update figure:?[lamp=`COST;slippage_bps;?[lamp=`LEAK;leak_late_bps;0n]],threshold:?[lamp=`COST;cost;?[lamp=`LEAK;leak;0n]]from a;
  why:{[l;r]$[l=`COST;"slippage ",.Q.f[2;r`slippage_bps]," bps",raze{$[null y;"";", ",x," ",.Q.f[2;y]]}'[("expected";"z");r`expected_bps`excess_z];
    l=`LEAK;"the mid moves ",.Q.f[3;r`leak_late_bps]," bps more after our ",string[r`leak_class],"s than at like moments, t ",.Q.f[2;r`leak_t],", n ",string r`leak_n;
    "what the messages say of an order does not add up, or one of them was refused"]};
  select time:w,sym,parent,lamp,level,figure,threshold,why:`$why'[lamp;a]from a }
