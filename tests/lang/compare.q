/ Comparison, lesser and greater, match, nulls, fill.

/ ---- equal and the rest
"hello"="world" / 00010b
5h>4h / 1b
0x05<4 / 0b
0>(1i;-2;0h;1b;0N;-0W) / 010011b
5>=(`a`b!4 6) / `a`b!10b
1=1h / 1b
1~1h / 0b
(1+1e-13)=1 / 1b
(3;"a")=(2 3 4;"abc") / (010b;100b)
(3;"a")<>(2 3 4;"abc") / (101b;011b)
(3;"a")<(2 3 4;"abc") / (001b;011b)
(3;"a")<=(2 3 4;"abc") / (011b;111b)
(3;"a")>(2 3 4;"abc") / (100b;000b)
(3;"a")>=(2 3 4;"abc") / (110b;100b)
0 1</:\:0 1 / (01b;00b)
0 1<=/:\:0 1 / (11b;01b)
0 1>/:\:0 1 / (00b;10b)
0 1>=/:\:0 1 / (10b;11b)
(10;20 30)<(50 -20;5) / (10b;00b)
(10;20 30)>(50 -20;5) / (01b;11b)
d:`a`b!(10 -21 3;4 5 -6)
t:flip d
k:`k xkey update k:`abc`def`ghi from t
d<=5 / `a`b!(011b;111b)
t<5 / ([]a:011b;b:101b)
k<5 / ([k:`abc`def`ghi]a:011b;b:101b)
d>=5 / `a`b!(100b;010b)
t>5 / ([]a:100b;b:000b)
5<1 2 3 4 5 6 7 8 / 00000111b
"f"<("abc";"def";"gh") / (000b;000b;11b)
1 4 7<(1 2 3;4 5 6;7 8) / (011b;011b;01b)
(1;2 3 4;7)<(1 2 3;4 5 6;7 8) / (011b;111b;01b)
(1;2 3 4;(5 6 7;8))<(1 2 3;4 5 6;7 8) / (011b;111b;(110b;0b))
4<(1;2 3 4;(5 6 7;8)) / (0b;000b;(111b;1b))
"0"<("4";"f";"F";4) / 1110b
"alpha">"omega" / 00110b
`alpha>`omega / 0b
`a`b`c=`a`x`c / 101b
`a`b`c=`b / 010b
`a=`a`b / 10b
`a`b<`b`a / 10b
`abc<`abd / 1b
`B<`a / 1b
`<`a / 1b
`a="a" / 'type
`a<1 / 'type
"a"=97 / 1b
"abc"="ab" / 'length
1 2=1 2 3 / 'length
0Ng=0Ng / 1b
0Ng=1 / 'type
(::)=1 / 'type
1=1.0 / 1b
1=1e / 1b
1i=1f / 1b
1b=1 / 1b
0x41="A" / 1b
()=1 / ()
1=`long$() / `boolean$()
n:(0Nh;0Ni;0N;0Ne;0n)
n=/:\:n / 5#enlist 11111b
inf:(0Wh;0Wi;0W;0We;0w)
n<neg inf / 11111b
(>=)prior inf / 11111b
(>=)prior reverse neg inf / 11111b
0n=0n / 1b
0n<-0w / 1b
0n>0n / 0b
0N<-0W / 1b
0n<>0n / 0b
0w=0w / 1b
0w=0W / 0b
-0w<0w / 1b
0n<=1 / 1b
1>=0n / 1b
r7:1%7
1.0=sum 7#r7 / 1b
0=1.0-sum 7#r7 / 0b
r3:1%3
1=r3+r3+r3 / 1b
96.100000000000009=96.099999999999994 / 1b
0=96.100000000000009-96.099999999999994 / 0b
a:96.099999999999994
b:96.10000000001
c:96.10000000002
(a=b;b=c;a=c) / 110b
a:1e12
a=a-1 / 0b
a:1e13
a=a-1 / 1b
0=a-(a-1) / 0b
a:1f
b:a-10 xexp -13
a=b / 1b
a~b / 1b
a>b / 0b
a<b / 0b
a>=b / 1b
a<=b / 1b
b<=a / 1b
floor b / 0
0=1e-300 / 0b
0f=0 / 1b
(`a`b!1 2)=`a`b!1 3 / `a`b!10b
(`a`b!1 2)=`b`c!2 3 / `a`b`c!010b
([]a:1 2)=([]a:1 3) / ([]a:10b)
1b<>0b / 1b
1100b<>1010b / 0110b

/ ---- dates and times
2000.01.01=2000.01.01D00:00:00 / 1b
2000.01.01<2000.01.01D00:00:01 / 1b
2000.01m=2000.01.01 / 1b
2000.01m<2000.01.02 / 1b
2000.02m=2000.02.01D0 / 1b
2024.11.01D09:29:15=09:29 / 1b
2024.11.01D09:29:15>09:29 / 0b
0D09:29:15>09:29 / 1b
0D09:29:15=09:29:15 / 1b
0D09:29:15.5>09:29:15 / 1b
09:29:15=09:29:15.000 / 1b
09:30=09:30:00 / 1b
09:30<09:30:01 / 1b
2000.01.01T12:00:00.000=2000.01.01D12:00:00 / 1b
2000.01.01T12:00:00.000=12:00 / 1b
2000.01.01=0 / 1b
2000.01.02>1 / 0b
00:01=1 / 1b
2000.01.01<12:00 / 'type
2000.01m<0D01 / 'type
0Nd=0Np / 1b
0Nd<2000.01.01D0 / 1b
0Wd>2000.01.01D0 / 1b
20:00:00.000603286 within 13:30 20:00t / 0b
2024.10.07D20:00:00.000603286 within 13:30 20:00t / 1b
times:09:15:37 09:29:01 09:29:15 09:29:15 09:30:01 09:35:27
tab:([]timeSpan:`timespan$times;timeStamp:2016.09.06+times)
exec timeStamp from tab where timeStamp>09:29 / 2016.09.06D09:30:01 2016.09.06D09:35:27
exec count i from tab where timeSpan>09:29 / 5
tab.timeStamp=09:29 / 011100b
tab.timeStamp<09:29 / 100000b
tab.timeStamp>09:29 / 000011b
exec i from tab where timeStamp=09:29 / 1 2 3

/ ---- lesser, greater
2&3 / 2
1010b and 1100b / 1000b
"sat"&"cow" / "cat"
2|3 / 3
1010b or 1100b / 1110b
"sat"|"cow" / "sow"
98|"a" / "b"
98&"c" / "b"
(10;20 30)&(2;3 4) / (2;3 4)
(10;20 30)|(2;3 4) / (10;20 30)
d|5 / `a`b!(10 5 5;5 5 5)
d|`b`c!(10 20 30;1000*1 2 3) / `a`b`c!(10 -21 3;10 20 30;1000 2000 3000)
t|5 / ([]a:10 5 5;b:5 5 5)
k|5 / ([k:`abc`def`ghi]a:10 5 5;b:5 5 5)
d&5 / `a`b!(5 -21 3;4 5 -6)
d&`b`c!(10 20 30;1000*1 2 3) / `a`b`c!(10 -21 3;4 5 -6;1000 2000 3000)
t&5 / ([]a:5 -21 3;b:4 5 -6)
k&5 / ([k:`abc`def`ghi]a:5 -21 3;b:4 5 -6)
p:([sym:`ibm`msoft`appl`goog]t:2017.05 2017.09 2015.03 2017.11m)
q:([sym:`msoft`goog`ibm]t:2017.08 2017.12 2016.12m)
p|q / ([sym:`ibm`msoft`appl`goog]t:2017.05 2017.09 2015.03 2017.12m)
p&q / ([sym:`ibm`msoft`appl`goog]t:2016.12 2017.08 2015.03 2017.11m)
0N&1 / 0N
0N|1 / 1
0n&1 / 0n
0n|1f / 1f
1&2.5 / 1f
3|2.5 / 3f
1i&2 / 1
1h&2h / 1h
0x01|0x02 / 0x02
1b&0 / 0
`a&`b / 'type
2000.01.01&2000.01.02D0 / 2000.01.01D0
2000.01.01D12:30|12:00 / 12:30
1 2 3&2 / 1 2 2
1 2 3|3 2 1 / 3 2 3
1 2&1 2 3 / 'length
0w&0W / 9223372036854775807f

/ ---- match
(1 2 3+4 5 6)~4 5 6+1 2 3 / 1b
(1 2 3-4 5 6)~4 5 6-1 2 3 / 0b
1 2 3~`a`b / 0b
3~3.0 / 0b
1 2 3~`s#1 2 3 / 1b
([]x:1 2 3)~([]x:`s#1 2 3) / 1b
(1;2)~1 2 / 1b
()~() / 1b
()~`long$() / 0b
""~() / 0b
"a"~"a" / 1b
"a"~enlist"a" / 0b
(`a`b!1 2)~`a`b!1 2 / 1b
(`a`b!1 2)~`b`a!2 1 / 0b
(::)~(::) / 1b
{x+1}~{x+1} / 1b
{x+1}~{x+2} / 0b
(+)~(+) / 1b
0n~0n / 1b
1.0~1.0+1e-14 / 1b
`a~`a / 1b
(1;`a;"x")~(1;`a;"x") / 1b
l1:`a`b`c
l2:`a`b`c
(`l1$`a)~`l2$`a / 0b
(`l1$`a)=`l2$`a / 1b

/ ---- within
1 3 10 6 4 within 2 6 / 01011b
"acyxmpu" within "br" / 0100110b
exec sym from ([]sym:`dd`ccc`ccc) where sym within `c`d / `ccc`ccc
5 within (1 2 6;3 5 7) / 010b
2 5 6 within (1 2 6;3 5 7) / 111b
(1 3 10 6 4;"acyxmpu") within ((2;"b");(6;"r")) / (01011b;0100110b)
2 3 4 within 3 6 / 011b
(2 3 4;(5;6 7;8)) within 3 6 / (011b;(1b;10b;0b))
2.5 within 1 3 / 1b
2 within 1 3f / 1b
0N within 1 3 / 0b
2000.01.02 within 2000.01.01 2000.01.03 / 1b
2000.01.01D12 2000.01.03D12 within 2000.01.01D0 2000.01.02D0 / 10b
1 within 1 1 / 1b
5 within 6 4 / 0b
1 within 1 2 3 / 'length
`b within `a`c / 1b
(`a`b!1 5) within 2 6 / `a`b!01b

/ ---- not, null
not -1 0 1 2 / 0100b
not "abc","c"$0 / 0001b
not `a`b!(-1 0 2;"abc","c"$0) / `a`b!(010b;0001b)
not 2000.01.01 2020.06.30 / 10b
not 00:00:00 / 1b
not 12:00:00.000000000 / 0b
not (0W;-0w;0N) / 000b
not 0n / 0b
not 0f / 1b
not ([]a:0 1;b:1 0) / ([]a:10b;b:01b)
not `a / 'type
not () / ()
not 10b / 01b
null 0 0n 0w 1 0n / 01001b
where all null ([] c1:`a`b`c;c2:0n 0n 0n;c3:10 0N 30) / enlist`c2
null ` / 1b
null `a``b / 010b
null "a b" / 010b
null 0Ng / 1b
null (0N;0n;`;" ";0Nd;0Np;0Nt;0Ni;0Nh;0Ne) / 1111111111b
null 0b / 0b
null 0x00 / 0b
null (::) / 1b
null (1;0N 2;"a ") / (0b;10b;01b)
null `a`b!1 0N / `a`b!01b
null ([]a:1 0N;b:0n 2) / ([]a:01b;b:10b)
null "" / `boolean$()
null {x} / 0b
a:``a
`=`a$` / 1b
null `a$` / 0b

/ ---- fill
0^1 2 3 0N / 1 2 3 0
100^1 2 -5 0N 10 0N / 1 2 -5 100 10 100
1.0^1.2 -4.5 0n 0n 15 / 1.2 -4.5 1 1 15
`nobody^`tom`dick``harry / `tom`dick`nobody`harry
1 2 3 4 5^6 0N 8 9 0N / 6 2 8 9 5
a:11.0 2.1 3.1 0n 4.5 0n
10^a / 11 2.1 3.1 10 4.5 10
type 10^a / 9h
(`a`b`c!1 2 3)^`b`c!0N 30 / `a`b`c!1 2 30
type 5^0N 2 3i / 7h
5^0N 2 3i / 5 2 3
0^0N / 0
0N^5 / 5
0^0n / 0f
"x"^"a b" / "axb"
0^(1 0N;0N 2) / (1 0;0 2)
0^`a`b!(0N;1) / `a`b!0 1
0^([]a:1 0N;b:0N 2) / ([]a:1 0;b:0 2)
0^`a / 'type
0^() / ()
1 2^0N 0N 0N / 'length
0D^0Nn 0D01 / 0D 0D01
2000.01.01^0Nd / 2000.01.01
0^0N 1 0Wh / 0 1 32767
(0N;`a)^(1;`) / (1;`a)
kt1:([k:1 2 3] c1:10 20 30;c2:`a`b`c)
kt2:([k:3 4 5] c1:300 400 500;c2:`cc`dd`ee)
kt1^kt2 / ([k:1 2 3 4 5]c1:10 20 300 400 500;c2:`a`b`cc`dd`ee)
(kt1^kt2)~kt1,kt2 / 1b
kt3:([k:2 3] c1:0N 3000;c2:`bbb`)
kt1^kt3 / ([k:1 2 3]c1:10 20 3000;c2:`a`bbb`c)
fills 0N 2 3 0N 0N 7 0N / 0N 2 3 3 3 7 7
reverse fills reverse 0N 2 3 0N 0N 7 0N / 2 2 3 7 7 7 0N
fills {(x where x=0W):0N;x} 0N 2 3 0W 0N 7 0W / 0N 2 3 3 3 7 7
fills 1 0N 3 0N 0N 5 / 1 1 3 3 3 5
fills `x``y```z / `x`x`y`y`y`z
update fills c2 from ([] x:`a`b`c`d`e`f; c2:1 0N 3 0N 0N 5) / ([] x:`a`b`c`d`e`f; c2:1 1 3 3 3 5)
fills 0N 0N 3 0N 5 / 0N 0N 3 3 5
0^\0N 0N 3 0N 5 / 0 0 3 3 5
fills ([]a:1 0N;b:0n 2) / ([]a:1 1;b:0n 2)
fills 0n 1.5 0n / 0n 1.5 1.5
fills "a b" / "aab"
fills 5 / 5
fills () / ()
fills `long$() / `long$()
