// The end of a day that an engine did not live to say: the next one says it from the day's logs, once, wherever the first was killed.

system"l ",getenv[`SLIPSTREAM_Q],"/boot.q"
.boot.use each`test`log`conn`job`sub,`$"rt/tick";
system"l ",getenv[`SLIPSTREAM_Q],"/../tests/q/flow.q"
system each"l ",/:(getenv[`SLIPSTREAM_Q],"/../rte/"),/:("resume.q";"aside.q";"day.q");
.log.info:{[m;d]}
errors:0
.log.error:{[m;d]errors+:1}
.rt.cfg[`every`lag]:0D00:00:20 0D00:00:05
.limits.open`
.limits.use:{[w]}

dir:"/tmp/slip-days-",string .z.i
d:2024.01.02
files:hsym`$dir,/:("/day";"/late")
system"mkdir -p ",dir;
files set\:();
append:{[f;m]h:hopen f;h enlist m;hclose h}
message:{[t;x](`upd;t;value flip x)}

// a tickerplant where day d is over, which takes what is said of it into a log of late rows
.u.late:();
.tick.over:{enlist d}
.journal.path:{[x]files 0}
.late.path:{[x]files 1}
.cal.of:{[t]`}
.cal.end:{[c;x]"p"$1+x}
.u.position:{[t](`;taken t)}
taken:.rte.derived!count[.rte.derived]#0
sent:0
.u.upd:{[t;x]if[lost=sent;'"lost"];sent+:1;taken[t]+:count first x;append[files 1](`upd;t;x)}
lost:-1
.u.stream:{[t;s]`subscribed}
.conn.ask:{[n;x]value x}
.conn.h[`tp]:1i
.conn.drop:{[n].conn.h[n]:0Ni}
.rte.later:()

// what the log holds of derived rows; the engine that was there the first part of the day, and was killed
said:{[f]got::.rte.derived!{0#value x}each .rte.derived;`upd set{[t;x]if[t in .rte.derived;got[t],:flip cols[t]!x]};-11!f;got}
messages:arrive[1;0f;1;flow 1]1
lives:{[n]
  .rt.reset[];
  {[n;m]
    append[files 0]message . m;
    if[n<=0;:n];
    .rt.put . m;
    while[not null w:.rt.next[];r:.rt.tick w;append[files 0]each message'[key r;value r]where 0<count each value r];
    n-1}/[n;messages]; }
lives 2*count[messages]div 3;
before:said files 0
.t.match[1b]all 0<count each before`score`health

// what one that was not killed says
.rt.reset[]
whole:.rte.derived!{0#value x}each .rte.derived
keep:{[r]{[t;x]whole[t],:x}'[key r;value r];}
{.rt.put . x;while[not null w:.rt.next[];keep .rt.tick w]}each messages;
keep .rt.close keep;
n:`nquote`ntrade`norders`nfills`nstatus          / an engine that lags behind has more rows than those that it has evaluated
same:{(-8!{(cols[x]except n)#x}each whole)~-8!{(cols[x]except n)#x}each before,'said files 1}

// the next engine says the rest before it subscribes
.t.match[`subscribed].rte.subscribe[]
.t.match[1b]same[]
.t.match[(d;0)](.rte.closed;.rte.unsaid)
.t.match[enlist 1b]exec final from(select[-1]from said[files 1]`health)
.t.match[1i]exec sum final from whole`health
all1:get files 1
.t.match[sent]count all1

// one that comes later has nothing to say
.rte.closed:0Nd
.t.match[`subscribed].rte.subscribe[]
.t.match[(d;all1)](.rte.closed;get files 1)

// killed at any of its messages while it says the rest, it is the same
{[k]
  files[1]set k#all1;
  .rte.closed:0Nd;
  .rte.subscribe[];
  .t.match[1b]same[];
  }each 0,1,(k div 3),(2*k div 3),-3 -2 -1+k:count all1;

// a connection that breaks, and is there again
files[1]set();
.rte.closed:0Nd
lost:sent+5
.t.match["the end of 2024.01.02 is not sent yet"]@[.rte.subscribe;::;::]
.t.match[1]errors
errors:0
lost:-1
.conn.h[`tp]:1i
.t.match[`subscribed].rte.subscribe[]
.t.match[1b]same[]

// at midnight the last boundaries are not of this day any more, and what is said of them is; the more where quotes have another calendar
whole:.rte.derived!{0#value x}each .rte.derived
before:0#/:before
files set\:();
late:(quote;orders)fit'(([]time:d+0D23:59:59 1D00:01;sym:`X;venue:`v;bid:10f;ask:11f);([]time:1#d+0D23:59:59.5;sym:`X;id:`P;event:`new;side:`buy;qty:100f));
append[files 0]each message'[`quote`orders;late];
.rt.reset[]
.rt.put'[`quote`orders;late];
cap:{[r]keep .rte.i.until[(key r)!count[r]#"p"$d+1]r}
cap .rt.close cap;
.t.match[2#-1+"p"$d+1]exec time from whole`health
.rte.closed:0Nd
.rte.subscribe[];
.t.match[1b]same[]
all1:get files 1
{[k]files[1]set k#all1;.rte.closed:0Nd;.rte.subscribe[];.t.match[1b]same[]}each til count all1;

// a day whose log is gone cannot be said, which is told and counted; unless all of it was said
hdel files 0;
.rte.closed:0Nd
.rte.subscribe[];
.t.match[(d;0;0)](.rte.closed;.rte.unsaid;errors)
files[1]set -1_all1;
.rte.closed:0Nd
.t.match[`subscribed].rte.subscribe[]
.t.match[(d;1;1)](.rte.closed;.rte.unsaid;errors)

// a day of which nothing came has nothing to say
files set\:();
.rte.closed:0Nd
.rte.subscribe[];
.t.match[0]count get files 1

// a process that has rows of a day ends it itself; one that ended after it, of which it has none, is told and counted
.sub.day:d-1
.rte.closed:0Nd
.t.match[`subscribed].rte.subscribe[]
.t.match[(0Nd;2;2)](.rte.closed;.rte.unsaid;errors)

system"rm -r ",dir;
.t.end[]
