// Columns that are added to a table while the plant runs: rows from before are null in them.

// @desc Adds a column to a table in memory, null in the rows that are there; nothing when it is there.
// @param t {symbol} table; c {symbol} column; v {any} an atom of its type
.columns.add:{[t;c;v]if[not c in cols t;t set flip flip[value t],enlist[c]!enlist count[value t]#0#v];}

// @desc Rows, as a list of columns, that may be from before columns were added: nulls for those that are missing.
.columns.fit:{[t;x]$[count[x]<count cols t;x,count[first x]#'count[x]_first each value flip 1#0#value t;x]}
