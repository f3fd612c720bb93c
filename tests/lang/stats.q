/ Averages, deviations, counts, correlation, logarithms, powers, matrices: domains and ranges by type letter, then values.
letters:" bg xhijefcspmdznuvts"
one:"bgxhijefcspmdznuvt"!(1b;0Ng;0x01;1h;1i;1;1e;1f;"a";`a;2000.01.02D00:00:00.000000000;2000.02m;2000.01.02;2000.01.02T00:00:00.000;0D00:00:00.000000001;00:01;00:00:01;00:00:00.001)
many:{x,x}each one
/ the letter of the type of each result, lower case for an atom, a dot for an error
mark:{t:type x;l:letters abs t;$[t<0;l;upper l]}
range:{[f] {[f;a] first @[{mark x y}[f];a;"."]}[f] each value many}
pairs:{[f;c] {[f;a;b] first .[{mark x[y;z]};(f;a;b);"."]}[f;many c] each value many}
atoms:{[f;c] {[f;a;b] first .[{mark x[y;z]};(f;a;b);"."]}[f;one c] each value many}
scalars:{[f;c] {[f;a;b] first .[{mark x[y;z]};(f;a;b);"."]}[f;one c] each value one}
near:{1e-6>max abs x-y}

/ ---- ranges of functions of one list
range all / "b.bbbbbbb.bbbbbbbb"
range any / "b.bbbbbbb.bbbbbbbb"
range avg / "f.fffffff.ffffffff"
range avgs / "F.FFFFFF..FFFFFFFF"
range dev / "f.fffffff.ffffffff"
range sdev / "f.fffffff.ffffffff"
range var / "f.fffffff.ffffffff"
range deltas / "I.IIIJEF..NIIFNUVT"
range differ / "BBBBBBBBBBBBBBBBBB"
range distinct / "BGXHIJEFCSPMDZNUVT"
range asc / "BGXHIJEFCSPMDZNUVT"
range desc / "BGXHIJEFCSPMDZNUVT"
range iasc / "JJJJJJJJJJJJJJJJJJ"
range idesc / "JJJJJJJJJJJJJJJJJJ"
range count / "jjjjjjjjjjjjjjjjjj"
range first / "bgxhijefcspmdznuvt"
range last / "bgxhijefcspmdznuvt"
range fills / "BGXHIJEFCSPMDZNUVT"
range enlist / "                  "
range cos / "F.FFFFFFF.FFFZFFFF"
range acos / "F.FFFFFFF.FFFZFFFF"
range log / "F.FFFFFFF.FFFZFFFF"
range exp / "F.FFFFFFF.FFFZFFFF"
range abs / "I.IHIJEFI.PMDZNUVT"
range ceiling / "I.IHIJJJI........."
range floor / "...HIJJJCS........"

/ ---- functions of two
(pairs[cor] each "bxhijefcpmdznuvt")~16#enlist"f.fffffff.ffffffff" / 1b
pairs[cor]each"gs" / 2#enlist".................."
(pairs[cov] each "bxhijefcpmdznuvt")~16#enlist"f.fffffff.ffffffff" / 1b
pairs[cov]each"gs" / 2#enlist".................."
(pairs[scov] each "bxhijefcpmdznuvt")~16#enlist"f.fffffff.ffffffff" / 1b
pairs[scov]each"gs" / 2#enlist".................."
(pairs[wavg] each "bxhijefcpmdznuvt")~16#enlist"f.fffffff.ffffffff" / 1b
pairs[wavg]each"gs" / 2#enlist".................."
atoms[mavg;"j"] / "F.FFFFFF..FFFFFFFF"
atoms[mavg]each"bxhi" / 4#enlist"F.FFFFFF..FFFFFFFF"
atoms[mavg]each"gefcspmdznuvt" / 13#enlist".................."
atoms[mdev;"j"] / "F.FFFFFFF.FFFFFFFF"
atoms[mdev]each"bxhi" / 4#enlist"F.FFFFFFF.FFFFFFFF"
atoms[mdev]each"gefcspmdznuvt" / 13#enlist".................."
scalars[xexp]each"bxhijef" / 7#enlist"f.ffffff.........."
scalars[xexp]each"gcspmdznuvt" / 11#enlist".................."
scalars[xlog]each"bxhijefcpmdnuvt" / 15#enlist"f.fffffff.fff.ffff"
scalars[xlog]each"gsz" / 3#enlist".................."

/ ---- all and any
all 0 / 0b
all 5 / 1b
any 0 / 0b
any 0n / 1b
all 0n 1 / 1b
all enlist"\000" / 0b
any enlist"\000" / 0b
all (1 2 0;1 1 1) / 110b
any (0 0 1;0 1 0) / 011b
all `a`b!(1 0;1 1) / 10b
any `a`b!(1 0;0 0) / 10b
all ([k:`x`y]a:1 0;b:1 1) / `a`b!01b
all each (1 2;0 1;()) / 101b
any each (0 0;0 1;()) / 010b
all 00:00 00:01 / 0b
any 0x0000 / 0b
all 0Nd / 1b
all () / 1b
any () / 0b
all `symbol$() / 'type
any `a`b / 'type
all 0Ng / 'type

/ ---- avg
avg enlist 5 / 5f
avg 1 2 3h / 2f
avg 0x0103 / 2f
avg 1 2e / 1.5
avg "ab" / 97.5
avg 2000.01.03 2000.01.05 / 3f
avg 00:00:01.000 00:00:03.000 / 2000f
avg 0D00:00:00.000000004 0D00:00:00.000000006 / 5f
avg 0N 0N / 0n
avg 0w 1 -0w / 0n
avg -0w 5 / -0w
avg 0Ni 4 6i / 5f
avg (1 2;3 4;5 6) / 3 4f
avg (1 2;0N 4;5 6) / 0n 4
avg `a`b`c!1 2 6 / 3f
avg ([]a:1 0N 3;b:1 2 3) / `a`b!2 2f
avg ([k:`p`q]v:1 4) / (enlist`v)!enlist 2.5
avg ((1 2;3 4);(5 6;7 8)) / (3 4f;5 6f)
avg "" / 0n
avg 0#0Nd / 0n
avgs 2 4 6 / 2 3 4f
avgs 0N 2 4 / 0n 2 3
avgs 0#0 / `float$()
avgs ([]a:1 3;b:2 6) / ([]a:1 2f;b:2 4f)
avgs `a`b!(1 3;5 7) / `a`b!(1 3f;3 5f)
avgs 101b / 1 0.5,2%3
avgs 5 / 5f

