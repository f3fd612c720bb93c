//! How atomic primitives reach their items: the result type of each pair of types, the unit in which two
//! temporal types meet, and recursion through lists, dictionaries and tables.

use crate::ensure;
use crate::error::{Error, Result};
use crate::kernel::convert::{self, FromLong, Unit};
use crate::kernel::{Item, Num, map};
use crate::value::compare::find_all;
use crate::value::join::join;
use crate::value::temporal::DAY;
use crate::value::{Class, Data, Dict, Guid, Host, Sym, Table, Ty, Value, Vector};
use std::sync::Arc;

// ---------------------------------------------------------------------------------------------
// result types

/// Result type by left type (row) and right type (column); `None` is a `'type` error.
pub type Rules = [[Option<Ty>; 20]; 20];

const LETTERS: &[u8; 18] = b"bgxhijefcspmdznuvt";

const fn ty_of(c: u8) -> Option<Ty> {
    Some(match c {
        b'b' => Ty::Bool,
        b'g' => Ty::Guid,
        b'x' => Ty::Byte,
        b'h' => Ty::Short,
        b'i' => Ty::Int,
        b'j' => Ty::Long,
        b'e' => Ty::Real,
        b'f' => Ty::Float,
        b'c' => Ty::Char,
        b's' => Ty::Sym,
        b'p' => Ty::Timestamp,
        b'm' => Ty::Month,
        b'd' => Ty::Date,
        b'z' => Ty::Datetime,
        b'n' => Ty::Timespan,
        b'u' => Ty::Minute,
        b'v' => Ty::Second,
        b't' => Ty::Time,
        _ => return None,
    })
}

/// Reads a table as the reference prints it: rows and columns in the order `bgxhijefcspmdznuvt`, a dot for an error.
const fn rules(text: &[u8]) -> Rules {
    let mut r = [[None; 20]; 20];
    let (mut row, mut col, mut i) = (0, 0, 0);
    while i < text.len() {
        let c = text[i];
        i += 1;
        if c == b' ' || c == b'\n' {
            continue;
        }
        if let (Some(a), Some(b)) = (ty_of(LETTERS[row]), ty_of(LETTERS[col])) {
            r[a as usize][b as usize] = ty_of(c);
        }
        col += 1;
        if col == 18 {
            col = 0;
            row += 1;
        }
    }
    assert!(row == 18 && col == 0);
    r
}

