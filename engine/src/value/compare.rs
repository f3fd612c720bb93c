//! Equality, order and look-up of whole values.

use super::attr::key_bits;
use super::stack::grow;
use super::{Data, Sym, Ty, Value, Vector};
use rustc_hash::FxHashMap;
use std::cmp::Ordering;

/// q's comparison tolerance: relative 2^-43.
pub const TOLERANCE: f64 = 1.0 / 8_796_093_022_208.0;

/// Equality of floats within q's tolerance; NaN equals NaN.
pub fn float_eq(a: f64, b: f64) -> bool {
    a == b || (a.is_nan() && b.is_nan()) || {
        let d = (a - b).abs();
        d.is_finite() && d <= TOLERANCE * a.abs().max(b.abs()) && a != 0.0 && b != 0.0
    }
}

/// `~`: same type, same shape, same items (floats within tolerance; attributes ignored).
pub fn matches(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::U8(t, x), Value::U8(u, y)) => t == u && x == y,
        (Value::I16(x), Value::I16(y)) => x == y,
        (Value::I32(t, x), Value::I32(u, y)) => t == u && x == y,
        (Value::I64(t, x), Value::I64(u, y)) => t == u && x == y,
        (Value::F32(x), Value::F32(y)) => float_eq(f64::from(*x), f64::from(*y)),
        (Value::F64(t, x), Value::F64(u, y)) => t == u && float_eq(*x, *y),
        (Value::Sym(x), Value::Sym(y)) => x == y,
        (Value::Guid(x), Value::Guid(y)) => x == y,
        (Value::Enum(d, x), Value::Enum(e, y)) => d == e && x == y,
        (Value::Vec(x), Value::Vec(y)) => {
            std::sync::Arc::ptr_eq(x, y) || (x.ty == y.ty && x.domain == y.domain && data_matches(&x.data, &y.data))
        }
        (Value::List(x), Value::List(y)) => {
            std::sync::Arc::ptr_eq(x, y)
                || (x.len() == y.len() && grow(|| x.iter().zip(y.iter()).all(|(a, b)| matches(a, b))))
        }
        (Value::Dict(x), Value::Dict(y)) => grow(|| matches(&x.keys, &y.keys) && matches(&x.vals, &y.vals)),
        (Value::Table(x), Value::Table(y)) => {
            x.names == y.names && grow(|| x.cols.iter().zip(&y.cols).all(|(a, b)| matches(a, b)))
        }
        (Value::Null, Value::Null) | (Value::Elided, Value::Elided) => true,
        (Value::Verb(f, m), Value::Verb(g, n)) => std::ptr::eq(*f, *g) && m == n,
        (Value::Adverb(x), Value::Adverb(y)) => x == y,
        (Value::Lambda(x), Value::Lambda(y)) => {
            std::sync::Arc::ptr_eq(x, y) || (x.text == y.text && x.context == y.context)
        }
        (Value::Proj(x), Value::Proj(y)) => {
            x.args.len() == y.args.len()
                && grow(|| matches(&x.func, &y.func) && x.args.iter().zip(&y.args).all(|(a, b)| matches(a, b)))
        }
        (Value::Compose(x), Value::Compose(y)) => {
            x.len() == y.len() && grow(|| x.iter().zip(y.iter()).all(|(a, b)| matches(a, b)))
        }
        (Value::Derived(x), Value::Derived(y)) => x.adverb == y.adverb && grow(|| matches(&x.func, &y.func)),
        _ => false,
    }
}

fn data_matches(a: &Data, b: &Data) -> bool {
    match (a, b) {
        (Data::U8(x), Data::U8(y)) => x[..] == y[..],
        (Data::I16(x), Data::I16(y)) => x[..] == y[..],
        (Data::I32(x), Data::I32(y)) => x[..] == y[..],
        (Data::I64(x), Data::I64(y)) => x[..] == y[..],
        (Data::F32(x), Data::F32(y)) => {
            x.len() == y.len() && x.iter().zip(y.iter()).all(|(a, b)| float_eq(f64::from(*a), f64::from(*b)))
        }
        (Data::F64(x), Data::F64(y)) => x.len() == y.len() && x.iter().zip(y.iter()).all(|(a, b)| float_eq(*a, *b)),
        (Data::Sym(x), Data::Sym(y)) => x[..] == y[..],
        (Data::Guid(x), Data::Guid(y)) => x[..] == y[..],
        _ => false,
    }
}

/// Total order of floats with the null first.
pub fn float_order(a: f64, b: f64) -> Ordering {
    match (a.is_nan(), b.is_nan()) {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        _ => a.partial_cmp(&b).unwrap_or(Ordering::Equal),
    }
}

