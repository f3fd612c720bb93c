//! Names to places: within a lambda, parameters and assigned names are slots; the rest are globals.
//! Within a qSQL phrase a name may be a column first.

use super::{Source, script};
use crate::error::{Error, Result};
use crate::value::code::{Code, Node, Pattern, Place};
use crate::value::{Lambda, Sym, Value};
use std::sync::Arc;

struct Scope {
    params: usize,
    names: Vec<Sym>,
    globals: Vec<Sym>,
    context: Sym,
    module: Sym,
    /// inside a qSQL phrase
    columns: usize,
    top: bool,
}

/// Gives the functions of a statement the name of the global that they are assigned to.
pub fn name_lambdas(c: &mut Code, name: &str) {
    match &mut c.node {
        Node::Assign(a) if a.index.is_empty() && a.op.is_none() => {
            let own = match &a.place {
                Place::Global(n) if name.is_empty() => n.text().into_owned(),
                _ => name.to_owned(),
            };
            if let Some(v) = &mut a.value {
                name_lambdas(v, &own);
            }
        }
        Node::Lambda(l) => {
            // a fresh function has one owner
            if let Some(l) = Arc::get_mut(l) {
                l.name = Arc::from(name);
                let inner = if name.is_empty() { String::new() } else { format!("{name}@") };
                name_lambdas(&mut l.body, &inner);
            }
        }
        n => children(n, &mut |k| name_lambdas(k, name_of_part(name).as_ref())),
    }
}

/// A function that is only part of what is assigned has its name marked as one inside a function is.
fn name_of_part(name: &str) -> std::borrow::Cow<'_, str> {
    if name.is_empty() || name.ends_with('@') { name.into() } else { format!("{name}@").into() }
}

/// Resolves the text that is typed at the debug prompt: the locals of a suspended function are in reach.
pub fn within(c: &mut Code, l: &Lambda) {
    let names = l.params.iter().chain(&l.locals).copied().collect();
    // a function of a module was defined in the module's namespace
    let module = if l.context.bytes().starts_with(b".m.") { l.context } else { Sym::ROOT };
    Scope { params: 0, names, globals: vec![], context: l.context, module, columns: 0, top: true }.walk(c);
}

/// Resolves a statement at top level: every name is a global.
pub fn top(c: &mut Code, context: Sym, module: Sym) -> Vec<Sym> {
    let mut s = Scope { params: 0, names: vec![], globals: vec![], context, module, columns: 0, top: true };
    s.walk(c);
    s.globals
}

/// A name as seen from a namespace: relative names get its prefix, absolute ones stay; `..name` is the root's `name` from anywhere.
pub fn qualify(n: Sym, context: Sym) -> Sym {
    let b = n.bytes();
    if context == Sym::ROOT && b.first() != Some(&b'.') {
        return n;
    }
    if let Some(root) = b.strip_prefix(b"..").filter(|r| !r.is_empty()) {
        return Sym::new(root);
    }
    if context.bytes() == b"." || b.first() == Some(&b'.') || b.is_empty() {
        n
    } else {
        Sym::new([context.bytes(), b".", b].concat())
    }
}

/// What `.z.m`, `.z.m.name`, `.z.M` and `.z.M.name` stand for in a module: a name in its namespace, and whether the
/// name itself is meant (`.z.M`) or what it holds.
fn in_module(n: Sym, module: Sym) -> Option<(Sym, bool)> {
    let rest = n.bytes().strip_prefix(b".z.")?;
    let (letter, rest) = rest.split_first()?;
    let name = match rest.split_first() {
        None => module,
        Some((b'.', rest)) => match module.bytes() {
            b"." => Sym::new(rest),
            m => Sym::new([m, b".", rest].concat()),
        },
        Some(_) => return None,
    };
    match letter {
        b'm' => Some((name, false)),
        b'M' => Some((name, true)),
        _ => None,
    }
}

/// Compiles a lambda's body. Without declared parameters `x y z` are found by use.
pub fn lambda(mut body: Code, params: Option<Vec<Sym>>, at: usize, text: String, src: &Source) -> Result<Lambda> {
    let mut found = Names::default();
    found.collect(&body);
    let params = params.unwrap_or_else(|| {
        let n = (0..3).rev().find(|&k| found.used[k]).map_or(0, |k| k + 1);
        ["x", "y", "z"][..n.max(1)].iter().map(Sym::new).collect()
    });
    let params: Vec<Sym> = params;
    let mut names = params.clone();
    // a name set as a global cannot become a local further on
    if let Some((n, at)) = found.clash.filter(|(n, _)| !params.contains(n)) {
        return Err(Error::new(n.text().into_owned()).at(b"", at as usize));
    }
    for n in found.assigned {
        if !names.contains(&n) {
            names.push(n);
        }
    }
    if params.len() > 8 {
        return Err(Error::new("params"));
    }
    if names.len() > 250 {
        return Err(Error::new("locals"));
    }
    let (context, module) = (src.context, src.module);
    let mut s = Scope { params: params.len(), names, globals: vec![], context, module, columns: 0, top: false };
    s.walk(&mut body);
    // offsets are kept relative to the lambda's own text
    shift(&mut body, u32::try_from(at).unwrap_or(0));
    let locked = src.origin.contains(script::LOCKED);
    Ok(Lambda {
        text: if locked { Arc::from(crate::value::func::LOCKED_TEXT) } else { Arc::from(text) },
        locals: s.names.split_off(s.params),
        params,
        globals: s.globals,
        context: src.context,
        body,
        origin: src.origin.clone(),
        column: 0,
        name: Arc::from(""),
    })
}

