// Cost of fills and of parents against the arrival mid. Positive is cost.

.boot.use`lifecycle;

// @desc Fills as they stand, after busts, corrections and DKs; see .ord.live.
.tca.live:.ord.live
/ what tells one live fill from another: another session's or day's may have the same execution id
.tca.cfg.fill:`execid`parent`time

// @desc Parent orders with the market at their arrival.
// @param o {table} orders; a parent is a new order (or one carried over from an earlier day) without a parent
// @param q {table} quotes
// @return {table} parent sym side qty time arrival reason algo broker trader account venue
.tca.arrivals:{[o;q]
  / a good-till-cancelled order works under the terms that its day began with, unless the day of its arrival is there too
  p:select from o where event in`new`carry,parent=`;   / enumerated symbols are never null
  p:select from p where i=(first;i)fby id;
  r:.tca.state[select sym,time,parent:id,side,qty,limit:price,algo,broker,trader,account,venue from p;q];
  select parent,sym,side,qty,time,arrival:mid,bid,ask,reason,limit,algo,broker,trader,account,venue from r }

// @desc Signed slippage of each live fill against its parent's arrival mid.
// @param a {table} arrivals, see .tca.arrivals
// @param f {table} fills as captured
// @return {table} time sym parent order execid side qty price arrival cost (currency) slip (bps) and what the fill carries
// @example .tca.slippage[([]parent:1#`P;arrival:1#100.01);([]time:1#.z.p;sym:`A;execid:`e;refid:`;kind:`new;order:`C;parent:`P;side:`buy;qty:5000.;price:100.035;venue:`V;liquidity:`remove;session:`s)]
.tca.slippage:{[a;f]
  f:.tca.live[f]lj`parent xkey select parent,arrival from a;
  f:.tca.costed f;
  select time,sym,parent,order,execid,side,qty,price,venue,liquidity,arrival,cost,slip:1e4*cost%qty*arrival from f }

// @desc Fills with what they cost against their arrival mid. @param f {table} qty side price arrival
.tca.costed:{update cost:qty*.tca.sign[side]*price-arrival from x}

// @desc Parents with what they have cost so far: cumulative slippage in currency and basis points of arrival notional.
// @param a {table} arrivals
// @param f {table} fills as captured
// @return {table} keyed by parent: sym side qty filled done arrival avgpx cost slip n until
.tca.parents:{[a;f]
  c:select filled:.tca.sum qty,avgpx:.tca.sum[qty*price]%.tca.sum qty,cost:.tca.total cost,base:.tca.total qty*arrival,n:count i,until:max time by parent from .tca.slippage[a;f];
  c:.tca.floats[`filled`avgpx`cost`base;c];
  r:(`parent xkey select parent,sym,side,qty,start:time,arrival,reason,algo,broker,trader from a)lj c;
  r:update filled:0^filled,n:0^n from r;
  delete base from update done:filled%qty,slip:1e4*cost%base from r }

// @desc Spread, price improvement and impact of live fills given the market at each.
// @param m {table} live fills with bid ask mid (see .tca.state)
// @return {table} m with effectivec quotedc (currency a share) effective quoted (bps of mid) ratio improve (currency) improvebps (of the far touch)
.tca.spreads:{[m]
  m:update s:.tca.sign side from m;
  m:update far:?[null mid;0n;?[s>0;ask;bid]]from m;
  delete s,far from update effectivec:2*s*price-mid,quotedc:?[null mid;0n;ask-bid],effective:1e4*2*s*(price-mid)%mid,quoted:1e4*(ask-bid)%mid,ratio:?[ask>bid;2*s*(price-mid)%ask-bid;0n],
    improve:qty*s*far-price,improvebps:1e4*s*(far-price)%far from m }

// @desc Executed cost by leg: arrival to send, send to fill, half spread; sums to the cumulative cost.
// @param m {table} live fills with parent order qty side price mid arrival and smid, the mid when their child was sent; a parent that is filled itself was sent when it arrived
.tca.legs:{[m]
  m:update smid:?[order=parent;arrival;smid]from m;
  select tosend:.tca.total qty*.tca.sign[side]*smid-arrival,tofill:.tca.total qty*.tca.sign[side]*mid-smid,half:.tca.total qty*.tca.sign[side]*price-mid by parent from m }
