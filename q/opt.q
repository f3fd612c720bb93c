// Command-line options as a table of name, default and doc; the type of an option is the type of its default.

// @desc Options of this process: the command line over the defaults.
// @param t {table} name default doc
// @return {dict} option values by name
// @example .opt.get([]name:`a`b;default:(1;"x");doc:("first";"second"))
.opt.get:{[t]
  o:.Q.opt .z.x;
  if[`help in key o;-1 .opt.usage t;exit 0];
  t[`name]!.opt.i.value[o]'[t`name;t`default] }

.opt.i.value:{[o;n;d]
  if[not n in key o;:d];
  v:" "sv o n;
  $[10h=type d;v;(upper .Q.t abs type d)$v] }

// @desc Signals unless option n is one of some words: a misspelt one would be taken for whatever is not asked for by name.
// @param o {dict} options; n {symbol} name; w {symbol[]} words
.opt.among:{[o;n;w]if[not o[n]in w;'"-",string[n],": expected ",(" or "sv string w),", got ",string o n]}

// @desc One line an option.
.opt.usage:{[t]{"  -",(12$string x`name),(20$-3!x`default),x`doc}each t}
