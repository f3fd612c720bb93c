//! Joins of tables by key (`lj ij uj pj ej`), and the rows of those as of a time (`super::asof`).

use super::asof::{asof, asof_join, asof_rows, window};
use super::dict::{Flat, flat, in_place, names_of, positions};
use super::find::merge;
use super::set::{group_cols, pick};
use crate::ensure;
use crate::error::{Error, Result};
use crate::value::compare::find_all;
use crate::value::join::{collapse, join_lists};
use crate::value::memory;
use crate::value::{Data, Host, Table, Ty, Value, Verb};
use std::sync::Arc;

pub static VERBS: &[Verb] = &[
    Verb {
        name: "lj",
        dyad: Some(|h, x, y| in_place(h, x, |_, x| left(&x, &y, false))),
        infix: true,
        doc: "left join: rows of x with the columns of keyed table y where its key matches",
        examples: &[("([]a:1 2;b:10 20) lj ([a:1 3]b:100 300)", "([]a:1 2;b:100 20)")],
        ..Verb::BLANK
    },
    Verb {
        name: "ljf",
        dyad: Some(|h, x, y| in_place(h, x, |_, x| left(&x, &y, true))),
        infix: true,
        doc: "left join in which nulls of y leave the value of x",
        examples: &[("([]a:1 2;b:10 20) ljf ([a:1 2]b:100 0N)", "([]a:1 2;b:100 20)")],
        ..Verb::BLANK
    },
    Verb {
        name: "ij",
        dyad: Some(|h, x, y| in_place(h, x, |_, x| inner(&x, &y, false))),
        infix: true,
        doc: "inner join: rows of x that match a key of y, with the columns of y",
        examples: &[("([]a:1 2;b:10 20) ij ([a:1 3]c:100 300)", "([]a:1#1;b:1#10;c:1#100)")],
        ..Verb::BLANK
    },
    Verb {
        name: "ijf",
        dyad: Some(|h, x, y| in_place(h, x, |_, x| inner(&x, &y, true))),
        infix: true,
        doc: "inner join in which nulls of y leave the value of x",
        ..Verb::BLANK
    },
    Verb {
        name: "uj",
        dyad: Some(|_, x, y| union(&x, &y, false)),
        infix: true,
        doc: "union join: rows of x and y over the union of their columns; by key where keyed",
        examples: &[("([]a:1 2) uj ([]b:1#3)", "([]a:1 2 0N;b:0N 0N 3)")],
        ..Verb::BLANK
    },
    Verb {
        name: "ujf",
        dyad: Some(|_, x, y| union(&x, &y, true)),
        infix: true,
        doc: "union join in which nulls of y leave the value of x",
        ..Verb::BLANK
    },
    Verb {
        name: "pj",
        dyad: Some(|h, x, y| in_place(h, x, |h, x| plus(h, &x, &y))),
        infix: true,
        doc: "plus join: adds the matching values of keyed table y to those of x",
        examples: &[("([]a:1 2;b:10 20) pj ([a:1 3]b:1 2)", "([]a:1 2;b:11 20)")],
        ..Verb::BLANK
    },
    Verb {
        name: "ej",
        rank: 3,
        variad: Some(|_, x| three(x, |c, x, y| equi(&c, &x, &y))),
        doc: "ej[c;x;y]: a row for each pair of rows of x and y that agree on columns c",
        examples: &[("ej[`k;([]k:1 2;a:3 4);([]k:2 2;b:5 6)]", "([]k:2 2;a:4 4;b:5 6)")],
        ..Verb::BLANK
    },
    Verb {
        name: "aj",
        rank: 3,
        variad: Some(|h, x| asof_join(h, x, false, false)),
        doc: "aj[c;x;y]: rows of x with the last row of y that agrees on all of c but the last, and is not after it; time of x",
        examples: &[("aj[`s`t;([]s:`a`b;t:2 2);([]s:`a`a;t:1 3;p:10 30)]", "([]s:`a`b;t:2 2;p:10 0N)")],
        ..Verb::BLANK
    },
    Verb {
        name: "aj0",
        rank: 3,
        variad: Some(|h, x| asof_join(h, x, true, false)),
        doc: "aj with the time of y",
        ..Verb::BLANK
    },
    Verb {
        name: "ajf",
        rank: 3,
        variad: Some(|h, x| asof_join(h, x, false, true)),
        doc: "aj in which nulls of y leave the value of x",
        ..Verb::BLANK
    },
    Verb {
        name: "ajf0",
        rank: 3,
        variad: Some(|h, x| asof_join(h, x, true, true)),
        doc: "ajf with the time of y",
        ..Verb::BLANK
    },
    Verb {
        name: "asof",
        dyad: Some(|_, x, y| asof(&x, &y)),
        infix: true,
        doc: "the other columns of the last row of table x that agrees with y on all but its last column, and is not after it",
        examples: &[("([]s:`a`a;t:1 3;p:10 30) asof `s`t!(`a;2)", "(1#`p)!1#10")],
        ..Verb::BLANK
    },
    Verb {
        name: "wj",
        rank: 4,
        variad: Some(|h, x| window(h, x, true)),
        doc: "wj[w;c;t;(q;(f;a);…)]: aggregates of q over a window a row of t, with the row prevailing at its start",
        ..Verb::BLANK
    },
    Verb {
        name: "wj1",
        rank: 4,
        variad: Some(|h, x| window(h, x, false)),
        doc: "wj1[w;c;t;(q;(f;a);…)]: aggregates of the rows of q within a window a row of t",
        ..Verb::BLANK
    },
];

