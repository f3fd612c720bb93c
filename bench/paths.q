// Hot paths for counting instructions: quill bench/paths.q -path NAME -times N runs one of them N times on seeded data; -path list names them all.
// bench/instructions.py runs each twice with different N under callgrind, so that start and set-up cancel out.
o:.Q.def[`path`times!(`list;1)].Q.opt .z.x
system"S 7"
n:100000
syms:`$"S",/:string til 100
open:2026.01.05D14:30
at:{open+0D00:00:00.001*asc x?23400000}
quote:update`g#sym from([]time:at n;sym:n?syms;bid:100+.01*n?100;ask:101+.01*n?100;bsize:n?100;asize:n?100)
trade:update`g#sym from([]time:at n div 10;sym:(n div 10)?syms;price:100+.01*(n div 10)?200;size:1+(n div 10)?100)
few:200#trade
text:string 5000?1000000
log0:hsym`$"/tmp/slip-paths-",string[.z.i],".log"
upd:insert

p:()!()
p[`call]:{f:{};do[10000;f[]]}
p[`loop]:{i:0;do[10000;i+:1]}
p[`insert1]:{t::0#quote;r:value first quote;do[2000;`t insert r]}
p[`insert100]:{t::0#quote;r:100#quote;do[100;`t insert r]}
p[`asof]:{aj[`sym`time;trade;quote]}
p[`window]:{wj1[(few`time;few[`time]+0D00:00:01);`sym`time;few;(quote;(max;`ask);(min;`bid))]}
p[`vwap]:{select vwap:size wavg price by sym from trade}
p[`bars]:{select vwap:size wavg price,vol:sum size by sym,0D00:05 xbar time from trade}
p[`last]:{select last time,last bid,last ask by sym from quote}
p[`symbol]:{do[20;exec n:count i,s:avg ask-bid from quote where sym=`S7,time within(open+0D02:30;open+0D02:40)]}
p[`sort]:{`sym`time xasc trade}
p[`cast]:{"J"$text}
p[`like]:{text like"*77*"}
p[`serialise]:{-9!-8!trade}
p[`replay]:{t::0#quote;-11!log0}
p[`parse]:{do[200;parse"select vwap:size wavg price by sym,0D00:05 xbar time from trade where sym in`a`b,price>10"]}
if[`list=o`path;-1 each string key p;exit 0];
if[`replay=o`path;
  log0 set();
  h:hopen log0;
  {h enlist(`upd;`t;x)}each value each 2000#quote;
  hclose h]
if[not o[`path]in key p;-2"unknown path ",string[o`path],": expected one of ",", "sv string key p;exit 2]
do[o`times;p[o`path][]]
if[`replay=o`path;hdel log0]
exit 0
