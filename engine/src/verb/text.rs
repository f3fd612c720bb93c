//! Text: patterns (`like ss ssr`), splitting and joining (`vs sv`, which also convert number bases), case and blanks.

use super::shape::{as_count, as_counts};
use crate::ensure;
use crate::error::{Error, Result};
use crate::kernel::share::pieces;
use crate::kernel::text::{Pattern, lines, split};
use crate::value::{Data, Dict, Host, Sym, Table, Ty, Value, Verb};
use md5::{Digest, Md5};
use rustc_hash::FxHashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

pub static VERBS: &[Verb] = &[
    Verb {
        name: "like",
        dyad: Some(|_, x, y| like(&x, &y)),
        infix: true,
        doc: "whether text x matches pattern y: ? one, * any number, [a-z] one of, [^a-z] none of",
        examples: &[("`quick like \"qu?ck\"", "1b"), ("`brawn`brown like \"br[^o]wn\"", "10b")],
        ..Verb::BLANK
    },
    Verb {
        name: "ss",
        dyad: Some(|_, x, y| ss(&x, &y)),
        infix: true,
        doc: "positions in string x of the substrings that match pattern y (without *)",
        examples: &[("\"toronto ontario\" ss \"ont\"", "3 8")],
        ..Verb::BLANK
    },
    Verb {
        name: "ssr",
        rank: 3,
        variad: Some(ssr),
        doc: "ssr[x;y;z]: string x with what matches pattern y replaced by z, a string or a function of the match",
        examples: &[("ssr[\"toronto ontario\";\"ont\";\"x\"]", "\"torxo xario\"")],
        ..Verb::BLANK
    },
    Verb {
        name: "vs",
        dyad: Some(vs),
        infix: true,
        doc: "y cut at x; ` cuts lines, symbols and paths; 0b and 0x0 give bits and bytes; a number its digits in base x",
        examples: &[("\",\" vs \"one,two\"", "(\"one\";\"two\")"), ("10 vs 1995", "1 9 9 5"), ("` vs `a.b", "`a`b")],
        ..Verb::BLANK
    },
    Verb {
        name: "sv",
        dyad: Some(sv),
        infix: true,
        doc: "y joined by x; ` joins lines, symbols and paths; 0b and 0x0 make numbers of bits and bytes; digits in base x",
        examples: &[("\",\" sv (\"one\";\"two\")", "\"one,two\""), ("10 sv 2 3 5 7", "2357"), ("` sv `a`b", "`a.b")],
        ..Verb::BLANK
    },
    Verb {
        name: "lower",
        monad: Some(|_, x| case(&x, u8::to_ascii_lowercase)),
        doc: "text in lower case",
        examples: &[("lower \"IBM\"", "\"ibm\""), ("lower `IBM", "`ibm")],
        ..Verb::BLANK
    },
    Verb {
        name: "upper",
        monad: Some(|_, x| case(&x, u8::to_ascii_uppercase)),
        doc: "text in upper case",
        examples: &[("upper \"ibm\"", "\"IBM\""), ("upper `ibm`msft", "`IBM`MSFT")],
        ..Verb::BLANK
    },
    Verb {
        name: "trim",
        monad: Some(|_, x| trim(&x, true, true)),
        doc: "x without leading and trailing nulls (blanks)",
        examples: &[("trim \"  IBM  \"", "\"IBM\""), ("trim 0N 1 2 0N", "1 2")],
        ..Verb::BLANK
    },
    Verb {
        name: "ltrim",
        monad: Some(|_, x| trim(&x, true, false)),
        doc: "x without leading nulls (blanks)",
        examples: &[("ltrim \"  IBM  \"", "\"IBM  \"")],
        ..Verb::BLANK
    },
    Verb {
        name: "rtrim",
        monad: Some(|_, x| trim(&x, false, true)),
        doc: "x without trailing nulls (blanks)",
        examples: &[("rtrim \"  IBM  \"", "\"  IBM\"")],
        ..Verb::BLANK
    },
    Verb {
        name: "md5",
        monad: Some(|_, x| md5_of(&x)),
        doc: "MD5 hash of a string, as bytes",
        examples: &[("md5 \"this is a not so secret message\"", "0x6cf192c1938b79012c323fa30e62787e")],
        ..Verb::BLANK
    },
];

