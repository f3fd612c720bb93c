//! Text of values both ways, on pseudo-random values and text: nothing panics, what prints reads back.

use quill::format::{literal, show, string_of};
use quill::value::{Data, Sym, Ty, Value};

/// A fixed sequence of pseudo-random numbers.
struct Random(u64);
impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 11
    }
    /// Any integer, extremes often.
    fn int(&mut self) -> i64 {
        match self.next() % 8 {
            0 => i64::MIN,
            1 => i64::MAX,
            2 => -i64::MAX,
            3 => i64::MIN + 2,
            4 => (self.next() % 100) as i64,
            _ => (self.next().wrapping_mul(self.next()) as i64) >> (self.next() % 60),
        }
    }
    fn vector(&mut self) -> Value {
        let ty = Ty::ALL[(self.next() % Ty::ALL.len() as u64) as usize];
        let n = (self.next() % 6) as usize;
        let items: Vec<i64> = (0..n).map(|_| self.int()).collect();
        let data = match Data::empty(ty) {
            Data::U8(_) => Data::U8(items.iter().map(|&n| n as u8).collect::<Vec<_>>().into()),
            Data::I16(_) => Data::I16(items.iter().map(|&n| n as i16).collect::<Vec<_>>().into()),
            Data::I32(_) => Data::I32(items.iter().map(|&n| (n >> (n & 32)) as i32).collect::<Vec<_>>().into()),
            Data::I64(_) => Data::I64(items.into()),
            Data::F32(_) => Data::F32(items.iter().map(|&n| f32::from_bits(n as u32)).collect::<Vec<_>>().into()),
            Data::F64(_) => Data::F64(items.iter().map(|&n| f64::from_bits(n as u64)).collect::<Vec<_>>().into()),
            Data::Sym(_) => Data::Sym(items.iter().map(|n| Sym::new(n.to_string())).collect::<Vec<_>>().into()),
            Data::Guid(_) => Data::Guid(items.iter().map(|&n| [n as u8; 16]).collect::<Vec<_>>().into()),
        };
        Value::vec(ty, data)
    }
    fn value(&mut self, depth: usize) -> Value {
        match self.next() % 8 {
            0 if depth > 0 => Value::list((0..self.next() % 5).map(|_| self.value(depth - 1)).collect()),
            1 if depth > 0 => {
                let (k, v) = (self.value(depth - 1), self.value(depth - 1));
                let n = k.len().min(v.len());
                if k.is_list() && v.is_list() { Value::dict(k.slice(0, n), v.slice(0, n)) } else { v }
            }
            2 if depth > 0 => {
                let cols: Vec<Value> = (0..2).map(|_| self.vector()).collect();
                let n = cols.iter().map(Value::len).min().unwrap_or(0);
                Value::table(vec![Sym::new("a"), Sym::new("b")], cols.iter().map(|c| c.slice(0, n)).collect())
            }
            3 => self.vector().at(0),
            _ => self.vector(),
        }
    }
}

#[test]
fn any_value_has_a_display_that_fits_and_a_literal() {
    let mut r = Random(7);
    for _ in 0..3000 {
        let v = r.value(3);
        let text = show(&v, 12, 40, 7);
        assert!(text.lines().count() <= 10, "{text}");
        assert!(text.lines().all(|l| l.len() < 40 || l.contains('\u{fffd}')), "{text}");
        assert!(!literal(&v, 0).is_empty());
        let _ = string_of(&v, 7);
    }
}

#[test]
fn atoms_read_back_as_they_print() {
    let mut r = Random(11);
    for _ in 0..3000 {
        let v = r.vector().at(0);
        let years = |n: i64| (-700_000..2_900_000).contains(&n);
        let fits = match &v {
            Value::I32(Ty::Date, d) => years(i64::from(*d)) || v.is_null(),
            Value::I32(Ty::Month, m) => (-23_000..95_000).contains(m) || v.is_null(),
            Value::F64(Ty::Datetime, f) => !f.is_finite() || years(*f as i64) && f.fract() == 0.0,
            // clock times are read through nanoseconds
            Value::I32(Ty::Minute, n) => n.unsigned_abs() < 100_000_000 || v.is_null(),
            Value::U8(Ty::Char, _) | Value::Sym(_) | Value::Guid(_) => false,
            _ => true,
        };
        if fits {
            let text = literal(&v, 17);
            let (back, n) = quill::syntax::literal::number(&text)
                .unwrap_or_else(|| panic!("{} is a literal", String::from_utf8_lossy(&text)));
            assert_eq!(n, text.len());
            let again = literal(&back, 17);
            assert_eq!(String::from_utf8_lossy(&again), String::from_utf8_lossy(&text));
        }
    }
}

#[test]
fn any_text_can_be_read_without_harm() {
    let mut r = Random(3);
    let letters = b"0123456789.:-+eDTNWnwxmZ \"[]{},/Jan\\u";
    for _ in 0..20_000 {
        let n = (r.next() % 24) as usize;
        let text: Vec<u8> = (0..n).map(|_| letters[(r.next() % letters.len() as u64) as usize]).collect();
        let _ = quill::syntax::literal::number(&text);
        let _ = quill::verb::json::parse(&text);
        for ty in Ty::ALL {
            let v = quill::verb::tok::tok(*ty, &text, (r.next() % 2) as u8);
            assert_eq!(v.ty(), Some(*ty));
        }
    }
}
