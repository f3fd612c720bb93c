/ lengths that no machine holds are refused before anything is allocated
til 1000000000000 / 'wsfull
1000000000000#0 / 'wsfull
1000000000000#"abc" / 'wsfull
0W#2 / 'limit
1000000 1000000#0 / 'wsfull
1000000000000?10 / 'wsfull
-1000000000000?1000000000000 / 'wsfull
where 1000000000000 / 'wsfull
where 3#300000000000 / 'wsfull
(til 1000000)cross til 1000000 / 'wsfull
([]a:til 1000000)cross([]b:til 1000000) / 'wsfull
ej[`a;([]a:1000000#0;b:1);([]a:1000000#0;c:2)] / 'wsfull
raze 1000000#enlist til 1000000 / 'wsfull
400000000000$"x" / 'wsfull
(10#`a)1000000 1000000#0 / 'wsfull
sum til 10 / 45
/ .Q.w and \w
key .Q.w[] / `used`heap`peak`wmax`mmap`mphy`syms`symw
type .Q.w[] / 99h
type value .Q.w[] / 7h
all 0<=.Q.w[] / 1b
.Q.w[][`peak]>=.Q.w[]`used / 1b
w0:.Q.w[]`used
big:til 10000000
(.Q.w[][`used]-w0)>=80000000 / 1b
big:0
(.Q.w[][`used]-w0)<40000000 / 1b
count system"w" / 6
count system"w 0" / 2
system["w 0"]~system"w 1" / 1b
(system"w 0")~.Q.w[]`syms`symw / 1b
system"w 1000000000000" / system"w 0"
type .Q.gc[] / -7h
.Q.gc[]>=0 / 1b
/ space: at least what the result takes
(system"ts til 1000000")[1]>=8000000 / 1b
(system"ts:3 til 1000000")[1]>=8000000 / 1b
(system"ts 1+1")[1]<100000 / 1b
.Q.ts[til;enlist 1000000][0;1]>=8000000 / 1b
.Q.ts[+;2 3]1 / 5
count .Q.ts[+;2 3]0 / 2
.Q.ts[{x+y};(1;`a)] / 'type
