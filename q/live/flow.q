// Orders and fills by the parent they belong to, whatever order they come in. The parent of a row is found by the rules of .tca.prepare; rows whose
// order, or whose execution referred to, has not been seen are parked until it is.

.live.flowReset:{
  .live.id:([id:`u#0#`]root:0#`;sym:0#`;side:0#`);
  .live.exec:([execid:`u#0#`]root:0#`);
  / k is the row's number in its table, which decides between rows of one time
  .live.o:update`g#root,`g#id from`root`k xcols update root:`,k:0 from 0#orders;
  .live.f:update`g#root from`root`k xcols update root:`,k:0 from 0#value`fills;
  .live.parkedO:0#.live.o;
  .live.parkedF:0#.live.f;
  / parents that are named by children and have not come themselves
  .live.orphans:0#`;
  / executions that stand, and what they were worth when they were last looked at
  .live.fill:([session:0#`;execid:0#`]root:0#`;order:0#`;sym:0#`;at:0#0Np;side:0#`;price:0#0n;mid0:0#0n;alive:0#0b); }

// @desc Takes orders o and fills f (with k), in order of arrival.
// @return {dict} o f: the rows that could be given a parent, with root; new executions among them
.live.flow:{[o;f]
  fresh:.live.i.adopt o;
  o:`root xcols update root:(.live.id([]id:id))`root from o;
  back:0#o;
  if[count[fresh]and count .live.parkedO;
    back:update root:(.live.id([]id:id))`root from select from .live.parkedO where id in fresh;
    .live.parkedO:select from .live.parkedO where not id in fresh];
  .live.parkedO,:select from o where null root;
  o:back,select from o where not null root;
  f:.live.i.attribute(.live.parkedF,`root xcols update root:` from f;count fresh);
  .live.o,:o;.live.f,:f;
  `o`f!(o;f) }

// new orders: their roots; returns their ids
.live.i.adopt:{[o]
  n:select id,parent:?[parent=id;`;parent],sym,side from o where event=`new;
  if[count n;n:select from n where i=(first;i)fby id,not id in key[.live.id]`id];
  if[not count n;:0#`];
  up:exec id!parent from n where parent<>`;
  r:10{[u;x]x^u x}[up]/exec ?[parent=`;id;parent]from n;
  r:r^(.live.id([]id:r))`root;
  `.live.id upsert select id,root:r,sym,side from n;
  / children of these that came before them go to the root of these
  .live.i.adoptLate'[n[`id]m;r m:where n[`id]in .live.orphans];
  .live.orphans:distinct(.live.orphans except n`id),r where not r in key[.live.id]`id;
  n`id }

.live.i.adoptLate:{[x;r]
  if[x=r;:()];
  {[x;r;t]t set update root:r from value t where root=x}[x;r]each`.live.id`.live.exec`.live.o`.live.f`.live.caps`.live.prints`.live.fill;
  .live.i.attributes[]; }
.live.i.attributes:{
  .live.o:update`g#root,`g#id from .live.o;
  .live.f:update`g#root from .live.f;
  .live.caps:update`g#root from .live.caps;
  .live.prints:update`g#root from .live.prints;
  .live.id:1!update`u#id from 0!.live.id;
  .live.exec:1!update`u#execid from 0!.live.exec; }

// roots of fills: by their order; busts and corrections also by the execution they refer to
.live.i.attribute:{[x]
  f:x 0;
  if[not count f;:f];
  f:update root:(.live.id([]id:order))`root from f;
  done:0#f;
  while[count a:select from f where not null root;
    .live.i.known a;
    done,:a;
    f:update root:(.live.exec([]execid:refid))`root from select from f where null root];
  .live.parkedF:f;
  / one that names the order of one parent and an execution of another concerns both
  both:select from(update other:(.live.exec([]execid:refid))`root from done where kind in`bust`correct)where not null other,other<>root;
  `k xasc done,delete other from update root:other from both }

.live.i.known:{[a]
  a:select first root by execid from a;
  `.live.exec upsert select from a where not execid in key[.live.exec]`execid; }
