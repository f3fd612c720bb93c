// Checksums beside the logs: <dir>.sums/<log> holds 32 bytes a message, four little-endian longs:
// where the message begins, its length, the first 8 bytes of its md5, and the sum of the three, by which a damaged record is known.
// kdb+ and -11! need not know of it; a log without it, or with messages that it lacks, is checked by its structure alone.

// @desc Where the checksums of a log are.
.sums.file:{[f]p:` vs f;` sv(`$string[p 0],".sums"),p 1}

// @desc First 8 bytes of the md5 of a byte vector, as a long.
.sums.of:{[b]0x0 sv 8#md5"c"$b}

// @desc Records as bytes.
// @param x {long[]} at, length and md5 of each message, one after another
.sums.records:{r:(0N;3)#x;14_-8!raze r,'sum each r}

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
  r[`md]={[b;o;n].sums.of(o;n)sublist b}[b]'[r[`at]-o;r`len] }
