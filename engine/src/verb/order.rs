//! Sorting: grades, sorts, ranks, and tables sorted by columns.

use super::dict::{flat, names_of, positions};
use super::set::pick;
use super::shape::as_count;
use crate::ensure;
use crate::error::{Error, Result};
use crate::kernel::keys::{self, Key};
use crate::kernel::sort;
use crate::value::compare::order;
use crate::value::{Attr, Data, Host, Sym, Ty, Value, Vector, Verb};
use std::sync::Arc;

pub static VERBS: &[Verb] = &[
    Verb {
        name: "iasc",
        glyph: "<:",
        monad: Some(|_, x| iasc(&x, false)),
        doc: "positions (keys) that put x in ascending order; equal items keep their order",
        examples: &[("iasc 2 1 3 4 2 1 2", "1 5 0 4 6 2 3")],
        ..Verb::BLANK
    },
    Verb {
        name: "idesc",
        glyph: ">:",
        monad: Some(|_, x| iasc(&x, true)),
        doc: "positions (keys) that put x in descending order; equal items keep their order",
        examples: &[("idesc 2 1 3 4 2 1 2", "3 2 0 4 6 1 5")],
        ..Verb::BLANK
    },
    Verb {
        name: "asc",
        monad: Some(|_, x| asc(&x)),
        doc: "x in ascending order, nulls first, with the sorted attribute",
        examples: &[("asc 2 1 3 4 2 1 2", "1 1 2 2 2 3 4"), ("asc `a`b`c!2 1 3", "`b`a`c!1 2 3")],
        ..Verb::BLANK
    },
    Verb {
        name: "desc",
        monad: Some(|_, x| desc(&x)),
        doc: "x in descending order",
        examples: &[("desc 2 1 3 4 2 1 2", "4 3 2 2 2 1 1")],
        ..Verb::BLANK
    },
    Verb {
        name: "rank",
        monad: Some(|_, x| rank(&x)),
        doc: "position of each item of x in its sorted order",
        examples: &[("rank 2 7 3 2 5", "0 4 2 1 3")],
        ..Verb::BLANK
    },
    Verb {
        name: "xrank",
        dyad: Some(|_, x, y| xrank(&x, &y)),
        infix: true,
        doc: "which of x buckets of equal size each item of y falls into",
        examples: &[("4 xrank til 9", "0 0 0 1 1 2 2 3 3")],
        ..Verb::BLANK
    },
    Verb {
        name: "xasc",
        dyad: Some(|h, x, y| sort_by(h, &x, y, false)),
        infix: true,
        doc: "table y sorted by columns x; by name, in place",
        examples: &[("`a xasc ([]a:2 1;b:3 4)", "([]a:1 2;b:4 3)")],
        ..Verb::BLANK
    },
    Verb {
        name: "xdesc",
        dyad: Some(|h, x, y| sort_by(h, &x, y, true)),
        infix: true,
        doc: "table y sorted by columns x, descending; by name, in place",
        examples: &[("`a xdesc ([]a:1 2;b:3 4)", "([]a:2 1;b:4 3)")],
        ..Verb::BLANK
    },
];

/// Positions that sort a list, or the rows of a table column by column.
pub fn grade(v: &Value, desc: bool) -> Result<Vec<usize>> {
    crate::value::stack::check()?;
    match v {
        Value::Vec(x) if x.ty == Ty::Enum => grade(&v.deenum(), desc),
        Value::Vec(x) => Ok(grade_vector(x, desc)),
        Value::List(l) => {
            let mut ix: Vec<usize> = (0..l.len()).collect();
            ix.sort_by(|&i, &j| if desc { order(&l[j], &l[i]) } else { order(&l[i], &l[j]) });
            Ok(ix)
        }
        Value::Table(t) => grade_cols(&t.cols, t.len(), desc),
        _ => Err(Error::ty()),
    }
}

/// Positions that sort `n` rows by the first column, then the second, and so on.
pub fn grade_cols(cols: &[Value], n: usize, desc: bool) -> Result<Vec<usize>> {
    let mut ix: Option<Vec<usize>> = None;
    for c in cols.iter().rev() {
        ix = Some(match ix {
            None => grade(c, desc)?,
            Some(ix) => grade(&c.take_at(&ix), desc)?.into_iter().map(|i| ix[i]).collect(),
        });
    }
    Ok(ix.unwrap_or_else(|| (0..n).collect()))
}

