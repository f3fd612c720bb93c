//! `where`: phrases that choose rows, by an index where the column has one.

use super::run::Frame;
use super::session::Session;
use crate::ensure;
use crate::error::{Error, Result};
use crate::value::code::{Code, Node};
use crate::value::{Attr, Data, Sym, Ty, Value, Vector};

impl Session {
    /// Applies one `where` phrase to the scope.
    pub(super) fn filter(&mut self, c: &Code, f: &mut Frame) -> Result<()> {
        if let Node::Dyad(v, l, r) = &c.node
            && let Node::Column(n, _) = &l.node
            && matches!(v.name, "=" | "in" | "within")
            && !self.mentions_column(r)
        {
            // what the column is held against is evaluated once
            let what = self.run(r, f)?;
            if let Some(rows) = self.chosen(v.name, *n, &what)? {
                if let Some(s) = self.columns.last_mut() {
                    s.restrict(rows);
                }
                return Ok(());
            }
            let x = self.run(l, f)?;
            let flags = self.dyad(v, x, what, c)?;
            return self.keep(&flags);
        }
        let flags = self.run(c, f)?;
        self.keep(&flags)
    }

    /// True if `c` uses a column of the scope. A name that is none is a variable's.
    fn mentions_column(&self, c: &Code) -> bool {
        let Some(scope) = self.columns.last() else { return false };
        let mut names = vec![];
        names_in(c, &mut names);
        names.into_iter().any(|n| scope.reaches(n))
    }

    /// Keeps the rows of the scope that a phrase's value says.
    fn keep(&mut self, v: &Value) -> Result<()> {
        let Some(scope) = self.columns.last_mut() else { return Ok(()) };
        let n = scope.len();
        let hits: Vec<usize> = match v {
            Value::U8(Ty::Bool, 1) => return Ok(()),
            Value::U8(Ty::Bool, _) => vec![],
            Value::Vec(b) => {
                ensure!(b.len() == n, "length");
                match &b.data {
                    Data::U8(x) if b.ty == Ty::Bool || b.ty == Ty::Byte => (0..n).filter(|&i| x[i] != 0).collect(),
                    Data::I64(x) if b.ty == Ty::Long => (0..n).filter(|&i| x[i] != 0).collect(),
                    Data::I32(x) if b.ty == Ty::Int => (0..n).filter(|&i| x[i] != 0).collect(),
                    Data::F64(x) if b.ty == Ty::Float => (0..n).filter(|&i| x[i] != 0.0).collect(),
                    _ => return Err(Error::ty()),
                }
            }
            Value::List(l) if l.is_empty() && n == 0 => vec![],
            Value::List(l) => {
                ensure!(l.len() == n, "length");
                let mut out = vec![];
                for (i, x) in l.iter().enumerate() {
                    if super::run::truth(x)? {
                        out.push(i);
                    }
                }
                out
            }
            _ => match v.as_long() {
                Some(0) => vec![],
                Some(_) => return Ok(()),
                None => return Err(Error::ty()),
            },
        };
        let rows = match &scope.rows {
            Some(r) => hits.into_iter().map(|i| r[i]).collect(),
            None => hits,
        };
        scope.restrict(rows);
        Ok(())
    }

    /// Rows of the scope where column `n` is `=`, `in` or `within` a value, where an attribute finds them, or where
    /// rows that are left need not be copied to be looked at.
    fn chosen(&mut self, verb: &str, n: Sym, what: &Value) -> Result<Option<Vec<usize>>> {
        let Some(scope) = self.columns.last() else { return Ok(None) };
        let Some(Value::Vec(col)) = scope.whole(n)? else { return Ok(None) };
        if let Some(rows) = &scope.rows {
            return Ok(if verb == "within" { narrowed(&col, rows, what) } else { None });
        }
        Ok(match (verb, col.attr) {
            ("=" | "in", Attr::Grouped | Attr::Unique | Attr::Parted) => {
                let items = match verb {
                    "=" if !what.is_atom() => return Ok(None),
                    "=" => Value::collapse(vec![what.clone()]),
                    _ if what.is_atom() => Value::collapse(vec![what.clone()]),
                    _ => what.clone(),
                };
                let Some(keys) = bits_of(&col, &items) else { return Ok(None) };
                if col.attr == Attr::Parted {
                    parted_rows(&col, &keys)
                } else {
                    let ix = col.index();
                    if ix.len != col.len() {
                        return Ok(None);
                    }
                    let mut keys = keys;
                    keys.sort_unstable();
                    keys.dedup();
                    let mut rows: Vec<usize> = vec![];
                    for k in &keys {
                        rows.extend(ix.at.get(k).into_iter().flatten().map(|&i| i as usize));
                    }
                    if keys.len() > 1 {
                        rows.sort_unstable();
                    }
                    Some(rows)
                }
            }
            ("=", Attr::Sorted) if what.is_atom() && what.ty() == Some(col.ty) => sorted_range(&col, what, what),
            ("within", Attr::Sorted) if what.is_list() && what.len() == 2 && what.ty() == Some(col.ty) => {
                sorted_range(&col, &what.at(0), &what.at(1))
            }
            _ => None,
        })
    }
}

