// One row a parent: every figure of the catalogue, and the reason where one is null.

// @desc Everything known of each parent.
// @param d {dict} a arrivals with ref and preopen; o orders; m live fills with the market at each, their role and smid (mid when their child was
//   sent); c children with the market at each send; q quotes; t trades; l leak tests; b executions beyond their limit; f all fills, with
//   busts and corrections; w as of when
.tca.batchParents:{[d]
  a:d`a;o:d`o;m:d`m;c:d`c;q:d`q;t:d`t;b:d`b;w:d`w;
  m:`time xasc m;
  p:0!.tca.parents[a;m];
  p:p lj`parent xkey select parent,ref,decision,preopen,bid0:bid,ask0:ask from a;
  p:p lj .tca.i.lives[p;o;m;c;w];
  p:p lj .tca.i.ends[p;a;o;m;q;w];
  p:p lj .tca.perold[a;o;m;q;exec parent!mend from p];
  p:p lj`parent xkey select parent,tosendc:tosend,tofillc:tofill,half from 0!.tca.legs m;
  p:p lj .tca.drift select parent,side,arrival,send0,m0,m1,end:mpost from p;
  p:update reversion:neg post from p;
  p:.tca.i.benchmarks[p;q;t;m;w];
  p:p lj .tca.i.spreads[m;w];
  p:update improve0:1e4*.tca.sign[side]*(?[side=`buy;ask0;bid0]-avgpx)%?[side=`buy;ask0;bid0]from p;
  p:p lj .tca.i.adverse[m;q;w];
  p:p lj .tca.i.behaviour[m;c;w];
  p:p lj .tca.i.leaks d`l;
  p:p lj select rev:1+sum kind in`bust`correct by parent from d`f;
  / what else the file says of the parent
  k:cols[o]except`time`sym`id`parent`event`side`qty`price`algo`broker`trader`venue`account`decision;
  if[count k;p:p lj`parent xkey(`parent,k)xcol(`id,k)#select from o where event=`new,parent=`,i=(first;i)fby id];
  p:update asof:w,rev:1^rev from p;
  p:update flags:.tca.i.flags[p;exec distinct parent from m where execid in b]from p;
  .tca.publish[`parent].tca.because[delete m0,m1,send0,mend,mpost,bid0,ask0,preopen,decision,reason,freason,sreason,ereason,preason,vreason,lreason,passives,ended from p;.tca.i.why p] }

// when a parent's fills began and ended, and when it did: fully filled, cancelled, or still open (as of w)
.tca.i.lives:{[p;o;m;c;w]
  x:select ff:min time,lf:max time,m0:first mid,m1:last mid,freason:first reason where not null reason by parent from m;
  e:select ended:min time by parent:id from o where event in .tca.cfg.ends,id in p`parent;
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
  p:p lj select slip5:1e4*.tca.total[cost]%sum qty*arrival by parent from m where time>w-0D00:05;
  p lj .tca.i.intervals m }

// interval of the slippage, by a bootstrap over 60 s blocks
.tca.i.intervals:{[m]
  if[not count m;:([parent:0#`]sliplo:0#0n;sliphi:0#0n)];
  g:exec i by parent from m;
  z:{.stat.boot[x`cost;x[`qty]*x`arrival;0D00:01 xbar x`time;.tca.cfg.draws;.tca.cfg.seed]}each m value g;
  ([parent:key g]sliplo:1e4*z`lo;sliphi:1e4*z`hi) }

.tca.i.spreads:{[m;w]
  select improve:.tca.total improve,effective:.tca.total[effective*qty*mid]%sum qty*mid,quoted:.tca.total[quoted*qty*mid]%sum qty*mid by parent from m }

// minus the mean markout of maker fills
.tca.i.adverse:{[m;q;w]
  k:.tca.markouts[select from m where role=`add;q;0D00:00:01 0D00:00:05;w];
  (select adverse:neg avg markout by parent from k where h=0D00:00:01)uj select adverse5:neg avg markout by parent from k where h=0D00:00:05 }

.tca.i.behaviour:{[m;c;w]
  r:.tca.aggressor m;
  k:update passive:.tca.passive c,near:?[side=`buy;bsize;asize]from c;
  r:r uj`parent xkey .tca.signalling[c;m];
  r:r uj .tca.footprint c;
  r:r uj select displayed:med qty%near,passives:sum passive by parent from k;
  g:exec i by parent from k where passive;
  x:.tca.fillProbability[;0D00:00:01 0D00:00:10;w]each k each value g;
  r uj 1!flip`parent`fp1`fp10!(`symbol$key g;"f"$x[;0];"f"$x[;1]) }

// the class of a parent's test that says most: pure signalling first
.tca.i.leaks:{[l]
  l:`order0 xasc update order0:`post`take`cancel`amend?class from l;
  1!select parent,leak:mean,leaklo:lo,leakhi:hi,leakt:t,leakn:n,leakclass:class,leakverdict:verdict,
    lreason:?[verdict=`collecting;`$"n=",/:string[n],\:", collecting";`$"no matched controls"]from 0!select by parent from reverse l }

.tca.i.flags:{[p;b]
  `$" "sv'string except[;`]each flip(?[p[`parent]in b;`LIMIT_BREACH;`];?[p`preopen;`PREOPEN;`];?[p[`filled]>p`qty;`OVERFILL;`];
    ?[null p`decision;`DECISION_IS_ARRIVAL;`];?[p[`rev]>1;`REVISED;`];?[p`open;`OPEN;`]) }

// the reason of each figure, were it null
.tca.i.why:{[p]
  none:0=p`filled;
  nf:{[none;r]?[none;`nofills;r]}[none];
  a:p`reason;
  ar:nf a;
  fr:nf ?[null a;p`freason;a];
  is:?[null a;?[null p`freason;?[null p`ereason;p`sreason;p`ereason];p`freason];a];
  v:p`vreason;
  few:count[p]#`$"n is too small";
  none1:{[p;x]count[p]#`$x}[p];
  `arrival`ref`avgpx`cost`slip`sliplo`sliphi`slip5`is`isbps`paper`executed`opportunity0`delay`timing`spread`opportunity`tosendc`tofillc`half`tosend`tofill`pre`during`post`total`reversion`twap`twapbps`twapf`twapfbps`vwap`vwapbps`vwapex`vwapexbps`participation`part1`part5`pwp5`pwp5bps`pwp10`pwp10bps`pwp20`pwp20bps`improve`improve0`effective`quoted`adverse`adverse5`aggressor`inferred`unknown`fillratio`fp1`fp10`cancelsperfill`amendsperchild`ordertotrade`life`displayed`gaplag`gapentropy`modalsize`leak`leaklo`leakhi`leakt!
    (a;a;nf a;ar;ar;few;few;none1"no fills in the window";is;is;a;fr;is;is;is;fr;is;fr;fr;fr;?[null a;p`sreason;a];?[null p`sreason;fr;p`sreason];fr;fr;
    ?[null fr;p`preason;fr];?[null fr;p`preason;fr];?[null fr;p`preason;fr];
    none1"no quote";nf none1"no quote";nf none1"no quote";nf none1"no quote";v;nf v;v;nf v;v;none1"no public prints";none1"no public prints";
    .tca.i.pwpWhy p;.tca.i.pwpWhy p;.tca.i.pwpWhy p;.tca.i.pwpWhy p;.tca.i.pwpWhy p;.tca.i.pwpWhy p;fr;ar;fr;fr;
    none1"no final markout of a maker fill";none1"no final markout of a maker fill";none1"no 851";none1"no 851";nf none1"no 851";none1"no child";
    ?[0<p`passives;`$"nothing seen for so long";`$"no resting child"];?[0<p`passives;`$"nothing seen for so long";`$"no resting child"];nf none1"no child";none1"no child";nf none1"no child";none1"no child";
    none1"no size quoted";few;few;none1"no child";p`lreason;p`lreason;p`lreason;p`lreason) }

.tca.i.pwpWhy:{?[`noprints=x`vreason;`noprints;`$"volume not there yet"]}
