//! Grouped aggregates in one pass: a `select` of nothing but known aggregates, by columns of few values, numbers its rows
//! and accumulates all the aggregates together instead of writing the numbers out and going through them for each.

use super::group::{By, aggregate_of, as_key, itemwise};
use super::run::Frame;
use super::session::Session;
use crate::error::Result;
use crate::kernel::cells::{self, Found, Numbers};
use crate::value::code::Code;
use crate::value::table::take_each;
use crate::value::{Attr, Data, Sym, Value};
use crate::verb;
use crate::verb::fold::{Aggregate, Fold};

/// Rows from which it is worth it.
const MANY: usize = 1 << 12;

impl Session {
    /// The key columns, then the value of each column by group; None where another way is needed or better.
    pub(super) fn fused(&mut self, by: &[By], cols: &[(Sym, Code)], f: &mut Frame) -> Result<Option<Vec<Value>>> {
        let n = self.scope_len();
        let digit = |b: &By| match b {
            By::Items(v) => matches!(v, Value::Vec(_)),
            By::Bars(..) => true,
        };
        if n < MANY || n >= u32::MAX as usize || !by.iter().all(digit) {
            return Ok(None);
        }
        // an attribute has the groups of a single column
        if let [By::Items(Value::Vec(v))] = by
            && matches!(v.attr, Attr::Grouped | Attr::Parted)
        {
            return Ok(None);
        }
        let Some(plan) = cols.iter().map(|(_, c)| aggregate_of(c)).collect::<Option<Vec<_>>>() else { return Ok(None) };
        let counts = |s: &Session, name: &str, args: &[&Code]| name == "count" && s.counted(args[0]).is_some();
        let fits = |(name, args): &(&str, Vec<&Code>)| {
            Aggregate::known(name) && (counts(self, name, args) || args.iter().all(|a| itemwise(a)))
        };
        if !plan.iter().all(fits) {
            return Ok(None);
        }
        let mut aggregates = vec![];
        for (name, args) in plan {
            let one = if counts(self, name, &args) {
                Some(Aggregate::count())
            } else {
                let vals = args.into_iter().map(|a| self.run(a, f)).collect::<Result<Vec<_>>>()?;
                Aggregate::new(name, vals, n)
            };
            let Some(one) = one else { return Ok(None) };
            aggregates.push(one);
        }
        let Some(keys) = by.iter().map(By::key).collect::<Option<Vec<_>>>() else { return Ok(None) };
        let known: Vec<_> = by.iter().map(ends).collect();
        let Some(numbers) = cells::numbers(&keys, &known, n) else { return Ok(None) };
        let make = || aggregates.iter().filter_map(|a| a.fold(numbers.space())).collect::<Vec<Box<dyn Fold + '_>>>();
        let (found, folds) = cells::fold(&numbers, make);
        let Some(vals) = verb::fold::values(folds) else { return Ok(None) };
        let (mut out, order) = ordered(by, &numbers, &found)?;
        out.extend(take_each(&vals, &order));
        Ok((out.len() == by.len() + cols.len()).then_some(out))
    }
}

/// The least and the greatest number of a column of symbols whose index knows them.
fn ends(by: &By) -> Option<(u32, u32)> {
    let By::Items(Value::Vec(v)) = by else { return None };
    let (Data::Sym(s), Attr::Grouped) = (&v.data, v.attr) else { return None };
    let index = v.index();
    let numbers = || index.at.values().filter_map(|rows| s.get(*rows.first()? as usize)).map(|s| s.0);
    (index.len == v.len()).then_some((numbers().min()?, numbers().max()?))
}

/// Key columns of the groups in ascending order, and that order.
fn ordered(by: &[By], numbers: &Numbers<'_>, found: &Found) -> Result<(Vec<Value>, Vec<usize>)> {
    let mut order: Vec<usize> = (0..found.numbers.len()).collect();
    // of each key its values in order, and the rank of each group's
    let mut keys = Vec::with_capacity(by.len());
    for (k, b) in by.iter().enumerate().rev() {
        let of: Vec<usize> = found.numbers.iter().map(|&x| numbers.value(k, x)).collect();
        let mut row = vec![usize::MAX; numbers.values(k)];
        of.iter().zip(&found.last).for_each(|(&v, &at)| row[v] = at as usize);
        let there: Vec<usize> = (0..row.len()).filter(|&v| row[v] != usize::MAX).collect();
        let vals = b.at(&there.iter().map(|&v| row[v]).collect::<Vec<_>>())?;
        let sorted = verb::order::grade(&vals, false)?;
        let mut rank = vec![0u32; row.len()];
        sorted.iter().enumerate().for_each(|(r, &at)| rank[there[at]] = r as u32);
        let ranks: Vec<u32> = of.iter().map(|&v| rank[v]).collect();
        order = counted(&order, &ranks, there.len());
        keys.push((vals.take_at(&sorted), ranks));
    }
    let key = |(vals, ranks): (Value, Vec<u32>)| {
        as_key(vals.take_at(&order.iter().map(|&g| ranks[g] as usize).collect::<Vec<_>>()), by.len() == 1)
    };
    let keys = keys.into_iter().rev().map(key).collect();
    Ok((keys, order))
}

/// `order` by ranks below `count`; equal ones keep their order.
fn counted(order: &[usize], ranks: &[u32], count: usize) -> Vec<usize> {
    let mut next = vec![0usize; count + 1];
    ranks.iter().for_each(|&r| next[r as usize + 1] += 1);
    for r in 0..count {
        next[r + 1] += next[r];
    }
    let mut out = vec![0; order.len()];
    for &g in order {
        let slot = &mut next[ranks[g] as usize];
        out[*slot] = g;
        *slot += 1;
    }
    out
}
