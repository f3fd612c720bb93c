// Order flow. A parent order has an empty parent; event is new ack replace replaced cancel canceled reject …
// docs/fix.md lists the events. code says why (of a reject, a restatement, a leg); cumqty and leavesqty are the broker's own figures; displayqty is what an order shows of
// itself at a time, null where nothing is said of it: then all.

orders:([]time:`timestamp$();sym:`symbol$();id:`symbol$();parent:`symbol$();event:`symbol$();side:`symbol$();qty:`float$();price:`float$();
  ordtype:`symbol$();tif:`symbol$();algo:`symbol$();broker:`symbol$();trader:`symbol$();account:`symbol$();venue:`symbol$();status:`symbol$();
  clordid:`symbol$();origclordid:`symbol$();orderid:`symbol$();etime:`timestamp$();session:`symbol$();seq:`long$();
  cumqty:`float$();leavesqty:`float$();code:`symbol$();displayqty:`float$())
/ kind is new, bust, correct, dk (not known to the client) or leg (of a multi-leg order); refid is the execution that a bust, correction or dk
/ refers to. .ord.live (q/lifecycle.q) makes of them the fills as they stand.
/ fills is also a keyword of q, so the table is always reached by its name: select from`fills
`fills set([]time:`timestamp$();sym:`symbol$();execid:`symbol$();refid:`symbol$();kind:`symbol$();order:`symbol$();parent:`symbol$();side:`symbol$();
  qty:`float$();price:`float$();venue:`symbol$();liquidity:`symbol$();fee:`float$();leaves:`float$();cum:`float$();avgpx:`float$();broker:`symbol$();
  etime:`timestamp$();session:`symbol$();seq:`long$();clordid:`symbol$();orderid:`symbol$();secexecid:`symbol$());
/ every FIX message as it came; problem is why it made no other row, empty when nothing is wrong with it
fixraw:([]time:`timestamp$();sym:`symbol$();session:`symbol$();direction:`symbol$();seq:`long$();msgtype:`symbol$();msg:();problem:`symbol$())
/ what is doubtful in the order flow: kind is one word, id the order or execution (empty if none), detail says it in words
dq:([]time:`timestamp$();sym:`symbol$();session:`symbol$();seq:`long$();kind:`symbol$();id:`symbol$();detail:())
