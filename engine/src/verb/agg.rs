//! Aggregates, running aggregates and neighbours.

use super::arith::{minus, plus, ratio, times};
use super::compare::{least, most, negation};
use super::dispatch::*;
use crate::ensure;
use crate::error::{Error, Result};
use crate::kernel::item::near;
use crate::kernel::{Num, convert as conv, group, reduce, scan};
use crate::value::compare::{matches, order};
use crate::value::join::put;
use crate::value::{Data, Host, Ty, Value, Vector, Verb};
use std::sync::Arc;

/// Result types of totals and products.
pub(super) const TOTALS: &[u8; 18] = b"i.iiijef..pmdznuvt";
/// Result types of `min`, `max` and their running forms.
pub(super) const EXTREMES: &[u8; 18] = b"b.xhijefc.pmdznuvt";
/// Types that averages and deviations take.
pub(super) const MEANS: &[u8; 18] = b"f.fffffff.ffffffff";

/// Runs `$body` with `$s` bound to the items of numeric vector `$v`.
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

/// Wraps a number as an atom of type `out`, whose class is the number's.
fn atom<T: Store>(out: Ty, x: T) -> Value {
    T::atom(out, x)
}
fn vector<T: Store>(out: Ty, v: Vec<T>) -> Value {
    Value::vec(out, T::data(v))
}

/// Applies an aggregate of vectors through dictionaries and tables; `list` does general lists.
fn aggregate(
    x: Value,
    vec: &dyn Fn(&Vector) -> Result<Value>,
    list: &dyn Fn(&[Value]) -> Result<Value>,
    single: &dyn Fn(Value) -> Result<Value>,
) -> Result<Value> {
    crate::value::stack::check()?;
    match x {
        Value::Vec(v) if v.ty == Ty::Enum => aggregate(Value::Vec(v).deenum(), vec, list, single),
        Value::Vec(v) => vec(&v),
        Value::List(l) => list(&l),
        Value::Dict(d) => aggregate(d.vals.clone(), vec, list, single),
        Value::Table(t) => {
            let r = t.cols.iter().map(|c| aggregate(c.clone(), vec, list, single)).collect::<Result<_>>()?;
            Ok(Value::dict(Value::syms(t.names.clone()), Value::collapse(r)))
        }
        x if x.is_atom() => single(plain(x)),
        _ => Err(Error::ty()),
    }
}

fn all_atoms(l: &[Value]) -> bool {
    l.iter().all(Value::is_atom)
}

/// Items of a list of equal-length lists by position: its columns. Atoms are repeated.
pub fn columns(l: &[Value]) -> Result<Vec<Value>> {
    let Some(n) = l.iter().find(|v| !v.is_atom()).map(Value::len) else { return Err(Error::ty()) };
    ensure!(l.iter().all(|v| v.is_atom() || (v.is_list() && v.len() == n)), "length");
    Ok((0..n).map(|i| Value::collapse(l.iter().map(|v| v.at(i)).collect())).collect())
}

fn fold(l: &[Value], f: fn(Value, Value) -> Result<Value>) -> Result<Value> {
    let mut it = l.iter().cloned();
    let first = it.next().unwrap_or(Value::Null);
    it.try_fold(first, f)
}

/// `sum x` without a host.
pub fn sum(x: Value) -> Result<Value> {
    aggregate(
        x,
        &|v| {
            let out = range(TOTALS, v.ty)?;
            Ok(numbers!(v, s => atom(out, reduce::sum(s))))
        },
        &|l| {
            if l.is_empty() {
                return Ok(Value::long(0));
            }
            if all_atoms(l) {
                let some: Vec<Value> = l.iter().filter(|v| !v.is_null()).cloned().collect();
                for v in l {
                    range(TOTALS, v.ty().unwrap_or(Ty::Sym))?;
                }
                return if some.is_empty() { Ok(Value::long(0)) } else { fold(&some, plus) };
            }
            fold(l, plus)
        },
        &|v| range(TOTALS, v.ty().unwrap_or(Ty::Sym)).map(|_| v),
    )
}

