//! Text of atoms and of items of vectors.

use crate::value::temporal::{self, DAY, HOUR, MINUTE, SECOND};
use crate::value::{Data, Ty, Value, Vector};

/// How nulls are written: `0N` in literals, nothing in tables and by `string`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Nulls {
    Code,
    Blank,
}

/// Significant digits to print at most: 0 means 17.
fn digits(precision: usize) -> usize {
    if precision == 0 || precision > 17 { 17 } else { precision }
}

/// A float as `%g` with `precision` significant digits prints it: `0.1`, `1e-08`, `9.223372e+18`, `0n`, `-0w`.
pub fn float(out: &mut Vec<u8>, f: f64, precision: usize) {
    if f.is_nan() {
        out.extend_from_slice(b"0n");
        return;
    }
    if f.is_infinite() {
        out.extend_from_slice(if f > 0.0 { b"0w" } else { b"-0w" });
        return;
    }
    let p = digits(precision);
    let sci = format!("{:.*e}", p - 1, f);
    let (mantissa, exp) = sci.split_once('e').unwrap_or((&sci, "0"));
    let exp: i32 = exp.parse().unwrap_or(0);
    if exp < -4 || exp >= p as i32 {
        out.extend_from_slice(trim_zeros(mantissa).as_bytes());
        out.extend_from_slice(if exp < 0 { b"e-" } else { b"e+" });
        out.extend_from_slice(format!("{:02}", exp.abs()).as_bytes());
        return;
    }
    // the mantissa's digits are the correctly rounded ones: put the point where it belongs
    let neg = mantissa.starts_with('-');
    let d: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let text = if exp < 0 {
        format!("0.{}{d}", "0".repeat((-exp - 1) as usize))
    } else {
        let n = exp as usize + 1;
        if n >= d.len() { d } else { format!("{}.{}", &d[..n], &d[n..]) }
    };
    if neg {
        out.push(b'-');
    }
    out.extend_from_slice(trim_zeros(&text).as_bytes());
}

fn trim_zeros(s: &str) -> &str {
    if s.contains('.') { s.trim_end_matches('0').trim_end_matches('.') } else { s }
}

fn int(out: &mut Vec<u8>, n: i64) {
    use std::io::Write;
    let _ = write!(out, "{n}"); // writing to memory cannot fail
}

fn padded(out: &mut Vec<u8>, n: i64, width: usize) {
    use std::io::Write;
    let _ = write!(out, "{n:0width$}");
}

/// `yyyy.mm.dd` of days since 2000.01.01; zeros outside the years 1 to 9999.
pub fn date(out: &mut Vec<u8>, days: i64) {
    let (y, m, d) = temporal::civil_from_days(days);
    let (y, m, d) = if (1..=9999).contains(&y) { (y, m, d) } else { (0, 0, 0) };
    padded(out, y, 4);
    out.push(b'.');
    padded(out, m, 2);
    out.push(b'.');
    padded(out, d, 2);
}

/// `hh:mm:ss` of whole seconds, none negative.
fn hms(out: &mut Vec<u8>, s: i64) {
    padded(out, s / 3600, 2);
    out.push(b':');
    padded(out, s / 60 % 60, 2);
    out.push(b':');
    padded(out, s % 60, 2);
}

fn minus(out: &mut Vec<u8>, n: i64) -> i64 {
    if n < 0 {
        out.push(b'-');
    }
    n.saturating_abs()
}

/// `hh:mm:ss.nnnnnnnnn` of nanoseconds within a day.
fn nanos(out: &mut Vec<u8>, ns: i64) {
    hms(out, ns / SECOND);
    out.push(b'.');
    padded(out, ns % SECOND, 9);
}

