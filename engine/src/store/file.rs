//! Column and object files, read as kdb+ wrote them and written as kdb+ reads them; `docs/storage.md` has the bytes.
//!
//! A file that does not hold what its header says is an error that names the file and the reason; nothing is
//! allocated on the word of a header alone.

use super::compressed;
use super::mmap::{Bytes, Plain, copy, lend};
use super::nested::{read_mapped, read_nested};
use crate::error::{Error, Result};
use crate::ipc::decode::{Compile, decode_object, uncompiled};
use crate::value::{Attr, Class, Data, Domain, Sym, Ty, Value, Vector};
use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// Serialised object.
pub(super) const OBJECT: [u8; 2] = [0xff, 0x01];
/// Header of a simple vector.
pub(super) const VECTOR: [u8; 2] = [0xfe, 0x20];
/// Header page of an enumeration or anymap.
pub(super) const PAGE: [u8; 2] = [0xfd, 0x20];
/// Where the 16 header bytes of a page stand, and where its data begin.
pub(super) const PAGE_HEADER: usize = 4080;
pub(super) const PAGE_DATA: usize = 4096;
/// Type codes above this are lists of vectors of type `code - NESTED`, their items in the companion `#` file.
pub(super) const NESTED: u8 = 77;

/// What the start of a file says it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A serialised object.
    Object,
    /// A simple vector of the type.
    Vector(Ty),
    /// Indexes into the domain, of this many bytes each (0: to be found out).
    Enum(Sym, usize),
    /// Vectors of the type, in the companion file.
    Nested(Ty),
    /// Mapped list of anything.
    Anymap,
}

/// A parsed header.
#[derive(Clone, Debug)]
pub struct Header {
    pub kind: Kind,
    pub attr: Attr,
    /// Where the data begin.
    pub data: usize,
    /// Items according to the header; 0 can also mean "see the file's size".
    pub count: u64,
}

/// An error that names the file.
pub fn bad(path: &Path, why: impl std::fmt::Display) -> Error {
    Error::new(format!("{}: {why}", path.display()))
}

/// An operating system error on a file.
pub fn os(path: &Path, e: &std::io::Error) -> Error {
    Error::os(&path.to_string_lossy(), e)
}

fn le64(b: &[u8], at: usize) -> Option<u64> {
    b.get(at..at.checked_add(8)?).map(|s| i64::read(s) as u64)
}

fn attr_of(code: u8) -> Attr {
    // kdb+ writes 4 for g; 5 is what this engine wrote before it knew
    Attr::from_code(if code == 4 { 5 } else { code })
}

/// Reads the header at the start of a (plain) file.
pub fn header(b: &[u8], path: &Path) -> Result<Header> {
    let short = || bad(path, "file is too short for its header");
    let magic: [u8; 2] = b.get(..2).and_then(|m| m.try_into().ok()).ok_or_else(|| not_q(path))?;
    let simple = |at: usize| -> Result<Header> {
        let (&code, &attr) = b.get(at + 2).zip(b.get(at + 3)).ok_or_else(short)?;
        let count = le64(b, at + 8).ok_or_else(short)?;
        let kind = match code {
            NESTED => Kind::Anymap,
            20..=76 => Kind::Enum(domain_name(b, at), if at == PAGE_HEADER { 8 } else { 0 }),
            c if c > NESTED => Kind::Nested(
                Ty::from_code(i32::from(c - NESTED)).ok_or_else(|| bad(path, format!("unknown type {c}")))?,
            ),
            c => Kind::Vector(
                Ty::from_code(i32::from(c))
                    .filter(|t| !matches!(t, Ty::Sym | Ty::Enum))
                    .ok_or_else(|| bad(path, format!("unknown type {c}")))?,
            ),
        };
        Ok(Header { kind, attr: attr_of(attr), data: at + 16, count })
    };
    match magic {
        OBJECT => Ok(Header { kind: Kind::Object, attr: Attr::None, data: 2, count: 0 }),
        VECTOR => simple(0),
        PAGE => simple(PAGE_HEADER),
        [0xfe, c] if c > b' ' => {
            let nul = memchr::memchr(0, &b[1..b.len().min(1024)]).ok_or_else(short)? + 1;
            // the name displaces the 16 header bytes by as many eights as keep it clear of the attribute
            let at = 8 + 8 * (nul.max(3) - 3).div_euclid(8);
            let count = le64(b, at + 8).ok_or_else(short)?;
            Ok(Header { kind: Kind::Enum(Sym::new(&b[1..nul]), 0), attr: attr_of(b[at + 3]), data: at + 16, count })
        }
        _ => Err(not_q(path)),
    }
}

