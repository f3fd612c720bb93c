// Figures in a base currency, live and in batch: the real-time engine keeps the FX quote that stood when a parent arrived, so that what it says of the
// parent, its fills and its children is the batch's bit for bit, in every currency; and the leakage test knows of none.

system"l ",getenv[`SLIPSTREAM_Q],"/boot.q"
.boot.use each`$("test";"rt/tick");
system"l ",getenv[`SLIPSTREAM_Q],"/../tests/q/flow.q"
s:{t0+`timespan$"j"$1e9*x}

// A trades in euros, quoted as EURUSD; B in yen, as USD/JPY, the other way round; C in dollars; D in francs, which nobody quotes; E's pound comes late
syms:`A`B`C`D`E
.tca.cfg.reference:([]sym:syms;currency:`EUR`JPY`USD`CHF`GBP;adv:1e6;sigma:.02)
q0:raze{[x]([]time:s .1*til 100;sym:x;venue:`v;bid:99.99+.001*til 100;ask:100.01+.001*til 100;bsize:100f;asize:100f)}each syms
rates:([]time:s .5 1.5 5 .5 1.5 6;sym:`EURUSD`EURUSD`EURUSD,`$("USD/JPY";"USD/JPY";"GBPUSD");venue:`fx;bid:1.09 1.19 1.29 149.9 159.9 1.25;ask:1.11 1.21 1.31 150.1 160.1 1.27;bsize:1f;asize:1f)
orders0:([]time:s[2],s 2.5;id:`P`C;parent:``P;event:`new;side:`buy;qty:1000 400f;price:0n 101f;algo:`a;broker:`b;trader:`t;venue:`v)
d:`quote`trade`status`orders`fills!fit'[(quote;trade;status;orders;value`fills);(q0,rates;0#trade;0#status;
  raze{[x]update sym:x,id:(`$(string[x],/:string id)),parent:?[parent=`;`;`$string[x],/:string parent]from orders0}each syms;
  raze{[x]([]time:s 3 4;sym:x;execid:`$string[x],/:"12";kind:`new;order:`$string[x],"C";side:`buy;qty:100 200f;price:100.06 100.07;venue:`v;liquidity:`remove`add;fee:1f)}each syms)]

batch:{[w].tca.batch[d`quote;d`trade;d`orders;d`fills;`asof`horizons!(w;())]}
live:{[m].rt.reset[];{.rt.put . x;while[not null w:.rt.next[];.rt.tick w]}each m;.rt.seen:s 12;while[not null w:.rt.next[];.rt.tick w];.rt.rows`$string[syms],\:"P"}
same:{[b;l]
  l:`parents`fills`children!{[b;l;k;c]l[k]iasc b[k][c]?l[k]c}[b;l]'[`parents`fills`children;`parent`execid`id];
  {[b;l;k]c:cols[l k]where not cols[l k]like"leak*";.t.match[(k;c#b k)](k;c#l k)}[b;l]each`parents`fills`children; }

.tca.cfg.base:`USD
l:live arrive[1;0f;1;d]1
b:batch .rt.w
same[b;l]
// by hand: EURUSD stood at 1.20 when A's parent came, 160 yen were a dollar for B's; slippage of C, in dollars, is its own
p:1!b`parents
.t.near[1e-12;1.2 1]exec fx from p([]parent:`AP`CP)
.t.near[1e-12;1%160]p[`BP]`fx
.t.near[1e-9;1.2*p[`AP]`cost]p[`AP]`cost_base
.t.match[`$("no FX quote";"no FX quote")]exec fx_reason from p([]parent:`DP`EP)
.t.match[1b]all null exec cost_base from p([]parent:`DP`EP)
// a late FX quote, from just before the parent came, is put in its place
late:fit[quote]([]time:1#s 1.9;sym:`EURUSD;venue:`fx;bid:1.39;ask:1.41;bsize:1f;asize:1f)
l:live arrive[1;0f;1;d][1],enlist(`quote;late)
d[`quote],:late
b:batch .rt.w
same[b;l]
.t.near[1e-12;1.4]first exec fx from b[`parents]where parent=`AP
// in whatever currency: what is no money of the base is the same, and so is what the leakage test says
own:{[b](c where not any(c:cols b`parents)like/:("*_base*";"fx*"))#b`parents}
u:(own b;b`leak;.rt.leaks`AP`BP)
each1:{[u;x].tca.cfg.base:x;l:live m;b:batch .rt.w;.t.match[u](own b;b`leak;.rt.leaks`AP`BP);same[b;l];$[`fx in cols p:b`parents;first exec fx from p where parent=`AP;0n]}
m:arrive[1;0f;1;d]1
.t.match[1 0n 0n]each1[u]each`EUR`JPY`
.t.end[]
