//! Values: atoms, vectors, general lists, dictionaries, tables and functions.
//!
//! A `Value` is 16 bytes; everything larger than a word sits behind an `Arc` and is
//! amended in place when it is the only owner (`Arc::make_mut`).

pub mod attr;
pub mod backing;
pub mod code;
pub mod compare;
pub mod convert;
pub mod domain;
pub mod func;
pub mod heap;
pub mod items;
pub mod join;
pub mod memory;
pub mod null;
pub mod stack;
pub mod sym;
pub mod table;
pub mod temporal;
pub mod types;
pub mod vector;

pub use attr::{Attr, Index};
pub use domain::Domain;
pub use func::{Adverb, Derived, Host, Lambda, Proj, Verb};
pub use items::Items;
pub use sym::Sym;
pub use table::{Dict, Partitioned, Table};
pub use types::{Class, Ty};
pub use vector::{Buf, Data, Guid, Lend, Vector};

use std::sync::Arc;

/// Any q value.
#[derive(Clone, Default)]
pub enum Value {
    /// boolean, byte or char atom
    U8(Ty, u8),
    /// short atom
    I16(i16),
    /// int, month, date, minute, second or time atom
    I32(Ty, i32),
    /// long, timestamp or timespan atom
    I64(Ty, i64),
    /// real atom
    F32(f32),
    /// float or datetime atom
    F64(Ty, f64),
    /// symbol atom
    Sym(Sym),
    /// guid atom
    Guid(Box<Guid>),
    /// enumerated symbol atom: domain and index (`i64::MIN` is null)
    Enum(Domain, i64),
    /// typed vector
    Vec(Arc<Vector>),
    /// general list
    List(Arc<Items>),
    /// dictionary, keyed table
    Dict(Arc<Dict>),
    /// table
    Table(Arc<Table>),
    /// partitioned table of a mounted database
    Parts(Arc<Box<dyn Partitioned>>),
    /// the generic null and identity function `::`
    #[default]
    Null,
    /// the hole of an elided argument, only inside projections and parse trees
    Elided,
    /// primitive function or keyword; `true` is its monadic form (`#:` beside `#`)
    Verb(&'static Verb, bool),
    /// iterator by itself
    Adverb(Adverb),
    /// `{…}`
    Lambda(Arc<Lambda>),
    /// function with some arguments fixed
    Proj(Arc<Proj>),
    /// composition `f g`, or `'[f;g]`
    Compose(Arc<Items>),
    /// function or map with an iterator
    Derived(Arc<Derived>),
}

impl Value {
    /// True for one and the same object, or equal atoms.
    pub fn is_same(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Vec(a), Value::Vec(b)) => Arc::ptr_eq(a, b),
            (Value::List(a), Value::List(b)) => Arc::ptr_eq(a, b),
            (Value::Dict(a), Value::Dict(b)) => Arc::ptr_eq(a, b),
            (Value::Table(a), Value::Table(b)) => Arc::ptr_eq(a, b),
            (Value::Parts(a), Value::Parts(b)) => Arc::ptr_eq(a, b),
            (Value::Lambda(a), Value::Lambda(b)) => Arc::ptr_eq(a, b),
            (Value::Proj(a), Value::Proj(b)) => Arc::ptr_eq(a, b),
            (Value::Compose(a), Value::Compose(b)) => Arc::ptr_eq(a, b),
            (Value::Derived(a), Value::Derived(b)) => Arc::ptr_eq(a, b),
            _ => self.is_atom() && other.is_atom() && compare::matches(self, other),
        }
    }
    pub fn bool(b: bool) -> Value {
        Value::U8(Ty::Bool, u8::from(b))
    }
    pub fn byte(b: u8) -> Value {
        Value::U8(Ty::Byte, b)
    }
    pub fn char(c: u8) -> Value {
        Value::U8(Ty::Char, c)
    }
    pub fn short(i: i16) -> Value {
        Value::I16(i)
    }
    pub fn int(i: i32) -> Value {
        Value::I32(Ty::Int, i)
    }
    pub fn long(i: i64) -> Value {
        Value::I64(Ty::Long, i)
    }
    /// A count as a long.
    pub fn count(n: usize) -> Value {
        Value::long(i64::try_from(n).unwrap_or(i64::MAX))
    }
    pub fn float(f: f64) -> Value {
        Value::F64(Ty::Float, f)
    }
    pub fn sym(s: impl AsRef<[u8]>) -> Value {
        Value::Sym(Sym::new(s))
    }
    /// A vector value.
    pub fn vec(ty: Ty, data: Data) -> Value {
        Value::Vec(Arc::new(Vector::new(ty, data)))
    }
    pub fn bools(v: Vec<bool>) -> Value {
        // a bool is one byte, 0 or 1
        Value::vec(Ty::Bool, Data::U8(v.into_iter().map(u8::from).collect::<Vec<u8>>().into()))
    }
    pub fn bools8(v: Vec<u8>) -> Value {
        Value::vec(Ty::Bool, Data::U8(v.into()))
    }
    pub fn bytes(v: Vec<u8>) -> Value {
        Value::vec(Ty::Byte, Data::U8(v.into()))
    }
    /// A string (char vector).
    pub fn string(s: impl Into<Vec<u8>>) -> Value {
        Value::vec(Ty::Char, Data::U8(s.into().into()))
    }
    pub fn shorts(v: Vec<i16>) -> Value {
        Value::vec(Ty::Short, Data::I16(v.into()))
    }
    pub fn ints(v: Vec<i32>) -> Value {
        Value::vec(Ty::Int, Data::I32(v.into()))
    }
    pub fn longs(v: Vec<i64>) -> Value {
        Value::vec(Ty::Long, Data::I64(v.into()))
    }
    /// Positions as a long vector.
    pub fn positions(v: &[usize]) -> Value {
        Value::longs(v.iter().map(|&i| i64::try_from(i).unwrap_or(i64::MIN)).collect())
    }
    pub fn reals(v: Vec<f32>) -> Value {
        Value::vec(Ty::Real, Data::F32(v.into()))
    }
    pub fn floats(v: Vec<f64>) -> Value {
        Value::vec(Ty::Float, Data::F64(v.into()))
    }
    pub fn syms(v: Vec<Sym>) -> Value {
        Value::vec(Ty::Sym, Data::Sym(v.into()))
    }
    /// A general list as it is, even when the items have one type (see [`Value::collapse`]).
    pub fn list(v: Vec<Value>) -> Value {
        Value::List(Arc::new(v.into()))
    }
    /// The empty general list `()`.
    pub fn empty() -> Value {
        Value::list(vec![])
    }
    /// An empty vector of `ty`.
    pub fn empty_of(ty: Ty) -> Value {
        Value::vec(ty, Data::empty(ty))
    }
    /// A dictionary; lengths must agree (checked by the verb `!`).
    pub fn dict(keys: Value, vals: Value) -> Value {
        Value::Dict(Arc::new(Dict::new(keys, vals)))
    }
    /// A table of columns of one length (checked by `flip`).
    pub fn table(names: Vec<Sym>, cols: Vec<Value>) -> Value {
        Value::Table(Arc::new(Table::new(names, cols)))
    }

    /// q's type number as `type` returns it: negative for atoms.
    #[inline]
    pub fn type_code(&self) -> i16 {
        match self {
            Value::U8(t, _) | Value::I32(t, _) | Value::I64(t, _) | Value::F64(t, _) => -i16::from(t.code()),
            Value::I16(_) => -5,
            Value::F32(_) => -8,
            Value::Sym(_) => -11,
            Value::Guid(_) => -2,
            Value::Enum(..) => -20,
            Value::Vec(v) => i16::from(v.ty.code()),
            Value::List(_) => 0,
            Value::Dict(d) => {
                if d.sorted {
                    127
                } else {
                    99
                }
            }
            Value::Table(_) | Value::Parts(_) => 98,
            Value::Lambda(_) => 100,
            Value::Null | Value::Elided => 101,
            Value::Verb(_, true) => 101,
            Value::Verb(_, false) => 102,
            Value::Adverb(_) => 103,
            Value::Proj(_) => 104,
            Value::Compose(_) => 105,
            Value::Derived(d) => d.adverb.type_code(),
        }
    }
    /// The basic type of an atom or of a vector's items.
    #[inline]
    pub fn ty(&self) -> Option<Ty> {
        Some(match self {
            Value::U8(t, _) | Value::I32(t, _) | Value::I64(t, _) | Value::F64(t, _) => *t,
            Value::I16(_) => Ty::Short,
            Value::F32(_) => Ty::Real,
            Value::Sym(_) => Ty::Sym,
            Value::Guid(_) => Ty::Guid,
            Value::Enum(..) => Ty::Enum,
            Value::Vec(v) => v.ty,
            _ => return None,
        })
    }
    /// Atoms proper (not functions).
    pub fn is_atom(&self) -> bool {
        self.type_code() < 0
    }
    /// Vectors and general lists.
    pub fn is_list(&self) -> bool {
        matches!(self, Value::Vec(_) | Value::List(_))
    }
    /// Functions of every kind, `::` included.
    pub fn is_func(&self) -> bool {
        (100..=112).contains(&self.type_code())
    }
    /// A char vector or atom.
    pub fn is_string(&self) -> bool {
        matches!(self, Value::Vec(v) if v.ty == Ty::Char)
    }
    /// A keyed table.
    pub fn is_keyed(&self) -> bool {
        matches!(self, Value::Dict(d) if matches!((&d.keys, &d.vals), (Value::Table(_), Value::Table(_))))
    }
    /// `count`: 1 for atoms and functions.
    #[inline]
    pub fn len(&self) -> usize {
        match self {
            Value::Vec(v) => v.len(),
            Value::List(l) => l.len(),
            Value::Dict(d) => d.keys.len(),
            Value::Table(t) => t.len(),
            Value::Parts(p) => (0..p.parts().len()).map(|i| p.rows(i).unwrap_or(0)).sum(),
            _ => 1,
        }
    }
    /// True for an empty list, dictionary or table.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Item `i` of a list, row of a table, value of a dictionary by position; null when out of range.
    /// An atom yields itself.
    pub fn at(&self, i: usize) -> Value {
        match self {
            Value::Vec(v) => v.at(i),
            Value::List(l) => l.get(i).cloned().unwrap_or_else(|| self.null_item()),
            Value::Dict(d) => d.vals.at(i),
            Value::Table(t) => t.row(i),
            _ => self.clone(),
        }
    }
    /// What indexing out of range yields: the null of the (first) item.
    pub fn null_item(&self) -> Value {
        match self {
            Value::Vec(v) => v.null(),
            Value::List(l) => l.first().map_or(Value::list(vec![]), Value::null_like),
            Value::Dict(d) => d.vals.null_item(),
            Value::Table(t) => t.row(usize::MAX),
            _ => self.null_like(),
        }
    }
    /// The items of a list, rows of a table, values of a dictionary, or the atom itself.
    pub fn items(&self) -> Vec<Value> {
        match self {
            Value::List(l) => l.to_vec(),
            Value::Vec(_) | Value::Table(_) => (0..self.len()).map(|i| self.at(i)).collect(),
            Value::Dict(d) => d.vals.items(),
            _ => vec![self.clone()],
        }
    }
    /// Items at positions; out of range gives nulls. Works on lists, tables and (by position) dictionaries.
    pub fn take_at(&self, ix: &[usize]) -> Value {
        match self {
            Value::Vec(v) => Value::Vec(Arc::new(v.take_at(ix))),
            Value::List(l) => {
                Value::list(ix.iter().map(|&i| l.get(i).cloned().unwrap_or_else(|| self.null_item())).collect())
            }
            Value::Table(t) => Value::Table(Arc::new(t.take_at(ix))),
            Value::Dict(d) => Value::Dict(Arc::new(Dict::new(d.keys.take_at(ix), d.vals.take_at(ix)))),
            _ => self.clone(),
        }
    }
    /// The item of each of `ids`, all within range.
    pub fn spread(&self, ids: &[u32]) -> Value {
        match self {
            Value::Vec(v) => Value::Vec(Arc::new(v.spread(ids))),
            v => v.take_at(&ids.iter().map(|&i| i as usize).collect::<Vec<_>>()),
        }
    }
    /// Items `from..to`, both within range.
    pub fn slice(&self, from: usize, to: usize) -> Value {
        match self {
            Value::Vec(v) => Value::Vec(Arc::new(v.slice(from, to))),
            Value::List(l) => Value::list(l[from..to].to_vec()),
            Value::Table(t) => {
                Value::Table(Arc::new(Table::new(t.names.clone(), t.cols.iter().map(|c| c.slice(from, to)).collect())))
            }
            Value::Dict(d) => Value::dict(d.keys.slice(from, to), d.vals.slice(from, to)),
            _ => self.clone(),
        }
    }
    /// An integer of any width (bool and byte too), nulls and infinities included as their 64-bit forms.
    pub fn as_long(&self) -> Option<i64> {
        Some(match self {
            Value::U8(_, b) => i64::from(*b),
            Value::I16(i16::MIN) | Value::I32(_, i32::MIN) => i64::MIN,
            Value::I16(i16::MAX) | Value::I32(_, i32::MAX) => i64::MAX,
            Value::I16(i) => i64::from(*i),
            Value::I32(_, i) => i64::from(*i),
            Value::I64(_, i) => *i,
            _ => return None,
        })
    }
    /// Any number as a float; integer nulls become NaN.
    pub fn as_float(&self) -> Option<f64> {
        Some(match self {
            Value::F64(_, f) => *f,
            Value::F32(f) => f64::from(*f),
            _ => match self.as_long()? {
                i64::MIN => f64::NAN,
                i64::MAX => f64::INFINITY,
                n if n == -i64::MAX => f64::NEG_INFINITY,
                #[allow(clippy::cast_precision_loss)]
                n => n as f64,
            },
        })
    }
    /// A symbol atom (an enumerated one resolved).
    pub fn as_sym(&self) -> Option<Sym> {
        match self {
            Value::Sym(s) => Some(*s),
            Value::Enum(d, i) => match d.at(*i) {
                Value::Sym(s) => Some(s),
                _ => None,
            },
            _ => None,
        }
    }
    /// The bytes of a string or char atom.
    pub fn as_bytes(&self) -> Option<Vec<u8>> {
        match self {
            Value::U8(Ty::Char, c) => Some(vec![*c]),
            Value::Vec(v) if v.ty == Ty::Char => match &v.data {
                Data::U8(b) => Some(b.to_vec()),
                _ => None,
            },
            Value::List(l) if l.is_empty() => Some(vec![]),
            _ => None,
        }
    }
    /// A string, char or symbol as text, lossy where it is not UTF-8.
    pub fn as_text(&self) -> Option<String> {
        match self {
            Value::Sym(s) => Some(s.text().into_owned()),
            _ => self.as_bytes().map(|b| String::from_utf8_lossy(&b).into_owned()),
        }
    }
    /// A symbol vector or atom as symbols (enumerations resolved).
    pub fn as_syms(&self) -> Option<Vec<Sym>> {
        match self {
            Value::Sym(_) | Value::Enum(..) => self.as_sym().map(|s| vec![s]),
            Value::Vec(v) => match (&v.data, v.ty) {
                (Data::Sym(s), _) => Some(s.to_vec()),
                (_, Ty::Enum) => self.deenum().as_syms(),
                _ => None,
            },
            Value::List(l) => l.iter().map(Value::as_sym).collect(),
            _ => None,
        }
    }
    /// An enumerated atom or vector with its items looked up; everything else as it is.
    pub fn deenum(&self) -> Value {
        match self {
            Value::Enum(d, i) => d.at(*i),
            Value::Vec(v) if v.ty == Ty::Enum => {
                let Data::I64(ix) = &v.data else { return self.clone() };
                match v.domain.list() {
                    Some(l) => {
                        let ix: Vec<usize> = ix.iter().map(|&i| usize::try_from(i).unwrap_or(usize::MAX)).collect();
                        l.take_at(&ix)
                    }
                    None => Value::longs(ix.to_vec()),
                }
            }
            _ => self.clone(),
        }
    }
    /// The vector's items as longs when its class is I64 and it is not an enumeration.
    pub fn longs_ref(&self) -> Option<&[i64]> {
        match self {
            Value::Vec(v) if v.ty != Ty::Enum => match &v.data {
                Data::I64(x) => Some(x),
                _ => None,
            },
            _ => None,
        }
    }
    /// A general list of same-typed atoms becomes a vector (`(1;2)` is `1 2`), a list of
    /// same-keyed dictionaries a table; anything else stays a general list.
    pub fn collapse(items: Vec<Value>) -> Value {
        join::collapse(items)
    }
    /// One-item list of this value, as `enlist` makes it.
    pub fn enlist(self) -> Value {
        match &self {
            Value::Dict(d) if !self.is_keyed() => {
                if let Some(names) = d.keys.as_syms().filter(|k| !k.is_empty() && matches!(&d.keys, Value::Vec(_))) {
                    let cols = stack::grow(|| d.vals.items().into_iter().map(Value::enlist).collect());
                    return Value::table(names, cols);
                }
                Value::list(vec![self])
            }
            Value::U8(t, x) => Value::vec(*t, Data::U8(vec![*x].into())),
            Value::I32(t, x) => Value::vec(*t, Data::I32(vec![*x].into())),
            Value::I64(t, x) => Value::vec(*t, Data::I64(vec![*x].into())),
            Value::F64(t, x) => Value::vec(*t, Data::F64(vec![*x].into())),
            Value::Sym(x) => Value::vec(Ty::Sym, Data::Sym(vec![*x].into())),
            _ => join::collapse(vec![self]),
        }
    }
}

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Value(type {}, count {})", self.type_code(), self.len())
    }
}

const _: () = assert!(std::mem::size_of::<Value>() == 16);
