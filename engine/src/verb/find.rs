//! Search: `?` in its two- and three-argument forms, `bin binr`, `group xgroup`, `fby`.

use super::set::{self, groups, pick};
use crate::ensure;
use crate::error::{Error, Result};
use crate::value::compare::{find_all, matches, order};
use crate::value::{Data, Domain, Host, Sym, Ty, Value, Vector, Verb};
use std::cmp::Ordering;
use std::sync::Arc;

pub static VERBS: &[Verb] = &[
    Verb {
        name: "?",
        dyad: Some(query),
        variad: Some(query_many),
        infix: true,
        doc: "find y in x; roll and deal (n?y); extend an enumeration (`sym?y); ?[b;y;z] picks by b; ?[t;c;b;a] selects",
        examples: &[
            ("10 -8 3 5 -1 2 3?3 17", "2 7"),
            ("(\"abc\";\"de\")?\"de\"", "1"),
            ("?[11001b;1 2 3 4 5;10 20 30 40 50]", "1 2 30 40 5"),
        ],
        ..Verb::BLANK
    },
    Verb {
        name: "bin",
        dyad: Some(|_, x, y| bin(&x, &y, false)),
        infix: true,
        doc: "position of the last item of sorted x that is not above y; -1 if all are",
        examples: &[("0 2 4 6 8 10 bin -10 0 4 5 6 20", "-1 0 2 2 3 5")],
        ..Verb::BLANK
    },
    Verb {
        name: "binr",
        dyad: Some(|_, x, y| bin(&x, &y, true)),
        infix: true,
        doc: "position of the first item of sorted x that is not below y",
        examples: &[("0 1 1 2 binr 0 1 2", "0 1 3")],
        ..Verb::BLANK
    },
    Verb {
        name: "group",
        glyph: "=:",
        monad: Some(|_, x| group(&x)),
        doc: "dictionary from the distinct items of x to their positions",
        examples: &[("group \"mississippi\"", "\"misp\"!(enlist 0;1 4 7 10;2 3 5 6;8 9)")],
        ..Verb::BLANK
    },
    Verb {
        name: "xgroup",
        dyad: Some(|_, x, y| xgroup(&x, &y)),
        infix: true,
        doc: "table y keyed by columns x, the other columns collected into lists",
        examples: &[("`a xgroup ([]a:0 0 1;b:1 2 3)", "([a:0 1]b:(1 2;enlist 3))")],
        ..Verb::BLANK
    },
    Verb {
        name: "fby",
        dyad: Some(fby),
        infix: true,
        doc: "(f;d) fby g: f of the items of d that share a value of g, for each item",
        examples: &[("(sum;2 5 4 1 7) fby \"abbac\"", "3 9 9 3 7")],
        ..Verb::BLANK
    },
];

fn query(h: &mut dyn Host, x: Value, y: Value) -> Result<Value> {
    match &x {
        Value::Sym(s) if s.bytes().first() == Some(&b':') => super::file::enum_extend_file(h, *s, y),
        Value::Sym(s) => enum_extend(h, *s, y),
        Value::I64(Ty::Long, _) | Value::I32(Ty::Int, _) | Value::I16(_) => super::random::roll(h, &x, &y),
        _ => find(x, y),
    }
}

fn query_many(h: &mut dyn Host, mut args: Vec<Value>) -> Result<Value> {
    ensure!(args.len() >= 3, "rank");
    let flags = matches!(&args[0], Value::U8(Ty::Bool, _)) || matches!(&args[0], Value::Vec(v) if v.ty == Ty::Bool);
    if args.len() == 3 && flags {
        let (z, y, x) = (args.remove(2), args.remove(1), args.remove(0));
        return choose(&x, &y, &z);
    }
    if args.len() == 3 {
        // ?[t;i;p]: the value of a parse tree over some rows
        let t = super::index::index(h, &args[0], &args[1])?;
        return h.sql(false, vec![t, Value::empty(), Value::empty(), args.remove(2)]);
    }
    h.sql(false, args)
}

