//! Tok: values from text, in all the formats that `"D"$`, `"P"$` and text file loading accept.
//! What cannot be read is the type's null.

use crate::value::temporal::{self, HOUR, MILLI, MINUTE, SECOND, UNIX_DAYS};
use crate::value::{Guid, Sym, Ty, Value};

/// The atom of type `ty` that `text` stands for, or the null. `order` is `\z`: 0 for mm/dd/yyyy, 1 for dd/mm/yyyy.
pub fn tok(ty: Ty, text: &[u8], order: u8) -> Value {
    let t = text.trim_ascii();
    match ty {
        Ty::Bool => Value::bool(matches!(t.first(), Some(b't' | b'T' | b'x' | b'X' | b'y' | b'Y' | b'1'))),
        Ty::Byte => Value::byte(byte(t)),
        Ty::Char => Value::char(text.first().copied().unwrap_or(b' ')),
        Ty::Sym | Ty::Enum => Value::Sym(Sym::new(t)),
        Ty::Guid => Value::Guid(Box::new(guid(t).unwrap_or([0; 16]))),
        Ty::Short => Value::I16(short(t)),
        Ty::Int => Value::int(int(t)),
        Ty::Long => Value::long(long(t)),
        Ty::Real => Value::F32(real(t)),
        Ty::Float => Value::float(float(t)),
        Ty::Timestamp => Value::I64(ty, timestamp(t, order)),
        Ty::Timespan => Value::I64(ty, timespan(t)),
        Ty::Datetime => Value::F64(ty, datetime(t, order)),
        Ty::Month => Value::I32(ty, month(t, order)),
        Ty::Date => Value::I32(ty, date(t, order)),
        Ty::Minute => Value::I32(ty, clock_in(t, MINUTE)),
        Ty::Second => Value::I32(ty, clock_in(t, SECOND)),
        Ty::Time => Value::I32(ty, clock_in(t, MILLI)),
    }
}

/// Hexadecimal digits, the last two of which count.
pub fn byte(t: &[u8]) -> u8 {
    let t = t.strip_prefix(b"0x").unwrap_or(t);
    let digits: Option<Vec<u32>> = t.iter().map(|&c| char::from(c).to_digit(16)).collect();
    digits.map_or(0, |d| d.iter().fold(0_u8, |n, d| n << 4 | *d as u8))
}

/// Decimal integer with an optional sign; `0W` is infinity; anything else null.
pub fn long(t: &[u8]) -> i64 {
    match t {
        b"0W" | b"0Wj" => return i64::MAX,
        b"-0W" | b"-0Wj" => return -i64::MAX,
        _ => {}
    }
    let (neg, digits) = match t.first() {
        Some(b'-') => (true, &t[1..]),
        Some(b'+') => (false, &t[1..]),
        _ => (false, t),
    };
    if digits.is_empty() {
        return i64::MIN;
    }
    let mut n: i64 = 0;
    for c in digits {
        if !c.is_ascii_digit() {
            return i64::MIN;
        }
        n = match n.checked_mul(10).and_then(|n| n.checked_add(i64::from(c - b'0'))) {
            Some(n) => n,
            None => return i64::MIN,
        };
    }
    if neg { -n } else { n }
}

/// A short, null when out of range.
pub fn short(t: &[u8]) -> i16 {
    match t {
        b"0W" | b"0Wh" => i16::MAX,
        b"-0W" | b"-0Wh" => -i16::MAX,
        _ => i16::try_from(long(t)).unwrap_or(i16::MIN),
    }
}

/// An int, null when out of range; `192.168.1.34` is an IPv4 address.
pub fn int(t: &[u8]) -> i32 {
    match t {
        b"0W" | b"0Wi" => i32::MAX,
        b"-0W" | b"-0Wi" => -i32::MAX,
        _ => match ipv4(t) {
            Some(ip) => i32::from_be_bytes(ip),
            None => i32::try_from(long(t)).unwrap_or(i32::MIN),
        },
    }
}

