/ Files: 0: in its five forms, 1:, get and set, load and rload, hcount, hdel, hopen of files, key of folders, dsave, amend on disk.
\cd /tmp
dir:"filetext",string .z.i
system"mkdir ",dir
system"cd ",dir

/ ---- prepare text
csv 0:([]a:1 2 3;b:`x`y`z) / ("a,b";"1,x";"2,y";"3,z")
"|"0:(`a`b`c;1 2 3;"xyz") / ("a|1|x";"b|2|y";"c|3|z")
"\t"0:([]a:1 2;b:1.5 0n) / ("a\tb";"1\t1.5";"2\t")
csv 0:flip`d`t!(2#2022.03.14;2#16:12:57.427) / ("d,t";"2022-03-14,16:12:57.427";"2022-03-14,16:12:57.427")
csv 0:([]p:enlist 2022.03.14D16:12:57.427499000) / (enlist"p";"2022-03-14T16:12:57.427499000")
csv 0:([]m:enlist 2022.03m) / (enlist"m";"2022-03")
","0:([]x:("foo";"bar,baz";"qu\"ux";"fred\",barney")) / (enlist"x";"foo";"\"bar,baz\"";"qu\"ux";"\"fred\"\",barney\"")
csv 0:([]x:("foo\nbar";"baz")) / (enlist"x";"\"foo\nbar\"";"baz")
csv 0:([]a:1.47 0.03;f:("FY22";enlist"FY23")) / 'type
csv 0:([]a:1 0N;b:``x) / ("a,b";"1,";",x")
csv 0:([]a:01b;b:0x0aff) / ("a,b";"0,0a";"1,ff")
csv 0:([]a:0#0;b:0#`) / enlist"a,b"
csv 0:([]n:enlist 0D01:02:03.000000004) / (enlist"n";"0D01:02:03.000000004")
csv 0:([]u:enlist 10:30;v:enlist 10:30:01) / ("u,v";"10:30,10:30:01")
","0:(1 2;3 4) / ("1,3";"2,4")
";"0:([]a:("x;y";"z")) / (enlist"a";"\"x;y\"";enlist"z")
csv 0:([]a:(1 2;3 4)) / 'type

/ ---- save text, read0
`:test.txt 0:enlist"text to save" / `:test.txt
read0`:test.txt / enlist"text to save"
`:new/deep/t.txt 0:("ab";"";"c") / `:new/deep/t.txt
read0`:new/deep/t.txt / ("ab";"";enlist"c")
hcount`:new/deep/t.txt / 6
`:test.txt 0:("over";"written") / `:test.txt
read0`:test.txt / ("over";"written")
read1`:test.txt / `byte$"over\nwritten\n"
`:empty.txt 0:() / `:empty.txt
read0`:empty.txt / ()
`:test.txt 0:"abc" / 'type
read0`:nosuch.txt / 'nosuch.txt. OS reports: No such file or directory
read0(`:test.txt;5) / enlist"written"
read0(`:test.txt;0;4) / enlist"over"

/ ---- load csv
`:data.csv 0:("0,hea,481";"10,dfi,579";"20,oil,77")
("ISI";",")0:`:data.csv / (0 10 20i;`hea`dfi`oil;481 579 77i)
flip`a`b`c!("ISI";",")0:`:data.csv / ([]a:0 10 20i;b:`hea`dfi`oil;c:481 579 77i)
("I I";",")0:`:data.csv / (0 10 20i;481 579 77i)
("*S*";",")0:`:data.csv / ((enlist"0";"10";"20");`hea`dfi`oil;("481";"579";"77"))
("JF";",")0:("1,2";"3,4") / (1 3;2 4f)
("JF";enlist",")0:("a,b";"1,2";"3,4") / ([]a:1 3;b:2 4f)
("J F";enlist",")0:("a,x,b";"1,q,2") / ([]a:enlist 1;b:enlist 2f)
("SD";enlist"|")0:("s|d";"a|2020.01.02";"b|bad") / ([]s:`a`b;d:2020.01.02 0Nd)
(enlist"J";",")0:(enlist"1";enlist"2";enlist"x") / enlist 1 2 0N
("JJ";",")0:enlist enlist"1" / (enlist 1;enlist 0N)
("J*";",")0:enlist"1,\"a,b\"" / (enlist 1;enlist"a,b")
("**";",")0:enlist"\"say \"\"hi\"\"\",2" / (enlist"say \"hi\"";enlist enlist"2")
("JJ";",")0:"3,4" / 3 4
("SJ";" ")0:("a 1";"b 2") / (`a`b;1 2)
("DTV";",")0:enlist"2020-01-02,10:11:12.5,10:11:12" / (enlist 2020.01.02;enlist 10:11:12.500;enlist 10:11:12)
("BXHE";",")0:enlist"1,0a,5,2.5" / (enlist 1b;enlist 0x0a;enlist 5h;enlist 2.5e)
("PNUM";",")0:enlist"2020.01.02D03:04:05,0D01,10:11,2020.05" / (enlist 2020.01.02D03:04:05;enlist 0D01;enlist 10:11;enlist 2020.05m)
(enlist"C";",")0:(enlist"a";enlist"b") / enlist"ab"
(enlist"G";",")0:enlist"00000000-0000-0000-0000-000000000001" / enlist enlist"G"$"00000000-0000-0000-0000-000000000001"
("JJ";enlist",")0:enlist"a,b" / ([]a:0#0;b:0#0)
("JJ";",";1)0:enlist"1,\"2\n3\"" / (enlist 1;enlist 0N)
("ISI";",")0:(`:data.csv;10) / (10 20i;`dfi`oil;579 77i)
("ISI";",")0:(`:data.csv;10;11) / (enlist 10i;enlist`dfi;enlist 579i)

/ ---- load fixed
sum("DT";8 9)0:enlist"20130315185540686" / enlist 2013.03.15D18:55:40.686000000
("DT";8 9)0:("20130315185540686";"20130315185540686") / (2#2013.03.15;2#18:55:40.686)
sum(" Z T";5 20 1 5)0:("Tue, 04 Jun 2013 07:00:13 +0900";"Tue, 04 Jun 2013 07:00:13 -0500") / 2013.06.04T16:00:13.000 2013.06.04T02:00:13.000
("JS";2 3)0:("12abc";"34de ") / (12 34;`abc`de)
("J S";1 1 2)0:("1-ab";"2-cd") / (1 2;`ab`cd)
("**";2 2)0:("abcd";"efgh") / (("ab";"ef");("cd";"gh"))
`:fixed.txt 0:("10 ab";"20 cd")
("J S";2 1 2)0:`:fixed.txt / (10 20;`ab`cd)

/ ---- key-value pairs
"S=;"0:"one=1;two=2;three=3" / (`one`two`three;(enlist"1";enlist"2";enlist"3"))
"S:/"0:"one:1/two:2/three:3" / (`one`two`three;(enlist"1";enlist"2";enlist"3"))
"I=;"0:"1=first;2=second;3=third" / (1 2 3i;("first";"second";"third"))
(!/)"I=\001"0:"8=FIX.4.2\0019=339\00135=D" / 8 9 35i!("FIX.4.2";"339";enlist"D")
"I=*,"0:"5=\"hello,world\",6=1" / (5 6i;("hello,world";enlist"1"))
"J=*,"0:"5=\"hello,world\",6=1" / (5 6;("hello,world";enlist"1"))
"S=*,"0:"a=\"hello,world\",b=1" / (`a`b;("hello,world";enlist"1"))
"J=;"0:"1=a=b;2=" / (1 2;("a=b";""))

/ ---- binary
(enlist 4;enlist"i")1:0x01000000 / enlist enlist 16777216i
(enlist"i";enlist 4)1:0x01000000 / enlist enlist 1i
(enlist"f";enlist 8)1:0x0000000000000840 / enlist enlist 3f
("ich";4 1 2)1:0x00000000410000FF00000042FFFF / (0 255i;"AB";0 -1h)
("ich";4 1 2)1:"arthur!" / (enlist 1752461921i;enlist"u";enlist 8562h)
("**";4 4)1:"abcd\"ef\"" / (enlist"abcd";enlist"\"ef\"")
("j";8)1:0x0200000000000000 / enlist enlist 2
("xb";1 1)1:0x0a010b00 / (0x0a0b;10b)
("h h";2 2 2)1:0x010002000300 / (enlist 1h;enlist 3h)
("e";4)1:0x0000803f / enlist enlist 1e
("s";3)1:"abcdef" / enlist`abc`def
`:hello 1:0x68656c6c6f776f726c64 / `:hello
read1`:hello / 0x68656c6c6f776f726c64
`:hello 1:1 / `:hello
read1`:hello / 0x0100000000000000
("ii";4 4)1:(`:hello;0;8) / (enlist 1i;enlist 0i)
`:b1 1:0x0102030405060708090a0b0c / `:b1
("h";2)1:`:b1 / enlist 513 1027 1541 2055 2569 3083h
("h";2)1:(`:b1;4;4) / enlist 1541 2055h
read1(`:b1;2;3) / 0x030405
hcount`:b1 / 12

/ ---- get, set, load, hdel
`ga set 42 / `ga
ga / 42
`:fa set 42 / `:fa
get`:fa / 42
value`:fa / 42
`:fb set 10 20 30
get`:fb / 10 20 30
16#read1`:fb / 0xfe200700000000000300000000000000
hcount`:fb / 40
`:fc set`a`b!(1 2;"xy")
get`:fc / `a`b!(1 2;"xy")
`:fd set ("hi";"there";"world")
get`:fd / ("hi";"there";"world")
`:fe set ([k:1 2]v:3 4)
get`:fe / ([k:1 2]v:3 4)
`:ff set {x+1}
(get`:ff)5 / 6
`:fg set `s#1 2 3
attr get`:fg / `s
`:sp/ set ([]a:1 2;b:3 4f)
get`:sp/ / ([]a:1 2;b:3 4f)
key`:sp / `s#`.d`a`b
get`:sp/.d / `a`b
`:sps/ set ([]a:`x`y) / 'type
`:spk/ set ([k:1 2]v:3 4) / 'type
get`:test.txt / 'type
get`:nosuch / 'nosuch. OS reports: No such file or directory
`:data set til 20
@[`:data;3 6 8;:;100 200 300] / `:data
get`:data / 0 1 2 100 4 5 200 7 300 9 10 11 12 13 14 15 16 17 18 19
@[`:data;0;+;5] / `:data
first get`:data / 5
.[`:data;();,;20 21] / `:data
count get`:data / 22
`lt set ([]x:1 2 3)
save`lt / `:lt
delete lt from `. / `.
load`lt / `lt
lt / ([]x:1 2 3)
system"mkdir cb"
`:cb/p set 1 2
`:cb/s set`a`b
load`cb / `cb
cb / `p`s!(1 2;`a`b)
load`:fa / `fa
fa / 42
load`:test.txt / 'type
rs:([]a:1 2;b:3 4)
rsave`rs / `:rs/
delete rs from `. / `.
rload`rs / `rs
rs / ([]a:1 2;b:3 4)
hdel`:fa / `:fa
hdel`:fa / 'fa. OS reports: No such file or directory
()~key`:fa / 1b
key`:fb / `:fb
system"mkdir emptydir"
key`:emptydir / `$()
()~key`:nodirhere / 1b
hdel`:emptydir / `:emptydir

/ ---- a file renamed
`:from.txt 0:enlist"moved"
system"r from.txt to.txt"
read0`:to.txt / enlist"moved"
()~key`:from.txt / 1b
system"r from.txt to.txt" / 'from.txt. OS reports: No such file or directory

/ ---- handles to files
h:hopen`:new2/log.txt
h"some text\n" / h
h"more" / h
hclose h
read0`:new2/log.txt / ("some text";"more")
hb:hopen":bytes.dat"
r:hb 0x2324
hclose hb
read1`:bytes.dat / 0x2324
h2:hopen`:bytes.dat
h2 0x25
hclose h2
read1`:bytes.dat / 0x232425
neg[hopen`:lines.txt]each("ab";"cd");
read0`:lines.txt / ("ab";"cd")

/ ---- dsave
dt:([]sym:`b`a`b;price:1 2 3f)
`:db1 dsave`sym xasc`dt / `dt
exec a from meta get`:db1/dt/ / `p`
value exec sym from get`:db1/dt/ / `a`b`b
get`:db1/sym / `a`b
`:db2`2015.01.01 dsave`sym xasc`dt / `dt
key`:db2 / `2015.01.01`sym
key`:db2/2015.01.01 / enlist`dt
`:db1 dsave`dt`nosuchtable / 'nosuchtable
system"cd .."
system"rm -r ",dir
