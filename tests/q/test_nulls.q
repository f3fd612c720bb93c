// The leakage test on tapes where nothing leaks, and on one where 0.10 bp does. A short version of `slipstream nulls`, with wider bounds: at 40 runs
// and a nominal 5% more than 6 false alarms have a probability below 1%. Seeds are fixed, so the outcome is too.

system"l ",getenv[`SLIPSTREAM_Q],"/boot.q"
.boot.use each`$("test";"tca/nulls");

// matching: r1 within the caliper, same bucket, time of day within 15 minutes; d = s x (response - mean of controls)
c:([]r1:0 .1 .2 5 6f;fwd:1 2 3 50 60f;back:0f;tod:5#0D10:00;bucket:0 0 0 0 1)
e:([]r1:.1 5 6 .1;fwd:4 4 4 4f;back:1f;tod:(3#0D10:05),0D11:00;bucket:0 0 0 0;s:1 -1 1 1f)
system"S 7";
m:.leak.match[e;c;.15;`controls`draws`tod!(20;400;0D00:15)]
.t.match[1100b]m`support                                   / the third differs in bucket, the fourth in time of day
.t.near[.5;2f]first m`d                                     / 4 - mean of 1 2 3
.t.near[1e-9;46f]m[`d]1                                     / a sell: -(4-50)
.t.match[1b]all null 2_m`d
.t.near[1e-9;1f]first m`placebo

n:40
r:1!.nulls.of[key .nulls.tapes;n;1]
bounded:{[t].t.match[1b]0.15>=r[t;`alarm]}
bounded each`walk`chase`trend`dense5`dense30;
.t.match[1b]0.9<=r[`leak010;`alarm]                          / 0.10 bp at n=300 is found
.t.match[1b]0.8<=r[`chase;`zero]                             / what controls are for: without them momentum alarms
.t.match[1b]0.5<=r[`trendNoBeta;`alarm]                      / and without beta the market's rise
.t.match[1b]0.15>=r[`walk;`looks]                            / looking after every event
.t.match[1b]all .05>=exec placebo from r
.t.match[1b]all .95<exec support from r
.t.match[r`walk](1!.nulls.of[1#`walk;n;1])`walk             / seeds fix it

.t.end[]
