/ kx.log: levels, formats and sinks of log messages. Written from its public documentation.
/   .logger:use`kx.log
/   .log:.logger.createLog[]
/   .log.info("%d rows of %s";3;`trade)

([printf]):use`..printf

levels:`trace`debug`info`warn`error`fatal
/ What syslog calls each level.
syslog:levels!7 7 6 4 3 2

/ One row of state per logger: its level, the format in use, the formats by name, and each level's sinks.
/ A sink is a handle, or a handle and a function of handle and text. The null entry keeps the rows dictionaries.
loggers:enlist[0N]!enlist(::)
formats:`basic`syslog`raw!("$p $l PID[$i] HOST[$h] $m\r\n";"<$s> $m\r\n";"$m\r\n")
newLogger:{[id]
  sinks:levels!enlist each 1 1 1 1 2 2;
  .z.m.loggers,:enlist[id]!enlist`level`format`formats`sinks!(`info;`basic;formats;sinks);}

/ What each letter after $ stands for, from level and message.
fields:"acfhiKkouDdNnPpTtZz"!{[name;l;m]string get name}each`$".z.",/:"acfhiKkouDdNnPpTtZz"
fields,:"lmws"!({[l;m]string l};{[l;m]m};{[l;m]" "sv string system"w"};{[l;m]string syslog l})

expand:{[format;l;m]
  piece:{[l;m;p]$[first[p]in key fields;fields[first p][l;m],1_p;"$",p]};
  p:"$"vs format;
  first[p],raze piece[l;m]each 1_p}

text:{[m]$[10h=abs type m;(),m;0h=type m;printf m;'"invalid message"]}

/ Writes to a sink; true if that worked.
write:{[s;t]@[{[s;t]$[1<count s;s[1][first s;t];first[s]t];1b}[s;];t;0b]}

/ Logs; a sink that fails is dropped from every level, which is logged itself.
emit:{[id;l;m]
  g:loggers id;
  t:expand[g[`formats]g`format;l;m];
  failed:s where not write[;t]each s:g[`sinks]l;
  if[count failed;
    {[id;h]remove[id;h;levels]}[id]each first each failed;
    emit[id;`warn]each{printf("lost connection to handle %d, dropping";x)}each first each failed];}

say:{[l;id;m]if[(levels?l)>=levels?loggers[id;`level];emit[id;l;text m]];}

checked:{[l]if[not all l in levels;'"no such level: "," "sv string(),l];l}
setLevel:{[id;l].[.z.M.loggers;(id;`level);:;checked l];}
setFormat:{[id;f]
  if[not f in key loggers[id;`formats];'"no such format: ",string f];
  .[.z.M.loggers;(id;`format);:;f];}
addFormat:{[id;name;f].[.z.M.loggers;(id;`formats;name);:;f];}

/ A sink is known by its handle.
has:{[h;s]h=first s}
remove:{[id;h;l]
  {[id;h;l].[.z.M.loggers;(id;`sinks;l);{[h;s]s where not has[h]each s}h]}[id;h]each checked(),l;
  h}
add:{[id;s;l]
  {[id;s;l].[.z.M.loggers;(id;`sinks;l);{y,enlist x}s]}[id;s]each checked(),l;
  s}

/ A logger of its own: every function of it, bound to its state.
createLog:{[]
  newLogger id:count loggers;
  api:levels!{say[x;y]}[;id]each levels;
  api,:`getlvl`setlvl!({[id;x]loggers[id;`level]}id;setLevel id);
  api,:`fmts`getfmt!({[id;x]loggers[id;`formats]}id;{[id;x]loggers[id;`format]}id);
  api,:`setfmt`addfmt!(setFormat id;addFormat id);
  api,:`sinks`add`remove!({[id;x]loggers[id;`sinks]}id;add id;remove id);
  api}

export:([createLog])
