//! Databases: mounting, enumerating, saving partitions; the database part of `.Q`.

use super::file::{adopt_domains, call_verb, file_sym, get_path, is_file, path, set_attr, set_global, write_splayed};
use crate::ensure;
use crate::error::{Error, Result};
use crate::store::file::os;
use crate::store::partition::{self, Field, Listing, Mounted, Part, PartTable};
use crate::store::splay;
use crate::value::{Attr, Dict, Domain, Host, Partitioned, Sym, Table, Ty, Value, Verb};
use crate::value::{heap, memory};
use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

macro_rules! row {
    ($name:literal, $form:ident: $f:expr, $doc:literal) => {
        Verb { name: $name, $form: Some($f), doc: $doc, ..Verb::BLANK }
    };
}

pub static VERBS: &[Verb] = &[
    row!(".Q.en", dyad: en, "enumerate the symbols of a table against the sym file of a directory"),
    row!(".Q.ens", variad: ens, "enumerate the symbols of a table against a named file of a directory"),
    row!(".Q.dpft", variad: dpft, "save a table to a partition, sorted and parted by a column"),
    row!(".Q.dpfts", variad: dpft, "like .Q.dpft, with the name of the enumeration"),
    row!(".Q.dpt", variad: dpt, "save a table to a partition as it is"),
    row!(".Q.dpts", variad: dpt, "like .Q.dpt, with the name of the enumeration"),
    row!(".Q.hdpf", variad: hdpf, "save all tables to a partition, clear them, tell a process to reload"),
    row!(".Q.par", variad: par, "directory of a table in a partition, heeding par.txt"),
    row!(".Q.chk", monad: chk, "make empty tables where partitions lack them"),
    row!(".Q.bv", monad: bv, "treat tables missing from partitions as empty"),
    row!(".Q.bvi", monad: bv, "like .Q.bv, for partitions that are new"),
    row!(".Q.view", monad: view, "restrict a mounted database to some partitions"),
    row!(".Q.cn", monad: cn, "rows of a partitioned table in each partition"),
    row!(".Q.ind", dyad: ind, "rows of a partitioned table by number"),
    row!(".Q.MAP", monad: map_all, "keep the columns of partitions mapped"),
    row!(".Q.qp", monad: qp, "1b for a partitioned table, 0b for a splayed one, else 0"),
    row!(".Q.qt", monad: qt, "1b for a table"),
    row!(".Q.l", monad: load_db, "load a database directory, splayed table, file or script"),
    row!(".Q.lo", variad: load_without, "load a database without changing directory or running its scripts"),
    row!(".Q.li", monad: load_parts, "add partitions that came since the database was mounted"),
    row!(".Q.fs", dyad: fs_lines, "apply a function to a file in blocks of lines"),
    row!(".Q.fsn", variad: fsn, "like .Q.fs, with the block size"),
    row!(".Q.fps", dyad: fps, "apply a function to a pipe in blocks of lines"),
    row!(".Q.fpn", variad: fsn, "like .Q.fps, with the block size"),
    row!(".Q.gc", monad: gc, "gives memory that is not in use back to the operating system; how many bytes"),
    row!(".Q.w", monad: w, "memory statistics"),
];

/// The mounted database of a session, kept in the extension `db`.
struct Db {
    root: PathBuf,
    /// Where partitions are, as `.Q.pd` shows it when there are no segments.
    shown: Sym,
    field: Field,
    all: Vec<Part>,
    segments: Vec<PathBuf>,
    /// Partition values to which `.Q.view` restricts it.
    only: Option<Vec<i32>>,
    fill: bool,
    from_first: bool,
    /// Tables; None until `install` has built them.
    tables: BTreeMap<Sym, Option<Arc<PartTable>>>,
    counts: BTreeMap<Sym, Value>,
}

/// A table of the database as a value; the database keeps the other end.
struct Shared(Arc<PartTable>);

