/ Aggregates, running aggregates, neighbours.
d:`a`b!(10 21 3;4 5 6)
t:flip d
k:`k xkey update k:`abc`def`ghi from t

/ ---- sum
sum 7 / 7
sum 2 3 5 7 / 17
sum 2 3 0N 7 / 12
sum (1 2 3 4;2 3 5 7) / 3 5 8 11
sum `a`b`c!1 2 3 / 6
sum "abc" / 'type
sum `a`b / 'type
sum (0n 8;8 0n) / 0n 0n
sum 0n 8 / 8f
sum each flip(0n 8;8 0n) / 8 8f
sum d / 14 26 9
sum t / `a`b!34 15
sum k / `a`b!34 15
sum (1 2;0N 4) / 0N 6
sum 101b / 2i
sum 0x0102 / 3i
sum 1 2h / 3i
sum 1 2i / 3i
sum 1 2e / 3e
sum 1.5 2.5 / 4f
sum 00:01 00:02 / 00:03
sum 0D01 0D02 / 0D03
sum () / 0
sum `long$() / 0
sum `float$() / 0f
sum `int$() / 0i
sum 0#0D / 0D
sum 0N 0N / 0
sum (1;2.5;3i) / 6.5
a:`cats`dogs!2 3
b:`cows`sheep!3 4
c:`dogs`sheep!5 6
sum (a;b;c) / `cats`dogs`cows`sheep!2 8 3 10
sum 1000#1 / 1000
sum til 100001 / 5000050000
sum 0.5*til 1001 / 250250f
sum -0w 0w / 0n
sum 0W 1 / 0N
sum ((1 2;3 4);(5 6;7 8)) / (6 8;10 12)

/ ---- prd
prd 7 / 7
prd 2 3 5 7 / 210
prd 2 3 0N 7 / 42
prd (1 2 3 4;2 3 5 7) / 2 6 15 28
prd 101b / 0i
prd "abc" / 'type
prd d / 40 105 18
prd t / `a`b!630 120
prd k / `a`b!630 120
prd () / 1
prd 1.5 2 / 3f
prd 2 3i / 6i

/ ---- min max
min 2 5 7 1 3 / 1
min "genie" / "e"
min 0N 5 0N 1 3 / 1
min 0N 0N / 0W
min d / 4 5 3
min t / `a`b!3 4
min k / `a`b!3 4
min (1 2;0N 4) / 0N 2
max 2 5 7 1 3 / 7
max "genie" / "n"
max 0N 5 0N 1 3 / 5
max 0N 0N / -0W
max d / 10 21 6
max t / `a`b!21 6
max (1 2;0N 4) / 1 4
min 7 / 7
max 7 / 7
min `a`b / 'type
max `a`b / 'type
min 0n 2.5 1 / 1f
max 0n 2.5 1 / 2.5
min 0n 0n / 0w
max 0n 0n / -0w
min 101b / 0b
max 101b / 1b
min 0x0203 / 0x02
max 2000.01.01 2000.01.03 / 2000.01.03
min 0Nd 2000.01.03 / 2000.01.03
max 1 2h / 2h
min () / 0W
max () / -0W
min `long$() / 0W
max `float$() / -0w
max 0#0b / 0b
min 0#0b / 1b
max 00:01 00:02 / 00:02
max `a`b!1 5 / 5

/ ---- avg med
avg 1 2 3 / 2f
avg 1 0w / 0w
avg -0w 0w / 0n
avg 1 0n 2 3 / 2f
avg (1;0n;2;3) / 1.5
avg (1 2;0N 4) / 0n 3
avg 101b / 2%3
avg 1b / 1f
avg ([]a:3 5;b:6 8f) / `a`b!4 7f
avg d / 7 13 4.5
avg t / `a`b!(34%3;5f)
avg k / `a`b!(34%3;5f)
avg () / 0n
avg `long$() / 0n
avg 5 / 5f
avg 1 0N 3 / 2f
avg `a`b / 'type
avg 2000.01.01 2000.01.03 / 1f
avg 00:01 00:03 / 2f
med 10 34 23 123 5 56 / 28.5
med 3 1 2 / 2f
med `a`b!(10 -21 3;4 5 -6) / 7 -8 -1.5
med flip `a`b!(10 -21 3;4 5 -6) / `a`b!3 -6f
med 5 / 5f
med 1.5 2.5 / 2f
med `long$() / 0n
med 10b / 0.5

