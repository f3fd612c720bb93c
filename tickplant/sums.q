// Checksums beside the logs: <dir>.sums/<log> holds 32 bytes a message, four little-endian longs:
// where the message begins, its length, the first 8 bytes of its SHA-1, and the sum of the three, by which a damaged record is known.
// Before it was SHA-1, which processors compute several times as fast, it was md5: logs of then still agree.
// kdb+ and -11! need not know of it; a log without it, or with messages that it lacks, is checked by its structure alone.

// @desc Where the checksums of a log are.
.sums.file:{[f]p:` vs f;` sv(`$string[p 0],".sums"),p 1}

// @desc First 8 bytes of the SHA-1 of each byte vector, as longs (most significant byte first).
.sums.of:{[b].sums.i.long .Q.sha1 each"c"$b}
.sums.i.old:{[b].sums.i.long md5 each"c"$b}
.sums.i.long:{[b]reverse first(enlist"j";enlist 8)1:reverse raze 8#'b}

// @desc Records of messages as bytes.
// @param r {long[][]} where each begins, lengths, see .sums.of
.sums.records:{[r]14_-8!raze flip r,enlist sum r}

// @desc Records of a log, ascending, damaged ones left out.
// @return {table} at len md
.sums.read:{[f]
  e:([]at:0#0;len:0#0;md:0#0);
  if[not type key s:.sums.file f;:e];
  n:32 xbar hcount s;
  if[not n;:e];
  r:flip`at`len`md`whole!("jjjj";8 8 8 8)1:(s;0;n);
  r:select at,len,md from r where whole=at+len+md,len>0,at>=8,(at+len)<=hcount f;
  `at xasc r }

/ a log is read in pieces of this many bytes
.sums.cfg.piece:67108864

// @desc Whether each record agrees with the log.
.sums.good:{[f;r]
  if[not count r;:0#0b];
  raze .sums.i.piece[f]each(where differ r[`at]div .sums.cfg.piece)cut r }
.sums.i.piece:{[f;r]
  o:first r`at;
  b:read1(f;o;max[r[`at]+r`len]-o);
  m:{[b;o;n](o;n)sublist b}[b]'[r[`at]-o;r`len];
  g:r[`md]=.sums.of m;
  if[count w:where not g;g[w]:r[`md;w]=.sums.i.old m w];
  g }
