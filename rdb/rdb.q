// Real-time database: today's rows in memory, from the tickerplant's log and then its stream; writes the partition at the end of the day.
//
//   tickerplant -> (upd;table;rows) -> tables with g#sym -> .u.end d -> <db>/<date>
//
// quill rdb/rdb.q -p 127.0.0.1:5011 -tp 127.0.0.1:5010 -hdb 127.0.0.1:5012 -db var/hdb

.rdb.here:{$["/"in x;"/"sv -1_"/"vs x;"."]}string .z.f
system"l ",$[count h:getenv`SLIPSTREAM_Q;h;.rdb.here,"/../q"],"/boot.q"
.boot.use each`opt`log`conn`sub`part`api;
system"l ",.rdb.here,"/eod.q"

.rdb.o:.opt.get flip`name`default`doc!flip(
  (`tp;`127.0.0.1:5010;"address of the tickerplant");
  (`hdb;`127.0.0.1:5012;"address of the HDB");
  (`db;"var/hdb";"folder of the HDB")),.cal.options
.cal.init .rdb.o
.log.name:`rdb
.rdb.db:hsym`$.rdb.o`db
system"mkdir -p ",.rdb.o[`db];
.conn.add'[`tp`hdb;hsym .rdb.o`tp`hdb];

.part.recover .rdb.db;

upd:insert

// a day that ended while this process was away: from its whole log
.rdb.missed:{[d;f]
  .log.info["roll of a missed day";`date`log!(d;f)];
  .eod.clear[];
  .sub.read[f;first -11!(-2;f);n;0W+n:.rdb.t!count[.rdb.t]#0];
  .eod.roll d;
  .eod.clear[];
  .eod.reload[]; }

// Before everything is read anew, because the log was mended or lost its end: it may lack rows that are here,
// so these are kept in <db>.dropped, a dictionary of tables that get reads.
.sub.reset:{
  if[0<sum n:.rdb.t!{count value x}each .rdb.t;
    f:` sv(hsym`$(1_string .rdb.db),".dropped"),`$string[.z.p]except".:";
    f set .rdb.t!value each .rdb.t;
    .log.warn["rows put aside before the log is read anew";(enlist[`file]!enlist f),n]];
  .eod.clear[]; }

// @desc Subscribes to everything; missed days are rolled first, then what this process lacks of the present log is read up to where the stream takes over.
.rdb.start:{
  .conn.wait[`tp;600];
  r:.conn.ask[`tp;"(.u.stream[`;`];d!.journal.path each d:.u.ended[])"];
  .rdb.t:first each r[0]`schemas;
  m:r 1;
  m:(k where not .eod.done each k:key m)#m;
  if[count m;
    .sub.day:0Nd;
    {x set y}.'r[0]`schemas;
    .rdb.missed'[key m;value m]];
  / a partition that was renamed just before this process died
  if[not count m;.eod.reload[]];
  .sub.take[`tp;`;r 0];
  .log.info["ready";.rdb.t!count each value each .rdb.t]; }

// @desc End of day, called by the tickerplant.
.u.end:{[d]
  .eod.roll d;
  .eod.clear[];
  .sub.ended d;
  .eod.reload[];
  .Q.gc[]; }

.z.pc:{if[x=.conn.h`tp;.log.error["tickerplant closed the connection";()!()];system"t 500"];.conn.closed x}

// the tickerplant is back: its log has what was missed
.rdb.again:{
  if[null h:@[hopen;(.conn.addr`tp;500);0Ni];:()];
  .conn.h[`tp]:h;
  @[.rdb.start;::;{.log.error["not resumed";(enlist`error)!enlist x];.conn.drop`tp}]; }

// until the tickerplant is connected and the HDB has mapped what is on disk
.z.ts:{
  if[null .conn.h`tp;.rdb.again[]];
  if[.eod.stale;.eod.reload[]];
  if[not .eod.stale or null .conn.h`tp;system"t 0"]; }

.rdb.start[];
