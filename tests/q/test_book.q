// Books from levels and from orders.

system"l ",getenv[`SLIPSTREAM_Q],"/boot.q"
.boot.use each`$("test";"rt/tick");
system"l ",getenv[`SLIPSTREAM_Q],"/../tests/q/flow.q"
t:{t0+0D00:00:01*x}
l:([]time:t til 6;sym:`A;venue:`v;side:`buy`sell`buy`buy`sell`buy;price:9.9 10.1 9.8 9.9 10.1 9.8;size:5 6 7 0 0 0f)
r:@[.book.take[.book.none;l];1;{@[x;`time;`#]}]
e:([]time:t til 6;sym:`A;venue:`v;bid:9.9 9.9 9.9 9.8 9.8 0n;ask:0n 10.1 10.1 10.1 0n 0n;bsize:5 5 5 7 7 0n;asize:0n 6 6 6 0n 0n)
.t.match[e 0 1 3 4 5]r 1                                   / the third row is behind the best
// in pieces: the same
a:.book.take[.book.none;3#l];b:.book.take[a 0;3_l]
.t.match[r 1]@[a[1],b 1;`time;`#]
.t.match[r 0]b 0
// a row without a price empties its side, as when a feed begins anew
z:([]time:t 6 7;sym:`A;venue:`v;side:`sell`buy;price:0n 9.7;size:0 4f)
.t.match[([]bid:1#9.9;ask:1#0n)]select bid,ask from last .book.take[first .book.take[.book.none;3#l];update side:`sell`buy,price:0n 9.7 from z]
.t.match[0n 10.1]raze value exec last bid,last ask from last .book.take[first .book.take[.book.none;3#l];update side:`buy from 1#z]
// orders: two at one price, a fill of a part, a larger size at another price, what is left, an order that is not known
m:([]time:t til 8;sym:`A;venue:`v;action:`add`add`add`fill`modify`delete`delete`clear;oid:1 2 3 1 2 1 77 0;side:`buy`buy`sell`buy`buy`buy`buy`;
  price:9.9 9.9 10.1 0n 9.95 0n 0n 0n;size:5 6 7 2 8 0n 0n 0n)
q:last .book.take[.book.none;m]
.t.match[9.9 9.9 9.9 9.9 9.95 0n]q`bid
.t.match[5 11 11 9 8 0n]q`bsize
.t.match[0n 0n 10.1 10.1 10.1 0n]q`ask
.t.match[t 0 1 2 3 4 7]q`time                              / what is left of order 1 is behind the best
// books of symbols and venues are apart
two:.book.take[.book.none;l,update venue:`w from l]
.t.match[r 1]update venue:`v from select from two 1 where venue=`w
.t.match[2]count two 0
.t.match[0]count last .book.take[.book.none;0#l]

// the engine makes its quotes of them: an order between the third and the fourth row is held against 9.9 and 10.1
arrived:{[l2;x]
  .rt.reset[];.rt.l2:l2;
  .rt.put'[key x;value x];
  .rt.put[`orders;fit[orders]([]time:enlist t[2]+0D00:00:00.5;sym:`A;id:`P;event:`new;side:`buy;qty:1f)];
  .rt.seen:t 60;
  r:0#arrival;
  while[not null w:.rt.next[];r,:(.rt.tick w)`arrival];
  select bid,ask,bsize,asize,mid from r }
.t.match[([]bid:1#9.9;ask:10.1;bsize:5f;asize:6f;mid:10f)]arrived[1#`v;(1#`depth)!enlist fit[depth]l]
.t.match[arrived[1#`v;(1#`depth)!enlist fit[depth]l]]arrived[0#`;(1#`quote)!enlist fit[quote]r 1]
.t.match[0]count select from arrived[0#`;(1#`depth)!enlist fit[depth]l]where not null mid
.t.end[]
