//! `by`: rows in groups, expressions and aggregates by group.

use super::run::Frame;
use super::session::Session;
use super::sql::{Scope, stretch};
use crate::ensure;
use crate::error::{Error, Result};
use crate::kernel::keys::{self, Key};
use crate::value::attr::Index;
use crate::value::code::{Code, Node};
use crate::value::{Attr, Data, Sym, Table, Ty, Value, Vector};
use crate::verb;
use std::cell::OnceCell;
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
        let mut out_names: Vec<Sym> = by.iter().map(|(n, _)| *n).collect();
        let keys = self.keys(by, f)?;
        if !cols.is_empty()
            && let Some(out) = self.fused(&keys, cols, f)?
        {
            out_names.extend(cols.iter().map(|(n, _)| *n));
            return Ok(Table::new(out_names, out));
        }
        let g = Groups::new(keys, self.scope_len())?;
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
        let keys = self.keys(by, f)?;
        Groups::new(keys, self.scope_len())
    }

    /// What the rows of the scope are grouped by.
    fn keys(&mut self, by: &[(Sym, Code)], f: &mut Frame) -> Result<Vec<By>> {
        let n = self.scope_len();
        let mut keys = vec![];
        for (_, c) in by {
            let v = match &c.node {
                Node::Dyad(v, width, of) if v.name == "xbar" && matches!(width.node, Node::Const(_)) => {
                    let Node::Const(width) = &width.node else { continue };
                    let items = self.run(of, f)?;
                    // bars of a column are not made a column
                    if items.len() == n && By::step(width, &items).is_some() {
                        keys.push(By::Bars(width.clone(), items));
                        continue;
                    }
                    self.dyad(v, width.clone(), items, c)?
                }
                _ => self.run(c, f)?,
            };
            let v = if v.is_list() || matches!(v, Value::Table(_)) { v } else { stretch(v, n) };
            ensure!(v.len() == n, "length");
            keys.push(By::Items(v));
        }
        Ok(keys)
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
                Some(b) => g.rows(k).iter().map(|&i| b[i as usize]).collect(),
                None => g.rows(k).iter().map(|&i| i as usize).collect(),
            };
            self.columns.push(Scope {
                source: source.clone(),
                rows: Some(Arc::new(rows)),
                count,
                ids: ids.clone(),
                cache: vec![],
            });
            let v = self.run(c, f);
            self.columns.truncate(depth);
            out.push(v?);
        }
        if out.is_empty() {
            // the type comes from the expression over no rows
            self.columns.push(Scope { source, rows: Some(Arc::new(vec![])), count, ids, cache: vec![] });
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
        let Some((name, args)) = aggregate_of(c) else { return Ok(None) };
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
        if let ("count", [a]) = (name, &args[..])
            && self.counted(a).is_some()
        {
            return Ok(Some(Value::longs(g.counts())));
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
                ensure!(v.len() == g.rows(k).len(), "length");
                for (j, &i) in g.rows(k).iter().enumerate() {
                    slots[i as usize] = v.at(j);
                }
            } else {
                for &i in g.rows(k) {
                    slots[i as usize] = v.clone();
                }
            }
        }
        Ok(Value::collapse(slots))
    }
}

/// What rows are grouped by.
pub enum By {
    Items(Value),
    /// The multiples of a width at or below the items of a column.
    Bars(Value, Value),
}

impl By {
    /// The width of bars that are whole numbers of the items' unit, and whose values have the items' type.
    fn step(width: &Value, items: &Value) -> Option<i64> {
        let Value::Vec(v) = items else { return None };
        match (width, v.ty) {
            (Value::I64(Ty::Long, w), Ty::Long | Ty::Timestamp | Ty::Timespan) => Some(*w),
            (Value::I64(Ty::Timespan, w), Ty::Timestamp | Ty::Timespan) => Some(*w),
            _ => None,
        }
    }
    /// The values at some rows.
    pub(super) fn at(&self, rows: &[usize]) -> Result<Value> {
        match self {
            By::Items(v) => Ok(v.take_at(rows)),
            By::Bars(width, items) => verb::arith::bar(width.clone(), items.take_at(rows)),
        }
    }
    /// As a key; None for bars of which there would be too many.
    pub(super) fn key(&self) -> Option<Key<'_>> {
        match self {
            By::Items(v) => Some(verb::set::key(v)),
            By::Bars(width, items) => match items {
                Value::Vec(v) => match &v.data {
                    Data::I64(x) => keys::bars(x, By::step(width, items)?).map(Key::Bars),
                    _ => None,
                },
                _ => None,
            },
        }
    }
}

