//! Building lists: collapsing general lists to vectors, and joining with reuse of the left side.

use super::{Attr, Data, Dict, Domain, Table, Ty, Value, Vector};
use crate::ensure;
use crate::error::{Error, Result};
use std::sync::Arc;

/// See [`Value::collapse`].
pub fn collapse(items: Vec<Value>) -> Value {
    let Some(first) = items.first() else { return Value::empty() };
    if let Value::Dict(d) = first {
        if let Some(t) = rows_to_table(d, &items) {
            return t;
        }
        return Value::list(items);
    }
    let code = first.type_code();
    if code >= 0 || items.iter().any(|v| v.type_code() != code) {
        return Value::list(items);
    }
    macro_rules! gather {
        ($p:pat => $e:expr) => {{
            let mut out = Vec::with_capacity(items.len());
            out.extend(items.iter().filter_map(|v| if let $p = v { Some($e) } else { None }));
            out.into()
        }};
    }
    let ty = first.ty().unwrap_or(Ty::Long);
    let data = match first {
        Value::U8(..) => Data::U8(gather!(Value::U8(_, x) => *x)),
        Value::I16(_) => Data::I16(gather!(Value::I16(x) => *x)),
        Value::I32(..) => Data::I32(gather!(Value::I32(_, x) => *x)),
        Value::I64(..) => Data::I64(gather!(Value::I64(_, x) => *x)),
        Value::F32(_) => Data::F32(gather!(Value::F32(x) => *x)),
        Value::F64(..) => Data::F64(gather!(Value::F64(_, x) => *x)),
        Value::Sym(_) => Data::Sym(gather!(Value::Sym(x) => *x)),
        Value::Guid(_) => Data::Guid(gather!(Value::Guid(x) => **x)),
        Value::Enum(d, _) => {
            if items.iter().any(|v| !matches!(v, Value::Enum(e, _) if e == d)) {
                return Value::list(items);
            }
            let ix = items.iter().filter_map(|v| if let Value::Enum(_, i) = v { Some(*i) } else { None }).collect();
            return Value::Vec(Arc::new(Vector::enumerated(*d, ix)));
        }
        _ => return Value::list(items),
    };
    Value::vec(ty, data)
}

/// Dictionaries with the same symbol keys are the rows of a table; a table without columns could not count those without keys.
fn rows_to_table(first: &Dict, items: &[Value]) -> Option<Value> {
    let Value::Vec(k) = &first.keys else { return None };
    let Data::Sym(names) = &k.data else { return None };
    if names.is_empty() {
        return None;
    }
    for v in items {
        let Value::Dict(d) = v else { return None };
        let Value::Vec(k) = &d.keys else { return None };
        let Data::Sym(n) = &k.data else { return None };
        if n[..] != names[..] {
            return None;
        }
    }
    let cols = (0..names.len())
        .map(|c| {
            collapse(items.iter().map(|v| if let Value::Dict(d) = v { d.vals.at(c) } else { Value::Null }).collect())
        })
        .collect();
    Some(Value::table(names.to_vec(), cols))
}

impl Value {
    /// As a general list, expanding a vector to atoms. Atoms become one-item lists.
    pub fn into_list(self) -> Vec<Value> {
        match self {
            Value::List(l) => Arc::unwrap_or_clone(l).into_vec(),
            v => v.items(),
        }
    }
}