/// `prd x` without a host.
fn product(x: Value) -> Result<Value> {
    aggregate(
        x,
        &|v| {
            let out = range(TOTALS, v.ty)?;
            Ok(numbers!(v, s => atom(out, reduce::product(s))))
        },
        &|l| {
            if l.is_empty() {
                return Ok(Value::long(1));
            }
            if all_atoms(l) {
                let some: Vec<Value> = l.iter().filter(|v| !v.is_null()).cloned().collect();
                return if some.is_empty() { Ok(Value::long(1)) } else { fold(&some, times) };
            }
            fold(l, times)
        },
        &|v| range(TOTALS, v.ty().unwrap_or(Ty::Sym)).map(|_| v),
    )
}

fn extreme(x: Value, low: bool) -> Result<Value> {
    aggregate(
        x,
        &|v| {
            let out = range(EXTREMES, v.ty)?;
            if v.ty == Ty::Bool {
                let Data::U8(s) = &v.data else { return Err(Error::ty()) };
                return Ok(Value::bool(if low { s.iter().all(|&b| b != 0) } else { s.iter().any(|&b| b != 0) }));
            }
            Ok(numbers!(v, s => atom(out, if low { reduce::min(s) } else { reduce::max(s) })))
        },
        &|l| {
            if l.is_empty() {
                return Ok(Value::long(if low { i64::MAX } else { -i64::MAX }));
            }
            fold(l, if low { least } else { most })
        },
        &|v| range(EXTREMES, v.ty().unwrap_or(Ty::Sym)).map(|_| v),
    )
}
/// `min x` without a host.
pub fn minimum(x: Value) -> Result<Value> {
    extreme(x, true)
}
/// `max x` without a host.
pub fn maximum(x: Value) -> Result<Value> {
    extreme(x, false)
}

/// An atom as a float.
fn lone_float(v: Value) -> Result<Value> {
    range(MEANS, v.ty().unwrap_or(Ty::Sym))?;
    convert(v, Ty::Float, How::Raw)
}

/// `avg x` without a host.
pub fn average(x: Value) -> Result<Value> {
    aggregate(
        x,
        &|v| {
            range(MEANS, v.ty)?;
            Ok(Value::float(numbers!(v, s => reduce::mean(s))))
        },
        &|l| {
            if l.is_empty() {
                return Ok(Value::float(f64::NAN));
            }
            // in a mixed list a null counts as a zero; nested lists keep theirs
            ratio(sum(Value::list(l.to_vec()))?, Value::count(l.len()))
        },
        &lone_float,
    )
}

/// `med x` without a host.
fn median(x: Value) -> Result<Value> {
    crate::value::stack::check()?;
    match &x {
        // a table's rows are its items: the middle ones, in sort order, are averaged column by column
        Value::Table(t) => {
            let rows: Vec<Value> = (0..t.len()).map(|i| t.row(i)).collect();
            let ix = middle(&rows);
            return average(x.take_at(&ix));
        }
        Value::Dict(d) => return median(d.vals.clone()),
        _ => {}
    }
    aggregate(
        x,
        &|v| {
            range(MEANS, v.ty)?;
            Ok(Value::float(numbers!(v, s => reduce::median(conv::floats(s)))))
        },
        &|l| {
            if l.is_empty() {
                return Ok(Value::float(f64::NAN));
            }
            average(Value::collapse(middle(l).into_iter().map(|i| l[i].clone()).collect()))
        },
        &lone_float,
    )
}

/// Positions of the two middle items in sort order (the same one twice for an odd count).
fn middle(l: &[Value]) -> Vec<usize> {
    let mut ix: Vec<usize> = (0..l.len()).collect();
    ix.sort_by(|&i, &j| order(&l[i], &l[j]));
    match l.len() {
        0 => vec![],
        n => vec![ix[(n - 1) / 2], ix[n / 2]],
    }
}

/// Variance and its relatives, from the population variance and the number of items.
fn spread(x: Value, f: fn(f64, f64) -> f64) -> Result<Value> {
    crate::value::stack::check()?;
    aggregate(
        x,
        &|v| {
            range(MEANS, v.ty)?;
            let (var, n) = numbers!(v, s => reduce::variance(s));
            Ok(Value::float(f(var, n as f64)))
        },
        &|l| {
            if l.is_empty() {
                return Ok(Value::float(f64::NAN));
            }
            if all_atoms(l) {
                let (var, n) = reduce::variance(&as_floats(&Value::list(l.to_vec()))?);
                return Ok(Value::float(f(var, n as f64)));
            }
            Ok(Value::collapse(columns(l)?.into_iter().map(|c| spread(c, f)).collect::<Result<_>>()?))
        },
        &|v| {
            lone_float(v)?;
            Ok(Value::float(f(0.0, 1.0)))
        },
    )
}
fn as_var(v: f64, _: f64) -> f64 {
    v
}
fn as_svar(v: f64, n: f64) -> f64 {
    v * (n / (n - 1.0))
}
fn as_dev(v: f64, _: f64) -> f64 {
    v.sqrt()
}
fn as_sdev(v: f64, n: f64) -> f64 {
    as_svar(v, n).sqrt()
}