/// A float: decimal, with an optional exponent; null for anything else.
pub fn float(t: &[u8]) -> f64 {
    match t {
        b"0w" | b"0W" => return f64::INFINITY,
        b"-0w" | b"-0W" => return f64::NEG_INFINITY,
        _ => {}
    }
    if !t.iter().all(|c| matches!(c, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-')) {
        return f64::NAN;
    }
    std::str::from_utf8(t).ok().and_then(|s| s.parse().ok()).unwrap_or(f64::NAN)
}

/// A real, as [`float`].
pub fn real(t: &[u8]) -> f32 {
    float(t.strip_suffix(b"e").unwrap_or(t)) as f32
}

/// Reads from the front of text.
struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    /// A run of digits, at most `max` of them.
    fn digits(&mut self, max: usize) -> &'a [u8] {
        let n = self.0.iter().take(max).take_while(|c| c.is_ascii_digit()).count();
        let (d, rest) = self.0.split_at(n);
        self.0 = rest;
        d
    }
    fn run(&self) -> usize {
        self.0.iter().take_while(|c| c.is_ascii_digit()).count()
    }
    /// An English month name or its first three letters, as 1 to 12.
    fn month_name(&mut self) -> Option<i64> {
        let n = self.0.iter().take_while(|c| c.is_ascii_alphabetic()).count();
        let name = self.0[..n].to_ascii_lowercase();
        let at = MONTHS.iter().position(|m| n >= 3 && m.starts_with(&name))?;
        self.0 = &self.0[n..];
        Some(at as i64 + 1)
    }
    fn separator(&mut self) -> bool {
        let is = matches!(self.0.first(), Some(b'.' | b'-' | b'/' | b' '));
        if is {
            self.0 = &self.0[1..];
        }
        is
    }
}

const MONTHS: [&[u8]; 12] = [
    b"january",
    b"february",
    b"march",
    b"april",
    b"may",
    b"june",
    b"july",
    b"august",
    b"september",
    b"october",
    b"november",
    b"december",
];

fn number(d: &[u8]) -> Option<i64> {
    if d.is_empty() || d.len() > 18 {
        return None;
    }
    Some(d.iter().fold(0, |n, c| n * 10 + i64::from(c - b'0')))
}

/// A year of two or four digits; two-digit years are from 1950 to 2049.
fn year(d: &[u8]) -> Option<i64> {
    let n = number(d)?;
    match d.len() {
        4 => Some(n),
        2 if n < 50 => Some(2000 + n),
        2 => Some(1900 + n),
        _ => None,
    }
}

fn civil(y: i64, m: i64, d: i64) -> Option<i64> {
    let ok = (1..=9999).contains(&y) && (1..=12).contains(&m) && d >= 1 && d <= temporal::days_in_month(y, m);
    ok.then(|| temporal::days_from_civil(y, m, d))
}

/// Days of the date at the start of `t`, and what follows it.
fn leading_date(t: &[u8], order: u8) -> Option<(i64, &[u8])> {
    let mut c = Cursor(t);
    let run = c.run();
    let days = match run {
        8 => civil(number(c.digits(4))?, number(c.digits(2))?, number(c.digits(2))?)?,
        6 => civil(year(c.digits(2))?, number(c.digits(2))?, number(c.digits(2))?)?,
        4 => {
            let y = number(c.digits(4))?;
            c.separator().then_some(())?;
            let m = month_part(&mut c)?;
            c.separator().then_some(())?;
            civil(y, m, number(c.digits(2))?)?
        }
        1 | 2 => {
            let a = number(c.digits(2))?;
            let spaced = c.separator();
            if let Some(m) = c.month_name() {
                c.separator();
                let y = c.digits(4);
                civil(year(y)?, m, a)?
            } else {
                spaced.then_some(())?;
                let b = number(c.digits(2))?;
                c.separator().then_some(())?;
                let y = year(c.digits(4))?;
                if order == 1 { civil(y, b, a)? } else { civil(y, a, b)? }
            }
        }
        0 => {
            let m = c.month_name()?;
            c.separator().then_some(())?;
            let d = number(c.digits(2))?;
            c.separator().then_some(())?;
            civil(year(c.digits(4))?, m, d)?
        }
        _ => return None,
    };
    Some((days, c.0))
}

