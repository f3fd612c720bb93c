/ Markup, escapes, data as text, HTTP responses. https://code.kx.com/q/ref/doth/
.h.code "foo\tbar" / "foo <code><nobr>bar</nobr></code>"
.h.code "foo\tbar\tabc\tdef" / "foo <code><nobr>bar</nobr></code> abc <code><nobr>def</nobr></code>"
.h.code "foo" / "foo"
.h.cd ([]a:1 2 3;b:`x`y`z) / ("a,b";"1,x";"2,y";"3,z")
.h.cd (`a`b`c;1 2 3;"xyz") / ("a,1,x";"b,2,y";"c,3,z")
.h.cd ([a:til 3]b:3 3#"abc";c:3 3#1 2 3) / ("a,b,c";"0,abc,1 2 3";"1,abc,1 2 3";"2,abc,1 2 3")
.h.d:"*"
.h.cd ([a:til 3]b:3 3#"abc";c:3 3#1 2 3) / ("a,b,c";"0,abc,1*2*3";"1,abc,1*2*3";"2,abc,1*2*3")
.h.d:" "
.h.td ([]a:1 2 3;b:`x`y`z) / ("a\tb";"1\tx";"2\ty";"3\tz")
.h.xd ([]a:1 2 3;b:`x`y`z) / ("<R>";"<r><a>1</a><b>x</b></r>";"<r><a>2</a><b>y</b></r>";"<r><a>3</a><b>z</b></r>";"</R>")
first .h.ed ([]a:1 2 3;b:`x`y`z) / "<?xml version=\"1.0\"?><?mso-application progid=\"Excel.Sheet\"?>"
(.h.ed[([]a:1 2 3;b:`x`y`z)]1) like "<Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\" xmlns:o=*" / 1b
count .h.edsn `test1`test2!(([]a:1 2);([]b:1 2f)) / 2
(.h.edsn[`test1`test2!(([]a:1 2);([]b:1 2f))]1) like "*ss:Name=\"test2\"*" / 1b
.h.ha[`http://www.example.com;"Example.com Main Page"] / "<a href=http://www.example.com>Example.com Main Page</a>"
.h.ha["http://www.example.com";"Example.com Main Page"] / "<a href=\"http://www.example.com\">Example.com Main Page</a>"
.h.hb["http://www.example.com";"Example.com Main Page"] / "<a target=v href=\"http://www.example.com\">Example.com Main Page</a>"
.h.hc "<foo>" / "&lt;foo>"
.h.he "<rubbish>" / "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: 13\r\n\r\n'&lt;rubbish>"
.h.hn["404";`txt;"Not found: favicon.ico"] / "HTTP/1.1 404\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: 22\r\n\r\nNot found: favicon.ico"
.h.hn["200";`;0x4142] / "HTTP/1.1 200\r\nContent-Type: application/octet-stream\r\nConnection: close\r\nContent-Length: 2\r\n\r\nAB"
.h.hy[`json] "[]" / "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: 2\r\n\r\n[]"
.h.hp ("ab";"c") / .h.hy[`htm]"<html><head><style>body{font:10pt verdana;text-align:justify}</style></head><body><pre>ab\nc\n</pre></body></html>"
.h.hr "foo" / "---"
.h.hta[`a;(`href`target)!("http://www.example.com";"_blank")] / "<a href=\"http://www.example.com\" target=\"_blank\">"
.h.htac[`a;(`href`target)!("http://www.example.com";"_blank");"Example.com Main Page"] / "<a href=\"http://www.example.com\" target=\"_blank\">Example.com Main Page</a>"
.h.htc[`tag;"value"] / "<tag>value</tag>"
.h.html "<p>Hello</p>" / "<html><head><style>",.h.sa,.h.sb,"</style></head><body><p>Hello</p></body></html>"
.h.http "The main page is http://www.example.com" / "The main page is <a href=\"http://www.example.com\">http://www.example.com</a>"
.h.hu "http://www.kx.com" / "http%3a%2f%2fwww.kx.com"
.h.hu "a b&c" / "a%20b%26c"
.h.uh "http%3a%2f%2fwww.kx.com" / "http://www.kx.com"
.h.uh .h.hu "x=1&y=a b?" / "x=1&y=a b?"
.h.uh "" / ""
.h.iso8601 100 / "2000-01-01T00:00:00.000000100"
.h.nbr "foo bar" / "<nobr>foo bar</nobr>"
.h.pre("foo";"bar") / "<pre>foo\nbar\n</pre>"
.h.xmp("foo";"bar") / "<xmp>foo\nbar\n</xmp>"
.h.text("foo";"bar") / "<p>foo</p>\n<p>bar</p>\n"
.h.sb / "body{font:10pt verdana;text-align:justify}"
.h.sc / "$-.+!*'(),abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789"
.h.br / "<br>"
.h.c0 / `024C7E
.h.tx[`json] ([] 0 1) / ("{\"x\":0}";"{\"x\":1}")
.h.tx[`json] enlist ([] 0 1) / enlist "[{\"x\":0},\n {\"x\":1}]"
.h.tx[`csv] ([]ab:10 20) / ("ab";"10";"20")
.h.ty`json / "application/json"
.h.ty`htm / "text/html"
.h.xs "Arthur & Co." / "Arthur &amp; Co."
.h.xt[`json;("{\"foo\":\"bar\"}";"{\"this\":\"that\"}")] / ((enlist`foo)!enlist "bar";(enlist`this)!enlist "that")
a:([] a:100*til 1000)
.h.jx[0;`a][0] / "<a href=\"?[0\">home</a> <a href=\"?[0\">up</a> <a href=\"?[32\">down</a> <a href=\"?[968\">end</a> 1000[0]"
.h.jx[5;`a] 4 / "500 "
.Q.gz .Q.gz(9;10000#"helloworld") / 10000#"helloworld"
100>count .Q.gz(9;10000#"helloworld") / 1b
.Q.gz[::] / 1b
type .Q.gz(1;0x0102) / 4h
.Q.gz "nonsense" / 'domain
last .Q.ts[+;2 3] / 5
.Q.hg ":ftp://localhost" / 'nyi
.Q.hg ":https://127.0.0.1:1/" / '127.0.0.1:1. OS reports: Connection refused
.Q.hg ":http://127.0.0.1:1/" / '127.0.0.1:1. OS reports: Connection refused
/ the default answer to GET is a function that scripts may keep and wrap
zphKept:.z.ph
.z.ph:{zphKept x}
.z.ph[("?1+1";()!())] like "HTTP/1.1 200 OK*2*" / 1b
.z.ph[("json?1+1";()!())] like "HTTP/1.1 200 OK*application/json*" / 1b
.z.ph[("json?1+1";()!())] like "*2" / 1b
`:zphpage.txt 0: enlist "hello"
.h.HOME:"."
.z.ph[("zphpage.txt";()!())] like "HTTP/1.1 200 OK*text/plain*" / 1b
.z.ph[("../zphpage.txt";()!())] like "HTTP/1.1 404*" / 1b
system"x .z.ph"
.h.HOME:"html"
.z.ph~zphKept / 1b

/ ---- more forms
.h.cd ([]a:();b:()) / enlist"a,b"
.h.cd ([]s:("x,y";"p\"q,r");n:1 2) / ("s,n";"\"x,y\",1";"\"p\"\"q,r\",2")
.h.cd ([]d:2020.01.01 0Nd;f:1.5 0n) / ("d,f";"2020-01-01,1.5";enlist",")
.h.td ([]a:`x`y;b:1.5 2) / ("a\tb";"x\t1.5";"y\t2")
.h.td ([k:`x`y]v:1 2) / ("k\tv";"x\t1";"y\t2")
.h.xd ([]a:enlist`$"x<y") / ("<R>";"<r><a>x&lt;y</a></r>";"</R>")
.h.xd 0#([]a:1 2) / ("<R>";"</R>")
.h.hta[`br;()!()] / "<br>"
.h.htac[`p;(enlist`id)!enlist"a";""] / "<p id=\"a\"></p>"
.h.htc[`b;""] / "<b></b>"
.h.htc[`b;.h.htc[`i;"x"]] / "<b><i>x</i></b>"
.h.hr "" / ""
.h.hc "a<b<c" / "a&lt;b&lt;c"
.h.hc "plain" / "plain"
.h.xs "<&>" / "&lt;&amp;&gt;"
.h.hu "az09-_." / "az09-_."
.h.hu " " / "%20"
.h.uh "%41%42" / "AB"
.h.uh "plain" / "plain"
(.h.hug["ab"])"a" / enlist"a"
(.h.hug["ab"])"c" / "%63"
count .h.hug "ab" / 256
.h.iso8601 0 / "2000-01-01T00:00:00.000000000"
.h.iso8601 86400000000000 / "2000-01-02T00:00:00.000000000"
.h.iso8601 2024.02.29D12:34:56.789 / "2024-02-29T12:34:56.789000000"
.h.pre enlist"a" / "<pre>a\n</pre>"
.h.text enlist"a" / "<p>a</p>\n"
.h.http "no links" / "no links"
.h.ka 0i / "close"
type .h.logo / 10h
.h.HOME / "html"
.h.d / " "
.h.c1 / `958600
.h.sa / "a{text-decoration:none}a:link{color:024C7E}a:visited{color:024C7E}a:active{color:958600}"
.h.val "1+1" / 2
key .h.tx / `raw`json`csv`txt`xml`xls
.h.tx[`raw] "abc" / enlist"abc"
.h.tx[`txt] ([]a:1 2) / (enlist"a";enlist"1";enlist"2")
.h.tx[`xml] ([]a:enlist 1) / ("<R>";"<r><a>1</a></r>";"</R>")
.h.tx[`csv] ([]a:("ab";"c")) / (enlist"a";"ab";enlist"c")
.h.tx[`json] ([]a:`x`y;b:1 0N) / ("{\"a\":\"x\",\"b\":1}";"{\"a\":\"y\",\"b\":null}")
.h.ty`csv`txt`xml`xls`gif / ("text/comma-separated-values";"text/plain";"text/plain";"application/msexcel";"image/gif")
.h.hn["404 Not Found";`html;"x"] / "HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx"
.h.hn["200";`nosuchtype;""] / "HTTP/1.1 200\r\nContent-Type: application/octet-stream\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
.h.hy[`txt;0x4142] / "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: 2\r\n\r\nAB"
s10:("12 10 11 90 73 90 43 90 84 63";"93 54 38 97 88 58 68 45 22 39")
.h.fram["Five rows";s10;("tmpl.htm";"tmp.txt")] / "<html><head><title>Five rows</title><frameset cols=\"316,*\"><frame src=\"tmpl.htm\"><frame name=v src=\"tmp.txt\"></frameset></head></html>"
jt:([]n:til 5)
.h.jx[0;`jt] / ("<a href=\"?[0\">home</a> <a href=\"?[0\">up</a> <a href=\"?[0\">down</a> <a href=\"?[0\">end</a> 5[0]";"";enlist"n";enlist"-";enlist"0";enlist"1";enlist"2";enlist"3";enlist"4")
/ Marqdown to HTML: src/x.txt to x.htm
`:src/mq.txt 0:("Title";"-----";"";".Section";"A paragraph";"of two lines";"\tcode here";" literal <text>";"");
.h.ht`mq;
mq:raze read0`:a/mq.htm
mq like"*<h2>Title</h2>*" / 1b
all mq like/:("*<h3>*";"*Section*";"*</h3>*") / 1b
all mq like/:("*<p>A paragraph*";"*of two lines*";"*</p>*") / 1b
all mq like/:("*<code>*";"*code here*";"*</code>*") / 1b
all mq like/:("*<xmp>literal <text>*";"*</xmp>*") / 1b
mq like"<html>*</html>" / 1b
all(raze read0`:a/_mq.htm)like/:("*target=v*";"*\"mq.htm#Section*") / 1b
(raze read0`:mq.htm)like"*<frame src=\"a/_mq.htm\"><frame name=v src=\"a/mq.htm\">*" / 1b
(.h.ed[([]a:"xy";b:(`p;"q"))]1)like"*<Data ss:Type=\"String\">x</Data>*" / 1b
