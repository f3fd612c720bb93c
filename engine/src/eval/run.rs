//! Walking compiled code.

use super::session::Session;
use super::stack::Running;
use crate::error::{Error, Result};
pub use crate::value::code::Place;
use crate::value::code::{Code, Node};
use crate::value::func::Trap;
use crate::value::{Lambda, Sym, Value, Verb};
use crate::verb;
use std::sync::{Arc, LazyLock};

/// Class of the error that carries a `:return` out of nested blocks; never seen by a program.
pub const RETURN: &str = "\u{1}return";

static SELF: LazyLock<Sym> = LazyLock::new(|| Sym::new(".z.s"));

/// Arguments that a call takes without an allocation.
const FEW: usize = 4;

/// Where running code finds its locals.
pub struct Frame {
    /// Index of its first local among the session's.
    pub base: usize,
    /// The level of its function, None at top level.
    pub level: Option<usize>,
    /// Value of a `:return` on its way out.
    pub ret: Option<Value>,
}

/// True for `1b`, non-zero numbers and non-zero chars: what `if` takes as true.
pub fn truth(v: &Value) -> Result<bool> {
    match v {
        Value::U8(_, b) => Ok(*b != 0),
        Value::F32(f) => Ok(*f != 0.0),
        Value::F64(_, f) => Ok(*f != 0.0),
        Value::I16(_) | Value::I32(..) | Value::I64(..) => Ok(v.as_long() != Some(0)),
        _ => Err(Error::ty()),
    }
}

impl Session {
    /// The frame of a statement at top level.
    pub(super) fn top_frame(&self) -> Frame {
        Frame { base: self.locals.len(), level: None, ret: None }
    }

    /// Evaluates code in a frame.
    #[inline]
    pub(super) fn run(&mut self, c: &Code, f: &mut Frame) -> Result<Value> {
        match self.node(c, f) {
            Err(e) if self.mode == Trap::Debug => self.failed(e, c),
            r => r,
        }
    }

    /// A primitive of two arguments, which stand at `c`, once they are evaluated.
    pub(super) fn dyad(&mut self, v: &'static Verb, x: Value, y: Value, c: &Code) -> Result<Value> {
        match self.primitive(v, x, y, c) {
            Err(e) if self.mode == Trap::Debug => self.failed(e, c),
            r => r,
        }
    }

    #[inline]
    fn primitive(&mut self, v: &'static Verb, x: Value, y: Value, c: &Code) -> Result<Value> {
        self.at = c.at;
        if self.mode == Trap::Debug {
            return self.kept(&Value::Verb(v, false), vec![x, y]);
        }
        match v.dyad {
            Some(d) => sized(d(self, x, y)),
            None => self.apply(&Value::Verb(v, false), vec![x, y]),
        }
    }