/// Two arguments as float vectors of one length; an atom is repeated.
fn float_pair(x: &Value, y: &Value) -> Result<(Vec<f64>, Vec<f64>)> {
    let ok = |v: &Value| match v {
        Value::List(l) => l.iter().all(|v| v.ty().is_some_and(|t| range(MEANS, t).is_ok())),
        v => plain(v.clone()).ty().is_some_and(|t| range(MEANS, t).is_ok()),
    };
    ensure!(ok(x) && ok(y), "type");
    let (mut a, mut b) = (as_floats(x)?, as_floats(y)?);
    if x.is_atom() && !y.is_atom() {
        a = vec![a[0]; b.len()];
    } else if y.is_atom() && !x.is_atom() {
        b = vec![b[0]; a.len()];
    }
    ensure!(a.len() == b.len(), "length");
    Ok((a, b))
}

fn nested(v: &Value) -> bool {
    matches!(v, Value::List(l) if !all_atoms(l)) || matches!(v, Value::Table(_))
}

/// An aggregate of two vectors, for lists of vectors column by column.
fn two(x: Value, y: Value, f: &dyn Fn(&[f64], &[f64]) -> f64) -> Result<Value> {
    crate::value::stack::check()?;
    match (x, y) {
        (Value::Dict(d), y) => two(d.vals.clone(), y, f),
        (x, Value::Dict(d)) => two(x, d.vals.clone(), f),
        (Value::List(a), Value::List(b)) if nested(&Value::List(a.clone())) || nested(&Value::List(b.clone())) => {
            let (a, b) = (columns(&a)?, columns(&b)?);
            ensure!(a.len() == b.len(), "length");
            Ok(Value::collapse(a.into_iter().zip(b).map(|(x, y)| two(x, y, f)).collect::<Result<_>>()?))
        }
        (x, y) => {
            let (a, b) = float_pair(&x, &y)?;
            Ok(Value::float(f(&a, &b)))
        }
    }
}
fn cov(_: &mut dyn Host, x: Value, y: Value) -> Result<Value> {
    two(x, y, &|a, b| reduce::pairs(a, b).cov)
}
fn scov(_: &mut dyn Host, x: Value, y: Value) -> Result<Value> {
    two(x, y, &|a, b| {
        let p = reduce::pairs(a, b);
        as_svar(p.cov, p.n as f64)
    })
}
fn cor(_: &mut dyn Host, x: Value, y: Value) -> Result<Value> {
    two(x, y, &|a, b| {
        let p = reduce::pairs(a, b);
        p.cov / (p.var_x * p.var_y).sqrt()
    })
}

/// `x wavg y` without a host.
fn weighted_average(x: Value, y: Value) -> Result<Value> {
    crate::value::stack::check()?;
    match (x, y) {
        (Value::Dict(d), y) => weighted_average(d.vals.clone(), y),
        (x, Value::Dict(d)) => weighted_average(x, d.vals.clone()),
        (x, y) if nested(&x) || nested(&y) => {
            let n = if x.is_atom() { y.len() } else { 1 };
            let top = sum(times(x.clone(), y)?)?;
            ratio(top, times(sum(x)?, Value::count(n))?)
        }
        (x, y) => {
            if let (Value::Vec(a), Value::Vec(b)) = (&x, &y) {
                ensure!(a.len() == b.len(), "length");
                // the common types, without a copy
                match (&a.data, &b.data, a.ty, b.ty) {
                    (Data::I64(w), Data::F64(v), Ty::Long, Ty::Float) => {
                        return Ok(Value::float(reduce::weighted_mean(w, v)));
                    }
                    (Data::F64(w), Data::F64(v), Ty::Float, Ty::Float) => {
                        return Ok(Value::float(reduce::weighted_mean(w, v)));
                    }
                    _ => {}
                }
            }
            let (a, b) = float_pair(&x, &y)?;
            Ok(Value::float(reduce::weighted_mean(&a, &b)))
        }
    }
}
fn wavg(_: &mut dyn Host, x: Value, y: Value) -> Result<Value> {
    weighted_average(x, y)
}

