// Parents beside what they should have cost: by the models of expected.q from reference data, and by own history.
//
// Reference data are a table by symbol: adv (shares traded in a day), sigma (daily volatility, as a fraction), shares (outstanding), cap (market
// capitalisation; else shares at the arrival mid), currency, stale_ms (age at which its quotes count no more) and calendar (q/calendar.q). History is a table of parents as published by an earlier run.

/ reference data and history; whether the models are fitted to history
.tca.cfg.reference:()
.tca.cfg.history:()
.tca.cfg.calibrate:0b
/ calendars of symbols, see .tca.refer
.tca.cfg.calendarBy:(0#`)!0#`
/ betas of symbols to the index
.tca.cfg.betaBy:(0#`)!0#0n
/ length of a trading day
.tca.cfg.day:0D06:30
/ edges of the buckets of peers: quoted spread (bps), share of a day's volume, market capitalisation
.tca.cfg.peers:`spread`adv`cap!(0 2 5 10f;0 .01 .05 .1 .25;0 2e9 1e10)
.tca.cfg.bucket:`algo`spreadb`advb`capb
.tca.cfg.referenced:`adv`sigma`shares`cap

/ columns of a file of reference data and their types; others are left out
.tca.cfg.instrument:`sym`adv`sigma`shares`cap`currency`beta`stale_ms`calendar!"SFFFFSFFS"
// options of processes that judge quotes and events: name, default, doc
.tca.options:(
  (`stale;2000;"milliseconds after which a quote counts no more, where the reference data say nothing of its symbol");
  (`dark;"";"venues that are dark, by commas: orders sent there are a class of their own in the leakage test");
  (`reference;"";"CSV of reference data by symbol: sym, and any of adv sigma shares cap currency beta stale_ms calendar"))
// @desc Sets them. @param o {dict} stale dark and reference
.tca.configure:{[o]
  .tca.cfg.stale:`timespan$1000000*o`stale;
  .tca.cfg.dark:(`$","vs o`dark)except`;
  if[count o`reference;.tca.refer .tca.instruments hsym`$o`reference]; }

// @desc Reference data of a CSV file, whose first line names its columns.
.tca.instruments:{[f]
  c:`$","vs first read0 f;
  if[not`sym in c;'"reference data: expected a column sym in ",1_string f];
  (.tca.cfg.instrument c;enlist",")0:f }

// @desc Takes reference data: those of .tca.reference, and what else holds by symbol.
// @param k {table} sym, and any of .tca.cfg.instrument
.tca.refer:{[k]
  .tca.cfg.reference:k;
  k:$[count k;0!k;([]sym:0#`)];
  .tca.cfg.staleBy:$[`stale_ms in cols k;exec sym!`timespan$"j"$1e6*stale_ms from k where stale_ms>0;(0#`)!0#0Nn];
  .tca.cfg.betaBy:$[`beta in cols k;exec sym!beta from k where not null beta;(0#`)!0#0n];
  .tca.cfg.calendarBy:$[`calendar in cols k;exec sym!calendar from k where not null calendar;(0#`)!0#`]; }

// @desc Calendars of symbols: of the reference data, else that of the table quote, which is UTC unless it is said.
.tca.calendars:{[s]$[count .tca.cfg.calendarBy;.cal.of[`quote]^.tca.cfg.calendarBy s;count[s]#.cal.of`quote]}

// @desc The half hour of the day in which instants fall, by the clocks of their symbols' exchanges; in UTC, and saying so, where none is known.
// @param s {symbol[]} symbols; t {timestamp[]}
// @return {symbol[]} 09:30, or 14:30 UTC
.tca.halfHour:{[s;t]
  c:.tca.calendars s;
  if[(not all c in`UTC,key .cal.known)&0=count .cal.known;.cal.read .cal.folder""];
  t:{[t;k;c]@[t;k;:;.cal.local[c;t k]]}/[t;value g;key g:group c];
  u:5#'string"u"$30 xbar"u"$t;
  `$u,'(""; " UTC")c=`UTC }

// @desc Time in the market between instants, in trading days: nights, and days without trading by the calendar of the symbol, do not count. Where the reference data
// name no calendar, days are of UTC, and Saturdays and Sundays are none unless a trading day is the whole of a day. What is no longer than a trading day has no night in it.
// @param s {symbol[]} symbols; t0, t1 {timestamp[]}
// @return {float[]}
.tca.elapsed:{[s;t0;t1]
  r:("f"$t1-t0)%"f"$.tca.cfg.day;
  k:where(r>1)&not("d"$t0)="d"$t1;
  $[count k;@[r;k;:;.tca.i.sessions'[.tca.i.calendarOf s k;t0 k;t1 k]];r] }
.tca.i.calendarOf:{[s]
  c:`UTC^.tca.cfg.calendarBy s;
  if[(not all c in`UTC,key .cal.known)&0=count .cal.known;.cal.read .cal.folder""];
  c }
// as far as instants are from the end of their trading day, and the days between: no less than these, and no more than they and both at the ends
.tca.i.sessions:{[c;t0;t1]
  d:.cal.day[c;t0,t1];
  if[d[0]=d 1;:("f"$t1-t0)%"f"$.tca.cfg.day];
  n:"f"$1|last deltas .tca.i.ordinal[c;d];
  y:(.cal.end[c]each d)-t0,t1;
  (n-1)|(n+1)&n+("f"$y[0]-y 1)%"f"$.tca.cfg.day }
// how many trading days there are up to dates
.tca.i.ordinal:{[c;d]
  $[not c=`UTC;.cal.i.get[c][`days]bin d;
    1D<=.tca.cfg.day;"j"$d;
    (5*d div 7)+0|-1+d mod 7] }                               / 2000.01.01 was a Saturday

// @desc Reference data with every column that they may have.
// @param k {table} sym and any of adv sigma shares cap currency, or an empty list
.tca.reference:{[k]
  e:([]sym:0#`;adv:0#0n;sigma:0#0n;shares:0#0n;cap:0#0n;currency:0#`);
  k:$[count k;cols[e]#e uj 0!k;e];
  / what is not positive is not known
  1!update adv:?[adv>0;adv;0n],sigma:?[sigma>0;sigma;0n],shares:?[shares>0;shares;0n],cap:?[cap>0;cap;0n]from k }

// @desc Expected cost of what parents have filled in the time they took, and how far they are from it.
// @param p {table} parents: sym qty filled start until arrival slip
// @param k {table} see .tca.reference
// @param c {dict} coefficients gamma eta y, see .tca.model
// @return {table} p with adv sigma shares cap days advshare permanent expected expectedroot excess excessz
.tca.expected:{[p;k;c].tca.expectedBy[p;.tca.reference k;c]}
// the same from reference data that .tca.reference has seen
.tca.expectedBy:{[p;k;c]
  p:p lj k;
  x:p`filled;v:p`adv;o:p`shares;s:p`sigma;slip:p`slip;
  days:.tca.elapsed[p`sym;p`start;p`until];
  / the functions of expected.q have the published coefficients in them
  permanent:(c[`gamma]%.tca.cfg.gamma)*u:.tca.permanent[x;v;o;s];
  expected:(.5*permanent)+(c[`eta]%.tca.cfg.eta)*.tca.almgren[x;v;o;s;days]-.5*u;
  root:(c[`y]%.tca.cfg.y)*.tca.root[x;v;s];
  some:x>0;
  expected:?[some&days>0;expected;0n];
  .tca.beside[p;([]cap:(o*p`arrival)^p`cap;days;advshare:p[`qty]%v;permanent:?[some;permanent;0n];expected;expectedroot:?[some;root;0n];
    excess:slip-expected;excessz:?[days>0;.tca.excess[slip;expected;s;days];0n])] }

// @desc Buckets that parents are compared within.
// @param p {table} algo quoted advshare cap
.tca.buckets:{[p]
  b:{[k;x]?[null x;0N;.tca.cfg.peers[k]bin x]};
  update spreadb:b[`spread;quoted],advb:b[`adv;advshare],capb:b[`cap;cap]from p }

// @desc History as the models and the norms need it.
// @param h {table} parents as published: slippage_bps, and of algo quoted_spread_bps adv_share market_cap filled adv shares_outstanding sigma days what there is
.tca.history:{[h]
  e:([]algo:0#`;slippage_bps:0#0n;quoted_spread_bps:0#0n;adv_share:0#0n;market_cap:0#0n;filled:0#0n;adv:0#0n;shares_outstanding:0#0n;sigma:0#0n;days:0#0n);
  h:$[count h;cols[e]#e uj 0!h;e];
  select algo,cost:slippage_bps,quoted:quoted_spread_bps,advshare:adv_share,cap:market_cap,x:filled,v:adv,o:shares_outstanding,s:sigma,t:days from h where not null slippage_bps }

// @desc Coefficients of the cost models: fitted to history where at least 30 of its parents have what that takes and it is asked for, else as published.
// @param fit {boolean} whether to fit
// @return {dict} gamma eta y n source (published or fitted)
.tca.model:{[fit]
  k:select from .tca.history[.tca.cfg.history]where x>0,v>0,o>0,s>0,t>0;
  r:`gamma`eta`y`n`source!(.tca.cfg.gamma;.tca.cfg.eta;.tca.cfg.y;count k;`published);
  if[(not fit)|30>count k;:r];
  r,.tca.fit[k],`y`source!(.tca.fitRoot k;`fitted) }

// @desc Each parent's distance from the norm of its bucket in history; without history the parents themselves are it.
// @param p {table} parents: algo quoted advshare cap slip
// @return {table} p with peers norm mad peerz
.tca.besidePeers:{[p;h]
  if[not count h;h:select algo,cost:slip,quoted,advshare,cap from p where not null slip];
  p:.tca.buckets[p]lj .tca.norms[.tca.buckets h;.tca.cfg.bucket];
  p:update peerz:?[mad>0;(slip-norm)%mad;0n],peers:0^peers from p;
  ![p;();0b;1_.tca.cfg.bucket] }
