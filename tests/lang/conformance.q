/ what the sessions of the documentation show and no other file here tests
/ iterators: case takes dictionaries by their values
0 2 0'[`a`b`c!"abc";"xyz";"123";`a`b`c!"789"] / "a2c"
0 2 0'[`a`b`c!"abc";"xyz";"123";`a`b!"78"] / 'length
0 2 0'[`a`b`c!"abc";"xyz";"123";`b`a`c!"789"] / 'domain
/ what is left out of a function of three or more arguments makes a projection
type ssr["hello";"l"] / 104h
ssr["hello";"l"]["L"] / "heLLo"
type aj[`sym`time] / 104h
/ empty statements in a parse tree
parse";select from t" / (";";::;(?;`t;();0b;()))
parse";;;;a" / (";";::;::;::;::;`a)
/ a dictionary is not updated by groups; a list is no key of a table of one key
d:`a`b!1 2
update a by b from d / 'type
kt:([s:`a`b]v:1 2)
kt`a`b / 'length
kt([]s:`a`b) / ([]v:1 2)
/ .q holds what q adds to k
`like in key`.q / 0b
.q?`like / `
.q?parse["not x"]0 / `not
/ s# on a table
-8!`s#([]a:enlist 2i;b:enlist 3i) / 0x010000002f0000006201630b0002000000610062000000020000000603010000000200000006000100000003000000
-8!`s#([a:enlist 2i]b:enlist 3i) / 0x010000003f0000007f6201630b00010000006100000001000000060001000000020000006200630b0001000000620000000100000006000100000003000000
attr`s#([]a:1 2;b:3 4) / `s
attr key`s#([a:1 2]b:3 4) / `s
-9!-8!`s#([a:1 2]b:3 4) / `s#([a:1 2]b:3 4)
/ 0: straight before a name or a null
count parse"a 0:0N!b" / 3
3[::] / 'type
/ join of enumerations: atoms of different domains stay as they are, lists become symbols
sym:`a`b
sym2:`c`d`b
count(`sym$`b),`sym2$`b / 2
type(`sym$`b),`sym2$`b / 0h
type(`sym$`b),`b / 0h
(`sym$`a`b),`sym2$`b`c / `a`b`b`c
(`sym$`a),`c`d / `a`c`d
(`sym$`a`b),`c / `a`b`c
`a,`sym2$`b`c / `a`b`c
`a`b,`sym2$`c / `a`b`c
e:`sym$`a`b
type e,:`b / 20h
e,:`c / 'cast
s:`a`c
s,:`sym$`b
s / `a`c`b
/ an empty enumeration shows as it is written
.Q.s1 0#`sym$`a / "`sym$()"
/ a time with its sign: zones in text
sum(" Z T";5 20 1 5)0:("Tue, 04 Jun 2013 07:00:13 +0900";"Tue, 04 Jun 2013 07:00:13 -0500") / 2013.06.04T16:00:13.000 2013.06.04T02:00:13.000
/ a list of functions runs a state machine
m:({0};{2*x="x"};{2+x="f"};{2+/1 2*x="fz"};{4+x="0"};{5+x="0"};{7-x="0"};{7-x="0"})
f:{6=1 m/x}
f"xyzfz000" / 1b
f"xyzfz00" / 1b
f"xyz" / 0b
/ a column is named by what is drawn from
n:3;item:`a`b
cols([]n?item) / enlist`item
/ Find takes integers of any width
1 1 2i?2 / 2
1 2 3?3i / 2
1 2 3h?100000 / 3
/ derived keywords show what they are
.Q.s1 deltas / "-':"
.Q.s1 ratios / "%':"
/ the left domain of ssr has no atoms
ssr["a";"a";"-"] / 'type
ssr[enlist"a";"a";"-"] / enlist"-"
/ csv and q's own namespaces
csv / ","
4#key` / `q`Q`h`j
`csv in key`. / 0b
/ keys of a keyed table and columns: a row for each key
k:([s:`a`b`c]p:1 2 3;r:10 20 30)
k[([]s:`c`a);`p`r] / (3 30;1 10)
k[([]s:`c`a);`r] / 30 10
1000/[+] / 'type
.h.xs"a" / enlist"a"
/ times of the day: roll of a zero time draws from the whole day
t:1000?0D0
type t / 16h
(min t)within 0D00 0D02 / 1b
(max t)within 0D22 1D00 / 1b
1000=count distinct 1000?0D0 / 1b
type 5?0t / 19h
24<count distinct`hh$1000?0t / 0b
20<count distinct`hh$1000?0t / 1b
/ a command of the system is its output as lines
system"echo a b" / enlist"a b"
/ comparisons that k says by negation
.Q.s1 parse"a<=b" / "(~>;`a;`b)"
.Q.s1(>=;<>) / "(~<;~=)"
