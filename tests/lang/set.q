/ distinct
distinct 2 3 7 3 5 3 / 2 3 7 5
distinct "mississippi" / "misp"
distinct flip `a`b`c!(1 2 1;2 3 2;"aba") / ([]a:1 2;b:2 3;c:"ab")
distinct `long$() / `long$()
distinct () / ()
distinct (1 2;3 4;1 2) / (1 2;3 4)
distinct ("abc";"de";"abc") / ("abc";"de")
distinct (1;`a;1) / (1;`a)
distinct `b`a`b / `b`a
distinct 0n 1 0n / 0n 1
distinct 1b / 'type
distinct 5 / 'type
count distinct 2+0f,10 xexp -13 / 2
attr distinct 1 2 1 / `
attr distinct `s#1 2 3 / `
distinct 0x010201 / 0x0102
distinct 2020.01.01 2020.01.02 2020.01.01 / 2020.01.01 2020.01.02
distinct 10b / 10b
distinct 3 1 2 1 3i / 3 1 2i
distinct 1 2 1h / 1 2h
distinct 1.5 1.5 2e / 1.5 2e
/ union
1 2 3 3 6 union 2 4 6 8 / 1 2 3 6 4 8
([]x:2 3 5;y:"abc") union ([]x:2 4;y:"ad") / ([]x:2 3 5 4;y:"abcd")
1 2 union 2 / 1 2
1 union 2 / 1 2
"abc" union "cde" / "abcde"
() union 1 2 / 1 2
`a`b union `c / `a`b`c
/ inter
1 3 4 2 inter 2 3 5 7 11 / 3 2
1 2 3 1 4 inter 4 1 4 / 1 1 4
(`a`b!(1 2 3;`x`y`z)) inter `a`b`c!(1 2 3;2 3 5;`x`y`z) / (1 2 3;`x`y`z)
([]a:`x`y`z`t;b:10 20 30 40) inter ([]a:`y`t`x;b:50 40 10) / ([]a:`x`t;b:10 40)
1 2 inter 3 4 / `long$()
"hello" inter "lo" / "llo"
`a`b`c inter `c`a / `a`c
("ab";"cd") inter ("cd";"ef") / enlist "cd"
/ except
1 2 3 except 2 / 1 3
1 2 3 4 1 3 except 2 3 / 1 4 1
"hello" except "l" / "heo"
`a`b`c except `b / `a`c
1 2 3 except () / 1 2 3
1 2 3 except 1 2 3 / `long$()
("ab";"cd";"ef") except enlist "cd" / ("ab";"ef")
("ab";"cd") except ("cd";"ef") / enlist "ab"
([]a:1 2 3) except ([]a:enlist 2) / ([]a:1 3)
`a`b`c except `a`b`c / `$()
1 except 2 / 'type
/ in
"x" in "a" / 0b
"x" in "acdexyz" / 1b
"wx" in "acdexyz" / 01b
("abc";("def";"ghi");"jkl") in "bed" / (010b;(110b;000b);000b)
"wx" in ("acdexyz";"abcd";"wx") / 1b
("ab";"cd") in (("ab";"cd");0 1 2) / 1b
1 3 7 6 4 in 5 4 1 6 / 10011b
1 2 in (9;(1 2;3 4)) / 00b
1 2 in (1 2;9) / 1b
1 2 in ((1 2;3 4);9) / 0b
(1 2;3 4) in ((1 2;3 4);9) / 1b
3 in (1 2;3) / 0b
3 in (3;1 2) / 1b
1 2. in 2 / 01b
1 2. in 1#2 / 01b
1 2. in 0#2 / 'type
1 2. in 2#2 / 'type
1 in 1 2 3 / 1b
5 in 1 2 3 / 0b
`a in `a`b / 1b
`a`c in `a`b / 10b
1 in () / 0b
1 2 in () / 00b
(`a`b!1 2) in 2 3 / `a`b!01b
0N in 1 0N / 1b
0n in 1 0n / 1b
([]a:1 2 3) in ([]a:2 3) / 011b
(`a`b!1 2) in ([]a:1 3;b:2 4) / 1b
`a in `u#`a`b / 1b
(til 20) in 3 5 7 9 11 13 15 17 / 00010101010101010100b
2020.01.01 in 2020.01.01 2020.02.01 / 1b
0x01 in 0x0102 / 1b
1h in 1 2h / 1b
sym:`x`y`z
`x in `sym$`x`y / 1b
(`sym$`x`z) in `x / 10b
() in "abc" / `boolean$()
