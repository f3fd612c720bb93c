//! Moving windows and the exponential moving average.

use super::agg::columns;
use super::dispatch::*;
use crate::ensure;
use crate::error::{Error, Result};
use crate::kernel::{Num, convert as conv, scan, window};
use crate::value::{Class, Data, Host, Ty, Value, Vector, Verb};

/// The window: an integer atom; below 0 counts as 0.
fn width(w: &Value) -> Result<usize> {
    ensure!(w.is_atom() && w.ty().is_some_and(|t| !t.is_temporal() && t.is_numeric()), "type");
    Ok(usize::try_from(w.as_long().ok_or_else(Error::ty)?).unwrap_or(0))
}

/// A function of vectors along the items of `y`: of each column of a table; for a list of vectors, of the
/// vectors made by its items' first items, second items and so on.
fn along(y: Value, f: &dyn Fn(&Vector) -> Result<Value>) -> Result<Value> {
    crate::value::stack::check()?;
    match y {
        Value::Vec(v) if v.ty == Ty::Enum => along(Value::Vec(v).deenum(), f),
        Value::Vec(v) => f(&v),
        Value::List(l) if l.is_empty() => Ok(Value::List(l)),
        Value::List(l) if l.iter().all(Value::is_atom) => {
            let v = Value::floats(as_floats(&Value::List(l))?);
            along(v, f)
        }
        Value::List(l) => {
            let cols = columns(&l)?.into_iter().map(|c| along(c, f)).collect::<Result<Vec<_>>>()?;
            Ok(Value::list((0..l.len()).map(|i| Value::collapse(cols.iter().map(|c| c.at(i)).collect())).collect()))
        }
        Value::Dict(d) => Ok(Value::dict(d.keys.clone(), along(d.vals.clone(), f)?)),
        Value::Table(t) => {
            let cols = t.cols.iter().map(|c| along(c.clone(), f)).collect::<Result<_>>()?;
            Ok(Value::table(t.names.clone(), cols))
        }
        _ => Err(Error::ty()),
    }
}

macro_rules! numbers {
    ($v:expr, $s:ident => $body:expr) => {
        match &$v.data {
            Data::U8($s) => $body,
            Data::I16($s) => $body,
            Data::I32($s) => $body,
            Data::I64($s) => $body,
            Data::F32($s) => $body,
            Data::F64($s) => $body,
            _ => return Err(Error::ty()),
        }
    };
}

fn msum(_: &mut dyn Host, w: Value, y: Value) -> Result<Value> {
    let w = width(&w)?;
    along(y, &|v| {
        let out = range(b"i.iiijef..niifnuvt", v.ty)?;
        fn ints<T: Num>(w: usize, s: &[T], out: Ty) -> Value
        where
            T::Sum: Store,
        {
            Value::vec(out, T::Sum::data(window::sums_int(w, s)))
        }
        Ok(match &v.data {
            Data::U8(s) => ints(w, s, out),
            Data::I16(s) => ints(w, s, out),
            Data::I32(s) => ints(w, s, out),
            Data::I64(s) => ints(w, s, out),
            Data::F64(s) => Value::vec(out, f64::data(window::sums_float(w, s))),
            Data::F32(s) => {
                Value::reals(window::sums_float(w, &conv::floats(s)).into_iter().map(|x| x as f32).collect())
            }
            _ => return Err(Error::ty()),
        })
    })
}
fn mavg(_: &mut dyn Host, w: Value, y: Value) -> Result<Value> {
    let w = width(&w)?;
    along(y, &|v| {
        range(b"f.ffffff..ffffffff", v.ty)?;
        Ok(Value::floats(window::means(w, &numbers!(v, s => conv::floats(s)))))
    })
}
fn mdev(_: &mut dyn Host, w: Value, y: Value) -> Result<Value> {
    let w = width(&w)?;
    along(y, &|v| {
        range(b"f.fffffff.ffffffff", v.ty)?;
        Ok(Value::floats(window::deviations(w, &numbers!(v, s => conv::floats(s)))))
    })
}
fn mcount(_: &mut dyn Host, w: Value, y: Value) -> Result<Value> {
    let w = width(&w)?;
    along(y, &|v| {
        let nulls = super::compare::null_flags(v);
        Ok(Value::ints(window::counts(w, |i| nulls[i] != 0, nulls.len())))
    })
}
fn mmin(_: &mut dyn Host, w: Value, y: Value) -> Result<Value> {
    let w = width(&w)?;
    along(y, &|v| Ok(Value::Vec(std::sync::Arc::new(v.like(crate::map_data!(&v.data, s => window::mins(w, s)))))))
}
fn mmax(_: &mut dyn Host, w: Value, y: Value) -> Result<Value> {
    let w = width(&w)?;
    fn run<T: Num>(w: usize, s: &[T]) -> Vec<T> {
        let mut r = window::maxs(w, s);
        // a window cut short at the start holds negative infinity rather than nothing
        for v in r.iter_mut().take(w.saturating_sub(1)).filter(|v| v.is_null()) {
            *v = T::NEG_INF;
        }
        r
    }
    along(y, &|v| {
        let data = match &v.data {
            Data::I16(s) => Data::I16(run(w, s).into()),
            Data::I32(s) => Data::I32(run(w, s).into()),
            Data::I64(s) => Data::I64(run(w, s).into()),
            Data::F32(s) => Data::F32(run(w, s).into()),
            Data::F64(s) => Data::F64(run(w, s).into()),
            d => crate::map_data!(d, s => window::maxs(w, s)),
        };
        Ok(Value::Vec(std::sync::Arc::new(v.like(data))))
    })
}
fn ema(_: &mut dyn Host, a: Value, y: Value) -> Result<Value> {
    ensure!(is_simple(&a) && matches!(&y, Value::Vec(v) if v.ty.is_numeric()), "type");
    ensure!(a.is_atom() || a.len() == y.len(), "length");
    ensure!(a.ty().is_some_and(|t| t.is_numeric() && t.class() != Class::U8), "type");
    let (w, y) = (as_floats(&a)?, as_floats(&y)?);
    Ok(Value::floats(scan::ema(&w, &y)))
}

macro_rules! row {
    ($name:literal, $f:expr, $doc:literal, $($ex:expr),*) => {
        Verb { name: $name, dyad: Some($f), infix: true, doc: $doc, examples: &[$($ex),*], ..Verb::BLANK }
    };
}

pub static VERBS: &[Verb] = &[
    row!("msum", msum, "moving sums of x items; nulls count as 0", ("3 msum 1 2 3 5", "1 3 6 10")),
    row!("mavg", mavg, "moving averages of x items", ("2 mavg 1 2 3", "1 1.5 2.5")),
    row!("mdev", mdev, "moving deviations of x items", ("2 mdev 1 2 3", "0 0.5 0.5")),
    row!("mcount", mcount, "moving counts of the items that are not null", ("3 mcount 0 0N 2 3", "1 1 2 2i")),
    row!("mmin", mmin, "moving minimums of x items", ("2 mmin 3 1 2 5", "3 1 1 2")),
    row!("mmax", mmax, "moving maximums of x items", ("2 mmax 3 1 2 5", "3 3 2 5")),
    row!("ema", ema, "exponential moving average with weight x", ("ema[0.5;1 0 0]", "1 0.5 0.25")),
];
