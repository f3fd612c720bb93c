//! Column and object files, read as kdb+ wrote them and written as kdb+ reads them; `docs/storage.md` has the bytes.
//!
//! A file that does not hold what its header says is an error that names the file and the reason; nothing is
//! allocated on the word of a header alone.

use super::compressed::{self, Zip};
use super::mmap::{Bytes, Plain, copy, lend};
use crate::error::{Error, Result};
use crate::ipc::decode::{Compile, decode_object, uncompiled};
use crate::ipc::{encode_object, encode_stored};
use crate::value::{Attr, Class, Data, Domain, Sym, Ty, Value, Vector};
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Serialised object.
const OBJECT: [u8; 2] = [0xff, 0x01];
/// Header of a simple vector.
const VECTOR: [u8; 2] = [0xfe, 0x20];
/// Header page of an enumeration or anymap.
const PAGE: [u8; 2] = [0xfd, 0x20];
/// Where the 16 header bytes of a page stand, and where its data begin.
const PAGE_HEADER: usize = 4080;
const PAGE_DATA: usize = 4096;
/// Type codes above this are lists of vectors of type `code - NESTED`, their items in the companion `#` file.
const NESTED: u8 = 77;

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
    // kdb+ documentation gives 4 for g, samples 5
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
fn not_q(path: &Path) -> Error {
    let _ = path;
    Error::ty()
}

/// The plain bytes of a file: mapped, or decompressed.
pub fn plain_bytes(path: &Path) -> Result<Arc<Bytes>> {
    let b = Bytes::open(path)?;
    if compressed::is_compressed(&b) {
        return Ok(Arc::new(Bytes::Owned(compressed::inflate(&b, path)?)));
    }
    Ok(b)
}

/// `path` with `#` appended: where nested items live.
pub fn companion(path: &Path) -> PathBuf {
    let mut s = path.as_os_str().to_owned();
    s.push("#");
    PathBuf::from(s)
}

/// Reads a column or object file; vectors of a plain file are mapped. A function in it is an error.
pub fn read(path: &Path) -> Result<Value> {
    read_with(path, &mut uncompiled)
}

