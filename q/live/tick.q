// The real-time engine's arithmetic, without a process around it: rows come in by .live.put, .live.tick[w] takes all up to the event time w and
// returns what is derived from them. Nothing here looks at a clock. The figures are those of q/tca, called on each parent's own rows and on the
// few quotes and prints that stood before its events and horizons, so that they are the batch's bit for bit.

.boot.use each`$("tca/batch";"tca/phase";"schema/market";"schema/order";"schema/derived";"live/market";"live/flow";"live/leak";"live/lamp";"live/score");

.live.tables:`quote`trade`status`orders`fills
/ horizons whose quotes stay with a fill: adverse selection
.live.fillHorizons:0D00:00:01 0D00:00:05

// @desc Everything is forgotten: a new day.
.live.reset:{
  .live.w:0Np;                       / how far event time has been taken
  .live.seen:0Np;                    / newest time that has come in
  .live.in:.live.tables!count[.live.tables]#enlist(`timestamp$())!();
  .live.n:.live.tables!count[.live.tables]#0;
  .live.late:0;
  .live.marketReset[];
  .live.flowReset[];
  .live.leakReset[];
  .live.scoreReset[];
  / parents with a lamp that is lit are looked at once a second without anything happening
  .live.looked:0Np;
  / quotes and prints that stood just before what was asked, by parent
  .live.caps:update`g#root from`root`asked xcols update root:`,asked:0Np from .live.i.quotes;
  .live.prints:update`g#root from`root`asked xcols update root:`,asked:0Np,pwp:0b from .live.i.prints;
  / horizons to come: b is the boundary at which they are due
  .live.wants:update`g#b from([]b:0#0Np;due:0#0Np;sym:0#`;id:0#`;session:0#`;event:0#`;at:0#0Np;h:0#0Nn;side:0#`;mid0:0#0n);
  .live.far:0Np;
  / volumes at which PWP is complete; rows of what has been derived lately, for late quotes; of fills for ever, for busts and corrections
  .live.pwp:([]root:0#`;sym:0#`;target:0#0n);
  .live.arrivals:0#arrival;
  .live.marks:update`g#id from 0#update session:`,side:`,mid0:0n from markout;
  .live.before:0Np;
  .live.pruned:0Np; }

// @desc The boundary at which a time is taken: quotes and phases strictly before it, all else up to it.
.live.bucket:{[t;x]e:"j"$.live.cfg`every;"p"$e*$[t in`quote`status;1+("j"$x)div e;neg(neg"j"$x)div e]}

// @desc Rows of table t come in.
.live.put:{[t;x]
  if[not count x;:()];
  x:update k:.live.n[t]+til count i from x;
  .live.n[t]+:count x;
  .live.seen|:max x`time;
  b:.live.bucket[t;x`time];
  / what should have been taken already is taken next
  if[any l:b<=.live.w;.live.late+:sum l;b|:.live.w+.live.cfg`every];
  g:group b;
  {[t;x;b;i]$[b in key .live.in t;.live.in[t;b],:x i;.live.in[t],:(enlist b)!enlist x i]}[t;x]'[key g;value g]; }

.live.i.pop:{[w;t]
  k:asc k where w>=k:key .live.in t;
  r:raze .live.in[t]k;
  .live.in[t]:k _ .live.in t;
  r }

// @desc The next boundary at which something is to be done, if event time has come to it; null otherwise.
.live.next:{
  wm:.live.seen-.live.cfg`lag;
  b:min 0Wp,raze key each value .live.in;
  b&:.live.i.wanted b&wm&.live.far;
  $[b<=wm;b;0Np] }

// the first boundary after .live.w and up to t that has a horizon, 0Wp if none has
.live.i.wanted:{[t]
  e:.live.cfg`every;
  w:.live.w;
  while[w<t;
    s:w+e*1+til 4096&"j"$(t-w)div e;
    if[not count s;:0Wp];
    d:exec b from .live.wants where b in s;
    if[count d;:min d];
    w:last s];
  0Wp }

// @desc Takes everything up to w.
// @return {dict} rows of arrival markout score alert health
.live.tick:{[w]
  r:.live.tables!.live.i.pop[w]each .live.tables;
  lateQ:.live.market[w;.live.i.or[r`quote;quote];.live.i.or[r`status;status]];
  lateT:.live.trades[w;.live.i.or[r`trade;trade]];
  x:.live.flow[.live.i.or[r`orders;update k:0 from orders];.live.i.or[r`fills;update k:0 from value`fills]];
  touched:.live.i.again[lateQ;lateT;w];
  a:.live.i.arrived[x`o;w];
  n:.live.i.executed[x`f;w];
  .live.i.ask[x;n];
  .live.i.wantOrders[x`o];
  .live.i.wantFills[n];
  m:.live.i.due w;
  v:.live.i.revised[x`f;w];
  .live.i.pwps[];
  .live.w:w;
  .live.leakTick[w;x`o;n];
  .live.i.revise[x;touched`roots];
  if[(null .live.pruned)|w>.live.pruned+.live.cfg`keep;if[not null .live.pruned;.live.i.forget w];.live.pruned:w];
  roots:distinct(x[`o]`root),(x[`f]`root),(m`root),touched`roots;
  if[w>=.live.looked+0D00:00:01;.live.looked:w;roots:distinct roots,exec parent from .lamp.state where level>0];
  s:.live.scores roots except`;
  `arrival`markout`score`alert`health!((touched`arrival),a;(touched`markout),(delete root from m),v;s`score;s`alert;.live.health w) }

// parents whose figures changed because something came late: one revision more
.live.i.revise:{[x;r]
  e:(select root,time from x`o),select root,time from x`f where kind=`new;
  r:distinct r,exec root from e where time<=.live.before;
  .live.before:.live.w;
  if[count r:r except`;`.live.revs upsert([]parent:r;rev:1+0^(.live.revs([]parent:r))`rev)]; }

// what had come in when this was made, and what is wrong with the data
.live.health:{[w]
  c:.live.counts[];
  orphans:count .live.orphans;parked:count[.live.parkedO]+count .live.parkedF;
  lamp:$[0<.live.lost+orphans+parked+exec sum level>0 from .lamp.state where lamp=`DATA;`amber;`green];
  enlist`time`sym`nquote`ntrade`ndepth`nmbo`nstatus`norders`nfills`parents`late`lost`orphans`parked`data_lamp!
    (w;`rte),c,(count distinct(0!.live.id)`root;.live.late;.live.lost;orphans;parked;lamp) }
/ rows that came in of each table of .live.health
.live.counts:{.live.n`quote`trade`depth`mbo`status`orders`fills}

.live.i.or:{$[count x;x;0#y]}

.live.i.forget:{[w]
  .live.prune w;
  .live.wants:update`g#b from select from .live.wants where b>w;
  .live.arrivals:select from .live.arrivals where at>=.live.cut;
  .live.grid:update`g#sym from select from .live.grid where time>=w-.leak.cfg[`tod]+0D00:01;
  .live.marks:select from .live.marks where(event=`fill)|(at+h)>=.live.cut; }

// order events with the market just before them
.live.i.arrived:{[o;w]
  if[not count o;:0#arrival];
  e:.tca.state[select sym,time,id,parent:?[parent=id;`;root],event,side,qty,price from o;.live.i.around o];
  e:.tca.sizes[e;.live.i.around o];
  r:select time:w,sym,id,parent:?[parent=id;`;parent],event,at:time,side,qty,price,bid,ask,bsize,asize,mid,qtime,reason,rev:1 from e;
  / an order event that is reported twice is one
  r:select from r where not([]id;event;at)in select id,event,at from .live.arrivals where id in r`id;
  r:select from r where i=(first;i)fby([]id;event;at);
  .live.arrivals,:r;
  r }

// the quotes that stood before events, as a table of quotes
.live.i.around:{[e]
  r:.live.at select distinct sym,time from e;
  `sym`time xasc distinct select time:qtime,sym,bid,ask,bsize,asize,state from r where not null qtime }

// @desc Quotes and prints that stood before times are kept for a parent.
.live.i.keepQuotes:{[e]
  r:.live.at e:distinct select root,sym,asked:time,time from e;
  .live.caps,:cols[.live.caps]#update time:qtime from r; }
.live.i.keepPrints:{[e]
  e:distinct select root,sym,asked:time,time from e;
  r:aj[`sym`time;e;update ptime:time from .live.tape];
  .live.prints,:cols[.live.prints]#update time:ptime,pwp:0b from r; }

// what the figures of .tca.batchParents look up: the market at every order event and fill, and where windows of prints begin and end
.live.i.ask:{[x;n]
  o:select root,sym,time from x`o;
  f:select root,sym,time:at from n;
  p:select root,sym,time,event,id,parent from x`o;
  if[count e:o,f;.live.i.keepQuotes e];
  s:select root,sym,time:time-1 from p where event=`new,id=root;
  u:f,select root,sym,time from p where event in .tca.cfg.ends,id=root;
  back:{[u;b]update time:time-b+1 from u}[u]each 0D00:01 0D00:05;
  if[count e:s,u,raze back;.live.i.keepPrints e];
  / PWP: what the symbol will have traded then
  t:select root:id,sym,time,qty from x`o where event=`new,id=root;
  if[count t;.live.pwp,:.live.i.aims t]; }
.live.i.aims:{[t]
  v:0f^exec volume from aj[`root`asked;select root,asked:time-1 from t;`root`asked xasc select root,asked,volume from .live.prints where root in t`root,not pwp];
  raze{[t;v;x]select root,sym,target:v+qty%x from t}[t;v]each .05 .1 .2 }

// PWPs that have become complete keep the print that did it and the one before
.live.i.pwps:{
  if[not count .live.pwp;:()];
  s:exec sym!volume from .live.print;
  i:exec i from .live.pwp where target<=s sym;
  if[not count i;:()];
  d:.live.pwp i;
  {[s;d]
    t:select from .live.tape where sym=s;
    j:t[`volume]binr d`target;
    a:(update root:d`root from t j),update root:d`root from t j-1;
    .live.prints,:cols[.live.prints]#update asked:0Wp,pwp:1b from select from a where not null time;
    }'[key g;d value g:group d`sym];
  .live.pwp:.live.pwp(til count .live.pwp)except i; }

// executions that are new: rows of .live.fill, with the mid just before
.live.i.executed:{[f;w]
  n:select from f where kind=`new,i=(first;i)fby([]session;execid),side0[side;order]in`buy`sell,qty>0,not null price;
  n:select from n where not([]session;execid)in key .live.fill;
  n:update sym:(.live.id([]id:order))[`sym]^sym,side:side0[side;order]from n;
  n:select session,execid,root,order,sym,at:time,side,price from n;
  n:update mid0:exec mid from .tca.state[select sym,time:at from n;.live.i.around select sym,time:at from n]from n;
  `.live.fill upsert update alive:1b from n;
  n }
side0:{[s;o](.live.id([]id:o))[`side]^s}

.live.i.wantOrders:{[o]
  e:select sym,id,event:(`new`replace`cancel!`send`replace`cancel)event,at:time,side from o where event in`new`replace`cancel,not null parent,parent<>id;
  if[not count e;:()];
  e:distinct e;
  m:exec mid from .tca.state[select sym,time:at from e;.live.i.around select sym,time:at from e];
  .live.i.want update session:`,mid0:m from e }

.live.i.wantFills:{[n]if[count n;.live.i.want select sym,id:execid,session,event:`fill,at,side,mid0 from n];}

.live.i.want:{[e]
  r:raze{[e;h]update h:h,due:at+h from e}[e]each .tca.cfg.horizons;
  if[not .tca.cfg.post in .tca.cfg.horizons;r,:update h:.tca.cfg.post,due:at+.tca.cfg.post from select from e where event=`fill];
  b:.live.bucket[`orders;r`due];
  b|:.live.w+.live.cfg`every;          / a late event's horizons may be due already
  .live.wants,:cols[.live.wants]xcols update b:b from r;
  .live.far|:max b; }

// horizons that are due: rows of markout
.live.i.due:{[w]
  e:.live.cfg`every;
  n:$[null .live.w;0W;"j"$(w-.live.w)div e];
  d:$[n>4096;select from .live.wants where b<=w,b>.live.w;select from .live.wants where b in .live.w+e*1+til n];
  d:.live.i.marked[update mid:.live.i.mids[sym;due]from d;w];
  .live.marks,:cols[.live.marks]#d;
  k:select root,sym,time:at+h from d where event=`fill,h in(.live.fillHorizons,.tca.cfg.post);
  if[count k;.live.i.keepQuotes k];
  (`root,cols markout)#select from d where h in .tca.cfg.horizons }

.live.i.mids:{[s;t]$[count s;exec mid from .tca.state[([]sym:s;time:t);.live.i.around([]sym:s;time:t)];0#0n]}

// rows of markout, with root, of events and horizons whose mid is known; a fill is at its present price, and busted has none
.live.i.marked:{[d;w]
  f:.live.fill select session,execid:id from d;
  d:update root:?[event=`fill;f`root;(.live.id([]id:id))`root],price:?[event=`fill;f`price;0n],alive:(event<>`fill)|f`alive,s:.tca.sign side,hmid:mid from d;
  d:.tca.responded .tca.marked d;
  d:update state:?[not alive;`busted;?[null mid;`noquote;`final]],time:w,parent:root,rev:1 from d;
  update mid:0n,markout:0n,realised:0n,impact:0n,response:0n from d where not alive }

// what busts and corrections change in markouts that are out
.live.i.revised:{[f;w]
  r:exec distinct root from .live.f where root in f`root,kind in`bust`correct;
  if[not count r;:0#markout];
  l:`session`execid xkey select session,execid,now:price from .tca.live`time xasc delete root,k from select from .live.f where root in r;
  x:(select from 0!.live.fill where root in r)lj l;
  x:select session,execid,now from x where(alive<>not null now)|(price<>now)&not null now;
  if[not count x;:0#markout];
  y:.live.fill`session`execid#x;
  `.live.fill upsert update price:price^x`now,alive:not null x`now from(`session`execid#x),'y;
  .live.i.reissue[select from .live.marks where id in x`execid,event=`fill;w] }

// markouts again: those of the last revision of each that come out differently
.live.i.reissue:{[m;w]
  m:0!select by session,id,event,at,h from m;
  n:.live.i.marked[m;w];
  c:`state`mid`markout`realised`impact`response;
  n:update rev:1+m`rev from n;
  n:n where not(c#m)~'c#n;
  .live.marks,:cols[.live.marks]#n;
  cols[markout]#select from n where h in .tca.cfg.horizons }

// what late quotes and trades change: they were put in their place, and all that stood on what followed is looked up again
.live.i.again:{[q;t;w]
  r:`arrival`markout`roots!(0#arrival;0#markout;0#`);
  if[count q;
    / quotes kept for parents
    c:select root,sym,time:asked from .live.caps where sym in key q,asked>q sym;
    .live.caps:update`g#root from delete from .live.caps where sym in key q,asked>q sym;
    if[count c;.live.i.keepQuotes c];
    r[`roots],:c`root;
    / mids at events whose horizons are to come, and at fills
    .live.wants:update`g#b from update mid0:.live.i.mids[sym;at]from .live.wants where sym in key q,at>q sym;
    `.live.fill upsert update mid0:.live.i.mids[sym;at]from select from .live.fill where sym in key q,at>q sym;
    r[`arrival]:.live.i.rearrive[q;w];
    m:select from .live.marks where sym in key q,(at+h)>q sym;
    m:update mid:.live.i.mids[sym;at+h],mid0:?[at>q sym;.live.i.mids[sym;at];mid0]from 0!select by session,id,event,at,h from m;
    r[`markout]:.live.i.remark[m;w]];
  if[count t;
    c:select root,sym,time:asked from .live.prints where sym in key t,asked>=t sym,not pwp;
    .live.prints:update`g#root from delete from .live.prints where sym in key t,asked>=t sym,not pwp;
    if[count c;.live.i.keepPrints c];
    r[`roots],:c`root;
    .live.i.reaim t];
  r }

.live.i.rearrive:{[q;w]
  a:0!select by id,event,at from .live.arrivals where sym in key q,at>q sym;
  if[not count a;:0#arrival];
  e:.tca.sizes[;s].tca.state[select sym,time:at from a;s:.live.i.around select sym,time:at from a];
  n:update time:w,bid:e`bid,ask:e`ask,bsize:e`bsize,asize:e`asize,mid:e`mid,qtime:e`qtime,reason:e`reason,rev:rev+1 from a;
  c:`bid`ask`bsize`asize`mid`qtime`reason;
  n:cols[arrival]xcols n where not(c#a)~'c#n;
  .live.arrivals,:n;
  n }

// markouts whose mids were looked up again: against what is out
.live.i.remark:{[m;w]
  if[not count m;:0#markout];
  o:0!select by session,id,event,at,h from .live.marks where([]session;id;event;at;h)in select session,id,event,at,h from m;
  n:update rev:1+o`rev from .live.i.marked[m;w];
  c:`state`mid`mid0`markout`realised`impact`response;
  n:n where not(c#o)~'c#n;
  .live.marks,:cols[.live.marks]#n;
  cols[markout]#select from n where h in .tca.cfg.horizons }

// PWPs that late trades concern are aimed at anew
.live.i.reaim:{[t]
  x:exec distinct root from .live.prints where pwp,sym in key t,time>=t sym;
  x:distinct x,exec root from .live.pwp where sym in key t;
  if[not count x;:()];
  .live.prints:update`g#root from delete from .live.prints where pwp,sym in key t,time>=t sym;
  .live.pwp:select from .live.pwp where not root in x;
  p:select root,sym,time,qty from .live.o where root in x,event=`new,id=root;
  p:select from p where i=(first;i)fby root;
  a:.live.i.aims p;
  / those that were complete before stand
  v:0f^exec volume from aj[`sym`time;select sym,time:-1+t sym from a;.live.tape];
  .live.pwp,:select from a where target>v; }

// @desc Parents' rows of the catalogue as of .live.w, and those of their fills and children.
// @param r {symbol[]} parents
// @return {dict} parents fills children, as .tca.batch has them, but for the leakage test
.live.rows:{[r]
  d:.live.joined r;
  .tca.rows d }

// @desc What .tca.rows and .tca.batchParents take, for these parents.
.live.joined:{[r]
  o:delete root,k from`k xasc select from .live.o where root in r;
  f:delete root,k from`k xasc select from .live.f where root in r;
  s:distinct(o`sym),f`sym;
  q:raze(0!/:.live.i.of[;s]each(.live.firsts;.live.goods)),(cols[.live.i.quotes]#select from .live.caps where root in r,not null time;0!.live.i.of[.live.now.top;s]);
  e:cross[([]sym:s);([]time:.live.w-0,1+0D00:01 0D00:05)];
  e:aj[`sym`time;e;update ptime:time from .live.tape];
  c:cols .live.i.prints;
  t:(c#select from .live.prints where root in r,not null time),(c#update time:ptime from select from e where not null ptime),c#0!.live.i.of[.live.print;s];
  q:`sym`time xasc cols[.live.i.quotes]#q;
  t:update`g#sym from`sym`prints xasc distinct t;
  .tca.joined[q;o;f;.live.w],`q`t`l!(q;t;.leak.empty) }

.live.reset[];
