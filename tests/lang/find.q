/ find
w:10 -8 3 5 -1 2 3
w?-8 / 1
w?3 / 2
w?17 / 7
w[w?17] / 0N
"abcde"?"d" / 3
w?(10 5 -1;-8;3 17) / (0 3 4;1;2 7)
w?(10 5 -1;enlist -8;3 17) / (0 3 4;enlist 1;2 7)
u:("abcde";10 2 -6;(2 3;`ab))
u?10 2 -6 / 1
u?"abcde" / 0
u?(2 3;`ab) / 3 3
(0 1 2;4 5)?2 3#til 6 / 0 2
2 3?2 3#til 6 / (2 2 0;1 2 2)
1 2 3?3 1 9 / 2 0 3
1 2 3?0N / 3
1 0N 3?0N / 1
1 2 3?`a / 'type
1 2 3?2f / 'type
`a`b`c?`c / 2
`a`b`c?`c`z / 2 3
("abc";"de")?"de" / 1
("abc";"de")?enlist "abc" / enlist 0
("abc";"de";"fg")?("fg";"zz") / 2 3
()?1 / 0
()?1 2 / 0 0
(1;`a;"c")?`a / 1
(1;`a;"c")?(`a;1) / 1 0
(`u#1 2 3)?2 / 1
(`g#1 2 1)?1 / 0
0.1 0.2 0.3?0.2 / 1
d:`a`b`c`d!10 20 30 10
d?30 / `c
d?10 / `a
d?99 / `
d?30 20 / `c`b
t:([]s:`s1`s1`s2;p:`p1`p4`p5;qty:100 200 450)
t?(`s1;`p4;200) / 1
t?`s`p`qty!(`s2;`p5;450) / 2
t?([]s:`s2`s9;p:`p5`p1;qty:450 1) / 2 3
t?`qty`p`s!(450;`p5;`s2) / 2
([k:`a`b]v:1 2)?(enlist`v)!enlist 2 / (enlist`k)!enlist`b
(`s#til 100)?50 51 200 / 50 51 100
0x0a0b0c?0x0b / 1
101b?0b / 1
/ vector conditional
?[11001b;1 2 3 4 5;10 20 30 40 50] / 1 2 30 40 5
?[11001b;1;10 20 30 40 50] / 1 1 30 40 1
?[11001b;1 2 3 4 5;99] / 1 2 99 99 5
?[1b;2;3] / 2
?[0b;2;3] / 3
?[10b;`a;`b] / `a`b
?[10b;1 2;3 4 5] / 'length
?[1b;1 2;3 4] / 1 2
?[101b;"abc";"xyz"] / "ayc"
?[10b;1;2f] / 'type
?[10b;(1 2;3 4);(5 6;7 8)] / (1 2;7 8)
/ rows by several columns, few and many
kt:([a:20#`a`b`c`d;b:til 20]v:til 20)
kt[(`c;6)] / (enlist`v)!enlist 6
kt[([]a:`c`d`zz;b:6 7 6)] / ([]v:6 7 0N)
kt[([]a:20#`a`b`c`d;b:til 20)] / ([]v:til 20)
kt[([]a:20#`b`a;b:til 20)] / ([]v:0N 0N 0N 0N 0N,15#0N)
kt[([]a:12#`a`b`c`d;b:reverse til 12)] / ([]v:12#0N)
tw:([]s:("ab";"cd";"ab");n:1 2 3;f:1.5 2.5 0n)
tw?([]s:("ab";"cd";"zz");n:3 2 1;f:0n 2.5 1.5) / 2 1 3
(20#tw)?20#tw / 20#til 3
(20#tw)?([]s:20#enlist"ab";n:20#3;f:20#0n) / 20#2
tw?([]s:("ab";"cd");n:1 2f;f:1.5 2.5) / 'type
/ the functional forms
t:([]a:1 2 3 4;b:4 5 6 7;c:4 3 2 1)
?[t;0 1 2;`a] / 1 2 3
?[t;0 1 2;(last;`a)] / 3
?[t;0 1;(last;`a)] / 2
?[t;0 1 2;(*;(min;`a);(avg;`c))] / 3f
?[t;();0b;()] / t
?[t;enlist(>;`a;2);0b;`a`c!`a`c] / ([]a:3 4;c:2 1)
?[t;();();`a] / 1 2 3 4
![t;();0b;enlist`c] / ([]a:1 2 3 4;b:4 5 6 7)
![t;enlist(=;`a;1);0b;(enlist`b)!enlist 9] / ([]a:1 2 3 4;b:9 5 6 7;c:4 3 2 1)
/ enum extend
foo:`a`b
`foo?`a`b`c`b / `foo$`a`b`c`b
foo / `a`b`c
`foo?`z / `foo$`z
foo / `a`b`c`z
`foo?`b / `foo$`b
attr `foo?`g#`a`b`a / `g
`fresh?`p`q`p / `fresh$`p`q`p
fresh / `p`q
value `foo?`a`new / `a`new
`foo?1 2 / 'type
/ bin
0 2 4 6 8 10 bin 5 / 2
0 2 4 6 8 10 bin -10 0 4 5 6 20 / -1 0 2 2 3 5
0 1 1 2 bin 0 1 2 / 0 2 3
0 1 1 2 binr 0 1 2 / 0 1 3
(`a`b`c!0 2 4) bin -1 3 / ``b
("apple";"banana";"coffee") bin ("anise";"berry";"curry") / -1 1 2
0 2 4 binr 5 / 3
0 2 4 binr -5 / 0
1 2 3 bin 2f / 'type
`a`c`e bin `b`c`z / 0 1 2
1.5 2.5 bin 2 / 'type
1.5 2.5 bin 2f / 0
(0#0) bin 5 / -1
10:00 10:05 10:10 bin 10:07 / 1
0 2 4 bin (1 2;3) / (0 1;1)
t:([]a:`p`p`p`q`q`q;b:0 2 4 0 2 4)
t bin `a`b!(`p;3) / 1
t bin ([]a:`q;b:-1 1 3 5) / 0N 3 4 5
t bin `a`b!(`r;2) / 0N
kt:([k:`c`d`e`f`g`h`j`l]a:`p`p`q`q`p`p`q`q;b:0 1 0 1 0 1 0 1;c:3 3 3 3 7 7 7 7)
(kt bin ([]a:`p`q`q`r;b:1;c:4 8 2 4))`k / `d`l``
/ group
group "mississippi" / "misp"!(enlist 0;1 4 7 10;2 3 5 6;8 9)
count each group "mississippi" / "misp"!1 4 4 2
first each group "mississippi" / "misp"!0 1 2 8
group 1 2 1 / 1 2!(0 2;enlist 1)
group `b`a`b / `b`a!(0 2;enlist 1)
group 1.5 2 1.5 / 1.5 2!(0 2;enlist 1)
group ("ab";enlist"c";"ab") / ("ab";enlist"c")!(0 2;enlist 1)
group `a`b`c!1 2 1 / 1 2!(`a`c;enlist`b)
(group ([]a:1 1 2;b:`x`x`y))[`a`b!(1;`x)] / 0 1
count group `long$() / 0
group 0N 1 0N / 0N 1!(0 2;enlist 1)
group 5 / 'type
/ xgroup
`a`b xgroup ([]a:0 0 1 1 2;b:`a`a`c`d`e;c:til 5) / ([a:0 1 1 2;b:`a`c`d`e]c:(0 1;enlist 2;enlist 3;enlist 4))
`p xgroup ([]s:`s1`s2`s1;p:`p1`p1`p2;q:1 2 3) / ([p:`p1`p2]s:(`s1`s2;enlist`s1);q:(1 2;enlist 3))
`zz xgroup ([]a:1 2) / 'zz
ungroup `p xgroup ([]s:`s1`s2`s1;p:`p1`p1`p2;q:1 2 3) / ([]p:`p1`p1`p2;s:`s1`s2`s1;q:1 2 3)
/ fby
dat:4 9 2 7 0 1 9 2 1 8
grp:`a`b`a`b`c`d`c`d`d`a
(sum;dat) fby grp / 14 16 14 16 9 4 9 4 4 14
(sum;2 5 4 1 7) fby "abbac" / 3 9 9 3 7
(first;2 5 4 1 7) fby "abbac" / 2 5 5 2 7
(max;1 2 3 4) fby ([]a:1 1 2 2;b:`x`y`x`x) / 1 2 4 4
(sums;1 2 3 4) fby `a`b`a`b / 1 2 4 6
(count;1 2 3) fby 1 1 2 / 2 2 1
({x-avg x};1 3 5 9f) fby `a`a`b`b / -1 1 -2 2f
(sum;1 2) fby 1 2 3 / 'length
sp:([]s:`s1`s1`s1`s1`s4`s1`s2`s2`s3`s4`s4`s1;p:`p1`p2`p3`p4`p5`p6`p1`p2`p2`p2`p4`p5;qty:300 200 400 200 100 100 300 400 200 200 300 400)
select from sp where qty>(avg;qty) fby p / ([]s:`s2`s4`s1;p:`p2`p4`p5;qty:400 300 400)
exec qty from sp where qty=(max;qty) fby p / 300 400 100 300 400 300 400
/ one condition picks one of two lists, whatever their lengths
?[0b;1 2 3;4 5] / 4 5
?[1b;1 2 3;4 5] / 1 2 3
?[1b;1;1 2 3] / 1 1 1
