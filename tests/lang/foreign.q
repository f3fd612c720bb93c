/ Enumerations over tables: foreign keys, linked columns, names with dots in queries, and files of such tables.
s:([s:`s1`s2`s3]name:`smith`jones`blake;status:20 10 30;city:`london`paris`paris)
p:([p:`p1`p2`p3]pname:`nut`bolt`screw;color:`red`green`blue;weight:12 17 17;city:`london`paris`rome)
sp:([]s:`s$`s1`s1`s2`s3`s2;p:`p$`p1`p2`p1`p3`p2;qty:300 200 400 200 100)

/ ---- the columns
type sp`s / 20h
key sp`s / `s
key sp`p / `p
value sp`s / `s1`s1`s2`s3`s2
`long$sp`s / 0 0 1 2 1
sp[`s]=`s2 / 00101b
fkeys sp / `s`p!`s`p
fkeys s / (`symbol$())!`symbol$()
fkeys([]a:1 2) / (`symbol$())!`symbol$()
exec f from meta sp / `s`p`
exec t from meta sp / "ssj"
.Q.fk sp`s / `s
`s$`nosuch / 'cast
`s$`s2 / (`s$`s1`s2)1
type`s$`s2 / -20h
count sp / 5
meta[sp]`s / `t`f`a!("s";`s;`)
sp[0;`s] / first sp`s
string sp`s / string`s1`s1`s2`s3`s2

/ ---- names with dots
select s.name,qty from sp / ([]name:`smith`smith`jones`blake`jones;qty:300 200 400 200 100)
select sname:s.name,qty from sp / ([]sname:`smith`smith`jones`blake`jones;qty:300 200 400 200 100)
exec s.city from sp / `london`london`paris`paris`paris
exec p.weight from sp / 12 17 12 17 17
select from sp where s.city=`paris / select from sp where i in 2 3 4
select from sp where s.status>15,p.color=`red / 1#sp
select sum qty by s.city from sp / ([city:`london`paris]qty:500 700)
select sum qty by s.city,p.color from sp / ([city:`london`london`paris`paris`paris;color:`green`red`blue`green`red]qty:200 300 200 100 400)
select qty wavg p.weight by s.name from sp / ([name:`blake`jones`smith]weight:17 13 14f)
exec sum qty by s.name from sp / `blake`jones`smith!200 500 500
select w:qty*p.weight from sp / ([]w:3600 3400 4800 3400 1700)
select from sp where s.city=p.city / select from sp where i in 0 4
update c:s.city from sp / ([]s:sp`s;p:sp`p;qty:sp`qty;c:`london`london`paris`paris`paris)
update qty:2*qty from sp where s.name=`smith / ([]s:sp`s;p:sp`p;qty:600 400 400 200 100)
delete from sp where p.color in`red`green / 1#3_sp
select max s.status by p from sp / ([p:`p$`p1`p2`p3]status:20 20 30)
exec distinct s.city from sp / `london`paris
select s.nosuch from sp / 'nosuch
select s.s,p.p from sp / ([]s:`s1`s1`s2`s3`s2;p:`p1`p2`p1`p3`p2)
count select from sp where s.city like"l*" / 2
{[c]select from sp where s.city=c}`london / 2#sp
?[sp;enlist(=;`s.city;enlist`london);0b;()] / 2#sp
?[sp;();(enlist`c)!enlist`s.city;(enlist`q)!enlist(sum;`qty)] / ([c:`london`paris]q:500 700)

/ ---- the key behind a foreign key: the row it refers to
s([]s:value sp`s) / ([]name:`smith`smith`jones`blake`jones;status:20 20 10 30 10;city:`london`london`paris`paris`paris)
s[sp[0;`s]] / `name`status`city!(`smith;20;`london)
s[sp[0;`s];`city] / `london

/ ---- chains
ctry:([c:`uk`fr]cont:`eu`eu;code:44 33)
towns:([t:`london`paris]c:`ctry$`uk`fr;pop:9 2)
shops:([]t:`towns$`paris`london`paris;n:1 2 3)
select t.c.code,n from shops / ([]code:33 44 33;n:1 2 3)
select sum n by t.c.cont from shops / ([cont:enlist`eu]n:enlist 6)
exec t.pop from shops / 2 9 2
select t.c from shops / ([]c:`ctry$`fr`uk`fr)

/ ---- change of the table referred to
update status:99 from`s where s=`s1;
exec s.status from sp / 99 99 10 30 10
`s upsert(`s4;`clark;5;`rome);
`s$`s4 / (`s$`s1`s4)1
sp,:(`s4;`p1;50)
last exec s.name from sp / `clark
sp:-1_sp
sp,:(`nope;`p1;1) / 'cast
count sp / 5

/ ---- insert and upsert look the keys up
`sp insert(`s2;`p3;70);
last sp / `s`p`qty!(`s$`s2;`p$`p3;70)
`sp insert(`s9;`p3;70) / 'cast
count sp / 6
delete from`sp where i=5;

/ ---- integer keys
ik:([id:10 20 30]v:`a`b`c)
fi:([]id:`ik$20 10 20;n:1 2 3)
exec id.v from fi / `b`a`b
value fi`id / 20 10 20
`ik$99 / 'cast
meta[fi]`id / `t`f`a!("j";`ik;`)

/ ---- linked columns: row numbers of a table without key
parent:([]nm:`p`q`r;val:1 2 3)
child:([]l:`parent!1 0 2 1;x:10 20 30 40)
exec l.val from child / 2 1 3 2
select l.nm,x from child where l.val>1 / ([]nm:`q`r`q;x:10 30 40)
key child`l / `parent
`long$child`l / 1 0 2 1
select sum x by l.nm from child / ([nm:`p`q`r]x:20 50 30)
update up:`child!0N 0 0 2 from`child;
exec up.x from child / 0N 10 10 30
exec up.up.x from child / 0N 0N 0N 10

/ ---- in files
`:fkd/s`:fkd/sp set'(s;sp);
got:get`:fkd/sp
got~sp / 1b
key got`s / `s
exec s.city from got / exec s.city from sp
`:fkd/towns`:fkd/shops set'(towns;shops);
shops2:get`:fkd/shops
select t.c.code from shops2 / ([]code:33 44 33)
`:fkd/child set child;
exec l.val from get`:fkd/child / 2 1 3 2
`:fkd/spd/ set sp;
exec s.name from get`:fkd/spd/ / exec s.name from sp
`:fkd/vec set sp`s;
key get`:fkd/vec / `s
`:fkd/dict set`a`b!(sp`s;1 2);
key(get`:fkd/dict)`a / `s
`:fkd/kt set 1!select first qty by s from sp;
key exec s from key get`:fkd/kt / `s

-9!-8!child`l / 1 0 2 1
-9!-8!child`up / 0N 0 0 2

/ ---- over IPC bytes enumerations become symbols
-9!-8!sp`s / `s1`s1`s2`s3`s2
meta[-9!-8!sp]`s / `t`f`a!("s";`;`)

/ ---- plain domains
dom:`a`b`c
e:`dom$`b`a`c`b
e / `dom$`b`a`c`b
value e / `b`a`c`b
type e / 20h
e=`b / 1001b
e?`c / 2
`dom$`z / 'cast
`dom?`z / `dom$`z
dom / `a`b`c`z
`dom?`a`y`z / `dom$`a`y`z
dom / `a`b`c`z`y
e,`dom$`a / `dom$`b`a`c`b`a
distinct e / `dom$`b`a`c
value asc e / `a`b`b`c
group e / (`dom$`b`a`c)!(0 3;enlist 1;enlist 2)
e[1]:`c
e / `dom$`b`c`c`b
e[0]:`nope / 'cast
(reverse e;2#e;first e) / (`dom$`b`c`c`b;`dom$`b`c;`dom$`b)
string e / string`b`c`c`b
e in`b / 1001b
`c in e / 1b
e~`b`c`c`b / 0b
value`sym?`new`old / `new`old
`sym$`old / (`sym?`old`new)0
sym / `new`old

/ ---- deleting from a splayed table as it is on disk
`:spdel/ set([]a:1 2 3;b:4 5 6);
spdel:get`:spdel/
delete a from spdel / 'splay
delete from spdel where a=2 / 'splay
delete a from`spdel / 'splay
update c:1 from spdel / ([]a:1 2 3;b:4 5 6;c:1 1 1)
delete a from update c:1 from spdel / ([]b:4 5 6;c:1 1 1)
delete a from select from spdel where i<2 / ([]b:4 5)
