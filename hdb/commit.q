// A partition that was prepared aside takes its place together with the note of what was merged into it: after a crash at any moment
// both are there or neither.
//
//   <db>.merging          what is under way: by which file the new partition is known, and the notes as they are once it is in place
//   <db>.merged           the notes: source, date, table, rows, when, how far the source has been read, and how often it had been mended then
//   <db>.revisions/<date> a line `table time` for each table that was written again, by which the archive sees that the lake is behind;
//                         `table time?` while that is under way, for what is read meanwhile may be of before or after

.commit.i.file:{[x]hsym`$(1_string .merge.db),x}
.commit.i.none:([]source:0#`;date:0#0Nd;tab:0#`;rows:0#0;replaced:0#0;upto:0#0;at:0#0Np;mends:0#0)

// @desc What has been merged.
.commit.done:{$[type key f:.commit.i.file".merged";.commit.i.none uj get f;.commit.i.none]}

// written aside, forced to disk, renamed
.commit.i.put:{[x;v].commit.i.new[f:.commit.i.file x]set v;.commit.i.rename f;}
.commit.i.new:{[f]`$string[f],".new"}
.commit.i.rename:{[f]
  n:1_string .commit.i.new f;
  system"sync ",n," && mv ",n," ",(1_string f)," && sync ",(1_string f)," ",1_string first` vs f; }

// a file of a partition as it is known by wherever its folder is renamed to
.commit.i.mark:{[p;t]system"stat -c '%i %Y %y %s' ",(1_string` sv p,t),"/.d"}

// @desc Puts the partition of day d, which is aside, in its place.
// @param r {table} notes: source date tab rows replaced upto mends
.commit.run:{[d;r]
  r:update at:.commit.i.now d from r;
  n:r[`tab]!r`at;
  .commit.i.do[d;r[`tab]0;.commit.revisions[d],n;.commit.done[],cols[.commit.i.none]xcols r]; }

// the moment of a note of day d: after all that were made before it, whatever became of the clock
.commit.i.now:{[d].z.p|1+max(exec max at from .commit.done[]),value .commit.revisions d}

// @desc The same for one that was written anew from its log: what was merged is not in it.
// @param t {symbol[]} its tables
.commit.anew:{[d;t].commit.i.do[d;first t;t!count[t]#.commit.i.now d;select from .commit.done[]where not date=d];}

// @desc The same for one from the lake: what was merged up to the revision of its tables there is in it.
// @param r {dict} revision by table, null where there was none
.commit.same:{[d;t;r].commit.i.do[d;first t;t#r;select from .commit.done[]where not(date=d)&at>r tab];}

// t: a table of the partition; r: revisions of the day, x: all notes, as they will be
.commit.i.do:{[d;t;r;x]
  .commit.i.put[".merging"](d;t;.commit.i.mark[.part.aside[.merge.db;d];t];x);
  .commit.revise[d;r];
  .commit.i.replace d;
  .commit.recover[]; }

// A partition that is there is exchanged by the HDB, between two of its queries; by this process when no HDB runs.
.commit.i.replace:{[d]
  if[$[.part.there[.merge.db;d];null .commit.i.hdb[];1b];:.part.replace[.merge.db;d]];
  old:(1_string a:.part.aside[.merge.db;d]),".old";
  system"rm -rf ",old;
  system"sync -f ",1_string a;
  .conn.ask[`hdb;(`.hdb.swap;1_string .merge.db;d)];
  system"sync -f ",1_string .part.i.path[.merge.db;d];
  system"rm -rf ",old; }
.commit.i.hdb:{$[`hdb in key .conn.addr;@[.conn.get;`hdb;0Ni];0Ni]}

// @desc What a crash interrupted: noted when the new partition is in place, else forgotten.
.commit.recover:{
  p:first` vs .merge.db;
  hdel each` sv/:p,/:f where(f:key p)like(string last` vs .merge.db),".merg*.tmp";
  done:0Nd;
  if[type key f:.commit.i.file".merging";
    m:get f;
    p:.part.i.path[.merge.db;m 0];
    if[$[m[1]in key p;m[2]~.commit.i.mark[p;m 1];0b];
      .commit.i.put[".merged"]m 3;
      .commit.settle done:m 0]];
  / of those that stopped on the way nobody knows what was read of them meanwhile
  {[d].commit.i.lines[d;{x!count[x]#.z.p}key .commit.revisions d;""]}each .commit.i.open[]except done;
  if[type key f;hdel f]; }

// @desc Notes that tables of a day are being written again.
// @param r {dict} when, by table; null for one that will be as it was when it was first written
.commit.revise:{[d;r].commit.i.lines[d;r;"?"]}

// @desc Notes that it is done.
.commit.settle:{[d].commit.i.lines[d;(where not null r)#r:.commit.revisions d;""];}

.commit.i.revisions:{[d].commit.i.file".revisions/",string d}
.commit.i.lines:{[d;r;e]
  system"mkdir -p ",1_string .commit.i.file".revisions";
  .commit.i.new[f:.commit.i.revisions d]0:" "sv'flip(string key r;string[value r],\:e);
  .commit.i.rename f; }

// days with tables that are being written again
.commit.i.open:{
  d:"D"$string key .commit.i.file".revisions";
  d where{any"?"=last each read0 .commit.i.revisions x}each d:d where not null d }

// @desc When tables of a day were written again, by table.
.commit.revisions:{[d]
  e:(0#`)!0#0Np;
  if[not type key f:.commit.i.revisions d;:e];
  l:" "vs'read0 f;
  e,(`$l[;0])!"P"$l[;1]except\:"?" }
