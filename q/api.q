// What RDB and HDB answer, and the figures that the gateway publishes under the same names.
// .data.* fetches rows of a date range from the tables of the process; .api.* computes from what .data.* returns,
// so that the gateway, which replaces .data.* by routed forms, computes the same.

.boot.use each`calendar`alert,`$("tca/batch";"tca/phase";"tca/timeline";"schema/market";"schema/order";"schema/derived");

// the empty tables, for a process that has no rows yet
.data.tables:`quote`trade`depth`mbo`status`orders`fills`fixraw`dq`arrival`markout`leak`score`alert`health`alertlog`skew
.data.empty:.data.tables!value each .data.tables

// @desc Rows of table t from date d0 to d1, both included; c are more where clauses as parse trees.
// A partitioned table is asked by its date, another by the times of its calendar's trading days (q/calendar.q).
.data.of:{[d0;d1;t;c]
  if[not t in tables`.;:.data.empty t];
  $[`date in cols t;
    / select from t where date within(d0;d1), c
    delete date from ?[t;enlist[(within;`date;(d0;d1))],c;0b;()];
    / select from t where time within range, c
    ?[t;enlist[(within;`time;.data.span[t;d0;d1])],c;0b;()]] }
// @desc First and last instant of a table's trading days d0 to d1.
.data.span:{[t;d0;d1]0 -1+.cal.range[.cal.of t;d0;d1]}
.data.rows:{[t;d0;d1;c].data.atmost[.data.cap;d0;d1;t;c]}

// @desc Such rows, unless they are more than n: then 'limit, before they are made.
.data.atmost:{[n;d0;d1;t;c]
  if[n<0W;if[n<.data.number[d0;d1;t;c];.data.toomany n]];
  .data.of[d0;d1;t;c] }