/// The domain in a header page: text from byte 16.
fn domain_name(b: &[u8], at: usize) -> Sym {
    if at == PAGE_HEADER { Sym::new(b.get(16..PAGE_HEADER).unwrap_or(b"")) } else { Sym::new("sym") }
}

/// Not a file of ours: q signals `type`.
pub fn not_q(path: &Path) -> Error {
    let _ = path;
    Error::ty()
}

/// What was read of a column that a table has: there, a file that is none of q's is damage, and the error names it.
pub fn of_column<T>(path: &Path, found: Result<T>) -> Result<T> {
    found.map_err(|e| if e.kind == "type" { bad(path, "not a kdb+ file, or its head is damaged") } else { e })
}

/// The plain bytes of a file: mapped, or decompressed.
pub fn plain_bytes(path: &Path) -> Result<Arc<Bytes>> {
    let b = Bytes::open(path)?;
    if compressed::is_compressed(&b) {
        return Ok(Arc::new(Bytes::Owned(compressed::inflate(&b, path)?)));
    }
    Ok(b)
}

/// Reads a column or object file; vectors of a plain file are mapped. A function in it is an error.
pub fn read(path: &Path) -> Result<Value> {
    read_with(path, &mut uncompiled)
}

/// Like [`read`], with a compiler for the functions that a serialised object may hold.
pub fn read_with(path: &Path, compile: &mut Compile<'_>) -> Result<Value> {
    from_plain(&plain_bytes(path)?, path, compile)
}

/// Items `rows` of a compressed column of fixed width, of which only the blocks that hold them are decompressed. None for
/// any other file, and where most blocks would be needed.
pub fn read_rows(path: &Path, rows: &[usize]) -> Result<Option<Value>> {
    let b = Bytes::open(path)?;
    if !compressed::is_compressed(&b) {
        return Ok(None);
    }
    let (start, Some(size)) = compressed::start(&b, path)? else { return Ok(None) };
    let h = header(&start, path)?;
    let width = match h.kind {
        Kind::Vector(t) => t.width(),
        Kind::Enum(_, 8) => 8,
        _ => return Ok(None),
    };
    let mut wanted: Vec<Range<usize>> = std::iter::once(0..h.data).collect();
    for &r in rows {
        let Some(at) = r.checked_mul(width).and_then(|a| a.checked_add(h.data)).filter(|a| a + width <= size) else {
            return Ok(None);
        };
        match wanted.last_mut() {
            Some(last) if at >= last.start && at <= last.end.saturating_add(NEAR) => {
                last.end = last.end.max(at + width);
            }
            _ => wanted.push(at..at + width),
        }
    }
    if wanted.iter().map(Range::len).sum::<usize>() > size / 2 {
        return Ok(None);
    }
    let Some(plain) = compressed::inflate_some(&b, path, &wanted)? else { return Ok(None) };
    let v = from_plain(&Arc::new(Bytes::Owned(plain)), path, &mut uncompiled)?;
    Ok(Some(v.take_at(rows)))
}

/// Rows this many bytes apart count as one range of a file: they are likely to be in one block.
const NEAR: usize = 4096;

fn from_plain(b: &Arc<Bytes>, path: &Path, compile: &mut Compile<'_>) -> Result<Value> {
    let h = header(b, path)?;
    if h.kind == Kind::Object {
        return read_object(b, path, compile);
    }
    let n = count(&h, b, path)?;
    let short = || bad(path, format!("header says {n} items, the file holds {} bytes", b.len()));
    match h.kind {
        Kind::Vector(ty) => {
            macro_rules! data {
                ($class:ident) => {
                    Data::$class(lend(b, h.data, n).ok_or_else(short)?)
                };
            }
            let data = match ty.class() {
                Class::U8 => data!(U8),
                Class::I16 => data!(I16),
                Class::I32 => data!(I32),
                Class::I64 => data!(I64),
                Class::F32 => data!(F32),
                Class::F64 => data!(F64),
                Class::Guid => data!(Guid),
                Class::Sym => return Err(not_q(path)),
            };
            let mut v = Vector::new(ty, data);
            v.attr = h.attr;
            Ok(Value::Vec(Arc::new(v)))
        }
        Kind::Enum(domain, width) => {
            let width = if width == 0 { enum_width(b, &h, n) } else { width };
            let data = if width == 8 {
                lend::<i64>(b, h.data, n).ok_or_else(short)?
            } else {
                let end = n.checked_mul(4).and_then(|s| s.checked_add(h.data)).ok_or_else(short)?;
                let small: Vec<i32> = copy(b.get(h.data..end).ok_or_else(short)?);
                let wide: Vec<i64> =
                    small.iter().map(|&i| if i == i32::MIN { i64::MIN } else { i64::from(i) }).collect();
                wide.into()
            };
            let mut v = Vector::enumerated(Domain(domain), vec![]);
            v.data = Data::I64(data);
            v.attr = h.attr;
            Ok(Value::Vec(Arc::new(v)))
        }
        Kind::Nested(ty) => read_nested(b, &h, n, ty, path),
        Kind::Anymap => read_mapped(b, &h, n, path),
        Kind::Object => unreachable!("returned above"),
    }
}