/// Like [`read`], with a compiler for the functions that a serialised object may hold.
pub fn read_with(path: &Path, compile: &mut Compile<'_>) -> Result<Value> {
    let b = plain_bytes(path)?;
    let h = header(&b, path)?;
    if h.kind == Kind::Object {
        return read_object(&b, path, compile);
    }
    let n = count(&h, &b, path)?;
    let short = || bad(path, format!("header says {n} items, the file holds {} bytes", b.len()));
    match h.kind {
        Kind::Vector(ty) => {
            macro_rules! data {
                ($class:ident) => {
                    Data::$class(lend(&b, h.data, n).ok_or_else(short)?)
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
            let width = if width == 0 { enum_width(&b, &h, n) } else { width };
            let data = if width == 8 {
                lend::<i64>(&b, h.data, n).ok_or_else(short)?
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
        Kind::Nested(ty) => read_nested(&b, &h, n, ty, path),
        Kind::Anymap => Err(bad(path, "nyi: kdb+ mapped list (type 77)")),
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

fn read_nested(b: &[u8], h: &Header, n: usize, ty: Ty, path: &Path) -> Result<Value> {
    let ends: Vec<i64> =
        copy(n.checked_mul(8).and_then(|s| b.get(h.data..h.data + s)).ok_or_else(|| bad(path, "offsets are cut off"))?);
    let at = companion(path);
    let items = plain_bytes(&at)?;
    let width = ty.width();
    let last = ends.last().copied().unwrap_or(0);
    // offsets count items
    if width == 0 || i64::try_from(items.len() / width).is_ok_and(|have| have < last) {
        return Err(bad(&at, format!("{last} items expected, {} bytes found", items.len())));
    }
    let mut from = 0;
    let mut out = Vec::with_capacity(n);
    for end in ends {
        let end = usize::try_from(end).ok().filter(|&e| e >= from).ok_or_else(|| bad(path, "offsets do not ascend"))?;
        let bytes = from.saturating_mul(width)..end.saturating_mul(width);
        let part = items.get(bytes).ok_or_else(|| bad(&at, "offset beyond the end of the file"))?;
        let data = match ty.class() {
            Class::U8 => Data::U8(part.to_vec().into()),
            Class::I16 => Data::I16(copy(part).into()),
            Class::I32 => Data::I32(copy(part).into()),
            Class::I64 => Data::I64(copy(part).into()),
            Class::F32 => Data::F32(copy(part).into()),
            Class::F64 => Data::F64(copy(part).into()),
            Class::Guid => Data::Guid(copy(part).into()),
            Class::Sym => return Err(not_q(path)),
        };
        out.push(Value::vec(ty, data));
        from = end;
    }
    Ok(Value::list(out))
}

/// A serialised object. The counts of symbol vectors and general lists at the top are advisory (appending does not
/// rewrite them): their items run to the end of the file.
fn read_object(b: &[u8], path: &Path, compile: &mut Compile<'_>) -> Result<Value> {
    let body = &b[2..];
    let wrap = |e: Error| bad(path, format!("damaged object: {}", e.kind));
    match body.first() {
        Some(11) => {
            let attr = attr_of(body.get(1).copied().unwrap_or(0));
            let mut v = Vector::new(Ty::Sym, Data::Sym(symbols(body.get(6..).unwrap_or(b"")).into()));
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

/// Number of items of a column file, from its header where that is enough.
pub fn count_items(path: &Path) -> Result<usize> {
    let (start, size) = start(path)?;
    let h = header(&start, path)?;
    match (&h.kind, size) {
        (Kind::Object | Kind::Enum(_, 0), _) if h.count == 0 => {}
        (Kind::Object, _) => {}
        (_, _) if h.count > 0 => return usize::try_from(h.count).map_err(|_| bad(path, "negative count")),
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

/// Attribute byte.
fn attr_code(a: Attr) -> u8 {
    a as u8
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
    let (body, items) = layout(v, column)?;
    let pack = |plain: Vec<u8>| match zip {
        Some(z) => compressed::deflate(&plain, z),
        None => Ok(plain),
    };
    let side = companion(path);
    if let Some(items) = items {
        replace(&side, &pack(items)?)?;
    } else {
        crate::access::write(&side)?;
        if side.exists() {
            fs::remove_file(&side).map_err(|e| os(&side, &e))?;
        }
    }
    replace(path, &pack(body)?)
}

/// Replaces the file's content: written beside it and renamed over it.
pub fn replace(path: &Path, body: &[u8]) -> Result<()> {
    crate::access::write(path)?;
    if let Some(dir) = path.parent().filter(|d| !d.as_os_str().is_empty()) {
        fs::create_dir_all(dir).map_err(|e| os(dir, &e))?;
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let aside = path.with_file_name(name);
    let done = fs::write(&aside, body).and_then(|()| fs::rename(&aside, path));
    if let Err(e) = done {
        // the file itself is untouched; what is left aside is of no use to anyone
        let _ = fs::remove_file(&aside);
        return Err(os(path, &e));
    }
    Ok(())
}

/// Appends items to a file (made when missing); returns when they are with the operating system.
///
/// Plain vectors, enumerations, symbol lists, nested vectors and logs grow in place: data first, then the count, so that
/// a crash between the two loses the append but never tears the file. Anything else is read, joined and rewritten.
pub fn append(path: &Path, v: &Value, zip: Option<Zip>) -> Result<()> {
    crate::access::write(path)?;
    if fs::metadata(path).map_or(0, |m| m.len()) == 0 {
        let v = if v.is_atom() { v.clone().enlist() } else { v.clone() };
        return write(path, &v, zip);
    }
    let mut f = OpenOptions::new().read(true).write(true).open(path).map_err(|e| os(path, &e))?;
    let size = f.metadata().map_err(|e| os(path, &e))?.len();
    let mut start = vec![0; usize::try_from(size.min(PAGE_DATA as u64)).unwrap_or(0)];
    f.read_exact(&mut start).map_err(|e| os(path, &e))?;
    let packed = compressed::is_compressed(&start);
    if !packed && append_in_place(&mut f, size, &start, path, v)? {
        return Ok(());
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
    write_column(path, &new, zip)
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
    Ok(compressed::stats(&b, path)?.filter(|s| s.algorithm != 1).map(|s| Zip {
        block: s.block.clamp(12, 20),
        algorithm: s.algorithm,
        level: i32::from(s.level as i8),
    }))
}

/// True when the items were appended in place; false when the file must be rewritten.
fn append_in_place(f: &mut File, size: u64, start: &[u8], path: &Path, v: &Value) -> Result<bool> {
    let fail = |e: std::io::Error| os(path, &e);
    let h = header(start, path)?;
    let v = if v.is_atom() { v.clone().enlist() } else { v.clone() };
    let mut add = Vec::new();
    match (&h.kind, &v) {
        (Kind::Object, Value::Vec(x)) if start.get(2) == Some(&11) && x.ty == Ty::Sym => {
            if start.get(3) != Some(&0) {
                return Ok(false);
            }
            // count 0 says "to the end of the file"; a name torn off by an earlier crash is cut away first
            let whole = whole_symbols(path, size)?;
            f.seek(SeekFrom::Start(4)).map_err(fail)?;
            f.write_all(&[0; 4]).map_err(fail)?;
            push_items(&x.data, &mut add);
            f.seek(SeekFrom::Start(whole)).map_err(fail)?;
            f.write_all(&add).map_err(fail)?;
            f.set_len(whole + add.len() as u64).map_err(fail)?;
            Ok(true)
        }
        (Kind::Object, _) if start.get(2) == Some(&0) && size >= 8 => {
            for item in v.items() {
                encode_object(&item, &mut add)?;
            }
            f.seek(SeekFrom::Start(4)).map_err(fail)?;
            f.write_all(&[0; 4]).map_err(fail)?;
            f.seek(SeekFrom::End(0)).map_err(fail)?;
            f.write_all(&add).map_err(fail)?;
            Ok(true)
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
            let mut g = OpenOptions::new().read(true).write(true).open(&side).map_err(|e| os(&side, &e))?;
            if h.count.checked_mul(8).and_then(|b| b.checked_add(h.data as u64)) != Some(size) {
                return Ok(false);
            }
            let mut end = 0u64;
            if h.count > 0 {
                f.seek(SeekFrom::Start(size - 8)).map_err(fail)?;
                let mut last = [0; 8];
                f.read_exact(&mut last).map_err(fail)?;
                end = u64::from_le_bytes(last);
            }
            let mut items = Vec::new();
            for x in l.iter() {
                let Value::Vec(x) = x else { return Ok(false) };
                push_items(&x.data, &mut items);
                add.extend_from_slice(&(end + (items.len() / ty.width()) as u64).to_le_bytes());
            }
            let at = end.checked_mul(ty.width() as u64).ok_or_else(|| bad(path, "offsets"))?;
            if g.metadata().map_err(|e| os(&side, &e))?.len() < at {
                return Err(bad(&side, "shorter than its offsets say"));
            }
            g.seek(SeekFrom::Start(at)).map_err(|e| os(&side, &e))?;
            g.write_all(&items).map_err(|e| os(&side, &e))?;
            grow(f, &h, size, 8, &add, l.len(), path)
        }
        (Kind::Vector(ty), Value::Vec(x)) if x.ty != *ty && h.count > 0 => Err(Error::ty()),
        _ => Ok(false),
    }
}

/// Appends `add` after the items that are there, then writes the new count.
fn grow(f: &mut File, h: &Header, size: u64, width: usize, add: &[u8], n: usize, path: &Path) -> Result<bool> {
    let fail = |e: std::io::Error| os(path, &e);
    let have = if h.count == 0 { (size - h.data as u64) / width as u64 } else { h.count };
    let end = have.checked_mul(width as u64).and_then(|b| b.checked_add(h.data as u64));
    let Some(end) = end.filter(|&e| e <= size) else {
        return Err(bad(path, format!("header says {have} items, the file holds {size} bytes")));
    };
    f.seek(SeekFrom::Start(end)).map_err(fail)?;
    f.write_all(add).map_err(fail)?;
    f.seek(SeekFrom::Start(h.data as u64 - 8)).map_err(fail)?;
    f.write_all(&(have + n as u64).to_le_bytes()).map_err(fail)?;
    Ok(true)
}

/// Size of a symbol list up to its last NUL.
fn whole_symbols(path: &Path, size: u64) -> Result<u64> {
    let b = Bytes::open(path)?;
    Ok(memchr::memrchr(0, b.get(8..).unwrap_or(b"")).map_or(8.min(size), |n| n as u64 + 9))
}
