//! qSQL: select, exec, update and delete over tables, keyed tables and partitioned tables.

use super::run::Frame;
use super::session::{Session, member};
use crate::ensure;
use crate::error::{Error, Result};
use crate::value::code::{Code, Node, Sql, SqlKind};
use crate::value::join::join;
use crate::value::{Attr, Data, Host, Partitioned, Sym, Table, Ty, Value, Vector};
use crate::verb;
use rustc_hash::FxHashMap;
use std::sync::{Arc, LazyLock};

static I: LazyLock<Sym> = LazyLock::new(|| Sym::new("i"));

/// Where the columns of a scope come from.
#[derive(Clone)]
enum Source {
    Table(Arc<Table>),
    /// One partition, its columns mapped as they are asked for.
    Part(Arc<Box<dyn Partitioned>>, usize),
}

/// A table whose columns are in scope, restricted to some of its rows.
pub struct Scope {
    source: Source,
    /// Rows that are left, None for all.
    rows: Option<Arc<Vec<usize>>>,
    /// Rows of the source.
    count: usize,
    /// The virtual column `i` where it is not simply the row number.
    ids: Option<Value>,
    cache: FxHashMap<Sym, Value>,
}

impl Scope {
    fn new(source: Source) -> Result<Scope> {
        let count = match &source {
            Source::Table(t) => t.len(),
            Source::Part(p, k) => p.rows(*k)?,
        };
        Ok(Scope { source, rows: None, count, ids: None, cache: FxHashMap::default() })
    }
    fn len(&self) -> usize {
        self.rows.as_ref().map_or(self.count, |r| r.len())
    }
    fn restrict(&mut self, rows: Vec<usize>) {
        self.rows = Some(Arc::new(rows));
        self.cache.clear();
    }
    /// A whole column of the source, without the restriction.
    fn whole(&self, n: Sym) -> Result<Option<Value>> {
        match &self.source {
            Source::Table(t) => Ok(t.col(n).cloned()),
            Source::Part(p, k) => {
                if p.names().contains(&n) {
                    p.column(*k, n).map(Some)
                } else {
                    Ok(None)
                }
            }
        }
    }
    fn column(&mut self, n: Sym) -> Result<Option<Value>> {
        if let Some(v) = self.cache.get(&n) {
            return Ok(Some(v.clone()));
        }
        let v = match self.whole(n)? {
            Some(v) => match &self.rows {
                Some(r) => v.take_at(r),
                None => v,
            },
            None if n == *I => {
                let all = match &self.ids {
                    Some(v) => v.clone(),
                    None => Value::longs((0..self.count as i64).collect()),
                };
                match &self.rows {
                    Some(r) => all.take_at(r),
                    None => all,
                }
            }
            None => return Ok(None),
        };
        self.cache.insert(n, v.clone());
        Ok(Some(v))
    }
}

impl Session {
    /// The column `n` of the table in scope, if it has one. A dotted name reaches through a foreign key
    /// or into a temporal value.
    pub(super) fn column(&mut self, n: Sym) -> Result<Option<Value>> {
        let Some(scope) = self.columns.last_mut() else { return Ok(None) };
        if let Some(v) = scope.column(n)? {
            return Ok(Some(v));
        }
        let b = n.bytes();
        let Some(k) = b.iter().position(|&c| c == b'.').filter(|&k| k > 0) else { return Ok(None) };
        let Some(mut v) = scope.column(Sym::new(&b[..k]))? else { return Ok(None) };
        for part in b[k + 1..].split(|&c| c == b'.') {
            let part = Sym::new(part);
            v = match self.follow(&v, part)? {
                Some(v) => v,
                None => match member(&v, part) {
                    Some(v) => v,
                    None => return Err(Error::new(part.text().into_owned())),
                },
            };
        }
        Ok(Some(v))
    }

