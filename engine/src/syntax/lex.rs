//! Text to tokens. Offsets are kept so that errors can point.

use crate::error::{Error, Result};
use crate::value::{Adverb, Sym, Value};

/// One token.
#[derive(Clone, Debug)]
pub enum Tok {
    /// A literal: number, vector of numbers, string, char, symbol or symbol vector.
    Lit(Value),
    /// A name, perhaps dotted.
    Name(Sym),
    /// An operator as written, without a trailing colon: `+`, `<=`, `0:`, `:`, `::`.
    Op(&'static str),
    /// An operator with a colon straight after it: `+:`.
    OpColon(&'static str),
    Adverb(Adverb),
    /// One of `( ) [ ] { } ;`
    Punct(u8),
    /// A newline that starts a statement inside a multi-line bracket counts as blank; this is the end.
    End,
}

/// A token, where it starts and ends, and whether blank space stood before it.
#[derive(Clone, Debug)]
pub struct Token {
    pub tok: Tok,
    pub at: usize,
    pub end: usize,
    pub spaced: bool,
}

const OPS: &[&str] = &[
    "::", "<=", ">=", "<>", "+", "-", "*", "%", "&", "|", "^", "=", "<", ">", ",", "#", "_", "~", "!", "?", "@", ".",
    "$", ":",
];

fn name_start(c: u8) -> bool {
    c.is_ascii_alphabetic() || c == b'.' || c >= 0x80
}
fn name_char(c: u8) -> bool {
    c.is_ascii_alphanumeric() || c == b'_' || c == b'.' || c >= 0x80
}

/// Splits `s` into tokens, ending with `Tok::End`.
pub fn lex(s: &[u8]) -> Result<Vec<Token>> {
    let mut out: Vec<Token> = vec![];
    let mut i = 0;
    loop {
        let from = i;
        let mut spaced = i == 0;
        // blanks and comments
        while i < s.len() {
            match s[i] {
                b' ' | b'\t' | b'\r' | b'\n' => {
                    spaced = true;
                    i += 1;
                }
                b'/' if i == 0 || matches!(s[i - 1], b' ' | b'\t' | b'\n' | b'\r') => {
                    while i < s.len() && s[i] != b'\n' {
                        i += 1;
                    }
                    spaced = true;
                }
                _ => break,
            }
        }
        let spaced = spaced || i > from;
        if i >= s.len() {
            out.push(Token { tok: Tok::End, at: s.len(), end: s.len(), spaced });
            return Ok(out);
        }
        let at = i;
        let c = s[i];
        let tok = if is_number_start(s, i, out.last(), spaced) {
            let (v, end) = numbers(s, i)?;
            i = end;
            match v {
                Some(v) => Tok::Lit(v),
                None => Tok::Op(match c {
                    b'0' => "0:",
                    b'1' => "1:",
                    _ => "2:",
                }),
            }
        } else if name_start(c) && (c != b'.' || s.get(i + 1).is_some_and(u8::is_ascii_alphabetic)) {
            while i < s.len() && name_char(s[i]) {
                i += 1;
            }
            // a trailing dot is the operator, `f.(1;2)`; straight before a colon it is the null name in a namespace, `a.:(::)`
            while i > at + 1 && s[i - 1] == b'.' && s.get(i) != Some(&b':') {
                i -= 1;
            }
            Tok::Name(Sym::new(&s[at..i]))
        } else if c == b'"' {
            let (v, end) = string(s, i)?;
            i = end;
            Tok::Lit(v)
        } else if c == b'`' {
            let (v, end) = symbols(s, i);
            i = end;
            Tok::Lit(v)
        } else if matches!(c, b'(' | b')' | b'[' | b']' | b'{' | b'}' | b';') {
            i += 1;
            Tok::Punct(c)
        } else if c == b'\\' && spaced && at > 0 && s.get(i + 1).is_some_and(u8::is_ascii_alphabetic) {
            // an iterator stands beside its function; this looks like a command and is none
            return Err(Error::new("\\").at(s, i));
        } else if matches!(c, b'\'' | b'/' | b'\\') {
            i += 1;
            let colon = s.get(i) == Some(&b':');
            if colon {
                i += 1;
            }
            Tok::Adverb(match (c, colon) {
                (b'\'', false) => Adverb::Each,
                (b'\'', true) => Adverb::Prior,
                (b'/', false) => Adverb::Over,
                (b'/', true) => Adverb::EachRight,
                (_, false) => Adverb::Scan,
                (_, true) => Adverb::EachLeft,
            })
        } else if let Some(op) = OPS.iter().find(|o| s[i..].starts_with(o.as_bytes())) {
            i += op.len();
            if *op != "::" && *op != ":" && s.get(i) == Some(&b':') && s.get(i + 1) != Some(&b':') {
                i += 1;
                Tok::OpColon(op)
            } else {
                Tok::Op(op)
            }
        } else {
            return Err(Error::new("char").at(s, i));
        };
        out.push(Token { tok, at, end: i, spaced });
    }
}

/// A digit, `.5`, or a minus sign that belongs to a literal.
fn is_number_start(s: &[u8], i: usize, prev: Option<&Token>, spaced: bool) -> bool {
    let digit = |k: usize| s.get(k).is_some_and(u8::is_ascii_digit);
    let number = |k: usize| digit(k) || (s.get(k) == Some(&b'.') && digit(k + 1));
    let after_noun = !spaced
        && prev.is_some_and(|t| match &t.tok {
            Tok::Lit(_) | Tok::Name(_) => true,
            Tok::Punct(c) => matches!(c, b')' | b']' | b'}'),
            _ => false,
        });
    match s[i] {
        b'-' => number(i + 1) && !after_noun,
        b'.' => digit(i + 1) && !after_noun,
        _ => digit(i),
    }
}

/// The extent of one numeric token.
fn number_end(s: &[u8], mut i: usize) -> usize {
    let start = i;
    if s[i] == b'-' {
        i += 1;
    }
    let hex = s[i..].starts_with(b"0x");
    while i < s.len() {
        let c = s[i];
        if c.is_ascii_alphanumeric() || (c == b'.' && !hex) {
            i += 1;
            let body = &s[start..i];
            if matches!(c, b'e')
                && !hex
                && body[..body.len() - 1].iter().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-'))
                && matches!(s.get(i), Some(b'-' | b'+'))
                && s.get(i + 1).is_some_and(u8::is_ascii_digit)
            {
                i += 1;
            }
        } else if c == b':' && s.get(i + 1).is_some_and(u8::is_ascii_digit) && s.get(i + 2) != Some(&b'x') {
            i += 1;
        } else {
            break;
        }
    }
    i
}

/// A run of numeric tokens with blanks between; None for the file operators `0:` `1:` `2:`.
fn numbers(s: &[u8], start: usize) -> Result<(Option<Value>, usize)> {
    let mut parts: Vec<&[u8]> = vec![];
    let mut i = start;
    let mut end = start;
    loop {
        let e = number_end(s, i);
        let mut text = &s[i..e];
        // `0:0N!x`: what is no time is a file operator and what follows it
        if parts.is_empty() && matches!(text, [b'0'..=b'2', b':', _, ..]) && super::literal::vector(&[text]).is_err() {
            text = &text[..1];
        }
        let e = i + text.len();
        if matches!(text, b"0" | b"1" | b"2") && s.get(e) == Some(&b':') && s.get(e + 1) != Some(&b':') {
            if parts.is_empty() {
                return Ok((None, e + 1));
            }
            break;
        }
        parts.push(text);
        end = e;
        let mut k = e;
        while matches!(s.get(k), Some(b' ' | b'\t')) {
            k += 1;
        }
        // bytes are no part of a list of numbers: `7i 0x0a` applies
        let bytes = s[k..].starts_with(b"0x") && !parts[0].starts_with(b"0x");
        let more = k > e
            && !bytes
            && match s.get(k) {
                Some(b'-') => {
                    s.get(k + 1).is_some_and(u8::is_ascii_digit)
                        || (s.get(k + 1) == Some(&b'.') && s.get(k + 2).is_some_and(u8::is_ascii_digit))
                }
                Some(b'.') => s.get(k + 1).is_some_and(u8::is_ascii_digit),
                Some(c) => c.is_ascii_digit(),
                None => false,
            };
        if !more {
            break;
        }
        i = k;
    }
    let v = super::literal::vector(&parts).map_err(|e| e.at(s, start))?;
    Ok((Some(v), end))
}

/// A string literal: one character is a char atom.
fn string(s: &[u8], start: usize) -> Result<(Value, usize)> {
    let mut out = vec![];
    let mut i = start + 1;
    loop {
        match s.get(i) {
            None => return Err(Error::new("\"").at(s, start)),
            Some(b'"') => break,
            Some(b'\\') => {
                i += 1;
                match s.get(i) {
                    Some(b'n') => out.push(b'\n'),
                    Some(b't') => out.push(b'\t'),
                    Some(b'r') => out.push(b'\r'),
                    Some(d) if d.is_ascii_digit() => {
                        let oct = s.get(i..i + 3).unwrap_or(&[]);
                        if oct.len() < 3 || oct.iter().any(|c| !(b'0'..=b'7').contains(c)) {
                            return Err(Error::new("\\").at(s, i));
                        }
                        let n = oct.iter().fold(0u32, |a, c| a * 8 + u32::from(c - b'0'));
                        out.push((n & 255) as u8);
                        i += 2;
                    }
                    Some(c) => out.push(*c),
                    None => return Err(Error::new("\"").at(s, start)),
                }
                i += 1;
            }
            Some(c) => {
                out.push(*c);
                i += 1;
            }
        }
    }
    let v = if out.len() == 1 { Value::char(out[0]) } else { Value::string(out) };
    Ok((v, i + 1))
}

/// One or more symbols without blanks between.
fn symbols(s: &[u8], start: usize) -> (Value, usize) {
    let mut names = vec![];
    let mut i = start;
    while s.get(i) == Some(&b'`') {
        i += 1;
        let from = i;
        let mut path = false;
        while let Some(&c) = s.get(i) {
            if c == b':' {
                path = true;
            }
            if name_char(c) || c == b':' || (path && c == b'/') {
                i += 1;
            } else {
                break;
            }
        }
        // an underscore is a name character here, as in `a_b
        names.push(Sym::new(&s[from..i]));
    }
    let v = if names.len() == 1 { Value::Sym(names[0]) } else { Value::syms(names) };
    (v, i)
}
