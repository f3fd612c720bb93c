// Two traders: rows of P1 and its child are those of T1 (desk us), rows of SECRET are T2's, at a price of 777.25 that must never be seen by T1.
// What T1 may ask is answered from T1's rows; what could reach further is refused.

system"l ",getenv[`SLIPSTREAM_Q],"/boot.q"
.boot.use each`test`entitle;

t0:2024.01.02D14:30:00
s:{t0+`timespan$1000000000*x}
upsert[`quote]update venue:`v,bsize:100f,asize:100f from([]time:s -1 10 20 30;sym:`X;bid:100 100.01 100.02 100.03;ask:100.02 100.03 100.04 100.05);
upsert[`orders]([]time:s 0 5 1 6 2;sym:`X;id:`P1`C1`SECRET`SECRETC`ODD;parent:``P1``SECRET`;event:`new;side:`buy;qty:1000f;price:0n 100 0n 777.25 777.25;algo:`pov;broker:`b;
  trader:`T1`T1`T2`T2`;account:`A1`A1`A2`A2`A2;venue:`v);
upsert[`fills]([]time:s 11 12 13;sym:`X;execid:`F1`SECRETF`SECRETG;refid:`;kind:`new;order:`C1`SECRETC`ODD;parent:`P1`SECRET`;side:`buy;qty:100f;price:100.5 777.25 777.25;venue:`v;
  liquidity:`;session:`s);
upsert[`fixraw]([]time:s 0 1;sym:`;session:`s;direction:`in;seq:1 2;msgtype:`D;msg:("11=P1";"11=SECRET 44=777.25");problem:`);
upsert[`dq]([]time:s 0 1;sym:`X;session:`s;seq:1 2;kind:`dup;id:`F1`SECRETF;detail:("one";"SECRET"));
upsert[`score]([]time:s 20 20;sym:`X;parent:`P1`SECRET;avg_price:100.5 777.25);
upsert[`alert]([]time:s 20 20;sym:`X;parent:`P1`SECRET;lamp:`COST;level:`red;figure:1 777.25);
upsert[`markout]([]time:s 20 20;sym:`X;id:`F1`SECRETF;parent:`P1`SECRET;event:`fill;mid:100.5 777.25);
upsert[`arrival]([]time:s 20 20;sym:`X;id:`C1`SECRETC;parent:`P1`SECRET;event:`new;mid:100.5 777.25);

dir:first system"mktemp -d"
rules:{(hsym`$dir,"/rules.csv")0:enlist["principal,kind,value"],x}
rules("ann,none,";"ann,desk,us";"bob,trader,T2";"cid,account,A2";"dan,parent,P1";"eve,none,";"root,all,";"two,trader,T1";"two,parent,SECRET")
(hsym`$dir,"/desks.csv")0:("desk,kind,value";"us,trader,T1";"us,account,A1");
.ent.from dir;
.ent.guard[]
d:2024.01.02

// who is who
.t.match[`ann].ent.who`ann
.t.match[`].ent.who`
.ent.cfg.operators:1#`ops
.t.match[`].ent.who`ops
.t.fails["access"]{.ent.who`stranger}
.t.fails["access"]{.ent.as[`stranger;"1+1"]}
.t.fails["access"]{.ent.as[`;"1+1"]}

// every function of .api answers from the rows that are seen
.t.match[1#`P1]exec parent from 0!.ent.as[`ann;(`.api.parents;d;d)]
.t.match[`SECRET`ODD`SECRETC]exec id from .ent.as[`cid;(`.api.of;`orders;d;d;`)]
.t.match[`SECRET`SECRETC]exec id from .ent.as[`bob;(`.api.of;`orders;d;d;`)]
.t.match[1#`F1]exec execid from .ent.as[`dan;(`.api.of;`fills;d;d;`)]
.t.match[`P1`SECRET`C1`SECRETC]exec id from .ent.as[`two;(`.api.of;`orders;d;d;`)]
.t.match[([]id:1#`C1;price:1#100f)].ent.as[`ann;(`.api.columns;`orders;d;d;`C1;`id`price`none)]
.t.match[0]count .ent.as[`ann;(`.api.columns;`orders;d;d;`SECRET;1#`id)]
.t.match[0]count .ent.as[`eve;(`.api.of;`orders;d;d;`)]
.t.match[5]count .ent.as[`root;(`.api.of;`orders;d;d;`)]
.t.match[0]count .ent.as[`ann;(`.api.of;`orders;d;d;`SECRET)]
.t.match[2 1 1 1 1 1 1]value`orders`fills`score`alert`markout`arrival`dq#.ent.as[`ann;(`.api.counts;d;d)]
.t.match[1#`F1]exec id from .ent.as[`ann;(`.api.of;`dq;d;d;`)]
.t.match[`P1`SECRET]exec parent from .ent.as[`two;(`.api.score;d;d;`;0Np)]
.t.match[1#`P1].ent.as[`ann;(`.api.sees;`P1`SECRET`C1)]
.t.match[1b].[{.ent.as[x;y];0b};(`ann;(`.api.of;`fixraw;d;d;`));{x like"access*"}]
.t.match[2]count .ent.as[`root;(`.api.of;`fixraw;d;d;`)]

// who is shut out is refused, and is no operator where none are named, nor where it is named one
rules("bob,disabled,";"root,all,";"ops,disabled,")
.t.fails["access: ops is shut out"]{.ent.who`ops}
rules("bob,disabled,";"root,all,";"ops,none,")
.t.match[`].ent.who`ops
.t.fails["access: bob is shut out"]{.ent.as[`bob;"1+1"]}
.t.fails["access: bob is shut out"]{.ent.who`bob}
.ent.cfg.operators:`symbol$()
.t.fails["access: bob is shut out"]{.ent.who`bob}
.t.match[`bob`root!(0#`;1#`SECRET)].api.seenby[`bob`root;1#`SECRET]
.ent.cfg.operators:1#`ops

// a rule that goes is gone with the next request
rules enlist"ann,none,";
.t.match[0]count .ent.as[`ann;(`.api.of;`orders;d;d;`)]
hdel hsym`$dir,"/rules.csv";
.t.fails["access"]{.ent.as[`ann;"1+1"]}
rules("ann,none,";"ann,desk,us";"bob,trader,T2")

// an id that another trader used again on another day is that trader's from then on
upsert[`orders]([]time:enlist 1D+s 0;sym:`X;id:`P1;parent:`;event:`new;side:`buy;qty:777.25;trader:`T2;account:`A2);
upsert[`fills]([]time:enlist 1D+s 1;sym:`X;execid:`SECRETH;kind:`new;order:`P1;parent:`P1;side:`buy;qty:1f;price:777.25);
.t.match[`P1`C1]exec id from .ent.as[`ann;(`.api.of;`orders;d;d+1;`)]
.t.match[1#`F1]exec execid from .ent.as[`ann;(`.api.of;`fills;d;d+1;`)]
.t.match[`SECRETF`SECRETH]exec execid from .ent.as[`bob;(`.api.of;`fills;d;d+1;`)]

// q that is allowed, and what it gives
ann:{.ent.as[`ann;x]}
.t.match[1#`F1]ann"exec execid from fills"
.t.match[1#`F1]ann"exec execid from`fills where price>1"
.t.match[1#100.5]ann"exec price from select from fills where sym=`X"
.t.match[([]n:1#1)]ann"select n:count i from`fills"
.t.match[([sym:1#`X]p:1#100.5)]ann"select p:max price by sym from fills"
.t.match[4]ann"count quote"
.t.match[2]ann"count select from quote where date=2024.01.02,bid>100.01"
.t.match[0]ann"count select from quote where date within 2024.01.03 2024.01.04"
.t.match[1#`P1]ann"exec id from orders where id in exec parent from fills"
.t.match[100.5]ann"exec first price from fills where price=(max;price)fby sym"
.t.match[201f]ann"exec sum 2*price from fills"
.t.match[1#100]ann"exec `long$floor price from fills"
.t.match[1#12:30u|14:30u]ann"exec time.minute from fills"
.t.match[`a`b!3 1]ann"count each`a`b!(1 2 3;4)"
.t.match[3]first ann"(+/)(1 2;2 3)"
.t.match[1b]ann"`bid in cols aj[`sym`time;fills;quote]"
.t.match[1#100.5]ann"exec price from 0!select last price by sym from fills"
.t.match[1#200.5]ann"exec p from update p:price+100 from fills"
.t.match[`time`sym]ann"2#cols orders"
.t.match[1]ann"count select[1]from orders"
.t.match[`C1]ann"exec first id from select[1;>time]from orders"

// what must not leak: refused, or without a trace of what is secret; and nothing changes
hostile:("select from fixraw";"fixraw";"`fixraw";"value`fills";"value \"fills\"";"value\"select from fills\"";"get`fills";"get`orders";"eval parse\"select from fills\"";"reval parse\"fills\"";
  "{select from fills}[]";"{value x}`fills";"({x};1)";"{select from`fills where price>x}[1]";"?[`fills;();0b;()]";"?[fills;();0b;()]";"?[value`fills;();0b;()]";"?[get`fills;();0b;()]";
  "?[`fills;enlist(=;`sym;enlist`X);0b;()]";"?[`fixraw;();0b;()]";"![`fills;();0b;`symbol$()]";"delete from`fills";"update price:0n from`fills";"delete fills from`.";"select x:fills from quote";
  "select x:count fixraw from quote";"select x:value\"fills\"from quote";"select x:get`fills from quote";"select x:{fills}each i from quote";"exec {value y}[;`fills]each i from quote";
  "select from quote where sym in value\"exec price from fills\"";"select from quote where 0<count value`fills";"select from quote where{count value`fills}[]>0";"exec(value;`fills)from quote";
  "exec(value;price)fby sym from fills";"exec({value`fills};price)fby sym from fills";"select from(value`fills)";"select from(get`fills)";"select from .ent.i.raw[`fills;-0Wd;0Wd;()]";
  ".ent.i.raw[`fills;-0Wd;0Wd;()]";".ent.now:`";".ent.as[`bob;\"fills\"]";".data.of[-0Wd;0Wd;`fills;()]";".data.rows[`fills;-0Wd;0Wd;()]";".data.fills[-0Wd;0Wd]";"tables`.";"key`.";"value`.";
  "`.";"get`.";".[`fills;();:;()]";"@[`fills;0]";"`fills 0";"`fills@0";"`fills . enlist 0";"fills[0]";"`fills[0]";"(`fills)0";"(`fixraw)`msg";"cols`fills";"meta`fixraw";"`price xasc`fills";
  "`price xdesc`fixraw";"`sym xkey`fills";"xkey[`sym;`fixraw]";"flip`fills";"ungroup`fills";"keys`fills";"`a xcol`fixraw";"fills lj`sym xkey`fixraw";"aj[`sym`time;quote;`fills]";
  "aj[`sym`time;quote;value`fills]";"0 \"select from fills\"";"(0)\"fills\"";"0(`value;`fills)";"1 \"fills\"";"-1 \"x\"";"system\"l x\"";"system\"echo SECRET\"";"\\ls";"\\echo SECRET";"hopen 0";
  "hopen`::5010";"`::5010 \"fills\"";"`:/etc/passwd 0";"read0`:/etc/passwd";"read1`:/etc/passwd";"get`:/etc/passwd";"`:/tmp/x set 1";"`x set fills";"x:1";"x::1";".z.ps:value";".z.pg:value";
  "a:fills;a";"fills;fixraw";"-9!-8!fixraw";"-9!0x010000000a000000f700";"-6!(?;`fills;();0b;())";"-5!\"fills\"";"-11!`:x";"-8!fixraw";"-3!fixraw";"!/[(`fills;1)]";"(-9)!0x00";"{x}each fills";
  "value each`fills`orders";"get each enlist`fills";"(value')`fills";"value@`fills";"value .(enlist`fills)";"@[value;`fills]";".[value;enlist`fills]";"@[value;`fills;`]";"value/[`fills]";"value\\`fills";
  "(value)`fills";"(get;`fills)";"(value;`fills)1";"(::)fixraw";"(::)value`fills";"f:value";"value[`fills]";"(value ::)`fills";"(neg value::)`fills";"('[count;value])`fills";"('[value;{x}])`fills";
  "count'[value`fills]";"each[value;`fills`orders]";"each[`fills;1]";"`fills each 0 1";"(`fills;`orders)@\\:0";"peach[value;`fills]";".Q.ft[value]`fills";".Q.s value`fills";".Q.id`fills";".Q.dpft[`:.;.z.d;`sym;`fills]";
  ".j.j value`fills";".h.ht`fills";"`fixraw insert(1;2)";"insert[`fills;fills]";"`fills upsert fills";"upsert[`fills;fills]";"`sym?`SECRET";"`fills?`a";"`fills$`a";"`$\"fills\"";"(`$\"fills\")0";
  "k)fills";"k).:`fills";"k)?[`fills;();0b;()]";"p)1";"parse\"fills\"";"eval(?;`fills;();0b;())";"if[1;fixraw]";"$[1b;fixraw;fills]";"do[1;fixraw]";"while[0;fixraw]";"'fixraw";"`fixraw`fills";
  "fixraw`msg";"orders`id";"orders.id";"fills.price";"exec from fixraw";"select fixraw.msg from quote";"select quote.x from quote";"([]a:value`fills)";"(`fills;value`fills)";"`a`b!(1;value`fills)";
  "enlist value`fills";"select a by b:value\"fills\" from quote";"select from quote where sym=`X,(value\"1b\")";"select[value\"1\"]from quote";"select[1;>value`x]from quote";"exec distinct price from select from(select from value`fills)";
  "(fills uj value`fixraw)";"raze(fills;get`fills)";"wj[1;2;3;4]";".ent.rules";".ent.grants`bob";".ent.sees[0Nd;0Nd]";".z.u";".z.pw";".z.w";"neg[.z.w]`x";".api.tca[d;`fills]";".api.of[`fills]";".api.of[;d;d;`]";
  ".api.of[`fixraw;2024.01.02;2024.01.02;`]";".api.figures[2024.01.02;2024.01.02;value`fills]";".api";"`.api";".api`of";".api.chart`SECRET";".api.timeline[2024.01.02;2024.01.02;`SECRET;`]";
  "+[value`fills]";"+[1;]";"+[;fixraw]";"(+)";"value";"sum value`fills";"10000000000#1";"select from fills where date in value`d";"select from fills where date=value`d";"select from fills where date=exec first date from fixraw")
// joins, handles, views, .Q and .z, application in its other forms, iterators, system commands
hostile,:("quote ij`fills";"quote ij`sym xkey fixraw";"quote uj fixraw";"quote pj`sym xkey select sym,msg from fixraw";"quote lj value`fills";"aj[`sym`time;quote;fixraw]";"aj0[`sym`time;quote;`fixraw]";
  "ej[`sym;quote;fixraw]";"ej[`sym;quote;`fills]";"wj[quote.time;`sym`time;quote;(value`fills;(max;`price))]";"wj1[1 2;`sym;quote;(`fills;(max;`price))]";"quote asof`fills";"asof[`fills;enlist`X]";
  "fills union fixraw";"fixraw cross quote";"`sym xgroup`fills";"`sym xgroup fixraw";"0!`fills";"1!`fills";"()xkey`fixraw";
  "v::select from fills";"v::value`fills";"view`v";"views`.";"\\b";"\\B";"\\v";"\\f .ent";"\\t value`fills";"\\ts value`fills";"\\c 10 10";"\\d .ent";"\\x .z.pg";"\\_ 1";"\\e 1";"\\T 0";"\\1 /tmp/x";
  "system\"v\"";"system each enlist\"v\"";"system\"T 0\"";
  "0i\"fills\"";"0i(`value;`fills)";"neg[0]\"fills\"";"neg[1]\"x\"";"-1i\"x\"";"hclose 0";"hcount`:/etc/passwd";"`::[\"fills\"]";"(`::)\"fills\"";"`:host:1\"fills\"";"@[0;\"fills\"]";".[0;enlist\"fills\"]";"0@\"fills\"";"0 .enlist\"fills\"";
  "first 0\"fills\"";"count 0\"fixraw\"";"0 each enlist\"fills\"";"{x\"fills\"}0";"select x:0\"fills\"from quote";"select from quote where 0\"1b\"";"exec .[0;enlist\"fills\"]from quote";"reval(value;\"fills\")";
  ".Q.ind[fills;0 1]";".Q.v`fills";".Q.dt[value]`fills";".Q.fu[value]`fills`orders";".Q.trp[value;`fills;{x}]";".Q.trp[{value`fills};0;{x}]";".Q.fs[value]`:x";".Q.fc[value]`fills`orders";".Q.en[`:.;fills]";
  ".Q.hg`:http://x";".Q.hp[`:http://x;1;2]";".Q.def[()!()]`fills";".Q.sw`.";".Q.pv";".Q.pt";".Q.w[]";".Q.gc[]";".Q.par[`:.;.z.d;`fills]";".Q.addmonths";".Q.s1 fixraw";".Q.s2 value`fills";".Q.ts[value]enlist`fills";".Q.M";".Q.bt[]";
  ".Q.s1 .ent.rules";".Q.s`fills";".z.ps\"fills\"";".z.pg\"fills\"";".z.pg(`value;`fills)";".z.ph(\"fills\";())";".z.ws\"fills\"";".z.ts[]";".z.pc 0";".z.exit 0";".z.x";".z.X";".z.e";".z.b";".z.a";".z.h";".z.W";".z.H";".z.f";".z.ts:{value`fills}";
  ".z.d:1";".z.vs:value";".z.ac:value";".[value;enlist\"fills\"]";".[?;(`fills;();0b;())]";".[?;(value`fills;();0b;())]";"(?).(`fixraw;();0b;())";"@[?;(`fills;();0b;())]";"(?)[`fixraw;();0b;()]";"?[quote;enlist(value;enlist`fills);0b;()]";
  "?[quote;enlist(value;\"1b\");0b;()]";"?[quote;();0b;(enlist`x)!enlist(value;enlist`fills)]";"?[quote;();(enlist`x)!enlist({x};`sym);()]";"?[quote;();0b;();(value;\"1\")]";"?[quote;();0b;();1;(value;`x)]";"![quote;();0b;(enlist`x)!enlist(get;enlist`fills)]";
  "![`quote;();0b;`symbol$()]";"![`.;();0b;enlist`fills]";"-6!(value;\"fills\")";"-14!`fills";"-15!\"fills\"";"-16!fills";"-17!fills";"-18!fixraw";"-19!(1;2)";"-21!`:x";"-22!fixraw";"-25!(0;1)";"-27!(1i;2)";"-30!(0;1)";"-33!\"x\"";"-100!1";
  ". `fills";". fills";"`. `fills";"`.[`fills]";"(`.)`fills";"`.`fills";"@[`.;`fills]";".[`.;enlist`fills]";"@[`fills;`price;value]";".[`fills;(0;`price)]";"@[fills;0;value]";"@[fills;`price;{value`fills}]";".[fills;();{value`fills}]";"@[;`fills;value]";
  "value':`fills`orders";"value each(`fills;\"fixraw\")";"value\\:[`fills;1]";"`fills value/:`a`b";"(value')\"fills\"";"value over`fills";"(::;value)[1]`fills";"(value;get)@\\:`fills";"(`fills;`fixraw)value'1 2";"(('[value;string])`fills)";
  "select $[1b;value\"fills\";0]from quote";"select x:(value;\"fills\")from quote";"select x:value each sym from quote";"select x:{value`fills}[]from quote";"select x:.[value;enlist`fills]from quote";"select x:@[value;`fills]from quote";"select x:fixraw from quote";
  "select from quote where i in exec i from value`fills";"select from quote where({value`fills;1b})each i";"exec(exec price from value`fills)from quote";"exec x:(select from fixraw)from quote";"select x:(exec msg from fixraw)from 2#quote";
  "select from(select from(select from fixraw))";"select from fixraw where i<1";"select msg from fixraw";"exec first msg from`fixraw";"select by sym from fixraw";"delete msg from fixraw";"update x:msg from`fixraw";"select from health";"select from`.ent.rules";"exec name from .ent.rules";
  "select from fills lj`sym xkey select sym,msg from fixraw";"select from ej[`sym;fills;value`fills]";"exec value sym from quote";"exec get sym from quote";"exec eval sym from quote";"exec `value$sym from quote";"exec(`value)sym from quote";
  ".ent.run\"fills\"";".ent.eval`fills";".ent.i.fetch[`fills;-0Wd;0Wd;()]";".ent.fresh[]";".ent.reset[]";".ent.now";".ent.cfg.rows:0W";".data.cap:0W";".data.atmost[0W;2024.01.02;2024.01.02;`fills;()]";".data.messages[2024.01.02;2024.01.02;()]";".api.seenby[`bob;`SECRET]";
  ".api.of .(`fixraw;2024.01.02;2024.01.02;`)";".api.of[`fills;2024.01.02;2024.01.02;value`x]";".api.of[(value;`fills);2024.01.02;2024.01.02;`]";".api.past[2024.01.02;2024.01.02;`order;`SECRET]";".api.order`SECRETC";".api.children`SECRET";".api.trail`SECRET";
  ".api.report[2024.01.02;`;`]";".api.alertsDue[1;2;3]";".api.checks[]";"save`:x";"load`:x";"rsave`fills";"dsave`fills";"read0(`:/etc/passwd;0;9)";"`:/tmp/x 0:enlist\"a\"";"(`:/tmp/x)1:0x00";"\"SSS\"0:\"x\"";"0:[\"S\";`:/etc/passwd]";"2:[`:x;(`f;1)]";"`:x 2:(`f;1)";
  "setenv[`A;\"b\"]";"getenv`HOME";"exit 0";"rand 0Ng";"til 1000000000000";"1000000000?1f";"neg[1000000]?0Ng";"do[1000000000;1]";"while[1b;1]";"{x}/[1000000000;1]";"sum til 9";"{while[1b]}[]";"@[{value`fills};0;`]")
safe:{[h]
  r:@[{(1b;ann x)};h;{(0b;x)}];
  t:.Q.s1 r 1;
  $[r 0;not(t like"*SECRET*")or t like"*777.25*";not(t like"*SECRETF*")or t like"*777.25*"]}
before:(-8!get@)each`fills`orders`fixraw`quote
names:`
names:key`.
.t.match[()]hostile where not safe each hostile
.t.match[before](-8!get@)each`fills`orders`fixraw`quote
.t.match[names]key`.
.t.match[`].ent.now
/ those that were answered at all, from rows that are seen or from none
.t.match[("`fixraw";"?[`fills;();0b;()]";"?[fills;();0b;()]";"update price:0n from`fills";"`.";"fills[0]";"k)fills";"k)?[`fills;();0b;()]";"`fixraw`fills";"`.api";".api.timeline[2024.01.02;2024.01.02;`SECRET;`]";"`.`fills")]hostile where{@[{ann x;1b};x;0b]}each hostile

// messages that are not text: objects with functions in them, names alone, lambdas, parse trees
objects:((?;`fills;();0b;());(`.api.of;{x};d;d;`);(`.api.of;value;d;d;`);(`.api.of;(`a;value);d;d;`);(`.api.of;`a`b!(1;{x});d;d;`);(`.api.columns;`orders;d;d;`;{x});{value`fills};value;(value;`fills);(`value;`fills);(`get;`fills);(`.ent.as;`bob;"fills");
  `fills;`.api.of;("value";`fills);("{value x}";`fills);(`.ent.i.raw;`fills;d;d;());(`;1);(.api.of;`fills;d;d;`);(.api.of[`fills];d;d;`);([]f:enlist value);(1;2);();0x00;(`.api.of;(?;`fills;();0b;());d;d;`);
  (`.api.tcaWith;d;d;`asof`horizons!(0Np;{x}));(`.data.of;d;d;`fills;());(`upsert;`fills;()))
.t.match[()]objects where not{r:@[{ann x;"answered"};x;::];r like"access*"}each objects
.t.match[before](-8!get@)each`fills`orders`fixraw`quote

// several principals at once; an id that was used again is whose it is now
upsert[`orders]([]time:2D+s 0;sym:`X;id:`P3`L1`L2;parent:`;event:`new;side:`buy;qty:1f;trader:`T1`T1`T2;account:`A1`A1`A2;session:`z;seq:1 2 2);
.t.match[`ann`bob`nobody`root!(1#`P3;`P1`SECRET;0#`;0#`)].api.seenby[`ann`bob`nobody`root;`P1`SECRET`P3`]
rules("ann,none,";"ann,desk,us";"bob,trader,T2";"root,all,")
.t.match[`ann`root!(`P3`L1;`P3`L1`L2`)].api.seenby[`ann`root;`P3`L1`L2`]
.t.match[1#`P3].ent.as[`ann;(`.api.sees;`P1`SECRET`P3`)]
.t.fails["access"]{.ent.as[`ann;(`.api.seenby;`ann;`P3)]}

// rows that name no order belong to nobody, whoever sent them: who sees everything sees them, and what one sees without an id brings no others
upsert[`orders]([]time:3D+s 0 1;sym:`X;id:`;parent:`;event:`reject;side:`buy;qty:777.25;trader:`T1`T2;account:`A1`A2);
upsert[`fills]([]time:3D+s 2 3;sym:`X;execid:`;kind:`dk;order:`L1`;parent:`;side:`buy;qty:1f;price:1 777.25);
upsert[`dq]([]time:3D+s 4 5;sym:`X;session:`z;seq:5 6;kind:`gap;id:``F1;detail:("SECRET";"one"));
.t.match[`ann`root!(1#`L1;``L1)].api.seenby[`ann`root;``L1]
.t.match[`symbol$()].ent.as[`ann;(`.api.sees;`)]
.t.match[1#`].ent.as[`root;(`.api.sees;`)]
.t.match[0 1 0]{count .ent.as[`ann;(`.api.of;x;d+3;d+3;`)]}each`orders`fills`dq
.t.match[10b]{x like/:("*one*";"*SECRET*")}raze .Q.s1 each exec detail from .ent.as[`ann;(`.api.of;`dq;d;d+3;`)]
/ nor does a rule that names nobody grant them
rules("ann,none,";"ann,trader,";"ann,account,";"ann,parent,";"ann,desk,us";"bob,trader,T2";"root,all,")
.t.match[1#`L1](.api.seenby[`ann;``L1`SECRET])`ann
rules("ann,none,";"ann,desk,us";"bob,trader,T2";"root,all,")

// messages: those all of whose rows are seen, not those that also tell of others, nor another day's of the same number
upsert[`fixraw]([]time:(2D+s 0 0),s 0;sym:`;session:`z;direction:`in;seq:1 2 1;msgtype:`D`E`D;msg:("11=P3";"11=L1 11=L2 SECRET";"11=SECRET");problem:`);
raw:{[p;x].ent.now:p;r:@[.data.messages[-0Wd;0Wd;];x;::];.ent.now:`;$[98h=type r;r`msg;r]}
.t.match[enlist"11=P3"]raw[`ann;()]
.t.match[enlist"11=P3"]raw[`ann;enlist(=;`session;enlist`z)]
.t.match[()]raw[`bob;()]
.t.match[5]count raw[`root;()]
.t.match[5]count raw[`;()]

// more rows than a principal may have, or have read, are refused before they are made
was:.ent.cfg
.ent.cfg[`rows`read]:3 5
ann:{.ent.as[`ann;x]}
.t.fails["limit: more than 3 rows"]{ann"select from quote"}
.t.fails["limit: more than 3 rows"]{ann"exec bid from quote"}
.t.match[4]ann"count quote"
.t.match[3]ann"count select[3]from quote"
.t.fails["limit: more than 5 rows"]{ann"(count quote)+count quote"}
.t.fails["limit: more than 5 rows"]{ann"count quote,quote"}
.t.fails["limit: more than 5 rows"]{ann"count where 2 9"}
.t.fails["limit: more than 5 rows"]{ann"count each where each(2 2;100000000000 1)"}
.t.fails["limit: more than 5 rows"]{ann"exec count where 1000000000000*i from quote where bid>100"}
.t.match[2]ann"count where 101b"
.t.match[0 0 1]ann"where 2 1"
.ent.cfg[`rows`read]:3 10
.t.fails["limit: more than 10 rows"]{ann"count ej[`sym;select sym,bid from quote;select sym,ask from quote]"}
.t.match[8]ann"count ej[`sym;select sym,bid from quote;select[2]sym,ask from quote]"
.ent.cfg[`rows`read]:3 3
.t.fails["limit: more than 3 rows"]{ann"count quote"}
.t.match[1]ann"count select from quote where time<2024.01.02D14:30"
.t.fails["limit: more than 3 rows"]{ann(`.api.of;`quote;d;d;`X)}
.ent.cfg:was
// a message that was stopped anywhere leaves nothing behind that the next would be served by
.ent.now:`bob;.data.cap:1;.ent.i.memo:1 2
.ent.reset[];
.t.match[(`;0W;())](.ent.now;.data.cap;.ent.i.memo)
.t.match[4]count .data.rows[`quote;d;d;()]

// an operator is what it was
.t.match[4]count .data.rows[`fills;d;d+1;()]

system"rm -r ",dir;
.t.end[]
