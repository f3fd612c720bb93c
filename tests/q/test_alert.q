// How alerts stand: acknowledged, snoozed, reopened, noted; and who is told when. Times by hand.

system"l ",getenv[`SLIPSTREAM_Q],"/boot.q"
.boot.use each`test`alert;

t0:2024.03.04D10:00
m:{t0+0D00:01*x}
raised:{[t;p;l;v]flip cols[alert]!(t;count[t]#`X;p;l;v;count[t]#1f;count[t]#1f;count[t]#`because)}
a:raised[m 0 5 6;`P1`P1`P2;`COST`COST`LEAK;`amber`red`amber]
id:.alert.id a
.t.match[1b](3=count distinct id)&all 16=count each string id
.t.match[id].alert.id update figure:2f,why:`other from a                        / by parent, lamp, level and time alone

did:{[t;k;what;who;u;n]flip cols[alertlog]!enlist each(m t;`X;id k;a[`parent]k;a[`lamp]k;what;who;`page;0N;u;2030.01.01D;n)}
none:0#alertlog
state:{[l;t]exec state from .alert.book[a;l;m t]}

// nothing is done: open from when it was raised; not there before
.t.match[`open`open`open]state[none;10]
.t.match[enlist`open]state[none;4]
.t.match[m 0 5 6]exec since from .alert.book[a;none;m 10]
// logged twice is one
.t.match[3]count .alert.book[a,a;none;m 10]
// the red is acknowledged: so is the amber before it, not that of another parent, nor a later one
ack:did[7;1;`ack;`kim;0Np;""]
.t.match[`acked`acked`open]state[ack;7]
.t.match[`open`open`open]state[ack;6]
later:raised[1#m 9;1#`P1;1#`COST;1#`amber]
.t.match[`acked`acked`open`open]exec state from .alert.book[a,later;ack;m 10]
r:.alert.book[a;ack;m 7]
.t.match[(`;`kim;`)]exec who from r
.t.match[2030.01.01D]exec at 1 from r
// the amber alone: the later red is open
.t.match[`acked`open`open]state[did[6;0;`ack;`kim;0Np;""];6]
// snoozed until 20: open from then on, as if raised then
z:did[7;2;`snooze;`lee;m 20;""]
.t.match[`open`open`snoozed]state[z;19]
.t.match[`open`open`open]state[z;20]
.t.match[m 20]exec since 2 from .alert.book[a;z;m 20]
// acknowledged after it was snoozed, and reopened
.t.match[`acked]last state[z,did[8;2;`ack;`lee;0Np;""];30]
.t.match[`open]last state[z,did[8;2;`ack;`lee;0Np;""],did[9;2;`reopen;`kim;0Np;""];30]
.t.match[m 9]exec since 2 from .alert.book[a;z,did[9;2;`reopen;`kim;0Np;""];m 9]
.t.match[1b]null exec who 2 from .alert.book[a;z,did[9;2;`reopen;`kim;0Np;""];m 9]
// notes
n:did[7;0;`note;`kim;0Np;"looking"],did[8;0;`note;`lee;0Np;"news"]
.t.match[(2;"news")]first each .alert.book[a;n;m 9]`notes`note
.t.match[`open]first state[n;9]
.t.match[cols[alert]except`time](1_cols alert)inter cols .alert.book[0#a;none;m 9]

// who is told: the desk at once, of all; the head of desk after two minutes, of red after as long
t:([]level:`amber`red`red;tier:0 0 1;who:`desk`desk`head)
due:{[l;w]select id,tier,who from .alert.due[.alert.book[a;l;m w];l;t;0D00:02;m w]}
.t.match[([]id:2#id 0 1;tier:0;who:`desk)]due[none;5]
sent:{[t;k;tier;who]flip cols[alertlog]!enlist each(m t;`X;id k;a[`parent]k;a[`lamp]k;`sent;who;`log;tier;0Np;2030.01.01D;named[k;tier;who],"")}
named:{[k;tier;who]string .alert.i.token[([]id:1#id k;tier;who;since:a[`time]k)]0}
s:sent[5;0;0;`desk],sent[5;1;0;`desk],sent[6;2;0;`desk]
.t.match[0]count due[s;6]
.t.match[([]id:1#id 1;tier:1;who:`head)]due[s;7]
.t.match[0]count due[s,sent[7;1;1;`head];60]
.t.match[(1;m 7)](.alert.book[a;s,sent[7;1;1;`head];m 8]1)`tier`told
// acknowledged: nobody
.t.match[0]count due[s,ack;7]
// where it failed for good it is not tried for ever
f:update action:`failed,note:(note,\:" refused")from sent[7;1;1;`head]
.t.match[0]count due[s,f;60]
// when a snooze is over it begins anew, with another key; tried again it is the same
z:did[7;1;`snooze;`kim;m 20;""]
.t.match[0]count select from due[s,z;19]where id=.alert.id[a]1
.t.match[([]id:1#id 1;tier:0;who:`desk)]select from due[s,z;20]where id=.alert.id[a]1
k:{[l;w;x]exec first token from .alert.due[.alert.book[a;l;m w];l;t;0D00:02;m w]where id=x}
.t.match[k[none;5;id 1]]k[none;6;id 1]
.t.match[1b]not k[none;5;id 1]~k[s,z;20;id 1]

.t.end[]