/// `` `name?y``: appends what is missing to the global and enumerates `y` against it, keeping its attribute.
fn enum_extend(h: &mut dyn Host, name: Sym, y: Value) -> Result<Value> {
    crate::value::stack::check()?;
    let attr = match &y {
        Value::Vec(v) => v.attr,
        _ => crate::value::Attr::None,
    };
    let y = y.deenum();
    let known = h.peek(name);
    let is_sym = |v: &Value| v.ty() == Some(Ty::Sym) || matches!(v, Value::List(l) if l.is_empty());
    if !is_sym(&y) {
        // lists of symbol lists enumerate item by item
        if let Value::List(l) = &y {
            return Ok(Value::collapse(l.iter().map(|v| enum_extend(h, name, v.clone())).collect::<Result<_>>()?));
        }
    }
    ensure!(is_sym(&y), "type");
    let list = match known {
        None => Value::empty_of(Ty::Sym),
        Some(Value::List(l)) if l.is_empty() => Value::empty_of(Ty::Sym),
        Some(v) => v,
    };
    ensure!(matches!(&list, Value::Vec(v) if v.ty == Ty::Sym), "type");
    let atom = y.is_atom();
    let what = if atom {
        y.enlist()
    } else if y.is_empty() {
        Value::empty_of(Ty::Sym)
    } else {
        y
    };
    let n = list.len();
    let mut at = find_all(&list, &what);
    let missing: Vec<usize> = (0..at.len()).filter(|&i| at[i] >= n).collect();
    if missing.is_empty() {
        Domain(name).set(list.clone());
        if h.peek(name).is_none() {
            h.set(name, list)?;
        }
    } else {
        let fresh = set::distinct(what.take_at(&missing))?;
        let again = find_all(&fresh, &what.take_at(&missing));
        for (k, &i) in missing.iter().enumerate() {
            at[i] = n + again[k];
        }
        drop(list);
        let old = match h.peek(name) {
            Some(_) => h.take(name)?,
            None => Value::empty_of(Ty::Sym),
        };
        let new = crate::value::join::join(old, fresh)?;
        Domain(name).set(new.clone());
        h.set(name, new)?;
    }
    let ix: Vec<i64> = at.iter().map(|&p| p as i64).collect();
    if atom {
        return Ok(Value::Enum(Domain(name), ix.first().copied().unwrap_or(i64::MIN)));
    }
    let mut v = Vector::enumerated(Domain(name), ix);
    v.attr = attr;
    Ok(Value::Vec(Arc::new(v)))
}

/// How many levels of list: atoms 0, vectors 1, general lists one more than their first item.
fn depth(v: &Value) -> usize {
    let (mut v, mut n) = (v, 0);
    while let Value::List(l) = v {
        n += 1;
        let Some(first) = l.first() else { return n };
        v = first;
    }
    n + usize::from(matches!(v, Value::Vec(_) | Value::Table(_)))
}

/// `x?y` where `x` is a list, dictionary or table: the first position of `y`, or of each of its items.
pub fn find(x: Value, y: Value) -> Result<Value> {
    crate::value::stack::check()?;
    match &x {
        Value::Vec(v) => find_in_vector(&x, v, &y),
        Value::List(l) => {
            let level = l.first().map_or(0, depth);
            Ok(find_in_list(&x, level, &y))
        }
        Value::Dict(d) => {
            let at = find(d.vals.clone(), y)?;
            index_by(&d.keys, &at)
        }
        Value::Table(t) => {
            let (rows, one) = rows_like(t, &y)?;
            if let Value::Table(r) = &rows {
                let symbol = |t: Option<Ty>| matches!(t, Some(Ty::Sym | Ty::Enum));
                for (c, w) in t.cols.iter().zip(&r.cols) {
                    let fits =
                        c.ty() == w.ty() || c.ty().is_none() || w.ty().is_none() || symbol(c.ty()) && symbol(w.ty());
                    ensure!(fits || c.is_empty() || w.is_empty(), "type");
                }
            }
            let at = find_all(&x, &rows);
            Ok(if one { Value::count(at.first().copied().unwrap_or(x.len())) } else { Value::positions(&at) })
        }
        _ => Err(Error::ty()),
    }
}

/// Keys at found positions, of the shape of the positions.
fn index_by(keys: &Value, at: &Value) -> Result<Value> {
    crate::value::stack::check()?;
    match at {
        Value::List(l) => Ok(Value::collapse(l.iter().map(|a| index_by(keys, a)).collect::<Result<_>>()?)),
        Value::Vec(_) => {
            let at: Vec<usize> = at
                .longs_ref()
                .ok_or_else(Error::ty)?
                .iter()
                .map(|&p| usize::try_from(p).unwrap_or(usize::MAX))
                .collect();
            Ok(pick(keys, &at))
        }
        a => Ok(keys.at(a.as_long().and_then(|p| usize::try_from(p).ok()).unwrap_or(usize::MAX))),
    }
}

