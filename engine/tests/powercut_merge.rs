//! Power cuts while rows are brought into partitions that are there, and while days are written anew (`hdb/merge.q`,
//! `hdb/commit.q`, `hdb/fill.q`, `hdb/change.q`); see `cut`. Whatever a cut leaves, what is noted as merged is in the partition and
//! nothing else is, and the same done again gives each row once.

mod cut;

use cut::{cuts, expect, open};

/// The merging process, and a day of its database. A file is known by its bytes here, as an inode's number does not
/// survive the rebuilding of a disk.
const HEAD: &str = "\
    .z.x:(\"-db\";\"ROOT/hdb\";\"-tplog\";\"ROOT/tplog\";\"-settle\";\"0\")\n\
    system\"l \",getenv[`SLIPSTREAM_Q],\"/../hdb/merge.q\"\n\
    .log.info:.log.warn:{[m;d]}\n\
    .merge.t:`quote`trade\n\
    .commit.i.mark:{[p;t]md5 raze string raze read1 each` sv/:p,/:t,/:`.d`time`seq}\n\
    d:2024.03.04\n\
    rows:{[k]n:count k;flip cols[trade]!(d+0D10:00:00+k;`A`B k mod 2;n#`V;\"f\"$k;n#1f;n#`buy;n#`;n#d+0D;k)}\n\
    say:{[f;k]if[not type key f;f set()];h:hopen f;h enlist(`upd;`trade;value flip rows k);hclose h;}\n\
    seqs:{[db]$[count x:.part.read[db;d;`trade];asc exec seq from x;0#0]}\n\
    late:{[r]hsym`$r,\"/tplog.late/slip\",string d}\n\
    look:{.follow.next:.z.p;.follow.look[];.follow.look[]}\n";

/// For each disk: what a reader finds, what is there when the next writer has come, and when the same was done again.
/// `DO` is done once more, by a process that begins anew in `r`; `W` are the rows there must be in the end.
fn check(before: &str, again: &str, after: &str) -> String {
    format!(
        "{HEAD}before:{before};after:{after};\n\
         mine:{{exec sum rows from .commit.done[]where date=d,tab=`trade}}\n\
         named:{{$[x~after;\"new\";x~before;\"old\";x~0#0;\"none\";-3!x]}}\n\
         fresh:{{[r].merge.db:hsym`$r,\"/hdb\";.merge.o[`tplog]:r,\"/tplog\";.follow.seen:0#.follow.seen;.merge.held:0#`;.merge.clear[];}}\n\
         again:{{[r]{again}}}\n\
         one:{{[r]fresh r;s:named seqs .merge.db;n0:noted[];\n  .merge.alone[{{[x]}};enlist(::)];\n  m:named seqs .merge.db;n:noted[];\n\
           \x20 if[not n~m;:s,\" then \",m,\" and notes of \",n];\n  again r;\n  again r;\n  if[not\"new\"~e:named seqs .merge.db;:\"ends with \",e];\n\
           \x20 if[not\"new\"~noted[];:\"ends with notes of \",noted[]];\n  if[count key .commit.i.file\".merging\";:\"under way\"];\n\
           \x20 if[count f:(key hsym`$r)except`hdb`hdb.aside`hdb.merged`hdb.revisions`tplog`tplog.late;:-3!f];\n\
           \x20 if[any(read0 .commit.i.file\".revisions/\",string d)like\"*[?]\";:\"unsettled\"];\n\
           \x20 s,$[s~m;\"\";\" then \",m]}}\n\
         {{-1@[one;x;{{\"error \",x}}];}}each disks;\n"
    )
}

#[test]
fn late_rows_are_merged_once() {
    let prepare = format!(
        "{HEAD}.merge.take[`trade;value flip rows 0 1 2];.merge.run[`file;`];.merge.clear[];\nsystem\"mkdir -p ROOT/tplog.late\";\nsay[late\"ROOT\";3 4];say[late\"ROOT\";1#5];\n"
    );
    let (s, cuts, ops) = cuts("late", &prepare, &format!("{HEAD}look[];\n"));
    assert!(ops > 40, "{ops} operations");
    let noted = "noted:{$[6=n:mine[];\"new\";3=n;\"old\";string n]}\n";
    let check = check("0 1 2", "look[]", "til 6").replace("again:{", &format!("{noted}again:{{"));
    let lines = open(&s, &cuts, &check);
    expect("late", &cuts, &lines, &["old", "new", "none then old"], &["old", "new", "none then old"]);
}
