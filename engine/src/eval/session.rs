//! A session: globals, settings, and the entry points that evaluate text.

use super::globals::Globals;
use super::stack::{Level, Running, Stop};
use crate::ensure;
use crate::error::{Error, Result};
use crate::syntax::{self, Source};
use crate::value::code::{Code, Node};
use crate::value::func::{Settings, Trap};
use crate::value::{Host, Sym, Table, Value, backing};
use crate::verb;
use std::any::Any;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};

/// Set by Ctrl-C; the evaluator ends the running expression with `'stop`.
pub static INTERRUPT: AtomicBool = AtomicBool::new(false);

/// Deepest nesting of function calls before `'stack`.
pub const DEPTH_MAX: usize = 2000;

/// One interpreter: its globals, namespace, settings and what other layers keep with it.
pub struct Session {
    pub(super) globals: Arc<Globals>,
    pub(super) settings: Settings,
    pub(super) context: Sym,
    /// What verbs keep with a session, by name: few, so they are looked through.
    ext: Vec<(&'static str, Option<Box<dyn Any + Send>>)>,
    /// Levels that run, outermost first, and their locals one after another.
    pub(super) levels: Vec<Level>,
    pub(super) locals: Vec<Value>,
    /// Offset of the expression that the innermost level applies.
    pub(super) at: u32,
    /// What happens on an error.
    pub(super) mode: Trap,
    /// What is typed is k: `\` at the prompt changes that.
    pub(super) k: bool,
    /// A person can be asked.
    pub(super) terminal: bool,
    /// Suspended evaluations, the latest last.
    pub(super) stops: Vec<Stop>,
    /// A level that was given up at the debug prompt: it is no part of the error that goes on.
    pub(super) given_up: Option<usize>,
    /// The primitive that failed and its arguments, on their way to the debugger.
    pub(super) failing: Option<(Value, Vec<Value>)>,
    /// Tables whose columns are in scope, innermost last.
    pub(super) columns: Vec<super::sql::Scope>,
    /// A worker of `peach` sees globals but does not change them.
    pub(super) worker: bool,
    /// `reval`: nothing outside may change.
    pub(super) readonly: bool,
    /// Names of the scripts being loaded, for messages.
    pub(super) origin: Arc<str>,
    /// `()`, what locals start as.
    pub(super) nothing: Value,
    /// Calls and turns of loops that are left before `'stop`.
    steps: u64,
    /// The module being loaded.
    pub(super) module: Option<Module>,
}

/// A module while it is loaded: `use` runs its text with names in a namespace of its own.
#[derive(Clone)]
pub(super) struct Module {
    pub name: Sym,
    /// `` `.m.name ``
    pub space: Sym,
    /// The file its text is from.
    pub file: Arc<str>,
}

impl Default for Session {
    fn default() -> Session {
        Session::new()
    }
}

/// What every message asks for; where the program has set none there is nothing else of the name.
static HANDLERS: LazyLock<[Sym; 3]> = LazyLock::new(|| [".z.ps", ".z.pg", ".z.ts"].map(Sym::new));

impl Session {
    /// A session with the prelude loaded.
    pub fn new() -> Session {
        let mut s = Session {
            globals: Arc::default(),
            settings: Settings::default(),
            context: Sym::ROOT,
            ext: vec![],
            levels: vec![],
            locals: vec![],
            at: 0,
            mode: Trap::Trace,
            k: false,
            terminal: false,
            stops: vec![],
            given_up: None,
            failing: None,
            columns: vec![],
            worker: false,
            readonly: false,
            origin: Arc::from(""),
            nothing: Value::empty(),
            module: None,
            steps: u64::MAX,
        };
        for (name, text) in crate::prelude::FILES {
            if let Err(e) = s.load_text(text, name) {
                eprintln!("{name}: {e} {:?}", e.trace.first());
            }
        }
        s.context = Sym::ROOT;
        s
    }

    /// Globals for writing; the workers that shared them have ended by now.
    pub(super) fn globals_mut(&mut self) -> &mut Globals {
        Arc::make_mut(&mut self.globals)
    }

    pub(super) fn source(&self, line: usize) -> Source {
        let origin = if self.origin.is_empty() { Arc::from("") } else { Arc::from(format!("{}:{line}", self.origin)) };
        Source { origin, context: self.context, module: self.module_space(), k: false }
    }

