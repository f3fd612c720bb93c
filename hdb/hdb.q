// Historical database: maps the partitions and answers.
//
// quill hdb/hdb.q -p 127.0.0.1:5012 -db var/hdb

.hdb.here:{$["/"in x;"/"sv -1_"/"vs x;"."]}string .z.f
system"l ",$[count h:getenv`SLIPSTREAM_Q;h;.hdb.here,"/../q"],"/boot.q"
.boot.use each`opt`log`api;

.hdb.o:.opt.get flip`name`default`doc!flip enlist[(`db;"var/hdb";"folder of the HDB")],.tca.options
.tca.configure .hdb.o
.log.name:`hdb
system"mkdir -p ",.hdb.o[`db];
// \l of a database changes to its folder
.hdb.db:first system"realpath ",.hdb.o`db

// changes whenever the database is mapped anew, by which a caller knows that two answers are of the same one
.hdb.stamp:.z.p

// @desc Maps the database as it is on disk now; an empty folder is an empty database.
.hdb.reload:{
  .hdb.stamp:.z.p;
  if[not count key hsym`$.hdb.db;:()];
  system"l ",.hdb.db;
  .log.info["mapped";`dates`tables!@[{(count .Q.pv;.Q.pt)};::;(0;`symbol$())]]; }

// @desc Puts a partition that was prepared aside in the place of the one that is there, and maps it: between two queries, so that none
// finds columns of both. The caller has both folders' names known to its journal, and removes the old one.
// @param db {string} the database that is meant
// @param d {date} partition
.hdb.swap:{[db;d]
  if[not .hdb.db~first system"realpath ",db;'"another database: ",.hdb.db];
  a:db,".aside/",string d;
  system"mv -T ",db,"/",string[d]," ",a,".old && mv -T ",a," ",db,"/",string d;
  .hdb.reload[]; }

// @desc Takes a partition that is past its days out of the database, beside it, between two queries; the caller deletes it there.
// @param db {string} the database that is meant
// @param d {string} name of the partition's folder
.hdb.retire:{[db;d]
  if[not .hdb.db~first system"realpath ",db;'"another database: ",.hdb.db];
  system"mv -T ",db,"/",d," ",db,".aside/",d,".deleted";
  .hdb.reload[]; }

.hdb.reload[];
