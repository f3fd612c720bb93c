// Write-down: rows of a day go to disk in numbered chunks, and the day's mark names them (q/mark.q).

// the marks of the days that are not cleared yet
.down.marks:(0#0Nd)!()

// @desc Rows of day d that are written, by table.
.down.rows:{[d;t]$[d in key .down.marks;(t!count[t]#0)+.down.marks[d]`rows;t!count[t]#0]}

// @desc Removes what a crash left that no mark names, and reads the marks.
.down.recover:{
  f:f where not null"D"$string f:key .down.dir;
  have:`$string .mark.days .down.dir;
  {[f]system"rm -rf ",(1_string .down.dir),"/",string f;
    .log.warn["removed what no mark names";(enlist`folder)!enlist f]}each f except have;
  .down.marks:d!.down.i.trim each d:"D"$string have; }

.down.i.trim:{[d]
  m:.mark.get[.down.dir;d];
  p:.mark.folder[.down.dir;d];
  if[count x:key[p]except`mark,`$string distinct m[`chunks]`n;
    {[p;x]system"rm -rf ",(1_string p),"/",string x}[p]each x;
    .log.warn["removed what the mark does not name";`date`names!(d;x)]];
  m }

// @desc Writes rows x of day d as one chunk and commits the mark. Nothing has happened if it signals.
// @param e {long} epoch of the day's log
// @param f {symbol} the log: it is forced to disk first, so that no mark is ahead of it when the machine loses power
// @param x {dict} tables by name, the empty ones among them
// @param final {boolean} the day is over, these are its last rows
.down.write:{[d;e;f;x;final]
  m:$[d in key .down.marks;.down.marks d;.mark.new[d;e;0#/:x]];
  y:(where 0<count each x)#x;
  if[(not count y)and final=m`final;:()];
  n:0|1+max -1,m[`chunks]`n;
  system"mkdir -p ",p:1_string .mark.folder[.down.dir;d];
  if[count y;
    system"rm -rf ",q:p,"/",string n;
    m[`chunks]:m[`chunks],raze .down.i.table[d;n]'[key y;value y];
    m[`rows]:((key[x]!count[x]#0)+m`rows)+count each y;
    system"sync -d ",(1_string f)," ",(1_string .down.db),"/sym";
    system"sync ",q,"/*/* ",q,"/*/.d ",q,"/* ",q];
  m[`schemas]:0#/:x;
  m[`final]:final;
  .mark.put[.down.dir;m];
  .down.marks[d]:m;
  .log.info["written down";`date`chunk`rows!(d;n;count each y)]; }

.down.i.table:{[d;n;t;x]
  f:.mark.chunk[.down.dir;d;n;t];
  y:.Q.en[.down.db;x];
  (` sv f,`)set y;
  if[not y~get` sv f,`;'"verify: ",string[f]," differs on disk"];
  ([]n:1#n;tab:1#t;rows:1#count x;lo:1#min x`time;hi:1#max x`time;hash:enlist .down.hash f) }

// @desc The files of a table's folder and the md5 of each.
.down.hash:{[f](k;{md5"c"$read1 x}each` sv/:f,/:k:key f)}

// @desc Puts what is written of day d aside, because the log that it was counted by has lost rows that may be here.
.down.aside:{[d]
  system"mkdir -p ",(1_string .down.dir),".dropped";
  to:(1_string .down.dir),".dropped/",string[d],".",string[.z.p]except".:";
  system"mv -T ",(1_string .mark.folder[.down.dir;d])," ",to;
  .down.marks:enlist[d]_ .down.marks;
  .log.warn["rows put aside before the log is read anew";(enlist`folder)!enlist to]; }

// @desc Removes what is written of day d; its partition has it.
.down.clear:{[d]
  p:1_string .mark.folder[.down.dir;d];
  system"rm -f ",p,"/mark && rm -rf ",p;
  .down.marks:enlist[d]_ .down.marks; }
