// Cases at the edge of the catalogue, worked by hand: markets that are no reference, children that are amended, posts that were all filled, quantities and
// prices of zero.

system"l ",getenv[`SLIPSTREAM_Q],"/boot.q"
.boot.use each`$("test";"tca/batch");

t0:2024.01.02D14:30
s:{t0+`timespan$"j"$1e9*x}
near:.t.near[1e-9]
/ mids 100, 101, 102 … a second apart, each half a second before the whole one
quotes:([]time:s -.5+til 20;sym:`X;venue:`v;bid:99.5+til 20;ask:100.5+til 20)
none:([]time:0#t0;sym:0#`;venue:0#`;price:0#0f;size:0#0f)
/ rows (second; id; parent; event; qty; price) of buys
od:{flip`time`id`parent`event`qty`price`sym`side`algo`broker`trader`account`venue!(flip{@[x;0 4 5;:;(s x 0;"f"$x 4;"f"$x 5)]}each x),count[x]#/:`X`buy`a`b`t`u`v}
fills0:([]time:0#t0;execid:0#`;refid:0#`;kind:0#`;order:0#`;qty:0#0f;price:0#0f;sym:0#`;side:0#`;venue:0#`;liquidity:0#`;fee:0#0n)
fl:{if[not count x;:fills0];flip`time`execid`refid`kind`order`qty`price`sym`side`venue`liquidity`fee!(flip{@[x;0 5 6;:;(s x 0;"f"$x 5;"f"$x 6)]}each x),count[x]#/:(`X;`buy;`v;`;0n)}
run:{[q;t;o;f;w].tca.batch[q;t;od o;fl f;`asof`horizons!(s w;1#0D00:00:01)]}
parent:{first x`parents}
p:(0;`P;`;`new;1000;0n)
c:(1;`C;`P;`new;1000;105)
f:(3;`F;`;`new;`C;400;103.5)

// ---- a touch that is no reference gives no figure and tells no side. Stale at arrival: the ask of 5 s before is none to improve on
far:{[q]r:run[q;none;(p;c);enlist f;9];x:parent r;(x`arrival_mid`price_improvement_arrival`price_improvement_arrival_bps),first r[`fills]`price_improvement_arrival_bps}
near[(100f;400*100.5-103.5;1e4*(100.5-103.5)%100.5;1e4*(100.5-103.5)%100.5)]far quotes
near[4#0n]far update time:s -5 from quotes where i=0
near[4#0n]far update bid:101f from quotes where i=0                               / crossed
near[4#0n]far update bid:0n from quotes where i=0
x:parent run[update time:s -5 from quotes where i=0;none;(p;c);enlist f;9]
.t.match[2#`$"stale quote"]x`price_improvement_arrival_reason`price_improvement_arrival_bps_reason
/ at the fill: it took at 103.5, the far touch; nobody knows in a market that is crossed, or 3 s old
role:{[q]exec first liquidity_role from run[q;none;(p;c);enlist f;9]`fills}
.t.match[`remove]role quotes
.t.match[`unknown]role update bid:110f from quotes where time=s 2.5
.t.match[`unknown]role update state:`halted from quotes where time=s 2.5
.t.match[`unknown]role delete from quotes where time within(s .6;s 2.9)
x:parent run[update bid:110f from quotes where time=s 2.5;none;(p;c);enlist f;9]
near[0n 400 1f]x`aggressor_share`liquidity_unknown`liquidity_unknown_share

/ a limit of 100 that is sent when nobody quotes: nobody knows whether it rested; a market order takes
tactic:{[q;l]exec bucket from run[q;none;(p;(1;`C;`P;`new;1000;l));enlist f;9][`breakdown]where dim=`tactic}
.t.match[1#`passive]tactic[quotes;100.6]
.t.match[1#`unknown]tactic[select from quotes where time>s 2;100.6]
.t.match[1#`take]tactic[select from quotes where time>s 2;0n]

// ---- posts that were all filled in 0.1 s: within a second it is certain, also where nothing lived as long. One of them cancelled leaves it unknown
post:{[n](1+.1*n;`$"C",string n;`P;`new;100;101)}
hit:{[n](1.1+.1*n;`$"F",string n;`;`new;`$"C",string n;100;101)}
fp:`fill_probability_1s`fill_probability_1s_ci_lo`fill_probability_1s_ci_hi
x:parent run[quotes;none;enlist[p],post each til 5;hit each til 5;9]
near[1 0n 0n]x fp
near[1f]x`fill_ratio
x:parent run[quotes;none;(enlist[p],post each til 5),enlist(1.55;`C4;`P;`cancel;0n;0n);hit each til 4;9]
near[3#0n]x fp
.t.match[`$"nothing seen for so long"]x`fill_probability_1s_reason
/ an interval is null where its figure is
.t.match[2#enlist 0n 0n]2 cut .tca.fillInterval[([]time:2#t0;ffill:(s 1;0Np);gone:(s 1;s 2));0D00:00:03 0D00:00:04;s 5]

// ---- a child's quantity is amended: what was sent is the most that it was in force for
child:{[o;f]first run[quotes;none;enlist[p],o;f;9]`children}
up:((1;`C;`P;`new;400;105);(2;`C;`P;`replace;800;105))
x:child[up;((3;`F;`;`new;`C;400;103.5);(5;`G;`;`new;`C;200;105))]
near[.75 8]x`fill_ratio`life_s                                                     / 600 of 800, and it works still
x:child[up;((3;`F;`;`new;`C;400;103.5);(5;`G;`;`new;`C;400;105))]
near[1 4f]x`fill_ratio`life_s
near[1f](parent run[quotes;none;enlist[p],up;((3;`F;`;`new;`C;400;103.5);(5;`G;`;`new;`C;400;105));9])`fill_ratio
/ cut to what is filled when that was filled: done when it is cut
down:((1;`C;`P;`new;400;105);(4;`C;`P;`replace;100;105))
near[.25 3]child[down;enlist(3;`F;`;`new;`C;100;103.5)]`fill_ratio`life_s
/ refused, it changes nothing
near[.25 8]child[down,enlist(5;`C;`P;`cancelreject;0n;0n);enlist(3;`F;`;`new;`C;100;103.5)]`fill_ratio`life_s

// ---- the whole tape is ours: there is no market without us
tape:([]time:1#s 3;sym:`X;venue:`v;price:103.5;size:400f)
x:parent run[quotes;tape;(p;c);enlist f;9]
near[103.5 1]x`vwap`participation
.t.match[2#`$"no public prints but ours"]x`vwap_ex_own_reason`vwap_ex_own_bps_reason
x:parent run[quotes;update size:100f from tape;(p;c);enlist f;9]
.t.match[2#`$"own volume exceeds prints"]x`vwap_ex_own_reason`participation_reason

/ nor is more of it ours than there is: 400 taken where 100 printed, 100 posted where 50 were seen to come
x:parent run[quotes;update size:100f from tape;(p;c);enlist @[f;6;:;104f];9]
.t.match[(0n;`$"no public prints, or fewer than ours")]x`touch_take_share`touch_take_share_reason
x:parent run[update bsize:50f,asize:50f from 2#quotes;none;((.6;`P;`;`new;1000;0n);(1;`C;`P;`new;100;100.5));();1.4]
.t.match[(0n;`$"no size seen to be added, or less than ours")]x`touch_add_share`touch_add_share_reason

// ---- every null figure of parents, fills and children has its reason, and none is unknown or infinite
told:{[r]
  raze{[l;t]
    k:.tca.catalogue[`name]where .tca.catalogue[`level]=l;
    k:k inter cols[t]where 9h=type each value flip t;
    bad:{[t;c]v:t c;w:$[(n:`$string[c],"_reason")in cols t;t n;count[v]#`];any(0w=abs v)|(null v)&w in``unknown}[t]each k;
    k where bad}'[`parent`fill`child;r`parents`fills`children] }
.t.match[0#`]told run[quotes;none;(p;c);enlist f;9]
.t.match[0#`]told run[quotes;none;(p;c);();9]
.t.match[0#`]told run[0#quotes;none;(p;c);enlist f;9]
.t.match[0#`]told run[quotes;tape;(p;c);enlist f;9]
zero:(0;`P;`;`new;0;0n)
.t.match[0#`]told r:run[quotes;none;(zero;c);enlist f;9]
.t.match[`$"no quantity"](parent r)`is_cost_reason
.t.match[([]problem:1#`bad_quantity;id:1#`P)]r`problems
.t.match[0#`]told run[quotes;none;(zero;c);();9]
.t.match[0#`]told r:run[quotes;none;(p;(1;`C;`P;`new;0;105));();9]
.t.match[`$"no quantity"]first r[`children]`fill_ratio_reason
.t.match[0#`]told run[quotes;none;(p;c);enlist(3;`F;`;`new;`C;0;103.5);9]
/ an order that does not say its side, filled by executions that do
r:.tca.batch[quotes;none;update side:` from od(p;c);fl enlist f;`asof`horizons!(s 9;1#0D00:00:01)]
.t.match[0#`]told r
.t.match[2#`$"no side"](parent r)`is_cost_reason`total_bps_reason
.t.match[([]problem:1#`unknown_side;id:1#`P)]r`problems
/ each part's reason is what it lacks: the mid at the send, at the fill, at an amendment, at the end
at:{[t;e]parent run[update bid:110f from quotes where time=s t-.5;none;(p;c),e;enlist f;9]}
why:`is_cost_reason`delay_reason`timing_impact_reason`spread_reason`opportunity_reason
said:{[x]c:why inter key x;(c where not null x c)!x c where not null x c}
bad:`$"crossed quote"
.t.match[`delay_reason`timing_impact_reason`opportunity_reason!3#bad]said at[1;()]
.t.match[`timing_impact_reason`spread_reason!2#bad]said at[3;()]
.t.match[`is_cost_reason`opportunity_reason!2#bad]said at[9;()]
.t.match[1b]all(`$"no quote at an amendment")=value said at[5;enlist(5;`P;`;`replace;1500;0n)]
x:parent run[update state:`halted from(update bid:110f from quotes where time=s 2.5)where time=s 8.5;none;(p;c);enlist f;9]
.t.match[`halted`halted,2#bad]x`is_cost_reason`opportunity_reason`timing_impact_reason`spread_reason

/ given away: 400 at nothing. A markout is of the price, so there is none; what is in currency is there
.t.match[0#`]told r:run[quotes;none;(p;c);enlist(3;`F;`;`new;`C;400;0);9]
near[(400*-100f;-1e4)](parent r)`cost`slippage_bps
near[(0n;2*0-104f;2*104-103f)]raze(first r`markouts)`markout`realised`impact

// ---- an order that is sent on by children of its own is sent once: 1000 go to C, which sends 600 and 400 on
on:{[e;f]run[quotes;none;(p;(1;`C;`P;`new;1000;105)),e;f;9]}
de:((1.5;`D;`C;`new;600;105);(1.6;`E;`C;`new;400;105))
r:on[de;enlist(3;`F;`;`new;`D;600;103.5)]
near[.6](parent r)`fill_ratio
near[.6](parent r)`fill_ratio_last20
near[0n 1 0]exec fill_ratio from`id xasc r`children
.t.match[`$("sent on";"";"")]exec fill_ratio_reason from`id xasc r`children
.t.match[0#`]told r
/ what it does not send on stays with it; 600 of 1000
near[.6](parent r:on[1#de;enlist(3;`F;`;`new;`D;600;103.5)])`fill_ratio
near[0 1f]exec fill_ratio from`id xasc r`children
/ over two brokers' hands, and more than it was given: 500 and 600 of 1000
near[.6](parent on[de,enlist(1.7;`G;`D;`new;600;105);enlist(3;`F;`;`new;`G;600;103.5)])`fill_ratio
near[500%1100](parent on[((1.5;`D;`C;`new;500;105);(1.6;`E;`C;`new;600;105));enlist(3;`F;`;`new;`D;500;103.5)])`fill_ratio

// ---- a new order that comes again under the same id is left out, and said to be
r:run[quotes;none;(p;c;@[c;0;:;2]);enlist f;9]
.t.match[([]problem:1#`duplicate_order;id:1#`C)]r`problems
.t.match[1]count r`children
r:run[quotes;none;(p;p;c);enlist f;9]
.t.match[([]problem:1#`duplicate_order;id:1#`P)]r`problems

// ---- nights are no time in the market: an hour on Tuesday from 15:00 in New York, an hour on Wednesday until 10:30
t:2024.01.02D20:00 2024.01.03D15:30
q:([]time:(t-0D00:00:00.5),t 1;sym:`X;venue:`v;bid:100f;ask:101f;bsize:500f;asize:300f)
.tca.refer([]sym:1#`X;adv:1e6;sigma:.02;shares:1e8)
night:{[l]parent .tca.batch[q;none;update time:t 0 from od(p;c);update time:t 1 from fl enlist @[f;5;:;1000];`asof`horizons!(1+t 1;1#0D00:00:01)]}
near[2%6.5](night[])`days
near[.tca.almgren[1000f;1e6;1e8;.02;2%6.5]](night[])`expected_bps
.tca.refer()

// ---- two sessions, or two days, may have the same execution id: two fills, each with its own figures, and none is a duplicate
two:{[x].tca.batch[quotes;none;od(p;c);x;`asof`horizons!(s 9;1#0D00:00:01)]}
twice:fl((3;`F;`;`new;`C;400;103.5);(5;`F;`;`new;`C;400;107))
r:two update session:`s1`s2 from twice
.t.match[0]count r`problems
near[800f](parent r)`filled
.t.match[``LIMIT_BREACH]exec flags from r`fills                                     / 105 is the limit
/ markouts 0.5 of 103.5 and -1 of 107 after a second, by notional
near[2#1e4*((400*.5)-400*1)%400*103.5+107]exec mean from r[`curves]where curve=`markout
near[enlist 1e4*((400*.5)-400*1)%400*103.5+107]exec markout from r[`breakdown]where dim=`algo
/ a correction is of its session's
r:two(update session:`s1`s2 from twice),update session:`s2 from fl enlist(6;`G;`F;`correct;`C;400;104)
.t.match[``CORRECTED]exec flags from r`fills
near[103.5 104]exec price from r`fills
/ in one session it is one fill that was reported twice
r:two twice
near[400f](parent r)`filled
.t.match[([]problem:1#`duplicate_fill;id:1#`F)]r`problems

// ---- the size at the touch of several venues is that of those that are there, not of the one that spoke last. a shows 500 at 100, b 100 a dollar behind; then b
// comes with 50, says it is gone, and comes back without a size
q:([]time:s .1 .2 1.5 1.6 1.7;sym:`X;venue:`a`b`b`b`b;bid:100 99 100 0n 100;ask:101 102 101 103 102f;bsize:500 100 50 0n 0n;asize:300 70 20 10 10f)
z:.tca.consolidate q
near[500 500 550 500 0n]z`bsize
near[300 300 320 300 300f]z`asize
/ the same in pieces
v:select last bid,last ask,last bsize,last asize,last time by sym,venue from 3#q
.t.match[3_z].tca.best[v;3_q]
r:run[3#q;none;(p;(.5;`C;`P;`new;100;100));();1.55]
near[500 300f]first[r`children]`bsize`asize
near[.2,100%550](parent r)`displayed_share`touch_add_share                           / 100 of 500; of the 500, and the 50 that b added

.t.end[]
