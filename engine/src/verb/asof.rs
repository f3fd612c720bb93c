//! Joins as of a time: `aj`, `asof` and the window joins.

use super::dict::{flat, in_place, names_of, positions};
use super::join::{attach, common_groups, three};
use crate::ensure;
use crate::error::{Error, Result};
use crate::kernel::Item;
use crate::kernel::asof as asof_kernel;
use crate::kernel::search::{Groups, Members};
use crate::kernel::share::pieces;
use crate::value::attr::key_bits;
use crate::value::join::collapse;
use crate::value::memory;
use crate::value::{Attr, Data, Host, Sym, Table, Value, Vector};
use std::ops::Range;
use std::sync::Arc;

/// For each row of `want` (the columns of `t` in the same order, of which the first `c - 1` are matched for equality
/// and the last is compared): the last row of `t`, within those equal, whose last column is not above; with `right`,
/// the first that is not below.
pub fn asof_rows(t: &Table, want: &Table, c: usize, right: bool) -> Result<Vec<Option<usize>>> {
    ensure!(c > 0 && t.cols.len() >= c && want.cols.len() >= c, "length");
    let time = t.cols[c - 1].deenum();
    let at = want.cols[c - 1].deenum();
    let (Value::Vec(time), Value::Vec(at)) = (&time, &at) else {
        ensure!(t.is_empty() || want.is_empty(), "type");
        return Ok(vec![None; want.len()]);
    };
    ensure!(time.ty == at.ty, "type");
    let (n, m) = (t.len(), want.len());
    macro_rules! typed {
        ($times:ident, $keys:ident => $body:expr) => {
            typed!(@ $times, $keys, $body, U8 I16 I32 I64 F32 F64 Sym Guid)
        };
        (@ $times:ident, $keys:ident, $body:expr, $($class:ident)*) => {
            match (&time.data, &at.data) {
                $((Data::$class($times), Data::$class($keys)) => $body,)*
                _ => return Err(Error::ty()),
            }
        };
    }
    if c == 1 {
        let found = typed!(s, k => if right { asof_kernel::binr_many(s, k) } else { asof_kernel::bin_many(s, k) });
        return Ok(found.into_iter().map(|p| usize::try_from(p).ok().filter(|&p| p < n)).collect());
    }
    // both sides ascend: one pass over each, unless an index leads to the few rows that are asked for
    if let (2, false, Value::Vec(k), Value::Vec(w)) = (c, right, &t.cols[0], &want.cols[0])
        && (k.attr == Attr::None || n / 32 < m)
        && let (Data::Sym(k), Data::Sym(w), Data::I64(times), Data::I64(at)) = (&k.data, &w.data, &time.data, &at.data)
        && times.is_sorted()
        && at.is_sorted()
    {
        return Ok(asof_kernel::merged(k, times, w, at, |s| s.0));
    }
    let keyed = Keyed::new(&t.cols[..c - 1], &want.cols[..c - 1], n, m)?;
    Ok(typed!(s, k => asof_in(&keyed, s, k, right)))
}

/// For each wanted row, the row of its key that matches.
fn asof_in<T: crate::kernel::Item>(keyed: &Keyed, times: &[T], wanted: &[T], right: bool) -> Vec<Option<usize>> {
    let mut near = vec![0; keyed.keys()];
    keyed
        .ids
        .iter()
        .zip(wanted)
        .map(|(&g, &key)| {
            let span = keyed.span(g);
            let near = &mut near[g as usize];
            *near = asof_kernel::among(span.len(), |p| times.get(span.row(p)).copied(), key, *near, right);
            let at = if right { Some(*near) } else { near.checked_sub(1) };
            at.filter(|&p| p < span.len()).map(|p| span.row(p))
        })
        .collect()
}

/// Wanted rows, and for each the rows of a table that have its key.
struct Keyed<'a> {
    /// For each wanted row, the number of its key.
    ids: Vec<u32>,
    rows: Rows<'a>,
}

/// Rows of the table by key.
enum Rows<'a> {
    /// From a `g#` or `u#` index.
    Lists(Vec<&'a [u32]>),
    /// From the parts of a `p#` column.
    Parts(Vec<Range<usize>>),
    /// Grouped here.
    Members(Members),
}

/// The rows of one key, ascending.
enum Span<'a> {
    List(&'a [u32]),
    Part(Range<usize>),
}

impl Span<'_> {
    fn len(&self) -> usize {
        match self {
            Span::List(l) => l.len(),
            Span::Part(r) => r.len(),
        }
    }
    /// The row at position `p`, which is below the length.
    fn row(&self, p: usize) -> usize {
        match self {
            Span::List(l) => l[p] as usize,
            Span::Part(r) => r.start + p,
        }
    }
}

