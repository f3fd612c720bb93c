// What is kept of each parent so that a score costs the same however many children it has: sums that go on with each fill and child, from which the figures
// of a score follow by the formulas of q/tca. Sums are made in time order (.tca.sum), so they are the batch's bit for bit.
//
// Only what comes in order is added. All else, i.e. a parent's first rows, its own messages, busts, corrections, what is late or moves the market that the
// parent stood in, is .rt.stale: the parent is evaluated from all its rows, as the batch does, and the sums begin anew from those.

.rt.stateReset:{
  / one row a parent, by .rt.state.parent; slow: never added to
  .rt.state:([]parent:`u#0#`;sym:0#`;side:0#`;slow:0#0b;
    qty:0#0n;ordered:0#0n;start:0#0Np;arrival:0#0n;ref:0#0n;decision:0#0n;preopen:0#0b;bid0:0#0n;ask0:0#0n;carried:0#0b;origin:0#0n;algo:0#`;broker:0#`;trader:0#`;rev:0#0;breach:0#0b;
    / fills
    n:0#0;filled:0#0n;notional:0#0n;cost:0#0n;base:0#0n;paid:0#0n;mids:0#0n;fees:0#0n;improve:0#0n;effn:0#0n;quon:0#0n;wmid:0#0n;taken:0#0n;made:0#0n;
    ff:0#0Np;lf:0#0Np;m0:0#0n;m1:0#0n;freason:0#`;direct:0#0b;
    / markouts of maker fills after a second
    advn:0#0;adv:0#0n;advb:0#0n;
    / the algo that works now: its number, name, beginning and the mid then, what it has filled, that against that mid and at it; algos of children so far
    seg:0#0;segalgo:0#`;segtime:0#0Np;segref:0#0n;segn:0#0;segown:0#0n;segbase:0#0n;algos:();
    / children: how many, of those passive, posted at the touch, and cancelled
    children:0#0;passives:0#0;posts:0#0;cancels:0#0;
    / shortfall: lots, their reference and release; whether one still waits for a child; the first release
    lots:();refs:();rels:();waits:0#0b;send0:0#0n;sreason:0#`;
    / integrals of the mid and the tape before the arrival
    area0:0#0n;span0:0#0n;volume0:0#0n;notional0:0#0n;prints0:0#0;
    / of parents that are over, what stays as it was
    closed:0#0b;ended:0#0Np;until:0#0Np;twap:0#0n;vwap:0#0n;participation:0#0n;part5:0#0n;vreason:0#`;
    / the mid when the post-trade drift stops, for which last fill
    mpost:0#0n;preason:0#`;postof:0#0Np;
    / running sums at each fill, and at the end of each minute: times, quantity, cost, arrival notional
    ts:();qs:();cs:();bs:();ms:();mc:();mb:();
    / posts: lives of those filled and of those that ended without a fill, up to a second; the longest life; sends of those alive
    hit:();gone:();longest:0#0Nn;alive:());
  .rt.stale:0#`;
  / parents with orders that turned out to be one, or were linked late
  .rt.odd:0#`;
  / orders of which something does not add up; orders and executions of messages that were refused; parents that have children
  .rt.doubt:.rt.refused:0#`;
  .rt.above:`u#0#`;
  / children, by id: row is the parent's row; moved when a post was amended to another price; over: its life as a post is known; asked to be cancelled, left by a
  / cancel, and so counted as cancelled by us
  .rt.kid:([]id:`u#0#`;row:0#0;time:0#0Np;price:0#0n;posted:0#0b;moved:0#0Np;over:0#0b;filled:0#0b;ended:0#0b;asked:0#0b;left:0#0b;cancelled:0#0b); }

.rt.i.second:0D00:00:01

// rows of .rt.state of parents; past its end for those without one
.rt.i.row:{.rt.state[`parent]?x}
.rt.i.add:{[c;i;v].[`.rt.state;(i;c);+;v];}
.rt.i.put:{[c;i;v].[`.rt.state;(i;c);:;v];}

// @desc What a tick brought is added to the state of the parents that it concerns, or makes them stale.
// @param x {dict} o f: rows with root; a {table} the market at the rows of o; n {table} new executions with the market at each; r {symbol[]} parents that late rows concern
// @param b {timestamp} what is up to here came late
.rt.track:{[x;a;n;r;b]
  o:x`o;f:x`f;
  s:.rt.i.row(o`root),f`root;
  c:count o;
  / of what belongs to a parent that has not come nothing is known
  none:s=count .rt.state;
  s:.rt.state[`slow`waits`closed`direct]@\:s;
  s[0]|:none;
  so:c#/:s;sf:c _/:s;
  child:o[`root]<>o`id;
  k:.rt.kid[`id]?o`id;
  bad:not[child]|.rt.i.turned[o]|(o[`time]<=b)|(o[`event]in`carry`joined`linked)|so[0]|((o[`event]=`new)&so[1]|k<count .rt.kid);
  badf:(f[`time]<=b)|(f[`kind]<>`new)|sf[0]|sf[2]|(f[`order]=f`root)&not sf 3;
  if[any j:o[`event]in`joined`linked;.rt.odd:distinct .rt.odd,o[`root]where j];
  .rt.stale:distinct .rt.stale,r,(o[`root]where bad),f[`root]where badf;
  u:where child&o[`event]in`reject,.tca.cfg.answers;
  if[count u;.rt.stale:distinct .rt.stale,(o[`root]u)where .rt.i.overtaken each o u];
  u:where not n[`root]in .rt.stale;
  if[count u;.rt.i.fills[n u;.tca.limitAt[n u]`root`k _`k xasc select from .rt.o where id in n[`order]u]];
  if[count o:o u:where not o[`root]in .rt.stale;o:`time xasc .tca.beside[o;`bid`ask#a u]];
  v:o`event;
  if[count e:o where v=`new;.rt.i.sent e];
  if[count e:o where v=`replace;.rt.i.moves e];
  / what is filled first has its life, whatever ended it in the same tick
  u:where not n[`root]in .rt.stale;
  if[count u;.rt.i.hits n u];
  if[count e;.rt.i.moved e];
  if[count e:o where v in .tca.cfg.ends;.rt.i.ends e]; }

// which rows make another algo the one that works their parent now, see .tca.segments: the first child of an algo that has sent none, and one of an earlier algo after such a child
.rt.i.turned:{[o]
  c:o[`event]=`new;
  if[not any c:c&(o[`algo]<>`)&o[`root]<>o`id;:c];
  i:.rt.i.row o[`root]w:where c;
  g:o[`algo]w;
  @[c;w;:;not(g=.rt.state[i;`segalgo])|(.rt.state[i;`seg]=0)&g in'.rt.state[i;`algos]] }

