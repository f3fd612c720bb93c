// The queries of bench/queries.py in q; prints a line of JSON a query: name, ms of each run, rows of the answer, sum of its floats.
//   quill bench/queries.q -dir FOLDER -part memory|disk|tca -runs 7 -open NS -from NS -to NS -horizons "NS NS ..." [-s THREADS]
// memory: tables with g#sym; disk: a database of one day with p#sym, which is written first; tca: functions of the plant over the same day.
system"l ",getenv[`SLIPSTREAM_Q],"/boot.q"
.boot.use each`opt`log`part;
o:.opt.get flip`name`default`doc!flip((`dir;"";"folder of the columns");(`part;`memory;"memory, disk or tca");(`runs;7;"runs of a query");
  (`open;0;"");(`from;0;"nanoseconds since 1970");(`to;0;"");(`horizons;"";"nanoseconds");(`symbols;500;""))
.log.name:`bench
system"P 12"
col:{[k;n]first(enlist k;enlist 8)1:hsym`$o[`dir],"/",n,".bin"}
at:{"p"$x-946684800000000000}
syms:`$"S",/:string til o`symbols
quote:([]time:at col["j";"quote.time"];sym:syms col["j";"quote.sym"];bid:col["f";"quote.bid"];ask:col["f";"quote.ask"];bsize:col["j";"quote.bsize"];asize:col["j";"quote.asize"])
trade:([]time:at col["j";"trade.time"];sym:syms col["j";"trade.sym"];price:col["f";"trade.price"];size:col["j";"trade.size"];side:col["j";"trade.side"])
t0:at o`from;t1:at o`to
hs:"n"$"J"$" "vs o`horizons
second:0D00:00:01
day:"d"$at o`open

q:()!()
q[`$"as-of join"]:{aj[`sym`time;trade;quote]}
q[`$"slippage by symbol"]:{select bps:avg 1e4*side*(price-mid)%mid by sym from update mid:.5*bid+ask from aj[`sym`time;trade;select sym,time,bid,ask from quote]}
q[`$"VWAP by symbol"]:{select vwap:size wavg price by sym from trade}
q[`$"VWAP and volume, 5 min"]:{select vwap:size wavg price,vol:sum size by sym,0D00:05 xbar time from trade}
q[`$"last quote by symbol"]:{select last time,last bid,last ask by sym from quote}
q[`$"OHLC, 1 min"]:{select o:first price,h:max price,l:min price,c:last price by sym,0D00:01 xbar time from trade}
q[`$"one symbol, 10 min"]:{exec n:count i,s:avg ask-bid from quote where sym=`S7,time within(t0;t1)}
q[`$"window join, 10,000 trades"]:{select ask,bid from wj1[(few`time;few[`time]+second);`sym`time;few;(quote;(max;`ask);(min;`bid))]}
q[`$"distinct symbol and price"]:{distinct select sym,price from trade}
q[`$"sort quotes by symbol and time"]:{`sym`time xasc quote}
q[`$"count by symbol and size"]:{select n:count i by sym,bsize from quote}
q[`$"fby: trades at their symbol's high"]:{select from trade where price=(max;price)fby sym}
q[`$"moving average of 20 by symbol"]:{select m:20 mavg price by sym from trade}
q[`$"filter on text"]:{select from trade where id like"*77*"}
q[`$"markouts of 13 horizons"]:{raze{[f;m;h]select markout:1e4*side*(mid-price)%price from aj[`sym`time;update time:time+h from f;m]}[ours;select sym,time,mid:.5*bid+ask from quote]each hs-1}

// on disk: the same of the day's partition
d:()!()
d[`$"as-of join"]:{aj[`sym`time;select from trade where date=day;select from quote where date=day]}
d[`$"slippage by symbol"]:{select bps:avg 1e4*side*(price-mid)%mid by sym from update mid:.5*bid+ask from aj[`sym`time;select from trade where date=day;select sym,time,bid,ask from quote where date=day]}
d[`$"VWAP by symbol"]:{select vwap:size wavg price by sym from trade where date=day}
d[`$"VWAP and volume, 5 min"]:{select vwap:size wavg price,vol:sum size by sym,0D00:05 xbar time from trade where date=day}
d[`$"last quote by symbol"]:{select last time,last bid,last ask by sym from quote where date=day}
d[`$"OHLC, 1 min"]:{select o:first price,h:max price,l:min price,c:last price by sym,0D00:01 xbar time from trade where date=day}
d[`$"one symbol, 10 min"]:{exec n:count i,s:avg ask-bid from quote where date=day,sym=`S7,time within(t0;t1)}
d[`$"window join, 10,000 trades"]:{select ask,bid from wj1[(few`time;few[`time]+second);`sym`time;few;(select from quote where date=day;(max;`ask);(min;`bid))]}

