//! Sets: `distinct union inter except in`, and the grouping of values that other verbs build on.

use crate::ensure;
use crate::error::{Error, Result};
use crate::kernel::keys::{self, Key};
use crate::kernel::search::{self, Groups};
use crate::value::compare::{find_all, key_bytes};
use crate::value::convert::in_width_of;
use crate::value::join::join;
use crate::value::{Attr, Data, Host, Ty, Value, Vector, Verb};

pub static VERBS: &[Verb] = &[
    Verb {
        name: "distinct",
        glyph: "?:",
        monad: Some(|_, x| distinct(x)),
        doc: "items of x without repetition, in order of first appearance",
        examples: &[("distinct 2 3 7 3 5 3", "2 3 7 5"), ("distinct \"mississippi\"", "\"misp\"")],
        ..Verb::BLANK
    },
    Verb {
        name: "union",
        dyad: Some(|_, x, y| union(x, y)),
        infix: true,
        doc: "distinct items of x and y together",
        examples: &[("1 2 3 3 6 union 2 4 6 8", "1 2 3 6 4 8")],
        ..Verb::BLANK
    },
    Verb {
        name: "inter",
        dyad: Some(|h, x, y| inter(h, x, y)),
        infix: true,
        doc: "items of x that are items of y",
        examples: &[("1 3 4 2 inter 2 3 5 7 11", "3 2"), ("1 2 3 1 4 inter 4 1 4", "1 1 4")],
        ..Verb::BLANK
    },
    Verb {
        name: "except",
        dyad: Some(|h, x, y| except(h, x, y)),
        infix: true,
        doc: "items of x that are not (items of) y",
        examples: &[("1 2 3 except 2", "1 3"), ("1 2 3 4 1 3 except 2 3", "1 4 1")],
        ..Verb::BLANK
    },
    Verb {
        name: "in",
        dyad: Some(|_, x, y| is_in(&x, &y)),
        infix: true,
        doc: "whether x is an item of y, item by item where y is a vector",
        examples: &[("1 3 7 6 4 in 5 4 1 6", "10011b"), ("\"wx\" in (\"acdexyz\";\"wx\")", "1b")],
        ..Verb::BLANK
    },
];

/// Groups of the items of a list, or of the rows of a table: equal items (exactly equal floats) share a number.
pub fn groups(v: &Value) -> Groups {
    match v {
        Value::Vec(x) => groups_of(x),
        Value::Table(t) => group_cols(&t.cols, t.len()),
        Value::Dict(d) => groups(&d.vals),
        Value::List(l) => search::by_hash(l.len(), |i| {
            let mut k = vec![];
            key_bytes(&l[i], &mut k);
            k
        }),
        _ => Groups::single(v.len()),
    }
}

/// Groups of rows by all of `cols`; each column has `n` items.
pub fn group_cols(cols: &[Value], n: usize) -> Groups {
    match cols {
        [one] => groups(one),
        _ => keys::group(&cols.iter().map(key).collect::<Vec<_>>(), n),
    }
}

/// A column as one of several keys.
pub fn key(col: &Value) -> Key<'_> {
    match col {
        Value::Vec(v) => plain_key(&v.data),
        other => Key::Groups(groups(other)),
    }
}

fn plain_key(data: &Data) -> Key<'_> {
    match data {
        Data::U8(v) => Key::Bytes(v),
        Data::I16(v) => Key::Shorts(v),
        Data::I32(v) => Key::Ints(v),
        // equal indexes are equal symbols; a domain has no repetitions
        Data::I64(v) => Key::Longs(v),
        Data::Sym(v) => Key::Syms(v),
        Data::F32(v) => Key::Reals(v),
        Data::F64(v) => Key::Floats(v),
        Data::Guid(v) => Key::Groups(search::by_hash(v.len(), |i| v[i])),
    }
}

/// [`groups`] of a vector.
pub fn groups_of(x: &Vector) -> Groups {
    keys::group(&[plain_key(&x.data)], x.len())
}

