//! qSQL: select, exec, update and delete over tables, keyed tables and partitioned tables.

use super::run::Frame;
use super::session::{Session, member};
use crate::ensure;
use crate::error::{Error, Result};
use crate::value::code::{Code, Node, Sql, SqlKind};
use crate::value::join::join;
use crate::value::{Data, Host, Partitioned, Sym, Table, Ty, Value};
use crate::verb;
use std::sync::{Arc, LazyLock};

pub(super) static I: LazyLock<Sym> = LazyLock::new(|| Sym::new("i"));

/// Where the columns of a scope come from.
#[derive(Clone)]
pub(super) enum Source {
    Table(Arc<Table>),
    /// One partition, its columns mapped as they are asked for.
    Part(Arc<Box<dyn Partitioned>>, usize),
}

/// A table whose columns are in scope, restricted to some of its rows.
pub struct Scope {
    pub(super) source: Source,
    /// Rows that are left, None for all.
    pub(super) rows: Option<Arc<Vec<usize>>>,
    /// Rows of the source.
    pub(super) count: usize,
    /// The virtual column `i` where it is not simply the row number.
    pub(super) ids: Option<Value>,
    /// Columns of the rows that are left, as they were asked for: few, so they are looked for one after the other.
    pub(super) cache: Vec<(Sym, Value)>,
}

impl Scope {
    pub(super) fn new(source: Source) -> Result<Scope> {
        let count = match &source {
            Source::Table(t) => t.len(),
            Source::Part(p, k) => p.rows(*k)?,
        };
        Ok(Scope { source, rows: None, count, ids: None, cache: vec![] })
    }
    pub(super) fn len(&self) -> usize {
        self.rows.as_ref().map_or(self.count, |r| r.len())
    }
    pub(super) fn restrict(&mut self, rows: Vec<usize>) {
        self.rows = Some(Arc::new(rows));
        self.cache.clear();
    }
    /// True for the name of a column, of `i`, and for a dotted name that begins with one.
    pub(super) fn reaches(&self, n: Sym) -> bool {
        let has = |n: Sym| match &self.source {
            Source::Table(t) => t.position(n).is_some(),
            Source::Part(p, _) => p.names().contains(&n),
        };
        let b = n.bytes();
        n == *I || has(n) || b.iter().position(|&c| c == b'.').is_some_and(|k| k > 0 && has(Sym::new(&b[..k])))
    }
    /// A whole column of the source, without the restriction.
    pub(super) fn whole(&self, n: Sym) -> Result<Option<Value>> {
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
    pub(super) fn column(&mut self, n: Sym) -> Result<Option<Value>> {
        if let (Source::Table(t), None) = (&self.source, &self.rows)
            && let Some(v) = t.col(n)
        {
            return Ok(Some(v.clone()));
        }
        if let Some((_, v)) = self.cache.iter().find(|(k, _)| *k == n) {
            return Ok(Some(v.clone()));
        }
        if let (Source::Part(p, k), Some(r)) = (&self.source, &self.rows)
            && p.names().contains(&n)
        {
            let v = p.column_at(*k, n, r)?;
            self.cache.push((n, v.clone()));
            return Ok(Some(v));
        }
        let v = match self.whole(n)? {
            Some(v) => match &self.rows {
                Some(r) => v.take_at(r),
                None => v,
            },
            None if n == *I => match (&self.ids, &self.rows) {
                (Some(v), Some(r)) => v.take_at(r),
                (Some(v), None) => v.clone(),
                (None, Some(r)) => Value::longs(r.iter().map(|&i| i as i64).collect()),
                (None, None) => Value::longs((0..self.count as i64).collect()),
            },
            None => return Ok(None),
        };
        self.cache.push((n, v.clone()));
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
            Value::Table(t) => {
                let deletes = matches!(q.kind, SqlKind::DeleteRows | SqlKind::DeleteCols);
                ensure!(!deletes || !crate::store::splay::is_from_disk(&t), "splay");
                self.sql_table(q, t, None, f)
            }
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
        ensure!(q.by.is_none() || q.kind != SqlKind::Update, "type");
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

    pub(super) fn sql_table(&mut self, q: &Sql, t: Arc<Table>, keys: Option<usize>, f: &mut Frame) -> Result<Value> {
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

    pub(super) fn scope_rows(&self) -> Option<Arc<Vec<usize>>> {
        self.columns.last().and_then(|s| s.rows.clone())
    }
    /// Rows of the scope when `c` is one of its columns: what `count` of it is, without a look at it.
    pub(super) fn counted(&self, c: &Code) -> Option<usize> {
        let Node::Column(n, _) = &c.node else { return None };
        let s = self.columns.last()?;
        let has = match &s.source {
            Source::Table(t) => t.position(*n).is_some(),
            Source::Part(p, _) => p.names().contains(n),
        };
        (has || *n == *I).then(|| s.len())
    }
    pub(super) fn scope_len(&self) -> usize {
        self.columns.last().map_or(0, Scope::len)
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
        // a table's as they are, without a look for each by its name
        if let Some(Scope { source: Source::Table(t), rows, .. }) = self.columns.last() {
            return Ok(match rows {
                None => Table::new(t.names.clone(), t.cols.clone()),
                Some(r) => t.take_at(r),
            });
        }
        let mut cols = vec![];
        for n in names {
            let Some(s) = self.columns.last_mut() else { break };
            cols.push(s.column(*n)?.unwrap_or(Value::Null));
        }
        Ok(Table::new(names.to_vec(), cols))
    }

    /// Columns without grouping: atoms stretch to the length of the lists beside them.
    pub(super) fn plain_columns(&mut self, cols: &[(Sym, Code)], f: &mut Frame) -> Result<Table> {
        let mut vals = vec![];
        for (_, c) in cols {
            vals.push(rows_as_items(self.run(c, f)?));
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
                    let v = rows_as_items(self.run(c, f)?);
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
}

/// A column's cells: dictionaries that have become a table are items again.
fn rows_as_items(v: Value) -> Value {
    if matches!(v, Value::Table(_)) { Value::list(v.items()) } else { v }
}
pub(super) fn stretch(v: Value, n: usize) -> Value {
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
    if rows.is_empty() {
        return Ok(old.clone());
    }
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
        return Err(Error::ty());
    }
    let mut items = old.items();
    for (k, &i) in rows.iter().enumerate() {
        items[i] = v.at(k);
    }
    Ok(if matches!(old, Value::List(_)) { Value::list(items) } else { Value::collapse(items) })
}
