//! The global names: a flat map from full names to values, with the members of each namespace in order.

use super::view::View;
use crate::value::domain::domain_list;
use crate::value::{Dict, Domain, Sym, Value};
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::Arc;

/// All globals of a session.
#[derive(Clone, Default)]
pub struct Globals {
    map: FxHashMap<Sym, Value>,
    /// Namespace (`` `. `` or `` `.a ``) → its members' short names, in order of definition.
    spaces: FxHashMap<Sym, Vec<Sym>>,
    pub views: FxHashMap<Sym, View>,
}

/// `.a.b.c` → (`.a.b`, `c`); a root name → (`.`, name).
fn split(name: Sym) -> (Sym, Sym) {
    let b = name.bytes();
    match b.iter().rposition(|&c| c == b'.') {
        Some(0) => (Sym::ROOT, name),
        Some(k) if b[0] == b'.' => (Sym::new(&b[..k]), Sym::new(&b[k + 1..])),
        _ => (Sym::ROOT, name),
    }
}

impl Globals {
    pub fn get(&self, name: Sym) -> Option<&Value> {
        self.map.get(&name)
    }
    pub fn get_mut(&mut self, name: Sym) -> Option<&mut Value> {
        self.map.get_mut(&name)
    }
    /// True for a namespace that has members.
    pub fn is_space(&self, name: Sym) -> bool {
        self.spaces.contains_key(&name)
    }
    /// Members of a namespace.
    pub fn members(&self, space: Sym) -> Vec<Sym> {
        let mut v = self.spaces.get(&space).cloned().unwrap_or_default();
        if space.bytes() == b"." {
            v.retain(|n| n.bytes().first() != Some(&b'.'));
        }
        v
    }
    /// Top-level namespaces (`` `q`Q`h ``…), without their dots.
    pub fn spaces(&self) -> Vec<Sym> {
        let mut v: Vec<Sym> = self
            .spaces
            .keys()
            .filter(|s| s.bytes().len() > 1 && !s.bytes()[1..].contains(&b'.'))
            .map(|s| Sym::new(&s.bytes()[1..]))
            .collect();
        v.sort_unstable();
        v
    }
    /// A namespace as a dictionary, sub-namespaces included.
    pub fn space_dict(&self, space: Sym) -> Value {
        let members = self.members(space);
        let mut keys = vec![];
        let mut vals = vec![];
        if space.bytes() != b"." {
            keys.push(Sym::NULL);
            vals.push(Value::Null);
        }
        for m in members {
            let full = full_name(space, m);
            let v = match self.map.get(&full) {
                Some(v) => v.clone(),
                None if self.is_space(full) => self.space_dict(full),
                None => match self.views.get(&full) {
                    Some(v) => v.object(full),
                    None => continue,
                },
            };
            keys.push(m);
            vals.push(v);
        }
        Value::dict(Value::syms(keys), Value::collapse(vals))
    }
    fn declare(&mut self, name: Sym) {
        let mut name = name;
        loop {
            let (space, short) = split(name);
            let list = self.spaces.entry(space).or_default();
            if list.contains(&short) {
                return;
            }
            list.push(short);
            if space.bytes() == b"." {
                return;
            }
            name = space;
        }
    }
    /// Assigns a value under its full name.
    pub fn set(&mut self, name: Sym, v: Value) {
        if !self.views.is_empty() {
            self.views.remove(&name);
            self.stale(name);
        }
        if Domain::is_known(name) {
            Domain(name).set(domain_list(&v));
        }
        // names and values for the root, as `.z.m,:use`foo` has them
        if name.bytes() == b"."
            && let Value::Dict(d) = &v
            && let Some(names) = d.keys.as_syms()
        {
            for (n, v) in names.into_iter().zip(d.vals.items()).filter(|(n, _)| !n.is_null()) {
                self.set(n, v);
            }
            return;
        }
        if let Some(slot) = self.map.get_mut(&name) {
            *slot = v;
            return;
        }
        if let Some(base) = name.bytes().strip_suffix(b".").filter(|b| !b.is_empty()) {
            self.set_null_member(Sym::new(base), v);
            return;
        }
        // a namespace replaced by a value loses its members
        if self.is_space(name) && name.bytes() != b"." {
            self.drop_space(name);
        }
        // a member of a dictionary that is held as a value
        let (space, short) = split(name);
        if space.bytes() != b"."
            && let Some(Value::Dict(d)) = self.map.get_mut(&space)
        {
            let one = Dict::new(Value::syms(vec![short]), Value::list(vec![v]));
            let old = Value::Dict(std::mem::replace(d, Arc::new(Dict::new(Value::empty(), Value::empty()))));
            if let Ok(n) = crate::value::join::join(old, Value::Dict(Arc::new(one))) {
                self.map.insert(space, n);
            }
            return;
        }
        self.declare(name);
        self.map.insert(name, v);
    }
    /// `a.:v`: the null name of the dictionary `a`, which need not be there yet.
    fn set_null_member(&mut self, base: Sym, v: Value) {
        let one = Value::dict(Value::syms(vec![Sym::NULL]), Value::list(vec![v]));
        let old = match self.map.get(&base) {
            Some(d @ Value::Dict(_)) => Some(d.clone()),
            Some(_) => None,
            None => self.is_space(base).then(|| self.space_dict(base)),
        };
        let new = old.and_then(|old| crate::value::join::join(old, one.clone()).ok());
        self.set(base, new.unwrap_or(one));
    }
    fn drop_space(&mut self, space: Sym) {
        for m in self.spaces.remove(&space).unwrap_or_default() {
            let full = full_name(space, m);
            self.map.remove(&full);
            if self.is_space(full) {
                self.drop_space(full);
            }
        }
    }
    /// Marks views that use `name`, directly or through other views, for evaluation.
    fn stale(&mut self, name: Sym) {
        let mut todo = vec![name];
        let mut seen: FxHashSet<Sym> = FxHashSet::default();
        while let Some(n) = todo.pop() {
            for (k, v) in &mut self.views {
                if v.uses.contains(&n) && seen.insert(*k) {
                    v.fresh = false;
                    todo.push(*k);
                }
            }
        }
    }
    /// Defines a view.
    pub fn set_view(&mut self, name: Sym, v: View) {
        self.map.remove(&name);
        self.declare(name);
        self.views.insert(name, v);
        self.stale(name);
    }
    /// True if the default namespace holds the very values that it does in `other`, and views of the same text.
    pub fn root_is(self: &Arc<Globals>, other: &Arc<Globals>) -> bool {
        if Arc::ptr_eq(self, other) {
            return true;
        }
        let root = Sym::ROOT;
        let mut names = [self.members(root), other.members(root)];
        names.iter_mut().for_each(|n| n.sort_unstable());
        let text = |g: &Globals, n: &Sym| g.views.get(n).map(|v| v.text.clone());
        names[0] == names[1]
            && names[0].iter().all(|n| match (self.get(*n), other.get(*n)) {
                (Some(a), Some(b)) => a.is_same(b),
                (None, None) => text(self, n) == text(other, n),
                _ => false,
            })
    }
    /// Tells enumerations of the lists that these globals hold.
    pub fn tell_domains(&self) {
        for (n, v) in self.map.iter().filter(|(n, _)| Domain::is_known(**n)) {
            Domain(*n).set(domain_list(v));
        }
    }
    /// Removes a name; true if it was there.
    pub fn remove(&mut self, name: Sym) -> bool {
        let (space, short) = split(name);
        if let Some(l) = self.spaces.get_mut(&space) {
            l.retain(|n| *n != short);
        }
        let view = self.views.remove(&name).is_some();
        let space = self.is_space(name) && name.bytes() != b".";
        if space {
            self.drop_space(name);
        }
        self.map.remove(&name).is_some() || view || space
    }
}

/// `space` and a member's short name joined.
pub fn full_name(space: Sym, short: Sym) -> Sym {
    if space.bytes() == b"." { short } else { Sym::new([space.bytes(), b".", short.bytes()].concat()) }
}
