// Implementation shortfall of parents whose quantity changes on the way, split into parts that sum to it exactly.
//
// A parent is a list of lots: what it was sent for, and every increase. A lot is bought on paper at its reference (the decision
// price, or the mid when the increase was made) and released at the mid when a child next goes out. What a decrease or a cancel
// takes away is valued at the mid of that moment, what is open at the end at the end price. Then, with s the side,
//   delay        s x lot quantity x (release - reference)
//   timing       s x (filled quantity x mid at the fill, less the same quantity at its lots' release)
//   spread       s x filled quantity x (price - mid at the fill)
//   opportunity  s x (open at the end price + taken away at its mid, less the same quantity at its lots' release)
//   fees         as charged
// sum to s x (paid - paper) + fees. Fills use up lots first in, first out; quantity is taken away last in, first out.

/ events that end an order
.tca.cfg.ends:`canceled`cancel`expired`done
/ whether what was cancelled counts as opportunity
.tca.cfg.cancelled:1b

/ what a broker says of an order: of one that has any of these, requests count when they are accepted, not when they are made
.tca.cfg.answers:`ack`pendingnew`pendingreplace`replaced`pendingcancel`canceled`cancelreject`restated

// @desc Terms in force: new (or carried into the day), accepted replaces, restatements and ends of orders, by id in time order. A request of an order that has an answer
// of its broker is none, what it accepted is; without any answer requests count when they are made, but for one that a reject answers. An acknowledgement that
// leaves out price or quantity accepts what was asked for.
// @param o {table} orders
.tca.inForce:{[o]
  / nothing is amended, and nothing that was asked for can have been refused
  e:o`event;
  if[not any e in`replace`replaced`reject;
    if[not(`cancel in e)&any e in .tca.cfg.answers;
      :.tca.i.begun select from`id`time xasc o where event in(`new`carry`restated,.tca.cfg.ends)]];
  o:update answer:next reverse fills reverse ?[event in`replace`reject,.tca.cfg.ends;event;`],answered:any event in .tca.cfg.answers,
    askp:fills ?[event=`replace;price;0n],askq:fills ?[event=`replace;qty;0n]by id from`id`time xasc o;
  o:update price:?[event=`replaced;askp^price;price],qty:?[event=`replaced;askq^qty;qty],
    undone:(event in`replace`cancel)&answered|answer=`reject from o;
  o:select from o where event in(`new`carry`replace`replaced`restated,.tca.cfg.ends),not undone;
  delete answer,answered,askp,askq,undone from .tca.i.begun o }
// an order begins once
.tca.i.begun:{[o]select from o where not(event in`new`carry)&i<>(first;i)fby([]id;begins:event in`new`carry)}

// @desc The same of parents alone.
// @return {table} rows of o: new or carry, and what sets the quantity or the algo, or ends the order
.tca.accepted:{[o]
  p:exec distinct id from o where event in`new`carry,parent=`;
  .tca.inForce select from o where id in p }

// @desc Accepted changes of quantity of parents, in time order, see .tca.accepted.
// @param o {table} orders
// @return {table} parent sym time event qty
.tca.changes:{[o]select parent:id,sym,time,event:?[event=`carry;`new;event],qty from .tca.accepted o}

// @desc Quantities of parents as they were accepted: a cancel leaves what was filled by the next change, and nothing can be cut below what was filled.
// @param o {table} orders
// @param f {table} live fills
// @return {table} parent sym time event qty, by parent in time order
.tca.quantities:{[o;f]
  / what is accepted without a quantity leaves it as it is
  c:update until:0Wp^next time,fills qty by parent from .tca.changes o;
  g:select time,cum:sums qty by parent from`time xasc select parent,time,qty from f;
  c:update filled:.tca.i.filled[g]'[parent;?[event in .tca.cfg.ends;until-1;time]]from c;
  delete until,filled from update qty:?[event in .tca.cfg.ends;filled;?[event=`new;qty;filled|qty]]from c }

// @desc Lots and decreases of parents.
// @param a {table} arrivals with reference ref
// @param o {table} orders
// @param f {table} live fills
// @param q {table} quotes
// @return {table} parent time change ref (price at which the change is on paper), lots positive
.tca.lots:{[a;o;f;q]
  c:select from .tca.quantities[o;f]where parent in a`parent;
  c:update change:qty-0f^prev qty by parent from c;
  m:.tca.mid[select sym,time from c;q];
  c:update ref:m from c;
  c:c lj`parent xkey select parent,ref0:ref from a;
  select parent,time,change,ref:?[event=`new;ref0;ref]from c where change<>0 }

.tca.i.filled:{[g;p;t]
  h:g p;
  if[not count h`time;:0f];
  i:h[`time]bin t;
  $[i<0;0f;h[`cum]i] }

// @desc Perold and expanded shortfall of parents.
// @param a {table} arrivals with ref, the decision price
// @param o {table} orders
// @param m {table} live fills with mid (see .tca.state) and fee
// @param q {table} quotes
// @param e {dict} end mid by parent
// @return {table} keyed by parent: paper executed opportunity0 (Perold: against the reference) delay timing spread opportunity fees is isbps reason
.tca.perold:{[a;o;m;q;e]
  l:update end:e parent from .tca.worked[a;o;m;q];
  / no child has gone out: all is delay until now
  l:update release:?[norelease;end;release]from l;
  x:select filled:.tca.sum qty,paid:.tca.total qty*price,mids:.tca.total qty*mid,fees:.tca.sum fee by parent from m;
  x:.tca.floats[`filled`paid`mids`fees;x];
  u:update filled:0f^filled,paid:?[null filled;0f;paid],mids:?[null filled;0f;mids],fees:0f^fees from
    (select lots:change,refs:ref,rels:release,s:first s,end:first end by parent from l)lj x;
  .tca.split u }

