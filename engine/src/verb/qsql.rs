//! Rows of partitioned tables by number.

use crate::error::{Error, Result};
use crate::value::join::join;
use crate::value::{Partitioned, Value, Verb};

pub static VERBS: &[Verb] = &[];

/// Row `i`, or rows, of a partitioned table, counted over its partitions in order.
pub fn rows_of_parts(p: &dyn Partitioned, i: &Value) -> Result<Value> {
    let one = super::index::position(i);
    let rows = match one {
        Some(k) => vec![k],
        None => super::index::positions(i).ok_or_else(Error::ty)?,
    };
    let names = p.names();
    let mut starts = vec![0];
    for k in 0..p.parts().len() {
        starts.push(starts[k] + p.rows(k)?);
    }
    let mut cols = names.iter().map(|&n| p.prototype(n)).collect::<Result<Vec<_>>>()?;
    // runs of rows in one partition are read together, in the order asked
    let mut at = 0;
    while at < rows.len() {
        let part = starts.partition_point(|&s| s <= rows[at]).wrapping_sub(1);
        let mut to = at + 1;
        while to < rows.len() && starts.partition_point(|&s| s <= rows[to]).wrapping_sub(1) == part {
            to += 1;
        }
        let local: Vec<usize> = match starts.get(part) {
            Some(s) if part + 1 < starts.len() => rows[at..to].iter().map(|r| r - s).collect(),
            _ => vec![usize::MAX; to - at],
        };
        for (c, &n) in cols.iter_mut().zip(&names) {
            let piece = if part + 1 < starts.len() { p.column(part, n)?.take_at(&local) } else { c.take_at(&local) };
            let old = std::mem::replace(c, Value::Null);
            *c = if old.is_empty() { piece } else { join(old, piece)? };
        }
        at = to;
    }
    let t = Value::table(names, cols);
    Ok(if one.is_some() { t.at(0) } else { t })
}
