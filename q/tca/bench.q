// Reference prices: the quote that stood strictly before an event, and what can be said of it.
//
// Prices are in the instrument's currency; s is +1 for a buy and -1 for a sell; bps are 1e4 x cost / notional.

// @desc +1 for a buy, -1 for a sell, null otherwise.
// @param x {symbol[]} side: buy or sell
// @example .tca.sign`buy`sell
.tca.sign:{(`buy`sell!1 -1f)x}

// Sums are made one item after the other in time order, so that the real-time engine, which adds each fill to what it has, gets the same bits.
// @desc Sum of what is not null.
.tca.sum:{last 0f,sums x}
// @desc A keyed table whose sums are floats where nothing was grouped too.
.tca.floats:{[c;t]$[count t;t;key[t]!@[value t;c;"f"$]]}
// @desc Sum that is null when any item is.
.tca.total:{$[any null x;0n;.tca.sum x]}

/ quotes older than this are stale; and those of symbols whose limit the reference data give (.tca.refer)
.tca.cfg.stale:0D00:00:02
.tca.cfg.staleBy:(0#`)!0#0Nn

// @desc Age at which the quotes of symbols count no more: one a symbol, or one for all where they do not differ.
.tca.staleAfter:{[s]$[count .tca.cfg.staleBy;.tca.cfg.stale^.tca.cfg.staleBy s;.tca.cfg.stale]}
// @desc The longest of these: how far before an event its quote may stand.
.tca.staleMost:{max .tca.cfg.stale,value .tca.cfg.staleBy}

/ states of a quote in which it is no continuous market
.tca.cfg.closed:`halted`auction`closed

// @desc The state of the market just before each event: bid ask mid, and why mid is null where it is.
// A quote counts only if it is strictly earlier than the event: our own prints can move one with the same time.
// @param e {table} events with sym and time
// Where quotes have a state, one of .tca.cfg.closed ends the market until the next quote without.
// @param q {table} quotes with sym time bid ask, and state if known; taken to be in time order within a parted sym (`p#), else sorted here
// @return {table} e with bid ask mid qtime reason (` when mid is good, else noquote onesided crossed stale halted auction closed)
// @example .tca.state[([]sym:1#`A;time:1#2024.01.01D00:00:01);([]sym:1#`A;time:1#2024.01.01D00:00:00.5;bid:1#99.;ask:1#101.)]
.tca.state:{[e;q]
  q:select sym,time,bid,ask,qtime:time,qstate:state from .tca.i.stated .tca.ordered q;
  r:aj[`sym`time;update time:time-1,etime0:time from e;q];
  delete etime0,qstate from .tca.judged update time:etime0 from r }

// @desc Whether the quote beside each event counts. @param r {table} sym time bid ask qtime qstate
// @return {table} r with mid and reason
.tca.judged:{[r]
  s:r`qstate;b:r`bid;a:r`ask;
  reason:?[s in .tca.cfg.closed;s;.tca.reason[.tca.staleAfter r`sym;r[`time]-r`qtime;b;a]];
  .tca.beside[r;([]reason;mid:?[null reason;.5*b+a;0n])] }

