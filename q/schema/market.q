// Market tables. time is when we received it (event clock of the plant), etime the source's own time.

quote:([]time:`timestamp$();sym:`symbol$();venue:`symbol$();bid:`float$();ask:`float$();bsize:`float$();asize:`float$();etime:`timestamp$();seq:`long$())
trade:([]time:`timestamp$();sym:`symbol$();venue:`symbol$();price:`float$();size:`float$();side:`symbol$();cond:`symbol$();etime:`timestamp$();seq:`long$())
/ size 0 removes the level; with a null price all levels of the side, as when a feed begins
depth:([]time:`timestamp$();sym:`symbol$();venue:`symbol$();side:`symbol$();price:`float$();size:`float$();etime:`timestamp$();seq:`long$())
/ order by order: action is add (shows size), modify (size is what is left, the place kept), fill (size was executed), delete (size was left)
mbo:([]time:`timestamp$();sym:`symbol$();venue:`symbol$();action:`symbol$();oid:`long$();side:`symbol$();price:`float$();size:`float$();etime:`timestamp$();seq:`long$())
/ phases of a market: state is auction, continuous, halted or closed
status:([]time:`timestamp$();sym:`symbol$();venue:`symbol$();state:`symbol$();reason:`symbol$();etime:`timestamp$();seq:`long$())
/ how far the clock of a source (sym) is from ours: offset is ours less its in ns with the least of the way in it, drift in ppm, jitter what the way took beyond its least (median, ns), n messages; level green or amber
skew:([]time:`timestamp$();sym:`symbol$();offset:`long$();drift:`float$();jitter:`long$();n:`long$();level:`symbol$();reason:`symbol$())
