//! Memory domains: what is assigned to a name of `.m` is an object of its own, in domain 1.
//!
//! Nothing is backed by a file: the domain says where an object belongs, not where its bytes are.

use super::{Sym, Table, Value};
use std::sync::Arc;

/// True for `` `.m.x ``; names in the namespaces of modules, `` `.m.mod.x ``, are no objects of domain 1.
pub fn is_backed(name: Sym) -> bool {
    name.bytes().strip_prefix(b".m.").is_some_and(|n| !n.is_empty() && !n.contains(&b'.'))
}

/// The whole of a value anew; functions stay as they are.
pub fn copy(v: &Value) -> Value {
    match v {
        Value::Vec(x) => Value::Vec(Arc::new((**x).clone())),
        Value::List(l) => Value::list(l.iter().map(copy).collect()),
        Value::Dict(d) => {
            let mut new = (**d).clone();
            (new.keys, new.vals) = (copy(&d.keys), copy(&d.vals));
            Value::Dict(Arc::new(new))
        }
        Value::Table(t) => Value::Table(Arc::new(Table { cols: t.cols.iter().map(copy).collect(), ..(**t).clone() })),
        v => v.clone(),
    }
}

/// True if `x` is `all` or a part of it; atoms have no place of their own.
pub fn holds(all: &Value, x: &Value) -> bool {
    if !matches!(x, Value::Vec(_) | Value::List(_) | Value::Dict(_) | Value::Table(_)) {
        return false;
    }
    all.is_same(x)
        || match all {
            Value::List(l) => l.iter().any(|v| holds(v, x)),
            Value::Dict(d) => holds(&d.keys, x) || holds(&d.vals, x),
            Value::Table(t) => t.cols.iter().any(|v| holds(v, x)),
            _ => false,
        }
}
