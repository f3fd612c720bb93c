/ Tok and Cast of text, string, sv, vs, ss, ssr, trim, by the pages of ref/.

/ ---- tok: one type after another
"B"$"1" / 1b
"B"$"0" / 0b
"B"$" Y " / 1b
"B"$(" Y ";"    N ") / 10b
.Q.an where"B"$'.Q.an / "txyTXY1"
"B"$'"   Y  " / 000100b
"G"$"8c6b8b64-6815-6084-0a3e-178401251b68" / "G"$"8c6b8b64681560840a3e178401251b68"
"G"$"" / 0Ng
null"G"$"zz" / 1b
string"G"$"192.0.2.1" / "00000000-0000-0000-0000-ffffc0000201"
string"G"$"2001:0DB8:85A3:0000:0000:8A2E:0370:7334" / "20010db8-85a3-0000-0000-8a2e03707334"
string"G"$"2001:0DB8:85A3::8A2E:0370:7334" / "20010db8-85a3-0000-0000-8a2e03707334"
string"G"$"::8A2E:0370:7334" / "00000000-0000-0000-0000-8a2e03707334"
string"G"$"::FFFF:192.0.2.1" / "00000000-0000-0000-0000-ffffc0000201"
string"G"$"::FFFF:c000:201" / "00000000-0000-0000-0000-ffffc0000201"
"X"$"42" / 0x42
"X"$"ff" / 0xff
"X"$"0" / 0x00
"H"$"12" / 12h
"H"$"32767" / 0Wh
"H"$"32768" / 0Nh
"H"$"-5" / -5h
"H"$"" / 0Nh
"I"$"42" / 42i
"I"$"2147483648" / 0Ni
"I"$" 7 " / 7i
"I"$"1.5" / 0Ni
"I"$"abc" / 0Ni
"I"$"192.168.1.34" / -1062731486i
"J"$"42" / 42
"J"$"-42" / -42
"J"$"" / 0N
"J"$"4 2" / 0N
"J"$"0x10" / 0N
"J"$"9223372036854775807" / 0W
"E"$"3.14" / 3.14e
-8h$"3.14" / 3.14e
"E"$"" / 0Ne
"F"$"1e5" / 100000f
"F"$"1.5e-3" / .0015
"F"$"-.5" / -.5
"F"$"5" / 5f
"F"$"x" / 0n
"F"$"0w" / 0w
"F"$"-0w" / -0w
"C"$"a" / "a"
"S"$"hello" / `hello
`$"hello" / `hello
`$"   IBM   " / `IBM
`$"" / `
`$("a";"bc") / `a`bc
`$"a b" / `$"a b"
`$"abc",\:"1" / `a1`b1`c1
"*"$"abc" / "abc"
0h$"abc" / "abc"

/ ---- dates
"D"$"2000-12-12" / 2000.12.12
"D"$"2000.12.12" / 2000.12.12
"D"$"2000/12/12" / 2000.12.12
"D"$"20001212" / 2000.12.12
"D"$"001212" / 2000.12.12
"D"$"12/31/2020" / 2020.12.31
"D"$"12/31/20" / 2020.12.31
"D"$"31DEC2020" / 2020.12.31
"D"$"31Dec20" / 2020.12.31
"D"$"Dec/31/2020" / 2020.12.31
"D"$"2020/Dec/31" / 2020.12.31
"D"$"2147483648" / 0Nd
"D"$"2020.13.01" / 0Nd
"D"$"2020.02.30" / 0Nd
"D"$"2020.02.29" / 2020.02.29
"D"$"2019.02.29" / 0Nd
"D"$"" / 0Nd
"D"$"garbage" / 0Nd
"M"$"2020.03" / 2020.03m
"M"$"2020-03" / 2020.03m
"M"$"202003" / 2020.03m
"M"$"2020.03.15" / 2020.03m
"M"$"" / 0Nm