/// `x wsum y` without a host.
fn weighted_sum(x: Value, y: Value) -> Result<Value> {
    crate::value::stack::check()?;
    if let Value::Dict(d) = &y {
        return weighted_sum(x, d.vals.clone());
    }
    let integers =
        |v: &Value| matches!(v, Value::Vec(v) if v.ty.is_numeric() && !v.ty.is_floating() && !v.ty.is_temporal());
    if integers(&x) && integers(&y) {
        let (a, b) = float_pair(&x, &y)?;
        return Ok(Value::float(reduce::sum(&a.iter().zip(&b).map(|(a, b)| a * b).collect::<Vec<f64>>())));
    }
    sum(times(x, y)?)
}
fn wsum(_: &mut dyn Host, x: Value, y: Value) -> Result<Value> {
    weighted_sum(x, y)
}

fn zero<T: Num>(v: &T) -> bool {
    *v == T::ZERO
}

/// `all x` (or `any x`) without a host.
pub fn every(x: Value, all: bool) -> Result<Value> {
    aggregate(
        x,
        &|v| {
            ensure!(!matches!(v.ty, Ty::Sym | Ty::Guid), "type");
            Ok(Value::bool(numbers!(v, s => if all { !s.iter().any(zero) } else { !s.iter().all(zero) })))
        },
        &|l| {
            if l.is_empty() {
                return Ok(Value::bool(all));
            }
            let truth = l.iter().map(|v| negation(negation(v.clone())?)).collect::<Result<Vec<_>>>()?;
            fold(&truth, if all { least } else { most })
        },
        &|v| {
            ensure!(v.ty() != Some(Ty::Guid), "type");
            negation(negation(v)?)
        },
    )
}

// ---------------------------------------------------------------------------------------------
// running

/// Applies a uniform function of vectors: to the columns of a table, to the items of a dictionary.
fn uniform(
    x: Value,
    vec: &dyn Fn(&Vector) -> Result<Value>,
    list: &dyn Fn(&[Value]) -> Result<Value>,
    single: &dyn Fn(Value) -> Result<Value>,
) -> Result<Value> {
    crate::value::stack::check()?;
    match x {
        Value::Vec(v) if v.ty == Ty::Enum => uniform(Value::Vec(v).deenum(), vec, list, single),
        Value::Vec(v) => vec(&v),
        Value::List(l) if l.is_empty() => Ok(Value::List(l)),
        Value::List(l) => list(&l),
        Value::Dict(d) => Ok(Value::dict(d.keys.clone(), uniform(d.vals.clone(), vec, list, single)?)),
        Value::Table(t) => {
            let cols = t.cols.iter().map(|c| uniform(c.clone(), vec, list, single)).collect::<Result<_>>()?;
            Ok(Value::table(t.names.clone(), cols))
        }
        x if x.is_atom() => single(plain(x)),
        _ => Err(Error::ty()),
    }
}

fn running(l: &[Value], f: fn(Value, Value) -> Result<Value>) -> Result<Value> {
    let mut out: Vec<Value> = Vec::with_capacity(l.len());
    for v in l {
        out.push(match out.last() {
            Some(p) => f(p.clone(), v.clone())?,
            None => v.clone(),
        });
    }
    Ok(Value::collapse(out))
}

