/ Take, attributes, sublist, til, type, union, upsert, value, where, within, xbar, xrank, xgroup, ungroup, rotate, prior, next, raze: by the pages of ref/.

/ ---- take
5#0 1 2 3 4 5 6 7 8 / 0 1 2 3 4
-5#0 1 2 3 4 5 6 7 8 / 4 5 6 7 8
5#`Arthur`Steve`Dennis / `Arthur`Steve`Dennis`Arthur`Steve
-5#`Arthur`Steve`Dennis / `Steve`Dennis`Arthur`Steve`Dennis
3#9 / 9 9 9
2#`a / `a`a
0#1 2 3 / `long$()
0#`a / `symbol$()
0#"" / ""
0#0Nt / `time$()
2#enlist() / (();())
3#`long$() / 0N 0N 0N
2#`symbol$() / ``
2#"" / "  "
2 5#"!" / ("!!!!!";"!!!!!")
2 3#til 6 / (0 1 2;3 4 5)
2 4#`Arthur`Steve`Dennis / (`Arthur`Steve`Dennis`Arthur;`Steve`Dennis`Arthur`Steve)
2 3 4#"a" / 2#enlist 3#enlist"aaaa"
count each 2 3 4#til 5 / 3 3
first 2 3 4#til 5 / (0 1 2 3;4 0 1 2;3 4 0 1)
0N 3#til 10 / (0 1 2;3 4 5;6 7 8;enlist 9)
3 0N#til 10 / (0 1 2;3 4 5;6 7 8 9)
4 0N#til 9 / (0 1;2 3;4 5;6 7 8)
enlist[2]#til 10 / 0 1
(2 2 3#til 5)~((0 1 2;3 4 0);(1 2 3;4 0 1)) / 1b
(enlist("";""))~1 2 0#"a" / 1b
all`domain=@[;1 2;{`$x}]each(#)@'(1 0 2;2 3 0N;0N 2 1;-1 2 3) / 1b
d:`a`b`c!1 2 3
2#d / `a`b!1 2
-2#d / `b`c!2 3
`a`b#d / `a`b!1 2
enlist[`a]#d / (enlist`a)!enlist 1
`c`a#d / `c`a!3 1
`a`z#d / `a`z!1 0N
0#d / (`symbol$())!`long$()
t:([]name:`Dent`Beeblebrox`Prefect;iq:98 42 126;age:20 22 25)
2#t / ([]name:`Dent`Beeblebrox;iq:98 42;age:20 22)
-2#t / ([]name:`Beeblebrox`Prefect;iq:42 126;age:22 25)
`name`age#t / ([]name:`Dent`Beeblebrox`Prefect;age:20 22 25)
enlist[`iq]#t / ([]iq:98 42 126)
`iq`name#t / ([]iq:98 42 126;name:`Dent`Beeblebrox`Prefect)
5#t / t 0 1 2 0 1
0#t / ([]name:`symbol$();iq:`long$();age:`long$())
k:([s:`s1`s2`s3]v:1 2 3)
([]s:`s1`s3)#k / ([s:`s1`s3]v:1 3)
2#k / ([s:`s1`s2]v:1 2)
3#`a`b!1 2 / `a`b`a!1 2 1
1.5#1 2 / 'type

/ ---- attributes
`s#1 2 3 / 1 2 3
attr`s#1 2 3 / `s
attr`#`s#1 2 3 / `
`s#3 2 1 / 's-fail
attr`u#2 4 5 / `u
`u#1 1 / 'u-fail
attr`p#2 2 1 / `p
`p#1 2 1 / 'u-fail
attr`g#2 1 2 / `g
attr`p#2 2 2 1 1 4 4 4 4 3 3 / `p
attr 2,`p#2 2 1 / `
attr(`s#1 2 3),4 / `s
attr(`s#1 2 3),1 / `
attr(`u#1 2),3 / `u
attr(`u#1 2),2 / `
attr(`g#1 2),1 / `g
attr`s#`a`b`c / `s
attr`s#"abc" / `s
attr`s#(1;`a) / `s
attr`u#(1;`a;"b") / `u
attr`s#("ab";"cd") / `s
attr`#`s#("ab";"cd") / `
attr asc("bat";"dog";"cow";"cat") / `s
(`s#("ab";"cd"))~("ab";"cd") / 1b
attr reverse asc("ab";"cd") / `
attr @[asc("ab";"cd");0;:;"zz"] / `
attr(asc("ab";"cd")),enlist"aa" / `
(exec c!a from meta([]s:asc("ab";"cd");n:2 1))`s / `s
attr reverse`s#1 2 3 / `
attr 2#`s#1 2 3 / `s
attr 1_`s#1 2 3 / `s
attr asc 3 1 2 / `s
attr desc 3 1 2 / `
attr til 5 / `
attr distinct 1 2 1 / `
attr key`s#`a`b!1 2 / `s
attr`s#`a`b!1 2 / `s
attr(`s#([]a:1 2 3;b:4 5 6))`a / `p
exec a from meta`s#([]ti:00:00:00 00:00:01 00:00:03;v:98 98 100.) / `p`
attr each(`s#([1 2 4]y:7 8 9);key`s#([1 2 4]y:7 8 9)) / `s`s
(`s#1 3 5!`a`b`c)0 1 2 3 4 5 6 / ``a`a`b`b`c`c
(`s#1 3 5!10 30 50)4 / 30
(`s#([k:1 3 5]v:10 30 50))([]k:0 2 9) / ([]v:0N 10 50)
(`s#1.5 2.5!`x`y)2f / `x
`s#`b`a!1 2 / 's-fail
x:`s#1 2 3
x,:4
attr x / `s
x,:0
attr x / `
y:`g#1 2 1
y,:2
attr y / `g
where y=2 / 1 3
z:`u#1 2
z,:3
attr z / `u
z,:3
attr z / `
`z#1 2 / 'type

/ ---- sublist
p:2 3 5 7 11
3 sublist p / 2 3 5
10 sublist p / 2 3 5 7 11
-2 sublist p / 7 11
-10 sublist p / 2 3 5 7 11
0 sublist p / `long$()
1 2 sublist p / 3 5
3 9 sublist p / 7 11
9 2 sublist p / `long$()
2 sublist`a`b`c!(1 2 3;"xyz";2 3 5) / `a`b!(1 2 3;"xyz")
-2 sublist([]a:1 2 3) / ([]a:2 3)
1 1 sublist([]a:1 2 3) / ([]a:enlist 2)
2 sublist([k:`a`b`c]v:1 2 3) / ([k:`a`b]v:1 2)
10 sublist"take me" / "take me"
{x$x sublist y}[10;]"take me" / "take me   "
3 sublist() / ()
1 2 sublist`a`b`c`d!1 2 3 4 / `b`c!2 3

/ ---- til
til 0 / `long$()
til 1b / enlist 0
til 5 / 0 1 2 3 4
til 3h / 0 1 2
til 3i / 0 1 2
til 5f / 'type
til -1 / 'domain
til`a / 'type
til 2 3 / 'type

/ ---- type
type each(0b;0Ng;0x0;0h;0i;0;0e;0f;" ";`;0Np;0Nm;0Nd;0Nz;0Nn;0Nu;0Nv;0Nt) / -1 -2 -4 -5 -6 -7 -8 -9 -10 -11 -12 -13 -14 -15 -16 -17 -18 -19h
type each(1#0b;1#0Ng;1#0x0;1#0h;1#0i;1#0;1#0e;1#0f;1#" ";1#`;1#0Np;1#0Nm;1#0Nd;1#0Nz;1#0Nn;1#0Nu;1#0Nv;1#0Nt) / 1 2 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19h
type(2 3 5;"hello") / 0h
type() / 0h
type each(2;3 5;"hello") / -7 7 10h
type(+) / 102h
type(0|+) / 105h
type each(neg;{x};+[1;];(+/);(+\);+';+/:;+\:;(-':)) / 101 100 104 107 108 106 110 111 109h
type each(`a`b!1 2;([]a:1 2);([a:1 2]b:3 4)) / 99 98 99h
type(::) / 101h
type'[(1;1 2)] / -7 7h
type(') / 103h
type parse"1+1" / 0h
type enlist(::) / 0h

/ ---- union
1 2 3 3 6 union 2 4 6 8 / 1 2 3 6 4 8
([]x:2 3 5;y:"abc")union([]x:2 4;y:"ad") / ([]x:2 3 5 4;y:"abcd")
1 union 2 / 1 2
1 1 union`long$() / enlist 1
() union () / ()
"abc"union"bcd" / "abcd"
1 2 union 2 3f / (1;2;2f;3f)
(1 2;3)union enlist 3 / (1 2;3)

/ ---- upsert
u:([]name:`tom`dick`harry;age:28 29 30;sex:`M)
u upsert(`dick;49;`M) / u,([]name:enlist`dick;age:enlist 49;sex:enlist`M)
u upsert((`dick;49;`M);(`jane;23;`F)) / u,([]name:`dick`jane;age:49 23;sex:`M`F)
u upsert([]age:49 23;name:`dick`jane) / ([]name:`tom`dick`harry`dick`jane;age:28 29 30 49 23;sex:`M`M`M``)
u upsert`name`age`sex!(`a;1;`F) / u,([]name:enlist`a;age:enlist 1;sex:enlist`F)
u upsert(`a;`b;`M) / 'type
u upsert(`a;1) / 'length
`u upsert(`zed;1;`M) / `u
count u / 4
a:([s:`q`w`e]r:1 2 3;u:5 6 7)
a upsert(`e;30;70) / ([s:`q`w`e]r:1 2 30;u:5 6 70)
a upsert((`e;30;70);(`r;40;80)) / ([s:`q`w`e`r]r:1 2 30 40;u:5 6 70 80)
a upsert([s:`e`r`q]r:30 4 10;u:70 8 50) / ([s:`q`w`e`r]r:10 2 30 4;u:50 6 70 8)
a upsert([]s:`e`r;r:30 4;u:70 8) / ([s:`q`w`e`r]r:1 2 30 4;u:5 6 70 8)
a upsert`s`r`u!(`w;0;0) / ([s:`q`w`e]r:1 0 3;u:5 0 7)
`a upsert([s:`e`r`q]r:30 4 10;u:70 8 50) / `a
a / ([s:`q`w`e`r]r:10 2 30 4;u:50 6 70 8)
([]a:())upsert(1;2) / 'length
([]a:();b:())upsert(1;`x) / ([]a:enlist 1;b:enlist`x)
`:ser set([]c1:`a`b;c2:1.1 2.2);
`:ser upsert(`c;3.3) / `:ser
get`:ser / ([]c1:`a`b`c;c2:1.1 2.2 3.3)
`:spl/ set([]c1:`sym?`a`b;c2:1.1 2.2);
`:spl upsert(`sym?`c;3.3) / `:spl
exec c2 from`:spl / 1.1 2.2 3.3
value exec c1 from`:spl / `a`b`c
(`a`b!1 2)upsert`b`c!20 30 / `a`b`c!1 20 30

/ ---- value
value`q`w`e!(1 2;3 4;5 6) / (1 2;3 4;5 6)
va:1 2 3
value`va / 1 2 3
value"enlist va:til 5" / enlist til 5
value"{x*x}" / {x*x}
value"iasc 2 7 3 1" / 3 0 2 1
value(+;1;2) / 3
value(`.q.neg;2) / -2
value("{x+y}";1;2) / 3
value(1 2 3;1) / 2
value(`va;2) / 2
value +[2] / (+;2)
(value({x+y+z}[1;;3]))0 1 3 / ({x+y+z};1;3)
value(+/) / (+)
value({x}') / {x}
value each(::;+;-;*;%) / 0 1 2 3 4
value"" / ::
value([k:`a`b]v:1 2) / ([]v:1 2)
(value{[a;b]d::neg c:a*b+5;c+e})1 / `a`b
(value{[a;b]d::neg c:a*b+5;c+e})2 / enlist`c
(value{[a;b]d::neg c:a*b+5;c+e})3 / ``d`e
(value{[a;b]d::neg c:a*b+5;c+e})4 / 5
last value{x+1} / "{x+1}"
(value{x+y})1 / `x`y
(value{})1 / enlist`x
(value{[]1})1 / enlist`
value"1;2" / 2
value"nosuchname" / 'nosuchname
value`nosuchname / 'nosuchname
value 5 / 'type
get"2+3" / 5

/ ---- where
where 2 3 0 1 / 0 0 1 1 1 3
where 0 1 1 0 1b / 1 2 4
where 01101b / 1 2 4
where`amr`ibm`msft!2 3 1 / `amr`amr`ibm`ibm`ibm`msft
where 0 1 2 3!2 3 0 1 / 0 0 1 1 1 3
where`a`b`c!101b / `a`c
where`long$() / `long$()
where 000b / `long$()
where() / `long$()
where 1.5 2 / 'type
where"ab" / 'type
where 1 -1 / 'domain
where 2 1i / 0 0 1

/ ---- within
1 3 10 6 4 within 2 6 / 01011b
"acyxmpu"within"br" / 0100110b
5 within(1 2 6;3 5 7) / 010b
2 5 6 within(1 2 6;3 5 7) / 111b
(1 3 10 6 4;"acyxmpu")within((2;"b");(6;"r")) / (01011b;0100110b)
`dd`ccc`ccc within`c`d / 011b
5 within 1 10 / 1b
1 within 1 10 / 1b
10 within 1 10 / 1b
0N within 1 10 / 0b
2020.01.15 within 2020.01.01 2020.01.31 / 1b
10:30 within 09:00 10:00 / 0b
1.5 within 1 2 / 1b
(`a`b!1 5)within 2 9 / `a`b!01b
() within 1 2 / ()
5 within 10 1 / 0b
`b within`a`c / 1b
2020.01.15D12 within 2020.01.15 2020.01.16 / 1b

/ ---- xbar
3 xbar til 16 / 0 0 0 3 3 3 6 6 6 9 9 9 12 12 12 15
2.5 xbar til 16 / 0 0 0 2.5 2.5 5 5 5 7.5 7.5 10 10 10 12.5 12.5 15
5 xbar 11:00+0 2 3 5 7 11 13 / 11:00 11:00 11:00 11:05 11:05 11:10 11:10
`date$3 xbar`month$2019.11.19 / 2019.10.01
`date$3+3 xbar`month$2019.11.19 / 2020.01.01
-1+`date$3+3 xbar`month$2019.11.19 / 2019.12.31
(3;4 5)xbar(10;20 -30) / (9;20 -30)
3 xbar`a`b!(10 -21 3;4 5 -6) / `a`b!(9 -21 3;3 3 -6)
3 xbar([k:`x`y]a:10 -21;b:4 5) / ([k:`x`y]a:9 -21;b:3 3)
2 xbar 00:00:00.000000001 00:00:00.000000002 00:00:00.000000013 / 0D00:00:00.000000000 0D00:00:00.000000002 0D00:00:00.000000012
5 xbar -1 -5 -6 / -5 -5 -10
5 xbar 0N 7 / 0N 5
type each 2 xbar/:(1h;1i;1;1e;1f;2020.01.01;2020.01m;0D;10:00;10:00:00;10:00:00.000;2020.01.01D) / -7 -7 -7 -9 -9 -14 -13 -16 -17 -18 -19 -12h
type each 2i xbar/:(0b;0x1;1h;1i;1;1e;1f) / -6 -6 -6 -6 -7 -9 -9h
type each 2f xbar/:(1h;1i;1;1e;1f) / -9 -9 -9 -9 -9h
0D00:05 xbar 2020.01.01D10:07:03 / 2020.01.01D10:05
7 xbar 2020.01.05 / 2020.01.04
`a xbar 1 / 'type

/ ---- xgroup ungroup
`a`b xgroup([]a:0 0 1 1 2;b:`a`a`c`d`e;c:til 5) / ([a:0 1 1 2;b:`a`c`d`e]c:(0 1;enlist 2;enlist 3;enlist 4))
`a xgroup([]a:1 2 1;b:`x`y`z;c:1 2 3) / ([a:1 2]b:(`x`z;enlist`y);c:(1 3;enlist 2))
`z xgroup([]a:1 2) / 'z
q1:((enlist 2);5 7 11;13 17)
r1:((enlist"A");"CDE";"FG")
ungroup([]s:`a`b`c;p:q1;q:10 20 30;r:r1) / ([]s:`a`b`b`b`c`c;p:2 5 7 11 13 17;q:10 20 20 20 30 30;r:"ACDEFG")
ungroup`a xgroup([]a:2 1 2;b:`x`y`z) / ([]a:1 2 2;b:`y`x`z)
ungroup([]a:1 2;b:3 4) / ([]a:1 2;b:3 4)
ungroup([]a:1 2;b:(1 2;3);c:(`x`y;`z)) / ([]a:1 1 2;b:1 2 3;c:`x`y`z)
ungroup([k:`a`b]v:(1 2;3 4)) / ([]k:`a`a`b`b;v:1 2 3 4)
ungroup([]a:1 2;b:(1 2;3 4 5);c:(1 2;3 4)) / 'length

/ ---- xrank rotate next prev xprev
4 xrank til 8 / 0 0 1 1 2 2 3 3
4 xrank til 9 / 0 0 0 1 1 2 2 3 3
3 xrank 1 37 5 4 0 3 / 0 2 2 1 0 1
3 xrank 1 7 5 4 0 3 / 0 2 2 1 0 1
2 xrank`b`a`d`c / 0 0 1 1
2 rotate 2 3 5 7 11 / 5 7 11 2 3
-2 rotate 2 3 5 7 11 / 7 11 2 3 5
7 rotate 1 2 3 / 2 3 1
1 rotate([]a:1 2 3;b:"ABC") / ([]a:2 3 1;b:"BCA")
1 rotate() / ()
1 rotate"abc" / "bca"
next 2 3 5 7 11 / 3 5 7 11 0N
next(1 2;"abc";`ibm) / ("abc";`ibm;`long$())
next"abc" / "bc "
next`a`b / `b`
next 1 2f / 2 0n
prev 2 3 5 7 11 / 0N 2 3 5 7
prev(1 2;"abc";`ibm) / (`long$();1 2;"abc")
prev"abc" / " ab"
2 xprev 2 7 5 3 11 / 0N 0N 2 7 5
-2 xprev 2 7 5 3 11 / 5 3 11 0N 0N
1 xprev"abcde" / " abcd"
0 xprev 1 2 / 1 2
5 xprev 1 2 / 0N 0N
next 2020.01.01 2020.01.02 / 2020.01.02 0Nd
next`a`b!1 2 / `a`b!2 0N
next([]a:1 2) / ([]a:2 0N)

/ ---- rank raze reverse ratios prds
rank 2 7 3 2 5 / 0 4 2 1 3
rank`b`a`c / 1 0 2
rank`a`b`c!30 10 20 / 2 0 1
rank() / `long$()
raze(1 2;3 4 5) / 1 2 3 4 5
raze(`a;1 2) / (`a;1;2)
raze 5 / enlist 5
raze() / ()
raze`a`b!(1 2;3 4) / 1 2 3 4
raze(([]a:1 2);([]a:3 4)) / ([]a:1 2 3 4)
raze((1 2;3 4);(5 6;7 8)) / (1 2;3 4;5 6;7 8)
raze("ab";"cd") / "abcd"
raze("ab";"c") / "abc"
raze(`a`b!1 2;`b`c!3 4) / `a`b`c!1 3 4
reverse 1 2 3 / 3 2 1
reverse`a`b!1 2 / `b`a!2 1
reverse([]a:1 2) / ([]a:2 1)
reverse([a:1 2]b:3 4) / ([a:2 1]b:4 3)
reverse 5 / 5
reverse() / ()
ratios 1 2 4 12 / 1 2 2 3f
ratios 2 4 8f / 2 2 2f
prds 2 3 5 / 2 6 30
prd 2 3 5 / 30
prd() / 1
prd 2 0N 3 / 6
prd"ab" / 'type
prd(1 2;3 4) / 3 8
prd`a`b!2 3 / 6
prds`a`b!2 3 / `a`b!2 6
