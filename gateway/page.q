// What the traders' page and its history ask for. All of it is presentation of what the real-time engine wrote (score, markout, alert, health)
// and of what q/tca computes; days run from the last one in the HDB to the present, so that an evening's page is not empty.

.boot.use each`stat,`$("tca/behave";"tca/segment";"rt/lamp";"rt/limits");
.page.from:{-0Wd^.gw.last[]}

/ rows at most: points of a trail, alerts, quotes beside an order's life, events that controls are sought for
.page.cfg:`points`alerts`around`events`near!(1000;200;40;300;0D00:00:02)
/ horizons of the control line, and the stretch over which behaviour is looked at
.page.cfg[`horizons`behave`marks]:(0D00:00:00.025 0D00:00:00.1 0D00:00:00.5 0D00:00:01 0D00:00:05 0D00:00:30;0D00:15;60)

// where clauses: rows of parent p; rows of orders i
.page.i.of:{[p]enlist(=;`parent;enlist p)}
.page.i.flow:{[p](|;(=;`parent;enlist p);(=;`id;enlist p))}

// @desc What the page shows in numbers: the newest score of each parent, every parent order as it stands, alerts, and how the engine itself is.
// @return {dict} scores orders alerts health, and of each source of the last five minutes how far its clock is (skew)
// @example .api.live[]
.api.live:{
  d0:.page.from[];
  o:.data.cells[d0;0Wd;`orders;`id`time`sym`event`side`qty`status`algo`broker`trader`account;enlist(=;`parent;enlist`)];
  o:select time:first time,first sym,first side,qty:last qty,status:last status,algo:last algo,first broker,first trader,first account,seen:last time by parent:id from o;
  `scores`orders`alerts`health`skew!(.data.latest[d0;0Wd;`score;`parent;()];0!o;
    neg[.page.cfg`alerts]sublist .api.alertsNow[];
    .page.i.sound[h;.api.checked[h:.data.latest[d0;0Wd;`health;`sym;()];k]];
    select sym,offset,level from k:.gw.late`skew) }
/ the lamp of the data is that of the engine, or a source's clock that is out; and why
.page.i.sound:{[h;c]
  c:select from c where lamp=`amber;
  h:$[count c;update data_lamp:`amber from h;h];
  update why:`$"; "sv{string[x],": ",y}'[c`check;c`detail]from h }

// @desc What is drawn for one parent: quotes (thinned to 1000 points), child sends, fills and switches of algo, in time order.
// @return {dict} quotes: time bid ask mid; sends: time price qty id; fills: time price qty liquidity; switches: time was algo
.page.chart:{[d0;d1;x]
  o:.data.rows[`orders;d0;d1;enlist .page.i.flow x];
  if[not count a:select from o where id=x;'"unknown parent ",string x];
  f:.tca.live .data.rows[`fills;d0;d1;.page.i.of x];
  t0:first[a`time]-0D00:00:05;
  t1:0D00:00:30+max(o`time),f`time;
  s:update was:prev algo from .tca.segments .data.plain o;
  `quotes`sends`fills`switches!(
    `time xasc select time,bid,ask,mid:.5*bid+ask from .data.thin[first a`sym;t0;t1;1000];
    `time xasc select time,price,qty,id from o where event=`new,id<>x;
    `time xasc select time,price,qty,liquidity from f;
    select time,was,algo from s where seg>0) }

// @desc A parent's scores through its life, at most 1000 of them, the newest among them; vwap is the benchmark that vwap_bps is against.
// @return {table} time and figures of score
.page.trail:{[d0;d1;x]
  k:`time`side`avg_price`slippage_bps`slippage_rolling_bps`expected_bps`quoted_spread_bps`vwap_bps`participation_5min`leak_bps`leak_t`cost_lamp`leak_lamp;
  t:.data.cells[d0;d1;`score;k;.page.i.of x];
  t:reverse .data.thinned[.page.cfg`points]reverse t;
  update vwap:avg_price%1+1e-4*vwap_bps*.tca.sign side from t }

// @desc Mean response of the mid at each horizon after a parent's sends, fills, cancels and replaces (bps, + is adverse), with a 95% interval robust to 60 s
// clusters. kind is all, or for sends passive or take.
// @return {table} event kind h label n mean lo hi
.page.drift:{[d0;d1;x]
  m:.data.cells[d0;d1;`markout;`id`event`at`h`state`response`rev;.page.i.of x];
  m:0!select by id,event,at,h from`rev xasc m;
  a:.data.cells[d0;d1;`arrival;`id`side`price`bid`ask`rev;.page.i.of[x],enlist(=;`event;enlist`new)];
  a:0!select by id from`rev xasc a;
  p:(a`id)!.tca.passive a;
  m:select from m where state=`final,not null response;
  m:update kind:`all from m;
  m,:update kind:?[p id;`passive;`take]from select from m where event=`send,id in key p;
  k:0!select y:response,b:0D00:01 xbar at by event,kind,h from m;
  none:([]event:0#`;kind:0#`;h:0#0Nn;label:0#`;n:0#0;mean:0#0n;lo:0#0n;hi:0#0n);
  if[not count k;:none];
  (select event,kind,h,label:.tca.label h from k),'select n,mean,lo,hi from .stat.clustered'[k`y;k`b] }

