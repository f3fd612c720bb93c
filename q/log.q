// Structured log lines on stdout: time level process message, then key=value pairs.

.log.name:`q

// @desc Writes one line. x is a level, y a message, z a dictionary of details.
.log.line:{[l;m;d] -1" "sv(string .z.p;string l;string .log.name;m),{string[x],"=",$[10h=type y;y;-3!y]}'[key d;value d];}
.log.info:.log.line[`info;;]
.log.warn:.log.line[`warn;;]
.log.error:.log.line[`error;;]
