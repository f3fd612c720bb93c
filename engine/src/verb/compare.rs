//! Comparison, `&` and `|`, `~`, nulls and filling.

use super::arith::{Least, Most, meet};
use super::dispatch::*;
use crate::ensure;
use crate::error::{Error, Result};
use crate::kernel::item::{below, near};
use crate::kernel::{Item, map, scan};
use crate::value::compare::{find_all, matches};
use crate::value::{Class, Data, Guid, Host, Sym, Ty, Value, Vector, Verb};
use std::sync::Arc;

/// A relation, on integers (and symbols) exactly, on floats within tolerance.
trait Relation {
    fn exact<T: Ord + Copy>(a: T, b: T) -> bool;
    fn float(a: f64, b: f64) -> bool;
    /// Only equality: symbols then compare by identity.
    const EQUALITY: bool = false;
}
macro_rules! relation {
    ($name:ident, $e:expr, $f:expr, $eq:expr) => {
        struct $name;
        impl Relation for $name {
            #[inline(always)]
            fn exact<T: Ord + Copy>(a: T, b: T) -> bool {
                #[allow(clippy::redundant_closure_call)]
                $e(a, b)
            }
            #[inline(always)]
            fn float(a: f64, b: f64) -> bool {
                #[allow(clippy::redundant_closure_call)]
                $f(a, b)
            }
            const EQUALITY: bool = $eq;
        }
    };
}
relation!(Equal, |a, b| a == b, near, true);
relation!(Unequal, |a, b| a != b, |a, b| !near(a, b), true);
relation!(Less, |a, b| a < b, below, false);
relation!(Greater, |a, b| a > b, |a, b| below(b, a), false);
relation!(Upto, |a, b| a <= b, |a, b| !below(b, a), false);
relation!(AtLeast, |a, b| a >= b, |a, b| !below(a, b), false);

/// The type in which two types are compared; an error where the reference has none.
fn common(x: Ty, y: Ty) -> Result<Ty> {
    if x == y {
        return Ok(match x {
            Ty::Real => Ty::Float,
            t => t,
        });
    }
    ensure!(!matches!(x, Ty::Sym | Ty::Guid) && !matches!(y, Ty::Sym | Ty::Guid), "type");
    if x.is_temporal() && y.is_temporal() {
        return rule(&FILL, x, y);
    }
    Ok(match (x.class(), y.class()) {
        (Class::F64 | Class::F32, _) | (_, Class::F64 | Class::F32) => Ty::Float,
        (a, b) if a == b => x,
        _ => Ty::Long,
    })
}

fn relate<R: Relation>(x: Value, y: Value, par: bool) -> Result<Value> {
    if (x.ty() == Some(Ty::Enum) || y.ty() == Some(Ty::Enum))
        && let Some(v) = relate_enum::<R>(&x, &y, par)?
    {
        return Ok(v);
    }
    let (x, y) = (plain(x), plain(y));
    let (Some(tx), Some(ty)) = (x.ty(), y.ty()) else { return Err(Error::ty()) };
    let t = common(tx, ty)?;
    let (x, y) = (bring(x, t, How::Clock)?, bring(y, t, How::Clock)?);
    macro_rules! run {
        ($t:ty) => {
            zip_flags::<$t>(&Src::of(x)?, &Src::of(y)?, par, R::exact::<$t>)
        };
    }
    match t.class() {
        Class::I64 => run!(i64),
        Class::F64 => zip_flags::<f64>(&Src::of(x)?, &Src::of(y)?, par, R::float),
        Class::I32 => run!(i32),
        Class::U8 => run!(u8),
        Class::I16 => run!(i16),
        Class::Guid => run!(Guid),
        Class::Sym if R::EQUALITY => zip_flags::<Sym>(&Src::of(x)?, &Src::of(y)?, par, |a, b| R::exact(a.0, b.0)),
        Class::Sym => run!(Sym),
        Class::F32 => Err(Error::ty()),
    }
}

