/ pattern matching (basics/pattern.md, releases/ChangesIn4.1.md) and dictionary literals
/ assignment
(pa;pb):2 3
pa / 2
pb / 3
pc:(pa;:1+):1 2
pa / 1
pc / 1 3
(pa):1 3
pa / 1 3
(pa[1]):4
pa / 1 4
(pa[0];pb):10 11
pa / 10 4
pb / 11
/ null
(pa;pb;):1 2 3
pb / 2
(pa;pb;):1 2 / 'length
(1b;;px):(1b;`anything;1 2 3)
px / 1 2 3
/ constants
(1):1
(`a):`a
(1 2):1 2
(1):2 / 'match
(1 2):1 3 / 'match
/ lists
(pa;pb):2 3 4 / 'length
(pa;pb;3):2 3 4 / 'match
(pa;pb):5 / 'type
(pa;pb):([]colA:1 2;colB:3 4)
pa / `colA`colB!1 3
pb / `colA`colB!2 4
((pa;pb);pc):(1 2;3)
(pa;pb;pc) / 1 2 3
/ nothing is assigned where something does not match
py:`before
(py;1b):(`after;0b) / 'match
py / `before
(py;:{'x}):("after";"bad") / 'bad
py / `before
/ dictionaries
(1 2!(one;two)):1 2!"ab"
one,two / "ab"
(1 2!(one;two)):3 2 1!"cba"
one,two / "ab"
(1 2!(one;two)):1 3!"ac" / 'match
([four:pd]):`one`two`three`four`five!1 2 3 4 5
pd / 4
([one:;four:pd]):`one`two`three`four`five!10 2 3 40 5
pd / 40
([six:;four:pd]):`one`two`three`four`five!1 2 3 4 5 / 'match
([one;two]):`two`one!20 10
one,two / 10 20
([one]):5 / 'type
(pa!pb):1 2!"ab"
pa / 1 2
pb / "ab"
(pa!):1 2!3 4
pa / 1 2
(pa!pb):1 2 / 'type
/ tables
([]cc:pe):([]aa:1 2;bb:3 4;cc:5 6)
pe / 5 6
([]x2:pe):([]1 2;3 4;5 6)
pe / 5 6
([k1:pf]cc:pe):([k1:7 8]aa:1 2;bb:3 4;cc:50 60)
pf / 7 8
pe / 50 60
([]dd:pe):([]aa:1 2;bb:3 4) / 'match
([]aa:pe):`aa`bb!1 2 / 'type
(flip([pa;pb])):([]pa:1 2;pb:3 4)
pa / 1 2
pb / 3 4
/ type checks
(:`f):3f
(:`f):3e / 'type
((pa;pb):`F):3 4f
pa / 3f
pb / 4f
((pa;pb):`F):3 4e / 'type
(surname:`s):`simpson
(name:`s;age:`h):(`homer;38h)
(name:`s;age:`h):(`marge;36.5) / 'type
name,surname / `homer`simpson
(pa:`J):1 2
(pa:`j):1 2 / 'type
/ filter functions
(pa:3+):4
pa / 7
(pa;pb:10+;pc:100+):1 2 3
pa,pb,pc / 1 12 103
pd:([a:pa;b:pb:neg]):`a`b`c!1 2 3
pd / `a`b`c!1 -2 3
pb / -2
addv:{([v:(;:x+;:(x*10)+)]):y}
addv[10;([k:`hello;v:1 2 3])] / `k`v!(`hello;1 12 103)
/ parameters
{[(a;b);c]a+b+c}[1 2;3] / 6
{[x;]x}[3;4] / 3
{[;y]y}[3;4] / 4
{[;y]y}[3;4;5] / 'rank
fluxCapacitor:{[(src:`j;dst:`j);speed:`f]$[speed<88;src;dst]}
fluxCapacitor[1955 1985]87.9 / 1955
fluxCapacitor[1955 1985]88.1 / 1985
fluxCapacitor[1955 1985]88 / 'type
tempCheck:{$[x<0;'"too cold";x>40;'"too hot";x]}
c2f:{[x:tempCheck]32+1.8*x}
c2f 20 / 68f
c2f -4.5 / 'too cold
c2f 42.8 / 'too hot
chkVals:{$[any null x:"J"$","vs x;'`badData;x]}
{[x:chkVals]sum x}"1,1,2,3,5,8" / 20
{[x:chkVals]sum x}"8,4,2,1,0.5" / 'badData
{(a;b):x;a,b}(1;`two) / (1;`two)
{[(p;(q;r))]p,q,r}(1;2 3) / 1 2 3
/ names of a pattern in a function are local
{(pa;pb):x;pa+pb}1 2 / 3
pb / -2
/ pattern conditional
:[1f;r:`f;"float";r:`i;"int";"other"] / "float"
r / 1f
:[1i;r:`f;"float";r:`i;"int";"other"] / "int"
r / 1i
:[1;r:`f;"float";r:`i;"int";"other"] / "other"
:[1 2;(a;b);a+b;0] / 3
:[1 2 3;(a;b);a+b;(a;b;c);a*b+c;0] / 5
{:[x;();0;(h;);h;`none]}each(();1 2;1 2 3) / (0;1;`none)
:[5;:{'`bad};1;2] / 'bad
/ only the result of the pattern that fits is evaluated
:[1;2;'`no;1;`yes;'`no] / `yes
/ dictionary literals
([aaa:123]) / enlist[`aaa]!enlist 123
([a:1;b:`two]) / `a`b!(1;`two)
([0;1;2]) / `x`x1`x2!0 1 2
([k1:;k2:])[1;"a"] / `k1`k2!(1;"a")
pd:([a:101;b:])
pd 102 / `a`b!101 102
pd each`AA`BB`CC / ([]a:101 101 101;b:`AA`BB`CC)
type pd / 104h
pa:1;pb:2
([pa;pb]) / `pa`pb!1 2
