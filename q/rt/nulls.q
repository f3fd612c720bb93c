// The tapes of q/tca/nulls.q through the arithmetic of the real-time engine: controls are earlier moments of the same day (.leak.pool and .leak.drawn of
// q/tca/trail.q), and clusters are 60 s whatever the horizon. Events are posts, whose controls are moments.

.boot.use each`$("tca/nulls";"rt/tick");

// @desc One run: the differences and placebos of its events. Prior days, which some tapes have, are not looked at: a live test has none.
// @return {table} as .nulls.run, and band
.nulls.liveRun:{[today;past;e;leak;k]
  x:@[.leak.cfg;`tau;:;0D00:00:00.1*k];
  m:.nulls.moments[today;k];
  e:select from e where j within(first;last)@\:m`j;
  ev:update s:e`s,spread:1f,vol:0f from m e[`j]-first m`j;
  ev:update fwd:fwd+leak*s from ev;
  o:asc ev`j;
  / before our first event nothing is near to one
  m:select from m where j>=first[o]-"j"$x[`warm]%0D00:00:00.1;
  m:update spread:1f,vol:0f,clean:(null l)|k<j-l from update l:o o bin j from m;
  / windows end at full minutes, tau before their events, and are 15 minutes long
  n:60*.nulls.cfg`second;
  w:n*(ev[`j]-k)div n;
  u:distinct w;
  p:{[m;x;w].leak.pool[m i+til 0|1+(m[`j]bin w)-i:m[`j]binr w-"j"$x[`tod]%0D00:00:00.1;x]}[m;x]each u;
  r:{[x;e;p].leak.drawn[e;p;x]}[x]'[ev;p u?w];
  (select j,fwd:s*fwd from ev),'([]d:"f"$r[;0];placebo:"f"$r[;1];support:r[;2];band:r[;3]) }

// @desc One run of a tape, as .nulls.one.
.nulls.live:{[t;seed]
  system"S ",string 1+seed;
  a:.nulls.tapes[t][];
  r:.nulls.liveRun . a;
  .nulls.told[t;r;r[`j]div 60*.nulls.cfg`second;avg r`band] }
