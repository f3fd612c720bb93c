//! Vectors: typed items, an attribute, and buffers that are owned or borrowed from a mapped file.

use super::attr::{Attr, Index};
use super::{Domain, Sym, Ty, Value};
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

/// A guid: 16 bytes in print order.
pub type Guid = [u8; 16];

/// Something that can lend a slice for as long as it lives (a memory-mapped column).
pub trait Lend<T>: Send + Sync {
    fn slice(&self) -> &[T];
}

/// Items of a vector: owned, or lent by a mapped file until somebody writes to them.
#[derive(Clone)]
pub enum Buf<T: 'static> {
    Own(Vec<T>),
    Lent(Arc<dyn Lend<T>>),
}

impl<T: Clone> Buf<T> {
    /// The items for writing; a lent buffer is copied first.
    #[inline]
    pub fn to_mut(&mut self) -> &mut Vec<T> {
        if let Buf::Lent(l) = self {
            *self = Buf::Own(l.slice().to_vec());
        }
        match self {
            Buf::Own(v) => v,
            Buf::Lent(_) => unreachable!("replaced above"),
        }
    }
    /// The items as an owned `Vec`, without a copy where this buffer owns them.
    pub fn into_vec(self) -> Vec<T> {
        match self {
            Buf::Own(v) => v,
            Buf::Lent(l) => l.slice().to_vec(),
        }
    }
}
impl<T> Deref for Buf<T> {
    type Target = [T];
    #[inline]
    fn deref(&self) -> &[T] {
        match self {
            Buf::Own(v) => v,
            Buf::Lent(l) => l.slice(),
        }
    }
}
impl<T> From<Vec<T>> for Buf<T> {
    fn from(v: Vec<T>) -> Buf<T> {
        Buf::Own(v)
    }
}

/// The items of a vector by storage class.
#[derive(Clone)]
pub enum Data {
    U8(Buf<u8>),
    I16(Buf<i16>),
    I32(Buf<i32>),
    I64(Buf<i64>),
    F32(Buf<f32>),
    F64(Buf<f64>),
    Sym(Buf<Sym>),
    Guid(Buf<Guid>),
}

/// Runs `$body` with `$v` bound to the buffer of whichever class `$data` is.
#[macro_export]
macro_rules! with_data {
    ($data:expr, $v:ident => $body:expr) => {
        match $data {
            $crate::value::Data::U8($v) => $body,
            $crate::value::Data::I16($v) => $body,
            $crate::value::Data::I32($v) => $body,
            $crate::value::Data::I64($v) => $body,
            $crate::value::Data::F32($v) => $body,
            $crate::value::Data::F64($v) => $body,
            $crate::value::Data::Sym($v) => $body,
            $crate::value::Data::Guid($v) => $body,
        }
    };
}

/// Runs `$body` (which yields a `Vec` of the same item type) and wraps the result in the same class.
#[macro_export]
macro_rules! map_data {
    ($data:expr, $v:ident => $body:expr) => {
        match $data {
            $crate::value::Data::U8($v) => $crate::value::Data::U8($body.into()),
            $crate::value::Data::I16($v) => $crate::value::Data::I16($body.into()),
            $crate::value::Data::I32($v) => $crate::value::Data::I32($body.into()),
            $crate::value::Data::I64($v) => $crate::value::Data::I64($body.into()),
            $crate::value::Data::F32($v) => $crate::value::Data::F32($body.into()),
            $crate::value::Data::F64($v) => $crate::value::Data::F64($body.into()),
            $crate::value::Data::Sym($v) => $crate::value::Data::Sym($body.into()),
            $crate::value::Data::Guid($v) => $crate::value::Data::Guid($body.into()),
        }
    };
}

impl Data {
    /// Bytes of one item.
    pub fn width(&self) -> usize {
        fn of<T>(_: &Buf<T>) -> usize {
            size_of::<T>()
        }
        with_data!(self, v => of(v))
    }
    /// An empty buffer for items of type `ty`.
    pub fn empty(ty: Ty) -> Data {
        use super::Class as C;
        match ty.class() {
            C::U8 => Data::U8(vec![].into()),
            C::I16 => Data::I16(vec![].into()),
            C::I32 => Data::I32(vec![].into()),
            C::I64 => Data::I64(vec![].into()),
            C::F32 => Data::F32(vec![].into()),
            C::F64 => Data::F64(vec![].into()),
            C::Sym => Data::Sym(vec![].into()),
            C::Guid => Data::Guid(vec![].into()),
        }
    }
    /// Number of items.
    #[inline]
    pub fn len(&self) -> usize {
        with_data!(self, v => v.len())
    }
    /// True without items.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Items `from..to`.
    pub fn slice(&self, from: usize, to: usize) -> Data {
        map_data!(self, v => v[from..to].to_vec())
    }
}