fn sums_of(x: Value) -> Result<Value> {
    uniform(
        x,
        &|v| {
            let out = range(TOTALS, v.ty)?;
            Ok(numbers!(v, s => vector(out, scan::sums(s))))
        },
        &|l| running(l, plus),
        &|v| range(TOTALS, v.ty().unwrap_or(Ty::Sym)).map(|_| v),
    )
}
fn sums(_: &mut dyn Host, x: Value) -> Result<Value> {
    sums_of(x)
}
fn prds(_: &mut dyn Host, x: Value) -> Result<Value> {
    uniform(
        x,
        &|v| {
            let out = range(TOTALS, v.ty)?;
            Ok(numbers!(v, s => vector(out, scan::products(s))))
        },
        &|l| running(l, times),
        &|v| range(TOTALS, v.ty().unwrap_or(Ty::Sym)).map(|_| v),
    )
}
fn extremes(x: Value, low: bool) -> Result<Value> {
    uniform(
        x,
        &|v| {
            let out = range(EXTREMES, v.ty)?;
            if v.ty == Ty::Bool {
                let Data::U8(s) = &v.data else { return Err(Error::ty()) };
                let mut m = u8::from(low);
                let step = |b: &u8| {
                    m = if low { m & *b } else { m | *b };
                    m
                };
                return Ok(Value::bools8(s.iter().map(step).collect()));
            }
            Ok(numbers!(v, s => vector(out, if low { scan::mins(s) } else { scan::maxs(s) })))
        },
        &|l| running(l, if low { least } else { most }),
        &|v| range(EXTREMES, v.ty().unwrap_or(Ty::Sym)).map(|_| v),
    )
}
fn mins(_: &mut dyn Host, x: Value) -> Result<Value> {
    extremes(x, true)
}
fn maxs(_: &mut dyn Host, x: Value) -> Result<Value> {
    extremes(x, false)
}
fn avgs(_: &mut dyn Host, x: Value) -> Result<Value> {
    uniform(
        x,
        &|v| {
            range(b"f.ffffff..ffffffff", v.ty)?;
            Ok(Value::floats(numbers!(v, s => scan::means(s))))
        },
        &|l| {
            if all_atoms(l) {
                return Ok(Value::floats(scan::means(&as_floats(&Value::list(l.to_vec()))?)));
            }
            let s = running(l, plus)?.items();
            let r = s.into_iter().enumerate().map(|(i, v)| ratio(v, Value::count(i + 1))).collect::<Result<_>>()?;
            Ok(Value::collapse(r))
        },
        &lone_float,
    )
}

// ---------------------------------------------------------------------------------------------
// neighbours

/// `deltas x` without a host.
fn deltas_of(x: Value) -> Result<Value> {
    uniform(
        x,
        &|v| {
            let out = range(b"i.iiijef..niifnuvt", v.ty)?;
            Ok(match &v.data {
                Data::I64(s) => vector(out, scan::deltas(s)),
                Data::I32(s) => vector(out, scan::deltas(s)),
                Data::F64(s) => vector(out, scan::deltas(s)),
                Data::F32(s) => vector(out, scan::deltas(s)),
                Data::U8(s) => vector(out, scan::deltas(&s.iter().map(|v| v.wide()).collect::<Vec<i32>>())),
                Data::I16(s) => vector(out, scan::deltas(&s.iter().map(|v| v.wide()).collect::<Vec<i32>>())),
                _ => return Err(Error::ty()),
            })
        },
        &|l| prior(l, minus, Ok),
        &|_| Err(Error::ty()),
    )
}
/// `f[item;item before]`, and `first` of the first.
fn prior(l: &[Value], f: fn(Value, Value) -> Result<Value>, first: fn(Value) -> Result<Value>) -> Result<Value> {
    let mut out = Vec::with_capacity(l.len());
    if let Some(v) = l.first() {
        out.push(first(v.clone())?);
    }
    for w in l.windows(2) {
        out.push(f(w[1].clone(), w[0].clone())?);
    }
    Ok(Value::collapse(out))
}
fn ratios_of(x: Value) -> Result<Value> {
    uniform(
        x,
        &|v| {
            range(MEANS, v.ty)?;
            let s = numbers!(v, s => conv::floats(s));
            let r = s.first().copied().into_iter().chain(s.windows(2).map(|w| w[1] / w[0])).collect();
            Ok(Value::floats(r))
        },
        &|l| prior(l, ratio, |v| ratio(v, Value::long(1))),
        &|_| Err(Error::ty()),
    )
}
/// Replaces the first item of a uniform result by `f[first item;seed]`.
fn seeded(r: Value, x: &Value, seed: Value, f: fn(Value, Value) -> Result<Value>) -> Result<Value> {
    ensure!(x.is_list(), "type");
    if x.is_empty() {
        return Ok(r);
    }
    put(r, 0, f(x.at(0), seed)?)
}
fn deltas(_: &mut dyn Host, x: Value) -> Result<Value> {
    deltas_of(x)
}
fn deltas_from(_: &mut dyn Host, seed: Value, x: Value) -> Result<Value> {
    seeded(deltas_of(x.clone())?, &x, seed, minus)
}
fn ratios(_: &mut dyn Host, x: Value) -> Result<Value> {
    ratios_of(x)
}
fn ratios_from(_: &mut dyn Host, seed: Value, x: Value) -> Result<Value> {
    seeded(ratios_of(x.clone())?, &x, seed, ratio)
}

