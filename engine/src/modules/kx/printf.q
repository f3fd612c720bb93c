/ kx.printf: strings with values in them, after the C99 function. Written from its public documentation.
/   ([printf]):use`kx.printf
/   printf("%d of %s";2;`trade)      / "2 of trade"

/ The length of the run of y's characters that x starts with.
run:{[x;y]count[x]^first where not x in y}

/ The conversion that x starts with, what stands after its %: flags, width, precision (null if none), kind, what follows.
spec:{[x]
  flags:(n:run[x;"-+ 0"])#x;x:n _x;
  width:0^"J"$(n:run[x;.Q.n])#x;x:n _x;
  precision:0N;
  if["."~first x;
    x:1_x;
    precision:0^"J"$(n:run[x;.Q.n])#x;
    x:n _x];
  if[not first[x]in"dfxXosr";'"printf: no conversion %",1#x];
  `flags`width`precision`kind`rest!(flags;width;precision;first x;1_x)}

sign:{[flags;negative]$[negative;enlist"-";"+"in flags;enlist"+";" "in flags;enlist" ";""]}
atLeast:{[n;s]((0|0^n-count s)#"0"),s}

/ An integer in base 16 and 8: of its 64 bits, unsigned, as C has it.
hex:{s:raze string 0x0 vs x;((15^first where not"0"=s)&15)_s}
octal:{s:raze string 2 sv'0N 3#00b,0b vs x;((21^first where not"0"=s)&21)_s}

/ Sign and digits of a value for each kind.
whole:{[c;v]
  n:$[10h=abs type v;"J"$v;"j"$v];
  (sign[c`flags;(n<0)and not null n];$[null n;"0N";atLeast[c`precision]string abs n])}
real:{[c;v]
  n:$[10h=abs type v;"F"$v;"f"$v];
  (sign[c`flags;(n<0)and not null n];$[null n;"0n";0w=abs n;"0w";-27!("i"$6^c`precision;abs n)])}
bits:{[f;c;v]("";atLeast[c`precision]f$[10h=abs type v;"J"$v;"j"$v])}
word:{[c;v]
  s:(),$[10h=abs type v;v;-11h=type v;string v;.Q.s1 v];
  ("";$[null c`precision;s;(count[s]&c`precision)#s])}

kinds:"dfxXosr"!(whole;real;bits hex;bits{upper hex x};bits octal;word;{[c;v]("";.Q.s1 v)})

/ Filled to its width: on the right, with zeros after the sign, or on the left.
place:{[c;p]
  n:0|c[`width]-sum count each p;
  numeric:(c[`kind]in"dfxXo")and all last[p]in .Q.nA,.Q.a,".";
  zeros:("0"in c`flags)and numeric and(c[`kind]="f")or null c`precision;
  $["-"in c`flags;(raze p),n#" ";zeros;p[0],(n#"0"),p 1;(n#" "),raze p]}

/ One more piece of the format: what stood between two % signs.
step:{[s;piece]
  if[s`literal;:@[s;`out`literal;:;(s[`out],piece;0b)]];
  if[0=count piece;:@[s;`out`literal;:;(s[`out],"%";1b)]];
  c:spec piece;
  if[0=count s`args;'"printf: an argument is missing"];
  out:s[`out],place[c;kinds[c`kind][c;first s`args]],c`rest;
  @[s;`out`args;:;(out;1_s`args)]}

/ x: a format, or a list of a format and its arguments.
printf:{[x]
  if[10h=abs type x;x:enlist(),x];
  if[not 10h=abs type first x;'"printf: the format is not a string"];
  pieces:"%"vs(),first x;
  (step/[`out`args`literal!(first pieces;1_x;0b);1_pieces])`out}

export:([printf])