/// Row groups of some key columns.
pub struct Groups {
    /// Key columns, one item a group, ascending.
    pub keys: Vec<Value>,
    count: usize,
    /// Rows of each group, ascending; made when first asked for.
    rows: OnceCell<Rows>,
    /// Number of each row's group; made when first asked for.
    ids: OnceCell<Vec<u32>>,
    /// The number of each group, where they are not numbered in their order.
    order: Option<Vec<usize>>,
    /// Where an attribute says so without a look at the rows: first row, last row and number of rows of each group.
    ends: Option<Vec<(usize, usize, usize)>>,
    /// The key column that has the attribute.
    indexed: Option<Arc<Vector>>,
}

/// Rows by group: of our own, or those of a `g#` index in the order of the groups.
enum Rows {
    Own(Vec<Vec<u32>>),
    Index(Arc<Index>, Vec<u128>),
}

impl Groups {
    /// Groups `n` rows by key columns.
    pub fn new(by: Vec<By>, n: usize) -> Result<Groups> {
        if let [By::Items(Value::Vec(v))] = &by[..]
            && let Some(g) = Groups::by_attribute(v)
        {
            return Ok(g);
        }
        let Some(keys) = by.iter().map(By::key).collect::<Option<Vec<_>>>() else {
            let items = by.into_iter().map(|b| match b {
                By::Bars(width, items) => verb::arith::bar(width, items),
                By::Items(v) => Ok(v),
            });
            return Groups::new(items.map(|v| v.map(By::Items)).collect::<Result<_>>()?, n);
        };
        let g = keys::group(&keys, n);
        let firsts: Vec<Value> = by.iter().map(|b| b.at(&g.first)).collect::<Result<_>>()?;
        let order = verb::order::grade_few(&firsts, g.len())?;
        Ok(Groups {
            keys: firsts.iter().map(|v| as_key(v.take_at(&order), firsts.len() == 1)).collect(),
            count: g.len(),
            rows: OnceCell::new(),
            ids: OnceCell::from(g.ids),
            order: Some(order),
            ends: None,
            indexed: None,
        })
    }

    /// Groups of a column by its `g#` index, or by its parts.
    fn by_attribute(v: &Arc<Vector>) -> Option<Groups> {
        let (bits, ends): (Vec<u128>, Vec<(usize, usize, usize)>) = match v.attr {
            Attr::Grouped => {
                let ix = v.index();
                if ix.len != v.len() {
                    return None;
                }
                ix.at.iter().map(|(k, r)| (*k, (r[0] as usize, r[r.len() - 1] as usize, r.len()))).unzip()
            }
            Attr::Parted => v.parts_index().into_iter().map(|(k, (a, b))| (k, (a, b - 1, b - a))).unzip(),
            _ => return None,
        };
        let key = Value::Vec(v.clone());
        let first: Vec<usize> = ends.iter().map(|e| e.0).collect();
        let order = verb::order::grade(&key.take_at(&first), false).ok()?;
        let pick: Vec<usize> = order.iter().map(|&k| first[k]).collect();
        let rows = OnceCell::new();
        if v.attr == Attr::Grouped {
            let at = order.iter().map(|&k| bits[k]).collect();
            let _ = rows.set(Rows::Index(v.index.get()?.clone(), at));
        }
        Some(Groups {
            keys: vec![as_key(key.take_at(&pick), true)],
            count: order.len(),
            rows,
            ids: OnceCell::new(),
            order: None,
            ends: Some(order.iter().map(|&k| ends[k]).collect()),
            indexed: Some(v.clone()),
        })
    }

