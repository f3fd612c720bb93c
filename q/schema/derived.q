// What the real-time engine (rte/) computes and sends back through the tickerplant. time is the event time up to which everything was known
// when the row was made. A row that comes again with the same key and a higher rev replaces the earlier one.

/ every order event with the market just before it; key id event at (the event's own time). A parent that is carried into the day has a second row, event original:
/ the mid of its first arrival, and when that was
arrival:([]time:`timestamp$();sym:`symbol$();id:`symbol$();parent:`symbol$();event:`symbol$();at:`timestamp$();side:`symbol$();qty:`float$();price:`float$();
  bid:`float$();ask:`float$();bsize:`float$();asize:`float$();mid:`float$();qtime:`timestamp$();reason:`symbol$();rev:`long$())
/ the mid at a horizon h after a fill, send, replace or cancel; key id event at h; state is final, noquote, busted or past-close; bps of each are null where they
/ do not apply: markout (+ gain on the fill) and realised, impact (currency a share) for fills, response (+ adverse to the parent) for all
markout:([]time:`timestamp$();sym:`symbol$();id:`symbol$();parent:`symbol$();event:`symbol$();at:`timestamp$();h:`timespan$();state:`symbol$();mid:`float$();
  markout:`float$();realised:`float$();impact:`float$();response:`float$();rev:`long$())
/ what the leakage test says of a parent's events of a class as of time, since its present algo began (since, null for its first); a row when that changes; key parent class time.
/ As `leak` of a batch with `trail` has it; late is the mean of late, which LEAK is lit by
leak:([]time:`timestamp$();sym:`symbol$();parent:`symbol$();class:`symbol$();since:`timestamp$();n:`long$();support:`float$();mean:`float$();se:`float$();t:`float$();lo:`float$();
  hi:`float$();p:`float$();placebo:`float$();placebot:`float$();verdict:`symbol$();late:`float$();rev:`long$())
/ a parent's figures as of time, see docs/tca.md; leak_late_bps and segment_bps are what LEAK and COST are lit by besides, of the algo that works now (segment, from 0, and segment_algo); leak_z and leak_spread_bps are leak_t as a normal deviate and the mean spread at its events, leak_lit whether its class lights LEAK; reasons is <figure>=<reason> of those that are null
score:([]time:`timestamp$();sym:`symbol$();parent:`symbol$();side:`symbol$();algo:`symbol$();broker:`symbol$();trader:`symbol$();qty:`float$();filled:`float$();done:`float$();
  arrival_time:`timestamp$();end_time:`timestamp$();arrival_mid:`float$();arrival_original:`float$();avg_price:`float$();cost:`float$();slippage_bps:`float$();slippage_bps_ci_lo:`float$();
  slippage_bps_ci_hi:`float$();slippage_rolling_bps:`float$();slippage_original_bps:`float$();is_cost:`float$();is_bps:`float$();delay:`float$();timing_impact:`float$();spread:`float$();
  opportunity:`float$();fees:`float$();pre_bps:`float$();during_bps:`float$();post_bps:`float$();post_state:`symbol$();total_bps:`float$();twap_bps:`float$();vwap_bps:`float$();
  participation:`float$();participation_5min:`float$();effective_spread_bps:`float$();quoted_spread_bps:`float$();price_improvement:`float$();
  adverse_selection_bps:`float$();aggressor_share:`float$();fill_probability_1s:`float$();cancels_per_fill:`float$();n:`long$();children:`long$();
  expected_bps:`float$();excess_z:`float$();leak_bps:`float$();leak_bps_ci_lo:`float$();leak_bps_ci_hi:`float$();leak_t:`float$();leak_n:`long$();leak_class:`symbol$();leak_verdict:`symbol$();
  leak_late_bps:`float$();segment_bps:`float$();
  cost_lamp:`symbol$();leak_lamp:`symbol$();data_lamp:`symbol$();open:`boolean$();flags:`symbol$();reasons:`symbol$();rev:`long$();
  segment:`long$();segment_algo:`symbol$();leak_z:`float$();leak_spread_bps:`float$();leak_lit:`boolean$())
/ a lamp that went up: lamp is COST, LEAK or DATA, level amber or red; figure against its threshold; why in words
alert:([]time:`timestamp$();sym:`symbol$();parent:`symbol$();lamp:`symbol$();level:`symbol$();figure:`float$();threshold:`float$();why:`symbol$())
/ one row each time the engine has come to time: rows of each table it had taken by then, and what is wrong with the data; aside are rows that an evaluation
/ fails with, which the engine goes on without; final is the last of a day, after which nothing is left to say of it
health:([]time:`timestamp$();sym:`symbol$();nquote:`long$();ntrade:`long$();ndepth:`long$();nmbo:`long$();nstatus:`long$();norders:`long$();nfills:`long$();parents:`long$();late:`long$();
  lost:`long$();orphans:`long$();parked:`long$();data_lamp:`symbol$();ndq:`long$();aside:`long$();final:`boolean$())
