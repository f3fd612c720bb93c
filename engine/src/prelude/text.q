/ Constants and small tools of .Q that say something about text and types.
.Q.t:" bg xhijefcspmdznuvts"
.Q.a:"abcdefghijklmnopqrstuvwxyz"
.Q.A:"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
.Q.n:"0123456789"
.Q.nA:.Q.n,.Q.A
.Q.an:.Q.a,.Q.A,"_",.Q.n
.Q.b6:.Q.A,.Q.a,.Q.n,"+/"

/ fixed-width codes: a number as ten base-64 or twelve base-36 characters, and back
.Q.x10:{.Q.b6 (10#64) vs x}
.Q.j10:{64 sv .Q.b6?x}
.Q.x12:{.Q.nA (12#36) vs x}
.Q.j12:{36 sv .Q.nA?x}

/ the same day of a month y months later; may spill over into the following month
.Q.addmonths:{("d"$y+"m"$x)+-1+"i"$`dd$x}

/ x with n decimal places in w characters
.Q.fmt:{[w;n;x] neg[w]$.Q.f[n;x]}

/ command line: options with their values; what stands before the first option goes to .Q.x
.Q.opt:{[args]
  at:where{(x like"-*")&not any x like/:("-[0-9]*";"-.[0-9]*")}each args;
  .Q.x:(count[args]^first at)#args;
  (`$1_'args at)!1_'at _ args}
.Q.x:()
/ defaults overridden by options, read as the type of the default
.Q.def:{[defaults;given]
  read:{[d;v] $[10h=type d;first v;-10h=type d;first first v;first(upper .Q.t abs type d)$v]};
  k:key[defaults]inter key given;
  defaults,k!read'[defaults k;given k]}

/ names joined by a point, or by a slash after a file handle
.Q.dd:{` sv x,`$string y}

.Q.res:`abs`acos`asin`atan`avg`bin`binr`cor`cos`cov`delete`dev`div`do`enlist`exec`exit`exp`getenv`hopen`if`in`insert`last`like`log`max`min`prd`reval`select`setenv`sin`sqrt`ss`sum`tan`update`var`wavg`while`within`wsum`xexp

/ names made of letters, digits and underscores that are no keyword and differ from one another
.Q.i.id:{s:string x;s:s where s in .Q.an;`$$[(first s)in .Q.a,.Q.A;s;"a",s]}
.Q.i.ids:{[names]
  names:.Q.i.id each names;
  names:?[names in .Q.res,key`.q;`$(string names),\:"1";names];
  `${x,$[y;string y;""]}'[string names;{[n;i] sum n[i]=i#n}[names]each til count names]}
.Q.id:{$[-11h=type x;.Q.i.id x;99h=type x;(.Q.i.ids key x)!value x;flip(.Q.i.ids cols x)!value flip x]}

/ f on a keyed table without its keys, keyed again; on the distinct items of a list; on pieces of a list, in threads
.Q.ft:{[f;t] $[99h=type t;count[keys t]!f 0!t;f t]}
.Q.fu:{[f;x] $[0h>type x;f x;[u:distinct x;f[u]u?x]]}
.Q.fc:{[f;x] $[1<n:system"s";raze f peach(ceiling count[x]%n)cut x;f x]}
/ x with the columns of y that it lacks, all null
.Q.ff:{[x;y] n:cols[y]except cols x;flip flip[x],n!count[x]#'0#'flip[y]n}
/ the keyed table that a column refers to, or the null symbol
.Q.fk:{$[20h<>abs type x;`;99h=type @[get;key x;()];key x;`]}
.Q.v:{$[-11h=type x;get x;x]}
.Q.k:.z.K
.Q.K:.z.k

/ true for the file that .Q.prf0 gives primitives and q's own functions
.Q.fqk:{x~"quill"}
