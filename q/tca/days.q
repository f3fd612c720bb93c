// Orders of several days. A good-till-cancelled parent is carried into a day by a row `carry` (docs/fix.md); there it is a parent of its own: what is left of it,
// against the mid when it was carried in, with the mid of its first arrival beside. Where rows of several of its days are at hand, each day but the first has the
// date in its name (P, P@20240103, …), and ends just after the last good quote before the next one's date (UTC).

.boot.use each`$("lifecycle";"tca/bench";"tca/shortfall");

// @desc The days of parents that are carried.
// @param o {table} orders with their root as parent, in time order; cumqty of a row `carry` is what was filled before, origin the mid of the first arrival, if known
// @param f {table} all fills; g {table} live fills; both with parent
// @param q {table} quotes with mid
// @return {dict} o f g with parents by day and quantities less what was filled before; carried: table keyed by parent: begun (the parent of its first day here), before, origin
.tca.daily:{[o;f;g;q]
  none:`o`f`g`carried!(o;f;g;([parent:0#`]begun:0#`;before:0#0n;origin:0#0n));
  c:select from o where event=`carry,parent=`;
  if[not count c;:none];
  o:.ord.i.with/[o;`cumqty`origin;0n 0n];
  c:select id,time,sym,said:cumqty,origin,day:"d"$time from o where event=`carry,parent=`;
  c:delete day from select from c where i=(first;i)fby([]id;day);
  begins:exec min time by id from o where event in`new`carry,parent=`;
  c:update more:time>begins id from c;
  c:update parent:?[more;.tca.i.dayName'[id;time];id]from c;
  c:update was:id^prev parent by id from c;
  before:{[g;id;t]exec .tca.sum qty from g where parent=id,time<t}[g]'[c`id;c`time];
  c:update before:before^said from c;
  / the day of a row of a parent
  d:`root`time xasc select root:id,time,day:parent from c where more;
  at:{[d;r;t]r^exec day from aj[`root`time;([]root:r;time:t);d]}[d];
  g:update order:?[order=parent;at[parent;time];order],parent:at[parent;time]from g;
  / a bust or a correction belongs to the day of its execution
  f:update parent:at[parent;time(.ord.i.roots f)`root]from f;
  k:o[`parent]=`;
  o:update id:?[k;at[id;time];id],parent:?[k;`;at[parent;time]]from o;
  s:(exec parent!before from c)o`id;
  o:update qty:qty-?[k;0f^s;0f]from o;
  o:o uj .tca.i.dayEnds[o;select from c where more;q];
  `o`f`g`carried!(`time xasc o;f;g;1!select parent,begun:id,before,origin from c) }

// @desc What is left of orders at the beginning of the day: of one that is carried into it, less than its quantity. @return {float[]} a quantity an order
.tca.remaining:{[o]o[`qty]-0f^?[o[`event]=`carry;o`cumqty;0n]}

.tca.i.dayName:{[id;t]`$string[id],"@",(string"d"$t)except"."}

// rows that end each day that another one follows, where nothing else has ended it
.tca.i.dayEnds:{[o;c;q]
  done:exec id from .tca.accepted[o]where event in .tca.cfg.ends;
  c:select from c where not was in done;
  l:aj[`sym`time;select sym,time:-1+"p"$"d"$time from c;select sym,time,last0:time from q where not null mid]`last0;
  began:(exec min time by id from o)c`was;
  / without a good quote of that day it ends where the next one begins
  select time:?[l>=began;l+1;time-1],sym,id:was,parent:`,event:`done from c }

// @desc Arrivals with the mid of the first one: that of the parent's first day, where that is at hand.
// @param a {table} arrivals
// @param c {table} carried, see .tca.daily
// @return {table} a with carried before origin
.tca.origins:{[a;c]
  a:(update begun:parent from a)lj c;
  a:update carried:parent in exec parent from c,before:0f^before from a;
  a:update origin:?[(not carried)|begun<>parent;(exec parent!arrival from a)begun;origin]from a;
  delete begun from a }

// @desc Slippage against the first arrival, bps. @param p {table} side avgpx origin
.tca.originally:{1e4*.tca.sign[x`side]*(x[`avgpx]-x`origin)%x`origin}
