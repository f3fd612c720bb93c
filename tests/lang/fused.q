/ Aggregates of many rows by group, several in one pass, against each group evaluated by itself: a lambda is no known aggregate.
/ Floats are quarters, so that the order of additions does not show.

system"S 11"
n:6000
tm:2024.03.04D09:30+0D00:00:01*asc n?20000
col:{[t;d]@[d;-30?count d;:;(30#first 0#d)^(1?0#d),t$()]}
dom:`symbol$()
t:([]tm:tm;s:n?`b`a`c`dd;e:`dom?n?`z`x`y;k:n?7;b:n?0b;x:n?0x0001ff;h:n?100h;i:n?100i;j:n?1000;r:.25e*n?1000;f:.25*-500+n?1000;d:2024.01.01+n?50;u:n?0D01:00;c:n?"abc")
t:update h:0Nh,i:0Ni,j:0N,r:0Ne,f:0n,d:0Nd,u:0Nn from t where 0=i mod 17
t:update h:0Wh,i:0Wi,j:0W,f:0w,r:0We from t where 0=j mod 311
t:update i:-0Wi,j:-0W,f:-0w from t where 0=j mod 97
t:update i:2147483000i,j:9223372036854775000 from t where s=`dd,0=k
t:update f:0n,j:0N from t where s=`c,k=3

(select a:sum h,b:sum i,c:sum j,d:sum r,e:sum f,g:sum b,h2:sum x,u2:sum u by s from t) / select a:{sum x}h,b:{sum x}i,c:{sum x}j,d:{sum x}r,e:{sum x}f,g:{sum x}b,h2:{sum x}x,u2:{sum x}u by s from t
(select a:sum h,b:sum i,c:sum j,e:sum f by s,0D00:05 xbar tm from t) / select a:{sum x}h,b:{sum x}i,c:{sum x}j,e:{sum x}f by s,0D00:05 xbar tm from t
(select a:min h,b:min i,c:min j,d:min r,e:min f,g:min d,h2:min u,m:min x by s,k from t) / select a:{min x}h,b:{min x}i,c:{min x}j,d:{min x}r,e:{min x}f,g:{min x}d,h2:{min x}u,m:{min x}x by s,k from t
(select a:max h,b:max i,c:max j,d:max r,e:max f,g:max d,h2:max u,m:max c by k,s from t) / select a:{max x}h,b:{max x}i,c:{max x}j,d:{max x}r,e:{max x}f,g:{max x}d,h2:{max x}u,m:{max x}c by k,s from t
(select a:avg h,b:avg i,d:avg r,w:avg f,g:avg b,m:avg u by 0D00:01 xbar tm,e from t) / select a:{avg x}h,b:{avg x}i,d:{avg x}r,w:{avg x}f,g:{avg x}b,m:{avg x}u by 0D00:01 xbar tm,e from t
(select a:first f,b:last f,c:first s,d:last e,g:first c,m:last u,n:count i,o:count f by e,0D00:10 xbar tm from t) / select a:{first x}f,b:{last x}f,c:{first x}s,d:{last x}e,g:{first x}c,m:{last x}u,n:{count x}i,o:{count x}f by e,0D00:10 xbar tm from t
(select a:h wavg f,b:k wavg f,c:f wavg k,d:b wavg r,e:k wavg h,g:prd k by s,0D00:05 xbar tm from t where not null f) / select a:{x wavg y}[h;f],b:{x wavg y}[k;f],c:{x wavg y}[f;k],d:{x wavg y}[b;r],e:{x wavg y}[k;h],g:{prd x}k by s,0D00:05 xbar tm from t where not null f
(select a:k wavg f,w:sum k*f,g:max f-k,d:min neg j by s,b,c from t) / select a:{x wavg y}[k;f],w:{sum x}k*f,g:{max x}f-k,d:{min x}neg j by s,b,c from t

/ bars of times that do not ascend, that have nulls, and of other types
v:update tm:0Np from(neg[n]?t)where 0=k
(select a:sum k,b:k wavg f,n:count i by s,0D00:05 xbar tm from v) / select a:{sum x}k,b:{x wavg y}[k;f],n:{count x}i by s,0D00:05 xbar tm from v
v:`tm xasc v
(select a:sum k,b:k wavg f,n:count i by s,0D00:05 xbar tm from v) / select a:{sum x}k,b:{x wavg y}[k;f],n:{count x}i by s,0D00:05 xbar tm from v
(select a:sum k,b:first f by 0D00:05 xbar tm from v) / select a:{sum x}k,b:{first x}f by 0D00:05 xbar tm from v
(select a:sum k,b:first f by 0D00:05 xbar tm,5 xbar j mod 100 from v) / select a:{sum x}k,b:{first x}f by 0D00:05 xbar tm,5 xbar j mod 100 from v
(select a:sum k by 0D00:00:00.000000001 xbar tm from t) / select a:{sum x}k by 0D00:00:00.000000001 xbar tm from t
(select a:sum k,n:count i by q:0D00:01 xbar u,p:0D00:05 xbar tm from v) / select a:{sum x}k,n:{count x}i by q:0D00:01 xbar u,p:0D00:05 xbar tm from v
(select a:sum k,n:count i by p:0D00:05 xbar tm,q:0D00:30 xbar tm from v) / select a:{sum x}k,n:{count x}i by p:0D00:05 xbar tm,q:0D00:30 xbar tm from v
(select a:sum k by 10 xbar d,3 xbar i from v) / select a:{sum x}k by 10 xbar d,3 xbar i from v

/ keys with and without attributes, rows that are left, no rows, a column that is a list, one key that is a constant
g:update`g#s from t
p:update`p#s from`s xasc t
(select a:k wavg f,b:sum k,c:last tm by s from g) / select a:{x wavg y}[k;f],b:{sum x}k,c:{last x}tm by s from g
(select a:k wavg f,b:sum k,c:last tm by s from p) / select a:{x wavg y}[k;f],b:{sum x}k,c:{last x}tm by s from p
(select a:first k,b:last f,n:count i by s from p) / select a:{first x}k,b:{last x}f,n:{count x}i by s from p
(select a:k wavg f,b:sum k by s,0D00:05 xbar tm from p) / select a:{x wavg y}[k;f],b:{sum x}k by s,0D00:05 xbar tm from p
(select a:k wavg f,b:sum k,n:count i by s,0D00:05 xbar tm from g where k<>2) / select a:{x wavg y}[k;f],b:{sum x}k,n:{count x}i by s,0D00:05 xbar tm from g where k<>2
(select a:sum k by s,0D00:05 xbar tm from t where k>99) / select a:{sum x}k by s,0D00:05 xbar tm from t where k>99
(select a:first w,b:sum k by s from update w:string j from t) / select a:{first x}w,b:{sum x}k by s from update w:string j from t
(select a:sum k,b:sum w by s from update w:flip(k;k)from t) / select a:{sum x}k,b:{sum x}w by s from update w:flip(k;k)from t
(select a:sum k by z:1 from t) / select a:{sum x}k by z:1 from t
(select a:sum k,v:var k by s from t) / select a:{sum x}k,v:{var x}k by s from t
select a:sum s by k from t / 'type
attr exec s from select sum k by s from t / `s
attr exec e from select sum k by e from t / attr exec e from select {sum x}k by e from t
type exec e from select sum k by e from t / type exec e from select {sum x}k by e from t
attr exec tm from select sum k by 0D00:05 xbar tm from t / `s
(select n:count i by s from t)[`a;`n] / count where`a=t`s
