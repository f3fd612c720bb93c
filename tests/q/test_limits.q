// Versions of the thresholds: which holds when, and that a process that is started again has them.

system"l ",getenv[`SLIPSTREAM_Q],"/boot.q"
.boot.use each`test,`$"rt/limits";

t:{2025.06.11D10+0D00:00:01*x}
x:`z`cost`leakSpread`leakT!(1 2f;2 6f;.1 .25;2.8 3.3)
.rt.limits:x
d:first system"mktemp -d"
f:hsym`$d,"/limits.csv"
.limits.open f
.t.match[x].limits.at t 1
later:@[x;`cost;:;1 9f]
.limits.add[t 5;later]
.t.match[x].limits.at t 5
.t.match[later].limits.at t 6
/ lists as they come from the page, and whole numbers
.limits.add[t 8;@[later;`z`cost;:;((1;3f);3 4)]]
last3:@[later;`z`cost;:;(1 3f;3 4f)]
.t.match[(later;last3)].limits.at each t 8 9

// what makes no sense changes nothing
.t.fails["thresholds"]{.limits.add[t 9;`z`cost#later]}
.t.fails["thresholds"]{.limits.add[t 9;@[later;`z;:;3 1f]]}
.t.fails["thresholds"]{.limits.add[t 9;@[later;`z;:;0n 1]]}
.t.fails["thresholds"]{.limits.add[t 9;@[later;`z;:;-1 1f]]}
.t.match[last3].limits.at t 20

// started again, with a line torn
h:hopen f;h"2025-06-11D10:00:30,1,2";hclose h;
.rt.limits,:@[x;`cost;:;7 8f]
.limits.kept:0#.limits.kept
.limits.open f
.t.match[7 8f](.limits.at t 4)`cost
.t.match[(later;last3;last3)].limits.at each t 6 9 40
.limits.add[t 50;x]
.t.match[(last3;x)].limits.at each t 50 51
.limits.kept:0#.limits.kept
.limits.open f
.t.match[(last3;x)].limits.at each t 50 51

// of others than all orders: the most special holds, a desk by its traders and accounts
.limits.kept:0#.limits.kept
hdel f;
.rt.limits,:x
.limits.open f
scope:{`kind`name`traders`accounts!x}
put:{[w;c;s].limits.add[t w;@[x;`cost;:;c],(1#`scope)!enlist scope s]}
p:([]sym:`TECH`TECH`INST`ALFA;algo:`pov`twap`pov`;trader:`KIM`LEE`KIM`ANN;account:`A1`A2`A3`A9)
cost:{[w].limits.use t w;{$[0>type x;4#x;x]}each(.limits.narrowed[.rt.limits;.limits.some;p])`cost}
.t.match[(4#2f;4#6f)]cost 1
put[10;3 7f](`desk;`us;`KIM`ANN;`symbol$());
.t.match[(3 2 3 3f;7 6 7 7f)]cost 11
put[12;4 8f](`algo;`pov;"";"");
.t.match[(4 2 4 3f;8 6 8 7f)]cost 13
put[14;5 9f](`sym;"TE* X";"";"");
.t.match[(4 5 4 3f;8 9 8 7f)]cost 15                   / the algo's before the symbol's, whichever came last
put[16;1 1f](`trader;`ANN;"";"");
put[16;6 7f](`desk;`eu;"";enlist`A2);
.t.match[(4 5 4 1f;8 9 8 1f)]cost 17
.limits.drop[t 18;scope(`algo;`pov;"";"")];
.limits.drop[t 18;scope(`sym;"TE* X";"";"")];
.t.match[(3 6 3 1f;7 7 7 1f)]cost 19
.t.match[(4 5 4 1f;8 9 8 1f)]cost 17                   / as it was then
.limits.kept:0#.limits.kept
.limits.open f
.t.match[(3 6 3 1f;7 7 7 1f)]cost 19
.limits.add[t 20;later]
.t.match[(3 6 3 1f;7 7 7 1f)]cost 21                   / all orders' are the general ones
.t.match[1 9f](.limits.at t 21)`cost
.t.fails["thresholds"]{.limits.drop[t 22;scope`all```]}
.t.fails["thresholds"]{put[22;1 2f](`algo;`;"";"")}
.t.fails["thresholds"]{put[22;1 2f](`broker;`B;"";"")}
.t.fails["thresholds"]{put[22;1 2f](`trader;"A,B";"";"")}
h:hopen f;h"2025-06-11D10:00:30.000000000,trader,KIM,,,9,9,9,9,9,9,9,9,se";hclose h;
.limits.kept:0#.limits.kept
.limits.open f
.t.match[(3 6 3 1f;7 7 7 1f)]cost 40

// a file of before there were others than all orders
.limits.kept:0#.limits.kept
f 0:("from,zamber,zred,costamber,costred,leakSpreadamber,leakSpreadred,leakTamber,leakTred";"2025-06-11D10:00:05.000000000,1,2,1,9,.1,.25,2.8,3.3")
.limits.open f
.t.match[later].limits.at t 6
put[7;3 7f](`algo;`twap;"";"");
.limits.kept:0#.limits.kept
.limits.open f
.t.match[(1 3 1 1f;9 7 9 9f)]cost 8

// before anything was evaluated: for all that comes; without a file: as long as the process lives
.limits.kept:0#.limits.kept
.limits.open`
.limits.add[0Np;later]
.t.match[later].limits.at t 0
system"rm -r ",d;
.t.end[]
