//! Amend and trap: the many forms of `@` and `.`, and the amending behind indexed assignment.

use super::index::{Found, find_key, position, positions};
use crate::ensure;
use crate::error::{Error, Result};
use crate::value::func::Trap;
use crate::value::join::{join, put};
use crate::value::memory;
use crate::value::{Attr, Data, Host, Sym, Ty, Value, Verb};
use std::sync::Arc;

pub static VERBS: &[Verb] = &[
    Verb {
        name: "@",
        dyad: Some(apply_at),
        variad: Some(at_many),
        infix: true,
        doc: "apply or index: f@x; amend: @[x;i;f], @[x;i;f;y]; trap: @[f;x;e]",
        examples: &[("@[1 2 3;1;+;10]", "1 12 3"), ("@[{'`bad};0;{x}]", "\"bad\""), ("10 20 30@1", "20")],
        ..Verb::BLANK
    },
    Verb {
        name: ".",
        dyad: Some(apply_dot),
        variad: Some(dot_many),
        infix: true,
        doc: "apply to a list of arguments, index at depth: f . x; amend: .[x;i;f;y]; trap: .[f;x;e]",
        examples: &[("{x+y} . 1 2", "3"), (".[(1 2;3 4);1 0;:;9]", "(1 2;9 4)")],
        ..Verb::BLANK
    },
    Verb {
        name: ":",
        dyad: Some(|_, _, y| Ok(y)),
        infix: true,
        doc: "assign; as a value, the function that returns its right argument",
        ..Verb::BLANK
    },
];

/// `x ::`: a function applied to `::`, anything else, also what cannot be applied, as it is.
pub static WHOLE: Verb = Verb {
    name: "::",
    monad: Some(|h, x| if x.is_func() { h.call(&x, vec![Value::Null]) } else { Ok(x) }),
    ..Verb::BLANK
};

fn apply_at(host: &mut dyn Host, f: Value, x: Value) -> Result<Value> {
    host.call(&f, vec![x])
}

fn apply_dot(host: &mut dyn Host, f: Value, args: Value) -> Result<Value> {
    crate::value::stack::check()?;
    match (&f, &args) {
        (_, Value::Null) => host.call(&f, vec![Value::Null]),
        // a file path has a special form, a namespace and a table are reached by name
        (Value::Sym(_), _) => {
            let v = named(host, &f)?;
            apply_dot(host, v, args)
        }
        _ => {
            let a = match args {
                Value::Dict(d) => vec![Value::Dict(d)],
                a if a.is_list() => a.items(),
                _ => return Err(Error::ty()),
            };
            if a.is_empty() {
                if f.is_func() {
                    return host.call(&f, vec![Value::Null]);
                }
                return Ok(f);
            }
            host.call(&f, a)
        }
    }
}

fn named(host: &mut dyn Host, f: &Value) -> Result<Value> {
    let Value::Sym(s) = f else { return Err(Error::ty()) };
    host.get(*s)
}

fn at_many(host: &mut dyn Host, args: Vec<Value>) -> Result<Value> {
    let n = args.len();
    let mut it = args.into_iter();
    let mut next = || it.next().unwrap_or(Value::Null);
    match n {
        1 => host.call(&next(), vec![Value::Null]),
        3 => {
            let (x, i, f) = (next(), next(), next());
            if applies(&x) {
                return trap(host, &f, |h| h.call(&x, vec![i]));
            }
            amend_value(host, x, vec![i], &f, None)
        }
        4 => {
            let (x, i, f, y) = (next(), next(), next(), next());
            amend_value(host, x, vec![i], &f, Some(y))
        }
        _ => Err(Error::rank()),
    }
}

fn dot_many(host: &mut dyn Host, args: Vec<Value>) -> Result<Value> {
    let n = args.len();
    let mut it = args.into_iter();
    let mut next = || it.next().unwrap_or(Value::Null);
    match n {
        3 => {
            let (x, i, f) = (next(), next(), next());
            if applies(&x) {
                return trap(host, &f, |h| apply_dot(h, x, i));
            }
            let path = path_of(&i)?;
            amend_value(host, x, path, &f, None)
        }
        4 => {
            let (x, i, f, y) = (next(), next(), next(), next());
            let path = path_of(&i)?;
            amend_value(host, x, path, &f, Some(y))
        }
        _ => Err(Error::rank()),
    }
}

