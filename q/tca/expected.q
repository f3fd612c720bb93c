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

// @desc Y of the square-root law by least squares from own parents.
// @param h {table} history: x v s cost (bps)
.tca.fitRoot:{[h]exec sum[cost*f]%sum f*f from update f:1e4*s*sqrt x%v from h}

// @desc Norm of each bucket: median of cost and median absolute deviation (scaled to a standard deviation). Null where a bucket has fewer than 30 parents.
// @param h {table} parents with cost (bps)
// @param b {symbol[]} columns that make the bucket
// @return {table} keyed by b: peers norm mad
.tca.norms:{[h;b]
  / update norm:med cost by <b> from h
  h:![h;();b!b;(enlist`norm)!enlist(med;`cost)];
  h:update dist:abs cost-norm from h;
  r:?[h;();b!b;`peers`norm`mad!((count;`i);(first;`norm);(*;1.4826;(med;`dist)))];
  r:update"j"$peers,"f"$norm,"f"$mad from r;   / nothing grouped has no type
  update norm:?[peers<30;0n;norm],mad:?[peers<30;0n;mad]from r }

// @desc Peer norm of each parent among the parents of its bucket, and its distance from it, see .tca.norms.
// @param h {table} parents with cost (bps)
// @return {table} h with peers norm mad peerz
.tca.peers:{[h;b]update peerz:?[mad>0;(cost-norm)%mad;0n]from h lj .tca.norms[h;b]}

// @desc What a switch saved: the fall of the market-adjusted cost a share, times what was filled after. An estimate with its interval.
// @param f {table} live fills of a parent: time side qty price, and mkt, the market's move against the side since the switch (0n if not known)
// @param t {timestamp} the switch
// @param m {float} mid at the switch
// @return {dict} saved lo hi (currency) before after (cost a share) n0 n1 label
.tca.saving:{[f;t;m]
  f:update ref:m from f;
  .tca.i.saving[select from f where time<t;select from f where time>=t] }

// fills before and after; ref is the mid that their price is held against
.tca.i.saving:{[a;b]
  adj:{update c:(.tca.sign[side]*price-ref)-0f^mkt from x};
  a:adj a;b:adj b;
  r:`saved`lo`hi`before`after`n0`n1`label!(0n;0n;0n;0n;0n;count a;count b;`$"too few fills");
  if[(30>count a)or not count b;:r];
  q:sum b`qty;
  w0:exec qty wavg c from a;w1:exec qty wavg c from b;
  / both sides are resampled in blocks of 60 s
  d0:.stat.draws[a[`c]*a`qty;a`qty;0D00:01 xbar a`time;.tca.cfg.draws;.tca.cfg.seed];
  d1:.stat.draws[b[`c]*b`qty;b`qty;0D00:01 xbar b`time;.tca.cfg.draws;1i+.tca.cfg.seed];
  k:.stat.quantile[;q*d0-d1]each .025 .975;
  r[`saved`lo`hi`before`after]:(q*w0-w1),k,w0,w1;
  r[`label]:$[any null r`saved`lo`hi;`$"no quote at the switch";(k[0]<=0)and k[1]>=0;`$"estimate, not distinguishable from zero";`estimate];
  r }
