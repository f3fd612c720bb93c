//! Iterators: each, over, scan, prior, each-left, each-right, and peach.

use crate::ensure;
use crate::error::{Error, Result};
use crate::value::attr::Attr;
use crate::value::compare::matches;
use crate::value::{Adverb, Dict, Host, Table, Ty, Value, Verb};
use std::sync::Arc;

pub static VERBS: &[Verb] = &[
    Verb {
        name: "each",
        dyad: Some(|h, f, x| match looked_at(&f, &x) {
            Some(r) => Ok(r),
            None => h.within(".q.each", &mut |h| apply(h, Adverb::Each, &f, vec![x.clone()])),
        }),
        infix: true,
        doc: "apply a function to each item",
        examples: &[("count each (1 2;3 4 5)", "2 3")],
        ..Verb::BLANK
    },
    Verb {
        name: "peach",
        dyad: Some(|h, f, x| h.within(".q.peach", &mut |h| peach(h, &f, x.clone()))),
        infix: true,
        doc: "each, on the worker threads that -s gives",
        examples: &[("{x*x} peach 1 2 3", "1 4 9")],
        ..Verb::BLANK
    },
    Verb {
        name: "over",
        dyad: Some(|h, f, x| h.within(".q.over", &mut |h| apply(h, Adverb::Over, &f, vec![x.clone()]))),
        infix: true,
        doc: "reduce a list with a function, or converge",
        examples: &[("(+) over 1 2 3", "6")],
        ..Verb::BLANK
    },
    Verb {
        name: "scan",
        dyad: Some(|h, f, x| h.within(".q.scan", &mut |h| apply(h, Adverb::Scan, &f, vec![x.clone()]))),
        infix: true,
        doc: "as over, with the intermediate results",
        examples: &[("(+) scan 1 2 3", "1 3 6")],
        ..Verb::BLANK
    },
    Verb {
        name: "prior",
        dyad: Some(|h, f, x| h.within(".q.prior", &mut |h| apply(h, Adverb::Prior, &f, vec![x.clone()]))),
        infix: true,
        doc: "apply a function between each item and the one before",
        examples: &[("(-) prior 5 7 12", "5 2 5")],
        ..Verb::BLANK
    },
];

/// Applies a derived function.
pub fn apply(host: &mut dyn Host, adverb: Adverb, f: &Value, args: Vec<Value>) -> Result<Value> {
    match adverb {
        Adverb::Each => match f {
            // an integer vector: case
            Value::Vec(_) if crate::verb::index::positions(f).is_some() && args.len() > 1 => case(f, &args),
            _ => each(host, f, args),
        },
        // a separator: (", "/:) is sv, (0x0\:) is vs
        Adverb::EachLeft | Adverb::EachRight if args.len() == 1 && !f.is_func() => {
            let name = if adverb == Adverb::EachRight { "sv" } else { "vs" };
            let g = super::lookup(name).and_then(|v| v.dyad).ok_or_else(Error::nyi)?;
            let [x] = <[Value; 1]>::try_from(args).map_err(|_| Error::rank())?;
            g(host, f.clone(), x)
        }
        Adverb::EachLeft => {
            let [x, y] = two(args)?;
            map_one(host, x, &mut |h, i| h.call(f, vec![i, y.clone()]))
        }
        Adverb::EachRight => {
            if let (true, 1) = (f.is_func(), args.len()) {
                return Err(Error::rank());
            }
            let [x, y] = two(args)?;
            map_one(host, y, &mut |h, i| h.call(f, vec![x.clone(), i]))
        }
        Adverb::Prior => prior(host, f, args),
        Adverb::Over => accumulate(host, f, args, false),
        Adverb::Scan => accumulate(host, f, args, true),
    }
}

fn two(args: Vec<Value>) -> Result<[Value; 2]> {
    args.try_into().map_err(|_| Error::rank())
}

/// Maps over the items of a list, the values of a dictionary, the rows of a table; an atom as itself.
fn map_one(host: &mut dyn Host, x: Value, f: &mut dyn FnMut(&mut dyn Host, Value) -> Result<Value>) -> Result<Value> {
    crate::value::stack::check()?;
    match &x {
        Value::Dict(d) => {
            let vals = map_one(host, d.vals.clone(), f)?;
            Ok(keyed(d, vals))
        }
        Value::Vec(_) | Value::List(_) | Value::Table(_) => {
            let n = x.len();
            if n == 0 {
                return Ok(Value::empty());
            }
            let mut out = Vec::with_capacity(n);
            for i in 0..n {
                host.poll()?;
                out.push(f(host, x.at(i))?);
            }
            Ok(Value::collapse(out))
        }
        _ => f(host, x),
    }
}

