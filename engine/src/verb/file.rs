//! Files as q sees them: `get set save load read0 read1 0: 1:` and friends, file handles, log replay.

pub mod handle;
pub mod replay;
pub mod text;

use crate::ensure;
use crate::error::{Error, Result};
use crate::store::compressed::{self, Zip};
use crate::store::file::{self, os};
use crate::store::{disk, partition, splay, write};
use crate::value::domain::domain_list;
use crate::value::{Attr, Data, Domain, Host, Sym, Table, Ty, Value, Verb};
use std::fs;
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use handle::{hclose_file, hopen_file, is_file_handle, write_handle, write_text};
pub use replay::replay;

use super::ipc::compile;

pub static VERBS: &[Verb] = &[
    Verb { name: "get", monad: Some(get), doc: "value of a variable, or of a file or splayed table", ..Verb::BLANK },
    Verb {
        name: "set",
        dyad: Some(set),
        infix: true,
        doc: "assign a global variable, or write a file or splayed table",
        ..Verb::BLANK
    },
    Verb { name: "save", monad: Some(save), doc: "write global variables to files of their names", ..Verb::BLANK },
    Verb { name: "load", monad: Some(load), doc: "read files into global variables of their names", ..Verb::BLANK },
    Verb { name: "rsave", monad: Some(rsave), doc: "write a table splayed to a directory of its name", ..Verb::BLANK },
    Verb { name: "rload", monad: Some(rload), doc: "map a splayed table of a directory", ..Verb::BLANK },
    Verb {
        name: "dsave",
        dyad: Some(dsave),
        infix: true,
        doc: "write tables splayed, enumerated, parted by their first column",
        ..Verb::BLANK
    },
    Verb { name: "read0", monad: Some(read0), doc: "lines of a file, of part of it, or from a handle", ..Verb::BLANK },
    Verb { name: "read1", monad: Some(read1), doc: "bytes of a file, of part of it, or from a pipe", ..Verb::BLANK },
    Verb { name: "0:", dyad: Some(text::file_text), infix: true, doc: "read, write and parse text", ..Verb::BLANK },
    Verb { name: "1:", dyad: Some(file_binary), infix: true, doc: "read, write and parse bytes", ..Verb::BLANK },
    Verb { name: "2:", dyad: Some(dynamic_load), infix: true, doc: "load a C library: not supported", ..Verb::BLANK },
    Verb { name: "hcount", monad: Some(hcount), doc: "size of a file in bytes, uncompressed", ..Verb::BLANK },
    Verb { name: "hdel", monad: Some(hdel), doc: "delete a file or an empty directory", ..Verb::BLANK },
    Verb {
        name: "hsym",
        monad: Some(hsym),
        doc: "symbols as file or process symbols",
        examples: &[("hsym `abc`:def`::ghi", "`:abc`:def`::ghi")],
        ..Verb::BLANK
    },
    Verb { name: "-11!", monad: Some(|h, x| replay(h, &x)), doc: "replay a log, or count its messages", ..Verb::BLANK },
    Verb { name: "-19!", monad: Some(|_, x| compress_file(&x)), doc: "compress a file to another", ..Verb::BLANK },
    Verb { name: "-21!", monad: Some(|_, x| file_stats(&x)), doc: "compression statistics of a file", ..Verb::BLANK },
    Verb { name: "-23!", monad: Some(|_, x| Ok(touch(&x))), doc: "read every page of mapped columns", ..Verb::BLANK },
];

/// True for a symbol that names a file (or a process): it begins with a colon.
pub fn is_file(s: Sym) -> bool {
    s.bytes().first() == Some(&b':')
}

/// Path of a file symbol; its trailing slash, if any, stays.
pub fn path(s: Sym) -> PathBuf {
    let b = s.bytes();
    PathBuf::from(std::ffi::OsStr::from_bytes(b.strip_prefix(b":").unwrap_or(b)))
}

/// Path of a file symbol value, or of a string that begins with a colon. Where nothing but a file can be meant, a symbol needs no colon.
pub fn path_of(v: &Value) -> Result<PathBuf> {
    match v {
        Value::Sym(s) => Ok(path(*s)),
        Value::Enum(..) => v.as_sym().map(path).ok_or_else(Error::ty),
        Value::Vec(x) if x.ty == Ty::Char => {
            let b = v.as_bytes().unwrap_or_default();
            let b = b.strip_prefix(b":").ok_or_else(Error::ty)?;
            Ok(PathBuf::from(std::ffi::OsStr::from_bytes(b)))
        }
        _ => Err(Error::ty()),
    }
}

