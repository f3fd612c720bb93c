// Each statistic against published or hand-worked numbers.

system"l ",getenv[`SLIPSTREAM_Q],"/boot.q"
.boot.use each`test`stat;

// quantiles by interpolation
.t.near[1e-12;2.5].stat.quantile[.5;1 2 3 4f]
.t.near[1e-12;1.3].stat.quantile[.1;4 1 3 2f]               / 1+.3*(2-1)
.t.match[1b]null .stat.quantile[.5;0#0n]

// Student's t, 97.5%: tables give 3.182 2.228 2.042 1.980 for 3 10 30 120
.t.near[.03;3.182].stat.t95 3
.t.near[.0006;2.228 2.042 1.980].stat.t95 10 30 120

// t tables again, as normal deviates: 1.96, and 1.645 for 1.812 at 10
.t.near[.005;1.96 1.96 -1.645].stat.z[2.228 2.042 -1.812;10 30 10]
.t.near[1e-12;0f].stat.z[0f;5]

// clusters: 1 2 | 3 6, mean 3, cluster sums of residuals -3 and 3, se = sqrt[2*(9+9)]%4
c:.stat.clustered[1 2 3 6f;`a`a`b`b]
.t.match[4 2]c`n`clusters
.t.near[1e-12;3f,sqrt[36]%4]c`mean`se
.t.near[1e-12;2f]c`t
// each its own cluster: the textbook standard error, sd%sqrt n
.t.near[1e-12;sqrt[(14%3)%4]].stat.clustered[1 2 3 6f;til 4]`se   / residuals -2 -1 0 3
.t.match[1b]null .stat.clustered[1 2f;`a`a]`se
.t.match[2].stat.clustered[1 0n 3f;til 3]`n

// block bootstrap: a ratio; no interval from one block; equal blocks leave no doubt
b:.stat.boot[1 2 3 4f;2 2 2 2f;til 4;1000;42i]
.t.near[1e-12;1.25]b`value
.t.match[1b](b[`lo]<1.25)and b[`hi]>1.25
.t.match[b].stat.boot[1 2 3 4f;2 2 2 2f;til 4;1000;42i]     / the seed fixes it
.t.match[1b]null .stat.boot[1 2f;1 1f;0 0;100;1i]`lo
.t.near[1e-12;2 2f].stat.boot[1 3 1 3 1 3f;6#1f;0 0 1 1 2 2;200;7i]`lo`hi
// 400 normal-like values in blocks of one: the interval is close to +-1.96 sd%sqrt n
system"S 11";
x:(sum each 400 12#4800?1f)-6
b:.stat.boot[x;400#1f;til 400;2000;5i]
.t.near[.015;avg[x]+-1 1*1.96*dev[x]%20]b`lo`hi

// Kaplan-Meier: 6-MP arm of Freireich et al. 1963, weeks in remission
t:6 6 6 6 7 9 10 10 11 13 16 17 19 20 22 23 25 32 32 34 35
e:111010100110001100000b
k:.stat.km[t;e]
s:exec t!survival from k
.t.near[5e-5;.8571 .8067 .7529 .6902 .6275 .5378 .4482]s 6 7 10 13 16 22 23
.t.match[21 17 15 12 11 7 6]exec atrisk from k where events>0
.t.near[5e-5;.0764 .0869 .0963 .1068 .1141 .1282 .1346]exec se from k where events>0
.t.near[5e-5;0 .1429 .1933].stat.kmAt[k;5 6 8]
.t.match[1b]null first .stat.kmAt[k;1#36]
.t.match[2#0n].stat.kmAt[0#k;1 2]

// Benjamini & Hochberg 1995, the paper's fifteen p values: four rejections at 5%
p:.0001 .0004 .0019 .0095 .0201 .0278 .0298 .0344 .0459 .3240 .4262 .5719 .6528 .7590 1.0
.t.match[4i]sum .05>=.stat.bh p
.t.near[1e-12;.0015 .003 .0095 .035625]4#.stat.bh p         / p*15%rank
.t.near[1e-12;reverse .stat.bh p].stat.bh reverse p
.t.near[1e-12;.03 .04 .04].stat.bh .01 .04 .03

// regularity
.t.match[1b]null .stat.lag1 1 1 1f
.t.near[1e-12;.25].stat.lag1 1 2 3 4f                       / residuals -1.5 -.5 .5 1.5: (.75-.25+.75)%5
.t.near[1e-12;0f].stat.entropy 5 5 5
.t.near[1e-12;1f].stat.entropy 1 2 3 4
.t.near[1e-12;.5].stat.entropy 1 1 2 2

// normal tail
.t.near[1e-6;.5 .05 .025 .95].stat.tail 0 1.644854 1.959964 -1.644854

// many ratios from the same draws are what each is alone
system"S 3";
a:200?1f;b:1+200?1f;g:til[200]div 7
k:.stat.boots[(a;b;neg a);(b;200#1f;b);g;1000;42i]
.t.near[1e-9;.stat.boot[a;b;g;1000;42i]`lo`hi]k[;0]
.t.near[1e-9;.stat.boot[b;200#1f;g;1000;42i]`lo`hi]k[;1]
.t.near[1e-9;neg reverse k[;0]]k[;2]
.t.match[11b]null .stat.boots[enlist 3#1f;enlist 3#1f;3#0;100;1i][;0]          / one block
.t.match[11b]null .stat.boots[enlist 1 0n 2;enlist 3#1f;til 3;100;1i][;0]       / a value is not known
// a ratio and its standard error: residuals -1 0 1, three clusters: sqrt[3%2 x 2]%3; two of a cluster cancel
r:.stat.ratio[1 2 3f;1 1 1f;til 3]
.t.near[1e-12;2,sqrt[3]%3]r`value`se
.t.near[1e-12;0f].stat.ratio[1 2 3 2f;4#1f;0 1 0 1]`se
.t.match[1b]null .stat.ratio[1 2 3f;1 1 1f;3#0]`se
.t.near[1e-4;.05 .05].stat.p2 1.96 -1.96

.t.end[]
