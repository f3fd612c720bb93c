// What is in force of an order when it is amended: limits that fills are held to, the quantity that a parent is done against, and when it ends.

system"l ",getenv[`SLIPSTREAM_Q],"/boot.q"
.boot.use each`$("test";"tca/batch");

t0:2024.01.02D14:30
s:{t0+`timespan$"j"$1e9*x}
near:.t.near[1e-9]

// ---- a child to buy at 100.05, asked to go to 100.04 at second 1, answered at 3; fills at 100.045 in seconds 2 and 4
o:{[e;t;l]([]time:s 0,t;id:`C;event:`new,e;price:100.05,l)}
m:([]order:`C;execid:`F1`F2;time:s 2 4;side:`buy;price:100.045)
lim:{[e;t;l].tca.limits[m;update qty:100f from o[e;t;l]]}
.t.match[0#`]lim[0#`;0#0f;0#0n]
.t.match[`F1`F2]lim[1#`replace;1#1f;1#100.04]                 / nobody answers: it counts when it is asked
.t.match[1#`F2]lim[`replace`replaced;1 3f;100.04 100.04]      / accepted at 3
.t.match[1#`F2]lim[`replace`replaced;1 3f;100.04 0n]          / the answer leaves out the price that was asked for
.t.match[0#`]lim[`replace`cancelreject;1 3f;100.04 0n]        / refused
.t.match[0#`]lim[`ack`replace;.5 1f;0n 100.04]                / of an order that is answered a request alone is none yet
.t.match[1#`F1]lim[`replace`replaced`replace`replaced;.1 1 1.1 3f;100.04 100.04 100.05 100.05]
.t.match[`F1`F2].tca.limits[update side:`sell,price:100.03 from m;update qty:100f from o[0#`;0#0f;0#0n]]   / a sell beneath its limit
.t.match[0#`].tca.limits[m;update qty:100f,price:0n from o[0#`;0#0f;0#0n]]      / no limit

// ---- a parent of 1,000 at mid 100; the child fills 200 and 300 at 101, in seconds 3 and 4
q:([]time:s .5*til 40;sym:`X;venue:`v;bid:99f;ask:101f)
p0:([]time:s .6 1.2;sym:`X;id:`P`C1;parent:``P;event:`new;side:`buy;qty:1000 1500f;price:0n;algo:`a;broker:`b;trader:`t;venue:`v)
change:{[e;t;n]update event:e,time:s t,qty:n from 1#p0}
f:([]time:s 3.2 4.2;sym:`X;execid:`F1`F2;refid:`;kind:`new;order:`C1;side:`buy;qty:200 300f;price:101f;venue:`v;liquidity:`remove;fee:0f)
run:{[o;f]first .tca.batch[q;0#select time,sym,venue,price:bid,size:bid from q;p0,o;f;`asof`horizons!(s 8;1#0D00:00:01)]`parents}
flags:{`$" "vs string x`flags}
p:run[0#p0;f]
near[1000 .5]p`ordered`done
.t.match[`DECISION_IS_ARRIVAL`OPEN]flags p
/ cut to what is filled: done with its last fill; 500 at a dollar
p:run[change[`replace;2;500f];f]
near[500 1f]p`ordered`done
.t.match[(1#`DECISION_IS_ARRIVAL;s 4.2)](flags p;p`end_time)
near[500f]p`is_cost
/ cut below what is filled by then: nothing is over
p:run[change[`replace;6;100f];f]
near[500 1f]p`ordered`done
.t.match[1#`DECISION_IS_ARRIVAL]flags p
/ increased to 1,500: 1,200 are not too many, and the rest is open
p:run[change[`replace;2;1500f];update qty:600f from f]
near[1500 .8]p`ordered`done
.t.match[(`DECISION_IS_ARRIVAL`OPEN;s 8)](flags p;p`end_time)
/ 1,200 of 1,000 are
p:run[0#p0;update qty:600f from f]
.t.match[`OVERFILL`DECISION_IS_ARRIVAL]flags p
/ a refused request changes nothing, one that is not answered yet neither
p:run[change[`replace;2;500f],change[`cancelreject;3;0n];f]
near[1000 .5]p`ordered`done
p:run[change[`ack;.7;1000f],change[`replace;2;500f];f]
near[1000 .5]p`ordered`done
/ nor does a cancel that is refused: the order goes on
p:run[change[`cancel;5;0n],change[`cancelreject;6;0n];f]
.t.match[(`DECISION_IS_ARRIVAL`OPEN;s 8)](flags p;p`end_time)
p:run[change[`cancel;5;0n],change[`canceled;6;0n];f]
.t.match[(1#`DECISION_IS_ARRIVAL;s 6)](flags p;p`end_time)

// ---- what was cancelled is no opportunity, if that is set: 500 bought a dollar above the mid, nothing of the 500 cancelled at 100 (and 100 at the end)
.tca.cfg.cancelled:0b
q:update bid:bid+2,ask:ask+2 from q where time>s 2
p:run[change[`cancel;5;0n];f]
near[500f]p`is_cost                                          / 500 x (101 - 100)
near[50000f]p`paper                                          / of what was left of the order
.tca.cfg.cancelled:1b
p:run[change[`cancel;5;0n];f]
near[1500f]p`is_cost                                         / and 500 x (102 - 100) that were not bought

// ---- the child posts 200 at the bid, where 500 are; another rests behind it, a third takes: one post, two that rest
c:update id:`C1`C2`C3,time:s 1.2 1.3 1.4,qty:200 300 50f,price:101 100 110f from 3#1_p0
p:first .tca.batch[update bsize:500f,asize:100f from q;0#select time,sym,venue,price:bid,size:bid from q;(1#p0),update price:price-2 from c;0#f;`asof`horizons!(s 2;1#0D00:00:01)]`parents
.t.match[3 2 1]"j"$p`children`resting_children`posts
near[.5]p`displayed_share                                    / median of 200 and 300 of 500
.t.match[(0n;`$"no displayed quantity reported")]p`displayed_part`displayed_part_reason
.t.match[`$"nothing seen for so long"]p`fill_probability_1s_reason
/ the first shows 50 of its 200 at a time, 0.1 of the touch, the other, of which nothing is said, all of its 300, 0.6
ice:{[d](update displayqty:0n from 1#p0),update price:price-2,displayqty:d from c}
p:first .tca.batch[update bsize:500f,asize:100f from q;0#select time,sym,venue,price:bid,size:bid from q;ice 50 0n 0n;0#f;`asof`horizons!(s 2;1#0D00:00:01)]`parents
near[.35 .25]p`displayed_share`displayed_part
/ one that is hidden, and one that would show more than it has
p:first .tca.batch[update bsize:500f,asize:100f from q;0#select time,sym,venue,price:bid,size:bid from q;ice 0 900 0n;0#f;`asof`horizons!(s 2;1#0D00:00:01)]`parents
near[.3 .5]p`displayed_share`displayed_part                 / 0 and 300 of 500; none and all
/ what was added to the touch of 200 that show 50 at a time: 50 at first, 100 when 70 are filled, all when all are; all where nothing is said; nothing of a hidden one
.t.match[50 100 200 200 200 0f].tca.i.showed[200f;50 50 50 0n 300 0f;0 70 200 70 0 70f]
p:first .tca.batch[update bsize:500f,asize:100f from q;0#select time,sym,venue,price:bid,size:bid from q;(1#p0),update price:price-2 from c;0#f;`asof`horizons!(s 2;1#0D00:00:01)]`parents
near[0f](first .tca.batch[update bsize:500f,asize:100f from q;0#select time,sym,venue,price:bid,size:bid from q;(1#p0),update price:price-2 from c;0#f;`asof`horizons!(s 3;1#0D00:00:01)]`parents)`fill_probability_1s
p:run[0#p0;f]                                                / the child without a limit takes
.t.match[`$"no resting child"]each p`displayed_share_reason`resting_life_s_reason`fill_probability_1s_reason;

// ---- a parent that is filled itself was sent when it arrived, at 100: 500 at 101 when the mid is 102
p:run[0#p0;update order:`P from f]
near[0 1000 -500f]p`arrival_to_send`send_to_fill`half_spread
.t.match[0](first .tca.batch[q;0#select time,sym,venue,price:bid,size:bid from q;1#p0;0#f;`asof`horizons!(s 8;1#0D00:00:01)]`parents)`children

.t.end[]
