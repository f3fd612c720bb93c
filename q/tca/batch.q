// The whole catalogue from four tables: quotes, trades, orders, fills. Needs no plant.

.boot.use each`$("stat";"calendar";"tca/bench";"tca/slippage";"tca/markout";"tca/shortfall";"tca/volume";"tca/behave";"tca/breakdown";"tca/expected";"tca/reference";
  "tca/currency";"tca/days";"tca/leak";"tca/trail";"tca/segment";"tca/panel";"tca/catalogue";"tca/parent");

/ venues that are dark; the first mid or the opening print for parents that came before the market (mid or auction)
.tca.cfg.dark:0#`
.tca.cfg.preopen:`mid
/ how long the post-trade drift is followed
.tca.cfg.post:0D00:05
/ words for why a figure is null
.tca.cfg.words:`noquote`onesided`crossed`stale`noprints`exceeds`pending`nofills!`$("no quote";"one-sided quote";"crossed quote";"stale quote";"no public prints";"own volume exceeds prints";"pending";"no fills")

// @desc Orders and fills as the catalogue needs them: as of w, fills live and with their parent; and what is wrong with them.
// @return {dict} o f (all fills) g (live fills) problems (table) above (orders that were sent on by others than their parent: by whom)
.tca.prepare:{[o;f;w]
  o:update parent:?[parent=id;`;parent]from`time xasc select from o where time<=w;
  f:`time xasc select from f where time<=w;
  d:.ord.settle[o;f];o:d`o;f:d`f;
  if[not`session in cols f;f:update session:` from f];
  if[not`account in cols o;o:update account:` from o];
  if[not`decision in cols o;o:update decision:0n from o];
  if[not`displayqty in cols o;o:update displayqty:0n from o];
  n:select from o where event in`new`carry,i=(first;i)fby id;
  up:exec id!parent from n where parent<>`;
  root:10{[u;x]x^u x}[up]/n`id;
  known:(n`id)!root;
  a:`order xkey select order:id,parent0:known id,sym0:sym,side0:side,algo0:algo,broker0:broker,trader0:trader from n;
  / a bust or correction that names no other execution means the one whose id it has
  f:update refid:execid^refid from f where kind in`bust`correct;
  f:(delete parent from update parent:` from f)lj a;
  f:delete parent0,sym0,side0,algo0,broker0,trader0 from
    update parent:parent0,sym:sym0^sym,side:side0^side,algo:algo0,broker:broker0,trader:trader0 from f;
  / children of children belong to the root
  o:update root:known id,via:parent^known parent from o;
  o:delete root,via from update parent:?[null root;?[parent=id;`;via];?[root=id;`;root]]from o;
  g:.tca.i.completed[.tca.live f;f];
  ids:exec execid from f;
  bad:{[k;t]([]problem:count[t]#k;id:t)};
  p:bad[`orphan_fill;exec execid from g where null parent],
    bad[`unknown_parent;exec distinct id from o where event=`new,parent<>`,not parent in n`id],
    bad[`unknown_execution;exec execid from f where kind in`bust`correct,not refid in ids],
    bad[`duplicate_order;exec distinct id from o where event=`new,i<>(first;i)fby id],
    bad[`duplicate_fill;exec distinct execid from f where kind=`new,i<>(first;i)fby([]session;execid;"d"$time)],
    bad[`unknown_side;exec execid from g where not side in`buy`sell],
    bad[`unknown_side;exec id from n where parent=`,not side in`buy`sell],
    bad[`bad_quantity;exec execid from g where(null qty)|qty<=0],
    bad[`bad_quantity;exec id from n where(null qty)|qty<=0],
    bad[`bad_price;exec execid from g where null price];
  g:select from g where not null parent,side in`buy`sell,qty>0,not null price;
  `o`f`g`problems`above!(o;f;g;p;exec id!parent from n where parent<>`,parent<>known id) }