// Whether the answer r takes back what was taken as accepted: it is the first of its order, or a reject, and comes after a cancel that was taken as the end, or after a fill that
// came after a request. Of an order that has been answered before, a request is none until it is accepted.
.rt.i.overtaken:{[r]
  x:select time,event from .rt.o where id=r`id,time<=r`time;
  if[any(x[`event]in .tca.cfg.answers)&x[`time]<r`time;:0b];
  t:exec min time from x where event in`replace`cancel;
  (t<0Wp)&(`cancel in x`event)|0<exec count i from .rt.f where order=r`id,time>=t }

// @desc Fills, in time order, of parents that go on.
// @param n {table} with root time order qty price side fee liquidity bid ask mid reason role
.rt.i.fills:{[n;limit]
  z:i:.rt.i.row n`root;
  s:.rt.state i;
  n:.tca.costed update arrival:s`arrival from n;
  n:update base:qty*arrival,limit:limit,row:z from .tca.spreads n;
  / a parent that is filled is over, which only all its rows can tell
  g:group i;
  j:raze value g;
  .rt.i.sums[n;g];
  .rt.i.put[`lf;i;n`time];.rt.i.put[`m1;i;n`mid];
  k:i?distinct i;
  k:k where null s[`ff]k;
  .rt.i.put[`ff;i k;n[`time]k];.rt.i.put[`m0;i k;n[`mid]k];
  k:where(null s`freason)&not null n`reason;
  k:reverse k;                                               / the first is put last
  .rt.i.put[`freason;i k;n[`reason]k];
  k:where(not null limit)&0<.tca.sign[n`side]*n[`price]-limit;
  .rt.i.put[`breach;i k;1b];
  d:distinct i;
  .rt.stale,:exec parent from .rt.state[d]where filled>=ordered; }

// the sums of fills: n with base i, g their rows by parent
.rt.i.sums:{[n;g]
  i:n`row;q:n`qty;w:q*n`mid;
  .rt.i.add[`n;i;1];
  v:(q;q*n`price;n`cost;n`base;q*n`price;w;0f^n`fee;n`improve;n[`effective]*w;n[`quoted]*w;0f^w;q*n[`role]=`remove;q*n[`role]=`add);
  .rt.i.add[;i;]'[`filled`notional`cost`base`paid`mids`fees`improve`effn`quon`wmid`taken`made;v];
  k:where n[`time]>=.rt.state[i;`segtime];
  r:.rt.state[i;`segref]k;
  .rt.i.add[;i k;]'[`segn`segown`segbase;(1;(q*.tca.sign[n`side]*n[`price]-.rt.state[i;`segref])k;r*q k)];
  .rt.i.runs[n]'[key g;value g]; }

// running sums of one parent
.rt.i.runs:{[n;i;j]
  run:{[c;i;x]r:.rt.state[i;c];r:1_sums$[count r;last r;0f],x;.[`.rt.state;(i;c);,;r];r};
  .[`.rt.state;(i;`ts);,;n[`time]j];
  run[`qs;i;n[`qty]j];
  c:run[`cs;i;n[`cost]j];b:run[`bs;i;n[`base]j];
  m:0D00:01 xbar n[`time]j;
  k:where 1_(differ m),1b;                                   / the last of each minute
  if[(m 0)~last .rt.state[i;`ms];{[i;c].[`.rt.state;(i;c);-1_]}[i]each`ms`mc`mb];
  {[i;c;v].[`.rt.state;(i;c);,;v]}[i]'[`ms`mc`mb;(m;c;b)@\:k]; }

// @desc Sends of children, in time order, of parents that go on.
.rt.i.sent:{[n]
  i:.rt.i.row n`root;
  p:.tca.posted n;
  `.rt.kid insert(n`id;i;n`time;n`price;p;count[n]#0Np),6#enlist count[n]#0b;
  .rt.i.add[`children;i;1];.rt.i.add[`passives;i;.tca.passive n];.rt.i.add[`posts;i;p];
  {.[`.rt.state;(x;`alive);,;y]}'[i p;n[`time]p:where p]; }

// posts that are amended to another price: when first
.rt.i.moves:{[e]
  k:.rt.kid[`id]?e`id;
  j:where(k<count .rt.kid)&(not null e`price)&e[`price]<>.rt.kid[k;`price];
  j:j where null .rt.kid[k j;`moved];
  j:j where til[count j]=k[j]?k j;
  .[`.rt.kid;(k j;`moved);:;e[`time]j]; }
// their life as posts ended then, if nothing was filled before
.rt.i.moved:{[e]
  k:distinct .rt.kid[`id]?e`id;
  k:k where k<count .rt.kid;
  k:k where(not null .rt.kid[k;`moved])&.rt.kid[k;`posted]&not .rt.kid[k;`over];
  .rt.i.left[`gone]'[k;.rt.kid[k;`moved]]; }

// cancels and ends of children
.rt.i.ends:{[e]
  / those in force, which all rows of their orders tell
  f:select id,time,event from .tca.inForce delete root,k from`k xasc select from .rt.o where id in e`id;
  e:update force:(select id,time,event from e)in f from e;
  k:.rt.kid[`id]?e`id;
  known:k<count .rt.kid;
  .rt.i.put0[k where known&e[`event]=`cancel;`asked];
  .rt.i.put0[k where known&e[`force]&e[`event]in`cancel`canceled;`left];
  c:distinct k where known;
  c:c where .rt.kid[c;`asked]&.rt.kid[c;`left]&not .rt.kid[c;`cancelled];
  .rt.i.put0[c;`cancelled];
  .rt.i.add[`cancels;.rt.kid[c;`row];1];
  j:where known&e`force;
  j:j where(til count j)=(k j)?k j;
  j:j where not .rt.kid[k j;`ended];
  .rt.i.put0[k j;`ended];
  j:j where .rt.kid[k j;`posted]&not .rt.kid[k j;`over];
  .rt.i.left[`gone]'[k j;e[`time]j]; }
.rt.i.put0:{[k;c].[`.rt.kid;(k;c);:;1b];}

// a post is alive no longer: since t it is filled (hit), or it ended without a fill (gone)
.rt.i.left:{[c;k;t]
  .rt.i.put0[k;`over];
  i:.rt.kid[k;`row];s:.rt.kid[k;`time];
  d:t-s;
  .[`.rt.state;(i;`longest);|;d];
  a:.rt.state[i;`alive];
  .[`.rt.state;(i;`alive);:;a _ a?s];
  if[d<=.rt.i.second;
    v:.rt.state[i;c];
    j:v binr d;
    .[`.rt.state;(i;c);:;(j#v),d,j _ v]]; }

// first fills of children
.rt.i.hits:{[n]
  k:.rt.kid[`id]?n`order;
  j:where(k<count .rt.kid)&til[count k]=k?k;
  j:j where not .rt.kid[k j;`filled];
  / a fill after the end: what counted as ended without a fill does no more
  here:(null .rt.kid[k j;`moved])|n[`time][j]<=.rt.kid[k j;`moved];
  .rt.stale,:n[`root]j where here&.rt.kid[k j;`over]&.rt.kid[k j;`posted]&.rt.kid[k j;`time]<=n[`time]j;
  .rt.i.put0[k j;`filled];
  j:j where here&.rt.kid[k j;`posted]&not .rt.kid[k j;`over];
  .rt.i.left[`hit]'[k j;n[`time]j]; }

// @desc Markouts of maker fills that have become known, of parents that are: what comes of the others is looked at when they come. @param d {table} root role event h markout price qty
.rt.i.made:{[d]
  if[not count d;:()];
  d:select from d where event=`fill,h=.rt.i.second,role=`add,not null markout;
  d:.tca.made select parent:root,time,h,markout,qty,price from d where .rt.i.has[.rt.state`parent;root],not root in .rt.stale;
  if[not count d;:()];
  i:.rt.i.row d`parent;
  .rt.i.add[`advn;i;1];.rt.i.add[`adv;i;d`y];.rt.i.add[`advb;i;d`b]; }

// @desc The state of parents begins anew from all their rows.
// @param d {dict} of .rt.joined; p {table} .tca.rawParents of it
.rt.i.begin0:{[d;p]
  w:.rt.w;
  / children and fills of a parent that has not come wait for it
  m:`time xasc select from d[`m]where parent in p`parent;a:d`a;
  / busts and corrections of what has not come change it when it comes
  odd:distinct .rt.odd,exec parent from .ord.parked d`f;
  l:.tca.worked[a;d`o;m;d`q];
  x:select lots:change,refs:ref,rels:?[norelease;0n;release],waits:any waits by parent from l;
  r:select parent,sym,side,slow:parent in odd,qty,ordered,start,arrival,ref,decision,preopen,bid0,ask0,carried,origin,algo,broker,trader,rev,breach:flags like"*LIMIT_BREACH*" from p;
  r:.tca.beside[r;flip(`n`filled`notional`cost`base`paid`mids`fees`improve`effn`quon`wmid`taken`made)!enlist[count[r]#0],13#enlist count[r]#0f];
  r:.tca.beside[r;select ff,lf,m0,m1,freason,direct:parent in exec parent from m where order=parent from p];
  k:.tca.makers[m;d`q;enlist .rt.i.second;w];
  r:r lj select advn:count i,adv:.tca.sum y,advb:.tca.sum b by parent from k;
  r:update advn:0^advn,adv:0f^"f"$adv,advb:0f^"f"$advb from r;
  r:r lj .rt.i.segments d;
  r:update seg:0^seg,segn:0^segn,segown:0f^segown,segbase:0f^segbase,algos:{distinct x except`}'[algos]from r;
  r:r lj select children:count i,passives:sum passive,posts:sum posted,cancels:sum cancels by parent from d`c;
  r:update children:0^children,passives:0^passives,posts:0^posts,cancels:0^cancels from r;
  r:r lj x;
  r:.tca.beside[r;select send0,sreason from p];
  i:.tca.i.integral aj[`sym`time;select sym,time:start from p;select sym,time,qt:time,mid,base,area,span from d`q];
  v:0^select volume,notional,prints from aj[`sym`time;select sym,time:start-1 from p;select sym,time,volume,notional,prints from d`t];
  r:.tca.beside[r;select area0:area,span0:span from i];
  r:.tca.beside[r;select volume0:volume,notional0:notional,prints0:prints from v];
  r:.tca.beside[r;select closed:not open,ended,until:?[open;0Np;until],twap,vwap,participation,part5,vreason,mpost,preason,postof:?[poststate=`final;lf;0Np]from p];
  e:`ts`qs`cs`bs`ms`mc`mb`hit`gone`longest`alive!(0#0Np;0#0f;0#0f;0#0f;0#0Np;0#0f;0#0f;0#0Nn;0#0Nn;0D;0#0Np);
  r:.tca.beside[r;count[r]#enlist e];
  r:cols[.rt.state]#r;
  i:.rt.i.row r`parent;
  new:i>=count .rt.state;
  .rt.state,:r where new;
  if[any not new;{[r;i;c].[`.rt.state;(i;c);:;r c]}[r where not new;i where not new]each 1_cols .rt.state];
  i:.rt.i.row r`parent;
  / sums of fills, as .rt.i.fills makes them
  m:update row:.rt.i.row parent,base:qty*arrival from m;
  if[count m;.rt.i.sums[m;group m`row]];
  / children
  if[not count c:select from d[`c]where parent in p`parent;:()];
  e:select from(.tca.inForce select from d[`o]where parent<>`)where event in .tca.cfg.ends;
  z:exec min time by id from e;
  c:update row:.rt.i.row parent,filled:not null ffill,ended:id in key z,asked:id in(exec id from d[`o]where event=`cancel),left:id in(exec id from e where event in`cancel`canceled),
    cancelled:0<cancels from c;
  c:update over:posted&not null ffill^gone^moved from update gone:z id from c;
  j:.rt.kid[`id]?c`id;
  new:j=count .rt.kid;
  `.rt.kid insert flip cols[.rt.kid]#flip c where new;
  j:j w:where not new;
  {[c;j;n].[`.rt.kid;(j;n);:;c n]}[c w;j]each 1_cols .rt.kid;
  c:.tca.i.posts select from c where posted;
  .rt.i.lives[c]'[key g;value g:group c`row]; }

// of each parent the algo that works now, and nothing of what it has filled
.rt.i.segments:{[d]
  g:select from d`segs where seg=(max;seg)fby parent;
  g:.tca.beside[g;select segref:mid from .tca.state[select sym,time from g lj`parent xkey select parent,sym from d`a;d`q]];
  / of the first algo it is the arrival's
  g:g lj`parent xkey select parent,arrival from d`a;
  g:g lj select algos:algo by parent from d`c;
  `parent xkey select parent,seg,segalgo:algo,segtime:time,segref:?[seg=0;arrival;segref],segn:0,segown:0f,segbase:0f,algos from g }

// @desc Slippage of what the algo that works now has filled, against the mid when it began, bps; null before so many fills. Of the first algo that is the order's own.
// @param r {symbol[]} parents
// @return {table} seg segbps
.rt.i.segmented:{[r]
  s:.rt.state .rt.i.row r;
  ([]seg:0^s`seg;segbps:?[.rt.limits[`segN]>s`segn;0n;1e4*s[`segown]%s`segbase]) }

// lives of one parent's posts
.rt.i.lives:{[c;i;j]
  c:c j;
  f:c where not null c`ffill;e:c where(null c`ffill)&not null c`gone;
  d:(asc f[`ffill]-f`time;asc e[`gone]-e`time);
  {[i;c;v].[`.rt.state;(i;c);:;v]}[i]'[`hit`gone`longest`alive;
    (d[0]where d[0]<=.rt.i.second;d[1]where d[1]<=.rt.i.second;0D|max raze d;asc exec time from c where(null ffill)&null gone)]; }

// @desc Figures of parents from their state, as of .rt.w: the columns of .tca.rawParents that a score has or needs.
// They are put together column by column in a dictionary: each update of a table so wide costs more than what it computes.
// @param r {symbol[]} parents, none of them stale or slow
.rt.figures:{[r]
  w:.rt.w;
  p:flip .rt.state i:.rt.i.row r;
  e:.rt.i.now p`sym;
  n:p`n;q:p`filled;m:p`ordered;lf:p`lf;mend:e`mid;
  none:n=0;
  post:?[null lf;`;?[w<lf+.tca.cfg.post;`pending;`final]];
  p,:`avgpx`done`slip`until`open`cost`mend`ereason`poststate!(p[`notional]%q;?[m>0;q%m;1f];1e4*p[`cost]%p`base;w^p`until;not p`closed;?[none;0n;p`cost];mend;e`reason;post);
  / where the post-trade drift has come to
  j:where(post=`final)&not p[`postof]=lf;
  if[count j;
    z:.rt.stood[p[`sym]j;lf[j]+.tca.cfg.post];
    .rt.i.put[;i j;]'[`mpost`preason`postof;(z`mid;z`reason;lf j)];
    p[`mpost`preason]:@[;j;:;]'[p`mpost`preason;z`mid`reason]];
  p[`mpost`preason]:(?[post=`pending;mend;?[null lf;0n;p`mpost]];?[post=`pending;e`reason;?[null lf;`noquote;p`preason]]);
  s:.tca.sign p`side;
  z:p`rels;
  b:where p[`sreason]=`$"no child";
  if[count b;z:@[z;b;:;count'[z b]#'mend b]];
  p,:flip value .tca.split([]parent:r)!flip`s`lots`refs`rels`end`filled`paid`mids`fees!(s;p`lots;p`refs;z;mend;q;p`paid;p`mids;p`fees);
  p,:flip value .tca.drift flip`parent`side`arrival`send0`m0`m1`end!p`parent`side`arrival`send0`m0`m1`mpost;
  p,:.rt.i.windows[p;e];
  wm:p`wmid;a:p`taken;u:a+p`made;
  p,:`slip5`effective`quoted`improve`adverse`aggressor`cancelsperfill`fp1!("f"$.tca.i.rolled'[p`ts;p`cs;p`bs;w];p[`effn]%wm;p[`quon]%wm;?[none;0n;p`improve];
    ?[p[`advn]=0;0n;p[`adv]%p`advb];?[0<u;a%u;0n];?[(n>0)&p[`children]>0;p[`cancels]%n;0n];.rt.i.filledSoon[p;w]);
  p,:flip .tca.expectedBy[flip k!p k:`sym`qty`filled`start`until`arrival`slip]. .rt.i.model[];
  p[`unsound]:.rt.unsound r;
  p,:`flags`reason`lreason!(.tca.i.flags[p;r where p`breach];c#`;(c:count r)#`);
  p[`avgpx`slip]:?[none;0n;]each p`avgpx`slip;
  p[`slipo]:.tca.originally p;
  flip .rt.i.figured#p }

// reference data and coefficients, worked out when they change
.rt.i.model:{
  k:.tca.cfg`reference`history`calibrate;
  if[not k~.rt.modelOf;.rt.modelOf:k;.rt.model:(.tca.reference k 0;.tca.model k 2)];
  .rt.model }
.rt.modelOf:();

// the market of symbols at .rt.w, with the integrals of its mid
.rt.i.now:{[s]
  t:.rt.now.top([]sym:s);
  .tca.judged .tca.beside[t;([]sym:s;time:count[s]#.rt.w;qstate:t`state;imid:t`mid)] }

// figures that take a window of the market or of our own fills, as columns
.rt.i.windows:{[p;e]
  w:.rt.w;s:p`sym;closed:p`closed;n:count s;
  b:.tca.i.integral flip`time`qt`mid`base`area`span!e`time`qtime`imid`base`area`span;
  twap:?[closed;p`twap;.tca.i.twapped[`area`span!p`area0`span0;b]];
  v:0^(.rt.print([]sym:s))[c:`volume`notional`prints];
  own:{[p;t]0f^p[`qs]@'p[`ts]bin't}[p];
  q:own n#w;
  x:.tca.i.vwapped flip`mvolume`mnotional`prints`ovolume`onotional!(v-p`volume0`notional0`prints0),(q-own p[`start]-1;n#0n);
  t:w-0D00:05;
  y:0^exec volume from aj[`sym`time;([]sym:s;time:n#t-1);select sym,time,volume from .rt.tape];
  y:.tca.i.vwapped flip`mvolume`mnotional`prints`ovolume`onotional!(v[0]-y;n#0n;n#0N;q-own n#t-1;n#0n);
  f:`twap`vwap`participation`vreason`part5!(twap;?[closed;p`vwap;x`vwap];?[closed;p`participation;x`participation];?[closed;p`vreason;x`reason];?[closed;p`part5;y`participation]);
  off:{[p;b]1e4*.tca.sign[p`side]*(p[`avgpx]-b)%b};
  f,`twapbps`vwapbps!off[p]each f`twap`vwap }

// Kaplan-Meier probability of a first fill within a second, see .tca.fillProbability: of lives longer than that only their number matters
.rt.i.filledSoon:{[p;w]{[w;n;hit;gone;longest;alive]
  h:.rt.i.second;
  if[n=0;:0n];
  young:reverse w-(alive binr w-h)_alive;
  t:distinct hit;
  b:hit binr t;
  s:last 1f,prds 1-((1_b,count hit)-b)%n-(b+gone binr t)+young binr t;
  / of those that lived so long as was seen nothing can be said beyond, but that there are none
  $[(s>0)&h>longest|w-first alive;0n;1-s] }[w]'[p`posts;p`hit;p`gone;p`longest;p`alive]}

// @desc Orders of which something new was said that may not add up are judged again, by all their rows (.ord.quality): executions and reports with the broker's own figures,
// terms, busts, corrections, and what was in doubt. Of other executions those that may be more than was ordered.
// @param x {dict} o f: rows with root
.rt.judge:{[x]
  f:x`f;
  j:(exec order from f where(not null cum)|(not null leaves)|(kind<>`new)|order in .rt.doubt),
    exec id from x`o where(not null cumqty)|(not null leavesqty)|event in 1_.ord.cfg.terms;
  j:distinct j,.rt.i.suspects distinct f[`order]except j;
  if[not count j;:()];
  o:delete root,k from`k xasc select from .rt.o where id in j;
  f:delete root,k from`k xasc select from .rt.f where order in j;
  f:update refid:execid^refid from f where kind in`bust`correct;
  q:exec distinct id from .ord.qualityOf[o;f;j where .rt.i.has[.rt.above;j]];
  .rt.doubt:distinct(.rt.doubt except j),j inter q; }
// orders whose executions may come to more than the least that was ordered
.rt.i.suspects:{[j]
  if[not count j;:j];
  q:exec sum qty by order from .rt.f where order in j,kind in`new`correct;
  w:exec min qty by id from .rt.o where id in j,event in .ord.cfg.terms,not null qty;
  j where(not null w j)&q[j]>w j }

// @desc Messages that were refused: what they are about. @param k {table} rows of dq
// @return {symbol[]} parents that are known
.rt.i.refused:{[k]
  x:.ord.refused k;
  if[not count x;:x];
  .rt.refused:distinct .rt.refused,x;
  .rt.i.rootsOf x }
// parents of orders and executions
.rt.i.rootsOf:{[x]distinct((.rt.exec([]execid:x))[`root]^(.rt.id([]id:x))`root)except`}

// @desc Which parents have an order in doubt.
.rt.unsound:{[r]
  if[not count x:.rt.doubt,.rt.refused;:count[r]#0b];
  r in .rt.i.rootsOf x }
