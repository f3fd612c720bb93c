//! Dictionaries and tables: `!`, `key value keys cols meta`, renaming and keying columns, `insert upsert`.

use super::shape::as_count;
use crate::ensure;
use crate::error::{Error, Result};
use crate::value::compare::find_all;
use crate::value::convert::in_width_of;
use crate::value::domain::domain_list;
use crate::value::func::Monad;
use crate::value::join::{append, collapse, join_lists};
use crate::value::{Attr, Data, Dict, Domain, Host, Sym, Table, Ty, Value, Vector, Verb};
use std::sync::{Arc, LazyLock};

pub static VERBS: &[Verb] = &[
    Verb {
        name: "!",
        dyad: Some(bang),
        variad: Some(|h, x| h.sql(true, x)),
        infix: true,
        doc: "dictionary from keys x to values y; n!t keys a table; `d!i enumerates; -n!x is an internal function",
        examples: &[("`a`b!1 2", "`a`b!1 2"), ("0!([a:1 2]b:3 4)", "([]a:1 2;b:3 4)")],
        ..Verb::BLANK
    },
    Verb {
        name: "key",
        glyph: "!:",
        monad: Some(|h, x| key(h, x)),
        doc: "keys of a dictionary, files of a directory, domain of an enumeration, type of a vector; til",
        examples: &[("key `a`b!1 2", "`a`b"), ("key 1 2", "`long"), ("key 3", "0 1 2")],
        ..Verb::BLANK
    },
    Verb {
        name: "value",
        glyph: ".:",
        monad: Some(|h, x| value(h, x)),
        doc: "values of a dictionary, of a name, of q text, of an enumeration; the parts of a function",
        examples: &[("value `a`b!1 2", "1 2"), ("value \"2+3\"", "5"), ("value (+;1;2)", "3")],
        ..Verb::BLANK
    },
    Verb {
        name: "keys",
        monad: Some(|h, x| keys(h, &x)),
        doc: "names of the key columns of a table",
        examples: &[("keys ([a:1 2]b:3 4)", "enlist `a"), ("keys ([]a:1 2)", "`symbol$()")],
        ..Verb::BLANK
    },
    Verb {
        name: "cols",
        monad: Some(|h, x| cols(h, x)),
        doc: "column names of a table",
        examples: &[("cols ([a:1 2]b:3 4)", "`a`b")],
        ..Verb::BLANK
    },
    Verb {
        name: "meta",
        monad: Some(|h, x| meta(h, x)),
        doc: "table of a table's columns: name, type, foreign key, attribute",
        examples: &[("exec t from meta ([]a:1 2;b:`x`y)", "\"js\"")],
        ..Verb::BLANK
    },
    Verb {
        name: "fkeys",
        monad: Some(|h, x| fkeys(h, &x)),
        doc: "dictionary from the foreign-key columns of a table to their tables",
        ..Verb::BLANK
    },
    Verb {
        name: "tables",
        monad: Some(|h, x| tables(h, &x)),
        doc: "names of the tables in a namespace, sorted",
        ..Verb::BLANK
    },
    Verb {
        name: "views",
        monad: Some(views),
        doc: "names of the views in the current namespace, or in x, sorted",
        ..Verb::BLANK
    },
    Verb { name: "view", monad: Some(view), doc: "the text that defines view x", ..Verb::BLANK },
    Verb {
        name: "xcol",
        dyad: Some(|_, x, y| xcol(&x, &y)),
        infix: true,
        doc: "table y with its first columns renamed to x, or by a dictionary of old to new names",
        examples: &[("cols `d`e xcol ([]a:1 2;b:3 4;c:5 6)", "`d`e`c")],
        ..Verb::BLANK
    },
    Verb {
        name: "xcols",
        dyad: Some(|_, x, y| xcols(&x, &y)),
        infix: true,
        doc: "table y with columns x first",
        examples: &[("cols `b xcols ([]a:1 2;b:3 4)", "`b`a")],
        ..Verb::BLANK
    },
    Verb {
        name: "xkey",
        dyad: Some(xkey),
        infix: true,
        doc: "table y keyed by columns x; by name, in place",
        examples: &[("`a xkey ([]a:1 2;b:3 4)", "([a:1 2]b:3 4)")],
        ..Verb::BLANK
    },
    Verb {
        name: "insert",
        dyad: Some(insert),
        infix: true,
        doc: "appends records to the table that x names; returns the positions of the new rows",
        ..Verb::BLANK
    },
    Verb {
        name: "upsert",
        dyad: Some(upsert),
        infix: true,
        doc: "table x with records y appended or, by key, replaced; by name, in place",
        examples: &[("([a:1 2]b:3 4) upsert (2;5)", "([a:1 2]b:3 5)")],
        ..Verb::BLANK
    },
];

// ---- tables taken apart -------------------------------------------------------------------------------------

/// A table, keyed or not, as one row of columns, of which the first `keys` are the key.
pub struct Flat {
    pub table: Table,
    pub keys: usize,
}

impl Flat {
    /// The table again, keyed if it was.
    pub fn build(self) -> Value {
        enkey(self.keys, self.table)
    }
}

/// Takes a table or keyed table apart; anything else is `'type`.
pub fn flat(v: &Value) -> Result<Flat> {
    match v {
        Value::Table(t) => Ok(Flat { table: t.as_ref().clone(), keys: 0 }),
        Value::Dict(d) => {
            let (Value::Table(k), Value::Table(v)) = (&d.keys, &d.vals) else { return Err(Error::ty()) };
            let mut t = k.as_ref().clone();
            t.names.extend(&v.names);
            t.cols.extend(v.cols.iter().cloned());
            Ok(Flat { keys: k.names.len(), table: t })
        }
        _ => Err(Error::ty()),
    }
}