/// Applies `f` through lists, dictionaries and tables down to what `leaf` accepts.
fn deep(x: &Value, leaf: &dyn Fn(&Value) -> Option<Result<Value>>) -> Result<Value> {
    crate::value::stack::check()?;
    if let Some(r) = leaf(x) {
        return r;
    }
    match x {
        Value::List(l) => Ok(Value::collapse(l.iter().map(|v| deep(v, leaf)).collect::<Result<_>>()?)),
        Value::Dict(d) => {
            let keys = d.keys.clone();
            Ok(Value::Dict(Arc::new(Dict { keys, vals: deep(&d.vals, leaf)?, sorted: d.sorted })))
        }
        Value::Table(t) => {
            let cols = t.cols.iter().map(|c| deep(c, leaf)).collect::<Result<_>>()?;
            Ok(Value::Table(Arc::new(Table::new(t.names.clone(), cols))))
        }
        _ => Err(Error::ty()),
    }
}

// ---- patterns -----------------------------------------------------------------------------------------------

/// Patterns that q does not match: after the first star another may stand at the end alone, with something between.
fn too_hard(pattern: &[u8]) -> bool {
    // within brackets a star is itself
    let mut inside = false;
    let stars = pattern.iter().enumerate().filter(|&(i, &c)| {
        inside = if inside { c != b']' || pattern[i - 1] == b'[' } else { c == b'[' };
        c == b'*' && !inside
    });
    let stars: Vec<usize> = stars.map(|(i, _)| i).collect();
    match stars[..] {
        [] | [_] => false,
        [a, b] => b + 1 != pattern.len() || b == a + 1,
        _ => true,
    }
}

/// The bytes of a string as they are.
fn chars(v: &Value) -> Option<&[u8]> {
    match v {
        Value::Vec(v) if v.ty == Ty::Char => match &v.data {
            Data::U8(b) => Some(b),
            _ => None,
        },
        _ => None,
    }
}

/// Strings from which threads share the work.
const SHARED: usize = 1 << 16;

/// Whether each of a list of strings matches; None where something else is among them.
fn strings_like(l: &[Value], p: &Pattern) -> Option<Vec<u8>> {
    let mut flags = vec![0u8; l.len()];
    let all = AtomicBool::new(true);
    pieces(&mut flags, SHARED, |at, flags| {
        if !some_like(&l[at..at + flags.len()], p, flags) {
            all.store(false, Ordering::Relaxed);
        }
    });
    all.into_inner().then_some(flags)
}

fn some_like(l: &[Value], p: &Pattern, flags: &mut [u8]) -> bool {
    // the strings of a batch are fetched from memory together, then looked at
    const BATCH: usize = 64;
    let mut texts: [&[u8]; BATCH] = [&[]; BATCH];
    for (l, flags) in l.chunks(BATCH).zip(flags.chunks_mut(BATCH)) {
        let texts = &mut texts[..l.len()];
        for (t, v) in texts.iter_mut().zip(l) {
            let Some(found) = chars(v) else { return false };
            *t = found;
        }
        let near = texts.iter().fold(0u8, |a, t| a ^ t.first().copied().unwrap_or(0));
        std::hint::black_box(near);
        for (f, t) in flags.iter_mut().zip(texts.iter()) {
            *f = u8::from(p.matches(t));
        }
    }
    true
}