/// `+`
pub static ADD: Rules = rules(
    b"i.iiijef..pmdznuvt .................. i.iiijef..pmdznuvt i.iiijef..pmdznuvt i.iiijef..pmdznuvt j.jjjjef..pmdznuvt
      e.eeeeef..pmdznuvt f.fffffff.ffzzffff .......f..pmdznuvt .................. p.pppppfp.n...pppp m.mmmmmfm..i..pppp
      d.dddddzd...i.pppp z.zzzzzzz....fpzzz n.nnnnnfn.ppppnnnn u.uuuuufu.pppznuvt v.vvvvvfv.pppznvvt t.tttttft.pppznttt",
);
/// `-`
pub static SUB: Rules = rules(
    b"i.iiijefi.pmdznuvt .................. i.iiijefi.pmdznuvt i.iiijefi.pmdznuvt i.iiijefi.pmdznuvt j.jjjjefj.pmdznuvt
      e.eeeeefe.pmdznuvt f.fffffff.ffzzffff .......f..pmdznuvt .................. p.pppppfp.n...pppp m.mmmmmfm..i..pppp
      d.dddddzd...i.pppp z.zzzzzzz....fpzzz n.nnnnnfn.ppppnnnn u.uuuuufu.pppznuvt v.vvvvvfv.pppznvvt t.tttttft.pppznttt",
);
/// `*`
pub static MUL: Rules = rules(
    b"i.iiijef..pmdznuvt .................. i.iiijef..pmdznuvt i.iiijef..pmdznuvt i.iiijef..pmdznuvt j.jjjjef..pmdznuvt
      e.eeeeef..pmdznuvt f.fffffff.ffzzffff .......f..pmdznuvt .................. p.pppppfp......... m.mmmmmfm.........
      d.dddddzd......... z.zzzzzzz......... n.nnnnnfn......... u.uuuuufu......... v.vvvvvfv......... t.tttttft.........",
);
/// `%`, `xlog`: a float of anything but guid and symbol.
pub static DIVIDE: Rules = rules(
    b"f.fffffff.ffffffff .................. f.fffffff.ffffffff f.fffffff.ffffffff f.fffffff.ffffffff f.fffffff.ffffffff
      f.fffffff.ffffffff f.fffffff.ffffffff f.fffffff.ffffffff .................. f.fffffff.ffffffff f.fffffff.ffffffff
      f.fffffff.ffffffff f.fffffff.ffffffff f.fffffff.ffffffff f.fffffff.ffffffff f.fffffff.ffffffff f.fffffff.ffffffff",
);
/// `div`
pub static DIV: Rules = rules(
    b"i.iiiiiii.iiiiiiii .................. i.iiiiiii.iiiiiiii i.iiiiiii.iiiiiiii i.iiiiiii.iiiiiiii j.jjjjjjj.jjjjjjjj
      f.fffffff.ffffffff f.fffffff.ffffffff i.iiiiiii.iiiiiiii .................. p.ppppppp.pppppppp m.mmmmmmm.mmmmmmmm
      d.ddddddd.dddddddd z.zzzzzzz.zzzzzzzz n.nnnnnnn.nnnnnnnn u.uuuuuuu.uuuuuuuu v.vvvvvvv.vvvvvvvv t.ttttttt.tttttttt",
);
/// `mod`
pub static MOD: Rules = rules(
    b"i.iiijef..pmdznuvt .................. i.iiijef..pmdznuvt i.iiijef..pmdznuvt i.iiijef..pmdznuvt j.jjjjef..pmdznuvt
      f.fffffff.ffzzffff f.fffffff.ffzzffff .......f..pmdznuvt .................. n.nnnnnfn......... i.iiiiifi.........
      i.iiiii.i......... f.fffffff......... n.nnnnnfn......... u.uuuuufu......... v.vvvvvfv......... t.tttttft.........",
);
/// `xbar`
pub static XBAR: Rules = rules(
    b"i.iiijffi.pmdznuvt .................. i.iiijffi.pmdznuvt i.iiijffi.pmdznuvt i.iiijffi.pmdznuvt j.jjjjffj.pmdznuvt
      e.eeeeffe.pmdznuvt f.fffffff.ffzzffff ......ff..pmdznuvt .................. p.ppppffp......... m.mmmmffm.........
      d.ddddzzd......... z.zzzzzzz......... j.jjjjffj.pmdznuvt u.uuuuffu......... v.vvvvffv......... t.ttttfft.........",
);
/// `^`; without guids and symbols also `&` and `|`.
pub static FILL: Rules = rules(
    b"b.xhijefc.pmdznuvt .g................ x.xhijefc.pmdznuvt h.hhijefc.pmdznuvt i.iiijefc.pmdznuvt j.jjjjefc.pmdznuvt
      e.eeeeefc.pmdznuvt f.ffffffc.pmdznuvt c.ccccccc.pmdznuvt .........s........ p.ppppppp.ppppnuvt m.mmmmmmm.pmd.....
      d.ddddddd.pddz.... z.zzzzzzz.p.zznuvt n.nnnnnnn.n..nnnnn u.uuuuuuu.u..unuvt v.vvvvvvv.v..vnvvt t.ttttttt.t..tnttt",
);

/// Result type of `x` and `y` under a table.
#[inline]
pub fn rule(r: &Rules, x: Ty, y: Ty) -> Result<Ty> {
    r.get(x as usize).and_then(|r| r.get(y as usize)).copied().flatten().ok_or_else(Error::ty)
}

/// Result type of a monadic primitive, from a row of [`LETTERS`] as the reference prints it.
pub fn range(row: &[u8; 18], x: Ty) -> Result<Ty> {
    let i = LETTERS.iter().position(|&c| c == x.letter()).filter(|_| x != Ty::Enum).ok_or_else(Error::ty)?;
    ty_of(row[i]).ok_or_else(Error::ty)
}

// ---------------------------------------------------------------------------------------------
// items of a class

/// An item type as values store it.
pub trait Store: Item {
    fn slice(d: &Data) -> Option<&[Self]>;
    /// The buffer itself if it is owned and of this class.
    fn own(d: Data) -> std::result::Result<Vec<Self>, Data>;
    fn data(v: Vec<Self>) -> Data;
    fn atom(ty: Ty, x: Self) -> Value;
    fn from_atom(v: &Value) -> Option<Self>;
}
macro_rules! store {
    ($t:ty, $class:ident, $ty:pat, $x:ident, $pat:pat => $get:expr, $make:expr) => {
        impl Store for $t {
            fn slice(d: &Data) -> Option<&[$t]> {
                if let Data::$class(v) = d { Some(v) } else { None }
            }
            fn own(d: Data) -> std::result::Result<Vec<$t>, Data> {
                match d {
                    Data::$class(crate::value::Buf::Own(v)) => Ok(v),
                    d => Err(d),
                }
            }
            fn data(v: Vec<$t>) -> Data {
                Data::$class(v.into())
            }
            fn atom($ty: Ty, $x: $t) -> Value {
                $make
            }
            fn from_atom(v: &Value) -> Option<$t> {
                if let $pat = v { Some($get) } else { None }
            }
        }
    };
}
store!(u8, U8, ty, x, Value::U8(_, x) => *x, Value::U8(ty, x));
store!(i16, I16, _, x, Value::I16(x) => *x, Value::I16(x));
store!(i32, I32, ty, x, Value::I32(_, x) => *x, Value::I32(ty, x));
store!(i64, I64, ty, x, Value::I64(_, x) => *x, Value::I64(ty, x));
store!(f32, F32, _, x, Value::F32(x) => *x, Value::F32(x));
store!(f64, F64, ty, x, Value::F64(_, x) => *x, Value::F64(ty, x));
store!(Sym, Sym, _, x, Value::Sym(x) => *x, Value::Sym(x));
store!(Guid, Guid, _, x, Value::Guid(x) => **x, Value::Guid(Box::new(x)));

