// Parts of a parent's life under one algo, rolling figures within them, and what a switch saved.

// @desc Segments: a parent's life from its arrival, and from each switch of its algo. A switch is a replace of the parent that names another algo; where there is none, the
// first child of an algo after which no earlier algo sends again.
// @param o {table} orders
// @return {table} parent time algo seg (0 1 2 …), by parent and time
.tca.segments:{[o]
  p:select parent:id,time,event,algo from .tca.accepted o where not event in .tca.cfg.ends;
  / an acknowledgement that names no algo accepts the one that was asked for
  r:`parent`time xasc select parent:id,time,asked:algo from o where event=`replace,algo<>`;
  p:select parent,time,algo:?[event=`replaced;asked^algo;algo]from aj[`parent`time;p;r];
  if[not count p;:([]parent:0#`;time:0#0Np;algo:0#`;seg:0#0)];
  first0:select first time,first algo by parent from p;
  p:select from p where(algo<>`)|time=(first;time)fby parent;
  p:select from p where(differ;algo)fby parent;
  c:`parent`time xasc select parent,time,algo from o where event=`new,parent<>`,algo<>`;
  c:select from c where not parent in exec parent from p where 1<(count;i)fby parent;
  c:ungroup select time:time .tca.i.switches algo,algo:algo .tca.i.switches algo by parent from c;
  / the first of the children's algos is there from the arrival on, and names it better than the parent may
  c:update time:?[i=(first;i)fby parent;(exec parent!time from first0)parent;time]from c;
  r:`parent`time xasc c,select parent,time,algo from p where not parent in c`parent;
  `parent`time`algo`seg xcols update seg:til count i by parent from select from r where parent in exec parent from first0 }

// where a list of algos takes up a new one and never goes back
.tca.i.switches:{[g]
  l:last each group g;
  i:where differ g;
  i where i>(-1^prev maxs l g)i }

// @desc The segment of each fill: that in which its child was sent; of a parent that is filled itself, that of the fill.
// @param g {table} segments
// @param m {table} fills: parent order time
// @param c {table} children: id time
.tca.inSegment:{[g;m;c]
  t:(exec id!time from c)m`order;
  0^exec seg from aj[`parent`time;select parent,time:(time^t)from m;select parent,time,seg from g] }

// @desc Running slippage of each fill's segment: over its last n fills, and over the span before it.
// @param m {table} live fills by time, with cost arrival seg
// @return {table} m with roll20 roll5 (bps)
.tca.rolling:{[m]
  m:update a:sums cost,b:sums qty*arrival,j:til count i by parent,seg from m;
  back:{[a;b;k]1e4*(a-0f^a k-1)%b-0f^b k-1};
  m:update roll20:back[a;b;0|j-.tca.cfg.rollfills-1],roll5:back[a;b;time binr 1+time-.tca.cfg.rollspan]by parent,seg from m;
  delete a,b,j from update"f"$roll20,"f"$roll5 from m }
.tca.cfg.rollfills:20
.tca.cfg.rollspan:0D00:05

// @desc Each segment's cost, so that what an algo did is not told with another's.
// @param p {table} parents: parent sym side until
// @param m {table} live fills with cost arrival seg
// @param c {table} children with seg
// @return {table} parent segment algo start_time end_time children n filled avg_price cost slippage_bps and its interval, slippage_start_bps (against the mid when it began), participation
.tca.segmentTable:{[g;p;m;c;q;t]
  / asof is a keyword of q: its column is never named in a query
  p:`parent xkey`parent`sym`side`until`asof`rev`flags#0!p;
  r:(select from g where parent in exec parent from p)lj p;
  r:update end:until^next time by parent from r;
  r:update mid0:.tca.mid[select sym,time from r;q]from r;
  x:select n:count i,filled:sum qty,avgpx:qty wavg price,cost:.tca.total cost,base:.tca.total qty*arrival by parent,seg from m;
  b:.tca.i.boots[m;`parent`seg];
  k:select children:count i by parent,seg from c;
  r:((r lj k)lj x)lj b;
  v:.tca.vwap[select parent,sym,t0:time,t1:end from r;t;m];
  nf:{[r;w]?[0=0^r`n;`nofills;w]}[r];
  few:nf`$"n is too small";nq:nf`$"no quote";
  why:`avg_price`cost`slippage_bps`slippage_bps_ci_lo`slippage_bps_ci_hi`slippage_start_bps`participation!(nf`;nq;nq;few;few;nq;v`reason);
  .tca.because[;why].tca.beside[;`asof`rev`flags#r]select parent,sym,side,segment:seg,algo,start_time:time,end_time:end,children:0^children,n:0^n,filled:0^filled,avg_price:avgpx,cost,slippage_bps:1e4*cost%base,
    slippage_bps_ci_lo:sliplo,slippage_bps_ci_hi:sliphi,slippage_start_bps:1e4*.tca.sign[side]*(avgpx-mid0)%mid0,participation:v`participation from r }

// @desc What each switch saved: see .tca.saving. Before is as much quantity as came after, and 30 fills at least; each side's cost is against the mid when
// it began. Against one mid the saving would be the difference of the two average prices, and the drift that the old algo made would count against the new one.
// @param x {symbol} index, ` for none; o {table} orders
// @return {table} parent time from to n0 n1 before after saved lo hi savedbps (of the whole order at its arrival mid) adjusted label
.tca.switches:{[g;p;m;q;x;o]
  g:update was:prev algo by parent from g;
  g:(select from g where seg>0)lj`parent xkey select parent,sym,side,qty,arrival from p;
  c:`parent`time`was`algo`n0`n1`before`after`saved`lo`hi`savedbps`adjusted`label;
  r:c!(0#`;0#0Np;0#`;0#`;0#0;0#0;0#0n;0#0n;0#0n;0#0n;0#0n;0#0n;0#0b;0#`);
  if[not count g;:flip r];
  ix:$[x in exec sym from q;select from q where sym=x;()];
  beta:.tca.betas[exec distinct sym from g;q;ix;o];
  flip[r],{[c;m;q;ix;beta;g]
    f:select from m where parent=g`parent;
    b:select from f where seg=g[`seg]-1;a:select from f where seg=g`seg;
    k:30|1+(sums reverse b`qty)binr sum a`qty;
    b:neg[k&count b]sublist b;
    t0:$[count b;first b`time;g`time];
    m0:.tca.mid[([]sym:g`sym;time:t0,g`time);q];
    f:update ref:m0[0],since:t0,old:1b from b;
    f,:update ref:m0[1],since:g`time,old:0b from a;
    adj:(0<count ix)&not null e:beta g`sym;
    x:$[adj;{[ix;t].tca.mid[([]sym:count[t]#first ix`sym;time:t);ix]}ix;{count[x]#0n}];
    f:update mkt:.tca.sign[side]*ref*e*-1+x[time]%x since from f;
    z:.tca.i.saving[select from f where old;select from f where not old];
    c!(g`parent;g`time;g`was;g`algo),z[`n0`n1`before`after`saved`lo`hi],(1e4*z[`saved]%g[`qty]*g`arrival;adj;z`label)}[c;m;q;ix;beta]each g }

// beta of each symbol to the index, from days without orders of ours if there are any
.tca.betas:{[s;q;ix;o]
  if[not count ix;:s!count[s]#0n];
  s!{[q;ix;o;s]qs:select from q where sym=s;.leak.beta[s;.leak.grid[qs;.leak.cfg];qs;ix;exec distinct"d"$time from o where sym=s]}[q;ix;o]each s }

// @desc Parents with what their last switch saved.
.tca.withSaving:{[p;s]
  p:p lj 1!0!select by parent from select parent,saving:saved,savinglo:lo,savinghi:hi,savelabel:label from s;
  update savelabel:(`$"no switch")^savelabel,savingbps:1e4*saving%qty*arrival,savingbpslo:1e4*savinglo%qty*arrival,savingbpshi:1e4*savinghi%qty*arrival from p }

// @desc Switches as they are published.
.tca.switchTable:{[s]
  select parent,time,from_algo:was,to_algo:algo,n_before:n0,n_after:n1,cost_before:before,cost_after:after,saving:saved,saving_ci_lo:lo,saving_ci_hi:hi,
    saving_bps:savedbps,market_adjusted:adjusted,label from s }