impl Partitioned for Shared {
    fn name(&self) -> Sym {
        self.0.name()
    }
    fn names(&self) -> Vec<Sym> {
        self.0.names()
    }
    fn field(&self) -> Sym {
        self.0.field()
    }
    fn parts(&self) -> Value {
        self.0.parts()
    }
    fn rows(&self, p: usize) -> Result<usize> {
        self.0.rows(p)
    }
    fn column(&self, p: usize, name: Sym) -> Result<Value> {
        self.0.column(p, name)
    }
    fn column_at(&self, p: usize, name: Sym, rows: &[usize]) -> Result<Value> {
        self.0.column_at(p, name, rows)
    }
    fn prototype(&self, name: Sym) -> Result<Value> {
        self.0.prototype(name)
    }
}

/// A table whose files or name were not found: what is asked of it is the error.
struct Unresolved {
    place: Sym,
    names: Vec<Sym>,
}

impl Unresolved {
    /// Names the first file that is missing, or the table.
    fn missing<T>(&self) -> Result<T> {
        let place = self.place.text();
        Err(match place.strip_prefix(':') {
            Some(dir) => {
                let file = format!("{dir}{}", self.names.first().map(|n| n.text().into_owned()).unwrap_or_default());
                Error::os(&file, &rustix::io::Errno::NOENT.into())
            }
            None => Error::new(place.into_owned()),
        })
    }
}

impl Partitioned for Unresolved {
    fn name(&self) -> Sym {
        self.place
    }
    fn names(&self) -> Vec<Sym> {
        self.names.clone()
    }
    fn field(&self) -> Sym {
        Sym::NULL
    }
    fn parts(&self) -> Value {
        Value::ints(vec![0])
    }
    fn rows(&self, _: usize) -> Result<usize> {
        self.missing()
    }
    fn column(&self, _: usize, _: Sym) -> Result<Value> {
        self.missing()
    }
    fn prototype(&self, _: Sym) -> Result<Value> {
        self.missing()
    }
}

/// `` flip `a`b!`:dir/ `` is the splayed table there, `` flip `a`b!`name `` the partitioned table of that name.
pub fn table_at(host: &mut dyn Host, d: &Dict) -> Result<Value> {
    let names = d.keys.as_syms().ok_or_else(Error::ty)?;
    let Value::Sym(place) = d.vals else { return Err(Error::ty()) };
    let text = place.text();
    if let Some(dir) = text.strip_prefix(':') {
        crate::access::read(Path::new(dir))?;
        if Path::new(dir).is_dir() {
            let get = super::lookup("get").and_then(|v| v.monad).ok_or_else(Error::nyi)?;
            let Value::Table(t) = get(host, d.vals.clone())? else { return Err(Error::ty()) };
            let cols = names.iter().map(|n| t.col(*n).cloned().ok_or_else(|| Error::new(n.text().into_owned())));
            return Ok(Value::table(names.clone(), cols.collect::<Result<_>>()?));
        }
    } else if let Some(v @ Value::Parts(_)) = host.peek(place) {
        return Ok(v);
    }
    Ok(Value::Parts(Arc::new(Box::new(Unresolved { place, names }))))
}

fn with_db<T>(host: &mut dyn Host, f: impl FnOnce(&mut Db) -> Result<T>) -> Result<T> {
    match host.extension("db").as_mut().and_then(|d| d.downcast_mut::<Db>()) {
        Some(d) => f(d),
        None => Err(Error::new("par")),
    }
}

/// `\l` of a directory, and `quill dir`: mounts a database (making its directory the current one), or maps a splayed
/// table. Returns true when `dir` was a directory.
pub fn load_directory(host: &mut dyn Host, dir: &Path) -> Result<bool> {
    crate::access::read(dir)?;
    if !dir.is_dir() {
        return Ok(false);
    }
    load(host, dir, true, true)?;
    Ok(true)
}

