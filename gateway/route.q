// One call over today and history: the HDB has the dates it has mapped, the RDB the later ones.

// @desc Last date that the HDB serves, null when it has none.
.gw.last:{.conn.ask[`hdb;"@[{max .Q.pv};::;0Nd]"]}

// What the HDB answered for its dates, kept until it maps another day: history does not change under us.
.gw.kept:()!()
.gw.keptfor:0Nd
.gw.history:{[l;q]
  if[not l~.gw.keptfor;.gw.kept:()!();.gw.keptfor:l];
  k:`$raze string md5 -3!q;
  if[not k in key .gw.kept;
    if[100<count .gw.kept;.gw.kept:()!()];
    .gw.kept[k]:enlist .conn.ask[`hdb;q]];
  first .gw.kept k }

// @desc Calls f[d0;d1;args] on the processes that hold the dates and joins what they return.
// @param f {symbol} name of a fetcher in .data
// @param a {list} further arguments
.gw.split:{[f;d0;d1;a]
  l:.gw.last[];
  h:$[(not null l)and d0<=l&d1;enlist .gw.history[l;(f;d0;l&d1),a];()];
  r:$[(null l)or d1>l;enlist .conn.ask[`rdb;(f;$[null l;d0;d0|l+1];d1),a];()];
  / the day was rolled in between: its rows may be in neither answer
  if[not l~.gw.last[];:.gw.split[f;d0;d1;a]];
  raze h,r }

// the library's fetchers, routed: .api computes from these just as it does on one process
.data.rows:{[t;d0;d1;c].gw.split[`.data.of;d0;d1;(t;c)]}
.data.arrivals:{[d0;d1].gw.split[`.data.arrivals;d0;d1;()]}
.data.fills:{[d0;d1].gw.split[`.data.fills;d0;d1;()]}
.data.orders:{[d0;d1].gw.split[`.data.orders;d0;d1;()]}
.data.around:{[s;t0;t1].gw.split[`.data.between;;;(s;t0;t1)]. .cal.days[`quote;(t0;t1)]}
.data.thin:{[s;t0;t1;n].gw.split[`.data.sampled;;;(s;t0;t1;n)]. .cal.days[`quote;(t0;t1)]}
