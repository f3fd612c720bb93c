//! Bytes to values (`-9!`). Nothing here trusts its input.

use super::frame::{HEADER, Header};
use super::{badmsg, compress, prims};
use crate::error::{Error, Result};
use crate::value::{Attr, Class, Data, Derived, Dict, Domain, Guid, Proj, Sym, Table, Ty, Value, Vector};
use std::sync::Arc;

/// Deepest nesting that is read.
const DEPTH: u32 = 400;
/// Bytes from which on a message has symbols enough to remember the recent ones.
const SMALL: usize = 4096;

/// What a message carries.
pub enum Body {
    Value(Value),
    /// An error that the sender signals.
    Error(String),
}

/// Makes a function of a lambda's context (`` ` `` is the root) and text.
pub type Compile<'a> = dyn FnMut(Sym, &str) -> Result<Value> + 'a;

/// For readers that meet no lambdas: signals `'nyi`.
pub fn uncompiled(_: Sym, _: &str) -> Result<Value> {
    Err(Error::nyi())
}

/// A whole message, compressed or not; exactly one object must fill it.
pub fn decode_message(message: &[u8], compile: &mut Compile<'_>) -> Result<Body> {
    let h = Header::read(message)?.ok_or_else(badmsg)?;
    if h.len != message.len() as u64 {
        return Err(badmsg());
    }
    if h.compressed {
        let whole = compress::decompress(message)?;
        return decode_body(&whole[HEADER..], h.little, compile);
    }
    decode_body(&message[HEADER..], h.little, compile)
}

fn decode_body(body: &[u8], little: bool, compile: &mut Compile<'_>) -> Result<Body> {
    let mut r = Reader::new(body, little, compile);
    if body.first() == Some(&128) {
        r.pos = 1;
        let text = r.text()?;
        return Ok(Body::Error(String::from_utf8_lossy(text).into_owned()));
    }
    let v = r.object()?;
    if r.pos == body.len() { Ok(Body::Value(v)) } else { Err(badmsg()) }
}

/// The object at the start of `b` (little-endian) and how many bytes it takes.
pub fn decode_object(b: &[u8], compile: &mut Compile<'_>) -> Result<(Value, usize)> {
    let mut r = Reader::new(b, true, compile);
    r.links = true;
    let v = r.object()?;
    Ok((v, r.pos))
}

type Recent<'a> = [(&'a [u8], Sym); 256];

/// A cursor over serialised objects.
pub struct Reader<'a, 'c> {
    b: &'a [u8],
    /// Position of the next byte.
    pub pos: usize,
    little: bool,
    depth: u32,
    /// Enumerations may stand here, as they do in files.
    links: bool,
    compile: &'c mut Compile<'c>,
    /// Recently read symbols by a cheap key, to spare the symbol table.
    recent: Option<Box<Recent<'a>>>,
}

macro_rules! read_vec {
    ($self:ident, $n:ident, $t:ty, $w:literal) => {{
        let b = $self.take($n.checked_mul($w).ok_or_else(badmsg)?)?;
        let (chunks, _) = b.as_chunks::<$w>();
        if $self.little {
            chunks.iter().map(|c| <$t>::from_le_bytes(*c)).collect::<Vec<_>>()
        } else {
            chunks.iter().map(|c| <$t>::from_be_bytes(*c)).collect::<Vec<_>>()
        }
    }};
}