// @desc Rows by sym and time with a parted sym; as they are where sym is parted already.
// @param q {table} sym time and any other columns
.tca.ordered:{$[`p=attr x`sym;x;update`p#sym from`sym`time xasc x]}

.tca.i.stated:{$[`state in cols x;x;update state:` from x]}

// why a quote cannot be used, ` if it can; a locked market is valid
// @param most {timespan} how old it may be, of all or of each; age {timespan[]} how old it is, null without one
.tca.reason:{[most;age;b;a]
  r:count[age]#`;
  r:?[most<age;`stale;r];
  r:?[b>a;`crossed;r];
  r:?[(null b)|(null a)|(b<=0)|a<=0;`onesided;r];
  ?[null age;`noquote;r] }
/ the same of quotes as they come
.tca.i.fresh:{[b;a].tca.reason[0Wn;count[b]#0D;b;a]}

// @desc Mid just before each time, for one symbol or many: a table of sym and time to a list.
.tca.mid:{[e;q]exec mid from .tca.state[e;q]}

// @desc Time-weighted mid of a symbol's quotes over [t0;t1]; a quote holds from its time until the next.
// @param q {table} quotes of one symbol, ascending
// @return {float} null when no quote covers the start
.tca.twap:{[q;t0;t1]first .tca.twaps[([]sym:1#`;t0;t1);update sym:` from select time,bid,ask from q]}

// @desc Running integrals of each symbol's mid from its first quote on: area (of the mid less base, its first) and span (of the time that counts).
// They go on from where earlier quotes left them, so that a day in pieces gives what the day at once gives, bit for bit.
// @param p {table} keyed by sym: the last row of each symbol that this gave before, or an empty list
// @param q {table} quotes: sym time bid ask, ascending by sym and time
// @return {table} q with state mid base area span; mid is null without a continuous market
.tca.integrals:{[p;q]
  q:update mid:?[(null .tca.i.fresh[bid;ask])&not state in .tca.cfg.closed;.5*bid+ask;0n]from .tca.i.stated q;
  if[not count q;:update base:mid,area:mid,span:mid from q];
  / where symbols begin; sums go on within each
  i:where differ q`sym;
  z:$[count p;(1!select sym,time,mid,base,area,span from 0!p)([]sym:q[`sym]i);flip`time`mid`base`area`span!enlist[count[i]#0Np],4#enlist count[i]#0n];
  run:{[i;x;y]raze sums each i cut @[x;i;+;0f^y]}[i];
  n:1_deltas i,count q;
  b:z`base;
  if[any null b;b:.tca.i.firsts[i;q`mid]^b];
  b:b where n;
  g:0f^"f"$q[`time]-@[prev q`time;i;:;z`time];
  m:@[prev q`mid;i;:;z`mid];
  update base:b,area:run[0f^g*m-b;z`area],span:run[g*not null m;z`span]from q }
// the first of each part of x that is not null; parts begin at i
.tca.i.firsts:{[i;x]j:where not null x;k:(j,0N)j binr i;x ?[k<1_i,count x;k;0N]}

// @desc Time-weighted mid over each window. Time with a crossed or one-sided quote, or without a continuous market, is left out.
// @param w {table} sym t0 t1
// @param q {table} quotes: sym time bid ask; with area and span if .tca.integrals has seen them
// @return {float[]} one a row of w; null when no quote covers the start, or the window is empty
.tca.twaps:{[w;q]
  q:$[`area in cols q;q;.tca.integrals[();`sym`time xasc select from q]];
  at:{[w;q;t].tca.i.integral aj[`sym`time;select sym,time:t from w;select sym,time,qt:time,mid,base,area,span from q]};
  .tca.i.twapped[at[w;q;w`t0];at[w;q;w`t1]] }

// integrals at times, from the quote that holds there since qt
.tca.i.integral:{[r]select area:area+0f^("f"$time-qt)*mid-base,span:span+?[null mid;0f;"f"$time-qt],base from r}
.tca.i.twapped:{[a;b]
  d:b[`span]-a`span;
  ?[d>0;b[`base]+(b[`area]-a`area)%d;0n] }

// @desc Best bid and offer over venues: at each quote the highest last bid and the lowest last offer of all venues of the symbol.
// A venue whose own last quote would be stale is left out (.tca.staleAfter). A side that a venue withdraws, or has while it is no continuous market, is null. The state of a row is that of its quote while no venue has a side left.
// Sizes, if there are any, are of all venues that are at the best price; null where one of them does not say its own.
// @param q {table} quotes: sym venue time bid ask, and state if known
// @return {table} quotes ascending by sym and time
.tca.consolidate:{[q].tca.best[();q]}

// @desc The same, going on from the last quote of each venue.
// @param v {table} keyed by sym and venue: the bid and ask (and sizes, if q has them) that these had before, and the time; or an empty list
.tca.best:{[v;q]
  q:`sym`time xasc .tca.i.sided q;
  k:distinct(select sym,venue from q),$[count v;select sym,venue from 0!v where sym in q`sym;0#select sym,venue from q];
  many:exec sym from 0!(select n:count i by sym from k)where n>1;
  if[not count many;:q];
  r:raze .tca.i.best'[{[v;s]$[count v;select from 0!v where sym=s;()]}[v]each many;{[q;s]select from q where sym=s}[q]each many];
  `sym`time xasc(select from q where not sym in many)uj r }

// sides that count
.tca.i.sided:{[q]
  if[not`venue in cols q;q:update venue:` from q];
  q:$[`state in cols q;update bid:?[state in .tca.cfg.closed;0n;bid],ask:?[state in .tca.cfg.closed;0n;ask]from q;q];
  update bid:?[bid<=0;0n;bid],ask:?[ask<=0;0n;ask]from q }

// one symbol's quotes after what its venues had
.tca.i.best:{[v;q]
  n:count v;
  sized:all`bsize`asize in cols q;
  c:`venue`bid`ask`time,$[sized;`bsize`asize;()];
  u:$[n;(c#v),c#q;c#q];
  / a venue that withdraws a side has none: told apart from one that said nothing, or nothing for too long
  most:.tca.staleAfter first q`sym;
  side:{[most;u;c;out;v]
    i:u[`venue]=v;
    w:fills ?[i;?[null u c;out;u c];0n];
    ?[(null w)|most<u[`time]-fills ?[i;u`time;0Np];out;w]};
  b:max bs:side[most;u;`bid;-0w]each x:asc distinct u`venue;
  a:min as:side[most;u;`ask;0w]each x;
  if[sized;
    z:n _/:(.tca.i.depth[u;`bsize;x;b=/:bs;b=-0w];.tca.i.depth[u;`asize;x;a=/:as;a=0w]);
    q:update bsize:z 0,asize:z 1 from q];
  b:n _ b;a:n _ a;
  q:$[`state in cols q;update state:?[(b>-0w)|a<0w;`;state]from q;q];
  update bid:?[b=-0w;0n;b],ask:?[a=0w;0n;a]from q }

// size c at the best price, where none is out: that of the venues x that are there (at), in their order
.tca.i.depth:{[u;c;x;at;out]
  k:{[u;c;v;at]z:fills ?[u[`venue]=v;-1f^"f"$u c;0n];?[at;?[z<0;0n;z];0f]}[u;c]'[x;at];
  ?[out;0n;{x+y}/[k]] }
