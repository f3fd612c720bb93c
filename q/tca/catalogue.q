// What is published, under which name, in which unit and with which sign. Internal columns carry q names, results carry these.

.tca.catalogue:flip`level`col`name`unit`sign`doc!flip(
  (`parent;`start;`arrival_time;`time;`;"when the parent arrived");
  (`parent;`until;`end_time;`time;`;"when it was filled or cancelled, else the as-of time");
  (`parent;`ff;`first_fill;`time;`;"its first live fill");
  (`parent;`lf;`last_fill;`time;`;"its last live fill");
  (`parent;`poststate;`post_state;`;`;"final, or pending while the post horizon is not over");
  (`parent;`leakn;`leak_n;`count;`;"events with controls in the leakage test");
  (`parent;`leakclass;`leak_class;`;`;"class of events tested: post, take, amend or cancel");
  (`parent;`leakverdict;`leak_verdict;`;`;"collecting, none, leak or unidentifiable");
  (`parent;`arrival;`arrival_mid;`price;`;"mid of the last valid quote before the parent arrived");
  (`parent;`origin;`arrival_original;`price;`;"mid of the first arrival of a parent that was carried over from another day, else the arrival mid");
  (`parent;`before;`filled_before;`shares;`;"what had been filled when the parent was carried into the day");
  (`parent;`ref;`decision_price;`price;`;"decision price from the order system, else the arrival mid");
  (`parent;`avgpx;`avg_price;`price;`;"average price of the live fills");
  (`parent;`filled;`filled;`shares;`;"quantity of the live fills");
  (`parent;`ordered;`ordered;`shares;`;"quantity in force: as last accepted, and what was filled by then at least");
  (`parent;`done;`done;`share;`;"filled over ordered");
  (`parent;`cost;`cost;`currency;`$"+ cost";"sum of s(price-arrival)qty");
  (`parent;`slip;`slippage_bps;`bps;`$"+ cost";"cost over arrival notional of the fills");
  (`parent;`slipo;`slippage_original_bps;`bps;`$"+ cost";"average price against the mid of the first arrival");
  (`parent;`slip5;`slippage_rolling_bps;`bps;`$"+ cost";"slippage of the fills of the last 5 minutes");
  (`parent;`slip20;`slippage_last20_bps;`bps;`$"+ cost";"slippage of the last 20 fills");
  (`parent;`is;`is_cost;`currency;`$"+ cost";"implementation shortfall: paid and still open against the paper portfolio, with fees");
  (`parent;`isbps;`is_bps;`bps;`$"+ cost";"shortfall over paper notional");
  (`parent;`paper;`paper;`currency;`;"ordered quantity at its reference price");
  (`parent;`executed;`executed_cost;`currency;`$"+ cost";"the filled part of the shortfall, against the reference");
  (`parent;`execbps;`executed_bps;`bps;`$"+ cost";"executed_cost over paper notional");
  (`parent;`opportunity0;`open_cost;`currency;`$"+ cost";"the unfilled part of the shortfall, against the reference (Perold's opportunity cost)");
  (`parent;`delay;`delay;`currency;`$"+ cost";"ordered quantity over the move from the reference to the first release");
  (`parent;`timing;`timing_impact;`currency;`$"+ cost";"filled quantity from the release to the mid at each fill");
  (`parent;`spread;`spread;`currency;`$"+ cost";"filled quantity from the mid at each fill to its price");
  (`parent;`opportunity;`opportunity;`currency;`$"+ cost";"unfilled quantity from the release to the end price");
  (`parent;`fees;`fees;`currency;`$"+ cost";"fees as charged");
  (`parent;`tosendc;`arrival_to_send;`currency;`$"+ cost";"filled quantity from arrival to the send of its child");
  (`parent;`tofillc;`send_to_fill;`currency;`$"+ cost";"filled quantity from the send of its child to the mid at the fill");
  (`parent;`half;`half_spread;`currency;`$"+ cost";"filled quantity from the mid at the fill to its price");
  (`parent;`tosend;`arrival_to_send_bps;`bps;`$"+ adverse";"drift of the mid from arrival to the first send, over arrival");
  (`parent;`tofill;`send_to_fill_bps;`bps;`$"+ adverse";"drift from the first send to the first fill");
  (`parent;`pre;`pre_bps;`bps;`$"+ adverse";"drift from arrival to the first fill");
  (`parent;`during;`during_bps;`bps;`$"+ adverse";"drift from the first to the last fill");
  (`parent;`post;`post_bps;`bps;`$"+ adverse";"drift after the last fill, up to the post horizon or the as-of time");
  (`parent;`total;`total_bps;`bps;`$"+ adverse";"sum of the legs");
  (`parent;`reversion;`reversion_bps;`bps;`$"+ comes back";"minus post");
  (`parent;`twap;`twap;`price;`;"time-weighted mid from arrival to the end of the order or the as-of time");
  (`parent;`twapbps;`twap_bps;`bps;`$"+ cost";"average price against twap");
  (`parent;`twapf;`twap_last_fill;`price;`;"time-weighted mid from arrival to the last fill");
  (`parent;`twapfbps;`twap_last_fill_bps;`bps;`$"+ cost";"average price against twap_last_fill");
  (`parent;`vwap;`vwap;`price;`;"market VWAP over the same window as twap, own prints in it");
  (`parent;`vwapbps;`vwap_bps;`bps;`$"+ cost";"average price against vwap");
  (`parent;`vwapex;`vwap_ex_own;`price;`;"the same without own prints");
  (`parent;`vwapexbps;`vwap_ex_own_bps;`bps;`$"+ cost";"average price against vwap_ex_own");
  (`parent;`participation;`participation;`share;`;"own over market volume in that window");
  (`parent;`part1;`participation_1min;`share;`;"the same over the last minute");
  (`parent;`part5;`participation_5min;`share;`;"the same over the last 5 minutes");
  (`parent;`pwp5;`pwp_5;`price;`;"VWAP from arrival until the market has traded quantity/5%");
  (`parent;`pwp5bps;`pwp_5_bps;`bps;`$"+ cost";"average price against pwp_5");
  (`parent;`pwp10;`pwp_10;`price;`;"the same at 10%");
  (`parent;`pwp10bps;`pwp_10_bps;`bps;`$"+ cost";"average price against pwp_10");
  (`parent;`pwp20;`pwp_20;`price;`;"the same at 20%");
  (`parent;`pwp20bps;`pwp_20_bps;`bps;`$"+ cost";"average price against pwp_20");
  (`parent;`improve;`price_improvement;`currency;`$"+ good";"sum of s(far touch-price)qty at the fills");
  (`parent;`improve0c;`price_improvement_arrival;`currency;`$"+ good";"filled quantity at the far touch of arrival, less what was paid");
  (`parent;`improve0;`price_improvement_arrival_bps;`bps;`$"+ good";"average price against the far touch at arrival");
  (`parent;`effective;`effective_spread_bps;`bps;`$"+ cost";"2s(price-mid) over mid, weighted by notional");
  (`parent;`quoted;`quoted_spread_bps;`bps;`;"(ask-bid) over mid at the fills, weighted by notional");
  (`parent;`adverse;`adverse_selection_bps;`bps;`$"+ adverse";"minus the mean markout of maker fills after 1 s, weighted by notional");
  (`parent;`adverse5;`adverse_selection_5s_bps;`bps;`$"+ adverse";"the same after 5 s");
  (`parent;`aggressor;`aggressor_share;`share;`;"quantity that took over quantity that took or made");
  (`parent;`inferred;`aggressor_inferred;`share;`;"share of that quantity whose side was inferred from quotes");
  (`parent;`taken;`taken;`shares;`;"filled quantity that took");
  (`parent;`made;`made;`shares;`;"filled quantity that made");
  (`parent;`takespost;`takes_per_post;`ratio;`;"quantity that took for each that made");
  (`parent;`unknown;`liquidity_unknown;`shares;`;"filled quantity of unknown side of liquidity");
  (`parent;`unknownshare;`liquidity_unknown_share;`share;`;"that over all that took, made or is unknown");
  (`parent;`fillratio;`fill_ratio;`share;`;"filled over sent quantity of the children; what a child sent on is sent once");
  (`parent;`fp1;`fill_probability_1s;`share;`;"Kaplan-Meier probability that a child posted at the near touch or better has a fill within 1 s");
  (`parent;`fp10;`fill_probability_10s;`share;`;"the same within 10 s");
  (`parent;`fillratio20;`fill_ratio_last20;`share;`;"fill_ratio of the last 20 children");
  (`parent;`fillratio5m;`fill_ratio_5min;`share;`;"the same of the children of the last 5 minutes");
  (`parent;`fp120;`fill_probability_1s_last20;`share;`;"fill_probability_1s of the last 20 children");
  (`parent;`fp1020;`fill_probability_10s_last20;`share;`;"fill_probability_10s of the last 20 children");
  (`parent;`fp15m;`fill_probability_1s_5min;`share;`;"fill_probability_1s of the children of the last 5 minutes");
  (`parent;`fp105m;`fill_probability_10s_5min;`share;`;"fill_probability_10s of the children of the last 5 minutes");
  (`parent;`aggressor20;`aggressor_share_last20;`share;`;"aggressor_share of the fills of the last 20 children");
  (`parent;`aggressor5m;`aggressor_share_5min;`share;`;"aggressor_share of the fills of the last 5 minutes");
  (`parent;`cancelsperfill20;`cancels_per_fill_last20;`ratio;`;"cancels_per_fill of the last 20 children");
  (`parent;`cancelsperfill5m;`cancels_per_fill_5min;`ratio;`;"cancels_per_fill of the children of the last 5 minutes");
  (`parent;`addshare;`touch_add_share;`share;`;"own resting quantity over what was added at the touch of its side: order by order, by level, or as quotes with sizes show it");
  (`parent;`takeshare;`touch_take_share;`share;`;"own quantity that took over the market volume");
  (`parent;`cancelsperfill;`cancels_per_fill;`ratio;`;"children cancelled for each fill");
  (`parent;`amendsperchild;`amends_per_child;`ratio;`;"replaces for each child");
  (`parent;`ordertotrade;`order_to_trade;`ratio;`;"messages for each fill");
  (`parent;`life;`resting_life_s;`seconds;`;"median life of the children that rested");
  (`parent;`displayed;`displayed_share;`share;`;"median over resting children of the quantity shown over the size at the near touch when sent");
  (`parent;`displayedpart;`displayed_part;`share;`;"of those that say how much they show: median of that over their quantity");
  (`parent;`gaplag;`send_gap_autocorrelation;`ratio;`;"lag-1 autocorrelation of the gaps between sends");
  (`parent;`gapentropy;`send_gap_entropy;`ratio;`;"entropy of the gaps (ms), 0 all equal, 1 all different");
  (`parent;`sizelag;`size_autocorrelation;`ratio;`;"lag-1 autocorrelation of the children's sizes");
  (`parent;`sizeentropy;`size_entropy;`ratio;`;"entropy of the sizes, 0 all equal, 1 all different");
  (`parent;`modalsize;`modal_size_share;`share;`;"share of the children that have the commonest size");
  (`parent;`gaplagpct;`send_gap_autocorrelation_pct;`share;`;"its place among stretches of as many public trades at that time of day: share that is lower");
  (`parent;`gapentropypct;`send_gap_entropy_pct;`share;`;"the same of send_gap_entropy");
  (`parent;`sizelagpct;`size_autocorrelation_pct;`share;`;"the same of size_autocorrelation");
  (`parent;`sizeentropypct;`size_entropy_pct;`share;`;"the same of size_entropy");
  (`parent;`modalsizepct;`modal_size_share_pct;`share;`;"the same of modal_size_share");
  (`parent;`footprints;`footprint_background_n;`count;`;"stretches that it is compared with");
  (`parent;`passives;`resting_children;`count;`;"children that rested");
  (`parent;`posts;`posts;`count;`;"of these, children posted at the near touch or better");
  (`parent;`currency;`currency;`;`;"currency of the instrument");
  (`parent;`fx;`fx;`price;`;"FX mid at arrival: base currency for one of the instrument's");
  (`parent;`adv;`adv;`shares;`;"shares traded in a day, from the reference data");
  (`parent;`sigma;`sigma;`share;`;"daily volatility, from the reference data");
  (`parent;`shares;`shares_outstanding;`shares;`;"from the reference data");
  (`parent;`cap;`market_cap;`currency;`;"from the reference data, else shares outstanding at the arrival mid");
  (`parent;`days;`days;`days;`;"from arrival to end_time, in trading days: nights and days without trading do not count");
  (`parent;`advshare;`adv_share;`share;`;"ordered quantity over adv");
  (`parent;`permanent;`permanent_impact_bps;`bps;`$"+ cost";"permanent impact of Almgren et al. 2005 of what was filled");
  (`parent;`expected;`expected_bps;`bps;`$"+ cost";"expected cost of Almgren et al. 2005 of what was filled in the time it took");
  (`parent;`expectedroot;`expected_sqrt_bps;`bps;`$"+ cost";"the same by the square-root law");
  (`parent;`excess;`excess_bps;`bps;`$"+ cost";"slippage less expected_bps");
  (`parent;`excessz;`excess_z;`ratio;`$"+ cost";"excess in standard deviations of the price over that time");
  (`parent;`peers;`peers;`count;`;"parents in its bucket of history");
  (`parent;`norm;`peer_norm_bps;`bps;`$"+ cost";"their median slippage");
  (`parent;`mad;`peer_mad_bps;`bps;`;"their median absolute deviation, scaled to a standard deviation");
  (`parent;`peerz;`peer_z;`ratio;`$"+ cost";"slippage less peer_norm over peer_mad");
  (`parent;`saving;`saving;`currency;`$"+ good";"what the last switch of algo saved: an estimate");
  (`parent;`savingbps;`saving_bps;`bps;`$"+ good";"the same over the ordered quantity at the arrival mid");
  (`parent;`savelabel;`saving_label;`;`;"estimate; not distinguishable from zero where the interval covers 0");
  (`parent;`leak;`leak_bps;`bps;`$"+ adverse";"mean response after sends less that of matched controls");
  (`parent;`leakt;`leak_t;`ratio;`;"its t, robust to 60 s clusters");
  (`fill;`slip;`slippage_bps;`bps;`$"+ cost";"s(price-arrival)/arrival");
  (`fill;`cost;`cost;`currency;`$"+ cost";"s(price-arrival)qty");
  (`fill;`cum;`cumulative_bps;`bps;`$"+ cost";"slippage of the parent's fills so far");
  (`fill;`roll20;`slippage_last20_bps;`bps;`$"+ cost";"slippage of the segment's last 20 fills so far");
  (`fill;`roll5;`slippage_rolling_bps;`bps;`$"+ cost";"slippage of the segment's fills of the last 5 minutes so far");
  (`fill;`seg;`segment;`count;`;"segment of the parent, from 0: a new one begins with each switch of algo");
  (`fill;`mid;`mid;`price;`;"mid before the fill");
  (`fill;`effectivec;`effective_spread;`currency;`$"+ cost";"2s(price-mid), a share");
  (`fill;`quotedc;`quoted_spread;`currency;`;"ask-bid, a share");
  (`fill;`effective;`effective_spread_bps;`bps;`$"+ cost";"2s(price-mid)/mid");
  (`fill;`quoted;`quoted_spread_bps;`bps;`;"(ask-bid)/mid");
  (`fill;`ratio;`effective_over_quoted;`ratio;`;"effective over quoted spread");
  (`fill;`improve;`price_improvement;`currency;`$"+ good";"s(far touch-price)qty");
  (`fill;`improvebps;`price_improvement_bps;`bps;`$"+ good";"the same over the far touch");
  (`fill;`improve0c;`price_improvement_arrival;`currency;`$"+ good";"s(far touch at the parent's arrival-price)qty");
  (`fill;`improve0;`price_improvement_arrival_bps;`bps;`$"+ good";"against the far touch at the parent's arrival");
  (`fill;`role;`liquidity_role;`;`;"add, remove, inside, auction or unknown; inferred from quotes where not reported");
  (`child;`seg;`segment;`count;`;"segment of the parent that it was sent in");
  (`child;`mid;`mid;`price;`;"mid before the send");
  (`child;`fillratio;`fill_ratio;`share;`;"filled over sent quantity");
  (`child;`lifes;`life_s;`seconds;`;"from the send to the last fill, the cancel or the as-of time"))