/ ---- times
"U"$"12:13:14" / 12:13
"U"$"12:13" / 12:13
"U"$"1213" / 12:13
"V"$"12:13:14" / 12:13:14
"V"$"121314" / 12:13:14
"V"$"12:13" / 12:13:00
"T"$"123456789" / 12:34:56.789
"T"$"12:34:56.789" / 12:34:56.789
"T"$"12:34:56" / 12:34:56.000
"T"$"12:34" / 12:34:00.000
"T"$"123456123987654" / 12:34:56.123
"T"$"25:00:00.000" / 25:00:00.000
"N"$"123456123987654" / 0D12:34:56.123987654
"N"$"12:34:56.123456789" / 0D12:34:56.123456789
"N"$"1D02:03:04" / 1D02:03:04
"N"$"" / 0Nn
"P"$"2015-10-28D03:55:58.6542" / 2015.10.28D03:55:58.6542
"P"$"2015-10-28T03:55:58.6542" / 2015.10.28D03:55:58.6542
"P"$"2015-10-28 03:55:58" / 2015.10.28D03:55:58
"P"$"2015.10.28" / 2015.10.28D
"P"$"10129708800" / 2290.12.31D
"P"$"00000000000" / 1970.01.01D
"P"$"10129708800.123456789" / 2290.12.31D00:00:00.123456789
"P"$"00000000000.123456789" / 1970.01.01D00:00:00.123456789
"PZ"$\:"20191122-11:11:11.123" / (2019.11.22D11:11:11.123;2019.11.22T11:11:11.123)
"P"$"" / 0Np
"P"$"zz" / 0Np
"Z"$"2020.01.02T03:04:05.006" / 2020.01.02T03:04:05.006
"Z"$"" / 0Nz

/ ---- iteration
"BXH"$("42";"42";"42") / (0b;0x42;42h)
("B";"XHI")$("42";("42";"42";"42")) / (0b;(0x42;42h;42i))
"J"$enlist each"1x3" / 1 0N 3
"JF"$("1";"2") / (1;2f)
"J"$(("12";"34");enlist"56") / (12 34;enlist 56)
"J"$`a`b!("12";"34") / `a`b!12 34
"DS"$'("2020.01.01";"ab") / (2020.01.01;`ab)
"J"$() / `long$()
"S"$("ab";"cd") / `ab`cd
"J"$"1 2 3" / 0N
"J"$" "vs"1 2 3" / 1 2 3
-7h$"42" / 42
-11h$"ab" / `ab
-14h$"2020.01.01" / 2020.01.01
type each"BGXHIJEFCSPMDZNUVT"$\:"1" / -1 -2 -4 -5 -6 -7 -8 -9 -10 -11 -12 -13 -14 -15 -16 -17 -18 -19h
"I"$"1" / 1i
"i"$"1" / 49i
"Q"$"1" / 'type