/// File symbol of a path.
pub fn file_sym(p: &Path) -> Sym {
    Sym::new([b":", p.as_os_str().as_bytes()].concat())
}

fn ends_in_slash(p: &Path) -> bool {
    p.as_os_str().as_bytes().ends_with(b"/")
}

/// Calls a primitive by name.
pub fn call_verb(host: &mut dyn Host, name: &str, mut args: Vec<Value>) -> Result<Value> {
    let v = crate::verb::lookup(name).ok_or_else(|| Error::new(format!("nyi: {name}")))?;
    match (args.len(), v.monad, v.dyad) {
        (1, Some(f), _) => f(host, args.remove(0)),
        (2, _, Some(f)) => {
            let y = args.remove(1);
            f(host, args.remove(0), y)
        }
        _ => v.variad.ok_or_else(Error::rank)?(host, args),
    }
}

/// Gives the domains of enumerations in `v` their lists, where globals hold them.
pub fn adopt_domains(host: &mut dyn Host, v: &Value) {
    match v {
        Value::Vec(x) if x.ty == Ty::Enum && !Domain::is_known(x.domain.0) => match host.peek(x.domain.0) {
            Some(list) => x.domain.set(domain_list(&list)),
            None => x.domain.expect(),
        },
        Value::Table(t) => t.cols.iter().for_each(|c| adopt_domains(host, c)),
        Value::Dict(d) => {
            adopt_domains(host, &d.keys);
            adopt_domains(host, &d.vals);
        }
        Value::List(l) => crate::value::stack::grow(|| l.iter().for_each(|i| adopt_domains(host, i))),
        _ => {}
    }
}

/// Sets a global; a list of symbols becomes the list of the enumeration domain of that name.
pub fn set_global(host: &mut dyn Host, name: Sym, v: Value) -> Result<()> {
    if matches!(v.ty(), Some(Ty::Sym)) && v.is_list() {
        Domain(name).set(v.clone());
    }
    host.set(name, v)
}

/// Value of a file, or of a directory that holds a splayed table.
pub fn get_path(host: &mut dyn Host, name: Sym) -> Result<Value> {
    let p = path(name);
    crate::access::read(&p)?;
    let v = if p.is_dir() {
        if !splay::is_splayed(&p) {
            return Err(Error::os(&p.join(splay::NAMES).to_string_lossy(), &std::io::ErrorKind::NotFound.into()));
        }
        Value::Table(splay::read(&p)?)
    } else {
        ensure!(!ends_in_slash(&p), format!("{}. OS reports: No such file or directory", p.display()));
        file::read_with(&p, &mut compile)?
    };
    adopt_domains(host, &v);
    Ok(v)
}

fn get(host: &mut dyn Host, x: Value) -> Result<Value> {
    match &x {
        Value::Sym(s) if is_file(*s) => get_path(host, *s),
        Value::Sym(s) => host.get(*s),
        _ => call_verb(host, "value", vec![x]),
    }
}

/// Compression by default, from `.z.zd`; files with an extension stay plain.
fn default_zip(host: &mut dyn Host, p: &Path) -> Result<Option<Zip>> {
    if p.file_name().is_some_and(|n| n.as_bytes().contains(&b'.')) {
        return Ok(None);
    }
    match host.peek(Sym::new(".z.zd")) {
        Some(v @ (Value::Vec(_) | Value::List(_))) if v.len() == 3 => zip_of(&v),
        Some(Value::Dict(d)) => {
            let name = Sym::new(p.file_name().unwrap_or_default().as_bytes());
            d.get(name).or_else(|| d.get(Sym::NULL)).map_or(Ok(None), |v| zip_of(&v))
        }
        _ => Ok(None),
    }
}

fn zip_of(v: &Value) -> Result<Option<Zip>> {
    let n = v.items().iter().map(|i| i.as_long().ok_or_else(Error::ty)).collect::<Result<Vec<i64>>>()?;
    Zip::from_longs(&n)
}

