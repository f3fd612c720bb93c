//! `$`: cast, tok, pad, enumerate, matrix product; `string`, `show` and text forms of `.Q`.

use super::tok;
use crate::ensure;
use crate::error::{Error, Result};
use crate::format;
use crate::value::convert::{self, Part};
use crate::value::{Data, Dict, Domain, Host, Sym, Table, Ty, Value, Vector, Verb};
use std::io::Write;
use std::sync::Arc;

pub static VERBS: &[Verb] = &[
    Verb {
        name: "$",
        dyad: Some(dollar),
        infix: true,
        doc: "x$y: cast, tok (read from text), pad, enumerate, matrix product",
        examples: &[
            ("\"i\"$6.6", "7i"),
            ("\"D\"$\"2000-12-12\"", "2000.12.12"),
            ("5$\"ab\"", "\"ab   \""),
            ("`$\"hello\"", "`hello"),
        ],
        ..Verb::BLANK
    },
    Verb {
        name: "string",
        glyph: "$:",
        monad: Some(string),
        doc: "string x: atoms of x as text",
        examples: &[("string 12", "\"12\""), ("string `ibm`a", "(\"ibm\";enlist\"a\")")],
        ..Verb::BLANK
    },
    Verb { name: "show", monad: Some(show), doc: "show x: prints x as the console does, returns ::", ..Verb::BLANK },
    Verb { name: ".Q.s", monad: Some(console_text), doc: ".Q.s x: the console's display of x", ..Verb::BLANK },
    Verb {
        name: ".Q.s1",
        monad: Some(one_line),
        doc: ".Q.s1 x: x in one line",
        examples: &[(".Q.s1 1 2", "\"1 2\"")],
        ..Verb::BLANK
    },
    Verb {
        name: ".Q.f",
        dyad: Some(rounded),
        doc: ".Q.f[n;x]: x with n decimal places",
        examples: &[(".Q.f[2;9.996]", "\"10.00\"")],
        ..Verb::BLANK
    },
    Verb {
        name: "-27!",
        monad: Some(|_, x| {
            ensure!(x.len() == 2, "length");
            decimals(x.at(0).as_long().ok_or_else(Error::ty)?, &x.at(1))
        }),
        doc: "-27!(n;x): x with n decimal places, rounded as IEEE 754 has it",
        examples: &[("-27!(2i;1.5)", "\"1.50\"")],
        ..Verb::BLANK
    },
    Verb {
        name: ".Q.ty",
        monad: Some(type_letter),
        doc: ".Q.ty x: type letter of a list, upper case for a list of uniform vectors",
        examples: &[(".Q.ty 1 2", "\"j\"")],
        ..Verb::BLANK
    },
];

fn precision(h: &mut dyn Host) -> usize {
    h.settings().precision
}

/// What a left argument of `$` asks for.
enum Want {
    Cast(Ty),
    Tok(Ty),
    Part(Part),
    Pad(i64),
    Enumerate(Sym),
    Same,
}

fn want(x: &Value) -> Result<Want> {
    crate::value::stack::check()?;
    Ok(match x {
        Value::Sym(s) if s.is_null() => Want::Tok(Ty::Sym),
        Value::Sym(s) => match (Ty::from_name(s.bytes()), Part::from_name(s.bytes())) {
            (Some(t), _) => Want::Cast(t),
            (_, Some(p)) => Want::Part(p),
            _ => Want::Enumerate(*s),
        },
        Value::U8(Ty::Char, b'*' | b' ') => Want::Same,
        Value::U8(Ty::Char, c) => match Ty::from_letter(*c) {
            Some(t) if c.is_ascii_uppercase() => Want::Tok(t),
            Some(t) => Want::Cast(t),
            None => return Err(Error::ty()),
        },
        Value::I16(0) => Want::Same,
        Value::I16(n) => {
            let t = Ty::from_code(i32::from(*n).abs()).filter(|t| *t != Ty::Enum).ok_or_else(Error::ty)?;
            if *n < 0 { Want::Tok(t) } else { Want::Cast(t) }
        }
        Value::I64(Ty::Long, n) => Want::Pad(*n),
        Value::I32(Ty::Int, n) => Want::Pad(i64::from(*n)),
        Value::Enum(..) => return want(&x.deenum()),
        _ => return Err(Error::ty()),
    })
}

