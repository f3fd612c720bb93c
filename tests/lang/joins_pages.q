/ Joins and statistics by the pages uj, pj, wj, union joins, max to xexp; null, infinity and empty handling.

/ ---- uj
s:([]a:1 2;b:2 3;c:5 7)
t:([]a:1 2 3;b:2 3 7;c:10 20 30;d:"ABC")
s,t / 'mismatch
s uj t / ([]a:1 2 1 2 3;b:2 3 2 3 7;c:5 7 10 20 30;d:"  ABC")
(2!s)uj 2!t / ([a:1 2 3;b:2 3 7]c:10 20 30;d:"ABC")
t uj s / ([]a:1 2 3 1 2;b:2 3 7 2 3;c:10 20 30 5 7;d:"ABC  ")
x:([a:1 2]b:`x`y;c:10 20)
y:([a:1 2]b:``z;c:1 0N)
x uj y / ([a:1 2]b:``z;c:1 0N)
x ujf y / ([a:1 2]b:`x`z;c:1 20)
x uj([a:2 3]d:7 8) / ([a:1 2 3]b:`x`y`;c:10 20 0N;d:0N 7 8)
s uj 0#s / s
(0#s)uj s / s
([]a:1 2)uj([]b:`x`y) / ([]a:1 2 0N 0N;b:```x`y)
(uj/)(([]a:enlist 1);([]b:enlist 2);([]c:enlist 3)) / ([]a:1 0N 0N;b:0N 2 0N;c:0N 0N 3)
s uj 2!t / 'type

/ ---- pj
([]k:`a`b`c;v:1 2 3)pj([k:`a`c]v:10 30) / ([]k:`a`b`c;v:11 2 33)
([]k:`a`b`c;v:1 2 3)pj([k:`a`c]v:10 30;w:5 6) / ([]k:`a`b`c;v:11 2 33;w:5 0 6)
([k:`a`b]v:1 2)pj([k:`b`c]v:10 30) / ([k:`a`b]v:1 12)
([]a:1 2 3;b:`x`y`z;c:10 20 30)pj([a:1 3;b:`x`z]c:1 2;d:10 20) / ([]a:1 2 3;b:`x`y`z;c:11 20 32;d:10 0 20)

/ ---- wj wj1
tr:([]sym:3#`ibm;time:10:01:01 10:01:04 10:01:08;price:100 101 105)
a:101 103 103 104 104 107 108 107 108
b:98 99 102 103 103 104 106 106 107
q:([]sym:`ibm;time:10:01:01+til 9;ask:a;bid:b)
f:`sym`time
w:-2 1+\:tr.time
wj[w;f;tr;(q;(max;`ask);(min;`bid))] / ([]sym:3#`ibm;time:10:01:01 10:01:04 10:01:08;price:100 101 105;ask:103 104 108;bid:98 99 104)
exec ask from wj[w;f;tr;(q;(::;`ask);(::;`bid))] / (101 103;103 103 104 104;107 108 107 108)
exec bid from wj1[w;f;tr;(q;(::;`ask);(::;`bid))] / (98 99;99 102 103 103;104 106 106 107)
q2:([]sym:`ibm;time:10:01:01+0 5;ask:1 2)
exec ask from wj[w;f;tr;(q2;(max;`ask))] / 1 1 2
exec ask from wj1[w;f;tr;(q2;(count;`ask))] / 1 0 1
/ two aggregates of one column are two columns (wp/transaction-cost.md)
cols wj[w;f;tr;(q;(min;`bid);(max;`bid))] / `sym`time`price`bid`bid
value flip wj[w;f;tr;(q;(min;`bid);(max;`bid))] / value flip wj[w;f;tr;(q;(min;`bid))],'([]x:exec bid from wj[w;f;tr;(q;(max;`bid))])
cols wj[w;f;update bid:price from tr;(q;(min;`bid))] / `sym`time`price`bid
exec bid from wj[w;f;tr;(q;(wavg;`ask;`bid))] / (101 103 wavg 98 99;103 103 104 104 wavg 99 102 103 103;107 108 107 108 wavg 104 106 106 107)

/ ---- ij lj ej
ll:([]k:`a`b`c;v:1 2 3)
rr:([k:`a`c]v:10 30;w:`p`q)
ll ij rr / ([]k:`a`c;v:10 30;w:`p`q)
ll lj rr / ([]k:`a`b`c;v:10 2 30;w:`p``q)
ej[`k;ll;([]k:`a`a`c;z:7 8 9)] / ([]k:`a`a`c;v:1 1 3;z:7 8 9)
ll lj`k xkey([]k:`c;w:enlist 5) / ([]k:`a`b`c;v:1 2 3;w:0N 0N 5)

/ ---- max min and their running forms
max 2 7 1 3 / 7
max"ab" / "b"
max`long$() / -0W
max`float$() / -0w
max() / -0W
max 0N 5 0N / 5
max 0N 0N / -0W
max(1 2;3 0) / 3 2
max`a`b!1 2 / 2
max([]a:1 2;b:4 3) / `a`b!2 4
max 2020.01.01 2019.01.01 / 2020.01.01
max`a`b / 'type
max 001b / 1b
max 5 / 5
min 2 7 1 3 / 1
min"ab" / "a"
min`long$() / 0W
min`float$() / 0w
min 0N 5 0N / 5
min(1 2;3 0) / 1 0
min`a`b!1 2 / 1
min 0w 1 / 1f
maxs 2 7 1 9 3 / 2 7 7 9 9
maxs 0N 5 0N 1 / -0W 5 5 5
mins 2 7 1 9 3 / 2 2 1 1 1
mins 0N 5 0N 1 / 0W 5 5 1
maxs"genie" / "ggnnn"
mins"genie" / "geeee"
maxs`a`b!1 2 / `a`b!1 2
maxs() / ()

/ ---- med avg var dev and sample forms
med 10 34 23 123 5 56 / 28.5
med 1 2 3 / 2f
med 1 2 / 1.5
med`long$() / 0n
med 0N 1 2 / 1f
med(1 2;3 4) / 2 3f
var 2 3 5 7 / 3.6875
var 5 / 0f
var`long$() / 0n
svar 2 3 5 7 / 14.75%3
svar enlist 5 / 0n
dev 10 343 232 55 / sqrt var 10 343 232 55
sdev 2 4 / sqrt 2
var(1 2;3 4) / 1 1f
2 3 5 7 scov 3 3 5 9 / (sum(-2.25 -1.25 .75 2.75)*-2 -2 0 4f)%3
2 3 5 7 cov 3 3 5 9 / (sum(-2.25 -1.25 .75 2.75)*-2 -2 0 4f)%4
1 2 3 cor 1 2 3 / 1f
1 2 3 cor 3 2 1 / -1f
2 3 4 wavg 1 2 4 / 24%9
1 1 wavg 2 0N / 2f
0 0 wavg 1 2 / 0n
2 3 4 wsum 1 2 4 / 24f
2 wsum 1 2 4 / 14

/ ---- moving
3 mmax 2 7 1 3 5 2 8 / 2 7 7 7 5 5 8
3 mmin 0 -3 -2 1 0 -5 / 0 -3 -3 -3 -2 -5
2 mavg 1 2 3 5 7 10 / 1 1.5 2.5 4 6 8.5
5 mavg 0N 2 0N 5 7 0N / 0n 2 2 3.5,14 14%3
3 msum 1 2 3 5 7 11 / 1 3 6 10 15 23
3 msum 0N 2 3 5 0N 11 / 0 2 5 10 8 16
3 mcount 0 1 2 3 4 5 / 1 2 3 3 3 3i
3 mcount 0N 1 2 3 0N 5 / 0 1 2 3 2 2i
2 mdev 1 2 3 5 / 0 .5 .5 1
0 msum 1 2 3 / 0 0 0

/ ---- mod neg not null
-3 7 mod 4 / 1 3
7 mod -4 / -1
7.5 mod 2 / 1.5
0N mod 3 / 0N
-7 -6 5 mod 3 / 2 0 2
neg -1 0 1 2 / 1 0 -1 -2
neg 01b / 0 -1i
neg 0W 0N / -0W 0N
neg 2000.01.01 / 2000.01.01
neg 00:00:01 / -00:00:01
neg`a / 'type
neg"a" / -97i
not 0 1 2 / 100b
not 0N 0n / 00b
not 00:00 / 1b
not"a" / 0b
not" " / 0b
not 0x00 / 1b
not`a / 'type
null 1 0N / 01b
null"a b" / 010b
null`a` / 01b
null(1;0N;`;`a) / 0110b
null`a`b!0N 1 / `a`b!10b
null([]a:1 0N;b:`x`) / ([]a:01b;b:01b)
null 0Np 0Wp / 10b
null() / ()
null 0b / 0b
null 0x00 / 0b

/ ---- exponents, roots, signs
2 xexp 8 / 256f
2 xexp 0.5 / sqrt 2
-2 xexp 0.5 / 0n
2 xexp 0N / 0n
0N xexp 2 / 0n
9 xexp -1 / 1%9
0 xexp 0 / 1f
2 xlog 8 / 3f
2 xlog 0.125 / -3f
2 xlog 0 / -0w
2 xlog -1 / 0n
1.5 xlog 0N / 0n
sqrt -1 0n 0 25 50 / 0n 0n 0 5,sqrt 50
sqrt 0W / 3037000499.97604969
reciprocal 0 1 2 / 0w 1 .5
reciprocal 0N 0w / 0n 0
signum -2 0 1 3 / -1 0 1 1i
signum(-3 0;5) / (-1 0i;1i)
signum 0n 0N / -1 -1i
signum 1999.12.31 2000.01.01 / -1 0i
signum 0101b / 0 1 0 1i
sin 0 / 0f
tan 0 / 0f
sin 0n / 0n
sin`a / 'type
6h=type signum 1 2 / 1b

/ ---- multiply subtract sum sums
3 4*2 / 6 8
2*0N 3 / 0N 6
0Wj*2 / -2
1 2*1 2 3 / 'length
10:00*2 / 20:00
3-1 2 / 2 1
2000.01.03-2000.01.01 / 2i
2000.02m-1 / 2000.01m
12:00-10:30 / 01:30
2020.01.01D12-2020.01.01D10 / 0D02
2020.01.01-0D01 / 2019.12.31D23
5-0N / 0N
"c"-"a" / 'type
sum 1 2 0N / 3
sums 1 2 0N 3 / 1 3 3 6
sums(1 2;3 4) / (1 2;4 6)
sums`a`b!1 2 / `a`b!1 3
sums 1.5 2 / 1.5 3.5
sums() / ()
sum each(1 2;3 4 5) / 3 12
sum 10:00 00:30 / 10:30
sum 0D01 0D02 / 0D03
type sum 1 2i / -6h
type sum 1 2h / -6h
type sum 1 2e / -8h
type sum 11b / -6h

/ ---- and or
3 5&4 / 3 4
010b&110b / 010b
2020.01.01&2019.01.01 / 2019.01.01
"b"&"a" / "a"
0N&1 / 0N
1b or 0b / 1b
3 or 5 / 5
(1 2;3)|2 / (2 2;3)
`a|`b / 'type
0N|1 / 1
1 and 2 / 1

/ ---- mmu
(2 4f;5 6f)mmu(1 2f;3 4f) / (14 20f;23 34f)
1 2 3f mmu 4 5 6f / 32f
(1 2f;3 4f)mmu 1 1f / 3 7f
1 2f mmu(1 2f;3 4f) / 7 10f
(1 2f;3 4f)mmu 1 2 3f / 'length
1 2 mmu 3 4 / 'type
(1 2f;3 4f)$(1 0f;0 1f) / (1 2f;3 4f)
inv(2 0f;0 4f) / (.5 0;0 .25)
(2 0f;0 4f)lsq(2 0f;0 4f) / (1 0f;0 1f)

/ ---- xasc xdesc and column order
xt:([]a:2 1 2;b:`z`y`x)
`a xasc xt / ([]a:1 2 2;b:`y`z`x)
`a`b xasc xt / ([]a:1 2 2;b:`y`x`z)
`a xdesc xt / ([]a:2 2 1;b:`z`x`y)
`b xdesc xt / ([]a:2 1 2;b:`z`y`x)
attr(`a xasc xt)`a / `s
attr(`a`b xasc xt)`a / `s
attr(`a xdesc xt)`a / `
`a xasc`xt / `xt
xt / ([]a:1 2 2;b:`y`z`x)
`b`a xcols xt / ([]b:`y`z`x;a:1 2 2)
`b xcols xt / ([]b:`y`z`x;a:1 2 2)
`c`d xcol xt / ([]c:1 2 2;d:`y`z`x)
enlist[`c]xcol xt / ([]c:1 2 2;b:`y`z`x)
(`b`a!`B`A)xcol xt / ([]A:1 2 2;B:`y`z`x)
`k xasc([k:3 1 2]v:`a`b`c) / ([k:1 2 3]v:`b`c`a)
`b xkey xt / ([b:`y`z`x]a:1 2 2)
0!`b xkey xt / ([]b:`y`z`x;a:1 2 2)
() xkey([k:1 2]v:3 4) / ([]k:1 2;v:3 4)
