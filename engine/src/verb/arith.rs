//! Arithmetic: `+ - * %`, integer division, rounding, powers, logarithms, trigonometry, matrices.

use super::dispatch::*;
use crate::ensure;
use crate::error::{Error, Result};
use crate::kernel::Num;
use crate::kernel::convert::{self, FromLong};
use crate::kernel::item::{div_floor, mod_floor};
use crate::kernel::matrix::Matrix;
use crate::value::{Class, Host, Ty, Value, Verb};

/// An operation on two items of one type.
pub trait Op {
    fn go<T: Num>(a: T, b: T) -> T;
}
macro_rules! op {
    ($name:ident, $f:ident) => {
        /// Item operation.
        pub struct $name;
        impl Op for $name {
            #[inline]
            fn go<T: Num>(a: T, b: T) -> T {
                Num::$f(a, b)
            }
        }
    };
}
op!(Plus, add);
op!(Minus, sub);
op!(Times, mul);
op!(Least, min);
op!(Most, max);

/// `O` on atoms or vectors, in the type that `rules` gives.
pub fn meet<O: Op>(x: Value, y: Value, rules: &Rules, how: How, par: bool) -> Result<Value> {
    let (x, y) = (plain(x), plain(y));
    let (Some(tx), Some(ty)) = (x.ty(), y.ty()) else { return Err(Error::ty()) };
    let out = rule(rules, tx, ty)?;
    let (x, y) = (bring(x, out, how)?, bring(y, out, how)?);
    macro_rules! run {
        ($t:ty) => {
            zip_same::<$t>(Src::of(x)?, Src::of(y)?, out, par, O::go::<$t>)
        };
    }
    match out.class() {
        Class::I64 => run!(i64),
        Class::F64 => run!(f64),
        Class::I32 => run!(i32),
        Class::F32 => run!(f32),
        Class::I16 => run!(i16),
        Class::U8 => run!(u8),
        _ => Err(Error::ty()),
    }
}

fn add_simple(x: Value, y: Value, par: bool) -> Result<Value> {
    meet::<Plus>(x, y, &ADD, How::Linear, par)
}
fn sub_simple(x: Value, y: Value, par: bool) -> Result<Value> {
    meet::<Minus>(x, y, &SUB, How::Linear, par)
}
fn mul_simple(x: Value, y: Value, par: bool) -> Result<Value> {
    meet::<Times>(x, y, &MUL, How::Raw, par)
}
fn divide_simple(x: Value, y: Value, par: bool) -> Result<Value> {
    floats(x, y, &DIVIDE, par, |a, b| a / b)
}
fn xexp_simple(x: Value, y: Value, par: bool) -> Result<Value> {
    // temporals, chars and symbols have no powers
    let ok = |v: &Value| v.ty().is_some_and(|t| t.is_numeric() && !t.is_temporal());
    ensure!(ok(&x) && ok(&y), "type");
    floats(x, y, &DIVIDE, par, power)
}
fn xlog_simple(x: Value, y: Value, par: bool) -> Result<Value> {
    ensure!(x.ty() != Some(Ty::Datetime) && y.ty() != Some(Ty::Datetime), "type");
    floats(x, y, &DIVIDE, par, |b, v| v.ln() / b.ln())
}

/// `exp y*log x`, as documented, with x to the 0 as 1.
fn power(x: f64, y: f64) -> f64 {
    if x < 0.0 || x.is_nan() {
        f64::NAN
    } else if y == 0.0 {
        1.0
    } else {
        (y * x.ln()).exp()
    }
}

/// A function of two floats, whatever the arguments are stored as.
fn floats(x: Value, y: Value, rules: &Rules, par: bool, f: impl Fn(f64, f64) -> f64 + Sync) -> Result<Value> {
    let (x, y) = (plain(x), plain(y));
    let (Some(tx), Some(ty)) = (x.ty(), y.ty()) else { return Err(Error::ty()) };
    rule(rules, tx, ty)?;
    let (x, y) = (bring(x, Ty::Float, How::Raw)?, bring(y, Ty::Float, How::Raw)?);
    zip_same::<f64>(Src::of(x)?, Src::of(y)?, Ty::Float, par, f)
}

