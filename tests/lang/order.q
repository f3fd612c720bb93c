/ iasc, idesc
iasc 2 1 3 4 2 1 2 / 1 5 0 4 6 2 3
L:2 1 3 4 2 1 2
L iasc L / 1 1 2 2 2 3 4
(asc L)~L iasc L / 1b
iasc `a`b`c!2 3 1 / `c`a`b
idesc 2 1 3 4 2 1 2 / 3 2 0 4 6 1 5
L idesc L / 4 3 2 2 2 1 1
idesc `a`c`b!1 2 3 / `b`c`a
iasc "hello" / 1 0 2 3 4
iasc 0n 1 -0w 0w / 0 2 1 3
iasc 3 0N 1 / 1 2 0
iasc () / `long$()
iasc `b`a`c / 1 0 2
iasc 4 2 1 3 0 / 4 2 1 3 0
`a`b`c`d`e[4 2 1 3 0] iasc 4 2 1 3 0 / `a`b`c`d`e
iasc ([]a:2 1 1;b:1 2 1) / 2 1 0
iasc 1 / 'rank
idesc 7 / 'rank
/ asc, desc
asc 2 1 3 4 2 1 2 / 1 1 2 2 2 3 4
attr asc 2 1 3 4 2 1 2 / `s
attr asc 0 1 / `s
asc (1;1b;"b";2009.01.01;"a";0) / (1b;0;1;"a";"b";2009.01.01)
type each asc (1;1b;"b";2009.01.01;"a";0) / -1 -7 -7 -10 -10 -14h
asc ("bat";"dog";"cow";"cat") / ("bat";"cat";"cow";"dog")
asc `a`b`c!2 1 3 / `b`a`c!1 2 3
asc ([]a:4 3 4;b:`s`a`d) / ([]a:3 4 4;b:`a`d`s)
exec a from meta asc ([]a:3 4 1;b:`a`d`s) / `p`
exec a from meta asc([]a:3 4 1) / enlist`s
exec a from meta asc ([c1:`a`b] c2:2 1; c3:01b) / ``p`
exec a from meta asc ([c1:`a`b] c2:2 1) / ``s
asc `MSFT`AAPL`IBM / `AAPL`IBM`MSFT
asc "hello" / "ehllo"
asc 0N 3 1 / 0N 1 3
asc 2.5 0n -1 / 0n -1 2.5
asc 3 1 2h / 1 2 3h
asc 1 0 1b / 011b
asc `b`a`B`A / `A`B`a`b
asc () / ()
asc 5 / 'rank
desc 2 1 3 4 2 1 2 / 4 3 2 2 2 1 1
desc (1;1b;"b";2009.01.01;"a";0) / (2009.01.01;"b";"a";1;0;1b)
type each desc (1;1b;"b";2009.01.01;"a";0) / -14 -10 -10 -7 -7 -1h
desc `a`b`c!2 1 3 / `c`a`b!3 2 1
desc([]a:4 4 1;b:`a`d`s) / ([]a:4 4 1;b:`d`a`s)
exec a from meta desc([]a:3 4 1;b:`a`d`s) / ``
attr desc 1 2 3 / `
desc 0N 3 1 / 3 1 0N
desc `a`c`b / `c`b`a
/ rank, xrank
rank 2 7 3 2 5 / 0 4 2 1 3
iasc 2 7 3 2 5 / 0 3 2 4 1
asc[2 7 3 2 5] rank 2 7 3 2 5 / 2 7 3 2 5
iasc idesc 2 7 3 2 5 / 3 0 2 4 1
rank "cab" / 2 0 1
rank 3 / 'rank
4 xrank til 8 / 0 0 1 1 2 2 3 3
4 xrank til 9 / 0 0 0 1 1 2 2 3 3
7 xrank til 9 / 0 0 1 2 3 3 4 5 6
3 xrank 1 37 5 4 0 3 / 0 2 2 1 0 1
3 xrank 1 7 5 4 0 3 / 0 2 2 1 0 1
3 xrank `a`b`c!30 10 20 / `a`b`c!2 0 1
2 xrank `long$() / `long$()
/ xasc, xdesc
t:([]sym:`c`a`b`b`a`c;date:1 2 1 2 1 2;val:1 2 3 4 5 6)
`date xasc t / ([]sym:`c`b`a`a`b`c;date:1 1 1 2 2 2;val:1 3 5 2 4 6)
`sym`date xasc t / ([]sym:`a`a`b`b`c`c;date:1 2 1 2 1 2;val:5 2 3 4 1 6)
`date xdesc t / ([]sym:`a`b`c`c`b`a;date:2 2 2 1 1 1;val:2 4 6 1 3 5)
`sym`date xdesc t / ([]sym:`c`c`b`b`a`a;date:2 1 2 1 2 1;val:6 1 4 3 2 5)
exec a from meta `sym`date xasc t / `s``
exec a from meta `date xdesc t / ```
`nope xasc t / 'nope
() xasc t / t
(`$()) xasc t / t
`sym`date xasc `t / `t
t / ([]sym:`a`a`b`b`c`c;date:1 2 1 2 1 2;val:5 2 3 4 1 6)
attr t`sym / `s
`val xdesc `t / `t
t`val / 6 5 4 3 2 1
`b xasc ([a:1 2 3]b:3 1 2) / ([a:2 3 1]b:1 2 3)
`a xdesc ([a:1 2 3]b:3 1 2) / ([a:3 2 1]b:2 1 3)
`a xasc ([]a:("b";"a")) / ([]a:"ab")
`a xasc ([]a:("bb";"aa");b:1 2) / ([]a:("aa";"bb");b:2 1)
/ large inputs take the radix path and must agree with the small one
n:5000
v:(n#1 5 3 2 4) + (til n) mod 7
(asc v)~v iasc v / 1b
(til n)~asc iasc v / 1b
all 0<=1_deltas asc v / 1b
f:"f"$v
("j"$asc f)~asc v / 1b
(desc v)~reverse asc v / 1b
s:`$string v
s[iasc s]~asc s / 1b
(0N,asc v)~asc v,0N / 1b
