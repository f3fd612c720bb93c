/ Language tests, on quill and on kdb+ alike.
/   quill tests/lang/run.q [file.q ...]      default: every .q file beside this one
/ One assertion a line, `expression / expected`, compared with ~ ; `expression / 'class` expects that error.
/ The separator is the last " / " of the line. A line without one is set-up and must not fail.
/ Blank lines, and lines that start with a slash, are comments. Prints each failure, then "N passed, N failed".

.run.dir:{p:"/" vs string x;$[1<count p;"/" sv -1_p;enlist "."]}.z.f
.run.passed:0
.run.failed:0
.run.try:{[s] @[{(1b;value x)};s;{(0b;x)}]}
.run.show:{[r] $[first r;{$[300<count x;(300#x),"..";x]}[-3!last r];"'",last r]}
.run.miss:{[at;s;why] .run.failed+:1;-1 at,": ",s;-1 "    ",why;}
.run.error:{[at;s;e;r] $[(not first r)&e~last r;.run.passed+:1;.run.miss[at;s;"expected '",e,", got ",.run.show r]]}
.run.equal:{[at;s;r;w] $[not first w;.run.miss[at;s;"the expected side fails with '",last w];(first r)&(last r)~last w;.run.passed+:1;.run.miss[at;s;"expected ",.run.show[w],", got ",.run.show r]]}
.run.assert:{[at;s;i] l:trim i#s;e:trim (i+3)_s;r:.run.try l;$[("'"=first e)&not e like "'[[]*";.run.error[at;s;1_e;r];.run.equal[at;s;r;.run.try e]]}
.run.setup:{[at;s] r:.run.try s;if[not first r;.run.miss[at;s;"set-up fails with '",last r]];}
.run.line:{[at;s] $[0=count trim s;::;"/"=first s;::;0=count p:s ss " / ";.run.setup[at;s];.run.assert[at;s;last p]];}
.run.file:{[f] -1 "# ",f;l:read0 hsym `$f;.run.line'[f,/:":",/:string 1+til count l;l];}
.run.names:{[d] k:key hsym `$d;k:string k where (k like "*.q")&not k=`run.q;(d,"/"),/:k}

.run.file each $[count .z.x;.z.x;.run.names .run.dir];
-1 string[.run.passed]," passed, ",string[.run.failed]," failed";
exit $[0<.run.failed;1;0]
