/ Cond, if, do, eval, reval, identity, deal, exec, delete, fby, like, case, time zones, environment.
near:{1e-6>max abs x-y}

/ ---- cond
$[0b;`true;`false] / `false
$[1b;`true;`false] / `true
$[1b;`true;xnever:`false] / `true
xnever / 'xnever
$[0;1;1;2;3] / 2
$[0;1;0;2;3] / 3
{$[x>0;1;x<0;-1;0]}'[0 3 -9] / 0 1 -1
$[1b;`true;1b;`foo] / `true
$[0b;`true;1b;`foo] / `foo
$[0b;`true;0b;`foo]~(::) / 1b
$[5;`a;`b] / `a
$[0n;`a;`b] / `a
$[0x00;`a;`b] / `b
$["\000";`a;`b] / `b
$["a";`a;`b] / `a
$[0D;`a;`b] / `b
$[2000.01.01;`a;`b] / `b
$[`a;1;2] / 'type
$[();1;2] / 'type
$[01b;1;2] / 'type
$[1b;{x+1};{x-1}]5 / 6
$[1b;[ca:1;cb:2;ca+cb];0] / 3
{[x]$[x;y:5;y:6];y}1b / 5

/ ---- if, do, while
a:100
r:""
if[a>10;a:20;r:"true"]
a / 20
r / "true"
if[a>100;r:"no"]
r / "true"
enlist if[1b;5] / enlist(::)
enlist do[2;5] / enlist(::)
enlist while[0b;5] / enlist(::)
r:()
t:2*asin 1
do[7;r,:q:floor t;t:reciprocal t-q]
r / 3 7 15 1 292 1 1
n:0
do[0;n:9]
n / 0
do[3;n+:2]
n / 6
while[n>0;n-:4]
n / -2
if[`a;1] / 'type
if[01b;1] / 'type
do[`a;1] / 'type
do[1.5;n:1] / 'type
{if[x<0;:`neg];`pos}each -1 1 / `neg`pos
{i:0;while[i<x;i+:1;if[i=3;:i]];0}10 / 3
{s:0;do[x;s+:x];s}4 / 16
{[x]if[type[x]<0;:x];count x}each(5;1 2 3) / 5 3

/ ---- eval, reval
eval parse"2+3" / 5
eval(+;2;3) / 5
parse"2+3" / (+;2;3)
eval parse"(til 5;`a)" / (til 5;`a)
eval(sum;(til;5)) / 10
eval(*;(+;1;2);3) / 9
eval`a / a
eval enlist`a / `a
eval enlist`a`b / `a`b
eval 5 / 5
eval"abc" / "abc"
eval(enlist;1;2) / 1 2
eval(`neg;5) / -5
eval({x+y};1;2) / 3
eval(:;`ev1;42) / 42
ev1 / 42
eval(set;enlist`ev2;7) / `ev2
ev2 / 7
eval parse"{x*x}each 1 2 3" / 1 4 9
eval parse"select from ([]a:1 2) where a>1" / ([]a:enlist 2)
eval(?;([]a:1 2 3);enlist enlist(>;`a;1);0b;()) / ([]a:2 3)
eval(first;(enlist;`a;1)) / 20
eval parse"$[1b;2;3]" / 2
eval parse"a:3;a+1" / 4
reval(+;2;3) / 5
reval parse"count til 5" / 5
reval(value;"1+2") / 3
reval(set;enlist`ev3;7) / 'noupdate
reval parse"ev3:1" / 'noupdate

/ ---- identity
(::)1 2 / 1 2
::[5] / 5
(::)~(::) / 1b
type(::) / 101h
null(::) / 1b
x:(::;1;2)
x,:`a
x / (::;1;2;`a)
(1;2;3)~1 2 3 / 1b

