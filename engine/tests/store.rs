//! Files: what real kdb+ wrote is read right, what we write comes back, damage is an error.
//!
//! Files of real kdb+ are read from a folder beside the checkout (or `SLIPSTREAM_KDB_DATA`); they are not part of the
//! project, and a test that needs them says so and passes when they are absent.

use quill::ipc::uncompiled;
use quill::store::compressed::Zip;
use quill::store::log::{self, Log};
use quill::store::{file, partition, splay, write};
use quill::value::{Attr, Data, Domain, Partitioned, Sym, Table, Ty, Value, Vector};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A directory of its own for each test, removed at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Scratch {
        let dir = std::env::temp_dir().join(format!("quill-store-{name}-{}", std::process::id()));
        std::fs::remove_dir_all(&dir).ok();
        std::fs::create_dir_all(&dir).unwrap();
        Scratch(dir)
    }
    fn at(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

/// Files that real kdb+ wrote, or None with the reason on stderr.
fn kdb(part: &str) -> Option<PathBuf> {
    let base = std::env::var_os("SLIPSTREAM_KDB_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/kdb"), PathBuf::from);
    let p = base.join(part);
    if p.exists() {
        return Some(p);
    }
    eprintln!("skipped: no files of real kdb+ at {} (set SLIPSTREAM_KDB_DATA)", p.display());
    None
}

fn same(a: &Value, b: &Value) -> bool {
    quill::value::compare::matches(a, b)
}

fn attr(v: &Value) -> Attr {
    match v {
        Value::Vec(v) => v.attr,
        _ => Attr::None,
    }
}

fn syms(names: &[&str]) -> Value {
    Value::syms(names.iter().map(Sym::new).collect())
}

/// Values of every kind that `set` writes.
fn samples() -> Vec<Value> {
    let mut v = vec![
        Value::bools(vec![true, false, true]),
        Value::bytes(vec![0, 255, 7]),
        Value::shorts(vec![1, i16::MIN, i16::MAX]),
        Value::ints(vec![1, i32::MIN, -5]),
        Value::longs(vec![1, i64::MIN, i64::MAX]),
        Value::reals(vec![1.5, f32::NAN]),
        Value::floats(vec![1.5, f64::NAN, f64::INFINITY]),
        Value::string("hello"),
        syms(&["a", "", "with space"]),
        Value::vec(Ty::Guid, Data::Guid(vec![[1; 16], [0; 16]].into())),
        Value::vec(Ty::Timestamp, Data::I64(vec![0, i64::MIN].into())),
        Value::vec(Ty::Date, Data::I32(vec![5485, i32::MIN].into())),
        Value::vec(Ty::Datetime, Data::F64(vec![1.25].into())),
        Value::list(vec![Value::string("ab"), Value::string(""), Value::string("cde")]),
        Value::list(vec![Value::longs(vec![1, 2]), Value::longs(vec![]), Value::longs(vec![3])]),
        Value::list(vec![Value::long(1), Value::sym("x"), Value::string("mixed")]),
        Value::list(vec![syms(&["a", "b"]), syms(&["c"])]),
        Value::empty(),
        Value::long(42),
        Value::sym("atom"),
        Value::Null,
        Value::dict(syms(&["a", "b"]), Value::longs(vec![1, 2])),
        Value::table(vec!["a".into(), "b".into()], vec![Value::longs(vec![1, 2]), syms(&["x", "y"])]),
    ];
    v.extend(Ty::ALL.iter().map(|&t| Value::empty_of(t)));
    v
}

#[test]
fn every_kind_of_value_comes_back() {
    let dir = Scratch::new("values");
    let p = dir.at("v");
    for v in samples() {
        for zip in
            [None, Some(Zip { block: 12, algorithm: 2, level: 6 }), Some(Zip { block: 17, algorithm: 5, level: 3 })]
        {
            write::write(&p, &v, zip).unwrap();
            let back = file::read(&p).unwrap();
            assert!(same(&v, &back), "{v:?} came back as {back:?} with {zip:?}");
            // what a database asks of a column before it opens it
            if v.is_list() {
                assert_eq!(file::count_items(&p).unwrap(), v.len(), "{v:?} with {zip:?}");
                let empty = file::prototype(&p).unwrap();
                assert!(
                    empty.is_empty() && (!matches!(v, Value::Vec(_)) || empty.ty() == v.ty()),
                    "{v:?} with {zip:?}"
                );
            }
        }
    }
}

