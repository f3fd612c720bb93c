// What the order flow comes to. Rows of orders and fills are what was said, in the order of its arrival; here they become the fills as they
// stand, the orders as they are, and what does not add up. The result depends on what was said and by the senders' clocks when, never on when
// it arrived: early, late, twice or after a restart gives the same tables.

/ relative tolerance of the broker's cumulated quantity and average price
.ord.cfg.qtytol:1e-9
.ord.cfg.avgtol:1e-6
/ kinds of dq that keep a message out of orders and fills: what it said is missing there
.ord.cfg.refused:`form`length`checksum`number`time`absent`quantity`price`reference
/ events that close an order, and that (re)open it
.ord.cfg.closing:`canceled`done`expired
.ord.cfg.closed:`filled`rejected,.ord.cfg.closing
.ord.cfg.opening:`replaced`restated`carry
/ events that carry terms in force (a replace request is none until it is accepted)
.ord.cfg.terms:`new`replaced`restated`carry

// columns that a table from elsewhere may lack
.ord.i.with:{[t;c;v]$[c in cols t;t;flip flip[t],enlist[c]!enlist count[t]#v]}
.ord.i.whole:{[f].ord.i.with/[f;`session`seq`etime`orderid`secexecid;(`;0N;0Np;`;`)]}
/ event time: the sender's, else when it arrived
.ord.i.at:{x[`time]^x`etime}

// For each row of fills the row of the execution that it is about: itself if new, else what refid leads to through all corrections; and whether
// that is a fill (it is none when the fill has not arrived). An execution id is unique in its session and day (UTC); a bust may come days later.
.ord.i.roots:{[f]
  f:update j:i,day:`date$time^etime from .ord.i.whole f;
  n:exec j from f where kind=`new,i=(first;i)fby([]session;execid;day),(secexecid=`)|(orderid=`)|i=(first;i)fby([]orderid;secexecid);
  c:select from f where kind in`bust`correct`dk;
  up:til count f;
  if[count c;
    k:select session,execid,day,to:j,mine:j in n from f where(j in n)|kind=`correct,execid in c`refid;
    k:select from k where mine|not(any;mine)fby([]session;execid;day);
    / the newest execution of that name up to the day of the row
    r:aj[`session`execid`day;select session,execid:refid,day,j from c;`day xasc k];
    up[c`j]:r[`j]^r`to;
    / chains of corrections, up to 64 long
    up:6{x x}/up];
  update root:up j,own:j in n,live:up[j]in n from f }

// @desc Fills as they stand: busted and unknown ones (DK) removed, corrected ones with their last price and quantity but their own time and id.
// A correction may refer to the original or to an earlier correction; a bust is final. A fill reported twice counts once.
// @param f {table} fills as captured; session, seq, etime, orderid and secexecid may be missing
// @return {table} the live fills, kind new, in the order of f
.ord.live:{[f]
  if[not any f[`kind]in`bust`correct`dk;:.ord.i.unique f];
  r:.ord.i.roots f;
  r:update at:time^etime from r where live,not own;
  gone:exec distinct root from r where live,kind in`bust`dk;
  k:exec last j by root from`at`seq`j xasc select from r where live,kind=`correct;
  n:exec j from r where own,not j in gone;
  / the terms of the last correction, else its own
  m:n^k n;
  update price:(f`price)m,qty:(f`qty)m from f n }
.ord.i.unique:{[f]
  / one alone is the first of its name
  if[1=count f;:f where f[`kind]=`new];
  w:.ord.i.whole f;
  f exec i from w where kind=`new,i=(first;i)fby([]session;execid;`date$time^etime),(secexecid=`)|(orderid=`)|i=(first;i)fby([]orderid;secexecid) }

// @desc Busts, corrections and DKs whose fill has not arrived; they take effect when it does.
.ord.parked:{[f]f exec j from .ord.i.roots[f]where kind in`bust`correct`dk,not live}

// @desc Orders that turned out to be one have one id: the one that began the chain.
// @param o {table} orders
// @return {dict} id to the id that it became
.ord.joined:{[o]
  d:exec id!origclordid from o where event=`joined;
  {[d;x]x^d x}[d]/[d] }
.ord.i.canon:{[d;x]x^d x}

// @desc Orders and fills with what became known later: one id for orders that turned out to be one, and the parents of orders linked late. The rows
// that told it (joined, linked) are left out.
// @return {dict} o f
.ord.settle:{[o;f]
  if[not any o[`event]in`joined`linked;:`o`f!(o;f)];
  d:.ord.joined o;
  o:update id:.ord.i.canon[d;id]from o;
  f:update order:.ord.i.canon[d;order]from f;
  p:exec last parent by id from o where parent<>`;
  o:update parent:.ord.i.canon[d;p id]from delete from o where event in`joined`linked;
  `o`f!(o;update parent:.ord.i.canon[d;p order]from f) }

// What orders had been filled before the first day that is at hand, as the row says that carried them into it: by id.
.ord.i.before:{[o]
  o:.ord.i.with[o;`cumqty;0n];
  c:select since:first at,before:first cumqty by id from o where event=`carry,not null cumqty;
  if[not count c;:0#0!c];
  / of what is there from the beginning all fills are at hand
  0!select from(c lj select begun:min at by id from o where event<>`carry)where(null begun)|begun>=since }

