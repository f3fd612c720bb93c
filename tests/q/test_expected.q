// Expected cost against the figures printed in Almgren, Thum, Hauptmann & Li 2005; peer norm and saving by hand.

system"l ",getenv[`SLIPSTREAM_Q],"/boot.q"
.boot.use each`$("test";"stat";"tca/bench";"tca/breakdown";"tca/expected";"calendar";"tca/reference");

// the paper's examples: 10% of a day's volume; results in whole bps as printed
ibm:(656100f;6561000f;1728e6;.0157)
dri:(192900f;1929000f;168e6;.0226)
.t.match[20]"j"$.tca.permanent . ibm
.t.match[22]"j"$.tca.permanent . dri
.t.match[32 25 18]"j"${.tca.almgren . ibm,x}each .1 .2 .5
.t.match[43 32 23]"j"${.tca.almgren . dri,x}each .1 .2 .5

// square root: a quarter of a day's volume at 2% a day and Y 1 is 100 bps
.t.near[1e-9;100f].tca.root[500000f;2e6;.02]
.t.near[1e-9;50f].tca.root[125000f;2e6;.02]

// 10 bps over expectation, at 2% a day over 0.03 of a day: sd 200 x sqrt .01 = 20 bps
.t.near[1e-9;.5].tca.excess[35f;25f;.02;.03]

// coefficients come back from costs made with them
h:([]x:1e5 2e5 5e5 1e6;v:5e6;o:1e8 5e8 1e9 1e9;s:.01 .02 .015 .03;t:.1 .3 .5 .2)
h:update cost:.tca.almgren[x;v;o;s;t]from h
.t.near[1e-9;.314 .142].tca.fit[h]`gamma`eta

// peers: 30 costs 0..29 in one bucket, 2 in another
h:([]b:(30#`big),`small`small;cost:"f"$(til 30),5 6)
r:.tca.peers[h;1#`b]
.t.near[1e-9;14.5]first r`norm
.t.near[1e-9;1.4826*7.5]first r`mad                         / distances .5 .5 1.5 1.5 ... 14.5 14.5
.t.near[1e-9;(29-14.5)%1.4826*7.5]r[`peerz]29
.t.match[11b]null -2#r`norm

// saving: 40 fills at 5 cents over the mid, one a minute, then 20 at 2 cents: .03 x 20 x 100
t0:2024.01.02D14:00
f:([]time:t0+0D00:01*til 60;side:`buy;qty:100f;price:100+(40#.05),20#.02;mkt:0f)
r:.tca.saving[f;t0+0D00:40;100f]
.t.near[1e-6;60 60 60f]r`saved`lo`hi                        / no spread of costs, no doubt
.t.near[1e-9;.05 .02]r`before`after
.t.match[`estimate]r`label
.t.near[1e-6;-60f].tca.saving[update side:`sell from f;t0+0D00:40;100f]`saved
// the market fell 3 cents against the side: nothing was saved
.t.near[1e-6;0f].tca.saving[update mkt:?[i<40;0f;-.03]from f;t0+0D00:40;100f]`saved
.t.match[`$"estimate, not distinguishable from zero"].tca.saving[update price:100+.1*(i mod 2)from f;t0+0D00:40;100f]`label
.t.match[`$"too few fills"].tca.saving[30#f;t0+0D00:10;100f]`label

// time in the market, in days of 6.5 hours: an hour of one session and an hour of a later one, by UTC dates and weekdays where no calendar is known
e:{[d0;d1].tca.elapsed[1#`X;1#d0+0D20:00;1#d1+0D15:30]}
.t.near[1e-12;1#2%6.5]e[2024.01.02;2024.01.03]
.t.near[1e-12;1#8.5%6.5]e[2024.01.02;2024.01.04]
.t.near[1e-12;1#2%6.5]e[2024.01.05;2024.01.08]                 / Friday to Monday
.t.near[1e-12;1#8.5%6.5]e[2024.01.12;2024.01.16]               / over Martin Luther King's day
.t.near[1e-12;1#15%6.5]e[2024.01.12;2024.01.17]
// within a day it is what has passed; more than the session before and after it, and what is no longer than a day whatever the date
.t.near[1e-12;1#1%6.5].tca.elapsed[1#`X;1#2024.01.02D15:00;1#2024.01.02D16:00]
.t.near[1e-12;1#8%6.5].tca.elapsed[1#`X;1#2024.01.02D14:00;1#2024.01.02D22:00]
.t.near[1e-12;1#2%6.5].tca.elapsed[1#`X;1#2024.01.02D23:00;1#2024.01.03D01:00]
// never less than the whole days between, nor more than those and the two at the ends
.t.near[1e-12;1#0f].tca.elapsed[1#`X;1#2024.01.02D20:00;1#2024.01.03D03:00]
.t.near[1e-12;1#2f].tca.elapsed[1#`X;1#2024.01.02D01:00;1#2024.01.03D23:00]
.t.match[0#0f].tca.elapsed[0#`;0#0Np;0#0Np]
.t.match[1#0n].tca.elapsed[1#`X;1#0Np;1#2024.01.03D03:00]
// with the exchange's calendar holidays are none, summer time is no hour: 15:00 to 10:30 by its clock, over the night of 10 March 2024
.tca.refer([]sym:`X`Y;calendar:`XNYS`)
.t.near[1e-12;1#2%6.5]e[2024.01.12;2024.01.16]
.t.near[1e-12;2%6.5].tca.elapsed[`X`Y;2024.03.08D20:00 2024.01.02D20:00;2024.03.11D14:30 2024.01.03D15:30]
.tca.refer()
// a market that never closes has no nights, and no weekends
.tca.cfg.day:1D
.t.near[1e-12;1#67.5%24]e[2024.01.05;2024.01.08]
.tca.cfg.day:0D06:30

.t.end[]
