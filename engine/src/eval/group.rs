//! `by`: rows in groups, expressions and aggregates by group.

use super::run::Frame;
use super::session::Session;
use super::sql::{Scope, stretch};
use crate::ensure;
use crate::error::{Error, Result};
use crate::value::code::{Code, Node};
use crate::value::{Attr, Data, Sym, Table, Ty, Value};
use crate::verb;
use rustc_hash::FxHashMap;
use std::sync::Arc;

impl Session {
    /// Grouped columns; the grouping columns come first, groups in ascending order.
    pub(super) fn grouped(
        &mut self,
        by: &[(Sym, Code)],
        cols: &[(Sym, Code)],
        names: &[Sym],
        f: &mut Frame,
    ) -> Result<Table> {
        let g = self.groups(by, f)?;
        let mut out_names: Vec<Sym> = by.iter().map(|(n, _)| *n).collect();
        let mut out = g.keys.clone();
        if cols.is_empty() {
            // the last row of each group
            let last: Vec<usize> = g.lasts();
            for n in names {
                if out_names.contains(n) {
                    continue;
                }
                let Some(v) = self.columns.last_mut().map(|s| s.column(*n)).transpose()?.flatten() else { continue };
                out_names.push(*n);
                out.push(v.take_at(&last));
            }
            return Ok(Table::new(out_names, out));
        }
        for (n, c) in cols {
            out_names.push(*n);
            out.push(self.by_group(&g, c, f)?);
        }
        Ok(Table::new(out_names, out))
    }

    pub(super) fn groups(&mut self, by: &[(Sym, Code)], f: &mut Frame) -> Result<Groups> {
        let n = self.scope_len();
        let mut keys = vec![];
        for (_, c) in by {
            let v = self.run(c, f)?;
            let v = if v.is_list() {
                v
            } else if let Value::Table(_) = v {
                v
            } else {
                stretch(v, n)
            };
            ensure!(v.len() == n, "length");
            keys.push(v);
        }
        Ok(Groups::new(&keys, n))
    }

    /// The value of a column expression for each group.
    pub(super) fn by_group(&mut self, g: &Groups, c: &Code, f: &mut Frame) -> Result<Value> {
        if let Some(v) = self.group_kernel(g, c, f)? {
            return Ok(v);
        }
        let depth = self.columns.len();
        let Some(scope) = self.columns.last() else { return Err(Error::ty()) };
        let source = scope.source.clone();
        let base = scope.rows.clone();
        let ids = scope.ids.clone();
        let count = scope.count;
        let mut out = Vec::with_capacity(g.count());
        for k in 0..g.count() {
            let rows: Vec<usize> = match &base {
                Some(b) => g.rows()[k].iter().map(|&i| b[i as usize]).collect(),
                None => g.rows()[k].iter().map(|&i| i as usize).collect(),
            };
            self.columns.push(Scope {
                source: source.clone(),
                rows: Some(Arc::new(rows)),
                count,
                ids: ids.clone(),
                cache: FxHashMap::default(),
            });
            let v = self.run(c, f);
            self.columns.truncate(depth);
            out.push(v?);
        }
        if out.is_empty() {
            // the type comes from the expression over no rows
            self.columns.push(Scope { source, rows: Some(Arc::new(vec![])), count, ids, cache: FxHashMap::default() });
            let v = self.run(c, f);
            self.columns.truncate(depth);
            return Ok(match v? {
                v if v.is_atom() => Value::collapse(vec![v]).slice(0, 0),
                _ => Value::empty(),
            });
        }
        Ok(Value::collapse(out))
    }

    /// Aggregates of a plain column by group, in one pass.
    fn group_kernel(&mut self, g: &Groups, c: &Code, f: &mut Frame) -> Result<Option<Value>> {
        let (name, args): (&str, Vec<&Code>) = match &c.node {
            Node::Monad(v, x) => (v.name, vec![x]),
            Node::Dyad(v, x, y) if matches!(v.name, "wavg" | "wsum") => (v.name, vec![x, y]),
            Node::Apply(h, a) => match &h.node {
                Node::Const(Value::Verb(v, _)) => (v.name, a.iter().collect()),
                _ => return Ok(None),
            },
            _ => return Ok(None),
        };
        if !matches!(
            name,
            "sum"
                | "prd"
                | "avg"
                | "min"
                | "max"
                | "first"
                | "last"
                | "count"
                | "wavg"
                | "wsum"
                | "var"
                | "dev"
                | "svar"
                | "sdev"
                | "all"
                | "any"
        ) {
            return Ok(None);
        }
        // the argument must be itemwise in the rows, so that evaluating it once is the same as by group
        if !args.iter().all(|a| itemwise(a)) {
            return Ok(None);
        }
        let mut vals = vec![];
        for a in &args {
            vals.push(self.run(a, f)?);
        }
        Ok(g.aggregate(name, &vals))
    }

    /// A column expression by group, its values laid back over the rows.
    pub(super) fn spread(&mut self, g: &Groups, c: &Code, len: usize, f: &mut Frame) -> Result<Value> {
        let vals = self.by_group(g, c, f)?;
        let mut slots: Vec<Value> = vec![Value::Null; len];
        for k in 0..g.count() {
            let v = vals.at(k);
            if v.is_list() {
                ensure!(v.len() == g.rows()[k].len(), "length");
                for (j, &i) in g.rows()[k].iter().enumerate() {
                    slots[i as usize] = v.at(j);
                }
            } else {
                for &i in &g.rows()[k] {
                    slots[i as usize] = v.clone();
                }
            }
        }
        Ok(Value::collapse(slots))
    }
}

