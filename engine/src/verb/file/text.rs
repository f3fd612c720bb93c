//! `0:`: tables to delimited text, lines to files, and delimited, fixed or key-value text to columns.

use super::{Span, call_verb, is_file, path};
use crate::ensure;
use crate::error::{Error, Result};
use crate::value::{Data, Host, Sym, Ty, Value};
use std::path::Path;

/// `x 0: y`
pub fn file_text(host: &mut dyn Host, x: Value, y: Value) -> Result<Value> {
    match &x {
        Value::U8(Ty::Char, delimiter) => {
            let lines = prepare(host, *delimiter, &y)?;
            Ok(Value::list(lines.into_iter().map(Value::string).collect()))
        }
        Value::Sym(s) if is_file(*s) => {
            let lines = match &y {
                Value::List(l) => l.iter().map(|s| s.as_bytes().ok_or_else(Error::ty)).collect::<Result<Vec<_>>>()?,
                _ => return Err(Error::ty()),
            };
            save_lines(&path(*s), &lines)?;
            Ok(x)
        }
        Value::Vec(v) if v.ty == Ty::Char => key_values(host, &x.as_bytes().unwrap_or_default(), &y),
        Value::List(l) if l.len() == 2 || l.len() == 3 => {
            // small letters read as the large ones
            let types = l[0].as_bytes().ok_or_else(Error::ty)?.to_ascii_uppercase();
            match &l[1] {
                Value::U8(Ty::Char, d) => delimited(host, &types, *d, false, embedded(l)?, &y),
                Value::Vec(v) if v.ty == Ty::Char => {
                    ensure!(v.len() == 1, "length");
                    let d = l[1].as_bytes().unwrap_or_default();
                    delimited(host, &types, d[0], true, embedded(l)?, &y)
                }
                widths => {
                    let widths = widths
                        .items()
                        .iter()
                        .map(|w| w.as_long().and_then(|n| usize::try_from(n).ok()).ok_or_else(Error::ty))
                        .collect::<Result<Vec<_>>>()?;
                    ensure!(widths.len() == types.len(), "length");
                    fixed(host, &types, &widths, &y)
                }
            }
        }
        _ => Err(Error::ty()),
    }
}

fn embedded(l: &[Value]) -> Result<bool> {
    match l.get(2) {
        None => Ok(false),
        Some(f) => Ok(f.as_long().ok_or_else(Error::ty)? != 0),
    }
}

/// Lines without their LF or CRLF; a last line without one counts too.
pub fn lines(b: &[u8]) -> Vec<&[u8]> {
    let mut out = Vec::new();
    let mut from = 0;
    for at in memchr::memchr_iter(b'\n', b) {
        out.push(&b[from..at]);
        from = at + 1;
    }
    if from < b.len() {
        out.push(&b[from..]);
    }
    for l in &mut out {
        *l = l.strip_suffix(b"\r").unwrap_or(l);
    }
    out
}

/// Writes lines, each ended by a newline.
pub fn save_lines(p: &Path, lines: &[Vec<u8>]) -> Result<()> {
    let mut body = Vec::with_capacity(lines.iter().map(|l| l.len() + 1).sum());
    for l in lines {
        body.extend_from_slice(l);
        body.push(b'\n');
    }
    crate::store::write::replace(p, &body)
}

/// A table (or list of columns) as delimited lines; a table gives a line of names first.
pub fn prepare(host: &mut dyn Host, delimiter: u8, y: &Value) -> Result<Vec<Vec<u8>>> {
    let (mut out, cols) = match y {
        Value::Table(t) => {
            let names: Vec<Vec<u8>> = t.names.iter().map(|n| quoted(n.bytes().to_vec(), delimiter)).collect();
            (vec![names.join(&delimiter)], t.cols.clone())
        }
        Value::List(l) => (vec![], l.to_vec()),
        _ => return Err(Error::ty()),
    };
    let rows = cols.iter().find(|c| c.is_list()).map_or(0, Value::len);
    ensure!(cols.iter().all(|c| c.len() == rows || c.is_atom()), "length");
    let mut cells = Vec::with_capacity(cols.len());
    for c in &cols {
        cells.push(column_texts(host, c, rows)?);
    }
    for i in 0..rows {
        let mut line = Vec::new();
        for (k, c) in cells.iter_mut().enumerate() {
            if k > 0 {
                line.push(delimiter);
            }
            line.extend(quoted(std::mem::take(&mut c[i]), delimiter));
        }
        out.push(line);
    }
    Ok(out)
}