/// A typed vector. Shared behind `Arc`; amended in place when uniquely owned.
#[derive(Clone)]
pub struct Vector {
    /// Type of the items.
    pub ty: Ty,
    /// Attribute `s u p g`, or none.
    pub attr: Attr,
    /// The domain when `ty` is `Enum`, else `Domain::NONE`.
    pub domain: Domain,
    /// The items.
    pub data: Data,
    /// Look-up structure of `u p g`, built on first use and kept up to date by `push_all`.
    pub index: OnceLock<Arc<Index>>,
}

impl Vector {
    /// A vector without attribute; `data` must be of the class of `ty`.
    pub fn new(ty: Ty, data: Data) -> Vector {
        Vector { ty, attr: Attr::None, domain: Domain::NONE, data, index: OnceLock::new() }
    }
    /// An enumerated vector: `data` are indexes into `domain`.
    pub fn enumerated(domain: Domain, ix: Vec<i64>) -> Vector {
        Vector { ty: Ty::Enum, attr: Attr::None, domain, data: Data::I64(ix.into()), index: OnceLock::new() }
    }
    /// Number of items.
    #[inline]
    pub fn len(&self) -> usize {
        self.data.len()
    }
    /// True without items.
    pub fn is_empty(&self) -> bool {
        self.data.is_empty()
    }
    /// Same type and domain, other items, no attribute.
    pub fn like(&self, data: Data) -> Vector {
        Vector { ty: self.ty, attr: Attr::None, domain: self.domain, data, index: OnceLock::new() }
    }
    /// The same items with the attribute dropped.
    pub fn plain(mut self) -> Vector {
        self.attr = Attr::None;
        self.index = OnceLock::new();
        self
    }
    /// Item `i`, or the type's null when out of range.
    pub fn at(&self, i: usize) -> Value {
        let n = self.len();
        if i >= n {
            return self.null();
        }
        match &self.data {
            Data::U8(v) => Value::U8(self.ty, v[i]),
            Data::I16(v) => Value::I16(v[i]),
            Data::I32(v) => Value::I32(self.ty, v[i]),
            Data::I64(v) if self.ty == Ty::Enum => Value::Enum(self.domain, v[i]),
            Data::I64(v) => Value::I64(self.ty, v[i]),
            Data::F32(v) => Value::F32(v[i]),
            Data::F64(v) => Value::F64(self.ty, v[i]),
            Data::Sym(v) => Value::Sym(v[i]),
            Data::Guid(v) => Value::Guid(Box::new(v[i])),
        }
    }
    /// The null of the item type.
    pub fn null(&self) -> Value {
        if self.ty == Ty::Enum { Value::Enum(self.domain, i64::MIN) } else { Value::null_of(self.ty) }
    }
    /// Items at `ix`; positions out of range give nulls. Keeps domain, drops the attribute.
    pub fn take_at(&self, ix: &[usize]) -> Vector {
        macro_rules! pick {
            ($v:expr, $null:expr) => {
                ix.iter().map(|&i| $v.get(i).copied().unwrap_or($null)).collect::<Vec<_>>().into()
            };
        }
        self.like(match &self.data {
            Data::U8(v) => Data::U8(pick!(v, if self.ty == Ty::Char { b' ' } else { 0 })),
            Data::I16(v) => Data::I16(pick!(v, i16::MIN)),
            Data::I32(v) => Data::I32(pick!(v, i32::MIN)),
            Data::I64(v) => Data::I64(pick!(v, i64::MIN)),
            Data::F32(v) => Data::F32(pick!(v, f32::NAN)),
            Data::F64(v) => Data::F64(pick!(v, f64::NAN)),
            Data::Sym(v) => Data::Sym(pick!(v, Sym::NULL)),
            Data::Guid(v) => Data::Guid(pick!(v, [0; 16])),
        })
    }
    /// The item of each of `ids`, all within range.
    pub fn spread(&self, ids: &[u32]) -> Vector {
        self.like(map_data!(&self.data, v => ids.iter().map(|&i| v[i as usize]).collect::<Vec<_>>()))
    }
    /// Items `from..to` (both within range); a prefix or slice of a sorted vector stays sorted.
    pub fn slice(&self, from: usize, to: usize) -> Vector {
        let mut r = self.like(self.data.slice(from, to));
        if self.attr == Attr::Sorted {
            r.attr = Attr::Sorted;
        }
        r
    }
}
