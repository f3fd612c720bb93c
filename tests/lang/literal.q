/ Literals: the type of the text, and what type letters do.
/ https://code.kx.com/q/basics/datatypes/ and https://code.kx.com/q/basics/syntax/
type 1 / -7h
type 1j / -7h
type 1i / -6h
type 1h / -5h
type 1e / -8h
type 1f / -9h
type 1. / -9h
type .5 / -9h
type 1e10 / -9h
type 1e-5 / -9h
type 1.5e / -8h
type 0b / -1h
type 1b / -1h
type 010b / 1h
type 0x01 / -4h
type 0x0102 / 4h
type 0x / 4h
type "a" / -10h
type "abc" / 10h
type "" / 10h
type `a / -11h
type ` / -11h
type `a`b / 11h
type 0N / -7h
type 0W / -7h
type 0n / -9h
type 0w / -9h
type 0Ng / -2h
type 0Nh / -5h
type 0Ni / -6h
type 0Nj / -7h
type 0Ne / -8h
type 0Nf / -9h
type 0Np / -12h
type 0Nm / -13h
type 0Nd / -14h
type 0Nz / -15h
type 0Nn / -16h
type 0Nu / -17h
type 0Nv / -18h
type 0Nt / -19h
type 0Wp / -12h
type 0Wd / -14h
type 0wz / -15h
type 0we / -8h
type 2000.01m / -13h
type 2000.01.01 / -14h
type 2000.01.01D / -12h
type 2000.01.01D12 / -12h
type 2000.01.01D12:00:00.123456789 / -12h
type 2000.01.01T12:00:00.000 / -15h
type 1D / -16h
type 0D00:00:01 / -16h
type 12:30 / -17h
type 12:30:00 / -18h
type 12:30:00.000 / -19h
type 12:30:00.000000000 / -16h
type 03:55:58.11 / -19h
type 0p / -12h
type 2000.01.01p / -12h
type () / 0h
type (1;`a) / 0h
type 1 2 3 / 7h
type 1 2 3i / 6h
type 1 2 3h / 5h
type 1 2 3f / 9h
type 1 2 3e / 8h
type 1 2.5 3 / 9h
type 0N 1 2f / 9h
type 0n 1 2 / 9h
type 1 0w / 9h
type 1 0N 3i / 6h
type 1 1e10 / 9h
type 10:00 11:00 / 17h
type 10:00 11:00t / 19h
type 13:30 20:00t / 19h
type 2000.01.01 2000.01.02 / 14h
type 2000.01 2000.02m / 13h
type 0N 2000.01.01 / 14h
type 2000.01.01 0Nd / 14h
type 0Nd 2000.01.01 / 14h
type 0 1 2p / 12h
1 2 3h / (1h;2h;3h)
1 2 3f / (1f;2f;3f)
1 2.5 / (1f;2.5)
0N 1 2f / (0n;1f;2f)
1 0N 3i / (1i;0Ni;3i)
010b / (0b;1b;0b)
0x0102 / (0x01;0x02)
0x123 / 0x0123
1e3 / 1000f
1.5e3 / 1500f
1e-3 / 0.001
"\101" / "A"
"a\nb" / ("a";"\n";"b")
count "a\"b" / 3
count "\\" / 1
`a`b`c / (`a;`b;`c)
`a.b / `$"a.b"
`:a/b / `$":a/b"
"j"$2001.01.01 / 366
"j"$1999.12.31 / -1
"j"$2003.07m / 42
"j"$12:30 / 750
"j"$-12:30 / -750
"j"$00:00:01.500 / 1500
"j"$0D00:00:00.000000042 / 42
"j"$1D / 86400000000000
"j"$2000.01.02D / 86400000000000
10:00 11:00t / 10:00:00.000 11:00:00.000
2000.01.01p / 2000.01.01D00:00:00
-1 2 / (neg 1;2)
1 -2 3 / (1;neg 2;3)
-0W / neg 0W
-0w / neg 0w
2-1 / 1
2 -1 / (2;neg 1)
0Wh / 32767h
0Wi / 2147483647i
0W / 9223372036854775807
0b~0 / 0b
1i~1 / 0b
0x00~0b / 0b
value "2000.02.29" / 2000.02.29
value "2000.02.30" / '2000.02.30
value "1a" / '1a
value "32768h" / '32768h
