// The tickerplant's log: what is appended is there after a restart; a torn tail is cut off and kept aside.

system"l ",getenv[`SLIPSTREAM_Q],"/boot.q"
.boot.use each`test`log;
system"l ",getenv[`SLIPSTREAM_Q],"/../tickplant/journal.q"

warned:0
.log.warn:{[m;d]warned+:1}
dir:"/tmp/slip-journal-",string .z.i
system"mkdir -p ",dir;
.journal.dir:hsym`$dir
.journal.policy:`always
.journal.every:1000
row:{(1#2024.01.02D10:00:00+x;1#`A;1#x)}
got:()
upd:{[t;x]got,:x 2}
replay:{got::();-11!.u.L;got}

// a new day's log
.t.match[0].journal.open 2024.01.02
.t.match[`$dir,"/slip2024.01.02"]`$1_string .u.L
.journal.append[`t]each row each til 5;
.t.match[0b].journal.dirty                                  / synced with every message
.journal.close[]
.t.match[0Ni].journal.h
.t.match[til 5]replay[]

// opened again it goes on
.t.match[5].journal.open 2024.01.02
.journal.append[`t;row 5];
.journal.close[]
.t.match[til 6]replay[]
whole:hcount .u.L

// a tail torn at any byte of the last message is cut, whatever was torn is beside the log, the rest is there
bytes:read1 .u.L
last0:first -11!(-2;.u.L)
ends:{[n].u.L 1:n#bytes;r:-11!(-2;.u.L);$[1<count r;r 1;n]}
start:ends whole-1                                          / where the last message begins
.t.match[1b]start<whole-1
torn:`$string[.u.L],".torn"
{[n]
  .u.L 1:n#bytes;
  w:warned;
  .t.match[5].journal.open 2024.01.02;
  .t.match[w+1]warned;
  .journal.close[];
  .t.match[start]hcount .u.L;
  .t.match[start _n#bytes]read1 torn;
  hdel torn;
  .t.match[til 5]replay[] }each(1+start)+til whole-start+1;

// torn twice: both are kept
{.u.L 1:(2+start)#bytes;.journal.open 2024.01.02;.journal.close[]}each til 2;
.t.match[raze 2#enlist 2#start _bytes]read1 torn

// messages after a cut follow the whole ones
.journal.open 2024.01.02;
.journal.append[`t;row 9];
.journal.close[]
.t.match[(til 5),9]replay[]

// the days that have a log; what was torn is none
.journal.open 2024.01.01;
.journal.close[]
.t.match[2024.01.01 2024.01.02].journal.days[]

// without a policy the system writes when it likes, but the messages are with it
.journal.policy:`never
.journal.open 2024.01.03;
.journal.append[`t;row 1];
.t.match[1b].journal.dirty
.t.match[1]first -11!(-2;.u.L)
.journal.close[]

system"rm -r ",dir;
.t.end[]