/// Calls `f` on each direct child of a node (not into lambdas).
pub fn children(n: &mut Node, f: &mut dyn FnMut(&mut Code)) {
    match n {
        Node::Const(_) | Node::Local(_) | Node::Global(_) | Node::Lambda(_) => {}
        Node::Column(_, c)
        | Node::Monad(_, c)
        | Node::Return(c)
        | Node::Signal(c)
        | Node::Derive(_, c)
        | Node::Silent(c) => f(c),
        Node::Dyad(_, a, b) => {
            f(a);
            f(b);
        }
        Node::Apply(h, args) => {
            f(h);
            args.iter_mut().for_each(f);
        }
        Node::List(v)
        | Node::Cond(v)
        | Node::If(v)
        | Node::While(v)
        | Node::Do(v)
        | Node::Block(v)
        | Node::Compose(v) => v.iter_mut().for_each(f),
        Node::Table(k, v) => {
            k.iter_mut().flatten().for_each(|(_, c)| f(c));
            v.iter_mut().for_each(|(_, c)| f(c));
        }
        Node::DictLit(v) => v.iter_mut().for_each(|(_, c)| f(c)),
        Node::Assign(a) => {
            a.index.iter_mut().for_each(&mut *f);
            a.op.iter_mut().for_each(&mut *f);
            a.value.iter_mut().for_each(f);
        }
        Node::Unpack(p, c) => {
            pattern_children(p, f);
            f(c);
        }
        Node::Match(v, cases, other) => {
            f(v);
            for (p, r) in cases {
                pattern_children(p, f);
                f(r);
            }
            other.iter_mut().for_each(|c| f(c));
        }
        Node::Sql(q) => {
            f(&mut q.table);
            q.cols.iter_mut().for_each(|(_, c)| f(c));
            q.by.iter_mut().flatten().for_each(|(_, c)| f(c));
            q.filter.iter_mut().for_each(&mut *f);
            q.limit.iter_mut().for_each(&mut *f);
            q.order.iter_mut().for_each(|(_, c)| f(c));
        }
    }
}

fn pattern_children(p: &mut Pattern, f: &mut dyn FnMut(&mut Code)) {
    match p {
        Pattern::List(v) => v.iter_mut().for_each(|p| pattern_children(p, f)),
        Pattern::Entries(_, p) | Pattern::Flip(p) => pattern_children(p, f),
        Pattern::KeyValue(k, v) => {
            pattern_children(k, f);
            pattern_children(v, f);
        }
        Pattern::Filter(p, c) => {
            pattern_children(p, f);
            f(c);
        }
        Pattern::Index(a) => a.index.iter_mut().for_each(f),
        Pattern::Name(..) | Pattern::Match(_) | Pattern::Skip => {}
    }
}

fn pattern_names(p: &Pattern, out: &mut Vec<Sym>) {
    match p {
        Pattern::Name(_, n) => out.push(*n),
        Pattern::List(v) => v.iter().for_each(|p| pattern_names(p, out)),
        Pattern::Entries(_, p) | Pattern::Flip(p) | Pattern::Filter(p, _) => pattern_names(p, out),
        Pattern::KeyValue(k, v) => {
            pattern_names(k, out);
            pattern_names(v, out);
        }
        Pattern::Index(_) | Pattern::Match(_) | Pattern::Skip => {}
    }
}

/// What the body of a function does with names.
#[derive(Default)]
struct Names {
    /// Assigned with a single colon.
    assigned: Vec<Sym>,
    /// Assigned with a double colon before that.
    globals: Vec<Sym>,
    /// Which of `x y z` are used.
    used: [bool; 3],
    /// A global that is assigned as a local later, and where.
    clash: Option<(Sym, u32)>,
}

