// What a principal may say in q. A message is a string, or a published function's name with arguments that are data. A string is parsed and its
// whole tree is evaluated here, never by eval: a name is a table (read through .data.rows, so filtered) or, within a query, a column of the table it is
// about; a function is one of the lists below, by value; everything else is refused, wherever in the tree it stands.
//
// A query about a table reads the present day; its first clause may be on date, as in an HDB: select from`fills where date within 2026.11.02 2026.11.20

// functions of .api that principals may call
.ent.published:`$".api.",/:("slippage";"parents";"parentsAsof";"tca";"tcaWith";"figures";"figuresAsof";"markouts";"timeline";"said";"orders";"quality";"orphans";"counts";"metrics";"scorecard";
  "chart";"health";"of";"columns";"score";"sees";"responses";"responsesAsof";"alerts";"alertsAt";"alertsNow";"alertlogNow";"clock";"trail";"drift";"children";"order";"study";"past";"split";"lastday";
  "preview")
.ent.tables:{.ent.open,key[.ent.own],.ent.byid}

/ functions by value: within queries and outside, of one and of two arguments; and those of tables, outside alone
.ent.i.monads:{first parse x," x"}each("neg";"abs";"sqrt";"exp";"log";"floor";"ceiling";"signum";"reciprocal";"count";"sum";"avg";"max";"min";"med";"dev";"var";"sdev";"svar";
  "first";"last";"all";"any";"sums";"maxs";"mins";"prds";"prd";"deltas";"ratios";"differ";"distinct";"prev";"next";"fills";"null";"not";"string";"upper";"lower";"trim";"rank";"iasc";
  "idesc";"asc";"desc";"reverse";"where";"group";"raze";"avgs")
.ent.i.dyads:{first parse"x ",x," y"}each(enlist each"+-*%&|<>=~,^_"),("<>";"<=";">=";"mod";"div";"in";"within";"like";"wavg";"wsum";"cov";"cor";"xprev";"mavg";"msum";"mmax";"mmin";"mdev";
  "mcount";"ema";"bin";"binr";"xbar";"xlog";"xexp";"rotate";"except";"inter";"union")
.ent.i.joins:{first parse"x ",x," y"}each("lj";"ij";"uj";"pj")
.ent.i.bys:{first parse"x ",x," y"}each("xasc";"xdesc";"xcol";"xcols";"xkey";"xgroup")
.ent.i.ofs:{first parse x," x"}each("cols";"meta";"keys";"ungroup";"flip")
.ent.i.asofs:{first parse x,"[a;b;c]"}each("aj";"aj0";"ej")
.ent.i.enlist:first parse"enlist x"
.ent.i.sublist:first parse"x sublist y"
.ent.i.each:first parse"neg each x"
.ent.i.fby:first parse"x fby y"
/ f/x and f\x of these end
.ent.i.adverbs:{first first parse x}each("+/x";"+\\x")
.ent.i.folds:{first parse"x ",x," y"}each enlist each"+*&|,"
.ent.i.times:`date`month`year`mm`week`dd`hh`uu`ss`minute`second`time
.ent.i.casts:`boolean`short`int`long`real`float`date`month`timestamp`timespan`minute`second`time`symbol
.ent.i.has:{any x~/:y}
.ent.i.no:{'"access: ",x}

// @desc Evaluates a principal's message.
.ent.run:{
  if[-10h=type x;x:enlist x];
  if[10h=type x;:.ent.eval .ent.i.parsed x];
  if[(type[x]in 0 11h)and -11h=type first x;
    if[not .ent.i.plain a:1_x;.ent.i.no"arguments are data"];
    :.ent.i.call[first x;$[count a;a;enlist(::)]]];
  .ent.i.no"a string, or a published function and its arguments, is expected" }
.ent.i.parsed:{@[parse;x;{.ent.i.no"cannot be read: ",x}]}
.ent.i.call:{[f;a]
  if[not f in .ent.published;.ent.i.no string f];
  r:(value f). a;
  / too few arguments
  $[99h<type r;.ent.i.no"rank";r] }

// @desc Whether a value holds nothing that could be executed: atoms, vectors, lists, dictionaries and tables of them.
.ent.i.plain:{
  t:type x;
  $[0h=t;all .ent.i.plain each x;t in 98 99h;.ent.i.plain $[98h=t;flip x;(key x;value x)];(t within -19 19)or x~(::)] }

// @desc Value of a parse tree, outside of queries.
.ent.eval:{.ent.i.bounded[.ent.cfg.read].ent.i.value x}
.ent.i.value:{
  t:type x;
  if[-11h=t;:.ent.i.name x];
  if[x~.ent.i.fills;:.ent.i.name`fills];
  if[11h=t;:$[1=count x;first x;.ent.i.no"names"]];
  if[not t=0h;:.ent.i.constant x];
  if[0=count x;:x];
  h:first x;
  if[1=count x;:.ent.i.constant h];
  if[.ent.i.query x;:.ent.i.ask x];
  if[-11h=type h;:.ent.i.call[h].ent.i.argument each 1_x];
  a:1_x;
  if[h~.ent.i.enlist;:.ent.eval each a];
  if[h~(!);:.ent.i.unkey a];
  if[h~(#);:.ent.i.take[.ent.i.literal a 0]. .ent.i.two .ent.eval each a];
  if[h~.ent.i.sublist;:h . .ent.i.two .ent.eval each a];
  if[h~.ent.i.each;if[not .ent.i.one[a 0]and 2=count a;.ent.i.no"each"];:.ent.i.safe[a 0]each .ent.eval a 1];
  if[.ent.i.fold h;if[not 1=count a;.ent.i.no"a fold has one argument"];:.ent.i.folded[h].ent.eval a 0];
  if[.ent.i.has[h;.ent.i.monads];if[not 1=count a;.ent.i.no"rank"];:.ent.i.safe[h].ent.eval a 0];
  if[.ent.i.has[h;.ent.i.dyads];:h . .ent.i.two .ent.eval each a];
  if[.ent.i.has[h;.ent.i.joins];:h . .ent.i.tabled[2].ent.i.two .ent.eval each a];
  if[.ent.i.has[h;.ent.i.bys];:h . .ent.i.tabled[1].ent.i.two .ent.eval each a];
  if[.ent.i.has[h;.ent.i.ofs];if[not 1=count a;.ent.i.no"rank"];:h first .ent.i.tabled[1]enlist .ent.eval a 0];
  if[.ent.i.has[h;.ent.i.asofs];if[not 3=count a;.ent.i.no"rank"];:.ent.i.asof[h].ent.i.tabled[2].ent.eval each a];
  .ent.i.no .ent.i.show h }
.ent.i.show:{60 sublist -3!x}
// what could be made much larger than what it is made from: where of counts, and ej, whose rows are counted first
.ent.i.grows:first parse"where x"
.ent.i.safe:{$[x~.ent.i.grows;.ent.i.where;x]}
.ent.i.where:{if[not type[x]in 1 5 6 7 99h;.ent.i.no"where"];.ent.i.bounds sum 0|$[99h=type x;value x;x];where x}
.ent.i.bounds:{if[.ent.cfg.read<x;.data.toomany .ent.cfg.read]}
.ent.i.asof:{[h;a]
  if[h~.ent.i.asofs 2;
    g:{[k;t]count each group((),k)#0!t}[a 0]each 1_a;
    .ent.i.bounds sum(value g 0)*0^g[1]key g 0];
  h . a }
.ent.i.two:{if[not 2=count x;.ent.i.no"rank"];x}
/ the last n arguments are tables, never names of tables
.ent.i.tabled:{[n;a]if[not all(type each neg[n]#a)in 98 99h;.ent.i.no"a table is expected"];a}
.ent.i.one:{.ent.i.has[x;.ent.i.monads]}
/ (/;+)
.ent.i.fold:{$[(0h=type x)and 2=count x;any[x[0]~/:.ent.i.adverbs]and .ent.i.has[x 1;.ent.i.folds];0b]}
.ent.i.folded:{[h;x]$[h[0]~.ent.i.adverbs 0;(h 1)over x;(h 1)scan x]}
.ent.i.literal:{type[x]in -5 -6 -7 5 6 7h}
.ent.i.take:{[lit;n;x]
  if[type[n]in -5 -6 -7h;if[abs[n]>1000000;.ent.i.no"too many"]];
  if[not type[n]in -7 -6 -5 11h;.ent.i.no"#"];
  n#x }
/ 0!table and keys of it; `a`b!lists
.ent.i.unkey:{[a]
  a:.ent.i.two .ent.eval each a;
  $[(0<=type a 0)and 0<=type a 1;(!). a;
    (type[a 1]in 98 99h)and$[type[a 0]in -6 -7h;0<=a 0;0b];(!). a;
    .ent.i.no"!"] }
.ent.i.argument:{$[x~(::);x;.ent.eval x]}
.ent.i.constant:{$[.ent.i.plain x;x;.ent.i.no .ent.i.show x]}

// a name: a table as of the present day, or the clock
.ent.i.clock:`.z.d`.z.p`.z.t`.z.n
.ent.i.name:{$[x in .ent.i.clock;value x;x in .ent.tables[];.ent.i.table[x;.ent.i.today[];()];.ent.i.no string x]}
.ent.i.today:{($[null l:.ent.last[];-0Wd;1+l];0Wd)}
/ last day of history; a gateway says which
.ent.last:{0Nd}
.ent.i.table:{[t;d;c].data.plain .data.rows[t;d 0;d 1;c]}

// a select, exec, update or delete: (?;t;c;b;a), (?;t;c;b;a;n), (?;t;c;b;a;n;o), (!;t;c;b;a)
.ent.i.query:{$[(0h=type x)and 4<count x;(first[x]~(?))or first[x]~(!);0b]}

// @desc Answers a query: of a table of ours by reading what its first clauses leave, of anything else as it is.
.ent.i.ask:{[x]
  if[count[x]>$[first[x]~(!);5;7];.ent.i.no"rank"];
  c:.ent.i.clauses x 2;
  t:.ent.i.subject x 1;
  if[-11h=type t;
    d:.ent.i.today[];
    if[count c;if[.ent.i.dated first c;d:.ent.i.dates first c;c:1_c]];
    n:.ent.i.simple[cols .data.empty t]each c;
    p:(n?0b)#c;c:(n?0b)_c;
    t:.ent.i.table[t;d;p]];
  if[not type[t]in 98 99h;.ent.i.no"a query is about a table"];
  k:cols t;
  c:.ent.i.column[k]each c;
  b:.ent.i.columns[k].ent.i.unquote x 3;a:.ent.i.columns[k].ent.i.unquote x 4;
  / delete names its columns in a vector
  if[(first[x]~(!))and 11h=type x 4;a:x 4];
  $[first[x]~(!);![t;c;b;a];
    5=count x;?[t;c;b;a];
    6=count x;?[t;c;b;a;.ent.i.limit x 5];
    ?[t;c;b;a;.ent.i.limit x 5;.ent.i.order[k].ent.i.unquote x 6]] }
.ent.i.limit:{$[type[x]in -6 -7 6 7h;x;.ent.i.no"limit"]}
.ent.i.order:{[k;x]$[(0h=type x)and(2=count x)and any x[0]~/:.ent.i.orders;(x 0;.ent.i.column[k]x 1);.ent.i.no"order"]}

// select[n;>c] and select[n;<c]
.ent.i.orders:{first first last parse x}each("select[1;>c]from t";"select[1;<c]from t")

// what a query is about: the name of a table of ours (fills is a keyword too), or a value
.ent.i.subject:{
  if[x~.ent.i.fills;:`fills];
  if[(11h=type x)and 1=count x;x:first x];
  if[(0h=type x)and 1=count x;if[-11h=type first x;x:first x]];
  $[-11h=type x;$[x in .ent.tables[];x;.ent.i.no string x];.ent.eval x] }
.ent.i.fills:first parse"fills x"

// clauses come quoted once more
.ent.i.clauses:{x:.ent.i.unquote x;$[0h=type x;x;.ent.i.no"where"]}
.ent.i.unquote:{$[(0h=type x)and 1=count x;first x;(11h=type x)and 1=count x;first x;x]}

/ date=d, date in d, date within d
.ent.i.dated:{$[(0h=type x)and 3=count x;`date~x 1;0b]}
.ent.i.dates:{
  v:.ent.i.constant .ent.eval x 2;
  if[not 14h=abs type v;.ent.i.no"date"];
  $[(x[0]~(=))and -14h=type v;2#v;(x[0]~within)and 2=count v;v;.ent.i.no"date: = or within is expected"] }

// clauses that look at one row at a time are left to the processes that have the rows
.ent.i.rowwise:(=;<;>;in;within;<=;>=;like),.ent.i.dyads 13 14 15
.ent.i.simple:{[k;x]
  if[not(0h=type x)and 3=count x;:0b];
  if[not -11h=type x 1;:0b];
  .ent.i.has[x 0;.ent.i.rowwise]and(x[1]in k)and .ent.i.quoted x 2 }
.ent.i.quoted:{t:type x;$[0h=t;$[1=count x;.ent.i.plain first x;0b];11h=t;1=count x;-11h=t;0b;t within -19 19]}

// @desc A tree within a query about a table with columns k, checked throughout; queries inside of it are answered first.
.ent.i.column:{[k;x]
  t:type x;
  if[-11h=t;:.ent.i.field[k;x]];
  if[not t=0h;:$[11h=t;$[1=count x;x;.ent.i.no"names"];.ent.i.constant x]];
  if[0=count x;:x];
  if[1=count x;:enlist .ent.i.constant first x];
  if[.ent.i.query x;:.ent.i.quote .ent.i.ask x];
  h:first x;a:1_x;n:count a;
  f:.ent.i.column[k];
  if[h~.ent.i.fby;:.ent.i.fbys[k;a]];
  if[h~.ent.i.enlist;:(enlist h),f each a];
  if[h~.ent.i.each;if[not .ent.i.one[a 0]and 2=n;.ent.i.no"each"];:(h;.ent.i.safe a 0;f a 1)];
  if[h~($);:.ent.i.cast[k;a]];
  if[h~(#);if[not(2=n)and .ent.i.literal a 0;.ent.i.no"#"];.ent.i.take[1b;first(),a 0;()];:(h;a 0;f a 1)];
  if[.ent.i.fold h;if[not 1=n;.ent.i.no"a fold has one argument"];:($[h[0]~.ent.i.adverbs 0;over;scan];h 1;f a 0)];
  if[.ent.i.has[h;.ent.i.monads];if[not 1=n;.ent.i.no"rank"];:(.ent.i.safe h;f a 0)];
  if[.ent.i.has[h;.ent.i.dyads];if[not 2=n;.ent.i.no"rank"];:(h;f a 0;f a 1)];
  .ent.i.no .ent.i.show h }
.ent.i.columns:{[k;x]$[99h=type x;$[11h=type key x;key[x]!.ent.i.column[k]each value x;.ent.i.no"by"];(-1h=type x)or x~();x;.ent.i.column[k;x]]}
.ent.i.quote:{$[(abs[type x]=11h)or 0h=type x;enlist x;x]}
// (f;x) fby y
.ent.i.fbys:{[k;a]
  l:a 0;
  if[not(2=count a)and(0h=type l)and 3=count l;.ent.i.no"fby"];
  if[not(l[0]~.ent.i.enlist)and .ent.i.one l 1;.ent.i.no"fby"];
  (.ent.i.fby;(l 0;.ent.i.safe l 1;.ent.i.column[k;l 2]);.ent.i.column[k;a 1]) }
.ent.i.cast:{[k;a]
  if[not 2=count a;.ent.i.no"$"];
  l:a 0;if[(11h=type l)and 1=count l;l:first l];
  if[not$[-11h=type l;l in .ent.i.casts;-10h=type l;1b;0b];.ent.i.no"$"];
  ($;$[-11h=type l;enlist l;l];.ent.i.column[k;a 1]) }
// a column, its row number, or a part of a time in a column; nothing else has a name here
.ent.i.field:{[k;x]
  if[(x in k)or x=`i;:x];
  p:`$"."vs string x;
  $[(2=count p)and(p[0]in k)and p[1]in .ent.i.times;x;x in .ent.i.clock;value x;.ent.i.no string x] }