    /// Namespace of the module being loaded, `` `. `` outside one.
    pub(super) fn module_space(&self) -> Sym {
        self.module.as_ref().map_or_else(|| Sym::ROOT, |m| m.space)
    }

    /// Evaluates one console line: q text, a system command (`\t …`), or nothing.
    /// None when there is nothing to show (assignments, `;`-ended lines, `::`).
    pub fn eval_line(&mut self, line: &str) -> Result<Option<Value>> {
        self.eval_statement(line, 1)
    }

    pub(super) fn eval_statement(&mut self, text: &str, line: usize) -> Result<Option<Value>> {
        let t = text.trim_end();
        let t = if t.len() == text.len() { t } else { &text[..t.len()] };
        if t.trim_start().is_empty() || t.starts_with('/') {
            return Ok(None);
        }
        if let Some(cmd) = t.strip_prefix('\\') {
            let origin = self.source(line).origin;
            let what = if origin.is_empty() { Running::Console(t.into()) } else { Running::Text(t.into(), origin) };
            let v = self.level(what, |s| super::command::run(s, cmd, true))?;
            return Ok(if matches!(v, Value::Null) { None } else { Some(v) });
        }
        // a script whose name ends in `.k` is k throughout
        let k = t.starts_with("k)") || self.origin.ends_with(".k") || (self.k && self.origin.is_empty());
        let t = t.strip_prefix("k)").or_else(|| t.strip_prefix("q)")).unwrap_or(t);
        let k = k && !text.starts_with("q)");
        let src = Source { k, ..self.source(line) };
        let what = if src.origin.is_empty() {
            Running::Console(t.into())
        } else {
            Running::Text(t.into(), src.origin.clone())
        };
        self.failing = None;
        let (v, shown) = self.statement(what, t, &src)?;
        Ok(if shown && !matches!(v, Value::Null) { Some(v) } else { None })
    }

    /// Compiles and runs a statement as a level of its own. True with a value that the console shows.
    fn statement(&mut self, what: Running, text: &str, src: &Source) -> Result<(Value, bool)> {
        let saved = std::mem::take(&mut self.columns);
        let r = self.level(what, |s| match s.placed(syntax::compile(text, src)) {
            Ok(code) => s.run_statement(&code, text, src).map(|v| (v, shows(&code))),
            Err(e) => s.suspend(e).map(|v| (v, true)),
        });
        self.columns = saved;
        r
    }

    /// Moves the place that a compile error carries to the level that is running.
    pub(super) fn placed(&mut self, r: Result<Code>) -> Result<Code> {
        r.map_err(|mut e| {
            if let Some(f) = e.trace.pop() {
                self.at = u32::try_from(f.at).unwrap_or(0);
            }
            e
        })
    }

    fn run_statement(&mut self, code: &Code, text: &str, src: &Source) -> Result<Value> {
        if self.define_view(code, text, src)? {
            return Ok(Value::Null);
        }
        let mut f = self.top_frame();
        match self.run(code, &mut f) {
            Err(e) if e.kind == super::run::RETURN => f.ret.take().ok_or(e),
            r => r,
        }
    }

    /// The error for a write by a worker thread or under `reval`.
    pub(super) fn guard_write(&self) -> Result<()> {
        if self.worker || self.readonly {
            return Err(Error::new("noupdate"));
        }
        Ok(())
    }

    /// Evaluates a line and renders what the console would show.
    pub fn show(&mut self, line: &str) -> Result<String> {
        Ok(match self.eval_line(line)? {
            Some(v) => self.render(&v),
            None => String::new(),
        })
    }

    /// What the console prints for a value.
    pub fn render(&self, v: &Value) -> String {
        let (r, c) = self.settings.console;
        crate::format::console::show(v, r, c, self.settings.precision).trim_end_matches('\n').to_string()
    }

    /// Runs the statements of a script; the context is restored afterwards.
    pub fn load_text(&mut self, text: &str, name: &str) -> Result<()> {
        let saved = std::mem::replace(&mut self.origin, Arc::from(name));
        let context = self.context;
        let mut result = Ok(());
        for s in syntax::script::statements(text) {
            let shown = match self.eval_statement(&s.text, s.line) {
                Ok(v) => v,
                Err(e) => {
                    result = Err(e);
                    break;
                }
            };
            if let Some(v) = shown {
                let text = self.render(&v);
                verb::system::print_out(&format!("{text}\n"));
            }
        }
        self.origin = saved;
        self.context = context;
        result
    }

