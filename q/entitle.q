// Whose rows a caller sees. A principal has rules: it sees the rows of the desks, accounts, traders and parents that they name, or all. Rows that
// belong to no order (market data) everyone sees. Rules are tables, read from two CSV files again whenever they change.
//
// While a principal is served (.ent.as), what .data fetches is filtered, so that .api computes from its rows alone; and of q it may use what
// .ent.run (q/reader.q) lets through. An operator (.ent.now is `) sees everything and may do anything.

.boot.use each`log`api`reader;

// the principal being served, ` for an operator
.ent.now:`
/ names that are operators; none means that everyone is whom no rule names
.ent.cfg.operators:`symbol$()
/ days before the first one asked for on which a parent may have begun
.ent.cfg.back:100
/ rows that an answer to a principal has at most, and rows that it is made from: more is 'limit. Lists count by their items, dictionaries by what is in them
.ent.cfg.rows:1000000
.ent.cfg.read:20000000

.ent.rules:([]principal:`symbol$();kind:`symbol$();name:`symbol$())
.ent.desks:([]desk:`symbol$();kind:`symbol$();name:`symbol$())

// @desc Takes rules and desks from a folder whenever the files there change; files that are not there grant nothing.
// @param d {string} folder of rules.csv (principal,kind,value) and desks.csv (desk,kind,value); empty for no rules at all
.ent.from:{[d].ent.dir:d;.ent.i.seen:();.ent.fresh[]}
.ent.dir:""
.ent.fresh:{
  if[not count .ent.dir;:()];
  b:@[read1;;0#0x00]each hsym`$.ent.dir,/:("/rules.csv";"/desks.csv");
  if[b~.ent.i.seen;:()];
  .ent.i.seen:b;
  .ent.rules:.ent.i.csv[`principal`kind`name;b 0];
  .ent.desks:.ent.i.csv[`desk`kind`name;b 1]; }
.ent.i.seen:()
.ent.i.csv:{[c;b]$[count b;c xcol("SSS";enlist",")0:"\n"vs(neg"\n"=last s)_s:"c"$b;flip c!3#enlist`symbol$()]}

// @desc The principal that a user of this process is.
// @return {symbol} ` for an operator; whom a rule of kind disabled shuts out, an operator too, or who is not known is refused
.ent.who:{[u]
  .ent.fresh[];
  .ent.i.admitted u;
  if[u in .ent.cfg.operators;:`];
  if[u in .ent.rules`principal;:u];
  if[count .ent.cfg.operators;'"access: ",string[u]," is not known here"];
  ` }

// @desc Serves a message on behalf of a principal: a string of q, or a list of a published function's name and its arguments.
// @param p {symbol} principal; x {string|list} message
.ent.as:{[p;x]
  .ent.fresh[];
  .ent.i.known p;
  if[not`~.ent.now;'"access: one principal at a time"];
  .ent.i.spent:0;.data.cap:.ent.cfg.read;.ent.i.memo:();.ent.now:p;
  r:@[{(1b;.ent.i.bounded[.ent.cfg.rows].ent.run x)};x;{(0b;x)}];
  .ent.reset[];
  if[not r 0;'r 1];
  r 1 }
/ p, if rules name it and none of them shuts it out
.ent.i.known:{[p]
  if[not p in .ent.rules`principal;'"access: ",string[p]," is not known here"];
  .ent.i.admitted p }
.ent.i.admitted:{[p]if[`disabled in exec kind from .ent.rules where principal=p;'"access: ",string[p]," is shut out"];p}
.ent.i.memo:()

// @desc Serves operators again. A process calls it before each message: one that ran out of time (-T) may have stopped anywhere.
.ent.reset:{.ent.now:`;.data.cap:0W;.ent.i.memo:()}

// rows that were fetched for this message
.ent.i.spent:0
.ent.i.fetch:{[t;d0;d1;c]
  x:.ent.i.raw[t;d0;d1;c];
  if[not`~.ent.now;.ent.i.spent+:count x;if[.ent.cfg.read<.ent.i.spent;.data.toomany .ent.cfg.read]];
  x }
// x, unless it has more than n rows or items
.ent.i.bounded:{[n;x]if[n<.ent.i.size x;.data.toomany n];x}
.ent.i.size:{t:type x;$[98h=t;count x;99h=t;.ent.i.size value x;0h=t;count[x]|sum .ent.i.size each x;t within 1 19;count x;1]}

// @desc What a principal's rules come to. A rule that names nobody grants nothing: many rows have no trader, or no account.
// @return {dict} all (boolean), trader, account and parent (symbols)
.ent.grants:{[p]
  r:select from .ent.rules where principal=p;
  r,:select principal:p,kind,name from .ent.desks where desk in exec name from r where kind=`desk;
  g:{[r;k](distinct exec name from r where kind=k)except`}[r];
  `all`trader`account`parent!(`all in r`kind;g`trader;g`account;g`parent) }

// Tables whose rows belong to orders, with the columns that say to which: the order itself, and its parent.
.ent.own:`orders`fills`arrival`markout`leak`score`alert`alertlog!(`id`parent;`order`parent;`id`parent;`id`parent;`parent`parent;`parent`parent;`parent`parent;`parent`parent)
// Tables that everyone may read, and those of which a part can be told by ids. What is in neither is for operators and principals that see all.
.ent.open:`quote`trade`depth`mbo`status`skew
.ent.byid:enlist`dq

// @desc Orders whose rows are seen on dates up to d1, by the ids of those that have no parent themselves.
// An order without an id is nobody's: it stands for every row that belongs to none.
// An id that was used again by somebody else is told apart by time: when gives whose it was.
// @return {dict} all (boolean); ids (symbols); when (table: id time ok, by time)
.ent.sees:{[d0;d1]
  k:(.ent.now;d0;d1);
  if[k~first .ent.i.memo;:.ent.i.memo 1];
  r:.ent.i.sees[.ent.i.raw[`orders;.ent.i.back d0;d1;];.ent.grants .ent.now];
  .ent.i.memo:(k;r);
  r }
.ent.i.back:{$[x=-0Wd;x;x-.ent.cfg.back]}
// f gives rows of orders by where clauses, g is what is granted
.ent.i.sees:{[f;g]
  r:`all`ids`when!(g`all;g`parent;([]id:0#`;time:0#0Np;ok:0#0b));
  if[g[`all]or 0=count g[`trader],g`account;:r];
  root:(|;(=;`parent;enlist`);(=;`parent;`id));new:(=;`event;enlist`new);
  mine:(|;(in;`trader;enlist g`trader);(in;`account;enlist g`account));
  m:(distinct exec id from f(root;mine))except`;
  o:exec distinct id from f(root;new;(in;`id;enlist m);(not;mine));
  r[`ids]:distinct g[`parent],m except o;
  if[count o:o except g`parent;
    r[`when]:`time xasc select id,time,ok:(trader in g`trader)|account in g`account from f(root;new;(in;`id;enlist o))];
  r }

// @desc Of rows that belong to orders, those that are seen.
// @param s {dict} see .ent.sees; own,par {symbol} columns of the order and of its parent
.ent.only:{[s;own;par;x]
  if[s`all;:x];
  r:?[`=x par;x own;x par];
  k:r in s`ids;
  if[count s`when;k:k|(aj[`id`time;([]id:r;time:x`time);s`when])`ok];
  x where k }

// @desc Rows of table t as the principal sees them.
.ent.rows:{[t;d0;d1;c]
  if[(`~.ent.now)or t in .ent.open;:.ent.i.fetch[t;d0;d1;c]];
  s:.ent.sees[d0;d1];
  if[s`all;:.ent.i.fetch[t;d0;d1;c]];
  if[t in key .ent.own;:.ent.only[s;;;.ent.i.fetch[t;d0;d1;.ent.i.narrow[s;t;c]]]. .ent.own t];
  if[t in .ent.byid;
    k:(.ent.rows[`orders;d0;d1;()]`id),.ent.rows[`fills;d0;d1;()]`execid;
    :.ent.i.fetch[t;d0;d1;c,enlist(in;`id;enlist k except`)]];
  '"access: ",string t }
/ what can be left out where the rows are, added behind the clauses asked for, which therefore see all of the rows
.ent.i.narrow:{[s;t;c]$[count s`when;c;c,enlist(|;(in;.ent.own[t]1;enlist s`ids);(in;.ent.own[t]0;enlist s`ids))]}

// @desc FIX messages whose every row of orders and fills is seen: one message may tell of several orders. Of the same session and number only those of the
// same time are meant, since sessions begin to count anew.
.ent.messages:{[d0;d1;c]
  m:.ent.i.raw[`fixraw;d0;d1;c];
  if[`~.ent.now;:m];
  if[.ent.sees[d0;d1]`all;:m];
  w:((in;`session;enlist distinct m`session);(in;`seq;distinct m`seq));
  n:{[d0;d1;w;f]select n:count i by time,session,seq from raze{[d0;d1;w;f;t]`time`session`seq#f[t;d0;d1;w]}[d0;d1;w;f]each`orders`fills}[d0;d1;w];
  k:`time`session`seq#m;
  s:(n[.ent.rows]k)`n;
  m where(0<s)&s=(n[.ent.i.raw]k)`n }

.ent.arrivals:{[d0;d1]
  x:.ent.i.arrivals[d0;d1];
  $[`~.ent.now;x;.ent.only[.ent.sees[d0;d1];`parent;`parent;x]] }

// rows that cannot be seen are not counted
.ent.counts:{[d0;d1]
  n:.ent.i.counts[d0;d1];
  if[$[`~.ent.now;1b;.ent.sees[d0;d1]`all];:n];
  t:key[.ent.own],.ent.byid;
  (.ent.open#n),t!count each .ent.rows[;d0;d1;()]each t }

/ rows unfiltered: without the filter those of .data
.ent.i.raw:{[t;d0;d1;c].data.rows[t;d0;d1;c]}

// @desc Puts the filter between .data and .api, for good; called once by the process, when .data is what it will be.
.ent.guard:{
  .ent.i.raw:.data.rows;.ent.i.arrivals:.data.arrivals;.ent.i.counts:.data.counts;
  .data.rows:.ent.rows;.data.arrivals:.ent.arrivals;.data.counts:.ent.counts;
  .ent.i.cells:.data.cells;.ent.i.latest:.data.latest;
  .data.cells:{[d0;d1;t;k;c]$[`~.ent.now;.ent.i.cells[d0;d1;t;k;c];k#.ent.rows[t;d0;d1;c]]};
  .data.latest:{[d0;d1;t;k;c]$[`~.ent.now;.ent.i.latest[d0;d1;t;k;c];.data.last[k].ent.rows[t;d0;d1;c]]};
  .data.messages:.ent.messages;
  .data.orders:{[d0;d1].ent.rows[`orders;d0;d1;()]};
  .data.fills:{[d0;d1].ent.rows[`fills;d0;d1;()]}; }

// @desc Which of some parents the caller sees at present; the empty one, of rows without a parent, only who sees everything.
// @kind function
// @name .api.sees
// @param p {symbol[]} parents
// @return {symbol[]} those
// @example .api.sees`P1`P2
.api.sees:{[p]
  p:(),p;
  if[`~.ent.now;:p];
  .ent.i.among[p].ent.sees . .ent.i.today[] }
/ the empty name is of rows without a parent, which whoever sees everything sees
.ent.i.among:{[p;s]
  if[s`all;:p];
  w:exec id from(select last ok by id from s`when)where ok;
  p where p in(w,s`ids)except` }

// @desc The same for several principals at once, with one look at the orders: for a server that shows rows to many. For operators.
// @param u {symbol[]} principals; p {symbol[]} parents
// @return {dict} principal to the parents that it sees
// @example .api.seenby[`ann`bob;`P1`P2]
.api.seenby:{[u;p]
  if[not`~.ent.now;'"access"];
  .ent.fresh[];
  u:(),u;p:(),p;
  d:.ent.i.today[];
  o:.ent.i.raw[`orders;.ent.i.back d 0;d 1;((in;`id;enlist p);(|;(=;`parent;enlist`);(=;`parent;`id)))];
  / select from o where clauses
  f:{?[x;y;0b;()]}o;
  u!{[f;p;u].ent.i.among[p].ent.i.sees[f].ent.grants u}[f;p]each u }