impl<'a> Keyed<'a> {
    /// By key columns of a table of `n` rows and of the `m` wanted ones. With an attribute on a single one, only the rows of keys
    /// that are wanted are looked at.
    fn new(cols: &'a [Value], wanted: &[Value], n: usize, m: usize) -> Result<Keyed<'a>> {
        if let ([Value::Vec(k)], [Value::Vec(w)]) = (cols, wanted)
            && let Some(keyed) = Keyed::by_attribute(k, w)
        {
            return Ok(keyed);
        }
        if cols.is_empty() {
            let all = 0..n;
            return Ok(Keyed { ids: vec![0; m], rows: Rows::Parts(vec![all]) });
        }
        let (of_table, ids, count) = common_groups(cols, wanted, n, m)?;
        let members = Groups { ids: of_table, first: vec![0; count] }.members();
        Ok(Keyed { ids, rows: Rows::Members(members) })
    }

    /// None without an attribute that serves, or when the columns are not of one type.
    fn by_attribute(k: &'a Vector, w: &Vector) -> Option<Keyed<'a>> {
        if k.ty != w.ty || k.domain != w.domain {
            return None;
        }
        let parts = match k.attr {
            Attr::Grouped | Attr::Unique => None,
            Attr::Parted => Some(k.parts_index()),
            _ => return None,
        };
        let g = super::set::groups_of(w);
        let keys = g.first.iter().map(|&i| key_bits(&w.data, i));
        let rows = match parts {
            None => Rows::Lists(keys.map(|b| k.index().at.get(&b).map_or(&[][..], |rows| rows)).collect()),
            Some(parts) => Rows::Parts(keys.map(|b| parts.get(&b).map_or(0..0, |&(a, z)| a..z)).collect()),
        };
        Some(Keyed { ids: g.ids, rows })
    }

    /// How many keys are wanted, or grouped.
    fn keys(&self) -> usize {
        match &self.rows {
            Rows::Lists(l) => l.len(),
            Rows::Parts(r) => r.len(),
            Rows::Members(m) => m.start.len() - 1,
        }
    }
    /// The rows of key `g`.
    fn span(&self, g: u32) -> Span<'_> {
        match &self.rows {
            Rows::Lists(l) => Span::List(l[g as usize]),
            Rows::Parts(r) => Span::Part(r[g as usize].clone()),
            Rows::Members(m) => Span::List(m.of(g as usize)),
        }
    }
}

fn columns_at(t: &Table, at: &[usize]) -> Table {
    Table::new(at.iter().map(|&i| t.names[i]).collect(), at.iter().map(|&i| t.cols[i].clone()).collect())
}

pub(super) fn asof_join(h: &mut dyn Host, args: Vec<Value>, their_time: bool, fill: bool) -> Result<Value> {
    three(args, |c, x, y| {
        let by = names_of(&c)?;
        ensure!(!by.is_empty(), "length");
        let y = flat(&super::dict::by_name(h, &y)?)?.table;
        in_place(h, x, |_, x| {
            let mut f = flat(&x)?;
            let yi = positions(&y, &by)?;
            let want = columns_at(&f.table, &positions(&f.table, &by)?);
            let rows = asof_rows(&columns_at(&y, &yi), &want, by.len(), false)?;
            let skip = if their_time { &yi[..yi.len() - 1] } else { &yi[..] };
            let rest: Vec<usize> = (0..y.names.len()).filter(|i| !skip.contains(i)).collect();
            attach(&mut f.table, &columns_at(&y, &rest), &rows, fill)?;
            Ok(f.build())
        })
    })
}

pub(super) fn asof(t: &Value, d: &Value) -> Result<Value> {
    let t = flat(t)?.table;
    let (want, one) = match d {
        Value::Dict(r) if !d.is_keyed() => {
            let names = names_of(&r.keys)?;
            let cols = r.vals.items().into_iter().map(|v| collapse(vec![v])).collect();
            (Table::new(names, cols), true)
        }
        d => (flat(d)?.table, false),
    };
    let at = positions(&t, &want.names)?;
    let rows = asof_rows(&columns_at(&t, &at), &want, want.names.len(), false)?;
    let rest: Vec<usize> = (0..t.names.len()).filter(|i| !at.contains(i)).collect();
    let ix: Vec<usize> = rows.iter().map(|r| r.unwrap_or(usize::MAX)).collect();
    let r = columns_at(&t, &rest).take_at(&ix);
    Ok(if one { r.row(0) } else { Value::Table(Arc::new(r)) })
}

/// Windows from which threads share the work.
const SHARED: usize = 1 << 12;

/// For each window, which of the rows of its key are in it: from the one `prevailing` at its start, or from the first in it.
fn windows<T: Item + Sync>(keyed: &Keyed, times: &[T], from: &[T], to: &[T], prevailing: bool) -> Vec<Range<usize>> {
    // windows of a key mostly follow one another: each search starts at what the one before has found
    let some = |start: usize, out: &mut [Range<usize>]| {
        let mut near = vec![0; keyed.keys()];
        for (i, out) in (start..).zip(out) {
            let g = keyed.ids[i];
            let span = keyed.span(g);
            let time = |p| times.get(span.row(p)).copied();
            let first = asof_kernel::among(span.len(), time, from[i], near[g as usize], !prevailing);
            near[g as usize] = first;
            let end = asof_kernel::among(span.len(), time, to[i], first, false);
            *out = first.saturating_sub(usize::from(prevailing))..end;
        }
    };
    let mut out = vec![0..0; keyed.ids.len()];
    pieces(&mut out, SHARED, some);
    out
}

/// `wj`, and without `prevailing`, `wj1`.
pub(super) fn window(h: &mut dyn Host, mut args: Vec<Value>, prevailing: bool) -> Result<Value> {
    ensure!(args.len() == 4, "rank");
    let (spec, t, c, w) = (args.remove(3), args.remove(2), args.remove(1), args.remove(0));
    let by = names_of(&c)?;
    ensure!(!by.is_empty(), "length");
    let parts = spec.items();
    ensure!(spec.is_list() && !parts.is_empty(), "type");
    let q = flat(&super::dict::by_name(h, &parts[0])?)?.table;
    let bounds = w.items();
    ensure!(bounds.len() == 2, "length");
    in_place(h, t, |h, t| {
        let mut f = flat(&t)?;
        let n = f.table.len();
        ensure!(bounds.iter().all(|b| b.is_list() && b.len() == n), "length");
        let qi = positions(&q, &by)?;
        let ti = positions(&f.table, &by)?;
        let k = by.len() - 1;
        let (Value::Vec(from), Value::Vec(to)) = (&bounds[0], &bounds[1]) else {
            ensure!(n == 0, "type");
            return Ok(f.build());
        };
        let (of_q, of_t) = (columns_at(&q, &qi[..k]), columns_at(&f.table, &ti[..k]));
        let keyed = Keyed::new(&of_q.cols, &of_t.cols, q.len(), n)?;
        let Value::Vec(time) = &q.cols[qi[k]] else { return Err(Error::ty()) };
        ensure!(from.ty == time.ty && to.ty == time.ty, "type");
        macro_rules! typed {
            ($($class:ident)*) => {
                match (&time.data, &from.data, &to.data) {
                    $((Data::$class(t), Data::$class(a), Data::$class(b)) => windows(&keyed, t, a, b, prevailing),)*
                    _ => return Err(Error::ty()),
                }
            };
        }
        let places = typed!(U8 I16 I32 I64 F32 F64 Sym Guid);
        // rows of q in each window, window after window
        let total: usize = places.iter().map(Range::len).sum();
        memory::room(total as i64, 8)?;
        let mut rows: Vec<usize> = Vec::with_capacity(total);
        let mut windows = Vec::with_capacity(n);
        for (&g, places) in keyed.ids.iter().zip(places) {
            let (span, at) = (keyed.span(g), rows.len());
            rows.extend(places.map(|p| span.row(p)));
            windows.push((at, rows.len()));
        }
        let mut sorted: Vec<(Sym, Value)> = vec![];
        for p in &parts[1..] {
            let items = p.items();
            ensure!(p.is_list() && items.len() >= 2, "type");
            let names = items[1..].iter().map(|v| v.as_sym().ok_or_else(Error::ty)).collect::<Result<Vec<_>>>()?;
            let cols: Vec<Value> = positions(&q, &names)?.into_iter().map(|i| q.cols[i].take_at(&rows)).collect();
            let mut out = Vec::with_capacity(n);
            for &(a, b) in &windows {
                let args = cols.iter().map(|c| c.slice(a, b)).collect();
                out.push(h.call(&items[0], args)?);
            }
            let name = names.last().copied().unwrap_or(Sym::NULL);
            sorted.push((name, if out.is_empty() { cols[0].slice(0, 0) } else { collapse(out) }));
        }
        // an aggregate replaces a column of t, never another aggregate: two of one column stand side by side
        let own = f.table.names.len();
        for (name, c) in sorted {
            if let Some(i) = f.table.position(name).filter(|&i| i < own) {
                f.table.cols[i] = c;
            } else {
                f.table.names.push(name);
                f.table.cols.push(c);
            }
        }
        Ok(f.build())
    })
}
