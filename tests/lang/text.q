/ like
`quick like "qu?ck" / 1b
`brown like "br[ao]wn" / 1b
`quickly like "quick*" / 1b
`quick like "quick" / 1b
`quick like "quickish" / 0b
`brawn`brown like "br[^o]wn" / 10b
(`a`b`c!`quick`brown`fox) like "brown" / `a`b`c!010b
("brown";"drown";"frown";"grown") like "?rown" / 1111b
"brown" like "[bf]rown" / 1b
"brown" like "[^cf]rown" / 1b
"br^wn" like "br[&^]wn" / 1b
"brAwn" like "br[A-Z]wn" / 1b
"br0wn" like "br[0-3]wn" / 1b
"br0wn" like "br[3-6]wn" / 0b
"br0wn" like "br[^3-6]wn" / 1b
"brown" like "br?*wn" / 1b
"brown" like "br[?*]wn" / 0b
"br*wn" like "br[*]wn" / 1b
"br?wn" like "br[?]wn" / 1b
"br]wn" like "[bf]r[]]wn" / 1b
a:("roam";"rome")
a like "r?me" / 01b
a like "ro*" / 11b
a like "ro[ab]?" / 10b
a like "ro[^ab]?" / 01b
"a[c" like "a[[]c" / 1b
(`$("ab*c";"abcc")) like "ab[*]c" / 10b
(`$("ab?c";"abcc")) like "ab[?]c" / 10b
(`$("ab^c";"abcc")) like "ab[*^]c" / 10b
"brown" like "br*wn" / 1b
"broom of your own" like "br*wn" / 1b
"brwn" like "br*wn" / 1b
s:"Now is the time for all good men to come to the aid of the party."
s like "*the*" / 1b
s like "*thx*" / 0b
tb:("Smith John 101 N Broadway Elmsville 123-4567";"Smyth Barbara 27 Maple Ave Elmstwn 321-7654";"Smythe Ken 321-a Maple Avenue Elmstown 123-9999";"Smothers 11 Jordan Road Oakwood 123-2357";"Smith-Hawkins K Maple St Elmwood 321-832e")
tb like "Smith*" / 10001b
tb like "Sm?th*" / 11111b
tb like "Sm[iy]th*" / 11101b
tb like "*321-*" / 01101b
tb like "*321-[0-9]*" / 01001b
tb like "*321-[0-9][0-9][0-9][0-9]" / 01000b
tb like "*321-????" / 01001b
tb like "*[^0-9]" / 00001b
"" like "" / 1b
"" like "*" / 1b
"a" like "" / 0b
"a" like "?" / 1b
`a`b`c like "a" / 100b
`a like `a / 'type
(`quick;`quack`quark) like "qu?ck" / 'type
(`quick;"quack") like "qu?ck" / 11b
1 2 like "a" / 'type
"a" like 1 / 'type
sym:`apple`pear
(`sym$`pear`apple`pear) like "p*" / 101b
/ ss
"We the people of the United States" ss "the" / 3 17
s:"toronto ontario"
s ss "ont" / 3 8
s ss "[ir]o" / 2 13
s ss "t?r" / 0 10
"the brown duck drowned" ss "?rown" / 4 15
"A grown man in a gown" ss "rown" / enlist 3
"A grown man in a gown" ss "own" / 4 18
"A grown man in a gown" ss "n" / 6 10 13 20
"A grown man in a gown" ss "" / 'length
"abc" ss "a*" / 'length
"abc" ss "x" / `long$()
`abc ss "a" / 'type
/ ssr
ssr[s;"ont";"x"] / "torxo xario"
ssr[s;"t?r";upper] / "TORonto onTARio"
ssr["a.b.c";".";"-"] / "a-b-c"
ssr["aaa";"a";"bb"] / "bbbbbb"
ssr["abc";"x";"y"] / "abc"
ssr["a b c";" ";""] / "abc"
ssr["abc";"b";{x,x}] / "abbc"
ssr["a[1]";"[[]";"("] / "a(1]"
ssr["abc";"*";"y"] / 'length
/ vs
"," vs "one,two,three" / ("one";"two";"three")
", " vs "spring, summer, autumn, winter" / ("spring";"summer";"autumn";"winter")
"|" vs "red|green||blue" / ("red";"green";"";"blue")
"," vs "" / enlist ""
"," vs "abc" / enlist "abc"
"," vs "a,b," / (enlist"a";enlist"b";"")
` vs "abc\ndef\nghi" / ("abc";"def";"ghi")
` vs "x"$"abc\ndef\nghi" / ("abc";"def";"ghi")
` vs "abc\r\ndef\r\nghi" / ("abc";"def";"ghi")
"\n" vs "abc\ndef\nghi\n" / ("abc";"def";"ghi";"")
` vs "abc\ndef\nghi\n" / ("abc";"def";"ghi")
` vs `mywork.dat / `mywork`dat
` vs `a / enlist `a
` vs `a.b.c / `a`b`c
` vs `:/kdb/data/mywork.dat / `:/kdb/data`mywork.dat
0x02 vs 0x0102010201 / (enlist 0x01;enlist 0x01;enlist 0x01)
0x0203 vs 0x000102030405 / (0x0001;0x0405)
" " vs "x"$"a b" / (enlist"a";enlist"b")
0b vs 23173h / 0101101010000101b
0b vs 23173i / 00000000000000000101101010000101b
0b vs 0x0f / 00001111b
count 0b vs 1 / 64
0x0 vs 2413h / 0x096d
0x0 vs 2413i / 0x0000096d
0x0 vs 2413e / 0x4516d000
0x0 vs 2413f / 0x40a2da0000000000
0x0 vs 2413 / 0x000000000000096d
0x0 vs 3.1415 / 0x400921cac083126f
10 vs 1995 / 1 9 9 5
2 vs 9 / 1 0 0 1
24 60 60 vs 3805 / 1 3 25
10 vs 1995 1996 1997 / (1 1 1;9 9 9;9 9 9;5 6 7)
(10 vs 1995 1996 1997)[;0] / 1 9 9 5
10 vs (1995;1996 1997) / ((1;1 1);(9;9 9);(9;9 9);(5;6 7))
10 vs 0 / enlist 0
256 vs 3232235777 / 192 168 1 1
0 24 60 60 vs 183907 / 2 3 5 7
16 vs 255 / 15 15
"," vs `a / 'type
"," vs 1 / 'type
/ sv
"," sv ("one";"two";"three") / "one,two,three"
"\t" sv ("one";"two";"three") / "one\ttwo\tthree"
", " sv ("one";"two";"three") / "one, two, three"
"." sv string 192 168 1 23 / "192.168.1.23"
` sv ("one";"two";"three") / "one\ntwo\nthree\n"
"" sv ("ab";"cd") / "abcd"
"," sv enlist "ab" / "ab"
"," sv () / ""
` sv `quick`brown`fox / `quick.brown.fox
` sv `:/home/kdb/q`data`2010.03.22`trade / `:/home/kdb/q/data/2010.03.22/trade
` sv `mywork`dat / `mywork.dat
0x03 sv 0x02 vs 0x0102010201 / 0x0103010301
0x0203 sv 0x0203 vs "x"$til 6 / 0x000102030405
0x02 sv (enlist 0x01;enlist 0x01;enlist 0x01) / 0x0102010201
10 sv 2 3 5 7 / 2357
100 sv 2010 3 17 / 20100317
0 24 60 60 sv 2 3 5 7 / 183907
10 sv (1 2;3 4) / 13 24
0x0 sv "x"$0 255 / 255h
0x0 sv "x"$128 255 / -32513h
0x0 sv "x"$0 64 128 255 / 4227327i
0x0 sv "x"$til 8 / 283686952306183
256 sv til 8 / 283686952306183
0b sv 64#1b / -1
0b sv 32#1b / -1i
0b sv 16#1b / -1h
0b sv 8#1b / 0xff
0x0 sv 0x010203 / 'length
0b sv 101b / 'length
0b sv 10001100011010111000101101100100011010000001010101100000100001000000101000111110000101111000010000000001001001010001101101101000b / "G"$"8c6b8b64-6815-6084-0a3e-178401251b68"
0b sv 0b vs 12345 / 12345
0x0 sv 0x0 vs -7i / -7i
10 sv 10 vs 123456789 / 123456789
"," sv "," vs "a,b,,c" / "a,b,,c"
/ case
lower "IBM" / "ibm"
lower `IBM / `ibm
upper "ibm" / "IBM"
upper `ibm`msft / `IBM`MSFT
upper "a" / "A"
upper(`The;(`quick`brown;(`fox;`jumps`over));`a;`lazy`dog) / (`THE;(`QUICK`BROWN;(`FOX;`JUMPS`OVER));`A;`LAZY`DOG)
upper `a`b!("xy";`z) / `a`b!("XY";`Z)
lower ("AB";"Cd") / ("ab";"cd")
lower 1 / 'type
/ trim
trim "   IBM   " / "IBM"
trim 0N 0N 1 2 3 0N 0N 4 5 0N 0N / 1 2 3 0N 0N 4 5
ltrim "   IBM   " / "IBM   "
rtrim "   IBM   " / "   IBM"
trim "a" / "a"
trim 42 / 42
trim "" / ""
trim "   " / ""
trim(("fox";("jumps ";"over   "));("a";"dog ")) / (("fox";("jumps";"over"));("a";"dog"))
ltrim `a`b!(("fox";("jumps ";"over   "));("a";"dog ")) / `a`b!(("fox";("jumps ";"over   "));("a";"dog "))
rtrim ([]a:("fox";("jumps ";"over   "));b:("a";"dog ")) / ([]a:("fox";("jumps";"over"));b:("a";"dog"))
trim ``a`b` / `a`b
/ md5
md5 "this is a not so secret message" / 0x6cf192c1938b79012c323fa30e62787e
md5 "" / 0xd41d8cd98f00b204e9800998ecf8427e
md5 1 / 'type
/ csv is a keyword: it is there in every namespace
\d .csvSpace
join1:{csv sv x}
\d .
.csvSpace.join1("ab";"cd") / "ab,cd"
