// Orders and fills by the parent they belong to, whatever order they come in. The parent of a row is found by the rules of .tca.prepare; rows whose
// order, or whose execution referred to, has not been seen are parked until it is.

.rt.flowReset:{
  .rt.id:([id:`u#0#`]root:0#`;sym:0#`;side:0#`);
  .rt.exec:([execid:`u#0#`]root:0#`);
  / roots that have orders
  .rt.roots:`u#0#`;
  / k is the row's number in its table, which decides between rows of one time
  .rt.o:update`g#root,`g#id from`root`k xcols update root:`,k:0 from 0#orders;
  .rt.f:update`g#root,`g#order from`root`k xcols update root:`,k:0 from 0#value`fills;
  .rt.parkedO:0#.rt.o;
  .rt.parkedF:0#.rt.f;
  / parents that are named by children and have not come themselves
  .rt.orphans:0#`;
  / executions that stand, and what they were worth when they were last looked at
  .rt.fill:([execid:`g#0#`;session:0#`]root:0#`;order:0#`;sym:0#`;at:0#0Np;side:0#`;qty:0#0n;price:0#0n;mid0:0#0n;role:0#`;alive:0#0b);
  / those of them that late quotes may still reach
  .rt.newest:([]execid:0#`;session:0#`;sym:0#`;at:0#0Np);
  / venues' own ids of those that have come; parents that have had a bust or a correction, and those of them that this tick looked at
  .rt.told:([]secexecid:`g#0#`;orderid:0#`);
  .rt.amended:.rt.standing:0#`; }

// @desc Takes orders o and fills f (with k), in order of arrival.
// @return {dict} o f: the rows that could be given a parent, with root; new executions among them
.rt.flow:{[o;f]
  o0:o`event;
  fresh:.rt.i.adopt o;
  .rt.i.married o;
  / an event of an order that has not been seen belongs to the parent that it names
  own:{[o]update root:((.rt.id([]id:parent))`root)^(.rt.id([]id:id))`root from o};
  o:own`root`k xcols update root:` from o;
  back:0#o;
  if[count[fresh]and count .rt.parkedO;
    back:own .rt.parkedO;
    .rt.parkedO:select from back where null root;
    back:select from back where not null root];
  .rt.parkedO,:select from o where null root;
  o:back,select from o where not null root;
  f:`root`k xcols update root:` from f;
  p:.rt.i.awaited[$[any o0 in`joined`linked;`;fresh];f];
  f:.rt.i.attribute p,f;
  a:exec distinct root from o where root<>id;
  .rt.above,:a where not .rt.i.has[.rt.above;a];
  .rt.o,:o;.rt.f,:f;
  `o`f!(o;f) }

// whether a list with an attribute has each of x: by its index, where `in` would look through all of the day
.rt.i.has:{[k;x]count[k]>k?x}

// new orders: their roots; returns their ids
.rt.i.adopt:{[o]
  n:select id,parent:?[parent=id;`;parent],sym,side from o where event in`new`carry;
  if[count n;n:select from n where i=(first;i)fby id,not .rt.i.has[key[.rt.id]`id;id]];
  if[not count n;:0#`];
  up:exec id!parent from n where parent<>`;
  r:10{[u;x]x^u x}[up]/exec ?[parent=`;id;parent]from n;
  r:r^(.rt.id([]id:r))`root;
  `.rt.id upsert select id,root:r,sym,side from n;
  .rt.i.rooted r;
  / children of these that came before them go to the root of these
  .rt.i.adoptLate'[n[`id]m;r m:where n[`id]in .rt.orphans];
  .rt.orphans:distinct(.rt.orphans except n`id),r where not .rt.i.has[key[.rt.id]`id;r];
  n`id }

.rt.i.rooted:{if[count x:distinct[x]except .rt.roots;.rt.roots,:x];}

// orders that turned out to be one, or were linked to their parent late (.ord.settle): all that concerns both is kept together
.rt.i.married:{[o]
  o:select id,other:?[event=`joined;origclordid;parent]from o where event in`joined`linked;
  if[not count o;:()];
  k:(o[`id],o`other)except key[.rt.id]`id;
  `.rt.id upsert([]id:distinct k;root:distinct k;sym:`;side:`);
  .rt.i.rooted k;
  {.rt.i.adoptLate . (.rt.id([]id:(x;y)))`root}'[o`id;o`other]; }

.rt.i.adoptLate:{[x;r]
  if[x=r;:()];
  {[x;r;t]t set update root:r from value t where root=x}[x;r]each`.rt.id`.rt.exec`.rt.o`.rt.f`.rt.caps`.rt.prints`.rt.asks`.rt.fill`.rt.tests`.rt.tested;
  .rt.regroup:distinct .rt.regroup,x,r;
  .rt.roots:`u#distinct .rt.id`root;
  / the parent that these now belong to is looked at anew
  .rt.stale:distinct .rt.stale,r;
  if[x in .rt.amended;.rt.amended:distinct .rt.amended,r];
  if[not .rt.i.has[.rt.above;r];.rt.above,:r];
  if[x in .rt.odd;.rt.odd:distinct .rt.odd,r];
  .rt.i.attributes[]; }
.rt.i.attributes:{
  .rt.o:update`g#root,`g#id from .rt.o;
  .rt.f:update`g#root,`g#order from .rt.f;
  .rt.caps:update`g#root from .rt.caps;
  .rt.prints:update`g#root from .rt.prints;
  .rt.tested:update`g#root,`g#id from .rt.tested;
  .rt.id:1!update`u#id from 0!.rt.id;
  .rt.exec:1!update`u#execid from 0!.rt.exec; }

// Parked fills that may find their parent now, which are parked no longer: those of fresh orders (all, if it is `), and what refers to one of them or to one of f, by however many steps.
// So what waits for long, or for ever, is not looked up at each evaluation.
.rt.i.awaited:{[fresh;f]
  p:.rt.parkedF;
  if[not count p;:p];
  m:$[fresh~`;count[p]#1b;p[`order]in fresh];
  x:{[p;x]distinct x,p[`execid]where p[`refid]in x}[p]/[distinct f[`execid],p[`execid]where m];
  m|:p[`refid]in x;
  .rt.parkedF:p where not m;
  p where m }

// roots of fills: by their order; busts and corrections also by the execution they refer to
.rt.i.attribute:{[f]
  if[not count f;:f];
  / one that names no other execution means the one whose id it has
  f:update refid:execid^refid,root:(.rt.id([]id:order))`root from f;
  done:0#f;
  while[count a:f where not null f`root;
    .rt.i.known a;
    done,:a;
    if[count f:f where null f`root;f:update root:(.rt.exec([]execid:refid))`root from f]];
  if[count f;.rt.parkedF:`k xasc .rt.parkedF,f];
  if[not any done[`kind]<>`new;:`k xasc done];
  / one that names the order of one parent and an execution of another concerns both
  both:select from(update other:(.rt.exec([]execid:refid))`root from done where kind<>`new)where not null other,other<>root;
  `k xasc done,delete other from update root:other from both }

.rt.i.known:{[a]
  a:select first root by execid from a;
  `.rt.exec upsert select from a where not .rt.i.has[key[.rt.exec]`execid;execid]; }