/// Equality of an enumerated vector with a symbol atom or a vector of the same domain, by index.
fn relate_enum<R: Relation>(x: &Value, y: &Value, par: bool) -> Result<Option<Value>> {
    if !R::EQUALITY {
        return Ok(None);
    }
    fn indexes(v: &Vector) -> Option<&[i64]> {
        match &v.data {
            Data::I64(ix) if v.ty == Ty::Enum => Some(ix),
            _ => None,
        }
    }
    match (x, y) {
        (Value::Vec(a), Value::Vec(b)) if a.domain == b.domain => {
            let (Some(i), Some(j)) = (indexes(a), indexes(b)) else { return Ok(None) };
            ensure!(i.len() == j.len(), "length");
            Ok(Some(Value::bools8(map::zip(i, j, par, |a, b| u8::from(R::exact(a, b))))))
        }
        (Value::Vec(v), s) | (s, Value::Vec(v)) if s.is_atom() => {
            let (Some(ix), Some(s), Some(list)) = (indexes(v), s.as_sym(), v.domain.list()) else { return Ok(None) };
            if s.is_null() || !matches!(&list, Value::Vec(l) if l.ty == Ty::Sym) {
                return Ok(None);
            }
            let p = find_all(&list, &Value::syms(vec![s])).first().copied().unwrap_or(list.len());
            let p = if p < list.len() { i64::try_from(p).unwrap_or(-1) } else { -1 };
            Ok(Some(Value::bools8(map::each(ix, par, |i| u8::from(R::exact(i, p))))))
        }
        _ => Ok(None),
    }
}

macro_rules! comparison {
    ($fn:ident, $op:ident, $rel:ident) => {
        static $op: Atomic = Atomic { simple: relate::<$rel>, lone: Lone::Null };
        fn $fn(h: &mut dyn Host, x: Value, y: Value) -> Result<Value> {
            match (&x, &y) {
                (Value::I64(Ty::Long, a), Value::I64(Ty::Long, b)) => Ok(Value::bool($rel::exact(*a, *b))),
                (Value::F64(Ty::Float, a), Value::F64(Ty::Float, b)) => Ok(Value::bool($rel::float(*a, *b))),
                // types, times, flags
                (Value::I16(a), Value::I16(b)) => Ok(Value::bool($rel::exact(*a, *b))),
                (Value::I64(s, a), Value::I64(t, b)) if s == t => Ok(Value::bool($rel::exact(*a, *b))),
                (Value::U8(s, a), Value::U8(t, b)) if s == t => Ok(Value::bool($rel::exact(*a, *b))),
                (Value::Sym(a), Value::Sym(b)) if $rel::EQUALITY => Ok(Value::bool($rel::exact(a.0, b.0))),
                _ => {
                    let par = parallel(h, &x, &y);
                    dyadic(&$op, x, y, par)
                }
            }
        }
    };
}
comparison!(equal, OP_EQ, Equal);
comparison!(unequal, OP_NE, Unequal);
comparison!(less, OP_LT, Less);
comparison!(greater, OP_GT, Greater);
comparison!(upto, OP_LE, Upto);
comparison!(at_least, OP_GE, AtLeast);

/// `x=y` without a host.
pub fn equals(x: Value, y: Value) -> Result<Value> {
    dyadic(&OP_EQ, x, y, false)
}

/// `&` and `|`: as `meet`, with chars compared by value before they become chars.
fn extreme<O: super::arith::Op>(x: Value, y: Value, par: bool) -> Result<Value> {
    let (x, y) = (plain(x), plain(y));
    let (Some(tx), Some(ty)) = (x.ty(), y.ty()) else { return Err(Error::ty()) };
    ensure!(!matches!(tx, Ty::Sym | Ty::Guid) && !matches!(ty, Ty::Sym | Ty::Guid), "type");
    let out = rule(&FILL, tx, ty)?;
    if out.class() == Class::U8 && (tx.class() != Class::U8 || ty.class() != Class::U8) {
        let (a, b) = (bring(x, Ty::Long, How::Raw)?, bring(y, Ty::Long, How::Raw)?);
        return convert(zip_same::<i64>(Src::of(a)?, Src::of(b)?, Ty::Long, par, O::go::<i64>)?, out, How::Raw);
    }
    meet::<O>(x, y, &FILL, How::Clock, par)
}
static OP_MIN: Atomic = Atomic { simple: extreme::<Least>, lone: Lone::Keep };
static OP_MAX: Atomic = Atomic { simple: extreme::<Most>, lone: Lone::Keep };