/// `x$y`
pub fn dollar(h: &mut dyn Host, x: Value, y: Value) -> Result<Value> {
    crate::value::stack::check()?;
    if is_float_matrix(&x) {
        let mmu = super::lookup("mmu").and_then(|v| v.dyad).ok_or_else(Error::nyi)?;
        return mmu(h, x, y);
    }
    match &x {
        Value::Vec(_) | Value::List(_) => {
            let xs = x.items();
            let pairs: Vec<(Value, Value)> = if y.is_list() {
                ensure!(xs.len() == y.len(), "length");
                xs.into_iter().zip(y.items()).collect()
            } else {
                xs.into_iter().map(|a| (a, y.clone())).collect()
            };
            let out = pairs.into_iter().map(|(a, b)| dollar(h, a, b)).collect::<Result<Vec<_>>>()?;
            Ok(Value::collapse(out))
        }
        _ => apply(h, &want(&x)?, y),
    }
}

fn is_float_matrix(x: &Value) -> bool {
    let floats = |v: &Value| matches!(v, Value::Vec(v) if v.ty == Ty::Float);
    match x {
        Value::List(l) => !l.is_empty() && l.iter().all(floats),
        v => floats(v),
    }
}

fn apply(h: &mut dyn Host, w: &Want, y: Value) -> Result<Value> {
    crate::value::stack::check()?;
    match y {
        Value::Dict(d) => {
            let vals = apply(h, w, d.vals.clone())?;
            let keys = if matches!((&d.keys, &d.vals), (Value::Table(_), Value::Table(_))) {
                apply(h, w, d.keys.clone())?
            } else {
                d.keys.clone()
            };
            return Ok(Value::Dict(Arc::new(Dict { keys, vals, sorted: d.sorted })));
        }
        Value::Table(t) => {
            let cols = t.cols.iter().map(|c| apply(h, w, c.clone())).collect::<Result<Vec<_>>>()?;
            return Ok(Value::Table(Arc::new(Table::new(t.names.clone(), cols))));
        }
        _ => {}
    }
    match w {
        Want::Same => Ok(y),
        Want::Cast(t) => cast(*t, y),
        Want::Tok(t) => {
            let order = h.settings().date_order;
            tok_any(*t, &y, order)
        }
        Want::Part(Part::Week(_)) => part_of(Part::Week(i64::from(h.settings().week_start)), &y),
        Want::Part(p) => part_of(*p, &y),
        Want::Pad(n) => pad(*n, &y),
        Want::Enumerate(name) => enumerate(h, *name, y),
    }
}

/// Cast of any value but dictionaries and tables.
pub fn cast(to: Ty, y: Value) -> Result<Value> {
    crate::value::stack::check()?;
    match &y {
        Value::Vec(v) if to == Ty::Guid && v.ty == Ty::Byte => match &v.data {
            Data::U8(b) => {
                let g = <[u8; 16]>::try_from(&b[..]).map_err(|_| Error::length())?;
                Ok(Value::Guid(Box::new(g)))
            }
            _ => Err(Error::ty()),
        },
        Value::Vec(v) if v.ty == to => Ok(y),
        Value::Vec(v) => convert::cast(v, to),
        Value::List(l) if l.is_empty() => Ok(Value::empty_of(to)),
        Value::List(l) => {
            let out = l.iter().map(|v| cast(to, v.clone())).collect::<Result<Vec<_>>>()?;
            Ok(Value::collapse(out))
        }
        Value::Dict(d) => Ok(Value::dict(d.keys.clone(), cast(to, d.vals.clone())?)),
        Value::Table(t) => {
            let cols = t.cols.iter().map(|c| cast(to, c.clone())).collect::<Result<Vec<_>>>()?;
            Ok(Value::table(t.names.clone(), cols))
        }
        v if v.is_atom() => convert::cast_atom(v, to),
        _ => Err(Error::ty()),
    }
}

/// Tok; recursion stops at strings.
fn tok_any(t: Ty, y: &Value, order: u8) -> Result<Value> {
    crate::value::stack::check()?;
    match y {
        Value::U8(Ty::Char, c) => Ok(tok::tok(t, &[*c], order)),
        Value::Vec(v) if v.ty == Ty::Char => match &v.data {
            Data::U8(text) => Ok(tok::tok(t, text, order)),
            _ => Err(Error::ty()),
        },
        Value::List(l) if l.is_empty() => Ok(Value::empty_of(t)),
        Value::List(l) => {
            let out = l.iter().map(|v| tok_any(t, v, order)).collect::<Result<Vec<_>>>()?;
            Ok(Value::collapse(out))
        }
        // `$x of symbols leaves them as they are
        Value::Sym(_) | Value::Vec(_) | Value::Enum(..) if t == Ty::Sym && y.as_syms().is_some() => Ok(y.clone()),
        Value::Dict(d) => Ok(Value::dict(d.keys.clone(), tok_any(t, &d.vals, order)?)),
        _ => Err(Error::ty()),
    }
}