/// An argument reduced to its items: one, a buffer that may be overwritten, or a shared vector.
pub enum Src<T> {
    Atom(T),
    Own(Vec<T>),
    Shared(Arc<Vector>),
}

impl<T: Store> Src<T> {
    /// The items of an atom or vector of class `T`.
    pub fn of(v: Value) -> Result<Src<T>> {
        match v {
            Value::Vec(v) => match Arc::try_unwrap(v) {
                Ok(v) => match T::own(v.data) {
                    Ok(b) => Ok(Src::Own(b)),
                    Err(data) => {
                        ensure!(T::slice(&data).is_some(), "type");
                        Ok(Src::Shared(Arc::new(Vector::new(v.ty, data))))
                    }
                },
                Err(v) => {
                    ensure!(T::slice(&v.data).is_some(), "type");
                    Ok(Src::Shared(v))
                }
            },
            v => T::from_atom(&v).map(Src::Atom).ok_or_else(Error::ty),
        }
    }
    /// The items; an atom is a slice of one.
    pub fn slice(&self) -> &[T] {
        match self {
            Src::Atom(x) => std::slice::from_ref(x),
            Src::Own(v) => v,
            Src::Shared(v) => T::slice(&v.data).unwrap_or(&[]),
        }
    }
    /// The items in a buffer of one's own.
    pub fn into_vec(self) -> Vec<T> {
        match self {
            Src::Own(v) => v,
            s => s.slice().to_vec(),
        }
    }
}

fn vector<T: Store>(ty: Ty, v: Vec<T>) -> Value {
    Value::vec(ty, T::data(v))
}

/// `f` of items pairwise or with an atom, into a buffer of one of the arguments where it may.
pub fn zip_same<T: Store>(x: Src<T>, y: Src<T>, out: Ty, par: bool, f: impl Fn(T, T) -> T + Sync) -> Result<Value> {
    Ok(match (x, y) {
        (Src::Atom(a), Src::Atom(b)) => T::atom(out, f(a, b)),
        (Src::Atom(a), Src::Own(mut v)) => {
            map::each_in_place(&mut v, par, |b| f(a, b));
            vector(out, v)
        }
        (Src::Own(mut v), Src::Atom(b)) => {
            map::each_in_place(&mut v, par, |a| f(a, b));
            vector(out, v)
        }
        (Src::Atom(a), y) => vector(out, map::each(y.slice(), par, |b| f(a, b))),
        (x, Src::Atom(b)) => vector(out, map::each(x.slice(), par, |a| f(a, b))),
        (x, y) => {
            ensure!(x.slice().len() == y.slice().len(), "length");
            match (x, y) {
                (Src::Own(mut v), y) => {
                    map::zip_left(&mut v, y.slice(), par, &f);
                    vector(out, v)
                }
                (x, Src::Own(mut v)) => {
                    map::zip_left(&mut v, x.slice(), par, |b, a| f(a, b));
                    vector(out, v)
                }
                (x, y) => vector(out, map::zip(x.slice(), y.slice(), par, f)),
            }
        }
    })
}

/// Items pairwise or with an atom to items of another class.
pub fn zip_into<T: Store, R: Store>(
    x: &Src<T>,
    y: &Src<T>,
    out: Ty,
    par: bool,
    f: impl Fn(T, T) -> R + Sync,
) -> Result<Value> {
    Ok(match (x, y) {
        (Src::Atom(a), Src::Atom(b)) => R::atom(out, f(*a, *b)),
        (Src::Atom(a), y) => vector(out, map::each(y.slice(), par, |b| f(*a, b))),
        (x, Src::Atom(b)) => vector(out, map::each(x.slice(), par, |a| f(a, *b))),
        (x, y) => {
            ensure!(x.slice().len() == y.slice().len(), "length");
            vector(out, map::zip(x.slice(), y.slice(), par, f))
        }
    })
}