/// `y` as rows of the table `t` (a table with its columns), and whether it was a single row.
pub fn rows_like(t: &crate::value::Table, y: &Value) -> Result<(Value, bool)> {
    match y {
        Value::Table(u) => {
            let cols = t.names.iter().map(|&n| u.col(n).cloned().ok_or_else(|| Error::new("mismatch")));
            Ok((Value::table(t.names.clone(), cols.collect::<Result<_>>()?), false))
        }
        Value::Dict(d) if !y.is_keyed() => {
            let cols = t
                .names
                .iter()
                .map(|&n| d.get(n).map(|v| Value::collapse(vec![v])).ok_or_else(|| Error::new("mismatch")));
            Ok((Value::table(t.names.clone(), cols.collect::<Result<_>>()?), true))
        }
        Value::List(_) | Value::Vec(_) => {
            let items = y.items();
            ensure!(items.len() == t.names.len(), "length");
            let one =
                items.iter().zip(&t.cols).all(|(v, c)| v.is_atom() || (matches!(c, Value::List(_)) && !v.is_atom()));
            if one {
                let cols = items.into_iter().map(|v| Value::collapse(vec![v])).collect();
                return Ok((Value::table(t.names.clone(), cols), true));
            }
            let n = items.iter().find(|v| v.is_list()).map_or(1, Value::len);
            let cols = items
                .into_iter()
                .map(|v| if v.is_list() { v } else { v.enlist().take_at(&vec![0; n]) })
                .collect::<Vec<_>>();
            ensure!(cols.iter().all(|c| c.len() == n), "length");
            Ok((Value::table(t.names.clone(), cols), false))
        }
        _ => Err(Error::ty()),
    }
}

fn find_in_vector(x: &Value, v: &Vector, y: &Value) -> Result<Value> {
    crate::value::stack::check()?;
    let same = |ty: Ty| ty == v.ty || matches!((ty, v.ty), (Ty::Enum, Ty::Sym) | (Ty::Sym, Ty::Enum));
    match y {
        Value::List(l) => {
            if l.first().is_some_and(Value::is_atom) {
                return Err(Error::ty());
            }
            let parts = l.iter().map(|i| find_in_vector(x, v, i)).collect::<Result<Vec<_>>>()?;
            Ok(if parts.is_empty() { Value::longs(vec![]) } else { Value::collapse(parts) })
        }
        Value::Vec(w) => {
            if let Some(t) = wider(v.ty, w.ty) {
                return find(super::cast::cast(t, x.clone())?, super::cast::cast(t, y.clone())?);
            }
            ensure!(same(w.ty) || w.is_empty(), "type");
            Ok(Value::positions(&find_all(x, y)))
        }
        Value::Dict(d) if !y.is_keyed() => Ok(Value::dict(d.keys.clone(), find_in_vector(x, v, &d.vals)?)),
        _ if y.is_atom() => {
            if let Some(t) = y.ty().and_then(|t| wider(v.ty, t)) {
                return find(super::cast::cast(t, x.clone())?, super::cast::cast(t, y.clone())?);
            }
            ensure!(y.ty().is_some_and(same), "type");
            Ok(Value::count(find_one(x, v, y)))
        }
        _ => Err(Error::ty()),
    }
}

/// The wider of two different integer types.
fn wider(a: Ty, b: Ty) -> Option<Ty> {
    let width = |t: Ty| match t {
        Ty::Short => Some(2),
        Ty::Int => Some(4),
        Ty::Long => Some(8),
        _ => None,
    };
    let (m, n) = (width(a)?, width(b)?);
    (m != n).then_some(if m > n { a } else { b })
}

