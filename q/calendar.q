// Trading days: each table names a calendar, and a row belongs to the trading day of its table's calendar.
// A calendar has a zone, the local time at which one trading day ends and the next begins (the roll), trading hours, and days
// without trading; what comes on those belongs to the next trading day. Tables are in configs/calendars (see its README).
// Without .cal.init every table has the calendar UTC: all days from midnight to midnight.

// zone to (instants of change; offsets from then on; local times of change); calendar to what is known of it; table to calendar
.cal.zones:(`symbol$())!()
.cal.known:(`symbol$())!()
.cal.tables:(1#`)!1#`UTC
/ days between which holidays and weekends are laid out
.cal.cfg.span:1990.01.01 2060.12.31

// the options of processes that decide by trading days: name, default, doc
.cal.options:(
  (`calendars;"";"calendars of tables, table:calendar separated by spaces; default is for the others, UTC unless it is said");
  (`calendardir;"";"folder of calendars.csv, holidays.csv and zones.csv; empty is the project's"))

// @desc Reads the calendars of a folder.
// @param dir {string} folder
.cal.read:{[dir]
  f:{[dir;x]hsym`$dir,"/",x}dir;
  z:("SPI";enlist csv)0:f"zones.csv";
  .cal.zones:.cal.i.zone each exec([]utc;offset:0D00:01*offset)by zone from z;
  c:("SSU*DUU";enlist csv)0:f"calendars.csv";
  h:("SDUU";enlist csv)0:f"holidays.csv";
  if[count b:(exec distinct zone from c)except key .cal.zones;'"calendars.csv: zone ",string[first b]," is not in zones.csv"];
  if[count b:(exec distinct calendar from h)except c`calendar;'"holidays.csv: calendar ",string[first b]," is not in calendars.csv"];
  .cal.known:n!{[c;h;n].cal.i.make[select from c where calendar=n;select from h where calendar=n]}[c;h]each n:distinct c`calendar; }

// local times of change: a time that occurs twice is taken as the first, one that does not occur as if clocks had not been changed yet
.cal.i.zone:{[z]
  z:`utc xasc z;
  (z`utc;z`offset;z[`utc]+(z`offset)|first[z`offset]^prev z`offset) }

// what is known of a calendar: its rows of calendars.csv, one for each change of hours, and its days that differ
.cal.i.make:{[c;h]
  c:`from xasc c;
  d:.cal.cfg.span[0]+til 1+.cal.cfg.span[1]-.cal.cfg.span 0;
  shut:exec date from h where null open;
  d:d where(((1+(d+5)mod 7)in"J"$'first c`week)&not d in shut)|d in exec date from h where not null open;
  `zone`roll`every`days`from`open`close`odd!(first c`zone;`timespan$first c`roll;7=count first c`week;`s#d;
    c`from;`timespan$c`open;`timespan$c`close;1!select date,open:`timespan$open,close:`timespan$close from h) }

// @desc The folder of calendars that is meant: the project's if none is named.
.cal.folder:{[dir]$[count dir;dir;.boot.home,"/../configs/calendars"]}

// @desc Sets which calendar each table has.
// @param o {dict} calendars and calendardir, see .cal.options
.cal.init:{[o]
  .cal.tables:(1#`)!1#`UTC;
  if[not count s:" "vs o`calendars;:()];
  if[not count s:s where 0<count each s;:()];
  w:`$":"vs'" "vs" "sv s;
  if[any 2<>count each w;'"calendars: expected table:calendar, got ",o`calendars];
  .cal.read .cal.folder o`calendardir;
  if[count b:w[;1]except key .cal.known;'"unknown calendar ",string first b];
  .cal.tables:.cal.tables,(@[w[;0];where`default=w[;0];:;`])!w[;1]; }

// @desc The calendar of a table.
.cal.of:{[t].cal.tables$[t in key .cal.tables;t;`]}

// @desc Whether tables t differ in their calendars.
.cal.mixed:{[t]1<count distinct .cal.of each t}

// @desc Whether rows of table t may belong to a later day than that of the log they are in.
.cal.ahead:{[t]not .cal.i.plain .cal.of t}

.cal.i.get:{[c]$[c in key .cal.known;.cal.known c;'"unknown calendar ",string c]}
.cal.i.plain:{[c]c=`UTC}

// @desc Offset of a zone's clocks from UTC.
// @param z {symbol} zone, e.g. `$"America/New_York"
// @param t {timestamp|timestamp[]} instants
// @return {timespan|timespan[]}
.cal.offset:{[z;t]z:.cal.zones z;z[1]0|z[0]bin t}

// @desc Local time of a calendar at instants, and instants of local times.
.cal.local:{[c;t]$[.cal.i.plain c;t;t+.cal.offset[.cal.i.get[c]`zone;t]]}
.cal.utc:{[c;l]$[.cal.i.plain c;l;l-z[1]0|(z:.cal.zones .cal.i.get[c]`zone)[2]bin l]}

// @desc Whether dates are trading days.
.cal.isday:{[c;d]$[.cal.i.plain c;not null d;d in .cal.i.get[c]`days]}

// @desc The first trading day on or after a date; the first after it; the last before it.
.cal.onward:{[c;d]$[.cal.i.plain c;d;[r:.cal.i.get c;$[r`every;d;?[null d;d;s(s:r`days)binr d]]]]}
.cal.next:{[c;d].cal.onward[c;d+1]}
.cal.prev:{[c;d]$[.cal.i.plain c;d-1;s(s:.cal.i.get[c]`days)bin d-1]}

// @desc The n-th trading day after a date.
.cal.add:{[c;d;n]$[.cal.i.plain c;d+n;n .cal.next[c]/d]}

// @desc Trading day to which instants belong.
// @param c {symbol} calendar
// @param t {timestamp|timestamp[]} instants
// @return {date|date[]}
.cal.day:{[c;t]
  if[.cal.i.plain c;:`date$t];
  r:.cal.i.get c;
  l:t+.cal.offset[r`zone;t];
  .cal.onward[c]`date$$[r`roll;l+1D-r`roll;l] }

// @desc The instants of a trading day: from the first of them up to the first that is not of it any more.
// For a date without trading, the (empty) moment at which it would have been.
.cal.start:{[c;d].cal.end[c].cal.prev[c;d]}
.cal.end:{[c;d]
  if[.cal.i.plain c;:`timestamp$d+1];
  r:.cal.i.get c;
  / what follows the last trading day up to d belongs to the next one
  d:s(s:r`days)bin d;
  .cal.utc[c]$[r`roll;(`timestamp$d)+r`roll;`timestamp$d+1] }

// @desc Range of instants of dates d0 to d1, both included: between the first and before the second; open ends stay open.
.cal.range:{[c;d0;d1](
  $[d0<=.cal.cfg.span 0;-0Wp;.cal.start[c].cal.onward[c;d0]];
  $[d1>=.cal.cfg.span 1;0Wp;.cal.end[c;d1]])}

// @desc Trading hours of a day as (open;close), instants; nulls when there is no trading.
// Hours at or after the roll are those of the evening before.
.cal.session:{[c;d]
  r:.cal.i.get c;
  if[not d in r`days;:2#0Np];
  h:$[d in exec date from key r`odd;r[`odd;d]`open`close;(r[`open]i;r[`close]i:0|r[`from]bin d)];
  e:$[r`roll;h[0]>=r`roll;0b];
  .cal.utc[c](d-e,0)+h }

// @desc Trading day of rows of table t.
.cal.days:{[t;x].cal.day[.cal.of t;x]}

// @desc What of a table's rows belongs to day d, where rows of other days may be among them: those of tables whose calendar was ahead.
// @param t {symbol} table; d {date}; x {table} rows
.cal.only:{[t;d;x]$[all m:d=.cal.days[t;x`time];x;x where m]}