/// Appends `y` (list, or atom as one item) to list `x` in place where `x` is uniquely owned.
/// Types that differ make a general list, as `,` does. Cost is O(items of `y`) when nothing changes type.
pub fn join(x: Value, y: Value) -> Result<Value> {
    crate::value::stack::check()?;
    match (x, y) {
        (Value::Table(a), Value::Table(b)) => Ok(Value::Table(join_tables(a, &b)?)),
        (Value::Table(a), Value::Dict(d)) if !is_keyed(&d) => {
            let names = d.keys.as_syms().ok_or_else(Error::ty)?;
            let cols = d.vals.items().into_iter().map(Value::enlist).collect();
            let b = conform(&a, Table::new(names, cols))?;
            Ok(Value::Table(join_tables(a, &b)?))
        }
        (Value::Dict(a), Value::Dict(b)) => join_dicts(a, &b),
        (Value::Dict(d), Value::Table(t)) if !is_keyed(&d) => join(Value::Dict(d).enlist(), Value::Table(t)),
        (Value::Dict(d), Value::List(l)) if l.is_empty() => Ok(Value::Dict(d)),
        (Value::List(l), y @ (Value::Dict(_) | Value::Table(_))) if l.is_empty() => Ok(y),
        (Value::Table(t), Value::List(l)) if l.is_empty() => Ok(Value::Table(t)),
        (x @ Value::Dict(_), _) | (_, x @ Value::Dict(_)) if x.is_keyed() => Err(Error::ty()),
        (x, y) => Ok(join_lists(x, y)),
    }
}

fn is_keyed(d: &Dict) -> bool {
    matches!((&d.keys, &d.vals), (Value::Table(_), Value::Table(_)))
}

/// Columns of `b` in the order of `a`; they must be the same set.
fn conform(a: &Table, b: Table) -> Result<Table> {
    if a.names == b.names {
        return Ok(b);
    }
    ensure!(a.names.len() == b.names.len(), "mismatch");
    let cols =
        a.names.iter().map(|&n| b.col(n).cloned()).collect::<Option<Vec<_>>>().ok_or_else(|| Error::new("mismatch"))?;
    Ok(Table::new(a.names.clone(), cols))
}

/// Rows of `b` after those of `a`; the columns must agree by name.
pub fn join_tables(mut a: Arc<Table>, b: &Table) -> Result<Arc<Table>> {
    let b = conform(&a, b.clone())?;
    let t = Arc::make_mut(&mut a);
    t.sorted = false;
    for (x, y) in t.cols.iter_mut().zip(b.cols) {
        let old = std::mem::replace(x, Value::Null);
        *x = join_lists(old, y);
    }
    Ok(a)
}

/// Dictionary upsert: values of `b` replace or follow those of `a`.
fn join_dicts(mut a: Arc<Dict>, b: &Dict) -> Result<Value> {
    ensure!(matches!(&a.keys, Value::Table(_)) == matches!(&b.keys, Value::Table(_)), "type");
    if a.is_empty_general() {
        return Ok(Value::Dict(Arc::new(b.clone())));
    }
    // keyed tables align by the names of all their columns
    for (x, y) in [(&a.keys, &b.keys), (&a.vals, &b.vals)] {
        if let (Value::Table(x), Value::Table(y)) = (x, y) {
            ensure!(x.names.len() == y.names.len() && x.names.iter().all(|&n| y.col(n).is_some()), "mismatch");
        }
    }
    let pos = super::compare::find_all(&a.keys, &b.keys);
    let n = a.keys.len();
    let d = Arc::make_mut(&mut a);
    let mut fresh: Vec<usize> = vec![];
    let mut placed: Vec<(usize, usize)> = vec![];
    for (j, &p) in pos.iter().enumerate() {
        if p < n {
            placed.push((p, j));
        } else {
            fresh.push(j);
        }
    }
    // a key that is new and occurs twice in b: the first adds, later ones replace
    let added = b.keys.take_at(&fresh);
    let again = super::compare::find_all(&added, &added);
    let mut keep = vec![];
    let mut slot = vec![0; again.len()];
    for (k, &first) in again.iter().enumerate() {
        if first == k {
            slot[k] = n + keep.len();
            keep.push(fresh[k]);
        } else {
            slot[k] = slot[first];
            placed.push((slot[first], fresh[k]));
        }
    }
    if !keep.is_empty() {
        d.sorted = false;
        let k = std::mem::replace(&mut d.keys, Value::Null);
        d.keys = join(k, b.keys.take_at(&keep))?;
        let v = std::mem::replace(&mut d.vals, Value::Null);
        let bv = match (&v, &b.vals) {
            (Value::Table(t), Value::Table(u)) => Value::Table(Arc::new(conform(t, u.as_ref().clone())?)),
            (_, w) => w.clone(),
        };
        d.vals = join(v, bv.take_at(&keep))?;
    }
    for (p, j) in placed {
        let v = std::mem::replace(&mut d.vals, Value::Null);
        d.vals = put(v, p, b.vals.at(j))?;
    }
    Ok(Value::Dict(a))
}