/// A relation of items as booleans.
pub fn zip_flags<T: Store>(x: &Src<T>, y: &Src<T>, par: bool, f: impl Fn(T, T) -> bool + Sync) -> Result<Value> {
    zip_into(x, y, Ty::Bool, par, |a, b| u8::from(f(a, b)))
}

/// `f` of each item, in place where it may.
pub fn map_same<T: Store>(x: Src<T>, out: Ty, par: bool, f: impl Fn(T) -> T + Sync) -> Value {
    match x {
        Src::Atom(a) => T::atom(out, f(a)),
        Src::Own(mut v) => {
            map::each_in_place(&mut v, par, f);
            vector(out, v)
        }
        x @ Src::Shared(_) => vector(out, map::each(x.slice(), par, f)),
    }
}

/// `f` of each item to another class.
pub fn map_into<T: Store, R: Store>(x: &Src<T>, out: Ty, par: bool, f: impl Fn(T) -> R + Sync) -> Value {
    match x {
        Src::Atom(a) => R::atom(out, f(*a)),
        x => vector(out, map::each(x.slice(), par, f)),
    }
}

// ---------------------------------------------------------------------------------------------
// conversion

/// How an argument comes to the type in which two meet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum How {
    /// For `+` and `-`: units are adjusted, a timestamp stays a moment.
    Linear,
    /// For comparison, `&`, `|`, `^`: moments meet times of day as times of day.
    Clock,
    /// The numbers that represent the items.
    Raw,
}

/// Nanoseconds in one unit of a type of duration or time of day.
fn nanos(t: Ty) -> Option<i64> {
    Some(match t {
        Ty::Timespan => 1,
        Ty::Minute => 60_000_000_000,
        Ty::Second => 1_000_000_000,
        Ty::Time => 1_000_000,
        _ => return None,
    })
}

/// Conversion between two temporal types stored as integers.
pub fn unit(from: Ty, to: Ty, how: How) -> Unit {
    if how == How::Raw || from == to {
        return Unit::Same;
    }
    match (from, to) {
        (Ty::Month, Ty::Timestamp) => Unit::MonthDays(DAY),
        (Ty::Month, Ty::Date) => Unit::MonthDays(1),
        (Ty::Date, Ty::Timestamp) => Unit::Times(DAY),
        (Ty::Date, Ty::Month) => Unit::DayMonths,
        (Ty::Timestamp, Ty::Date) => Unit::Over(DAY),
        (Ty::Timestamp, _) if how == How::Clock => nanos(to).map_or(Unit::Same, Unit::Clock),
        (Ty::Timespan, Ty::Timestamp) => Unit::Same,
        (_, Ty::Timestamp) => nanos(from).map_or(Unit::Same, Unit::Times),
        _ => match (nanos(from), nanos(to)) {
            (Some(a), Some(b)) if a > b => Unit::Times(a / b),
            (Some(a), Some(b)) if a < b => Unit::Over(b / a),
            _ => Unit::Same,
        },
    }
}

/// The items of an atom or vector as floats; temporals meet `Datetime` in days.
fn to_floats(v: &Value, to: Ty, how: How) -> Result<Vec<f64>> {
    fn raw<T: Store + Num>(v: &Value) -> Result<Vec<f64>> {
        Ok(match v {
            Value::Vec(v) => convert::floats(T::slice(&v.data).ok_or_else(Error::ty)?),
            v => vec![T::from_atom(v).ok_or_else(Error::ty)?.float()],
        })
    }
    let from = v.ty().ok_or_else(Error::ty)?;
    let mut f = match from.class() {
        Class::U8 => raw::<u8>(v)?,
        Class::I16 => raw::<i16>(v)?,
        Class::I32 => raw::<i32>(v)?,
        Class::I64 => raw::<i64>(v)?,
        Class::F32 => raw::<f32>(v)?,
        Class::F64 => raw::<f64>(v)?,
        _ => return Err(Error::ty()),
    };
    if to == Ty::Datetime && how != How::Raw {
        let per_day = match from {
            Ty::Month => {
                f.iter_mut().filter(|x| !x.is_nan()).for_each(|x| *x = Unit::MonthDays(1).apply(*x as i64) as f64);
                1.0
            }
            Ty::Timestamp | Ty::Timespan => DAY as f64,
            Ty::Minute => 1440.0,
            Ty::Second => 86_400.0,
            Ty::Time => 86_400_000.0,
            _ => 1.0,
        };
        if per_day != 1.0 {
            f.iter_mut().for_each(|x| *x /= per_day);
        }
    }
    Ok(f)
}

