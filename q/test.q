// Assertions: expected value first. .t.end[] prints the totals and ends with status 1 if any failed.

.t.n:.t.bad:0
.t.say:{[ok;m].t.n+:1;if[not ok;.t.bad+:1;-2"FAILED ",m];}

// @desc Values are equal in type and content.
.t.match:{[e;a].t.say[e~a;"expected ",(-3!e),", got ",-3!a]}

// @desc Numbers are within a tolerance, and null where null is expected: a null is less than any tolerance, and nothing is all of anything.
.t.near:{[tol;e;a]
  ok:(raze null[e]=null a)&raze tol>=abs e-a;
  .t.say[(0<count ok)&all ok;"expected ",(-3!e),", got ",-3!a]}

// @desc Calling f signals an error that starts with e.
.t.fails:{[e;f]r:@[{x[];"no error"};f;::];.t.say[e~count[e]sublist r;"expected error ",e,", got ",r]}

// @desc Prints the totals and ends the process.
.t.end:{-1 string[.t.n-.t.bad]," passed, ",string[.t.bad]," failed";exit`int$0<.t.bad}
