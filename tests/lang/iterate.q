/ Iterators: accumulators, each and peach, compose. The forms of each page, and the forms around them.

/ ---- derived functions are variadic: prefix, infix, brackets
(+\)2 3 4 / 2 5 9
(+/)2 3 4 / 9
+/[2 3 4] / 9
+\[2 3 4] / 2 5 9
1000+\2 3 4 / 1002 1005 1009
+/[1000000;2 3 4] / 1000009
1000000+/2 3 4 / 1000009
+\[1000;2 3 4] / 1002 1005 1009
@[(+/);2 3 4] / 9
.[(+/);(10;2 3 4)] / 19
(+/) . (10;2 3 4) / 19
((+/);(*/);(-/))@\:2 3 4 / 9 24 -5
'[count][("The";"quick";"brown";"fox")] / 3 5 5 3
count'[("The";"quick";"brown";"fox")] / 3 5 5 3
(count')("The";"quick";"brown";"fox") / 3 5 5 3
type each (count';+/;+\;-':;+/:;+\:) / 106 107 108 109 110 111h

/ ---- converge
(neg\)1 / 1 -1
(neg/)1 / -1
(rotate[1]\)"abcd" / ("abcd";"bcda";"cdab";"dabc")
({x*x}\)0.1 / 0.1 0.01 0.0001 1e-08 1e-16 1e-32 1e-64 1e-128 1e-256 0
(floor sqrt@)\[100] / 100 10 3 1
{x div 2}\[100] / 100 50 25 12 6 3 1 0
{x div 2}/[100] / 0
{distinct x,x mod 3}\[5 7] / (5 7;5 7 2 1)
(1_)\["abc"] / ("abc";"bc";enlist"c";"")
{1+x%2}/[1f] / 2f
raze/[((1;2 3);enlist enlist 4)] / 1 2 3 4
route:`London`Paris`Genoa`Milan`Vienna`Berlin!`Paris`Genoa`Milan`Vienna`Berlin`London
(route\)`Genoa / `Genoa`Milan`Vienna`Berlin`London`Paris
3 route\`London / `London`Paris`Genoa`Milan
3 route/`London / `Milan
(`Berlin<>)route\`Paris / `Paris`Genoa`Milan`Vienna`Berlin
waypoints:`London`Paris`Genoa`Milan`Vienna`Berlin!011110b
waypoints route\`Paris / `Paris`Genoa`Milan`Vienna`Berlin
waypoints route/`Paris / `Berlin
(1 2 3 4 4\)0 / 0 1 2 3 4
1 2 3 4 4/[0] / 4
l:3 0 4 1 2
(l\)0 / 0 3 1
(`a`b`c`d!`b`c`d`d)\[`a] / `a`b`c`d
{$[x>100;x;2*x]}/[3] / 192

/ ---- do
dbl:2*
3 dbl\2 7 / (2 7;4 14;8 28;16 56)
3 dbl/2 7 / 16 56
dbl/[3;2 7] / 16 56
0 dbl/5 / 5
0 dbl\5 / enlist 5
5 enlist\1 / (1;enlist 1;enlist enlist 1;enlist enlist enlist 1;enlist enlist enlist enlist 1;enlist enlist enlist enlist enlist 1)
2(`f;)\1 / (1;(`f;1);(`f;(`f;1)))
10{x,sum -2#x}/0 1 / 0 1 1 2 3 5 8 13 21 34 55 89
fibonacci:{x,sum -2#x}/[;0 1]
fibonacci 10 / 0 1 1 2 3 5 8 13 21 34 55 89
m:(0 1f;1 1f)
4 (m mmu)\1 1f / (1 1f;1 2f;2 3f;3 5f;5 8f)
3i dbl/1 / 8
3h dbl/1 / 8
2 {x,x}/"ab" / "abababab"
3 {@[x;0;+;1]}\0 0 / (0 0;1 0;2 0;3 0)
("j"$1b) neg/7 / -7
("j"$0b) neg/7 / 7
2 reverse\1 2 3 / (1 2 3;3 2 1;1 2 3)
3 (-1_)\"abcd" / ("abcd";"abc";"ab";enlist"a")
2 {enlist x}/`a / enlist enlist`a
4 {x*x}\2 / 2 4 16 256 65536
4 (1 2 3 0@)\0 / 0 1 2 3 0

/ ---- while
(10>)dbl\2 / 2 4 8 16
(10>)dbl/2 / 16
{x<1000}{x+x}\2 / 2 4 8 16 32 64 128 256 512 1024
inc:1+
inc\[105>;100] / 100 101 102 103 104 105
inc\[105>sum@;84 20] / (84 20;85 21)
{x<5}{x+1}/9 / 9
{x<5}{x+1}\9 / enlist 9
{count x}(1_)/1 2 3 / `long$()
{count x}(1_)\1 2 / (1 2;enlist 2;`long$())
{0<x}{x-1}\3 / 3 2 1 0
{(x[1]mod x 0;x 0)}/[{0<x 0};48 18] / 0 6
(01110b)inc\1 / 1 2 3 4
{x}{x-1}\3 / 3 2 1 0
(`a`b`c!110b)(`a`b`c!`b`c`a)\`a / `a`b`c

/ ---- binary values: with a left argument, and without
(,\)2 3 4 / (enlist 2;2 3;2 3 4)
{x,y}\[2 3 4] / (2;2 3;2 3 4)
42{[x;y]x}\2 3 4 / 42 42 42
({[x;y]x}\)2 3 4 / 2 2 2
({count x,y}\)("The";"quick";"brown";"fox") / ("The";8;6;4)
({count x,y}/)("The";"quick";"brown";"fox") / 4
m:(1 6 4 4 2;2 7 2 0 5;7 5 6 7 0;2 1 8 1 0;7 3 3 6 8;2 3 8 9 0;1 1 9 6 9;7 8 4 3 0;4 5 8 0 4;9 8 0 3 9)
c:4 1 3 3 1 4
7 m\c / 0 6 6 6 1 5
(m\)c / 4 3 1 0 6 9
m scan c / 4 3 1 0 6 9
m over c / 9
7 m/c / 5
(+)over til 5 / 10
(+)scan til 5 / 0 1 3 6 10
(*)over 1 2 3 4 / 24
(-)scan 10 1 2 / 10 9 7
{x-y}over 10 1 2 / 7
{x+y}over til 5 / 10
-/[10 1 2 3] / 4
-\[10 1 2 3] / 10 9 7 4
100-\10 20 / 90 70
100 -/10 20 / 70
1 10 100+\1 2 / (2 11 101;4 13 103)
1 10+/(1 2;3 4) / 5 16
,/[1 2;(3 4;5)] / 1 2 3 4 5
,/[(1 2;3;`a)] / (1;2;3;`a)
{x+2*y}\[1;1 2 3] / 3 7 13
{x+2*y}/[1;1 2 3] / 13
{10 sv x,y}/[1 2 3] / 123
{(10*x)+y}\[0;1 2 3] / 1 12 123
{x!y}/[(`a`b;1 2)] / `a`b!1 2
(!/)(`a`b;1 2) / `a`b!1 2
|\[3 1 4 1 5] / 3 3 4 4 5
|/[3 1 4 1 5] / 5
&\[3 1 4 1 5] / 3 1 1 1 1
&/[3 1 4 1 5] / 1
^\[1 0N 2 0N] / 1 1 2 2
0^\0N 0N 3 0N 5 / 0 0 3 3 5
:/[1 2 3 4 5] / 5
:\[1 2 3] / 1 2 3
(+/)`a`b`c!1 2 3 / 6
(+\)`a`b`c!1 2 3 / `a`b`c!1 3 6
(+/)((1 2;3 4);(5 6;7 8)) / (6 8;10 12)
(+\)peach(2 3 4;(5 6;7 8);9 10 11 12) / (2 5 9;(5 6;12 14);9 19 30 42)
(+/)each(1 2 3;4 5) / 6 9
(+/)'[(1 2 3;4 5)] / 6 9
10+/'(1 2;3 4) / 13 17
10 20+/'(1 2;3 4) / 13 27
+/[0;]each(1 2;3 4 5) / 3 12
ssr/["hello";("h";"l");("j";"L")] / "jeLLo"
0{x+y*y}/1 2 3 / 14
""{x,string y}/1 2 3 / "123"
(enlist 0){x,y+last x}/1 2 3 / 0 1 3 6
{(y;x)}/[1;2 3] / (3;(2;1))

/ ---- ternary and higher
{x+y*z}\[1000;5 10 15 20;2 3 4 5] / 1010 1040 1100 1200
{x+y*z}/[1000;5 10 15 20;2 3 4 5] / 1200
{x+y*z}\[1000 2000;5 10 15 20;3] / (1015 2015;1045 2045;1090 2090;1150 2150)
{x+y*z}/[1000 2000;5 10 15 20;3] / 1150 2150
{x+y*z}/[0;2;3] / 6
s:"We are going to advance. Send reinforcements."
ssr\[s;("advance";"reinforcements");("a dance";"three and fourpence")] / ("We are going to a dance. Send reinforcements.";"We are going to a dance. Send three and fourpence.")
{[a;b;c;d]a+b+c*d}\[0;1 2;3 4;5 6] / 16 42
{[a;b;c;d]a+b+c*d}/[0;1 2;3 4;5 6] / 42
{x+y*z}\[0;1 2;3 4 5] / 'length
{z+x*y}\[1000f;1 2 3 4f;5 6 7 8f] / 1005 2016 6055 24228f
a:1000f;b:1 2 3 4f;c:5 6 7 8f
a b\c / 1005 2016 6055 24228f
0f(0.5)\1 1 1f / 1 1.5 1.75
8f(0.5 0.25 2)\1 1 1f / 5 2.25 5.5
1f(1 2f)\1 2 3f / 'length
?\[();1 2;3 4] / 'type

/ ---- empty lists: the value is not evaluated
mt:0#0
type each (mt;*/[mt];{x*y}/[mt]) / 7 -7 0h
()~{x+y*z}\[`foo;mt;mt] / 1b
(+/)mt / 0
(*/)mt / 1
()~({x+y}/)mt / 1b
type 1 0 3h/[til 0] / 5h
type (3 4#til 12)/[0#0] / 0h
42+/mt / 42
{x+y*z}/[42;mt;mt] / 42
`foo+/mt / `foo
{x+y*z}/[`foo;mt;mt] / `foo
(&/)mt / 0W
(|/)mt / -0W
(,/)() / ()
(,/)mt / mt
{x,y}/[5;mt] / 5

/ ---- each, peach
count each ("the";"quick";" brown";"fox") / 3 5 6 3
count peach ("the";"quick";" brown";"fox") / 3 5 6 3
each[count;("ab";"c")] / 2 1
peach[count;("ab";enlist"c")] / 2 1
each[count;]("ab";enlist"c") / 2 1
{x*x}each 1 2 3 / 1 4 9
{x*x}each `a`b!2 3 / `a`b!4 9
neg each `a`b!(1 2;3) / `a`b!(-1 -2;-3)
sum each ([]a:1 2;b:3 4) / 4 6
first each ([]a:1 2;b:`x`y) / 1 2
value each ([]a:1 2;b:`x`y) / ((1;`x);(2;`y))
type each (1;`a;"b";1f;1 2) / -7 -11 -10 -9 7h
{x}each 1 2 3 / 1 2 3
{(x;x)}each`a`b / (`a`a;`b`b)
string each 1 20 / (enlist"1";"20")
(1 2 3)each 0 2 / 1 3
(`a`b!10 20)each`b`a / 20 10
{1b}each 1 2 / 11b
{"c"}each 1 2 / "cc"
(::)each (1;"a";`b) / (1;"a";`b)
("ab";"cd")@'1 0 / "bc"
(til;neg)@'3 4 / (0 1 2;-4)
.[{x+y}]each((1;2);(3;4)) / 3 7
.[+;]peach(1 2;3 4) / 3 7
.[{x+y*z};]peach flip ([]a:1 2;b:3 4;c:5 6)`a`b`c / 16 26
(+[;10])each 1 2 / 11 12
abs each -1 / 1
count each 5 / 1

/ ---- each of higher rank
1 2+'10 20 / 11 22
1+'10 20 / 11 21
1 2,'10 / (1 10;2 10)
1 2,'`a`b / ((1;`a);(2;`b))
(1 2;3 4),'5 6 / (1 2 5;3 4 6)
+'[1 2;3 4] / 4 6
{x+y*z}'[1 2;3 4;5] / 16 22
{x+y*z}'[1;2;3] / 7
{[a;b;c;d]a,b,c,d}'[1 2;3;4 5;6] / (1 3 4 6;2 3 5 6)
1 2+'1 2 3 / 'length
(`a`b!1 2)+'`a`b!10 20 / `a`b!11 22
(`a`b!1 2)+'`b`c!10 20 / `a`b`c!1 12 20
([]a:1 2),'([]b:3 4) / ([]a:1 2;b:3 4)
([]a:1 2),'([]a:3 4) / ([]a:3 4)
10 20 30{x!y}'`a`b`c / 'type
2 3#'"ab" / ("aa";"bbb")
2#'("abc";"def") / ("ab";"de")
1 2_'("abc";"def") / ("bc";enlist"f")
("abc";"def")?'"cd" / 2 0
`s=`s`t / 10b

/ ---- each left, each right, prior
1 2+\:10 20 / (11 21;12 22)
1 2+/:10 20 / (11 12;21 22)
1+/:10 20 / 11 21
1 2+\:10 / 11 12
1 2,/:\:3 4 / ((1 3;1 4);(2 3;2 4))
1 2,\:/:3 4 / ((1 3;2 3);(1 4;2 4))
"ab",\:"xy" / ("axy";"bxy")
"ab",/:"xy" / ("abx";"aby")
(`a`b!1 2)+\:10 20 / `a`b!(11 21;12 22)
10 20+/:`a`b!1 2 / `a`b!(11 21;12 22)
{x-y}\:[10 20;1 2] / (9 8;19 18)
{x-y}/:[10 20;1 2] / (9 19;8 18)
("ab";"cd")~\:"cd" / 01b
-':[1 4 9] / 1 3 5
0-':1 4 9 / 1 3 5
10-':1 4 9 / -9 3 5
(-)prior 1 4 9 / 1 3 5
5,':1 2 3 / (1 5;2 1;3 2)
(>':)1 3 2 5 / 1101b
{x-y}':[1 4 9] / 0N 3 5
(~':)1 1 2 / 010b
(neg':)1 2 3 / -1 -2 -3
{x*x}':[1 2 3] / 1 4 9
%':[2 4 8f] / 2 2 2f
|':[3 1 4 1 5] / 3 3 4 4 5
&':[3 1 4 1 5] / 3 1 1 1 1

/ ---- case
0 1 0'[1 2 3;10 20 30] / 1 20 3
1 0 2'[`a`b`c;`d`e`f;`g`h`i] / `d`b`i
0 1'["ab";`x] / ("a";`x)
0 1 0'[100;200] / 100 200 100

/ ---- compose
ff:{[w;x;y;z]w+x+y+z}
f:{2*x}
d:('[f;ff])
d[1;2;3;4] / 20
'[f;ff][1;2;3;4] / 20
g:10*
dd:('[;])over(g;f;ff)
dd[1;2;3;4] / 200
(('[;])over (g;f;ff))[1;2;3;4] / 200
'[;]/[(g;f;ff)][1;2;3;4] / 200
type d / 105h
x:-100 2 3 4 -100 6 7 8 9 -100
0(0|+)\x / 0 2 5 9 0 6 13 21 30 0
max 0(0|+)\x / 30
'[neg;+][1;2] / -3
'[count;,][1 2;3 4 5] / 5
('[neg;sum])1 2 3 / -6
('[{x,x};string])12 / "1212"
tc:til count@
tc "abc" / 0 1 2
di:reciprocal(%).
di 2 3 / 1.5
(neg sum@)1 2 3 / -6
(neg abs@)each -1 2 / -1 -2
(reverse string@)123 / "321"
'[f;ff][1;2] . 3 4 / 20
'[neg;{x+y}]\[1 2 3] / 1 -3 0