/// A part such as `` `year`` of temporal values.
pub fn part_of(p: Part, y: &Value) -> Result<Value> {
    match y {
        Value::Vec(v) => convert::part(v, p),
        Value::List(l) => {
            let out = l.iter().map(|v| part_of(p, v)).collect::<Result<Vec<_>>>()?;
            Ok(Value::collapse(out))
        }
        v if v.is_atom() => match Value::collapse(vec![v.clone()]) {
            Value::Vec(one) => Ok(convert::part(&one, p)?.at(0)),
            _ => Err(Error::ty()),
        },
        _ => Err(Error::ty()),
    }
}

/// `n$text`: blanks added or characters cut on the right, on the left for a negative `n`.
fn pad(n: i64, y: &Value) -> Result<Value> {
    crate::value::stack::check()?;
    let text = match y {
        Value::U8(Ty::Char, c) => vec![*c],
        Value::Vec(v) if v.ty == Ty::Char => y.as_bytes().unwrap_or_default(),
        Value::List(l) if l.is_empty() => return Ok(y.clone()),
        Value::List(l) => {
            let out = l.iter().map(|v| pad(n, v)).collect::<Result<Vec<_>>>()?;
            return Ok(Value::collapse(out));
        }
        _ => return Err(Error::ty()),
    };
    let width = usize::try_from(n.unsigned_abs()).map_err(|_| Error::length())?;
    crate::value::memory::room(width as i64, 2)?;
    let out = if n >= 0 {
        let mut t = text;
        t.resize(width, b' ');
        t
    } else if text.len() >= width {
        text[text.len() - width..].to_vec()
    } else {
        [vec![b' '; width - text.len()], text].concat()
    };
    Ok(Value::string(out))
}

/// The list that enumerations over global `name` index: the list itself, or the key column of a keyed table.
pub fn domain_list(h: &mut dyn Host, name: Sym) -> Result<Value> {
    Ok(match h.get(name)? {
        Value::Dict(d) => match &d.keys {
            Value::Table(t) if t.cols.len() == 1 => t.cols[0].clone(),
            k => k.clone(),
        },
        v => v,
    })
}

/// `` `name$y``: every item of `y` must be in the domain; a null symbol that is not in it stays null.
fn enumerate(h: &mut dyn Host, name: Sym, y: Value) -> Result<Value> {
    let cast_error = || Error::new("cast");
    let list = match h.peek(name) {
        Some(_) => domain_list(h, name)?,
        None => return Err(cast_error()),
    };
    let domain = Domain(name);
    domain.set(list.clone());
    enumerate_in(domain, &list, &y)
}

fn enumerate_in(domain: Domain, list: &Value, y: &Value) -> Result<Value> {
    crate::value::stack::check()?;
    match y {
        Value::Enum(d, _) if *d == domain => Ok(y.clone()),
        Value::Vec(v) if v.ty == Ty::Enum && v.domain == domain => Ok(y.clone()),
        Value::List(l) if l.is_empty() => Ok(Value::Vec(Arc::new(Vector::enumerated(domain, vec![])))),
        Value::List(l) if !matches!(list, Value::List(_) | Value::Table(_)) => {
            let out = l.iter().map(|v| enumerate_in(domain, list, v)).collect::<Result<Vec<_>>>()?;
            Ok(Value::collapse(out))
        }
        _ => {
            let plain = y.deenum();
            let items = if plain.is_list() { plain.clone() } else { plain.clone().enlist() };
            let n = list.len();
            let ix = crate::value::compare::find_all(list, &items)
                .into_iter()
                .enumerate()
                .map(|(i, p)| match p {
                    p if p < n => i64::try_from(p).map_err(|_| Error::length()),
                    _ if matches!(items.at(i), Value::Sym(s) if s.is_null()) => Ok(i64::MIN),
                    _ => Err(Error::new("cast")),
                })
                .collect::<Result<Vec<i64>>>()?;
            if plain.is_list() {
                Ok(Value::Vec(Arc::new(Vector::enumerated(domain, ix))))
            } else {
                Ok(Value::Enum(domain, ix.first().copied().unwrap_or(i64::MIN)))
            }
        }
    }
}

/// `string x`
pub fn string(h: &mut dyn Host, x: Value) -> Result<Value> {
    let p = precision(h);
    crate::ipc::room_to_write(&x)?;
    Ok(string_value(&x, p))
}

