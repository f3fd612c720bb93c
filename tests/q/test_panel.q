// What stands around a parent's figures, worked by hand: intervals, the recent past, the market's own footprint, the touch, segments and switches, expected
// cost, peers, and the base currency. docs/tca.md shows the same numbers.

system"l ",getenv[`SLIPSTREAM_Q],"/boot.q"
.boot.use each`$("test";"tca/batch");

t0:2024.01.02D14:30
s:{t0+`timespan$"j"$1e9*x}
near:.t.near[1e-9]
inside:{[v;lo;hi].t.match[1b](lo<v)&v<hi}

// ---- fill probability with Greenwood's interval: five posts, fills after 1 and 3 s, a cancel after 2 s, two still there after 5 s
c:([]time:5#t0;ffill:(s 1;0Np;s 3;0Np;0Np);gone:(s 1;s 2;s 3;0Np;0Np))
k:.tca.fillInterval[c;0D00:00:01 0D00:00:03;s 5]
z:1.959963984540054
near[0f]k 0                                                 / .2 - z x .8 sqrt(1/(5x4)) is below 0
near[.2+z*.8*sqrt 1%20]k 2                                  / survival .8, 1 of 5
near[1&(7%15)+z*(8%15)*sqrt(1%20)+1%6]k 3                   / survival .8 x 2/3, then 1 of 3

// ---- ratios by blocks of a minute: two blocks of cost 1 on 1,000 and 6 on 3,000: any draw is between 10 and 20 bps
m:([]parent:`P;time:s 0 60;qty:100 300f;price:10.01 10.02;arrival:10f;cost:1 6f;mid:10f;effective:20 40f;quoted:20f;improve:0f;role:`remove`add)
b:.tca.i.boots[m;1#`parent]`P
near[10 20f]b`sliplo`sliphi                                 / the draws that have one block only are more than 2.5%
near[10.01 10.02]b`avgpxlo`avgpxhi
near[0 1f]b`aggressorlo`aggressorhi
near[20 20f]b`quotedlo`quotedhi
.t.match[1b]all null(.tca.i.boots[1#m;1#`parent]`P)`sliplo`sliphi
.t.match[0]count .tca.i.boots[0#m;1#`parent]

// ---- the last 20 children and the last 5 minutes beside the whole life: 10 old posts unfilled, 20 new of which 10 had a fill after half a second
n:30
c:([]parent:`P;id:`$"c",/:string til n;time:s(10*til 10),600+til 20;qty:100f;sent:100f;filled:100f*til[n]in 20+til 10;cancels:0;passive:1b;posted:1b;
  ffill:?[til[n]in 20+til 10;s .5+600+til[n]-10;0Np];gone:0Np)
c:update gone:ffill from c
m:([]parent:`P;order:c[`id]20+til 10;time:c[`ffill]20+til 10;qty:100f;role:`add`remove`add`add`add`add`add`add`add`remove)
r:.tca.trailing[m;c;s 620]`P
near[.5 .5]r`fillratio20`fillratio5m
near[.5]r`fp120                                             / 10 of 20 within 1 s
near[.2 .2]r`aggressor20`aggressor5m
.t.match[1b](first .tca.fillProbability[c;1#0D00:00:01;s 620])within .33 .34   / 10 of 30
.t.match[1b]null(.tca.trailing[m;c;s 2000]`P)`fp15m         / nothing in the last 5 minutes

// ---- touch: bid sizes 100, 150, 150 at a better bid, 20: 50 + 150 added after the first; our post of 100 is half. Taken: 30 of 60 printed
q:([]time:s 0 1 2 3;sym:`X;bid:10 10 10.01 10.01;ask:10.02;bsize:100 150 150 20f;asize:100f)
p:([]parent:1#`P;sym:`X;side:`buy;start:s .5;until:s 4)
c:([]parent:1#`P;side:`buy;qty:100f;price:10f;bid:10f;ask:10.02;passive:1b;posted:1b)
tr:([]time:s 1 2;sym:`X;price:10.02;size:20 40f)
took:([]parent:1#`P;qty:30f;role:`remove)
r:.tca.touch[p;took;c;q;tr;()]`P
near[.5 .5]r`addshare`takeshare
.t.match[1b]null(.tca.touch[p;took;c;delete bsize,asize from q;tr;()]`P)`addshare
// order by order: 200 came at the bid while 150 left it, and 150 at a better one; what came behind it, on the other side or before does not count
mbo:([]time:s .2 1 1 2 2.5 3;sym:`X;venue:`v;action:`add`add`delete`add`add`add;oid:til 6;side:`buy`buy`buy`buy`buy`sell;price:10 10 10 10.01 9.99 10.02;size:100 200 150 150 500 70f)
near[100%350]first exec addshare from .tca.touch[p;took;c;q;tr;`mbo`depth!(mbo;())]
// by level: 50 and 70 more at the bid, 150 at a better one; 70 were gone between
dep:([]time:s .2 1 1.5 1.6 2 2.5 3;sym:`X;venue:`v;side:`buy;price:10 10 10 10 10.01 9.99 10.01;size:100 150 80 150 150 400 20f)
near[100%270]first exec addshare from .tca.touch[p;took;c;q;tr;`mbo`depth!(();dep)]
// order by order where there is such, else by level, else as quotes show it
near[100%350]first exec addshare from .tca.touch[p;took;c;delete bsize,asize from q;tr;`mbo`depth!(mbo;dep)]
near[.5]first exec addshare from .tca.touch[p;took;c;q;tr;`mbo`depth!{update sym:`Y from x}each(mbo;dep)]

// ---- footprint: four sends of 100 each second; the market's prints come at random in random sizes: we are the most regular
system"S 5";
tr:([]time:asc t0+400?0D00:10;sym:`X;price:10f;size:1f+400?50)
c:([]parent:`P;sym:`X;time:s 300 301 302 303;qty:100f)
f:([]sym:0#`X;time:0#0Np;price:0#0n;qty:0#0n)
r:.tca.footprintRank[c;f;tr]`P
.t.match[1b]r[`gapentropypct]<.05
.t.match[1b]r[`modalsizepct]>.95
.t.match[200]r`footprints
// its own prints are no background; without enough prints there is none
.t.match[0](.tca.footprintRank[c;select sym,time,price,qty:size from tr;tr]`P)`footprints
.t.match[1b]null(.tca.footprintRank[c;f;20#tr]`P)`gapentropypct

// ---- segments: a replace of the parent that names another algo; a child of a new algo after which the old one sends no more
o:([]time:s 0 1 5 6 9;sym:`X;id:`P`C1`P`C2`C3;parent:``P``P`P;event:`new`new`replace`new`new;side:`buy;qty:1000 100 1000 100 100f;price:0n;algo:`vwap``passive``)
g:.tca.segments o
.t.match[([]parent:`P;time:s 0 5;algo:`vwap`passive;seg:0 1)]g
.t.match[0 1 1].tca.inSegment[g;([]parent:`P;order:`C1`C2`P;time:s 2 7 8);([]id:`C1`C2;time:s 1 6)]
.t.match[0 0].tca.inSegment[g;([]parent:`P;order:`C1`C1;time:s 2 7);([]id:`C1`C2;time:s 1 6)]   / a child sent before the switch is the old algo's
o2:update event:`new,algo:``a`x`b`b,id:`P`C1`C2`C3`C4,parent:``P`P`P`P from o
.t.match[`a`x`b]exec algo from .tca.segments o2             / each is left for good
.t.match[s 0 5 6]exec time from .tca.segments o2
.t.match[1#`a]exec algo from .tca.segments update algo:``a`b`a`b from o2   / they take turns: no switch
/ of an order that is answered the answers count, and need not name the algo; a request without one switches nothing
ack:update event:`replaced,id:`P,parent:`,time:s 5.5,algo:` from 1#o
.t.match[s 0 5.5]exec time from .tca.segments o,ack
.t.match[`vwap`passive]exec algo from .tca.segments o,ack
.t.match[1#`vwap]exec algo from .tca.segments o,update event:`ack,algo:` from 1#o
/ a rejected replace switches nothing
.t.match[1#`vwap]exec algo from .tca.segments o,update event:`reject,id:`P,parent:`,time:s 5.5,algo:` from 1#o

// ---- rolling: the last 20 fills and the last 5 minutes of a segment; 30 fills of 10 bps, then 10 of 40 in a segment of their own
m:([]parent:`P;time:s 60*til 40;seg:(30#0),10#1;qty:100f;arrival:10f;cost:?[til[40]<30;1f;4f])
r:.tca.rolling m
near[10 40f]r[`roll20]29 30
near[10 40f]r[`roll5]29 39
near[25f](.tca.rolling update seg:0 from m)[`roll20]39      / 10 of 10 and 10 of 40

// ---- what a switch saved: 40 fills at 4 cents over the mid that their stretch began with, then 40 at 1 cent: .03 x 4,000; $10,000 is 1 bp of the order
q:([]time:t0+0D00:00:30*til 200;sym:`X;venue:`v;bid:99.99;ask:100.01)
m:([]parent:`P;sym:`X;time:t0+0D00:01+0D00:01*til 80;seg:(40#0),40#1;side:`buy;qty:100f;price:100+(40#.04),40#.01)
g:([]parent:`P;time:(t0;t0+0D00:40:30);algo:`vwap`passive;seg:0 1)
p:([]parent:1#`P;sym:`X;side:`buy;qty:1e6;arrival:100f)
.tca.cfg.stale:0D00:01
r:first .tca.switches[g;p;m;q;`;0#o]
near[120 .04 .01 .012]r`saved`before`after`savedbps
.t.match[(`vwap;`passive;40;40;`estimate;0b)]r`was`algo`n0`n1`label`adjusted
/ the symbol follows an index one for one; what the index did is taken out, and the same .04 and .01 over the mid are left
system"S 9";
w:1+1e-4*sums 5400?-1 0 1
qs:([]time:t0+0D00:00:01*til 5400;sym:`X;venue:`v;bid:(100*w)-.01;ask:(100*w)+.01)
ix:update sym:`I,bid:200*w,ask:200*w from qs
at:{[q;t](exec .5*bid+ask from q)(exec time from q)bin t-1}
mx:update price:at[qs;time]+((40#.04),40#.01)from m
r:first .tca.switches[g;p;mx;qs,ix;`I;0#o]
.t.near[1e-6;120 .04 .01]r`saved`before`after
.t.match[1b]r`adjusted
.t.match[1b]1<abs 120-(first .tca.switches[g;p;mx;qs,ix;`;0#o])`saved
.t.match[`$"too few fills"](first .tca.switches[g;p;select from m where i>20;q;`;0#o])`label
.t.match[0]count .tca.switches[1#g;p;m;q;`;0#o]

// ---- expected cost: IBM of Almgren et al. 2005, half a day for 10% of a day's volume: I 20, J 18; the excess of 28 bps is 10 over
ref:([]sym:1#`IBM;adv:6561000f;sigma:.0157;shares:1728e6;currency:`USD)
p:([]parent:`P`R;sym:`IBM`Z;qty:656100f;filled:656100f;start:t0;until:t0+0D03:15;arrival:80f;slip:28f)
r:.tca.expected[p;ref;.tca.model 0b]
.t.near[.5;18 20f]first each r`expected`permanent
near[.1 .5]first each r`advshare`days
near[28-first r`expected]first r`excess
near[first[r`excess]%157*sqrt .5%3]first r`excessz
near[1e4*.0157*sqrt .1]first r`expectedroot
near[80*1728e6]first r`cap
.t.match[11111b]null(last r)`expected`permanent`excess`excessz`adv
/ nothing filled, or no time: no expectation
.t.match[1b]null first(.tca.expected[update filled:0f from p;ref;.tca.model 0b])`expected
.t.match[1b]null first(.tca.expected[update until:start from p;ref;.tca.model 0b])`expected

// ---- the models fitted to history that was made with other coefficients; too little history leaves the published ones
h:([]algo:`a;filled:40#1e5 2e5 5e5 1e6;adv:5e6;shares_outstanding:40#1e8 5e8 1e9 1e9 2e9;sigma:40#.01 .02 .015;days:40#.1 .3 .5 .2 .25 .4 .7;quoted_spread_bps:3f;adv_share:.02;market_cap:1e9)
h:update slippage_bps:(.5*.tca.permanent[filled;adv;shares_outstanding;sigma])+2*.tca.almgren[filled;adv;shares_outstanding;sigma;days]-.5*.tca.permanent[filled;adv;shares_outstanding;sigma]from h
.tca.cfg.history:h
u:.tca.model 1b
.t.near[1e-6;.314 .284]u`gamma`eta
.t.match[(40;`fitted)]u`n`source
.t.match[`published](.tca.model 0b)`source
.tca.cfg.history:29#h
.t.match[(29;`published;.314)](.tca.model 1b)`n`source`gamma

// ---- peers: 40 parents of history with costs 0 .. 39 in the bucket of ours, whose 29.5 is 10 over the median
h:update slippage_bps:"f"$til 40 from h
p:([]parent:`P`R;algo:`a`b;quoted:3f;advshare:.02;cap:1e9;slip:29.5)
r:.tca.besidePeers[p;.tca.history h]
near[19.5]first r`norm
near[14.826]first r`mad                                     / distances .5 .5 1.5 .. 19.5: median 10
near[10%14.826]first r`peerz
.t.match[40 0]r`peers
.t.match[1b]null last r`norm
.tca.cfg.history:()

// ---- base currency: EURUSD 1.10 at arrival, USDJPY 150 the other way round
q:([]time:s 0 0 5;sym:`EURUSD`USDJPY`EURUSD;bid:1.09 149 1.2;ask:1.11 151 1.2)
a:([]parent:`P`R`S`U`V;sym:`A`B`C`D`E;time:s 1)
r:.tca.fx[a;`A`B`C`D!`EUR`JPY`USD`CHF;`USD;q]
near[1.1,(1%150),1f]exec fx from r where parent in`P`R`S
.t.match[(`;`;`;`$"no FX quote";`$"no currency")]exec fxreason from r
.t.match[5#1f]exec fx from .tca.fx[a;()!();`;q]

// ---- before the market: the first mid, or the opening print where it is no later; a parent after a halt or a gap has no arrival
h:([]time:s 0 2 4 20;sym:`X;bid:9.9 9.9 11.9 12.9;ask:10.1 10.1 12.1 13.1;state:`auction```)
.tca.cfg.stale:0D00:00:02
a:([]parent:`P`R`S`T;sym:`X;time:s -1 1 10 2.5;bid:0n;ask:0n;arrival:0n 0n 0n 10f;reason:`noquote`auction`stale`)
r:.tca.preopenBy[a;h;([]sym:`X`X;time:s 1.5 3;price:9.95 10.5);`mid]
.t.match[1100b]r`preopen
near[10 10f]2#r`arrival
.t.match[``]2#r`reason
.t.match[(`stale;0n)]r[2]`reason`arrival
near[9.95 9.95]2#(.tca.preopenBy[a;h;([]sym:`X`X;time:s 1.5 3;price:9.95 10.5);`auction])`arrival
near[10 10f]2#(.tca.preopenBy[a;h;([]sym:1#`X;time:s 3;price:10.5);`auction])`arrival   / printed after the first mid

.t.end[]
