//! Matching a value with a pattern. Nothing is assigned until all of it has matched.

use super::run::{Frame, Place};
use super::session::Session;
use crate::error::{Error, Result};
use crate::value::code::{Assign, Pattern};
use crate::value::{Table, Value};
use crate::verb::{self, amend};

/// Why a value does not get through.
enum Miss {
    /// It does not have the shape, type or value.
    Unlike(Error),
    /// Something the pattern runs, a filter function or an index, failed.
    Failed(Error),
}

impl Miss {
    fn error(self) -> Error {
        match self {
            Miss::Unlike(e) | Miss::Failed(e) => e,
        }
    }
}

fn unlike<T>(class: &'static str) -> std::result::Result<T, Miss> {
    Err(Miss::Unlike(Error::new(class)))
}

/// Where parts of the value go once all have matched.
enum Target<'p> {
    Name(&'p Place),
    Index(&'p Assign),
}

type Bound<'p> = Vec<(Target<'p>, Value)>;
type Fit = std::result::Result<Value, Miss>;

impl Session {
    /// Assigns the parts of a value to the names of a pattern. The result is the value as its filters left it.
    pub(super) fn unpack(&mut self, p: &Pattern, v: Value, f: &mut Frame) -> Result<Value> {
        let mut bound = vec![];
        let v = self.fit(p, v, f, &mut bound).map_err(Miss::error)?;
        self.bind(bound, f)?;
        Ok(v)
    }

    /// True, and its names assigned, where a pattern fits. An error of a filter function is an error.
    pub(super) fn fits(&mut self, p: &Pattern, v: Value, f: &mut Frame) -> Result<bool> {
        let mut bound = vec![];
        match self.fit(p, v, f, &mut bound) {
            Ok(_) => self.bind(bound, f).map(|()| true),
            Err(Miss::Unlike(_)) => Ok(false),
            Err(Miss::Failed(e)) => Err(e),
        }
    }

    fn bind(&mut self, bound: Bound<'_>, f: &mut Frame) -> Result<()> {
        for (target, v) in bound {
            match target {
                Target::Name(Place::Local(k)) => self.locals[f.base + *k as usize] = v,
                Target::Name(Place::Global(n)) => self.set_global(*n, v)?,
                Target::Index(a) => self.assign_value(a, Some(v), f).map(|_| ())?,
            }
        }
        Ok(())
    }

    fn fit<'p>(&mut self, p: &'p Pattern, v: Value, f: &mut Frame, bound: &mut Bound<'p>) -> Fit {
        match p {
            Pattern::Skip => Ok(v),
            Pattern::Name(place, _) => {
                bound.push((Target::Name(place), v.clone()));
                Ok(v)
            }
            Pattern::Index(a) => {
                bound.push((Target::Index(a), v.clone()));
                Ok(v)
            }
            Pattern::Match(want) if crate::value::compare::matches(want, &v) => Ok(v),
            Pattern::Match(_) => unlike("match"),
            Pattern::List(ps) => {
                if !v.is_list() && !matches!(v, Value::Table(_)) {
                    return unlike("type");
                }
                if v.len() != ps.len() {
                    return unlike("length");
                }
                let mut out = Vec::with_capacity(ps.len());
                for (p, x) in ps.iter().zip(v.items()) {
                    out.push(self.fit(p, x, f, bound)?);
                }
                Ok(if changes(p) { Value::collapse(out) } else { v })
            }
            Pattern::Entries(keys, inner) => {
                let Value::Dict(d) = &v else { return unlike("type") };
                let known = self.entries(&d.keys, keys).map_err(Miss::Failed)?;
                if !known {
                    return unlike("match");
                }
                let vals = self.apply(&v, vec![keys.clone()]).map_err(Miss::Failed)?;
                let new = self.fit(inner, vals, f, bound)?;
                if !changes(inner) {
                    return Ok(v);
                }
                let mut v = v;
                amend::amend(self, &mut v, std::slice::from_ref(keys), None, Some(new)).map_err(Miss::Failed)?;
                Ok(v)
            }
            Pattern::KeyValue(pk, pv) => {
                let Value::Dict(d) = v else { return unlike("type") };
                let keys = self.fit(pk, d.keys.clone(), f, bound)?;
                let vals = self.fit(pv, d.vals.clone(), f, bound)?;
                Ok(if changes(p) { Value::dict(keys, vals) } else { Value::Dict(d) })
            }
            Pattern::Flip(inner) => {
                let Value::Table(t) = v else { return unlike("type") };
                let columns = columns(&t);
                let new = self.fit(inner, columns, f, bound)?;
                match new {
                    Value::Dict(d) if changes(inner) => {
                        let names = d.keys.as_syms().ok_or_else(|| Miss::Failed(Error::ty()))?;
                        Ok(Value::table(names, d.vals.items()))
                    }
                    _ => Ok(Value::Table(t)),
                }
            }
            Pattern::Filter(inner, c) => {
                let g = self.run(c, f).map_err(Miss::Failed)?;
                let v = match &g {
                    // a type letter checks: `s an atom, `S a list
                    Value::Sym(s) => {
                        amend::check_type(*s, &v).map_err(Miss::Unlike)?;
                        v
                    }
                    g => self.apply(g, vec![v]).map_err(Miss::Failed)?,
                };
                self.fit(inner, v, f, bound)
            }
        }
    }

    /// True if a dictionary with keys `have` has all of `want`.
    fn entries(&mut self, have: &Value, want: &Value) -> Result<bool> {
        let find = verb::lookup("?").and_then(|v| v.dyad).ok_or_else(Error::nyi)?;
        let at = find(self, have.clone(), want.clone())?;
        let n = have.len() as i64;
        Ok(if at.is_atom() {
            at.as_long() != Some(n)
        } else {
            at.items().iter().all(|i| i.as_long().is_some_and(|i| i < n))
        })
    }
}

fn columns(t: &Table) -> Value {
    Value::dict(Value::syms(t.names.clone()), Value::list(t.cols.clone()))
}

/// True if a filter somewhere in the pattern may have changed the value.
fn changes(p: &Pattern) -> bool {
    match p {
        Pattern::Filter(..) => true,
        Pattern::List(ps) => ps.iter().any(changes),
        Pattern::Entries(_, p) | Pattern::Flip(p) => changes(p),
        Pattern::KeyValue(k, v) => changes(k) || changes(v),
        Pattern::Name(..) | Pattern::Index(_) | Pattern::Match(_) | Pattern::Skip => false,
    }
}
