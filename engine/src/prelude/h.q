/ .h: markup, data as text files, HTTP responses.

/ settings
.h.HOME:"html"
.h.br:"<br>"
.h.c0:`024C7E
.h.c1:`958600
.h.d:" "
.h.logo:"<b>quill</b>"
.h.sa:"a{text-decoration:none}a:link{color:024C7E}a:visited{color:024C7E}a:active{color:958600}"
.h.sb:"body{font:10pt verdana;text-align:justify}"
.h.sc:"$-.+!*'(),",.Q.an
.h.val:value
.h.ty:(!). flip 2 cut(
  `htm;"text/html";
  `html;"text/html";
  `csv;"text/comma-separated-values";
  `txt;"text/plain";
  `xml;"text/plain";
  `xls;"application/msexcel";
  `gif;"image/gif";
  `jpg;"image/jpeg";
  `png;"image/png";
  `svg;"image/svg+xml";
  `ico;"image/x-icon";
  `js;"application/javascript";
  `css;"text/css";
  `pdf;"application/pdf";
  `zip;"application/zip";
  `json;"application/json")

/ elements
.h.hta:{[tag;attrs] "<",string[tag],(raze{" ",string[x],"=\"",y,"\""}'[key attrs;value attrs]),">"}
.h.htc:{[tag;text] "<",string[tag],">",text,"</",string[tag],">"}
.h.htac:{[tag;attrs;text] .h.hta[tag;attrs],text,"</",string[tag],">"}
.h.i.href:{$[10h=type x;"\"",x,"\"";string x]}
.h.ha:{[href;text] "<a href=",.h.i.href[href],">",text,"</a>"}
.h.hb:{[href;text] "<a target=v href=",.h.i.href[href],">",text,"</a>"}
.h.nbr:.h.htc`nobr
.h.i.lines:{raze x,\:"\n"}
.h.pre:{.h.htc[`pre].h.i.lines x}
.h.xmp:{.h.htc[`xmp].h.i.lines x}
.h.text:{.h.i.lines .h.htc[`p]each x}
.h.hr:{count[x]#"-"}
.h.code:{p:"\t"vs x;" "sv @[p;1+2*til count[p]div 2;{.h.htc[`code].h.nbr x}]}
.h.http:{" "sv{$[x like"http://*";.h.ha[x;x];x]}each" "vs x}
.h.html:{.h.htc[`html].h.htc[`head;.h.htc[`style].h.sa,.h.sb],.h.htc[`body]x}
.h.fram:{[title;lines;sources]
  frames:"<frame src=\"",sources[0],"\"><frame name=v src=\"",sources[1],"\">";
  frameset:.h.hta[`frameset;(enlist`cols)!enlist string[26+10*max count each lines],",*"],frames,"</frameset>";
  .h.htc[`html].h.htc[`head].h.htc[`title;title],frameset}

/ escapes
.h.hc:{ssr[x;"<";"&lt;"]}
.h.xs:{ssr/[(),x;"&<>\"'";("&amp;";"&lt;";"&gt;";"&quot;";"&apos;")]}
.h.hug:{[safe] c:"c"$til 256;c!@["%",/:string"x"$c;"i"$safe;:;enlist each safe]}
.h.hu:{"",raze .h.hug[.h.sc]x}
.h.uh:{p:"%"vs x;p[0],raze{("c"$"X"$2#x),2_x}each 1_p}

/ data as text
.h.i.item:{$[10h=abs type x;(),x;0h>type x;string x;.h.d sv string x]}
.h.i.column:{$[0h=type x;.h.i.item each x;x]}
.h.i.flat:{$[.Q.qt x;flip .h.i.column each flip 0!x;.h.i.column each x]}
.h.cd:{","0:.h.i.flat x}
.h.td:{"\t"0:$[.Q.qt x;0!x;x]}
.h.i.cells:{$[10h=type x;enlist each x;0h=type x;.h.i.item each x;string x]}
.h.i.row:{[tags;cells] .h.htc[`r]raze .h.htc'[tags;.h.xs each cells]}
.h.xd:{t:flip 0!x;enlist["<R>"],.h.i.row[key t]'[flip .h.i.cells each value t],enlist"</R>"}
.h.xt:{[kind;lines] .j.k each lines}

/ spreadsheets
.h.i.kind:{$[(abs type x)within 5 9;"Number";"String"]}
.h.i.cell:{.h.htc[`Cell].h.htac[`Data;(enlist`$"ss:Type")!enlist .h.i.kind x;.h.xs .h.i.item x]}
.h.i.sheet:{[name;t]
  t:0!t;
  rows:enlist[string cols t],value each t;
  .h.htac[`Worksheet;(enlist`$"ss:Name")!enlist string name].h.htc[`Table]raze{.h.htc[`Row]raze .h.i.cell each x}each rows}
.h.i.xml:"<?xml version=\"1.0\"?><?mso-application progid=\"Excel.Sheet\"?>"
.h.i.spaces:{[names] (`$"xmlns",/:names)!(count names)#enlist"urn:schemas-microsoft-com:office:spreadsheet"}
.h.ed:{(.h.i.xml;.h.htac[`Workbook;.h.i.spaces("";":o";":ss")].h.i.sheet[`Sheet1]x)}
.h.edsn:{(.h.i.xml;.h.htac[`Workbook;.h.i.spaces("";":ss")]raze .h.i.sheet'[key x;value x])}
.h.iso8601:{@[string"p"$x;4 7 10;:;"--T"]}

.h.tx:`raw`json`csv`txt`xml`xls!(enlist;{.j.j each $[.Q.qt x;0!x;x]};.h.cd;.h.td;.h.xd;.h.ed)

/ responses
.h.i.mime:{$[x in key .h.ty;.h.ty x;"application/octet-stream"]}
.h.hn:{[code;kind;body]
  body:$[4h=type body;"c"$body;body];
  "HTTP/1.1 ",code,"\r\nContent-Type: ",.h.i.mime[kind],"\r\nConnection: close\r\nContent-Length: ",string[count body],"\r\n\r\n",body}
.h.hy:{[kind;body] .h.hn["200 OK";kind;body]}
.h.hp:{.h.hy[`htm].h.htc[`html].h.htc[`head;.h.htc[`style].h.sb],.h.htc[`body].h.pre x}
.h.he:{.h.hn["400 Bad Request";`txt;"'",.h.hc x]}
/ a connection ends with its response, whatever idle time is asked for
.h.ka:{[ms] "close"}

/ rows of table y from x, under links to the neighbouring pages
.h.jx:{[from;name]
  t:0!get name;n:count t;page:32;
  link:{.h.ha["?[",string x 1;x 0]};
  head:" "sv link each flip(("home";"up";"down";"end");(0;0|from-page;0|(n-page)&from+page;0|n-page));
  enlist[head," ",string[n],"[",string[from],"]"],enlist[""],"\n"vs -1_.Q.s (page&n-from)sublist from _ t}

/ Marqdown to HTML: `x reads src/x.txt and writes x.htm, a/x.htm with the content and a/_x.htm with the headings
.h.i.level:{[line] $[(f:first line)in".\t ";f;"p"]}
.h.i.block:{[kind;lines]
  $[kind=".";raze{.h.htc[`h3].h.htac[`a;(enlist`name)!enlist x;x]}each 1_'lines;
    kind="\t";.h.i.lines .h.htc[`code]each .h.nbr each .h.hc each 1_'lines;
    kind=" ";.h.xmp 1_'lines;
    .h.htc[`p].h.i.lines .h.code each lines]}
.h.i.marq:{[lines]
  ruled:$[1<count lines;"-"=first lines[1],"";0b];
  title:$[ruled;.h.htc[`h2;lines 0],"<hr>";""];
  lines:$[ruled;2_lines;lines];
  kept:where 0<count each lines;
  kinds:.h.i.level each lines;
  / a block ends where the kind of line changes or an empty line stands
  starts:where(differ kinds kept)|1<deltas[-2;kept];
  title,raze{[lines;kinds;at] .h.i.block[kinds first at;lines at]}[lines;kinds]each starts _ kept}
.h.ht:{[name]
  lines:read0`$":src/",string[name],".txt";
  heads:1_'lines where"."=first each lines;
  content:.h.html .h.i.marq lines;
  links:.h.html raze{[page;head] .h.hb[page,"#",head;head],.h.br}[string[name],".htm"]each heads;
  page:.h.fram[string name;heads,enlist"";("a/_";"a/"),\:string[name],".htm"];
  (`$":a/",string[name],".htm")0:enlist content;
  (`$":a/_",string[name],".htm")0:enlist links;
  (`$":",string[name],".htm")0:enlist page}
