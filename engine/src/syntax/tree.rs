//! Parse trees: code as q values (`parse`), and q values as code (`eval`, functional qSQL).

use crate::error::{Error, Result};
use crate::value::code::{Assign, Code, Node, Place, Sql, SqlKind};
use crate::value::{Data, Sym, Ty, Value};
use crate::verb;

fn prim(name: &str, monadic: bool) -> Value {
    verb::lookup(name).map_or(Value::Null, |v| Value::Verb(v, monadic))
}

/// The parse tree of an expression, as `parse` returns it.
pub fn to_tree(c: &Code) -> Value {
    match &c.node {
        Node::Const(v) => match v {
            Value::Sym(_) => Value::syms(vec![v.as_sym().unwrap_or_default()]),
            Value::Vec(x) if x.ty == Ty::Sym => Value::list(vec![v.clone()]),
            Value::Derived(d) => Value::list(vec![Value::Adverb(d.adverb), d.func.clone()]),
            _ => v.clone(),
        },
        Node::Local(_) => Value::Null,
        Node::Global(n) | Node::Column(n, _) => Value::Sym(*n),
        Node::Monad(v, x) => Value::list(vec![Value::Verb(v, true), to_tree(x)]),
        Node::Dyad(v, x, y) => Value::list(vec![Value::Verb(v, false), to_tree(x), to_tree(y)]),
        Node::Apply(f, args) => {
            let mut l = vec![to_tree(f)];
            l.extend(args.iter().map(to_tree));
            Value::list(l)
        }
        Node::List(items) => {
            let mut l = vec![prim("enlist", true)];
            l.extend(items.iter().map(to_tree));
            Value::list(l)
        }
        Node::Assign(a) => {
            let name = if a.index.is_empty() {
                Value::Sym(a.name)
            } else {
                let mut l = vec![Value::Sym(a.name)];
                l.extend(a.index.iter().map(to_tree));
                Value::collapse(l)
            };
            let f = match (&a.op, a.global) {
                (Some(op), _) => match &op.node {
                    Node::Const(Value::Verb(v, _)) => Value::Verb(v, true),
                    _ => to_tree(op),
                },
                (None, true) => Value::Null,
                (None, false) => prim(":", false),
            };
            let mut l = vec![f, name];
            l.extend(a.value.iter().map(to_tree));
            Value::list(l)
        }
        Node::Unpack(_, v) => Value::list(vec![prim(":", false), Value::Null, to_tree(v)]),
        Node::Cond(v) => with_head(prim("$", false), v),
        Node::Match(v, cases, other) => {
            let mut l = vec![prim(":", false), to_tree(v)];
            l.extend(cases.iter().flat_map(|(_, r)| [Value::Null, to_tree(r)]));
            l.extend(other.iter().map(|c| to_tree(c)));
            Value::list(l)
        }
        Node::If(v) => with_head(Value::sym("if"), v),
        Node::While(v) => with_head(Value::sym("while"), v),
        Node::Do(v) => with_head(Value::sym("do"), v),
        Node::Block(v) if v.len() == 1 => to_tree(&v[0]),
        Node::Block(v) => with_head(Value::char(b';'), v),
        Node::Silent(v) => {
            let Node::Block(b) = &v.node else {
                return Value::list(vec![Value::char(b';'), to_tree(v), Value::Null]);
            };
            let mut l = vec![Value::char(b';')];
            l.extend(b.iter().map(to_tree));
            l.push(Value::Null);
            Value::list(l)
        }
        Node::Return(v) => Value::list(vec![prim(":", true), to_tree(v)]),
        Node::Signal(v) => Value::list(vec![Value::Adverb(crate::value::Adverb::Each), to_tree(v)]),
        Node::Lambda(l) => Value::Lambda(l.clone()),
        Node::Derive(a, f) => Value::list(vec![Value::Adverb(*a), to_tree(f)]),
        Node::Compose(v) => with_head(Value::Adverb(crate::value::Adverb::Each), v),
        Node::Table(keys, cols) => {
            let t = dict_tree(cols);
            let flip = prim("flip", true);
            match keys {
                None => Value::list(vec![flip, t]),
                Some(k) => Value::list(vec![
                    prim("!", false),
                    Value::list(vec![flip.clone(), dict_tree(k)]),
                    Value::list(vec![flip, t]),
                ]),
            }
        }
        Node::DictLit(cols) => dict_tree(cols),
        Node::Sql(q) => sql_tree(q),
    }
}

fn with_head(h: Value, v: &[Code]) -> Value {
    let mut l = vec![h];
    l.extend(v.iter().map(to_tree));
    Value::list(l)
}

fn dict_tree(cols: &[(Sym, Code)]) -> Value {
    let names = Value::list(vec![Value::syms(cols.iter().map(|(n, _)| *n).collect())]);
    let mut vals = vec![prim("enlist", true)];
    vals.extend(cols.iter().map(|(_, c)| to_tree(c)));
    Value::list(vec![prim("!", false), names, Value::list(vals)])
}

