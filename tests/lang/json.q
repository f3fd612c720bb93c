/ JSON. https://code.kx.com/q/ref/dotj/
.j.j 1 / enlist "1"
.j.j 1 2 3 / "[1,2,3]"
.j.j 1.5 / "1.5"
.j.j 1%3 / "0.3333333"
.j.j 1b / "true"
.j.j 010b / "[false,true,false]"
.j.j "abc" / "\"abc\""
.j.j "a" / "\"a\""
.j.j `abc / "\"abc\""
.j.j `a`b / "[\"a\",\"b\"]"
.j.j ("hello";"world") / "[\"hello\",\"world\"]"
.j.j `a`b!(0 1;("hello";"world")) / "{\"a\":[0,1],\"b\":[\"hello\",\"world\"]}"
.j.j 0N / "null"
.j.j 0n / "null"
.j.j 1 0N 3 / "[1,null,3]"
.j.j -0w 0 1 2 3 0w / "[-inf,0,1,2,3,inf]"
.j.jd(-0w 0 1 2 3 0w;()!()) / "[-inf,0,1,2,3,inf]"
.j.jd(-0w 0 1 2 3 0w;(enlist`null0w)!enlist 1b) / "[null,0,1,2,3,null]"
.j.j 2000.01.01 / "\"2000-01-01\""
.j.j 2000.01.01D12 / "\"2000-01-01D12:00:00.000000000\""
.j.j 12:30:00.000 / "\"12:30:00.000\""
.j.j () / "[]"
.j.j "" / "\"\""
.j.j (::) / "null"
.j.j (1;"a";`b;2 3) / "[1,\"a\",\"b\",[2,3]]"
.j.j "a\"b\\c\nd" / "\"a\\\"b\\\\c\\nd\""
.j.j ([]a:1 2;b:`x`y) / "[{\"a\":1,\"b\":\"x\"},\n {\"a\":2,\"b\":\"y\"}]"
.j.j 0#([]a:1 2) / "[]"
.j.j (`symbol$())!() / "{}"
.j.j `a`b!(`c`d!1 2;3) / "{\"a\":{\"c\":1,\"d\":2},\"b\":3}"
.j.j 1 2!`a`b / "{\"1\":\"a\",\"2\":\"b\"}"
.j.k "1" / 1f
.j.k "-1.5e3" / -1500f
.j.k "true" / 1b
.j.k "false" / 0b
.j.k "null" / 0n
.j.k "\"abc\"" / "abc"
.j.k "\"\"" / ""
.j.k "[]" / ()
.j.k "[1,2,3]" / 1 2 3f
.j.k "[1,null]" / 1 0n
.j.k "[true,false]" / 10b
.j.k "[1,\"a\",true]" / (1f;enlist "a";1b)
.j.k "{\"a\":1,\"b\":\"xy\"}" / `a`b!(1f;"xy")
.j.k "{\"a\":1,\"b\":2}" / `a`b!1 2f
.j.k "{\"a\":{\"b\":[1,2]}}" / (enlist`a)!enlist (enlist`b)!enlist 1 2f
.j.k "[{\"a\":1,\"b\":\"x1\"},{\"a\":2,\"b\":\"y1\"}]" / ([]a:1 2f;b:("x1";"y1"))
.j.k "[{\"a\":1},{\"b\":2}]" / ((enlist`a)!enlist 1f;(enlist`b)!enlist 2f)
.j.k " { \"a\" : [ 1 , 2 ] } " / (enlist`a)!enlist 1 2f
.j.k "\"a\\n\\\"\\u0041\"" / "a\n\"A"
.j.k .j.j `a`b!(0 1;("hello";"world")) / `a`b!(0 1f;("hello";"world"))
.j.k .j.j ([]a:1 2;b:`Greetings`Earthlings) / ([]a:1 2f;b:("Greetings";"Earthlings"))
.j.k raze ("{";"   \"code\" : 3,";"   \"message\" : \"This request requires authorization\"";"}") / `code`message!(3f;"This request requires authorization")
.j.k 1 / 'type
@[.j.k;"[1,";{`error}] / `error
@[.j.k;"{\"a\"}";{`error}] / `error
@[.j.k;"nonsense";{`error}] / `error
.j.k "{\"a\":1,\"b\":2,\"a\":3}" / `a`b!3 2f
.j.j .j.k "{\"k\":[1,{\"x\":null}]}" / "{\"k\":[1,{\"x\":null}]}"
.j.j 1 2i / "[1,2]"
.j.j 1.5e / "1.5"
.j.j 0x0102 / "[\"0x01\",\"0x02\"]"
.j.j `s#1 2 / "[1,2]"
.j.j 2000.01m / "\"2000-01\""
.j.j 0D01 / "\"0D01:00:00.000000000\""
.j.j {x+y} / "\"{x+y}\""
count .j.k .j.j ([]a:til 1000;b:1000#`x) / 1000