/// Positions that sort `n` rows of columns that have few values each: each by the ranks of its values.
pub fn grade_few(cols: &[Value], n: usize) -> Result<Vec<usize>> {
    if cols.len() < 2 {
        return grade_cols(cols, n, false);
    }
    let mut number = vec![0u64; n];
    let mut space = 1u64;
    for c in cols {
        let g = super::set::groups(c);
        let mut rank = vec![0u64; g.len()];
        for (r, k) in grade(&c.take_at(&g.first), false)?.into_iter().enumerate() {
            rank[k] = r as u64;
        }
        let Some(wider) = space.checked_mul(g.len().max(1) as u64) else { return grade_cols(cols, n, false) };
        space = wider;
        number.iter_mut().zip(&g.ids).for_each(|(x, &id)| *x = *x * g.len() as u64 + rank[id as usize]);
    }
    if space > 4 * n as u64 + 1024 {
        return Ok(sort::grade(&number));
    }
    // rows differ, so that each has a place of its own
    let mut place = vec![usize::MAX; space as usize];
    for (i, &x) in number.iter().enumerate() {
        if place[x as usize] != usize::MAX {
            return Ok(sort::grade(&number));
        }
        place[x as usize] = i;
    }
    Ok(place.into_iter().filter(|&i| i != usize::MAX).collect())
}

fn grade_vector(v: &Vector, desc: bool) -> Vec<usize> {
    if v.attr == Attr::Sorted && !desc {
        return (0..v.len()).collect();
    }
    let flip = |k: u64| if desc { !k } else { k };
    let keys: Vec<u64> = match &v.data {
        Data::U8(b) => b.iter().map(|&x| flip(u64::from(x))).collect(),
        Data::I16(b) => b.iter().map(|&x| flip(sort::int_key(i64::from(x)))).collect(),
        Data::I32(b) => b.iter().map(|&x| flip(sort::int_key(i64::from(x)))).collect(),
        Data::I64(b) => b.iter().map(|&x| flip(sort::int_key(x))).collect(),
        Data::F32(b) => b.iter().map(|&x| flip(sort::float_key(f64::from(x)))).collect(),
        Data::F64(b) => b.iter().map(|&x| flip(sort::float_key(x))).collect(),
        Data::Sym(b) => {
            // symbols by the rank of their text among the distinct ones
            let g = keys::group(&[Key::Syms(b)], b.len());
            let mut by: Vec<usize> = (0..g.len()).collect();
            by.sort_by(|&i, &j| b[g.first[i]].cmp(&b[g.first[j]]));
            let mut rank = vec![0u64; by.len()];
            for (r, &k) in by.iter().enumerate() {
                rank[k] = r as u64;
            }
            g.ids.iter().map(|&k| flip(rank[k as usize])).collect()
        }
        Data::Guid(b) => {
            let mut ix: Vec<usize> = (0..b.len()).collect();
            ix.sort_by(|&i, &j| if desc { b[j].cmp(&b[i]) } else { b[i].cmp(&b[j]) });
            return ix;
        }
    };
    sort::grade(&keys)
}

fn iasc(x: &Value, desc: bool) -> Result<Value> {
    match x {
        Value::Dict(d) => Ok(pick(&d.keys, &grade(&d.vals, desc)?)),
        _ if x.is_atom() => Err(Error::rank()),
        _ => Ok(Value::positions(&grade(x, desc)?)),
    }
}

/// `v` marked sorted; general lists carry no attribute.
fn mark(v: Value, a: Attr) -> Value {
    match v {
        Value::Vec(mut x) => {
            let m = Arc::make_mut(&mut x);
            m.attr = a;
            m.index = std::sync::OnceLock::new();
            Value::Vec(x)
        }
        Value::List(mut l) if a == Attr::Sorted => {
            Arc::make_mut(&mut l).mark(a);
            Value::List(l)
        }
        v => v,
    }
}

/// `asc x`
pub fn asc(x: &Value) -> Result<Value> {
    match x {
        Value::Vec(v) if v.attr == Attr::Sorted => Ok(x.clone()),
        Value::Vec(_) | Value::List(_) => Ok(mark(x.take_at(&grade(x, false)?), Attr::Sorted)),
        Value::Dict(d) => {
            let at = grade(&d.vals, false)?;
            let vals = match d.vals.take_at(&at) {
                Value::Table(t) => mark_first(t),
                v => mark(v, Attr::Sorted),
            };
            Ok(Value::dict(d.keys.take_at(&at), vals))
        }
        Value::Table(t) => Ok(mark_first(Arc::new(t.take_at(&grade(x, false)?)))),
        _ if x.is_atom() => Err(Error::rank()),
        _ => Err(Error::ty()),
    }
}

