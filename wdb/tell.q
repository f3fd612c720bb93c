// What the others have to know, sent without waiting for them and repeated until they answer. Nothing is let go of before that.
//
//   a mark    -> IDB maps it; then -> RDB drops what was written down by the mark before it
//   a roll    -> HDB maps the partition; then -> RDB drops the day; then its folder is removed and the IDB lets go of it

// requests under way: when each was sent, to whom, and what is done with its answer
.tell.sent:([what:`symbol$()]at:`timestamp$();h:`int$();then:())
/ marks that the IDB and the RDB have acknowledged, by day
.tell.idb:.tell.rdb:(0#0Nd)!()
/ an answer that does not come is asked for again after this
.tell.cfg.patience:0D00:00:05

// @desc Sends q to process p, unless the same is under way; f is called with the answer.
// @param w {symbol} by which the request is known
.tell.ask:{[w;p;q;f]
  if[.z.p within .tell.sent[w;`at]+(0D;.tell.cfg.patience);:()];
  h:@[.conn.get;p;0Ni];
  if[null h;:()];
  .tell.sent[w]:`at`h`then!(.z.p;h;f);
  neg[h]({neg[.z.w](`.tell.answer;x;@[{(1b;value x)};y;{(0b;x)}])};w;q); }

// @desc An answer, or why there is none.
.tell.answer:{[w;r]
  if[not w in key[.tell.sent]`what;:()];
  if[not r 0;:.log.error["refused";`asked`error!(w;r 1)]];
  f:.tell.sent[w;`then];
  delete from`.tell.sent where what=w;
  f r 1; }

// @desc Forgets what was asked of a process that hung up.
.tell.closed:{[x]delete from`.tell.sent where h=x;}

.tell.run:{
  if[not .tell.idb~.mark.brief each .down.marks;.tell.ask[`idb;`idb;(`.idb.reload;::);{.tell.idb:x}]];
  .tell.present .sub.day;
  if[count .roll.due`renamed;
    .tell.ask[`hdb;`hdb;"{.hdb.reload[];`date$.Q.pv}[]";{.roll.note[;`reloaded]each .roll.due[`renamed]inter x}]];
  {.tell.ask[`$"drop",string x;`rdb;(`.rdb.drop;x);{[d;x].roll.note[d;`told]}x]}each .roll.due`reloaded;
  .roll.clear each .roll.due`told; }

.tell.present:{[d]
  if[not d in key .tell.idb;:()];
  m:.tell.idb d;
  if[$[d in key .tell.rdb;m~.tell.rdb d;0b];:()];
  .tell.ask[`rdb;`rdb;(`.rdb.written;d;m);{[d;m;x].tell.rdb:enlist[d]!enlist m}[d;m]]; }
