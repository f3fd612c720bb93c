// Lamps and alerts of a parent's timeline, on rows made by hand: three rows in a row light a lamp, half a minute below 80% puts it out.

system"l ",getenv[`SLIPSTREAM_Q],"/boot.q"
.boot.use each`$("test";"tca/timeline");

t0:2024.01.02D10:00
// rows a minute apart with these costs; a leak that is none unless given
rows:{[c]n:count c;([]time:t0+0D00:01*1+til n;parent:`P;cum:c;segbps:c;made:.5;aggressor:.5;spread:2f;leak:0f;leakp:.5;leakn:100;leakverdict:`none)}
cost:{exec costlamp from .timeline.lamps rows x}

.t.match[`green`green`amber`amber]cost 3 3 3 3f
.t.match[6#`green]cost 3 3 0 3 3 0f                         / never three in a row
.t.match[`green`green`amber`amber`amber`green]cost 3 3 3 1.7 1.5 1.5     / 1.7 is above 80% of 2; out 30 s after the first below it
.t.match[`green`green`amber`amber`amber`red]cost 3 3 3 7 7 7f
.t.match[`grey`grey`green`green`amber]cost 0n 0n 3 3 3f
// the order is dear, but the algo that works now makes it cheaper
.t.match[5#`green]exec costlamp from .timeline.lamps update segbps:-1f from rows 5#4f

leaky:update leak:.3,leakp:.stat.tail 3f,leakverdict:`leak from rows 4#0f
.t.match[`green`green`amber`amber]exec leaklamp from .timeline.lamps leaky        / .3 of a spread of 2 is 15%
.t.match[4#`green]exec leaklamp from .timeline.lamps update leak:.1 from leaky    / 5% of the spread
.t.match[4#`green]exec leaklamp from .timeline.lamps update leakp:.01 from leaky
.t.match[4#`green]exec leaklamp from .timeline.lamps update leakverdict:`unidentifiable from leaky
.t.match[4#`grey]exec leaklamp from .timeline.lamps update leakverdict:`collecting from leaky
.t.match[`green`green`red`red]exec leaklamp from .timeline.lamps update leak:.6,leakp:.stat.tail 4f from leaky
// while a new algo collects its events the lamp stays as it was
k:(update leak:.3,leakp:.stat.tail 3f,leakverdict:`leak from rows 4#0f),update time:time+0D00:04,leakverdict:`collecting from rows 2#0f
.t.match[`green`green`amber`amber`amber`amber]exec leaklamp from .timeline.lamps k

a:.timeline.alerts .timeline.lamps rows 3 3 3 3f
.t.match[enlist`amber]a`level
.t.match[enlist t0+0D00:03]a`time
// out and on again within ten minutes is one alert, later it is two
.t.match[1]count .timeline.alerts .timeline.lamps rows 3 3 3 1 1 1 3 3 3f
.t.match[2]count .timeline.alerts .timeline.lamps rows 3 3 3,(12#1f),3 3 3f
// both lamps at once are one alert
.t.match[1]count .timeline.alerts .timeline.lamps update cum:3f,segbps:3f from leaky
.t.match[0]count .timeline.alerts .timeline.lamps rows 5#1f

.t.end[]
