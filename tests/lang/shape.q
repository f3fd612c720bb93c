/ count, til, enlist
count 2 3 5 / 3
count 42 / 1
count `a / 1
count "abc" / 3
count () / 0
count `a`b`c!1 2 3 / 3
count ([]a:1 2 3) / 3
count ([k:1 2]a:1 2) / 2
count each (1 2;3;`a`b`c) / 2 1 3
count (+) / 1
til 5 / 0 1 2 3 4
til 0 / `long$()
til 1b / enlist 0
til 3i / 0 1 2
til 5f / 'type
til -1 / 'domain
til `a / 'type
enlist 5 / (),5
enlist 1 2 / (1 2;3)enlist 0
enlist[1;2;3] / 1 2 3
enlist[1;`a] / (1;`a)
type enlist 1 / 7h
type enlist "abc" / 0h
enlist `a`b!1 2 / ([]a:(),1;b:(),2)
count enlist `a`b!(1 2;3 4) / 1
first enlist 10 / 10
/ join
1 2,3 4 / 1 2 3 4
1,2 / 1 2
1,2 3 / 1 2 3
"ab","c" / "abc"
"a","b" / "ab"
1 2,`a / (1;2;`a)
(),1 / enlist 1
(),() / ()
1 2,() / 1 2
(1;`a),2 / (1;`a;2)
type 1,2h / 0h
1,2h / (1;2h)
(`a`b!1 2),`b`c!3 4 / `a`b`c!1 3 4
(`a`b`c!10 20 30),`c`d!400 500 / `a`b`c`d!10 20 400 500
([]a:1 2),([]a:3 4) / ([]a:1 2 3 4)
([]a:1 2;b:`x`y),`a`b!(3;`z) / ([]a:1 2 3;b:`x`y`z)
([]a:1 2;b:3 4),([]b:5 6;a:7 8) / ([]a:1 2 7 8;b:3 4 5 6)
([]a:1 2),([]b:1 2) / 'mismatch
([k:1 2]v:10 20),([k:2 3]v:99 30) / ([k:1 2 3]v:10 99 30)
10,`a`b!1 2 / 'type
/ take
5#0 1 2 3 4 5 6 7 8 / 0 1 2 3 4
-5#0 1 2 3 4 5 6 7 8 / 4 5 6 7 8
5#`Arthur`Steve`Dennis / `Arthur`Steve`Dennis`Arthur`Steve
-5#`Arthur`Steve`Dennis / `Steve`Dennis`Arthur`Steve`Dennis
3#9 / 9 9 9
2#`a / `a`a
-2#`a / `a`a
0#1 2 3 / `long$()
0#`a / `$()
0#"abc" / ""
0#() / ()
3#"ab" / "aba"
1b#1 2 / enlist 1
2i#1 2 3 / 1 2
2h#1 2 3 / 1 2
4#1 2 / 1 2 1 2
-3#1 2 / 2 1 2
-4#1 2 3 / 3 1 2 3
3#`long$() / 0N 0N 0N
2#(1 2;3 4;5 6) / (1 2;3 4)
2#(1;2;`a) / 1 2
type 2#(1;2;`a) / 7h
3#enlist 1 2 / (1 2;1 2;1 2)
2.#1 2 3 / 'type
"a"#1 2 3 / 'type
2 5#"!" / ("!!!!!";"!!!!!")
2 3#til 6 / (0 1 2;3 4 5)
2 4#`Arthur`Steve`Dennis / (`Arthur`Steve`Dennis`Arthur;`Steve`Dennis`Arthur`Steve)
2 3 4#"a" / (("aaaa";"aaaa";"aaaa");("aaaa";"aaaa";"aaaa"))
count each 2 3 4#til 5 / 3 3
first 2 3 4#til 5 / (0 1 2 3;4 0 1 2;3 4 0 1)
0N 3#til 10 / (0 1 2;3 4 5;6 7 8;enlist 9)
3 0N#til 10 / (0 1 2;3 4 5;6 7 8 9)
4 0N#til 9 / (0 1;2 3;4 5;6 7 8)
(10 0N)#(),10 / (9#enlist`long$()),enlist enlist 10
2 0N#0#0 / (`long$();`long$())
enlist[2]#til 10 / 0 1
2 2 3#til 5 / ((0 1 2;3 4 0);(1 2 3;4 0 1))
1 2 0#"a" / enlist("";"")
1 0 2#til 3 / 'domain
2 3 0N#til 3 / 'domain
0N 2 1#til 3 / 'domain
-1 2 3#til 3 / 'domain
2 2#1 2 3 4 5 / (1 2;3 4)
2#`a`b`c!1 2 3 / `a`b!1 2
-2#`a`b`c!1 2 3 / `b`c!2 3
`a`b#`a`b`c!1 2 3 / `a`b!1 2
enlist[`a]#`a`b`c!1 2 3 / (enlist`a)!enlist 1
`c`a#`a`b`c!1 2 3 / `c`a!3 1
`a`z#`a`b`c!1 2 3 / `a`z!1 0N
`a#`a`b`c!1 2 3 / 'type
t:([] name:`Dent`Beeblebrox`Prefect; iq:98 42 126; age:20 22 25)
2#t / ([] name:`Dent`Beeblebrox; iq:98 42; age:20 22)
-2#t / ([] name:`Beeblebrox`Prefect; iq:42 126; age:22 25)
`name`age#t / ([] name:`Dent`Beeblebrox`Prefect; age:20 22 25)
(enlist`iq)#t / ([] iq:98 42 126)
`nope`age#t / 'nope
0#t / ([] name:0#`; iq:0#0; age:0#0)
4#t / t,1#t
count 5#t / 5
k:([s:`s1`s2`s3]v:1 2 3)
2#k / ([s:`s1`s2]v:1 2)
([]s:`s1`s3)#k / ([s:`s1`s3]v:1 3)
/ drop
5_0 1 2 3 4 5 6 7 8 / 5 6 7 8
-5_0 1 2 3 4 5 6 7 8 / 0 1 2 3
1 _ `a`b`c!1 2 3 / `b`c!2 3
-1 _ `a`b`c!1 2 3 / `a`b!1 2
10_1 2 3 / `long$()
-10_1 2 3 / `long$()
0_1 2 3 / 1 2 3
1_"abc" / "bc"
1_(1;`a;"c") / (`a;"c")
b:"apple: banana: cherry"
(b?":") _ b / ": banana: cherry"
0 1 2 3 4 5 6 7 8_5 / 0 1 2 3 4 6 7 8
1 2 3 _ 7 / 1 2 3
"hello"_0 / "ello"
(`a`b`c!1 2 3)_`a / `b`c!2 3
`a _ `a`b`c!1 2 3 / `b`c!2 3
`a`b _ `a`b`c!1 2 3 / (enlist`c)!enlist 3
`b`x _ `a`b`c!1 2 3 / `a`c!1 3
(`a`b`c!1 2 3) _ `a`b / 'type
d:100 200!`a`b
1 _ d / (enlist 200)!enlist`b
d _ 1 / d
d _ 100 / (enlist 200)!enlist`b
enlist[1] _ d / d
enlist[100] _ d / (enlist 200)!enlist`b
count 100 _ d / 0
t:([]a:1 2 3;b:4 5 6;c:`d`e`f)
`a`b _ t / ([]c:`d`e`f)
t _ `a`b / 'type
`a _ t / 'type
t _ `a / 'type
1 _ t / ([]a:2 3;b:5 6;c:`e`f)
-1 _ t / ([]a:1 2;b:4 5;c:`d`e)
t _ 1 / ([]a:1 3;b:4 6;c:`d`f)
1 _ k / ([s:`s2`s3]v:2 3)
([]s:`s1`s3) _ k / ([s:(),`s2]v:(),2)
1.5 _ 1 2 3 / 'type
1 _ 2 / 'type
/ cut
2 4 9 _ til 10 / (2 3;4 5 6 7 8;enlist 9)
2 4 4 9 _ til 10 / (2 3;`long$();4 5 6 7 8;enlist 9)
0 4 5 _ til 7 / (0 1 2 3;enlist 4;5 6)
0 3 _ ([]a:til 5;b:`a`b`c`d`e) / (([]a:0 1 2;b:`a`b`c);([]a:3 4;b:`d`e))
0 3 _ "abcdef" / ("abc";"def")
3 1 _ til 5 / 'domain
4 cut til 10 / (0 1 2 3;4 5 6 7;8 9)
3 cut "abcdefg" / ("abc";"def";enlist"g")
5 cut 1 2 3 / enlist 1 2 3
2 cut `long$() / ()
0 2 cut til 4 / (0 1;2 3)
2 cut ([]a:1 2 3) / (([]a:1 2);([]a:enlist 3))
0 cut til 4 / 'domain
/ sublist
3 sublist 2 3 5 7 11 / 2 3 5
10 sublist 2 3 5 7 11 / 2 3 5 7 11
2 sublist `a`b`c!(1 2 3;"xyz";2 3 5) / `a`b!(1 2 3;"xyz")
-2 sublist 2 3 5 7 11 / 7 11
-10 sublist 1 2 / 1 2
1 2 sublist 2 3 5 7 11 / 3 5
3 10 sublist 2 3 5 7 11 / 7 11
10 2 sublist 2 3 5 / `long$()
2 sublist ([]a:1 2 3) / ([]a:1 2)
-2 sublist ([]a:1 2 3) / ([]a:2 3)
5 sublist ([]a:1 2 3) / ([]a:1 2 3)
2 sublist ([k:1 2 3]a:1 2 3) / ([k:1 2]a:1 2)
0W sublist 1 2 / 1 2
/ reverse, rotate
reverse 1 2 3 4 / 4 3 2 1
reverse "abc" / "cba"
reverse 5 / 5
reverse () / ()
reverse `a`b!(1 2 3;"xyz") / `b`a!("xyz";1 2 3)
reverse ([]a:1 2 3;b:"xyz") / ([]a:3 2 1;b:"zyx")
2 rotate 2 3 5 7 11 / 5 7 11 2 3
-2 rotate 2 3 5 7 11 / 7 11 2 3 5
7 rotate 2 3 5 7 11 / 5 7 11 2 3
0 rotate 1 2 3 / 1 2 3
1 rotate ([]a:1 2 3;b:"xyz") / ([]a:2 3 1;b:"yzx")
0 1 -1 rotate' 3 4#til 12 / (0 1 2 3;5 6 7 4;11 8 9 10)
1 rotate "abc" / "bca"
1 rotate `long$() / `long$()
1 rotate 3 / 'rank
/ raze
raze (1 2;3 4 5) / 1 2 3 4 5
raze (1 2;(3 4;5 6);7;8) / (1;2;3 4;5 6;7;8)
raze/[(1 2;(3 4;5 6);7;8)] / 1 2 3 4 5 6 7 8
raze 42 / enlist 42
raze () / ()
raze 1 2 3 / 1 2 3
raze `q`w`e!(1 2;3 4;5 6) / 1 2 3 4 5 6
raze ("ab";"cd";enlist"e") / "abcde"
raze ("a";"b") / "ab"
raze (enlist 1;`a) / (1;`a)
raze (([]a:1 2);([]a:3 4)) / ([]a:1 2 3 4)
raze (`a`b!1 2;`b`c!3 4) / `a`b`c!1 3 4
raze (10;`a`b!3 5) / 'type
raze (();1 2) / 1 2
raze (`long$();`long$()) / `long$()
/ flip
flip (1 2 3;4 5 6) / (1 4;2 5;3 6)
flip (1 2 3;4) / (1 4;2 4;3 4)
flip ("ab";1 2) / (("a";1);("b";2))
flip `sym`price`size!(`IBM`MSFT;10.2 23.45;100 100) / ([]sym:`IBM`MSFT;price:10.2 23.45;size:100 100)
flip flip `sym`price`size!(`IBM`MSFT;10.2 23.45;100 100) / `sym`price`size!(`IBM`MSFT;10.2 23.45;100 100)
flip `sym`price`size!(`I;10.2 23.45 45.67;100) / ([]sym:`I`I`I;price:10.2 23.45 45.67;size:100 100 100)
flip ([]a:1 2;b:3 4) / `a`b!(1 2;3 4)
flip (1 2;3 4 5) / 'length
flip `a`b!(1 2;3 4 5) / 'length
flip `a`b!1 2 / 'rank
flip 1 2 3 / 'rank
flip 1 / 'rank
flip ("abc";"def") / ("ad";"be";"cf")
/ first, last
first 1 2 3 4 5 / 1
first 42 / 42
first each (1 2 3;4 5;6 7 8 9;0) / 1 4 6 0
first `a`b`c!(1 2;3 4 5;"hello") / 1 2
first each `a`b`c!(1 2;3 4 5;"hello") / `a`b`c!(1;3;"h")
first ([]a:1 2;b:`x`y) / `a`b!(1;`x)
first `long$() / 0N
first `symbol$() / `
first "" / " "
first () / ()
first ([k:1 2]v:3 4) / (enlist`v)!enlist 3
last til 10 / 9
last `a`b`c!1 2 3 / 3
last 42 / 42
last `float$() / 0n
last ([]a:1 2) / (enlist`a)!enlist 2
last "abc" / "c"
/ where
where 2 3 0 1 / 0 0 1 1 1 3
where 01101b / 1 2 4
where 000b / `long$()
where `amr`ibm`msft!2 3 1 / `amr`amr`ibm`ibm`ibm`msft
where 0 1 2 3!2 3 0 1 / 0 0 1 1 1 3
where `a`b`c!101b / `a`c
where () / `long$()
where 1.5 2 / 'type
where -1 2 / 'domain
/ cross
1 2 3 cross 10 20 / (1 10;1 20;2 10;2 20;3 10;3 20)
(cross/)(2 3;10;"abc") / ((2;10;"a");(2;10;"b");(2;10;"c");(3;10;"a");(3;10;"b");(3;10;"c"))
([]s:`IBM`MSFT`AAPL)cross([]v:1 2) / ([]s:`IBM`IBM`MSFT`MSFT`AAPL`AAPL;v:1 2 1 2 1 2)
(1 2;3 4) cross (5 6;7 8) / (1 2 5 6;1 2 7 8;3 4 5 6;3 4 7 8)
(enlist each (1 2;3 4)) cross enlist each (5 6;7 8) / ((1 2;5 6);(1 2;7 8);(3 4;5 6);(3 4;7 8))
"ab" cross "xy" / ("ax";"ay";"bx";"by")
/ ungroup
t:([]s:`a`b`c;p:((enlist 2);5 7 11;13 17);q:10 20 30;r:((enlist"A");"CDE";"FG"))
ungroup t / ([]s:`a`b`b`b`c`c;p:2 5 7 11 13 17;q:10 20 20 20 30 30;r:"ACDEFG")
ungroup ([k:`a`b]v:(1 2;enlist 3)) / ([]k:`a`a`b;v:1 2 3)
ungroup ([]a:1 2) / ([]a:1 2)
ungroup ([]a:1 2;b:(1 2;`long$())) / ([]a:1 1;b:1 2)
ungroup ([]a:enlist 1 2;b:enlist 1 2 3) / 'length
/ type
type 1 / -7h
type 1 2 / 7h
type `a / -11h
type "a" / -10h
type "abc" / 10h
type () / 0h
type (1;`a) / 0h
type `a`b!1 2 / 99h
type ([]a:1 2) / 98h
type ([k:1 2]a:1 2) / 99h
type (+) / 102h
type {x} / 100h
type 2020.01.01 / -14h
type 0x01 / -4h
type 1b / -1h
type 0b,1b / 1h
/ attributes
attr `s#1 2 3 / `s
attr 1 2 3 / `
attr `u#2 4 5 / `u
attr `p#2 2 1 / `p
attr `g#2 1 2 / `g
attr `#`s#1 2 3 / `
attr asc 3 1 2 / `s
`s#3 2 1 / 's-fail
`u#1 2 1 / 'u-fail
`p#1 2 1 / 'u-fail
`s#1 1 2 / 1 1 2
`g#(1;`a) / 'type
`z#1 2 3 / 'type
`s#1 / 'type
attr 2#`s#1 2 3 / `s
attr reverse `s#1 2 3 / `
attr (`s#1 2 3),4 / `s
attr (`s#1 2 3),0 / `
attr (`u#1 2 3),4 / `u
attr (`u#1 2 3),3 / `
attr (`g#1 2 3),3 / `g
attr 2,`p#2 2 2 1 1 / `
2,`p#2 2 2 1 1 / 2 2 2 2 1 1
`p#2 2 2 1 1 4 4 4 4 3 3 / 2 2 2 1 1 4 4 4 4 3 3
exec a from meta `s#([] ti:00:00:00 00:00:01 00:00:03; v:98 98 100.) / `p`
attr `s#`a`b!1 2 / `s
type `s#`a`b!1 2 / 127h
`s#`b`a!1 2 / 's-fail
(`s#1 3 5!`a`b`c) 4 / `b
til 1000000000000 / 'wsfull
1000000000000#0 / 'wsfull
where 2#0W / 'limit
/ separators as functions, flattening, assignment in place
(", "/:)("quick";"brown";"foxes") / "quick, brown, foxes"
(0x0\:)3.14156 / 0x400921ea35935fc4
(,/) over ("ab";("cd";("ef";"gh"))) / "abcdefgh"
(,//)(1;(2;(3;4))) / 1 2 3 4
(,\)2 3 4 / (enlist 2;2 3;2 3 4)
(,':)2 3 4 / (2;3 2;4 3)
5 enlist\1 / (1;enlist 1;enlist enlist 1;enlist enlist enlist 1;enlist enlist enlist enlist 1;enlist enlist enlist enlist enlist 1)
s:(1;2f;3)
s[1]:4
s / 1 4 3
s[1]:5f / 'type
a:til 5
1+a[2]+:5 / 8
a / 0 1 7 3 4
notyet+:1
notyet / 1
notyet2,:3 4
notyet2 / 3 4
m:(1 6 4 4 2;2 7 2 0 5;7 5 6 7 0;2 1 8 1 0;7 3 3 6 8;2 3 8 9 0;1 1 9 6 9;7 8 4 3 0;4 5 8 0 4;9 8 0 3 9)
c:4 1 3 3 1 4
7 m\c / 0 6 6 6 1 5
(m\)c / 4 3 1 0 6 9
v:1 2 3
v[5 1]:42 100 / 'length
v / 1 2 3
mt:0#0
({x+y}/)mt / ()
type 1 0 3h/[til 0] / 5h
type (3 4#til 12)/[0#0] / 0h
(+/)mt / 0
(*/)mt / 1
42+/mt / 42
