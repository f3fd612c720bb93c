// Books from depth (L2) and from orders (mbo, L3), for venues that send no quotes: each row that moves the best bid or offer gives a quote.

// @desc Empty books: by symbol and venue the levels of each side (price to size), and of L3 the orders.
.book.none:([sym:0#`;venue:0#`]buy:();sell:();orders:())
.book.i.empty:`buy`sell`orders!((0#0n)!0#0n;(0#0n)!0#0n;(0#0)!())

// @desc Takes rows of depth or mbo, in order of arrival.
// @param s {table} books, keyed by sym and venue
// @param x {table} rows of depth (size 0 removes a level, without a price all of its side), or of mbo (action add modify fill delete clear)
// @return {list} (books; quotes: time sym venue bid ask bsize asize where these have changed)
// @example last .book.take[.book.none;([]time:2#2024.01.01D;sym:`A;venue:`v;side:`buy`sell;price:9 10f;size:100 200f)]
.book.take:{[s;x]
  if[not count x;:(s;([]time:0#0Np;sym:0#`;venue:0#`;bid:0#0n;ask:0#0n;bsize:0#0n;asize:0#0n))];
  f:$[`action in cols x;.book.i.order;.book.i.level];
  g:group select sym,venue from x;
  r:{[s;f;k;x]
    b:$[k in key s;s k;.book.i.empty];
    t:.book.i.top b;
    y:{[f;a;r]b:f[a 0;r];(b;.book.i.top b)}[f]\[(b;t);x];
    q:flip`bid`ask`bsize`asize!flip y[;1];
    q:(select time,sym,venue from x),'q;
    (last[y]0;q where not y[;1]~'(enlist t),-1_y[;1]) }[s;f]'[key g;x value g];
  k:key g;
  b:r[;0];
  (s upsert k!flip`buy`sell`orders!flip value each b;`time xasc raze r[;1]) }

// best bid and offer and their sizes; null where a side is empty
.book.i.top:{[b]
  p:$[count b`buy;max key b`buy;0n];
  a:$[count b`sell;min key b`sell;0n];
  (p;a;(b`buy)p;(b`sell)a) }

.book.i.level:{[b;r]
  d:b r`side;
  b[r`side]:$[null r`price;0#d;0<r`size;d,(1#r`price)!1#r`size;(1#r`price)_d];
  b }

// a level gets d more; gone when nothing is left
.book.i.more:{[b;side;p;d]
  l:b side;
  n:d+0f^l p;
  b[side]:$[n>1e-9;l,(1#p)!1#n;(1#p)_l];
  b }

.book.i.order:{[b;r]
  if[r[`action]=`clear;:.book.i.empty];
  if[r[`action]=`add;
    b[`orders]:b[`orders],(1#r`oid)!enlist(r`side;r`price;r`size);
    :.book.i.more[b;r`side;r`price;r`size]];
  / of an order that was there before the stream began nothing is known
  if[not r[`oid]in key b`orders;:b];
  o:b[`orders]r`oid;
  n:$[r[`action]=`modify;r`size;r[`action]=`fill;o[2]-r`size;0f];
  p:$[(r[`action]=`modify)&not null r`price;r`price;o 1];
  b:.book.i.more[b;o 0;o 1;neg o 2];
  b[`orders]:$[n>1e-9;b[`orders],(1#r`oid)!enlist(o 0;p;n);(1#r`oid)_b`orders];
  $[n>1e-9;.book.i.more[b;o 0;p;n];b] }
