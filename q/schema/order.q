// Order flow. A parent order has an empty parent; event is new ack replace replaced cancel canceled reject …

orders:([]time:`timestamp$();sym:`symbol$();id:`symbol$();parent:`symbol$();event:`symbol$();side:`symbol$();qty:`float$();price:`float$();
  ordtype:`symbol$();tif:`symbol$();algo:`symbol$();broker:`symbol$();trader:`symbol$();account:`symbol$();venue:`symbol$();status:`symbol$();
  clordid:`symbol$();origclordid:`symbol$();orderid:`symbol$();etime:`timestamp$();session:`symbol$();seq:`long$())
/ kind is new, bust or correct; refid is the execution that a bust or correction refers to. fills is also a keyword of q,
/ so the table is always reached by its name: select from`fills
`fills set([]time:`timestamp$();sym:`symbol$();execid:`symbol$();refid:`symbol$();kind:`symbol$();order:`symbol$();parent:`symbol$();side:`symbol$();
  qty:`float$();price:`float$();venue:`symbol$();liquidity:`symbol$();fee:`float$();leaves:`float$();cum:`float$();avgpx:`float$();broker:`symbol$();
  etime:`timestamp$();session:`symbol$();seq:`long$());
/ every FIX message as it came
fixraw:([]time:`timestamp$();sym:`symbol$();session:`symbol$();direction:`symbol$();seq:`long$();msgtype:`symbol$();msg:())
