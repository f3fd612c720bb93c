// One row a parent: every figure of the catalogue, and the reason where one is null.

// @desc Everything known of each parent, as published: see .tca.rawParents.
.tca.batchParents:{.tca.publishParents .tca.rawParents x}

// @desc Everything known of each parent, with what is needed to say why a figure is null.
// @param d {dict} a arrivals with ref, preopen and fx; o orders; m live fills with the market at each, their role, segment and smid (mid when their child was
//   sent); c children with the market at each send and passive; q quotes; t trades; l leak tests; b fills beyond their limit; f all fills, with
//   busts and corrections; doubt parents of .tca.withDoubts; w as of when
.tca.rawParents:{[d]
  a:d`a;o:d`o;m:d`m;c:d`c;q:d`q;t:d`t;b:d`b;w:d`w;
  m:`time xasc m;
  p:0!.tca.parents[a;m];
  p:p lj`parent xkey select parent,ref,decision,preopen,bid0:bid,ask0:ask,currency,fx,fxreason,carried,before,origin from a;
  p:.tca.inQuantity[p;o;m];
  p:p lj .tca.i.lives[p;o;m;w];
  p:p lj .tca.i.ends[p;a;o;m;q;w];
  p:p lj .tca.perold[a;o;m;q;exec parent!mend from p];
  p:p lj`parent xkey select parent,tosendc:tosend,tofillc:tofill,half from 0!.tca.legs m;
  / why the mid at a child's send is not known
  p:p lj select kreason:first kreason where not null kreason by parent from(select parent,order from m)lj`order xkey select order:id,kreason:reason from c;
  p:p lj .tca.drift select parent,side,arrival,send0,m0,m1,end:mpost from p;
  p:update reversion:neg post,execbps:1e4*executed%paper from p;
  p:.tca.i.benchmarks[p;q;t;m;w];
  p:p lj .tca.i.spreads[m;w];
  p:update slipo:.tca.originally p from p;
  p:update far0:?[null arrival;0n;?[side=`buy;ask0;bid0]]from p;
  p:delete far0 from update improve0c:filled*.tca.sign[side]*far0-avgpx,improve0:1e4*.tca.sign[side]*(far0-avgpx)%far0 from p;
  p:update 0^adversen,0^adverse5n from p lj .tca.i.adverse[m;q;w];
  p:p lj .tca.i.behaviour[m;c;w];
  p:update 0^children,0^passives,0^posts from p;
  p:p lj .tca.trailing[m;c;w];
  p:.tca.expected[p;.tca.cfg.reference;.tca.model .tca.cfg.calibrate];
  p:p lj .tca.i.leaks d`l;
  p:p lj select rev:1+sum kind in`bust`correct`dk by parent from d`f;
  / what else the file says of the parent
  k:cols[o]except`time`sym`id`parent`event`side`qty`price`algo`broker`trader`venue`account`decision`displayqty`origin;
  if[count k;p:p lj`parent xkey(`parent,k)xcol(`id,k)#select from o where event in`new`carry,parent=`,i=(first;i)fby id];
  p:update asof:w,rev:1^rev,unsound:parent in d`doubt from p;
  update flags:.tca.i.flags[p;exec distinct parent from b]from p }

// @desc Parents with the quantity in force, and how much of it is done.
// @param p {table} parents: parent qty filled
// @param o {table} orders
// @param f {table} live fills
.tca.inQuantity:{[p;o;f]
  p:p lj .tca.floats[`ordered]select ordered:last qty by parent from .tca.quantities[o;f]where not event in .tca.cfg.ends;
  p:update ordered:qty^ordered from p;
  update done:?[ordered>0;filled%ordered;1f]from p }

// @desc What more a batch says of parents: intervals by random draws, their place among peers and in the market's own footprint, their share of the touch, and
// what their last switch saved. It takes the whole market and history, so the real-time engine has none of it.
// @param p {table} .tca.rawParents; d {dict} that it was made from; s {table} .tca.switches
// @return {table} p with .tca.batchOnly and the ends of intervals
.tca.background:{[p;d;s]
  p:(p lj .tca.touch[p;d`m;d`c;d`q;d`t;d`book])lj .tca.footprintRank[d`c;d`m;d`t];
  p:p lj .tca.adverseBands[d`m;d`q;d`w];
  p:.tca.besidePeers[.tca.bands[p;d`m;d`c];.tca.history .tca.cfg.history];
  .tca.i.counted0 .tca.withSaving[p;s] }

.tca.batchOnly:`addshare`takeshare`gaplagpct`gapentropypct`sizelagpct`sizeentropypct`modalsizepct`footprints`peers`norm`mad`peerz`saving`savingbps`savelabel

// @desc Parents under the names of .tca.catalogue, with reasons, and in the base currency too where there is one.
.tca.publishParents:{[p]
  based:.tca.cfg.base<>`;
  if[based;p:.tca.inBase[`parent;p]];
  why:.tca.i.why p;
  if[based;
    k:cols[p]where cols[p]like"*Base";
    why,:(`fx,k)!enlist[p`fxreason],{[p;why;k]?[null p`fx;p`fxreason;$[k in key why;why k;`unknown]]}[p;why]each`$-4_'string k];
  gone:.tca.i.inner,$[based;();`fx],$[based|count .tca.cfg.reference;();`currency];
  c:(cols[p]except gone,k),k:`asof`rev`flags;
  .tca.publish[`parent].tca.because[c#p;why] }

// parents with what each interval is made from: <figure>n beside <figure>lo and <figure>hi
.tca.i.counted0:{[p]
  c:exec col from .tca.catalogue where level=`parent;
  c:c where(`$string[c],\:"lo")in cols p;
  c:c where not(`$string[c],\:"n")in cols p;
  .tca.beside[p;flip(`$string[c],\:"n")!0^p .tca.i.counts c] }
.tca.i.inner:`carried`m0`m1`send0`mend`mpost`bid0`ask0`preopen`decision`reason`freason`sreason`ereason`preason`vreason`lreason`sareason`kreason`ended`fxreason`unsound

// when a parent's fills began and ended, and when it did: fully filled, cancelled, or still open (as of w)
.tca.i.lives:{[p;o;m;w]
  x:select ff:min time,lf:max time,m0:first mid,m1:last mid,freason:first reason where not null reason by parent from m;
  e:select ended:min time by parent from .tca.changes o where event in .tca.cfg.ends;
  r:(select parent,done from p)lj x lj e;
  delete done from 1!update until:?[(done>=1)&not null lf;lf;w^ended],open:(done<1)&null ended from r }

// mids at the first release, at the end, and when the post-trade drift stops
.tca.i.ends:{[p;a;o;m;q;w]
  r:select rel:min time by parent from .tca.releases[a;o;m];
  r:(select parent,sym,lf from p)lj r;
  at:{[q;r;t].tca.state[([]sym:r`sym;time:t);q]}[q;r];
  s:at r`rel;e:at count[r]#w;h:at w&r[`lf]+.tca.cfg.post;
  1!select parent,send0:s`mid,sreason:?[null rel;`$"no child";s`reason],mend:e`mid,ereason:e`reason,mpost:h`mid,preason:h`reason,
    poststate:?[null lf;`;?[w<lf+.tca.cfg.post;`pending;`final]]from r }

// slippage of the fills of the last 5 minutes, from running cost and notional at their times
.tca.i.rolled:{[t;a;b;w]k:t bin w-.tca.cfg.rollspan;1e4*(last[a]-0f^a k)%last[b]-0f^b k}

// average price against TWAP, VWAP, PWP; participation; slippage of the last 5 minutes, and the interval of all of it
.tca.i.benchmarks:{[p;q;t;m;w]
  off:{[p;b]1e4*.tca.sign[p`side]*(p[`avgpx]-b)%b};
  k:select parent,sym,t0:start,t1:until from p;
  v:.tca.vwap[k;t;m];
  p:update twap:.tca.twaps[k;q],twapf:.tca.twaps[update t1:p`lf from k;q]from p;
  p:.tca.beside[p;select vwap,vwapex,participation,volume,prints,vreason:reason from v];
  p:update part1:(.tca.vwap[update t0:t1-0D00:01 from k;t;m])`participation,part5:(.tca.vwap[update t0:t1-0D00:05 from k;t;m])`participation from p;
  k:select sym,t0:start,qty from p;
  p:update pwp5:.tca.pwp[k;t;.05],pwp10:.tca.pwp[k;t;.1],pwp20:.tca.pwp[k;t;.2]from p;
  p:update twapbps:off[p;twap],twapfbps:off[p;twapf],vwapbps:off[p;vwap],vwapexbps:off[p;vwapex],
    pwp5bps:off[p;pwp5],pwp10bps:off[p;pwp10],pwp20bps:off[p;pwp20]from p;
  p lj .tca.floats[`slip5`slip20](select slip5:.tca.i.rolled[time;sums cost;sums qty*arrival;w]by parent from m)uj
    select slip20:1e4*.tca.total[cost]%sum qty*arrival by parent from m where .tca.cfg.rollfills>({reverse til count x};i)fby parent }

.tca.i.spreads:{[m;w]
  .tca.floats[`improve`effective`quoted]select improve:.tca.total improve,effective:.tca.total[effective*qty*mid]%.tca.sum qty*mid,quoted:.tca.total[quoted*qty*mid]%.tca.sum qty*mid by parent from m }

// @desc Minus the markouts of maker fills at horizons hs, as far as they are known: parent time h, and y over b, see .tca.weighted.
.tca.makers:{[m;q;hs;w].tca.made(.tca.markouts[m;q;hs;w]lj .tca.cfg.fill xkey select execid,parent,time,qty,price from m:select from m where role=`add)}
// @param d {table} markout qty price of maker fills
.tca.made:{[d]
  d:select from d where not null markout;
  z:.tca.weighted[neg d[`markout]*n;n:d[`qty]*d`price];
  select parent,time,h,y,b from update y:z 0,b:z 1 from d }

/ horizons of adverse selection, and the figures at each
.tca.i.adverses:0D00:00:01 0D00:00:05!`adverse`adverse5

// minus the mean markout of maker fills, and of how many
.tca.i.adverse:{[m;q;w]
  k:.tca.makers[m;q;key .tca.i.adverses;w];
  (uj/){[k;h0;c](`parent,c,`$string[c],"n")xcol .tca.floats[`y]select y:.tca.sum[y]%.tca.sum b,n:count i by parent from k where h=h0}[k]'[key .tca.i.adverses;value .tca.i.adverses] }

// @desc Intervals of parents' adverse selection: keyed by parent, adverselo adversehi adverse5lo adverse5hi.
.tca.adverseBands:{[m;q;w]
  k:.tca.makers[m;q;key .tca.i.adverses;w];
  (uj/){[k;h0;c]
    k:0!select y,b,g:0D00:01 xbar time by parent from k where h=h0;
    z:{[y;b;g].stat.boot[y;b;g;.tca.cfg.draws;.tca.cfg.seed]`lo`hi}'[k`y;k`b;k`g];
    1!.tca.beside[select parent from k]flip(`$string[c],/:("lo";"hi"))!$[count k;flip z;2#enlist 0#0n]}[k]'[key .tca.i.adverses;value .tca.i.adverses] }

.tca.i.behaviour:{[m;c;w]
  r:.tca.aggressor m;
  k:update near:?[side=`buy;bsize;asize]from c;
  r:r uj`parent xkey .tca.signalling[c;m];
  r:r uj .tca.footprint c;
  r:r uj select passives:sum passive,posts:sum posted by parent from k;
  / what is said of none is shown in full
  k:update shown:qty^qty&displayqty from k;
  r:r uj select displayed:med shown%near,displayedpart:med(qty&displayqty)%qty by parent from k where passive;
  g:exec i by parent from k where posted;
  h:0D00:00:01 0D00:00:10;
  x:{[h;w;c].tca.fillProbability[c;h;w],.tca.fillInterval[c;h;w]}[h;w]each k each value g;
  n:`fp1`fp10`fp1lo`fp10lo`fp1hi`fp10hi;
  r uj 1!.tca.beside[([]parent:`symbol$key g);flip n!$[count g;"f"$flip x;6#enlist 0#0n]] }

.tca.i.leaks:{[l]
  1!select parent,leak:mean,leaklo:lo,leakhi:hi,leakt:t,leakn:n,leakclass:class,leakverdict:verdict,
    lreason:?[verdict=`collecting;`$"n=",/:string[n],\:", collecting";?[verdict=`untested;`$"fills within tau";`$"no matched controls"]]
    from .leak.foremost l }

.tca.i.flags:{[p;b]
  `$" "sv'string except[;`]each flip(?[p[`parent]in b;`LIMIT_BREACH;`];?[p`preopen;`PREOPEN;`];?[p`carried;`CARRIED;`];?[p[`filled]>p`ordered;`OVERFILL;`];
    ?[null p`decision;`DECISION_IS_ARRIVAL;`];?[p[`rev]>1;`REVISED;`];?[p`open;`OPEN;`];?[p`unsound;`DATA;`]) }

// the reason of each figure, were it null; the real-time engine asks again when what it looks at here has changed (.rt.i.why)
.tca.i.why:{[p]
  nf:{[none;r]?[none;`nofills;r]}[0=p`filled];
  all0:{[p;x]count[p]#`$x}[p];
  a:p`reason;ar:nf a;s:p`sreason;v:p`vreason;
  fr:nf ?[null a;p`freason;a];
  nl:?[0=0^p`qty;`$"no quantity";`];
  / of the whole the end is asked first, of its parts what each takes; else it is a change of quantity
  one:{[am;nl;x]am^nl^{y^x}/[x]}[?[null .tca.sign p`side;`;`$"no quote at an amendment"];nl];
  e:p`ereason;sent:?[s=`$"no child";`;s];
  dr:?[null fr;p`preason;fr];
  lr:?[null fr;$[`kreason in cols p;p`kreason;count[p]#`];fr];
  few:all0"n is too small";nq:all0"no quote";np:all0"no public prints, or fewer than ours";vx:(all0"no public prints but ours")^v;
  nc:?[0=0^p`children;`$"no child";`$"no fills"];
  posts:?[0<0^p`posts;`$"nothing seen for so long";?[0<0^p`passives;`$"no post at the touch";`$"no resting child"]];
  rest:?[nc=`$"no child";nc;`$"no resting child"];
  pw:?[`noprints=v;`noprints;`$"volume not there yet"];
  ex:nf ?[null p`sigma;`$"no reference data";?[0=p`days;`$"no time has passed";`$"no reference data"]];
  pn:nf ?[30>0^$[`peers in cols p;p`peers;count[p]#0];`$"fewer than 30 peers";few];
  d:(`arrival`ref`paper`fees!(a;a;nl^a;nl)),
    (`cost`slip`improve0`improve0c!4#enlist ar),
    (`origin`slipo!(o;nf o:?[p`carried;`$"first day not at hand";a])),
    (`costlo`costhi`sliplo`sliphi!4#enlist few^ar),
    (`executed`execbps`timing`spread!(nl^fr;nl^fr;one(fr;s);nl^fr)),
    (`improve`effective`quoted`half`during!5#enlist fr),
    (`is`isbps`opportunity0`delay`opportunity!(one(a;e;s;p`freason);one(a;e;s;p`freason);one(a;e;s);one(a;sent;e);one(a;e;s))),
    (`avgpx`avgpxlo`avgpxhi!3#enlist nf few),
    (`slip5`slip20!2#enlist nf all0"no fills in the window"),
    (`tosendc`tofillc`tosend`tofill`pre`post`total`reversion!(lr;lr;?[null a;s;a];?[null s;fr;s];fr;dr;dr;dr)),
    (`twap`twapf`twapbps`twapfbps!(nq;nf nq;nf nq;nf nq)),
    (`vwap`vwapex`participation`part1`part5`vwapbps`vwapexbps!(v;vx;v;np;np;nf v;nf vx)),
    (`pwp5`pwp10`pwp20`pwp5bps`pwp10bps`pwp20bps!(3#enlist pw),3#enlist nf pw),
    (`adverse`adverse5`adverselo`adversehi`adverse5lo`adverse5hi!(2#enlist all0"no final markout of a maker fill"),4#enlist few),
    (`aggressor`inferred`unknown`unknownshare`taken`made`takespost!(all0"no 851";all0"no 851";nf all0"no 851";nf all0"no 851";nf few;nf few;nf all0"nothing made")),
    (`fillratio`cancelsperfill`amendsperchild`ordertotrade`life`displayed`displayedpart!(nc;nc;nc;nc;rest;?[0<0^p`passives;`$"no size quoted";rest];?[0<0^p`passives;`$"no displayed quantity reported";rest])),
    (`fp1`fp10`fp120`fp1020`fp15m`fp105m!6#enlist posts),
    (`fillratio20`fillratio5m`cancelsperfill20`cancelsperfill5m!4#enlist ?[nc=`$"no child";nc;`$"none in the window"]),
    (`aggressor20`aggressor5m!2#enlist all0"no 851 in the window"),
    (`gaplag`gapentropy`sizelag`sizeentropy`modalsize!(few;few;few;few;nc)),
    (`gaplagpct`gapentropypct`sizelagpct`sizeentropypct`modalsizepct!5#enlist ?[`noprints=v;`noprints;few]),
    (`addshare`takeshare!(all0"no size seen to be added, or less than ours";np)),
    (`leak`leaklo`leakhi`leakt!4#enlist(all0"no child")^p`lreason),
    (`adv`sigma`shares`cap`advshare!5#enlist all0"no reference data"),
    (`permanent`expected`expectedroot`excess`excessz!5#enlist ex),
    (`norm`mad`peerz!3#enlist pn),
    $[`saving in cols p;`saving`savinglo`savinghi`savingbps`savingbpslo`savingbpshi!6#enlist p`savelabel;()!()];
  / ends of intervals that are not said above
  ends:(raze`$string[exec col from .tca.catalogue where level=`parent],\:/:("lo";"hi"))except key d;
  d,:ends!count[ends]#enlist few;
  / of an order without a side there is neither cost nor gain
  if[any sideless:null .tca.sign p`side;d:{[k;r]?[k&null r;`$"no side";r]}[sideless]each d];
  d }
