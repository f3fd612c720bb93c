//! JSON: `.j.j` writes, `.j.k` reads.

use crate::error::{Error, Result};
use crate::format::atom::{self, Nulls};
use crate::format::literal;
use crate::value::{Host, Sym, Ty, Value, Verb};

pub static VERBS: &[Verb] = &[
    Verb {
        name: ".j.j",
        monad: Some(write),
        doc: ".j.j x: x as JSON",
        examples: &[(".j.j `a`b!(0 1;\"x\")", "\"{\\\"a\\\":[0,1],\\\"b\\\":\\\"x\\\"}\"")],
        ..Verb::BLANK
    },
    Verb {
        name: ".j.jd",
        monad: Some(write_with),
        doc: ".j.jd (x;d): x as JSON; infinities as null if d`null0w is 1b",
        examples: &[(".j.jd(-0w 0 0w;(enlist`null0w)!enlist 1b)", "\"[null,0,null]\"")],
        ..Verb::BLANK
    },
    Verb {
        name: ".j.k",
        monad: Some(read),
        doc: ".j.k x: the value of JSON text",
        examples: &[(".j.k \"[1,2]\"", "1 2f"), (".j.k \"{\\\"a\\\":true}\"", "(enlist`a)!enlist 1b")],
        ..Verb::BLANK
    },
];

fn write(h: &mut dyn Host, x: Value) -> Result<Value> {
    let mut w = Writer { out: vec![], precision: h.settings().precision, null_inf: false };
    crate::ipc::room_to_write(&x)?;
    w.value(&x)?;
    Ok(Value::string(w.out))
}

fn write_with(h: &mut dyn Host, x: Value) -> Result<Value> {
    let (x, options) = match &x {
        Value::List(l) if l.len() == 2 => (l[0].clone(), l[1].clone()),
        _ => return Err(Error::ty()),
    };
    let Value::Dict(d) = options else { return Err(Error::ty()) };
    let null_inf = d.get(Sym::new("null0w")).is_some_and(|v| matches!(v, Value::U8(Ty::Bool, 1)));
    let mut w = Writer { out: vec![], precision: h.settings().precision, null_inf };
    crate::ipc::room_to_write(&x)?;
    w.value(&x)?;
    Ok(Value::string(w.out))
}

/// JSON text of a value, with `precision` digits in floats.
pub fn json(x: &Value, precision: usize) -> Result<Vec<u8>> {
    let mut w = Writer { out: vec![], precision, null_inf: false };
    w.value(x)?;
    Ok(w.out)
}

struct Writer {
    out: Vec<u8>,
    precision: usize,
    null_inf: bool,
}

impl Writer {
    fn text(&mut self, s: &[u8]) {
        self.out.extend_from_slice(s);
    }

    fn value(&mut self, x: &Value) -> Result<()> {
        crate::value::stack::check()?;
        match x {
            Value::Vec(v) if v.ty == Ty::Char => {
                let text = x.as_bytes().unwrap_or_default();
                self.string(&text);
            }
            Value::Vec(_) | Value::List(_) => self.sequence(x.len(), |i| x.at(i))?,
            Value::Table(t) => {
                let names: Vec<Value> = t.names.iter().map(|n| Value::Sym(*n)).collect();
                self.text(b"[");
                for i in 0..t.len() {
                    if i > 0 {
                        self.text(b",\n ");
                    }
                    self.object(&names, |j| t.cols[j].at(i))?;
                }
                self.text(b"]");
            }
            Value::Dict(d) => match (&d.keys, &d.vals) {
                // a keyed table is written as the table that it is without its key
                (Value::Table(k), Value::Table(v)) => {
                    let names = k.names.iter().chain(&v.names).copied().collect();
                    let cols = k.cols.iter().chain(&v.cols).cloned().collect();
                    self.value(&Value::table(names, cols))?;
                }
                _ => self.object(&d.keys.items(), |j| d.vals.at(j))?,
            },
            Value::Null => self.text(b"null"),
            Value::Enum(..) => self.value(&x.deenum())?,
            Value::Parts(_) => return Err(Error::new("par")),
            v if v.is_atom() => self.atom(v),
            f => {
                let text = literal(f, self.precision);
                self.string(&text);
            }
        }
        Ok(())
    }

    fn sequence(&mut self, n: usize, at: impl Fn(usize) -> Value) -> Result<()> {
        self.text(b"[");
        for i in 0..n {
            if i > 0 {
                self.text(b",");
            }
            self.value(&at(i))?;
        }
        self.text(b"]");
        Ok(())
    }

    fn object(&mut self, keys: &[Value], at: impl Fn(usize) -> Value) -> Result<()> {
        self.text(b"{");
        for (j, k) in keys.iter().enumerate() {
            if j > 0 {
                self.text(b",");
            }
            let name = k.as_bytes().unwrap_or_else(|| crate::format::string_of(k, self.precision));
            self.string(&name);
            self.text(b":");
            self.value(&at(j))?;
        }
        self.text(b"}");
        Ok(())
    }