fn path_of(i: &Value) -> Result<Vec<Value>> {
    match i {
        v if v.is_list() => Ok(v.items()),
        Value::Null => Ok(vec![Value::Null]),
        v if v.is_atom() => Ok(vec![v.clone()]),
        _ => Err(Error::ty()),
    }
}

/// What `@` and `.` of three arguments apply rather than amend: functions, and atoms that name nothing (integers are handles).
fn applies(x: &Value) -> bool {
    x.is_func() || (x.is_atom() && !matches!(x, Value::Sym(_) | Value::Enum(..)))
}

/// The result of a trapped call: the handler gets the error as a string, or is the value itself.
pub fn trap(host: &mut dyn Host, handler: &Value, call: impl FnOnce(&mut dyn Host) -> Result<Value>) -> Result<Value> {
    let before = host.trap(Trap::Abort);
    let r = call(host);
    host.trap(before);
    match r {
        Err(e) if e.exit.is_none() && !e.abandoned() => match handler {
            h if h.is_func() => host.call(h, vec![Value::string(e.kind.as_bytes().to_vec())]),
            h => Ok(h.clone()),
        },
        r => r,
    }
}

/// `@` and `.` amend of a value, of a global by name, or of a file.
fn amend_value(host: &mut dyn Host, x: Value, path: Vec<Value>, f: &Value, y: Option<Value>) -> Result<Value> {
    if let Value::Sym(name) = x {
        if name.bytes().first() == Some(&b':') {
            return super::file::amend_file(host, name, Value::list(path), f, y);
        }
        // the root or another namespace as a dictionary: amend its members one by one
        let space = name.bytes() == b"." || (name.bytes().first() == Some(&b'.') && !host.names(name).is_empty());
        if space && !path.is_empty() {
            return amend_space(host, name, path, f, y);
        }
        // the whole of a variable, replaced: it need not exist before
        if let (true, true, Some(whole)) = (path.is_empty(), is_replace(Some(f)), &y) {
            host.set(name, whole.clone())?;
            return Ok(Value::Sym(name));
        }
        let mut v = host.take(name)?;
        let r = amend(host, &mut v, &path, Some(f), y);
        host.set(name, v)?;
        return r.map(|()| Value::Sym(name));
    }
    let mut v = x;
    amend(host, &mut v, &path, Some(f), y)?;
    Ok(v)
}

fn amend_space(host: &mut dyn Host, space: Sym, path: Vec<Value>, f: &Value, y: Option<Value>) -> Result<Value> {
    let (first, rest) = (path[0].clone(), path[1..].to_vec());
    let names = match &first {
        Value::Null | Value::Elided => host.names(space),
        v => v.as_syms().ok_or_else(Error::ty)?,
    };
    let one = first.is_atom();
    for (k, n) in names.iter().enumerate() {
        // from within another namespace too: `..name` is the root's
        let full = Sym::new([space.bytes(), b".", n.bytes()].concat());
        let yk = match &y {
            Some(v) if !one && v.is_list() => Some(v.at(k)),
            v => v.clone(),
        };
        let mut v = match host.peek(full) {
            Some(_) => host.take(full)?,
            None => Value::Null,
        };
        let r = amend(host, &mut v, &rest, Some(f), yk);
        match r {
            Ok(()) => host.set(full, v)?,
            Err(e) => {
                if !matches!(v, Value::Null) {
                    host.set(full, v)?;
                }
                return Err(e);
            }
        }
    }
    Ok(Value::Sym(space))
}