#[test]
fn counts_that_are_left_to_the_size_of_the_file() {
    let dir = Scratch::new("count0");
    let p = dir.at("v");
    let plain = b"\xfe\x20\x07\0\0\0\0\0\0\0\0\0\0\0\0\0\x0a\0\0\0\0\0\0\0\x14\0\0\0\0\0\0\0";
    let zip = Zip { block: 12, algorithm: 2, level: 6 };
    for body in [plain.to_vec(), quill::store::compressed::deflate(plain, zip).unwrap()] {
        std::fs::write(&p, body).unwrap();
        assert!(same(&file::read(&p).unwrap(), &Value::longs(vec![10, 20])));
        assert_eq!(file::count_items(&p).unwrap(), 2);
    }
    std::fs::write(&p, plain).unwrap();
    write::append(&p, &Value::longs(vec![30]), None).unwrap();
    assert!(same(&file::read(&p).unwrap(), &Value::longs(vec![10, 20, 30])));
}

#[test]
fn documented_bytes() {
    // ref/get.md: `:data/foo set 10 20 30
    let dir = Scratch::new("bytes");
    write::write(&dir.at("data/foo"), &Value::longs(vec![10, 20, 30]), None).unwrap();
    let b = std::fs::read(dir.at("data/foo")).unwrap();
    assert_eq!(b, b"\xfe\x20\x07\0\0\0\0\0\x03\0\0\0\0\0\0\0\x0a\0\0\0\0\0\0\0\x14\0\0\0\0\0\0\0\x1e\0\0\0\0\0\0\0");
    // ref/save.md: a table is an object
    let t = Value::table(
        vec!["x".into(), "y".into(), "z".into()],
        vec![Value::longs(vec![2, 3, 5]), syms(&["ibm", "amd", "intel"]), Value::string("npn")],
    );
    write::write(&dir.at("t"), &t, None).unwrap();
    let b = std::fs::read(dir.at("t")).unwrap();
    assert!(b.starts_with(b"\xff\x01b\0c\x0b\0\x03\0\0\0x\0y\0z\0\0"), "{b:?}");
    assert!(b.ends_with(b"\0\x03\0\0\0npn"), "{b:?}");
    // an empty list is the head of a log
    write::write(&dir.at("log"), &Value::empty(), None).unwrap();
    assert_eq!(std::fs::read(dir.at("log")).unwrap(), [0xff, 1, 0, 0, 0, 0, 0, 0]);
}

#[test]
fn attributes_and_enumerations_come_back() {
    let dir = Scratch::new("attr");
    let p = dir.at("c");
    for a in [Attr::Sorted, Attr::Unique, Attr::Parted, Attr::Grouped] {
        let mut v = Vector::new(Ty::Long, Data::I64(vec![1, 2, 3].into()));
        v.attr = a;
        write::write(&p, &Value::Vec(Arc::new(v)), None).unwrap();
        assert_eq!(attr(&file::read(&p).unwrap()), a);
    }
    Domain(Sym::new("tstdom")).set(syms(&["x", "y"]));
    let mut e = Vector::enumerated(Domain(Sym::new("tstdom")), vec![1, 0, 1]);
    e.attr = Attr::Grouped;
    write::write(&p, &Value::Vec(Arc::new(e)), None).unwrap();
    let back = file::read(&p).unwrap();
    assert_eq!(attr(&back), Attr::Grouped);
    assert!(same(&back.deenum(), &syms(&["y", "x", "y"])));
    let b = std::fs::read(&p).unwrap();
    assert_eq!((&b[..2], &b[16..23], &b[4082..4084]), (&[0xfd, 0x20][..], &b"tstdom\0"[..], &[20, 4][..]));
    // the index of kdb+: the domain's address, two symbols with their hash table, where their rows begin, the rows
    assert_eq!(b.len(), 4096 + 3 * 8 + (8 + 16 + 8 * (2 + 1 + 4)) + (16 + 3 * 8) + (16 + 3 * 8));
}