pub(super) fn three(mut args: Vec<Value>, f: impl FnOnce(Value, Value, Value) -> Result<Value>) -> Result<Value> {
    ensure!(args.len() == 3, "rank");
    let (z, y, x) = (args.remove(2), args.remove(1), args.remove(0));
    f(x, y, z)
}

/// A keyed table as its two tables and whether it is a step function; anything else is `'type`.
fn keyed(y: &Value) -> Result<(Arc<Table>, Arc<Table>, bool)> {
    match y {
        Value::Dict(d) => match (&d.keys, &d.vals) {
            (Value::Table(k), Value::Table(v)) => Ok((k.clone(), v.clone(), d.sorted)),
            _ => Err(Error::ty()),
        },
        _ => Err(Error::ty()),
    }
}

/// Row of the key table `k` for each row of `x`, or None; with `step`, the last whose last column is not above.
fn matches_in(x: &Table, k: &Arc<Table>, step: bool) -> Result<Vec<Option<usize>>> {
    let cols = positions(x, &k.names)?.into_iter().map(|i| x.cols[i].clone()).collect();
    if step {
        return asof_rows(k, &Table::new(k.names.clone(), cols), k.names.len(), false);
    }
    let n = k.len();
    let at = find_all(&Value::Table(k.clone()), &Value::table(k.names.clone(), cols));
    Ok(at.into_iter().map(|p| (p < n).then_some(p)).collect())
}

/// Adds columns of `y` at `rows` to `x`: a common column is replaced where there is a row (with `fill`, where its
/// value is not null), a new one is null elsewhere.
pub(super) fn attach(x: &mut Table, y: &Table, rows: &[Option<usize>], fill: bool) -> Result<()> {
    let ix: Vec<usize> = rows.iter().map(|r| r.unwrap_or(usize::MAX)).collect();
    let all = rows.iter().all(Option::is_some);
    for (name, c) in y.names.iter().zip(&y.cols) {
        let new = pick(c, &ix);
        match x.position(*name) {
            None => {
                x.names.push(*name);
                x.cols.push(new);
            }
            Some(i) if all && !fill => x.cols[i] = new,
            Some(i) => {
                let take: Vec<u8> = rows
                    .iter()
                    .enumerate()
                    .map(|(j, r)| u8::from(r.is_some() && !(fill && new.at(j).is_null())))
                    .collect();
                x.cols[i] = blend(&take, new, x.cols[i].clone())?;
            }
        }
    }
    Ok(())
}

