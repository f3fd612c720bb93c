// Means over fills: weighted by notional, or each alike, with their intervals; and the states of a horizon.

system"l ",getenv[`SLIPSTREAM_Q],"/boot.q"
.boot.use each`$("test";"tca/batch");

t0:2024.01.02D14:30
s:{t0+`timespan$"j"$1e9*x}
near:.t.near[1e-9]

// two maker buys at 10, the mid of each fill: 100 and a minute later 300; a second later the mid is 9.99, and 10.01: -10 and +10 bps
q:([]time:s 0 1.5 60.5 61.5;sym:`X;venue:`v;bid:9.99 9.98 9.99 10f;ask:10.01 10 10.01 10.02)
m:([]execid:`F`G;parent:`P;sym:`X;time:s 1 61;side:`buy;price:10f;mid:10f;qty:100 300f;role:`add;venue:`v;algo:`a;broker:`b;trader:`t;arrival:10f;cost:0 3f)
h:1#0D00:00:01
mo:.tca.markouts[m;q;h;s 100]
near[-10 10f]mo`markout
run:{[w]
  .tca.cfg.weight:w;
  a:.tca.i.adverse[m;q;s 100]`P;
  z:.tca.adverseBands[m;q;s 100]`P;
  b:first select from .tca.breakdowns[m;();mo]where dim=`venue;
  c:.tca.curves[m;mo;([]class:`send;h:0D00:00:01;time:s 1 61;response:1 5f)];
  .tca.cfg.weight:`notional;
  (a;z;b;c) }
r:run`notional
near[-5f]r[0]`adverse                                       / -(100 x -10 + 300 x 10) % 400
.t.match[2]r[0]`adversen
near[-10 10f]r[1]`adverselo`adversehi                       / both minutes the one, or the other
near[5f]r[2]`markout
near[7.5]r[2]`slip                                          / 3 on 4,000
c:r 3
k:{[c;x]first select from c where curve=x 0,class=x 1}[c]
near[5f](k`markout`all)`mean
near[5f](k`markout`add)`mean
near[-10 10f](k`markout`all)`lo`hi
.t.match[2 2](k`markout`all)`n`clusters
/ realised 2 x (10 - 9.99) and 2 x (10 - 10.01) a share, impact the reverse, as what they paid was the mid: over 4,000
near[-10f](k`realised`all)`mean
near[10f](k`impact`all)`mean
near[3f](k`response`send)`mean                              / of events, not of shares
r:run`equal
near[0f]r[0]`adverse
near[0f]r[2]`markout
near[5f]r[2]`slip                                           / 0 and 10
near[3f]r[2]`cost
near[0f]exec first mean from r[3]where curve=`markout,class=`all

// one minute: a mean and no interval
c:.tca.curves[1#m;1#mo;0#([]class:`send;h:0D00:00:01;time:s 1 61;response:1 5f)]
.t.match[1b]all raze null c`lo`hi`se`t
near[-10f]exec first mean from c where curve=`markout,class=`all

// a horizon: final, no quote (the last is stale, or the market halted), past the close, or still to come
q:([]time:s 0 2 4 6;sym:`X;venue:`v;bid:9.9;ask:10.1;state:``halted``closed)
st:{[h]first exec state from .tca.at[([]sym:1#`X;time:s 1);q;`timespan$"j"$1e9*h;s 7]}
.t.match[(`final;`noquote;`final;`$"past-close";`pending)]st each .5 2 4 5.5 6.5
.t.match[`noquote]first exec state from .tca.at[([]sym:1#`X;time:s 1);2#update state:` from q;0D00:00:04;s 7]

.t.end[]
