// Subscribers that do not read: what waits for them is bounded, so that the tickplant's memory is not their buffer.
// Beyond the bound a stream is told to read the log (policy resync), any other subscriber is cut off.

// how much may wait for a handle, and what happens beyond it
.slow.megabytes:256
.slow.policy:`resync

// bytes that wait for each handle
.slow.queued:{sum each .z.W}

// @desc How far this process is behind: messages that are logged and not published yet, and bytes that wait for the slowest subscriber.
.u.behind:{(.u.j-.u.i;max 0,value .slow.queued[])}

// streams of a handle that were stopped, told to start again once what waits for them is gone
.slow.i.stop:{[x]
  .log.warn["slow subscriber stopped";`handle`bytes!(x;.slow.queued[]x)];
  update lost:1b from`.stream.w where h=x; }

.slow.i.cut:{[x]
  .log.warn["slow subscriber cut off";`handle`bytes!(x;.slow.queued[]x)];
  hclose x;
  .z.pc x; }

// @desc For the timer: looks at every queue.
.slow.tick:{
  q:.slow.queued[];
  b:where q>1048576*.slow.megabytes;
  if[not(count b)or any .stream.w`lost;:()];
  plain:distinct raze{first each x}each value .u.w;
  numbered:exec distinct h from .stream.w where not lost;
  off:b inter plain,$[`disconnect~.slow.policy;numbered;0#0i],exec h from .stream.c;
  .slow.i.cut each distinct off;
  .slow.i.stop each(b except off)inter numbered;
  .stream.again each exec distinct h from .stream.w where lost,0=0^q h; }
