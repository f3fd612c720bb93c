// A log and a partition that real kdb+ wrote: the log, read and rolled as our plant does it, gives the tables that kdb+ wrote.
// Needs the samples beside the project (SLIPSTREAM_SHARED names their folder, else ../shared); says so and passes without them.

system"l ",getenv[`SLIPSTREAM_Q],"/boot.q"
.boot.use each`test`log`sub`part;
shared:$[count h:getenv`SLIPSTREAM_SHARED;h;getenv[`SLIPSTREAM_Q],"/../../shared"]
root:shared,"/data/kdb/dunnydon"
if[not count key hsym`$root,"/hdb";-1"skipped: ",root," is not there";exit 0];
day:2019.06.24
dir:"/tmp/slip-real-",string .z.i
db:hsym`$dir

// the tables as the log's publishers fill them
bid:([]time:`timespan$();sym:`symbol$();price:`float$();size:`long$();exchange:`symbol$())
quote:([]time:`timespan$();sym:`symbol$();bid:`float$();ask:`float$();askSize:`long$();bidSize:`long$();exchange:`symbol$())
statsTab:([]time:`timespan$();sym:`symbol$();maxPrice:`float$();minPrice:`float$();volume:`long$();maxBid:`float$();lowAsk:`float$())
names:`bid`quote`statsTab
upd:insert
lg:hsym`$root,"/tplog/schema2019.06.24"
n:.sub.read[lg;first -11!(-2;lg);z;0W+z:names!3#0]
{[t].part.write[db;` sv .part.aside[db;day],t;value t]}each names;
.part.replace[db;day]

ours:names!.part.read[db;day]each names
theirs:names!.part.read[hsym`$root,"/hdb";day]each names
.t.match[n]count each ours
.t.match[1b]0<min n
{[t].t.match[asc cols theirs t]asc cols ours t}each names;
{[t].t.match[cols[ours t]xcols theirs t]ours t}each names;
.t.match[3#`p]{attr get` sv db,(`$string day),x,`sym}each names

system"rm -r ",dir," ",dir,".aside";
.t.end[]
