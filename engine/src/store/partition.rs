//! Partitioned databases: directories named by date, month, year or integer, each with splayed tables.
//!
//! Mounting lists directories and reads the last partition's `.d` files; a column is opened when a query wants it.

use super::file::{self, bad, os};
use super::splay;
use crate::error::{Error, Result};
use crate::value::temporal::days_from_civil;
use crate::value::{Data, Partitioned, Sym, Ty, Value};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The file that names the segments of a database.
pub const SEGMENTS: &str = "par.txt";

/// What a partition directory's name is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Field {
    Date,
    Month,
    Year,
    Int,
}

impl Field {
    /// Name of the virtual column.
    pub fn name(self) -> Sym {
        Sym::new(match self {
            Field::Date => "date",
            Field::Month => "month",
            Field::Year => "year",
            Field::Int => "int",
        })
    }
    /// Type of the virtual column.
    pub fn ty(self) -> Ty {
        match self {
            Field::Date => Ty::Date,
            Field::Month => Ty::Month,
            Field::Year | Field::Int => Ty::Int,
        }
    }
    /// Kind and value of a directory name, or None when it is not a partition.
    pub fn parse(name: &[u8]) -> Option<(Field, i32)> {
        let digits = |b: &[u8]| -> Option<i64> {
            if b.is_empty() || b.len() > 10 || !b.iter().all(u8::is_ascii_digit) {
                return None;
            }
            std::str::from_utf8(b).ok()?.parse().ok()
        };
        let (field, n) = match name {
            [y @ .., b'.', m1, m2, b'.', d1, d2] if y.len() == 4 => {
                let (y, m, d) = (digits(y)?, digits(&[*m1, *m2])?, digits(&[*d1, *d2])?);
                let real = (1..=12).contains(&m) && (1..=crate::value::temporal::days_in_month(y, m)).contains(&d);
                (Field::Date, real.then(|| days_from_civil(y, m, d))?)
            }
            [y @ .., b'.', m1, m2] if y.len() == 4 => {
                let (y, m) = (digits(y)?, digits(&[*m1, *m2])?);
                (Field::Month, (1..=12).contains(&m).then_some((y - 2000) * 12 + m - 1)?)
            }
            n if n.len() == 4 => (Field::Year, digits(n)?),
            n => (Field::Int, digits(n)?),
        };
        Some((field, i32::try_from(n).ok()?))
    }
    /// As a directory is named.
    pub fn text(self, v: i32) -> String {
        match self {
            Field::Date => {
                let (y, m, d) = crate::value::temporal::civil_from_days(i64::from(v));
                format!("{y:04}.{m:02}.{d:02}")
            }
            Field::Month => format!("{:04}.{:02}", 2000 + v.div_euclid(12), v.rem_euclid(12) + 1),
            Field::Year => format!("{v:04}"),
            Field::Int => v.to_string(),
        }
    }
}

/// A partition: its value and the directory (of the root or a segment) that holds its directory.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Part {
    pub value: i32,
    pub home: PathBuf,
}

/// What is found in a database directory.
#[derive(Default)]
pub struct Listing {
    pub field: Option<Field>,
    /// Ascending by value, segments in the order of `par.txt` where values are equal.
    pub parts: Vec<Part>,
    /// Segments, empty without `par.txt`.
    pub segments: Vec<PathBuf>,
    /// Serialised objects at the root: name and path.
    pub objects: Vec<(Sym, PathBuf)>,
    /// Splayed tables at the root.
    pub splayed: Vec<(Sym, PathBuf)>,
    /// Scripts at the root.
    pub scripts: Vec<PathBuf>,
    /// Tables of the last partition.
    pub tables: Vec<Sym>,
}

/// File names in a directory, ascending.
pub fn entries(dir: &Path) -> Result<Vec<(Vec<u8>, PathBuf)>> {
    crate::access::read(dir)?;
    let mut v = Vec::new();
    for e in fs::read_dir(dir).map_err(|e| os(dir, &e))? {
        let e = e.map_err(|e| os(dir, &e))?;
        v.push((e.file_name().as_bytes().to_vec(), e.path()));
    }
    v.sort();
    Ok(v)
}

