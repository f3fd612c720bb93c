/ our kx.printf, kx.log and kx.rest (docs of KxSystems/printf and KxSystems/logging; the REST server's reference)
([printf]):use`kx.printf
printf"plain" / "plain"
printf("%d%%";50) / "50%"
printf("%X|%4X|%04X";255;3;3) / "FF|   3|0003"
printf("Variadic width %",string[8],".2f";1.61803) / "Variadic width     1.62"
printf("%5d|%-5d|%05d|%+d|% d|%d";42;42;42;42;42;-42) / "   42|42   |00042|+42| 42|-42"
printf("%.3d|%5.3d|%05.3d";7;7;7) / "007|  007|  007"
printf("%f|%.2f|%8.3f|%08.3f|%.0f";1.5;3.14159;3.14159;-3.14159;2.5) / "1.500000|3.14|   3.142|-003.142|2"
printf("%x %o";255;8) / "ff 10"
printf("%x";-1) / "ffffffffffffffff"
printf("%s|%s|%s|%5s|%-5s|%.2s";`foo;"bar";1 2;"ab";"ab";"abc") / "foo|bar|1 2|   ab|ab   |ab"
printf("%r, %r, %r";`foo;"\t tab";2025.10.30) / "`foo, \"\\t tab\", 2025.10.30"
printf("%d %f";"12";"1.5") / "12 1.500000"
printf("%d %f %d";0N;0n;-0W) / "0N 0n -0W"
printf("%d";1.6) / enlist"2"
printf("%q";1) / 'printf: no conversion %q
printf("%d %d";1) / 'printf: an argument is missing
printf 5 / 'printf: the format is not a string
/ logs to a file
.logger:use`kx.log
.tl:.logger.createLog[]
logFile:hsym`$first system"mktemp"
logHandle:hopen logFile
.tl.getlvl[] / `info
.tl.sinks[] / `trace`debug`info`warn`error`fatal!enlist each 1 1 1 1 2 2
.tl.remove[1;`trace`debug`info`warn] / 1
.tl.remove[2;`error`fatal] / 2
count .tl.sinks[][`error] / 0
.tl.add[logHandle;`info`warn`error] / logHandle
.tl.fmts[] / `basic`syslog`raw!("$p $l PID[$i] HOST[$h] $m\r\n";"<$s> $m\r\n";"$m\r\n")
.tl.setfmt`syslog
.tl.info"hi"
.tl.error("%s: %d rows";`trade;3)
.tl.debug"below the level"
.tl.setfmt`raw
.tl.info .j.j`foo`bar!til 2
.tl.addfmt[`foo;"bar: $m|$l\n"]
.tl.setfmt`foo
.tl.getfmt[] / `foo
.tl.warn"$p stays"
.tl.setlvl`error
.tl.info"no"
.tl.setlvl`trace
read0 logFile / ("<6> hi";"<3> trade: 3 rows";"{\"foo\":0,\"bar\":1}";"bar: $p stays|warn")
.tl.setlvl`loud / 'no such level: loud
.tl.setfmt`none / 'no such format: none
.tl.info`sym / 'invalid message
/ loggers are independent
.tl2:.logger.createLog[]
.tl2.getlvl[] / `info
.tl.getlvl[] / `trace
/ a sink with a function is called with handle and text
got:()
.tl.add[(7i;{got,:enlist(x;y)});`fatal]
.tl.fatal"seen"
got / enlist(7i;"bar: seen|fatal\n")
/ a handle that fails is dropped from every level, and that is logged
.tl.add[999i;`info`fatal] / 999i
.tl.info"one"
last read0 logFile / "bar: lost connection to handle 999, dropping|warn"
999i in raze .tl.sinks[]`info / 0b
hclose logHandle
hdel logFile
/ REST: requests as .z.ph and .z.pp get them
.rest:use`kx.rest
restJson:{.j.k last"\r\n\r\n"vs x}
restStatus:{"J"$(" "vs x)1}
customers:([]id:1 2 3i;name:("ann";"bob";"cy"))
.rest.register[`get;"/customers";"all";{customers};()]
.rest.register[`get;"/customers/{id}";"some";{select from customers where id in x[`arg;`id]};.rest.reg.data[`id;6h;1b;0Ni;"numbers"]]
.rest.register[`get;"/customers/count";"how many";{count customers};()]
.rest.register[`get;"/args";"the arguments";{x`arg};.rest.reg.data[`i;-6h;0b;10i;"offset"],.rest.reg.data[`s;-11h;1b;`;"symbol"]]
.rest.register[`get;"/broken";"fails";{'"oh no"};()]
.rest.reg.object[`customer;.rest.reg.data[`id;-7h;1b;0N;"number"],.rest.reg.data[`name;10h;0b;"none";"name"]]
.rest.register[`post;"/customers";"a new one";{x[`data]`name};.rest.reg.body[`customer;`customer;1b;();"customer"]]
restJson .rest.process[`GET;("customers";()!())] / ([]id:1 2 3f;name:("ann";"bob";"cy"))
restJson .rest.process[`GET;("customers/2,3";()!())] / ([]id:2 3f;name:("bob";"cy"))
restJson .rest.process[`GET;("customers/count";()!())] / 3f
restJson .rest.process[`GET;("args?s=a%20b";()!())] / `i`s!(10f;"a b")
restJson .rest.process[`GET;("args?i=7&s=x";()!())] / `i`s!(7f;enlist"x")
restStatus .rest.process[`GET;("args?s=x";()!())] / 200
restStatus .rest.process[`GET;("args";()!())] / 400
restJson .rest.process[`GET;("args";()!())] / `code`text`details!("400";"missing";enlist"s")
restStatus .rest.process[`GET;("args?i=x&s=x";()!())] / 400
restStatus .rest.process[`GET;("nothing/here";()!())] / 404
restStatus .rest.process[`PUT;("customers";()!())] / 404
restStatus .rest.process[`GET;("broken";()!())] / 500
restJson[.rest.process[`GET;("broken";()!())]]`details / "oh no"
restJson .rest.process[`POST;("customers {\"id\":4}";()!())] / "none"
restJson .rest.process[`POST;("customers {\"id\":4,\"name\":\"di\"}";()!())] / "di"
restStatus .rest.process[`POST;("customers {\"name\":\"di\"}";()!())] / 400
restStatus .rest.process[`POST;("customers {";()!())] / 400
restStatus .rest.process[`POST;("customers ";()!())] / 400
/ the http-method header decides
restStatus .rest.process[`POST;("customers";enlist[`$"http-method"]!enlist"GET")] / 200
.rest.reg.default`customer / `id`name!(0N;"none")
