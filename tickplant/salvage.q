// A damaged log is put right: whole messages before, between and after the holes stay, the holes go to <log>.torn, and <log>.damage tells of them.

/ how a message begins: a list of three that starts with the symbol upd, or of four that starts with .u.addcol
.salvage.i.heads:11 17#'8_'-8!'((`upd;`;0b);(`.u.addcol;`;`;0b))

// @desc Mends a log where it needs it. A message is whole when its checksum agrees, or, where it has none,
// when it begins as messages do and reads as one object.
// @param f {symbol} log
// @return {table} at bytes: the holes, in the log as it was; empty for a whole log
.salvage.mend:{[f]
  r:.sums.read f;
  k:.salvage.keep[f;r;.sums.good[f;r]];
  h:.salvage.holes[k;hcount f];
  if[not count h;:h];
  .salvage.write[f;k;h];
  .log.warn["log mended";`file`holes`bytes`messages!(f;count h;sum h`bytes;first -11!(-2;f))];
  h }

// @desc Ranges of whole messages.
// @param r {table} checksums; g {boolean[]} which agree
// @return {table} at bytes
.salvage.keep:{[f;r;g]
  ok:select at,bytes:len from r where g;
  / what no checksum speaks of is read by its structure; what one speaks against is a hole
  open:.salvage.holes[select at,bytes:len from r;hcount f];
  `at xasc ok,raze .salvage.i.walk[f]'[open`at;open`bytes] }

// @desc What ranges leave of a log of n bytes, its 8 bytes of header aside.
.salvage.holes:{[k;n]
  e:8,k[`at]+k`bytes;
  select from([]at:e;bytes:(k[`at],n)-e)where bytes>0 }

// whole messages in n bytes from o, by structure: each from where one may begin, to where the next may or before
.salvage.i.walk:{[f;o;n]
  b:read1(f;o;n);
  c:asc raze("c"$b)ss/:"c"$.salvage.i.heads;
  m:.salvage.i.length[f]each b c+til each(1_c,n)-c;
  select from([]at:o+c;bytes:m)where bytes>0 }

// bytes of the object that b begins with; 0 if there is none. Mostly all of b; if what follows is damaged, where it ends is found by halving
.salvage.i.length:{[f;b]
  if[.salvage.i.reads b;:count b];
  t:`$string[f],".part";
  whole:{[t;b;n]t 1:0xff01000000000000,n#b;0<first -11!(-2;t)}[t;b];
  if[not whole count b;hdel t;:0];
  n:last{[w;r]$[w m:(sum r)div 2;(r 0;m);(m;r 1)]}[whole]/[{1<x[1]-x 0};(0;count b)];
  hdel t;
  n*.salvage.i.reads n#b }

.salvage.i.reads:{[b]@[{.salvage.fits -9!x};0x01000000,(reverse 0x0 vs`int$8+count b),b;0b]}

// @desc Whether a message without a checksum can be one that was logged; a tickerplant that knows its schema says more.
.salvage.fits:{[m]first[m]in`upd`.u.addcol}

// the mended log is written aside, checked, and renamed over the damaged one once the holes are kept
.salvage.write:{[f;k;h]
  a:`$string[f],".mended";
  a 1:0xff01000000000000;
  w:hopen a;
  {[f;w;o;n]w read1(f;o;n)}[f;w]'[k`at;k`bytes];
  hclose w;
  if[1<count -11!(-2;a);'"salvage: ",string[f]," is still damaged after mending"];
  t:hopen`$string[f],".torn";
  {[f;t;o;n]t read1(f;o;n)}[f;t]'[h`at;h`bytes];
  hclose t;
  d:hopen`$string[f],".damage";
  / one moment a mending: its holes are where they were before it, those of the next where they are after it
  {[d;p;o;n]neg[d]" "sv string(p;o;n)}[d;.z.p]'[h`at;h`bytes];
  hclose d;
  @[hdel;.sums.file f;::];              / of the log as it was; there may be none
  system"sync -f ",1_string a;
  system"mv ",(1_string a)," ",1_string f; }