impl Names {
    fn note(&mut self, n: Sym) {
        match n.bytes() {
            b"x" => self.used[0] = true,
            b"y" => self.used[1] = true,
            b"z" => self.used[2] = true,
            _ => {}
        }
    }
    fn collect(&mut self, c: &Code) {
        match &c.node {
            Node::Global(n) | Node::Column(n, _) => self.note(*n),
            Node::Assign(a) => {
                self.note(a.name);
                // a plain assignment makes a local; indexed and through-assignments need one to exist
                let plain = a.index.is_empty() && a.op.is_none() && !a.name.bytes().contains(&b'.');
                if plain && !a.global {
                    if self.globals.contains(&a.name) && self.clash.is_none() {
                        let name = u32::try_from(a.name.bytes().len()).unwrap_or(0);
                        self.clash = Some((a.name, c.at.saturating_sub(name)));
                    }
                    self.assigned.push(a.name);
                } else if plain && !self.assigned.contains(&a.name) {
                    self.globals.push(a.name);
                }
            }
            Node::Unpack(p, _) => pattern_names(p, &mut self.assigned),
            Node::Match(_, cases, _) => cases.iter().for_each(|(p, _)| pattern_names(p, &mut self.assigned)),
            // x y z within the phrases of a query stand for columns: they make no parameters
            Node::Sql(q) => {
                self.collect(&q.table);
                q.limit.iter().for_each(|k| self.collect(k));
                let used = self.used;
                let cols = q.cols.iter().chain(q.by.iter().flatten()).map(|(_, k)| k);
                for k in cols.chain(&q.filter).chain(q.order.iter().map(|(_, k)| k)) {
                    self.collect(k);
                }
                self.used = used;
                return;
            }
            _ => {}
        }
        let mut copy = c.node.clone();
        children(&mut copy, &mut |k| self.collect(k));
    }
}

fn shift(c: &mut Code, by: u32) {
    c.at = c.at.saturating_sub(by);
    children(&mut c.node, &mut |k| shift(k, by));
}

impl Scope {
    fn slot(&self, n: Sym) -> Option<u16> {
        self.names.iter().position(|&m| m == n).and_then(|i| u16::try_from(i).ok())
    }
    fn global(&mut self, n: Sym) {
        if !self.globals.contains(&n) {
            self.globals.push(n);
        }
    }
    fn walk(&mut self, c: &mut Code) {
        match &mut c.node {
            Node::Global(n) => {
                let n = *n;
                let plain = if let Some((n, itself)) = in_module(n, self.module) {
                    c.node = if itself { Node::Const(Value::Sym(n)) } else { Node::Global(n) };
                    return;
                } else if let Some(k) = self.slot(n) {
                    Node::Local(k)
                } else {
                    self.global(n);
                    // the keyword that is data is the same in every namespace
                    Node::Global(if n.bytes() == b"csv" { n } else { qualify(n, self.context) })
                };
                c.node =
                    if self.columns > 0 { Node::Column(n, Box::new(Code { at: c.at, node: plain })) } else { plain };
            }
            Node::Assign(a) => {
                a.place = self.place(a.name);
                if !self.top && matches!(a.place, Place::Global(_)) {
                    self.global(a.name);
                }
                a.index.iter_mut().for_each(|k| self.walk(k));
                a.op.iter_mut().for_each(|k| self.walk(k));
                a.value.iter_mut().for_each(|k| self.walk(k));
            }
            Node::Unpack(p, v) => {
                self.pattern(p);
                self.walk(v);
            }
            Node::Match(v, cases, other) => {
                self.walk(v);
                for (p, r) in cases {
                    self.pattern(p);
                    self.walk(r);
                }
                other.iter_mut().for_each(|k| self.walk(k));
            }
            Node::Sql(q) => {
                self.walk(&mut q.table);
                self.columns += 1;
                q.cols.iter_mut().for_each(|(_, k)| self.walk(k));
                q.by.iter_mut().flatten().for_each(|(_, k)| self.walk(k));
                q.filter.iter_mut().for_each(|k| self.walk(k));
                q.order.iter_mut().for_each(|(_, k)| self.walk(k));
                self.columns -= 1;
                q.limit.iter_mut().for_each(|k| self.walk(k));
            }
            Node::Column(..) => {}
            n => children(n, &mut |k| self.walk(k)),
        }
    }
    fn place(&self, n: Sym) -> Place {
        match self.slot(n) {
            Some(k) => Place::Local(k),
            None => match in_module(n, self.module) {
                Some((n, false)) => Place::Global(n),
                _ => Place::Global(qualify(n, self.context)),
            },
        }
    }
    fn pattern(&mut self, p: &mut Pattern) {
        match p {
            Pattern::Name(place, n) => *place = self.place(*n),
            Pattern::Index(a) => {
                a.place = self.place(a.name);
                a.index.iter_mut().for_each(|k| self.walk(k));
            }
            Pattern::List(v) => v.iter_mut().for_each(|p| self.pattern(p)),
            Pattern::Entries(_, p) | Pattern::Flip(p) => self.pattern(p),
            Pattern::KeyValue(k, v) => {
                self.pattern(k);
                self.pattern(v);
            }
            Pattern::Filter(p, c) => {
                self.pattern(p);
                self.walk(c);
            }
            Pattern::Match(_) | Pattern::Skip => {}
        }
    }
}
