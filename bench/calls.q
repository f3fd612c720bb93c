// What a call, a global look-up and a loop cost, the loop itself included: quill bench/calls.q. Each figure is the median of 9 runs of a million.
n:1000000
run:{[f]t:.z.p;f[];"j"$.z.p-t}
med9:{[f](asc run each 9#f)4}
f:{}
g:1
-1"empty function call ",string[med9[{do[n;f[]]}]%n]," ns";
-1"global look-up      ",string[med9[{do[n;g]}]%n]," ns";
-1"do[1000000;i+:1]    ",string[1e-9*med9{i:0;do[n;i+:1]}]," s";
exit 0