fn keyed(d: &Dict, vals: Value) -> Value {
    Value::dict(d.keys.clone(), vals)
}

/// `f each x` of a list for primitives that only look at an item, and cannot fail; None for everything else.
fn looked_at(f: &Value, x: &Value) -> Option<Value> {
    let Value::Verb(v, _) = f else { return None };
    match (v.name, x) {
        (_, x) if x.is_empty() => None,
        ("count", Value::List(l)) => Some(Value::longs(l.iter().map(|i| i.len() as i64).collect())),
        ("count", Value::Vec(v)) => Some(Value::longs(vec![1; v.len()])),
        ("type", Value::List(l)) => Some(Value::shorts(l.iter().map(Value::type_code).collect())),
        ("enlist", Value::List(l)) if l.iter().all(Value::is_atom) => {
            Some(Value::list(l.iter().map(|i| i.clone().enlist()).collect()))
        }
        _ => None,
    }
}

pub(super) fn each(host: &mut dyn Host, f: &Value, mut args: Vec<Value>) -> Result<Value> {
    crate::value::stack::check()?;
    if args.len() == 1 {
        if let Some(r) = looked_at(f, &args[0]) {
            return Ok(r);
        }
        let x = args.remove(0);
        if x.is_empty() && (x.is_list()) {
            return Ok(empty_each(f, x));
        }
        if let Value::Table(t) = &x
            && t.is_empty()
        {
            return Ok(Value::empty());
        }
        // a primitive needs no list of arguments
        if let Value::Verb(v, _) = f
            && let Some(m) = v.monad
        {
            return map_one(host, x, &mut |h, i| m(h, i));
        }
        return map_one(host, x, &mut |h, i| h.call(f, vec![i]));
    }
    // several lists of one length, atoms repeated; dictionaries by key
    if let Some(k) = args.iter().position(|a| matches!(a, Value::Dict(_))) {
        let Value::Dict(d) = args[k].clone() else { return Err(Error::ty()) };
        let keys = d.keys.clone();
        let mut plain = vec![];
        for a in &args {
            plain.push(match a {
                Value::Dict(o) => {
                    if matches(&o.keys, &keys) {
                        o.vals.clone()
                    } else {
                        return each_union(host, f, &args);
                    }
                }
                a => a.clone(),
            });
        }
        let vals = each(host, f, plain)?;
        return Ok(Value::dict(keys, vals));
    }
    let is_many = |a: &Value| a.is_list() || matches!(a, Value::Table(_));
    let Some(n) = args.iter().find(|a| is_many(a)).map(Value::len) else {
        return host.call(f, args);
    };
    ensure!(args.iter().all(|a| !is_many(a) || a.len() == n), "length");
    if n == 0 {
        return Ok(Value::empty());
    }
    if let (Value::Verb(v, _), [Value::Table(a), Value::Table(b)]) = (f, &args[..])
        && v.name == ","
    {
        return Ok(beside(a, b));
    }
    let mut out = Vec::with_capacity(n);
    for i in 0..n {
        let row = args.iter().map(|a| if is_many(a) { a.at(i) } else { a.clone() }).collect();
        out.push(host.call(f, row)?);
    }
    Ok(Value::collapse(out))
}

/// Tables of one length side by side, as their rows joined one by one are: where both have a column it is that of `b`, and attributes are gone.
fn beside(a: &Table, b: &Table) -> Value {
    let plain = |c: &Value| match c {
        Value::Vec(v) if v.attr != Attr::None => Value::Vec(Arc::new(v.as_ref().clone().plain())),
        Value::List(l) => Value::collapse(l.to_vec()),
        c => c.clone(),
    };
    let (mut names, mut cols) = (a.names.clone(), a.cols.iter().map(plain).collect::<Vec<_>>());
    for (&name, c) in b.names.iter().zip(&b.cols) {
        if let Some(i) = names.iter().position(|&n| n == name) {
            cols[i] = plain(c);
        } else {
            names.push(name);
            cols.push(plain(c));
        }
    }
    Value::Table(Arc::new(Table::new(names, cols)))
}

