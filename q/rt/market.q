// What the real-time engine keeps of the market: each venue's last quote, each symbol's last consolidated row with its running integrals, its tape,
// and a bounded history of both. Rows that come late, but within the history, are put in their place and what followed is computed anew.

.rt.cfg:`every`lag`keep!(0D00:00:00.25;0D00:00:00.05;0D00:05)
/ windows of figures that look back, see .tca.i.benchmarks
.rt.cfg[`back]:0D00:05

.rt.i.quotes:update qtime:time from 0#.tca.integrals[();.tca.consolidate select time,sym,venue,bid,ask,bsize,asize,state:` from quote]
.rt.i.prints:.tca.taped[();trade]

// @desc Nothing is known of any market.
.rt.marketReset:{
  / states now, and as they were at .rt.cut, before which nothing is kept but each symbol's last row
  .rt.now.phase:.rt.then.phase:([sym:0#`;venue:0#`]state:0#`);
  .rt.now.venue:.rt.then.venue:([sym:0#`;venue:0#`]bid:0#0n;ask:0#0n;bsize:0#0n;asize:0#0n;time:0#0Np);
  .rt.now.top:.rt.then.top:1!`sym xcols .rt.i.quotes;
  .rt.cut:0Np;
  .rt.raw:0#select time,sym,venue,bid,ask,bsize,asize from quote;
  .rt.said:0#select time,sym,venue,state from status;
  / consolidated quotes, and the first and the first good row of each symbol
  .rt.hist:update`g#sym from .rt.i.quotes;
  .rt.firsts:.rt.goods:1!`sym xcols .rt.i.quotes;
  .rt.tape:update`g#sym from .rt.i.prints;
  .rt.print:.rt.print0:1!`sym xcols .rt.i.prints;
  .rt.lost:0; }

.rt.i.of:{[k;s]$[count s;select from k where sym in s;0#k]}

// quotes and phases of some symbols, from the states in s on (`.rt.now or `.rt.then): new states and consolidated rows
.rt.i.build:{[s;q;p]
  k:distinct(q`sym),p`sym;
  s:`phase`venue`top!.rt.i.of[;k]each value each .rt.i.states s;
  r:.tca.phased[s`phase;s`venue;q;p];
  c:.tca.integrals[s`top;.tca.best[s`venue;r 0]];
  v:select last bid,last ask,last bsize,last asize,last time by sym,venue from`time xasc .tca.i.sided r 0;
  c:cols[.rt.i.quotes]xcols update qtime:time from c;
  `phase`venue`top`rows!(r 1;v;select by sym from c;c) }
.rt.i.states:{` sv'x,'`phase`venue`top}
.rt.i.keepStates:{[s;b].rt.i.states[s]upsert'b`phase`venue`top;}

// @desc Takes quotes and phases, in order of arrival. Those before .rt.m are late.
// @return {dict} sym to the earliest time from which its market is not what it was
.rt.market:{[q;p]
  if[not count[q]or count p;:(0#`)!0#0Np];
  q:select time,sym,venue,bid,ask,bsize,asize from q;
  p:select time,sym,venue,state from p;
  .rt.raw,:q;.rt.said,:p;
  late:(select time,sym from q where time<.rt.m),select time,sym from p where time<.rt.m;
  / nothing can be said any more of what came before the history
  gone:exec sum time<.rt.cut from late;
  if[gone;.rt.lost+:gone;.rt.raw:select from .rt.raw where time>=.rt.cut;.rt.said:select from .rt.said where time>=.rt.cut;late:select from late where time>=.rt.cut];
  late:exec min time by sym from late;
  if[count late;.rt.i.rebuild key late;q:select from q where not sym in key late;p:select from p where not sym in key late];
  if[gone;q:select from q where time>=.rt.cut;p:select from p where time>=.rt.cut];
  if[count[q]or count p;.rt.i.apply .rt.i.build[`.rt.now;q;p]];
  late }

.rt.i.apply:{[b]
  .rt.i.keepStates[`.rt.now;b];
  .rt.hist,:r:b`rows;
  .rt.i.begin[`.rt.firsts;r];
  .rt.i.begin[`.rt.goods;select from r where not null mid]; }

.rt.i.begin:{[n;r]n upsert select by sym from reverse r where not sym in(0!value n)`sym}

// the market of symbols s since the history begins, anew
.rt.i.rebuild:{[s]
  b:.rt.i.build[`.rt.then;select from .rt.raw where sym in s;select from .rt.said where sym in s];
  .rt.hist:update`g#sym from select from .rt.hist where not sym in s,time>=.rt.cut;
  {[s;n]n set delete from value n where sym in s,time>=.rt.cut}[s]each`.rt.firsts`.rt.goods;
  .rt.i.apply b }

// @desc Takes trades. @return {dict} as .rt.market
.rt.trades:{[t]
  if[not count t;:(0#`)!0#0Np];
  late:select from t where time<=.rt.m;
  gone:exec sum time<.rt.cut from late;
  if[gone;.rt.lost+:gone;t:select from t where time>=.rt.cut];
  late:exec min time by sym from late where time>=.rt.cut;
  if[count late;
    s:key late;
    old:select time,etime:at,sym,price,size from .rt.tape where sym in s,time>=.rt.cut;
    r:.tca.taped[.rt.i.of[.rt.print0;s];old,select time,etime:time^etime,sym,price,size from t where sym in s];
    r:cols[.rt.i.prints]xcols r;
    .rt.tape:update`g#sym from(delete from .rt.tape where sym in s,time>=.rt.cut),r;
    .rt.printed:(delete from .rt.printed where sym in s),r;
    `.rt.print upsert select by sym from r;
    t:select from t where not sym in s];
  if[count t;
    r:.tca.taped[.rt.i.of[.rt.print;distinct t`sym];t];
    .rt.tape,:r:cols[.rt.i.prints]xcols r;
    .rt.printed,:r;
    `.rt.print upsert select by sym from r];
  late }

// @desc The quote strictly before each time.
// @param e {table} sym time
// @return {table} e and the columns of a consolidated row; qtime is its time
.rt.at:{[e]update time:time+1 from aj[`sym`time;update time:time-1 from e;.rt.hist]}

// @desc Forgets what is older than the history.
.rt.prune:{[w]
  edge:w-.rt.cfg`keep;
  b:.rt.i.build[`.rt.then;select from .rt.raw where time<edge;select from .rt.said where time<edge];
  .rt.i.keepStates[`.rt.then;b];
  .rt.raw:select from .rt.raw where time>=edge;
  .rt.said:select from .rt.said where time>=edge;
  .rt.hist:update`g#sym from(cols[.rt.i.quotes]xcols 0!.rt.then.top),select from .rt.hist where time>=edge;
  p:select by sym from .rt.tape where time<edge-.rt.cfg`back;
  .rt.print0:.rt.print0 upsert select by sym from .rt.tape where time<edge;
  .rt.tape:update`g#sym from(cols[.rt.i.prints]xcols 0!p),select from .rt.tape where time>=edge-.rt.cfg`back;
  .rt.cut:edge; }