fn load(host: &mut dyn Host, dir: &Path, cd: bool, scripts: bool) -> Result<()> {
    crate::access::read(dir)?;
    let root = fs::canonicalize(dir).map_err(|e| os(dir, &e))?;
    if splay::is_splayed(&root) {
        let name = Sym::new(root.file_name().map(std::os::unix::ffi::OsStrExt::as_bytes).unwrap_or_default());
        let t = get_path(host, file_sym(&root))?;
        return host.set(name, t);
    }
    if cd {
        std::env::set_current_dir(&root).map_err(|e| os(&root, &e))?;
    }
    let listing = partition::list(&root)?;
    for (name, at) in &listing.objects {
        if is_q_file(at)? {
            let v = get_path(host, file_sym(at))?;
            set_global(host, *name, v)?;
        }
    }
    for (name, at) in &listing.splayed {
        let v = get_path(host, file_sym(at))?;
        host.set(*name, v)?;
    }
    let run = listing.scripts.clone();
    mount(host, root, listing, cd)?;
    if scripts {
        for s in run {
            host.eval_text(&format!("\\l {}", s.display()))?;
        }
    }
    Ok(())
}

/// True for a file that begins as column and object files do.
fn is_q_file(p: &Path) -> Result<bool> {
    let mut start = Vec::new();
    crate::access::read(p)?;
    fs::File::open(p).and_then(|f| f.take(8).read_to_end(&mut start)).map_err(|e| os(p, &e))?;
    Ok(matches!(start[..], [0xff, 1, ..] | [0xfe, ..] | [0xfd, 0x20, ..]) || start == crate::store::compressed::MAGIC)
}

fn mount(host: &mut dyn Host, root: PathBuf, l: Listing, cd: bool) -> Result<()> {
    let Some(field) = l.field else { return Ok(()) };
    let shown = if cd { Sym::new(":.") } else { file_sym(&root) };
    *host.extension("db") = Some(Box::new(Db {
        root,
        shown,
        field,
        all: l.parts,
        segments: l.segments,
        only: None,
        fill: false,
        from_first: false,
        tables: l.tables.into_iter().map(|n| (n, None)).collect(),
        counts: BTreeMap::new(),
    }));
    install(host)
}

/// Builds the tables of the mounted database and sets the globals that describe it.
fn install(host: &mut dyn Host) -> Result<()> {
    let mut set: Vec<(String, Value)> = Vec::new();
    let mut tables: Vec<(Sym, Arc<PartTable>)> = Vec::new();
    with_db(host, |db| {
        let shown: Vec<Part> =
            db.all.iter().filter(|p| db.only.as_ref().is_none_or(|o| o.contains(&p.value))).cloned().collect();
        let homes = |parts: &[Part]| {
            let one = |p: &Part| if db.segments.is_empty() { db.shown } else { file_sym(&p.home) };
            Value::syms(parts.iter().map(one).collect())
        };
        let m = Arc::new(Mounted { root: db.root.clone(), field: db.field, parts: shown.clone(), fill: db.fill });
        if db.fill {
            for p in 0..m.parts.len() {
                for t in partition::tables_in(&m.dir(p))? {
                    db.tables.entry(t).or_default();
                }
            }
        }
        for (name, slot) in &mut db.tables {
            let t = Arc::new(PartTable::new(m.clone(), *name, db.from_first)?);
            *slot = Some(t.clone());
            tables.push((*name, t));
        }
        db.counts.clear();
        let names: Vec<Sym> = db.tables.keys().copied().collect();
        set.push((".Q.pf".into(), Value::Sym(db.field.name())));
        set.push((".Q.pt".into(), Value::syms(names.clone())));
        set.push((".Q.PV".into(), partition::values(db.field, &db.all)));
        set.push((".Q.PD".into(), homes(&db.all)));
        set.push((".Q.pv".into(), partition::values(db.field, &shown)));
        set.push((".Q.pd".into(), homes(&shown)));
        set.push((db.field.name().text().into_owned(), partition::values(db.field, &shown)));
        set.push((
            ".Q.pn".into(),
            Value::dict(Value::syms(names.clone()), Value::list(vec![Value::empty(); names.len()])),
        ));
        // true unless a partition is in several segments
        let values: std::collections::HashSet<i32> = db.all.iter().map(|p| p.value).collect();
        set.push((".Q.u".into(), Value::bool(values.len() == db.all.len())));
        if !db.segments.is_empty() {
            let d = db
                .segments
                .iter()
                .map(|s| {
                    let here: Vec<Part> = db.all.iter().filter(|p| p.home == *s).cloned().collect();
                    partition::values(db.field, &here)
                })
                .collect();
            set.push((".Q.P".into(), Value::syms(db.segments.iter().map(|s| file_sym(s)).collect())));
            set.push((".Q.D".into(), Value::list(d)));
        }
        if db.fill {
            let (mut k, mut v) = (vec![], vec![]);
            for (n, t) in &tables {
                if (0..m.parts.len()).any(|p| splay::column_path(&m.dir(p), *n).is_ok_and(|d| !splay::is_splayed(&d))) {
                    k.push(*n);
                    let names = t.names();
                    let cols = names.iter().map(|&c| t.prototype(c)).collect::<Result<Vec<_>>>()?;
                    v.push(Value::table(names, cols));
                }
            }
            set.push((".Q.vp".into(), Value::dict(Value::syms(k), Value::list(v))));
        }
        Ok(())
    })?;
    for (name, t) in tables {
        // the enumerations of its columns need their lists before the first look
        for c in t.names() {
            if let Ok(p) = t.prototype(c) {
                adopt_domains(host, &p);
            }
        }
        host.set(name, Value::Parts(Arc::new(Box::new(Shared(t)))))?;
    }
    for (name, v) in set {
        host.set(Sym::new(name), v)?;
    }
    Ok(())
}

