// Phases of the market in the quotes: a halt, an auction or the close ends what was quoted until the next quote in continuous trading.

// @desc Quotes with the state of their venue, and a row without bid and ask where a venue is closed. A phase without a venue concerns all that have quoted.
// @param p {table} keyed by sym and venue: the last state of each, or an empty list
// @param v {table} keyed by sym and venue: venues known so far, or an empty list
// @param q {table} quotes: sym venue time and more
// @param s {table} status: time sym venue state; states other than .tca.cfg.closed are continuous trading
// @return {list} (quotes with state, rows of phases before quotes of the same time; last states)
// @example .tca.phased[();();([]time:2#2024.01.01D1;sym:`A`B;venue:`v;bid:9 9f;ask:10 10f);([]time:1#2024.01.01D0;sym:`A;venue:`v;state:`halted)]
.tca.phased:{[p;v;q;s]
  if[not count[s]or count p;:(update state:` from q;p)];
  s:`time xasc select time,sym,venue,state from s;
  k:$[count v;select sym,venue,ft:-0Wp from 0!v;0#select sym,venue,ft:time from q];
  k:0!select min ft by sym,venue from k,select sym,venue,ft:time from q;
  all1:ej[`sym;select time,sym,state from s where venue=`;k];
  e:`time xasc s,select time,sym,venue,state from all1 where ft<time;
  h:$[count p;select time:-0Wp,sym,venue,state from 0!p;0#e],e;
  own:exec state from aj[`sym`venue`time;select sym,venue,time from q;`sym`venue`time xasc h];
  any1:exec state from aj[`sym`time;select sym,time from q;`sym`time xasc select sym,time,state from h where venue=`];
  st:any1^own;
  q:update state:?[st in .tca.cfg.closed;st;`]from q;
  n:select from e where state in .tca.cfg.closed,venue<>`;
  (cols[q]xcols n uj q;select last state by sym,venue from h) }