    /// `\l file.q` for a script on disk.
    pub fn load_file(&mut self, path: &str) -> Result<()> {
        crate::access::read(std::path::Path::new(path))?;
        let mut bytes = std::fs::read(path).map_err(|e| Error::os(path, &e))?;
        if path.ends_with(syntax::script::LOCKED) {
            bytes = verb::locked::unscramble(&bytes)
                .ok_or_else(|| Error::new(format!("{path}: locked, and not by quill")))?;
        }
        let full = std::path::absolute(path).map_err(|e| Error::os(path, &e))?;
        self.load_text(&String::from_utf8_lossy(&bytes), &full.to_string_lossy())
    }

    /// Sets a global by its full name without regard to the context.
    pub fn define(&mut self, name: &str, v: Value) {
        self.globals_mut().set(Sym::new(name), v);
    }

    /// A global by its full name, if it has been assigned.
    pub fn lookup(&self, name: &str) -> Option<Value> {
        self.globals.get(Sym::new(name)).cloned()
    }

    /// Changes the current namespace.
    pub fn set_context(&mut self, c: Sym) {
        self.context = c;
    }

    /// Runs `f` with writes forbidden (`reval`).
    pub fn restricted<T>(&mut self, f: impl FnOnce(&mut Session) -> Result<T>) -> Result<T> {
        let saved = std::mem::replace(&mut self.readonly, true);
        let r = crate::access::within(crate::access::Reach::BLOCKED, || f(self));
        self.readonly = saved;
        r
    }

    /// True while `reval` forbids side effects.
    pub fn is_restricted(&self) -> bool {
        self.readonly
    }

    /// Ends whatever runs with `'stop` after `n` more calls of functions and turns of loops. Unlike Ctrl-C and `-T` it
    /// depends on nothing but the program, and a trap does not get past it.
    pub fn limit_steps(&mut self, n: u64) {
        self.steps = n;
    }

    /// Called at each call and each turn of a loop. Memory is looked at each time: what doubles is soon too much.
    #[inline]
    pub(super) fn check_interrupt(&mut self) -> Result<()> {
        if self.steps == 0 || super::profile::wanted() || INTERRUPT.load(Ordering::Relaxed) {
            return self.attend();
        }
        self.steps -= 1;
        crate::value::memory::check()
    }

    #[cold]
    fn attend(&mut self) -> Result<()> {
        if super::profile::wanted() {
            self.answer_profiler();
        }
        if INTERRUPT.load(Ordering::Relaxed) {
            // workers leave the flag for one another
            if !self.worker {
                INTERRUPT.store(false, Ordering::Relaxed);
            }
            return Err(Error::new("stop"));
        }
        self.steps = self.steps.checked_sub(1).ok_or_else(|| Error::new("stop"))?;
        crate::value::memory::check()
    }

    /// A global by full name: a variable, view, namespace, `.z` value, member of a dictionary, or primitive.
    pub(super) fn global(&mut self, name: Sym) -> Result<Option<Value>> {
        if let Some(v) = self.globals.get(name) {
            return Ok(Some(v.clone()));
        }
        if self.globals.views.contains_key(&name) {
            return self.view(name).map(Some);
        }
        self.global_slow(name)
    }

    fn global_slow(&mut self, name: Sym) -> Result<Option<Value>> {
        if HANDLERS.contains(&name) {
            return Ok(None);
        }
        let text = name.text();
        if let Some(v) = text.strip_prefix(".z.")
            && let Some(v) =
                verb::temporal::clock(v, self.settings.utc_offset).or_else(|| super::command::z_value(self, v))
        {
            return Ok(Some(v));
        }
        if name.bytes() == b"." || self.globals.is_space(name) {
            return Ok(Some(self.globals.space_dict(name)));
        }
        // the keyword that is data
        if name.bytes() == b"csv" {
            return Ok(Some(Value::char(b',')));
        }
        if name.bytes() == b".q" {
            return Ok(Some(super::command::keywords()));
        }
        if let Some(v) = verb::lookup(&text) {
            let monadic = v.monad.is_some() && v.dyad.is_none() && v.variad.is_none();
            return Ok(Some(Value::Verb(v, monadic)));
        }
        // a member of a dictionary or a column, or a part of a temporal value
        let Some(k) = text.rfind('.').filter(|&k| k > 0) else { return Ok(None) };
        let base = Sym::new(&text.as_bytes()[..k]);
        ensure!(!self.globals.views.contains_key(&base), "nyi");
        // what a namespace holds is found by its full name
        if self.globals.is_space(base) {
            return Ok(None);
        }
        let Some(base) = self.global(base)? else { return Ok(None) };
        Ok(member(&base, Sym::new(&text.as_bytes()[k + 1..])))
    }