/ what n counts for a figure of a parent: fills, children, resting children, prints …; what is not here is one observation
.tca.i.counts:(!). flip raze{y,\:x}'[`n`children`passives`posts`prints`leakn`adversen`adverse5n`footprints`peers;(
  `avgpx`filled`done`cost`slip`slip5`slip20`executed`timing`spread`fees`tosendc`tofillc`half`improve`improve0`improve0c`execbps`effective`quoted`aggressor`inferred`unknown`unknownshare`taken`made`takespost`aggressor20`aggressor5m`twapbps`twapfbps`vwapbps`vwapexbps`pwp5bps`pwp10bps`pwp20bps`takeshare`expected`expectedroot`permanent`excess`excessz`peerz`saving`savingbps;
  `fillratio`cancelsperfill`amendsperchild`ordertotrade`gaplag`gapentropy`sizelag`sizeentropy`modalsize`fillratio20`fillratio5m`cancelsperfill20`cancelsperfill5m;
  `life`displayed`displayedpart;
  `fp1`fp10`fp120`fp1020`fp15m`fp105m`addshare;
  `vwap`vwapex`participation`part1`part5`pwp5`pwp10`pwp20;
  `leak`leakt;
  1#`adverse;
  1#`adverse5;
  `gaplagpct`gapentropypct`sizelagpct`sizeentropypct`modalsizepct;
  `norm`mad)]

// @desc Renames the figures of a table to what they are published as, with their reasons, the ends of their intervals (<figure>_n, <figure>_ci_lo, <figure>_ci_hi) and what they are in
// the base currency (<figure>_base).
// @param l {symbol} level: parent fill child
.tca.publish:{[l;t]
  n:exec col!name from .tca.catalogue where level=l;
  with:{[n;x;y](`$string[key n],\:x)!`$string[value n],\:y}[n];
  n:raze(with["n";"_n"];with["lo";"_ci_lo"];with["hi";"_ci_hi"];with["Base";"_base"];n);   / what is named in the catalogue wins
  r:{`$string[x],\:"_reason"};
  .tca.plainNulls((cols[t]!cols t),n,r[key n]!r value n)[cols t]xcol t }

// @desc A table whose null floats all have the same bits, whatever computed them (0%0 and a row that a join does not find have others).
.tca.plainNulls:{flip{$[9h=type x;0n^x;x]}each flip x}

// @desc Every figure of every parent in a row of its own, with all that qualifies it.
// @param p {table} .tca.rawParents; z {table} the same as published
// @return {table} parent figure val unit sign n ci_lo ci_hi asof rev flags reason; n counts what the figure is made from (fills, children, prints …)
.tca.figures:{[p;z]
  k:select from .tca.catalogue where level=`parent,not unit in``time`count,col in cols p,name in cols z;
  raze{[p;z;k]
    had:{[z;c;d]$[c in cols z;z c;count[z]#d]}[z];
    c:{[k;x]`$string[k`name],x}k;
    n:.tca.i.counts k`col;
    ([]parent:z`parent;figure:k`name;val:"f"$z k`name;unit:k`unit;sign:k`sign;n:0^$[null n;count[p]#1;p n];
      ci_lo:had[c"_ci_lo";0n];ci_hi:had[c"_ci_hi";0n];asof:z`asof;rev:z`rev;flags:z`flags;reason:had[c"_reason";`])}[p;z]each k }