    fn node(&mut self, c: &Code, f: &mut Frame) -> Result<Value> {
        match &c.node {
            Node::Const(v) => Ok(v.clone()),
            Node::Local(k) => Ok(self.locals[f.base + *k as usize].clone()),
            Node::Global(n) => self.global_value(*n, f, c.at),
            Node::Column(n, other) => match self.column(*n)? {
                Some(v) => Ok(v),
                None => self.run(other, f),
            },
            Node::Monad(v, x) => {
                crate::value::stack::check()?;
                if matches!(x.node, Node::Column(..))
                    && v.name == "count"
                    && let Some(n) = self.counted(x)
                {
                    return Ok(Value::count(n));
                }
                let x = self.run(x, f)?;
                self.at = c.at;
                if self.mode == Trap::Debug {
                    return self.kept(&Value::Verb(v, true), vec![x]);
                }
                if let Some(m) = v.monad {
                    return sized(m(self, x));
                }
                self.apply(&Value::Verb(v, true), vec![x])
            }
            Node::Dyad(v, x, y) => {
                crate::value::stack::check()?;
                let y = self.run(y, f)?;
                let x = self.run(x, f)?;
                self.primitive(v, x, y, c)
            }
            Node::Apply(g, args) => {
                if args.len() <= FEW && self.mode != Trap::Debug {
                    return self.call_few(g, args, f, c.at);
                }
                crate::value::stack::check()?;
                let mut vals = Vec::with_capacity(args.len());
                for a in args.iter().rev() {
                    vals.push(self.run(a, f)?);
                }
                vals.reverse();
                let g = self.run(g, f)?;
                self.at = c.at;
                self.kept(&g, vals)
            }
            Node::List(items) => {
                crate::value::stack::check()?;
                let mut vals = Vec::with_capacity(items.len());
                for a in items.iter().rev() {
                    vals.push(self.run(a, f)?);
                }
                vals.reverse();
                if vals.iter().any(|v| matches!(v, Value::Elided)) {
                    let e = verb::lookup("enlist").ok_or_else(|| Error::new("enlist"))?;
                    return Ok(Value::Proj(Arc::new(crate::value::Proj {
                        func: Value::Verb(e, false),
                        args: vals.into(),
                    })));
                }
                Ok(Value::collapse(vals))
            }
            Node::Block(v) => {
                crate::value::stack::check()?;
                let mut last = Value::Null;
                for s in v {
                    last = self.run(s, f)?;
                }
                Ok(last)
            }
            Node::Silent(v) => {
                self.run(v, f)?;
                Ok(Value::Null)
            }
            Node::Assign(a) => {
                let r = self.assign(a, f);
                if r.is_err() {
                    self.at = c.at;
                }
                r
            }
            Node::Unpack(p, v) => {
                let v = self.run(v, f)?;
                self.at = c.at;
                self.unpack(p, v, f)
            }
            Node::Cond(v) => {
                crate::value::stack::check()?;
                let mut k = 0;
                while k + 1 < v.len() {
                    let t = self.run(&v[k], f)?;
                    self.at = v[k].at;
                    if truth(&t)? {
                        return self.run(&v[k + 1], f);
                    }
                    k += 2;
                }
                if k < v.len() { self.run(&v[k], f) } else { Ok(Value::Null) }
            }
            Node::Match(v, cases, other) => {
                let v = self.run(v, f)?;
                for (p, r) in cases {
                    if self.fits(p, v.clone(), f)? {
                        return self.run(r, f);
                    }
                }
                other.as_ref().map_or(Ok(Value::Null), |c| self.run(c, f))
            }
            Node::If(v) => {
                let Some(t) = v.first() else { return Err(Error::new("if")) };
                let t = self.run(t, f)?;
                self.at = c.at;
                if truth(&t)? {
                    for s in &v[1..] {
                        self.run(s, f)?;
                    }
                }
                Ok(Value::Null)
            }
            Node::While(v) => {
                let Some(t) = v.first() else { return Err(Error::new("while")) };
                loop {
                    let ok = self.run(t, f)?;
                    self.at = c.at;
                    if !truth(&ok)? {
                        return Ok(Value::Null);
                    }
                    self.check_interrupt()?;
                    for s in &v[1..] {
                        self.run(s, f)?;
                    }
                }
            }
            Node::Do(v) => {
                let Some(t) = v.first() else { return Err(Error::new("do")) };
                let n = self.run(t, f)?;
                self.at = c.at;
                let n = n.as_long().ok_or_else(Error::ty)?;
                for _ in 0..n.max(0) {
                    self.check_interrupt()?;
                    for s in &v[1..] {
                        self.run(s, f)?;
                    }
                }
                Ok(Value::Null)
            }
            Node::Return(v) => {
                let v = self.run(v, f)?;
                f.ret = Some(v);
                Err(Error::new(RETURN))
            }
            Node::Signal(v) => {
                let v = self.run(v, f)?;
                self.at = c.at;
                let mut e = signal(&v);
                // a signal gives its function up: the debugger stops at the caller
                if f.level.is_some() {
                    e.stops_below = self.levels.len() - 1;
                }
                Err(e)
            }
            Node::Lambda(l) => Ok(Value::Lambda(l.clone())),
            Node::Derive(a, g) => {
                let g = self.run(g, f)?;
                Ok(crate::syntax::parse::derive(*a, g))
            }
            Node::Compose(parts) => {
                let mut vals = vec![];
                for p in parts.iter().rev() {
                    vals.push(self.run(p, f)?);
                }
                vals.reverse();
                Ok(Value::Compose(Arc::new(vals.into())))
            }
            Node::Table(keys, cols) => self.table_literal(keys.as_deref(), cols, f),
            Node::DictLit(cols) => {
                let mut vals = vec![];
                for (_, k) in cols.iter().rev() {
                    vals.push(self.run(k, f)?);
                }
                vals.reverse();
                Ok(dict_literal(Value::syms(cols.iter().map(|(n, _)| *n).collect()), vals))
            }
            Node::Sql(q) => {
                self.at = c.at;
                self.sql_query(q, f)
            }
        }
    }

    /// Applies what `g` gives to at most [`FEW`] arguments. A function of as many parameters takes them from the stack.
    fn call_few(&mut self, g: &Code, args: &[Code], f: &mut Frame, at: u32) -> Result<Value> {
        let mut held = [const { Value::Null }; FEW];
        let vals = &mut held[..args.len()];
        for (v, a) in vals.iter_mut().zip(args).rev() {
            *v = self.node(a, f)?;
        }
        let g = self.node(g, f)?;
        self.at = at;
        if let Value::Lambda(l) = &g {
            match l.params.len() {
                0 if vals.len() == 1 => return self.call_lambda(l, &mut []),
                n if n == vals.len() && !vals.iter().any(|v| matches!(v, Value::Elided)) => {
                    return self.call_lambda(l, vals);
                }
                _ => {}
            }
        }
        if let (Value::Dict(_) | Value::List(_) | Value::Vec(_), [i]) = (&g, &*vals) {
            return verb::index::index(self, &g, i);
        }
        let vals = vals.iter_mut().map(std::mem::take).collect();
        self.apply(&g, vals)
    }

