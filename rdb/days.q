// Which rows are here: of the present day those from .days.first on, counted from the start of its log, and of days that have ended
// those whose partition is not there yet.

// row number of the first row here, by table; rows of the mark that was told last
.days.first:.days.told:(`symbol$())!0#0
// by ended day: epoch, first (as above), tables
.days.held:(0#0Nd)!()
/ days whose partitions are there
.days.done:0#0Nd
/ newest time of rows that are no longer here, by table
.days.i.last:(`symbol$())!0#0Np

// @desc The present day's rows begin at n, by table.
.days.begin:{[n].days.first:.days.told:n;.days.i.last:key[n]!count[n]#0Np;}

// @desc What a mark says is written down is not here.
.days.after:{[m]
  .days.begin(0*.days.first)+m`rows;
  .days.i.last,:exec max hi by tab from m`chunks; }

.days.clear:{{@[`.;x;{@[0#x;`sym;`g#]}]}each .rdb.t;}

// rows of the present day so far
.days.n:{[t].days.first[t]+{count value x}each t}
.days.newest:{[t].days.i.last[t]^exec last time from value t}

// @desc The write-down has committed a mark, and the IDB has it: what was written by the mark before is let go of.
// @param m {dict} epoch rows final
.rdb.written:{[d;m]
  if[not(d;m`epoch)~(.sub.day;.sub.epoch);:()];
  n:(0*.days.first)+m`rows;
  if[n~.days.told;:()];
  k:0|.days.told-.days.first;
  .days.i.drop'[key k;value k];
  .days.told:n; }

// forgets the first k rows of a table; rows that have not come yet cannot be forgotten
.days.i.drop:{[t;k]
  if[not k&:count value t;:()];
  .days.i.last[t]:last k#(value t)`time;
  .days.first[t]+:k;
  @[`.;t;{[k;x]@[k _ x;`sym;`g#]}k]; }

// @desc Day d is over: its rows are kept apart until .rdb.drop.
.days.keep:{[d]
  if[not d~.sub.day;:()];
  if[not d in .days.done;
    .days.held[d]:`epoch`first`tables!(.sub.epoch;.days.first;.rdb.t!value each .rdb.t)];
  .days.begin 0*.days.first;
  .days.clear[]; }

// @desc The partition of day d is there and the HDB has it.
.rdb.drop:{[d]
  .days.done:distinct .days.done,d;
  .days.held:enlist[d]_ .days.held;
  .Q.gc[]; }

// @desc Days that ended while this process was away: what is not written down of them is read from their logs.
// @param f {dict} logs by day
.days.away:{[f]
  at:.rolls.all .rdb.db;
  f:(key[f]except key[.days.held],.days.done,.sub.day)#f;
  / the HDB has them
  f:(k where not{[at;d]$[d in key at;.rolls.past[`reloaded;at d];.rolls.whole[.rdb.db;d]]}[at]each k:key f)#f;
  .days.i.read'[key f;value f]; }

.days.i.read:{[d;f]
  e:.sub.epochof f;
  n:.rdb.t!count[.rdb.t]#0;
  if[count m:.mark.get[.rdb.dir;d];
    if[m[`final]and e=m`epoch;:()];
    if[e=m`epoch;n+:m`rows]];
  .days.i.got:.rdb.t!{0#value x}each .rdb.t;
  .sub.feed[{[t;x].days.i.got[t]:.days.i.got[t],flip cols[t]!x};f;first -11!(-2;f);n;0W+0*n];
  .days.held[d]:`epoch`first`tables!(e;n;.days.i.got);
  .days.i.got:();
  .log.info["rest of an ended day";(enlist[`date]!enlist d),count each .days.held[d]`tables]; }

// @desc Answers fetcher f (q/live.q) for the days of w with the rows that follow what the IDB has.
// @param a {list} further arguments; w {list} (open day;first;last day), see .live.only
// @param p {date[]} days that the caller has from the HDB
// @param m {dict} the IDB's marks by day: epoch rows final
// @return {list} (1b;answers by day), or (0b;reason): rows in between are in neither, ask the IDB again
.rdb.ask:{[f;a;w;p;m]
  if[.live.ahead[];if[not .sub.day~w 0;:(0b;"the open day is another";.sub.day)]];
  here:key[.days.held],$[null .sub.day;0#0Nd;.sub.day];
  here:.live.days[w;here]except p;
  if[count b:k where not(k in here)or{x`final}each m k:key m;
    :(0b;"the RDB has nothing of ",string first b)];
  if[count b:where 0<count each why:here!.days.i.gap[m]each here;:(0b;why first b)];
  (1b;here!{[f;a;w;m;d].live.ask[.days.i.pieces[w;d;.days.i.from[m;d]];f;a]}[f;a;w;m]each here:asc here) }

// a day's epoch and the number of its first row here
.days.i.is:{[d]$[d in key .days.held;`epoch`first#.days.held d;`epoch`first!(.sub.epoch;.days.first)]}

// why the rows here do not follow the IDB's, "" when they do
.days.i.gap:{[m;d]
  i:.days.i.is d;
  if[not d in key m;:$[any 0<i`first;"rows of ",string[d]," that were written down are not in the IDB";""]];
  if[m[d;`final];:""];
  if[not i[`epoch]=m[d;`epoch];:"the log of ",string[d]," was mended, and not all have read it anew"];
  $[any b:(i`first)>(0*i`first)+m[d;`rows];
    "the IDB has ",string[d]," up to row ",(-3!m[d;`rows]where b),", the RDB from ",-3!i[`first]where b;
    ""] }

// how many of the rows here the IDB has
.days.i.from:{[m;d]$[d in key m;0|((0*f)+m[d;`rows])-f:.days.i.is[d]`first;0*.days.i.is[d]`first]}

.days.i.pieces:{[w;d;k]
  v:$[d in key .days.held;.days.held[d]`tables;.rdb.t!.rdb.t];
  {[w;d;v;k;t;c]$[t in key v;enlist ?[v t;c,.live.only[w;d;t],$[0<k t;enlist(>=;`i;k t);()];0b;()];()]}[w;d;v;k] }