fn like(x: &Value, y: &Value) -> Result<Value> {
    let text = y.as_bytes().filter(|_| !matches!(y, Value::List(_))).ok_or_else(Error::ty)?;
    ensure!(!too_hard(&text), "nyi");
    let p = Pattern::new(&text);
    if let Value::List(l) = x
        && let Some(flags) = strings_like(l, &p)
    {
        return Ok(Value::bools8(flags));
    }
    deep(x, &|v| match v {
        Value::Sym(s) => Some(Ok(Value::bool(p.matches(s.bytes())))),
        Value::Enum(..) => v.as_sym().map(|s| Ok(Value::bool(p.matches(s.bytes())))),
        Value::U8(Ty::Char, c) => Some(Ok(Value::bool(p.matches(&[*c])))),
        Value::Vec(s) => match (&s.data, s.ty) {
            (Data::U8(b), Ty::Char) => Some(Ok(Value::bool(p.matches(b)))),
            // each distinct symbol is matched once
            (Data::Sym(b), _) => {
                let g = super::set::groups_of(s);
                let found: Vec<u8> = g.first.iter().map(|&i| u8::from(p.matches(b[i].bytes()))).collect();
                Some(Ok(Value::bools8(g.ids.iter().map(|&k| found[k as usize]).collect())))
            }
            (Data::I64(ix), Ty::Enum) => {
                let list = s.domain.list()?.as_syms()?;
                let g = super::set::groups_of(s);
                let found = |&i: &usize| {
                    let name = usize::try_from(ix[i]).ok().and_then(|i| list.get(i)).copied().unwrap_or(Sym::NULL);
                    u8::from(p.matches(name.bytes()))
                };
                let found: Vec<u8> = g.first.iter().map(found).collect();
                Some(Ok(Value::bools8(g.ids.iter().map(|&k| found[k as usize]).collect())))
            }
            _ => Some(Err(Error::ty())),
        },
        Value::List(l) if l.is_empty() => Some(Ok(Value::bools8(vec![]))),
        // a list of texts, not of lists of them
        Value::List(l) if l.iter().any(|v| !(v.is_string() || v.is_atom())) => Some(Err(Error::ty())),
        _ => None,
    })
}

/// The pattern of `ss` and `ssr`: not empty, no `*`.
fn search_pattern(y: &Value) -> Result<Pattern> {
    let p = Pattern::new(&text(y)?);
    ensure!(p.width() > 0 && !p.has_star(), "length");
    Ok(p)
}

/// Bytes of a string or char; anything else is `'type`.
fn text(v: &Value) -> Result<Vec<u8>> {
    v.as_bytes().ok_or_else(Error::ty)
}

fn ss(x: &Value, y: &Value) -> Result<Value> {
    Ok(Value::positions(&search_pattern(y)?.find(&text(x)?)))
}

fn ssr(h: &mut dyn Host, args: Vec<Value>) -> Result<Value> {
    ensure!(args.len() == 3, "rank");
    ensure!(!args[0].is_atom(), "type");
    let x = text(&args[0])?;
    let p = search_pattern(&args[1])?;
    let fixed = if args[2].is_func() || matches!(args[2], Value::Dict(_)) { None } else { Some(text(&args[2])?) };
    let w = p.width();
    let mut out = Vec::with_capacity(x.len());
    let mut from = 0;
    for at in p.find(&x) {
        out.extend_from_slice(&x[from..at]);
        match &fixed {
            Some(z) => out.extend_from_slice(z),
            None => out.extend(text(&h.call(&args[2], vec![Value::string(x[at..at + w].to_vec())])?)?),
        }
        from = at + w;
    }
    out.extend_from_slice(&x[from..]);
    Ok(Value::string(out))
}

// ---- vs -----------------------------------------------------------------------------------------------------

/// Bytes of a byte or char vector or atom, and whether they are characters.
fn octets(v: &Value) -> Option<(Vec<u8>, bool)> {
    match v {
        Value::U8(Ty::Char, c) => Some((vec![*c], true)),
        Value::U8(Ty::Byte, c) => Some((vec![*c], false)),
        Value::Vec(x) => match (&x.data, x.ty) {
            (Data::U8(b), Ty::Char) => Some((b.to_vec(), true)),
            (Data::U8(b), Ty::Byte) => Some((b.to_vec(), false)),
            _ => None,
        },
        _ => None,
    }
}