/ ---- deal: what does not depend on the generator
count 5?10 / 5
all(1000?10)within 0 9 / 1b
asc distinct 1000?3 / 0 1 2
asc -10?10 / til 10
count distinct -5?20 / 5
all(-5?20)within 0 19 / 1b
asc 0N?10 / til 10
asc 0N?5 4 2 / 2 4 5
asc 0N?"abc" / "abc"
count 0N?("the";1 2 4;`ibm`goog) / 3
type 5?4.5 / 9h
all(100?4.5)within 0 4.5 / 1b
type 3?2012.09m / 13h
type 5?" " / 10h
all(100?" ")in .Q.a / 1b
type 4?0x0 / 4h
type 4?0b / 1h
type 3?0Ng / 2h
count distinct -100?0Ng / 100
type 3?`3 / 11h
all 3=count each string 20?`3 / 1b
all raze[string 50?`5]in 16#.Q.a / 1b
type 3?0i / 6h
type 3?0 / 7h
type 3?5h / 5h
type 3?0D01 / 16h
all(100?0D01)within 0D00 0D01 / 1b
type 3?12:00 / 17h
all(50?2000.01.10)within 2000.01.01 2000.01.09 / 1b
all(5?`a`b`c)in`a`b`c / 1b
(asc -3?`a`b`c)~`a`b`c / 1b
type 2?("a";0101b;`abc) / 0h
0?10 / 0#0
0?`a`b / 0#`
5?enlist 7 / 7 7 7 7 7
-2?`bye`bye / `bye`bye
-6?5 / 'length
-4?`a`b`c / 'length
-3?1.5 / 'type
-2?0b / 'type
3?-1 / 'domain
rand 1 / 0
type rand 10 / -7h
(rand `a`b)in`a`b / 1b
system"S 42"
g1:10?1000
system"S 42"
g1~10?1000 / 1b

/ ---- exec
sp:([]s:`s1`s1`s2`s4;p:`p1`p2`p1`p2;qty:300 200 400 100)
exec from sp / `s`p`qty!(`s4;`p2;100)
exec qty from sp / 300 200 400 100
exec amount:qty from sp / (enlist`amount)!enlist 300 200 400 100
exec (qty;s) from sp / (300 200 400 100;`s1`s1`s2`s4)
exec qty,s from sp / `qty`s!(300 200 400 100;`s1`s1`s2`s4)
exec sum qty by s from sp / `s1`s2`s4!500 400 100
exec q:sum qty by s from sp / `s1`s2`s4!([]q:500 400 100)
exec sum qty by s:s from sp / ([]s:`s1`s2`s4)!500 400 100
exec qty,s by 0b from sp / ([]qty:300 200 400 100;s:`s1`s1`s2`s4)
exec q:sum qty by s:s from sp / ([s:`s1`s2`s4]q:500 400 100)
exec distinct s from sp / `s1`s2`s4
exec distinct s,p from sp / `s`p!(`s1`s2`s4;`p1`p2`p1`p2)
exec name,distinct eye from ([]name:`tom`dick`jack;eye:`blue`green`blue) / `name`eye!(`tom`dick`jack;`blue`green)
exec first qty from sp where s=`s2 / 400
exec qty from sp where s=`none / 0#0
exec max qty,min qty from sp / `qty`qty1!400 100
exec count i from sp / 4
exec i from sp where qty>150 / 0 1 2
exec s!qty from sp where p=`p1 / `s1`s2!300 400
exec qty by s from sp / `s1`s2`s4!(300 200;enlist 400;enlist 100)
exec qty by s,p from sp where s=`s1 / ([]s:`s1`s1;p:`p1`p2)!(enlist 300;enlist 200)
exec a from ([k:1 2]a:3 4) / 3 4
exec k from ([k:1 2]a:3 4) / 1 2
exec from `a`b!1 2 / `a`b!1 2

/ ---- delete
t:([]a:`a`b`c;n:1 2 3)
delete from t where a=`c / ([]a:`a`b;n:1 2)
delete n from t / ([]a:`a`b`c)
delete from t / ([]a:0#`;n:0#0)
delete a,n from ([]a:1 2;n:3 4;z:5 6) / ([]z:5 6)
delete from t where n>1,a=`c / ([]a:`a`b;n:1 2)
t / ([]a:`a`b`c;n:1 2 3)
delete from `t where n=1 / `t
t / ([]a:`b`c;n:2 3)
delete n from `t / `t
t / ([]a:`b`c)
d:`a`b`c!til 3
delete b from d / `a`c!0 2
delete b from `d / `d
d / `a`c!0 2
delete from ([k:`a`b]v:1 2) where k=`a / ([k:enlist`b]v:enlist 2)
delete v from ([k:`a`b]v:1 2;w:3 4) / ([k:`a`b]w:3 4)
gone:1
delete gone from `. / `.
gone / 'gone
.dl.a:1
.dl.b:2
delete a from `.dl / `.dl
`a in key .dl / 0b
delete zz from ([]a:1 2) / 'zz

/ ---- fby
dat:4 9 2 7 0 1 9 2 1 8
grp:`a`b`a`b`c`d`c`d`d`a
(sum;dat)fby grp / 14 16 14 16 9 4 9 4 4 14
(first;2 5 4 1 7)fby "abbac" / 2 5 5 2 7
(count;til 5)fby 1 1 2 2 2 / 2 2 3 3 3
(max;1 5 2)fby ([]x:1 1 2;y:`a`a`b) / 5 5 2
({x-avg x};1 3 5f)fby `a`a`b / -1 1 0f
(rank;30 10 20)fby 1 1 1 / 2 0 1
(sum;0#0)fby 0#` / 0#0
({exec sums q from x};([]q:1 2 3;l:4 5 6))fby `a`b`a / 1 2 4
select from sp where qty>(avg;qty)fby s / ([]s:enlist`s1;p:enlist`p1;qty:enlist 300)
select from sp where qty=(max;qty)fby p / ([]s:`s2`s1;p:`p1`p2;qty:400 200) 1 0
exec s from sp where 1<(count;i)fby s / `s1`s1
(sum;1 2 3)fby 1 2 / 'length

/ ---- like, lower, upper
`quick like "qu?ck" / 1b
`brown like "br[ao]wn" / 1b
`quickly like "quick*" / 1b
`quick like "quick" / 1b
`quick like "quickish" / 0b
`brawn`brown like "br[^o]wn" / 10b
(`a`b`c!`quick`brown`fox)like "brown" / `a`b`c!010b
("ab";"abc";"b")like "ab*" / 110b
"abc" like "*" / 1b
"" like "*" / 1b
"" like "?" / 0b
"a" like "a" / 1b
"abc" like "abc*" / 1b
"abc" like "*c" / 1b
"abc" like "*b*" / 1b
"abc" like "a?c" / 1b
"a*c" like "a[*]c" / 1b
"abc" like "a[*]c" / 0b
"a5" like "a[0-9]" / 1b
"ax" like "a[^0-9]" / 1b
"abc" like "ab" / 0b
"ABC" like "abc" / 0b
"a]c" like "a]c" / 1b
"[]" like "[[]]" / 1b
(`$())like "a" / `boolean$()
1 like "1" / 'type
"abc" like `abc / 'type
lower "IBM" / "ibm"
upper "ibm1é" / "IBM1é"
lower `IBM`Goog / `ibm`goog
upper (`The;(`quick`brown;(`fox;`jumps`over));`a) / (`THE;(`QUICK`BROWN;(`FOX;`JUMPS`OVER));`A)
lower ("AB";"C") / ("ab";"c")
lower `a`b!("AB";"CD") / `a`b!("ab";"cd")
lower "" / ""
upper "a" / "A"
upper ([]a:`x`y) / ([]a:`X`Y)
lower 1 / 'type

/ ---- gtime, ltime, getenv, setenv, hsym, csv
system"o 60"
gtime 2020.01.01D12 / 2020.01.01D11
ltime 2020.01.01D12 / 2020.01.01D13
gtime 2020.01.01T12:00:00.000 / 2020.01.01T11:00:00.000
ltime gtime 2020.06.01D00 / 2020.06.01D00
gtime 2020.01.01D12 0Np / 2020.01.01D11 0Np
gtime 5 / 'type
system"o 0"
gtime 2020.01.01D12 / 2020.01.01D12
system"o 0N"
getenv `NOSUCHVARIABLE1 / ""
`QLTEST setenv "value 1"
getenv `QLTEST / "value 1"
system"echo $QLTEST" / enlist"value 1"
getenv "QLTEST" / 'type
`QLTEST setenv 5 / 'type
hsym `abc / `:abc
hsym `:abc / `:abc
hsym `host:port`localhost:8001 / `:host:port`:localhost:8001
hsym `abc`:def`::ghi / `:abc`:def`::ghi
hsym `10.43.23.197 / `:10.43.23.197
hsym "abc" / 'type
csv / ","