fn lesser(h: &mut dyn Host, x: Value, y: Value) -> Result<Value> {
    if let (Value::I64(Ty::Long, a), Value::I64(Ty::Long, b)) = (&x, &y) {
        Ok(Value::long(*a.min(b)))
    } else {
        let par = parallel(h, &x, &y);
        dyadic(&OP_MIN, x, y, par)
    }
}
fn greater_of(h: &mut dyn Host, x: Value, y: Value) -> Result<Value> {
    if let (Value::I64(Ty::Long, a), Value::I64(Ty::Long, b)) = (&x, &y) {
        Ok(Value::long(*a.max(b)))
    } else {
        let par = parallel(h, &x, &y);
        dyadic(&OP_MAX, x, y, par)
    }
}
/// `x&y` without a host.
pub fn least(x: Value, y: Value) -> Result<Value> {
    dyadic(&OP_MIN, x, y, false)
}
/// `x|y` without a host.
pub fn most(x: Value, y: Value) -> Result<Value> {
    dyadic(&OP_MAX, x, y, false)
}

fn matched(_: &mut dyn Host, x: Value, y: Value) -> Result<Value> {
    Ok(Value::bool(matches(&x, &y)))
}

/// `x within y`: at least the first and at most the second item of `y`.
fn within(h: &mut dyn Host, x: Value, y: Value) -> Result<Value> {
    ensure!(y.is_list(), "type");
    ensure!(y.len() == 2, "length");
    if let (Value::I64(t, x), Value::Vec(r)) = (&x, &y)
        && *t == r.ty
        && let Data::I64(r) = &r.data
    {
        return Ok(Value::bool((r[0]..=r[1]).contains(x)));
    }
    let par = parallel(h, &x, &y);
    let (lo, hi) = (y.at(0), y.at(1));
    // a vector between two atoms that need no unit: one pass
    if let (Value::Vec(v), Some(a), Some(b)) = (&x, lo.ty(), hi.ty()) {
        let plain = |t: Ty| t.is_numeric() && !t.is_temporal();
        if lo.is_atom() && hi.is_atom() && (a == v.ty && b == v.ty || plain(v.ty) && plain(a) && plain(b)) {
            match (&v.data, &bring(lo.clone(), v.ty, How::Raw), &bring(hi.clone(), v.ty, How::Raw)) {
                (Data::I64(d), Ok(Value::I64(_, lo)), Ok(Value::I64(_, hi)))
                    if !a.is_floating() && !b.is_floating() =>
                {
                    return Ok(Value::bools8(map::each(d, par, |x| u8::from((*lo <= x) && (x <= *hi)))));
                }
                (Data::I32(d), Ok(Value::I32(_, lo)), Ok(Value::I32(_, hi))) if a == v.ty && b == v.ty => {
                    return Ok(Value::bools8(map::each(d, par, |x| u8::from((*lo <= x) && (x <= *hi)))));
                }
                (Data::F64(d), Ok(Value::F64(_, lo)), Ok(Value::F64(_, hi))) => {
                    return Ok(Value::bools8(map::each(d, par, |x| u8::from(!below(x, *lo) & !below(*hi, x)))));
                }
                _ => {}
            }
        }
    }
    let over = dyadic(&OP_GE, x.clone(), lo, par)?;
    let under = dyadic(&OP_LE, x, hi, par)?;
    dyadic(&OP_MIN, over, under, par)
}

// ---------------------------------------------------------------------------------------------
// not, null

fn zero_flags(v: Value) -> Result<Value> {
    let v = plain(v);
    fn run<T: Store>(v: Value, zero: impl Fn(T) -> bool + Sync) -> Result<Value> {
        Ok(map_into::<T, u8>(&Src::of(v)?, Ty::Bool, false, |a| u8::from(zero(a))))
    }
    match v.ty().ok_or_else(Error::ty)? {
        Ty::Guid => run::<Guid>(v, |g| g == [0; 16]),
        t => match t.class() {
            Class::U8 => Ok(map_same::<u8>(Src::of(v)?, Ty::Bool, false, |a| u8::from(a == 0))),
            Class::I16 => run::<i16>(v, |a| a == 0),
            Class::I32 => run::<i32>(v, |a| a == 0),
            Class::I64 => run::<i64>(v, |a| a == 0),
            Class::F32 => run::<f32>(v, |a| a == 0.0),
            Class::F64 => run::<f64>(v, |a| a == 0.0),
            _ => Err(Error::ty()),
        },
    }
}

