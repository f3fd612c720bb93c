//! Queries over partitioned tables.

use super::filter::names_in;
use super::reduce::{self, Plan};
use super::run::Frame;
use super::session::Session;
use super::sql::{I, Scope, Source};
use crate::ensure;
use crate::error::{Error, Result};
use crate::value::code::{Code, Node, Sql, SqlKind};
use crate::value::join::join;
use crate::value::{Partitioned, Sym, Table, Value};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Results of some partitions, by their place among those asked for.
type Done<T> = Vec<(usize, Result<T>)>;

/// Bytes of stack of a worker thread.
const STACK: usize = 256 << 20;

impl Session {
    /// Over a partitioned table: partitions by the leading phrases, rows of each by the others, then the rest on
    /// the rows that are left.
    pub(super) fn sql_parts(&mut self, q: &Sql, p: &Arc<Box<dyn Partitioned>>, f: &mut Frame) -> Result<Value> {
        ensure!(matches!(q.kind, SqlKind::Select | SqlKind::Exec), "par");
        let field = p.field();
        let parts = p.parts();
        // phrases that speak of the partition column alone choose partitions
        let names = p.names();
        let lead = q.filter.iter().take_while(|c| only_column(c, field, &names)).count();
        self.columns.push(Scope::new(Source::Table(Arc::new(Table::new(vec![field], vec![parts.clone()]))))?);
        for c in &q.filter[..lead] {
            self.filter(c, f)?;
        }
        let chosen: Vec<usize> = match self.scope_rows() {
            Some(r) => r.to_vec(),
            None => (0..parts.len()).collect(),
        };
        self.columns.pop();
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
        if chosen.len() > 1
            && let Some(plan) = reduce::plan(&q.cols, q.by.as_deref(), &names, field)
            && let Some(t) = self.map_parts(p, &chosen, &q.filter[lead..], &plan, f)?
        {
            let end = Sql { filter: vec![], cols: plan.end, by: plan.end_by, ..q.clone() };
            return self.sql_table(&end, t, None, f);
        }
        let rows = self.over_parts(&chosen, f, &|s: &mut Session, k, f: &mut Frame| {
            s.in_part(p, k, &q.filter[lead..], f, |s, _| {
                let mut out = Vec::with_capacity(needed.len());
                for n in &needed {
                    let Some(scope) = s.columns.last_mut() else { break };
                    out.push(scope.column(*n)?.ok_or_else(|| Error::new(n.text().into_owned()))?);
                }
                Ok(out)
            })
        })?;
        let mut cols: Vec<Value> = vec![];
        for n in &needed {
            cols.push(if *n == *I && !names.contains(n) { Value::longs(vec![]) } else { p.prototype(*n)? });
        }
        for part in rows {
            for (col, v) in cols.iter_mut().zip(part) {
                let old = std::mem::replace(col, Value::Null);
                *col = if old.is_empty() { v } else { join(old, v)? };
            }
        }
        let t = Arc::new(Table::new(needed, cols));
        let rest = Sql { filter: vec![], ..q.clone() };
        self.sql_table(&rest, t, None, f)
    }

    /// What each partition computes by the plan, one table after another; None where no partition has rows.
    fn map_parts(
        &mut self,
        p: &Arc<Box<dyn Partitioned>>,
        chosen: &[usize],
        filter: &[Code],
        plan: &Plan,
        f: &mut Frame,
    ) -> Result<Option<Arc<Table>>> {
        let tables = self.over_parts(chosen, f, &|s: &mut Session, k, f: &mut Frame| {
            s.in_part(p, k, filter, f, |s, f| {
                if s.scope_len() == 0 {
                    return Ok(None);
                }
                match &plan.by {
                    Some(by) => s.grouped(by, &plan.cols, &[], f),
                    None => s.plain_columns(&plan.cols, f),
                }
                .map(Some)
            })
        })?;
        let mut tables = tables.into_iter().flatten();
        let Some(mut all) = tables.next() else { return Ok(None) };
        for t in tables {
            for (col, v) in all.cols.iter_mut().zip(t.cols) {
                *col = join(std::mem::replace(col, Value::Null), v)?;
            }
        }
        Ok(Some(Arc::new(all)))
    }

    /// Runs `work` with the rows of one partition that pass `filter` in scope.
    fn in_part<T>(
        &mut self,
        p: &Arc<Box<dyn Partitioned>>,
        k: usize,
        filter: &[Code],
        f: &mut Frame,
        work: impl FnOnce(&mut Session, &mut Frame) -> Result<T>,
    ) -> Result<T> {
        let depth = self.columns.len();
        let scope = Scope::new(Source::Part(p.clone(), k))?;
        self.columns.push(scope);
        let done = filter.iter().try_for_each(|c| self.filter(c, f)).and_then(|()| work(self, f));
        self.columns.truncate(depth);
        done
    }

    /// Results of `work` for each of the partitions, in order; on worker threads when there are any.
    fn over_parts<T: Send>(
        &mut self,
        chosen: &[usize],
        f: &mut Frame,
        work: &(impl Fn(&mut Session, usize, &mut Frame) -> Result<T> + Sync),
    ) -> Result<Vec<T>> {
        let threads = self.settings.threads.min(chosen.len());
        if threads < 2 || self.settings.processes || self.worker {
            return chosen.iter().map(|&k| work(self, k, f)).collect();
        }
        let reach = crate::access::now();
        let next = AtomicUsize::new(0);
        let locals = self.locals.get(f.base..).unwrap_or_default();
        let worker = |_| {
            let mut s = self.forked();
            s.locals = locals.to_vec();
            s
        };
        let workers: Vec<Session> = (0..threads).map(worker).collect();
        let mut out: Vec<Option<Result<T>>> = chosen.iter().map(|_| None).collect();
        let done: Vec<Result<Done<T>>> = std::thread::scope(|scope| {
            let next = &next;
            let run = |mut s: Session| {
                move || {
                    let mut f = Frame { base: 0, level: None, ret: None };
                    let mut out = vec![];
                    loop {
                        let at = next.fetch_add(1, Ordering::Relaxed);
                        let Some(&k) = chosen.get(at) else { break };
                        out.push((at, crate::access::within(reach, || work(&mut s, k, &mut f))));
                    }
                    out
                }
            };
            let running: Vec<_> = workers
                .into_iter()
                .map(|s| std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, run(s)))
                .collect();
            running
                .into_iter()
                .map(|t| match t {
                    Ok(t) => t.join().map_err(|_| Error::new("thread")),
                    Err(e) => Err(Error::os("thread", &e)),
                })
                .collect()
        });
        for worker in done {
            for (at, r) in worker? {
                out[at] = Some(r);
            }
        }
        out.into_iter().map(|r| r.unwrap_or_else(|| Err(Error::new("thread")))).collect()
    }
}

/// True if `field` is the only column that `c` uses: the other names are no columns of the table, or shadow one.
fn only_column(c: &Code, field: Sym, names: &[Sym]) -> bool {
    let mut v = vec![];
    names_in(c, &mut v);
    let dotted = [field.bytes(), b"."].concat();
    v.iter().any(|n| *n == field || n.bytes().starts_with(&dotted))
        && v.iter().all(|n| {
            let other = *n != *I && !n.bytes().contains(&b'.') && !names.contains(n);
            *n == field || n.bytes().starts_with(&dotted) || other || variable_like(*n, c)
        })
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