    fn atom(&mut self, v: &Value) {
        let mut text = vec![];
        atom::plain(&mut text, v, self.precision, Nulls::Blank);
        match v {
            Value::U8(Ty::Bool, b) => self.text(if *b == 0 { b"false" } else { b"true" }),
            Value::U8(Ty::Byte, _) => {
                text.splice(0..0, *b"0x");
                self.string(&text);
            }
            Value::Sym(_) | Value::Guid(_) | Value::U8(..) => self.string(&text),
            v if v.ty().is_some_and(Ty::is_temporal) => {
                // the date's points become dashes
                let date = match v.ty() {
                    Some(Ty::Timestamp | Ty::Date | Ty::Datetime) => 10,
                    Some(Ty::Month) => 7,
                    _ => 0,
                };
                for c in text.iter_mut().take(date).filter(|c| **c == b'.') {
                    *c = b'-';
                }
                self.string(&text);
            }
            v => match v.as_float() {
                _ if v.is_null() => self.text(b"null"),
                Some(f) if f.is_infinite() => match (self.null_inf, f > 0.0) {
                    (true, _) => self.text(b"null"),
                    (_, true) => self.text(b"inf"),
                    _ => self.text(b"-inf"),
                },
                _ => self.text(&text),
            },
        }
    }

    fn string(&mut self, s: &[u8]) {
        self.text(b"\"");
        for &c in s {
            match c {
                b'"' | b'\\' => self.text(&[b'\\', c]),
                b'\n' => self.text(b"\\n"),
                b'\r' => self.text(b"\\r"),
                b'\t' => self.text(b"\\t"),
                8 => self.text(b"\\b"),
                12 => self.text(b"\\f"),
                0..32 => self.text(format!("\\u{c:04x}").as_bytes()),
                _ => self.out.push(c),
            }
        }
        self.text(b"\"");
    }
}

fn read(_: &mut dyn Host, x: Value) -> Result<Value> {
    let text = x.as_bytes().ok_or_else(Error::ty)?;
    parse(&text)
}

/// The q value of JSON text: numbers as floats, strings as char vectors, objects as dictionaries,
/// arrays of objects with the same keys as tables.
pub fn parse(text: &[u8]) -> Result<Value> {
    let mut r = Reader { text, at: 0, depth: 0 };
    r.blanks();
    if r.at == text.len() {
        return Ok(Value::empty());
    }
    let v = r.value()?;
    r.blanks();
    if r.at == text.len() { Ok(v) } else { Err(r.bad()) }
}

/// Arrays and objects may nest this deep.
const DEPTH: usize = 500;

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    depth: usize,
}

