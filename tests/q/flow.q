// Random order flow on two symbols, and the order in which it arrives. For tests of the real-time engine; loaded by them, no test itself.

t0:2024.01.02D14:30:00
fit:{[t;x]cols[t]xcols(0#t)uj x}
at:{t0+0D00:00:00.001*x}
// @desc A quarter of an hour: quotes of two venues and of one, phases, trades, parents with children, replaces, cancels, fills, busts, corrections, doubles.
flow:{[seed]
  system"S ",string seed;
  q:raze{[v;s]n:2000;m:100+.01*sums n?-1 0 1;w:.005*1+n?3;
    q:([]time:at asc neg[n]?900000;sym:s;venue:n?v;bid:m-w;ask:m+w;bsize:100f*1+n?9;asize:100f*1+n?9);
    update bid:?[i in 20?n;0n;bid],ask:?[i in 20?n;bid-.01;ask]from q}'[(`v1`v2;1#`v1);`A`B];
  s:([]time:at 200000 260000 500000 530000 870000;sym:`A`A`B`B`A;venue:``,(2#`v1),`;state:`halted`continuous`auction`continuous`closed);
  k:10;
  p:([]time:at neg[k]?200000;sym:k?`A`B;id:`$"P",/:string til k;parent:`;event:`new;side:k?`buy`sell;qty:1000f*5+k?20;price:0n);
  c:raze{[p;j]update id:(`$((string id),\:"c",string j)),parent:id,time:time+0D00:00:01*1+count[i]?400,qty:1000f,price:100+.05*-1+count[i]?3 from p}[p]each til 4;
  r:update event:`replace,time:time+0D00:03,qty:qty+1000f*-6+k?12 from p;
  rc:update event:`replace,time:time+0D00:00:02,qty:500f,price:price+.05*-1+i mod 3 from c where 0=i mod 3;
  x:update event:`cancel,time:time+0D00:10 from p where 0=i mod 3;
  xc:update event:`cancel,time:time+0D00:00:30 from c where 0=i mod 4;
  o:p,c,(select from r where 0=i mod 2),(select from rc where event=`replace),(select from x where event=`cancel),select from xc where event=`cancel;
  / of two thirds of the orders the broker's answers: to new ones now and then only later, replaces and cancels accepted or refused; cancels that nobody asked for,
  / restated terms; and requests that are rejected where nobody else answers
  g:update answers:0<(sum each"j"$string id)mod 3,late:time+0D00:00:00.001*1+count[i]?400 from o;
  y:(select from(update event:`ack,time:?[0=i mod 7;late+0D00:05;late]from g where event=`new,answers)where event=`ack),
    (select from(update event:`replaced`cancelreject`replaced`pendingreplace i mod 4,time:late+?[0=i mod 2;0D00:00:08;0D],price:?[0=i mod 3;0n;price]from g
      where event=`replace,answers)where event in`replaced`cancelreject`pendingreplace),
    (select from(update event:?[0=i mod 4;`cancelreject;`canceled],time:late from g where event=`cancel,answers)where event in`canceled`cancelreject),
    (select from(update event:`canceled,time:late+0D00:02 from g where event=`new,0=i mod 11,parent<>`)where event=`canceled),
    (select from(update event:`restated,time:late+0D00:04,qty:500+qty from g where event=`new,0=i mod 9)where event=`restated),
    select from(update event:`reject,time:late from g where event in`replace`cancel,not answers,0=i mod 3)where event=`reject;
  o:update algo:`pov`vwap i mod 2,broker:`b1`b2`b3 i mod 3,trader:`t1,venue:`v from o,delete answers,late from y;
  n:70;
  j:n?count c;
  f:([]time:c[`time][j]+0D00:00:00.001*n?60000;sym:c[`sym]j;execid:`$"E",/:string til n;refid:`;kind:`new;order:c[`id]j;side:c[`side]j;
    qty:100f*1+n?5;price:100+.01*-50+n?100;venue:n?`v1`v2;liquidity:n?`add`remove`;fee:.01*n?100);
  t:([]time:at neg[900]?900000;sym:900?`A`B;venue:`v;price:100+.01*-50+900?100;size:100f*1+900?9);
  t,:select time,sym,venue,price,size:qty from f;
  f,:update execid:(`$"K",/:string i),refid:execid,kind:12?`bust`correct,price:price+.01,time:time+0D00:00:00.001*-20000+12?120000 from -12?f;
  f,:update execid:(`$"L",/:string i),refid:execid,kind:3?`bust`correct,price:price+.02,time:time+0D00:00:05 from select[3]from f where kind=`correct;
  f,:-5?f;
  `quote`trade`status`orders`fills!fit'[(quote;trade;status;orders;value`fills);(q;t;s;o;f)] }
// the order of arrival: by time, a share of the rows later by up to b ms; in messages of one table. Returns tables and messages
arrive:{[seed;share;b;d]
  system"S ",string seed;
  r:raze{[share;b;t;x]n:count x;([]tab:t;row:til n;due:x[`time]+0D00:00:00.001*(share>n?1f)*n?b)}[share;b]'[key d;value d];
  r:`due xasc r;
  g:(where(differ r`tab)|0=(til count r)mod 500)cut r;
  (key[d]!{[d;r;t]d[t](select from r where tab=t)`row}[d;r]each key d;{[d;g]t:first g`tab;(t;d[t]g`row)}[d]each g) }