    /// Rows of group `k`, ascending.
    pub fn rows(&self, k: usize) -> &[u32] {
        match self.rows.get_or_init(|| Rows::Own(crate::kernel::group::rows_by(self.ids(), self.count))) {
            Rows::Own(r) => &r[self.order.as_ref().map_or(k, |o| o[k])],
            Rows::Index(ix, at) => ix.at.get(&at[k]).map_or(&[], |r| &r[..]),
        }
    }
    pub fn count(&self) -> usize {
        self.count
    }
    /// Number of each row's group.
    fn ids(&self) -> &[u32] {
        self.ids.get_or_init(|| {
            let (Some(v), Some(ends)) = (&self.indexed, &self.ends) else { return vec![] };
            let mut ids = vec![0u32; v.len()];
            match &v.data {
                _ if v.attr == Attr::Parted => {
                    for (k, &(a, _, n)) in ends.iter().enumerate() {
                        ids[a..a + n].fill(k as u32);
                    }
                }
                Data::Sym(s) => {
                    let top = ends.iter().map(|e| s[e.0].0).max().unwrap_or(0) as usize;
                    let mut group = vec![0u32; top + 1];
                    for (k, e) in ends.iter().enumerate() {
                        group[s[e.0].0 as usize] = k as u32;
                    }
                    for (id, s) in ids.iter_mut().zip(s.iter()) {
                        *id = group[s.0 as usize];
                    }
                }
                _ => {
                    for k in 0..self.count {
                        for &i in self.rows(k) {
                            ids[i as usize] = k as u32;
                        }
                    }
                }
            }
            ids
        })
    }
    /// What is known of each number, by group.
    fn in_order<T: Copy>(&self, of: Vec<T>) -> Vec<T> {
        match &self.order {
            Some(o) => o.iter().map(|&k| of[k]).collect(),
            None => of,
        }
    }
    /// Rows of each group.
    fn counts(&self) -> Vec<i64> {
        match &self.ends {
            Some(e) => e.iter().map(|e| e.2 as i64).collect(),
            None => self.in_order(crate::kernel::group::count_by(self.ids(), self.count)),
        }
    }
    fn lasts(&self) -> Vec<usize> {
        if let Some(e) = &self.ends {
            return e.iter().map(|e| e.1).collect();
        }
        let last = self.in_order(crate::kernel::group::last_rows(self.ids(), self.count));
        last.into_iter().map(|i| i as usize).collect()
    }
    /// An aggregate of itemwise values by group; None when the types want the general way.
    fn aggregate(&self, name: &str, vals: &[Value]) -> Option<Value> {
        if let (Some(ends), [col @ Value::Vec(_)]) = (&self.ends, vals) {
            let rows = |f: fn(&(usize, usize, usize)) -> usize| ends.iter().map(f).collect::<Vec<usize>>();
            match name {
                "count" => return Some(Value::longs(self.counts())),
                "first" => return Some(col.take_at(&rows(|e| e.0))),
                "last" => return Some(col.take_at(&rows(|e| e.1))),
                _ => {}
            }
        }
        let by_number = verb::agg::grouped(name, self.ids(), self.count(), vals)?;
        Some(match &self.order {
            Some(o) => by_number.take_at(o),
            None => by_number,
        })
    }
}

/// A column of keys, one a group; a single one ascends.
pub(super) fn as_key(v: Value, single: bool) -> Value {
    match v {
        Value::Vec(mut v) if single => {
            Arc::make_mut(&mut v).attr = if v.ty == Ty::Enum { Attr::None } else { Attr::Sorted };
            Value::Vec(v)
        }
        k => k,
    }
}

/// The name and the arguments of what may be an aggregate.
pub(super) fn aggregate_of(c: &Code) -> Option<(&'static str, Vec<&Code>)> {
    match &c.node {
        Node::Monad(v, x) => Some((v.name, vec![x])),
        Node::Dyad(v, x, y) if matches!(v.name, "wavg" | "wsum") => Some((v.name, vec![x, y])),
        Node::Apply(h, a) if !a.is_empty() => match &h.node {
            Node::Const(Value::Verb(v, _)) => Some((v.name, a.iter().collect())),
            _ => None,
        },
        _ => None,
    }
}

/// True for expressions whose value for some rows is the same rows of their value for all rows.
pub(super) fn itemwise(c: &Code) -> bool {
    match &c.node {
        Node::Column(..) => true,
        // a cast by the letter of a type
        Node::Dyad(v, x, y) if v.name == "$" => {
            matches!(&x.node, Node::Const(v) if v.is_atom() && v.ty() == Some(Ty::Char)) && itemwise(y)
        }
        Node::Dyad(v, x, y) => {
            matches!(v.name, "+" | "-" | "*" | "%" | "=" | "<" | ">" | "<=" | ">=" | "<>" | "&" | "|" | "xbar")
                && [x, y].iter().all(|a| itemwise(a) || matches!(&a.node, Node::Const(v) if v.is_atom()))
                && [x, y].iter().any(|a| itemwise(a))
        }
        Node::Monad(v, x) => matches!(v.name, "neg" | "not" | "abs" | "null" | "floor") && itemwise(x),
        _ => false,
    }
}