fn set(host: &mut dyn Host, x: Value, y: Value) -> Result<Value> {
    match &x {
        Value::Sym(s) if !is_file(*s) => {
            host.set(*s, y)?;
            Ok(x)
        }
        Value::Sym(s) => {
            let p = path(*s);
            if ends_in_slash(&p) {
                let t = splayable(y)?;
                let zips = column_zips(host, &p, &t)?;
                splay::write(&p, &t, &|n| t.position(n).and_then(|i| zips[i]))?;
            } else {
                let zip = default_zip(host, &p)?;
                write::write(&p, &y, zip)?;
            }
            Ok(x)
        }
        Value::List(l) if (l.len() == 4 || l.len() == 2) && matches!(&l[0], Value::Sym(_)) => {
            let p = path_of(&l[0])?;
            if l.len() == 2 {
                let Value::Dict(d) = &l[1] else { return Err(Error::ty()) };
                let t = splayable(y)?;
                ensure!(ends_in_slash(&p), "type");
                let mut zips = Vec::new();
                for &n in &t.names {
                    zips.push(match d.get(n).or_else(|| d.get(Sym::NULL)) {
                        Some(z) => zip_of(&z)?,
                        None => default_zip(host, &splay::column_path(&p, n)?)?,
                    });
                }
                splay::write(&p, &t, &|n| t.position(n).and_then(|i| zips[i]))?;
            } else {
                let zip = zip_of(&Value::list(l[1..].to_vec()))?;
                if ends_in_slash(&p) {
                    splay::write(&p, &*splayable(y)?, &|_| zip)?;
                } else {
                    write::write(&p, &y, zip)?;
                }
            }
            Ok(l[0].clone())
        }
        _ => Err(Error::ty()),
    }
}

fn splayable(y: Value) -> Result<Arc<Table>> {
    match y {
        Value::Table(t) => Ok(t),
        _ => Err(Error::ty()),
    }
}

fn column_zips(host: &mut dyn Host, dir: &Path, t: &Table) -> Result<Vec<Option<Zip>>> {
    t.names.iter().map(|&n| default_zip(host, &splay::column_path(dir, n)?)).collect()
}

/// Writes a table splayed with the session's default compression.
pub fn write_splayed(host: &mut dyn Host, dir: &Path, t: &Table) -> Result<()> {
    let zips = column_zips(host, dir, t)?;
    splay::write(dir, t, &|n| t.position(n).and_then(|i| zips[i]))
}

/// Applies `f` to each symbol of an atom or list; an atom gives an atom.
fn each_sym(x: &Value, mut f: impl FnMut(Sym) -> Result<Value>) -> Result<Value> {
    if x.is_atom() {
        return f(x.as_sym().ok_or_else(Error::ty)?);
    }
    let names = x.as_syms().ok_or_else(Error::ty)?;
    Ok(Value::collapse(names.into_iter().map(f).collect::<Result<_>>()?))
}

/// Name of the variable in `path/to/name.ext`, and the extension.
fn name_and_extension(p: &Path) -> (Sym, Vec<u8>) {
    let b = p.file_name().unwrap_or_default().as_bytes();
    match memchr::memrchr(b'.', b).filter(|&n| n > 0) {
        Some(n) => (Sym::new(&b[..n]), b[n + 1..].to_vec()),
        None => (Sym::new(b), vec![]),
    }
}

fn save(host: &mut dyn Host, x: Value) -> Result<Value> {
    each_sym(&x, |s| {
        let p = path(s);
        let (name, ext) = name_and_extension(&p);
        let v = host.get(name)?;
        let lines = match &ext[..] {
            b"" => {
                let zip = default_zip(host, &p)?;
                write::write(&p, &v, zip)?;
                None
            }
            b"csv" => Some(text::prepare(host, b',', &v)?),
            b"txt" => Some(text::prepare(host, b'\t', &v)?),
            b"json" => Some(vec![call_verb(host, ".j.j", vec![v])?.as_bytes().unwrap_or_default()]),
            b"xml" | b"xls" => {
                let tx = host.get(Sym::new(".h.tx"))?;
                let made = host.call(&tx, vec![Value::sym(&ext), v])?;
                let made = if made.is_string() { made.enlist() } else { made };
                Some(made.items().iter().map(|l| l.as_bytes().ok_or_else(Error::ty)).collect::<Result<_>>()?)
            }
            _ => return Err(Error::ty()),
        };
        if let Some(lines) = lines {
            text::save_lines(&p, &lines)?;
        }
        Ok(Value::Sym(file_sym(&p)))
    })
}