fn int_temporal(out: &mut Vec<u8>, ty: Ty, n: i64) {
    match ty {
        Ty::Timestamp => {
            date(out, n.div_euclid(DAY));
            out.push(b'D');
            nanos(out, n.rem_euclid(DAY));
        }
        Ty::Timespan => {
            let n = minus(out, n);
            int(out, n / DAY);
            out.push(b'D');
            nanos(out, n % DAY);
        }
        Ty::Month => {
            let (y, m) = (2000 + n.div_euclid(12), n.rem_euclid(12) + 1);
            let (y, m) = if (1..=9999).contains(&y) { (y, m) } else { (0, 0) };
            padded(out, y, 4);
            out.push(b'.');
            padded(out, m, 2);
        }
        Ty::Date => date(out, n),
        Ty::Minute => {
            let n = minus(out, n);
            padded(out, n / (HOUR / MINUTE), 2);
            out.push(b':');
            padded(out, n % 60, 2);
        }
        Ty::Second => {
            let n = minus(out, n);
            hms(out, n);
        }
        Ty::Time => {
            let n = minus(out, n);
            hms(out, n / 1000);
            out.push(b'.');
            padded(out, n % 1000, 3);
        }
        _ => int(out, n),
    }
}

/// `yyyy.mm.ddThh:mm:ss.mmm` of days since 2000.01.01.
fn datetime(out: &mut Vec<u8>, f: f64) {
    let ms = (f * 86_400_000.0).round() as i64;
    let days = ms.div_euclid(86_400_000);
    date(out, days);
    out.push(b'T');
    let (y, _, _) = temporal::civil_from_days(days);
    let ms = if (1..=9999).contains(&y) { ms.rem_euclid(86_400_000) } else { 0 };
    hms(out, ms / 1000);
    out.push(b'.');
    padded(out, ms % 1000, 3);
}

fn special(out: &mut Vec<u8>, code: &[u8], nulls: Nulls) {
    if nulls == Nulls::Code {
        out.extend_from_slice(code);
    }
}

fn i64_text(out: &mut Vec<u8>, ty: Ty, n: i64, nulls: Nulls) {
    match n {
        i64::MIN => special(out, b"0N", nulls),
        i64::MAX => out.extend_from_slice(b"0W"),
        n if n == -i64::MAX => out.extend_from_slice(b"-0W"),
        n => int_temporal(out, ty, n),
    }
}
fn i32_text(out: &mut Vec<u8>, ty: Ty, n: i32, nulls: Nulls) {
    match n {
        i32::MIN => special(out, b"0N", nulls),
        i32::MAX => out.extend_from_slice(b"0W"),
        n if n == -i32::MAX => out.extend_from_slice(b"-0W"),
        n => int_temporal(out, ty, i64::from(n)),
    }
}
fn i16_text(out: &mut Vec<u8>, n: i16, nulls: Nulls) {
    if n == i16::MIN { special(out, b"0N", nulls) } else { int(out, i64::from(n)) }
}
fn f64_text(out: &mut Vec<u8>, ty: Ty, f: f64, precision: usize, nulls: Nulls) {
    if f.is_nan() {
        special(out, if ty == Ty::Datetime { b"0N" } else { b"0n" }, nulls);
    } else if ty == Ty::Datetime && f.is_finite() {
        datetime(out, f);
    } else {
        float(out, f, precision);
    }
}
fn f32_text(out: &mut Vec<u8>, f: f32, precision: usize, nulls: Nulls) {
    if f.is_nan() {
        special(out, b"0N", nulls);
    } else {
        // a real has no more than 9 digits worth printing
        float(out, f64::from(f), digits(precision).min(9));
    }
}
fn u8_text(out: &mut Vec<u8>, ty: Ty, b: u8) {
    match ty {
        Ty::Bool => out.push(b'0' + u8::from(b != 0)),
        Ty::Byte => hex(out, &[b]),
        _ => out.push(b),
    }
}

/// Lower-case hexadecimal digits of bytes.
pub fn hex(out: &mut Vec<u8>, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for b in bytes {
        out.push(DIGITS[usize::from(b >> 4)]);
        out.push(DIGITS[usize::from(b & 15)]);
    }
}

/// `8c680a01-5a49-5aab-5a65-d4bfddb6a661`
pub fn guid(out: &mut Vec<u8>, g: &[u8; 16]) {
    for (i, part) in [&g[..4], &g[4..6], &g[6..8], &g[8..10], &g[10..]].into_iter().enumerate() {
        if i > 0 {
            out.push(b'-');
        }
        hex(out, part);
    }
}

