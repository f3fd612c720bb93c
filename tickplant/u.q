// Publish and subscribe: kdb+tick's contract. .u.w holds, a table, the pairs (handle;symbols).

.u.init:{.u.w:.u.to:.u.t!(count .u.t:tables`.)#()}

// the handles of those who asked for the same symbols, a table
.u.group:{[t]w:.u.w t;.u.to[t]:{(x;y)}'[key g;w[;0]value g:group w[;1]];}

// @desc Drops a subscriber from a table, or from all when it hangs up.
.u.del:{[t;h].u.w[t]:.u.w[t] where not h=first each .u.w t;.u.group t;}
.u.pc:{[h].u.del[;h]each .u.t;}

// @desc The rows of a table that a subscriber asked for; ` is all.
.u.sel:{[x;s]$[`~s;x;select from x where sym in s]}

// @desc Sends rows of table t to whom they concern, as (`upd;t;rows), which are serialised once for all who asked for the same.
.u.pub:{[t;x]{[t;x;w]if[count x:.u.sel[x;w 0];-25!(w 1;(`upd;t;x))];}[t;x]each .u.to t;}

// @desc Adds the caller to a table's subscribers; asking again widens the symbols.
// @return {list} (table name;empty schema)
.u.add:{[t;s]
  i:(first each .u.w t)?.z.w;
  $[i<count .u.w t;
    .[`.u.w;(t;i;1);{$[`~x;x;`~y;y;x union y]};s];
    .u.w[t],:enlist(.z.w;s)];
  .u.group t;
  (t;@[0#value t;`sym;`g#]) }

// @desc Subscribes the caller to table t (` is every table) for symbols s (` is all).
.u.sub:{[t;s]
  if[t~`;:.u.sub[;s]each .u.t];
  if[not t in .u.t;'t];
  .u.del[t;.z.w];
  .u.add[t;s] }

// @desc Tells every subscriber that day d is over.
.u.end:{[d]if[count h:distinct raze{first each x}each value .u.w;(neg h)@\:(`.u.end;d)];}