/// The first `k` columns as keys of the rest; 0 leaves a simple table.
pub fn enkey(k: usize, mut t: Table) -> Value {
    if k == 0 {
        return Value::Table(Arc::new(t));
    }
    let (names, cols) = (t.names.split_off(k), t.cols.split_off(k));
    Value::dict(Value::table(t.names, t.cols), Value::table(names, cols))
}

/// Column names from a symbol or symbols.
pub fn names_of(v: &Value) -> Result<Vec<Sym>> {
    match v {
        Value::List(l) if l.is_empty() => Ok(vec![]),
        v => v.as_syms().ok_or_else(Error::ty),
    }
}

/// Positions of columns; a missing one is an error of its name.
pub fn positions(t: &Table, names: &[Sym]) -> Result<Vec<usize>> {
    names.iter().map(|&n| t.position(n).ok_or_else(|| Error::new(n.text().into_owned()))).collect()
}

/// A table given by name or by value.
pub fn by_name(h: &mut dyn Host, v: &Value) -> Result<Value> {
    match v {
        Value::Sym(s) if is_path(v) => super::file::get_path(h, *s),
        Value::Sym(s) => h.get(*s),
        v => Ok(v.clone()),
    }
}

fn is_path(v: &Value) -> bool {
    matches!(v, Value::Sym(s) if s.bytes().first() == Some(&b':'))
}

/// Gives the table (by value or name) to `f`; by name, the result replaces it and the name is returned.
pub fn in_place(h: &mut dyn Host, t: Value, f: impl FnOnce(&mut dyn Host, Value) -> Result<Value>) -> Result<Value> {
    match t {
        Value::Sym(s) => {
            let v = h.get(s)?;
            let r = f(h, v)?;
            h.set(s, r)?;
            Ok(t)
        }
        v => f(h, v),
    }
}

// ---- ! ------------------------------------------------------------------------------------------------------

/// `-1!`, `-2!` and so on, where they are functions of one argument.
static OWN: LazyLock<Vec<Option<Monad>>> = LazyLock::new(|| {
    let row = |n: i64| super::lookup(super::internal::replacement(n).unwrap_or(&format!("{n}!")));
    (1..=64).map(|n| row(-n).and_then(|v| v.monad)).collect()
});

fn bang(h: &mut dyn Host, x: Value, y: Value) -> Result<Value> {
    if let (Some(n), false) = (as_count(&x), matches!(x, Value::U8(..))) {
        if n == i64::MIN {
            return display(h, y);
        }
        if n < 0 {
            if let Some(m) = usize::try_from(-(n + 1)).ok().and_then(|k| OWN.get(k).copied().flatten()) {
                return m(h, y);
            }
            let own = format!("{n}!");
            return super::call_row(h, super::internal::replacement(n).unwrap_or(&own), vec![y]);
        }
        return match &y {
            Value::Sym(_) if !is_path(&y) => in_place(h, y, |_, t| rekey(n, &t)),
            Value::Table(_) | Value::Dict(_) => rekey(n, &y),
            _ => Err(Error::ty()),
        };
    }
    if let Value::Sym(name) = &x {
        return enumeration(h, *name, &y);
    }
    let list = |v: &Value| v.is_list() || matches!(v, Value::Table(_));
    if list(&x) && matches!(y, Value::Sym(_)) {
        // one name for all keys: columns of a table on disk, `a`b!`:path/
        return Ok(Value::dict(x, y));
    }
    ensure!(list(&x) && list(&y), "type");
    // keys!(): an empty list for each
    if matches!(&y, Value::List(l) if l.is_empty()) && x.is_list() {
        return Ok(Value::dict(x.clone(), Value::list(vec![y; x.len()])));
    }
    ensure!(x.len() == y.len(), "length");
    Ok(Value::dict(x, y))
}

/// `0N!x`: prints x in one line and returns it.
fn display(h: &mut dyn Host, x: Value) -> Result<Value> {
    use std::io::Write;
    let mut line = super::cast::one_line(h, x.clone())?.as_bytes().unwrap_or_default();
    line.push(b'\n');
    let mut out = std::io::stdout().lock();
    out.write_all(&line).and_then(|()| out.flush()).map_err(|e| Error::os("stdout", &e))?;
    Ok(x)
}

fn rekey(n: i64, t: &Value) -> Result<Value> {
    let f = flat(t)?;
    let n = usize::try_from(n).map_err(|_| Error::length())?;
    ensure!(n == 0 || n < f.table.names.len(), "length");
    if n == 0 && f.keys == 0 {
        return Ok(t.clone());
    }
    Ok(enkey(n, f.table))
}

/// `` `name!positions``
fn enumeration(h: &mut dyn Host, name: Sym, y: &Value) -> Result<Value> {
    let ints = matches!(y.ty(), Some(Ty::Long | Ty::Int | Ty::Short));
    ensure!(ints || matches!(y, Value::List(l) if l.is_empty()), "type");
    if let Some(v) = h.peek(name) {
        Domain(name).set(domain_list(&v));
    }
    if y.is_atom() {
        return Ok(Value::Enum(Domain(name), y.as_long().ok_or_else(Error::ty)?));
    }
    let ix = (0..y.len()).map(|i| y.at(i).as_long().unwrap_or(i64::MIN)).collect();
    Ok(Value::Vec(Arc::new(Vector::enumerated(Domain(name), ix))))
}

