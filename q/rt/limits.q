// Versions of the thresholds: each holds for evaluations after the event time at which it came, so that a replay of the day judges as the engine did.
// They are kept in a CSV file, the oldest first; before the first one those hold that the process was started with (.rt.limits, q/rt/score.q).

/ names of .rt.limits that can be changed, each with a figure for amber and one for red
.limits.names:`z`cost`leakSpread`leakT
.limits.i.cols:`from,raze{`$string[x],/:("amber";"red")}each .limits.names
.limits.kept:flip .limits.i.cols!enlist[0#0Np],8#enlist 0#0n
.limits.file:`

// @desc Takes the versions that a file holds, and keeps further ones there. What holds now is what holds before the first.
// @param f {symbol} file; ` for none
.limits.open:{[f]
  .limits.first:.limits.names#.rt.limits;
  .limits.file:f;
  if[(f~`)or()~key f;:()];
  / what is added must not stand behind a line that was torn
  if[not 0x0a~last read1 f;h:hopen f;h"\n";hclose h];
  t:("PFFFFFFFF";enlist",")0:f;
  / a line that was torn has nulls
  .limits.kept:`from xasc .limits.i.cols xcol t where not any null value flip t; }

// @desc Those in force for the evaluation at w.
.limits.at:{[w]
  v:last select from .limits.kept where from<w;
  $[null v`from;.limits.first;.limits.names!2 cut 1_value v] }

// @desc Makes a version that holds from now on, that is after event time w.
// @param x {dict} amber and red by name, all of .limits.names
.limits.add:{[w;x]
  if[not all .limits.names in key x;'"thresholds: expected ",", "sv string .limits.names];
  x:"f"$.limits.names#x;
  if[not all{(2=count x)and(not any null x)and(0<=x 0)and x[0]<=x 1}each value x;'"thresholds: expected 0 <= amber <= red"];
  r:.limits.i.cols!(-0Wp^w),raze value x;
  if[not .limits.file~`;
    l:","0:enlist r;
    n:()~key .limits.file;
    h:hopen .limits.file;
    neg[h]each$[n;l;1_l];
    hclose h];
  .limits.kept,:r; }