// @desc One row an order: its terms, what of it is filled, and how it stands.
// status: sent pendingnew new partial filled pendingreplace pendingcancel canceled done expired rejected; open is whether it still works.
// A fill counts whatever the order's status. Terms are those in force: of the order, its accepted replaces and restatements.
// @param o {table} orders, with arrival order kept
// @param f {table} fills
// @return {table} by id; placed is false for an order that was reported but never requested; replaces, cancels and rejects count requests
//   by us and refusals of them
.ord.state:{[o;f]
  d:.ord.joined o;
  l:update id:.ord.i.canon[d;order]from .ord.live f;
  o:update id:.ord.i.canon[d;id],at:time^etime from o;
  o:`at`seq xasc select from o where not event=`joined;
  b:.ord.i.before o;
  l:select symf:first sym,sidef:first side,parentf:last parent,cum:sum qty,notional:sum qty*price,execs:count i by id from l;
  r:select sym:first sym where sym<>`,side:first side where side<>`,parent:last parent where parent<>`,broker:last broker where broker<>`,
    trader:last trader where trader<>`,account:last account where account<>`,start:first at by id from o;
  r:update sym:symf^sym,side:sidef^side,parent:.ord.i.canon[d;parentf^parent]from r uj l;
  t:select from o where event in .ord.cfg.terms,not(event=`new)&i<>(first;i)fby([]id;event);
  / what a day began with holds where nothing else is known, as a message of the day before may have come after midnight
  t:(select from t where event=`carry),select from t where event<>`carry;
  r:r lj select qty:last qty where not null qty,price:last price where not null price,tif:last tif where tif<>`,algo:last algo where algo<>`,
    ordtype:last ordtype where ordtype<>`,clordid:last clordid where event in`new`replaced by id from t;
  r:r lj select placed:0<sum event=`new,replaces:sum event=`replace,cancels:sum event=`cancel,rejects:sum event=`cancelreject by id from o;
  r:(0!r lj .ord.i.closed o);
  r:r lj 1!select id,before from b;
  r:update notional:0^notional,avgpx:notional%cum,cum:(0f^before)+0^cum,execs:0^execs,replaces:0^replaces,cancels:0^cancels,rejects:0^rejects,closed:?[(closed=`rejected)&cum>0;`;closed]from r;
  full:exec(cum>0)&(not null qty)&cum>=qty from r;
  r:update status:?[not null closed;closed;?[full;`filled;?[not null waits;waits;?[cum>0;`partial;?[acked;`new;`sent^early]]]]]from r;
  r:update open:not status in .ord.cfg.closed from r;
  select id,sym,side,parent,status,open,qty,price,cum,leaves:?[open;0|qty-cum;0f],avgpx,execs,ordtype,tif,algo,broker,trader,account,clordid,
    placed,replaces,cancels,rejects,start from r }

// how each order was closed (null if it works), what it waits for, and whether the broker has it
.ord.i.closed:{[o]
  o:update acked:event in`ack`replaced`restated`canceled`done`expired`pendingcancel`pendingreplace`cancelreject,gone:event in .ord.cfg.closing,
    opens:event in .ord.cfg.opening,asks:event in`pendingcancel`pendingreplace,
    answers:event in`replaced`canceled`cancelreject`done`expired`restated`carry from o;
  r:select acked:any acked,lastgone:last event where gone,gone:max ?[gone;i;-1],opens:max ?[opens;i;-1],asked:last event where asks,
    asks:max ?[asks;i;-1],answers:max ?[answers;i;-1],early:last event where event=`pendingnew,refused:any(event=`reject)&not code=`duplicate by id from .ord.i.with[o;`code;`];
  1!select id,acked,early,closed:?[gone>opens;lastgone;?[refused&not acked;`rejected;`]],waits:?[asks>answers;asked;`]from 0!r }

// what of each order is filled (run) and worth (val) after each of its executions, busts and corrections: each row changes what its execution
// is worth, a bust to nothing for good
.ord.i.running:{[r]
  r:update q:?[maxs kind=`bust;0f;qty],v:?[maxs kind=`bust;0f;qty*price]by root from r;
  r:update dq:q-0^prev q,dv:v-0^prev v by root from r;
  delete q,v,dq,dv from update run:sums dq,val:sums dv by id from r }

// rows of x with the columns of the last row of y, of their id, that was said before or with them
.ord.i.asof:{[x;y]
  k:`at`seq xasc distinct(select at,seq from x),select at,seq from y;
  n:{[k;t]update said:k?([]at;seq)from t}[k];
  delete said from aj[`id`said;n x;`id`said xasc delete at,seq from n y] }

// @desc What does not add up, message by message in the order of the senders' clocks: cum (14 is not the sum of the live fills), avg (6 is not their
// average price), total (38 is not 14+151 of an open order), over (more is filled than ordered), parked (a bust, correction or DK of an
// unknown execution). The figures are kept; an order with a row here is in doubt. A parent is compared with fills of its own only.
// @return {table} time sym kind id execid said (by the message) found (from the fills)
.ord.quality:{[o;f].ord.qualityOf[o;f;o`parent]}
// @desc The same of some orders by all their rows. @param p {symbol[]} orders that have children, whether their rows are here or not
.ord.qualityOf:{[o;f;p]
  e:([]time:0#0Np;sym:0#`;kind:0#`;id:0#`;execid:0#`;said:0#0n;found:0#0n);
  o:.ord.i.with/[o;`origclordid`seq`etime`cumqty`leavesqty;(`;0N;0Np;0n;0n)];
  f:.ord.i.with/[f;`cum`avgpx`leaves;0n];
  d:.ord.joined o;
  o:`at`seq xasc update id:.ord.i.canon[d;id],at:time^etime from select from o where not event=`joined;
  r:update id:.ord.i.canon[d;order],at:time^etime from .ord.i.roots f;
  r:`at`seq`j xasc select from r where live,kind in`new`bust`correct,own|kind<>`new;
  b:.ord.i.before o;
  r:$[count r;.ord.i.running r;update run:0#0n,val:0#0n from r];
  / of an order carried in from a day whose fills are not at hand the average price is not known
  r:update run:run+0f^before,val:?[0<0f^before;0n;val]from r lj 1!b;
  e,:select time,sym,kind:`cum,id,execid,said:cum,found:run from r where not null cum,.ord.cfg.qtytol<abs[cum-run]%1|abs run;
  e,:select time,sym,kind:`avg,id,execid,said:avgpx,found:val%run from r where not null avgpx,not null val,run>0,avgpx<>0,.ord.cfg.avgtol<abs[avgpx-val%run]%abs val%run;
  / what was ordered when, and what was filled: messages of one moment in the order of their numbers
  t:select id,at,seq,want:qty from o where event in .ord.cfg.terms,not null qty;
  s:select from o where not null cumqty,not event in`new`replace`cancel`carry;
  / a parent of which only the children's fills are reported has none to compare with
  s:select from s where(id in r`id)|not id in p;
  r:.ord.i.asof[r;t];
  s:update run:(0f^before)^run from .ord.i.asof[s;select id,at,seq,run from r]lj 1!b;
  e,:select time,sym,kind:`total,id,execid,said:want,found:cum+leaves from r where leaves>0,not null want,.ord.cfg.qtytol<abs[want-cum+leaves]%1|want;
  e,:select time,sym,kind:`over,id,execid,said:want,found:run from r where not null want,run>want*1+.ord.cfg.qtytol;
  e,:select time,sym,kind:`leaves,id,execid,said:leaves,found:want-run from r where not null leaves,leaves<0;
  e,:select time,sym,kind:`leaves,id,execid:`,said:leavesqty,found:qty-0^run from s where not null leavesqty,leavesqty<0;
  e,:select time,sym,kind:`cum,id,execid:`,said:cumqty,found:0^run from s where .ord.cfg.qtytol<abs[cumqty-0^run]%1|abs 0^run;
  e,:select time,sym,kind:`total,id,execid:`,said:qty,found:cumqty+leavesqty from s where leavesqty>0,not null qty,not event in`pendingreplace,
    .ord.cfg.qtytol<abs[qty-cumqty+leavesqty]%1|qty;
  e,:select time,sym,kind:`parked,id:order,execid:refid,said:qty,found:0n from .ord.parked f;
  `time xasc e }

// @desc Orders and executions of which a message was refused, so that what it said is missing.
// @param k {table} rows of dq
// @return {symbol[]}
.ord.refused:{[k](exec distinct id from k where kind in .ord.cfg.refused)except`}

// @desc Orders whose parent, or whose own request, has not been seen.
// @return {table} id parent why (noparent: the named parent is unknown; norequest)
.ord.orphans:{[o;f]
  s:.ord.state[o;f];
  p:exec id from s where placed;
  (select id,parent,why:`noparent from s where parent<>`,not parent in p),select id,parent,why:`norequest from s where not placed }
