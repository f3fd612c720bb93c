// What the real-time engine costs: order events and quotes through its arithmetic (q/rt), in event time, without a plant around it.
//
// quill bench/rte.q -events 1000000 -quotes 10000000 -parents 1000 -hours 6.5
//
// Prints one line: events/s and quotes/s of the whole, milliseconds of an evaluation (all that fell due in 250 ms of event time, or with -instant 1 an order event and
// what came with it), and microseconds an order event, mean and 99th percentile over the evaluations that had any: what the evaluation took, shared by its events.

system"l ",$[count h:getenv`SLIPSTREAM_Q;h;"q"],"/boot.q"
.boot.use each`opt`log,`$"rt/tick";
o:.opt.get flip`name`default`doc!flip((`events;100000;"order events: sends, cancels and fills");(`quotes;1000000;"quotes");(`parents;100;"parents, spread over the day");
  (`syms;20;"symbols");(`instant;0;"1: an evaluation an event");(`sends;`own;"wait: with -instant 1 order events wait for the next fill or boundary");(`hours;6.5;"length of the day"))
.rt.instant:1=o`instant
.rt.alone:$[`wait=o`sends;1#`fills;`orders`fills]
system"S 7";
t0:2024.01.02D09:30
span:"j"$o[`hours]*3600000000000
syms:`$"S",/:string til o`syms
fit:{[t;x]cols[t]xcols(0#t)uj x}

// parents arrive over the day; each has its share of the events, over a tenth of the day after it
n:o`parents
p:([]time:t0+asc n?9*span div 10;sym:n?syms;id:`$"P",/:string til n;parent:`;event:`new;side:n?`buy`sell;qty:1e6;price:0n;algo:`pov)
k:o[`events]div 3
c:update time:time+k?span div 10,id:(`$"C",/:string til k),parent:id,qty:100f,price:100f from p k?n
c:`time xasc c
f:update time:time+0D00:00:00.001*1+k?3000 from select time,sym,execid:(`$"E",/:string i),kind:`new,order:id,side,qty,price:99.9+.01*k?20,venue:`v from c
x:update event:`cancel,time:time+0D00:00:05 from c
ord:fit[orders]`time xasc p,c,x
fil:fit[value`fills]`time xasc f
q:([]time:t0+asc o[`quotes]?span)
m:100+.01*sums o[`quotes]?-1 0 1
q:fit[quote]update sym:o[`quotes]?syms,venue:`v,bid:m-.01,ask:m+.01,bsize:100f,asize:100f from q
-1"made ",string[count ord]," rows of orders, ",string[count fil]," fills, ",string[count q]," quotes";

// messages of 250 ms each: none of their rows is late
step:0D00:00:00.25
feed:{[t]raze{[t;n;x]b:step xbar x`time;([]at:distinct b;tab:n;rows:x value group b)}[t]'[`quote`orders`fills;(q;ord;fil)]}
g:`at xasc feed[];
ms:evs:0#0f
began:.z.p
{[t;r]
  .rt.put[t;r];
  while[not null w:.rt.next[];
    b:count[.rt.o]+count .rt.f;
    s:.z.p;
    .rt.tick w;
    ms,:1e-6*"f"$.z.p-s;
    evs,:"f"$(count[.rt.o]+count .rt.f)-b];
  if[.rt.instant;.rt.advance[]] }'[g`tab;g`rows];
took:1e-9*"f"$.z.p-began
u:where evs>0
pct:{[p;x](asc x)@floor p*-1+count x}
-1", "sv{x,": ",y}'[("events";"quotes";"parents";"seconds";"events/s";"quotes/s";"evaluations";"ms an evaluation p50";"p99";"us an event mean";"p99");
  string(count[ord]+count fil;count q;n;took;floor(count[ord]+count fil)%took;floor count[q]%took;count ms;pct[.5;ms];pct[.99;ms];1e3*sum[ms u]%sum evs u;pct[.99;1e3*ms[u]%evs u])];
exit 0
