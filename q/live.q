// What IDB and RDB answer to the gateway about days that no partition holds yet. Each names the pieces of a day that it has;
// a piece is a table, and the answer a list of tables in the order in which their rows were captured.
//
// p[t;c] gives the pieces of table t, filtered by the where clauses c (parse trees).

// @desc Rows of table t.
.live.rows:{[p;t;c]p[t;c]}

// @desc The same, unless they are more than n: then 'limit.
.live.atmost:{[p;n;t;c]r:p[t;c];if[n<sum count each r;.data.toomany n];r}

// @desc Columns k of them.
.live.cells:{[p;t;k;c]k#/:p[t;c]}

// @desc Of them the last for each value of column k: each piece's own.
.live.latest:{[p;t;k;c].data.last[k]each x where 0<count each x:p[t;c]}

// @desc How many rows each of tables t has.
.live.counts:{[p;t]{[p;t]sum 0,count each p[t;()]}[p]each t}

// @desc At most about n of the quotes of a symbol between two times.
.live.sampled:{[p;s;t0;t1;n]enlist .data.thinned[n]raze p[`quote;.data.i.between[s;t0;t1]]}

// @desc The quotes that stood just before events: each piece's own candidates, of which the caller takes the latest.
// @param e {table} events with sym and time
.live.stood:{[p;e]
  if[not count e;:()];
  .data.stood[e]each p[`quote;.data.i.between[distinct e`sym;min[e`time]-.tca.staleMost[];max e`time]] }

// Where calendars differ, the open day's log also has rows of the next days, of tables whose calendar is ahead: they answer for their own
// day until that opens, when they are in its log too. So all that are asked must mean the same open day: w is (open day;first;last asked for).

// @desc Whether that may be, in this plant.
.live.ahead:{any .cal.ahead each .data.tables}

// @desc Which of days d are to be looked at.
.live.days:{[w;d]d where(d within w 1 2)or(d=w 0)and d<w 1}

// @desc What keeps rows of table t that belong to other days out: where clauses.
.live.only:{[w;d;t]
  $[not d~w 0;$[.cal.ahead t;enlist(<;`time;.cal.end[.cal.of t;d]);()];
    .cal.ahead[t]or d<w 1;enlist(within;`time;.data.span[t;w 1;w 2]);
    ()] }

// @desc Answers fetcher f, a name in .live, from pieces.
.live.ask:{[p;f;a](.live f). enlist[p],a}
