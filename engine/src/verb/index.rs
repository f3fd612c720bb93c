//! Indexing: `x[i]`, `x[i;j]`, `x i`, at any depth and of any value.

use crate::error::{Error, Result};
use crate::value::compare::{find_all, matches};
use crate::value::memory;
use crate::value::{Class, Data, Dict, Host, Sym, Ty, Value, Verb};

pub static VERBS: &[Verb] = &[];

/// Positions of an integer list; negative and null ones are out of range.
pub fn positions(ix: &Value) -> Option<Vec<usize>> {
    let Value::Vec(v) = ix else { return None };
    if matches!(v.ty, Ty::Char | Ty::Sym | Ty::Enum | Ty::Guid) || v.ty.is_floating() || v.ty.is_temporal() {
        return None;
    }
    let pos = |i: i64| usize::try_from(i).unwrap_or(usize::MAX);
    Some(match &v.data {
        Data::U8(x) => x.iter().map(|&i| i as usize).collect(),
        Data::I16(x) => x.iter().map(|&i| pos(i64::from(i))).collect(),
        Data::I32(x) => x.iter().map(|&i| pos(i64::from(i))).collect(),
        Data::I64(x) => x.iter().map(|&i| pos(i)).collect(),
        _ => return None,
    })
}

/// One position from an integer atom.
pub fn position(ix: &Value) -> Option<usize> {
    match ix {
        Value::U8(Ty::Bool | Ty::Byte, b) => Some(*b as usize),
        Value::I16(_) | Value::I32(Ty::Int, _) | Value::I64(Ty::Long, _) => {
            Some(usize::try_from(ix.as_long()?).unwrap_or(usize::MAX))
        }
        _ => None,
    }
}

/// `v[i]`
pub fn index(host: &mut dyn Host, v: &Value, i: &Value) -> Result<Value> {
    match i {
        Value::Null | Value::Elided => return Ok(v.clone()),
        _ => {}
    }
    match v {
        Value::Vec(_) | Value::List(_) => list(host, v, i),
        Value::Dict(d) => dict(host, d, i),
        Value::Table(t) => {
            if let Some(k) = position(i) {
                return Ok(t.row(k));
            }
            if let Some(p) = positions(i) {
                memory::room_like(p.len(), v)?;
                return Ok(v.take_at(&p));
            }
            match i {
                Value::Sym(_) | Value::Enum(..) => {
                    let n = i.as_sym().unwrap_or_default();
                    // the flip of a dictionary: a name that is not there gives what the dictionary would
                    Ok(t.col(n).cloned().unwrap_or_else(|| t.cols.first().map_or_else(Value::empty, |c| c.slice(0, 0))))
                }
                Value::Vec(x) if x.ty == Ty::Sym => {
                    let cols = i
                        .as_syms()
                        .unwrap_or_default()
                        .into_iter()
                        .map(|n| t.col(n).cloned().ok_or_else(|| Error::new(n.text().into_owned())))
                        .collect::<Result<Vec<_>>>()?;
                    Ok(Value::list(cols))
                }
                Value::List(l) => Ok(Value::collapse(l.iter().map(|k| index(host, v, k)).collect::<Result<Vec<_>>>()?)),
                _ => Err(Error::ty()),
            }
        }
        Value::Parts(p) => {
            if let Some(n) = i.as_sym() {
                let mut out = p.prototype(n)?;
                for k in 0..p.parts().len() {
                    out = crate::value::join::join(out, p.column(k, n)?)?;
                }
                return Ok(out);
            }
            super::qsql::rows_of_parts(p.as_ref().as_ref(), i)
        }
        // anything else is applied
        f => host.call(f, vec![i.clone()]),
    }
}

