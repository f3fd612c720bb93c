// Rows by one process: quill bench/rows.q -part insert|replay [-rows N]
//   insert   single rows inserted into an RDB table (g#sym), rows a second, and bytes a row beside the raw size of its columns
//   replay   -11! of a log of single-row messages into such a table, messages a second
// Best of five: what others do on the machine only ever adds to it.
system"l ",getenv[`SLIPSTREAM_Q],"/boot.q"
.boot.use each`opt`log,`$"schema/market";
o:.opt.get flip`name`default`doc!flip((`part;`insert;"insert or replay");(`rows;1000000;"rows");(`file;"/tmp/slip-bench-rows";"log that is made and deleted"))
n:o`rows
r:{(2026.01.05D10+x;`$"S",string x mod 500;`V;100.5;200f;`buy;`;2026.01.05D10+x;x)}each til 1000
empty:{@[`.;`trade;{update`g#sym from 0#x}]}
seconds:{[f]s:.z.p;f[];1e-9*"j"$.z.p-s}
upd:insert
if[`insert=o`part;
  t:{empty[];seconds{do[n div 1000;{`trade insert x}each r]}}each til 5;
  / the loop itself
  l:{seconds{do[n div 1000;{x}each r]}}each til 5;
  -1"insert of single rows: ",(string"j"$n%min[t]),"/s, ",(string"j"$n%min[t]-min l),"/s without the loop";
  empty[];.Q.gc[];b:.Q.w[]`used;
  do[n div 1000;{`trade insert x}each r];
  -1"memory: ",(string(.Q.w[][`used]-b)%n)," bytes a row, raw ",string 8 4 4 8 8 4 4 8 8 wsum 9#1];
if[`replay=o`part;
  f:hsym`$o`file;
  f set();
  h:hopen f;
  do[n div 1000;{h enlist(`upd;`trade;x)}each r];
  hclose h;
  t:{empty[];seconds{-11!f}}each til 5;
  hdel f;
  -1"replay of single-row messages: ",(string"j"$n%min t),"/s"];
exit 0
