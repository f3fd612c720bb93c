// The real-time engine's arithmetic, without a process around it: rows come in by .rt.put, .rt.tick[w] takes all up to the event time w and
// returns what is derived from them. Nothing here looks at a clock. The figures are those of q/tca, called on each parent's own rows and on the
// few quotes and prints that stood before its events and horizons, so that they are the batch's bit for bit.

.boot.use each`$("tca/batch";"tca/phase";"schema/market";"schema/order";"schema/derived";"rt/book";"rt/market";"rt/flow";"rt/state";"rt/leak";"rt/lamp";"rt/limits";"rt/score");

.rt.tables:`quote`trade`status`orders`fills`dq
/ those of the market, which may be taken before an evaluation asks for them
.rt.public:`quote`trade`status
/ whether order events and fills are evaluated at their own time, and not at the next boundary
.rt.instant:0b
/ tables whose rows are then evaluated so; order events that are not wait for the next fill, of whatever order, or boundary
.rt.alone:`orders`fills
/ horizons whose quotes stay with a fill: adverse selection
.rt.fillHorizons:0D00:00:01 0D00:00:05

/ first arrivals of parents that were open when the day before ended, or that this day's log tells of
.rt.origins:([parent:0#`]began:0#0Np;origin:0#0n)

// @desc Everything is forgotten: a new day. But for what parents that may be carried into it arrived at.
.rt.reset:{
  if[`state in key`.rt;.rt.origins:1!(select parent,began:start^.rt.origins[([]parent)]`began,origin from .rt.state where not closed,not null origin)];
  .rt.w:.rt.m:0Np;                 / how far event time has been taken, and of the market
  .rt.seen:0Np;                    / newest time that has come in
  .rt.in:.rt.tables!count[.rt.tables]#enlist(`timestamp$())!();
  .rt.n:t!count[t:.rt.tables,`depth`mbo]#0;
  .rt.none:.rt.tables!{0#value x}each .rt.tables;
  .rt.none[`orders`fills]:{update k:0 from .rt.none x}each`orders`fills;
  .rt.books:`depth`mbo!2#enlist .book.none;
  .rt.late:0;
  .rt.aside:0;                     / rows that the process keeps aside because an evaluation fails with them
  .rt.marketReset[];
  .rt.flowReset[];
  .rt.stateReset[];
  .rt.leakReset[];
  .rt.scoreReset[];
  / parents with a lamp that is lit, or DATA about to be, are looked at once a second without anything happening
  .rt.looked:0Np;
  / quotes and prints that stood just before what was asked, by parent
  .rt.caps:update`g#root from`root`asked xcols update root:`,asked:0Np from .rt.i.quotes;
  .rt.prints:update`g#root from`root`asked xcols update root:`,asked:0Np,pwp:0b from .rt.i.prints;
  / what is still to be looked up for them; window: also the prints up to a minute and five before
  .rt.asks:([]root:0#`;sym:0#`;time:0#0Np;window:0#0b);
  / horizons to come: b is the boundary at which they are due
  .rt.wants:update`g#b from([]b:0#0Np;due:0#0Np;sym:0#`;id:0#`;session:0#`;event:0#`;at:0#0Np;h:0#0Nn;side:0#`;mid0:0#0n);
  .rt.far:0Np;
  / volumes at which PWP is complete; rows of what has been derived lately, for late quotes; of fills for ever, for busts and corrections
  .rt.pwp:([]root:0#`;sym:0#`;target:0#0n);
  .rt.arrivals:update`g#id from 0#arrival;
  .rt.marks:.rt.fillMarks:update`g#id from 0#update session:`,side:`,mid0:0n from markout;
  .rt.before:0Np;
  .rt.pruned:0Np; }

// @desc The time of the evaluation that takes rows of table t: quotes and phases strictly before it, all else up to it. Boundaries are .rt.cfg`every apart; with
// .rt.instant what we do ourselves has an evaluation of its own, see .rt.alone.
.rt.bucket:{[t;x]
  if[.rt.instant&t in .rt.alone;:x];
  e:"j"$.rt.cfg`every;
  "p"$e*$[t in`quote`status;1+("j"$x)div e;neg(neg"j"$x)div e] }
// the first boundary after a time
.rt.i.after:{[x]e:"j"$.rt.cfg`every;"p"$e*1+("j"$x)div e}
// which of times x are taken by an evaluation at w
.rt.i.within:{[t;x;w]$[t in`quote`status;x<w;x<=w]}

/ venues whose quotes are made from their depth or their orders; what they quote themselves is left out
.rt.l2:.rt.l3:0#`

// @desc Rows of table t come in.
.rt.put:{[t;x]
  if[not count x;:()];
  n:.rt.n t;
  .rt.n[t]+:count x;
  if[t in`depth`mbo;
    v:(`depth`mbo!(.rt.l2;.rt.l3))t;
    r:.book.take[.rt.books t;select from x where venue in v];
    .rt.books[t]:r 0;
    :.rt.i.come[`quote;update k:n from cols[quote]xcols(0#quote)uj r 1]];
  x:update k:n+til count i from x;
  if[t=`quote;if[count v:.rt.l2,.rt.l3;x:select from x where not venue in v]];
  .rt.i.come[t;x] }

.rt.i.come:{[t;x]
  if[not count x;:()];
  .rt.seen|:max x`time;
  b:.rt.bucket[t;x`time];
  / what should have been taken already is taken next
  if[any l:.rt.i.within[t;x`time;.rt.w];
    .rt.late+:sum l;
    b|:$[.rt.instant&t in .rt.alone;.rt.w+1;.rt.i.after .rt.w]];
  g:group b;
  {[t;x;b;i]$[b in key .rt.in t;.rt.in[t;b],:x i;.rt.in[t],:(enlist b)!enlist x i]}[t;x]'[key g;value g]; }

.rt.i.pop:{[w;t]
  if[not count k:key .rt.in t;:()];
  k:asc k where w>=k;
  r:raze .rt.in[t]k;
  if[count k;.rt.in[t]:k _ .rt.in t];
  / an evaluation between two boundaries takes what there is up to it
  if[.rt.instant&t in .rt.public,(1#`orders)except .rt.alone;r,:.rt.i.part[t;.rt.i.after w;.rt.i.within[t;;w]]];
  r }
// the waiting rows of boundary b whose times are f. It stays a boundary when none is left: whether there is an evaluation depends on what came, not on when it was taken.
.rt.i.part:{[t;b;f]
  if[not b in key .rt.in t;:()];
  x:.rt.in[t]b;
  m:f x`time;
  if[not any m;:()];
  .rt.in[t;b]:x where not m;
  x where m }

// @desc Takes what has come in of the market up to where event time has come to, so that an evaluation finds little left to take. What is due before must have been
// evaluated, see .rt.next. Nothing that is derived depends on it: rows that an evaluation should have had already are left to the next one.
.rt.advance:{
  w:.rt.seen-.rt.cfg`lag;
  if[w<=.rt.m;:()];
  r:.rt.public!{[w;t]
    f:{[t;w;x].rt.i.within[t;x;w]&not .rt.i.within[t;x;.rt.w]}[t;w];
    raze .rt.i.part[t;;f]each asc k where .rt.i.after[w]>=k:key .rt.in t}[w]each .rt.public;
  .rt.market[.rt.i.or[r;`quote];.rt.i.or[r;`status]];
  .rt.trades .rt.i.or[r;`trade];
  .rt.m:w; }
/ how many rows of quotes and prints wait
.rt.waiting:{sum{sum count each x}each .rt.in .rt.public}

// @desc The next boundary at which something is to be done, if event time has come to it; null otherwise.
.rt.next:{
  wm:.rt.seen-.rt.cfg`lag;
  b:min 0Wp,raze key each value .rt.in;
  b&:.rt.i.wanted b&wm&.rt.far;
  $[b<=wm;b;0Np] }

// the first boundary after .rt.w and up to t that has a horizon, 0Wp if none has
.rt.i.wanted:{[t]
  e:.rt.cfg`every;
  w:.rt.i.after[.rt.w]-e;
  while[w<t;
    s:w+e*1+til 4096&"j"$(t-w)div e;
    if[not count s;:0Wp];
    d:exec b from .rt.wants where b in s;
    if[count d;:min d];
    w:last s];
  0Wp }

// @desc Takes everything up to w.
// @return {dict} rows of arrival markout leak score alert health
.rt.tick:{[w]
  r:.rt.tables!.rt.i.pop[w]each .rt.tables;
  / of what is late only that concerns what has been derived which came after an evaluation that should have had it
  lateQ:(where lateQ<.rt.w)#lateQ:.rt.market[.rt.i.or[r;`quote];.rt.i.or[r;`status]];
  lateT:(where lateT<=.rt.w)#lateT:.rt.trades .rt.i.or[r;`trade];
  .rt.m|:w;
  x:.rt.flow[.rt.i.or[r;`orders];.rt.i.or[r;`fills]];
  touched:.rt.i.again[lateQ;lateT;w];
  z:.rt.stood . x[`o]`sym`time;
  a:.rt.i.arrived[x`o;z;w],.rt.i.originals[x`o;w];
  n:.rt.i.executed[x`f;w];
  refused:.rt.i.refused .rt.i.or[r;`dq];
  .rt.i.ask[x;n];
  .rt.track[x;z;n;touched`roots;.rt.before];
  .rt.i.wantOrders[x`o;z];
  .rt.i.wantFills[n];
  m:.rt.i.due w;
  .rt.i.made m;
  .rt.judge x;
  v:.rt.i.revised[x`f;w];
  .rt.i.pwps[];
  .rt.w:w;
  .rt.leakTick[w;x`o;x`f;raze{([]sym:key x;time:value x)}each(lateQ;lateT)];
  .rt.i.revise[x;touched`roots];
  if[(null .rt.pruned)|w>.rt.pruned+.rt.cfg`keep;if[not null .rt.pruned;.rt.i.forget w];.rt.pruned:w];
  / of the horizons only these are in a parent's figures
  h:$[count m;exec root from m where event=`fill,h in(.rt.fillHorizons,.tca.cfg.post);0#`];
  roots:distinct(x[`o]`root),(x[`f]`root),h,refused,touched`roots;
  if[w>=.rt.looked+0D00:00:01;.rt.looked:w;roots:distinct roots,exec parent from .lamp.state where(level>0)|(lamp=`DATA)&up1>0];
  s:.rt.scores roots except`;
  `arrival`markout`leak`score`alert`health!((touched`arrival),a;(touched`markout),(cols[markout]#m),v;s`leak;s`score;s`alert;.rt.health w) }

// parents whose figures changed because something came late: one revision more
.rt.i.revise:{[x;r]
  o:x`o;f:x`f;
  r:distinct r,(o[`root]where o[`time]<=.rt.before),f[`root]where(f[`time]<=.rt.before)&f[`kind]=`new;
  .rt.before:.rt.w;
  if[count r:r except`;`.rt.revs upsert([]parent:r;rev:1+0^(.rt.revs([]parent:r))`rev)]; }

// what had come in when this was made, and what is wrong with the data
.rt.health:{[w]
  c:.rt.counts[];
  orphans:count .rt.orphans;parked:count[.rt.parkedO]+count .rt.parkedF;
  lamp:$[0<.rt.lost+.rt.aside+orphans+parked+exec sum level>0 from .lamp.state where lamp=`DATA;`amber;`green];
  enlist`time`sym`nquote`ntrade`ndepth`nmbo`nstatus`norders`nfills`parents`late`lost`orphans`parked`data_lamp`ndq`aside`final!
    (w;`rte),(-1_c),(count .rt.roots;.rt.late;.rt.lost;orphans;parked;lamp;last c;.rt.aside;0b) }
/ rows that came in of each table of .rt.health
.rt.counts:{.rt.n`quote`trade`depth`mbo`status`orders`fills`dq}

// @desc The day is over: all that came in is taken, each row at its own boundary, and horizons after the last row are past its close.
// @param f {fn} called with what each evaluation but the last gives, see .rt.tick
// @return {dict} what the last gives
.rt.close:{[f]
  while[1<count b:.rt.i.remaining[];f .rt.tick b 0];
  r:.rt.tick max b,.rt.w+.rt.cfg`every;
  p:select from .rt.wants where b>.rt.w,h in .tca.cfg.horizons;
  p:.rt.i.marked[update mid:0n,closed:1b from p;.rt.w];
  r[`markout],:cols[markout]#p;
  r[`health]:update final:1b from r`health;
  r }

// boundaries that have rows, and the first that has a horizon up to the first of these
.rt.i.remaining:{
  b:raze key each value .rt.in;
  if[not count b;:b];
  asc(distinct b,.rt.i.wanted min[b]&.rt.far)except 0Wp }

// rows of table t, of the right columns when there are none
.rt.i.or:{[r;t]$[count x:r t;x;.rt.none t]}

.rt.i.forget:{[w]
  .rt.i.answer[];
  .rt.prune w;
  .rt.wants:update`g#b from select from .rt.wants where b>w;
  .rt.arrivals:update`g#id from select from .rt.arrivals where at>=.rt.cut;
  .rt.leakForget w;
  .rt.newest:select from .rt.newest where at>=.rt.cut;
  .rt.marks:update`g#id from select from .rt.marks where(at+h)>=.rt.cut; }

// order events with the market just before them
.rt.i.arrived:{[o;z;w]
  if[not count o;:0#arrival];
  e:.tca.beside[select sym,time,id,parent:?[parent=id;`;root],event,side,qty,price from o;select bid,ask,bsize,asize,mid,qtime,reason from z];
  r:select time:w,sym,id,parent:?[parent=id;`;parent],event,at:time,side,qty,price,bid,ask,bsize,asize,mid,qtime,reason,rev:1 from e;
  / an order event that is reported twice is one
  r:select from r where not([]id;event;at)in select id,event,at from .rt.arrivals where id in r`id;
  r:select from r where i=(first;i)fby([]id;event;at);
  .rt.arrivals,:r;
  r }

// first arrivals of parents that are carried into the day, as far as this engine, or one before it on this day, was there
.rt.i.originals:{[o;w]
  if[not`carry in o`event;:0#arrival];
  o:select from o where event=`carry,id=root,i=(first;i)fby id;
  if[not count o;:0#arrival];
  o:select from(o,'.rt.origins([]parent:o`id))where not null origin;
  cols[arrival]#(0#arrival)uj select time:w,sym,id,parent:`,event:`original,at:began,side,qty,price,mid:origin,rev:1 from o }

// @desc Rows of arrival that say first arrivals. @param a {table} arrival
.rt.original:{[a]`.rt.origins upsert select parent:id,began:at,origin:mid from a where event=`original;}

// @desc The market strictly before times: as .tca.judged.
.rt.stood:{[s;t].tca.judged update qstate:state from .rt.at([]sym:s;time:t)}

// @desc Quotes and prints that stood before times are kept for a parent.
.rt.i.keepQuotes:{[e]
  r:.rt.at e:distinct select root,sym,asked:time,time from e;
  .rt.caps,:cols[.rt.caps]#update time:qtime from r; }
.rt.i.keepPrints:{[e]
  e:distinct select root,sym,asked:time,time from e;
  r:aj[`sym`time;e;update ptime:time from .rt.tape];
  .rt.prints,:cols[.rt.prints]#update time:ptime,pwp:0b from r; }

// What the figures of .tca.batchParents look up: the market at every order event and fill, and where windows of prints begin and end. Only all rows of a parent need
// it, so it is looked up for many at once, see .rt.i.answer: of what has come in order it is the same later.
.rt.i.ask:{[x;n]
  o:x`o;
  if[count o;.rt.asks,:([]root:o`root;sym:o`sym;time:o`time;window:o[`event]in .tca.cfg.ends)];
  if[count n;.rt.asks,:([]root:n`root;sym:n`sym;time:n`at;window:count[n]#1b)];
  if[not any o[`event]in`new`carry;:()];
  if[count e:.rt.i.converted o;.rt.i.keepQuotes e];
  s:select root,sym,time:time-1 from o where event in`new`carry,(null parent)|parent=id;
  if[count s;.rt.i.keepPrints s];
  / PWP: what the symbol will have traded then
  t:select from o where event in`new`carry,id=root;
  if[not count t;:()];
  .rt.pwp,:.rt.i.aims select root:id,sym,time,qty from update qty:.tca.remaining t from t; }
// @desc What was asked is looked up: when it is needed, before what is late or forgotten changes, and at boundaries.
.rt.i.answer:{
  if[not count a:.rt.asks;:()];
  .rt.asks:0#a;
  .rt.i.keepQuotes select root,sym,time from a;
  u:select root,sym,time from a where window;
  back:{[u;b]update time:time-b+1 from u}[u]each 0D00:01 0D00:05;
  if[count u;.rt.i.keepPrints u,raze back]; }
// where there is a base currency: the FX quotes that parents' arrivals are converted at
.rt.i.converted:{[o]
  o:select root,sym,time from o where event in`new`carry,id=root;
  if[(.tca.cfg.base=`)|0=count o;:0#o];
  ungroup update sym:.rt.i.pairs each sym from o }
// names under which the rates of symbols may be quoted
.rt.i.pairs:{[s]$[.tca.cfg.base=`;0#`;.tca.pairs[((.tca.reference .tca.cfg.reference)([]sym:(),s))`currency;.tca.cfg.base]]}
.rt.i.aims:{[t]
  v:0f^exec volume from aj[`root`asked;select root,asked:time-1 from t;`root`asked xasc select root,asked,volume from .rt.prints where root in t`root,not pwp];
  raze{[t;v;x]select root,sym,target:v+qty%x from t}[t;v]each .05 .1 .2 }

// PWPs that have become complete keep the print that did it and the one before
.rt.i.pwps:{
  if[not count .rt.pwp;:()];
  s:exec sym!volume from .rt.print;
  i:exec i from .rt.pwp where target<=s sym;
  if[not count i;:()];
  d:.rt.pwp i;
  {[s;d]
    t:select from .rt.tape where sym=s;
    j:t[`volume]binr d`target;
    a:(update root:d`root from t j),update root:d`root from t j-1;
    .rt.prints,:cols[.rt.prints]#update asked:0Wp,pwp:1b from select from a where not null time;
    }'[key g;d value g:group d`sym];
  .rt.pwp:.rt.pwp(til count .rt.pwp)except i; }

// executions that are new, with the market just before each and the parent's root. Which of them stand is for .ord.live to say.
.rt.i.executed:{[f;w]
  .rt.standing:0#`;
  if[not count f;:.rt.i.nofills];
  r:exec distinct root from f where kind<>`new;
  if[count r;.rt.amended:distinct .rt.amended,r];
  r:distinct[f`root]inter .rt.amended;
  f:select from f where not root in r;
  l:$[count r;.rt.i.standing r;()];
  if[count f;l:l,.ord.i.unique delete root,k from`time xasc`k xasc f];
  k:.rt.id([]id:l`order);
  l:update root:k`root,sym:k[`sym]^sym,side:k[`side]^side,at:time from l;
  n:select time,session,execid,orderid,secexecid,root,order,sym,at,side,qty,price,liquidity,fee from l where side in`buy`sell,qty>0,not null price;
  n:select from n where not([]execid;session)in key .rt.fill,not([]secexecid;orderid)in .rt.told;
  if[not count n;:.rt.i.nofills];
  n:.tca.beside[n;select bid,ask,mid,reason from .rt.stood . n`sym`at];
  n:update role:.tca.liquidity n from n;
  `.rt.fill upsert select execid,session,root,order,sym,at,side,qty,price,mid0:mid,role,alive:1b from n;
  .rt.newest,:select execid,session,sym,at from n;
  .rt.told,:select secexecid,orderid from n where secexecid<>`,orderid<>`;
  n }
.rt.i.nofills:([]time:0#0Np;session:0#`;execid:0#`;root:0#`;order:0#`;sym:0#`;at:0#0Np;side:0#`;qty:0#0n;price:0#0n;liquidity:0#`;fee:0#0n;bid:0#0n;ask:0#0n;mid:0#0n;reason:0#`;role:0#`)

// executions of parents with busts or corrections, as they stand
.rt.i.standing:{[r]
  f:delete root,k from`time xasc`k xasc select from .rt.f where root in r;
  l:.tca.i.completed[.tca.live f;f];
  .rt.stands:`session`execid xkey select session,execid,now:price,nowqty:qty from l;
  .rt.standing:r;
  l }

.rt.i.wantOrders:{[o;z]
  if[not count o;:()];
  e:select sym,id,event:(`new`replace`cancel!`send`replace`cancel)event,at:time,side,mid0:z`mid,root from o;
  e:select from e where not null event,root<>id;
  if[not count e;:()];
  .rt.i.want distinct update session:` from delete root from e }

.rt.i.wantFills:{[n]if[count n;.rt.i.want select sym,id:execid,session,event:`fill,at,side,mid0:mid from n];}

.rt.i.want:{[e]
  k:.tca.cfg.horizons;
  r:update h:k where count[k]#count e from e(count[k]*count e)#til count e;
  r:update due:at+h from r;
  if[not .tca.cfg.post in .tca.cfg.horizons;r,:update h:.tca.cfg.post,due:at+.tca.cfg.post from select from e where event=`fill];
  b:.rt.bucket[`trade;r`due];
  b|:.rt.i.after .rt.w;            / a late event's horizons may be due already
  .rt.wants,:cols[.rt.wants]xcols update b:b from r;
  .rt.far|:max b; }

// horizons that are due: rows of markout
.rt.i.due:{[w]
  e:.rt.cfg`every;
  s:.rt.i.after .rt.w;
  / between two boundaries nothing is
  if[w<s;:.rt.i.nodue];
  .rt.i.answer[];
  n:$[null s;0W;0|1+"j"$(w-s)div e];
  d:$[n>4096;select from .rt.wants where b<=w,b>.rt.w;select from .rt.wants where b in s+e*til n];
  if[not count d;:.rt.i.nodue];
  d:.rt.i.marked[.tca.beside[d].rt.i.seen[d`sym;d`due];w];
  .rt.i.mark d;
  k:select root,sym,time:at+h from d where event=`fill,h in(.rt.fillHorizons,.tca.cfg.post);
  if[count k;.rt.i.keepQuotes k];
  (`root`role`price`qty,cols markout)#select from d where h in .tca.cfg.horizons }
.rt.i.nodue:(`root`role`price`qty,cols markout)#update root:`,role:`,price:0n,qty:0n from markout

.rt.i.mids:{[s;t]exec mid from .rt.stood[s;t]}
// the same with whether the market was over
.rt.i.seen:{[s;t]select mid,closed:reason=`closed from .rt.stood[s;t]}

// rows of markout, with root, of events and horizons whose mid is known; a fill is at its present price, and busted has none
.rt.i.marked:{[d;w]
  f:.rt.fill select execid:id,session from d;
  d:update root:?[event=`fill;f`root;(.rt.id([]id:id))`root],price:?[event=`fill;f`price;0n],qty:?[event=`fill;f`qty;0n],alive:(event<>`fill)|f`alive,role:f`role,s:.tca.sign side,hmid:mid from d;
  d:.tca.responded .tca.marked d;
  d:update state:?[not alive;`busted;.tca.settled[mid;closed]],time:w,parent:root,rev:1 from d;
  update mid:0n,markout:0n,realised:0n,impact:0n,response:0n from d where not alive }

// what busts and corrections change in markouts that are out
.rt.i.revised:{[f;w]
  if[not count .rt.standing;:0#markout];
  x:(select from 0!.rt.fill where root in .rt.standing)lj .rt.stands;
  x:select session,execid,now,nowqty from x where(alive<>not null now)|((price<>now)|qty<>nowqty)&not null now;
  if[not count x;:0#markout];
  y:.rt.fill`execid`session#x;
  `.rt.fill upsert update price:price^x`now,qty:qty^x`nowqty,alive:not null x`now from(`execid`session#x),'y;
  .rt.i.reissue[select from .rt.fillMarks where id in x`execid;w] }

// markouts that are out go with the history, which is as far as late quotes reach; those of fills also stay, for busts and corrections
.rt.i.mark:{[m]
  m:cols[.rt.marks]#m;
  .rt.fillMarks,:select from m where event=`fill;
  .rt.marks,:m; }

// markouts again: those of the last revision of each that come out differently
.rt.i.reissue:{[m;w]
  m:0!select by session,id,event,at,h from m;
  n:.rt.i.marked[update closed:state=`$"past-close"from m;w];
  c:`state`mid`markout`realised`impact`response;
  n:update rev:1+m`rev from n;
  n:n where not(c#m)~'c#n;
  .rt.i.mark n;
  cols[markout]#select from n where h in .tca.cfg.horizons }

// what late quotes and trades change: they were put in their place, and all that stood on what followed is looked up again
.rt.i.again:{[q;t;w]
  r:`arrival`markout`roots!(0#arrival;0#markout;0#`);
  if[(count q)|count t;.rt.i.answer[]];
  if[count q;
    / quotes kept for parents
    c:select root,sym,time:asked from .rt.caps where sym in key q,asked>q sym;
    .rt.caps:update`g#root from delete from .rt.caps where sym in key q,asked>q sym;
    if[count c;.rt.i.keepQuotes c];
    r[`roots],:c`root;
    / mids at events whose horizons are to come, and at fills
    .rt.wants:update`g#b from update mid0:.rt.i.mids[sym;at]from .rt.wants where sym in key q,at>q sym;
    f:select execid,session from .rt.newest where sym in key q,at>q sym;
    if[count f;`.rt.fill upsert f!update mid0:.rt.i.mids[sym;at]from .rt.fill f];
    r[`arrival]:.rt.i.rearrive[q;w];
    m:raze{[q;m]select from m where sym in key q,(at+h)>q sym}[q]each(.rt.marks;.rt.fillMarks);
    m:0!select by session,id,event,at,h from m;
    m:update mid0:?[at>q sym;.rt.i.mids[sym;at];mid0]from .tca.beside[delete mid from m].rt.i.seen[m`sym;m[`at]+m`h];
    r[`markout]:.rt.i.remark[m;w]];
  if[count t;
    c:select root,sym,time:asked from .rt.prints where sym in key t,asked>=t sym,not pwp;
    .rt.prints:update`g#root from delete from .rt.prints where sym in key t,asked>=t sym,not pwp;
    if[count c;.rt.i.keepPrints c];
    r[`roots],:c`root;
    .rt.i.reaim t];
  r }

.rt.i.rearrive:{[q;w]
  a:0!select by id,event,at from .rt.arrivals where sym in key q,at>q sym;
  if[not count a;:0#arrival];
  e:.rt.stood . a`sym`at;
  n:update time:w,bid:e`bid,ask:e`ask,bsize:e`bsize,asize:e`asize,mid:e`mid,qtime:e`qtime,reason:e`reason,rev:rev+1 from a;
  c:`bid`ask`bsize`asize`mid`qtime`reason;
  n:cols[arrival]xcols n where not(c#a)~'c#n;
  .rt.arrivals,:n;
  n }

// markouts whose mids were looked up again: against what is out
.rt.i.remark:{[m;w]
  if[not count m;:0#markout];
  o:0!select by session,id,event,at,h from .rt.marks where id in m`id;
  o:o where(select session,id,event,at,h from o)in select session,id,event,at,h from m;
  n:update rev:1+o`rev from .rt.i.marked[m;w];
  c:`state`mid`mid0`markout`realised`impact`response;
  n:n where not(c#o)~'c#n;
  .rt.i.mark n;
  cols[markout]#select from n where h in .tca.cfg.horizons }

// PWPs that late trades concern are aimed at anew
.rt.i.reaim:{[t]
  x:exec distinct root from .rt.prints where pwp,sym in key t,time>=t sym;
  x:distinct x,exec root from .rt.pwp where sym in key t;
  if[not count x;:()];
  .rt.prints:update`g#root from delete from .rt.prints where pwp,sym in key t,time>=t sym;
  .rt.pwp:select from .rt.pwp where not root in x;
  p:select from .rt.o where root in x,event in`new`carry,id=root;
  p:select root,sym,time,qty from update qty:.tca.remaining p from p;
  p:select from p where i=(first;i)fby root;
  a:.rt.i.aims p;
  / those that were complete before stand
  v:0f^exec volume from aj[`sym`time;select sym,time:-1+t sym from a;.rt.tape];
  .rt.pwp,:select from a where target>v; }

// @desc Parents' rows of the catalogue as of .rt.w, and those of their fills and children.
// @param r {symbol[]} parents
// @return {dict} parents fills children, as .tca.batch has them, but for the leakage test
.rt.rows:{[r]
  d:.rt.joined r;
  .tca.rows d }

// @desc What .tca.rows and .tca.batchParents take, for these parents.
.rt.joined:{[r]
  .rt.i.answer[];
  o:delete root,k from`k xasc select from .rt.o where root in r;
  if[`carry in o`event;o:update origin:(exec parent!origin from .rt.origins)id from o];
  f:delete root,k from`k xasc select from .rt.f where root in r;
  s:distinct(o`sym),f`sym;
  q:raze(0!/:.rt.i.of[;s,.rt.i.pairs s]each(.rt.firsts;.rt.goods)),(cols[.rt.i.quotes]#select from .rt.caps where root in r,not null time;0!.rt.i.of[.rt.now.top;s]);
  e:cross[([]sym:s);([]time:.rt.w-0,1+0D00:01 0D00:05)];
  e:aj[`sym`time;e;update ptime:time from .rt.tape];
  c:cols .rt.i.prints;
  t:(c#select from .rt.prints where root in r,not null time),(c#update time:ptime from select from e where not null ptime),c#0!.rt.i.of[.rt.print;s];
  q:`sym`time xasc cols[.rt.i.quotes]#q;
  t:update`g#sym from`sym`prints xasc distinct t;
  d:.tca.joined[q;o;f;.rt.w],`q`t`l!(q;t;.leak.empty);
  .tca.withDoubts[d;.rt.refused] }

.rt.reset[];
