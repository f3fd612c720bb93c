/ Searching, sorting and cutting lists: bin, find, in, group, differ, distinct, except, inter, cut, drop, cross, deltas, fills, flip.
near:{1e-6>max abs x-y}

/ ---- bin
1 3 5 bin 0 1 2 3 4 5 6 / -1 0 0 1 1 2 2
1 3 5 binr 0 1 2 3 4 5 6 / 0 0 1 1 2 2 3
1 1 1 bin 1 / 2
1 1 1 binr 1 / 0
0N 1 2 bin 0N / 0
0N 1 2 bin -0W / 0
0n 1 2 bin 0n 0.5 0w / 0 0 2
"ace" bin "abz" / 0 0 2
`a`c`e bin `` / -1 -1
"bdf" binr "aefz" / 0 2 2 3
2000.01.01 2000.02.01 bin 1999.12.31 2000.01.15 / -1 0
0x010305 bin 0x02 / 0
01b bin 0b / 0
1 3 5h bin 4h / 1
1 3 5h bin 4 / 'type
1 3 5 bin 4i / 'type
1 3 5 bin () / ()
1 3 5 bin (0 1;(2;3 4)) / (-1 0;(0;1 1))
5 bin 1 / 'type
(1 2;3 4;5 6) bin 3 9 / 1
(1 2;3 4;5 6) bin (1 2;9 9;0 0) / 0 2 -1
(`a`b`c!1 3 5) bin 0 3 4 9 / ``b`b`c
(`a`b`c!1 3 5) binr 0 3 4 9 / `a`b`c`
(10 20 30!`b`d`f) bin `c`a / 10 0N
t:([]s:`a`a`b`b;v:1 5 2 8)
t bin `s`v!(`a;4) / 0
t bin `s`v!(`a;9) / 1
t bin (`b;2) / 2
t bin `s`v!(`b;1) / 0N
t bin ([]s:`a`b`c;v:5 8 1) / 1 3 0N
t bin ([]v:5 8;s:`a`b) / 1 3
k:([id:10 20 30 40]s:`a`a`b`b;v:1 5 2 8)
(k bin ([]s:`a`b;v:3 100))`id / 10 40

/ ---- find
1 2 3?2 / 1
1 2 3?4 / 3
1 2 3?0#0 / 0#0
(0#0)?1 2 / 0 0
3 1 2?(1 2;3 9) / (1 2;0 3)
`a`b`c?`c`a`zz / 2 0 3
"banana"?"nab" / 2 1 0
0n 1?0n / 0
0N 1?0N 1 5 / 0 1 2
(1;"a";`s)?1f / 3
(1 2;3 4)?3 4 / 1
(1 2;3 4)?(3 4;1 2;5 6) / 1 0 2
("ab";"cd";"ef")?("ef";"ab";"zz") / 2 0 3
("ab";"cd")?enlist"cd" / enlist 1
2 0N 3?0N / 1
(`a`b`c!1 2 1)?1 / `a
(`a`b`c!1 2 1)?2 1 9 / `b`a`
(1 2!`x`y)?`y / 2
(1 2!`x`y)?`q / 0N
([]a:1 2 3;b:`x`y`z)?`a`b!(3;`z) / 2
([]a:1 2 3;b:`x`y`z)?(2;`y) / 1
([]a:1 2 3;b:`x`y`z)?([]a:3 9;b:`z`z) / 2 3
([]a:1 2 3;b:`x`y`z)?`a`b!(3;`x) / 3
([k:`p`q]v:1 2)?([]v:2 5) / ([]k:`q`)
0x0102?0x02 / 1
01b?1b / 1
2000.01.01 2000.01.02?2000.01.02 2001.01.01 / 1 2
1.0 2.0?2 / 'type
1 2?1b / 'type
"abc"?`a / 'type
(til 100)?50 / 50
u:("abcde";10 2 -6;(2 3;`ab))
u?(2 3;`ab) / 3 3
{where x~\:y}[u;(2 3;`ab)] / enlist 2

