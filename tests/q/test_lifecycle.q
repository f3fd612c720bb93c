// What the order flow comes to: fills as they stand, orders as they are, what does not add up.

system"l ",getenv[`SLIPSTREAM_Q],"/boot.q"
.boot.use each`$("test";"schema/order";"lifecycle");

T:2024.08.09D10:00:00
s:{0D00:00:01*x}
none:0#value`fills
/ rows of fills: second, id, what it refers to, kind, quantity, price
fl:{[x]x:flip`at`execid`refid`kind`qty`price!flip x;
  none upsert cols[none]#update time:T+s at,etime:T+s at,sym:`A,order:`C1,parent:`P,side:`buy,venue:`V,liquidity:`,fee:0f,leaves:0n,cum:0n,avgpx:0n,broker:`B,session:`S,
    seq:at,clordid:`C1,orderid:`O1,secexecid:` from x}
/ rows of orders: second, id, event, quantity, price, clordid
od:{[x]x:flip`at`id`event`qty`price`clordid!flip x;
  (0#orders)upsert cols[orders]#update time:T+s at,etime:T+s at,sym:`A,parent:`,side:`buy,ordtype:`limit,tif:`day,algo:`,broker:`B,trader:`,account:`,venue:`,status:`,
    origclordid:`,orderid:`O1,session:`S,seq:at,cumqty:0n,leavesqty:0n,code:`,displayqty:0n from x}
is:{exec(execid,'qty,'price)from`execid xasc .ord.live x}

a:fl((1;`E1;`;`new;100f;10f);(2;`E2;`;`new;50f;11f))
.t.match[((`E1;100f;10f);(`E2;50f;11f))]is a

// busts and corrections, and corrections of corrections, whether they name the original or the latest
.t.match[enlist(`E1;100f;10f)]is a,fl enlist(3;`B1;`E2;`bust;50f;11f)
.t.match[((`E1;90f;10.5);(`E2;50f;11f))]is a,fl((3;`K1;`E1;`correct;95f;10.2);(4;`K2;`K1;`correct;90f;10.5))
.t.match[((`E1;90f;10.5);(`E2;50f;11f))]is a,fl((3;`K1;`E1;`correct;95f;10.2);(4;`K2;`E1;`correct;90f;10.5))
.t.match[enlist(`E2;50f;11f)]is a,fl((3;`K1;`E1;`correct;95f;10.2);(4;`B1;`K1;`bust;95f;10.2))
/ the later of two corrections by the sender's clock, whichever arrived first
.t.match[((`E1;90f;10.5);(`E2;50f;11f))]is reverse a,fl((3;`K1;`E1;`correct;95f;10.2);(4;`K2;`E1;`correct;90f;10.5))
/ a correction that keeps the execution's id, one that names itself, two that name each other
.t.match[enlist(`E1;90f;10.1)]is(1#a),fl enlist(3;`E1;`E1;`correct;90f;10.1)
.t.match[enlist(`E1;100f;10f)]is(1#a),fl enlist(3;`K1;`K1;`correct;90f;10.1)
.t.match[enlist(`E1;100f;10f)]is(1#a),fl((3;`K1;`K2;`correct;90f;10.1);(4;`K2;`K1;`correct;90f;10.1))
/ DK
.t.match[enlist(`E1;100f;10f)]is a,fl enlist(3;`;`E2;`dk;50f;11f)
/ a leg's fill is not the order's
.t.match[((`E1;100f;10f);(`E2;50f;11f))]is a,fl enlist(3;`L1;`;`leg;7f;1f)

// a bust before its fill waits for it
b:fl enlist(1;`B1;`E9;`bust;10f;10f)
.t.match[1#`B1]exec execid from .ord.parked b
.t.match[0]count .ord.live b,fl enlist(2;`E9;`;`new;10f;10f)
.t.match[0]count .ord.parked b,fl enlist(2;`E9;`;`new;10f;10f)

// the same id on another day or in another session is another execution; the same execution in two sessions is one
d:update time:time+1D,etime:etime+1D from fl enlist(1;`E1;`;`new;7f;9f)
.t.match[3]count .ord.live a,d
.t.match[`E1`E2]exec execid from .ord.live a,d,update time:time+1D,etime:etime+1D from fl enlist(2;`B1;`E1;`bust;7f;9f)
.t.match[2024.08.09 2024.08.10]exec`date$time from .ord.live select from(a,d)where execid=`E1
.t.match[3]count .ord.live a,update session:`S2 from 1#a
.t.match[2]count .ord.live update secexecid:`X1`X2`X1 from a,update session:`S2,execid:`Z1 from 1#a where execid=`E1
/ a bust the day after
.t.match[1#`E2]exec execid from .ord.live a,update time:time+1D,etime:etime+1D from fl enlist(2;`B1;`E1;`bust;100f;10f)

// orders
o:od((0;`C1;`new;200f;10f;`C1);(0;`C1;`ack;200f;10f;`C1))
st:{[o;f]first select status,open,qty,cum,leaves,avgpx,clordid from .ord.state[o;f]}
.t.match[`status`open`qty`cum`leaves`avgpx`clordid!(`partial;1b;200f;150f;50f;1550%150;`C1)]st[o;a]
.t.match[`new]st[o;none]`status
.t.match[`sent]st[1#o;none]`status
.t.match[`filled]st[o;a,fl enlist(3;`E3;`;`new;50f;10f)]`status
/ a bust of a live order's fill: it works again
.t.match[(`partial;1b;50f)]st[o;a,fl((3;`E3;`;`new;50f;10f);(4;`B1;`E3;`bust;50f;10f))]`status`open`leaves
/ a request is none of the terms until it is accepted
r:o,od enlist(3;`C1;`replace;500f;10.5;`C2)
.t.match[(200f;`C1)]st[r;a]`qty`clordid
.t.match[(500f;`C2)]st[r,od enlist(4;`C1;`replaced;500f;10.5;`C2);a]`qty`clordid
.t.match[200f]st[r,od enlist(4;`C1;`cancelreject;0n;0n;`C2);a]`qty
.t.match[`pendingreplace]st[r,od enlist(4;`C1;`pendingreplace;200f;10f;`C2);a]`status
/ a quantity cut to what is filled
.t.match[(`filled;150f;0f)]st[r,od enlist(4;`C1;`replaced;150f;10.5;`C2);a]`status`qty`leaves
/ a fill after the cancel counts, and the order stays cancelled; so does a bust
c:o,od enlist(2;`C1;`canceled;200f;10f;`C1)
.t.match[(`canceled;0b;150f;0f)]st[c;a]`status`open`cum`leaves
.t.match[(`canceled;100f;0f)]st[c;a,fl enlist(3;`B1;`E2;`bust;50f;11f)]`status`cum`leaves
/ the refusal of a repeated ClOrdID is not the order's
.t.match[`new]st[o,update code:`duplicate from od enlist(3;`C1;`reject;200f;10f;`C1);none]`status
/ good till cancelled: done for a day, working the next
.t.match[`done]st[o,od enlist(3;`C1;`done;200f;10f;`C1);none]`status
.t.match[(`new;1b)]st[o,od((3;`C1;`done;200f;10f;`C1);(90000;`C1;`carry;200f;10f;`C1));none]`status`open

/ 120 of 200 were filled on the days before, as its carry row says: the fills of this day come on top of them, where those are not at hand
c:update cumqty:120f from od enlist(90000;`C1;`carry;200f;10f;`C1)
g1:update cum:150f,leaves:50f,avgpx:10.4 from fl enlist(90001;`E7;`;`new;30f;10f)
g0:fl enlist(5;`E0;`;`new;120f;10f)
.t.match[(`partial;1b;150f;50f;10f)]st[c;g1]`status`open`cum`leaves`avgpx
.t.match[(`partial;1b;150f;50f)]st[o,c;g0,g1]`status`open`cum`leaves
.t.match[0#`]exec kind from .ord.quality[c;g1]
.t.match[0#`]exec kind from .ord.quality[o,c;(update cum:120f,leaves:80f,avgpx:10f from g0),update avgpx:10f from g1]
.t.match[1#`cum]exec kind from .ord.quality[c;update cum:30f,leaves:170f from g1]

// one order that was taken for two, and a parent that became known later
j:o,od((5;`X;`ack;200f;10f;`X);(6;`X;`joined;0n;0n;`X));
j:update origclordid:`C1 from j where event=`joined;
.t.match[1#`C1]exec id from .ord.state[j;none]
l:o,update parent:`P from od enlist(7;`C1;`linked;0n;0n;`C1)
.t.match[1#`P]exec parent from .ord.state[l;none]
.t.match[`P`P]exec parent from .ord.settle[l;none]`o
.t.match[`noparent]first exec why from .ord.orphans[l;none]
.t.match[`norequest]first exec why from .ord.orphans[od enlist(0;`C1;`ack;200f;10f;`C1);none]

// what does not add up
k:{[o;f]exec kind from .ord.quality[o;f]}
g:update cum:100 150f,avgpx:(10f;1550%150),leaves:100 50f from a
.t.match[0#`]k[o;g]
.t.match[1#`cum]k[o;update cum:100 160f,leaves:100 40f from g]
.t.match[1#`avg]k[o;update avgpx:10 10.5 from g]
.t.match[1#`total]k[o;update leaves:100 60f from g]
.t.match[1#`over]k[update qty:120f from o;update leaves:20 0f from g]
/ the broker says that less than nothing is left, of a fill (which its own sum agrees with) and of a status
.t.match[`over`leaves]k[update qty:120f from o;update leaves:20 -30f from g]
.t.match[1#`leaves]k[o,update cumqty:150f,leavesqty:-1f from od enlist(5;`C1;`status;200f;10f;`C1);g]
/ files say nothing of it
.t.match[1#`over]k[(`cumqty`leavesqty`etime`seq`session)_update qty:120f from o;(`cum`avgpx`leaves`etime`seq)_g]
.t.match[1#`parked]k[o;g,fl enlist(9;`B1;`E9;`bust;10f;10f)]
/ after a bust the broker's figures are without it
.t.match[0#`]k[o;g,update cum:100f,avgpx:10f,leaves:100f from fl enlist(3;`B1;`E2;`bust;50f;11f)]
.t.match[1#`cum]k[o,update cumqty:100f,leavesqty:100f from od enlist(5;`C1;`status;200f;10f;`C1);g]
/ a fill and a replace's answer of one moment: what was said first does not know of what was said then
w:{[n]update seq:n,cumqty:100f,leavesqty:100f from od enlist(2;`C1;`replaced;200f;10f;`C1)}
.t.match[0#`]k[o,w 1;g]
.t.match[1#`cum]k[o,w 3;g]

/ messages that were refused; what is only marked is none
q1:([]time:T;sym:`A;session:`S;seq:1 2 3;kind:`quantity`late`number;id:`C7`C8`;detail:3#enlist"")
.t.match[1#`C7].ord.refused update id:`C7`C8` from q1

/ a parent of which only the children's fills are reported
pq:(update cumqty:150f,leavesqty:50f from od((0;`P;`ack;200f;10f;`P);(9;`P;`status;200f;10f;`P))),update parent:`P from o
.t.match[0#`]k[pq;g]
.t.match[1#`cum]k[update cumqty:150f,leavesqty:50f from od enlist(9;`P;`status;200f;10f;`P);none]

.t.end[]
