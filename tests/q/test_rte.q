// The real-time engine's arithmetic gives the batch's figures bit for bit: on the INST case and its variants, and on random order flow that comes
// shuffled, doubled, late, busted and corrected; and the same whatever pieces it comes in.

system"l ",getenv[`SLIPSTREAM_Q],"/boot.q"
.boot.use each`$("test";"live/tick");

fit:{[t;x]cols[t]xcols(0#t)uj x}
// figures of the leakage test over the whole day are the batch's alone
plain:{[p]c:cols p;(c where not c like"leak*")#p}
same:{[m;a;b]a:@[a;cols a;`#];b:@[b;cols b;`#];.t.say[(-8!a)~-8!b;m,": ",$[cols[a]~cols b;"columns ",-3!c where not{[a;b;c](-8!a c)~-8!b c}[a;b]each c:cols a;"other columns ",-3!(cols[a]except cols b;cols[b]except cols a)]]}

// everything that comes, as a list of (table;rows) in order of arrival
feed:{[m].live.reset[];{.live.put . x;run[]}each m;}
k0:`arrival`markout`score`alert`health
out:k0!(0#arrival;0#markout;0#score;0#alert;0#health)
take:{[r]{out[x],:y}'[k0;r k0];}
run:{while[not null w:.live.next[];take .live.tick w]}
// event time comes to w, without rows
until:{[w].live.seen:w+.live.cfg`lag;run[];if[.live.w<w;take .live.tick w]}
fresh:{out::0#'out}
batch:{[d;w].tca.batch[.tca.phased[();();d`quote;d`status]0;d`trade;d`orders;d`fills;`asof`horizons!(w;())]}

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
  b:batch[d;.live.w];
  l:.live.rows exec distinct root from .live.o;
  / the batch says more: what takes the whole market, history or random draws
  more:cols[b`parents]except c:cols l`parents;
  .t.match[0#`]more where not(more in batchOnly)|any more like/:("*_ci_lo";"*_ci_hi";"*_n";"*_reason");
  same["parents";plain c#b`parents;plain l[`parents]iasc(b[`parents]`parent)?l[`parents]`parent];
  same["fills";b`fills;l`fills];
  same["children";b`children;l`children];
  markouts b;
  b }

// the order of arrival: by time, a share of the rows later by up to b ms; in messages of one table. Returns tables and messages
arrive:{[seed;share;b;d]
  system"S ",string seed;
  r:raze{[share;b;t;x]n:count x;([]tab:t;row:til n;due:x[`time]+0D00:00:00.001*(share>n?1f)*n?b)}[share;b]'[key d;value d];
  r:`due xasc r;
  g:(where(differ r`tab)|0=(til count r)mod 500)cut r;
  (key[d]!{[d;r;t]d[t](select from r where tab=t)`row}[d;r]each key d;{[d;g]t:first g`tab;(t;d[t]g`row)}[d]each g) }

// INST
t0:2024.01.02D14:30:00
us:{t0+`timespan$1000*x}
inst:()!()
inst[`quote]:fit[quote]([]time:us -1 49999 74999 119999 199999;sym:`X;venue:`v;bid:100 100.01 100.02 100.03 100.05;ask:100.02 100.03 100.04 100.05 100.07)
inst[`trade]:trade
inst[`status]:status
inst[`orders]:fit[orders]([]time:us 0 50000;sym:`X;id:`P`C1;parent:``P;event:`new;side:`buy;qty:100000 10000f;price:0n 100.05;algo:`pov)
inst[`fills]:fit[value`fills]([]time:us 75000 120000;sym:`X;execid:`F1`F2;kind:`new;order:`C1;side:`buy;qty:5000f;price:100.035 100.045)
go:{[d]fresh[];feed arrive[0;0f;1;d]1;until us 250000;b:compare d;first[.live.rows[1#`P]`parents],`b`w!(b;.live.w)}
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
.t.match[0]count .live.parkedF
// LIMIT_BREACH
l:go @[inst;`orders;{update price:100.04 from x where id=`C1}]
.t.match[1b](string l`flags)like"*LIMIT_BREACH*"

// what comes after its event time was taken: the bust of a fill whose markouts are out, a late fill, a late quote
fresh[];feed arrive[0;0f;1;inst]1;until us 1000000;
.t.match[1 1]exec rev from out[`markout]where id in`F1`F2,h=0D00:00:00.5,event=`fill
late:ev[1100000;`bust;`B1;`F2;0n]
.live.put[`fills;late];until us 1500000;
compare @[inst;`fills;,;late];
.t.match[`final`busted]exec state from out[`markout]where id=`F2,h=0D00:00:00.5
.t.match[1 2]exec rev from out[`markout]where id=`F2,h=0D00:00:00.5
more:fit[value`fills]([]time:1#us 180000;sym:`X;execid:`F3;kind:`new;order:`C1;side:`buy;qty:1000f;price:100.05)
.live.put[`fills;more];until us 2000000;
.t.match[1]exec sum late from([]late:.live.late)
compare @[inst;`fills;,;late,more];
lq:fit[quote]([]time:1#us 51000;sym:`X;venue:`v;bid:100.015;ask:100.035)
.live.put[`quote;lq];until us 2500000;
compare @[@[inst;`fills;,;late,more];`quote;,;lq];
.t.match[1b]2=exec max rev from out[`markout]where id=`C1,h=0D00:00:00.005

// random order flow
at:{t0+0D00:00:00.001*x}
flow:{[seed]
  system"S ",string seed;
  q:raze{[v;s]n:2000;m:100+.01*sums n?-1 0 1;w:.005*1+n?3;
    q:([]time:at asc neg[n]?900000;sym:s;venue:n?v;bid:m-w;ask:m+w;bsize:100f*1+n?9;asize:100f*1+n?9);
    update bid:?[i in 20?n;0n;bid],ask:?[i in 20?n;bid-.01;ask]from q}'[(`v1`v2;1#`v1);`A`B];
  s:([]time:at 200000 260000 500000 530000;sym:`A`A`B`B;venue:``,2#`v1;state:`halted`continuous`auction`continuous);
  k:10;
  p:([]time:at neg[k]?200000;sym:k?`A`B;id:`$"P",/:string til k;parent:`;event:`new;side:k?`buy`sell;qty:1000f*5+k?20;price:0n);
  c:raze{[p;j]update id:(`$((string id),\:"c",string j)),parent:id,time:time+0D00:00:01*1+count[i]?400,qty:1000f,price:100+.05*-1+count[i]?3 from p}[p]each til 4;
  r:update event:`replace,time:time+0D00:03,qty:qty+1000f*-6+k?12 from p;
  rc:update event:`replace,time:time+0D00:00:02,qty:500f from c where 0=i mod 5;
  x:update event:`cancel,time:time+0D00:10 from p where 0=i mod 3;
  xc:update event:`cancel,time:time+0D00:00:30 from c where 0=i mod 4;
  o:update algo:`pov`vwap i mod 2,broker:`b1`b2`b3 i mod 3,trader:`t1,venue:`v from p,c,(select from r where 0=i mod 2),(select from rc where event=`replace),(select from x where event=`cancel),
    select from xc where event=`cancel;
  n:70;
  j:n?count c;
  f:([]time:c[`time][j]+0D00:00:00.001*n?60000;sym:c[`sym]j;execid:`$"E",/:string til n;refid:`;kind:`new;order:c[`id]j;side:c[`side]j;
    qty:100f*1+n?5;price:100+.01*-50+n?100;venue:n?`v1`v2;liquidity:n?`add`remove`;fee:.01*n?100);
  t:([]time:at neg[900]?900000;sym:900?`A`B;venue:`v;price:100+.01*-50+900?100;size:100f*1+900?9);
  t,:select time,sym,venue,price,size:qty from f;
  f,:update execid:(`$"K",/:string i),refid:execid,kind:12?`bust`correct,price:price+.01,time:time+0D00:00:00.001*-20000+12?120000 from -12?f;
  f,:update execid:(`$"L",/:string i),refid:execid,kind:3?`bust`correct,price:price+.02,time:time+0D00:00:05 from select[3]from f where kind=`correct;
  f,:-5?f;
  `quote`trade`status`orders`fills!fit'[(quote;trade;status;orders;value`fills);(q;t;s;o;f)] }
try:{[seed;share;b]
  fresh[];
  a:arrive[seed;share;b;flow seed];
  feed a 1;
  until at 1300000;
  compare a 0;
  .t.match[0]count .live.parkedF;
  / in other pieces: row by row
  o:out;
  if[share>0;:()];
  fresh[];feed raze{[m]m[0],/:enlist each enlist each m 1}each a 1;until at 1300000;compare a 0;
  .t.match[-1_o]-1_out }                                    / health tells what had come in by then
try[;0f;1]each 1#1;
                                        / in order
try[;.3;40]each 1#3;                                       / disorder within the lag
try[;.05;60000]each 5 6 7;                               / and far beyond it
.t.end[]
