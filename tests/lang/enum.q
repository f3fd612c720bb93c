/ Enumerations: enumerate, enum extend, enumeration from indexes, foreign keys; casts between types.

/ ---- enumerate
d:`a`b`c
y:`a`b`c`b`a
e:`d$y
e / `d$`a`b`c`b`a
type e / 20h
type first e / -20h
"i"$e / 0 1 2 1 0i
"j"$e / 0 1 2 1 0
key e / `d
value e / y
d[0]:`o
value e / `o`b`c`b`o
"i"$e / 0 1 2 1 0i
d[0]:`a
e=`a / 10001b
e=e / 11111b
e~y / 0b
e?`b / 1
`b in e / 1b
e in `a`c / 10101b
distinct e / `d$`a`b`c
group[e]~group y / 0b
value group e / (0 4;1 3;enlist 2)
count e / 5
first e / `d$`a
e 1 3 / `d$`b`b
e,`a / `a`b`c`b`a`a
e,e / `d$`a`b`c`b`a`a`b`c`b`a
sym:`a`b
sym2:`c`d
(`sym$`b),`sym2$`c / (`sym$`b;`sym2$`c)
(`sym$`b),`b / (`sym$`b;`b)
`b,`sym$`b / (`b;`sym$`b)
(`sym$`a`b),`sym2$`d`c / `a`b`d`c
(`sym$`a),`c`d / `a`c`d
(`sym$`a`b),`c / `a`b`c
`a,`sym2$`d`c / `a`d`c
`a`b,`sym2$`c / `a`b`c
(`sym$`a`b),`sym$`b / `sym$`a`b`b
e,`zz / `a`b`c`b`a`zz
(`d$`a),`d$`b / `d$`a`b
asc e / `d$`a`a`b`b`c
reverse e / `d$`a`b`c`b`a
string e / (enlist"a";enlist"b";enlist"c";enlist"b";enlist"a")
upper e / `A`B`C`B`A
`d$`zz / 'cast
`d$`a`zz / 'cast
`d$() / `d$`$()
-3!e / "`d$`a`b`c`b`a"
-3!`d$`a / "`d$`a"
nums:10 20 30
`nums$20 10 / `nums$20 10
"j"$`nums$20 10 / 1 0
value `nums$20 / 20
`nums$5 / 'cast

/ ---- enum extend
foo:`a`b
`foo?`a`b`c`b / `foo$`a`b`c`b
foo / `a`b`c
`foo?`q / `foo$`q
foo / `a`b`c`q
`foo?`a / `foo$`a
count foo / 4
attr `foo?`g#`a`b`a / `g
attr `foo$`g#`a`b`a / `
`foo?`$() / `foo$`$()
`fresh1?`x`y`x / `fresh1$`x`y`x
fresh1 / `x`y
`foo?`a`a`z1`z1 / `foo$`a`a`z1`z1
last foo / `z1
\cd /tmp
dir:"enumtest",string .z.i
system"mkdir ",dir
system"cd ",dir
bar:`c`d
`:bar?`a`b`c`b`a / `bar$`a`b`c`b`a
bar / `a`b`c
get`:bar / `a`b`c
`:bar?`z / `bar$`z
get`:bar / `a`b`c`z
bar / `a`b`c`z
`:sub/bar2?`p`q / `bar2$`p`q
key`:sub / enlist`bar2
bar2 / `p`q
system"cd .."
system"rm -r ",dir

/ ---- enumeration from indexes
x:`a`b`c`d
`x!1 2 3 / `x$`b`c`d
`x!0 / `x$`a
`x!1 0N / `x$`b`
value `x!3 3 / `d`d
type `x!0 1 / 20h
`x!1.5 / 'type

/ ---- foreign keys
k:([id:10 20 30]n:`x`y`z;v:1 2 3)
f:`k$20 10
f / `k$20 10
key f / `k
value f / 20 10
"j"$f / 1 0
`k$99 / 'cast
t:([]f:`k$20 10 20;q:1 2 3)
exec f.n from t / `y`x`y
select s:sum q by f.n from t / ([n:`x`y]s:2 4)
select q*f.v from t / ([]q:2 2 6)
fkeys t / (enlist`f)!enlist`k
fkeys ([]a:1 2) / (`$())!`$()
exec f from meta t / `k`
(exec t from meta t)0 / "j"
`t insert (30;4) / enlist 3
`t insert (99;5) / 'cast
count t / 4
f2:([x:1 2 3]y:10 20 30)
t2:([]a:`f2$2 2 2;b:0;c:`f2$1 1 1)
fkeys t2 / `a`c!`f2`f2
exec c from meta t2 where t="j",not null f / `a`c

/ ---- cast by number, letter and name
12 13 14 15 16 17 18 19h$42 / (2000.01.01D00:00:00.000000042;2003.07m;2000.02.12;2000.02.12T00:00:00.000;0D00:00:00.000000042;00:42;00:00:42;00:00:00.042)
(12h;"m";`date)$42 / (2000.01.01D00:00:00.000000042;2003.07m;2000.02.12)
(12h;"m";`date)$42 43 44 / (2000.01.01D00:00:00.000000042;2003.08m;2000.02.14)
(12h;13 14h)$(42;42 42) / (2000.01.01D00:00:00.000000042;(2003.07m;2000.02.12))
("i"$10;`int$10;6h$10) / 10 10 10i
("i";`int;6h)$10 / 10 10 10i
`int$-6.1 -6.6 6.1 6.6 / -6 -7 6 7i
1h$1 0 2 -1 / 1011b
"b"$" a" / 11b
"b"$"\000" / 0b
"x"$3 4 5 / 0x030405
"x"$"abc" / 0x616263
"c"$97 98 / "ab"
"c"$0x41 / "A"
"h"$3.7 / 4h
"j"$"a" / 97
"f"$"a" / 97f
"e"$1 2 / 1 2e
"i"$"abc" / 97 98 99i
`float$0Wh / 32767f
`long$0Ni / 0N
`float$0N / 0n
`long$0n / 0N
`int$0N / 0Ni
`long$0w / 0W
`date$0N / 0Nd
("*";0h)$1 / 1 1
"*"$"abc" / "abc"
`$"abc" / `abc
`$("ab";"c") / `ab`c
`$"" / `
`symbol$"abc" / `abc
99h$1 / 'type
"j"$`a / 'type
"d"$2020.03.15D12:30 / 2020.03.15
"m"$2020.03.15 / 2020.03m
"d"$2020.03m / 2020.03.01
"t"$2020.03.15D12:30:01.5 / 12:30:01.500
"v"$12:30:01.999 / 12:30:01
"u"$12:30:59 / 12:30
"n"$12:30 / 0D12:30
"p"$2020.01.01 / 2020.01.01D0
"z"$2020.01.01D12 / 2020.01.01T12:00:00.000
"d"$2017.08.23T23:50:12 / 2017.08.23
"p"$0Nd / 0Np
"d"$0Np / 0Nd
"u"$0D25 / 25:00
"j"$2000.01.02 / 1
"i"$2000.03m / 2i
"j"$0D00:00:00.000000005 / 5
`hh`uu`ss$03:55:58.11 / 3 55 58i
`year`dd`mm`hh`uu`ss$2015.10.28D03:55:58 / 2015 28 10 3 55 58i
`month$2015.10.28 / 2015.10m
`week$2015.10.28 / 2015.10.26
`week$2015.10.26 / 2015.10.26
`week$2015.10.25 / 2015.10.19
`week$2015.10.28D12 / 2015.10.26
`year$2015.10m / 2015i
`mm$2015.10m / 10i
`dd$2015.10.28 / 28i
`hh$12:34 / 12i
`uu$12:34 / 34i
`ss$12:34:56 / 56i
`mm$12:34 / 34i
`year$2015.10.28 2016.01.01 / 2015 2016i
`dd$0Nd / 0Ni
`year$12:00 / 'type
`hh$2015.10m / 'type
"i"$01:00:00.100 mod 1000 / 100i
"i"$2014.11.22D17:43:40.123456789 mod 1000000000 / 123456789i
"ij"$1.5 2.5 / (2i;3)
"ij"$\:1 / (1i;1)
`int`float$'1 2 / (1i;2f)
"i"$`a`b!1 2 / `a`b!1 2i
"i"$([]a:1 2) / ([]a:1 2i)
"i"$(1;2 3;(4;5 6)) / (1i;2 3i;(4i;5 6i))
"i"$() / `int$()
"d"$0#0 / `date$()
`long$2000.01.01D00:00:00.000000001 / 1
10h$65 66 / "AB"
-7h$"42" / 42
7h$"4" / 52