/// Amends `v` at `path`: each item there becomes `f[item]`, or `f[item;y]`; without `f`, `y`.
/// On an error `v` is as it was, except that of several items the earlier ones may have changed.
pub fn amend(host: &mut dyn Host, v: &mut Value, path: &[Value], f: Option<&Value>, y: Option<Value>) -> Result<()> {
    crate::value::stack::check()?;
    let Some((i, rest)) = path.split_first() else {
        return apply_op(host, v, f, y);
    };
    match i {
        Value::Null | Value::Elided => {
            let keys: Vec<Value> = match &*v {
                Value::Dict(d) => d.keys.items(),
                Value::Table(t) if !rest.is_empty() && rest.iter().any(|r| matches!(r, Value::Sym(_))) => {
                    (0..t.len()).map(Value::count).collect()
                }
                w if w.is_list() || matches!(w, Value::Table(_)) => (0..w.len()).map(Value::count).collect(),
                _ => return Err(Error::ty()),
            };
            let keys = Value::list(keys);
            return amend_each(host, v, &keys, rest, f, y);
        }
        _ => {}
    }
    // a table: rows by number, columns by name
    if let Value::Table(_) = v {
        if let Value::Sym(n) = i {
            return amend_column(host, v, *n, rest, f, y);
        }
        if let (true, Some(Value::Sym(n))) = (position(i).is_some() || positions(i).is_some(), rest.first()) {
            let mut p = vec![i.clone()];
            p.extend_from_slice(&rest[1..]);
            return amend_column(host, v, *n, &p, f, y);
        }
    }
    if let Value::Dict(d) = v {
        if !(i.is_list() && matches!(find_key(d, i)?, Found::Many(_))) {
            return amend_key(host, v, i, rest, f, y);
        }
        return amend_each(host, v, i, rest, f, y);
    }
    if i.is_list() {
        if rest.is_empty() && fast_vector(v, i, f, y.as_ref())? {
            return Ok(());
        }
        return amend_each(host, v, i, rest, f, y);
    }
    if v.is_func() || v.is_atom() {
        return Err(Error::ty());
    }
    let k = position(i).ok_or_else(Error::ty)?;
    ensure!(k < v.len(), "length");
    // replacing a whole item needs no old value
    if rest.is_empty() && is_replace(f) {
        let y = y.unwrap_or(Value::Null);
        return replace(v, k, y);
    }
    let mut item = take_item(v, k);
    let old = if matches!(v, Value::Vec(_)) { Some(item.clone()) } else { None };
    let r = amend(host, &mut item, rest, f, y);
    match old {
        // what does not fit into a vector leaves it as it was
        Some(old) => replace(v, k, if r.is_ok() { item } else { old })?,
        None => put_back(v, k, item)?,
    }
    r
}

/// A long or float, and its place, of a vector by number or of a dictionary from symbols or numbers to such a vector.
pub fn number(v: &Value, i: &Value) -> Option<(usize, Value)> {
    let (p, items) = match v {
        Value::Dict(d) => (super::index::quick_key(d, i)?, &d.vals),
        v => (position(i)?, v),
    };
    match items {
        Value::Vec(x) if p < x.len() && matches!(x.data, Data::I64(_) | Data::F64(_)) && x.ty != Ty::Enum => {
            Some((p, x.at(p)))
        }
        _ => None,
    }
}

/// Puts a number of the same type where [`number`] found one; false if it does not fit there.
pub fn put_number(v: &mut Value, p: usize, new: &Value) -> bool {
    let items = match v {
        Value::Dict(d) => &mut Arc::make_mut(d).vals,
        v => v,
    };
    let Value::Vec(x) = items else { return false };
    let x = Arc::make_mut(x);
    x.attr = Attr::None;
    x.index.take();
    match (&mut x.data, new) {
        (Data::I64(b), Value::I64(_, n)) => b.to_mut()[p] = *n,
        (Data::F64(b), Value::F64(_, n)) => b.to_mut()[p] = *n,
        _ => return false,
    }
    true
}

/// What arithmetic starts from where there is nothing yet.
fn identity(f: Option<&Value>) -> Option<Value> {
    match f {
        Some(Value::Verb(v, false)) => match v.name {
            "+" | "-" => Some(Value::bool(false)),
            "*" | "%" => Some(Value::bool(true)),
            _ => None,
        },
        _ => None,
    }
}

fn is_replace(f: Option<&Value>) -> bool {
    match f {
        None => true,
        Some(Value::Verb(v, _)) => v.name == ":",
        _ => false,
    }
}

fn replace(v: &mut Value, k: usize, y: Value) -> Result<()> {
    // in a vector a value of another type is an error, as q has it
    if let Value::Vec(x) = &*v {
        let fits = y.is_atom() && y.ty() == Some(x.ty);
        let sym_into_enum = x.ty == Ty::Enum && y.ty() == Some(Ty::Sym);
        if sym_into_enum {
            let one = super::dict::enumerate_like(x, y)?;
            return put_back(v, k, one);
        }
        ensure!(fits, "type");
    }
    put_back(v, k, y)
}

fn put_back(v: &mut Value, k: usize, item: Value) -> Result<()> {
    let old = std::mem::replace(v, Value::Null);
    let keep = match &old {
        // `put` on a table can fail; a cheap copy of its column references allows to restore it
        Value::Table(_) => Some(old.clone()),
        _ => None,
    };
    match put(old, k, item) {
        Ok(n) => {
            *v = n;
            Ok(())
        }
        Err(e) => {
            if let Some(o) = keep {
                *v = o;
            }
            Err(e)
        }
    }
}