/// Wrapped in quotes, its own quotes doubled, when the text holds the delimiter or a newline.
fn quoted(text: Vec<u8>, delimiter: u8) -> Vec<u8> {
    if memchr::memchr2(delimiter, b'\n', &text).is_none() {
        return text;
    }
    let mut q = vec![b'"'];
    for c in text {
        if c == b'"' {
            q.push(b'"');
        }
        q.push(c);
    }
    q.push(b'"');
    q
}

/// The texts of a column: nulls are empty, dates ISO 8601.
fn column_texts(host: &mut dyn Host, c: &Value, rows: usize) -> Result<Vec<Vec<u8>>> {
    crate::value::stack::check()?;
    let c = c.deenum();
    match &c {
        Value::List(l) => l.iter().map(|s| s.as_bytes().ok_or_else(Error::ty)).collect(),
        Value::Vec(v) => match (&v.data, v.ty) {
            (Data::Sym(s), _) => Ok(s.iter().map(|s| s.bytes().to_vec()).collect()),
            (Data::U8(b), Ty::Char) => Ok(b.iter().map(|&b| vec![b]).collect()),
            (Data::I64(x), Ty::Long) => Ok(x
                .iter()
                .map(|&n| match n {
                    i64::MIN => vec![],
                    i64::MAX => b"0W".to_vec(),
                    n if n == -i64::MAX => b"-0W".to_vec(),
                    n => n.to_string().into_bytes(),
                })
                .collect()),
            _ => {
                let texts = call_verb(host, "string", vec![c.clone()])?;
                let Value::List(texts) = texts else { return Ok(vec![vec![]; rows]) };
                texts
                    .iter()
                    .enumerate()
                    .map(|(i, t)| {
                        if v.at(i).is_null() && !matches!(v.ty, Ty::Bool | Ty::Byte) {
                            return Ok(vec![]);
                        }
                        Ok(iso(v.ty, t.as_bytes().ok_or_else(Error::ty)?))
                    })
                    .collect()
            }
        },
        atom if atom.is_atom() => {
            let one = column_texts(host, &atom.clone().enlist(), 1)?;
            Ok(vec![one.into_iter().next().unwrap_or_default(); rows])
        }
        _ => Err(Error::ty()),
    }
}

/// `2022.03.14D16:12` as `2022-03-14T16:12`.
fn iso(ty: Ty, mut text: Vec<u8>) -> Vec<u8> {
    if matches!(ty, Ty::Date | Ty::Month | Ty::Timestamp | Ty::Datetime) {
        for b in text.iter_mut().take(10) {
            if *b == b'.' {
                *b = b'-';
            }
        }
        if let Some(d) = text.get_mut(10)
            && (*d == b'D' || *d == b'T')
        {
            *d = b'T';
        }
    }
    text
}

/// What is to be parsed: whole text, or lines.
enum Source {
    /// One record.
    One(Vec<u8>),
    Lines(Vec<Vec<u8>>),
    Text(Vec<u8>),
}

fn source(y: &Value) -> Result<Source> {
    if let Some(span) = Span::of(y)? {
        return Ok(Source::Text(span.read()?));
    }
    match y {
        Value::List(l) => {
            Ok(Source::Lines(l.iter().map(|s| s.as_bytes().ok_or_else(Error::ty)).collect::<Result<_>>()?))
        }
        _ => Ok(Source::One(y.as_bytes().ok_or_else(Error::ty)?)),
    }
}

