/ Grouping by several columns, by bars, and what is found by group: qSQL's by, distinct, fby, like over lists.

t:([]s:`b`a`b`a`c`b;x:3 1 3 0N 1 2;f:0.5 0n -0.0 0n 1 0.0;t:0D00:00:01*10 -1 19 0N 5 20)
distinct select s,x from t / ([]s:`b`a`a`c`b;x:3 1 0N 1 2)
distinct select s,f from t / ([]s:`b`a`b`c;f:0.5 0n 0 1)
count distinct select f from t / 4
exec n from select n:count i by s,x from t / 1 1 1 2 1
key select by s,x from t / ([]s:`a`a`b`b`c;x:0N 1 2 3 1)
select n:count i,v:sum x by s,0D00:00:10 xbar t from t / ([s:`a`a`b`b`c;t:0D00:00:10*0N -1 1 2 0]n:1 1 2 1 1;v:0 1 6 2 1)
select last x by 10 xbar y from([]y:5 25 0N 15 29 -3 7;x:til 7) / ([y:0N -10 0 10 20]x:2 5 6 3 4)
select last x by 10 xbar y from([]y:0W 5 -0W;x:til 3) / ?[([]y:10 xbar 0W 5 -0W;x:til 3);();(enlist`y)!enlist`y;(enlist`x)!enlist(last;`x)]
select x by 0 xbar y from([]y:1 2 1;x:til 3) / ?[([]y:0 xbar 1 2 1;x:til 3);();(enlist`y)!enlist`y;(enlist`x)!enlist`x]
select x by -10 xbar y from([]y:1 12 3;x:til 3) / ?[([]y:-10 xbar 1 12 3;x:til 3);();(enlist`y)!enlist`y;(enlist`x)!enlist`x]
select x by 0D00:05 xbar y from([]y:2024.01.01D00:07 2024.01.01D00:01 2024.01.01D00:09;x:til 3) / ([y:2024.01.01D00:00 2024.01.01D00:05]x:(enlist 1;0 2))
select x by 5 xbar y from([]y:00:07 00:01 00:09;x:til 3) / ([y:00:00 00:05]x:(enlist 1;0 2))
select x by 1.5 xbar y from([]y:1 2 4;x:til 3) / ([y:0 1.5 3]x:(enlist 0;enlist 1;enlist 2))
select y by 5 xbar 7 from([]y:1 2) / ([x:enlist 5]y:enlist 1 2)
update m:max x by s,5 xbar y from([]s:`a`b`a`a;y:0 1 4 9;x:til 4) / ([]s:`a`b`a`a;y:0 1 4 9;x:til 4;m:2 1 2 3)
exec x by s from t / `a`b`c!(1 0N;3 3 2;enlist 1)

/ fby by the aggregates, over types
(max;0n 1 2)fby`a`a`b / 1 1 2f
(sum;0N 1 2i)fby`a`a`b / 1 1 2i
(count;"abc")fby 1 1 2 / 2 2 1
(first;`x`y`z)fby 1 1 2 / `x`x`z
(last;(1 2;3;"a"))fby 1 1 2 / (3;3;"a")
(avg;1 2 6)fby 1 1 2 / 1.5 1.5 6
(min;0#0)fby 0#0 / 0#0
(any;010b)fby 1 1 2 / 110b
(dev;1 3 5f)fby 1 1 2 / 1 1 0f
(max;`a`b)fby 1 2 / 'type
(sum;10 20 30)fby([]a:1 1 2;b:`x`x`y) / 30 30 30

/ like over lists of strings and symbols
("";"ab";"abcabcabcxabd")like\:"*abd" / 001b
("abcdefgh77";"77";"7";"";"7a7a7a7a7a7a7a77";"a77aaaaaaaaaaaaaaaa")like"*77*" / 110011b
("xay";"xy";"xaz";"yxy";"x")like"x*y" / 11000b
`abc`abd`abc`xab like"ab*" / 1110b
dom:`symbol$()
(`dom?`abc`abd`abc`xab)like"*c" / 1010b
("abc";`abd)like"ab*" / 11b