fn load(host: &mut dyn Host, x: Value) -> Result<Value> {
    each_sym(&x, |s| {
        let p = path(s);
        let (name, _) = name_and_extension(&p);
        let v = load_any(host, &p)?;
        set_global(host, name, v)?;
        Ok(Value::Sym(name))
    })
}

/// A file, a splayed table, or the files of a directory as a dictionary.
fn load_any(host: &mut dyn Host, p: &Path) -> Result<Value> {
    crate::value::stack::check()?;
    crate::access::read(p)?;
    if !p.is_dir() || splay::is_splayed(p) {
        return get_path(host, file_sym(p));
    }
    let (mut names, mut vals) = (vec![], vec![]);
    for (name, at) in partition::entries(p)? {
        if name.starts_with(b".") || name.ends_with(b"#") {
            continue;
        }
        names.push(Sym::new(&name));
        vals.push(load_any(host, &at)?);
    }
    Ok(Value::dict(Value::syms(names), Value::list(vals)))
}

fn rsave(host: &mut dyn Host, x: Value) -> Result<Value> {
    each_sym(&x, |s| {
        let (name, _) = name_and_extension(&path(s));
        let t = splayable(host.get(name)?)?;
        let dir = path(Sym::new([s.bytes(), b"/"].concat()));
        write_splayed(host, &dir, &t)?;
        Ok(Value::Sym(file_sym(&dir)))
    })
}

fn rload(host: &mut dyn Host, x: Value) -> Result<Value> {
    each_sym(&x, |s| {
        let p = path(s);
        let (name, _) = name_and_extension(&p);
        let v = get_path(host, file_sym(&p.join("")))?;
        host.set(name, v)?;
        Ok(Value::Sym(name))
    })
}

fn dsave(host: &mut dyn Host, x: Value, y: Value) -> Result<Value> {
    let at = x.as_syms().ok_or_else(Error::ty)?;
    let root = path(*at.first().ok_or_else(Error::length)?);
    let mut dir = root.clone();
    for part in &at[1..] {
        dir.push(path(*part));
    }
    each_sym(&y, |s| {
        let t = splayable(host.get(s)?)?;
        let mut t = super::db::enumerate_table(host, Some(&root), &t, Sym::new("sym"))?;
        if let Some(first) = t.cols.first_mut() {
            set_attr(first, Attr::Parted)?;
        }
        write_splayed(host, &dir.join(path(s)), &t)?;
        Ok(Value::Sym(s))
    })?;
    Ok(y)
}

/// Puts an attribute on a vector; `'u-fail` style errors where the items do not allow it.
pub fn set_attr(v: &mut Value, a: Attr) -> Result<()> {
    let Value::Vec(x) = v else { return Err(Error::ty()) };
    let ok = match a {
        Attr::Parted => write::is_parted(&x.data),
        Attr::Sorted => crate::value::compare::is_ascending(&x.data, 0),
        _ => true,
    };
    ensure!(ok, if a == Attr::Parted { "u-fail" } else { "s-fail" });
    let x = Arc::make_mut(x);
    x.attr = a;
    x.index.take();
    Ok(())
}

/// A file, where to start in it and how many bytes to take.
pub struct Span {
    pub path: PathBuf,
    /// From the start, or from the end when negative.
    pub from: i64,
    pub len: Option<u64>,
}

impl Span {
    /// From a file symbol or `(file;offset)` or `(file;offset;length)`.
    pub fn of(v: &Value) -> Result<Option<Span>> {
        match v {
            Value::Sym(s) => Ok(Some(Span { path: path(*s), from: 0, len: None })),
            Value::List(l) if (2..=3).contains(&l.len()) && matches!(&l[0], Value::Sym(_)) => {
                let n = |i: usize| l.get(i).map(|v| v.as_long().ok_or_else(Error::ty)).transpose();
                let from = n(1)?.unwrap_or(0);
                let len = n(2)?.map(|n| u64::try_from(n).map_err(|_| Error::domain())).transpose()?;
                Ok(Some(Span { path: path_of(&l[0])?, from, len }))
            }
            _ => Ok(None),
        }
    }
    /// The bytes, decompressed; fewer than asked for at the end of the file.
    pub fn read(&self) -> Result<Vec<u8>> {
        crate::access::read(&self.path)?;
        let fail = |e: std::io::Error| os(&self.path, &e);
        let mut f = fs::File::open(&self.path).map_err(fail)?;
        let mut magic = [0; 8];
        let zipped = f.read(&mut magic).map_err(fail)? == 8 && compressed::is_compressed(&magic);
        if zipped {
            let whole = file::plain_bytes(&self.path)?;
            let size = whole.len() as i64;
            let from = if self.from < 0 { (size + self.from).max(0) } else { self.from.min(size) } as usize;
            let len = self.len.map_or(usize::MAX, |n| usize::try_from(n).unwrap_or(usize::MAX));
            return Ok(whole[from..].iter().take(len).copied().collect());
        }
        if f.metadata().map_err(fail)?.is_file() {
            let at = if self.from < 0 { SeekFrom::End(self.from) } else { SeekFrom::Start(self.from as u64) };
            f.seek(at).map_err(fail)?;
        }
        let size = f.metadata().map_err(fail)?.len().min(self.len.unwrap_or(u64::MAX));
        crate::value::memory::reserve(usize::try_from(size).unwrap_or(usize::MAX))?;
        let mut out = Vec::new();
        f.take(self.len.unwrap_or(u64::MAX)).read_to_end(&mut out).map_err(fail)?;
        Ok(out)
    }
}

