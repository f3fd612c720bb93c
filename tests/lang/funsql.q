/ Functional qSQL: ?[t;c;b;a] in ranks three to six, ![t;c;b;a].
t:([]c1:`a`b`a`c`a`b`c;c2:10*1+til 7;c3:1.1*1+til 7)
n:([]n:`x`y`x`z`z`y;p:0 15 12 20 25 14)
d:([]c1:`a`b`a`c`b`c;c2:1 1 1 2 2 2;c3:10 20 30 40 50 60)
r:([]c1:`a`b`c`a;c2:10 20 30 40)
x:([]c1:`a`b`c`c`a`a;c2:10 20 30 30 40 40;c3:1.1 2.2 3.3 3.3 4.4 3.14159;c4:`cow`sheep`cat`dog`cow`dog)
s:([]a:1 2 3;b:4 5 6;c:7 9 0)
k:([id:`a`b`c]v:1 2 3)

/ ---- select
?[t;();0b;()] / t
?[`t;();0b;()] / t
?[t;((>;`c2;35);(in;`c1;enlist`b`c));0b;()] / ([]c1:`c`b`c;c2:40 60 70;c3:1.1*4 6 7)
?[t;enlist(=;`c1;enlist`b);0b;()] / ([]c1:`b`b;c2:20 60;c3:1.1*2 6)
?[n;((>;`p;0);(in;`n;enlist`x`y));(enlist`name)!enlist`n;`m`s!((max;`p);(sum;`p))] / ([name:`x`y]m:12 15;s:12 29)
?[n;();0b;(enlist`n)!enlist`n] / select n from n
?[n;();0b;`a`b!(`p;(+;`p;1))] / ([]a:0 15 12 20 25 14;b:1 16 13 21 26 15)
?[n;();(enlist`n)!enlist`n;()] / ([n:`x`y`z]p:12 14 25)
?[n;();(enlist`n)!enlist`n;(enlist`p)!enlist`p] / ([n:`x`y`z]p:(0 12;15 14;20 25))
?[n;();`a`b!(`n;(>;`p;14));(enlist`c)!enlist(count;`i)] / ([a:`x`y`y`z;b:0011b]c:2 1 1 2)
?[d;();1b;`c1`c2!`c1`c2] / ([]c1:`a`b`c`b;c2:1 1 2 2)
?[d;();1b;()] / d
?[d,d;();1b;()] / d
?[d;();1b;(enlist`c1)!enlist`c1] / ([]c1:`a`b`c)
?[k;();0b;()] / k
?[k;enlist(>;`v;1);0b;()] / ([id:`b`c]v:2 3)
?[n;enlist(=;`i;2);0b;()] / ([]n:enlist`x;p:enlist 12)
?[n;enlist(in;`i;0 1);0b;()] / 2#n
?[n;enlist 110000b;0b;()] / 2#n
?[n;enlist({x>20};`p);0b;()] / ([]n:enlist`z;p:enlist 25)
?[n;enlist(not;(<;`p;20));0b;()] / ([]n:`z`z;p:20 25)
?[n;enlist(&;(>;`p;12);(<;`p;15));0b;()] / ([]n:enlist`y;p:enlist 14)
?[n;enlist(like;`n;"[xy]");0b;()] / ([]n:`x`y`x`y;p:0 15 12 14)
?[n;enlist(=;`p;(fby;(enlist;max;`p);`n));0b;()] / ([]n:`y`x`z;p:15 12 25)
?[n;();0b;(enlist`r)!enlist({x+y};`p;`i)] / ([]r:0 16 14 23 29 19)
?[n;();0b;(enlist`r)!enlist(?;(>;`p;14);enlist`hi;enlist`lo)] / ([]r:`lo`hi`lo`hi`hi`lo)
?[n;();0b;(enlist`r)!enlist(enlist`q)] / ([]r:enlist`q)
?[n;();0b;(enlist`r)!enlist 5] / ([]r:enlist 5)
?[n;();0b;`n`r!(`n;5)] / ([]n:`x`y`x`z`z`y;r:5 5 5 5 5 5)
?[t;();0b;(enlist`v)!enlist(sum;(*;`c2;2))] / ([]v:enlist 560)
?[n;();0b;(enlist`v)!enlist(xbar;10;`p)] / ([]v:0 10 10 20 20 10)
?[n;();0b;(enlist`v)!enlist(%;(sum;`p);(count;`p))] / ([]v:enlist 86%6)
glob:12
?[n;enlist(=;`p;`glob);0b;()] / ([]n:enlist`x;p:enlist 12)
?[n;enlist(=;`nope;1);0b;()] / 'nope
?[n;();0b;(enlist`q)!enlist`nope] / 'nope

/ ---- limits
?[r;();0b;();-2] / ([]c1:`c`a;c2:30 40)
?[r;();0b;();1 2] / ([]c1:`b`c;c2:20 30)
?[r;();0b;();2] / ([]c1:`a`b;c2:10 20)
?[r;();0b;();0W] / r
?[r;();0b;();0] / 0#r
?[r;enlist(>;`c2;10);0b;();1] / ([]c1:enlist`b;c2:enlist 20)
?[r;();0b;`c1`c2!`c1`c2;0W;(idesc;`c1)] / ([]c1:`c`b`a`a;c2:30 20 10 40)
?[r;();0b;();2;(idesc;`c2)] / ([]c1:`a`c;c2:40 30)
?[r;();0b;();-1;(iasc;`c2)] / ([]c1:enlist`a;c2:enlist 40)
?[r;();0b;();1 2;(idesc;`c2)] / ([]c1:`c`b;c2:30 20)
?[r;();(enlist`c1)!enlist`c1;(enlist`c2)!enlist(sum;`c2);2] / ([c1:`a`b]c2:50 20)

/ ---- exec
?[x;();();()] / `c1`c2`c3`c4!(`a;40;3.14159;`dog)
?[x;();();`c1] / `a`b`c`c`a`a
?[x;();();`one`two!`c1`c2] / `one`two!(`a`b`c`c`a`a;10 20 30 30 40 40)
?[x;();();`one`two!(`c1;(sum;`c2))] / `one`two!(`a`b`c`c`a`a;170)
?[x;();();(sum;`c2)] / 170
?[x;();();(distinct;`c1)] / `a`b`c
?[x;();();(enlist`s)!enlist(sum;`c2)] / (enlist`s)!enlist 170
?[x;enlist(=;`c1;enlist`b);();`c2] / enlist 20
?[x;();`c1;`c2] / `a`b`c!(10 40 40;enlist 20;30 30)
?[x;();`c1;(max;`c2)] / `a`b`c!40 20 30
value ?[x;();`c1;(enlist`c2)!enlist`c2] / ([]c2:(10 40 40;enlist 20;30 30))
value ?[x;();`c1;`m2`s3!((max;`c2);(count;`c3))] / ([]m2:40 20 30;s3:3 1 2)
?[x;();`c1`c2;`c3] / (enlist`)!enlist 1.1 2.2 3.3 3.3 4.4 3.14159
?[x;();`one`two!`c1`c2;()] / ([one:`a`a`b`c;two:10 40 20 30]c1:`a`a`b`c;c2:10 40 20 30;c3:1.1 3.14159 2.2 3.3;c4:`cow`dog`sheep`dog)
?[x;();(enlist`one)!enlist(string;`c1);()] / ([one:enlist each"abc"]c1:`a`b`c;c2:40 20 30;c3:3.14159 2.2 3.3;c4:`dog`sheep`dog)
?[x;();(enlist`one)!enlist`c1;`c2] / ([]one:`a`b`c)!(10 40 40;enlist 20;30 30)
?[x;();`one`four!`c1`c4;`m2`s3!((max;`c2);(sum;`c2))] / ([one:`a`a`b`c`c;four:`cow`dog`sheep`cat`dog]m2:40 40 20 30 30;s3:50 40 20 30 30)
?[k;();();`v] / 1 2 3
?[k;();`id;`v] / `a`b`c!(enlist 1;enlist 2;enlist 3)

/ ---- simple exec
?[s;0 1 2;`a] / 1 2 3
?[s;0 1 2;`b] / 4 5 6
?[s;0 1 2;(last;`a)] / 3
?[s;0 1;(last;`a)] / 2
?[s;0 1 2;(*;(min;`a);(avg;`c))] / 16%3
?[s;2 0;`b] / 6 4
?[s;enlist 1;(sum;`c)] / 9
?[s;1 2;(+;`a;`b)] / 7 9
?[s;`long$();`a] / `long$()

/ ---- update
![n;enlist(>;`p;0);(enlist`n)!enlist`n;(enlist`p)!enlist(max;`p)] / ([]n:`x`y`x`z`z`y;p:0 15 12 25 25 15)
![n;();0b;(enlist`p)!enlist(neg;`p)] / ([]n:`x`y`x`z`z`y;p:neg 0 15 12 20 25 14)
![n;();0b;(enlist`q)!enlist 1] / ([]n:`x`y`x`z`z`y;p:0 15 12 20 25 14;q:6#1)
![n;();0b;(enlist`q)!enlist enlist`u] / ([]n:`x`y`x`z`z`y;p:0 15 12 20 25 14;q:6#`u)
![n;enlist(=;`n;enlist`x);0b;(enlist`p)!enlist 99] / ([]n:`x`y`x`z`z`y;p:99 15 99 20 25 14)
![n;();0b;`n`p!`p`n] / ([]n:0 15 12 20 25 14;p:`x`y`x`z`z`y)
![k;();0b;(enlist`w)!enlist(*;2;`v)] / ([id:`a`b`c]v:1 2 3;w:2 4 6)
u:n
![`u;();0b;(enlist`p)!enlist 0] / `u
u`p / 6#0

/ ---- delete
y:([]c1:`a`b`c;c2:`x`y`z)
![y;();0b;enlist`c2] / ([]c1:`a`b`c)
![y;enlist(=;`c2;enlist`y);0b;`symbol$()] / ([]c1:`a`c;c2:`x`z)
![y;();0b;`symbol$()] / 0#y
![t;();0b;`c1`c3] / ([]c2:10*1+til 7)
![k;enlist(=;`v;2);0b;`symbol$()] / ([id:`a`c]v:1 3)
![`a`b`c!1 2 3;();0b;enlist`b] / `a`c!1 3
![`y;enlist(=;`c1;enlist`a);0b;`symbol$()] / `y
y / ([]c1:`b`c;c2:`y`z)
.fnsp.a:1
.fnsp.b:2
![`.fnsp;();0b;enlist`a] / `.fnsp
1_key`.fnsp / enlist`b

/ ---- parse and the forms it gives
parse"select n from t" / (?;`t;();0b;(enlist`n)!enlist`n)
parse"select from t" / (?;`t;();0b;())
parse"select c2:2*c2 from t where c1=`c" / (?;`t;enlist enlist(=;`c1;enlist`c);0b;(enlist`c2)!enlist(*;2;`c2))
parse"select sym,price,size from trade where price>50" / (?;`trade;enlist enlist(>;`price;50);0b;`sym`price`size!`sym`price`size)
parse"exec c1 from t" / (?;`t;();();enlist`c1)
parse"exec c1,c2 from t" / (?;`t;();();`c1`c2!`c1`c2)
parse"update c1:0 from t" / (!;`t;();0b;(enlist`c1)!enlist 0)
parse"delete c1 from t" / (!;`t;();0b;enlist enlist`c1)
parse"delete from t where c1=1" / (!;`t;enlist enlist(=;`c1;1);0b;`symbol$())
parse"select distinct a from t" / (?;`t;();1b;(enlist`a)!enlist`a)
parse"select a by b from t" / (?;`t;();(enlist`b)!enlist`b;(enlist`a)!enlist`a)
parse"select[3]from t" / (?;`t;();0b;();3)
parse["select[10;<price] from trade"]6 / enlist(<:;`price)
parse["select[10 20] from trade"]5 / 10 20
parse"exec sum a by b from t" / (?;`t;();enlist`b;enlist(sum;`a))
parse"exec a by 0b from t" / (?;`t;();0b;(enlist`a)!enlist`a)
count parse"select[3;>a]from t" / 7
parse"select a from t where b>1,c<2" / (?;`t;enlist((>;`b;1);(<;`c;2));0b;(enlist`a)!enlist`a)
eval parse"select from n where p>14" / ([]n:`y`z`z;p:15 20 25)
(eval parse"exec p from n")~n`p / 1b
eval parse"select max p by n from n" / ([n:`x`y`z]p:12 15 25)
str:"select sum c2 by c1 from x where c3>2"
value[str]~value eval each parse str / 1b
value[str]~value@[parse str;2 3 4;eval] / 1b
eval(?;n;();0b;()) / n
eval(?;n;enlist enlist(>;`p;14);0b;()) / ([]n:`y`z`z;p:15 20 25)
