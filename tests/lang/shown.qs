/ What is printed: display (0N!), assignments and the generic null at the console.
q)0N!3
3
3
q)2+0N!3
3
5
q)0N!`a`b
`a`b
`a`b
q)0N!"ab";
"ab"
q)(0N!)each 1 2;
1
2
q)a:0N!(1;`x)
(1;`x)
q)a
1
`x
q)0N!`a`b!1 2;
`a`b!1 2
q)0N!([]a:1 2);
+(,`a)!,1 2
q)0N!enlist 5;
,5
q)a:5
q)a::6
q)a
6
q)(::)
q)enlist(::)
::
q)a+:1
q)a
7
q)b:a:3
q)show b:4
4
q)if[1b;5]
q)$[0b;1;0b;2]
q){x}
{x}
q)a;
q)1;2
2
q)`a`b!(1;::)
a| 1
b| ::
q)enlist[`t]!enlist()
t|
q)`a`b!(();())
a|
b|
q)`a`b!(();1 2)
a| ()
b| 1 2
q)dcd:enlist[`]!enlist(0#`)!0#0N
q)dcd[`quote;`eurgbp]:75000
q)dcd[`quote;`eurusd]:100000
q)dcd
     | (`symbol$())!`long$()
quote| `eurgbp`eurusd!75000 100000
q)-3!(`date$())!()
"(`date$())!()"
q)-3!(0#0)!0#0b
"(`long$())!`boolean$()"
q)-3!""!()
"\"\"!()"
q)([level:0 4]nbbo:((`date$())!();(`date$())!()))
level| nbbo
-----| -------------
0    | (`date$())!()
4    | (`date$())!()
