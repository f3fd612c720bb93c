// The real-time engine's arithmetic gives the batch's figures bit for bit: on the INST case and its variants, and on random order flow that comes
// shuffled, doubled, late, busted and corrected; and the same whatever pieces it comes in.

system"l ",getenv[`SLIPSTREAM_Q],"/boot.q"
.boot.use each`$("test";"rt/tick");

system"l ",getenv[`SLIPSTREAM_Q],"/../tests/q/flow.q"
// figures of the leakage test over the whole day are the batch's alone
plain:{[p]c:cols p;(c where not c like"leak*")#p}
same:{[m;a;b]a:@[a;cols a;`#];b:@[b;cols b;`#];.t.say[(-8!a)~-8!b;m,": ",$[cols[a]~cols b;"columns ",-3!c where not{[a;b;c](-8!a c)~-8!b c}[a;b]each c:cols a;"other columns ",-3!(cols[a]except cols b;cols[b]except cols a)]]}

// everything that comes, as a list of (table;rows) in order of arrival
feed:{[m].rt.reset[];{.rt.put . x;run[]}each m;}
k0:`arrival`markout`score`alert`health
out:k0!(0#arrival;0#markout;0#score;0#alert;0#health)
take:{[r]{out[x],:y}'[k0;r k0];}
run:{while[not null w:.rt.next[];take .rt.tick w]}
// event time comes to w, without rows
until:{[w].rt.seen:w+.rt.cfg`lag;run[];if[.rt.w<w;take .rt.tick w]}
fresh:{out::0#'out}
batch:{[d;w].tca.batch[.tca.phased[();();d`quote;d`status]0;d`trade;d`orders;d`fills;`asof`horizons`dq!(w;();$[`dq in key d;d`dq;()])]}

// the newest revision of each markout is what the batch has
newest:{[k;t]k xasc 0!?[t;();k!k;()]}
markouts:{[b]
  a:newest[`id`h]select from out[`markout]where event=`fill;
  a:select id,h,state,mid,markout,realised,impact from a where state<>`busted;
  e:`id`h xasc select id:execid,h,state,mid,markout,realised,impact from b[`markouts]where state<>`pending;
  same["markouts";e;a];
  a:newest[`event`id`at`h]select from out[`markout]where event<>`fill;
  e:distinct`event`id`at`h xasc select event:class,id,at:time,h,state,mid,response from b[`responses]where class<>`fill,state<>`pending;
  same["responses";e;select event,id,at,h,state,mid,response from a] }
batchOnly:exec name from .tca.catalogue where level=`parent,col in .tca.batchOnly
compare:{[d]
  b:batch[d;.rt.w];
  l:.rt.rows exec distinct root from .rt.o;
  / the batch says more: what takes the whole market, history or random draws
  more:cols[b`parents]except c:cols l`parents;
  .t.match[0#`]more where not(more in batchOnly)|any more like/:("*_ci_lo";"*_ci_hi";"*_n";"*_reason");
  same["parents";plain c#b`parents;plain l[`parents]iasc(b[`parents]`parent)?l[`parents]`parent];
  same["fills";b`fills;l`fills];
  same["children";b`children;l`children];
  markouts b;
  b }