/ ---- mavg, mcount
2 mavg 1 2 3 5 7 10 / 1 1.5 2.5 4 6 8.5
5 mavg 1 2 3 5 7 10 / 1 1.5 2 2.75 3.6 5.4
near[5 mavg 0N 2 0N 5 7 0N;0n 2 2 3.5 4.666667 4.666667] / 1b
null first 5 mavg 0N 2 0N / 1b
0 mavg 2 3 / 0n 0n
1 mavg 3 4 5 / 3 4 5f
10 mavg 2 4 / 2 3f
2i mavg 2 4 6 / 2 3 5f
2h mavg 2 4 6 / 2 3 5f
2 mavg 2 4e / 2 3f
2 mavg 101b / 1 0.5 0.5
2 mavg `a`b!(2 4;6 8) / `a`b!(2 4f;4 6f)
2 mavg ([]a:2 4 6;b:1 3 5) / ([]a:2 3 5f;b:1 2 4f)
2 mavg ([k:`x`y`z]a:2 4 6) / ([k:`x`y`z]a:2 3 5f)
2 mavg `long$() / `float$()
2 mavg "ab" / 'type
2.0 mavg 1 2 / 'type
3 mcount 0N 1 2 3 0N 5 / 0 1 2 3 2 2i
type 3 mcount 1 2 3 / 6h
2 mcount `a`b!(10 21 3;4 5 6) / `a`b!(1 1 1i;2 2 2i)
2 mcount ([]a:10 21 3;b:4 5 6) / ([]a:1 2 2i;b:1 2 2i)
2 mcount ([k:`abc`def`ghi]a:10 21 3;b:4 5 6) / ([k:`abc`def`ghi]a:1 2 2i;b:1 2 2i)
1 mcount 0n 1 0n / 0 1 0i
2 mcount 2000.01.01 0Nd 2000.01.03 / 1 1 1i

