/ Joins of tables: aj and its kin, asof, ej, ij, lj, coalesce; keys and columns; Dict, Enkey, Unkey; insert.

/ ---- aj, aj0, ajf, ajf0
t:([]s:`a`a`b;t:2 5 3;n:1 2 3)
q:([]s:`a`a`b`b;t:1 4 2 9;p:10 20 30 40)
aj[`s`t;t;q] / ([]s:`a`a`b;t:2 5 3;n:1 2 3;p:10 20 30)
aj0[`s`t;t;q] / ([]s:`a`a`b;t:1 4 2;n:1 2 3;p:10 20 30)
aj[`s`t;([]s:`a`c;t:0 5);q] / ([]s:`a`c;t:0 5;p:0N 0N)
aj0[`s`t;([]s:`a`c;t:0 5);q] / ([]s:`a`c;t:0 5;p:0N 0N)
aj[`s`t;([]s:`a`b;t:1 9);q] / ([]s:`a`b;t:1 9;p:10 40)
aj[`t;([]t:0 2 10);([]t:1 5;v:`x`y)] / ([]t:0 2 10;v:``x`y)
aj[`s`t;t;update n:100 200 300 400 from q] / ([]s:`a`a`b;t:2 5 3;n:100 200 300;p:10 20 30)
aj[`s`t;t;([]s:`a`b;t:1 1;n:0N 7)] / ([]s:`a`a`b;t:2 5 3;n:0N 0N 7)
ajf[`s`t;t;([]s:`a`b;t:1 1;n:0N 7)] / ([]s:`a`a`b;t:2 5 3;n:1 2 7)
ajf0[`s`t;t;([]s:`a`b;t:1 1;n:0N 7)] / ([]s:`a`a`b;t:1 1 1;n:1 2 7)
aj[`s`t;t;([]s:`a`a`a;t:1 1 1;p:1 2 3)] / ([]s:`a`a`b;t:2 5 3;n:1 2 3;p:3 3 0N)
aj[`s`t;t;0#q] / ([]s:`a`a`b;t:2 5 3;n:1 2 3;p:3#0N)
aj[`s`t;0#t;q] / ([]s:0#`;t:0#0;n:0#0;p:0#0)
cols aj[`s`t;t;q] / `s`t`n`p
aj[`s`t;t;([]s:`a`b;t:1 1;w:("one";"two"))] / ([]s:`a`a`b;t:2 5 3;n:1 2 3;w:("one";"one";"two"))
aj[`s`d`t;([]s:`a`a;d:1 2;t:5 5);([]s:`a`a;d:1 1;t:1 4;v:1 2)] / ([]s:`a`a;d:1 2;t:5 5;v:2 0N)
aj[`s`t;t;q]~aj[`s`t;t;update `g#s from q] / 1b
attr (aj[`s`t;update `g#s from t;q])`s / `g
aj[`nope`t;t;q] / 'nope
aj[`s`t;t;1 2] / 'type
tn:t
aj[`s`t;`tn;q] / `tn
tn / ([]s:`a`a`b;t:2 5 3;n:1 2 3;p:10 20 30)

/ ---- asof
v:([]time:09:00 09:10 09:20;sym:`A`A`G;px:1 2 3f)
v asof `sym`time!(`A;09:15) / (enlist`px)!enlist 2f
v asof `sym`time!(`A;09:10) / (enlist`px)!enlist 2f
v asof `sym`time!(`A;08:00) / (enlist`px)!enlist 0n
v asof `sym`time!(`Z;10:00) / (enlist`px)!enlist 0n
v asof (enlist`time)!enlist 09:15 / `sym`px!(`A;2f)
v asof ([]sym:`A`G`A;time:09:05 09:30 08:00) / ([]px:1 3 0n)
v asof ([]time:09:05 09:30) / ([]sym:`A`G;px:1 3f)

/ ---- ej
s:([]sym:`IBM`MSFT;ex:`N`CME)
p:([]sym:`IBM`FDP`IBM`MSFT;price:1 2 3 4)
ej[`sym;s;p] / ([]sym:`IBM`IBM`MSFT;ex:`N`N`CME;price:1 3 4)
ej[`sym;p;s] / ([]sym:`IBM`IBM`MSFT;price:1 3 4;ex:`N`N`CME)
ej[enlist`sym;s;p] / ([]sym:`IBM`IBM`MSFT;ex:`N`N`CME;price:1 3 4)
ej[`k;([]k:1 2;c:10 20);([]k:2 2 3;c:5 6 7)] / ([]k:2 2;c:5 6)
ej[`a`b;([]a:1 1;b:1 2;x:`p`q);([]a:1 1 1;b:2 2 3;y:7 8 9)] / ([]a:1 1;b:2 2;x:`q`q;y:7 8)
ej[`k;([]k:1 2);([]k:3 4;v:1 2)] / ([]k:0#0;v:0#0)
ej[`zz;s;p] / 'zz
count ej[`k;([]k:1 1);([]k:1 1 1)] / 6

/ ---- lj, ljf, ij, ijf
x:([]a:1 2 3;b:`I`J`K;c:10 20 30)
y:([a:1 3;b:`I`K]c:1 2;d:10 20)
x lj y / ([]a:1 2 3;b:`I`J`K;c:1 20 2;d:10 0N 20)
x ij y / ([]a:1 3;b:`I`K;c:1 2;d:10 20)
lj[x;y]~x lj y / 1b
ij[x;y]~x ij y / 1b
x lj () / x
(1!x)lj y / ([a:1 2 3]b:`I`J`K;c:1 20 2;d:10 0N 20)
x lj 0!y / 'type
x ij 0!y / 'type
([]a:1 2) lj ([z:1 2]v:1 2) / 'z
([]a:1 2;c:5 6) lj ([a:1 2]c:0N 9) / ([]a:1 2;c:0N 9)
([]a:1 2;c:5 6) ljf ([a:1 2]c:0N 9) / ([]a:1 2;c:5 9)
([]a:1 2;c:5 6) ij ([a:1 2]c:0N 9) / ([]a:1 2;c:0N 9)
([]a:1 2;c:5 6) ijf ([a:1 2]c:0N 9) / ([]a:1 2;c:5 9)
([]a:1 1 2)lj([a:1 2]v:`x`y) / ([]a:1 1 2;v:`x`x`y)
([]a:1 5)lj([a:1 2]v:("xx";"yy")) / ([]a:1 5;v:("xx";""))
([]a:1 5)ij([a:1 2]v:("xx";"yy")) / ([]a:enlist 1;v:enlist"xx")
(0#([]a:1 2))lj([a:1 2]v:3 4) / ([]a:0#0;v:0#0)
([]a:1 2)lj 0#([a:1 2]v:3 4) / ([]a:1 2;v:0N 0N)
([]a:1 2)ij 0#([a:1 2]v:3 4) / ([]a:0#0;v:0#0)
([]a:1 2)lj([a:1 1 2]v:7 8 9) / ([]a:1 2;v:7 9)
xn:([]a:1 2 3)
`xn lj ([a:1 3]v:7 8) / `xn
xn / ([]a:1 2 3;v:7 0N 8)

/ ---- dict, enkey, unkey
`a`b!1 2 / `a`b!1 2
type `a`b!1 2 / 99h
(1 2;3)!`x`y / (1 2;3)!`x`y
`a`b!(1 2;`x) / `a`b!(1 2;`x)
1 2 3!1 2 / 'length
()!() / ()!()
(`$())!() / (`$())!()
(enlist`a)!enlist 1 / (enlist`a)!enlist 1
`a`a!1 2 / `a`a!1 2
(`a`a!1 2)`a / 1
(`a`b!1 2)~`b`a!2 1 / 0b
`a`b!(`c`d!1 2;`c`d!3 4) / `a`b!([]c:1 3;d:2 4)
key `a`b!1 2 / `a`b
value `a`b!1 2 / 1 2
2!([]a:1 2;b:3 4;c:5 6) / ([a:1 2;b:3 4]c:5 6)
1!([]a:1 2;b:3 4) / ([a:1 2]b:3 4)
0!([a:1 2]b:3 4) / ([]a:1 2;b:3 4)
0!([]a:1 2) / ([]a:1 2)
2!([a:1 2]b:3 4;c:5 6) / ([a:1 2;b:3 4]c:5 6)
3!([]a:1 2;b:3 4) / 'length
([]a:1 2)!([]b:3 4) / ([a:1 2]b:3 4)
([]a:1 2)!([]b:3 4 5) / 'length
tk:([]a:1 2;b:3 4)
1!`tk / `tk
tk / ([a:1 2]b:3 4)
0!`tk / `tk
tk / ([]a:1 2;b:3 4)

/ ---- key
key ([k:`a`b]v:1 2) / ([]k:`a`b)
key `a`b!1 2 / `a`b
key each ("abc";101b;1 2 3h;1 2 3i;1 2 3;1 2 3f) / `char`boolean`short`int`long`float
key each (1 2e;enlist 0x01;enlist 0Ng;`a`b;enlist .z.p;2000.01 2000.02m) / `real`byte`guid`symbol`timestamp`month
key each (2#.z.d;2#.z.z;2#.z.n;2#00:00;2#00:00:00;2#.z.t) / `date`datetime`timespan`minute`second`time
key 5 / til 5
key 0 / 0#0
()~key`notdefinedatall / 1b
defd:1
key`defd / `defd
dk:`x`y!1 2
key`dk / `x`y
key`.z.nosuch / ()
.ns1.a:1
`a in key`.ns1 / 1b
`ns1 in key` / 1b
key`:/no/such/dir/at/all / ()
-1 = key -1 / 'domain

/ ---- keys, xkey, cols, xcol, xcols
keys ([a:1 2;b:3 4]c:5 6) / `a`b
keys ([]a:1 2) / 0#`
`a xkey ([]a:1 2;b:3 4) / ([a:1 2]b:3 4)
`b xkey ([a:1 2]b:3 4) / ([b:3 4]a:1 2)
`b`a xkey ([]a:1 2;b:3 4;c:5 6) / ([b:3 4;a:1 2]c:5 6)
() xkey ([a:1 2]b:3 4) / ([]a:1 2;b:3 4)
`zz xkey ([]a:1 2) / 'zz
tx:([]a:1 2;b:3 4)
`a xkey `tx / `tx
keys `tx / enlist`a
cols tx / `a`b
cols `tx / `a`b
`c`d xcol ([]a:1 2;b:3 4;e:5 6) / ([]c:1 2;d:3 4;e:5 6)
`k xcol ([a:1 2]b:3 4) / ([k:1 2]b:3 4)
(`a`b!`x`y) xcol ([]a:1 2;b:3 4;c:5 6) / ([]x:1 2;y:3 4;c:5 6)
((enlist`q)!enlist`r) xcol ([]a:1 2) / 'length
`a`b`c xcol ([]x:1 2) / 'length
`c`a xcols ([]a:1 2;b:3 4;c:5 6) / ([]c:5 6;a:1 2;b:3 4)
`b xcols ([]a:1 2;b:3 4) / ([]b:3 4;a:1 2)
cols `b`a xcols ([]a:1 2;b:3 4) / `b`a
`zz xcols ([]a:1 2) / 'zz

/ ---- insert
it:([k:`x`y]v:10 20)
`it insert (`z;30) / enlist 2
`it insert (`z;30) / 'insert
`it insert (`s`t;40 50) / 3 4
it / ([k:`x`y`z`s`t]v:10 20 30 40 50)
`it insert (`u;1f) / 'type
`it insert ([k:`p`q]v:1 2) / 5 6
count it / 7
`newt insert ([]a:1 2) / 0 1
newt / ([]a:1 2)
`newt insert 3 / enlist 2
`newt insert enlist 4 5 / 3 4
newt`a / 1 2 3 4 5
`newt2 insert 5 / 'type
u:([]name:();age:())
`u insert (`tom`dick;30 40) / 0 1
exec t from meta u / "sj"
`u insert ("harry";50) / 'type
gi:([]a:1 2;b:("ab";"cd"))
`gi insert (3;"ef") / enlist 2
`gi insert (4 5;("gh";"ij")) / 3 4
gi`b / ("ab";"cd";"ef";"gh";"ij")
`gi insert `a`b!(6;"kl") / enlist 5
`gi insert ([]b:enlist"mn";a:enlist 7) / enlist 6
last gi / `a`b!(7;"mn")
`gi insert (1;2;3) / 'length
insert[`gi;(8;"op")] / enlist 7
gi insert (8;"op") / 'type
attr (update `s#a from ([]a:1 2))`a / `s
/ nothing before or after a dictionary leaves it as it is
(),`a`b!1 2 / `a`b!1 2
(`a`b!1 2),() / `a`b!1 2
(),([k:1 2]v:3 4) / ([k:1 2]v:3 4)