/// Items of a file by its header and size.
fn count(h: &Header, b: &[u8], path: &Path) -> Result<usize> {
    let room = b.len().saturating_sub(h.data);
    let width = match h.kind {
        Kind::Vector(t) => t.width(),
        Kind::Enum(_, 0) => 4,
        _ => 8,
    };
    let n = usize::try_from(h.count).map_err(|_| bad(path, "negative count"))?;
    if n == 0 && room > 0 {
        // newer files leave the count to the file's size; an index after the data of u, p and g has no such reading
        return Ok(match (&h.kind, h.attr) {
            (_, Attr::Unique | Attr::Parted | Attr::Grouped) => 0,
            (Kind::Enum(_, 0), _) => room / 8,
            _ => room / width,
        });
    }
    if n.checked_mul(width).is_none_or(|s| s > room) {
        return Err(bad(path, format!("header says {n} items, the file holds {} bytes", b.len())));
    }
    Ok(n)
}

/// Bytes an index takes in an enumeration of the old layout, where both 4 and 8 occur.
fn enum_width(b: &[u8], h: &Header, n: usize) -> usize {
    let Some(room) = b.len().checked_sub(h.data) else { return 4 };
    if n.checked_mul(8).is_none_or(|s| s > room) {
        return 4;
    }
    // eight-byte indexes are small non-negative numbers or the null, so that each second word is zero (or its own null)
    let wide = b[h.data..].chunks_exact(8).take(n.min(65_536)).all(|w| w[4..] == [0; 4] || w == i64::MIN.to_le_bytes());
    if wide { 8 } else { 4 }
}

/// A serialised object. The counts of symbol vectors and general lists at the top are advisory (appending does not
/// rewrite them): their items run to the end of the file.
fn read_object(b: &[u8], path: &Path, compile: &mut Compile<'_>) -> Result<Value> {
    let body = &b[2..];
    let wrap = |e: Error| bad(path, format!("damaged object: {}", e.kind));
    match body.first() {
        Some(11) => {
            let attr = attr_of(body.get(1).copied().unwrap_or(0));
            let names = symbols(body.get(6..).unwrap_or(b""));
            // appending leaves the count as it was or makes it 0, so that it can be too small; too large is a cut
            let said = body.get(2..6).map(|n| u32::from_le_bytes([n[0], n[1], n[2], n[3]]) as usize);
            let said = said.ok_or_else(|| bad(path, "file is too short for its header"))?;
            if said > names.len() {
                return Err(bad(path, format!("header says {said} symbols, the file holds {}", names.len())));
            }
            let mut v = Vector::new(Ty::Sym, Data::Sym(names.into()));
            v.attr = attr;
            Ok(Value::Vec(Arc::new(v)))
        }
        Some(0) if body.len() >= 6 => {
            let n = u32::from_le_bytes([body[2], body[3], body[4], body[5]]);
            let mut items = Vec::new();
            let mut at = 6;
            while at < body.len() {
                match decode_object(&body[at..], compile) {
                    Ok((v, used)) if used > 0 => {
                        items.push(v);
                        at += used;
                    }
                    // a log whose last message is incomplete is read up to it
                    _ if n == 0 || items.len() >= n as usize => break,
                    Ok(_) => return Err(bad(path, "damaged object")),
                    Err(e) => return Err(wrap(e)),
                }
            }
            Ok(if n == 0 { Value::list(items) } else { Value::List(Arc::new(items.into())) })
        }
        Some(_) => decode_object(body, compile).map(|(v, _)| v).map_err(wrap),
        None => Err(not_q(path)),
    }
}

