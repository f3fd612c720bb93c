//! The shape of lists: take, drop, cut, reshape, reverse, rotate, raze, flip, join, cross, `where`, attributes.

use super::set::pick;
use crate::ensure;
use crate::error::{Error, Result};
use crate::value::compare::{find_all, is_ascending, order};
use crate::value::join::join;
use crate::value::memory::{self, room};
use crate::value::{Attr, Data, Dict, Host, Sym, Table, Ty, Value, Vector, Verb};
use std::cmp::Ordering;
use std::sync::Arc;

pub static VERBS: &[Verb] = &[
    Verb {
        name: "count",
        glyph: "#:",
        monad: Some(|_, x| Ok(Value::count(x.len()))),
        doc: "number of items; 1 for an atom",
        examples: &[("count 2 3 5", "3"), ("count 42", "1"), ("count `a`b!1 2", "2")],
        ..Verb::BLANK
    },
    Verb {
        name: "til",
        monad: Some(|_, x| til(&x)),
        doc: "the first x natural numbers",
        examples: &[("til 5", "0 1 2 3 4"), ("til 0", "`long$()")],
        ..Verb::BLANK
    },
    Verb {
        name: "enlist",
        glyph: ",:",
        monad: Some(|_, x| Ok(x.enlist())),
        variad: Some(|_, x| Ok(Value::collapse(x))),
        doc: "a list of the arguments",
        examples: &[("enlist 5", "1#5"), ("enlist[1;2;3]", "1 2 3"), ("enlist `a`b!1 2", "([]a:1#1;b:1#2)")],
        ..Verb::BLANK
    },
    Verb {
        name: ",",
        dyad: Some(join_verb),
        infix: true,
        doc: "x and y joined; on dictionaries and keyed tables, upsert",
        examples: &[("1 2,3", "1 2 3"), ("(`a`b!1 2),`b`c!3 4", "`a`b`c!1 3 4")],
        ..Verb::BLANK
    },
    Verb {
        name: "#",
        dyad: Some(take),
        infix: true,
        doc: "take: items, keys or columns x of y; reshape; set an attribute (`s#y)",
        examples: &[
            ("3#9", "9 9 9"),
            ("-2#1 2 3", "2 3"),
            ("2 3#til 6", "(0 1 2;3 4 5)"),
            ("`a`c#`a`b`c!1 2 3", "`a`c!1 3"),
        ],
        ..Verb::BLANK
    },
    Verb {
        name: "_",
        dyad: Some(drop_or_cut),
        infix: true,
        doc: "drop x items, keys or columns from y; cut y at x; x without item y",
        examples: &[("2_til 5", "2 3 4"), ("0 2_til 4", "(0 1;2 3)"), ("`a _ `a`b!1 2", "(1#`b)!1#2")],
        ..Verb::BLANK
    },
    Verb {
        name: "cut",
        dyad: Some(cut),
        infix: true,
        doc: "y in pieces of x items, or cut at the positions x",
        examples: &[("4 cut til 6", "(0 1 2 3;4 5)")],
        ..Verb::BLANK
    },
    Verb {
        name: "sublist",
        dyad: Some(|_, x, y| sublist(&x, &y)),
        infix: true,
        doc: "up to x items of y from the front, the end (x<0), or from a position (x a pair: start, count)",
        examples: &[("10 sublist 2 3 5", "2 3 5"), ("1 2 sublist 2 3 5 7", "3 5")],
        ..Verb::BLANK
    },
    Verb {
        name: "reverse",
        glyph: "|:",
        monad: Some(|_, x| Ok(reverse(x))),
        doc: "items in the opposite order",
        examples: &[("reverse 1 2 3", "3 2 1")],
        ..Verb::BLANK
    },
    Verb {
        name: "rotate",
        dyad: Some(|_, x, y| rotate(&x, &y)),
        infix: true,
        doc: "y shifted to the left by x items, round the end",
        examples: &[("2 rotate 2 3 5 7 11", "5 7 11 2 3"), ("-2 rotate 2 3 5 7 11", "7 11 2 3 5")],
        ..Verb::BLANK
    },
    Verb {
        name: "raze",
        monad: Some(|_, x| raze(x)),
        doc: "items of x joined: one level of nesting removed",
        examples: &[("raze (1 2;3 4 5)", "1 2 3 4 5"), ("raze 42", "enlist 42")],
        ..Verb::BLANK
    },
    Verb {
        name: "flip",
        glyph: "+:",
        monad: Some(|h, x| match &x {
            Value::Dict(d) if matches!((&d.keys, &d.vals), (Value::Vec(_), Value::Sym(_))) => super::db::table_at(h, d),
            _ => flip(x),
        }),
        doc: "rows and columns exchanged; dictionary of columns to table and back",
        examples: &[("flip (1 2 3;4 5 6)", "(1 4;2 5;3 6)"), ("flip `a`b!(1 2;3)", "([]a:1 2;b:3 3)")],
        ..Verb::BLANK
    },
    Verb {
        name: "first",
        glyph: "*:",
        monad: Some(|_, x| Ok(first(&x))),
        doc: "the first item, or its null when there is none",
        examples: &[("first 1 2 3", "1"), ("first `long$()", "0N")],
        ..Verb::BLANK
    },
    Verb {
        name: "last",
        monad: Some(|_, x| Ok(last(&x))),
        doc: "the last item, or its null when there is none",
        examples: &[("last til 10", "9"), ("last `a`b!1 2", "2")],
        ..Verb::BLANK
    },
    Verb {
        name: "where",
        glyph: "&:",
        monad: Some(|_, x| where_(&x)),
        doc: "positions of the true items, or each position (key) as often as its count says",
        examples: &[("where 01101b", "1 2 4"), ("where 2 3 0 1", "0 0 1 1 1 3")],
        ..Verb::BLANK
    },
    Verb {
        name: "cross",
        dyad: Some(|_, x, y| cross(&x, &y)),
        infix: true,
        doc: "each item of x joined with each of y",
        examples: &[("1 2 cross `a`b", "((1;`a);(1;`b);(2;`a);(2;`b))")],
        ..Verb::BLANK
    },
    Verb {
        name: "ungroup",
        monad: Some(|_, x| ungroup(&x)),
        doc: "a row for each item of the lists in the rows of table x",
        examples: &[("ungroup ([]a:1 2;b:(3 4;1#5))", "([]a:1 1 2;b:3 4 5)")],
        ..Verb::BLANK
    },
    Verb {
        name: "type",
        glyph: "@:",
        monad: Some(|_, x| Ok(Value::short(x.type_code()))),
        doc: "type number: negative for atoms, 0 for general lists",
        examples: &[("type 1 2", "7h"), ("type `a", "-11h"), ("type ()", "0h")],
        ..Verb::BLANK
    },
    Verb {
        name: "attr",
        monad: Some(|_, x| Ok(attr(&x))),
        doc: "attribute: `s `u `p `g or the empty symbol",
        examples: &[("attr asc 3 1 2", "`s"), ("attr 1 2", "`")],
        ..Verb::BLANK
    },
];