    /// A foreign key's column: `key.name`.
    fn follow(&mut self, v: &Value, name: Sym) -> Result<Option<Value>> {
        let Value::Vec(x) = v else { return Ok(None) };
        if x.ty != Ty::Enum {
            return Ok(None);
        }
        let Some(t) = self.global(x.domain.0)? else { return Ok(None) };
        let col = match &t {
            Value::Dict(d) => match (&d.keys, &d.vals) {
                (Value::Table(k), Value::Table(c)) => k.col(name).or_else(|| c.col(name)).cloned(),
                _ => None,
            },
            Value::Table(t) => t.col(name).cloned(),
            _ => None,
        };
        let (Some(col), Data::I64(ix)) = (col, &x.data) else { return Ok(None) };
        let ix: Vec<usize> = ix.iter().map(|&i| usize::try_from(i).unwrap_or(usize::MAX)).collect();
        Ok(Some(col.take_at(&ix)))
    }

    /// The functional forms `?[t;c;b;a]` and `![t;c;b;a]`.
    pub(super) fn sql_functional(&mut self, amend: bool, args: Vec<Value>) -> Result<Value> {
        ensure!(args.len() >= 4 && args.len() <= 6, "rank");
        let q = crate::syntax::tree::sql_from(amend, args[0].clone(), &args[1..])?;
        // names in functional forms are as written; qualify what is not a column
        let mut f = self.top_frame();
        self.sql_query(&q, &mut f)
    }

    pub(super) fn sql_query(&mut self, q: &Sql, f: &mut Frame) -> Result<Value> {
        let t = self.run(&q.table, f)?;
        let depth = self.columns.len();
        let r = self.sql_on(q, t, f);
        self.columns.truncate(depth);
        r
    }

    fn sql_on(&mut self, q: &Sql, t: Value, f: &mut Frame) -> Result<Value> {
        match t {
            Value::Sym(name) => {
                if matches!(q.kind, SqlKind::Select | SqlKind::Exec) {
                    let t = if name.bytes().first() == Some(&b':') {
                        verb::file::get_path(self, name)?
                    } else {
                        self.get(name)?
                    };
                    return self.sql_on(q, t, f);
                }
                if q.kind == SqlKind::DeleteCols && (name.bytes() == b"." || self.globals.is_space(name)) {
                    for (n, _) in &q.cols {
                        let full = super::globals::full_name(name, *n);
                        self.guard_write()?;
                        self.globals_mut().remove(full);
                    }
                    return Ok(Value::Sym(name));
                }
                if name.bytes().first() == Some(&b':') {
                    let t = verb::file::get_path(self, name)?;
                    let r = self.sql_on(q, t, f)?;
                    let set = verb::lookup("set").and_then(|v| v.dyad).ok_or_else(|| Error::new("set"))?;
                    set(self, Value::Sym(name), r)?;
                    return Ok(Value::Sym(name));
                }
                let t = self.get(name)?;
                ensure!(!matches!(t, Value::Parts(_)), "par");
                let r = self.sql_on(q, t, f)?;
                self.set(name, r)?;
                Ok(Value::Sym(name))
            }
            Value::Table(t) => self.sql_table(q, t, None, f),
            Value::Dict(d) => match (&d.keys, &d.vals) {
                (Value::Table(k), Value::Table(v)) => {
                    let mut names = k.names.clone();
                    names.extend(v.names.iter().copied());
                    let mut cols = k.cols.clone();
                    cols.extend(v.cols.iter().cloned());
                    let n = k.names.len();
                    self.sql_table(q, Arc::new(Table::new(names, cols)), Some(n), f)
                }
                _ => self.sql_dict(q, Value::Dict(d), f),
            },
            Value::Parts(p) => self.sql_parts(q, &p, f),
            _ => Err(Error::ty()),
        }
    }