/// Integer or float arithmetic by the class of the arguments, cast to the type the rules give.
fn whole(
    x: Value,
    y: Value,
    rules: &Rules,
    par: bool,
    int: impl Fn(i64, i64) -> i64 + Sync,
    float: impl Fn(f64, f64) -> f64 + Sync,
) -> Result<Value> {
    let (x, y) = (plain(x), plain(y));
    let (Some(tx), Some(ty)) = (x.ty(), y.ty()) else { return Err(Error::ty()) };
    let out = rule(rules, tx, ty)?;
    if tx.is_floating() || ty.is_floating() {
        let (x, y) = (bring(x, Ty::Float, How::Raw)?, bring(y, Ty::Float, How::Raw)?);
        let (x, y) = (Src::<f64>::of(x)?, Src::<f64>::of(y)?);
        return match out.class() {
            Class::F64 => zip_same(x, y, out, par, float),
            Class::F32 => zip_into::<f64, f32>(&x, &y, out, par, |a, b| float(a, b) as f32),
            Class::I64 => zip_into::<f64, i64>(&x, &y, out, par, |a, b| convert::floor(float(a, b))),
            Class::I32 => zip_into::<f64, i32>(&x, &y, out, par, |a, b| i32::from_long(convert::floor(float(a, b)))),
            _ => Err(Error::ty()),
        };
    }
    let (x, y) = (bring(x, Ty::Long, How::Raw)?, bring(y, Ty::Long, How::Raw)?);
    let (x, y) = (Src::<i64>::of(x)?, Src::<i64>::of(y)?);
    match out.class() {
        Class::I64 => zip_same(x, y, out, par, int),
        Class::I32 => zip_into::<i64, i32>(&x, &y, out, par, |a, b| i32::from_long(int(a, b))),
        Class::F64 => zip_into::<i64, f64>(&x, &y, out, par, |a, b| int(a, b).float()),
        _ => Err(Error::ty()),
    }
}

fn div_simple(x: Value, y: Value, par: bool) -> Result<Value> {
    whole(x, y, &DIV, par, div_floor, |a, b| (a / b).floor())
}
fn mod_simple(x: Value, y: Value, par: bool) -> Result<Value> {
    whole(x, y, &MOD, par, mod_floor, |a, b| a - b * (a / b).floor())
}
fn xbar_simple(x: Value, y: Value, par: bool) -> Result<Value> {
    whole(x, y, &XBAR, par, |a, b| Num::mul(a, div_floor(b, a)), |a, b| a * (b / a).floor())
}

macro_rules! atomic {
    ($op:ident, $f:ident, $lone:expr) => {
        static $op: Atomic = Atomic { simple: $f, lone: $lone };
    };
}
atomic!(OP_ADD, add_simple, Lone::Keep);
atomic!(OP_SUB, sub_simple, Lone::Minus);
atomic!(OP_MUL, mul_simple, Lone::Keep);
atomic!(OP_DIVIDE, divide_simple, Lone::Keep);
atomic!(OP_DIV, div_simple, Lone::Keep);
atomic!(OP_MOD, mod_simple, Lone::Keep);
atomic!(OP_XBAR, xbar_simple, Lone::Keep);
atomic!(OP_XEXP, xexp_simple, Lone::Keep);
atomic!(OP_XLOG, xlog_simple, Lone::Keep);

/// A dyad with its fast path for pairs of long or float atoms.
macro_rules! dyad {
    ($name:ident, $op:ident, $long:expr, $float:expr) => {
        pub fn $name(h: &mut dyn Host, x: Value, y: Value) -> Result<Value> {
            match (&x, &y) {
                (Value::I64(Ty::Long, a), Value::I64(Ty::Long, b)) => Ok($long(*a, *b)),
                (Value::F64(Ty::Float, a), Value::F64(Ty::Float, b)) => Ok(Value::float($float(*a, *b))),
                _ => {
                    let par = parallel(h, &x, &y);
                    dyadic(&$op, x, y, par)
                }
            }
        }
    };
}
dyad!(add, OP_ADD, |a, b| Value::long(Num::add(a, b)), |a: f64, b: f64| a + b);
dyad!(subtract, OP_SUB, |a, b| Value::long(Num::sub(a, b)), |a: f64, b: f64| a - b);
dyad!(multiply, OP_MUL, |a, b| Value::long(Num::mul(a, b)), |a: f64, b: f64| a * b);
dyad!(divide, OP_DIVIDE, |a: i64, b: i64| Value::float(Num::float(a) / Num::float(b)), |a: f64, b: f64| a / b);
dyad!(div, OP_DIV, |a, b| Value::long(div_floor(a, b)), |a: f64, b: f64| (a / b).floor());
dyad!(modulo, OP_MOD, |a, b| Value::long(mod_floor(a, b)), |a: f64, b: f64| a - b * (a / b).floor());

