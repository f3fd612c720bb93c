//! What the console prints for a value: lists by line, matrices and tables in columns, cut at the console's size.

use super::atom::{self, Nulls};
use super::literal::literal_upto;
use crate::value::{Dict, Partitioned, Table, Ty, Value};
use std::sync::Arc;

/// The console's text of any value, without a line end after the last line, for a console of `rows` by `cols` characters
/// and `precision` digits. A display of more than `rows - 2` lines ends with a line `..`, a line of `cols` or more with `..`.
pub fn show(v: &Value, rows: usize, cols: usize, precision: usize) -> String {
    let (rows, cols) = (rows.clamp(10, 2000), cols.clamp(10, 2000));
    let c = Console { lines: rows - 2, width: cols - 1, precision };
    let mut lines = c.lines(v);
    if lines.len() > c.lines {
        lines.truncate(c.lines - 1);
        lines.push(b"..".to_vec());
    }
    let mut out = vec![];
    for (i, mut l) in lines.into_iter().enumerate() {
        if i > 0 {
            out.push(b'\n');
        }
        if l.len() > c.width {
            l.truncate(c.width - 2);
            l.extend_from_slice(b"..");
        }
        out.extend_from_slice(&l);
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// A line of output; symbols may hold any bytes.
type Line = Vec<u8>;

struct Console {
    /// Most lines of a display, the final `..` included.
    lines: usize,
    /// Most characters of a line, a final `..` included.
    width: usize,
    precision: usize,
}

impl Console {
    fn one_line(&self, v: &Value) -> Line {
        literal_upto(v, self.precision, self.width)
    }

    fn lines(&self, v: &Value) -> Vec<Line> {
        match v {
            Value::List(l) if l.is_empty() => vec![],
            Value::List(_) => {
                let head = self.head(v);
                self.rows_of_list(&head)
            }
            // columns of a table on disk, not yet flipped
            Value::Dict(d) if matches!(d.vals, Value::Sym(_)) => vec![self.one_line(v)],
            Value::Dict(d) => self.dict(d),
            Value::Table(t) => {
                if t.names.is_empty() {
                    return vec![];
                }
                self.block(&Value::Table(t.clone())).with_rule()
            }
            // whose files cannot be read shows where they should be
            Value::Parts(p) => self.partitioned(p.as_ref().as_ref()).unwrap_or_else(|_| vec![self.one_line(v)]),
            _ => vec![self.one_line(v)],
        }
    }

    /// As many items as can show.
    fn head(&self, v: &Value) -> Value {
        if v.len() > self.lines + 1 { v.slice(0, self.lines + 1) } else { v.clone() }
    }

    /// The items of a general list, in columns when they are lists of one length.
    fn rows_of_list(&self, v: &Value) -> Vec<Line> {
        let items = v.items();
        match self.grid(&items) {
            Some(columns) => columns.join(items.len(), b' '),
            None => items.iter().map(|i| self.one_line(i)).collect(),
        }
    }

    /// The columns of a matrix: items that are lists of one length, but not all strings, bytes or booleans.
    fn grid(&self, items: &[Value]) -> Option<Columns> {
        let n = items.first().filter(|i| i.is_list()).map(Value::len)?;
        if n == 0 || items.iter().any(|i| !i.is_list() || i.len() != n) {
            return None;
        }
        let packed = |v: &Value| matches!(v, Value::Vec(v) if matches!(v.ty, Ty::Char | Ty::Byte | Ty::Bool));
        if items.iter().all(packed) {
            return None;
        }
        // columns past the right edge cannot show; each takes two characters at least
        let n = n.min(self.width / 2 + 2);
        let columns = (0..n).map(|j| items.iter().map(|row| self.cell(row, j)).collect()).collect();
        Some(Columns(columns))
    }

    /// Item `i` of a column or matrix row: plain text from a vector, one-line form from a general list.
    fn cell(&self, column: &Value, i: usize) -> Line {
        match column {
            Value::Vec(v) if i < v.len() => {
                let mut out = vec![];
                atom::item(&mut out, v, i, self.precision, Nulls::Blank);
                // a line must stay a line
                for c in &mut out {
                    if *c == b'\n' && v.ty == Ty::Char {
                        *c = b' ';
                    }
                }
                out
            }
            Value::List(l) => l.get(i).map(|v| self.one_line(v)).unwrap_or_default(),
            other => self.one_line(&other.at(i)),
        }
    }

    /// A table, or a list as one side of a dictionary, in lines of equal width.
    fn block(&self, v: &Value) -> Block {
        let n = v.len().min(self.lines + 1);
        match v {
            Value::Table(t) => {
                let columns = t.names.iter().zip(&t.cols).map(|(name, col)| {
                    let head = std::iter::once(name.bytes().to_vec());
                    head.chain((0..n).map(|i| self.cell(col, i))).collect()
                });
                let lines = Columns(columns.collect()).padded(n + 1, b' ');
                Block { header: lines.first().cloned(), body: lines.into_iter().skip(1).collect() }
            }
            Value::List(l) => {
                let items = &l[..n];
                let body = match self.grid(items) {
                    Some(columns) => columns.padded(n, b' '),
                    None => Columns(vec![items.iter().map(|v| self.one_line(v)).collect()]).padded(n, b' '),
                };
                Block { header: None, body }
            }
            _ => {
                let body = Columns(vec![(0..n).map(|i| self.cell(v, i)).collect()]).padded(n, b' ');
                Block { header: None, body }
            }
        }
    }

    fn dict(&self, d: &Dict) -> Vec<Line> {
        let (k, mut v) = (self.block(&d.keys), self.block(&d.vals));
        // rows of no columns: values that are all () show nothing
        if matches!(&d.vals, Value::List(l) if l.iter().all(|x| matches!(x, Value::List(i) if i.is_empty()))) {
            v.body.iter_mut().for_each(Vec::clear);
        }
        let blank = |b: &Block| vec![b' '; b.width()];
        let mut lines = vec![];
        if k.header.is_some() || v.header.is_some() {
            let (kw, vw) = (k.width(), v.width());
            let head = |b: &Block| b.header.clone().unwrap_or_else(|| blank(b));
            lines.push(beside(&head(&k), &head(&v)));
            lines.push([vec![b'-'; kw], b"| ".to_vec(), vec![b'-'; vw]].concat());
        }
        lines.extend(k.body.iter().zip(&v.body).map(|(a, b)| beside(a, b)));
        lines
    }

    /// The first rows of a partitioned table.
    fn partitioned(&self, p: &dyn Partitioned) -> crate::error::Result<Vec<Line>> {
        let names = p.names();
        let want = self.lines + 1;
        let mut cols: Vec<Value> = vec![Value::empty(); names.len()];
        let mut have = 0;
        for part in 0..p.parts().len() {
            if have >= want {
                break;
            }
            let n = p.rows(part)?.min(want - have);
            for (col, &name) in cols.iter_mut().zip(&names) {
                let old = std::mem::replace(col, Value::Null);
                let c = p.column(part, name)?;
                *col = crate::value::join::join(old, c.slice(0, n.min(c.len())).deenum())?;
            }
            have += n;
        }
        Ok(self.lines(&Value::Table(Arc::new(Table::new(names, cols)))))
    }
}

fn beside(key: &[u8], value: &[u8]) -> Line {
    [key, b"| ", value].concat()
}

/// Lines of equal width, with a header for tables.
struct Block {
    header: Option<Line>,
    body: Vec<Line>,
}

impl Block {
    fn width(&self) -> usize {
        self.header.iter().chain(&self.body).map(|l| columns_of(l)).max().unwrap_or(0)
    }
    fn with_rule(self) -> Vec<Line> {
        let rule = vec![b'-'; self.width()];
        self.header.into_iter().chain([rule]).chain(self.body).collect()
    }
}

/// Characters that text takes on a console: continuation bytes of UTF-8 take no place of their own.
fn columns_of(text: &[u8]) -> usize {
    text.len()
}

/// Columns of cells, all of one length.
struct Columns(Vec<Vec<Line>>);

impl Columns {
    /// Rows with every cell padded to the width of its column.
    fn padded(&self, rows: usize, gap: u8) -> Vec<Line> {
        let widths: Vec<usize> =
            self.0.iter().map(|c| c.iter().map(|cell| columns_of(cell)).max().unwrap_or(0)).collect();
        (0..rows)
            .map(|i| {
                let mut line = vec![];
                for (j, (col, w)) in self.0.iter().zip(&widths).enumerate() {
                    if j > 0 {
                        line.push(gap);
                    }
                    let cell = col.get(i).map_or(&[][..], Vec::as_slice);
                    line.extend_from_slice(cell);
                    line.resize(line.len() + w.saturating_sub(columns_of(cell)), b' ');
                }
                line
            })
            .collect()
    }
    /// Rows without blanks after the last column.
    fn join(&self, rows: usize, gap: u8) -> Vec<Line> {
        let mut lines = self.padded(rows, gap);
        let last = self.0.last();
        let width = last.map_or(0, |c| c.iter().map(|cell| columns_of(cell)).max().unwrap_or(0));
        for (i, l) in lines.iter_mut().enumerate() {
            let used = last.and_then(|c| c.get(i)).map_or(0, |c| columns_of(c));
            l.truncate(l.len() - (width - used));
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{Attr, Data, Sym};

    fn s(v: &Value) -> String {
        show(v, 25, 80, 7)
    }
    fn syms(t: &[&str]) -> Value {
        Value::syms(t.iter().map(Sym::new).collect())
    }

    #[test]
    fn atoms_and_vectors() {
        for (v, text) in [
            (Value::long(45), "45"),
            (Value::int(7), "7i"),
            (Value::short(i16::MAX), "32767h"),
            (Value::float(2.0), "2f"),
            (Value::float(f64::NAN), "0n"),
            (Value::F32(3.14), "3.14e"),
            (Value::bool(true), "1b"),
            (Value::byte(1), "0x01"),
            (Value::string("a\"b\n\u{e9}"), "\"a\\\"b\\n\\303\\251\""),
            (Value::string("a"), ",\"a\""),
            (Value::string(""), "\"\""),
            (Value::char(b'a'), "\"a\""),
            (Value::longs(vec![1, i64::MIN, -i64::MAX]), "1 0N -0W"),
            (Value::longs(vec![1]), ",1"),
            (Value::longs(vec![]), "`long$()"),
            (Value::ints(vec![1, 2]), "1 2i"),
            (Value::floats(vec![1.0, 2.0]), "1 2f"),
            (Value::floats(vec![1.0, 2.5]), "1 2.5"),
            (Value::floats(vec![f64::NAN, 2.0]), "0n 2"),
            (Value::bools8(vec![0, 1]), "01b"),
            (Value::bytes(vec![1, 2]), "0x0102"),
            (syms(&["a", "", "b"]), "`a``b"),
            (syms(&[]), "`symbol$()"),
            (Value::I32(Ty::Date, 366), "2001.01.01"),
            (Value::I32(Ty::Date, i32::MIN), "0Nd"),
            (Value::I32(Ty::Month, 42), "2003.07m"),
            (Value::I32(Ty::Minute, 42), "00:42"),
            (Value::I32(Ty::Time, 42), "00:00:00.042"),
            (Value::I64(Ty::Timestamp, 42), "2000.01.01D00:00:00.000000042"),
            (Value::I64(Ty::Timespan, -1_000_000_000), "-0D00:00:01.000000000"),
            (Value::F64(Ty::Datetime, 42.0), "2000.02.12T00:00:00.000"),
            (Value::vec(Ty::Date, Data::I32(vec![0, i32::MIN].into())), "2000.01.01 0N"),
            (Value::vec(Ty::Month, Data::I32(vec![0, 1].into())), "2000.01 2000.02m"),
            (Value::vec(Ty::Date, Data::I32(vec![i32::MIN; 2].into())), "0N 0Nd"),
            (Value::Null, "::"),
            (Value::empty(), ""),
        ] {
            assert_eq!(s(&v), text);
        }
        let Value::Vec(v) = Value::longs(vec![1, 2, 3]) else { unreachable!() };
        let mut v = v.as_ref().clone();
        v.attr = Attr::Sorted;
        assert_eq!(s(&Value::Vec(Arc::new(v))), "`s#1 2 3");
    }

    #[test]
    fn lists_by_line_and_in_columns() {
        let l = |v: Vec<Value>| Value::list(v);
        assert_eq!(s(&l(vec![Value::long(1), Value::sym("a"), Value::longs(vec![1, 2])])), "1\n`a\n1 2");
        assert_eq!(s(&l(vec![Value::longs(vec![6, 7]), Value::longs(vec![-6, -7])])), "6  7\n-6 -7");
        assert_eq!(s(&l(vec![Value::string("ab"), Value::string("cd")])), "\"ab\"\n\"cd\"");
        assert_eq!(s(&l(vec![Value::bools8(vec![0, 1]), Value::bools8(vec![1, 1])])), "01b\n11b");
        let row = l(vec![Value::sym("ibm"), Value::float(121.3)]);
        let row2 = l(vec![Value::sym("b"), Value::float(5.0)]);
        assert_eq!(s(&l(vec![row, row2])), "`ibm 121.3\n`b   5f");
        let nulls = l(vec![Value::longs(vec![i64::MIN, 0]), Value::longs(vec![1, 2])]);
        assert_eq!(s(&nulls), "  0\n1 2");
        assert_eq!(
            s(&l(vec![Value::long(1), Value::dict(syms(&["a", "b"]), Value::longs(vec![1, 2]))])),
            "1\n`a`b!1 2"
        );
    }

    #[test]
    fn dictionaries_and_tables() {
        let d = Value::dict(syms(&["a", "bcd"]), Value::longs(vec![1, 20]));
        assert_eq!(s(&d), "a  | 1 \nbcd| 20");
        let t = Value::table(
            ["n", "price"].iter().map(Sym::new).collect(),
            vec![syms(&["ibm", "x"]), Value::floats(vec![1.0, f64::NAN])],
        );
        assert_eq!(s(&t), "n   price\n---------\nibm 1    \nx        ");
        let k = Value::dict(t.clone(), Value::table(vec![Sym::new("q")], vec![Value::longs(vec![10, 200])]));
        assert_eq!(s(&k), "n   price| q  \n---------| ---\nibm 1    | 10 \nx        | 200");
        let e = Value::table(vec![Sym::new("a"), Sym::new("b")], vec![Value::empty(), Value::longs(vec![])]);
        assert_eq!(s(&e), "a b\n---");
    }

    #[test]
    fn long_displays_are_cut() {
        let v = Value::longs((0..100).collect());
        let text = s(&v);
        assert_eq!(text.len(), 79);
        assert!(text.ends_with(".."));
        let l = Value::list((0..40).map(|i| Value::longs((0..=i).collect())).collect());
        let text = s(&l);
        assert_eq!(text.lines().count(), 23);
        assert!(text.ends_with("\n.."));
        assert_eq!(show(&l, 5, 5, 7).lines().nth(7), Some(".."));
    }
}
