//! Values to bytes (`-8!`).

use super::frame::{HEADER, Header, Kind};
use super::prims::{self, Wire};
use crate::error::{Error, Result};
use crate::value::{Attr, Data, Sym, Ty, Value, Vector};
use std::sync::Arc;

/// A whole message, uncompressed.
pub fn encode_message(v: &Value, kind: Kind) -> Result<Vec<u8>> {
    let n = object_size(v)?.saturating_add(HEADER);
    crate::value::memory::reserve(n)?;
    // a short text at the end is copied with what comes behind it
    let mut out = Vec::with_capacity(n + SHORT);
    out.extend_from_slice(&Header::bytes(kind, false, n as u64));
    encode_object(v, &mut out)?;
    if out.len() != n {
        let head = Header::bytes(kind, false, out.len() as u64);
        out[..HEADER].copy_from_slice(&head);
    }
    Ok(out)
}

/// A message that carries an error.
pub fn encode_error(text: &str, kind: Kind) -> Vec<u8> {
    let text = &text.as_bytes()[..memchr::memchr(0, text.as_bytes()).unwrap_or(text.len())];
    let mut out = Vec::with_capacity(HEADER + 2 + text.len());
    out.extend_from_slice(&Header::bytes(kind, false, (HEADER + 2 + text.len()) as u64));
    out.push(128);
    out.extend_from_slice(text);
    out.push(0);
    out
}

/// Bytes that `v` takes without a header. Nothing is serialised, except that functions are measured by their text.
pub fn object_size(v: &Value) -> Result<usize> {
    Sizer::default().size(v)
}

/// Measures values. What is shared is measured once: `(x;x)` of itself, again and again, is long only when written out.
#[derive(Default)]
struct Sizer {
    /// Sizes of shared lists, dictionaries and tables by their address; they live as long as the value that is measured.
    seen: rustc_hash::FxHashMap<usize, usize>,
    /// Lists that were measured.
    lists: usize,
}

/// So many lists are measured without a note: most messages have fewer.
const FEW: usize = 64;

impl Sizer {
    fn size(&mut self, v: &Value) -> Result<usize> {
        crate::value::stack::check()?;
        Ok(match v {
            Value::U8(..) => 2,
            Value::I16(_) => 3,
            Value::I32(..) | Value::F32(_) => 5,
            Value::I64(..) | Value::F64(..) => 9,
            Value::Guid(_) => 17,
            Value::Sym(s) => 2 + s.bytes().len(),
            Value::Enum(..) => self.size(&plain(v)?)?,
            Value::Vec(x) if x.ty == Ty::Enum => self.size(&plain(v)?)?,
            Value::Vec(x) => match &x.data {
                Data::Sym(s) => 6 + Recent::new(s.len()).sizes(s),
                d => 6 + d.len() * x.ty.width(),
            },
            Value::List(l) => self.once(l, |sizer| sizer.sizes(l, 6))?,
            Value::Dict(d) => self.once(d, |sizer| {
                Ok(1usize.saturating_add(sizer.size(&d.keys)?).saturating_add(sizer.size(&d.vals)?))
            })?,
            Value::Table(t) => self.once(t, |sizer| {
                let names = t.names.iter().map(|s| s.bytes().len() + 1).sum::<usize>();
                sizer.sizes(&t.cols, 2 + 1 + 6 + names + 6)
            })?,
            Value::Null | Value::Elided | Value::Adverb(_) => 2,
            Value::Derived(d) => 1usize.saturating_add(self.size(&d.func)?),
            Value::Proj(p) => {
                let n = 5usize.saturating_add(self.size(&p.func)?);
                self.sizes(&p.args, n)?
            }
            Value::Compose(c) => self.sizes(c, 5)?,
            Value::Verb(..) | Value::Lambda(_) => {
                let mut b = Vec::new();
                encode_object(v, &mut b)?;
                b.len()
            }
            Value::Parts(_) => return Err(Error::new("par")),
        })
    }