/// `not x` without a host: flags zeros.
pub fn negation(x: Value) -> Result<Value> {
    monadic(x, &zero_flags)
}
fn not(_: &mut dyn Host, x: Value) -> Result<Value> {
    match x {
        Value::U8(Ty::Bool, b) => Ok(Value::bool(b == 0)),
        x => negation(x),
    }
}

/// Nulls among the items of a vector.
pub fn null_flags(v: &Vector) -> Vec<u8> {
    match &v.data {
        Data::U8(d) if v.ty == Ty::Char => d.iter().map(|&c| u8::from(c == b' ')).collect(),
        d => crate::with_data!(d, x => scan::nulls(x)),
    }
}
fn null(_: &mut dyn Host, x: Value) -> Result<Value> {
    crate::value::stack::check()?;
    fn go(x: &Value) -> Value {
        match x {
            // enumerations always show as not null, whatever symbol they stand for
            Value::Vec(v) if v.ty == crate::value::Ty::Enum => Value::bools8(vec![0; v.len()]),
            Value::Enum(..) => Value::bool(false),
            Value::Vec(v) => Value::bools8(null_flags(v)),
            Value::List(l) => Value::collapse(l.iter().map(go).collect()),
            Value::Dict(d) => Value::dict(d.keys.clone(), go(&d.vals)),
            Value::Table(t) => Value::table(t.names.clone(), t.cols.iter().map(go).collect()),
            v => Value::bool(v.is_null()),
        }
    }
    Ok(go(&x))
}

// ---------------------------------------------------------------------------------------------
// fill

fn fill_simple(x: Value, y: Value, par: bool) -> Result<Value> {
    let (x, y) = (plain(x), plain(y));
    let (Some(tx), Some(ty)) = (x.ty(), y.ty()) else { return Err(Error::ty()) };
    let out = rule(&FILL, tx, ty)?;
    let (x, y) = (bring(x, out, How::Clock)?, bring(y, out, How::Clock)?);
    fn run<T: Store>(x: Value, y: Value, out: Ty, par: bool) -> Result<Value> {
        zip_same::<T>(Src::of(x)?, Src::of(y)?, out, par, |a, b| if b.is_null() { a } else { b })
    }
    match out.class() {
        Class::I64 => run::<i64>(x, y, out, par),
        Class::F64 => run::<f64>(x, y, out, par),
        Class::I32 => run::<i32>(x, y, out, par),
        Class::F32 => run::<f32>(x, y, out, par),
        Class::I16 => run::<i16>(x, y, out, par),
        Class::Sym => run::<Sym>(x, y, out, par),
        Class::Guid => run::<Guid>(x, y, out, par),
        Class::U8 => {
            let blank = out == Ty::Char;
            zip_same::<u8>(Src::of(x)?, Src::of(y)?, out, par, |a, b| if blank && b == b' ' { a } else { b })
        }
    }
}
static OP_FILL: Atomic = Atomic { simple: fill_simple, lone: Lone::Keep };

fn fill(h: &mut dyn Host, x: Value, y: Value) -> Result<Value> {
    let par = parallel(h, &x, &y);
    dyadic(&OP_FILL, x, y, par)
}
/// `x^y` without a host.
pub fn filled(x: Value, y: Value) -> Result<Value> {
    dyadic(&OP_FILL, x, y, false)
}

/// `fills x`: nulls take the item before them; columns of a table each for itself.
pub fn fill_forward(x: Value) -> Result<Value> {
    crate::value::stack::check()?;
    match x {
        Value::Vec(mut v) => {
            let m = Arc::make_mut(&mut v);
            m.attr = crate::value::Attr::None;
            m.index.take();
            let char = m.ty == Ty::Char;
            match &mut m.data {
                Data::U8(d) if char => scan::fills(d.to_mut(), |c| c == b' '),
                d => crate::with_data!(d, b => scan::fills(b.to_mut(), Item::is_null)),
            }
            Ok(Value::Vec(v))
        }
        Value::List(l) => {
            let mut out: Vec<Value> = Vec::with_capacity(l.len());
            for v in l.iter() {
                out.push(match out.last() {
                    Some(p) => filled(p.clone(), v.clone())?,
                    None => v.clone(),
                });
            }
            Ok(Value::collapse(out))
        }
        Value::Dict(d) => Ok(Value::dict(d.keys.clone(), fill_forward(d.vals.clone())?)),
        Value::Table(t) => {
            let cols = t.cols.iter().map(|c| fill_forward(c.clone())).collect::<Result<_>>()?;
            Ok(Value::table(t.names.clone(), cols))
        }
        v => Ok(v),
    }
}
fn fills(_: &mut dyn Host, x: Value) -> Result<Value> {
    fill_forward(x)
}

