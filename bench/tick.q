// One publisher or one subscriber of the table trade, for bench/tick.py:
//   quill bench/tick.q -role sub -tp HOST:PORT -rows N          prints when the last row came, and microseconds from the stamp of a row to here: p50 p99 p99.9
//   quill bench/tick.q -role pub -tp HOST:PORT -rows N -batch B -rate R
// A publisher sends N rows in messages of B; with R it sends R rows a second, what is due every millisecond. Rows carry the time at which they were sent.
o:.Q.def[`role`tp`rows`batch`rate!(`sub;`;1;1;0)].Q.opt .z.x
h:hopen hsym o`tp
n:o`rows

late:0#0
got:0
upd:{[t;x]
  if[not t=`trade;:()];
  p:.z.p;
  c:$[98h=type x;x`etime;x 7];
  late,:"j"$p-last c;
  if[n<=got+:$[98h=type x;count x;0h>type c;1;count c];
    s:asc late;
    -1" "sv string("j"$p),.001*s floor .5 .99 .999*-1+count s;
    exit 0]; }

row:{(.z.p;`S0;`V;100f;100f;`buy;`;.z.p;x)}
rows:{[b;x]p:.z.p;(b#p;b#`S0`S1`S2`S3;b#`V;b#100f;b#100f;b#`buy;b#`;b#p;x+til b)}
make:$[1=b:o`batch;row;rows b]
sent:0
began:0Np
send:{neg[h](`.u.upd;`trade;make sent);sent+:b;}
// as many messages as are due by now; at the first of them the clock begins
burst:{
  if[null began;began::.z.p];
  while[(sent<n)&sent<=1e-9*o[`rate]*"j"$.z.p-began;send[]];
  if[sent>=n;h"";exit 0]}

if[`sub=o`role;h(`.u.sub;`trade;`);-1"ready"]
if[`pub=o`role;
  -1 string"j"$.z.p;
  if[not o`rate;do[n div b;send[]];h"";exit 0];
  .z.ts:burst;
  system"t 1"]