/// Items of a list at positions; a general list whose picked items have one type becomes a vector.
pub fn pick(v: &Value, at: &[usize]) -> Value {
    match v {
        Value::List(l) => {
            Value::collapse(at.iter().map(|&i| l.get(i).cloned().unwrap_or_else(|| v.null_item())).collect())
        }
        _ => v.take_at(at),
    }
}

/// `distinct x`
pub fn distinct(x: Value) -> Result<Value> {
    crate::value::stack::check()?;
    match x {
        Value::Vec(v) if v.attr == Attr::Unique || v.len() < 2 => {
            Ok(Value::Vec(std::sync::Arc::new(v.as_ref().clone().plain())))
        }
        Value::Dict(d) => distinct(d.vals.clone()),
        Value::Vec(_) | Value::List(_) | Value::Table(_) => {
            let g = groups(&x);
            Ok(if g.len() == x.len() { drop_attr(x) } else { x.take_at(&g.first) })
        }
        _ => Err(Error::ty()),
    }
}

fn drop_attr(x: Value) -> Value {
    match x {
        Value::Vec(v) if v.attr != Attr::None => Value::Vec(std::sync::Arc::new(v.as_ref().clone().plain())),
        x => x,
    }
}

fn union(x: Value, y: Value) -> Result<Value> {
    let x = if x.is_atom() { x.enlist() } else { x };
    distinct(join(x, y)?)
}

/// Positions of the items of `x` for which membership of `y` equals `want`.
fn positions_in(x: &Value, y: &Value, want: bool) -> Result<Vec<usize>> {
    let y = match y {
        Value::Dict(d) if !y.is_keyed() => d.vals.clone(),
        y => y.clone(),
    };
    let flags: Vec<bool> = match (x, &y) {
        (Value::List(l), y) if y.is_list() => {
            let (l, ys): (Vec<Value>, Vec<Value>) = (l.to_vec(), y.items());
            let (n, a, b) = (ys.len(), Value::list(ys), Value::list(l));
            find_all(&a, &b).into_iter().map(|p| p < n).collect()
        }
        (Value::List(l), y) => l.iter().map(|v| crate::value::compare::matches(v, y)).collect(),
        (Value::Vec(_), Value::List(l)) if !l.is_empty() => {
            let n = l.len();
            find_all(&y, x).into_iter().map(|p| p < n).collect()
        }
        _ => match is_in(x, &y)? {
            Value::U8(_, b) => vec![b != 0; x.len()],
            Value::Vec(v) => match &v.data {
                Data::U8(b) => b.iter().map(|&b| b != 0).collect(),
                _ => return Err(Error::ty()),
            },
            v if v.is_empty() => vec![],
            _ => return Err(Error::ty()),
        },
    };
    Ok((0..flags.len()).filter(|&i| flags[i] == want).collect())
}

fn inter(h: &mut dyn Host, x: Value, y: Value) -> Result<Value> {
    select(h, x, y, true)
}

fn except(h: &mut dyn Host, x: Value, y: Value) -> Result<Value> {
    select(h, x, y, false)
}

fn select(_h: &mut dyn Host, x: Value, y: Value, want: bool) -> Result<Value> {
    let x = match x {
        Value::Dict(d) => d.vals.clone(),
        x => x,
    };
    ensure!(x.is_list() || matches!(x, Value::Table(_)), "type");
    let at = positions_in(&x, &y, want)?;
    Ok(if at.len() == x.len() { drop_attr(x) } else { pick(&x, &at) })
}

fn numeric(v: &Value) -> bool {
    v.ty().is_some_and(Ty::is_numeric)
}

