/ Tables on disk and scripts, as far as q can say it.

/ columns by name; of a partitioned table those of the last partition, with every partition's value
.Q.V:{t:.Q.v x;$[1b~.Q.qp t;@[flip ?[t;enlist(=;.Q.pf;last .Q.pv);0b;()];.Q.pf;:;.Q.pv];flip 0!t]}

/ records of fixed width from a binary file to a table of a partition, .Q.M&1000000 rows at a time
.Q.M:0W
.Q.dsftg:{[d;s;f;t;g]
  width:sum t 1;
  bytes:$[0<s 2;s 2;(hcount[s 0]-s 1)+s 2];
  rows:bytes div width;step:.Q.M&1000000;
  home:` sv(.Q.par . d),`;
  add:{[home;dir;g;read;at;n] home upsert .Q.en[dir]g read[at;n]}[home;d 0;g];
  read:{[s;f;t;width;at;n] flip f!t 1:(s 0;s[1]+at*width;n*width)}[s;f;t;width];
  add[read]'[at;step&rows-at:step*til ceiling rows%step];
  home}

/ an empty file for nested vectors of a type
.Q.Xf:{[kind;file] if[not kind in(upper .Q.t except" "),key each(.Q.t except" ")$\:();'`type];file set()}
.Q.Cf:.Q.Xf`char

/ statements of a script by the number of their first line; what starts with a blank or a brace goes on
.Q.ld:{at:where not(first each x)in" \t}";(1+at;"\n"sv'at _ x)}
