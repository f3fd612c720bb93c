// Requests to named processes: what is answered is the answer to what was asked, also after a request that was given up.

system"l ",getenv[`SLIPSTREAM_Q],"/boot.q"
.boot.use each`test`conn;
.log.warn:{[m;d]}
.conn.add'[`a`b;`:127.0.0.1:1`:127.0.0.1:2];
/ handles are functions here
hung:0#`
.conn.get:{[n]{[n;q]$[q~`nested;.conn.ask[n;1];q~`other;.conn.ask[`b;2];q~`bad;'"no";(n;q)]}n}
.conn.drop:{[n]hung,:n}

.t.match[(`a;1)].conn.ask[`a;1]
.t.fails["no"]{.conn.ask[`a;`bad]}
.t.match[0#`].conn.asking

// in the middle of a request the same process cannot be asked, another can
.t.fails["an answer of a is still to come"]{.conn.ask[`a;`nested]}
.t.match[(`b;2)].conn.ask[`a;`other]
.t.match[0#`].conn.asking

// what was given up is hung up on, once; the timer finds it too
.conn.stopped[];
.t.match[0#`]hung
.conn.asking:`a`b`a
.t.fails["an answer of b is still to come"]{.conn.ask[`b;1]}
.conn.stopped[];
.t.match[`a`b]hung
.t.match[(`b;1)].conn.ask[`b;1]
.conn.asking:1#`a
.job.run[];
.t.match[`a`b`a]hung
.t.match[0#`].conn.asking

.t.end[]
