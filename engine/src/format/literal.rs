//! The one-line form of a value (`-3!`, `.Q.s1`), which mostly reads back as q, and the text that `string` yields.

use super::atom::{self, Nulls};
use crate::value::{Attr, Data, Ty, Value, Vector};

/// One-line text of any value with `precision` digits in floats (0: 17).
pub fn literal(v: &Value, precision: usize) -> Vec<u8> {
    let mut w = Writer { out: vec![], precision, limit: usize::MAX };
    w.value(v);
    w.out
}

/// Like [`literal`], but may stop anywhere after `limit` bytes.
pub(super) fn literal_upto(v: &Value, precision: usize, limit: usize) -> Vec<u8> {
    let mut w = Writer { out: vec![], precision, limit };
    w.value(v);
    w.out
}

/// The text of an atom or function as `string` gives it: no type letter, no back tick, nulls empty.
pub fn string_of(v: &Value, precision: usize) -> Vec<u8> {
    if v.is_atom() {
        let mut out = vec![];
        atom::plain(&mut out, v, precision, Nulls::Blank);
        return out;
    }
    literal(v, precision)
}

struct Writer {
    out: Vec<u8>,
    precision: usize,
    limit: usize,
}

impl Writer {
    fn full(&self) -> bool {
        self.out.len() > self.limit
    }
    fn text(&mut self, s: &[u8]) {
        self.out.extend_from_slice(s);
    }

    fn value(&mut self, v: &Value) {
        if self.full() {
            return;
        }
        match v {
            Value::Vec(x) => self.vector(x),
            _ => crate::value::stack::grow(|| self.nested(v)),
        }
    }

    fn nested(&mut self, v: &Value) {
        match v {
            Value::List(l) => self.list(l),
            Value::Dict(d) => {
                if d.sorted {
                    self.text(b"`s#");
                }
                let paren = match &d.keys {
                    Value::Table(_) | Value::Dict(_) | Value::Parts(_) => true,
                    // an empty vector is a cast, `long$(), but for the empty string
                    Value::Vec(k) if k.is_empty() => k.ty != Ty::Char,
                    Value::Vec(k) => k.len() == 1 || k.attr != Attr::None,
                    Value::List(k) => k.len() == 1,
                    _ => false,
                };
                self.parens(&d.keys, paren);
                self.text(b"!");
                self.value(&d.vals);
            }
            Value::Table(t) => {
                self.text(b"+");
                self.value(&t.to_dict());
            }
            Value::Parts(p) => {
                self.text(b"+");
                // the partition's own column is no column of the files
                let names = Value::syms(p.names().into_iter().filter(|n| *n != p.field()).collect());
                self.parens(&names, names.len() == 1);
                self.text(b"!`");
                self.text(p.name().bytes());
            }
            Value::Null => self.text(b"::"),
            Value::Elided => {}
            Value::Verb(f, monadic) => {
                // derived functions print as such: `deltas` is `-':`
                let derived = f.glyph.ends_with("':");
                let name = if (*monadic && !f.glyph.is_empty()) || derived { f.glyph } else { negated(f.name) };
                self.text(name.as_bytes());
            }
            Value::Adverb(a) => self.text(a.glyph().as_bytes()),
            Value::Lambda(l) => self.text(l.text.as_bytes()),
            Value::Proj(p) => {
                self.function(&p.func);
                self.text(b"[");
                // a projection written with its last arguments left out shows only those given
                let given = p.args.iter().rposition(|a| !matches!(a, Value::Elided)).map_or(0, |i| i + 1);
                let shown =
                    if p.args[..given].iter().any(|a| matches!(a, Value::Elided)) { p.args.len() } else { given };
                for (i, a) in p.args[..shown].iter().enumerate() {
                    if i > 0 {
                        self.text(b";");
                    }
                    self.value(a);
                }
                self.text(b"]");
            }
            Value::Compose(fs) => {
                for f in fs.iter() {
                    self.function(f);
                }
            }
            Value::Derived(d) => {
                self.function(&d.func);
                self.text(d.adverb.glyph().as_bytes());
            }
            atom => self.atom(atom),
        }
    }

