//! Aggregates of vectors by group, many at a time: what [`super::agg::grouped`] computes from numbers of rows,
//! accumulated by [`crate::kernel::cells`] while the rows are numbered.

use super::agg::{EXTREMES, MEANS, TOTALS};
use super::dispatch::*;
use crate::kernel::cells;
use crate::kernel::{Num, group};
use crate::value::join::join;
use crate::value::{Data, Ty, Value};

/// An aggregate of values that have an item for each row.
pub struct Aggregate {
    kind: Kind,
    vals: Vec<Value>,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Count,
    First,
    Last,
    Sum,
    Product,
    Min,
    Max,
    Mean,
    Weighted,
}

impl Aggregate {
    /// The number of rows.
    pub fn count() -> Aggregate {
        Aggregate { kind: Kind::Count, vals: vec![] }
    }
    /// True for a name that `new` may know.
    pub fn known(name: &str) -> bool {
        matches!(name, "count" | "first" | "last" | "sum" | "prd" | "min" | "max" | "avg" | "wavg")
    }
    /// The aggregate of that name; None where the values want the general way.
    pub fn new(name: &str, vals: Vec<Value>, n: usize) -> Option<Aggregate> {
        if vals.iter().any(|v| !matches!(v, Value::Vec(v) if v.len() == n)) {
            return None;
        }
        let ty = vals.first()?.ty()?;
        let takes = |row: &[u8; 18], v: &Value| v.ty().is_some_and(|t| t != Ty::Enum && range(row, t).is_ok());
        if let [w, x] = &vals[..] {
            if name != "wavg" || !(takes(MEANS, w) && takes(MEANS, x)) {
                return None;
            }
            // other weights and values than these are made floats first
            let as_is = matches!((w, x), (Value::Vec(w), Value::Vec(x))
                if matches!((&w.data, &x.data), (Data::I64(_) | Data::F64(_), Data::F64(_))));
            let vals = if as_is { vals } else { vec![floats(w)?, floats(x)?] };
            return Some(Aggregate { kind: Kind::Weighted, vals });
        }
        let plain = |row: &[u8; 18], kind: Kind| takes(row, &vals[0]).then_some(kind);
        let kind = match name {
            "count" => Some(Kind::Count),
            "first" => Some(Kind::First),
            "last" => Some(Kind::Last),
            "sum" => plain(TOTALS, Kind::Sum),
            "prd" => plain(TOTALS, Kind::Product),
            // the extremes of no boolean are not those of no byte
            "min" if ty != Ty::Bool => plain(EXTREMES, Kind::Min),
            "max" if ty != Ty::Bool => plain(EXTREMES, Kind::Max),
            "avg" => plain(MEANS, Kind::Mean),
            _ => None,
        }?;
        (vals.len() == 1).then_some(Aggregate { kind, vals })
    }
    /// Accumulators of `n` cells.
    pub fn fold(&self, n: usize) -> Option<Box<dyn Fold + '_>> {
        let v = match (self.kind, &self.vals[..]) {
            (Kind::Count, _) => return Some(Box::new(Count { acc: vec![0; n], out: vec![] })),
            (Kind::First, [x]) => return Some(Box::new(Row { x, acc: Some(vec![u32::MAX; n]), out: vec![] })),
            (Kind::Last, [x]) => return Some(Box::new(Row { x, acc: None, out: vec![] })),
            (Kind::Weighted, [Value::Vec(w), Value::Vec(x)]) => {
                let (acc, out) = (vec![(0.0, 0.0); n], vec![]);
                return match (&w.data, &x.data) {
                    (Data::I64(w), Data::F64(x)) => Some(Box::new(Weighted { w: &w[..], x: &x[..], acc, out })),
                    (Data::F64(w), Data::F64(x)) => Some(Box::new(Weighted { w: &w[..], x: &x[..], acc, out })),
                    _ => None,
                };
            }
            (_, [Value::Vec(v)]) => v,
            _ => return None,
        };
        macro_rules! nums {
            ($($c:ident)*) => {
                match &v.data {
                    $(Data::$c(s) => one(self.kind, v.ty, &s[..], n),)*
                    _ => None,
                }
            };
        }
        nums!(U8 I16 I32 I64 F32 F64)
    }
}

fn floats(v: &Value) -> Option<Value> {
    as_floats(v).ok().map(Value::floats)
}

/// An aggregate at work, with a result for each cell that was flushed.
pub trait Fold: cells::Fold + Send {
    fn value(self: Box<Self>) -> Value;
}

impl cells::Fold for Box<dyn Fold + '_> {
    fn add(&mut self, from: usize, cells: &[u32]) {
        (**self).add(from, cells);
    }
    fn flush(&mut self, cells: &[u32], last: &[u32]) {
        (**self).flush(cells, last);
    }
    fn counts(&mut self) -> Option<&mut Vec<i64>> {
        (**self).counts()
    }
}

/// What threads have found, one after another, as one column an aggregate.
pub fn values(parts: Vec<Vec<Box<dyn Fold + '_>>>) -> Option<Vec<Value>> {
    let mut parts = parts.into_iter().map(|p| p.into_iter().map(Fold::value).collect::<Vec<Value>>());
    let mut all = parts.next()?;
    for part in parts {
        for (to, v) in all.iter_mut().zip(part) {
            *to = join(std::mem::replace(to, Value::Null), v).ok()?;
        }
    }
    Some(all)
}