fn month_part(c: &mut Cursor) -> Option<i64> {
    if c.run() > 0 { number(c.digits(2)) } else { c.month_name() }
}

/// A date; a time of day after it is ignored.
pub fn date(t: &[u8], order: u8) -> i32 {
    match leading_date(t, order) {
        Some((d, rest)) if rest.is_empty() || is_time_mark(rest[0]) => i32::try_from(d).unwrap_or(i32::MIN),
        _ => special(t).map_or(i32::MIN, |s| s * i32::MAX),
    }
}

fn is_time_mark(c: u8) -> bool {
    matches!(c, b'D' | b'T' | b' ' | b'-')
}

/// 1 or -1 for positive or negative infinity.
fn special(t: &[u8]) -> Option<i32> {
    let (neg, t) = t.strip_prefix(b"-").map_or((false, t), |t| (true, t));
    let ok = t.starts_with(b"0W") && t.len() <= 3;
    ok.then_some(if neg { -1 } else { 1 })
}

/// A month: `2000.01`, `2000-01`, `200001` or any date.
pub fn month(t: &[u8], order: u8) -> i32 {
    let t = t.strip_suffix(b"m").unwrap_or(t);
    let of = |y: i64, m: i64| (1..=12).contains(&m).then_some((y - 2000) * 12 + m - 1);
    let mut c = Cursor(t);
    let found = match c.run() {
        6 if t.len() == 6 => c.digits(4).pipe(number).and_then(|y| of(y, number(c.digits(2))?)),
        4 => number(c.digits(4)).and_then(|y| {
            c.separator().then_some(())?;
            let m = month_part(&mut c)?;
            c.0.is_empty().then_some(())?;
            of(y, m)
        }),
        _ => None,
    };
    let found = found.or_else(|| {
        let d = i64::from(date(t, order));
        (d != i64::from(i32::MIN)).then(|| {
            let (y, m, _) = temporal::civil_from_days(d);
            (y - 2000) * 12 + m - 1
        })
    });
    found.and_then(|m| i32::try_from(m).ok()).unwrap_or(i32::MIN)
}

trait Pipe: Sized {
    fn pipe<R>(self, f: impl FnOnce(Self) -> R) -> R {
        f(self)
    }
}
impl<T> Pipe for T {}

/// Digits after a decimal point as nanoseconds.
fn fraction(d: &[u8]) -> i64 {
    (0..9).fold(0, |n, i| n * 10 + i64::from(d.get(i).map_or(0, |c| c - b'0')))
}

/// A time of day or a duration in nanoseconds: `hh:mm[:ss[.f]]` or `hhmm[ss[f]]`, with an optional sign.
fn clock(t: &[u8]) -> Option<i64> {
    let (neg, t) = match t.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, t),
    };
    let t = t.strip_suffix(b"Z").unwrap_or(t);
    let mut c = Cursor(t);
    let mut ns;
    if t.contains(&b':') {
        let hours = c.run();
        ns = number(c.digits(hours))?.checked_mul(HOUR)?;
        for unit in [MINUTE, SECOND] {
            match c.0.first() {
                Some(b':') => c.0 = &c.0[1..],
                _ => break,
            }
            let n = number(c.digits(2))?;
            (n < 60).then_some(())?;
            ns = ns.checked_add(n * unit)?;
        }
    } else {
        // digits without colons: an odd number of them up to five starts with a one-digit hour
        let run = c.run();
        let h = if run < 6 && run % 2 == 1 { 1 } else { 2 };
        ns = number(c.digits(h))?.checked_mul(HOUR)?;
        for unit in [MINUTE, SECOND] {
            let d = c.digits(2);
            if d.is_empty() {
                break;
            }
            let n = number(d)?;
            (n < 60).then_some(())?;
            ns += n * unit;
        }
        let rest = c.run();
        ns += fraction(c.digits(rest));
    }
    if let Some(b'.' | b',') = c.0.first() {
        c.0 = &c.0[1..];
        let n = c.run();
        ns = ns.checked_add(fraction(c.digits(n)))?;
    }
    c.0.is_empty().then_some(if neg { -ns } else { ns })
}