/// The items of an atom or vector as longs in the unit of `to`.
fn to_longs(v: &Value, to: Ty, how: How) -> Result<Vec<i64>> {
    fn raw<T: Store + FromLong>(v: &Value, u: Unit) -> Result<Vec<i64>> {
        Ok(match v {
            Value::Vec(v) => convert::longs(T::slice(&v.data).ok_or_else(Error::ty)?, u),
            v => convert::longs(&[T::from_atom(v).ok_or_else(Error::ty)?], u),
        })
    }
    let from = v.ty().ok_or_else(Error::ty)?;
    let u = unit(from, to, how);
    match from.class() {
        Class::U8 => raw::<u8>(v, u),
        Class::I16 => raw::<i16>(v, u),
        Class::I32 => raw::<i32>(v, u),
        Class::I64 => raw::<i64>(v, u),
        Class::F32 | Class::F64 => {
            let f = to_floats(v, Ty::Float, How::Raw)?;
            if from == Ty::Datetime && how != How::Raw {
                let moment = |x: f64| if x.is_finite() { convert::round(x * DAY as f64) } else { convert::round(x) };
                let u = if how == How::Clock { nanos(to).map_or(Unit::Same, Unit::Clock) } else { Unit::Same };
                Ok(match to {
                    Ty::Date => f.iter().map(|&x| convert::floor(x)).collect(),
                    _ => f
                        .iter()
                        .map(|&x| match moment(x) {
                            i64::MIN => i64::MIN,
                            n => u.apply(n),
                        })
                        .collect(),
                })
            } else {
                Ok(f.into_iter().map(convert::round).collect())
            }
        }
        _ => Err(Error::ty()),
    }
}

/// An atom or vector as type `to`.
pub fn convert(v: Value, to: Ty, how: How) -> Result<Value> {
    Ok(match bring(v, to, how)? {
        // `bring` leaves the label on a vector that others share
        Value::Vec(v) if v.ty != to => Value::vec(to, v.data.clone()),
        v => v,
    })
}

/// An atom or vector brought to the storage class of `to`, in its unit. A shared vector that needs no
/// change keeps its own type's label: only its items may be used.
pub fn bring(v: Value, to: Ty, how: How) -> Result<Value> {
    let from = v.ty().ok_or_else(Error::ty)?;
    if from == to {
        return Ok(v);
    }
    if from.class() == to.class() {
        let same = match to.class() {
            Class::F64 => true,
            Class::U8 | Class::I16 | Class::I32 | Class::I64 => unit(from, to, how) == Unit::Same,
            _ => false,
        };
        if same {
            return Ok(retype(v, to));
        }
    }
    let atom = !matches!(v, Value::Vec(_));
    if atom && let Some(v) = bring_number(&v, from, to) {
        return Ok(v);
    }
    macro_rules! narrow {
        ($t:ty) => {{
            let l = to_longs(&v, to, how)?;
            if atom {
                <$t as Store>::atom(to, <$t>::from_long(l.first().copied().unwrap_or(i64::MIN)))
            } else {
                vector(to, l.into_iter().map(<$t>::from_long).collect::<Vec<$t>>())
            }
        }};
    }
    Ok(match to.class() {
        Class::U8 if to == Ty::Char => {
            // the null of the wider type is the blank
            let l = to_longs(&v, to, How::Raw)?;
            let f = |x: i64| if x == i64::MIN { b' ' } else { x as u8 };
            if atom {
                Value::char(f(l.first().copied().unwrap_or(i64::MIN)))
            } else {
                Value::string(l.into_iter().map(f).collect::<Vec<u8>>())
            }
        }
        Class::U8 => narrow!(u8),
        Class::I16 => narrow!(i16),
        Class::I32 => narrow!(i32),
        Class::I64 => narrow!(i64),
        Class::F64 => {
            let f = to_floats(&v, to, how)?;
            if atom { Value::F64(to, f.first().copied().unwrap_or(f64::NAN)) } else { vector(to, f) }
        }
        Class::F32 => {
            let f = to_floats(&v, to, how)?;
            if atom {
                Value::F32(f.first().copied().unwrap_or(f64::NAN) as f32)
            } else {
                vector(to, f.into_iter().map(|x| x as f32).collect::<Vec<f32>>())
            }
        }
        _ => return Err(Error::ty()),
    })
}

/// A plain number as an atom of a wider class: the common case, without a buffer. Unlike temporals it has no unit.
fn bring_number(v: &Value, from: Ty, to: Ty) -> Option<Value> {
    if from.is_temporal() {
        return None;
    }
    let long = match v {
        Value::U8(_, x) => i64::from(*x),
        Value::I16(x) => x.to_long(),
        Value::I32(_, x) => x.to_long(),
        Value::I64(_, x) => *x,
        Value::F32(x) if to.class() == Class::F64 => return Some(Value::F64(to, f64::from(*x))),
        _ => return None,
    };
    match to.class() {
        Class::I64 => Some(Value::I64(to, long)),
        Class::I32 => Some(Value::I32(to, i32::from_long(long))),
        Class::F64 => Some(Value::F64(to, long.float())),
        _ => None,
    }
}