// @desc Lots with the mid at which they were released: see .tca.lots; s is the side's sign, norelease where no child has gone out, waits where none has since the lot.
.tca.worked:{[a;o;m;q]
  l:.tca.lots[a;o;m;q]lj`parent xkey select parent,s:.tca.sign side from a;
  .tca.i.released[l;.tca.releases[a;o;m];q;a] }

// @desc The split of parents' shortfall.
// @param u {table} keyed by parent: lots refs rels (lists: quantity, paper price, release), s, end (price), and of fills filled paid mids fees
// @return {table} as .tca.perold
.tca.split:{[u]
  c:`paper`executed`opportunity0`delay`timing`spread`opportunity`fees`is;
  p:key u;u:value u;
  r:c!count[c]#enlist count[u]#0n;
  one:(1=count each u`lots)and 0<first each u`lots;
  if[count i:where one;r:@[;i;:;]'[r;.tca.i.splitOne u i]];
  if[count i:where not one;r:@[;i;:;]'[r;flip .tca.i.split each u i]];
  p!update isbps:1e4*is%paper from flip r }

// .tca.i.split of parents of one lot, all at once
.tca.i.splitOne:{[u]
  x:first each u`lots;p:first each u`refs;z:first each u`rels;
  s:u`s;q:u`filled;
  k:(q&x)+0f|q-x;
  open:x-q;
  out:?[open=0;0f;open*u`end];
  paper:x*p;
  delay:s*x*z-p;
  timing:s*u[`mids]-.tca.i.times[k;z];
  spread:s*u[`paid]-u`mids;
  opp:s*out-.tca.i.times[x-k;z];
  whole:(((delay+timing)+spread)+opp)+u`fees;
  (paper;s*u[`paid]-.tca.i.times[k;p];s*out-.tca.i.times[x-k;p];delay;timing;spread;opp;u`fees;?[null whole;(s*(u[`paid]+out)-paper)+u`fees;whole]) }

// first release of each parent's children, all of them in time order; a child that is carried into the day is released then, a parent that is filled itself at once
.tca.releases:{[a;o;m]
  c:select parent,time from o where event in`new`carry,parent<>`;
  d:select parent,time from a where parent in exec parent from m where order=parent;
  `parent`time xasc c,d }

// the mid at the first release at or after each lot; a lot added when no child followed is worked by those already out
.tca.i.released:{[l;r;q;a]
  g:exec time by parent from r;
  l:update rt:"p"${[g;p;t]h:g p;$[count h;h h binr t;0Np]}[g]'[parent;time]from l;
  l:update waits:null rt,norelease:not parent in key g from l;
  l:update rt:?[norelease;rt;time^rt]from l;
  l:l lj`parent xkey select parent,sym from a;
  mids:.tca.mid[select sym,time:rt from l;q];
  / what goes out before the market is released at its first mid, as the parent arrived at it
  if[`opened in cols a;mids:(exec ?[preopen&rt<=opened;arrival;0n]from(select parent,rt from l)lj`parent xkey select parent,preopen,opened,arrival from a)^mids];
  delete sym,rt from update release:mids from l }

// one parent's split, as .tca.perold names it; lots and decreases in time order
.tca.i.split:{[u]
  up:u[`lots]>0;
  x:u[`lots]where up;p:u[`refs]where up;z:u[`rels]where up;
  d:neg u[`lots]where not up;dm:u[`refs]where not up;
  if[not .tca.cfg.cancelled;w:.tca.i.cut[x;sum d];x:w;d:0#d;dm:0#dm];
  s:u`s;
  have:sum x;
  q:u`filled;
  / filled and not filled part of each lot; what is overfilled falls on the last
  k:deltas q&sums x;
  k:$[count k;@[k;-1+count k;+;0f|q-have];k];
  open:(have-q)-sum d;
  left:$[open=0;0f;open*u`end];
  out:left+.tca.total 0f,d*dm;
  paper:.tca.total x*p;
  delay:s*.tca.total x*z-p;
  timing:s*u[`mids]-.tca.total 0f,.tca.i.times[k;z];
  spread:s*u[`paid]-u`mids;
  opp:s*out-.tca.total 0f,.tca.i.times[x-k;z];
  opp0:s*out-.tca.total 0f,.tca.i.times[x-k;p];
  ex:s*u[`paid]-.tca.total 0f,.tca.i.times[k;p];
  / the sum of the parts, bit for bit; without a mid at a fill the parts are unknown, the whole is not
  whole:(((delay+timing)+spread)+opp)+u`fees;
  (paper;ex;opp0;delay;timing;spread;opp;u`fees;$[null whole;(s*(u[`paid]+out)-paper)+u`fees;whole]) }

// nothing of an unknown price is nothing
.tca.i.times:{?[x=0;0f;x*y]}
// lots with d taken from the last ones
.tca.i.cut:{[x;d]reverse deltas(0f|sums[reverse x]-d)}