// ---- key, value ---------------------------------------------------------------------------------------------

fn key(h: &mut dyn Host, x: Value) -> Result<Value> {
    match &x {
        Value::Dict(d) => Ok(d.keys.clone()),
        Value::Sym(s) if is_path(&x) => super::file::key_of_path(*s),
        Value::Sym(s) if s.is_null() => Ok(Value::syms(h.names(*s))),
        Value::Sym(s) => match h.peek(*s) {
            Some(Value::Dict(d)) => Ok(d.keys.clone()),
            Some(_) => Ok(x),
            None if s.bytes() == b"." => Ok(Value::syms(h.names(*s))),
            None => Ok(Value::empty()),
        },
        Value::Enum(d, _) => Ok(Value::Sym(d.0)),
        Value::Vec(v) if v.ty == Ty::Enum => Ok(Value::Sym(v.domain.0)),
        Value::Vec(v) => Ok(Value::sym(v.ty.name())),
        Value::List(_) => Ok(Value::Sym(Sym::NULL)),
        _ if as_count(&x).is_some() => super::shape::til(&x),
        _ => Err(Error::ty()),
    }
}

/// `value x`
pub fn value(h: &mut dyn Host, x: Value) -> Result<Value> {
    crate::value::stack::check()?;
    match &x {
        Value::Dict(d) => Ok(d.vals.clone()),
        Value::Table(t) => Ok(Value::list(t.cols.clone())),
        Value::Sym(s) if is_path(&x) => super::file::get_path(h, *s),
        Value::Sym(s) => h.get(*s),
        Value::Enum(..) => Ok(x.deenum()),
        Value::Vec(v) if v.ty == Ty::Enum => Ok(x.deenum()),
        Value::Vec(v) if v.ty == Ty::Char => {
            let text = x.as_bytes().unwrap_or_default();
            h.eval_text(&String::from_utf8_lossy(&text))
        }
        Value::U8(Ty::Char, c) => h.eval_text(&String::from_utf8_lossy(&[*c])),
        Value::List(_) | Value::Vec(_) => {
            let mut items = x.items();
            if items.is_empty() {
                return Ok(x);
            }
            let args = items.split_off(1);
            let head = match items.remove(0) {
                s @ Value::Sym(_) => value(h, s)?,
                s if s.is_string() || matches!(s, Value::U8(Ty::Char, _)) => value(h, s)?,
                f => f,
            };
            if args.is_empty() {
                return h.call(&head, vec![Value::Null]);
            }
            h.call(&head, args)
        }
        Value::Proj(p) => {
            let mut r = vec![p.func.clone()];
            let given = p.args.iter().rposition(|a| !matches!(a, Value::Elided)).map_or(0, |i| i + 1);
            r.extend(p.args[..given].iter().cloned());
            Ok(Value::list(r))
        }
        Value::Compose(c) => Ok(Value::list(c.to_vec())),
        Value::Derived(d) => Ok(d.func.clone()),
        Value::Verb(v, monadic) => Ok(Value::long(code_of(v, *monadic))),
        Value::Null => Ok(Value::long(0)),
        Value::Adverb(a) => Ok(Value::long(i64::from(a.type_code() - 106))),
        // a view as its namespace holds it
        Value::Lambda(l) if !l.text.starts_with('{') && h.view_text(Sym::new(&*l.name)).is_some() => {
            h.view_parts(Sym::new(&*l.name)).ok_or_else(Error::ty)
        }
        Value::Lambda(l) => {
            let mut globals = vec![match l.context.bytes() {
                b"." => Sym::NULL,
                c => Sym::new(c.strip_prefix(b".").unwrap_or(c)),
            }];
            globals.extend(&l.globals);
            let (file, line) = match l.origin.rsplit_once(':') {
                Some((f, n)) => (f.to_string(), n.parse().unwrap_or(-1)),
                None => (l.origin.to_string(), -1),
            };
            let mut r = vec![
                Value::bytes(vec![]),
                // `{[] …}` still takes one argument, which has no name
                Value::syms(if l.params.is_empty() { vec![Sym::NULL] } else { l.params.clone() }),
                Value::syms(l.locals.clone()),
                Value::syms(globals),
            ];
            constants(&l.body, &mut r);
            r.extend([
                Value::long(-1),
                if l.name.is_empty() {
                    Value::empty()
                } else {
                    // full names: those of the root have no namespace between the dots
                    Value::string(if l.name.starts_with('.') { l.name.to_string() } else { format!("..{}", l.name) })
                },
                Value::string(file),
                Value::long(line),
                Value::string(l.text.as_bytes().to_vec()),
            ]);
            Ok(Value::list(r))
        }
        _ => Err(Error::ty()),
    }
}

/// Literals of a function body that are data, in order of appearance.
fn constants(c: &crate::value::code::Code, out: &mut Vec<Value>) {
    use crate::value::code::Node;
    match &c.node {
        Node::Const(v) if !v.is_func() && !matches!(v, Value::Elided) => {
            out.push(v.clone());
        }
        Node::Apply(f, args) => {
            args.iter().for_each(|a| constants(a, out));
            constants(f, out);
        }
        Node::Monad(_, a) | Node::Return(a) | Node::Signal(a) | Node::Silent(a) | Node::Derive(_, a) => {
            constants(a, out);
        }
        Node::Dyad(_, a, b) => {
            constants(a, out);
            constants(b, out);
        }
        Node::List(l)
        | Node::Cond(l)
        | Node::If(l)
        | Node::While(l)
        | Node::Do(l)
        | Node::Block(l)
        | Node::Compose(l) => {
            l.iter().for_each(|a| constants(a, out));
        }
        Node::Assign(a) => {
            a.index.iter().for_each(|i| constants(i, out));
            if let Some(v) = &a.value {
                constants(v, out);
            }
        }
        _ => {}
    }
}

