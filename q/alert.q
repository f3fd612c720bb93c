// How alerts stand: the alerts that the real-time engine raised (table alert) with what was done about them (table alertlog). Functions from
// tables to tables; who may do what is decided before a row is written.

.boot.use each`$("schema/derived";"schema/alert");

// @desc Names alerts: the same name wherever and however often it is asked for, so that one that is sent twice can be told to be one.
// @param a {table} parent lamp level time
// @return {symbol[]} 16 hexadecimal digits each
// @example .alert.id([]parent:1#`P1;lamp:`COST;level:`amber;time:2024.01.02D10)
.alert.id:{[a]`${raze string 8#md5 x}each"|"sv'flip string a`parent`lamp`level`time}

// @desc Each alert as it stands at w. It is open until somebody acknowledges it, or a later one of the same parent and lamp; snoozed until a
// time, after which it is open again. reopen takes acknowledgement and snooze back.
// @param a {table} rows of alert
// @param l {table} rows of alertlog
// @param w {timestamp} now, by the plant's clock
// @return {table} a by time, and: id; state (open snoozed acked); who and at: by whom and when (machine's clock) it was acknowledged or snoozed last;
// until: end of the snooze; since: from when on somebody is waited for; tier and told: the furthest step of the escalation that was sent, and the last time;
// notes and note: how many, and the last
// @example .alert.book[0#alert;0#alertlog;.z.p]
.alert.book:{[a;l;w]
  a:`time xasc select from a where time<=w;
  a:update id:.alert.id a from a;
  a:select from a where i=(first;i)fby id;
  l:`time xasc select from l where time<=w;
  r:a lj select last action,last who,last at,last until,acted:last time by id:alert from l where action in`ack`snooze`reopen;
  / up to when alerts of a parent and lamp are acknowledged by the latest of them
  r:r lj select upto:max time by parent,lamp from r where action=`ack;
  r:update state:?[(action=`ack)|(null action)&time<=upto;`acked;?[(action=`snooze)&w<until;`snoozed;`open]]from r;
  r:update since:?[action=`snooze;until;?[action=`reopen;acted;time]]from r;
  r:r lj select tier:max tier,told:last time by id:alert from l where action=`sent;
  r:r lj select notes:count i,note:last note by id:alert from l where action=`note;
  r:update who:?[action=`reopen;`;who],at:?[action=`reopen;0Np;at],notes:0^notes from r;
  `time`id xcols delete action,acted,upto from r }

// @desc Who is to be told now. Recipients of step 0 are told of an open alert at once, those of step n when nobody has acknowledged it for n times
// every. Each is told once a step; when a snooze is over or an alert is reopened it begins anew.
// @param b {table} .alert.book
// @param l {table} rows of alertlog
// @param t {table} level tier who: whom to tell of alerts of a level, and at which step
// @param every {timespan} time between steps
// @param w {timestamp} now, by the plant's clock
// @return {table} rows of b with tier and who, and token: names this message, the same however often it is tried; the note of a row that it was sent, or failed, begins with it
// @example .alert.due[.alert.book[0#alert;0#alertlog;.z.p];0#alertlog;([]level:`amber`red;tier:0;who:`desk);0D00:02;.z.p]
.alert.due:{[b;l;t;every;w]
  b:delete tier,who from select from b where state=`open,since<=w;
  r:`time`tier`who xasc ej[`level;b;t];
  r:select from r where w>=since+every*tier;
  r:update token:.alert.i.token r from r;
  select from r where not token in`$16#'exec note from l where action in`sent`failed }
.alert.i.token:{[r]`${raze string 8#md5 x}each"|"sv'flip string r`id`tier`who`since}