fn string_value(x: &Value, p: usize) -> Value {
    match x {
        Value::Vec(v) if v.ty == Ty::Enum => string_value(&x.deenum(), p),
        Value::Vec(v) => {
            let text = |i: usize| {
                let mut out = vec![];
                format::atom::item(&mut out, v, i, p, format::atom::Nulls::Blank);
                Value::string(out)
            };
            Value::list((0..v.len()).map(text).collect())
        }
        Value::List(l) => Value::list(crate::value::stack::grow(|| l.iter().map(|v| string_value(v, p)).collect())),
        Value::Dict(d) => {
            let keys = if x.is_keyed() { string_value(&d.keys, p) } else { d.keys.clone() };
            Value::dict(keys, string_value(&d.vals, p))
        }
        Value::Table(t) => Value::table(t.names.clone(), t.cols.iter().map(|c| string_value(c, p)).collect()),
        _ => Value::string(format::string_of(x, p)),
    }
}

/// The console's display of `x`, each line ended.
pub fn display(h: &mut dyn Host, x: &Value) -> String {
    let s = h.settings();
    let mut text = format::show(x, s.console.0, s.console.1, s.precision);
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

fn show(h: &mut dyn Host, x: Value) -> Result<Value> {
    let text = display(h, &x);
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|e| Error::os("stdout", &e))?;
    Ok(Value::Null)
}

fn console_text(h: &mut dyn Host, x: Value) -> Result<Value> {
    Ok(Value::string(display(h, &x)))
}

/// `.Q.s1 x`, `-3!x`
pub fn one_line(h: &mut dyn Host, x: Value) -> Result<Value> {
    let p = precision(h);
    crate::ipc::room_to_write(&x)?;
    Ok(Value::string(format::literal(&x, p)))
}

/// `x` with `n` decimal places; in scientific notation where a double has not that many digits.
pub fn fixed_text(n: i64, x: f64, precision: usize) -> Vec<u8> {
    let places = usize::try_from(n).unwrap_or(0).min(100);
    let mut out = vec![];
    if !x.is_finite() {
        if !x.is_nan() {
            format::atom::float(&mut out, x, precision);
        }
        return out;
    }
    if x.abs() * 10_f64.powi(places as i32) >= 1e17 {
        format::atom::float(&mut out, x, precision);
        return out;
    }
    format!("{x:.places$}").into_bytes()
}

/// `-27!(n;x)`: never in scientific notation, unlike `.Q.f`.
fn decimals(n: i64, x: &Value) -> Result<Value> {
    if !x.is_atom() {
        return Ok(Value::collapse(x.items().iter().map(|v| decimals(n, v)).collect::<Result<Vec<_>>>()?));
    }
    let places = usize::try_from(n).map_err(|_| Error::domain())?.min(100);
    let f = x.as_float().ok_or_else(Error::ty)?;
    Ok(Value::string(if f.is_finite() { format!("{f:.places$}").into_bytes() } else { fixed_text(n, f, 7) }))
}

/// `x` with `n` decimal places, a half rounded away from zero by the decimal that the double stands for.
fn rounded_text(n: i64, x: f64, precision: usize) -> Vec<u8> {
    let places = usize::try_from(n).unwrap_or(0).min(17);
    let scaled = (x.abs() * 10_f64.powi(places as i32) + 0.5).floor();
    if !x.is_finite() || scaled >= 1e17 {
        return fixed_text(n, x, precision);
    }
    let digits = format!("{:0width$}", scaled as i64, width = places + 1);
    let (whole, part) = digits.split_at(digits.len() - places);
    let sign = if x.is_sign_negative() { "-" } else { "" };
    format!("{sign}{whole}{}{part}", if places > 0 { "." } else { "" }).into_bytes()
}

/// `.Q.f[n;x]`
fn rounded(h: &mut dyn Host, n: Value, x: Value) -> Result<Value> {
    crate::value::stack::check()?;
    match &x {
        Value::Vec(_) | Value::List(_) => {
            let out = x.items().into_iter().map(|v| rounded(h, n.clone(), v)).collect::<Result<Vec<_>>>()?;
            Ok(Value::collapse(out))
        }
        _ => {
            let places = n.as_long().ok_or_else(Error::ty)?;
            Ok(Value::string(rounded_text(places, x.as_float().ok_or_else(Error::ty)?, precision(h))))
        }
    }
}

/// `.Q.ty`, the letter that `meta` shows: blank for a mixed list.
pub fn letter_of(x: &Value) -> u8 {
    match x {
        Value::List(l) => {
            let mut letters = l.iter().map(|v| match v {
                Value::Vec(v) => v.ty.letter(),
                _ => b' ',
            });
            match letters.next() {
                Some(c) if letters.all(|d| d == c) => c.to_ascii_uppercase(),
                _ => b' ',
            }
        }
        v => v.ty().map_or(b' ', Ty::letter),
    }
}

fn type_letter(_: &mut dyn Host, x: Value) -> Result<Value> {
    Ok(Value::char(letter_of(&x)))
}
