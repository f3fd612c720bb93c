// Memory and time of rolling a day: quill bench/roll.q -rows 20000000 (SLIPSTREAM_Q names the q folder). Prints MB of resident memory and seconds.
system"l ",getenv[`SLIPSTREAM_Q],"/boot.q"
.boot.use each`opt`log`part,`$"schema/market";
.bench.o:.opt.get flip`name`default`doc!flip((`rows;20000000;"rows of the table quote");(`dir;"/tmp/slip-bench-roll";"where the partition goes"))
// a figure of /proc/self/status in MB
.bench.mb:{[k]l:first s where(s:read0`:/proc/self/status)like k,":*";("J"$l where l in .Q.n)div 1024}
n:.bench.o`rows
s:500?`4
`quote insert([]time:2025.06.11D+0D00:00:00.001*til n;sym:n?s;venue:n#`V;bid:n?100f;ask:n?100f;bsize:n?1000f;asize:n?1000f;etime:2025.06.11D+0D00:00:00.001*til n;seq:til n);
@[`.;`quote;{update`g#sym from x}];
.Q.gc[];
before:.bench.mb"VmRSS"
t0:.z.p
.part.write[hsym`$.bench.o`dir;` sv .part.aside[hsym`$.bench.o`dir;2025.06.11],`quote;quote];
sec:1e-9*"j"$.z.p-t0
-1"rows ",string[n],", table ",string[before]," MB resident, peak while rolling ",string[.bench.mb"VmHWM"]," MB, ",string[sec]," s";
system"rm -rf ",.bench.o[`dir]," ",.bench.o[`dir],".aside";
exit 0
