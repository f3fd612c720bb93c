// What the real-time engine keeps of the market: each venue's last quote, each symbol's last consolidated row with its running integrals, its tape,
// and a bounded history of both. Rows that come late, but within the history, are put in their place and what followed is computed anew.

.live.cfg:`every`lag`keep!(0D00:00:00.25;0D00:00:00.05;0D00:05)
/ windows of figures that look back, see .tca.i.benchmarks
.live.cfg[`back]:0D00:05

.live.i.quotes:update qtime:time from 0#.tca.integrals[();.tca.consolidate select time,sym,venue,bid,ask,bsize,asize,state:` from quote]
.live.i.prints:.tca.taped[();trade]

// @desc Nothing is known of any market.
.live.marketReset:{
  / states now, and as they were at .live.cut, before which nothing is kept but each symbol's last row
  .live.now.phase:.live.then.phase:([sym:0#`;venue:0#`]state:0#`);
  .live.now.venue:.live.then.venue:([sym:0#`;venue:0#`]bid:0#0n;ask:0#0n);
  .live.now.top:.live.then.top:1!`sym xcols .live.i.quotes;
  .live.cut:0Np;
  .live.raw:0#select time,sym,venue,bid,ask,bsize,asize from quote;
  .live.said:0#select time,sym,venue,state from status;
  / consolidated quotes, and the first and the first good row of each symbol
  .live.hist:update`g#sym from .live.i.quotes;
  .live.firsts:.live.goods:1!`sym xcols .live.i.quotes;
  .live.tape:update`g#sym from .live.i.prints;
  .live.print:.live.print0:1!`sym xcols .live.i.prints;
  .live.lost:0; }

.live.i.of:{[k;s]$[count s;select from k where sym in s;0#k]}

// quotes and phases of some symbols, from the states in s on (`.live.now or `.live.then): new states and consolidated rows
.live.i.build:{[s;q;p]
  k:distinct(q`sym),p`sym;
  s:`phase`venue`top!.live.i.of[;k]each value each .live.i.states s;
  r:.tca.phased[s`phase;s`venue;q;p];
  c:.tca.integrals[s`top;.tca.best[s`venue;r 0]];
  v:select last bid,last ask by sym,venue from`time xasc .tca.i.sided r 0;
  c:cols[.live.i.quotes]xcols update qtime:time from c;
  `phase`venue`top`rows!(r 1;v;select by sym from c;c) }
.live.i.states:{` sv'x,'`phase`venue`top}
.live.i.keepStates:{[s;b].live.i.states[s]upsert'b`phase`venue`top;}

// @desc Takes quotes and phases up to w, in order of arrival. Those before .live.w are late.
// @return {dict} sym to the earliest time from which its market is not what it was
.live.market:{[w;q;p]
  if[not count[q]or count p;:(0#`)!0#0Np];
  q:select time,sym,venue,bid,ask,bsize,asize from q;
  p:select time,sym,venue,state from p;
  .live.raw,:q;.live.said,:p;
  late:(select time,sym from q where time<.live.w),select time,sym from p where time<.live.w;
  / nothing can be said any more of what came before the history
  gone:exec sum time<.live.cut from late;
  if[gone;.live.lost+:gone;.live.raw:select from .live.raw where time>=.live.cut;.live.said:select from .live.said where time>=.live.cut;late:select from late where time>=.live.cut];
  late:exec min time by sym from late;
  if[count late;.live.i.rebuild key late;q:select from q where not sym in key late;p:select from p where not sym in key late];
  if[gone;q:select from q where time>=.live.cut;p:select from p where time>=.live.cut];
  if[count[q]or count p;.live.i.apply .live.i.build[`.live.now;q;p]];
  late }

.live.i.apply:{[b]
  .live.i.keepStates[`.live.now;b];
  .live.hist,:r:b`rows;
  .live.i.begin[`.live.firsts;r];
  .live.i.begin[`.live.goods;select from r where not null mid]; }

.live.i.begin:{[n;r]n upsert select by sym from reverse r where not sym in(0!value n)`sym}

// the market of symbols s since the history begins, anew
.live.i.rebuild:{[s]
  b:.live.i.build[`.live.then;select from .live.raw where sym in s;select from .live.said where sym in s];
  .live.hist:update`g#sym from select from .live.hist where not sym in s,time>=.live.cut;
  {[s;n]n set delete from value n where sym in s,time>=.live.cut}[s]each`.live.firsts`.live.goods;
  .live.i.apply b }

// @desc Takes trades up to w. @return {dict} as .live.market
.live.trades:{[w;t]
  if[not count t;:(0#`)!0#0Np];
  late:select from t where time<=.live.w;
  gone:exec sum time<.live.cut from late;
  if[gone;.live.lost+:gone;t:select from t where time>=.live.cut];
  late:exec min time by sym from late where time>=.live.cut;
  if[count late;
    s:key late;
    old:select time,sym,price,size from .live.tape where sym in s,time>=.live.cut;
    r:.tca.taped[.live.i.of[.live.print0;s];old,select time,sym,price,size from t where sym in s];
    .live.tape:update`g#sym from(delete from .live.tape where sym in s,time>=.live.cut),cols[.live.i.prints]xcols r;
    `.live.print upsert select by sym from r;
    t:select from t where not sym in s];
  if[count t;
    r:.tca.taped[.live.i.of[.live.print;distinct t`sym];t];
    .live.tape,:cols[.live.i.prints]xcols r;
    `.live.print upsert select by sym from r];
  late }

// @desc The quote strictly before each time.
// @param e {table} sym time
// @return {table} e and the columns of a consolidated row; qtime is its time
.live.at:{[e]update time:time+1 from aj[`sym`time;update time:time-1 from e;.live.hist]}

// @desc Forgets what is older than the history.
.live.prune:{[w]
  edge:w-.live.cfg`keep;
  b:.live.i.build[`.live.then;select from .live.raw where time<edge;select from .live.said where time<edge];
  .live.i.keepStates[`.live.then;b];
  .live.raw:select from .live.raw where time>=edge;
  .live.said:select from .live.said where time>=edge;
  .live.hist:update`g#sym from(cols[.live.i.quotes]xcols 0!.live.then.top),select from .live.hist where time>=edge;
  p:select by sym from .live.tape where time<edge-.live.cfg`back;
  .live.print0:.live.print0 upsert select by sym from .live.tape where time<edge;
  .live.tape:update`g#sym from(cols[.live.i.prints]xcols 0!p),select from .live.tape where time>=edge-.live.cfg`back;
  .live.cut:edge; }