    /// The size of what may be shared.
    fn once<T>(&mut self, shared: &Arc<T>, measure: impl FnOnce(&mut Self) -> Result<usize>) -> Result<usize> {
        if self.lists <= FEW || Arc::strong_count(shared) == 1 {
            return measure(self);
        }
        let at = Arc::as_ptr(shared).addr();
        if let Some(&n) = self.seen.get(&at) {
            return Ok(n);
        }
        let n = measure(self)?;
        self.seen.insert(at, n);
        Ok(n)
    }

    fn sizes(&mut self, items: &[Value], start: usize) -> Result<usize> {
        self.lists += 1;
        let mut n = start;
        for v in items {
            n = n.saturating_add(match v {
                Value::Vec(x) if x.ty != Ty::Enum && x.ty != Ty::Sym => 6 + x.len() * x.ty.width(),
                v => self.size(v)?,
            });
        }
        Ok(n)
    }
}

/// `'wsfull` where there is no memory for `v` written out, as bytes or as text.
pub fn room_to_write(v: &Value) -> Result<()> {
    // only lists of lists can be longer than what they hold
    if !matches!(v, Value::List(_) | Value::Dict(_) | Value::Table(_)) {
        return Ok(());
    }
    match object_size(v) {
        Ok(n) => crate::value::memory::reserve(n),
        // what cannot be sent can still be shown
        Err(_) => Ok(()),
    }
}

/// An enumeration as what it stands for: symbols, the key of a foreign key, the row numbers of a link.
fn plain(v: &Value) -> Result<Value> {
    let mut v = v.clone();
    // a key may itself be a foreign key, but not without end
    for _ in 0..16 {
        let (domain, ix) = match &v {
            Value::Enum(d, i) => (*d, Value::long(*i)),
            Value::Vec(x) if x.ty == Ty::Enum => match &x.data {
                Data::I64(ix) => (x.domain, Value::longs(ix.to_vec())),
                _ => return Err(Error::ty()),
            },
            _ => return Ok(v),
        };
        v = match domain.list() {
            Some(Value::Vec(_)) | None => v.deenum(),
            Some(_) => return Ok(ix),
        };
    }
    Err(Error::ty())
}

/// The attribute's byte on the wire, where `g` is 4 (5 in files).
fn attribute(a: Attr) -> u8 {
    if a == Attr::Grouped { 4 } else { a as u8 }
}

fn count(n: usize, out: &mut Vec<u8>) -> Result<()> {
    // the wire form of longer vectors is not published
    let n = i32::try_from(n).map_err(|_| Error::new("limit"))?;
    out.extend_from_slice(&n.to_le_bytes());
    Ok(())
}

fn text(b: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(b);
    out.push(0);
}

fn head(ty: u8, attr: u8, n: usize, out: &mut Vec<u8>) -> Result<()> {
    // the wire form of longer vectors is not published
    let [a, b, c, d] = i32::try_from(n).map_err(|_| Error::new("limit"))?.to_le_bytes();
    out.extend_from_slice(&[ty, attr, a, b, c, d]);
    Ok(())
}

/// Appends the bytes of `v`, without a header.
pub fn encode_object(v: &Value, out: &mut Vec<u8>) -> Result<()> {
    object(v, out, false)
}

/// The same for a file, where enumerations keep the name of their domain: type 20, attribute, name, count, indexes of
/// 8 bytes; an atom is type -20, name, index.
pub fn encode_stored(v: &Value, out: &mut Vec<u8>) -> Result<()> {
    object(v, out, true)
}

