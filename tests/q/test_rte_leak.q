// The leakage test as events happen is that of a batch with `trail` as of the same time, bit for bit: each event's difference, what became of each class, and what a score says of it.
// On random order flow with takes, posts, orders to a dark venue, amends and cancels, that comes in order, shuffled, doubled and late; and whatever pieces it comes in.

system"l ",getenv[`SLIPSTREAM_Q],"/boot.q"
.boot.use each`$("test";"rt/tick");
system"l ",getenv[`SLIPSTREAM_Q],"/../tests/q/flow.q"
.tca.cfg.dark:1#`D
.rt.cfg[`every]:0D00:00:03
/ controls are few here, and so are events
.leak.cfg[`controls`caliper`few]:(4;3f;5)
bare:{@[x;cols x;`#]}
same:{[m;a;b]a:bare a;b:bare b;.t.say[(-8!a)~-8!b;m,": ",$[not cols[a]~cols b;"columns";count[a]<>count b;"rows ",-3!count each(a;b);"columns ",-3!c where not{[a;b;c](-8!a c)~-8!b c}[a;b]each c:cols a]]}

// two hundred children more that take, post and go to a dark venue, half of them filled, and what they had is on the tape too: at the venue's time, which is not when we hear of either
dense:{[seed]
  d:flow seed;
  p:select from d[`orders]where event=`new,parent=`;
  n:200;j:n?count p;i:til n;
  c:([]time:at n?900000;sym:p[`sym]j;id:`$"d",/:string i;parent:p[`id]j;event:`new;side:p[`side]j;qty:100f*1+n?4;algo:`pov`vwap n?2;broker:`b1;trader:`t1;venue:`v`D 0=i mod 6);
  c:update price:100+.tca.sign[side]*?[0=i mod 3;5f;-5f]from c;
  f:select time:time+0D00:00:00.001*1+n?900,etime:0Np,sym,execid:(`$"x",/:string i),kind:`new,order:id,side,qty,price:100+.01*-20+n?40,venue:`v from c;
  f:select from(update etime:time-0D00:00:00.002 from f)where 0=i mod 2;
  t:select time:time+0D00:00:00.001*-400+count[i]?2000,etime,sym,venue,price,size:qty from f;
  t,:([]time:at 4000?900000;etime:0Np;sym:4000?`A`B;venue:`v;price:100+.01*-50+4000?100;size:100f*1+4000?4);
  d[`orders],:fit[orders]c,(update event:`replace,time:time+0D00:00:20 from select from c where 0=i mod 4),update event:`cancel,time:time+0D00:00:40 from select from c where 0=i mod 5;
  f:fit[value`fills]f;
  d[`fills],:f,(update kind:`bust,refid:execid,execid:(`$"y",/:string i),time:time+0D00:00:30 from select from f where 0=i mod 9),2#f;
  d[`trade],:fit[trade]t;
  d }

out:0#leak;last0:()
run:{while[not null w:.rt.next[];out,:(last0::.rt.tick w)`leak]}
feed:{[m].rt.reset[];out::0#leak;{.rt.put . x;run[]}each m;}
until:{[w].rt.seen:w+.rt.cfg`lag;run[];if[.rt.w<w;out,:(last0::.rt.tick w)`leak]}
events:{[d;w]
  q:.tca.ordered .tca.integrals[();.tca.consolidate select from .tca.phased[();();d`quote;d`status][0]where time<w];
  t:.tca.tape select from d[`trade]where time<=w;
  j:.tca.joinedWith[q;t;d`orders;d`fills;w];
  .leak.batch[q;t;j`o;j`c;j`f;@[.leak.cfg;`trail`w;:;(1b;w)]] }
figures:`n`support`mean`se`t`lo`hi`p`placebo`placebot`verdict
compare:{[d]
  w:.rt.w;
  k:`parent`time`id`class`d`placebo`support`band;
  e:k xasc k#events[d;w];
  l:k xasc k#`parent xcol .rt.tested;
  same["events";e;l];
  b:.tca.batch[.tca.phased[();();d`quote;d`status]0;d`trade;d`orders;d`fills;`asof`horizons`trail!(w;();1b)];
  k:`parent`class;
  same["verdicts";k xasc(k,figures)#b`leak;k xasc(k,figures)#0!.rt.verdicts];
  / what was told last of each is that
  same["told";k xasc(k,figures,`since`late)#0!.rt.verdicts;k xasc(k,figures,`since`late)#select from(0!select by parent,class from out)where since=.rt.i.since parent];
  c:`leak_bps`leak_t`leak_n`leak_class`leak_verdict;
  p:select from b[`parents]where parent in exec parent from .rt.verdicts;
  same["scores";c#p;c#0!.rt.leaks[p`parent]([]parent:p`parent)];
  / and the interval of the slippage
  c:`slippage_bps_ci_lo`slippage_bps_ci_hi;
  same["bands";c#p;c#.rt.i.bands[p`parent]([]parent:p`parent)];
  .t.match[1b]any not null p`slippage_bps_ci_lo;
  e }

// in order
a:arrive[0;0f;1;dense 1]
feed a 1;until at 900000;
e:compare a 0
.t.match[`amend`cancel`dark`made`post`take]asc distinct e`class
.t.match[1b]exec all 10<n from select n:sum not null d by class from e where class<>`made
.t.match[1b]all null exec d from e where class=`made
.t.match[1b]all`none`collecting`untested in exec verdict from .rt.verdicts
/ row by row, and told at any time as it was then
o:out
{[d;r]b:first select from .tca.batch[.tca.phased[();();d`quote;d`status]0;d`trade;d`orders;d`fills;`asof`horizons`trail!(r`time;();1b)][`leak]where parent=r[`parent],class=r[`class];.t.match[figures#b]figures#r}[a 0]each 3?o;
.rt.reset[];out:0#leak;{{.rt.put . x;run[]}each x[0],/:enlist each enlist each x 1}each a 1;until at 900000;
same["pieces";o;out]
// disorder within the lag, each event evaluated at its own time; and far beyond it
late:{[seed;share;b]a:arrive[seed;share;b;dense seed];feed a 1;until at 960000;compare a 0}
.rt.instant:1b;late[2;.3;40];.rt.instant:0b
.rt.cfg[`every]:0D00:00:10
late[3;.05;60000];
.t.match[1b]0<.rt.late
.t.end[]
