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
