//! Applying values to arguments.

use super::session::Session;
use crate::error::{Error, Result};
use crate::value::{Adverb, Proj, Value};
use crate::verb;
use std::sync::Arc;

impl Session {
    /// `f[args]` for any applicable `f`. An `Elided` or missing argument makes a projection.
    pub fn apply(&mut self, f: &Value, mut args: Vec<Value>) -> Result<Value> {
        crate::value::stack::check()?;
        match f {
            Value::Lambda(l) => {
                let n = l.params.len();
                if args.len() == n && !args.iter().any(|a| matches!(a, Value::Elided)) {
                    return self.call_lambda(l, &mut args);
                }
                if n == 0 && args.len() == 1 {
                    return self.call_lambda(l, &mut []);
                }
                self.project(f, args, n)
            }
            Value::Verb(v, monadic) => {
                if args.len() < v.rank || args.iter().any(|a| matches!(a, Value::Elided)) {
                    let n = args.len().max(if v.variad.is_some() { v.rank } else { 2 });
                    return self.project(f, args, n);
                }
                match args.len() {
                    1 => {
                        let x = args.pop().unwrap_or_default();
                        if let Some(m) = v.monad {
                            return m(self, x);
                        }
                        if v.dyad.is_some() && !monadic {
                            return self.project(f, vec![x], 2);
                        }
                        match v.variad {
                            Some(m) => m(self, vec![x]),
                            None => Err(Error::rank()),
                        }
                    }
                    2 => match (v.dyad, v.variad) {
                        (Some(d), _) => {
                            let y = args.pop().unwrap_or_default();
                            d(self, args.pop().unwrap_or_default(), y)
                        }
                        (None, Some(m)) => m(self, args),
                        _ => Err(Error::rank()),
                    },
                    _ => match v.variad {
                        Some(m) => m(self, args),
                        None => Err(Error::rank()),
                    },
                }
            }
            Value::Proj(p) => self.fill(p, args),
            Value::Compose(parts) => {
                if args.iter().any(|a| matches!(a, Value::Elided)) {
                    let n = args.len();
                    return self.project(f, args, n);
                }
                crate::value::stack::check()?;
                let Some((last, rest)) = parts.split_last() else { return Err(Error::rank()) };
                // a composition has the rank of its last function: with fewer arguments it waits for the rest
                let takes = match last {
                    Value::Lambda(_) | Value::Proj(_) | Value::Compose(_) => verb::iterate::valence(last),
                    Value::Verb(v, false) if v.monad.is_none() && v.dyad.is_some() => Some(2),
                    _ => None,
                };
                if let Some(n) = takes.filter(|n| args.len() < *n) {
                    return self.project(f, args, n);
                }
                let mut v = self.apply(last, args)?;
                for g in rest.iter().rev() {
                    v = self.apply(g, vec![v])?;
                }
                Ok(v)
            }
            Value::Derived(d) => {
                if args.iter().any(|a| matches!(a, Value::Elided)) {
                    let n = args.len().max(2);
                    return self.project(f, args, n);
                }
                crate::value::stack::check()?;
                verb::iterate::apply(self, d.adverb, &d.func, args)
            }
            Value::Adverb(_) if args.iter().any(|a| matches!(a, Value::Elided)) => {
                let n = args.len();
                self.project(f, args, n)
            }
            Value::Adverb(a) => match (a, args.len()) {
                (Adverb::Each, n) if n >= 2 => Ok(Value::Compose(Arc::new(args.into()))),
                (_, 1) => Ok(crate::syntax::parse::derive(*a, args.into_iter().next().unwrap_or(Value::Null))),
                _ => Err(Error::rank()),
            },
            Value::Null => match args.len() {
                1 => Ok(args.into_iter().next().unwrap_or(Value::Null)),
                _ => Err(Error::rank()),
            },
            Value::I16(_) | Value::I32(..) | Value::I64(..) => {
                let h = f.as_long().ok_or_else(Error::ty)?;
                match args.len() {
                    1 => verb::ipc::apply_handle(self, h, args.into_iter().next().unwrap_or(Value::Null)),
                    _ => Err(Error::rank()),
                }
            }
            Value::Sym(s) => {
                let b = s.bytes();
                if b.first() == Some(&b':') && args.len() == 1 {
                    // a one-shot request: connect, ask, close
                    let arg = args.into_iter().next().unwrap_or(Value::Null);
                    return verb::ipc::apply_address(self, f, arg);
                }
                let g = crate::value::Host::get(self, *s)?;
                if matches!(g, Value::Sym(_)) {
                    return Err(Error::ty());
                }
                self.apply(&g, args)
            }
            Value::Vec(_) | Value::List(_) | Value::Dict(_) | Value::Table(_) | Value::Parts(_) => {
                if args.len() == 1 {
                    return verb::index::index(self, f, &args[0]);
                }
                verb::index::index_deep(self, f, &args)
            }
            _ => Err(Error::ty()),
        }
    }

    fn project(&mut self, f: &Value, mut args: Vec<Value>, arity: usize) -> Result<Value> {
        if args.len() > arity {
            return Err(Error::rank());
        }
        args.resize(arity, Value::Elided);
        Ok(Value::Proj(Arc::new(Proj { func: f.clone(), args: args.into() })))
    }

    fn fill(&mut self, p: &Arc<Proj>, args: Vec<Value>) -> Result<Value> {
        crate::value::stack::check()?;
        let open = p.open();
        if args.len() > open {
            // the last hole of a variadic function may take what follows
            let variadic = matches!(&p.func, Value::Verb(v, _) if v.variad.is_some() && v.name == "enlist");
            let spent = open == 0 && args.len() == 1;
            if !variadic && !spent {
                return Err(Error::rank());
            }
        }
        let mut it = args.into_iter();
        let mut all: Vec<Value> = p
            .args
            .iter()
            .map(|a| if matches!(a, Value::Elided) { it.next().unwrap_or(Value::Elided) } else { a.clone() })
            .collect();
        if open > 0 {
            all.extend(it);
        }
        if all.iter().any(|a| matches!(a, Value::Elided)) {
            return Ok(Value::Proj(Arc::new(Proj { func: p.func.clone(), args: all.into() })));
        }
        self.apply(&p.func, all)
    }
}
