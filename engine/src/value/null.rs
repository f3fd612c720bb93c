//! Nulls and infinities of every type.

use super::{Data, Sym, Ty, Value};
use std::sync::Arc;

impl Value {
    /// The null atom of a type (`0N`, `0n`, `" "`, `` ` ``, …). Bool and byte have none: their zero.
    pub fn null_of(ty: Ty) -> Value {
        use super::Class as C;
        match ty.class() {
            C::U8 => Value::U8(ty, if ty == Ty::Char { b' ' } else { 0 }),
            C::I16 => Value::I16(i16::MIN),
            C::I32 => Value::I32(ty, i32::MIN),
            C::I64 => Value::I64(ty, i64::MIN),
            C::F32 => Value::F32(f32::from_bits(0xFFC0_0000)),
            C::F64 => Value::F64(ty, f64::from_bits(0xFFF8_0000_0000_0000)),
            C::Sym => Value::Sym(Sym::NULL),
            C::Guid => Value::Guid(Box::new([0; 16])),
        }
    }
    /// Positive infinity of a type, or its null where it has none.
    pub fn inf_of(ty: Ty) -> Value {
        use super::Class as C;
        match ty.class() {
            C::U8 if ty == Ty::Bool => Value::bool(true),
            C::U8 => Value::U8(ty, 255),
            C::I16 => Value::I16(i16::MAX),
            C::I32 => Value::I32(ty, i32::MAX),
            C::I64 => Value::I64(ty, i64::MAX),
            C::F32 => Value::F32(f32::INFINITY),
            C::F64 => Value::F64(ty, f64::INFINITY),
            _ => Value::null_of(ty),
        }
    }
    /// Negative infinity of a type, or its null where it has none.
    pub fn neg_inf_of(ty: Ty) -> Value {
        match Value::inf_of(ty) {
            Value::I16(i) => Value::I16(-i),
            Value::I32(t, i) => Value::I32(t, -i),
            Value::I64(t, i) => Value::I64(t, -i),
            Value::F32(f) => Value::F32(-f),
            Value::F64(t, f) => Value::F64(t, -f),
            Value::U8(t, _) => Value::U8(t, 0),
            v => v,
        }
    }
    /// The null that a value of this shape leaves where it is missing: an atom's null,
    /// the empty list of a vector's type, nulls throughout a dictionary.
    pub fn null_like(&self) -> Value {
        match self {
            Value::Enum(d, _) => Value::Enum(*d, i64::MIN),
            Value::Vec(v) => Value::Vec(Arc::new(v.like(Data::empty(v.ty)))),
            Value::List(_) => Value::empty(),
            Value::Dict(d) => Value::dict(d.keys.clone(), d.vals.null_items()),
            Value::Table(t) => Value::table(t.names.clone(), t.cols.iter().map(|c| c.slice(0, 0)).collect()),
            _ => self.ty().map_or(Value::Null, Value::null_of),
        }
    }
    /// A list of the same length with a null in each place.
    fn null_items(&self) -> Value {
        match self {
            Value::Vec(v) => Value::Vec(Arc::new(v.take_at(&vec![usize::MAX; v.len()]))),
            Value::List(l) => Value::list(l.iter().map(Value::null_like).collect()),
            _ => self.null_like(),
        }
    }
    /// True for a null atom.
    pub fn is_null(&self) -> bool {
        match self {
            Value::U8(Ty::Char, c) => *c == b' ',
            Value::I16(i) => *i == i16::MIN,
            Value::I32(_, i) => *i == i32::MIN,
            Value::I64(_, i) | Value::Enum(_, i) => *i == i64::MIN,
            Value::F32(f) => f.is_nan(),
            Value::F64(_, f) => f.is_nan(),
            Value::Sym(s) => s.is_null(),
            Value::Guid(g) => **g == [0; 16],
            Value::Null => true,
            _ => false,
        }
    }
}