pub static VERBS: &[Verb] = &[
    Verb {
        name: "=",
        dyad: Some(equal),
        infix: true,
        doc: "equal, item by item; floats within tolerance",
        examples: &[("1=1h", "1b"), ("\"hello\"=\"world\"", "00010b")],
        ..Verb::BLANK
    },
    Verb {
        name: "<>",
        dyad: Some(unequal),
        infix: true,
        doc: "not equal, item by item",
        examples: &[("3<>2 3 4", "101b")],
        ..Verb::BLANK
    },
    Verb {
        name: "<",
        dyad: Some(less),
        infix: true,
        doc: "less than, item by item; nulls are least",
        examples: &[("3<2 3 4", "001b"), ("`a<`b", "1b")],
        ..Verb::BLANK
    },
    Verb {
        name: ">",
        dyad: Some(greater),
        infix: true,
        doc: "greater than, item by item",
        examples: &[("3>2 3 4", "100b")],
        ..Verb::BLANK
    },
    Verb {
        name: "<=",
        dyad: Some(upto),
        infix: true,
        doc: "up to, item by item",
        examples: &[("3<=2 3 4", "011b")],
        ..Verb::BLANK
    },
    Verb {
        name: ">=",
        dyad: Some(at_least),
        infix: true,
        doc: "at least, item by item",
        examples: &[("3>=2 3 4", "110b")],
        ..Verb::BLANK
    },
    Verb {
        name: "~",
        dyad: Some(matched),
        infix: true,
        doc: "match: same type, shape and items",
        examples: &[("1 2~1 2", "1b"), ("1~1h", "0b")],
        ..Verb::BLANK
    },
    Verb {
        name: "&",
        dyad: Some(lesser),
        infix: true,
        doc: "lesser, item by item; logical and",
        examples: &[("2&3", "2"), ("1010b&1100b", "1000b")],
        ..Verb::BLANK
    },
    Verb {
        name: "|",
        dyad: Some(greater_of),
        infix: true,
        doc: "greater, item by item; logical or",
        examples: &[("2|3", "3"), ("1010b|1100b", "1110b")],
        ..Verb::BLANK
    },
    Verb {
        name: "and",
        dyad: Some(lesser),
        infix: true,
        doc: "lesser; logical and",
        examples: &[("2 and 3", "2")],
        ..Verb::BLANK
    },
    Verb {
        name: "or",
        dyad: Some(greater_of),
        infix: true,
        doc: "greater; logical or",
        examples: &[("2 or 3", "3")],
        ..Verb::BLANK
    },
    Verb {
        name: "within",
        dyad: Some(within),
        infix: true,
        doc: "flag items between two bounds, inclusive",
        examples: &[("1 3 10 6 4 within 2 6", "01011b")],
        ..Verb::BLANK
    },
    Verb {
        name: "not",
        glyph: "~:",
        monad: Some(not),
        doc: "flag zeros",
        examples: &[("not -1 0 1 2", "0100b")],
        ..Verb::BLANK
    },
    Verb {
        name: "null",
        glyph: "^:",
        monad: Some(null),
        doc: "flag nulls",
        examples: &[("null 0 0n 0w 1 0n", "01001b")],
        ..Verb::BLANK
    },
    Verb {
        name: "^",
        dyad: Some(fill),
        infix: true,
        doc: "fill: nulls of y replaced by x",
        examples: &[("0^1 2 3 0N", "1 2 3 0")],
        ..Verb::BLANK
    },
    Verb {
        name: "fills",
        monad: Some(fills),
        doc: "nulls replaced by the last item before them",
        examples: &[("fills 0N 2 0N 7", "0N 2 2 7")],
        ..Verb::BLANK
    },
];