/// Flags items that differ from the one before, the first always; rows of a table as wholes.
pub fn changes(x: &Value) -> Result<Vec<u8>> {
    crate::value::stack::check()?;
    Ok(match x {
        Value::Vec(v) => match &v.data {
            Data::F64(d) => scan::differ(d, |a, b| !near(a, b)),
            Data::F32(d) => scan::differ(d, |a, b| !near(f64::from(a), f64::from(b))),
            d => crate::with_data!(d, s => scan::differ(s, |a, b| a != b)),
        },
        Value::List(l) => {
            let rest = l.windows(2).map(|w| u8::from(!matches(&w[0], &w[1])));
            l.first().map(|_| 1).into_iter().chain(rest).collect()
        }
        Value::Table(t) => {
            let mut r = vec![0; t.len()];
            for c in &t.cols {
                for (r, f) in r.iter_mut().zip(changes(c)?) {
                    *r |= f;
                }
            }
            r
        }
        Value::Dict(d) => changes(&d.vals)?,
        _ => return Err(Error::ty()),
    })
}
fn differ(h: &mut dyn Host, x: Value) -> Result<Value> {
    match x {
        Value::Dict(d) if !matches!(d.vals, Value::Table(_)) => {
            Ok(Value::dict(d.keys.clone(), differ(h, d.vals.clone())?))
        }
        x => Ok(Value::bools8(changes(&x)?)),
    }
}
fn differ_from(_: &mut dyn Host, seed: Value, x: Value) -> Result<Value> {
    let mut r = changes(&x)?;
    if let Some(f) = r.first_mut() {
        *f = u8::from(!matches(&seed, &x.at(0)));
    }
    Ok(Value::bools8(r))
}

/// Each item replaced by the one `n` places before it (after it for a negative `n`).
pub fn shifted(x: &Value, n: i64) -> Result<Value> {
    crate::value::stack::check()?;
    Ok(match x {
        Value::Vec(v) => {
            let data = match &v.data {
                Data::U8(d) => Data::U8(scan::shift(d, n, if v.ty == Ty::Char { b' ' } else { 0 }).into()),
                d => {
                    fn go<T: crate::kernel::Item>(d: &[T], n: i64) -> Vec<T> {
                        scan::shift(d, n, T::NULL)
                    }
                    crate::map_data!(d, s => go(s, n))
                }
            };
            Value::Vec(Arc::new(v.like(data)))
        }
        Value::List(l) => {
            let null = x.null_item();
            let (len, k) = (l.len(), usize::try_from(n.unsigned_abs()).unwrap_or(usize::MAX));
            let at = |i: usize| if n >= 0 { i.checked_sub(k) } else { i.checked_add(k).filter(|&j| j < len) };
            Value::list((0..len).map(|i| at(i).map_or_else(|| null.clone(), |j| l[j].clone())).collect())
        }
        Value::Dict(d) => Value::dict(d.keys.clone(), shifted(&d.vals, n)?),
        Value::Table(t) => Value::table(t.names.clone(), t.cols.iter().map(|c| shifted(c, n)).collect::<Result<_>>()?),
        _ => return Err(Error::ty()),
    })
}
fn next(_: &mut dyn Host, x: Value) -> Result<Value> {
    shifted(&x, -1)
}
fn prev(_: &mut dyn Host, x: Value) -> Result<Value> {
    shifted(&x, 1)
}
fn xprev(_: &mut dyn Host, n: Value, x: Value) -> Result<Value> {
    ensure!(n.is_atom(), "type");
    shifted(&x, n.as_long().ok_or_else(Error::ty)?)
}

// ---------------------------------------------------------------------------------------------
// grouped