fn vs(h: &mut dyn Host, x: Value, y: Value) -> Result<Value> {
    crate::value::stack::check()?;
    match &x {
        Value::Sym(s) => {
            ensure!(s.is_null(), "type");
            vs_null(&y)
        }
        Value::U8(Ty::Bool, 0) => encode_bits(&y, &|b| Value::bools8(bits_of(b))),
        Value::U8(Ty::Byte, 0) if octets(&y).is_none() => encode_bits(&y, &|b| Value::bytes(b.to_vec())),
        _ => match (octets(&x), octets(&y)) {
            (Some((by, chars)), Some((t, _))) => {
                ensure!(!by.is_empty(), "length");
                let make = |p: &[u8]| if chars { Value::string(p.to_vec()) } else { Value::bytes(p.to_vec()) };
                Ok(Value::list(split(&t, &by).into_iter().map(make).collect()))
            }
            (Some(_), None) => match &y {
                Value::List(l) => {
                    Ok(Value::list(l.iter().map(|v| vs(h, x.clone(), v.clone())).collect::<Result<_>>()?))
                }
                _ => Err(Error::ty()),
            },
            _ => encode_base(&x, &y),
        },
    }
}

/// `` ` vs y``
fn vs_null(y: &Value) -> Result<Value> {
    crate::value::stack::check()?;
    match y {
        Value::Sym(_) | Value::Enum(..) => {
            let s = y.as_sym().ok_or_else(Error::ty)?;
            let b = s.bytes();
            if b.first() == Some(&b':') {
                let cut = b.iter().rposition(|&c| c == b'/');
                return Ok(match cut {
                    Some(i) => Value::syms(vec![Sym::new(&b[..i]), Sym::new(&b[i + 1..])]),
                    None => Value::syms(vec![Sym::new(":"), Sym::new(&b[1..])]),
                });
            }
            Ok(Value::syms(split(b, b".").into_iter().map(Sym::new).collect()))
        }
        Value::Vec(v) if matches!(v.ty, Ty::Sym | Ty::Enum) => {
            Ok(Value::list(y.items().iter().map(vs_null).collect::<Result<_>>()?))
        }
        y => {
            let (t, _) = octets(y).ok_or_else(Error::ty)?;
            Ok(Value::list(lines(&t).into_iter().map(|l| Value::string(l.to_vec())).collect()))
        }
    }
}

/// A number's bytes, most significant first.
fn big_endian(v: &Value) -> Option<Vec<u8>> {
    Some(match v {
        Value::U8(_, b) => vec![*b],
        Value::I16(i) => i.to_be_bytes().to_vec(),
        Value::I32(_, i) => i.to_be_bytes().to_vec(),
        Value::I64(_, i) => i.to_be_bytes().to_vec(),
        Value::F32(f) => f.to_bits().to_be_bytes().to_vec(),
        Value::F64(_, f) => f.to_bits().to_be_bytes().to_vec(),
        Value::Guid(g) => g.to_vec(),
        _ => return None,
    })
}

fn bits_of(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().flat_map(|b| (0..8).rev().map(move |k| b >> k & 1)).collect()
}

fn encode_bits(y: &Value, make: &dyn Fn(&[u8]) -> Value) -> Result<Value> {
    crate::value::stack::check()?;
    match y {
        Value::Vec(_) | Value::List(_) => {
            Ok(Value::list(y.items().iter().map(|v| encode_bits(v, make)).collect::<Result<_>>()?))
        }
        y => Ok(make(&big_endian(y).ok_or_else(Error::ty)?)),
    }
}

/// An integer for digits: an int counts as unsigned, as an IP address is written.
fn digits_source(v: &Value) -> Option<i128> {
    match v {
        Value::I32(Ty::Int, i) if *i < 0 => Some(i128::from(*i as u32)),
        Value::U8(Ty::Char, _) => None,
        v => v.as_long().map(i128::from),
    }
}