/// Order of two items of one buffer, nulls first.
pub fn order_at(d: &Data, i: usize, j: usize) -> Ordering {
    match d {
        Data::U8(v) => v[i].cmp(&v[j]),
        Data::I16(v) => v[i].cmp(&v[j]),
        Data::I32(v) => v[i].cmp(&v[j]),
        Data::I64(v) => v[i].cmp(&v[j]),
        Data::F32(v) => float_order(f64::from(v[i]), f64::from(v[j])),
        Data::F64(v) => float_order(v[i], v[j]),
        Data::Sym(v) => v[i].cmp(&v[j]),
        Data::Guid(v) => v[i].cmp(&v[j]),
    }
}

/// True if the items from `from` on ascend (equal neighbours allowed).
pub fn is_ascending(d: &Data, from: usize) -> bool {
    (from + 1..d.len()).all(|i| order_at(d, i - 1, i) != Ordering::Greater)
}

/// A total order over all values, for sorting general lists: atoms of one type by value, lists of one type item by
/// item then by length, otherwise by type number.
pub fn order(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::U8(t, x), Value::U8(u, y)) if t == u => x.cmp(y),
        (Value::I16(x), Value::I16(y)) => x.cmp(y),
        (Value::I32(t, x), Value::I32(u, y)) if t == u => x.cmp(y),
        (Value::I64(t, x), Value::I64(u, y)) if t == u => x.cmp(y),
        (Value::F32(x), Value::F32(y)) => float_order(f64::from(*x), f64::from(*y)),
        (Value::F64(t, x), Value::F64(u, y)) if t == u => float_order(*x, *y),
        (Value::Sym(x), Value::Sym(y)) => x.cmp(y),
        (Value::Guid(x), Value::Guid(y)) => x.cmp(y),
        (Value::Enum(d, x), Value::Enum(e, y)) if d == e => order(&d.at(*x), &e.at(*y)),
        (Value::Enum(d, _), Value::Enum(e, _)) => d.0.cmp(&e.0),
        // lists of different types by type: an order by items would not be total beside what is no list
        (Value::Vec(x), Value::Vec(y)) if (x.ty, x.domain) != (y.ty, y.domain) => {
            x.ty.code().cmp(&y.ty.code()).then_with(|| x.domain.0.cmp(&y.domain.0))
        }
        (Value::Vec(_), Value::Vec(_)) | (Value::List(_), Value::List(_)) => {
            let n = a.len().min(b.len());
            for i in 0..n {
                let o = grow(|| order(&a.at(i), &b.at(i)));
                if o != Ordering::Equal {
                    return o;
                }
            }
            a.len().cmp(&b.len())
        }
        (Value::Dict(x), Value::Dict(y)) => grow(|| order(&x.vals, &y.vals)),
        (Value::Table(_), Value::Table(_)) => {
            let n = a.len().min(b.len());
            for i in 0..n {
                let o = grow(|| order(&a.at(i), &b.at(i)));
                if o != Ordering::Equal {
                    return o;
                }
            }
            a.len().cmp(&b.len())
        }
        _ => {
            // a step function stands with the other dictionaries
            let code = |v: &Value| if v.type_code() == 127 { 99 } else { v.type_code() };
            code(a).abs().cmp(&code(b).abs()).then(code(a).cmp(&code(b)))
        }
    }
}

/// A value reduced to bytes, equal for values that `~` calls equal (exact bits for floats).
/// Serves as a hash key for rows and general items.
pub fn key_bytes(v: &Value, out: &mut Vec<u8>) {
    match v {
        Value::Enum(d, i) => key_bytes(&d.at(*i), out),
        Value::Vec(x) if x.ty == Ty::Enum => key_bytes(&v.deenum(), out),
        Value::Vec(x) => {
            out.push(x.ty as u8);
            out.extend_from_slice(&(x.len() as u64).to_le_bytes());
            for i in 0..x.len() {
                out.extend_from_slice(&key_bits(&x.data, i).to_le_bytes());
            }
        }
        Value::List(l) => {
            out.push(0);
            out.extend_from_slice(&(l.len() as u64).to_le_bytes());
            grow(|| l.iter().for_each(|x| key_bytes(x, out)));
        }
        Value::Dict(d) => {
            out.push(99);
            grow(|| {
                key_bytes(&d.keys, out);
                key_bytes(&d.vals, out);
            });
        }
        Value::Table(t) => {
            out.push(98);
            t.names.iter().for_each(|n| out.extend_from_slice(&n.0.to_le_bytes()));
            grow(|| t.cols.iter().for_each(|c| key_bytes(c, out)));
        }
        Value::Lambda(l) => {
            out.push(100);
            out.extend_from_slice(l.text.as_bytes());
        }
        Value::Verb(f, m) => {
            out.push(if *m { 101 } else { 102 });
            out.extend_from_slice(f.name.as_bytes());
        }
        _ => {
            out.push(v.type_code().to_le_bytes()[0]);
            let one = Value::collapse(vec![v.clone()]);
            if let Value::Vec(x) = &one {
                out.extend_from_slice(&key_bits(&x.data, 0).to_le_bytes());
            }
        }
    }
}