/// A sorted table's first column: sorted when it is the only one, parted otherwise.
fn mark_first(mut t: Arc<crate::value::Table>) -> Value {
    let a = if t.cols.len() == 1 { Attr::Sorted } else { Attr::Parted };
    let m = Arc::make_mut(&mut t);
    if let Some(c) = m.cols.first_mut() {
        *c = mark(std::mem::replace(c, Value::Null), a);
    }
    Value::Table(t)
}

fn desc(x: &Value) -> Result<Value> {
    match x {
        Value::Vec(_) | Value::List(_) | Value::Table(_) => Ok(x.take_at(&grade(x, true)?)),
        Value::Dict(d) => Ok(x.take_at(&grade(&d.vals, true)?)),
        _ if x.is_atom() => Err(Error::rank()),
        _ => Err(Error::ty()),
    }
}

fn rank(x: &Value) -> Result<Value> {
    ensure!(!x.is_atom(), "rank");
    if let Value::Dict(d) = x {
        iasc(&pick(&d.keys, &grade(&d.vals, false)?), false)
    } else {
        let at = grade(x, false)?;
        let mut r = vec![0i64; at.len()];
        for (k, &i) in at.iter().enumerate() {
            r[i] = k as i64;
        }
        Ok(Value::longs(r))
    }
}

fn xrank(x: &Value, y: &Value) -> Result<Value> {
    let k = as_count(x).ok_or_else(Error::ty)?;
    ensure!(k != i64::MIN, "domain");
    let (keys, vals) = match y {
        Value::Dict(d) => (Some(d.keys.clone()), d.vals.clone()),
        y => (None, y.clone()),
    };
    ensure!(!vals.is_atom(), "rank");
    let at = grade(&vals, false)?;
    let n = at.len() as i128;
    let mut r = vec![0i64; at.len()];
    for (p, &i) in at.iter().enumerate() {
        r[i] = (i128::from(k) * p as i128).div_euclid(n) as i64;
    }
    let r = Value::longs(r);
    Ok(match keys {
        Some(k) => Value::dict(k, r),
        None => r,
    })
}

fn sort_by(h: &mut dyn Host, x: &Value, y: Value, desc: bool) -> Result<Value> {
    match &y {
        Value::Sym(s) if s.bytes().first() == Some(&b':') => {
            // sorted in memory column by column and written back
            let t = super::file::get_path(h, *s)?;
            let r = sort_table(x, &t, desc)?;
            let to = match s.bytes() {
                b if super::file::path(*s).is_dir() && !b.ends_with(b"/") => Sym::new([b, b"/"].concat()),
                _ => *s,
            };
            super::file::call_verb(h, "set", vec![Value::Sym(to), r])?;
            Ok(y)
        }
        Value::Sym(s) => {
            let t = h.get(*s)?;
            let r = sort_table(x, &t, desc)?;
            drop(t);
            h.set(*s, r)?;
            Ok(y)
        }
        t => sort_table(x, t, desc),
    }
}

/// The table with its rows in the order of columns `x`; keys stay keys.
pub fn sort_table(x: &Value, y: &Value, desc: bool) -> Result<Value> {
    let by = names_of(x)?;
    let mut f = flat(y)?;
    let mut seen: Vec<Sym> = vec![];
    for &n in &f.table.names {
        ensure!(!seen.contains(&n), format!("dup {}", n.text()));
        seen.push(n);
    }
    let cols: Vec<Value> = positions(&f.table, &by)?.into_iter().map(|i| f.table.cols[i].clone()).collect();
    if cols.is_empty() {
        return Ok(y.clone());
    }
    let at = grade_cols(&cols, f.table.len(), desc)?;
    if !at.windows(2).all(|w| w[0] < w[1]) {
        f.table = f.table.take_at(&at);
    }
    if !desc {
        let p = positions(&f.table, &by)?[0];
        let c = std::mem::replace(&mut f.table.cols[p], Value::Null);
        f.table.cols[p] = mark(c, Attr::Sorted);
    }
    Ok(f.build())
}
