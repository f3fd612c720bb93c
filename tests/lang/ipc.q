/ Serialisation and handles. Bytes from kb/serialization.md and basics/internal.md.

/ -8!: documented bytes
-8!1i / 0x010000000d000000fa01000000
-8!enlist 1i / 0x010000001200000006000100000001000000
-8!`byte$til 5 / 0x01000000130000000400050000000001020304
-8!`byte$enlist til 5 / 0x01000000190000000000010000000400050000000001020304
-8!`a`b!2 3i / 0x0100000021000000630b0002000000610062000600020000000200000003000000
-8!`s#`a`b!2 3i / 0x01000000210000007f0b0102000000610062000600020000000200000003000000
-8!`a`b!enlist each 2 3i / 0x010000002d000000630b0002000000610062000000020000000600010000000200000006000100000003000000
-8!flip`a`b!enlist each 2 3i / 0x010000002f0000006200630b0002000000610062000000020000000600010000000200000006000100000003000000
-8!([]a:enlist 2i;b:enlist 3i) / 0x010000002f0000006200630b0002000000610062000000020000000600010000000200000006000100000003000000
-8!([a:enlist 2i]b:enlist 3i) / 0x010000003f000000636200630b00010000006100000001000000060001000000020000006200630b0001000000620000000100000006000100000003000000
-8!{x+y} / 0x010000001500000064000a00050000007b782b797d

/ -9! undoes -8!
-9!0x010000000d000000fa01000000 / 1i
-9!-8!1 2 3 / 1 2 3
-9!-8!"text" / "text"
-9!-8!(1;`a;"bc";2.5;(::)) / (1;`a;"bc";2.5;(::))
-9!-8!`a`b!(1 2;"xy") / `a`b!(1 2;"xy")
-9!-8!([]s:`a`b;n:1 0N) / ([]s:`a`b;n:1 0N)
-9!-8!([k:`a`b]n:1 2) / ([k:`a`b]n:1 2)
-9!-8!() / ()
-9!-8!`symbol$() / `symbol$()
-9!-8!([]a:`long$();b:()) / ([]a:`long$();b:())
(-9!-8!{x*2}) 21 / 42
(-9!-8!{[a;b]a-b}[;1]) 5 / 4
(-9!-8!(+/)) 1 2 3 / 6
(-9!-8!neg) 3 / -3
(-9!-8!lj)~(-9!-8!lj) / 1b
attr -9!-8!`s#1 2 3 / `s
attr -9!-8!`g#`a`b`a / `g
attr -9!-8!`p#1 1 2 / `p
attr -9!-8!`u#1 2 3 / `u
(-9!-8!`s#1 3 5) 3 / 0N
type each -9!-8!(0Nh;0Ni;0N;0Ne;0n;0Np;0Nm;0Nd;0Nz;0Nn;0Nu;0Nv;0Nt;0Ng) / -5 -6 -7 -8 -9 -12 -13 -14 -15 -16 -17 -18 -19 -2h
all null -9!-8!(0Nh;0Ni;0N;0Ne;0n;0Np;0Nm;0Nd;0Nz;0Nn;0Nu;0Nv;0Nt;0Ng) / 1b
-9!-8!0W -0W 0N / 0W -0W 0N

/ enumerations travel as symbols
edomain:`a`b`c
-9!-8!`edomain$`c`a / `c`a
-9!-8!`edomain$`b / `b
-9!-8!([]s:`edomain$`c`a) / ([]s:`c`a)
\d .ipctest
inner:{x+y}
\d .
8_-8!.ipctest.inner / 0x64,("x"$"ipctest"),0x000a00050000007b782b797d

/ malformed bytes
-9!enlist 0x01 / 'badmsg
-9!`byte$() / 'badmsg
-9!0x010000000d000000fa010000 / 'badmsg
-9!0x010000000e000000fa0100000000 / 'badmsg
-9!0x01000000120000000600ffffff7f01000000 / 'badmsg
-9!0x010000000a0000002000 / 'badmsg
-9!1 2 3 / 'type
-9!0x010000000e000000806f6f707300 / 'oops
-9!0x000000000000000dfa00000001 / 1i

/ -18! compresses what is over 2000 bytes and halves; -22! is the length before that
count -8!til 1000 / 8014
count -18!til 1000 / 3276
(til 1000)~-9!-18!til 1000 / 1b
-18!til 10 / -8!til 10
-22!til 1000 / 8014
-22!`a`b!1 2 / count -8!`a`b!1 2
(-22!x)~count -8!x:([]s:`a`bb`;t:("ab";"";"c");n:1 2 3) / 1b
t:([]a:1000#`x;b:1000#1.5)
t~-9!-18!t / 1b
(count -18!t)<count -8!t / 1b

/ SHA-1: basics/internal.md
raze string -33!"mypassword" / "91dfd9ddb4198affc5c194cd8ce6d338fde470e2"

/ handle 0 evaluates: basics/handles.md
0 "2+2" / 4
0 (+;2;2) / 4
0 ("{x*y}";6;7) / 42
0 (`.ipctest.inner;1;2) / 3
.z.w / 0i
.z.H / `s#`int$()
count .z.W / 0

/ handles that are not open, addresses that are none
@[999i;"1";{x like "*Bad file descriptor*"}] / 1b
@[neg 999i;"1";{x like "*Bad file descriptor*"}] / 1b
@[hclose;999i;{x like "*Bad file descriptor*"}] / 1b
@[hopen;(`::1;200);{x like "hop*"}] / 1b
hopen `nocolon / 'type
hopen 70000 / 'domain
hopen 1.5 / 'type
-25!(7 8;1) / '7 is not an ipc handle
-30!(999i;0b;1) / 'domain
-38!999i / 'domain

/ files as handles
ipcfile:`$":/tmp/quill-lang-ipc-",string .z.i
h:hopen ipcfile
h "ab" / h
neg[h] ("c";"de") / neg h
hclose h
read0 ipcfile / ("abc";"de")
hdel ipcfile / ipcfile

/ port and timer
system"p" / 0i
system"p 127.0.0.1:0W"
0<system"p" / 1b
system"p 0"
system"p" / 0i
system"t" / 0i
system"t 60000"
system"t" / 60000i
system"t 0"
system"t" / 0i
