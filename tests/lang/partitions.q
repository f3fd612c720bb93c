/ Queries over partitions: aggregates are computed partition by partition and put together; what cannot be is computed on all rows.
D:`$":/tmp/quill-lang-parts-",string .z.i
sizes:0 5 7 0 4
row:{[n;k]([]sym:n#`a`b`c`a;time:09:30:00.000+1000*til n;px:(1e6+k+til[n]%3)*1f;sz:(n#3 0N 5 7)+til n;ok:n#101b;ex:n#"NQ";q:n#1 2 0Nh)}
days:2024.01.01+til 5
put:{[d;n;k]`trade set row[n;k];.Q.dpft[D;d;`sym;`trade]}
put'[days;sizes;til 5]
system"l ",1_string D
all0:select from trade
T:update sym:value sym from all0
flat:{$[98h=type x;flat each value flip x;99h=type x;(flat key x;flat value x);20h=type x;value x;0h=type x;flat each x;x]}
close:{$[0h=type x;all close'[x;y];(type x)in 8 9 -9h;(null[x]~null y)and all 1e-9>abs 0^(x-y)%1|abs y;x~y]}
same:{[x;y]((cols x)~cols y)and close[flat x;flat y]}
sameexec:{[x;y]close[flat x;flat y]}
count T / 16
count select from trade where date in 2#days / 5
(exec distinct date from trade) / days 1 2 4

/ without groups
same[select sum sz from trade;select sum sz from T] / 1b
same[select sum px,avg px,min px,max px,count i,first px,last px from trade;select sum px,avg px,min px,max px,count i,first px,last px from T] / 1b
same[select avg sz,n:count sz,prd q,sum ok,all ok,any ok from trade;select avg sz,n:count sz,prd q,sum ok,all ok,any ok from T] / 1b
same[select sz wavg px,sz wsum px,v:var px,dev px,svar px,sdev px from trade;select sz wavg px,sz wsum px,v:var px,dev px,svar px,sdev px from T] / 1b
(exec sum sz from trade)~exec sum sz from T / 1b
sameexec[exec avg px from trade where sym=`a;exec avg px from T where sym=`a] / 1b
sameexec[exec s:sum sz,m:max px from trade;exec s:sum sz,m:max px from T] / 1b
same[select vwap:(sum sz*px)%sum sz from trade where not null sz;select vwap:(sum sz*px)%sum sz from T where not null sz] / 1b
same[select r:max[px]-min px,100*sum[sz>4]%count i from trade;select r:max[px]-min px,100*sum[sz>4]%count i from T] / 1b
{exec sum sz*x from trade}[2] / {exec sum sz*x from T}[2]
{[lim]exec n:count i,k:lim from trade where sz>lim}[4] / {[lim]exec n:count i,k:lim from T where sz>lim}[4]

/ by symbol, by day, by both, by a function of a column
same[select sum sz,avg px,var px,sz wavg px,first time,last time by sym from trade;select sum sz,avg px,var px,sz wavg px,first time,last time by sym from T] / 1b
same[select sum sz,med px,dev px by date from trade;select sum sz,med px,dev px by date from T] / 1b
same[select px,n:count i by date,sym from trade;select px,n:count i by date,sym from T] / 1b
same[select px cor sz by sym,date from trade;select px cor sz by sym,date from T] / 1b
same[select max px by 2 xbar sz from trade;select max px by 2 xbar sz from T] / 1b
same[select count i by time.minute,sym from trade;select count i by time.minute,sym from T] / 1b
sameexec[exec sum sz by sym from trade;exec sum sz by sym from T] / 1b
sameexec[exec last px by sym from trade where sz>3;exec last px by sym from T where sz>3] / 1b
same[select[2;>sz] sum sz by sym from trade;select[2;>sz] sum sz by sym from T] / 1b
same[0!select sum sz by sym from trade where date within days 1 2;0!select sum sz by sym from T where date within days 1 2] / 1b

/ what needs all rows at once
same[select med px,distinct sym from trade where 0b;select med px,distinct sym from T where 0b] / 1b
same[select med px by sym from trade;select med px by sym from T] / 1b
(exec count distinct time from trade)~exec count distinct time from T / 1b
same[select cov[px;sz],cor[px;sz] by sym from trade;select cov[px;sz],cor[px;sz] by sym from T] / 1b
sameexec[exec max deltas px from trade;exec max deltas px from T] / 1b
same[select by sym from trade;select by sym from T] / 1b

/ no rows in any partition
same[select sum sz,max px,count i from trade where sym=`none;select sum sz,max px,count i from T where sym=`none] / 1b
same[select sum sz by sym from trade where sz>1000;select sum sz by sym from T where sz>1000] / 1b
exec sum sz from trade where date=2000.01.01 / 0

/ compressed columns: part of one is read block by block
.z.zd:12 2 6
trade:([]sym:raze 3000#'`a`b`c`d;px:12000?100f;nm:12000#("ab";"cde"))
saved:`sym xasc trade
.Q.dpft[D;2024.02.01;`sym;`trade] / `trade
(-21!` sv D,`2024.02.01`trade`px)`algorithm`logicalBlockSize`zipLevel / 2 12 6i
\x .z.zd
\l .
(exec px from trade where date=2024.02.01,sym=`c)~exec px from saved where sym=`c / 1b
(exec nm from trade where date=2024.02.01,sym=`b,i<3100)~100#exec nm from saved where sym=`b / 1b
(select from trade where date=2024.02.01,sym=`zz)~0#select from trade where date=2024.02.01 / 1b
value exec sum px by sym from trade where date=2024.02.01 / value exec sum px by sym from saved

/ partitions by month, year and number; segments
trade:([]sym:`a`b`a;sz:1 2 3)
M:` sv D,`months
.Q.dpft[M;;`sym;`trade]each 2024.01 2024.02 2023.12m / `trade`trade`trade
Y:` sv D,`years
.Q.dpft[Y;;`sym;`trade]each 2023 2024 / `trade`trade
N:` sv D,`numbers
system"mkdir -p ",(1_string N),"/one ",(1_string N),"/two"
(` sv N,`par.txt)0:("one";"two")
.Q.dpft[N;;`sym;`trade]each 7 8 9 / `trade`trade`trade
.Q.par[N;;`trade]each 7 8 / {` sv N,x,(`$string y),`trade}'[`two`one;7 8]
system"l ",1_string M
.Q.pf / `month
select sum sz by month from trade / ([month:2023.12 2024.01 2024.02m]sz:6 6 6)
exec sum sz from trade where month>2023.12m,sym=`a / 8
system"l ",1_string Y
.Q.pf / `year
select sum sz,count i by sym from trade where year in 2023 2024 / ([sym:`sym$`a`b]sz:8 4;x:4 2)
system"l ",1_string N
.Q.pf / `int
(count .Q.P;.Q.pv) / (2;7 8 9i)
select sum sz by int from trade where int<>8 / ([int:7 9i]sz:6 6)
.Q.cn trade / 3 3 3

/ tidy up
dir:{$[11h=type d:key x;raze x,.z.s each` sv/:x,/:d;d]}
\cd /
count[hdel each desc dir D]>40 / 1b