// @desc The same of the present: .api.chart .api.trail .api.drift .api.children .api.order .api.study
// @example .api.chart`P1
// @example .api.trail`P1
// @example .api.drift`P1
// @example .api.children`P1
// @example .api.order`C1
// @example .api.study`P1
.api.chart:{.page.chart[.page.from[];0Wd;x]}
.api.trail:{.page.trail[.page.from[];0Wd;x]}
.api.drift:{.page.drift[.page.from[];0Wd;x]}
.api.children:{.page.children[.page.from[];0Wd;x]}
.api.order:{.page.order[.page.from[];0Wd;x]}
.api.study:{.page.study[.page.from[];0Wd;x]}

// @desc The same of a date range.
// @param what {symbol} chart trail drift children order or study
// @param x {symbol} parent, or for order the order
// @example .api.past[.z.d-1;.z.d-1;`drift;`P1]
.api.past:{[d0;d1;what;x]
  if[not what in`chart`trail`drift`children`order`study;'"unknown view ",string what];
  .page[what][d0;d1;x] }

// @desc The children of a parent as they stand.
// @return {table} id time venue side qty price ordtype algo status filled avgpx events
.page.children:{[d0;d1;x]
  o:select from .data.rows[`orders;d0;d1;.page.i.of x]where not null id;
  f:.tca.live .data.rows[`fills;d0;d1;.page.i.of x];
  c:select time:first time,first venue,first side,qty:last qty,price:last price,first ordtype,algo:last algo,status:last status,events:count i by id from`time xasc o;
  `time xdesc 0!c lj select filled:sum qty,avgpx:qty wavg price by id:order from f }

// @desc One order's life: its events, its fills, the FIX messages as they came, and the quotes around its first event.
// @return {dict} events fills messages quotes
.page.order:{[d0;d1;x]
  o:`time xasc .data.rows[`orders;d0;d1;enlist(=;`id;enlist x)];
  if[not count o;'"unknown order ",string x];
  f:`time xasc .data.rows[`fills;d0;d1;enlist(=;`order;enlist x)];
  k:distinct(select session,seq from o),select session,seq from f;
  m:.data.messages[d0;d1;((in;`session;enlist distinct k`session);(in;`seq;distinct k`seq))];
  m:select from m where([]session;seq)in k;
  t:first o`time;n:.page.cfg`near;
  q:.data.around[first o`sym;t-n;t+n];
  q:`time xasc select time,venue,bid,ask,bsize,asize from q;
  / nearest to the order
  q:q asc .page.cfg[`around]sublist iasc abs q[`time]-t;
  `events`fills`messages`quotes!(
    select time,event,side,qty,price,ordtype,tif,venue,status,code from o;
    select time,execid,kind,refid,qty,price,venue,liquidity,fee from f;
    `time xasc select time,session,direction,seq,msgtype,problem,msg from m;q) }

// @desc Cost of the present fills by venue, algo, broker, trader and side of liquidity, see .tca.breakdown.
// @return {table} dim bucket n parents qty cost slip lo hi few
// @example select from .api.split[] where dim=`venue
.api.split:{
  d0:.page.from[];
  a:.data.arrivals[d0;0Wd];
  m:.tca.slippage[a;.data.fills[d0;0Wd]];
  m:m lj`parent xkey select parent,algo,broker,trader from a;
  m:update fx:1f,mo1:0n from .data.plain m;
  g:`venue`algo`broker`trader`liquidity!(m`venue;m`algo;m`broker;m`trader;`unknown^.tca.i.reported m`liquidity);
  select dim,bucket,n,parents,qty,cost,slip,lo,hi,few from raze .tca.breakdown[m]'[key g;value g] }

// @desc How a parent behaves, over the last 15 minutes at each of 60 moments of its life, and how the market moves where it does nothing: the control line of
// the drift, at the horizons of .page.cfg, for its newest sends. Takes the market's rows of the parent's whole life: seconds.
// @return {dict} behave: time made fp10 aggressor cancels spread; control: h label n mean
.page.study:{[d0;d1;x]
  o:.data.plain .data.rows[`orders;d0;d1;enlist .page.i.flow x];
  f:.data.plain .data.rows[`fills;d0;d1;.page.i.of x];
  none:`behave`control!(([]time:0#0Np;made:0#0n;fp10:0#0n;aggressor:0#0n;cancels:0#0n;spread:0#0n);([]h:0#0Nn;label:0#`;n:0#0;mean:0#0n));
  if[not count k:select from o where event=`new,id<>x;:none];
  s:first o`sym;
  t0:min[o`time]-0D00:15;t1:max[(o`time),f`time]+.tca.cfg.post;
  q:.data.plain .data.around[s;t0;t1];
  q:.tca.ordered .tca.integrals[();.tca.consolidate .tca.phased[();();q;.data.empty`status]0];
  w:1+max(q`time),(o`time),f`time;
  d:.tca.joined[q;o;f;w];
  m:`time xasc d`m;c:d`c;
  a:min o`time;e:max(o`time),f`time;
  u:a+("j"$(e-a)%.page.cfg`marks)*1+til .page.cfg`marks;
  b:.timeline.i.behave[.timeline.i.posts[d`o;c;m];m;u];
  n:{[w;x;y](x bin y)-x bin y-w}[.page.cfg`behave];
  b:update time:u,cancels:n[asc exec time from o where event=`cancel;u]%n[m`time;u]from b;
  b:b,'.timeline.i.spread[q;u];
  `behave`control!(`time`made`fp10`aggressor`cancels`spread#b;.page.i.control[s;c;q]) }

// mean move of the mid, in the parent's direction, at moments like those of its newest sends but without it (.leak.events)
.page.i.control:{[s;c;q]
  e:neg[.page.cfg`events]sublist`time xasc select parent,class:`post,time,side,size:qty from c;
  v:.tca.tape .data.empty`trade;
  r:raze{[s;e;q;v;h]
    x:@[.leak.cfg;`tau`step;:;(h;0D00:00:00.25)];
    d:.leak.events[s;e;q;v;.leak.i.nofills;x];
    y:exec(1e4*.tca.sign[side]*log m1%m0)-d from update m0:.tca.mid[([]sym:s;time);q],m1:.tca.mid[([]sym:s;time:time+h);q]from d;
    enlist`h`n`mean!(h;sum not null y;avg y)}[s;e;q;v]each .page.cfg`horizons;
  select h,label:.tca.label h,n,mean from r }

// @desc The last day in the HDB; null when there is none.
// @example .api.lastday[]
.api.lastday:{.gw.last[]}

// @desc What other thresholds would have shown on a day: its evaluations, which are its rows of score, again through the rules of the lamps (.lamp.replay), dwell and hysteresis included.
// Where the present thresholds are asked for, it is what was shown; of days written before scores had leak_lit LEAK is not judged.
// @param d {date}; x {dict} z cost leakSpread leakT: amber and red of each; profile (relative or demo); and some, if there are others than of all orders: rows
// as .limits.some has them, the most special last
// @return {table} parent lamp, amber red (seconds at each level), alerts (how many), which (their times, UTC, and levels)
// @example .api.preview[.z.d-1;`profile`z`cost`leakSpread`leakT!(`relative;1 2f;2 6f;.1 .25;2.8 3.3)]
.api.preview:{[d;x]
  k:`time`sym`parent`algo`trader`slippage_bps`expected_bps`excess_z`quoted_spread_bps`leak_n`leak_verdict`segment_bps`leak_late_bps`segment`segment_algo`leak_z`leak_spread_bps`leak_lit;
  s:.data.plain .data.cells[d;d;`score;k;()];
  / what was said again counts once
  s:`time xasc 0!select by parent,time from s;
  if[not count s;:([]parent:0#`;lamp:0#`;amber:0#0n;red:0#0n;alerts:0#0;which:0#`)];
  if[`some in key x;
    p:update algo:algo^segment_algo from s;
    if[any`<>x[`some]`accounts;p:p lj`parent xkey select parent,account from .data.arrivals[d;d]];
    x:x,.limits.narrowed[x;x`some;p]];
  r:.lamp.replay[s;x];
  v:update sec:1e-9*"f"$0D^(next time)-time by parent,lamp from r`levels;
  v:select amber:sum sec where level=1,red:sum sec where level=2 by parent,lamp from v;
  a:select alerts:count i,which:`$", "sv{string[`second$x]," ",string y}'[time;level]by parent,lamp from r`alerts;
  0!update alerts:0^alerts from v lj a }

// @desc All that the end-of-day report needs of a day: the catalogue (.tca.batch) of the parents of some traders and accounts, of all when both are empty;
// alerts as they stand, each parent's last live score, what was doubtful, and how many busts, corrections and amendments there were.
// @param d {date}; w {symbol[]} traders; a {symbol[]} accounts
// @return {dict} see .tca.batch; and alerts live dq changes catalogue
// @example .api.report[.z.d;0#`;0#`]
.api.report:{[d;w;a]
  w:(),w;a:(),a;
  o:.data.plain .data.orders[d;d];f:.data.plain .data.fills[d;d];
  p:exec distinct id from o where event in`new`carry,parent=`,(0=count[w]+count a)|(trader in w)|account in a;
  o:select from o where(id in p)|parent in p;
  f:select from f where(parent in p)|order in o`id;
  k:.data.plain .data.rows[`dq;d;d;()];
  x:`asof`horizons`index`closed`dq!(0Np;0#0Nn;`;.api.i.over d;k);
  m:.data.market[d;d;o;f;x];
  r:.tca.batch[m`quote;m`trade;o;f;x];
  l:select from .data.plain .data.latest[d;d;`score;`parent;()]where parent in p;
  c:(0!select n:count i by kind from f where kind<>`new),0!select n:count i by kind:event from o where event in`replace`cancel`reject;
  q:0!select n:count i by kind from k;
  y:select acted:min time by id:alert from .data.plain .data.rows[`alertlog;d;d;()]where action=`ack;
  r,`alerts`live`dq`changes`catalogue!((select from .api.alerts[d;d]where parent in p)lj y;l;q;c;.tca.catalogue) }
