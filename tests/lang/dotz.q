/ The .z namespace: values of the environment, and callbacks that can be called without a connection.
type .z.a / -6h
type .z.c / -6h
0<.z.c / 1b
type .z.e / 99h
count .z.e / 0
.z.H~key .z.W / 1b
.z.W / (`int$())!`long$()
type .z.h / -11h
type .z.i / -6h
0<.z.i / 1b
type .z.K / -9h
type .z.k / -14h
type .z.l / 0h
type .z.N / -16h
type .z.n / -16h
type .z.P / -12h
type .z.p / -12h
type .z.T / -19h
type .z.t / -19h
type .z.D / -14h
type .z.d / -14h
type .z.Z / -15h
type .z.z / -15h
type .z.o / -11h
type .z.u / -11h
type .z.w / -6h
.z.w / 0i
type .z.x / 0h
type .z.X / 0h
type each .z.X / count[.z.X]#10h
type .z.f / -11h
(string .z.f)like"*run.q" / 1b
type .z.q / -1h
.z.b / (`symbol$())!()
.z.r / 0b
.z.d=`date$.z.p / 1b
.z.t within(`time$.z.p)+-00:00:05.000 00:00:05.000 / 1b
.z.p>=.z.p / 1b
(`date$.z.z)=.z.d / 1b
{.z.s}[] / {.z.s}
{$[x<=0;1;x*.z.s x-1]}5 / 120
{$[x<2;x;.z.s[x-1]+.z.s x-2]}10 / 55
{.z.s;x}3 / 3

/ ---- callbacks are not there until they are set
.z.pg / '.z.pg
.z.ps / '.z.ps
.z.pc / '.z.pc
.z.po / '.z.po
.z.pw / '.z.pw
.z.pi / '.z.pi
.z.ts / '.z.ts
.z.exit / '.z.exit
.z.ws / '.z.ws
.z.wo / '.z.wo
.z.wc / '.z.wc
.z.pd / '.z.pd
.z.zd / '.z.zd
.z.bm / '.z.bm
.z.ac / '.z.ac
.z.vs / '.z.vs
.z.pg:{x}
.z.pg 5 / 5
\x .z.pg
.z.pg / '.z.pg
zlog:()
.z.ps:{zlog,:enlist x;value x}
0"2+2" / 4
zlog / enlist"2+2"
0(+;1;2) / 3
last zlog / (+;1;2)
\x .z.ps
0"1+1" / 2
count zlog / 2

/ ---- .z.vs: after a global of the default namespace is set
.zt.s:()
.z.vs:{.zt.s,:enlist(x;y;value x)}
m:(1 2;3 4)
last .zt.s / (`m;();(1 2;3 4))
m[1;1]:0
last .zt.s / (`m;1 1;(1 2;3 0))
n1:5
last .zt.s / (`n1;();5)
\x .z.vs
n1:6
last .zt.s / (`n1;();5)

/ ---- .z.b: globals that views use, with the views
va::vx+vy
vb::vx+1
.z.b / `vx`vy!(`va`vb;enlist`va)
vx:1;vy:2
va / 3
vb / 2
vx:10
va / 12

/ ---- .z.r
reval(parse".z.r") / 1b
reval".z.r" / ".z.r"

/ ---- .z.zd: compression of what is saved
.z.zd:17 2 6
`:zfa set til 1000;
(-21!`:zfa)`algorithm`logicalBlockSize`zipLevel / 2 17 6i
`:zf.ext set til 1000;
count -21!`:zf.ext / 0
(`:zf2.ext;17;2;4)set til 1000;
(-21!`:zf2.ext)`zipLevel / 4i
\x .z.zd
`:zfb set til 1000;
count -21!`:zfb / 0
.z.zd:``a!(17 2 3;17 2 9)
`:zsp/ set([]a:til 1000;b:til 1000);
(-21!`:zsp/a)`zipLevel / 9i
(-21!`:zsp/b)`zipLevel / 3i
\x .z.zd
