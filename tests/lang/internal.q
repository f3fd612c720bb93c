/ Internal functions -n!x. https://code.kx.com/q/basics/internal/

/ ---- 0N! show: the identity
0N!42 / 42
0N!`a`b / `a`b
0N!() / ()
(0N!2)+3 / 5

/ ---- replaced by keywords and utilities
-1!`foo / `:foo
-1!`:foo / `:foo
-1!`foo`bar / `:foo`:bar
-2!`s#1 2 3 / `s
-2!1 2 3 / `
-2!`u#`a`b / `u
-3!1 2 3 / "1 2 3"
-3!`a`b!1 2 / "`a`b!1 2"
-3!"ab" / "\"ab\""
-3!([]a:1 2) / "+(,`a)!,1 2"
-5!"1+2" / (+;1;2)
-5!"select n from t" / (?;`t;();0b;(enlist`n)!enlist`n)
-5!"`a" / enlist`a
-6!(+;1;2) / 3
-6!(til;5) / 0 1 2 3 4
-6!(*;(+;1;2);3) / 9
`:isix 1:0x010203040506;
-7!`:isix / 6
-12!2130706433i / `localhost
-13!`localhost / 2130706433i
-15!"this is a not so secret message" / md5"this is a not so secret message"
-15!"" / 0xd41d8cd98f00b204e9800998ecf8427e
type -20!0 / -7h
-24!(+;1;2) / 3
-29!"[1,2]" / 1 2f
-31!(-0w 0 0w;(enlist`null0w)!enlist 1b) / "[null,0,null]"
-32!"Hello World!" / "SGVsbG8gV29ybGQh"
(-34!(+;2 3))1 / 5
-35!(-35!(9;"hello")) / "hello"
(-35!(::)) / 1b

/ ---- -4! tokens
-4!"select this from that" / ("select";enlist" ";"this";enlist" ";"from";enlist" ";"that")
-4!"a variable named aa_bb" / (enlist"a";enlist" ";"variable";enlist" ";"named";enlist" ";"aa_bb")
-4!"1+2" / (enlist"1";enlist"+";enlist"2")
-4!"x:1 2 3" / (enlist"x";enlist":";"1 2 3")
-4!"f[a;b]" / (enlist"f";enlist"[";enlist"a";enlist";";enlist"b";enlist"]")
-4!"`a`b" / enlist"`a`b"
-4!"x+:1" / (enlist"x";"+:";enlist"1")
-4!"\"ab\"" / enlist"\"ab\""
-4!"f'x" / (enlist"f";enlist"'";enlist"x")
-4!"f/:x" / (enlist"f";"/:";enlist"x")
-4!"2020.01.01" / enlist"2020.01.01"
-4!"0x01" / enlist"0x01"
-4!".z.p" / enlist".z.p"
-4!"{x}" / (enlist"{";enlist"x";enlist"}")
-4!"" / ()
raze -4!"select max p by s from t where x in `a`b" / "select max p by s from t where x in `a`b"

/ ---- -8! -9! -22! bytes
-8!1 2 3 / 0x0100000026000000070003000000010000000000000002000000000000000300000000000000
-8!1 2 3i / 0x010000001a000000060003000000010000000200000003000000
-8!1 / 0x0100000011000000f90100000000000000
-8!1i / 0x010000000d000000fa01000000
-8!1h / 0x010000000b000000fb0100
-8!1b / 0x010000000a000000ff01
-8!0x05 / 0x010000000a000000fc05
-8!"a" / 0x010000000a000000f661
-8!"ab" / 0x01000000100000000a00020000006162
-8!`ab / 0x010000000c000000f5616200
-8!`a`b / 0x01000000120000000b000200000061006200
-8!1f / 0x0100000011000000f7000000000000f03f
-8!1e / 0x010000000d000000f80000803f
-8!() / 0x010000000e000000000000000000
-8!(::) / 0x010000000a0000006500
-8!`s#1 2 / 0x010000001e00000007010200000001000000000000000200000000000000
-8!2000.01.02 / 0x010000000d000000f201000000
-8!10:00 / 0x010000000d000000ef58020000
-8!0b / 0x010000000a000000ff00
-8!`a`b!1 2i / 0x0100000021000000630b0002000000610062000600020000000100000002000000
-8!`s#`a`b!2 3i / 0x01000000210000007f0b0102000000610062000600020000000200000003000000
-8!([]a:enlist 2i;b:enlist 3i) / 0x010000002f0000006200630b0002000000610062000000020000000600010000000200000006000100000003000000
-8!([a:enlist 2i]b:enlist 3i) / 0x010000003f000000636200630b00010000006100000001000000060001000000020000006200630b0001000000620000000100000006000100000003000000

-8!{x+y} / 0x010000001500000064000a00050000007b782b797d
-9!-8!1 2 3 / 1 2 3
{x~-9!-8!x}each(1b;0x01;1h;1i;1;1e;1f;"a";`a;2020.01.01;2020.01m;.z.p;.z.n;10:00;10:00:00;10:00:00.000;first 1?0Ng) / 17#1b
{x~-9!-8!x}each(101b;0x0102;1 2h;1 2i;1 2;1 2e;1 2f;"ab";`a`b;();(1;`a;"b");enlist"abc") / 12#1b
{x~-9!-8!x}each(`a`b!1 2;([]a:1 2);([a:1 2]b:3 4);(`a`b;1 2)!3 4;()!();enlist[`a]!enlist 1 2) / 6#1b
{x~-9!-8!x}each({x+y};(+);(+/);(+)[1;];neg;{x+y}[1;];('[neg;abs])) / 7#1b
{x~-9!-8!x}each(0N;0n;0Wh;-0Wi;0Np;0Wd;0Ng;`;" ") / 9#1b
attr -9!-8!`s#1 2 3 / `s
attr -9!-8!`u#1 2 3 / `u
attr -9!-8!`g#1 2 3 / `g
-9!0x00 / 'type
-9!enlist 0x00 / 'badmsg
-9!0x0100000026000000070003000000 / 'badmsg
{(-22!x)=count -8!x}each(1;1 2 3;"abc";`a`b!1 2;([]a:1 2;b:`x`y);();(1;"ab";`c);til 1000) / 8#1b
-22!1 / 17
-22!"abc" / 17
-22!til 100000 / 800014
-22!() / 14
-22!`abc / 13

/ ---- -18! compressed
count -8!til 1000 / 8014
count[-18!til 1000]<4007 / 1b
til[1000]~-9!-18!til 1000 / 1b
(-18!1 2 3)~-8!1 2 3 / 1b
(-18!til 1000)2 / 0x01
(-8!til 1000)2 / 0x00
(-18!240#0)2 / 0x00
((10000#"ab"))~-9!-18!10000#"ab" / 1b

/ ---- -10! type numbers of enumerations
-10!40h / 1b

/ ---- -11! logs
`:in.log set();
lh:hopen`:in.log
lh enlist(`ilog;1);
lh enlist(`ilog;2);
lh enlist(`ilog;3);
hclose lh
isum:0
ilog:{isum+:x}
-11!`:in.log / 3
isum / 6
-11!(-1;`:in.log) / 3
isum / 12
-11!(2;`:in.log) / 2
isum / 15
-11!(0;`:in.log) / 0
-11!(-2;`:in.log) / 3
delete ilog from `.;
-11!`:in.log / 'ilog
ilog:{isum+:x}
`:in.log 1:(read1`:in.log),0x0102;
first -11!(-2;`:in.log) / 3
last[-11!(-2;`:in.log)]=-2+hcount`:in.log / 1b
-11!`:in.log / 'badtail
-11!(3;`:in.log) / 3

/ ---- -14! quotes for CSV
-14!"a\"b" / "a\"\"b"
-14!"abc" / "abc"
-14!"" / ""

/ ---- -16! references
rc:1 2 3
-16!rc / 1i
ra:rb:rd:re:rf:4 5 6
-16!ra / 5i

/ ---- -21! compression of files
(`:zf;17;2;6)set til 100000;
key -21!`:zf / `compressedLength`uncompressedLength`algorithm`logicalBlockSize`zipLevel
(-21!`:zf)`algorithm`logicalBlockSize`zipLevel / 2 17 6i
(-21!`:zf)`uncompressedLength / 800016
(-21!`:zf)[`compressedLength]=hcount[`:zf] / 0b
get[`:zf]~til 100000 / 1b
`:uzf set til 10;
count -21!`:uzf / 0
-19!(`:uzf;`:zuzf;17;2;6);
get`:zuzf / til 10
(-21!`:zuzf)`zipLevel / 6i

/ ---- -23! memory map
-23!1 2 3 / 1 2 3

/ ---- -27! precision format
-27!(3i;0 1+123456789.4567) / ("123456789.457";"123456790.457")
-27!(2i;.045) / "0.04"
-27!(0i;1.7) / enlist"2"
-27!(2i;1 2f) / ("1.00";"2.00")
-27!(4i;-1%3) / "-0.3333"
-27!(2i;0n) / ""

/ ---- -33! SHA-1
raze string -33!"mypassword" / "91dfd9ddb4198affc5c194cd8ce6d338fde470e2"
-33!"" / 0xda39a3ee5e6b4b0d3255bfef95601890afd80709
-33!"abc" / 0xa9993e364706816aba3e25717850c26c9cd0d89d

/ ---- -36! master key
-36!(::) / 0b

/ ---- -38! sockets
-38!`int$() / ([]p:"";f:"";z:`boolean$();n:`long$();m:`long$())

/ ---- -120! memory domain
-120!1 2 3 / 0