fn columns_tree(cols: &[(Sym, Code)]) -> Value {
    Value::dict(
        Value::syms(cols.iter().map(|(n, _)| *n).collect()),
        Value::collapse(cols.iter().map(|(_, c)| to_tree(c)).collect()),
    )
}

/// A tree that evaluates to the tree `t`.
fn quoted(t: Value) -> Value {
    match t {
        Value::Sym(n) => Value::syms(vec![n]),
        t if t.is_list() => Value::list(vec![t]),
        t => t,
    }
}

fn sql_tree(q: &Sql) -> Value {
    let filter = if q.filter.is_empty() {
        Value::empty()
    } else {
        Value::list(vec![Value::list(q.filter.iter().map(to_tree).collect())])
    };
    let by = match &q.by {
        None if q.distinct => Value::bool(true),
        None if q.kind == SqlKind::Exec => Value::empty(),
        None => Value::bool(false),
        Some(b) if b.len() == 1 && b[0].0.is_null() => quoted(to_tree(&b[0].1)),
        Some(b) => columns_tree(b),
    };
    let cols = if q.kind == SqlKind::DeleteCols {
        Value::list(vec![Value::syms(q.cols.iter().map(|(n, _)| *n).collect())])
    } else if q.kind == SqlKind::DeleteRows {
        Value::empty_of(Ty::Sym)
    } else if q.cols.is_empty() {
        Value::empty()
    } else if q.bare {
        quoted(to_tree(&q.cols[0].1))
    } else {
        columns_tree(&q.cols)
    };
    let f = if matches!(q.kind, SqlKind::Select | SqlKind::Exec) { "?" } else { "!" };
    let mut l = vec![prim(f, false), to_tree(&q.table), filter, by, cols];
    if q.limit.is_some() || q.order.is_some() {
        l.push(q.limit.as_ref().map_or(Value::inf_of(Ty::Long), to_tree));
    }
    if let Some((o, c)) = &q.order {
        let grade = if o.bytes().first() == Some(&b'<') { "iasc" } else { "idesc" };
        l.push(Value::list(vec![Value::list(vec![prim(grade, true), to_tree(c)])]));
    }
    Value::list(l)
}

fn code(node: Node) -> Code {
    Code { at: 0, node }
}

/// The code of a parse tree. With `columns`, names are columns of the table at hand before they are variables.
pub fn from_tree(t: &Value, columns: bool) -> Result<Code> {
    from_tree_at(t, columns, 0)
}

fn from_tree_at(t: &Value, columns: bool, depth: usize) -> Result<Code> {
    if depth > 500 {
        return Err(Error::new("stack"));
    }
    let down = |v: &Value| from_tree_at(v, columns, depth + 1);
    Ok(code(match t {
        Value::Sym(n) if columns => Node::Column(*n, Box::new(code(Node::Global(*n)))),
        Value::Sym(n) => Node::Global(*n),
        Value::Vec(v) if v.ty == Ty::Sym && v.len() == 1 => match &v.data {
            Data::Sym(s) => Node::Const(Value::Sym(s[0])),
            _ => Node::Const(t.clone()),
        },
        // several symbols: a name applied to names
        Value::Vec(v) if v.ty == Ty::Sym && v.len() > 1 => {
            let items = t.items();
            Node::Apply(Box::new(down(&items[0])?), items[1..].iter().map(down).collect::<Result<_>>()?)
        }
        Value::List(l) if l.len() == 1 => Node::Const(l[0].clone()),
        Value::List(l) if l.is_empty() => Node::Const(t.clone()),
        Value::List(l) => {
            let rest = &l[1..];
            let codes = |v: &[Value]| v.iter().map(down).collect::<Result<Vec<_>>>();
            match &l[0] {
                Value::U8(Ty::Char, b';') => Node::Block(codes(rest)?),
                Value::Sym(n) if matches!(n.bytes(), b"if" | b"do" | b"while") => {
                    let c = codes(rest)?;
                    match n.bytes() {
                        b"if" => Node::If(c),
                        b"do" => Node::Do(c),
                        _ => Node::While(c),
                    }
                }
                Value::Verb(v, _) if v.name == ":" && rest.len() == 2 => assign(rest, None, false, &down)?,
                Value::Null if rest.len() == 2 && assignable(&rest[0]) => assign(rest, None, true, &down)?,
                Value::Verb(v, true) if v.dyad.is_some() && rest.len() == 2 && assignable(&rest[0]) => {
                    assign(rest, Some(code(Node::Const(Value::Verb(v, false)))), false, &down)?
                }
                Value::Verb(v, false) if v.name == "$" && rest.len() >= 3 => Node::Cond(codes(rest)?),
                Value::Verb(v, _) if v.name == "enlist" => Node::List(codes(rest)?),
                Value::Adverb(crate::value::Adverb::Each)
                    if rest.len() == 1 && !matches!(rest[0], Value::Verb(..) | Value::Lambda(_)) =>
                {
                    Node::Derive(crate::value::Adverb::Each, Box::new(down(&rest[0])?))
                }
                Value::Adverb(a) if rest.len() == 1 => Node::Derive(*a, Box::new(down(&rest[0])?)),
                f => Node::Apply(Box::new(down(f)?), codes(rest)?),
            }
        }
        v => Node::Const(v.clone()),
    }))
}

