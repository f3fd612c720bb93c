// Benchmarks that need public trades: VWAP with and without our own prints, participation, PWP.
// Windows are closed, [t0;t1]. A trade counts if it is eligible: where trades have a boolean column of that name, only its 1b rows.

// @desc Eligible trades in time order within symbol, with running volume, notional and number of prints of the symbol; at (the source's own time, else time) and
// tick, the sign of the last change of price (0 before the first).
// @param t {table} trades: sym time price size
.tca.tape:{[t]$[`prints in cols t;t;.tca.taped[();t]]}

// @desc The same, going on from the last row of each symbol's tape, bit for bit.
// @param p {table} keyed by sym: price tick volume notional prints so far, or an empty list
.tca.taped:{[p;t]
  t:$[`eligible in cols t;select from t where eligible;t];
  t:$[`etime in cols t;update at:time^etime from t;update at:time from t];
  t:`sym`time xasc select sym,time,at,price,size from t where not null price,size>0;
  if[not count t;:update`g#sym,tick:size,volume:size,notional:size,prints:0#0 from t];
  t:$[count p;t lj`sym xkey select sym,x0:price,k0:tick,v0:volume,n0:notional,p0:prints from 0!p;update x0:0n,k0:0n,v0:0n,n0:0n,p0:0N from t];
  t:update tick:"f"$signum price-price^@[prev price;0;:;first x0],volume:sums @[size;0;+;0f^first v0],notional:sums @[size*price;0;+;0f^first n0],prints:(0^first p0)+1+til count i by sym from t;
  t:update tick:0f^fills @[?[tick=0;0n;tick];0;{y^x};first k0]by sym from t;
  update`g#sym from delete x0,k0,v0,n0,p0 from t }

// @desc Market volume, notional and prints in each window.
// @param w {table} sym t0 t1
// @param t {table} tape, see .tca.tape
// @return {table} w with mvolume mnotional prints
.tca.traded:{[w;t]
  at:{[w;t;tm]0^select volume,notional,prints from aj[`sym`time;select sym,time:tm from w;select sym,time,volume,notional,prints from t]};
  a:at[w;t;w[`t0]-1];b:at[w;t;w`t1];
  update mvolume:b[`volume]-a`volume,mnotional:b[`notional]-a`notional,prints:b[`prints]-a`prints from w }

// @desc Own volume and notional in each parent's window.
// @param w {table} parent t0 t1
// @param f {table} live fills
// @return {table} w with ovolume onotional
.tca.own:{[w;f]
  f:select parent,time,"f"$ovolume,"f"$onotional from update ovolume:sums qty,onotional:sums qty*price by parent from`parent`time xasc select parent,time,qty,price from f;
  at:{[w;f;t]0f^select ovolume,onotional from aj[`parent`time;select parent,time:t from w;f]};
  a:at[w;f;w[`t0]-1];b:at[w;f;w`t1];
  update ovolume:b[`ovolume]-a`ovolume,onotional:b[`onotional]-a`onotional from w }

// @desc VWAP of the market in each parent's window with own prints in it and taken out, and our share of the volume.
// Own fills are taken to be on the tape; where they exceed it they were printed elsewhere, and what needs the market without them is null.
// @return {table} w with vwap vwapex participation prints reason (` noprints exceeds)
// @example .tca.vwap[([]parent:1#`P;sym:`A;t0:2024.01.01D0;t1:2024.01.01D1);([]sym:1#`A;time:2024.01.01D00:30;price:1#10f;size:1#100f);([]parent:0#`;time:0#.z.p;qty:0#0f;price:0#0f)]
.tca.vwap:{[w;t;f]
  .tca.i.vwapped .tca.own[.tca.traded[w;.tca.tape t];f] }
// from what the market and we traded
.tca.i.vwapped:{[r]
  v:r`mvolume;a:r`mnotional;o:r`ovolume;
  reason:?[v<=0;`noprints;?[o>v;`exceeds;`]];
  r:.tca.beside[r;([]reason;vwap:?[v>0;a%v;0n];vwapex:?[v>o;(a-r`onotional)%v-o;0n];participation:?[null reason;o%v;0n];volume:v)];
  (cols[r]except`mvolume`mnotional`ovolume`onotional)#r }

// @desc PWP: VWAP from a parent's arrival until the market has traded its quantity over the rate x.
// The last print counts as far as it is needed. Null until the volume is there.
// @param w {table} sym t0 qty
// @param t {table} trades
// @param x {float} participation rate, e.g. .1
// @return {float[]} one a row of w
.tca.pwp:{[w;t;x]
  t:.tca.tape t;
  k:group t`sym;
  g:{[t;k;s]t$[s in key k;k s;0#0]}[t;k];
  "f"$.tca.i.pwp'[g each w`sym;w`t0;w[`qty]%x] }

.tca.i.pwp:{[g;t0;v]
  if[not count g`time;:0n];
  i:-1+g[`time]binr t0;
  v0:$[i<0;0f;g[`volume]i];n0:$[i<0;0f;g[`notional]i];
  j:g[`volume]binr v0+v;
  if[(j>=count g`time)or null v;:0n];
  k:j-1;
  n1:$[k<0;0f;g[`notional]k];v1:$[k<0;0f;g[`volume]k];
  ((n1-n0)+g[`price][j]*(v0+v)-v1)%v }
