/ Query templates: phrases, names, limits, groups, update, delete, exec, fby, call by name.
t:([]c1:`a`b`c;c2:10 20 30;c3:1.1 2.2 3.3)
p:([]name:`tom`dick`harry`jack`jill;sex:`m`m`m`m`f;eye:`blue`green`blue`blue`gray)
g:([]k:`a`b`a`b`c;v:10 20 30 40 50)
e:0#g
kt:([id:1 2 3]x:10 20 30;y:`a`b`c)

/ ---- from and select phrases
select from t / t
select from `t / t
select c1 from t / ([]c1:`a`b`c)
select c3,c1 from t / ([]c3:1.1 2.2 3.3;c1:`a`b`c)
select c1,c3*2 from t / ([]c1:`a`b`c;c3:2.2 4.4 6.6)
select c1,dbl:c3*2 from t / ([]c1:`a`b`c;dbl:2.2 4.4 6.6)
select c1,c1,2*c2,c2+c3,string c3 from t / ([]c1:`a`b`c;c11:`a`b`c;x:20 40 60;c2:11.1 22.2 33.3;c3:("1.1";"2.2";"3.3"))
select i,c1 from t / ([]x:0 1 2;c1:`a`b`c)
select count i from t / ([]x:enlist 3)
select sum c2,max c3 from t / ([]c2:enlist 60;c3:enlist 3.3)
select c2 from t where c2>10 / ([]c2:20 30)
select c1,5 from t / ([]c1:`a`b`c;x:5 5 5)
select a:1 from t / ([]a:enlist 1)
select c1,s:sum c2 from t / ([]c1:`a`b`c;s:60 60 60)
select (c1,'`z) from t / ([]x:(`a`z;`b`z;`c`z))
select (c2,'4),c1 from t / ([]x:(10 4;20 4;30 4);c1:`a`b`c)
select c2%c3 from t / ([]c2:10 20 30%1.1 2.2 3.3)
select neg c2 from t / ([]c2:-10 -20 -30)
select c2 mod 7 from t / ([]c2:3 6 2)
select 100-c2 from t / ([]x:90 80 70)
select til count i from t / ([]x:0 1 2)
select c1,c4:c2*c3 from t where i=1 / ([]c1:enlist`b;c4:enlist 44.)
select c1:c2,c2:c1 from t / ([]c1:10 20 30;c2:`a`b`c)
select nosuch from t / 'nosuch
select c1,b:1 2 from t / 'length
count select from t where 0b / 0
select from ([]a:1 2;b:3 4) / ([]a:1 2;b:3 4)
select from select from t where c2=20 / ([]c1:enlist`b;c2:enlist 20;c3:enlist 2.2)
select x:c1 from t / ([]x:`a`b`c)
cols select c1,c2,c1,c2 from t / `c1`c2`c11`c21
cols select sum c2,avg c2,c2 from t where 0b / `c2`c21`c22

/ ---- where
select from t where 101b / ([]c1:`a`c;c2:10 30;c3:1.1 3.3)
select from t where c2>15,c3<3.0 / ([]c1:enlist`b;c2:enlist 20;c3:enlist 2.2)
select from t where (c2>15)and c3<3.0 / ([]c1:enlist`b;c2:enlist 20;c3:enlist 2.2)
select from t where i in 0 2 / ([]c1:`a`c;c2:10 30;c3:1.1 3.3)
select from t where i=last i / ([]c1:enlist`c;c2:enlist 30;c3:enlist 3.3)
select from t where c2=max c2 / ([]c1:enlist`c;c2:enlist 30;c3:enlist 3.3)
select from t where c2>10,c2=min c2 / ([]c1:enlist`b;c2:enlist 20;c3:enlist 2.2)
select from t where c1=`b / ([]c1:enlist`b;c2:enlist 20;c3:enlist 2.2)
select from t where c1 in`a`c / ([]c1:`a`c;c2:10 30;c3:1.1 3.3)
select from t where not c1 in`a`c / ([]c1:enlist`b;c2:enlist 20;c3:enlist 2.2)
select from t where c2 within 15 25 / ([]c1:enlist`b;c2:enlist 20;c3:enlist 2.2)
select from t where c1 like"[ab]" / ([]c1:`a`b;c2:10 20;c3:1.1 2.2)
select from t where c2>c3*9.1 / 0#t
select from t where 1b / t
select from t where 0b / 0#t
count select from t where c2>100 / 0
meta[select from t where c2>100]~meta t / 1b
select from t where c2>15,i=0 / 0#t
select from t where c1 in exec k from g where v>20 / ([]c1:`a`b`c;c2:10 20 30;c3:1.1 2.2 3.3)
select from t where c2=exec max c2 from t / ([]c1:enlist`c;c2:enlist 30;c3:enlist 3.3)
select from t where any each string[c1]=\:"a" / ([]c1:enlist`a;c2:enlist 10;c3:enlist 1.1)
select from t where c2>10 20 30 / 0#t
select from t where c2>=10 25 30 / ([]c1:`a`c;c2:10 30;c3:1.1 3.3)
select from t where c1 / 'type
select from t where 10b / 'length

/ ---- names: columns first, then locals, then globals
c9:7
{[v] select from t where c2>v}15 / ([]c1:`b`c;c2:20 30;c3:2.2 3.3)
{c9:100;select r:c2+c9 from t}[] / ([]r:110 120 130)
select r:c2+c9 from t / ([]r:17 27 37)
{[c2] select r:c2 from t}5 / ([]r:10 20 30)
f:{x+42}
select c1,f c2 from t / ([]c1:`a`b`c;c2:52 62 72)
{[tbl;amt] select c1 from tbl where c2>amt}[t;10] / ([]c1:`b`c)
{(value x)1}{} / enlist`x
{(value x)1}{select from y where a=x,b=z} / `x`y
{(value x)1}{select[z]from x where a=y} / `x`y`z
{(value x)1}{exec z from x} / enlist`x
{(value x)1}{update y:x from z} / `x`y`z
{(value x)1}{delete from x where y>z} / enlist`x
{(value x)1}{[x;y;z]select from y where a=x,b=z} / `x`y`z
{select from ([]a:0 1;b:2 3)where a=x,b=y}[0;2] / 'rank
{[x;y]select from ([]a:0 1;b:2 3)where a=x,b=y}[0;2] / ([]a:enlist 0;b:enlist 2)
{[x]exec x from ([]x:1 2)}5 / 1 2
select from ([]a:("ref/a";"kb/a"))where a like{$[x;"ref/*";"kb/*"]}1b / ([]a:enlist"ref/a")
select from ([]a:1 2 3)where a in{x}each 1 3 / ([]a:1 3)
select c1,r:{x+y}[c2;c3]from t / ([]c1:`a`b`c;r:11.1 22.2 33.3)

/ ---- limits
select[2]from t / ([]c1:`a`b;c2:10 20;c3:1.1 2.2)
select[-2]from t / ([]c1:`b`c;c2:20 30;c3:2.2 3.3)
select[1 1]from t / ([]c1:enlist`b;c2:enlist 20;c3:enlist 2.2)
select[1 5]from t / ([]c1:`b`c;c2:20 30;c3:2.2 3.3)
select[0]from t / 0#t
select[100]from t / t
select[>c2]from t / reverse t
select[<c2]from t / t
select[2;>c2]from t / ([]c1:`c`b;c2:30 20;c3:3.3 2.2)
select[-1;>c2]from t / ([]c1:enlist`a;c2:enlist 10;c3:enlist 1.1)
select[1 1;>c2]from t / ([]c1:enlist`b;c2:enlist 20;c3:enlist 2.2)
select[2]c1 from t / ([]c1:`a`b)
select[2]c1 from t where c2>10 / ([]c1:`b`c)
select[1+1]from t / 2#t
n:1
select[n]from t / 1#t
{[m]select[m]from t}2 / 2#t
select distinct k from g / ([]k:`a`b`c)
select distinct from g,g / g
select distinct sex,eye from p / ([]sex:`m`m`f;eye:`blue`green`gray)
select distinct k:`u from g / ([]k:enlist`u)
select[2;>v]k,v from g / ([]k:`c`b;v:50 40)

/ ---- by
select v by k from g / ([k:`a`b`c]v:(10 30;20 40;enlist 50))
select by k from g / ([k:`a`b`c]v:30 40 50)
select sum v by k from g / ([k:`a`b`c]v:40 60 50)
select s:sum v,n:count i by k from g / ([k:`a`b`c]s:40 60 50;n:2 2 1)
select count i by k from g / ([k:`a`b`c]x:2 2 1)
select first v,last v by k from g / ([k:`a`b`c]v:10 20 50;v1:30 40 50)
select sum v by big:v>25 from g / ([big:01b]v:30 120)
select sum v by v>25 from g / 'dup names for cols/groups v
select name,eye by sex from p / ([sex:`f`m]name:(enlist`jill;`tom`dick`harry`jack);eye:(enlist`gray;`blue`green`blue`blue))
select name by sex,eye from p / ([sex:`f`m`m;eye:`gray`blue`green]name:(enlist`jill;`tom`harry`jack;enlist`dick))
select by sex from p / ([sex:`f`m]name:`jill`jack;eye:`gray`blue)
select by sex,eye from p / ([sex:`f`m`m;eye:`gray`blue`green]name:`jill`jack`dick)
select v by x:k from g / ([x:`a`b`c]v:(10 30;20 40;enlist 50))
select s:v by 20 xbar v from g / ([v:0 20 40]s:(enlist 10;20 30;40 50))
select v,i by k from g where v>10 / ([k:`a`b`c]v:(enlist 30;20 40;enlist 50);x:(enlist 2;1 3;enlist 4))
select max v by k from g where v<0 / ([k:`symbol$()]v:`long$())
select sum v by k from e / ([k:`symbol$()]v:`long$())
select v by k from e / ([k:`symbol$()]v:())
select from (select sum v by k from g)where v>45 / ([k:`b`c]v:60 50)
select neg v by k from g / ([k:`a`b`c]v:(-10 -30;-20 -40;enlist -50))
select v-avg v by k from g / ([k:`a`b`c]v:(-10 10f;-10 10f;enlist 0f))
select v:{(),sum x}v by k from g / ([k:`a`b`c]v:(enlist 40;enlist 60;enlist 50))
select 2#v by k from g / ([k:`a`b`c]v:(10 30;20 40;50 50))
select `s#c2 from t / ([]c2:`s#10 20 30)
select "f"$c2 from t / ([]c2:10 20 30f)
select a:1 by k from g / ([k:`a`b`c]a:1 1 1)
select wavg[v;v]by k from g / ([k:`a`b`c]v:25 100 50%1 3 1)
select v wavg v by k from g / ([k:`a`b`c]v:25 100 50%1 3 1)
select med v,dev v by k from g / ([k:`a`b`c]v:20 30 50f;v1:10 10 0f)
select sum v by `z from g / ([x:enlist`z]v:enlist 150)
keys select v by k from g / enlist`k
ungroup select v by k from g / ([]k:`a`a`b`b`c;v:10 30 20 40 50)
attr key[select sum v by k from g]`k / `s
select[1]sum v by k from g / ([k:enlist`a]v:enlist 40)
select[2;>v]sum v by k from g / ([k:`b`c]v:60 50)
select n:count distinct k,distinct v by k from g / ([k:`a`b`c]n:1 1 1;v:(10 30;20 40;enlist 50))
select v by k,k from g / ([k:`a`b`c;k1:`a`b`c]v:(10 30;20 40;enlist 50))
select k by k from g / 'dup names for cols/groups k
select v wavg v,v in v,k like"a" from g / ([]v:5#5500%150;v1:11111b;k:10100b)

/ ---- keyed tables
select from kt / kt
select x from kt / ([]x:10 20 30)
select id,x from kt / ([]id:1 2 3;x:10 20 30)
select from kt where id>1 / ([id:2 3]x:20 30;y:`b`c)
select[1]from kt / ([id:enlist 1]x:enlist 10;y:enlist`a)
select sum x by y=`a from kt / ([y:01b]x:50 10)
exec x from kt / 10 20 30
exec id from kt where x>10 / 2 3
update x:0 from kt where id=2 / ([id:1 2 3]x:10 0 30;y:`a`b`c)
update z:2*x from kt / ([id:1 2 3]x:10 20 30;y:`a`b`c;z:20 40 60)
delete from kt where id=2 / ([id:1 3]x:10 30;y:`a`c)
delete x from kt / ([id:1 2 3]y:`a`b`c)
select distinct y from kt / ([]y:`a`b`c)

/ ---- exec
exec c2 from t / 10 20 30
exec c1,c2 from t / `c1`c2!(`a`b`c;10 20 30)
exec r:c2 from t / enlist[`r]!enlist 10 20 30
exec from t / `c1`c2`c3!(`c;30;3.3)
exec sum c2 from t / 60
exec first c1 from t / `a
exec c2 by c1 from t / `a`b`c!(enlist 10;enlist 20;enlist 30)
exec v by k from g / `a`b`c!(10 30;20 40;enlist 50)
exec sum v by k from g / `a`b`c!40 60 50
exec last v by k from g / `a`b`c!30 40 50
exec count i by k from g / `a`b`c!2 2 1
exec distinct k from g / `a`b`c
exec k!v from g / `a`b`a`b`c!10 20 30 40 50
exec name,distinct eye from p / `name`eye!(`tom`dick`harry`jack`jill;`blue`green`gray)
exec c2 from t where c2>100 / `long$()
exec max c2 from t where c2>100 / -0W
exec first c2 from t where c2>100 / 0N
exec c2,c1 from t where i<2 / `c2`c1!(10 20;`a`b)
exec v by k from e / (`symbol$())!()
value exec s:sum v,n:count v by k from g / ([]s:40 60 50;n:2 2 1)
exec v,k by 0b from g / ([]v:10 20 30 40 50;k:`a`b`a`b`c)
exec v by x:k from g / ([]x:`a`b`c)!(10 30;20 40;enlist 50)
exec (c1;c2)from t / (`a`b`c;10 20 30)
exec c2+c3 from t / 11.1 22.2 33.3
exec i from t where c2>10 / 1 2
exec `s#c2 from t / `s#10 20 30
exec v by k from g where v>25 / `a`b`c!(enlist 30;enlist 40;enlist 50)
exec c1 from `t / `a`b`c

/ ---- update
update c2:0 from t / ([]c1:`a`b`c;c2:0 0 0;c3:1.1 2.2 3.3)
update c4:c2*2 from t / ([]c1:`a`b`c;c2:10 20 30;c3:1.1 2.2 3.3;c4:20 40 60)
update c2:-1 from t where c1=`b / ([]c1:`a`b`c;c2:10 -1 30;c3:1.1 2.2 3.3)
update c4:1 from t where c1=`b / ([]c1:`a`b`c;c2:10 20 30;c3:1.1 2.2 3.3;c4:0N 1 0N)
update c4:1.5 from t where c1=`b / ([]c1:`a`b`c;c2:10 20 30;c3:1.1 2.2 3.3;c4:0n 1.5 0n)
update c4:`q from t where c1=`b / ([]c1:`a`b`c;c2:10 20 30;c3:1.1 2.2 3.3;c4:``q`)
update c4:"x" from t where c1=`b / ([]c1:`a`b`c;c2:10 20 30;c3:1.1 2.2 3.3;c4:" x ")
update c4:1b from t where c1=`b / ([]c1:`a`b`c;c2:10 20 30;c3:1.1 2.2 3.3;c4:010b)
update c4:2020.01.01 from t where c1=`b / ([]c1:`a`b`c;c2:10 20 30;c3:1.1 2.2 3.3;c4:0N 2020.01.01 0Nd)
update c2:c2+1,c3:c2*1.0 from t / ([]c1:`a`b`c;c2:11 21 31;c3:10 20 30f)
update c2:`x from t where c1=`b / 'type
update c2:1.5 from t where c1=`b / 'type
update c2:`x from t / ([]c1:`a`b`c;c2:`x`x`x;c3:1.1 2.2 3.3)
update c2:1 2 from t / 'length
update c2:reverse c2 from t / ([]c1:`a`b`c;c2:30 20 10;c3:1.1 2.2 3.3)
update c2:1 2 from t where c2>10 / ([]c1:`a`b`c;c2:10 1 2;c3:1.1 2.2 3.3)
update v:sum v by k from g / ([]k:`a`b`a`b`c;v:40 60 40 60 50)
update s:sums v by k from g / ([]k:`a`b`a`b`c;v:10 20 30 40 50;s:10 20 40 60 50)
update v:max v by k from g where v>10 / ([]k:`a`b`a`b`c;v:10 40 30 40 50)
update r:til count i by k from g / ([]k:`a`b`a`b`c;v:10 20 30 40 50;r:0 0 1 1 0)
update v:avg v by k from g / ([]k:`a`b`a`b`c;v:20 30 20 30 50f)
update d:deltas v by k from g / ([]k:`a`b`a`b`c;v:10 20 30 40 50;d:10 20 20 20 50)
update p:prev v by k from g / ([]k:`a`b`a`b`c;v:10 20 30 40 50;p:0N 0N 10 20 0N)
update i from t / ([]c1:`a`b`c;c2:10 20 30;c3:1.1 2.2 3.3;x:0 1 2)
update neg c2 from t / ([]c1:`a`b`c;c2:-10 -20 -30;c3:1.1 2.2 3.3)
update z:1 from e / ([]k:`symbol$();v:`long$();z:`long$())
update eye:`blue`brown`green from([]name:`tom`dick`harry) / ([]name:`tom`dick`harry;eye:`blue`brown`green)
update name:`x from p where eye=`blue / ([]name:`x`dick`x`x`jill;sex:`m`m`m`m`f;eye:`blue`green`blue`blue`gray)
u:g
update v:0 from `u / `u
u / update v:0 from g
update w:1 from `u where k=`a / `u
exec w from u / 1 0N 1 0N 0N
delete w from `u / `u
cols u / `k`v
delete from `u where k=`a / `u
count u / 3
delete from `u / `u
u / 0#g

/ ---- delete
delete from t where c1=`c / ([]c1:`a`b;c2:10 20;c3:1.1 2.2)
delete c2 from t / ([]c1:`a`b`c;c3:1.1 2.2 3.3)
delete c1,c3 from t / ([]c2:10 20 30)
delete from t / 0#t
delete nosuch from t / 'nosuch
delete from t where c2>10,c3<3 / ([]c1:`a`c;c2:10 30;c3:1.1 3.3)
delete from t where 0b / t
delete b from `a`b`c!til 3 / `a`c!0 2
delete a,c from `a`b`c!til 3 / (enlist`b)!enlist 1
dd:`a`b`c!til 3
delete b from `dd / `dd
dd / `a`c!0 2
zz1:1
delete zz1 from `. / `.
zz1 / 'zz1
.zzn.a:1
.zzn.b:2
delete a from `.zzn / `.zzn
1_key .zzn / enlist`b

/ ---- dictionaries
exec a from `a`b!(1 2 3;4 5 6) / 1 2 3
update a:10 from `a`b!1 2 / `a`b!10 2
update c:a+b from `a`b!1 2 / `a`b`c!1 2 3

/ ---- fby
(sum;4 9 2 7 0 1 9 2 1 8)fby`a`b`a`b`c`d`c`d`d`a / 14 16 14 16 9 4 9 4 4 14
(sum;2 5 4 1 7)fby"abbac" / 3 9 9 3 7
(first;2 5 4 1 7)fby"abbac" / 2 5 5 2 7
(last;2 5 4 1 7)fby"abbac" / 1 4 4 1 7
(max;2 5 4 1 7)fby 0 0 1 1 1 / 5 5 7 7 7
(avg;2 5 4 1 7)fby 00111b / 3.5 3.5 4 4 4
(count;`a`b`c)fby 1 1 2 / 2 2 1
(avg;2 5 4)fby([]a:`x`x`y;b:1 1 1) / 3.5 3.5 4
(sum;1 2 3)fby([]a:1 1 1;b:1 2 1) / 4 2 4
(::;1 2 3)fby 1 1 2 / 1 2 3
(reverse;1 2 3)fby 1 1 2 / 2 1 3
(sums;1 2 3 4)fby 1 2 1 2 / 1 2 4 6
({x=max x};1 5 3 4)fby 1 1 2 2 / 0101b
(sum;`long$())fby`symbol$() / `long$()
select from g where v=(max;v)fby k / ([]k:`a`b`c;v:30 40 50)
select from g where v>(avg;v)fby k / ([]k:`a`b;v:30 40)
select from g where 1<(count;i)fby k / ([]k:`a`b`a`b;v:10 20 30 40)
select from g where i=(last;i)fby k / ([]k:`a`b`c;v:30 40 50)
select from g where k<>`c,v=(min;v)fby k / ([]k:`a`b;v:10 20)
select from g where v=(max;v)fby([]k;v>15) / ([]k:`a`a`b`c;v:10 30 40 50)
select k,m:(max;v)fby k from g / ([]k:`a`b`a`b`c;m:30 40 30 40 50)
update m:(sum;v)fby k from g / ([]k:`a`b`a`b`c;v:10 20 30 40 50;m:40 60 40 60 50)
select sum v by k from g where 20<(avg;v)fby k / ([k:`b`c]v:60 50)
gl:update lmt:0.5*sum v by k from g
select from gl where({exec lmt>=sums v from x};([]v;lmt))fby k / ([]k:`a`b;v:10 20;lmt:20 30f)

/ ---- sort and combine
`k xasc`v xdesc g / ([]k:`a`a`b`b`c;v:30 10 40 20 50)
(select from t),select from t / ([]c1:`a`b`c`a`b`c;c2:10 20 30 10 20 30;c3:1.1 2.2 3.3 1.1 2.2 3.3)
exec c1 from`c2 xdesc t / `c`b`a

/ ---- Cond is no part of a phrase
cu:([]a:raze("ref/";"kb/"),\:/:"abc";b:til 6)
select from cu where a like $[1b;"ref/*";"kb/*"] / 'rank
select $[1b;a;b] from cu / 'rank
update b:$[1b;1;2] from cu / 'rank
select from cu where a like{$[x;"ref/*";"kb/*"]}1b / ([]a:("ref/a";"ref/b";"ref/c");b:0 2 4)
select from $[1b;cu;0#cu] where b<1 / 1#cu
select r:?[b>3;`hi;`lo] from cu / ([]r:`lo`lo`lo`lo`hi`hi)