fn load_db(host: &mut dyn Host, x: Value) -> Result<Value> {
    let p = path(x.as_sym().ok_or_else(Error::ty)?);
    if !load_directory(host, &p)? {
        if p.extension().is_some() {
            host.eval_text(&format!("\\l {}", p.display()))?;
        } else {
            call_verb(host, "load", vec![Value::Sym(file_sym(&p))])?;
        }
    }
    Ok(Value::Null)
}

fn load_without(host: &mut dyn Host, args: Vec<Value>) -> Result<Value> {
    let [db, cd, scripts] = &args[..] else { return Err(Error::rank()) };
    let p = path(db.as_sym().ok_or_else(Error::ty)?);
    let flag = |v: &Value| v.as_long().map(|n| n != 0).ok_or_else(Error::ty);
    load(host, &p, flag(cd)?, flag(scripts)?)?;
    Ok(Value::Null)
}

fn load_parts(host: &mut dyn Host, x: Value) -> Result<Value> {
    let want: Vec<i32> = part_values(&x)?;
    let (root, field) = with_db(host, |db| Ok((db.root.clone(), db.field)))?;
    let found = partition::list(&root)?;
    ensure!(found.field == Some(field), "par");
    with_db(host, |db| {
        for p in found.parts {
            if want.contains(&p.value) && !db.all.contains(&p) {
                db.all.push(p);
            }
        }
        db.all.sort_by_key(|p| p.value);
        Ok(())
    })?;
    install(host)?;
    Ok(Value::Null)
}

/// Partition values as the integers behind dates, months and so on.
fn part_values(x: &Value) -> Result<Vec<i32>> {
    x.items().iter().map(|v| v.as_long().and_then(|n| i32::try_from(n).ok()).ok_or_else(Error::ty)).collect()
}

/// As the directory of a partition is named: a date, month, integer, symbol or string.
fn part_text(v: &Value) -> Result<String> {
    Ok(match v {
        Value::I32(Ty::Date, d) if !v.is_null() => Field::Date.text(*d),
        Value::I32(Ty::Month, m) if !v.is_null() => Field::Month.text(*m),
        Value::I16(_) | Value::I32(Ty::Int, _) | Value::I64(Ty::Long, _) if !v.is_null() => {
            v.as_long().unwrap_or(0).to_string()
        }
        Value::Sym(s) if !s.is_null() && !is_file(*s) => s.text().into_owned(),
        Value::Vec(x) if x.ty == Ty::Char && !x.is_empty() => v.as_text().unwrap_or_default(),
        _ => return Err(Error::ty()),
    })
}