/ ---- deviations
string dev 10 343 232 55 / "134.3484"
string sdev 10 343 232 55 / "155.1322"
var 2 3 5 7 / 3.6875
var 2 3 5 0n 7 / 3.6875
svar 2 3 5 7 / 59%12
m:(2 3;4 0N;1 7)
var m / (14%9;4f)
svar m / (7%3;8f)
string each dev m / ("1.247219";enlist"2")
string each sdev m / ("1.527525";"2.828427")
var flip`a`b!flip m / `a`b!(14%9;4f)
svar flip`a`b!flip m / `a`b!(7%3;8f)
var 5 / 0f
dev 5 5 5 / 0f
var `long$() / 0n
svar enlist 5 / 0n
dev `a`b / 'type
var 0N 0N / 0n
2 3 5 7 cov 3 3 5 9 / 4.5
exec a cov b from ([]a:2 3 5 7;b:4 3 0 2) / -1.8125
2 3 5 7 scov 3 3 5 9 / 6f
string exec a scov b from ([]a:2 3 5 7;b:4 3 0 2) / "-2.416667"
string 29 10 54 cor 1 3 9 / "0.7727746"
string 10 29 54 cor 1 3 9 / "0.9795734"
1 3 9 cor 1 3 9 / 1f
1 3 9 cor neg 1 3 9 / -1f
1 3 1 3 cor 1 1 3 3 / 0f
1 1 1 cor 1 3 9 / 0n
1 3 0N cor 1 3 9 / 1f
string 1000101000b cor 0010011001b / "-0.08908708"
1 2 cov 1 2 3 / 'length
`a`b cov 1 2 / 'type

/ ---- weighted
2 3 4 wsum 1 2 4 / 24f
2 wsum 1 2 4 / 14
(1 2;3 4) wsum (500 400;300 200) / 1400 1600
1 2 wsum d / 18 31 15
1.5 2 wsum 2 3 / 9f
string 2 3 4 wavg 1 2 4 / "2.666667"
2 0N 4 5 wavg 1 2 0N 8 / 6f
0 wavg 2 3 / 0n
0 wavg (1 2;3 4) / 0n 0n
(1 2;3 4) wavg (500 400;300 200) / (350f;800%3)
1 2 wavg d / (6f;31%3;5f)
2 wavg 1 2 3 / 2f
1 2 wavg 1 2 3 / 'length

/ ---- all any
all 1 2 3 = 1 2 4 / 0b
all 1 2 3 = 1 2 3 / 1b
all "YNYN" / 1b
all () / 1b
all 2000.01.01 / 0b
all 2000.01.02 2010.01.02 / 1b
all " \000" / 0b
all null " \000" / 0b
all ([] c1:1 2 3; c2:0n 0w -0w; c3:0 1 2f) / `c1`c2`c3!110b
any 1 2 3 = 10 20 4 / 0b
any 1 2 3 = 1 20 30 / 1b
any "YNYN" / 1b
any () / 0b
any " \000" / 1b
any null " \000" / 1b
any 2000.01.01 / 0b
any 2000.01.01 2000.01.02 / 1b
any ([] c1:1 2 3; c2:0n 0w -0w; c3:000b) / `c1`c2`c3!110b
all (1 0 1;1 1 1) / 101b
any (1 0 0;0 0 1) / 101b
all `a`b / 'type
any `a / 'type
all `a`b!10b / 0b
all 0#0b / 1b
any 0#0b / 0b
all 0N 1 / 1b
all 1b / 1b

