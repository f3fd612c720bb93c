//! Enumeration domains: the lists (or keyed tables) that enumerated values index.

use super::{Sym, Value};
use rustc_hash::FxHashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{LazyLock, PoisonError, RwLock};

/// The name of a domain. Its list is whatever the global of that name holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct Domain(pub Sym);

/// The lists by name; None while enumerations wait for a global that is not there yet.
static LISTS: LazyLock<RwLock<FxHashMap<Sym, Option<Value>>>> = LazyLock::new(RwLock::default);
/// Whether there is one: each assignment of a global asks.
static SOME: AtomicBool = AtomicBool::new(false);

impl Domain {
    /// Of vectors that are not enumerated.
    pub const NONE: Domain = Domain(Sym::NULL);

    /// The domain's list (key columns for a keyed table), if the global exists.
    pub fn list(self) -> Option<Value> {
        LISTS.read().unwrap_or_else(PoisonError::into_inner).get(&self.0).cloned().flatten()
    }
    /// True if some enumeration may refer to `name`, so that the environment must report changes.
    pub fn is_known(name: Sym) -> bool {
        Self::any() && LISTS.read().unwrap_or_else(PoisonError::into_inner).contains_key(&name)
    }
    /// True if there is any enumeration.
    pub fn any() -> bool {
        SOME.load(Ordering::Acquire)
    }
    /// Records the list of a domain; the environment calls it when a global that is one changes,
    /// and whoever creates an enumeration calls it first.
    pub fn set(self, list: Value) {
        LISTS.write().unwrap_or_else(PoisonError::into_inner).insert(self.0, Some(list));
        SOME.store(true, Ordering::Release);
    }
    /// An enumeration was read whose domain may be assigned later.
    pub fn expect(self) {
        LISTS.write().unwrap_or_else(PoisonError::into_inner).entry(self.0).or_default();
        SOME.store(true, Ordering::Release);
    }
    /// The value that index `i` stands for.
    pub fn at(self, i: i64) -> Value {
        match (self.list(), usize::try_from(i)) {
            (Some(l), Ok(i)) => l.at(i),
            (Some(l), Err(_)) => l.null_item(),
            (None, _) if i == i64::MIN => Value::Sym(Sym::NULL),
            (None, _) => Value::long(i),
        }
    }
}

/// What an enumeration over a global looks its items up in: the list itself, or the key of a keyed table.
pub fn domain_list(v: &Value) -> Value {
    match v {
        Value::Dict(d) => match &d.keys {
            Value::Table(t) if t.cols.len() == 1 => t.cols[0].clone(),
            k => k.clone(),
        },
        v => v.clone(),
    }
}