/// Item `k`, moved out of a general list so that it is uniquely owned while it is amended.
fn take_item(v: &mut Value, k: usize) -> Value {
    if let Value::List(l) = v
        && let Some(l) = Arc::get_mut(l)
    {
        return std::mem::replace(&mut l[k], Value::Null);
    }
    v.at(k)
}

fn amend_column(
    host: &mut dyn Host,
    v: &mut Value,
    n: Sym,
    rest: &[Value],
    f: Option<&Value>,
    y: Option<Value>,
) -> Result<()> {
    let Value::Table(t) = v else { return Err(Error::ty()) };
    let rows = t.len();
    let Some(c) = t.position(n) else {
        ensure!(rest.is_empty() && is_replace(f), n.text().into_owned());
        let y = y.unwrap_or(Value::Null);
        let y = if y.is_atom() { y.enlist().take_at(&vec![0; rows]) } else { y };
        ensure!(y.len() == rows, "length");
        let t = Arc::make_mut(t);
        t.sorted = false;
        t.names.push(n);
        t.cols.push(y);
        return Ok(());
    };
    let t = Arc::make_mut(t);
    t.sorted = false;
    let mut col = std::mem::replace(&mut t.cols[c], Value::Null);
    let r = if rest.is_empty() && is_replace(f) {
        let y = y.unwrap_or(Value::Null);
        let y = if y.is_atom() { y.enlist().take_at(&vec![0; rows]) } else { y };
        if y.len() == rows {
            col = y;
            Ok(())
        } else {
            Err(Error::length())
        }
    } else {
        amend(host, &mut col, rest, f, y)
    };
    t.cols[c] = col;
    r
}

fn amend_key(
    host: &mut dyn Host,
    v: &mut Value,
    i: &Value,
    rest: &[Value],
    f: Option<&Value>,
    y: Option<Value>,
) -> Result<()> {
    let Value::Dict(d) = v else { return Err(Error::ty()) };
    let n = d.keys.len();
    let p = match find_key(d, i)? {
        Found::One(p) => p,
        Found::Many(_) => return Err(Error::ty()),
    };
    let p = if p < n && (!d.sorted || crate::value::compare::matches(&d.keys.at(p), i)) { p } else { n };
    if p < n {
        let dd = Arc::make_mut(d);
        if rest.is_empty() && is_replace(f) {
            return if matches!(&dd.vals, Value::Table(_)) {
                let row = keyed_row(&dd.vals, y.unwrap_or(Value::Null))?;
                put_back(&mut dd.vals, p, row)
            } else {
                replace(&mut dd.vals, p, y.unwrap_or(Value::Null))
            };
        }
        if let (Value::Table(_), Some(Value::Sym(_))) = (&dd.vals, rest.first()) {
            let mut path = vec![Value::count(p)];
            path.extend_from_slice(rest);
            return amend(host, &mut dd.vals, &path, f, y);
        }
        let mut item = take_item(&mut dd.vals, p);
        let old = if matches!(dd.vals, Value::Vec(_)) { Some(item.clone()) } else { None };
        let r = amend(host, &mut item, rest, f, y);
        let b = match old {
            Some(old) => replace(&mut dd.vals, p, if r.is_ok() { item } else { old }),
            None => put_back(&mut dd.vals, p, item),
        };
        return r.and(b);
    }
    // a new key: the old item is the identity of the operator, else the null of the values
    let mut item = match (&d.vals, if rest.is_empty() { identity(f) } else { None }) {
        (Value::List(_) | Value::Vec(_), Some(start)) => start,
        (Value::List(l), _) if l.is_empty() => Value::empty(),
        (vals, _) => vals.null_item(),
    };
    if rest.is_empty() && is_replace(f) {
        item = y.unwrap_or(Value::Null);
        if matches!(&d.vals, Value::Table(_)) {
            item = keyed_row(&d.vals, item)?;
        }
    } else {
        amend(host, &mut item, rest, f, y)?;
    }
    if let Value::Vec(x) = &d.vals {
        ensure!(item.is_atom() && appends(x, &item), "type");
    }
    let key = match (&d.keys, i) {
        (Value::Table(t), i) if !matches!(i, Value::Dict(_)) => {
            let items = if i.is_atom() { vec![i.clone()] } else { i.items() };
            Value::table(t.names.clone(), items.into_iter().map(Value::enlist).collect())
        }
        (Value::Table(_), i) => i.clone().enlist(),
        (_, i) => one(i),
    };
    let item = match &item {
        Value::Dict(_) => item.clone().enlist(),
        v => one(v),
    };
    let fresh = Value::dict(key, item);
    let old = std::mem::replace(v, Value::Null);
    let keep = old.clone();
    match join(old, fresh) {
        Ok(n) => {
            *v = n;
            Ok(())
        }
        Err(e) => {
            *v = keep;
            Err(e)
        }
    }
}