    fn global_value(&mut self, n: Sym, f: &mut Frame, at: u32) -> Result<Value> {
        if let Some(v) = self.globals.get(n) {
            return Ok(v.clone());
        }
        if n == *SELF
            && let Some(Running::Lambda(l)) = f.level.map(|k| &self.levels[k].what)
        {
            return Ok(Value::Lambda(l.clone()));
        }
        self.at = at;
        self.global(n)?.ok_or_else(|| Error::new(n.text().into_owned()))
    }

    fn table_literal(&mut self, keys: Option<&[(Sym, Code)]>, cols: &[(Sym, Code)], f: &mut Frame) -> Result<Value> {
        let mut vals = vec![];
        for (_, c) in cols.iter().rev() {
            vals.push(self.run(c, f)?);
        }
        vals.reverse();
        let mut kvals = vec![];
        for (_, c) in keys.unwrap_or(&[]).iter().rev() {
            kvals.push(self.run(c, f)?);
        }
        kvals.reverse();
        let n = kvals.iter().chain(&vals).filter(|v| !v.is_atom() && !v.is_func()).map(Value::len).next();
        let wide = |v: Vec<Value>| -> Result<Vec<Value>> {
            v.into_iter()
                .map(|v| {
                    if v.is_list() {
                        crate::ensure!(Some(v.len()) == n, "length");
                        return Ok(v);
                    }
                    if !v.is_atom() && !v.is_func() && Some(v.len()) == n && matches!(v, Value::Table(_)) {
                        return Ok(v);
                    }
                    crate::ensure!(
                        v.is_atom() || matches!(v, Value::Null) || v.is_func() || matches!(v, Value::Dict(_)),
                        "type"
                    );
                    match n {
                        Some(n) => Ok(v.enlist().take_at(&vec![0; n])),
                        None => Ok(v.enlist()),
                    }
                })
                .collect()
        };
        let vals = wide(vals)?;
        let kvals = wide(kvals)?;
        let t = Value::table(cols.iter().map(|(n, _)| *n).collect(), vals);
        Ok(match keys {
            Some(k) => Value::dict(Value::table(k.iter().map(|(n, _)| *n).collect(), kvals), t),
            None => t,
        })
    }

    /// Calls a lambda with exactly as many arguments as it has parameters; they are taken.
    pub(super) fn call_lambda(&mut self, l: &Arc<Lambda>, args: &mut [Value]) -> Result<Value> {
        self.check_interrupt()?;
        self.enter(Running::Lambda(l.clone()))?;
        let base = self.locals.len();
        self.locals.extend(args.iter_mut().map(std::mem::take));
        for _ in &l.locals {
            // a local is `()` until it is assigned
            self.locals.push(self.nothing.clone());
        }
        let mut f = Frame { base, level: Some(self.levels.len() - 1), ret: None };
        let columns = if self.columns.is_empty() { None } else { Some(std::mem::take(&mut self.columns)) };
        let r = self.run(&l.body, &mut f);
        if let Some(c) = columns {
            self.columns = c;
        }
        let r = match r {
            Err(e) if e.kind == RETURN => f.ret.take().ok_or(e),
            r => r,
        };
        self.leave(r)
    }

    /// Applies a function; before the debugger the arguments of one that fails are kept for `.z.ey`.
    #[inline]
    fn kept(&mut self, g: &Value, vals: Vec<Value>) -> Result<Value> {
        if self.mode != Trap::Debug || !self.terminal {
            return self.apply(g, vals);
        }
        let held = vals.clone();
        let r = self.apply(g, vals);
        if r.is_err() && self.failing.is_none() {
            self.failing = Some((g.clone(), held));
        }
        r
    }
}

/// `([a:1;b:2])`; with omitted values, `([a:1;b:])`, a projection that waits for them.
fn dict_literal(names: Value, vals: Vec<Value>) -> Value {
    if !vals.iter().any(|v| matches!(v, Value::Elided)) {
        return Value::dict(names, Value::collapse(vals));
    }
    let verb = |name| verb::lookup(name).map_or(Value::Null, |v| Value::Verb(v, false));
    let of_names =
        Value::Proj(Arc::new(crate::value::Proj { func: verb("!"), args: vec![names, Value::Elided].into() }));
    let func = Value::Compose(Arc::new(vec![of_names, verb("enlist")].into()));
    Value::Proj(Arc::new(crate::value::Proj { func, args: vals.into() }))
}

/// A result that is large is looked at beside the limit of memory.
#[inline]
fn sized(r: Result<Value>) -> Result<Value> {
    match &r {
        Ok(Value::Vec(v)) if v.len() > 512 => crate::value::memory::check().and(r),
        _ => r,
    }
}

/// The error that `'x` raises.
pub fn signal(v: &Value) -> Error {
    match v {
        Value::U8(..) => Error::new("stype"),
        v => v.as_text().map_or_else(|| Error::new("stype"), Error::new),
    }
}
