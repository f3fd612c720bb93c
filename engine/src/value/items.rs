//! The items of a general list.

use super::{Attr, Value};
use std::cell::{Cell, RefCell};
use std::ops::{Deref, DerefMut};

/// A `Vec<Value>` that is freed without recursion, however deeply its items nest. Like a vector it may be marked as
/// ascending or without repetition, until it is changed.
#[derive(Clone, Default)]
pub struct Items {
    list: Vec<Value>,
    attr: Attr,
}

impl Items {
    /// What the list is marked as: sorted, unique or nothing.
    pub fn attr(&self) -> Attr {
        self.attr
    }
    /// Marks the list; that it holds is for the caller to check.
    pub fn mark(&mut self, attr: Attr) {
        self.attr = attr;
    }
    /// The items as an owned vector.
    pub fn into_vec(mut self) -> Vec<Value> {
        std::mem::take(&mut self.list)
    }
}

impl From<Vec<Value>> for Items {
    fn from(v: Vec<Value>) -> Items {
        Items { list: v, attr: Attr::None }
    }
}

impl Deref for Items {
    type Target = Vec<Value>;
    fn deref(&self) -> &Vec<Value> {
        &self.list
    }
}

impl DerefMut for Items {
    fn deref_mut(&mut self) -> &mut Vec<Value> {
        self.attr = Attr::None;
        &mut self.list
    }
}

impl IntoIterator for Items {
    type Item = Value;
    type IntoIter = std::vec::IntoIter<Value>;
    fn into_iter(self) -> Self::IntoIter {
        self.into_vec().into_iter()
    }
}

impl<'a> IntoIterator for &'a Items {
    type Item = &'a Value;
    type IntoIter = std::slice::Iter<'a, Value>;
    fn into_iter(self) -> Self::IntoIter {
        self.list.iter()
    }
}

/// Levels that are freed by recursion before the rest is put off.
const LEVELS: u32 = 64;

thread_local! {
    static LEVEL: Cell<u32> = const { Cell::new(0) };
    static PUT_OFF: RefCell<Vec<Vec<Value>>> = const { RefCell::new(vec![]) };
}

impl Drop for Items {
    fn drop(&mut self) {
        let flat = |v: &Value| {
            !matches!(
                v,
                Value::List(_)
                    | Value::Dict(_)
                    | Value::Table(_)
                    | Value::Proj(_)
                    | Value::Compose(_)
                    | Value::Derived(_)
            )
        };
        if self.list.iter().all(flat) {
            return;
        }
        let items = std::mem::take(&mut self.list);
        // at the end of a thread its locals may be gone: then there is nothing but recursion
        let Ok(level) = LEVEL.try_with(Cell::get) else { return };
        if level >= LEVELS {
            let _ = PUT_OFF.try_with(|p| p.borrow_mut().push(items));
            return;
        }
        LEVEL.set(level + 1);
        drop(items);
        LEVEL.set(level);
        if level == 0 {
            while let Some(items) = PUT_OFF.with_borrow_mut(Vec::pop) {
                LEVEL.set(1);
                drop(items);
                LEVEL.set(0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_levels_are_freed() {
        let mut v = Value::long(1);
        for _ in 0..1_000_000 {
            v = Value::list(vec![v]);
        }
        drop(v);
        let mut d = Value::long(1);
        for _ in 0..300_000 {
            d = Value::dict(Value::syms(vec!["a".into()]), Value::list(vec![d]));
        }
        drop(d);
    }
}