/// NUL-terminated texts; one without its NUL was cut off by a crash and is left out.
fn symbols(mut b: &[u8]) -> Vec<Sym> {
    let mut out = Vec::new();
    while let Some(n) = memchr::memchr(0, b) {
        out.push(Sym::new(&b[..n]));
        b = &b[n + 1..];
    }
    out
}

/// The first bytes of a file, decompressed, and its plain length where that is known without decompressing it all.
fn start(path: &Path) -> Result<(Vec<u8>, Option<usize>)> {
    crate::access::read(path)?;
    let mut f = File::open(path).map_err(|e| os(path, &e))?;
    let size = f.metadata().map_err(|e| os(path, &e))?.len();
    let mut start = vec![0; usize::try_from(size.min(PAGE_DATA as u64)).unwrap_or(0)];
    f.read_exact(&mut start).map_err(|e| os(path, &e))?;
    if compressed::is_compressed(&start) {
        return compressed::start(&Bytes::open(path)?, path);
    }
    Ok((start, usize::try_from(size).ok()))
}

/// An error where an enumeration has an index that its domain has no symbol for, or where its domain is not loaded: its
/// file is missing or is not a list of symbols, and numbers must not pass for symbols.
/// Of a parted column one item a part is looked at.
pub fn check_indexes(v: &Value, path: &Path) -> Result<()> {
    let Value::Vec(v) = v else { return Ok(()) };
    let (Ty::Enum, Data::I64(ix)) = (v.ty, &v.data) else { return Ok(()) };
    let Some(list) = v.domain.list() else {
        let name = v.domain.0.text();
        if ix.iter().all(|&i| i == i64::MIN) {
            return Ok(());
        }
        return Err(bad(path, format!("no symbols: {name} is not loaded, expected the list in the file {name}")));
    };
    let limit = list.len() as i64;
    let outside = |&i: &i64| !(0..limit).contains(&i) && i != i64::MIN;
    let found = if v.attr == Attr::Parted {
        v.parts_index().into_values().filter_map(|(first, _)| ix.get(first).copied()).find(outside)
    } else {
        ix.iter().copied().find(outside)
    };
    match found {
        Some(i) => Err(bad(path, format!("index {i} beyond the {limit} symbols of {}", v.domain.0.text()))),
        None => Ok(()),
    }
}

/// Number of items of a column file, from its header where that is enough.
pub fn count_items(path: &Path) -> Result<usize> {
    let (start, size) = start(path)?;
    let h = header(&start, path)?;
    match (&h.kind, size) {
        (Kind::Object | Kind::Enum(_, 0), _) if h.count == 0 => {}
        (Kind::Object, _) => {}
        (kind, size) if h.count > 0 => {
            let n = usize::try_from(h.count).map_err(|_| bad(path, "negative count"))?;
            let width = match kind {
                Kind::Vector(t) => t.width(),
                Kind::Enum(_, 0) => 4,
                _ => 8,
            };
            let end = n.checked_mul(width).and_then(|b| b.checked_add(h.data));
            return match (end, size) {
                (Some(end), Some(size)) if end <= size => Ok(n),
                // an older compressed file does not tell its length
                (Some(_), None) => Ok(read(path)?.len()),
                _ => Err(bad(path, format!("header says {n} items, the file holds {} bytes", size.unwrap_or(0)))),
            };
        }
        (kind, Some(size)) => {
            let width = if let Kind::Vector(t) = kind { t.width() } else { 8 };
            let index = matches!(h.attr, Attr::Unique | Attr::Parted | Attr::Grouped);
            return Ok(if index { 0 } else { size.saturating_sub(h.data) / width });
        }
        (_, None) => {}
    }
    Ok(read(path)?.len())
}

/// An empty column of the type that a file holds; only the file's start is read.
pub fn prototype(path: &Path) -> Result<Value> {
    let (start, _) = start(path)?;
    match header(&start, path)?.kind {
        Kind::Vector(t) => Ok(Value::empty_of(t)),
        Kind::Enum(domain, _) => Ok(Value::Vec(Arc::new(Vector::enumerated(Domain(domain), vec![])))),
        Kind::Nested(_) | Kind::Anymap => Ok(Value::empty()),
        Kind::Object if start.get(2) == Some(&11) => Ok(Value::empty_of(Ty::Sym)),
        Kind::Object => Ok(Value::empty()),
    }
}
