// Jobs on the timer, each in a trap of its own: one that fails is logged, comes again when it is due, and stops no other.

// by name: how often, when next, what to do, and what its last failure said
.job.every:(`symbol$())!0#0Nn
.job.next:(`symbol$())!0#0Np
.job.f:(1#`)!1#(::)
.job.said:(1#`)!enlist""

// @desc Runs f[] at once and then every so often.
// @param n {symbol} name, for the log
// @param e {timespan} how often
.job.add:{[n;e;f].job.f[n]:f;.job.said[n]:"";.job.every[n]:e;.job.next[n]:.z.p;}

// @desc Whether moment t has come, which was put w ahead of then. One that is further ahead than that is from before the clock was stepped back.
// @param t {timestamp|timestamp[]} moments; w {timespan|timespan[]} how far ahead they were put
.job.due:{[t;w]p:.z.p;(p>=t)or t>p+w}

// @desc For .z.ts: runs what is due.
.job.run:{.job.i.one each where .job.due[.job.next;.job.every];}

.job.i.one:{[n]
  r:@[.job.i.try;n;::];
  if[not r~.job.said n;.job.i.say[n;r]];
  .job.next[n]:.z.p+.job.every n; }
.job.i.try:{.job.f[x][];""}

/ the same failure again is not told again
.job.i.say:{[n;r]
  .job.said[n]:r;
  if[count r;.log.error["job failed";`job`error!(n;r)]]; }
