// The figures that the INST case leaves null, worked by hand on a few rows. docs/tca.md shows the same numbers.

system"l ",getenv[`SLIPSTREAM_Q],"/boot.q"
.boot.use each`$("test";"tca/batch");

t0:2024.01.02D14:30
s:{t0+`timespan$"j"$1e9*x}
near:.t.near[1e-9]

// ---- VWAP, participation, PWP: prints of 100 at 10, 200 at 11, 100 at 12 in seconds 1 2 3; ours is the 100 at 12
tr:([]time:s 1 2 3;sym:`X;venue:`v;price:10 11 12f;size:100 200 100f)
own:([]parent:1#`P;time:s 3;qty:100f;price:12f)
w:([]parent:1#`P;sym:`X;t0:s 0;t1:s 5)
v:first .tca.vwap[w;tr;own]
near[11f]v`vwap                                             / (1000+2200+1200)%400
near[3200%300]v`vwapex                                      / without ours
near[.25]v`participation
near[v[`participation]-1f](12-v`vwap)%-12+v`vwapex          / pbar - VWAP = (1 - rho)(pbar - VWAP without us)
.t.match[`noprints](first .tca.vwap[update t0:s 4 from w;tr;own])`reason
.t.match[1b]null(first .tca.vwap[update t0:s 4 from w;tr;own])`vwap
.t.match[`exceeds](first .tca.vwap[w;tr;update qty:500f from own])`reason
near[10f](first .tca.vwap[w;update eligible:100b from tr;0#own])`vwap
k:([]sym:1#`X;t0:s 0;qty:40f)
near[10.5]first .tca.pwp[k;tr;.2]                           / the first 40%.2 = 200 shares: 100 at 10, 100 at 11
.t.match[1b]null first .tca.pwp[k;tr;.05]                   / 800 shares are not there yet
near[11f]first .tca.pwp[update t0:s 2 from k;tr;.2]         / from the second print on: 200 at 11
near[0n]0n^first .tca.pwp[update sym:`Y from k;tr;.2]

// ---- participation over the last minute: prints outside the window do not count
near[.5](first .tca.vwap[update t0:s 2.5,t1:s 3 from w;tr,update time:s 3 from 1#tr;own])`participation

// ---- TWAP: 10 for 3 s, crossed for 4 s, 12 for 1 s
q:([]time:s 0 3 7;sym:`X;venue:`v;bid:9.9 12 11.9;ask:10.1 11 12.1)
near[10.5].tca.twap[q;s 0;s 8]                              / (3 x 10 + 1 x 12) % 4
.t.match[1b]null .tca.twap[q;s -1;s 8]

// ---- a halt ends the market until the next quote: null with its reason, and no time in the TWAP
h:([]time:s 0 2 4;sym:`X;bid:9.9 9.9 11.9;ask:10.1 10.1 12.1;state:``halted`)
st:{first .tca.state[([]sym:1#`X;time:1#s x);h]}
.t.match[(`;`halted;`)](st each 1 3 5)`reason
.t.match[010b]null(st each 1 3 5)`mid
near[11f]first .tca.twaps[([]sym:1#`X;t0:s 0;t1:s 6);h]     / 2 s at 10, 2 s at 12

// ---- a parent before the first quote: its arrival is the first mid of a continuous market
a:([]parent:`P`R;sym:`X`Z;time:s -2 -2;bid:0n;ask:0n;arrival:0n;reason:`noquote)
a:.tca.preopen[a;update state:`auction`` from h]
.t.match[(10b;``noquote)]a`preopen`reason
near[10f]first a`arrival
/ an auction, a halt or a gap later in the day is none: no arrival, and why; before that of the day, whatever stood the day before, there is the first mid
day:([]time:s 0 2 4 7 9;sym:`X;venue:`v;bid:9.9 9.9 11.9 12.1 11.9;ask:10.1 10.1 12.1 11.9 12.1;state:``auction`halted``)
o:([]time:s 1 3 5 8 20,(s 1)-1D;sym:`X;id:`A`B`C`D`E`F;parent:`;event:`new;side:`buy;qty:1f;price:0n;algo:`;broker:`;trader:`;account:`;venue:`)
a:.tca.preopen[.tca.arrivals[o;day];day]
.t.match[(``auction`halted`crossed`stale`;000001b)]a`reason`preopen
.t.match[011110b]null a`arrival
near[10 10f]a[`arrival]0 5

// ---- venues consolidated: best bid and offer, a venue that withdraws a side has none
q:([]time:s 0 1 2 3;sym:`X;venue:`a`b`a`b;bid:9.9 9.95 0n 9.8;ask:10.2 10.1 10.2 0n)
c:.tca.consolidate q
near[9.9 9.95 9.95 9.8]c`bid
near[10.2 10.1 10.1 10.2]c`ask
// a venue that has said nothing for longer than a quote counts is left out while others quote, and is back with its next quote
q:([]time:s 0 1 2 2.1 3.5 4 5.9;sym:`X;venue:`a`b`b`b`b`a`a;bid:9.9 9.8 9.8 9.7 9.6 9.5 9.55;ask:10 10.2 10.3 10.3 10.4 10.6 10.6)
c:.tca.consolidate q
near[9.9 9.9 9.9 9.7 9.6 9.6 9.55]c`bid
near[10 10 10 10.3 10.4 10.4 10.6]c`ask
// in pieces: what the venues had, and when
v:select last bid,last ask,last time by sym,venue from 3#q
.t.match[3_c].tca.best[v;3_q]

// ---- shortfall with an increase, a cut and a cancel. Mids 100 at arrival, 101 at the first send, 102 at the increase, 103 and 105 at the fills, 106 at
// the cut, 107 at the end. 1,000 ordered, 500 more, 400 filled at 103.5, 300 at 105.5, cut to 1,200; open 500
q:([]time:s 0 1 2 3 4 5 6;sym:`X;venue:`v;bid:99 100 101 102 104 105 106f;ask:101 102 103 104 106 107 108f)
o:([]time:s .5 1.5 2.5 2.7 5.5;sym:`X;id:`P`C1`P`C2`P;parent:``P``P`;event:`new`new`replace`new`replace;side:`buy;qty:1000 400 1500 300 1200f;price:0n;algo:`a;broker:`b;trader:`t;venue:`v)
f:([]time:s 3.5 4.5;sym:`X;execid:`F1`F2;refid:`;kind:`new;order:`C1`C2;side:`buy;qty:400 300f;price:103.5 105.5;venue:`v;liquidity:`remove`add;fee:1 2f)
.tca.cfg.stale:0D00:01
p:first .tca.batch[q;0#tr;o;f;`asof`horizons!(s 6.5;1#0D00:00:01)]`parents
.t.match[`P]p`parent
near[100000+51000f]p`paper                                  / 1,000 at 100 and 500 at 102
near[1000f]p`delay                                          / 1,000 x (101 - 100); the increase is released at once, at 102
near[(400*103)+(300*105)-700*101f]p`timing_impact
near[350f]p`spread                                          / 700 x .5
near[(300*106)+(500*107)-(300*101)+500*102f]p`opportunity   / the cut at 106, the rest at 107; from 101 (first lot) and 102
near[3f]p`fees
near[((400*103.5)+(300*105.5)+(300*106)+(500*107)+3)-151000f]p`is_cost

// ---- liquidity: at or through the far touch takes, at the near touch makes, between is inside; what is reported counts
m:([]parent:`P;liquidity:`````2;side:`buy`buy`buy`sell`buy;price:10.1 10 10.05 10 10;bid:10f;ask:10.1;mid:10.05;qty:100 300 50 100 100f)
.t.match[`remove`add`inside`remove`remove].tca.liquidity m
.t.match[`unknown]first .tca.liquidity update mid:0n from m             / crossed, one-sided, stale, or none
a:.tca.aggressor[update role:.tca.liquidity m from m]`P
near[.5]a`aggressor                                         / 300 took, 300 made
near[50f]a`unknown
near[5%6]a`inferred                                         / 500 of the 600
near[50%650]a`unknownshare

// ---- fill probability: five posts, filled after 1 and 3 s, cancelled after 2 s, two still there after 5 s
c:([]time:5#t0;ffill:(s 1;0Np;s 3;0Np;0Np);gone:(s 1;s 2;s 3;0Np;0Np))
near[.2,(1-.8*2%3),1-.8*2%3].tca.fillProbability[c;0D00:00:01 0D00:00:03 0D00:00:05;s 5]
.t.match[1b]null first .tca.fillProbability[c;1#0D00:00:06;s 5]
// the third was amended to another price after 2 s: it is censored there, and its fill is none of the post's; one of five left after 1 s
near[.2 .2].tca.fillProbability[update moved:(0Np;0Np;s 2;0Np;0Np)from c;0D00:00:01 0D00:00:03;s 5]
// an amend after the fill, or of the quantity alone, changes nothing
near[.2,1-.8*2%3].tca.fillProbability[update moved:(s 1.5;0Np;0Np;0Np;0Np)from c;0D00:00:01 0D00:00:03;s 5]
o:([]time:s 0 1 2 3 4;id:`a`a`a`a`b;parent:`P;event:`new`replace`replace`replace`new;sym:`X;side:`buy;qty:100 50 50 50 10f;price:10 10 10.01 10.02 0n)
.t.match[(s 2;0Np)]exec moved from .tca.children[o;([]order:0#`;time:0#0Np;qty:0#0n);s 9]
// what is posted at the near touch or better counts: bid 10, ask 10.1
c:([]side:`buy`buy`buy`buy`sell`sell`buy;price:10 9.9 10.05 10.1 10.1 10.2 0n;bid:10f;ask:10.1)
.t.match[1110110b].tca.passive c
.t.match[1010100b].tca.posted c
.t.match[11b].tca.posted([]side:`buy`sell;price:10f;bid:0n 9.9;ask:10.1 0n)   / no touch yet: it is the touch

// ---- signalling and footprint of four children, one a second, of 100 100 100 200, two amended, one cancelled, two fills
c:([]parent:`P;id:`a`b`c`d;time:s 0 1 2 3;qty:100 100 100 200f;sent:100 100 100 200f;filled:100 0 100 0f;amends:1 1 0 0;cancels:0 1 0 0;passive:1b;life:0D00:00:01*1 2 3 4)
g:first .tca.signalling[c;([]parent:`P`P)]
near[.5 .5 3.5 2.5 .4]g`cancelsperfill`amendsperchild`ordertotrade`life`fillratio  / 1%2, 2%4, (4+2+1)%2, median of 1 2 3 4, 200%500
g:.tca.footprint[c]`P
near[0 .75]g`gapentropy`modalsize
.t.match[1b]null g`gaplag
// sizes: lag 1 of 100 100 100 200 is (625+625-1875)%7500; entropy of 3 and 1 of 4 (.5623) over log 4 (1.3863)
near[neg 625%7500]g`sizelag
.t.near[1e-5;-.08333 .40564]g`sizelag`sizeentropy
near[((.75*log 4%3)+.25*log 4)%log 4]g`sizeentropy
g:first .tca.signalling[update passive:1001b from c;([]parent:`P`P)]
near[2.5]g`life                                             / of those that rested: 1 and 4
near[4f]first exec life from .tca.signalling[update passive:0001b from c;([]parent:`P`P)]

// ---- adverse selection: minus the markout of maker fills. A maker buy at 10, mid 9.99 a second later: -10 bps markout, +10 adverse
q:([]time:s 0 1.5;sym:`X;venue:`v;bid:9.99 9.98;ask:10.01 10f)
m:([]execid:1#`F;parent:`P;sym:`X;time:s 1;side:`buy;qty:1f;price:10f;role:`add)
near[10f](.tca.i.adverse[m;q;s 100]`P)`adverse

// ---- breakdown: counts, notional-weighted cost, interval over minutes
m:([]parent:`P`P`R;time:s 0 60 120;venue:`v`v`w;algo:`a;broker:`b;trader:`t;role:`add;qty:100 300 100f;price:10f;arrival:10f;cost:1 6 2f;execid:`x`y`z)
b:.tca.breakdowns[m;();([]execid:0#`;parent:0#`;time:0#0Np;h:0#0Nn;markout:0#0n)]
r:first select from b where dim=`venue,bucket=`v
.t.match[(2;1)]r`n`parents
near[17.5]r`slip                                            / 7 over 4,000
.t.match[1b](10>=r`lo)&20<=r`hi                             / 1 over 1,000 and 6 over 3,000 are all there is
.t.match[1b]r`few
.t.match[asc`venue`algo`broker`trader`liquidity`tactic`size`adv`time]asc distinct b`dim

// ---- every figure has a unit or a reason to have none, and a definition; names are unique within a level
.t.match[1b]all 0<count each exec doc from .tca.catalogue
.t.match[1b]exec all 1=count each group flip(level;name)from .tca.catalogue

.t.end[]
