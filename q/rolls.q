// The journal of rolls, <db>.rolls: one line a step, `date step time`, forced to disk before the next step begins.
//
//   open      rows of the day are being captured
//   ended     all of the day is written down, its mark is final
//   written   every table is aside, sorted, and compared with what was read
//   renamed   the partition is in place
//   reloaded  the HDB has mapped it
//   told      the RDB has let go of the day
//   cleared   what was written down is removed

.rolls.steps:`open`ended`written`renamed`reloaded`told`cleared
.rolls.file:{[db]hsym`$(1_string db),".rolls"}

// @desc Notes that day d has come to a step.
.rolls.note:{[db;d;s]
  if[not s in .rolls.steps;'"unknown step ",string s];
  f:.rolls.file db;
  / a line that a crash tore has no end
  torn:$[type key f;$[n:hcount f;not 0x0a~first read1(f;n-1;1);0b];0b];
  h:hopen f;
  r:@[{x[0]x 1;""};(h;($[torn;"\n";""]),(" "sv(string d;string s;string .z.p)),"\n");::];
  hclose h;
  if[count r;'r];
  system"sync -d ",1_string f; }

// @desc The step that each day has come to; a line that a crash tore says nothing.
// @return {dict} step by date
.rolls.all:{[db]
  if[not type key f:.rolls.file db;:(0#0Nd)!0#`];
  l:" "vs'read0 f;
  l:l where 3=count each l;
  exec last s by d from([]d:"D"$l[;0];s:`$l[;1])where s in .rolls.steps,not null d }

// @desc The step that day d has come to, ` when there is none.
.rolls.at:{[db;d]$[d in key r:.rolls.all db;r d;`]}

// @desc Whether a day has come to a step or further.
.rolls.past:{[s;at](.rolls.steps?at)within(.rolls.steps?s;-1+count .rolls.steps)}

// @desc Whether day d is being captured or rolled, so that nobody else may write its partition.
.rolls.busy:{[db;d]not(null a)or .rolls.past[`renamed;a:.rolls.at[db;d]]}

// @desc Whether the partition of day d holds the whole day. One that no roll speaks of was written by another plant or put back from the lake,
// unless just the rows that were merged into it (hdb/merge.q) are there.
.rolls.whole:{[db;d]
  $[not null a:.rolls.at[db;d];.rolls.past[`renamed;a];
    not(`$string d)in key db;0b;
    not .rolls.i.onlymerged[db;d]] }

.rolls.i.onlymerged:{[db;d]
  if[not type key f:hsym`$(1_string db),".merged";:0b];
  m:exec sum rows by tab from get f where date=d;
  if[not count m;:0b];
  p:` sv db,`$string d;
  n:{[p;t]count get` sv p,t,`time}[p]each t:key p;
  (t!n)~(t!count[t]#0)+m }