/// `x in y`
pub fn is_in(x: &Value, y: &Value) -> Result<Value> {
    crate::value::stack::check()?;
    match (x, y) {
        (Value::List(l), _) if l.is_empty() => Ok(Value::bools8(vec![])),
        (Value::Dict(d), _) if !x.is_keyed() && !matches!(y, Value::Table(_) | Value::List(_)) => {
            Ok(Value::dict(d.keys.clone(), is_in(&d.vals, y)?))
        }
        (_, Value::Dict(d)) if !y.is_keyed() => is_in(x, &d.vals),
        (Value::List(l), y) if y.is_atom() || matches!(y, Value::Vec(_)) => {
            Ok(Value::collapse(l.iter().map(|v| is_in(v, y)).collect::<Result<_>>()?))
        }
        (x, y) if y.is_atom() => is_in(x, &y.clone().enlist()),
        (x, Value::Vec(_)) => {
            let atom = x.is_atom();
            let a = if atom { Value::collapse(vec![x.clone()]) } else { x.clone() };
            let flags = member(&a, y)?;
            Ok(if atom { Value::bool(flags.first().is_some_and(|&b| b != 0)) } else { Value::bools8(flags) })
        }
        (x, Value::List(l)) if l.is_empty() => Ok(match x {
            Value::Vec(v) => Value::bools8(vec![0; v.len()]),
            Value::List(v) => Value::bools8(vec![0; v.len()]),
            _ => Value::bool(false),
        }),
        (x, y) => {
            let n = y.len() as i64;
            let found = super::find::find(y.clone(), x.clone())?;
            below(&found, n)
        }
    }
}

/// Positions to flags: whether each is less than `n`.
fn below(v: &Value, n: i64) -> Result<Value> {
    crate::value::stack::check()?;
    match v {
        Value::List(l) => Ok(Value::collapse(l.iter().map(|v| below(v, n)).collect::<Result<_>>()?)),
        Value::Vec(_) => {
            let v = v.longs_ref().ok_or_else(Error::ty)?;
            Ok(Value::bools8(v.iter().map(|&p| u8::from(p < n)).collect()))
        }
        v => Ok(Value::bool(v.as_long().ok_or_else(Error::ty)? < n)),
    }
}

fn member(x: &Value, y: &Value) -> Result<Vec<u8>> {
    crate::value::stack::check()?;
    let (Value::Vec(a), Value::Vec(b)) = (x, y) else { return Err(Error::ty()) };
    if a.ty == Ty::Enum || b.ty == Ty::Enum {
        if a.ty == Ty::Enum
            && b.ty == Ty::Enum
            && a.domain == b.domain
            && let (Data::I64(x), Data::I64(y)) = (&a.data, &b.data)
        {
            return Ok(search::member(x, y));
        }
        let (p, q) = (x.deenum(), y.deenum());
        ensure!(p.ty() != Some(Ty::Enum) && q.ty() != Some(Ty::Enum), "type");
        return member(&p, &q);
    }
    if a.ty != b.ty {
        // whole numbers of different widths
        if let (Some(p), Some(q)) = (in_width_of(Ty::Long, a), in_width_of(Ty::Long, b)) {
            return member(&p, &q);
        }
        // q compares numbers of different types only with a single one
        ensure!(b.len() == 1 && numeric(x) && numeric(y), "type");
        let want = y.at(0).as_float().ok_or_else(Error::ty)?;
        return Ok((0..a.len())
            .map(|i| x.at(i).as_float().is_some_and(|f| crate::value::compare::float_eq(f, want)))
            .map(u8::from)
            .collect());
    }
    if b.index.get().is_some() && b.attr != Attr::None {
        let ix = b.index();
        return Ok((0..a.len())
            .map(|i| u8::from(ix.at.contains_key(&crate::value::attr::key_bits(&a.data, i))))
            .collect());
    }
    Ok(match (&a.data, &b.data) {
        (Data::U8(x), Data::U8(y)) => {
            let mut set = [0u8; 256];
            y.iter().for_each(|&c| set[c as usize] = 1);
            x.iter().map(|&c| set[c as usize]).collect()
        }
        (Data::I16(x), Data::I16(y)) => search::member(x, y),
        (Data::I32(x), Data::I32(y)) => search::member(x, y),
        (Data::I64(x), Data::I64(y)) => search::member(x, y),
        (Data::Sym(x), Data::Sym(y)) => search::member(x, y),
        (Data::Guid(x), Data::Guid(y)) => search::member(x, y),
        (x, y) => {
            let bits = |d: &Data| (0..d.len()).map(|i| crate::value::attr::key_bits(d, i)).collect::<Vec<u128>>();
            search::member(&bits(x), &bits(y))
        }
    })
}
