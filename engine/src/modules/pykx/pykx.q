/ pykx.q: the part of PyKX under q that KX's kx.tick and extensions like its need. Written from its public documentation.
/ KX's own pykx.q is a front of a C library for kdb+; here Python runs in a process of its own (pykx.py), started when first used.

/ Where the PyKX package is: PYKX_DIR as PyKX sets it, else where Python finds it.
.pykx.i.python:{$[count p:getenv`PYKX_EXECUTABLE;p;"python3"]}
.pykx.i.dir:{[]
  if[count d:getenv`PYKX_DIR;:d];
  find:"import importlib.util as u; print(u.find_spec('pykx').submodule_search_locations[0])";
  first system .pykx.i.python[]," -c \"",find,"\""}

/ The handle to Python, null until it is needed.
.pykx.i.handle:0Ni
.pykx.i.connect:{[]
  setenv[`QUILL_PYKX_CHILD;.pykx.i.child];
  place:" "vs first system .pykx.i.python[]," -c \"import os; exec(os.environ['QUILL_PYKX_CHILD'])\"";
  setenv[`QUILL_PYKX_CHILD;""];
  .pykx.i.handle:hopen`$":127.0.0.1:",place[0],":quill:",place 1;}

/ Sends a request to Python, answers what Python asks of q meanwhile, and gives the value or signals the error.
.pykx.i.request:{[m]
  if[null .pykx.i.handle;.pykx.i.connect[]];
  r:.pykx.i.handle m;
  while[`callback~first r;
    r:.pykx.i.handle`result,@[{(1b;.pykx.i.ask . x)};1_r;{(0b;x)}]];
  $[`error~first r;'r 1;r 1]}
.pykx.i.ask:{[query;args]$[count args;(value query). args;value query]}

/ Arguments of a call: none are written f[].
.pykx.i.call:{[name;args].pykx.i.request(`call;name;`$.pykx.util.defaultConv;$[args~enlist(::);();args])}

.pykx.pyexec:{[code].pykx.i.request(`exec;(),code);}
.pykx.qeval:{[code].pykx.i.request(`eval;(),code)}
/ A Python function as a function of q: .pykx.get[`name;<].
.pykx.get:{[name;how]
  if[not how~(<);'"pykx: only .pykx.get[name;<] is here, a function with results in q"];
  ('[.pykx.i.call[name];enlist])}
.pykx.set:{[name;x].pykx.i.request(`set;name;`$.pykx.util.defaultConv;x);}

/ What q values are to Python functions.
.pykx.setdefault:{[x]
  names:("np";"numpy";"py";"python";"pd";"pandas";"pa";"pyarrow";enlist"k";enlist"q";"raw";"default");
  i:names?(),lower x;
  if[i=count names;'"unknown conversion type: ",x];
  .pykx.util.defaultConv:("np";"np";"py";"py";"pd";"pd";"pa";"pa";enlist"k";enlist"k";"raw";"default")i;}
.pykx.setdefault$[count c:getenv`PYKX_DEFAULT_CONVERSION;c;"default"]

/ The q scripts of PyKX's extensions folder.
.pykx.listExtensions:{-2_/:f where(f:string key hsym`$.pykx.i.dir[],"/extensions")like"*.q"}
.pykx.loadExtension:{[name]
  if[not 10h=type name;'"Extension provided must be of type string"];
  if[not any name~/:.pykx.listExtensions[];'"Extension provided '",name,"' not available"];
  system"l ",.pykx.i.dir[],"/extensions/",name,".q";}

.p.e:{.pykx.pyexec x}