/// A one-item list holding `v` as it is.
fn one(v: &Value) -> Value {
    if v.is_atom() { Value::collapse(vec![v.clone()]) } else { Value::list(vec![v.clone()]) }
}

/// A row for the value side of a keyed table: a dictionary as it is, a list by position.
fn keyed_row(vals: &Value, y: Value) -> Result<Value> {
    let Value::Table(t) = vals else { return Ok(y) };
    match y {
        Value::Dict(_) => Ok(y),
        y if y.is_list() && y.len() == t.names.len() => Ok(Value::dict(Value::syms(t.names.clone()), y)),
        y if y.is_atom() && t.names.len() == 1 => Ok(Value::dict(Value::syms(t.names.clone()), y.enlist())),
        _ => Err(Error::length()),
    }
}

fn amend_each(
    host: &mut dyn Host,
    v: &mut Value,
    keys: &Value,
    rest: &[Value],
    f: Option<&Value>,
    y: Option<Value>,
) -> Result<()> {
    let n = keys.len();
    let spread = match &y {
        Some(y) if y.is_list() => {
            ensure!(y.len() == n, "length");
            true
        }
        Some(Value::Dict(d)) => {
            ensure!(d.keys.len() == n, "length");
            true
        }
        Some(Value::Table(t)) => {
            ensure!(t.len() == n, "length");
            true
        }
        _ => false,
    };
    for k in 0..n {
        let yk = match &y {
            Some(y) if spread => Some(y.at(k)),
            y => y.clone(),
        };
        let mut path = vec![keys.at(k)];
        path.extend_from_slice(rest);
        amend(host, v, &path, f, yk)?;
    }
    Ok(())
}

/// `v[i]:y` and `v[i]+:y` of plain vectors without a call an item. False when the general way is needed.
fn fast_vector(v: &mut Value, i: &Value, f: Option<&Value>, y: Option<&Value>) -> Result<bool> {
    if !is_replace(f) {
        return Ok(false);
    }
    let (Value::Vec(x), Some(y)) = (&mut *v, y) else { return Ok(false) };
    if y.ty() != Some(x.ty) || x.ty == Ty::Enum {
        return Ok(false);
    }
    let Some(pos) = positions(i) else { return Ok(false) };
    let n = x.len();
    ensure!(pos.iter().all(|&p| p < n), "length");
    ensure!(y.is_atom() || y.len() == pos.len(), "length");
    let m = Arc::make_mut(x);
    m.attr = crate::value::Attr::None;
    m.index.take();
    macro_rules! place {
        ($b:expr, $class:ident, $atom:pat => $e:expr) => {{
            let b = $b.to_mut();
            match y {
                $atom => pos.iter().for_each(|&p| b[p] = $e),
                Value::Vec(w) => {
                    if let Data::$class(s) = &w.data {
                        pos.iter().zip(s.iter()).for_each(|(&p, &s)| b[p] = s);
                    }
                }
                _ => return Ok(false),
            }
        }};
    }
    match &mut m.data {
        Data::U8(b) => place!(b, U8, Value::U8(_, a) => *a),
        Data::I16(b) => place!(b, I16, Value::I16(a) => *a),
        Data::I32(b) => place!(b, I32, Value::I32(_, a) => *a),
        Data::I64(b) => place!(b, I64, Value::I64(_, a) => *a),
        Data::F32(b) => place!(b, F32, Value::F32(a) => *a),
        Data::F64(b) => place!(b, F64, Value::F64(_, a) => *a),
        Data::Sym(b) => place!(b, Sym, Value::Sym(a) => *a),
        Data::Guid(b) => place!(b, Guid, Value::Guid(a) => **a),
    }
    Ok(true)
}

