/ System commands, through the keyword system. https://code.kx.com/q/basics/syscmds/

/ ---- \a \f \v names in a namespace
aa:bb:23
tt:([]dd:12 34)
kt:([a:1 2]b:3 4)
ff:{x}
system"a" / `kt`tt
.nn.vv:([]uu:12 45)
.nn.f:{x+1}
.nn.w:5
system"a .nn" / enlist`vv
system"f .nn" / enlist`f
system"v .nn" / `vv`w
system"a .n" / '.n
`aa`bb`tt in system"v" / 111b
`ff in system"f" / 1b
`ff in system"v" / 0b
`aa in system"f" / 0b
{x where x like"ht??"}system"f .h" / `htac`html`http
`HOME`logo in system"v .h" / 11b
delete aa from `.;
`aa in system"v" / 0b

/ ---- \b \B views
v1::q1+q2
v2::q1+1
system"b" / `s#`v1`v2
system"B" / `s#`v1`v2
q1:10
system"B" / `s#`v1`v2
v2 / 11
system"B" / `s#enlist`v1
q1:20
system"B" / `s#`v1`v2
v2 / 21

/ ---- \c \C sizes
system"c 45 160"
system"c" / 45 160i
system"c 5 5"
system"c" / 10 10i
system"c 5000 5000"
system"c" / 2000 2000i
system"c 25 80"
.Q.s til 100 / "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 ..\n"
system"C" / 36 2000i
system"C 20 100"
system"C" / 20 100i
system"C 36 2000"

/ ---- \cd
here:system"cd"
10h=type here / 1b
system"cd newdir"
(system"cd")~here,"/newdir" / 1b
system"cd .."
(system"cd")~here / 1b
(first system"pwd")~here / 1b

/ ---- \d namespaces
system"d" / `.
system"d .dd"
xx:5
system"d" / `.dd
xx / 5
system"d ."
.dd.xx / 5
`dd in key` / 1b
system"d .dnone"
`dnone in key` / 0b
system"d ."

/ ---- settings and their defaults
system"e" / 0i
system"e 1"
system"e" / 1i
system"e 0"
system"g" / 0i
system"g 1"
system"g" / 1i
system"g 0"
system"E" / 0i
system"o" / 0N
system"o 2"
2=system"o" / 1b
(.z.P-.z.p)within 01:59:59.000000000 02:00:01.000000000 / 1b
system"o 390"
(.z.P-.z.p)within 06:29:59.000000000 06:30:01.000000000 / 1b
system"o -5"
(.z.P-.z.p)within -05:00:01.000000000 -04:59:59.000000000 / 1b
system"o 0N"
system"p" / 0i
system"P" / 7i
system"P 3"
string 1%3 / "0.333"
system"P" / 3i
system"P 10"
string 1%3 / "0.3333333333"
system"P 0"
string .1 / "0.10000000000000001"
string 1%3 / "0.33333333333333331"
system"P 7"
string reciprocal 7 / "0.1428571"
string 123456789f / "1.234568e+08"
string 123456789 / "123456789"
type system"s" / -6h
system"s 0"
system"s" / 0i
type system"s 0N" / -6h
system"S" / -314159i
system"S 42"
system"S" / 42i
r1:5?100
system"S 42"
r1~5?100 / 1b
system"S" / 42i
{x:system"S 0N";r:10?10;system"S ",string x;r~10?10}[] / 1b
/ a time cast to a float is a seed (wp/card-counters)
{system"S ",s:string`float$.z.p;r:10?10;system"S ",s;r~10?10}[] / 1b
system"S -314159"
system"t" / 0i
system"t 0"
type system"t til 10" / -7h
type system"t:10 til 10" / -7h
type system"ts til 10" / 7h
count system"ts til 10" / 2
count system"ts:5 til 10" / 2
system"t sum`a" / 'type
cnt:0
system"t:7 cnt+:1";
cnt / 7
system"ts:3 cnt+:1";
cnt / 10
system"T" / 0i
system"T 5"
system"T" / 5i
system"T 0"
count system"w" / 6
type system"w" / 7h
count system"w 0" / 2
type system"w 0" / 7h
system"W" / 2i
system"W 6"
system"W" / 6i
system"W 2"
system"z" / 0i
"D"$"06/01/2010" / 2010.06.01
system"z 1"
"D"$"06/01/2010" / 2010.01.06
system"z" / 1i
system"z 0"
"D"$"06/01/2010" / 2010.06.01
system"_" / 0b

/ ---- \l
`:sl.q 0:("sla:5";"slf:{x+sla}";"slb:slf 2");
system"l sl.q"
slb / 7
sla / 5
`:obj set`x`y!1 2;
system"l obj"
obj / `x`y!1 2
`:spl/ set([]a:1 2 3);
system"l spl"
spl / ([]a:1 2 3)
system"l nosuch.q" / 'nosuch.q. OS reports: No such file or directory
`:bad.q 0:("bada:1";"badb:bada+`a";"badc:2");
system"l bad.q" / 'type
bada / 1
badc / 'badc
`:cont.q 0:("cf:{";"  x+";"  1";" }";"/ comment";"/";"a block";"\\";"cg:cf 1";"\\";"never:1");
system"l cont.q"
cg / 2
never / 'never
`:kd.q 0:("\\d .kd";"a:1";"f:{a+x}");
system"l kd.q"
.kd.f 2 / 3
system"d" / `.

/ ---- \r rename
`:old.txt 0:enlist enlist"x";
system"r old.txt new.txt"
read0`:new.txt / enlist enlist"x"
key`:old.txt / ()

/ ---- \x
.z.pc:{x}
system"x .z.pc"
.z.pc / '.z.pc

/ ---- \_ locked scripts
`:t1.q 0:enlist "la:123;lf:{x+2*y}";
system"_ t1.q" / `t1.q_
system"l t1.q_"
la / 123
lf[10;1 2 3] / 12 14 16
.Q.s1 lf / "locked"
-8!lf / 'type
lf[`a;1] / 'type
read0`:t1.q / enlist "la:123;lf:{x+2*y}"
any 0x6c613a313233~/:{x(til 6)+/:til 0|-5+count x}read1`:t1.q_ / 0b

/ ---- the operating system
system"echo hi" / enlist"hi"
system"printf 'a\\nb\\n'" / (enlist"a";enlist"b")
system"true" / ()
system"exit 3" / 'os
system"ls nosuchfile 2>/dev/null" / 'os
system"nosuchcommand99 2>/dev/null" / 'os
system"echo x > sysout.txt;"
read0`:sysout.txt / enlist enlist"x"
system"ls nosuchegg > file 2>&1;cat file" / system"cat file"
system 5 / 'type
system`a / 'type
setenv[`SYSCMDTEST;"val"]
getenv`SYSCMDTEST / "val"
system"echo $SYSCMDTEST" / enlist"val"

/ ---- a comment after a command that takes no path
system"P 5  /digits"
system"P  /shown" / 5i
system"P 7"
