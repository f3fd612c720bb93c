// What holds by symbol: how old a quote may be, and the clock of its exchange.

system"l ",getenv[`SLIPSTREAM_Q],"/boot.q"
.boot.use each`$("test";"tca/batch");

t0:2024.01.02D14:30
s:{t0+`timespan$"j"$1e9*x}

// A may be a second old, B five, C what all may: two
k:([]sym:`A`B`C;adv:1e6 0n 0n;sigma:.02;stale_ms:1000 5000 0n;calendar:`XNYS``XLON)
.tca.refer k
.t.match[0D00:00:01 0D00:00:05 0D00:00:02 0D00:00:02].tca.staleAfter`A`B`C`D
.t.match[0D00:00:05].tca.staleMost[]
.t.match[1e6 0n 0n]exec adv from .tca.reference .tca.cfg.reference
q:([]time:s 0;sym:`A`B`C;bid:9.99;ask:10.01)
at:{exec reason from .tca.state[([]sym:`A`B`C;time:s x);q]}
.t.match[```]at 1
.t.match[`stale``]at 1.001
.t.match[`stale``stale]at 2.001
.t.match[`stale`stale`stale]at 5.001
// of two venues the one that has not been heard of for too long is left out, by each symbol's own measure: at 1.5 the bid of v is 1.5 s old
q2:raze{([]time:s 0 .1 1.5;sym:x;venue:`v`w`w;bid:10 9.9 9.9;ask:10.2 10.1 10.1)}each`A`B
.t.match[9.9 10f]value exec last bid by sym from .tca.consolidate q2

// reference data of a file: columns in any order, others are left out
f:hsym`$"/tmp/instruments",string[.z.i],".csv"
f 0:("sym,stale_ms,colour,calendar";"A,250,red,XNYS";"B,,blue,");
r:.tca.instruments f
hdel f;
.t.match[`sym`stale_ms`calendar]cols r
.t.match[(250 0n;`XNYS`)](r`stale_ms;r`calendar)
.tca.configure`stale`dark`reference!(3000;"";"")
.t.match[0D00:00:03].tca.cfg.stale
.tca.cfg.stale:0D00:00:02;

// 14:30 and 20:59 UTC are 09:30 and 15:59 in New York in winter, 14:30 and 20:59 in London; B has no calendar
.t.match[`$("09:30";"15:30")].tca.halfHour[`A`A;2024.01.02D14:30 2024.01.02D20:59]
.t.match[`$("14:30";"14:30 UTC")].tca.halfHour[`C`B;2#2024.01.02D14:30]
/ clocks went forward in New York on 10 March 2024, in London on the 31st
.t.match[`$("10:30";"14:30")].tca.halfHour[`A`C;2#2024.03.11D14:30]
.t.match[0#`].tca.halfHour[0#`;0#0Np]
/ a calendar of the table holds where the symbol has none
.cal.init`calendars`calendardir!("quote:XNYS";"")
.t.match[`$("09:30";"09:30";"14:30")].tca.halfHour[`A`B`C;3#2024.01.02D14:30]
.cal.init`calendars`calendardir!("";"")

// and so in a batch: a fill of 100 at 14:31, a dollar dear, is of half past nine
q:([]time:s -1+.5*til 200;sym:`A;venue:`v;bid:99f;ask:101f)
o:([]time:s 0 1;sym:`A;id:`P`C;parent:``P;event:`new;side:`buy;qty:100f;price:0n;algo:`a;broker:`b;trader:`t;venue:`v)
g:([]time:1#s 60;sym:`A;execid:`F;refid:`;kind:`new;order:`C;side:`buy;qty:100f;price:101f;venue:`v;liquidity:`remove;fee:0f)
b:.tca.batch[q;0#select time,sym,venue,price:bid,size:bid from q;o;g;`asof`horizons!(s 90;1#0D00:00:01)]`breakdown
.t.match[(1#`$"09:30";1#100f)]exec(bucket;slip)from b where dim=`time
.tca.refer();
.t.match[0D00:00:02].tca.staleAfter`A`B
.t.end[]