/// Minutes, seconds or milliseconds (`unit` in nanoseconds) of a time; the time part of a timestamp counts.
fn clock_in(t: &[u8], unit: i64) -> i32 {
    let t = t.strip_prefix(b"+").unwrap_or(t);
    let time = clock(t).or_else(|| {
        let (_, rest) = leading_date(t, 0)?;
        is_time_mark(*rest.first()?).then(|| clock(&rest[1..])).flatten()
    });
    match time {
        Some(ns) => i32::try_from(ns.div_euclid(unit)).unwrap_or(i32::MIN),
        None => special(t).map_or(i32::MIN, |s| s * i32::MAX),
    }
}

/// A timespan: `[-][days D]time`.
pub fn timespan(t: &[u8]) -> i64 {
    let read = || {
        let (neg, u) = t.strip_prefix(b"-").map_or((false, t), |t| (true, t));
        let ns = match u.iter().position(|c| *c == b'D') {
            Some(i) => {
                let days = if u[..i].iter().all(u8::is_ascii_digit) { number(&u[..i])? } else { return None };
                let time = if i + 1 == u.len() { 0 } else { clock(&u[i + 1..])? };
                temporal::timestamp(days, time)?
            }
            None => clock(u)?,
        };
        Some(if neg { -ns } else { ns })
    };
    read().unwrap_or_else(|| special(t).map_or(i64::MIN, |s| i64::from(s) * i64::MAX))
}

/// Days and nanoseconds of the day of a date with an optional time.
fn moment(t: &[u8], order: u8) -> Option<(i64, i64)> {
    // seconds since 1970
    let c = Cursor(t);
    let run = c.run();
    if (9..=11).contains(&run) && (run == t.len() || t[run] == b'.') {
        let frac = if run == t.len() { &[][..] } else { &t[run + 1..] };
        frac.iter().all(u8::is_ascii_digit).then_some(())?;
        let secs = number(&t[..run])?;
        return Some((secs / 86_400 - UNIX_DAYS, secs % 86_400 * SECOND + fraction(frac)));
    }
    let (days, rest) = leading_date(t, order)?;
    match rest.split_first() {
        None => Some((days, 0)),
        Some((c, [])) if is_time_mark(*c) => Some((days, 0)),
        Some((c, time)) if is_time_mark(*c) => Some((days, clock(time)?)),
        _ => None,
    }
}

/// A timestamp; 9 to 11 digits are seconds since 1970.
pub fn timestamp(t: &[u8], order: u8) -> i64 {
    let read = || {
        let (d, ns) = moment(t, order)?;
        temporal::timestamp(d, ns)
    };
    read().unwrap_or_else(|| special(t).map_or(i64::MIN, |s| i64::from(s) * i64::MAX))
}

/// A datetime in days, from the formats of a timestamp.
pub fn datetime(t: &[u8], order: u8) -> f64 {
    match moment(t, order) {
        Some((d, ns)) => d as f64 + (ns / MILLI) as f64 / 86_400_000.0,
        None => match special(t) {
            Some(s) => f64::from(s) * f64::INFINITY,
            None => f64::NAN,
        },
    }
}

fn ipv4(t: &[u8]) -> Option<[u8; 4]> {
    std::str::from_utf8(t).ok()?.parse::<std::net::Ipv4Addr>().ok().map(|a| a.octets())
}

