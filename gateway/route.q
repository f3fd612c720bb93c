// One call over today and history: days that the HDB has mapped are its; of the others the IDB has the rows that are written down, and the
// RDB those that follow, by row number. No row is missing or there twice while rows are written down or a day becomes a partition: an answer
// counts only if the HDB had the same partitions before and after, and if the RDB's rows follow the IDB's. Otherwise all are asked again;
// a request that fails is not.

/ how long what does not fit together is asked for again
.gw.cfg.patience:0D00:00:15

// the HDB's dates, ascending, and the stamp that it had them by
.gw.at:0Np
.gw.dates:0#0Nd

// @desc Looks whether the HDB has mapped anew.
// @return {timestamp} its stamp
.gw.look:{
  if[not .gw.at~.conn.ask[`hdb;".hdb.stamp"];
    r:.conn.ask[`hdb;"(.hdb.stamp;asc`date$@[{.Q.pv};::;()])"];
    .gw.at:r 0;.gw.dates:r 1;
    .gw.kept:()!()];
  .gw.at }

// @desc Last date that the HDB serves, null when it has none.
.gw.last:{.gw.look[];last .gw.dates}

// What the HDB answered for its dates, kept until it maps anew: history does not change under us.
.gw.kept:()!()
.gw.history:{[q]
  k:`$raze string md5 -3!q;
  if[not k in key .gw.kept;
    if[100<count .gw.kept;.gw.kept:()!()];
    .gw.kept[k]:enlist .conn.ask[`hdb;q]];
  first .gw.kept k }

// @desc Asks for days d0 to d1: h[first;last] the HDB's dates among them, l[d0;d1] the others, each a list of answers.
// @return {list} answers, oldest first; the HDB's are first
.gw.read:{[d0;d1;h;l]
  until:.z.p+.gw.cfg.patience;
  while[not first r:.gw.i.try[d0;d1;h;l];
    if[.z.p>until;'"the HDB maps anew again and again: no answer holds"]];
  r 1 }
.gw.i.try:{[d0;d1;h;l]
  s:.gw.look[];
  p:.gw.dates where .gw.dates within(d0;d1);
  a:$[count p;h[d0;d1&last p];()];
  if[not count[p]=1+d1-d0;a,:l[d0;d1]];
  (s~.gw.look[];a) }

// @desc What IDB and RDB hold of days that the HDB does not have.
// @param f {symbol} fetcher, see q/live.q
// @param a {list} further arguments
// @return {list} answers by day, the IDB's before the RDB's
.gw.live:{[f;a;d0;d1]
  until:.z.p+.gw.cfg.patience;
  while[not first r:.gw.i.live[f;a;d0;d1];
    if[.z.p>until;'"rows are not complete: ",r 1];
    system"sleep 0.02";
    / one of them may not have been told yet
    .conn.ask[`idb;(`.idb.reload;::)];
    .gw.look[]];
  r 1 }
/ the day that is open, as the RDB said last; only where calendars differ
.gw.open:0Nd
.gw.i.live:{[f;a;d0;d1]
  p:.gw.dates where .gw.dates within(d0;d1);
  w:(.gw.open;d0;d1);
  i:.conn.ask[`idb;(`.idb.ask;f;a;w;p)];
  r:.conn.ask[`rdb;(`.rdb.ask;f;a;w;p;i 0)];
  if[3=count r;.gw.open:r 2];
  if[not r 0;:r];
  d:asc distinct key[i 1],key r 1;
  (1b;raze{$[y in key x;enlist x y;()]}'[(2*count d)#(i 1;r 1);raze 2#/:d]) }

// tables one after another; a column that some lack is null in them
.gw.join:{$[1<count distinct cols each x;(uj/)x;raze x]}

// @desc Rows of table t.
.data.rows:{[t;d0;d1;c]
  .gw.join enlist[.data.empty t],.gw.read[d0;d1;
    {[n;t;c;a;b]enlist .gw.history(`.data.atmost;n;a;b;t;c)}[.data.cap;t;c];
    {[x;a;b]raze .gw.live[`atmost;x;a;b]}[(.data.cap;t;c)]] }

// @desc Columns k of such rows; and of such rows the last for each value of column k.
.data.cells:{[d0;d1;t;k;c]
  .gw.join enlist[k#.data.empty t],.gw.read[d0;d1;
    {[x;a;b]enlist .gw.history(`.data.cells;a;b),x}[(t;k;c)];
    {[x;a;b]raze .gw.live[`cells;x;a;b]}[(t;k;c)]] }
.data.latest:{[d0;d1;t;k;c]
  .data.last[k].gw.join enlist[.data.empty t],.gw.read[d0;d1;
    {[x;a;b]enlist .gw.history(`.data.latest;a;b),x}[(t;k;c)];
    {[x;a;b]raze .gw.live[`latest;x;a;b]}[(t;k;c)]] }
.data.fills:{[d0;d1].data.rows[`fills;d0;d1;()]}
.data.orders:{[d0;d1].data.rows[`orders;d0;d1;()]}

// @desc Parent orders with the market at their arrival; for days without a partition only the quotes that stood then come here.
.data.arrivals:{[d0;d1]
  .gw.join .gw.read[d0;d1;
    {[a;b]enlist .gw.history(`.data.arrivals;a;b)};
    .gw.i.arrivals] }
.gw.i.arrivals:{[d0;d1]
  o:raze enlist[.data.empty`orders],raze .gw.live[`rows;(`orders;((=;`event;enlist`new);(=;`parent;enlist`)));d0;d1];
  q:.gw.join enlist[.data.empty`quote],raze .gw.live[`stood;enlist select sym,time from o;d0;d1];
  enlist .tca.arrivals[o;select from q where time>=min[o`time]-.tca.staleMost[]] }

// quotes of symbols between two times, all of them or at most about n evenly spread in each place
.data.around:{[s;t0;t1].data.rows[`quote;;;.data.i.between[s;t0;t1]]. .cal.days[`quote;(t0;t1)]}
.data.thin:{[s;t0;t1;n]
  h:{[x;a;b]enlist .gw.history(`.data.sampled;a;b),x}[(s;t0;t1;n)];
  l:{[x;a;b]raze .gw.live[`sampled;x;a;b]}[(s;t0;t1;n)];
  .gw.join enlist[.data.empty`quote],.gw.read[;;h;l]. .cal.days[`quote;(t0;t1)] }

.data.counts:{[d0;d1]
  .data.tables!(0*til count .data.tables)+sum .gw.read[d0;d1;
    {[a;b]enlist value .gw.history(`.data.counts;a;b)};
    {[a;b].gw.live[`counts;enlist .data.tables;a;b]}] }
