//! Power cuts while rows are brought into partitions that are there, and while days are written anew (`hdb/merge.q`,
//! `hdb/commit.q`, `hdb/fill.q`, `hdb/change.q`); see `cut`. Whatever a cut leaves, what is noted as merged is in the partition and
//! nothing else is, and the same done again gives each row once.

mod cut;

use cut::{cuts, expect, open, thin};

/// The merging process, and a day of its database. A file is known by its bytes here, as an inode's number does not
/// survive the rebuilding of a disk.
const HEAD: &str = "\
    .z.x:(\"-db\";\"ROOT/hdb\";\"-tplog\";\"ROOT/tplog\";\"-settle\";\"0\")\n\
    system\"l \",getenv[`SLIPSTREAM_Q],\"/../hdb/merge.q\"\n\
    .log.info:.log.warn:{[m;d]}\n\
    .merge.t:`quote`trade\n\
    .commit.i.mark:{[p;t]md5 raze string raze read1 each` sv/:p,/:`trade,/:`.d`time`seq}\n\
    d:2024.03.04\n\
    rows:{[k]n:count k;flip cols[trade]!(d+0D10:00:00+k;`A`B k mod 2;n#`V;\"f\"$k;n#1f;n#`buy;n#`;n#d+0D;k)}\n\
    say:{[f;k]if[not type key f;f set()];h:hopen f;h enlist(`upd;`trade;value flip rows k);hclose h;}\n\
    seqs:{[db]$[count x:.part.read[db;d;`trade];asc exec seq from x;0#0]}\n\
    late:{[r]hsym`$r,\"/tplog.late/slip\",string d}\n\
    look:{.follow.next:.z.p;.follow.look[];.follow.look[]}\n";

/// For each disk: what a reader finds, what is there when the next writer has come, and when the same was done again.
/// `again` is done once more, on the database in `r`; `before` and `after` are the trades by their numbers, and `noted` tells
/// which of these the notes speak of.
fn check(setup: &str, before: &str, again: &str, after: &str, noted: &str) -> String {
    format!(
        "{HEAD}{setup}before:{before};after:{after};\n\
         mine:{{exec sum rows from .commit.done[]where date=d,tab=`trade}}\n\
         named:{{$[x~after;\"new\";x~before;\"old\";x~0#0;\"none\";-3!x]}}\n\
         fresh:{{[r].merge.db:hsym`$r,\"/hdb\";.merge.o[`tplog]:r,\"/tplog\";.follow.seen:0#.follow.seen;.merge.held:0#`;.merge.clear[];}}\n\
         noted:{noted}\n\
         again:{{[r]{again}}}\n\
         one:{{[r]fresh r;s:named seqs .merge.db;n0:noted[];\n  .merge.alone[{{[x]}};enlist(::)];\n  m:named seqs .merge.db;n:noted[];\n\
           \x20 if[not n~m;:s,\" then \",m,\" and notes of \",n];\n  again r;\n  if[not\"new\"~e:named seqs .merge.db;:\"ends with \",e];\n\
           \x20 if[not\"new\"~noted[];:\"ends with notes of \",noted[]];\n  if[count key .commit.i.file\".merging\";:\"under way\"];\n\
           \x20 if[count f:(key hsym`$r)except`hdb`hdb.aside`hdb.merged`hdb.revisions`tplog`tplog.late;:-3!f];\n\
           \x20 if[any(read0 .commit.i.file\".revisions/\",string d)like\"*[?]\";:\"unsettled\"];\n\
           \x20 s,$[s~m;\"\";\" then \",m]}}\n\
         {{-1@[one;x;{{\"error \",x}}];}}each disks;\n"
    )
}

/// Every cut of `act` after `prepare`, opened by `check`; the states seen must be among `good`, all of `must` among them.
fn hold(name: &str, prepare: &str, act: &str, check: &str, good: &[&str], must: &[&str]) {
    let (s, mut cuts, ops) = cuts(name, &format!("{HEAD}{prepare}"), &format!("{HEAD}{act}"));
    assert!(ops > 20, "{name}: {ops} operations");
    thin(&mut cuts, "hdb.aside/2024.03.04/");
    let lines = open(&s, &cuts, check);
    expect(name, &cuts, &lines, good, must);
}

/// Three trades of a file, as every test begins.
const FILE: &str = ".merge.take[`trade;value flip rows 0 1 2];.merge.run[`file;`];.merge.clear[];\n";
const LATE: &str = "system\"mkdir -p ROOT/tplog.late\";\nsay[late\"ROOT\";3 4];say[late\"ROOT\";1#5];\n";

#[test]
fn late_rows_are_merged_once() {
    let noted = "{$[6=n:mine[];\"new\";3=n;\"old\";string n]}";
    let check = check("", "0 1 2", "look[]", "til 6", noted);
    let good = ["old", "new", "none then old"];
    hold("late", &format!("{FILE}{LATE}"), "look[];\n", &check, &good, &good);
}

/// With an HDB running, it exchanges the folders between two of its queries; here in one process.
#[test]
fn a_partition_that_the_hdb_exchanges_is_merged_once() {
    let swap = "\
        l:read0 hsym`$getenv[`SLIPSTREAM_Q],\"/../hdb/hdb.q\"\n\
        k:first where l like\".hdb.swap:*\"\n\
        value raze l k+til 1+first where(k _l)like\"*; }\";\n\
        .hdb.reload:{}\n\
        .hdb.db:1_string .merge.db\n\
        .commit.i.hdb:{0i}\n\
        .conn.ask:{[n;m]value m}\n";
    let noted = "{$[6=n:mine[];\"new\";3=n;\"old\";string n]}";
    let check = check("", "0 1 2", "look[]", "til 6", noted);
    let good = ["old", "new", "none then old"];
    hold("swap", &format!("{FILE}{LATE}"), &format!("{swap}look[];\n"), &check, &good, &good);
}