/// Digits of `y` in base `x`, most significant first.
fn encode_base(x: &Value, y: &Value) -> Result<Value> {
    let mut leaves = vec![];
    collect(y, &mut leaves)?;
    let bases = match as_count(x) {
        Some(b) => {
            ensure!(b >= 2, "domain");
            let most = leaves.iter().map(|&v| digit_count(v, b)).max().unwrap_or(1);
            vec![i128::from(b); most]
        }
        None => as_counts(x).ok_or_else(Error::ty)?.into_iter().map(i128::from).collect(),
    };
    // place[k] holds the k-th digit of every leaf
    let mut rest = leaves;
    let mut place = vec![vec![0i64; rest.len()]; bases.len()];
    for k in (0..bases.len()).rev() {
        for (j, v) in rest.iter_mut().enumerate() {
            if bases[k] == 0 {
                place[k][j] = *v as i64;
                *v = 0;
            } else {
                place[k][j] = v.rem_euclid(bases[k]) as i64;
                *v = v.div_euclid(bases[k]);
            }
        }
    }
    let rows: Vec<Value> = place.iter().map(|d| refill(y, &mut d.iter().copied())).collect();
    Ok(Value::collapse(rows))
}

fn digit_count(v: i128, base: i64) -> usize {
    let mut n = 1;
    let mut v = v.abs() / i128::from(base);
    while v > 0 {
        n += 1;
        v /= i128::from(base);
    }
    n
}

fn collect(y: &Value, out: &mut Vec<i128>) -> Result<()> {
    crate::value::stack::check()?;
    match y {
        Value::Vec(_) | Value::List(_) => y.items().iter().try_for_each(|v| collect(v, out)),
        v => {
            out.push(digits_source(v).ok_or_else(Error::ty)?);
            Ok(())
        }
    }
}

fn refill(shape: &Value, from: &mut dyn Iterator<Item = i64>) -> Value {
    match shape {
        Value::Vec(v) => Value::longs(from.take(v.len()).collect()),
        Value::List(l) => Value::collapse(crate::value::stack::grow(|| l.iter().map(|v| refill(v, from)).collect())),
        _ => Value::long(from.next().unwrap_or(i64::MIN)),
    }
}

// ---- sv -----------------------------------------------------------------------------------------------------

fn sv(h: &mut dyn Host, x: Value, y: Value) -> Result<Value> {
    match &x {
        Value::Sym(s) => {
            ensure!(s.is_null(), "type");
            sv_null(&y)
        }
        Value::U8(Ty::Bool, 0) => from_bits(&y),
        Value::U8(Ty::Byte, 0) if matches!(octets(&y), Some((_, false))) => {
            from_bytes(&octets(&y).ok_or_else(Error::ty)?.0)
        }
        _ => match octets(&x) {
            Some((by, chars)) => {
                let mut out = vec![];
                for (i, v) in y.items().iter().enumerate() {
                    if i > 0 {
                        out.extend_from_slice(&by);
                    }
                    match v {
                        Value::List(l) if l.is_empty() => {}
                        v => {
                            let (t, c) = octets(v).ok_or_else(Error::ty)?;
                            ensure!(c == chars, "type");
                            out.extend(t);
                        }
                    }
                }
                Ok(if chars { Value::string(out) } else { Value::bytes(out) })
            }
            None => decode_base(h, &x, &y),
        },
    }
}

/// `` ` sv y``: symbols by dots or, after a file handle, by slashes; strings as lines.
fn sv_null(y: &Value) -> Result<Value> {
    if let (Value::Vec(_) | Value::Sym(_) | Value::Enum(..), Some(s)) = (y, y.as_syms()) {
        let path = s.first().is_some_and(|f| f.bytes().first() == Some(&b':'));
        let parts: Vec<&[u8]> = s.iter().map(|s| s.bytes()).collect();
        return Ok(Value::sym(parts.join(if path { &b"/"[..] } else { b"." })));
    }
    let mut out = vec![];
    for v in y.items() {
        out.extend(text(&v)?);
        out.push(b'\n');
    }
    Ok(Value::string(out))
}

fn from_bits(y: &Value) -> Result<Value> {
    let Value::Vec(v) = y else { return Err(Error::ty()) };
    let (Data::U8(b), Ty::Bool) = (&v.data, v.ty) else { return Err(Error::ty()) };
    if b.len() == 8 {
        return Ok(Value::byte(b.iter().fold(0, |a, &x| a << 1 | x)));
    }
    ensure!(b.len() % 8 == 0, "length");
    from_bytes(&b.chunks(8).map(|c| c.iter().fold(0, |a, &x| a << 1 | x)).collect::<Vec<u8>>())
}