/// The aggregate `name` of each group, one result a group, where there is a direct way; None where the
/// caller must apply the function to each group's items.
///
/// `ids[i]` is the group (below `groups`) of row `i`; every one of `args` is a vector of that many rows.
/// Names: `count first last sum prd min max avg var dev svar sdev all any` of one argument, `wavg wsum` of two.
pub fn grouped(name: &str, ids: &[u32], groups: usize, args: &[Value]) -> Option<Value> {
    if args.iter().any(|v| !matches!(v, Value::Vec(v) if v.len() == ids.len())) {
        return None;
    }
    if let [w, x] = args {
        return grouped_pair(name, ids, groups, w, x);
    }
    let [col @ Value::Vec(v)] = args else { return None };
    let pick = |rows: Vec<u32>| {
        let ix: Vec<usize> = rows.into_iter().map(|i| if i == u32::MAX { usize::MAX } else { i as usize }).collect();
        Some(col.take_at(&ix))
    };
    match name {
        "count" => return Some(Value::longs(group::count_by(ids, groups))),
        "first" => return pick(group::first_rows(ids, groups)),
        "last" => return pick(group::last_rows(ids, groups)),
        _ if v.ty == Ty::Enum => return None,
        _ => {}
    }
    macro_rules! nums {
        ($s:ident => $body:expr) => {
            match &v.data {
                Data::U8($s) => $body,
                Data::I16($s) => $body,
                Data::I32($s) => $body,
                Data::I64($s) => $body,
                Data::F32($s) => $body,
                Data::F64($s) => $body,
                _ => return None,
            }
        };
    }
    let typed = |row: &[u8; 18]| range(row, v.ty).ok();
    match name {
        "sum" => {
            let out = typed(TOTALS)?;
            Some(nums!(s => vector(out, group::sum_by(ids, groups, s))))
        }
        "prd" => {
            let out = typed(TOTALS)?;
            Some(nums!(s => vector(out, group::product_by(ids, groups, s))))
        }
        // the extremes of no boolean are not those of no byte
        "min" | "max" if v.ty != Ty::Bool => {
            let out = typed(EXTREMES)?;
            Some(if name == "min" {
                nums!(s => vector(out, group::min_by(ids, groups, s)))
            } else {
                nums!(s => vector(out, group::max_by(ids, groups, s)))
            })
        }
        "avg" => {
            typed(MEANS)?;
            Some(Value::floats(nums!(s => group::avg_by(ids, groups, s))))
        }
        "var" | "dev" | "svar" | "sdev" => {
            typed(MEANS)?;
            let f = match name {
                "var" => as_var,
                "dev" => as_dev,
                "svar" => as_svar,
                _ => as_sdev,
            };
            Some(Value::floats(nums!(s => group::var_by(ids, groups, s)).into_iter().map(|(v, n)| f(v, n)).collect()))
        }
        "all" | "any" => {
            fn flags<T: Num>(ids: &[u32], groups: usize, s: &[T], all: bool) -> Vec<u8> {
                let mut r = vec![u8::from(all); groups];
                for (&g, v) in ids.iter().zip(s) {
                    if (*v == T::ZERO) == all {
                        r[g as usize] = u8::from(!all);
                    }
                }
                r
            }
            Some(Value::bools8(nums!(s => flags(ids, groups, s, name == "all"))))
        }
        _ => None,
    }
}

fn grouped_pair(name: &str, ids: &[u32], groups: usize, w: &Value, x: &Value) -> Option<Value> {
    let ok = |v: &Value| v.ty().is_some_and(|t| range(MEANS, t).is_ok());
    if !(ok(w) && ok(x)) {
        return None;
    }
    if let ("wavg", Value::Vec(a), Value::Vec(b)) = (name, w, x) {
        match (&a.data, &b.data) {
            (Data::I64(w), Data::F64(v)) if a.ty != Ty::Enum => {
                return Some(Value::floats(group::wavg_by(ids, groups, w, v)));
            }
            (Data::F64(w), Data::F64(v)) => return Some(Value::floats(group::wavg_by(ids, groups, w, v))),
            _ => {}
        }
    }
    match name {
        "wavg" => Some(Value::floats(group::wavg_by(ids, groups, &as_floats(w).ok()?, &as_floats(x).ok()?))),
        "wsum" => {
            let plain = |v: &Value| v.ty().is_some_and(|t| t.is_numeric() && !t.is_temporal() && t != Ty::Real);
            if !(plain(w) && plain(x)) {
                return None;
            }
            let (a, b) = (as_floats(w).ok()?, as_floats(x).ok()?);
            let p: Vec<f64> = a.iter().zip(&b).map(|(a, b)| a * b).collect();
            Some(Value::floats(group::sum_by(ids, groups, &p)))
        }
        _ => None,
    }
}

