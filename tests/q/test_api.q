// .api.tca over the plant's tables gives what a batch over the same rows gives; INST through it.

system"l ",getenv[`SLIPSTREAM_Q],"/boot.q"
.boot.use each`test`api;

t0:2024.01.02D14:30:00
us:{t0+`timespan$1000*x}
upsert[`quote]update venue:`v,bsize:100f,asize:100f from([]time:us -1 49999 74999 119999 199999;sym:`X;bid:100 100.01 100.02 100.03 100.05;ask:100.02 100.03 100.04 100.05 100.07);
upsert[`quote]([]time:us -2 0;sym:`Y;venue:`v;bid:1f;ask:2f);
o:([]time:us 0 50000;sym:`X;id:`P`C1;parent:``P;event:`new;side:`buy;qty:100000 10000f;price:0n 100.05;algo:`pov;broker:`b;trader:`t;account:`a;venue:`v)
f:([]time:us 75000 120000;sym:`X;execid:`F1`F2;refid:`;kind:`new;order:`C1;parent:`P;side:`buy;qty:5000 5000f;price:100.035 100.045;venue:`v;liquidity:`;session:`s)
upsert[`orders]o;
upsert[`fills]f;

r:.api.tca[2024.01.02;2024.01.02]
p:first r`parents
.t.match[`P]p`parent
.t.near[.01;4800 1000 150 50 3600f]p`is_cost`delay`timing_impact`spread`opportunity
.t.near[.0001;2.9997]p`slippage_bps
.t.match[us[199999]+1]r`asof                                / just after the last row that matters
b:.tca.batch[select from quote where sym=`X;trade;value`orders;value`fills;`asof`horizons!(0Np;())]
.t.match[b](key b)#r
.t.match[0]count .api.tca[2024.01.03;2024.01.03]`parents
.t.match[1b]all`slippage_bps`is_cost in exec name from .api.metrics[]

// a choice of horizons; single tables; markouts alone are those of the whole
r2:.api.tcaWith[2024.01.02;2024.01.02;`horizons`asof!(0D00:00:00.001 0D00:00:00.045;us 200000)]
.t.match[0D00:00:00.001 0D00:00:00.045]asc exec distinct h from r2`markouts
.t.match[us 200000]r2`asof
.t.match[r`segments].api.figures[2024.01.02;2024.01.02;`segments]
.t.near[.0001;2.9997]exec first val from .api.figures[2024.01.02;2024.01.02;`figures]where figure=`slippage_bps
.t.fails["no table x"]{.api.figures[2024.01.02;2024.01.02;`x]}
.t.match[delete label from select from r[`markouts]where h=0D00:00:00.025]delete label from .api.markouts[2024.01.02;2024.01.02;1#0D00:00:00.025]
/ of a day that is over what would come is past the close; of the open day it is pending
.t.match[1#`pending]exec distinct state from r[`markouts]where h=0D00:05
.t.match[(2#`$"past-close";2#`$"past-close")](exec state from .tca.batch[select from quote where sym=`X;trade;value`orders;value`fills;`closed`asof`horizons!(1b;0Np;1#0D00:05)]`markouts;
  {[x].api.clock:{2024.01.03D};k:exec state from .api.markouts[2024.01.02;2024.01.02;1#0D00:05];.api.clock:x;k}.api.clock)
/ what is done of a parent is of the quantity in force
.t.near[1e-9;100000 .1]value first each exec ordered,done from .api.parents[2024.01.02;2024.01.02]
/ every table says as of when, and of which revision
{[t].t.match[(t;1b)](t;all`asof`rev`flags in cols r t)}each`parents`fills`children`segments`switches`breakdown`curves`leak`leakby`figures;
.t.match[1#`FEW]exec distinct flags from r`breakdown
/ a halt that the venue tells of ends the market until it goes on
upsert[`status]([]time:us 60000 110000;sym:`X;venue:`v;state:`halted`continuous);
.t.match[`halted,`]exec mid_reason from .api.figures[2024.01.02;2024.01.02;`fills]

/ mean responses: 1 and 2 in one minute, 6 in another: residuals -3 and 3 from 3, so se is sqrt[2 x 18]%3 = 2; too few clusters for an interval. Four minutes
/ of 1 2 3 6: se is sqrt[(4%3) x 14]%4, and Student's t at 3 degrees is 3.182
mk:{[at;y]([]time:us 0;sym:`X;id:`$"E",/:string til count y;parent:`P;event:`fill;at;h:0D00:00:01;state:`final;mid:1f;markout:0n;realised:0n;impact:0n;response:y;rev:1)}
upsert[`markout]mk[us[0]+0D00:00:01*0 1 60;1 2 6f];
x:first .api.responses[2024.01.02;2024.01.02;`P;`fill]
.t.match[(3;3f;0n;0n)]x`n`mean_bps`lo_bps`hi_bps
upsert[`markout]update rev:2,state:`busted,response:0n from mk[us[0]+0D00:00:01*0 1 60;1 2 6f];
upsert[`markout]update id:`A`B`C`D from mk[us[0]+0D00:01*til 4;1 2 3 6f];
x:first .api.responses[2024.01.02;2024.01.02;`P;`fill]
.t.match[(4;3f)]x`n`mean_bps
.t.near[.1;3+-1 1*3.182*sqrt[14%3]%2]x`lo_bps`hi_bps
.t.match[0]count .api.responses[2024.01.02;2024.01.02;`Q;`]

/ what was known at a time is made of rows up to then: of the order before it was sent, of one fill, of both; before it there is no parent
.t.match[0 5000 10000f]{exec first filled from .api.parentsAsof[2024.01.02;2024.01.02;x]}each us 60000 75000 120000
.t.match[(0n;100.035;100.04)]{exec first avgpx from .api.parentsAsof[2024.01.02;2024.01.02;x]}each us 60000 75000 120000
.t.match[0]count .api.parentsAsof[2024.01.02;2024.01.02;us -1]
.t.match[.api.parents[2024.01.02;2024.01.02]].api.parentsAsof[2024.01.02;2024.01.02;0Np]
.t.match[0 1 2]{count .api.figuresAsof[2024.01.02;2024.01.02;`fills;x]}each us 60000 75000 120000
.t.match[1 2]{exec first n from .api.figuresAsof[2024.01.02;2024.01.02;`breakdown;x]where dim=`venue}each us 75000 120000
.t.match[.api.figures[2024.01.02;2024.01.02;`breakdown]].api.figuresAsof[2024.01.02;2024.01.02;`breakdown;0Np]
upsert[`markout]update time:us 900000,id:`E,response:60f from mk[us 0;1#0f];
.t.match[(4;3f)](first .api.responsesAsof[2024.01.02;2024.01.02;`P;`fill;us 899999])`n`mean_bps
.t.match[5](first .api.responsesAsof[2024.01.02;2024.01.02;`P;`fill;us 900000])`n
.t.match[.api.responses[2024.01.02;2024.01.02;`P;`fill]].api.responsesAsof[2024.01.02;2024.01.02;`P;`fill;0Np]
/ of a day that is over, a time within it is before its close all the same
.t.match[1#`pending]{[x].api.clock:{2024.01.03D};k:exec distinct state from .api.figuresAsof[2024.01.02;2024.01.02;`markouts;us 200000]where h=0D00:05;.api.clock:x;k}.api.clock

/ what is wrong with the data: the last word of the engine and of each source's clock counts
h:([]time:us 0 1;sym:`rte;nquote:0;ntrade:0;ndepth:0;nmbo:0;nstatus:0;norders:0;nfills:0;parents:0;late:0;lost:0 0;orphans:3 1;parked:0 2;data_lamp:`amber;ndq:0)
k:([]time:us 0 1 2;sym:`a`b`a;offset:1 2 3;drift:0n;jitter:0N;n:1;level:`amber`green`green;reason:(`$"offset 1 ms";`;`))
.t.match[0]count .api.checked[0#health;0#skew]
.t.match[`check`time`lamp`detail]cols .api.checked[0#health;0#skew]
.t.match[(`engine,`$("clock a";"clock b"))]exec check from r:.api.checked[h;k]
.t.match[`amber`green`green]r`lamp
.t.match["orphans 1, parked 2"]first r`detail
.t.match[us 1 2 1]r`time
.t.match["quantities of executions do not add up to what the messages say"]first(.api.checked[update orphans:0,parked:0 from h;0#k])`detail
.t.match[""]first(.api.checked[update orphans:0,parked:0,data_lamp:`green from h;0#k])`detail
.t.match["offset 1 ms"]first(.api.checked[0#h;1#k])`detail
.t.end[]
