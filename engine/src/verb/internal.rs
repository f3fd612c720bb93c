//! Internal functions, `-n!x`: those that no keyword replaces and no other module offers.

use crate::error::{Error, Result};
use crate::syntax::lex;
use crate::value::{Domain, Host, Sym, Ty, Value, Verb, backing};
use std::sync::Arc;

pub static VERBS: &[Verb] = &[
    Verb {
        name: "-4!",
        monad: Some(tokens),
        doc: "tokens of q text, blanks included",
        examples: &[("-4!\"1+2\"", "(enlist\"1\";enlist\"+\";enlist\"2\")")],
        ..Verb::BLANK
    },
    Verb { name: "-10!", monad: Some(enum_free), doc: "1b if no enumeration has this type number yet", ..Verb::BLANK },
    Verb {
        name: "-14!",
        monad: Some(escape),
        doc: "text with its double quotes doubled, for CSV",
        examples: &[("-14!\"a\\\"b\"", "\"a\\\"\\\"b\"")],
        ..Verb::BLANK
    },
    Verb { name: "-16!", monad: Some(references), doc: "number of references to a value", ..Verb::BLANK },
    Verb {
        name: "-34!",
        monad: Some(|h, x| {
            let f = h.get(Sym::new(".Q.ts"))?;
            h.call(&f, pair(&x)?)
        }),
        doc: "-34!(f;args): .Q.ts[f;args]",
        ..Verb::BLANK
    },
    Verb {
        name: "-36!",
        monad: Some(master_key),
        doc: "1b if a master key is loaded: there is no encryption",
        ..Verb::BLANK
    },
    Verb {
        name: "-120!",
        monad: Some(memory_domain),
        doc: "memory domain: 1 for objects of .m, else 0",
        ..Verb::BLANK
    },
];

/// The keyword or utility that replaces `-n!`.
pub fn replacement(n: i64) -> Option<&'static str> {
    Some(match n {
        -1 => "hsym",
        -2 => "attr",
        -3 => ".Q.s1",
        -5 => "parse",
        -6 => "eval",
        -7 => "hcount",
        -12 => ".Q.host",
        -13 => ".Q.addr",
        -15 => "md5",
        -20 => ".Q.gc",
        -24 => "reval",
        -29 => ".j.k",
        -31 => ".j.jd",
        -32 => ".Q.btoa",
        -33 => ".Q.sha1",
        -35 => ".Q.gz",
        _ => return None,
    })
}

fn pair(x: &Value) -> Result<Vec<Value>> {
    match x.items() {
        l if x.is_list() && l.len() == 2 => Ok(l),
        _ => Err(Error::length()),
    }
}

fn tokens(_: &mut dyn Host, x: Value) -> Result<Value> {
    let text = x.as_bytes().filter(|_| x.ty() == Some(Ty::Char)).ok_or_else(Error::ty)?;
    let mut out = vec![];
    let mut at = 0;
    for t in lex::lex(&text)? {
        if t.at > at {
            out.push(Value::string(text[at..t.at].to_vec()));
        }
        if t.end > t.at {
            out.push(Value::string(text[t.at..t.end].to_vec()));
        }
        at = t.end;
    }
    Ok(Value::list(out))
}

/// Enumerations of quill share the first of their types.
fn enum_free(_: &mut dyn Host, x: Value) -> Result<Value> {
    let n = x.as_long().ok_or_else(Error::ty)?;
    Ok(Value::bool((20..77).contains(&n) && !(n == 20 && Domain::any())))
}

fn escape(_: &mut dyn Host, x: Value) -> Result<Value> {
    let text = x.as_bytes().filter(|_| x.ty() == Some(Ty::Char)).ok_or_else(Error::ty)?;
    let doubled = text.iter().flat_map(|&c| std::iter::repeat_n(c, if c == b'"' { 2 } else { 1 }));
    Ok(Value::string(doubled.collect::<Vec<u8>>()))
}

/// How many names and structures share a value, the argument itself aside.
fn references(_: &mut dyn Host, x: Value) -> Result<Value> {
    let n = match &x {
        Value::Vec(v) => Arc::strong_count(v),
        Value::List(v) => Arc::strong_count(v),
        Value::Dict(v) => Arc::strong_count(v),
        Value::Table(v) => Arc::strong_count(v),
        Value::Lambda(v) => Arc::strong_count(v),
        _ => 2,
    };
    Ok(Value::int(i32::try_from(n - 1).unwrap_or(i32::MAX)))
}

fn memory_domain(h: &mut dyn Host, x: Value) -> Result<Value> {
    let backed = h.peek(Sym::new(".m")).is_some_and(|all| backing::holds(&all, &x));
    Ok(Value::long(i64::from(backed)))
}

fn master_key(_: &mut dyn Host, x: Value) -> Result<Value> {
    match x {
        Value::Null => Ok(Value::bool(false)),
        _ => Err(Error::new("Encryption lib unavailable")),
    }
}
