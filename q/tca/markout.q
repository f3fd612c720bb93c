// What the market did after (markouts, response) and around (drift) our orders and fills.

// @desc Horizons of the catalogue.
.tca.cfg.horizons:0D00:00:00.001 0D00:00:00.005 0D00:00:00.010 0D00:00:00.025 0D00:00:00.050 0D00:00:00.100 0D00:00:00.250 0D00:00:00.500 0D00:00:01 0D00:00:05 0D00:00:10 0D00:00:30 0D00:01 0D00:05

// @desc Mid at a horizon after each event. Final only when the quotes have reached it.
// @param e {table} events with sym time
// @param q {table} quotes
// @param h {timespan} horizon
// @param w {timestamp} watermark: how far the feed has come
// @return {table} e with hmid and state (final pending noquote past-close)
.tca.at:{[e;q;h;w]
  r:.tca.state[update time:time+h from e;q];
  r:update hmid:?[time>w;0n;mid],state:?[time>w;`pending;.tca.settled[mid;reason=`closed]]from r;
  update hmid,state from delete bid,ask,mid,qtime,reason from update time:time-h from r }

// @desc State of a horizon that has passed: past-close where the market was over by then (the quotes' state is closed).
.tca.settled:{[mid;closed]?[not null mid;`final;?[closed;`$"past-close";`noquote]]}

// @desc Markouts or responses of days that are over: what is still to come is past the close.
.tca.finished:{[z;t]$[z;update state:`$"past-close" from t where state=`pending;t]}

// @desc Markout of each fill at each horizon in bps of the fill price; positive is a gain on that fill.
// @param f {table} live fills
// @return {table} one row a fill and horizon: execid h mid markout realised impact state
.tca.markouts:{[f;q;hs;w]
  m:exec mid from .tca.state[select sym,time from f;q];
  f:update mid0:m,s:.tca.sign side from f;
  r:.tca.marked raze{[f;q;w;h]update h:h from .tca.at[f;q;h;w]}[f;q;w]each hs;
  select execid,parent,time,h,state,mid:hmid,markout,realised,impact from r }

// @desc Markout (bps of the price, null of one that is not positive), realised spread and impact (currency a share) of fills whose later mid is known.
// @param r {table} s (sign) price mid0 (mid at the fill) hmid
.tca.marked:{[r]update markout:?[price>0;1e4*s*(hmid-price)%price;0n],realised:2*s*price-hmid,impact:2*s*hmid-mid0 from r}

// @desc Response of the mid to order events (sends, replaces, cancels) at each horizon, in bps; positive is adverse to the parent.
// @param e {table} events with id sym time side
.tca.response:{[e;q;hs;w]
  m:exec mid from .tca.state[select sym,time from e;q];
  e:update mid0:m,s:.tca.sign side from e;
  r:.tca.responded raze{[e;q;w;h]update h:h from .tca.at[e;q;h;w]}[e;q;w]each hs;
  select id,time,h,state,mid:hmid,response from r }

// @desc Response of the mid, bps, of events whose later mid is known. @param r {table} s mid0 hmid
.tca.responded:{[r]update response:1e4*s*(hmid-mid0)%mid0 from r}

// @desc Drift of the mid over a parent's life in bps of arrival, by leg; the legs add up. Positive is adverse.
// @param x {table} parent side arrival and the mids send0 (first send), m0 and m1 (at the first and last fill), end
// @return {table} keyed by parent: tosend tofill pre during post total
.tca.drift:{[x]
  d:{[s;a;x;y]1e4*s*(y-x)%a};
  x:update s:.tca.sign side from x;
  1!select parent,tosend:d[s;arrival;arrival;send0],tofill:d[s;arrival;send0;m0],pre:d[s;arrival;arrival;m0],during:d[s;arrival;m0;m1],
    post:d[s;arrival;m1;end],total:d[s;arrival;arrival;end]from x }
