/ kx.rest: endpoints of a REST server and the q functions that answer them. Written from its public documentation.
/   .rest:use`kx.rest
/   .rest.init enlist[`autoBind]!enlist 1b
/   .rest.register[`get;"/customers/{id}";"A customer";{select from customers where id=x[`arg;`id]};
/     .rest.reg.data[`id;-6h;1b;0Ni;"Customer number"]]

/ Operation, path, its parts, description, handler and inputs of each endpoint.
endpoints:()
/ Members of the objects that a body may have, by name.
objects:()!()

/ One input: where it comes from, its name, type, whether it must be there, default and description.
input:{[place;name;typ;isReq;dfv;dscr]enlist`place`name`typ`isReq`dfv`dscr!(place;name;typ;isReq;dfv;dscr)}
reg.data:input`arg
reg.header:input`hdr
reg.body:input`body
reg.object:{[name;members].z.m.objects[name]:members;}
/ An object with every member's default.
reg.default:{[name](objects[name;`name])!objects[name;`dfv]}

register:{[op;path;dscr;fn;params]
  e:`op`path`parts`dscr`fn`params!(lower op;path;parts path;dscr;fn;$[count params;params;()]);
  .z.m.endpoints:enlist[e],endpoints where not{x[`op`path]~y`op`path}[e]each endpoints;}

parts:{p where 0<count each p:"/"vs x}
variable:{("{"=first x)and"}"=last x}

/ A failure with an HTTP status: caught by process.
fail:{[code;message;details]'"rest|","|"sv(string code;message;details)}
reasons:200 400 404 500!("OK";"Bad Request";"Not Found";"Internal Server Error")
status:{[code]string[code]," ",reasons code}
answer:{[code;x].h.hn[status code;`json;.j.j[x],$[appendNewline;"\n";""]]}
problem:{[code;message;details]answer[code;`code`text`details!(string code;message;details)]}
appendNewline:0b

/ The endpoint of an operation and path: one written out before one with variables.
route:{[op;path]
  p:parts path;
  fits:{[op;p;e]
    if[not(op=e`op)and count[p]=count e`parts;:0b];
    all(variable each e`parts)or p~'e`parts}[op;p]each endpoints;
  if[not any fits;:()];
  found:endpoints where fits;
  first found iasc{sum variable each x`parts}each found}

/ Text as a value of type t; text of several values, separated by commas, for a list.
parse1:{[t;s]
  v:$[10h=abs t;s;-11h=t;`$s;11h=t;`$","vs s;t<0;upper[.Q.t neg t]$s;upper[.Q.t t]$","vs s];
  if[any null(),v;if[(count s)and not abs[t]in 10 11h;'"type"]];
  v}
/ The value of an input, or its default.
value1:{[given;i]
  if[not i[`name]in key given;
    if[i`isReq;fail[400;"missing";string i`name]];
    :i`dfv];
  v:given i`name;
  if[not 10h=type v;:v];
  @[parse1 i`typ;v;{[i;e]fail[400;"invalid";string i`name]}i]}
values:{[given;inputs]$[count inputs;(inputs`name)!value1[given]each inputs;()!()]}
placed:{[inputs;place]$[count inputs;inputs where place=inputs`place;inputs]}

/ name=value pairs of a query, decoded.
query:{[s]
  if[0=count s;:()!()];
  p:{(`$.h.uh p#x;.h.uh(1+p:x?"=")_x)}each"&"vs ssr[s;"+";" "];
  (first each p)!last each p}

/ A body, and an object in it with its members' defaults.
body:{[e;raw]
  b:placed[e`params;`body];
  if[0=count b;:raw];
  b:first b;
  if[raw~();if[b`isReq;fail[400;"missing";"body"]];:b`dfv];
  if[not b[`typ]in key objects;:raw];
  if[not 99h=type raw;fail[400;"invalid";"body"]];
  m:objects b`typ;
  raw,(m`name)!value1[raw]each m}

/ x: what an HTTP handler is given: target (and body, after a blank), headers.
run:{[op;x]
  target:(),x 0;
  end:target?" ";
  text:(1+end)_target;
  p:"?"vs end#target;
  path:"/",.h.uh first p;
  hdr:(lower(0#`),key x 1)!value x 1;
  if[count o:hdr`$"http-method";op:lower`$o];
  e:route[op;path];
  if[()~e;:()];
  raw:query"?"sv 1_p;
  at:where variable each e`parts;
  raw,:(`$-1_'1_'e[`parts]at)!.h.uh each(parts path)at;
  rawData:$[count text;@[.j.k;text;{[e]fail[400;"invalid";"body"]}];()];
  given:`op`path`arg`rawArg`hdr`data`rawData!(op;e`path;values[raw;placed[e`params;`arg]];raw;
    values[hdr;placed[e`params;`hdr]];body[e;rawData];rawData);
  answer[200;e[`fn]given]}

failed:{[e]
  if[e like"rest|*";:problem .@["|"vs 5_e;0;"J"$]];
  problem[500;"error";e]}

/ An HTTP answer, or an empty list where no endpoint fits.
attempt:{[op;x]@[run[lower op];x;failed]}
process:{[op;x]r:attempt[op;x];$[()~r;problem[404;"not found";first"?"vs first" "vs x 0];r]}

/ The handler that was there takes what no endpoint fits.
bind:{[name;op]
  before:@[get;name;{[e]()}];
  name set $[()~before;process op;{[op;before;x]$[()~r:attempt[op;x];before x;r]}[op;before]];}
init:{[opts]
  if[not 99h=type opts;:(::)];
  if[`appendNewline in key opts;.z.m.appendNewline:opts`appendNewline];
  if[1b~opts`autoBind;bind[`.z.ph;`get];bind[`.z.pp;`post]];}

export:([init;register;process;reg])
