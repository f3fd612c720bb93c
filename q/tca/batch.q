// The whole catalogue from four tables: quotes, trades, orders, fills. Needs no plant.

.boot.use each`$("stat";"tca/bench";"tca/slippage";"tca/markout";"tca/shortfall";"tca/volume";"tca/behave";"tca/breakdown";"tca/expected";"tca/leak";"tca/catalogue";"tca/parent");

/ how long the post-trade drift is followed
.tca.cfg.post:0D00:05
/ words for why a figure is null
.tca.cfg.words:`noquote`onesided`crossed`stale`noprints`exceeds`pending`nofills!`$("no quote";"one-sided quote";"crossed quote";"stale quote";"no public prints";"own volume exceeds prints";"pending";"no fills")

// @desc Orders and fills as the catalogue needs them: as of w, fills live and with their parent; and what is wrong with them.
// @return {dict} o f (live fills) g (all fills) problems (table)
.tca.prepare:{[o;f;w]
  o:update parent:?[parent=id;`;parent]from`time xasc select from o where time<=w;
  f:`time xasc select from f where time<=w;
  d:.ord.settle[o;f];o:d`o;f:d`f;
  if[not`session in cols f;f:update session:` from f];
  if[not`account in cols o;o:update account:` from o];
  if[not`decision in cols o;o:update decision:0n from o];
  n:select from o where event in`new`carry,i=(first;i)fby id;
  up:exec id!parent from n where parent<>`;
  root:10{[u;x]x^u x}[up]/n`id;
  known:(n`id)!root;
  a:`order xkey select order:id,parent0:known id,sym0:sym,side0:side,algo0:algo,broker0:broker,trader0:trader from n;
  f:(delete parent from update parent:` from f)lj a;
  f:delete parent0,sym0,side0,algo0,broker0,trader0 from
    update parent:parent0,sym:sym0^sym,side:side0^side,algo:algo0,broker:broker0,trader:trader0 from f;
  / children of children belong to the root
  o:update parent:?[parent=`;`;known id]from o;
  g:.tca.live f;
  ids:exec execid from f;
  bad:{[k;t]([]problem:count[t]#k;id:t)};
  p:bad[`orphan_fill;exec execid from g where null parent],
    bad[`unknown_execution;exec execid from f where kind in`bust`correct,not refid in ids],
    bad[`duplicate_fill;exec distinct execid from f where kind=`new,i<>(first;i)fby execid],
    bad[`unknown_side;exec execid from g where not side in`buy`sell],
    bad[`bad_quantity;exec execid from g where(null qty)|qty<=0],
    bad[`bad_price;exec execid from g where null price];
  g:select from g where not null parent,side in`buy`sell,qty>0,not null price;
  `o`f`g`problems!(o;f;g;p) }

// @desc Reasons beside the figures that are null: a column <figure>_reason where a figure is null in any row.
// @param t {table}
// @param d {dict} column of t to its reasons, one a row
.tca.because:{[t;d]
  c:key[d]where{any null x}each t key d;
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
//   of the leakage test; may be left out)
// @return {dict} tables parents fills markouts children responses breakdown curves leak problems, and asof
.tca.batch:{[q;t;o;f;x]
  w:x`asof;
  if[null w;w:1+max max each(q;t;o;f)@\:`time];
  h:$[count x`horizons;x`horizons;.tca.cfg.horizons];
  q:.tca.integrals[();.tca.consolidate select from q where time<w];
  t:.tca.tape select from t where time<=w;
  d:.tca.joined[q;o;f;w];
  l:.tca.leakBatch[q;t;d`o;d`c;@[.leak.cfg;`index;:;$[`index in key x;x`index;`]]];
  mo:.tca.markouts[d`m;q;h;w];
  r:.tca.batchResponses[d`o;d`m;q;h;w];
  (`asof,.tca.levels,`markouts`responses`breakdown`curves`leak`problems)!enlist[w],value[.tca.rows[d,`q`t`l!(q;t;l)]],(
    update label:.tca.label h from mo;
    update label:.tca.label h from r;
    .tca.breakdowns[d`m;d`a;mo];
    .tca.curves[mo;r];
    l;
    d`problems) }

/ the tables of .tca.rows
.tca.levels:`parents`fills`children

// @desc Orders and fills with the market at each. Of the quotes only those count that stood just before an event or a horizon, which the real-time
// engine keeps: it calls this and .tca.rows with no others.
// @param q {table} consolidated quotes with integrals
// @return {dict} a o m c b (see .tca.batchParents) g (live fills) f (all fills) problems w
.tca.joined:{[q;o;f;w]
  d:.tca.prepare[o;f;w];
  o:d`o;
  a:.tca.preopen[.tca.arrivals[o;q];q];
  a:a lj`parent xkey select parent:id,decision from o where event=`new,parent=`;
  a:update ref:arrival^decision from a;
  s:.tca.slippage[a;d`g];
  m:.tca.state[d`g;q];
  m:m lj`execid xkey select execid,arrival,cost,slip from s;
  m:m lj`parent xkey select parent,bid0:bid,ask0:ask,areason:reason from a;
  m:.tca.spreads m;
  m:update role:.tca.liquidity m from m;
  c:.tca.sizes[.tca.state[.tca.children[o;m;w];q];q];
  m:m lj`order xkey select order:id,smid:mid from c;
  `a`o`m`c`b`g`f`problems`w!(a;o;m;c;.tca.limits[m;o];d`g;d`f;d`problems;w) }