/// A count: an integer atom (bool to long, not temporal).
pub fn as_count(v: &Value) -> Option<i64> {
    match v {
        Value::U8(Ty::Bool | Ty::Byte, _) | Value::I16(_) | Value::I32(Ty::Int, _) | Value::I64(Ty::Long, _) => {
            v.as_long()
        }
        _ => None,
    }
}

/// Integers of a vector of counts.
pub fn as_counts(v: &Value) -> Option<Vec<i64>> {
    match v {
        Value::Vec(x) if matches!(x.ty, Ty::Bool | Ty::Byte | Ty::Short | Ty::Int | Ty::Long) => {
            (0..x.len()).map(|i| x.at(i).as_long()).collect()
        }
        _ => None,
    }
}

/// `til x`
pub fn til(x: &Value) -> Result<Value> {
    let n = as_count(x).ok_or_else(Error::ty)?;
    ensure!(n >= 0, "domain");
    room(n, 8)?;
    Ok(Value::longs((0..n).collect()))
}

fn join_verb(_h: &mut dyn Host, x: Value, y: Value) -> Result<Value> {
    let (x, y) = plain_beside(x, y);
    match (&x, &y) {
        (Value::Table(_), Value::List(l)) if !l.is_empty() => super::dict::upsert_value(x, y),
        (Value::Table(_), Value::Vec(v)) if !v.is_empty() => super::dict::upsert_value(x, y),
        (Value::Dict(_), Value::List(_) | Value::Vec(_) | Value::Table(_)) if x.is_keyed() => {
            super::dict::upsert_value(x, y)
        }
        (Value::Dict(_), Value::Dict(_)) if x.is_keyed() != y.is_keyed() && x.is_keyed() => {
            super::dict::upsert_value(x, y)
        }
        (Value::Dict(_), z) | (z, Value::Dict(_)) if z.is_atom() || z.is_func() || (z.is_list() && !z.is_empty()) => {
            Err(Error::ty())
        }
        _ => {
            memory::room_to_join(&x, &y)?;
            join(x, y)
        }
    }
}

/// Symbols and enumerations of different domains, one of them a list, are joined as symbols.
fn plain_beside(x: Value, y: Value) -> (Value, Value) {
    let domain = |v: &Value| match v {
        Value::Enum(d, _) => Some(*d),
        Value::Vec(v) if v.ty == Ty::Enum => Some(v.domain),
        _ => None,
    };
    let symbols = |v: &Value| matches!(v.ty(), Some(Ty::Sym | Ty::Enum));
    let mixed = symbols(&x) && symbols(&y) && (x.is_list() || y.is_list()) && domain(&x) != domain(&y);
    if mixed { (x.deenum(), y.deenum()) } else { (x, y) }
}

