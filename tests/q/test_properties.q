// Identities that hold on any order flow, tried on random ones: quotes with gaps, crossed and one-sided ones, two symbols, replaces, cancels, busts,
// corrections, fees, buys and sells.

system"l ",getenv[`SLIPSTREAM_Q],"/boot.q"
.boot.use each`$("test";"tca/batch");

.tca.cfg.stale:0D00:00:08                                 / seldom, at a quote every 1.2 s
t0:2024.01.02D14:30
at:{t0+0D00:00:00.001*x}
flow:{[seed]
  system"S ",string seed;
  q:raze{[s]n:3000;m:100+.01*sums n?-1 0 1;w:.005*1+n?3;
    q:([]time:at asc neg[n]?3600000;sym:s;venue:`v1;bid:m-w;ask:m+w;bsize:100f*1+n?9;asize:100f*1+n?9);
    update bid:?[i in 20?n;0n;bid],ask:?[i in 20?n;bid-.01;ask]from q}each`A`B;
  k:12;
  p:([]time:at neg[k]?600000;sym:k?`A`B;id:`$"P",/:string til k;parent:`;event:`new;side:k?`buy`sell;qty:1000f*5+k?20;price:0n);
  c:raze{[p;j]update id:(`$((string id),\:"c",string j)),parent:id,time:time+0D00:00:01*1+count[i]?600,qty:1000f from p}[p]each til 4;
  r:update event:`replace,time:time+0D00:05,qty:qty+1000f*-6+k?12 from p;
  x:update event:`cancel,time:time+0D00:40 from p where 0=i mod 3;
  o:update algo:`pov`vwap i mod 2,broker:`b1`b2`b3 i mod 3,trader:`t1,venue:`v from p,c,(select from r where 0=i mod 2),x where event=`cancel;
  n:80;
  j:n?count c;
  f:([]time:c[`time][j]+0D00:00:00.001*n?60000;sym:c[`sym]j;execid:`$"E",/:string til n;refid:`;kind:`new;order:c[`id]j;side:c[`side]j;
    qty:100f*1+n?5;price:100+.01*-50+n?100;venue:n?`v1`v2;liquidity:n?`add`remove`;fee:.01*n?100);
  t:([]time:at neg[600]?3600000;sym:600?`A`B;venue:`v;price:100+.01*-50+600?100;size:100f*1+600?9);
  t,:select time,sym,venue,price,size:qty from f;
  f,:update execid:(`$"K",/:string i),refid:execid,kind:10?`bust`correct,price:price+.01,time:time+0D00:00:05 from -10?f;
  `q`t`o`f!(q;t;o;f) }
opt:`asof`horizons!(at 3599000;0D00:00:00.1 0D00:00:01 0D00:01)
run:{.tca.batch[x`q;x`t;x`o;x`f;opt]}
/ a null is near a null alone
near:{[a;b](null[a]=null b)&(null a)|(1e-9*1|abs a)>=abs a-b}

check:{[seed]
  d:flow seed;
  r:run d;
  p:r`parents;f:r`fills;m:r`markouts;
  / the parts of the shortfall sum to it, bit for bit; and to what it is by definition where nothing was amended
  w:select from p where not null is_cost,not null delay,not null timing_impact,not null spread,not null opportunity;
  .t.match[1b]0<count w;
  .t.match[1b]w[`is_cost]~w[`fees]+w[`opportunity]+w[`spread]+w[`delay]+w`timing_impact;
  .t.match[1b]all near[w`is_cost;(w`fees)+(w`executed_cost)+w`open_cost];
  amended:exec distinct id from d[`o]where event in`replace`cancel,parent=`;
  w:select from w where not parent in amended,not null arrival_mid;
  .t.match[1b]2<count w;
  e:.tca.mid[select sym,time:opt`asof from w;.tca.consolidate d`q];
  .t.match[1b]all near[w`is_cost;(w`fees)+(0^w`cost)+?[w[`qty]=w`filled;0f;.tca.sign[w`side]*(w[`qty]-w`filled)*e-w`arrival_mid]];
  / executed legs sum to the cost
  w:select from p where not null half_spread,not null arrival_to_send;
  .t.match[1b]5<count w;
  .t.match[1b]all near[w`cost;w[`arrival_to_send]+w[`send_to_fill]+w`half_spread];
  / drift legs sum, where the mid at both fills is known
  w:select from p where not null total_bps,not null pre_bps,not null during_bps;
  .t.match[1b]5<count w;
  .t.match[1b]all near[w`total_bps;w[`pre_bps]+w[`during_bps]+w`post_bps];
  / effective spread = realised + impact, in currency, wherever the horizon is final
  g:m lj`execid xkey select execid,side,price,mid0:mid from f;
  g:select from g where state=`final,not null mid0;
  .t.match[1b]100<count g;
  .t.match[1b]all near[2*.tca.sign[g`side]*g[`price]-g`mid0;g[`realised]+g`impact];
  / average price - VWAP with us = (1 - participation) x (average price - VWAP without us), where all own fills are in the window
  w:select from p where not null vwap_ex_own,not null participation,filled>0,last_fill<=end_time;
  .t.match[1b]5<count w;
  .t.match[1b]all near[w[`avg_price]-w`vwap;(1-w`participation)*w[`avg_price]-w`vwap_ex_own];
  / cost of parents = cost of their fills
  .t.match[1b]all near[exec 0^cost from p;0^(exec sum cost by parent from f)p`parent];
  / so are segments and buckets of any breakdown: nothing is in two of them or in none
  .t.match[1b]all near[exec 0^cost from p;0^(exec sum cost by parent from r`segments)p`parent];
  .t.match[1b]all 1e-6>abs(exec sum cost from f)-exec sum cost by dim from r`breakdown;
  .t.match[1b]all count[f]=exec sum n by dim from r`breakdown;
  / an interval holds its figure; each figure is there once for each parent, with its reason where it is null
  w:select from p where not null slippage_bps_ci_lo;
  .t.match[1b]0<count w;
  .t.match[1b]all(w`slippage_bps)within'flip w`slippage_bps_ci_lo`slippage_bps_ci_hi;
  .t.match[1b]all(null g`val)=not null(g:r`figures)`reason;
  .t.match[0#`]exec distinct figure from g where reason=`unknown;
  .t.match[1b]all 1=exec count i by parent,figure from g;
  / busts and corrections are revisions
  .t.match[1b]all(p`rev)=1+0^(exec count i by parent from ej[`order;select order from d[`f]where kind in`bust`correct,time<=opt`asof;select order:id,parent from d[`o]where parent<>`])p`parent;
  / the order of rows does not matter
  .t.match[r`parents](run @[d;`q`t`f;{x neg[count x]?count x}])`parents;
  / the other side: everything signed flips
  z:run @[d;`o`f;{update side:(`buy`sell!`sell`buy)side from x}];
  s:exec name from .tca.catalogue where level=`parent,sign in(`$("+ cost";"+ adverse";"+ comes back")),not name in`fees`is_cost`is_bps,not name like"*ci_*",
    not name like"price_imp*",not name like"adverse*",not name like"leak*";
  flips:{[a;b;n]all near[neg a n;b n]}[r`parents;z`parents]each s;
  .t.match[0#`]s where not flips;
  .t.match[1b]all near[neg exec slippage_bps from f;exec slippage_bps from z`fills];
  / arrival never moves: not by amends, fills, busts
  only:.tca.batch[d`q;d`t;select from d[`o]where event=`new,parent=`;0#d`f;opt];
  .t.match[p`arrival_mid]only[`parents]`arrival_mid;
  / a busted fill leaves no trace: the same as if it had never been, but for the revision, the problems, and the leakage test, which asks what the market saw
  b:exec refid from d[`f]where kind=`bust;
  never:run @[d;`f;{[b;f]select from f where not execid in b,not refid in b}b];
  same:{x where not x like"leak*"}(cols r`parents)except`rev`flags`vwap`vwap_bps`vwap_ex_own`vwap_ex_own_bps;
  .t.match[never[`fills]`execid]f`execid;
  .t.match[same#never`parents]same#p }
check each 1 2 3 4 5;

// nothing at all
e:flow 1
n:.tca.batch[0#e`q;0#e`t;0#e`o;0#e`f;opt]
.t.match[0]count n`parents
n:.tca.batch[0#e`q;0#e`t;select from e`o where event=`new,parent=`;0#e`f;opt]
.t.match[12]count n`parents
.t.match[1b]all(`$"no quote")=n[`parents]`arrival_mid_reason

.t.end[]
