// Market tables. time is when we received it (event clock of the plant), etime the source's own time.

quote:([]time:`timestamp$();sym:`symbol$();venue:`symbol$();bid:`float$();ask:`float$();bsize:`float$();asize:`float$();etime:`timestamp$();seq:`long$())
trade:([]time:`timestamp$();sym:`symbol$();venue:`symbol$();price:`float$();size:`float$();side:`symbol$();cond:`symbol$();etime:`timestamp$();seq:`long$())
/ size 0 removes the level
depth:([]time:`timestamp$();sym:`symbol$();venue:`symbol$();side:`symbol$();price:`float$();size:`float$();etime:`timestamp$();seq:`long$())
