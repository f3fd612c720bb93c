// A partition that was prepared aside takes its place together with the note of what was merged into it: after a crash at any moment
// both are there or neither.
//
//   <db>.merging          what is under way: by which file the new partition is known, and the notes as they are once it is in place
//   <db>.merged           the notes: source, date, table, rows, when, and how far the source has been read
//   <db>.revisions/<date> a line `table time` for each table that was written again, by which the archive sees that the lake is behind

.commit.i.file:{[x]hsym`$(1_string .merge.db),x}
.commit.i.none:([]source:0#`;date:0#0Nd;tab:0#`;rows:0#0;replaced:0#0;upto:0#0;at:0#0Np)

// @desc What has been merged.
.commit.done:{$[type key f:.commit.i.file".merged";.commit.i.none uj get f;.commit.i.none]}

// written aside, forced to disk, renamed
.commit.i.put:{[x;v]
  f:1_string .commit.i.file x;
  (hsym`$f,".new")set v;
  system"sync ",f,".new && mv ",f,".new ",f," && sync ",f; }

// a file of a partition as it is known by wherever its folder is renamed to
.commit.i.mark:{[p;t]system"stat -c '%i %Y %y %s' ",(1_string` sv p,t),"/.d"}

// @desc Puts the partition of day d, which is aside, in its place.
// @param r {table} notes: source date tab rows replaced upto
.commit.run:{[d;r]
  r:update at:.z.p from r;
  n:r[`tab]!r`at;
  .commit.i.do[d;r[`tab]0;.commit.revisions[d],n;.commit.done[],cols[.commit.i.none]xcols r]; }

// @desc The same for one that was written anew from its log: what was merged is not in it.
// @param t {symbol[]} its tables
.commit.anew:{[d;t].commit.i.do[d;first t;t!count[t]#.z.p;select from .commit.done[]where not date=d];}

// @desc The same for one from the lake: what was merged up to the revision of its tables there is in it.
// @param r {dict} revision by table, null where there was none
.commit.same:{[d;t;r]
  .commit.i.do[d;first t;(where not null r)#r;select from .commit.done[]where not(date=d)&at>r tab]; }

// t: a table of the partition; r: revisions of the day, x: all notes, as they will be
.commit.i.do:{[d;t;r;x]
  .commit.i.put[".merging"](d;t;.commit.i.mark[.part.aside[.merge.db;d];t];x);
  .commit.revise[d;r];
  .commit.i.replace d;
  .commit.recover[]; }

// A partition that is there is exchanged by the HDB, between two of its queries; by this process when no HDB runs.
.commit.i.replace:{[d]
  if[$[.part.there[.merge.db;d];null .commit.i.hdb[];1b];:.part.replace[.merge.db;d]];
  old:(1_string .part.aside[.merge.db;d]),".old";
  system"sync; rm -rf ",old;
  .conn.ask[`hdb;(`.hdb.swap;1_string .merge.db;d)];
  system"sync";
  system"rm -rf ",old; }
.commit.i.hdb:{$[`hdb in key .conn.addr;@[.conn.get;`hdb;0Ni];0Ni]}

// @desc What a crash interrupted: noted when the new partition is in place, else forgotten.
.commit.recover:{
  if[not type key f:.commit.i.file".merging";:()];
  m:get f;
  p:.part.i.path[.merge.db;m 0];
  if[$[m[1]in key p;m[2]~.commit.i.mark[p;m 1];0b];.commit.i.put[".merged"]m 3];
  hdel f; }

// @desc Notes when tables of a day have been written again.
// @param r {dict} when, by table
.commit.revise:{[d;r]
  f:1_string .commit.i.file".revisions/",string d;
  system"mkdir -p ",1_string .commit.i.file".revisions";
  (hsym`$f,".new")0:" "sv'flip(string key r;string value r);
  system"sync ",f,".new && mv ",f,".new ",f; }

// @desc When tables of a day were written again, by table.
.commit.revisions:{[d]
  e:(0#`)!0#0Np;
  if[not type key f:.commit.i.file".revisions/",string d;:e];
  l:" "vs'read0 f;
  e,(`$l[;0])!"P"$l[;1] }
