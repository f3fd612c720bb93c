//! Views: `name::expression` at top level, evaluated when read after something it uses has changed.

use super::session::Session;
use super::stack::Running;
use crate::ensure;
use crate::error::{Error, Result};
use crate::syntax::{self, Source};
use crate::value::code::{Code, Node, Place};
use crate::value::{Lambda, Sym, Value};
use std::sync::Arc;

/// A view.
#[derive(Clone)]
pub struct View {
    pub code: Code,
    /// What follows the `::`.
    pub text: Arc<str>,
    /// The whole line and where it stands, for backtraces.
    pub source: (Arc<str>, Arc<str>),
    /// Globals that it is written with; a change of one makes it pending.
    pub uses: Vec<Sym>,
    /// Its last value.
    pub last: Option<Value>,
    /// `last` still holds.
    pub fresh: bool,
    /// It is being evaluated.
    pub running: bool,
}

/// The view that a statement defines: its name, code and what it uses. A line that starts with `name::` belongs to
/// the view as a whole.
fn definition(code: &Code) -> Option<(Sym, Code, Vec<Sym>)> {
    let (first, rest) = match &code.node {
        Node::Silent(inner) => {
            let (n, c, uses) = definition(inner)?;
            let at = c.at;
            return Some((n, Code { at, node: Node::Silent(Box::new(c)) }, uses));
        }
        Node::Block(v) => v.split_first()?,
        _ => (code, &[][..]),
    };
    let Node::Assign(a) = &first.node else { return None };
    if !a.global || !a.index.is_empty() || a.op.is_some() {
        return None;
    }
    let (Place::Global(n), Some(value)) = (&a.place, &a.value) else { return None };
    let mut uses = vec![];
    uses_of(value, &mut uses);
    // a constant needs no view
    if uses.is_empty() {
        return None;
    }
    let mut c = value.clone();
    if !rest.is_empty() {
        let mut all = vec![c];
        all.extend(rest.iter().cloned());
        c = Code { at: first.at, node: Node::Block(all) };
        rest.iter().for_each(|k| uses_of(k, &mut uses));
    }
    Some((*n, c, uses))
}

/// Globals in order of appearance. Names within a qSQL phrase may be columns and count for nothing.
fn uses_of(c: &Code, out: &mut Vec<Sym>) {
    match &c.node {
        Node::Global(n) if !out.contains(n) => out.push(*n),
        Node::Sql(q) => return uses_of(&q.table, out),
        Node::Lambda(l) => {
            for &g in &l.globals {
                let g = syntax::resolve::qualify(g, l.context);
                if !out.contains(&g) {
                    out.push(g);
                }
            }
        }
        _ => {}
    }
    let mut copy = c.node.clone();
    syntax::resolve::children(&mut copy, &mut |k| uses_of(k, out));
}

impl Session {
    /// Defines the view that a statement at top level spells; false if it is none.
    pub(super) fn define_view(&mut self, code: &Code, text: &str, src: &Source) -> Result<bool> {
        let Some((name, code, uses)) = definition(code) else { return Ok(false) };
        let written = text.split_once("::").map_or(text, |(_, t)| t.trim());
        let source = (Arc::from(text), src.origin.clone());
        let view = View { code, text: Arc::from(written), source, uses, last: None, fresh: false, running: false };
        self.guard_write()?;
        self.globals_mut().set_view(name, view);
        Ok(true)
    }

    /// The value of a view, evaluated if it is pending. One that refers to itself sees its last value.
    pub(super) fn view(&mut self, name: Sym) -> Result<Value> {
        let Some(v) = self.globals.views.get(&name) else { return Err(Error::new(name.text().into_owned())) };
        if v.fresh || v.running {
            return v.last.clone().ok_or_else(|| Error::new("loop"));
        }
        ensure!(!self.worker, "threadview");
        let (code, (text, origin)) = (v.code.clone(), v.source.clone());
        self.running_view(name, true);
        let saved = std::mem::take(&mut self.columns);
        let r = self.level(Running::Text(text, origin), |s| {
            let mut f = s.top_frame();
            s.run(&code, &mut f)
        });
        self.columns = saved;
        self.running_view(name, false);
        let value = r?;
        if let Some(v) = self.globals_mut().views.get_mut(&name) {
            v.last = Some(value.clone());
            v.fresh = true;
        }
        Ok(value)
    }

    fn running_view(&mut self, name: Sym, on: bool) {
        if let Some(v) = self.globals_mut().views.get_mut(&name) {
            v.running = on;
        }
    }

    /// The text after `::` of a view.
    pub fn view_text(&self, name: Sym) -> Option<String> {
        self.globals.views.get(&name).map(|v| v.text.to_string())
    }

    /// Names of the views of a namespace as `\b` lists them, or only the pending ones (`\B`).
    pub fn views(&self, space: Sym, pending: bool) -> Vec<Sym> {
        let in_space = |n: Sym| -> Option<Sym> {
            let b = n.bytes();
            if space.bytes() == b"." {
                return (b.first() != Some(&b'.')).then_some(n);
            }
            b.strip_prefix(space.bytes())?.strip_prefix(b".").map(Sym::new)
        };
        let all = self.globals.views.iter();
        let mut out: Vec<Sym> = all.filter(|(_, v)| !pending || !v.fresh).filter_map(|(n, _)| in_space(*n)).collect();
        out.sort_unstable();
        out
    }

    /// `.z.b`: what views use, each with the views that use it.
    pub(super) fn dependencies(&self) -> Value {
        let mut names: Vec<Sym> = self.globals.views.keys().copied().collect();
        names.sort_unstable();
        let mut keys: Vec<Sym> = vec![];
        let mut users: Vec<Vec<Sym>> = vec![];
        for n in names {
            for &u in self.globals.views.get(&n).map_or(&[][..], |v| &v.uses) {
                if let Some(i) = keys.iter().position(|&k| k == u) {
                    users[i].push(n);
                } else {
                    keys.push(u);
                    users.push(vec![n]);
                }
            }
        }
        Value::dict(Value::syms(keys), Value::list(users.into_iter().map(Value::syms).collect()))
    }
}

impl View {
    /// The view itself, unevaluated, as a member of its namespace: it prints as its text.
    pub fn object(&self, name: Sym) -> Value {
        Value::Lambda(Arc::new(Lambda {
            text: self.text.clone(),
            params: vec![],
            locals: vec![],
            globals: self.uses.clone(),
            context: Sym::ROOT,
            body: self.code.clone(),
            origin: Arc::from(""),
            column: 0,
            name: Arc::from(name.text().into_owned()),
        }))
    }

    /// What `value` makes of it: the last value or `::`, the parse tree, what it uses, its text.
    pub fn parts(&self) -> Value {
        Value::list(vec![
            self.last.clone().unwrap_or(Value::Null),
            syntax::tree::to_tree(&self.code),
            Value::syms(self.uses.clone()),
            Value::string(self.text.as_bytes().to_vec()),
        ])
    }
}
