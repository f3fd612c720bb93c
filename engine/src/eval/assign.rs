//! Assignment: plain, indexed and through a verb. The value is taken out of its slot before it is
//! amended, so that the cost is that of the change.

use super::run::{Frame, Place};
use super::session::Session;
use crate::ensure;
use crate::error::{Error, Result};
use crate::value::code::{Assign, Node};
use crate::value::{Domain, Sym, Value, Verb, backing};
use crate::verb::amend;
use std::sync::LazyLock;

static SET_HANDLER: LazyLock<Sym> = LazyLock::new(|| Sym::new(".z.vs"));

impl Session {
    pub(super) fn assign(&mut self, a: &Assign, f: &mut Frame) -> Result<Value> {
        let value = match &a.value {
            Some(v) => Some(self.run(v, f)?),
            None => None,
        };
        self.assign_value(a, value, f)
    }

    /// The assignment `a` with its right side already evaluated.
    pub(super) fn assign_value(&mut self, a: &Assign, value: Option<Value>, f: &mut Frame) -> Result<Value> {
        if a.index.is_empty() && a.op.is_none() {
            let mut v = value.unwrap_or(Value::Null);
            ensure!(!matches!(v, Value::Elided), "type");
            match a.place {
                Place::Local(k) => self.locals[f.base + k as usize] = v.clone(),
                Place::Global(n) => {
                    if backing::is_backed(n) {
                        v = backing::copy(&v);
                    }
                    self.set_global(n, v.clone())?;
                    self.tell_set(n, &[])?;
                }
            }
            return Ok(v);
        }
        if let (true, Some(y), Some(o)) = (a.index.is_empty(), &value, &a.op)
            && let Node::Const(Value::Verb(o, false)) = &o.node
            && let Some(r) = self.amend_atom(&a.place, f, o, y)?
        {
            return Ok(r);
        }
        let mut index = Vec::with_capacity(a.index.len());
        for i in a.index.iter().rev() {
            index.push(self.run(i, f)?);
        }
        index.reverse();
        let op = match &a.op {
            Some(o) => Some(self.run(o, f)?),
            None => None,
        };
        if let ([i], Some(Value::Verb(o, false)), Some(y)) = (&index[..], &op, &value)
            && let Some(r) = self.amend_number(&a.place, f, i, o, y)?
        {
            return Ok(r);
        }
        let whole = index.is_empty();
        let mut slot = match a.place {
            Place::Local(k) => std::mem::replace(&mut self.locals[f.base + k as usize], Value::Null),
            Place::Global(n) => match (self.take_global(n), &op, whole) {
                (Ok(v), ..) => v,
                // an undefined name starts as the identity of the operator
                (Err(e), Some(Value::Verb(o, false)), true) => match o.name {
                    "+" | "-" => Value::long(0),
                    "*" | "%" => Value::long(1),
                    "," => Value::empty(),
                    _ => return Err(e),
                },
                (Err(e), ..) => return Err(e),
            },
        };
        let shown = value.clone();
        let r = amend::amend(self, &mut slot, &index, op.as_ref(), value);
        let out = match (&r, whole) {
            (Ok(()), true) => Ok(slot.clone()),
            // the value of x[i]+:y is what x[i] has become
            (Ok(()), false) if op.is_some() => self.apply(&slot, index.clone()),
            _ => Ok(shown.unwrap_or(Value::Null)),
        };
        match a.place {
            Place::Local(k) => self.locals[f.base + k as usize] = slot,
            Place::Global(n) => {
                self.set_global(n, slot)?;
                if r.is_ok() {
                    self.tell_set(n, &index)?;
                }
            }
        }
        r.and(out)
    }

    /// `x+:y` of two numbers, of which there is nothing to amend in place; None for everything else.
    fn amend_atom(&mut self, place: &Place, f: &Frame, o: &Verb, y: &Value) -> Result<Option<Value>> {
        fn number(v: &Value) -> bool {
            matches!(v, Value::I64(..) | Value::F64(..))
        }
        let (Some(op), true) = (o.dyad, matches!(o.name, "+" | "-" | "*" | "%" | "&" | "|") && number(y)) else {
            return Ok(None);
        };
        let old = match place {
            Place::Local(k) => self.locals.get(f.base + *k as usize),
            Place::Global(n) => {
                self.guard_write()?;
                if !self.globals.views.is_empty() || Domain::is_known(*n) || backing::is_backed(*n) {
                    return Ok(None);
                }
                self.globals.get(*n)
            }
        };
        let Some(old) = old.filter(|v| number(v)).cloned() else { return Ok(None) };
        let new = op(self, old, y.clone())?;
        let slot = match place {
            Place::Local(k) => self.locals.get_mut(f.base + *k as usize),
            Place::Global(n) => self.globals_mut().get_mut(*n),
        };
        let Some(slot) = slot else { return Ok(None) };
        *slot = new.clone();
        if let Place::Global(n) = place {
            self.tell_set(*n, &[])?;
        }
        Ok(Some(new))
    }

    /// `x[i]+:y` of a number that stays of its type, in its place; None for everything else.
    fn amend_number(&mut self, place: &Place, f: &Frame, i: &Value, o: &Verb, y: &Value) -> Result<Option<Value>> {
        let (Some(op), true) = (o.dyad, matches!(o.name, "+" | "-" | "&" | "|") && y.is_atom()) else {
            return Ok(None);
        };
        if let Place::Global(n) = place {
            self.guard_write()?;
            if !self.globals.views.is_empty() || Domain::is_known(*n) {
                return Ok(None);
            }
        }
        let old = match place {
            Place::Local(k) => amend::number(&self.locals[f.base + *k as usize], i),
            Place::Global(n) => self.globals.get(*n).and_then(|v| amend::number(v, i)),
        };
        let Some((p, old)) = old else { return Ok(None) };
        let ty = old.ty();
        // what fails is done again in general, and told of there
        let Some(new) = op(self, old, y.clone()).ok().filter(|v| v.is_atom() && v.ty() == ty) else { return Ok(None) };
        let slot = match place {
            Place::Local(k) => self.locals.get_mut(f.base + *k as usize),
            Place::Global(n) => self.globals_mut().get_mut(*n),
        };
        if !slot.is_some_and(|v| amend::put_number(v, p, &new)) {
            return Ok(None);
        }
        if let Place::Global(n) = place {
            self.tell_set(*n, std::slice::from_ref(i))?;
        }
        Ok(Some(new))
    }

    /// Calls `.z.vs` with the name and index of a global of the default namespace that was set.
    pub(super) fn tell_set(&mut self, n: Sym, index: &[Value]) -> Result<()> {
        if n.bytes().first() == Some(&b'.') {
            return Ok(());
        }
        match self.globals.get(*SET_HANDLER).cloned() {
            None | Some(Value::Null) => Ok(()),
            Some(f) => self.apply(&f, vec![Value::Sym(n), Value::collapse(index.to_vec())]).map(drop),
        }
    }

    pub(super) fn set_global(&mut self, n: Sym, v: Value) -> Result<()> {
        self.guard_write()?;
        self.globals_mut().set(n, v);
        Ok(())
    }

    pub(super) fn take_global(&mut self, n: Sym) -> Result<Value> {
        self.guard_write()?;
        if let Some(v) = self.globals_mut().get_mut(n) {
            return Ok(std::mem::replace(v, Value::Null));
        }
        self.global(n)?.ok_or_else(|| Error::new(n.text().into_owned()))
    }
}
