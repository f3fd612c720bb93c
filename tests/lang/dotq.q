/ The .Q namespace. https://code.kx.com/q/ref/dotq/

/ ---- constants
.Q.A / "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
.Q.a / "abcdefghijklmnopqrstuvwxyz"
.Q.an / "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789"
.Q.b6 / "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
.Q.n / "0123456789"
.Q.nA / "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
.Q.t / " bg xhijefcspmdznuvts"
.Q.t?"j" / 7
.Q.t abs type each(1b;0x0;1h;1i;1;1e;1f;"c";`s;2020.01.01;0D;.z.p;10:00;10:00:00;10:00:00.000;2020.01m;0Ng) / "bxhijefcsdnpuvtmg"
0W~.Q.M / 1b
11h=type .Q.res / 1b
all`abs`in`wsum`xexp`select`while`do in .Q.res / 1b
any(key`.q)in .Q.res / 0b
all`fby`each`lj`xasc`mavg`ssr in key`.q / 1b

/ ---- addmonths
.Q.addmonths[2007.10.16;6 7] / 2008.04.16 2008.05.16
.Q.addmonths[2006.10.29;4] / 2007.03.01
.Q.addmonths[2020.01.31;1] / 2020.03.02
.Q.addmonths[2020.01.15;0] / 2020.01.15
.Q.addmonths[2020.01.15;-1] / 2019.12.15
.Q.addmonths[2020.01.15;12] / 2021.01.15
.Q.addmonths[2020.01.15;-12 0 12] / 2019.01.15 2020.01.15 2021.01.15

/ ---- addresses
.Q.addr`$"127.0.0.1" / 2130706433i
.Q.addr`$"192.168.65.1" / -1062715135i
.Q.addr`localhost / 2130706433i
.Q.host 2130706433i / `localhost
"i"$0x0 vs .Q.addr`$"10.1.2.3" / 10 1 2 3i
.Q.addr`$"0.0.0.0" / 0i
.Q.addr`$"255.255.255.255" / -1i

/ ---- base 64
10h$.Q.atob"aGVsbG8=" / "hello"
.Q.btoa"Hello World!" / "SGVsbG8gV29ybGQh"
.Q.btoa"" / ""
.Q.btoa"a" / "YQ=="
.Q.btoa"ab" / "YWI="
.Q.btoa"abc" / "YWJj"
.Q.btoa 0x00ff10 / "AP8Q"
.Q.atob"YQ==" / enlist 0x61
.Q.atob"YWI=" / 0x6162
.Q.atob"AP8Q" / 0x00ff10
.Q.atob 0x595749 / 'domain
.Q.atob"YWI" / 'domain
.Q.atob .Q.btoa 0x000102030405 / 0x000102030405
type .Q.atob"YWJj" / 4h

/ ---- dd
.Q.dd[`:dir]`file / `:dir/file
`:dir .Q.dd'`a`b / `:dir/a`:dir/b
.Q.dd[`AAPL]"O" / `AAPL.O
.Q.dd[`a;1] / `a.1
.Q.dd[`a;2020.01.01] / `a.2020.01.01
.Q.dd[`:db;2020.01.01] / `:db/2020.01.01
update sym:esym .Q.dd'ex from([]esym:`AAPL`IBM;ex:"ON") / ([]esym:`AAPL`IBM;ex:"ON";sym:`AAPL.O`IBM.N)

/ ---- def and opt
.Q.def[`abc`xyz`efg!(1;2.;`a)].Q.opt("-abc";"123";"-xyz";"321") / `abc`xyz`efg!(123;321f;`a)
.Q.def[`a`b`c!(1;1999.01.01;23.1)].Q.opt("-a";"11";"-b";"2000.01.01";"-c";"wrong") / `a`b`c!(11;2000.01.01;0n)
.Q.def[`a`b!(0D;`z)].Q.opt("-a";"0D01:00";"-b";"q") / `a`b!(0D01;`q)
.Q.def[`a`b!(1h;0b)].Q.opt("-a";"7";"-b";"1") / `a`b!(7h;1b)
.Q.def[(enlist`a)!enlist 5].Q.opt() / (enlist`a)!enlist 5
.Q.def[(enlist`a)!enlist 5].Q.opt("-zz";"9") / (enlist`a)!enlist 5
key .Q.opt("-a";"1";"-b";"-c";"2";"3") / `a`b`c
.Q.opt("-a";"1";"-b";"-c";"22";"33")`c / 'type
.Q.opt[("-a";"1";"-b";"-c";"22";"33")]`c / ("22";"33")
cla:.Q.opt(enlist"q";"path/to/source";"path/to/destn";"-x";"1")
.Q.x / (enlist"q";"path/to/source";"path/to/destn")

/ ---- f and fmt
.Q.f[2;]each 9.996 34.3445 7817047037.90 -.02 9.996 -0.0001 / ("10.00";"34.34";"7817047037.90";"-0.02";"10.00";"-0.00")
.Q.f[2;.045] / "0.05"
.Q.f[0;2.5] / enlist"3"
.Q.f[0;3.2] / enlist"3"
.Q.f[3;1] / "1.000"
.Q.f[4;0f] / "0.0000"
.Q.f[2;100] / "100.00"
.Q.fmt[6;2]each 1 234 / ("  1.00";"234.00")
.Q.fmt[8;6;1%7] / "0.142857"
.Q.fmt[10;3;-1.5] / "    -1.500"
.Q.fmt[5;0;12.7] / "   13"
fix:{.Q.fmt'[x+1+count each string floor y;x;y]}
fix[2]1.2 123 1.23445 -1234578.5522 / ("1.20";"123.00";"1.23";"-1234578.55")
align:{neg[max count each x]$x}
align fix[2]1.2 123 1.23445 -1234578.5522 / ("       1.20";"     123.00";"       1.23";"-1234578.55")
fmt:{.Q.fmt[x;(count 2_string y-i)&x-1+count string i:"i"$y]y}
fmt[9]each 34.4 343434.358 / ("     34.4";"343434.36")

/ ---- fc ff fk ft fu
.Q.fc[{2 xexp x};til 5] / 1 2 4 8 16f
.Q.fc[neg;1 2 3] / -1 -2 -3
.Q.ff[([]a:1 2);([]b:`x`y;c:1 2f)] / ([]a:1 2;b:``;c:0n 0n)
.Q.ff[([]a:1 2);([]a:8 9)] / ([]a:1 2)
.Q.ff[([]a:1 2);enlist`a`b!9 9] / ([]a:1 2;b:0N 0N)
.Q.ff[([]s:`a`b);([]d:enlist 2020.01.01;p:enlist 0Np)] / ([]s:`a`b;d:2#0Nd;p:2#0Np)
kp:([p:`p1`p2]n:1 2)
fkt:([]p:`kp$`p1`p2`p1;q:1 2 3)
.Q.fk fkt`p / `kp
.Q.fk fkt`q / `
.Q.fk`a`b / `
.Q.ft[{x 1 0};([a:1 2 3]b:4 5 6)] / ([a:2 1]b:5 4)
.Q.ft[{x 1 0};([]a:1 2 3;b:4 5 6)] / ([]a:2 1;b:5 4)
.Q.ft[{update c:1 from x};([a:1 2;b:3 4]d:5 6)] / ([a:1 2;b:3 4]d:5 6;c:1 1)
.Q.ft[`b xasc;([a:1 2 3]b:6 5 4)] / ([a:3 2 1]b:4 5 6)
.Q.fu[{x*x};3 1 3 1 2] / 9 1 9 1 4
.Q.fu[{x*x};4] / 16
fun:0
.Q.fu[{fun+:1;string x}each;`a`b`a`a] / (enlist"a";enlist"b";enlist"a";enlist"a")
fun / 2

/ ---- id
.Q.id each`$("ab";"a/b";"two words";"2drifters";"2+2") / `ab`ab`twowords`a2drifters`a22
.Q.id`$"+" / `a
.Q.id`$"_" / `a_
.Q.id`$"_x" / `a_x
.Q.id`a_b / `a_b
cols .Q.id flip(`in`within`like`bin`binr)!5#enlist() / `in1`within1`like1`bin1`binr1
.Q.id flip(`$("a";"a/b"))!2#() / flip`a`ab!2#()
key .Q.id`abs`acos`asin`atan`avg!til 5 / `abs1`acos1`asin1`atan1`avg1
value .Q.id`abs`acos!5 6 / 5 6
cols .Q.id(`$("count+";"count*";"count1"))xcol([]1 2;3 4;5 6) / `count1`count11`count12
cols .Q.id(`$("aa";"=";"+"))xcol([]1 2;3 4;5 6) / `aa`a`a1
cols .Q.id(`$("3aa";"_aa";"_aa"))xcol([]1 2;3 4;5 6) / `a3aa`a_aa`a_aa1
cols .Q.id([]a:1 2;each:3 4) / `a`each1

/ ---- numbers as text
.Q.x10 12345 / "AAAAAAADA5"
.Q.j10 .Q.x10 12345 / 12345
.Q.j10 each .Q.x10 each 12345+1 2 3 / 12346 12347 12348
.Q.x12 12345 / "0000000009IX"
.Q.j12 .Q.x12 12345 / 12345
.Q.j10"AAAAAAAAAB" / 1
.Q.j10 enlist"B" / 1
.Q.j10"BA" / 64
.Q.j12"10" / 36
.Q.j12"ZZ" / 1295
.Q.x10 0 / "AAAAAAAAAA"
.Q.x12 35 / "00000000000Z"

/ ---- s s1 sha1 ty
.Q.s([h:1 2 3]m:4 5 6) / "h| m\n-| -\n1| 4\n2| 5\n3| 6\n"
.Q.s 1 2 3 / "1 2 3\n"
.Q.s"abc" / "\"abc\"\n"
.Q.s`a`b!1 2 / "a| 1\nb| 2\n"
.Q.s(1 2;`a) / "1 2\n`a\n"
.Q.s1`a`b!1 2 / "`a`b!1 2"
.Q.s1([]a:1 2) / "+(,`a)!,1 2"
.Q.s1(1;`a;"x") / "(1;`a;\"x\")"
.Q.s1 enlist 1 / ",1"
.Q.s1() / "()"
.Q.s1 0#0 / "`long$()"
.Q.s1{x+y} / "{x+y}"
.Q.s1(+) / enlist"+"
.Q.sha1"Hello World!" / 0x2ef7bde608ce5404e97d5f042f95f89f1c232871
.Q.sha1"" / 0xda39a3ee5e6b4b0d3255bfef95601890afd80709
.Q.sha1"abc" / 0xa9993e364706816aba3e25717850c26c9cd0d89d
tt:([]a:3 4 5;b:"abc";c:(3;"xy";`ab);d:3 2#3 4 5;e:("abc";"de";"fg"))
.Q.ty each tt`a`b`c`d`e / "jc JC"
.Q.ty each(1b 0b;0x00;1 2h;1 2i;1 2e;1 2f;`a`b;2020.01.01 2020.01.02;0D 0D01) / "bxhiefsdn"
.Q.ty each(10:00 11:00;10:00:00 11:00:00;10:00:00.000 11:00:00.000;2020.01 2020.02m;2#.z.p;2#0Ng) / "uvtmpg"
.Q.ty() / " "

/ ---- v V qt
.Q.V([]a:1 2;b:`x`y) / `a`b!(1 2;`x`y)
.Q.V([a:1 2]b:`x`y) / `a`b!(1 2;`x`y)
vv:([]a:1 2)
.Q.v`vv / ([]a:1 2)
.Q.v 5 / 5
.Q.v([]a:1 2) / ([]a:1 2)
`:vs/ set([]z:7 8 9);
(.Q.v`:vs/)`z / 7 8 9
.Q.qt([]a:1 2) / 1b
.Q.qt([a:1 2]b:3 4) / 1b
.Q.qt`a`b!1 2 / 0b
.Q.qt 5 / 0b
.Q.qt() / 0b
.Q.qp([]a:1 2) / 0
.Q.qp 1 / 0
`:vt/ set([]z:7 8 9);
\l vt
.Q.qp vt / 0b

/ ---- ts w gc
.Q.ts[+;2 3]1 / 5
count first .Q.ts[{x*y};2 3] / 2
7h=type first .Q.ts[neg;enlist 1] / 1b
.Q.ts[{x+y};(1;`a)] / 'type
key .Q.w[] / `used`heap`peak`wmax`mmap`mphy`syms`symw
type each value .Q.w[] / 8#-7h
type .Q.gc[] / -7h
(.Q.k;.Q.K)~(.z.K;.z.k) / 1b

/ ---- compression
.Q.gz[::] / 1b
.Q.gz .Q.gz(6;"hello world") / "hello world"
.Q.gz .Q.gz(1;1000#"ab") / 1000#"ab"
.Q.gz .Q.gz(9;0x00010203) / 0x00010203
1000>count .Q.gz(9;10000#"helloworld") / 1b

/ ---- files in pieces
`:pot.csv 0:("Take, a,   hippo, to,   lunch, today,        -1, 1941-12-07";"A,    man, a,     plan, a,     hippopotamus, 42, 1952-02-23");
rows:()
.Q.fs[{rows,:x}]`:pot.csv / 120
count rows / 2
.Q.fs[{r2::("SSSSSSID";",")0:x}]`:pot.csv / 120
r2[0 1 5] / (`Take`A;`a`man;`today`hippopotamus)
`:num.txt 0:string til 100;
seen:()
.Q.fsn[{seen,:"J"$x};`:num.txt;50] / 290
seen / til 100
chunks:0
.Q.fsn[{chunks+:1};`:num.txt;50]
chunks>3 / 1b
system"mkfifo pipe1";
system"(exec >/dev/null;cat num.txt > pipe1) &";
seen:()
.Q.fps[{seen,:"J"$x}]`:pipe1;
seen / til 100

/ ---- ld
.Q.ld("/ multi line func";"f:{";"  x+y";" }";"/ single line func";"g:{x*y}") / (1 2 5 6;("/ multi line func";"f:{\n  x+y\n }";"/ single line func";"g:{x*y}"))
.Q.ld enlist"a:1" / (enlist 1;enlist"a:1")
.Q.ld("a:1";"b:2") / (1 2;("a:1";"b:2"))
.Q.ld("a:1+";" 2";"b:3") / (1 3;("a:1+\n 2";"b:3"))

/ ---- Xf Cf
.Q.Xf["C";`:enc] / `:enc
get`:enc / ()
.Q.Xf[`long;`:enl] / `:enl
count get`:enl / 0
.Q.Cf`:enc2 / `:enc2
count get`:enc2 / 0

/ ---- en ens
.Q.en[::;([]a:`a`b`c;b:1 2 3)]`a / `sym$`a`b`c
sym / `a`b`c
.Q.en[::;([]a:`a`d`e;b:1 2 3)]`a / `sym$`a`d`e
sym / `a`b`c`d`e
delete sym from `.;
t1:.Q.en[`:edb;([]col1:`a`b`c;col2:1 2 3)]
t1`col1 / `sym$`a`b`c
get`:edb/sym / `a`b`c
t2:.Q.en[`:edb;([]col1:`a`d`e;col2:1 2 3)]
sym / `a`b`c`d`e
get`:edb/sym / `a`b`c`d`e
(.Q.ens[`:edb;([]sym:`a`b`c);`mysym])`sym / `mysym$`a`b`c
get`:edb/mysym / `a`b`c
type(.Q.en[`:edb;([]a:(`a`b;`c`d))]`a)0 / 20h


/ ---- partitioned databases
trade:([]sym:`b`a`b`c;time:10:00:00.000+til 4;price:1 2 3 4f)
.Q.dpft[`:pdb;2020.01.01;`sym;`trade] / `trade
trade:([]sym:`b`a;time:10:00:00.000+til 2;price:5 6f)
.Q.dpft[`:pdb;2020.01.02;`sym;`trade] / `trade
trade:([]sym:`a`a`z;time:10:00:00.000+til 3;price:7 8 9f)
.Q.dpt[`:pdb;2020.01.03;`trade] / `trade
.Q.par[`:pdb;2020.01.02;`trade] / `:pdb/2020.01.02/trade
attr(get`:pdb/2020.01.01/trade/)`sym / `p
attr(get`:pdb/2020.01.03/trade/)`sym / `
exec price from get`:pdb/2020.01.01/trade/ / 2 1 3 4f
.Q.lo[`:pdb;0b;0b];
date / 2020.01.01 2020.01.02 2020.01.03
\l pdb
.Q.pf / `date
.Q.pt / enlist`trade
.Q.PV / 2020.01.01 2020.01.02 2020.01.03
.Q.pv / 2020.01.01 2020.01.02 2020.01.03
.Q.PD / 3#`:.
.Q.pd / 3#`:.
.Q.u / 1b
.Q.qp trade / 1b
.Q.qp select from trade / 0
.Q.qt trade / 1b
.Q.pn / (enlist`trade)!enlist()
.Q.cn trade / 4 2 3
.Q.pn / (enlist`trade)!enlist 4 2 3
cols trade / `date`sym`time`price
count trade / 9
exec price from .Q.ind[trade;0 4 8] / 2 6 9f
exec date from .Q.ind[trade;3 4 5 6] / 2020.01.01 2020.01.02 2020.01.02 2020.01.03
count .Q.ind[trade;`long$()] / 0
select sum price by date from trade / ([date:2020.01.01 2020.01.02 2020.01.03]price:10 11 24f)

exec price from select price from trade where date=2020.01.02 / 6 5f
.Q.view 2#date
date / 2020.01.01 2020.01.02
.Q.pv / 2020.01.01 2020.01.02
.Q.PV / 2020.01.01 2020.01.02 2020.01.03
count trade / 6
.Q.pn / (enlist`trade)!enlist()
.Q.view[]
count trade / 9
key .Q.V trade / `date`sym`time`price
(.Q.V trade)`price / 7 8 9f
(.Q.V trade)`date / 2020.01.01 2020.01.02 2020.01.03
tt2:([]sym:`a`b;n:1 2)
.Q.dpft[`:.;2020.01.03;`sym;`tt2] / `tt2
\l .
.Q.pt / `trade`tt2
.Q.bv[]
count tt2 / 2
cols .Q.vp`tt2 / `date`sym`n
exec n from select from tt2 where date=2020.01.01 / `long$()
.Q.chk`:. / (();enlist`:./2020.01.02;enlist`:./2020.01.01)
`:./2020.01.04/trade/ set .Q.en[`:.]([]sym:`q`r;time:2#10:00:00.000;price:1 2f);
.Q.li 2020.01.04
date / 2020.01.01 2020.01.02 2020.01.03 2020.01.04
count select from trade where date=2020.01.04 / 2
\cd ..

/ ---- fixed-width records to a partition; settings of handles that are not there
.Q.ipc[99i;(enlist`z)!enlist 0b] / 'domain
.Q.ipc[99i;(enlist`q)!enlist 0b] / 'type
`:dsf.bin 1:raze{reverse[0x0 vs x],reverse[0x0 vs x%2],"x"$"ab "x mod 3}each"i"$til 5;
.Q.dsftg[(`:dsdb;2000.10.02;`rec);(`:dsf.bin;0;0);`n`x`c;("ifc";4 8 1);{update x:neg x from x}] / `:dsdb/2000.10.02/rec/
get`:dsdb/2000.10.02/rec/ / ([]n:"i"$til 5;x:neg .5*til 5;c:"ab ab")
.Q.M:2
.Q.dsftg[(`:dsdb;2000.10.03;`rec);(`:dsf.bin;13;26);`n`c;("i c";4 8 1);::];
get`:dsdb/2000.10.03/rec/ / ([]n:1 2i;c:"b ")
.Q.dsftg[(`:dsdb;2000.10.04;`rec);(`:dsf.bin;13;-13);`n`c;("i c";4 8 1);::];
get`:dsdb/2000.10.04/rec/ / ([]n:1 2 3i;c:"b a")
.Q.M:0W
/ a name with dots is an option, a negative number is not
.Q.opt("-.ns.name";"xx";"yy";"-b";"-1";"-.5") / `.ns.name`b!(("xx";"yy");("-1";"-.5"))
