/ Moving windows.
d:`a`b!(10 21 3;4 5 6)
t:flip d
k:`k xkey update k:`abc`def`ghi from t

3 msum 1 2 3 5 7 11 / 1 3 6 10 15 23
3 msum 0N 2 3 5 0N 11 / 0 2 5 10 8 16
3 msum 1 5 0 9 5 2 2 4 0 5 3 0 / 1 6 6 14 14 16 9 8 6 9 8 8
2 msum t / ([]a:10 31 24;b:4 9 11)
2 msum 1.5 2 3 / 1.5 3.5 5
2 msum 1.5 0n 3 / 1.5 1.5 3
2 msum 101b / 1 1 1i
2 msum 1 2h / 1 3i
2 msum 1 2i / 1 3i
2 msum 0D01 0D02 0D03 / 0D01 0D03 0D05
2 msum 00:01 00:02 / 00:01 00:03
2 msum 1 2e / 1 3e
10 msum 1 2 3 / 1 3 6
1 msum 1 2 3 / 1 2 3
2 msum `long$() / `long$()
2 msum "abc" / 'type
2 msum `a`b / 'type
`a msum 1 2 / 'type
2 msum d / `a`b!(10 21 3;14 26 9)
2 mavg 1 2 3 5 7 10 / 1 1.5 2.5 4 6 8.5
5 mavg 1 2 3 5 7 10 / 1 1.5 2 2.75 3.6 5.4
string each 5 mavg 0N 2 0N 5 7 0N / ("";enlist"2";enlist"2";"3.5";"4.666667";"4.666667")
0 mavg 2 3 / 0n 0n
2 mavg k / ([k:`abc`def`ghi]a:10 15.5 12;b:4 4.5 5.5)
2 mavg 101b / 1 0.5 0.5
2 mavg 1.5 2.5 / 1.5 2
2 mavg 1 2i / 1 1.5
2 mavg "ab" / 'type
2 mavg `float$() / `float$()
2 mdev 1 2 3 5 7 10 / 0 0.5 0.5 1 1 1.5
string each 5 mdev 1 2 3 5 7 10 / (enlist"0";"0.5";"0.8164966";"1.47902";"2.154066";"2.87054")
string each 5 mdev 0N 2 0N 5 7 0N / ("";enlist"0";enlist"0";"1.5";"2.054805";"2.054805")
2 mdev ([]b:1 2 3;c:45 46 47) / ([]b:0 0.5 0.5;c:0 0.5 0.5)
2 mdev d / `a`b!(0 0 0f;3 8 1.5)
2 mdev t / ([]a:0 5.5 9;b:0 0.5 0.5)
2 mdev k / ([k:`abc`def`ghi]a:0 5.5 9;b:0 0.5 0.5)
3 mcount 0 1 2 3 4 5 / 1 2 3 3 3 3i
3 mcount 0N 1 2 3 0N 5 / 0 1 2 3 2 2i
2 mcount d / `a`b!(1 1 1i;2 2 2i)
2 mcount t / ([]a:1 2 2i;b:1 2 2i)
2 mcount k / ([k:`abc`def`ghi]a:1 2 2i;b:1 2 2i)
3 mmax 2 7 1 3 5 2 8 / 2 7 7 7 5 5 8
3 mmax 0N -3 -2 0N 1 0 / -0W -3 -2 -2 1 1
2 mmax flip`a`b!(10 21 3;4 5 6) / ([]a:10 21 21;b:4 5 6)
2 mmax`a`b!(10 21 3;4 5 6) / `a`b!(10 21 3;10 21 6)
2 mmax ([k:`abc`def`ghi]a:10 21 3;b:4 5 6) / ([k:`abc`def`ghi]a:10 21 21;b:4 5 6)
2 mmax 1.5 0n 1 / 1.5 1.5 1
2 mmax "bac" / "bbc"
3 mmin 0N -3 -2 1 -0W 0 / 0N 0N 0N -3 -0W -0W
3 mmin 0N -3 -2 1 0N -0W / 0N 0N 0N -3 0N 0N
2 mmin k / ([k:`abc`def`ghi]a:10 10 3;b:4 4 5)
0 mmin 3 1 2 / 3 1 2
-1 mmin 3 1 2 / 3 1 2
2 mmin 3 1 2 5 / 3 1 1 2
2 mmin 2.5 1.5 2 / 2.5 1.5 1.5
100 mmin 3 1 2 / 3 1 1
1 mmax 3 1 2 / 3 1 2
string each ema[1%3;1,10#0] / (enlist"1";"0.6666667";"0.4444444";"0.2962963";"0.1975309";"0.1316872";"0.0877915";"0.05852766";"0.03901844";"0.02601229";"0.01734153")
p:22.27 22.19 22.08 22.17 22.18 22.13 22.23 22.43 22.24 22.29 22.15 22.39 22.38 22.61 23.36 24.05 23.75 23.83 23.95 23.63 23.82 23.87 23.65 23.19 23.1 23.33 22.68 23.1 22.4 22.17
string each -3#(2%1+10)ema p / ("23.23259";"23.08121";"22.91554")
string each 4#(2%1+10)ema p / ("22.27";"22.25545";"22.22355";"22.21382")
0.5 ema 1 0 0 / 1 0.5 0.25
0.5 0.5 1 ema 1 0 0 / 1 0.5 0
0.5 0.5 ema 1 0 0 / 'length
0.5 ema `a`b / 'type