/// An integer from big-endian bytes: 2 a short, 4 an int, 8 a long, 16 a guid.
fn from_bytes(b: &[u8]) -> Result<Value> {
    match b.len() {
        2 => Ok(Value::short(b.iter().fold(0i16, |a, &x| a << 8 | i16::from(x)))),
        4 => Ok(Value::int(b.iter().fold(0i32, |a, &x| a << 8 | i32::from(x)))),
        8 => Ok(Value::long(b.iter().fold(0i64, |a, &x| a << 8 | i64::from(x)))),
        16 => Ok(Value::Guid(Box::new(b.try_into().map_err(|_| Error::length())?))),
        _ => Err(Error::length()),
    }
}

/// Digits `y` to base `x` (or mixed bases): long arithmetic, or float where a float takes part.
fn decode_base(h: &mut dyn Host, x: &Value, y: &Value) -> Result<Value> {
    ensure!(y.is_list(), "type");
    let digits = y.items();
    let bases = if x.is_list() { x.items() } else { vec![x.clone(); digits.len()] };
    ensure!(bases.len() == digits.len(), "length");
    let numeric = |v: &Value| v.ty().is_none_or(|t| t.is_numeric() && !t.is_temporal() || t == Ty::Bool);
    ensure!(bases.iter().all(numeric) && digits.iter().all(numeric), "type");
    let (plus, times) = (super::lookup("+"), super::lookup("*"));
    let (Some(plus), Some(times)) = (plus.and_then(|v| v.dyad), times.and_then(|v| v.dyad)) else {
        return Err(Error::nyi());
    };
    let mut acc = Value::long(0);
    for (k, (b, d)) in bases.into_iter().zip(digits).enumerate() {
        // the first base says nothing
        if k > 0 {
            acc = times(h, acc, b)?;
        }
        acc = plus(h, acc, d)?;
    }
    Ok(acc)
}

// ---- case, blanks, hash -------------------------------------------------------------------------------------

fn case(x: &Value, f: fn(&u8) -> u8) -> Result<Value> {
    deep(x, &|v| match v {
        Value::U8(Ty::Char, c) => Some(Ok(Value::char(f(c)))),
        Value::Sym(_) | Value::Enum(..) => {
            v.as_sym().map(|s| Ok(Value::sym(s.bytes().iter().map(f).collect::<Vec<u8>>())))
        }
        Value::Vec(s) => match (&s.data, s.ty) {
            (Data::U8(b), Ty::Char) => Some(Ok(Value::string(b.iter().map(f).collect::<Vec<u8>>()))),
            (_, Ty::Sym | Ty::Enum) => {
                let mut seen: FxHashMap<Sym, Sym> = FxHashMap::default();
                let syms = v.as_syms()?;
                Some(Ok(Value::syms(
                    syms.into_iter()
                        .map(|s| {
                            *seen.entry(s).or_insert_with(|| Sym::new(s.bytes().iter().map(f).collect::<Vec<u8>>()))
                        })
                        .collect(),
                )))
            }
            _ => Some(Err(Error::ty())),
        },
        _ => None,
    })
}

fn trim(x: &Value, left: bool, right: bool) -> Result<Value> {
    deep(x, &|v| match v {
        Value::Vec(_) => {
            let n = v.len();
            let from = if left { (0..n).find(|&i| !v.at(i).is_null()).unwrap_or(n) } else { 0 };
            let to = if right { (from..n).rev().find(|&i| !v.at(i).is_null()).map_or(from, |i| i + 1) } else { n };
            Some(Ok(v.slice(from, to)))
        }
        _ if v.is_atom() => Some(Ok(v.clone())),
        _ => None,
    })
}

fn md5_of(x: &Value) -> Result<Value> {
    if let Some(b) = chars(x) {
        return Ok(Value::bytes(Md5::digest(b).to_vec()));
    }
    Ok(Value::bytes(Md5::digest(text(x)?).to_vec()))
}