fn xbar(h: &mut dyn Host, x: Value, y: Value) -> Result<Value> {
    let par = parallel(h, &x, &y);
    dyadic(&OP_XBAR, x, y, par)
}
fn xexp(h: &mut dyn Host, x: Value, y: Value) -> Result<Value> {
    let par = parallel(h, &x, &y);
    dyadic(&OP_XEXP, x, y, par)
}
fn xlog(h: &mut dyn Host, x: Value, y: Value) -> Result<Value> {
    let par = parallel(h, &x, &y);
    dyadic(&OP_XLOG, x, y, par)
}

/// `x xbar y` without a host.
pub fn bar(x: Value, y: Value) -> Result<Value> {
    dyadic(&OP_XBAR, x, y, false)
}
/// `x+y` without a host, for verbs that build on it.
pub fn plus(x: Value, y: Value) -> Result<Value> {
    dyadic(&OP_ADD, x, y, false)
}
/// `x-y` without a host.
pub fn minus(x: Value, y: Value) -> Result<Value> {
    dyadic(&OP_SUB, x, y, false)
}
/// `x*y` without a host.
pub fn times(x: Value, y: Value) -> Result<Value> {
    dyadic(&OP_MUL, x, y, false)
}
/// `x%y` without a host.
pub fn ratio(x: Value, y: Value) -> Result<Value> {
    dyadic(&OP_DIVIDE, x, y, false)
}

// ---------------------------------------------------------------------------------------------
// one argument

/// Result types of `neg` and `abs`.
const SIGNED: &[u8; 18] = b"i.ihijefi.pmdznuvt";

fn signed(v: Value, par: bool, op: impl SignOp) -> Result<Value> {
    let v = plain(v);
    let out = range(SIGNED, v.ty().ok_or_else(Error::ty)?)?;
    let v = bring(v, out, How::Raw)?;
    Ok(match out.class() {
        Class::I64 => map_same::<i64>(Src::of(v)?, out, par, |a| op.go(a)),
        Class::I32 => map_same::<i32>(Src::of(v)?, out, par, |a| op.go(a)),
        Class::I16 => map_same::<i16>(Src::of(v)?, out, par, |a| op.go(a)),
        Class::F32 => map_same::<f32>(Src::of(v)?, out, par, |a| op.go(a)),
        Class::F64 => map_same::<f64>(Src::of(v)?, out, par, |a| op.go(a)),
        _ => return Err(Error::ty()),
    })
}
trait SignOp: Sync {
    fn go<T: Num>(&self, a: T) -> T;
}
struct Negate;
impl SignOp for Negate {
    #[inline]
    fn go<T: Num>(&self, a: T) -> T {
        a.neg()
    }
}
struct Absolute;
impl SignOp for Absolute {
    #[inline]
    fn go<T: Num>(&self, a: T) -> T {
        // a null is below zero and its own negation
        if a.order(T::ZERO) == std::cmp::Ordering::Less { a.neg() } else { a }
    }
}

/// `neg x` without a host.
pub fn negate(x: Value) -> Result<Value> {
    monadic(x, &|v| signed(v, false, Negate))
}
fn neg(h: &mut dyn Host, x: Value) -> Result<Value> {
    match x {
        Value::I64(Ty::Long, a) => Ok(Value::long(a.wrapping_neg())),
        Value::F64(Ty::Float, a) => Ok(Value::float(-a)),
        x => {
            let par = parallel(h, &x, &Value::Null);
            monadic(x, &|v| signed(v, par, Negate))
        }
    }
}
fn abs(h: &mut dyn Host, x: Value) -> Result<Value> {
    let par = parallel(h, &x, &Value::Null);
    monadic(x, &|v| signed(v, par, Absolute))
}

