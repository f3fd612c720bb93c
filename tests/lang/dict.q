/ dict
d:`a`b`c!1 2 3
d`b / 2
d`b`z / 2 0N
key d / `a`b`c
value d / 1 2 3
type d / 99h
count ()!() / 0
(`a`b)!(1;`x) / `a`b!(1;`x)
`a`b!1 2 3 / 'length
value 7 8i!`hdb / `hdb
key 7 8i!`hdb / 7 8i
count 7 8i!`hdb / 2
1!2 / 'type
1 2!`x`y / 1 2!`x`y
kt:2!([]name:`Tom`Jo`Tom; city:`NYC`LA`Lagos; eye:`green`blue`brown; sex:`m`f`m)
ku:([]name:`Tom`Jo`Tom; city:`NYC`LA`Lagos)!([]eye:`green`blue`brown; sex:`m`f`m)
kt~ku / 1b
0!kt / ([]name:`Tom`Jo`Tom; city:`NYC`LA`Lagos; eye:`green`blue`brown; sex:`m`f`m)
2!([]a:1 2 3;b:10 20 30;c:`x`y`z) / ([a:1 2 3;b:10 20 30]c:`x`y`z)
t:([a:1 2 3]b:10 20 30;c:`x`y`z)
0!t / ([]a:1 2 3;b:10 20 30;c:`x`y`z)
0!`t / `t
t / ([]a:1 2 3;b:10 20 30;c:`x`y`z)
1!`t / `t
keys t / enlist `a
3!0!t / 'length
1!1 2 3 / 'type
([]a:1 2)!([]b:3 4 5) / 'length
/ enumeration
x:`a`b`c`d
`x!1 2 3 / `x$`b`c`d
value `x!1 2 3 / `b`c`d
`x!0 / `x$`a
key `x!1 2 / `x
type `x!1 2 / 20h
/ key
key `a`b!1 2 / `a`b
D:`q`w`e!(1 2;3 4;5 6)
key `D / `q`w`e
K:([s:`q`w`e]g:1 2 3;h:4 5 6)
key K / ([]s:`q`w`e)
key each ("abc";101b;1 2 3h;1 2 3i;1 2 3;1 2 3f) / `char`boolean`short`int`long`float
key 0#5 / `long
key 10 / 0 1 2 3 4 5 6 7 8 9
ids:`a`b`c
key `ids$`a`c / `ids
key `notdefinedatall / ()
key `x / `x
f:([f:1 2 3]v:`a`b`c)
key `f$3 2 / `f
/ value
value `q`w`e!(1 2;3 4;5 6) / (1 2;3 4;5 6)
a:1 2 3
value `a / 1 2 3
e:`a`b`c
value `e$`a`a`c`b / `a`a`c`b
value "enlist a:til 5" / enlist 0 1 2 3 4
value "iasc 2 7 3 1" / 3 0 2 1
value (+;1;2) / 3
value ("{x+y}";1;2) / 3
value (`.q.neg;2) / -2
value (1 2 3;1) / 2
value "2+3" / 5
get "2+3" / 5
value `nosuchname / 'nosuchname
value each (::;+;-;*;%) / 0 1 2 3 4
(value +[2])1 / 2
(value {[a;b]c:a*b;c+e})1 / `a`b
(value {[a;b]c:a*b;c+e})2 / enlist `c
(value {[a;b]c:a*b;c+e})3 / ``e
last value {[a;b]c:a*b;c+e} / "{[a;b]c:a*b;c+e}"
value ([k:1 2]a:3 4) / ([]a:3 4)
value 1b / 'type
/ keys, cols, xcol, xcols, xkey
keys ([]a:1 2) / `$()
keys ([a:1 2;b:3 4]c:5 6) / `a`b
keys `K / enlist `s
cols K / `s`g`h
cols `K / `s`g`h
cols ([]a:1 2;b:3 4) / `a`b
t:([]a:3 4 5; b:6 7 8; c:`z`u`i)
`d`e xcol t / ([]d:3 4 5; e:6 7 8; c:`z`u`i)
(`a`c!`A`C) xcol t / ([]A:3 4 5; b:6 7 8; C:`z`u`i)
((enlist`q)!enlist`r) xcol t / 'length
`d`e`f`g xcol t / 'length
`b xcols t / ([]b:6 7 8; a:3 4 5; c:`z`u`i)
cols xcols[reverse cols t;t] / `c`b`a
`zz xcols t / 'zz
cols `k2 xcol K / `k2`g`h
keys `k2 xcol K / enlist `k2
`a xkey t / ([a:3 4 5]b:6 7 8;c:`z`u`i)
`c`a xkey t / ([c:`z`u`i;a:3 4 5]b:6 7 8)
(`$()) xkey ([a:1 2]b:3 4) / ([]a:1 2;b:3 4)
`b xkey ([a:1 2]b:3 4) / ([b:3 4]a:1 2)
`a xkey `t / `t
keys `t / enlist `a
`zz xkey t / 'zz
keys 1 2 / 'type
/ meta, fkeys, tables
meta ([]a:1 2;b:`x`y;c:1 2f) / ([c:`a`b`c]t:"jsf";f:```;a:```)
meta ([]a:`s#1 2;b:`g#`x`y) / ([c:`a`b]t:"js";f:``;a:`s`g)
exec t from meta ([] code:`F1; vr:(enlist 2.3)) / "sf"
exec t from meta ([] code:`F2; vr:(enlist (5.4; 43.2))) / "sF"
exec t from meta ([]a:("abc";"d");b:(1;`x);c:();d:(`a`b;`c)) / 'length
exec t from meta ([]a:("abc";"d");b:(1;`x);d:(`a`b;`c)) / "C S"
exec t from meta ([]a:2#2020.01.01;b:2#0D00;c:2#0Np;d:2#0Ng) / "dnpg"
meta `K / ([c:`s`g`h]t:"sjj";f:```;a:```)
fk:([x:1 2 3]y:10 20 30)
ft:([]a:`fk$2 2 2;b:0;c:`fk$1 1 1)
exec t from meta ft / "jjj"
exec f from meta ft / `fk``fk
fkeys ft / `a`c!`fk`fk
`ft in tables[] / 1b
`d in tables[] / 0b
`K in tables `. / 1b
.wk.tab:([]a:1 2)
tables `.wk / enlist `tab
/ insert
x:([a:`x`y];b:10 20)
`x insert (`z;30) / enlist 2
x / ([a:`x`y`z];b:10 20 30)
`tnew insert ([c1:`a`b];c2:10 20) / 0 1
tnew / ([c1:`a`b];c2:10 20)
`x insert (`z;30) / 'insert
x / ([a:`x`y`z];b:10 20 30)
`x insert (`s`t;40 50) / 3 4
x / ([a:`x`y`z`s`t];b:10 20 30 40 50)
`x insert (`q`q;1 2) / 'insert
u:([] name:(); age:())
`u insert (`tom`dick;30 40) / 0 1
exec t from meta u / "sj"
u / ([]name:`tom`dick;age:30 40)
t:([]s:`a`b;p:1 2f;n:3 4)
`t insert (`c;3f;5) / enlist 2
t / ([]s:`a`b`c;p:1 2 3f;n:3 4 5)
`t insert (`c;3;5) / 'type
`t insert (`c;3f) / 'length
t / ([]s:`a`b`c;p:1 2 3f;n:3 4 5)
`t insert ([]s:`d`e;p:4 5f;n:6 7) / 3 4
`t insert ([]n:8 9;p:4 5f;s:`d`e) / 5 6
count t / 7
`t insert ([]n:8 9;p:4 5f) / 'mismatch
`t insert ([]s:`d`e;p:4 5f;n:6 7;z:1 2) / 'mismatch
`t insert `s`p`n!(`f;9f;1) / enlist 7
`t insert (`a`b;1 2f;3 4) / 8 9
`t insert () / `long$()
t insert (`c;3f;5) / 'type
nt:([]s:`a`b;txt:("abc";"de"))
`nt insert (`c;"fgh") / enlist 2
nt / ([]s:`a`b`c;txt:("abc";"de";"fgh"))
`nt insert (`d`e;("x1";"y2")) / 3 4
last nt / `s`txt!(`e;"y2")
g:([]s:`g#`a`b`a;v:1 2 3)
`g insert (`b;4) / enlist 3
attr g`s / `g
exec v from g where s=`b / 2 4
ft2:([]k:`fk$1 2)
`ft2 insert enlist 3 / enlist 2
`ft2 insert enlist 9 / 'cast
value ft2`k / 1 2 3
/ upsert
t:([]name:`tom`dick`harry;age:28 29 30;sex:`M)
t upsert (`dick;49;`M) / ([]name:`tom`dick`harry`dick;age:28 29 30 49;sex:`M)
t upsert((`dick;49;`M);(`jane;23;`F)) / ([]name:`tom`dick`harry`dick`jane;age:28 29 30 49 23;sex:`M`M`M`M`F)
`t upsert ([]age:49 23;name:`dick`jane) / `t
t / ([]name:`tom`dick`harry`dick`jane;age:28 29 30 49 23;sex:`M`M`M``)
a:([s:`q`w`e]r:1 2 3;u:5 6 7)
a upsert (`e;30;70) / ([s:`q`w`e]r:1 2 30;u:5 6 70)
a upsert ((`e;30;70);(`r;40;80)) / ([s:`q`w`e`r]r:1 2 30 40;u:5 6 70 80)
a upsert ([s:`e`r`q]r:30 4 10;u:70 8 50) / ([s:`q`w`e`r]r:10 2 30 4;u:50 6 70 8)
`a upsert ([s:`e`r`q]r:30 4 10;u:70 8 50) / `a
a / ([s:`q`w`e`r]r:10 2 30 4;u:50 6 70 8)
a upsert ([]s:`q`q`z`z;r:1 2 3 4;u:5 6 7 8) / ([s:`q`w`e`r`z]r:2 2 30 4 4;u:6 6 70 8 8)
a upsert `s`r`u!(`w;0;0) / ([s:`q`w`e`r]r:10 0 30 4;u:50 0 70 8)
a upsert (`w;1f;2) / 'type
([id:`int$()]v:`long$()) upsert (1;2) / ([id:enlist 1i]v:enlist 2)
([]id:1 2i;v:1 2e) upsert (3;4f) / ([]id:1 2 3i;v:1 2 4e)
([]id:1 2i;v:1 2e) upsert ([]id:3 4;v:3 4f) / ([]id:1 2 3 4i;v:1 2 3 4e)
([]id:1 2i;v:1 2) upsert (3.5;4) / 'type
narrow:([]id:1 2i)
`narrow insert 3 / 'type
update id:7 from ([]id:1 2i) where id=2 / ([]id:1 7i)
update id:7f from ([]id:1 2i) where id=2 / 'type
metaRow:([]seq:`int$();tbls:();n:`int$();s:();more:())
`metaRow upsert (0;enlist`trade;0;(enlist`trade)!enlist([]a:1 2);enlist()!()) / `metaRow
exec tbls from metaRow / enlist enlist`trade
exec more from metaRow / enlist enlist()!()
([id:`int$()]v:`long$()) upsert (1i;2) / ([id:enlist 1i]v:enlist 2)
([id:`int$()]v:`long$()) upsert (1;2f) / 'type
t upsert (`dick;4f;`M) / 'type
t upsert ([]zz:1 2) / 'mismatch
a,(`w;0;0) / ([s:`q`w`e`r]r:10 0 30 4;u:50 0 70 8)
`tnew2 upsert ([]a:1 2) / `tnew2
tnew2 / ([]a:1 2)
([]a:1 2),(enlist 3) / ([]a:1 2 3)
(`a`b!1 2) upsert `b`c!5 6 / `a`b`c!1 5 6
t:([]a:1 2 3)
t,:([]a:4 5)
t / ([]a:1 2 3 4 5)
/ append in place
t:([]a:1 2 3;b:`x`y`z)
t,:(4;`w)
t,:`b`a!(`v;5)
t,:([]b:`u`s;a:6 7)
t / ([]a:1 2 3 4 5 6 7;b:`x`y`z`w`v`u`s)
t,:([]a:1 2;z:3 4) / 'mismatch
t,:(1f;`x) / 'type
count t / 7
k:([a:1 2]b:3 4)
k,:(2;9)
k,:([]a:3 3;b:5 6)
k / ([a:1 2 3]b:3 9 6)
k,:(1;`x) / 'type
k / ([a:1 2 3]b:3 9 6)
n:count t
t,:()
count[t]-n / 0
.wk.z:1
`wk in key ` / 1b
`z in key `.wk / 1b
d:`s#`a`b!1 2
`d upsert `c`d!3 4 / 'step
tab:([stock:()] price:())
`tab insert (`intel; enlist (123.2; 120.4; 131.0)) / enlist 0
tab / ([stock:(),`intel] price:enlist 123.2 120.4 131)
x:1 2 3
x,:`a / 'type
x,:2.5 / 'type
x,:(4;`a) / 'type
x / 1 2 3
x,:()
x,:4
x / 1 2 3 4
x:(::;1)
x,:`a
x / (::;1;`a)
x:0#0
x,:`a / 'type
x:()
x,:`a
x / enlist `a
/ a name that ends in a dot is the null name of that dictionary
.nulled.e.:(::)
.nulled.e / (enlist`)!enlist(::)
.nulled.e[`f]:{x+1}
.nulled.e[`f] 2 / 3
key .nulled.e / ``f
/ `..name is the root's name from within any namespace
dotted:([k:`a`b]v:1 2)
dottedView::exec k!v from dotted
\d .dotspace
bump:{`..dotted upsert (`c;3);.[`..dotCount;();:;5];.[`..dotCount;();+;1];`..dotSet set 7}
look:{(value `..dotCount;`..dottedView[`c];get `..dotSet)}
\d .
.dotspace.bump[] / `..dotSet
.dotspace.look[] / 6 3 7
dotCount / 6
dotSet / 7
key `.dotspace / ``bump`look
/ keys without values have an empty list each (wp/tick-profiling.md)
dcSubs:enlist[`trade]!()
dcSubs[`trade],:3 4
dcSubs / enlist[`trade]!enlist 3 4
`a`b!() / `a`b!(();())
count()!() / 0
`a`b!`long$() / 'length
/ a dictionary without keys is no row of a table: dictionaries of dictionaries start with one (wp/intraday-writedown)
type enlist(0#`)!0#0N / 0h
count enlist(0#`)!0#0N / 1
count 2#enlist(0#`)!() / 2
dcLimits:enlist[`]!enlist(0#`)!0#0N
dcLimits[`quote;`eurgbp]:75000
dcLimits[`quote;`eurusd]:100000
key dcLimits / ``quote
dcLimits[`quote;`eurgbp`eurusd] / 75000 100000
dcLimits[`trade;`eurgbp] / 0N