/// `v` becomes `f[v]`, `f[v;y]` or `y`. The old value survives an error.
fn apply_op(host: &mut dyn Host, v: &mut Value, f: Option<&Value>, y: Option<Value>) -> Result<()> {
    if is_replace(f) {
        *v = y.unwrap_or(Value::Null);
        return Ok(());
    }
    let Some(f) = f else { return Ok(()) };
    if let (Value::Verb(op, false), Some(y)) = (f, y.as_ref()) {
        if op.name == "," && (matches!(v, Value::Table(_)) || v.is_keyed()) {
            return super::dict::append_to(v, y.clone());
        }
        let y = &if op.name == "," { to_append(v, y.clone())? } else { y.clone() };
        if op.name == "," && cannot_fail_join(v, y) {
            memory::room_to_join(v, y)?;
            let old = std::mem::replace(v, Value::Null);
            *v = join(old, y.clone())?;
            return Ok(());
        }
        if cannot_fail_arith(op.name, v, y)
            && let Some(d) = op.dyad
        {
            let old = std::mem::replace(v, Value::Null);
            *v = d(host, old, y.clone())?;
            return Ok(());
        }
    }
    let mut args = vec![v.clone()];
    args.extend(y);
    *v = match (f, args.len()) {
        // x-: and friends: the monadic form of the operator
        (Value::Verb(op, false), 1) if op.monad.is_none() => {
            let m = super::lookup_glyph(&format!("{}:", op.name)).ok_or_else(Error::rank)?;
            host.call(&Value::Verb(m, true), args)?
        }
        _ => host.call(f, args)?,
    };
    Ok(())
}

/// What `v,:y` joins to `v`: a vector (and the values of a dictionary) takes its own type alone, an enumeration
/// symbols of its domain, and a list whose items are one level deeper than those of `y` takes `y` as one item.
fn to_append(v: &Value, y: Value) -> Result<Value> {
    match (v, &y) {
        (Value::Vec(x), _) => {
            ensure!(appends(x, &y), "type");
            Ok(match (x.ty, y.ty()) {
                (Ty::Enum, Some(Ty::Sym | Ty::Enum)) => super::dict::enumerate_like(x, y)?,
                (Ty::Sym, Some(Ty::Enum)) => y.deenum(),
                _ => y,
            })
        }
        (Value::Dict(d), Value::Dict(e)) => {
            if let Value::Vec(x) = &d.vals {
                ensure!(e.vals.is_empty() || appends(x, &e.vals), "type");
            }
            Ok(y)
        }
        (Value::List(_), Value::List(l)) if l.is_empty() => Ok(y),
        (Value::List(l), Value::Vec(_) | Value::List(_)) if !l.is_empty() && depth(v) == depth(&y) + 1 => {
            Ok(Value::list(vec![y]))
        }
        _ => Ok(y),
    }
}

/// Levels of lists down to the first atom.
fn depth(v: &Value) -> usize {
    match v {
        Value::List(l) => 1 + l.first().map_or(0, depth),
        Value::Vec(_) => 1,
        _ => 0,
    }
}

/// A vector grows in place by items of its own type alone: `x:1 2;x,:`a` is `'type`.
fn appends(x: &crate::value::Vector, y: &Value) -> bool {
    use crate::value::Ty;
    let symbols = |t: Option<Ty>| matches!(t, Some(Ty::Sym | Ty::Enum));
    (y.is_list() && y.is_empty()) || y.ty() == Some(x.ty) || (symbols(Some(x.ty)) && symbols(y.ty()))
}

/// Joins that have no way to fail, so that the left side may be consumed.
fn cannot_fail_join(x: &Value, y: &Value) -> bool {
    !matches!((x, y), (Value::Dict(_) | Value::Table(_), _) | (_, Value::Dict(_) | Value::Table(_)))
}

/// Arithmetic on conforming numbers has no way to fail.
fn cannot_fail_arith(op: &str, x: &Value, y: &Value) -> bool {
    matches!(op, "+" | "-" | "*" | "|" | "&")
        && matches!(x.ty(), Some(Ty::Long | Ty::Int | Ty::Float | Ty::Short | Ty::Real))
        && matches!(y.ty(), Some(Ty::Long | Ty::Int | Ty::Float | Ty::Short | Ty::Real | Ty::Bool))
        && (x.is_atom() || y.is_atom() || x.len() == y.len())
}

/// The type check of a pattern such as `` x:`j ``.
pub fn check_type(want: Sym, v: &Value) -> Result<()> {
    let b = want.bytes();
    if b.is_empty() {
        return Ok(());
    }
    let ok = if b.len() == 1 {
        match Ty::from_letter(b[0]) {
            Some(t) => v.ty() == Some(t) && v.is_atom() == b[0].is_ascii_lowercase(),
            None => return Err(Error::domain()),
        }
    } else {
        Ty::from_name(b).is_some_and(|t| v.ty() == Some(t))
    };
    ensure!(ok, "type");
    Ok(())
}
