//! Numeric and temporal literals: one token such as `12:30` or `0x0102`, and vectors such as `1 2 3h`.

use crate::error::{Error, Result};
use crate::value::temporal::{self, DAY, HOUR, MINUTE, SECOND};
use crate::value::{Ty, Value};

/// The number at the start of `text` (a leading `-` is taken as its sign) and the bytes it takes.
/// None if there is none, or the token is malformed (`2000.13.01`, `1abc`).
pub fn number(text: &[u8]) -> Option<(Value, usize)> {
    let n = scan(text);
    if n == 0 {
        return None;
    }
    vector(&[&text[..n]]).ok().map(|v| (v, n))
}

/// Length of the numeric token at the start of `text`, 0 if none starts there. It may turn out to be malformed.
/// A colon belongs to the token only before a digit, so `0:` and `1:` are the digit alone.
pub fn scan(text: &[u8]) -> usize {
    let mut i = usize::from(text.first() == Some(&b'-'));
    let digit = |i: usize| text.get(i).is_some_and(u8::is_ascii_digit);
    if !(digit(i) || text.get(i) == Some(&b'.') && digit(i + 1)) {
        return 0;
    }
    let start = i;
    let hex = text[i] == b'0' && text.get(i + 1) == Some(&b'x');
    while let Some(&c) = text.get(i) {
        let keep = match c {
            b':' => digit(i + 1),
            b'+' | b'-' => {
                !hex && digit(i + 1)
                    && text[i - 1] == b'e'
                    && i > start + 1
                    && text[start..i - 1].iter().all(|c| c.is_ascii_digit() || *c == b'.')
            }
            _ => c == b'.' || c.is_ascii_alphanumeric(),
        };
        if !keep {
            break;
        }
        i += 1;
    }
    i
}

/// The value of a juxtaposed literal: one token gives an atom (or a bool or byte vector), several a vector.
/// A type letter on the last token is the type of all items.
pub fn vector(tokens: &[&[u8]]) -> Result<Value> {
    let bad = || Error::new(String::from_utf8_lossy(&tokens.join(&b' ')).into_owned());
    if let [one] = tokens {
        let lit = Lit::read(one).ok_or_else(bad)?;
        return lit.single().ok_or_else(bad);
    }
    let lits = tokens.iter().map(|t| Lit::read(t)).collect::<Option<Vec<_>>>().ok_or_else(bad)?;
    let last = lits.last().ok_or_else(bad)?;
    let mut ty = last.suffix;
    if ty.is_none() {
        for l in &lits {
            let t = l.suffix.unwrap_or_else(|| l.natural());
            ty = Some(match ty {
                None => t,
                // untyped nulls and infinities take the type of the rest
                Some(o) if l.is_open() && (o.is_temporal() || t == o) => o,
                Some(o) => widest(o, t).ok_or_else(bad)?,
            });
        }
    }
    let ty = ty.ok_or_else(bad)?;
    if ty == Ty::Bool && lits.iter().any(|l| l.text.len() != 1) {
        return Err(bad());
    }
    let items = lits.iter().map(|l| l.as_type(ty)).collect::<Option<Vec<_>>>().ok_or_else(bad)?;
    Ok(Value::collapse(items))
}

/// The type of items of types `a` and `b` written side by side.
fn widest(a: Ty, b: Ty) -> Option<Ty> {
    let (lo, hi) = if a <= b { (a, b) } else { (b, a) };
    Some(match (lo, hi) {
        _ if lo == hi => lo,
        (Ty::Short | Ty::Int | Ty::Long, Ty::Int | Ty::Long | Ty::Real | Ty::Float) | (Ty::Real, Ty::Float) => hi,
        // an integer null or infinity among temporal items was let through by the caller
        (Ty::Long, t) if t.is_temporal() => t,
        (Ty::Minute, Ty::Second | Ty::Time) | (Ty::Second, Ty::Time) => hi,
        (Ty::Timespan, Ty::Minute | Ty::Second | Ty::Time) => Ty::Timespan,
        (Ty::Timestamp, Ty::Date) => Ty::Timestamp,
        (Ty::Date, Ty::Datetime) => Ty::Datetime,
        _ => return None,
    })
}

/// What a token's text says before its type letter is applied.
#[derive(Clone, Copy, PartialEq)]
enum Body {
    Int(i64),
    Float(f64),
    Null,
    Inf,
    /// days since 2000.01.01
    Date(i64),
    /// months since 2000.01
    Month(i64),
    /// nanoseconds since 2000.01.01
    Stamp(i64),
    /// days and nanoseconds of a datetime
    DateTime(f64),
    /// nanoseconds, and the type the text has by itself
    Span(i64, Ty),
    Bits,
    Hex,
}

