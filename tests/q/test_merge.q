// Late rows: each goes into its partition once, whatever is interrupted; corrections by key; partitions from before a column was added.

system"l ",getenv[`SLIPSTREAM_Q],"/boot.q"
.boot.use each`test`log;
dir:"/tmp/slip-merge-",string .z.i
system"mkdir -p ",dir,"/tplog.late";
.z.x:("-db";dir,"/hdb";"-tplog";dir,"/tplog";"-settle";"0")
system"l ",getenv[`SLIPSTREAM_Q],"/../hdb/merge.q"
told:()
.log.info:.log.warn:{[m;d]told,:enlist m}

d:2024.03.04
rows:{[d;k;s]n:count k;flip cols[trade]!(d+0D10:00:00+k;s;n#`V;"f"$k;n#1f;n#`buy;n#`;n#d+0D;k)}
seqs:{[d;t]$[count x:.part.read[.merge.db;d;t];exec seq from x;0#0]}
late:hsym`$dir,"/tplog.late/slip",string d
/ a message of late rows
say:{[f;x]if[not type key f;f set()];h:hopen f;h enlist(`upd;`trade;value flip x);hclose h;}
look:{.follow.next:.z.p;.follow.look[];.follow.look[]}

// a day that never was
say[late;rows[d;1 0;`A`A]];
look[];
.t.match[0 1]seqs[d;`trade]
.t.match[.merge.t]asc key .part.i.path[.merge.db;d]
.t.match[hcount late].follow.upto d

// what is merged is merged once; what follows is merged next
look[];
.t.match[0 1]seqs[d;`trade]
inode:first system"stat -c %i ",(1_string .part.i.path[.merge.db;d]),"/quote/time"
say[late;rows[d;3 2;`A`B]];
say[late;rows[d;1#4;1#`B]];
look[];
.t.match[0 1 3 2 4]seqs[d;`trade]
.t.match[`A`A`A`B`B]exec sym from .part.read[.merge.db;d;`trade]
.t.match[2]count .commit.done[]
/ tables without new rows are linked, not copied
.t.match[inode]first system"stat -c %i ",(1_string .part.i.path[.merge.db;d]),"/quote/time"

// a day waits until its log has settled, and while a merge before it is rested from; not for a clock that was stepped back meanwhile
one:.follow.i.day
took:0#0Nd
.follow.i.day:{took,:x}
e:2024.03.25
say[other:hsym`$dir,"/tplog.late/slip",string e;rows[e;9 8;`A`B]];
.merge.o[`settle]:3600000
.follow.next:.z.p+0D00:30;.follow.rest:0D01;
.follow.look[];
update since:since-0D02 from`.follow.seen;
.follow.look[];
.t.match[0#0Nd]took
.follow.next:.z.p+1D;
update since:since+1D from`.follow.seen;
.follow.look[];
.t.match[1#e]took
hdel other;
.merge.o[`settle]:0
.follow.rest:0D
.follow.i.day:one

// killed before the renaming: nothing has happened, and the next look does it
say[late;rows[d;1#5;1#`B]];
replace:.part.replace
.part.replace:{[db;d]'"killed"}
.t.fails["killed"]{look[]}
.part.replace:replace
.t.match[1b]`.merging in`$-8#'string key hsym`$dir
.t.match[0 1 3 2 4]seqs[d;`trade]
look[];
.t.match[0 1 3 2 4 5]seqs[d;`trade]
.t.match[hcount late].follow.upto d

// killed after the renaming, before the note: it is noted, and not done again
say[late;rows[d;1#6;1#`B]];
recover:.commit.recover
.commit.recover:{if[done::.part.replaced;'"killed"];recover[]}
.part.replaced:0b
.part.replace:{[db;d]replace[db;d];.part.replaced:1b}
.t.fails["killed"]{look[]}
.part.replace:replace;.commit.recover:recover
.t.match[0 1 3 2 4 5 6]seqs[d;`trade]
.t.match[1b](hcount late)>.follow.upto d
.merge.alone[{[x]};enlist(::)];
.t.match[hcount late].follow.upto d
look[];
.t.match[0 1 3 2 4 5 6]seqs[d;`trade]
.t.match[()]key hsym`$dir,"/hdb.merging"

// no room for the note that it is done: with nothing left to merge, it is noted all the same, once there is room
say[late;rows[d;1#7;1#`B]];
settle:.commit.settle
.commit.settle:{[d]'"no room"}
.t.fails["no room"]{look[]}
.t.match[0 1 3 2 4 5 6 7]seqs[d;`trade]
.merge.finish[];.merge.finish[];
.t.match[1b]any"?"=last each read0 .commit.i.revisions d
.t.match["an interrupted merge waits"]last told
n:count told
.merge.finish[];
.t.match[n]count told                                      / said once
.commit.settle:settle
.merge.finish[];
.t.match[0b]any"?"=last each read0 .commit.i.revisions d
.t.match[()]key hsym`$dir,"/hdb.merging"
look[];
.t.match[0 1 3 2 4 5 6 7]seqs[d;`trade]

// a log that was mended since: what was taken out of it is subtracted from how far it has been read
b:hcount late
m:8+count 8_-8!(`upd;`trade;value flip rows[d;1 0;`A`A])
h:hopen`$string[late],".damage";
neg[h]" "sv string(.z.p;8;m-8);
hclose h;
.t.match[b-m-8].follow.upto d
hdel`$string[late],".damage";

// what was taken out of a late log is counted by the lines of its list of damages, not by clocks that may be stepped: nothing is lost or comes twice, however often it is mended and merged
m:2024.03.10
mended:{[l;at]
  n:count 8_-8!(`upd;`trade;value flip rows[m;1#0;1#`A]);
  b:read1 l;
  / the first message, and the last: two holes of one mending
  l 1:(8#b),neg[n]_(8+n)_b;
  h:hopen`$string[l],".damage";
  {[h;at;n;o]neg[h]" "sv string(at;o;n)}[h;at;n]each 8,count[b]-n;
  hclose h; }
{[ahead]
  m::m+1;
  l:hsym`$dir,"/tplog.late/slip",string m;
  say[l]each rows[m;;1#`A]each 1#'til 8;
  look[];
  {[l;ahead;k]
    mended[l;.z.p+ahead];
    say[l;rows[m;1#k;1#`A]];
    look[];
    .t.match[til 1+k]seqs[m;`trade];
    .t.match[hcount l].follow.upto m;
    if[k=10;look[];.t.match[til 1+k]seqs[m;`trade]]}[l;ahead]each 8 9 10;
  }each 0D,-1D 1D;

// a log that is mended while it is read is read again
m:2024.03.14
l:hsym`$dir,"/tplog.late/slip",string m
say[l]each rows[m;;1#`A]each 1#'til 4;
reads:.follow.read
.follow.read:{[f;from]r:reads[f;from];.follow.read:reads;mended[f;.z.p];r}
.t.fails["mended"]{look[]}
.t.match[0#0]seqs[m;`trade]
look[];
.t.match[1 2]seqs[m;`trade]

// notes are in the order in which they were made, though the clock is stepped back between them
done:.commit.done
.commit.done:{update at:at+1D from done[]}
.t.match[1b](exec max at from .commit.done[])<.commit.i.now m
.commit.done:done
system"rm -r ",raze" ",'dir,/:("/hdb/2024.03.1[1-4]";"/tplog.late/*2024.03.1[1-4]*");

// a day that is being captured or rolled waits
say[f:hsym`$dir,"/tplog.late/slip",string d+1;rows[d+1;1#1;1#`A]];
.rolls.note[.merge.db;d+1;`ended];
look[];
.t.match[0#0]seqs[d+1;`trade]
.t.match["late rows wait"]last told
n:count told
look[];
.t.match[n]count told                                      / said once
.rolls.note[.merge.db;d+1;`cleared];
look[];
/ it was written, and is not here any more: what is left of it is in the lake
.t.match[0#0]seqs[d+1;`trade]
.t.match[1b].follow.waiting[d+1]like"*restore*"
{@[`.;x;0#]}each .merge.t;
.merge.hold[`trade;cols trade;value flip rows[d+1;1#0;1#`A]];
.merge.restore[d+1;0b;(0#`)!0#0Np];
.merge.clear[];
look[];
.t.match[0 1]seqs[d+1;`trade]

// restored from a lake that was written between two merges: only the later one comes again
say[f;rows[d+1;1#2;1#`A]];
at:exec max at from .commit.done[]where date=d+1
look[];
.t.match[0 1 2]seqs[d+1;`trade]
.merge.hold[`trade;cols trade;value flip rows[d+1;0 1;`A`A]];
.merge.restore[d+1;1b;enlist[`trade]!enlist at];
.merge.clear[];
.t.match[at].commit.revisions[d+1]`trade
look[];
.t.match[0 1 2]seqs[d+1;`trade]

// a day anew from its log: late rows come again by themselves
g:hsym`$dir,"/slip",string d
say[g;rows[d;1#9;1#`A]];
.merge.rebuild[d;g;0b];
.merge.clear[];
.t.match[1#9]seqs[d;`trade]
look[];
.t.match[0 1 3 9 2 4 5 6 7]seqs[d;`trade]

// corrections: rows that agree in the key are replaced, the others come in addition; twice the same key: the last
x:update price:99 98 97f from rows[d;3 50 50;`A`A`A]
.merge.take[`trade;value flip x];
.t.match[([]date:1#d;tab:1#`trade;rows:1#3;replaced:1#1)].merge.run[`fix;`sym`seq]
.merge.clear[];
.t.match[99f]exec first price from .part.read[.merge.db;d;`trade]where seq=3
.t.match[1#97f]exec price from .part.read[.merge.db;d;`trade]where seq=50
.t.match[0 1 3 9 50 2 4 5 6 7]seqs[d;`trade]
.merge.take[`trade;value flip x];
.t.fails["key: trade has no column nosuch"]{.merge.run[`other;`nosuch]}
.merge.clear[];

// the archive is told which tables were written again
.t.match[1b].commit.revisions[d][`trade]=exec max at from .commit.done[]where date=d
.t.match[1b](`trade`quote inter key .commit.revisions d)~`trade`quote         / the rebuild wrote all

// a column was added since, and a table: old partitions get both
.t.match[0]count .fill.plan[]
(hsym`$dir,"/tplog.schema")set((`trade;`note;`);(`quote;`hidden;0n));
old:cols trade
extra:([]time:0#0Np;sym:0#`;v:0#0)
.merge.t,:`extra
.merge.columns[];
.t.match[6]count .fill.plan[]
before:.commit.revisions[d]`trade
/ interrupted: what is done stays, the rest comes with the next run
column:.part.column
.part.column:{[f;c;v]column[f;c;v];if[c=`hidden;'"killed"]}
.t.fails["killed"]{.fill.run[]}
.part.column:column
.t.match[5]count .fill.plan[]
.t.match[5].fill.run[]
.t.match[0]count .fill.plan[]
.t.match[0].fill.run[]
.t.match[1b](.commit.revisions[d]`trade)>before
p:.part.i.path[.merge.db;d]
.t.match[`](distinct value get` sv p,`trade`note)0
.t.match[(count get` sv p,`quote`time)#0n]get` sv p,`quote`hidden
.t.match[`time`sym`v]get` sv p,`extra`.d
.t.match[cols trade]get` sv p,`trade`.d
/ and late rows from before the column
say[late;flip old!(d+0D11;`A;`V;60f;1f;`buy;`;0Np;60),\:()];
look[];
.t.match[1b]60 in seqs[d;`trade]
.t.match[1#`]exec note from .part.read[.merge.db;d;`trade]where seq=60

// columns that the schema no longer has as partitions do
kind:{[d;t;c]type get` sv .part.i.path[.merge.db;d],t,c}
names:{[d;t]get` sv .part.i.path[.merge.db;d],t,`.d}
.t.fails["the schema of trade has note: take it out"]{.change.plan[`drop;`trade;`note;`]}
.t.fails["time is a column of every table"]{.change.plan[`drop;`trade;`time;`]}
.t.fails["the schema of trade has no column nosuch"]{.change.plan[`rename;`trade;`gone;`nosuch]}
trade:delete note from trade
.t.match[d,d+1]exec date from .change.plan[`drop;`trade;`note;`]
n:seqs[d;`trade]
.change.run[`drop;`trade;`note;`];
.t.match[0]count .change.plan[`drop;`trade;`note;`]
.t.match[0b]`note in names[d;`trade],key` sv .part.i.path[.merge.db;d],`trade
.t.match[n]seqs[d;`trade]
// renamed, killed between the new name and the end of the old one
quote:`time`sym`venue`bid`ask`bsize`asize`etime`seq`shown xcol quote
mine:.fill.i.names
.fill.i.names:{[a;p;c]'"killed"}
.t.fails["killed"]{.change.run[`rename;`quote;`hidden;`shown]}
.fill.i.names:mine
.change.run[`rename;`quote;`hidden;`shown];
.t.match[cols quote]names[d;`quote]
.t.match[9h]kind[d;`quote;`shown]
.t.match[0b]`hidden in key` sv .part.i.path[.merge.db;d],`quote
.t.match[0]count .fill.plan[]
// of another type
trade:update seq:"i"$seq,size:`$string size from trade
.t.match[7 7h]exec typ from .change.plan[`retype;`trade;`seq;`]
p:exec price from .part.read[.merge.db;d;`trade]
.change.run[`retype;`trade;`seq;`];
.change.run[`retype;`trade;`size;`];
.t.match[6 20h]kind[d;`trade]each`seq`size
.t.match["i"$n]seqs[d;`trade]
.t.match[p]exec price from .part.read[.merge.db;d;`trade]
.t.match[0]count .change.plan[`retype;`trade;`seq;`]

system"rm -r ",dir;
.t.end[]