fn list(host: &mut dyn Host, v: &Value, i: &Value) -> Result<Value> {
    crate::value::stack::check()?;
    if let Some(k) = position(i) {
        return Ok(v.at(k));
    }
    if let Some(p) = positions(i) {
        memory::room_like(p.len(), v)?;
        let r = v.take_at(&p);
        return Ok(match r {
            Value::List(l) => Value::collapse(l.to_vec()),
            r => r,
        });
    }
    match i {
        Value::List(l) => Ok(Value::collapse(l.iter().map(|k| index(host, v, k)).collect::<Result<Vec<_>>>()?)),
        Value::Dict(d) => Ok(Value::dict(d.keys.clone(), index(host, v, &d.vals)?)),
        Value::Table(t) => {
            let cols = t.cols.iter().map(|c| index(host, v, c)).collect::<Result<Vec<_>>>()?;
            Ok(Value::table(t.names.clone(), cols))
        }
        Value::Vec(x) if x.is_empty() => Ok(v.slice(0, 0)),
        // a list of tables or dictionaries indexed by name yields each one's item
        Value::Sym(_) if matches!(v, Value::List(_)) => {
            Ok(Value::collapse(v.items().iter().map(|x| index(host, x, i)).collect::<Result<Vec<_>>>()?))
        }
        _ => Err(Error::ty()),
    }
}

/// Positions of keys: one position for a single key, several for a list of keys.
pub enum Found {
    One(usize),
    Many(Vec<usize>),
}

/// The position of the one row asked for; a row without columns is nowhere.
fn single(found: Vec<usize>, n: usize) -> usize {
    found.first().copied().unwrap_or(n)
}

/// Where `i` stands among the keys of a dictionary; `keys.len()` where it does not.
pub fn find_key(d: &Dict, i: &Value) -> Result<Found> {
    let n = d.keys.len();
    let many = |list: &Value| -> Vec<usize> { if d.sorted { step(&d.keys, list, n) } else { find_all(&d.keys, list) } };
    Ok(match &d.keys {
        Value::Table(t) => match i {
            Value::Dict(r) => {
                let one = Value::Dict(r.clone()).enlist();
                Found::One(single(many(&one), n))
            }
            Value::Table(_) => Found::Many(many(i)),
            _ if t.cols.len() == 1 => {
                if i.is_atom() {
                    let one = Value::table(t.names.clone(), vec![conform(&t.cols[0], i.clone().enlist())]);
                    Found::One(single(many(&one), n))
                } else if matches!(&t.cols[0], Value::List(_)) && i.is_string() {
                    let one = Value::table(t.names.clone(), vec![Value::list(vec![i.clone()])]);
                    Found::One(single(many(&one), n))
                } else if let Value::List(l) = i {
                    // rows given as one-item lists
                    if l.iter().all(|r| r.is_list() && r.len() == 1) {
                        let col = Value::collapse(l.iter().map(|r| r.at(0)).collect());
                        Found::Many(many(&Value::table(t.names.clone(), vec![conform(&t.cols[0], col)])))
                    } else {
                        Found::Many(many(&Value::table(t.names.clone(), vec![i.clone()])))
                    }
                } else {
                    if i.len() == 1 {
                        let one = Value::table(t.names.clone(), vec![conform(&t.cols[0], i.clone())]);
                        return Ok(Found::One(single(many(&one), n)));
                    }
                    // a list is one row: keys are looked up together as a table, or as one-item rows
                    return Err(Error::length());
                }
            }
            _ if i.is_list() => {
                let items = i.items();
                if items.iter().all(|x| x.is_list() && x.len() == t.cols.len())
                    && !items.is_empty()
                    && !items[0].is_string()
                {
                    // a list of rows
                    let cols = (0..t.cols.len())
                        .map(|c| conform(&t.cols[c], Value::collapse(items.iter().map(|r| r.at(c)).collect())))
                        .collect();
                    Found::Many(many(&Value::table(t.names.clone(), cols)))
                } else {
                    crate::ensure!(items.len() == t.cols.len(), "length");
                    let cols = items
                        .into_iter()
                        .zip(&t.cols)
                        .map(|(x, c)| conform(c, if x.is_atom() { x.enlist() } else { Value::list(vec![x]) }))
                        .collect();
                    Found::One(single(many(&Value::table(t.names.clone(), cols)), n))
                }
            }
            _ => return Err(Error::ty()),
        },
        Value::List(keys) => {
            let nested = keys.iter().any(Value::is_list);
            if i.is_atom() || matches!(i, Value::Dict(_)) || i.is_func() {
                Found::One(keys.iter().position(|k| matches(k, i)).unwrap_or(n))
            } else if nested && keys.iter().any(|k| k.is_list() && matches!(i, Value::Vec(_))) {
                Found::One(keys.iter().position(|k| matches(k, i)).unwrap_or(n))
            } else {
                Found::Many(many(i))
            }
        }
        k => {
            if i.is_atom() {
                let one = conform(k, i.clone().enlist());
                Found::One(single(many(&one), n))
            } else if i.is_list() {
                Found::Many(many(&conform(k, i.clone())))
            } else {
                return Err(Error::ty());
            }
        }
    })
}

