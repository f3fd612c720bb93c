/ view and views
q)a:5
q)b:1
q)w::b*10
q)v::2+a*3
q)v
17
q)view `v
"2+a*3"
q)views[]
`s#`v`w
q)a:1
q)v
5
q)view `a
'a
/ pending views, what they depend on, and the view itself (learn/views)
q)delete v,w,a,b from `.;
q)a::b+c
q)\B
,`a
q)b:c:1
q)\B
,`a
q)a
2
q)\B
`symbol$()
q)d::b+a
q)views`
`s#`a`d
q)`. `d
b+a
q)value`. `d
::
(+;`b;`a)
`b`a
"b+a"
q)d
3
q)value`. `d
3
(+;`b;`a)
`b`a
"b+a"
q).z.b
b| `a`d
c| ,`a
a| ,`d
q)t:([]a:1 2 3)
q)v::select from t where a in b
q)value`. `v
::
(?;`t;,,(in;`a;`b);0b;())
,`t
"select from t where a in b"
q)v::a;b;select from t where a in b
q)value`. `v
::
(";";`a;`b;(?;`t;,,(in;`a;`b);0b;()))
`a`b`t
"a;b;select from t where a in b"
q)f:{42}
q)v::f[]+1
q)v
43
q)u::$[b;1;u+1]
q)b:1
q)u
1
q)b:0
q)u
2
q)vv::c;
q)vv~(::)
1b
q)tt:2014.09.03D10
q)t1::tt
q)tt.date
2014.09.03
q)t1.date
'nyi
