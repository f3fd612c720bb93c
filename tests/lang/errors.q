/ Error classes of basics/errors.md, one example or more each; syntax errors by the pages on syntax and application.

/ ---- run time
cos:12 / 'assign
neg:1 / 'assign
s1:`a`b
`s1$`a`e / 'cast
til -1 / 'domain
`a`b xasc flip`a`b`a!(1 2;3 4;5 6) / 'dup a
select a:1 by a from ([]a:1 2) / 'dup names for cols/groups a
()+til 1 / 'length
1 2+1 2 3 / 'length
1 2 3!1 2 / 'length
flip`a`b!(1 2;1 2 3) / 'length
([]a:1 2;b:1 2 3) / 'length
til 2.2 / 'type
1+`a / 'type
+[2;3;4] / 'rank
{x+y}[1;2;3] / 'rank
{x}[;1] / 'rank
{[a;b;c]a}[1;2;3;4] / 'rank
kt1:([k:0 1]a:2 3)
`kt1 insert(0;3) / 'insert
([]a:til 4),([]b:til 3) / 'mismatch
([a:1 2]b:3 4),([a:1 2]c:3 4) / 'mismatch
`s#3 2 / 's-fail
`u#2 2 / 'u-fail
`p#1 2 1 / 'u-fail
"a"like"**" / 'nyi
d1:`s#`a`b!1 2
`d1 upsert`c`d!3 4 / 'step
(1):2 / 'match
select price trade / 'from
{.z.s[]}[] / 'stack
'42 / 'stype
'`mine / 'mine
'"my text" / 'my text
system"nosuchcommand77 2>/dev/null" / 'os
"D=\001"0:"0=hello\0011=world" / 'IJS
undefinedname / 'undefinedname
undefinedname+1 / 'undefinedname
.no.such.name / '.no.such.name
{undefinedname}[] / 'undefinedname
`undefinedname[1] / 'undefinedname
undefinedname[1] / 'undefinedname
1 2 3[`a] / 'type
1[2] / 'type
(1 2;3 4)[0;0;0] / 'rank
eval(`nosuchfn;1) / 'nosuchfn
value(nosuch2;1) / 'nosuch2
get`:nosuchfile77 / 'nosuchfile77. OS reports: No such file or directory
read0`:nosuchfile77 / 'nosuchfile77. OS reports: No such file or directory
read1`:nosuchfile77 / 'nosuchfile77. OS reports: No such file or directory
hdel`:nosuchfile77 / 'nosuchfile77. OS reports: No such file or directory
reval(:;`ec;1) / 'noupdate
reval parse"ed:1" / 'noupdate
-9!0x0100000000 / 'badmsg
meta 5 / 'type
cols 5 / 'type
keys`nosuchtab / 'nosuchtab
1 2 3?`a / 'type
sum`a`b / 'type
1 xexp`a / 'type
string[1;2] / 'rank
aj[`a;1;2] / 'type
lj[1;2] / 'type
2 3#`a`b!1 2 / 'type
xcols[`a;1] / 'type
`b xcols([]a:1 2) / 'b
`z xasc([]a:1 2) / 'z
`a`b!1 / 'type
enlist[`a]!1 2 / 'length
.[+;1 2 3] / 'rank
.[{x};1] / 'type
@[+;1;2;3] / 'type

/ ---- parse errors
value"f:{[a;b;c;d;e;f;g;h;e]}" / 'params
value"{[a;b;c;d;e;f;g;h;i]a}" / 'params
value"1 +* 2" / '*
value")" / ')
value"]" / ']
value"}" / '}
value"(1;2" / '(
@[value;"[1;2";::] / enlist"["
value"{x" / '{
value"\"abc" / '"
value"\000" / 'char
value"#5" / '#
value"2020.13.01" / '2020.13.01
value"1a2" / '1a2
value"0x1g" / '0x1g

/ ---- signal and trap
@[til;-1;{x}] / "domain"
@[til;`a;`bad] / `bad
.[+;(1;`a);{x}] / "type"
.[+;(1 2;1 2 3);{`$x}] / `length
@[{'x};"text";{x}] / "text"
@[{'`sym};0;{x}] / "sym"
@[value;"1+`a";{x}] / "type"
@[value;"nosuchname";{x}] / "nosuchname"
@[{'`a;x};1;{"caught ",x}] / "caught a"
@[{@[{'`inner};x;{'`outer}]};1;{x}] / "outer"
.[{x+y};(1;2);{`no}] / 3
@[neg;5;`never] / -5
.[{[a;b;c]a+b+c};1 2 3;0] / 6
@[{x`a};1 2;{x}] / "type"
.[1 2 3;enlist 0;:;9] / 9 2 3
.[`nosuchvar;();:;1] / `nosuchvar
nosuchvar / 1