fn take(_h: &mut dyn Host, x: Value, y: Value) -> Result<Value> {
    if let Value::Sym(s) = x {
        let a = Attr::from_name(s).ok_or_else(Error::ty)?;
        return set_attr(a, y);
    }
    if let Some(n) = as_count(&x) {
        return take_n(n, y);
    }
    match (&x, &y) {
        (Value::Vec(_) | Value::List(_), Value::Dict(d)) if !y.is_keyed() => {
            let at = keys_at(&d.keys, &x)?;
            Ok(Value::dict(x.clone(), pick(&d.vals, &at)))
        }
        (Value::Table(_), Value::Dict(d)) => {
            let at = find_all(&d.keys, &x);
            Ok(Value::dict(x.clone(), d.vals.take_at(&at)))
        }
        (Value::Vec(_), Value::Table(t)) if x.ty() == Some(Ty::Sym) => {
            let names = x.as_syms().ok_or_else(Error::ty)?;
            let at = super::dict::positions(t, &names)?;
            Ok(Value::table(names, at.iter().map(|&i| t.cols[i].clone()).collect()))
        }
        (Value::Vec(_), Value::Dict(d)) if x.ty() == Some(Ty::Sym) && y.is_keyed() => {
            let names = x.as_syms().ok_or_else(Error::ty)?;
            let (Value::Table(k), Value::Table(v)) = (&d.keys, &d.vals) else { return Err(Error::ty()) };
            let part = |t: &Table| {
                let names: Vec<Sym> = names.iter().copied().filter(|&n| t.position(n).is_some()).collect();
                let cols = names.iter().filter_map(|&n| t.col(n).cloned()).collect();
                Value::table(names, cols)
            };
            let missing = names.iter().find(|&&n| k.position(n).is_none() && v.position(n).is_none());
            if let Some(n) = missing {
                return Err(Error::new(n.text().into_owned()));
            }
            Ok(Value::dict(part(k), part(v)))
        }
        (Value::List(l), Value::Table(t)) if l.is_empty() => Ok(Value::table(vec![], vec![])).and_then(|e| {
            ensure!(t.names.is_empty(), "type");
            Ok(e)
        }),
        _ => {
            let dims = as_counts(&x).ok_or_else(Error::ty)?;
            reshape(&dims, &y)
        }
    }
}

/// Positions in a dictionary's keys of each item of `x`.
fn keys_at(keys: &Value, x: &Value) -> Result<Vec<usize>> {
    if let (Value::Vec(k), Value::Vec(v)) = (keys, x) {
        let sym = |t: Ty| matches!(t, Ty::Sym | Ty::Enum);
        ensure!(k.ty == v.ty || (sym(k.ty) && sym(v.ty)) || v.is_empty() || k.is_empty(), "type");
    }
    Ok(find_all(keys, x))
}

/// `n#y`: round and round when `y` is too short.
pub fn take_n(n: i64, y: Value) -> Result<Value> {
    ensure!(n != i64::MIN, "type");
    // positions on the way to the items
    let want = room(n.checked_abs().unwrap_or(i64::MAX), 8 + memory::width(&y))?;
    let y = match y {
        Value::Vec(_) | Value::List(_) | Value::Table(_) | Value::Dict(_) => y,
        Value::Parts(_) => return Err(Error::ty()),
        atom => {
            let one = Value::collapse(vec![atom]);
            return Ok(repeat(&one, want));
        }
    };
    let have = y.len();
    if want <= have {
        let from = if n >= 0 { 0 } else { have - want };
        if want == have {
            return Ok(y);
        }
        return Ok(part(&y, from, from + want));
    }
    if have == 0 {
        return Ok(match &y {
            Value::Dict(d) => Value::dict(nulls(&d.keys, want), nulls(&d.vals, want)),
            y => nulls(y, want),
        });
    }
    let from = if n >= 0 { 0 } else { (have - want % have) % have };
    Ok(y.take_at(&(0..want).map(|i| (from + i) % have).collect::<Vec<_>>()))
}

fn nulls(v: &Value, n: usize) -> Value {
    v.take_at(&vec![usize::MAX; n])
}

/// A one-item list `n` times.
fn repeat(one: &Value, n: usize) -> Value {
    one.take_at(&vec![0; n])
}

/// Items `from..to`; a general list of which only atoms of one type are left becomes a vector.
pub fn part(y: &Value, from: usize, to: usize) -> Value {
    match y {
        Value::List(l) => Value::collapse(l[from..to].to_vec()),
        _ => y.slice(from, to),
    }
}