/// For each item of `what`, the position of its first occurrence in `list`, or `list.len()`.
/// Both are lists (or both tables with the same columns); an enumeration compares by its symbols.
pub fn find_all(list: &Value, what: &Value) -> Vec<usize> {
    let n = list.len();
    match (list, what) {
        (Value::Vec(a), Value::Vec(b)) if a.ty == b.ty && a.domain == b.domain => find_vector(a, b),
        (Value::Vec(a), Value::Vec(b)) if a.ty == Ty::Enum || b.ty == Ty::Enum => {
            find_all(&list.deenum(), &what.deenum())
        }
        (Value::Table(a), Value::Table(b)) => {
            let cols: Option<Vec<Value>> = a.names.iter().map(|&c| b.col(c).cloned()).collect();
            let Some(cols) = cols else { return vec![n; what.len()] };
            if let ([x], [y]) = (&a.cols[..], &cols[..]) {
                return find_all(x, y);
            }
            find_rows(&a.cols, &cols, n, what.len())
        }
        _ => {
            let mut seen: FxHashMap<Vec<u8>, usize> = FxHashMap::default();
            for i in 0..n {
                let mut k = vec![];
                key_bytes(&list.at(i), &mut k);
                seen.entry(k).or_insert(i);
            }
            let mut k = vec![];
            (0..what.len())
                .map(|i| {
                    k.clear();
                    key_bytes(&what.at(i), &mut k);
                    seen.get(&k).copied().unwrap_or(n)
                })
                .collect()
        }
    }
}

/// Rows by several columns at once: the first of the `n` rows of `a` that each of the `m` rows of `b` equals.
fn find_rows(a: &[Value], b: &[Value], n: usize, m: usize) -> Vec<usize> {
    const NONE: u32 = u32::MAX;
    let mut pairs = Vec::with_capacity(a.len());
    for (x, y) in a.iter().zip(b) {
        let pair = match (x, y) {
            (Value::Vec(p), Value::Vec(q)) if p.ty == q.ty && p.domain == q.domain => (x.clone(), y.clone()),
            _ => (x.deenum(), y.deenum()),
        };
        if let (Value::Vec(p), Value::Vec(q)) = (&pair.0, &pair.1)
            && p.ty != q.ty
        {
            return vec![n; m];
        }
        pairs.push(pair);
    }
    // a column that has its items indexed already names the few rows to compare in the rest
    let indexed = pairs.iter().enumerate().filter_map(|(k, (x, _))| match x {
        Value::Vec(v) if matches!(v.attr, super::Attr::Unique | super::Attr::Grouped) => Some((k, v.index())),
        _ => None,
    });
    if let Some((k, ix)) = indexed.max_by_key(|(_, ix)| ix.at.len()) {
        return (0..m)
            .map(|j| {
                let Value::Vec(y) = &pairs[k].1 else { return n };
                let rows = ix.at.get(&key_bits(&y.data, j)).map_or(&[][..], |p| p);
                let same = |i: usize| pairs.iter().all(|(x, y)| same_item(x, i, y, j));
                rows.iter().map(|&i| i as usize).find(|&i| same(i)).unwrap_or(n)
            })
            .collect();
    }
    if m <= 8 {
        return (0..m)
            .map(|j| {
                let mut rows = same_items(&pairs[0], j, n);
                rows.find(|&i| pairs[1..].iter().all(|(x, y)| same_item(x, i, y, j))).unwrap_or(n)
            })
            .collect();
    }
    // column by column, rows that agree so far share a number
    let mut at_a = vec![0u32; n];
    let mut at_b = vec![0u32; m];
    for (x, y) in &pairs {
        let mut texts: FxHashMap<Vec<u8>, u128> = FxHashMap::default();
        let mut bits = |c: &Value, i: usize| {
            if let Value::Vec(v) = c {
                key_bits(&v.data, i)
            } else {
                let mut k = vec![];
                key_bytes(&c.at(i), &mut k);
                let next = texts.len() as u128;
                *texts.entry(k).or_insert(next)
            }
        };
        let mut ids: FxHashMap<(u32, u128), u32> = FxHashMap::default();
        for (i, g) in at_a.iter_mut().enumerate() {
            let next = ids.len() as u32;
            *g = *ids.entry((*g, bits(x, i))).or_insert(next);
        }
        for (j, g) in at_b.iter_mut().enumerate() {
            if *g != NONE {
                *g = ids.get(&(*g, bits(y, j))).copied().unwrap_or(NONE);
            }
        }
    }
    let mut first = vec![n; n];
    for (i, &g) in at_a.iter().enumerate().rev() {
        first[g as usize] = i;
    }
    at_b.into_iter().map(|g| first.get(g as usize).copied().unwrap_or(n)).collect()
}

