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
/ a halt that the venue tells of ends the market until it goes on
upsert[`status]([]time:us 60000 110000;sym:`X;venue:`v;state:`halted`continuous);
.t.match[`halted,`]exec mid_reason from .api.figures[2024.01.02;2024.01.02;`fills]

/ what is wrong with the data: the last word of the engine and of each source's clock counts
h:([]time:us 0 1;sym:`rte;nquote:0;ntrade:0;ndepth:0;nmbo:0;nstatus:0;norders:0;nfills:0;parents:0;late:0;lost:0 0;orphans:3 1;parked:0 2;data_lamp:`amber)
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
