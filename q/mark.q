// What of a day has been written down before it ends: <dir>/<date>/mark says which chunks <dir>/<date>/<n>/<table>/ count.
//
// Rows go to numbered chunks rather than to the end of one file a column: a chunk never changes once the mark names it, so that a process
// maps it while the next is written, a column of lists needs nothing special, and after a crash what the mark does not name is simply removed.
// The mark is the only commit point: written aside, forced to disk, renamed. It counts rows of the day's log, never times of day.

// @desc A mark: nothing of day d is written.
// @param e {long} epoch of the log, see tickplant/stream.q
// @param s {dict} empty tables by name
// @return {dict} date epoch final rows schemas chunks; final: the day is over and all of it is written
.mark.new:{[d;e;s]`date`epoch`final`rows`schemas`chunks!(d;e;0b;key[s]!count[s]#0;s;
  ([]n:0#0;tab:0#`;rows:0#0;lo:0#0Np;hi:0#0Np;hash:()))}

.mark.folder:{[dir;d]` sv dir,`$string d}
.mark.file:{[dir;d]` sv .mark.folder[dir;d],`mark}

// @desc Folder of table t in chunk n of day d.
.mark.chunk:{[dir;d;n;t]` sv .mark.folder[dir;d],(`$string n),t}

// @desc Days that have a mark, ascending.
.mark.days:{[dir]
  d:"D"$string key dir;
  asc d where(not null d)and{[dir;d]`mark in key .mark.folder[dir;d]}[dir]each d }

// @desc The mark of day d, () when there is none.
.mark.get:{[dir;d]$[type key f:.mark.file[dir;d];get f;()]}

// @desc Commits a mark.
.mark.put:{[dir;m]
  f:1_string .mark.file[dir;m`date];
  (hsym`$f,".new")set m;
  system"sync ",f,".new && mv ",f,".new ",f," && sync ",1_string .mark.folder[dir;m`date]; }

// @desc What others are told of a mark: epoch rows final.
.mark.brief:{[m]`epoch`rows`final#m}
