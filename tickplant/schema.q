// Columns that are added to a table while the plant runs. What was added is kept in <dir>.schema and made again at the start.

.schema.i.file:{hsym`$(1_string .journal.dir),".schema"}
.schema.i.read:{$[type key f:.schema.i.file[];get f;()]}

// types of every table's columns, as they are in columns and in one row, and how many columns a publisher must send: those of the schema files
.schema.know:{
  .tick.types:{type each flip 0#value x}each .u.t!.u.t;
  .tick.shapes:value each .tick.types;
  .tick.atoms:neg .tick.shapes; }

.schema.init:{
  .tick.least:{count cols x}each .u.t!.u.t;
  {.columns.add . x}each .schema.i.read[];
  .schema.know[]; }

// @desc Adds a column to table t from now on: in the log, here, and at every subscriber. It is null in the rows that are there,
// and in those of publishers that do not send it yet.
// @param t {symbol} table
// @param c {symbol} column
// @param v {any} an atom of the column's type
.u.addcol:{[t;c;v]
  if[not t in .u.t;'"unknown table ",string t];
  if[c in cols t;'"column ",string[c]," of ",string[t]," is there"];
  if[not type[v]within -19 -1h;'"type: an atom gives the type of ",string c];
  .tick.log[];
  .tick.flush[];
  .schema.i.file[]set .schema.i.read[],enlist(t;c;v);
  if[not null .u.d;.journal.append(`.u.addcol;t;c;v);.u.i:.u.j+:1];
  .columns.add[t;c;v];
  .schema.know[];
  .log.info["column added";`table`column`type!(t;c;type v)];
  .stream.added[t;c;v]; }