/ ---- running
sums 7 / 7
sums 2 3 5 7 / 2 5 10 17
sums 2 3 0N 7 / 2 5 5 12
sums (1 2 3;2 3 5) / (1 2 3;3 5 8)
sums "abc" / 'type
sums d / `a`b!(10 21 3;14 26 9)
sums t / ([]a:10 31 34;b:4 9 15)
sums 101b / 1 1 2i
sums 0N 1 / 0 1
sums 1.5 0n 2 / 1.5 1.5 3.5
sums () / ()
sums `long$() / `long$()
sums 1 2h / 1 3i
prds 7 / 7
prds 2 3 5 7 / 2 6 30 210
prds 2 3 0N 7 / 2 6 6 42
prds (1 2 3;2 3 5) / (1 2 3;2 6 15)
prds "abc" / 'type
prds d / `a`b!(10 21 3;40 105 18)
prds t / ([]a:10 210 630;b:4 20 120)
prds k / ([k:`abc`def`ghi]a:10 210 630;b:4 20 120)
mins 2 5 7 1 3 / 2 2 2 1 1
mins "genie" / "geeee"
mins 0N 5 0N 1 3 / 0W 5 5 1 1
mins t / ([]a:10 10 3;b:4 4 4)
maxs 2 5 7 1 3 / 2 5 7 7 7
maxs "genie" / "ggnnn"
maxs 0N 5 0N 1 3 / -0W 5 5 5 5
maxs `a`b!(10 21 3;4 5 6) / `a`b!(10 21 3;10 21 6)
maxs flip`a`b!(10 21 3;4 5 6) / ([]a:10 21 21;b:4 5 6)
maxs 010b / 011b
mins 101b / 100b
maxs 5 / 5
avgs 1 2 3 0n 4 -0w 0w / 1 1.5 2 2 2.5 -0w 0n
avgs t / ([]a:10 15.5,34%3;b:4 4.5 5)
avgs 1 2 / 1 1.5

/ ---- neighbours
deltas 1 4 9 16 / 1 3 5 7
deltas 2000 2005 2007 2012 2020 / 2000 5 2 5 8
deltas 1 5 0 9 5 2 / 1 4 -5 9 -4 -3
deltas 10 -5 0N 3 / 10 -15 0N 0N
deltas[10;1 4 9] / -9 3 5
deltas0:{first[x]-':x}
deltas0 2000 2005 2007 2012 2020 / 0 5 2 5 8
deltas 1.5 2 / 1.5 0.5
deltas 2000.01.02 2000.01.05 / 1 3i
deltas 0D01 0D03 / 0D01 0D02
deltas 09:00 09:05 / 09:00 00:05
deltas 2000.01.01D00:00:01 2000.01.01D00:00:03 / 0D00:00:01 0D00:00:02
deltas 101b / 1 -1 1i
deltas `a`b / 'type
deltas d / `a`b!(10 21 3;-6 -16 3)
deltas t / ([]a:10 11 -18;b:4 1 1)
deltas `long$() / `long$()
ratios 2 4 5 / 2 2 1.25
string each ratios 2 3 4 5 / (enlist"2";"1.5";"1.333333";"1.25")
string each ratios 2000 2005 2007 2012 2020 / ("2000";"1.0025";"1.000998";"1.002491";"1.003976")
ratios d / `a`b!(10 21 3f;(0.4;5%21;2f))
ratios t / ([]a:10 2.1,3%21;b:4 1.25 1.2)
ratios k / ([k:`abc`def`ghi]a:10 2.1,3%21;b:4 1.25 1.2)
ratios[2;4 8] / 2 2f
differ `IBM`IBM`MSFT`CSCO`CSCO / 10110b
differ 1 3 3 4 5 6 6 / 1101110b
differ (7;`a;`a;09:34) / 1101b
differ 96.100000000000009 96.099999999999994 / 10b
differ "aab" / 101b
differ ("ab";"ab";"c") / 101b
differ ([]a:1 1 2;b:`x`x`x) / 101b
differ 0n 0n 1 / 101b
differ `long$() / `boolean$()
next 2 3 5 7 11 / 3 5 7 11 0N
next (1 2;"abc";`ibm) / ("abc";`ibm;`long$())
prev 2 3 5 7 11 / 0N 2 3 5 7
prev (1 2;"abc";`ibm) / (`long$();1 2;"abc")
next `a`b / `b`
prev "abc" / " ab"
next 2000.01.01 2000.01.02 / 2000.01.02 0Nd
next 1.5 2 / 2 0n
next ([]a:1 2) / ([]a:2 0N)
prev `long$() / `long$()
2 xprev 2 7 5 3 11 / 0N 0N 2 7 5
-2 xprev 2 7 5 3 11 / 5 3 11 0N 0N
1 xprev "abcde" / " abcd"
0 xprev 1 2 3 / 1 2 3
10 xprev 1 2 3 / 0N 0N 0N
-10 xprev 1 2 3 / 0N 0N 0N
1 xprev ([]a:1 2) / ([]a:0N 1)

/ ---- by group: the direct way and each group for itself agree (a lambda takes the second)
gt:([]g:`a`b`a`c`b`a;h:1 2 3 4 5 6h;i:1 2 0N 4 5 6i;j:0N 2 3 0N 5 6;e:1 0n 3 4 5 6e;f:1.5 0n 3 0n 5 6;b:101101b;x:0x010203040506;d:2000.01.01+1 0N 3 4 5 6;n:0D01*1 2 0N 4 5 6;t:00:00:01.000*1 2 3 0N 5 6;c:"azbycx";p:2000.01.01D0+0D01*til 6)
same:{[f;c] (?[gt;();(1#`g)!1#`g;(1#`r)!enlist (f;c)])~?[gt;();(1#`g)!1#`g;(1#`r)!enlist ({[f;x] f x}[f];c)]}
same[sum] each `h`i`j`e`f`b`x`n`t / 111111111b
same[prd] each `h`i`j`e`f`b`x / 1111111b
same[min] each `h`i`j`e`f`b`x`d`n`t`c`p / 111111111111b
same[max] each `h`i`j`e`f`b`x`d`n`t`c`p / 111111111111b
same[avg] each `h`i`j`e`f`b`x`d`n`t`p / 11111111111b
same[var] each `h`i`j`e`f`b`x / 1111111b
same[dev] each `h`i`j`e`f`b`x / 1111111b
same[svar] each `h`i`j`e`f`b`x / 1111111b
same[sdev] each `h`i`j`e`f`b`x / 1111111b
same[first] each `g`h`i`j`e`f`b`x`d`n`t`c`p / 1111111111111b
same[last] each `g`h`i`j`e`f`b`x`d`n`t`c`p / 1111111111111b
same[all] each `h`i`j`e`f`b`x / 1111111b
same[any] each `h`i`j`e`f`b`x / 1111111b
same[med] each `h`i`j`e`f`b`x / 1111111b
exec count i by g from gt / `a`b`c!3 2 1
exec sum j by g from gt / `a`b`c!9 7 0
exec max j by g from gt / `a`b`c!6 5 -0W
exec min n by g from gt / `a`b`c!0D01 0D02 0D04
exec avg f by g from gt / `a`b`c!3.5 5 0n
exec j wsum j by g from gt / `a`b`c!45 29 0f
exec f wsum j by g from gt / `a`b`c!45 25 0f
exec j wavg f by g from gt / `a`b`c!5 5 0n