/// `a` where flagged, else `b`, whatever their types.
fn blend(flags: &[u8], a: Value, b: Value) -> Result<Value> {
    match (&a, &b) {
        (Value::Vec(x), Value::Vec(y)) if x.ty == y.ty && x.domain == y.domain => merge(flags, &a, &b),
        (Value::Vec(x), Value::Vec(y)) if x.ty == Ty::Enum || y.ty == Ty::Enum => {
            let (a, b) = (a.deenum(), b.deenum());
            if a.ty() == b.ty() { merge(flags, &a, &b) } else { mixed(flags, &a, &b) }
        }
        _ => mixed(flags, &a, &b),
    }
}

fn mixed(flags: &[u8], a: &Value, b: &Value) -> Result<Value> {
    Ok(collapse(flags.iter().enumerate().map(|(i, &f)| if f != 0 { a.at(i) } else { b.at(i) }).collect()))
}

fn left(x: &Value, y: &Value, fill: bool) -> Result<Value> {
    if matches!(y, Value::List(l) if l.is_empty()) {
        return Ok(x.clone());
    }
    let (k, v, step) = keyed(y)?;
    let mut f = flat(x)?;
    let rows = matches_in(&f.table, &k, step)?;
    attach(&mut f.table, &v, &rows, fill)?;
    Ok(f.build())
}

fn inner(x: &Value, y: &Value, fill: bool) -> Result<Value> {
    let (k, v, step) = keyed(y)?;
    let f = flat(x)?;
    let rows = matches_in(&f.table, &k, step)?;
    let keep: Vec<usize> = (0..rows.len()).filter(|&i| rows[i].is_some()).collect();
    let hits: Vec<Option<usize>> = keep.iter().map(|&i| rows[i]).collect();
    let mut t = f.table.take_at(&keep);
    attach(&mut t, &v, &hits, fill)?;
    Ok(Flat { table: t, keys: f.keys }.build())
}

fn nulls(c: &Value, n: usize) -> Value {
    c.take_at(&vec![usize::MAX; n])
}

/// Rows of `b` after those of `a`, over the union of the columns.
fn stack(a: &Table, b: &Table) -> Table {
    let mut t = Table::new(vec![], vec![]);
    for (name, c) in a.names.iter().zip(&a.cols) {
        t.names.push(*name);
        t.cols.push(match b.col(*name) {
            Some(d) => join_lists(c.clone(), d.clone()),
            None => join_lists(c.clone(), nulls(c, b.len())),
        });
    }
    for (name, d) in b.names.iter().zip(&b.cols) {
        if a.position(*name).is_none() {
            t.names.push(*name);
            t.cols.push(if a.is_empty() { d.clone() } else { join_lists(nulls(d, a.len()), d.clone()) });
        }
    }
    t
}

fn union(x: &Value, y: &Value, fill: bool) -> Result<Value> {
    match (x, y) {
        (Value::List(l), _) if l.is_empty() => return Ok(y.clone()),
        (_, Value::List(l)) if l.is_empty() => return Ok(x.clone()),
        (Value::Table(a), Value::Table(b)) => return Ok(Value::Table(Arc::new(stack(a, b)))),
        _ => {}
    }
    ensure!(x.is_keyed() && y.is_keyed(), "type");
    let (k, v, step) = keyed(y)?;
    let mut f = flat(x)?;
    ensure!(f.keys == k.names.len(), "mismatch");
    let (xk, ..) = keyed(x)?;
    let rows = matches_in(&f.table, &k, step)?;
    attach(&mut f.table, &v, &rows, fill)?;
    // rows of y that no row of x has; of equal keys the last counts
    let n = xk.len();
    let at = find_all(&Value::Table(xk), &Value::Table(k.clone()));
    let fresh: Vec<usize> = (0..at.len()).filter(|&j| at[j] >= n).collect();
    let mut b = k.take_at(&fresh);
    let v = v.take_at(&fresh);
    b.names.extend(v.names);
    b.cols.extend(v.cols);
    Ok(Flat { table: stack(&f.table, &b), keys: f.keys }.build())
}

