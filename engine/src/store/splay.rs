//! Splayed tables: a directory with a file a column, and `.d` with the columns' order.

use super::compressed::Zip;
use super::file::{self, bad, os};
use super::{disk, write};
use crate::error::{Error, Result};
use crate::value::{Data, Domain, Sym, Table, Ty, Value, Vector};
use rustc_hash::FxHashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// The file with the column names in order.
pub const NAMES: &str = ".d";

/// Path of a column. A name that is not a plain file name cannot be one.
pub fn column_path(dir: &Path, name: Sym) -> Result<PathBuf> {
    use std::os::unix::ffi::OsStrExt;
    let b = name.bytes();
    if b.is_empty() || b.contains(&b'/') || b == b"." || b == b".." {
        return Err(bad(dir, format!("impossible column name `{}", name.text())));
    }
    Ok(dir.join(std::ffi::OsStr::from_bytes(b)))
}

/// True for a directory that holds a splayed table.
pub fn is_splayed(dir: &Path) -> bool {
    dir.join(NAMES).is_file()
}

/// Column names in order.
pub fn names(dir: &Path) -> Result<Vec<Sym>> {
    let path = dir.join(NAMES);
    file::of_column(&path, file::read(&path))?.as_syms().ok_or_else(|| bad(&path, "not a list of column names"))
}

/// Tables as they were read from directories, for as long as anyone holds them unchanged.
static READ: Mutex<Vec<Weak<Table>>> = Mutex::new(vec![]);

/// True for a table that was read from a directory and not changed since.
pub fn is_from_disk(t: &Arc<Table>) -> bool {
    READ.lock().unwrap_or_else(PoisonError::into_inner).iter().any(|w| w.as_ptr() == Arc::as_ptr(t))
}

/// The table in a directory, its columns mapped.
pub fn read(dir: &Path) -> Result<Arc<Table>> {
    let names = names(dir)?;
    let mut cols = Vec::with_capacity(names.len());
    for &n in &names {
        let path = column_path(dir, n)?;
        let c = file::of_column(&path, file::read(&path))?;
        if !c.is_list() {
            return Err(bad(&path, "not a column"));
        }
        cols.push(c);
    }
    if let Some(k) = cols.iter().position(|c| c.len() != cols[0].len()) {
        let why = format!("{} items, {} has {}", cols[k].len(), names[0].text(), cols[0].len());
        return Err(bad(&column_path(dir, names[k])?, why));
    }
    let t = Arc::new(Table::new(names, cols));
    let mut known = READ.lock().unwrap_or_else(PoisonError::into_inner);
    known.retain(|w| w.strong_count() > 0);
    known.push(Arc::downgrade(&t));
    Ok(t)
}

/// Columns of a table may be vectors (symbols enumerated) or lists.
fn check(t: &Table) -> Result<()> {
    for (n, c) in t.names.iter().zip(&t.cols) {
        let fits = match c {
            Value::Vec(v) => v.ty != Ty::Sym,
            Value::List(_) => true,
            _ => false,
        };
        if !fits || n.is_null() {
            return Err(Error::ty());
        }
    }
    Ok(())
}

/// Writes a table; `zip` says how each column is compressed. `.d` comes last, and columns that the table no longer has
/// stay as files.
pub fn write(dir: &Path, t: &Table, zip: &dyn Fn(Sym) -> Option<Zip>) -> Result<()> {
    check(t)?;
    crate::access::write(dir)?;
    let bare = PathBuf::from(dir.components().as_path());
    if bare.is_file() {
        // an object of this name gives way, as one file does to another
        disk::remove(&bare).map_err(|e| os(&bare, &e))?;
    }
    disk::make_dirs(dir).map_err(|e| os(dir, &e))?;
    for (&n, c) in t.names.iter().zip(&t.cols) {
        write::write_column(&column_path(dir, n)?, c, zip(n))?;
    }
    write::write(&dir.join(NAMES), &Value::syms(t.names.clone()), None)
}

/// Appends the rows of `t` to the table in `dir`, which is made when missing. Columns are matched by name.
///
/// All that needs room on the disk is done for every column before the first of them counts its new rows: where there is
/// no room the table stays as it was.
pub fn append(dir: &Path, t: &Table, zip: &dyn Fn(Sym) -> Option<Zip>) -> Result<()> {
    if !is_splayed(dir) {
        return write(dir, t, zip);
    }
    check(t)?;
    let names = names(dir)?;
    if names.len() != t.names.len() || names.iter().any(|&n| t.col(n).is_none()) {
        return Err(Error::new("mismatch"));
    }
    // types are checked before the first column grows, so that a refused append changes nothing
    for &n in &names {
        let path = column_path(dir, n)?;
        let (Some(Value::Vec(new)), Ok(Value::Vec(old))) = (t.col(n), file::read(&path)) else { continue };
        if old.ty != new.ty && !(old.is_empty() && old.ty != Ty::Enum) {
            return Err(Error::ty());
        }
    }
    let mut changes = Vec::with_capacity(names.len());
    for &n in &names {
        let Some(c) = t.col(n) else { continue };
        match column_path(dir, n).and_then(|path| write::prepare(&path, c, zip(n))) {
            Ok(change) => changes.push(change),
            Err(e) => {
                changes.into_iter().for_each(write::Change::abort);
                return Err(e);
            }
        }
    }
    changes.into_iter().try_for_each(write::Change::commit)
}

