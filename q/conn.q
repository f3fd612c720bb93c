// Handles to other processes by name, opened again when they break.

.boot.use each`log`job;

.conn.addr:(`symbol$())!`symbol$()
.conn.h:(`symbol$())!`int$()

// @desc Names a process and its address, `:host:port.
.conn.add:{[n;a].conn.addr[n]:a;.conn.h[n]:0Ni;}

// @desc An open handle to a named process, or a signal that names it.
.conn.get:{[n]
  if[null .conn.h n;.conn.h[n]:@[hopen;(.conn.addr n;2000);{[n;e]'"no connection to ",string[n]," at ",string[.conn.addr n],": ",e}[n]]];
  .conn.h n }

// @desc Forgets a handle that closed; for .z.pc.
.conn.closed:{[h].conn.h:@[.conn.h;where .conn.h=h;:;0Ni];}

// @desc Hangs up on a named process; the next request connects anew.
.conn.drop:{[n]if[not null h:.conn.h n;@[hclose;h;::];.conn.h[n]:0Ni];}

// @desc A sync request to a named process. Not in the middle of another one to it: that would take the answer that is to come first.
.conn.ask:{[n;q]
  if[n in .conn.asking;'"an answer of ",string[n]," is still to come"];
  h:.conn.get n;
  .conn.asking,:n;
  r:.[{(1b;x y)};(h;q);{(0b;x)}];
  .conn.asking:-1_.conn.asking;
  $[r 0;r 1;'r 1] }
/ processes whose answer is waited for; what they send meanwhile is looked at
.conn.asking:0#`

// @desc Hangs up on those that a request was waiting for when it was stopped ('stop: -T, an interrupt): what they answer would be taken for the answer
// to the next request. The timer comes between messages, so whom it finds here nobody waits for any more; so it is at the beginning of a message (gateway/gw.q).
.conn.stopped:{
  if[count n:distinct .conn.asking;
    .conn.asking:0#`;
    .conn.drop each n;
    .log.warn["an answer that nobody waits for any more";(enlist`from)!enlist n]]; }
.job.add[`stopped;0D00:00:00.1;.conn.stopped];

// @desc Waits until a named process answers: tries every 100 ms, x times.
.conn.wait:{[n;x]while[null .conn.h n;
  .conn.h[n]:@[hopen;(.conn.addr n;1000);0Ni];
  if[null .conn.h n;if[0>x-:1;'"no connection to ",string[n]," at ",string .conn.addr n];system"sleep 0.1"]];}