// @desc The rows of parents, fills and children.
// @param d {dict} of .tca.joined, with q t (tape) l (leak tests)
.tca.rows:{[d].tca.levels!(.tca.batchParents d;.tca.batchFills[d`m;d`b];.tca.batchChildren[d`c;d`m;d`b])}

// @desc Sizes quoted just before each event; null where the quotes carry none.
.tca.sizes:{[e;q]
  q:$[all`bsize`asize in cols q;q;update bsize:0n,asize:0n from q];
  update time:time+1 from aj[`sym`time;update time:time-1 from e;select sym,time,bsize,asize from q] }

// @desc Parents that arrived before the symbol's first quote: arrival is its first valid mid, flagged by preopen.
.tca.preopen:{[a;q]
  g:select fbid:first bid,fask:first ask by sym from .tca.i.stated[q]where null .tca.reason[time;time;bid;ask],not state in .tca.cfg.closed;
  s:exec first time by sym from q;
  a:update preopen:(reason=`noquote)&(not null s sym)&time<=s sym from a;
  a:a lj g;
  a:update bid:?[preopen;fbid;bid],ask:?[preopen;fask;ask]from a;
  delete fbid,fask from update preopen:preopen&not null bid,arrival:?[preopen;.5*bid+ask;arrival],reason:?[preopen&not null bid;`;reason]from a }

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

// @desc Fills beyond their order's limit as it was at the time.
.tca.limits:{[m;o]
  t:select order:id,time,limit:price from o where event in`new`replace`replaced;
  t:update fills limit by order from`order`time xasc t;
  m:aj[`order`time;m;t];
  exec execid from m where not null limit,0<.tca.sign[side]*price-limit }

.tca.batchFills:{[m;b]
  m:update cum:1e4*(sums cost)%sums qty*arrival by parent from`time xasc m;
  m:update far0:?[side=`buy;ask0;bid0]from m;
  m:update improve0:1e4*.tca.sign[side]*(far0-price)%far0,flags:?[execid in b;`LIMIT_BREACH;`]from m;
  k:(`slip`cost`cum`improve0!4#enlist m`areason),`mid`effective`quoted`improve`improvebps`ratio!(5#enlist m`reason),enlist?[null m`reason;`$"locked quote";m`reason];
  .tca.publish[`fill].tca.because[delete session,reason,areason,qtime,bid0,ask0,far0,smid,kind,refid from m;k] }

.tca.batchChildren:{[c;m;b]
  bad:exec distinct order from m where execid in b;
  c:update lifes:1e-9*"f"$life,fillratio:filled%qty,flags:?[id in bad;`LIMIT_BREACH;`]from c;
  .tca.publish[`child].tca.because[delete event,life,ffill,lfill,gone,qtime,reason,account,decision from c;
    (enlist`mid)!enlist c`reason] }
