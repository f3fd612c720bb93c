// Intervals of a parent's figures, its behaviour beside its own recent past, and its footprint beside the market's.

// @desc Intervals of the ratios that a group of fills gives: slippage (bps), average price, effective and quoted spread (bps), improvement a share, aggressor share.
// @param m {table} live fills with cost arrival mid effective quoted improve role
// @param c {symbol[]} columns that make the group
// @return {table} keyed by c: sliplo sliphi avgpxlo … (95%, blocks of 60 s; null for fewer than 2 blocks)
.tca.i.boots:{[m;c]
  names:`slip`avgpx`effective`quoted`share`aggressor;
  ends:raze`$string[names],\:/:("lo";"hi");
  if[not count m;:c xkey .tca.beside[c#m;flip ends!count[ends]#enlist 0#0n]];
  z:{[x]
    w:x[`qty]*x`mid;
    a:(1e4*x`cost;x[`qty]*x`price;w*x`effective;w*x`quoted;x`improve;x[`qty]*x[`role]=`remove);
    b:(x[`qty]*x`arrival;x`qty;w;w;x`qty;x[`qty]*x[`role]in`remove`add);
    raze .stat.boots[a;b;0D00:01 xbar x`time;.tca.cfg.draws;.tca.cfg.seed]}each m value g:group c#m;
  c xkey key[g],'flip ends!flip z }

// @desc The same of a parent's children: filled over sent, amends a child, cancels and messages a fill.
.tca.i.childBoots:{[c;m]
  names:`fillratio`amendsperchild`cancelsperfill`ordertotrade;
  ends:raze`$string[names],\:/:("lo";"hi");
  if[not count c;:1!.tca.beside[select parent from c;flip ends!count[ends]#enlist 0#0n]];
  c:.tca.i.counted[c;m];
  z:{[x]
    one:count[x]#1f;
    raze .stat.boots[(x`filled;"f"$x`amends;"f"$x`cancels;"f"$1+x[`amends]+x`cancels);(x`sent;one;x`fillcount;x`fillcount);0D00:01 xbar x`time;.tca.cfg.draws;.tca.cfg.seed]
    }each c value g:exec i by parent from c;
  1!([]parent:key g),'flip ends!flip z }

// children with how many fills each had
.tca.i.counted:{[c;m]
  k:$[count m;0^(count each group m`order)c`id;count[c]#0];
  update fillcount:"f"$k from c }

// @desc Intervals of parents' figures: columns <figure>lo and <figure>hi. Where the figure holds the average price against a benchmark, the benchmark is taken as it is.
// @param p {table} parents with their figures
.tca.bands:{[p;m;c]
  p:(p lj .tca.i.boots[m;1#`parent])lj .tca.i.childBoots[c;m];
  p:update improvelo:sharelo*filled,improvehi:sharehi*filled from .tca.i.costBand p;
  off:{[p;b]
    d:{[p;b;a]1e4*.tca.sign[p`side]*(p[a]-p b)%p b}[p;b]each`avgpxlo`avgpxhi;
    flip(`$string[b],/:("bpslo";"bpshi"))!(min d;max d)};
  delete sharelo,sharehi from .tca.beside/[p;off[p]each`twap`twapf`vwap`vwapex`pwp5`pwp10`pwp20] }

// @desc The interval of the slippage as the real-time engine has it while parents run, in place of the drawn one: by linearisation over blocks of 60 s.
.tca.runningBands:{[p;m]
  if[not count m;:p];
  z:{[x]
    k:where 1_(differ 0D00:01 xbar x`time),1b;
    1e4*.stat.running[sums[x`cost]k;sums[x[`qty]*x`arrival]k]}each m value g:exec i by parent from m;
  .tca.i.costBand p lj 1!([]parent:key g;sliplo:z[;0];sliphi:z[;1]) }
.tca.i.costBand:{update costlo:1e-4*sliplo*filled*arrival,costhi:1e-4*sliphi*filled*arrival from x}

// @desc Behaviour of a parent's last 20 children, and of the last 5 minutes, to be held against that of its life.
// @param c {table} children with passive and posted
// @return {table} keyed by parent: fp1 fp10 fillratio aggressor cancelsperfill, each with 20 and 5m
.tca.trailing:{[m;c;w]
  c:`time xasc .tca.i.counted[c;m];
  m:select from m where role in`add`remove;
  a:select from c where .tca.cfg.rollfills>({reverse til count x};i)fby parent;
  b:select from c where time>w-.tca.cfg.rollspan;
  r:.tca.i.trail[select from m where order in a`id;a;w;"20"];
  r uj .tca.i.trail[select from m where time>w-.tca.cfg.rollspan;b;w;"5m"] }

.tca.i.trail:{[m;c;w;tag]
  k:select from c where posted;
  g:exec i by parent from k;
  x:.tca.fillProbability[;0D00:00:01 0D00:00:10;w]each k each value g;
  r:1!flip`parent`fp1`fp10!(`symbol$key g;"f"$x[;0];"f"$x[;1]);
  r:r uj select fillratio:sum[filled]%sum sent,cancelsperfill:sum[cancels]%sum fillcount by parent from c;
  r:r uj select aggressor:sum[qty*role=`remove]%sum qty by parent from m;
  / nothing grouped has no type
  r:update"f"$fillratio,"f"$cancelsperfill,"f"$aggressor from r;
  r:update cancelsperfill:?[cancelsperfill=0w;0n;cancelsperfill]from r;
  (`parent,`$string[1_cols r],\:tag)xcol r }

// @desc Interval of the probability that a resting child has its first fill within each horizon (Greenwood), cut at 0 and 1; null where the probability is, and where none
// is left, of which Greenwood's variance says nothing.
// @return {float[]} lo of each horizon, then hi
.tca.fillInterval:{[c;h;w]
  c:.tca.i.posts c;
  e:not null c`ffill;
  k:.stat.km[(?[e;c`ffill;w^c`gone])-c`time;e];
  f:.stat.kmAt[k;h];
  i:$[count k;(k`t)bin h;count[h]#0N];
  se:1.959963984540054*?[i<0;0f;k[`se]i];
  bad:null f+se;
  ?[bad;0n;0|f-se],?[bad;0n;1&f+se] }

// @desc What was added at the touch: size that appears at the best price of its side, or at a better one. Order by order where a symbol has such rows,
// else by level, else as quotes with sizes show it: growth of the touch, which hides what leaves it at the same time.
// @param q {table} quotes; b {dict} mbo and depth: rows of these tables, each may be empty
// @return {table} by sym and time the running sums bq (added at the bid) and aq
.tca.touchAdds:{[q;b]
  b:$[count b;b;`mbo`depth!(();())];
  k:.tca.i.orders[b`mbo],.tca.i.levels[b`depth;.tca.i.syms b`mbo];
  booked:raze .tca.i.syms each b`mbo`depth;
  known:all`bsize`asize in cols q;
  q:.tca.ordered $[known;q;update bsize:0n,asize:0n from q];
  k:select from .tca.state[k;q]where ?[side=`buy;(null bid)|price>=bid;(null ask)|price<=ask];
  k:select sym,time,bq:size*side=`buy,aq:size*side=`sell from k;
  q:update bq:?[bid>prev bid;bsize;?[bid=prev bid;0|bsize-prev bsize;0f]],aq:?[ask<prev ask;asize;?[ask=prev ask;0|asize-prev asize;0f]]by sym from
    select from q where not sym in booked;
  r:update bq:sums 0f^bq,aq:sums 0f^aq by sym from`sym`time xasc k,select sym,time,"f"$bq,"f"$aq from q;
  / no rows have no type
  select sym,time,"f"$bq,"f"$aq from r }

.tca.i.syms:{$[count x;exec distinct sym from x;0#`]}
.tca.i.orders:{[x]$[count x;select sym,time,side,price,size from x where action=`add;([]sym:0#`;time:0#0Np;side:0#`;price:0#0n;size:0#0n)]}
// levels of symbols other than s that grew, by how much
.tca.i.levels:{[x;s]
  if[not count x;:.tca.i.orders()];
  x:update size:size-0f^prev size by sym,venue,side,price from`time xasc select sym,venue,time,side,price,size from x where not sym in s;
  select sym,time,side,price,size from x where size>0 }

// @desc Our share of what was added at and taken from the touch in each parent's window. Every print takes.
// @param p {table} parents: parent sym side start until
// @param c {table} children with bid ask at the send
// @param b {dict} mbo and depth, see .tca.touchAdds
// @return {table} keyed by parent: addshare takeshare, null where there was less than ours
.tca.touch:{[p;m;c;q;t;b]
  q:.tca.touchAdds[q;b];
  at:{[q;p;t]0f^select bq,aq from aj[`sym`time;select sym,time:t from p;q]};
  d:flip flip[at[q;p;p`until]]-flip at[q;p;p[`start]-1];
  w:select parent,sym,t0:start,t1:until from p;
  / an iceberg is added a part at a time, as often as one is gone
  k:select own:sum .tca.i.showed[qty;displayqty;filled]by parent from .tca.i.filled0[c;`displayqty`filled!0n 0f]where posted;
  x:select taken:sum qty by parent from m where role=`remove;
  r:(select parent,adds:?[side=`buy;d`bq;d`aq],volume:(.tca.traded[w;.tca.tape t])`mvolume from p)lj k;
  1!select parent,addshare:?[(adds>0)&adds>=own;own%adds;0n],takeshare:?[(volume>0)&volume>=taken;taken%volume;0n]from update 0f^own,0f^taken from r lj x }

// what orders have shown of their quantities q, d at a time (null: all), when f are filled
.tca.i.showed:{[q;d;f]?[(null d)|d>=q;q;?[d>0;q&d*1+floor(0f^f)%1e-9|d;0f]]}

// @desc Where a parent's footprint lies in that of the market: share of the stretches of as many public trades in a row that have a lower figure, half of
// those with the same. Stretches are of the same symbol and time of day (15 minutes either side), any day, own trades taken out.
// @param c {table} children
// @param f {table} own live fills: sym time price qty
// @return {table} keyed by parent: gaplagpct gapentropypct sizelagpct sizeentropypct modalsizepct footprints (stretches; fewer than .tca.cfg.few give none)
.tca.footprintRank:{[c;f;t]
  k:0!select sym:first sym,n:count i,t0:min time,t1:max time by parent from c;
  e:([]parent:0#`;gaplagpct:0#0n;gapentropypct:0#0n;sizelagpct:0#0n;sizeentropypct:0#0n;modalsizepct:0#0n;footprints:0#0);
  if[not count k;:1!e];
  t:.tca.tape t;
  own:select sym,time,price,size:qty from f;
  t:select from t where not([]sym;time;price;size)in own;
  mine:.tca.footprint c;
  1!e,.tca.i.footprintRank[t;mine]each k }

.tca.cfg.stretches:200
.tca.i.footprintRank:{[t;mine;k]
  tod:{x-"p"$"d"$x};
  near:(tod[k`t0]-0D00:15;tod[k`t1]+0D00:15);
  t:select time,qty:size from t where sym=k`sym,(tod time)within near;
  last0:count[t]-k`n;
  n:`gaplag`gapentropy`sizelag`sizeentropy`modalsize;
  r:(`parent,(`$string[n],\:"pct"),`footprints)!(k`parent;0n;0n;0n;0n;0n;0);
  if[(k[`n]<3)|last0<.tca.cfg.few;:r];
  i:distinct floor(last0%.tca.cfg.stretches)*til .tca.cfg.stretches;
  j:raze i+\:til k`n;
  z:0!.tca.footprint([]parent:raze k[`n]#'til count i;time:t[`time]j;qty:t[`qty]j);
  pct:{[x;y]x:x where not null x;$[null[y]|.tca.cfg.few>count x;0n;avg(x<y)+.5*x=y]};
  r,((`$string[n],\:"pct"),`footprints)!(pct'[z n;(mine k`parent)n]),count i }