impl<'a, 'c> Reader<'a, 'c> {
    /// A reader of `b` from its start.
    pub fn new<'x: 'c>(b: &'a [u8], little: bool, compile: &'c mut Compile<'x>) -> Reader<'a, 'c> {
        Reader { b, pos: 0, little, depth: 0, links: false, compile, recent: None }
    }
    fn take(&mut self, n: usize) -> Result<&'a [u8]> {
        let end = self.pos.checked_add(n).ok_or_else(badmsg)?;
        let s = self.b.get(self.pos..end).ok_or_else(badmsg)?;
        self.pos = end;
        Ok(s)
    }
    fn byte(&mut self) -> Result<u8> {
        let b = *self.b.get(self.pos).ok_or_else(badmsg)?;
        self.pos += 1;
        Ok(b)
    }
    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let s = self.take(N)?;
        let mut a = [0; N];
        a.copy_from_slice(s);
        if !self.little {
            a.reverse();
        }
        Ok(a)
    }
    /// A count of items that take at least `width` bytes each.
    fn count(&mut self, width: usize) -> Result<usize> {
        let n = usize::try_from(i32::from_le_bytes(self.array()?)).map_err(|_| badmsg())?;
        if n > (self.b.len() - self.pos) / width.max(1) { Err(badmsg()) } else { Ok(n) }
    }
    fn text(&mut self) -> Result<&'a [u8]> {
        let rest = &self.b[self.pos..];
        let n = memchr::memchr(0, rest).ok_or_else(badmsg)?;
        self.pos += n + 1;
        Ok(&rest[..n])
    }
    fn symbol(&mut self) -> Result<Sym> {
        let t = self.text()?;
        if t.is_empty() {
            return Ok(Sym::NULL);
        }
        if self.b.len() < SMALL {
            return Ok(Sym::new(t));
        }
        let recent = self.recent.get_or_insert_with(|| Box::new([(&[][..], Sym::NULL); 256]));
        let slot = t.len().wrapping_mul(31) ^ usize::from(t[t.len() - 1]).wrapping_mul(7) ^ usize::from(t[t.len() / 2]);
        let slot = &mut recent[slot & 255];
        if slot.0 != t {
            *slot = (t, Sym::new(t));
        }
        Ok(slot.1)
    }
    /// The next object.
    pub fn object(&mut self) -> Result<Value> {
        if self.depth >= DEPTH {
            return Err(badmsg());
        }
        self.depth += 1;
        let v = self.any()?;
        self.depth -= 1;
        Ok(v)
    }
    fn any(&mut self) -> Result<Value> {
        let code = self.byte()?;
        match code as i8 {
            0 => {
                self.byte()?;
                let n = self.count(2)?;
                Ok(Value::list(self.objects(n)?))
            }
            c @ 1..=19 => {
                let ty = Ty::from_code(i32::from(c)).ok_or_else(badmsg)?;
                self.vector(ty)
            }
            c @ -19..=-1 => {
                let ty = Ty::from_code(-i32::from(c)).ok_or_else(badmsg)?;
                self.atom(ty)
            }
            20 if self.links => {
                let attr = attr(self.byte()?);
                let domain = Domain(self.symbol()?);
                let n = self.count(8)?;
                let mut v = Vector::enumerated(domain, read_vec!(self, n, i64, 8));
                v.attr = if attr == Attr::Sorted && !ascending(&v.data) { Attr::None } else { attr };
                Ok(Value::Vec(Arc::new(v)))
            }
            -20 if self.links => {
                let domain = Domain(self.symbol()?);
                Ok(Value::Enum(domain, i64::from_le_bytes(self.array()?)))
            }
            98 => self.table(),
            99 => self.dict(false),
            127 => self.dict(true),
            100 => {
                let context = self.text()?;
                let context = if context.is_empty() { Sym::NULL } else { Sym::new([b".", context].concat()) };
                if self.byte()? != 10 {
                    return Err(badmsg());
                }
                self.byte()?;
                let n = self.count(1)?;
                let text = std::str::from_utf8(self.take(n)?).map_err(|_| badmsg())?;
                (self.compile)(context, text)
            }
            101..=103 => {
                let n = self.byte()?;
                prims::to_value(code, n).ok_or_else(Error::nyi)
            }
            104 => {
                let n = self.count(2)?;
                let mut items = self.objects(n)?.into_iter();
                let func = items.next().filter(|_| n > 1).ok_or_else(badmsg)?;
                Ok(Value::Proj(Arc::new(Proj { func, args: items.collect::<Vec<_>>().into() })))
            }
            105 => {
                let n = self.count(2)?;
                if n == 0 {
                    return Err(badmsg());
                }
                Ok(Value::Compose(Arc::new(self.objects(n)?.into())))
            }
            106..=111 => {
                let Some(Value::Adverb(adverb)) = prims::to_value(103, code - 106) else { return Err(badmsg()) };
                let func = self.object()?;
                Ok(Value::Derived(Arc::new(Derived { adverb, func })))
            }
            _ => Err(badmsg()),
        }
    }
    fn objects(&mut self, n: usize) -> Result<Vec<Value>> {
        let mut v = Vec::with_capacity(n.min(4096));
        for _ in 0..n {
            v.push(self.object()?);
        }
        Ok(v)
    }
    fn atom(&mut self, ty: Ty) -> Result<Value> {
        Ok(match ty.class() {
            Class::U8 => {
                let b = self.byte()?;
                Value::U8(ty, if ty == Ty::Bool { u8::from(b != 0) } else { b })
            }
            Class::I16 => Value::I16(i16::from_le_bytes(self.array()?)),
            Class::I32 => Value::I32(ty, i32::from_le_bytes(self.array()?)),
            Class::I64 => Value::I64(ty, i64::from_le_bytes(self.array()?)),
            Class::F32 => Value::F32(f32::from_le_bytes(self.array()?)),
            Class::F64 => Value::F64(ty, f64::from_le_bytes(self.array()?)),
            Class::Sym => Value::Sym(self.symbol()?),
            Class::Guid => Value::Guid(Box::new(self.guid()?)),
        })
    }
    fn guid(&mut self) -> Result<Guid> {
        let mut g = [0; 16];
        g.copy_from_slice(self.take(16)?);
        Ok(g)
    }
    fn vector(&mut self, ty: Ty) -> Result<Value> {
        let attr = attr(self.byte()?);
        let n = self.count(ty.width())?;
        let data = match ty.class() {
            Class::U8 => {
                let mut v = self.take(n)?.to_vec();
                if ty == Ty::Bool {
                    for b in &mut v {
                        *b = u8::from(*b != 0);
                    }
                }
                Data::U8(v.into())
            }
            Class::I16 => Data::I16(read_vec!(self, n, i16, 2).into()),
            Class::I32 => Data::I32(read_vec!(self, n, i32, 4).into()),
            Class::I64 => Data::I64(read_vec!(self, n, i64, 8).into()),
            Class::F32 => Data::F32(read_vec!(self, n, f32, 4).into()),
            Class::F64 => Data::F64(read_vec!(self, n, f64, 8).into()),
            Class::Guid => Data::Guid(self.take(n * 16)?.as_chunks::<16>().0.to_vec().into()),
            Class::Sym => {
                let mut v = Vec::with_capacity(n);
                for _ in 0..n {
                    v.push(self.symbol()?);
                }
                Data::Sym(v.into())
            }
        };
        let mut v = Vector::new(ty, data);
        // `s` is believed only when it holds: searches rely on it. The others are look-ups that are built here.
        v.attr = if attr == Attr::Sorted && !ascending(&v.data) { Attr::None } else { attr };
        Ok(Value::Vec(Arc::new(v)))
    }
    fn table(&mut self) -> Result<Value> {
        let sorted = self.byte()? == 1;
        let v = self.object()?;
        let Value::Dict(d) = &v else { return Err(badmsg()) };
        let (Value::Vec(k), Value::List(cols)) = (&d.keys, &d.vals) else { return Err(badmsg()) };
        let Data::Sym(names) = &k.data else { return Err(badmsg()) };
        let n = cols.first().map_or(0, Value::len);
        let column = |c: &Value| (c.is_list() || matches!(c, Value::Table(_)) || c.is_keyed()) && c.len() == n;
        if cols.iter().all(column) {
            Ok(Value::Table(Arc::new(Table { sorted, ..Table::new(names.to_vec(), cols.to_vec()) })))
        } else {
            Err(badmsg())
        }
    }
    fn dict(&mut self, sorted: bool) -> Result<Value> {
        let keys = self.object()?;
        let vals = self.object()?;
        let listy = |v: &Value| v.is_list() || matches!(v, Value::Table(_) | Value::Dict(_));
        if !listy(&keys) || !listy(&vals) || keys.len() != vals.len() {
            return Err(badmsg());
        }
        Ok(Value::Dict(Arc::new(Dict { keys, vals, sorted })))
    }
}

/// `g` is 4 on the wire and 5 in files: both are read.
fn attr(code: u8) -> Attr {
    if code == 4 { Attr::Grouped } else { Attr::from_code(code) }
}

fn ascending(d: &Data) -> bool {
    match d {
        Data::U8(v) => v.is_sorted(),
        Data::I16(v) => v.is_sorted(),
        Data::I32(v) => v.is_sorted(),
        Data::I64(v) => v.is_sorted(),
        // nulls stand first
        Data::F32(v) => v.is_sorted_by(|a, b| a.is_nan() || a <= b),
        Data::F64(v) => v.is_sorted_by(|a, b| a.is_nan() || a <= b),
        Data::Sym(v) => v.is_sorted(),
        Data::Guid(v) => v.is_sorted(),
    }
}