fn signum_simple(v: Value) -> Result<Value> {
    let v = plain(v);
    range(b"i.iiiiiii.iiiiiiii", v.ty().ok_or_else(Error::ty)?)?;
    let v = bring(v, Ty::Float, How::Raw)?;
    let f = |a: f64| i32::from(a > 0.0) - i32::from(a < 0.0 || a.is_nan());
    Ok(map_into::<f64, i32>(&Src::of(v)?, Ty::Int, false, f))
}
fn signum(_: &mut dyn Host, x: Value) -> Result<Value> {
    monadic(x, &signum_simple)
}

fn round_down(v: Value) -> Result<Value> {
    let v = plain(v);
    let t = v.ty().ok_or_else(Error::ty)?;
    let out = range(b"...hijjjcs........", t)?;
    match t {
        Ty::Real | Ty::Float => {
            let v = bring(v, Ty::Float, How::Raw)?;
            Ok(map_into::<f64, i64>(&Src::of(v)?, out, false, convert::floor))
        }
        Ty::Char => Ok(map_same::<u8>(Src::of(v)?, out, false, |c| c.to_ascii_lowercase())),
        Ty::Sym => {
            let low = |s: crate::value::Sym| crate::value::Sym::new(s.bytes().to_ascii_lowercase());
            Ok(map_same::<crate::value::Sym>(Src::of(v)?, out, false, low))
        }
        _ => Ok(v),
    }
}
fn floor(_: &mut dyn Host, x: Value) -> Result<Value> {
    monadic(x, &round_down)
}

fn round_up(v: Value) -> Result<Value> {
    let v = plain(v);
    let t = v.ty().ok_or_else(Error::ty)?;
    let out = range(b"i.ihijjji.........", t)?;
    if t.is_floating() {
        let v = bring(v, Ty::Float, How::Raw)?;
        return Ok(map_into::<f64, i64>(&Src::of(v)?, out, false, |a| convert::floor(a.ceil())));
    }
    convert(v, out, How::Raw)
}
fn ceiling(_: &mut dyn Host, x: Value) -> Result<Value> {
    monadic(x, &round_up)
}

/// Result types of `sqrt`, `exp`, `sin` and the like.
const FLOATS: &[u8; 18] = b"f.fffffff.fffzffff";

fn float_map(v: Value, row: &[u8; 18], par: bool, f: impl Fn(f64) -> f64 + Sync) -> Result<Value> {
    let v = plain(v);
    let out = range(row, v.ty().ok_or_else(Error::ty)?)?;
    let v = bring(v, Ty::Float, How::Raw)?;
    let r = map_same::<f64>(Src::of(v)?, if out == Ty::Datetime { out } else { Ty::Float }, par, f);
    if out.class() == Class::F64 { Ok(r) } else { convert(r, out, How::Raw) }
}
macro_rules! float_fn {
    ($name:ident, $row:expr, $f:expr) => {
        fn $name(h: &mut dyn Host, x: Value) -> Result<Value> {
            let par = parallel(h, &x, &Value::Null);
            monadic(x, &|v| float_map(v, $row, par, $f))
        }
    };
}
float_fn!(sqrt, FLOATS, f64::sqrt);
float_fn!(exp, FLOATS, f64::exp);
float_fn!(sin, FLOATS, f64::sin);
float_fn!(cos, FLOATS, f64::cos);
float_fn!(tan, FLOATS, f64::tan);
float_fn!(asin, FLOATS, f64::asin);
float_fn!(acos, FLOATS, f64::acos);
float_fn!(atan, FLOATS, f64::atan);
float_fn!(reciprocal, b"f.fffffff.pffzffff", |a| 1.0 / a);

fn log(h: &mut dyn Host, x: Value) -> Result<Value> {
    let par = parallel(h, &x, &Value::Null);
    monadic(x, &|v| {
        if v.ty() == Some(Ty::Datetime) { Ok(v) } else { float_map(v, FLOATS, par, f64::ln) }
    })
}