/ ---- in
1 in 1 / 1b
`a in `a`b`c / 1b
1 5 in 5 6 / 01b
(1 5;6) in 5 6 / (01b;1b)
0n in 1 0n / 1b
"a" in () / 0b
1 2 in () / 00b
(`a`b!1 2)in 2 3 / `a`b!01b
([]a:1 2 3)in([]a:3 1) / 101b
(`a`b!(1;`x))in([]a:1 2;b:`x`y) / 1b
(1;`x)in((1;`x);2) / 1b
"cat" in ("cat";"dog") / 1b
("cat";"cow") in ("cat";"dog") / 10b
("cat";"dog") in enlist("cat";"dog") / 1b
`a in `b / 0b
1b in 01b / 1b
1. in 1 2 / 'type
1 2 in 1b / 10b
1 in 1 2! `a`b / 'type
2 in `a`b!1 2 / 1b
any ` ~/: (1 2;`) / 1b

/ ---- except, inter
1 2 3 2 except 2 / 1 3
"abracadabra" except "ab" / "rcdr"
(1;`a;"b") except `a / (1;"b")
() except 1 / ()
1 2 except 5 6 / 1 2
(1 2;3 4) except enlist 1 2 / enlist 3 4
(0#`)except`a / 0#`
0n 1 0n except 0n / enlist 1f
([]a:1 2 2) except ([]a:enlist 2) / ([]a:enlist 1)
1 2 2 3 inter 2 3 / 2 2 3
"abc" inter "" / ""
() inter 1 2 / ()
1 2 3 inter 9 / 0#0
(1 2;3) inter (3;5) / enlist 3
`a`b`a inter `a / `a`a
(`a`b!1 2)inter `c`d!2 3 / enlist 2
([]a:1 2;b:`x`y)inter([]a:2 2;b:`y`z) / ([]a:enlist 2;b:enlist`y)

/ ---- group
group 3 1 3 / 3 1!(0 2;enlist 1)
group "aba" / "ab"!(0 2;enlist 1)
group () / ()!()
group 0101b / 01b!(0 2;1 3)
group (1 2;`a;1 2) / (1 2;`a)!(0 2;enlist 1)
group `x`y`z!1 2 1 / 1 2!(`x`z;enlist`y)
group 0N 0N / (enlist 0N)!enlist 0 1
key group 0x0a0b0a / 0x0a0b
(group ([]a:1 2 1))[([]a:1 2)] / (0 2;enlist 1)
type key group ([]a:1 2 1) / 98h
count each group 1 1 2 3 3 3 / 1 2 3!2 1 3
max each 10 20 30 40 group 0 1 0 1 / 0 1!30 40
type value group 1 2 / 0h
group 1 / 'type

/ ---- differ, distinct, deltas
differ 1 1 2 / 101b
differ enlist 1 / enlist 1b
differ () / `boolean$()
differ 1 1f / 10b
differ (1 2;1 2;3) / 101b
differ "aabbc" / 10101b
differ 0N 0N 1 / 101b
differ ([]a:1 1 2;b:`x`x`x) / 101b
differ `a`b`c!1 1 2 / `a`b`c!101b
(where differ 1 1 2 2 3)_1 1 2 2 3 / (1 1;2 2;enlist 3)
distinct 1 2 1 3 / 1 2 3
distinct `a`b`a / `a`b
distinct 0n 1 0n / 0n 1
distinct (1;1f;1) / (1;1f)
distinct ("ab";"cd";"ab") / ("ab";"cd")
distinct enlist 1 / enlist 1
attr distinct `u#1 2 / `
distinct 0#`a / 0#`a
distinct ([]a:1 1 2;b:`x`x`x) / ([]a:1 2;b:`x`x)
distinct `a / 'type
deltas 1 4 9 16 / 1 3 5 7
deltas 0#0 / 0#0
deltas 3 1 0N 5 / 3 -2 0N 0N
deltas 1 3 6h / 1 2 3i
deltas 1.5 2.5 / 1.5 1
deltas 2000.01.05 2000.01.07 / 4 2i
deltas 10:00 10:05 10:07 / 10:00 00:05 00:02
deltas 00:00:01 00:00:03 / 00:00:01 00:00:02
deltas 2000.03 2000.05m / 2 2i
deltas 2020.01.01D00 2020.01.01D01 / 7305D00 0D01
deltas (1 2;5 7) / (1 2;4 5)
deltas `a`b!(1 2;5 7) / `a`b!(1 2;4 5)
deltas ([]a:1 4 9) / ([]a:1 3 5)
signum deltas 51 54 54 52 / 1 1 0 -1i
{first[x]-':x}2000 2005 2007 / 0 5 2

/ ---- cut and drop
2 4 9 _ til 10 / (2 3;4 5 6 7 8;enlist 9)
0 _ til 3 / til 3
(enlist 0)_ til 3 / enlist til 3
0 0 1 _ 1 2 3 / (0#0;enlist 1;2 3)
0 2 4_`a`b`c`d`e / (`a`b;`c`d;enlist`e)
0 5 _ "hello world" / ("hello";" world")
1 3 _ (1;`a;"b";2 3) / ((`a;"b");enlist 2 3)
0 2 _ ([]a:1 2 3) / (([]a:1 2);([]a:enlist 3))
0 3 _ 0101b / (010b;enlist 1b)
3 0 _ til 5 / 'domain
0 9 _ til 5 / 'length
-1 0 _ til 5 / 'domain
(0#0)_til 3 / ()
2 cut til 5 / (0 1;2 3;enlist 4)
0 2 cut til 5 / (0 1;2 3 4)
3 cut "abcdefgh" / ("abc";"def";"gh")
1 cut `a`b / (enlist`a;enlist`b)
10 cut 1 2 / enlist 1 2
2 cut () / ()
2 cut ([]a:1 2 3) / (([]a:1 2);([]a:enlist 3))
3_"ab" / ""
-1_`a`b`c / `a`b
0_`a`b / `a`b
2_`a`b`c!1 2 3 / (enlist`c)!enlist 3
-2_`a`b`c!1 2 3 / (enlist`a)!enlist 1
1_([]a:1 2) / ([]a:enlist 2)
-1_([]a:1 2) / ([]a:enlist 1)
1_([k:`a`b]v:1 2) / ([k:enlist`b]v:enlist 2)
(til 5)_0 / 1 2 3 4
(til 5)_4 / 0 1 2 3
(til 5)_-1 / til 5
"hello"_1 / "hllo"
(1;`a;"b")_1 / (1;"b")
(`a`b`c!1 2 3)_`b / `a`c!1 3
(`a`b`c!1 2 3)_`z / `a`b`c!1 2 3
(1 2 3!`a`b`c)_2 / 1 3!`a`c
`a`z _ `a`b!1 2 / (enlist`b)!enlist 2
(enlist 1)_1 2!`a`b / (enlist 2)!enlist`b
`b`c _ ([]a:1 2;b:3 4;c:5 6) / ([]a:1 2)
(enlist`a)_([]a:1 2;b:3 4) / ([]b:3 4)
`x _ ([]x:1 2) / 'type
([]x:1 2;y:3 4)_0 / ([]x:enlist 2;y:enlist 4)
dd:`a`b`c`x!(1;2 3;4;5)
dd _:`x
dd / `a`b`c!(1;2 3;4)
1 _ 5 / 'type
`a _ 1 2 3 / 'type
1.0 _ 1 2 / 'type

/ ---- cross
1 2 cross 3 4 / (1 3;1 4;2 3;2 4)
1 cross 2 3 / (1 2;1 3)
1 cross 2 / enlist 1 2
"ab" cross 0 1 / (("a";0);("a";1);("b";0);("b";1))
(0#0) cross 1 2 / ()
(1 2;3) cross 4 5 / (1 2 4;1 2 5;3 4;3 5)
([]s:`x`y)cross([]v:1 2) / ([]s:`x`x`y`y;v:1 2 1 2)
count (cross/)(til 2;til 3;til 4) / 24

/ ---- fill, fills, coalesce
0^1 0N 3 / 1 0 3
0^0N / 0
1 2 3^0N 5 0N / 1 5 3
0^(1 0N;(0N;2)) / (1 0;(0;2))
"x"^"a b" / "axb"
`z^`a``b / `a`z`b
1.5^1 0n / 1 1.5
type 0h^1 0N 3i / 6h
type 5^0n 2 3e / 8h
5^0Ni 2i / 5 2
0^`a`b!1 0N / `a`b!1 0
(`a`b`c!1 2 3)^`b`c!0N 30 / `a`b`c!1 2 30
(`a`b!1 2)^`b`c!0N 0N / `a`b`c!1 2 0N
0^([]a:1 0N;b:0N 2) / ([]a:1 0;b:0 2)
1 2^1 2 3 / 'length
0^`a / 'type
0^"a b" / "a\000b"
2000.01.01^0Nd 2001.01.01 / 2000.01.01 2001.01.01
00:00^0Nu 10:00 / 00:00 10:00
0Ng^0Ng / 0Ng
1b^0b / 0b
fills 0N 2 0N 3 0N / 0N 2 2 3 3
fills 0n 1 0n / 0n 1 1
fills `a``b` / `a`a`b`b
fills "a b " / "aabb"
fills 1 2 3 / 1 2 3
fills () / ()
fills 0Nd 2000.01.01 0Nd / 0Nd 2000.01.01 2000.01.01
fills ([]a:1 0N;b:`x`) / ([]a:1 1;b:`x`x)
fills (1 0N;0N 5;0N 0N) / (1 0N;1 5;1 5)
fills {(x where x=0W):0N;x}0N 2 3 0W 0N 7 0W / 0N 2 3 3 3 7 7
reverse fills reverse 0N 2 3 0N / 2 2 3 0N
update fills c from ([]c:1 0N 3) / ([]c:1 1 3)
kt1:([k:1 2 3]c1:10 20 30;c2:`a`b`c)
kt2:([k:3 4 5]c1:300 400 500;c2:`cc`dd`ee)
kt1^kt2 / ([k:1 2 3 4 5]c1:10 20 300 400 500;c2:`a`b`cc`dd`ee)
(kt1^kt2)~kt1,kt2 / 1b
kt3:([k:2 3]c1:0N 3000;c2:`bbb`)
kt1,kt3 / ([k:1 2 3]c1:10 0N 3000;c2:`a`bbb`)
kt1^kt3 / ([k:1 2 3]c1:10 20 3000;c2:`a`bbb`c)
kt1^([k:1 9]c1:0N 0N;c2:`z`) / ([k:1 2 3 9]c1:10 20 30 0N;c2:`z`b`c`)

/ ---- flip
flip (1 2;3 4;5 6) / (1 3 5;2 4 6)
flip (1 2 3;4) / (1 4;2 4;3 4)
flip ((1;`a);("b";2)) / ((1;"b");(`a;2))
flip enlist 1 2 3 / (enlist 1;enlist 2;enlist 3)
flip (enlist 1;enlist 2) / enlist 1 2
flip `a`b!(1 2;3 4) / ([]a:1 2;b:3 4)
flip `a`b!(1 2;`x) / ([]a:1 2;b:`x`x)
flip ([]a:1 2;b:3 4) / `a`b!(1 2;3 4)
flip (1 2;3 4 5) / 'length
flip `a`b!(1 2;3 4 5) / 'length
flip ("ab";1 2) / (("a";1);("b";2))
flip 1 2!(3 4;5 6) / 'type
flip flip (1 2 3;4 5 6) / (1 2 3;4 5 6)
flip `a`b!(0#0;0#`) / ([]a:0#0;b:0#`)

/ ---- first, last, enlist, count
first (1 2;3 4) / 1 2
first "" / " "
first 0#0n / 0n
first () / ()
first `a`b!1 2 / 1
first ([]a:1 2;b:`x`y) / `a`b!(1;`x)
first ([k:`p`q]v:1 2) / (enlist`v)!enlist 1
first {x} / {x}
last 0#`a / `
last (1;`a) / `a
last ([]a:1 2) / (enlist`a)!enlist 2
last ([k:`p`q]v:1 2) / (enlist`v)!enlist 2
first each `a`b!(1 2;3 4) / `a`b!1 3
last each (1 2;"ab";3) / (2;"b";3)
enlist 1 / (),1
enlist () / enlist ()
type enlist 1 / 7h
type enlist 1 2 / 0h
type enlist enlist 1 / 0h
enlist[1;2;3] / 1 2 3
enlist[1;`a;"b"] / (1;`a;"b")
enlist[til 5;`ibm`goog;"hello"] / (til 5;`ibm`goog;"hello")
count enlist[0;`1;"two";3;`four;5;`6;"seven";8;`nine] / 10
enlist `a`b`c!(1;2 3;4) / ([]a:enlist 1;b:enlist 2 3;c:enlist 4)
type enlist {x} / 0h
enlist (::) / (1#(::))
{(),x}each (1;2 3) / (enlist 1;2 3)
count {x+y} / 1
count (+/) / 1
count 1 / 1
count "" / 0
count `a`b!1 2 / 2
count ([]a:()) / 0
count ([k:`p`q`r]v:1 2 3) / 3
count each (1 2 3;4 5;6 7 8 9;0) / 3 2 4 1
count each `a`b`c!(1 2;3 4 5;"hello") / `a`b`c!2 3 5
count (::) / 1
count enlist () / 1

/ ---- attributes
attr 1 3 4 / `
attr asc 1 3 4 / `s
attr `u#`a`b / `u
attr `p#1 1 2 / `p
attr `g#1 2 1 / `g
attr 5 / `
attr ([]a:1 2) / `
attr `s#([]a:1 2) / `s
attr `a`b!1 2 / `
attr {x} / `
attr asc ("b";"a") / `s
attr desc 3 1 2 / `
attr til 3 / `
attr 2#asc 3 1 2 / `s
attr (asc 1 2)+1 / `
attr asc[1 2],3 / `s
attr asc[1 2],0 / `
attr (`u#1 2),3 / `u
attr (`u#1 2),2 / `
attr (`p#1 1 2),2 / `
attr (`g#1 2),1 / `g
attr (`g#1 2 1)1 2 / `
attr reverse `g#1 2 1 / `
attr `s#`a`b!1 2 / `s
attr key `s#`a`b!1 2 / `s
`#`s#1 2 3 / 1 2 3
attr `#`g#1 2 1 / `
`s#3 1 2 / 's-fail
`u#1 1 / 'u-fail
`p#1 2 1 / 'u-fail
`s#`b`a!1 2 / 's-fail
`g#`a`b!1 2 / 'type
`u#(1;`a;"c") / (1;`a;"c")
exec a from meta `s#([]ti:1 2 3;v:98 98 100.) / `p`
exec a from meta update `g#b from ([]a:1 2;b:`x`y) / ``g
1i in 0 1 2 / 1b
1 5 in 1 2 3i / 10b
(2020.01.01 mod 7)in/:(0 1;3 4) / 01b