.data.toomany:{'"limit: more than ",string[x]," rows"}
/ rows that one request may fetch; the gateway lowers it for principals
.data.cap:0W

// @desc FIX messages of such dates.
.data.messages:{[d0;d1;c].data.rows[`fixraw;d0;d1;c]}

// @desc Columns k of such rows.
.data.cells:{[d0;d1;t;k;c]
  if[not t in tables`.;:k#.data.empty t];
  w:$[`date in cols t;(within;`date;(d0;d1));(within;`time;.data.span[t;d0;d1])];
  ?[t;enlist[w],c;0b;k!k] }

// @desc Of such rows the last for each value of column k.
.data.latest:{[d0;d1;t;k;c].data.last[k].data.of[d0;d1;t;c]}
.data.last:{[k;x]x asc exec r from ?[x;();(enlist k)!enlist k;(enlist`r)!enlist(last;`i)]}

// @desc Parent orders of a date range with the market at their arrival.
.data.arrivals:{[d0;d1]
  o:.data.of[d0;d1;`orders;((in;`event;enlist`new`carry);(=;`parent;enlist`))];
  o:update qty:.tca.remaining o from o;
  q:$[count o;.data.between[d0;d1;distinct o`sym;min[o`time]-.tca.staleMost[];max o`time];.data.empty`quote];
  .tca.arrivals[o;q] }

// @desc Quotes of symbols s between two times, on dates d0 to d1.
.data.between:{[d0;d1;s;t0;t1].data.of[d0;d1;`quote;.data.i.between[s;t0;t1]]}
.data.i.between:{[s;t0;t1]((in;`sym;enlist(),s);(within;`time;(t0;t1)))}
.data.around:{[s;t0;t1].data.between[;;s;t0;t1]. .cal.days[`quote;(t0;t1)]}

// @desc At most about n of the quotes of a symbol between two times, evenly spread over the rows.
.data.sampled:{[d0;d1;s;t0;t1;n].data.thinned[n].data.between[d0;d1;s;t0;t1]}
.data.thinned:{[n;q]q where 0=(til count q)mod 1|count[q]div n}
.data.thin:{[s;t0;t1;n].data.sampled[;;s;t0;t1;n]. .cal.days[`quote;(t0;t1)]}

// @desc Of quotes q those that stood just before events: what .tca.state would take, and no more.
// @param e {table} events with sym and time
.data.stood:{[e;q]
  k:aj[`sym`time;select sym,time:time-1 from e;update`g#sym from`sym`time xasc select sym,time,k:i from q]`k;
  q asc distinct k except 0N }

// @desc How many rows each table has on dates d0 to d1.
// @return {dict} rows by table
.data.counts:{[d0;d1].data.tables!.data.count[d0;d1]each .data.tables}
.data.count:{[d0;d1;t].data.number[d0;d1;t;()]}
// @desc How many rows of table t clauses c leave.
.data.number:{[d0;d1;t;c]
  if[not t in tables`.;:0];
  w:$[`date in cols t;(within;`date;(d0;d1));(within;`time;.data.span[t;d0;d1])];
  0^first(?[t;enlist[w],c;0b;(enlist`n)!enlist(count;`i)])`n }

// @desc Those of some rows that were there at a time; null is now.
.data.upto:{[w;x]$[null w;x;select from x where time<=w]}

.data.fills:{[d0;d1].data.of[d0;d1;`fills;()]}
.data.orders:{[d0;d1].data.of[d0;d1;`orders;()]}

// @desc Rows and newest time of each table.
.data.health:{t:.data.tables inter tables`.;flip`table`rows`last!(t;{count value x}each t;{exec last time from value x}each t)}

// @desc Signed slippage of every live fill from d0 to d1 against its parent's arrival.
// @kind function
// @name .api.slippage
// @param d0 {date} first date
// @param d1 {date} last date, included
// @return {table} see .tca.slippage, by time
// @example .api.slippage[.z.d-1;.z.d]
.api.slippage:{[d0;d1]`time`execid xasc .tca.slippage[.data.arrivals[d0;d1];.data.fills[d0;d1]]}

// @desc Parents from d0 to d1 with their cost so far.
// @kind function
// @name .api.parents
// @return {table} keyed by parent, see .tca.parents
// @example select parent,slip from .api.parents[.z.d;.z.d]
.api.parents:{[d0;d1].api.parentsAsof[d0;d1;0Np]}

// @desc The same from what was known at a time.
// @kind function
// @name .api.parentsAsof
// @param w {timestamp} as of; null is now
// @return {table} keyed by parent, see .tca.parents
// @example .api.parentsAsof[.z.d;.z.d;.z.p-0D01]
.api.parentsAsof:{[d0;d1;w]
  f:.data.upto[w].data.plain .data.fills[d0;d1];
  o:.data.upto[w].data.plain .data.rows[`orders;d0;d1;enlist(=;`parent;enlist`)];
  .tca.inQuantity[.tca.parents[.data.upto[w].data.arrivals[d0;d1];f];o;.tca.live f] }

// @desc The whole catalogue for the parents from d0 to d1, as `slipstream tca` computes it from files (docs/tca.md).
// Figures are named as published; those by horizon are in markouts and responses.
// @kind function
// @name .api.tca
// @param d0 {date} first date
// @param d1 {date} last date, included
// @return {dict} asof, and tables: see .tca.batch
// @example .api.tca[.z.d;.z.d]
.api.tca:{[d0;d1].api.tcaWith[d0;d1;()!()]}

// @desc The same with a choice of horizons, of the as-of time and of an index, and whether the books are looked at for the share of what is added.
// @kind function
// @name .api.tcaWith
// @param x {dict} any of asof (timestamp), horizons (timespans), index (symbol), see .tca.batch, and book (boolean)
// @example .api.tcaWith[.z.d;.z.d;`horizons`index!(0D00:00:01 0D00:00:05;`SPX)]
.api.tcaWith:{[d0;d1;x]
  x:(`asof`horizons`index`book!(0Np;0#0Nn;`;1b)),x;
  o:.data.plain .data.orders[d0;d1];f:.data.plain .data.fills[d0;d1];
  o:.api.i.originals[d0;d1;o];
  m:.data.market[d0;d1;o;f;x];
  if[x`book;b:.data.book[d0;d1;o;f]];
  k:.data.plain .data.rows[`dq;d0;d1;()];
  .tca.batch[m`quote;m`trade;o;f;x,`book`closed`dq!($[x`book;b;()];(.api.i.over d1)&(null x`asof)|x[`asof]>last .data.span[`orders;d0;d1];k)] }

// whether day d1 is over, so that horizons after its last row are past its close
.api.i.over:{[d1]
  if[`orders in tables`.;if[`date in cols`orders;:1b]];
  $[null c:.api.clock[];1b;d1<.cal.days[`quote;c]] }

// what carried parents first arrived at, as the real-time engine knew it
.api.i.originals:{[d0;d1;o]
  if[not`carry in o`event;:o];
  a:.data.plain .data.rows[`arrival;d0;d1;enlist(=;`event;enlist`original)];
  update origin:(exec id!mid from a)id from o }

// market data of the symbols and times that the orders and the horizons after them touch; the index, and pairs of currencies where figures are converted
.data.market:{[d0;d1;o;f;x]
  if[not count o;:`quote`trade#.data.empty];
  h:.tca.cfg.post|max .tca.cfg.horizons,x`horizons;
  t0:min[o`time]-.tca.staleMost[]|0D00:15;t1:h+max(o`time),f`time;
  s:distinct[o`sym],(x`index),$[.tca.cfg.base=`;();.tca.pairs[exec currency from .tca.reference .tca.cfg.reference;.tca.cfg.base]];
  g:{[d0;d1;t;c].data.plain .data.rows[t;d0;d1;c]}[d0;d1];
  c:enlist(in;`sym;enlist distinct s except`);
  w:c,enlist(within;`time;(t0;t1));
  q:.tca.phased[();();g[`quote;w];g[`status;c]]0;
  `quote`trade!(q;g[`trade;w]) }

// what was added to the books of the symbols of parents while these worked
.data.book:{[d0;d1;o;f]
  if[not count o;:`mbo`depth#.data.empty];
  w:((in;`sym;enlist distinct o`sym);(within;`time;(min o`time;max(o`time),f`time)));
  `mbo`depth!(.data.plain .data.rows[`mbo;d0;d1;w,enlist(=;`action;enlist`add)];.data.plain .data.rows[`depth;d0;d1;w]) }

// @desc One table of the catalogue: fills, children, markouts, responses, segments, switches, breakdown, curves, leak, leakby, figures … (docs/tca.md).
// @kind function
// @name .api.figures
// @param t {symbol} table of .tca.batch's result
// @return {table}
// @example select from .api.figures[.z.d;.z.d;`figures] where figure=`slippage_bps
// @example select from .api.figures[.z.d;.z.d;`breakdown] where dim=`venue,not few
.api.figures:{[d0;d1;t].api.figuresAsof[d0;d1;t;0Np]}

// @desc The same from what was known at a time.
// @kind function
// @name .api.figuresAsof
// @param w {timestamp} as of; null is now
// @return {table}
// @example .api.figuresAsof[.z.d;.z.d;`breakdown;.z.p-0D01]
.api.figuresAsof:{[d0;d1;t;w]
  r:.api.tcaWith[d0;d1;(enlist`asof)!enlist w];
  if[not t in key[r]except`asof;'"no table ",string t];
  r t }

// @desc Markouts of every live fill from d0 to d1 at the horizons h: a row a fill and horizon.
// @kind function
// @name .api.markouts
// @param h {timespan[]} horizons
// @return {table} execid parent time h label state mid markout realised impact
// @example .api.markouts[.z.d;.z.d;0D00:00:01 0D00:01]
.api.markouts:{[d0;d1;h]
  o:.data.plain .data.orders[d0;d1];f:.data.plain .data.fills[d0;d1];
  m:.data.market[d0;d1;o;f;`horizons`index!(h;`)];
  q:.tca.ordered .tca.consolidate m`quote;
  w:1+max(q`time),(o`time),f`time;
  update label:.tca.label h from .tca.finished[.api.i.over d1].tca.markouts[.tca.prepare[o;f;w]`g;q;h;w] }

// @desc A parent's scorecard step by step with its lamps, and the alerts that they gave (q/tca/timeline.q).
// @param p {symbol} parent; ix {symbol} quotes of the index, or `
// @return {dict} rows alerts
// @example .api.timeline[.z.d;.z.d;`P1;`]
.api.timeline:{[d0;d1;p;ix]
  o:.data.plain .data.orders[d0;d1];f:.data.plain .data.fills[d0;d1];
  o:select from o where(id=p)|parent=p;f:select from f where parent=p;
  if[not count o;:`rows`alerts!2#enlist()];
  t0:min[o`time]-.tca.staleMost[]|0D00:15;t1:.tca.cfg.post+max(o`time),f`time;
  c:((in;`sym;enlist distinct ix,o`sym);(within;`time;(t0;t1)));
  g:{[d0;d1;c;t].data.plain .data.rows[t;d0;d1;c]}[d0;d1;c];
  r:.timeline.lamps .timeline.of[p;g`quote;g`trade;o;f;`index`from`to!(ix;0Np;0Np)];
  `rows`alerts!(r;.timeline.alerts r) }

// @desc What the real-time engine said of a parent as it went: its score as of the end of each minute, when a lamp of it changed, and its alerts.
// @kind function
// @name .api.said
// @param p {symbol} parent
// @return {dict} rows (time, and the columns of score as of then), lamps (rows of score where a lamp is another than before), alerts
// @example .api.said[.z.d;.z.d;`P1]
.api.said:{[d0;d1;p]
  k:`time`algo`done`slippage_bps`segment_bps`slippage_rolling_bps`expected_bps`excess_z`leak_bps`leak_late_bps`leak_t`leak_n`leak_class`leak_verdict`cost_lamp`leak_lamp`data_lamp`rev;
  s:`time xasc .data.plain .data.cells[d0;d1;`score;k;enlist(=;`parent;enlist p)];
  r:0!select by time:0D00:01+0D00:01 xbar time-1 from s;
  `rows`lamps`alerts!(r;select from s where(differ cost_lamp)|(differ leak_lamp)|differ data_lamp;.api.of[`alert;d0;d1;p]) }

// @desc Alerts of a date range as they stand: open, snoozed or acknowledged, by whom and when (q/alert.q, docs/alerts.md).
// @return {table} see .alert.book
// @example select from .api.alerts[.z.d;.z.d] where state=`open
.api.alerts:{[d0;d1].api.alertsAt[d0;d1;0Wp^.api.clock[]]}
// @desc The same as they stood at a time of the plant's clock.
// @example .api.alertsAt[.z.d;.z.d;.z.p]
.api.alertsAt:{[d0;d1;w].alert.book[.data.plain .data.rows[`alert;d0;d1;()];.data.plain .data.rows[`alertlog;d0;d1;()];w]}

// @desc The plant's clock: the newest time of the rows of the open day; null when there are none.
// @example .api.clock[]
.api.clock:{.api.i.newest .data.health[]}

// @desc What is wrong with the data, or may be: what the real-time engine has lost, not linked yet, kept aside or found not to add up (.ord.quality), and the clocks of sources.
// @kind function
// @name .api.checked
// @param h {table} rows of health; k {table} rows of skew; the last of each counts
// @return {table} check time lamp detail
// @example .api.checked[0#health;0#skew]
.api.checked:{[h;k]
  n:`lost`orphans`parked`aside;
  e:{[n;r]w:n where 0<r n;
    w:$[(r[`data_lamp]<>`green)&not count w;enlist"quantities of executions do not add up to what the messages say";{string[x]," ",string y}'[w;r w]];
    (`engine;r`time;r`data_lamp;", "sv w)}[n]each -1 sublist h;
  c:{(`$"clock ",string x`sym;x`time;x`level;string x`reason)}each 0!select by sym from k;
  flip`check`time`lamp`detail!$[count r:e,c;flip r;(0#`;0#0Np;0#`;())] }
.api.i.newest:{[h]$[-0Wp=x:max 0Np,h`last;0Np;x]}

// @desc Every order of a date range as it stands: terms in force, status, what is filled and what is left.
// @kind function
// @name .api.orders
// @return {table} see .ord.state
// @example select from .api.orders[.z.d;.z.d] where open
.api.orders:{[d0;d1].ord.state . .api.i.flow[d0;d1]}

// @desc What does not add up in the order flow of a date range, and what was doubtful on arrival is in the table dq.
// @kind function
// @name .api.quality
// @return {table} see .ord.quality
// @example select count i by kind from .api.quality[.z.d;.z.d]
.api.quality:{[d0;d1].ord.quality . .api.i.flow[d0;d1]}

// @desc Orders of a date range whose parent, or whose own request, has not been seen.
// @kind function
// @name .api.orphans
// @return {table} see .ord.orphans
// @example .api.orphans[.z.d;.z.d]
.api.orphans:{[d0;d1].ord.orphans . .api.i.flow[d0;d1]}
.api.i.flow:{[d0;d1].data.plain each(.data.orders[d0;d1];.data.fills[d0;d1])}

// @desc Rows of one table, all of them or those of one parent.
// @kind function
// @name .api.of
// @param t {symbol} orders, fills, arrival, markout, leak, score, alert, dq, fixraw or a table of market data (then p is a symbol)
// @param d0 {date} first date
// @param d1 {date} last date, included
// @param p {symbol} parent, ` for all
// @return {table} by time
// @example .api.of[`fills;.z.d;.z.d;`]
.api.of:{[t;d0;d1;p]
  if[not t in .data.tables;'"no table ",string t];
  / an order is its own parent's first row
  c:$[p~`;();t=`orders;enlist(|;(=;`parent;enlist p);(=;`id;enlist p));`parent in cols .data.empty t;enlist(=;`parent;enlist p);enlist(=;`sym;enlist p)];
  `time xasc .data.plain .data.rows[t;d0;d1;c] }

// @desc Some columns of .api.of, for who wants few of many.
// @kind function
// @name .api.columns
// @param c {symbol[]} columns; one that the table does not have is left out
// @return {table} by time
// @example .api.columns[`fills;.z.d;.z.d;`;`time`qty`price]
.api.columns:{[t;d0;d1;p;c]r:.api.of[t;d0;d1;p];(c inter cols r)#r}

// @desc A parent's figures as they were known at a time: the last row of score up to then, of each parent or of one.
// @kind function
// @name .api.score
// @param p {symbol} parent, ` for all
// @param w {timestamp} as of; null is now
// @return {table} see score in q/schema/derived.q
// @example .api.score[.z.d;.z.d;`;0Np]
.api.score:{[d0;d1;p;w]
  s:.api.of[`score;d0;d1;p];
  `time xasc 0!select by parent from`time`rev xasc .data.upto[w]s }

// @desc Mean response of the mid to what a parent did, at each horizon, with its 95% interval, robust to clusters of 60 s (.stat.clustered); from the rows
// of markout that are final.
// @kind function
// @name .api.responses
// @param p {symbol} parent, ` for all
// @param e {symbol} what is looked at: fill, send, replace, cancel; ` for each
// @return {table} event h n mean_bps lo_bps hi_bps
// @example .api.responses[.z.d;.z.d;`;`fill]
.api.responses:{[d0;d1;p;e].api.responsesAsof[d0;d1;p;e;0Np]}

// @desc The same from what was known at a time.
// @kind function
// @name .api.responsesAsof
// @param w {timestamp} as of; null is now
// @return {table} event h n mean_bps lo_bps hi_bps
// @example .api.responsesAsof[.z.d;.z.d;`;`fill;.z.p-0D01]
.api.responsesAsof:{[d0;d1;p;e;w]
  m:0!select by id,event,at,h from`rev xasc .data.upto[w].api.of[`markout;d0;d1;p];
  m:select from m where state=`final,not null response,(event=e)|e=`;
  k:0!select y:response,b:0D00:01 xbar at by event,h from m;
  if[not count k;:([]event:0#`;h:0#0Nn;n:0#0;mean_bps:0#0n;lo_bps:0#0n;hi_bps:0#0n)];
  (select event,h from k),'select n,mean_bps:mean,lo_bps:lo,hi_bps:hi from .stat.clustered'[k`y;k`b] }

// @desc Rows of each table from d0 to d1, counted where they are.
// @return {dict} rows by table
// @example .api.counts[.z.d;.z.d]
.api.counts:{[d0;d1].data.counts[d0;d1]}

// @desc What is published, with unit, sign and definition.
// @return {table} level col name unit sign doc
// @example .api.metrics[]
.api.metrics:{.tca.catalogue}

// enumerated columns as plain symbols
.data.plain:{@[x;where 20h<=type each flip x;value]}
