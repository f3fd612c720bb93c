// The INST case: a 100,000-share buy, two fills. Every figure that needs no trades, as in the test vector.
// Prices in dollars, times relative to T+0; quotes stand 1 us before each event.

system"l ",getenv[`SLIPSTREAM_Q],"/boot.q"
.boot.use each`$("test";"tca/batch");

t0:2024.01.02D14:30:00
us:{t0+`timespan$1000*x}
bps:.t.near[.0001]
usd:.t.near[.01]

quote:([]time:us -1 49999 74999 119999 199999;sym:`X;bid:100 100.01 100.02 100.03 100.05;ask:100.02 100.03 100.04 100.05 100.07)
orders:([]time:us 0 50000;sym:`X;id:`P`C1;parent:``P;event:`new;side:`buy;qty:100000 10000f;price:0n 100.05;algo:`pov;broker:`b;trader:`t;account:`a;venue:`v)
fl:([]time:us 75000 120000;sym:`X;execid:`F1`F2;refid:`;kind:`new;order:`C1;parent:`P;side:`buy;qty:5000 5000f;price:100.035 100.045;venue:`v;liquidity:`;session:`s)
end:(enlist`P)!enlist 100.06
sell:{update side:`sell from x}

// arrival
a:.tca.arrivals[orders;quote]
.t.near[1e-6;100.01]first a`arrival                        / (100+100.02)%2
.t.match[`]first a`reason
.t.match[1]count a

// per fill and cumulative
s:.tca.slippage[a;fl]
bps[2.49975 3.49965]s`slip                                 / .025 and .035 over 100.01
usd[125 175f]s`cost
p1:.tca.parents[a;1#fl]`P
bps[2.49975]p1`slip
usd[125]p1`cost
p:.tca.parents[a;fl]`P
bps[2.99970]p`slip                                         / 300 over 10,000 x 100.01
usd[300]p`cost
.t.near[1e-6;100.04]p`avgpx
.t.near[1e-9;.1]p`done

// implementation shortfall
shortfall:{[o;f]a:.tca.arrivals[o;quote];.tca.perold[update ref:arrival from a;o;update fee:0f from .tca.state[.tca.live f;quote];quote;end]`P}
i:shortfall[orders;fl]
usd[4800 300 4500 10001000f]i`is`executed`opportunity0`paper
bps[4.79952]i`isbps

// expanded: delay 1000, timing 150, spread 50, opportunity 3600, and they sum, bit for bit
live:.tca.state[.tca.live fl;quote]
usd[1000 150 50 3600 0f]i`delay`timing`spread`opportunity`fees
.t.match[i`is]sum i`delay`timing`spread`opportunity`fees

// executed only
lg:update arrival:100.01,smid:100.02 from live
l:.tca.legs[lg]`P
usd[100 150 50f]l`tosend`tofill`half

// drift by leg
d:.tca.drift[([]parent:1#`P;side:`buy;arrival:100.01;send0:100.02;m0:100.03;m1:100.04;end:100.06)]`P
bps[.99990 .99990 1.99980 .99990 1.99980 4.99950]d`tosend`tofill`pre`during`post`total

// spreads and price improvement
sp:.tca.spreads live
bps[.99970 .99960]sp`effective
bps[1.99940 1.99920]sp`quoted
.t.near[1e-6;.5 .5]sp`ratio
usd[25 25f]sp`improve
bps[.49980 .49975]sp`improvebps

// markouts: F1 at 1, 45, 125 ms; F2 at 1, 80 ms; a horizon past the watermark is pending
w:us 200000
ms:{`timespan$1000000*x}
m:.tca.markouts[.tca.live fl;quote;ms 1 45 80 125 1000;w]
mo:{[e;k]first exec markout from m where execid=e,h=ms k}
bps[-.49983 .49983 2.49913]mo[`F1]each 1 45 125
bps[-.49978 1.49933]mo[`F2]each 1 80
.t.near[1e-6;-.01 -.05]{first exec realised from m where execid=`F1,h=ms x}each 45 125
.t.near[1e-6;.06]first exec impact from m where execid=`F1,h=ms 125
.t.near[1e-6;.04]first exec impact from m where execid=`F2,h=ms 80
.t.match[`pending]first exec state from m where execid=`F1,h=ms 1000
.t.match[1b]all null exec markout from m where state=`pending

// response of the mid to the child's send
r:.tca.response[select id,sym,time,side from orders where id=`C1;quote;ms 25 70 150;w]
bps[.99980 1.99960 3.99920]r`response

// time-weighted mid
.t.near[1e-6;100.02775].tca.twap[quote;us 0;us 200000]
.t.near[1e-6;100.0195833333].tca.twap[quote;us 0;us 120000]
bps[1.22466]1e4*(100.04-.tca.twap[quote;us 0;us 200000])%.tca.twap[quote;us 0;us 200000]

// the SELL twin: every sign flips
as:.tca.arrivals[sell orders;quote]
bps[neg s`slip](.tca.slippage[as;sell fl])`slip
usd[neg i`is`executed`opportunity0`delay`timing`spread`opportunity](shortfall[sell orders;sell fl])`is`executed`opportunity0`delay`timing`spread`opportunity
bps[neg r`response]exec response from .tca.response[select id,sym,time,side from sell orders where id=`C1;quote;ms 25 70 150;w]
bps[neg exec markout from m where state=`final]exec markout from .tca.markouts[.tca.live sell fl;quote;ms 1 45 80 125 1000;w]where state=`final

// a bust removes the fill, a correction replaces its price; both may be repeated, a duplicate report counts once
ev:{[k;e;r;px]([]time:1#us 150000;sym:`X;execid:e;refid:r;kind:k;order:`C1;parent:`P;side:`buy;qty:5000f;price:px;venue:`v;liquidity:`;session:`s)}
b:.tca.parents[a;fl,ev[`bust;`B1;`F2;0n]]`P
bps[2.49975]b`slip
usd[125]b`cost
usd[4875](shortfall[orders;fl,ev[`bust;`B1;`F2;0n]])`is
bps[4.87451](shortfall[orders;fl,ev[`bust;`B1;`F2;0n]])`isbps
c:.tca.parents[a;fl,ev[`correct;`K1;`F2;100.04]]`P
.t.near[1e-6;100.0375]c`avgpx
bps[2.74973]c`slip
usd[275]c`cost
usd[4775](shortfall[orders;fl,ev[`correct;`K1;`F2;100.04]])`is
cc:.tca.parents[a;fl,ev[`correct;`K1;`F2;100.09],update time:us 160000 from ev[`correct;`K2;`K1;100.04]]`P
usd[275]cc`cost                                            / a correction of a correction
usd[300](.tca.parents[a;fl,1_fl]`P)`cost             / F2 reported twice

// a limit of 100.04 is breached by the second fill, one of 100.05 by none
.t.match[0#`].tca.limits[.tca.live fl;orders]
.t.match[1#`F2].tca.limits[.tca.live fl;update price:100.04 from orders where id=`C1]

// no good quote: a null with its reason, never a zero
st:{[q]first .tca.state[([]sym:1#`X;time:1#us 10);q]}
.t.match[`noquote](st 0#quote)`reason
.t.match[`noquote](st([]time:1#us 10;sym:`X;bid:100.;ask:101.))`reason  / at the same time is not before
.t.match[`crossed](st([]time:1#us 9;sym:`X;bid:101.;ask:100.))`reason
.t.match[`onesided](st([]time:1#us 9;sym:`X;bid:0n;ask:100.))`reason
.t.match[`stale](st([]time:1#us[9]-0D00:00:03;sym:`X;bid:100.;ask:101.))`reason
.t.match[`](st([]time:1#us 9;sym:`X;bid:100.;ask:100.))`reason          / locked is valid
.t.match[1b]null(st 0#quote)`mid

.t.end[]