/// kdb+'s number of a primitive, as in its IPC types 101 and 102; -1 for those without one.
fn code_of(v: &Verb, monadic: bool) -> i64 {
    const ONE: &[&str] = &[
        "::",
        "flip",
        "neg",
        "first",
        "reciprocal",
        "where",
        "reverse",
        "null",
        "group",
        "iasc",
        "idesc",
        "string",
        "enlist",
        "count",
        "floor",
        "not",
        "key",
        "distinct",
        "type",
        "value",
        "read0",
        "read1",
        "2::",
        "avg",
        "last",
        "sum",
        "prd",
        "min",
        "max",
        "exit",
        "getenv",
        "abs",
        "sqrt",
        "log",
        "exp",
        "sin",
        "asin",
        "cos",
        "acos",
        "tan",
        "atan",
    ];
    const TWO: &[&str] = &[
        ":", "+", "-", "*", "%", "&", "|", "^", "=", "<", ">", "$", ",", "#", "_", "~", "!", "?", "@", ".", "0:", "1:",
        "2:", "in", "within", "like", "bin", "ss", "insert", "wsum", "wavg", "div", "xexp", "setenv", "binr", "cov",
        "cor",
    ];
    let name = if v.name == "get" { "value" } else { v.name };
    let at = |l: &[&str]| l.iter().position(|&n| n == name).map(|i| i as i64);
    if monadic { at(ONE).or(at(TWO)) } else { at(TWO).or(at(ONE)) }.unwrap_or(-1)
}

// ---- columns ------------------------------------------------------------------------------------------------

fn keys(h: &mut dyn Host, x: &Value) -> Result<Value> {
    match by_name(h, x)? {
        Value::Dict(d) => match &d.keys {
            Value::Table(t) => Ok(Value::syms(t.names.clone())),
            _ => Err(Error::ty()),
        },
        Value::Table(_) | Value::Parts(_) => Ok(Value::empty_of(Ty::Sym)),
        _ => Err(Error::ty()),
    }
}

fn cols(h: &mut dyn Host, x: Value) -> Result<Value> {
    match by_name(h, &x)? {
        Value::Table(t) => Ok(Value::syms(t.names.clone())),
        Value::Parts(p) => Ok(Value::syms(p.names())),
        Value::Dict(d) if matches!((&d.keys, &d.vals), (Value::Vec(_), Value::Sym(_))) => Ok(d.keys.clone()),
        // a dictionary of columns
        Value::Dict(d) if d.keys.ty() == Some(Ty::Sym) => Ok(d.keys.clone()),
        v => Ok(Value::syms(flat(&v)?.table.names)),
    }
}

/// The letter of a column in `meta`: upper case for lists of vectors, blank for what has no one type.
pub fn type_letter(c: &Value) -> u8 {
    match c {
        Value::Vec(v) if v.ty == Ty::Enum => match v.domain.list() {
            Some(l) => l.ty().map_or(b's', Ty::letter),
            None => b's',
        },
        Value::Vec(v) => v.ty.letter(),
        Value::List(l) => match l.first() {
            Some(Value::Vec(v)) => type_letter(&Value::Vec(v.clone())).to_ascii_uppercase(),
            _ => b' ',
        },
        _ => b' ',
    }
}

fn foreign(h: &mut dyn Host, c: &Value) -> Sym {
    match c {
        Value::Vec(v) if v.ty == Ty::Enum => match h.peek(v.domain.0) {
            Some(t) if t.is_keyed() => v.domain.0,
            _ => Sym::NULL,
        },
        _ => Sym::NULL,
    }
}

fn meta(h: &mut dyn Host, x: Value) -> Result<Value> {
    let t = match by_name(h, &x)? {
        Value::Parts(p) => {
            // the last partition tells the attributes
            let names = p.names();
            let last = p.parts().len().checked_sub(1);
            let cols = names
                .iter()
                .map(|&n| match last {
                    Some(k) if n != p.field() => p.column(k, n),
                    _ => p.prototype(n),
                })
                .collect::<Result<_>>()?;
            Table::new(names, cols)
        }
        v => flat(&v)?.table,
    };
    let letters: Vec<u8> = t.cols.iter().map(type_letter).collect();
    let fk: Vec<Sym> = t.cols.iter().map(|c| foreign(h, c)).collect();
    let attrs: Vec<Sym> = t
        .cols
        .iter()
        .map(|c| match c {
            Value::Vec(v) => Sym::new(v.attr.letter().map(String::from).unwrap_or_default()),
            Value::List(l) => Sym::new(l.attr().letter().map(String::from).unwrap_or_default()),
            _ => Sym::NULL,
        })
        .collect();
    Ok(Value::dict(
        Value::table(vec!["c".into()], vec![Value::syms(t.names)]),
        Value::table(
            vec!["t".into(), "f".into(), "a".into()],
            vec![Value::string(letters), Value::syms(fk), Value::syms(attrs)],
        ),
    ))
}

fn fkeys(h: &mut dyn Host, x: &Value) -> Result<Value> {
    let t = flat(&by_name(h, x)?)?.table;
    let mut names = vec![];
    let mut to = vec![];
    for (n, c) in t.names.iter().zip(&t.cols) {
        let f = foreign(h, c);
        if !f.is_null() {
            names.push(*n);
            to.push(f);
        }
    }
    Ok(Value::dict(Value::syms(names), Value::syms(to)))
}

