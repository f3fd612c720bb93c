// How a parent behaves in the market: who crosses the spread, how its posts fill, what its amends and its rhythm give away.

// @desc Side of liquidity of each fill: as reported, else inferred from the price. At or through the far touch takes, at the near touch or better makes,
// between the two is inside; without a good quote it is unknown.
// @param m {table} live fills with bid ask mid (see .tca.state)
// @return {symbol[]} add remove inside unknown
.tca.liquidity:{[m]
  m:update known:.tca.i.reported liquidity,far:?[side=`buy;ask;bid],near:?[side=`buy;bid;ask],s:.tca.sign side from m;
  exec ?[not null known;known;?[null mid;`unknown;?[0<=s*price-far;`remove;?[0>=s*price-near;`add;`inside]]]]from m }

.tca.i.reported:{?[x in`add`maker`added`1`a`A`m;`add;?[x in`remove`taker`removed`2`r`R`t;`remove;?[x in`auction`4;`auction;`]]]}

// @desc Aggressor share of parents: quantity that took over quantity that took or made; and takes for each post.
// @param m {table} live fills with role, see .tca.liquidity
// @return {table} keyed by parent: aggressor (null when no side is known) taken made unknown (quantities) unknownshare takespost (taken for each made) inferred (share of the known that was inferred)
.tca.aggressor:{[m]
  m:update inferred:null .tca.i.reported liquidity from m;
  r:select taken:.tca.sum qty*role=`remove,made:.tca.sum qty*role=`add,unknown:.tca.sum qty*role in`inside`unknown,guess:.tca.sum qty*inferred&role in`add`remove by parent from m;
  r:.tca.floats[`taken`made`unknown`guess;r];
  delete guess from update unknownshare:?[0<taken+made+unknown;unknown%taken+made+unknown;0n],takespost:?[made>0;taken%made;0n],aggressor:?[0<taken+made;taken%taken+made;0n],inferred:?[0<taken+made;guess%taken+made;0n]from r }

// @desc Lives of child orders: when sent, first and last filled, ended, and how much.
// @param o {table} orders
// @param f {table} live fills
// @param w {timestamp} as of when
// @return {table} id parent sym time side qty price ffill lfill gone moved filled sent (the most that it was in force for) amends cancels life, and what orders have
.tca.children:{[o;f;w]
  n:select from o where event=`new,parent<>`;
  n:select from n where i=(first;i)fby id;
  k:.tca.inForce o:select from o where parent<>`;
  e:.tca.i.asked[o;k];
  e:e lj select sent:max qty,final:last qty,settled:last time by id from k where not event in .tca.cfg.ends,not null qty;
  / an amend to another price is no longer the post that it was
  p:exec id!price from n;
  e:e lj select moved:min time by id from o where event=`replace,not null price,price<>p id;
  x:select ffill:min time,lfill:max time,filled:sum qty by id:order from f;
  n:(n lj e)lj x;
  n:update 0f^filled from n;
  / one that is cut to what was filled is done when it is cut
  n:delete ended,final,settled from update gone:?[not null ended;ended;?[(filled>0)&filled>=qty^final;lfill|settled;0Np]],sent:qty^sent from n;
  update life:(w^gone)-time from n }

// @desc Children of children are sent once: what an order was sent is less by what its own children were.
// @param c {table} .tca.children; above {dict} the order that sent a child on, of those that are not of their parent itself
.tca.sentOn:{[c;above]
  if[not count above;:c];
  s:exec sum sent by up from(update up:above id from c)where not null up;
  update sent:0|sent-0f^s id from c }

// what was asked of orders o (k: what came in force of it), when they ended, and whether we cancelled them: a cancel that nobody asked for is none of our signals, one that was refused ends nothing
.tca.i.asked:{[o;k]
  e:select amends:sum[event=`replace]|sum event=`replaced,asked:any event=`cancel by id from o;
  e:e lj select left:any event in`cancel`canceled,ended:min time by id from k where event in .tca.cfg.ends;
  delete asked,left from update cancels:"j"$asked&left from e }

// @desc Children that rested: their limit does not reach the far touch when they are sent.
// @param c {table} children with bid ask at the send (see .tca.state)
.tca.passive:{[c]exec(not null price)&?[side=`buy;price<ask;price>bid]from c}

// @desc Children that were posted at the near touch or better: of those that rested, whose limit is not behind the best price of its side when they are sent.
.tca.posted:{[c].tca.passive[c]&exec ?[side=`buy;(null bid)|price>=bid;(null ask)|price<=ask]from c}

// how posts fared where they were: what an amend to another price took away ended then
.tca.i.posts:{[c]
  if[not`moved in cols c;:c];
  update ffill:?[(null moved)|ffill<=moved;ffill;0Np],gone:?[null moved;gone;moved&moved^gone]from c }

// @desc Kaplan-Meier probability that a post has its first fill within each horizon; a cancel, an amend to another price or the end of the data censors.
// @param c {table} posted children of .tca.children
// @param h {timespan[]} horizons
// @param w {timestamp} as of when
// @return {float[]} one a horizon, null beyond what was seen
.tca.fillProbability:{[c;h;w]
  c:.tca.i.posts c;
  e:not null c`ffill;
  .stat.kmAt[.stat.km[(?[e;c`ffill;w^c`gone])-c`time;e];h] }

// @desc What a parent's messages show: cancels for each fill, amends for each child, messages for each trade, median life of those that rested (seconds).
// @param c {table} .tca.children with passive and sent
// @param f {table} live fills
// @return {table} keyed by parent: children cancelsperfill amendsperchild ordertotrade life fillratio
.tca.signalling:{[c;f]
  x:select fillcount:count i by parent from f;
  r:(select children:count i,amends:sum amends,cancels:sum cancels,life:1e-9*med"f"$life where passive,fillratio:sum[filled]%sum sent by parent from c)lj x;
  r:update 0^fillcount from r;
  select parent,children,cancelsperfill:?[fillcount>0;cancels%fillcount;0n],amendsperchild:amends%children,
    ordertotrade:?[fillcount>0;(children+amends+cancels)%fillcount;0n],life,fillratio from 0!r }

// @desc Regularity of a parent's sends: what a watcher could learn. Lag-1 autocorrelation and entropy of the gaps and of the sizes, share of children of the commonest size.
// @return {table} keyed by parent: gaplag gapentropy sizelag sizeentropy modalsize
.tca.footprint:{[c]
  g:{"j"$1e-6*1_deltas"j"$asc x};
  select gaplag:.stat.lag1 g time,gapentropy:.stat.entropy g time,sizelag:.stat.lag1 qty iasc time,sizeentropy:.stat.entropy qty,modalsize:(max count each group qty)%count i by parent from c }
