//! Queries over partitioned tables.

use super::filter::names_in;
use super::run::Frame;
use super::session::Session;
use super::sql::{I, Scope, Source};
use crate::ensure;
use crate::error::{Error, Result};
use crate::value::code::{Code, Node, Sql, SqlKind};
use crate::value::join::join;
use crate::value::{Partitioned, Sym, Table, Value};
use std::sync::Arc;

impl Session {
    /// Over a partitioned table: partitions by the leading phrases, rows of each by the others, then the rest on
    /// the rows that are left.
    pub(super) fn sql_parts(&mut self, q: &Sql, p: &Arc<Box<dyn Partitioned>>, f: &mut Frame) -> Result<Value> {
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
