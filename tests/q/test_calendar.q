// Trading days: daylight saving, holidays, half days and rolls, each vector worked by hand from the exchange's published hours.

system"l ",getenv[`SLIPSTREAM_Q],"/boot.q"
.boot.use each`test`calendar;
.cal.init`calendars`calendardir!("quote:XNYS trade:XNYS depth:XCME default:UTC";"")

// which calendar a table has
.t.match[`XNYS`XCME`UTC`UTC].cal.of each`quote`depth`orders`nosuch
.t.match[1b].cal.mixed`quote`orders
.t.match[0b].cal.mixed`quote`trade

// UTC: every day from midnight to midnight
.t.match[2024.03.09 2024.03.10].cal.day[`UTC;2024.03.09D23:59:59.999999999 2024.03.10D00:00:00]
.t.match[2024.03.10].cal.next[`UTC;2024.03.09]
.t.match[2024.03.10D00:00:00 2024.03.12D00:00:00].cal.range[`UTC;2024.03.10;2024.03.11]

// New York, EST until 10 March 2024 07:00 UTC, then EDT: midnight is 05:00, then 04:00 UTC; the weekend belongs to Monday
.t.match[2024.03.07 2024.03.08].cal.day[`XNYS;2024.03.08D04:59:59.999999999 2024.03.08D05:00:00]
.t.match[2024.03.08 2024.03.11 2024.03.11].cal.day[`XNYS;2024.03.09D04:59:59 2024.03.09D05:00:00 2024.03.10D12:00:00]
.t.match[2024.03.11 2024.03.12].cal.day[`XNYS;2024.03.12D03:59:59.999999999 2024.03.12D04:00:00]
/ clocks back on 3 November, 06:00 UTC
.t.match[2024.11.01 2024.11.04].cal.day[`XNYS;2024.11.02D03:59:59 2024.11.02D04:00:00]
.t.match[2024.11.04 2024.11.05].cal.day[`XNYS;2024.11.05D04:59:59 2024.11.05D05:00:00]
.t.match[2024.03.09D05:00:00 2024.03.12D04:00:00].cal.range[`XNYS;2024.03.11;2024.03.11]
.t.match[2024.03.09D05:00:00].cal.end[`XNYS;2024.03.09]                        / nothing belongs to a Saturday
.t.match[2024.03.10D01:59:59 2024.03.10D03:00:00].cal.local[`XNYS;2024.03.10D06:59:59 2024.03.10D07:00:00]
.t.match[2024.03.10D07:30:00].cal.utc[`XNYS;2024.03.10D02:30:00]               / a local time that does not occur
.t.match[2024.11.03D05:30:00].cal.utc[`XNYS;2024.11.03D01:30:00]               / one that occurs twice: the first

// Good Friday 2024: New York opens on Monday, London on Tuesday
.t.match[2024.04.01].cal.day[`XNYS;2024.03.29D15:00:00]
.t.match[2024.04.02].cal.day[`XLON;2024.03.29D15:00:00]
.t.match[2024.04.02].cal.next[`XLON;2024.03.28]
.t.match[2024.03.28].cal.prev[`XLON;2024.04.02]
.t.match[0001b].cal.isday[`XLON;2024.03.29 2024.03.31 2024.04.01 2024.04.02]
/ British summer time since 31 March: midnight of 3 April is 23:00 UTC
.t.match[2024.04.02 2024.04.03].cal.day[`XLON;2024.04.02D22:59:59 2024.04.02D23:00:00]

// Tokyo, nine hours ahead; Golden Week 2024: closed from 3 to 6 May
.t.match[2024.05.02 2024.05.07].cal.day[`XTKS;2024.05.02D14:59:59 2024.05.02D15:00:00]
.t.match[2024.05.07].cal.add[`XTKS;2024.05.02;1]
.t.match[2024.05.08].cal.add[`XTKS;2024.05.02;2]

// CME: the day rolls at 17:00 Chicago, 23:00 UTC in winter and 22:00 in summer; Friday evening belongs to Monday
.t.match[2024.03.08 2024.03.11].cal.day[`XCME;2024.03.08D22:59:59 2024.03.08D23:00:00]
.t.match[2024.03.11 2024.03.11 2024.03.12].cal.day[`XCME;2024.03.10D22:00:00 2024.03.11D21:59:59.999999999 2024.03.11D22:00:00]
.t.match[2024.11.04 2024.11.05].cal.day[`XCME;2024.11.04D22:59:59 2024.11.04D23:00:00]
.t.match[2024.03.08D23:00:00 2024.03.11D22:00:00].cal.range[`XCME;2024.03.11;2024.03.11]

// hours: half days, winter and summer, an exchange that changed them, the evening before
.t.match[2024.07.03D13:30:00 2024.07.03D17:00:00].cal.session[`XNYS;2024.07.03]
.t.match[2024.03.08D14:30:00 2024.03.08D21:00:00].cal.session[`XNYS;2024.03.08]
.t.match[2024.03.11D13:30:00 2024.03.11D20:00:00].cal.session[`XNYS;2024.03.11]
.t.match[2#0Np].cal.session[`XNYS;2024.07.04]
.t.match[2024.11.01D00:00:00 2024.11.01D06:00:00].cal.session[`XTKS;2024.11.01]
.t.match[2024.11.05D00:00:00 2024.11.05D06:30:00].cal.session[`XTKS;2024.11.05]
.t.match[2024.03.10D22:00:00 2024.03.11D22:00:00].cal.session[`XCME;2024.03.11]
.t.match[2024.01.14D23:00:00 2024.01.15D18:00:00].cal.session[`XCME;2024.01.15]
.t.match[2024.03.10D00:00:00 2024.03.11D00:00:00].cal.session[`UTC;2024.03.10]

// what -0W and 0W ask for
.t.match[-0W 0Wp].cal.range[`XNYS;-0Wd;0Wd]
.t.match[(-0Wp;2024.03.12D04:00:00)].cal.range[`XNYS;-0Wd;2024.03.11]
.t.match[0Nd].cal.day[`XNYS;0Np]

// every instant lies in the range of its day, whatever the calendar; the days of ascending instants ascend
t:asc 2024.01.01D0+2000?2D*366
{[t;c]
  d:.cal.day[c;t];
  .t.match[1b]d~asc d;
  .t.match[1b]all .cal.isday[c;d];
  .t.match[1b]all(t>=.cal.start[c]each d)&t<.cal.end[c]each d;
  .t.match[1b]all t=.cal.utc[c].cal.local[c;t];
  }[t where not t within 2024.10.27D00:00:00 2024.11.03D07:00:00]each key .cal.known;

// rows of other days among those of a day
x:([]time:2024.03.11D21:00:00 2024.03.11D22:00:00;sym:`A`B)
.t.match[1#x].cal.only[`depth;2024.03.11;x]
.t.match[1_x].cal.only[`depth;2024.03.12;x]

.t.fails["unknown calendar XXXX"]{.cal.init`calendars`calendardir!("quote:XXXX";"")}
.t.fails["calendars: expected table:calendar"]{.cal.init`calendars`calendardir!("quote";"")}
.t.end[]