/// First position of an atom, without building a look-up table.
fn find_one(x: &Value, v: &Vector, y: &Value) -> usize {
    let n = v.len();
    macro_rules! scan {
        ($b:expr, $y:expr) => {
            $b.iter().position(|x| x == $y).unwrap_or(n)
        };
    }
    let indexed = v.attr != crate::value::Attr::None;
    if v.attr == crate::value::Attr::Sorted
        && v.ty != Ty::Enum
        && let Value::Vec(w) = Value::collapse(vec![y.clone()])
    {
        let below =
            crate::kernel::search::last_where(0, n, n / 2, |i| order_across(&v.data, i, &w.data, 0) == Ordering::Less);
        let p = below.map_or(0, |p| p + 1);
        return if p < n && order_across(&v.data, p, &w.data, 0) == Ordering::Equal { p } else { n };
    }
    if !indexed && v.ty != Ty::Enum {
        match (&v.data, y) {
            (Data::U8(b), Value::U8(_, c)) => return memchr::memchr(*c, b).unwrap_or(n),
            (Data::I16(b), Value::I16(c)) => return scan!(b, c),
            (Data::I32(b), Value::I32(_, c)) => return scan!(b, c),
            (Data::I64(b), Value::I64(_, c)) => return scan!(b, c),
            (Data::Sym(b), Value::Sym(c)) => return scan!(b, c),
            (Data::Guid(b), Value::Guid(c)) => return scan!(b, c.as_ref()),
            _ => {}
        }
    }
    let at = find_all(x, &Value::collapse(vec![y.clone()]));
    at.first().copied().unwrap_or(n)
}

fn find_in_list(x: &Value, level: usize, y: &Value) -> Value {
    let d = depth(y);
    if d == level {
        let Value::List(l) = x else { return Value::count(x.len()) };
        return Value::count(l.iter().position(|v| equal(v, y)).unwrap_or(l.len()));
    }
    match y {
        Value::Vec(_) | Value::List(_) if d > level => {
            // many items against many: one hash serves all that are exactly of the level
            let items = y.items();
            if items.len() > 8 && items.iter().all(|v| depth(v) == level) {
                return Value::positions(&find_all(x, &Value::list(items)));
            }
            let r: Vec<Value> = items.iter().map(|v| find_in_list(x, level, v)).collect();
            if r.is_empty() { Value::longs(vec![]) } else { Value::collapse(r) }
        }
        _ => Value::count(x.len()),
    }
}

fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Enum(..), _) | (_, Value::Enum(..)) => matches(&a.deenum(), &b.deenum()),
        _ => matches(a, b),
    }
}

/// `?[x;y;z]`: `y` where `x`, else `z`.
fn choose(x: &Value, y: &Value, z: &Value) -> Result<Value> {
    let list = |v: &Value| v.is_list() || matches!(v, Value::Table(_) | Value::Dict(_));
    // one condition picks one of two wholes, which need not conform
    if let Value::U8(_, b) = x
        && list(y) == list(z)
    {
        return Ok(if *b != 0 { y.clone() } else { z.clone() });
    }
    let n = [x, y, z].into_iter().find(|v| list(v)).map_or(1, Value::len);
    ensure!([x, y, z].into_iter().all(|v| !list(v) || v.len() == n), "length");
    let spread = |v: &Value| if list(v) { v.clone() } else { Value::collapse(vec![v.clone()]).take_at(&vec![0; n]) };
    let flags: Vec<u8> = match x {
        Value::U8(_, b) => vec![*b; n],
        Value::Vec(v) => match &v.data {
            Data::U8(b) => b.to_vec(),
            _ => return Err(Error::ty()),
        },
        _ => return Err(Error::ty()),
    };
    let (y, z) = (spread(y), spread(z));
    let (y, z) = match (&y, &z) {
        (Value::Vec(a), Value::Vec(b)) if a.ty != b.ty || a.domain != b.domain => (y.deenum(), z.deenum()),
        _ => (y, z),
    };
    merge(&flags, &y, &z)
}

