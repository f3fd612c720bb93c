// Figures in a base currency: at the FX mid of each parent's arrival, which is fixed from then on.

/ currency that figures are given in too; ` gives them in the instrument's only
.tca.cfg.base:`

// @desc FX rate of parents: units of the base currency for one of the instrument's. A pair is found in the quotes as EURUSD, EUR/USD or EUR-USD, either way round.
// @param a {table} arrivals: parent sym time
// @param k {dict} currency of each symbol
// @param b {symbol} base currency; ` converts nothing: all rates are 1
// @param q {table} quotes
// @return {table} keyed by parent: currency fx fxreason
// @example .tca.fx[([]parent:1#`P;sym:`A;time:2024.01.01D00:00:01);(1#`A)!1#`EUR;`USD;([]sym:1#`EURUSD;time:2024.01.01D00:00:00.5;bid:1.09;ask:1.11)]
.tca.fx:{[a;k;b;q]
  r:select parent,time,currency:k sym from a;
  if[b=`;:1!select parent,currency,fx:1f,fxreason:` from r];
  pairs:.tca.i.pair;
  have:exec distinct sym from q;
  find:{[pairs;have;b;c]first(pairs[c;b],pairs[b;c])inter have}[pairs;have;b];
  turned:{[pairs;have;b;c]not any pairs[c;b]in have}[pairs;have;b];
  c:distinct r`currency;
  m:.tca.state[select sym:(c!find each c)currency,time from r;q];
  r:update mid:m`mid,reason:m`reason,turn:(c!turned each c)currency from r;
  r:update fx:?[currency=b;1f;?[turn;1%mid;mid]]from r;
  1!select parent,currency,fx,fxreason:?[not null fx;`;?[null currency;`$"no currency";?[reason=`noquote;`$"no FX quote";reason]]]from r }

.tca.i.pair:{[x;y]`$raze each(string x;;string y)each("";1#"/";1#"-")}

// @desc Every name that a rate between the currencies c and the base b may be quoted under.
.tca.pairs:{[c;b]raze{.tca.i.pair[x;y],.tca.i.pair[y;x]}[;b]each distinct c except`,b}

// @desc What is in currency, in the base currency too: columns <col>Base, published as <name>_base.
// @param l {symbol} level: parent or fill
// @param t {table} with fx
.tca.inBase:{[l;t]
  c:(exec col from .tca.catalogue where level=l,unit=`currency)inter cols t;
  .tca.beside[t;flip(`$string[c],\:"Base")!t[`fx]*/:t c] }
