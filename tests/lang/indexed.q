/ the answer is the same with and without an attribute
n:1000
q:([]time:asc n?1000;sym:n?`a`b`c`d`;bid:n?1f;size:n?100)
t:([]time:asc 200?1000;sym:200?`a`b`c`x`;p:200?1f)
g:update`g#sym from q
p:update`p#sym from`sym`time xasc q
aj[`sym`time;t;g] / aj[`sym`time;t;q]
aj0[`sym`time;t;g] / aj0[`sym`time;t;q]
aj[`sym`time;reverse t;g] / aj[`sym`time;reverse t;q]
aj[`sym`time;5#t;g] / 5#aj[`sym`time;t;q]
aj[`sym`time;t;p] / aj[`sym`time;t;`sym`time xasc q]
aj[`sym`time;t;0#g] / aj[`sym`time;t;0#q]
aj[`sym`time;0#t;g] / aj[`sym`time;0#t;q]
exec bid from aj[`sym`time;([]time:3 1;sym:`a`b);([]time:1 3 2;sym:`g#`a`a`b;bid:10 30 20)] / 30 0N
aj[`sym`time;update time:"t"$time from t;update`g#sym,time:"t"$time from q] / aj[`sym`time;update time:"t"$time from t;update time:"t"$time from q]
aj[`k`time;update k:`a`b`c`d`x`?sym from t;update`g#k from update k:`a`b`c`d`x`?sym from q] / aj[`k`time;update k:`a`b`c`d`x`?sym from t;update k:`a`b`c`d`x`?sym from q]
/ window joins
w:(t[`time]-50;t`time)
wj[w;`sym`time;t;(g;(max;`bid);(sum;`size))] / wj[w;`sym`time;t;(q;(max;`bid);(sum;`size))]
wj1[w;`sym`time;t;(g;(max;`bid);(count;`size))] / wj1[w;`sym`time;t;(q;(max;`bid);(count;`size))]
wj[w;`sym`time;t;(p;(max;`bid);(sum;`size))] / wj[w;`sym`time;t;(`sym`time xasc q;(max;`bid);(sum;`size))]
exec bid from wj1[w;`time;t;(q;(max;`bid))] / {exec max bid from q where time within x}each flip w
/ groups
select last bid,first size,n:count i by sym from g / select last bid,first size,n:count i by sym from q
select sum bid,bid wavg size,med size by sym from g / select sum bid,bid wavg size,med size by sym from q
select by sym from g / select by sym from q
select last bid,first size,n:count i,dev size by sym from p / select last bid,first size,n:count i,dev size by sym from `sym`time xasc q
exec last bid by sym from g / exec last bid by sym from q
update m:avg bid by sym from g / update`g#sym from update m:avg bid by sym from q
select last bid by sym from g where size>50 / select last bid by sym from q where size>50
select last bid,sum size by sym,50 xbar time from g / select last bid,sum size by sym,50 xbar time from q
select n:count i by k from([]k:`g#1 2 1 0N 1) / ([k:0N 1 2]n:1 3 1)
attr exec sym from key select last bid by sym from g / `s
/ phrases after an indexed one
select from g where sym=`a,time within 100 300 / select from q where sym=`a,time within 100 300
select from g where sym in`a`b,time within 300 100 / 0#q
count select from g where sym=`a,time within 0N 0W / count select from q where sym=`a
select from g where sym=`a,bid within .2 .4 / select from q where sym=`a,bid within .2 .4
/ what a column is held against is evaluated once
c:0
f:{c+:1;`a}
count select from g where sym=f[] / count select from q where sym=`a
c / 1
count select from q where sym=f[] / count select from q where sym=`a
c / 2
h:{c+:1;100 300}
count select from g where sym=`a,time within h[] / count select from q where sym=`a,time within 100 300
c / 3
/ a variable in a phrase
s:`a
count select from g where sym=s / count select from q where sym=`a
{[s;r]select from g where sym=s,time within r}[`a;100 300] / select from q where sym=`a,time within 100 300
.w.lo:100
select from g where sym in(s;`b),time within(.w.lo;300) / select from q where sym in`a`b,time within 100 300
select from g where sym=sym / g
{[sym]select from g where sym=sym}[`a] / g
exec count i from g where sym=s / count select from q where sym=`a
count exec i from g where time>500 / count select from q where time>500
exec i from g where sym=s / exec i from q where sym=`a
select n:count bid by sym from g where time>500 / select n:count i by sym from q where time>500
/ a column of no rows of a keyed table
kt:([date:2024.01.01 2024.01.02]n:1 2;s:`a`b)
kt[([]date:2024.01.02 2024.01.03);`n] / 2 0N
kt[([]date:0#0Nd);`n] / 0#0
(0#kt)[([]date:0#0Nd);`s] / 0#`
/ a keyed table with an attribute on one of several key columns is looked up, and grows, by all of them
k:([s:`a`b`a`c;e:`g#1 1 2 2]v:10 20 30 40)
k([]s:`b`a`z`c`a;e:1 2 1 1 1) / ([]v:20 30 0N 0N 10)
([]s:`b`a`z`c;e:1 2 1 1)in key k / 1100b
`k upsert([s:`a`z`z;e:2 1 1]v:31 50 51) / `k
k / ([s:`a`b`a`c`z;e:1 1 2 2 1]v:10 20 31 40 51)
k([]s:`z`a`a;e:1 1 2) / ([]v:51 10 31)
k,:([s:1#`q;e:1#9]v:1#7)
k[(`q;9)] / (1#`v)!1#7
k([]s:10#`q`a;e:10#9 2) / ([]v:10#7 31)

/ many windows of rows that do not ascend, some of no length and some that end before they start; a key that has no rows
n:5000
q:([]sym:n?`a`b`c;time:asc n?20000;bid:n?100)
t:([]sym:n?`a`b`c`d;time:n?20000)
w:t[`time]+/:(n?-3 0 5 40;n?5 60 0 -9)
in1:{[s;a;b]exec bid from q where sym=s,time within(a;b)}'[t`sym;w 0;w 1]
in0:{[s;a;b]x:select from q where sym=s;x[`bid]where(x[`time]<=b)&(til count x)>=x[`time]bin a}'[t`sym;w 0;w 1]
exec bid from wj1[w;`sym`time;t;(q;(sum;`bid))] / sum each in1
exec bid from wj1[w;`sym`time;t;(update`g#sym from q;(max;`bid))] / max each in1
exec bid from wj[w;`sym`time;t;(q;(sum;`bid))] / sum each in0
exec bid from wj[w;`sym`time;t;(update`p#sym from`sym`time xasc q;(count;`bid))] / count each in0
exec bid from wj1["f"$w;`sym`time;update"f"$time from t;(update"f"$time from q;(::;`bid))] / in1
exec bid from wj[`time$w;`sym`time;update`time$time from t;(update`time$time from q;(::;`bid))] / in0
