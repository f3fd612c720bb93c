//! Code read as a pattern: the left side of an assignment, a parameter, a case of the pattern conditional.

use crate::value::code::{Assign, Code, Node, Pattern, Place};
use crate::value::{Sym, Value};

/// The pattern that an expression writes, or None where it is not one.
pub fn pattern(c: &Code) -> Option<Pattern> {
    Some(match &c.node {
        Node::Global(n) => Pattern::Name(Place::Global(*n), *n),
        Node::Const(Value::Elided | Value::Null) => Pattern::Skip,
        Node::Const(Value::List(l)) if l.is_empty() => Pattern::List(vec![]),
        Node::Const(v) if !v.is_func() => Pattern::Match(v.clone()),
        Node::List(items) => Pattern::List(all(items)?),
        Node::DictLit(items) => by_name(items)?,
        Node::Table(None, items) => Pattern::Flip(Box::new(by_name(items)?)),
        Node::Table(Some(keys), items) => Pattern::KeyValue(
            Box::new(Pattern::Flip(Box::new(by_name(keys)?))),
            Box::new(Pattern::Flip(Box::new(by_name(items)?))),
        ),
        Node::Monad(v, x) if v.name == "flip" => Pattern::Flip(Box::new(pattern(x)?)),
        Node::Dyad(v, k, x) if v.name == "!" => entries(k, x)?,
        Node::Apply(f, args) => match (&f.node, &args[..]) {
            (Node::Const(Value::Verb(v, _)), [k, x]) if v.name == "!" => entries(k, x)?,
            // `a[1]`: a place within a variable
            (Node::Global(n), index) => Pattern::Index(Box::new(assigned(*n, index.to_vec(), None))),
            _ => return None,
        },
        // `p:f` and `:f`: the value goes through a filter function, or has its type checked
        Node::Assign(a) if a.op.is_none() && !a.global => {
            let place = if a.index.is_empty() {
                Pattern::Name(Place::Global(a.name), a.name)
            } else {
                Pattern::Index(Box::new(assigned(a.name, a.index.clone(), None)))
            };
            Pattern::Filter(Box::new(place), Box::new(a.value.clone()?))
        }
        Node::Unpack(p, f) => Pattern::Filter(p.clone(), f.clone()),
        Node::Return(f) => Pattern::Filter(Box::new(Pattern::Skip), f.clone()),
        _ => return None,
    })
}

fn all(items: &[Code]) -> Option<Vec<Pattern>> {
    items.iter().map(pattern).collect()
}

fn by_name(items: &[(Sym, Code)]) -> Option<Pattern> {
    let names = Value::syms(items.iter().map(|(n, _)| *n).collect());
    let parts = items.iter().map(|(_, c)| pattern(c)).collect::<Option<_>>()?;
    Some(Pattern::Entries(names, Box::new(Pattern::List(parts))))
}

/// `k!v`: with constant keys their values are matched, otherwise keys and values each as a whole.
fn entries(k: &Code, v: &Code) -> Option<Pattern> {
    let v = Box::new(pattern(v)?);
    Some(match pattern(k)? {
        Pattern::Match(keys) => Pattern::Entries(keys, v),
        k => Pattern::KeyValue(Box::new(k), v),
    })
}

fn assigned(name: Sym, index: Vec<Code>, value: Option<Code>) -> Assign {
    Assign { place: Place::Global(name), name, global: false, index, op: None, value }
}