#[test]
fn large_vectors_are_mapped_and_keep_their_items_when_replaced() {
    let dir = Scratch::new("map");
    let p = dir.at("big");
    let items: Vec<i64> = (0..100_000).collect();
    write::write(&p, &Value::longs(items.clone()), None).unwrap();
    let mapped = file::read(&p).unwrap();
    let Value::Vec(v) = &mapped else { panic!("not a vector") };
    assert!(matches!(&v.data, Data::I64(quill::value::Buf::Lent(_))));
    write::write(&p, &Value::longs(vec![1]), None).unwrap();
    assert!(same(&mapped, &Value::longs(items)), "a reader keeps what it mapped");
}

#[test]
fn appending() {
    let dir = Scratch::new("append");
    let p = dir.at("c");
    for v in samples() {
        if !v.is_list() || v.is_empty() {
            continue;
        }
        for zip in [None, Some(Zip { block: 12, algorithm: 4, level: 0 })] {
            write::write(&p, &v, zip).unwrap();
            write::append(&p, &v, zip).unwrap();
            write::append(&p, &v, zip).unwrap();
            let twice = quill::value::join::join(v.clone(), v.clone()).unwrap();
            let want = quill::value::join::join(twice, v.clone()).unwrap();
            let back = file::read(&p).unwrap();
            assert!(same(&want, &back), "{v:?} three times is {back:?} with {zip:?}");
        }
    }
    write::write(&p, &Value::longs(vec![1]), None).unwrap();
    assert_eq!(write::append(&p, &Value::floats(vec![1.0]), None).unwrap_err().kind, "type");
    // a sorted column stays sorted when it can
    let mut v = Vector::new(Ty::Long, Data::I64(vec![1, 2].into()));
    v.attr = Attr::Sorted;
    write::write(&p, &Value::Vec(Arc::new(v)), None).unwrap();
    write::append(&p, &Value::longs(vec![5]), None).unwrap();
    assert_eq!(attr(&file::read(&p).unwrap()), Attr::Sorted);
    write::append(&p, &Value::longs(vec![0]), None).unwrap();
    assert_eq!(attr(&file::read(&p).unwrap()), Attr::None);
}

#[test]
fn a_symbol_list_survives_a_torn_append() {
    let dir = Scratch::new("torn-sym");
    let p = dir.at("sym");
    write::write(&p, &syms(&["one", "two"]), None).unwrap();
    write::append(&p, &syms(&["three"]), None).unwrap();
    let whole = std::fs::read(&p).unwrap();
    std::fs::write(&p, &whole[..whole.len() - 3]).unwrap();
    assert!(same(&file::read(&p).unwrap(), &syms(&["one", "two"])), "the name that was cut off is left out");
    write::append(&p, &syms(&["four"]), None).unwrap();
    assert!(same(&file::read(&p).unwrap(), &syms(&["one", "two", "four"])));
}

#[test]
fn splayed_tables() {
    let dir = Scratch::new("splay");
    let p = dir.at("t");
    let t = Table::new(
        vec!["n".into(), "s".into()],
        vec![Value::longs(vec![1, 2]), Value::list(vec![Value::string("ab"), Value::string("c")])],
    );
    splay::write(&p, &t, &|_| None).unwrap();
    assert!(same(&Value::Table(splay::read(&p).unwrap()), &Value::Table(Arc::new(t.clone()))));
    splay::append(&p, &t, &|_| None).unwrap();
    assert_eq!(splay::read(&p).unwrap().len(), 4);
    let plain = Table::new(vec!["s".into()], vec![syms(&["a"])]);
    assert_eq!(splay::write(&dir.at("u"), &plain, &|_| None).unwrap_err().kind, "type", "symbols must be enumerated");
    let other = Table::new(vec!["n".into()], vec![Value::longs(vec![1])]);
    assert_eq!(splay::append(&p, &other, &|_| None).unwrap_err().kind, "mismatch");
    // columns of unequal length are refused, by name
    write::write(&p.join("n"), &Value::longs(vec![1]), None).unwrap();
    let e = splay::read(&p).map(|t| t.len()).unwrap_err().kind.clone();
    assert!(e.contains("t/s"), "{e}");
}

