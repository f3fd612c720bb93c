// Tapes on which nothing leaks, or as much as is put in: how often does the test say so?
//
// One hour on a grid of 100 ms; the mid's log in bps is a random walk with 0.38 bp a second, unless said otherwise. Each run draws today, for some tapes prior days for
// the controls, and our events; then it is tested as a real day is.

.boot.use each`$("stat";"tca/bench";"tca/volume";"tca/leak");

.nulls.cfg:`points`second`sd`days`draws!(36000;10;.38;5;200)

// @desc n draws from the standard normal distribution (Box & Muller).
.nulls.normal:{[n]sqrt[-2*log 1-n?1f]*cos 2*acos[-1]*n?1f}

// paths of the mid, in bps, one point each 100 ms
.nulls.walk:{[n]sums .nulls.cfg[`sd]*.nulls.normal[n]%sqrt .nulls.cfg`second}
// momentum: each step carries a share of the mean of the last second's news
.nulls.momentum:{[n]
  k:.nulls.cfg`second;
  e:.nulls.cfg[`sd]*.nulls.normal[n]%sqrt k;
  sums e+.7*0f^prev k mavg e }

// @desc Moments of a path that have a second before and tau after them.
// @param k {long} tau in steps
.nulls.moments:{[p;k]
  i:s+til count[p]-k+s:k|.nulls.cfg`second;
  ([]j:i;tod:0D00:00:00.1*i;r1:p[i]-p i-.nulls.cfg`second;fwd:p[i+k]-p i;back:p[i]-p i-k;bucket:0) }

// @desc One run: the differences, placebos and clusters of its events.
// @param today {float[]} path; past {float[][]} paths of other days
// @param e {table} events: i (step) s (side); leak {float} bps that each event moves the mid its way
// @param k {long} tau in steps
// @return {table} j d placebo support fwd (signed)
.nulls.run:{[today;past;e;leak;k]
  m:.nulls.moments[today;k];
  e:select from e where j within(first;last)@\:m`j;
  ev:update s:e`s from m e[`j]-first m`j;
  ev:update fwd:fwd+leak*s from ev;
  / prior days where the tape has them, else today's moments that are not just after our own
  o:asc ev`j;
  w:(null l)|k<m[`j]-l:o o bin m`j;
  c:`r1 xasc$[count past;raze .nulls.moments[;k]each past;m where w];
  r:.leak.match[ev;c;.leak.cfg[`caliper]*dev c`r1;@[.leak.cfg;`draws;:;.nulls.cfg`draws]];
  (select j,fwd:s*fwd from ev),'r }

// blocks of 60 s, or of four horizons where that is longer
.nulls.block:{[i;k]i div(60*.nulls.cfg`second)|4*k}

// @desc The tapes: a seed to t of the headline, t against zero without controls, and the clean parent's alarm on continuous looking.
.nulls.events:{[n;p]([]j:asc n?count p;s:n?-1 1f)}
.nulls.tapes:(enlist`)!enlist(::)
.nulls.tapes[`walk]:{[]p:.nulls.walk .nulls.cfg`points;(p;();.nulls.events[300;p];0f;10)}
.nulls.tapes[`leak010]:{[]p:.nulls.walk .nulls.cfg`points;(p;();.nulls.events[300;p];.1;10)}
// an algo that trades with the last second's move, where moves go on
.nulls.tapes[`chase]:{[]
  p:.nulls.momentum .nulls.cfg`points;
  r:p-.nulls.cfg[`second]xprev p;
  j:where(.nulls.cfg[`second]<til count p)&abs[r]>.stat.quantile[.9;abs r];
  j:asc j neg[300]?count j;
  (p;();([]j;s:signum r j);0f;10) }
// a market that rises by 200 bps in the hour, with buys only; controls from prior days, which did not
.nulls.trend:{[beta]
  n:.nulls.cfg`points;
  ix:{[n;d]0.5*.nulls.walk[n]+d*til[n]%n}[n];
  t:ix 400f;p0:ix each(d:.nulls.cfg`days)#0f;
  own:{[n;x]x+sqrt[.75]*.nulls.walk n}[n];
  p:own t;pr:own each p0;
  / beta from the prior days, by one-second returns
  y:raze 10_'deltas each pr@\:10*til n div 10;x:raze 10_'deltas each p0@\:10*til n div 10;
  b:$[beta;(x cov y)%var x;0f];
  (p-b*t;pr-b*p0;update s:1f from .nulls.events[300;p];0f;10) }
.nulls.tapes[`trend]:{[].nulls.trend 1b}
.nulls.tapes[`trendNoBeta]:{[].nulls.trend 0b}
// so many children that hardly a moment is free of them; windows of 5 and 30 s
.nulls.dense:{[k]
  n:.nulls.cfg`points;
  p:.nulls.walk n;
  (p;.nulls.walk each .nulls.cfg[`days]#n;.nulls.events[1500;p];0f;k) }
.nulls.tapes[`dense5]:{[].nulls.dense 50}
.nulls.tapes[`dense30]:{[].nulls.dense 300}
.nulls.tapes:1_.nulls.tapes

// @desc One run of a tape.
// @param t {symbol} tape
// @param seed {long} seed
// @return {dict} t (the test) zero (t of the response itself) iid (t without clusters), placebo (whether it makes the run unidentifiable),
//   support, looks (whether t>2.8 at any n from 30 on); t as normal deviates
.nulls.one:{[t;seed]
  system"S ",string 1+seed;
  a:.nulls.tapes[t][];
  r:.nulls.run . a;
  .nulls.told[t;r;.nulls.block[r`j;a 4];.5*.leak.cfg[`caliper]*.nulls.cfg[`sd]*sqrt a[4]%.nulls.cfg`second] }

// @desc What a run shows. @param r {table} of .nulls.run; b {long[]} clusters of its events; band {float} bps up to which a placebo is none
.nulls.told:{[t;r;b;band]
  h:.stat.clustered[r`d;b];
  l:$[t=`walk;.nulls.looks[r`d;b];0b];
  p:.stat.clustered[r`placebo;b];
  bad:(.leak.cfg[`alert]<abs p`z)&band<abs p`mean;
  `t`zero`iid`placebo`support`looks!(h`z;.stat.clustered[r`fwd;b]`z;.stat.clustered[r`d;til count r]`z;bad;avg r`support;l) }

// @desc Whether the alarm would have come on at any look, one after each event from the 30th on.
.nulls.looks:{[d;b]any .leak.cfg[`alert]<{[d;b;n].stat.clustered[n#d;n#b]`z}[d;b]each n where .leak.cfg[`few]<=n:1+til count d}

// @desc Every tape so many times.
// @param f {fn} .nulls.one, or .nulls.live (q/rt/nulls.q)
// @param ts {symbol[]} tapes
// @param n {long} runs of each
// @param seed {long} first seed
// @return {table} tape runs alarm (share with t>1.645) zero iid placebo support looks
.nulls.of:{[ts;n;seed].nulls.by[.nulls.one;ts;n;seed]}
.nulls.by:{[f;ts;n;seed]
  raze{[f;n;seed;t]
    r:flip f[t]each seed+til n;
    f:{[r;c]avg r[c]>1.645}r;
    enlist`tape`runs`alarm`zero`iid`placebo`support`looks!(t;n;f`t;f`zero;f`iid;avg r`placebo;avg r`support;avg r`looks)}[f;n;seed]each ts }