/// `a` where the flag is set, else `b`; lists of one length.
pub fn merge(flags: &[u8], a: &Value, b: &Value) -> Result<Value> {
    if let (Value::Vec(x), Value::Vec(y)) = (a, b) {
        ensure!(x.ty == y.ty || x.is_empty(), "type");
        macro_rules! mix {
            ($x:expr, $y:expr) => {
                flags.iter().enumerate().map(|(i, &f)| if f != 0 { $x[i] } else { $y[i] }).collect::<Vec<_>>().into()
            };
        }
        if x.domain == y.domain {
            let data = match (&x.data, &y.data) {
                (Data::U8(p), Data::U8(q)) => Data::U8(mix!(p, q)),
                (Data::I16(p), Data::I16(q)) => Data::I16(mix!(p, q)),
                (Data::I32(p), Data::I32(q)) => Data::I32(mix!(p, q)),
                (Data::I64(p), Data::I64(q)) => Data::I64(mix!(p, q)),
                (Data::F32(p), Data::F32(q)) => Data::F32(mix!(p, q)),
                (Data::F64(p), Data::F64(q)) => Data::F64(mix!(p, q)),
                (Data::Sym(p), Data::Sym(q)) => Data::Sym(mix!(p, q)),
                (Data::Guid(p), Data::Guid(q)) => Data::Guid(mix!(p, q)),
                _ => return Err(Error::ty()),
            };
            return Ok(Value::Vec(Arc::new(x.like(data))));
        }
    }
    Ok(Value::collapse(flags.iter().enumerate().map(|(i, &f)| if f != 0 { a.at(i) } else { b.at(i) }).collect()))
}

/// Order of two items of two buffers of one class, nulls first.
pub fn order_across(a: &Data, i: usize, b: &Data, j: usize) -> Ordering {
    match (a, b) {
        (Data::U8(x), Data::U8(y)) => x[i].cmp(&y[j]),
        (Data::I16(x), Data::I16(y)) => x[i].cmp(&y[j]),
        (Data::I32(x), Data::I32(y)) => x[i].cmp(&y[j]),
        (Data::I64(x), Data::I64(y)) => x[i].cmp(&y[j]),
        (Data::F32(x), Data::F32(y)) => crate::value::compare::float_order(f64::from(x[i]), f64::from(y[j])),
        (Data::F64(x), Data::F64(y)) => crate::value::compare::float_order(x[i], y[j]),
        (Data::Sym(x), Data::Sym(y)) => x[i].cmp(&y[j]),
        (Data::Guid(x), Data::Guid(y)) => x[i].cmp(&y[j]),
        _ => Ordering::Equal,
    }
}

/// `x bin y`, `x binr y`
fn bin(x: &Value, y: &Value, right: bool) -> Result<Value> {
    crate::value::stack::check()?;
    match x {
        Value::Vec(v) if v.ty == Ty::Enum => bin(&x.deenum(), y, right),
        Value::Vec(v) => bin_vector(v, &y.deenum(), right),
        Value::List(l) => bin_list(l, l.first().map_or(0, depth), y, right),
        Value::Dict(d) => match &d.vals {
            Value::Table(_) => {
                let at = bin(&d.vals, y, right)?;
                match &at {
                    Value::Vec(_) => index_by(&d.keys, &at),
                    a => Ok(d.keys.at(a.as_long().and_then(|p| usize::try_from(p).ok()).unwrap_or(usize::MAX))),
                }
            }
            vals => index_by(&d.keys, &bin(vals, y, right)?),
        },
        Value::Table(t) => {
            let (rows, one) = rows_like(t, y)?;
            let Value::Table(rows) = rows else { return Err(Error::ty()) };
            let at = super::asof::asof_rows(t, &rows, t.names.len(), right)?;
            let at: Vec<i64> = at.into_iter().map(|p| p.map_or(i64::MIN, |p| p as i64)).collect();
            Ok(if one { Value::long(at.first().copied().unwrap_or(i64::MIN)) } else { Value::longs(at) })
        }
        _ => Err(Error::ty()),
    }
}

fn bin_vector(v: &Vector, y: &Value, right: bool) -> Result<Value> {
    crate::value::stack::check()?;
    match y {
        Value::List(l) => {
            Ok(Value::collapse(l.iter().map(|i| bin_vector(v, &i.deenum(), right)).collect::<Result<_>>()?))
        }
        Value::Dict(d) if !y.is_keyed() => Ok(Value::dict(d.keys.clone(), bin_vector(v, &d.vals, right)?)),
        Value::Vec(w) => {
            ensure!(w.ty == v.ty, "type");
            use crate::kernel::asof::{bin_many, binr_many};
            macro_rules! typed {
                ($($class:ident)*) => {
                    match (&v.data, &w.data) {
                        $((Data::$class(s), Data::$class(k)) => if right { binr_many(s, k) } else { bin_many(s, k) },)*
                        _ => return Err(Error::ty()),
                    }
                };
            }
            let at = typed!(U8 I16 I32 I64 F32 F64 Sym Guid);
            Ok(Value::longs(at))
        }
        _ if y.is_atom() => {
            let one = y.clone().enlist();
            Ok(bin_vector(v, &one, right)?.at(0))
        }
        _ => Err(Error::ty()),
    }
}