// what a correction does not state stays as it was
.tca.i.completed:{[g;f]
  if[not any null g[`price]+g`qty;:g];
  n:select first price,first qty by session,execid from f where kind=`new;
  k:n([]session:g`session;execid:g`execid);
  update price:k[`price]^price,qty:k[`qty]^qty from g }

// @desc Reasons beside the figures that are null: a column <figure>_reason where a figure is null in any row.
// @param t {table}
// @param d {dict} column of t to its reasons, one a row
.tca.because:{[t;d]
  c:c where{any null x}each t c:key[d]inter cols t;
  if[not count c;:t];
  r:{[t;d;c]?[null t c;`unknown^w^.tca.cfg.words w:d c;`]}[t;d]each c;
  .tca.beside[t;flip(`$string[c],\:"_reason")!r] }

// @desc Tables side by side, with no rows too.
.tca.beside:{flip flip[x],flip y}

// @desc Everything. Times strictly after the as-of time do not exist.
// @param q {table} quotes: time sym venue bid ask, and bsize asize state if known
// @param t {table} trades: time sym venue price size
// @param o {table} orders: time sym id parent event side qty price algo broker trader venue
// @param f {table} fills: time sym execid refid kind order side qty price venue liquidity fee
// @param x {dict} asof (null is just after the last row), horizons (empty is the catalogue's), index (symbol whose return, times beta, is taken out
//   of the leakage test and of what a switch saved; may be left out), book (mbo and depth, see .tca.touchAdds; may be left out), closed (whether the last
//   day is over; may be left out), dq (rows of that table: what was refused on arrival; may be left out), trail (whether controls of
//   the leakage test are earlier moments alone, and the interval of the slippage is linearised, as the real-time engine has them; may be left out)
// @return {dict} tables parents fills children markouts responses segments switches breakdown curves leak leakby figures model problems, and asof
.tca.batch:{[q;t;o;f;x]
  w:x`asof;
  if[null w;w:1+max max each(q;t;o;f)@\:`time];
  h:$[count x`horizons;x`horizons;.tca.cfg.horizons];
  q:.tca.ordered .tca.integrals[();.tca.consolidate select from q where time<w];
  t:.tca.tape select from t where time<=w;
  d:.tca.joinedWith[q;t;o;f;w];
  trail:$[`trail in key x;x`trail;0b];
  k:@[.leak.cfg;`index`boot`trail`w;:;($[`index in key x;x`index;`];not trail;trail;w)];
  ev:.leak.batch[q;t;d`o;d`c;d`f;k];
  if[trail;ev:.leak.present[ev;d`segs]];
  d,:`q`t`l!(q;t;.tca.leakBatch[ev;k]);
  d:.tca.withDoubts[d;.tca.i.refused[x;w]];
  done:.tca.finished $[`closed in key x;x`closed;0b];
  mo:done .tca.markouts[d`m;q;h;w];
  r:done .tca.batchResponses[d`o;d`m;q;h;w];
  u:.tca.model .tca.cfg.calibrate;
  p:.tca.rawParents d;
  s:.tca.switches[d`segs;p;d`m;q;k`index;d`o];
  y:.tca.background[p;d,(1#`book)!enlist $[`book in key x;x`book;()];s];
  if[trail;y:.tca.runningBands[y;d`m]];
  z:.tca.publishParents y;
  (`asof,.tca.levels,`markouts`responses`segments`switches`breakdown`curves`leak`leakby`figures`model`problems)!(w;
    z;
    .tca.batchFills d;
    .tca.batchChildren d;
    update label:.tca.label h from mo;
    update label:.tca.label h from r;
    .tca.segmentTable[d`segs;p;d`m;d`c;q;t];
    .tca.stamped[w;p].tca.switchTable s;
    .tca.stamped[w;p].tca.breakdowns[d`m;d`a;mo];
    .tca.stamped[w;p].tca.curves[d`m;mo;r];
    .tca.stamped[w;p]d`l;
    .tca.stamped[w;p].leak.breakdown[ev;k];
    .tca.figures[y;z];
    enlist u;
    d`problems) }

// @desc What qualifies every row of a table: the as-of time, the revision (of its parent, else of all parents: one more than what was busted or corrected) and flags.
// @param p {table} parents with rev
.tca.stamped:{[w;p;t]
  r:$[`parent in cols t;(exec parent!rev from p)t`parent;count[t]#1+exec sum rev-1 from p];
  .tca.beside[t;flip`asof`rev`flags!(count[t]#w;r;$[`n in cols t;?[.tca.cfg.few>t`n;`FEW;`];count[t]#`])] }

/ the tables of .tca.rows
.tca.levels:`parents`fills`children

// @desc Orders and fills with the market at each. Of the quotes only those count that stood just before an event or a horizon, which the real-time
// engine keeps: it calls this and .tca.rows with no others.
// @param q {table} consolidated quotes with integrals
// @return {dict} a o m c b segs (see .tca.rawParents) g (live fills) f (all fills) problems w
.tca.joined:{[q;o;f;w].tca.joinedWith[q;.tca.i.noprints;o;f;w]}

// @desc The same with trades, which a parent before the market may be held against, see .tca.preopenBy.
.tca.joinedWith:{[q;t;o;f;w]
  d:.tca.prepare[o;f;w];
  d,:.tca.daily[d`o;d`f;d`g;q];
  o:d`o;
  a:.tca.origins[.tca.batchArrivals[o;q;t];d`carried];
  c:.tca.sizes[.tca.state[.tca.sentOn[.tca.children[o;d`g;w];d`above];q];q];
  c:update passive:.tca.passive c,posted:.tca.posted c from c;
  g:.tca.segments o;
  c:update seg:.tca.inSegment[g;select parent,order:id,time from c;c]from c;
  m:.tca.batchMarket[d`g;a;c;g;q;o];
  `a`o`m`c`b`segs`g`f`problems`w!(a;o;m;c;select execid,parent,time,order from m where .tca.beyond[m;o];g;d`g;d`f;d`problems;w) }

// @desc What does not add up in the orders and fills of d, and orders and executions of which a message was refused: the parents that these are, and a problem for each.
// @param k {symbol[]} see .ord.refused
// @return {dict} d with quality doubt (parents) and more problems
.tca.withDoubts:{[d;k]
  e:.ord.quality[d`o;d`f];
  x:distinct(e[`id],k)except`;
  f:exec execid!parent from d`f;o:exec id!?[parent=`;id;parent]from d`o;
  / busts of unknown executions are among the problems already
  p:distinct(select problem:kind,id from e where kind<>`parked),select problem:`refused,id from([]id:k except`);
  d,`quality`doubt`problems!(e;distinct((f x)^o x)except`;d[`problems],p) }

// orders and executions of which a message was refused by w
.tca.i.refused:{[x;w]$[0=count k:$[`dq in key x;x`dq;()];0#`;.ord.refused select from k where time<=w]}

// parents with the market at their arrival, their decision price, share of a day's volume and currency
.tca.batchArrivals:{[o;q;t]
  a:.tca.preopenBy[.tca.arrivals[o;q];q;t;.tca.cfg.preopen];
  a:a lj`parent xkey select parent:id,decision from o where event=`new,parent=`;
  k:.tca.reference .tca.cfg.reference;
  a:update ref:arrival^decision,advshare:qty%(exec sym!adv from k)sym from a;
  a lj .tca.fx[a;exec sym!currency from k;.tca.cfg.base;q] }

// live fills with the market at each, what they cost, their child's send (or when it was carried into the day), segment and what the segment ran to
.tca.batchMarket:{[f;a;c;g;q;o]
  s:.tca.slippage[a;f];
  m:`time xasc .tca.state[f;q];
  m:m lj .tca.cfg.fill xkey select execid,parent,time,arrival,cost,slip from s;
  m:m lj`parent xkey select parent,bid0:bid,ask0:ask,areason:reason,advshare,fx,fxreason from a;
  m:.tca.spreads update areason:(`$"no parent order")^areason from m where not parent in a`parent;
  m:update role:.tca.liquidity m from m;
  m:m lj`order xkey select order:id,smid:mid,tactic:.tca.i.tactic[passive;price;mid]from c;
  if[count k:select from o where event=`carry,parent<>`;
    k:.tca.state[select from k where i=(first;i)fby([]id;parent);q];
    k:update passive:.tca.passive k from k;
    k:k lj`parent xkey select parent,arrival,preopen from a;
    / before the market, the arrival is the first mid
    m:m lj`order`parent xkey select order:id,parent,smid:?[(null mid)&preopen;arrival;mid],tactic:.tca.i.tactic[passive;price;mid]from k];
  .tca.rolling update tactic:`unknown^tactic,seg:.tca.inSegment[g;m;c]from m }

// how children were meant: a limit that nothing good was there to be held against tells nothing
.tca.i.tactic:{[passive;price;mid]?[passive;`passive;?[(null mid)&not null price;`unknown;`take]]}

// @desc The rows of parents, fills and children as the real-time engine has them. .tca.batch adds to the parents what takes the whole market, history or
// random draws, see .tca.background.
// @param d {dict} of .tca.joined, with q t (tape) l (leak tests)
.tca.rows:{[d].tca.levels!(.tca.batchParents d;.tca.batchFills d;.tca.batchChildren d)}

// @desc Sizes quoted just before each event; null where the quotes carry none.
.tca.sizes:{[e;q]
  q:$[all`bsize`asize in cols q;q;update bsize:0n,asize:0n from q];
  update time:time+1 from aj[`sym`time;update time:time-1 from e;select sym,time,bsize,asize from q] }

// @desc Parents that arrived before the symbol's continuous market of the day (or before its first quote): arrival is its first valid mid after them,
// flagged by preopen. A halt, a crossed or a one-sided quote, and a gap later in the day are no pre-open: there the arrival stays null.
.tca.preopen:{[a;q].tca.preopenBy[a;q;.tca.i.noprints;`mid]}
.tca.i.noprints:([]sym:0#`;time:0#0Np;price:0#0n)

// @desc The same with a choice.
// @param t {table} trades
// @param k {symbol} mid; or auction: the price of the first print after their arrival, where it comes no later than the first mid
.tca.preopenBy:{[a;q;t;k]
  v:select sym,day:"d"$time,opened:time,fbid:bid,fask:ask from .tca.i.stated q where null .tca.i.fresh[bid;ask],not state in .tca.cfg.closed;
  a:a lj select first0:first opened,bid0:first fbid,ask0:first fask by sym from v;
  a:(update day:"d"$time from a)lj select first opened,first fbid,first fask by sym,day from v;
  a:update opened:first0^opened,fbid:bid0^fbid,fask:ask0^fask from a;
  a:update preopen:(not null opened)&(null arrival)&(time<=opened)&(reason=`noquote)|(reason in`auction`closed`stale)&("d"$opened)=day from a;
  a:update bid:?[preopen;fbid;bid],ask:?[preopen;fask;ask],arrival:?[preopen;.5*fbid+fask;arrival],reason:?[preopen;`;reason]from a;
  if[k=`auction;
    p:.tca.i.nextPrint[a;t];
    a:update arrival:?[preopen&(not null p`price)&p[`time]<=opened;p`price;arrival]from a];
  delete day,fbid,fask,first0,bid0,ask0 from a }

.tca.i.nextPrint:{[a;t]
  g:exec i by sym from t:`sym`time xasc select sym,time,price from t;
  j:{[t;g;s;tm]$[s in key g;$[count k:k where tm<=t[`time]k:g s;first k;0N];0N]}[t;g]'[a`sym;a`time];
  t j }

// @desc Name of a horizon: 1ms 25ms 1s 5min.
.tca.label:{[h]
  n:"j"$h;
  u:(60000000000 1000000000 1000000 1000 1;("min";"s";"ms";"us";"ns"));
  {[u;n]i:first where 0=n mod u 0;`$string[n div u[0]i],u[1]i}[u]each n }

// @desc Responses of the mid to each event of an order, by class: send replace cancel fill.
.tca.batchResponses:{[o;m;q;h;w]
  e:select id,sym,time,side,class:(`new`replace`cancel!`send`replace`cancel)event from o where parent<>`,event in`new`replace`cancel;
  e,:select id:order,sym,time,side,class:`fill from m;
  r:.tca.response[e;q;h;w];
  k:(0#`),raze count[h]#enlist e`class;
  update class:k from r }

// @desc Whether each fill is beyond its order's limit as it was in force at the time: a replace counts from when it is accepted.
.tca.beyond:{[m;o]exec(not null limit)&0<.tca.sign[side]*price-limit from update limit:.tca.limitAt[m;o]from m}
// @desc The executions that are.
.tca.limits:{[m;o]exec execid from m where .tca.beyond[m;o]}

// @desc The limit in force at each fill; null where there was none.
.tca.limitAt:{[m;o]
  t:select order:id,time,limit:price from .tca.inForce o where not event in .tca.cfg.ends;
  exec limit from aj[`order`time;select order,time from m;update fills limit by order from t] }

// @desc Fills as published. @param d {dict} of .tca.joined
.tca.batchFills:{[d]
  m:d`m;b:d`b;
  m:update cum:1e4*(sums cost)%sums qty*arrival by parent from m;
  m:(update"f"$cum from m)lj .tca.corrections d`f;
  m:update far0:?[null arrival;0n;?[side=`buy;ask0;bid0]],asof:d`w,rev:1+0^corrected from m;
  m:update improve0c:qty*.tca.sign[side]*far0-price,improve0:1e4*.tca.sign[side]*(far0-price)%far0,
    flags:`$" "sv'string except[;`]each flip(?[([]execid;parent;time)in select execid,parent,time from b;`LIMIT_BREACH;`];?[0<0^corrected;`CORRECTED;`])from m;
  based:.tca.cfg.base<>`;
  if[based;m:.tca.inBase[`fill;m]];
  k:(`arrival`slip`cost`cum`improve0`improve0c`roll20`roll5!8#enlist m`areason),`mid`effectivec`quotedc`effective`quoted`improve`improvebps`ratio!(7#enlist m`reason),enlist?[null m`reason;`$"locked quote";m`reason];
  if[based;
    c:cols[m]where cols[m]like"*Base";
    k,:(`fx,c)!enlist[m`fxreason],{[m;k;c]k[c]^m`fxreason}[m;k]each`$-4_'string c];
  .tca.publish[`fill].tca.because[(cols[m]inter`session`reason`areason`qtime`bid0`ask0`far0`smid`kind`refid`fxreason`corrected`advshare,$[based;();`fx])_m;k] }

// how often each fill was corrected
.tca.corrections:{[f]
  c:select from f where kind=`correct;
  up:exec([]session;execid)!refid from c;
  2!select session,execid,corrected from 0!select corrected:count i by session,execid from
    update execid:{[u;s;x]x^u([]session:s;execid:x)}[up;session]/[refid]from c }

.tca.batchChildren:{[d]
  bad:exec distinct order from d`b;
  k:select revised:count i by id:order from d`f where kind in`bust`correct;
  c:update lifes:1e-9*"f"$life,fillratio:filled%sent,asof:d`w,rev:1+0^revised,flags:?[id in bad;`LIMIT_BREACH;`]from d[`c]lj k;
  .tca.publish[`child].tca.because[delete event,life,ffill,lfill,gone,moved,sent,revised,qtime,reason,account,decision from c;
    `mid`fillratio!(c`reason;`$("no quantity";"sent on")0<c`qty)] }