fn same_item(x: &Value, i: usize, y: &Value, j: usize) -> bool {
    match (x, y) {
        (Value::Vec(p), Value::Vec(q)) => key_bits(&p.data, i) == key_bits(&q.data, j),
        _ => matches(&x.at(i), &y.at(j)),
    }
}

/// Positions of the first of the pair that equal item `j` of the second, ascending.
fn same_items<'a>(pair: &'a (Value, Value), j: usize, n: usize) -> Box<dyn Iterator<Item = usize> + 'a> {
    macro_rules! scan {
        ($x:expr, $y:expr) => {{
            let want = $y[j];
            Box::new($x.iter().enumerate().filter(move |(_, w)| **w == want).map(|(i, _)| i))
        }};
    }
    if let (Value::Vec(p), Value::Vec(q)) = (&pair.0, &pair.1) {
        match (&p.data, &q.data) {
            (Data::I32(x), Data::I32(y)) => return scan!(x, y),
            (Data::I64(x), Data::I64(y)) => return scan!(x, y),
            (Data::Sym(x), Data::Sym(y)) => return scan!(x, y),
            _ => {}
        }
    }
    Box::new((0..n).filter(move |&i| same_item(&pair.0, i, &pair.1, j)))
}

fn find_vector(a: &Vector, b: &Vector) -> Vec<usize> {
    let n = a.len();
    // few items: a scan for each is quicker than a table of all
    let indexed = matches!(a.attr, super::Attr::Unique | super::Attr::Grouped);
    if b.len() <= 8 && a.index.get().is_none() && !indexed {
        macro_rules! scan {
            ($x:expr, $y:expr) => {
                return $y.iter().map(|v| $x.iter().position(|w| w == v).unwrap_or(n)).collect()
            };
        }
        match (&a.data, &b.data) {
            (Data::I32(x), Data::I32(y)) => scan!(x, y),
            (Data::I64(x), Data::I64(y)) => scan!(x, y),
            (Data::Sym(x), Data::Sym(y)) => scan!(x, y),
            _ => {
                if b.len() == 1 {
                    let k = key_bits(&b.data, 0);
                    return vec![(0..n).find(|&i| key_bits(&a.data, i) == k).unwrap_or(n)];
                }
            }
        }
    }
    if indexed || (a.index.get().is_some() && a.attr != super::Attr::None) {
        let ix = a.index();
        return (0..b.len())
            .map(|j| ix.at.get(&key_bits(&b.data, j)).and_then(|p| p.first()).map_or(n, |&p| p as usize))
            .collect();
    }
    macro_rules! by_hash {
        ($x:expr, $y:expr, $k:expr) => {{
            let mut seen = FxHashMap::with_capacity_and_hasher($x.len().min(1 << 20), rustc_hash::FxBuildHasher);
            for (i, v) in $x.iter().enumerate() {
                seen.entry($k(v)).or_insert(i);
            }
            $y.iter().map(|v| seen.get(&$k(v)).copied().unwrap_or(n)).collect()
        }};
    }
    match (&a.data, &b.data) {
        (Data::U8(x), Data::U8(y)) => {
            let mut first = [n; 256];
            for (i, &v) in x.iter().enumerate().rev() {
                first[v as usize] = i;
            }
            y.iter().map(|&v| first[v as usize]).collect()
        }
        (Data::I16(x), Data::I16(y)) => by_hash!(x, y, |v: &i16| *v),
        (Data::I32(x), Data::I32(y)) => by_hash!(x, y, |v: &i32| *v),
        (Data::I64(x), Data::I64(y)) => by_hash!(x, y, |v: &i64| *v),
        (Data::Sym(x), Data::Sym(y)) => by_hash!(x, y, |v: &Sym| v.0),
        _ => {
            let mut seen: FxHashMap<u128, usize> = FxHashMap::default();
            for i in 0..n {
                seen.entry(key_bits(&a.data, i)).or_insert(i);
            }
            (0..b.len()).map(|j| seen.get(&key_bits(&b.data, j)).copied().unwrap_or(n)).collect()
        }
    }
}
