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
/ recursion ends with 'stack and leaves the session as it was
deeper:{.z.s x+1}
deeper 0 / 'stack
{.z.s[]}[] / 'stack
pair1:{pair2 x}
pair2:{pair1 x}
pair1 1 / 'stack
{$[x=0;0;1+.z.s x-1]}500 / 500
@[deeper;0;{x}] / "stack"
value(100000#"("),"1",100000#")" / 1
value(100000#"{"),"x",100000#"}" / 'stack
value(raze 100000#enlist"1+"),"2" / 100002
eval{(neg;x)}/[1000000;1] / 'stack
.j.k(1000000#"["),1000000#"]" / 'stack
nest:{(1;x)}/[100000;1]
nest~nest / 1b
count nest+1 / 2
count string nest / 2
/ the innermost pair is a vector: "1 1", then 99999 times "(1;" and ")"
count -3!nest / 399999
/ header 8, vector 22, then 99999 times list 6 and atom 9
count -8!nest / 1500015
nest:0
{'[x;neg]}/[1000;neg]1 / -1
({x'}/[1000;neg])1 / -1
/ text that ends too early
@[value;"{[n 1";{x}] / enlist"["
@[value;"{[n 1#2\n1 2 in 0";{x}] / enlist"["
@[value;"select[";{x}] / enlist"["
/ a value that shares its parts is short until it is written out
shared:{(x;x)}/[60;1]
count shared / 2
-3!shared / 'wsfull
string shared / 'wsfull
.j.j shared / 'wsfull
-8!shared / 'wsfull
count -3!{(x;x)}/[3;1] / 21
