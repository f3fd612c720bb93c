//! Power cuts while files, partitions and logs are written; see `cut`.

mod cut;

use cut::{cuts, expect, open};

#[test]
fn set_leaves_the_old_value_or_the_new_one() {
    let (s, cuts, _) = cuts(
        "set",
        "`:ROOT/v set til 5\n`:ROOT/o set `a`b!1 2\n(`:ROOT/z;12;2;6)set 2000#1 2\n`:ROOT/n set(\"ab\";\"c\")\n",
        "`:ROOT/v set 10+til 900\n`:ROOT/o set `a`b!3 4\n(`:ROOT/z;12;2;6)set 2000#3 4\n`:ROOT/n set(\"abc\";\"defg\")\n`:ROOT/n set 1 2\n",
    );
    let check = "\
        old:(til 5;`a`b!1 2;2000#1 2;(\"ab\";\"c\"))\n\
        new:(enlist 10+til 900;enlist`a`b!3 4;enlist 2000#3 4;((\"abc\";\"defg\");1 2))\n\
        one:{[d;f;o;n]v:@[get;hsym`$d,\"/\",f;{$[(x like\"*No such file*\")or x like\"type\";`gone;`$x]}];$[v~o;`old;any v~/:n;`new;v]}\n\
        {r:one[x]'[enlist each\"vozn\";old;new];-1$[(all(3#r)in`old`new)and(last r)in`old`new`gone;$[all r=`old;\"old\";all r=`new;\"new\";\"each\"];-3!r];}each disks;\n";
    let lines = open(&s, &cuts, check);
    expect("set", &cuts, &lines, &["old", "new", "each"], &["old", "new"]);
}

#[test]
fn symbols_are_on_disk_before_their_indexes() {
    let (s, cuts, _) = cuts(
        "sym",
        ".Q.en[`:ROOT;([]s:`a`b)]\n`:ROOT/c set `sym?`a`b`a\n",
        "load`:ROOT/sym\nput:{`:ROOT/c upsert exec s from .Q.en[`:ROOT;([]s:x)]}\nput`b`c\nput`long_name`d`a\nput`e\n",
    );
    let check = "\
        all0:`a`b`c`long_name`d`e\n\
        rows:`a`b`a`b`c`long_name`d`a`e\n\
        one:{[d]n:get hsym`$d,\"/sym\";c:`long$get hsym`$d,\"/c\";\
            if[not n~(count n)#all0;:`symbols];if[not all c<count n;:`index];$[(n c)~(count c)#rows;$[3=count c;`old;9=count c;`new;`part];`rows]}\n\
        {-1 string@[one;x;{`$x}];}each disks;\n";
    let lines = open(&s, &cuts, check);
    expect("sym", &cuts, &lines, &["old", "new", "part"], &["old", "new"]);
}

/// Rows of a partition; 5000 rows make columns of several pages.
const ROWS: &str = "\
    system\"l \",getenv[`SLIPSTREAM_Q],\"/boot.q\"\n\
    .boot.use each`log`part;\n\
    .log.info:.log.warn:{[m;d]}\n\
    rows:{[n;k]([]time:2024.01.02D10+n?1000;sym:n#`B`A`C;px:(k+til n)*1f;note:n#(\"x\";\"long note\"))}\n\
    t0:rows[7;0];t1:rows[900;100]\n\
    t0:t0 .part.order[enlist t0`time;enlist t0`sym];t1:t1 .part.order[enlist t1`time;enlist t1`sym]\n\
    d:2024.01.02\n";

#[test]
fn a_domain_is_made_whole_or_made_again() {
    let (s, cuts, _) = cuts("made", "", ".Q.en[`:ROOT;([]s:`a`b)]\n");
    let check = "\
        one:{[d]if[not`sym in key hsym`$d;:\"none\"];r:.Q.en[hsym`$d;([]s:`c`a)];$[`c`a~value r`s;\"good\";-3!r]}\n\
        {-1@[one;x;::];}each disks;\n";
    let lines = open(&s, &cuts, check);
    expect("made", &cuts, &lines, &["none", "good"], &["none", "good"]);
}