/// The same bits under another type of the same class.
fn retype(v: Value, to: Ty) -> Value {
    match v {
        Value::U8(_, x) => Value::U8(to, x),
        Value::I32(_, x) => Value::I32(to, x),
        Value::I64(_, x) => Value::I64(to, x),
        Value::F64(_, x) => Value::F64(to, x),
        Value::Vec(v) => match Arc::try_unwrap(v) {
            Ok(v) => Value::vec(to, v.data),
            // still shared: whoever reads it goes by class, so the type may stay
            Err(v) => Value::Vec(v),
        },
        v => v,
    }
}

/// Items as floats, for functions that compute in floats whatever they are given.
pub fn as_floats(v: &Value) -> Result<Vec<f64>> {
    let v = plain(v.clone());
    match &v {
        Value::List(l) => {
            let mut r = Vec::with_capacity(l.len());
            for x in l.iter() {
                ensure!(x.is_atom(), "type");
                r.extend(to_floats(&plain(x.clone()), Ty::Float, How::Raw)?);
            }
            Ok(r)
        }
        v => to_floats(v, Ty::Float, How::Raw),
    }
}

/// An enumeration as its symbols, anything else as it is.
pub fn plain(v: Value) -> Value {
    if v.ty() == Some(Ty::Enum) { v.deenum() } else { v }
}

/// Atom or vector.
pub fn is_simple(v: &Value) -> bool {
    v.ty().is_some()
}

/// Whether a loop over these may use threads.
pub fn parallel(h: &mut dyn Host, x: &Value, y: &Value) -> bool {
    let n = |v: &Value| if let Value::Vec(v) = v { v.len() } else { 0 };
    n(x).max(n(y)) >= map::PARALLEL && h.settings().threads > 0 && !h.settings().processes
}

// ---------------------------------------------------------------------------------------------
// recursion

/// What becomes of an entry that only one of two dictionaries has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Lone {
    /// It is kept.
    Keep,
    /// As `Keep`, but negated when it is the right one's.
    Minus,
    /// It meets a null.
    Null,
}

/// An atomic dyadic primitive: its code for atoms and vectors, and its rule for dictionaries.
pub struct Atomic {
    /// Given atoms or vectors (enumerations included); `true` permits threads.
    pub simple: fn(Value, Value, bool) -> Result<Value>,
    pub lone: Lone,
}

/// Applies an atomic dyad through lists, dictionaries and tables.
pub fn dyadic(op: &Atomic, x: Value, y: Value, par: bool) -> Result<Value> {
    crate::value::stack::check()?;
    match (x, y) {
        (x, y) if is_simple(&x) && is_simple(&y) => (op.simple)(x, y, par),
        (x, y) => {
            crate::value::stack::check()?;
            dyadic_nested(op, x, y, par)
        }
    }
}

fn dyadic_nested(op: &Atomic, x: Value, y: Value, par: bool) -> Result<Value> {
    crate::value::memory::check()?;
    match (x, y) {
        (Value::Dict(a), Value::Dict(b)) => dict_pair(op, &a, &b, par),
        (Value::Table(a), Value::Table(b)) => {
            ensure!(a.len() == b.len(), "length");
            column_pair(op, &a, &b, par)
        }
        (Value::Dict(d), Value::Table(t)) if !keyed(&d) => column_pair(op, &as_columns(&d, t.len())?, &t, par),
        (Value::Table(t), Value::Dict(d)) if !keyed(&d) => column_pair(op, &t, &as_columns(&d, t.len())?, par),
        (Value::Dict(d), y) => {
            let Dict { keys, vals, .. } = Arc::unwrap_or_clone(d);
            Ok(Value::dict(keys, dyadic(op, vals, y, par)?))
        }
        (x, Value::Dict(d)) => {
            let Dict { keys, vals, .. } = Arc::unwrap_or_clone(d);
            Ok(Value::dict(keys, dyadic(op, x, vals, par)?))
        }
        (Value::Table(t), y) => {
            let Table { names, cols, .. } = Arc::unwrap_or_clone(t);
            let cols = cols.into_iter().map(|c| dyadic(op, c, y.clone(), par)).collect::<Result<_>>()?;
            Ok(Value::table(names, cols))
        }
        (x, Value::Table(t)) => {
            let Table { names, cols, .. } = Arc::unwrap_or_clone(t);
            let cols = cols.into_iter().map(|c| dyadic(op, x.clone(), c, par)).collect::<Result<_>>()?;
            Ok(Value::table(names, cols))
        }
        (Value::List(a), Value::List(b)) => {
            ensure!(a.len() == b.len(), "length");
            let (a, b) = (Arc::unwrap_or_clone(a), Arc::unwrap_or_clone(b));
            let r = a.into_iter().zip(b).map(|(x, y)| dyadic(op, x, y, par)).collect::<Result<_>>()?;
            Ok(Value::collapse(r))
        }
        (Value::List(a), y) if is_simple(&y) => {
            let v = if let Value::Vec(v) = &y { Some(v.clone()) } else { None };
            ensure!(v.as_ref().is_none_or(|v| v.len() == a.len()), "length");
            let r = Arc::unwrap_or_clone(a)
                .into_iter()
                .enumerate()
                .map(|(i, x)| dyadic(op, x, v.as_ref().map_or_else(|| y.clone(), |v| v.at(i)), par))
                .collect::<Result<_>>()?;
            Ok(Value::collapse(r))
        }
        (x, Value::List(b)) if is_simple(&x) => {
            let v = if let Value::Vec(v) = &x { Some(v.clone()) } else { None };
            ensure!(v.as_ref().is_none_or(|v| v.len() == b.len()), "length");
            let r = Arc::unwrap_or_clone(b)
                .into_iter()
                .enumerate()
                .map(|(i, y)| dyadic(op, v.as_ref().map_or_else(|| x.clone(), |v| v.at(i)), y, par))
                .collect::<Result<_>>()?;
            Ok(Value::collapse(r))
        }
        _ => Err(Error::ty()),
    }
}