/// A file of corrections, two rows replaced and one in addition; begun again, the file is known.
#[test]
fn corrections_replace_once() {
    let act = "fix:{.merge.clear[];.merge.take[`trade;value flip rows 1 2 7];.merge.run[`fix;`sym`seq]}\n";
    let noted = "{$[6=n:mine[];\"new\";3=n;\"old\";string n]}";
    let check = check(act, "0 1 2", "fix[]", "0 1 2 7", noted);
    let good = ["old", "new", "none then old"];
    hold("fix", FILE, &format!("{act}fix[];\n"), &check, &good, &good);
}

/// A day that has no partition: two tables of it come at once or not at all.
#[test]
fn a_new_day_comes_whole() {
    let act = "add:{.merge.clear[];.merge.take[`trade;value flip rows 3 4];.merge.take[`quote;value flip 2#quotes];.merge.run[`add;`]}\n\
        quotes:flip cols[quote]!(d+0D10:00:00+til 3;`A`B`A;3#`V;3#1f;3#2f;3#1f;3#1f;3#d+0D;til 3)\n";
    let noted = "{q:count .part.read[.merge.db;d;`quote];$[(2;2)~(n:mine[];q);\"new\";(0;0)~(n;q);\"none\";-3!(n;q)]}";
    let check = check(act, "-1#0", "add[]", "3 4", noted);
    let good = ["none", "new"];
    hold("day", "", &format!("{act}add[];\n"), &check, &good, &good);
}

/// From the log: what was merged from files goes with the old partition, and the notes of it with it.
#[test]
fn a_day_is_rebuilt_whole() {
    let act = "anew:{[r].merge.clear[];.merge.rebuild[d;hsym`$r,\"/tplog/slip\",string d;1b];.merge.clear[]}\n";
    let log = "system\"mkdir -p ROOT/tplog\";say[hsym`$\"ROOT/tplog/slip\",string d;7 8 9];\n";
    let noted = "{$[3=n:mine[];\"old\";0=n;\"new\";string n]}";
    let check = check(act, "0 1 2", "anew r", "7 8 9", noted);
    let good = ["old", "new", "none then old"];
    hold("anew", &format!("{FILE}{log}"), &format!("{act}anew\"ROOT\";\n"), &check, &good, &good);
}

/// From the lake, which was written before the rows were merged: they may be merged again, and are.
#[test]
fn a_day_is_restored_whole() {
    let act = "back:{[r].merge.clear[];.merge.held:0#`;{[t;x].merge.hold[t;cols x;value flip x]}'[`trade`quote;(rows 7 8;0#quote)];\
        .merge.restore[d;1b;`trade`quote!2#0Np];.merge.clear[]}\n";
    let noted = "{$[3=n:mine[];\"old\";0=n;\"new\";string n]}";
    let check = check(act, "0 1 2", "back r", "7 8", noted);
    let good = ["old", "new", "none then old"];
    hold("back", FILE, &format!("{act}back\"ROOT\";\n"), &check, &good, &good);
}

/// A column added, one renamed, one of another type: in a table that always reads whole, with its rows.
#[test]
fn columns_are_filled_and_changed() {
    let schema = "\
        trade:update note:0#`,extra:0#0n from trade\n\
        trade:(c:cols trade)xcol update seq:\"i\"$seq from trade\n\
        trade:@[c;c?`venue;:;`place]xcol trade\n";
    let work = "all3:{.change.run[`rename;`trade;`venue;`place];.change.run[`retype;`trade;`seq;`];.fill.run[]}\n";
    let check = format!(
        "{HEAD}{schema}{work}\
         fresh:{{[r].merge.db:hsym`$r,\"/hdb\";.merge.o[`tplog]:r,\"/tplog\"}}\n\
         px:{{exec price from .part.read[.merge.db;d;`trade]}}\n\
         one:{{[r]fresh r;x:.part.read[.merge.db;d;`trade];\n  if[not 0 2 1~\"j\"$x`seq;:\"rows \",-3!x`seq];if[not 0 2 1f~x`price;:\"prices\"];\n\
         \x20 c:cols x;if[not all`V=raze x c inter`venue`place;:\"venue\"];if[1<>sum`venue`place in c;:-3!c];\n\
         \x20 s:$[`note in c;$[(all null x`note)and(all null x`extra)and`place in c;\"new\";-3!x];\"under way\"];\n\
         \x20 all3[];all3[];x:.part.read[.merge.db;d;`trade];\n\
         \x20 if[not(asc cols trade)~asc cols x;:-3!cols x];if[not 6h=type x`seq;:\"type\"];if[not 0 2 1i~x`seq;:\"rows\"];\n\
         \x20 if[any(read0 .commit.i.file\".revisions/\",string d)like\"*[?]\";:\"unsettled\"];\n\
         \x20 if[not`.d in key p:` sv .part.i.path[.merge.db;d],`trade;:\"names\"];s}}\n\
         {{-1@[one;x;{{\"error \",x}}];}}each disks;\n"
    );
    hold("columns", FILE, &format!("{schema}{work}all3[];\n"), &check, &["under way", "new"], &["under way", "new"]);
}