/// Directory of a table (or, with a null name, of all tables) in a partition: `par.txt` spreads partitions in turn.
fn part_dir(root: &Path, part: &Value, table: Sym) -> Result<PathBuf> {
    let segments = root.join(partition::SEGMENTS);
    crate::access::read(&segments)?;
    let mut home = root.to_owned();
    if segments.is_file() {
        let text = fs::read_to_string(&segments).map_err(|e| os(&segments, &e))?;
        let dirs: Vec<&str> = text.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
        ensure!(!dirs.is_empty(), format!("{}: no segments", segments.display()));
        let turn = part.as_long().unwrap_or(0).rem_euclid(dirs.len() as i64) as usize;
        home = root.join(dirs[turn].trim_start_matches(':'));
    }
    let dir = home.join(part_text(part)?);
    Ok(if table.is_null() { dir } else { dir.join(path(table)) })
}

fn par(_: &mut dyn Host, args: Vec<Value>) -> Result<Value> {
    let [dir, part, table] = &args[..] else { return Err(Error::rank()) };
    let root = path(dir.as_sym().ok_or_else(Error::ty)?);
    let table = table.as_sym().ok_or_else(Error::ty)?;
    let dir = part_dir(&root, part, table)?;
    // no table: the folder itself, with the slash that `sv` would leave
    Ok(Value::Sym(file_sym(&if table.is_null() { dir.join("") } else { dir })))
}

/// The table with its symbol columns enumerated: against the file `root/domain` (read, extended under a lock and loaded
/// as the global `domain`), or without a directory against the global alone.
pub fn enumerate_table(host: &mut dyn Host, root: Option<&Path>, t: &Table, domain: Sym) -> Result<Table> {
    let symbols = |c: &Value| match c {
        Value::Vec(v) => v.ty == Ty::Sym || v.ty == Ty::Enum && v.domain != Domain(domain),
        Value::List(l) => !l.is_empty() && l.iter().all(|i| i.is_list() && i.ty() == Some(Ty::Sym)),
        _ => false,
    };
    let mut out = t.clone();
    if !t.cols.iter().any(symbols) {
        return Ok(out);
    }
    let mut work = |e: &mut splay::Enumerator| {
        for c in &mut out.cols {
            if symbols(c) {
                *c = e.apply(c);
            }
        }
    };
    let list = if let Some(root) = root {
        splay::enumerate_in_file(&splay::column_path(root, domain)?, domain, work)?.1
    } else {
        let known = host.peek(domain).map_or(Ok(vec![]), |v| v.as_syms().ok_or_else(Error::ty))?;
        let mut e = splay::Enumerator::new(domain, known);
        work(&mut e);
        e.finish().0
    };
    set_global(host, domain, Value::syms(list))?;
    Ok(out)
}

fn en(host: &mut dyn Host, x: Value, y: Value) -> Result<Value> {
    enumerated(host, &x, &y, Sym::new("sym"))
}

fn ens(host: &mut dyn Host, args: Vec<Value>) -> Result<Value> {
    let [dir, t, name] = &args[..] else { return Err(Error::rank()) };
    enumerated(host, dir, t, name.as_sym().ok_or_else(Error::ty)?)
}

fn enumerated(host: &mut dyn Host, dir: &Value, t: &Value, domain: Sym) -> Result<Value> {
    let Value::Table(t) = t else { return Err(Error::ty()) };
    let root = match dir {
        Value::Null => None,
        d => Some(path(d.as_sym().ok_or_else(Error::ty)?)),
    };
    Ok(Value::Table(Arc::new(enumerate_table(host, root.as_deref(), t, domain)?)))
}

