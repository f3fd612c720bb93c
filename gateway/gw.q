// Gateway: one address for today and history. Answers .api functions by asking RDB, IDB and HDB and joining what they have (route.q).
//
// quill gateway/gw.q -p 127.0.0.1:5013 -rdb 127.0.0.1:5011 -idb 127.0.0.1:5017 -hdb 127.0.0.1:5012 -rules var/api

.gw.here:{$["/"in x;"/"sv -1_"/"vs x;"."]}string .z.f
system"l ",$[count h:getenv`SLIPSTREAM_Q;h;.gw.here,"/../q"],"/boot.q"
.boot.use each`opt`log`conn`api`entitle;
system"l ",.gw.here,"/route.q"
system"l ",.gw.here,"/page.q"

.gw.o:.opt.get flip`name`default`doc!flip(
  (`rdb;`127.0.0.1:5011;"address of the RDB");
  (`idb;`127.0.0.1:5017;"address of the IDB");
  (`hdb;`127.0.0.1:5012;"address of the HDB");
  (`rules;"";"folder of the entitlement rules (q/entitle.q)");
  (`operators;"";"users that may do anything, by commas; empty: all whom no rule names");
  (`rows;1000000;"rows that an answer to a principal has at most");
  (`read;20000000;"rows that it is made from at most")),.cal.options,.tca.options
.cal.init .gw.o
.tca.configure .gw.o
.log.name:`gateway
.conn.add'[`rdb`idb`hdb;hsym .gw.o`rdb`idb`hdb];

// @desc Every parent of the present day and of the last day in the HDB, as the scorecard shows them.
// @return {table} parent sym side qty filled done arrival avgpx slip_bps slip_usd status time algo broker trader n
.api.scorecard:{
  d0:-0Wd^.gw.last[];
  p:0!.api.parents[d0;0Wd];
  s:select status:last status,seen:last time by parent:id from .data.orders[d0;0Wd];
  p:p lj s;
  p:update status:`filled from p where done>=1;
  xcol[`slip`cost!`slip_bps`slip_usd]select parent,sym,side,qty,filled,done,arrival,avgpx,slip,cost,status,time:start|until|seen,algo,broker,trader,n from p }

// @desc Rows and newest time of each table since the present day began.
.api.health:{
  t:.conn.ask[`rdb;".data.health[]"];
  $[`~.ent.now;t;select from t where table in .ent.open] }
/ the clock is everybody's
.api.clock:{.api.i.newest .conn.ask[`rdb;".data.health[]"]}
// @desc .api.checked of the last five minutes; the engine's figures are of everybody's orders, so only operators see them.
.api.checks:{.api.checked[$[`~.ent.now;.gw.late`health;0#health];.gw.late`skew]}
// the last row of each sym in the last five minutes of a table
.gw.late:{[t]w:.api.clock[]-0D00:05;.data.latest[`date$w;0Wd;t;`sym;enlist(>;`time;w)]}

// @desc Alerts of the present day and of the last day in the HDB as they stand (.alert.book), and what was done about one of them.
.api.alertsNow:{.api.alerts[-0Wd^.gw.last[];0Wd]}
.api.alertlogNow:{[x]`time xasc .data.rows[`alertlog;-0Wd^.gw.last[];0Wd;enlist(=;`alert;enlist x)]}

// @desc Who is to be told of alerts now: .alert.due, of those that are not older than x`forget.
// @param t {table} level tier who; x {dict} every and forget, timespans; w {timestamp} now
.api.alertsDue:{[t;x;w]
  g:{[t].data.plain .data.rows[t;-0Wd^.gw.last[];0Wd;()]};
  l:g`alertlog;
  .alert.due[select from .alert.book[g`alert;l;w]where time>=w-x`forget;l;t;x`every;w] }

.ent.last:.gw.last
.ent.guard[];
.ent.cfg.operators:(`$","vs .gw.o`operators)except`
.ent.cfg[`rows`read]:.gw.o`rows`read
.ent.from .gw.o`rules;

// Operators may do anything, principals what q/reader.q lets through, and that only by asking and waiting for the answer.
.gw.operator:{if[not`~p:.ent.who .z.u;'"access: ",string[p]," may only ask"]}
.gw.page:@[value;`.z.ph;{{.h.hn["404 Not Found";`txt;"no page"]}}]

// Each message begins anew: the one before it may have run out of time (-T) anywhere.
.gw.begin:{.conn.stopped[];.ent.reset[]}
.z.pg:{.gw.begin[];$[`~p:.ent.who .z.u;value x;.ent.as[p;x]]}
.z.ps:{.gw.begin[];.gw.operator[];value x}
.z.ph:{.gw.begin[];$[`~@[.ent.who;.z.u;`refused];.gw.page x;.h.hn["403 Forbidden";`txt;"access"]]}
.z.pp:{.h.hn["403 Forbidden";`txt;"access"]}
.z.ws:{'"access: no websockets here"}
.z.pc:{.conn.closed x}
