// Statistics behind the figures: intervals that respect clusters, survival, multiple tests.
// Random draws are seeded by the caller; the process's own random sequence is set by them.

// @desc Quantile p of x by linear interpolation between order statistics; nulls are left out.
// @example .stat.quantile[.5;1 2 3 4f]
.stat.quantile:{[p;x]
  x:asc x where not null x;
  if[not count x;:0n];
  h:p*-1+count x;
  i:floor h;
  j:(-1+count x)&i+1;
  x[i]+(h-i)*x[j]-x i }

// @desc Upper quantile of Student's t at the two-sided 95% level for v degrees of freedom; null below 3, where the expansion used is poor.
// Cornish-Fisher expansion in 1/v (Abramowitz & Stegun 26.7.5).
// @example .stat.t95 10 30
.stat.t95:{[v]
  z:1.959963984540054;
  v:"f"$v;
  r:z+((z+z xexp 3)%4*v)+(((5*z xexp 5)+(16*z xexp 3)+3*z)%96*v*v)+((3*z xexp 7)+(19*z xexp 5)+(17*z xexp 3)-15*z)%384*v*v*v;
  ?[v<3;0n;r] }

// @desc Mean with a standard error robust to dependence within clusters, and its t against zero.
// @param x {float[]} values; nulls are left out
// @param g {*[]} cluster of each
// @return {dict} n clusters mean se t z lo hi (95%); z is the normal deviate as likely as t with one degree of freedom less than clusters;
// se and what follows from it are null for fewer than 2 clusters
.stat.clustered:{[x;g]
  i:where not null x;
  k:value group g i;
  .stat.summed["j"$count each k;"f"$.stat.run each(x i)k] }
// sum, one after the other: what is summed as it comes has the same bits
.stat.run:{last 0f,sums x}

// @desc The same from the count n and the sum s of each cluster.
.stat.summed:{[n;s].stat.robust . .stat.parts[n;s]}
// of clusters with counts n and sums s: how many values, clusters, their mean, and the sum of the squares of the clusters' sums of deviations from it
.stat.parts:{[n;s]m:sum[s]%sum n;u:s-m*n;(sum n;count n;m;sum u*u)}

// @desc The same from n values in c clusters with mean m, where q is the sum of the squares of the clusters' sums of deviations from it; of one group or many.
.stat.robust:{[n;c;m;q]
  se:?[c<2;0n;sqrt[(c%c-1)*q]%n];
  w:se*.stat.t95 c-1;
  t:?[se>0;m%se;0n];
  `n`clusters`mean`se`t`z`lo`hi!(n;c;m;se;t;.stat.z[t;c-1];m-w;m+w) }

// @desc Normal deviate with the tail of Student's t with v degrees of freedom (Wallace 1959).
// @example .stat.z[2.228;10]
.stat.z:{[t;v]signum[t]*((3+8*v)xexp -1)*(1+8*v)*sqrt v*log 1+t*t%v}

// @desc Draws of the ratio sum[a]%sum b, whole blocks resampled with replacement. With b all ones it is a mean.
// @param g {*[]} block of each value, e.g. its minute
// @param n {long} draws
// @param seed {int} seed of the draws
// @return {float[]}
.stat.draws:{[a;b;g;n;seed]
  k:value group g;
  s:sum each a k;w:sum each b k;
  system"S ",string seed;
  d:(n;count k)#(n*count k)?count k;
  (sum each s d)%sum each w d }

