// Jobs on the timer, each in a trap of its own: one that fails is logged, comes again when it is due, and stops no other.

.job.t:([name:`symbol$()]every:`timespan$();due:`timestamp$();f:();said:())

// @desc Runs f[] at once and then every so often.
// @param n {symbol} name, for the log
// @param e {timespan} how often
.job.add:{[n;e;f]`.job.t upsert(n;e;.z.p;f;"");}

// @desc Whether moment t has come, which was put w ahead of then. One that is further ahead than that is from before the clock was stepped back.
// @param t {timestamp|timestamp[]} moments; w {timespan|timespan[]} how far ahead they were put
.job.due:{[t;w](.z.p>=t)or t>.z.p+w}

// @desc For .z.ts: runs what is due.
.job.run:{.job.i.one each exec name from .job.t where .job.due[due;every];}

.job.i.one:{[n]
  r:@[{x[];""};.job.t[n;`f];::];
  / the same failure again is not told again
  if[count[r]and not r~.job.t[n;`said];.log.error["job failed";`job`error!(n;r)]];
  .job.t[n;`said]:r;
  .job.t[n;`due]:.z.p+.job.t[n;`every]; }