/// Items must all be of one type for kdb+ to map the column.
fn check_mappable(t: &Table) -> Result<()> {
    for c in &t.cols {
        if let Value::List(l) = c
            && let Some(first) = l.first()
        {
            let t = first.type_code();
            ensure!(t != 0 && l.iter().all(|i| i.type_code() == t), "unmappable");
        }
    }
    Ok(())
}

fn save_part(host: &mut dyn Host, d: &Value, p: &Value, f: Option<Sym>, t: &Value, domain: Sym) -> Result<Value> {
    let root = path(d.as_sym().ok_or_else(Error::ty)?);
    let name = t.as_sym().ok_or_else(Error::ty)?;
    let Value::Table(data) = host.get(name)? else { return Err(Error::ty()) };
    check_mappable(&data)?;
    let mut data = enumerate_table(host, Some(&root), &data, domain)?;
    if let Some(f) = f {
        let at = data.position(f).ok_or_else(|| Error::new(f.text()))?;
        // sorted by what the symbols are, not by their place in the domain; ties keep their order
        let order = call_verb(host, "iasc", vec![data.cols[at].deenum()])?;
        let order: Vec<usize> = order
            .longs_ref()
            .ok_or_else(Error::ty)?
            .iter()
            .map(|&i| usize::try_from(i).unwrap_or(usize::MAX))
            .collect();
        let sorted = order.windows(2).all(|w| w[0] < w[1]);
        if !sorted {
            data = data.take_at(&order);
        }
        let (n, mut c) = (data.names.remove(at), data.cols.remove(at));
        set_attr(&mut c, Attr::Parted)?;
        data.names.insert(0, n);
        data.cols.insert(0, c);
    }
    let dir = part_dir(&root, p, name)?;
    write_splayed(host, &dir, &data)?;
    Ok(t.clone())
}

fn dpft(host: &mut dyn Host, args: Vec<Value>) -> Result<Value> {
    let (d, p, f, t, s) = match &args[..] {
        [d, p, f, t] => (d, p, f, t, Sym::new("sym")),
        [d, p, f, t, s] => (d, p, f, t, s.as_sym().ok_or_else(Error::ty)?),
        _ => return Err(Error::rank()),
    };
    save_part(host, d, p, Some(f.as_sym().ok_or_else(Error::ty)?), t, s)
}

fn dpt(host: &mut dyn Host, args: Vec<Value>) -> Result<Value> {
    let (d, p, t, s) = match &args[..] {
        [d, p, t] => (d, p, t, Sym::new("sym")),
        [d, p, t, s] => (d, p, t, s.as_sym().ok_or_else(Error::ty)?),
        _ => return Err(Error::rank()),
    };
    save_part(host, d, p, None, t, s)
}

fn hdpf(host: &mut dyn Host, args: Vec<Value>) -> Result<Value> {
    let [h, d, p, f] = &args[..] else { return Err(Error::rank()) };
    let mut tables = Vec::new();
    for name in host.names(Sym::ROOT) {
        if matches!(host.peek(name), Some(Value::Table(_))) {
            tables.push(name);
        }
    }
    for &t in &tables {
        dpft(host, vec![d.clone(), p.clone(), f.clone(), Value::Sym(t)])?;
    }
    for t in tables {
        let old = host.get(t)?;
        let empty = call_verb(host, "#", vec![Value::long(0), old])?;
        host.set(t, empty)?;
    }
    if h.is_null() || h.as_long() == Some(0) {
        return Ok(Value::Null);
    }
    // the data are safe by now: a process that cannot be reached is reported, not an error
    match call_verb(host, "hopen", vec![h.clone()]) {
        Ok(handle) => {
            let done = host.call(&handle, vec![Value::string("\\l .")]);
            call_verb(host, "hclose", vec![handle])?;
            done?;
        }
        Err(e) => eprintln!(".Q.hdpf: cannot reach {}: {}", h.as_text().unwrap_or_default(), e.kind),
    }
    Ok(Value::Null)
}