// the plant's own functions: states of the market, reasons, thresholds and all
leak:()!()
leak[`$"catalogue: markouts of 13 horizons"]:{.tca.markouts[ours;quote;hs;max quote`time]}
leak[`$"catalogue: matched test of 500 events"]:{.leak.symbol[`S7;events;quote;tape;.leak.cfg]}

// @desc Rows, and the sum of the finite floats, of an answer.
answer:{[r]
  r:$[99h=type r;$[98h=type value r;0!r;flip enlist each r];r];
  f:v where 9h=type each v:value flip r;
  / moving averages come as one list a symbol
  f,:raze each v where{(0h=type x)and 9h=type first x}each v;
  n:$[count b:v where{(0h=type x)and 9h=type first x}each v;sum count each first b;count r];
  / a window without a quote has infinities: other engines have no row for it
  if[not count f;:(n;0f)];
  (n-$[n=count first f;sum any(f=0w)|f=-0w;0];sum{sum x where(not null x)&not(x=0w)|x=-0w}each f) }
tell:{[k;ms;a](-1).j.j`query`ms`rows`sum!(string k;ms;a 0;a 1);}

// one run to warm up, which is looked at; fewer where a run takes over a second
run:{[k;f]
  s:.z.p;r:f[];one:1e-6*"j"$.z.p-s;
  a:answer r;r:();
  tell[k;{[f;x]s:.z.p;f[];1e-6*"j"$.z.p-s}[f]each til$[one>1000;3&o`runs;o`runs];a] }

few:(10000&count few)#few:select from trade where 0=i mod 100
ours:select from trade where 0=i mod 10
if[`memory=o`part;
  ids:read0 hsym`$o[`dir],"/trade.id.txt";
  trade:update id:ids from trade;
  {@[`.;x;{update`g#sym from x}]}each`quote`trade;
  run'[key q;value q]];
if[`disk=o`part;
  db:hsym`$o[`dir],"/hdb";
  system"rm -rf ",o[`dir],"/hdb ",o[`dir],"/hdb.aside";
  {@[`.;x;{update`g#sym from x}]}each`quote`trade;
  / as the plant rolls a day: sorted, enumerated, parted, compared, put in its place
  one:{[t]s:.z.p;.part.write[db;` sv .part.aside[db;day],t;value t];1e-6*"j"$.z.p-s};
  tell[`$"roll: sorted, parted, enumerated, compared";1_{[x]system"rm -rf ",(1_string db),".aside";one`quote}each til 4;(count quote;0f)];
  one`trade;
  .part.replace[db;day];
  ![`.;();0b;`quote`trade];
  system"l ",1_string db;
  run'[key d;value d]];
if[`tca=o`part;
  .boot.use`$"tca/batch";
  quote:update`p#sym from`sym`time xasc quote;
  ours:update execid:i,parent:`P,side:`sell`buy side>0 from ours;
  tape:.tca.tape update"f"$size from trade;
  t:exec time from trade where sym=`S7,time>second+at o`open;
  events:([]parent:`P;class:`post;time:t count[t]&floor count[t]*(til 500)%500;side:500#`buy`sell;size:100f);
  run'[key leak;value leak]];
exit 0