    /// A value in function position: data that needs it in parentheses.
    fn function(&mut self, f: &Value) {
        let paren = matches!(f, Value::Dict(_) | Value::Table(_)) || f.is_list() && f.len() == 1;
        self.parens(f, paren);
    }

    fn parens(&mut self, v: &Value, paren: bool) {
        if paren {
            self.text(b"(");
        }
        self.value(v);
        if paren {
            self.text(b")");
        }
    }

    fn list(&mut self, l: &[Value]) {
        match l {
            [] => self.text(b"()"),
            [one] => {
                self.text(b",");
                let paren = matches!(one, Value::Dict(_));
                self.parens(one, paren);
            }
            _ => {
                self.text(b"(");
                for (i, v) in l.iter().enumerate() {
                    if self.full() {
                        return;
                    }
                    if i > 0 {
                        self.text(b";");
                    }
                    self.value(v);
                }
                self.text(b")");
            }
        }
    }

    fn atom(&mut self, v: &Value) {
        match v {
            Value::U8(Ty::Char, c) => atom::quoted(&mut self.out, &[*c]),
            Value::U8(Ty::Byte, b) => {
                self.text(b"0x");
                atom::hex(&mut self.out, &[*b]);
            }
            Value::Sym(s) => {
                self.text(b"`");
                self.text(s.bytes());
            }
            Value::Enum(d, i) => {
                self.text(b"`");
                self.text(d.0.bytes());
                self.text(b"$");
                let v = d.at(*i);
                self.value(&v);
            }
            _ => {
                let from = self.out.len();
                atom::plain(&mut self.out, v, self.precision, Nulls::Code);
                let text = &self.out[from..];
                let letter = v.ty().and_then(|t| atom::type_letter(t, text, atom::is_special(text)));
                self.out.extend(letter);
            }
        }
    }

    fn vector(&mut self, v: &Vector) {
        if let Some(letter) = v.attr.letter().filter(|_| !v.is_empty()) {
            self.text(format!("`{letter}#").as_bytes());
        }
        if v.ty == Ty::Enum {
            self.text(b"`");
            self.text(v.domain.0.bytes());
            self.text(b"$");
            if v.is_empty() {
                self.text(b"()");
                return;
            }
            let plain = Value::Vec(std::sync::Arc::new(v.clone().plain())).deenum();
            self.value(&plain);
            return;
        }
        if let (Ty::Char, Data::U8(text)) = (v.ty, &v.data) {
            if text.len() == 1 {
                self.text(b",");
            }
            let n = text.len().min(self.limit.saturating_add(1));
            atom::quoted(&mut self.out, &text[..n]);
            return;
        }
        if v.is_empty() {
            self.text(b"`");
            self.text(v.ty.name().as_bytes());
            self.text(b"$()");
            return;
        }
        if v.len() == 1 {
            self.text(b",");
        }
        match (v.ty, &v.data) {
            (Ty::Byte, Data::U8(b)) => {
                self.text(b"0x");
                let n = b.len().min(self.limit);
                atom::hex(&mut self.out, &b[..n]);
            }
            (Ty::Bool, Data::U8(b)) => {
                self.out.extend(b.iter().take(self.limit).map(|b| b'0' + u8::from(*b != 0)));
                self.text(b"b");
            }
            (Ty::Sym, Data::Sym(s)) => {
                for s in s.iter() {
                    if self.full() {
                        return;
                    }
                    self.text(b"`");
                    self.text(s.bytes());
                }
            }
            _ => {
                let from = self.out.len();
                let mut special = true;
                for i in 0..v.len() {
                    if self.full() {
                        return;
                    }
                    if i > 0 {
                        self.text(b" ");
                    }
                    let start = self.out.len();
                    atom::item(&mut self.out, v, i, self.precision, Nulls::Code);
                    special &= atom::is_special(&self.out[start..]);
                }
                let letter = atom::type_letter(v.ty, &self.out[from..], special);
                self.out.extend(letter);
            }
        }
    }
}
/// Comparisons that k says as the negation of another show as that.
fn negated(name: &'static str) -> &'static str {
    match name {
        "<=" => "~>",
        ">=" => "~<",
        "<>" => "~=",
        n => n,
    }
}
