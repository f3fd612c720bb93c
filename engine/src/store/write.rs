//! Writing column and object files, as kdb+ reads them: aside and renamed, or appended in place.

use super::compressed::{self, Zip};
use super::file::{Header, Kind, NESTED, OBJECT, PAGE, PAGE_DATA, PAGE_HEADER, VECTOR, bad, header, os, read};
use super::mmap::{Bytes, Plain};
use super::nested::companion;
use super::{disk, index};
use crate::error::{Error, Result};
use crate::ipc::{encode_object, encode_stored};
use crate::value::{Attr, Data, Sym, Ty, Value, Vector};
use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Attribute byte.
fn attr_code(a: Attr) -> u8 {
    if a == Attr::Grouped { 4 } else { a as u8 }
}

fn vector_header(code: u8, attr: Attr, n: usize) -> Vec<u8> {
    let mut h = vec![VECTOR[0], VECTOR[1], code, attr_code(attr), 0, 0, 0, 0];
    h.extend_from_slice(&(n as u64).to_le_bytes());
    h
}

fn page_header(domain: Sym, attr: Attr, n: usize) -> Vec<u8> {
    let mut h = vec![0; PAGE_HEADER];
    h[..2].copy_from_slice(&PAGE);
    let name = domain.bytes();
    let fits = name.len().min(PAGE_HEADER - 17);
    h[16..16 + fits].copy_from_slice(&name[..fits]);
    let mut simple = vector_header(20, attr, n);
    simple[..2].copy_from_slice(&[0xfd, 0]);
    h.append(&mut simple);
    h
}

/// The bytes of a vector's items as they stand in a file; symbols are NUL-terminated.
pub fn raw_items(v: &Vector) -> Vec<u8> {
    let mut out = Vec::new();
    push_items(&v.data, &mut out);
    out
}

fn push_items(d: &Data, out: &mut Vec<u8>) {
    match d {
        Data::U8(b) => u8::write(b, out),
        Data::I16(b) => i16::write(b, out),
        Data::I32(b) => i32::write(b, out),
        Data::I64(b) => i64::write(b, out),
        Data::F32(b) => f32::write(b, out),
        Data::F64(b) => f64::write(b, out),
        Data::Guid(b) => <[u8; 16]>::write(b, out),
        Data::Sym(b) => {
            for s in b.iter() {
                out.extend_from_slice(s.bytes());
                out.push(0);
            }
        }
    }
}

/// The type of a list of vectors that all have one type with items of fixed width, and can be laid in a companion file.
fn nested_type(l: &[Value]) -> Option<Ty> {
    let Value::Vec(first) = l.first()? else { return None };
    let ty = first.ty;
    let plain = !matches!(ty, Ty::Sym | Ty::Enum);
    let all = l.iter().all(|v| matches!(v, Value::Vec(v) if v.ty == ty && v.attr == Attr::None));
    (plain && all).then_some(ty)
}

/// What goes into the file, and into its companion.
fn layout(v: &Value, column: bool) -> Result<(Vec<u8>, Option<Vec<u8>>)> {
    match v {
        Value::Vec(x) if x.ty == Ty::Enum => {
            let mut h = page_header(x.domain.0, x.attr, x.len());
            push_items(&x.data, &mut h);
            if let Data::I64(ix) = &x.data {
                index::push(ix, x.attr, &mut h);
            }
            Ok((h, None))
        }
        Value::Vec(x) if x.ty != Ty::Sym => {
            let mut h = vector_header(x.ty.code() as u8, x.attr, x.len());
            push_items(&x.data, &mut h);
            Ok((h, None))
        }
        Value::List(l) if column || !l.is_empty() => match nested_type(l) {
            Some(ty) => {
                let mut items = Vec::new();
                let mut h = vector_header(NESTED + ty.code() as u8, Attr::None, l.len());
                for v in l.iter() {
                    if let Value::Vec(v) = v {
                        push_items(&v.data, &mut items);
                    }
                    h.extend_from_slice(&((items.len() / ty.width()) as u64).to_le_bytes());
                }
                Ok((h, Some(items)))
            }
            None => Ok((object(v)?, None)),
        },
        _ => Ok((object(v)?, None)),
    }
}

fn object(v: &Value) -> Result<Vec<u8>> {
    let mut out = OBJECT.to_vec();
    crate::ipc::room_to_write(v)?;
    encode_stored(v, &mut out)?;
    Ok(out)
}

/// Writes a value as `set` does, compressed if asked: aside first, then renamed, so that a crash leaves the old file or
/// the new one. The directory is made when it is missing.
pub fn write(path: &Path, v: &Value, zip: Option<Zip>) -> Result<()> {
    write_as(path, v, zip, false)
}

