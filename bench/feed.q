// Market data and one working parent for bench/feed.py, and who watches its score:
//   quill bench/feed.q -role sub -tp HOST:PORT -fills N      prints microseconds from a fill's stamp to the score row that has it: p50 p99 p99.9, and how many
//   quill bench/feed.q -role pub -tp HOST:PORT -rate R -seconds S
// The publisher sends R quotes a second of 100 symbols in bursts of a millisecond, and ten times a second a child of 100 shares and its fill.
o:.Q.def[`role`tp`rate`seconds`fills!(`sub;`;100000;10;0)].Q.opt .z.x
h:hopen hsym o`tp
tabs:h({x!value each x};`quote`orders`fills)
fit:{[t;x]value flip cols[tabs t]#(0#tabs t)uj x}
send:{[t;x]neg[h](`.u.upd;t;fit[t;x]);}
syms:`$"S",/:string til 100
sent:0;at:0

orders:{[i;p;e]([]time:1#.z.p;sym:`S0;id:i;parent:p;event:e;side:`buy;qty:100f;price:100f;algo:`pov)}
quotes:{[n]([]time:n#.z.p;sym:n?syms;venue:`V;bid:100-.01*n?5;ask:100.01+.01*n?5;bsize:100f;asize:100f)}
child:{
  sent+:1;
  c:`$"C",string sent;
  send[`orders;orders[c;`P;`new]];
  send[`fills;([]time:1#.z.p;sym:`S0;execid:`$"E",string sent;kind:`new;order:c;side:`buy;qty:100f;price:100f;venue:`V)]; }
tick:{
  at+:1;
  send[`quote;quotes o[`rate]div 1000];
  if[0=at mod 100;child[]];
  if[at>=1000*o`seconds;h"";exit 0] }

// when a fill was made is in its row; a score has it once that many shares are filled
made:0#0Np;late:0#0
rows:{[t;x]$[98h=type x;x;flip cols[t]!x]}
upd:{[t;x]
  x:rows[t;x];
  if[t=`fills;made,:x`time];
  if[t=`score;
    k:"j"$.01*exec max filled from x;
    n:count late;
    if[k>n;late,:.001*"j"$.z.p-made n+til(count[made]&k)-n];
    if[count[late]>=o`fills;
      s:asc late;
      -1" "sv string(s floor .5 .99 .999*-1+count s),count s;
      exit 0]]; }

if[`sub=o`role;
  late:0#0f;
  h(`.u.sub;`fills;`);
  h(`.u.sub;`score;`);
  -1"ready"];
if[`pub=o`role;
  send[`orders;update qty:1e6 from orders[`P;`;`new]];
  .z.ts:{tick[]};
  system"t 1"];