// INST
us:{t0+`timespan$1000*x}
inst:()!()
inst[`quote]:fit[quote]([]time:us -1 49999 74999 119999 199999;sym:`X;venue:`v;bid:100 100.01 100.02 100.03 100.05;ask:100.02 100.03 100.04 100.05 100.07)
inst[`trade]:trade
inst[`status]:status
inst[`orders]:fit[orders]([]time:us 0 50000;sym:`X;id:`P`C1;parent:``P;event:`new;side:`buy;qty:100000 10000f;price:0n 100.05;algo:`pov)
inst[`fills]:fit[value`fills]([]time:us 75000 120000;sym:`X;execid:`F1`F2;kind:`new;order:`C1;side:`buy;qty:5000f;price:100.035 100.045)
go:{[d]fresh[];feed arrive[0;0f;1;d]1;until us 250000;b:compare d;first[.rt.rows[1#`P]`parents],`b`w!(b;.rt.w)}
bps:.t.near[.0001];usd:.t.near[.01]
p:go inst
bps[2.9997 4.79952 1.9998 .9999 1.9998 4.9995]p`slippage_bps`is_bps`pre_bps`during_bps`post_bps`total_bps
usd[300 4800 1000 150 50 3600]p`cost`is_cost`delay`timing_impact`spread`opportunity
m:select id,h,markout,response from out`markout
bps[-.49983 -.49978]exec markout from m where id in`F1`F2,h=0D00:00:00.001
bps[.9998]exec first response from m where id=`C1,h=0D00:00:00.025
.t.match[`P`C1]exec id from out`arrival
.t.near[1e-9;100.01 100.02]exec mid from out`arrival
// the SELL twin
flipped:@[inst;`orders`fills;{update side:`sell from x}]
q:go flipped
bps[neg p`slippage_bps`is_bps`pre_bps`during_bps`post_bps`total_bps]q`slippage_bps`is_bps`pre_bps`during_bps`post_bps`total_bps
// busts and corrections, once and again, and before their fill
ev:{[t;k;e;r;px]fit[value`fills]([]time:1#us t;sym:`X;execid:e;refid:r;kind:k;order:`C1;side:`buy;qty:5000f;price:px)}
with:{[x]go @[inst;`fills;,;x]}
b:with ev[150000;`bust;`B1;`F2;0n]
bps[2.49975 4.87451]b`slippage_bps`is_bps
usd[125 4875]b`cost`is_cost
.t.match[2]b`rev
c:with ev[150000;`correct;`K1;`F2;100.04]
bps[2.74973]c`slippage_bps
usd[275 4775]c`cost`is_cost
usd[275](with ev[150000;`correct;`K1;`F2;100.09],ev[160000;`correct;`K2;`K1;100.04])`cost
usd[125](with ev[150000;`correct;`K1;`F2;100.09],ev[160000;`bust;`K2;`K1;0n])`cost
usd[125](go @[inst;`fills;{ev[60000;`bust;`B1;`F2;0n],x}])`cost
usd[300](with 1_inst`fills)`cost                        / reported twice
// one order number less, and an order that is not known yet: its fill waits
usd[300](go(`fills`orders`quote`trade`status)#inst)`cost
.t.match[0]count .rt.parkedF
// messages that say what has been executed: they agree, or the order is in doubt
usd[300](go @[inst;`fills;{update cum:5000 10000f,avgpx:100.035 100.04 from x}])`cost
.t.match[(0#`;`green)](.rt.doubt;last out[`score]`data_lamp)
p0:go @[inst;`fills;{update cum:5000 9000f,avgpx:100.035 100.04 from x}]
usd[300]p0`cost
.t.match[(1#`C1;1b)](.rt.doubt;(string p0`flags)like"*DATA*")
// without the broker's figures: more filled than ordered; less than nothing left; both light DATA, and the batch flags the parent
dq0:0#dq
lamp0:{[d]fresh[];feed arrive[0;0f;1;d]1;until each us 250000+1000000*til 5;b:compare d;r:first .rt.rows[1#`P]`parents;(.rt.doubt;last out[`score]`data_lamp;(string r`flags)like"*DATA*";exec problem from b`problems)}
ok:(0#`;`green;0b;0#`)
.t.match[ok]lamp0 inst
more0:@[inst;`orders;{update qty:7500f from x where id=`C1}]
.t.match[(1#`C1;`amber;1b;1#`over)]lamp0 more0
.t.match[(1#`C1;`amber;1b;1#`leaves)]lamp0 @[inst;`fills;{update leaves:5000 -1f from x}]
.t.match[(1#`C1;`amber;1b;1#`leaves)]lamp0 @[inst;`orders;{x,update time:us 130000,event:`status,cumqty:10000f,leavesqty:-5f from select from x where id=`C1}]
// a fill that was refused on arrival is no fill, but its order is in doubt; what is only marked (late) lights nothing
ref:{[k;i]fit[dq0]([]time:1#us 130000;sym:`X;session:`S;seq:7;kind:k;id:i;detail:enlist"")}
.t.match[(0#`;`amber;1b;1#`refused)]lamp0 inst,(1#`dq)!enlist ref[`quantity;`C1]
.t.match[(0#`;`amber;1b;1#`refused)]lamp0 inst,(1#`dq)!enlist ref[`number;`F1]
.t.match[ok]lamp0 inst,(1#`dq)!enlist ref[`late;`C1]
.t.match[1]exec last ndq from out`health
// LIMIT_BREACH
l:go @[inst;`orders;{update price:100.04 from x where id=`C1}]
.t.match[1b](string l`flags)like"*LIMIT_BREACH*"

// 10,000 go to C1, which sends 6,000 of them on as D1, which is told twice: 10,000 are sent, and filled
on:{[o]o,2#enlist @[o 1;`time`id`parent`qty;:;(us 60000;`D1;`C1;6000f)]}
n:go @[@[inst;`orders;on];`fills;{update order:`C1`D1 from x}]
.t.near[1e-12;1f]n`fill_ratio
.t.match[([]problem:1#`duplicate_order;id:1#`D1)]n[`b]`problems
usd[300]n`cost

// what comes after its event time was taken: the bust of a fill whose markouts are out, a late fill, a late quote
fresh[];feed arrive[0;0f;1;inst]1;until us 1000000;
.t.match[1 1]exec rev from out[`markout]where id in`F1`F2,h=0D00:00:00.5,event=`fill
late:ev[1100000;`bust;`B1;`F2;0n]
.rt.put[`fills;late];until us 1500000;
compare @[inst;`fills;,;late];
.t.match[`final`busted]exec state from out[`markout]where id=`F2,h=0D00:00:00.5
.t.match[1 2]exec rev from out[`markout]where id=`F2,h=0D00:00:00.5
more:fit[value`fills]([]time:1#us 180000;sym:`X;execid:`F3;kind:`new;order:`C1;side:`buy;qty:1000f;price:100.05)
.rt.put[`fills;more];until us 2000000;
.t.match[1]exec sum late from([]late:.rt.late)
compare @[inst;`fills;,;late,more];
lq:fit[quote]([]time:1#us 51000;sym:`X;venue:`v;bid:100.015;ask:100.035)
.rt.put[`quote;lq];until us 2500000;
compare @[@[inst;`fills;,;late,more];`quote;,;lq];
.t.match[1b]2=exec max rev from out[`markout]where id=`C1,h=0D00:00:00.005

// fills of an order that has not come wait, and what refers to them by several steps, while others of orders that never come stay
orphans:{[n]fit[value`fills]([]time:us 80000+til n;sym:`X;execid:`$"O",/:string til n;kind:`new;order:`never;side:`buy;qty:100f;price:100.03)}5
ahead:(update order:`C9 from ev[90000;`new;`X9;`;100.03]),update order:` from ev[91000;`correct;`K9;`X9;100.04],ev[92000;`correct;`L9;`K9;100.05]
fresh[];feed arrive[0;0f;1;@[inst;`fills;,;orphans,ahead]]1;until us 250000;
.t.match[8]count .rt.parkedF
.rt.put[`orders;own9:update id:`C9,time:us 260000 from select from inst[`orders]where id=`C1];until us 1000000;
.t.match[(5;1#`never)](count p;distinct p:.rt.parkedF`order)
.t.match[100.05]first exec price from .ord.live[.rt.f]where execid=`X9
compare @[@[inst;`fills;,;orphans,ahead];`orders;,;own9];

// passive fills of a parent that is not known: it is spoken of when it comes
made:@[inst;`fills;{update liquidity:`added from x}]
fresh[];feed arrive[0;0f;1;@[made;`orders;{select from x where id<>`P}]]1;until us 3000000;
.t.match[0]count out`score
.rt.put[`orders;select from made[`orders]where id=`P];until us 4000000;
.t.match[1#`P]exec distinct parent from out`score
compare made;

// random order flow
scored:{[d;r]n:value .rt.i.named;b:first select from batch[d;r`time][`parents]where parent=r`parent;.t.say[(-8!n#b)~-8!n#r;"score of ",(-3!r`parent`time),": ",-3!n where not b[n]~'r n]}
try:{[seed;share;b]
  fresh[];
  a:arrive[seed;share;b;flow seed];
  feed a 1;
  until at 1250000;
  compare a 0;
  .t.match[0]count .rt.parkedF;
  / in other pieces: row by row
  o:out;
  if[share>0;:()];
  / every score is the batch's as of its time
  scored[a 0]each 12?out`score;
  fresh[];feed raze{[m]m[0],/:enlist each enlist each m 1}each a 1;until at 1250000;compare a 0;
  .t.match[(4#k0)#o](4#k0)#out }                                    / health tells what had come in by then
.rt.cfg[`every]:0D00:00:02;                               / fewer evaluations
try[;0f;1]each 1#1;
// parents that came while the market was halted have no arrival mid. They cost what others cost: their sums go on, and are the batch's
blind:{[seed]
  fresh[];
  d:flow seed;
  d[`status]:`time xasc d[`status],fit[status]([]time:at 0 0 190000 190000;sym:`A`B`A`B;state:`halted`halted`continuous`continuous);
  a:arrive[seed;0f;1;d];
  feed a 1;
  until at 1250000;
  compare a 0;
  p:exec parent from .rt.state where null arrival,n>2;
  .t.match[1b]2<count p;
  .t.match[1b]any not exec slow from .rt.state where parent in p;
  r:select from out[`score]where parent in p,filled>0;
  .t.match[1b]20<count r;
  scored[a 0]each 12?r; }
blind 2;
                                        / in order
// the same with order events and fills evaluated at their own time, and the market taken whenever it suits; without a lag, where what is of one instant is late
instantly:{[seed;share;b;lag]
  .rt.instant:1b;old:.rt.cfg`lag;.rt.cfg[`lag]:lag;
  a:arrive[seed;share;b;flow seed];
  fresh[];feed a 1;until at 1250000;
  compare a 0;
  .t.match[0]count .rt.parkedF;
  o:out;
  / each fill has a score as of its own time
  if[lag>0;
    k:select parent,time from o`score;
    f:select parent:root,time from .rt.f where kind=`new,not null root;
    f:select from f where parent in exec parent from k,not time<(exec min time by parent from k)parent;
    .t.match[1b]20<count f;
    .t.match[0#f]f where not f in k];
  fresh[];.rt.reset[];{.rt.put . x;run[];.rt.advance[]}each raze{[m]m[0],/:enlist each(1000*til 1+count[m 1]div 1000)cut m 1}each a 1;until at 1250000;
  .t.match[(4#k0)#o](4#k0)#out;
  .rt.instant:0b;.rt.cfg[`lag]:old; }
instantly[1;0f;1;.rt.cfg`lag];
instantly[2;.3;40;.rt.cfg`lag];
instantly[3;.1;20;0D];
/ order events wait for the next fill
.rt.alone:1#`fills
instantly[1;0f;1;.rt.cfg`lag];
instantly[3;.1;20;0D];
.rt.alone:`orders`fills
try[;.3;40]each 1#3;                                       / disorder within the lag
try[;.05;60000]each 1#5;                               / and far beyond it
/ symbols that differ in how old a quote may be: of A a third of the quotes come later than that
.tca.refer([]sym:`A`B;stale_ms:300 4000f);
try[;.05;60000]each 1#6;
.t.match[1b]`stale in exec reason from out[`arrival]where sym=`A
.tca.refer();
.t.end[]