/// Items of one column as they are parsed.
enum Column {
    Skip,
    Long(Vec<i64>),
    Int(Vec<i32>),
    Float(Vec<f64>),
    Sym(Vec<Sym>),
    Char(Vec<u8>),
    Text(Vec<Value>),
    Date(Vec<i32>),
    /// Left to `$` when all are there.
    Other(u8, Vec<Value>),
}

impl Column {
    fn new(code: u8, rows: usize) -> Result<Column> {
        Ok(match code {
            b' ' => Column::Skip,
            b'J' => Column::Long(Vec::with_capacity(rows)),
            b'I' => Column::Int(Vec::with_capacity(rows)),
            b'F' => Column::Float(Vec::with_capacity(rows)),
            b'S' => Column::Sym(Vec::with_capacity(rows)),
            b'C' => Column::Char(Vec::with_capacity(rows)),
            b'D' => Column::Date(Vec::with_capacity(rows)),
            b'*' => Column::Text(Vec::with_capacity(rows)),
            c if c.is_ascii_uppercase() && Ty::from_letter(c).is_some() => Column::Other(c, Vec::with_capacity(rows)),
            _ => return Err(Error::ty()),
        })
    }
    /// Adds a field; forms that the quick readers do not know are left to `$`.
    fn push(&mut self, host: &mut dyn Host, field: &[u8]) -> Result<()> {
        let trimmed = field.trim_ascii();
        match self {
            Column::Skip => {}
            Column::Long(v) => v.push(match integer(trimmed) {
                Some(n) => n,
                None => tok(host, b'J', trimmed)?.as_long().unwrap_or(i64::MIN),
            }),
            Column::Int(v) => v.push(match integer(trimmed) {
                Some(i64::MIN) => i32::MIN,
                Some(n) if i32::try_from(n).is_ok() => n as i32,
                _ => match tok(host, b'I', trimmed)? {
                    Value::I32(_, n) => n,
                    _ => i32::MIN,
                },
            }),
            Column::Float(v) => v.push(match float(trimmed) {
                Some(f) => f,
                None => tok(host, b'F', trimmed)?.as_float().unwrap_or(f64::NAN),
            }),
            Column::Sym(v) => v.push(Sym::new(trimmed)),
            Column::Char(v) => v.push(field.first().copied().unwrap_or(b' ')),
            Column::Date(v) => v.push(match date(trimmed) {
                Some(d) => d,
                None => match tok(host, b'D', trimmed)? {
                    Value::I32(_, d) => d,
                    _ => i32::MIN,
                },
            }),
            Column::Text(v) | Column::Other(_, v) => v.push(Value::string(field)),
        }
        Ok(())
    }
    fn finish(self, host: &mut dyn Host) -> Result<Option<Value>> {
        Ok(Some(match self {
            Column::Skip => return Ok(None),
            Column::Long(v) => Value::longs(v),
            Column::Int(v) => Value::ints(v),
            Column::Float(v) => Value::floats(v),
            Column::Sym(v) => Value::syms(v),
            Column::Char(v) => Value::string(v),
            Column::Date(v) => Value::vec(Ty::Date, Data::I32(v.into())),
            Column::Text(v) => Value::list(v),
            Column::Other(c, v) if v.is_empty() => Value::empty_of(Ty::from_letter(c).ok_or_else(Error::ty)?),
            Column::Other(c, v) => call_verb(host, "$", vec![Value::char(c), Value::list(v)])?,
        }))
    }
}

fn tok(host: &mut dyn Host, code: u8, field: &[u8]) -> Result<Value> {
    call_verb(host, "$", vec![Value::char(code), Value::string(field)])
}

/// Plain decimal digits with a sign; empty is null.
fn integer(b: &[u8]) -> Option<i64> {
    if b.is_empty() {
        return Some(i64::MIN);
    }
    let (negative, digits) = match b[0] {
        b'-' => (true, &b[1..]),
        _ => (false, b),
    };
    if digits.is_empty() || digits.len() > 18 {
        return None;
    }
    let mut n = 0i64;
    for &d in digits {
        if !d.is_ascii_digit() {
            return None;
        }
        n = n * 10 + i64::from(d - b'0');
    }
    Some(if negative { -n } else { n })
}