/// Like [`write`], for a column of a splayed table.
pub fn write_column(path: &Path, v: &Value, zip: Option<Zip>) -> Result<()> {
    write_as(path, v, zip, true)
}

fn write_as(path: &Path, v: &Value, zip: Option<Zip>, column: bool) -> Result<()> {
    rewrite(path, v, zip, column)?.commit()
}

/// A change of a file that needs no more room on the disk: everything is written, and `commit` makes it count. The file is
/// opened again for that: a table may have more columns than a process may have descriptors.
pub enum Change {
    /// The number of items, in the header, at an offset. What stood there is 0 where the file's size told it.
    Count { path: PathBuf, at: u64, old: u64, new: u64, size: u64 },
    /// Items behind those that were there, which count as soon as they are there.
    Tail { path: PathBuf, size: u64 },
    /// A new file aside, and another for the companion if the value has one.
    Files { path: PathBuf, new: PathBuf, items: Option<PathBuf> },
}

impl Change {
    pub fn commit(self) -> Result<()> {
        let (path, new, items) = match self {
            Change::Count { path, at, new, .. } => {
                let f = OpenOptions::new().write(true).open(&path);
                return f.and_then(|f| disk::write_at(&f, &path, at, &new.to_le_bytes())).map_err(|e| os(&path, &e));
            }
            Change::Tail { .. } => return Ok(()),
            Change::Files { path, new, items } => (path, new, items),
        };
        let side = companion(&path);
        // two files cannot change at once: between the renames the column is missing, never of two kinds
        if (items.is_some() || side.exists()) && path.exists() {
            disk::remove(&path).map_err(|e| os(&path, &e))?;
        }
        match items {
            Some(i) => put(&i, &side)?,
            None if side.exists() => disk::remove(&side).map_err(|e| os(&side, &e))?,
            None => {}
        }
        put(&new, &path)
    }
    /// Takes it back. What cannot be taken back is left: the error that led here says more than another would.
    pub fn abort(self) {
        match self {
            // with a count in the header what is behind the items means nothing
            Change::Count { old, .. } if old > 0 => {}
            Change::Count { path, size, .. } | Change::Tail { path, size } => {
                let f = OpenOptions::new().write(true).open(&path);
                let _ = f.and_then(|f| disk::set_len(&f, &path, size));
            }
            Change::Files { new, items, .. } => {
                for p in std::iter::once(new).chain(items) {
                    let _ = fs::remove_file(p);
                }
            }
        }
    }
}

/// Writes aside what [`Change::commit`] puts in the place of the file and its companion.
fn rewrite(path: &Path, v: &Value, zip: Option<Zip>, column: bool) -> Result<Change> {
    let (body, items) = layout(v, column)?;
    let pack = |plain: Vec<u8>| match zip {
        Some(z) => compressed::deflate(&plain, z),
        None => Ok(plain),
    };
    let side = companion(path);
    let (body, items) = (pack(body)?, items.map(pack).transpose()?);
    crate::access::write(path)?;
    crate::access::write(&side)?;
    let there = path.exists();
    let new = aside(path, &body, there)?;
    match items.map(|i| aside(&side, &i, there || side.exists())).transpose() {
        Ok(items) => Ok(Change::Files { path: path.to_owned(), new, items }),
        Err(e) => {
            let _ = fs::remove_file(&new);
            Err(e)
        }
    }
}

/// Replaces the file's content: written beside it and renamed over it, so that a crash leaves the old or the new. Where
/// there was a file the new one is on the disk before it takes that one's place, so that a power cut does too.
pub fn replace(path: &Path, body: &[u8]) -> Result<()> {
    let new = aside(path, body, path.exists())?;
    put(&new, path)
}