struct Lit<'a> {
    neg: bool,
    /// Text without sign and type letter (for bits and hex: the digits).
    text: &'a [u8],
    body: Body,
    suffix: Option<Ty>,
}

impl<'a> Lit<'a> {
    fn read(token: &'a [u8]) -> Option<Lit<'a>> {
        let neg = token.first() == Some(&b'-');
        let t = &token[usize::from(neg)..];
        if let Some(h) = t.strip_prefix(b"0x") {
            let ok = !neg && h.iter().all(u8::is_ascii_hexdigit);
            return ok.then_some(Lit { neg, text: h, body: Body::Hex, suffix: Some(Ty::Byte) });
        }
        if let Some(r) = t.strip_prefix(b"0").filter(|r| matches!(r.first(), Some(b'N' | b'W' | b'n' | b'w'))) {
            return Self::special(neg, t, r);
        }
        if let Some(b) = t.strip_suffix(b"b") {
            let ok = !neg && !b.is_empty() && b.iter().all(|c| matches!(c, b'0' | b'1'));
            return ok.then_some(Lit { neg, text: b, body: Body::Bits, suffix: Some(Ty::Bool) });
        }
        let sign = |v: i64| if neg { -v } else { v };
        let (text, suffix) = split_letter(t);
        let body = if text.contains(&b':') || text.contains(&b'D') || text.contains(&b'T') {
            temporal_body(text, neg)?
        } else if text.iter().all(u8::is_ascii_digit) {
            match suffix {
                Some(Ty::Real | Ty::Float) => {
                    let f: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
                    Body::Float(if neg { -f } else { f })
                }
                _ => Body::Int(sign(parse_digits(text)?)),
            }
        } else if let Some(d) = date(text) {
            Body::Date(sign(d))
        } else if suffix == Some(Ty::Month) {
            Body::Month(sign(month(text)?))
        } else {
            let ok = text.iter().all(|c| c.is_ascii_digit() || matches!(c, b'.' | b'e' | b'E' | b'+' | b'-'));
            if !ok {
                return None;
            }
            let f: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
            Body::Float(if neg { -f } else { f })
        };
        Some(Lit { neg, text, body, suffix })
    }

    /// `0N`, `0Wh`, `0n`, `0w`, … ; `r` follows the zero.
    fn special(neg: bool, t: &'a [u8], r: &[u8]) -> Option<Lit<'a>> {
        let body = if matches!(r[0], b'N' | b'n') { Body::Null } else { Body::Inf };
        let suffix = match r {
            [b'N' | b'W'] => None,
            [b'n' | b'w'] => Some(Ty::Float),
            [_, c] if c.is_ascii_lowercase() => Some(Ty::from_letter(*c).filter(|t| *t != Ty::Bool)?),
            _ => return None,
        };
        Some(Lit { neg, text: t, body, suffix })
    }

    /// A bare `0N` or `0W`, or a float null or infinity: takes any type around it.
    fn is_open(&self) -> bool {
        matches!(self.body, Body::Null | Body::Inf) && self.suffix.is_none()
    }

    /// The type the text has when no letter says otherwise.
    fn natural(&self) -> Ty {
        match self.body {
            Body::Int(_) | Body::Null | Body::Inf => Ty::Long,
            Body::Float(_) => Ty::Float,
            Body::Date(_) => Ty::Date,
            Body::Month(_) => Ty::Month,
            Body::Stamp(_) => Ty::Timestamp,
            Body::DateTime(_) => Ty::Datetime,
            Body::Span(_, t) => t,
            Body::Bits => Ty::Bool,
            Body::Hex => Ty::Byte,
        }
    }

    fn single(&self) -> Option<Value> {
        match self.body {
            Body::Bits if self.text.len() > 1 => Some(Value::bools8(self.text.iter().map(|c| c - b'0').collect())),
            Body::Hex if self.text.len() != 1 && self.text.len() != 2 => {
                let mut digits: Vec<u8> = self.text.iter().map(|&c| hex_digit(c)).collect::<Option<_>>()?;
                if digits.len() % 2 == 1 {
                    digits.insert(0, 0);
                }
                Some(Value::bytes(digits.chunks(2).map(|p| p[0] << 4 | p[1]).collect()))
            }
            _ => self.as_type(self.suffix.unwrap_or_else(|| self.natural())),
        }
    }

    /// The atom of type `ty` that this token stands for beside others of that type.
    fn as_type(&self, ty: Ty) -> Option<Value> {
        match self.body {
            Body::Null => return (ty != Ty::Bool && ty != Ty::Byte).then(|| Value::null_of(ty)),
            Body::Inf => {
                if matches!(ty, Ty::Bool | Ty::Byte | Ty::Guid | Ty::Char | Ty::Sym) {
                    return None;
                }
                return Some(if self.neg { Value::neg_inf_of(ty) } else { Value::inf_of(ty) });
            }
            _ => {}
        }
        match ty {
            Ty::Bool => match (self.body, self.text) {
                (Body::Bits | Body::Int(_), [c @ (b'0' | b'1')]) => Some(Value::bool(*c == b'1')),
                _ => None,
            },
            Ty::Byte => match (self.body, self.text) {
                (Body::Hex, [c]) => Some(Value::byte(hex_digit(*c)?)),
                (Body::Hex, [a, b]) => Some(Value::byte(hex_digit(*a)? << 4 | hex_digit(*b)?)),
                (Body::Int(n), _) => u8::try_from(n).ok().map(Value::byte),
                _ => None,
            },
            Ty::Char => match self.body {
                Body::Int(n) => u8::try_from(n).ok().map(Value::char),
                _ => None,
            },
            Ty::Short => i16::try_from(self.int()?).ok().filter(|n| *n != i16::MIN).map(Value::short),
            Ty::Int => i32::try_from(self.int()?).ok().filter(|n| *n != i32::MIN).map(Value::int),
            Ty::Long => self.int().map(Value::long),
            Ty::Real => self.float().map(|f| Value::F32(f as f32)),
            Ty::Float => self.float().map(Value::float),
            Ty::Timestamp => match self.body {
                Body::Int(n) | Body::Stamp(n) => Some(Value::I64(ty, n)),
                Body::Date(d) => Some(Value::I64(ty, d.checked_mul(DAY)?)),
                _ => None,
            },
            Ty::Month => match self.body {
                Body::Int(n) | Body::Month(n) => Some(Value::I32(ty, i32::try_from(n).ok()?)),
                // the letter came with a later token
                Body::Float(_) if !self.neg => Some(Value::I32(ty, i32::try_from(month(self.text)?).ok()?)),
                Body::Date(d) => {
                    let (y, m, _) = temporal::civil_from_days(d);
                    Some(Value::I32(ty, i32::try_from((y - 2000) * 12 + m - 1).ok()?))
                }
                _ => None,
            },
            Ty::Date => match self.body {
                Body::Int(n) | Body::Date(n) => Some(Value::I32(ty, i32::try_from(n).ok()?)),
                Body::Stamp(n) => Some(Value::I32(ty, i32::try_from(n.div_euclid(DAY)).ok()?)),
                _ => None,
            },
            Ty::Datetime => match self.body {
                Body::Int(n) | Body::Date(n) => Some(Value::F64(ty, n as f64)),
                Body::Float(f) | Body::DateTime(f) => Some(Value::F64(ty, f)),
                Body::Stamp(n) => Some(Value::F64(ty, n as f64 / DAY as f64)),
                _ => None,
            },
            Ty::Timespan => match self.body {
                Body::Int(n) | Body::Span(n, _) => Some(Value::I64(ty, n)),
                _ => None,
            },
            Ty::Minute => Some(Value::I32(ty, self.clock(MINUTE, HOUR / MINUTE)?)),
            Ty::Second => Some(Value::I32(ty, self.clock(SECOND, HOUR / SECOND)?)),
            Ty::Time => Some(Value::I32(ty, self.clock(temporal::MILLI, HOUR / temporal::MILLI)?)),
            Ty::Guid | Ty::Sym | Ty::Enum => None,
        }
    }

    /// A clock time in units of `unit` nanoseconds; bare digits are hours of `hour` units.
    fn clock(&self, unit: i64, hour: i64) -> Option<i32> {
        match self.body {
            Body::Span(n, _) => i32::try_from(n.div_euclid(unit)).ok(),
            Body::Int(n) => i32::try_from(n.checked_mul(hour)?).ok(),
            _ => None,
        }
    }
    fn int(&self) -> Option<i64> {
        if let Body::Int(n) = self.body { Some(n) } else { None }
    }
    fn float(&self) -> Option<f64> {
        match self.body {
            Body::Int(n) => Some(n as f64),
            Body::Float(f) => Some(f),
            _ => None,
        }
    }
}

/// Splits a trailing type letter off. `e` after digits is the type real (`1e`), not an exponent.
fn split_letter(t: &[u8]) -> (&[u8], Option<Ty>) {
    match t.split_last() {
        Some((c, rest)) if c.is_ascii_lowercase() && !rest.is_empty() => match Ty::from_letter(*c) {
            Some(ty) => (rest, Some(ty)),
            None => (t, None),
        },
        _ => (t, None),
    }
}

fn split_once(t: &[u8], c: u8) -> Option<(&[u8], &[u8])> {
    let i = t.iter().position(|&b| b == c)?;
    Some((&t[..i], &t[i + 1..]))
}

fn hex_digit(c: u8) -> Option<u8> {
    char::from(c).to_digit(16).map(|d| d as u8)
}

/// Decimal digits (at least one) as an integer.
fn parse_digits(t: &[u8]) -> Option<i64> {
    if t.is_empty() || !t.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(t).ok()?.parse().ok()
}

/// Months of `yyyy.mm`.
fn month(t: &[u8]) -> Option<i64> {
    let (y, m) = split_once(t, b'.')?;
    if y.len() != 4 || m.len() != 2 {
        return None;
    }
    let (y, m) = (parse_digits(y)?, parse_digits(m)?);
    (1..=12).contains(&m).then_some((y - 2000) * 12 + m - 1)
}

/// Days of a literal `yyyy.mm.dd`.
fn date(t: &[u8]) -> Option<i64> {
    if t.len() != 10 || t[4] != b'.' || t[7] != b'.' {
        return None;
    }
    let (y, m, d) = (parse_digits(&t[..4])?, parse_digits(&t[5..7])?, parse_digits(&t[8..])?);
    let ok = (1..=12).contains(&m) && d >= 1 && d <= temporal::days_in_month(y, m) && y > 0;
    ok.then(|| temporal::days_from_civil(y, m, d))
}

/// `hh`, `hh:mm`, `hh:mm:ss`, `hh:mm:ss.fff…` in nanoseconds, with the type that the text has by itself.
fn clock(t: &[u8]) -> Option<(i64, Ty)> {
    let mut parts = t.split(|&c| c == b':');
    let hours = parse_digits(parts.next()?)?.checked_mul(HOUR)?;
    let Some(m) = parts.next() else { return Some((hours, Ty::Timespan)) };
    let two = |p: &[u8]| (p.len() == 2).then(|| parse_digits(p)).flatten().filter(|n| *n < 60);
    let mut ns = hours.checked_add(two(m)? * MINUTE)?;
    let Some(s) = parts.next() else { return Some((ns, Ty::Minute)) };
    if parts.next().is_some() {
        return None;
    }
    let (sec, frac) = split_once(s, b'.').map_or((s, None), |(a, b)| (a, Some(b)));
    ns = ns.checked_add(two(sec)? * SECOND)?;
    let Some(frac) = frac else { return Some((ns, Ty::Second)) };
    ns = ns.checked_add(fraction(frac)?)?;
    Some((ns, if frac.len() <= 3 { Ty::Time } else { Ty::Timespan }))
}

/// Decimal digits after the point as nanoseconds; digits past the ninth are dropped.
fn fraction(f: &[u8]) -> Option<i64> {
    if !f.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some((0..9).fold(0, |n, i| n * 10 + i64::from(f.get(i).map_or(0, |c| c - b'0'))))
}

/// Bodies with a colon, `D` or `T`.
fn temporal_body(t: &[u8], neg: bool) -> Option<Body> {
    let sign = |v: i64| if neg { -v } else { v };
    if let Some((day, time)) = split_once(t, b'D') {
        let ns = if time.is_empty() { 0 } else { clock(time)?.0 };
        return match date(day) {
            Some(d) => Some(Body::Stamp(sign(temporal::timestamp(d, ns)?))),
            None => Some(Body::Span(sign(temporal::timestamp(parse_digits(day)?, ns)?), Ty::Timespan)),
        };
    }
    if let Some((day, time)) = split_once(t, b'T') {
        let ns = if time.is_empty() { 0 } else { clock(time)?.0 };
        let z = date(day)? as f64 + (ns / temporal::MILLI) as f64 / 86_400_000.0;
        return Some(Body::DateTime(if neg { -z } else { z }));
    }
    let (ns, ty) = clock(t)?;
    Some(Body::Span(sign(ns), ty))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(t: &str) -> Value {
        let (v, n) = number(t.as_bytes()).unwrap_or_else(|| panic!("{t} is a number"));
        assert_eq!(n, t.len(), "{t} is taken whole");
        v
    }
    fn many(t: &str) -> Option<Value> {
        let parts: Vec<&[u8]> = t.split(' ').map(str::as_bytes).collect();
        vector(&parts).ok()
    }

    #[test]
    fn atoms_have_the_type_of_their_text() {
        for (t, code) in [
            ("1", -7),
            ("1h", -5),
            ("1i", -6),
            ("1j", -7),
            ("1e", -8),
            ("1f", -9),
            ("1.5", -9),
            (".5", -9),
            ("5.", -9),
            ("1e10", -9),
            ("1e-05", -9),
            ("1.5e", -8),
            ("0b", -1),
            ("010b", 1),
            ("0x01", -4),
            ("0x0102", 4),
            ("0x", 4),
            ("0N", -7),
            ("0n", -9),
            ("0Nh", -5),
            ("0W", -7),
            ("0w", -9),
            ("-0w", -9),
            ("-0Wp", -12),
            ("0Ng", -2),
            ("0Nt", -19),
            ("0wz", -15),
            ("2000.01.01", -14),
            ("2000.01m", -13),
            ("2000.01.01D12:00:00.123456789", -12),
            ("2000.01.01D", -12),
            ("2000.01.01T12:00:00.000", -15),
            ("0D00:00:01", -16),
            ("1D", -16),
            ("12:30", -17),
            ("12:30:00", -18),
            ("12:30:00.000", -19),
            ("12:30:00.000000000", -16),
            ("0p", -12),
            ("2000.01.01p", -12),
            ("09:30t", -19),
            ("0Ns", -11),
            ("0Nc", -10),
        ] {
            assert_eq!(one(t).type_code(), code, "{t}");
        }
    }

    #[test]
    fn values_of_atoms() {
        let long = |t: &str| match one(t) {
            Value::I64(_, n) => n,
            Value::I32(_, n) => i64::from(n),
            v => panic!("{t} is {v:?}"),
        };
        assert_eq!(long("-12"), -12);
        assert_eq!(long("2001.01.01"), 366);
        assert_eq!(long("1999.12.31"), -1);
        assert_eq!(long("2003.07m"), 42);
        assert_eq!(long("-12:30"), -750);
        assert_eq!(long("0D00:00:00.000000042"), 42);
        assert_eq!(long("2000.01.02D00:00:00.5"), DAY + SECOND / 2);
        assert_eq!(long("-0W"), -i64::MAX);
        assert_eq!(one("1e3").as_float(), Some(1000.0));
    }

    #[test]
    fn malformed_tokens_are_none() {
        for t in ["2000.13.01", "1abc", "0xg1", "32768h", "1.2.3", "99999999999999999999", "12:61", "x", "-", "."] {
            assert!(number(t.as_bytes()).is_none(), "{t}");
        }
    }

    #[test]
    fn a_colon_without_a_digit_ends_the_token() {
        assert_eq!(scan(b"0: x"), 1);
        assert_eq!(scan(b"12:30;"), 5);
        assert_eq!(scan(b"2*3"), 1);
        assert_eq!(scan(b"1e-5-2"), 4);
        assert_eq!(scan(b"3-2"), 1);
    }

    #[test]
    fn the_last_letter_types_all_items() {
        for (t, code) in [
            ("1 2 3", 7),
            ("1 2.5 3", 9),
            ("1 2 3h", 5),
            ("0N 1 2f", 9),
            ("1 0N 3i", 6),
            ("10:00 11:00", 17),
            ("2000.01.01 2000.01.02", 14),
            ("0n 1 2", 9),
            ("1 0w", 9),
            ("0N 2000.01.01", 14),
            ("0 1 2p", 12),
            ("1 1e10", 9),
            ("0Nd 2000.01.01", 14),
            ("0 1b", 1),
            ("2000.01 2000.02m", 13),
            ("10:00 11:00t", 19),
        ] {
            assert_eq!(many(t).unwrap_or_else(|| panic!("{t}")).type_code(), code, "{t}");
        }
        for t in ["1 2000.01.01x", "2000.01.01 12:00", "1.5 2h", "12:00 1.5"] {
            assert!(many(t).is_none(), "{t}");
        }
    }
}
