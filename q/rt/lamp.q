// Lamps with dwell and hysteresis: a level comes on after so many evaluations in a row above its threshold and goes off after so long below a share of it.

/ evaluations to come on, and how far apart they must be to count; how long, and below what share of the threshold, to go off; one alert a parent and level in this time;
/ events that LEAK needs
.lamp.cfg:`enter`gap`leave`share`quiet`few!(3;0D00:00:00.25;0D00:00:30;.8;0D00:10;30)
.lamp.levels:`green`amber`red

// @desc Nothing is lit.
.lamp.reset:{
  .lamp.state:([parent:`g#0#`;lamp:0#`]level:0#0;up1:0#0;up2:0#0;down1:0#0Np;down2:0#0Np;counted:0#0Np);
  .lamp.sent:([parent:`g#0#`;about:0#`;level:0#`]time:0#0Np); }

// @desc Figures as a share of the thresholds of COST and LEAK.
// @param p {table} scores: parent, and the columns of the table score that lamps are judged by
// @param x {dict} profile z cost leakSpread leakT, see .rt.limits: amber and red of each, one for all or a list
// @return {table} parent lamp amber red: all of COST, then all of LEAK
.lamp.shares:{[p;x]
  d:`demo=x`profile;
  b:.lamp.base[p;d];
  cost:{[p;x;d;b;i]
    m:.lamp.band[p;d;x[`cost]i];
    c:((p[`slippage_bps]-b)%m)|$[d;0n;p[`excess_z]%x[`z]i];
    if[not any u:0<p`segment;:c];
    s:(p[`segment_bps]-b)%m;
    ?[u;?[null s;0n;c&s];c]}[p;x;d;b]each 0 1;
  told:p[`leak_lit]&.lamp.cfg[`few]<=p`leak_n;
  leak:$[any told;{[p;x;m;i]?[m;(p[`leak_late_bps]%x[`leakSpread][i]*p`leak_spread_bps)&p[`leak_z]%x[`leakT]i;0n]}[p;x;told]each 0 1;2#enlist count[told]#0n];
  / a response that was there before the event is none that can be told
  if[any u:p[`leak_verdict]=`unidentifiable;leak:{[u;l]?[u&not null l;0f;l]}[u]each leak];
  n:count k:p`parent;
  ([]parent:k,k;lamp:(n#`COST),n#`LEAK;amber:cost[0],leak 0;red:cost[1],leak 1) }

// @desc What COST is held against: so much (bps) is expected, and so much more is the threshold c; with the profile demo (d) the threshold alone.
.lamp.base:{[p;d]$[d;0f;0f^p`expected_bps]}
.lamp.band:{[p;d;c]$[d;c;c|.5*0f^p`quoted_spread_bps]}

// @desc Evaluations of the past judged by other thresholds: what lamps there would have been, and what alerts. The lamps of this process are as they were.
// @param s {table} rows of score, a row an evaluation of a parent; x {dict} as of .lamp.shares
// @return {dict} levels (time parent lamp level was) alerts (time parent lamp level)
.lamp.replay:{[s;x]
  was:(.lamp.state;.lamp.sent);
  .lamp.reset[];
  r:`time xasc update time:raze 2#enlist s`time from .lamp.shares[s;x];
  z:@[{[r]{[r;i]
    v:.lamp.step[r i;w:r[`time]first i];
    (update time:w from v;update time:w from $[any v[`level]>v`was;.lamp.alerts[v;w];.lamp.i.none])}[r]each value group r`time};r;::];
  `.lamp.state`.lamp.sent set'was;
  if[10h=type z;'z];
  k:`time`parent`lamp`level;
  `levels`alerts!((k,`was)xcols raze z[;0];k xcols raze z[;1]) }
.lamp.i.none:([]parent:0#`;lamp:0#`;level:0#`)

// @desc One evaluation.
// @param x {table} parent lamp amber red: figures as a share of the threshold of each level; where it is null there is nothing to judge, and the lamp stays as it is
// @param w {timestamp} event time
// @return {table} parent lamp level, and was, the level before
.lamp.step:{[x;w]
  c:.lamp.cfg;
  k:select parent,lamp from x;
  s:.lamp.state k;
  a:x`amber;r:x`red;na:null a;nr:null r;
  level:was:0^s`level;
  / fills of one moment are one evaluation; null is less than all
  further:s[`counted]<=w-c`gap;
  up1:?[na;0^s`up1;?[a>1;1|further+0^s`up1;0]];
  up2:?[nr;0^s`up2;?[r>1;1|further+0^s`up2;0]];
  down1:?[na;s`down1;?[a<c`share;w^s`down1;0Np]];
  down2:?[nr;s`down2;?[r<c`share;w^s`down2;0Np]];
  level:?[(up2>=c`enter)&not nr;2;?[(up1>=c`enter)&not na;1|level;level]];
  / red goes down to amber, amber to green, each when its own threshold has been left for long enough
  level:?[(level=2)&(not nr)&(not null down2)&c[`leave]<=w-down2;1;level];
  level:?[(level=1)&(not na)&(not null down1)&c[`leave]<=w-down1;0;level];
  `.lamp.state upsert .tca.beside[k;([]level;up1;up2;down1;down2;counted:?[further;w;s`counted])];
  .tca.beside[k;([]level;was)] }

/ what a lamp speaks of: COST and LEAK of the order, which is told once whichever it was, first of its leak; DATA of the messages
.lamp.about:`LEAK`COST`DATA!`order`order`data

// @desc The rises among the results of .lamp.step that are to be told: one a parent and level in .lamp.cfg`quiet, and those of DATA apart.
// @return {table} parent lamp level
.lamp.alerts:{[r;w]
  if[not any r[`level]>r`was;:.lamp.i.none];
  r:select parent,lamp,about:.lamp.about lamp,level:.lamp.levels level from r where level>was;
  r:`rank0 xasc update rank0:key[.lamp.about]?lamp from r;
  r:select from r where i=(first;i)fby([]parent;about;level);
  t:(.lamp.sent k:select parent,about,level from r)`time;
  m:(null t)|.lamp.cfg[`quiet]<=w-t;
  `.lamp.sent upsert(update time:w from k)where m;
  select parent,lamp,level from r where m }

.lamp.reset[];