#[test]
fn two_writers_of_a_domain_do_not_lose_symbols() {
    let dir = Scratch::new("domain");
    let p = dir.at("sym");
    let threads: Vec<_> = (0..4)
        .map(|k| {
            let p = p.clone();
            std::thread::spawn(move || {
                for i in 0..25 {
                    let mine = Value::syms(vec![Sym::new(format!("s{k}_{i}")), Sym::new("common")]);
                    splay::enumerate_in_file(&p, Sym::new("sym"), |e| e.apply(&mine)).unwrap();
                }
            })
        })
        .collect();
    for t in threads {
        t.join().unwrap();
    }
    let mut all = file::read(&p).unwrap().as_syms().unwrap();
    assert_eq!(all.len(), 101);
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 101, "no symbol twice");
}

#[test]
fn a_domain_with_an_attribute_loses_no_symbols_either() {
    // such a file is replaced by another, whose lock is not the one that others wait for
    let dir = Scratch::new("unique-domain");
    let p = dir.at("sym");
    let mut v = Vector::new(Ty::Sym, Data::Sym(vec![Sym::new("common")].into()));
    v.attr = Attr::Unique;
    write::write(&p, &Value::Vec(Arc::new(v)), None).unwrap();
    let threads: Vec<_> = (0..4)
        .map(|k| {
            let p = p.clone();
            std::thread::spawn(move || {
                for i in 0..25 {
                    let mine = Value::syms(vec![Sym::new(format!("u{k}_{i}")), Sym::new("common")]);
                    splay::enumerate_in_file(&p, Sym::new("sym"), |e| {
                        std::thread::yield_now();
                        e.apply(&mine)
                    })
                    .unwrap();
                }
            })
        })
        .collect();
    for t in threads {
        t.join().unwrap();
    }
    let mut all = file::read(&p).unwrap().as_syms().unwrap();
    all.sort();
    all.dedup();
    assert_eq!((all.len(), file::read(&p).unwrap().len()), (101, 101));
}