/// Positions of symbols in a domain that grows as needed.
pub struct Enumerator {
    pub domain: Sym,
    list: Vec<Sym>,
    at: FxHashMap<Sym, i64>,
    /// How many the domain held before.
    known: usize,
}

impl Enumerator {
    /// Starts from the domain's present list.
    pub fn new(domain: Sym, list: Vec<Sym>) -> Enumerator {
        let mut at = FxHashMap::default();
        for (i, &s) in list.iter().enumerate() {
            at.entry(s).or_insert(i as i64);
        }
        Enumerator { domain, known: list.len(), list, at }
    }
    /// The index of `s`, added when new.
    pub fn index(&mut self, s: Sym) -> i64 {
        *self.at.entry(s).or_insert_with(|| {
            self.list.push(s);
            self.list.len() as i64 - 1
        })
    }
    /// Symbols of a value (nested ones too) replaced by indexes; enumerations of other domains are re-enumerated.
    pub fn apply(&mut self, v: &Value) -> Value {
        match v {
            Value::Sym(s) => Value::Enum(Domain(self.domain), self.index(*s)),
            Value::Vec(x) if x.ty == Ty::Enum && x.domain.0 != self.domain => match v.deenum() {
                Value::Vec(p) if p.ty == Ty::Sym => self.apply(&Value::Vec(p)),
                _ => v.clone(),
            },
            Value::Vec(x) => match &x.data {
                Data::Sym(s) => {
                    let ix = s.iter().map(|&s| self.index(s)).collect();
                    let mut e = Vector::enumerated(Domain(self.domain), ix);
                    e.attr = x.attr;
                    Value::Vec(Arc::new(e))
                }
                _ => v.clone(),
            },
            Value::List(l) if l.iter().all(|i| matches!(i.ty(), Some(Ty::Sym)) && i.is_list()) => {
                Value::list(l.iter().map(|i| self.apply(i)).collect())
            }
            _ => v.clone(),
        }
    }
    /// The whole list, and from where on it is new.
    pub fn finish(self) -> (Vec<Sym>, usize) {
        (self.list, self.known)
    }
}

/// The file, made when missing, and locked.
fn locked(path: &Path) -> std::io::Result<std::fs::File> {
    use std::os::unix::fs::MetadataExt;
    loop {
        let f = disk::open_append(path)?;
        f.lock()?;
        // who had the lock before may have put another file in its place (a list with an attribute is rewritten)
        let here = f.metadata()?;
        if std::fs::metadata(path).is_ok_and(|m| (m.dev(), m.ino()) == (here.dev(), here.ino())) {
            return Ok(f);
        }
    }
}

/// Enumerates symbols with `work` against the domain file `dir/name`, which is locked meanwhile, read first and gets the
/// new symbols appended. Returns the result and the domain's list.
pub fn enumerate_in_file<T>(
    path: &Path,
    domain: Sym,
    work: impl FnOnce(&mut Enumerator) -> T,
) -> Result<(T, Vec<Sym>)> {
    crate::access::write(path)?;
    if let Some(dir) = path.parent().filter(|d| !d.as_os_str().is_empty()) {
        disk::make_dirs(dir).map_err(|e| os(dir, &e))?;
    }
    let lock = locked(path).map_err(|e| os(path, &e))?;
    let size = lock.metadata().map_err(|e| os(path, &e))?.len();
    // without a whole header it was cut off when it was made, and nothing refers to it
    let empty = size < 8;
    if empty && size > 0 {
        disk::set_len(&lock, path, 0).map_err(|e| os(path, &e))?;
    }
    let list =
        if empty { vec![] } else { file::read(path)?.as_syms().ok_or_else(|| bad(path, "not a list of symbols"))? };
    let mut e = Enumerator::new(domain, list);
    let done = work(&mut e);
    let (list, known) = e.finish();
    if empty {
        // in place, not renamed: others may wait for the lock of this very file
        let mut body = vec![0xff, 1, 11, 0, 0, 0, 0, 0];
        for s in &list {
            body.extend_from_slice(s.bytes());
            body.push(0);
        }
        std::io::Write::write_all(&mut &lock, &body).map_err(|e| os(path, &e))?;
        disk::appended(&lock, path, &body).map_err(|e| os(path, &e))?;
    } else if list.len() > known {
        write::append(path, &Value::syms(list[known..].to_vec()), None)?;
    }
    if empty || list.len() > known {
        // the indexes that are written next mean nothing without their symbols
        disk::sync(&lock, path).map_err(|e| os(path, &e))?;
    }
    Ok((done, list))
}