/// A guid in its printed form or as 32 digits; an IP address, IPv4 as `::ffff:a.b.c.d`.
pub fn guid(t: &[u8]) -> Option<Guid> {
    let text = std::str::from_utf8(t).ok()?;
    if let Ok(ip) = text.parse::<std::net::IpAddr>() {
        return Some(match ip {
            std::net::IpAddr::V4(v4) => v4.to_ipv6_mapped().octets(),
            std::net::IpAddr::V6(v6) => v6.octets(),
        });
    }
    let dashes = [8, 13, 18, 23];
    let printed = t.len() == 36 && dashes.iter().all(|&i| t[i] == b'-');
    if !printed && t.len() != 32 {
        return None;
    }
    let digits: Option<Vec<u8>> = t
        .iter()
        .enumerate()
        .filter(|(i, _)| !(printed && dashes.contains(i)))
        .map(|(_, &c)| char::from(c).to_digit(16).map(|d| d as u8))
        .collect();
    let bytes: Vec<u8> = digits?.chunks(2).map(|p| p.iter().fold(0, |n, d| n << 4 | d)).collect();
    bytes.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::literal;

    fn t(letter: u8, text: &str) -> String {
        let ty = Ty::from_letter(letter).expect("a type letter");
        String::from_utf8(literal(&tok(ty, text.as_bytes(), 0), 7)).expect("ascii")
    }

    #[test]
    fn documented_formats() {
        for (c, text, want) in [
            (b'E', "3.14", "3.14e"),
            (b'D', "2000-12-12", "2000.12.12"),
            (b'U', "12:13:14", "12:13"),
            (b'T', "123456789", "12:34:56.789"),
            (b'P', "2015-10-28D03:55:58.6542", "2015.10.28D03:55:58.654200000"),
            (b'H', "32768", "0Nh"),
            (b'I', "2147483648", "0Ni"),
            (b'D', "2147483648", "0Nd"),
            (b'B', "42", "0b"),
            (b'X', "42", "0x42"),
            (b'B', "   Y  ", "1b"),
            (b'S', "   IBM   ", "`IBM"),
            (b'I', "192.168.1.34", "-1062731486i"),
            (b'G', "192.0.2.1", "00000000-0000-0000-0000-ffffc0000201"),
            (b'G', "2001:0DB8:85A3::8A2E:0370:7334", "20010db8-85a3-0000-0000-8a2e03707334"),
            (b'G', "8c680a01-5a49-5aab-5a65-d4bfddb6a661", "8c680a01-5a49-5aab-5a65-d4bfddb6a661"),
            (b'N', "123456123987654", "0D12:34:56.123987654"),
            (b'T', "123456123987654", "12:34:56.123"),
            (b'P', "10129708800", "2290.12.31D00:00:00.000000000"),
            (b'P', "00000000000", "1970.01.01D00:00:00.000000000"),
            (b'P', "10129708800.123456789", "2290.12.31D00:00:00.123456789"),
            (b'P', "20191122-11:11:11.123", "2019.11.22D11:11:11.123000000"),
            (b'Z', "20191122-11:11:11.123", "2019.11.22T11:11:11.123"),
            (b'D', "06/01/2010", "2010.06.01"),
            (b'D', "3001.01.01", "3001.01.01"),
            (b'D', "20100601", "2010.06.01"),
            (b'D', "100601", "2010.06.01"),
            (b'D', "01Jun2010", "2010.06.01"),
            (b'D', "01Jun10", "2010.06.01"),
            (b'D', "2010/Jun/01", "2010.06.01"),
            (b'D', "Jun/01/2010", "2010.06.01"),
            (b'D', "2010.02.30", "0Nd"),
            (b'M', "2010.06", "2010.06m"),
            (b'M', "201006", "2010.06m"),
            (b'J', "12abc", "0N"),
            (b'J', " -12 ", "-12"),
            (b'F', "1e3", "1000f"),
            (b'F', "abc", "0n"),
            (b'F', "", "0n"),
            (b'V', "12:34", "12:34:00"),
            (b'N', "1D02:03", "1D02:03:00.000000000"),
            (b'P', "2015-10-28T03:55:58Z", "2015.10.28D03:55:58.000000000"),
            (b'P', "", "0Np"),
            (b'T', "25:61", "0Nt"),
        ] {
            assert_eq!(t(c, text), want, "{}${text:?}", c as char);
        }
        assert_eq!(date(b"06/01/2010", 1), date(b"2010.01.06", 0));
    }
}
