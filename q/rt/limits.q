// Versions of the thresholds: each holds for evaluations after the event time at which it came, so that a replay of the day judges as the engine did.
// A version is of all orders, or of those of a desk, a trader, some symbols or an algo: of what holds for an order the most special counts, in that sequence.
// They are kept in a CSV file, the oldest first; before the first one those hold that the process was started with (.rt.limits, q/rt/score.q).

/ names of .rt.limits that can be changed, each with a figure for amber and one for red
.limits.names:`z`cost`leakSpread`leakT
/ what a version may be of, the most special last
.limits.kinds:`all`desk`trader`sym`algo
.limits.i.figures:raze{`$string[x],/:("amber";"red")}each .limits.names
.limits.i.scope:`kind`name`traders`accounts
/ traders and accounts are those of a desk when it was saved, with blanks between; state is set, or drop where there is none any more
.limits.i.cols:`from,.limits.i.scope,.limits.i.figures,`state
.limits.kept:flip .limits.i.cols!enlist[0#0Np],(4#enlist 0#`),(8#enlist 0#0n),enlist 0#`
.limits.file:`
/ those of others than all orders that are in force, the most special last, and how many versions that comes from
.limits.some:.limits.kept
.limits.i.n:0

// @desc Takes the versions that a file holds, and keeps further ones there. What holds now is what holds before the first.
// @param f {symbol} file; ` for none
.limits.open:{[f]
  .limits.first:.limits.names#.rt.limits;
  .limits.file:f;
  .limits.some:0#.limits.kept;.limits.i.n:0;
  if[(f~`)or()~key f;:()];
  b:read1 f;
  / what is added must not stand behind a line that was torn
  if[not 0x0a~last b;h:hopen f;h"\n";hclose h];
  / files of before there were others than all orders: they are made anew
  old:not"state"~-5#first"\n"vs"c"$b;
  t:$[old;update kind:`all,name:`,traders:`,accounts:`,state:`set from(`from,.limits.i.figures)xcol("PFFFFFFFF";enlist",")0:f;
    .limits.i.cols xcol("PSSSSFFFFFFFFS";enlist",")0:f];
  t:.limits.i.cols xcols t;
  / a line that was torn has nulls, or no end
  whole:(t[`state]=`drop)|(t[`state]=`set)&not any null value flip .limits.i.figures#t;
  .limits.kept:`from xasc t where whole&(not null t`from)&t[`kind]in .limits.kinds;
  if[old;f 0:","0:.limits.kept]; }

// @desc Those of all orders in force for the evaluation at w.
.limits.at:{[w]
  v:last select from .limits.kept where kind=`all,from<w;
  $[null v`from;.limits.first;.limits.names!2 cut value .limits.i.figures#v] }

// @desc Has evaluations at w judged by what is in force then: .rt.limits and .limits.some.
.limits.use:{[w]
  if[.limits.i.n=n:sum .limits.kept[`from]<w;:()];
  .limits.i.n:n;
  .rt.limits,:.limits.at w;
  v:update s:til count i from select from .limits.kept where kind<>`all,from<w;
  v:`s xasc 0!select by kind,name from v;
  .limits.some:.limits.i.cols#v iasc .limits.kinds?(v:select from v where state=`set)`kind; }

// @desc Makes a version that holds from now on, that is after event time w.
// @param x {dict} amber and red by name, all of .limits.names; and, unless it is of all orders, scope: kind name traders accounts
.limits.add:{[w;x]
  if[not all .limits.names in key x;'"thresholds: expected ",", "sv string .limits.names];
  s:.limits.i.scoped $[`scope in key x;x`scope;()!()];
  x:"f"$.limits.names#x;
  if[not all{(2=count x)and(not any null x)and(0<=x 0)and x[0]<=x 1}each value x;'"thresholds: expected 0 <= amber <= red"];
  .limits.i.keep[-0Wp^w;s;raze value x;`set] }

// @desc From now on there are none of a scope: the next general ones hold.
// @param s {dict} kind name
.limits.drop:{[w;s]
  s:.limits.i.scoped s;
  if[`all=s`kind;'"thresholds: those of all orders stay"];
  .limits.i.keep[-0Wp^w;s;8#0n;`drop] }

.limits.i.keep:{[w;s;f;state]
  r:.limits.i.cols!w,value[s],f,state;
  if[not .limits.file~`;
    l:","0:enlist r;
    n:()~key .limits.file;
    h:hopen .limits.file;
    neg[h]each$[n;l;1_l];
    hclose h];
  .limits.kept,:r; }

// a scope as it is kept
.limits.i.scoped:{[s]
  s:{`$$[10h=type x;x;-11h=type x;string x;" "sv string(),x]}each(.limits.i.scope!(`all;`;`;`)),s;
  if[not s[`kind]in .limits.kinds;'"thresholds: expected a scope of ",", "sv string .limits.kinds];
  if[(`all=s`kind)<>`=s`name;'"thresholds: a scope has a name, all has none"];
  if[any raze(string value s)in\:",\"\r\n";'"thresholds: no commas or quotes in a scope"];
  .limits.i.scope#s }

// @desc Thresholds of orders one by one.
// @param x {dict} amber and red by name, of all orders
// @param v {table} those of others, the most special last, as .limits.some
// @param p {table} orders: sym algo trader, and account if there is one
// @return {dict} by name amber and red, each a figure or, where it is not the same for all, a list of them
.limits.narrowed:{[x;v;p].limits.i.narrow[p]/[.limits.names#x;v]}
.limits.i.narrow:{[p;x;v]
  if[not any m:.limits.i.within[v;p];:x];
  .limits.names!{[m;was;new]{[m;was;new]?[m;new;was]}[m]'[was;new]}[m]'[value x;2 cut value .limits.i.figures#v] }
.limits.i.within:{[v;p]
  n:.limits.i.names;
  $[`sym=k:v`kind;any string[p`sym]like/:string n v`name;
    `desk=k;(p[`trader]in n v`traders)|$[`account in cols p;p[`account]in n v`accounts;count[p]#0b];
    p[k]=v`name] }
.limits.i.names:{except[`$" "vs string x;`]}
