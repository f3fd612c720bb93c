// Reference prices: the quote that stood strictly before an event, and what can be said of it.
//
// Prices are in the instrument's currency; s is +1 for a buy and -1 for a sell; bps are 1e4 x cost / notional.

// @desc +1 for a buy, -1 for a sell, null otherwise.
// @param x {symbol[]} side: buy or sell
// @example .tca.sign`buy`sell
.tca.sign:{(`buy`sell!1 -1f)x}

// @desc Sum that is null when any item is.
.tca.total:{$[any null x;0n;sum x]}

/ quotes older than this are stale
.tca.cfg.stale:0D00:00:02

/ states of a quote in which it is no continuous market
.tca.cfg.closed:`halted`auction`closed

// @desc The state of the market just before each event: bid ask mid, and why mid is null where it is.
// A quote counts only if it is strictly earlier than the event: our own prints can move one with the same time.
// @param e {table} events with sym and time
// Where quotes have a state, one of .tca.cfg.closed ends the market until the next quote without.
// @param q {table} quotes with sym time bid ask, and state if known
// @return {table} e with bid ask mid qtime reason (` when mid is good, else noquote onesided crossed stale halted auction closed)
// @example .tca.state[([]sym:1#`A;time:1#2024.01.01D00:00:01);([]sym:1#`A;time:1#2024.01.01D00:00:00.5;bid:1#99.;ask:1#101.)]
.tca.state:{[e;q]
  q:`sym`time xasc select sym,time,bid,ask,qtime:time,qstate:state from .tca.i.stated q;
  r:aj[`sym`time;update time:time-1,etime0:time from e;update`g#sym from q];
  r:update time:etime0 from r;
  r:update reason:?[qstate in .tca.cfg.closed;qstate;.tca.reason[time;qtime;bid;ask]]from r;
  delete etime0,qstate from update mid:?[null reason;.5*bid+ask;0n]from r }

.tca.i.stated:{$[`state in cols x;x;update state:` from x]}

// why a quote cannot be used, ` if it can; a locked market is valid
.tca.reason:{[t;qt;b;a]
  r:count[t]#`;
  r:?[.tca.cfg.stale<t-qt;`stale;r];
  r:?[b>a;`crossed;r];
  r:?[(null b)|(null a)|(b<=0)|a<=0;`onesided;r];
  ?[null qt;`noquote;r] }

// @desc Mid just before each time, for one symbol or many: a table of sym and time to a list.
.tca.mid:{[e;q]exec mid from .tca.state[e;q]}

// @desc Time-weighted mid of a symbol's quotes over [t0;t1]; a quote holds from its time until the next.
// @param q {table} quotes of one symbol, ascending
// @return {float} null when no quote covers the start
.tca.twap:{[q;t0;t1]first .tca.twaps[([]sym:1#`;t0;t1);update sym:` from select time,bid,ask from q]}

// @desc Time-weighted mid over each window. Time with a crossed or one-sided quote, or without a continuous market, is left out.
// @param w {table} sym t0 t1
// @param q {table} quotes: sym time bid ask
// @return {float[]} one a row of w; null when no quote covers the start, or the window is empty
.tca.twaps:{[w;q]
  q:`sym`time xasc select sym,time,mid:?[(null .tca.reason[time;time;bid;ask])&not state in .tca.cfg.closed;.5*bid+ask;0n]from .tca.i.stated q;
  / running integrals from each symbol's first quote: of the mid less the first mid, and of the time that counts
  q:update base:first mid where not null mid,gap:0f^"f"$time-prev time by sym from q;
  q:update"f"$base,"f"$gap from q;   / nothing grouped has no type
  q:update area:sums 0f^gap*prev[mid]-base,span:sums gap*not null prev mid by sym from q;
  q:update"f"$area,"f"$span from q;
  at:{[w;q;t]
    r:aj[`sym`time;select sym,time:t from w;select sym,time,qt:time,mid,base,area,span from q];
    select area:area+0f^("f"$time-qt)*mid-base,span:span+?[null mid;0f;"f"$time-qt],base from r};
  a:at[w;q;w`t0];b:at[w;q;w`t1];
  d:b[`span]-a`span;
  ?[d>0;b[`base]+(b[`area]-a`area)%d;0n] }

// @desc Best bid and offer over venues: at each quote the highest last bid and the lowest last offer of all venues of the symbol.
// Quotes of one venue come back as they are.
// @param q {table} quotes: sym venue time bid ask
// @return {table} quotes ascending by sym and time
.tca.consolidate:{[q]
  q:`sym`time xasc q;
  many:exec sym from 0!(select n:count distinct venue by sym from q)where n>1;
  if[not count many;:q];
  r:raze .tca.i.best each{[q;s]select from q where sym=s}[q]each many;
  `sym`time xasc(select from q where not sym in many)uj r }

.tca.i.best:{[q]
  v:distinct q`venue;
  / a venue that withdraws a side has none: told apart from one that said nothing
  side:{[q;c;out;v]i:q[`venue]=v;u:fills ?[i;?[(null q c)|q[c]<=0;out;q c];0n];?[null u;out;u]};
  b:max side[q;`bid;-0w]each v;
  a:min side[q;`ask;0w]each v;
  update bid:?[b=-0w;0n;b],ask:?[a=0w;0n;a]from q }
