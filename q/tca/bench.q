// Reference prices: the quote that stood strictly before an event, and what can be said of it.
//
// Prices are in the instrument's currency; s is +1 for a buy and -1 for a sell; bps are 1e4 x cost / notional.

// @desc +1 for a buy, -1 for a sell, null otherwise.
// @param x {symbol[]} side: buy or sell
// @example .tca.sign`buy`sell
.tca.sign:{(`buy`sell!1 -1f)x}

/ quotes older than this are stale
.tca.cfg.stale:0D00:00:02

// @desc The state of the market just before each event: bid ask mid, and why mid is null where it is.
// A quote counts only if it is strictly earlier than the event: our own prints can move one with the same time.
// @param e {table} events with sym and time
// @param q {table} quotes with sym time bid ask, ascending in time within sym
// @return {table} e with bid ask mid qtime reason (` when mid is good, else noquote onesided crossed stale)
// @example .tca.state[([]sym:1#`A;time:1#2024.01.01D00:00:01);([]sym:1#`A;time:1#2024.01.01D00:00:00.5;bid:1#99.;ask:1#101.)]
.tca.state:{[e;q]
  q:`sym`time xasc select sym,time,bid,ask,qtime:time from q;
  r:aj[`sym`time;update time:time-1,etime0:time from e;update`g#sym from q];
  r:update time:etime0 from r;
  r:update reason:.tca.reason[time;qtime;bid;ask]from r;
  delete etime0 from update mid:?[null reason;.5*bid+ask;0n]from r }

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
.tca.twap:{[q;t0;t1]
  q:select time,mid:.5*bid+ask from q where time<t1;
  i:(q`time)bin t0;
  if[(i<0)or t1<=t0;:0n];
  q:i _q;
  w:"f"$(1_(t0|q`time),t1)-t0|q`time;
  w wavg q`mid }
