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
.Q.hg ":https://localhost" / 'nyi
.Q.hg ":http://127.0.0.1:1/" / '127.0.0.1:1. OS reports: Connection refused
/ the default answer to GET is a function that scripts may keep and wrap
zphKept:.z.ph
.z.ph:{zphKept x}
.z.ph[("?1+1";()!())] like "HTTP/1.1 200 OK*2*" / 1b
.z.ph[("json?1+1";()!())] like "HTTP/1.1 200 OK*application/json*2" / 1b
`:zphpage.txt 0: enlist "hello"
.h.HOME:"."
.z.ph[("zphpage.txt";()!())] like "HTTP/1.1 200 OK*text/plain*hello\n" / 1b
.z.ph[("../zphpage.txt";()!())] like "HTTP/1.1 404*" / 1b
system"x .z.ph"
.z.ph~zphKept / 1b
