/ Temporal values: parts, clocks, local time, arithmetic at the edges.
/ https://code.kx.com/q/ref/cast/#temporal, https://code.kx.com/q/ref/gtime/
p:2015.10.28D03:55:58.123456789
p.date / 2015.10.28
p.time / 03:55:58.123
p.minute / 03:55
p.second / 03:55:58
p.month / 2015.10m
p.year / 2015i
p.mm / 10i
p.dd / 28i
p.hh / 3i
p.uu / 55i
p.ss / 58i
p.week / 2015.10.26
p.timespan / 0D03:55:58.123456789
t:12:30:45.500
t.hh / 12i
t.minute / 12:30
t.second / 12:30:45
t.ss / 45i
d:2000.01.01 2000.02.29
d.month / 2000.01 2000.02m
d.year / 2000 2000i
d.dd / 1 29i
type .z.p / -12h
type .z.P / -12h
type .z.d / -14h
type .z.D / -14h
type .z.t / -19h
type .z.T / -19h
type .z.n / -16h
type .z.N / -16h
type .z.z / -15h
type .z.Z / -15h
(.z.p>2020.01.01D)&.z.p<2290.01.01D / 1b
{x>=y}[.z.p;.z.p] / 1b
gtime ltime 2020.06.15D12:00:00 / 2020.06.15D12:00:00
ltime gtime 2020.06.15D12:00:00 / 2020.06.15D12:00:00
gtime ltime 2020.06.15D12 2020.12.15D12 / 2020.06.15D12 2020.12.15D12
ltime 0Np / 0Np
type ltime 2020.06.15T12 / -15h
ltime 1 / 'type
ltime `a / 'type
o:system "o"
system "o 2"
ltime 2020.06.15D12 / 2020.06.15D14
gtime 2020.06.15D12 / 2020.06.15D10
ltime 2020.06.15T12:00:00.000 / 2020.06.15T14:00:00.000
system "o -5"
ltime 2020.06.15D12 / 2020.06.15D07
system "o 390"
ltime 2020.06.15D12 / 2020.06.15D18:30
system "o 0"
ltime 2020.06.15D12 / 2020.06.15D12
0001.01.01-1 / "d"$-730120
milliseconds:"i"$01:00:00.100 mod 1000
milliseconds / 100i
"i"$mod[;1000]"t"$2000.01.01T12:00:00.500 / 500i
"i"$2014.11.22D17:43:40.123456789 mod 1000000000 / 123456789i
2000.01.01+til 3 / 2000.01.01 2000.01.02 2000.01.03
2000.02.28+2 / 2000.03.01
1900.02.28+1 / 1900.03.01
2000.01m+13 / 2001.02m
2012.05 2012.06m-2 / 2012.03 2012.04m
2000.01.01+12:00 / 2000.01.01D12:00
2000.01.01D12-2000.01.01D / 0D12
2000.01.03-2000.01.01 / 2i
12:30+90 / 14:00
`date$2000.01.31+til 2 / 2000.01.31 2000.02.01
`mm$2000.12.31 / 12i
`week$2000.01.01 2000.01.02 2000.01.03 / 1999.12.27 1999.12.27 2000.01.03
`date$0 366 / 2000.01.01 2001.01.01
`month$0 12 / 2000.01 2001.01m
system "W 1"
`week$2015.10.28 / 2015.10.25
system "W 0"
`week$2015.10.28 / 2015.10.24
system "W 2"
`week$2015.10.28 / 2015.10.26
`week$0Nd / 0Nd
