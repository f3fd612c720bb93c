//! The items of a general list.

use super::Value;
use std::cell::{Cell, RefCell};
use std::ops::{Deref, DerefMut};

/// A `Vec<Value>` that is freed without recursion, however deeply its items nest.
#[derive(Clone, Default)]
pub struct Items(Vec<Value>);

impl Items {
    /// The items as an owned vector.
    pub fn into_vec(mut self) -> Vec<Value> {
        std::mem::take(&mut self.0)
    }
}

impl From<Vec<Value>> for Items {
    fn from(v: Vec<Value>) -> Items {
        Items(v)
    }
}

impl Deref for Items {
    type Target = Vec<Value>;
    fn deref(&self) -> &Vec<Value> {
        &self.0
    }
}

impl DerefMut for Items {
    fn deref_mut(&mut self) -> &mut Vec<Value> {
        &mut self.0
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
        self.0.iter()
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
        if self.0.iter().all(flat) {
            return;
        }
        let items = std::mem::take(&mut self.0);
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