fn chk(_: &mut dyn Host, x: Value) -> Result<Value> {
    let root = path(x.as_sym().ok_or_else(Error::ty)?);
    let l = partition::list(&root)?;
    let Some(field) = l.field else { return Ok(Value::empty()) };
    let mut templates: BTreeMap<Sym, PathBuf> = BTreeMap::new();
    let dir = |p: &Part| p.home.join(field.text(p.value));
    for p in &l.parts {
        for t in partition::tables_in(&dir(p))? {
            templates.insert(t, splay::column_path(&dir(p), t)?);
        }
    }
    let mut out = Vec::new();
    for p in l.parts.iter().rev() {
        let here = dir(p);
        let mut fixed = false;
        for (name, template) in &templates {
            let at = splay::column_path(&here, *name)?;
            if splay::is_splayed(&at) {
                continue;
            }
            let full = splay::read(template)?;
            let mut empty = Table::new(full.names.clone(), full.cols.iter().map(|c| c.slice(0, 0)).collect());
            for (e, c) in empty.cols.iter_mut().zip(&full.cols) {
                if let (Value::Vec(e), Value::Vec(c)) = (e, c) {
                    Arc::make_mut(e).attr = c.attr;
                }
            }
            splay::write(&at, &empty, &|_| None)?;
            fixed = true;
        }
        out.push(if fixed { Value::syms(vec![file_sym(&here)]) } else { Value::empty() });
    }
    Ok(Value::list(out))
}

fn bv(host: &mut dyn Host, x: Value) -> Result<Value> {
    with_db(host, |db| {
        db.fill = true;
        db.from_first = matches!(x, Value::Sym(_));
        Ok(())
    })?;
    install(host)?;
    Ok(Value::Null)
}

fn view(host: &mut dyn Host, x: Value) -> Result<Value> {
    let only = match &x {
        Value::Null => None,
        v if v.is_empty() => None,
        v => Some(part_values(v)?),
    };
    with_db(host, |db| {
        let none = only.as_ref().is_some_and(|o| !db.all.iter().any(|p| o.contains(&p.value)));
        ensure!(!none, "invalid partition filter");
        db.only = only;
        Ok(())
    })?;
    install(host)?;
    Ok(Value::Null)
}

fn parts_of(x: &Value) -> Result<&dyn Partitioned> {
    match x {
        Value::Parts(p) => Ok(&***p),
        _ => Err(Error::ty()),
    }
}

fn cn(host: &mut dyn Host, x: Value) -> Result<Value> {
    let t = match &x {
        Value::Sym(s) => host.get(*s)?,
        _ => x,
    };
    let p = parts_of(&t)?;
    let counts = (0..p.parts().len())
        .map(|i| p.rows(i).map(|n| i64::try_from(n).unwrap_or(i64::MAX)))
        .collect::<Result<Vec<i64>>>()?;
    let v = Value::longs(counts);
    let name = p.name();
    let all = with_db(host, |db| {
        if db.tables.contains_key(&name) {
            db.counts.insert(name, v.clone());
        }
        let names: Vec<Sym> = db.tables.keys().copied().collect();
        let counts = names.iter().map(|n| db.counts.get(n).cloned().unwrap_or_else(Value::empty)).collect();
        Ok(Value::dict(Value::syms(names), Value::list(counts)))
    })?;
    host.set(Sym::new(".Q.pn"), all)?;
    Ok(v)
}

fn ind(_: &mut dyn Host, x: Value, y: Value) -> Result<Value> {
    let t = parts_of(&x)?;
    ensure!(y.is_list() || y.is_atom(), "type");
    let want: Vec<i64> = y.items().iter().map(|v| v.as_long().ok_or_else(Error::ty)).collect::<Result<_>>()?;
    // where each partition's rows begin
    let mut starts = vec![0usize];
    for p in 0..t.parts().len() {
        starts.push(starts[p] + t.rows(p)?);
    }
    let total = starts[starts.len() - 1];
    let mut by_part: BTreeMap<usize, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
    for (k, &i) in want.iter().enumerate() {
        let i = usize::try_from(i).ok().filter(|&i| i < total).ok_or_else(|| Error::new("length"))?;
        let p = starts.partition_point(|&s| s <= i) - 1;
        let (rows, places) = by_part.entry(p).or_default();
        rows.push(i - starts[p]);
        places.push(k);
    }
    let mut back = vec![0; want.len()];
    for (n, &k) in by_part.values().flat_map(|(_, places)| places).enumerate() {
        back[k] = n;
    }
    let names = t.names();
    let mut cols = Vec::new();
    for &c in &names {
        let mut col = t.prototype(c)?;
        for (&p, (rows, _)) in &by_part {
            col = crate::value::join::join(col, t.column(p, c)?.take_at(rows))?;
        }
        cols.push(col.take_at(&back));
    }
    Ok(Value::table(names, cols))
}

