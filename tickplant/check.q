// What comes from publishers is looked at before it is logged. Rows that do not fit are refused with the reason, counted in .u.bad,
// and kept in <dir>.quarantine/<date>, a kdb+ log of messages (`bad;time;user;table;reason;rows); the rest of the batch goes on.

// @desc Refused rows so far, by table and reason.
.u.bad:([table:`symbol$();reason:`symbol$()]rows:0#0)

.check.i.file:{` sv(hsym`$(1_string .journal.dir),".quarantine"),`$string .z.d}

// @desc Keeps what was refused, then counts it.
.check.refuse:{[t;why;n;x]
  if[not type key f:.check.i.file[];f set()];
  h:hopen f;
  r:@[{x[0]x 1;""};(h;enlist(`bad;.z.p;.z.u;t;why;x));::];
  hclose h;
  / the sender is told, and sends it again
  if[count r;'r];
  .u.bad+:([table:1#t;reason:1#why]rows:1#n);
  .log.warn["refused";`table`rows`reason`user!(t;n;why;.z.u)]; }

// @desc A message that cannot be read as rows of a table is refused whole, by a signal.
.check.i.reject:{[t;m;x].check.refuse[t;`$m;$[0h>type x;1;0h>type first x;1;count first x];x];'m}

// @desc A publisher's rows as columns of the schema; atoms are one row, a table its columns. Without time they are stamped;
// columns that were added to the table later may be missing.
.check.columns:{[t;x]
  if[not t in .u.t;.check.i.reject[t;"unknown table ",string t;x]];
  y:$[98h=type x;value flip x;x];
  if[not 0h=type y;.check.i.reject[t;"type: ",string[t]," wants a list of columns, got type ",string[type y],"h";x]];
  if[0h>type first y;y:enlist each y];
  if[not 12h=abs type first y;y:(enlist count[first y]#.z.p),y];
  w:value .tick.types t;
  if[count[y]>=.tick.least t;y:.columns.fit[t;y]];
  if[not count[w]=count y;.check.i.reject[t;"length: ",string[t]," has ",string[count w]," columns, got ",string count y;x]];
  / in a column of texts one of a single character comes as the character
  y:@[y;where(w=0h)&10h=type each y;enlist''];
  if[1<count distinct count each y;.check.i.reject[t;"length: columns of ",string[t]," differ in length";x]];
  y }

// a column of the wrong type throughout refuses the message; so do single items where lists belong, of which the log would not take any again
.check.i.type:{[t;y;w]
  b:where not(w=type each y)|0h=type each y;
  if[count b;.check.i.reject[t;"type: ",string[t]," column ",string[cols[t]b 0]," is ",string[type y b 0],"h, expected ",string[w b 0],"h";y]]; }

// where a column comes as a list of mixed items: those that are not of its type
.check.i.items:{[t;y;w;why;i]?[(null why)&not(neg w i)=type each y i;`$"type: ",string[t]," column ",string cols[t]i;why]}

// a time that is null, or so far ahead that it would end days that have not come
.check.i.time:{[t;x]
  why:?[null x;`$"null time";count[x]#`];
  ?[(null why)&x>=.tick.limit t;`$"time too far ahead";why] }

// @desc The rows of columns y that can be taken, and a reason for each that cannot (` for those that can).
// @return {list} (columns;symbols)
.check.rows:{[t;y]
  .check.i.type[t;y]w:value .tick.types t;
  c:where(0h=type each y)&0h<>w;
  why:.check.i.items[t;y;w]/[count[first y]#`;c];
  if[count c;
    y:y@\:where null why;
    y:@[y;c;:;w[c]$'y c]];
  g:where null why;
  why[g]:.check.i.time[t;first y];
  (y@\:where null why g;why) }

.check.none:([]reason:0#`;rows:0#0)

// @desc Whether a message (one row or columns) fits as it is, all of it into the open day: most do.
.check.fits:{[t;x]
  $[(k:type each x)~.tick.atoms t;first[x]within .tick.span t;
    not k~.tick.shapes t;0b;
    1<count distinct n:count each x;0b;
    first n;all(first x)within .tick.span t;
    0b] }

// @desc What of a message can be taken; the rest is refused.
// @return {list} (columns;table of reason and rows: what was refused)
.check.take:{[t;x]
  r:.check.rows[t;y:.check.columns[t;x]];
  b:(enlist`)_ group r 1;
  {[t;y;why;i].check.refuse[t;why;count i;y@\:i]}[t;y]'[key b;value b];
  (r 0;([]reason:key b;rows:count each value b)) }

// @desc Whether a message of a log can have been logged here: rows of a table in its columns' types. What a torn write leaves may
// read as an object and still be none of ours.
.check.logged:{[m]
  t:m 1;
  $[not t in .u.t;0b;
    `.u.addcol~m 0;4=count m;
    not 3=count m;0b;
    not count[x:m 2]within(.tick.least t;count w:.tick.shapes t);0b;
    (1=count distinct count each x)and(type each x)~count[x]#w] }
.salvage.fits:.check.logged