    /// Of a dictionary: its values stand as columns of one row.
    fn sql_dict(&mut self, q: &Sql, d: Value, f: &mut Frame) -> Result<Value> {
        let Value::Dict(x) = &d else { return Err(Error::ty()) };
        let names = x.keys.as_syms().ok_or_else(Error::ty)?;
        ensure!(q.kind != SqlKind::Update || q.by.is_none(), "type");
        if q.kind == SqlKind::DeleteCols {
            let keep: Vec<usize> = (0..names.len()).filter(|&i| !q.cols.iter().any(|(n, _)| *n == names[i])).collect();
            return Ok(d.take_at(&keep));
        }
        let t = Table::new(names, x.vals.items());
        let lens: Vec<usize> = t.cols.iter().filter(|c| c.is_list()).map(Value::len).collect();
        if !lens.is_empty() && lens.iter().all(|n| *n == lens[0]) && t.cols.len() == lens.len() {
            let r = self.sql_table(q, Arc::new(t), None, f)?;
            return Ok(match r {
                Value::Table(t) if q.kind == SqlKind::Update => t.to_dict(),
                r => r,
            });
        }
        self.columns.push(Scope::new(Source::Table(Arc::new(t)))?);
        let mut out = d.clone();
        for (n, c) in &q.cols {
            let v = self.run(c, f)?;
            let one = Value::dict(Value::syms(vec![*n]), Value::list(vec![v]));
            out = join(out, one)?;
        }
        self.columns.pop();
        Ok(match (q.kind, out) {
            (SqlKind::Update, Value::Dict(o)) => Value::dict(o.keys.clone(), Value::collapse(o.vals.items())),
            (SqlKind::Exec, Value::Dict(o)) if q.bare => o.get(q.cols[0].0).unwrap_or(Value::Null),
            (_, o) => o,
        })
    }

    fn sql_table(&mut self, q: &Sql, t: Arc<Table>, keys: Option<usize>, f: &mut Frame) -> Result<Value> {
        self.columns.push(Scope::new(Source::Table(t.clone()))?);
        for c in &q.filter {
            self.filter(c, f)?;
        }
        let r = match q.kind {
            SqlKind::Select => self.select(q, &t.names, keys, f),
            SqlKind::Exec => self.exec(q, &t.names, f),
            SqlKind::Update => self.update(q, &t, f).map(|t| rekey(t, keys)),
            SqlKind::DeleteRows => {
                let rows = self.scope_rows();
                let mut keep = vec![true; t.len()];
                match rows {
                    Some(r) => r.iter().for_each(|&i| keep[i] = false),
                    None => keep.fill(false),
                }
                let ix: Vec<usize> = (0..t.len()).filter(|&i| keep[i]).collect();
                let r = if ix.len() == t.len() { (*t).clone() } else { t.take_at(&ix) };
                Ok(rekey(r, keys))
            }
            SqlKind::DeleteCols => {
                for (n, _) in &q.cols {
                    ensure!(t.position(*n).is_some(), n.text().into_owned());
                }
                let keep: Vec<usize> =
                    (0..t.names.len()).filter(|&i| !q.cols.iter().any(|(n, _)| *n == t.names[i])).collect();
                let left = keys.map(|k| keep.iter().filter(|&&i| i < k).count());
                let r = Table::new(
                    keep.iter().map(|&i| t.names[i]).collect(),
                    keep.iter().map(|&i| t.cols[i].clone()).collect(),
                );
                Ok(rekey(r, left))
            }
        };
        self.columns.pop();
        r
    }

    fn scope_rows(&self) -> Option<Arc<Vec<usize>>> {
        self.columns.last().and_then(|s| s.rows.clone())
    }
    fn scope_len(&self) -> usize {
        self.columns.last().map_or(0, Scope::len)
    }

