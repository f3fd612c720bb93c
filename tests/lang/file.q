/ Files: values, text, bytes, handles, logs, splayed and partitioned tables. Everything happens in a scratch directory.
D:`$":/tmp/quill-lang-file-",string .z.i
f:{` sv D,x}
T:([]time:09:30:00 09:30:01 09:30:02;sym:`b`a`b;px:1.5 2.5 3.5;sz:10 20 30)

/ get, set, key, hcount, hdel
(f`a) set 42 / f`a
get f`a / 42
value f`a / 42
(f`v) set 10 20 30 / f`v
get f`v / 10 20 30
hcount f`v / 40
read1 f`v / 0xfe2007000000000003000000000000000a0000000000000014000000000000001e00000000000000
(f`deep`er`file) set `x`y / f`deep`er`file
get f`deep`er`file / `x`y
key f`deep / enlist `er
key D / `a`deep`v
key f`a / f`a
key f`none / ()
hdel f`a / f`a
key f`a / ()
@[value;"hdel f`deep";{x like "*OS reports*"}] / 1b
@[value;"get f`a";{x like "*OS reports*"}] / 1b
`glob set 1 2 3 / `glob
glob / 1 2 3
get (f`v) set 1 2 / 1 2
get (f`v) set "text" / "text"
get (f`v) set ("ab";"";"cde") / ("ab";"";"cde")
get (f`v) set (1 2;3 4 5) / (1 2;3 4 5)
get (f`v) set (1;`a;"x";1 2f) / (1;`a;"x";1 2f)
get (f`v) set () / ()
get (f`v) set `a`b!(1 2;3 4) / `a`b!(1 2;3 4)
get (f`v) set T / T
get (f`v) set ([k:1 2]v:`a`b) / ([k:1 2]v:`a`b)
get (f`v) set 2000.01.01D00:00:00 0Np / 2000.01.01D00:00:00 0Np
get (f`v) set 0Ng,0Ng / 0Ng,0Ng
type get f`v / 2h
attr get (f`v) set `s#1 2 3 / `s
attr get (f`v) set `g#1 2 1 / `g
get (f`v) set {x+y} / {x+y}
(get f`v)[1;2] / 3
get (f`v) set `sym`vector / `sym`vector
.[f`w;();:;1 2] / f`w
get f`w / 1 2
.[f`w;();,;3 4] / f`w
get f`w / 1 2 3 4
.[f`w;();,;5] / f`w
get f`w / 1 2 3 4 5
.[f`w;();,;1.5] / 'type
@[f`w;0 1;:;9] / f`w
get f`w / 9 9 3 4 5
(f`w) upsert 7 8 / f`w
get f`w / 9 9 3 4 5 7 8
(f`s) set `a`b / f`s
.[f`s;();,;`c`d] / f`s
get f`s / `a`b`c`d
hsym `a`:b / `:a`:b
hsym `:c / `:c

/ save, load
system "cd ",1_string D
t:T
save `t / `:t
t:0
load `t / `t
t / T
save `t.csv / `:t.csv
read0 `:t.csv / ("time,sym,px,sz";"09:30:00,b,1.5,10";"09:30:01,a,2.5,20";"09:30:02,b,3.5,30")
save `t.txt / `:t.txt
first read0 `:t.txt / "time\tsym\tpx\tsz"
a:til 6
b:"abc"
save `a`b / `:a`:b
a:b:0
load `a`b / `a`b
(a;b) / (til 6;"abc")
save `nosuchvariable / 'nosuchvariable

/ read0, read1, 0: to save
(`:lines.txt) 0: ("hello";"goodbye") / `:lines.txt
read0 `:lines.txt / ("hello";"goodbye")
read0 `lines.txt / ("hello";"goodbye")
(enlist "S";",") 0: `lines.txt / enlist `hello`goodbye
hcount `lines.txt / hcount `:lines.txt
read1 `:lines.txt / 0x68656c6c6f0a676f6f646279650a
read1 (`:lines.txt;6) / 0x676f6f646279650a
read1 (`:lines.txt;6;4) / 0x676f6f64
read1 (`:lines.txt;6;400) / 0x676f6f646279650a
read0 (`:lines.txt;6) / enlist "goodbye"
read0 (`:lines.txt;3;5) / ("lo";"go")
hcount `:lines.txt / 14
(`:crlf.txt) 1: "a\r\nb\r\n" / `:crlf.txt
read0 `:crlf.txt / (enlist "a";enlist "b")
(`:empty.txt) 0: () / `:empty.txt
read0 `:empty.txt / ()
`:x 0: 1 2 3 / 'type
@[value;"read0 `:nosuchfile";{x like "*OS reports*"}] / 1b

/ 0: prepare text
csv 0: ([]a:1 2 3;b:`x`y`z) / ("a,b";"1,x";"2,y";"3,z")
"|" 0: (`a`b`c;1 2 3;"xyz") / ("a|1|x";"b|2|y";"c|3|z")
csv 0: ([]d:2022.03.14 2022.03.14;t:16:12:57.427 16:12:57.427) / ("d,t";"2022-03-14,16:12:57.427";"2022-03-14,16:12:57.427")
csv 0: ([]x:("foo";"bar,baz";"qu\"ux";"fred\",barney")) / (enlist "x";"foo";"\"bar,baz\"";"qu\"ux";"\"fred\"\",barney\"")
csv 0: ([]("foo\nbar";"baz")) / (enlist "x";"\"foo\nbar\"";"baz")
csv 0: ([]a:1 0N;b:`x`;c:1.5 0n) / ("a,b,c";"1,x,1.5";",,")
csv 0: ([]a:(1 2;"x")) / 'type

/ 0: load delimited
("ISI";",") 0: ("0,hea,481";"10,dfi,579";"20,oil,77") / (0 10 20i;`hea`dfi`oil;481 579 77i)
("JSF";enlist ",") 0: ("a,b,c";"1,x,2.5";"2,y,") / ([]a:1 2;b:`x`y;c:2.5 0n)
("DT";",") 0: "20130315,185540686" / (2013.03.15;18:55:40.686)
("J J";",") 0: ("1,2,3";"4,5,6") / (1 4;3 6)
("J J";enlist ",") 0: ("a,b,c";"1,2,3") / ([]a:enlist 1;c:enlist 3)
("*C";",") 0: ("ab,x";"c,yz") / (("ab";enlist "c");"xy")
("**";",") 0: ("\"a,b\",c";"\"d\"\"e\",f") / (("a,b";"d\"e");(enlist "c";enlist "f"))
("I*";",";1) 0: ("0,\"ab\nc\"";"1,\"def\"") / (0 1i;("ab\nc";"def"))
("JF";",") 0: ("1";"x,y") / (1 0N;0n 0n)
("SSSSSSID";",") 0: ("Take, a,   hippo, to,   lunch, today,        -1, 1941-12-07";"A,    man, a,     plan, a,     hippopotamus, 42, 1952-02-23") / (`Take`A;`a`man;`hippo`a;`to`plan;`lunch`a;`today`hippopotamus;-1 42i;1941.12.07 1952.02.23)
("BXHIJEF";",") 0: ("1,ff,1,2,3,4,5";"0,0a,,,,,") / (10b;0xff0a;1 0Nh;2 0Ni;3 0N;4 0Ne;5 0n)
("PMZNUV";",") 0: enlist "2000.01.02D03:04:05,2000.05,2000.01.02T03:04:05,0D01,10:20,10:20:30" / (enlist 2000.01.02D03:04:05;enlist 2000.05m;enlist 2000.01.02T03:04:05;enlist 0D01;enlist 10:20;enlist 10:20:30)
(`:f.csv) 0: csv 0: T / `:f.csv
("VSFJ";enlist csv) 0: `:f.csv / T
("VSFJ";csv) 0: (`:f.csv;15) / value flip T
("JJ";"\t") 0: ("1\t2";"3\t4") / (1 3;2 4)
("J?";",") 0: enlist "1,2" / 'type
("JJ";enlist ",") 0: () / 'length

/ 0: load fixed
("DT";8 9) 0: ("20130315185540686";"20130315185540686") / (2013.03.15 2013.03.15;18:55:40.686 18:55:40.686)
sum ("DT";8 9) 0: enlist "20130315185540686" / enlist 2013.03.15D18:55:40.686
("J S";2 1 3) 0: ("12-abc";" 7-x  ") / (12 7;`abc`x)
(`:fixed.txt) 1: "1a2b3c" / `:fixed.txt
("JC";1 1) 0: `:fixed.txt / (1 2 3;"abc")

/ 0: key-value pairs
"S=;" 0: "one=1;two=2;three=3" / (`one`two`three;enlist each "123")
"S:/" 0: "one:1/two:2/three:3" / (`one`two`three;enlist each "123")
"I=;" 0: "1=first;2=second;3=third" / (1 2 3i;("first";"second";"third"))
(!/) "I=\001" 0: "8=FIX.4.2\0019=339\00135=D" / 8 9 35i!("FIX.4.2";"339";enlist "D")
"I=*," 0: "5=\"hello,world\",6=1" / (5 6i;("hello,world";enlist "1"))
"J=*," 0: "5=\"hello,world\",6=1" / (5 6;("hello,world";enlist "1"))
"S=*," 0: "a=\"hello,world\",b=1" / (`a`b;("hello,world";enlist "1"))

/ 1:
(enlist 4;enlist "i") 1: 0x01000000 / enlist enlist 16777216i
(enlist "i";enlist 4) 1: 0x01000000 / enlist enlist 1i
("ich";4 1 2) 1: 0x00000000410000FF00000042FFFF / (0 255i;"AB";0 -1h)
("ich";4 1 2) 1: "arthur!" / (enlist 1752461921i;enlist "u";enlist 8562h)
("**";4 4) 1: "abcd\"ef\"" / (enlist "abcd";enlist "\"ef\"")
(`:hello) 1: 0x68656c6c6f776f726c64 / `:hello
read1 `:hello / 0x68656c6c6f776f726c64
(`:hello) 1: 1 / `:hello
read1 `:hello / 0x0100000000000000
("j";8) 1: 0x00 / 'type
(enlist "j";enlist 4) 1: 0x00000000 / 'length
@[value;"`lib 2: (`f;1)";{x like "nyi*"}] / 1b

/ compression
x:10000#1 2 3 4
(`:z;17;2;6) set x / `:z
get `:z / x
(-21!`:z)`uncompressedLength`algorithm`logicalBlockSize`zipLevel / (80016;2i;17i;6i)
hcount `:z / 80016
((-21!`:z)`compressedLength)<1000 / 1b
(`:z;17;4;0) set x / `:z
get `:z / x
(`:z;16;5;3) set x / `:z
get `:z / x
(`:z;17;3;0) set x / `:z
get `:z / x
(`:z) upsert 5 6 / `:z
-2#get `:z / 5 6
count get `:z / 10002
`:plain set x / `:plain
count -21!`:plain / 0
-19!(`:plain;`:packed;17;2;6) / `:packed
get `:packed / x
(`:file;17;2;9) 1: 100#0x0 / `:file
read1 `:file / 100#0x0
(`:zt/;17;2;6) set ([]a:x;b:x) / `:zt/
get `:zt/ / ([]a:x;b:x)
(`:zt/;``a!(17 2 6;17 5 3)) set ([]a:x;b:x) / `:zt/
(-21!`:zt/a;-21!`:zt/b)@\:`algorithm / 5 2i
(`:z;5;2;6) set x / 'disk compression - bad logicalBlockSize
.z.zd:17 2 6
`:zd set x / `:zd
(-21!`:zd)`algorithm / 2i
`:zd.ext set x / `:zd.ext
count -21!`:zd.ext / 0
.z.zd:3#0
`:zd set x / `:zd
count -21!`:zd / 0

{[a;l](`:alg;12;a;l)set x;(get[`:alg]~x)&a=(-21!`:alg)`algorithm}'[1 2 2 3 4 4 4 5 5;0 0 9 0 0 16 20 22 -7] / 9#1b
{[a;l](-19!(`:plain;`:alg;14;a;l));get[`:alg]~x}'[1 2 3 4 5;0 6 0 9 10] / 5#1b
(`:alg;12;5;-7)set x / `:alg
(-21!`:alg)`zipLevel / -7i
(`:alg;17;2;10)set x / 'domain
(`:alg;17;7;0)set x / 'domain
(`:alg;12;2;6)set til 1000 / `:alg
`:alg upsert 1000+til 3000 / `:alg
`:alg upsert 4000 / `:alg
get`:alg / til 4001
(-21!`:alg)`uncompressedLength`algorithm`logicalBlockSize`zipLevel / (32024;2i;12i;6i)
(`:alg;12;3;0)set `p#`long$1 1 2 / `:alg
`:alg upsert 2 3 / `:alg
(attr;(-21!)`:alg) @' (get`:alg;`algorithm) / (`p;3i)
(`:ztd/;17;2;6)set ([]a:x;b:string x) / `:ztd/
{(-21!` sv`:ztd,x)`algorithm}each`a`b,`$"b#" / 2 2 2i
`:ztd/ upsert ([]a:1 2;b:("xx";"yyy")) / `:ztd/
-2#get`:ztd / ([]a:1 2;b:("xx";"yyy"))
.z.zd:``a!(17 3 0;17 5 1)
`:zdd/ set ([]a:x;b:x) / `:zdd/
(-21!`:zdd/a;-21!`:zdd/b)@\:`algorithm / 5 3i
key -21!`:zdd/.d / `symbol$()
\x .z.zd

/ splayed tables
`:db/T/ set T / 'type
`:db/T/ set .Q.en[`:db;T] / `:db/T/
key `:db/T / `.d`px`sym`sz`time
get `:db/T/.d / `time`sym`px`sz
get `:db/sym / `b`a
sym / `b`a
get[`:db/T/sym] / `sym$`b`a`b
select from get `:db/T/ / update sym:`sym$sym from T
get `:db/T / get `:db/T/
select sz from get[`:db/T/] where sym=`b / ([]sz:10 30)
`:db/T/ upsert .Q.en[`:db;([]time:1#09:31:00;sym:1#`c;px:1#4.5;sz:1#40)] / `:db/T/
count get `:db/T / 4
get `:db/sym / `b`a`c
exec sym from get `:db/T / `sym$`b`a`b`c
`:db/T/ upsert (09:32:00;`a;5.5;50) / `:db/T/
last get `:db/T / `time`sym`px`sz!(09:32:00;`sym$`a;5.5;50)
`:db/T/ upsert (09:32:00;`unknown;5.5;50) / 'cast
`sym xasc `:db/T / `:db/T
exec sym from get `:db/T / `sym$`a`a`b`b`c
@[`:db/T;`sym;`p#] / `:db/T
attr exec sym from get `:db/T / `p
@[`:db/T;`newcol;:;til 5] / `:db/T
.[`:db/T/.d;();,;`newcol] / `:db/T/.d
cols get `:db/T / `time`sym`px`sz`newcol
`:nest/ set ([]a:1 2;b:("ab";"cde")) / `:nest/
key `:nest / `$(".d";enlist "a";enlist "b";"b#")
get `:nest / ([]a:1 2;b:("ab";"cde"))
`:nest/ set ([k:1 2]v:3 4) / 'type
keyed:`:db/E/ set .Q.ens[`:db;([]s:`q`r);`other]
get `:db/other / `q`r
.Q.en[::;([]s:`zz`b)] / ([]s:`sym$`zz`b)
last sym / `zz
`:enu?`x`y`x / `enu$`x`y`x
get `:enu / `x`y
`:enu?`z`x / `enu$`z`x
enu / `x`y`z
r:([]p:1 2)
rsave `r / `:r/
r:0
rload `r / `r
r / ([]p:1 2)
(`:dsv) dsave `T / `T
attr exec time from get `:dsv/T / `p

/ file handles
h:hopen `:out.txt
h "some text\n" / h
neg[h] "line" / neg h
neg[h] ("two";"three") / neg h
hclose h / (::)
read0 `:out.txt / ("some text";"line";"two";"three")
@[{h x;0b};"more";{1b}] / 1b
h:hopen ":dir/made/out.bin"
h 0x0102 / h
h 1 2 / h
hclose h
read1 `:dir/made/out.bin / 0x010201000000000000000200000000000000
h:hopen `:out.txt
h "x"
hclose h
last read0 `:out.txt / enlist "x"

/ logs
`:log set () / `:log
read1 `:log / 0xff01000000000000
h:hopen `:log
h enlist (`upd;`t;1 2) / h
h enlist (`upd;`t;3 4) / h
h enlist ("{seen,:x}";100) / h
hclose h
-11!(-2;`:log) / 3
seen:()
upd:{[t;x] seen,:x}
-11!`:log / 3
seen / 1 2 3 4 100
seen:()
-11!(1;`:log) / 1
seen / 1 2
-11!(0;`:log) / 0
-11!(-1;`:log) / 3
count get `:log / 3
first get `:log / (`upd;`t;1 2)
n:hcount `:log
h:hopen `:log
h 0x0000030000
hclose h
-11!(-2;`:log) / 3,n
-11!(3;`:log) / 3
-11!`:log / 'badtail
-11!(4;`:log) / 'badtail
`:bad set 1 2 3 / `:bad
@[value;"-11!`:bad";{x like "*not a log*"}] / 1b
upd:{[t;x] 'oops}
-11!`:log / 'oops

/ partitioned tables
trade:([]time:2024.01.02D09:30+0D00:00:01*til 6;sym:`b`a`b`c`a`b;px:1.5 2 3 4 5 6;sz:1+til 6)
quote:([]sym:`a`b;bid:1 2f)
.Q.dpft[`:hdb;2024.01.02;`sym;`trade] / `trade
.Q.dpft[`:hdb;2024.01.03;`sym;`quote] / `quote
trade:update px:2*px from trade
.Q.dpft[`:hdb;2024.01.03;`sym;`trade] / `trade
.Q.dpft[`:hdb;2024.01.03;`nosuch;`trade] / 'nosuch
attr get `:hdb/2024.01.02/trade/sym / `p
get `:hdb/2024.01.02/trade/.d / `sym`time`px`sz
.Q.par[`:hdb;2024.01.02;`trade] / `:hdb/2024.01.02/trade
.Q.par[`:hdb;2024.01.02;`] / `:hdb/2024.01.02/
.Q.chk `:hdb / (();enlist `:hdb/2024.01.02)
count get `:hdb/2024.01.02/quote / 0
\l hdb
.Q.pf / `date
.Q.pv / 2024.01.02 2024.01.03
date / 2024.01.02 2024.01.03
.Q.pt / `quote`trade
.Q.PD / `:.`:.
.Q.qp trade / 1b
.Q.qp ([]a:1 2) / 0
.Q.qt trade / 1b
.Q.qt ([k:1 2]v:3 4) / 1b
.Q.qt 1 2 / 0b
count trade / 12
cols trade / `date`sym`time`px`sz
exec sz from select from trade where date=2024.01.02 / 2 5 1 3 6 4
select sum sz by date from trade / ([date:2024.01.02 2024.01.03]sz:21 21)
exec first px from trade where date=2024.01.03,sym=`c / 8f
attr exec sym from select sym from trade where date=2024.01.02 / `p
.Q.cn trade / 6 6
.Q.pn`trade / 6 6
.Q.ind[trade;0 7 3] / ([]date:2024.01.02 2024.01.03 2024.01.02;sym:`sym$`a`a`b;time:2024.01.02D09:30+0D00:00:01*1 4 2;px:2 10 3f;sz:2 5 3)
.Q.ind[trade;enlist 99] / 'length
.Q.view 1#date
count trade / 6
.Q.pv / enlist 2024.01.02
.Q.PV / 2024.01.02 2024.01.03
.Q.view 1999.01.01 / 'invalid partition filter
.Q.pv / enlist 2024.01.02
.Q.view[]
count trade / 12
.Q.MAP[]
exec sum sz from trade / 42
select sum sz by date from trade where sym=`a / ([date:2024.01.02 2024.01.03]sz:7 7)
`:2024.01.04/trade/ set get `:2024.01.03/trade / `:2024.01.04/trade/
.Q.li 2024.01.04
count trade / 18
\l .
@[value;"select from quote where date=2024.01.04";{x like "*OS reports*"}] / 1b
.Q.bv[]
count select from quote where date=2024.01.04 / 0
count quote / 2
key .Q.vp / enlist `quote
\cd ..
big:([]s:`x`y;n:1 2)
.Q.dpt[`:seg;3;`big] / `big
key `:seg / `3`sym
.Q.dpfts[`:seg;4;`s;`big;`dom] / `big
get `:seg/dom / `x`y
mixed:([]a:til 2;b:2#enlist (til 1;10))
.Q.dpt[`:seg;5;`mixed] / 'unmappable
big:([]s:`x`y;n:1 2)
\mkdir -p s1 s2 root
`:root/par.txt 0: ("../s1";"../s2") / `:root/par.txt
.Q.dpft[`:root;2024.01.01;`s;`big] / `big
.Q.dpft[`:root;2024.01.02;`s;`big] / `big
(count key `:s1;count key `:s2) / 1 1
\l root
date / 2024.01.01 2024.01.02
count big / 4
count .Q.P / 2
count .Q.D / 2
\cd ..

/ lines in lumps
`:many.txt 0: string til 1000 / `:many.txt
got:0
.Q.fs[{got+:count x}] `:many.txt / 3890
got / 1000
got:()
.Q.fsn[{got,:enlist count x};`:many.txt;1000] / 3890
sum got / 1000
(count got)>3 / 1b

/ a script whose name ends in .k is k
`:kay.k 0: ("kaycount:{#x}";"kayends:{(*x),(\",\"/:y),*|x}";"kaysum:+/")
system"l kay.k"
kaycount 1 2 3 / 3
kayends["ab";("x";"y")] / "ax,yb"
kaysum 1 2 3 / 6
/ small type letters read as the large ones
("sj*";",") 0: ("a,1,x";"b,2,y") / (`a`b;1 2;(enlist "x";enlist "y"))
/ on-disk amend is for plain vectors
`:enumerated set `:sym?`a`b`a / `:enumerated
@[`:enumerated;0 1;:;`sym?`a`b] / 'type/attr error amending file enumerated

/ tidy up
dir:{$[11h=type d:key x;raze x,.z.s each` sv/:x,/:d;d]}
nuke:hdel each desc dir@
\cd /
count[nuke D]>50 / 1b
key D / ()