fn bin_list(l: &[Value], level: usize, y: &Value, right: bool) -> Result<Value> {
    crate::value::stack::check()?;
    if depth(y) > level {
        return Ok(Value::collapse(y.items().iter().map(|v| bin_list(l, level, v, right)).collect::<Result<_>>()?));
    }
    let p = l.partition_point(|v| {
        let o = order(v, y);
        if right { o == Ordering::Less } else { o != Ordering::Greater }
    });
    Ok(Value::long(p as i64 - i64::from(!right)))
}

/// `group x`
fn group(x: &Value) -> Result<Value> {
    let (list, keys) = match x {
        Value::Dict(d) => (d.vals.clone(), Some(d.keys.clone())),
        Value::Vec(_) | Value::List(_) | Value::Table(_) => (x.clone(), None),
        _ => return Err(Error::ty()),
    };
    let g = groups(&list);
    let m = g.members();
    let vals = (0..g.len())
        .map(|k| match &keys {
            Some(keys) => keys.take_at(&m.of(k).iter().map(|&p| p as usize).collect::<Vec<_>>()),
            None => Value::longs(m.of(k).iter().map(|&p| i64::from(p)).collect()),
        })
        .collect();
    Ok(Value::dict(list.take_at(&g.first), Value::list(vals)))
}

/// `x xgroup y`
fn xgroup(x: &Value, y: &Value) -> Result<Value> {
    let by = super::dict::names_of(x)?;
    let t = super::dict::flat(y)?.table;
    let key_at = super::dict::positions(&t, &by)?;
    let keys: Vec<Value> = key_at.iter().map(|&i| t.cols[i].clone()).collect();
    let g = set::group_cols(&keys, t.len());
    let m = g.members();
    let firsts = Value::table(by.clone(), keys.iter().map(|k| k.take_at(&g.first)).collect());
    let sorted = super::order::grade(&firsts, false)?;
    let rest: Vec<usize> = (0..t.names.len()).filter(|i| !key_at.contains(i)).collect();
    let cols = rest
        .iter()
        .map(|&c| {
            Value::list(
                sorted
                    .iter()
                    .map(|&k| pick(&t.cols[c], &m.of(k).iter().map(|&p| p as usize).collect::<Vec<_>>()))
                    .collect(),
            )
        })
        .collect();
    let names = rest.iter().map(|&c| t.names[c]).collect();
    Ok(Value::dict(firsts.take_at(&sorted), Value::table(names, cols)))
}

/// `(f;d) fby g`
fn fby(h: &mut dyn Host, x: Value, g: Value) -> Result<Value> {
    let args = x.items();
    ensure!(x.is_list() && args.len() == 2, "type");
    let (f, d) = (&args[0], &args[1]);
    ensure!(g.is_list() || matches!(g, Value::Table(_)), "type");
    ensure!(d.is_list() || matches!(d, Value::Table(_)), "type");
    ensure!(d.len() == g.len(), "length");
    let gr = groups(&g);
    if let (Value::Verb(v, _), false) = (f, gr.is_empty())
        && let Some(r) = super::agg::grouped(v.name, &gr.ids, gr.len(), std::slice::from_ref(d))
    {
        return Ok(r.spread(&gr.ids));
    }
    let m = gr.members();
    let mut results = Vec::with_capacity(gr.len());
    for k in 0..gr.len() {
        let at: Vec<usize> = m.of(k).iter().map(|&p| p as usize).collect();
        results.push(h.call(f, vec![pick(d, &at)])?);
    }
    if results.is_empty() {
        return Ok(d.slice(0, 0));
    }
    if results.iter().all(|r| !r.is_list()) {
        let r = Value::collapse(results);
        return Ok(r.spread(&gr.ids));
    }
    // a list a group: its items go back to the places they came from
    let n = d.len();
    let mut slots = vec![Value::Null; n];
    for (k, r) in results.iter().enumerate() {
        let at = m.of(k);
        ensure!(!r.is_list() || r.len() == at.len(), "length");
        for (j, &p) in at.iter().enumerate() {
            slots[p as usize] = r.at(j);
        }
    }
    Ok(Value::collapse(slots))
}