/ ---- wavg
near[2 3 4 wavg 1 2 4;24%9] / 1b
2 0N 4 5 wavg 1 2 0N 8 / 6f
0 wavg 2 3 / 0n
0 wavg (1 2;3 4) / 0n 0n
1 1 wavg 2 4 / 3f
1 0 wavg 5 100 / 5f
-1 1 wavg 2 3 / 0w
0 0 wavg 2 3 / 0n
2 wavg 5 7 / 6f
1 3 wavg 500 300 / 350f
(1 2;3 4)wavg(500 400;300 200) / (350f;800%3)
near[1 2 wavg `a`b!(10 21 3;4 5 6);6 10.33333 5] / 0b
(`a`b!1 3)wavg`a`b!2 6 / 5f
exec size wavg price from ([]price:10 20f;size:1 3) / 17.5
select v:size wavg price by sym from ([]sym:`a`a`b;price:10 20 30f;size:1 3 2) / ([sym:`a`b]v:17.5 30)
(0#0)wavg 0#0 / 0n
1 2 3 wavg 1 2 / 'length
`a`b wavg 1 2 / 'type

/ ---- deviations
dev 2 4 4 4 5 5 7 9 / 2f
var 2 4 4 4 5 5 7 9 / 4f
sdev 1 3 / sqrt 2
svar 1 3 / 2f
dev enlist 3 / 0f
sdev enlist 3 / 0n
dev () / 0n
sdev 0#0 / 0n
dev 3 0N 5 / 1f
dev 1 1 1h / 0f
dev 0101b / 0.5
dev 1 0w / 0n
dev 2000.01.01 2000.01.03 / 1f
dev "ac" / 1f
dev `a`b`c!1 3 2f / sqrt 2%3
dev ([]a:1 3;b:5 5) / `a`b!1 0f
dev (1 5;3 9) / 1 2f
near[sdev (2 3;4 0N;1 7);1.527525 2.828427] / 1b
near[dev (2 3;4 0N;1 7);1.247219 2] / 1b
dev 5 / 0f
2 mdev 1 2 3 5 7 10 / 0 0.5 0.5 1 1 1.5
near[5 mdev 1 2 3 5 7 10;0 0.5 0.8164966 1.47902 2.154066 2.87054] / 1b
(near[1_5 mdev 0N 2 0N 5 7 0N;0 0 1.5 2.054805 2.054805];null first 5 mdev 0N 2 0N) / 11b
2 mdev ([]b:1 2 3;c:45 46 47) / ([]b:0 0.5 0.5;c:0 0.5 0.5)
2 mdev `a`b!(10 21 3;4 5 6) / `a`b!(0 0 0f;3 8 1.5)
2 mdev ([k:`abc`def`ghi]a:10 21 3;b:4 5 6) / ([k:`abc`def`ghi]a:0 5.5 9;b:0 0.5 0.5)
1 mdev 4 5 6 / 0 0 0f
2.5 mdev 4 5 / 'type

/ ---- covariance and correlation
2 3 5 7 cov 3 3 5 9 / 4.5
2 3 5 7 scov 3 3 5 9 / 6f
exec a cov b from ([]a:2 3 5 7;b:4 3 0 2) / -1.8125
near[exec a scov b from ([]a:2 3 5 7;b:4 3 0 2);-2.416667] / 1b
1 2 3 cov 1 2 3 / 2%3
1 2 3 scov 1 2 3 / 1f
1 0N 3 cov 2 5 4 / 1f
1 2 3 cov 5 / 0f
1 2 cov 1 2 3 / 'length
1 2 scov 1 2 3 / 'length
near[29 10 54 cor 1 3 9;0.7727746] / 1b
near[10 29 54 cor 1 3 9;0.9795734] / 1b
1 2 3 cor 2 4 6 / 1f
1 2 3 cor 3 2 1 / -1f
1 2 cor 1 1 / 0n
1 2 3 cor 1 2 / 'length
1 2 3 4 cor 2 0N 6 8 / 1f
00:01 00:02 00:03 cor 1 2 3 / 1f
cor[0011b;0101b] / 0f

/ ---- exp, log and their bases
exp 0 / 1f
exp 0N / 0n
exp -0w / 0f
exp 0w / 0w
near[exp -4.2 0 0.1;0.01499558 1 1.105171] / 1b
near[exp 00:00:00 00:00:12;1 162754.8] / 0b
exp 12:00:00 / 0w
exp 2000.01.01T00:00:00.000 / 2000.01.02T00:00:00.000
log 1 / 0f
log 0 / -0w
log 0N / 0n
log -1 / 0n
log 0w / 0w
log exp 42 / 42f
near[log 2;0.6931472] / 1b
log 2000.01.02T00:00:00.000 / 2000.01.02T00:00:00.000
log 2000.01.01 / -0w
log "a" / log 97
log 1b / 0f
log `a`b!(1;0 1) / `a`b!(0f;-0w 0f)
log ([]a:1 0) / ([]a:0 -0w)
log ([k:`p`q]a:1 0) / ([k:`p`q]a:0 -0w)
log `a / 'type
exp `a / 'type
exp 0Ng / 'type
exp ([]a:0 0N) / ([]a:1 0n)
exp (0;0 0) / (1f;1 1f)
2 xexp 8 / 256f
null -2 xexp .5 / 1b
0N xexp 2 / 0n
near[1.5 xexp -4.2 0 0.1;0.1821448 1 1.04138] / 1b
1.5 xexp 0n 0w / 0n 0w
2 xexp 0N / 0n
0 xexp 2 / 0f
4 xexp 0.5 / 2f
3 xexp (1;2 3) / (3f;9 27f)
(2 3)xexp'2 2 / 4 9f
3 xexp `a`b!(1 2;0 1) / `a`b!(3 9f;1 3f)
3 xexp ([k:`p`q]a:1 2) / ([k:`p`q]a:3 9f)
2 xexp "a" / 'type
`a xexp 2 / 'type
2 xexp 1 2 3 xexp' 1 1 1 / 2 4 8f
2 xlog 8 / 3f
2 xlog 0.125 / -3f
near[1.5 xlog 0.125 1 3;-5.128534 0 2.709511] / 1b
1.5 xlog 0 0n -1 / -0w 0n 0n
near[65 xlog 67;1.00726] / 1b
("A"xlog"C")=65 xlog 67 / 1b
10 xlog 1 10 100 / 0 1 2f
2 xlog (4;8 16) / (2f;3 4f)
10 xlog ([]a:1 10;b:100 1) / ([]a:0 1f;b:2 0f)
10 xlog `a`b!(10;1 100) / `a`b!(1f;0 2f)
near[2 xexp 2 xlog 0 0.125 1 42;0 0.125 1 42] / 1b
2 xlog `a / 'type
2 xlog 2000.01.01T00:00:00.000 / 'type

/ ---- cosines
near[cos 0.2;0.9800666] / 1b
cos 0 / 1f
cos 0N / 0n
cos 0w / 0n
near[cos (.2;.3 .4) 1;0.9553365 0.921061] / 1b
near[acos -0.4;1.982313] / 1b
acos 1 / 0f
acos 1.5 / 0n
acos -1.5 / 0n
near[acos -1 0;3.141593 1.570796] / 1b
near[acos (.2;.3 .4) 1;1.266104 1.159279] / 1b
cos `a`b!0 0 / `a`b!1 1f
acos ([]a:1 1) / ([]a:0 0f)
cos `a / 'type

/ ---- matrices
a:3 3#2 4 8 3 5 6 0 7 1f
near[raze inv a;-0.4512195 0.6341463 -0.195122 -0.03658537 0.02439024 0.1463415 0.2560976 -0.1707317 -0.02439024] / 1b
1=a mmu inv a / (100b;010b;001b)
inv 2 2#1 0 0 1f / (1 0f;0 1f)
inv 2 2#2 0 0 4f / (0.5 0;0 0.25)
inv (0 1f;1 0f) / (0 1f;1 0f)
inv enlist enlist 4f / enlist enlist 0.25
inv 2 3#1f / 'length
inv 2 2#1 2 3 4 / 'type
a:1f+3 4#til 12
b:4 4#2 7 -2 5 5 3 6 1 -2 5 2 7 5 0 3 4f
near[raze a lsq b;-0.1233333 0.16 0.4766667 0.28 0.07666667 0.6933333 0.6766667 0.5466667 0.2766667 1.226667 0.8766667 0.8133333] / 1b
a~(a lsq b) mmu b / 1b
b:3 4#2 7 -2 5 5 3 6 1 -2 5 2 7f
near[raze a lsq b;-0.1055556 0.3333333 0.4944444 0.1113757 1.031746 0.7113757 0.3283069 1.730159 0.9283069] / 1b
near[raze a-(a lsq b) mmu b;0.5333333 -0.7333333 -0.2 0.7333333 1.04127 -1.431746 -0.3904762 1.431746 1.549206 -2.130159 -0.5809524 2.130159] / 1b
lsfit:{(enlist y) lsq x xexp/: til 1+z}
poly:{[c;x]sum c*x xexp til count c}
x:til 6
y:poly[1 5 -3 2] each x
near[first lsfit[x;y;1];-33 37.6] / 1b
near[first lsfit[x;y;2];7 -22.4 12] / 1b
near[first lsfit[x;y;3];1 5 -3 2] / 1b
A:(1.1 2.2 3.3;4.4 5.5 6.6;7.7 8.8 9.9)
B:(1.1 2.1 3.1;2.3 3.4 4.5;5.6 7.8 9.8)
near[raze A lsq B;1.211009 -0.1009174 0 -2.119266 2.926606 0 -5.449541 5.954128 0] / 1b
near[raze A mmu inv B;raze A lsq B] / 1b
(2 2f!'1) lsq 1 / 'type