/// A look-up list with the item type of the keys, so that `1i` finds `1`.
fn conform(keys: &Value, list: Value) -> Value {
    let (Some(a), Some(b)) = (keys.ty(), list.ty()) else { return list };
    if a == b || matches!(a, Ty::Enum | Ty::Sym) || matches!(b, Ty::Enum | Ty::Sym) {
        return list;
    }
    if a.class() == Class::I64
        && !matches!(b, Ty::Char)
        && b.is_integral() | matches!(b, Ty::Bool | Ty::Byte)
        && !b.is_temporal()
        && a == Ty::Long
    {
        let v = list.items().iter().map(|x| x.as_long().unwrap_or(i64::MIN)).collect();
        return Value::longs(v);
    }
    list
}

/// For a step dictionary: the last key not above each item.
fn step(keys: &Value, list: &Value, n: usize) -> Vec<usize> {
    (0..list.len())
        .map(|j| {
            let x = list.at(j);
            let mut lo = 0;
            let mut hi = n;
            while lo < hi {
                let mid = usize::midpoint(lo, hi);
                if crate::value::compare::order(&keys.at(mid), &x) == std::cmp::Ordering::Greater {
                    hi = mid;
                } else {
                    lo = mid + 1;
                }
            }
            if lo == 0 { n } else { lo - 1 }
        })
        .collect()
}

/// Position of a symbol or number of the very type of the keys, without more ado; None to look it up as anything else.
pub(super) fn quick_key(d: &Dict, i: &Value) -> Option<usize> {
    let Value::Vec(k) = &d.keys else { return None };
    if d.sorted || k.ty == Ty::Enum || k.len() > 64 {
        return None;
    }
    match (&k.data, i) {
        (Data::Sym(s), Value::Sym(i)) => s.iter().position(|x| x == i),
        (Data::I64(s), Value::I64(t, i)) if *t == k.ty => s.iter().position(|x| x == i),
        (Data::I32(s), Value::I32(t, i)) if *t == k.ty => s.iter().position(|x| x == i),
        _ => None,
    }
}

fn dict(host: &mut dyn Host, d: &Dict, i: &Value) -> Result<Value> {
    if let Some(p) = quick_key(d, i) {
        return Ok(d.vals.at(p));
    }
    crate::value::stack::check()?;
    if let Value::List(l) = i {
        let table_rows = matches!(&d.keys, Value::Table(_));
        let nested_keys = matches!(&d.keys, Value::List(_));
        if !table_rows && !nested_keys {
            return Ok(Value::collapse(l.iter().map(|k| dict(host, d, k)).collect::<Result<Vec<_>>>()?));
        }
        if nested_keys && l.iter().any(Value::is_list) {
            // each item is a key
            return Ok(Value::collapse(l.iter().map(|k| dict(host, d, k)).collect::<Result<Vec<_>>>()?));
        }
    }
    if let Value::Dict(r) = i
        && !matches!(&d.keys, Value::Table(_))
    {
        return Ok(Value::dict(r.keys.clone(), dict(host, d, &r.vals)?));
    }
    match find_key(d, i)? {
        Found::One(p) => Ok(if p < d.keys.len() { d.vals.at(p) } else { missing(d) }),
        Found::Many(p) => {
            let n = d.keys.len();
            if p.iter().any(|&k| k >= n) && matches!(&d.vals, Value::List(_)) {
                let m = missing(d);
                return Ok(Value::collapse(p.iter().map(|&k| if k < n { d.vals.at(k) } else { m.clone() }).collect()));
            }
            Ok(match d.vals.take_at(&p) {
                Value::List(l) => Value::collapse(l.to_vec()),
                v => v,
            })
        }
    }
}