/// `n` items of `y` from position `from` of its endless repetition.
fn cycle(y: &Value, from: usize, n: usize) -> Value {
    let have = y.len();
    if have == 0 {
        return nulls(y, n);
    }
    let start = from % have;
    if start + n <= have {
        return part(y, start, start + n);
    }
    pick(y, &(0..n).map(|i| (start + i) % have).collect::<Vec<_>>())
}

fn reshape(dims: &[i64], y: &Value) -> Result<Value> {
    let y = if y.is_list() || matches!(y, Value::Table(_)) { y.clone() } else { Value::collapse(vec![y.clone()]) };
    let have = y.len();
    match *dims {
        [] => Ok(y),
        [n] => take_n(n, y),
        [i64::MIN, i64::MIN] => Err(Error::domain()),
        [i64::MIN, w] => {
            ensure!(w > 0, "domain");
            let w = usize::try_from(w).map_err(|_| Error::domain())?;
            Ok(Value::list((0..have).step_by(w).map(|i| part(&y, i, (i + w).min(have))).collect()))
        }
        [n, i64::MIN] => {
            ensure!(n > 0, "domain");
            let n = room(n, size_of::<Value>())?;
            let edge = |i: usize| (i as u128 * have as u128 / n as u128) as usize;
            Ok(Value::list((0..n).map(|i| part(&y, edge(i), edge(i + 1))).collect()))
        }
        _ => {
            ensure!(dims.iter().all(|&d| d >= 0), "domain");
            ensure!(dims.len() == 2 || dims[..dims.len() - 1].iter().all(|&d| d > 0), "domain");
            let total =
                dims.iter().try_fold(1i64, |a, &d| a.checked_mul(d.max(1))).ok_or_else(|| Error::new("wsfull"))?;
            room(total, 8 + memory::width(&y))?;
            let dims: Vec<usize> = dims.iter().map(|&d| d as usize).collect();
            Ok(fold_up(&dims, &y, &mut 0))
        }
    }
}

fn fold_up(dims: &[usize], y: &Value, at: &mut usize) -> Value {
    if let [n] = *dims {
        let r = cycle(y, *at, n);
        *at += n;
        return r;
    }
    Value::list((0..dims[0]).map(|_| fold_up(&dims[1..], y, at)).collect())
}

fn drop_or_cut(_h: &mut dyn Host, x: Value, y: Value) -> Result<Value> {
    let listlike = |v: &Value| v.is_list() || matches!(v, Value::Dict(_) | Value::Table(_));
    if let (Some(n), true) = (as_count(&x), listlike(&y)) {
        return drop_n(n, y);
    }
    match (&x, &y) {
        // drop selected columns or keys
        (Value::Vec(v), Value::Table(t)) if v.ty == Ty::Sym => {
            let names = x.as_syms().ok_or_else(Error::ty)?;
            let keep: Vec<usize> = (0..t.names.len()).filter(|&i| !names.contains(&t.names[i])).collect();
            Ok(Value::table(
                keep.iter().map(|&i| t.names[i]).collect(),
                keep.iter().map(|&i| t.cols[i].clone()).collect(),
            ))
        }
        (Value::Table(_), Value::Dict(d)) if y.is_keyed() => Ok(without(d, &find_all(&d.keys, &x))),
        (Value::Vec(v), Value::Dict(d)) if y.is_keyed() && v.ty == Ty::Sym => {
            // columns of a keyed table
            let names = x.as_syms().ok_or_else(Error::ty)?;
            let Value::Table(t) = &d.vals else { return Err(Error::ty()) };
            let keep: Vec<usize> = (0..t.names.len()).filter(|&i| !names.contains(&t.names[i])).collect();
            let vals = Value::table(
                keep.iter().map(|&i| t.names[i]).collect(),
                keep.iter().map(|&i| t.cols[i].clone()).collect(),
            );
            Ok(Value::dict(d.keys.clone(), vals))
        }
        (Value::Vec(_) | Value::List(_), Value::Dict(d)) if !y.is_keyed() => Ok(without(d, &keys_at(&d.keys, &x)?)),
        (_, Value::Dict(d)) if x.is_atom() && !y.is_keyed() => {
            Ok(without(d, &keys_at(&d.keys, &Value::collapse(vec![x.clone()]))?))
        }
        (Value::Vec(_), Value::Vec(_) | Value::List(_) | Value::Table(_)) if as_counts(&x).is_some() => {
            cut_at(&as_counts(&x).unwrap_or_default(), &y)
        }
        (Value::List(l), _) if l.is_empty() && listlike(&y) => Ok(Value::empty()),
        (Value::Dict(d), Value::Dict(k)) if x.is_keyed() => {
            let Value::Table(t) = &d.keys else { return Err(Error::ty()) };
            let (rows, _) = super::find::rows_like(t, &Value::Dict(k.clone()))?;
            Ok(without(d, &find_all(&d.keys, &rows)))
        }
        (Value::Dict(d), _) if y.is_atom() => {
            let key = Value::collapse(vec![y.clone()]);
            match &d.keys {
                Value::Table(t) => {
                    ensure!(t.cols.len() == 1, "type");
                    Ok(without(d, &keys_at(&t.cols[0], &key)?))
                }
                keys => Ok(without(d, &keys_at(keys, &key)?)),
            }
        }
        (Value::Vec(_) | Value::List(_) | Value::Table(_), _) => {
            let i = as_count(&y).ok_or_else(Error::ty)?;
            let n = x.len();
            let Some(i) = usize::try_from(i).ok().filter(|&i| i < n) else { return Ok(x) };
            let keep: Vec<usize> = (0..n).filter(|&j| j != i).collect();
            Ok(pick(&x, &keep))
        }
        _ => Err(Error::ty()),
    }
}