fn plus(h: &mut dyn Host, x: &Value, y: &Value) -> Result<Value> {
    let (k, v, step) = keyed(y)?;
    let mut f = flat(x)?;
    let rows = matches_in(&f.table, &k, step)?;
    let ix: Vec<usize> = rows.iter().map(|r| r.unwrap_or(usize::MAX)).collect();
    let dyad = |n: &str| super::lookup(n).and_then(|v| v.dyad).ok_or_else(Error::nyi);
    let (add, fill) = (dyad("+")?, dyad("^")?);
    for (name, c) in v.names.iter().zip(&v.cols) {
        let c = pick(c, &ix);
        let zero = match c.ty() {
            Some(t) if t.is_temporal() => Value::int(0),
            Some(Ty::Bool) => Value::bool(false),
            _ => Value::long(0),
        };
        let c = if c.is_empty() || matches!(c.ty(), Some(Ty::Bool | Ty::Byte)) {
            c
        } else {
            fill(h, like_zero(&zero, &c), c)?
        };
        if let Some(i) = f.table.position(*name) {
            let old = std::mem::replace(&mut f.table.cols[i], Value::Null);
            f.table.cols[i] = add(h, old, c)?;
        } else {
            f.table.names.push(*name);
            f.table.cols.push(c);
        }
    }
    Ok(f.build())
}

/// Zero of the item type of `c`, so that filling does not widen it.
fn like_zero(zero: &Value, c: &Value) -> Value {
    match c {
        Value::Vec(v) => match &v.data {
            Data::I16(_) => Value::I16(0),
            Data::I32(_) => Value::I32(v.ty, 0),
            Data::I64(_) if v.ty != Ty::Enum => Value::I64(v.ty, 0),
            Data::F32(_) => Value::F32(0.0),
            Data::F64(_) => Value::F64(v.ty, 0.0),
            _ => zero.clone(),
        },
        _ => zero.clone(),
    }
}

fn equi(c: &Value, x: &Value, y: &Value) -> Result<Value> {
    let by = names_of(c)?;
    let (x, y) = (flat(x)?.table, flat(y)?.table);
    let (xi, yi) = (positions(&x, &by)?, positions(&y, &by)?);
    let (xg, yg, count) = common_groups(
        &xi.iter().map(|&i| x.cols[i].clone()).collect::<Vec<_>>(),
        &yi.iter().map(|&i| y.cols[i].clone()).collect::<Vec<_>>(),
        x.len(),
        y.len(),
    )?;
    let mut of: Vec<Vec<usize>> = vec![vec![]; count];
    for (j, &g) in yg.iter().enumerate() {
        of[g as usize].push(j);
    }
    let rows = xg.iter().fold(0, |n: usize, &g| n.saturating_add(of[g as usize].len()));
    memory::room(rows as i64, 16 + 8 * (x.cols.len() + y.cols.len()))?;
    let (mut a, mut b) = (vec![], vec![]);
    for (i, &g) in xg.iter().enumerate() {
        for &j in &of[g as usize] {
            a.push(i);
            b.push(j);
        }
    }
    let mut t = x.take_at(&a);
    for (k, name) in y.names.iter().enumerate() {
        if yi.contains(&k) {
            continue;
        }
        let c = y.cols[k].take_at(&b);
        if let Some(i) = t.position(*name) {
            t.cols[i] = c;
        } else {
            t.names.push(*name);
            t.cols.push(c);
        }
    }
    Ok(Value::Table(Arc::new(t)))
}

/// Group numbers shared by the rows of two sets of columns: rows agree exactly where their numbers do.
pub(super) fn common_groups(a: &[Value], b: &[Value], n: usize, m: usize) -> Result<(Vec<u32>, Vec<u32>, usize)> {
    let mut both = Vec::with_capacity(a.len());
    for (x, y) in a.iter().zip(b) {
        let (x, y) = match (x, y) {
            (Value::Vec(p), Value::Vec(q)) if p.ty == q.ty && p.domain == q.domain => (x.clone(), y.clone()),
            _ => (x.deenum(), y.deenum()),
        };
        ensure!(x.ty() == y.ty() || x.is_empty() || y.is_empty(), "type");
        both.push(join_lists(x, y));
    }
    let mut g = group_cols(&both, n + m);
    let right = g.ids.split_off(n);
    Ok((g.ids, right, g.first.len()))
}