/// Two dictionaries with different keys: the function where both have a key, the one value elsewhere.
fn each_union(host: &mut dyn Host, f: &Value, args: &[Value]) -> Result<Value> {
    let [Value::Dict(a), Value::Dict(b)] = args else { return Err(Error::length()) };
    let mut keys = a.keys.items();
    let mut vals = vec![];
    for k in &keys {
        let x = crate::verb::index::index(host, &Value::Dict(a.clone()), k)?;
        let p = b.keys.items().iter().position(|j| matches(j, k));
        vals.push(match p {
            Some(p) => host.call(f, vec![x, b.vals.at(p)])?,
            None => x,
        });
    }
    for (j, k) in b.keys.items().into_iter().enumerate() {
        if !keys.iter().any(|x| matches(x, &k)) {
            keys.push(k);
            vals.push(b.vals.at(j));
        }
    }
    Ok(Value::dict(Value::collapse(keys), Value::collapse(vals)))
}

/// `f each` of an empty list keeps the type where the function's result type is known.
fn empty_each(f: &Value, x: Value) -> Value {
    match f {
        Value::Verb(v, _) => match v.name {
            "count" | "type" => Value::longs(vec![]),
            "string" | "enlist" => Value::empty(),
            _ => match &x {
                Value::List(_) => Value::empty(),
                _ if matches!(v.name, "neg" | "abs" | "::") => x,
                _ => Value::empty(),
            },
        },
        Value::Null => x,
        _ => Value::empty(),
    }
}

