// What RDB and HDB answer, and the figures that the gateway publishes under the same names.
// .data.* fetches rows of a date range from the tables of the process; .api.* computes from what .data.* returns,
// so that the gateway, which replaces .data.* by routed forms, computes the same.

.boot.use each`calendar,`$("tca/batch";"tca/timeline";"schema/market";"schema/order";"schema/derived");

// the empty tables, for a process that has no rows yet
.data.tables:`quote`trade`depth`mbo`status`orders`fills`fixraw`dq`arrival`markout`score`alert`health
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
.data.rows:{[t;d0;d1;c].data.of[d0;d1;t;c]}

// @desc Parent orders of a date range with the market at their arrival.
.data.arrivals:{[d0;d1]
  o:.data.of[d0;d1;`orders;((=;`event;enlist`new);(=;`parent;enlist`))];
  q:$[count o;.data.between[d0;d1;distinct o`sym;min[o`time]-.tca.cfg.stale;max o`time];.data.empty`quote];
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
.data.count:{[d0;d1;t]$[t in tables`.;first(?[t;enlist$[`date in cols t;(within;`date;(d0;d1));(within;`time;.data.span[t;d0;d1])];0b;(enlist`n)!enlist(count;`i)])`n;0]}

.data.fills:{[d0;d1].data.of[d0;d1;`fills;()]}
.data.orders:{[d0;d1].data.of[d0;d1;`orders;()]}

// @desc Rows and newest time of each table.
.data.health:{t:.data.tables inter tables`.;flip`table`rows`last!(t;{count value x}each t;{exec last time from value x}each t)}

// @desc Signed slippage of every live fill from d0 to d1 against its parent's arrival.
// @param d0 {date} first date
// @param d1 {date} last date, included
// @return {table} see .tca.slippage, by time
.api.slippage:{[d0;d1]`time`execid xasc .tca.slippage[.data.arrivals[d0;d1];.data.fills[d0;d1]]}

// @desc Parents from d0 to d1 with their cost so far.
.api.parents:{[d0;d1].tca.parents[.data.arrivals[d0;d1];.data.fills[d0;d1]]}

// @desc The whole catalogue for the parents from d0 to d1, as `slipstream tca` computes it from files (docs/tca.md).
// Figures are named as published; those by horizon are in markouts and responses.
// @param d0 {date} first date
// @param d1 {date} last date, included
// @return {dict} asof parents fills markouts children responses breakdown curves leak problems
// @example .api.tca[.z.d;.z.d]
.api.tca:{[d0;d1]
  o:.data.plain .data.orders[d0;d1];f:.data.plain .data.fills[d0;d1];
  / market data of the symbols and times that the orders and the horizons after them touch
  t0:min[o`time]-.tca.cfg.stale|0D00:15;t1:(.tca.cfg.post|max .tca.cfg.horizons)+max(o`time),f`time;
  c:((in;`sym;enlist distinct o`sym);(within;`time;(t0;t1)));
  g:{[d0;d1;c;n;t]$[n;.data.plain .data.rows[t;d0;d1;c];.data.empty t]}[d0;d1;c;count o];
  .tca.batch[g`quote;g`trade;o;f;`asof`horizons!(0Np;())] }

// @desc A parent's scorecard step by step with its lamps, and the alerts that they gave (q/tca/timeline.q).
// @param p {symbol} parent; ix {symbol} quotes of the index, or `
// @return {dict} rows alerts
// @example .api.timeline[.z.d;.z.d;`P1;`]
.api.timeline:{[d0;d1;p;ix]
  o:.data.plain .data.orders[d0;d1];f:.data.plain .data.fills[d0;d1];
  o:select from o where(id=p)|parent=p;f:select from f where parent=p;
  if[not count o;:`rows`alerts!2#enlist()];
  t0:min[o`time]-.tca.cfg.stale|0D00:15;t1:.tca.cfg.post+max(o`time),f`time;
  c:((in;`sym;enlist distinct ix,o`sym);(within;`time;(t0;t1)));
  g:{[d0;d1;c;t].data.plain .data.rows[t;d0;d1;c]}[d0;d1;c];
  r:.timeline.lamps .timeline.of[p;g`quote;g`trade;o;f;`index`from`to!(ix;0Np;0Np)];
  `rows`alerts!(r;.timeline.alerts r) }

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