/// A dictionary without the entries at `at` (positions out of range are ignored).
fn without(d: &Dict, at: &[usize]) -> Value {
    let mut gone = vec![false; d.keys.len()];
    for &i in at {
        if let Some(g) = gone.get_mut(i) {
            *g = true;
        }
    }
    let keep: Vec<usize> = (0..gone.len()).filter(|&i| !gone[i]).collect();
    if keep.len() == gone.len() {
        return Value::Dict(Arc::new(d.clone()));
    }
    Value::dict(d.keys.take_at(&keep), pick_vals(&d.vals, &keep))
}

/// Like `pick`, but what is left of general values stays a general list when it is empty.
fn pick_vals(v: &Value, keep: &[usize]) -> Value {
    if keep.is_empty() { v.take_at(keep) } else { pick(v, keep) }
}

/// `n _ y`
pub fn drop_n(n: i64, y: Value) -> Result<Value> {
    let have = y.len();
    let k = usize::try_from(n.checked_abs().unwrap_or(i64::MAX)).unwrap_or(usize::MAX).min(have);
    if k == 0 {
        return Ok(y);
    }
    Ok(if n >= 0 { part(&y, k, have) } else { part(&y, 0, have - k) })
}

fn cut_at(at: &[i64], y: &Value) -> Result<Value> {
    let n = y.len();
    ensure!(at.windows(2).all(|w| w[0] <= w[1]), "domain");
    ensure!(at.iter().all(|&i| i >= 0), "domain");
    ensure!(at.iter().all(|&i| i as u64 <= n as u64), "length");
    let edge = |k: usize| at.get(k).map_or(n, |&i| i as usize);
    Ok(Value::list((0..at.len()).map(|k| part(y, edge(k), edge(k + 1))).collect()))
}

fn cut(h: &mut dyn Host, x: Value, y: Value) -> Result<Value> {
    match as_count(&x) {
        Some(n) => {
            ensure!(n > 0, "domain");
            ensure!(y.is_list() || matches!(y, Value::Table(_) | Value::Dict(_)), "type");
            let (have, n) = (y.len(), usize::try_from(n).unwrap_or(usize::MAX));
            let mut r = vec![];
            let mut i = 0;
            while i < have {
                let to = i.saturating_add(n).min(have);
                r.push(part(&y, i, to));
                i = to;
            }
            Ok(Value::list(r))
        }
        None => drop_or_cut(h, x, y),
    }
}

/// `x sublist y`
pub fn sublist(x: &Value, y: &Value) -> Result<Value> {
    let have = y.len();
    if !(y.is_list() || matches!(y, Value::Table(_) | Value::Dict(_))) {
        return if y.is_atom() { Ok(y.clone()) } else { Err(Error::ty()) };
    }
    if let Some(n) = as_count(x) {
        let k = usize::try_from(n.checked_abs().unwrap_or(i64::MAX)).unwrap_or(usize::MAX).min(have);
        return Ok(if n >= 0 { part(y, 0, k) } else { part(y, have - k, have) });
    }
    let pair = as_counts(x).ok_or_else(Error::ty)?;
    ensure!(pair.len() == 2, "length");
    let from = usize::try_from(pair[0].max(0)).unwrap_or(usize::MAX).min(have);
    let to = from.saturating_add(usize::try_from(pair[1].max(0)).unwrap_or(usize::MAX)).min(have);
    Ok(part(y, from, to))
}

fn reverse(x: Value) -> Value {
    let n = x.len();
    match &x {
        Value::Vec(_) | Value::List(_) | Value::Table(_) | Value::Dict(_) => {
            x.take_at(&(0..n).rev().collect::<Vec<_>>())
        }
        _ => x,
    }
}

fn rotate(x: &Value, y: &Value) -> Result<Value> {
    let by = as_count(x).ok_or_else(Error::ty)?;
    ensure!(!y.is_atom(), "rank");
    ensure!(y.is_list() || matches!(y, Value::Table(_)), "type");
    let n = y.len();
    if n == 0 {
        return Ok(y.clone());
    }
    let k = usize::try_from(by.rem_euclid(n as i64)).unwrap_or(0);
    Ok(y.take_at(&(0..n).map(|i| (i + k) % n).collect::<Vec<_>>()))
}

