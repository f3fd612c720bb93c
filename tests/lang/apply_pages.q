/ Application, projection, indexing and syntax, by basics/application, syntax, function-notation, implicit-iteration, variadic, namespaces.

/ ---- application
(+). 2 3 / 5
.[+;2 3] / 5
ssr . ("Hello word!";"rd";"rld") / "Hello world!"
count . enlist 1 4 3 / 3
"abcdef"@1 4 3 / "bed"
@[count;1 4 3] / 3
d:`cow`sheep`dog!`vache`mouton`chien
d@`cow`sheep / `vache`mouton
@[d;`cow`sheep] / `vache`mouton
d`cow`sheep / `vache`mouton
{x*x}4 / 16
+\[2 3 4] / 2 5 9
+\[1000;2 3 4] / 1002 1005 1009
count'[("the";"quick";"brown";"fox")] / 3 5 5 3
(count')("the";"quick";"brown";"fox") / 3 5 5 3
(+\)2 3 4 / 2 5 9
1000+\2 3 4 / 1002 1005 1009
sqrt count"It's about time!" / 4f
7*2+4 / 42
+/[17 13 12] / 42
txt:(("Now";"is";"the";"time");("for";"all";"good";"folk"))
count[txt] / 2
count'[txt] / 4 4
count''[txt] / (3 2 3 4;3 3 4 4)
+/[til 5] / 10
+/[1000000;til 5] / 1000010
1000000+/til 5 / 1000010
(+/)til 5 / 10
(+/)[1000000;til 5] / 1000010
'[count]txt / 4 4
{[]7}[] / 7
{7}[] / 7
{7}@(::) / 7
{7} . enlist(::) / 7
{x}[] / ::
2 3 4 5 mod 2 / 0 1 0 1
mod[2 3 4 5;2] / 0 1 0 1
(mod). (7;4) / 3
(sum;dev;var)[1;til 5] / dev til 5
(sum;prd)@\:1 2 3 4 / 10 24

/ ---- projection
double:2*
double 5 / 10
halve:%[;2]
halve[10] / 5f
f:{x+y*z}
f[2;3;4] / 14
g:f[2;;4]
g 3 / 14
(f . 2 3)4 / 14
l:("Buddy can you spare";;"?")
l"a dime" / ("Buddy can you spare";"a dime";"?")
m:("The";;;"fox")
m["quick";"brown"] / ("The";"quick";"brown";"fox")
("the";"quick";;"fox")@"brown" / ("the";"quick";"brown";"fox")
("the";;;"fox"). ("quick";"brown") / ("the";"quick";"brown";"fox")
h:{x*y}
k:h[3;]
k 5 / 15
h:{x%y}
k 5 / 15
?["brown"]"fox" / 5 2 5
like["brown"]"*ow*" / 1b
{x}[;1] / 'rank
type(2+) / 104h
type f[1;;] / 104h
f[1;;][2;3] / 7
f[1][2][3] / 7
f[;2;][1;3] / 7
f[;;3][1;2] / 7
{x-y}[;1]each 5 6 / 4 5
(1-)each 5 6 / -4 -5
(-[;1])each 5 6 / 4 5
value(1+) / (+;1)
{[a;b]a,b}[1]2 / 1 2

/ ---- indexing
m:4 3#.Q.a
m[3][1] / "k"
m[3;1] / "k"
m[3 1;1] / "ke"
m[3 1;] / ("jkl";"def")
m[3 1] / ("jkl";"def")
m 3 1 / ("jkl";"def")
m@3 1 / ("jkl";"def")
m . 3 1 / "k"
m . (3 1;1) / "ke"
m[;1] / "behk"
m[] / m
m[::] / m
m[;] / m
(til 5)99 / 0N
(`a`b`c!1.414214 2.718282 3.141593)`x / 0n
t:([]name:`dick`jane;dob:1980.05.24 1990.09.03;sex:`m`f)
t 2 / `name`dob`sex!(`;0Nd;`)
kt:([name:`Tom`Jo`Tom;city:`NYC`LA`Lagos]eye:`green`blue`brown;sex:`m`f`m)
kt`Jack`London / `eye`sex!``
kt`Jo`LA / `eye`sex!`blue`f
t[1;`name] / `jane
t[;`name] / `dick`jane
t[1;] / `name`dob`sex!(`jane;1990.09.03;`f)
t`name / `dick`jane
t[`name`sex] / (`dick`jane;`m`f)
t[0 1;`name] / `dick`jane
t[0;`name`sex] / `dick`m
"abc"99 / " "
(1 2;3 4)5 / `long$()
(1;`a)9 / 0N
``a 5 / `
(1 2 3)0N / 0N
1 2 3[0 2] / 1 3
1 2 3(0 2;1) / (1 3;2)
" -|+"@0 3 1 1 1 3 0 / " +---+ "
" -|+"@(0 3 1;0 2 0) / (" +-";" | ")
("the";"quick";"brown";"fox")@(1 3;2 0) / (("quick";"fox");("brown";"the"))
(4 5#.Q.a)@(1 2;3 1) / (("fghij";"klmno");("pqrst";"fghij"))
(4 5#.Q.a). (1 2;3 1) / ("ig";"nl")

/ ---- names in place of values
f:{x+y*3}
`f[5;3] / 14
`f . 5 3 / 14
g:`f[5;]
`g 3 / 14
lst:10 20 30
`lst 1 / 20
`lst[0 2] / 10 30

/ ---- implicit iteration
10 100 1000*(1 2 3;4 5 6;7 8) / (10 20 30;400 500 600;7000 8000)
10 100 1000*(1 2 3;4 5 6) / 'length
5<1 2 3 4 5 6 7 8 / 00000111b
"f"<("abc";"def";"gh") / (000b;000b;11b)
1 4 7<(1 2 3;4 5 6;7 8) / (011b;011b;01b)
(1;2 3 4;7)<(1 2 3;4 5 6;7 8) / (011b;111b;01b)
(1;2 3 4;(5 6 7;8))<(1 2 3;4 5 6;7 8) / (011b;111b;(110b;0b))
lower("THE";("Quick";"Brown");"FOX") / ("the";("quick";"brown");"fox")
4<(1;2 3 4;(5 6 7;8)) / (0b;000b;(111b;1b))
2 3 4 within 3 6 / 011b
(2 3 4;(5;6 7;8))within 3 6 / (011b;(1b;10b;0b))
`quick`quack`quark like"qu?ck" / 110b
(`quick;`quack`quark)like"qu?ck" / 'type
deltas 1 5 0 9 5 2 / 1 4 -5 9 -4 -3
neg`a`b!(1 2;3) / `a`b!(-1 -2;-3)
1+([]a:1 2;b:3 4) / ([]a:2 3;b:4 5)
1+([k:`x`y]a:1 2) / ([k:`x`y]a:2 3)
(`a`b!1 2)+`b`c!10 20 / `a`b`c!1 12 20
not(`a`b!1 0) / `a`b!01b

/ ---- syntax
2 3*4 5-6 7 / -4 -6
count first(2 3 4;5 6) / 3
{x-2}5 3 / 3 1
(1;"a";3.5;`xyz)2 / 3.5
x:10
(x+5;x:20;x-5) / 25 20 5
{a:10;:x+a;a:20}5 / 15
16+/1 2 3 4 / 26
(*)scan 1 2 3 4 5 / 1 2 6 24 120
n:("the ";("quick ";"brown ";("fox ";"jumps ";"over ");"the ");("lazy ";"dog."))
(,/)over n / "the quick brown fox jumps over the lazy dog."
raze over n / "the quick brown fox jumps over the lazy dog."
{,/[x]}over n / "the quick brown fox jumps over the lazy dog."
count"2/3" / 3
3.5-1 / 2.5
3.5 -1 / 3.5 -1
type(1;;2) / 104h
"\101\102" / "AB"
"\\\"\n\r\t" / "c"$92 34 10 13 9
count"Z\303\274rich" / 7
foo_bar:42
foo_bar / 42
type each(1b;0x01;1h;1i;1j;1;1e;1f;1.0;1e5) / -1 -4 -5 -6 -7 -7 -8 -9 -9 -9h
type each(2 3h;2 3i;2 3j;2 3;2 3e;2 3f;2 3.5) / 5 6 7 7 8 9 9h
type each(2018.05 2018.07m;2018.05.01 2018.05.02;10:00 11:00) / 13 14 17h
sym:`aapl`msft`goog
price:100 200 300
([]sym;price) / ([]sym:`aapl`msft`goog;price:100 200 300)
([]sym:`aapl`msft;price:300) / ([]sym:`aapl`msft;price:300 300)
([]sym:enlist`aapl;price:100) / ([]sym:enlist`aapl;price:enlist 100)
([names:`bob`carol;city:`NYC`CHI]ages:42 39) / 2!([]names:`bob`carol;city:`NYC`CHI;ages:42 39)
([]1 2;3 4) / ([]x:1 2;x1:3 4)
if[1b;y:5];y / 5
$[0b;1;1b;2;3] / 2
$[0b;1;0b;2;3] / 3
{if[x>0;:`pos];`neg}each 1 -1 / `pos`neg
{r:0;do[x;r+:2];r}3 / 6
{r:1;while[r<x;r*:2];r}100 / 128
{[a;b;c;d;e;f;g;h]a+b+c+d+e+f+g+h}[1;2;3;4;5;6;7;8] / 36
{x;y;z}[1;2;3] / 3
{x+1;} 5 / ::
{}[5] / ::
type{} / 100h
"j"$`minutes`seconds!(12:00;12:00:00) / `minutes`seconds!720 43200
`timestamp$1666.09.02 / -0Wp
"D"$"3001.01.01" / 3001.01.01
string 0001.01.01-1 / "0000.00.00"

/ ---- namespaces
.apn.a:1
.apn.b.c:2
.apn.a / 1
.apn[`a] / 1
.apn.b.c / 2
`a`b in key`.apn / 11b
.apn`a / 1
key .apn.b / ``c
`apn in key` / 1b
\d .apn
e:a+10
f:{a+x}
\d .
.apn.e / 11
.apn.f 5 / 6
a:100
.apn.f 5 / 6
.apn.a:2
.apn.f 5 / 7
value`.apn.a / 2
`.apn.z set 9;
.apn.z / 9
get`.apn.z / 9
delete z from`.apn;
.apn.z / '.apn.z
(value`.apn)`e / 11
type .apn / 99h