#[test]
fn a_partition_is_the_old_one_or_the_new_one() {
    // the seed makes the rows the same in every run
    let head = format!("system\"S 42\"\n{ROWS}");
    let write = "\
        db:`:ROOT/hdb\n\
        put:{[t].part.lock db;.part.recover db;a:.part.aside[db;d];system\"rm -rf \",1_string a;\
            .part.write[db;` sv a,`trade;t];.part.replace[db;d];.part.unlock db;}\n";
    let (s, cuts, ops) = cuts(
        "part",
        &format!("{head}{write}put t0\n"),
        &format!("{head}{write}put update sym:`NEW from t1 where sym=`C\n"),
    );
    assert!(ops > 20, "{ops} operations");
    let check = format!(
        "{head}t1:update sym:`NEW from t1 where sym=`C\n\
         t1:t1 .part.order[enlist t1`time;enlist t1`sym]\n\
         what:{{[db]r:.part.read[db;d;`trade];$[r~t0;\"old\";(update`#sym from r)~t1;\"new\";r~();\"none\";\"mixed\"]}}\n\
         one:{{[x]db:hsym`$x,\"/hdb\";seen:@[what;db;::];.part.recover db;r:@[what;db;::];$[seen~r;r;seen~\"none\";\"back \",r;seen,\" then \",r]}}\n\
         t0:update`#sym from t0\n\
         {{[db]r:.part.read[db;d;`trade];update`#sym from r}};\n\
         what:{{[db]r:.part.read[db;d;`trade];if[r~();:\"none\"];r:update`#sym from r;$[r~t0;\"old\";r~t1;\"new\";\"mixed\"]}}\n\
         {{-1 one x;}}each disks;\n"
    );
    let lines = open(&s, &cuts, &check);
    // between the two renames a reader finds no partition, and the next writer puts the old one back
    expect("part", &cuts, &lines, &["old", "new", "back old", "back new"], &["old", "new", "back old"]);
}

#[test]
fn a_log_keeps_every_message_that_was_answered() {
    let head = "\
        system\"l \",getenv[`SLIPSTREAM_Q],\"/boot.q\"\n\
        .boot.use each`log;\n\
        system each\"l \",/:(getenv[`SLIPSTREAM_Q],\"/../tickplant/\"),/:(\"sums.q\";\"salvage.q\";\"journal.q\");\n\
        .log.info:.log.warn:.log.error:{[m;d]}\n\
        .journal.policy:`always\n\
        .journal.every:1000\n\
        d:2024.01.02\n\
        row:{(1#d+0D10+x;1#`A;1#x)}\n";
    let (s, cuts, _) = cuts(
        "log",
        "",
        &format!(
            "{head}.journal.dir:`:ROOT/log\n.journal.open d;\n\
             {{.journal.append(`upd;`t;row x);system\": \",string 1+x}}each til 6;\n"
        ),
    );
    let check = format!(
        "{head}got:()\n\
         upd:{{[t;x]got,:x 2}}\n\
         .u.addcol:{{[t;c;v]}}\n\
         one:{{[r;n].journal.dir:hsym`$r,\"/log\";.journal.open d;.journal.append(`upd;`t;row 99);.journal.close[];\
            got::();-11!.u.L;$[not 99~last got;\"not appended\";(-1_got)~til count[got]-1;$[n>count[got]-1;\"lost \",string n;\"kept\"];\"mixed \",-3!got]}}\n\
         {{-1 .[one;(x;y);{{\"error \",x}}];}}'[disks;told];\n"
    );
    let lines = open(&s, &cuts, &check);
    expect("log", &cuts, &lines, &["kept"], &["kept"]);
}
