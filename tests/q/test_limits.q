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

// before anything was evaluated: for all that comes; without a file: as long as the process lives
.limits.kept:0#.limits.kept
.limits.open`
.limits.add[0Np;later]
.t.match[later].limits.at t 0
system"rm -r ",d;
.t.end[]