/// Applies an atomic monad, given for atoms and vectors, through lists, dictionaries and tables.
pub fn monadic(x: Value, f: &dyn Fn(Value) -> Result<Value>) -> Result<Value> {
    crate::value::stack::check()?;
    match x {
        x if is_simple(&x) => f(x),
        x => {
            crate::value::stack::check()?;
            monadic_nested(x, f)
        }
    }
}

fn monadic_nested(x: Value, f: &dyn Fn(Value) -> Result<Value>) -> Result<Value> {
    crate::value::memory::check()?;
    match x {
        Value::List(l) => {
            let r = Arc::unwrap_or_clone(l).into_iter().map(|v| monadic(v, f)).collect::<Result<_>>()?;
            Ok(Value::collapse(r))
        }
        Value::Dict(d) => {
            let Dict { keys, vals, .. } = Arc::unwrap_or_clone(d);
            Ok(Value::dict(keys, monadic(vals, f)?))
        }
        Value::Table(t) => {
            let Table { names, cols, .. } = Arc::unwrap_or_clone(t);
            Ok(Value::table(names, cols.into_iter().map(|c| monadic(c, f)).collect::<Result<_>>()?))
        }
        _ => Err(Error::ty()),
    }
}

fn keyed(d: &Dict) -> bool {
    matches!((&d.keys, &d.vals), (Value::Table(_), Value::Table(_)))
}

/// A dictionary with symbol keys as columns of `n` rows; atoms are repeated.
fn as_columns(d: &Dict, n: usize) -> Result<Table> {
    let names = d.keys.as_syms().ok_or_else(Error::ty)?;
    let cols = d
        .vals
        .items()
        .into_iter()
        .map(|v| match v {
            v if v.is_list() => {
                ensure!(v.len() == n, "length");
                Ok(v)
            }
            v => Ok(v.enlist().take_at(&vec![0; n])),
        })
        .collect::<Result<_>>()?;
    Ok(Table::new(names, cols))
}

/// Columns of one name meet; the rest are treated as entries that only one side has.
fn column_pair(op: &Atomic, a: &Table, b: &Table, par: bool) -> Result<Value> {
    let mut names = a.names.clone();
    let mut cols = vec![];
    for (n, c) in a.names.iter().zip(&a.cols) {
        cols.push(match b.col(*n) {
            Some(d) => dyadic(op, c.clone(), d.clone(), par)?,
            None => lone(op, c.clone(), false)?,
        });
    }
    for (n, c) in b.names.iter().zip(&b.cols) {
        if a.col(*n).is_none() {
            names.push(*n);
            cols.push(lone(op, c.clone(), true)?);
        }
    }
    Ok(Value::table(names, cols))
}

/// An entry or entries without partner.
fn lone(op: &Atomic, v: Value, right: bool) -> Result<Value> {
    match op.lone {
        Lone::Keep => Ok(v),
        Lone::Minus if right => super::arith::negate(v),
        Lone::Minus => Ok(v),
        Lone::Null => {
            let null = nulls_like(&v);
            if right { dyadic(op, null, v, false) } else { dyadic(op, v, null, false) }
        }
    }
}

