// The tickerplant's log: what is appended is there after a restart; damage anywhere costs the damaged messages and no other.

system"l ",getenv[`SLIPSTREAM_Q],"/boot.q"
.boot.use each`test`log;
system each"l ",/:(getenv[`SLIPSTREAM_Q],"/../tickplant/"),/:("sums.q";"salvage.q";"journal.q");

warned:0
.log.warn:{[m;d]warned+:1}
dir:"/tmp/slip-journal-",string .z.i
system"mkdir -p ",dir;
.journal.dir:hsym`$dir
.journal.policy:`always
.journal.every:1000
row:{(1#2024.01.02D10:00:00+x;1#`A;1#x)}
put:{.journal.append(`upd;`t;row x)}
got:0#0
upd:{[t;x]got,:@[{$[7h=type v:x 2;first v;-9]};x;-9]}              / what was overwritten unseen may be anything
.u.addcol:{[t;c;v]got,:-1}
replay:{got::0#0;-11!.u.L;got}
open:{.journal.open[x]`messages}
torn:{`$string[.u.L],".torn"}

// a new day's log
.t.match[0]open 2024.01.02
.t.match[`$dir,"/slip2024.01.02"]`$1_string .u.L
put each til 5;
.t.match[0b].journal.dirty                                  / synced with every message
.journal.close[]
.t.match[0Ni].journal.h
.t.match[til 5]replay[]

// a log that a power cut left without its header is a new one
(` sv .journal.dir,`slip2024.01.01)1:`byte$();
.t.match[0]open 2024.01.01
put 0;
.journal.close[]
.t.match[1#0]replay[]
.t.match[5]open 2024.01.02
.journal.close[]

// it is a log as -11! knows it: a header, then what -8! gives without its own
.t.match[0xff01000000000000,raze 8_'-8!'{(`upd;`t;row x)}each til 5]read1 .u.L

// opened again it goes on, and says what it holds
r:.journal.open 2024.01.02
.t.match[(5;(1#`t)!1#5;0)](r`messages;r`rows;count r`holes)
put 5;
.journal.close[]
.t.match[til 6]replay[]
bytes:read1 .u.L
marks:read1 .sums.file .u.L
ends:8,exec at+len from .sums.read .u.L
.t.match[count bytes]last ends
.t.match[6#1b].sums.good[.u.L].sums.read .u.L
restore:{[b;s].u.L 1:b;.sums.file[.u.L]1:s;@[hdel;torn[];::];}

// cut at any byte: the whole messages stay, the rest is beside the log
{[n]
  restore[n#bytes;marks];
  k:-1+sum n>=ends;
  .t.match[0|k]open 2024.01.02;
  .journal.close[];
  .t.match[til 0|k]replay[];
  .t.match[n&8|n](hcount .u.L)+$[type key torn[];hcount torn[];0];
  }each 8+til count[bytes]-7;

// a byte changed anywhere, with checksums: only its message is lost, and it is kept
{[n]
  restore[@[bytes;n;{0b sv not 0b vs x}];marks];
  k:-1+sum n>=ends;
  .t.match[5]open 2024.01.02;
  .journal.close[];
  .t.match[til[6]except k]replay[];
  .t.match[@[bytes;n;{0b sv not 0b vs x}]ends[k]+til ends[k+1]-ends k]read1 torn[];
  }each 8+2*til(count[bytes]-8)div 2;

// bytes overwritten where no checksum speaks, as in a log of kdb+tick: what does not read is lost, what is behind it is not
{[n]
  restore[@[bytes;n+til 20;:;0xff];0x];
  open 2024.01.02;
  .journal.close[];
  hit:distinct -1+sum each ends<=/:(n;n+19);
  .t.match[til[6]except hit](asc distinct replay[])inter til[6]except hit;
  .t.match[1b]6>=first -11!(-2;.u.L);
  }each ends[1]+3*til(ends[5]-ends 1)div 3;

// checksums that are damaged themselves cost nothing
{[n]
  restore[bytes;@[marks;n;{0b sv not 0b vs x}]];
  .t.match[6]open 2024.01.02;
  .journal.close[];
  .t.match[til 6]replay[];
  }each 5*til count[marks]div 5;

// a log without checksums gets them
restore[bytes;0x];
.t.match[6]open 2024.01.02
.journal.close[]
.t.match[marks]read1 .sums.file .u.L

// checksums of earlier versions were md5s, by hand: of each message its first 8 bytes as a big-endian number
older:{0x0 sv 8#md5"c"$x}each(-1_ends-8)_8_bytes
.t.match[0b]any older=(.sums.read .u.L)`md
.sums.file[.u.L]1:.sums.records(-1_ends;1_deltas ends;older);
.t.match[6#1b].sums.good[.u.L].sums.read .u.L
.u.L 1:@[bytes;-1+ends 3;:;0x2a];
.t.match[110111b].sums.good[.u.L].sums.read .u.L
.u.L 1:bytes;.sums.file[.u.L]1:marks;

// columns that were added are messages too
open 2024.01.02;
.journal.append(`.u.addcol;`t;`c;0n);
put 6;
.journal.close[]
.t.match[(til 6),-1 6]replay[]
@[hdel;.sums.file .u.L;::];
.t.match[8]open 2024.01.02
.journal.close[]
.t.match[8#1b].sums.good[.u.L].sums.read .u.L

// torn twice: both are kept
restore[bytes;marks];
{.u.L 1:(2+ends 5)#bytes;open 2024.01.02;.journal.close[]}each til 2;
.t.match[raze 2#enlist 2#ends[5]_bytes]read1 torn[]

// messages after a cut follow the whole ones
open 2024.01.02;
put 9;
.journal.close[]
.t.match[(til 5),9]replay[]
.t.match[1b]warned>300

// the days that have a log; what was torn is none
open 2024.01.01;
.journal.close[]
.t.match[2024.01.01 2024.01.02].journal.days[]

// without a policy the system writes when it likes, but the messages are with it
.journal.policy:`never
open 2024.01.03;
put 1;
.t.match[1b].journal.dirty
.t.match[1]first -11!(-2;.u.L)
.journal.close[]

// a message that cannot be forced to disk is taken back, since its sender is refused: sent again it is there once
tools:dir,"-tools"
system"mkdir -p ",tools;
path:getenv`PATH
fails:{[x](hsym`$tools,"/",x)0:("#!/bin/sh";"exit 1");system"chmod +x ",tools,"/",x}
works:{[x]system"rm ",tools,"/",x}
refused:{[n]@[{put x;0b};n;1b]}
setenv[`PATH;tools,":",path];
.journal.policy:`always
open 2024.01.05;
put 0;
fails"sync";
.t.match[1b]refused 1
.t.match[(1#0;0b)](replay[];.journal.h~.journal.i.shut)
.t.match[1b]refused 1
works"sync";
put each 1 2;
.t.match[til 3]replay[]
.t.match[3#1b].sums.good[.u.L].sums.read .u.L
.journal.close[]
.t.match[3]open 2024.01.05
// where it cannot be taken back either, nothing is written behind it, and the next message takes it back when it can
errors:0
.log.error:{[m;d]errors+:1}
fails each("sync";"truncate");
.t.match[1b]refused 3
.t.match[(til 4;1)](replay[];errors)
works"sync";
.t.match[1b]refused 3
.t.match[til 4]replay[]
works"truncate";
put each 3 4;
.t.match[til 5]replay[]
.t.match[5#1b].sums.good[.u.L].sums.read .u.L
.journal.close[]
.t.match[5]open 2024.01.05
// so does the end of the log
fails each("sync";"truncate");
.t.match[1b]refused 5
works each("sync";"truncate");
.journal.close[]
.t.match[til 5]replay[]
setenv[`PATH;path];
system"rm -r ",tools;
.journal.policy:`never

// a log that cannot be opened leaves nothing open, and what was open before as it was
was:(.u.L;.journal.h;.journal.hs)
n:count key`:/proc/self/fd
ready:.journal.ready
.journal.ready:{[f]r:ready f;system"rm -f ",s:1_string .sums.file f;system"mkdir ",s;r}
.t.match[1b]@[{open x;0b};2024.01.04;{1b}]
.journal.ready:ready
.t.match[was](.u.L;.journal.h;.journal.hs)
.t.match[n]count key`:/proc/self/fd

system"rm -r ",dir," ",dir,".sums";
.t.end[]