/// Item `i` (in range) of a vector, without type letter, quotes or back tick.
pub fn item(out: &mut Vec<u8>, v: &Vector, i: usize, precision: usize, nulls: Nulls) {
    match &v.data {
        Data::U8(b) => u8_text(out, v.ty, b[i]),
        Data::I16(n) => i16_text(out, n[i], nulls),
        Data::I32(n) => i32_text(out, v.ty, n[i], nulls),
        Data::I64(n) if v.ty == Ty::Enum => plain(out, &v.domain.at(n[i]), precision, nulls),
        Data::I64(n) => i64_text(out, v.ty, n[i], nulls),
        Data::F32(f) => f32_text(out, f[i], precision, nulls),
        Data::F64(f) => f64_text(out, v.ty, f[i], precision, nulls),
        Data::Sym(s) => out.extend_from_slice(s[i].bytes()),
        Data::Guid(g) => guid(out, &g[i]),
    }
}

/// An atom without type letter, quotes or back tick, as `string` and table cells show it. Nothing for other values.
pub fn plain(out: &mut Vec<u8>, v: &Value, precision: usize, nulls: Nulls) {
    match v {
        Value::U8(t, b) => u8_text(out, *t, *b),
        Value::I16(n) => i16_text(out, *n, nulls),
        Value::I32(t, n) => i32_text(out, *t, *n, nulls),
        Value::I64(t, n) => i64_text(out, *t, *n, nulls),
        Value::F32(f) => f32_text(out, *f, precision, nulls),
        Value::F64(t, f) => f64_text(out, *t, *f, precision, nulls),
        Value::Sym(s) => out.extend_from_slice(s.bytes()),
        Value::Guid(g) => guid(out, g),
        Value::Enum(d, i) => plain(out, &d.at(*i), precision, nulls),
        _ => {}
    }
}

/// The letter that a literal of type `ty` with item texts `text` needs at its end. `special`: all items are nulls or infinities.
pub fn type_letter(ty: Ty, text: &[u8], special: bool) -> Option<u8> {
    match ty {
        Ty::Bool | Ty::Short | Ty::Int | Ty::Real | Ty::Month => Some(ty.letter()),
        Ty::Float => (!text.iter().any(|c| matches!(c, b'.' | b'e' | b'n' | b'w'))).then_some(b'f'),
        _ if ty.is_temporal() && special => Some(ty.letter()),
        _ => None,
    }
}

/// True for an item text that a null or infinity of a temporal type has.
pub fn is_special(text: &[u8]) -> bool {
    matches!(text, b"0N" | b"0W" | b"-0W" | b"0w" | b"-0w")
}

/// A string in quotes, with escapes: `\"`, `\\`, `\n`, `\r`, `\t`, octal for other bytes outside printable ASCII.
pub fn quoted(out: &mut Vec<u8>, text: &[u8]) {
    out.push(b'"');
    for &c in text {
        match c {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', c]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            32..127 => out.push(c),
            _ => out.extend_from_slice(&[b'\\', b'0' + (c >> 6), b'0' + (c >> 3 & 7), b'0' + (c & 7)]),
        }
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn g(f: f64, p: usize) -> String {
        let mut out = vec![];
        float(&mut out, f, p);
        String::from_utf8(out).expect("ascii")
    }

    #[test]
    fn floats_print_as_percent_g() {
        assert_eq!(g(1.0 / 3.0, 7), "0.3333333");
        assert_eq!(g(1.0 / 3.0, 0), "0.33333333333333331");
        assert_eq!(g(9.223_372_036_854_775e18, 7), "9.223372e+18");
        assert_eq!(g(1e-8, 7), "1e-08");
        assert_eq!(g(0.0001, 7), "0.0001");
        assert_eq!(g(0.00001, 7), "1e-05");
        assert_eq!(g(3e11, 7), "3e+11");
        assert_eq!(g(123_456_789.0, 7), "1.234568e+08");
        assert_eq!(g(22_026.465_794, 7), "22026.47");
        assert_eq!(g(1_234_567.0, 7), "1234567");
        assert_eq!(g(100.0, 7), "100");
        assert_eq!(g(0.0, 7), "0");
        assert_eq!(g(-2.5, 7), "-2.5");
        assert_eq!(g(f64::NEG_INFINITY, 7), "-0w");
        assert_eq!(g(96.100_000_000_01, 0), "96.100000000009999");
        assert_eq!(g(0.999_999_99, 7), "1");
    }
}
