// Every @example of the libraries' documentation can be run.

h:getenv`SLIPSTREAM_Q
system"l ",h,"/boot.q"
.boot.use each`$("test";"opt";"api";"entitle";"tca/nulls");

files:raze{[d]hsym`$(d,"/"),/:string f where(f:key hsym`$d)like"*.q"}each h,/:("";"/tca")
examples:raze{[f]l:read0 f;(1+count p)_'l where l like(p:"// @example"),"*"}each files
.t.match[1b]10<count examples
{[e].t.match[(e;1b)](e;@[{value x;1b};e;0b])}each examples;

// and so can the lines of q in docs/tca.md
doc:read0 hsym`$h,"/../docs/tca.md"
lines:{[d]i:1+first where d~\:"```q";i _(i+first where(i _ d)~\:"```")#d}doc
.t.match[4]count lines
{[e].t.match[(e;1b)](e;@[{value x;1b};e;0b])}each lines;

.t.end[]
