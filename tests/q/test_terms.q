// What messages do to an order, worked by hand: terms that are asked for, accepted and refused, cancels, restatements, executions that are not known, fills after
// the end, and orders of several days.

system"l ",getenv[`SLIPSTREAM_Q],"/boot.q"
.boot.use each`$("test";"rt/tick");

t0:2024.01.02D14:30
s:{t0+`timespan$"j"$1e9*x}
near:.t.near[1e-9]
/ mids 100, 101, 102 … a second apart, each half a second before the whole one
quotes:([]time:s -.5+til 20;sym:`X;venue:`v;bid:99.5+til 20;ask:100.5+til 20)
none:([]time:0#t0;sym:0#`;venue:0#`;price:0#0f;size:0#0f)
/ rows (second; id; parent; event; qty; price) of buys
od:{flip`time`id`parent`event`qty`price`sym`side`algo`broker`trader`account`venue!(flip{@[x;0 4 5;:;(s x 0;"f"$x 4;"f"$x 5)]}each x),count[x]#/:`X`buy`a`b`t`u`v}
fills0:([]time:0#t0;execid:0#`;refid:0#`;kind:0#`;order:0#`;qty:0#0f;price:0#0f;sym:0#`;side:0#`;venue:0#`;liquidity:0#`;fee:0#0n)
fl:{if[not count x;:fills0];flip`time`execid`refid`kind`order`qty`price`sym`side`venue`liquidity`fee!(flip{@[x;0 5 6;:;(s x 0;"f"$x 5;"f"$x 6)]}each x),count[x]#/:(`X;`buy;`v;`add;0n)}
p:(0;`P;`;`new;1000;0n)
c:(1;`C;`P;`new;1000;105)
run:{[o;f;w].tca.batch[quotes;none;od o;fl f;`asof`horizons!(s w;1#0D00:00:01)]}
parent:{[o;f;w]first run[o;f;w]`parents}
child:{[o;f;w]first run[o;f;w]`children}
breach:{[o;f;w]exec execid from run[o;f;w][`fills]where flags=`LIMIT_BREACH}
one:{(x;`F;`;`new;`C;400;y)}

// ---- the limit in force: 105 until a replace to 103 is accepted; a fill while it is pending is under the old one, one after a refusal too
ack:(1.1;`C;`P;`ack;0n;0n)
ask:(2;`C;`P;`replace;1000;103)
ok:(4;`C;`P;`replaced;1000;103)
no:(4;`C;`P;`cancelreject;0n;0n)
.t.match[0#`]breach[(p;c;ack;ask;ok);enlist one[3;104];9]
.t.match[1#`F]breach[(p;c;ack;ask;ok);enlist one[5;104];9]
.t.match[0#`]breach[(p;c;ack;ask;no);enlist one[5;104];9]
/ without any answer of a broker what was asked for counts, but for what a reject follows
.t.match[1#`F]breach[(p;c;ask);enlist one[3;104];9]
.t.match[0#`]breach[(p;c;ask;(2.5;`C;`P;`reject;0n;0n));enlist one[3;104];9]
/ the broker may change it by himself
.t.match[1#`F]breach[(p;c;(2;`C;`P;`restated;1000;103));enlist one[3;104];9]

// ---- a refused cancel ends nothing and is none; one that was accepted ends the child when it was; one that nobody asked for is not ours
left:(6;`C;`P;`canceled;0n;0n)
go:(5;`C;`P;`cancel;0n;0n)
k:{[o]r:child[o;();9];r`cancels`life_s}
near[0 8f]k(p;c;ack;go;(6;`C;`P;`cancelreject;0n;0n))
near[1 5f]k(p;c;ack;go;left)
near[0 5f]k(p;c;ack;left)
near[1 4f]k(p;c;go)                                          / nobody answers: it is done when it is asked for
near[0 8f]k(p;c;ack;go)                                      / pending
.t.match[1b]null(parent[(p;c;ack;go;left);();9])`cancels_per_fill
near[1 0f]{(parent[x;enlist one[3;103];9])`cancels_per_fill}each((p;c;ack;go;left);(p;c;ack;left))

// ---- a parent's quantity: 1,000 on paper at 100; 400 filled in the mid of 103; at 7 s the mid is 107, the child went out at 101. What is refused changes nothing, also
// where nothing in the file was accepted; what the broker restates holds like what he accepts, 
f1:enlist one[3;103.5]
up:(2;`P;`;`replace;1500;0n)
paper:{[o](parent[enlist[p],o;f1;7])`paper`opportunity}
near[100000 3600f]paper(c;ack)                               / 600 x (107 - 101)
near[151000 6100f]paper(c;up)                                / nobody answers: 500 more at 102, 600 x 6 + 500 x 5
packed:(.1;`P;`;`ack;0n;0n)
near[100000 3600f]paper(c;packed;up)                         / pending
near[100000 3600f]paper(c;packed;up;(2.5;`P;`;`cancelreject;0n;0n))
near[100000 3600f]paper(c;up;(2.5;`P;`;`cancelreject;0n;0n))
near[100000 3600f]paper(c;up;(2.5;`P;`;`reject;0n;0n))
near[152000 5100f]paper(c;packed;up;(4;`P;`;`replaced;1500;0n))  / 500 more at 104, when it is accepted: 600 x 6 + 500 x 3
near[152000 5100f]paper(c;packed;(4;`P;`;`restated;1500;0n))
near[152000 5100f]paper(c;packed;up;(4;`P;`;`replaced;0n;0n))     / as was asked for
near[100000 3600f]paper(c;packed;(4;`P;`;`restated;0n;0n))       / something else was restated
/ cut below what is filled: 400 is what was ordered, 600 were taken away at 104
near[100000 1800f]paper(c;packed;(4;`P;`;`restated;300;0n))

// ---- a cancel of the parent: refused, it works on; accepted at 104, and what is filled after that counts and was not taken away
gone:{[o;f]r:parent[(p;c;packed;(3.5;`P;`;`cancel;0n;0n)),o;f1,f;7];(r`filled`opportunity),(string r`flags)like"*OPEN*"}
near[400 3600 1f]gone[enlist(4;`P;`;`cancelreject;0n;0n);()]
near[400 1800 0f]gone[enlist(4;`P;`;`canceled;0n;0n);()]
near[500 1500 0f]gone[enlist(4;`P;`;`canceled;0n;0n);enlist(5;`G;`;`new;`C;100;105.5)]

// ---- an execution that the client does not know is none, and the parent is revised
r:parent[(p;c);f1,enlist(3.2;`D;`F;`dk;`C;400;103.5);7]
near[0 2f]r`filled`rev
.t.match[1b](string r`flags)like"*REVISED*"

// ---- an order of two days: 400 of 1,000 filled on the first; on the second it is carried in with its child at 110, and has 300 at 112.5 in the mid of 112; 114 at the end
d2:86400
q2:update time:time+1D,bid:bid+10,ask:ask+10 from quotes
o1:(p;c)
o2:update cumqty:400f from od((d2;`P;`;`carry;1000;0n);(d2;`C;`P;`carry;1000;113))
f2:fl enlist(d2+2;`G;`;`new;`C;300;112.5)
both:{[q;o;f].tca.batch[q;none;o;f;`asof`horizons!(s d2+4;1#0D00:00:01)]}
two:both[quotes,q2;(od o1)uj o2;(fl f1),f2]
k:1!two`parents
.t.match[`P,`$"P@20240103"]exec parent from k
/ the first day ends with its last good quote: 600 open at 119, released at 101
near[1000 400 350 1000 800 200 10800 12800f]k[`P]`qty`filled`slippage_bps`delay`timing_impact`spread`opportunity`is_cost
.t.match[s[18.5]+1]k[`P]`end_time
.t.match[0b](string k[`P]`flags)like"*OPEN*"
/ the second: 600 left, arrived and released at 110; 1,250 bps against the first arrival at 100
second:600 300 .5,(1e4*2.5%110),66000 0 600 150 1200 1950f
fig:`qty`filled`done`slippage_bps`paper`delay`timing_impact`spread`opportunity`is_cost
y:k`$"P@20240103"
near[second]y fig
near[110 100 1250 400f]y`arrival_mid`arrival_original`slippage_original_bps`filled_before
.t.match[1b]all`CARRIED`OPEN in`$" "vs string y`flags
near[100 350f]k[`P]`arrival_original`slippage_original_bps
.t.match[`P,`$"P@20240103"]exec parent from two`fills
/ the second day by itself: the same, but that only who was there on the first knows how it arrived
own:{first both[q2;x;f2]`parents}
near[second]own[o2]fig
near[110 400f]own[o2]`arrival_mid`filled_before
.t.match[(0n;`$"first day not at hand")]own[o2]`arrival_original`arrival_original_reason
near[1250f]own[update origin:100f from o2]`slippage_original_bps
/ what was filled before is counted from the fills where the carry row does not say it; a bust of one of those is the first day's
near[second](1!both[quotes,q2;(od o1)uj update cumqty:0n from o2;(fl f1),f2]`parents)[`$"P@20240103"]fig
b:1!both[quotes,q2;(od o1)uj o2;(fl f1),f2,fl enlist(d2+3;`B;`F;`bust;`C;400;0n)]`parents
near[0 2f]b[`P]`filled`rev
near[300 1f]b[`$"P@20240103"]`filled`rev
/ an amendment on the second day speaks of the whole order: 1,200 are 800 of it, 200 more at 113, which nobody else is sent for: 300 x 4 + 200 x 1
near[88600 1400f](first both[q2;o2 uj od enlist(d2+3;`P;`;`replace;1200;0n);f2]`parents)`paper`opportunity
/ carried before the market opens: arrival and release are its first mid
y:first both[q2;update time:time-0D01 from o2;f2]`parents
near[110 0 600f]y`arrival_mid`delay`timing_impact
.t.match[1b]all`PREOPEN`CARRIED in`$" "vs string y`flags

// ---- the same live: a day, its end, and the next one
fit:{[t;x]cols[t]xcols(0#t)uj x}
put:{[w;q;o;f]
  d:`quote`orders`fills!(fit[quote]q;fit[orders]o;fit[value`fills]f);
  m:`time xasc raze{([]t:count[y]#x;time:y`time;r:til count y)}'[key d;value d];
  a:0#arrival;
  a,:raze{[d;m].rt.put[m`t;d[m`t]enlist m`r];a:0#arrival;while[not null w:.rt.next[];a,:(.rt.tick w)`arrival];a}[d]each m;
  .rt.seen:w+.rt.cfg`lag;
  while[not null v:.rt.next[];a,:(.rt.tick v)`arrival];
  if[.rt.w<w;.rt.tick w];
  a }
same:{[b;l]c:exec name from .tca.catalogue where level=`parent,name in key l,not name like"leak*";.t.match[c#b;c#l]}
.rt.reset[];
.rt.origins:0#.rt.origins
put[s 19;quotes;od o1;fl f1];
same[first run[o1;f1;19]`parents]first .rt.rows[1#`P]`parents
.rt.close[];
.rt.reset[];
a:put[s d2+4;select from q2 where time<s d2+4;o2;f2]
l:first .rt.rows[1#`P]`parents
near[second]l fig
near[110 100 1250 400f]l`arrival_mid`arrival_original`slippage_original_bps`filled_before
same[first both[q2;update origin:100f from o2;f2]`parents]l
near[1250f]first exec slipo from .rt.i.parents[1#`P]where parent=`P
.t.match[(1#`P;1#s 0;1#100f)]value exec id,at,mid from a where event=`original
/ an engine that was not there on the first day has it from the log of this one
.rt.reset[];
.rt.origins:0#.rt.origins
.rt.original a;
put[s d2+4;select from q2 where time<s d2+4;o2;f2];
same[l]first .rt.rows[1#`P]`parents

.t.end[]
