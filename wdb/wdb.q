// Write-down: follows the tickerplant, writes rows to disk while the day goes on, and makes the partition when it has ended.
// The one process that writes days. It answers no queries: IDB and RDB do, and let go of a day only when this process says so.
//
//   tickerplant -> <dir>/<date>/<n>/<table> and the day's mark -> .u.end d -> <db>/<date> -> HDB, RDB, IDB told
//
// quill wdb/wdb.q -p 127.0.0.1:5016 -tp 127.0.0.1:5010 -hdb 127.0.0.1:5012 -rdb 127.0.0.1:5011 -idb 127.0.0.1:5017 -db var/hdb -dir var/idb

.wdb.here:{$["/"in x;"/"sv -1_"/"vs x;"."]}string .z.f
system"l ",$[count h:getenv`SLIPSTREAM_Q;h;.wdb.here,"/../q"],"/boot.q"
.boot.use each`opt`log`conn`calendar`job`sub`part`mark`rolls;
system each"l ",/:.wdb.here,/:"/",/:("down.q";"roll.q";"tell.q");

.wdb.o:.opt.get flip`name`default`doc!flip(
  (`tp;`127.0.0.1:5010;"address of the tickerplant");
  (`hdb;`127.0.0.1:5012;"address of the HDB");
  (`rdb;`127.0.0.1:5011;"address of the RDB");
  (`idb;`127.0.0.1:5017;"address of the IDB");
  (`db;"var/hdb";"folder of the HDB");
  (`dir;"var/idb";"folder of what is written down");
  (`rows;500000;"rows that are written down at the latest");
  (`every;0D00:05;"and how long they wait at most")),.cal.options
.cal.init .wdb.o
.log.name:`wdb
system"mkdir -p ",.wdb.o[`db]," ",.wdb.o`dir;
.down.db:hsym`$first system"realpath ",.wdb.o`db
.down.dir:hsym`$first system"realpath ",.wdb.o`dir
.conn.add'[`tp`hdb`rdb`idb;hsym .wdb.o`tp`hdb`rdb`idb];

/ the tables of the schema; the day whose rows are being taken
.wdb.t:0#`
.wdb.day:0Nd
.wdb.tables:{.wdb.t!value each .wdb.t}
.wdb.pending:{sum{count value x}each .wdb.t}
.wdb.clear:{{@[`.;x;0#]}each .wdb.t;}

/ while another process writes it is that one's to do, and later the roll's
@[.part.alone[.down.db;::];1#0;{.log.warn["not recovered at the start";(enlist`why)!enlist x]}];
.down.recover[];

upd:{[t;x]
  / whatever fails: they are counted as taken
  t insert x;
  if[not .wdb.day~.sub.day;.wdb.try[]];
  / a failure is the timer's to repeat: rows wait here until it succeeds
  if[.wdb.o[`rows]<=.wdb.pending[];@[.wdb.flush;::;{.log.error["not written down";(enlist`error)!enlist x]}]]; }

.wdb.opened:{[d]
  if[null .rolls.at[.down.db;d];.rolls.note[.down.db;d;`open]];
  .wdb.day:d; }
/ repeated with the next rows, and before any are written down
.wdb.try:{
  r:@[{.wdb.opened .sub.day;""};::;::];
  if[count[r]and not r~.wdb.said;.log.error["day not noted as open";`date`error!(.sub.day;r)]];
  .wdb.said:r; }
.wdb.said:""

// @desc Writes down what has come.
.wdb.write:{[final]
  if[null .sub.day;:()];
  if[not .wdb.day~.sub.day;if[0<.wdb.pending[];.wdb.opened .sub.day]];
  .down.write[.sub.day;.sub.epoch;.sub.logof .sub.day;.wdb.tables[];final];
  .wdb.clear[]; }
.wdb.flush:{.wdb.write 0b}

// What of the day is on disk needs not be read from the log again; rows that were counted in a log that has changed since are put aside.
.sub.before:{[r]
  d:r`day;
  .wdb.t:first each r`schemas;
  if[same:(.sub.day;.sub.epoch)~r`day`epoch;if[all r[`seq]>=.sub.n key r`seq;:()]];
  {x set y}.'r`schemas;
  if[null d;:()];
  if[d in key .down.marks;
    m:.down.marks d;
    if[(not m[`epoch]=r`epoch)or any(r`seq)<.down.rows[d]key r`seq;.down.aside d]];
  .sub.day:d;.sub.epoch:r`epoch;.sub.n:.down.rows[d;.wdb.t]; }
.sub.reset:{.wdb.clear[];}

// @desc Follows the tickerplant; days that ended and have no partition are taken up.
.wdb.start:{
  .conn.wait[`tp;600];
  r:.conn.ask[`tp;"(.u.stream[`;`];.u.ended[];.journal.path .z.d)"];
  .sub.log:r 2;
  .sub.take[`tp;`;r 0];
  .wdb.ended r[1],key[.down.marks]except .sub.day;
  .log.info["ready";`day`written`pending!(.sub.day;sum .down.rows[.sub.day;.wdb.t];.wdb.pending[])]; }

.wdb.ended:{[d]
  d:asc distinct d except .sub.day;
  at:.rolls.at[.down.db]each d;
  .roll.add each d where not(at=`cleared)or(null at)&.rolls.whole[.down.db]each d; }

// @desc End of day: all of its rows have come. What cannot be written down now is read from the log when the roll begins.
.u.end:{[d]
  if[d~.sub.day;
    if[0<sum .sub.n;
      @[.wdb.write;1b;{.log.error["not written down";(enlist`error)!enlist x]}];
      .roll.add d];
    .wdb.clear[]];
  .wdb.day:0Nd;
  .sub.ended d; }

.z.pc:{
  if[x=.conn.h`tp;.log.error["tickerplant closed the connection";()!()]];
  .tell.closed x;
  .conn.closed x}

.wdb.again:{
  if[not null .conn.h`tp;:()];
  if[null h:@[hopen;(.conn.addr`tp;500);0Ni];:()];
  .conn.h[`tp]:h;
  @[.wdb.start;::;{.log.error["not resumed";(enlist`error)!enlist x];.conn.drop`tp}]; }

.z.ts:{.job.run[]}
.wdb.start[];
.job.add[`connect;0D00:00:00.5;.wdb.again];
.job.add[`flush;.wdb.o`every;.wdb.flush];
.job.add[`roll;0D00:00:00.02;{.roll.some 100}];
.job.add[`tell;0D00:00:00.05;.tell.run];
system"t 20";