fn read0(host: &mut dyn Host, x: Value) -> Result<Value> {
    if let Some(span) = Span::of(&x)? {
        let b = span.read()?;
        return Ok(Value::list(text::lines(&b).into_iter().map(Value::string).collect()));
    }
    match &x {
        Value::List(l) if l.len() == 2 => {
            let (h, n) = l[0].as_long().zip(l[1].as_long()).ok_or_else(Error::ty)?;
            Ok(Value::string(handle::read_bytes(host, h, Some(n))?))
        }
        Value::Vec(v) if v.len() == 2 && v.ty != Ty::Char => {
            let (h, n) = v.at(0).as_long().zip(v.at(1).as_long()).ok_or_else(Error::ty)?;
            Ok(Value::string(handle::read_bytes(host, h, Some(n))?))
        }
        _ => Ok(Value::string(handle::read_line(host, x.as_long().ok_or_else(Error::ty)?)?)),
    }
}

fn read1(host: &mut dyn Host, x: Value) -> Result<Value> {
    if let Some(span) = Span::of(&x)? {
        return Ok(Value::bytes(span.read()?));
    }
    let pair = if x.is_list() && x.len() == 2 { Some((x.at(0), x.at(1))) } else { None };
    let (h, n) = match pair {
        Some((h, n)) => (h.as_long(), Some(n.as_long().ok_or_else(Error::ty)?)),
        None => (x.as_long(), None),
    };
    Ok(Value::bytes(handle::read_bytes(host, h.ok_or_else(Error::ty)?, n)?))
}

fn file_binary(host: &mut dyn Host, x: Value, y: Value) -> Result<Value> {
    match &x {
        Value::Sym(s) if is_file(*s) => {
            let p = path(*s);
            write_binary(&p, &y, None)?;
            Ok(x)
        }
        Value::List(l) if l.len() == 4 && matches!(&l[0], Value::Sym(_)) => {
            let zip = zip_of(&Value::list(l[1..].to_vec()))?;
            write_binary(&path_of(&l[0])?, &y, zip)?;
            Ok(l[0].clone())
        }
        Value::List(l) if l.len() == 2 => {
            let big = !l[0].is_string() && !matches!(l[0], Value::U8(Ty::Char, _));
            let (types, widths) = if big { (&l[1], &l[0]) } else { (&l[0], &l[1]) };
            let types = types.as_bytes().ok_or_else(Error::ty)?;
            let widths = widths
                .items()
                .iter()
                .map(|w| w.as_long().and_then(|n| usize::try_from(n).ok()).ok_or_else(Error::ty))
                .collect::<Result<Vec<_>>>()?;
            ensure!(types.len() == widths.len(), "length");
            let body = match Span::of(&y)? {
                Some(span) => span.read()?,
                None => match &y {
                    Value::Vec(v) if matches!(v.ty, Ty::Byte | Ty::Char) => write::raw_items(v),
                    _ => return Err(Error::ty()),
                },
            };
            parse_records(host, &types, &widths, &body, big)
        }
        _ => Err(Error::ty()),
    }
}

/// `1:` writes the bytes of atoms and vectors, and anything else as `set` does.
fn write_binary(p: &Path, y: &Value, zip: Option<Zip>) -> Result<()> {
    let v = if y.is_atom() { y.clone().enlist() } else { y.clone() };
    let Value::Vec(v) = &v else { return write::write(p, y, zip) };
    let mut body = write::raw_items(v);
    if let Some(z) = zip {
        body = compressed::deflate(&body, z)?;
    }
    write::replace(p, &body)
}