impl Dict {
    fn is_empty_general(&self) -> bool {
        matches!((&self.keys, &self.vals), (Value::List(k), Value::List(v)) if k.is_empty() && v.is_empty())
    }
}

/// Replaces item `i` (in range) of a list or row of a table; a value of another type makes the list general.
pub fn put(list: Value, i: usize, item: Value) -> Result<Value> {
    crate::value::stack::check()?;
    match list {
        Value::Table(mut t) => {
            let Value::Dict(d) = &item else { return Err(Error::ty()) };
            let tt = Arc::make_mut(&mut t);
            for k in 0..tt.names.len() {
                let Some(v) = d.get(tt.names[k]) else { continue };
                let c = std::mem::replace(&mut tt.cols[k], Value::Null);
                tt.cols[k] = put(c, i, v)?;
            }
            Ok(Value::Table(t))
        }
        Value::List(mut l) => {
            let slot = Arc::make_mut(&mut l);
            ensure!(i < slot.len(), "length");
            slot[i] = item;
            // a list whose items have come to be of one type is a vector
            let code = slot[i].type_code();
            if code < 0 && slot[0].type_code() == code && slot.iter().all(|v| v.type_code() == code) {
                return Ok(collapse(std::mem::take(slot)));
            }
            Ok(Value::List(l))
        }
        Value::Vec(mut v) => {
            ensure!(i < v.len(), "length");
            let same = item.ty() == Some(v.ty) && item.is_atom();
            if let (true, false) = (same, matches!(&item, Value::Enum(d, _) if *d != v.domain)) {
                let m = Arc::make_mut(&mut v);
                m.attr = Attr::None;
                m.index.take();
                match (&mut m.data, &item) {
                    (Data::U8(b), Value::U8(_, x)) => b.to_mut()[i] = *x,
                    (Data::I16(b), Value::I16(x)) => b.to_mut()[i] = *x,
                    (Data::I32(b), Value::I32(_, x)) => b.to_mut()[i] = *x,
                    (Data::I64(b), Value::I64(_, x) | Value::Enum(_, x)) => b.to_mut()[i] = *x,
                    (Data::F32(b), Value::F32(x)) => b.to_mut()[i] = *x,
                    (Data::F64(b), Value::F64(_, x)) => b.to_mut()[i] = *x,
                    (Data::Sym(b), Value::Sym(x)) => b.to_mut()[i] = *x,
                    (Data::Guid(b), Value::Guid(x)) => b.to_mut()[i] = **x,
                    _ => return Err(Error::ty()),
                }
                return Ok(Value::Vec(v));
            }
            let mut l = Value::Vec(v).into_list();
            l[i] = item;
            Ok(Value::collapse(l))
        }
        _ => Err(Error::ty()),
    }
}