fn tables(h: &mut dyn Host, x: &Value) -> Result<Value> {
    let context = match x {
        Value::Null => h.context(),
        Value::Sym(s) => *s,
        Value::List(l) if l.is_empty() => h.context(),
        _ => return Err(Error::ty()),
    };
    let root = context.is_null() || context.bytes() == b".";
    let context = if root { Sym::ROOT } else { context };
    let mut found = vec![];
    for n in h.names(context) {
        let full = if root { n } else { Sym::new([context.bytes(), b".", n.bytes()].concat()) };
        match h.peek(full) {
            Some(Value::Table(_) | Value::Parts(_)) => found.push(n),
            Some(v) if v.is_keyed() => found.push(n),
            // the place of a splayed or partitioned table: `a`b!`:t/ flipped
            _ => {}
        }
    }
    found.sort();
    Ok(Value::syms(found))
}

fn views(h: &mut dyn Host, x: Value) -> Result<Value> {
    let space = match x {
        Value::Sym(s) if !s.is_null() => format!("b {}", s.text()),
        _ => "b".to_string(),
    };
    match h.system(&space)? {
        v @ Value::Vec(_) if v.is_empty() => Ok(v),
        v => super::shape::set_attr(Attr::Sorted, v),
    }
}

fn view(h: &mut dyn Host, x: Value) -> Result<Value> {
    let name = x.as_sym().ok_or_else(Error::ty)?;
    let text = h.view_text(name).ok_or_else(|| Error::new(name.text().into_owned()))?;
    Ok(Value::string(text.trim().as_bytes().to_vec()))
}

fn xcol(x: &Value, y: &Value) -> Result<Value> {
    let mut f = flat(y)?;
    match x {
        Value::Dict(d) => {
            let (old, new) = (names_of(&d.keys)?, names_of(&d.vals)?);
            for (o, n) in old.iter().zip(new) {
                let i = f.table.position(*o).ok_or_else(Error::length)?;
                f.table.names[i] = n;
            }
        }
        x => {
            let new = names_of(x)?;
            ensure!(new.len() <= f.table.names.len(), "length");
            f.table.names[..new.len()].copy_from_slice(&new);
        }
    }
    Ok(f.build())
}

fn xcols(x: &Value, y: &Value) -> Result<Value> {
    let Value::Table(t) = y else { return Err(Error::ty()) };
    let mut at = positions(t, &names_of(x)?)?;
    at.extend((0..t.names.len()).filter(|i| !at.contains(i)).collect::<Vec<_>>());
    Ok(Value::table(at.iter().map(|&i| t.names[i]).collect(), at.iter().map(|&i| t.cols[i].clone()).collect()))
}

fn xkey(h: &mut dyn Host, x: Value, y: Value) -> Result<Value> {
    let by = names_of(&x)?;
    in_place(h, y, |_, t| {
        let f = flat(&t)?;
        let mut at = positions(&f.table, &by)?;
        let rest: Vec<usize> = (0..f.table.names.len()).filter(|i| !at.contains(i)).collect();
        at.extend(rest);
        let names = at.iter().map(|&i| f.table.names[i]).collect();
        let cols = at.iter().map(|&i| f.table.cols[i].clone()).collect();
        Ok(enkey(by.len(), Table::new(names, cols)))
    })
}

// ---- insert, upsert -----------------------------------------------------------------------------------------

/// New rows as columns in the table's order and of its types.
/// `lenient` is upsert: columns may be missing and lists of records are accepted.
fn conform(names: &[Sym], cols: &[&Value], y: Value, lenient: bool) -> Result<Vec<Value>> {
    match y {
        Value::Table(u) => conform_table(names, cols, &u, lenient),
        Value::Dict(d) => {
            let v = Value::Dict(d.clone());
            if v.is_keyed() {
                return conform_table(names, cols, &flat(&v)?.table, lenient);
            }
            let given = names_of(&d.keys)?;
            ensure!(given.iter().all(|n| names.contains(n)), "mismatch");
            ensure!(lenient || given.len() == names.len(), "mismatch");
            names
                .iter()
                .zip(cols)
                .map(|(&n, c)| match d.get(n) {
                    Some(v) => conform_column(c, cells(c, vec![v]), lenient),
                    None => Ok(missing(c, 1)),
                })
                .collect()
        }
        Value::List(l) if l.is_empty() => Ok(cols.iter().map(|c| missing(c, 0)).collect()),
        y @ (Value::List(_) | Value::Vec(_)) => conform_list(cols, y.items(), lenient),
        y if cols.len() == 1 => Ok(vec![conform_column(cols[0], cells(cols[0], vec![y]), lenient)?]),
        _ => Err(Error::ty()),
    }
}

fn conform_table(names: &[Sym], cols: &[&Value], u: &Table, lenient: bool) -> Result<Vec<Value>> {
    ensure!(u.names.iter().all(|n| names.contains(n)), "mismatch");
    ensure!(lenient || u.names.len() == names.len(), "mismatch");
    let n = u.len();
    names
        .iter()
        .zip(cols)
        .map(|(&name, c)| match u.col(name) {
            Some(v) => conform_column(c, v.clone(), lenient),
            None => Ok(missing(c, n)),
        })
        .collect()
}

