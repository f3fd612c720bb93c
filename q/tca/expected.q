// What a parent should have cost, and what a change of tactics saved.
// Volatility is daily, as a fraction; volume is a day's; time is a fraction of a day; results are bps unless said otherwise.

/ gamma and eta of Almgren, Thum, Hauptmann & Li 2005, and Y of the square-root law; all can be fitted to own history
.tca.cfg.gamma:.314
.tca.cfg.eta:.142
.tca.cfg.y:1f

// @desc Permanent impact of Almgren et al. 2005: gamma sigma (X/V) (Theta/V)^(1/4).
// @param x {float[]} shares to trade
// @param v {float[]} daily volume
// @param o {float[]} shares outstanding
// @param s {float[]} daily volatility
// @example .tca.permanent[656100;6561000;1728000000;.0157]
.tca.permanent:{[x;v;o;s]1e4*.tca.cfg.gamma*s*(x%v)*(o%v)xexp .25}

// @desc Expected cost of Almgren et al. 2005: half the permanent impact and the temporary one, eta sigma |X/VT|^(3/5).
// @param t {float[]} time taken, in days
.tca.almgren:{[x;v;o;s;t](.5*.tca.permanent[x;v;o;s])+1e4*.tca.cfg.eta*s*(x%v*t)xexp .6}

// @desc Expected cost by the square-root law: Y sigma sqrt(X/V).
.tca.root:{[x;v;s]1e4*.tca.cfg.y*s*sqrt x%v}

// @desc How far a cost is from what was expected, in standard deviations of the price over the time taken.
// @param c {float[]} cost, bps
// @param e {float[]} expected cost, bps
.tca.excess:{[c;e;s;t](c-e)%1e4*s*sqrt t%3}

// @desc Gamma, eta by least squares from own parents: cost = gamma x half permanent + eta x temporary, each at coefficient 1.
// @param h {table} history: x v o s t cost (bps)
// @return {dict} gamma eta
.tca.fit:{[h]
  m:exec(.5e4*s*(x%v)*(o%v)xexp .25;1e4*s*(x%v*t)xexp .6)from h;
  `gamma`eta!first enlist[h`cost]lsq m }

// @desc Peer norm: median and median absolute deviation (scaled to a standard deviation) of cost in each bucket, and each parent's distance from it.
// Null where a bucket has fewer than 30 parents.
// @param h {table} parents with cost (bps)
// @param b {symbol[]} columns that make the bucket
// @return {table} h with peers norm mad peerz
.tca.peers:{[h;b]
  / update peers:count i,norm:med cost by <b> from h
  h:![h;();b!b;`peers`norm!((count;`i);(med;`cost))];
  h:update dist:abs cost-norm from h;
  h:![h;();b!b;(enlist`mad)!enlist(*;1.4826;(med;`dist))];
  delete dist from update norm:?[peers<30;0n;norm],mad:?[peers<30;0n;mad],peerz:?[(peers<30)|mad<=0;0n;(cost-norm)%mad]from h }

// @desc What a switch saved: the fall of the market-adjusted cost a share, times what was filled after. An estimate with its interval.
// @param f {table} live fills of a parent: time side qty price, and mkt, the market's move against the side since the switch (0n if not known)
// @param t {timestamp} the switch
// @param m {float} mid at the switch
// @return {dict} saved lo hi (currency) before after (cost a share) n0 n1 label
.tca.saving:{[f;t;m]
  f:update c:(.tca.sign[side]*price-m)-0f^mkt from f;
  a:select from f where time<t;b:select from f where time>=t;
  a:neg[30|count a]sublist a;
  r:`saved`lo`hi`before`after`n0`n1`label!(0n;0n;0n;0n;0n;count a;count b;`$"too few fills");
  if[(30>count a)or not count b;:r];
  q:sum b`qty;
  w0:exec qty wavg c from a;w1:exec qty wavg c from b;
  / both sides are resampled in blocks of 60 s
  d0:.stat.draws[a[`c]*a`qty;a`qty;0D00:01 xbar a`time;.tca.cfg.draws;.tca.cfg.seed];
  d1:.stat.draws[b[`c]*b`qty;b`qty;0D00:01 xbar b`time;.tca.cfg.draws;1i+.tca.cfg.seed];
  k:.stat.quantile[;q*d0-d1]each .025 .975;
  r[`saved`lo`hi`before`after]:(q*w0-w1),k,w0,w1;
  r[`label]:$[(k[0]<=0)and k[1]>=0;`$"estimate, not distinguishable from zero";`estimate];
  r }