/// `raze x`
pub fn raze(x: Value) -> Result<Value> {
    crate::value::stack::check()?;
    match x {
        Value::List(l) => {
            let bytes = l.iter().fold(0, |n: usize, v| n.saturating_add(v.len().saturating_mul(memory::width(v))));
            if bytes > 1 << 16 {
                memory::reserve(bytes)?;
            }
            let mut items = Arc::unwrap_or_clone(l).into_iter();
            let Some(first) = items.next() else { return Ok(Value::empty()) };
            let mut acc = if first.is_atom() || first.is_func() { first.enlist() } else { first };
            for v in items {
                acc = match (&acc, &v) {
                    (Value::Table(_) | Value::Dict(_), _) | (_, Value::Dict(_)) => join_any(acc, v)?,
                    _ => join(acc, v)?,
                };
            }
            Ok(acc)
        }
        Value::Dict(d) => raze(d.vals.clone()),
        Value::Table(t) => {
            if t.is_empty() {
                Ok(Value::Table(t))
            } else {
                Ok(t.row(t.len() - 1))
            }
        }
        Value::Vec(v) => Ok(Value::Vec(v)),
        x => Ok(x.enlist()),
    }
}

fn join_any(x: Value, y: Value) -> Result<Value> {
    match (&x, &y) {
        (Value::Dict(_), z) | (z, Value::Dict(_)) if z.is_atom() || (z.is_list() && !z.is_empty()) => Err(Error::ty()),
        (Value::Table(_), Value::List(_) | Value::Vec(_)) if !y.is_empty() => super::dict::upsert_value(x, y),
        _ => join(x, y),
    }
}

/// `flip x`
pub fn flip(x: Value) -> Result<Value> {
    match &x {
        Value::Table(t) => Ok(t.to_dict()),
        Value::Dict(d) if !x.is_keyed() => {
            // an empty general list of keys is a table without columns
            let names = match &d.keys {
                Value::Vec(v) if matches!(v.ty, Ty::Sym | Ty::Enum) => d.keys.as_syms().ok_or_else(Error::ty)?,
                _ => return Err(Error::ty()),
            };
            Ok(Value::Table(Arc::new(columns(names, d.vals.items())?)))
        }
        Value::List(l) => flip_list(l),
        Value::Vec(_) => Err(Error::rank()),
        _ if x.is_atom() => Err(Error::rank()),
        _ => Err(Error::ty()),
    }
}

/// A table from columns, atoms extended to the length of the lists.
pub fn columns(names: Vec<Sym>, cols: Vec<Value>) -> Result<Table> {
    let list = |v: &Value| v.is_list() || matches!(v, Value::Table(_));
    let n = match cols.iter().find(|c| list(c)) {
        Some(c) => c.len(),
        None if cols.is_empty() => 0,
        None => return Err(Error::rank()),
    };
    ensure!(names.len() == cols.len(), "length");
    ensure!(cols.iter().all(|c| !list(c) || c.len() == n), "length");
    let cols = cols.into_iter().map(|c| if list(&c) { c } else { repeat(&Value::collapse(vec![c]), n) }).collect();
    Ok(Table::new(names, cols))
}

fn flip_list(l: &[Value]) -> Result<Value> {
    if l.is_empty() {
        return Ok(Value::empty());
    }
    let list = |v: &Value| v.is_list() || matches!(v, Value::Table(_));
    let Some(n) = l.iter().find(|v| list(v)).map(Value::len) else { return Err(Error::rank()) };
    ensure!(l.iter().all(|v| !list(v) || v.len() == n), "length");
    Ok(Value::list((0..n).map(|i| Value::collapse(l.iter().map(|v| v.at(i)).collect())).collect()))
}

/// First item; an empty list gives its null.
pub fn first(x: &Value) -> Value {
    match x {
        Value::Dict(d) => first(&d.vals),
        Value::Vec(_) | Value::List(_) | Value::Table(_) => x.at(0),
        _ => x.clone(),
    }
}

/// Last item; an empty list gives its null.
pub fn last(x: &Value) -> Value {
    match x {
        Value::Dict(d) => last(&d.vals),
        Value::Vec(_) | Value::List(_) | Value::Table(_) => x.at(x.len().wrapping_sub(1)),
        _ => x.clone(),
    }
}