/// Writes beside `path`, and waits for the disk if asked.
fn aside(path: &Path, body: &[u8], sync: bool) -> Result<PathBuf> {
    crate::access::write(path)?;
    if let Some(dir) = path.parent() {
        disk::make_dirs(dir).map_err(|e| os(dir, &e))?;
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let new = path.with_file_name(name);
    let written = disk::create(&new, body);
    let done = written.and_then(|f| if sync { disk::sync(&f, &new) } else { Ok(()) });
    if let Err(e) = done {
        // the file itself is untouched; what is left aside is of no use to anyone
        let _ = fs::remove_file(&new);
        return Err(os(path, &e));
    }
    Ok(new)
}

/// Gives what was written aside its name.
fn put(new: &Path, path: &Path) -> Result<()> {
    disk::rename(new, path).map_err(|e| {
        let _ = fs::remove_file(new);
        os(path, &e)
    })
}

/// Appends items to a file (made when missing); returns when they are with the operating system.
///
/// Plain vectors, enumerations, symbol lists, nested vectors and logs grow in place: data first, then the count, so that
/// a crash between the two loses the append but never tears the file. Anything else is read, joined and rewritten.
pub fn append(path: &Path, v: &Value, zip: Option<Zip>) -> Result<()> {
    prepare(path, v, zip)?.commit()
}

/// Does all of [`append`] that needs room on the disk.
pub fn prepare(path: &Path, v: &Value, zip: Option<Zip>) -> Result<Change> {
    crate::access::write(path)?;
    if fs::metadata(path).map_or(0, |m| m.len()) == 0 {
        let v = if v.is_atom() { v.clone().enlist() } else { v.clone() };
        return rewrite(path, &v, zip, false);
    }
    let f = OpenOptions::new().read(true).write(true).open(path).map_err(|e| os(path, &e))?;
    let size = f.metadata().map_err(|e| os(path, &e))?.len();
    let mut start = vec![0; usize::try_from(size.min(PAGE_DATA as u64)).unwrap_or(0)];
    f.read_exact_at(&mut start, 0).map_err(|e| os(path, &e))?;
    let packed = compressed::is_compressed(&start);
    if packed {
        if let Some(done) = append_compressed(path, v)? {
            return Ok(done);
        }
    } else if let Some(done) = append_in_place(&f, size, &start, path, v)? {
        return Ok(done);
    }
    drop(f);
    let zip = if packed { zip_of(path)? } else { zip };
    let old = read(path)?;
    if let (Value::Vec(o), Some(t)) = (&old, v.ty())
        && o.ty != t
        && !(o.ty == Ty::Enum && t == Ty::Sym)
        && !o.is_empty()
    {
        return Err(Error::ty());
    }
    let attr = if let Value::Vec(o) = &old { o.attr } else { Attr::None };
    let mut new = crate::value::join::join(old, v.clone())?;
    if let (Value::Vec(n), Attr::Parted | Attr::Grouped) = (&mut new, attr) {
        let n = Arc::make_mut(n);
        if attr == Attr::Grouped || is_parted(&n.data) {
            n.attr = attr;
        }
    }
    rewrite(path, &new, zip, true)
}

/// True when equal items stand together.
pub fn is_parted(d: &Data) -> bool {
    let mut seen = rustc_hash::FxHashSet::default();
    let mut last = None;
    (0..d.len()).all(|i| {
        let k = crate::value::attr::key_bits(d, i);
        if last == Some(k) {
            return true;
        }
        last = Some(k);
        seen.insert(k)
    })
}

/// The parameters with which a compressed file was written.
fn zip_of(path: &Path) -> Result<Option<Zip>> {
    let b = Bytes::open(path)?;
    Ok(compressed::stats(&b, path)?.and_then(compressed::Stats::zip))
}

/// Appends to a compressed vector without attribute: only the blocks that change are compressed. None when the file must
/// be rewritten.
fn append_compressed(path: &Path, v: &Value) -> Result<Option<Change>> {
    let v = if v.is_atom() { v.clone().enlist() } else { v.clone() };
    let file = Bytes::open(path)?;
    let (start, Some(size)) = compressed::start(&file, path)? else { return Ok(None) };
    let h = header(&start, path)?;
    let (width, x) = match (&h.kind, &v) {
        (Kind::Vector(ty), Value::Vec(x)) if x.ty == *ty => (ty.width(), x),
        (Kind::Enum(domain, 8), Value::Vec(x)) if x.ty == Ty::Enum && x.domain.0 == *domain => (8, x),
        _ => return Ok(None),
    };
    let room = size.saturating_sub(h.data);
    let have = if h.count == 0 { (room / width) as u64 } else { h.count };
    if h.attr != Attr::None || have.checked_mul(width as u64) != Some(room as u64) {
        return Ok(None);
    }
    let mut add = Vec::new();
    push_items(&x.data, &mut add);
    let count = (h.data - 8, (have + x.len() as u64).to_le_bytes());
    let Some(new) = compressed::extend(&file, path, &add, count)? else { return Ok(None) };
    Ok(Some(Change::Files { path: path.to_owned(), new: aside(path, &new, true)?, items: None }))
}

/// Writes items behind those that are there; None when the file must be rewritten.
fn append_in_place(f: &File, size: u64, start: &[u8], path: &Path, v: &Value) -> Result<Option<Change>> {
    let fail = |e: std::io::Error| os(path, &e);
    let h = header(start, path)?;
    let v = if v.is_atom() { v.clone().enlist() } else { v.clone() };
    let mut add = Vec::new();
    match (&h.kind, &v) {
        (Kind::Object, Value::Vec(x)) if start.get(2) == Some(&11) && x.ty == Ty::Sym => {
            if start.get(3) != Some(&0) {
                return Ok(None);
            }
            // count 0 says "to the end of the file"; a name torn off by an earlier crash is cut away first
            let whole = whole_symbols(path, size)?;
            disk::write_at(f, path, 4, &[0; 4]).map_err(fail)?;
            if whole < size {
                disk::set_len(f, path, whole).map_err(fail)?;
            }
            push_items(&x.data, &mut add);
            tail(f, path, whole, &add).map(Some)
        }
        (Kind::Object, _) if start.get(2) == Some(&0) && size >= 8 => {
            for item in v.items() {
                encode_object(&item, &mut add)?;
            }
            disk::write_at(f, path, 4, &[0; 4]).map_err(fail)?;
            tail(f, path, size, &add).map(Some)
        }
        (Kind::Vector(ty), Value::Vec(x)) if x.ty == *ty && h.attr == Attr::None => {
            push_items(&x.data, &mut add);
            grow(f, &h, size, ty.width(), &add, x.len(), path)
        }
        (Kind::Enum(domain, 8), Value::Vec(x)) if x.ty == Ty::Enum && x.domain.0 == *domain && h.attr == Attr::None => {
            push_items(&x.data, &mut add);
            grow(f, &h, size, 8, &add, x.len(), path)
        }
        (Kind::Nested(ty), Value::List(l)) if nested_type(l) == Some(*ty) => {
            let side = companion(path);
            let g = OpenOptions::new().read(true).write(true).open(&side).map_err(|e| os(&side, &e))?;
            if h.count.checked_mul(8).and_then(|b| b.checked_add(h.data as u64)) != Some(size) {
                return Ok(None);
            }
            let mut end = 0u64;
            if h.count > 0 {
                let mut last = [0; 8];
                f.read_exact_at(&mut last, size - 8).map_err(fail)?;
                end = u64::from_le_bytes(last);
            }
            let mut items = Vec::new();
            for x in l.iter() {
                let Value::Vec(x) = x else { return Ok(None) };
                push_items(&x.data, &mut items);
                add.extend_from_slice(&(end + (items.len() / ty.width()) as u64).to_le_bytes());
            }
            let at = end.checked_mul(ty.width() as u64).ok_or_else(|| bad(path, "offsets"))?;
            if g.metadata().map_err(|e| os(&side, &e))?.len() < at {
                return Err(bad(&side, "shorter than its offsets say"));
            }
            disk::write_at(&g, &side, at, &items).map_err(|e| os(&side, &e))?;
            grow(f, &h, size, 8, &add, l.len(), path)
        }
        (Kind::Vector(ty), Value::Vec(x)) if x.ty != *ty && h.count > 0 => Err(Error::ty()),
        _ => Ok(None),
    }
}

/// Writes `add` at the end of a file whose size says what it holds; nothing of it stays if there is no room for all.
fn tail(f: &File, path: &Path, size: u64, add: &[u8]) -> Result<Change> {
    let change = Change::Tail { path: path.to_owned(), size };
    match disk::write_at(f, path, size, add) {
        Ok(()) => Ok(change),
        Err(e) => {
            change.abort();
            Err(os(path, &e))
        }
    }
}

/// Writes `add` after the items that are there; the new count is still to be written.
fn grow(f: &File, h: &Header, size: u64, width: usize, add: &[u8], n: usize, path: &Path) -> Result<Option<Change>> {
    let have = if h.count == 0 { (size - h.data as u64) / width as u64 } else { h.count };
    let end = have.checked_mul(width as u64).and_then(|b| b.checked_add(h.data as u64));
    let Some(end) = end.filter(|&e| e <= size) else {
        return Err(bad(path, format!("header says {have} items, the file holds {size} bytes")));
    };
    let change =
        Change::Count { path: path.to_owned(), at: h.data as u64 - 8, old: h.count, new: have + n as u64, size };
    match disk::write_at(f, path, end, add) {
        Ok(()) => Ok(Some(change)),
        Err(e) => {
            change.abort();
            Err(os(path, &e))
        }
    }
}

/// Size of a symbol list up to its last NUL.
fn whole_symbols(path: &Path, size: u64) -> Result<u64> {
    let b = Bytes::open(path)?;
    Ok(memchr::memrchr(0, b.get(8..).unwrap_or(b"")).map_or(8.min(size), |n| n as u64 + 9))
}