fn conform_list(cols: &[&Value], items: Vec<Value>, lenient: bool) -> Result<Vec<Value>> {
    let typed = |c: &Value| matches!(c, Value::Vec(_));
    let whole = items.len() == cols.len();
    // one list a column: some typed column is given a list of its type, or nothing but lists is given
    let fits = |c: &Value, v: &Value| match (c, v) {
        (Value::Vec(_), Value::List(l)) => l.is_empty(),
        (Value::Vec(c), v) => {
            v.ty() == Some(c.ty)
                || matches!(c.ty, Ty::Sym | Ty::Enum)
                || (lenient && matches!(v, Value::Vec(v) if in_width_of(c.ty, v).is_some()))
        }
        _ => true,
    };
    // enlisted lists beside atoms, `(`a;enlist "text")`, are one row given as columns
    let boxed = whole
        && items.iter().any(|v| !v.is_list())
        && items.iter().any(Value::is_list)
        && items.iter().all(|v| !v.is_list() || matches!(v, Value::List(l) if l.len() == 1 && l[0].is_list()));
    let record = |v: &Value| (v.is_list() && v.len() == cols.len()) || matches!(v, Value::Dict(_));
    let by_record = lenient
        && !items.is_empty()
        && items.iter().all(record)
        && !(whole && items.iter().zip(cols).all(|(_, c)| !typed(c)));
    // as many lists as columns and as long: records if their cells fit
    let cell_fits = |c: &Value, v: &Value| match c {
        Value::Vec(c) => v.is_atom() && (v.ty() == Some(c.ty) || (c.ty == Ty::Enum && v.ty() == Some(Ty::Sym))),
        _ => true,
    };
    if by_record && whole && items.iter().all(|r| cols.iter().enumerate().all(|(i, c)| cell_fits(c, &r.at(i)))) {
        return by_rows(cols, &items);
    }
    let columnar = boxed
        || whole
            && items.iter().zip(cols).all(|(v, c)| fits(c, v))
            && (items.iter().zip(cols).any(|(v, c)| typed(c) && v.is_list()) || items.iter().all(Value::is_list));
    if columnar {
        let n = items.iter().find(|v| v.is_list()).map_or(1, Value::len);
        return items
            .into_iter()
            .zip(cols)
            .map(|(v, c)| {
                let v = if v.is_list() { v } else { cells(c, vec![v; n]) };
                ensure!(v.len() == n, "length");
                conform_column(c, v, lenient)
            })
            .collect();
    }
    if by_record {
        return by_rows(cols, &items);
    }
    ensure!(whole, "length");
    items.into_iter().zip(cols).map(|(v, c)| conform_column(c, cells(c, vec![v]), lenient)).collect()
}

/// Records as columns.
fn by_rows(cols: &[&Value], rows: &[Value]) -> Result<Vec<Value>> {
    let column = |i: usize| conform_column(cols[i], cells(cols[i], rows.iter().map(|r| r.at(i)).collect()), true);
    (0..cols.len()).map(column).collect()
}

/// Cell values as a column like `c`.
fn cells(c: &Value, v: Vec<Value>) -> Value {
    match c {
        Value::List(l) if !l.is_empty() => Value::list(v),
        Value::List(_) if v.iter().any(|x| !x.is_atom()) => Value::list(v),
        _ => collapse(v),
    }
}

fn missing(c: &Value, n: usize) -> Value {
    c.take_at(&vec![usize::MAX; n])
}

/// `new` as it may be appended to column `old`: same type (for upsert the width is the column's), symbols enumerated, foreign keys checked.
fn conform_column(old: &Value, new: Value, lenient: bool) -> Result<Value> {
    let Value::Vec(o) = old else { return Ok(new) };
    match &new {
        Value::List(l) if l.is_empty() => Ok(missing(old, 0)),
        Value::Vec(v) if v.ty == o.ty && v.domain == o.domain => Ok(new),
        Value::Vec(v) if o.ty == Ty::Sym && v.ty == Ty::Enum => Ok(new.deenum()),
        Value::Vec(_) if o.ty == Ty::Enum => enumerate_like(o, new),
        Value::Vec(v) if lenient => in_width_of(o.ty, v).ok_or_else(Error::ty),
        _ => Err(Error::ty()),
    }
}

/// An atom or vector of symbols as an enumeration over the domain of `o`; `'cast` where the domain lacks one.
pub fn enumerate_like(o: &Vector, new: Value) -> Result<Value> {
    let list = o.domain.list().ok_or_else(|| Error::new("cast"))?;
    let atom = new.is_atom();
    let plain = if atom { new.deenum().enlist() } else { new.deenum() };
    ensure!(list.ty() == plain.ty(), "type");
    let n = list.len();
    let ix = find_all(&list, &plain)
        .into_iter()
        .enumerate()
        .map(|(k, p)| {
            if p < n {
                Ok(p as i64)
            } else if plain.at(k).is_null() {
                Ok(i64::MIN)
            } else {
                Err(Error::new("cast"))
            }
        })
        .collect::<Result<_>>()?;
    let v = Value::Vec(Arc::new(Vector::enumerated(o.domain, ix)));
    Ok(if atom { v.at(0) } else { v })
}

/// Appends what comes most: one row as atoms of the columns' types or, unless `lists` might be records, columns of
/// those types. False, and nothing done, for anything else.
fn append_as_is(t: &mut Arc<Table>, y: &Value, records: bool) -> bool {
    let Value::List(l) = y else { return false };
    let plain = |c: &Value, ty: Option<Ty>| matches!(c, Value::Vec(c) if c.ty != Ty::Enum && ty == Some(c.ty));
    if l.len() != t.cols.len() || !t.cols.iter().zip(l.iter()).all(|(c, v)| plain(c, v.ty())) {
        return false;
    }
    let row = l.iter().all(Value::is_atom);
    let columns = !records && l.iter().all(|v| matches!(v, Value::Vec(v) if v.len() == l[0].len()));
    if row || columns {
        let t = Arc::make_mut(t);
        t.sorted = false;
        for (c, v) in t.cols.iter_mut().zip(l.iter()) {
            if let Value::Vec(c) = c {
                append(Arc::make_mut(c), v);
            }
        }
    }
    row || columns
}