fn object(v: &Value, out: &mut Vec<u8>, links: bool) -> Result<()> {
    crate::value::stack::check()?;
    let atom = |t: Ty, out: &mut Vec<u8>| out.push((-t.code()) as u8);
    match v {
        Value::U8(t, b) => {
            atom(*t, out);
            out.push(*b);
        }
        Value::I16(i) => {
            atom(Ty::Short, out);
            out.extend_from_slice(&i.to_le_bytes());
        }
        Value::I32(t, i) => {
            atom(*t, out);
            out.extend_from_slice(&i.to_le_bytes());
        }
        Value::I64(t, i) => {
            atom(*t, out);
            out.extend_from_slice(&i.to_le_bytes());
        }
        Value::F32(f) => {
            atom(Ty::Real, out);
            out.extend_from_slice(&f.to_le_bytes());
        }
        Value::F64(t, f) => {
            atom(*t, out);
            out.extend_from_slice(&f.to_le_bytes());
        }
        Value::Guid(g) => {
            atom(Ty::Guid, out);
            out.extend_from_slice(&g[..]);
        }
        Value::Sym(s) => {
            atom(Ty::Sym, out);
            text(s.bytes(), out);
        }
        Value::Enum(d, i) if links => {
            out.push((-Ty::Enum.code()) as u8);
            text(d.0.bytes(), out);
            out.extend_from_slice(&i.to_le_bytes());
        }
        Value::Vec(x) if x.ty == Ty::Enum && links => {
            out.extend_from_slice(&[Ty::Enum as u8, attribute(x.attr)]);
            text(x.domain.0.bytes(), out);
            count(x.len(), out)?;
            match &x.data {
                Data::I64(ix) => fixed(ix, out, i64::to_le_bytes),
                _ => return Err(Error::ty()),
            }
        }
        Value::Enum(..) => object(&plain(v)?, out, links)?,
        Value::Vec(x) if x.ty == Ty::Enum => {
            // an attribute other than `s`, which the order of the symbols need not bear out, survives
            let p = plain(v)?;
            match (&p, x.attr) {
                (Value::Vec(y), a) if a != Attr::Sorted => {
                    let mut y = (**y).clone();
                    y.attr = a;
                    vector(&y, out)?;
                }
                _ => object(&p, out, links)?,
            }
        }
        Value::Vec(x) => vector(x, out)?,
        Value::List(l) => {
            head(0, 0, l.len(), out)?;
            for v in l.iter() {
                object(v, out, links)?;
            }
        }
        Value::Dict(d) => {
            out.push(if d.sorted { 127 } else { 99 });
            object(&d.keys, out, links)?;
            object(&d.vals, out, links)?;
        }
        Value::Table(t) => {
            out.extend_from_slice(&[98, u8::from(t.sorted), 99]);
            symbols(&t.names, 0, out)?;
            head(0, 0, t.cols.len(), out)?;
            for v in &t.cols {
                object(v, out, links)?;
            }
        }
        Value::Null => out.extend_from_slice(&[101, 0]),
        Value::Elided => out.extend_from_slice(&[101, 255]),
        Value::Adverb(a) => out.extend_from_slice(&[103, prims::of_adverb(*a)]),
        Value::Verb(verb, monadic) => match prims::of_verb(verb, *monadic) {
            Wire::Code(t, c) => out.extend_from_slice(&[t, c]),
            Wire::Text(t) => lambda(Sym::NULL, t.as_bytes(), out)?,
        },
        Value::Lambda(l) if &*l.text == crate::value::func::LOCKED_TEXT => return Err(Error::ty()),
        Value::Lambda(l) => lambda(l.context, l.text.as_bytes(), out)?,
        Value::Proj(p) => {
            out.push(104);
            count(1 + p.args.len(), out)?;
            object(&p.func, out, links)?;
            for a in &p.args {
                object(a, out, links)?;
            }
        }
        Value::Compose(fs) => {
            out.push(105);
            count(fs.len(), out)?;
            for f in fs.iter() {
                object(f, out, links)?;
            }
        }
        Value::Derived(d) => {
            out.push(d.adverb.type_code() as u8);
            object(&d.func, out, links)?;
        }
        Value::Parts(_) => return Err(Error::new("par")),
    }
    Ok(())
}

