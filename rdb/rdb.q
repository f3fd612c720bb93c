// Real-time database: the newest rows in memory, from the tickerplant's log and then its stream. What is written down already (wdb/wdb.q)
// it lets go of, one mark late, so that a gateway which has just asked the IDB finds the rows that follow. It answers at any time, the roll included.
//
//   tickerplant -> (upd;table;rows) -> tables with g#sym
//
// quill rdb/rdb.q -p 127.0.0.1:5011 -tp 127.0.0.1:5010 -db var/hdb -dir var/idb

.rdb.here:{$["/"in x;"/"sv -1_"/"vs x;"."]}string .z.f
system"l ",$[count h:getenv`SLIPSTREAM_Q;h;.rdb.here,"/../q"],"/boot.q"
.boot.use each`opt`log`conn`job`sub`api`mark`rolls`live;
system"l ",.rdb.here,"/days.q"

.rdb.o:.opt.get flip`name`default`doc!flip(
  (`tp;`127.0.0.1:5010;"address of the tickerplant");
  (`db;"var/hdb";"folder of the HDB, for the journal of rolls");
  (`dir;"var/idb";"folder of what is written down, for its marks")),.cal.options,.tca.options
.cal.init .rdb.o
.tca.configure .rdb.o
.log.name:`rdb
.rdb.db:hsym`$.rdb.o`db
.rdb.dir:hsym`$.rdb.o`dir
.conn.add[`tp;hsym .rdb.o`tp];

upd:insert

// @desc Subscribes to everything; reads from the log what is neither here nor written down.
.rdb.start:{
  .conn.wait[`tp;600];
  r:.conn.ask[`tp;"(.u.stream[`;`];d!.journal.path each d:.u.ended[])"];
  .rdb.t:first each r[0]`schemas;
  .sub.take[`tp;`;r 0];
  .days.away r 1;
  .log.info["ready";.rdb.t!count each value each .rdb.t]; }

// What is written down of the present day is not read again. Rows of a day that ended while this process was away are in its log.
.sub.before:{[r]
  d:r`day;
  if[(d~.sub.day)and not null d;:()];
  {x set y}.'r`schemas;
  .rdb.t:first each r`schemas;
  .days.begin .rdb.t!count[.rdb.t]#0;
  if[null d;:()];
  if[0<count m:.mark.get[.rdb.dir;d];
    if[(m[`epoch]=r`epoch)and all(r`seq)>=(0*r`seq)+m`rows;
      .days.after m;
      .sub.day:d;.sub.epoch:r`epoch;.sub.n:.days.first]]; }

// Before everything is read anew, because the log was mended or lost its end: it may lack rows that are here,
// so these are kept in <db>.dropped, a dictionary of tables that get reads.
.sub.reset:{
  if[0<sum n:.rdb.t!{count value x}each .rdb.t;
    f:` sv(hsym`$(1_string .rdb.db),".dropped"),`$string[.z.p]except".:";
    f set .rdb.t!value each .rdb.t;
    .log.warn["rows put aside before the log is read anew";(enlist[`file]!enlist f),n]];
  .days.begin .rdb.t!count[.rdb.t]#0;
  .days.clear[]; }

// @desc End of day: the day's rows stay until its partition is there.
.u.end:{[d]
  .days.keep d;
  .sub.ended d; }

// @desc Rows and newest time of each table since the day began, whether they are still here or written down.
.data.health:{flip`table`rows`last!(t;.days.n t;.days.newest each t:.data.tables inter .rdb.t)}

.z.pc:{if[x=.conn.h`tp;.log.error["tickerplant closed the connection";()!()]];.conn.closed x}

// the tickerplant is back: its log has what was missed
.rdb.again:{
  if[not null .conn.h`tp;:()];
  if[null h:@[hopen;(.conn.addr`tp;500);0Ni];:()];
  .conn.h[`tp]:h;
  @[.rdb.start;::;{.log.error["not resumed";(enlist`error)!enlist x];.conn.drop`tp}]; }

.z.ts:{.job.run[]}
.rdb.start[];
.job.add[`connect;0D00:00:00.5;.rdb.again];
system"t 100";