impl Reader<'_> {
    fn bad(&self) -> Error {
        Error::new(format!("json at {}", self.at))
    }
    fn blanks(&mut self) {
        while matches!(self.text.get(self.at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }
    fn eat(&mut self, c: u8) -> bool {
        self.blanks();
        let hit = self.text.get(self.at) == Some(&c);
        self.at += usize::from(hit);
        hit
    }
    fn word(&mut self, w: &[u8]) -> bool {
        let hit = self.text[self.at..].starts_with(w);
        if hit {
            self.at += w.len();
        }
        hit
    }

    fn value(&mut self) -> Result<Value> {
        crate::value::stack::check()?;
        self.blanks();
        match self.text.get(self.at) {
            Some(b'"') => Ok(Value::string(self.string()?)),
            Some(b'[') => self.nested(Self::array),
            Some(b'{') => self.nested(Self::object),
            _ if self.word(b"true") => Ok(Value::bool(true)),
            _ if self.word(b"false") => Ok(Value::bool(false)),
            _ if self.word(b"null") => Ok(Value::float(f64::NAN)),
            _ if self.word(b"inf") => Ok(Value::float(f64::INFINITY)),
            _ if self.word(b"-inf") => Ok(Value::float(f64::NEG_INFINITY)),
            _ => self.number(),
        }
    }

    fn nested(&mut self, f: fn(&mut Self) -> Result<Value>) -> Result<Value> {
        self.at += 1;
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(Error::new("stack"));
        }
        let v = f(self);
        self.depth -= 1;
        v
    }

    fn array(&mut self) -> Result<Value> {
        let mut items = vec![];
        if self.eat(b']') {
            return Ok(Value::empty());
        }
        loop {
            items.push(self.value()?);
            if self.eat(b']') {
                return Ok(Value::collapse(items));
            }
            if !self.eat(b',') {
                return Err(self.bad());
            }
        }
    }

    fn object(&mut self) -> Result<Value> {
        let (mut keys, mut vals): (Vec<Sym>, Vec<Value>) = (vec![], vec![]);
        let mut at = rustc_hash::FxHashMap::default();
        if self.eat(b'}') {
            return Ok(Value::dict(Value::syms(vec![]), Value::empty()));
        }
        loop {
            self.blanks();
            if self.text.get(self.at) != Some(&b'"') {
                return Err(self.bad());
            }
            let key = Sym::new(self.string()?);
            if !self.eat(b':') {
                return Err(self.bad());
            }
            let v = self.value()?;
            // of a key that occurs twice the last value counts
            let i = *at.entry(key).or_insert(keys.len());
            if i == keys.len() {
                keys.push(key);
                vals.push(v);
            } else {
                vals[i] = v;
            }
            if self.eat(b'}') {
                return Ok(Value::dict(Value::syms(keys), Value::collapse(vals)));
            }
            if !self.eat(b',') {
                return Err(self.bad());
            }
        }
    }

    fn number(&mut self) -> Result<Value> {
        let rest = &self.text[self.at..];
        let n = rest.iter().take_while(|c| matches!(c, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')).count();
        let f = std::str::from_utf8(&rest[..n]).ok().and_then(|s| s.parse::<f64>().ok());
        match f {
            Some(f) => {
                self.at += n;
                Ok(Value::float(f))
            }
            None => Err(self.bad()),
        }
    }

    fn hex4(&mut self) -> Result<u32> {
        let digits = self.text.get(self.at..self.at + 4).ok_or_else(|| self.bad())?;
        let n = digits.iter().try_fold(0, |n, &c| char::from(c).to_digit(16).map(|d| n * 16 + d));
        let n = n.ok_or_else(|| self.bad())?;
        self.at += 4;
        Ok(n)
    }

    /// The string at the quote under the cursor.
    fn string(&mut self) -> Result<Vec<u8>> {
        self.at += 1;
        let mut out = vec![];
        loop {
            let c = *self.text.get(self.at).ok_or_else(|| self.bad())?;
            self.at += 1;
            match c {
                b'"' => return Ok(out),
                b'\\' => {
                    let e = *self.text.get(self.at).ok_or_else(|| self.bad())?;
                    self.at += 1;
                    match e {
                        b'n' => out.push(b'\n'),
                        b't' => out.push(b'\t'),
                        b'r' => out.push(b'\r'),
                        b'b' => out.push(8),
                        b'f' => out.push(12),
                        b'"' | b'\\' | b'/' => out.push(e),
                        b'u' => {
                            let mut n = self.hex4()?;
                            if (0xd800..0xdc00).contains(&n) && self.word(b"\\u") {
                                let low = self.hex4()?;
                                n = 0x10000 + ((n - 0xd800) << 10) + (low.wrapping_sub(0xdc00) & 0x3ff);
                            }
                            let c = char::from_u32(n).unwrap_or(char::REPLACEMENT_CHARACTER);
                            out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                        }
                        _ => return Err(self.bad()),
                    }
                }
                _ => out.push(c),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there_and_back(text: &str) -> String {
        let v = parse(text.as_bytes()).unwrap_or_else(|e| panic!("{text}: {e}"));
        String::from_utf8(json(&v, 7).expect("plain data")).expect("ascii")
    }

    #[test]
    fn round_trips() {
        for t in [
            "[1,2.5,null]",
            "{\"a\":1,\"b\":[true,false]}",
            "[{\"a\":1,\"b\":\"x\"},\n {\"a\":2,\"b\":\"yz\"}]",
            "[]",
            "{}",
            "\"a\\\"b\\n\\\\\"",
            "[\"a\",[1,[2]]]",
            "true",
            "null",
            "[-inf,0,inf]",
            "[1e-08,1e+10]",
        ] {
            assert_eq!(there_and_back(t), t);
        }
        assert_eq!(parse(b"\"\\u00e9\\ud83d\\ude00\"").expect("a string").as_text().as_deref(), Some("é😀"));
    }

    #[test]
    fn malformed_text_is_an_error() {
        for t in ["[1,", "{\"a\"}", "{1:2}", "tru", "\"abc", "[1 2]", "1 2", "[1,]", "\"\\x\""] {
            assert!(parse(t.as_bytes()).is_err(), "{t}");
        }
        assert!(parse("[".repeat(100_000).as_bytes()).is_err());
    }

    #[test]
    fn temporal_values_are_strings_with_dashes() {
        let j = |v: Value| String::from_utf8(json(&v, 7).expect("plain data")).expect("ascii");
        assert_eq!(j(Value::I32(Ty::Date, 0)), "\"2000-01-01\"");
        assert_eq!(j(Value::I64(Ty::Timestamp, 1)), "\"2000-01-01D00:00:00.000000001\"");
        assert_eq!(j(Value::I32(Ty::Time, 1)), "\"00:00:00.001\"");
        assert_eq!(j(Value::long(i64::MIN)), "null");
        assert_eq!(j(Value::byte(1)), "\"0x01\"");
    }
}