fn nulls_like(v: &Value) -> Value {
    match v {
        Value::Vec(x) => Value::Vec(Arc::new(x.take_at(&vec![usize::MAX; x.len()]))),
        Value::List(l) => Value::list(crate::value::stack::grow(|| l.iter().map(nulls_like).collect())),
        Value::Table(t) => Value::table(t.names.clone(), t.cols.iter().map(nulls_like).collect()),
        v => v.null_like(),
    }
}

/// Dictionaries (keyed tables) meet by key: the left's keys, then those that only the right has.
fn dict_pair(op: &Atomic, a: &Dict, b: &Dict, par: bool) -> Result<Value> {
    ensure!(keyed(a) == keyed(b), "type");
    let (n, m) = (a.keys.len(), b.keys.len());
    let pos = if n == 0 && !keyed(a) { vec![0; m] } else { find_all(&a.keys, &b.keys) };
    let mut partner = vec![usize::MAX; n];
    let mut fresh = vec![];
    for (j, &p) in pos.iter().enumerate() {
        if p < n {
            partner[p] = j;
        } else {
            fresh.push(j);
        }
    }
    let (both, only): (Vec<usize>, Vec<usize>) = (0..n).partition(|&i| partner[i] != usize::MAX);
    let right: Vec<usize> = both.iter().map(|&i| partner[i]).collect();
    if only.is_empty() && fresh.is_empty() && both.iter().enumerate().all(|(i, &k)| i == k) {
        let vals = dyadic(op, a.vals.clone(), b.vals.take_at(&right), par)?;
        return Ok(Value::dict(a.keys.clone(), vals));
    }
    let keys = if fresh.is_empty() { a.keys.clone() } else { join(a.keys.clone(), b.keys.take_at(&fresh))? };
    let common = dyadic(op, a.vals.take_at(&both), b.vals.take_at(&right), par)?;
    let left = conform(lone(op, a.vals.take_at(&only), false)?, &common)?;
    let more = conform(lone(op, b.vals.take_at(&fresh), true)?, &common)?;
    // places in the order left-only, common, right-only
    let mut at = vec![0; n + fresh.len()];
    for (k, &i) in only.iter().enumerate() {
        at[i] = k;
    }
    for (k, &i) in both.iter().enumerate() {
        at[i] = only.len() + k;
    }
    for k in 0..fresh.len() {
        at[n + k] = n + k;
    }
    let all = join(join(left, common)?, more)?;
    Ok(Value::dict(keys, collapsed(all.take_at(&at))))
}

fn collapsed(v: Value) -> Value {
    match v {
        Value::List(l) => Value::collapse(Arc::unwrap_or_clone(l).into_vec()),
        v => v,
    }
}

/// Brings the type (or columns) of values without partner to that of those that met.
fn conform(v: Value, like: &Value) -> Result<Value> {
    match (v, like) {
        (Value::Vec(v), Value::Vec(l)) if v.ty != l.ty && v.ty.is_numeric() && l.ty.is_numeric() => {
            convert(Value::Vec(v), l.ty, How::Linear)
        }
        (Value::Vec(v), Value::List(_)) => Ok(Value::list(Value::Vec(v).items())),
        (Value::Table(t), Value::Table(l)) => {
            let n = t.len();
            let cols = l
                .names
                .iter()
                .zip(&l.cols)
                .map(|(name, c)| match t.col(*name) {
                    Some(x) => conform(x.clone(), c),
                    None => Ok(c.take_at(&vec![usize::MAX; n])),
                })
                .collect::<Result<_>>()?;
            Ok(Value::table(l.names.clone(), cols))
        }
        (v, _) => Ok(v),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_read_as_printed() {
        assert_eq!(rule(&ADD, Ty::Date, Ty::Time).unwrap(), Ty::Timestamp);
        assert_eq!(rule(&SUB, Ty::Timestamp, Ty::Timestamp).unwrap(), Ty::Timespan);
        assert_eq!(rule(&ADD, Ty::Bool, Ty::Bool).unwrap(), Ty::Int);
        assert!(rule(&ADD, Ty::Sym, Ty::Long).is_err());
        assert!(rule(&ADD, Ty::Enum, Ty::Long).is_err());
        assert_eq!(rule(&DIV, Ty::Short, Ty::Long).unwrap(), Ty::Int);
        assert_eq!(rule(&FILL, Ty::Sym, Ty::Sym).unwrap(), Ty::Sym);
    }

    #[test]
    fn units_between_types() {
        assert_eq!(unit(Ty::Minute, Ty::Time, How::Linear), Unit::Times(60_000));
        assert_eq!(unit(Ty::Timestamp, Ty::Timespan, How::Linear), Unit::Same);
        assert_eq!(unit(Ty::Timestamp, Ty::Minute, How::Clock), Unit::Clock(60_000_000_000));
        assert_eq!(unit(Ty::Date, Ty::Int, How::Linear), Unit::Same);
    }
}