/// Lists a database directory; columns and rows are not touched.
pub fn list(root: &Path) -> Result<Listing> {
    let mut l = Listing::default();
    let mut found: Vec<(Field, i32, PathBuf)> = Vec::new();
    let mut scan = |dir: &Path, found: &mut Vec<(Field, i32, PathBuf)>, at_root: bool| -> Result<()> {
        for (name, path) in entries(dir)? {
            if name.starts_with(b".") || name.ends_with(b"#") || name.ends_with(b"$") || name.ends_with(b".tmp") {
                continue;
            }
            if path.is_dir() {
                if let Some((f, v)) = Field::parse(&name) {
                    found.push((f, v, dir.to_owned()));
                } else if at_root && splay::is_splayed(&path) {
                    l.splayed.push((Sym::new(&name), path));
                }
            } else if at_root {
                let extension = path.extension().map(OsStrExt::as_bytes);
                match extension {
                    Some(b"q" | b"k" | b"s") => l.scripts.push(path),
                    Some(_) => {}
                    None if name != SEGMENTS.as_bytes() => l.objects.push((Sym::new(&name), path)),
                    None => {}
                }
            }
        }
        Ok(())
    };
    scan(root, &mut found, true)?;
    let par = root.join(SEGMENTS);
    let mut segments = Vec::new();
    if par.is_file() {
        crate::access::read(&par)?;
        let text = fs::read(&par).map_err(|e| os(&par, &e))?;
        for line in text.split(|&c| c == b'\n') {
            let line = line.trim_ascii();
            if line.is_empty() {
                continue;
            }
            let line = line.strip_prefix(b":").unwrap_or(line);
            let dir = root.join(std::ffi::OsStr::from_bytes(line));
            scan(&dir, &mut found, false)?;
            segments.push(dir);
        }
    }
    l.segments = segments;
    // one kind of partition a database: the one of most directories; years and integers look alike
    let all_years = found.iter().all(|f| f.0 != Field::Int);
    for f in &mut found {
        if f.0 == Field::Year && !all_years {
            f.0 = Field::Int;
        }
    }
    if let Some(first) =
        found.iter().map(|f| f.0).min_by_key(|k| std::cmp::Reverse(found.iter().filter(|f| f.0 == *k).count()))
    {
        found.retain(|f| f.0 == first);
        found.sort_by_key(|f| f.1);
        l.field = Some(first);
        l.parts = found.into_iter().map(|(_, value, home)| Part { value, home }).collect();
        l.tables = last_tables(first, &l.parts)?;
    }
    Ok(l)
}

/// Tables of the last partition (of all segments that have it).
fn last_tables(field: Field, parts: &[Part]) -> Result<Vec<Sym>> {
    let Some(last) = parts.last() else { return Ok(vec![]) };
    let mut names = Vec::new();
    for p in parts.iter().filter(|p| p.value == last.value) {
        names.extend(tables_in(&p.home.join(field.text(p.value)))?);
    }
    names.sort_unstable();
    names.dedup();
    Ok(names)
}

/// Splayed tables in a partition's directory.
pub fn tables_in(dir: &Path) -> Result<Vec<Sym>> {
    Ok(entries(dir)?.into_iter().filter(|(_, p)| splay::is_splayed(p)).map(|(n, _)| Sym::new(&n)).collect())
}

/// The partitions of a mounted database, shared by its tables.
pub struct Mounted {
    pub root: PathBuf,
    pub field: Field,
    pub parts: Vec<Part>,
    /// Tables missing from a partition count as empty (`.Q.bv`).
    pub fill: bool,
}

impl Mounted {
    /// Directory of partition `p`.
    pub fn dir(&self, p: usize) -> PathBuf {
        let part = &self.parts[p];
        part.home.join(self.field.text(part.value))
    }
}

/// One table of a mounted database.
pub struct PartTable {
    name: Sym,
    db: Arc<Mounted>,
    /// Columns, the virtual one first.
    names: Vec<Sym>,
    /// The partition that describes the columns.
    model: PathBuf,
    counts: Mutex<Vec<Option<usize>>>,
    /// Enumerations whose indexes were found to have symbols.
    checked: Mutex<rustc_hash::FxHashSet<(usize, Sym)>>,
    /// Columns kept mapped by `.Q.MAP`.
    kept: Mutex<Option<rustc_hash::FxHashMap<(usize, Sym), Value>>>,
}

impl PartTable {
    /// The table `name`, described by the last partition that has it (the first with `from_first`).
    pub fn new(db: Arc<Mounted>, name: Sym, from_first: bool) -> Result<PartTable> {
        let mut order: Vec<usize> = (0..db.parts.len()).collect();
        if !from_first {
            order.reverse();
        }
        let model = order
            .iter()
            .map(|&p| splay::column_path(&db.dir(p), name))
            .collect::<Result<Vec<_>>>()?
            .into_iter()
            .find(|d| splay::is_splayed(d))
            .ok_or_else(|| bad(&db.root, format!("no partition has the table {}", name.text())))?;
        let mut names = vec![db.field.name()];
        names.extend(splay::names(&model)?);
        let counts = Mutex::new(vec![None; db.parts.len()]);
        Ok(PartTable { name, db, names, model, counts, checked: Mutex::default(), kept: Mutex::new(None) })
    }
    /// The partitions.
    pub fn db(&self) -> &Arc<Mounted> {
        &self.db
    }
    fn dir(&self, p: usize) -> Result<PathBuf> {
        if p >= self.db.parts.len() {
            return Err(Error::new("par"));
        }
        splay::column_path(&self.db.dir(p), self.name)
    }
    /// Keeps every column mapped from now on.
    pub fn keep(&self) {
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(rustc_hash::FxHashMap::default());
    }
    /// Looks at the indexes of an enumeration when it is first read.
    fn check(&self, p: usize, name: Sym, c: &Value, path: &Path) -> Result<()> {
        let seen = || self.checked.lock().unwrap_or_else(PoisonError::into_inner);
        if !seen().contains(&(p, name)) {
            file::check_indexes(c, path)?;
            seen().insert((p, name));
        }
        Ok(())
    }
    fn missing(&self, dir: &Path) -> bool {
        self.db.fill && !splay::is_splayed(dir)
    }
}