// @desc Interval of the ratio sum[a]%sum b by .stat.draws.
// @return {dict} value lo hi (95%) blocks; lo and hi are null for fewer than 2 blocks
// @example .stat.boot[1 2 3 4f;4#1f;til 4;1000;42i]
.stat.boot:{[a;b;g;n;seed]
  i:where not null a+b;
  a:a i;b:b i;g:g i;
  r:`value`lo`hi`blocks!(sum[a]%sum b;0n;0n;count distinct g);
  if[2>r`blocks;:r];
  r[`lo`hi]:.stat.quantile[;.stat.draws[a;b;g;n;seed]]each .025 .975;
  r }

// @desc Intervals of many ratios by .stat.draws' method, all of them from the same draws.
// @param a {float[][]} numerators; b {float[][]} denominators
// @param g {*[]} block of each value
// @return {float[][]} lo and hi (95%) of each ratio; null for fewer than 2 blocks, and where a value is null
// @example .stat.boots[(1 2 3 4f;4 3 2 1f);2#enlist 4#1f;til 4;1000;42i]
.stat.boots:{[a;b;g;n;seed]
  k:value group g;
  m:count k;
  if[2>m;:2#enlist count[a]#0n];
  s:flip{[k;x]sum each x k}[k]each a,b;
  system"S ",string seed;
  / how often each draw has each block
  d:{[m;i]@[m#0f;i;+;1f]}[m]each(n;m)#(n*m)?m;
  r:flip d mmu"f"$0f^s;
  r:(count[a]#r)%count[a]_r;
  flip{[bad;x]$[bad;0n 0n;.stat.quantile[;x]each .025 .975]}'[any each null each a,'b;r] }

// @desc A ratio of sums with its standard error robust to dependence within clusters (linearised).
// @return {dict} value se clusters; se is null for fewer than 2 clusters
// @example .stat.ratio[1 2 3f;1 1 1f;til 3]
.stat.ratio:{[a;b;g]
  v:sum[a]%sum b;
  u:value sum each(a-v*b)group g;
  `value`se`clusters!(v;.stat.i.clustered[u;sum b];count u) }
// from what each cluster adds to the residual, and the denominator
.stat.i.clustered:{[u;b]c:count u;$[c<2;0n;sqrt[(c%c-1)*sum u*u]%abs b]}

// @desc Interval (95%) of a ratio of sums by .stat.ratio's variance, from the running sums of both at the end of each cluster.
// @return {float[]} lo hi; null for fewer than 2 clusters
// @example .stat.running[1 3 6f;1 2 3f]
.stat.running:{[a;b]
  if[2>n:count a;:2#0n];
  v:last[a]%last b;
  h:.stat.t95[n-1]*.stat.i.clustered[deltas[a]-v*deltas b;last b];
  (v-h;v+h) }

// @desc Two-sided p of a normal deviate.
// @example .stat.p2 1.96
.stat.p2:{2*.stat.tail abs x}

// @desc Kaplan-Meier estimate of survival.
// @param t {*[]} time to the event or to censoring
// @param e {boolean[]} whether the event was seen
// @return {table} t atrisk events survival se (Greenwood)
.stat.km:{[t;e]
  r:0!select events:sum e,n:count i by t from([]t;e);
  r:update atrisk:sum[n]-(sums n)-n from r;
  select t,atrisk,events,survival:prds 1-events%atrisk,se:(prds 1-events%atrisk)*sqrt sums events%atrisk*atrisk-events from r }

// @desc Probability that the event has come by each time h, from a table of .stat.km; null beyond the last time seen, unless none is left by then.
.stat.kmAt:{[k;h]
  if[not count k;:count[h]#0n];
  ?[(h>last k`t)&0<last k`survival;0n;1-1f^k[`survival](k`t)bin h] }

// @desc p values adjusted for the false discovery rate (Benjamini & Hochberg 1995): reject where the result <= the rate.
// @example .stat.bh .01 .04 .03
.stat.bh:{[p]
  i:iasc p;
  n:count p;
  a:1&reverse mins reverse p[i]*n%1+til n;
  a iasc i }

// @desc Autocorrelation of x at lag 1; null for fewer than 3 values or none that differ.
.stat.lag1:{[x]
  if[3>count x;:0n];
  u:x-avg x;
  $[0<v:sum u*u;(sum(1_u)*-1_u)%v;0n] }

// @desc Entropy of the distribution of x's values as a share of the largest possible: 0 all equal, 1 all different.
.stat.entropy:{[x]
  if[2>count x;:0n];
  p:(count each group x)%count x;
  neg(sum p*log p)%log count x }

// @desc One-sided upper tail of the standard normal distribution (Abramowitz & Stegun 7.1.26, error below 1e-7).
// @example .stat.tail 1.644854
.stat.tail:{[z]
  a:abs[z]%sqrt 2;
  k:1%1+.3275911*a;
  e:.5*exp[neg a*a]*k*.254829592+k*-.284496736+k*1.421413741+k*-1.453152027+k*1.061405429;
  ?[z<0;1-e;e] }