/// Records of fixed width as columns.
fn parse_records(_host: &mut dyn Host, types: &[u8], widths: &[usize], body: &[u8], big: bool) -> Result<Value> {
    let record: usize = widths.iter().sum();
    ensure!(record > 0, "length");
    let n = body.len() / record;
    let mut cols = Vec::new();
    let mut at = 0;
    for (&t, &w) in types.iter().zip(widths) {
        let field = |i: usize| &body[i * record + at..i * record + at + w];
        match t {
            b' ' => {}
            b'*' => cols.push(Value::list((0..n).map(|i| Value::string(field(i))).collect())),
            b'c' if w != 1 => cols.push(Value::list((0..n).map(|i| Value::string(field(i))).collect())),
            b's' => cols.push(Value::syms((0..n).map(|i| Sym::new(field(i).trim_ascii())).collect())),
            _ => {
                let ty = Ty::from_letter(t).filter(|_| t.is_ascii_lowercase()).ok_or_else(Error::ty)?;
                ensure!(w == ty.width(), "length");
                let mut raw = Vec::with_capacity(n * w);
                for i in 0..n {
                    let mut item = field(i).to_vec();
                    if big && ty != Ty::Guid {
                        item.reverse();
                    }
                    raw.extend_from_slice(&item);
                }
                cols.push(Value::vec(ty, items_of(ty, &raw)));
            }
        }
        at += w;
    }
    Ok(Value::list(cols))
}

/// Items of a type from their little-endian bytes.
fn items_of(ty: Ty, raw: &[u8]) -> Data {
    use crate::store::mmap::copy;
    use crate::value::Class as C;
    match ty.class() {
        C::U8 if ty == Ty::Bool => Data::U8(raw.iter().map(|&b| u8::from(b != 0)).collect::<Vec<_>>().into()),
        C::U8 => Data::U8(raw.to_vec().into()),
        C::I16 => Data::I16(copy(raw).into()),
        C::I32 => Data::I32(copy(raw).into()),
        C::I64 => Data::I64(copy(raw).into()),
        C::F32 => Data::F32(copy(raw).into()),
        C::F64 => Data::F64(copy(raw).into()),
        C::Guid => Data::Guid(copy(raw).into()),
        C::Sym => Data::empty(Ty::Sym),
    }
}

fn dynamic_load(_: &mut dyn Host, x: Value, _: Value) -> Result<Value> {
    let what = x.as_text().unwrap_or_default();
    Err(Error::new(format!("nyi: loading C libraries ({what})")))
}

fn hcount(_: &mut dyn Host, x: Value) -> Result<Value> {
    let p = path_of(&x)?;
    crate::access::read(&p)?;
    let meta = fs::metadata(&p).map_err(|e| os(&p, &e))?;
    if meta.is_file() && meta.len() > 16 {
        let head = Span { path: p.clone(), from: 0, len: None };
        let mut magic = [0; 8];
        let mut f = fs::File::open(&p).map_err(|e| os(&p, &e))?;
        f.read_exact(&mut magic).map_err(|e| os(&p, &e))?;
        if compressed::is_compressed(&magic) {
            let b = crate::store::mmap::Bytes::open(&head.path)?;
            if let Some(s) = compressed::stats(&b, &p)? {
                return Ok(Value::count(s.uncompressed));
            }
        }
    }
    Ok(Value::long(i64::try_from(meta.len()).unwrap_or(i64::MAX)))
}

fn hdel(_: &mut dyn Host, x: Value) -> Result<Value> {
    let p = path_of(&x)?;
    crate::access::handle(&p)?;
    let done = if fs::symlink_metadata(&p).is_ok_and(|m| m.is_dir()) { disk::remove_dir(&p) } else { disk::remove(&p) };
    done.map_err(|e| os(&p, &e))?;
    Ok(x)
}

fn hsym(_: &mut dyn Host, x: Value) -> Result<Value> {
    let colon = |s: Sym| if is_file(s) { s } else { Sym::new([b":", s.bytes()].concat()) };
    match &x {
        Value::Sym(s) => Ok(Value::Sym(colon(*s))),
        Value::Vec(v) if matches!(v.ty, Ty::Sym | Ty::Enum) => {
            Ok(Value::syms(x.as_syms().ok_or_else(Error::ty)?.into_iter().map(colon).collect()))
        }
        Value::List(l) if l.is_empty() => Ok(x),
        _ => Err(Error::ty()),
    }
}