#[test]
fn a_table_that_there_is_no_room_for_stays_as_it_was() {
    // the limit of a file's size stands for a full disk: 32 kB, in the shell's units of 512 or 1024 bytes
    let dir = Scratch::new("full");
    let script = "
        t:{([]a:x#7;c:x#enlist\"ab\";e:`p#x#`s;l:x#enlist(1;`x);g:x?0Ng)};
        p:`:t/;
        p set .Q.en[`:.]0#t 1;
        p upsert .Q.en[`:.]t 500;
        p upsert .Q.en[`:.]t 500;
        old:get p;
        r:@[p upsert;.Q.en[`:.]t 4000;{x like\"*File too large*\"}];
        if[not r~1b;'\"no error: \",.Q.s1 r];
        if[not old~get p;'\"not as it was\"];
        if[count k:k where(k:key`:t)like\"*tmp\";'\"left behind: \",.Q.s1 k];
        p upsert .Q.en[`:.]t 3;
        if[not 1003=count get p;'\"not usable\"];
        z:`:z/;
        z set .Q.en[`:.]0#t 1;
        r:@[z upsert;.Q.en[`:.]t 4000;{x like\"*File too large*\"}];
        if[not(r;count get z)~(1b;0);'\"an empty one: \",.Q.s1 r];
        exit 0";
    std::fs::write(dir.at("full.q"), script.replace("\n        ", "\n")).unwrap();
    let out = std::process::Command::new("bash")
        .args(["-c", "trap '' XFSZ; ulimit -f 60; exec \"$0\" full.q </dev/null", env!("CARGO_BIN_EXE_quill")])
        .current_dir(&dir.0)
        .output()
        .unwrap();
    assert!(out.status.success(), "{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
}

#[test]
fn damaged_files_are_errors() {
    let dir = Scratch::new("damage");
    let p = dir.at("v");
    let mut x = 88_172_645_463_325_252u64;
    let mut random = move || {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        x
    };
    // reading must end in a value or an error: that it returns at all is the test
    let read_all = |p: &Path| {
        let ends = (file::read(p).is_ok(), file::count_items(p).is_ok());
        let messages =
            Log::open(p).map_or(0, |mut l| std::iter::from_fn(|| l.next(&mut uncompiled).unwrap_or(None)).count());
        (ends, messages)
    };
    for v in samples() {
        write::write(&p, &v, None).unwrap();
        let whole = std::fs::read(&p).unwrap();
        for cut in (0..whole.len().min(80)).chain([whole.len().saturating_sub(1)]) {
            std::fs::write(&p, &whole[..cut]).unwrap();
            read_all(&p);
        }
        for _ in 0..60 {
            let mut b = whole.clone();
            let at = random() as usize % b.len().min(64);
            b[at] = random() as u8;
            std::fs::write(&p, &b).unwrap();
            read_all(&p);
        }
    }
    // a header that promises more than there is
    std::fs::write(&p, b"\xfe\x20\x07\0\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\x0f").unwrap();
    let e = file::read(&p).unwrap_err().kind.clone();
    assert!(e.contains("v: header says"), "{e}");
    std::fs::write(&p, "plain text\n").unwrap();
    assert_eq!(file::read(&p).unwrap_err().kind, "type");
    assert!(file::read(&dir.at("none")).unwrap_err().kind.ends_with("none. OS reports: No such file or directory"));
}

/// A database of two partitions with a column of every kind.
fn database(dir: &Scratch) -> usize {
    const ROWS: usize = 40;
    Domain(Sym::new("dmgdom")).set(syms(&["a", "b", "c"]));
    write::write(&dir.at("dmgdom"), &syms(&["a", "b", "c"]), None).unwrap();
    let mut e = Vector::enumerated(Domain(Sym::new("dmgdom")), (0..ROWS as i64).map(|i| i / 20).collect());
    e.attr = Attr::Parted;
    let strings = (0..ROWS).map(|i| Value::string("x".repeat(1 + i % 3))).collect();
    let t = Table::new(
        ["s", "j", "f", "c", "n", "z"].map(Sym::new).to_vec(),
        vec![
            Value::Vec(Arc::new(e)),
            Value::longs((0..ROWS as i64).collect()),
            Value::floats(vec![1.5; ROWS]),
            Value::string("y".repeat(ROWS)),
            Value::list(strings),
            Value::longs(vec![7; ROWS]),
        ],
    );
    let zip = |n: Sym| (n == Sym::new("z")).then_some(Zip { block: 12, algorithm: 2, level: 6 });
    for d in ["2024.01.01", "2024.01.02"] {
        splay::write(&dir.at(d).join("t"), &t, &zip).unwrap();
    }
    ROWS
}

/// Mounts and reads everything. What is answered must be of the table's length and have symbols for its indexes; an error
/// names a file of the database. Returns whether all was answered.
fn read_database(root: &Path, what: &str) -> bool {
    let named = |e: &quill::error::Error| {
        let ok = e.kind.contains(root.to_str().unwrap()) || e.kind == "wsfull";
        assert!(ok, "{what}: `{}` names no file", e.kind);
    };
    let l = match partition::list(root) {
        Ok(l) => l,
        Err(e) => {
            named(&e);
            return false;
        }
    };
    let field = l.field.unwrap();
    let m = partition::Mounted { root: root.to_owned(), field, parts: l.parts, fill: false };
    let t = match partition::PartTable::new(Arc::new(m), Sym::new("t"), false) {
        Ok(t) => t,
        Err(e) => {
            named(&e);
            return false;
        }
    };
    let mut all = true;
    for p in 0..2 {
        let rows = match t.rows(p) {
            Ok(n) => n,
            Err(e) => {
                named(&e);
                all = false;
                continue;
            }
        };
        for n in t.names() {
            match t.column(p, n) {
                Ok(v) => {
                    assert_eq!(v.len(), rows, "{what}: {}", n.text());
                    if let Value::Vec(v) = &v
                        && let (Ty::Enum, Data::I64(ix)) = (v.ty, &v.data)
                        && v.domain.list().is_some()
                        && v.attr != Attr::Parted
                    {
                        assert!(ix.iter().all(|&i| i < 3), "{what}");
                    }
                }
                Err(e) => {
                    named(&e);
                    all = false;
                }
            }
        }
    }
    all
}

#[test]
fn a_damaged_database_is_refused_file_by_file() {
    let dir = Scratch::new("dmgdb");
    let rows = database(&dir);
    assert!(read_database(&dir.0, "whole"));
    let home = dir.at("2024.01.02/t");
    let mut x = 0x9e37_79b9_7f4a_7c15u64;
    let mut random = move || {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        x as usize
    };
    for name in ["s", "j", "f", "c", "n", "n#", "z", ".d"] {
        let p = home.join(name);
        let whole = std::fs::read(&p).unwrap();
        // bytes that hold the items; behind those of `s` there is an index that quill does without
        let end = if name == "s" { 4096 + 8 * rows } else { whole.len() };
        for cut in [0, 1, 2, 7, 8, 15, 16, end / 2, end - 1] {
            std::fs::write(&p, &whole[..cut]).unwrap();
            let what = format!("{name} cut to {cut} of {}", whole.len());
            assert!(!read_database(&dir.0, &what), "{what} was answered");
        }
        for _ in 0..150 {
            let mut b = whole.clone();
            // headers and tables more often than items
            let near = random() % 3;
            let at = match (near, name) {
                (0, _) => random() % b.len().min(24),
                (1, "s") => 4080 + random() % 40,
                (1, _) => b.len() - 1 - random() % b.len().min(60),
                _ => random() % b.len(),
            };
            b[at] = random() as u8;
            std::fs::write(&p, &b).unwrap();
            read_database(&dir.0, &format!("{name} with byte {at} {:02x}", b[at]));
        }
        std::fs::remove_file(&p).unwrap();
        // without .d the columns are those of the other partition, as in kdb+
        assert_eq!(read_database(&dir.0, &format!("{name} missing")), name == ".d", "{name} missing");
        std::fs::write(&p, &whole).unwrap();
    }
    // a column that .d names and that is not there, and an index without a symbol
    write::write(&home.join(".d"), &syms(&["s", "j", "f", "c", "n", "z", "more"]), None).unwrap();
    assert!(!read_database(&dir.0, "more columns"));
    write::write(&home.join(".d"), &syms(&["s", "j", "f", "c", "n", "z"]), None).unwrap();
    for attr in [Attr::None, Attr::Parted, Attr::Grouped] {
        let mut e = Vector::enumerated(Domain(Sym::new("dmgdom")), vec![3; rows]);
        e.attr = attr;
        write::write(&home.join("s"), &Value::Vec(Arc::new(e)), None).unwrap();
        let l = partition::list(&dir.0).unwrap();
        let m = partition::Mounted { root: dir.0.clone(), field: l.field.unwrap(), parts: l.parts, fill: false };
        let t = partition::PartTable::new(Arc::new(m), Sym::new("t"), false).unwrap();
        let e = t.column(1, Sym::new("s")).unwrap_err().kind.clone();
        assert!(e.ends_with("2024.01.02/t/s: index 3 beyond the 3 symbols of dmgdom"), "{e}");
    }
}

#[test]
fn partitions_are_listed_and_read_lazily() {
    let dir = Scratch::new("parts");
    for (d, n) in [("2024.01.02", 3), ("2024.01.01", 2)] {
        let t = Table::new(vec!["v".into()], vec![Value::longs((0..n).collect())]);
        splay::write(&dir.at(d).join("t"), &t, &|_| None).unwrap();
    }
    std::fs::write(dir.at("notes.txt"), "x").unwrap();
    let l = partition::list(&dir.0).unwrap();
    assert_eq!(l.field, Some(partition::Field::Date));
    assert_eq!(l.tables, vec![Sym::new("t")]);
    let m = partition::Mounted { root: dir.0.clone(), field: partition::Field::Date, parts: l.parts, fill: false };
    let t = partition::PartTable::new(Arc::new(m), Sym::new("t"), false).unwrap();
    assert_eq!((t.rows(0).unwrap(), t.rows(1).unwrap()), (2, 3));
    assert!(same(&t.column(1, Sym::new("v")).unwrap(), &Value::longs(vec![0, 1, 2])));
    let first = Value::vec(Ty::Date, Data::I32(vec![8766, 8766].into()));
    assert!(same(&t.column(0, Sym::new("date")).unwrap(), &first));
    std::fs::remove_file(dir.at("2024.01.01").join("t/v")).unwrap();
    let e = t.column(0, Sym::new("v")).unwrap_err().kind.clone();
    assert!(e.contains("2024.01.01/t/v") && e.contains("No such file"), "{e}");
}

#[test]
fn real_day_of_torq_finance() {
    let Some(root) = kdb("torq_finance/hdb") else { return };
    let sym = file::read(&root.join("sym")).unwrap();
    assert!(same(&sym, &syms(&["MSFT", "DOW", "AAPL", "IBM", "INTC", "GOOG", "AMD", "AIG", "HPQ", "DELL"])));
    let day = root.join("2015.01.07");
    for (table, rows) in [("trade", 196_519), ("quote", 344_455), ("trade_iex", 0), ("quote_iex", 0)] {
        let t = splay::read(&day.join(table)).unwrap();
        assert_eq!(t.len(), rows, "{table}");
        for (n, c) in t.names.iter().zip(&t.cols) {
            assert_eq!(file::count_items(&splay::column_path(&day.join(table), *n).unwrap()).unwrap(), rows);
            if n.bytes() == b"sym" {
                assert_eq!(attr(c), Attr::Parted);
                let Value::Vec(v) = c else { panic!("sym is no vector") };
                assert_eq!(v.domain, Domain(Sym::new("sym")));
                let Data::I64(ix) = &v.data else { panic!("no indexes") };
                assert!(ix.iter().all(|i| (0..10).contains(i)), "{table}");
                assert!(write::is_parted(&v.data));
            }
            if n.bytes() == b"time" {
                let Value::Vec(v) = c else { panic!("time is no vector") };
                assert_eq!(v.ty, Ty::Timestamp);
                let Data::I64(t) = &v.data else { panic!("no times") };
                let day = 5485 * quill::value::temporal::DAY;
                assert!(t.iter().all(|t| (day..day + quill::value::temporal::DAY).contains(t)));
            }
        }
    }
}

#[test]
fn real_logs_and_database_of_dunnydon() {
    let Some(root) = kdb("dunnydon") else { return };
    let day = root.join("hdb/2019.06.24");
    let mut rows = std::collections::BTreeMap::new();
    let mut log = Log::open(&root.join("tplog/schema2019.06.24")).unwrap();
    let mut messages = 0;
    while let Some(m) = log.next(&mut uncompiled).unwrap() {
        let m = m.items();
        assert!(same(&m[0], &Value::sym("upd")));
        *rows.entry(m[1].as_text().unwrap()).or_insert(0) += m[2].at(0).len();
        messages += 1;
    }
    assert!(!log.torn);
    assert_eq!(log::check(&root.join("tplog/schema2019.06.24")).unwrap(), (messages, 26_714, false));
    for t in ["quote", "bid", "statsTab"] {
        let d = splay::read(&day.join(t)).unwrap();
        assert_eq!(rows.get(t).copied(), Some(d.len()), "{t}: rows of the log and of the database");
        assert_eq!(attr(d.col(Sym::new("sym")).unwrap()), Attr::Parted);
    }
    for e in std::fs::read_dir(root.join("tplog")).unwrap() {
        let p = e.unwrap().path();
        let (n, bytes, torn) = log::check(&p).unwrap();
        assert!(n > 0 && !torn, "{}", p.display());
        assert_eq!(bytes, std::fs::metadata(&p).unwrap().len());
    }
}
