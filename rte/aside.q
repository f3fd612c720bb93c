// Evaluations that fail. Half of one may have been done, so the engine begins again from its log, as if it had been started anew (rte/resume.q). When that did not help
// .rte.most times, the row that it fails with is looked for, told, counted (health.aside) and kept aside, and the engine goes on without it. An engine that reads the log
// later comes to the same rows: a mark that counts more of them than the one before it is evaluated with as much care.

/ times that it begins again before a row is looked for; rows of one parent that are kept aside before all that follows of it is
.rte.most:3
.rte.enough:3

/ whether nothing is evaluated any more, as what fails is in none of the rows that an evaluation takes
.rte.stuck:0b
/ failures since the last evaluation that went well, and of which event time the newest was
.rte.tries:0
.rte.failed:0Np

.rte.asideReset:{
  .rte.stuck:0b;
  / rows that were kept aside: w is the event time, k the number of the row in its table; what the newest mark counted; parents of which nothing is taken any more
  .rte.aside:([]w:0#0Np;table:0#`;k:0#0;sym:0#`;id:0#`;parent:0#`;error:());
  .rte.counted:0;
  .rte.shunned:0#`; }

// @desc Rows that come in, but for those of parents that are kept aside altogether: these are counted as come in.
.rte.put:{[t;x]
  if[count[.rte.shunned]&t in`orders`fills;
    m:.rte.i.parent[t;x]in .rte.shunned;
    .rt.aside+:sum m;
    .rt.n[t]+:sum m;
    x:x where not m];
  .rt.put[t;x] }
// the parents of rows; of one whose order has not been seen it is not known
.rte.i.parent:{[t;x]
  if[t=`orders;:p^(.rt.id([]id:p:x[`id]^x`parent))`root];
  $[t=`fills;(.rt.id([]id:x`order))`root;count[x]#`] }

// @desc One evaluation. @return {dict} see .rt.tick; empty after a failure, when the engine has begun again
.rte.evaluate:{[w]
  if[.rte.most<=.rte.tries;:.rte.i.well[w].rte.careful w];
  r:.rte.i.try w;
  if[r 0;:.rte.i.well[w]r 1];
  .rte.i.again[w;r 1];
  () }

// @desc One of the past, see .rte.mark.
.rte.evaluated:{[m]
  more:m[`aside]>.rte.counted;
  .rte.counted:0^m`aside;
  w:m`time;
  if[more|.rte.most<=.rte.tries;:.rte.i.well[w].rte.careful w];
  r:.rte.i.try w;
  if[r 0;:.rte.i.well[w]r 1];
  .rte.i.again[w;r 1];
  'r 1 }

.rte.i.try:{[w]@[{(1b;.rte.tick x)};w;{(0b;x)}]}
.rte.i.well:{[w;r]if[w>=.rte.failed;.rte.tries:0];r}

// all is forgotten and the connection dropped: the timer connects anew, and the day's log is read from its beginning
.rte.i.again:{[w;e]
  .rte.tries+:1;
  .rte.failed|:w;
  .log.error["evaluation failed";`w`error`times!(w;e;.rte.tries)];
  .rte.reset[];
  .sub.n:(0#`)!0#0;
  .conn.drop`tp; }

// @desc An evaluation that finds out which rows it fails with, and is made without them.
.rte.careful:{[w]
  s:.rte.i.state[];
  if[first r:.rte.i.try w;:r 1];
  .rte.i.back s;
  c:.rte.i.candidates w;
  while[not first r:.rte.i.with[s;w;c;n:count c];
    if[not first .rte.i.with[s;w;c;0];
      .rte.i.back s;
      .rte.stuck:1b;
      .log.error["stopped: an evaluation fails whatever is left out";`w`error!(w;r 1)];
      :()];
    / the shortest beginning that fails: its last is what it fails with
    b:0,n;
    while[1<b[1]-b 0;m:(sum b)div 2;b:$[first .rte.i.with[s;w;c;m];(m;b 1);(b 0;m)]];
    .rte.i.keep[w;c b[1]-1;last .rte.i.with[s;w;c;b 1]];
    s[`.rt.aside]+:1;
    c:c(til n)except b[1]-1];
  r 1 }

/ what an evaluation may change, by name; thresholds are in force by event time (.limits.use)
.rte.i.state:{
  n:raze{` sv'x,'(key x)except`,`i`now`then`limits}each`.rt`.rt.now`.rt.then`.lamp;
  v:value each n;
  i:where 100h>type each v;
  n[i]!v i }
.rte.i.back:{[s]key[s]set'value s;}

// what an evaluation at w takes: horizons that are due, then rows as they came, by table
.rte.i.candidates:{[w]
  s:.rte.i.state[];
  r:.rt.tables!.rt.i.pop[w]each .rt.tables;
  .rte.i.back s;
  h:exec i from .rt.wants where b<=w,not b<=.rt.w;
  n:count h;
  c:([]table:n#`wants;row:h;k:n#0N;sym:.rt.wants[h]`sym;id:.rt.wants[h]`id;parent:n#`);
  c,:raze .rte.i.candidate'[key r;value r];
  / of an order that comes with its fill
  p:exec id!parent from c where table=`orders;
  update parent:p[id]^parent from c where table=`fills }

.rte.i.candidate:{[t;x]
  if[not count x;:()];
  n:x`sym^(`orders`fills!`id`order)t;
  ([]table:t;row:til count x;k:x`k;sym:x`sym;id:n;parent:.rte.i.parent[t;x]) }

// the evaluation with the first n of the candidates c, from the state s on
.rte.i.with:{[s;w;c;n]
  .rte.i.back s;
  h:exec i from .rt.wants where b<=w,not b<=.rt.w;
  g:exec row by table from n#c;
  .rt.wants:update`g#b from .rt.wants(til count .rt.wants)except h except g`wants;
  r:.rt.tables!.rt.i.pop[w]each .rt.tables;
  {[w;t;x].rt.in[t],:(1#w)!enlist x}[w]'[t;r[t]@'g t:.rt.tables inter key g];
  .rte.i.try w }

// row x is kept aside, because of error e; .rt.aside is what health says
.rte.i.keep:{[w;x;e]
  p:x`parent;
  .rte.aside,:r:`w`table`k`sym`id`parent`error!(w;x`table;x`k;x`sym;x`id;p;e);
  .log.error["kept aside";r];
  if[(not null p)&.rte.enough<=exec sum parent=p from .rte.aside;.rte.shunned,:p;.log.error["nothing more is taken of this parent";(1#`parent)!enlist p]]; }