/// `key` of a file symbol: the names in a directory, the symbol itself for a file, `()` for nothing.
pub fn key_of_path(s: Sym) -> Result<Value> {
    let p = path(s);
    crate::access::read(&p)?;
    if p.is_dir() {
        let mut names: Vec<Sym> = partition::entries(&p)?.into_iter().map(|(n, _)| Sym::new(n)).collect();
        names.sort_unstable();
        return Ok(Value::syms(names));
    }
    Ok(if p.exists() { Value::Sym(s) } else { Value::empty() })
}

fn is_verb(f: &Value, name: &str) -> bool {
    matches!(f, Value::Verb(v, _) if v.name == name)
}

/// `.[file;index;f;y]` and `@[file;index;f;y]`: `()` stands for the whole file, a symbol for a column of a directory,
/// numbers for items. `f` `:` replaces, `,` appends, anything else is applied to the old value and `y` (if any).
pub fn amend_file(host: &mut dyn Host, target: Sym, index: Value, f: &Value, y: Option<Value>) -> Result<Value> {
    crate::value::stack::check()?;
    let mut p = path(target);
    let mut index = index;
    if let Value::List(l) = &index
        && l.len() == 1
    {
        index = l[0].clone();
    }
    if let Some(columns) = index.as_syms().filter(|_| !matches!(&index, Value::List(_))) {
        for c in columns {
            let file = file_sym(&splay::column_path(&p, c)?);
            amend_file(host, file, Value::empty(), f, y.clone())?;
        }
        return Ok(Value::Sym(target));
    }
    let whole = index.is_empty() && index.is_list() || matches!(index, Value::Null | Value::Elided);
    if ends_in_slash(&p) || p.is_dir() {
        ensure!(whole, "type");
        return match (y, is_verb(f, ":"), is_verb(f, ",")) {
            (Some(y), true, _) => {
                p.push("");
                set(host, Value::Sym(file_sym(&p)), y)?;
                Ok(Value::Sym(target))
            }
            (Some(y), _, true) => upsert_file(host, target, y),
            _ => Err(Error::ty()),
        };
    }
    match y {
        Some(y) if whole && is_verb(f, ":") => {
            let zip = default_zip(host, &p)?;
            write::write(&p, &y, zip)?;
        }
        Some(y) if whole && is_verb(f, ",") => {
            let zip = default_zip(host, &p)?;
            let y = enumerate_for(&p, y)?;
            write::append(&p, &y, zip)?;
        }
        y => {
            let old = get_path(host, target)?;
            let plain = matches!(&old, Value::Vec(v) if v.attr == Attr::None && v.ty != Ty::Enum);
            ensure!(whole || plain, format!("type/attr error amending file {}", p.display()));
            let new = if whole {
                host.call(f, std::iter::once(old).chain(y).collect())?
            } else {
                let mut args = vec![old, index, f.clone()];
                args.extend(y);
                call_verb(host, "@", args)?
            };
            write::write_column(&p, &new, default_zip(host, &p)?)?;
        }
    }
    Ok(Value::Sym(target))
}

/// Symbols that are to go to an enumerated column, as indexes; `'cast` for one that its domain does not have.
fn enumerate_for(p: &Path, y: Value) -> Result<Value> {
    if y.ty() != Some(Ty::Sym) || !p.exists() {
        return Ok(y);
    }
    let Value::Vec(old) = file::read(p)? else { return Ok(y) };
    if old.ty != Ty::Enum {
        return Ok(y);
    }
    let known = old.domain.list().and_then(|l| l.as_syms()).ok_or_else(|| Error::new("cast"))?;
    let count = known.len();
    let mut e = splay::Enumerator::new(old.domain.0, known);
    let new = e.apply(&y);
    let (list, _) = e.finish();
    ensure!(list.len() == count, "cast");
    Ok(new)
}