struct Count {
    acc: Vec<i64>,
    out: Vec<i64>,
}
impl cells::Fold for Count {
    fn add(&mut self, _: usize, cells: &[u32]) {
        group::add_counts(&mut self.acc, cells);
    }
    fn flush(&mut self, cells: &[u32], _: &[u32]) {
        self.out.extend(cells.iter().map(|&c| std::mem::take(&mut self.acc[c as usize])));
    }
    fn counts(&mut self) -> Option<&mut Vec<i64>> {
        Some(&mut self.acc)
    }
}
impl Fold for Count {
    fn value(self: Box<Self>) -> Value {
        Value::longs(self.out)
    }
}

/// The item of the first row, or without accumulators of the last.
struct Row<'a> {
    x: &'a Value,
    acc: Option<Vec<u32>>,
    out: Vec<usize>,
}
impl cells::Fold for Row<'_> {
    fn add(&mut self, from: usize, cells: &[u32]) {
        let Some(acc) = &mut self.acc else { return };
        for (row, &c) in (from as u32..).zip(cells) {
            let at = &mut acc[c as usize];
            // rows come in their order
            *at = row.min(*at);
        }
    }
    fn flush(&mut self, cells: &[u32], last: &[u32]) {
        match &mut self.acc {
            None => self.out.extend(cells.iter().map(|&c| last[c as usize] as usize)),
            Some(acc) => {
                self.out.extend(cells.iter().map(|&c| std::mem::replace(&mut acc[c as usize], u32::MAX) as usize));
            }
        }
    }
}
impl Fold for Row<'_> {
    fn value(self: Box<Self>) -> Value {
        self.x.take_at(&self.out)
    }
}

struct Weighted<'a, T, U> {
    w: &'a [T],
    x: &'a [U],
    acc: Vec<(f64, f64)>,
    out: Vec<f64>,
}
impl<T: Num, U: Num> cells::Fold for Weighted<'_, T, U> {
    fn add(&mut self, from: usize, cells: &[u32]) {
        group::add_weighted(&mut self.acc, cells, &self.w[from..], &self.x[from..]);
    }
    fn flush(&mut self, cells: &[u32], _: &[u32]) {
        self.out.extend(cells.iter().map(|&c| {
            let (s, t) = std::mem::take(&mut self.acc[c as usize]);
            s / t
        }));
    }
}
impl<T: Num, U: Num> Fold for Weighted<'_, T, U> {
    fn value(self: Box<Self>) -> Value {
        Value::floats(self.out)
    }
}

/// An aggregate of one column whose cells start as `empty`.
struct One<'a, T, A> {
    x: &'a [T],
    ty: Ty,
    empty: A,
    acc: Vec<A>,
    out: Vec<A>,
    add: fn(&mut [A], &[u32], &[T]),
    done: fn(Ty, Vec<A>) -> Value,
}
impl<T: Num, A: Copy + Send> cells::Fold for One<'_, T, A> {
    fn add(&mut self, from: usize, cells: &[u32]) {
        (self.add)(&mut self.acc, cells, &self.x[from..]);
    }
    fn flush(&mut self, cells: &[u32], _: &[u32]) {
        self.out.extend(cells.iter().map(|&c| std::mem::replace(&mut self.acc[c as usize], self.empty)));
    }
}
impl<T: Num, A: Copy + Send> Fold for One<'_, T, A> {
    fn value(self: Box<Self>) -> Value {
        (self.done)(self.ty, self.out)
    }
}

fn one<'a, T: Num + Store>(kind: Kind, ty: Ty, x: &'a [T], n: usize) -> Option<Box<dyn Fold + 'a>>
where
    T::Sum: Store,
{
    let acc = |empty: T::Sum, add| -> Box<dyn Fold + 'a> {
        let done = |ty: Ty, v: Vec<T::Sum>| Value::vec(range(TOTALS, ty).unwrap_or(ty), T::Sum::data(v));
        Box::new(One { x, ty, empty, acc: vec![empty; n], out: vec![], add, done })
    };
    let end = |empty: T, add| -> Box<dyn Fold + 'a> {
        let done = |ty: Ty, v: Vec<T>| Value::vec(range(EXTREMES, ty).unwrap_or(ty), T::data(v));
        Box::new(One { x, ty, empty, acc: vec![empty; n], out: vec![], add, done })
    };
    Some(match kind {
        Kind::Sum => acc(T::Sum::ZERO, group::add_sums::<T>),
        Kind::Product => acc(T::Sum::ONE, group::add_products::<T>),
        Kind::Min => end(T::INF, group::add_mins::<T>),
        Kind::Max => end(T::NEG_INF, group::add_maxs::<T>),
        Kind::Mean => {
            let empty = (0.0, 0.0);
            let done = |_, v: Vec<(f64, f64)>| Value::floats(v.into_iter().map(|(s, n)| s / n).collect());
            Box::new(One { x, ty, empty, acc: vec![empty; n], out: vec![], add: group::add_means::<T>, done })
        }
        _ => return None,
    })
}