// ---------------------------------------------------------------------------------------------
// matrices

/// A float vector as a one-row matrix, a list of float vectors as its rows.
fn matrix(v: &Value) -> Result<Matrix> {
    match v {
        Value::Vec(x) if x.ty == Ty::Float => {
            let a = as_floats(v)?;
            Ok(Matrix { rows: 1, cols: a.len(), a })
        }
        Value::List(l) => {
            let cols = l.first().map_or(0, Value::len);
            let mut a = Vec::with_capacity(l.len() * cols);
            for r in l.iter() {
                ensure!(matches!(r, Value::Vec(v) if v.ty == Ty::Float), "type");
                ensure!(r.len() == cols, "length");
                a.extend(as_floats(r)?);
            }
            Ok(Matrix { rows: l.len(), cols, a })
        }
        _ => Err(Error::ty()),
    }
}
fn rows(m: &Matrix) -> Value {
    Value::list((0..m.rows).map(|i| Value::floats(m.row(i).to_vec())).collect())
}

/// `x mmu y`, which is also `x$y` of floats: matrix or dot product.
pub fn matrix_product(x: &Value, y: &Value) -> Result<Value> {
    let (a, mut b) = (matrix(x)?, matrix(y)?);
    let (row, col) = (matches!(x, Value::Vec(_)), matches!(y, Value::Vec(_)));
    if col {
        b = b.transpose();
    }
    let p = a.times(&b).ok_or_else(Error::length)?;
    Ok(match (row, col) {
        (true, true) => Value::float(p.a.first().copied().unwrap_or(0.0)),
        (true, false) | (false, true) => Value::floats(p.a),
        (false, false) => rows(&p),
    })
}
fn mmu(_: &mut dyn Host, x: Value, y: Value) -> Result<Value> {
    matrix_product(&x, &y)
}
fn inv(_: &mut dyn Host, x: Value) -> Result<Value> {
    ensure!(matches!(x, Value::List(_)), "type");
    let m = matrix(&x)?;
    Ok(rows(&m.inverse().ok_or_else(Error::length)?))
}
fn lsq(_: &mut dyn Host, x: Value, y: Value) -> Result<Value> {
    let (a, b) = (matrix(&x)?, matrix(&y)?);
    ensure!(matches!(x, Value::List(_)) && matches!(y, Value::List(_)), "type");
    let r = a.least_squares(&b).ok_or_else(Error::length)?;
    Ok(rows(&r))
}