fn lambda(context: Sym, source: &[u8], out: &mut Vec<u8>) -> Result<()> {
    out.push(100);
    // the context travels without its leading dot, the root as nothing
    let c = context.bytes();
    text(c.strip_prefix(b".").unwrap_or(c), out);
    head(10, 0, source.len(), out)?;
    out.extend_from_slice(source);
    Ok(())
}

fn symbols(s: &[Sym], attr: u8, out: &mut Vec<u8>) -> Result<()> {
    head(11, attr, s.len(), out)?;
    Recent::new(s.len()).write(s, out);
    Ok(())
}

/// Longer texts are looked up and copied for themselves.
const SHORT: usize = 16;

/// A symbol's text with its NUL, at most `SHORT` bytes, and how many they are; 0 where there are more.
type Word = (Sym, u8, [u8; SHORT]);

/// Texts of the symbols that were last written, by their number: a column has few, again and again, and short ones are copied as `SHORT` bytes at once.
struct Recent(Vec<Word>);

impl Recent {
    /// For a column of `n` symbols; a short one is not worth the table.
    fn new(n: usize) -> Recent {
        Recent(if n < 256 { vec![] } else { vec![Recent::word(Sym::NULL); 256] })
    }

    fn word(s: Sym) -> Word {
        let b = s.bytes();
        let mut short = [0; SHORT];
        if b.len() >= SHORT {
            return (s, 0, short);
        }
        short[..b.len()].copy_from_slice(b);
        (s, b.len() as u8 + 1, short)
    }

    fn of(&mut self, s: Sym) -> &Word {
        let slot = &mut self.0[s.0 as usize & 255];
        if slot.0 != s {
            *slot = Recent::word(s);
        }
        slot
    }

    /// Bytes of a column's texts.
    fn sizes(&mut self, column: &[Sym]) -> usize {
        if self.0.is_empty() {
            return column.iter().map(|s| s.bytes().len() + 1).sum();
        }
        let size = |s: &Sym| match self.of(*s).1 {
            0 => s.bytes().len() + 1,
            n => usize::from(n),
        };
        column.iter().map(size).sum()
    }

    /// Appends a column's texts.
    fn write(&mut self, column: &[Sym], out: &mut Vec<u8>) {
        if self.0.is_empty() {
            return column.iter().for_each(|s| text(s.bytes(), out));
        }
        for s in column {
            let &(_, n, short) = self.of(*s);
            if n == 0 {
                text(s.bytes(), out);
            } else {
                let end = out.len() + usize::from(n);
                out.extend_from_slice(&short);
                out.truncate(end);
            }
        }
    }
}

fn vector(x: &Vector, out: &mut Vec<u8>) -> Result<()> {
    if let Data::Sym(s) = &x.data {
        return symbols(s, attribute(x.attr), out);
    }
    head(x.ty.code() as u8, attribute(x.attr), x.len(), out)?;
    match &x.data {
        Data::U8(v) => out.extend_from_slice(v),
        Data::Guid(v) => v.iter().for_each(|g| out.extend_from_slice(g)),
        Data::I16(v) => fixed(v, out, i16::to_le_bytes),
        Data::I32(v) => fixed(v, out, i32::to_le_bytes),
        Data::I64(v) => fixed(v, out, i64::to_le_bytes),
        Data::F32(v) => fixed(v, out, f32::to_le_bytes),
        Data::F64(v) => fixed(v, out, f64::to_le_bytes),
        Data::Sym(_) => {}
    }
    Ok(())
}

/// Items of a fixed width; written as chunks so that it compiles to a copy.
fn fixed<T: Copy, const W: usize>(v: &[T], out: &mut Vec<u8>, bytes: impl Fn(T) -> [u8; W]) {
    if let [x] = v {
        return out.extend_from_slice(&bytes(*x));
    }
    let start = out.len();
    out.resize(start + v.len() * W, 0);
    for (to, x) in out[start..].chunks_exact_mut(W).zip(v) {
        to.copy_from_slice(&bytes(*x));
    }
}