fn append_columns(t: &mut Arc<Table>, new: Vec<Value>) {
    let t = Arc::make_mut(t);
    t.sorted = false;
    for (c, n) in t.cols.iter_mut().zip(new) {
        let old = std::mem::replace(c, Value::Null);
        *c = match (old, n) {
            // a general column keeps its cells whole
            (Value::List(l), Value::List(n)) => join_lists(Value::List(l), Value::List(n)),
            (old, n) => join_lists(old, n),
        };
    }
}

/// Puts items `src` of `from` at positions `at` of a column.
fn assign(col: Value, at: &[usize], from: &Value, src: &[usize]) -> Result<Value> {
    if at.is_empty() {
        return Ok(col);
    }
    match (col, from) {
        (Value::Vec(mut v), Value::Vec(f)) if v.ty == f.ty && v.domain == f.domain => {
            let m = Arc::make_mut(&mut v);
            if m.attr != Attr::Grouped {
                m.attr = Attr::None;
            }
            m.index = std::sync::OnceLock::new();
            macro_rules! set {
                ($b:expr, $f:expr) => {{
                    let b = $b.to_mut();
                    for (&i, &j) in at.iter().zip(src) {
                        b[i] = $f[j];
                    }
                }};
            }
            match (&mut m.data, &f.data) {
                (Data::U8(b), Data::U8(f)) => set!(b, f),
                (Data::I16(b), Data::I16(f)) => set!(b, f),
                (Data::I32(b), Data::I32(f)) => set!(b, f),
                (Data::I64(b), Data::I64(f)) => set!(b, f),
                (Data::F32(b), Data::F32(f)) => set!(b, f),
                (Data::F64(b), Data::F64(f)) => set!(b, f),
                (Data::Sym(b), Data::Sym(f)) => set!(b, f),
                (Data::Guid(b), Data::Guid(f)) => set!(b, f),
                _ => return Err(Error::ty()),
            }
            Ok(Value::Vec(v))
        }
        (col, from) => {
            let mut l = col.into_list();
            for (&i, &j) in at.iter().zip(src) {
                l[i] = from.at(j);
            }
            Ok(if matches!(from, Value::List(_)) { Value::list(l) } else { collapse(l) })
        }
    }
}

/// Positions given to appended rows, or the change an upsert makes to a keyed table.
fn upsert_keyed(d: &mut Arc<Dict>, y: Value) -> Result<()> {
    ensure!(!d.sorted, "step");
    let (new_keys, new_vals, given) = {
        let (Value::Table(k), Value::Table(v)) = (&d.keys, &d.vals) else { return Err(Error::ty()) };
        let names: Vec<Sym> = k.names.iter().chain(&v.names).copied().collect();
        let cols: Vec<&Value> = k.cols.iter().chain(&v.cols).collect();
        // columns that the new rows do not have stay as they are where the key exists
        let given: Vec<bool> = match &y {
            Value::Table(u) => v.names.iter().map(|n| u.position(*n).is_some()).collect(),
            Value::Dict(r) if !y.is_keyed() => v.names.iter().map(|n| r.position(*n).is_some()).collect(),
            Value::Dict(_) => {
                let u = flat(&y)?.table;
                v.names.iter().map(|n| u.position(*n).is_some()).collect()
            }
            _ => vec![true; v.names.len()],
        };
        let mut rows = conform(&names, &cols, y, true)?;
        let vals = rows.split_off(k.names.len());
        (Table::new(k.names.clone(), rows), vals, given)
    };
    let n = d.keys.len();
    let fresh_keys = Value::Table(Arc::new(new_keys));
    let mut at = find_all(&d.keys, &fresh_keys);
    let fresh: Vec<usize> = (0..at.len()).filter(|&j| at[j] >= n).collect();
    let (mut keep, mut again): (Vec<usize>, Vec<usize>) = (vec![], vec![]);
    if !fresh.is_empty() {
        // a new key may occur twice: the first adds, later ones replace
        let g = super::set::groups(&fresh_keys.take_at(&fresh));
        keep = g.first.iter().map(|&i| fresh[i]).collect();
        for (k, &j) in fresh.iter().enumerate() {
            at[j] = n + g.ids[k] as usize;
            if g.first[g.ids[k] as usize] != k {
                again.push(j);
            }
        }
    }
    let placed: Vec<usize> = {
        let mut p: Vec<usize> = (0..at.len()).filter(|&j| at[j] < n).collect();
        p.extend(again);
        p.sort_unstable();
        p
    };
    let to: Vec<usize> = placed.iter().map(|&j| at[j]).collect();
    let m = Arc::make_mut(d);
    let (Value::Table(k), Value::Table(v)) = (&mut m.keys, &mut m.vals) else { return Err(Error::ty()) };
    if !keep.is_empty() {
        m.sorted = false;
        let Value::Table(fk) = &fresh_keys else { return Err(Error::ty()) };
        let all = keep.len() == fk.len();
        append_columns(k, fk.cols.iter().map(|c| if all { c.clone() } else { c.take_at(&keep) }).collect());
        append_columns(v, new_vals.iter().map(|c| if all { c.clone() } else { c.take_at(&keep) }).collect());
    }
    if !placed.is_empty() {
        let v = Arc::make_mut(v);
        for (i, c) in v.cols.iter_mut().enumerate() {
            if given[i] {
                let old = std::mem::replace(c, Value::Null);
                *c = assign(old, &to, &new_vals[i], &placed)?;
            }
        }
    }
    Ok(())
}