/// Of `rows`, those whose whole number lies within a pair of its type.
fn narrowed(col: &Vector, rows: &[usize], pair: &Value) -> Option<Vec<usize>> {
    let (Data::I64(x), Value::Vec(pair)) = (&col.data, pair) else { return None };
    match &pair.data {
        Data::I64(p) if pair.ty == col.ty && col.ty != Ty::Enum && p.len() == 2 => {
            let range = p[0]..=p[1];
            Some(rows.iter().copied().filter(|&i| range.contains(&x[i])).collect())
        }
        _ => None,
    }
}

/// Keys of `items` as index bits of `col`; None when the types differ.
fn bits_of(col: &Vector, items: &Value) -> Option<Vec<u128>> {
    let Value::Vec(v) = items else { return None };
    if col.ty == Ty::Enum && v.ty == Ty::Sym {
        let list = col.domain.list()?;
        let pos = crate::value::compare::find_all(&list, items);
        return Some(pos.into_iter().filter(|&p| p < list.len()).map(|p| p as u128).collect());
    }
    if v.ty != col.ty || v.domain != col.domain {
        return None;
    }
    Some((0..v.len()).map(|i| crate::value::attr::key_bits(&v.data, i)).collect())
}

/// Rows of a parted column: the ends of each part are found by search where the column ascends by parts.
fn parted_rows(col: &Vector, keys: &[u128]) -> Option<Vec<usize>> {
    let ix = col.parts_index();
    let mut keys = keys.to_vec();
    keys.sort_unstable();
    keys.dedup();
    let mut spans: Vec<(usize, usize)> = keys.iter().filter_map(|k| ix.get(k).copied()).collect();
    spans.sort_unstable();
    Some(spans.into_iter().flat_map(|(a, b)| a..b).collect())
}

fn sorted_range(col: &Vector, lo: &Value, hi: &Value) -> Option<Vec<usize>> {
    let n = col.len();
    let below = |x: &Value, strict: bool| {
        let (mut a, mut b) = (0, n);
        while a < b {
            let m = usize::midpoint(a, b);
            let o = crate::value::compare::order(&col.at(m), x);
            let left = if strict { o == std::cmp::Ordering::Less } else { o != std::cmp::Ordering::Greater };
            if left {
                a = m + 1;
            } else {
                b = m;
            }
        }
        a
    };
    let (a, b) = (below(lo, true), below(hi, false));
    Some((a..b.max(a)).collect())
}

/// Column names that an expression may use.
pub(super) fn names_in(c: &Code, out: &mut Vec<Sym>) {
    match &c.node {
        Node::Const(_) | Node::Local(_) | Node::Global(_) | Node::Lambda(_) => return,
        Node::Column(n, other) => {
            if !out.contains(n) {
                out.push(*n);
            }
            return names_in(other, out);
        }
        Node::Monad(_, x) => return names_in(x, out),
        Node::Dyad(_, x, y) => {
            names_in(x, out);
            return names_in(y, out);
        }
        Node::Apply(g, args) => {
            names_in(g, out);
            return args.iter().for_each(|k| names_in(k, out));
        }
        Node::Sql(q) => return names_in(&q.table, out),
        _ => {}
    }
    // what is rare goes by the walk that may change what it meets
    let mut copy = c.node.clone();
    crate::syntax::resolve::children(&mut copy, &mut |k| names_in(k, out));
}