    /// The prompt: `q)`, in a namespace `q.name)`; two blanks for k.
    pub fn prompt(&self) -> String {
        if self.k {
            return if self.context.bytes() == b"." { "  ".into() } else { format!("  {} ", self.context.text()) };
        }
        let context = if self.context.bytes() == b"." { "".into() } else { self.context.text() };
        format!("q{context})")
    }
}

/// `base.name`: a column, a dictionary's value, a part of a temporal value.
pub(super) fn member(base: &Value, name: Sym) -> Option<Value> {
    match base {
        Value::Dict(d) => d.get(name).or_else(|| match (&d.keys, &d.vals) {
            (Value::Table(k), Value::Table(v)) => k.col(name).or_else(|| v.col(name)).cloned(),
            _ => None,
        }),
        Value::Table(t) => Table::col(t, name).cloned(),
        v => verb::temporal::part(name, v.clone()).and_then(Result::ok),
    }
}

/// True unless a statement is an assignment or ends with `;`.
pub(super) fn shows(c: &Code) -> bool {
    match &c.node {
        Node::Assign(_) | Node::Unpack(..) | Node::Silent(_) => false,
        Node::Block(v) => v.last().is_none_or(shows),
        _ => true,
    }
}

impl Session {
    /// A session for a worker thread: it sees the globals and changes none.
    pub(super) fn forked(&self) -> Session {
        Session {
            globals: self.globals.clone(),
            settings: self.settings.clone(),
            context: self.context,
            ext: vec![],
            levels: vec![],
            locals: vec![],
            at: 0,
            mode: self.mode,
            k: false,
            terminal: false,
            stops: vec![],
            given_up: None,
            failing: None,
            columns: vec![],
            worker: true,
            readonly: self.readonly,
            origin: self.origin.clone(),
            nothing: Value::empty(),
            module: self.module.clone(),
            steps: self.steps,
        }
    }
}

impl Host for Session {
    fn call(&mut self, f: &Value, args: Vec<Value>) -> Result<Value> {
        self.check_interrupt()?;
        self.apply(f, args)
    }
    fn get(&mut self, name: Sym) -> Result<Value> {
        let full = syntax::resolve::qualify(name, self.context);
        self.global(full)?.ok_or_else(|| Error::new(name.text().into_owned()))
    }
    fn peek(&mut self, name: Sym) -> Option<Value> {
        let full = syntax::resolve::qualify(name, self.context);
        // a view that fails has no value; whoever needs to know why uses `get`
        self.global(full).ok().flatten()
    }
    fn set(&mut self, name: Sym, v: Value) -> Result<()> {
        self.guard_write()?;
        let full = syntax::resolve::qualify(name, self.context);
        let v = if backing::is_backed(full) { backing::copy(&v) } else { v };
        self.globals_mut().set(full, v);
        self.tell_set(full, &[])
    }
    fn take(&mut self, name: Sym) -> Result<Value> {
        self.guard_write()?;
        let full = syntax::resolve::qualify(name, self.context);
        if let Some(v) = self.globals_mut().get_mut(full) {
            return Ok(std::mem::replace(v, Value::Null));
        }
        self.global(full)?.ok_or_else(|| Error::new(name.text().into_owned()))
    }
    fn remove(&mut self, name: Sym) -> bool {
        if self.guard_write().is_err() {
            return false;
        }
        let full = syntax::resolve::qualify(name, self.context);
        self.globals_mut().remove(full)
    }
    fn eval(&mut self, tree: &Value) -> Result<Value> {
        let mut c = syntax::tree::from_tree(tree, false)?;
        syntax::resolve::top(&mut c, self.context, self.module_space());
        let mut f = self.top_frame();
        let saved = std::mem::take(&mut self.columns);
        let r = match self.run(&c, &mut f) {
            Err(e) if e.kind == super::run::RETURN => f.ret.take().ok_or(e),
            r => r,
        };
        self.columns = saved;
        r
    }
    fn eval_text(&mut self, text: &str) -> Result<Value> {
        let t = text.trim();
        if let Some(cmd) = t.strip_prefix('\\') {
            return super::command::run(self, cmd, true);
        }
        let stripped = t.strip_prefix("k)").or_else(|| t.strip_prefix("q)")).unwrap_or(t);
        if stripped.is_empty() {
            return Ok(Value::Null);
        }
        let src = Source { k: t.starts_with("k)"), ..self.source(1) };
        let what = Running::Text(stripped.into(), Arc::from(""));
        // the value of an assignment is `::`, here as on the console
        self.statement(what, stripped, &src).map(|(v, shown)| if shown { v } else { Value::Null })
    }
    fn settings(&mut self) -> &mut Settings {
        &mut self.settings
    }
    fn context(&self) -> Sym {
        self.context
    }
    fn module(&self) -> Sym {
        self.module.as_ref().map_or(Sym::NULL, |m| m.name)
    }
    fn load_module(&mut self, name: Sym, file: &str, text: &str) -> Result<()> {
        self.guard_write()?;
        let space = Sym::new([b".m.", name.bytes()].concat());
        let outer = self.module.replace(Module { name, space, file: Arc::from(file) });
        let context = std::mem::replace(&mut self.context, space);
        let columns = std::mem::take(&mut self.columns);
        let r = self.load_text(text, file);
        self.columns = columns;
        self.context = context;
        self.module = outer;
        r
    }
    fn extension(&mut self, key: &'static str) -> &mut Option<Box<dyn Any + Send>> {
        let k = self.ext.iter().position(|(name, _)| *name == key).unwrap_or(self.ext.len());
        if k == self.ext.len() {
            self.ext.push((key, None));
        }
        &mut self.ext[k].1
    }
    fn names(&mut self, context: Sym) -> Vec<Sym> {
        if context.is_null() {
            // q's own first; `.z` is no namespace
            let own = ["q", "Q", "h", "j"].map(Sym::new);
            let others = self.globals.spaces().into_iter().filter(|n| !own.contains(n) && n.bytes() != b"z");
            return own.into_iter().chain(others).collect();
        }
        self.globals.members(context)
    }
    fn fork(&self) -> Box<dyn Host + Send> {
        Box::new(self.forked())
    }
    fn sql(&mut self, amend: bool, args: Vec<Value>) -> Result<Value> {
        self.sql_functional(amend, args)
    }
    fn system(&mut self, command: &str) -> Result<Value> {
        super::command::run(self, command, false)
    }
    fn view_text(&mut self, name: Sym) -> Option<String> {
        Session::view_text(self, name)
    }
    fn view_parts(&mut self, name: Sym) -> Option<Value> {
        self.globals.views.get(&name).map(super::view::View::parts)
    }
    fn reval(&mut self, tree: &Value) -> Result<Value> {
        crate::access::within(crate::access::Reach::REVAL, || self.restricted(|s| s.eval(tree)))
    }
    fn poll(&mut self) -> Result<()> {
        self.check_interrupt()
    }
    fn trap(&mut self, mode: Trap) -> Trap {
        let mode = if mode == Trap::Debug && !self.terminal { Trap::Trace } else { mode };
        std::mem::replace(&mut self.mode, mode)
    }
    fn within(&mut self, name: &'static str, f: &mut dyn FnMut(&mut dyn Host) -> Result<Value>) -> Result<Value> {
        self.level(Running::Native(name), |s| f(s))
    }
    fn backtrace(&mut self) -> (Vec<crate::error::Frame>, Option<usize>) {
        self.levels_seen()
    }
    fn transact(
        &mut self,
        f: &mut dyn FnMut(&mut dyn Host) -> Result<Value>,
        logged: &mut dyn FnMut(&mut dyn Host) -> Result<()>,
    ) -> Result<Value> {
        let before = self.globals.clone();
        let r = f(self).and_then(|v| {
            if !self.globals.root_is(&before) {
                logged(self)?;
            }
            Ok(v)
        });
        if matches!(&r, Err(e) if e.exit.is_none()) && !Arc::ptr_eq(&before, &self.globals) {
            before.tell_domains();
            self.globals = before;
        }
        r
    }
    fn as_any(&mut self) -> &mut dyn Any {
        self
    }
}

impl Session {
    /// Root namespaces, for `` key ` ``.
    pub fn spaces(&self) -> Vec<Sym> {
        self.globals.spaces()
    }
}