/// `t,:y` on a table, keyed or not; on an error `t` is as it was.
pub fn append_to(v: &mut Value, y: Value) -> Result<()> {
    match v {
        Value::Table(t) => {
            let rows = {
                let cols: Vec<&Value> = t.cols.iter().collect();
                conform(&t.names, &cols, y, true)?
            };
            append_columns(t, rows);
            Ok(())
        }
        Value::Dict(d) => upsert_keyed(d, y),
        _ => Err(Error::ty()),
    }
}

/// `x upsert y` on a table, keyed or not.
pub fn upsert_value(x: Value, y: Value) -> Result<Value> {
    match x {
        Value::Table(mut t) => {
            let rows = {
                let cols: Vec<&Value> = t.cols.iter().collect();
                conform(&t.names, &cols, y, true)?
            };
            append_columns(&mut t, rows);
            Ok(Value::Table(t))
        }
        Value::Dict(mut d) => {
            if matches!((&d.keys, &d.vals), (Value::Table(_), Value::Table(_))) {
                upsert_keyed(&mut d, y)?;
                return Ok(Value::Dict(d));
            }
            ensure!(!d.sorted, "step");
            crate::value::join::join(Value::Dict(d), y)
        }
        Value::List(l) if l.is_empty() && matches!(y, Value::Table(_) | Value::Dict(_)) => Ok(y),
        Value::List(_) | Value::Vec(_) => crate::value::join::join(x, y),
        _ => Err(Error::ty()),
    }
}

/// Changes the global `name` through `f`, which gets the value alone and so may amend it in place. When `f` fails,
/// the value it hands back is restored.
fn amend_global(h: &mut dyn Host, name: Sym, f: impl FnOnce(&mut Value) -> Result<Value>) -> Result<Value> {
    let mut v = h.take(name)?;
    let r = f(&mut v);
    h.set(name, v)?;
    r
}

fn insert(h: &mut dyn Host, x: Value, y: Value) -> Result<Value> {
    let Value::Sym(name) = x else { return Err(Error::ty()) };
    ensure!(!is_path(&x), "type");
    if h.peek(name).is_none() {
        ensure!(matches!(y, Value::Table(_)) || y.is_keyed(), "type");
        let n = y.len();
        h.set(name, y)?;
        return Ok(Value::longs((0..n as i64).collect()));
    }
    amend_global(h, name, |v| {
        let from = v.len();
        match v {
            Value::Table(t) => {
                if !append_as_is(t, &y, false) {
                    let cols: Vec<&Value> = t.cols.iter().collect();
                    let rows = conform(&t.names, &cols, y, false)?;
                    append_columns(t, rows);
                }
            }
            Value::Dict(d) => {
                let (keys, vals) = {
                    let (Value::Table(k), Value::Table(v)) = (&d.keys, &d.vals) else { return Err(Error::ty()) };
                    let names: Vec<Sym> = k.names.iter().chain(&v.names).copied().collect();
                    let cols: Vec<&Value> = k.cols.iter().chain(&v.cols).collect();
                    let mut rows = conform(&names, &cols, y, false)?;
                    let vals = rows.split_off(k.names.len());
                    (Value::table(k.names.clone(), rows), vals)
                };
                let n = d.keys.len();
                ensure!(find_all(&d.keys, &keys).iter().all(|&p| p >= n), "insert");
                ensure!(super::set::groups(&keys).len() == keys.len(), "insert");
                let m = Arc::make_mut(d);
                m.sorted = false;
                let (Value::Table(k), Value::Table(v)) = (&mut m.keys, &mut m.vals) else { return Err(Error::ty()) };
                let Value::Table(new) = keys else { return Err(Error::ty()) };
                append_columns(k, Arc::try_unwrap(new).map_or_else(|t| t.cols.clone(), |t| t.cols));
                append_columns(v, vals);
            }
            _ => return Err(Error::ty()),
        }
        Ok(Value::longs((from as i64..v.len() as i64).collect()))
    })
}

fn upsert(h: &mut dyn Host, x: Value, y: Value) -> Result<Value> {
    let Value::Sym(name) = x else { return upsert_value(x, y) };
    if is_path(&x) {
        return super::file::upsert_file(h, name, y);
    }
    if h.peek(name).is_none() {
        ensure!(matches!(y, Value::Table(_)) || y.is_keyed(), "type");
        h.set(name, y)?;
        return Ok(x);
    }
    amend_global(h, name, |v| {
        match v {
            Value::Table(t) => {
                if !append_as_is(t, &y, true) {
                    let cols: Vec<&Value> = t.cols.iter().collect();
                    let rows = conform(&t.names, &cols, y, true)?;
                    append_columns(t, rows);
                }
            }
            Value::Dict(d) if matches!((&d.keys, &d.vals), (Value::Table(_), Value::Table(_))) => upsert_keyed(d, y)?,
            v => {
                let old = std::mem::replace(v, Value::Null);
                let keep = old.clone();
                match upsert_value(old, y) {
                    Ok(new) => *v = new,
                    Err(e) => {
                        *v = keep;
                        return Err(e);
                    }
                }
            }
        }
        Ok(Value::Null)
    })?;
    Ok(x)
}