fn assignable(v: &Value) -> bool {
    match v {
        Value::Sym(_) => true,
        Value::Vec(x) => x.ty == Ty::Sym && x.len() > 1,
        Value::List(l) => l.len() > 1 && matches!(l[0], Value::Sym(_)),
        _ => false,
    }
}

fn assign(rest: &[Value], op: Option<Code>, global: bool, down: &dyn Fn(&Value) -> Result<Code>) -> Result<Node> {
    let (name, index) = match &rest[0] {
        Value::Sym(n) => (*n, vec![]),
        v if assignable(v) => {
            let items = v.items();
            let index = items[1..].iter().map(down).collect::<Result<Vec<_>>>()?;
            (items[0].as_sym().ok_or_else(Error::ty)?, index)
        }
        _ => return Err(Error::ty()),
    };
    let value = Some(down(&rest[1])?);
    Ok(Node::Assign(Box::new(Assign { place: Place::Global(name), name, global, index, op, value })))
}

/// The code of functional qSQL arguments `t;c;b;a[;n[;g]]`, where `t` is already a value.
pub fn sql_from(amend: bool, table: Value, args: &[Value]) -> Result<Sql> {
    let filter = match &args[0] {
        Value::List(l) => l.iter().map(|t| from_tree(t, true)).collect::<Result<Vec<_>>>()?,
        Value::Vec(v) if v.is_empty() => vec![],
        Value::Vec(v) if v.ty == Ty::Sym => {
            args[0].items().iter().map(|t| from_tree(t, true)).collect::<Result<_>>()?
        }
        Value::Vec(_) => vec![code(Node::Const(args[0].clone()))],
        Value::Null => vec![],
        _ => return Err(Error::ty()),
    };
    let by_arg = &args[1];
    let cols_arg = &args[2];
    let named = |v: &Value| -> Result<Vec<(Sym, Code)>> {
        let Value::Dict(d) = v else { return Err(Error::ty()) };
        let names = d.keys.as_syms().ok_or_else(Error::ty)?;
        let vals = d.vals.items();
        names.into_iter().zip(&vals).map(|(n, t)| Ok((n, from_tree(t, true)?))).collect()
    };
    let mut distinct = false;
    let mut exec = false;
    let by = match by_arg {
        Value::U8(Ty::Bool, b) => {
            distinct = *b == 1 && !amend;
            None
        }
        Value::List(l) if l.is_empty() => {
            exec = !amend;
            None
        }
        Value::Dict(d) if d.keys.is_empty() => None,
        Value::Dict(_) => Some(named(by_arg)?),
        t => {
            exec = !amend;
            Some(vec![(Sym::NULL, from_tree(t, true)?)])
        }
    };
    let mut bare = false;
    let mut kind = match (amend, exec) {
        (true, _) => SqlKind::Update,
        (false, true) => SqlKind::Exec,
        _ => SqlKind::Select,
    };
    let cols = match cols_arg {
        Value::Dict(d) if exec_by_dict(by_arg) && !amend => {
            let _ = d;
            named(cols_arg)?
        }
        Value::Dict(_) => named(cols_arg)?,
        Value::Vec(v) if amend && v.ty == Ty::Sym => {
            kind = if v.is_empty() { SqlKind::DeleteRows } else { SqlKind::DeleteCols };
            let names = cols_arg.as_syms().unwrap_or_default();
            names.into_iter().map(|n| (n, code(Node::Const(Value::Null)))).collect()
        }
        Value::List(l) if l.is_empty() => vec![],
        Value::Vec(v) if v.is_empty() => vec![],
        // an enlisted symbol list deletes columns: ,`a`b
        Value::List(l) if amend && l.len() == 1 => {
            kind = SqlKind::DeleteCols;
            let names = l[0].as_syms().ok_or_else(Error::ty)?;
            names.into_iter().map(|n| (n, code(Node::Const(Value::Null)))).collect()
        }
        t => {
            bare = true;
            if kind == SqlKind::Select {
                kind = SqlKind::Exec;
            }
            vec![(Sym::new("x"), from_tree(t, true)?)]
        }
    };
    let limit = match args.get(3) {
        None => None,
        Some(Value::I64(_, i64::MAX)) => None,
        Some(v) => Some(code(Node::Const(v.clone()))),
    };
    let order = match args.get(4) {
        None => None,
        Some(Value::List(l)) => {
            let pair = match &l[..] {
                [Value::List(p)] => p.to_vec(),
                p => p.to_vec(),
            };
            match &pair[..] {
                [Value::Verb(v, _), c] => {
                    let name = match v.name {
                        "iasc" | "asc" => "<",
                        "idesc" | "desc" => ">",
                        n => n,
                    };
                    Some((Sym::new(name), from_tree(c, true)?))
                }
                _ => return Err(Error::ty()),
            }
        }
        Some(_) => return Err(Error::ty()),
    };
    let table = code(Node::Const(table));
    Ok(Sql { kind, table, cols, by, filter, limit, order, distinct, bare })
}

fn exec_by_dict(by: &Value) -> bool {
    matches!(by, Value::Dict(_))
}
