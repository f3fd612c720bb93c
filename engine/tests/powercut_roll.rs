//! Power cuts while a day is written down and rolled (`wdb/down.q`, `wdb/roll.q`, `q/mark.q`, `q/rolls.q`); see `cut`. At every moment
//! what has been told to the other processes is on disk, and the writer that comes next gives each row of the log once.

mod cut;

use cut::{cuts, expect, open, thin};

/// The writing process without its connections, and a day's log of six trades and two quotes.
const HEAD: &str = "\
    system\"l \",getenv[`SLIPSTREAM_Q],\"/boot.q\"\n\
    .boot.use each`opt`log`calendar`sub`part`mark`rolls;\n\
    .boot.use`$\"schema/market\";\n\
    system each\"l \",/:(getenv[`SLIPSTREAM_Q],\"/../wdb/\"),/:(\"down.q\";\"roll.q\");\n\
    .log.info:.log.warn:{[m;d]}\n\
    upd:{[t;x]t insert x}\n\
    .wdb.t:`quote`trade;.wdb.tables:{.wdb.t!value each .wdb.t};.wdb.o:(1#`rows)!1#500000\n\
    d:2024.03.04\n\
    trades:{[k]n:count k;flip cols[trade]!(d+0D10:00:00+k;`A`B k mod 2;n#`V;\"f\"$k;n#1f;n#`buy;n#`;n#d+0D;k)}\n\
    quotes:{[k]n:count k;flip cols[quote]!(d+0D10:00:00+k;n#`C;n#`V;n#1f;n#2f;n#1f;n#1f;n#d+0D;k)}\n\
    say:{[f]f set();h:hopen f;{[h;t;x]h enlist(`upd;t;value flip x)}[h]'[`trade`quote`trade;(trades 0 1 2;quotes 0 1;trades 3 4 5)];hclose h}\n\
    at:{[r].down.db:hsym`$r,\"/hdb\";.down.dir:hsym`$r,\"/idb\";.sub.log:hsym`$r,\"/tplog/slip\",string d}\n\
    begin:{[r]at r;{system\"mkdir -p \",x}each r,/:(\"/hdb\";\"/idb\");.part.recover .down.db;.down.recover[]}\n\
    write:{[q;t;z].down.write[d;0;.sub.logof d;`quote`trade!(quotes q;trades t);z]}\n";

/// What the processes are told of, as `told`: 1 the first mark, 2 the last, 3 the partition, 4 that all is cleared.
const DAY: &str = "\
    begin\"ROOT\"\n\
    .rolls.note[.down.db;d;`open]\n\
    write[0 1;0 1 2;0b];system\": 1\"\n\
    write[0#0;3 4 5;1b];system\": 2\"\n\
    .roll.add d\n\
    while[not .rolls.past[`renamed;.roll.days d];.roll.some 0]\n\
    system\": 3\"\n\
    .roll.note[d]each`reloaded`told;.roll.clear d\n\
    system\": 4\"\n";

#[test]
fn a_day_that_rolls_is_never_less_than_what_was_told() {
    let (s, mut cuts, ops) = cuts(
        "roll",
        &format!("{HEAD}system\"mkdir -p ROOT/tplog\"\nsay hsym`$\"ROOT/tplog/slip\",string d\n"),
        &format!("{HEAD}{DAY}"),
    );
    assert!(ops > 60, "{ops} operations");
    thin(&mut cuts, "hdb.aside/2024.03.04/");
    let check = format!(
        "{HEAD}\
         held:{{[r]f:hsym`$r,\"/idb\";if[()~m:.mark.get[f;d];:0#0];load hsym`$r,\"/hdb/sym\";\n\
         \x20 asc raze{{[f;n]exec seq from get` sv .mark.chunk[f;d;n;`trade],`}}[f]each exec n from m[`chunks]where tab=`trade}}\n\
         rolled:{{[r]$[count x:.part.read[hsym`$r,\"/hdb\";d;`trade];asc exec seq from x;0#0]}}\n\
         whole:{{[r]db:hsym`$r,\"/hdb\";t:.part.read[db;d;`trade];q:.part.read[db;d;`quote];\n\
         \x20 (t[`seq]~0 2 4 1 3 5)and(t[`price]~0 2 4 1 3 5f)and(`A`A`A`B`B`B~t`sym)and q[`seq]~0 1}}\n\
         goon:{{[r]begin r;.rolls.note[.down.db;d]each(null .rolls.at[.down.db;d])#`open;.roll.days:(0#0Nd)!0#`;.roll.plan:();\n\
         \x20 if[not`cleared~.rolls.at[.down.db;d];.roll.add d;i:0;while[(500>i+:1)and not .rolls.past[`renamed;.roll.days d];.roll.some 0];\n\
         \x20 .roll.note[d]each`reloaded`told;.roll.clear d]}}\n\
         one:{{[r;n]seen:$[til[6]~rolled r;\"partition\";k~til count k:held r;string count k;\"mixed \",-3!k];\n\
         \x20 if[(n in 1 2)and not(seen~\"partition\")or(\"J\"$seen)>=3*n;:\"told \",string[n],\" and \",seen];\n\
         \x20 if[(n>2)and not seen~\"partition\";:\"told \",string[n],\" and \",seen];\n\
         \x20 goon r;if[not whole r;:\"ends with \",-3!.part.read[.down.db;d;`trade]];goon r;if[not whole r;:\"twice\"];\n\
         \x20 if[count key .mark.folder[.down.dir;d];:\"not cleared\"];if[not`cleared~.rolls.at[.down.db;d];:\"not noted\"];\n\
         \x20 if[count f:(key hsym`$r)except`hdb`hdb.aside`hdb.rolls`idb`tplog;:-3!f];\n\
         \x20 seen}}\n\
         {{-1 .[one;(x;y);{{\"error \",first\"\\n\"vs x}}];}}'[disks;told];\n"
    );
    let lines = open(&s, &cuts, &check);
    expect("roll", &cuts, &lines, &["0", "3", "6", "partition"], &["0", "3", "6", "partition"]);
}
