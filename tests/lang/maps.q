/ Maps: each, each left, each right, each prior, peach, case. https://code.kx.com/q/ref/maps/

/ ---- each
(count')`a`b`c!(1 2 3;4 5;6 7 8 9) / `a`b`c!3 2 4
1 2 3 in'(1 0 1;til 100;5 6 7) / 110b
{x+y*z}'[1000000;1 0 1;5000 6000 7000] / 1005000 1000000 1007000
count each string`Clash`Fixx`The`Who / 5 4 3 3
count'[string`Clash`Fixx`The`Who] / 5 4 3 3
(count')string`Clash`Fixx`The`Who / 5 4 3 3
neg'[1 2 3] / -1 -2 -3
{x}'[5] / 5
count each 5 / 1
count each enlist() / enlist 0
reverse each("abc";"de") / ("cba";"ed")
first each(1 2;"ab";`x`y) / (1;"a";`x)
sum each(1 2;3 4f;5 6i) / (3;7f;11i)
type each(1;"a";`a;1 2;()) / -7 -10 -11 7 0h
{(),x}each 1 2 / (enlist 1;enlist 2)
1 2 3+'4 5 6 / 5 7 9
1 2 3,'4 5 6 / (1 4;2 5;3 6)
1,'4 5 6 / (1 4;1 5;1 6)
1 2 3,'4 / (1 4;2 4;3 4)
1 2,'3 4 5 / 'length
"abc",'"xyz" / ("ax";"by";"cz")
(1 2;3 4),'(5;6) / (1 2 5;3 4 6)
2 3#'"ab" / ("aa";"bbb")
1 2 3{x+y}'10 20 30 / 11 22 33
(`a`b!1 2)+'`a`b!10 20 / `a`b!11 22
(`a`b!1 2),'`a`b!10 20 / `a`b!(1 10;2 20)
([]a:1 2),'([]b:3 4) / ([]a:1 2;b:3 4)
([]a:1 2),'([]a:3 4) / ([]a:3 4)
([]a:1 2),'([]b:3 4 5) / 'length
count each([]a:1 2;b:3 4) / 2 2
{x`a}each([]a:1 2;b:3 4) / 1 2
{x*10}each([]a:1 2) / ([]a:10 20)
{x`v}each([k:`a`b]v:1 2) / ([]k:`a`b)!1 2
type each(`a`b!1 2) / `a`b!-7 -7h
(neg each)each(1 2;3 4) / (-1 -2;-3 -4)
(neg')'[(1 2;3 4)] / (-1 -2;-3 -4)
+'[1 2;3 4] / 4 6
{[a;b;c;d]a+b+c+d}'[1 2;3;4 5;6] / 14 16
{[a;b;c;d]a+b+c+d}'[1;2;3;4] / 10
{x,y}'[`a`b;(1 2;3)] / ((`a;1;2);`b,3)
(`a`b!1 2){x+y}'10 20 / `a`b!11 22
1 2 3 xbar'5 5 5 / 5 4 3
"ab"=/:'("abc";"bca") / (100b;100b)
(1 2;3 4)@'0 1 / 1 4
(+;-;*)@'1 2 3 / (1+;2-;3*)
(+;-;*).'(1 2;3 4;5 6) / 3 -1 30
@'[(neg;abs);1 -2] / -1 2
(neg;abs)@\:-3 / 3 3
(sum;avg;max)@\:1 2 6 / (9;3f;6)
flip[(`a`b;1 2)]~`a`b,'1 2 / 1b
(first each)each((1 2;3 4);(5 6;7 8)) / (1 3;5 7)
{x+y}[10]each 1 2 3 / 11 12 13
(10+)each 1 2 3 / 11 12 13
d:`a`b`c!10 20 30
d each`a`c / 10 30
d each(`a`b;`c) / (10 20;30)
m:("abcd";"efgh";"ijkl")
m each 0 2 / ("abcd";"ijkl")
m'[0 2;1 3] / "bl"
"abcd"'[0 2] / "ac"

/ ---- each left and each right
"abcde",\:"XY" / ("aXY";"bXY";"cXY";"dXY";"eXY")
"abcde",/:"XY" / ("abcdeX";"abcdeY")
m[0 1;2 3]~0 1 m\:2 3 / 1b
0 1 m/:2 3 / ("cg";"dh")
(flip m[0 1;2 3])~0 1 m/:2 3 / 1b
{x,/:\:x}til 3 / ((0 0;0 1;0 2);(1 0;1 1;1 2);(2 0;2 1;2 2))
raze[{x,/:\:x}til 3]~{x cross x}til 3 / 1b
(", "/:)("quick";"brown";"foxes") / "quick, brown, foxes"
(0x0\:)3.14156 / 0x400921ea35935fc4
(","\:)"a,b,c" / (enlist"a";enlist"b";enlist"c")
1 2 3+/:10 20 / (11 12 13;21 22 23)
1 2 3+\:10 20 / (11 21;12 22;13 23)
1+/:2 / 3
1+\:2 / 3
1 2+\:3 / 4 5
1+/:2 3 / 3 4
+/:[1 2;10 20] / (11 12;21 22)
+\:[1 2;10 20] / (11 21;12 22)
2#/:`a`b / (`a`a;`b`b)
1 2#\:`a / (enlist`a;`a`a)
(1 2;3 4),\:9 / (1 2 9;3 4 9)
9,/:(1 2;3 4) / (9 1 2;9 3 4)
`a`b,/:\:`x`y / ((`a`x;`a`y);(`b`x;`b`y))
`a`b,\:/:`x`y / ((`a`x;`b`x);(`a`y;`b`y))
1 2 3*/:\:1 2 3 / (1 2 3;2 4 6;3 6 9)
(til 3)=/:\:til 3 / (100b;010b;001b)
"abc"in\:"cab" / 111b
"ab"in/:("abc";"xyz") / (11b;00b)
("abc";"bcd")like\:"*c*" / 11b
"abc"like/:("a*";"b*") / 10b
`a`b in/:(`a`c;`b`d) / (10b;01b)
1 2,/:`long$() / ()
(`long$()),\:1 2 / ()
(`a`b!1 2)+/:10 20 / (`a`b!11 12;`a`b!21 22)
10 20+\:`a`b!1 2 / (`a`b!11 12;`a`b!21 22)
1+/:`a`b!1 2 / `a`b!2 3
(`a`b!1 2)+\:1 / `a`b!2 3
5 mod/:2 3 / 1 2
5 6 mod\:2 / 1 0
(1 2 3;4 5 6)@\:0 2 / (1 3;4 6)
(1 2 3;4 5 6)[;0] / 1 4
{x-y}/:[10;1 2] / 9 8
{x-y}\:[10 20;1] / 9 19
"," vs/:("a,b";"c,d") / (enlist each"ab";enlist each"cd")
2 3 sublist\:til 5 / (0 1;0 1 2)
(1+)/:2 3 / 'rank

/ ---- each prior
(-':)1 1 2 3 5 8 13 / 1 0 1 1 2 3 5
1950-':`S`J`C!1952 1954 1960 / `S`J`C!2 2 6
(*':)2 3 4 / 2 6 12
(,':)2 3 4 / (2;3 2;4 3)
(-':)`S`J`C!1952 1954 1960 / `S`J`C!1952 2 6
{x+2*y}':[2 3 4] / 0N 7 10
(-':)5 16 42 103 / 5 11 26 61
(-)prior 5 16 42 103 / 5 11 26 61
deltas 5 16 42 103 / 5 11 26 61
10-':5 16 42 / -5 11 26
-':[10;5 16 42] / -5 11 26
0 -':1 4 9 / 1 3 5
(+':)1 2 3 / 1 3 5
(%':)2 4 8f / 2 2 2f
(=':)1 1 2 2 / 0101b
(<>)prior 1 1 2 2 / 1010b
(~':)(1 2;1 2;3) / 010b
not(~':)`a`a`b / 101b
1<':1 2 1 3 / 0010b
(>':)1 3 2 4 / 1101b
(&':)3 1 2 / 3 1 1
(|':)3 1 2 / 3 3 2
{y}prior 1 2 3 / 0N 1 2
{x}prior 1 2 3 / 1 2 3
{x,y}prior`a`b`c / (`a`;`b`a;`c`b)
{(x;y)}prior"abc" / ("a ";"ba";"cb")
{x-y}prior 1.5 2 4 / 0n .5 2
(-':)`long$() / `long$()
(-)prior enlist 5 / enlist 5

/ ---- peach
neg peach 1 2 3 / -1 -2 -3
(neg':)1 2 3 / -1 -2 -3
neg':[1 2 3] / -1 -2 -3
{x*x}peach til 5 / 0 1 4 9 16
count peach("ab";"c";"") / 2 1 0
{x}peach() / ()
{x+1}peach`a`b!1 2 / `a`b!2 3
{`fail+x}peach 1 2 / 'type
(.[+])peach(1 2;3 4) / 3 7
{[p]p[`a]+p`b}peach([]a:1 2;b:10 20) / 11 22
sum peach(1 2;3 4;5 6) / 3 7 11

/ ---- case
0 1 0'["abc";"xyz"] / "ayc"
e:`one`two`three`four`five
f:`un`deux`trois`quatre`cinq
g:`eins`zwei`drei`vier`funf
l:`English`French`German
(l?`German`English`French`French`German)'[e;f;g] / `eins`two`trois`quatre`funf
0 2 0'["abc";"xyz";"123";"789"] / "a2c"
0 1 0'["a";"xyz"] / "aya"
0 2 0'[`a`b`c!"abc";"xyz";"123";`a`b`c!"789"] / "a2c"
0 2 0'[`a`b`c!"abc";"xyz";"123";`a`b!"78"] / 'length
0 2 0'[`a`b`c!"abc";"xyz";"123";`b`a`c!"789"] / 'domain
a:`Kuh`Hund`Katte`Fisch
b:`vache`chien`chat`poisson
c:`cow`dog`cat`fish
i:0 1 0 2
i'[a;b;c] / `Kuh`chien`Katte`fish
(a;b;c)./:i,'til count i / `Kuh`chien`Katte`fish
([]h:1 2;o:3 4;call:(`home`office?`office`home)'[1 2;3 4]) / ([]h:1 2;o:3 4;call:3 2)
0 1'[1 2;10] / 1 10
1 0'[1;2] / 2 1