macro_rules! monads {
    ($($name:ident = $e:expr;)*) => {
        $(fn $name(_: &mut dyn Host, x: Value) -> Result<Value> {
            $e(x)
        })*
    };
}
monads! {
    v_sum = sum;
    v_prd = product;
    v_min = minimum;
    v_max = maximum;
    v_avg = average;
    v_med = median;
    v_var = |x| spread(x, as_var);
    v_svar = |x| spread(x, as_svar);
    v_dev = |x| spread(x, as_dev);
    v_sdev = |x| spread(x, as_sdev);
    v_all = |x| every(x, true);
    v_any = |x| every(x, false);
}

macro_rules! row {
    ($name:literal, $f:expr, $doc:literal, $($ex:expr),*) => {
        Verb { name: $name, monad: Some($f), doc: $doc, examples: &[$($ex),*], ..Verb::BLANK }
    };
}
macro_rules! row2 {
    ($name:literal, $f:expr, $doc:literal, $($ex:expr),*) => {
        Verb { name: $name, dyad: Some($f), infix: true, doc: $doc, examples: &[$($ex),*], ..Verb::BLANK }
    };
}

pub static VERBS: &[Verb] = &[
    row!("sum", v_sum, "total; nulls count as 0", ("sum 2 3 0N 7", "12"), ("sum (1 2;3 4)", "4 6")),
    row!("prd", v_prd, "product; nulls count as 1", ("prd 2 3 0N 7", "42")),
    row!("min", v_min, "least item; nulls are ignored", ("min 0N 5 1", "1"), ("min \"genie\"", "\"e\"")),
    row!("max", v_max, "greatest item; nulls are ignored", ("max 0N 5 1", "5")),
    row!("avg", v_avg, "arithmetic mean; nulls are ignored", ("avg 1 2 3", "2f")),
    row!("med", v_med, "median", ("med 10 34 23 123 5 56", "28.5")),
    row!("var", v_var, "population variance", ("var 2 3 5 7", "3.6875")),
    row!("svar", v_svar, "sample variance", ("svar 1 3", "2f")),
    row!("dev", v_dev, "standard deviation", ("dev 1 3", "1f")),
    row!("sdev", v_sdev, "sample standard deviation", ("sdev 0 8 16", "8f")),
    row2!("cov", cov, "covariance", ("2 3 5 7 cov 3 3 5 9", "4.5")),
    row2!("scov", scov, "sample covariance", ("2 3 5 7 scov 3 3 5 9", "6f")),
    row2!("cor", cor, "correlation", ("1 3 9 cor neg 1 3 9", "-1f")),
    row2!("wavg", wavg, "average of y weighted by x", ("1 3 wavg 10 20", "17.5")),
    row2!("wsum", wsum, "sum of y weighted by x", ("2 3 4 wsum 1 2 4", "24f")),
    row!("all", v_all, "true if no item is zero", ("all 1 2 3", "1b"), ("all ()", "1b")),
    row!("any", v_any, "true if some item is not zero", ("any 0 0 1", "1b"), ("any ()", "0b")),
    row!("sums", sums, "running totals", ("sums 2 3 0N 7", "2 5 5 12")),
    row!("prds", prds, "running products", ("prds 2 3 0N 7", "2 6 6 42")),
    row!("mins", mins, "running minimums", ("mins 2 5 1 3", "2 2 1 1")),
    row!("maxs", maxs, "running maximums", ("maxs 2 5 1 7", "2 5 5 7")),
    row!("avgs", avgs, "running averages", ("avgs 1 2 3", "1 1.5 2")),
    Verb {
        name: "deltas",
        glyph: "-':",
        monad: Some(deltas),
        dyad: Some(deltas_from),
        doc: "differences between neighbours; the first item is kept",
        examples: &[("deltas 1 4 9 16", "1 3 5 7")],
        ..Verb::BLANK
    },
    Verb {
        name: "ratios",
        glyph: "%':",
        monad: Some(ratios),
        dyad: Some(ratios_from),
        doc: "ratios between neighbours; the first item is kept",
        examples: &[("ratios 2 4 5", "2 2 1.25")],
        ..Verb::BLANK
    },
    Verb {
        name: "differ",
        monad: Some(differ),
        dyad: Some(differ_from),
        doc: "flag items that differ from the one before",
        examples: &[("differ 1 3 3 4", "1101b")],
        ..Verb::BLANK
    },
    row!("next", next, "each item's successor", ("next 2 3 5", "3 5 0N")),
    row!("prev", prev, "each item's predecessor", ("prev 2 3 5", "0N 2 3")),
    row2!("xprev", xprev, "item x places before", ("2 xprev 2 7 5", "0N 0N 2")),
];