/// `` `:file upsert y``: rows onto a splayed or serialised table, items onto a list.
pub fn upsert_file(host: &mut dyn Host, target: Sym, y: Value) -> Result<Value> {
    let p = path(target);
    if ends_in_slash(&p) || splay::is_splayed(&p) {
        let exists = splay::is_splayed(&p);
        let t = match y {
            Value::Table(t) => t,
            Value::Dict(_) if !y.is_keyed() => splayable(y.enlist())?,
            Value::List(_) | Value::Vec(_) if exists => {
                let names = splay::names(&p)?;
                ensure!(names.len() == y.len(), "length");
                let row = y.items().iter().all(Value::is_atom);
                let cols = y.items().into_iter().map(|c| if row { c.enlist() } else { c }).collect();
                Arc::new(Table::new(names, cols))
            }
            _ => return Err(Error::ty()),
        };
        let mut t = Arc::unwrap_or_clone(t);
        if exists {
            for (n, c) in t.names.iter().zip(&mut t.cols) {
                let at = splay::column_path(&p, *n)?;
                if let Value::Vec(old) = file::read(&at).unwrap_or(Value::Null) {
                    adopt_domains(host, &Value::Vec(old));
                }
                *c = enumerate_for(&at, std::mem::replace(c, Value::Null))?;
            }
        }
        let zips = column_zips(host, &p, &t)?;
        splay::append(&p, &t, &|n| t.position(n).and_then(|i| zips[i]))?;
        return Ok(Value::Sym(target));
    }
    if p.exists() {
        let old = get_path(host, target)?;
        if matches!(old, Value::Table(_) | Value::Dict(_)) {
            let new = call_verb(host, "upsert", vec![old, y])?;
            write::write(&p, &new, default_zip(host, &p)?)?;
            return Ok(Value::Sym(target));
        }
        let y = enumerate_for(&p, y)?;
        write::append(&p, &y, default_zip(host, &p)?)?;
    } else {
        write::write(&p, &y, default_zip(host, &p)?)?;
    }
    Ok(Value::Sym(target))
}

/// `` `:dir/name?symbols``: adds what the file lacks, loads it as the global `name` and enumerates against it.
pub fn enum_extend_file(host: &mut dyn Host, target: Sym, y: Value) -> Result<Value> {
    let p = path(target);
    let (name, _) = name_and_extension(&p);
    ensure!(matches!(y.ty(), Some(Ty::Sym | Ty::Enum)), "type");
    let (v, list) = splay::enumerate_in_file(&p, name, |e| e.apply(&y))?;
    set_global(host, name, Value::syms(list))?;
    Ok(v)
}

fn touch(x: &Value) -> Value {
    match x {
        Value::Vec(v) => {
            let mut sum = 0u8;
            crate::with_data!(&v.data, d => {
                let size = d.first().map_or(1, size_of_val).max(1);
                for i in (0..d.len()).step_by((4096 / size).max(1)) {
                    sum = sum.wrapping_add(u8::try_from(crate::value::attr::key_bits(&v.data, i) & 0xff).unwrap_or(0));
                }
            });
            std::hint::black_box(sum);
        }
        Value::Table(t) => t.cols.iter().for_each(|c| {
            touch(c);
        }),
        _ => {}
    }
    x.clone()
}

/// `-19!(source;target;block;algorithm;level)`
fn compress_file(x: &Value) -> Result<Value> {
    let Value::List(l) = x else { return Err(Error::ty()) };
    ensure!(l.len() == 5, "length");
    let (from, to) = (path_of(&l[0])?, path_of(&l[1])?);
    let zip = zip_of(&Value::list(l[2..].to_vec()))?;
    let plain = file::plain_bytes(&from)?;
    match zip {
        Some(z) => write::replace(&to, &compressed::deflate(&plain, z)?)?,
        None => write::replace(&to, &plain)?,
    }
    Ok(l[1].clone())
}

/// `-21!file`
fn file_stats(x: &Value) -> Result<Value> {
    let p = path_of(x)?;
    let b = crate::store::mmap::Bytes::open(&p)?;
    let Some(s) = compressed::stats(&b, &p)? else {
        return Ok(Value::dict(Value::empty_of(Ty::Sym), Value::empty()));
    };
    let names = ["compressedLength", "uncompressedLength", "algorithm", "logicalBlockSize", "zipLevel"];
    Ok(Value::dict(
        Value::syms(names.iter().map(Sym::new).collect()),
        Value::list(vec![
            Value::count(s.compressed),
            Value::count(s.uncompressed),
            Value::int(i32::from(s.algorithm)),
            Value::int(s.block as i32),
            Value::int(i32::from(s.level)),
        ]),
    ))
}