fn map_all(host: &mut dyn Host, _: Value) -> Result<Value> {
    with_db(host, |db| {
        for t in db.tables.values().flatten() {
            t.keep();
        }
        Ok(())
    })?;
    Ok(Value::Null)
}

fn qp(_: &mut dyn Host, x: Value) -> Result<Value> {
    Ok(match &x {
        Value::Parts(_) => Value::bool(true),
        Value::Table(t) if splay::is_from_disk(t) => Value::bool(false),
        _ => Value::long(0),
    })
}

fn qt(_: &mut dyn Host, x: Value) -> Result<Value> {
    Ok(Value::bool(matches!(x, Value::Table(_) | Value::Parts(_)) || x.is_keyed()))
}

/// Bytes that `.Q.fs` reads at a time.
const LUMP: usize = 131_000;

fn fs_lines(host: &mut dyn Host, f: Value, x: Value) -> Result<Value> {
    lumps(host, &f, &x, LUMP)
}

fn fps(host: &mut dyn Host, f: Value, x: Value) -> Result<Value> {
    lumps(host, &f, &x, LUMP)
}

fn fsn(host: &mut dyn Host, args: Vec<Value>) -> Result<Value> {
    let [f, x, n] = &args[..] else { return Err(Error::rank()) };
    let n = n.as_long().and_then(|n| usize::try_from(n).ok()).filter(|&n| n > 0).ok_or_else(Error::domain)?;
    lumps(host, f, x, n)
}

/// Calls `f` with the complete lines of each block; the bytes read are the result.
fn lumps(host: &mut dyn Host, f: &Value, x: &Value, size: usize) -> Result<Value> {
    let p = super::file::path_of(x)?;
    crate::access::read(&p)?;
    let mut from = fs::File::open(&p).map_err(|e| os(&p, &e))?;
    let mut buf: Vec<u8> = Vec::new();
    let mut total = 0usize;
    loop {
        let n = from.by_ref().take(size as u64).read_to_end(&mut buf).map_err(|e| os(&p, &e))?;
        total += n;
        let end = if n == 0 { buf.len() } else { memchr::memrchr(b'\n', &buf).map_or(0, |i| i + 1) };
        if end > 0 {
            let lines = super::file::text::lines(&buf[..end]).into_iter().map(Value::string).collect();
            host.call(f, vec![Value::list(lines)])?;
            buf.drain(..end);
        }
        if n == 0 {
            return Ok(Value::count(total));
        }
    }
}

fn gc(_: &mut dyn Host, _: Value) -> Result<Value> {
    Ok(Value::count(heap::collect()))
}

/// `.Q.w[]`: bytes used, held, at most held, the limit, mapped, of the machine; symbols and their bytes.
fn w(_: &mut dyn Host, _: Value) -> Result<Value> {
    let used = memory::used();
    let heap = used.max(heap::held());
    let (syms, symw) = Sym::stats();
    let names = ["used", "heap", "peak", "wmax", "mmap", "mphy", "syms", "symw"];
    let values =
        [used, heap, memory::peak().max(heap), memory::limit(), memory::mapped(), *memory::PHYSICAL, syms, symw];
    let values = values.into_iter().map(|n| n as i64).collect();
    Ok(Value::dict(Value::syms(names.iter().map(Sym::new).collect()), Value::longs(values)))
}