pub static VERBS: &[Verb] = &[
    Verb {
        name: "+",
        dyad: Some(add),
        infix: true,
        doc: "add numbers, dates and times, item by item",
        examples: &[("2+3 4 5", "5 6 7"), ("2000.01.31+1", "2000.02.01"), ("1b+1b", "2i")],
        ..Verb::BLANK
    },
    Verb {
        name: "-",
        dyad: Some(subtract),
        infix: true,
        doc: "subtract numbers, dates and times, item by item",
        examples: &[("3 4 5-2", "1 2 3"), ("2000.01.03-2000.01.01", "2i")],
        ..Verb::BLANK
    },
    Verb {
        name: "*",
        dyad: Some(multiply),
        infix: true,
        doc: "multiply, item by item",
        examples: &[("3 4 5*2", "6 8 10"), ("0N*2", "0N")],
        ..Verb::BLANK
    },
    Verb {
        name: "%",
        dyad: Some(divide),
        infix: true,
        doc: "divide, item by item, always as a float",
        examples: &[("6%4", "1.5"), ("1b%0b", "0w")],
        ..Verb::BLANK
    },
    Verb {
        name: "div",
        dyad: Some(div),
        infix: true,
        doc: "integer division, rounding down",
        examples: &[("7 div 2 3 4", "3 2 1"), ("-7 div 2", "-4")],
        ..Verb::BLANK
    },
    Verb {
        name: "mod",
        dyad: Some(modulo),
        infix: true,
        doc: "remainder, with the sign of the divisor",
        examples: &[("-3 4 mod 3", "0 1"), ("7 mod 2.5", "2f")],
        ..Verb::BLANK
    },
    Verb {
        name: "xbar",
        dyad: Some(xbar),
        infix: true,
        doc: "round y down to a multiple of x",
        examples: &[("3 xbar 0 2 3 7", "0 0 3 6"), ("5 xbar 11:03", "11:00")],
        ..Verb::BLANK
    },
    Verb {
        name: "xexp",
        dyad: Some(xexp),
        infix: true,
        doc: "x to the power y, as a float",
        examples: &[("2 xexp 8", "256f")],
        ..Verb::BLANK
    },
    Verb {
        name: "xlog",
        dyad: Some(xlog),
        infix: true,
        doc: "logarithm of y to base x",
        examples: &[("2 xlog 8", "3f")],
        ..Verb::BLANK
    },
    Verb {
        name: "neg",
        glyph: "-:",
        monad: Some(neg),
        doc: "negate",
        examples: &[("neg 1 -2 0N", "-1 2 0N")],
        ..Verb::BLANK
    },
    Verb {
        name: "abs",
        monad: Some(abs),
        doc: "absolute value",
        examples: &[("abs 10 -43 0N", "10 43 0N")],
        ..Verb::BLANK
    },
    Verb {
        name: "signum",
        monad: Some(signum),
        doc: "-1i, 0i or 1i by sign; nulls are negative",
        examples: &[("signum -2 0 3", "-1 0 1i")],
        ..Verb::BLANK
    },
    Verb {
        name: "reciprocal",
        glyph: "%:",
        monad: Some(reciprocal),
        doc: "1 divided by x",
        examples: &[("reciprocal 4", "0.25")],
        ..Verb::BLANK
    },
    Verb {
        name: "floor",
        glyph: "_:",
        monad: Some(floor),
        doc: "round down to a long; text to lower case",
        examples: &[("floor -2.1 0 2.1", "-3 0 2")],
        ..Verb::BLANK
    },
    Verb {
        name: "ceiling",
        monad: Some(ceiling),
        doc: "round up to a long",
        examples: &[("ceiling -2.1 0 2.1", "-2 0 3")],
        ..Verb::BLANK
    },
    Verb { name: "sqrt", monad: Some(sqrt), doc: "square root", examples: &[("sqrt 25", "5f")], ..Verb::BLANK },
    Verb { name: "exp", monad: Some(exp), doc: "e to the power x", examples: &[("exp 0", "1f")], ..Verb::BLANK },
    Verb { name: "log", monad: Some(log), doc: "natural logarithm", examples: &[("log 1", "0f")], ..Verb::BLANK },
    Verb { name: "sin", monad: Some(sin), doc: "sine", examples: &[("sin 0", "0f")], ..Verb::BLANK },
    Verb { name: "cos", monad: Some(cos), doc: "cosine", examples: &[("cos 0", "1f")], ..Verb::BLANK },
    Verb { name: "tan", monad: Some(tan), doc: "tangent", examples: &[("tan 0", "0f")], ..Verb::BLANK },
    Verb { name: "asin", monad: Some(asin), doc: "arc sine", examples: &[("asin 0", "0f")], ..Verb::BLANK },
    Verb { name: "acos", monad: Some(acos), doc: "arc cosine", examples: &[("acos 1", "0f")], ..Verb::BLANK },
    Verb { name: "atan", monad: Some(atan), doc: "arc tangent", examples: &[("atan 0", "0f")], ..Verb::BLANK },
    Verb {
        name: "mmu",
        dyad: Some(mmu),
        infix: true,
        doc: "matrix or dot product of floats",
        examples: &[("1 2 3f mmu 4 5 6f", "32f")],
        ..Verb::BLANK
    },
    Verb {
        name: "inv",
        monad: Some(inv),
        doc: "inverse of a square float matrix",
        examples: &[("inv (2 0f;0 4f)", "(0.5 0;0 0.25)")],
        ..Verb::BLANK
    },
    Verb {
        name: "lsq",
        dyad: Some(lsq),
        infix: true,
        doc: "least squares: the w for which w mmu y is nearest to x",
        examples: &[("(enlist 2 4f) lsq enlist 1 2f", "enlist enlist 2f")],
        ..Verb::BLANK
    },
];