/// Appends `y` to `x` where neither is a dictionary.
pub fn join_lists(x: Value, y: Value) -> Value {
    match (x, y) {
        (Value::List(x), y) if x.is_empty() => {
            if y.is_list() || matches!(y, Value::Table(_)) {
                y
            } else {
                y.enlist()
            }
        }
        (x, Value::List(y)) if y.is_empty() => {
            if x.is_list() || matches!(x, Value::Table(_)) {
                x
            } else {
                x.enlist()
            }
        }
        (Value::Vec(mut x), y) if y.ty() == Some(x.ty) && same_domain(&x, &y) => {
            append(Arc::make_mut(&mut x), &y);
            Value::Vec(x)
        }
        // where a list is involved, symbols and enumerations of different domains become symbols
        (x, y) if (x.is_list() || y.is_list()) && symbols(&x) && symbols(&y) && enumerated(&x) != enumerated(&y) => {
            join_lists(x.deenum(), y.deenum())
        }
        (x, y) if x.is_atom() && x.ty() == y.ty() => {
            let x = match &x {
                Value::Enum(d, i) => Value::Vec(Arc::new(Vector::enumerated(*d, vec![*i]))),
                _ => collapse(vec![x]),
            };
            let unlike = match (&x, &y) {
                (Value::Vec(v), y) => !same_domain(v, y),
                _ => true,
            };
            if unlike {
                let mut l = x.into_list();
                l.extend(y.into_list());
                return Value::list(l);
            }
            join_lists(x, y)
        }
        (Value::List(mut x), y) => {
            let l = Arc::make_mut(&mut x);
            match y {
                Value::List(y) => l.extend(y.iter().cloned()),
                y if y.is_list() || matches!(y, Value::Table(_)) => l.extend(y.items()),
                y => l.push(y),
            }
            Value::List(x)
        }
        (x, y) if matches!(&x, Value::Vec(v) if v.is_empty()) && y.is_list() => y,
        (x, y) if matches!(&y, Value::Vec(v) if v.is_empty()) && x.is_list() => x,
        (x, y) => {
            let flat = |v: Value| match v {
                v @ (Value::Vec(_) | Value::List(_) | Value::Table(_)) => v.into_list(),
                v => vec![v],
            };
            let mut l = flat(x);
            l.extend(flat(y));
            Value::list(l)
        }
    }
}

fn same_domain(x: &Vector, y: &Value) -> bool {
    x.ty != Ty::Enum
        || match y {
            Value::Enum(d, _) => *d == x.domain,
            Value::Vec(v) => v.domain == x.domain,
            _ => false,
        }
}

fn symbols(v: &Value) -> bool {
    matches!(v.ty(), Some(Ty::Sym | Ty::Enum))
        && enumerated(v).is_none_or(|d| d.list().is_none_or(|l| l.ty() == Some(Ty::Sym)))
}

/// The domain of an enumeration.
fn enumerated(v: &Value) -> Option<Domain> {
    match v {
        Value::Enum(d, _) => Some(*d),
        Value::Vec(v) if v.ty == Ty::Enum => Some(v.domain),
        _ => None,
    }
}

/// Appends `y`, an atom or a vector of the same item type, keeping the attribute where the new items allow it.
pub fn append(x: &mut Vector, y: &Value) {
    let n = x.len();
    macro_rules! add {
        ($b:expr, $class:ident, $atom:pat => $e:expr) => {
            match y {
                $atom => $b.to_mut().push($e),
                Value::Vec(v) => match &v.data {
                    Data::$class(s) if s.len() == 1 => $b.to_mut().push(s[0]),
                    Data::$class(s) => $b.to_mut().extend_from_slice(s),
                    _ => {}
                },
                _ => {}
            }
        };
    }
    match &mut x.data {
        Data::U8(b) => add!(b, U8, Value::U8(_, a) => *a),
        Data::I16(b) => add!(b, I16, Value::I16(a) => *a),
        Data::I32(b) => add!(b, I32, Value::I32(_, a) => *a),
        Data::I64(b) => add!(b, I64, Value::I64(_, a) | Value::Enum(_, a) => *a),
        Data::F32(b) => add!(b, F32, Value::F32(a) => *a),
        Data::F64(b) => add!(b, F64, Value::F64(_, a) => *a),
        Data::Sym(b) => add!(b, Sym, Value::Sym(a) => *a),
        Data::Guid(b) => add!(b, Guid, Value::Guid(a) => **a),
    }
    match x.attr {
        Attr::None => {}
        Attr::Grouped => x.reindex(),
        Attr::Sorted => {
            if !super::compare::is_ascending(&x.data, n.saturating_sub(1)) {
                x.attr = Attr::None;
            }
        }
        Attr::Unique => {
            let fresh = {
                let ix = x.index();
                // the index covers the old items only when it was built before the append
                ix.len == n || ix.at.len() == x.data.len()
            };
            x.reindex();
            if !fresh || x.index().at.len() != x.data.len() {
                x.attr = Attr::None;
                x.index.take();
            }
        }
        Attr::Parted => {
            x.attr = Attr::None;
            x.index.take();
        }
    }
}