/// Row groups of some key columns.
pub struct Groups {
    /// Key columns, one item a group, ascending.
    pub keys: Vec<Value>,
    /// Rows of each group, ascending; made when first asked for.
    rows: std::cell::OnceCell<Vec<Vec<u32>>>,
    count: usize,
    /// Group of each row.
    pub ids: Vec<u32>,
}

impl Groups {
    /// Groups `n` rows by key columns.
    pub fn new(cols: &[Value], n: usize) -> Groups {
        let mut ids = vec![0u32; n];
        let mut count = usize::from(n > 0);
        for c in cols {
            let (own, m) = dense(c);
            if count <= 1 {
                ids = own;
                count = m;
                continue;
            }
            let mut seen: FxHashMap<u64, u32> = FxHashMap::default();
            for (a, b) in ids.iter_mut().zip(&own) {
                let k = u64::from(*a) << 32 | u64::from(*b);
                let next = seen.len() as u32;
                *a = *seen.entry(k).or_insert(next);
            }
            count = seen.len();
        }
        let mut first = vec![usize::MAX; count];
        for (i, &g) in ids.iter().enumerate().rev() {
            first[g as usize] = i;
        }
        // ascending by key
        let reps: Vec<Value> = cols.iter().map(|c| c.take_at(&first).deenum()).collect();
        let mut order: Vec<usize> = (0..count).collect();
        order.sort_by(|&a, &b| {
            for r in &reps {
                let o = match r {
                    Value::Vec(v) => crate::value::compare::order_at(&v.data, a, b),
                    r => crate::value::compare::order(&r.at(a), &r.at(b)),
                };
                if o != std::cmp::Ordering::Equal {
                    return o;
                }
            }
            std::cmp::Ordering::Equal
        });
        let mut rank = vec![0u32; count];
        for (k, &g) in order.iter().enumerate() {
            rank[g] = k as u32;
        }
        for g in &mut ids {
            *g = rank[*g as usize];
        }
        let pick: Vec<usize> = order.iter().map(|&g| first[g]).collect();
        let single = cols.len() == 1;
        let keys = cols
            .iter()
            .map(|c| {
                let k = c.take_at(&pick);
                match k {
                    Value::Vec(mut v) if single => {
                        Arc::make_mut(&mut v).attr = if v.ty == Ty::Enum { Attr::None } else { Attr::Sorted };
                        Value::Vec(v)
                    }
                    k => k,
                }
            })
            .collect();
        Groups { keys, rows: std::cell::OnceCell::new(), count, ids }
    }
    /// Rows of each group, ascending.
    pub fn rows(&self) -> &[Vec<u32>] {
        self.rows.get_or_init(|| crate::kernel::group::rows_by(&self.ids, self.count))
    }
    pub fn count(&self) -> usize {
        self.count
    }
    fn lasts(&self) -> Vec<usize> {
        crate::kernel::group::last_rows(&self.ids, self.count).into_iter().map(|i| i as usize).collect()
    }
    /// An aggregate of itemwise values by group; None when the types want the general way.
    fn aggregate(&self, name: &str, vals: &[Value]) -> Option<Value> {
        verb::agg::grouped(name, &self.ids, self.count(), vals)
    }
}

/// Ids by first appearance, and how many.
fn dense(c: &Value) -> (Vec<u32>, usize) {
    fn by<K: std::hash::Hash + Eq>(it: impl Iterator<Item = K>) -> (Vec<u32>, usize) {
        let mut seen: FxHashMap<K, u32> = FxHashMap::default();
        let ids = it
            .map(|k| {
                let next = seen.len() as u32;
                *seen.entry(k).or_insert(next)
            })
            .collect();
        (ids, seen.len())
    }
    match c {
        Value::Vec(v) => match &v.data {
            Data::Sym(s) => {
                let top = s.iter().map(|s| s.0).max().unwrap_or(0) as usize;
                let mut at = vec![u32::MAX; top + 1];
                let mut n = 0u32;
                let ids = s
                    .iter()
                    .map(|s| {
                        let slot = &mut at[s.0 as usize];
                        if *slot == u32::MAX {
                            *slot = n;
                            n += 1;
                        }
                        *slot
                    })
                    .collect();
                (ids, n as usize)
            }
            Data::I64(x) => by(x.iter().copied()),
            Data::I32(x) => by(x.iter().copied()),
            Data::U8(x) => by(x.iter().copied()),
            Data::I16(x) => by(x.iter().copied()),
            d => by((0..v.len()).map(|i| crate::value::attr::key_bits(d, i))),
        },
        c => by((0..c.len()).map(|i| {
            let mut k = vec![];
            crate::value::compare::key_bytes(&c.at(i), &mut k);
            k
        })),
    }
}

/// True for expressions whose value for some rows is the same rows of their value for all rows.
fn itemwise(c: &Code) -> bool {
    match &c.node {
        Node::Column(..) => true,
        Node::Dyad(v, x, y) => {
            matches!(v.name, "+" | "-" | "*" | "%" | "=" | "<" | ">" | "<=" | ">=" | "<>" | "&" | "|" | "xbar")
                && [x, y].iter().all(|a| itemwise(a) || matches!(&a.node, Node::Const(v) if v.is_atom()))
                && [x, y].iter().any(|a| itemwise(a))
        }
        Node::Monad(v, x) => matches!(v.name, "neg" | "not" | "abs" | "null" | "floor") && itemwise(x),
        _ => false,
    }
}
