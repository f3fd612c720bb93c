// The queries of bench/queries.py as functions of no arguments, over the tables quote and trade that it sends.
quote:trade:few:()
.bench.win:0D00:00:01
.bench.from:0Np;.bench.to:0Np;.bench.sym:`
.bench.q:()!()
.bench.q[`$"as-of join"]:{aj[`sym`time;trade;quote]}
.bench.q[`$"slippage by symbol"]:{select bps:avg 1e4*side*(price-mid)%mid by sym from update mid:.5*bid+ask from aj[`sym`time;trade;select sym,time,bid,ask from quote]}
.bench.q[`$"VWAP by symbol"]:{select vwap:size wavg price by sym from trade}
.bench.q[`$"VWAP and volume, 5 min"]:{select vwap:size wavg price,vol:sum size by sym,0D00:05 xbar time from trade}
.bench.q[`$"last quote by symbol"]:{select last time,last bid,last ask by sym from quote}
.bench.q[`$"OHLC, 1 min"]:{select o:first price,h:max price,l:min price,c:last price by sym,0D00:01 xbar time from trade}
.bench.q[`$"one symbol, 10 min"]:{exec n:count i,s:avg ask-bid from quote where sym=.bench.sym,time within(.bench.from;.bench.to)}
.bench.q[`$"window join, 10,000 trades"]:{select ask,bid from wj1[(few`time;few[`time]+.bench.win);`sym`time;few;(quote;(max;`ask);(min;`bid))]}

// @desc Milliseconds of each of n runs of a query, and its answer reduced to rows and the sum of its floats.
.bench.run:{[k;n]
  f:.bench.q k;
  t:{[f;x]s:.z.p;f[];1e-6*"j"$.z.p-s}[f]each til n;
  r:f[];
  r:$[99h=type r;$[98h=type value r;0!r;flip enlist each r];r];
  v:value flip r;
  / a window without a quote has infinities: other engines have no row for it
  x:v where 9h=type each v;
  i:where not any(x=0w)|x=-0w;
  (t;count i;sum sum each x@\:i) }
.bench.ready:{@[`.;;{update`g#sym from x}]each`quote`trade;few::{(10000&count x)#x}select from trade where 0=i mod 100;count quote}
