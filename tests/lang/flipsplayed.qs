/ Flip of a splayed or partitioned table: ref/flip-splayed.md
q)\cd /tmp
q)d0:"flipsplayed",string .z.i
q)system"mkdir ",d0
q)system"cd ",d0
q)`:db/t/ set ([]a:1 2)
`:db/t/
q)\cd db
q)enlist[`a]!`:./t/
(,`a)!`:./t/
q)flip enlist[`a]!`:./t/
a
-
1
2
q)type enlist[`a]!`:./t/
99h
q)exec sum a from flip enlist[`a]!`:./t/
3
q)flip enlist[`a]!`:./s/
+(,`a)!`:./s/
q)select from flip enlist[`a]!`:./s/
'./s/a. OS reports: No such file or directory
q)flip enlist[`a]!`s
+(,`a)!`s
q)select from flip enlist[`a]!`s
's
q)flip`a`b!`:./t/
'b
q)\cd ..
q)`:db2/2001.01.01/t/ set ([]a:1 2)
`:db2/2001.01.01/t/
q)`:db2/2001.01.02/t/ set ([]a:3 4)
`:db2/2001.01.02/t/
q)\l db2
q).Q.s1 t
"+(,`a)!`t"
q)enlist[`a]!`t
(,`a)!`t
q)flip enlist[`a]!`t
date       a
------------
2001.01.01 1
2001.01.01 2
2001.01.02 3
2001.01.02 4
q)select sum a by date from flip enlist[`a]!`t
date      | a
----------| -
2001.01.01| 3
2001.01.02| 7
q)system"cd ../.."
q)system"rm -r ",d0