    /// Applies one `where` phrase to the scope.
    fn filter(&mut self, c: &Code, f: &mut Frame) -> Result<()> {
        if let Some(rows) = self.indexed(c, f)? {
            if let Some(s) = self.columns.last_mut() {
                s.restrict(rows);
            }
            return Ok(());
        }
        let v = self.run(c, f)?;
        let Some(scope) = self.columns.last_mut() else { return Ok(()) };
        let n = scope.len();
        let hits: Vec<usize> = match &v {
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

    /// Rows by a look-up in an indexed or sorted column, when the first phrase is `col=atom`, `col in list` or
    /// `col within pair`.
    fn indexed(&mut self, c: &Code, f: &mut Frame) -> Result<Option<Vec<usize>>> {
        let Node::Dyad(v, l, r) = &c.node else { return Ok(None) };
        let Node::Column(n, _) = &l.node else { return Ok(None) };
        if !matches!(v.name, "=" | "in" | "within") {
            return Ok(None);
        }
        let Some(scope) = self.columns.last() else { return Ok(None) };
        if scope.rows.is_some() {
            return Ok(None);
        }
        let Some(Value::Vec(col)) = scope.whole(*n)? else { return Ok(None) };
        if col.attr == Attr::None || mentions_column(r) {
            return Ok(None);
        }
        let what = self.run(r, f)?;
        Ok(match (v.name, col.attr) {
            ("=" | "in", Attr::Grouped | Attr::Unique | Attr::Parted) => {
                let items = match v.name {
                    "=" if !what.is_atom() => return Ok(None),
                    "=" => Value::collapse(vec![what]),
                    _ if what.is_atom() => Value::collapse(vec![what]),
                    _ => what,
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
            ("=", Attr::Sorted) if what.is_atom() && what.ty() == Some(col.ty) => sorted_range(&col, &what, &what),
            ("within", Attr::Sorted) if what.is_list() && what.len() == 2 && what.ty() == Some(col.ty) => {
                sorted_range(&col, &what.at(0), &what.at(1))
            }
            _ => None,
        })
    }

    fn select(&mut self, q: &Sql, names: &[Sym], keys: Option<usize>, f: &mut Frame) -> Result<Value> {
        let mut keyed = None;
        let table = match &q.by {
            None => {
                let t = if q.cols.is_empty() {
                    keyed = keys;
                    self.all_columns(names)?
                } else {
                    self.plain_columns(&q.cols, f)?
                };
                if q.distinct { distinct(self, t)? } else { t }
            }
            Some(by) => {
                let t = self.grouped(by, &q.cols, names, f)?;
                keyed = Some(by.len());
                t
            }
        };
        let table = self.limited(q, table, f)?;
        Ok(rekey(table, keyed))
    }

    /// `select[n;>col]`
    fn limited(&mut self, q: &Sql, t: Table, f: &mut Frame) -> Result<Table> {
        let mut t = t;
        if let Some((op, c)) = &q.order {
            self.columns.push(Scope::new(Source::Table(Arc::new(t.clone())))?);
            let key = self.run(c, f);
            self.columns.pop();
            let name = if op.bytes().first() == Some(&b'<') { "iasc" } else { "idesc" };
            let m = verb::lookup(name).and_then(|v| v.monad).ok_or_else(|| Error::new("nyi"))?;
            let ix = m(self, key?)?;
            let pos = verb::index::positions(&ix).ok_or_else(Error::ty)?;
            t = t.take_at(&pos);
        }
        let Some(n) = &q.limit else { return Ok(t) };
        let n = self.run(n, f)?;
        let len = t.len();
        let (from, to) = if n.is_atom() {
            match n.as_long().ok_or_else(Error::ty)? {
                n if n >= 0 => (0, len.min(n as usize)),
                n => (len.saturating_sub(n.unsigned_abs() as usize), len),
            }
        } else {
            let l = n.items();
            ensure!(l.len() == 2, "length");
            let a = usize::try_from(l[0].as_long().ok_or_else(Error::ty)?).unwrap_or(0).min(len);
            let m = l[1].as_long().ok_or_else(Error::ty)?;
            if m >= 0 {
                (a, (a + m as usize).min(len))
            } else {
                (len.saturating_sub(m.unsigned_abs() as usize).max(a), len)
            }
        };
        if (from, to) == (0, len) {
            return Ok(t);
        }
        Ok(Table::new(t.names, t.cols.iter().map(|c| c.slice(from, to)).collect()))
    }

    fn all_columns(&mut self, names: &[Sym]) -> Result<Table> {
        let mut cols = vec![];
        for n in names {
            let Some(s) = self.columns.last_mut() else { break };
            cols.push(s.column(*n)?.unwrap_or(Value::Null));
        }
        Ok(Table::new(names.to_vec(), cols))
    }

    /// Columns without grouping: atoms stretch to the length of the lists beside them.
    fn plain_columns(&mut self, cols: &[(Sym, Code)], f: &mut Frame) -> Result<Table> {
        let mut vals = vec![];
        for (_, c) in cols {
            vals.push(self.run(c, f)?);
        }
        let n = vals.iter().find(|v| v.is_list()).map(Value::len);
        let cols_out = vals
            .into_iter()
            .map(|v| match n {
                Some(n) if v.is_list() => {
                    ensure!(v.len() == n, "length");
                    Ok(v)
                }
                Some(n) => Ok(stretch(v, n)),
                None => Ok(single(v)),
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(Table::new(cols.iter().map(|(n, _)| *n).collect(), cols_out))
    }

    /// Grouped columns; the grouping columns come first, groups in ascending order.
    fn grouped(&mut self, by: &[(Sym, Code)], cols: &[(Sym, Code)], names: &[Sym], f: &mut Frame) -> Result<Table> {
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

    fn groups(&mut self, by: &[(Sym, Code)], f: &mut Frame) -> Result<Groups> {
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
    fn by_group(&mut self, g: &Groups, c: &Code, f: &mut Frame) -> Result<Value> {
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

    fn exec(&mut self, q: &Sql, names: &[Sym], f: &mut Frame) -> Result<Value> {
        let r = match &q.by {
            None => {
                if q.cols.is_empty() {
                    // the last row
                    let t = self.all_columns(names)?;
                    return Ok(t.row(t.len().wrapping_sub(1)));
                }
                if q.bare {
                    let v = self.run(&q.cols[0].1, f)?;
                    if q.limit.is_some() || q.order.is_some() {
                        let t = self.limited(q, Table::new(vec![q.cols[0].0], vec![single_list(v)]), f)?;
                        return Ok(t.cols[0].clone());
                    }
                    return Ok(v);
                }
                let mut vals = vec![];
                for (_, c) in &q.cols {
                    vals.push(self.run(c, f)?);
                }
                Value::dict(Value::syms(q.cols.iter().map(|(n, _)| *n).collect()), Value::collapse(vals))
            }
            Some(by) => {
                let g = self.groups(by, f)?;
                let mut vals = vec![];
                for (_, c) in &q.cols {
                    vals.push(self.by_group(&g, c, f)?);
                }
                let unnamed = by.len() == 1 && by[0].0.is_null();
                let key = if unnamed {
                    g.keys[0].clone()
                } else {
                    Value::table(by.iter().map(|(n, _)| *n).collect(), g.keys.clone())
                };
                let val =
                    if q.bare { vals.remove(0) } else { Value::table(q.cols.iter().map(|(n, _)| *n).collect(), vals) };
                Value::dict(key, val)
            }
        };
        Ok(r)
    }

    fn update(&mut self, q: &Sql, t: &Arc<Table>, f: &mut Frame) -> Result<Table> {
        let n = t.len();
        let rows = self.scope_rows();
        let groups = match &q.by {
            Some(by) => Some(self.groups(by, f)?),
            None => None,
        };
        let mut fresh: Vec<(Sym, Value)> = vec![];
        for (name, c) in &q.cols {
            let len = self.scope_len();
            let v = match &groups {
                None => {
                    let v = self.run(c, f)?;
                    let v = if v.is_list() { v } else { stretch(v, len) };
                    ensure!(v.len() == len, "length");
                    v
                }
                Some(g) => self.spread(g, c, len, f)?,
            };
            fresh.push((*name, v));
        }
        let mut out = Table::new(t.names.clone(), t.cols.clone());
        for (name, v) in fresh {
            let col = match &rows {
                None => v,
                Some(r) => {
                    if let Some(old) = t.col(name) {
                        merge(old, r, &v)?
                    } else {
                        let mut pos = vec![usize::MAX; n];
                        for (k, &i) in r.iter().enumerate() {
                            pos[i] = k;
                        }
                        match &v {
                            Value::List(l) => {
                                let null = v.null_item();
                                Value::list(
                                    pos.iter().map(|&k| l.get(k).cloned().unwrap_or_else(|| null.clone())).collect(),
                                )
                            }
                            v => v.take_at(&pos),
                        }
                    }
                }
            };
            if let Some(k) = out.position(name) {
                out.cols[k] = col;
            } else {
                out.names.push(name);
                out.cols.push(col);
            }
        }
        Ok(out)
    }

    /// A column expression by group, its values laid back over the rows.
    fn spread(&mut self, g: &Groups, c: &Code, len: usize, f: &mut Frame) -> Result<Value> {
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

    /// Over a partitioned table: partitions by the leading phrases, rows of each by the others, then the rest on
    /// the rows that are left.
    fn sql_parts(&mut self, q: &Sql, p: &Arc<Box<dyn Partitioned>>, f: &mut Frame) -> Result<Value> {
        ensure!(matches!(q.kind, SqlKind::Select | SqlKind::Exec), "par");
        let field = p.field();
        let parts = p.parts();
        // phrases that speak of the partition column alone choose partitions
        let lead = q.filter.iter().take_while(|c| only_column(c, field)).count();
        self.columns.push(Scope::new(Source::Table(Arc::new(Table::new(vec![field], vec![parts.clone()]))))?);
        for c in &q.filter[..lead] {
            self.filter(c, f)?;
        }
        let chosen: Vec<usize> = match self.scope_rows() {
            Some(r) => r.to_vec(),
            None => (0..parts.len()).collect(),
        };
        self.columns.pop();
        let names = p.names();
        let mut needed: Vec<Sym> = vec![];
        let whole = q.cols.is_empty();
        if whole {
            needed.clone_from(&names);
        } else {
            let mut add = |c: &Code| names_in(c, &mut needed);
            q.cols.iter().for_each(|(_, c)| add(c));
            q.by.iter().flatten().for_each(|(_, c)| add(c));
            needed.retain(|n| names.contains(n) || *n == *I);
            let bases: Vec<Sym> = names.iter().copied().filter(|n| !needed.contains(n)).collect();
            // dotted names need their base column
            let mut dotted = vec![];
            q.cols.iter().for_each(|(_, c)| names_in(c, &mut dotted));
            q.by.iter().flatten().for_each(|(_, c)| names_in(c, &mut dotted));
            for b in bases {
                let prefix = [b.bytes(), b"."].concat();
                if dotted.iter().any(|d| d.bytes().starts_with(&prefix)) {
                    needed.push(b);
                }
            }
            if needed.is_empty() {
                needed.push(*I);
            }
        }
        let mut cols: Vec<Value> = vec![];
        for n in &needed {
            cols.push(if *n == *I && !names.contains(n) { Value::longs(vec![]) } else { p.prototype(*n)? });
        }
        for &k in &chosen {
            let mut scope = Scope::new(Source::Part(p.clone(), k))?;
            scope.ids = None;
            self.columns.push(scope);
            for c in &q.filter[lead..] {
                self.filter(c, f)?;
            }
            for (n, col) in needed.iter().zip(&mut cols) {
                let Some(s) = self.columns.last_mut() else { break };
                let v = s.column(*n)?.ok_or_else(|| Error::new(n.text().into_owned()))?;
                let old = std::mem::replace(col, Value::Null);
                *col = if old.is_empty() { v } else { join(old, v)? };
            }
            self.columns.pop();
        }
        let t = Arc::new(Table::new(needed, cols));
        let rest = Sql { filter: vec![], ..q.clone() };
        if whole && q.by.is_none() {
            return self.sql_table(&rest, t, None, f);
        }
        self.sql_table(&rest, t, None, f)
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

fn stretch(v: Value, n: usize) -> Value {
    single(v).take_at(&vec![0; n])
}
fn single(v: Value) -> Value {
    if v.is_atom() { Value::collapse(vec![v]) } else { Value::list(vec![v]) }
}
fn single_list(v: Value) -> Value {
    if v.is_list() { v } else { single(v) }
}

/// Puts the first `k` columns of a table on its key side.
fn rekey(t: Table, k: Option<usize>) -> Value {
    match k {
        Some(k) if k > 0 => {
            let mut keys = t;
            let names = keys.names.split_off(k);
            let cols = keys.cols.split_off(k);
            Value::dict(Value::Table(Arc::new(keys)), Value::table(names, cols))
        }
        _ => Value::Table(Arc::new(t)),
    }
}

fn distinct(host: &mut dyn Host, t: Table) -> Result<Table> {
    let m = verb::lookup("distinct").and_then(|v| v.monad).ok_or_else(|| Error::new("nyi"))?;
    match m(host, Value::Table(Arc::new(t)))? {
        Value::Table(t) => Ok(Arc::unwrap_or_clone(t)),
        _ => Err(Error::ty()),
    }
}

/// `old` with the items at `rows` replaced by those of `v`, which must be of the same type, give or take the width.
fn merge(old: &Value, rows: &[usize], v: &Value) -> Result<Value> {
    crate::value::stack::check()?;
    if let (Value::Vec(a), Value::Vec(b)) = (old, v) {
        if a.ty == b.ty && a.domain == b.domain {
            let mut out = (**a).clone().plain();
            macro_rules! place {
                ($($c:ident)*) => {
                    match (&mut out.data, &b.data) {
                        $((Data::$c(x), Data::$c(y)) => {
                            let x = x.to_mut();
                            rows.iter().zip(y.iter()).for_each(|(&i, y)| x[i] = *y);
                        })*
                        _ => return Err(Error::ty()),
                    }
                };
            }
            place!(U8 I16 I32 I64 F32 F64 Sym Guid);
            return Ok(Value::Vec(Arc::new(out)));
        }
        if a.ty == Ty::Enum && b.ty == Ty::Sym {
            return merge(&old.deenum(), rows, v);
        }
        if let Some(v) = crate::value::convert::in_width_of(a.ty, b) {
            return merge(old, rows, &v);
        }
        ensure!(rows.is_empty(), "type");
        return Ok(old.clone());
    }
    let mut items = old.items();
    for (k, &i) in rows.iter().enumerate() {
        items[i] = v.at(k);
    }
    Ok(if matches!(old, Value::List(_)) { Value::list(items) } else { Value::collapse(items) })
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

fn mentions_column(c: &Code) -> bool {
    let mut v = vec![];
    names_in(c, &mut v);
    !v.is_empty()
}

/// Column names that an expression may use.
fn names_in(c: &Code, out: &mut Vec<Sym>) {
    match &c.node {
        Node::Column(n, _) if !out.contains(n) => out.push(*n),
        Node::Sql(q) => {
            names_in(&q.table, out);
            return;
        }
        _ => {}
    }
    let mut copy = c.node.clone();
    crate::syntax::resolve::children(&mut copy, &mut |k| names_in(k, out));
}

/// True if `field` is the only column-like name that `c` uses (names of variables cannot be told from columns
/// until they are looked up, so a phrase with another name is left for the rows).
fn only_column(c: &Code, field: Sym) -> bool {
    let mut v = vec![];
    names_in(c, &mut v);
    let dotted = [field.bytes(), b"."].concat();
    v.iter().any(|n| *n == field || n.bytes().starts_with(&dotted))
        && v.iter().all(|n| *n == field || n.bytes().starts_with(&dotted) || variable_like(*n, c))
}

/// A name in a phrase that resolves to a local is no column of a partitioned table unless it shadows one.
fn variable_like(n: Sym, c: &Code) -> bool {
    match &c.node {
        Node::Column(m, other) if *m == n => matches!(other.node, Node::Local(_)) || n.bytes().first() == Some(&b'.'),
        _ => {
            let mut all = true;
            let mut copy = c.node.clone();
            crate::syntax::resolve::children(&mut copy, &mut |k| all &= variable_like(n, k) || !uses(n, k));
            all
        }
    }
}

fn uses(n: Sym, c: &Code) -> bool {
    let mut v = vec![];
    names_in(c, &mut v);
    v.contains(&n)
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