fn missing(d: &Dict) -> Value {
    // namespaces start with a `::`; what follows decides the null
    match &d.vals {
        Value::List(l) if matches!(l.first(), Some(Value::Null)) => Value::Null,
        v => v.null_item(),
    }
}

/// `v[i;j;…]`
pub fn index_deep(host: &mut dyn Host, v: &Value, args: &[Value]) -> Result<Value> {
    // as many items come out as there are ways through the lists of indexes
    let ways = args.iter().filter(|a| a.is_list()).fold(1i64, |n, a| n.saturating_mul(a.len().max(1) as i64));
    crate::value::memory::room(ways, size_of::<Value>())?;
    along_path(host, v, args)
}

fn along_path(host: &mut dyn Host, v: &Value, args: &[Value]) -> Result<Value> {
    crate::value::stack::check()?;
    let Some((first, rest)) = args.split_first() else { return Ok(v.clone()) };
    if rest.is_empty() {
        return index(host, v, first);
    }
    if let (Value::Table(_), Some(_)) = (v, rest.first().filter(|c| matches!(c, Value::Sym(_)))) {
        // rows and a column: the column first
        let col = index(host, v, &rest[0])?;
        let mut path = vec![first.clone()];
        path.extend_from_slice(&rest[1..]);
        return along_path(host, &col, &path);
    }
    let many = match first {
        Value::Null | Value::Elided => true,
        // keys of a keyed table: one row each
        f => f.is_list() && !is_single_key(v, f) || matches!(f, Value::Table(_)),
    };
    if !many {
        let item = index(host, v, first)?;
        return deeper(host, &item, rest);
    }
    if let (Value::Table(t), Value::Vec(names)) = (v, &rest[0])
        && names.ty == Ty::Sym
    {
        let cols: Vec<Sym> = rest[0].as_syms().unwrap_or_default();
        let sub = cols
            .iter()
            .map(|&n| {
                let c = t.col(n).cloned().ok_or_else(|| Error::new(n.text().into_owned()))?;
                index(host, &c, first)
            })
            .collect::<Result<Vec<_>>>()?;
        let n = sub.first().map_or(0, Value::len);
        return Ok(Value::collapse((0..n).map(|r| Value::collapse(sub.iter().map(|c| c.at(r)).collect())).collect()));
    }
    let picked = match first {
        Value::Null | Value::Elided => v.clone(),
        f => index(host, v, f)?,
    };
    match &picked {
        Value::Dict(d) if matches!(first, Value::Null | Value::Elided) => {
            let items = d.vals.items();
            let out = items.iter().map(|x| deeper(host, x, rest)).collect::<Result<Vec<_>>>()?;
            Ok(Value::dict(d.keys.clone(), Value::collapse(out)))
        }
        p => {
            let items = p.items();
            if items.is_empty() {
                // of no rows a column has no items, of its type
                return match (p, rest) {
                    (Value::Table(_), [c @ Value::Sym(_)]) => index(host, p, c),
                    _ => Ok(p.clone()),
                };
            }
            Ok(Value::collapse(items.iter().map(|x| deeper(host, x, rest)).collect::<Result<Vec<_>>>()?))
        }
    }
}

fn deeper(host: &mut dyn Host, v: &Value, rest: &[Value]) -> Result<Value> {
    match v {
        Value::Vec(_) | Value::List(_) | Value::Dict(_) | Value::Table(_) | Value::Parts(_) => {
            index_deep(host, v, rest)
        }
        f if f.is_func() => host.call(f, rest.to_vec()),
        Value::Sym(_) => host.call(v, rest.to_vec()),
        _ => Err(Error::rank()),
    }
}

/// A list that is one key of a dictionary (a row of a keyed table, a string among string keys).
fn is_single_key(v: &Value, i: &Value) -> bool {
    match v {
        Value::Dict(d) => match &d.keys {
            Value::Table(t) => t.cols.len() > 1 && i.len() == t.cols.len() && !matches!(i.at(0), Value::Vec(_)),
            Value::List(_) => matches!(find_key(d, i), Ok(Found::One(_))),
            _ => false,
        },
        _ => false,
    }
}