impl Partitioned for PartTable {
    fn name(&self) -> Sym {
        self.name
    }
    fn names(&self) -> Vec<Sym> {
        self.names.clone()
    }
    fn field(&self) -> Sym {
        self.db.field.name()
    }
    fn parts(&self) -> Value {
        values(self.db.field, &self.db.parts)
    }
    fn rows(&self, p: usize) -> Result<usize> {
        if let Some(Some(n)) = self.counts.lock().unwrap_or_else(PoisonError::into_inner).get(p) {
            return Ok(*n);
        }
        let dir = self.dir(p)?;
        let n = if self.missing(&dir) {
            0
        } else {
            match self.names.get(1) {
                Some(&c) => {
                    let path = splay::column_path(&dir, c)?;
                    file::of_column(&path, file::count_items(&path))?
                }
                None => 0,
            }
        };
        if let Some(slot) = self.counts.lock().unwrap_or_else(PoisonError::into_inner).get_mut(p) {
            *slot = Some(n);
        }
        Ok(n)
    }
    fn column(&self, p: usize, name: Sym) -> Result<Value> {
        if name == self.field() {
            let n = self.rows(p)?;
            let part = self.db.parts.get(p).ok_or_else(|| Error::new("par"))?;
            return Ok(Value::vec(self.db.field.ty(), Data::I32(vec![part.value; n].into())));
        }
        if let Some(kept) = &*self.kept.lock().unwrap_or_else(PoisonError::into_inner)
            && let Some(v) = kept.get(&(p, name))
        {
            return Ok(v.clone());
        }
        let dir = self.dir(p)?;
        if self.missing(&dir) {
            return self.prototype(name);
        }
        let path = splay::column_path(&dir, name)?;
        let c = if self.db.fill && !path.exists() {
            // a column younger than the partition
            let n = self.rows(p)?;
            self.prototype(name)?.take_at(&vec![usize::MAX; n])
        } else {
            file::of_column(&path, file::read(&path))?
        };
        let rows = self.rows(p)?;
        if c.len() != rows {
            return Err(bad(&path, format!("{} items, the table has {rows} rows", c.len())));
        }
        self.check(p, name, &c, &path)?;
        if let Some(kept) = &mut *self.kept.lock().unwrap_or_else(PoisonError::into_inner) {
            kept.insert((p, name), c.clone());
        }
        Ok(c)
    }
    fn column_at(&self, p: usize, name: Sym, rows: &[usize]) -> Result<Value> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner).is_some();
        if name == self.field() {
            self.db.parts.get(p).ok_or_else(|| Error::new("par"))?;
            return Ok(Value::vec(self.db.field.ty(), Data::I32(vec![self.db.parts[p].value; rows.len()].into())));
        }
        if !kept {
            let path = splay::column_path(&self.dir(p)?, name)?;
            if path.exists()
                && let Some(v) = file::of_column(&path, file::read_rows(&path, rows))?
                && file::count_items(&path)? == self.rows(p)?
            {
                file::check_indexes(&v, &path)?;
                return Ok(v);
            }
        }
        Ok(self.column(p, name)?.take_at(rows))
    }
    fn prototype(&self, name: Sym) -> Result<Value> {
        if name == self.field() {
            return Ok(Value::empty_of(self.db.field.ty()));
        }
        let path = splay::column_path(&self.model, name)?;
        file::of_column(&path, file::prototype(&path))
    }
}

/// Partition values as the vector that the virtual column's global holds.
pub fn values(field: Field, parts: &[Part]) -> Value {
    Value::vec(field.ty(), Data::I32(parts.iter().map(|p| p.value).collect::<Vec<_>>().into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directory_names() {
        assert_eq!(Field::parse(b"2015.01.07"), Some((Field::Date, 5485)));
        assert_eq!(Field::parse(b"2000.02"), Some((Field::Month, 1)));
        assert_eq!(Field::parse(b"1999.12"), Some((Field::Month, -1)));
        assert_eq!(Field::parse(b"2024"), Some((Field::Year, 2024)));
        assert_eq!(Field::parse(b"12"), Some((Field::Int, 12)));
        for not in ["2015.13.01", "2015.02.29", "2015.1.7", "trade", "2000.00", "-3", "99999999999"] {
            assert_eq!(Field::parse(not.as_bytes()), None, "{not}");
        }
        for (f, v) in [(Field::Date, 5485), (Field::Month, -1), (Field::Year, 2024), (Field::Int, 12)] {
            assert_eq!(Field::parse(f.text(v).as_bytes()), Some((f, v)));
        }
    }
}
