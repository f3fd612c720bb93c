/ aj
t:([]time:10:01:01 10:01:03 10:01:04;sym:`msft`ibm`ge;qty:100 200 150)
q:([]time:10:01:00 10:01:00 10:01:00 10:01:02;sym:`ibm`msft`msft`ibm;px:100 99 101 98)
aj[`sym`time;t;q] / ([]time:10:01:01 10:01:03 10:01:04;sym:`msft`ibm`ge;qty:100 200 150;px:101 98 0N)
aj0[`sym`time;t;q] / ([]time:10:01:00 10:01:02 10:01:04;sym:`msft`ibm`ge;qty:100 200 150;px:101 98 0N)
aj[`sym`time;t;update `g#sym from q] / aj[`sym`time;t;q]
aj[`sym`time;t;`sym xasc q] / aj[`sym`time;t;q]
aj[`sym`time;t;update `p#sym from `sym xasc q] / aj[`sym`time;t;q]
aj[`time;t;select time,px from q where sym=`ibm] / update px:100 98 98 from t
t0:([]time:2#00:00:01;sym:`a`b;p:1 1;n:`r`s)
t1:([]time:2#00:00:01;sym:`a`b;p:0 1)
t2:([]time:2#00:00:00;sym:`a`b;p:1 0N;n:`r`s)
t0~ajf[`sym`time;t1;t2] / 1b
aj[`sym`time;t1;t2] / ([]time:2#00:00:01;sym:`a`b;p:1 0N;n:`r`s)
ajf0[`sym`time;t1;t2] / ([]time:2#00:00:00;sym:`a`b;p:1 1;n:`r`s)
aj[`a`b`t;([]a:1 1 2;b:`x`y`x;t:5 5 5);([]a:1 1 1;b:`x`x`y;t:1 5 9;v:10 20 30)] / ([]a:1 1 2;b:`x`y`x;t:5 5 5;v:20 0N 0N)
aj[`s`t;([]s:`a`a`a;t:0 1 2);([]s:`a`a;t:1 1;v:7 8)] / ([]s:`a`a`a;t:0 1 2;v:0N 8 8)
aj[`s`t;([]s:0#`;t:0#0);([]s:`a`a;t:1 1;v:7 8)] / ([]s:0#`;t:0#0;v:0#0)
aj[`s`t;([]s:`a`b;t:1 2);([]s:0#`;t:0#0;v:0#0f)] / ([]s:`a`b;t:1 2;v:0n 0n)
aj[`s`t;([k:1 2]s:`a`b;t:5 5);([]s:`a`b;t:1 2;v:7 8)] / ([k:1 2]s:`a`b;t:5 5;v:7 8)
aj[`s`t;([]s:`a`b;t:5 5);([s:`a`b]t:1 2;v:7 8)] / ([]s:`a`b;t:5 5;v:7 8)
aj[`s`t;([]s:`a`b;t:5 5;v:1 2);([]s:`a`c;t:1 2;v:7 8)] / ([]s:`a`b;t:5 5;v:7 2)
aj[`s`t;([]s:`a`b;t:5 5);([]s:`a`b;t:1 2f;v:7 8)] / 'type
aj[`s`zz;([]s:`a`b;t:5 5);([]s:`a`b;t:1 2;v:7 8)] / 'zz
aj[`s`t;([]s:`a`b;t:3 0N);([]s:`a`b;t:1 2;v:7 8)] / ([]s:`a`b;t:3 0N;v:7 0N)
aj[`s`t;([]s:`b`a`b`a;t:9 2 1 7);([]s:`a`a`b;t:1 5 3;v:("xx";"yy";"zz"))] / ([]s:`b`a`b`a;t:9 2 1 7;v:("zz";"xx";"";"yy"))
tt:([]s:`a`b;t:5 5)
aj[`s`t;`tt;([]s:`a`b;t:1 2;v:7 8)] / `tt
tt / ([]s:`a`b;t:5 5;v:7 8)
sym:`a`b`c
aj[`s`t;([]s:`a`b;t:5 5);([]s:`sym$`a`b;t:1 2;v:7 8)] / ([]s:`a`b;t:5 5;v:7 8)
aj[`s`t;([]s:`sym$`a`b;t:5 5);([]s:`sym$`b`a;t:1 2;v:7 8)] / ([]s:`sym$`a`b;t:5 5;v:8 7)
/ asof
t:([] time:6#09:00+10*til 3; sym:raze flip 3 2#`AAPL`GOOG; px:1 2 3 4 5 6f; vol:36 97 12 92 45 99)
t asof `sym`time!(`AAPL;09:15) / exec last px,last vol from t where sym=`AAPL,time<=09:15
t:([] time:09:00 09:10 09:20 09:00 09:10 09:20; sym:`AAPL`AAPL`AAPL`GOOG`GOOG`GOOG; px:81.5 75.2 10.8 95.9 3.6 64.3; vol:36 97 12 92 45 99)
t asof `sym`time!(`AAPL;09:15) / `px`vol!(75.2;97)
t asof ([]sym:`GOOG`MSFT; time:09:05) / ([]px:95.9 0n;vol:92 0N)
t asof `sym`time!(`AAPL;08:00) / `px`vol!(0n;0N)
/ wj
t:([]sym:3#`ibm;time:10:01:01 10:01:04 10:01:08;price:100 101 105)
a:101 103 103 104 104 107 108 107 108
b:98 99 102 103 103 104 106 106 107
q:([]sym:`ibm; time:10:01:01+til 9; ask:a; bid:b)
f:`sym`time
w:-2 1+\:t.time
wj[w;f;t;(q;(max;`ask);(min;`bid))] / ([]sym:3#`ibm;time:10:01:01 10:01:04 10:01:08;price:100 101 105;ask:103 104 108;bid:98 99 104)
wj[w;f;t;(q;(::;`ask);(::;`bid))] / ([]sym:3#`ibm;time:10:01:01 10:01:04 10:01:08;price:100 101 105;ask:(101 103;103 103 104 104;107 108 107 108);bid:(98 99;99 102 103 103;104 106 106 107))
w2:(10:01:03 10:01:04 10:01:20;10:01:04 10:01:06 10:01:30)
q2:([]sym:`ibm;time:10:01:01 10:01:05;ask:1 2)
exec ask from wj[w2;f;t;(q2;(::;`ask))] / (enlist 1;1 2;enlist 2)
exec ask from wj1[w2;f;t;(q2;(::;`ask))] / (`long$();enlist 2;`long$())
exec ask from wj1[w2;f;t;(q2;(count;`ask))] / 0 1 0
exec bid from wj[w;f;t;(q;(wavg;`ask;`bid))] / {(x wsum y)%sum x}'[(101 103;103 103 104 104;107 108 107 108);(98 99;99 102 103 103;104 106 106 107)]
type wj[w;f;t] / 104h
/ uj
s:([]a:1 2;b:2 3;c:5 7)
t:([]a:1 2 3;b:2 3 7;c:10 20 30;d:"ABC")
s uj t / ([]a:1 2 1 2 3;b:2 3 2 3 7;c:5 7 10 20 30;d:"  ABC")
(2!s) uj 2!t / ([a:1 2 3;b:2 3 7]c:10 20 30;d:"ABC")
s,t / 'mismatch
x:([a:1 2]b:`x`y;c:10 20)
y:([a:1 2]b:``z;c:1 0N)
x uj y / ([a:1 2]b:``z;c:1 0N)
x ujf y / ([a:1 2]b:`x`z;c:1 20)
([]a:1 2) uj ([]b:`x`y) / ([]a:1 2 0N 0N;b:```x`y)
(uj/)(([]a:1 2);([]b:3 4);([]a:5 6)) / ([]a:1 2 0N 0N 5 6;b:0N 0N 3 4 0N 0N)
([]a:1 2) uj ([k:1 2]a:3 4) / 'type
([]a:1 2) uj () / ([]a:1 2)
() uj ([]a:1 2) / ([]a:1 2)
([k:`a`b]v:1 2) uj ([k:`b`c]w:3 4) / ([k:`a`b`c]v:1 2 0N;w:0N 3 4)
/ lj
x:([]a:1 2 3;b:`I`J`K;c:10 20 30)
y:([a:1 3;b:`I`K]c:1 2;d:10 20)
x lj y / ([]a:1 2 3;b:`I`J`K;c:1 20 2;d:10 0N 20)
y[select a,b from x] / ([]c:1 0N 2;d:10 0N 20)
x:([]a:1 2 3;b:10 20 30)
y:([]a:1 3;b:100 300)
r:([]a:1 2 3;b:100 20 300)
(1!r)~(1!x)lj 1!y / 1b
r~x lj 1!y / 1b
x lj y / 'type
x lj () / x
x:([]a:1 2;b:`x`y;c:10 20)
y:([a:1 2]b:``z;c:1 0N)
x lj y / ([]a:1 2;b:``z;c:1 0N)
x ljf y / ([]a:1 2;b:`x`z;c:1 20)
([]k:1 2) lj ([z:1 2]v:3 4) / 'z
x:([]a:1 2;b:10 20)
`x lj ([a:1 3]b:5 6) / `x
x / ([]a:1 2;b:5 20)
([]a:1 1 2) lj ([a:1 2]v:("one";"two")) / ([]a:1 1 2;v:("one";"one";"two"))
([]a:1 9) lj ([a:1 2]v:("one";"two")) / ([]a:1 9;v:("one";""))
/ ij
t:([]sym:`IBM`FDP`FDP`FDP`IBM`MSFT;price:0.7 0.08 0.06 0.65 0.26 0.54)
s:([sym:`IBM`MSFT]ex:`N`CME;MC:1000 250)
t ij s / ([]sym:`IBM`IBM`MSFT;price:0.7 0.26 0.54;ex:`N`N`CME;MC:1000 1000 250)
([] k:1 2 3 4; v:10 20 30 40) ij ([k:2 3 4 5]; v:200 300 400 500;s:`a`b`c`d) / ([]k:2 3 4;v:200 300 400;s:`a`b`c)
x:([]a:1 2;b:`x`y;c:10 20)
y:([a:1 2]b:``z;c:1 0N)
x ij y / ([]a:1 2;b:``z;c:1 0N)
x ijf y / ([]a:1 2;b:`x`z;c:1 20)
x ij 0!y / 'type
([k:1 2 3]a:4 5 6) ij ([a:4 6]b:7 8) / ([k:1 3]a:4 6;b:7 8)
/ pj
x:([]a:1 2 3;b:`x`y`z;c:10 20 30)
y:([a:1 3;b:`x`z]c:1 2;d:10 20)
x pj y / ([]a:1 2 3;b:`x`y`z;c:11 20 32;d:10 0 20)
(x pj y)~x+0^y[`a`b#x] / 1b
([]a:1 2;b:1 2f) pj ([a:1 5]b:0.5 1;e:1 2f) / ([]a:1 2;b:1.5 2;e:1 0f)
x pj 0!y / 'type
/ ej
s:([]sym:`IBM`MSFT;ex:`N`CME;MC:1000 250)
ej[`sym;s;t] / ([]sym:`IBM`IBM`MSFT;ex:`N`N`CME;MC:1000 1000 250;price:0.7 0.26 0.54)
t1:([] k:1 2 3 4; c:10 20 30 40)
t2:([] k:2 2 3 4 5; c:200 222 300 400 500; v:2.2 22.22 3.3 4.4 5.5)
ej[`k;t1;t2] / ([]k:2 2 3 4;c:200 222 300 400;v:2.2 22.22 3.3 4.4)
ej[`k`c;t1;update c:20 from t2] / ([]k:2 2;c:20 20;v:2.2 22.22)
ej[`zz;t1;t2] / 'zz
/ a big as-of join agrees with a search by hand
n:3000
s:`a`b`c`d
q:`time xasc ([]sym:n#s;time:(37*til n) mod 1009;px:til n)
t:([]sym:500#reverse s;time:(101*til 500) mod 1100)
h:{[q;s;t]last exec px from q where sym=s,time<=t}
(exec px from aj[`sym`time;t;q])~h[q]'[t`sym;t`time] / 1b
(exec px from aj[`sym`time;t;update `g#sym from q])~h[q]'[t`sym;t`time] / 1b
(exec px from aj[`sym`time;t;update `p#sym from `sym`time xasc q])~h[q]'[t`sym;t`time] / 1b
// tables side by side: a column that both have is that of the second, in the place of the first's
([]a:1 2;b:`x`y),'([]c:3 4)  /  ([]a:1 2;b:`x`y;c:3 4)
([]a:1 2;b:`x`y),'([]b:3 4;c:`u`v)  /  ([]a:1 2;b:3 4;c:`u`v)
([]a:`s#1 2;b:(1 2;"ab")),'([]c:(`a;1))  /  ([]a:1 2;b:(1 2;"ab");c:(`a;1))
([]a:1 2),'([]c:1 2 3)  /  'length