/// `where x`
pub fn where_(x: &Value) -> Result<Value> {
    crate::value::stack::check()?;
    match x {
        Value::Dict(d) => {
            let at = where_(&d.vals)?;
            let at: Vec<usize> = at.longs_ref().ok_or_else(Error::ty)?.iter().map(|&i| i as usize).collect();
            Ok(d.keys.take_at(&at))
        }
        Value::List(l) if l.is_empty() => Ok(Value::longs(vec![])),
        Value::Vec(v) => {
            if let (Data::U8(b), Ty::Bool) = (&v.data, v.ty) {
                let mut r = Vec::with_capacity(b.iter().map(|&x| x as usize).sum());
                for (i, &f) in b.iter().enumerate() {
                    if f != 0 {
                        r.push(i as i64);
                    }
                }
                Ok(Value::longs(r))
            } else {
                let counts = as_counts(x).ok_or_else(Error::ty)?;
                ensure!(counts.iter().all(|&n| n >= 0 || n == i64::MIN), "domain");
                let total = counts.iter().try_fold(0i64, |a, &n| a.checked_add(n.max(0)));
                let mut r = Vec::with_capacity(room(total.unwrap_or(i64::MAX), 8)?);
                for (i, &n) in counts.iter().enumerate() {
                    r.extend(std::iter::repeat_n(i as i64, n.max(0) as usize));
                }
                Ok(Value::longs(r))
            }
        }
        _ => {
            let n = as_count(x).ok_or_else(Error::ty)?;
            ensure!(n >= 0, "domain");
            Ok(Value::longs(vec![0; room(n, 8)?]))
        }
    }
}

/// `x cross y`
fn cross(x: &Value, y: &Value) -> Result<Value> {
    crate::value::stack::check()?;
    match (x, y) {
        (Value::Dict(a), Value::Dict(b)) => Ok(Value::dict(cross(&a.keys, &b.keys)?, cross(&a.vals, &b.vals)?)),
        (Value::Table(a), Value::Table(b)) => {
            let (n, m) = (a.len(), b.len());
            room((n as i64).saturating_mul(m as i64), 16 + memory::width(x) + memory::width(y))?;
            let left: Vec<usize> = (0..n).flat_map(|i| std::iter::repeat_n(i, m)).collect();
            let right: Vec<usize> = (0..n).flat_map(|_| 0..m).collect();
            let mut t = a.take_at(&left);
            let u = b.take_at(&right);
            for (name, c) in u.names.into_iter().zip(u.cols) {
                if let Some(i) = t.position(name) {
                    t.cols[i] = c;
                } else {
                    t.names.push(name);
                    t.cols.push(c);
                }
            }
            Ok(Value::Table(Arc::new(t)))
        }
        _ => {
            let list = |v: &Value| match v {
                Value::Dict(d) if !v.is_keyed() => d.vals.items(),
                v => v.items(),
            };
            let (a, b) = (list(x), list(y));
            // each pair is a list of its own
            room((a.len() as i64).saturating_mul(b.len() as i64), 128)?;
            let mut r = Vec::with_capacity(a.len() * b.len());
            for p in &a {
                for q in &b {
                    let p = if p.is_atom() || p.is_func() { p.clone().enlist() } else { p.clone() };
                    r.push(join(p, q.clone())?);
                }
            }
            Ok(Value::collapse(r))
        }
    }
}