/// Digits with sign, point and exponent; empty is null.
fn float(b: &[u8]) -> Option<f64> {
    if b.is_empty() {
        return Some(f64::NAN);
    }
    if !b.iter().all(|c| matches!(c, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')) {
        return None;
    }
    std::str::from_utf8(b).ok()?.parse().ok()
}

/// `yyyy.mm.dd` and `yyyy-mm-dd`; empty is null.
fn date(b: &[u8]) -> Option<i32> {
    if b.is_empty() {
        return Some(i32::MIN);
    }
    let &[y1, y2, y3, y4, s1, m1, m2, s2, d1, d2] = b else { return None };
    if !(s1 == s2 && matches!(s1, b'.' | b'-')) {
        return None;
    }
    let n = |digits: &[u8]| integer(digits).filter(|_| digits.iter().all(u8::is_ascii_digit));
    let (y, m, d) = (n(&[y1, y2, y3, y4])?, n(&[m1, m2])?, n(&[d1, d2])?);
    if !(1..=12).contains(&m) || !(1..=crate::value::temporal::days_in_month(y, m)).contains(&d) {
        return None;
    }
    i32::try_from(crate::value::temporal::days_from_civil(y, m, d)).ok()
}

/// Splits a record at the delimiter, heeding quotes; fields keep their blanks. `f` gets each field in turn.
fn split_record(
    record: &[u8],
    delimiter: u8,
    scratch: &mut Vec<u8>,
    mut f: impl FnMut(usize, &[u8]) -> Result<bool>,
) -> Result<()> {
    let mut at = 0;
    let mut k = 0;
    loop {
        let rest = &record[at..];
        let more = if rest.first() == Some(&b'"') {
            scratch.clear();
            let mut i = 1;
            while i < rest.len() {
                if rest[i] == b'"' {
                    if rest.get(i + 1) != Some(&b'"') {
                        i += 1;
                        break;
                    }
                    i += 1;
                }
                scratch.push(rest[i]);
                i += 1;
            }
            // what follows the closing quote belongs to the field, up to the delimiter
            let end = memchr::memchr(delimiter, &rest[i..]).map(|n| i + n);
            scratch.extend_from_slice(&rest[i..end.unwrap_or(rest.len())]);
            if !f(k, scratch)? {
                return Ok(());
            }
            end
        } else {
            let end = memchr::memchr(delimiter, rest);
            if !f(k, &rest[..end.unwrap_or(rest.len())])? {
                return Ok(());
            }
            end
        };
        k += 1;
        match more {
            Some(n) => at += n + 1,
            None => return Ok(()),
        }
    }
}

/// Records of a text whose quoted fields may hold newlines.
fn quoted_records(b: &[u8]) -> Vec<&[u8]> {
    let mut out = Vec::new();
    let (mut from, mut inside) = (0, false);
    for (i, &c) in b.iter().enumerate() {
        match c {
            b'"' => inside = !inside,
            b'\n' if !inside => {
                out.push(&b[from..i]);
                from = i + 1;
            }
            _ => {}
        }
    }
    if from < b.len() {
        out.push(&b[from..]);
    }
    for l in &mut out {
        *l = l.strip_suffix(b"\r").unwrap_or(l);
    }
    out
}

fn delimited(host: &mut dyn Host, types: &[u8], d: u8, header: bool, embedded: bool, y: &Value) -> Result<Value> {
    let from = source(y)?;
    let mut records: Vec<&[u8]> = match &from {
        Source::One(line) => vec![line],
        Source::Lines(l) => l.iter().map(|l| &l[..]).collect(),
        Source::Text(b) if embedded => quoted_records(b),
        Source::Text(b) => lines(b),
    };
    let mut scratch = Vec::new();
    let mut names = Vec::new();
    if header {
        if records.is_empty() {
            return Err(Error::length());
        }
        let first = records.remove(0);
        let first = first.strip_prefix(b"\xef\xbb\xbf").unwrap_or(first);
        split_record(first, d, &mut scratch, |k, field| {
            if types.get(k).is_some_and(|&t| t != b' ') {
                names.push(Sym::new(field.trim_ascii()));
            }
            Ok(k + 1 < types.len())
        })?;
    }
    let mut cols = types.iter().map(|&t| Column::new(t, records.len())).collect::<Result<Vec<_>>>()?;
    for r in &records {
        let mut seen = 0;
        split_record(r, d, &mut scratch, |k, field| {
            // a record of no columns is passed over
            let Some(c) = cols.get_mut(k) else { return Ok(false) };
            c.push(host, field)?;
            seen = k + 1;
            Ok(seen < types.len())
        })?;
        for c in &mut cols[seen..] {
            c.push(host, b"")?;
        }
    }
    let mut out = Vec::new();
    for c in cols {
        out.extend(c.finish(host)?);
    }
    if header {
        ensure!(names.len() == out.len(), "length");
        return Ok(Value::table(names, out));
    }
    if matches!(from, Source::One(_)) {
        return Ok(Value::collapse(out.into_iter().map(|c| c.at(0)).collect()));
    }
    Ok(Value::list(out))
}

fn fixed(host: &mut dyn Host, types: &[u8], widths: &[usize], y: &Value) -> Result<Value> {
    let from = source(y)?;
    let total: usize = widths.iter().sum();
    ensure!(total > 0, "length");
    let records: Vec<&[u8]> = match &from {
        Source::One(line) => line.chunks(total).collect(),
        Source::Lines(l) => l.iter().map(|l| &l[..]).collect(),
        Source::Text(b) if memchr::memchr(b'\n', b).is_some() => lines(b),
        Source::Text(b) => b.chunks(total).collect(),
    };
    let mut cols = Vec::new();
    for (&t, &w) in types.iter().zip(widths) {
        // chars wider than one are strings
        cols.push(Column::new(if t == b'C' && w != 1 { b'*' } else { t }, records.len())?);
    }
    for r in records {
        let mut at = 0;
        for (c, &w) in cols.iter_mut().zip(widths) {
            let field = &r[at.min(r.len())..(at + w).min(r.len())];
            c.push(host, field)?;
            at += w;
        }
    }
    let mut out = Vec::new();
    for c in cols {
        out.extend(c.finish(host)?);
    }
    Ok(Value::list(out))
}

/// `"S=;" 0: "a=1;b=2"`
fn key_values(host: &mut dyn Host, spec: &[u8], y: &Value) -> Result<Value> {
    let (kind, field, quotes, record) = match spec {
        [k, f, r] => (*k, *f, false, *r),
        [k, f, b'*', r] => (*k, *f, true, *r),
        _ => return Err(Error::length()),
    };
    ensure!(matches!(kind, b'S' | b'I' | b'J'), "IJS");
    let text = y.as_bytes().ok_or_else(Error::ty)?;
    let mut keys = Column::new(kind, 0)?;
    let mut vals = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let (mut end, mut inside) = (rest.len(), false);
        for (i, &c) in rest.iter().enumerate() {
            if quotes && c == b'"' {
                inside = !inside;
            } else if c == record && !inside {
                end = i;
                break;
            }
        }
        let pair = &rest[..end];
        let (k, v) = match memchr::memchr(field, pair) {
            Some(n) => (&pair[..n], &pair[n + 1..]),
            None => (pair, &b""[..]),
        };
        keys.push(host, k)?;
        let v = match v {
            [b'"', inner @ .., b'"'] if quotes => inner,
            v => v,
        };
        vals.push(Value::string(v));
        at += end + 1;
    }
    let keys = keys.finish(host)?.unwrap_or(Value::Null);
    Ok(Value::list(vec![keys, Value::list(vals)]))
}
