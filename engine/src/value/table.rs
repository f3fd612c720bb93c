//! Dictionaries and tables.

use super::{Sym, Value};
use crate::error::Result;

/// Keys and values of equal length. A keyed table is a dictionary from table to table.
#[derive(Clone)]
pub struct Dict {
    pub keys: Value,
    pub vals: Value,
    /// `s#` was applied: a step function.
    pub sorted: bool,
}

impl Dict {
    pub fn new(keys: Value, vals: Value) -> Dict {
        Dict { keys, vals, sorted: false }
    }
    /// Position of a symbol key, by linear search.
    pub fn position(&self, name: Sym) -> Option<usize> {
        match &self.keys {
            Value::Vec(v) => match &v.data {
                super::Data::Sym(s) => s.iter().position(|&k| k == name),
                _ => None,
            },
            Value::List(l) => l.iter().position(|k| matches!(k, Value::Sym(s) if *s == name)),
            _ => None,
        }
    }
    /// Value of a symbol key.
    pub fn get(&self, name: Sym) -> Option<Value> {
        self.position(name).map(|i| self.vals.at(i))
    }
}

/// Named columns of one length.
#[derive(Clone)]
pub struct Table {
    pub names: Vec<Sym>,
    pub cols: Vec<Value>,
    /// `s#` was applied to the whole; whatever changes the rows drops it.
    pub sorted: bool,
}

impl Table {
    pub fn new(names: Vec<Sym>, cols: Vec<Value>) -> Table {
        Table { names, cols, sorted: false }
    }
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.cols.first().map_or(0, Value::len)
    }
    /// True without rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Position of a column.
    pub fn position(&self, name: Sym) -> Option<usize> {
        self.names.iter().position(|&n| n == name)
    }
    /// A column by name.
    pub fn col(&self, name: Sym) -> Option<&Value> {
        self.position(name).map(|i| &self.cols[i])
    }
    /// Row `i` as a dictionary; nulls when out of range.
    pub fn row(&self, i: usize) -> Value {
        let vals = self.cols.iter().map(|c| c.at(i)).collect();
        Value::dict(Value::syms(self.names.clone()), Value::collapse(vals))
    }
    /// Rows at positions; out of range gives nulls.
    pub fn take_at(&self, ix: &[usize]) -> Table {
        Table::new(self.names.clone(), take_each(&self.cols, ix))
    }
    /// The flipped form: a dictionary from names to columns.
    pub fn to_dict(&self) -> Value {
        Value::dict(Value::syms(self.names.clone()), Value::list(self.cols.clone()))
    }
}

/// Items from which threads share the work.
const SHARED: usize = 1 << 16;

/// Columns at the same places; where these are many, threads take a column at a time.
pub fn take_each(cols: &[Value], ix: &[usize]) -> Vec<Value> {
    if ix.len() < SHARED || cols.len() < 2 || rayon::current_num_threads() < 2 {
        return cols.iter().map(|c| c.take_at(ix)).collect();
    }
    let mut out: Vec<Value> = cols.iter().map(|_| Value::Null).collect();
    rayon::scope(|s| {
        for (out, c) in out.iter_mut().zip(cols) {
            s.spawn(move |_| *out = c.take_at(ix));
        }
    });
    out
}

/// A table that lives in several partitions on disk and is read column by column (see `store::partition`).
pub trait Partitioned: Send + Sync {
    /// Name of the table.
    fn name(&self) -> Sym;
    /// Column names, the virtual partition column first.
    fn names(&self) -> Vec<Sym>;
    /// The virtual column: `date`, `month`, `year` or `int`.
    fn field(&self) -> Sym;
    /// Its value in each partition, ascending: a vector.
    fn parts(&self) -> Value;
    /// Rows in partition `p`.
    fn rows(&self, p: usize) -> Result<usize>;
    /// Column `name` of partition `p`, mapped; the virtual column is an atom's worth repeated.
    fn column(&self, p: usize, name: Sym) -> Result<Value>;
    /// The items of column `name` in some rows of partition `p`.
    fn column_at(&self, p: usize, name: Sym, rows: &[usize]) -> Result<Value> {
        Ok(self.column(p, name)?.take_at(rows))
    }
    /// An empty column of the right type.
    fn prototype(&self, name: Sym) -> Result<Value>;
}