/// `ungroup x`
fn ungroup(x: &Value) -> Result<Value> {
    let t = super::dict::flat(x)?.table;
    let n = t.len();
    let nested = |c: &Value| matches!(c, Value::List(_));
    if !t.cols.iter().any(nested) {
        return Ok(Value::Table(Arc::new(t)));
    }
    let mut counts = vec![None; n];
    for c in t.cols.iter().filter(|c| nested(c)) {
        for (i, k) in counts.iter_mut().enumerate() {
            let cell = c.at(i);
            if cell.is_list() || matches!(cell, Value::Table(_)) {
                ensure!(k.is_none() || *k == Some(cell.len()), "length");
                *k = Some(cell.len());
            }
        }
    }
    let counts: Vec<usize> = counts.into_iter().map(|k| k.unwrap_or(1)).collect();
    let spread: Vec<usize> = counts.iter().enumerate().flat_map(|(i, &k)| std::iter::repeat_n(i, k)).collect();
    let cols = t
        .cols
        .iter()
        .map(|c| match c {
            Value::List(l) => {
                let parts: Vec<Value> = l
                    .iter()
                    .zip(&counts)
                    .map(|(v, &k)| {
                        if v.is_list() || matches!(v, Value::Table(_)) {
                            v.clone()
                        } else {
                            repeat(&Value::collapse(vec![v.clone()]), k)
                        }
                    })
                    .collect();
                raze(Value::list(parts))
            }
            c => Ok(c.take_at(&spread)),
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(Value::table(t.names.clone(), cols))
}

/// The attribute as `attr` shows it.
pub fn attr(x: &Value) -> Value {
    let a = match x {
        Value::Vec(v) => v.attr,
        Value::List(l) => l.attr(),
        Value::Dict(d) if d.sorted => Attr::Sorted,
        Value::Table(t) => match t.cols.first() {
            _ if t.sorted => Attr::Sorted,
            Some(Value::Vec(v)) if v.attr == Attr::Sorted => Attr::Sorted,
            _ => Attr::None,
        },
        _ => Attr::None,
    };
    Value::sym(a.letter().map(String::from).unwrap_or_default())
}

/// A vector with attribute `a`, after checking that it holds.
pub fn with_attr(mut v: Arc<Vector>, a: Attr) -> Result<Arc<Vector>> {
    if v.attr == a {
        return Ok(v);
    }
    match a {
        Attr::None => {}
        Attr::Sorted => {
            let up = if v.ty == Ty::Enum {
                match Value::Vec(v.clone()).deenum() {
                    Value::Vec(d) => is_ascending(&d.data, 0),
                    _ => true,
                }
            } else {
                is_ascending(&v.data, 0)
            };
            ensure!(up, "s-fail");
        }
        Attr::Unique => {
            let g = super::set::groups(&Value::Vec(v.clone()));
            ensure!(g.len() == v.len(), "u-fail");
        }
        Attr::Parted => {
            let g = super::set::groups(&Value::Vec(v.clone()));
            let runs = g.ids.windows(2).filter(|w| w[0] != w[1]).count() + usize::from(!g.ids.is_empty());
            ensure!(runs == g.len(), "u-fail");
        }
        Attr::Grouped => {}
    }
    let m = Arc::make_mut(&mut v);
    if !matches!(
        (m.attr, a),
        (Attr::Unique | Attr::Parted | Attr::Grouped, Attr::Unique | Attr::Parted | Attr::Grouped)
    ) {
        m.index = std::sync::OnceLock::new();
    }
    m.attr = a;
    Ok(v)
}

/// `` `s#y`` and the others.
pub fn set_attr(a: Attr, y: Value) -> Result<Value> {
    crate::value::stack::check()?;
    match y {
        Value::Vec(v) => Ok(Value::Vec(with_attr(v, a)?)),
        Value::List(mut l) => {
            if l.attr() == a {
                return Ok(Value::List(l));
            }
            let kept = match a {
                Attr::Sorted | Attr::Unique => a,
                _ => Attr::None,
            };
            match a {
                Attr::None => {}
                Attr::Sorted => ensure!(l.windows(2).all(|w| order(&w[0], &w[1]) != Ordering::Greater), "s-fail"),
                Attr::Unique => {
                    let v = Value::List(l.clone());
                    ensure!(super::set::groups(&v).len() == l.len(), "u-fail");
                }
                // empty columns of no type yet take any attribute and keep none
                _ => ensure!(l.is_empty(), "type"),
            }
            Arc::make_mut(&mut l).mark(kept);
            Ok(Value::List(l))
        }
        Value::Dict(d) => match a {
            Attr::Sorted => {
                let mut d = Arc::try_unwrap(d).unwrap_or_else(|d| d.as_ref().clone());
                d.keys = sorted_keys(d.keys)?;
                d.sorted = true;
                Ok(Value::Dict(Arc::new(d)))
            }
            Attr::None => {
                let mut d = Arc::try_unwrap(d).unwrap_or_else(|d| d.as_ref().clone());
                d.sorted = false;
                d.keys = match d.keys {
                    Value::Vec(v) => Value::Vec(with_attr(v, Attr::None)?),
                    k => k,
                };
                Ok(Value::Dict(Arc::new(d)))
            }
            _ => Err(Error::ty()),
        },
        Value::Table(t) => match a {
            Attr::Sorted => sorted_table(t, true),
            Attr::None => {
                let mut t = Arc::try_unwrap(t).unwrap_or_else(|t| t.as_ref().clone());
                t.sorted = false;
                if let Some(c) = t.cols.first_mut() {
                    *c = set_attr(Attr::None, std::mem::replace(c, Value::Null))?;
                }
                Ok(Value::Table(Arc::new(t)))
            }
            _ => Err(Error::ty()),
        },
        _ => Err(Error::ty()),
    }
}

fn sorted_keys(k: Value) -> Result<Value> {
    match k {
        Value::Table(t) => sorted_table(t, false),
        k => set_attr(Attr::Sorted, k),
    }
}

/// Checks that rows ascend and marks the table; the first column of one that is no key is marked too: sorted when
/// it is the only one, else parted.
fn sorted_table(t: Arc<Table>, parted: bool) -> Result<Value> {
    let g = super::order::grade(&Value::Table(t.clone()), false)?;
    ensure!(g.windows(2).all(|w| w[0] < w[1]), "s-fail");
    let mut t = Arc::try_unwrap(t).unwrap_or_else(|t| t.as_ref().clone());
    let many = t.cols.len() > 1;
    t.sorted = true;
    if parted && let Some(Value::Vec(v)) = t.cols.first().cloned() {
        t.cols[0] = Value::Vec(with_attr(v, if many { Attr::Parted } else { Attr::Sorted })?);
    }
    Ok(Value::Table(Arc::new(t)))
}