/ ---- string
string`ibm / "ibm"
string 2 / enlist"2"
string{x*x} / "{x*x}"
string(+/) / "+/"
string(2 3;"abc") / ((enlist"2";enlist"3");(enlist"a";enlist"b";enlist"c"))
string"cat" / (enlist"c";enlist"a";enlist"t")
string`a`b`c!2002 2004 2010 / `a`b`c!("2002";"2004";"2010")
string([]a:1 2 3;b:`ibm`goog`aapl) / ([]a:enlist each"123";b:("ibm";"goog";"aapl"))
string([k:`x`y]v:1 2) / ([k:(enlist"x";enlist"y")]v:enlist each"12")
string 1b / enlist"1"
string 0x0a / "0a"
string 3h / enlist"3"
string 3i / enlist"3"
string 1.5e / "1.5"
string 1.0 / enlist"1"
string 1e10 / "1e+10"
string 0n / ""
string 0N / ""
string 0w / "0w"
string -0w / "-0w"
string 0W / "0W"
string` / ""
string"" / ()
string`symbol$() / ()
string 2020.01.02 / "2020.01.02"
string 2020.01m / "2020.01"
string 10:00 / "10:00"
string 10:00:01 / "10:00:01"
string 10:00:01.5 / "10:00:01.500"
string 0D01 / "0D01:00:00.000000000"
string 2020.01.02D03 / "2020.01.02D03:00:00.000000000"
string 2020.01.02T03:04:05.006 / "2020.01.02T03:04:05.006"
string 0Nd / ""
string(1;`a;"b") / (enlist"1";enlist"a";enlist"b")
string 0Ng / "00000000-0000-0000-0000-000000000000"
string(::) / "::"
string -5 / "-5"

/ ---- vs
"," vs"one,two,three" / ("one";"two";"three")
", "vs"spring, summer, autumn, winter" / ("spring";"summer";"autumn";"winter")
"|"vs"red|green||blue" / ("red";"green";"";"blue")
` vs"abc\ndef\nghi" / ("abc";"def";"ghi")
` vs"abc\r\ndef\r\nghi" / ("abc";"def";"ghi")
` vs"abc\ndef\nghi\n" / ("abc";"def";"ghi")
"\n"vs"abc\ndef\nghi\n" / ("abc";"def";"ghi";"")
"x"$` vs"x"$"abc\ndef" / ("x"$"abc";"x"$"def")
` vs`mywork.dat / `mywork`dat
` vs`a.b.c / `a`b`c
` vs`abc / enlist`abc
` vs`:/home/kdb/data/mywork.dat / `:/home/kdb/data`mywork.dat
` vs`:file / `:`file
0x02 vs 0x0102010201 / (enlist 0x01;enlist 0x01;enlist 0x01)
0x0203 vs 0x000102030405 / (0x0001;0x0405)
" "vs"x"$"a b" / (enlist"a";enlist"b")
0b vs 23173h / 0101101010000101b
0b vs 23173i / 00000000000000000101101010000101b
0b vs 0x05 / 00000101b
count 0b vs 1 / 64
count 0b vs 0Ng / 128
0x0 vs 2413h / 0x096d
0x0 vs 2413i / 0x0000096d
0x0 vs 2413 / 0x000000000000096d
0x0 vs 2413e / 0x4516d000
0x0 vs 2413f / 0x40a2da0000000000
"."sv string"i"$0x0 vs -1062731743i / "192.168.0.33"
10 vs 1995 / 1 9 9 5
2 vs 9 / 1 0 0 1
24 60 60 vs 3805 / 1 3 25
10 vs 1995 1996 1997 / (1 1 1;9 9 9;9 9 9;5 6 7)
(10 vs 1995 1996 1997)[;0] / 1 9 9 5
10 vs(1995;1996 1997) / ((1;1 1);(9;9 9);(9;9 9);(5;6 7))
10 vs 0 / enlist 0
16 vs 255 / 15 15
","vs"" / enlist""
","vs"," / ("";"")
","vs"abc" / enlist"abc"
"ab"vs"xabyab" / (enlist"x";enlist"y";"")

/ ---- sv
","sv("one";"two";"three") / "one,two,three"
"\t"sv("one";"two";"three") / "one\ttwo\tthree"
", "sv("one";"two";"three") / "one, two, three"
"."sv string 192 168 1 23 / "192.168.1.23"
` sv("one";"two";"three") / "one\ntwo\nthree\n"
` sv`quick`brown`fox / `quick.brown.fox
0x03 sv 0x02 vs 0x0102010201 / 0x0103010301
0x0203 sv(0x0001;0x0405) / 0x000102030405
0x02 sv(enlist 0x01;enlist 0x01;enlist 0x01) / 0x0102010201
` sv`:/home/kdb/q`data`2010.03.22`trade / `:/home/kdb/q/data/2010.03.22/trade
` sv`mywork`dat / `mywork.dat
` sv`:a` / `:a/
10 sv 2 3 5 7 / 2357
100 sv 2010 3 17 / 20100317
0 24 60 60 sv 2 3 5 7 / 183907
10 sv 1 / 'type
2 sv 1 0 1 1 / 11
0x0 sv"x"$0 255 / 255h
0x0 sv"x"$128 255 / -32513h
0x0 sv"x"$0 64 128 255 / 4227327i
0x0 sv"x"$til 8 / 283686952306183
256 sv til 8 / 283686952306183
0b sv 64#1b / -1
0b sv 32#1b / -1i
0b sv 16#1b / -1h
0b sv 8#1b / 0xff
string 0b sv 0b vs"G"$"8c6b8b64-6815-6084-0a3e-178401251b68" / "8c6b8b64-6815-6084-0a3e-178401251b68"
0b sv 10b / 'length
0x0 sv 0x010203 / 'length
10 sv(1 2;3 4) / 13 24
","sv() / ""
","sv enlist"ab" / "ab"
","sv("";"") / enlist","
{x~0x0 sv 0x0 vs x}each(5h;5i;5;-1) / 1111b
{x~10 sv 10 vs x}each 7 42 1995 / 111b
{x~","sv","vs x}each("a,b";"";enlist",";"abc") / 1111b

/ ---- ss and ssr
"We the people of the United States"ss"the" / 3 17
t:"toronto ontario"
t ss"ont" / 3 8
t ss"[ir]o" / 2 13
t ss"t?r" / 0 10
t ss"zz" / `long$()
"aaaa"ss"aa" / 0 2
"abc"ss"a" / enlist 0
""ss"a" / `long$()
"a1b22"ss"[0-9]" / 1 3 4
"a1b22"ss"[^0-9]" / 0 2
ssr[t;"ont";"x"] / "torxo xario"
ssr[t;"t?r";upper] / "TORonto onTARio"
ssr["aaa";"a";"bb"] / "bbbbbb"
ssr["abc";"";"x"] / 'length
ssr["a.b.c";".";"-"] / "a-b-c"
ssr["abc";"z";"x"] / "abc"
ssr["a1b2";"[0-9]";""] / "ab"
ssr["a1b2";"[0-9]";{"<",x,">"}] / "a<1>b<2>"
ssr["ab";"a";"xyz"] / "xyzb"
ssr/["abc";("a";"b");("1";"2")] / "12c"
ssr["x?y";"[?]";"!"] / "x!y"

/ ---- trim upper lower like
trim"   IBM   " / "IBM"
ltrim"   IBM   " / "IBM   "
rtrim"   IBM   " / "   IBM"
trim("  a";"b  ") / (enlist"a";enlist"b")
trim"" / ""
trim"   " / ""
trim"a b" / "a b"
upper`ibm`msft / `IBM`MSFT
upper"ibm 1" / "IBM 1"
lower(`IBM;"MsFT") / (`ibm;"msft")
upper"a" / "A"
lower`a`b!("AB";"CD") / `a`b!("ab";"cd")
"quick"like"qu?ck" / 1b
"brown"like"br[ao]wn" / 1b
"brown"like"br[^ao]wn" / 0b
`quick`brown like"*o*" / 01b
("quick";"brown")like"b*" / 01b
"a*c"like"a[*]c" / 1b
""like"" / 1b
"a"like"?" / 1b
""like"?" / 0b
(`a`b!("xy";"yx"))like"x*" / `a`b!10b
5$"abc" / "abc  "
-5$"abc" / "  abc"
2$"abc" / "ab"
-2$"abc" / "bc"
5$("ab";"c") / ("ab   ";"c    ")
md5"this is a not so secret message" / 0x6cf192c1938b79012c323fa30e62787e
type md5"" / 4h

/ ---- patterns that are too difficult
sl:"We the people of the United States"
sl like"*the*" / 1b
sl like"We*" / 1b
sl like"*States" / 1b
sl like"We*States" / 1b
sl like"We*the*" / 1b
sl like"*the*the*" / 'nyi
sl like"*the*the" / 'nyi
sl like"We*the*s" / 'nyi
sl like"**" / 'nyi
"a*b*c"like"a[*]b[*]c" / 1b
"]"like"[]]" / 1b