/// `i'[a;b;…]`: from the i-th list of arguments, item by item.
fn case(i: &Value, args: &[Value]) -> Result<Value> {
    let pos = crate::verb::index::positions(i).ok_or_else(Error::ty)?;
    let n = pos.len();
    let many = |a: &Value| a.is_list() || matches!(a, Value::Dict(_));
    ensure!(args.iter().all(|a| !many(a) || a.len() == n), "length");
    // dictionaries take part by their values: their keys must be the same, in the same order
    let mut keys = args.iter().filter_map(|a| match a {
        Value::Dict(d) => Some(&d.keys),
        _ => None,
    });
    if let Some(first) = keys.next() {
        ensure!(keys.all(|k| matches(k, first)), "domain");
    }
    let out = pos
        .iter()
        .enumerate()
        .map(|(k, &p)| {
            let a = args.get(p).ok_or_else(|| Error::new("index"))?;
            Ok(if many(a) { a.at(k) } else { a.clone() })
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(Value::collapse(out))
}

fn prior(host: &mut dyn Host, f: &Value, mut args: Vec<Value>) -> Result<Value> {
    crate::value::stack::check()?;
    let x = args.pop().unwrap_or(Value::Null);
    let seed = args.pop();
    ensure!(args.is_empty(), "rank");
    // a unary function: each, in parallel
    if is_unary(f) && seed.is_none() {
        return peach(host, f, x);
    }
    if let Value::Dict(d) = &x {
        let mut a: Vec<Value> = seed.into_iter().collect();
        a.push(d.vals.clone());
        let vals = prior(host, f, a)?;
        return Ok(keyed(d, vals));
    }
    if !(x.is_list() || matches!(x, Value::Table(_))) {
        return Ok(x);
    }
    let n = x.len();
    if n == 0 {
        return Ok(x);
    }
    let mut before = match seed {
        Some(s) => s,
        None => match f {
            Value::Verb(v, _) => match v.name {
                "+" | "-" | "<>" | "|" => identity(v.name, &x),
                "*" | "%" | "&" | "=" => identity(v.name, &x),
                "," => Value::Elided,
                _ => x.at(0).null_like(),
            },
            _ => x.at(0).null_like(),
        },
    };
    let mut out = Vec::with_capacity(n);
    for i in 0..n {
        let now = x.at(i);
        // nothing stands before the first item of ,':
        out.push(if matches!(before, Value::Elided) { now.clone() } else { host.call(f, vec![now.clone(), before])? });
        before = now;
    }
    Ok(Value::collapse(out))
}

/// What stands before the first item so that it comes out unchanged.
fn identity(op: &str, x: &Value) -> Value {
    let first = x.at(0);
    match (op, &first) {
        ("+" | "-", v) if v.is_atom() => {
            match v.ty() {
                Some(t) => match t.class() {
                    crate::value::Class::F64 => Value::float(0.0),
                    crate::value::Class::F32 => Value::F32(0.0),
                    crate::value::Class::I64 | crate::value::Class::I32 | crate::value::Class::I16 => {
                        if t.is_temporal() { Value::long(0) } else { zero(&first) }
                    }
                    _ => Value::int(0),
                },
                None => Value::long(0),
            }
        }
        ("*" | "%", v) if v.is_atom() => match v.ty().map(crate::value::Ty::class) {
            Some(crate::value::Class::F64) => Value::float(1.0),
            _ => Value::long(1),
        },
        ("|", v) => v.ty().map_or(Value::Null, Value::neg_inf_of),
        ("&", v) => v.ty().map_or(Value::Null, Value::inf_of),
        (_, v) => v.null_like(),
    }
}

fn zero(v: &Value) -> Value {
    match v {
        Value::I16(_) => Value::I16(0),
        Value::I32(t, _) => Value::I32(*t, 0),
        _ => Value::long(0),
    }
}

/// The number of arguments a function takes, where it can be known.
pub fn valence(f: &Value) -> Option<usize> {
    match f {
        Value::Lambda(l) => Some(l.params.len().max(1)),
        Value::Verb(_, true) => Some(1),
        Value::Verb(v, false) => match (v.monad, v.dyad, v.variad) {
            (_, Some(_), _) => Some(2),
            (Some(_), None, None) => Some(1),
            _ => None,
        },
        Value::Proj(p) => Some(p.open()),
        Value::Compose(c) => c.last().and_then(valence),
        Value::Derived(d) => match d.adverb {
            Adverb::EachLeft | Adverb::EachRight => Some(2),
            // f' takes what f takes; f/ and f\ are variadic
            Adverb::Each => valence(&d.func),
            Adverb::Over | Adverb::Scan | Adverb::Prior => None,
        },
        Value::Null => Some(1),
        _ => None,
    }
}

fn is_unary(f: &Value) -> bool {
    match f {
        Value::Derived(d) if matches!(d.adverb, Adverb::Over | Adverb::Scan | Adverb::Prior) => {
            // what a reduction yields is unary to another iterator: (,//) flattens
            true
        }
        // a matrix is a function of two indexes
        Value::List(l) => !l.first().is_some_and(|v| v.is_list() || v.is_func()),
        Value::Vec(_) | Value::Dict(_) => true,
        Value::Verb(v, _) if v.monad.is_some() && v.dyad.is_none() => true,
        _ => valence(f) == Some(1),
    }
}

/// `f/` and `f\\`: with `scan` the intermediate results are the result.
fn accumulate(host: &mut dyn Host, f: &Value, mut args: Vec<Value>, scan: bool) -> Result<Value> {
    // one number does not accumulate; two are the factors of a recurrence: `0f(0.5)\1 1 1f`
    ensure!(args.len() > 1 || f.as_float().is_none(), "type");
    crate::value::stack::check()?;
    if scan && args.len() == 2 && is_decay(f) && args[1].is_list() && args[0].as_float().is_some() {
        let [x, z] = two(args)?;
        return recurrence(host, f, x, &z);
    }
    let unary = is_unary(f);
    if unary {
        return match args.len() {
            1 => converge(host, f, args.remove(0), scan),
            2 => {
                let x = args.remove(1);
                repeat(host, f, &args[0], x, scan)
            }
            _ => Err(Error::rank()),
        };
    }
    if args.len() == 1 {
        let x = args.remove(0);
        if let Value::Dict(d) = &x {
            let r = accumulate(host, f, vec![d.vals.clone()], scan)?;
            return Ok(if scan { keyed(d, r) } else { r });
        }
        if !(x.is_list() || matches!(x, Value::Table(_))) {
            return Ok(x);
        }
        if let Some(r) = shortcut(host, f, &x, scan)? {
            return Ok(r);
        }
        let n = x.len();
        if n == 0 {
            return Ok(if scan { x } else { empty_over(f, &x) });
        }
        // () is the identity of join
        let joins = scan && matches!(f, Value::Verb(v, false) if v.name == ",");
        let mut acc = if joins && !x.at(0).is_list() { x.at(0).enlist() } else { x.at(0) };
        let mut out = if scan { vec![acc.clone()] } else { vec![] };
        for i in 1..n {
            host.poll()?;
            acc = host.call(f, vec![acc, x.at(i)])?;
            if scan {
                out.push(acc.clone());
            }
        }
        Ok(if scan { Value::collapse(out) } else { acc })
    } else {
        let mut acc = args.remove(0);
        if args.len() == 1
            && let Value::Dict(d) = &args[0]
        {
            let r = accumulate(host, f, vec![acc, d.vals.clone()], scan)?;
            return Ok(if scan { keyed(d, r) } else { r });
        }
        let is_many = |a: &Value| a.is_list() || matches!(a, Value::Table(_));
        let Some(n) = args.iter().find(|a| is_many(a)).map(Value::len) else {
            let mut all = vec![acc];
            all.extend(args);
            return host.call(f, all);
        };
        ensure!(args.iter().all(|a| !is_many(a) || a.len() == n), "length");
        let mut out = vec![];
        for i in 0..n {
            let mut row = vec![acc];
            row.extend(args.iter().map(|a| if is_many(a) { a.at(i) } else { a.clone() }));
            acc = host.call(f, row)?;
            if scan {
                out.push(acc.clone());
            }
        }
        Ok(if scan { Value::collapse(out) } else { acc })
    }
}

/// Whether `x f\z` is the recurrence of floats: `f` is a float or a list of them.
fn is_decay(f: &Value) -> bool {
    matches!(f.ty(), Some(Ty::Float | Ty::Real))
}

/// `x y\z`: what `{z+x*y}\[x;y;z]` is.
fn recurrence(host: &mut dyn Host, y: &Value, x: Value, z: &Value) -> Result<Value> {
    ensure!(!y.is_list() || y.len() == z.len(), "length");
    let (times, plus) = (operator("*")?, operator("+")?);
    let mut now = x;
    let mut out = Vec::with_capacity(z.len());
    for i in 0..z.len() {
        let factor = if y.is_list() { y.at(i) } else { y.clone() };
        let grown = times(host, now, factor)?;
        now = plus(host, z.at(i), grown)?;
        out.push(now.clone());
    }
    Ok(Value::collapse(out))
}

fn operator(name: &str) -> Result<crate::value::func::Dyad> {
    super::lookup(name).and_then(|v| v.dyad).ok_or_else(Error::nyi)
}

/// Reductions and scans of plain vectors that a kernel does in one pass.
fn shortcut(host: &mut dyn Host, f: &Value, x: &Value, scan: bool) -> Result<Option<Value>> {
    let Value::Verb(v, false) = f else { return Ok(None) };
    let Value::Vec(t) = x else {
        if v.name == ","
            && !scan
            && matches!(x, Value::List(_))
            && !x.is_empty()
            && let Some(r) = super::lookup("raze").and_then(|r| r.monad)
        {
            return r(host, x.clone()).map(Some);
        }
        return Ok(None);
    };
    if !matches!(t.ty, crate::value::Ty::Long | crate::value::Ty::Int | crate::value::Ty::Float) || t.is_empty() {
        return Ok(None);
    }
    let name = match (v.name, scan) {
        ("+", true) => "sums",
        ("|", false) => "max",
        ("&", false) => "min",
        ("|", true) => "maxs",
        ("&", true) => "mins",
        // sum skips nulls where + does not
        ("+", false) if no_nulls(t) => "sum",
        _ => return Ok(None),
    };
    if name == "sums" && !no_nulls(t) || (name != "sum" && name != "sums" && !no_nulls(t)) {
        return Ok(None);
    }
    match super::lookup(name).and_then(|v| v.monad) {
        Some(m) => m(host, x.clone()).map(Some),
        None => Ok(None),
    }
}

fn no_nulls(v: &crate::value::Vector) -> bool {
    match &v.data {
        crate::value::Data::I64(x) => !x.contains(&i64::MIN),
        crate::value::Data::I32(x) => !x.contains(&i32::MIN),
        crate::value::Data::F64(x) => !x.iter().any(|f| f.is_nan()),
        _ => false,
    }
}

/// What a reduction of nothing is: the identity of well-known operators, else the empty list.
fn empty_over(f: &Value, x: &Value) -> Value {
    let v = match f {
        Value::Verb(v, _) => v,
        // a list yields an empty list of its own type, a function of no known identity ()
        Value::Vec(_) | Value::List(_) => return f.null_like(),
        _ => return Value::empty(),
    };
    let typed = |l: i64, fl: f64| match x.ty().map(crate::value::Ty::class) {
        Some(crate::value::Class::F64) => Value::float(fl),
        _ => Value::long(l),
    };
    match v.name {
        "+" | "-" => typed(0, 0.0),
        "*" | "%" => typed(1, 1.0),
        "|" => x.ty().map_or(Value::neg_inf_of(crate::value::Ty::Long), Value::neg_inf_of),
        "&" => x.ty().map_or(Value::inf_of(crate::value::Ty::Long), Value::inf_of),
        _ => x.clone(),
    }
}

/// Results that a converging scan keeps before it is taken for endless.
const STEPS_KEPT: usize = 1 << 24;

/// Unary `f/[x]`: until a value repeats or the first one comes back.
fn converge(host: &mut dyn Host, f: &Value, x: Value, scan: bool) -> Result<Value> {
    let first = x.clone();
    let mut now = x;
    let mut out = if scan { vec![now.clone()] } else { vec![] };
    loop {
        host.poll()?;
        let next = host.call(f, vec![now.clone()])?;
        if matches(&next, &now) || matches(&next, &first) {
            return Ok(if scan { Value::collapse(out) } else { now });
        }
        now = next;
        if scan {
            ensure!(out.len() < STEPS_KEPT, "wsfull");
            out.push(now.clone());
        }
    }
}

/// Unary `n f/x` and `test f/x`.
fn repeat(host: &mut dyn Host, f: &Value, n: &Value, x: Value, scan: bool) -> Result<Value> {
    let mut now = x;
    let mut out = if scan { vec![now.clone()] } else { vec![] };
    if n.is_atom() {
        let n = n.as_long().ok_or_else(Error::ty)?;
        for _ in 0..n.max(0) {
            host.poll()?;
            now = host.call(f, vec![now])?;
            if scan {
                out.push(now.clone());
            }
        }
    } else {
        loop {
            host.poll()?;
            let t = host.call(n, vec![now.clone()])?;
            let go = t.as_float().ok_or_else(Error::ty)? != 0.0;
            if !go {
                break;
            }
            now = host.call(f, vec![now])?;
            if scan {
                out.push(now.clone());
            }
        }
    }
    Ok(if scan { Value::collapse(out) } else { now })
}

/// Bytes of stack of a worker thread.
const STACK: usize = 256 << 20;

/// `f peach x`: on worker threads or processes when there are any, otherwise each.
fn peach(host: &mut dyn Host, f: &Value, x: Value) -> Result<Value> {
    let threads = host.settings().threads;
    let n = x.len();
    if host.settings().processes && n > 1 && (x.is_list() || matches!(x, Value::Table(_))) {
        return super::processes::peach(host, f, x);
    }
    if threads < 2 || n < 2 || !(x.is_list() || matches!(x, Value::Table(_))) {
        return each(host, f, vec![x]);
    }
    let parts = threads.min(n);
    let mut jobs: Vec<(Box<dyn Host + Send>, Vec<Value>)> =
        (0..parts).map(|p| (host.fork(), (0..n).filter(|i| i % parts == p).map(|i| x.at(i)).collect())).collect();
    let reach = crate::access::now();
    let results: Vec<Result<Vec<Value>>> = std::thread::scope(|s| {
        let running: Vec<_> = jobs
            .iter_mut()
            .map(|(h, items)| {
                std::thread::Builder::new().stack_size(STACK).spawn_scoped(s, move || {
                    let work = || items.drain(..).map(|i| h.call(f, vec![i])).collect::<Result<Vec<_>>>();
                    crate::access::within(reach, work)
                })
            })
            .collect();
        running
            .into_iter()
            .map(|t| match t {
                Ok(t) => t.join().unwrap_or_else(|_| Err(Error::new("thread"))),
                Err(e) => Err(Error::os("thread", &e)),
            })
            .collect()
    });
    drop(jobs);
    let mut cols = vec![];
    for r in results {
        cols.push(r?.into_iter());
    }
    let out = (0..n).map(|i| cols[i % parts].next().ok_or_else(|| Error::new("thread"))).collect::<Result<_>>()?;
    Ok(Value::collapse(out))
}
