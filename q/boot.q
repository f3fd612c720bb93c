// Finds the q home and loads libraries once by name: .boot.use`log or .boot.use`$"tca/slippage".
// The home is the environment variable SLIPSTREAM_Q, else the folder q beside the script's folder.

.boot.home:$[count h:getenv`SLIPSTREAM_Q;h;"/"sv(-2_"/"vs{$["/"in x;x;"./",x]}string .z.f),enlist"q"]
.boot.loaded:`symbol$()

// @desc Loads a library of the q home unless it has been loaded.
// @param x {symbol} name without extension, e.g. `log or `$"tca/slippage"
.boot.use:{if[not x in .boot.loaded;
  .boot.loaded,:x;
  system"l ",.boot.home,"/",string[x],".q"];}
